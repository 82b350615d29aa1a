"""A chain of layers as a drawing: one neuron a layer, or columns of neurons with every line between them.

One weight is marked as the notes do, with a red box, and what it moves is drawn in red. Beneath, what comes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

import sympy as sp

from symbackprop.documents.dependence import Graph, Node, known_size, spreads, unit_axis, weight_between
from symbackprop.documents.drawing import (
    WIDEST,
    Disc,
    Dots,
    Drawing,
    Mark,
    Shape,
    Stroke,
    Tone,
    arrow,
    hook,
)
from symbackprop.documents.labels import Carried, carried, given_on, path_of, room
from symbackprop.documents.scene import Scene
from symbackprop.notation.formula import Formula

MOST = 6
"""Neurons of a layer up to which all are drawn."""
Entry: TypeAlias = sp.Expr | None
"""The index of a neuron; None: dots."""
EDGE = 4.0


@dataclass(frozen=True)
class Column:
    """A layer: its place, and the index and the height of each neuron drawn. ``spread``: is each joined to all of the
    column before? ``size`` stands below where not all are drawn."""

    node: Node
    x: float = 0.0
    entries: tuple[Entry, ...] = (sp.S.One,)
    spread: bool = True
    size: sp.Expr | None = None

    @property
    def dots(self) -> bool:
        return self.node.quantity is None


@dataclass(frozen=True)
class Marked:
    """The marked weight: it joins an entry of one column to one of the next."""

    place: int
    start: sp.Expr
    end: sp.Expr
    formula: Formula


@dataclass(frozen=True)
class Look:
    """Measures: radius, distance of neurons, and that of columns at most."""

    r: float
    step: float
    gap: float


ONE, MANY = Look(25.0, 0.0, 131.0), Look(18.0, 46.0, 148.0)


def columns(scene: Scene, g: Graph) -> tuple[Column, ...] | None:
    """The columns of a chain; None where a layer is no vector, or windows slide over one."""
    found: list[Column] = []
    for k, node in enumerate(g.nodes):
        before = g.nodes[k - 1].quantity if k else None
        if node.quantity is None:
            found.append(Column(node))
            continue
        spread = spreads(node, before) if before is not None and node.holds else True
        if spread is None or len(node.quantity.axes) - (unit_axis(node.quantity) is not None) > 1:
            return None
        found.append(_column(scene, node, spread))
    return tuple(found)


def _column(scene: Scene, node: Node, spread: bool) -> Column:
    """A layer with the neurons drawn of it."""
    assert node.quantity is not None
    at = unit_axis(node.quantity)
    if at is None:
        return Column(node, spread=spread)
    n = known_size(node.quantity.axes[at].size, scene.derivation.forward)
    if n.is_Integer and n <= MOST:
        return Column(node, entries=tuple(sp.Integer(k) for k in range(1, int(n) + 1)), spread=spread)
    return Column(node, entries=(sp.S.One, sp.Integer(2), None, n), spread=spread, size=n)


def chain(scene: Scene, found: Sequence[Column]) -> Drawing:
    """The drawing of a chain of layers."""
    many = any(len(c.entries) > 1 for c in found)
    look = MANY if many else ONE
    weight = _weight(scene, found) if many else None
    placed = _placed(_with_letters(found, weight), look)
    tall = max(_height(c, look) for c in placed)
    middle = (50.0 if many else 30.0) + tall / 2 + look.r
    shapes = [*_between(placed, look, middle, weight), *_neurons(scene, placed, look, middle, weight)]
    shapes += _head(scene, placed) if many else _arrows(scene, placed, look, middle)
    below = middle + tall / 2 + look.r
    if any(c.size is not None for c in placed):
        shapes += [Mark(c.x, below + 14, scene.writer.expression(c.size), "small", tone="soft")
                   for c in placed if c.size is not None]  # fmt: skip
        below += 24
    elif not many:
        below = middle + 44
    shapes += _back(scene, placed, below + 8)
    wide = placed[-1].x + look.r + EDGE
    high = below + 8 + 38 + 28
    return Drawing(round(wide, 1), round(high, 1), tuple(shapes), path_of(scene, [[c.node] for c in placed]),
                   weight.formula if weight else None)


# --- places


def _placed(found: Sequence[Column], look: Look) -> tuple[Column, ...]:
    """Every column at its place: as far apart as the page allows; dots stand closer."""
    steps = [0.68 if a.dots or b.dots else 1.0 for a, b in pairwise(found)]
    gap = min(look.gap, (WIDEST - 2 * (look.r + EDGE)) / sum(steps))
    x = look.r + EDGE
    placed = [replace(found[0], x=x)]
    for column, step in zip(found[1:], steps, strict=True):
        x = round(x + gap * step, 1)
        placed.append(replace(column, x=x))
    return tuple(placed)


def _offsets(column: Column, look: Look) -> list[float]:
    """The height of each neuron of a column, from its middle; dots take less room."""
    steps = [look.step * (0.8 if a is None or b is None else 1.0) for a, b in pairwise(column.entries)]
    places = [0.0]
    for step in steps:
        places.append(places[-1] + step)
    return [p - places[-1] / 2 for p in places]


def _height(column: Column, look: Look) -> float:
    return -2 * _offsets(column, look)[0]


def _points(column: Column, look: Look, middle: float) -> Iterator[tuple[sp.Expr, float]]:
    """Index and height of each neuron drawn."""
    for entry, y in zip(column.entries, _offsets(column, look), strict=True):
        if entry is not None and not column.dots:
            yield entry, round(middle + y, 1)


# --- the marked weight


def _weight(scene: Scene, found: Sequence[Column]) -> Marked | None:
    """The first weight that joins a neuron to a neuron: of the first to the second one, or of i to j."""
    for k, (left, right) in enumerate(pairwise(found)):
        if left.node.quantity is None or right.dots:
            continue
        for q, e, leaf, entry in weight_between(right.node, left.node.quantity):
            units = [i for i in leaf.indices if i in e.indices], [i for i in leaf.indices if i not in e.indices]
            if len(units[0]) != 1 or len(units[1]) != 1 or units[1][0] not in entry.indices:
                continue
            end = units[0][0] if right.size is not None else right.entries[min(1, len(right.entries) - 1)]
            start = units[1][0] if left.size is not None else sp.S.One
            at = {units[0][0]: end, units[1][0]: start}
            assert end is not None
            pen = scene.writer.with_(form="component")
            return Marked(k, start, end, pen.quantity(q, [at[i] for i in leaf.indices]))
    return None


def _with_letters(found: Sequence[Column], weight: Marked | None) -> Sequence[Column]:
    """Where not all neurons are drawn, the two that the weight joins are called i and j."""
    if weight is None:
        return found
    ends = {weight.place: weight.start, weight.place + 1: weight.end}
    return [
        replace(c, entries=(sp.S.One, None, ends[k], None, c.size)) if k in ends and c.size is not None else c
        for k, c in enumerate(found)
    ]


def _moved(found: Sequence[Column], weight: Marked | None) -> list[set[sp.Expr]]:
    """Of each column the neurons that move when the weight does."""
    moved: list[set[sp.Expr]] = []
    for k, column in enumerate(found):
        every = {e for e in column.entries if e is not None}
        if weight is None or k <= weight.place:
            moved.append(set())
        elif k == weight.place + 1:
            moved.append({weight.end})
        else:
            before = moved[-1]
            moved.append((every if before else set()) if column.spread else every & before)
    return moved


# --- shapes


def _between(found: Sequence[Column], look: Look, middle: float, weight: Marked | None) -> list[Shape]:
    """The lines from neuron to neuron, those that move last."""
    if look is ONE:
        return []
    moved = _moved(found, weight)
    lines: list[Stroke] = []
    for k, (left, right) in enumerate(pairwise(found)):
        for start, y in _points(left, look, middle):
            for end, v in _points(right, look, middle):
                if right.spread or start == end:
                    marked = weight is not None and (k, start, end) == (weight.place, weight.start, weight.end)
                    on = start in moved[k] and end in moved[k + 1]
                    tone: Tone = "mark" if marked else "moved" if on else "soft"
                    lines.append(_line(left.x, y, right.x, v, look.r, tone))
    order: tuple[Tone, ...] = ("soft", "moved", "mark")
    return sorted(lines, key=lambda s: order.index(s.tone))


def _line(x: float, y: float, u: float, v: float, r: float, tone: Tone) -> Stroke:
    """From rim to rim."""
    long = ((u - x) ** 2 + (v - y) ** 2) ** 0.5
    dx, dy = (u - x) / long * r, (v - y) / long * r
    return Stroke((round(x + dx, 2), round(y + dy, 2)), ((round(u - dx, 2), round(v - dy, 2)),), head=False, tone=tone)


def _neurons(
    scene: Scene, found: Sequence[Column], look: Look, middle: float, weight: Marked | None
) -> Iterator[Shape]:
    """The neurons with their names, dots between them, and the marked weight on its line."""
    moved = _moved(found, weight)
    for k, column in enumerate(found):
        if column.dots:
            yield Dots(column.x, middle)
            continue
        gaps = (y for e, y in zip(column.entries, _offsets(column, look), strict=True) if e is None)
        yield from (Dots(column.x, round(middle + y, 1), upright=True) for y in gaps)
        outer = not column.node.holds or k == len(found) - 1
        for entry, y in _points(column, look, middle):
            tone: Tone = "moved" if entry in moved[k] else "ink"
            yield Disc(column.x, y, look.r, tone, dashed=outer)
            yield Mark(column.x, y, _name(scene, column, entry), "node" if look is ONE else "small")
    if weight is not None:
        yield _boxed(found, look, middle, weight)


def _boxed(found: Sequence[Column], look: Look, middle: float, weight: Marked) -> Mark:
    left, right = found[weight.place], found[weight.place + 1]
    y = dict(_points(left, look, middle))[weight.start]
    v = dict(_points(right, look, middle))[weight.end]
    part = 0.42
    return Mark(round(left.x + part * (right.x - left.x), 1), round(y + part * (v - y), 1), weight.formula, "small",
                boxed=True, tone="mark")


def _name(scene: Scene, column: Column, entry: sp.Expr) -> Formula:
    q = column.node.quantity
    assert q is not None
    at = unit_axis(q)
    pen = scene.writer if scene.writer.form != "matrix" else scene.writer.with_(form="component")
    return pen.quantity(q, [entry if k == at else i for k, i in enumerate(column.node.indices)])


def _arrows(scene: Scene, found: Sequence[Column], look: Look, middle: float) -> Iterator[Shape]:
    """One neuron a layer: arrows with the weight above and the bias below."""
    for left, right in pairwise(found):
        pads = [18.0 if c.dots else look.r + 2 for c in (left, right)]
        yield arrow(left.x + pads[0], middle, right.x - pads[1], middle)
        labels = given_on(scene, right.node)
        x = round((left.x + pads[0] + right.x - pads[1]) / 2 - 3, 1)
        yield from (Mark(x, middle + dy, f) for dy, f in zip((-21.0, 23.0), labels, strict=False))


def _head(scene: Scene, found: Sequence[Column]) -> Iterator[Shape]:
    """Above the columns: the layers as wholes, and what is given on the arrows between them."""
    for column in found:
        if column.dots:
            yield Dots(column.x, 31.0)
        else:
            yield Mark(column.x, 31.0, _whole(scene, column))
    for left, right in pairwise(found):
        pads = [17.0 if c.dots else room(_whole(scene, c), "arrow") / 2 + 5 for c in (left, right)]
        yield arrow(left.x + pads[0], 31.0, right.x - pads[1], 31.0)
        labels = given_on(scene, right.node, together=True)
        yield from (Mark(round((left.x + right.x) / 2 - 2, 1), 15.0, f, "small") for f in labels)


def _whole(scene: Scene, column: Column) -> Formula:
    assert column.node.quantity is not None
    return scene.writer.quantity(column.node.quantity)


def _back(scene: Scene, found: Sequence[Column], top: float) -> Iterator[Shape]:
    """The arrows back beneath, in the colour of what they carry."""
    hooks: list[Shape] = []
    names: list[Shape] = []
    for left, right in pairwise(found):
        back: Carried | None = carried(scene, left.node)
        if back is None:
            continue
        start, end = right.x - 6, left.x + 6
        hooks.append(hook(start, end, top, 36.0, "ink" if back.ref else "soft", back.ref))
        if back.formula is not None:
            names.append(Mark(round((start + end) / 2, 1), top + 37, back.formula, "fraction", back.ref))
    yield from (*hooks, *names)
