"""Scalar form: the component form with every axis of size 1 (one neuron a layer), as the notes' §5."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sympy as sp

from symbackprop.language.derivation import Chapter, Factor, Line, Local, Product, Step
from symbackprop.language.functions import Partial
from symbackprop.language.indices import base_of, leaves, limits
from symbackprop.language.program import Kind, Program
from symbackprop.language.quantity import Axis, Equation, Quantity
from symbackprop.language.reductions import Binder, Largest, Winner

ONE = sp.Integer(1)
Dropped = Callable[[sp.Symbol], bool]
"""Does an index, or a size, belong to an axis that is dropped?"""


def _all(_: sp.Symbol) -> bool:
    return True


def scalar_expression(e: sp.Expr, dropped: Dropped = _all) -> sp.Expr:
    """``Σ_i W[j,i] a[i]`` is ``W a``: each dropped index is 1, each sum over one its only term."""
    if isinstance(e, sp.Symbol):
        return ONE if e.is_integer and dropped(e) else e
    if not e.args:
        return e
    if isinstance(e, Binder):
        body = scalar_expression(e.function, dropped)
        kept = [lim for lim in limits(e) if not dropped(lim[0])]
        return e.func(body, *kept) if kept else body
    if isinstance(e, Winner):
        inside = scalar_expression(e.largest, dropped)
        at = [i for i, lim in zip(e.at, limits(e.largest), strict=True) if not dropped(lim[0])]
        return Winner(inside, *at) if isinstance(inside, Largest) else ONE
    if isinstance(e, sp.Indexed):
        return _scalar_entry(e, dropped)
    if isinstance(e, Partial):
        return Partial(scalar_expression(e.of, dropped), scalar_expression(e.by, dropped))
    return e.func(*(scalar_expression(arg, dropped) for arg in e.args))


def _scalar_entry(e: sp.Indexed, dropped: Dropped) -> sp.Expr:
    kept = []
    for idx in e.indices:
        value = scalar_expression(idx, dropped)
        if value != idx or not idx.free_symbols:
            if value != 1:
                # arrays are 0 outside their range
                return sp.Integer(0)
        else:
            kept.append(idx)
    return sp.Indexed(e.base, *kept) if kept else e.base.label


def scalar_line(line: Line, dropped: Dropped = _all) -> Line:
    products = []
    for p in line.products:
        factors = tuple(Factor(scalar_expression(f.expression, dropped), f.role) for f in p.factors)
        # a δ or a bracket that became 1 was never written by a person; the factor 1 of a bias was
        kept = tuple(f for f in factors if f.expression != 1 or f.role == "value") or (Factor(ONE),)
        if all(f.expression != 0 for f in kept):
            products.append(Product(kept, tuple(lim for lim in p.over if not dropped(lim[0]))))
    return Line(tuple(products) or (Product((Factor(sp.Integer(0)),)),))


def _scalar_steps(steps: tuple[Step, ...], dropped: Dropped) -> tuple[Step, ...]:
    """The steps that are left when nothing is summed; the first and the last line stay what they are."""
    result: list[Step] = []
    for step in steps:
        before, after = scalar_line(step.before, dropped), scalar_line(step.after, dropped)
        if before != after or not result:
            because = None
            if step.because:
                because = (step.because[0], tuple(scalar_expression(e, dropped) for e in step.because[1]))
            result.append(Step(step.rule, before, after, because))
    return tuple(result)


def _bare(q: Quantity, dropped_axis: Callable[[Axis], bool]) -> Quantity:
    domain = replace(q.domain, count=ONE) if q.domain else None
    return replace(q, axes=tuple(a for a in q.axes if not dropped_axis(a)), domain=domain)


def scalar_chapter(chapter: Chapter) -> Chapter:
    """A chapter with every axis 1."""
    locals_ = tuple(Local(scalar_expression(x.partial), _scalar_steps(x.steps, _all)) for x in chapter.locals)
    by, of, quantity = (replace(q, axes=()) for q in (chapter.by, chapter.of, chapter.quantity))
    return Chapter(quantity, of, by, (), _scalar_steps(chapter.steps, _all), locals_)


def is_chain(program: Program) -> bool:
    """Is every axis but the datum's literally of size 1?"""
    return all(length == 1 for name, length in program.axes() if name != "datum")


def scalar_program(program: Program, keep: str | None = "datum") -> Program:
    """The program with every axis dropped except the one of that name. Layers that shared a kind still do."""
    kinds: dict[int, Kind] = {}
    body = []
    for part in program.parts:
        if id(part.kind) not in kinds:
            kinds[id(part.kind)] = _scalar_kind(part.kind, program, keep)
        body.append(replace(part, kind=kinds[id(part.kind)]))
    given = tuple(_bare(q, lambda a: a.name != keep) for q in program.given)
    return Program(given, tuple(body), {s: v for s, v in program.sizes.items() if not s.name.startswith("n[")})


def _scalar_kind(kind: Kind, program: Program, keep: str | None) -> Kind:
    known = {q.symbol: q for q in (*program.given, *kind.reads, *kind.given, *(e.quantity for e in kind.equations))}

    def bare(q: Quantity) -> Quantity:
        return _bare(q, lambda a: a.name != keep)

    equations = []
    for e in kind.equations:
        kept = _kept_symbols(e, known, keep)
        pairs = zip(e.indices, e.quantity.axes, strict=True)
        indices = tuple(i for i, axis in pairs if axis.name == keep)
        expression = scalar_expression(e.expression, _not_in(kept))
        equations.append(Equation(bare(e.quantity), indices, expression))
    return Kind(tuple(map(bare, kind.given)), tuple(equations), tuple(map(bare, kind.reads)))


def _not_in(kept: set[sp.Symbol]) -> Dropped:
    return lambda s: s not in kept


def _kept_symbols(e: Equation, known: dict[sp.Symbol, Quantity], keep: str | None) -> set[sp.Symbol]:
    """The indices and sizes of the axis that stays."""
    places = [(e.quantity, e.indices)]
    places += [(known[base_of(x)], tuple(x.indices)) for x in leaves(e.expression) if isinstance(x, sp.Indexed)]
    kept: set[sp.Symbol] = set()
    for q, at in places:
        for axis, idx in zip(q.axes, at, strict=True):
            if axis.name == keep:
                kept |= idx.free_symbols | axis.size.free_symbols
    return kept


def degenerates(program: Program) -> bool:
    """Does some equation stop to depend on what it reads when every axis is 1? A softmax over one entry is 1."""
    seen: set[int] = set()
    for part in program.parts:
        if id(part.kind) in seen:
            continue
        seen.add(id(part.kind))
        for e in part.kind.equations:
            before = {base_of(x) for x in leaves(e.expression) if not x.is_integer}
            after = {base_of(x) for x in leaves(scalar_expression(e.expression)) if not x.is_integer}
            if before - after:
                return True
    return False
