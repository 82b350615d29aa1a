"""Layers to a program: kinds written once for the label l, parts at their labels, the loss, data as an axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import sympy as sp

from symbackprop.language.errors import NetworkError
from symbackprop.language.indices import base_of, fresh, indices_of, leaves, symbols_in
from symbackprop.language.notation import Batch
from symbackprop.language.program import Kind, Part, Program
from symbackprop.language.quantity import LABEL, Axis, Domain, Equation, Label, Quantity, size
from symbackprop.networks.layers import DENSE_ROLES, Layer
from symbackprop.networks.losses import Loss
from symbackprop.networks.reading import read_layer
from symbackprop.networks.regularisers import LAMBDA, Regulariser, with_penalty

DATA = sp.Symbol("m", integer=True, positive=True)
"""The number of data."""
J = Quantity("J", None, (), "loss")


@dataclass(frozen=True)
class Built:
    """A program and what its loss is called."""

    program: Program
    loss: Quantity
    output: Quantity


def build(
    inputs: sp.Expr, layers: Sequence[Layer], loss: Loss, batch: Batch, regulariser: Regulariser | None = None
) -> Built:
    """The program of a stack of layers. Raises NetworkError or SyntaxProblem."""
    asked = (inputs, *(layer.size for layer in layers if layer.size is not None))
    if batch != "none" and any(DATA in n.free_symbols for n in asked):
        raise NetworkError("m is the number of data here; give the layer of size m another name")
    sizes: dict[sp.Symbol, sp.Expr] = {size(0): inputs}
    before = Quantity("a", 0, (Axis("unit", size(0)),), "input")
    x = _datum(before, batch)
    parts: list[Part] = []
    uniform = True
    for position, layer in enumerate(layers, start=1):
        if layer.name is None:
            assert layer.size is not None
            sizes[size(position)] = layer.size
            kind = _dense(layer.formulas, batch) if uniform else _dense_after(layer, before, position, batch)
            parts.append(Part(kind, position))
            before = Quantity("a", position, (Axis("unit", size(position)),), "activation")
            uniform = True
        else:
            kind = _batched(_own(layer, before), batch)
            parts.append(Part(kind, None))
            before = _unbatched(kind.equations[-1].quantity, batch)
            uniform = False
    target = _target(loss, before)
    equations = _loss(loss, before, target, batch)
    y = _datum(target, batch)
    reads = tuple(_datum(q, batch) for q in (before, target))
    given: tuple[Quantity, ...] = (x, y)
    if regulariser is not None:
        parameters = [q.stamped(p.label or 0, {}) for p in parts for q in p.kind.given]
        last, more = with_penalty(regulariser, equations[-1], parameters, sp.S.One if batch == "none" else DATA)
        equations, reads, given = (*equations[:-1], *last), (*reads, *more), (x, y, LAMBDA)
    parts.append(Part(Kind((), equations, reads), None))
    return Built(Program(given, tuple(parts), sizes), J, before)


@lru_cache(maxsize=256)
def _dense(formulas: tuple[str, ...], batch: Batch) -> Kind:
    """The kind of a dense layer: one object for all layers of one activation."""
    before = Quantity("a", LABEL - 1, (Axis("unit", size(LABEL - 1)),), "activation")
    return _batched(_kind(formulas, before, LABEL, {"j": size(LABEL)}), batch)


def _dense_after(layer: Layer, before: Quantity, position: int, batch: Batch) -> Kind:
    """A dense layer behind a layer with names of its own: a kind that occurs once."""
    return _batched(_kind(layer.formulas, before, position, {"j": size(position)}), batch)


def _kind(formulas: tuple[str, ...], before: Quantity, label: Label, sizes: Mapping[str, sp.Expr]) -> Kind:
    given, equations = read_layer(formulas, {"x": before}, label, sizes, DENSE_ROLES)
    return Kind(given, equations, (before,))


def _own(layer: Layer, before: Quantity) -> Kind:
    given, equations = read_layer(layer.formulas, {"x": before}, layer.name, layer.sizes)
    if not equations[-1].quantity.axes:
        raise NetworkError(f"the last formula of the layer {layer.name} defines a single number; its output needs an "
                           f"index, such as h[j]: {layer.formulas[-1]}")
    return Kind(given, equations, (before,))


def _target(loss: Loss, output: Quantity) -> Quantity:
    """What the loss compares the output with: numbers of its shape, or the number of one class."""
    axes = () if loss.target == "label" else output.axes
    return Quantity("y", None, axes, "target", domain=Domain(loss.target, output.axes[0].size))


def _loss(loss: Loss, output: Quantity, target: Quantity, batch: Batch) -> tuple[Equation, ...]:
    """``J = …`` for one datum; for data ``L[k] = …`` and ``J = 1/m Σ_k L[k]``."""
    if len(output.axes) != 1:
        raise NetworkError(f"the loss {loss.name} is written for an output with one axis; {output.name} has "
                           f"{len(output.axes)}")
    name = "J" if batch == "none" else "L"
    _, equations = read_layer([f"{name} = {loss.formula}"], {"a": output, "y": target}, None, {}, {name: "loss"},
                              parameters_allowed=False)
    if batch == "none":
        return equations
    per_datum = _with_datum(equations[0], {}, batch)
    k = per_datum.indices[0]
    mean = Equation(J, (), sp.Sum(per_datum.quantity.at(k), (k, 1, DATA)) / DATA)
    return per_datum, mean


# data as an axis


def _datum(q: Quantity, batch: Batch) -> Quantity:
    """The quantity with an axis over the data; parameters have none."""
    if batch == "none":
        return q
    axis = Axis("datum", DATA)
    return replace(q, axes=(*q.axes, axis) if batch == "columns" else (axis, *q.axes))


def _unbatched(q: Quantity, batch: Batch) -> Quantity:
    return q if batch == "none" else replace(q, axes=tuple(a for a in q.axes if a.name != "datum"))


def _batched(kind: Kind, batch: Batch) -> Kind:
    """The kind over data: every quantity but the parameters gets an axis, every equation an index, over the data."""
    if batch == "none":
        return kind
    parameters = {q.symbol: q for q in kind.given}
    equations = tuple(_with_datum(e, parameters, batch) for e in kind.equations)
    return Kind(kind.given, equations, tuple(_datum(q, batch) for q in kind.reads))


def _with_datum(equation: Equation, parameters: Mapping[sp.Symbol, Quantity], batch: Batch) -> Equation:
    k = fresh(symbols_in(equation.expression) | set(equation.indices), "k")
    mapping: dict[sp.Basic, sp.Basic] = {}
    for leaf in leaves(equation.expression):
        if base_of(leaf) not in parameters and not leaf.is_integer:
            at = (*indices_of(leaf), k) if batch == "columns" else (k, *indices_of(leaf))
            mapping[leaf] = sp.Indexed(sp.IndexedBase(base_of(leaf)), *at)
    indices = (*equation.indices, k) if batch == "columns" else (k, *equation.indices)
    return Equation(_datum(equation.quantity, batch), indices, equation.expression.xreplace(mapping))
