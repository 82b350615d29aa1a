"""What is the matter with a formula: the smallest change that puts it right, found in floats, decided exactly."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.claim import Claim, Term
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.report import Diagnosis
from symbackprop.numeric.evaluate import extent
from symbackprop.numeric.frame import Range
from symbackprop.verify.change import Edit, nodes
from symbackprop.verify.conditions import conditional, fine
from symbackprop.verify.edits import edits
from symbackprop.verify.point import Point
from symbackprop.verify.ratios import diagnose_arrays, known_difference, nothing
from symbackprop.verify.setting import Env, Setting
from symbackprop.verify.values import UnfitError, Values, as_floats, equal

Relate = Callable[[Term, Term, "int | None"], Claim]
Write = Callable[[Term, Term], str]
MOST = 3


@dataclass
class _Search:
    """One claim at one point."""

    claim: Claim
    point: Point
    relate: Relate
    left: Term
    right: Term
    setting: Setting
    env: Env
    ranges: tuple[Range, ...]
    values: Values

    def fits(self, term: Term) -> bool:
        """Does the formula with this right side hold in floats?"""
        try:
            found = self.values.whole(term, self.ranges)
            return equal(found, self.values.whole(self.left, self.ranges))
        except UnfitError:
            return False

    def holds(self, term: Term) -> bool:
        """Does it hold exactly?"""
        try:
            made = self.relate(self.left, term, self.claim.label)
            return not made.misfit and same(self.point, *self.point.sides(made))
        except (SymbackpropError, ArithmeticError, ValueError, TypeError):
            return False

    def singles(self) -> list[Edit]:
        found = sorted(edits(self.right, self.setting, self.env), key=lambda e: e.cost)
        return _distinct(found)

    def pairs(self, singles: Iterable[Edit], most: int) -> Iterator[tuple[Edit, Edit]]:
        """Two changes, the likely first, up to this many tried: a count, since a clock would not say the same twice."""
        tried = 0
        for first in singles:
            for second in _distinct(edits(first.term, self.setting, self.env)):
                tried += 1
                if tried > most:
                    return
                if second.term != self.right and self.fits(second.term):
                    yield first, second


def diagnose(
    claim: Claim, point: Point, relate: Relate, write: Write, *, more: int = 6_000, conditions: bool = True
) -> tuple[Diagnosis, ...]:
    """At most three diagnoses of a claim that is wrong, the smallest repair first.

    ``relate`` makes a claim of two terms, ``write`` LaTeX. ``more``: how many pairs of changes are tried, where no
    single one is enough.
    """
    if claim.left_term is None or claim.right_term is None:
        return _without_tree(claim, point)
    if claim.right_term.kind == "number" and not claim.right_term.number:
        return (Diagnosis("all-zero", {"name": _by(claim.left_term)}),)
    if not claim.misfit:
        try:
            left, right = point.sides(claim)
        except (SymbackpropError, ArithmeticError):
            return ()
        empty = nothing(right)
        if empty is not None and nothing(left) is None:
            return (Diagnosis(empty, {"name": _by(claim.left_term)}),)
    search = _search(claim, point, relate)
    if search is None:
        return ()
    singles = search.singles()
    found = [_said(search, (e,), write) for e in singles if search.fits(e.term) and search.holds(e.term)]
    if not found:
        found = [*_scaled(search, write)]
    if not found and (box := _box(claim, point)) is not None:
        found = list(known_difference(*box))
    if len(found) < MOST and conditions and not claim.misfit:
        found += conditional(claim, point, same)
    if not found:
        hits = search.pairs(singles, more)
        found = [_said(search, pair, write) for pair in _first(hits) if search.holds(pair[-1].term)]
    if not found:
        found = list(_without_tree(claim, point))
    return tuple(_unlike(found))[:MOST]


def fine_though(claim: Claim, point: Point) -> tuple[Diagnosis, ...]:
    """Of a claim that is right: why it looks wrong, and is not."""
    if claim.right_term is None or claim.left_term is None:
        return ()
    return tuple(fine(claim.left_term, claim.right_term, Setting(point.program, _by(claim.left_term)), point))[:MOST]


def same(point: Point, one: Any, other: Any) -> bool:
    """Equal in the numbers of the point, entry by entry."""
    return np.shape(one) == np.shape(other) and bool(np.all(point.same(one, other)))


def _first(pairs: Iterator[tuple[Edit, Edit]]) -> list[tuple[Edit, Edit]]:
    """The cheapest few, out of the first that are found."""
    found = [pair for pair, _ in zip(pairs, range(12), strict=False)]
    return sorted(found, key=lambda p: p[0].cost + p[1].cost)[:MOST]


def _search(claim: Claim, point: Point, relate: Relate) -> _Search | None:
    left, right = claim.left_term, claim.right_term
    assert left is not None
    assert right is not None
    setting = Setting(point.program, _by(left), left.kind == "transpose")
    env: dict[sp.Symbol, sp.Expr] = {}
    for t in nodes(left):
        for i, n in zip(t.indices, setting.program.shapes.get(t.name, ()), strict=False):
            if isinstance(i, sp.Symbol):
                env[i] = n
    ranges = tuple((i, 1, extent(n, point.sizes)) for i, n in env.items())
    values = Values(point)
    try:
        values.whole(left, ranges)
    except UnfitError:
        return None
    return _Search(claim, point, relate, left, right, setting, tuple(env.items()), ranges, values)


def _by(left: Term) -> str:
    """What the left side is a derivative by, or is."""
    left = left.args[0] if left.kind == "transpose" else left
    return left.args[1].name if left.kind == "partial" else left.name


def _said(search: _Search, changes: tuple[Edit, ...], write: Write) -> Diagnosis:
    words = {k: v for e in reversed(changes) for k, v in e.words.items()}
    if len(changes) > 1:
        words["second"] = changes[1].kind
    spans = sorted(e.span for e in changes if e.span != (0, 0))
    repair = write(search.left, changes[-1].term)
    return Diagnosis(changes[0].kind, words, repair, spans[0] if spans else None, len(changes))


def _scaled(search: _Search, write: Write) -> Iterator[Diagnosis]:
    """A constant too much that no single change takes away: the formula divided by it."""
    claim, point = search.claim, search.point
    if claim.misfit or (claim.label is not None and claim.left_term is None):
        return
    left, right = point.sides(claim)
    for found in diagnose_ratio(point, right, left):
        factor = Term("number", number=1 / _fraction(found.words["factor"]))
        term = Term("scale", (factor, search.right))
        if search.holds(term):
            yield Diagnosis(found.kind, found.words, write(search.left, term), (search.right.at, search.right.end))


def diagnose_ratio(point: Point, candidate: Any, truth: Any) -> Iterator[Diagnosis]:
    """The constant that a candidate is too large by."""
    from_ratio = _constant(point, candidate, truth)
    if from_ratio is not None:
        yield Diagnosis("factor", {"factor": from_ratio})


def _constant(point: Point, candidate: Any, truth: Any) -> str | None:
    from_floats = as_floats(candidate), as_floats(truth)
    with np.errstate(all="ignore"):
        ratio = from_floats[0] / from_floats[1]
    known = ratio[np.isfinite(ratio)]
    if not known.size or np.ptp(known) > 1e-9 * abs(known.flat[0]):
        return None
    exact = sp.nsimplify(float(known.flat[0]), rational=True, tolerance=1e-10)
    if exact == 0 or exact.q > 10**4 or abs(exact.p) > 10**4:
        return None
    scaled = np.asarray(truth, dtype=object) * (_fraction(str(exact)))
    return str(exact) if same(point, candidate, scaled) else None


def _fraction(text: str) -> Fraction:
    return Fraction(text)


def _box(claim: Claim, point: Point) -> tuple[Point, str, str, Any] | None:
    """The right side as an array, where the left side is the whole derivative by one quantity."""
    term = claim.left_term
    if claim.misfit or term is None or term.kind != "adjoint":
        return None
    try:
        left, right = point.sides(claim)
    except (SymbackpropError, ArithmeticError):
        return None
    if np.shape(point.value(term.name)) != np.shape(left):
        return None
    return point, term.of, term.name, right


def _without_tree(claim: Claim, point: Point) -> tuple[Diagnosis, ...]:
    """By the arrays alone."""
    box = _box(claim, point)
    return () if box is None else diagnose_arrays(*box)


def _distinct(found: Iterable[Edit]) -> list[Edit]:
    seen: set[Term] = set()
    kept = []
    for e in found:
        if e.term not in seen:
            seen.add(e.term)
            kept.append(e)
    return kept


def _unlike(found: Iterable[Diagnosis]) -> Iterator[Diagnosis]:
    """One a kind and repair; of a better one and much worse ones, the better."""
    seen: set[object] = set()
    for d in found:
        key = d.kind, tuple(sorted(d.words.items()))
        if key not in seen:
            seen.add(key)
            yield d
