"""The frame in which an expression is evaluated: what names mean, which indices are in scope, indices as numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.errors import SymbackpropError
from symbackprop.numeric.ops import Ops, Values

Range = tuple[sp.Symbol, int, int]


@dataclass(frozen=True)
class Scope:
    """What names mean: arrays by symbol, sizes, formal partials. ``margins`` collects how near relations are to 0."""

    arrays: Mapping[sp.Symbol, Any]
    sizes: Mapping[sp.Symbol, int]
    ops: Ops
    partials: Mapping[tuple[sp.Symbol, sp.Symbol], Any] = field(default_factory=dict)
    margins: list[float] | None = None


@dataclass(frozen=True)
class At:
    """Where an expression stands: the indices in scope, ``(index, first, count)``, and local values by symbol."""

    ranges: tuple[Range, ...]
    scope: Scope
    local: Mapping[sp.Symbol, Values] = field(default_factory=dict)

    @cached_property
    def place(self) -> dict[sp.Symbol, int]:
        # a bound index hides an outer one of the same name: the last wins
        return {index: position for position, (index, _, _) in enumerate(self.ranges)}

    @property
    def ops(self) -> Ops:
        return self.scope.ops

    def axis(self, position: int) -> Any:
        """The values of an index along its axis."""
        _, first, count = self.ranges[position]
        shape = [1] * len(self.ranges)
        shape[position] = count
        return np.arange(first, first + count).reshape(shape)

    def within(self, ranges: tuple[Range, ...]) -> At:
        """The same place with further indices, whose axes come last."""
        local = {s: v.reshape(*np.shape(v), *(1 for _ in ranges)) if np.ndim(v) else v for s, v in self.local.items()}
        return At((*self.ranges, *ranges), self.scope, local)


def integer(expression: sp.Expr, at: At) -> Any:
    """An index expression in whole numbers, over the frame."""
    if expression.is_Integer:
        return int(expression)
    if isinstance(expression, sp.Symbol):
        if expression in at.place:
            return at.axis(at.place[expression])
        if expression in at.scope.sizes:
            return at.scope.sizes[expression]
        raise SymbackpropError(f"the index {expression} is bound nowhere")
    if isinstance(expression, sp.Add):
        return _whole(sum(_rational(a, at) for a in expression.args), expression)
    return _whole(_rational(expression, at), expression)


def _rational(expression: sp.Expr, at: At) -> Any:
    """A product of numbers and indices; fractions are allowed as long as the whole is a whole number."""
    if isinstance(expression, sp.Rational):
        return int(expression.p) / int(expression.q) if expression.q != 1 else int(expression.p)
    if isinstance(expression, sp.Mul):
        return math.prod((_rational(a, at) for a in expression.args), start=1)
    if isinstance(expression, sp.Add):
        return sum(_rational(a, at) for a in expression.args)
    if isinstance(expression, sp.Mod):
        return integer(expression.args[0], at) % integer(expression.args[1], at)
    if isinstance(expression, sp.floor | sp.ceiling):
        rounded = np.floor if isinstance(expression, sp.floor) else np.ceil
        return rounded(np.asarray(_rational(expression.args[0], at)) * 1.0).astype(int)
    return integer(expression, at)


def _whole(found: Any, expression: sp.Expr) -> Any:
    rounded = np.rint(found).astype(int)
    if not np.array_equal(rounded, found):
        raise SymbackpropError(f"the index {expression} is not a whole number everywhere")
    return rounded
