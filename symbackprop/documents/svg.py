"""Drawing → SVG for a page. Lines and discs are SVG, formulas are MathML laid over it at the same places.

So the formulas are set like those of the text, links work, and letters stay legible where the drawing gets small.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from symbackprop.documents.drawing import SIZES, Disc, Dots, Drawing, Frame, Mark, Point, Segment, Stroke
from symbackprop.notation.formula import Formula
from symbackprop.notation.glyphs import clean
from symbackprop.notation.mathml import mathml

Reused = Callable[[Formula, str], str]
"""How the page shows a reused value: its box, with a link to where it is defined."""

NET = """
figure{margin:1.6rem 0 1.2rem}
.net{margin:0 auto .8rem;container-type:inline-size;position:relative}
.net svg{display:block;width:100%;height:auto;overflow:visible}
.net :is(path,circle,rect){fill:none;stroke:var(--ink);stroke-width:1.5}
.net :is(circle,rect){fill:var(--paper)}
.net .soft{stroke:color-mix(in srgb,var(--soft) 55%,var(--paper));stroke-width:1}
.net .mark{stroke:var(--mark);stroke-width:2.2}
.net .moved{stroke:color-mix(in srgb,var(--mark) 55%,var(--paper));stroke-width:1.2}
.net .moved:is(circle){stroke:var(--mark);stroke-width:1.6;fill:color-mix(in srgb,var(--mark) 9%,var(--paper))}
.net .dash{stroke-dasharray:4 3}
.net .ref{stroke:var(--c,var(--ink));stroke-width:2;transition:opacity .15s}
.net .tip{stroke:none;fill:var(--ink)}.net .tip.soft{fill:var(--soft)}
.net .tip.ref{fill:var(--c,var(--ink))}.net .tip.dots{fill:var(--soft)}
.net b{position:absolute;transform:translate(-50%,-50%);font-weight:400;line-height:1.15;white-space:nowrap}
.net math{font-size:1em!important}
.net b.soft{color:var(--soft)}.net b.mark{color:var(--mark)}
.net b.boxed{border:2px solid var(--mark);border-radius:3px;background:var(--paper);padding:.05em .22em}
.net .box{padding:.16em .26em;line-height:1.1}
:root{--mark:light-dark(#c01c28,#ff7b72)}
@media print{.net{break-inside:avoid;--paper:#fff}}
"""
_LEAST = {"node": 11.0, "arrow": 10.5, "small": 9.0, "fraction": 10.0}
"""Pixels below which letters do not go, however narrow the page."""


def net_sheet() -> str:
    """The rules for the drawing of a network."""
    sizes = (f".net .{kind}{{font-size:max({_LEAST[kind]}px,calc({size}*var(--u)))}}\n" for kind, size in SIZES.items())
    return NET + "".join(sizes)


def figure(drawing: Drawing, says: str, caption: str, reused: Reused) -> str:
    """The drawing as an element of a page. ``says`` is its name for who cannot see it."""
    shapes = "".join(_PRINT[type(s)](s) for s in drawing.shapes if not isinstance(s, Mark))
    wide, high = number(drawing.wide), number(drawing.high)
    marks = "".join(_mark(drawing, m, reused) for m in drawing.marks())
    name = escape(clean(says))
    return (
        f'<figure><div class="net" style="max-width:{wide}px"><svg viewBox="0 0 {wide} {high}" role="img" '
        f'aria-label="{name}"><title>{name}</title>{shapes}</svg><div style="--u:calc(100cqw/{wide})">{marks}</div>'
        f'</div><figcaption class="caption">{caption}</figcaption></figure>'
    )


def number(value: float) -> str:
    """At most two decimals, none that is not needed, no minus zero."""
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("-0", "0") if abs(value) < 0.005 else (
        f"{value:.2f}".rstrip("0").rstrip("."))  # fmt: skip


def _points(*points: Point) -> str:
    return " ".join(f"{number(x)} {number(y)}" for x, y in points)


def _segment(s: Segment) -> str:
    return ("C" if len(s) == 6 else "L") + " ".join(map(number, s))


def _classes(*names: str) -> str:
    shown = " ".join(n for n in names if n and n != "ink")
    return f' class="{shown}"' if shown else ""


def _ref(s: Stroke) -> str:
    return f' data-ref="{escape(s.ref)}"' if s.ref else ""


def _disc(s: Disc) -> str:
    at = f'cx="{number(s.x)}" cy="{number(s.y)}" r="{number(s.r)}"'
    return f'<circle {at}{_classes(s.tone, "dash" if s.dashed else "")}/>'


def _frame(s: Frame) -> str:
    x, y, *_ = s.box
    at = f'x="{number(x)}" y="{number(y)}" width="{number(s.wide)}" height="{number(s.high)}" rx="6"'
    return f'<rect {at}{_classes(s.tone, "dash" if s.dashed else "")}/>'


def _stroke(s: Stroke) -> str:
    ref = "ref" if s.ref else ""
    line = f'<path{_classes(s.tone, ref)}{_ref(s)} d="M{_points(s.start)}{"".join(map(_segment, s.segments))}"/>'
    if not s.head:
        return line
    return line + f'<path{_classes("tip", s.tone, ref)}{_ref(s)} d="M{_points(*s.tip)}Z"/>'


def _dots(s: Dots) -> str:
    places = ((s.x, s.y + k) if s.upright else (s.x + k, s.y) for k in (-7.0, 0.0, 7.0))
    return "".join(f'<circle class="tip dots" cx="{number(x)}" cy="{number(y)}" r="1.7"/>' for x, y in places)


def _mark(drawing: Drawing, m: Mark, reused: Reused) -> str:
    """A formula over its place. A reused value can be pointed at and followed; what else is said is in the name."""
    at = f"left:{100 * m.x / drawing.wide:.3f}%;top:{100 * m.y / drawing.high:.3f}%"
    classes = _classes(m.size, m.tone, "boxed" if m.boxed else "")
    if m.ref:
        return f'<b{classes} style="{at}">{reused(m.formula, m.ref)}</b>'
    return f'<b{classes} style="{at}" aria-hidden="true">{mathml(m.formula)}</b>'


_PRINT: dict[type, Callable[[Any], str]] = {Disc: _disc, Frame: _frame, Stroke: _stroke, Dots: _dots}
