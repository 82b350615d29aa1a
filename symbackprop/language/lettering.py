"""What a notation makes of one program: which letter each quantity has, its label, which way round it is written.

Printing and reading ask here, so that what is printed is read as what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from symbackprop.language.indices import base_of, leaves
from symbackprop.language.notation import Notation
from symbackprop.language.program import Program
from symbackprop.language.quantity import PARAMETERS, Quantity

PLACES = ("x", "out", "score")


@dataclass(frozen=True, eq=False)
class Lettering:
    """One notation for one program."""

    program: Program
    notation: Notation

    @cached_property
    def known(self) -> tuple[Quantity, ...]:
        """Every quantity of the given ones and of each kind, once."""
        kinds = {id(part.kind): part.kind for part in self.program.parts}
        inner = [q for k in kinds.values() for q in (*k.given, *(e.quantity for e in k.equations))]
        return (*self.program.given, *inner)

    @cached_property
    def spelled(self) -> Mapping[str, str]:
        """Letter of the record to letter on the page, where they differ: all at once, and no two alike.

        Where a letter would be that of another quantity, neither is renamed; nor where it would be that of a size, T.
        Large and small are one letter here: E is the array of e."""
        here = {q.letter for q in self.known if q.own is None}
        found = {k: v for k, v in self.notation.writes.items() if k in here and k not in PLACES}
        while True:
            page = {q: found.get(q, q) for q in here}
            others = {q: [*(page[o] for o in here if o != q), *self._sizes] for q in found}
            taken = [q for q in found if page[q].upper() in map(str.upper, others[q])]
            if not taken:
                return found
            # letters that change places stay together
            found = {} if len(found) == len(taken) else {k: v for k, v in found.items() if k not in taken}

    @cached_property
    def _sizes(self) -> set[str]:
        return {s.name for q in self.known for n in q.shape for s in n.free_symbols}

    @cached_property
    def places(self) -> Mapping[str, str]:
        """The names of the input, of the output, and of what the output is made of; "" where there is none."""
        return {"x": self._input, "out": self._output, "score": self._score}

    @cached_property
    def _input(self) -> str:
        given = {q.name for q in self.program.given}
        return next((n for n in ("x", "a[0]") if n in given), "")

    @cached_property
    def _output(self) -> str:
        """The first output that the loss reads; without one, the first thing that is defined."""
        found = [q.name for part in reversed(self.program.parts) for e in part.kind.equations
                 if (q := e.quantity).role == "loss" and q.layer is None]
        for name in sorted(found, key=lambda n: len(self.program.quantity(n).axes), reverse=True):
            read = self._read(name)
            if read:
                return next((n for n in read if self.program.quantity(n).role == "activation"), read[0])
        return ""

    @cached_property
    def _score(self) -> str:
        read = set(self._read(self._output)) if self._output else set()
        name = read.pop() if len(read) == 1 else ""
        return name if name and self.program.quantity(name).role == "pre-activation" else self._output

    def _read(self, name: str) -> list[str]:
        """What a definition reads that is defined itself, and no loss."""
        read = dict.fromkeys(base_of(x).name for x in leaves(self.program.definition(name).expression))
        return [n for n in read if self.program.defines(n) and self.program.quantity(n).role != "loss"]

    @cached_property
    def placed(self) -> Mapping[str, str]:
        """Names of the record that have a letter of their own, without a label."""
        found: dict[str, str] = {}
        taken = {self.spelled.get(q.letter, q.letter) for q in self.known if q.layer is None}
        for place in PLACES:
            letter, name = self.notation.writes.get(place, ""), self.places[place]
            if letter and name and name not in found and letter not in taken:
                found[name] = letter
        return found

    def letter(self, letter: str) -> str:
        """The letter on the page of a letter of the record."""
        return self.spelled.get(letter, letter)

    def shift(self, q: Quantity) -> int:
        """How much greater a label is on the page than in the record."""
        return self.notation.weight_shift if q.role in PARAMETERS else self.notation.shift

    @cached_property
    def rows(self) -> bool:
        """Do data lie in rows? Where the course has no batches, they lie as in the network."""
        return lie_in_rows(self.known, self.notation)

    def turned(self, q: Quantity) -> bool:
        """Is this written the other way round than in the record?"""
        return is_turned(q, self.notation, self.rows)


def lie_in_rows(quantities: Iterable[Quantity], notation: Notation) -> bool:
    first = [q.axes[0].name for q in quantities if len(q.axes) == 2]
    return notation.batch == "rows" or (notation.batch == "none" and "datum" in first)


def is_turned(q: Quantity, notation: Notation, rows: bool) -> bool:
    """Data as rows where the record has them as columns, W (in, out), vectors that are rows."""
    data = [k for k, axis in enumerate(q.axes) if axis.name == "datum"]
    if data and len(q.axes) == 2:
        return (data[0] == 0) != rows
    if len(q.axes) == 2:
        return notation.transposed and q.role in PARAMETERS
    if data:  # one number a datum: where data are columns a row
        return notation.batch == "columns" and len(q.axes) == 1
    return rows and len(q.axes) == 1
