"""Exact numbers: residues in a tower of prime fields. Equal as functions: equal; unequal: equal with probability d/p.

The method of Gonnet (1984) and of Schwartz and Zippel: a function is evaluated at a random point of a finite field. An
element holds one residue a level and tower, a bound for the degrees of the rational function it is a value of, and a
shadow: the value of the same function at a real point, which decides comparisons and nothing else.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Any, Union

import numpy as np

from symbackprop.verify.branches import BRANCHES
from symbackprop.verify.elementary import Elementary
from symbackprop.verify.rationals import rational, simplest
from symbackprop.verify.tower import GENERATORS, PRIMES, TOWERS, NoRootError, SpentError

Plain = Union[int, float, Fraction, "np.integer[Any]", "np.floating[Any]"]
EXPONENT = 10_000


class InexactError(TypeError):
    """What would turn an exact number into a float, or asks what exact arithmetic cannot say."""


class Element(Elementary):
    """A value in every field at once. ``n``, ``d``: degrees of numerator and denominator, bounded from above.

    ``logs``: the value is ``rest + Σ c log x`` for these (x, c), so that exp takes the logarithms away again;
    ``arg``: it is the exponential of this.
    """

    __slots__ = ("arg", "d", "logs", "n", "r", "rest", "shadow")

    def __init__(self, r: tuple[int, ...], shadow: float, n: int = 0, d: int = 0) -> None:
        self.r, self.shadow, self.n, self.d = r, shadow, n, d
        self.logs: tuple[tuple[Element, Fraction], ...] = ()
        self.rest: Element | None = None
        self.arg: Element | None = None

    # arithmetic

    def __add__(self, other: Any) -> Element:
        o = other if type(other) is Element else coerce(other)
        if o is None:
            return NotImplemented
        found = Element(tuple([(a + b) % p for a, b, p in zip(self.r, o.r, PRIMES, strict=False)]),
                        self.shadow + o.shadow, max(self.n + o.d, o.n + self.d) if self.d or o.d
                        else max(self.n, o.n), self.d + o.d)  # fmt: skip
        if self.logs or o.logs:
            found.logs = _joined(self.logs, o.logs)
            found.rest = _rest(self) + _rest(o)
        return found

    def __mul__(self, other: Any) -> Element:
        o = other if type(other) is Element else coerce(other)
        if o is None:
            return NotImplemented
        found = Element(tuple([a * b % p for a, b, p in zip(self.r, o.r, PRIMES, strict=False)]),
                        self.shadow * o.shadow, self.n + o.n, self.d + o.d)  # fmt: skip
        if self.logs or o.logs:
            _scale_logs(found, self, o)
        return found

    def __neg__(self) -> Element:
        return self * MINUS_ONE

    def __sub__(self, other: Any) -> Element:
        o = other if type(other) is Element else coerce(other)
        return NotImplemented if o is None else self + o * MINUS_ONE

    def __rsub__(self, other: Any) -> Element:
        found: Element = self * MINUS_ONE + other
        return found

    def __truediv__(self, other: Any) -> Element:
        o = other if type(other) is Element else coerce(other)
        return NotImplemented if o is None else self * o.inverse()

    def __rtruediv__(self, other: Any) -> Element:
        found: Element = self.inverse() * other
        return found

    __radd__ = __add__
    __rmul__ = __mul__

    def inverse(self) -> Element:
        """``1/x``. Raises ZeroDivisionError where x is 0: at a random point it is then 0 everywhere."""
        if not all(self.r[:TOWERS]):
            raise ZeroDivisionError("the formula divides by what is 0 everywhere")
        try:
            inverted = tuple([pow(a, -1, p) for a, p in zip(self.r, PRIMES, strict=False)])
        except ValueError:
            raise ZeroDivisionError("the formula divides by what is 0 everywhere") from None
        return Element(inverted, 1 / self.shadow if self.shadow else math.inf, self.d, self.n)

    def __pow__(self, power: Any) -> Element:
        exact = simplest(float(power)) if isinstance(power, float | np.floating) else power
        if isinstance(exact, Element):
            value = exact.rational()
            exact = value if value is not None else exact
        if isinstance(exact, Fraction) and exact.denominator == 2:
            return self.sqrt() ** exact.numerator
        if isinstance(exact, Element) or (isinstance(exact, Fraction) and exact.denominator != 1):
            return (self.log() * exact).exp()
        whole = int(exact)
        if abs(whole) > EXPONENT:
            raise OverflowError(f"a power of {whole}")
        base = self if whole >= 0 else self.inverse()
        residues = tuple([pow(a, abs(whole), p) for a, p in zip(base.r, PRIMES, strict=False)])
        return Element(residues, _safely(lambda: self.shadow**whole), base.n * abs(whole), base.d * abs(whole))

    def __rpow__(self, base: Any) -> Element:
        return (element(base).log() * self).exp()

    # functions

    def exp(self) -> Element:
        """``g ** x`` one level up: exp(x + y) = exp(x) exp(y) by construction."""
        if self.logs:
            return self._exp_of_logs()
        if len(self.r) <= TOWERS:
            raise SpentError("more exponentials within one another than the tower is high")
        residues = tuple([pow(g, a, p) for g, a, p in zip(GENERATORS, self.r[TOWERS:], PRIMES, strict=False)])
        found = Element(residues, _safely(lambda: math.exp(self.shadow)), 1 + self.n + self.d, 0)
        found.arg = self
        return found

    def _exp_of_logs(self) -> Element:
        result = _rest(self).exp() if any(_rest(self).r) else ONE
        for x, count in self.logs:
            result = result * x**count
        return result

    def log(self) -> Element:
        """An atom that remembers x; the logarithm of an exponential is its argument."""
        if self.arg is not None:
            return self.arg
        if self.r[:1] == ONE.r[:1] and self == ONE:
            return ZERO
        found = atom("log", self, _safely(lambda: math.log(self.shadow)))
        found.logs, found.rest = ((self, Fraction(1)),), ZERO
        return found

    def sqrt(self) -> Element:
        """The root that is a square itself, ``x ** ((p+1)/4)``; of a number such as 9/4 the positive one, 3/2. Raises
        NoRootError where there is none."""
        value = self.rational()
        if value is not None and value >= 0:
            root = Fraction(math.isqrt(value.numerator), math.isqrt(value.denominator))
            if root * root == value:
                return constant(root)
        roots = []
        for a, p in zip(self.r, PRIMES, strict=False):
            found = pow(a, (p + 1) // 4, p)
            if found * found % p != a:
                break
            roots.append(found)
        kept = len(roots) - len(roots) % TOWERS
        if not kept:
            raise NoRootError(len(roots))
        shadow = _safely(lambda: math.sqrt(self.shadow))
        return Element(tuple(roots[:kept]), shadow, (self.n + 1) // 2, (self.d + 1) // 2)

    def sin(self) -> Element:
        t = atom("tan of half", self, _safely(lambda: math.tan(self.shadow / 2)))
        return t * 2 / (t * t + 1)

    def cos(self) -> Element:
        t = atom("tan of half", self, _safely(lambda: math.tan(self.shadow / 2)))
        return (ONE - t * t) / (t * t + 1)

    def erf(self) -> Element:
        return atom("erf", self, math.erf(self.shadow)) if any(self.r) else ZERO

    def arctan(self) -> Element:
        return atom("atan", self, math.atan(self.shadow))

    def arcsinh(self) -> Element:
        return atom("asinh", self, math.asinh(self.shadow))

    def rint(self) -> Element:
        raise InexactError("rounding is no exact arithmetic")

    floor = ceil = trunc = rint

    # order: the shadow's

    def sign(self) -> int:
        return (self > 0) - (self < 0)

    def __abs__(self) -> Element:
        return -self if self < 0 else self

    def _less(self, other: Any, strictly: bool) -> bool:
        o = other if type(other) is Element else coerce(other)
        if o is None:
            raise InexactError(f"a number compared with {type(other).__name__}")
        difference = self - o
        if not any(difference.r[:TOWERS]):
            return not strictly
        return BRANCHES.decide(difference.r[0], difference.shadow)

    def __lt__(self, other: Any) -> bool:
        return self._less(other, True)

    def __le__(self, other: Any) -> bool:
        return self._less(other, False)

    def __gt__(self, other: Any) -> bool:
        return not self._less(other, False)

    def __ge__(self, other: Any) -> bool:
        return not self._less(other, True)

    def __eq__(self, other: object) -> bool:
        o = other if type(other) is Element else coerce(other)
        return o is not None and all(a == b for a, b in zip(self.r, o.r, strict=False))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.r[:TOWERS])

    def __bool__(self) -> bool:
        return any(self.r)

    def __float__(self) -> float:
        raise InexactError("an exact number is turned into a float")

    __int__ = __index__ = __complex__ = __float__

    def __repr__(self) -> str:
        value = self.rational()
        return str(value) if value is not None else f"{self.shadow:.6g}"

    def rational(self) -> Fraction | None:
        """The fraction that this is, if it is one of few digits, in both towers."""
        found = {rational(a, p) for a, p in zip(self.r[:TOWERS], PRIMES, strict=False)}
        pair = found.pop()
        return Fraction(*pair) if not found and pair is not None else None


def _safely(compute: Any) -> float:
    """A shadow may overflow or be undefined: then it is not a number, and compares as nothing."""
    try:
        value = compute()
    except (OverflowError, ValueError, ZeroDivisionError):
        return math.nan
    return value if isinstance(value, float) else math.nan if isinstance(value, complex) else float(value)


@lru_cache(maxsize=4096)
def constant(value: Fraction | int) -> Element:
    """The element of a rational number."""
    residues = tuple([value.numerator * pow(value.denominator, -1, p) % p for p in PRIMES])
    return Element(residues, _safely(lambda: float(value)))


def coerce(value: Any) -> Element | None:
    """A plain number as an element; None for what is none."""
    if isinstance(value, bool | int | np.integer | np.bool_):
        return constant(int(value))
    if isinstance(value, Fraction):
        return constant(value)
    if isinstance(value, float | np.floating):
        return _of_float(float(value))
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return value.item() if isinstance(value.item(), Element) else coerce(value.item())
    return None


def element(value: Any) -> Element:
    """A plain number, or an element, as an element."""
    found = value if isinstance(value, Element) else coerce(value)
    if found is None:
        raise InexactError(f"{type(value).__name__} is no number that can be exact")
    return found


@lru_cache(maxsize=4096)
def _of_float(value: float) -> Element:
    """What a float in somebody's code means: the simplest rational, or its root, that rounds to it; π, e."""
    if not math.isfinite(value):
        raise InexactError(f"the number {value}")
    if value in (math.pi, math.e):
        return PI if value == math.pi else E
    exact = simplest(value)
    if exact.denominator > 10**6:
        for known, scale in ((1.0, ONE), (math.pi, PI), (1 / math.pi, PI.inverse())):
            square = Fraction(value * value / known).limit_denominator(1000)
            if square and math.isclose(math.sqrt(square * known), abs(value), rel_tol=4e-16):
                root = (constant(square) * scale).sqrt()
                return root if value > 0 else -root
    return constant(exact)


