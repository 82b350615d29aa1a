"""Named rewrites of a finished line that need more than the line: what a mean is, what a known adjoint stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import permutations

import sympy as sp

from symbackprop.language.derivation import Assumption, Factor, Line, Product, Reason
from symbackprop.language.indices import base_of, canonical, indices_of, leaves, rename, symbols_in
from symbackprop.language.quantity import Equation

Lookup = Callable[[sp.Symbol], Equation | None]
"""The equation that defines a quantity, or an adjoint that is known already; None for what is given."""
Rewritten = tuple[Line, Reason | None]


def vanish(at: Line, definition: Lookup) -> Rewritten:
    """``Σ_k (x[k] − μ) = 0`` where μ is the mean of x: a product with such a sum is 0, by the definition of μ."""
    for p in at.products:
        proof = _zero(p, definition)
        if proof is not None:
            rest = tuple(q for q in at.products if q is not p) or (Product((Factor(sp.Integer(0)),)),)
            further, _ = vanish(Line(rest), definition)
            return further, ("mean", proof)
    return at, None


def _zero(p: Product, definition: Lookup) -> tuple[sp.Expr, ...] | None:
    """The sum that is 0, and the mean that makes it so."""
    for f in p.factors:
        bound = tuple(lim for lim in p.over if lim[0] in symbols_in(f.expression))
        alone = all(f is g or not symbols_in(g.expression) & {i for i, _, _ in bound} for g in p.factors)
        if bound and alone and isinstance(f.expression, sp.Add):
            kept = [t for t in f.expression.args if not symbols_in(t) & {i for i, _, _ in bound}]
            means = [leaf for t in kept for leaf in leaves(t) if definition(base_of(leaf)) is not None]
            if len(means) == 1 and len(kept) < len(f.expression.args):
                moving = sp.Add(*(t for t in f.expression.args if t not in kept))
                known = _meaning(means[0], definition)
                fixed = sp.Mul(*(hi for _, _, hi in bound)) * sp.Add(*kept).xreplace({means[0]: known})
                if any(canonical(sp.Sum(moving, *order)) + canonical(fixed) == 0 for order in permutations(bound)):
                    return sp.Sum(f.expression, *bound), means[0]
    return None


def _meaning(leaf: sp.Expr, definition: Lookup) -> sp.Expr:
    equation = definition(base_of(leaf))
    assert equation is not None
    return rename(equation.expression, dict(zip(equation.indices, indices_of(leaf), strict=True)))


def insert(at: Line, definition: Lookup) -> Rewritten:
    """A known adjoint replaced by what it is, where that divides by something that stands in the product as well:
    ``a_j · (−y_j/a_j)``. Nothing is replaced where nothing cancels."""
    pairs = [_inserted(p, definition) for p in at.products]
    if not pairs or any(pair is None for pair in pairs):
        return at, None
    found = [pair for pair in pairs if pair is not None]
    return Line(tuple(p for p, _ in found)), ("insert", (found[0][1],))


def _inserted(p: Product, definition: Lookup) -> tuple[Product, sp.Expr] | None:
    for f in p.factors:
        if f.role != "adjoint" or definition(base_of(f.expression)) is None:
            continue
        known = _meaning(f.expression, definition)
        whole = sp.Mul(*(g.expression for g in p.factors if g is not f), known)
        if not known.has(sp.Sum) and _divides(known) and not _divides(_cancelled(whole)):
            return Product(tuple(Factor(known) if g is f else g for g in p.factors), p.over), f.expression
    return None


def cancels(at: Line) -> bool:
    """Does what divides in a line cancel against the rest of its products?"""
    wholes = [sp.Mul(*(f.expression for f in p.factors)) for p in at.products]
    return any(map(_divides, wholes)) and not any(_divides(_cancelled(w)) for w in wholes)


def divides(at: Line) -> bool:
    """Could a known adjoint be put in elsewhere, to cancel? It has no adjoint in it, no sum, and a divisor."""
    plain = not any(p.over or f.role == "adjoint" for p in at.products for f in p.factors)
    return plain and _divides(at.expression)


def _divides(e: sp.Expr) -> bool:
    return any(x.exp.is_negative and x.base.atoms(sp.Indexed, sp.Symbol) and not _is_size(x.base)
               for x in e.atoms(sp.Pow))


def _is_size(e: sp.Expr) -> bool:
    return all(s.is_integer and s.is_positive for s in e.free_symbols)


def _cancelled(e: sp.Expr) -> sp.Expr:
    """Common factors above and below the bar cancelled, what is left multiplied out."""
    names = {leaf: sp.Dummy() for leaf in dict.fromkeys(leaves(e))}
    found = sp.expand(sp.cancel(e.xreplace(names)))
    return found.xreplace({dummy: leaf for leaf, dummy in names.items()})


def cancel(at: Line) -> Rewritten:
    """``a_j · y_j/a_j = y_j``, and ``a(1−a)(−y/a + (1−y)/(1−a)) = a − y``."""
    return Line(tuple(q for p in at.products for q in _cancel(p))), None


def _cancel(p: Product) -> list[Product]:
    opaque = any(f.role != "value" or f.expression.has(sp.Sum, sp.Function) for f in p.factors)
    if opaque or not any(_divides(f.expression) for f in p.factors):
        return [p]
    terms = sp.Add.make_args(_cancelled(sp.Mul(*(f.expression for f in p.factors))))
    if not p.over and len(terms) > 1:  # a − y is one difference
        return [Product((Factor(sp.Add(*terms)),))]
    return [Product(tuple(Factor(x) for x in sp.Mul.make_args(t)), p.over) for t in terms]


def assume(at: Line, assumptions: Sequence[Assumption]) -> Rewritten:
    """``a_j Σ_k y_k = a_j`` where the entries of y are assumed to sum to 1."""
    sums = {base_of(total.function): indices_of(total.function).index(total.limits[0][0])
            for a in assumptions if a.key == "one-hot" for total in a.formulas[0].atoms(sp.Sum)}
    pairs = [_summed(p, sums) for p in at.products]
    used = next((total for _, total in pairs if total is not None), None)
    if used is None:
        return at, None
    products = [p for p, _ in pairs]
    if not any(p.over for p in products):  # a − y, the positive term in front
        return Line((_together(products),)), ("one", (used,))
    return Line(tuple(products)), ("one", (used,))


def _together(products: Sequence[Product]) -> Product:
    """``1/m a − 1/m y`` as ``1/m (a − y)``: what all terms have in common stands in front."""
    factored = sp.factor_terms(sp.Add(*(sp.Mul(*(f.expression for f in p.factors)) for p in products)))
    parts = sorted(sp.Mul.make_args(factored), key=lambda x: isinstance(x, sp.Add))
    flipped = len(parts) > 1 and parts[0] == -1
    return Product(tuple(Factor(-x if flipped else x) for x in parts[flipped:]))


def _summed(p: Product, sums: Mapping[sp.Symbol, int]) -> tuple[Product, sp.Expr | None]:
    for limit in p.over:
        moving = [f for f in p.factors if limit[0] in symbols_in(f.expression)]
        if len(moving) == 1 and base_of(moving[0].expression) in sums:
            leaf = moving[0].expression
            if indices_of(leaf)[sums[base_of(leaf)]] == limit[0]:
                rest = tuple(f for f in p.factors if f is not moving[0]) or (Factor(sp.Integer(1)),)
                return Product(rest, tuple(x for x in p.over if x != limit)), sp.Sum(leaf, limit)
    return p, None

