"""The backward pass as the algorithm of a course: its lines, in its order, filled with what was derived.

A line of a profile names a gradient of the record: ``dz[L]`` stands once, ``dW[l]`` for every layer. Before it may
stand how it is written: ``component`` for entries, ``named`` for known derivatives by name where the course otherwise
passes them through (``∇_a C ⊙ σ'(z)``), ``carried`` for the letter that is carried back (``g ← g ⊙ f'(a)``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from symbackprop.documents.blocks import Block, Heading, Row, Rows
from symbackprop.documents.catalogue import words
from symbackprop.documents.lines import broken
from symbackprop.documents.matrices import last_line
from symbackprop.documents.scene import Scene
from symbackprop.language.arrays import MatrixForm
from symbackprop.language.derivation import Chapter, Derivation
from symbackprop.language.quantity import DEPTH, LABEL, PARAMETERS
from symbackprop.notation.formula import Formula, Ident, Op, row
from symbackprop.notation.write import Form, Writer

LONGEST = 4
"""Layers up to which each is written out."""
WriterOf = Callable[[Form], Writer]
FormOf = Callable[[Derivation, Chapter], MatrixForm]
_Line: TypeAlias = tuple[Chapter | None, Derivation, list[str]]


@dataclass(frozen=True)
class Told:
    """One line: ``left = right``, or ``left ← right``."""

    left: Formula
    sign: Literal["=", "←"]
    right: Formula

    @property
    def formula(self) -> Formula:
        return row(self.left, Op(self.sign), self.right)


@dataclass(frozen=True, eq=False)
class Course:
    """A derivation in its notation, and the one in which every known derivative is named."""

    derivation: Derivation
    named: Derivation
    writer: WriterOf
    form: FormOf

    def lines(self) -> list[Told]:
        """The lines of the algorithm; none where something that it names is not derived here."""
        notation = self.writer("matrix").notation
        deep = self.derivation.forward.run is not None
        asked = (notation.general or notation.algorithm) if deep else notation.algorithm
        letters = {line.split()[-1 if "l - 1" not in line else -3].partition("[")[0] for line in asked}
        told: dict[str, Told | None] = {}
        for chapter, of, how in self._general(asked) if deep else self._layers(asked):
            if chapter is None:
                return []
            # a line with known derivatives by name is meant to hold what is not told
            for c in (*(() if "named" in how else self._needed(chapter, of, letters)), chapter):
                told.setdefault(f"{c.quantity.name} {how}", self._told(c, of, how))
        return [] if None in told.values() else [line for line in told.values() if line is not None]

    def _needed(self, chapter: Chapter, of: Derivation, letters: set[str]) -> Iterator[Chapter]:
        """What a line reads and the course has no line for: the derivative by what a softmax is taken of."""
        read = last_line(self.form(of, chapter)).reads
        for c in (of.chapter(e.name) for e in of.entries if e.name.partition("[")[0] not in letters):
            if c.quantity.symbol in read:
                yield c

    def _general(self, asked: tuple[str, ...]) -> Iterator[_Line]:
        for line in asked:
            *how, name = line.replace("l - 1", "l-1").split()
            of = self.named if "named" in how else self.derivation
            entry = of.by_name.get(name.replace("l-1", "l"))
            if entry is None:
                yield None, of, how
                continue
            chapter = of.chapter(entry.name)
            if entry.last is not None:
                yield from self._last(name, asked, of, how)
                chapter = entry.template.stamped(LABEL - 1, {}) if "l-1" in name else chapter
            yield chapter, of, how

    def _last(self, name: str, asked: tuple[str, ...], of: Derivation, how: list[str]) -> Iterator[_Line]:
        """The line of the last layer, where it is another one than that of a general layer: under a softmax."""
        own = name.replace("[l]", "[L]").replace("[l-1]", "[L - 1]")
        if own not in of.by_name or own in {line.split()[-1] for line in asked}:
            return
        general = of.by_name[name.replace("l-1", "l")].template.stamped(DEPTH - 1 if "l-1" in name else DEPTH, {})
        if self._told(of.chapter(own), of, how) != self._told(general, of, how):
            yield of.chapter(own), of, how

    def _layers(self, asked: tuple[str, ...]) -> Iterator[_Line]:
        labels = [q.layer for q in self.derivation.forward.quantities.values() if isinstance(q.layer, int)]
        depth = max(labels, default=0)
        if not 1 <= depth <= LONGEST:
            yield None, self.derivation, []
            return
        once, each = [a for a in asked if "[L]" in a], [a for a in asked if "[L]" not in a]
        for line in once:
            yield self._layer(line.replace("[L]", f"[{depth}]"))
        last = {line.split()[-1] for line in once}
        for label in range(depth, 0, -1):
            for line in each:
                at = line.replace("[l - 1]", f"[{label - 1}]").replace("[l]", f"[{label}]")
                told = label == depth and line.split()[-1].replace("[l]", "[L]") in last
                if not told and not at.endswith("[0]"):
                    yield self._layer(at)

    def _layer(self, line: str) -> _Line:
        *how, name = line.split()
        of = self.named if "named" in how else self.derivation
        return (of.chapter(name) if name in of.by_name else None), of, how

    def _told(self, chapter: Chapter, of: Derivation, how: list[str]) -> Told | None:
        at = self.writer("component" if "component" in how else "matrix").about(chapter.by)
        carrying = at.with_(carrying=True) if "carried" in how else at
        form = self.form(of, chapter)
        if at.form == "matrix" and form.array is None:
            return None
        right = carrying.line(chapter.result) if at.form != "matrix" else carrying.array(form.array, chapter.by)  # type: ignore[arg-type]
        left = at.quantity(chapter.quantity, chapter.indices if at.form != "matrix" else ())
        if "carried" not in how or chapter.by.role in PARAMETERS:
            return Told(left, "=", right)
        return Told(Ident(at.notation.carried), "←", row(left, Op("="), right))


def algorithm(scene: Scene, lines: Sequence[Told]) -> Iterator[Block]:
    """The lines as a block of the page."""
    if not lines:
        return
    yield Heading(words(scene.lang, "algorithm"))
    yield Rows(tuple(Row(broken(told.right), told.left, sign=told.sign) for told in lines), "forward")
