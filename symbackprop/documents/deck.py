"""Document → slides: one chapter a slide, long ones cut between their lines. What is shown is what the page shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symbackprop.documents.blocks import (
    Block,
    Cell,
    Code,
    Definition,
    Details,
    Document,
    Footer,
    Heading,
    Inline,
    Listing,
    Paragraph,
    Picture,
    Ref,
    Row,
    Rows,
    Strong,
    Table,
    Tail,
    Term,
    Title,
    terms_of,
)
from symbackprop.documents.lines import columns, filled, width
from symbackprop.notation.formula import (
    EMPTY,
    Cases,
    Fenced,
    Formula,
    Frac,
    Mark,
    Sub,
    SubSup,
    Sup,
    Under,
    UnderOver,
    is_tall,
)
from symbackprop.notation.formula import Row as Boxes

HIGH, SQUEEZED, CLOSING = 23.0, 1.35, 1.45
"""How high the blocks of a slide may be, in em, and how much more of them is made smaller rather than cut; a sentence
that closes a chapter is rather made smaller with it than left alone."""
WIDE, LONG = 33.0, 90
"""How wide a line of mathematics may be, in em, and one of prose, in columns of a terminal."""
ACROSS = 776.0
"""How wide a drawing may be, in pixels of 1/17 em."""


@dataclass(frozen=True)
class Slide:
    """A heading and what stands below it. ``above``: the part of the document that it is in, where that has parts."""

    heading: str
    blocks: tuple[Block, ...]
    aside: Inline = ()
    above: str = ""
    title: bool = False


def deck(document: Document, high: float = HIGH) -> tuple[Slide, ...]:
    """The slides in order. What is folded before the first heading is for looking up: it stands at the end."""
    opening, sections = _sections(document.blocks)
    first = [b for b in opening if not isinstance(b, Details)]
    sections += [(Heading(b.summary, part=True), list(b.blocks)) for b in opening if isinstance(b, Details)]
    footers = [b for b in document.blocks if isinstance(b, Footer)]
    (sections[-1][1] if sections else first).extend(footers)
    slides = [Slide(document.title, tuple(first), title=True)]
    above = ""
    for heading, blocks in sections:
        slides += _section(heading, blocks, "" if heading.part else above, high)
        above = heading.words if heading.part else above
    return tuple(slides)


def _sections(blocks: Sequence[Block]) -> tuple[list[Block], list[tuple[Heading, list[Block]]]]:
    """What stands before the first heading, then each heading with what follows it; a folded part is one too."""
    opening: list[Block] = []
    found: list[tuple[Heading, list[Block]]] = []
    for block in blocks:
        if isinstance(block, Heading):
            found.append((block, []))
        elif isinstance(block, Details) and found:
            found.append((Heading(block.summary), list(block.blocks)))
        elif not isinstance(block, Footer):
            (found[-1][1] if found else opening).append(block)
    return opening, found


def _section(heading: Heading, blocks: Sequence[Block], above: str, high: float) -> Iterator[Slide]:
    """The slides under one heading: its name on the first, with a count on those after it."""
    parts = list(_packed(blocks, high)) or [()]
    for k, part in enumerate(parts):
        count = f" ({k + 1}/{len(parts)})" if len(parts) > 1 else ""
        yield Slide(heading.words + count, part, heading.aside if k == 0 else (), above)


# --- how much one slide holds


def _packed(blocks: Sequence[Block], high: float) -> Iterator[tuple[Block, ...]]:
    """Blocks in slides: a chapter has one to itself, with the sentences around it."""
    held: list[Block] = []
    for block in _cut(blocks, high):
        more = CLOSING if isinstance(block, Paragraph) else SQUEEZED
        full = sum(map(height, held)) + height(block) > high * more
        if held and (_begins(block, held) or (full and not _leads(held))):
            yield tuple(held)
            held = []
        held.append(block)
    if held:
        yield tuple(held)


def _begins(block: Block, held: Sequence[Block]) -> bool:
    """Does a chapter begin, with one already on the slide?"""
    return _is_chapter(block) and any(map(_is_chapter, held))


def _is_chapter(block: Block) -> bool:
    return isinstance(block, Definition) or (isinstance(block, Rows) and block.kind == "steps")


def _leads(held: Sequence[Block]) -> bool:
    """A sentence that leads to what follows is not left alone."""
    return all(isinstance(b, Paragraph) and b.kind != "summary" for b in held)


def _cut(blocks: Sequence[Block], high: float) -> Iterator[Block]:
    """Blocks higher than a slide in parts."""
    for block in blocks:
        if isinstance(block, Rows | Definition):
            yield from _cut_rows(block, high)
        elif isinstance(block, Table):
            heights = [_row_height(row) for row in block.rows]
            yield from (replace(block, rows=block.rows[a:b]) for a, b in _runs(heights, high - 3))
        elif isinstance(block, Listing):
            heights = [1.8 * _prose(i) for i in block.items]
            yield from (Listing(block.items[a:b]) for a, b in _runs(heights, high))
        else:
            yield block


def _cut_rows(block: Rows | Definition, high: float) -> Iterator[Rows | Definition]:
    room = high - 3 if isinstance(block, Definition) else high
    heights = [row_height(r, block.kind == "forward" if isinstance(block, Rows) else False) for r in block.rows]
    for a, b in _runs(heights, room):
        first = block.rows[a]
        # a line that goes on begins its slide with the left side that it goes on from
        left = next((r.left for r in reversed(block.rows[:a + 1]) if r.left is not None), None)
        yield replace(block, rows=(replace(first, left=left), *block.rows[a + 1:b]))


def _runs(heights: Sequence[float], room: float) -> Iterator[tuple[int, int]]:
    """Runs of lines that fit, about equally high: the last is not a rest."""
    share = sum(heights) / max(1, -(-sum(heights) // (room * SQUEEZED)))
    begin, done, part = 0, 0.0, 1
    for k, high in enumerate(heights):
        if k > begin and done + high / 2 > share * part:
            yield begin, k
            begin, part = k, part + 1
        done += high
    yield begin, len(heights)


def height(block: Any) -> float:
    """About how high a block is on a slide, in em."""
    if isinstance(block, Rows):
        return 1 + sum(row_height(r, block.kind == "forward") for r in block.rows)
    if isinstance(block, Definition):
        return 3 + sum(map(row_height, block.rows))
    if isinstance(block, Table):
        return 3 + sum(map(_row_height, block.rows))
    if isinstance(block, Paragraph):
        return 1.0 + 1.7 * _prose(block.inline)
    if isinstance(block, Listing):
        return 1 + sum(1.8 * _prose(i) for i in block.items)
    if isinstance(block, Picture):
        return 3 + block.drawing.high * min(1.0, ACROSS / block.drawing.wide) / 17
    if isinstance(block, Footer):
        return 3 + 1.4 * len(block.lines)
    return 0.0 if isinstance(block, Title) else 5.0


def row_height(row: Row, forward: bool = False) -> float:
    """A line with its roles, and as many lines below it as its width asks for."""
    lines = max(1, len(filled(row.right, WIDE)))
    parts = [t.formula for t in terms_of(row.right)] + [t.before for t in terms_of(row.right)]
    high = max(1.8, *(1.12 * formula_height(f) for f in (*parts, row.left or EMPTY)))
    if any(isinstance(p, Tail) for p in row.right):
        high += 3.2
    elif any(isinstance(p, Term) and p.role for p in row.right):
        high += 1.9
    margin = 0.6 if forward else 0.9
    why = 0.2 + 1.5 * _prose(row.why, 84) if row.why else 0.0
    return high * lines + margin + (1.0 if row.boxed else 0.0) + why


def formula_height(box: Formula) -> float:
    """About how high a formula is, in em."""
    if isinstance(box, Frac):
        return formula_height(box.top) + formula_height(box.bottom) + 0.1
    if isinstance(box, Cases):
        return 1.5 * len(box.rows)
    if isinstance(box, UnderOver):
        return 3.1
    if isinstance(box, Boxes):
        return max(map(formula_height, box.items), default=0.0)
    if isinstance(box, Under | Sup | SubSup | Sub):
        more = 0.8 if isinstance(box, Under) else 0.35 if isinstance(box, SubSup) else 0.2
        return formula_height(box.base) + more
    inner = box.body if isinstance(box, Fenced) else box.child if isinstance(box, Mark) else None
    return 1.2 if inner is None else formula_height(inner) + (0.3 if isinstance(box, Mark) else 0.0)


def _row_height(cells: Sequence[Cell]) -> float:
    tall = any(is_tall(t.formula) for c in cells for t in terms_of(c.terms))
    return 2.9 if tall else 2.35


def _prose(inline: Inline, long: int = LONG) -> int:
    """Lines of prose."""
    wide = 0.0
    for span in inline:
        if isinstance(span, str):
            wide += columns(span)
        elif isinstance(span, Strong | Code):
            wide += columns(span.words)
        else:
            wide += 4 if isinstance(span, Ref) else 1.8 * width(span)
    return max(1, -(-int(wide) // long))
