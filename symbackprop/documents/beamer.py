"""Document → Beamer: the slides of the deck, one step of the chain rule a click, in the macros of ``symbackprop.sty``.

How much stands on a frame is the deck's choice; what is too high all the same is made smaller by TeX.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symbackprop.documents.blocks import Block, Definition, Document, Picture, Rows, Title
from symbackprop.documents.deck import Slide, deck
from symbackprop.documents.tex import Sheet, block, file, hues, inline, sheet
from symbackprop.documents.texwords import escaped

CLASS = "[11pt,aspectratio=169]{beamer}"
THEME = r"""% the option handout of the class shows every frame once
\usefonttheme[onlymath]{serif}
\setbeamertemplate{navigation symbols}{}
\setbeamertemplate{footline}[frame number]
\setbeamercolor{frametitle}{fg=black}
\setbeamerfont{frametitle}{series=\bfseries,size=\large}
\setbeamerfont{framesubtitle}{size=\small}"""
HIGH = 18.0
"""How high the blocks of a frame may be, in em of the deck."""
LONGEST = 200
"""Characters of a title that a frame shows."""


def beamer(document: Document) -> str:
    """The whole file."""
    page = sheet(document)
    frames = [_frame(page, part) for slide in deck(document, HIGH) for part in _parts(slide)]
    return file(CLASS, THEME, "\n\n".join([hues(document, page), *frames]), document.lang == "ko")


def _parts(slide: Slide) -> Iterator[Slide]:
    """The drawing of the network has a frame of its own."""
    drawn = tuple(b for b in slide.blocks if isinstance(b, Picture))
    rest = tuple(b for b in slide.blocks if not isinstance(b, Picture))
    if rest or not drawn:
        yield replace(slide, blocks=rest)
    for b in drawn:
        yield replace(slide, blocks=(b,))


def _frame(page: Sheet, slide: Slide) -> str:
    title = "" if slide.title or not slide.blocks else rf"\frametitle{{{escaped(slide.heading)}}}"
    aside = rf"\framesubtitle{{{inline(slide.aside)}}}" if slide.aside and title else ""
    body = "\n\n".join(_body(page, slide))
    start = rf"\begin{{frame}}[{'c' if slide.title else 't'}]{title}{aside}"
    return f"{start}\n\\begin{{sbslide}}\n{body}\n\\end{{sbslide}}\n\\end{{frame}}"


def _body(page: Sheet, slide: Slide) -> Iterator[str]:
    if not any(map(_stepwise, slide.blocks)):
        yield r"\sbatonce"
    for b in slide.blocks:
        yield block(page, _shortened(b) if isinstance(b, Title) else b)
    if not slide.blocks:
        yield rf"\sbpart{{{escaped(slide.heading)}}}"


def _stepwise(b: Block) -> bool:
    """Lines that are shown one by one: those of a gradient, and of the forward pass."""
    return isinstance(b, Definition) or (isinstance(b, Rows) and (bool(b.name) or b.kind == "forward"))


def _shortened(title: Title) -> Title:
    return title if len(title.words) <= LONGEST else replace(title, words=f"{title.words[:LONGEST]}…")
