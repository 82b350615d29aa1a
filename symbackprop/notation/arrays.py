"""Matrix forms → boxes: products side by side, ⊙ element-wise, u vᵀ, diag(u); with a shape under every factor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
from symbackprop.language.functions import Iverson, Named
from symbackprop.language.indices import base_of, leaves
from symbackprop.notation import order
from symbackprop.notation.expressions import BESIDE, MINUS, PLUS, Pen, closed, fraction, indices, signed, write
from symbackprop.notation.formula import (
    TIMES,
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
from symbackprop.notation.glyphs import BOLD_ONE
from symbackprop.notation.orientation import Hand, Printer, Wrap, broadcast, natural, shown_shape, transposed

ADD, SPREAD, BESIDES, ATOM = 1, 2, 3, 4
"""Levels: sums, element-wise products, matrix products, letters."""


def write_array(at: Printer, a: Array, turn: bool = False) -> Formula:
    """The matrix form in one line; with ``turn`` its transpose.

    Every letter stands for the array as the course has it, which may be the transpose of the record's."""
    return _WRITE[type(a)](at, a, turn)


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


def _part(at: Printer, a: Array, least: int, turn: bool, last: bool = True) -> Formula:
    shown = write_array(at, a, turn)
    if isinstance(a, Transpose) and natural(at.pen, a.of) != turn:  # the two turns cancel: what is inside is shown
        a = a.of
    open_ = not last and at.pen.notation.gradient == "nabla" and _is_open(shown)
    return fenced(shown) if level(a) < least or open_ else shown


def _is_open(shown: Formula) -> bool:
    """``∇_z J`` before another factor would be read as ∇ of the product."""
    first = shown.items[0] if isinstance(shown, Row) and shown.items else shown
    return isinstance(first, Sub) and first.base == Ident("∇")


@dataclass(frozen=True)
class _Slotted:
    """A pen that writes the arrays inside an expression in the places of their symbols, and every leaf as it stands
    in an array that is, with ``turn``, the transpose of the record's."""

    pen: Hand
    shown: Mapping[sp.Symbol, Formula]
    turn: bool
    spread: bool = True

    @property
    def otherwise(self) -> str:
        return self.pen.otherwise

    @property
    def hadamard(self) -> str:
        return self.pen.hadamard

    def leaf(self, e: sp.Expr) -> Formula:
        if base_of(e) in self.shown:
            return self.shown[base_of(e)]
        other = isinstance(e, sp.Indexed) and len(e.indices) == 2 and self.pen.turned(e) != self.turn
        return transposed(self.pen.leaf(e), self.pen.notation) if other else self.pen.leaf(e)

    def place(self, e: sp.Expr) -> int:
        return self.pen.place(e)

    def free_letter(self, wishes: str) -> str:
        return self.pen.free_letter(wishes)

    def function(self, e: Named) -> Formula:
        return self.pen.function(e)


@dataclass(frozen=True)
class _Plain:
    """A printer without shapes: what stands inside a function has that of the whole."""

    pen: Hand

    def wrap(self, _: tuple[sp.Expr, ...], shown: Formula) -> Formula:
        return shown


def _entries(at: Printer, a: Elementwise, turn: bool) -> Formula:
    own = natural(at.pen, a)
    shown = _entry(at.pen, a, own)
    return at.wrap(shown_shape(a, turn), shown if own == turn or not a.shape else transposed(shown, at.pen.notation))


def _entry(pen: Hand, a: Elementwise, own: bool) -> Formula:
    """What the entries of an array are, without its shape."""
    if a.constant:
        return constant(pen, a)
    if not a.slots:
        mixed = len({pen.turned(x) for x in leaves(a.expression) if isinstance(x, sp.Indexed)}) > 1
        return write(_Slotted(pen, {}, own) if mixed else pen, a.expression)
    shown = {symbol: _part(_Plain(pen), inner, ATOM, own) for symbol, inner in a.slots}
    products = [shown[symbol] for symbol, inner in a.slots if level(inner) > ADD]
    return rebuilt(write(_Slotted(pen, shown, own), a.expression), lambda box: _bare(box, products))


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


def _ones(at: Printer, a: Ones, turn: bool) -> Formula:
    one = Ident(BOLD_ONE)
    return at.wrap(shown_shape(a, turn), transposed(one, at.pen.notation) if turn else one)


def _transpose(at: Printer, a: Transpose, turn: bool) -> Formula:
    if isinstance(a.of, Elementwise | Ones) or natural(at.pen, a.of) != turn:
        return write_array(at, a.of, not turn)
    return transposed(write_array(at, a.of, turn), at.pen.notation)


def _matmul(at: Printer, a: Matmul, turn: bool) -> Formula:
    notation = at.pen.notation
    if isinstance(a.right, Ones) and notation.ones != "1" and at.pen.over_data(a.right.size):
        summed = _summed(at, a.left, turn, 0 if turn else 1)
        if summed is not None:
            return summed
    if isinstance(a.left, Transpose) and isinstance(a.left.of, Ones) and notation.ones != "1" and (
        at.pen.over_data(a.left.of.size)
    ):
        own = natural(at.pen, a.right)
        summed = _summed(at, a.right, own, int(own))
        if summed is not None:
            return summed
    left, right = (a.right, a.left) if turn else (a.left, a.right)
    return _beside(at, _part(at, left, BESIDES, turn, last=False), _part(at, right, BESIDES, turn))


