"""Names → boxes: ``z[l - 1]`` is a letter with a label, ``w1`` a letter with an index, ``alpha`` a Greek letter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from sympy.printing.conventions import split_super_sub

from symbackprop.notation.formula import EMPTY, Fenced, Formula, Hole, Ident, Num, Op, Text, joined, row
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
def counted(label: str, placeholder: bool) -> Formula:
    """What stands in the brackets of a label: a number, ``l``, ``l-1``, a layer's name."""
    match = _COUNTED.fullmatch(label)
    if not match:
        return word(label) if label.isascii() and label.isdigit() else Text(label)
    letter, sign, shift = match.groups()
    if placeholder and letter == "l":
        return Hole("label", int(sign + shift) if sign else 0)
    if not sign:
        return Ident(letter)
    return row(Ident(letter), Op("−" if sign == "-" else sign, "tight"), Num(shift))


@cache
def bracketed(label: str, placeholder: bool = False) -> Fenced:
    """A layer label in square brackets."""
    return Fenced(counted(label, placeholder), "[", "]")


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
