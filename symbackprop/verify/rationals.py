"""Fractions: what a residue stands for, and what a float in somebody's code means."""

from __future__ import annotations

import math
from fractions import Fraction


def rational(value: int, prime: int, bound: int = 1 << 29) -> tuple[int, int] | None:
    """The fraction with numerator and denominator up to the bound that a residue stands for; None without one."""
    a, b, u, v = prime, value % prime, 0, 1
    while b > bound:
        quotient = a // b
        a, b, u, v = b, a - quotient * b, v, u - quotient * v
    if v == 0 or abs(v) > bound:
        return None
    return (b, v) if v > 0 else (-b, -v)


def simplest(value: float) -> Fraction:
    """The fraction with the smallest denominator that rounds to this float: 0.01 is 1/100."""
    if value == int(value):
        return Fraction(int(value))
    half = Fraction(math.ulp(value)) / 2
    low, high = Fraction(abs(value)) - half, Fraction(abs(value)) + half
    found = _between(low, high)
    return found if value > 0 else -found


def _between(low: Fraction, high: Fraction) -> Fraction:
    """The simplest fraction in an interval of positive numbers (Stern and Brocot)."""
    whole = math.ceil(low)
    if whole <= high:
        return Fraction(whole)
    below = math.floor(low)
    return below + 1 / _between(1 / (high - below), 1 / (low - below))
