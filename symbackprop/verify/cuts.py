"""Where a claim can be judged: how little of the network has to be run, everything else being free.

What holds for free inputs and free adjoints from above holds in the network; so exact arithmetic stays local, a layer
at a time, and by induction judges networks of any depth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import sympy as sp

from symbackprop.language.claim import Claim
from symbackprop.language.functions import Partial
from symbackprop.language.indices import base_of
from symbackprop.verify.dependence import Dependence

Adjoint = tuple[str, str]


@dataclass(frozen=True)
class Cut:
    """What is computed by its equations; the rest is free. ``seeds``: quantities whose adjoints, derivatives of
    ``root``, are free too. ``exits``: what the loss ``whole`` reads besides, such as the penalty on the weights."""

    computed: frozenset[str]
    seeds: tuple[str, ...] = ()
    root: str = ""
    exits: tuple[str, ...] = ()
    whole: str = ""


@dataclass(frozen=True)
class Leaves:
    """What a claim speaks of: quantities, derivatives of the loss by quantities, local derivatives; ``target`` is what
    the derivative on its left is by."""

    values: frozenset[str]
    adjoints: frozenset[Adjoint]
    partials: frozenset[tuple[str, str]]
    target: str | None = None


def leaves_of(claim: Claim, names: Mapping[sp.Symbol, Adjoint]) -> Leaves:
    both = (claim.left, claim.right)
    partials = {(names[base_of(p.of)][1], names[base_of(p.by)][1]) for e in both for p in e.atoms(Partial)}
    found = {names[s] for e in both for s in e.atoms(sp.Symbol) if s in names}
    of, target = names.get(base_of(claim.left), ("", "")) if claim.left.is_Symbol or claim.left.is_Indexed else ("", "")
    return Leaves(frozenset(n for of, n in found if not of), frozenset(pair for pair in found if pair[0]),
                  frozenset(partials), target if of else None)  # fmt: skip


def cuts(leaves: Leaves, dependence: Dependence) -> Iterator[Cut]:
    """Cuts to judge a claim at, the freest first; the last runs the whole network.

    What is free at one cut is computed at a later one where other free quantities define it: a mean is one of its data.
    """
    found: dict[Cut, None] = {}
    for cut in _free(leaves, dependence):
        if cut not in found:
            found[cut] = None
            yield cut
    for cut in tuple(found):
        related = _related(cut, leaves, dependence)
        if related not in found:
            found[related] = None
            yield related
    yield Cut(frozenset(dependence.reads) - {q.name for q in dependence.program.all_given})


def _free(leaves: Leaves, dependence: Dependence) -> Iterator[Cut]:
    local = _between(dependence, [([by], [of]) for of, by in leaves.partials])
    names = frozenset(n for _, n in leaves.adjoints)
    if not names:
        yield Cut(local | _between(dependence, [(leaves.values, leaves.values)]))
        return
    losses = {of for of, _ in leaves.adjoints}
    whole = max(losses, key=dependence.place.__getitem__)
    root = min(losses, key=dependence.place.__getitem__)
    if leaves.target is not None and len(names) > 1:
        yield from _cut_at(names, names - {leaves.target}, root, whole, local, dependence)
    top = _top(names, dependence)
    if len(top) < len(names):
        yield from _cut_at(names, top, root, whole, local, dependence)
    gate = dependence.gate(names, root) if len(names) > 1 else None
    if gate is not None:
        yield from _cut_at(names, frozenset([gate]), root, whole, local, dependence)
    yield Cut(local | _between(dependence, [(names, losses)]))


def _related(cut: Cut, leaves: Leaves, dependence: Dependence) -> Cut:
    """The cut with everything computed that lies between what is needed at it."""
    needed = leaves.values | {n for _, n in leaves.adjoints} | {r for n in cut.computed for r in dependence.reads[n]}
    return replace(cut, computed=cut.computed | _between(dependence, [(needed, needed)]))


def _top(names: frozenset[str], dependence: Dependence) -> frozenset[str]:
    """The names that no other depends on, nearest to the loss."""
    return frozenset(n for n in names if not (dependence.after([n]) - {n}) & (names - {n}))


def _between(
    dependence: Dependence, pairs: Iterable[tuple[Iterable[str], Iterable[str]]], without: Iterable[str] = ()
) -> frozenset[str]:
    """What is computed on the way from some quantities to others, not through ``without``; recurrences as a whole."""
    found: set[str] = set()
    for starts, ends in pairs:
        up = dependence.before(ends)
        for start in starts:
            between = dependence.after([start], without) & up
            if len(between) > 1 or start in dependence.loops:
                found |= between - ({start} if start not in dependence.loops else set())
    return frozenset(found | {n for name in found for n in dependence.loops.get(name, ())})


def _cut_at(
    names: frozenset[str], at: frozenset[str], root: str, whole: str, local: frozenset[str], dependence: Dependence
) -> Iterator[Cut]:
    """The cut there, if all paths to the loss go through it, or past it only through what the loss alone reads."""
    below = names - at
    if any(dependence.loops.get(n, frozenset()) & below for n in at):
        return
    ends = dependence.before([whole])
    past = dependence.after(below, without=at) & ends
    exits: frozenset[str] = frozenset()
    if whole in past:
        exits = frozenset(x for x in past - at if dependence.after([x]) & ends == {x, whole} and x != whole)
        if whole in dependence.after(below, without=at | exits):
            return
    computed = local | _between(dependence, [(below, at | exits)], at)
    yield Cut(computed, tuple(sorted(at)), root, tuple(sorted(exits)), whole)
