"""Which way round a course writes an array: letters that stand for transposes, the sign of the transpose, and biases
that are added to every datum as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import sympy as sp

from symbackprop.language.arrays import (
    Array,
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
from symbackprop.language.indices import leaves
from symbackprop.language.notation import Notation
from symbackprop.notation.expressions import Pen
from symbackprop.notation.formula import Formula, Ident, Row, Sub, SubSup, Sup, fenced, is_label, row
from symbackprop.notation.glyphs import TRANSPOSE

Wrap = Callable[[tuple[sp.Expr, ...], Formula], Formula]


class Hand(Pen, Protocol):
    """A pen that knows its notation, and which arrays that writes the other way round."""

    @property
    def notation(self) -> Notation: ...

    def turned(self, e: sp.Expr) -> bool:
        """Is what an entry belongs to written the other way round than in the record?"""

    def datum(self, e: sp.Expr) -> Formula | None:
        """Of an array over data the column of one datum, with its mark; None where it has none."""

    def over_data(self, size: sp.Expr) -> bool:
        """Is this the number of data?"""


class Printer(Protocol):
    """A pen for entries, and what is put around every leaf (its shape, or nothing)."""

    @property
    def pen(self) -> Hand: ...

    @property
    def wrap(self) -> Wrap: ...


def natural(pen: Hand, a: Array) -> bool:
    """Which way round an array is written with the fewest transposes: True for the transpose of the record's."""
    if isinstance(a, Elementwise):
        if a.slots:
            return natural(pen, a.slots[0][1])
        entries = [x for x in leaves(a.expression) if isinstance(x, sp.Indexed)]
        return not a.constant and bool(entries) and pen.turned(entries[0])
    if isinstance(a, Transpose):
        return not natural(pen, a.of)
    if isinstance(a, Hadamard | Total):
        return natural(pen, a.factors[0] if isinstance(a, Hadamard) else a.terms[0])
    if isinstance(a, Scaled | Times):
        return natural(pen, a.of)
    return isinstance(a, Matmul) and natural(pen, a.left) and natural(pen, a.right)


def shown_shape(a: Array, turn: bool) -> tuple[sp.Expr, ...]:
    """The shape as it is shown; a transposed vector is a row."""
    if not turn or not a.shape:
        return a.shape
    return (sp.S.One, *a.shape) if len(a.shape) == 1 else tuple(reversed(a.shape))


def transposed(shown: Formula, notation: Notation | None = None) -> Formula:
    """A letter with a label goes into brackets before it is transposed; or the sign stands beside the label."""
    sign = Ident(notation.transpose if notation else TRANSPOSE)
    if notation and notation.mark == "below" and isinstance(shown, Sub) and isinstance(shown.base, Ident):
        return SubSup(shown.base, shown.sub, sign)
    if notation and notation.transpose_in:
        last = shown.items[-1] if isinstance(shown, Row) and len(shown.items) == 2 else shown
        before = shown.items[:-1] if isinstance(shown, Row) and last is not shown else ()
        if isinstance(last, Sup) and is_label(last.sup) and all(isinstance(b, Ident) for b in before):
            return row(*before, Sup(last.base, Row((*_items(last.sup), sign))))
    return Sup(shown if isinstance(shown, Ident) else fenced(shown), sign)


def _items(box: Formula) -> tuple[Formula, ...]:
    return box.items if isinstance(box, Row) else (box,)


def broadcast(pen: Hand, a: Array) -> Array | None:
    """The bias of ``b 1ᵀ``, where the course adds it to every datum as it is."""
    if not (pen.notation.broadcast and isinstance(a, Outer)):
        return None
    vectors = [x for x in (a.left, a.right) if isinstance(x, Elementwise) and isinstance(x.expression, sp.Indexed)]
    ones = [x for x in (a.left, a.right) if isinstance(x, Ones) and pen.over_data(x.size)]
    return vectors[0] if vectors and ones else None
