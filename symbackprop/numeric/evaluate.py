"""Program → numbers, by broadcasting: every expression is an array over its free indices, each index an axis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.errors import SymbackpropError
from symbackprop.language.program import Program
from symbackprop.language.quantity import Equation, Quantity
from symbackprop.language.recurrence import Loop
from symbackprop.numeric.frame import At, Range, Scope
from symbackprop.numeric.interpret import value
from symbackprop.numeric.ops import NUMPY, Ops, Values


def evaluate(
    program: Program, values: Mapping[str, Any], ops: Ops = NUMPY, offsets: Mapping[str, Any] | None = None,
    known: Mapping[str, Any] | None = None,
) -> dict[str, Values]:
    """Every quantity of a program by name, from arrays for what is given.

    ``offsets`` are added to what the defining equation of a quantity gives: a nudge in the middle of a program.
    ``known`` are values that need not be computed again, since nothing they depend on has changed.
    Raises SymbackpropError when an array is missing or shapes do not fit.
    """
    sizes = sizes_of(program, values)
    arrays = {q.symbol: values[q.name] for q in program.all_given}
    results = {q.name: values[q.name] for q in program.all_given}
    for result in steps(program, Scope(arrays, sizes, ops), offsets or {}, known or {}):
        arrays[result[0].symbol] = results[result[0].name] = result[1]
    return results


def steps(
    program: Program, scope: Scope, offsets: Mapping[str, Any], known: Mapping[str, Any] | None = None
) -> Iterator[tuple[Quantity, Values]]:
    """The value of each quantity as it becomes known; one in a recurrence once a time, each with one time more."""
    for item in program.steps:
        made = [e.quantity for e in item.equations] if isinstance(item, Loop) else [item.quantity]
        if known and all(q.name in known for q in made):
            yield from ((q, known[q.name]) for q in made)
        elif isinstance(item, Loop):
            yield from run_loop(item, scope, offsets)
        else:
            result = evaluate_equation(item, scope)
            name = item.quantity.name
            yield item.quantity, result + offsets[name] if name in offsets else result


def run_loop(loop: Loop, scope: Scope, offsets: Mapping[str, Any]) -> Iterator[tuple[Quantity, Values]]:
    """Time after time: what is not known yet is 0, and not read."""
    shapes = {e.quantity: [extent(s, scope.sizes) for s in e.quantity.shape] for e in loop.equations}
    whole = {q: scope.ops.full(scope.ops.number(sp.Integer(0)), tuple(shape)) for q, shape in shapes.items()}
    yield from whole.items()
    for t in loop.times(min(shape[loop.axes[q.symbol]] for q, shape in shapes.items())):
        for e in loop.equations:
            q, axis = e.quantity, loop.axes[e.quantity.symbol]
            ranges = [(i, 1, n) for i, n in zip(e.indices, shapes[q], strict=True)]
            ranges[axis] = (e.indices[axis], t, 1)
            result = evaluate_expression(e.expression, tuple(ranges), scope)
            at = (*(slice(None),) * axis, slice(t - 1, t))
            result = result + offsets[q.name][at] if q.name in offsets else result
            whole[q] = scope.ops.put(whole[q], at, result)
            yield q, whole[q]


def evaluate_equation(equation: Equation, scope: Scope) -> Values:
    """The array that an equation defines."""
    counts = [extent(s, scope.sizes) for s in equation.quantity.shape]
    ranges = tuple((i, 1, n) for i, n in zip(equation.indices, counts, strict=True))
    return evaluate_expression(equation.expression, ranges, scope)


def evaluate_expression(
    expression: sp.Expr, ranges: tuple[Range, ...], scope: Scope
) -> Values:
    """The array of an expression over its free indices, ``(index, first, count)`` each, in this order of axes."""
    with np.errstate(all="ignore"):
        result = value(expression, At(ranges, scope))
    return scope.ops.full(result, tuple(count for _, _, count in ranges))


def extent(of: sp.Expr, sizes: Mapping[sp.Symbol, int]) -> int:
    """A size as a number: ``(n - k)/2 + 1`` with n and k known. Raises SymbackpropError when it is none."""
    if of.is_Integer:
        return int(of)
    at = of.xreplace({s: sp.Integer(n) for s, n in sizes.items()})
    if not at.is_Integer:
        raise SymbackpropError(f"the size {of} is not known: give {', '.join(sorted(map(str, at.free_symbols)))}"
                               if at.free_symbols else f"the size {of} is {at}, which is not a whole number")
    return int(at)


def sizes_of(program: Program, values: Mapping[str, Any]) -> dict[sp.Symbol, int]:
    """The number that each size symbol stands for, read off the shapes of the given arrays."""
    known = numbers(program)
    for quantity in program.all_given:
        shape = _shape_of(quantity, values)
        for axis, count in zip(quantity.shape, shape, strict=True):
            if isinstance(axis, sp.Symbol):
                known.setdefault(axis, count)
    for quantity in program.all_given:
        expected = tuple(extent(s, known) for s in quantity.shape)
        if np.shape(values[quantity.name]) != expected:
            raise SymbackpropError(f"{quantity.name} must have shape {expected}, but the array has shape "
                                   f"{np.shape(values[quantity.name])}")
        if 0 in expected:
            raise SymbackpropError(f"{quantity.name} has shape {expected}: nothing stands in it, and sizes are 1 or "
                                   "more")
    return known


def _shape_of(quantity: Quantity, values: Mapping[str, Any]) -> tuple[int, ...]:
    if quantity.name not in values:
        raise SymbackpropError(f"no value for {quantity.name}; given are {', '.join(sorted(values)) or 'none'}")
    shape: tuple[int, ...] = np.shape(values[quantity.name])
    if len(shape) != len(quantity.axes):
        raise SymbackpropError(f"{quantity.name} has {len(quantity.axes)} axes, but the array has shape {shape}")
    return shape


def numbers(program: Program) -> dict[sp.Symbol, int]:
    """The sizes of a program that are numbers."""
    return {s: int(n) for s, n in program.sizes.items() if n.is_Integer}