def draw(name: str, shadow: float, levels: int) -> Element:
    """A random element: the same for the same name."""
    rng = random.Random(name)
    return Element(tuple([rng.randrange(1, p) for p in PRIMES[: levels * TOWERS]]), shadow, 1, 0)


def atom(function: str, of: Element, shadow: float) -> Element:
    """The value of a function that has no rule here: random, the same for the same argument."""
    rng = random.Random(f"{function} of {of.r[:TOWERS]}")
    return Element(tuple([rng.randrange(1, p) for p in PRIMES[: len(of.r)]]), shadow, 1 + of.n + of.d, 0)


def _rest(e: Element) -> Element:
    if not e.logs:
        return e
    assert e.rest is not None
    return e.rest


def _joined(
    first: Iterable[tuple[Element, Fraction]], second: Iterable[tuple[Element, Fraction]]
) -> tuple[tuple[Element, Fraction], ...]:
    found: dict[Element, Fraction] = {}
    for x, count in (*first, *second):
        found[x] = found.get(x, Fraction(0)) + count
    return tuple((x, count) for x, count in found.items() if count)


def _scale_logs(found: Element, first: Element, second: Element) -> None:
    """A rational multiple of logarithms is still one; any other product is a number like others."""
    logs, other = (first, second) if first.logs else (second, first)
    count = other.rational() if not other.logs else None
    if count is not None:
        found.logs = tuple((x, c * count) for x, c in logs.logs if c * count)
        found.rest = _rest(logs) * other


ZERO, ONE = constant(0), constant(1)
MINUS_ONE = constant(-1)
PI = draw("the root of pi", math.sqrt(math.pi), len(PRIMES) // TOWERS).square()
E = ONE.exp()
