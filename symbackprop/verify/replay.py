"""``before = after``, in numbers, for every step of every chapter and of every local derivative."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.derivation import Chapter, Derivation, Local, Step
from symbackprop.language.errors import SymbackpropError, VerificationError
from symbackprop.language.functions import Partial
from symbackprop.language.indices import base_of, indices_of
from symbackprop.language.quantity import Quantity
from symbackprop.language.report import Check
from symbackprop.numeric.evaluate import evaluate_expression, extent
from symbackprop.numeric.frame import Range, Scope
from symbackprop.numeric.sample import seed_of
from symbackprop.verify.compare import BOUNDS, check, worst
from symbackprop.verify.truth import Truth, quantity_by_symbol

MANY = 40
"""Chapters beyond which those of one template are replayed at one label only."""
ENTRIES = 500
"""Entries of a gradient up to which all are compared; of more, a few places drawn at random."""
PLACES = 5

Place = tuple[int, ...]


@dataclass(frozen=True)
class Stage:
    """Where the steps of one chapter are played: the truth at a point, and the places of the gradient to look at."""

    truth: Truth
    arrays: dict[sp.Symbol, Any]
    quantities: dict[sp.Symbol, Quantity]
    chapter: Chapter

    @cached_property
    def places(self) -> list[Place] | None:
        """The entries of the gradient that are compared, from 0; None: all."""
        shape = np.shape(self.truth.run[self.chapter.by.name])
        if np.prod(shape, dtype=float) <= ENTRIES:
            return None
        rng = np.random.default_rng(seed_of(self.truth.program))
        return [tuple(int(rng.integers(n)) for n in shape) for _ in range(PLACES)]

    @cached_property
    def scope(self) -> Scope:
        pairs = {(base_of(p.of), base_of(p.by)) for p in self._formal}
        table = {pair: self._jacobian(*pair) for pair in sorted(pairs, key=str)}
        return replace(self.truth.scope(self.arrays), partials=table)

    @property
    def _formal(self) -> set[Partial]:
        """Every formal partial that stands somewhere in the chapter."""
        steps = [*self.chapter.steps, *(s for item in self.chapter.locals for s in item.steps)]
        lines = [line for s in steps for line in (s.before, s.after)]
        factors = [f.expression for line in lines for product in line.products for f in product.factors]
        return {item.partial for item in self.chapter.locals}.union(*(f.atoms(Partial) for f in factors))

    def _jacobian(self, of: sp.Symbol, by: sp.Symbol) -> Any:
        unknown = next((s for s in (of, by) if s not in self.quantities), None)
        if unknown is not None:
            raise VerificationError(f"a line reads {unknown}, which the network has not")
        places = self.places if by == self.chapter.by.symbol else None
        return self.truth.jacobian(self.quantities[of].name, self.quantities[by].name, places)

    def frames(self) -> list[tuple[Range, ...]]:
        """The ranges of the chapter's indices: all of them at once, or one place after the other."""
        by = self.chapter.quantity
        return self._bound(dict(self._whole(self.chapter.indices, by)), self.chapter.indices)

    def local_frames(self, partial: Partial) -> list[tuple[Range, ...]]:
        """The ranges of the free indices of a partial, each over the axis at which it stands bare."""
        whole: dict[sp.Symbol, Range] = {}
        for leaf in (partial.by, partial.of):
            bare = [i if isinstance(i, sp.Symbol) else None for i in indices_of(leaf)]
            for idx, a_range in self._whole(bare, self.quantities[base_of(leaf)]):
                whole.setdefault(idx, a_range)
        target = base_of(partial.by) == self.chapter.by.symbol
        return self._bound(whole, indices_of(partial.by)) if target else [tuple(whole.values())]

    def _whole(self, indices: Any, quantity: Quantity) -> Iterator[tuple[sp.Symbol, Range]]:
        for idx, count in zip(indices, quantity.shape, strict=True):
            if idx is not None:
                yield idx, (idx, 1, extent(count, self.truth.sizes))

    def _bound(self, whole: dict[sp.Symbol, Range], indices: tuple[sp.Expr, ...]) -> list[tuple[Range, ...]]:
        if self.places is None:
            return [tuple(whole.values())]
        at = [{i: (i, n + 1, 1) for i, n in zip(indices, place, strict=True) if i in whole} for place in self.places]
        return [tuple({**whole, **single}.values()) for single in at]


def replay(derivation: Derivation, truth: Truth) -> Iterator[Check]:
    """One check a chapter: its worst step. The adjoints in its lines are those of the tape."""
    quantities = quantity_by_symbol(derivation.forward)
    arrays = truth.adjoint_arrays(derivation)
    for name in replayed(derivation):
        yield replay_chapter(Stage(truth, arrays, quantities, derivation.chapter(name)))


def replayed(derivation: Derivation) -> list[str]:
    """The chapters to replay: all, or of many the first of each template."""
    if len(derivation.entries) <= MANY:
        return [e.name for e in derivation.entries]
    first = {id(e.template): e.name for e in reversed(derivation.entries)}
    return list(first.values())[::-1]


def replay_chapter(stage: Stage) -> Check:
    """Every step of a chapter at the same point, and that the result is the adjoint that the chapter is about."""
    try:
        return worst(list(_chapter_checks(stage)))
    except SymbackpropError as problem:
        return Check("replay", stage.chapter.quantity.name, False, float("inf"), BOUNDS["replay"], str(problem))


def _chapter_checks(stage: Stage) -> Iterator[Check]:
    chapter, target = stage.chapter, stage.chapter.quantity.name
    adjoint = chapter.quantity.at(*chapter.indices)
    for ranges in stage.frames():
        for step in chapter.steps:
            yield _same(target, step.rule, step, ranges, stage)
        yield _equal(target, "result", chapter.result.expression, adjoint, ranges, stage)
    for item in chapter.locals:
        yield from _local_checks(stage, item)


def _local_checks(stage: Stage, item: Local) -> Iterator[Check]:
    """A local derivative: each of its steps, and that its last line is the Jacobian."""
    target = stage.chapter.quantity.name
    for ranges in stage.local_frames(item.partial):
        for step in item.steps:
            yield _same(target, f"{step.rule} of {item.partial}", step, ranges, stage)
        yield _equal(target, str(item.partial), item.result.expression, item.partial, ranges, stage)


def _same(target: str, what: str, step: Step, ranges: tuple[Range, ...], stage: Stage) -> Check:
    return _equal(target, what, step.after.expression, step.before.expression, ranges, stage)


def _equal(
    target: str, what: str, found: sp.Expr, expected: sp.Expr, ranges: tuple[Range, ...], stage: Stage
) -> Check:
    left, right = (evaluate_expression(e, ranges, stage.scope) for e in (found, expected))
    return check("replay", target, left, right, what, stage.truth.noise)
