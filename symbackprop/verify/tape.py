"""A numeric reverse-mode tape over arrays: the examiner's own pen, sharing no rule with the calculus.

``T̄`` of every variable of one run, by the vector-Jacobian products of a dozen array operations (Wengert 1964;
Griewank and Walther, chapter 3). The numbers are floats, or mpmath numbers in object arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.numeric.ops import Ops, Values

Pullback = Callable[[Values], Values]


class Var:
    """An array on a tape: its value, and what it was made from with a pullback each."""

    __array_ufunc__ = None  # ndarray * Var is Var.__rmul__

    def __init__(self, value: Values, ops: Ops, parents: Sequence[tuple[Var, Pullback]] = ()) -> None:
        self.value = np.asarray(value)
        self.ops = ops
        self.parents = tuple(parents)

    @property
    def shape(self) -> tuple[int, ...]:
        shape: tuple[int, ...] = self.value.shape
        return shape

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def _made(self, value: Values, *parents: tuple[Var, Pullback]) -> Var:
        return Var(value, self.ops, parents)

    def __add__(self, other: Any) -> Var:
        """d(u + v) = du + dv."""
        parents = [(x, _same) for x in (self, other) if isinstance(x, Var)]
        return self._made(self.value + plain(other), *((x, fitted(x, f)) for x, f in parents))

    def __mul__(self, other: Any) -> Var:
        """d(u v) = v du + u dv."""
        u, v = self.value, plain(other)
        parents = [(self, fitted(self, lambda g: g * v))]
        if isinstance(other, Var):
            parents.append((other, fitted(other, lambda g: g * u)))
        return self._made(u * v, *parents)

    def __pow__(self, power: Any) -> Var:
        """d(u^n) = n u^(n−1) du, n a whole number."""
        u = self.value
        return self._made(u**power, (self, lambda g: g * (power * u ** (power - 1) if power else 0 * u)))

    def __neg__(self) -> Var:
        return self.__mul__(-1)

    def __sub__(self, other: Any) -> Var:
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> Var:
        return self.__neg__().__add__(other)

    def __truediv__(self, other: Any) -> Var:
        """d(u / v) = du / v − u dv / v²."""
        return self.__mul__(other**-1 if isinstance(other, Var) else 1 / other)

    def __rtruediv__(self, other: Any) -> Var:
        return self.__pow__(-1).__mul__(other)

    __radd__ = __add__
    __rmul__ = __mul__

    def reshape(self, *shape: int) -> Var:
        old = self.shape
        return self._made(self.value.reshape(shape), (self, lambda g: g.reshape(old)))

    def transpose(self, *order: int) -> Var:
        back = np.argsort(order)
        return self._made(self.value.transpose(order), (self, lambda g: g.transpose(back)))

    def __getitem__(self, key: Any) -> Var:
        """Reading entries; an entry read twice gets both contributions."""
        return self._made(self.value[key], (self, lambda g: _scattered(self.value, key, g)))

    def sum(self, axis: Any) -> Var:
        """d Σ u = Σ du: each term gets the whole adjoint."""
        axes = axis if isinstance(axis, tuple) else (axis,)
        kept = tuple(1 if p in axes else n for p, n in enumerate(self.shape))
        return self._made(self.value.sum(axis=axes), (self, lambda g: np.broadcast_to(g.reshape(kept), self.shape)))


def plain(x: Any) -> Values:
    """The numbers, without the tape."""
    return x.value if isinstance(x, Var) else x


def _same(g: Values) -> Values:
    return g


def fitted(x: Var, pullback: Pullback) -> Pullback:
    """The pullback, summed over the axes along which x was broadcast."""

    def pull(g: Values) -> Values:
        found = np.asarray(pullback(g))
        found = found.sum(axis=tuple(range(found.ndim - x.ndim))) if found.ndim > x.ndim else found
        ones = tuple(p for p, n in enumerate(x.shape) if n == 1 and found.shape[p] != 1)
        return np.asarray(found.sum(axis=ones, keepdims=True) if ones else found)

    return pull


def _scattered(like: Values, key: Any, g: Values) -> Values:
    result = np.zeros_like(like)
    np.add.at(result, key, g)
    return result


Slope = Callable[[Callable[[str, Values], Values], Values, Values], Values]
_SLOPES: dict[str, Slope] = {
    "exp": lambda f, x, y: y,
    "log": lambda f, x, y: 1 / x,
    "sqrt": lambda f, x, y: 1 / (2 * y),
    "tanh": lambda f, x, y: 1 - y * y,
    "sin": lambda f, x, y: f("cos", x),
    "cos": lambda f, x, y: -f("sin", x),
    "tan": lambda f, x, y: 1 + y * y,
    "sinh": lambda f, x, y: f("cosh", x),
    "cosh": lambda f, x, y: f("sinh", x),
    "atan": lambda f, x, y: 1 / (1 + x * x),
    "asinh": lambda f, x, y: 1 / f("sqrt", 1 + x * x),
    "Abs": lambda f, x, y: f("sign", x),
    "sign": lambda f, x, y: 0 * x,
}
"""Slopes of the elementary functions by x and y = f(x); numbers only, never printed."""


def tape_ops(base: Ops) -> Ops:
    """The ops of a tape over the numbers of other ops."""

    def lift(name: str) -> Callable[[Values], Values]:
        def call(x: Values) -> Values:
            if not isinstance(x, Var):
                return base.functions[name](x)
            y = np.asarray(base.functions[name](x.value))
            return Var(y, base, [(x, lambda g: g * slope(name, base, x.value, y))])

        return call

    return replace(
        base, name=f"tape of {base.name}", functions={name: lift(name) for name in base.functions},
        real=lambda x: base.real(plain(x)), where=_where(base), full=_full(base), put=_put(base),
        einsum=False,
    )


def slope(name: str, base: Ops, x: Values, y: Values) -> Values:
    if name == "erf":
        factor = base.number(2 / sp.sqrt(sp.pi))
        return factor * base.functions["exp"](-(x * x))
    return _SLOPES[name](lambda other, at: base.functions[other](at), x, y)


def _where(base: Ops) -> Callable[[Values, Values, Values], Values]:
    """``[c] u + [not c] v``: the adjoint goes to the side that was taken."""

    def choose(condition: Values, u: Values, v: Values) -> Values:
        parents: list[tuple[Var, Pullback]] = []
        if isinstance(u, Var):
            parents.append((u, fitted(u, lambda g: np.where(condition, g, 0 * g))))
        if isinstance(v, Var):
            parents.append((v, fitted(v, lambda g: np.where(condition, 0 * g, g))))
        chosen = base.where(condition, plain(u), plain(v))
        return Var(chosen, base, parents) if parents else chosen

    return choose


def _full(base: Ops) -> Callable[[Values, tuple[int, ...]], Values]:
    def spread(x: Values, shape: tuple[int, ...]) -> Values:
        made = base.full(plain(x), shape)
        return Var(made, base, [(x, fitted(x, _same))]) if isinstance(x, Var) else made

    return spread


def _put(base: Ops) -> Callable[[Values, Any, Values], Values]:
    """What was at the place before gets nothing; the part gets what is there."""

    def put(whole: Values, at: Any, part: Values) -> Values:
        parents: list[tuple[Var, Pullback]] = []
        if isinstance(whole, Var):
            parents.append((whole, lambda g: base.put(g, at, 0 * g[at])))
        if isinstance(part, Var):
            parents.append((part, lambda g: g[at]))
        made = base.put(plain(whole), at, plain(part))
        return Var(made, base, parents) if parents else made

    return put


def adjoints(of: Var) -> dict[int, Values]:
    """The derivative of the sum of the entries of a variable by every variable it was made from, by ``id``."""
    result: dict[int, Values] = {id(of): np.ones(of.shape, dtype=of.value.dtype)}
    with np.errstate(all="ignore"):
        for var in _in_reverse(of):
            for parent, pull in var.parents:
                found = np.asarray(pull(result[id(var)]))
                result[id(parent)] = result[id(parent)] + found if id(parent) in result else found
    return result


def _in_reverse(of: Var) -> list[Var]:
    """Every variable behind one, each before what it was made from. A loop: depth is no limit."""
    order: list[Var] = []
    seen: set[int] = set()
    stack: list[tuple[Var, bool]] = [(of, False)]
    while stack:
        var, done = stack.pop()
        if done:
            order.append(var)
        elif id(var) not in seen:
            seen.add(id(var))
            stack.append((var, True))
            stack += [(parent, False) for parent, _ in var.parents]
    return order[::-1]
