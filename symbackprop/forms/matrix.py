"""Matrix form, by reducing the graph of indices of each product.

Indices are nodes; a vector sits on one, a matrix joins two. Parallel edges: ⊙. A summed index between two factors:
product; at one factor: times **1**. Two vectors left over: outer product. A vector beside a matrix: diag. Transposes
come from positions. What does not reduce has no matrix form, and says why.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from symbackprop.forms.collect import collected
from symbackprop.forms.factoring import factored
from symbackprop.forms.graph import NoMatrixForm
from symbackprop.forms.lines import as_line, line_array
from symbackprop.language.arrays import MatrixForm, MatrixStep
from symbackprop.language.derivation import Chapter, Derivation, Line
from symbackprop.language.indices import base_of, leaves
from symbackprop.language.notation import Notation
from symbackprop.language.quantity import Axis, Equation


def matrix_form(derivation: Derivation, chapter: Chapter, notation: Notation) -> MatrixForm:
    """The matrix form of a chapter's result, with the lines that lead to it."""
    line = collected(derivation, chapter, notation.collected)
    steps = [MatrixStep("component", chapter.result)]
    if line != chapter.result:
        steps.append(MatrixStep("collect", line))
    part = _read_in_part(derivation, chapter, line)
    if part is not None:
        return MatrixForm(None, tuple(steps), str(NoMatrixForm("affine", part)))
    return _form(line, chapter.indices, chapter.by.axes, steps)


def _read_in_part(derivation: Derivation, chapter: Chapter, line: Line) -> sp.Expr | None:
    """An array of which an index reads a part only, as of a concatenation ``da[i]`` does: no factor as a whole."""
    free = dict(zip(chapter.indices, chapter.by.shape, strict=True))
    for p in line.products:
        sizes = {**free, **{i: high for i, low, high in p.over if low == 1}}
        for leaf in (x for f in p.factors for x in leaves(f.expression) if isinstance(x, sp.Indexed)):
            for i, length in zip(leaf.indices, _shape(derivation, leaf), strict=False):
                if (length - sizes.get(i, length)).is_positive:
                    return leaf
    return None


def _shape(derivation: Derivation, leaf: sp.Indexed) -> tuple[sp.Expr, ...]:
    base = base_of(leaf)
    known = derivation.forward.by_symbol.get(base)
    if known is None and base.name in derivation.by_name:
        known = derivation.chapter(base.name).by
    return known.shape if known is not None else ()


def equation_form(equation: Equation) -> MatrixForm:
    """The matrix form of a forward equation."""
    line = as_line(equation.expression, equation.indices)
    return _form(line, equation.indices, equation.quantity.axes, [MatrixStep("component", line)])


def _form(line: Line, indices: Sequence[sp.Symbol], axes: Sequence[Axis], steps: list[MatrixStep]) -> MatrixForm:
    sizes = dict(zip(indices, (a.size for a in axes), strict=True))
    try:
        array = line_array(line, tuple(indices), sizes)
    except NoMatrixForm as reason:
        return MatrixForm(None, tuple(steps), str(reason))
    steps = [*steps, MatrixStep("matrix", array)]
    short = factored(array)
    if short != array:
        steps.append(MatrixStep("factor", short))
    return MatrixForm(short, tuple(steps))
