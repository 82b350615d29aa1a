"""Formula: a dozen boxes, the elements of MathML Core. Every print (LaTeX, MathML, text) is a table over them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeAlias

OpForm = Literal["infix", "prefix", "postfix", "tight"]
MarkKind = Literal["reuse", "def", "known", "result", "gone"]
TIMES = "\u2062"
"""Juxtaposition: invisible on the page, a blank in plain text."""
APPLY = "\u2061"
"""A function name before an argument without brackets, ``log a``: a thin space."""


@dataclass(frozen=True)
class Row:
    """Boxes side by side."""

    items: tuple[Formula, ...]


@dataclass(frozen=True)
class Ident:
    """A letter (one character, italic) or a name (upright); ``function`` names stand before an argument."""

    name: str
    function: bool = False


@dataclass(frozen=True)
class Num:
    digits: str


@dataclass(frozen=True)
class Op:
    """An operator; ``tight`` ones stand in scripts and labels, without space."""

    sign: str
    form: OpForm = "infix"


@dataclass(frozen=True)
class Text:
    """Words, or a name that is no mathematical name. Escaped by every print."""

    words: str


@dataclass(frozen=True)
class Frac:
    top: Formula
    bottom: Formula


@dataclass(frozen=True)
class Sup:
    base: Formula
    sup: Formula


@dataclass(frozen=True)
class Sub:
    base: Formula
    sub: Formula


@dataclass(frozen=True)
class SubSup:
    base: Formula
    sub: Formula
    sup: Formula


@dataclass(frozen=True)
class Under:
    base: Formula
    under: Formula


@dataclass(frozen=True)
class Over:
    base: Formula
    over: Formula


@dataclass(frozen=True)
class UnderOver:
    """A sum sign with its limits."""

    base: Formula
    under: Formula
    over: Formula


@dataclass(frozen=True)
class Sqrt:
    of: Formula


@dataclass(frozen=True)
class Fenced:
    """Brackets around a formula; ``tall`` ones grow with it."""

    body: Formula
    left: str = "("
    right: str = ")"
    tall: bool = False


@dataclass(frozen=True)
class Cases:
    """Rows of a value and the condition under which it holds."""

    rows: tuple[tuple[Formula, Formula], ...]


@dataclass(frozen=True)
class Mark:
    """A part of a formula that means something to the page: a reused term, its definition. ``ref`` names it."""

    child: Formula
    ref: str
    kind: MarkKind


@dataclass(frozen=True)
class Hole:
    """A place in a template that is filled for each layer: its label, or its number of units."""

    kind: Literal["label", "size"]
    shift: int


Formula: TypeAlias = (
    Row | Ident | Num | Op | Text | Frac | Sup | Sub | SubSup | Under | Over | UnderOver | Sqrt | Fenced | Cases | Mark
    | Hole
)
EMPTY = Row(())


def row(*items: Formula) -> Formula:
    """Boxes side by side; rows within are opened, a single box stays itself."""
    flat = tuple(box for item in items for box in (item.items if isinstance(item, Row) else (item,)))
    return flat[0] if len(flat) == 1 else Row(flat)


def joined(items: tuple[Formula, ...], sign: Formula) -> Formula:
    """``a, b, c`` with a sign between."""
    return row(*(box for k, item in enumerate(items) for box in ((sign, item) if k else (item,))))


def scripts(base: Formula, sub: Formula | None = None, sup: Formula | None = None) -> Formula:
    """A base with the scripts that are there."""
    if sub is None:
        return base if sup is None else Sup(base, sup)
    return Sub(base, sub) if sup is None else SubSup(base, sub, sup)


def slashed(formula: Formula) -> Formula:
    """A fraction as it stands in a sentence: ``∂J/∂a``."""
    return row(formula.top, Op("/", "tight"), formula.bottom) if isinstance(formula, Frac) else formula


def slope(of: Formula, by: Formula) -> Frac:
    """``∂z/∂w``; a derivative in it lies on its side, in brackets: ``∂s/∂(∂J/∂a)``."""
    parts = (fenced(slashed(part)) if isinstance(part, Frac) else part for part in (of, by))
    return Frac(*(row(Ident("∂"), part) for part in parts))


def fenced(body: Formula, left: str = "(", right: str = ")") -> Fenced:
    """Brackets, tall exactly where what they hold is."""
    return Fenced(body, left, right, is_tall(body))


_SCRIPTED: dict[type, str] = {Sup: "base", Sub: "base", SubSup: "base", Mark: "child", Under: "base"}
_TALL = (Frac, UnderOver, Over, Cases)


def is_tall(box: Formula) -> bool:
    """Does this formula stand higher than a line? What is in scripts, or a note below, does not count."""
    if isinstance(box, _TALL):
        return True
    if isinstance(box, Row):
        return any(is_tall(item) for item in box.items)
    if isinstance(box, Fenced):
        return box.tall
    inner = _SCRIPTED.get(type(box))
    return inner is not None and is_tall(getattr(box, inner))


def is_label(sup: Formula) -> bool:
    """Is what stands above a letter its layer, its datum, and not a power? A bare label has brackets that are empty."""
    first = sup.items[0] if isinstance(sup, Row) and sup.items else sup
    return isinstance(first, Fenced) and first.left in ("[", "(", "")


def gap(boxes: Row, k: int) -> Literal["", "fraction", "function", "bracket", "shape"]:
    """Why the factors around the juxtaposition at place ``k`` need a space between them, if they do."""
    here = boxes.items[k]
    if isinstance(here, Op) and here.form == "tight":
        return ""
    left, right = boxes.items[max(k - 1, 0)], boxes.items[min(k + 1, len(boxes.items) - 1)]
    near = [b.child if isinstance(b, Mark) else b for b in (left, right)]
    if any(isinstance(b, Under) for b in near):
        return "shape"
    if any(isinstance(b, Frac) for b in near):
        return "fraction"
    if isinstance(near[1], Ident) and near[1].function:
        return "function"
    # d b (a)ᵀ without a space would be read as a function of a
    return "bracket" if isinstance(near[1], Sup) and isinstance(near[1].base, Fenced) else ""


def rebuilt(box: Formula, change: Callable[[Formula], Formula]) -> Formula:
    """The same boxes, from the inside outwards each replaced by what ``change`` makes of it."""

    def inside(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(inside(item) for item in value)
        return rebuilt(value, change) if type(value) in _BOXES else value

    return change(replace(box, **{f.name: inside(getattr(box, f.name)) for f in fields(box)}))


_BOXES = frozenset({Row, Ident, Num, Op, Text, Frac, Sup, Sub, SubSup, Under, Over, UnderOver, Sqrt, Fenced, Cases,
                    Mark, Hole})


def unmarked(box: Formula) -> Formula:
    """The formula without its marks."""
    return rebuilt(box, lambda b: b.child if isinstance(b, Mark) else b)
