"""Derivation → Document, in the order of a lecture: opening, forward pass, composite loss, backward pass, summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import sympy as sp

from symbackprop.documents import opening
from symbackprop.documents.algorithm import Told, algorithm
from symbackprop.documents.backward import backward
from symbackprop.documents.blocks import Block, Code, Details, Document, Footer, Heading, Lang
from symbackprop.documents.catalogue import say, words
from symbackprop.documents.forward import Parts, composite, forward, forward_matrices
from symbackprop.documents.induction import induction
from symbackprop.documents.matrices import Forms, last_line, matrices, matrix_forms, preliminaries
from symbackprop.documents.numbers import check, verdict
from symbackprop.documents.picture import picture
from symbackprop.documents.scene import Scene, shown_names
from symbackprop.documents.tables import counted, gradients, reuse, update
from symbackprop.forms.counting import Counts
from symbackprop.forms.matrix import equation_form
from symbackprop.language.derivation import Derivation
from symbackprop.language.notation import Notation
from symbackprop.language.quantity import Quantity
from symbackprop.language.report import Report
from symbackprop.notation.write import Form, Writer

PageForm = Literal["scalar", "component", "matrix", "all"]
Level = Literal["brief", "normal", "full"]
FORMS: tuple[PageForm, ...] = ("scalar", "component", "matrix", "all")


@dataclass(frozen=True, eq=False)
class Material:
    """What a page is made of beside its derivation. ``scalar`` is the derivation of the same network with one neuron
    a layer, where that does not degenerate; ``values`` are numbers by name in the record (``a[0]``, ``dW[1]``)."""

    network: str = ""
    title: str = ""
    command: str = ""
    version: str = ""
    scalar: Derivation | None = None
    loss: sp.Expr | None = None
    parts: Parts | None = None
    """The composite loss in lines, none of which is longer than what fits."""
    counts: Counts | None = None
    report: Report | None = None
    values: Mapping[str, object] = field(default_factory=dict)
    algorithm: Sequence[Told] = ()
    """The lines of the backward algorithm in the layout of the notation's course."""


def build(
    derivation: Derivation, notation: Notation, material: Material, *, lang: Lang = "ko", form: PageForm = "component",
    level: Level = "normal",
) -> Document:
    """The document of a derivation. Form ``all`` is scalar, component, matrix one after the other."""
    scenes = _scenes(derivation, notation, material, lang, form, level)
    head = scenes[0] if len(scenes) == 1 else scenes[1]
    blocks: list[Block] = [opening.title(head, material.network, material.title)]
    if material.report is not None and not material.report.ok:
        blocks.append(verdict(head, material.report))
    if level != "brief":
        blocks += picture(head) if len(scenes) == 1 else ()
        blocks.append(opening.folded(head, derivation.assumptions))
    for k, scene in enumerate(scenes):
        blocks += _part(scene, notation, material, level, of_many=len(scenes) > 1, before=scenes[:k])
    blocks += algorithm(head, material.algorithm)
    if material.report is not None:
        blocks += check(head, scenes, material.report)
    blocks.append(_footer(lang, material))
    if level == "full":
        blocks = [replace(b, open=True) if isinstance(b, Details) else b for b in blocks]
    refs = tuple(dict.fromkeys(ref for scene in scenes for _, ref in scene.refs.values()))
    shown = material.title or opening.heading(head, material.network)
    return Document(lang, shown, tuple(blocks), refs)


