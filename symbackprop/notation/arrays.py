"""Matrix forms → boxes: products side by side, ⊙ element-wise, u vᵀ, diag(u); with a shape under every factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import sympy as sp

from symbackprop.language.arrays import (
    Array,
    Diagonal,
    Elementwise,
    Hadamard,
    Matmul,
    Ones,
    Outer,
    Scaled,
    Total,
    Transpose,
)
from symbackprop.notation import order
from symbackprop.notation.expressions import BESIDE, MINUS, PLUS, Pen, closed, signed, write
from symbackprop.notation.formula import Formula, Ident, Num, Op, Sup, Text, Under, fenced, joined, row
from symbackprop.notation.glyphs import BOLD_ONE, TRANSPOSE

ADD, SPREAD, BESIDES, ATOM = 1, 2, 3, 4
"""Levels: sums, element-wise products, matrix products, letters."""
Wrap = Callable[[Array, Formula], Formula]


class Printer(Protocol):
    """A pen for entries, and what is put around every leaf (its shape, or nothing)."""

    @property
    def pen(self) -> Pen: ...

    @property
    def wrap(self) -> Wrap: ...


def write_array(at: Printer, a: Array) -> Formula:
    """The matrix form in one line."""
    return _WRITE[type(a)](at, a)


def level(a: Array) -> int:
    """How tightly an array's print holds together."""
    if isinstance(a, Elementwise):
        return _entry_level(a.expression)
    if isinstance(a, Scaled):
        return ADD if order.negative(a.scalar) else min(BESIDES, level(a.of))
    return _LEVELS.get(type(a), ATOM)


def _entry_level(e: sp.Expr) -> int:
    if order.level(e) == order.ADD:
        return ADD
    if isinstance(e, sp.Mul):
        return SPREAD if sum(1 for f in order.opened(e, sp.Mul) if f.has(sp.Indexed)) > 1 else BESIDES
    return SPREAD if isinstance(e, sp.Pow) and e.exp == 2 and isinstance(e.base, sp.Indexed) else ATOM


_LEVELS: dict[type, int] = {Total: ADD, Hadamard: SPREAD, Matmul: BESIDES, Outer: BESIDES}


def _part(at: Printer, a: Array, least: int) -> Formula:
    shown = write_array(at, a)
    return fenced(shown) if level(a) < least else shown


def _entries(at: Printer, a: Elementwise) -> Formula:
    return at.wrap(a, write(at.pen, a.expression))


def _ones(at: Printer, a: Ones) -> Formula:
    return at.wrap(a, Ident(BOLD_ONE))


def transposed(shown: Formula) -> Formula:
    """A letter with a label goes into brackets before it is transposed."""
    return Sup(shown if isinstance(shown, Ident) else fenced(shown), Ident(TRANSPOSE))


def _transpose(at: Printer, a: Transpose) -> Formula:
    if isinstance(a.of, Elementwise | Ones):
        leaf = Ident(BOLD_ONE) if isinstance(a.of, Ones) else write(at.pen, a.of.expression)
        return at.wrap(a, transposed(leaf))
    return transposed(write_array(at, a.of))


def _matmul(at: Printer, a: Matmul) -> Formula:
    return row(_part(at, a.left, BESIDES), BESIDE, _part(at, a.right, BESIDES))


def _outer(at: Printer, a: Outer) -> Formula:
    right = _transpose(at, Transpose(a.right))
    return row(_part(at, a.left, BESIDES), BESIDE, right)


def _hadamard(at: Printer, a: Hadamard) -> Formula:
    return joined(tuple(_part(at, f, SPREAD if not isinstance(f, Matmul | Outer) else ATOM) for f in a.factors),
                  Op(at.pen.hadamard))


def _diagonal(at: Printer, a: Diagonal) -> Formula:
    return row(Ident("diag", True), fenced(write_array(at, a.of)))


def _scaled(at: Printer, a: Scaled) -> Formula:
    of = _part(at, a.of, SPREAD)
    if a.scalar == -1:
        return row(MINUS, of)
    return row(closed(at.pen, a.scalar) if not order.negative(a.scalar) else write(at.pen, a.scalar), BESIDE, of)


def _total(at: Printer, a: Total) -> Formula:
    boxes: list[Formula] = []
    for k, term in enumerate(a.terms):
        minus, shown = _signed(at, term)
        boxes += [MINUS if k == 0 else Op("−")] if minus else [PLUS] * (k > 0)
        boxes.append(shown)
    return row(*boxes)


def _signed(at: Printer, a: Array) -> tuple[bool, Formula]:
    if isinstance(a, Scaled) and order.negative(a.scalar):
        positive = Scaled(-a.scalar, a.of)
        return True, _part(at, a.of, SPREAD) if a.scalar == -1 else write_array(at, positive)
    if isinstance(a, Elementwise) and order.negative(a.expression):
        minus, shown = signed(at.pen, a.expression)
        return minus, at.wrap(a, shown)
    return False, _part(at, a, SPREAD)


_WRITE: dict[type, Callable[[Any, Any], Formula]] = {
    Elementwise: _entries, Ones: _ones, Transpose: _transpose, Matmul: _matmul, Outer: _outer, Hadamard: _hadamard,
    Diagonal: _diagonal, Scaled: _scaled, Total: _total,
}


def shape_box(pen: Pen, sizes: tuple[sp.Expr, ...]) -> Formula:
    """``(n × m)``; a vector is a column, ``(n × 1)``."""
    if not sizes:
        return Text("")
    shown = tuple(write(pen, s) for s in sizes)
    return fenced(joined(shown if len(shown) > 1 else (*shown, Num("1")), Op("×")))


def with_shape(pen: Pen) -> Wrap:
    """Puts under a factor its shape; under a transposed vector, the row it has become."""
    def wrap(a: Array, shown: Formula) -> Formula:
        sizes = (sp.S.One, *a.shape) if isinstance(a, Transpose) and len(a.shape) == 1 else a.shape
        return Under(shown, shape_box(pen, sizes)) if sizes else shown

    return wrap
