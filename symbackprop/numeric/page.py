"""What code is written with: text that knows how tightly it binds, and the names and helpers of one module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import sympy as sp

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


@dataclass(frozen=True)
class Page:
    """What the code of one module is written with: names by symbol, the helpers and definitions used so far."""

    names: Mapping[sp.Symbol, str]
    shapes: Mapping[sp.Symbol, tuple[sp.Expr, ...]]
    helpers: set[str]
    definitions: Definitions
    ranges: tuple[tuple[sp.Symbol, sp.Expr, sp.Expr], ...] = ()
    argument: str = ""
    slots: Mapping[sp.Symbol, Text] = field(default_factory=dict)
    guards: Mapping[sp.Expr, str] = field(default_factory=dict)
    """What is written for a leaf within a case that must not be computed where it does not hold."""

    def over(
        self, indices: Sequence[sp.Symbol], sizes: Sequence[sp.Expr], slots: Mapping[sp.Symbol, Text] | None = None
    ) -> Page:
        """The page with just these free indices, each from 1 to a size; slots are written as their text."""
        ranges = tuple((i, sp.Integer(1), n) for i, n in zip(indices, sizes, strict=True))
        return replace(self, ranges=ranges, slots=slots or {})

    @property
    def place(self) -> dict[sp.Symbol, int]:
        return {i: p for p, (i, _, _) in enumerate(self.ranges)}
