"""Names → boxes: ``z[l - 1]`` is a letter with a label, ``w1`` a letter with an index, ``alpha`` a Greek letter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from sympy.printing.conventions import split_super_sub

from symbackprop.notation.formula import EMPTY, Formula, Hole, Ident, Num, Op, Text, joined, row, scripts
from symbackprop.notation.glyphs import GREEK

_LABELLED = re.compile(r"(.+?)\[(.*)\]", re.DOTALL)
_COUNTED = re.compile(r"([A-Za-z])(?: ([+-]) (\d+))?")
_GLYPH = re.compile(r"\\(?:operatorname|mathrm|text)\{([^{}\\]+)\}|\\([A-Za-z]+)|([^\\{}]+)")


@dataclass(frozen=True)
class Name:
    """A name taken apart: the letter, and what stands below and above it."""

    base: Formula
    subs: tuple[Formula, ...] = ()
    supers: tuple[Formula, ...] = ()


def split(name: str) -> tuple[str, str | None]:
    """``z[l - 1]`` → ``z`` and ``l - 1``; a name without label → itself and None."""
    match = _LABELLED.fullmatch(name)
    return (match[1], match[2]) if match else (name, None)


def word(name: str, function: bool = False) -> Formula:
    """One mathematical word: digits, a Greek name, a letter, an upright name; anything else is text."""
    if name.isascii() and name.isdigit():
        return Num(name)
    if name in GREEK:
        return Ident(GREEK[name], function)
    if (name.isascii() and name.isalnum()) or (len(name) == 1 and name.isalpha()):
        return Ident(name, function)
    return Text(name)


@cache
def parsed(name: str) -> Name:
    """A name as SymPy reads it: ``w1`` is w with index 1, ``x_ab`` is x with index ab."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", name):
        return Name(word(name))
    base, supers, subs = split_super_sub(name)
    return Name(word(base), tuple(word(s) for s in subs), tuple(word(s) for s in supers))


@cache
def counted(
    label: str, placeholder: bool, shift: int = 0, base: int = 0, units: int = 0,
    called: tuple[tuple[str, str], ...] = (),
) -> Formula:
    """What a label is on the page: a number, ``l``, ``l-1``, a layer's name.

    A number stands ``shift`` higher than in the record. The general l is there ``base`` more than here, and the last
    layer L ``units`` more, so what is left of the shift is written. ``called`` are the names of l and of L.
    """
    match = _COUNTED.fullmatch(label)
    if not match:
        return Num(str(int(label) + shift)) if label.isascii() and label.isdigit() else Text(label)
    letter, sign, count = match.groups()
    more = int(sign + count) if sign else 0
    if placeholder and letter == "l":
        return Hole("label", more + shift)
    more += {"l": shift - base, "L": shift - units}.get(letter, 0)
    name = parsed(dict(called).get(letter, letter))
    shown = scripts(name.base, below(name.subs, ()))
    return shown if not more else row(shown, Op("−" if more < 0 else "+", "tight"), Num(str(abs(more))))


def below(parts: tuple[Formula, ...], indices: tuple[Formula, ...]) -> Formula | None:
    """What stands under a letter: parts of its name, then indices, set side by side where that reads clearly."""
    every = (*parts, *indices)
    if not every:
        return None
    if not parts and all(_short(i) for i in every):
        return row(*every)
    if parts and len(indices) > 1 and all(_short(i) for i in indices):  # the gate i of a cell, at the indices j and i
        return joined((*parts, row(*indices)), Op(",", "tight"))
    return joined(every, Op(",", "tight"))


def above(parts: tuple[Formula, ...], label: Formula | None) -> Formula | None:
    """What stands over a letter: parts of its name and the layer label."""
    over = row(*parts, label or EMPTY)
    return None if over == EMPTY else over


def _short(box: Formula) -> bool:
    if isinstance(box, Num):
        return len(box.digits) == 1
    return isinstance(box, Ident) and len(box.name) == 1


@cache
def glyph(latex: str) -> Formula:
    r"""The box of a named function's LaTeX: ``\sigma``, ``\tanh``, ``\operatorname{relu}``."""
    match = _GLYPH.fullmatch(latex)
    if not match:
        return Text(latex)
    name = match[1] or match[2] or match[3]
    return word(name, function=True)
