"""Formula → typst, for math mode. Marks print as functions of ours: ``sbreuse("c3", …)``, ``sbdef``, ``sbknown``.

Nothing is left to typst's own reading of mathematics: scripts are ``attach``, brackets and all other signs of ASCII are
escaped, names and words are strings. So no character that a user typed is a command.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
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
from symbackprop.notation.glyphs import BIG, FUNCTIONS, clean, hole

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_NUMBER = re.compile(r"\d+(\.\d+)?")
_LETTER = re.compile(r"[^\W\d_가-힣ㄱ-ㅣ]")
_HATS = {"ŷ": "hat(y)", "Ŷ": "hat(Y)", "𝐲\u0302": "hat(𝐲)", "𝐘\u0302": "hat(𝐘)"}
_ACCENTS = {"^": "hat", "¯": "macron", "‾": "overline", "~": "tilde", "→": "arrow"}
_RELATIONS = frozenset("=≝≤≥≠≈<>←→∈:")
_GAPS = {"fraction": "thin ", "bracket": "thin ", "shape": "thick "}


def typst(formula: Formula) -> str:
    """The formula, for between two dollars."""
    return _PRINT[type(formula)](formula)


def string(words: str) -> str:
    """Words as a string of typst: nothing in them is a command."""
    shown = clean(words).replace("\\", r"\\").replace('"', r"\"")
    return f'"{shown}"'


def glue(parts: Iterable[str]) -> str:
    """Pieces side by side, a blank only where two would be read as one name: beside words a blank would be seen."""
    text = ""
    for part in parts:
        if text and part and _named(text[-1]) and _named(part[0]):
            text += " "
        text += part
    return text


def leading(sign: Op) -> str:
    """An operator that begins a line or a piece of one, with the space it has between two terms."""
    if sign.sign in (TIMES, APPLY):
        return ""
    if sign.form != "infix":
        return _op(sign)
    space = "thick" if sign.sign in _RELATIONS else "med"
    return f"{space} {_normal(sign.sign)} {space} "


def _named(char: str) -> bool:
    """Can this be part of a name? Of letters, numbers, and of a middle dot it is true."""
    return f"a{char}".isidentifier()


def _ident(box: Ident) -> str:
    if box.name in _HATS:
        return _HATS[box.name]
    if len(box.name) == 1 and not _LETTER.fullmatch(box.name):
        return _sign(box.name)
    if len(box.name) == 1:
        return box.name
    named = box.name in FUNCTIONS or (box.function and _NAME.fullmatch(box.name))
    return f"op({string(box.name)})" if named else string(box.name)


def _sign(sign: str) -> str:
    """One sign of its own; what is ASCII would else mean something."""
    if len(sign) != 1 or not sign.isprintable() or sign.isspace() or sign.isalnum():
        return string(sign)
    return "\\" + sign if sign.isascii() else sign


def _normal(sign: str) -> str:
    return f'class("normal",{_sign(sign)})'


def _op(box: Op) -> str:
    if box.sign == TIMES:
        return ""
    if box.sign == APPLY:
        return "thin "
    sign = box.sign.replace("*", "∗").replace("-", "−")
    if sign in BIG or (box.form == "infix" and len(sign) == 1):
        return _sign(sign)
    return _normal(sign)


def _row(box: Row) -> str:
    return glue(_item(box, k) for k in range(len(box.items)))


def _item(box: Row, k: int) -> str:
    item = box.items[k]
    if not isinstance(item, Op):
        # a function keeps its distance from what follows, but not from its prime
        primed = box.items[k + 1:k + 2] == (Op("′", "tight"),)
        return string(item.name) if primed and isinstance(item, Ident) and len(item.name) > 1 else typst(item)
    if item.sign == TIMES:
        return _GAPS.get(gap(box, k), "")
    return leading(item) if k == 0 and item.form == "infix" and len(box.items) > 1 else _op(item)


def _attached(base: Formula, **scripts: Formula) -> str:
    parts = "".join(f",{place}: {typst(script)}" for place, script in scripts.items())
    if isinstance(base, Fenced) and base.right and not base.tall:
        # as low as the bracket, whatever stands in it
        left, body, right = _fence(base)
        return glue([left, body, f"attach({right}{parts})"])
    return f"attach({typst(base)}{parts})"


def _stacked(base: Formula, **notes: Formula) -> str:
    """Above and below; at a sum sign beside it where it stands in a sentence."""
    if isinstance(base, Op) and base.sign in BIG:
        return _attached(base, **notes)
    parts = "".join(f",{place}: {typst(note)}" for place, note in notes.items())
    return f"attach(limits({typst(base)}){parts})"


def _fenced(box: Fenced) -> str:
    inside = glue(_fence(box))
    return f"lr({inside})" if box.tall and box.left and box.right else inside


def _fence(box: Fenced) -> tuple[str, str, str]:
    return _bracket(box.left, "opening"), typst(box.body), _bracket(box.right, "closing")


def _bracket(sign: str, kind: str) -> str:
    """A bracket; a bar is the same on both sides."""
    return f'class("{kind}",{_sign(sign)})' if sign in ("|", "‖") else _sign(sign) if sign else ""


def _under(box: Under) -> str:
    if isinstance(box.base, Mark) and box.base.kind == "known":
        return f"underbrace({typst(box.base.child)},{typst(box.under)})"
    return _stacked(box.base, b=box.under)


def _over(box: Over) -> str:
    accent = _ACCENTS.get(box.over.sign) if isinstance(box.over, Op) else None
    return f"{accent}({typst(box.base)})" if accent else _stacked(box.base, t=box.over)


def _cases(box: Cases) -> str:
    return "cases(" + ",".join(f"{typst(value)} & quad {typst(condition)}" for value, condition in box.rows) + ")"


def _mark(box: Mark) -> str:
    return f"sb{box.kind}({string(box.ref)},{typst(box.child)})"


_PRINT: dict[type, Callable[[Any], str]] = {
    Row: _row,
    Ident: _ident,
    Num: lambda b: b.digits if _NUMBER.fullmatch(b.digits) else string(b.digits),
    Op: _op,
    Text: lambda b: string(b.words),
    Frac: lambda b: f"frac({typst(b.top)},{typst(b.bottom)})",
    Sup: lambda b: _attached(b.base, t=b.sup),
    Sub: lambda b: _attached(b.base, b=b.sub),
    SubSup: lambda b: _attached(b.base, b=b.sub, t=b.sup),
    Under: _under,
    Over: _over,
    UnderOver: lambda b: _stacked(b.base, b=b.under, t=b.over),
    Sqrt: lambda b: f"sqrt({typst(b.of)})",
    Fenced: _fenced,
    Cases: _cases,
    Mark: _mark,
    Hole: lambda b: string(hole(b.kind, b.shift, "T")),
}