def _beside(at: Printer, left: Formula, right: Formula) -> Formula:
    notation = at.pen.notation
    if notation.matmul:
        return row(left, Op(notation.matmul), right)
    # d b (a)ᵀ needs a space, where a δ or a fraction stands before the bracket none is usual
    return row(left, BESIDE if notation.gradient == "d" else Op(TIMES, "tight"), right)


def _summed(at: Printer, a: Array, turn: bool, along: int) -> Formula | None:
    """The sum of an array over the data: ``Σ_i dZ^{(i)}`` of a letter, ``np.sum(dZ, axis=0)`` of anything."""
    if at.pen.notation.ones == "np":
        axis = (Op(","), Ident("axis"), Op("=", "tight"), Num(str(along)))
        return row(Ident("np.sum", True), fenced(row(write_array(_Plain(at.pen), a, turn), *axis)))
    if not isinstance(a, Elementwise) or not isinstance(a.expression, sp.Indexed):
        return None
    return at.pen.datum(a.expression)


def _outer(at: Printer, a: Outer, turn: bool) -> Formula:
    left, right = (a.right, a.left) if turn else (a.left, a.right)
    return _beside(at, _part(at, left, BESIDES, False, last=False), _part(at, turned(right), BESIDES, False))


def _hadamard(at: Printer, a: Hadamard, turn: bool) -> Formula:
    own = natural(at.pen, a)
    if own != turn:
        return transposed(_hadamard(at, a, own), at.pen.notation)
    tight = ATOM if at.pen.notation.bracketed else SPREAD
    last = len(a.factors) - 1
    return joined(tuple(_part(at, f, SPREAD if not isinstance(f, Matmul | Outer) else tight, turn, k == last)
                        for k, f in enumerate(a.factors)), Op(at.pen.hadamard))


def _diagonal(at: Printer, a: Diagonal, _: bool) -> Formula:
    below = _divisor(a.of)
    inner = a.of if below is None else below
    shown = row(Ident("diag", True), fenced(write_array(at, inner, natural(at.pen, inner))))
    return shown if below is None else Sup(shown, row(MINUS, Num("1")))


def _divisor(a: Array) -> Array | None:
    """u where the entries are 1/u and u is an array without a name."""
    if isinstance(a, Elementwise) and len(a.slots) == 1 and order.is_divisor(a.expression):
        symbol, inner = a.slots[0]
        return inner if a.expression.exp == -1 and base_of(a.expression.base) == symbol else None
    return None


def _times(at: Printer, a: Times, turn: bool) -> Formula:
    """``a (aᵀ da)``, a fraction where the number divides; before a matrix the number comes first."""
    below = _divisor(a.number)
    if below is not None:
        return fraction(write_array(at, a.of, turn), write_array(at, below))
    number = _part(at, a.number, ATOM, False)
    if len(a.shape) == 1:
        return row(_part(at, a.of, BESIDES, turn), BESIDE, number)
    return row(number, BESIDE, _part(at, a.of, BESIDES, turn))


def _scaled(at: Printer, a: Scaled, turn: bool) -> Formula:
    of = _part(at, a.of, SPREAD, turn)
    if a.scalar == -1:
        return row(MINUS, of)
    return row(closed(at.pen, a.scalar) if not order.negative(a.scalar) else write(at.pen, a.scalar), BESIDE, of)


def _total(at: Printer, a: Total, turn: bool) -> Formula:
    boxes: list[Formula] = []
    for k, term in enumerate(a.terms):
        minus, shown = _signed(at, term, turn)
        boxes += [MINUS if k == 0 else Op("−")] if minus else [PLUS] * (k > 0)
        boxes.append(shown)
    return row(*boxes)


def _signed(at: Printer, a: Array, turn: bool) -> tuple[bool, Formula]:
    spread = broadcast(at.pen, a)
    if spread is not None:
        return False, write_array(at, spread, natural(at.pen, spread))
    if isinstance(a, Scaled) and order.negative(a.scalar):
        positive = Scaled(-a.scalar, a.of)
        return True, _part(at, a.of, SPREAD, turn) if a.scalar == -1 else write_array(at, positive, turn)
    if isinstance(a, Elementwise) and order.negative(a.expression) and natural(at.pen, a) == turn:
        minus, shown = signed(at.pen, a.expression)
        return minus, at.wrap(shown_shape(a, turn), shown)
    return False, _part(at, a, SPREAD, turn)


_WRITE: dict[type, Callable[[Any, Any, bool], Formula]] = {
    Elementwise: _entries, Ones: _ones, Transpose: _transpose, Matmul: _matmul, Outer: _outer, Hadamard: _hadamard,
    Diagonal: _diagonal, Scaled: _scaled, Times: _times, Total: _total,
}


def shape_box(pen: Pen, sizes: tuple[sp.Expr, ...]) -> Formula:
    """``(n × m)``; a vector is a column, ``(n × 1)``."""
    if not sizes:
        return Text("")
    shown = tuple(write(pen, s) for s in sizes)
    return fenced(joined(shown if len(shown) > 1 else (*shown, Num("1")), Op("×")))


def with_shape(pen: Pen) -> Wrap:
    """Puts under a factor its shape; under a transposed vector, the row it has become."""
    def wrap(sizes: tuple[sp.Expr, ...], shown: Formula) -> Formula:
        return Under(shown, shape_box(pen, sizes)) if sizes else shown

    return wrap
