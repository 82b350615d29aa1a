"""The drawing of a network as a block of a page, with the sentences below it."""

from __future__ import annotations

from symbackprop.documents.blocks import Inline, Picture
from symbackprop.documents.catalogue import say, together
from symbackprop.documents.columns import chain, columns
from symbackprop.documents.dependence import graph
from symbackprop.documents.drawing import Drawing
from symbackprop.documents.scene import Scene

MOST_LAYERS = 5
"""Layers up to which all are drawn; of more the first and the last two."""


def picture(scene: Scene) -> tuple[Picture, ...]:
    """The network drawn: a chain of layers, or the flow of its quantities. Nothing where that would not help."""
    g = graph(scene.derivation.forward, MOST_LAYERS)
    found = columns(scene, g) if g.chain else None
    if found is None:
        return ()
    drawing = chain(scene, found)
    return (Picture(drawing, say(scene.lang, "picture.says", path=drawing.path), _caption(scene, drawing)),)


def _caption(scene: Scene, drawing: Drawing) -> Inline:
    back = say(scene.lang, "picture.back") if any(m.ref for m in drawing.marks()) else ()
    moved = say(scene.lang, "picture.moved", w=drawing.marked) if drawing.marked is not None else ()
    return together(say(scene.lang, "picture.forward"), back, moved)
