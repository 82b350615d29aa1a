"""What code is written with: text that knows how tightly it binds, and the names and helpers of one module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import sympy as sp

from symbackprop.numeric.names import identifier

SUM, PRODUCT, SIGN, POWER, ATOM = range(1, 6)


@dataclass(frozen=True)
class Text:
    """Code with how tightly it binds."""

    code: str
    binds: int = ATOM

    def within(self, binds: int) -> str:
        """The code, in brackets where its surroundings bind more tightly."""
        return self.code if self.binds >= binds else f"({self.code})"


Definitions = dict[str, sp.Expr]
Ranges = tuple[tuple[sp.Symbol, sp.Expr, sp.Expr], ...]


@dataclass
class Grid:
    """The indices of one statement as arrays with names, ``c, u, p = grid(2, 3, 2)``, so that it reads as its formula
    does. There is one layout a statement, that of the ``ranges`` which ask first; ``used`` are the indices that do."""

    taken: frozenset[str] = frozenset()
    ranges: Ranges = ()
    used: set[sp.Symbol] = field(default_factory=set)

    def has(self, ranges: Ranges) -> bool:
        """Can these ranges have names here?"""
        if not self.ranges and all(first == 1 for _, first, _ in ranges):
            self.ranges = ranges
        return self.ranges == ranges

    def name(self, s: sp.Symbol) -> str:
        """What an index is called; what would hide an array gets underscores."""
        made = identifier(s.name)
        while made in self.taken:
            made += "_"
        return made


@dataclass(frozen=True)
class Page:
    """What the code of one module is written with: names by symbol, the helpers and definitions used so far."""

    names: Mapping[sp.Symbol, str]
    shapes: Mapping[sp.Symbol, tuple[sp.Expr, ...]]
    helpers: set[str]
    definitions: Definitions
    ranges: Ranges = ()
    argument: str = ""
    slots: Mapping[sp.Symbol, Text] = field(default_factory=dict)
    guards: Mapping[sp.Expr, str] = field(default_factory=dict)
    """What is written for a leaf within a case that must not be computed where it does not hold."""
    grid: Grid | None = None
    taken: frozenset[str] = frozenset()
    """Names that an index may not have: those of arrays, sizes, helpers, and of the time that a loop is at."""

    def over(
        self, indices: Sequence[sp.Symbol], sizes: Sequence[sp.Expr], slots: Mapping[sp.Symbol, Text] | None = None
    ) -> Page:
        """The page with just these free indices, each from 1 to a size; slots are written as their text."""
        ranges = tuple((i, sp.Integer(1), n) for i, n in zip(indices, sizes, strict=True))
        return replace(self, ranges=ranges, slots=slots or {})

    @property
    def place(self) -> dict[sp.Symbol, int]:
        return {i: p for p, (i, _, _) in enumerate(self.ranges)}

    def within(self, ranges: Ranges) -> Page:
        """The page with just these ranges, whatever stood in slots staying there."""
        return replace(self, ranges=ranges)

    def with_slot(self, symbol: sp.Symbol, text: Text) -> Page:
        """The page on which a symbol stands for what is written already."""
        return replace(self, slots={**self.slots, symbol: text})

    def fresh(self) -> Page:
        """The page for one more statement: its indices may have names of their own."""
        return replace(self, grid=Grid(self.taken))

    def named(self, symbol: sp.Symbol, name: str, shape: tuple[sp.Expr, ...]) -> Page:
        """The page with one more array, whose name may be any piece of code that binds tightly."""
        return replace(self, names={**self.names, symbol: name}, shapes={**self.shapes, symbol: shape})

    def lines(self) -> list[str]:
        """What stands before a statement: the names of its indices."""
        if self.grid is None or not self.grid.used:
            return []
        names = [self.grid.name(i) if i in self.grid.used else "_" for i, _, _ in self.grid.ranges]
        sizes = [self.length(last) for _, _, last in self.grid.ranges]
        self.helpers.add("grid")
        told = ", ".join(names) if len(names) > 1 else f"({names[0]},)"
        return [f"{told} = grid({', '.join(sizes)})"]

    def length(self, size: sp.Expr) -> str:
        """The code of a size."""
        return str(size.xreplace({s: sp.Symbol(self.names.get(s, identifier(s.name))) for s in size.free_symbols}))
