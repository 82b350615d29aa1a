"""What stands after the derivation: gradients, update rule, what is used again and the count."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from symbackprop.documents.blocks import (
    Block,
    Cell,
    Heading,
    Inline,
    Paragraph,
    Piece,
    Ref,
    Row,
    Rows,
    Table,
    Term,
)
from symbackprop.documents.catalogue import listed, say, words
from symbackprop.documents.induction import label_box, reach
from symbackprop.documents.lines import broken
from symbackprop.documents.matrices import Forms, array_terms
from symbackprop.documents.scene import Scene, is_parameter
from symbackprop.forms.counting import Counts
from symbackprop.language.derivation import Chapter
from symbackprop.language.quantity import LABEL
from symbackprop.notation.formula import Formula, Ident, Num, Op, Text, row, slashed

WIDEST = 8
"""Columns of the reuse table; more are listed instead."""
LONGEST = 8
"""Parameters of which each gets its own line of the update rule."""


def parameters(scene: Scene) -> list[Chapter]:
    return [c for c in map(scene.derivation.chapter, scene.shown) if is_parameter(c)]


def gradients(scene: Scene, forms: Forms | None = None) -> Iterator[Block]:
    """Every parameter's gradient with its number."""
    yield Heading(words(scene.lang, scene.key("gradients")), key="gradients")
    chapters = parameters(scene)
    values = [scene.value(c.quantity.symbol) if not c.indices else "" for c in chapters]
    keys = ("gradient", "formula", *(["value"] if any(values) else []), "number")
    head = [say(scene.lang, scene.key(key)) for key in keys]
    rows = []
    if scene.deep:
        head.insert(2, say(scene.lang, "layers"))
    for chapter, value in zip(chapters, values, strict=True):
        cells = [Cell((gradient(scene, chapter),)), Cell(terms=_formula(scene, chapter, forms))]
        cells += [Cell((_layers(scene, chapter),))] if scene.deep else []
        cells += [Cell((value,))] if any(values) else []
        rows.append((*cells, Cell((Ref(scene.numbers[chapter.quantity.name]),))))
    yield Table(tuple(head), tuple(rows), "ll" + "r" * (len(head) - 2))


def _layers(scene: Scene, chapter: Chapter) -> Formula:
    """For which layers a gradient stands, where the depth is a symbol."""
    last = scene.derivation.by_name[chapter.quantity.name].last
    if last is not None:
        return reach(scene.writer, last, of=chapter.by)
    shift = scene.writer.lettering.shift(chapter.by)
    return row(label_box(scene, LABEL), Op("="), scene.writer.counted(str(chapter.by.layer), shift))


def gradient(scene: Scene, chapter: Chapter) -> Formula:
    """The name of a gradient, as it stands in a table."""
    indices = () if scene.writer.form == "matrix" else chapter.indices
    return slashed(scene.about(chapter.by).writer.quantity(chapter.quantity, indices))


def _as_read(scene: Scene, chapter: Chapter) -> Formula:
    """The name of a gradient beside the values that it reads: labels as those of the units."""
    indices = () if scene.writer.form == "matrix" else chapter.indices
    return slashed(scene.writer.quantity(chapter.quantity, indices))


def _formula(scene: Scene, chapter: Chapter, forms: Forms | None) -> tuple[Piece, ...]:
    scene = scene.about(chapter.by)
    form = forms.get(chapter.quantity.name) if forms else None
    if form is not None and form.array is not None:
        return array_terms(scene, form.array, chapter.by, shapes=False)
    return scene.terms(chapter.result)


def update(scene: Scene) -> Iterator[Block]:
    """``w ← w − α ∂J/∂w`` for every parameter; for a deep network the first few."""
    yield Heading(words(scene.lang, "update"), key="update")
    yield Paragraph(say(scene.lang, "update.says", rate=Ident("α")))
    chapters = parameters(scene)
    rows = []
    for chapter in chapters[:LONGEST]:
        indices = () if scene.writer.form == "matrix" else chapter.indices
        at = scene.about(chapter.by).writer
        name = at.quantity(chapter.by, indices)
        step = row(Ident("α"), Op("\u2062"), at.quantity(chapter.quantity, indices))
        rows.append(Row((Term(name), Term(step, Op("−"))), name, sign="←"))
    yield Rows(tuple(rows), "update")
    if len(chapters) > LONGEST:
        yield Paragraph(say(scene.lang, "update.rest"), "caption")


# --- reuse


def reuse(scene: Scene) -> Iterator[Block]:
    """Which result uses which value."""
    yield Paragraph(say(scene.lang, scene.key("reuse.says")), "caption")
    yield _map(scene) if len(scene.refs) <= WIDEST else _uses(scene)

def _map(scene: Scene) -> Table:
    symbols = list(scene.refs)
    head: list[Inline] = [()]
    head += [(slashed(scene.writer.expression(_entry(scene, s))),) for s in symbols]
    rows = []
    for name in scene.shown:
        chapter = scene.derivation.chapter(name)
        read = set(scene.line(name).reads)
        marks = (Cell(("●",)) if s in read else Cell() for s in symbols)
        rows.append((Cell((_as_read(scene, chapter),)), *marks))
    return Table(tuple(head), tuple(rows), "l" + "c" * len(symbols))


def _entry(scene: Scene, symbol: sp.Symbol) -> sp.Expr:
    chapter = scene.derivation.chapter(scene.refs[symbol][0])
    return chapter.quantity.at(*chapter.indices)


def _uses(scene: Scene) -> Table:
    rows = []
    for name in scene.shown:
        read = [s for s in scene.line(name).reads if s in scene.refs]
        used = listed(slashed(scene.writer.expression(_entry(scene, s))) for s in read)
        rows.append((Cell((_as_read(scene, scene.derivation.chapter(name)),)), Cell(used)))
    head = (say(scene.lang, scene.key("gradient")), say(scene.lang, "reuse.uses"))
    return Table(head, tuple(rows), "ll")


def counted(scene: Scene, counts: Counts) -> Iterator[Block]:
    """Operations with and without reuse: numbers, or expressions in the numbers of units."""
    yield Paragraph(say(scene.lang, scene.key("reuse.counts")))
    at = scene.writer.with_(form="component")
    pairs = (("reuse.with", counts.with_reuse), ("reuse.without", counts.without_reuse))
    yield Rows(tuple(
        Row(broken(_number(e) if e.is_Integer else at.expression(e)), Ident(words(scene.lang, key)))
        for key, e in pairs if e is not None), "forward")


def _number(e: sp.Integer) -> Formula:
    """Digits in groups of three, as words: in a formula a comma would keep its distance."""
    return Text(f"{int(e):,}") if abs(int(e)) >= 10000 else Num(str(int(e)))
