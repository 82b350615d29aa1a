"""Document → standalone LaTeX: compiles under pdflatex (with kotex for Hangul) and xelatex. Macros can be restyled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
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
from symbackprop.documents.lines import columns, filled, width
from symbackprop.documents.mathtex import SIGNS, before
from symbackprop.documents.tikz import PACKAGE, tikz
from symbackprop.notation.formula import Formula
from symbackprop.notation.glyphs import clean
from symbackprop.notation.latex import latex

PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage{amsmath,amssymb,xcolor,longtable,graphicx}
\usepackage[margin=22mm]{geometry}
%s\allowdisplaybreaks
\setlength{\parindent}{0pt}\setlength{\parskip}{.5em}\setlength{\jot}{7pt}
%% what a lecturer may restyle: a value that is reused, its definition, a boxed result, a role under a factor
\definecolor{sbreuse}{HTML}{005A8F}
\newcommand{\sbreuse}[1]{{\color{sbreuse}\boxed{\color{black}#1}}}
\newcommand{\sbdef}[1]{{\color{sbreuse}\boxed{\color{black}#1}}}
\newcommand{\sbresult}[1]{\boxed{#1}}
\newcommand{\sbgone}[1]{\underbrace{#1}_{=\,0}}
\newcommand{\sbrole}[2]{\underbrace{#1}_{\text{#2}}}
\newcommand{\sbknown}[2]{\underbrace{#1}_{\textcolor{sbreuse}{\text{#2}}}}
\newcommand{\sblabel}[1]{\text{\footnotesize #1}}
\newcommand{\sbnote}[1]{\text{\footnotesize\color{gray}#1}}
\newcommand{\sbwhy}[1]{\parbox[t]{.66\linewidth}{\raggedright\footnotesize\color{gray}#1\strut}}
\begin{document}
"""
_ESCAPES = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
            "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
            ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}"}  # fmt: skip
_SIGNS = {"●": r"$\bullet$", "≈": r"$\approx$", "−": "$-$", "→": r"$\to$", "←": r"$\leftarrow$", "≤": r"$\le$",
          "×": r"$\times$", "·": r"$\cdot$", "∂": r"$\partial$", "σ": r"$\sigma$", "α": r"$\alpha$",
          "≝": r"$\overset{\mathrm{def}}{=}$", "⁻": "$^{-}$", "…": r"\ldots{}", "—": "---", "–": "--",
          "ε": r"$\varepsilon$", "′": "$'$"}  # fmt: skip
