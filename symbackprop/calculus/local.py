"""Local derivatives ``∂e/∂U[p]`` of one index expression, by one rule a node type, as ordered products.

Scalar calculus is SymPy's (``fdiff``, ``diff`` by a dummy in the place of a leaf); index calculus is ours: a leaf
``U[u]`` gives ``Π_k δ(p_k, u_k)``, which stays outside of what SymPy differentiates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sympy as sp
from sympy.core.function import AppliedUndef, ArgumentIndexError

from symbackprop.calculus.undefined import slopes
from symbackprop.language.derivation import Factor, Line, Product
from symbackprop.language.errors import DerivationError
from symbackprop.language.functions import Iverson
from symbackprop.language.indices import base_of, fresh, indices_of, leaves, limits, rename, symbols_in
from symbackprop.language.reductions import Binder, Largest, Winner

Indices = tuple[sp.Expr, ...]


@dataclass(frozen=True)
class Leaf:
    """What is differentiated by: the quantity's symbol, at these indices."""

    base: sp.Symbol
    at: Indices


def apart(expression: sp.Expr, taken: Iterable[sp.Symbol]) -> sp.Expr:
    """The expression with its bound indices renamed away from ``taken``."""
    if not expression.has(Binder):
        return expression
    if isinstance(expression, Binder):
        bounds = limits(expression)
        avoid = set(taken)
        away = {}
        for idx, _, _ in bounds:
            if idx in avoid:
                away[idx] = fresh(avoid | symbols_in(expression), idx.name)
            avoid.add(away.get(idx, idx))
        body = apart(rename(expression.function, away), avoid)
        return expression.func(body, *((away.get(i, i), lo, hi) for i, lo, hi in bounds))
    return expression.func(*(apart(arg, taken) for arg in expression.args))


def local_derivative(expression: sp.Expr, leaf: Leaf, taken: Iterable[sp.Symbol] = ()) -> Line:
    """``∂e/∂U[p]`` with every sum and δ still standing. Terms under the same sums and δ are one product."""
    used = set(taken).union(*(symbols_in(p) for p in leaf.at))
    products = sorted(_merge(_differentiate(apart(expression, used), leaf)), key=_reading_order)
    return Line(tuple(products) or (Product((Factor(sp.Integer(0)),)),))


def _reading_order(p: Product) -> tuple[int, bool]:
    """The direct term before the sums, the positive before the negative."""
    return len(p.over), any(f.expression.is_number and f.expression.is_negative for f in p.factors)


def depends(expression: sp.Expr, base: sp.Symbol) -> bool:
    return any(base_of(leaf) == base for leaf in leaves(expression))


def _differentiate(e: sp.Expr, leaf: Leaf) -> list[Product]:
    if not depends(e, leaf.base):
        return []
    for kind, rule in RULES:
        if isinstance(e, kind):
            return rule(e, leaf)
    raise DerivationError(f"no rule for the derivative of {type(e).__name__}: {e}")


def _leaf(e: sp.Expr, leaf: Leaf) -> list[Product]:
    """``∂U[u]/∂U[p] = Π_k δ(p_k, u_k)``."""
    pairs = [(p, u) for p, u in zip(leaf.at, indices_of(e), strict=True) if p != u]
    deltas = tuple(Factor(sp.KroneckerDelta(p, u), "delta") for p, u in pairs)
    return [Product(deltas or (Factor(sp.Integer(1)),))]


def _sum_rule(e: sp.Add, leaf: Leaf) -> list[Product]:
    """``∂(u + v) = ∂u + ∂v``."""
    return [product for arg in e.args for product in _differentiate(arg, leaf)]


def _product_rule(e: sp.Mul, leaf: Leaf) -> list[Product]:
    """``∂(u v) = u ∂v + v ∂u``."""
    result = []
    for position, arg in enumerate(e.args):
        others = _in_front([x for k, x in enumerate(e.args) if k != position])
        result += [_times(others, product) for product in _differentiate(arg, leaf)]
    return result


def _in_front(args: list[sp.Expr]) -> tuple[Factor, ...]:
    """The factors beside the differentiated one, their numbers as one: 1/(2n), not 1/2 · 1/n."""
    numbers = [x for x in args if is_numeric(x)]
    rest = [x for x in args if x not in numbers]
    return tuple(_factor(x) for x in ([sp.Mul(*numbers)] if numbers else []) + rest)


def _factor(x: sp.Expr) -> Factor:
    """A δ of the forward formula (flatten, groups of channels) is contracted like any other."""
    return Factor(x, "delta") if isinstance(x, sp.KroneckerDelta) else Factor(x)


def _power_rule(e: sp.Pow, leaf: Leaf) -> list[Product]:
    """``∂u^n = n u^(n-1) ∂u``, and ``∂c^v = c^v log(c) ∂v``."""
    base, exponent = e.args
    outer = (Factor(exponent), *((Factor(base ** (exponent - 1)),) if exponent != 1 else ()))
    result = [_times(outer, product) for product in _differentiate(base, leaf)]
    by_exponent = (Factor(e), Factor(sp.log(base)))
    return result + [_times(by_exponent, product) for product in _differentiate(exponent, leaf)]


def _chain_rule(e: sp.Function, leaf: Leaf) -> list[Product]:
    """``∂f(u) = f'(u) ∂u``, once an argument."""
    result = []
    for position, arg in enumerate(e.args, start=1):
        outer = _slope(e, position)
        if outer == 0:
            continue
        result += [_times((Factor(outer),), product) for product in _differentiate(arg, leaf)]
    return result


