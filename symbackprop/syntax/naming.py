"""Names as a course writes them: which quantity of the network a letter with its label means, in one profile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import sympy as sp

from symbackprop.language.errors import nearest
from symbackprop.language.functions import Named
from symbackprop.language.indices import base_of, indices_of, leaves
from symbackprop.language.lettering import Lettering
from symbackprop.language.notation import Notation
from symbackprop.language.program import Program
from symbackprop.language.quantity import Quantity
from symbackprop.syntax.components import usual_loss
from symbackprop.syntax.marks import GREEK

HAT = "\u0302"
LOSSES = ("J", "C", "E", "L", "cost", "loss", "Cost", "Loss", "ℓ", "l", "Err", "R")
DECAY = frozenset(["λ", "reg", "lambd", "lam", "lamda", "lmbda", "lmbd", "weight_decay", "wd", "reg_strength",
                   "regularization", "l2", "l2_reg"])
"""Names of the weight of a regulariser."""
_DIGITS = re.compile(r"(.*?[^\d])(\d+)")


@dataclass(frozen=True)
class Stem:
    """What a letter means before its label is read: ``value`` of, or ``adjoint`` by, the quantities of one letter of
    the record; ``x``, ``out`` and ``score`` name one quantity; ``digits`` stood right behind the letter."""

    kind: Literal["value", "adjoint"]
    letter: str
    digits: str = ""


@dataclass(eq=False)
class Names:
    """The names of one program in one notation. ``record``: the text is written in the names of the record."""

    program: Program
    notation: Notation
    record: bool = False
    known: dict[str, Stem | None] = field(default_factory=dict)

    @cached_property
    def quantities(self) -> dict[str, Quantity]:
        return self.program.quantities

    @cached_property
    def layers(self) -> dict[str, tuple[int | str | None, ...]]:
        """The labels of each letter of the record."""
        found: dict[str, list[int | str | None]] = {}
        for q in self.quantities.values():
            found.setdefault(q.letter, []).append(q.layer if isinstance(q.layer, int | str) else None)
        return {letter: tuple(labels) for letter, labels in found.items()}

    @cached_property
    def gates(self) -> frozenset[str]:
        """The letters of the record that have a second one below: z_g."""
        return frozenset(letter for letter in self.layers if "_" in letter)

    @cached_property
    def applied(self) -> frozenset[str]:
        """The named functions that the network applies somewhere, those of gates too."""
        every = (e.expression for e in self.program.equations)
        return frozenset(type(f).__name__ for e in every for f in e.atoms(Named))

    @cached_property
    def depth(self) -> int:
        """The number of the last layer."""
        return max((q.layer for q in self.quantities.values() if isinstance(q.layer, int)), default=0)

    @cached_property
    def lettering(self) -> Lettering:
        """The letters that the notation has for this program."""
        return Lettering(self.program, self.notation)

    @cached_property
    def special(self) -> Mapping[str, str]:
        """What ``x``, ``out`` and ``score`` are here."""
        return self.lettering.places

    @cached_property
    def whole(self) -> Quantity | None:
        """The loss that is differentiated."""
        return next((q for q in reversed(self.quantities.values()) if q.role == "loss"), None)

    def loss(self, word: str) -> Quantity | None:
        """The loss that a letter means: of one datum, or the whole."""
        losses = [q for q in self.quantities.values() if q.role == "loss"]
        if not losses:
            return None
        target = word if self.record else self.notation.reads.get(word, word)
        if target in LOSSES and word in self.notation.datum and not self.record:
            return losses[0]
        found = next((q for q in losses if q.name == target), None)
        return found or (losses[-1] if target in LOSSES and target not in self.quantities else None)

    def about(self, q: Quantity) -> Quantity | None:
        """The loss that a bare ``dz`` or ``δ`` is a derivative of."""
        if self.notation.mean_in == "weight" or self.record:
            return usual_loss(self.program, q) if self.whole is not None else None
        return self.whole

    def stem(self, word: str) -> Stem | None:
        """What a word means; None where it means nothing here."""
        if word not in self.known:
            self.known[word] = self._stem(word)
        return self.known[word]

    def _stem(self, word: str) -> Stem | None:
        found = self._letter(word)
        if found:
            return Stem("value", found)
        if self.notation.error == word or word == "δ":
            z = self._letter("z", exact=True)
            return Stem("adjoint", z) if z else None
        if len(word) > 1 and word[-1] == "L" and not self.record:  # AL is A of the last layer
            whole = self._stem(word[:-1])
            if whole is not None and not whole.digits and None not in self.layers.get(whole.letter, (None,)):
                return Stem(whole.kind, whole.letter, str(self.depth + self.shift(whole.letter)))
        match = _DIGITS.fullmatch(word)
        inner = self._stem(match[1]) if match else None
        if match and inner is not None:
            return Stem(inner.kind, inner.letter, match[2])
        if word[:1] in ("d", "D", "δ", "Δ") and len(word) > 1:
            by = self._stem({"out": "ŷ", "scores": "scores"}.get(word[1:], word[1:]))
            if by is not None and by.kind == "value":
                return Stem("adjoint", by.letter, by.digits)
        return None

    def _letter(self, word: str, exact: bool = False) -> str:
        """The letter of the record, or ``x``, ``out``, ``score``; "" for none."""
        if exact or self.record:
            word = GREEK[word] if word not in self.layers and GREEK.get(word) in self.layers else word  # λ, γ
            other = word.swapcase() if len(word) == 1 and not exact else word
            own = word if word in self.layers else other if other in self.layers else self._input(word)
            return own or ("" if exact else self.printed.get(word, ""))
        printed = self.printed.get(word)
        if printed is not None:
            return printed
        own = next((w for w in (word, word.swapcase()) if w in self.layers and w not in self.lettering.spelled), "")
        if own and len(own) == 1:
            return own
        target = self.notation.reads.get(word)
        if target is not None and target not in self.kept:
            if target in ("x", "out", "score"):
                return target if self.special[target] else ""
            if target in self.layers:
                return target
        for name in (word, GREEK.get(word, ""), GREEK.get(word, "").lower()):
            if name and name in self.layers:
                return name
        if word in ("y" + HAT, "Y" + HAT, "ŷ", "yhat", "y_hat", "yh", "o", "out", "output") and self.special["out"]:
            return "out"
        if self._input(word):
            return "x"
        if len(word) == 1 and word.swapcase() in self.layers:
            return word.swapcase()
        if word in DECAY and "lambda" in self.layers:
            return "lambda"
        found = self.loss(word) if word in LOSSES and word not in ("l", "ℓ") else None
        return found.letter if found is not None else ""

    @cached_property
    def printed(self) -> dict[str, str]:
        """What our own print of a letter means, large or small: letters that changed places, and those for the input
        and the output."""
        spelled, placed = self.lettering.spelled, self.lettering.placed
        found = {new: old for old, new in spelled.items()}
        found |= {new: place for place, name in self.special.items() if (new := placed.get(name))}
        capitals = {new.upper(): old for new, old in found.items() if len(new) == 1 and new.isalpha()}
        return {**capitals, **found}

    @cached_property
    def kept(self) -> set[str]:
        """Letters that the notation would have renamed, had not another quantity their letter: they mean themselves."""
        return {old for old in self.notation.writes if old in self.layers and old not in self.lettering.spelled}

    def _input(self, word: str) -> str:
        return "x" if word in ("x", "X", "input") and word not in self.layers and self.special["x"] else ""

    def labelled(self, stem: Stem) -> bool:
        return stem.letter in self.layers and any(n is not None for n in self.layers[stem.letter])

    def shift(self, letter: str) -> int:
        """How much greater a label is here than in the record."""
        found = next((q for q in self.quantities.values() if q.letter == letter), None)
        return 0 if self.record or found is None else self.lettering.shift(found)

    def turned(self, q: Quantity) -> bool:
        """Is this written the other way round than in the record?"""
        return not self.record and self.lettering.turned(q)

    def size(self, layer: int) -> sp.Expr | None:
        """The number of units of a layer."""
        q = self.quantities.get(f"a[{layer}]") or self.quantities.get(f"b[{layer}]")
        return next((a.size for a in q.axes if a.name == "unit"), None) if q is not None else None

    @cached_property
    def timed(self) -> frozenset[str]:
        """Arrays whose rows are times, or places in a sequence: read at ``t`` first, somewhere."""
        found = {e.quantity.name for e in self.program.equations if e.indices and e.indices[0].name == "t"}
        for e in self.program.equations:
            for leaf in leaves(e.expression):
                if indices_of(leaf) and any(s.name == "t" for s in indices_of(leaf)[0].free_symbols):
                    found.add(base_of(leaf).name)
        return frozenset(found & set(self.quantities))

    @cached_property
    def data(self) -> sp.Expr | None:
        """The number of data."""
        return next((n for name, n in self.program.axes() if name == "datum"), None)

    def activation(self, layer: int) -> type[Named] | str | None:
        """The function that makes a[layer] of z[layer]; a word where it is none of one number."""
        z = self.quantities.get(f"z[{layer}]")
        made = self.program.definitions.get(f"a[{layer}]")
        if made is None:  # h = tanh(z) of a recurrence
            return next((type(e.expression) for e in self.program.equations if z is not None
                         and isinstance(e.expression, Named) and base_of(e.expression.args[0]) == z.symbol), None)
        e = made.expression
        if z is not None and e == z.at(*made.indices):
            return "identity"
        if isinstance(e, Named):
            return type(e)
        return "exp" if isinstance(e, sp.exp) and not e.has(sp.Sum) else "softmax"

    def nearest(self, word: str) -> str:
        """The nearest name there is."""
        return nearest(word, [*self.quantities, *self.notation.reads, *(f"d{n}" for n in self.layers)])
