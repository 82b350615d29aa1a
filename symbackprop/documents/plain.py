"""Document → text for a terminal, at most 100 columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from symbackprop.documents.blocks import (
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
    Picture,
    Piece,
    Ref,
    Row,
    Rows,
    Strong,
    Table,
    Tail,
    Term,
    Title,
)
from symbackprop.documents.lines import columns
from symbackprop.notation.formula import EMPTY
from symbackprop.notation.glyphs import clean
from symbackprop.notation.plain import text

COLUMNS = 100


def plain(document: Document) -> str:
    """The whole text."""
    return "\n\n".join(shown for b in document.blocks if (shown := _block(b))) + "\n"


def _inline(inline: Inline) -> str:
    return "".join(_span(span) for span in inline)


def _span(span: Any) -> str:
    if isinstance(span, str):
        return clean(span)
    if isinstance(span, Strong | Code):
        return clean(span.words)
    return f"({span.number})" if isinstance(span, Ref) else text(span)


def _filled(words: str, indent: str = "") -> str:
    """Words in lines that fit; Hangul is two columns wide, which the standard library does not know."""
    lines, line = [], indent
    for word in words.split(" "):
        if line.strip() and columns(line) + columns(word) > COLUMNS:
            lines.append(line.rstrip())
            line = indent
        line += word + " "
    return "\n".join([*lines, line.rstrip()])


def _pieces(right: tuple[Piece, ...]) -> Iterator[str]:
    """What a line may be broken between; the brackets of a known tail stay with its ends."""
    for piece in right:
        if isinstance(piece, Tail):
            inner = [_piece(t) for t in piece.terms]
            inner[0] = _before(piece) + "[" + inner[0]
            inner[-1] += "]"
            yield from inner
        else:
            yield _piece(piece)


def _before(piece: Piece) -> str:
    return "" if piece.before == EMPTY else text(piece.before) + " "


def _piece(piece: Term) -> str:
    start = _before(piece)
    shown = text(piece.formula)
    return f"{start}⟦{shown}⟧" if piece.reuse else start + shown


def _row(row: Row, wide: int) -> str:
    left = text(row.left) if row.left is not None else ""
    head = f"{left:>{wide}} {row.sign} "
    lines, line = [], head
    for shown in _pieces(row.right):
        if columns(line) + columns(shown) > COLUMNS - 8 and line.strip() != head.strip():
            lines.append(line.rstrip())
            line = " " * (wide + 3)
        line += shown + " "
    line = line.rstrip()
    line += f"  {row.about} {row.value}" if row.value else ""
    if row.number:
        line += " " * max(2, COLUMNS - 6 - columns(line)) + f"({row.number})"
    lines.append(line)
    for note in (_inline(p.caption) for p in row.right if isinstance(p, Tail)):
        lines.append(" " * (wide + 3) + f"[ ] {note}")
    if row.why:
        lines.append(_filled(_inline(row.why), " " * (wide + 3)))
    return "\n".join(lines)


def _rows(rows: tuple[Row, ...]) -> str:
    wide = max((columns(text(r.left)) for r in rows if r.left is not None), default=0) + 2
    return "\n".join(_row(r, wide) for r in rows)


def _table(block: Table) -> str:
    cells = [[_inline(h) for h in block.head], *([_cell(c) for c in row] for row in block.rows)]
    widths = [max(columns(row[k]) for row in cells) for k in range(len(block.align))]
    lines = ([_padded(c, w, a) for c, w, a in zip(row, widths, block.align, strict=True)] for row in cells)
    return "\n".join(_table_line(line) for line in lines)


def _table_line(cells: list[str]) -> str:
    """The cells side by side; the last one goes on below where the line is full."""
    start = "  " + "".join(f"{cell}  " for cell in cells[:-1])
    line = (start + cells[-1]).rstrip()
    if columns(line) <= COLUMNS:
        return line
    return start + _filled(cells[-1].rstrip(), " " * columns(start)).lstrip()


def _padded(words: str, wide: int, align: str) -> str:
    blank = " " * (wide - columns(words))
    return blank + words if align == "r" else words + blank


def _cell(cell: Cell) -> str:
    return " ".join(_pieces(cell.terms)) if cell.terms else _inline(cell.inline)


def _heading(block: Heading) -> str:
    words = clean(block.words) + (f"   {_inline(block.aside)}" if block.aside else "")
    return f"{words}\n{('=' if block.part else '-') * columns(words)}"


def _block(block: Any) -> str:
    return _PRINT[type(block)](block)


_PRINT: dict[type, Callable[[Any], str]] = {
    Title: lambda b: f"{clean(b.words)}\n{'=' * columns(clean(b.words))}\n{_filled(_inline(b.lead))}",
    Heading: _heading,
    Paragraph: lambda b: _filled(_inline(b.inline)),
    Rows: lambda b: _rows(b.rows),
    Definition: lambda b: f"* {clean(b.heading)} — {_inline(b.aside)}\n{_rows(b.rows)}",
    Display: lambda b: _filled(text(b.formula), "  "),
    Picture: lambda b: _filled(_inline(b.says)),
    Table: _table,
    Listing: lambda b: "\n".join(_filled(f"- {_inline(i)}") for i in b.items),
    Details: lambda b: "\n\n".join([f"{clean(b.summary)}\n{'-' * columns(clean(b.summary))}", *map(_block, b.blocks)]),
    Footer: lambda b: "\n".join(_inline(line) for line in b.lines if "LaTeX" not in _inline(line)),
}
