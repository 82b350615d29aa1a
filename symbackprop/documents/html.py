"""Document → one HTML file: offline, native MathML, light and dark, A4, phone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
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
    Term,
    Title,
    numbers_of,
    walk,
)
from symbackprop.documents.mathtex import bare, equation
from symbackprop.documents.style import COPY, sheet
from symbackprop.notation.formula import EMPTY, Formula, Op
from symbackprop.notation.glyphs import clean
from symbackprop.notation.mathml import mathml
from symbackprop.notation.plain import text

LONG = 200
"""Blocks from which on what is out of sight is not laid out."""


@dataclass(frozen=True)
class _Page:
    numbers: Mapping[str, int]
    shown: frozenset[int]


@dataclass(frozen=True)
class Printer:
    """Prints the blocks of a document one by one, for whoever arranges them in another way."""

    page: _Page

    def __call__(self, block: Block) -> str:
        return _block(self.page, block)

    def inline(self, inline: Inline) -> str:
        return _inline(self.page, inline)


def printer(document: Document) -> Printer:
    """A printer that knows the numbers of the whole document."""
    return Printer(_page(document))


def _page(document: Document) -> _Page:
    rows = (r for b in walk(document.blocks) if isinstance(b, Rows | Definition) for r in b.rows)
    return _Page(numbers_of(document.blocks), frozenset(r.number for r in rows if r.number is not None))


def html(document: Document) -> str:
    """The whole page."""
    page = _page(document)
    body = "\n".join(_block(page, block) for block in document.blocks)
    long = ' class="long"' if sum(1 for _ in walk(document.blocks)) > LONG else ""
    title = escape(clean(document.title))
    return (
        f'<!doctype html>\n<html lang="{document.lang}"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{sheet(document.refs)}</style></head>\n"
        f"<body><main{long}>\n{body}\n</main>\n<script>{COPY}</script>\n</body></html>\n"
    )


# --- prose


def _inline(page: _Page, inline: Inline) -> str:
    return "".join(_span(page, span) for span in inline)


def _span(page: _Page, span: Span) -> str:
    if isinstance(span, str):
        return escape(clean(span))
    if isinstance(span, Strong):
        return f"<b>{escape(clean(span.words))}</b>"
    if isinstance(span, Code):
        return f"<code>{escape(clean(span.words))}</code>"
    if isinstance(span, Ref):
        linked = span.number in page.shown
        return f'<a href="#e{span.number}">({span.number})</a>' if linked else f"({span.number})"
    return _math(span)


def _math(formula: Formula, attributes: str = "") -> str:
    """A formula that carries its LaTeX."""
    return f'<math data-latex="{escape(bare(formula))}"{attributes}>' + mathml(formula).removeprefix("<math>")


# --- lines


def _row(page: _Page, row: Row, kind: str) -> str:
    classes = "row" + (" fwd" if kind == "forward" else " out" if row.number else " loc" if row.remark else "")
    anchor = f' id="e{row.number}"' if row.number else ""
    left = _left(page, row)
    label = f'<span class="st">{escape(row.label)}</span>' if row.label else ""
    sign = escape(row.sign)
    pieces = " ".join(_piece(page, p) for p in row.right)
    right = f'<span class="res">{pieces}</span>' if row.boxed else pieces
    why = f'<span class="why">{_inline(page, row.why)}</span>' if row.why else ""
    return (f'<div class="{classes}"{anchor} data-latex="{escape(equation(row))}">{label}<span class="l">{left}</span>'
            f'<span class="e">{sign}</span><span class="r">{right}</span>{_notes(page, row)}{why}</div>')


def _left(page: _Page, row: Row) -> str:
    if row.left is None:
        return ""
    if not row.defines:
        return mathml(row.left)
    return f'<span class="box" data-ref="{row.defines}" tabindex="0">{mathml(row.left)}</span>'


def _notes(page: _Page, row: Row) -> str:
    """Remark, value and number, at the right."""
    parts = [f"<small>{_inline(page, row.remark)}</small>"] if row.remark else []
    if row.worked is not None:
        parts.append(f'<span class="worked">{mathml(row.worked)}</span>')
    if row.value:
        about = "" if row.worked is not None else "≈ "
        parts.append(f'<span class="v">{about}{escape(row.value)}</span>')
    if row.number:
        parts.append(f'<span class="no">({row.number})</span>')
    return f'<span class="n">{"".join(parts)}</span>' if parts else ""


def _piece(page: _Page, piece: Piece) -> str:
    if isinstance(piece, Tail):
        return _tail(page, piece)
    return f'<span class="f">{_before(piece.before)}{_term(page, piece)}</span>'


def _before(formula: Formula) -> str:
    if formula == EMPTY:
        return ""
    if isinstance(formula, Op) and formula.form == "infix":
        return f"<i>{escape(formula.sign.replace('·', '⋅'))}</i>"
    inner = " in" if getattr(formula, "items", ()) and isinstance(formula.items[0], Op) else ""  # type: ignore[union-attr]
    return f'<span class="pre{inner}">{mathml(formula)}</span>'


def _term(page: _Page, term: Term) -> str:
    shown = mathml(term.formula)
    if term.reuse:
        label = escape(text(term.formula))
        # a brief page shows results only: then a reused value has no line to link to
        link = f' href="#e{page.numbers[term.reuse]}"' if term.reuse in page.numbers else ""
        shown = f'<a class="box" data-ref="{term.reuse}"{link} aria-label="{label}">{shown}</a>'
    if term.role:
        return f'<span class="b">{shown}<span class="br"><i></i></span><small>{escape(term.role)}</small></span>'
    return shown


def _tail(page: _Page, tail: Tail) -> str:
    one = " one" if len(tail.terms) == 1 else ""
    link = f' href="#e{page.numbers[tail.reuse]}"' if tail.reuse in page.numbers else ""
    terms = " ".join(_piece(page, t) for t in tail.terms)
    caption = "".join(f"({s.number})" if isinstance(s, Ref) else _span(page, s) for s in tail.caption)
    return (f'<span class="f">{_before(tail.before)}<span class="grp{one}" data-ref="{tail.reuse}">'
            f'<span class="fs">{terms}</span><a class="lab" data-ref="{tail.reuse}"{link}>{caption}</a></span></span>')


# --- blocks


def _title(page: _Page, block: Title) -> str:
    return f'<h1>{escape(clean(block.words))}</h1>\n<p class="lead">{_inline(page, block.lead)}</p>'


def _heading(page: _Page, block: Heading) -> str:
    aside = f' <span class="aside">{_inline(page, block.aside)}</span>' if block.aside else ""
    part = ' class="part"' if block.part else ""
    return f"<h{block.level}{part}>{escape(clean(block.words))}{aside}</h{block.level}>"


def _paragraph(page: _Page, block: Paragraph) -> str:
    kind = f' class="{block.kind}"' if block.kind != "plain" else ""
    return f"<p{kind}>{_inline(page, block.inline)}</p>"


def _rows(page: _Page, block: Rows) -> str:
    kind = "fw" if block.kind == "forward" else ""
    rows = "\n".join(_row(page, row, block.kind) for row in block.rows)
    return f'<div class="blk sub{" " + kind if kind else ""}">\n{rows}\n</div>'


def _definition(page: _Page, block: Definition) -> str:
    rows = "\n".join(_row(page, row, "steps") for row in block.rows)
    head = f"{escape(block.heading)} <span>— {_inline(page, block.aside)}</span>"
    return f'<div class="blk def" data-ref="{block.ref}"><p class="dh">{head}</p>\n{rows}\n</div>'


def _table(page: _Page, block: Table) -> str:
    def cells(row: tuple[Cell, ...]) -> str:
        return "".join(f"<td{_align(a)}>{_cell(page, c)}</td>" for a, c in zip(block.align, row, strict=True))

    heads = zip(block.align, block.head, strict=True)
    head = "".join(f'<th scope="col"{_align(a)}>{_inline(page, h)}</th>' for a, h in heads)
    rows = "\n".join(f"<tr>{cells(row)}</tr>" for row in block.rows)
    return (f'<div class="blk wide" tabindex="0"><table><thead><tr>{head}</tr></thead>\n'
            f"<tbody>{rows}</tbody></table></div>")


def _align(letter: str) -> str:
    return "" if letter == "l" else f' class="a{letter}"'


def _cell(page: _Page, cell: Cell) -> str:
    if cell.terms:
        return f'<span class="pr">{" ".join(_piece(page, p) for p in cell.terms)}</span>'
    return _inline(page, cell.inline)


def _details(page: _Page, block: Details) -> str:
    inside = "\n".join(_block(page, b) for b in block.blocks)
    return f"<details><summary>{escape(block.summary)}</summary>\n{inside}\n</details>"


def _listing(page: _Page, block: Listing) -> str:
    return "<ul>\n" + "\n".join(f"<li>{_inline(page, item)}</li>" for item in block.items) + "\n</ul>"


def _footer(page: _Page, block: Footer) -> str:
    return "<footer>" + "\n".join(f"<p>{_inline(page, line)}</p>" for line in block.lines) + "</footer>"


def _block(page: _Page, block: Any) -> str:
    return _PRINT[type(block)](page, block)


_PRINT: dict[type, Callable[[_Page, Any], str]] = {
    Title: _title, Heading: _heading, Paragraph: _paragraph, Rows: _rows, Definition: _definition, Table: _table,
    Details: _details, Listing: _listing, Footer: _footer,
    Display: lambda page, b: f'<div class="blk nest" tabindex="0">{_math(b.formula)}</div>',
}  # fmt: skip
