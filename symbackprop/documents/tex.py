"""Document → standalone LaTeX for pdflatex (with kotex for Hangul) and xelatex, in the macros of ``symbackprop.sty``.

TeX itself breaks the lines, between terms: the widths are those of the page or slide on which a line stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
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
    Term,
    Title,
    hue,
    numbers_of,
)
from symbackprop.documents.lines import broken, columns, term_width, width
from symbackprop.documents.mathtex import SIGNS
from symbackprop.documents.texwords import HANGUL, code, escaped, portable
from symbackprop.documents.tikz import tikz
from symbackprop.notation.formula import EMPTY, Formula, Ident, Text, rebuilt
from symbackprop.notation.latex import latex

STYLE = Path(__file__).with_name("symbackprop.sty").read_text(encoding="utf-8")
PREAMBLE = r"""%% compile with pdflatex or xelatex, twice for the links
\ifdefined\suppressfontnotfounderror\suppressfontnotfounderror=1 \fi %% hyperref wants a font that may not be installed
\documentclass%(klass)s
\usepackage{iftex}
\ifpdftex\IfFileExists{lmodern.sty}{\usepackage[T1]{fontenc}\usepackage{lmodern}}{}\fi
%(korean)s%(packages)s
\makeatletter
%(style)s\makeatother
"""
ARTICLE = r"""\usepackage[margin=22mm]{geometry}
\usepackage[hidelinks]{hyperref}
\setlength{\parindent}{0pt}\setlength{\parskip}{.5em}"""
WIDE = 14.0
"""How wide a formula within a sentence may be, in em."""
LINE = 41.0
"""How wide a line is, in em, for the columns of a table."""
LONGEST = 60
"""Letters of a name that a formula shows."""


@dataclass(frozen=True)
class Sheet:
    """What the lines of a document refer to: the number of the equation that defines each reused value."""

    numbers: Mapping[str, int]

    def of(self, ref: str) -> str:
        """The optional argument of a mark: the number it links to, where that stands on the page."""
        return f"[{self.numbers[ref]}]" if ref in self.numbers else ""


def sheet(document: Document) -> Sheet:
    return Sheet(numbers_of(document.blocks))


def tex(document: Document) -> str:
    """The whole file."""
    page = sheet(document)
    body = "\n\n".join([hues(document, page), *(block(page, b) for b in document.blocks)])
    return file("[11pt,a4paper]{article}", ARTICLE, body, document.lang == "ko")


def hues(document: Document, page: Sheet) -> str:
    """The colours of the page, by the numbers of the definitions."""
    return "".join(rf"\sbhue{{{page.numbers[ref]}}}{{{hue(ref)}}}" for ref in document.refs if ref in page.numbers)


def file(klass: str, packages: str, body: str, korean: bool) -> str:
    """A file to be compiled: the style is part of it."""
    needed = "\\usepackage{kotex}\n" if korean or HANGUL.search(body) else ""
    style = STYLE.partition("% --- style\n")[2]
    head = PREAMBLE % {"klass": klass, "korean": needed, "packages": packages, "style": style}
    return portable(f"{head}\\begin{{document}}\n{body}\n\\end{{document}}\n")


# --- prose


def inline(spans: Inline, wide: float = WIDE) -> str:
    """A line of prose; formulas wider than ``wide`` are cut into terms, which fit wherever they stand."""
    return "".join(_span(span, wide) for span in spans)


def _span(span: Any, wide: float) -> str:
    if isinstance(span, str):
        return escaped(span)
    if isinstance(span, Strong):
        return rf"\textbf{{{escaped(span.words)}}}"
    if isinstance(span, Code):
        return rf"\texttt{{{code(span.words)}}}"
    if isinstance(span, Ref):
        return rf"\sbref{{{span.number}}}"
    return rf"\sbmath{{{_terms(None, broken(span))}}}" if width(span) > wide else f"${formula(span)}$"


def formula(box: Formula, page: Sheet | None = None) -> str:
    """A formula for math mode; marks link to their definition."""
    shown = latex(box)
    if len(shown) > 4 * LONGEST:
        shown = latex(rebuilt(box, short))
    if r"\sb" not in shown:
        return shown
    return _linked(page, shown.replace(r"\sbknown{", r"\underbrace{"))


def _linked(page: Sheet | None, shown: str) -> str:
    """Marks name a reused value; here they name the number of its definition."""
    for ref, number in page.numbers.items() if page else ():
        shown = shown.replace(rf"\sbreuse[{ref}]", rf"\sbreuse[{number}]")
        shown = shown.replace(rf"\sbink{{{ref}}}", rf"\sbink{{{number}}}")
    return shown


def short(box: Formula) -> Formula:
    """A name of a thousand letters would be wider than anything TeX can measure."""
    name = box.words if isinstance(box, Text) else box.name if isinstance(box, Ident) else ""
    return Text(name[:LONGEST] + "…") if len(name) > LONGEST else box


# --- lines


def _terms(page: Sheet | None, pieces: Sequence[Piece]) -> str:
    return "%\n".join(f"\\sbterm{{{_piece(page, p, k == 0)}}}" for k, p in enumerate(pieces))


def _piece(page: Sheet | None, piece: Piece, first: bool = True) -> str:
    start = _before(piece.before, first)
    if isinstance(piece, Term):
        return start + _term(page, piece)
    inner = " ".join(_piece(page, t, k == 0) for k, t in enumerate(piece.terms))
    number = page.of(piece.reuse) if page else ""
    caption = inline(piece.caption)
    if any(t.role for t in piece.terms):  # then it stands lower than the roles beside it
        caption = rf"\sbout{{{caption}}}"
    return rf"{start}\sbknown{number}{{{inner}}}{{{caption}}}"


def _before(box: Formula, first: bool) -> str:
    """The operator before a term; at the beginning of a term it keeps its space only after an empty atom."""
    shown = latex(box).strip().removeprefix("{} ") if box != EMPTY else ""
    if first:
        return f"{shown} " if shown else ""
    return f"{{}}{shown} " if shown else r"\,"


def _term(page: Sheet | None, term: Term) -> str:
    shown = formula(term.formula, page)
    if term.reuse:
        shown = rf"\sbreuse{page.of(term.reuse) if page else ''}{{{shown}}}"
    return rf"\sbrole{{{shown}}}{{{escaped(term.role)}}}" if term.role else shown


def rows_of(page: Sheet, rows: Sequence[Row]) -> str:
    """Lines aligned at their sign."""
    lines = "\n".join(_row(page, row) for row in rows)
    return f"\\begin{{sbrows}}\n{lines}\n\\end{{sbrows}}"


def _row(page: Sheet, row: Row) -> str:
    left = formula(row.left) if row.left is not None else ""
    number = str(row.number) if row.number is not None else ""
    left = rf"\sbdef[{number}]{{{left}}}" if row.defines else left
    command = "sbresultrow" if row.boxed else "sbrow"
    why = f"%\n  {{{inline(row.why)}}}" if row.why else "{}"
    return (f"\\{command}{{{escaped(row.label)}}}{{{left}}}{{{SIGNS[row.sign]}}}{{%\n{_terms(page, row.right)}}}%\n"
            f"  {{{_note(row)}}}{{{number}}}{why}")


def _note(row: Row) -> str:
    """What stands to the right of a line: whose derivative it is, and the value with the numbers put in."""
    parts = [inline(row.remark)] if row.remark else []
    if row.value:
        worked = f"$= {formula(row.worked)}$ " if row.worked is not None else ""
        parts.append(worked + escaped(f"{row.about} {row.value}"))
    return r"\quad ".join(parts)


# --- tables


def table(page: Sheet, block: Table, rows: Sequence[tuple[Cell, ...]] | None = None) -> str:
    """A table whose columns are as wide as their cells, and together no wider than the line."""
    wanted = widths(block)
    layout = "".join(rf">{{\sb{a}}}p{{\sbw{{{wide:.1f}}}}}" for a, wide in zip(block.align, wanted, strict=True))
    head = " & ".join(inline(h, wide=0) for h in block.head)
    lines = " \\\\\n".join(" & ".join(_cell(page, c) for c in row) for row in (block.rows if rows is None else rows))
    total = sum(wanted) + len(wanted) + 0.2
    return f"\\begin{{sbtable}}{{{total:.1f}}}{{{layout}}}\n\\sbhead{{{head}}}\n{lines}\n\\end{{sbtable}}"


def _cell(page: Sheet, cell: Cell) -> str:
    return rf"\sbmath{{{_terms(page, cell.terms)}}}" if cell.terms else inline(cell.inline, wide=0)


def widths(block: Table) -> list[float]:
    """The widths of the columns, in em; the widest give way where there is not enough."""
    columns_ = zip(*block.rows, strict=True) if block.rows else [()] * len(block.align)
    wanted = [max((*map(_wide, column), _head(h), 1.5)) + 0.7 for column, h in zip(columns_, block.head, strict=True)]
    most = max(wanted)
    while sum(wanted) > LINE - len(wanted) and most > 2:
        most -= 0.5
        wanted = [min(w, most) for w in wanted]
    return wanted


def _head(spans: Inline) -> float:
    """A head is broken between words."""
    words = (w for s in spans if isinstance(s, str) for w in s.split())
    return max((0.5 * _wide(Cell(spans)), *(0.5 * columns(w) for w in words),
                *(_wide(Cell((s,))) for s in spans if not isinstance(s, str))))  # fmt: skip


def _wide(cell: Cell) -> float:
    if cell.terms:
        return sum(0.9 * term_width(t) for t in cell.terms) + 0.5
    return sum(0.5 * columns(s) if isinstance(s, str) else 0.55 * columns(s.words) if isinstance(s, Strong | Code)
               else 2.0 if isinstance(s, Ref) else width(s) for s in cell.inline)  # fmt: skip


# --- blocks


def block(page: Sheet, b: Any) -> str:
    """One block."""
    return _PRINT[type(b)](page, b)


def _heading(_: Sheet, b: Heading) -> str:
    if b.part:
        return rf"\sbpart{{{escaped(b.words)}}}"
    return rf"\sb{'heading' if b.level == 2 else 'subheading'}{{{escaped(b.words)}}}{{{inline(b.aside)}}}"


def _definition(page: Sheet, b: Definition) -> str:
    head = f"{page.of(b.ref)}{{{escaped(b.heading)}}}{{{inline(b.aside)}}}"
    return f"\\begin{{sbdefinition}}{head}\n{rows_of(page, b.rows)}\n\\end{{sbdefinition}}"


def listing(items: Sequence[Inline]) -> str:
    return "\\begin{itemize}\\raggedright\n" + "\n".join(rf"\item {inline(i)}" for i in items) + "\n\\end{itemize}"


def _display(page: Sheet, b: Display) -> str:
    return rf"\sbdisplay{{{formula(b.formula, page)}}}"


def _picture(page: Sheet, b: Picture) -> str:
    """The drawing, made smaller where it is wider than the line; what comes back is linked to its definition."""
    drawn = _linked(page, tikz(b.drawing)).replace("\\begin{center}\n", "").replace("\n\\end{center}", "")
    return f"\\sbpicture{{%\n{drawn}}}\n\\sbcaption{{{inline(b.caption)}}}"


def _details(page: Sheet, b: Details) -> Iterator[str]:
    yield rf"\sbsubheading{{{escaped(b.summary)}}}{{}}"
    yield from (block(page, inner) for inner in b.blocks)


_PRINT: dict[type, Callable[[Sheet, Any], str]] = {
    Title: lambda _, b: rf"\sbtitle{{{escaped(b.words)}}}{{{inline(b.lead)}}}",
    Heading: _heading,
    Paragraph: lambda _, b: rf"\sb{b.kind}{{{inline(b.inline)}}}",
    Rows: lambda page, b: rows_of(page, b.rows),
    Definition: _definition,
    Display: _display,
    Picture: _picture,
    Table: table,
    Listing: lambda _, b: listing(b.items),
    Details: lambda page, b: "\n\n".join(_details(page, b)),
    # the last line is about copying from a page
    Footer: lambda _, b: r"\sbfooter{" + r"\par ".join(map(inline, b.lines[:-1])) + "}",
}
