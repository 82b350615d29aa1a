"""Links of a chain: ``Σ_o ∂T[o]/∂U[p]``, with no sum over what p already fixes."""

from __future__ import annotations

import sympy as sp

from symbackprop.language.derivation import Factor, Product
from symbackprop.language.functions import Partial
from symbackprop.language.indices import Limit, base_of, fresh, indices_of, leaves, rename, symbols_in
from symbackprop.language.quantity import Equation, Quantity


def occurrences(equation: Equation, base: sp.Symbol) -> list[tuple[sp.Expr, ...]]:
    """The index tuples at which an equation reads a quantity."""
    return list(dict.fromkeys(indices_of(x) for x in leaves(equation.expression) if base_of(x) == base))


def natural_indices(quantity: Quantity, equations: list[Equation]) -> tuple[sp.Symbol, ...]:
    """The indices a person would use for a quantity: those of its first use, if they are bare and distinct."""
    for equation in equations:
        found = occurrences(equation, quantity.symbol)
        # a use at the target's own indices first: softmax reads z[j] and, under its sum, z[k]
        for at in sorted(found, key=lambda u: not set(u) <= set(equation.indices)):
            if len(set(at)) == len(quantity.axes) and all(isinstance(u, sp.Symbol) for u in at):
                return at
    chosen: list[sp.Symbol] = []
    for _ in quantity.axes:
        chosen.append(fresh(chosen))
    return tuple(chosen)


def link(quantity: Quantity, at: tuple[sp.Expr, ...], equation: Equation) -> tuple[Product, tuple[sp.Expr, ...]]:
    """``Σ_o ∂T[o]/∂U[p]``: one link of the chain, and the target's indices. A weight w[j,i] moves z[j] only."""
    fixed = _fixed(equation, occurrences(equation, quantity.symbol), at)
    taken: set[sp.Basic] = set().union(*(symbols_in(p) for p in at)) if at else set()
    over: list[Limit] = []
    for target, axis in zip(equation.indices, equation.quantity.axes, strict=True):
        if target not in fixed:
            fixed[target] = fresh(taken, target.name) if target in taken else target
            over.append((fixed[target], sp.Integer(1), axis.size))
        taken |= symbols_in(fixed[target])
    there = tuple(fixed[target] for target in equation.indices)
    partial = Partial(equation.quantity.at(*there), quantity.at(*at))
    return Product((Factor(partial, "partial"),), tuple(over)), there


def _fixed(equation: Equation, found: list[tuple[sp.Expr, ...]], at: tuple[sp.Expr, ...]) -> dict[sp.Symbol, sp.Expr]:
    """The target's indices that stand, bare and at one place, in every occurrence: p decides them."""
    fixed: dict[sp.Symbol, sp.Expr] = {}
    for target in equation.indices:
        for k, p in enumerate(at):
            if all(u[k] == target for u in found):
                fixed.setdefault(target, p)
    return fixed


def joined(first: Product, second: Product, keep: set[sp.Basic]) -> Product:
    """``Σ_a f · Σ_b g = Σ_a Σ_b f g``, the bound indices of ``second`` renamed away from what is taken."""
    taken = keep | {i for i, _, _ in first.over}.union(*(symbols_in(f.expression) for f in first.factors))
    away: dict[sp.Symbol, sp.Expr] = {}
    for idx, _, _ in second.over:
        if idx in taken:
            away[idx] = fresh(taken | set(away.values()) | {i for i, _, _ in second.over}, idx.name)
    factors = tuple(Factor(rename(f.expression, away), f.role) for f in second.factors) if away else second.factors
    over = tuple((away.get(i, i), lo, hi) for i, lo, hi in second.over)
    return Product((*first.factors, *factors), (*first.over, *over))
