"""Named scalar functions with their definitions, formal partial derivatives, range brackets."""

from __future__ import annotations

from functools import cache
from typing import Any, ClassVar

import sympy as sp

ARGUMENT = sp.Symbol("z", real=True)


class Named(sp.Function):  # type: ignore[misc]
    """``σ(z)``, kept by name and defined by a formula in ``z``; ``σ'`` is the class of the next order."""

    nargs = 1
    definition: ClassVar[sp.Expr]
    glyph: ClassVar[str]
    order: ClassVar[int] = 0
    stem: ClassVar[str]

    @classmethod
    def eval(cls, *_: Any) -> None:  # safe: SymPy's hook for automatic values; no text is evaluated
        return None

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        slope = prime(type(self))  # type: ignore[arg-type]
        # relu'' is 0 wherever it exists: a number needs no name
        return slope.definition if slope.definition.is_number else slope(self.args[0])

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        body = rf"{self.glyph}{chr(39) * self.order}\left({printer._print(self.args[0])}\right)"
        return body if exp is None else rf"{body}^{{{exp}}}"


@cache
def named(name: str, definition: sp.Expr, glyph: str | None = None) -> type[Named]:
    """The function class of that name, e.g. ``named("sigmoid", 1/(1 + exp(-ARGUMENT)), r"\\sigma")``."""
    fields = {"definition": definition, "glyph": glyph or rf"\operatorname{{{name}}}", "stem": name}
    return type(name, (Named,), fields)


@cache
def prime(function: type[Named]) -> type[Named]:
    """The derivative of a named function, itself a named function: ``σ'`` means what SymPy's ``diff`` says of σ."""
    derivative = sp.diff(function.definition, ARGUMENT)
    fields = {
        "definition": derivative,
        "glyph": function.glyph,
        "order": function.order + 1,
        "stem": function.stem,
    }
    return type(function.__name__ + "_prime", (Named,), fields)


def defined(expression: sp.Expr) -> sp.Expr:
    """The expression with every named function replaced by its definition."""
    if not expression.args:
        return expression
    args = [defined(arg) for arg in expression.args]
    if isinstance(expression, Named):
        return defined(type(expression).definition).xreplace({ARGUMENT: args[0]})
    return expression.func(*args) if any(a is not b for a, b in zip(args, expression.args, strict=True)) else expression


class Partial(sp.Expr):  # type: ignore[misc]
    """``∂z[j]/∂w[j,i]``: a local derivative, through the defining equation of its numerator only."""

    is_commutative = True

    def __new__(cls, of: sp.Expr, by: sp.Expr) -> Partial:
        return sp.Expr.__new__(cls, of, by)  # type: ignore[no-any-return]

    @property
    def of(self) -> sp.Expr:
        return self.args[0]

    @property
    def by(self) -> sp.Expr:
        return self.args[1]

    def _eval_derivative(self, _: sp.Symbol) -> sp.Expr:
        raise TypeError("a formal partial derivative has no derivative; differentiate the step after it")

    def _latex(self, printer: Any) -> str:
        return rf"\frac{{\partial {printer._print(self.of)}}}{{\partial {printer._print(self.by)}}}"

    def _sympystr(self, printer: Any) -> str:
        return f"∂{printer._print(self.of)}/∂{printer._print(self.by)}"


class Iverson(sp.Expr):  # type: ignore[misc]
    """``[condition]``: 1 where it holds, 0 elsewhere. Not a Piecewise: SymPy folds those out of products and sums."""

    is_commutative = True

    def __new__(cls, condition: sp.Basic) -> sp.Expr:
        if condition in (sp.true, sp.false):
            return sp.Integer(condition == sp.true)
        return sp.Expr.__new__(cls, condition)

    @property
    def condition(self) -> sp.Basic:
        return self.args[0]

    def _eval_derivative(self, _: sp.Symbol) -> sp.Expr:
        return sp.Integer(0)

    def _sympystr(self, printer: Any) -> str:
        return f"[{printer._print(self.condition)}]"


def bracket(lower: sp.Expr, value: sp.Expr, upper: sp.Expr) -> sp.Expr:
    """Iverson's ``[lower ≤ value ≤ upper]``: 1 inside, 0 outside."""
    return Iverson(sp.And(sp.Le(lower, value), sp.Le(value, upper)))
