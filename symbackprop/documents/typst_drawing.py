"""Drawing → typst, at the coordinates of the SVG: one unit is three quarters of a point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symbackprop.documents.drawing import SIZES, Disc, Dots, Drawing, Frame, Mark, Point, Segment, Stroke
from symbackprop.documents.svg import number
from symbackprop.notation.typst import string, typst

_COLOURS = {"ink": "black", "soft": "luma(60%)", "mark": "sbmarked", "moved": "sbmarked"}
_TONES = {"ink": ".7pt + black", "soft": ".5pt + luma(65%)", "mark": "1.2pt + sbmarked",
          "moved": ".6pt + sbmarked.lighten(40%)"}  # fmt: skip


def shapes(drawing: Drawing) -> str:
    """The shapes, one a line."""
    return "\n".join(_PRINT[type(s)](s) for s in drawing.shapes)


def _points(*points: Point) -> str:
    return ", ".join(f"({number(0.75 * x)}pt, {number(0.75 * y)}pt)" for x, y in points)


def _segment(s: Segment) -> str:
    if len(s) == 2:
        return f"curve.line({_points((s[0], s[1]))})"
    return f"curve.cubic({_points((s[0], s[1]), (s[2], s[3]), (s[4], s[5]))})"


def _outline(tone: str, dashed: bool) -> str:
    fill = "sbmarked.lighten(92%)" if tone == "moved" else "white"
    line = f"stroke(paint: ({_TONES[tone]}).paint, thickness: ({_TONES[tone]}).thickness, dash: \"dashed\")"
    return f"fill: {fill}, stroke: {line if dashed else _TONES[tone]}"


def _disc(s: Disc) -> str:
    x, y, *_ = s.box
    return f"sbat({number(x)}, {number(y)}, circle(radius: {number(0.75 * s.r)}pt, {_outline(s.tone, s.dashed)}))"


def _frame(s: Frame) -> str:
    x, y, *_ = s.box
    size = f"width: {number(0.75 * s.wide)}pt, height: {number(0.75 * s.high)}pt, radius: 4pt"
    return f"sbat({number(x)}, {number(y)}, rect({size}, {_outline(s.tone, s.dashed)}))"


def _stroke(s: Stroke) -> str:
    colour = f"sbink({string(s.ref)})" if s.ref else _COLOURS[s.tone]
    tone = f"1pt + {colour}" if s.ref else _TONES[s.tone]
    path = ", ".join([f"curve.move({_points(s.start)})", *map(_segment, s.segments)])
    line = f"sbat(0, 0, curve(stroke: {tone}, {path}))"
    return line + (f"\nsbat(0, 0, polygon(fill: {colour}, {_points(*s.tip)}))" if s.head else "")


def _dots(s: Dots) -> str:
    places = ((s.x, s.y + k) if s.upright else (s.x + k, s.y) for k in (-7.0, 0.0, 7.0))
    dot = "circle(radius: 1.2pt, fill: luma(40%))"
    return "\n".join(f"sbat({number(x - 1.6)}, {number(y - 1.6)}, {dot})" for x, y in places)


def _mark(m: Mark) -> str:
    shown = f"${typst(m.formula)}$"
    fill = "none"
    if m.ref:
        shown, fill = f"sbreuse({string(m.ref)}, {shown})", "white"
    elif m.boxed:
        shown, fill = f"sbboxed(colour: sbmarked, {shown})", "white"
    colour = "sbmarked" if m.boxed or m.tone in ("mark", "moved") else _COLOURS[m.tone]
    body = f"box(fill: {fill}, text(size: {number(0.72 * SIZES[m.size])}pt, fill: {colour}, {shown}))"
    return f"sbmid({number(m.x)}, {number(m.y)}, {body})"


_PRINT: dict[type, Callable[[Any], str]] = {
    Disc: _disc, Frame: _frame, Stroke: _stroke, Dots: _dots, Mark: _mark,
}  # fmt: skip
