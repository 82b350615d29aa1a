"""Plots of a derivation, by matplotlib: what is reused, how large the derivative grows, how the gradients vanish."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.ticker import MaxNLocator

from symbackprop.documents.blocks import Lang
from symbackprop.documents.cell_words import told
from symbackprop.documents.save import write_whole
from symbackprop.language.errors import SymbackpropError
from symbackprop.measures import Series, assumed, measured
from symbackprop.notation.glyphs import clean
from symbackprop.shows import Bundle, Kinds, bundle

if TYPE_CHECKING:
    from symbackprop.api import Derivation

KINDS = ("reuse", "size", "gradients")
ENDINGS = {".svg": "svg", ".png": "png", ".pdf": "pdf"}
KOREAN = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Nanum Gothic", "NanumBarunGothic", "Malgun Gothic",
          "Apple SD Gothic Neo", "AppleGothic", "NanumSquare", "UnDotum", "Baekmuk Dotum", "Noto Sans CJK JP")
"""Fonts that have Hangul, the first that is installed is taken."""
INK, SOFT = "#1c1c1c", "#635e53"
COLOURS = ("#b04a00", "#005a8f", "#00694c")
_UNDATED: Mapping[str, Mapping[str, None]] = {
    "svg": {"Date": None, "Creator": None}, "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Plot:
    """A picture, and the numbers it is made of, which shows itself in a notebook."""

    what: str
    series: tuple[Series, ...]
    figure: Figure
    style: Mapping[str, object]
    note: str = ""
    """What could not be done as asked: no font with Hangul."""

    def save(self, path: str | Path) -> Path:
        """Write ``.svg``, ``.png`` or ``.pdf``, whole or not at all; the same bytes each time."""
        made = ENDINGS.get(Path(path).suffix.lower())
        if made is None:
            raise SymbackpropError(f"a plot is written as {', '.join(ENDINGS)}, not as '{Path(path).suffix}'")
        return write_whole(Path(path), self.image(made))

    def image(self, made: str = "svg") -> bytes:
        """The picture in one format, without a date."""
        held = io.BytesIO()
        with mpl.rc_context(dict(self.style)):
            self.figure.savefig(held, format=made, metadata=_UNDATED[made], dpi=160)
        return held.getvalue()

    def __str__(self) -> str:
        """The numbers as a table."""
        heads = ["", *(str(x) for x in self.series[0].layers)]
        rows = [[s.name, *(f"{v:.4g}" for v in s.values)] for s in self.series]
        return "\n".join("  ".join(f"{cell:>10}" for cell in row) for row in [heads, *rows])

    def _repr_mimebundle_(self, include: Kinds = None, exclude: Kinds = None) -> Bundle:
        return bundle({"image/svg+xml": lambda: self.image("svg").decode(), "text/plain": lambda: str(self)}, include,
                      exclude)  # fmt: skip


def plot(d: Derivation, what: str, lang: str = "en", values: Mapping[str, Any] | None = None) -> Plot:
    """One of ``KINDS``. Raises SymbackpropError where there is no such plot of this derivation."""
    if what not in KINDS:
        raise SymbackpropError(f"there is no plot '{what}'; there are {', '.join(KINDS)}")
    font = next((name for name in KOREAN if name in {f.name for f in fontManager.ttflist}), "")
    said = cast(Lang, lang if font else "en")
    note = told("ko", "plot.font") if lang == "ko" and not font else ""
    series = measured(d, what, values)
    style = _style(font if said == "ko" else "")
    with mpl.rc_context(style):
        figure = _drawn(what, series, said, assumed(d, what))
    return Plot(what, tuple(series), figure, style, note)


def _style(font: str) -> dict[str, object]:
    family = [font, "DejaVu Sans"] if font else ["DejaVu Sans"]
    return {"font.family": family, "font.size": 11, "mathtext.fontset": "stix", "svg.hashsalt": "symbackprop",
            "svg.fonttype": "path", "axes.unicode_minus": False, "axes.edgecolor": SOFT, "axes.labelcolor": INK,
            "xtick.color": SOFT, "ytick.color": SOFT, "text.color": INK, "axes.spines.top": False,
            "axes.spines.right": False, "figure.facecolor": "white", "savefig.facecolor": "white"}  # fmt: skip


def _drawn(what: str, series: Sequence[Series], lang: Lang, network: str) -> Figure:
    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.add_subplot()
    places = np.arange(len(series[0].layers))
    (_bars if what == "reuse" else _curves)(axes, places, series, lang)
    shown = clean(network) if len(network) <= 80 else f"{clean(network)[:77]}…"
    axes.set_title(told(lang, f"plot.{what}"), loc="left", fontsize=13, pad=24)
    axes.text(0, 1.02, shown.replace("$", r"\$"), transform=axes.transAxes, color=SOFT, fontsize=9.5, va="bottom")
    axes.set_xlabel(told(lang, "plot.layer"))
    axes.set_ylabel(told(lang, f"plot.{what}.axis"))
    _ticks(axes, places, series[0].layers)
    if what == "gradients" or _wide(series):
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y", color="#e6e1d6", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, loc="best")
    return figure


def _wide(series: Sequence[Series]) -> bool:
    """Do the curves end so far apart that the lowest would not be seen?"""
    ends = [s.values[-1] for s in series]
    return series[0].name != "new" and max(ends) > 20 * min(ends) > 0


def _ticks(axes: Any, places: Any, layers: Sequence[str]) -> None:
    """The names of the layers; of many, as many as fit."""
    every = -(-len(layers) // 20)
    axes.set_xticks(places[::every], [layers[k] for k in places[::every]],
                    rotation=0 if max(map(len, layers)) < 5 else 35)  # fmt: skip


def _bars(axes: Any, places: Any, series: Sequence[Series], lang: Lang) -> None:
    """New factors with the reused ones upon them, and their sum in figures."""
    new, reused = (np.array(s.values) for s in series)
    axes.bar(places, new, color=COLOURS[0], width=0.62, label=told(lang, "plot.new"))
    axes.bar(places, reused, bottom=new, color="#f6e3d3", edgecolor=COLOURS[0], linewidth=1.2, width=0.62, hatch="//",
             label=told(lang, "plot.reused"))  # fmt: skip
    if len(places) <= 24:
        for x, low, high in zip(places, new, reused, strict=True):
            axes.annotate(f"{low + high:g}", (x, low + high), (0, 2), textcoords="offset points", ha="center",
                          fontsize=9.5, color=SOFT)  # fmt: skip


def _curves(axes: Any, places: Any, series: Sequence[Series], lang: Lang) -> None:
    marks = "o" if len(places) <= 40 else ""
    for colour, dash, s in zip(COLOURS, ("-", "--", ":"), series, strict=False):
        values = np.array(s.values, dtype=float)
        values[values <= 0] = np.nan  # a logarithm has no place for 0
        axes.plot(places, values, dash, color=colour, marker=marks, markersize=5, linewidth=1.8,
                  label=told(lang, f"plot.{s.name}"))  # fmt: skip
        if s.low and s.high:
            low, high = (np.where(np.array(v) > 0, v, np.nan) for v in (s.low, s.high))
            axes.fill_between(places, low, high, color=colour, alpha=0.14, linewidth=0)
