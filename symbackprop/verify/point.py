"""A network at one point, in one kind of numbers: values, and the true derivatives of the forward program.

The truth is never a second backward formula: ``ε`` is added to a quantity, or to what its defining equation gives, and
the rest of the program is run in dual numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.claim import Claim
from symbackprop.language.datum import datum_loss, has_datum
from symbackprop.language.functions import Partial
from symbackprop.language.indices import base_of
from symbackprop.language.program import Program
from symbackprop.language.quantity import Quantity
from symbackprop.language.recurrence import Loop
from symbackprop.numeric.evaluate import evaluate_equation, evaluate_expression, extent, run_loop
from symbackprop.numeric.frame import Scope
from symbackprop.numeric.ops import Ops
from symbackprop.verify.dependence import Dependence
from symbackprop.verify.dual import Dual, dual_ops

Adjoint = tuple[str, str]
"""The loss that is differentiated, and what by."""
Shape = tuple[int, ...]


@dataclass
class Point:
    """``given`` are arrays by name, of whatever is not computed; ``seeds`` the adjoints of what the loss is cut at.

    Without seeds the derivatives of a loss are taken of the loss itself. With them they are ``Σ_q seed[q] ∂q/∂by``, the
    seeds being derivatives of ``root``; ``exits`` are what the loss ``whole`` reads besides (see ``Cut``). ``local``:
    a ``Partial`` goes through the defining equation of its numerator only, as in the steps of a derivation.
    """

    program: Program
    sizes: Mapping[sp.Symbol, int]
    given: Mapping[str, Any]
    ops: Ops
    same: Callable[[Any, Any], Any]
    dependence: Dependence
    seeds: Mapping[str, Any] = field(default_factory=dict)
    root: str = ""
    exits: tuple[str, ...] = ()
    whole: str = ""
    local: bool = False
    _run: dict[str, Any] = field(default_factory=dict)
    _adjoints: dict[Adjoint, Any] = field(default_factory=dict)
    _derivatives: dict[tuple[str, str], Any] = field(default_factory=dict)

    # values

    def value(self, name: str) -> Any:
        """The array of one quantity; what it depends on is computed first."""
        if name not in self._run:
            self._compute(name)
        return self._run[name]

    @property
    def run(self) -> dict[str, Any]:
        """The value of every quantity that can be computed here."""
        for name in self.dependence.reads:
            self.value(name)
        return self._run

    def _compute(self, name: str) -> None:
        needed, todo = set(), [name]
        while todo:
            one = todo.pop()
            if one in needed or one in self._run:
                continue
            needed.add(one)
            if one not in self.given:
                todo += [r for r in self.dependence.reads[one] if r not in needed]
        self._run |= {n: self.given[n] for n in needed if n in self.given}
        names = {n for n in needed if n not in self.given}
        arrays = self._arrays(self._run)
        self._run |= self._evaluated(names, arrays, self.ops, {})

    def _arrays(self, by_name: Mapping[str, Any]) -> dict[sp.Symbol, Any]:
        return {self._quantity(name).symbol: a for name, a in by_name.items()}

    def _quantity(self, name: str) -> Quantity:
        return self.program.quantities[name]

    def _evaluated(
        self, names: Iterable[str], arrays: dict[sp.Symbol, Any], ops: Ops, offsets: Mapping[str, Any],
        held: Iterable[str] = (),
    ) -> dict[str, Any]:
        """The values of these quantities by their equations, in the order of the program; what is held is read as it
        was, whatever its equation gives now."""
        wanted, found, scope = set(names), {}, Scope(arrays, self.sizes, ops)
        for item in self.program.steps if wanted else ():
            if isinstance(item, Loop):
                if any(e.quantity.name in wanted for e in item.equations):
                    for q, result in run_loop(item, scope, offsets):
                        arrays[q.symbol] = found[q.name] = result
            elif item.quantity.name in wanted:
                result = evaluate_equation(item, scope)
                found[item.quantity.name] = result
                if item.quantity.name not in held:
                    arrays[item.quantity.symbol] = result
        return found

    # derivatives

    def derivative(self, of: str, by: str) -> Any:
        """The derivative ``∂of/∂by``, total unless all is ``local``: the axes of ``of``, then those of ``by``."""
        if (of, by) not in self._derivatives:
            shape = np.shape(self.value(by))
            units = {place: {place: 1} for place in np.ndindex(shape)}
            moved = self._alone(of, by, units) if self.local else self._moved([of], by, units)[of]
            result = np.zeros((*np.shape(moved), *shape), dtype=object)
            for place, entry in np.ndenumerate(np.asarray(moved, dtype=object)):
                for at, d in entry.d.items() if isinstance(entry, Dual) else ():
                    result[(*place, *at)] = d
            self._derivatives[of, by] = result
        return self._derivatives[of, by]

    def _moved(
        self, of: Sequence[str], by: str, parts: Mapping[Shape, Mapping[Any, Any]], held: Iterable[str] = ()
    ) -> dict[str, Any]:
        """The quantities ``of`` in dual numbers, ``by`` having these derivatives at its places, others held."""
        between = self.dependence.after([by], held) & self.dependence.before(of)
        looped = self.dependence.loops.get(by, frozenset())
        for name in between | set(of):
            for read in self.dependence.reads[name] - (between - set(held)):
                self.value(read)
        base = self.value(by)
        arrays = self._arrays(self._run)
        dual = _moving(np.zeros(np.shape(base), dtype=object) if looped else base, parts)
        if not looped:
            arrays[self._quantity(by).symbol] = dual
        names = between if looped else between - {by}
        # what a cut has made free is not computed again
        found = self._evaluated(names, arrays, dual_ops(self.ops), {by: dual} if looped else {}, held)
        return {name: found[name] if name in found else dual if name == by else self.value(name) for name in of}

    def _alone(self, of: str, by: str, units: Mapping[Shape, Mapping[Any, Any]]) -> Any:
        """``of`` by its defining equation alone, in dual numbers."""
        for read in (*self.dependence.reads[of], by):
            self.value(read)
        arrays = self._arrays(self._run)
        arrays[self._quantity(by).symbol] = _moving(self.value(by), units)
        return evaluate_equation(self.program.definitions[of], Scope(arrays, self.sizes, dual_ops(self.ops)))

    def adjoint(self, of: str, by: str) -> Any:
        """``∂(Σ of)/∂by``, an array of the shape of ``by``."""
        if (of, by) not in self._adjoints:
            shape = np.shape(self.value(by))
            units = {place: {place: 1} for place in np.ndindex(shape)}
            total = self._pulled(of, by, units)
            result = np.zeros(shape, dtype=object)
            for at, d in total.items():
                result[at] = d
            self._adjoints[of, by] = result
        return self._adjoints[of, by]

    def along(self, of: str, by: str, direction: Any) -> Any:
        """``Σ direction ⊙ ∂(Σ of)/∂by``: one run, whatever the size."""
        known = self._adjoints.get((of, by))
        if known is not None:
            return np.sum(known * direction)
        parts = {place: {0: direction[place]} for place in np.ndindex(np.shape(direction))}
        return self._pulled(of, by, parts).get(0, 0)

    def _pulled(self, of: str, by: str, parts: Mapping[Shape, Mapping[Any, Any]]) -> dict[Any, Any]:
        seeds = self._seeds(of)
        if by in self.seeds:  # nothing else that is cut at depends on it
            seeds = {by: seeds[by]}
        reached = [q for q in seeds if q in self.dependence.after([by], self.seeds)]
        result: dict[Any, Any] = {}
        for name, moved in self._moved(reached, by, parts, self.seeds).items() if reached else ():
            for place, entry in np.ndenumerate(np.asarray(moved, dtype=object)):
                weight = seeds[name][place]
                for at, d in entry.d.items() if isinstance(entry, Dual) else ():
                    result[at] = result[at] + d * weight if at in result else d * weight
        return result

    def _seeds(self, of: str) -> dict[str, Any]:
        """What the derivative of a loss by each quantity it is cut at is."""
        if not self.seeds:
            return {of: np.full([extent(s, self.sizes) for s in self._quantity(of).shape], 1, dtype=object)}
        own = tuple(range(len(self._quantity(of).axes)))
        exits = self.exits if of == self.whole else ()
        others = {x: np.asarray(self.derivative(of, x).sum(axis=own), dtype=object) for x in exits}
        if of == self.root:
            return {**self.seeds, **others}
        outer = self.derivative(of, self.root)
        return {n: _spread(outer, self._quantity(n)) * seed for n, seed in self.seeds.items()} | others

    # expressions

    def evaluate(self, expression: sp.Expr, ranges: Sequence[tuple[sp.Symbol, sp.Expr]]) -> Any:
        """An index expression over its free indices: quantities, true derivatives of the loss, ``Partial``."""
        arrays: dict[sp.Symbol, Any] = {}
        for s in expression.atoms(sp.Symbol) & self.names.keys():
            arrays[s] = self._leaf(self.names[s])
        partials = {
            (base_of(p.of), base_of(p.by)): self.derivative(self.names[base_of(p.of)][1], self.names[base_of(p.by)][1])
            for p in expression.atoms(Partial)
        }
        bound = tuple((i, 1, extent(n, self.sizes)) for i, n in ranges)
        return evaluate_expression(expression, bound, Scope(arrays, self.sizes, self.ops, partials))

    def _leaf(self, meant: Adjoint) -> Any:
        of, name = meant
        return self.adjoint(of, name) if of else self.value(name)

    @property
    def names(self) -> Mapping[sp.Symbol, Adjoint]:
        return meanings(self.dependence)

    def sides(self, claim: Claim) -> tuple[Any, Any]:
        """Both sides of a claim, over its indices."""
        return self.evaluate(claim.left, claim.ranges), self.evaluate(claim.right, claim.ranges)


def _moving(base: Any, parts: Mapping[Shape, Mapping[Any, Any]]) -> Any:
    """The array with these derivatives at its places."""
    dual = np.array(base, dtype=object)
    for place in np.ndindex(dual.shape):
        dual[place] = Dual(dual[place], parts[place]) if parts.get(place) else dual[place]
    return dual


def _spread(outer: Any, q: Quantity) -> Any:
    """``∂J/∂E[k]`` along the axis over data of a quantity."""
    shape = [np.shape(outer)[0] if a.name == "datum" and np.ndim(outer) else 1 for a in q.axes]
    return np.reshape(outer, shape) if np.ndim(outer) else outer


_MEANINGS: dict[int, tuple[Dependence, dict[sp.Symbol, Adjoint]]] = {}


def meanings(dependence: Dependence) -> Mapping[sp.Symbol, Adjoint]:
    """What each symbol of a claim stands for: ("", quantity), or (loss, quantity) for a derivative of a loss.

    ``dz[2]`` is of the loss of one datum where z[2] is about one datum and the data do not mix, and of J otherwise; in
    full it is ``dJ/dz[2]``.
    """
    known = _MEANINGS.get(id(dependence))
    if known is None:
        found = {q.symbol: ("", q.name) for q in dependence.program.quantities.values()}
        found |= _derivatives(dependence.program) if dependence.of is None else {
            q.adjoint_called(dependence.of.prefix).symbol: (dependence.of.name, q.name)
            for q in dependence.program.quantities.values()
        }
        known = _MEANINGS[id(dependence)] = dependence, found
    return known[1]


def _derivatives(program: Program) -> dict[sp.Symbol, Adjoint]:
    losses = [q for q in program.quantities.values() if q.role == "loss"]
    whole = losses[-1]
    datum = datum_loss(program, whole)
    found: dict[sp.Symbol, Adjoint] = {}
    for q in program.quantities.values():
        found |= {q.adjoint_called(loss.prefix).symbol: (loss.name, q.name) for loss in losses}
        of = datum if datum is not None and has_datum(q) else whole
        found[q.adjoint.symbol] = (of.name, q.name)
    return found
