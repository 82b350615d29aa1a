"""Layers to a program: kinds written once for the label l, parts at their labels, the loss, data as an axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

import sympy as sp

from symbackprop.language.errors import NetworkError, SymbackpropError, SyntaxProblem, nearest
from symbackprop.language.indices import base_of, fresh, indices_of, leaves, symbols_in
from symbackprop.language.notation import Batch
from symbackprop.language.program import Kind, Part, Program
from symbackprop.language.quantity import (
    DEPTH,
    LABEL,
    PARAMETERS,
    Axis,
    Domain,
    Equation,
    Label,
    Place,
    Quantity,
    size,
)
from symbackprop.networks.kinds import AROUND
from symbackprop.networks.layers import DENSE_ROLES, ROLES, Layer, Shape, Written, dense_formulas, leading, shown
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
    inputs: Shape, layers: Sequence[Layer], loss: Loss, batch: Batch, regulariser: Regulariser | None = None
) -> Built:
    """The program of a stack of layers. Raises NetworkError or SyntaxProblem."""
    asked = (*inputs, *(layer.size for layer in layers if layer.size is not None))
    if batch != "none" and any(DATA in n.free_symbols for n in asked):
        raise NetworkError("m is the number of data here; give the layer of size m another name")
    axes = (Axis("unit", size(0)),) if len(inputs) == 1 else tuple(Axis("unit", n) for n in inputs)
    first = Quantity("a", 0, axes, "input")
    stack = _Stack(batch, {size(0): inputs[0]} if len(inputs) == 1 else {}, first, uniform=len(inputs) == 1)
    for layer in layers:
        stack.add(layer)
    before = stack.before
    target = _target(loss, before)
    equations = _loss(loss, before, target, batch)
    reads = tuple(_datum(q, batch) for q in (before, target))
    given: tuple[Quantity, ...] = (_datum(first, batch), _datum(target, batch))
    if regulariser is not None:
        parameters = [q.stamped(p.label or 0, {}) for p in stack.parts for q in p.kind.given if q.role in PARAMETERS]
        last, more = with_penalty(regulariser, equations[-1], parameters, sp.S.One if batch == "none" else DATA)
        equations, reads, given = (*equations[:-1], *last), (*reads, *more), (*given, LAMBDA)
    parts = (*stack.parts, Part(Kind((), equations, reads), None))
    return Built(Program(given, parts, stack.sizes), J, before)


@dataclass
class _Stack:
    """Layers put one upon the other so far; ``before`` is the output of the last. ``uniform``: it is that of a dense
    layer, written for the label l, so that the next may be too."""

    batch: Batch
    sizes: dict[sp.Symbol, sp.Expr]
    before: Quantity
    uniform: bool
    parts: list[Part] = field(default_factory=list)
    position: int = 0

    def add(self, layer: Layer) -> None:
        try:
            self._add(layer)
        except SymbackpropError as problem:
            raise problem.at(layer.where(str(problem))) from None

    def _add(self, layer: Layer) -> None:
        if layer.inner:
            self._around(layer)
        elif layer.write is not None:
            written = layer.write(self._shape(self.before), self.batch)
            if isinstance(written, Written):
                self._written(layer, written, {"x": self.before})
            elif layer.tied:
                raise NetworkError(f"tied belongs to a layer with parameters of its own, and {layer.kind} is several")
            else:
                for part in written:
                    self.add(part)
        elif layer.name is not None:
            self._written(layer, Written(layer.formulas, layer.sizes, layer.given), {"x": self.before})
        else:
            self._dense(layer)

    def _shape(self, q: Quantity) -> Shape:
        return q.stamped(0, self.sizes).shape

    def _dense(self, layer: Layer) -> None:
        assert layer.size is not None
        self.position += 1
        self.sizes[size(self.position)] = layer.size
        units = Axis("unit", size(self.position))
        label: int | None = self.position
        if self.uniform and len(self.before.axes) == 1 and not layer.tied:
            kind = _dense(layer.formulas, self.batch)
        else:
            if layer.tied:  # a matrix of another layer has the sizes that it has there
                units, self.before = Axis("unit", layer.size), self.before.stamped(0, self.sizes)
            lead = leading(self.before.shape)
            written = Written(dense_formulas(layer.activation or "sigmoid", lead), {"j": units.size})
            kind = self._kind(layer, written, {"x": self.before}, self.position)
            label = label if len(self.before.axes) == 1 and not layer.tied else None
        self.parts.append(Part(kind, label))
        self.before = Quantity("a", self.position, (*self.before.axes[:-1], units), "activation")
        self.uniform = len(self.before.axes) == 1

    def _around(self, layer: Layer) -> None:
        outer = self.before
        for part in layer.inner:
            self.add(part)
        write = AROUND[layer.kind][0]
        self._written(layer, write(self._shape(outer), self._shape(self.before)), {"x": outer, "f": self.before})

    def _written(self, layer: Layer, written: Written, inputs: Mapping[str, Quantity]) -> None:
        if layer.name and any(part.kind.equations[0].quantity.layer == layer.name for part in self.parts):
            raise NetworkError(f"two layers are called {layer.name}; arrays are told apart by the name of their layer")
        self.position += 1
        if layer.write or layer.inner:  # written for the numbers of its input; a user's layer holds for any
            inputs = {name: q.stamped(0, self.sizes) for name, q in inputs.items()}
        kind = self._kind(layer, written, inputs, layer.name or self.position)
        if not kind.equations[-1].quantity.axes:
            raise NetworkError(f"the last formula of the layer {layer.name} defines a single number; its output needs "
                               f"an index, such as h[j]: {layer.formulas[-1]}")
        self.parts.append(Part(kind, None))
        self.before = _unbatched(kind.equations[-1].quantity, self.batch)
        self.uniform = False

    def _kind(self, layer: Layer, written: Written, inputs: Mapping[str, Quantity], label: Label) -> Kind:
        """The kind of a layer that occurs once."""
        tied = {name: self._array(whose) for name, whose in layer.tied.items()}
        roles = DENSE_ROLES if layer.kind == "dense" and layer.name is None else ROLES if layer.write else {}
        known = {n: _datum(q, self.batch) for n, q in inputs.items()} if written.mixes else dict(inputs)
        read = partial(read_layer, written.formulas, label=label, sizes=written.sizes, roles=roles,
                       given=written.given)
        try:
            given, equations = read(inputs=known)
            self._check_tied(given, tied, written.formulas)
        except SyntaxProblem:
            if not tied:
                raise
        if tied:  # read anew even where it could not be read without: a size may be known from the tied array alone
            given, equations = read(inputs={**known, **tied})
        reads = (*inputs.values(), *tied.values())
        if written.mixes:
            return Kind(given, tuple(map(_with_data, equations)), (*known.values(), *tied.values()))
        return _batched(Kind(given, equations, reads), self.batch, written.each)

    def _check_tied(self, own: Sequence[Quantity], tied: Mapping[str, Quantity], formulas: Sequence[str]) -> None:
        """An array that stands for another has its shape."""
        shapes = {q.letter: q.stamped(0, self.sizes).shape for q in own}
        for name, other in tied.items():
            if name not in shapes:
                raise NetworkError(f"tied names {name}, which is no parameter here; {nearest(name, shapes)}, in "
                                   f"{formulas[0]}")
            if shapes[name] != other.shape:
                reads = next(f for f in formulas if f"{name}[" in f)
                raise NetworkError(f"tied to {other.name}, whose shape is {shown(other.shape)}, but {name} has the "
                                   f"shape {shown(shapes[name])}, in {reads}")

    def _array(self, name: str) -> Quantity:
        """A parameter of an earlier layer, for a layer that is tied to it."""
        known = {q.name: q for part in self.parts for q in _stamped(part, self.sizes) if q.role in PARAMETERS}
        if name not in known:
            raise NetworkError(f"tied to {name}, which is no parameter of an earlier layer; {nearest(name, known)}")
        return known[name]


def _stamped(part: Part, sizes: Mapping[sp.Symbol, sp.Expr]) -> list[Quantity]:
    return [q.stamped(part.label or 0, sizes) for q in part.kind.given]


def build_deep(inputs: sp.Expr, hidden: Layer, last: Layer, loss: Loss, batch: Batch) -> Built:
    """The program of a stack whose number of layers is a symbol: a run of hidden layers, the last one, the loss.

    Every part is written for the label ``l``, the loss too: what holds for layer L is stamped like all else.
    """
    before = _of_layer(LABEL - 1, hidden)
    out = _of_layer(LABEL, last)
    target = _target(loss, out)
    inner, outer = (_dense_kind(layer.formulas, before, _units(LABEL, layer), batch) for layer in (hidden, last))
    # one kind where the layers agree, so that they are derived alike
    outer = inner if hidden.formulas == last.formulas else outer
    # L is the number of layers here, so the loss of one datum is E
    mean = Kind((), _loss(loss, out, target, batch, "E"), tuple(_datum(q, batch) for q in (out, target)))
    x = replace(before, layer=0, axes=(Axis("unit", inputs),), role="input")
    y = _target(loss, _of_layer(DEPTH, last))
    parts = (Part(inner, LABEL, DEPTH - 1), Part(outer, DEPTH), Part(mean, DEPTH))
    return Built(Program((_datum(x, batch), _datum(y, batch)), parts), J, out)


def _units(label: Place, layer: Layer) -> sp.Expr:
    """The number of units at a label of a network of symbolic depth: that of every layer, or a symbol."""
    assert layer.size is not None
    return layer.size if layer.size.is_Integer else size(label)


def _of_layer(label: Place, layer: Layer) -> Quantity:
    return Quantity("a", label, (Axis("unit", _units(label, layer)),), "activation")


@lru_cache(maxsize=256)
def _dense(formulas: tuple[str, ...], batch: Batch) -> Kind:
    """The kind of a dense layer: one object for all layers of one activation."""
    before = Quantity("a", LABEL - 1, (Axis("unit", size(LABEL - 1)),), "activation")
    return _dense_kind(formulas, before, size(LABEL), batch)


def _dense_kind(formulas: tuple[str, ...], before: Quantity, units: sp.Expr, batch: Batch) -> Kind:
    """A dense layer written for the label l."""
    given, equations = read_layer(formulas, {"x": before}, LABEL, {"j": units}, DENSE_ROLES)
    return _batched(Kind(given, equations, (before,)), batch)


def _with_data(e: Equation) -> Equation:
    """The equation of a layer that writes the data's own index: its axis is that of the data."""
    axes = tuple(replace(a, name="datum") if a.size == DATA else a for a in e.quantity.axes)
    return Equation(replace(e.quantity, axes=axes), e.indices, e.expression)


