"""What one path adds to a derivative: the forward program, in which one equation reads a copy of the quantity."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from symbackprop.language.program import Program
from symbackprop.language.report import Diagnosis
from symbackprop.verify.dependence import Dependence
from symbackprop.verify.point import Point
from symbackprop.verify.setting import Setting


def contribution(point: Point, of: str, by: str, reader: str) -> Any:
    """What reaches ``∂of/∂by`` through the equation of ``reader`` alone."""
    program = point.program
    q = program.quantities[by]
    copy = replace(q, letter=q.letter + "_copy", role="auxiliary", own=None)
    equations = tuple(replace(e, expression=e.expression.xreplace({q.symbol: copy.symbol}))
                      if e.quantity.name == reader else e for e in program.equations)
    copied = Program((*program.all_given, copy), equations, program.sizes)
    given = {**point.given, copy.name: point.value(by)}
    other = Point(copied, point.sizes, given, point.ops, point.same, Dependence(copied))
    return other.adjoint(of, copy.name)


def forgotten(point: Point, of: str, by: str, candidate: Any) -> Iterator[Diagnosis]:
    """A path that a candidate has left out, where there are several."""
    setting = Setting(point.program, by)
    readers = [r for r, reads in setting.direct.items() if by in reads]
    if point.seeds or (len(readers) < 2 and by not in setting.direct.get(by, ())):
        return
    # of others, so that a recurrence is not cut: what goes on from time to time is in no single path
    parts = {r: np.asarray(contribution(point, of, by, r), dtype=object) for r in readers}
    for reader in readers:
        rest = sum((part for r, part in parts.items() if r != reader), np.asarray(0, dtype=object))
        if np.shape(rest) == np.shape(candidate) and np.all(point.same(rest, candidate)):
            yield Diagnosis("path-forgotten", {"name": reader})
