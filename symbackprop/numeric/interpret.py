"""Expression → array over its free indices: one small function a kind of SymPy node.

Every array has one axis an index of the frame, of length 1 where it does not depend on that index; a plain number
has none. So products broadcast, and a sum is a sum over the last axes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef

from symbackprop.language.errors import SymbackpropError
from symbackprop.language.functions import ARGUMENT, Named, Partial
from symbackprop.language.indices import Limit, base_of, limits
from symbackprop.numeric.meanings import derived_meaning, meaning, slot
from symbackprop.numeric.ops import Ops, Values

Range = tuple[sp.Symbol, int, int]


@dataclass(frozen=True)
class Scope:
    """What names mean: arrays by symbol, sizes, formal partials. ``margins`` collects how near relations are to 0."""

    arrays: Mapping[sp.Symbol, Any]
    sizes: Mapping[sp.Symbol, int]
    ops: Ops
    partials: Mapping[tuple[sp.Symbol, sp.Symbol], Any] = field(default_factory=dict)
    margins: list[float] | None = None


@dataclass(frozen=True)
class At:
    """Where an expression stands: the indices in scope, ``(index, first, count)``, and local values by symbol."""

    ranges: tuple[Range, ...]
    scope: Scope
    local: Mapping[sp.Symbol, Values] = field(default_factory=dict)

    @cached_property
    def place(self) -> dict[sp.Symbol, int]:
        # a bound index hides an outer one of the same name: the last wins
        return {index: position for position, (index, _, _) in enumerate(self.ranges)}

    @property
    def ops(self) -> Ops:
        return self.scope.ops

    def axis(self, position: int) -> Any:
        """The values of an index along its axis."""
        _, first, count = self.ranges[position]
        shape = [1] * len(self.ranges)
        shape[position] = count
        return np.arange(first, first + count).reshape(shape)

    def within(self, ranges: tuple[Range, ...]) -> At:
        """The same place with further indices, whose axes come last."""
        local = {s: v.reshape(*np.shape(v), *(1 for _ in ranges)) if np.ndim(v) else v for s, v in self.local.items()}
        return At((*self.ranges, *ranges), self.scope, local)


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


def integer(expression: sp.Expr, at: At) -> Any:
    """An index expression in whole numbers, over the frame."""
    if expression.is_Integer:
        return int(expression)
    if isinstance(expression, sp.Symbol):
        if expression in at.place:
            return at.axis(at.place[expression])
        if expression in at.scope.sizes:
            return at.scope.sizes[expression]
        raise SymbackpropError(f"the index {expression} is bound nowhere")
    if isinstance(expression, sp.Add):
        return _whole(sum(_rational(a, at) for a in expression.args), expression)
    return _whole(_rational(expression, at), expression)


def _rational(expression: sp.Expr, at: At) -> Any:
    """A product of numbers and indices; fractions are allowed as long as the whole is a whole number."""
    if isinstance(expression, sp.Rational):
        return int(expression.p) / int(expression.q) if expression.q != 1 else int(expression.p)
    if isinstance(expression, sp.Mul):
        return math.prod((_rational(a, at) for a in expression.args), start=1)
    if isinstance(expression, sp.Add):
        return sum(_rational(a, at) for a in expression.args)
    if isinstance(expression, sp.Mod):
        return integer(expression.args[0], at) % integer(expression.args[1], at)
    if isinstance(expression, sp.floor | sp.ceiling):
        rounded = np.floor if isinstance(expression, sp.floor) else np.ceil
        return rounded(np.asarray(_rational(expression.args[0], at)) * 1.0).astype(int)
    return integer(expression, at)


def _whole(found: Any, expression: sp.Expr) -> Any:
    rounded = np.rint(found).astype(int)
    if not np.array_equal(rounded, found):
        raise SymbackpropError(f"the index {expression} is not a whole number everywhere")
    return rounded


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


_VALUE: dict[type[Any], Callable[[Any, At], Values]] = {
    sp.Number: _number, sp.NumberSymbol: _number, sp.Symbol: _symbol, sp.Indexed: _indexed, Partial: _partial,
    sp.Add: _add, sp.Mul: _mul, sp.Pow: _pow, sp.Sum: _sum, Named: _named, AppliedUndef: _undefined,
    sp.Derivative: _derivative, sp.Subs: _substituted, sp.Piecewise: _piecewise, sp.KroneckerDelta: _delta,
    sp.Max: _extreme, sp.Min: _extreme,
}
