"""Expression → array over its free indices: one small function a kind of SymPy node.

Every array has one axis an index of the frame, of length 1 where it does not depend on that index; a plain number
has none. So products broadcast, and a sum is a sum over the last axes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef

from symbackprop.language.errors import SymbackpropError
from symbackprop.language.functions import ARGUMENT, Iverson, Named, Partial
from symbackprop.language.indices import Limit, base_of, limits
from symbackprop.language.reductions import Largest, Winner
from symbackprop.numeric.frame import At, integer
from symbackprop.numeric.meanings import derived_meaning, meaning, slot
from symbackprop.numeric.ops import Values


def value(expression: sp.Expr, at: At) -> Values:
    """The value of an expression at every value of the indices of its frame."""
    for kind in type(expression).__mro__:
        if kind in _VALUE:
            return _VALUE[kind](expression, at)
    name = type(expression).__name__
    if name in at.ops.functions and len(expression.args) == 1:
        return at.ops.functions[name](value(expression.args[0], at))
    raise SymbackpropError(f"{name} has no numeric meaning here, in {expression}")


def _number(expression: sp.Expr, at: At) -> Values:
    return at.ops.number(expression)


def _symbol(symbol: sp.Symbol, at: At) -> Values:
    if symbol in at.local:
        return at.local[symbol]
    if symbol in at.place:
        return at.ops.integers(at.axis(at.place[symbol]))
    if symbol in at.scope.arrays:
        return at.scope.arrays[symbol]
    if symbol in at.scope.sizes:
        return at.ops.number(sp.Integer(at.scope.sizes[symbol]))
    raise SymbackpropError(f"no value for {symbol}")


def _indexed(leaf: sp.Indexed, at: At) -> Values:
    base = base_of(leaf)
    if base not in at.scope.arrays:
        raise SymbackpropError(f"no value for {base}")
    return read(at.scope.arrays[base], tuple(leaf.indices), at)


def _partial(partial: Partial, at: At) -> Values:
    pair = base_of(partial.of), base_of(partial.by)
    if pair not in at.scope.partials:
        raise SymbackpropError(f"no value for {partial}")
    return read(at.scope.partials[pair], (*getattr(partial.of, "indices", ()), *getattr(partial.by, "indices", ())), at)


def read(array: Values, indices: tuple[sp.Expr, ...], at: At) -> Values:
    """``A[i, 2i + k]`` over the frame; 0 outside the range of the array."""
    places = [_whole_axis(i, n, at) for i, n in zip(indices, np.shape(array), strict=True)]
    kept = [p for p in places if p is not None]
    if len(kept) == len(indices) == len(set(kept)):
        shape = [1] * len(at.ranges)
        for place, count in zip(kept, np.shape(array), strict=True):
            shape[place] = count
        return array.transpose(*np.argsort(kept)).reshape(*shape) if kept else array
    return _gather(array, indices, at)


def _whole_axis(idx: sp.Expr, count: int, at: At) -> int | None:
    """The position of a bare index that runs over just this axis."""
    place = at.place.get(idx)
    return place if place is not None and at.ranges[place][1:] == (1, count) else None


def _gather(array: Values, indices: tuple[sp.Expr, ...], at: At) -> Values:
    framed = (1,) * len(at.ranges)
    where = np.broadcast_arrays(*(np.asarray(integer(i, at) - 1) + np.zeros(framed, dtype=int) for i in indices))
    inside = reduce(np.logical_and, ((p >= 0) & (p < n) for p, n in zip(where, np.shape(array), strict=True)))
    found = array[tuple(np.clip(p, 0, max(n - 1, 0)) for p, n in zip(where, np.shape(array), strict=True))]
    return found if np.all(inside) else at.ops.where(inside, found, at.ops.number(sp.Integer(0)))


def _sum(total: sp.Sum, at: At) -> Values:
    inner, masks = at, []
    for limit in reversed(limits(total)):
        inner, mask = _bind(limit, inner)
        masks += mask
    if any(count <= 0 for _, _, count in inner.ranges):
        return at.ops.number(sp.Integer(0))
    body = total.function
    if at.ops.einsum and not masks and isinstance(body, sp.Mul):
        return _contract([value(f, inner) for f in body.args], len(at.ranges), inner)
    found = value(body, inner)
    for symbols, mask in masks:
        found = at.ops.where(np.asarray(integer(symbols, inner) <= integer(mask, inner)), found,
                             at.ops.number(sp.Integer(0)))
    return _total(found, len(at.ranges), inner)


def _bind(limit: Limit, at: At) -> tuple[At, list[tuple[sp.Expr, sp.Expr]]]:
    """The frame within a sum, and what must hold (lower, upper) where a bound depends on an outer index."""
    idx, lower, upper = limit
    low, high = integer(lower, at), integer(upper, at)
    if np.ndim(low) == np.ndim(high) == 0:
        return at.within(((idx, int(low), int(high) - int(low) + 1),)), []
    first = int(np.min(low))
    inner = at.within(((idx, first, int(np.max(high)) - first + 1),))
    return inner, [(lower, idx), (idx, upper)]


def _total(found: Values, outer: int, inner: At) -> Values:
    """The sum over the last axes; an axis of length 1 stands for equal terms."""
    counts = [count for _, _, count in inner.ranges[outer:]]
    if np.ndim(found) == 0:
        return found * math.prod(counts)
    equal = math.prod(n for n, have in zip(counts, np.shape(found)[outer:], strict=True) if have == 1)
    summed = found.sum(axis=tuple(range(outer, len(inner.ranges))))
    return summed * equal if equal != 1 else summed


def _contract(factors: list[Values], outer: int, inner: At) -> Values:
    """``Σ Π factors`` by einsum: matrix products stay matrix products, nothing of the full frame is made."""
    ndim, scalar = len(inner.ranges), 1.0
    operands: list[Any] = []
    for factor in factors:
        if np.ndim(factor) == 0:
            scalar = scalar * factor
        else:
            used = [p for p in range(ndim) if np.shape(factor)[p] > 1]
            operands += [factor.reshape([np.shape(factor)[p] for p in used]), used]
    present = {p for used in operands[1::2] for p in used}
    missing = math.prod(inner.ranges[p][2] for p in range(outer, ndim) if p not in present)
    if not operands:
        return scalar * missing
    kept = [p for p in range(outer) if p in present]
    result = np.einsum(*operands, kept, optimize=len(operands) > 2)
    shape = [inner.ranges[p][2] if p in present else 1 for p in range(outer)]
    return result.reshape(shape) * (scalar * missing)


def _add(expression: sp.Add, at: At) -> Values:
    return reduce(lambda a, b: a + b, (value(arg, at) for arg in expression.args))


def _mul(expression: sp.Mul, at: At) -> Values:
    return reduce(lambda a, b: a * b, (value(arg, at) for arg in expression.args))


def _pow(expression: sp.Pow, at: At) -> Values:
    if isinstance(expression, sp.exp):
        return at.ops.functions["exp"](value(expression.args[0], at))
    base, exponent = expression.args
    below = value(base, at)
    if exponent.is_Integer:
        return below ** int(exponent)
    if exponent in (sp.S.Half, -sp.S.Half):
        root = at.ops.functions["sqrt"](below)
        return root if exponent is sp.S.Half else at.ops.number(sp.Integer(1)) / root
    return at.ops.functions["exp"](value(exponent, at) * at.ops.functions["log"](below))


def _floor(rounded: sp.floor, at: At) -> Values:
    """A size rounded down: how many places a stride leaves of an axis."""
    return at.ops.integers(integer(rounded, at))


def _named(applied: Named, at: At) -> Values:
    return value(type(applied).definition, _with(at, {ARGUMENT: value(applied.args[0], at)}))


def _undefined(applied: AppliedUndef, at: At) -> Values:
    local = {slot(k): value(arg, at) for k, arg in enumerate(applied.args)}
    return value(meaning(str(applied.func), len(applied.args)), _with(at, local))


def _derivative(derivative: sp.Derivative, at: At) -> Values:
    try:
        body = derived_meaning(derivative)
    except ValueError as problem:
        raise SymbackpropError(str(problem)) from problem
    return value(body, _with(at, {slot(k): value(arg, at) for k, arg in enumerate(derivative.expr.args)}))


def _substituted(subs: sp.Subs, at: At) -> Values:
    local = {s: value(p, at) for s, p in zip(subs.variables, subs.point, strict=True)}
    return value(subs.expr, _with(at, local))


def _with(at: At, local: Mapping[sp.Symbol, Values]) -> At:
    return replace(at, local={**at.local, **local})


def _piecewise(expression: sp.Piecewise, at: At) -> Values:
    pieces = list(expression.args)
    result = value(pieces[-1][0], at)
    if pieces[-1][1] is not sp.true:
        result = at.ops.where(holds(pieces[-1][1], at), result, at.ops.number(sp.Integer(0)))
    for branch, condition in reversed(pieces[:-1]):
        result = at.ops.where(holds(condition, at), value(branch, at), result)
    return result


def _iverson(bracket: Iverson, at: At) -> Values:
    return at.ops.integers(holds(bracket.condition, at).astype(int))


_COMPARE: dict[type[Any], Callable[[Any, Any], Any]] = {
    sp.Lt: lambda a, b: a < b, sp.Le: lambda a, b: a <= b, sp.Gt: lambda a, b: a > b, sp.Ge: lambda a, b: a >= b,
    sp.Eq: lambda a, b: a == b, sp.Ne: lambda a, b: a != b,
}


def holds(condition: sp.Basic, at: At) -> Any:
    """Whether a condition holds, over the frame; of complex numbers the real parts are compared."""
    if condition in (sp.true, sp.false):
        return np.asarray(condition == sp.true)
    if isinstance(condition, sp.And | sp.Or):
        joined = np.logical_and if isinstance(condition, sp.And) else np.logical_or
        return reduce(joined, (holds(c, at) for c in condition.args))
    if isinstance(condition, sp.Not):
        return np.logical_not(holds(condition.args[0], at))
    for kind, compare in _COMPARE.items():
        if isinstance(condition, kind):
            left, right = (at.ops.real(value(arg, at)) for arg in condition.args)
            _note_margin(condition, left, right, at)
            return np.asarray(compare(left, right)).astype(bool)
    raise SymbackpropError(f"{condition} has no numeric meaning here")


def _note_margin(condition: sp.Basic, left: Any, right: Any, at: At) -> None:
    about_indices = condition.free_symbols <= {*at.place, *at.scope.sizes}
    # an index that equals a given number is no kink
    if at.scope.margins is not None and not about_indices and not isinstance(condition, sp.Eq | sp.Ne):
        at.scope.margins.append(float(np.min(np.abs(np.asarray(left - right, dtype=float)))))


def _delta(delta: sp.KroneckerDelta, at: At) -> Values:
    left, right = (integer(arg, at) for arg in delta.args[:2])
    return at.ops.integers(np.asarray(left == right).astype(int))


def _extreme(expression: sp.Expr, at: At) -> Values:
    largest = isinstance(expression, sp.Max)

    def pick(a: Values, b: Values) -> Values:
        first = at.ops.real(a) >= at.ops.real(b)
        return at.ops.where(first if largest else np.logical_not(first), a, b)

    return reduce(pick, (value(arg, at) for arg in expression.args))


def _one_hot(largest: Largest, at: At) -> tuple[Values, Any, At]:
    """The body over the frame and the range of a maximum, and 1 where the first of the greatest stands."""
    inner = at.within(tuple(r for lim in limits(largest) for r in _bind(lim, at)[0].ranges[-1:]))
    body = at.ops.full(value(largest.function, inner), tuple(count for _, _, count in inner.ranges))
    real = np.asarray(at.ops.real(body))
    flat = real.reshape(*real.shape[:len(at.ranges)], -1)
    first = np.argmax(flat, axis=-1)
    if at.scope.margins is not None and flat.shape[-1] > 1:
        ordered = np.sort(flat.astype(float), axis=-1)
        at.scope.margins.append(float(np.min(ordered[..., -1] - ordered[..., -2])))
    hot = (np.arange(flat.shape[-1]) == first[..., None]).reshape(real.shape)
    return body, hot, inner


def _largest(largest: Largest, at: At) -> Values:
    body, hot, inner = _one_hot(largest, at)
    kept = at.ops.where(hot, body, at.ops.number(sp.Integer(0)))
    return kept.sum(axis=tuple(range(len(at.ranges), len(inner.ranges))))


def _winner(winner: Winner, at: At) -> Values:
    _, hot, inner = _one_hot(winner.largest, at)
    outer = tuple(at.axis(p) - at.ranges[p][1] for p in range(len(at.ranges)))
    firsts = [first for _, first, _ in inner.ranges[len(at.ranges):]]
    places = [np.asarray(integer(i, at)) - first for i, first in zip(winner.at, firsts, strict=True)]
    counts = [count for _, _, count in inner.ranges[len(at.ranges):]]
    inside = reduce(np.logical_and, ((p >= 0) & (p < n) for p, n in zip(places, counts, strict=True)))
    clipped = [np.clip(p, 0, n - 1) for p, n in zip(places, counts, strict=True)]
    return at.ops.integers((hot[(*outer, *clipped)] & inside).astype(int))


_VALUE: dict[type[Any], Callable[[Any, At], Values]] = {
    sp.Number: _number, sp.NumberSymbol: _number, sp.Symbol: _symbol, sp.Indexed: _indexed, Partial: _partial,
    sp.Add: _add, sp.Mul: _mul, sp.Pow: _pow, sp.Sum: _sum, Named: _named, AppliedUndef: _undefined,
    sp.Derivative: _derivative, sp.Subs: _substituted, sp.Piecewise: _piecewise, sp.KroneckerDelta: _delta,
    sp.Max: _extreme, sp.Min: _extreme, Largest: _largest, sp.floor: _floor, Winner: _winner, Iverson: _iverson,
}
