"""A point at which the whole network is run, for whoever looks for a mistake: exact where the tower is high enough."""

from __future__ import annotations

from symbackprop.language.errors import SymbackpropError
from symbackprop.verify.cuts import Cut
from symbackprop.verify.ground import Ground, Sizes
from symbackprop.verify.point import Point


def whole_point(ground: Ground, sizes: Sizes) -> Point:
    """An exact point of the whole network; a real one where there is none, a root or a constant being in the way."""
    cut = Cut(frozenset(e.quantity.name for e in ground.program.equations))
    for _ in range(100):
        try:
            point = ground.exact(sizes, cut)
            point.run  # noqa: B018 (what has no level left is found here)
            return point
        except ArithmeticError as problem:
            if not ground.higher(sizes, cut, problem):
                break
        except (SymbackpropError, TypeError, ValueError):
            break
    return ground.real(sizes)