def _target(loss: Loss, output: Quantity) -> Quantity:
    """What the loss compares the output with: numbers of its shape, or the number of one class a place."""
    axes = output.axes[:-1] if loss.target == "label" else output.axes
    return Quantity("y", None, axes, "target", domain=Domain(loss.target, output.axes[-1].size))


def _loss(
    loss: Loss, output: Quantity, target: Quantity, batch: Batch, letter: str = "L"
) -> tuple[Equation, ...]:
    """``J = …`` for one datum; for data ``L[k] = …`` and ``J = 1/m Σ_k L[k]``. Along the axes before the last, the
    places of a sequence or of an image, the mean is taken."""
    name = "J" if batch == "none" else letter
    lead = len(output.axes) - 1
    here = {letter: replace(q, axes=q.axes[lead:]) for letter, q in (("a", output), ("y", target))}
    _, equations = read_layer([f"{name} = {loss.formula}"], here, None, {}, {name: "loss"}, parameters_allowed=False)
    per_place = _over_places(equations[0], (output, target))
    if batch == "none":
        return (per_place,)
    per_datum = _with_datum(per_place, {}, batch)
    k = per_datum.indices[0]
    mean = Equation(J, (), sp.Sum(per_datum.quantity.at(k), (k, 1, DATA)) / DATA)
    return per_datum, mean


