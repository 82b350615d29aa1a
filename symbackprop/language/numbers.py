"""Numbers as people write them: 0.044715 rather than 8943/200000."""

from __future__ import annotations

import sympy as sp


def decimal(e: sp.Expr) -> str | None:
    """A positive fraction of two long numbers as the finite decimal it is; None for every other number."""
    if not e.is_Rational or e.p < 1000 or e.q < 1000:
        return None
    places = max(sp.multiplicity(2, e.q), sp.multiplicity(5, e.q))
    if 10**places % e.q:
        return None
    digits = str(e.p * (10**places // e.q)).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"
