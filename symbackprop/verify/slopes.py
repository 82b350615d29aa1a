"""Gradients of somebody who took another slope at one activation: the forward program, one equation of it bent.

Where ``a = σ(z)`` is read as ``a = (a₀ − s z₀) + s z``, the values at the point stay what they are and the derivative
is that of a backward pass with ``s`` for ``σ'(z)``; so all that such a mistake spoils further down is known too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from symbackprop.language.claim import Term
from symbackprop.language.program import Program
from symbackprop.language.report import Diagnosis
from symbackprop.verify.dependence import Dependence
from symbackprop.verify.point import Point
from symbackprop.verify.setting import Setting
from symbackprop.verify.values import UnfitError, Values, as_floats

OTHERS: Mapping[str, Callable[[Any, Any], Any]] = {
    "a(1 − a)": lambda z, a: a * (1 - a), "1 − a²": lambda z, a: 1 - a * a, "1 − a": lambda z, a: 1 - a,
    "a": lambda z, a: a, "z": lambda z, a: z, "z(1 − z)": lambda z, a: z * (1 - z), "1 − z²": lambda z, a: 1 - z * z,
    "[z > 0]": lambda z, a: np.asarray(as_floats(z) > 0, dtype=object) * 1,
}  # fmt: skip
"""What people take for the derivative of an activation, by its input and its output."""


def bent(point: Point, of: str, by: str, slopes: Mapping[str, tuple[str, Any]]) -> Any:
    """``∂of/∂by`` where the derivatives of some outputs by their inputs are others: output → (input, slope)."""
    program, given, added, lines = point.program, dict(point.given), list(point.program.all_given), {}
    for outer, (inner, slope) in slopes.items():
        definition = program.definitions[outer]
        q = definition.quantity
        base, steep = (replace(q, letter=f"{q.letter}_{w}", role="auxiliary", own=None) for w in ("base", "slope"))
        lines[outer] = base.at(*definition.indices) + steep.at(*definition.indices) * definition.expression.args[0]
        given |= {base.name: point.value(outer) - slope * point.value(inner), steep.name: slope}
        added += [base, steep]
    equations = tuple(replace(e, expression=lines[e.quantity.name]) if e.quantity.name in lines else e
                      for e in program.equations)  # fmt: skip
    other = Program(tuple(added), equations, program.sizes)
    return Point(other, point.sizes, given, point.ops, point.same, Dependence(other)).adjoint(of, by)


def other_slopes(point: Point, of: str, by: str, candidate: Any) -> Iterator[Diagnosis]:
    """The activation between a quantity and the loss at which a candidate has no slope, one too many, or another; or
    all of them, where one line of code is for all layers."""
    setting = Setting(point.program, by)
    between = point.dependence.after([by]) & point.dependence.before([of])
    if point.seeds or not between.isdisjoint(point.dependence.loops):
        return
    places = [(outer, inner, f) for inner, (f, outer) in setting.slopes.items() if outer in between]
    hidden = [p for p in places if not setting.last(p[1])]
    groups = [[p] for p in places] + [g for g in (hidden, places) if len(g) > 1 and g != places[:1]]
    for group in groups:
        told = {outer: dict(_slopes(point, setting, inner, f, outer)) for outer, inner, f in group}
        for kind in told[group[0][0]]:
            slopes = {outer: (inner, told[outer][kind]) for outer, inner, _ in group if kind in told[outer]}
            if len(slopes) == len(group) and _fits(point, of, by, candidate, slopes):
                outer, inner, function = group[0]
                yield _said(setting, kind, function, inner, outer)
                return


def _fits(point: Point, of: str, by: str, candidate: Any, slopes: Mapping[str, tuple[str, Any]]) -> bool:
    try:
        found = bent(point, of, by, slopes)
    except ArithmeticError:  # more exponentials than the tower is high
        return False
    return np.shape(found) == np.shape(candidate) and bool(np.all(point.same(found, candidate)))


def _said(setting: Setting, kind: str, function: str, inner: str, outer: str) -> Diagnosis:
    words = {"function": f"{function}'", "z": inner, "a": outer}
    if kind in OTHERS:
        return Diagnosis("wrong-derivative", {**words, "other": kind})
    if kind == "activation-derivative-missing":
        kind += "-output" if setting.last(inner) else "-hidden"
    if kind == "activation-derivative-extra" and setting.logarithmic and setting.last(inner):
        kind = "activation-derivative-cancelled-by-cross-entropy"
    return Diagnosis(kind, words)


def _slopes(point: Point, setting: Setting, inner: str, function: str, outer: str) -> Iterator[tuple[str, Any]]:
    yield "activation-derivative-missing", np.full(np.shape(point.value(outer)), 1, dtype=object)
    values = Values(point, exact=True)
    taken = {"derivative-at-activation": (outer,), "activation-derivative-extra": (inner, inner)}
    for kind, names in taken.items():
        try:
            factors = [values.of(Term("apply", (Term("quantity", name=n),), name=f"{function}'")) for n in names]
        except (UnfitError, ArithmeticError, ValueError):
            continue
        # a vector is a column among terms
        yield kind, np.reshape(np.prod(np.asarray(factors, dtype=object), axis=0), np.shape(point.value(outer)))
    for kind, slope in OTHERS.items():
        try:
            yield kind, np.asarray(slope(point.value(inner), point.value(outer)), dtype=object)
        except (ArithmeticError, TypeError):
            continue
