"""Numbers → boxes: whole numbers, fractions, decimals, powers of ten."""

from __future__ import annotations

import sympy as sp

from symbackprop.language.numbers import decimal
from symbackprop.notation.formula import Formula, Frac, Num, Op, Sup, row

MINUS = Op("−", "prefix")


def whole(e: sp.Integer) -> Formula:
    return row(MINUS, Num(str(-e))) if e < 0 else Num(str(e))


def rational(e: sp.Rational) -> Formula:
    """``1/2``; a fraction that is short as a decimal or as a power of ten is written so: 0.01, the 10⁻⁵ of a norm."""
    zeros = str(e.q).count("0")
    if abs(e.p) == 1 and zeros > 2 and e.q == 10**zeros:
        size = _power_of_ten(-zeros)
    else:
        written = decimal(abs(e))
        size = Num(written) if written else Frac(Num(str(abs(e.p))), Num(str(e.q)))
    return row(MINUS, size) if e < 0 else size


def floating(e: sp.Float) -> Formula:
    digits, _, exponent = sp.sstr(abs(e), full_prec=False).partition("e")
    size: Formula = row(Num(digits), Op("·"), _power_of_ten(int(exponent))) if exponent else Num(digits)
    return row(MINUS, size) if e < 0 else size


def _power_of_ten(exponent: int) -> Formula:
    power = Num(str(abs(exponent)))
    return Sup(Num("10"), row(Op("−", "tight"), power) if exponent < 0 else power)
