"""Who reads whom. Layers whose uses agree up to the label share one derivation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sympy as sp

from symbackprop.language.indices import base_of, indices_of, leaves
from symbackprop.language.program import Kind, Program
from symbackprop.language.quantity import LABEL, Equation, Place, Quantity, relabel, symbol
from symbackprop.language.recurrence import recurrent


@dataclass(frozen=True)
class Use:
    """Equation ``position`` of a part, defining ``target``, reads the quantity under the name ``read_as``."""

    part: int
    position: int
    read_as: str
    target: str


class Uses:
    """For each name its uses, in order; only what the loss ``of`` depends on counts. Linear in the layers."""

    def __init__(self, program: Program, of: str) -> None:
        self.program = program
        self._reads: dict[int, tuple[tuple[str, ...], ...]] = {}
        self._branches: dict[int, tuple[bool, ...]] = {}
        self._loops: dict[int, frozenset[sp.Symbol]] = {}
        self.defined_in: dict[str, tuple[int, int]] = {}
        for number, part in enumerate(program.parts):
            for position, e in enumerate(part.kind.equations):
                self.defined_in[self.name(e.quantity, number)] = (number, position)
        self.reached = frozenset(self.upstream([of]))
        self.of: dict[str, list[Use]] = {}
        for target, (number, position) in self.defined_in.items():
            if target in self.reached:
                self._add(target, number, position)

    def _add(self, target: str, number: int, position: int) -> None:
        part = self.program.parts[number]
        for name in self.reads(part.kind)[position]:
            at = name if part.label is None else relabel(name, part.label)
            self.of.setdefault(at, []).append(Use(number, position, name, target))

    def name(self, q: Quantity, part: int) -> str:
        """The name of a part's quantity at the part's label."""
        label = self.program.parts[part].label
        return q.name if label is None else relabel(q.name, label)

    def reads(self, kind: Kind) -> tuple[tuple[str, ...], ...]:
        """The names each equation of a kind reads, found once a kind."""
        if id(kind) not in self._reads:
            names = {q.symbol: q.name for q in self.program.given}
            names |= {q.symbol: q.name for q in (*kind.reads, *kind.given, *(e.quantity for e in kind.equations))}
            self._reads[id(kind)] = tuple(
                tuple(dict.fromkeys(names[base_of(x)] for x in leaves(e.expression) if base_of(x) in names))
                for e in kind.equations
            )
        return self._reads[id(kind)]

    def read_by(self, target: str) -> Iterable[str]:
        """The names that the defining equation of a name reads."""
        if target not in self.defined_in:
            return ()
        number, position = self.defined_in[target]
        part = self.program.parts[number]
        read = self.reads(part.kind)[position]
        return read if part.label is None else [relabel(r, part.label) for r in read]

    def upstream(self, names: Iterable[str]) -> set[str]:
        """Everything the named quantities are computed from, themselves included. No recursion: depth is free."""
        seen: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name not in seen:
                seen.add(name)
                todo += self.read_by(name)
        return seen

    def parts_before(self, target: str) -> bool:
        """Does a path part before a quantity: does its equation read something that others read too, or read it at
        several places? Parameters do not count: nothing is passed on beyond them."""
        if target not in self.defined_in:
            return False
        number, position = self.defined_in[target]
        if self.branches(self.program.parts[number].kind)[position]:
            return True
        return any(name in self.defined_in and len(self.of.get(name, ())) > 1 for name in self.read_by(target))

    def branches(self, kind: Kind) -> tuple[bool, ...]:
        """Which equations of a kind read one quantity at several places, as a softmax does."""
        if id(kind) not in self._branches:
            self._branches[id(kind)] = tuple(_at_several(e) for e in kind.equations)
        return self._branches[id(kind)]

    def in_recurrence(self, number: int | None, q: Quantity) -> bool:
        """Does a quantity of a part read its own past?"""
        return number is not None and q.symbol in self._recurrent(self.program.parts[number].kind)

    def _recurrent(self, kind: Kind) -> frozenset[sp.Symbol]:
        if id(kind) not in self._loops:
            self._loops[id(kind)] = recurrent(kind.equations)
        return self._loops[id(kind)]

    def equation(self, use: Use, label: Place | None) -> Equation:
        """A use's equation: concrete for label None, else written so that the layer of that label is l."""
        part = self.program.parts[use.part]
        if label is None or part.label is None:
            return self.program.definition(use.target)
        return shifted(part.kind.equations[use.position], part.label - label)


def _at_several(e: Equation) -> bool:
    places: dict[sp.Symbol, set[tuple[sp.Expr, ...]]] = {}
    for leaf in leaves(e.expression):
        places.setdefault(base_of(leaf), set()).add(indices_of(leaf))
    return any(len(found) > 1 for found in places.values())


def shifted(equation: Equation, by: Place) -> Equation:
    """An equation of a kind as seen from a layer ``by`` before it: l becomes l + by."""
    if by == 0:
        return equation
    q = equation.quantity
    read = equation.expression.atoms(sp.Symbol) | {s for axis in q.axes for s in axis.size.atoms(sp.Symbol)}
    return equation.renamed({s: _shift_symbol(s, by) for s in read}, by)


def _shift_symbol(s: sp.Symbol, by: Place) -> sp.Symbol:
    """``z[l - 1]`` by 1 is ``z[l]``."""
    zero = relabel(s.name, 0)
    if zero == relabel(s.name, 1):
        return s
    stem, _, offset = zero.rpartition("[")
    name = f"{stem}[{LABEL + int(offset[:-1]) + by}]"
    return sp.Symbol(name, integer=True, positive=True) if s.is_positive else symbol(name)
