"""What stands after the derivation: gradients, update rule, what is used again and the count, the numeric check."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

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
    Span,
    Strong,
    Table,
    Term,
)
from symbackprop.documents.catalogue import listed, say, words
from symbackprop.documents.induction import GENERAL, label_box, reach
from symbackprop.documents.lines import broken
from symbackprop.documents.matrices import Forms, array_terms
from symbackprop.documents.messages import localised
from symbackprop.documents.scene import Scene, is_parameter
from symbackprop.forms.counting import Counts
from symbackprop.language.derivation import Chapter
from symbackprop.language.report import Check, Report
from symbackprop.notation.formula import EMPTY, Formula, Ident, Num, Op, Sup, Text, row, slashed

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
        cells = [Cell((_gradient(scene, chapter),)), Cell(terms=_formula(scene, chapter, forms))]
        cells += [Cell((_layers(scene, chapter),))] if scene.deep else []
        cells += [Cell((value,))] if any(values) else []
        rows.append((*cells, Cell((Ref(scene.numbers[chapter.quantity.name]),))))
    yield Table(tuple(head), tuple(rows), "ll" + "r" * (len(head) - 2))


def _layers(scene: Scene, chapter: Chapter) -> Formula:
    """For which layers a gradient stands, where the depth is a symbol."""
    last = scene.derivation.by_name[chapter.quantity.name].last
    return reach(last) if last is not None else row(GENERAL, Op("="), label_box(chapter.by.layer))


def _gradient(scene: Scene, chapter: Chapter) -> Formula:
    indices = () if scene.writer.form == "matrix" else chapter.indices
    return slashed(scene.writer.quantity(chapter.quantity, indices))


def _formula(scene: Scene, chapter: Chapter, forms: Forms | None) -> tuple[Piece, ...]:
    form = forms.get(chapter.quantity.name) if forms else None
    if form is not None and form.array is not None:
        return array_terms(scene, form.array, shapes=False)
    return scene.terms(chapter.result)


def update(scene: Scene) -> Iterator[Block]:
    """``w ← w − α ∂J/∂w`` for every parameter; for a deep network the first few."""
    yield Heading(words(scene.lang, "update"), key="update")
    yield Paragraph(say(scene.lang, "update.says", rate=Ident("α")))
    chapters = parameters(scene)
    rows = []
    for chapter in chapters[:LONGEST]:
        indices = () if scene.writer.form == "matrix" else chapter.indices
        name = scene.writer.quantity(chapter.by, indices)
        step = row(Ident("α"), Op("\u2062"), scene.writer.quantity(chapter.quantity, indices))
        rows.append(Row((Term(name), Term(step, Op("−"))), name, sign="←"))
    yield Rows(tuple(rows))
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
        rows.append((Cell((_gradient(scene, chapter),)), *marks))
    return Table(tuple(head), tuple(rows), "l" + "c" * len(symbols))


def _entry(scene: Scene, symbol: sp.Symbol) -> sp.Expr:
    chapter = scene.derivation.chapter(scene.refs[symbol][0])
    return chapter.quantity.at(*chapter.indices)


def _uses(scene: Scene) -> Table:
    rows = []
    for name in scene.shown:
        read = [s for s in scene.line(name).reads if s in scene.refs]
        used = listed(slashed(scene.writer.expression(_entry(scene, s))) for s in read)
        rows.append((Cell((_gradient(scene, scene.derivation.chapter(name)),)), Cell(used)))
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


# --- check


def check(scene: Scene, report: Report) -> Iterator[Block]:
    """One row a gradient, one column a kind of check; what fails says by how much."""
    yield Heading(words(scene.lang, "check"), key="check")
    kinds = list(dict.fromkeys(c.name for c in report.checks))
    if not kinds:
        yield Paragraph(say(scene.lang, "check.none"), "alarm")
    else:
        yield Paragraph(say(scene.lang, "check.measure"), "caption")
        yield _checks(scene, report.checks, kinds)
        yield verdict(scene, report)
    for c in report.failed:
        if c.detail:
            yield Paragraph((Strong(c.target), ": ", c.detail), "alarm")
    for note in report.notes:
        yield Paragraph(say(scene.lang, "check.note", note=localised(note, scene.lang)), "caption")


def verdict(scene: Scene, report: Report) -> Paragraph:
    if report.ok:
        return Paragraph(say(scene.lang, "check.ok", count=len(report.checks)), "summary")
    return Paragraph(say(scene.lang, "check.failed", failed=len(report.failed)), "alarm")


def _checks(scene: Scene, checks: Sequence[Check], kinds: Sequence[str]) -> Table:
    targets: dict[str, dict[str, list[Check]]] = {}
    for c in checks:
        targets.setdefault(c.target, {}).setdefault(c.name, []).append(c)
    head = (say(scene.lang, scene.key("gradient")), *(say(scene.lang, f"check.{kind}") for kind in kinds))
    rows = [(Cell((_target(scene, target),)), *(Cell(_cell(found.get(kind, []))) for kind in kinds))
            for target, found in targets.items()]
    return Table(head, tuple(rows), "l" + "r" * len(kinds))


def _target(scene: Scene, target: str) -> Span:
    if target == "forward":
        return words(scene.lang, "forward")
    if target in scene.derivation.forward.quantities:
        return scene.name(scene.derivation.forward.quantities[target])
    if target not in scene.derivation.by_name:
        return target
    chapter = scene.derivation.chapter(target)
    return _gradient(scene, chapter)


def _cell(checks: Sequence[Check]) -> Inline:
    """``< 10⁻⁹``, or the measure of the worst one that fails."""
    if not checks:
        return ("–",)
    failed = [c for c in checks if not c.ok]
    if failed:
        worst = max(failed, key=lambda c: c.measure if math.isfinite(c.measure) else math.inf)
        return (Strong(f"✗ {worst.measure:.1e}"),)
    return (row(Op("<", "prefix"), power(max(c.bound for c in checks))),)


def power(bound: float) -> Formula:
    """``10⁻⁹``, ``3·10⁻⁹``."""
    if bound <= 0:
        return Num("0")
    exponent = math.floor(math.log10(bound) + 1e-9)
    lead = f"{bound / 10.0**exponent:.2g}"
    sign = Op("−", "prefix") if exponent < 0 else EMPTY
    ten = Sup(Num("10"), row(sign, Num(str(abs(exponent)))))
    return ten if lead == "1" else row(Num(lead), Op("·"), ten)
