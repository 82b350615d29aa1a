"""Drawing → TikZ, at the coordinates of the SVG: one unit is three quarters of a point."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symbackprop.documents.drawing import Disc, Dots, Drawing, Frame, Mark, Point, Segment, Stroke
from symbackprop.documents.svg import number
from symbackprop.notation.latex import latex

_FONTS = {"node": r"\normalsize", "arrow": r"\normalsize", "small": r"\footnotesize", "fraction": r"\small"}
_COLOURS = {"ink": "black", "soft": "black!40", "mark": "sbmark", "moved": "sbmark"}
_TONES = {"ink": "line width=.6pt", "soft": "line width=.4pt,draw=black!35",
          "mark": "line width=1.1pt,draw=sbmark", "moved": "line width=.5pt,draw=sbmark!60"}  # fmt: skip


def tikz(drawing: Drawing) -> str:
    """The ``tikzpicture``, centred."""
    lines = "\n".join(_PRINT[type(s)](s) for s in drawing.shapes)
    area = rf"\path[use as bounding box] (0,0) rectangle {_point((drawing.wide, drawing.high))};"
    return ("\\begin{center}\n\\begin{tikzpicture}[x=.75pt,y=-.75pt,inner sep=0pt,outer sep=0pt]\n"
            f"{area}\n{lines}\n\\end{{tikzpicture}}\n\\end{{center}}")


def _point(p: Point) -> str:
    return f"({number(p[0])},{number(p[1])})"


def _segment(s: Segment) -> str:
    if len(s) == 2:
        return f" -- {_point((s[0], s[1]))}"
    return f" .. controls {_point((s[0], s[1]))} and {_point((s[2], s[3]))} .. {_point((s[4], s[5]))}"


def _outline(tone: str, dashed: bool) -> str:
    fill = "sbmark!8" if tone == "moved" else "white"
    return f"[{_TONES[tone]},fill={fill}{',dash pattern=on 3pt off 2pt' if dashed else ''}]"


def _disc(s: Disc) -> str:
    return rf"\draw{_outline(s.tone, s.dashed)} {_point((s.x, s.y))} circle[radius={number(0.75 * s.r)}pt];"


def _frame(s: Frame) -> str:
    x, y, u, v = s.box
    outline = _outline(s.tone, s.dashed).replace("]", ",rounded corners=4pt]")
    return rf"\draw{outline} {_point((x, y))} rectangle {_point((u, v))};"


def _stroke(s: Stroke) -> str:
    colour = rf"\sbink{{{s.ref}}}" if s.ref else _COLOURS[s.tone]
    style = rf"line width=.9pt,draw=\sbink{{{s.ref}}}" if s.ref else _TONES[s.tone]
    line = rf"\draw[{style}] {_point(s.start)}{''.join(map(_segment, s.segments))};"
    if not s.head:
        return line
    return line + "\n" + rf"\fill[{colour}] {' -- '.join(map(_point, s.tip))} -- cycle;"


def _dots(s: Dots) -> str:
    places = ((s.x, s.y + k) if s.upright else (s.x + k, s.y) for k in (-7.0, 0.0, 7.0))
    return "".join(rf"\fill[black!60] {_point(p)} circle[radius=1.2pt];" for p in places)


def _mark(m: Mark) -> str:
    shown = latex(m.formula)
    style = f"font={_FONTS[m.size]}"
    if m.ref:
        shown = rf"\sbreuse[{m.ref}]{{{shown}}}"
        style += ",fill=white"
    elif m.boxed:
        style += ",draw=sbmark,line width=.9pt,fill=white,inner sep=2pt,text=sbmark"
    elif m.tone != "ink":
        style += f",text={_COLOURS[m.tone].replace('!40', '!60')}"
    return rf"\node[{style}] at {_point((m.x, m.y))} {{${shown}$}};"


_PRINT: dict[type, Callable[[Any], str]] = {
    Disc: _disc, Frame: _frame, Stroke: _stroke, Dots: _dots, Mark: _mark,
}  # fmt: skip
