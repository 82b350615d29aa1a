"""Writer: quantities, expressions, lines and matrix forms of one program in one notation, as boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sympy as sp

from symbackprop.language.arrays import Array
from symbackprop.language.derivation import Factor, Line, Product
from symbackprop.language.functions import ARGUMENT, Partial
from symbackprop.language.indices import Limit, base_of, indices_of
from symbackprop.language.quantity import PARAMETERS, Equation, Quantity, index, size
from symbackprop.notation import arrays, expressions, order
from symbackprop.notation.expressions import BESIDE, MINUS, PLUS
from symbackprop.notation.formula import EMPTY, Formula, Hole, Ident, Mark, Op, fenced, row, scripts
from symbackprop.notation.glyphs import HOLE
from symbackprop.notation.latex import latex
from symbackprop.notation.mathml import fragment
from symbackprop.notation.namer import Form, Marks, Namer
from symbackprop.notation.names import above, below, parsed, split
from symbackprop.notation.orientation import Wrap
from symbackprop.notation.plain import text
from symbackprop.notation.styling import styled, styled_array

__all__ = ["Form", "Marks", "Writer"]

_PRINTS: dict[str, Callable[[Formula], str]] = {"L": latex, "M": fragment, "T": text}
DATA = "m"
"""The name of the number of data in the record."""


@dataclass(frozen=True)
class _At:
    """A pen for arrays, and what goes around their leaves."""

    pen: Writer
    wrap: Wrap


@dataclass(frozen=True, eq=False)
class Writer(Namer):
    """Writes what a program says, names as the notation has them (see ``Namer`` for what it knows)."""

    @cached_property
    def _whole(self) -> Writer:
        """The same writer for what stands inside arrays."""
        return self.with_(spread=True)

    @cached_property
    def _leaves(self) -> dict[sp.Expr, Formula]:
        return {}

    @property
    def hadamard(self) -> str:
        return self.notation.product

    def _index(self, e: sp.Expr) -> Formula:
        return expressions.indices(self, (e,))[0]

    def leaf(self, e: sp.Expr) -> Formula:
        """A symbol or an indexed quantity, marked where its symbol is."""
        if e not in self._leaves:
            shown = self._leaf(base_of(e), indices_of(e))
            mark = self.marks.get(base_of(e))
            self._leaves[e] = Mark(shown, *mark) if mark else shown
        return self._leaves[e]

    def _leaf(self, symbol: sp.Symbol, indices: Sequence[sp.Expr]) -> Formula:
        by = self.differentiated(symbol)
        if by is not None and symbol not in self._by_symbol:
            return self.adjoint(by, indices)
        q = self.named(symbol)
        return self._bare(symbol, indices) if q is None else self.quantity(q, indices)

    def _bare(self, symbol: sp.Symbol, indices: Sequence[sp.Expr]) -> Formula:
        """A size, an index, a name nobody has defined: by the structure of its name alone."""
        letter, label = split(symbol.name)
        if label is None:
            name = parsed(self._other(symbol))
            return scripts(name.base, below(name.subs, self._own_indices(indices)), above(name.supers, None))
        if letter == "n":
            return self._size(label)
        name = parsed(letter)
        shown = self.label_box(label)
        return scripts(name.base, below(name.subs, self._own_indices(indices)), above(name.supers, shown))

    def _size(self, label: str) -> Formula:
        """``n^{[l]}``, ``n_l``: how many units a layer has; in a template a hole."""
        counted = self.counted(label)
        if isinstance(counted, Hole):
            return Hole("size", counted.shift - self.notation.shift)
        deep = self.program.run is not None or self.notation.mark != "[]"
        base = Ident(self.notation.size)
        return scripts(base, counted, None) if deep else scripts(base, None, self.label_box(label))

    def _other(self, symbol: sp.Symbol) -> str:
        """What an index, the number of data, or the argument of a function is called here."""
        if symbol == ARGUMENT:
            return self.lettering.letter(symbol.name)
        if symbol.is_integer and symbol not in self._by_symbol:
            called = {DATA: self.notation.data} if symbol.is_positive else self.notation.indices
            return called.get(str(symbol.name), str(symbol.name))
        return str(symbol.name)

    def _own_indices(self, indices: Sequence[sp.Expr]) -> tuple[Formula, ...]:
        return () if self._silent else expressions.indices(self, indices)

    def turned(self, e: sp.Expr) -> bool:
        """Is what an entry belongs to written the other way round than in the record?"""
        q = self.meant(base_of(e))
        return q is not None and q.own is None and self.lettering.turned(q)

    def over_data(self, size: sp.Expr) -> bool:
        """Is this the number of data?"""
        return bool(size == self._data)

    @cached_property
    def _data(self) -> sp.Expr | None:
        return next((axis.size for q in self.lettering.known for axis in q.axes if axis.name == "datum"), None)

    def datum(self, e: sp.Expr) -> Formula | None:
        """``Σ_i dZ^{(i)}``: the sum of the columns of an array over data; None where it has no data."""
        q = self.meant(base_of(e))
        if q is None or self._data is None or not any(axis.name == "datum" for axis in q.axes):
            return None
        k = index(next((new for new in "kji" if self.notation.indices.get(new, new) == "i"), "k"))
        sign = expressions.sigma(self, (k, sp.S.One, self._data))
        return row(sign, self.with_(column=k).expression(e))

    def free_letter(self, wishes: str) -> str:
        """The first of these letters that no quantity has, large or small; the last where all are taken."""
        taken = {letter.upper() for letter in self._taken}
        return next((w for w in wishes if w.upper() not in taken), wishes[-1])

    def place(self, e: sp.Expr) -> int:
        """The place of a leaf in a product: sizes, then parameters, then the rest."""
        q = self.named(base_of(e))
        if q is None:
            return order.SIZE if e.is_positive and e.is_integer else order.OTHER
        return order.PARAMETER if q.role in PARAMETERS else order.OTHER

    # --- expressions and lines

    def expression(self, e: sp.Basic) -> Formula:
        """Any expression of the language."""
        return expressions.write(self, e)

    def partial(self, p: Partial) -> Formula:
        """``∂z_j/∂w_ji``."""
        return expressions.derivative(self, p)

    def factor(self, f: Factor) -> Formula:
        """One factor of a product; brackets around a sum or a leading minus."""
        return expressions.closed(self, f.expression, last=True)

    def product(self, p: Product) -> Formula:
        """``Σ_j f1 · f2 · …`` in the order of the record."""
        return self.line(Line((p,)))

    def line(self, line: Line) -> Formula:
        """A sum of ordered products."""
        return row(*(box for prefix, _, shown in self.factors(line) for box in (prefix, shown)))

    def factors(self, line: Line) -> list[tuple[Formula, Factor, Formula]]:
        """Each factor with what stands before it: ``·``, a sum sign, ``+`` or ``−``; side by side they are the line."""
        shown = styled(line, self.notation, self.meant)
        return [part for k, p in enumerate(shown.products) for part in self._product_parts(p, first=k == 0)]

    def _product_parts(self, p: Product, first: bool) -> list[tuple[Formula, Factor, Formula]]:
        start: Formula = EMPTY if first else PLUS
        if len(p.factors) == 1 and not p.over:
            return [self._alone(p.factors[0], start, first)]
        minus, rest = _led(p.factors)
        if minus:
            start = MINUS if first else Op("−")
        before = _sums_before(rest, p.over)
        parts = []
        for k, factor in enumerate(rest):
            sums = tuple(expressions.sigma(self, limit) for limit in before.get(k, ()))
            last = k == len(rest) - 1
            shown = expressions.closed(self, factor.expression, last=last)
            sign = start if k == 0 else BESIDE if sums else self._between(shown)
            parts.append((row(sign, *sums), factor, shown))
        return parts

    def _between(self, right: Formula) -> Formula:
        """What stands between two factors: where nothing does, a dot all the same before a number."""
        sign = self.notation.dot
        return BESIDE if not sign and not expressions.begins_with_number(right) else Op(sign or "·")

    def _alone(self, factor: Factor, start: Formula, first: bool) -> tuple[Formula, Factor, Formula]:
        """A product of one factor: its minus becomes the sign of the term."""
        e = factor.expression
        if first:
            return start, factor, self.expression(e)
        if not order.negative(e):
            return start, factor, expressions.closed(self, e, last=True)
        return Op("−"), factor, expressions.signed(self, e)[1]

    def equation(self, lhs: Formula, rhs: Formula, sign: str = "=") -> Formula:
        """``lhs = rhs``."""
        return row(lhs, Op(sign), rhs)

    def definition(self, eq: Equation) -> Formula:
        """``z_j = Σ_i w_ji a_i + b_j``."""
        return self.equation(self.quantity(eq.quantity, eq.indices), self.expression(eq.expression))

    # --- arrays

    def array(self, a: Array, left: Quantity | None = None) -> Formula:
        """A matrix form in one line, the right side for the quantity on the ``left``."""
        return self._array(a, left, lambda _, shown: shown)

    def array_with_shapes(self, a: Array, left: Quantity | None = None) -> Formula:
        """A matrix form with the shape under every factor."""
        return self._array(a, left, arrays.with_shape(self))

    def shape(self, sizes: Sequence[sp.Expr]) -> Formula:
        """``(n × m)``; a vector is a column."""
        return arrays.shape_box(self, tuple(sizes))

    def _array(self, a: Array, left: Quantity | None, wrap: Wrap) -> Formula:
        turn = left is not None and left.own is None and self.lettering.turned(left)
        return arrays.write_array(_At(self._whole, wrap), styled_array(a, self.notation, self.meant), turn)

    def own_shape(self, q: Quantity) -> Formula:
        """The shape of a quantity, as it is written here; a vector that is a row is ``(1 × n)``."""
        turn = q.own is None and self.lettering.turned(q)
        sizes = q.shape if not turn else tuple(reversed(q.shape)) if len(q.shape) > 1 else (sp.S.One, *q.shape)
        return arrays.shape_box(self, sizes)

    # --- variants and templates

    def with_(self, **changes: Any) -> Writer:
        """The same writer, otherwise set: ``with_(form="matrix")``, ``with_(marks=…)``."""
        return replace(self, **changes)

    def about(self, q: Quantity) -> Writer:
        """The writer of equations for one quantity: of a general layer, l is the label it has on the page."""
        if self.notation.shift == self.notation.weight_shift or not q.layer or isinstance(q.layer, int):
            return self
        return self.with_(base=self.lettering.shift(q))

    def bracket(self, formula: Formula) -> Formula:
        """Round brackets, tall where the formula is."""
        return fenced(formula)

    @cached_property
    def _sizes(self) -> dict[tuple[str, int], str]:
        return {}

    def stamp_print(self, text: str, label: int) -> str:
        """A print of a template (``placeholder=True``) at one layer: the holes for labels and sizes filled."""
        return HOLE.sub(lambda m: self._filled(m[1], m[2], label + int(m[3])), text)

    def _filled(self, kind: str, medium: str, label: int) -> str:
        if kind == "l":
            return str(label)
        if (medium, label) not in self._sizes:
            n = size(label)
            value = expressions.closed(self, self.program.sizes.get(n, n), order.ATOM)
            self._sizes[medium, label] = _PRINTS[medium](value)
        return self._sizes[medium, label]


def _led(factors: tuple[Factor, ...]) -> tuple[bool, tuple[Factor, ...]]:
    """A negative number that leads a product gives its sign away; minus one goes altogether."""
    first = factors[0].expression
    numeric = isinstance(first, sp.Number) or (first.is_Mul and not first.has(sp.Indexed, sp.Function))
    if not (numeric and order.negative(first)) or len(factors) == 1:
        return False, factors
    rest = factors[1:]
    return True, rest if first == -1 else (replace(factors[0], expression=-first), *rest)


def _sums_before(factors: Sequence[Factor], over: Sequence[Limit]) -> dict[int, list[Limit]]:
    """Each sum just before the first factor that depends on its index; a sum whose bounds read another after that."""
    names = {limit[0] for limit in over}
    nested = any(bound.free_symbols & names for _, *bounds in over for bound in bounds)
    places: dict[int, list[Limit]] = {}
    for limit in reversed(over) if nested else over:
        needs = [k for k, f in enumerate(factors) if f.expression.has(limit[0])]
        at = 0 if nested else (needs[0] if needs else 0)
        places.setdefault(at, []).append(limit)
    return places
