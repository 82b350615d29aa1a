"""Contraction: ``Σ_k δ(i, k) u[k] = u[i]``. A solved affine index keeps its range as a bracket ``[1 ≤ k ≤ K]``."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from symbackprop.language.derivation import Factor, Line, Product, Reason
from symbackprop.language.functions import Iverson, bracket
from symbackprop.language.indices import Limit, indices_of, rename

Ranges = Mapping[sp.Symbol, sp.Expr]
"""The upper end of the range 1..n of each free index."""


def contract(at: Line, ranges: Ranges) -> tuple[Line, Reason | None]:
    """Carry out every sum over a δ. The reason names the first sum of which one term remains."""
    line, reasons = contracted(at, ranges)
    return line, (reasons[0] if reasons else None)


def contracted(at: Line, ranges: Ranges) -> tuple[Line, list[Reason]]:
    """The same, with a reason for every sum."""
    reasons: list[Reason] = []
    products = tuple(_contract_product(p, ranges, reasons) for p in at.products)
    return Line(products), reasons


def _contract_product(product: Product, ranges: Ranges, reasons: list[Reason]) -> Product:
    deltas = [f for f in product.factors if f.role == "delta"]
    # a bare index first: what an affine one is solved for then stands in fewer places
    for solve in (_bare, _affine):
        for delta in deltas:
            solved = solve(delta.expression, product.over)
            if solved is not None:
                idx, value = solved
                reasons.append(("vanish", (idx, value, delta.expression)))
                return _contract_product(_substitute(product, delta, idx, value, ranges), ranges, reasons)
    return product


Solved = tuple[sp.Symbol, sp.Expr]


def _bare(delta: sp.Expr, over: tuple[Limit, ...]) -> Solved | None:
    """``p = u`` for a summed index that stands bare."""
    left, right = delta.args[:2]
    for idx, _, _ in reversed(over):
        for side, other in ((left, right), (right, left)):
            if side == idx and not other.has(idx):
                return idx, other
    return None


def _affine(delta: sp.Expr, over: tuple[Limit, ...]) -> Solved | None:
    """``p = u`` for a summed index that stands with coefficient ±1."""
    left, right = delta.args[:2]
    for idx, _, _ in reversed(over):
        slope = sp.diff(left - right, idx)
        if slope in (1, -1):
            return idx, sp.expand(idx - (left - right) / slope)
    return None


def _substitute(product: Product, delta: Factor, idx: sp.Symbol, value: sp.Expr, ranges: Ranges) -> Product:
    lower, upper = next((lo, hi) for i, lo, hi in product.over if i == idx)
    over = tuple(limit for limit in product.over if limit[0] != idx)
    # one δ is used up; it may stand twice
    rest = list(product.factors)
    rest.remove(delta)
    known = {**ranges, **{i: hi for i, _, hi in over}}
    factors = tuple(_decided(_evaluated(f, idx, value), known) for f in rest)
    inside = Iverson(sp.And(*(c for c in (sp.Le(lower, value), sp.Le(value, upper)) if not always(c, known))))
    within = inside == 1 or (lower == 1 and known.get(value) == upper)
    if not within and not _read_at(factors, value):
        factors = (Factor(bracket(lower, value, upper), "bracket"), *factors)
    kept = tuple(f for f in factors if f.expression != 1)
    return Product(kept or (Factor(sp.Integer(1)),), over)


def _evaluated(factor: Factor, idx: sp.Symbol, value: sp.Expr) -> Factor:
    return Factor(rename(factor.expression, {idx: value}), factor.role)


def _read_at(factors: tuple[Factor, ...], value: sp.Expr) -> bool:
    """Is an array read at that very index a factor of the whole product? Arrays are 0 outside their range, so the
    bracket would say nothing new. Inside a sum or a function it would."""
    return any(value in indices_of(part) for f in factors for part in sp.Mul.make_args(f.expression))


def _decided(f: Factor, ranges: Ranges) -> Factor:
    """A bracket about indices alone that holds everywhere is 1."""
    e = f.expression
    if isinstance(e, Iverson) and not e.atoms(sp.Indexed) and always(e.condition, ranges):
        return Factor(sp.Integer(1), f.role)
    return f


def always(condition: sp.Basic, ranges: Ranges) -> bool:
    """Does a condition on indices hold over the whole of their ranges? Asked of their lower and of their upper ends."""
    if isinstance(condition, sp.And):
        return all(always(part, ranges) for part in condition.args)
    lowest = {i: 1 + sp.Dummy(integer=True, nonnegative=True) for i in ranges}
    highest = {i: n - sp.Dummy(integer=True, nonnegative=True) for i, n in ranges.items()}
    return any(condition.xreplace(ends) == sp.true for ends in (lowest, highest))
