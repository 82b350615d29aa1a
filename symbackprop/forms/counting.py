"""Operations: each + − × ÷, power and function 1, a sum of n terms n − 1; all parameter gradients, forward given.

*With* reuse each adjoint is computed once. *Without*, every gradient is written out in forward quantities: the count
of that expression, found without ever building it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy as sp

from symbackprop.forms.collect import collected
from symbackprop.language.derivation import Chapter, Derivation, Line, Product
from symbackprop.language.indices import base_of, limits
from symbackprop.language.quantity import Label, Role
from symbackprop.language.recurrence import Loop
from symbackprop.language.reductions import Binder

ZERO = sp.Integer(0)


@dataclass(frozen=True)
class Counts:
    """Operations for all parameter gradients; where sizes are symbols, polynomials in them, multiplied out. Without
    reuse a recurrence has no count: it would be written out anew for every time."""

    with_reuse: sp.Expr
    without_reuse: sp.Expr | None


def count(derivation: Derivation, roles: Sequence[Role] = ("bias", "pre-activation")) -> Counts:
    """``(with, without)`` reuse."""
    lines = {c.quantity.name: (c, collected(derivation, c, roles)) for c in derivation.chapters}
    symbols = {c.quantity.symbol: name for name, (c, _) in lines.items()}
    total = ZERO
    for name in _needed([derivation.prefix + name for name in derivation.wrt], lines, symbols):
        chapter, line = lines[name]
        total += _entries(chapter) * line_operations(line)
    without = None if _loops(derivation) else _multiplied_out(_without(derivation, symbols))
    return Counts(_multiplied_out(total), without)


def _loops(derivation: Derivation) -> bool:
    return any(isinstance(item, Loop) for item in derivation.forward.steps)


@dataclass(frozen=True)
class Grown:
    """Operations for the gradients of a layer and of all behind it, up to the loss."""

    layer: Label
    with_reuse: sp.Expr
    without_reuse: sp.Expr | None


def growth(derivation: Derivation, roles: Sequence[Role] = ("bias", "pre-activation")) -> list[Grown]:
    """How the count grows from the last layer to the first; the last entry is that of ``count``."""
    lines = {c.quantity.name: (c, collected(derivation, c, roles)) for c in derivation.chapters}
    symbols = {c.quantity.symbol: name for name, (c, _) in lines.items()}
    cost = None if _loops(derivation) else _costs(derivation, symbols)
    done: set[str] = set()
    total, apart = ZERO, ZERO
    grown: list[Grown] = []
    for layer, names in parameters_by_layer(derivation):
        for name in _needed(names, lines, symbols):
            if name not in done:
                done.add(name)
                total += _entries(lines[name][0]) * line_operations(lines[name][1])
        if cost is not None:
            apart += sum((_entries(lines[name][0]) * cost[name] for name in names), ZERO)
        grown.append(Grown(layer, total, None if cost is None else apart))
    return grown


def parameters_by_layer(derivation: Derivation) -> list[tuple[Label, list[str]]]:
    """The names of the gradients asked for, layer by layer from the loss on."""
    wanted = {derivation.prefix + name for name in derivation.wrt}
    found: dict[Label, list[str]] = {}
    for chapter in derivation.chapters:
        if chapter.quantity.name in wanted:
            found.setdefault(chapter.by.layer, []).append(chapter.quantity.name)
    return list(found.items())


def _entries(chapter: Chapter) -> sp.Expr:
    return sp.Mul(*(a.size for a in chapter.by.axes))


def _multiplied_out(total: sp.Expr) -> sp.Expr:
    """A count is no line of a derivation: its normal form, in which like terms meet, needs no step to explain it."""
    sizes = sorted(total.free_symbols, key=str)
    return sp.Poly(total, *sizes).as_expr() if sizes else total


def _needed(
    asked: Sequence[str], lines: dict[str, tuple[Chapter, Line]], symbols: dict[sp.Symbol, str]
) -> list[str]:
    """The gradients asked for and, through what their lines read, everything they need."""
    todo = list(asked)
    seen: dict[str, None] = {}
    while todo:
        name = todo.pop()
        if name not in seen:
            seen[name] = None
            _, line = lines[name]
            todo += [symbols[s] for s in line.reads if s in symbols]
    return list(seen)


def _without(derivation: Derivation, symbols: dict[sp.Symbol, str]) -> sp.Expr:
    cost = _costs(derivation, symbols)
    names = (derivation.prefix + name for name in derivation.wrt)
    return sum((_entries(derivation.chapter(name)) * cost[name] for name in names), ZERO)


def _costs(derivation: Derivation, symbols: dict[sp.Symbol, str]) -> dict[str, sp.Expr]:
    """Written out, an adjoint costs its own line plus, at each place where it reads another, that one's cost."""
    cost: dict[str, sp.Expr] = {}
    for chapter in derivation.chapters:
        own = line_operations(chapter.result)
        for p in chapter.result.products:
            times = sp.Mul(*(hi for _, _, hi in p.over))
            own += sum((times * cost[symbols[base_of(f.expression)]] for f in p.factors
                        if f.role == "adjoint" and base_of(f.expression) in symbols), ZERO)
        cost[chapter.quantity.name] = own
    return cost


def line_operations(line: Line) -> sp.Expr:
    return sum((_product_operations(p) for p in line.products), ZERO) + (len(line.products) - 1)


def _product_operations(p: Product) -> sp.Expr:
    inside = _of_factors([f.expression for f in p.factors])
    for _, _, upper in p.over:
        inside = upper * inside + upper - 1
    return inside


def _of_factors(factors: Sequence[sp.Expr]) -> sp.Expr:
    """``u · v / w``: one operation between neighbours; a sign belongs to the sum around it, a factor 1 to nobody."""
    counted = [e for e in factors if e not in (1, -1)]
    divisors = [e.base if _is_divisor(e) and len(counted) > 1 else e for e in counted]
    return sum((operations(e) for e in divisors), ZERO) + max(len(counted) - 1, 0)


def _is_divisor(e: sp.Expr) -> bool:
    return isinstance(e, sp.Pow) and bool(e.exp == -1)


def operations(e: sp.Expr) -> sp.Expr:
    """The operations of one expression, for one entry."""
    if isinstance(e, Binder):
        inside = operations(e.function)
        for _, _, upper in limits(e):
            inside = upper * inside + upper - 1
        return inside
    if not e.args or isinstance(e, sp.Indexed):
        return ZERO
    if isinstance(e, sp.Mul):
        return _of_factors(e.args)
    inside = sum((operations(arg) for arg in e.args), ZERO)
    if isinstance(e, sp.Add):
        return inside + len(e.args) - 1
    return inside + (1 if isinstance(e, sp.Function | sp.Pow) else ZERO)
