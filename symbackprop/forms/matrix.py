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
from symbackprop.language.notation import Notation
from symbackprop.language.quantity import Axis, Equation


def matrix_form(derivation: Derivation, chapter: Chapter, notation: Notation) -> MatrixForm:
    """The matrix form of a chapter's result, with the lines that lead to it."""
    line = collected(derivation, chapter, notation.collected)
    steps = [MatrixStep("component", chapter.result)]
    if line != chapter.result:
        steps.append(MatrixStep("collect", line))
    return _form(line, chapter.indices, chapter.by.axes, steps)


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
