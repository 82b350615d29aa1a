"""Long formulas cut into terms at their relations and operators, and how wide a formula is."""

from __future__ import annotations

import unicodedata

from symbackprop.documents.blocks import Cell, Code, Inline, Piece, Ref, Span, Strong, Table, Tail, Term
from symbackprop.notation.formula import (
    EMPTY,
    TIMES,
    Cases,
    Fenced,
    Formula,
    Frac,
    Ident,
    Mark,
    Num,
    Op,
    Over,
    Row,
    Sqrt,
    Sub,
    SubSup,
    Sup,
    Text,
    Under,
    UnderOver,
    row,
)

_WIDE = frozenset("=≝+−⊙≤≥<>←→")


def broken(formula: Formula) -> tuple[Term, ...]:
    """The formula in terms, each with the operator before it: lines may be broken between them."""
    items = formula.items if isinstance(formula, Row) else (formula,)
    terms: list[Term] = []
    before: Formula = EMPTY
    held: list[Formula] = []
    for item in items:
        if held and isinstance(item, Op) and item.form == "infix" and item.sign in _WIDE:
            terms.append(Term(row(*held), before))
            before, held = item, []
        else:
            held.append(item)
    return (*terms, Term(row(*held) if held else EMPTY, before))


def width(formula: Formula) -> float:
    """About how wide a formula is, in em: enough to decide where a line is broken."""
    if isinstance(formula, Row):
        return sum(width(item) for item in formula.items)
    if isinstance(formula, Frac):
        return max(width(formula.top), width(formula.bottom)) + 0.3
    if isinstance(formula, Fenced):
        return width(formula.body) + 0.8
    if isinstance(formula, Ident):
        return 0.6 if len(formula.name) == 1 else 0.5 * len(formula.name) + 0.2
    if isinstance(formula, Num):
        return 0.5 * len(formula.digits)
    if isinstance(formula, Op):
        return _operator(formula)
    return _scripted(formula)


def _operator(box: Op) -> float:
    if box.sign == TIMES:
        return 0.15
    return 0.8 if box.form != "infix" or box.sign in "·," else 1.4


def _scripted(box: Formula) -> float:
    if isinstance(box, Sup):
        return width(box.base) + 0.7 * width(box.sup)
    if isinstance(box, Sub):
        return width(box.base) + 0.7 * width(box.sub)
    if isinstance(box, SubSup):
        return width(box.base) + 0.7 * max(width(box.sub), width(box.sup))
    if isinstance(box, Under):
        return max(width(box.base), 0.7 * width(box.under))
    if isinstance(box, Over):
        return max(width(box.base), 0.7 * width(box.over))
    if isinstance(box, UnderOver):
        return max(width(box.base), 0.7 * width(box.under), 0.7 * width(box.over)) + 0.2
    if isinstance(box, Sqrt | Mark):
        return width(box.of) + 0.7 if isinstance(box, Sqrt) else width(box.child) + 0.4
    if isinstance(box, Cases):
        return max(width(value) + width(condition) for value, condition in box.rows) + 2
    return 0.55 * columns(box.words) if isinstance(box, Text) else 1.0


def term_width(piece: Piece) -> float:
    """A term with what stands before it and its role below."""
    if isinstance(piece, Tail):
        return width(piece.before) + sum(map(term_width, piece.terms)) + 0.6
    box = 0.8 if piece.reuse else 0.0
    return width(piece.before) + max(width(piece.formula) + box, 0.42 * columns(piece.role))


def table_width(table: Table) -> float:
    """The least width of a table in em, its words and products broken wherever they can be."""
    rows = (tuple(Cell(head) for head in table.head), *table.rows)
    return sum(max(map(_least, column)) + 1.0 for column in zip(*rows, strict=True))


def _least(cell: Cell) -> float:
    return max(map(term_width, cell.terms), default=0.0) if cell.terms else _longest(cell.inline)


def _longest(inline: Inline) -> float:
    return max(map(_span_width, inline), default=0.0)


def _span_width(span: Span) -> float:
    if isinstance(span, Ref | Code):
        return 2.0
    words = span.words if isinstance(span, Strong) else span
    if isinstance(words, str):
        return max((0.5 * columns(word) for word in words.split()), default=0.0)
    return width(words)


def columns(words: str) -> int:
    """How many columns of a terminal the words take."""
    wide = (unicodedata.east_asian_width(char) in "WF" for char in words)
    return sum(2 if w else 0 if unicodedata.combining(char) else 1 for w, char in zip(wide, words, strict=True))


def filled(pieces: tuple[Piece, ...], limit: float, after: float = 0.0) -> list[list[Piece]]:
    """The pieces of a line in as few lines as their widths allow; ``after``: what the last one must leave free."""
    lines: list[list[Piece]] = [[]]
    used = 0.0
    for piece in pieces:
        wide = term_width(piece)
        if lines[-1] and used + wide > limit:
            lines.append([])
            used = 0.0
        lines[-1].append(piece)
        used += wide
    if len(lines[-1]) > 1 and used + after > limit:
        lines.append([lines[-1].pop()])
    return lines
