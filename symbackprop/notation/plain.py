"""Formula → one line of Unicode text for a terminal: ``∂J/∂w[3] = a[2] · σ'(z[3]) · ∂J/∂a[3]``."""

from __future__ import annotations

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
    is_label,
    row,
)
from symbackprop.notation.glyphs import BIG, PLAIN, TRANSPOSES, clean, hole

_SIGNS = {"∑": "Σ", "∏": "Π", "′": "'", "″": "''", TIMES: " ", APPLY: " "}
_QUIET = ("′", "″", APPLY)
_LETTERS = {"𝖳": "T", "⊤": "T", **PLAIN}


def text(formula: Formula) -> str:
    """The formula in one line."""
    return _PRINT[type(formula)](formula).strip()


def _op(box: Op) -> str:
    sign = _SIGNS.get(box.sign, clean(box.sign))
    if box.form != "infix" or sign == " ":
        return sign
    return ", " if sign == "," else f" {sign} "


def _row(box: Row) -> str:
    beside = [isinstance(item, Op) and item.sign == TIMES for item in box.items]
    parts = []
    for k, item in enumerate(box.items):
        # 1/n x would be read as 1/(n x)
        near = (k and beside[k - 1]) or (k + 1 < len(beside) and beside[k + 1])
        one = _raw(item)
        if near and isinstance(_bare(item), Frac):
            one = f"({one})"
        if k and _is_big(box.items[k - 1]):
            one = " " + one
        parts.append(one)
    return "".join(parts).replace("  ", " ")


def _raw(box: Formula) -> str:
    return _PRINT[type(box)](box)


def _bare(box: Formula) -> Formula:
    return _bare(box.child) if isinstance(box, Mark) else box


def _is_big(box: Formula) -> bool:
    base = getattr(box, "base", box)
    return isinstance(base, Op) and base.sign in BIG


def _part(box: Formula) -> str:
    """A numerator, denominator or exponent: in brackets where it has an operator of its own."""
    inner = _bare(box)
    compound = isinstance(inner, Frac | Cases) or (
        isinstance(inner, Row) and any(isinstance(b, Op) and b.sign not in _QUIET for b in inner.items)
    )
    return f"({text(box)})" if compound else text(box)


def _sup(base: str, sup: Formula) -> str:
    if isinstance(sup, Ident) and sup.name in TRANSPOSES:
        return base + "ᵀ"
    if isinstance(sup, Row) and len(sup.items) > 1 and is_label(sup.items[0]):  # W[2]T, a[1](i), g[2]′
        return _sup(_sup(base, sup.items[0]), row(*sup.items[1:]))
    if sup == Ident("′"):
        return base + "'"
    if not isinstance(sup, Ident | Num | Fenced | Row):
        return f"{base}^({text(sup)})"
    if isinstance(sup, Fenced) and not sup.left:
        return base + (f"^{{{text(sup)}}}" if isinstance(sup.body, Row | Sub) else f"^{text(sup)}")
    return f"{base}{text(sup)}" if isinstance(sup, Fenced) and sup.left == "[" else f"{base}^{_part(sup)}"


def _sub_sup(box: SubSup) -> str:
    if is_label(box.sup):
        return _sup(text(box.base), box.sup) + _sub(box.sub)
    return _sup(text(box.base) + _sub(box.sub), box.sup)


def _sub(sub: Formula) -> str:
    shown = text(sub)
    return f"_{{{shown}}}" if any(sign in shown for sign in ", −+^") else f"_{shown}"


def _cases(box: Cases) -> str:
    return "{ " + "; ".join(f"{text(value)}, {text(condition)}" for value, condition in box.rows) + " }"


def _under(box: Under) -> str:
    shown = text(box.under.body if isinstance(box.under, Fenced) else box.under)
    return f"{text(box.base)}_{{{shown}}}" if _is_big(box) else f"{text(box.base)}⟨{shown}⟩"


_PRINT: dict[type, Callable[[Any], str]] = {
    Row: _row,
    Ident: lambda b: _LETTERS.get(b.name, clean(b.name)),
    Num: lambda b: b.digits,
    Op: _op,
    Text: lambda b: clean(b.words),
    Frac: lambda b: f"{_part(b.top)}/{_part(b.bottom)}",
    Sup: lambda b: _sup(text(b.base), b.sup),
    Sub: lambda b: text(b.base) + _sub(b.sub),
    SubSup: _sub_sup,
    Under: _under,
    Over: lambda b: f"{text(b.base)}^{{{text(b.over)}}}",
    UnderOver: lambda b: f"{text(b.base)}_{{{text(b.under)}}}^{{{text(b.over)}}}",
    Sqrt: lambda b: f"√({text(b.of)})",
    Fenced: lambda b: f"{b.left}{text(b.body)}{b.right}",
    Cases: _cases,
    Mark: lambda b: f"~{_raw(b.child)}~" if b.kind == "gone" else _raw(b.child),
    Hole: lambda b: hole(b.kind, b.shift, "T"),
}
