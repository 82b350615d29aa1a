"""Gradients of somebody who took another slope at an activation: none, twice, one of a, or of another function."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.claim import Term
from symbackprop.language.quantity import Quantity
from symbackprop.language.report import Diagnosis
from symbackprop.verify.bending import Bend, beside, fits
from symbackprop.verify.point import Point
from symbackprop.verify.setting import Setting
from symbackprop.verify.values import UnfitError, Values, as_floats

Slope = Callable[[Any, Any], Any]
OTHERS: Mapping[str, Slope] = {
    "a(1 − a)": lambda z, a: a * (1 - a), "1 − a²": lambda z, a: 1 - a * a, "1 − a": lambda z, a: 1 - a,
    "a": lambda z, a: a, "z": lambda z, a: z, "z(1 − z)": lambda z, a: z * (1 - z), "1 − z²": lambda z, a: 1 - z * z,
    "[z > 0]": lambda z, a: np.asarray(as_floats(z) > 0, dtype=object) * 1,
}  # fmt: skip
"""What people take for the derivative of an activation, by its input and its output."""
MISSING, AT, EXTRA = "activation-derivative-missing", "derivative-at-activation", "activation-derivative-extra"
Place = tuple[str, str, str]
"""The output, the input, and the name of the function between them."""


def other_slopes(point: Point, of: str, by: str, candidate: Any) -> Iterator[Diagnosis]:
    """The activation between a quantity and the loss at which a candidate has another slope; or all of them, where one
    line of code is for all layers."""
    setting = Setting(point.program, by)
    between = point.dependence.after([by]) & point.dependence.before([of])
    if point.seeds or not between.isdisjoint(point.dependence.loops):
        return
    places = [(outer, inner, f) for inner, (f, outer) in setting.slopes.items() if outer in between]
    hidden = [p for p in places if not setting.last(p[1])]
    groups = [[p] for p in places] + [g for g in (hidden, places) if len(g) > 1]
    for kind in (MISSING, AT, EXTRA, *OTHERS):
        for group in groups:
            key = ("slope", kind, *group)
            if fits(point, of, by, candidate, key, partial(_bend, point, kind, group)):
                yield _said(setting, kind, *group[0])
                return


def _bend(point: Point, kind: str, group: Sequence[Place], exact: bool) -> Bend | None:
    lines: dict[str, sp.Expr] = {}
    added: dict[Quantity, Any] = {}
    for outer, inner, function in group:
        z, a = point.value(inner), point.value(outer)
        z, a = (z, a) if exact else (as_floats(z), as_floats(a))
        slope = _slope(Values(point, exact=exact), kind, outer, inner, function, z, a)
        if slope is None:
            return None
        definition = point.program.definitions[outer]
        base, steep = beside(definition.quantity, "base"), beside(definition.quantity, "slope")
        at = definition.indices
        lines[outer] = base.at(*at) + steep.at(*at) * definition.expression.args[0]
        added |= {base: a - slope * z, steep: slope}
    return Bend(lines, added)


def _slope(values: Values, kind: str, outer: str, inner: str, function: str, z: Any, a: Any) -> Any | None:
    if kind == MISSING:
        return np.full(np.shape(a), 1, dtype=object if values.exact else float)
    if kind in OTHERS:
        return np.asarray(OTHERS[kind](z, a), dtype=object if values.exact else float)
    names = (outer,) if kind == AT else (inner, inner)
    try:
        factors = [values.of(Term("apply", (Term("quantity", name=n),), name=f"{function}'")) for n in names]
    except UnfitError:
        return None
    # a vector is a column among terms
    return np.reshape(np.prod(np.asarray(factors, dtype=object), axis=0), np.shape(a))


def _said(setting: Setting, kind: str, outer: str, inner: str, function: str) -> Diagnosis:
    words = {"function": f"{function}'", "z": inner, "a": outer}
    if kind in OTHERS:
        return Diagnosis("wrong-derivative", {**words, "function": kind, "other": f"{function}'"})
    if kind == MISSING:
        kind += "-output" if setting.last(inner) else "-hidden"
    if kind == EXTRA and setting.logarithmic and setting.last(inner):
        kind = "activation-derivative-cancelled-by-cross-entropy"
    return Diagnosis(kind, words)
