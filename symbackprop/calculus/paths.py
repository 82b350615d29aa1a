"""Paths: which equations use a quantity, and the product of partials from it to the loss.

A use is an equation of a kind and the shift between the label at which the quantity is read and the label of the
layer that reads it; layers whose uses agree share one derivation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from symbackprop.language.derivation import Factor, Product
from symbackprop.language.functions import Partial
from symbackprop.language.indices import Limit, base_of, fresh, indices_of, leaves, rename, symbols_in
from symbackprop.language.program import Kind, Program
from symbackprop.language.quantity import Equation, Quantity, relabel


@dataclass(frozen=True)
class Use:
    """Equation number ``position`` of a part, which reads the quantity under the name ``read_as``."""

    part: int
    position: int
    read_as: str


class Uses:
    """Who reads whom: for each name the uses, in order. Linear in the number of layers."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.kinds: dict[int, tuple[tuple[str, ...], ...]] = {}
        self.of: dict[str, list[Use]] = {}
        self.defined_in: dict[str, tuple[int, int]] = {}
        for number, part in enumerate(program.parts):
            self._add(number, part.kind, part.label)

    def _add(self, number: int, kind: Kind, label: int | None) -> None:
        for position, (equation, reads) in enumerate(zip(kind.equations, self._reads(kind), strict=True)):
            for name in reads:
                at = name if label is None else relabel(name, label)
                self.of.setdefault(at, []).append(Use(number, position, name))
            target = equation.quantity.name
            self.defined_in[target if label is None else relabel(target, label)] = (number, position)

    def _reads(self, kind: Kind) -> tuple[tuple[str, ...], ...]:
        """The names each equation of a kind reads, once a kind."""
        if id(kind) not in self.kinds:
            names = {q.symbol: q.name for q in (*kind.reads, *kind.given, *(e.quantity for e in kind.equations))}
            names.update({q.symbol: q.name for q in self.program.given if q.symbol not in names})
            self.kinds[id(kind)] = tuple(
                tuple(dict.fromkeys(names[base_of(x)] for x in leaves(e.expression) if base_of(x) in names))
                for e in kind.equations
            )
        return self.kinds[id(kind)]

    @cached_property
    def reached(self) -> frozenset[str]:
        """The names on which the last equation, the loss, depends."""
        last = self.program.parts[-1]
        name = last.kind.equations[-1].quantity.name
        return frozenset(self.upstream([name if last.label is None else relabel(name, last.label)]))

    def upstream(self, names: Iterable[str]) -> set[str]:
        """Everything the named quantities are computed from, themselves included. No recursion: depth is free."""
        seen: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self.defined_in:
                number, position = self.defined_in[name]
                part = self.program.parts[number]
                read = self._reads(part.kind)[position]
                todo += read if part.label is None else [relabel(r, part.label) for r in read]
        return seen


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
    """``Σ_o ∂T[o]/∂U[p]``: one link of the chain, and the target's indices. No sum over what p already fixes:
    a weight w[j,i] moves z[j] only."""
    found = occurrences(equation, quantity.symbol)
    fixed: dict[sp.Symbol, sp.Expr] = {}
    for target in equation.indices:
        for k, p in enumerate(at):
            if all(u[k] == target for u in found):
                fixed.setdefault(target, p)
    taken: set[sp.Basic] = set().union(*(symbols_in(p) for p in at)) if at else set()
    over: list[Limit] = []
    for target, axis in zip(equation.indices, equation.quantity.axes, strict=True):
        if target not in fixed:
            name = fresh(taken, target.name) if target in taken else target
            fixed[target] = name
            over.append((name, sp.Integer(1), axis.size))
        taken |= symbols_in(fixed[target])
    there = tuple(fixed[target] for target in equation.indices)
    partial = Partial(equation.quantity.at(*there), quantity.at(*at))
    return Product((Factor(partial, "partial"),), tuple(over)), there


def joined(first: Product, second: Product, keep: set[sp.Basic]) -> Product:
    """``Σ_a f · Σ_b g = Σ_a Σ_b f g``, the bound indices of ``second`` renamed away from what is taken."""
    taken = keep | {i for i, _, _ in first.over} | set().union(*(symbols_in(f.expression) for f in first.factors))
    away: dict[sp.Symbol, sp.Expr] = {}
    for idx, _, _ in second.over:
        if idx in taken:
            away[idx] = fresh(taken | set(away.values()) | {i for i, _, _ in second.over}, idx.name)
    factors = tuple(Factor(rename(f.expression, away), f.role) for f in second.factors) if away else second.factors
    over = tuple((away.get(i, i), lo, hi) for i, lo, hi in second.over)
    return Product((*first.factors, *factors), (*first.over, *over))
