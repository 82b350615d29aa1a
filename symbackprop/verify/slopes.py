"""Gradients of somebody who took another slope at one activation: the forward program, one equation of it bent.

Where ``a = σ(z)`` is read as ``a = (a₀ − s z₀) + s z``, the values at the point stay what they are and the derivative
is that of a backward pass with ``s`` for ``σ'(z)``; so all that such a mistake spoils further down is known too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from symbackprop.language.claim import Term
from symbackprop.language.program import Program
from symbackprop.language.report import Diagnosis
from symbackprop.verify.dependence import Dependence
from symbackprop.verify.point import Point
from symbackprop.verify.setting import Setting
from symbackprop.verify.values import UnfitError, Values


def bent(point: Point, of: str, by: str, inner: str, outer: str, slope: Any) -> Any:
    """``∂of/∂by`` where the derivative of ``outer`` by ``inner`` is ``slope``."""
    program, definition = point.program, point.program.definitions[outer]
    q = definition.quantity
    base, steep = (replace(q, letter=f"{q.letter}_{word}", role="auxiliary", own=None) for word in ("base", "slope"))
    line = base.at(*definition.indices) + steep.at(*definition.indices) * definition.expression.args[0]
    equations = tuple(replace(e, expression=line) if e.quantity.name == outer else e for e in program.equations)
    other = Program((*program.all_given, base, steep), equations, program.sizes)
    given = {**point.given, base.name: point.value(outer) - slope * point.value(inner), steep.name: slope}
    return Point(other, point.sizes, given, point.ops, point.same, Dependence(other)).adjoint(of, by)


def other_slopes(point: Point, of: str, by: str, candidate: Any) -> Iterator[Diagnosis]:
    """The activation between a quantity and the loss at which a candidate has no slope, one too many, or one of a."""
    setting = Setting(point.program, by)
    between = point.dependence.after([by]) & point.dependence.before([of])
    if point.seeds or not between.isdisjoint(point.dependence.loops):
        return
    for inner, (function, outer) in setting.slopes.items():
        if outer not in between:
            continue
        for kind, slope in _slopes(point, setting, inner, function, outer):
            try:
                found = bent(point, of, by, inner, outer, slope)
            except ArithmeticError:  # more exponentials than the tower is high
                continue
            if np.shape(found) == np.shape(candidate) and np.all(point.same(found, candidate)):
                yield Diagnosis(kind, {"function": f"{function}'", "z": inner, "a": outer})
                return


def _slopes(
    point: Point, setting: Setting, inner: str, function: str, outer: str
) -> Iterator[tuple[str, Any]]:
    place = "output" if setting.last(inner) else "hidden"
    yield f"activation-derivative-missing-{place}", np.full(np.shape(point.value(outer)), 1, dtype=object)
    values = Values(point, exact=True)
    taken = {"derivative-at-activation": (outer,), "activation-derivative-extra": (inner, inner)}
    for kind, names in taken.items():
        try:
            factors = [values.of(Term("apply", (Term("quantity", name=n),), name=f"{function}'")) for n in names]
        except (UnfitError, ArithmeticError, ValueError):
            continue
        # a vector is a column among terms
        yield kind, np.reshape(np.prod(np.asarray(factors, dtype=object), axis=0), np.shape(point.value(outer)))
