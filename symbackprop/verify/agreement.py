"""The forms of one result are worth the same: components against matrices, and against scalars where axes are 1."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from symbackprop.language.arrays import MatrixForm
from symbackprop.language.derivation import Chapter, Derivation
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.report import Check
from symbackprop.numeric.array_values import array_value
from symbackprop.numeric.evaluate import evaluate_expression, extent
from symbackprop.verify.compare import BOUNDS, check
from symbackprop.verify.replay import replayed
from symbackprop.verify.truth import Truth

Forms = Callable[[Chapter], MatrixForm]


def agreement(derivation: Derivation, truth: Truth, forms: Forms) -> Iterator[Check]:
    """The matrix form of each chapter that has one, against its component form."""
    scope = truth.scope(truth.adjoint_arrays(derivation))
    for name in replayed(derivation):
        chapter = derivation.chapter(name)
        array = forms(chapter).array
        if array is None:
            continue
        try:
            counts = [extent(s, truth.sizes) for s in chapter.quantity.shape]
            ranges = tuple((i, 1, n) for i, n in zip(chapter.indices, counts, strict=True))
            components = evaluate_expression(chapter.result.expression, ranges, scope)
            with np.errstate(all="ignore"):
                yield check("agreement", name, np.asarray(array_value(array, scope)), components, "matrix form")
        except (SymbackpropError, ValueError) as problem:
            yield Check("agreement", name, False, float("inf"), BOUNDS["agreement"], str(problem))


def without_matrix_form(derivation: Derivation, forms: Forms) -> list[str]:
    """The chapters that have no matrix form."""
    return [n for n in replayed(derivation) if forms(derivation.chapter(n)).array is None]
