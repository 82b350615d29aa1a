"""The forward program with some equations bent: values as they are, derivatives those of somebody's mistake.

Where ``a = σ(z)`` is read as ``a = (a₀ − s z₀) + s z``, the derivative is that of a backward pass with ``s`` in the
place of ``σ'(z)``; so all that such a mistake spoils further down is known too. First in floats, all gradients at once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.program import Program
from symbackprop.language.quantity import Quantity
from symbackprop.verify.dependence import Dependence
from symbackprop.verify.point import Point
from symbackprop.verify.truth import tape_gradients
from symbackprop.verify.values import as_floats

CLOSE = 1e-7


@dataclass(frozen=True)
class Bend:
    """New right sides by name, and the arrays they read besides."""

    lines: Mapping[str, sp.Expr]
    added: Mapping[Quantity, Any]


Make = Callable[[bool], Bend | None]
"""A bend in exact numbers, or in floats; None where there is none."""
_KNOWN: dict[int, tuple[Point, dict[Hashable, Mapping[str, Any]]]] = {}
"""Gradients in floats of bends of the last few points, by the id of the point; it is kept, so that the id stays its."""


def fits(point: Point, of: str, by: str, candidate: Any, key: Hashable, make: Make) -> bool:
    """Is a candidate ``∂of/∂by`` of the bent program? ``key`` says which bend of the point it is."""
    if len(_KNOWN) > 8:
        _KNOWN.clear()
    known = _KNOWN.setdefault(id(point), (point, {}))[1]
    if (of, key) not in known:
        known[of, key] = _floats(point, of, make)
    found, here = known[of, key].get(by), as_floats(candidate)
    if found is None or np.shape(found) != np.shape(here) or not np.allclose(found, here, CLOSE, 1e-12):
        return False
    try:
        bend = make(True)
        return bend is not None and bool(np.all(point.same(_bent(point, bend).adjoint(of, by), candidate)))
    except ArithmeticError:  # more exponentials than the tower is high
        return False


def _floats(point: Point, of: str, make: Make) -> Mapping[str, Any]:
    try:
        bend = make(False)
    except (ArithmeticError, ValueError, TypeError):
        return {}
    if bend is None:
        return {}
    given = {n: as_floats(point.given[n]) for n in (q.name for q in point.program.all_given)}
    with np.errstate(all="ignore"):
        given |= {q.name: as_floats(a) for q, a in bend.added.items()}
        return tape_gradients(_program(point, bend), of, given)


def _program(point: Point, bend: Bend) -> Program:
    equations = tuple(replace(e, expression=bend.lines.get(e.quantity.name, e.expression))
                      for e in point.program.equations)  # fmt: skip
    return Program((*point.program.all_given, *bend.added), equations, point.program.sizes)


def _bent(point: Point, bend: Bend) -> Point:
    program = _program(point, bend)
    given = {**point.given, **{q.name: a for q, a in bend.added.items()}}
    return Point(program, point.sizes, given, point.ops, point.same, Dependence(program))


def beside(q: Quantity, word: str) -> Quantity:
    """A given array like a quantity, under another name."""
    return replace(q, letter=f"{q.letter}_{word}", role="auxiliary", own=None)
