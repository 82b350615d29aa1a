"""Expansion: every reused adjoint replaced by what it stands for, down to forward quantities and givens."""

from __future__ import annotations

import sympy as sp

from symbackprop.language.derivation import Chapter, Derivation
from symbackprop.language.errors import DerivationError
from symbackprop.language.indices import base_of, fresh, indices_of, limits, rename, symbols_in
from symbackprop.language.quantity import Quantity

DEEPEST = 20
"""Adjoints on one path that are expanded; SymPy's own recursion ends a little beyond."""


def expanded(derivation: Derivation, name: str) -> sp.Expr:
    """The gradient of that name in forward quantities and givens only. Raises DerivationError beyond 20 layers."""
    chapters = {}
    todo = [name]
    while todo:
        current = todo.pop()
        chapter = derivation.chapter(current)
        if current not in chapters:
            chapters[current] = chapter
            todo += [derivation.prefix + q.name for q in _adjoints_read(derivation, current)]
        if len(chapters) > 2 * DEEPEST:
            raise DerivationError(f"{name} written out without reuse is too long: it passes through more than "
                                  f"{DEEPEST} layers. Use .expression, where the reused adjoints keep their names")
    by_symbol = {c.quantity.symbol: c for c in chapters.values()}
    known: dict[str, sp.Expr] = {}
    for current in sorted(chapters, key=list(derivation.by_name).index):
        known[current] = _substituted(chapters[current].result.expression, by_symbol, known)
    return known[name]


def _adjoints_read(derivation: Derivation, name: str) -> list[Quantity]:
    read = set(derivation.chapter(name).result.reads)
    return [q for q in derivation.forward.quantities.values() if q.adjoint_called(derivation.prefix).symbol in read]


def _substituted(e: sp.Expr, by_symbol: dict[sp.Symbol, Chapter], known: dict[str, sp.Expr]) -> sp.Expr:
    if isinstance(e, sp.Indexed | sp.Symbol):
        chapter = by_symbol.get(base_of(e))
        if chapter is None:
            return e
        mapping = dict(zip(chapter.indices, indices_of(e), strict=True))
        return rename(known[chapter.quantity.name], mapping)
    if isinstance(e, sp.Sum):
        return _apart_sum(e, by_symbol, known)
    if not e.args:
        return e
    return e.func(*(_substituted(arg, by_symbol, known) for arg in e.args))


def _apart_sum(e: sp.Sum, by_symbol: dict[sp.Symbol, Chapter], known: dict[str, sp.Expr]) -> sp.Expr:
    """A sum inside a sum gets an index of its own, so that the printed formula can be read."""
    body = _substituted(e.function, by_symbol, known)
    inner = {i for total in body.atoms(sp.Sum) for i, _, _ in total.limits}
    away: dict[sp.Symbol, sp.Expr] = {}
    for idx, _, _ in limits(e):
        if idx in inner:
            away[idx] = fresh(symbols_in(body) | set(away.values()), idx.name)
    return sp.Sum(rename(body, away) if away else body, *((away.get(i, i), lo, hi) for i, lo, hi in limits(e)))
