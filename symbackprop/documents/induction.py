"""The backward pass of a network whose depth is a symbol: the last layer, one layer back, and why that is all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from symbackprop.documents.backward import chapter_blocks, path, readers_of
from symbackprop.documents.blocks import Block, Heading, Inline, Paragraph
from symbackprop.documents.catalogue import listed, say, together, words
from symbackprop.documents.scene import Scene, is_parameter
from symbackprop.language.derivation import Chapter
from symbackprop.language.program import Part
from symbackprop.language.quantity import DEPTH, LABEL, Label, Quantity
from symbackprop.notation.formula import Formula, Ident, Op, row
from symbackprop.notation.plain import text
from symbackprop.notation.write import Writer

Group = tuple[Chapter, ...]


def label_box(scene: Scene, label: Label) -> Formula:
    """``l``, ``L − 1`` as a formula, as the notation counts its layers."""
    return scene.writer.counted(str(label))


def reach(writer: Writer, last: Label, strict: bool = True, of: Quantity | None = None) -> Formula:
    """``1 ≤ l < L`` for the layers from 1 to the one before; where not strict, ``1 ≤ l ≤ L``: as the labels ``of`` a
    quantity are counted, or else those of the units."""
    shift = None if of is None else writer.lettering.shift(of)
    shown = str(last + 1 if strict and not isinstance(last, str) and last is not None else last)
    general = writer.about(of).counted(str(LABEL), shift) if of is not None else writer.counted(str(LABEL))
    return row(writer.counted("1", shift), Op("≤"), general, Op("<" if strict else "≤"), writer.counted(shown, shift))


def layer_heading(scene: Scene, layer: Label) -> Heading:
    """The heading of a layer in matrices; of the general one with the layers it stands for."""
    if layer == LABEL:
        return Heading(words(scene.lang, "induction.step"), (reach(scene.writer, DEPTH - 1),), level=3, key="layerl")
    if layer is None:
        return Heading(words(scene.lang, scene.key("backward.other")), level=3, key="layer")
    shown = words(scene.lang, scene.key("backward.layer"), layer=text(label_box(scene, layer)))
    return Heading(shown, level=3, key=f"layer{layer}")


def by_layer(chapters: Sequence[Chapter]) -> list[Group]:
    return [tuple(group) for _, group in groupby(chapters, key=lambda c: str(c.by.layer))]


def induction(scene: Scene) -> Iterator[Block]:
    """What is claimed, the last layer, one layer back, the conclusion: a proof to be read aloud."""
    groups = by_layer([scene.derivation.chapter(name) for name in scene.shown])
    readers = readers_of(scene)
    general = next((g for g in groups if g[0].by.layer == LABEL), ())
    yield Heading(words(scene.lang, "induction"), key="induction")
    if general:
        yield Paragraph(say(scene.lang, "induction.claim", range=reach(scene.writer, DEPTH, strict=False),
                            names=_names(scene, general, strict=False)))
    for group in groups:
        yield from _opening(scene, group)
        yield from _path(scene, group)
        for chapter in group:
            yield from chapter_blocks(scene.about(chapter.by), chapter, readers)
            yield from narrower(scene, chapter)
        yield _closing(scene, group)
    if general:
        yield Heading(words(scene.lang, "induction.conclusion"), key="conclusion")
        yield Paragraph(_therefore(scene, groups[0], general), "summary")


def _opening(scene: Scene, group: Group) -> Iterator[Block]:
    layer = group[0].by.layer
    names = _names(scene, group)
    if layer == LABEL:
        reached = reach(scene.writer, DEPTH - 1)
        yield Heading(words(scene.lang, "induction.step"), (reached, ": ", *names), key="layerl")
        yield assumption(scene)
    elif layer == DEPTH:
        yield Heading(words(scene.lang, "induction.base", layer=text(label_box(scene, layer))), names,
                      key=f"layer{layer}")
        yield Paragraph(say(scene.lang, "induction.base.says", a=scene.by(group[0]),
                            loss=scene.writer.quantity(group[0].of)))
    else:
        yield Heading(words(scene.lang, "induction.before", layer=text(label_box(scene, layer))), names,
                      key=f"layer{layer}")
        yield Paragraph(say(scene.lang, "induction.before.says", a=scene.by(group[0])))


def assumption(scene: Scene) -> Paragraph:
    """귀납법의 가정: what is known of the layer after."""
    return Paragraph(say(scene.lang, "induction.assume", next=label_box(scene, LABEL + 1), known=_known(scene)))


def _known(scene: Scene) -> Inline:
    """The values of layer l + 1 that the general chapters read."""
    matrix = scene.writer.form == "matrix"
    return listed(scene.name(c.quantity, () if matrix else c.indices) for c in scene.assumed_read)


def _names(scene: Scene, group: Group, strict: bool = True) -> Inline:
    """By what is differentiated; where weights are counted otherwise than units, those at the end with their range."""
    counted = [c for c in group if scene.about(c.by) is not scene]
    names = listed(scene.by(c) for c in (*(c for c in group if c not in counted), *counted))
    if not counted:
        return names
    return (*names, " (", reach(scene.writer, DEPTH - 1 if strict else DEPTH, strict, counted[0].by), ")")


def _path(scene: Scene, group: Group) -> Iterator[Block]:
    first = next((c for c in group if is_parameter(c)), None)
    if first is not None:
        yield from path(scene.about(first.by), first)


def narrower(scene: Scene, chapter: Chapter) -> Iterator[Block]:
    """A general chapter that does not reach the layer before the last says how far it reaches."""
    last = scene.derivation.by_name[chapter.quantity.name].last
    if last is not None and last != DEPTH - 1:
        at = scene.about(chapter.by)
        name = at.name(chapter.quantity, () if at.writer.form == "matrix" else chapter.indices)
        yield Paragraph(say(scene.lang, "induction.narrower", name=name, range=reach(at.writer, last, of=chapter.by)),
                        "caption")


def _closing(scene: Scene, group: Group) -> Paragraph:
    said = say(scene.lang, "summary", loss=scene.writer.quantity(group[0].of), names=_names(scene, group))
    if group[0].by.layer != LABEL:
        return Paragraph(said, "summary")
    return Paragraph(together(said, say(scene.lang, "induction.step.says", label=label_box(scene, LABEL),
                                        next=label_box(scene, LABEL + 1),
                                    known=_known(scene))), "summary")


def _therefore(scene: Scene, base: Group, general: Group) -> Inline:
    first, second = (label_box(scene, DEPTH - k) for k in (1, 2))
    steps = row(label_box(scene, LABEL), Op("="), first, Op(","), second, Op(","), Ident("…"), Op(","),
                label_box(scene, 1))  # fmt: skip
    given = next(q for q in scene.derivation.forward.given if q.role == "input")
    return say(scene.lang, "induction.therefore", base=scene.name(base[0].quantity, base[0].indices), steps=steps,
               range=reach(scene.writer, DEPTH, strict=False), names=_names(scene, general, strict=False),
               input=scene.writer.quantity(given))


def of_part(scene: Scene, part: Part) -> Inline:
    """For which layers the lines of one part of the forward pass stand."""
    if part.last is not None:
        of = next((q for q in part.kind.given if scene.about(q) is not scene), None)
        return say(scene.lang, "forward.each", range=reach(scene.writer, part.last, of=of))
    if not part.kind.given:
        return say(scene.lang, "forward.loss")
    return say(scene.lang, "forward.last", last=label_box(scene, DEPTH))
