"""Namer: how a quantity is written in one notation: its letter, its label, its indices; and derivatives by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import sympy as sp

from symbackprop.language.functions import ARGUMENT, Named
from symbackprop.language.indices import base_of, leaves
from symbackprop.language.lettering import Lettering
from symbackprop.language.notation import Notation
from symbackprop.language.program import Program
from symbackprop.language.quantity import Quantity
from symbackprop.notation import names
from symbackprop.notation.formula import (
    TIMES,
    Fenced,
    Formula,
    Ident,
    MarkKind,
    Op,
    Row,
    Sub,
    Sup,
    row,
    scripts,
    slope,
)
from symbackprop.notation.glyphs import emboldened
from symbackprop.notation.names import above, below, glyph, parsed, split

Form = Literal["scalar", "component", "matrix"]
Marks = Mapping[sp.Symbol, tuple[str, MarkKind]]
CARRIED = ("activation", "pre-activation")
_BRACKETS = {"[]": ("[", "]"), "()": ("(", ")"), "bare": ("", ""), "below": ("", "")}


@dataclass(frozen=True, eq=False)
class Namer:
    """Writes the names in a program. ``adjoints`` are the symbols of known derivatives, each with the quantity it is a
    derivative by; names such as ``da[2]`` are read without it. ``of`` is what is differentiated (else the loss),
    ``per_datum`` the loss of one datum, for adjoints that have its axis. ``placeholder`` leaves holes for ``l``.
    ``base``: how much greater the general label l is on the page than in the record (None: as for units).
    ``column``: the index of the datum of which an array is the column. ``carrying``: known derivatives by what lies
    between the layers are the letter that is carried back.
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
    base: int | None = None
    column: sp.Expr | None = None
    carrying: bool = False

    # --- what stands for what

    @cached_property
    def lettering(self) -> Lettering:
        """Which letters the notation has for this program."""
        return Lettering(self.program, self.notation)

    @cached_property
    def _letters(self) -> dict[str, Quantity]:
        letters: dict[str, Quantity] = {}
        given = len(self.program.given)
        for q in (*self.lettering.known[given:], *self.lettering.known[:given]):  # a[1] says more of a[l] than a[0]
            if q.own is None and q.by is None:
                letters.setdefault(q.letter, q)
        return letters

    @cached_property
    def _by_symbol(self) -> dict[sp.Symbol, Quantity]:
        return {q.symbol: q for q in self.lettering.known}

    @cached_property
    def _by_adjoint(self) -> dict[sp.Symbol, Quantity]:
        named = {q.adjoint.symbol: q for q in self.lettering.known if q.adjoint.symbol not in self._by_symbol}
        return named | {s: self._primal(q) for s, q in self.adjoints.items()}

    @cached_property
    def _loss(self) -> Quantity:
        losses = [q for q in self.lettering.known if q.role == "loss"]
        return self.of or (losses[-1] if losses else self.program.parts[-1].kind.equations[-1].quantity)

    def _primal(self, q: Quantity) -> Quantity:
        """What an adjoint is a derivative by; any other quantity stays."""
        if q.role != "adjoint" or q.by is not None or not q.letter.startswith("d"):
            return q
        like = self._letters.get(q.letter[1:])
        own = sp.Symbol(q.own.name[1:]) if q.own is not None else None
        return Quantity(q.letter[1:], q.layer, q.axes, like.role if like else "auxiliary", own)

    def named(self, symbol: sp.Symbol) -> Quantity | None:
        """The quantity of a symbol; that of a labelled one by its letter, which is what makes templates legible."""
        if symbol in self._by_symbol:
            return self._by_symbol[symbol]
        letter, label = split(symbol.name)
        like = self._letters.get(letter)
        return replace(like, layer=label) if like and label is not None else None

    def differentiated(self, symbol: sp.Symbol) -> Quantity | None:
        """The quantity that a symbol is the adjoint of."""
        if symbol in self._by_adjoint:
            return self._by_adjoint[symbol]
        letter, label = split(symbol.name)
        prefix = self._twice.prefix if self._twice else "d"
        like = self._letters.get(letter.removeprefix(prefix)) if letter.startswith(prefix) else None
        return replace(like, layer=label) if like and label is not None else None

    def meant(self, symbol: sp.Symbol) -> Quantity | None:
        """The quantity of a symbol, or the one that it is the adjoint of."""
        return self.named(symbol) or self.differentiated(symbol)

    # --- quantities

    def quantity(self, q: Quantity, indices: Sequence[sp.Expr] = ()) -> Formula:
        """``z^{[l]}_j``; an adjoint as ``∂J/∂a^{[l]}_j``, in matrix form ``da^{[l]}``."""
        if q.of is not None and q.by is not None:
            return self._slope(q.of, q.by, indices)
        if q.role == "adjoint" and q.letter.startswith("d"):
            return self.adjoint(self._primal(q), indices)
        if q.own is not None:
            name = parsed(q.own.name)
            return scripts(name.base, below(name.subs, self._indices(q, indices)), above(name.supers, None))
        place = self.lettering.placed.get(q.name)
        letter = self._capital(q, place) if place else self.letter(q)
        return self._scripted(letter, q, indices, labelled=not place and q.layer is not None)

    def _scripted(self, letter: str, q: Quantity, indices: Sequence[sp.Expr], labelled: bool) -> Formula:
        """A letter with its label, where the notation has it, and its indices."""
        name = parsed(letter)
        bold = self.notation.bold and self.form == "matrix" and q.axes
        base = Ident(emboldened(name.base.name)) if bold and isinstance(name.base, Ident) else name.base
        under, datum = self._indices(q, indices), self._datum(q, indices)
        label = self.label(q) if labelled else None
        if label is not None and self.mark == "below":
            return scripts(base, below((label, *name.subs), under), datum)
        return scripts(base, below(name.subs, under), above(name.supers, _stacked(label, datum)))

    @property
    def mark(self) -> str:
        """How a layer label stands in this form."""
        entry = self.notation.entry_mark
        return entry if entry is not None and self.form != "matrix" else self.notation.mark

    def label(self, q: Quantity) -> Formula:
        """The label of a quantity, in its brackets."""
        return self.label_box(str(q.layer), self.lettering.shift(q))

    def label_box(self, label: str, shift: int | None = None) -> Formula:
        """A label of the record that stands ``shift`` higher on the page, in its brackets."""
        shown = self.counted(label, shift)
        return shown if self.mark == "below" else Fenced(shown, *_BRACKETS[self.mark])

    def counted(self, label: str, shift: int | None = None) -> Formula:
        """``2``, ``l − 1``, ``L``: a label as it is called here."""
        units = self.notation.shift
        shift = units if shift is None else shift
        base = units if self.base is None else self.base
        return names.counted(label, self.placeholder, shift, base, units, tuple(self.notation.labels.items()))

    def letter(self, q: Quantity) -> str:
        """The letter on the page: capitals for matrices, in components small ones for weights."""
        letter = self.lettering.letter(q.letter)
        if self.form == "matrix":
            return self._capital(q, letter)
        stem, bar, below = letter.partition("_")
        one_letter = len(stem) == 1 and stem.isascii()
        # a small e is the base of exponentials
        small = stem.lower() + bar + below if one_letter and q.role == "weight" and stem != "E" else letter
        shown = self.notation.letters.get(q.letter, small)
        return letter if shown in self._taken else shown

    @cached_property
    def _taken(self) -> set[str]:
        return {self.lettering.letter(letter) for letter in self._letters}

    def _capital(self, q: Quantity, letter: str) -> str:
        stem, bar, below = letter.partition("_")
        capital = self.form == "matrix" and self.notation.capitals and len(stem) == 1 and stem.isalpha()
        ascii_ = stem.isascii() or stem == "ŷ"
        return stem.upper() + bar + below if capital and ascii_ and len(q.axes) > 1 else letter

    def _datum(self, q: Quantity, indices: Sequence[sp.Expr]) -> Formula | None:
        """The datum, where it stands above: ``(i)``."""
        if not self.notation.datum_above:
            return None
        at = self.column if self.column is not None else None
        if at is None and not self._silent:
            at = next((i for i, axis in zip(indices, q.axes, strict=False) if axis.name == "datum"), None)
        has = any(axis.name == "datum" for axis in q.axes)
        return Fenced(self._index(at)) if at is not None and has else None

    @property
    def _silent(self) -> bool:
        # scalar form is the component form with one unit an axis; inside arrays every entry stands at the same place
        return self.form == "scalar" or self.spread

    def _indices(self, q: Quantity, indices: Sequence[sp.Expr]) -> tuple[Formula, ...]:
        if self._silent or not indices:
            return ()
        above = self.notation.datum_above
        shown = [i for i, axis in zip(indices, q.axes, strict=False) if not (above and axis.name == "datum")]
        if q.own is None and len(shown) == len(indices) and self.lettering.turned(q):
            shown.reverse()
        return tuple(self._index(i) for i in shown)

    def _index(self, e: sp.Expr) -> Formula:
        raise NotImplementedError

    # --- derivatives

    def adjoint(self, by: Quantity, indices: Sequence[sp.Expr] = ()) -> Formula:
        """The derivative by a quantity under its short name: ``∂J/∂a^{[l]}_j``, or ``da^{[l]}`` for arrays."""
        return self._slope(self._twice or self._of(by), by, indices)

    def _slope(self, of: Quantity, by: Quantity, indices: Sequence[sp.Expr]) -> Formula:
        """``∂J/∂a``; for arrays the loss need not be said, unless there are derivatives of two."""
        if of == self._twice:
            return self.adjoint_full(of, by, indices)
        if self.carrying and by.role in CARRIED:
            return Ident(self.notation.carried)
        if self.notation.error and by.letter == "z" and by.role == "pre-activation" and by.own is None:
            return self._scripted(self.notation.error, by, indices, labelled=by.layer is not None)
        if self.form != "matrix":
            return self._d(by, indices) if self.notation.entry == "d" else self.adjoint_full(of, by, indices)
        if self.notation.output_gradient and by.name == self.lettering.places["out"]:
            return row(Sub(Ident("∇"), Ident(self.letter(by))), Op(TIMES, "tight"), self.quantity(of))
        if self.notation.gradient == "d":
            return self._d(by, indices)
        if self.notation.gradient == "nabla" and by.axes:
            return row(Sub(Ident("∇"), self.quantity(by, indices)), Op(TIMES, "tight"), self.quantity(of))
        return self.adjoint_full(of, by, indices)

    def _d(self, by: Quantity, indices: Sequence[sp.Expr]) -> Formula:
        return row(Ident("d"), self.quantity(by, indices))

    @cached_property
    def _twice(self) -> Quantity | None:
        """What is differentiated, where the program holds derivatives already: then ``dW`` is one of those."""
        return self._loss if any(q.by is not None for q in self.lettering.known) else None

    def adjoint_full(self, of: Quantity, by: Quantity, indices: Sequence[sp.Expr] = ()) -> Formula:
        """``∂L_k/∂a_jk``: the indices of ``of`` are those of the axes it shares with ``by``."""
        at = dict(zip((axis.name for axis in by.axes), indices, strict=False))
        shared = tuple(at[axis.name] for axis in of.axes if axis.name in at)
        return slope(self.quantity(of, shared), self.quantity(by, indices))

    def _of(self, by: Quantity) -> Quantity:
        axes = {axis.name for axis in by.axes}
        one = self.per_datum
        return one if one is not None and {axis.name for axis in one.axes} <= axes else self._loss

    # --- functions

    def function(self, e: Named) -> Formula:
        """``σ′``, or the course's letter for the activation of a layer, ``f′``, ``g^{[1]′}``."""
        function = type(e)
        letter = self.notation.activation
        label = self._layer_of(e) if letter and function.stem in self._activations else None
        primes = tuple(Op("′", "tight") for _ in range(function.order))
        if label is None:
            return row(glyph(function.glyph), *primes)
        base = names.word(letter, function=True)
        if not self.notation.activation_label:
            return row(base, *primes)
        inside = tuple(Ident("′") for _ in primes)
        return Sup(base, row(self.label(label), *inside))

    def _layer_of(self, e: Named) -> Quantity | None:
        """The pre-activation that an activation function is applied to, where its letter says which function it is."""
        found = [self.named(base_of(x)) for x in leaves(e.args[0])]
        if len(found) == 1 and found[0] is not None and found[0].letter == "z":
            return found[0] if self.notation.activation_label or len(self._activations) == 1 else None
        plain = e.args == (ARGUMENT,) and not self.notation.activation_label and len(self._activations) == 1
        return self._letters.get("z") if plain else None

    @cached_property
    def activations(self) -> tuple[type[Named], ...]:
        """The functions that outputs are made with, entry by entry, in the order of the layers."""
        kinds = {id(part.kind): part.kind for part in self.program.parts}.values()
        made = (e.expression for kind in kinds for e in kind.equations if e.quantity.role == "activation")
        return tuple(dict.fromkeys(type(e) for e in made if isinstance(e, Named)))

    @cached_property
    def _activations(self) -> set[str]:
        return {f.stem for f in self.activations}


def _stacked(label: Formula | None, datum: Formula | None) -> Formula | None:
    if label is None or datum is None:
        return label or datum
    return Row((label, datum))
