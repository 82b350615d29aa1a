"""Nodes in columns: how far each is from the input, in which order those of a column stand, and how high.

Sugiyama's way, small: longest paths, then the mean of the neighbours, then as near to it as what stands above allows.
Edges that pass a column stand in it as entries without a node, so that nothing is drawn over a node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from symbackprop.documents.dependence import Graph

SWEEPS = 9
"""From the left and from the right in turn; from the left last, so that what goes straight on is straight."""


@dataclass(frozen=True)
class Extent:
    """How much room an entry takes above and below its middle, and to both sides."""

    above: float
    below: float
    wide: float


PASSING = Extent(8.0, 8.0, 0.0)
"""The room of an edge that passes."""


def levels(g: Graph) -> dict[str, int]:
    """The column of each node: one more than the furthest it reads; what reads nothing just before its reader."""
    found: dict[str, int] = {}
    for node in g.nodes:
        found[node.key] = max((found[s] + 1 for s in g.sources(node.key)), default=0)
    for node in g.nodes:
        if not g.sources(node.key):
            found[node.key] = max(min((found[r] for r in g.readers(node.key)), default=1) - 1, 0)
    return found


def cuts(g: Graph, at: Mapping[str, int]) -> list[int]:
    """The columns of one node which no edge passes: there a line may end and the next one begin."""
    last = max(at.values())
    alone = [k for k in range(last + 1) if sum(level == k for level in at.values()) == 1]
    return [k for k in alone if not any(at[a] < k < at[b] for a, b in g.edges)]


def passing(a: str, b: str, level: int) -> str:
    """The entry of an edge in a column it passes."""
    return f"{a} > {b} @ {level}"


def ordered(g: Graph, at: Mapping[str, int]) -> list[list[str]]:
    """The entries of each column, from top to bottom."""
    last = max(at.values(), default=0)
    table: list[list[str]] = [[] for _ in range(last + 1)]
    for a, b in g.edges:
        for level in range(at[a] + 1, at[b]):
            table[level].append(passing(a, b, level))
    for node in g.nodes:
        table[at[node.key]].append(node.key)
    near = neighbours(g, at)
    for sweep in range(SWEEPS):
        ahead = sweep % 2 == 0
        for k in range(1, last + 1) if ahead else range(last - 1, -1, -1):
            _sort(table[k], table[k - 1 if ahead else k + 1], near)
    return table


def neighbours(g: Graph, at: Mapping[str, int]) -> dict[str, list[str]]:
    """The entries that an entry is joined to, in the columns on both sides."""
    near: dict[str, list[str]] = {}
    for a, b in g.edges:
        way = [a, *(passing(a, b, level) for level in range(at[a] + 1, at[b])), b]
        for one, other in pairwise(way):
            near.setdefault(one, []).append(other)
            near.setdefault(other, []).append(one)
    return near


def _sort(column: list[str], beside: Sequence[str], near: Mapping[str, Sequence[str]]) -> None:
    """A column by the mean place of what its entries are joined to in the one beside; what is equal stays."""
    places = {key: n - (len(beside) - 1) / 2 for n, key in enumerate(beside)}
    means = {}
    for n, key in enumerate(column):
        others = [places[k] for k in near.get(key, ()) if k in places]
        means[key] = sum(others) / len(others) if others else n - (len(column) - 1) / 2
    column.sort(key=lambda key: round(means[key], 6))


def heights(
    table: Sequence[Sequence[str]], near: Mapping[str, Sequence[str]], room: Mapping[str, Extent]
) -> dict[str, float]:
    """The height of every entry: near the mean of its neighbours, none over another."""
    y: dict[str, float] = {}
    for column in table:
        y |= _spaced(column, dict.fromkeys(column, 0.0), room)
    for sweep in range(SWEEPS):
        ahead = sweep % 2 == 0
        for beside, column in pairwise(table if ahead else list(reversed(table))):
            joined = {key: [n for n in near.get(key, ()) if n in beside] for key in column}
            y |= _spaced(column, {key: _mean(key, joined[key], y, room) for key in column}, room)
    return {key: round(value, 1) for key, value in y.items()}


def _mean(key: str, joined: Sequence[str], y: Mapping[str, float], room: Mapping[str, Extent]) -> float:
    """A node is drawn to nodes, an edge that passes to where it already passes."""
    alike = [n for n in joined if (n in room) == (key in room)] or joined
    return sum(y[n] for n in alike) / len(alike) if alike else y[key]


def _spaced(
    column: Sequence[str], wanted: Mapping[str, float], room: Mapping[str, Extent]
) -> dict[str, float]:
    """The heights nearest to those wanted at which no entry stands over another (pools of adjacent violators)."""
    offsets = [0.0]
    for one, other in pairwise(column):
        offsets.append(offsets[-1] + room.get(one, PASSING).below + room.get(other, PASSING).above)
    pools: list[tuple[float, float, int]] = []
    for key, offset in zip(column, offsets, strict=True):
        pool = (wanted[key] - offset, 1.0 if key in room else 0.001, 1)
        while pools and pools[-1][0] > pool[0]:
            value, weight, count = pools.pop()
            total = weight + pool[1]
            pool = ((value * weight + pool[0] * pool[1]) / total, total, count + pool[2])
        pools.append(pool)
    values = [value for value, _, count in pools for _ in range(count)]
    return {key: value + offset for key, value, offset in zip(column, values, offsets, strict=True)}
