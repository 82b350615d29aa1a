"""Real numbers that prove a difference: balls of python-flint where it is installed, else 50 digits of mpmath."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.numeric.ops import Ops, Unary, Values, mpmath_ops
from symbackprop.verify.compare import finite

DIGITS, BITS = 50, 256
AGREE = 1e-35
"""How near numbers of 50 digits are when nothing is said against their being equal."""
_NAMES = {"exp": "exp", "log": "log", "tanh": "tanh", "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh",
          "cosh": "cosh", "atan": "atan", "asinh": "asinh", "erf": "erf", "Abs": "__abs__", "sign": "sgn",
          "sqrt": "sqrt"}  # fmt: skip


@cache
def flint() -> Any:
    """python-flint, or None."""
    try:
        found = importlib.import_module("flint")
    except ImportError:
        return None
    return found if hasattr(found, "arb") else None


def proves() -> bool:
    """Is a difference proven, rather than seen in 50 digits?"""
    return flint() is not None


@cache
def real_ops() -> Ops:
    """The ops of the real numbers at hand."""
    return _balls(flint()) if proves() else mpmath_ops(DIGITS)


def _balls(library: Any) -> Ops:
    library.ctx.prec = BITS
    arb, fraction = library.arb, library.fmpq

    def number(e: sp.Expr) -> Any:
        if e.is_Rational:
            return arb(fraction(int(e.p), int(e.q)))
        # a constant such as sqrt(2/pi), to more digits than a ball holds
        return arb(str(sp.N(e, DIGITS * 2)))

    def lift(name: str) -> Unary:
        method = _NAMES[name]
        scalar: Callable[[Any], Any] = lambda x: getattr(arb(x), method)()  # noqa: E731
        lifted: Unary = np.frompyfunc(scalar, 1, 1)
        return lifted

    return Ops(
        name="balls", number=number, integers=lambda n: np.frompyfunc(lambda k: arb(int(k)), 1, 1)(n),
        functions={name: lift(name) for name in _NAMES}, real=lambda x: x, where=np.where,
        full=lambda value, shape: np.array(np.broadcast_to(np.asarray(value, dtype=object), shape), dtype=object),
        put=_put,
    )  # fmt: skip


def _put(whole: Values, at: Any, part: Values) -> Values:
    result = np.array(whole, dtype=object)
    result[at] = part
    return result


def same_reals(a: Any, b: Any) -> Any:
    """Where two arrays may be equal, entry for entry: balls that overlap, numbers that agree to 35 digits."""
    found = np.frompyfunc(_same, 2, 1)(np.asarray(a, dtype=object), np.asarray(b, dtype=object))
    return np.asarray(found, dtype=bool)


def _same(a: Any, b: Any) -> bool:
    if proves():
        arb = flint().arb
        return bool(arb(a).overlaps(arb(b)))
    if not (finite(a) and finite(b)):
        return True
    return bool(abs(a - b) <= AGREE * max(abs(a), abs(b), 1))


def is_finite(x: Any) -> bool:
    """A finite number, or a ball of finite ones."""
    return bool(x.is_finite()) if hasattr(x, "is_finite") else finite(x)


def digits(x: Any, count: int) -> str:
    """A number in so many digits, without its radius."""
    if hasattr(x, "str"):
        return str(x.str(count, radius=False))
    return str(sp.Float(str(x), DIGITS).n(count))
