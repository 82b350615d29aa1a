"""Matrix form, by reducing the graph of indices of each product.

Indices are nodes; a vector sits on one, a matrix joins two. Parallel edges: ⊙. A summed index between two factors:
product; at one factor: times **1**. Two vectors left over: outer product. A vector beside a matrix: diag. Transposes
come from positions. What does not reduce has no matrix form, and says why.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from symbackprop.forms.collect import collected
from symbackprop.forms.graph import Graph, NoMatrixForm
from symbackprop.language.arrays import Array, MatrixForm, MatrixStep, Scaled, Total
from symbackprop.language.derivation import Chapter, Derivation, Factor, Line, Product
from symbackprop.language.indices import fresh, limits, rename, symbols_in
from symbackprop.language.notation import Notation
from symbackprop.language.quantity import Axis, Equation

Sizes = dict[sp.Symbol, sp.Expr]


def matrix_form(derivation: Derivation, chapter: Chapter, notation: Notation) -> MatrixForm:
    """The matrix form of a chapter's result, with the lines that lead to it."""
    line = collected(derivation, chapter, notation.collected)
    steps = [MatrixStep("component", chapter.result)]
    if line != chapter.result:
        steps.append(MatrixStep("collect", line))
    return _form(line, chapter.indices, chapter.by.axes, steps)


def equation_form(equation: Equation) -> MatrixForm:
    """The matrix form of a forward equation."""
    line = as_line(equation.expression)
    return _form(line, equation.indices, equation.quantity.axes, [MatrixStep("component", line)])


def _form(line: Line, indices: Sequence[sp.Symbol], axes: Sequence[Axis], steps: list[MatrixStep]) -> MatrixForm:
    sizes = dict(zip(indices, (a.size for a in axes), strict=True))
    try:
        array = line_array(line, tuple(indices), sizes)
    except NoMatrixForm as reason:
        return MatrixForm(None, tuple(steps), str(reason))
    return MatrixForm(array, (*steps, MatrixStep("matrix", array)))


def line_array(line: Line, target: tuple[sp.Symbol, ...], sizes: Sizes) -> Array:
    """The array of a line over its free indices, in that order."""
    if len(target) > 2:
        raise NoMatrixForm("rank", len(target))
    terms = tuple(_product_array(p, target, sizes) for p in line.products)
    return terms[0] if len(terms) == 1 else Total(terms)


def _product_array(p: Product, target: tuple[sp.Symbol, ...], sizes: Sizes) -> Array:
    known = {**sizes, **{i: hi for i, _, hi in p.over}}
    graph = Graph(known)
    scalar = sp.Integer(1)
    for f in p.factors:
        for part in sp.Mul.make_args(f.expression):
            if f.role in ("delta", "bracket"):
                raise NoMatrixForm("delta", part)
            if part.free_symbols & set(known) or part.has(sp.Sum):
                graph.add(part)
            else:
                scalar *= part
    for idx in graph.order([i for i, _, _ in p.over]):
        graph.eliminate(idx)
    array = graph.assemble(target)
    return array if scalar == 1 else Scaled(scalar, array)


def as_line(e: sp.Expr) -> Line:
    """A SymPy expression as a sum of products, sums pulled to the front: nothing is multiplied out."""
    terms = sorted(sp.Add.make_args(e), key=lambda t: (not t.has(sp.Sum), sp.default_sort_key(t)))
    return Line(tuple(_as_product(t) for t in terms))


def _as_product(e: sp.Expr) -> Product:
    p = Product(())
    parts = sorted(sp.Mul.make_args(e), key=lambda x: isinstance(x, sp.Sum))
    for part in parts:
        if not isinstance(part, sp.Sum):
            p = Product((*p.factors, Factor(part)), p.over)
            continue
        taken = {i for i, _, _ in p.over}.union(*(symbols_in(x) for x in parts if x is not part))
        away: dict[sp.Symbol, sp.Expr] = {}
        for i, _, _ in limits(part):
            if i in taken:
                away[i] = fresh(taken | symbols_in(part), i.name)
        over = tuple((away.get(i, i), lo, hi) for i, lo, hi in limits(part))
        inner = _as_product(rename(part.function, away)) if not isinstance(part.function, sp.Add) else Product(
            (Factor(rename(part.function, away)),))
        p = Product((*p.factors, *inner.factors), (*p.over, *over, *inner.over))
    return p
