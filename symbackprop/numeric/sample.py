"""Random numbers for what a program is given: seeded by the program itself, away from kinks, targets that can be."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.errors import SymbackpropError
from symbackprop.language.program import Program
from symbackprop.language.quantity import PARAMETERS, Domain, Quantity
from symbackprop.numeric.domains import RULES, Place, not_finite, place_of
from symbackprop.numeric.evaluate import evaluate, numbers, sizes_of, steps
from symbackprop.numeric.frame import Scope
from symbackprop.numeric.ops import NUMPY


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
    """A number for each symbol without one: 2, 3, 4, 5, then from 2 again; larger where an axis would hold less than
    two entries, as that of a convolution of n − 2 places does at n = 2."""
    free = free_sizes(program)
    found = [{s: 2 + more + (start + k - 2) % 4 for k, s in enumerate(free)} for more in range(LARGEST_KERNEL)]
    return next((sizes for sizes in found if all(n >= 2 for n in made_sizes(program, sizes))), found[0])


LARGEST_KERNEL = 64
"""How far sizes are made larger before an axis may be empty after all."""


def made_sizes(program: Program, sizes: Mapping[sp.Symbol, int]) -> list[int]:
    """The sizes that are made of others, ``n − 2``, as numbers."""
    known = {s: sp.Integer(n) for s, n in {**numbers(program), **sizes}.items()}
    shapes = (e for q in program.quantities.values() for e in q.shape)
    made = dict.fromkeys(e for e in shapes if not e.is_Integer and not e.is_Symbol)
    return [int(n) for e in made if (n := e.xreplace(known)).is_Integer]


def random_values(
    program: Program, salt: int = 0, sizes: Mapping[sp.Symbol, int] | None = None, positive: bool = False
) -> dict[str, Any]:
    """An array for everything given. Parameters spread around 0 (above it with ``positive``), data in (0.1, 0.9)."""
    rng = np.random.default_rng(seed_of(program, salt))
    known = {**numbers(program), **(distinct_sizes(program) if sizes is None else sizes)}
    values = {}
    for quantity in program.all_given:
        domain = domain_of(quantity, program)
        place = place_of(quantity, domain, known)
        values[quantity.name] = _draw(quantity, domain, place, rng, positive)
    return values


def _draw(quantity: Quantity, domain: Domain, place: Place, rng: np.random.Generator, positive: bool) -> Any:
    shape = place.shape
    if quantity.role in PARAMETERS and not positive:
        # from ±[0.3, 1.3] over the root of the fan-in: no weight so small that a lost factor would not show
        spread = max(1.0, np.sqrt(shape[-1] / 4)) if len(shape) > 1 else 1.0
        return rng.uniform(0.3, 1.3, shape) * rng.choice([-1.0, 1.0], shape) / spread
    return RULES[domain.kind].draw(rng, place)


def domain_of(quantity: Quantity, program: Program) -> Domain:
    """What an array may hold: as declared. Of a network written in SymPy nobody has said; where it has a softmax its
    target is taken to sum to 1."""
    if quantity.domain is not None:
        return quantity.domain
    sums_to_one = quantity.role == "target" and quantity.axes and has_softmax(program)
    return Domain("distribution" if sums_to_one else "number")


def has_softmax(program: Program) -> bool:
    """Whether something is divided by a sum of exponentials, or the logarithm of one is taken."""
    kinds = {id(p.kind): p.kind for p in program.parts}.values()
    expressions = [e.expression for kind in kinds for e in kind.equations]
    powers = [p.base for e in expressions for p in e.atoms(sp.Pow) if p.exp.is_negative]
    logs = [log.args[0] for e in expressions for log in e.atoms(sp.log)]
    return any(isinstance(inner, sp.Sum) and inner.has(sp.exp) for inner in (*powers, *logs))


def cancels(program: Program) -> bool:
    """Whether something is divided by what depends on the data, as in softmax and in the norms: there the terms of a
    derivative cancel, and what is left of them may be rounding."""
    kinds = {id(p.kind): p.kind for p in program.parts}.values()
    powers = (p for kind in kinds for e in kind.equations for p in e.expression.atoms(sp.Pow))
    return any(p.exp.is_negative and not is_size(p.base) for p in powers) or has_softmax(program)


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
    assert best is not None
    if best[0] < 0:
        reason = not_finite(program, evaluate(program, best[1]))
        raise SymbackpropError("no point was found at which every quantity of the network is a finite number; "
                               f"{reason}")
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
