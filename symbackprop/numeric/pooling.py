"""Back through a maximum over windows: where the greatest stands is found once, and what comes back is added there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import sympy as sp

from symbackprop.language.functions import bracket
from symbackprop.language.indices import Limit, fresh, limits, rename, symbols_in
from symbackprop.language.quantity import Equation
from symbackprop.language.reductions import Largest, Winner
from symbackprop.numeric.code import code
from symbackprop.numeric.page import Page, Ranges, Text


@dataclass(frozen=True)
class Pooled:
    """``da[i] = Σ_u rest [i − S(u−1) = argmax_p …]``: to the entry at ``places`` the values of ``rest`` are added,
    which stand over ``ranges``; ``offsets`` are the indices of ``largest``."""

    places: tuple[sp.Expr, ...]
    rest: sp.Expr
    ranges: Ranges
    largest: Largest
    offsets: tuple[Limit, ...]


def pooled(e: Equation) -> Pooled | None:
    """The equation as what is added where, if it says where a window's entries stand."""
    factors = sp.Mul.make_args(e.expression.function) if isinstance(e.expression, sp.Sum) else ()
    winner = next((f for f in factors if isinstance(f, Winner)), None)
    if winner is None:
        return None
    sizes = {i: (i, sp.S.One, n) for i, n in zip(e.indices, e.quantity.shape, strict=True)}
    known = {**sizes, **{limit[0]: limit for limit in reversed(limits(e.expression))}}
    offsets = tuple(_named(winner, set(known)))
    solved = _solved(winner, offsets, set(sizes))
    if solved is None:
        return None
    # where it is, it is within its window
    implied = {bracket(lo, at, hi) for at, (_, lo, hi) in zip(winner.at, offsets, strict=True)} | {winner}
    rest = sp.Mul(*(f for f in factors if f not in implied))
    own = limits(winner.largest)
    largest = rename(winner.largest.function, {i: p for (i, _, _), (p, _, _) in zip(own, offsets, strict=True)})
    if (largest.free_symbols | rest.free_symbols) & set(solved):
        return None  # what comes back depends on the place: it is written as the formula says
    places = tuple(solved.get(i, i) for i in e.indices)
    said = [*(at.free_symbols for at in places), largest.free_symbols]
    order = dict.fromkeys(i for symbols in said for i in known if i in symbols)
    left = [known[i] for i in known if i not in order and i not in solved]
    rest = sp.Sum(rest, *left) if left else rest
    return Pooled(places, rest, tuple(known[i] for i in order), largest, offsets)


def _named(winner: Winner, taken: set[sp.Symbol]) -> Iterator[Limit]:
    """The limits of the maximum, with names of their own: p, q."""
    names = taken | symbols_in(winner)
    for like, (_, lower, upper) in zip("pqrs", limits(winner.largest), strict=False):
        offset = fresh(names, like)
        names |= {offset}
        yield offset, lower, upper


def _solved(winner: Winner, offsets: tuple[Limit, ...], targets: set[sp.Symbol]) -> dict[sp.Symbol, sp.Expr] | None:
    """Each index of the target that says which place of the window it is, from that place."""
    found: dict[sp.Symbol, sp.Expr] = {}
    for at, (p, _, _) in zip(winner.at, offsets, strict=True):
        said = at.free_symbols & targets
        i = next(iter(said), None)
        if len(said) != 1 or i in found or targets & (at - i).free_symbols:
            return None
        found[i] = p - (at - i)
    return found


def pooled_lines(name: str, found: Pooled, shape: tuple[sp.Expr, ...], page: Page) -> Iterator[str]:
    """``(p,) = winners(read(a, c, 2 * u + p - 2, k), 1)``, then ``scatter``."""
    page.helpers.update(("winners", "scatter"))
    within = page.fresh().within((*found.ranges, *found.offsets))
    values = code(found.largest, within).code
    names: Mapping[sp.Symbol, str] = {p: within.grid.name(p) for p, _, _ in found.offsets if within.grid is not None}
    yield from within.lines()
    told = ", ".join(names.values()) if len(names) > 1 else f"({next(iter(names.values()))},)"
    yield f"{told} = winners({values}, {len(names)})"
    outer = replace(page.fresh().within(found.ranges), slots={p: Text(text) for p, text in names.items()})
    at = ", ".join(code(i, outer).code for i in found.places)
    added = code(found.rest, outer).code
    yield from outer.lines()
    sizes = ", ".join(page.length(n) for n in shape)
    yield f"{name} = scatter({added}, ({sizes}{',' * (len(shape) == 1)}), {at})"
