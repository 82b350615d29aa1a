"""The protocol of verdicts: exact where equality can be shown, wrong only with a witness, else undecided."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.claim import Claim
from symbackprop.language.errors import ContradictionError, SymbackpropError
from symbackprop.language.indices import base_of, indices_of
from symbackprop.language.report import Verdict
from symbackprop.verify.branches import BRANCHES
from symbackprop.verify.cuts import Cut, cuts, leaves_of
from symbackprop.verify.exact import bound as probability
from symbackprop.verify.field import Element, constant
from symbackprop.verify.ground import Ground, Sizes
from symbackprop.verify.intervals import digits, is_finite, proves
from symbackprop.verify.point import Point, meanings
from symbackprop.verify.tower import NoRootError, SpentError

MANY = 20_000
"""Numbers in a network up to which it is run exactly."""
SALTS = 6
"""Real points whose branches are taken, before branches are forced."""
FORCED = 32
POINTS = 3
"""Real points at which a witness is looked for, where exact arithmetic does not say that there is none."""


@dataclass
class Comparison:
    """What exact arithmetic found at one choice of sizes. ``place``: the first entry that differs; ``reason``: why
    nothing could be found."""

    sizes: Sizes
    equal: bool | None = None
    bound: float = 0.0
    branches: int = 1
    place: tuple[int, ...] | None = None
    reason: str = ""


def judge(ground: Ground, claim: Claim) -> Verdict:
    """What is thought of a claim: the words of a verdict, line and text left empty for the caller to fill in.

    Raises ContradictionError where exact equality and a witness stand against one another.
    """
    said = Verdict(1, "", "", "undecided", "exact")
    if claim.misfit:
        return replace(said, verdict="wrong", method="proof", detail=claim.misfit)
    if claim.right.has(sp.zoo, sp.nan, sp.oo) or claim.left.has(sp.zoo, sp.nan, sp.oo):
        return replace(said, detail="the formula divides by zero")
    if claim.left == claim.right:
        return replace(said, verdict="right", method="proof", detail="both sides are the same by their names: "
                       "nothing was derived here", bound=0.0)
    found: list[Comparison] = []
    for sizes in ground.sizes(named(claim)):
        if ground.total(sizes) > MANY:
            return replace(said, detail="the network is too large to be run exactly")
        comparison = compare(ground, claim, sizes)
        witness = _witness(ground, claim, comparison)
        if witness is not None:
            if comparison.equal:
                raise ContradictionError(f"{claim.left} = {claim.right}: equal in exact arithmetic, and at a real "
                                         f"point {witness['truth']} against {witness['formula']}")
            return replace(said, verdict="wrong", method="interval", detail=_says(claim, witness), witness=witness,
                           sizes=_pairs(sizes), tested=(_pairs(sizes),))
        found.append(comparison)
    return _agreed(ground, said, found)


def _agreed(ground: Ground, said: Verdict, found: list[Comparison]) -> Verdict:
    tested = tuple(_pairs(c.sizes) for c in found)
    said = replace(said, sizes=tested[0], tested=tested, branches=sum(c.branches for c in found))
    if all(c.equal for c in found):
        return replace(said, verdict="right", bound=max(c.bound for c in found),
                       assumptions=tuple(_assumptions(ground, found)))
    reason = next((c.reason for c in found if c.reason), "") or (
        f"the two sides agree to 50 digits at {POINTS} points, but not by any rule known here")
    return replace(said, detail=reason)


def compare(ground: Ground, claim: Claim, sizes: Sizes) -> Comparison:
    """Both sides in exact arithmetic, at the freest cut where they are equal. Unequal, a witness ends the search:
    without one the cut may have been too free."""
    return equality(ground, claim, sizes, lambda c: _witness(ground, claim, c) is not None)


def equality(
    ground: Ground, claim: Claim, sizes: Sizes, enough: Callable[[Comparison], bool] = lambda _: False
) -> Comparison:
    """Both sides in exact arithmetic, at one cut after the other until they are equal, or what is known is enough."""
    result = Comparison(sizes)
    leaves = leaves_of(claim, meanings(ground.dependence))
    for cut in cuts(leaves, ground.dependence):
        result = _at_cut(ground, claim, sizes, cut)
        if result.equal or (result.equal is False and enough(result)):
            return result
    return result


def _at_cut(ground: Ground, claim: Claim, sizes: Sizes, cut: Cut) -> Comparison:
    result = Comparison(sizes)
    for forced, salt in _branches(ground, sizes, cut):
        try:
            place, bound = _difference(ground, claim, sizes, cut, salt, forced)
        except (ArithmeticError, SymbackpropError) as problem:
            result.reason = _reason(problem)
            # a branch that cannot be forced, a dead unit that is divided by, says nothing about the others
            if forced:
                continue
            result.equal = None
            return result
        result.bound = max(result.bound, bound)
        if place is not None:
            result.equal, result.place = False, place
            if forced:
                result.reason = "the sides differ on a branch that no point was found for"
            return result
    result.equal = True
    result.reason = ""
    result.branches = max(1, 2 ** min(len(BRANCHES.seen), 20)) if len(BRANCHES.seen) <= 3 else len(BRANCHES.seen) + 1
    return result


def _branches(ground: Ground, sizes: Sizes, cut: Cut) -> Iterator[tuple[dict[int, bool] | None, int]]:
    """Real points one after the other until each comparison has been seen both ways; then what is left is forced."""
    for salt in range(SALTS):
        yield None, salt
        if all(len(ways) == 2 for ways in BRANCHES.seen.values()):
            return
    for key, ways in itertools.islice(list(BRANCHES.seen.items()), FORCED):
        if len(ways) == 1:
            yield {key: not next(iter(ways))}, 0


def _difference(
    ground: Ground, claim: Claim, sizes: Sizes, cut: Cut, salt: int, forced: Mapping[int, bool] | None
) -> tuple[tuple[int, ...] | None, float]:
    """The first entry at which the sides differ, None where they are equal; and the bound for its being by chance."""
    while True:
        point = ground.exact(sizes, cut, salt, forced)
        try:
            left, right = point.sides(claim)
            break
        except (SpentError, NoRootError) as problem:
            if not ground.higher(sizes, cut, problem):
                raise
    equal = np.asarray(point.same(left, right), dtype=bool)
    difference = [_element(a) - _element(b) for a, b in zip(np.ravel(left), np.ravel(right), strict=True)]
    bound = probability(difference)
    if np.all(equal):
        return None, bound
    flat = int(np.argmin(equal.ravel()))
    return tuple(int(k) for k in np.unravel_index(flat, equal.shape)), bound


def _element(value: Any) -> Element:
    return value if isinstance(value, Element) else constant(value)


def _reason(problem: Exception) -> str:
    if isinstance(problem, SpentError):
        return "exact arithmetic does not reach through so many exponentials within one another"
    if isinstance(problem, NoRootError):
        return "no point was found at which every square root exists"
    return str(problem)


def named(claim: Claim) -> set[int]:
    """Numbers that stand in a formula: a size of this value stays what it is."""
    numbers = claim.right.atoms(sp.Rational) | claim.left.atoms(sp.Rational)
    return {abs(int(k)) for r in numbers for k in (r.p, r.q) if abs(int(k)) > 2}


# witnesses


def _witness(ground: Ground, claim: Claim, comparison: Comparison) -> dict[str, Any] | None:
    """A real point at which the two sides differ."""
    for salt in range(1 if comparison.equal else POINTS):
        try:
            point = ground.real(comparison.sizes, salt)
            left, right = point.sides(claim)
        except (ArithmeticError, ValueError, SymbackpropError) as problem:
            comparison.reason = comparison.reason or str(problem)
            continue
        ok = np.asarray(point.same(left, right), dtype=bool)
        usable = _finite(left) & _finite(right)
        if not np.any(usable):
            comparison.reason = "the formula is no number at any point tried"
        if np.any(usable & ~ok):
            return _shown(_clearest(left, right, usable & ~ok), left, right, claim, point)
    return None


def _finite(array: Any) -> Any:
    return np.asarray(np.frompyfunc(is_finite, 1, 1)(np.asarray(array, dtype=object)), dtype=bool)


def _clearest(left: Any, right: Any, differs: Any) -> tuple[int, ...]:
    """Of the places where they differ, that of the largest difference."""
    gap = np.frompyfunc(lambda a, b: abs(float(digits(a - b, 15))), 2, 1)(left, right)
    flat = np.where(differs, np.asarray(gap, dtype=float), -1.0)
    return tuple(int(k) for k in np.unravel_index(int(np.argmax(flat)), flat.shape))


def _shown(place: tuple[int, ...], left: Any, right: Any, claim: Claim, point: Point) -> dict[str, Any]:
    truth, formula = _apart(np.asarray(left, dtype=object)[place], np.asarray(right, dtype=object)[place])
    given = {q.name: point.value(q.name) for q in point.program.all_given}
    small = sum(np.size(a) for a in given.values()) <= 60
    return {
        "sizes": {str(s): n for s, n in point.sizes.items()},
        "indices": {str(i): k + 1 for (i, _), k in zip(claim.ranges, place, strict=True)},
        "formula": formula,
        "truth": truth,
        "proven": proves(),
        "point": {name: _plain(a) for name, a in given.items()} if small else {},
    }


def _apart(*numbers: Any) -> list[str]:
    """Two numbers with as many digits as it takes to tell them apart."""
    for count in (6, 12, 25, 50):
        shown = [digits(x, count) for x in numbers]
        if len(set(shown)) > 1:
            return shown
    return shown


def _plain(array: Any) -> object:
    found = np.frompyfunc(lambda x: float(digits(x, 15)), 1, 1)(np.asarray(array, dtype=object))
    nested: object = np.asarray(found).tolist()
    return nested


def _says(claim: Claim, witness: Mapping[str, Any]) -> str:
    at = ", ".join(f"{i} = {n}" for i, n in witness["indices"].items())
    where = f" at {at}" if at else ""
    left = str(base_of(claim.left)) if isinstance(claim.left, sp.Symbol | sp.Indexed) else "the left side"
    entry = isinstance(claim.left, sp.Indexed) and not all(isinstance(i, sp.Symbol) for i in indices_of(claim.left))
    left = str(claim.left) if entry else left
    return f"{left}{where} is {witness['truth']}, the formula gives {witness['formula']}"


def _assumptions(ground: Ground, found: list[Comparison]) -> Iterator[str]:
    """What a verdict rests on, in words."""
    domains = {q.domain.kind for q in ground.program.all_given if q.domain is not None}
    if "distribution" in domains:
        yield "the labels of one datum add up to 1"
    if "one-hot" in domains:
        yield "labels are a single 1 and else 0"
    if any(c.branches > 1 for c in found):
        yield "away from the kinks; at 0 by convention 0"
    yield "the values of exp in the fields are as good as independent (Gonnet)"


def _pairs(sizes: Mapping[sp.Symbol, int]) -> tuple[tuple[str, int], ...]:
    return tuple((str(s), n) for s, n in sizes.items())
