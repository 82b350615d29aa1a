"""Writer: quantities, expressions, lines and matrix forms of one program in one notation, as boxes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import sympy as sp

from symbackprop.language.arrays import Array
from symbackprop.language.derivation import Factor, Line, Product
from symbackprop.language.functions import Partial
from symbackprop.language.indices import Limit, base_of, indices_of
from symbackprop.language.notation import Notation
from symbackprop.language.program import Program
from symbackprop.language.quantity import PARAMETERS, Equation, Quantity, size
from symbackprop.notation import arrays, expressions, order
from symbackprop.notation.expressions import BESIDE, DOT, MINUS, PLUS
from symbackprop.notation.formula import EMPTY, Formula, Hole, Ident, Mark, MarkKind, Op, fenced, row, scripts, slope
from symbackprop.notation.glyphs import HOLE
from symbackprop.notation.latex import latex
from symbackprop.notation.mathml import fragment
from symbackprop.notation.names import above, below, bracketed, counted, parsed, split
from symbackprop.notation.plain import text

Form = Literal["scalar", "component", "matrix"]
Marks = Mapping[sp.Symbol, tuple[str, MarkKind]]
_PRINTS: dict[str, Callable[[Formula], str]] = {"L": latex, "M": fragment, "T": text}


@dataclass(frozen=True)
class _At:
    """A pen for arrays, and what goes around their leaves."""

    pen: Writer
    wrap: arrays.Wrap


@dataclass(frozen=True, eq=False)
class Writer:
    """Writes what a program says. ``adjoints`` are the symbols of known derivatives, each with the quantity it is a
    derivative by; names such as ``da[2]`` are read without it. ``of`` is what is differentiated (else the loss),
    ``per_datum`` the loss of one datum, for adjoints that have its axis. ``placeholder`` leaves holes for ``l``.
    """

    program: Program
    notation: Notation
    form: Form = "component"
    adjoints: Mapping[sp.Symbol, Quantity] = field(default_factory=dict)
    of: Quantity | None = None
    per_datum: Quantity | None = None
    marks: Marks = field(default_factory=dict)
    placeholder: bool = False
    otherwise: str = "otherwise"
    spread: bool = False

    # --- what stands for what

    @cached_property
    def _known(self) -> tuple[Quantity, ...]:
        """Every quantity of the given ones and of each kind, once."""
        kinds = {id(part.kind): part.kind for part in self.program.parts}
        inner = [q for k in kinds.values() for q in (*k.given, *(e.quantity for e in k.equations))]
        return (*self.program.given, *inner)

    @cached_property
    def _letters(self) -> dict[str, Quantity]:
        letters: dict[str, Quantity] = {}
        for q in self._known:
            if q.own is None and q.by is None:
                letters.setdefault(q.letter, q)
        return letters

    @cached_property
    def _by_symbol(self) -> dict[sp.Symbol, Quantity]:
        return {q.symbol: q for q in self._known}

    @cached_property
    def _by_adjoint(self) -> dict[sp.Symbol, Quantity]:
        named = {q.adjoint.symbol: q for q in self._known if q.adjoint.symbol not in self._by_symbol}
        return named | {s: self._primal(q) for s, q in self.adjoints.items()}

    @cached_property
    def _loss(self) -> Quantity:
        losses = [q for q in self._known if q.role == "loss"]
        return self.of or (losses[-1] if losses else self.program.parts[-1].kind.equations[-1].quantity)

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

    def _primal(self, q: Quantity) -> Quantity:
        """What an adjoint is a derivative by; any other quantity stays."""
        if q.role != "adjoint" or q.by is not None or not q.letter.startswith("d"):
            return q
        like = self._letters.get(q.letter[1:])
        own = sp.Symbol(q.own.name[1:]) if q.own is not None else None
        return Quantity(q.letter[1:], q.layer, q.axes, like.role if like else "auxiliary", own)

    def _named(self, symbol: sp.Symbol) -> Quantity | None:
        """The quantity of a symbol; that of a labelled one by its letter, which is what makes templates legible."""
        if symbol in self._by_symbol:
            return self._by_symbol[symbol]
        letter, label = split(symbol.name)
        like = self._letters.get(letter)
        return replace(like, layer=label) if like and label is not None else None

    def _differentiated(self, symbol: sp.Symbol) -> Quantity | None:
        """The quantity that a symbol is the adjoint of."""
        if symbol in self._by_adjoint:
            return self._by_adjoint[symbol]
        letter, label = split(symbol.name)
        prefix = self._twice.prefix if self._twice else "d"
        like = self._letters.get(letter.removeprefix(prefix)) if letter.startswith(prefix) else None
        return replace(like, layer=label) if like and label is not None else None

    # --- quantities

    def quantity(self, q: Quantity, indices: Sequence[sp.Expr] = ()) -> Formula:
        """``z^{[l]}_j``; an adjoint as ``∂J/∂a^{[l]}_j``, in matrix form ``da^{[l]}``."""
        if q.of is not None and q.by is not None:
            return self._slope(q.of, q.by, indices)
        if q.role == "adjoint" and q.letter.startswith("d"):
            return self.adjoint(self._primal(q), indices)
        name = parsed(q.own.name if q.own is not None else self.letter(q))
        plain_name = q.own is not None or q.layer is None
        label = None if plain_name else bracketed(str(q.layer), self.placeholder)
        under = below(name.subs, self._indices(indices))
        return scripts(name.base, under, above(name.supers, label))

    def letter(self, q: Quantity) -> str:
        """The letter on the page: capitals for matrices, in components small ones for weights."""
        stem, bar, below = q.letter.partition("_")
        one_letter = len(stem) == 1 and stem.isascii()
        if self.form == "matrix":
            return stem.upper() + bar + below if one_letter and len(q.axes) > 1 else q.letter
        # a small e is the base of exponentials
        small = stem.lower() + bar + below if one_letter and q.role == "weight" and stem != "E" else q.letter
        shown = self.notation.letters.get(q.letter, small)
        return q.letter if shown in self._letters else shown

    def adjoint(self, by: Quantity, indices: Sequence[sp.Expr] = ()) -> Formula:
        """The derivative by a quantity under its short name: ``∂J/∂a^{[l]}_j``, or ``da^{[l]}`` for arrays."""
        return self._slope(self._twice or self._of(by), by, indices)

    def _slope(self, of: Quantity, by: Quantity, indices: Sequence[sp.Expr]) -> Formula:
        """``∂J/∂a``; for arrays the loss need not be said, unless there are derivatives of two."""
        if self.form == "matrix" and of != self._twice:
            return row(Ident("d"), self.quantity(by, indices))
        return self.adjoint_full(of, by, indices)

    @cached_property
    def _twice(self) -> Quantity | None:
        """What is differentiated, where the program holds derivatives already: then ``dW`` is one of those."""
        return self._loss if any(q.by is not None for q in self._known) else None

    def adjoint_full(self, of: Quantity, by: Quantity, indices: Sequence[sp.Expr] = ()) -> Formula:
        """``∂L_k/∂a_jk``: the indices of ``of`` are those of the axes it shares with ``by``."""
        at = dict(zip((axis.name for axis in by.axes), indices, strict=False))
        shared = tuple(at[axis.name] for axis in of.axes if axis.name in at)
        return slope(self.quantity(of, shared), self.quantity(by, indices))

    def _of(self, by: Quantity) -> Quantity:
        axes = {axis.name for axis in by.axes}
        one = self.per_datum
        return one if one is not None and {axis.name for axis in one.axes} <= axes else self._loss

    def _indices(self, indices: Sequence[sp.Expr]) -> tuple[Formula, ...]:
        # scalar form is the component form with one unit an axis; inside arrays every entry stands at the same place
        return () if self.form == "scalar" or self.spread else expressions.indices(self, indices)

    def leaf(self, e: sp.Expr) -> Formula:
        """A symbol or an indexed quantity, marked where its symbol is."""
        if e not in self._leaves:
            shown = self._leaf(base_of(e), indices_of(e))
            mark = self.marks.get(base_of(e))
            self._leaves[e] = Mark(shown, *mark) if mark else shown
        return self._leaves[e]

    def _leaf(self, symbol: sp.Symbol, indices: Sequence[sp.Expr]) -> Formula:
        by = self._differentiated(symbol)
        if by is not None and symbol not in self._by_symbol:
            return self.adjoint(by, indices)
        q = self._named(symbol)
        return self._bare(symbol, indices) if q is None else self.quantity(q, indices)

    def _bare(self, symbol: sp.Symbol, indices: Sequence[sp.Expr]) -> Formula:
        """A size, an index, a name nobody has defined: by the structure of its name alone."""
        letter, label = split(symbol.name)
        shown = bracketed(label, self.placeholder) if label is not None else None
        if letter == "n" and shown is not None and isinstance(shown.body, Hole):
            return Hole("size", shown.body.shift)
        if letter == "n" and label is not None and self.program.run is not None:
            return scripts(Ident(letter), counted(label, False), None)
        name = parsed(letter)
        return scripts(name.base, below(name.subs, self._indices(indices)), above(name.supers, shown))

    def free_letter(self, wishes: str) -> str:
        """The first of these letters that no quantity has, large or small; the last where all are taken."""
        taken = {letter.upper() for letter in self._letters}
        return next((w for w in wishes if w.upper() not in taken), wishes[-1])

    def place(self, e: sp.Expr) -> int:
        """The place of a leaf in a product: sizes, then parameters, then the rest."""
        q = self._named(base_of(e))
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
        return [part for k, p in enumerate(line.products) for part in self._product_parts(p, first=k == 0)]

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
            sign = start if k == 0 else (BESIDE if sums else DOT)
            last = k == len(rest) - 1
            parts.append((row(sign, *sums), factor, expressions.closed(self, factor.expression, last=last)))
        return parts

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

    def array(self, a: Array) -> Formula:
        """A matrix form in one line."""
        return self._array(a, lambda _, shown: shown)

    def array_with_shapes(self, a: Array) -> Formula:
        """A matrix form with the shape under every factor."""
        return self._array(a, arrays.with_shape(self))

    def shape(self, sizes: Sequence[sp.Expr]) -> Formula:
        """``(n × m)``; a vector is a column."""
        return arrays.shape_box(self, tuple(sizes))

    def _array(self, a: Array, wrap: arrays.Wrap) -> Formula:
        return arrays.write_array(_At(self._whole, wrap), a)

    # --- variants and templates

    def with_(self, **changes: Any) -> Writer:
        """The same writer, otherwise set: ``with_(form="matrix")``, ``with_(marks=…)``."""
        return replace(self, **changes)

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
