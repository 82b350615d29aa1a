"""Gradients of somebody who goes back through other weights than forward: updated ones, turned ones, one row of them.

As in ``slopes`` the forward program is bent: ``z = W a + b`` is read as ``z = (z₀ − W′ a₀ − b) + W′ a + b``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.program import Program
from symbackprop.language.report import Diagnosis
from symbackprop.verify.binding import RATE
from symbackprop.verify.dependence import Dependence
from symbackprop.verify.point import Point


def other_weights(point: Point, of: str, by: str, candidate: Any) -> Iterator[Diagnosis]:
    """The layer between a quantity and the loss whose weights are others on the way back."""
    program = point.program
    between = point.dependence.after([by]) & point.dependence.before([of])
    if point.seeds or not between.isdisjoint(point.dependence.loops):
        return
    for name, q in program.quantities.items():
        if q.role != "weight" or not isinstance(q.layer, int):
            continue
        z, a = f"z[{q.layer}]", f"a[{q.layer - 1}]"
        if not {z, a} <= between:
            continue
        for kind, words, weights in _weights(point, of, name):
            try:
                found = _bent(point, of, by, name, z, a, weights)
            except ArithmeticError:  # more exponentials than the tower is high
                continue
            if found is not None and np.shape(found) == np.shape(candidate) and np.all(point.same(found, candidate)):
                yield Diagnosis(kind, words)
                return


def _weights(point: Point, of: str, name: str) -> Iterator[tuple[str, dict[str, str], Any]]:
    own = np.asarray(point.value(name), dtype=object)
    if own.ndim != 2:
        return
    yield "updated-before-use", {"name": name}, own - point.adjoint(of, name) * point.ops.number(sp.Rational(RATE))
    if own.shape[0] == own.shape[1]:
        yield "transpose-missing", {"name": name}, own.T
    for row in (-1, 0):
        kept = np.full(own.shape, 0, dtype=object)
        kept[row] = own[row]
        yield "sum-missing", {"index": "", "name": name}, kept
    for other, q in point.program.quantities.items():
        if other != name and q.role == "weight" and np.shape(point.value(other)) == own.shape:
            yield "layer-off-by-one", {"name": name, "other": other}, np.asarray(point.value(other), dtype=object)


def _bent(point: Point, of: str, by: str, name: str, z: str, a: str, weights: Any) -> Any | None:
    program, definition = point.program, point.program.definitions[z]
    other, base = (replace(program.quantities[n], letter=f"{program.quantities[n].letter}_{word}", role="auxiliary",
                           own=None) for n, word in ((name, "other"), (z, "base")))  # fmt: skip
    line = definition.expression.xreplace({program.quantities[name].symbol: other.symbol})
    if line == definition.expression:
        return None
    equations = tuple(replace(e, expression=line + base.at(*e.indices)) if e.quantity.name == z else e
                      for e in program.equations)  # fmt: skip
    moved = Program((*program.all_given, other, base), equations, program.sizes)
    gap = (np.asarray(point.value(name), dtype=object) - weights) @ point.value(a)
    if np.shape(gap) != np.shape(point.value(z)):
        return None
    given = {**point.given, other.name: weights, base.name: gap}
    return Point(moved, point.sizes, given, point.ops, point.same, Dependence(moved)).adjoint(of, by)
