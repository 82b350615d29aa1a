"""Renaming and substitution that never capture a bound index.

SymPy's ``diff``, ``subs`` and ``xreplace`` all do: ``diff(Sum(a[i]**2, (i, 0, 2)), a[i])`` gives ``Sum(2*a[i])``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import sympy as sp

from symbackprop.language.quantity import index
from symbackprop.language.reductions import Binder

Limit = tuple[sp.Symbol, sp.Expr, sp.Expr]
_LETTERS = "ijkpqrstuv"


def limits(total: Binder) -> tuple[Limit, ...]:
    """The limits of a sum (or of a maximum), each ``(index, lower, upper)``."""
    return tuple((lim[0], lim[1], lim[2]) for lim in total.limits)


def fresh(taken: Iterable[sp.Basic], like: str = "i") -> sp.Symbol:
    """The first index name that is not taken: the one asked for, then a letter, then numbered."""
    names = {str(s) for s in taken}
    for candidate in (like, *_LETTERS):
        if candidate not in names:
            return index(candidate)
    number = 1
    while f"{like}{number}" in names:
        number += 1
    return index(f"{like}{number}")


def symbols_in(expression: sp.Basic) -> set[sp.Symbol]:
    """Every symbol of an expression, bound or free."""
    return set(expression.atoms(sp.Symbol))


def rename(expression: sp.Expr, mapping: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
    """Put expressions for free indices. A bound index in the way is renamed first; a bound index is never replaced."""
    if not mapping:
        return expression
    if not expression.has(Binder):
        return expression.xreplace(dict(mapping))
    if isinstance(expression, Binder):
        return _rename_sum(expression, mapping)
    if not expression.args:
        return mapping.get(expression, expression)
    return expression.func(*(rename(arg, mapping) for arg in expression.args))


def _rename_sum(total: Binder, mapping: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
    body, bounds = total.function, limits(total)
    bound = {lim[0] for lim in bounds}
    inner = {old: new for old, new in mapping.items() if old not in bound and total.has(old)}
    incoming = set().union(*(symbols_in(new) for new in inner.values())) if inner else set()
    away: dict[sp.Symbol, sp.Expr] = {}
    for name in bound & incoming:
        taken = symbols_in(total) | incoming | set(away.values())
        away[name] = fresh(taken - {name} | incoming, name.name)
    body = rename(body, away) if away else body
    new_limits = [(away.get(i, i), rename(lo, inner), rename(hi, inner)) for i, lo, hi in bounds]
    return total.func(rename(body, inner), *new_limits)


def canonical(expression: sp.Expr, depth: int = 0) -> sp.Expr:
    """The same expression with bound indices named by their depth: equal up to renaming means equal."""
    if not expression.has(Binder):
        return expression
    if isinstance(expression, Binder):
        bounds = limits(expression)
        names = {lim[0]: index(f"_{depth + k}") for k, lim in enumerate(bounds)}
        body = canonical(rename(expression.function, names), depth + len(bounds))
        return expression.func(body, *((names[i], canonical(lo, depth), canonical(hi, depth)) for i, lo, hi in bounds))
    return expression.func(*(canonical(arg, depth) for arg in expression.args))


def leaves(expression: sp.Basic) -> Iterator[sp.Expr]:
    """Every Indexed and every bare Symbol read by an expression, once a place, bound indices and sizes included."""
    if isinstance(expression, sp.Indexed | sp.Symbol):
        yield expression
    elif isinstance(expression, Binder):
        yield from leaves(expression.function)
    elif isinstance(expression, sp.Subs):
        # f'(w x) of an undefined f: its variable is bound, as an index of a sum is
        yield from (leaf for leaf in leaves(expression.expr) if leaf not in expression.variables)
        yield from leaves(expression.point)
    else:
        for arg in expression.args:
            yield from leaves(arg)


def base_of(leaf: sp.Expr) -> sp.Symbol:
    """The symbol of the quantity that a leaf reads: ``z[1]`` for ``z[1][j]``."""
    return leaf.base.label if isinstance(leaf, sp.Indexed) else leaf


def indices_of(leaf: sp.Expr) -> tuple[sp.Expr, ...]:
    """The indices at which a leaf reads its quantity; none for a scalar."""
    return tuple(leaf.indices) if isinstance(leaf, sp.Indexed) else ()
