"""What the marks of a notation mean, in the strip at the top of a page: only those that occur."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from symbackprop.documents.blocks import Inline
from symbackprop.documents.catalogue import listed, say
from symbackprop.documents.scene import Scene
from symbackprop.language.quantity import LABEL, Quantity
from symbackprop.notation.formula import Ident, Op, Sup, slashed
from symbackprop.notation.names import glyph


def layers_key(scene: Scene) -> str:
    """Does the number of a layer stand above or below?"""
    return "conventions.layer.below" if scene.writer.mark == "below" else "conventions.layer"


def weight_key(scene: Scene, w: Quantity) -> str:
    return "conventions.weight.turned" if scene.writer.lettering.turned(w) else "conventions.weight"


def vectors_key(scene: Scene) -> str:
    return "conventions.rows" if scene.writer.lettering.rows else "conventions.columns"


def order_key(scene: Scene) -> str:
    if scene.second:
        return scene.key("conventions.order")
    return {"path": "conventions.order", "slope-last": "conventions.order.last",
            "adjoint-first": "conventions.order.first"}[scene.writer.notation.order]


def course(scene: Scene) -> Iterator[Inline]:
    """The error term, where 1/m stands, the activation's letter, the sign of the element-wise product."""
    notation = scene.writer.notation
    found = {q.letter: q for q in scene.derivation.forward.quantities.values()}
    z = found.get("z")
    if notation.error and z is not None and z.role == "pre-activation":
        at = scene.writer.with_(form="scalar")
        full = at.adjoint_full(scene.derivation.of, _general(z))
        yield say(scene.lang, "conventions.error", error=at.adjoint(_general(z)), slope=slashed(full))
    if scene.data:
        key = "conventions.mean.delta" if notation.mean_in == "delta" else "conventions.mean.weight"
        yield say(scene.lang, key, m=scene.writer.expression(scene.data))
    yield from _functions(scene)
    if notation.product != "⊙" and scene.writer.form == "matrix":
        yield say(scene.lang, "conventions.product", sign=Op(notation.product, "prefix"))


def _general(q: Quantity) -> Quantity:
    """A quantity of a numbered layer, at any of them."""
    return Quantity(q.letter, LABEL, (), q.role) if isinstance(q.layer, int | sp.Expr) else q


def _functions(scene: Scene) -> Iterator[Inline]:
    """``g^{[l]}`` is tanh, then σ."""
    notation = scene.writer.notation
    if not notation.activation_label or not scene.writer.activations:
        return
    box = Sup(Ident(notation.activation), scene.writer.label_box(str(LABEL)))
    names = [glyph(f.glyph) for f in scene.writer.activations]
    yield say(scene.lang, "conventions.activation", name=box, functions=listed(names))
