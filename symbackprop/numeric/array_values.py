"""Array tree → numbers: what a matrix form is worth, node by node, with NumPy's own matrix operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np

from symbackprop.language.arrays import (
    Array,
    Diagonal,
    Elementwise,
    Hadamard,
    Matmul,
    Ones,
    Outer,
    Scaled,
    Times,
    Total,
    Transpose,
)
from symbackprop.numeric.evaluate import evaluate_expression, extent
from symbackprop.numeric.frame import Scope


def array_value(array: Array, scope: Scope) -> Any:
    """The array that a tree stands for."""
    return _VALUE[type(array)](array, scope)


def _elementwise(array: Elementwise, scope: Scope) -> Any:
    counts = (extent(s, scope.sizes) for s in array.sizes)
    if array.slots:
        scope = replace(scope, arrays={**scope.arrays, **{s: array_value(a, scope) for s, a in array.slots}})
    return evaluate_expression(array.expression, tuple((i, 1, n) for i, n in zip(array.indices, counts, strict=True)),
                               scope)


def _ones(array: Ones, scope: Scope) -> Any:
    return np.ones(extent(array.size, scope.sizes))


def _scaled(array: Scaled, scope: Scope) -> Any:
    return evaluate_expression(array.scalar, (), scope) * array_value(array.of, scope)


_VALUE: dict[type[Any], Callable[[Any, Scope], Any]] = {
    Elementwise: _elementwise,
    Ones: _ones,
    Scaled: _scaled,
    Times: lambda a, s: array_value(a.number, s) * array_value(a.of, s),
    Transpose: lambda a, s: np.transpose(array_value(a.of, s)),
    Matmul: lambda a, s: array_value(a.left, s) @ array_value(a.right, s),
    Outer: lambda a, s: np.multiply.outer(array_value(a.left, s), array_value(a.right, s)),
    Hadamard: lambda a, s: reduce(np.multiply, (array_value(f, s) for f in a.factors)),
    Diagonal: lambda a, s: np.diag(array_value(a.of, s)),
    Total: lambda a, s: reduce(np.add, (array_value(t, s) for t in a.terms)),
}
