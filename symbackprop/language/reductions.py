"""The one reduction beside the sum: ``max_k u[k]``, and who attains it."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.concrete.expr_with_limits import ExprWithLimits

Binder = ExprWithLimits
"""What binds indices: a Sum, a Largest."""


class Largest(ExprWithLimits):  # type: ignore[misc]
    """``max_k u[k]``: the greatest of the values of a body over the range of its indices."""

    def _eval_derivative(self, _: sp.Symbol) -> sp.Expr:
        raise TypeError("a maximum is differentiated by the rules of the calculus, not by SymPy")


class Winner(sp.Expr):  # type: ignore[misc]
    """``[κ = argmax_k u[k]]``: 1 where ``at`` is the first place at which the maximum is attained, else 0.

    The first, in the order of the ranges: ties go to one place only, as in the pooling of the common frameworks.
    """

    is_commutative = True

    def __new__(cls, largest: Largest, *at: sp.Expr) -> Winner:
        return sp.Expr.__new__(cls, largest, *at)  # type: ignore[no-any-return]

    @property
    def largest(self) -> Largest:
        return self.args[0]  # type: ignore[no-any-return]

    @property
    def at(self) -> tuple[sp.Expr, ...]:
        return tuple(self.args[1:])

    def _sympystr(self, printer: Any) -> str:
        return f"[{', '.join(map(printer._print, self.at))} = argmax {printer._print(self.largest.function)}]"
