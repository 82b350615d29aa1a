"""What given arrays may hold, as losses declare it of their targets: drawn at random, and asked of a user's values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.errors import SymbackpropError
from symbackprop.language.program import Program
from symbackprop.language.quantity import Domain, DomainKind, Quantity
from symbackprop.numeric.evaluate import evaluate, extent, sizes_of

DATA = ("datum", "data", "batch", "k", "m")
"""How an axis over data may be called; the other axis of a target is that of the units."""
LOWEST, HIGHEST = 0.1, 0.9
ROUNDING = 1e-6
"""What probabilities written with a few digits may miss 1 by."""


@dataclass(frozen=True)
class Place:
    """Where an array of a domain stands: its shape, the axis of its units (None where it has none), the classes."""

    shape: tuple[int, ...]
    axis: int | None
    count: int

    def total(self, array: Any) -> Any:
        """The sum over the units; of a single unit, itself."""
        return array if self.axis is None else np.sum(array, axis=self.axis, keepdims=True)


@dataclass(frozen=True)
class Rule:
    """How arrays of one domain are drawn, what they hold in words, and which entries do not."""

    draw: Callable[[np.random.Generator, Place], Any]
    says: str
    wrong: Callable[[Any, Place], Any]


def _uniform(rng: np.random.Generator, place: Place) -> Any:
    return rng.uniform(LOWEST, HIGHEST, place.shape)


def _distribution(rng: np.random.Generator, place: Place) -> Any:
    drawn = _uniform(rng, place)
    return drawn / place.total(drawn)


def _one_hot(rng: np.random.Generator, place: Place) -> Any:
    drawn = _uniform(rng, place)
    return np.ones(place.shape) * (drawn == (drawn if place.axis is None else drawn.max(place.axis, keepdims=True)))


RULES: Mapping[DomainKind, Rule] = {
    "number": Rule(_uniform, "numbers", lambda y, _: np.isnan(y)),
    "probability": Rule(_uniform, "probabilities, from 0 to 1", lambda y, _: ~((y >= 0) & (y <= 1))),
    "distribution": Rule(_distribution, "probabilities that add up to 1",
                         lambda y, p: ~(y >= 0) | ~(np.abs(p.total(y) - 1) <= ROUNDING)),
    "one-hot": Rule(_one_hot, "a single 1 and else 0",
                    lambda y, p: ~((y == 0) | (y == 1)) | (p.total(y) != 1)),
    "label": Rule(lambda rng, p: rng.integers(1, p.count + 1, p.shape).astype(float),
                  "whole numbers from 1 to {count}, the numbers of the classes",
                  lambda y, p: ~((y >= 1) & (y <= p.count) & (y == np.round(y)))),
    "sign": Rule(lambda rng, p: rng.choice([-1.0, 1.0], p.shape), "1 or -1", lambda y, _: np.abs(y) != 1),
}
"""One row a domain."""


def unit_axis(quantity: Quantity) -> int | None:
    """The axis of a target along which its probabilities sum to 1: that of the units, the last that is not over data
    (of a sequence the places stand before it). Of a network written in SymPy nobody has said; there the first is."""
    units = [p for p, axis in enumerate(quantity.axes) if axis.name not in DATA]
    return (units[-1] if quantity.domain else units[0]) if units else None


def place_of(quantity: Quantity, domain: Domain, sizes: Mapping[sp.Symbol, int]) -> Place:
    shape = tuple(extent(s, sizes) for s in quantity.shape)
    return Place(shape, unit_axis(quantity), extent(domain.count, sizes))


def refuse_unfit(program: Program, values: Mapping[str, Any]) -> None:
    """Raise SymbackpropError for the first given array that holds what it may not: a class 5 of 3."""
    sizes = sizes_of(program, values)
    for quantity in program.all_given:
        if quantity.domain is None:
            continue
        rule, place = RULES[quantity.domain.kind], place_of(quantity, quantity.domain, sizes)
        array = np.asarray(values[quantity.name], dtype=float)
        wrong = np.broadcast_to(rule.wrong(array, place), place.shape)
        if np.any(wrong):
            first = array[tuple(np.argwhere(wrong)[0])]
            raise SymbackpropError(f"{quantity.name} must hold {rule.says.format(count=place.count)}; it holds "
                                   f"{first:g}{_sums(array, place, quantity.domain)}")


def _sums(array: Any, place: Place, domain: Domain) -> str:
    """The sum that is not 1, where that is what is wrong."""
    if domain.kind not in ("distribution", "one-hot"):
        return ""
    totals = np.ravel(place.total(array))
    off = totals[np.abs(totals - 1) > ROUNDING]
    return f", and a sum of {off[0]:g}" if off.size else ""


def run(program: Program, values: Mapping[str, Any]) -> dict[str, Any]:
    """Every quantity of a program at a user's values. Raises SymbackpropError where the values do not suit the loss, or
    where something is no finite number: it says what, and why."""
    refuse_unfit(program, values)
    result = evaluate(program, values)
    reason = not_finite(program, result)
    if reason is not None:
        raise SymbackpropError(f"with these values {reason}")
    return result


def not_finite(program: Program, result: Mapping[str, Any]) -> str | None:
    """The first quantity of a run that is no finite number, and why; None where all are."""
    for equation in program.equations:
        name = equation.quantity.name
        if not np.all(np.isfinite(result[name])):
            why = _why(equation.expression)
            return f"{name} is not a finite number: {why}; it is {name} = {equation.expression}"
    return None


def _why(e: sp.Expr) -> str:
    """What an expression can fail by, the likeliest first."""
    if e.has(sp.log):
        return "it takes the logarithm of 0, or of a number that is not positive"
    if any(p.exp.is_negative for p in e.atoms(sp.Pow)):
        return "it divides by 0"
    return "it is too large for floating point"
