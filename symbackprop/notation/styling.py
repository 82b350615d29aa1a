"""The order in which a course writes the factors of a line or of an array, and its signs; the value is the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import sympy as sp

from symbackprop.language.arrays import Array, Elementwise, Hadamard, Scaled
from symbackprop.language.derivation import Factor, Line, Product
from symbackprop.language.functions import Named, Partial
from symbackprop.language.indices import base_of, leaves, rename, symbols_in
from symbackprop.language.notation import Notation
from symbackprop.language.quantity import Quantity, index

T = TypeVar("T")
Meant = Callable[[sp.Symbol], Quantity | None]


def styled(line: Line, notation: Notation, meant: Meant) -> Line:
    """A line with the factors of each product as the course orders them."""
    return Line(tuple(_product(p, notation, meant) for p in line.products))


def _product(p: Product, notation: Notation, meant: Meant) -> Product:
    p = _bound(p, notation)
    if any(isinstance(f.expression, Partial) for f in p.factors):
        return p  # a chain is written along its path
    factors = list(p.factors)
    if notation.residual:
        factors = _residuals(factors, meant)
    if not notation.dot and len(factors) > 1:
        factors = [f for f in factors if f.expression != 1] or factors[:1]
    if notation.order == "slope-last":
        factors = _slopes_last(factors, lambda f: f.expression, meant)
    elif notation.order == "adjoint-first" and not p.over:
        known = [f for f in factors if f.role == "adjoint"]
        factors = [*_numbers(factors), *known, *(f for f in factors if f not in known and not f.expression.is_number)]
    return replace(p, factors=tuple(factors))


def _bound(p: Product, notation: Notation) -> Product:
    """The indices of sums as the course calls them, where nothing else is called so."""
    names = {str(s) for f in p.factors for s in symbols_in(f.expression)} | {str(i) for i, _, _ in p.over}
    away = {i: index(new) for i, _, _ in p.over if (new := notation.bound.get(i.name, "")) and new not in names}
    if not away:
        return p
    factors = tuple(replace(f, expression=rename(f.expression, away)) for f in p.factors)
    return Product(factors, tuple((away.get(i, i), lo, hi) for i, lo, hi in p.over))


def _numbers(factors: Sequence[Factor]) -> list[Factor]:
    return [f for f in factors if f.expression.is_number]


def _residuals(factors: Sequence[Factor], meant: Meant) -> list[Factor]:
    """``−1 · (y − a)`` for a − y."""
    found = next((f for f in factors if is_residual(f.expression, meant)), None)
    if found is None:
        return list(factors)
    turned = [replace(f, expression=-f.expression) if f is found else f for f in factors]
    return [Factor(sp.Integer(-1)), *turned] if turned[0].expression != -1 else turned[1:]


def is_residual(e: sp.Expr, meant: Meant) -> bool:
    """``a − y``: an output less its target."""
    if not isinstance(e, sp.Add) or len(e.args) != 2:
        return False
    minus = [x for x in e.args if x.as_coeff_Mul()[0] == -1]
    if len(minus) != 1 or not isinstance(-minus[0], sp.Symbol | sp.Indexed):
        return False
    q = meant(base_of(-minus[0]))
    return q is not None and q.role == "target"


def is_slope(e: sp.Expr, meant: Meant) -> bool:
    """``σ'(z)``, or what stands for it: ``a (1 − a)``, made of one output alone."""
    if isinstance(e, Named):
        return bool(type(e).order)
    if not isinstance(e, sp.Mul | sp.Add | sp.Pow):
        return False
    read = {base_of(x) for x in leaves(e)}
    q = meant(next(iter(read))) if len(read) == 1 else None
    return q is not None and q.role == "activation"


def _slopes_last(factors: Sequence[T], of: Callable[[T], sp.Expr | None], meant: Meant) -> list[T]:
    """The factors with the slope of an activation last; written through its output, ``a (1 − a)``, in that order."""
    slopes = [e for f in factors if (e := of(f)) is not None and is_slope(e, meant)]
    outputs = {base_of(x) for e in slopes if not isinstance(e, Named) for x in leaves(e)}

    def place(f: T) -> int:
        e = of(f)
        if e is None:
            return 0
        return 2 if is_slope(e, meant) else int(isinstance(e, sp.Symbol | sp.Indexed) and base_of(e) in outputs)

    return sorted(factors, key=place)


def styled_array(a: Array, notation: Notation, meant: Meant) -> Array:
    """An array with the factors of its element-wise products as the course orders them."""
    if notation.residual:
        sign, a = _signed(a, meant)
        a = a if sign > 0 else Scaled(-a.scalar, a.of) if isinstance(a, Scaled) else Scaled(sp.Integer(-1), a)
    if notation.order != "slope-last":
        return a
    return _ordered(a, meant)


def _ordered(a: Array, meant: Meant) -> Array:
    if isinstance(a, Scaled):
        return Scaled(a.scalar, _ordered(a.of, meant))
    if not isinstance(a, Hadamard):
        return a
    return Hadamard(tuple(_slopes_last(a.factors, _entry, meant)))


def _entry(a: Array) -> sp.Expr | None:
    return a.expression if isinstance(a, Elementwise) and not a.slots else None


def _signed(a: Array, meant: Meant) -> tuple[int, Array]:
    """An array with a − y turned to y − a in its products, and the sign that is left."""
    if isinstance(a, Elementwise) and not a.slots and is_residual(a.expression, meant):
        return -1, replace(a, expression=-a.expression)
    if isinstance(a, Scaled):
        sign, inner = _signed(a.of, meant)
        return sign, Scaled(a.scalar, inner)
    if isinstance(a, Hadamard):
        parts = [_signed(f, meant) for f in a.factors]
        sign = 1
        for one, _ in parts:
            sign *= one
        return sign, Hadamard(tuple(f for _, f in parts))
    return 1, a
