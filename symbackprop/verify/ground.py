"""The ground claims are judged on: one network at several choices of sizes, at exact points and at real ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.errors import NetworkError
from symbackprop.language.program import Program
from symbackprop.language.quantity import Domain, Quantity
from symbackprop.numeric.domains import unit_axis
from symbackprop.numeric.evaluate import evaluate, extent
from symbackprop.numeric.sample import domain_of, free_sizes, regular_values
from symbackprop.numeric.shrink import resized
from symbackprop.verify.branches import BRANCHES
from symbackprop.verify.cuts import Cut
from symbackprop.verify.dependence import Dependence
from symbackprop.verify.exact import exact_ops
from symbackprop.verify.field import Element
from symbackprop.verify.intervals import real_ops, same_reals
from symbackprop.verify.point import Point
from symbackprop.verify.points import exact_values, in_numbers
from symbackprop.verify.tower import HEIGHT, PRIMES, TOWERS, NoRootError, SpentError

Sizes = dict[sp.Symbol, int]
KEPT = 8
"""Axes of more entries than this are made smaller, unless the formula names their size."""
ROOTS = 20_000
"""Numbers drawn, all points together, until every square root exists at one: k roots take 2^k points in each tower."""


def symbolic(program: Program) -> tuple[Program, Sizes]:
    """The program with a symbol for every size that has one, and the numbers these stand for."""
    numbers = {s: int(n) for s, n in program.sizes.items() if n.is_Integer}
    try:
        return (resized(program, {s: s for s in numbers}) if numbers else program), numbers
    except NetworkError:  # a layer around others (a residual one) reads what has its number already put in
        return program, numbers


@dataclass(frozen=True)
class Level:
    """How high the towers begin, and how often each was drawn anew since a root was missing."""

    height: int = 2
    attempts: tuple[int, ...] = (0,) * TOWERS

    def after(self, problem: ArithmeticError, most: int) -> Level | None:
        """What to try after an exponential too many, or a root that is not there, at ``most`` points; None: no more."""
        if isinstance(problem, SpentError) and self.height < HEIGHT:
            return Level(self.height + 1, self.attempts)
        if isinstance(problem, NoRootError) and sum(self.attempts) < most:
            return replace(self, attempts=tuple(n + (k == problem.tower) for k, n in enumerate(self.attempts)))
        return None


@dataclass(frozen=True)
class Free(Mapping[str, Any]):
    """What is free at a cut, drawn when somebody reads it: of a deep network a cut reads a layer or two."""

    names: Set[str]
    draw: Callable[[str], Any]

    def __getitem__(self, name: str) -> Any:
        if name not in self.names:
            raise KeyError(name)
        return self.draw(name)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


@dataclass
class Ground:
    """A network with symbols for its sizes, and the numbers known for some of them; ``local`` as in ``Point``."""

    program: Program
    numbers: Sizes = field(default_factory=dict)
    salt: int = 0
    local: bool = False
    _values: dict[Any, Any] = field(default_factory=dict)
    _points: dict[Any, Point] = field(default_factory=dict)
    _drawn_at: dict[Any, tuple[Level, Point]] = field(default_factory=dict)
    _levels: dict[Any, Level] = field(default_factory=dict)
    _elements_at: dict[Any, dict[str, Any]] = field(default_factory=dict)
    seen: dict[Any, dict[int, set[bool]]] = field(default_factory=dict)

    of: Quantity | None = None
    """What is differentiated where the program holds first derivatives; None: its losses."""

    @classmethod
    def under(cls, program: Program, salt: int = 0) -> Ground:
        return cls(*symbolic(program), salt)

    @cached_property
    def dependence(self) -> Dependence:
        return Dependence(self.program, self.of)

    @cached_property
    def free(self) -> tuple[sp.Symbol, ...]:
        """The sizes for which there is no number."""
        return tuple(s for s in free_sizes(self.program) if s not in self.numbers)

    def sizes(self, named: Iterable[int] = ()) -> list[Sizes]:
        """Choices of sizes: all different, all equal, with ones; of numbers their own, the large ones made smaller
        unless the formula names them. Equal numbers stay equal."""
        own = _smaller(self.numbers, set(named))
        if not self.free:
            return [own]
        count = len(self.free)
        taken = set(own.values())
        different = [n for n in range(2, 3 * count + 10) if n not in taken][:count]
        data = [str(s) in ("m", "N") for s in self.free]
        ones = [1 + (k + 1) % 2 for k in range(count)]
        choices = [different, [2] * count, ones] if not all(data) else [different, [1] * count]
        return [{**own, **dict(zip(self.free, choice, strict=True))} for choice in choices]

    def total(self, sizes: Sizes) -> int:
        """How many numbers there are in the whole network."""
        shapes = ([extent(s, sizes) for s in q.shape] for q in self.program.quantities.values())
        return sum(int(np.prod(shape, dtype=object)) for shape in shapes)

    # points

    def floats(self, sizes: Sizes, salt: int) -> dict[str, Any]:
        """Every quantity at a real point away from kinks, in floats: the shadows of exact points."""
        key = (*sizes.items(), salt)
        if key not in self._values:
            given = regular_values(self.program, self.salt + salt, sizes)
            self._values[key] = evaluate(self.program, given)
        values: dict[str, Any] = self._values[key]
        return values

    def exact(self, sizes: Sizes, cut: Cut, salt: int = 0, forced: Mapping[int, bool] | None = None) -> Point:
        """An exact point. ``BRANCHES`` is set to what has been seen at this cut. Not kept where a branch is forced."""
        place = (*sizes.items(), cut)
        BRANCHES.seen, BRANCHES.forced = self.seen.setdefault(place, {}), forced or {}
        level = self._levels.get(place, Level())
        known = self._drawn_at.get((place, salt))
        if forced is not None or known is None or known[0] != level:
            point = self._drawn(sizes, cut, salt, level)
            if forced is not None:
                return point
            known = self._drawn_at[place, salt] = level, point
        return known[1]

    def higher(self, sizes: Sizes, cut: Cut, problem: ArithmeticError) -> bool:
        """After an exponential too many, or a root that is not there: is there another point to try?"""
        place = (*sizes.items(), cut)
        following = self._levels.get(place, Level()).after(problem, max(16, ROOTS // self.total(sizes)))
        if following is not None:
            self._levels[place] = following
        return following is not None

    def _drawn(self, sizes: Sizes, cut: Cut, salt: int, level: Level) -> Point:
        shadows = self.floats(sizes, salt)
        known = self._elements_at.setdefault((*sizes.items(), salt, level), {})

        def draw(name: str) -> Any:
            if name not in known:
                known[name] = self._elements(self.program.quantities[name], shadows[name], level)
            return known[name]

        # no gradient is compared with anything, so any shadow will do
        seeds = {n: _random(f"{self.salt} d{n}", np.full(np.shape(shadows[n]), 0.5), level) for n in cut.seeds}
        given = Free(self.program.quantities.keys() - cut.computed, draw)
        return Point(self.program, sizes, given, exact_ops(), _equal, self.dependence, seeds, cut.root, cut.exits,
                     cut.whole, self.local)

    def _elements(self, q: Quantity, shadow: Any, level: Level) -> Any:
        """Random elements for an array, or what its domain allows: labels that sum to one, a single 1, ±1."""
        given = q in self.program.all_given
        domain = domain_of(q, self.program) if given else Domain("number")
        if domain.kind in ("number", "probability", "distribution"):
            drawn = _random(f"{self.salt} {q.name}", shadow, level)
            axis = unit_axis(q)
            if domain.kind == "distribution" and axis is not None:
                rest = np.take(drawn, range(np.shape(drawn)[axis] - 1), axis).sum(axis=axis)
                at = (*(slice(None),) * axis, -1)
                drawn[at] = 1 - rest
            return drawn
        return np.frompyfunc(lambda x: Fraction(x).limit_denominator(10**6), 1, 1)(np.asarray(shadow, dtype=float))

    def real(self, sizes: Sizes, salt: int = 0) -> Point:
        """A real point: the whole network in balls, or in numbers of 50 digits."""
        key = (*sizes.items(), "real", salt)
        if key not in self._points:
            ops = real_ops()
            given = in_numbers(exact_values(self.program, self.salt + 100 + salt, sizes), ops)
            self._points[key] = Point(self.program, sizes, given, ops, same_reals, self.dependence)
        return self._points[key]

    def whole(self, sizes: Sizes) -> Point:
        """A point at which every quantity and every derivative is known: exact where exact arithmetic reaches so far,
        else a real one."""
        key = (*sizes.items(), "whole")
        if key not in self._points:
            self._points[key] = self._whole(sizes)
        return self._points[key]

    def _whole(self, sizes: Sizes) -> Point:
        cut = Cut(frozenset(self.dependence.reads) - {q.name for q in self.program.all_given})
        while True:
            point = self.exact(sizes, cut)
            try:
                for value in point.run.values():
                    spare(value)
                return point
            except ArithmeticError as problem:
                if not self.higher(sizes, cut, problem):
                    return self.real(sizes)


def spare(value: Any) -> None:
    """Raises SpentError where a value has no level left for a σ' that somebody takes of an output."""
    for e in np.ravel(value):
        _ = e.exp() if isinstance(e, Element) and not e.logs else e


def _equal(a: Any, b: Any) -> Any:
    return np.asarray(a, dtype=object) == np.asarray(b, dtype=object)


def _random(name: str, shadow: Any, level: Level) -> Any:
    """Random elements: each tower drawn by itself, so that a root missing in one leaves the other as it is."""
    values = np.asarray(shadow, dtype=float)
    result = np.empty(values.shape, dtype=object)
    rngs = [random.Random(f"{name} {attempt}") for attempt in level.attempts]
    primes = PRIMES[: level.height * TOWERS]
    for place in np.ndindex(values.shape):
        residues = tuple([rngs[k % TOWERS].randrange(1, p) for k, p in enumerate(primes)])
        result[place] = Element(residues, float(values[place]), 1, 0)
    return result


def _smaller(numbers: Sizes, named: set[int]) -> Sizes:
    """The sizes, those above the limit made smaller, equal ones alike, different ones different."""
    kept = {n for n in numbers.values() if n <= KEPT or any(k % n == 0 for k in named if k)}
    free = iter(n for n in (5, 3, 4, 6, 7, 2, *range(9, 1000)) if n not in kept)
    small = {n: n if n in kept else next(free) for n in dict.fromkeys(numbers.values())}
    return {s: small[n] for s, n in numbers.items()}
