"""Ops: what evaluation asks of a kind of numbers: NumPy floats and complex numbers, or mpmath at many digits."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import mpmath
import numpy as np
import sympy as sp

Values: TypeAlias = Any
"""An array of whatever numbers the ops are of: ``ndarray`` of float, complex or mpf, or a variable of a tape."""
Unary: TypeAlias = Callable[[Values], Values]


@dataclass(frozen=True)
class Ops:
    """One kind of numbers: how an exact number, an index and each scalar function are had in it.

    ``real`` is what relations compare. ``put(whole, place, part)`` is the whole with a part put in.
    ``einsum``: products under a sum may go through ``numpy.einsum``.
    """

    name: str
    number: Callable[[sp.Expr], Values]
    integers: Callable[[Values], Values]
    functions: Mapping[str, Unary]
    real: Unary
    where: Callable[[Values, Values, Values], Values]
    full: Callable[[Values, tuple[int, ...]], Values]
    put: Callable[[Values, Any, Values], Values]
    einsum: bool = False


def _absolute(z: Values) -> Values:
    """|z| along the real line: analytic on each side of 0, so a complex step goes through it."""
    return np.where(np.real(z) < 0, -z, z)


def _erf(z: Values) -> Values:
    if np.iscomplexobj(z):
        # for complex steps only: their imaginary part is so small that the first order is exact
        slope = 2 / np.sqrt(np.pi) * np.exp(-np.real(z) ** 2)
        return _erf(np.real(z)) + 1j * np.imag(z) * slope
    scalar: Callable[[Any], Any] = math.erf
    return np.asarray(np.frompyfunc(scalar, 1, 1)(z)).astype(complex if np.iscomplexobj(z) else float)


def _full(value: Values, shape: tuple[int, ...]) -> Values:
    return np.array(np.broadcast_to(value, shape))


_FLOAT: dict[str, Unary] = {
    "exp": np.exp, "log": np.log, "tanh": np.tanh, "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh,
    "cosh": np.cosh, "atan": np.arctan, "asinh": np.arcsinh, "erf": _erf, "Abs": _absolute,
    "sign": lambda z: np.sign(np.real(z)),
    "sqrt": np.sqrt,
}

def put(whole: Values, at: Any, part: Values) -> Values:
    """A copy with the part at its place: what was made from the array before keeps its values."""
    result = whole.astype(np.result_type(whole, part))
    result[at] = part
    return result


NUMPY = Ops(
    name="numpy",
    number=lambda e: np.float64(float(e)),
    integers=lambda n: np.asarray(n, dtype=float),
    functions=_FLOAT,
    real=np.real,
    where=np.where,
    full=_full,
    put=put,
    einsum=True,
)


@cache
def mpmath_ops(digits: int) -> Ops:
    """mpmath numbers at this many digits, in object arrays, in a context of their own: nothing global is set."""
    context = mpmath.MPContext()
    context.dps = digits + 5

    def number(e: sp.Expr) -> Values:
        if e.is_Rational:
            return context.mpf(int(e.p)) / int(e.q)
        return context.mpf(str(sp.N(e, digits + 10)))

    def lift(scalar: Callable[[Any], Any]) -> Unary:
        lifted: Unary = np.frompyfunc(scalar, 1, 1)
        return lifted

    own = {"Abs": context.fabs, "sign": context.sign}
    return Ops(
        name=f"mpmath at {digits} digits",
        number=number,
        integers=lambda n: np.frompyfunc(lambda k: context.mpf(int(k)), 1, 1)(n),
        functions={name: lift(own.get(name) or getattr(context, name)) for name in _FLOAT},
        real=lift(context.re),
        where=np.where,
        full=lambda value, shape: np.array(np.broadcast_to(np.asarray(value, dtype=object), shape), dtype=object),
        put=put,
    )
