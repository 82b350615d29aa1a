"""Of what network a wrong formula would be right; and why a right one looks wrong and is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache, partial
from operator import mul
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.claim import Claim, Term
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.functions import Named
from symbackprop.language.indices import base_of, leaves
from symbackprop.language.program import Program
from symbackprop.language.quantity import Equation, Quantity
from symbackprop.language.report import Diagnosis
from symbackprop.verify.change import nodes
from symbackprop.verify.dependence import Dependence
from symbackprop.verify.point import Point
from symbackprop.verify.setting import Setting
from symbackprop.verify.values import UnfitError, Values, functions_of

Condition = tuple[str, dict[str, str], Program]
Same = Callable[[Point, Any, Any], bool]
SMALL = sp.Rational(1, 500)
OTHERS = ("sigmoid", "tanh")
"""Smooth ones: at one point what holds for relu holds on one side of its kink only."""


def conditions(program: Program) -> Iterator[Condition]:
    """Variants of a network, each with the key of what is different and the words for it."""
    setting = Setting(program)
    loss = _datum_loss(program)
    if loss is None:
        return
    yield "if-loss-without-half", {}, _changed(program, loss, lambda e: 2 * e)
    yield "if-loss-halved", {}, _changed(program, loss, lambda e: e / 2)
    for size, kind in setting.sizes.items():
        if kind == "datum":
            yield "if-loss-summed", {"size": str(size)}, _changed(program, _whole(program), _times(size))
        else:
            yield "if-outputs-summed", {"size": str(size)}, _changed(program, loss, partial(mul, size))
            yield "if-outputs-averaged", {"size": str(size)}, _changed(program, loss, partial(mul, 1 / size))
    yield from _activations(program, setting)
    yield from _losses(program, setting, loss)
    yield from _softmax(program, setting, loss)
    yield from _constants(program)


def _datum_loss(program: Program) -> str | None:
    return next((q.name for q in program.quantities.values() if q.role == "loss"), None)


def _whole(program: Program) -> str:
    return [q.name for q in program.quantities.values() if q.role == "loss"][-1]


def _times(size: sp.Expr) -> Callable[[sp.Expr], sp.Expr]:
    """The mean over the data as a sum; a penalty beside it stays."""

    def change(e: sp.Expr) -> sp.Expr:
        return sp.Add(*(t if t.has(sp.Symbol("R")) else t * size for t in sp.Add.make_args(e)))

    return change


def _changed(program: Program, name: str, change: Callable[[sp.Expr], sp.Expr]) -> Program:
    return _with(program, [replace(e, expression=change(e.expression)) if e.quantity.name == name else e
                           for e in program.equations])


def _with(program: Program, equations: list[Equation]) -> Program:
    return Program(tuple(program.all_given), tuple(equations), program.sizes)


def _activations(program: Program, setting: Setting) -> Iterator[Condition]:
    out = setting.output
    if out is None or out.name not in program.definitions:
        return
    e = program.definitions[out.name]
    inner = {base_of(x): x for x in leaves(e.expression) if base_of(x) in program.by_symbol}
    if len(inner) == 1:
        z = program.by_symbol[next(iter(inner))]
        if z.axes == out.axes and e.expression != z.at(*e.indices):
            yield "if-linear-output", {"z": z.name}, _changed(program, out.name, lambda _: z.at(*e.indices))
    every = {c.__name__: c for c in Named.__subclasses__()}
    for here, function in functions_of(program).items():
        for other in OTHERS:
            if other != here and other in every:
                changed = [replace(q, expression=q.expression.replace(function, every[other]))
                           for q in program.equations]
                yield "if-activation", {"function": here, "other": other}, _with(program, changed)


def _units(q: Quantity, target: Equation, j: sp.Symbol) -> tuple[int, sp.Expr, tuple[sp.Expr, ...]] | None:
    """The axis of the units of an output as its number and its size, and the place of unit j of the datum of a loss."""
    units = [k for k, axis in enumerate(q.axes) if axis.name != "datum"]
    if len(units) != 1 or len(q.axes) != 1 + len(target.indices):
        return None
    places = tuple(j if k == units[0] else target.indices[0] for k in range(len(q.axes)))
    return units[0], q.axes[units[0]].size, places


def _softmax(program: Program, setting: Setting, loss: str) -> Iterator[Condition]:
    out, y, target = setting.output, program.quantities.get("y"), program.definitions[loss]
    named = {o: z for z, (_, o) in setting.slopes.items()}
    if out is None or y is None or y.axes != out.axes or out.name not in named:
        return
    e = program.definitions[out.name]
    j, p = sp.Symbol("j", integer=True), sp.Symbol("p", integer=True)
    found = _units(out, target, j)
    if found is None:
        return
    unit, size, places = found
    z = program.quantities[named[out.name]]
    others = tuple(p if k == unit else i for k, i in enumerate(e.indices))
    soft = sp.exp(z.at(*e.indices)) / sp.Sum(sp.exp(z.at(*others)), (p, 1, size))
    changed = {out.name: soft, loss: -sp.Sum(y.at(*places) * sp.log(out.at(*places)), (j, 1, size))}
    yield "if-softmax-cross-entropy", {}, _with(program, [
        replace(q, expression=changed.get(q.quantity.name, q.expression)) for q in program.equations])


def _losses(program: Program, setting: Setting, loss: str) -> Iterator[Condition]:
    """The other of the two losses that are taken for one another: squares, and the cross-entropy of each output."""
    out, y, target = setting.output, program.quantities.get("y"), program.definitions[loss]
    j = sp.Symbol("j", integer=True)
    found = _units(out, target, j) if out is not None and y is not None and y.axes == out.axes else None
    if found is None or out is None or y is None:
        return
    _, size, places = found
    a, t = out.at(*places), y.at(*places)
    if target.expression.has(sp.log):
        key, term = "if-loss-squares", (a - t) ** 2 / 2
    else:
        key, term = "if-loss-cross-entropy", -t * sp.log(a) - (1 - t) * sp.log(1 - a)
    yield key, {}, _changed(program, loss, lambda _: sp.Sum(term, (j, 1, size)))


def _constants(program: Program) -> Iterator[Condition]:
    small = {n for e in program.equations for n in e.expression.atoms(sp.Rational, sp.Float) if 0 < n < SMALL}
    if small:
        yield "if-epsilon-zero", {}, _with(program, [
            replace(e, expression=e.expression.xreplace({n: sp.Integer(0) for n in small})) for e in program.equations])
    if "lambda" in program.quantities:
        yield "if-without-regulariser", {}, _with(program, [
            replace(e, expression=e.expression.xreplace({sp.Symbol("lambda"): sp.Integer(0)}))
            for e in program.equations])


@lru_cache(maxsize=32)
def _variants(program: Program) -> tuple[Condition, ...]:
    return tuple(conditions(program))


def conditional(claim: Claim, point: Point, same: Same) -> Iterator[Diagnosis]:
    """The conditions under which a claim is right: it is judged again at a point of each variant."""
    if point.seeds or set(point.given) != {q.name for q in point.program.all_given}:
        return
    for key, words, program in _variants(point.program):
        given = _summing_to_one(point.given, program) if key == "if-softmax-cross-entropy" else point.given
        other = Point(program, point.sizes, given, point.ops, point.same, Dependence(program))
        try:
            left, right = other.sides(claim)
            # what is 0 on both sides says nothing
            if np.any(np.asarray(left, dtype=object) != 0) and same(point, left, right):
                yield Diagnosis(key, words, edits=1)
        except (SymbackpropError, ArithmeticError, ValueError, TypeError):
            continue


def _summing_to_one(given: Any, program: Program) -> dict[str, Any]:
    y = np.array(given["y"], dtype=object)
    over = next(k for k, axis in enumerate(program.quantities["y"].axes) if axis.name != "datum")
    units = np.moveaxis(y, over, 0)
    units[-1] = 1 - units[:-1].sum(axis=0)
    return {**given, "y": y}


# right, though it looks wrong


def fine(left: Term, right: Term, setting: Setting, point: Point) -> Iterator[Diagnosis]:
    """Why a right formula differs from the usual one: kinds that begin with ``fine-``."""
    if left.kind == "neg":
        yield Diagnosis("fine-sign-convention", {})
    yield from _vanishing(right, point)
    yield from _path_of_nothing(left, right, setting, point)
    yield from _mean_elsewhere(left, right, setting)
    if any(_through_output(t, setting) for t in nodes(right)):
        yield Diagnosis("fine-slope-through-output", {})


def _vanishing(right: Term, point: Point) -> Iterator[Diagnosis]:
    if right.kind != "add":
        return
    values = Values(point, exact=True)
    for arg in right.args:
        try:
            if arg.kind != "number" and not any(np.asarray(values.of(arg), dtype=object).ravel()):
                yield Diagnosis("fine-vanishing-term", {}, span=(arg.at, arg.end))
        except UnfitError:
            continue


def _path_of_nothing(left: Term, right: Term, setting: Setting, point: Point) -> Iterator[Diagnosis]:
    """A reader of the quantity whose derivative by it is 0: the variance, by the mean."""
    used = {t.name for t in nodes(right)}
    for reader, reads in setting.direct.items() if left.kind == "adjoint" else ():
        if left.name in reads and reader not in used and setting.quantities[reader].role == "auxiliary":
            found = np.asarray(point.derivative(reader, left.name), dtype=object)
            if not any(found.ravel()):
                yield Diagnosis("fine-vanishing-path", {"name": reader, "by": left.name})


def _mean_elsewhere(left: Term, right: Term, setting: Setting) -> Iterator[Diagnosis]:
    losses = [q for q in setting.quantities.values() if q.role == "loss"]
    if setting.data is None or len(losses) < 2 or left.name not in setting.parameters:
        return
    divided = any((t.kind == "size" and t.size == setting.data) or t.mean for t in nodes(right))
    whole = any(t.kind == "adjoint" and t.of == losses[-1].name and t.name in setting.quantities
                and any(a.name == "datum" for a in setting.quantities[t.name].axes) for t in nodes(right))
    if whole and not divided:
        yield Diagnosis("fine-mean-elsewhere", {"size": str(setting.data)})


def _through_output(term: Term, setting: Setting) -> bool:
    """1 − a, or 1 − a²."""
    if term.kind != "add" or len(term.args) != 2 or term.args[0].kind != "number":
        return False
    other = term.args[1]
    outputs = {a for _, a in setting.slopes.values()}
    return other.kind == "neg" and any(t.name in outputs for t in nodes(other))
