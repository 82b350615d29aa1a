"""Functions of an exact number that are made of exp, log and the four operations, under the names NumPy asks for."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any


class Elementary:
    """What has ``exp``, ``log``, ``sin``, ``cos`` and arithmetic has these."""

    __slots__ = ()
    exp: Any
    log: Any
    sin: Any
    cos: Any
    inverse: Any
    shadow: float

    def __add__(self, other: Any) -> Any:
        raise NotImplementedError

    __sub__ = __mul__ = __truediv__ = __add__

    def tanh(self) -> Any:
        twice = (self * 2).exp()
        found = (twice - 1) / (twice + 1)
        found.shadow = math.tanh(self.shadow)
        return found

    def sinh(self) -> Any:
        grown = self.exp()
        return (grown - grown.inverse()) * Fraction(1, 2)

    def cosh(self) -> Any:
        grown = self.exp()
        return (grown + grown.inverse()) * Fraction(1, 2)

    def tan(self) -> Any:
        return self.sin() / self.cos()

    def log1p(self) -> Any:
        return (self + 1).log()

    def expm1(self) -> Any:
        return self.exp() - 1

    def exp2(self) -> Any:
        return ((self * 0 + 2).log() * self).exp()

    def log2(self) -> Any:
        return self.log() / (self * 0 + 2).log()

    def log10(self) -> Any:
        return self.log() / (self * 0 + 10).log()

    def square(self) -> Any:
        return self * self

    def reciprocal(self) -> Any:
        return self.inverse()

    def conjugate(self) -> Any:
        return self