def _scenes(
    derivation: Derivation, notation: Notation, material: Material, lang: Lang, form: PageForm, level: Level
) -> list[Scene]:
    """One scene a form, numbered through."""
    flat = not any(q.axes for q in derivation.forward.quantities.values())
    parts: list[tuple[Derivation, Form]] = []
    if form in ("scalar", "all") or flat:
        one = derivation if flat else material.scalar
        parts += [(one, "scalar")] if one is not None else []
    if not flat and (form in ("component", "all") or (form == "scalar" and not parts)):
        parts.append((derivation, "component"))
    if not flat and form in ("matrix", "all"):
        parts.append((derivation, "matrix"))
    scenes: list[Scene] = []
    for d, f in parts:
        start = scenes[-1].start + len(scenes[-1].shown) if scenes else 0
        values = material.values if d is derivation or flat else {}
        scene = Scene(d, writer(d, notation, f, lang), lang, f[0], start, level, values, material.report)
        scenes.append(_collected(scene, notation) if f == "matrix" else scene)
    return scenes


def _collected(scene: Scene, notation: Notation) -> Scene:
    forms = matrix_forms(scene.derivation, shown_names(scene.derivation), notation)
    return replace(scene, order=tuple(forms), lines={name: last_line(f) for name, f in forms.items()}, forms=forms)


def writer(derivation: Derivation, notation: Notation, form: Form, lang: Lang) -> Writer:
    """The writer of a derivation: what the adjoints are derivatives of, and by."""
    # the label of any other is read off its name, so that a template prints for every layer
    templates = (e.template for e in derivation.entries)
    adjoints = {t.quantity.symbol: t.by for t in templates if t.by.own is not None or t.by.by is not None}
    return Writer(derivation.forward, notation, form, adjoints, derivation.of, per_datum(derivation),
                  otherwise=words(lang, "otherwise"))


def per_datum(derivation: Derivation) -> Quantity | None:
    """The loss of one datum, where the adjoints are derivatives of that."""
    found = {c.of for c in (e.template for e in derivation.entries) if c.of.name != derivation.of.name}
    return found.pop() if len(found) == 1 else None


def _part(
    scene: Scene, notation: Notation, material: Material, level: Level, of_many: bool, before: list[Scene]
) -> Iterator[Block]:
    if of_many:
        yield Heading(words(scene.lang, f"part.{scene.writer.form}"), part=True, key=scene.writer.form)
        yield from picture(scene) if level != "brief" and scene.writer.form != "matrix" else ()
    if scene.writer.form == "matrix":
        yield from _matrix_part(scene, before, level)
        forms: Forms | None = scene.forms
    else:
        forms = None
        yield from _line_part(scene, material, level)
    yield from gradients(scene, forms)
    if level != "brief" and scene.refs:
        counts = material.counts if not of_many or before else None
        counts = counts if scene.writer.form != "matrix" or not before else None
        yield Details(words(scene.lang, "reuse"), tuple(reuse(scene)), "reuse")
        if counts is not None:
            yield from counted(scene, counts)
    if not scene.second:
        yield from update(scene)


def _line_part(scene: Scene, material: Material, level: Level) -> Iterator[Block]:
    if level == "brief":
        yield from ()
        return
    yield from forward(scene)
    loss = material.loss if scene.writer.form == "component" or not scene.derivation.forward.sizes else None
    if scene.deep:
        yield from induction(scene)
        return
    yield from composite(scene, loss, material.parts)
    yield from backward(scene)


def _matrix_part(scene: Scene, before: list[Scene], level: Level) -> Iterator[Block]:
    components = next((s.numbers for s in before if s.writer.form == "component"), {})
    equations = () if level == "brief" else scene.derivation.forward.equations
    forward = [(e, equation_form(e)) for e in equations]
    shown = [*(f for e, f in forward if e.indices), *scene.forms.values()]
    yield from preliminaries(scene, [f.array for f in shown if f.array is not None])
    if level != "brief":
        yield from forward_matrices(scene, forward)
        yield from matrices(scene, scene.forms, components)


def _footer(lang: Lang, material: Material) -> Footer:
    lines = [say(lang, "footer.command", command=Code(material.command))] if material.command else []
    lines += [say(lang, "footer.version", version=material.version)] if material.version else []
    return Footer((*lines, say(lang, "footer.copy")))
