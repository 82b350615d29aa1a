"""Gradients of somebody who goes back through other weights than forward: updated ones, turned ones, one row of them.

``z = W a + b`` is read as ``z = (z₀ − W′ a₀ − b) + W′ a + b``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.report import Diagnosis
from symbackprop.verify.bending import Bend, beside, fits
from symbackprop.verify.binding import RATE
from symbackprop.verify.point import Point
from symbackprop.verify.values import as_floats


def other_weights(point: Point, of: str, by: str, candidate: Any) -> Iterator[Diagnosis]:
    """The layer between a quantity and the loss whose weights are others on the way back."""
    program = point.program
    between = point.dependence.after([by]) & point.dependence.before([of])
    if point.seeds or not between.isdisjoint(point.dependence.loops):
        return
    for name, q in program.quantities.items():
        if q.role != "weight" or not isinstance(q.layer, int) or np.ndim(point.value(name)) != 2:
            continue
        if not {f"z[{q.layer}]", f"a[{q.layer - 1}]"} <= between:
            continue
        for kind, words in _kinds(point, name):
            key = ("weights", kind, *words.values())
            if fits(point, of, by, candidate, key, partial(_bend, point, of, name, q.layer, kind, words)):
                yield Diagnosis(kind, words)
                return


def _kinds(point: Point, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    rows, columns = np.shape(point.value(name))
    yield "updated-before-use", {"name": name}
    if rows == columns:
        yield "transpose-missing", {"name": name}
    for row in (-1, 0):
        yield "sum-missing", {"index": "", "name": name, "row": str(row)}
    for other, q in point.program.quantities.items():
        if other != name and q.role == "weight" and np.shape(point.value(other)) == (rows, columns):
            yield "layer-off-by-one", {"name": other, "other": name}


def _weights(point: Point, of: str, name: str, kind: str, words: dict[str, str]) -> Any:
    own = np.asarray(point.value(name), dtype=object)
    if kind == "updated-before-use":
        return own - point.adjoint(of, name) * point.ops.number(sp.Rational(RATE))
    if kind == "transpose-missing":
        return own.T
    if kind == "layer-off-by-one":
        return np.asarray(point.value(words["name"]), dtype=object)
    kept = np.full(own.shape, 0, dtype=object)
    kept[int(words["row"])] = own[int(words["row"])]
    return kept


def _bend(point: Point, of: str, name: str, layer: int, kind: str, words: dict[str, str], exact: bool) -> Bend | None:
    z, a = f"z[{layer}]", f"a[{layer - 1}]"
    definition = point.program.definitions[z]
    here = point.program.quantities[name]
    other, base = beside(here, "other"), beside(definition.quantity, "base")
    line = definition.expression.xreplace({here.symbol: other.symbol})
    weights = _weights(point, of, name, kind, words)
    gap = (np.asarray(point.value(name), dtype=object) - weights) @ point.value(a)
    if line == definition.expression or np.shape(gap) != np.shape(point.value(z)):
        return None
    if not exact:
        weights, gap = as_floats(weights), as_floats(gap)
    return Bend({z: line + base.at(*definition.indices)}, {other: weights, base: gap})
