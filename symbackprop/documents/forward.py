"""The forward pass, and the loss as one composite function, nested from the inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import sympy as sp

from symbackprop.documents.blocks import Block, Display, Heading, Inline, Paragraph, Row, Rows
from symbackprop.documents.catalogue import say, words
from symbackprop.documents.induction import of_part
from symbackprop.documents.lines import broken, width
from symbackprop.documents.matrices import why_none
from symbackprop.documents.scene import Scene, number_box
from symbackprop.language.arrays import MatrixForm
from symbackprop.language.indices import base_of
from symbackprop.language.program import Program
from symbackprop.language.quantity import Equation
from symbackprop.notation import order
from symbackprop.notation.expressions import write
from symbackprop.notation.formula import Formula, Mark, Op, Under, fenced, row
from symbackprop.notation.formula import Row as Boxes
from symbackprop.notation.write import Writer

DEEPEST = 5
"""Layers that still make one legible formula."""
NARROW, LINE = 27.0, 19.0
"""Width in em up to which a formula that cannot be broken is legible on a phone, and of the lines it is cut into."""
Parts: TypeAlias = Callable[[Program, Callable[[Equation], bool]], tuple[Equation, ...]]
WIDEST = 45.0
"""Width in em up to which the composite loss of many neurons is one legible formula."""
LONGEST = 60
"""Leaves and operations of the composite loss that still make one legible formula."""


@dataclass(frozen=True, eq=False)
class Worked(Writer):
    """A writer that puts numbers in the place of quantities."""

    numbers: Mapping[sp.Symbol, sp.Float] = field(default_factory=dict)

    def leaf(self, e: sp.Expr) -> Formula:
        known = self.numbers.get(e) if isinstance(e, sp.Symbol) else None
        return super().leaf(e) if known is None else number_box(float(known))


@dataclass(frozen=True, eq=False)
class Nested(Writer):
    """A writer that puts the definition of an output in its place, the name under a brace."""

    definitions: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)

    def leaf(self, e: sp.Expr) -> Formula:
        inside = self.definitions.get(e) if isinstance(e, sp.Symbol) else None
        if inside is None:
            return super().leaf(e)
        shown = write(self, inside)
        if order.level(inside) < order.ATOM:
            shown = fenced(shown)
        return Under(Mark(shown, "", "known"), super().leaf(e))


def forward(scene: Scene) -> Iterator[Block]:
    """One line a quantity, with its value where values are given."""
    yield Heading(words(scene.lang, "forward"), key="forward")
    given = given_values(scene)
    if given:
        yield Paragraph(given, "caption")
    pen = scene.writer
    worked = Worked(pen.program, pen.notation, pen.form, pen.adjoints, pen.of, pen.per_datum, numbers=scene.scalars)
    yield from laid_out(scene, [_row(at, worked, e) for at, e in zip(places(scene), equations(scene), strict=False)])
    if scene.second:
        yield from _first(scene, [_row(scene, worked, e) for e in equations(scene, first=True)])


def equations(scene: Scene, first: bool = False) -> list[Equation]:
    """The equations of the network; or the first derivatives, and what is made of them."""
    return [e for e in scene.derivation.forward.equations if first == (e.quantity.role in ("adjoint", "slope"))]


def places(scene: Scene) -> Iterator[Scene]:
    """For each equation of the forward pass the scene in which it is written."""
    parts = scene.derivation.forward.parts if scene.deep else ()
    yield from (scene.about(*part.kind.given) for part in parts for _ in part.kind.equations)
    while not scene.deep:
        yield scene


def _first(scene: Scene, rows: Sequence[Row]) -> Iterator[Block]:
    yield Heading(words(scene.lang, "forward.first"), key="first")
    yield Paragraph(say(scene.lang, "forward.first.says"))
    yield Rows(tuple(rows), "forward")


def laid_out(scene: Scene, rows: Sequence[Row]) -> Iterator[Block]:
    """The lines of the forward pass; where the depth is a symbol by parts, each with the layers it stands for."""
    if not scene.deep:
        yield Rows(tuple(rows), "forward")
        return
    left = iter(rows)
    for part in scene.derivation.forward.parts:
        yield Paragraph(of_part(scene, part), "caption")
        yield Rows(tuple(next(left) for _ in part.kind.equations), "forward")


def _row(scene: Scene, worked: Writer, e: Equation) -> Row:
    value = scene.value(e.quantity.symbol) if not e.indices else ""
    put_in = worked.expression(e.expression) if value else None
    left = scene.writer.quantity(e.quantity, e.indices)
    return Row(broken(scene.writer.expression(e.expression)), left, value=value, worked=put_in,
               exact=scene.exact(e.expression))


def given_values(scene: Scene) -> Inline:
    """``x = 0.5, y = 1, w = 0.4, …``: what is given, where every value is one number."""
    spans: list[object] = []
    for q in scene.derivation.forward.all_given:
        value = scene.scalars.get(q.symbol)
        if value is not None:
            shown = number_box(float(value))
            bare = shown.body if hasattr(shown, "body") else shown
            spans += [*([", "] if spans else []), row(scene.writer.quantity(q), Op("="), bare)]
    return tuple(spans)  # type: ignore[arg-type]


def forward_matrices(scene: Scene, forms: Sequence[tuple[Equation, MatrixForm]]) -> Iterator[Block]:
    """The same lines over whole layers; the loss stays in components, as in the notes."""
    yield Heading(words(scene.lang, "forward.matrix"), key="forward")
    own = equations(scene)
    shown = [(e, form) for e, form in forms if e in own]
    yield from laid_out(scene, [_matrix_row(at, e, form) for at, (e, form) in zip(places(scene), shown, strict=False)])
    if scene.second:
        yield from _first(scene, [_matrix_row(scene, e, form) for e, form in forms if e not in own])


def _matrix_row(scene: Scene, e: Equation, form: MatrixForm) -> Row:
    at = scene.writer.with_(form="component")
    if form.array is None or not e.indices:
        why = why_none(scene, form) if e.indices else ()
        return Row(broken(at.expression(e.expression)), at.quantity(e.quantity, e.indices), why=why)
    return Row(broken(scene.writer.array_with_shapes(form.array, e.quantity)), scene.writer.quantity(e.quantity))


def composite(scene: Scene, loss: sp.Expr | None, parts: Parts | None = None) -> Iterator[Block]:
    """The loss with every line of the forward pass put in, where that can still be read."""
    if scene.second:
        return
    braced = nest(scene)
    shown = braced or (plain(scene, loss) if loss is not None else None)
    if shown is None:
        return
    yield Heading(words(scene.lang, "composite"), key="composite")
    yield Paragraph(say(scene.lang, "composite.says"))
    lines: tuple[Equation, ...] = ()
    if parts is not None and width(shown) > (NARROW if braced else LINE):  # sums in exponents get smaller still
        lines = parts(scene.derivation.forward, lambda e: width(scene.writer.definition(e)) <= LINE)
    yield Display(shown, tuple(map(scene.writer.definition, lines)))


def plain(scene: Scene, loss: sp.Expr) -> Formula | None:
    if sum(1 for _ in sp.preorder_traversal(loss)) > 3 * LONGEST:
        return None
    shown = row(scene.writer.quantity(scene.derivation.of), Op("="), scene.writer.expression(loss))
    return shown if width(shown) <= WIDEST else None


def nest(scene: Scene) -> Formula | None:
    """``J = ½ (σ(w σ(w x + b) + b) − y)²`` with the name of every output under a brace: for single numbers."""
    equations = scene.derivation.forward.equations
    if len(equations) > 3 * DEEPEST or any(e.indices for e in equations):
        return None
    braced: dict[sp.Symbol, sp.Expr] = {}
    inner: dict[sp.Symbol, sp.Expr] = {}
    for e in equations:
        expression = e.expression.xreplace(inner)
        if base_of(e.target) != scene.derivation.of.symbol:
            (braced if e.quantity.role == "activation" else inner)[e.quantity.symbol] = expression
    top = scene.derivation.forward.definition(scene.derivation.of.name).expression.xreplace(inner)
    writer = Nested(scene.derivation.forward, scene.writer.notation, scene.writer.form, definitions=braced)
    formula = row(writer.quantity(scene.derivation.of), Op("="), writer.expression(top))
    return formula if _leaves(formula) <= 4 * LONGEST else None


def _leaves(box: Formula) -> int:
    if isinstance(box, Boxes):
        return sum(map(_leaves, box.items))
    parts = [getattr(box, name) for name in ("top", "bottom", "base", "sup", "sub", "child", "body", "under")
             if hasattr(box, name)]
    return sum(map(_leaves, parts)) if parts else 1
