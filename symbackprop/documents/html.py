"""Document → one HTML file: offline, native MathML, light and dark, A4, phone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
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
    Lang,
    Listing,
    Paragraph,
    Picture,
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
from symbackprop.documents.catalogue import words
from symbackprop.documents.hwp import equation_hwp
from symbackprop.documents.lines import table_width, term_width, width
from symbackprop.documents.mathtex import bare, equation
from symbackprop.documents.script import SCRIPT, policy
from symbackprop.documents.style import MOST_LIT, sheet
from symbackprop.documents.svg import figure, net_sheet
from symbackprop.notation.formula import EMPTY, TIMES, Formula, Op
from symbackprop.notation.glyphs import clean
from symbackprop.notation.hwp import hwp
from symbackprop.notation.mathml import mathml
from symbackprop.notation.speech import sign, speech, tidy

LONG = 200
"""Blocks from which on what is out of sight is not laid out."""
PHONE = 13.0
"""Width in em from which on a piece that cannot be broken is set smaller on a phone."""


@dataclass(frozen=True)
class _Page:
    lang: Lang
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

    def copy(self) -> str:
        """The buttons that the script of a page offers at a line."""
        return _copy(self.page)


def printer(document: Document) -> Printer:
    """A printer that knows the numbers of the whole document."""
    return Printer(_page(document))


def _page(document: Document) -> _Page:
    rows = (r for b in walk(document.blocks) if isinstance(b, Rows | Definition) for r in b.rows)
    numbered = frozenset(r.number for r in rows if r.number is not None)
    return _Page(document.lang, numbers_of(document.blocks), numbered)


def html(document: Document) -> str:
    """The whole page."""
    page = _page(document)
    body = "\n".join(_block(page, block) for block in document.blocks)
    long = ' class="long"' if sum(1 for _ in walk(document.blocks)) > LONG else ""
    many = ' data-many=""' if len(document.refs) > MOST_LIT else ""
    title = escape(clean(document.title))
    drawn = net_sheet() if any(isinstance(b, Picture) for b in document.blocks) else ""
    return (
        f'<!doctype html>\n<html lang="{document.lang}"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy()}">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{sheet(document.refs)}{drawn}</style></head>\n"
        f"<body><main{long}{many}>\n{body}\n{_walk(page) if page.shown else ''}{_copy(page)}</main>\n"
        f"<script>{SCRIPT}</script>\n</body></html>\n"
    )


def _walk(page: _Page) -> str:
    """The slider over the lines of the backward pass. Hidden until the script has counted them."""
    label = words(page.lang, "page.step")
    return (f'<form class="walk" hidden><label for="step">{escape(label)}</label>'
            f'<input id="step" type="range" min="1" max="1" value="1"/>'
            f'<output for="step"></output><span class="keys" aria-hidden="true">← →</span></form>\n')


def _copy(page: _Page) -> str:
    """The buttons to copy a line, once for all lines: the script puts them at the line that is pointed at."""
    done, latex, hwp, maths = (escape(words(page.lang, f"page.{key}"))
                               for key in ("copied", "copy", "copy.hwp", "copy.mathml"))
    return (f'<span class="copies" hidden data-done="{done}"><button class="copy" type="button">{latex}</button>'
            f'<button type="button" data-as="hwp" aria-label="{hwp}">HWP</button>'
            f'<button type="button" data-as="mathml" aria-label="{maths}">MathML</button></span>\n')


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
    return _math(page, span, copied=True)


def _math(page: _Page, formula: Formula, said: str = "", copied: bool = False) -> str:
    """A formula with the words it is read by, ``said`` before them; one in a sentence carries its LaTeX, too."""
    spoken = escape(tidy(f"{said} {speech(formula, page.lang)}"))
    latex = f' data-latex="{escape(bare(formula))}"' if copied else ""
    return f'<math aria-label="{spoken}"{latex}>' + mathml(formula).removeprefix("<math>")


# --- lines


def _row(page: _Page, row: Row, kind: str) -> str:
    classes = "row" + (" fwd" if kind == "forward" else " out" if row.number else " loc" if row.remark else "")
    anchor = f' id="e{row.number}"' if row.number else ""
    left = _left(page, row)
    label = f'<span class="st">{escape(row.label)}</span>' if row.label else ""
    said = sign(Op(row.sign), page.lang, speech(row.left, page.lang) if row.left is not None else "")
    pieces = _pieces(page, row.right, said)
    right = f'<span class="res">{pieces}</span>' if row.boxed else pieces
    why = f'<span class="why">{_inline(page, row.why)}</span>' if row.why else ""
    return (f'<div class="{classes}"{anchor} data-latex="{escape(equation(row))}"'
            f' data-hwp="{escape(equation_hwp(row))}">{label}<span class="l">{left}</span>'
            f'<span class="e" aria-hidden="true">{escape(row.sign)}</span><span class="r">{right}</span>'
            f"{_notes(page, row)}{why}</div>")


def _left(page: _Page, row: Row) -> str:
    if row.left is None:
        return ""
    shown = _math(page, row.left)
    return f'<span class="box" data-ref="{row.defines}" tabindex="0">{shown}</span>' if row.defines else shown


def _notes(page: _Page, row: Row) -> str:
    """Remark, value and number, at the right."""
    parts = [f"<small>{_inline(page, row.remark)}</small>"] if row.remark else []
    if row.worked is not None:
        parts.append(f'<span class="worked">{_math(page, row.worked)}</span>')
    if row.value:
        about = "" if row.worked is not None else f"{row.about} "
        parts.append(f'<span class="v">{about}{escape(row.value)}</span>')
    if row.number:
        parts.append(f'<span class="no">({row.number})</span>')
    return f'<span class="n">{"".join(parts)}</span>' if parts else ""


def _pieces(page: _Page, pieces: tuple[Piece, ...], said: str) -> str:
    """The right side of a line. A factor and the sum it multiplies stay together as long as they fit."""
    tied: list[list[str]] = []
    for k, piece in enumerate(pieces):
        apart = not k or getattr(piece.before, "items", ())[:1] != (Op(TIMES),)
        tied += [[]] if apart else []
        tied[-1].append(_piece(page, piece, "" if k else said))
    return " ".join(t[0] if len(t) == 1 else f'<span class="tie">{" ".join(t)}</span>' for t in tied)


def _piece(page: _Page, piece: Piece, said: str = "") -> str:
    """A piece of a line. A mere sign before it is for the eye: the formula after it is read with that sign."""
    before = piece.before
    mark, said = _before(page, before, said)
    if isinstance(piece, Tail):
        return _tail(page, piece, mark, said)
    small = _small(term_width(piece))
    return f'<span class="f{" big" if small else ""}"{small}>{mark}{_term(page, piece, said)}</span>'


def _small(wide: float) -> str:
    """What a phone needs to know of a piece wider than its screen."""
    return f' style="--w:{wide:.0f}"' if wide > PHONE else ""


def _before(page: _Page, formula: Formula, said: str) -> tuple[str, str]:
    """What stands before a term, and what is said before the term itself."""
    if formula == EMPTY:
        return "", said
    if isinstance(formula, Op) and formula.form == "infix":
        shown = f'<i aria-hidden="true">{escape(formula.sign.replace("·", "⋅"))}</i>'
        return shown, f"{said} {sign(formula, page.lang)}"
    if isinstance(formula, Op):
        return f'<i class="sg" aria-hidden="true">{escape(formula.sign)}</i>', f"{said} {sign(formula, page.lang)}"
    inner = " in" if getattr(formula, "items", ()) and isinstance(formula.items[0], Op) else ""  # type: ignore[union-attr]
    return f'<span class="pre{inner}">{_math(page, formula, said)}</span>', ""


def _term(page: _Page, term: Term, said: str) -> str:
    shown = _math(page, term.formula, said)
    if term.reuse:
        # a brief page shows results only: then a reused value has no line to link to
        link = f' href="#e{page.numbers[term.reuse]}"' if term.reuse in page.numbers else ""
        shown = f'<a class="box" data-ref="{term.reuse}"{link}>{shown}</a>'
    if term.role:
        return f'<span class="b">{shown}<span class="br"><i></i></span><small>{escape(term.role)}</small></span>'
    return shown


def _tail(page: _Page, tail: Tail, mark: str, said: str) -> str:
    one = " one" if len(tail.terms) == 1 else ""
    link = f' href="#e{page.numbers[tail.reuse]}"' if tail.reuse in page.numbers else ""
    terms = " ".join(_piece(page, t, "" if k else said) for k, t in enumerate(tail.terms))
    caption = "".join(f"({s.number})" if isinstance(s, Ref) else _span(page, s) for s in tail.caption)
    return (f'<span class="f">{mark}<span class="grp{one}" data-ref="{tail.reuse}">'
            f'<span class="fs">{terms}</span><a class="lab" data-ref="{tail.reuse}"{link}>{caption}</a></span></span>')


# --- blocks


def _words(page: _Page, inline: Inline) -> str:
    said = (s if isinstance(s, str) else speech(s, page.lang) for s in inline if not isinstance(s, Ref | Strong | Code))
    return "".join(said)


def _reused(page: _Page, formula: Formula, ref: str) -> str:
    return _term(page, Term(formula, reuse=ref), "")


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
    kind = {"forward": "fw", "update": "still"}.get(block.kind, "")
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
    head = "".join(f'<th scope="col"{_align(a)}>{_inline(page, h)}</th>' if h else "<td></td>" for a, h in heads)
    rows = "\n".join(f"<tr>{cells(row)}</tr>" for row in block.rows)
    size = f' style="--w:{table_width(block):.0f}"'
    return (f'<div class="blk wide" tabindex="0"><table{size}><thead><tr>{head}</tr></thead>\n'
            f"<tbody>{rows}</tbody></table></div>")


def _align(letter: str) -> str:
    return "" if letter == "l" else f' class="a{letter}"'


def _cell(page: _Page, cell: Cell) -> str:
    if cell.terms:
        return f'<span class="pr">{" ".join(_piece(page, p) for p in cell.terms)}</span>'
    return _inline(page, cell.inline)


def _details(page: _Page, block: Details) -> str:
    inside = "\n".join(_block(page, b) for b in block.blocks)
    return f"<details{' open' if block.open else ''}><summary>{escape(block.summary)}</summary>\n{inside}\n</details>"


def _listing(page: _Page, block: Listing) -> str:
    return "<ul>\n" + "\n".join(f"<li>{_inline(page, item)}</li>" for item in block.items) + "\n</ul>"


def _footer(page: _Page, block: Footer) -> str:
    lines = (*block.lines, (words(page.lang, "page.font"),))
    return "<footer>" + "\n".join(f"<p>{_inline(page, line)}</p>" for line in lines) + "</footer>"


def _display(page: _Page, block: Display) -> str:
    """A nest of functions: as LaTeX it is copied by the same button as a line."""
    wide = width(block.formula)
    kind = "blk nest vast" if block.narrow else "blk nest"
    return (f'<div class="{kind}" tabindex="0" style="--w:{wide:.0f}" data-latex="{escape(bare(block.formula))}"'
            f' data-hwp="{escape(hwp(block.formula))}">'
            f"{_math(page, block.formula)}</div>{_narrow(page, block)}")


def _narrow(page: _Page, block: Display) -> str:
    """The same in shorter lines, which a phone shows in its place."""
    rows = "".join(f'<p style="--w:{width(f):.0f}">{_math(page, f, copied=True)}</p>' for f in block.narrow)
    return f'\n<div class="narrow">{rows}</div>' if rows else ""


def _block(page: _Page, block: Any) -> str:
    return _PRINT[type(block)](page, block)


_PRINT: dict[type, Callable[[_Page, Any], str]] = {
    Title: _title, Heading: _heading, Paragraph: _paragraph, Rows: _rows, Definition: _definition, Table: _table,
    Details: _details, Listing: _listing, Footer: _footer, Display: _display,
    Picture: lambda page, b: figure(b.drawing, _words(page, b.says), _inline(page, b.caption), partial(_reused, page)),
}  # fmt: skip
