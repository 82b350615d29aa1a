"""Document → Beamer slides, one step of the chain rule a click, in the macros of ``symbackprop.sty``.

How much stands on a frame is estimated here; what is too high all the same is made smaller by TeX.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

from symbackprop.documents.blocks import (
    Block,
    Cell,
    Code,
    Definition,
    Details,
    Display,
    Document,
    Footer,
    Heading,
    Inline,
    Listing,
    Paragraph,
    Piece,
    Ref,
    Row,
    Rows,
    Span,
    Strong,
    Table,
    Tail,
    Title,
)
from symbackprop.documents.lines import columns, filled, width
from symbackprop.documents.tex import Sheet, block, file, inline, sheet
from symbackprop.documents.texwords import escaped
from symbackprop.notation.formula import is_tall

CLASS = "[11pt,aspectratio=169]{beamer}"
THEME = r"""% the option handout of the class shows every frame once
\usefonttheme[onlymath]{serif}
\setbeamertemplate{navigation symbols}{}
\setbeamertemplate{footline}[frame number]
\setbeamercolor{frametitle}{fg=black}
\setbeamerfont{frametitle}{series=\bfseries,size=\large}
\setbeamerfont{framesubtitle}{size=\small}"""
ROOM, MOST, LINE = 14.0, 19.5, 27.0
"""How many lines a frame holds, how many at most before one gradient is cut, and how many em a line has."""
WORDS, TITLE = 84, 200
"""Columns of words in a line, and characters of a title that a frame shows."""
STEPWISE = ("forward", "first")
"""Sections shown line by line although no gradient is derived there."""


def beamer(document: Document) -> str:
    """The whole file."""
    page = sheet(document)
    shown = "\n\n".join(_frames(page, document.blocks))
    return file(CLASS, THEME, shown, document.lang == "ko")


def _frames(page: Sheet, blocks: Sequence[Block]) -> Iterator[str]:
    """A frame for the title and for each part; the blocks under one heading in as many frames as they need."""
    heading, held = Heading(""), list[Block]()
    footer = next((b for b in blocks if isinstance(b, Footer)), Footer(()))
    for b in blocks:
        if isinstance(b, Title):
            title = b if len(b.words) <= TITLE else replace(b, words=f"{b.words[:TITLE]}…")
            yield _frame(Heading(""), [block(page, title), block(page, replace(footer, lines=footer.lines[:2]))])
        elif isinstance(b, Heading | Details):
            yield from _section(page, heading, held)
            heading, held = b if isinstance(b, Heading) else Heading(b.summary, key=b.key), []
            if isinstance(b, Details):
                held = list(b.blocks)
            elif b.part:
                yield _frame(Heading(""), [rf"\sbpart{{{escaped(b.words)}}}"])
        elif not isinstance(b, Footer):
            held.append(b)
    yield from _section(page, heading, held)


def _section(page: Sheet, heading: Heading, blocks: Sequence[Block]) -> Iterator[str]:
    for together in _packed(blocks):
        steps = heading.key in STEPWISE or any(getattr(b, "name", "") for b in together)
        yield _frame(heading, [*([] if steps else [r"\sbatonce"]), *(block(page, b) for b in together)])


def _frame(heading: Heading, shown: Sequence[str]) -> str:
    head = (rf"\frametitle{{{escaped(heading.words)}}}" if heading.words else "") + (
        rf"\framesubtitle{{{inline(heading.aside)}}}" if heading.aside else "")
    body = "\n\n".join(shown)
    return f"\\begin{{frame}}[t]{head}\n\\begin{{sbslide}}\n{body}\n\\end{{sbslide}}\n\\end{{frame}}"


# --- how much a frame holds


def _packed(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """The blocks in their order, on frames; every gradient begins a new one, but for a sentence before it."""
    held: list[Block] = []
    used = 0.0
    for b in (part for whole in blocks for part in _parts(whole)):
        needs = _height(b)
        chapter = isinstance(b, Rows | Definition) and bool(b.name)
        led = chapter and all(isinstance(h, Paragraph) for h in held)
        if held and (used + needs > (MOST + 4 if led else ROOM) or (chapter and not led)):
            yield held
            held, used = [], 0.0
        held.append(b)
        used += needs
    if held:
        yield held


def _parts(b: Block) -> Iterator[Block]:
    """A block cut where it would not fit on a frame: lines, rows of a table, items of a list."""
    if isinstance(b, Rows | Definition | Table):
        for rows in _cut(b.rows):
            changed: Any = {"rows": tuple(rows)}
            yield replace(b, **changed)
    elif isinstance(b, Listing):
        yield from (Listing(tuple(items)) for items in _cut(b.items))
    else:
        yield b


def _cut(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """In parts about as high as one another, none higher than a frame."""
    heights = [_lines(item) for item in items]
    if sum(heights) <= MOST or not heights:
        yield items
        return
    most = max(sum(heights) / ceil(sum(heights) / (ROOM - 1)), max(heights))
    start, used = 0, 0.0
    for k, height in enumerate(heights):
        if used + height > most + 0.1 and k > start:
            yield items[start:k]
            start, used = k, 0.0
        used += height
    yield items[start:]


def _height(b: Block) -> float:
    """How many lines a block takes, about."""
    if isinstance(b, Rows | Definition):
        return sum(map(_lines, b.rows)) + (1.7 if isinstance(b, Definition) else 0.7)
    if isinstance(b, Table):
        return sum(map(_lines, b.rows)) + 2
    if isinstance(b, Listing):
        return sum(map(_lines, b.items))
    if isinstance(b, Display):
        return 4.0
    return _said(b.inline) + 0.5 if isinstance(b, Paragraph) else 2.0


def _lines(item: Row | Inline | tuple[Cell, ...]) -> float:
    """The lines that a line of mathematics, an item or a row of a table takes."""
    if isinstance(item, Row):
        high = sum(map(_of_line, filled(item.right, LINE))) + (0.5 if item.boxed or item.defines else 0)
        return high + (_said(item.why, 0.9 * WORDS) + 0.4 if item.why else 0)
    cells = [c for c in item if isinstance(c, Cell)]
    if cells:
        return max(2.0 if c.terms else _said(c.inline, WORDS / len(cells)) for c in cells)
    return 1.1 * _said(tuple(s for s in item if not isinstance(s, Cell))) + 0.3


def _of_line(pieces: Sequence[Piece]) -> float:
    terms = [t for p in pieces for t in (p.terms if isinstance(p, Tail) else (p,))]
    tall = 3.1 if any(is_tall(t.formula) for t in terms) else 1.7
    return tall + (1.4 if any(t.role for t in terms) else 0) + (1.5 if any(isinstance(p, Tail) for p in pieces) else 0)


def _said(spans: Inline, room: float = WORDS) -> float:
    """The lines that words take."""
    return float(ceil(max(sum(map(_columns, spans)), 1) / room))


def _columns(span: Span) -> float:
    if isinstance(span, str | Strong | Code):
        return columns(span if isinstance(span, str) else span.words)
    return 4 if isinstance(span, Ref) else 2 * width(span)
