"""Document → Markdown as GitHub shows it: formulas in ``math`` blocks and, within a line, as $`…`$."""

from __future__ import annotations

import re
from collections.abc import Callable
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
    Title,
)
from symbackprop.documents.lines import filled
from symbackprop.documents.mathtex import SIGNS, bare, before
from symbackprop.notation.glyphs import clean, tex_words

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>$~&-])")
ROOM = 40.0


def markdown(document: Document) -> str:
    """The whole file."""
    return "\n\n".join(_block(b) for b in document.blocks) + "\n"


def escaped(words: str) -> str:
    """Words that mean nothing to Markdown or HTML."""
    return _SPECIAL.sub(r"\\\1", clean(words)).replace(r"\<", "&lt;").replace(r"\>", "&gt;").replace(r"\&", "&amp;")


def _inline(inline: Inline) -> str:
    return "".join(_span(span) for span in inline)


def _span(span: Any) -> str:
    if isinstance(span, str):
        return escaped(span).replace(r"\(", "(").replace(r"\)", ")").replace(r"\-", "-")
    if isinstance(span, Strong):
        return f"**{escaped(span.words)}**"
    if isinstance(span, Code):
        return f"`{clean(span.words).replace('`', chr(39))}`"
    if isinstance(span, Ref):
        return f"({span.number})"
    return f"$`{bare(span)}`$"


def _piece(piece: Piece) -> str:
    if isinstance(piece, Tail):
        inner = " ".join(_piece(t) for t in piece.terms)
        caption = "".join(s if isinstance(s, str) else f"({s.number})" if isinstance(s, Ref) else f"${bare(s)}$"
                          for s in piece.caption if not isinstance(s, Strong | Code))  # fmt: skip
        return rf"{before(piece.before)} \underbrace{{{inner}}}_{{\text{{{caption}}}}}"
    shown = bare(piece.formula)
    if piece.reuse:
        shown = rf"\boxed{{{shown}}}"
    if piece.role:
        shown = rf"\underbrace{{{shown}}}_{{\text{{{tex_words(piece.role)}}}}}"
    return f"{before(piece.before)} {shown}".strip()


def _row(row: Row) -> list[str]:
    left = bare(row.left) if row.left is not None else ""
    lines = []
    for k, pieces in enumerate(filled(row.right, ROOM)):
        shown = " ".join(_piece(p) for p in pieces)
        lines.append((f"{left} &{SIGNS[row.sign]} " if k == 0 else r"&\qquad ") + shown)
    if row.value:
        lines[-1] += rf" \approx {row.value.replace('−', '-')}"
    if row.number:
        lines[-1] += rf" \qquad ({row.number})"
    return lines


def _rows(rows: tuple[Row, ...]) -> str:
    """Rows up to one with a sentence of its own are one block; the sentence follows."""
    parts: list[str] = []
    held: list[str] = []
    for row in rows:
        held += _row(row)
        if row.why:
            parts += [_math(held), _inline(row.why)]
            held = []
    return "\n\n".join([*parts, _math(held)] if held else parts)


def _math(lines: list[str]) -> str:
    return "```math\n\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}\n```"


def _table(block: Table) -> str:
    rule = {"l": ":--", "c": ":-:", "r": "--:"}
    rows = [[_inline(h) for h in block.head], [rule[a] for a in block.align]]
    rows += [[_cell(c) for c in row] for row in block.rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _cell(cell: Cell) -> str:
    if cell.terms:
        return "$`" + " ".join(_piece(p) for p in cell.terms).replace("|", r"\vert ") + "`$"
    return _inline(cell.inline)


def _heading(block: Heading) -> str:
    aside = f" {_inline(block.aside)}" if block.aside else ""
    return f"{'#' * (block.level if not block.part else 1)} {escaped(block.words)}{aside}"


def _paragraph(block: Paragraph) -> str:
    shown = _inline(block.inline)
    return f"> {shown}" if block.kind in ("summary", "alarm") else shown


def _block(block: Any) -> str:
    return _PRINT[type(block)](block)


_PRINT: dict[type, Callable[[Any], str]] = {
    Title: lambda b: f"# {escaped(b.words)}\n\n{_inline(b.lead)}",
    Heading: _heading,
    Paragraph: _paragraph,
    Rows: lambda b: _rows(b.rows),
    Definition: lambda b: f"**{escaped(b.heading)}** — {_inline(b.aside)}\n\n{_rows(b.rows)}",
    Display: lambda b: f"```math\n{bare(b.formula)}\n```",
    Picture: lambda b: _inline(b.says),
    Table: _table,
    Listing: lambda b: "\n".join(f"- {_inline(i)}" for i in b.items),
    Details: lambda b: "\n\n".join(
        ["<details>\n<summary>" + escaped(b.summary) + "</summary>", *map(_block, b.blocks), "</details>"]),
    Footer: lambda b: "---\n\n" + "\n\n".join(_inline(line) for line in b.lines),
}
