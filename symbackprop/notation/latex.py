"""Formula → LaTeX. Marks print as macros: ``\\sbreuse[ref]{…}``, ``\\sbdef{…}``, ``\\sbknown{…}``, ``\\sbgone{…}``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from symbackprop.notation.formula import (
    APPLY,
    TIMES,
    Cases,
    Fenced,
    Formula,
    Frac,
    Hole,
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
    gap,
    is_label,
)
from symbackprop.notation.glyphs import BIG, FUNCTIONS, IDENTS, OPERATORS, hole, tex_words

_COMMAND_END = re.compile(r"\\[A-Za-z]+$")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_PLAIN = re.compile(r"[a-z0-9]+")
_GAPS: dict[str, str] = {"shape": r"\; ", "bracket": r"\, "}
_LETTER_BASES = (Ident, Num, Fenced, Hole, Text)


def latex(formula: Formula) -> str:
    """The LaTeX of a formula, for math mode."""
    return _PRINT[type(formula)](formula)


def aligned(left: Formula, lines: Sequence[Formula]) -> str:
    """``left = line = line = …`` as one ``aligned`` environment, a row a line."""
    rows = " \\\\\n".join(f"&= {latex(line)}" for line in lines)
    return f"\\begin{{aligned}}\n{latex(left)} {rows}\n\\end{{aligned}}"


def _ident(box: Ident) -> str:
    if box.name in IDENTS:
        return IDENTS[box.name]
    if not _NAME.fullmatch(box.name):
        return rf"\text{{{tex_words(box.name)}}}"
    if len(box.name) == 1:
        return box.name
    if box.name in FUNCTIONS:
        return "\\" + box.name
    return rf"\operatorname{{{box.name}}}" if box.function else rf"\mathrm{{{box.name}}}"


def _op(box: Op) -> str:
    if box.sign in (TIMES, APPLY):
        return " "
    words = tex_words(box.sign)
    known = box.sign if box.sign in "<>" else OPERATORS.get(box.sign)
    sign = known or (words if len(box.sign) == 1 else rf"\text{{{words}}}")
    if box.form == "infix":
        return ", " if sign == "," else f" {sign} "
    return sign


def glue(parts: list[str]) -> str:
    """Pieces side by side, a blank only where a command would swallow a letter."""
    text = ""
    for part in parts:
        if text.endswith(" "):
            part = part.lstrip(" ")
        elif part[:1].isalpha() and _COMMAND_END.search(text):
            text += " "
        text += part
    return text


def _row(box: Row) -> str:
    parts = [_apart(box, k) or latex(item) for k, item in enumerate(box.items)]
    text = glue(parts).strip()
    first = box.items[0] if box.items else None
    # a relation or a sign that begins a continued line keeps its space only after an empty atom
    begins = isinstance(first, Op) and first.form == "infix" and first.sign not in (TIMES, APPLY)
    return "{} " + text if begins else text


def _apart(box: Row, k: int) -> str:
    """The space TeX does not set by itself."""
    item = box.items[k]
    return _GAPS.get(gap(box, k), "") if isinstance(item, Op) and item.sign == TIMES else ""


def _script(box: Formula) -> str:
    shown = latex(box)
    return shown if len(shown) == 1 else f"{{{shown}}}"


def _base(box: Formula) -> str:
    big = isinstance(box, Op) and box.sign in BIG
    return latex(box) if big or isinstance(box, _LETTER_BASES) else f"{{{latex(box)}}}"


def _sub_sup(box: SubSup) -> str:
    sub, sup = f"_{_script(box.sub)}", f"^{_script(box.sup)}"
    # a layer label belongs to the letter, a power comes last: z^{[2]}_j, w_1^2
    return _base(box.base) + (sup + sub if is_label(box.sup) else sub + sup)


def _fenced(box: Fenced) -> str:
    left, right = ("\\{" if box.left == "{" else box.left), ("\\}" if box.right == "}" else box.right)
    if box.tall:
        return glue([rf"\left{left}", latex(box.body), rf"\right{right}"])
    return f"{left}{latex(box.body)}{right}"


def _under(box: Under) -> str:
    if isinstance(box.base, Op) and box.base.sign in BIG:
        return f"{_base(box.base)}_{{{latex(box.under)}}} "
    return rf"\underset{{{latex(box.under)}}}{{{latex(box.base)}}}"


def _cases(box: Cases) -> str:
    rows = r" \\ ".join(f"{latex(value)} & {latex(condition)}" for value, condition in box.rows)
    return rf"\begin{{cases}} {rows} \end{{cases}}"


_PRINT: dict[type, Callable[[Any], str]] = {
    Row: _row,
    Ident: _ident,
    Num: lambda b: b.digits,
    Op: _op,
    Text: lambda b: rf"\text{{{tex_words(b.words)}}}",
    Frac: lambda b: rf"\frac{{{latex(b.top)}}}{{{latex(b.bottom)}}}",
    Sup: lambda b: f"{_base(b.base)}^{_script(b.sup)}",
    Sub: lambda b: f"{_base(b.base)}_{_script(b.sub)}",
    SubSup: _sub_sup,
    Under: _under,
    Over: lambda b: rf"\overset{{{latex(b.over)}}}{{{latex(b.base)}}}",
    UnderOver: lambda b: f"{_base(b.base)}_{{{latex(b.under)}}}^{_script(b.over)} ",
    Sqrt: lambda b: rf"\sqrt{{{latex(b.of)}}}",
    Fenced: _fenced,
    Cases: _cases,
    Mark: lambda b: rf"\sb{b.kind}{f'[{b.ref}]' if _PLAIN.fullmatch(b.ref) else ''}{{{latex(b.child)}}}",
    Hole: lambda b: hole(b.kind, b.shift, "L"),
}
