"""Names as a course writes them: which quantity of the network a letter with its label means, in one profile."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import sympy as sp

from symbackprop.language.errors import nearest
from symbackprop.language.functions import Named
from symbackprop.language.indices import base_of, leaves
from symbackprop.language.notation import Notation
from symbackprop.language.program import Program
from symbackprop.language.quantity import PARAMETERS, Quantity
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
    def depth(self) -> int:
        """The number of the last layer."""
        return max((q.layer for q in self.quantities.values() if isinstance(q.layer, int)), default=0)

    @cached_property
    def special(self) -> dict[str, str]:
        """What ``x``, ``out`` and ``score`` are here."""
        found = {"x": next((n for n in ("x", "a[0]") if n in self.quantities), "")}
        loss = [q.name for q in self.quantities.values() if q.role == "loss"]
        first = self.program.definitions.get(loss[0]) if loss else None
        read = [base_of(x).name for x in leaves(first.expression)] if first is not None else []
        outs = [n for n in read if n in self.program.definitions]
        out = outs[0] if outs else f"a[{self.depth}]"
        found["out"] = out if out in self.quantities else ""
        made = self.program.definitions.get(out)
        before = [base_of(x).name for x in leaves(made.expression)] if made is not None else []
        score = [n for n in before if n in self.program.definitions]
        found["score"] = score[0] if len(set(score)) == 1 and self._is(score[0], "pre-activation") else found["out"]
        return found

    def _is(self, name: str, role: str) -> bool:
        return self.quantities[name].role == role

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
            other = word.swapcase() if len(word) == 1 and not exact else word
            return word if word in self.layers else other if other in self.layers else self._input(word)
        target = self.notation.reads.get(word)
        if target is not None:
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

    def _input(self, word: str) -> str:
        return "x" if word in ("x", "X", "input") and word not in self.layers and self.special["x"] else ""

    def labelled(self, stem: Stem) -> bool:
        return stem.letter in self.layers and any(n is not None for n in self.layers[stem.letter])

    def shift(self, letter: str) -> int:
        """How much greater a label is here than in the record."""
        if self.record:
            return 0
        parameter = any(q.letter == letter and q.role in PARAMETERS for q in self.quantities.values())
        return self.notation.weight_shift if parameter else self.notation.shift

    @cached_property
    def rows(self) -> bool:
        """Do data lie in rows? Where the course has no batches, they lie as in the network."""
        first = [q.axes[0].name for q in self.quantities.values() if len(q.axes) == 2]
        return self.notation.batch == "rows" or (self.notation.batch == "none" and "datum" in first)

    def turned(self, q: Quantity) -> bool:
        """Is this written the other way round than in the record?"""
        if self.record:
            return False
        data = [k for k, a in enumerate(q.axes) if a.name == "datum"]
        rows = self.rows
        if data and len(q.axes) == 2:
            return (data[0] == 0) != rows
        if len(q.axes) == 2:
            return self.notation.transposed and q.role in PARAMETERS
        return rows and len(q.axes) == 1 and not data

    def size(self, layer: int) -> sp.Expr | None:
        """The number of units of a layer."""
        q = self.quantities.get(f"a[{layer}]") or self.quantities.get(f"b[{layer}]")
        return next((a.size for a in q.axes if a.name == "unit"), None) if q is not None else None

    @cached_property
    def data(self) -> sp.Expr | None:
        """The number of data."""
        return next((n for name, n in self.program.axes() if name == "datum"), None)

    def activation(self, layer: int) -> type[Named] | str | None:
        """The function that makes a[layer] of z[layer]; a word where it is none of one number."""
        made = self.program.definitions.get(f"a[{layer}]")
        if made is None:
            return None
        e, z = made.expression, self.quantities.get(f"z[{layer}]")
        if z is not None and e == z.at(*made.indices):
            return "identity"
        if isinstance(e, Named):
            return type(e)
        return "exp" if isinstance(e, sp.exp) and not e.has(sp.Sum) else "softmax"

    def nearest(self, word: str) -> str:
        """The nearest name there is."""
        return nearest(word, [*self.quantities, *self.notation.reads, *(f"d{n}" for n in self.layers)])
