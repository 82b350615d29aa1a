"""LaTeX of the lines of a document, shared by the page (for copying), the LaTeX file and Markdown."""

from __future__ import annotations

import re

from symbackprop.documents.blocks import Piece, Row, terms_of
from symbackprop.notation.formula import EMPTY, Formula
from symbackprop.notation.latex import glue, latex

_MARKS = re.compile(r"\\sb(?:reuse|def|result)(?:\[\w+\])?(?=\{)")
_BLANKS = re.compile(r"  +")
SIGNS = {"=": "=", "≝": r"\overset{\mathrm{def}}{=}", "←": r"\leftarrow", ":": ":"}


def bare(formula: Formula) -> str:
    """LaTeX without macros of ours: marks fall away, a nest keeps its braces, what vanishes its stroke."""
    text = latex(formula).replace(r"\sbknown{", r"\underbrace{").replace(r"\sbgone{", r"\cancel{")
    return _MARKS.sub("", text)


def before(formula: Formula) -> str:
    """What stands before a term: a continued line begins with an empty atom that keeps the space."""
    text = latex(formula) if formula != EMPTY else ""
    return text.removeprefix("{} ")


def product(right: tuple[Piece, ...]) -> str:
    """A line without roles, boxes or brackets."""
    parts = (part for term in terms_of(right) for part in (before(term.before), bare(term.formula)))
    return _BLANKS.sub(" ", glue([p for p in parts if p])).strip()


def equation(row: Row) -> str:
    """``left = right``, for the clipboard."""
    left = bare(row.left) + " " if row.left is not None else ""
    return f"{left}{SIGNS[row.sign]} {product(row.right)}"
