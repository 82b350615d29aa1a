"""Drawing: discs, frames, lines and labels at settled places. SVG and TikZ print the same coordinates.

One unit is a pixel of the page at its full width; x grows to the right, y downwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot
from typing import Literal, TypeAlias

from symbackprop.notation.formula import Formula

Point: TypeAlias = tuple[float, float]
Segment: TypeAlias = tuple[float, ...]
"""Where a line goes on to: x, y; or a curve, with its two control points before."""
Tone = Literal["ink", "soft", "mark", "moved"]
"""Drawn plainly, in the background, as the marked weight, or as what it moves."""
WIDEST = 616.0
"""What fits on A4, and, made smaller, on a phone."""
ROUND = 0.5523
"""A quarter of a circle as a curve."""
TIP, TIP_WIDTH = 8.0, 4.5


@dataclass(frozen=True)
class Disc:
    """A neuron, or a quantity: a circle."""

    x: float
    y: float
    r: float
    tone: Tone = "ink"
    dashed: bool = False

    @property
    def box(self) -> tuple[float, float, float, float]:
        return self.x - self.r, self.y - self.r, self.x + self.r, self.y + self.r


@dataclass(frozen=True)
class Frame:
    """A box with round corners round its middle."""

    x: float
    y: float
    wide: float
    high: float
    tone: Tone = "ink"
    dashed: bool = False

    @property
    def box(self) -> tuple[float, float, float, float]:
        return self.x - self.wide / 2, self.y - self.high / 2, self.x + self.wide / 2, self.y + self.high / 2


@dataclass(frozen=True)
class Stroke:
    """A line from ``start`` along its segments, with a head or without; ``ref`` names the reused value it carries."""

    start: Point
    segments: tuple[Segment, ...]
    head: bool = True
    tone: Tone = "ink"
    ref: str = ""

    @property
    def end(self) -> Point:
        return self.segments[-1][-2], self.segments[-1][-1]

    @property
    def tip(self) -> tuple[Point, Point, Point]:
        """The three corners of the head, which the line ends behind."""
        last = self.segments[-1]
        before = (last[2], last[3]) if len(last) == 6 else self.start if len(self.segments) == 1 else (
            self.segments[-2][-2], self.segments[-2][-1])  # fmt: skip
        (x, y), (u, v) = self.end, before
        long = hypot(x - u, y - v)
        dx, dy = (x - u) / long, (y - v) / long
        side = TIP_WIDTH
        return ((x + TIP * dx, y + TIP * dy), (x - side * dy, y + side * dx), (x + side * dy, y - side * dx))


@dataclass(frozen=True)
class Dots:
    """What is left out."""

    x: float
    y: float
    upright: bool = False
    tone: Tone = "ink"


Place = Literal["node", "arrow", "small", "fraction"]


@dataclass(frozen=True)
class Mark:
    """A formula about its middle; ``ref`` names the reused value it is; ``boxed``: the marked weight."""

    x: float
    y: float
    formula: Formula
    size: Place = "arrow"
    ref: str = ""
    boxed: bool = False
    tone: Tone = "ink"


Shape: TypeAlias = Disc | Frame | Stroke | Dots | Mark
SIZES: dict[Place, float] = {"node": 17.5, "arrow": 16.5, "small": 13.5, "fraction": 15.5}
"""How large letters are, in units."""


@dataclass(frozen=True)
class Drawing:
    """All shapes, those in the background first. ``path`` is what it shows in one line, for who cannot see it."""

    wide: float
    high: float
    shapes: tuple[Shape, ...]
    path: Formula
    marked: Formula | None = None

    def marks(self) -> Iterator[Mark]:
        return (s for s in self.shapes if isinstance(s, Mark))


def arrow(x: float, y: float, u: float, v: float, tone: Tone = "ink") -> Stroke:
    """A straight arrow from (x, y) whose head ends at (u, v)."""
    long = hypot(u - x, v - y)
    return Stroke((x, y), ((u - TIP * (u - x) / long, v - TIP * (v - y) / long),), tone=tone)


def hook(start: float, end: float, top: float, depth: float, tone: Tone = "ink", ref: str = "") -> Stroke:
    """An arrow back beneath: down at ``start``, along, and up at ``end``, to the left of it."""
    r, low = min(14.0, depth), top + depth
    k = r * (1 - ROUND)
    segments = ((start, low - r), (start, low - k, start - k, low, start - r, low), (end + r, low),
                (end + k, low, end, low - k, end, low - r), (end, top + TIP))  # fmt: skip
    return Stroke((start, top), segments, tone=tone, ref=ref)
