"""Collecting: factors that make up a known adjoint get its name, ``σ'(z[j]) · da[j] = db[j]``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy as sp

from symbackprop.language.derivation import Chapter, Derivation, Factor, Line, Product
from symbackprop.language.indices import base_of, indices_of, rename
from symbackprop.language.quantity import Role


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
    """Put the sibling's name for its factors, if they all stand in the product and something else does too."""
    result = sibling.result
    if len(result.products) != 1 or result.products[0].over:
        return None
    factors = [f for f in result.products[0].factors if f.expression != 1]
    adjoint = next((f for f in factors if f.role == "adjoint"), None)
    if adjoint is None or len(factors) < 2:
        return None
    for f in p.factors:
        if f.role == "adjoint" and base_of(f.expression) == base_of(adjoint.expression):
            mapping = dict(zip(indices_of(adjoint.expression), indices_of(f.expression), strict=True))
            if set(sibling.indices) <= set(mapping) or not sibling.indices:
                return _replace(p, factors, sibling, mapping)
    return None


def _replace(p: Product, factors: list[Factor], sibling: Chapter, mapping: dict[sp.Symbol, sp.Expr]) -> Product | None:
    rest = list(p.factors)
    for f in factors:
        wanted = Factor(rename(f.expression, mapping), f.role)
        if wanted not in rest:
            return None
        last = max(k for k, x in enumerate(rest) if x == wanted)
        del rest[last]
    if all(f.expression == 1 for f in rest) and not p.over:
        return None
    name = sibling.quantity.at(*(mapping[i] for i in sibling.indices))
    return Product((*(f for f in rest if f.expression != 1), Factor(name, "adjoint")), p.over)
