"""Exact numbers for the evaluator: what it asks of floats, asked of elements."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.errors import SymbackpropError
from symbackprop.numeric.ops import Ops, Unary, Values
from symbackprop.verify.field import PI, E, Element, element
from symbackprop.verify.rationals import simplest
from symbackprop.verify.tower import PRIMES, TOWERS

_METHODS = {"exp": "exp", "log": "log", "tanh": "tanh", "sin": "sin", "cos": "cos", "tan": "tan", "sinh": "sinh",
            "cosh": "cosh", "atan": "arctan", "asinh": "arcsinh", "erf": "erf", "sqrt": "sqrt", "sign": "sign",
            "Abs": "__abs__"}  # fmt: skip


def number(e: sp.Expr) -> Any:
    """A constant: a fraction where it is one (a whole number to the power −1 would be a float), π and e and their
    roots as elements."""
    if e.is_Rational:
        return Fraction(int(e.p), int(e.q))
    if e.is_Float:
        return simplest(float(e))
    if e in (sp.pi, sp.E):
        return PI if e is sp.pi else E
    args = [element(number(a)) for a in e.args]
    if e.is_Add or e.is_Mul:
        result = args[0]
        for other in args[1:]:
            result = result + other if e.is_Add else result * other
        return result
    if e.is_Pow:
        return args[0] ** args[1]
    name = type(e).__name__
    if name in _METHODS:
        return getattr(args[0], _METHODS[name])()
    raise SymbackpropError(f"the number {e} has no exact value here")


def _lifted(name: str) -> Unary:
    method = _METHODS[name]
    lifted: Unary = np.frompyfunc(lambda e: getattr(element(e), method)(), 1, 1)
    return lifted


def _full(value: Values, shape: tuple[int, ...]) -> Values:
    return np.array(np.broadcast_to(np.asarray(value, dtype=object), shape), dtype=object)


def _put(whole: Values, at: Any, part: Values) -> Values:
    result = np.array(whole, dtype=object)
    result[at] = part
    return result


def _counted(n: Values) -> Values:
    return np.frompyfunc(lambda k: Fraction(int(k)), 1, 1)(n)


@cache
def exact_ops() -> Ops:
    """Elements, and plain whole numbers and fractions beside them."""
    return Ops(name="exact", number=number, integers=_counted, functions={name: _lifted(name) for name in _METHODS},
               real=lambda x: x, where=np.where, full=_full, put=_put)  # fmt: skip


def bound(elements: Iterable[Element]) -> float:
    """The probability that functions of these degrees differ and agree at a random point of both fields.

    The primes are the smallest of each tower: an exponent may have met another there."""
    degree = max((e.n + e.d for e in elements), default=0)
    return min(1.0, math.prod(max(degree, 1) / p for p in PRIMES[-TOWERS:]))
