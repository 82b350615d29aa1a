"""Document → equations for 한글 (HWP): one a line, its number and a tab before it, under the page's headings."""

from __future__ import annotations

from collections.abc import Iterator

from symbackprop.documents.blocks import (
    Block,
    Definition,
    Details,
    Display,
    Document,
    Heading,
    Piece,
    Row,
    Rows,
    terms_of,
)
from symbackprop.notation.formula import EMPTY, Formula, Op
from symbackprop.notation.formula import row as boxes
from symbackprop.notation.glyphs import clean
from symbackprop.notation.hwp import hwp


def hwp_lines(document: Document) -> str:
    """The whole file. A line that goes on has the left side that it goes on from: each can be pasted by itself."""
    return "\n".join(_lines(document.blocks)).strip("\n") + "\n"


def _lines(blocks: tuple[Block, ...]) -> Iterator[str]:
    """A heading is written once an equation follows it."""
    heading: tuple[str, ...] = ()
    for block in blocks:
        if isinstance(block, Heading):
            heading = ("", clean(block.words))
        elif isinstance(block, Details):
            yield from _lines(block.blocks)
        elif isinstance(block, Display):
            yield from (*heading, f"\t{hwp(block.formula)}")
            heading = ()
        elif isinstance(block, Rows | Definition):
            yield from (*heading, *_equations(block.rows))
            heading = ()


def _equations(rows: tuple[Row, ...]) -> Iterator[str]:
    left: Formula | None = None
    for row in rows:
        left = row.left if row.left is not None else left
        yield f"{f'({row.number})' if row.number else ''}\t{hwp(whole(row, left))}"


def equation_hwp(row: Row) -> str:
    """``left = right``, for the clipboard."""
    return hwp(whole(row, row.left))


def whole(row: Row, left: Formula | None) -> Formula:
    """The line as one formula, without roles."""
    head = () if left is None else (left,)
    return boxes(*head, Op(row.sign, "infix" if head else "prefix"), product(row.right))


def product(right: tuple[Piece, ...]) -> Formula:
    """The terms of a line side by side, what stands before each in its place."""
    return boxes(*(box for t in terms_of(right) for box in (t.before, t.formula) if box != EMPTY))
