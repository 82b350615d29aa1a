"""Collecting: factors that make up a known adjoint get its name, ``σ'(z[j]) · da[j] = db[j]``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from typing import TypeAlias

import sympy as sp

from symbackprop.language.derivation import Chapter, Derivation, Factor, Line, Product
from symbackprop.language.indices import base_of, indices_of, leaves, rename
from symbackprop.language.quantity import Role

Mapped: TypeAlias = Mapping[sp.Symbol, sp.Expr]
Match: TypeAlias = tuple[tuple[Factor, ...], Mapped]


def collected(derivation: Derivation, chapter: Chapter, roles: Sequence[Role]) -> Line:
    """The result of a chapter with known adjoints of these roles put in, the first that fits."""
    siblings = list(_candidates(derivation, chapter, roles))
    return Line(tuple(_collect(p, siblings) for p in chapter.result.products))


def _candidates(derivation: Derivation, chapter: Chapter, roles: Sequence[Role]) -> Iterator[Chapter]:
    """The chapters that read an adjoint which this one reads, of the wanted roles, in the order of the roles."""
    read = {base_of(f.expression) for p in chapter.result.products for f in p.factors if f.role == "adjoint"}
    for role in roles:
        for entry in derivation.of_role(role):
            same_layer = any(s.name.rpartition("[")[2] == entry.name.rpartition("[")[2] for s in read)
            if entry.name != chapter.quantity.name and (same_layer or not _labelled(entry.name)):
                yield derivation.chapter(entry.name)


def _labelled(name: str) -> bool:
    return name.endswith("]")


def _collect(p: Product, siblings: Sequence[Chapter]) -> Product:
    for sibling in siblings:
        folded = _fold(p, sibling)
        if folded is not None:
            return folded
    return p


def _fold(p: Product, sibling: Chapter) -> Product | None:
    """Put the sibling's name for its factors and its sums, if they all stand in the product and something else too."""
    if len(sibling.result.products) != 1:
        return None
    pattern = sibling.result.products[0]
    factors = sorted((f for f in pattern.factors if f.expression != 1), key=lambda f: f.role != "adjoint")
    if len(factors) < 2 or factors[0].role != "adjoint":
        return None
    read = base_of(factors[0].expression)
    if not any(f.role == "adjoint" and base_of(f.expression) == read for f in p.factors):
        return None
    free = {*sibling.indices, *(i for i, _, _ in pattern.over)}
    for rest, mapping in _matches(factors, p.factors, {}, free):
        folded = _named(p, rest, sibling, mapping)
        if folded is not None:
            return folded
    return None


def _matches(
    factors: Sequence[Factor], among: tuple[Factor, ...], mapping: Mapped, free: Set[sp.Symbol]
) -> Iterator[Match]:
    """Every way to find the factors among others, the last ones first: what is left, and where the indices went."""
    if not factors:
        yield among, mapping
        return
    for k in reversed(range(len(among))):
        if among[k].role == factors[0].role:
            more = _unified(factors[0].expression, among[k].expression, mapping, free)
            if more is not None:
                yield from _matches(factors[1:], among[:k] + among[k + 1 :], more, free)


def _unified(pattern: sp.Expr, e: sp.Expr, mapping: Mapped, free: Set[sp.Symbol]) -> Mapped | None:
    """The mapping of free indices, extended so that the pattern becomes the expression."""
    known = dict(mapping)
    for old, new in zip(leaves(pattern), leaves(e), strict=False):
        for idx, at in zip(indices_of(old), indices_of(new), strict=False):
            if idx in free:
                known.setdefault(idx, at)
    return known if rename(pattern, known) == e else None


def _named(p: Product, rest: tuple[Factor, ...], sibling: Chapter, mapping: Mapped) -> Product | None:
    """The product with the sibling's name, if every sum that goes with it is over nothing else."""
    kept = tuple(f for f in rest if f.expression != 1)
    over = {i: (lo, hi) for i, lo, hi in p.over}
    for idx, *bounds in sibling.result.products[0].over:
        gone = mapping.get(idx)
        if over.pop(gone, None) != tuple(bounds) or any(f.expression.has(gone) for f in kept):
            return None
    if not set(sibling.indices) <= set(mapping) or (not kept and not over):
        return None
    name = sibling.quantity.at(*(mapping[i] for i in sibling.indices))
    return Product((*kept, Factor(name, "adjoint")), tuple(x for x in p.over if x[0] in over))
