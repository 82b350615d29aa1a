"""Document → typst, in the functions of ``symbackprop.typ``: typst itself measures the terms and breaks the lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unicodedata import normalize

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
    Picture,
    Piece,
    Ref,
    Row,
    Rows,
    Strong,
    Table,
    Term,
    Title,
    numbers_of,
    walk,
)
from symbackprop.documents.lines import broken, width
from symbackprop.documents.tex import WIDE, short, widths
from symbackprop.documents.typst_drawing import shapes
from symbackprop.notation.formula import EMPTY, Formula, Op, rebuilt
from symbackprop.notation.glyphs import clean
from symbackprop.notation.typst import glue, leading, string
from symbackprop.notation.typst import typst as formula_typst

STYLE = Path(__file__).with_name("symbackprop.typ").read_text(encoding="utf-8")
KOREAN = ("Noto Serif CJK KR", "Noto Serif KR", "Source Han Serif K", "NanumMyeongjo", "Nanum Myeongjo", "UnBatang",
          "Baekmuk Batang", "AppleMyungjo", "Batang", "Noto Sans CJK KR", "NanumGothic", "Nanum Gothic",
          "Apple SD Gothic Neo", "Malgun Gothic")  # fmt: skip
"""Fonts with Hangul, the first one installed is taken; all other fonts are part of typst."""
HANGUL = re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ]")
_SPECIAL = re.compile(r"[!-+\--/:-@\[-`{-~]")
_PREAMBLE = """\
#set document(title: {title}, date: datetime(year: 2000, month: 1, day: 1))
#set page(paper: "a4", margin: 22mm, numbering: "1", number-align: center)
#let sbfonts = ({fonts})
#set text(font: ("Libertinus Serif", ..sbfonts), size: 11pt, lang: "{lang}", hyphenate: false)
#set par(justify: false, leading: .68em, spacing: 1em)
#set smartquote(enabled: false)
#show math.equation: set text(font: ("New Computer Modern Math", "Libertinus Serif", ..sbfonts))
#show raw: set text(font: ("DejaVu Sans Mono", ..sbfonts), size: 1em)
#show heading.where(level: 1): set text(size: 16pt)
#show heading.where(level: 2): set text(size: 14pt)
#show heading.where(level: 3): set text(size: 12pt)
#let sbnumbers = ({numbers})
#let sbshown = ({shown})
"""
_SIGNS = {"=": r"\=", "≝": r'limits(\=)^"def"', "←": "←", ":": r"\:"}
LONGEST = 24
"""Letters of a word that need no place where it may be broken."""


def typst(document: Document, korean: Sequence[str] = KOREAN) -> str:
    """The whole file. ``korean``: the fonts asked for Hangul, in this order."""
    rows = (r for b in walk(document.blocks) if isinstance(b, Rows | Definition) for r in b.rows)
    shown = "".join(f"{r.number}, " for r in rows if r.number is not None)
    numbers = "".join(f"{string(ref)}: {n}, " for ref, n in numbers_of(document.blocks).items()) or ":"
    body = "\n\n".join(_block(b) for b in _on_paper(document.blocks))
    asked = korean if HANGUL.search(body) or document.lang == "ko" else ()
    head = _PREAMBLE.format(title=string(document.title), lang=document.lang, numbers=numbers, shown=shown,
                            fonts="".join(f"{string(name)}, " for name in asked))  # fmt: skip
    return f"{head}{STYLE}\n{body}\n"


def _on_paper(blocks: tuple[Block, ...]) -> list[Block]:
    """What a page has folded stands behind the derivation, so that the first sheet shows where that begins."""
    folded = [b for b in blocks if isinstance(b, Details) and not b.open]
    rest = [b for b in blocks if not isinstance(b, Details) or b.open]
    end = next((k for k, b in enumerate(rest) if isinstance(b, Footer)), len(rest))
    return [*rest[:end], *folded, *rest[end:]]


def numbered(letters: str) -> str:
    """A rule that prints letters that no font has by their numbers in Unicode."""
    codes = " ".join(f"{ord(c):04X}" for c in letters)
    shown = f"box(stroke: .4pt, inset: 1pt, text(size: .6em, {string(codes)}))"
    return f"#show {string(letters)}: {shown}\n"


# --- prose


def _words(words: str) -> str:
    """Words that a user typed; a very long one may be broken anywhere."""
    shown = re.sub(r"\s+", " ", normalize("NFC", clean(words)))
    return re.sub(r"\S+", lambda m: _word(m[0]), shown)


def _word(word: str) -> str:
    parts = [_SPECIAL.sub(r"\\\g<0>", c) for c in word]
    return "".join(parts) if len(word) <= LONGEST else "\u200b".join(parts)


def _code(words: str) -> str:
    """Words of a command: a line may be broken behind a hyphen, and nothing is put into what is copied."""
    parts = re.split(r"(?<=[-/,=])", normalize("NFC", clean(words)))
    longer = [p[k:k + LONGEST] for p in parts for k in range(0, len(p), LONGEST)]
    return "#box();".join(f"#raw({string(part)});" for part in longer)


def _content(inline: Inline) -> str:
    return f"[{_inline(inline)}]"


def _inline(inline: Inline) -> str:
    return "".join(_span(span) for span in inline)


def _span(span: Any, wide: float = WIDE) -> str:
    if isinstance(span, str):
        return _words(span)
    if isinstance(span, Strong):
        return f"#strong[{_words(span.words)}];"
    if isinstance(span, Code):
        return _code(span.words)
    if isinstance(span, Ref):
        return f"#sbref({span.number});"
    if width(span) > wide:
        return f"#sbmath({_terms(broken(span), display=False)});"
    return f"${_math(span)}$"


def _math(box: Formula) -> str:
    shown = formula_typst(box)
    return shown if len(shown) <= 400 else formula_typst(rebuilt(box, short))


# --- lines


def _terms(pieces: Sequence[Piece], display: bool = True) -> str:
    return "".join(f"{_equation(_piece(p, k == 0), display)}, " for k, p in enumerate(pieces))


def _equation(shown: str, display: bool = True) -> str:
    return f"$display({shown})$" if display and shown else f"${shown}$"


def _piece(piece: Piece, first: bool = True) -> str:
    start = _before(piece.before, first)
    if isinstance(piece, Term):
        return glue([start, _term(piece)])
    inner = glue(_piece(t, k == 0) for k, t in enumerate(piece.terms))
    return glue([start, f"sbknown({string(piece.reuse)},{inner},#{_content(piece.caption)})"])


def _before(box: Formula, first: bool) -> str:
    """The operator before a term, with its space."""
    if box == EMPTY:
        return "" if first else "thin "
    start = "" if first or (isinstance(box, Op) and box.form == "infix") else "thin "
    return start + (leading(box) if isinstance(box, Op) else glue([formula_typst(box), "thin "]))


def _term(term: Term) -> str:
    shown = _math(term.formula)
    if term.reuse:
        shown = f"sbreuse({string(term.reuse)},{shown})"
    return f"sbrole({shown},#[{_words(term.role)}])" if term.role else shown


def _rows(rows: Sequence[Row]) -> str:
    return "sbrows(\n" + "".join(f"  {_row(row)},\n" for row in rows) + ")"


def _row(row: Row) -> str:
    left = _math(row.left) if row.left is not None else ""
    left = f"sbdef({string(row.defines)},{left})" if row.defines else left
    options = {
        "note": f"[{_note(row)}]" if row.remark or row.value else "", "number": str(row.number or ""),
        "why": _content(row.why) if row.why else "", "boxed": "true" if row.boxed else "",
    }  # fmt: skip
    named = "".join(f", {name}: {value}" for name, value in options.items() if value)
    return f"sbrow([{_words(row.label)}], {_equation(left)}, ${_SIGNS[row.sign]}$, ({_terms(row.right)}){named})"


def _note(row: Row) -> str:
    """What stands to the right of a line: whose derivative it is, and the value with the numbers put in."""
    parts = [_inline(row.remark)] if row.remark else []
    if row.value:
        worked = f"$= {_math(row.worked)}$ " if row.worked is not None else ""
        parts.append(worked + _words(f"{row.about} {row.value}"))
    return " #h(.8em) ".join(parts)


# --- blocks


def _table(block: Table) -> str:
    sizes = ", ".join(f"{wide:.1f}em" for wide in widths(block))
    sides = {"l": "left", "c": "center", "r": "right"}
    align = ", ".join(f"{sides[a]} + horizon" for a in block.align)
    head = ", ".join(_content(h) for h in block.head)
    rows = "".join(f"  ({', '.join(_cell(c) for c in row)},),\n" for row in block.rows)
    return f"#sbtable(({sizes},), ({align},), ({head},),\n{rows})"


def _cell(cell: Cell) -> str:
    if cell.terms:
        return f"sbcell({_terms(cell.terms, display=False)})"
    if len(cell.inline) == 1 and not isinstance(cell.inline[0], str | Strong | Code | Ref):
        return f"sbcell({_terms(broken(cell.inline[0]), display=False)})"
    return _content(cell.inline)


def _heading(b: Heading) -> str:
    if b.part:
        return f"#sbpart[{_words(b.words)}]"
    return f"#sbheading({b.level}, [{_words(b.words)}], {_content(b.aside) if b.aside else 'none'})"


def _definition(b: Definition) -> str:
    ref = next((row.defines for row in b.rows if row.defines), "")
    return f"#sbdefinition({string(ref)}, [{_words(b.heading)}], {_content(b.aside)}, {_rows(b.rows)})"


def _picture(b: Picture) -> str:
    drawn = shapes(b.drawing)
    return f"#sbpicture({b.drawing.wide:.2f}, {b.drawing.high:.2f}, {{\n{drawn}\n}}, {_content(b.caption)})"


def _details(b: Details) -> str:
    head = f"#sbheading(3, [{_words(b.summary)}], none)"
    return "\n\n".join([head, *(_block(inner) for inner in b.blocks)])


def _block(block: Any) -> str:
    return _PRINT[type(block)](block)


_PRINT: dict[type, Callable[[Any], str]] = {
    Title: lambda b: f"#sbtitle([{_words(b.words)}], {_content(b.lead)})",
    Heading: _heading,
    Paragraph: lambda b: f"#sb{b.kind}{_content(b.inline)}",
    Rows: lambda b: f"#{_rows(b.rows)}",
    Definition: _definition,
    Display: lambda b: f"#sbdisplay($display({_math(b.formula)})$)",
    Picture: _picture,
    Table: _table,
    Listing: lambda b: f"#sblist({', '.join(_content(i) for i in b.items)})",
    Details: _details,
    # the last line is about copying from a page
    Footer: lambda b: f"#sbfooter({', '.join(_content(line) for line in b.lines[:-1])})",
}
