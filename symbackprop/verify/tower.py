"""The tower of primes: ``p[i] = k p[i+1] + 1``, so that ``exp(x)[i] = g[i] ** x[i+1] mod p[i]`` adds where x adds.

Two towers stand side by side, since every verdict is made in two fields at once. Every prime is −1 modulo 840: then −1
has no root, and of two numbers x, −x one has; and 2, 3, 5 and 7 are squares, as in the 1/√d of an attention.
"""

from __future__ import annotations

import random
from functools import cache
from math import gcd

HEIGHT = 9
"""Exponentials within exponentials that can be taken, and one more."""
SMALLEST = 60
"""Every prime is above 2 to this power."""
TOWERS = 2
WHEEL = 840


class SpentError(ArithmeticError):
    """An exponential, or a root, of what has no level left: the tower has to begin higher."""


class NoRootError(ArithmeticError):
    """A number that has no square root in the field of one tower: another point has to be drawn there."""

    def __init__(self, tower: int) -> None:
        super().__init__("no square root at this point")
        self.tower = tower


def _prime(n: int) -> bool:
    """Is a number below 3·10^24 prime? These bases prove it there (Sorenson and Webster, 2015). Not by SymPy: the
    process in which other people's code runs would have to load it."""
    twos = (n - 1 & 1 - n).bit_length() - 1

    def strange(base: int) -> bool:
        power = pow(base, n - 1 >> twos, n)
        return power not in (1, n - 1) and all((power := power * power % n) != n - 1 for _ in range(twos - 1))

    return not any(strange(b) for b in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41))


def _next(k: int, p: int) -> bool:
    """Is ``k p + 1`` prime, p being a prime above k? Pocklington's criterion proves it."""
    n = k * p + 1
    for base in (2, 3, 5):
        if pow(base, n - 1, n) != 1:
            return False
        if gcd(pow(base, k, n) - 1, n) == 1:
            return True
    return False


def _tower(rng: random.Random) -> list[tuple[int, int, int]]:
    """``(p, q, g)`` from the largest prime to the smallest; g is of order q, the next prime."""
    p = next(n for n in iter(lambda: (rng.getrandbits(SMALLEST) | 1 << SMALLEST) // WHEEL * WHEEL + WHEEL - 1, 0)
             if _prime(n))
    levels = [(p, 1, 1)]
    while len(levels) < HEIGHT:
        # k p + 1 is −1 for p = −1 and k = 2
        k = next(k for k in range(2, 10**7, WHEEL) if _next(k, p))
        g = next(pow(h, k, k * p + 1) for h in range(2, 100) if pow(h, k, k * p + 1) != 1)
        levels.append((k * p + 1, p, g))
        p = k * p + 1
    return levels[::-1]


@cache
def _levels() -> tuple[tuple[int, ...], tuple[int, ...]]:
    rng = random.Random("symbackprop")
    towers = [_tower(rng) for _ in range(TOWERS)]
    rows = [level for pair in zip(*towers, strict=True) for level in pair]
    return tuple(p for p, _, _ in rows), tuple(g for _, _, g in rows)


PRIMES, GENERATORS = _levels()
"""Level by level, from the top: the primes of both towers, and what exp raises at that level."""
