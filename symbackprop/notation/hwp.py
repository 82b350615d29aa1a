"""Formula → the script of the equation editor of 한글 (HWP): ``{partial J} over {partial w ^{[2]}}``.

The script is that of Hancom's "한글 문서 파일 형식: 수식": blanks separate and are not shown (`` ` `` is a thin space),
letters are italic until ``rm``, an unquoted word is cut after nine letters, words in quotes are no commands.
"""

from __future__ import annotations

import re
from collections.abc import Callable
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
)
from symbackprop.notation.glyphs import BOLD_ONE, GREEK, TRANSPOSE, clean, hole

_NAMES = {char: name for name, char in GREEK.items()} | {"∞": "inf", "ϵ": "epsilon"}
_UPRIGHT = {TRANSPOSE: "{rm T it}", BOLD_ONE: "{bold 1 it}"}
FUNCTIONS = frozenset("sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan log ln exp max min det".split())  # noqa: SIM905
"""Function names that the editor knows, and sets upright by itself."""
SIGNS = {
    "−": "-", "·": "cdot", "×": "times", "⊙": "odot", "⊗": "otimes", "∘": "circ", "≤": "leq", "≥": "geq", "≠": "neq",
    "≈": "approx", "≝": ":=", "←": "larrow", "→": "rarrow", "∑": "sum", "∏": "prod", "∧": "wedge", "∨": "vee",
    "¬": "lnot", "…": "ldots", "⋯": "cdots", "′": "prime", "″": "prime prime", "•": "bullet", "∈": "in",
    "∂": "partial", "*": "ast", TIMES: "", APPLY: "`", ",": ",`",
}
"""A definition is ``:=``: the editor has no ≝."""
_ACCENTS = {"^": "hat", "¯": "bar", "‾": "bar", "~": "tilde", "→": "vec"}
_BRACKETS = {"{": "lbrace", "}": "rbrace"}
_SIGN = re.compile(r"[^\s\w\"{}#&~`^]+")
_BLANKS = re.compile(r"  +")


def hwp(formula: Formula) -> str:
    """The script of a formula, in one line."""
    return _BLANKS.sub(" ", _print(formula)).replace("{ ", "{").replace(" }", "}").strip()


def _print(box: Formula) -> str:
    return _PRINT[type(box)](box)


def _words(words: str) -> str:
    """Words that are no command, upright."""
    shown = clean(words).replace('"', "''")
    return f'{{rm "{shown}" it}}'


def _ident(box: Ident) -> str:
    if box.name in _UPRIGHT:
        return _UPRIGHT[box.name]
    if box.name in _NAMES:
        name = _NAMES[box.name]
        return name[0].upper() + name[1:] if box.name.isupper() else name
    if box.name in FUNCTIONS:
        return box.name
    return box.name if len(box.name) == 1 and box.name.isalpha() else _words(box.name)


def _op(box: Op) -> str:
    sign = clean(box.sign)
    if box.sign == "," and box.form == "tight":
        return ","
    known = SIGNS.get(box.sign)
    return known if known is not None else sign if _SIGN.fullmatch(sign) else _words(sign)


def _row(box: Row) -> str:
    parts = [_apart(box, k) or _print(item) for k, item in enumerate(box.items)]
    return " ".join(p for p in parts if p)


def _apart(box: Row, k: int) -> str:
    """The space between factors that would else touch."""
    item = box.items[k]
    return "`" if isinstance(item, Op) and item.sign == TIMES and gap(box, k) else ""


def _group(box: Formula) -> str:
    return f"{{{_print(box)}}}"


def _base(box: Formula) -> str:
    return _print(box) if isinstance(box, Ident | Num | Fenced | Op) else _group(box)


def _fenced(box: Fenced) -> str:
    left, right = (_BRACKETS.get(sign, sign) for sign in (box.left, box.right))
    if box.tall or left != box.left:
        return f"left {left} {_print(box.body)} right {right}"
    return f"{left}{_print(box.body)}{right}"


def _under(box: Under) -> str:
    if isinstance(box.base, Op):
        return f"{_print(box.base)} from {_group(box.under)}"
    known = isinstance(box.base, Mark) and box.base.kind == "known"
    # what is small below a factor, its shape, is no part of the equation: the editor has no place for it
    return f"underbrace {_group(box.base)} {_group(box.under)}" if known else _print(box.base)


def _over(box: Over) -> str:
    accent = _ACCENTS.get(box.over.sign) if isinstance(box.over, Op) else None
    return f"{accent} {_group(box.base)}" if accent else f"{{{_print(box.over)} atop {_print(box.base)}}}"


def _cases(box: Cases) -> str:
    return "cases {" + " # ".join(f"{_print(value)} & {_print(condition)}" for value, condition in box.rows) + "}"


_PRINT: dict[type, Callable[[Any], str]] = {
    Row: _row,
    Ident: _ident,
    Num: lambda b: b.digits,
    Op: _op,
    Text: lambda b: _words(b.words),
    Frac: lambda b: f"{_group(b.top)} over {_group(b.bottom)}",
    Sup: lambda b: f"{_base(b.base)} ^{_group(b.sup)}",
    Sub: lambda b: f"{_base(b.base)} _{_group(b.sub)}",
    SubSup: lambda b: f"{_base(b.base)} _{_group(b.sub)} ^{_group(b.sup)}",
    Under: _under,
    Over: _over,
    UnderOver: lambda b: f"{_print(b.base)} from {_group(b.under)} to {_group(b.over)}",
    Sqrt: lambda b: f"sqrt {_group(b.of)}",
    Fenced: _fenced,
    Cases: _cases,
    Mark: lambda b: _print(b.child),
    Hole: lambda b: hole(b.kind, b.shift, "T"),
}
