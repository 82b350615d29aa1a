"""Parts of a derivation as documents of their own: one chapter, one step, a report: what a cell shows."""

from __future__ import annotations

from collections.abc import Sequence

from symbackprop.documents.backward import chapter_blocks, heading, path, readers_of, remarks
from symbackprop.documents.blocks import Block, Document, Lang, Row, Rows
from symbackprop.documents.build import writer
from symbackprop.documents.catalogue import has, words
from symbackprop.documents.cell_words import told
from symbackprop.documents.numbers import check
from symbackprop.documents.scene import Scene, is_parameter, shown_names
from symbackprop.language.derivation import Chapter, Derivation, Step
from symbackprop.language.notation import Notation
from symbackprop.language.report import Report


def chapter_excerpt(derivation: Derivation, notation: Notation, name: str, lang: Lang) -> Document:
    """How one gradient was reached, as on the page. Numbers are those of the page."""
    scene = _scene(derivation, notation, lang, name)
    chapter = derivation.chapter(name)
    group = (chapter,)
    blocks: list[Block] = [heading(scene, group), *(path(scene, chapter) if is_parameter(chapter) else ())]
    blocks += chapter_blocks(scene, chapter, readers_of(scene))
    return _document(scene, [*blocks, *remarks(scene, group)])


def step_excerpt(derivation: Derivation, notation: Notation, chapter: Chapter, step: Step, lang: Lang) -> Document:
    """``before = after`` by its rule, and why."""
    scene = _scene(derivation, notation, lang, chapter.quantity.name)
    label = words(lang, f"row.{step.rule}") if has(f"row.{step.rule}") else step.rule
    why = scene.because(step.because, chapter.by.at(*chapter.indices))
    row = Row(scene.terms(step.after), scene.writer.line(step.before), label, why=why)
    return _document(scene, [Rows((row,))])


def report_excerpt(derivation: Derivation, notation: Notation, report: Report, lang: Lang) -> Document:
    """Every check of a derivation."""
    scene = _scene(derivation, notation, lang)
    return _document(scene, list(check(scene, (scene,), report)))


def _scene(derivation: Derivation, notation: Notation, lang: Lang, *also: str) -> Scene:
    flat = not any(q.axes for q in derivation.forward.quantities.values())
    pen = writer(derivation, notation, "scalar" if flat else "component", lang)
    order = tuple(dict.fromkeys((*shown_names(derivation), *also)))
    return Scene(derivation, pen, lang, pen.form[0], order=order)


def _document(scene: Scene, blocks: Sequence[Block]) -> Document:
    return Document(scene.lang, "", tuple(blocks), tuple(ref for _, ref in scene.refs.values()))


def too_long(lang: Lang, network: str, count: int) -> str:
    """What stands in a cell in the place of a derivation that would fill the notebook."""
    return told(lang, "long", network=network, count=count)
