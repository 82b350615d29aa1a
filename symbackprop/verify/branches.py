"""Comparisons of exact numbers: which side of each is taken."""

from __future__ import annotations

from collections.abc import Mapping

from symbackprop.verify.tower import PRIMES


class Branches:
    """Which side of each comparison is taken: the shadow's, unless it is told to take the other."""

    def __init__(self) -> None:
        self.seen: dict[int, set[bool]] = {}
        self.forced: Mapping[int, bool] = {}

    def decide(self, residue: int, shadow: float) -> bool:
        """Is a difference with this residue at the top, and this shadow, negative?"""
        r, p = residue, PRIMES[0]
        key, turned = (r, False) if r <= p - r else (p - r, True)
        negative = self.forced.get(key, (shadow < 0) != turned)
        self.seen.setdefault(key, set()).add(negative)
        return negative != turned


BRANCHES = Branches()
"""One for all elements: a comparison has no other place to be told from."""
