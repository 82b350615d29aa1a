"""In which order a person writes: numbers, sizes, weights, the rest; what is added before what is taken away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sympy as sp

from symbackprop.language.functions import Iverson, Named, Partial

ADD, MUL, POW, ATOM = 1, 2, 3, 4
"""Levels: a formula of a lower level stands in brackets inside one of a higher."""

NUMBER, SIZE, PARAMETER, OTHER, FUNCTION, SUM_OF_TERMS, DELTA, LOG, CASES, TOTAL = range(10)
"""Places in a product."""

_PLACES: dict[type, int] = {
    sp.Number: NUMBER, Named: FUNCTION, sp.log: LOG, sp.Function: FUNCTION, sp.Add: SUM_OF_TERMS,
    sp.KroneckerDelta: DELTA, sp.Piecewise: CASES, Iverson: DELTA, sp.Sum: TOTAL, Partial: OTHER,
    sp.Derivative: FUNCTION,
}


def row_of(table: dict[type, int], e: sp.Basic, default: int) -> int:
    """The entry of the nearest class of an expression."""
    return next((table[c] for c in type(e).__mro__ if c in table), default)


def place(e: sp.Expr, leaf_place: Callable[[sp.Expr], int]) -> int:
    """Where a factor stands in a product."""
    if isinstance(e, sp.Pow):
        return SUM_OF_TERMS if isinstance(e.base, sp.Add) else place(e.base, leaf_place)
    if isinstance(e, sp.Symbol | sp.Indexed):
        return leaf_place(e)
    return DELTA if is_iverson(e) else row_of(_PLACES, e, OTHER)


def negative(e: sp.Expr) -> bool:
    """Does this term begin with a minus? Read off its coefficient, as it stands."""
    if isinstance(e, sp.Number):
        return bool(e.is_negative)
    return isinstance(e, sp.Mul) and sum(1 for a in opened(e, sp.Mul) if isinstance(a, sp.Number) and a < 0) % 2 == 1


def opened(e: sp.Expr, kind: Any) -> list[sp.Expr]:
    """The arguments of a sum or a product; those of products in products too."""
    if not isinstance(e, kind):
        return [e]
    if kind is sp.Add:
        return list(e.args)
    return [inner for arg in e.args for inner in opened(arg, kind)]


def level(e: sp.Expr) -> int:
    """How tightly an expression holds together in print."""
    if isinstance(e, sp.Add | sp.core.relational.Relational | sp.logic.boolalg.BooleanFunction) or negative(e):
        return ADD
    if isinstance(e, sp.Rational):
        return ATOM if e.is_Integer else MUL
    if isinstance(e, sp.Pow):
        return MUL if is_divisor(e) else POW
    if isinstance(e, sp.Piecewise):
        return ATOM if is_iverson(e) else MUL
    return MUL if isinstance(e, sp.Mul | sp.Sum | sp.Derivative | Partial) else ATOM


def is_open(e: sp.Expr) -> bool:
    """A sum sign or a case brace reaches to the end of its product: brackets, unless it stands last."""
    return isinstance(e, sp.Sum) or (isinstance(e, sp.Piecewise) and not is_iverson(e)) or (
        isinstance(e, sp.Mul) and any(is_open(a) for a in e.args)
    )


def is_divisor(e: sp.Expr) -> bool:
    """``b**-2``: printed below a fraction bar."""
    return isinstance(e, sp.Pow) and negative(e.exp) and not isinstance(e.exp, sp.Add)


def is_iverson(e: sp.Basic) -> bool:
    """``[lower ≤ value ≤ upper]``, or a Piecewise of 1 and 0, as SymPy makes one of the slope of a positive part."""
    if isinstance(e, Iverson):
        return True
    if not isinstance(e, sp.Piecewise) or len(e.args) != 2:
        return False
    (one, _), (zero, rest) = e.args
    return bool(one == 1 and zero == 0 and rest == sp.true)


def terms(args: Sequence[sp.Expr]) -> list[sp.Expr]:
    """Terms of a sum: added before taken away; letters after products; a number before exponentials, else last."""
    number_first = any(a.has(sp.exp) for a in args)

    def key(e: sp.Expr) -> tuple[bool, int, int]:
        if isinstance(e, sp.Number):
            return negative(e), -1 if number_first else 3, 0
        # y log a stands before (1 − y) log(1 − a)
        return negative(e), 2 if isinstance(e, sp.Symbol | sp.Indexed) else 1, len(e.atoms(sp.Add))

    return sorted(args, key=key)


def factors(args: Iterable[sp.Expr], leaf_place: Callable[[sp.Expr], int]) -> list[sp.Expr]:
    """Factors of a product in the order in which they are written."""
    return sorted(args, key=lambda e: place(e, leaf_place))
