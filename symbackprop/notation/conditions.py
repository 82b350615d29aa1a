"""Cases and conditions → boxes: ``[1 ≤ p ≤ n]``, ``z > 0``, the rows of a Piecewise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbackprop.language.indices import limits
from symbackprop.language.reductions import Largest, Winner
from symbackprop.notation.formula import APPLY, Formula, Ident, Op, Sub, fenced, joined, row

Write = Callable[[sp.Basic], Formula]
_SIGNS: dict[type, str] = {sp.Eq: "=", sp.Ne: "≠", sp.Lt: "<", sp.Le: "≤", sp.Gt: ">", sp.Ge: "≥"}


@dataclass(frozen=True)
class Range:
    """``lower ≤ value ≤ upper``."""

    lower: sp.Expr
    value: sp.Expr
    upper: sp.Expr


def relation(write: Write, e: Any) -> Formula:
    """``a ≤ b``."""
    return row(write(e.lhs), Op(_SIGNS[type(e)]), write(e.rhs))


def every(write: Write, e: sp.And) -> Formula:
    """Conditions that hold together; two bounds of one index as a chain."""
    parts = sorted(e.args, key=sp.default_sort_key)
    chain = as_range(*parts) if len(parts) == 2 else None
    if chain is not None:
        return row(write(chain.lower), Op("≤"), write(chain.value), Op("≤"), write(chain.upper))
    return joined(tuple(write(p) for p in parts), Op("∧"))


def either(write: Write, e: sp.Or) -> Formula:
    """Conditions of which one must hold."""
    return joined(tuple(write(p) for p in sorted(e.args, key=sp.default_sort_key)), Op("∨"))


def opposite(write: Write, e: sp.Not) -> Formula:
    """A condition that must not hold."""
    return row(Op("¬", "prefix"), fenced(write(e.args[0])))


def as_range(one: sp.Basic, other: sp.Basic) -> Range | None:
    """Two bounds as one range. SymPy moves terms across ≤ on its own; here each goes back to where it is read best:
    indices in the middle, and a lower bound of 1, since that is where arrays begin."""
    if not isinstance(one, sp.Le | sp.Ge) or not isinstance(other, sp.Le | sp.Ge):
        return None
    for first, second in ((one, other), (other, one)):
        if first.gts == second.lts:
            return Range(first.lts, first.gts, second.gts)
    for first, second in ((one, other), (other, one)):
        middle, bound = _parted(first.gts - first.lts)
        against, ceiling = _parted(second.gts - second.lts)
        if middle == -against and _leads(middle):
            shift = sp.S.One + bound if bound.is_number else sp.S.Zero
            return Range(shift - bound, middle + shift, ceiling + shift)
    return None


def largest(write: Write, e: Largest, name: str = "max") -> Formula:
    """``max_k u[k]``."""
    names = joined(tuple(write(i) for i, _, _ in limits(e)), Op(",", "tight"))
    return row(Sub(Ident(name, True), names), Op(APPLY), fenced(write(e.function)))


def winner(write: Write, e: Winner) -> Formula:
    """``[κ = argmax_k u[k]]``."""
    at = tuple(write(i) for i in e.at)
    where = at[0] if len(at) == 1 else fenced(joined(at, Op(",")))
    return fenced(row(where, Op("="), largest(write, e.largest, "argmax")), "[", "]")


def _parted(difference: sp.Expr) -> tuple[sp.Expr, sp.Expr]:
    """The terms with an index, and the rest: numbers and sizes."""
    terms = sp.Add.make_args(difference)
    indexed = [t for t in terms if any(s.is_integer and not s.is_positive for s in t.free_symbols)]
    return sp.Add(*indexed), sp.Add(*(t for t in terms if t not in indexed))


def _leads(middle: sp.Expr) -> bool:
    """Of ``p`` and ``−p`` the one that begins without a minus."""
    return middle != 0 and any(not t.could_extract_minus_sign() for t in sp.Add.make_args(middle))
