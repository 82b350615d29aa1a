"""Component line → array: each factor becomes a vector or a matrix at its indices, then the graph is reduced.

A factor that mixes index sets is made of arrays itself: ``x[t,j] − μ[t]`` is ``X − μ 1ᵀ``; what a function is taken of
becomes a slot, ``1/Σ_u exp(S[t,u])`` is one over ``exp(S) 1``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import sympy as sp

from symbackprop.forms.constants import constant, depends_on_indices_only, opened_cases
from symbackprop.forms.graph import Graph, NoMatrixForm
from symbackprop.language.arrays import Array, Elementwise, Total
from symbackprop.language.derivation import Factor, Line, Product
from symbackprop.language.indices import Limit, fresh, indices_of, leaves, limits, rename, symbols_in

Indices = tuple[sp.Symbol, ...]
Sizes = dict[sp.Symbol, sp.Expr]


def line_array(line: Line, target: Indices, sizes: Sizes) -> Array:
    """The array of a line over its free indices, in that order. Raises NoMatrixForm."""
    if len(target) > 2:
        raise NoMatrixForm("rank", len(target))
    terms = tuple(_product_array(p, target, sizes) for p in line.products)
    return terms[0] if len(terms) == 1 else Total(terms)


def _product_array(p: Product, target: Indices, sizes: Sizes) -> Array:
    graph = Graph({**sizes, **{limit[0]: _length(limit, sizes) for limit in p.over}})
    for factor in p.factors:
        for part in _parts(factor.expression, graph.sizes):
            if _is_number(part, graph.sizes):
                graph.scalar *= part
            else:
                graph.add(*_factor_array(part, graph.sizes))
    graph.reduce([i for i, _, _ in p.over])
    return graph.assemble(target)


def _length(limit: Limit, sizes: Sizes) -> sp.Expr:
    idx, lower, upper = limit
    if lower != 1 or upper.free_symbols & set(sizes):
        raise NoMatrixForm("bounds", idx)
    return upper


def _parts(e: sp.Expr, sizes: Sizes) -> Iterator[sp.Expr]:
    """The factors of a product; cases told apart by indices alone are a product with a constant."""
    for part in sp.Mul.make_args(e):
        opened = opened_cases(part, set(sizes))
        yield from (part,) if opened == part else sp.Mul.make_args(opened)


def _factor_array(e: sp.Expr, sizes: Sizes) -> tuple[Indices, Array]:
    """One factor with the indices it stands over."""
    at = _indices(e, sizes)
    if len(at) > 2:
        raise NoMatrixForm("indices", e)
    return at, _array_over(e, at, sizes)


def _indices(e: sp.Expr, sizes: Sizes) -> Indices:
    """The free indices of a factor, in the order in which an array that has them all is read."""
    free = e.free_symbols & set(sizes)
    reads = (tuple(x.indices) for x in sorted(e.atoms(sp.Indexed), key=str))
    whole = next((at for at in reads if set(at) == free and len(at) == len(free)), None)
    return whole or tuple(i for i in sizes if i in free)


def _array_over(e: sp.Expr, at: Indices, sizes: Sizes) -> Array:
    shape = tuple(sizes[i] for i in at)
    if depends_on_indices_only(e, set(sizes)):
        return constant(e, at, shape)
    if _is_entry(e, at):
        return Elementwise(e, at, shape)
    if isinstance(e, sp.Indexed):
        raise NoMatrixForm("diagonal" if len(set(e.indices)) < len(e.indices) else "affine", e)
    if isinstance(e, sp.Mul | sp.Sum) or (isinstance(e, sp.Add) and not any(_is_number(x, sizes) for x in e.args)):
        return line_array(as_line(e, sizes), at, sizes)
    slots: dict[sp.Symbol, Array] = {}
    expression = _slotted(e, at, sizes, slots)
    return Elementwise(expression, at, shape, tuple(slots.items()))


def _is_entry(e: sp.Expr, at: Indices) -> bool:
    """Whether everything an expression reads stands at just these indices, in this order."""
    plain = len(set(at)) == len(at) > 0 and not e.has(sp.Sum)
    return plain and all(indices_of(x) == at if isinstance(x, sp.Indexed) else x not in at for x in leaves(e))


def _is_number(e: sp.Basic, sizes: Sizes) -> bool:
    return not (e.free_symbols & set(sizes) or e.has(sp.Sum))


def _slotted(e: sp.Basic, at: Indices, sizes: Sizes, slots: dict[sp.Symbol, Array]) -> sp.Basic:
    """An expression with a symbol for every part that is no entry at these indices, but an array of its own."""
    if _is_number(e, sizes) or (isinstance(e, sp.Expr) and _is_entry(e, at)):
        return e
    plain = [x for x in sp.Add.make_args(e) if _is_number(x, sizes)] if isinstance(e, sp.Add) else []
    if plain:
        return sp.Add(_slotted(e - sp.Add(*plain), at, sizes, slots), *plain)
    made_of_arrays = isinstance(e, sp.Indexed | sp.Symbol | sp.Add | sp.Mul | sp.Sum)
    if not made_of_arrays and not depends_on_indices_only(e, set(sizes)):
        return e.func(*(_slotted(arg, at, sizes, slots) for arg in e.args))
    if not isinstance(e, sp.Expr):
        raise NoMatrixForm("mixed", e)
    symbol = sp.Symbol(f"slot{len(slots)}")
    slots[symbol] = line_array(as_line(e, sizes), at, sizes)
    return sp.Indexed(sp.IndexedBase(symbol), *at) if at else symbol


def as_line(e: sp.Expr, taken: Iterable[sp.Symbol] = ()) -> Line:
    """A SymPy expression as a sum of products, sums pulled to the front: nothing is multiplied out.

    No index that is summed over is one of those taken.
    """
    terms = sorted(sp.Add.make_args(e), key=lambda t: (_is_taken_away(t), not t.has(sp.Sum), sp.default_sort_key(t)))
    return Line(tuple(_as_product(t, frozenset(taken)) for t in terms))


def _is_taken_away(e: sp.Expr) -> bool:
    return bool(e.as_coeff_Mul()[0].is_negative)


def _as_product(e: sp.Expr, outer: frozenset[sp.Symbol] = frozenset()) -> Product:
    p = Product(())
    parts: Sequence[sp.Expr] = sorted(sp.Mul.make_args(e), key=lambda x: isinstance(x, sp.Sum))
    for part in parts:
        if not isinstance(part, sp.Sum):
            p = Product((*p.factors, Factor(part)), p.over)
            continue
        taken = outer.union({i for i, _, _ in p.over}, *(symbols_in(x) for x in parts if x is not part))
        away: dict[sp.Symbol, sp.Expr] = {}
        for i, _, _ in limits(part):
            if i in taken:
                away[i] = fresh(taken | symbols_in(part), i.name)
        over = tuple((away.get(i, i), lo, hi) for i, lo, hi in limits(part))
        inner = _as_product(rename(part.function, away)) if not isinstance(part.function, sp.Add) else Product(
            (Factor(rename(part.function, away)),))
        p = Product((*p.factors, *inner.factors), (*p.over, *over, *inner.over))
    return p
