"""The drawing of a network as a block of a page, with the sentences below it."""

from __future__ import annotations

from symbackprop.documents.blocks import Inline, Picture
from symbackprop.documents.catalogue import say, together
from symbackprop.documents.columns import chain, columns
from symbackprop.documents.dependence import graph, layers_only, without_detours
from symbackprop.documents.drawing import Drawing
from symbackprop.documents.flow import flow
from symbackprop.documents.scene import Scene

MOST_LAYERS = 5
"""Layers up to which all are drawn; of more the first and the last two."""
MOST_STAGES = 24
"""Layers of a network with branches up to which all are looked at."""


def picture(scene: Scene) -> tuple[Picture, ...]:
    """The network drawn: a chain of layers, or the flow of its quantities. Nothing where that would not help."""
    drawing = _drawing(scene)
    if drawing is None:
        return ()
    return (Picture(drawing, say(scene.lang, "picture.says", path=drawing.path), _caption(scene, drawing)),)


def _drawing(scene: Scene) -> Drawing | None:
    """Columns where they tell all there is; else a flow, of everything, or of less and less until it fits."""
    program = scene.derivation.forward
    whole, few = graph(program, MOST_STAGES), graph(program, MOST_LAYERS)
    found = columns(scene, few) if whole.chain else None
    if found is not None:
        return chain(scene, found)
    less, least = without_detours(whole), layers_only(whole)
    tries = ((whole, 1), (less, 1), (less, 2), (least, 1), (less, 3), (least, 4), (few, 1), (layers_only(few), 2))
    return next((drawing for g, lines in tries if (drawing := flow(scene, g, lines)) is not None), None)


def _caption(scene: Scene, drawing: Drawing) -> Inline:
    back = say(scene.lang, "picture.back") if any(m.ref for m in drawing.marks()) else ()
    moved = say(scene.lang, "picture.moved", w=drawing.marked) if drawing.marked is not None else ()
    return together(say(scene.lang, "picture.forward"), back, moved)
