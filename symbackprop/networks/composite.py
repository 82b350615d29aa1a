"""The composite loss: every forward equation put into the next, down to what is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from math import prod

import sympy as sp

from symbackprop.language.errors import NetworkError
from symbackprop.language.indices import base_of, fresh, indices_of, leaves, limits, rename, symbols_in
from symbackprop.language.program import Program
from symbackprop.language.quantity import Equation, Quantity
from symbackprop.language.recurrence import Loop
from symbackprop.language.reductions import Binder, Largest

DEEPEST, LARGEST = 20, 5_000
"""Layers that are nested (SymPy's own recursion ends a little beyond), and scalar terms that are written out."""


def composite_loss(program: Program, loss: Quantity) -> sp.Expr:
    """``½(σ(w₃σ(w₂σ(w₁x + b₁) + b₂) + b₃) − y)²``: nested, with sums over symbolic sizes. Axes of size 1 are not
    written. Raises NetworkError beyond 20 layers."""
    depth = sum(1 for part in program.parts) - 1
    if depth > DEEPEST:
        raise NetworkError(f"the composite loss of {depth} layers nests too deeply to be one expression; the limit is "
                           f"{DEEPEST} layers")
    _check_length(program, loss, written_out=False)
    if any(isinstance(item, Loop) for item in program.steps):
        raise NetworkError("a recurrence over time is not one expression; for T a number, net.loss_expanded() is")
    if all(axis.size == 1 for q in program.quantities.values() for axis in q.axes):
        return _entry(loss.symbol, program, {}, [0], limit=10**9)
    known: dict[sp.Symbol, Equation] = {}
    for e in program.equations:
        known[e.quantity.symbol] = Equation(e.quantity, e.indices, _nested(e.expression, known, set(e.indices)))
    return known[loss.symbol].expression


def in_parts(program: Program, fits: Callable[[Equation], bool]) -> tuple[Equation, ...]:
    """The composite loss cut where it gets too long for ``fits``: a line that would be too long keeps the names of what
    it reads, and these are lines of their own, before it. The last is the loss."""
    known: dict[sp.Symbol, Equation] = {}
    lines: list[Equation] = []
    for e in program.equations:
        whole = replace(e, expression=_nested(e.expression, known, set(e.indices)))
        if not fits(whole):
            bases = dict.fromkeys(base_of(leaf) for leaf in leaves(e.expression))
            lines += [known.pop(base) for base in bases if base in known]
            whole = replace(e, expression=_nested(e.expression, known, set(e.indices)))
        known[e.quantity.symbol] = whole
    return (*lines, known[program.equations[-1].quantity.symbol])


def _nested(e: sp.Expr, known: dict[sp.Symbol, Equation], taken: set[sp.Symbol]) -> sp.Expr:
    if isinstance(e, sp.Indexed | sp.Symbol):
        equation = known.get(base_of(e))
        if equation is None:
            return e
        mapping = dict(zip(equation.indices, indices_of(e), strict=True))
        return _distinct(rename(equation.expression, mapping), taken | symbols_in(e))
    if isinstance(e, Binder):
        bound = {i for i, _, _ in limits(e)}
        return e.func(_nested(e.function, known, taken | bound), *limits(e))
    return e.func(*(_nested(arg, known, taken) for arg in e.args)) if e.args else e


def _distinct(e: sp.Expr, taken: set[sp.Symbol]) -> sp.Expr:
    """Bound indices renamed away from those of the sums around, so that the formula can be read."""
    if isinstance(e, Binder):
        away: dict[sp.Symbol, sp.Expr] = {}
        inner = set(taken)
        for i, _, _ in limits(e):
            if i in inner:
                away[i] = fresh(inner | symbols_in(e), i.name)
            inner.add(away.get(i, i))
        body = _distinct(rename(e.function, away) if away else e.function, inner)
        return e.func(body, *((away.get(i, i), lo, hi) for i, lo, hi in limits(e)))
    if not e.args or isinstance(e, sp.Indexed):
        return e
    return e.func(*(_distinct(arg, taken) for arg in e.args))


def expanded_loss(program: Program, loss: Quantity) -> sp.Expr:
    """Every entry written out: ``W[1][1, 2]`` is an Indexed at whole numbers. Raises NetworkError where sizes are
    symbols or the result would be too long."""
    for q in program.quantities.values():
        for axis in q.axes:
            if not axis.size.is_Integer:
                raise NetworkError(f"the size {axis.size} is a symbol: entries can be written out only for numbers")
    depth = sum(1 for part in program.parts) - 1
    if depth > DEEPEST:
        raise NetworkError(f"the composite loss of {depth} layers nests too deeply to be one expression; the limit is "
                           f"{DEEPEST} layers")
    _check_length(program, loss, written_out=True)
    return _entry(loss.symbol, program, {}, [0], LARGEST)


def _check_length(program: Program, loss: Quantity, written_out: bool) -> None:
    """Counted before anything is built: an activation read twice doubles with every layer."""
    lengths: dict[sp.Symbol, int] = {}
    for e in program.equations:
        lengths[e.quantity.symbol] = _length(e.expression, lengths, written_out)
    if lengths[loss.symbol] > LARGEST:
        what = "written out the loss has" if written_out else "as one expression the loss has"
        hint = "use net.loss, with sums" if written_out else "its equations are in net.program"
        raise NetworkError(f"{what} more than {LARGEST:,} terms; {hint}")


def _length(e: sp.Expr, lengths: dict[sp.Symbol, int], written_out: bool) -> int:
    if isinstance(e, sp.Indexed | sp.Symbol):
        return lengths.get(base_of(e), 1)
    if isinstance(e, Binder):
        times = prod(int(hi) - int(lo) + 1 for _, lo, hi in limits(e)) if written_out else 1
        return times * _length(e.function, lengths, written_out)
    return sum(_length(arg, lengths, written_out) for arg in e.args)


def _entry(
    leaf: sp.Expr, program: Program, known: dict[sp.Expr, sp.Expr], count: list[int], limit: int
) -> sp.Expr:
    """One entry of a quantity, written out; each only once."""
    if leaf in known:
        return known[leaf]
    quantity = program.by_symbol.get(base_of(leaf))
    equation = program.definitions.get(quantity.name) if quantity else None
    if quantity is None or equation is None:
        single = quantity is not None and all(axis.size == 1 for axis in quantity.axes)
        return quantity.symbol if quantity is not None and single else leaf
    mapping = dict(zip(equation.indices, indices_of(leaf), strict=True))
    known[leaf] = _written(rename(equation.expression, mapping), program, known, count, limit)
    return known[leaf]


def _written(
    e: sp.Expr, program: Program, known: dict[sp.Expr, sp.Expr], count: list[int], limit: int
) -> sp.Expr:
    count[0] += 1
    if count[0] > limit:
        raise NetworkError(f"written out the loss has more than {limit:,} terms; use net.loss, with sums")
    if isinstance(e, sp.Indexed | sp.Symbol):
        if isinstance(e, sp.Indexed) and not _inside(e, program):
            return sp.Integer(0)
        return _entry(e, program, known, count, limit)
    if isinstance(e, Binder):
        ranges = [range(int(lo), int(hi) + 1) for _, lo, hi in limits(e)]
        names = [i for i, _, _ in limits(e)]
        terms = (rename(e.function, dict(zip(names, map(sp.Integer, at), strict=True))) for at in product(*ranges))
        together = sp.Max if isinstance(e, Largest) else sp.Add
        return together(*(_written(t, program, known, count, limit) for t in terms))
    return e.func(*(_written(arg, program, known, count, limit) for arg in e.args)) if e.args else e


def _inside(e: sp.Indexed, program: Program) -> bool:
    """Arrays are 0 outside their range."""
    axes = program.by_symbol[base_of(e)].axes
    return all(1 <= i <= axis.size for i, axis in zip(e.indices, axes, strict=True))
