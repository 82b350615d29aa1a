"""Every step and every result of a derivation in exact arithmetic: equal as functions, not at a point."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from symbackprop.language.claim import Claim, Range
from symbackprop.language.derivation import Chapter, Derivation
from symbackprop.language.functions import Partial
from symbackprop.language.indices import base_of, indices_of
from symbackprop.language.quantity import Quantity
from symbackprop.language.report import Check
from symbackprop.numeric.sample import distinct_sizes
from symbackprop.verify.compare import BOUNDS
from symbackprop.verify.ground import Ground
from symbackprop.verify.judge import MANY, equality
from symbackprop.verify.point import meanings

Stated = tuple[str, Claim]


def exact(derivation: Derivation, names: list[str], notes: list[str], salt: int = 0) -> Iterator[Check]:
    """One check a chapter, for those that exact arithmetic reaches; the others are named in the notes."""
    second = derivation.prefix != "d"
    ground = Ground(derivation.forward, {}, salt, local=True, of=derivation.of if second else None)
    sizes = distinct_sizes(derivation.forward)
    if ground.total(sizes) > MANY:
        notes.append(f"exact: more than {MANY:,} numbers, too many for exact arithmetic")
        return
    unreached = []
    meant = _meant(ground, derivation)
    for name in names:
        stated = [(what, _in_full(claim, meant)) for what, claim in _stated(ground, derivation.chapter(name))]
        stranger = next((s for _, claim in stated for s in _strangers(ground, claim)), None)
        if stranger is not None:
            yield Check("exact", name, False, 1.0, BOUNDS["exact"], f"{stranger} is no quantity of the program")
            continue
        found = [(what, equality(ground, claim, sizes)) for what, claim in stated]
        wrong = next((what for what, c in found if c.equal is False), None)
        if wrong is not None:
            yield Check("exact", name, False, 1.0, BOUNDS["exact"], f"{wrong}: the two sides are not equal")
            continue
        reached = [c.bound for _, c in found if c.equal]
        if reached:
            yield Check("exact", name, True, max(reached), BOUNDS["exact"])
        if len(reached) < len(found):
            unreached.append(f"{name} ({len(found) - len(reached)} of {len(found)})")
    if unreached:
        notes.append("exact: lines out of reach of exact arithmetic, for their roots or for exponentials within one "
                     "another: " + ", ".join(unreached[:20]) + (", …" if len(unreached) > 20 else ""))


def _meant(ground: Ground, derivation: Derivation) -> dict[sp.Symbol, sp.Symbol]:
    """Adjoints of the record that are derivatives of the whole loss, where the same name would be that of one datum:
    in the names that say which."""
    usual = meanings(ground.dependence)
    return {c.quantity.symbol: c.by.adjoint_called(c.of.prefix).symbol for c in derivation.chapters
            if c.by.own is None and usual.get(c.quantity.symbol, ("", ""))[0] not in ("", c.of.name)}


def _strangers(ground: Ground, claim: Claim) -> Iterator[sp.Symbol]:
    """What stands in a local derivative, and is no quantity of the program."""
    known = meanings(ground.dependence)
    partials = [p for side in (claim.left, claim.right) for p in side.atoms(Partial)]
    yield from (base_of(x) for p in partials for x in (p.of, p.by) if base_of(x) not in known)


def _in_full(claim: Claim, meant: dict[sp.Symbol, sp.Symbol]) -> Claim:
    if not meant:
        return claim
    return Claim(claim.left.xreplace(meant), claim.right.xreplace(meant), claim.ranges)


def _stated(ground: Ground, chapter: Chapter) -> Iterator[Stated]:
    """What a chapter says: each step, each step of a local derivative, and that its result is the adjoint."""
    by_symbol = ground.program.by_symbol
    ranges = tuple(zip(chapter.indices, chapter.quantity.shape, strict=True))
    for step in chapter.steps:
        yield step.rule, Claim(step.before.expression, step.after.expression, ranges)
    adjoint = chapter.quantity.at(*chapter.indices)
    yield "result", Claim(adjoint, chapter.result.expression, ranges)
    for item in chapter.locals:
        own = _ranges(item.partial.of, item.partial.by, by_symbol)
        for step in item.steps:
            yield f"{step.rule} of {item.partial}", Claim(step.before.expression, step.after.expression, own)


def _ranges(of: sp.Expr, by: sp.Expr, quantities: dict[sp.Symbol, Quantity]) -> tuple[Range, ...]:
    """The indices of a local derivative, each over the axis at which it stands bare."""
    found: dict[sp.Symbol, sp.Expr] = {}
    for leaf in (by, of):
        for idx, size in zip(indices_of(leaf), quantities[base_of(leaf)].shape, strict=True):
            if isinstance(idx, sp.Symbol):
                found.setdefault(idx, size)
    return tuple(found.items())
