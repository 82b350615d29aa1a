"""What the examiner holds to be true at one point: every value, every adjoint (by tape), every local Jacobian."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.derivation import Derivation
from symbackprop.language.indices import base_of, leaves
from symbackprop.language.program import Program
from symbackprop.language.quantity import Quantity
from symbackprop.language.recurrence import Loop
from symbackprop.numeric.evaluate import evaluate, evaluate_equation, extent, sizes_of
from symbackprop.numeric.frame import Scope
from symbackprop.numeric.ops import NUMPY, Ops
from symbackprop.numeric.sample import cancels
from symbackprop.verify.tape import Var, adjoints, tape_ops

STEP = 1e-30
"""A complex step has no cancellation, so it may be as small as one likes."""


def tape_gradients(program: Program, of: str, values: Mapping[str, Any], ops: Ops = NUMPY) -> dict[str, Any]:
    """``∂(Σ of)/∂q`` for every quantity q of a program, by the tape."""
    leaves = {q.name: Var(np.asarray(values[q.name]), ops) for q in program.all_given}
    nudges = _nudges(program, values, ops)
    with np.errstate(all="ignore"):
        run = evaluate(program, leaves, tape_ops(ops), nudges)
    if not isinstance(run[of], Var):
        return {name: np.zeros(np.shape(v)) for name, v in run.items()}
    found = adjoints(run[of])
    return {name: found.get(id(nudges.get(name, v)), _zero(v)) for name, v in run.items()}


def _nudges(program: Program, values: Mapping[str, Any], ops: Ops) -> dict[str, Var]:
    """For what stands in a recurrence a zero added to it: its array is made piece by piece, so that no variable of the
    tape is the whole of it, but the whole of the zero is."""
    sizes = sizes_of(program, values)
    looped = (e.quantity for item in program.steps if isinstance(item, Loop) for e in item.equations)
    zero = ops.number(sp.Integer(0))
    return {q.name: Var(ops.full(zero, tuple(extent(s, sizes) for s in q.shape)), ops) for q in looped}


def _zero(x: Any) -> Any:
    return np.zeros_like(x.value) if isinstance(x, Var) else np.zeros(np.shape(x))


@dataclass(frozen=True)
class Truth:
    """A program at one point."""

    program: Program
    values: Mapping[str, Any]
    ops: Ops = NUMPY
    _gradients: dict[str, dict[str, Any]] = field(default_factory=dict)
    _kept: dict[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def run(self) -> dict[str, Any]:
        """The value of every quantity."""
        return evaluate(self.program, self.values, self.ops)

    @cached_property
    def noise(self) -> float:
        """The size below which a gradient may be nothing but rounding: the terms of a softmax (over one unit
        altogether) and of a norm cancel, and what is left of them is ε times what they were."""
        if self.ops is not NUMPY or not cancels(self.program):
            return 0.0
        last = self.program.parts[-1].kind.equations[-1].quantity.name
        self.gradient(last, last)
        return 1e-5 * max(float(np.max(np.abs(g), initial=0.0)) for g in self._gradients[last].values())

    @cached_property
    def sizes(self) -> dict[sp.Symbol, int]:
        return sizes_of(self.program, self.values)

    def gradient(self, of: str, by: str) -> Any:
        """``∂(Σ of)/∂by``, an array of the shape of ``by``."""
        if of not in self._gradients:
            self._gradients[of] = tape_gradients(self.program, of, self.values, self.ops)
        return self._gradients[of][by]

    @cached_property
    def arrays(self) -> dict[sp.Symbol, Any]:
        """Values by symbol."""
        return {self.program.quantity(name).symbol: v for name, v in self.run.items()}

    def scope(self, extra: Mapping[sp.Symbol, Any] | None = None) -> Scope:
        return Scope({**self.arrays, **(extra or {})}, self.sizes, self.ops)

    def adjoint_arrays(self, derivation: Derivation) -> dict[sp.Symbol, Any]:
        """The true value of every adjoint that a derivation has a name for."""
        return {c.quantity.symbol: self.gradient(c.of.name, c.by.name) for c in derivation.chapters}

    def jacobian(self, of: str, by: str, places: Iterable[tuple[int, ...]] | None = None) -> Any:
        """``∂of[o]/∂by[p]`` through the defining equation of ``of`` alone, by complex steps; axes o, then p.

        ``places`` are the p that are asked for (all of them without); the rest stays 0 and is never touched.
        """
        equation = self.program.definition(of)
        moved = np.array(self.run[by], dtype=complex)
        scope = Scope({**self.arrays, self.program.quantity(by).symbol: moved}, self.sizes, self.ops)
        result = np.zeros((*np.shape(self.run[of]), *moved.shape))
        for place in np.ndindex(moved.shape) if places is None else places:
            held = moved[place]
            moved[place] = held + 1j * STEP
            result[(..., *place)] = np.imag(evaluate_equation(equation, scope)) / STEP
            moved[place] = held
        return result

    def moved(self, by: str, delta: Any, of: str) -> Any:
        """``Σ of`` when ``by`` is moved: a given array itself, any other after its defining equation. What does not
        depend on it stays as it is."""
        given = by in self.values
        values = {**self.values, by: self.values[by] + delta} if given else self.values
        return np.sum(evaluate(self.program, values, self.ops, {} if given else {by: delta}, self._untouched(by))[of])

    def _untouched(self, by: str) -> dict[str, Any]:
        """The value of everything that is computed, but does not depend on a quantity."""
        if by not in self._kept:
            moved = {self.program.quantity(by).symbol}
            for item in self.program.steps:
                equations = item.equations if isinstance(item, Loop) else (item,)
                if any(e.quantity.symbol in moved or moved & self._reads[e.quantity.name] for e in equations):
                    moved |= {e.quantity.symbol for e in equations}
            self._kept[by] = {e.quantity.name: self.run[e.quantity.name] for e in self.program.equations
                              if e.quantity.symbol not in moved}
        return self._kept[by]

    @cached_property
    def _reads(self) -> dict[str, set[sp.Symbol]]:
        return {e.quantity.name: {base_of(x) for x in leaves(e.expression)} for e in self.program.equations}


def quantity_by_symbol(program: Program) -> dict[sp.Symbol, Quantity]:
    return {q.symbol: q for q in program.quantities.values()}
