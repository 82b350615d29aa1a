"""Dual numbers ``x + Σ d[k] ε_k`` over any numbers: the truth is the derivative of the forward program by these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from symbackprop.numeric.ops import Ops, Unary, Values
from symbackprop.verify.tape import slope

Parts = Mapping[Any, Any]


class Dual:
    """A number with its derivatives by whatever is moved: ``d`` has those that are not 0."""

    __slots__ = ("d", "x")

    def __init__(self, x: Any, d: Parts) -> None:
        self.x, self.d = x, d

    def __add__(self, other: Any) -> Dual:
        if not isinstance(other, Dual):
            return NotImplemented if isinstance(other, np.ndarray) else Dual(self.x + other, self.d)
        return Dual(self.x + other.x, _sum(self.d, other.d))

    def __mul__(self, other: Any) -> Dual:
        if isinstance(other, np.ndarray):
            return NotImplemented
        if not isinstance(other, Dual):
            return Dual(self.x * other, {k: v * other for k, v in self.d.items()})
        u, v = self.x, other.x
        return Dual(u * v, _sum({k: g * v for k, g in self.d.items()}, {k: u * g for k, g in other.d.items()}))

    def __neg__(self) -> Dual:
        return Dual(-self.x, {k: -v for k, v in self.d.items()})

    def __sub__(self, other: Any) -> Dual:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Dual:
        return self.__neg__().__add__(other)

    def __truediv__(self, other: Any) -> Dual:
        return self.__mul__(other**-1 if isinstance(other, Dual) else 1 / other)

    def __rtruediv__(self, other: Any) -> Dual:
        return self.__pow__(-1).__mul__(other)

    def __pow__(self, power: int) -> Dual:
        factor = power * self.x ** (power - 1) if power else 0
        return Dual(self.x**power, {k: v * factor for k, v in self.d.items()})

    __radd__ = __add__
    __rmul__ = __mul__


def _sum(first: Parts, second: Parts) -> Parts:
    if not first or not second:
        return first or second
    result = dict(first)
    for k, v in second.items():
        result[k] = result[k] + v if k in result else v
    return result


def plain(x: Any) -> Any:
    """The number, or the array of numbers, without derivatives."""
    if isinstance(x, np.ndarray):
        return _plain(x) if x.dtype == object else x
    return x.x if isinstance(x, Dual) else x


_plain = np.frompyfunc(lambda e: e.x if isinstance(e, Dual) else e, 1, 1)


_KNOWN: dict[str, Ops] = {}


def dual_ops(base: Ops) -> Ops:
    """The ops of dual numbers over those of other ops."""
    if base.name not in _KNOWN:
        _KNOWN[base.name] = _dual_ops(base)
    return _KNOWN[base.name]


def _dual_ops(base: Ops) -> Ops:
    scalars = {name: _function(name, base) for name in base.functions}
    functions: dict[str, Unary] = {name: np.frompyfunc(f, 1, 1) for name, f in scalars.items()}
    return replace(base, name=f"dual {base.name}", functions=functions, real=lambda x: base.real(plain(x)),
                   full=_full, where=np.where, put=_put, einsum=False)


def _function(name: str, base: Ops) -> Callable[[Any], Any]:
    def call(e: Any) -> Any:
        if not isinstance(e, Dual):
            return base.functions[name](e)
        y = base.functions[name](e.x)
        if not e.d:
            return Dual(y, e.d)
        factor = slope(name, base, e.x, y)
        return Dual(y, {k: v * factor for k, v in e.d.items()})

    return call


def _full(value: Values, shape: tuple[int, ...]) -> Values:
    return np.array(np.broadcast_to(np.asarray(value, dtype=object), shape), dtype=object)


def _put(whole: Values, at: Any, part: Values) -> Values:
    result = np.array(whole, dtype=object)
    result[at] = part
    return result
