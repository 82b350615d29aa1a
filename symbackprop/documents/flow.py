"""Any network as a drawing: its quantities in boxes, forward arrows, and beside each what comes back.

Long networks go on in the next line, where everything passes through one quantity; that is drawn again there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from symbackprop.documents.dependence import Graph, Node
from symbackprop.documents.drawing import TIP, WIDEST, Dots, Drawing, Frame, Mark, Segment, Shape, Stroke
from symbackprop.documents.labels import carried, given_on, path_of, room
from symbackprop.documents.layers import Extent, cuts, heights, levels, neighbours, ordered, passing
from symbackprop.documents.scene import Scene
from symbackprop.notation.formula import Formula, slashed

HIGH, LEAST, SHORTEST, LONGEST = 32.0, 38.0, 27.0, 62.0
"""Height and least width of a box, and how long the arrows between two columns may be."""
EDGE, BESIDE = 3.0, 4.5
"""The margin, and how far an arrow there and the one back stand from the middle."""
AGAIN = "again "
MOST_HIGH = 420.0


@dataclass(frozen=True)
class Box:
    """A node with what is written in it, above it and below it."""

    node: Node
    name: Formula | None
    above: Formula | None = None
    below: Formula | None = None
    ref: str = ""
    returns: bool = False
    outer: bool = False
    """Is it given, the end, or drawn already in the line before?"""

    @property
    def wide(self) -> float:
        return max(LEAST, room(self.name, "arrow") + 14) if self.name is not None else 24.0

    @property
    def over(self) -> float:
        """How far what stands above reaches over the box: no arrow bends in front of it."""
        return max(0.0, (room(self.above, "small") - self.wide) / 2) if self.above is not None else 0.0

    @property
    def extent(self) -> Extent:
        """The room of the box with its labels."""
        above = HIGH / 2 + (24 if self.above is not None else 5)
        below = HIGH / 2 + (34 if self.below is not None else 5)
        # labels stand above and below the arrows: they may reach over the ends of these
        labels = [room(f, "small") - 10 for f in (self.above, self.below) if f is not None]
        return Extent(above, below, max(self.wide, *labels) if labels else self.wide)


def flow(scene: Scene, g: Graph, most: int) -> Drawing | None:
    """The drawing of a graph; None where it does not fit in that many lines."""
    boxes = {node.key: _box(scene, node, node == g.nodes[-1]) for node in g.nodes}
    lines = _lines(g, boxes)
    if lines is None or len(lines) > most:
        return None
    shapes: list[Shape] = []
    wide, top = 0.0, EDGE
    for line in lines:
        drawn, width, high = _line(line, boxes, top)
        if high > MOST_HIGH:
            return None
        shapes += drawn
        wide, top = max(wide, width), top + high + 16
    at = levels(g)
    columns = [[n for n in g.nodes if at[n.key] == k] for k in range(max(at.values()) + 1)]
    return Drawing(round(wide, 1), round(top - 16 + EDGE, 1), tuple(shapes), path_of(scene, columns))


def _box(scene: Scene, node: Node, last: bool) -> Box:
    if node.quantity is None:
        return Box(node, None, returns=True)
    pen = scene.writer
    name = pen.quantity(node.quantity, node.indices if node.before else ())
    given = given_on(scene, node, together=True)
    back = carried(scene, node)
    below = slashed(back.formula) if back is not None and back.formula is not None else None
    return Box(node, name, given[0] if given else None, below, back.ref if back else "", back is not None,
               outer=last or not node.holds)  # fmt: skip


# --- lines


def _lines(g: Graph, boxes: Mapping[str, Box]) -> list[Graph] | None:
    """The graph cut into as few lines as fit, of much the same width, each but the first beginning with the last node
    of the one before."""
    at = levels(g)
    stops = cuts(g, at)
    last = max(at.values())
    if last not in stops or last == 0:  # a function of its parameters alone has no flow
        return None
    best: dict[int, tuple[int, float, tuple[int, ...]]] = {last: (0, 0.0, ())}
    for start in reversed([0, *(k for k in stops if 0 < k < last)]):
        ends = [(k, _width(_columns(at, boxes, start, k))) for k in stops if k > start and k in best]
        found = [(best[k][0] + 1, best[k][1] + w * w, (k, *best[k][2])) for k, w in ends if w <= WIDEST]
        if found:
            best[start] = min(found)
    if 0 not in best:
        return None
    return [_part(g, at, start, end) for start, end in pairwise((0, *best[0][2]))]


def _columns(at: Mapping[str, int], boxes: Mapping[str, Box], start: int, end: int) -> list[float]:
    """The width of each column."""
    return [max(boxes[key].extent.wide for key, level in at.items() if level == k) for k in range(start, end + 1)]


def _width(columns: Sequence[float]) -> float:
    return sum(columns) + SHORTEST * (len(columns) - 1) + 2 * EDGE


def _part(g: Graph, at: Mapping[str, int], start: int, end: int) -> Graph:
    """The columns from ``start`` to ``end``; a first one that stood in the line before is drawn again."""
    again = {n.key: AGAIN + n.key for n in g.nodes if at[n.key] == start} if start else {}
    nodes = [replace(n, key=again.get(n.key, n.key)) for n in g.nodes if start <= at[n.key] <= end]
    edges = [(again.get(a, a), b) for a, b in g.edges if start <= at[a] and at[b] <= end]
    return Graph(tuple(nodes), tuple(edges))


# --- one line


def _line(g: Graph, known: Mapping[str, Box], top: float) -> tuple[list[Shape], float, float]:
    """The shapes of a line that begins at a height; how wide and how high it is."""
    boxes = {n.key: _again(known[n.key.removeprefix(AGAIN)]) if n.key.startswith(AGAIN) else known[n.key]
             for n in g.nodes}  # fmt: skip
    at = levels(g)
    table = ordered(g, at)
    extents = {key: box.extent for key, box in boxes.items()}
    y = heights(table, neighbours(g, at), extents)
    x = _places([max(boxes[k].extent.wide for k in column if k in boxes) for column in table])
    highest = min(y[k] - e.above for k, e in extents.items())
    low = min([highest, *(v - 8 for k, v in y.items() if k not in boxes)])
    y = {k: round(v - low + top, 1) for k, v in y.items()}
    bottom = max([*(y[k] + e.below for k, e in extents.items()), *(v + 8 for k, v in y.items() if k not in boxes)])
    shapes: list[Shape] = [*_edges(g, boxes, at, x, y)]
    shapes += [s for column, place in zip(table, x, strict=True) for k in column if k in boxes
               for s in _drawn(boxes[k], place, y[k])]  # fmt: skip
    return shapes, x[-1] + boxes[table[-1][0]].extent.wide / 2 + EDGE, bottom - top


def _again(box: Box) -> Box:
    return replace(box, above=None, below=None, outer=True)


def _places(widths: Sequence[float]) -> list[float]:
    """The middle of each column."""
    gaps = len(widths) - 1
    arrow = min(LONGEST, (WIDEST - 2 * EDGE - sum(widths)) / gaps) if gaps else 0.0
    places = [EDGE + widths[0] / 2]
    for left, right in pairwise(widths):
        places.append(places[-1] + left / 2 + arrow + right / 2)
    return [round(p, 1) for p in places]


def _drawn(box: Box, x: float, y: float) -> Iterator[Shape]:
    """A box with its labels."""
    if box.name is None:
        yield Dots(x, y)
        return
    yield Frame(x, y, round(box.wide, 1), HIGH, dashed=box.outer)
    yield Mark(x, y, box.name, "arrow")
    if box.above is not None:
        yield Mark(x, y - HIGH / 2 - 12, box.above, "small", tone="soft")
    if box.below is not None:
        yield Mark(x, y + HIGH / 2 + 17, box.below, "small", box.ref)


def _edges(
    g: Graph, boxes: Mapping[str, Box], at: Mapping[str, int], x: Sequence[float], y: Mapping[str, float]
) -> Iterator[Shape]:
    """Each arrow there, and under it the one back, in the colour of what it carries."""
    there: list[Stroke] = []
    back: list[Stroke] = []
    for a, b in g.edges:
        half = [max(boxes[k].wide for k in boxes if at[k] == level) / 2 + 2 for level in range(at[a], at[b] + 1)]
        half[0], half[-1] = boxes[a].wide / 2 + 2, boxes[b].wide / 2 + 2
        way = [y[a], *(y[passing(a, b, k)] for k in range(at[a] + 1, at[b])), y[b]]
        middles = [x[k] for k in range(at[a], at[b] + 1)]
        over = boxes[a].over, boxes[b].over
        there.append(_there(middles, [v - BESIDE for v in way], half, over))
        if boxes[a].returns:
            back.append(_back(middles, [v + BESIDE for v in way], half, over, boxes[a].ref))
    yield from (*back, *there)


def _there(x: Sequence[float], y: Sequence[float], half: Sequence[float], over: tuple[float, float]) -> Stroke:
    segments: list[Segment] = []
    end = len(x) - 1
    for k in range(end):
        u, v = x[k] + half[k], x[k + 1] - half[k + 1] - (TIP if k + 1 == end else 0)
        segments += _level(u, y[k], v, y[k + 1], over[0] if k == 0 else 0, over[1] if k + 1 == end else 0)
        if k + 1 < end:
            segments.append((x[k + 1] + half[k + 1], y[k + 1]))
    return Stroke((x[0] + half[0], y[0]), _rounded(segments))


def _back(
    x: Sequence[float], y: Sequence[float], half: Sequence[float], over: tuple[float, float], ref: str
) -> Stroke:
    segments: list[Segment] = []
    end = len(x) - 1
    for k in range(end, 0, -1):
        u, v = x[k] - half[k], x[k - 1] + half[k - 1] + (TIP if k == 1 else 0)
        segments += _level(u, y[k], v, y[k - 1], -over[1] if k == end else 0, -over[0] if k == 1 else 0)
        if k > 1:
            segments.append((x[k - 1] - half[k - 1], y[k - 1]))
    return Stroke((x[end] - half[end], y[end]), _rounded(segments), tone="ink" if ref else "soft", ref=ref)


def _level(u: float, y: float, v: float, z: float, first: float, last: float) -> list[Segment]:
    """A bend that is level for a while at its ends, as far as labels reach."""
    if y == z:
        return [(v, z)]
    return [*([(u + first, y)] if first else []), *_bent(u + first, y, v - last, z), *([(v, z)] if last else [])]


def _bent(u: float, y: float, v: float, z: float) -> list[Segment]:
    """Level at both ends."""
    if y == z:
        return [(v, z)]
    middle = (u + v) / 2
    return [(middle, y, middle, z, v, z)]


def _rounded(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    return tuple(tuple(round(n, 2) for n in s) for s in segments)
