"""Formula → MathML Core: no menclose, no columnalign, no mathvariant; brackets grow only where they must."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, Literal
from xml.etree import ElementTree

from latex2mathml.converter import convert

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
    rebuilt,
    unmarked,
)
from symbackprop.notation.glyphs import clean, hole
from symbackprop.notation.latex import latex

NAMESPACE = "http://www.w3.org/1998/Math/MathML"
_THIN = '<mspace width="0.17em"/>'
_TALL = frozenset("bdfhklt")
"""Small letters that rise above the others."""
_GAPS = {"": "", "fraction": _THIN, "function": _THIN, "bracket": _THIN, "shape": '<mspace width="0.4em"/>'}


def mathml(
    formula: Formula, display: bool = False, engine: Literal["own", "latex2mathml"] = "own", namespace: bool = False
) -> str:
    """A whole ``<math>`` element. ``namespace`` is for files of their own; within HTML it is not needed."""
    if engine == "latex2mathml":
        return _converted(formula, display)
    start = "<math" + (f' xmlns="{NAMESPACE}"' if namespace else "") + (' display="block"' if display else "")
    return f"{start}>{_inside(formula)}</math>"


def fragment(formula: Formula) -> str:
    """One element, for the inside of a ``<math>``."""
    return _print(formula)


def _inside(box: Formula, alone: bool = True) -> str:
    """The children of an element that is a row by itself, or (not ``alone``) stand between two others in it."""
    return _items(box, alone) if isinstance(box, Row) else _print(box)


def _items(box: Row, alone: bool = True) -> str:
    last = len(box.items) - 1
    return "".join(_item(box, k, last, alone) for k in range(last + 1))


def _item(box: Row, k: int, last: int, alone: bool) -> str:
    item = box.items[k]
    if not isinstance(item, Op):
        return _print(item)
    if item.sign == TIMES:
        # TeX keeps its distance from a fraction and from a function name, MathML does not
        return _GAPS[gap(box, k)]
    return _op(item, first=alone and k == 0, last=alone and k == last)


def _op(box: Op, first: bool = True, last: bool = True) -> str:
    if box.sign in (TIMES, APPLY):
        return _THIN if box.sign == APPLY else ""
    attributes = ""
    if box.form == "tight":
        attributes = ' lspace="0" rspace="0"'
    elif (box.form == "infix" and (first or last)) or (box.form == "prefix" and not first):
        attributes = f' form="{box.form}"'
    return f"<mo{attributes}>{escape(clean(box.sign))}</mo>"


def _fence(sign: str, tall: bool) -> str:
    return f"<mo>{escape(sign)}</mo>" if tall else f'<mo stretchy="false">{escape(sign)}</mo>'


def _fenced(box: Fenced) -> str:
    if not box.left and not box.right:
        return _print(box.body)
    left, right = _fence(box.left, box.tall), _fence(box.right, box.tall)
    return f"<mrow>{left}{_inside(box.body, alone=False)}{right}</mrow>"


def _level(box: Sup | SubSup) -> str:
    """The base of scripts: all layer labels of a line stand at one height, those of b and h too."""
    tall = isinstance(box.base, Ident) and box.base.name in _TALL and isinstance(box.sup, Fenced)
    return f'<mpadded height="0.47em">{_print(box.base)}</mpadded>' if tall else _print(box.base)


def _element(tag: str, *names: str) -> Callable[[Any], str]:
    def show(box: Any) -> str:
        return f"<{tag}>{''.join(_print(getattr(box, name)) for name in names)}</{tag}>"

    return show


_CELL = '<mtd style="text-align:left">'


def _cases(box: Cases) -> str:
    rows = "".join(f"<mtr>{_CELL}{_inside(v)}</mtd>{_CELL}{_inside(c)}</mtd></mtr>" for v, c in box.rows)
    return f'<mrow><mo form="prefix">{{</mo><mtable class="cases">{rows}</mtable></mrow>'


def _mark(box: Mark) -> str:
    return f'<mrow class="{box.kind}" data-ref="{escape(clean(box.ref))}">{_inside(box.child)}</mrow>'


def _hole(box: Hole) -> str:
    token = hole(box.kind, box.shift, "M")
    return f"<mn>{token}</mn>" if box.kind == "label" else token


def _print(box: Formula) -> str:
    return _PRINT[type(box)](box)


_PRINT: dict[type, Callable[[Any], str]] = {
    Row: lambda b: f"<mrow>{_items(b)}</mrow>",
    Ident: lambda b: f"<mi>{escape(clean(b.name))}</mi>",
    Num: lambda b: f"<mn>{b.digits}</mn>",
    Op: _op,
    Text: lambda b: f"<mtext>{escape(clean(b.words))}</mtext>",
    Frac: _element("mfrac", "top", "bottom"),
    Sup: lambda b: f"<msup>{_level(b)}{_print(b.sup)}</msup>",
    Sub: _element("msub", "base", "sub"),
    SubSup: lambda b: f"<msubsup>{_level(b)}{_print(b.sub)}{_print(b.sup)}</msubsup>",
    Under: _element("munder", "base", "under"),
    Over: _element("mover", "base", "over"),
    UnderOver: _element("munderover", "base", "under", "over"),
    Sqrt: lambda b: f"<msqrt>{_inside(b.of)}</msqrt>",
    Fenced: _fenced,
    Cases: _cases,
    Mark: _mark,
    Hole: _hole,
}

_VEIL = {char: chr(0xF0000 + ord(char)) for char in "\\{}%$#&_~^<>\"'"}
_UNVEIL = {ord(veiled): escape(char) for char, veiled in _VEIL.items()}


def _veiled(box: Formula) -> Formula:
    """Hostile characters out of the converter's sight: it neither knows ``\\textless`` nor escapes ``<``."""
    if isinstance(box, Text):
        return Text(_hide(box.words))
    return Ident(_hide(box.name), box.function) if isinstance(box, Ident) else box


def _hide(words: str) -> str:
    return "".join(_VEIL.get(char, char) for char in words)


def _converted(formula: Formula, display: bool) -> str:
    shown = convert(latex(rebuilt(unmarked(formula), _veiled)), display="block" if display else "inline")
    shown = str(shown).translate(_UNVEIL)
    ElementTree.fromstring(shown)  # a converter that lets markup through must not go unseen
    return shown