_SUPERSCRIPTS = {c: str(n) for n, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
_HANGUL = re.compile(r"[\u1100-\u11ff\u3000-\u318f\uac00-\ud7a3]")
ROOM, ROLE_ROOM = 25.0, 22.0
"""How wide a line may be, in em; one with roles under its factors less, for these are wider than they look."""


def tex(document: Document) -> str:
    """The whole file."""
    body = "\n\n".join(_block(b) for b in document.blocks)
    korean = document.lang == "ko" or _HANGUL.search(body)
    extra = ("\\usepackage{kotex}\n" if korean else "") + (PACKAGE if r"\begin{tikzpicture}" in body else "")
    return PREAMBLE % extra + body + "\n\\end{document}\n"


def escaped(words: str) -> str:
    """Words that a user typed, harmless: no character is a command; what no font here has is a question mark."""
    return "".join(_ESCAPES.get(c) or _SIGNS.get(c) or _letter(c) for c in clean(words))


def _letter(c: str) -> str:
    if c in _SUPERSCRIPTS:
        return f"$^{{{_SUPERSCRIPTS[c]}}}$"
    return c if ord(c) < 0x250 or _HANGUL.match(c) else "?"


def _inline(inline: Inline) -> str:
    return "".join(_span(span) for span in inline)


def _span(span: Any) -> str:
    if isinstance(span, str):
        return escaped(span)
    if isinstance(span, Strong):
        return rf"\textbf{{{escaped(span.words)}}}"
    if isinstance(span, Code):
        return rf"\texttt{{{escaped(span.words)}}}"
    if isinstance(span, Ref):
        return f"({span.number})"
    return f"${latex(span)}$"


# --- lines


def _piece(piece: Piece) -> str:
    if isinstance(piece, Tail):
        inner = " ".join(_piece(t) for t in piece.terms)
        return rf"{before(piece.before)} \sbknown{{{inner}}}{{{_inline(piece.caption)}}}"
    shown = latex(piece.formula)
    if piece.reuse:
        shown = rf"\sbreuse{{{shown}}}"
    if piece.role:
        shown = rf"\sbrole{{{shown}}}{{\scriptsize {escaped(piece.role)}}}"
    return f"{before(piece.before)} {shown}".strip()


def _row_lines(row: Row) -> Iterator[str]:
    """The row of an ``alignat``, with continuation lines where it is long; its remark and its reason after it."""
    label = rf"\sblabel{{{escaped(row.label)}}}\quad" if row.label else ""
    left = (rf"\sbdef{{{latex(row.left)}}}" if row.defines else latex(row.left)) if row.left is not None else ""
    room = ROLE_ROOM if any(isinstance(p, Tail) or p.role for p in row.right) else ROOM
    lines = filled(row.right, room, 0.42 * columns(row.value) + _remark_width(row.remark))
    for k, pieces in enumerate(lines):
        shown = " ".join(_piece(p) for p in pieces)
        if row.boxed and len(lines) == 1:
            shown = rf"\sbresult{{{shown}}}"
        last = k == len(lines) - 1
        head = rf"{label} && {left} &{SIGNS[row.sign]} " if k == 0 else r" && &\qquad "
        yield head + shown + (_notes(row) if last else "")
    if row.why:
        yield rf" && &\sbwhy{{{_inline(row.why)}}}"


def _remark_width(remark: Inline) -> float:
    """A remark stands two em to the right of its line, in small letters."""
    return 2 + sum(0.42 * columns(s) if isinstance(s, str) else 1.5 for s in remark) if remark else 0


def _notes(row: Row) -> str:
    parts = [rf"\sbnote{{{_inline(row.remark)}}}"] if row.remark else []
    if row.value:
        parts.append(rf"\sbnote{{{escaped('≈ ' + row.value)}}}")
    number = rf" \tag{{{row.number}}}" if row.number else r" \notag"
    return "".join(rf" \qquad {p}" for p in parts) + number


def _aligned(rows: Sequence[Row]) -> str:
    lines = [line for row in rows for line in _row_lines(row)]
    return "\\begin{alignat*}{2}\n" + " \\\\\n".join(line.removesuffix(r" \notag") for line in lines) + (
        "\n\\end{alignat*}")


# --- blocks


def _definition(block: Definition) -> str:
    head = rf"\textbf{{\color{{sbreuse}}{escaped(block.heading)}}} --- {{\small {_inline(block.aside)}}}"
    return f"{head}\n{_aligned(block.rows)}"


def _table(block: Table) -> str:
    wide = len(block.align)
    layout = "".join("p{%.2f\\textwidth}" % (0.82 / wide) if a == "l" and wide < 4 else a for a in block.align)
    head = " & ".join(rf"\small {_inline(h)}" for h in block.head)
    rows = " \\\\\n".join(" & ".join(_cell(c) for c in row) for row in block.rows)
    return f"\\begin{{longtable}}{{{layout}}}\n{head} \\\\ \\hline\n{rows}\n\\end{{longtable}}"


def _cell(cell: Cell) -> str:
    if cell.terms:
        return "$" + " ".join(_piece(p) for p in cell.terms) + "$"
    return _inline(cell.inline)


def _heading(block: Heading) -> str:
    command = "section*" if block.part or block.level == 2 else "subsection*"
    aside = rf" \quad {{\normalsize\normalfont {_inline(block.aside)}}}" if block.aside else ""
    return rf"\{command}{{{escaped(block.words)}{aside}}}"


def _paragraph(block: Paragraph) -> str:
    shown = _inline(block.inline)
    return {"plain": shown, "caption": rf"{{\small\color{{gray}}{shown}}}",
            "summary": rf"\begin{{quote}}{shown}\end{{quote}}",
            "alarm": rf"{{\color{{red}}{shown}}}"}[block.kind]  # fmt: skip


def _listing(block: Listing) -> str:
    return "\\begin{itemize}\n" + "\n".join(rf"\item {_inline(i)}" for i in block.items) + "\n\\end{itemize}"


def _display(formula: Formula) -> str:
    """One formula that cannot be broken: made smaller where it is wider than the page."""
    shown = latex(formula).replace(r"\sbknown{", r"\underbrace{")
    if width(formula) > ROOM:
        shown = rf"\resizebox{{\linewidth}}{{!}}{{$\displaystyle {shown}$}}"
    return f"\\[\n{shown}\n\\]"


def _block(block: Any) -> str:
    return _PRINT[type(block)](block)


_PRINT: dict[type, Callable[[Any], str]] = {
    Title: lambda b: rf"{{\LARGE\bfseries {escaped(b.words)}\par}}{{\small {_inline(b.lead)}}}",
    Heading: _heading,
    Paragraph: _paragraph,
    Rows: lambda b: _aligned(b.rows),
    Definition: _definition,
    Display: lambda b: _display(b.formula),
    Picture: lambda b: f"{tikz(b.drawing)}\n\n{{\\small\\color{{gray}}{_inline(b.caption)}}}",
    Table: _table,
    Listing: _listing,
    Details: lambda b: "\n\n".join([rf"\subsection*{{{escaped(b.summary)}}}", *map(_block, b.blocks)]),
    Footer: lambda b: r"{\footnotesize\raggedright\sloppy " + r"\par ".join(map(_inline, b.lines)) + r"\par}",
}
