"""Matrix forms → boxes: products side by side, ⊙ element-wise, u vᵀ, diag(u); with a shape under every factor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
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
    Times,
    Total,
    Transpose,
)
from symbackprop.language.arrays import transposed as turned
from symbackprop.language.functions import Iverson
from symbackprop.language.indices import base_of
from symbackprop.notation import order
from symbackprop.notation.expressions import BESIDE, MINUS, PLUS, Pen, closed, fraction, indices, signed, write
from symbackprop.notation.formula import (
    Fenced,
    Formula,
    Ident,
    Num,
    Op,
    Row,
    Sqrt,
    Sub,
    Sup,
    Text,
    Under,
    fenced,
    joined,
    rebuilt,
    row,
)
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


_LEVELS: dict[type, int] = {Total: ADD, Hadamard: SPREAD, Matmul: BESIDES, Outer: BESIDES, Times: BESIDES}


def _part(at: Printer, a: Array, least: int) -> Formula:
    shown = write_array(at, a)
    return fenced(shown) if level(a) < least else shown


@dataclass(frozen=True)
class _Slotted:
    """A pen that writes the arrays inside an expression in the places of their symbols."""

    pen: Pen
    shown: Mapping[sp.Symbol, Formula]
    spread: bool = True

    @property
    def otherwise(self) -> str:
        return self.pen.otherwise

    @property
    def hadamard(self) -> str:
        return self.pen.hadamard

    def leaf(self, e: sp.Expr) -> Formula:
        return self.shown.get(base_of(e)) or self.pen.leaf(e)

    def place(self, e: sp.Expr) -> int:
        return self.pen.place(e)

    def free_letter(self, wishes: str) -> str:
        return self.pen.free_letter(wishes)


@dataclass(frozen=True)
class _Plain:
    """A printer without shapes: what stands inside a function has that of the whole."""

    pen: Pen

    def wrap(self, _: Array, shown: Formula) -> Formula:
        return shown


def _entries(at: Printer, a: Elementwise) -> Formula:
    return at.wrap(a, _entry(at.pen, a))


def _entry(pen: Pen, a: Elementwise) -> Formula:
    """What the entries of an array are, without its shape."""
    if a.constant:
        return constant(pen, a)
    if not a.slots:
        return write(pen, a.expression)
    shown = {symbol: _part(_Plain(pen), inner, ATOM) for symbol, inner in a.slots}
    products = [shown[symbol] for symbol, inner in a.slots if level(inner) > ADD]
    return rebuilt(write(_Slotted(pen, shown), a.expression), lambda box: _bare(box, products))


def _bare(box: Formula, products: Sequence[Formula]) -> Formula:
    """Without brackets around the whole of a root or of a bracket, and around products that are added."""
    if isinstance(box, Sqrt) and isinstance(box.of, Fenced) and box.of.left == "(":
        return Sqrt(box.of.body)
    if isinstance(box, Row) and any(isinstance(b, Op) and b.sign in "+−" for b in box.items):
        return row(*(b.body if b in products and isinstance(b, Fenced) else b for b in box.items))
    return box.body if isinstance(box, Fenced) and isinstance(box.body, Fenced) and box.left == "(" else box


def constant(pen: Pen, a: Elementwise) -> Formula:
    """A matrix that depends on places alone: the identity I, ``M_{j ≤ i}`` of ones where that holds, ``[i − j]_ij``."""
    if isinstance(a.expression, sp.KroneckerDelta) and set(a.expression.args[:2]) == set(a.indices):
        return Ident(pen.free_letter("IE"))
    if isinstance(a.expression, Iverson):
        letter = pen.free_letter("MCGH")
        return Sub(Ident(letter if len(a.indices) == 2 else letter.lower()), write(pen, a.expression.condition))
    return Sub(fenced(write(pen, a.expression), "[", "]"), row(*indices(pen, a.indices)))


def _ones(at: Printer, a: Ones) -> Formula:
    return at.wrap(a, Ident(BOLD_ONE))


def transposed(shown: Formula) -> Formula:
    """A letter with a label goes into brackets before it is transposed."""
    return Sup(shown if isinstance(shown, Ident) else fenced(shown), Ident(TRANSPOSE))


def _transpose(at: Printer, a: Transpose) -> Formula:
    if isinstance(a.of, Elementwise | Ones):
        leaf = Ident(BOLD_ONE) if isinstance(a.of, Ones) else _entry(at.pen, a.of)
        return at.wrap(a, transposed(leaf))
    return transposed(write_array(at, a.of))


def _matmul(at: Printer, a: Matmul) -> Formula:
    return row(_part(at, a.left, BESIDES), BESIDE, _part(at, a.right, BESIDES))


def _outer(at: Printer, a: Outer) -> Formula:
    return row(_part(at, a.left, BESIDES), BESIDE, _part(at, turned(a.right), BESIDES))


def _hadamard(at: Printer, a: Hadamard) -> Formula:
    return joined(tuple(_part(at, f, SPREAD if not isinstance(f, Matmul | Outer) else ATOM) for f in a.factors),
                  Op(at.pen.hadamard))


def _diagonal(at: Printer, a: Diagonal) -> Formula:
    below = _divisor(a.of)
    shown = row(Ident("diag", True), fenced(write_array(at, a.of if below is None else below)))
    return shown if below is None else Sup(shown, row(MINUS, Num("1")))


def _divisor(a: Array) -> Array | None:
    """u where the entries are 1/u and u is an array without a name."""
    if isinstance(a, Elementwise) and len(a.slots) == 1 and order.is_divisor(a.expression):
        symbol, inner = a.slots[0]
        return inner if a.expression.exp == -1 and base_of(a.expression.base) == symbol else None
    return None


def _times(at: Printer, a: Times) -> Formula:
    """``a (aᵀ da)``, a fraction where the number divides; before a matrix the number comes first."""
    below = _divisor(a.number)
    if below is not None:
        return fraction(write_array(at, a.of), write_array(at, below))
    number = _part(at, a.number, ATOM)
    if len(a.shape) == 1:
        return row(_part(at, a.of, BESIDES), BESIDE, number)
    return row(number, BESIDE, _part(at, a.of, BESIDES))


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
    Diagonal: _diagonal, Scaled: _scaled,
    Times: _times, Total: _total,
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
