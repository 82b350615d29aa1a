"""Equations as SVG, by ziamath (extra ``svg``): our MathML drawn with STIX Two Math, no font needed to show it."""

from __future__ import annotations

from collections.abc import Iterator

import ziamath

from symbackprop.documents.blocks import Definition, Display, Document, Rows, walk
from symbackprop.documents.hwp import whole
from symbackprop.notation.formula import Formula, unmarked
from symbackprop.notation.mathml import mathml

SIZE = 24


def equation_svgs(document: Document) -> dict[str, str]:
    """File names and their content: ``eq-007.svg`` is equation (7), ``line-012.svg`` the twelfth line without a
    number."""
    files: dict[str, str] = {}
    lines = 0
    for number, formula in _equations(document):
        lines += number is None
        name = f"line-{lines:03d}.svg" if number is None else f"eq-{number:03d}.svg"
        files[name] = svg(formula)
    return files


def svg(formula: Formula) -> str:
    """One formula."""
    drawn = ziamath.Math(mathml(unmarked(formula), display=True, namespace=True), size=SIZE)
    return f"{drawn.svg()}\n"


def _equations(document: Document) -> Iterator[tuple[int | None, Formula]]:
    """Each line with its number; one that goes on has the left side that it goes on from."""
    for block in walk(document.blocks):
        if isinstance(block, Display):
            yield None, block.formula
        elif isinstance(block, Rows | Definition):
            left: Formula | None = None
            for row in block.rows:
                left = row.left if row.left is not None else left
                yield row.number, whole(row, left)