def _again(e: sp.Derivative | sp.Subs, leaf: Leaf) -> list[Product]:
    """``∂f'(u) = f''(u) ∂u``, of a function f without a formula."""
    return [_times((Factor(outer),), product) for outer, arg in slopes(e) for product in _differentiate(arg, leaf)]


def _slope(e: sp.Function, position: int) -> sp.Expr:
    """SymPy's derivative of a function by one argument. Raises DerivationError where it knows none."""
    try:
        slope = e.fdiff(position)
    except ArgumentIndexError:
        slope = None
    known = isinstance(e, AppliedUndef) or not (slope is None or slope.has(sp.Derivative, sp.DiracDelta, sp.Subs))
    if not known:
        raise DerivationError(f"{type(e).__name__} has no derivative that can be used here: {e}. Write it by its "
                              "branches, with Piecewise")
    return slope


def _under_sum(e: sp.Sum, leaf: Leaf) -> list[Product]:
    """``∂ Σ u = Σ ∂u``: the bound index was renamed apart before."""
    return [Product(p.factors, (*limits(e), *p.over)) for p in _differentiate(e.function, leaf)]


def _under_maximum(e: Largest, leaf: Leaf) -> list[Product]:
    """``∂ max_k u[k] = Σ_k [k = argmax_κ u[κ]] ∂u[k]``: only the place that attains the maximum moves it."""
    bounds = limits(e)
    away: dict[sp.Symbol, sp.Expr] = {}
    for idx, _, _ in bounds:
        away[idx] = fresh(symbols_in(e) | set(away.values()), idx.name)
    inside = Largest(rename(e.function, away), *((away[i], lo, hi) for i, lo, hi in bounds))
    winner = Factor(Winner(inside, *(i for i, _, _ in bounds)))
    return [Product((winner, *p.factors), (*bounds, *p.over)) for p in _differentiate(e.function, leaf)]


def _constant(_: sp.Expr, __: Leaf) -> list[Product]:
    """Who attains a maximum, on which side of a bound a value lies: a small step does not change it."""
    return []


def _branches(e: sp.Piecewise, leaf: Leaf) -> list[Product]:
    """Branch by branch: SymPy's ``diff`` by a dummy in the place of each outermost leaf or sum."""
    result = []
    for atom in _atoms(e, leaf.base):
        dummy = sp.Dummy(real=True)
        slope = sp.diff(e.xreplace({atom: dummy}), dummy).xreplace({dummy: atom})
        if slope == 0:
            continue
        result += [_times((Factor(slope),), product) for product in _differentiate(atom, leaf)]
    return result


def _atoms(e: sp.Expr, base: sp.Symbol) -> list[sp.Expr]:
    """The outermost leaves and sums through which an expression depends on a quantity."""
    if isinstance(e, sp.Indexed | sp.Symbol | Binder):
        return [e] if depends(e, base) else []
    return list(dict.fromkeys(atom for arg in e.args for atom in _atoms(arg, base)))


RULES: tuple[tuple[type, Callable[..., list[Product]]], ...] = (
    (sp.Indexed, _leaf),
    (sp.Symbol, _leaf),
    (sp.Add, _sum_rule),
    (sp.Mul, _product_rule),
    (sp.Pow, _power_rule),
    (sp.Sum, _under_sum),
    (Largest, _under_maximum),
    (Winner, _constant),
    (Iverson, _constant),
    (sp.Piecewise, _branches),
    (sp.Derivative, _again),
    (sp.Subs, _again),
    (sp.Function, _chain_rule),
)


def _times(outer: tuple[Factor, ...], product: Product) -> Product:
    """Put the outer factors before the product's; a factor 1 says nothing beside others."""
    inner = tuple(f for f in product.factors if f.expression != 1)
    factors = tuple(f for f in outer if f.expression != 1) + inner
    return Product(factors or (Factor(sp.Integer(1)),), product.over)


def _merge(products: list[Product]) -> list[Product]:
    """Add up the coefficients of products under the same sums and δ; δ stand before what they select."""
    groups: dict[tuple[object, ...], list[Product]] = {}
    for p in products:
        deltas = frozenset(f.expression for f in p.factors if f.role == "delta")
        groups.setdefault((p.over, deltas), []).append(p)
    return [_add_up(group) for group in groups.values()]


def _add_up(group: list[Product]) -> Product:
    first = group[0]
    deltas = tuple(f for f in first.factors if f.role == "delta")
    if len(group) > 1:
        terms = [sp.Mul(*(f.expression for f in p.factors if f.role != "delta")) for p in group]
        return Product((*deltas, Factor(sp.Add(*terms))), first.over)
    bound = {idx for idx, _, _ in first.over}
    values = [f for f in first.factors if f.role != "delta"]
    outside = tuple(f for f in values if deltas and not symbols_in(f.expression) & bound)
    inside = tuple(f for f in values if f not in outside)
    return Product((*outside, *deltas, *inside) or (Factor(sp.Integer(1)),), first.over)


def is_numeric(e: sp.Expr) -> bool:
    """A number, or a size: made of nothing but numbers and positive integer symbols."""
    return not e.atoms(sp.Indexed) and all(s.is_integer and s.is_positive for s in e.free_symbols) and not e.has(Binder)

