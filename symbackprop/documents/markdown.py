"""Document → Markdown. A dialect decides on formulas, labels and references (``dialects``)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
    walk,
)
from symbackprop.documents.dialects import DIALECTS, Dialect
from symbackprop.documents.lines import filled
from symbackprop.documents.mathtex import SIGNS, bare, before
from symbackprop.notation.glyphs import tex_words

ROOM = 40.0


@dataclass(frozen=True)
class _Page:
    """``shown``: the numbers of the equations that stand on the page, which alone can be referred to."""

    dialect: Dialect
    lang: str
    shown: frozenset[int]


def markdown(document: Document, dialect: str = "github") -> str:
    """The whole file."""
    return "\n\n".join(pieces(document, dialect)) + "\n"


def pieces(document: Document, dialect: str = "github") -> Iterator[str]:
    """The text of each block, in order."""
    rows = (r for b in walk(document.blocks) if isinstance(b, Rows | Definition) for r in b.rows)
    page = _Page(DIALECTS[dialect], document.lang, frozenset(r.number for r in rows if r.number is not None))
    return (_block(page, block) for block in document.blocks)


def label(number: int) -> str:
    """What an equation is called where it is referred to."""
    return f"eq-{number}"


# --- prose


def _inline(page: _Page, inline: Inline) -> str:
    return "".join(_span(page, span) for span in inline)


def _span(page: _Page, span: Any) -> str:
    if isinstance(span, str):
        return page.dialect.words(span).replace(r"\(", "(").replace(r"\)", ")").replace(r"\-", "-")
    if isinstance(span, Strong):
        return f"**{page.dialect.words(span.words).strip()}**"  # emphasis may not begin or end with a blank
    if isinstance(span, Code):
        return page.dialect.code(span.words)
    if isinstance(span, Ref):
        linked = span.number in page.shown
        return page.dialect.ref(span.number, label(span.number)) if linked else f"({span.number})"
    return page.dialect.inline(bare(span))


# --- mathematics


def _caption(inline: Inline) -> str:
    """Words and formulas below a brace."""
    return "".join(_captioned(s) for s in inline)


def _captioned(span: Any) -> str:
    if isinstance(span, Ref):
        return rf"\text{{({span.number})}}"
    if isinstance(span, str | Strong | Code):
        return rf"\text{{{tex_words(span if isinstance(span, str) else span.words)}}}"
    return bare(span)


def _piece(piece: Piece) -> str:
    if isinstance(piece, Tail):
        inner = " ".join(_piece(t) for t in piece.terms)
        return rf"{before(piece.before).strip()} \underbrace{{{inner}}}_{{{_caption(piece.caption)}}}".strip()
    shown = bare(piece.formula)
    if piece.reuse:
        shown = rf"\boxed{{{shown}}}"
    if piece.role:
        shown = rf"\underbrace{{{shown}}}_{{\text{{{tex_words(piece.role)}}}}}"
    return f"{before(piece.before).strip()} {shown}".strip()


def _row(row: Row, left: str, numbered: bool) -> list[str]:
    lines = []
    for k, parts in enumerate(filled(row.right, ROOM)):
        shown = " ".join(_piece(p) for p in parts)
        lines.append((f"{left} &{SIGNS[row.sign]} " if k == 0 else r"&\qquad ") + shown)
    if row.value:
        about = "=" if row.exact else r"\approx"
        lines[-1] += f" {about} {row.value.replace('−', '-')}"
    if row.number and numbered:
        lines[-1] += rf" \qquad ({row.number})"
    return lines


def _rows(page: _Page, rows: tuple[Row, ...]) -> str:
    """Rows up to one with a sentence of its own, or with a label, are one block; the sentence follows."""
    parts: list[str] = []
    held: list[str] = []
    left = ""
    for row in rows:
        labelled = bool(row.number) and page.dialect.labels
        left = bare(row.left) if row.left is not None else left if labelled else ""
        if labelled and held:
            parts.append(_math(page, held))
            held = []
        held += _row(row, left, not labelled)
        if labelled or row.why:
            parts.append(_math(page, held, label(row.number or 0) if labelled else ""))
            parts += [_inline(page, row.why)] if row.why else []
            held = []
    return "\n\n".join([*parts, _math(page, held)] if held else parts)


def _math(page: _Page, lines: list[str], name: str = "") -> str:
    if len(lines) == 1:
        return page.dialect.display(lines[0].replace("&", "", 1).strip(), name)
    return page.dialect.display("\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}", name)


# --- blocks


def _table(page: _Page, block: Table) -> str:
    rule = {"l": ":--", "c": ":-:", "r": "--:"}
    rows = [[_inline(page, h) for h in block.head], [rule[a] for a in block.align]]
    rows += [[_cell(page, c) for c in row] for row in block.rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _cell(page: _Page, cell: Cell) -> str:
    if cell.terms:
        return page.dialect.inline(" ".join(_piece(p) for p in cell.terms))
    return _inline(page, cell.inline)


def _heading(page: _Page, block: Heading) -> str:
    aside = f" {_inline(page, block.aside)}" if block.aside else ""
    return f"{'#' * (block.level if not block.part else 1)} {page.dialect.words(block.words)}{aside}"


def _paragraph(page: _Page, block: Paragraph) -> str:
    shown = _inline(page, block.inline)
    return f"> {shown}" if block.kind in ("summary", "alarm") else shown


def _definition(page: _Page, block: Definition) -> str:
    return f"**{page.dialect.words(block.heading)}** — {_inline(page, block.aside)}\n\n{_rows(page, block.rows)}"


def _details(page: _Page, block: Details) -> str:
    return page.dialect.details(block.summary, "\n\n".join(_block(page, b) for b in block.blocks))


def _block(page: _Page, block: Any) -> str:
    return _PRINT[type(block)](page, block)


_PRINT: dict[type, Callable[[_Page, Any], str]] = {
    Title: lambda page, b: f"{page.dialect.title(b.words, page.lang)}\n\n{_inline(page, b.lead)}",
    Heading: _heading,
    Paragraph: _paragraph,
    Rows: lambda page, b: _rows(page, b.rows),
    Definition: _definition,
    Display: lambda page, b: page.dialect.display(bare(b.formula), ""),
    Picture: lambda page, b: _inline(page, b.says),
    Table: _table,
    Listing: lambda page, b: "\n".join(f"- {_inline(page, i)}" for i in b.items),
    Details: _details,
    Footer: lambda page, b: "---\n\n" + "\n\n".join(
        shown for line in b.lines if "LaTeX" not in (shown := _inline(page, line))),  # copying is for pages
}
