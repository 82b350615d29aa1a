"""Random numbers for what a program is given: seeded by the program itself, away from kinks, targets that can be."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.errors import SymbackpropError
from symbackprop.language.program import Program
from symbackprop.language.quantity import PARAMETERS, Quantity
from symbackprop.numeric.evaluate import extent, numbers, sizes_of, steps
from symbackprop.numeric.frame import Scope
from symbackprop.numeric.ops import NUMPY

DATA = ("datum", "data", "batch", "k", "m")
"""How an axis over data may be called; the other axis of a target is that of the units."""


def seed_of(program: Program, salt: int = 0) -> int:
    """A seed that depends on what the program says, not on the run."""
    pairs = ((part.label, e) for part in program.parts for e in part.kind.equations)
    text = "\n".join(f"{label}: {e.quantity.letter} = {e.expression}" for label, e in pairs)
    return int.from_bytes(hashlib.sha256(f"{salt}\n{text}".encode()).digest()[:8], "big")


def free_sizes(program: Program) -> tuple[sp.Symbol, ...]:
    """The size symbols that no number is known for, in order of appearance."""
    known = numbers(program)
    shapes = (s for q in program.quantities.values() for s in q.shape)
    return tuple(dict.fromkeys(s for e in shapes for s in sorted(e.free_symbols, key=str) if s not in known))


def distinct_sizes(program: Program, start: int = 2) -> dict[sp.Symbol, int]:
    """A number for each symbol without one: 2, 3, 4, 5, then from 2 again."""
    return {s: 2 + (start + k - 2) % 4 for k, s in enumerate(free_sizes(program))}


def random_values(
    program: Program, salt: int = 0, sizes: Mapping[sp.Symbol, int] | None = None, positive: bool = False
) -> dict[str, Any]:
    """An array for everything given. Parameters spread around 0 (above it with ``positive``), data in (0.1, 0.9)."""
    rng = np.random.default_rng(seed_of(program, salt))
    known = {**numbers(program), **(distinct_sizes(program) if sizes is None else sizes)}
    sums_to_one = has_softmax(program)
    values = {}
    for quantity in program.all_given:
        shape = tuple(extent(s, known) for s in quantity.shape)
        values[quantity.name] = _draw(quantity, shape, rng, positive, sums_to_one)
    return values


def _draw(
    quantity: Quantity, shape: tuple[int, ...], rng: np.random.Generator, positive: bool, sums_to_one: bool
) -> Any:
    if quantity.role == "target":
        drawn = rng.uniform(0.1, 0.9, shape)
        return drawn / drawn.sum(axis=unit_axis(quantity), keepdims=True) if sums_to_one and shape else drawn
    if quantity.role in PARAMETERS and not positive:
        # from ±[0.3, 1.3] over the root of the fan-in: no weight so small that a lost factor would not show
        spread = max(1.0, np.sqrt(shape[-1] / 4)) if len(shape) > 1 else 1.0
        return rng.uniform(0.3, 1.3, shape) * rng.choice([-1.0, 1.0], shape) / spread
    return rng.uniform(0.1, 0.9, shape)


def unit_axis(quantity: Quantity) -> int:
    """The axis of a target along which its probabilities sum to 1: the first that is not over data."""
    return next((p for p, axis in enumerate(quantity.axes) if axis.name not in DATA), 0)


def has_softmax(program: Program) -> bool:
    """Whether something is divided by a sum of exponentials: then targets are taken to sum to 1."""
    kinds = {id(p.kind): p.kind for p in program.parts}.values()
    powers = (p for kind in kinds for e in kind.equations for p in e.expression.atoms(sp.Pow))
    return any(p.exp.is_negative and isinstance(p.base, sp.Sum) and p.base.has(sp.exp) for p in powers)


def cancels(program: Program) -> bool:
    """Whether something is divided by what depends on the data, as in softmax and in the norms: there the terms of a
    derivative cancel, and what is left of them may be rounding."""
    kinds = {id(p.kind): p.kind for p in program.parts}.values()
    powers = (p for kind in kinds for e in kind.equations for p in e.expression.atoms(sp.Pow))
    return any(p.exp.is_negative and not is_size(p.base) for p in powers)


def is_size(e: sp.Expr) -> bool:
    """Made of numbers and sizes only."""
    return all(s.is_integer and s.is_positive for s in e.free_symbols)


def regular_values(program: Program, salt: int = 0, sizes: Mapping[sp.Symbol, int] | None = None) -> dict[str, Any]:
    """Random values at which everything is finite and no relation is near its kink (the best of 24 draws)."""
    best: tuple[float, dict[str, Any]] | None = None
    for attempt in range(24):
        values = random_values(program, salt + 1000 * attempt, sizes, positive=attempt % 4 == 3)
        margin = kink_margin(program, values)
        if best is None or margin > best[0]:
            best = margin, values
        if margin > 0.02:
            break
    if best is None or best[0] < 0:
        raise SymbackpropError("no point was found at which every quantity of the network is a finite number")
    return best[1]


def kink_margin(program: Program, values: Mapping[str, Any]) -> float:
    """The least distance of a relation from equality while the program runs; −1 where something is not finite."""
    margins: list[float] = []
    arrays = {q.symbol: values[q.name] for q in program.all_given}
    scope = Scope(arrays, sizes_of(program, values), NUMPY, margins=margins)
    for quantity, result in steps(program, scope, {}):
        arrays[quantity.symbol] = result
        if not np.all(np.isfinite(result)):
            return -1.0
    return min(margins, default=np.inf)
