"""Constant arrays: what depends on indices alone, ``[s ≤ t]``, ``δ_ij``, as a matrix with entries at (i, j)."""

from __future__ import annotations

from collections.abc import Set

import sympy as sp

from symbackprop.language.arrays import Array, Elementwise, Shape, transposed
from symbackprop.language.functions import Iverson
from symbackprop.language.indices import leaves
from symbackprop.language.quantity import index

ROW, COLUMN = index("i"), index("j")
"""The indices of every constant: the same matrix is the same on every line, whatever its indices are called there."""


def depends_on_indices_only(e: sp.Basic, indices: Set[sp.Symbol]) -> bool:
    """Whether an expression reads indices and sizes, and nothing else."""
    if e.has(sp.Indexed, sp.Sum):
        return False
    read = set(leaves(e))
    return bool(read & indices) and all(s in indices or s.is_integer for s in read)


def constant(e: sp.Expr, at: tuple[sp.Symbol, ...], shape: Shape) -> Array:
    """The constant array over one or two indices. Of a matrix and its transpose, the lower triangle is the matrix."""
    flipped = len(at) == 2 and _value(e, at, 2, 1) < _value(e, at, 1, 2)
    order = at[::-1] if flipped else at
    named = e.xreplace(dict(zip(order, (ROW, COLUMN), strict=False)))
    array = Elementwise(_upright(as_bracket(named)), (ROW, COLUMN)[: len(at)], shape[::-1] if flipped else shape)
    return transposed(array) if flipped else array


def _value(e: sp.Expr, at: tuple[sp.Symbol, ...], row: int, column: int) -> float:
    value = e.xreplace({at[0]: sp.Integer(row), at[1]: sp.Integer(column)})
    return float(value) if value.is_Number and value.is_finite else 0.0


def as_bracket(e: sp.Expr) -> sp.Expr:
    """Cases of 1 and 0 as a bracket."""
    if isinstance(e, sp.Piecewise) and len(e.args) == 2 and e.args[1] == (0, True) and e.args[0][0] == 1:
        return Iverson(e.args[0][1])
    return e


def _upright(e: sp.Expr) -> sp.Expr:
    """``i ≥ j`` as ``j ≤ i``: SymPy keeps whichever it met first."""
    return e.xreplace({r: r.reversed for r in e.atoms(sp.Ge, sp.Gt)})


def opened_cases(e: sp.Expr, indices: Set[sp.Symbol]) -> sp.Expr:
    """Cases told apart by indices alone as a sum of products, ``[s ≤ t] · exp(S[t,s])``: the bracket is a constant."""
    if not isinstance(e, sp.Piecewise) or depends_on_indices_only(e, indices):
        return e
    conditions = [c for _, c in e.args]
    if not all(c == sp.true or depends_on_indices_only(c, indices) for c in conditions):
        return e
    return sp.Add(*(
        _bracketed(value, sp.to_nnf(sp.And(condition, *map(sp.Not, conditions[:k]))), indices)
        for k, (value, condition) in enumerate(e.args)
        if value != 0
    ))


def _bracketed(value: sp.Expr, when: sp.Basic, indices: Set[sp.Symbol]) -> sp.Expr:
    """What depends on indices alone stays inside the bracket, where it may be infinite outside of it."""
    parts = sp.Mul.make_args(value)
    inside = [p for p in parts if depends_on_indices_only(p, indices)]
    rest = [p for p in parts if p not in inside]
    return sp.Mul(as_bracket(sp.Piecewise((sp.Mul(*inside), when), (sp.Integer(0), True))), *rest)
