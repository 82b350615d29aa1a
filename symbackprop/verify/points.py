"""Points for many-digit checks: rational numbers, the same for both sides, put into mpmath or SymPy exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.program import Program
from symbackprop.numeric.domains import unit_axis
from symbackprop.numeric.ops import Ops
from symbackprop.numeric.sample import domain_of, regular_values

DENOMINATOR = 10**6


def exact_values(program: Program, salt: int, sizes: Mapping[sp.Symbol, int]) -> dict[str, Any]:
    """A regular random point in rational numbers: object arrays; probabilities sum to exactly 1."""
    point = regular_values(program, salt, sizes)
    result = {}
    for quantity in program.all_given:
        exact = _rational(np.asarray(point[quantity.name]))
        axis = unit_axis(quantity)
        if domain_of(quantity, program).kind == "distribution" and axis is not None:
            exact = exact / exact.sum(axis=axis, keepdims=True)
        result[quantity.name] = exact
    return result


def _rational(array: Any) -> Any:
    result = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape):
        result[place] = sp.Rational(round(float(array[place]) * DENOMINATOR), DENOMINATOR)
    return result


def in_numbers(exact: Mapping[str, Any], ops: Ops) -> dict[str, Any]:
    """The same point in the numbers of some ops."""
    return {name: np.asarray(np.frompyfunc(ops.number, 1, 1)(array), dtype=object) for name, array in exact.items()}
