"""Document: a tree of blocks. Prose and formulas are settled here; a renderer decides on marks and lines only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from symbackprop.documents.drawing import Drawing
from symbackprop.notation.formula import EMPTY, Formula

Lang = Literal["ko", "en"]
LANGS: tuple[Lang, ...] = ("ko", "en")


# --- inside a line of prose


@dataclass(frozen=True)
class Ref:
    """``(4)``: a reference to a numbered equation that stands above."""

    number: int


@dataclass(frozen=True)
class Strong:
    words: str


@dataclass(frozen=True)
class Code:
    words: str


Span: TypeAlias = str | Ref | Strong | Code | Formula
Inline: TypeAlias = tuple[Span, ...]


# --- inside a line of mathematics


@dataclass(frozen=True)
class Term:
    """A piece of a line that is never broken: what stands before it (a dot, a sum sign), its role, whether reused."""

    formula: Formula
    before: Formula = EMPTY
    role: str = ""
    reuse: str = ""


@dataclass(frozen=True)
class Tail:
    """The known tail of a chain, bracketed where it stands: all its factors, its name, and where it was computed."""

    terms: tuple[Term, ...]
    reuse: str
    caption: Inline
    before: Formula = EMPTY


Piece: TypeAlias = Term | Tail


@dataclass(frozen=True)
class Row:
    """``label | left = right | remark | value | (number)``. ``left`` None: the line above goes on."""

    right: tuple[Piece, ...]
    left: Formula | None = None
    label: str = ""
    sign: Literal["=", "≝", "←", ":"] = "="
    remark: Inline = ()
    value: str = ""
    exact: bool = False
    """Is the value not rounded?"""
    number: int | None = None
    boxed: bool = False
    defines: str = ""
    worked: Formula | None = None
    """The right side with numbers put in."""
    why: Inline = ()
    """A sentence below the line: which terms vanish, and why."""

    @property
    def about(self) -> Literal["=", "≈"]:
        """What stands before the value."""
        return "=" if self.exact else "≈"


# --- blocks


@dataclass(frozen=True)
class Title:
    words: str
    lead: Inline = ()


@dataclass(frozen=True)
class Heading:
    words: str
    aside: Inline = ()
    level: Literal[2, 3] = 2
    part: bool = False
    """Does a part of the page begin here: one form of the derivation?"""
    key: str = ""
    """What stands below, for a file of its own: ``forward``, ``gradients``."""


Kind = Literal["plain", "caption", "summary", "alarm"]


@dataclass(frozen=True)
class Paragraph:
    inline: Inline
    kind: Kind = "plain"


@dataclass(frozen=True)
class Rows:
    """Lines aligned at their sign."""

    rows: tuple[Row, ...]
    kind: Literal["steps", "forward", "update"] = "steps"
    name: str = ""
    """The gradient derived here, by its name in the record: ``dW[2]``."""


@dataclass(frozen=True)
class Definition:
    """미리 계산해 둡니다: the lines that end in a value which is reused later, in a box of its colour."""

    ref: str
    heading: str
    aside: Inline
    rows: tuple[Row, ...]
    name: str = ""


@dataclass(frozen=True)
class Display:
    """One formula that cannot be broken, such as a nest of functions. ``narrow`` says the same in shorter lines, for a
    screen on which it would get too small to be read."""

    formula: Formula
    narrow: tuple[Formula, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A drawing of the network. ``says`` is what it shows, in a line: its name, and all there is of it in text."""

    drawing: Drawing
    says: Inline
    caption: Inline


@dataclass(frozen=True)
class Cell:
    """A cell of a table: prose, or a product with its reused terms."""

    inline: Inline = ()
    terms: tuple[Piece, ...] = ()


@dataclass(frozen=True)
class Table:
    head: tuple[Inline, ...]
    rows: tuple[tuple[Cell, ...], ...]
    align: str
    """One letter a column: l, c, r."""


@dataclass(frozen=True)
class Listing:
    items: tuple[Inline, ...]


@dataclass(frozen=True)
class Details:
    """Folded on a page, and left out where it is printed as it stands; ``open`` from the first."""

    summary: str
    blocks: tuple[Block, ...]
    key: str = ""
    open: bool = False


@dataclass(frozen=True)
class Footer:
    lines: tuple[Inline, ...]


Block: TypeAlias = (
    Title | Heading | Paragraph | Rows | Definition | Display | Picture | Table | Listing | Details | Footer
)


@dataclass(frozen=True)
class Document:
    """Blocks in reading order. ``refs`` are the names of the reused values, in the order of their definitions."""

    lang: Lang
    title: str
    blocks: tuple[Block, ...]
    refs: tuple[str, ...] = ()


HUES = 5
"""Few colours, taken in turn: a reused value is told by its box first, by its colour second."""


def hue(ref: str) -> int:
    """The colour of a reused value, from its name on the page (``c3``)."""
    return (int(ref[1:]) - 1) % HUES


def numbers_of(blocks: tuple[Block, ...]) -> dict[str, int]:
    """The number of the equation that defines each reused value."""
    rows = (row for block in walk(blocks) if isinstance(block, Rows | Definition) for row in block.rows)
    return {row.defines: row.number for row in rows if row.defines and row.number is not None}


def walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Every block in reading order, those inside of others too."""
    for block in blocks:
        yield block
        if isinstance(block, Details):
            yield from walk(block.blocks)


def terms_of(right: tuple[Piece, ...]) -> Iterator[Term]:
    """Every term of a line, those of the known tail too."""
    for piece in right:
        if isinstance(piece, Tail):
            yield replace(piece.terms[0], before=piece.before)
            yield from piece.terms[1:]
        else:
            yield piece