def _over_places(e: Equation, read: Sequence[Quantity]) -> Equation:
    """``1/T Σ_t`` of a loss that is written for one place."""
    axes = read[0].axes[:-1]
    if not axes:
        return e
    taken: set[sp.Basic] = set(symbols_in(e.expression))
    places: list[sp.Symbol] = []
    for _ in axes:
        places.append(fresh(taken | set(places), "t"))
    bases = {q.symbol for q in read}
    mapping = {leaf: sp.Indexed(sp.IndexedBase(base_of(leaf)), *places, *indices_of(leaf))
               for leaf in leaves(e.expression) if base_of(leaf) in bases}
    total = sp.Sum(e.expression.xreplace(mapping), *((t, 1, a.size) for t, a in zip(places, axes, strict=True)))
    return Equation(e.quantity, e.indices, total / sp.Mul(*(a.size for a in axes)))


# data as an axis


def _datum(q: Quantity, batch: Batch) -> Quantity:
    """The quantity with an axis over the data; parameters have none."""
    if batch == "none":
        return q
    axis = Axis("datum", DATA)
    return replace(q, axes=(*q.axes, axis) if batch == "columns" else (axis, *q.axes))


def _unbatched(q: Quantity, batch: Batch) -> Quantity:
    return q if batch == "none" else replace(q, axes=tuple(a for a in q.axes if a.name != "datum"))


def _batched(kind: Kind, batch: Batch, each: bool = False) -> Kind:
    """The kind over data: every quantity but the parameters gets an axis, every equation an index, over the data. What
    else is given is one for all data, a mask of attention, or another for ``each``, one of a dropout."""
    if batch == "none":
        return kind
    tied = [q for q in kind.reads if q.role in PARAMETERS]
    parameters = {q.symbol: q for q in (*tied, *kind.given) if q.role in PARAMETERS or not each}
    given = tuple(q if q.symbol in parameters else _datum(q, batch) for q in kind.given)
    equations = tuple(_with_datum(e, parameters, batch) for e in kind.equations)
    return Kind(given, equations, tuple(q if q in tied else _datum(q, batch) for q in kind.reads))


def _with_datum(equation: Equation, parameters: Mapping[sp.Symbol, Quantity], batch: Batch) -> Equation:
    k = fresh(symbols_in(equation.expression) | set(equation.indices), "k")
    mapping: dict[sp.Basic, sp.Basic] = {}
    for leaf in leaves(equation.expression):
        if base_of(leaf) not in parameters and not leaf.is_integer:
            at = (*indices_of(leaf), k) if batch == "columns" else (k, *indices_of(leaf))
            mapping[leaf] = sp.Indexed(sp.IndexedBase(base_of(leaf)), *at)
    indices = (*equation.indices, k) if batch == "columns" else (k, *equation.indices)
    return Equation(_datum(equation.quantity, batch), indices, equation.expression.xreplace(mapping))
