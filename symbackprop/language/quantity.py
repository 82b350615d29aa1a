"""Axis, Quantity, Equation: the nouns of an index equation ``z[j] = Σ_i W[j,i] a[i] + b[j]``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Literal, TypeAlias

import sympy as sp

Role = Literal[
    "weight", "bias", "parameter", "pre-activation", "activation", "input", "target", "loss", "adjoint", "auxiliary",
    "direction", "slope", "constant",
]
PARAMETERS: tuple[Role, ...] = ("weight", "bias", "parameter")
LABEL = sp.Symbol("l", integer=True)
"""The label of a kind: its equations are written for layer ``l`` and stamped for each layer."""

DEPTH = sp.Symbol("L", integer=True)
"""The label of the last layer, where the number of layers is a symbol."""

Label: TypeAlias = int | str | sp.Expr | None
Place: TypeAlias = int | sp.Expr
"""The label a kind is stamped with: a number, or ``L``, ``L - 1``, ``l + 1`` where the depth is a symbol."""
Sizes: TypeAlias = Mapping[sp.Symbol, sp.Expr]


@cache
def index(name: str) -> sp.Symbol:
    """The index symbol of that name (one object a name: fresh symbols are what costs time in SymPy)."""
    return sp.Symbol(name, integer=True)


@cache
def size(label: int | str | sp.Expr) -> sp.Symbol:
    """The symbol of the number of units of a layer, ``n[label]``."""
    return sp.Symbol(f"n[{label}]", integer=True, positive=True)


@cache
def symbol(name: str) -> sp.Symbol:
    """The symbol that stands for the quantity of that name."""
    return sp.Symbol(name)


_LABELLED = re.compile(r"(.+)\[l(?: ([+-]) (\d+))?\]")


@cache
def relabel(name: str, label: Place) -> str:
    """``z[l - 1]`` at label 3 is ``z[2]``, at label ``L`` it is ``z[L - 1]``; a name without the label ``l`` stays."""
    match = _LABELLED.fullmatch(name)
    if not match:
        return name
    stem, sign, shift = match.groups()
    return f"{stem}[{label + (int(sign + shift) if sign else 0)}]"


@dataclass(frozen=True)
class Axis:
    """One direction of an array: the units of a layer, the data. ``size`` is a SymPy expression."""

    name: str
    size: sp.Expr


DomainKind = Literal["number", "probability", "distribution", "one-hot", "label", "sign"]


@dataclass(frozen=True)
class Domain:
    """What the entries of a given array may be: class numbers from 1 to ``count``, ±1, probabilities that sum to 1."""

    kind: DomainKind
    count: sp.Expr = sp.S.One


@dataclass(frozen=True)
class Quantity:
    """A named array of the network. No axes: a scalar.

    ``own`` is the user's symbol where the network was handed in as SymPy equations, so that results
    come back in it. ``of`` and ``by``: what an adjoint is the derivative of, and by, once it has left its chapter to
    be differentiated again. ``domain`` is what a loss declares of its target; None where nobody has said.
    """

    letter: str
    layer: Label = None
    axes: tuple[Axis, ...] = ()
    role: Role = "auxiliary"
    own: sp.Symbol | None = None
    of: Quantity | None = None
    by: Quantity | None = None
    domain: Domain | None = None

    @cached_property
    def name(self) -> str:
        """``z[1]``, ``W[gate]``, ``J``: the name in the record, whatever a notation prints."""
        return self.letter if self.layer is None else f"{self.letter}[{self.layer}]"

    @cached_property
    def symbol(self) -> sp.Symbol:
        return self.own if self.own is not None else symbol(self.name)

    @property
    def shape(self) -> tuple[sp.Expr, ...]:
        return tuple(axis.size for axis in self.axes)

    def at(self, *indices: sp.Expr) -> sp.Expr:
        """The entry at these indices: a Symbol for a scalar, else an Indexed."""
        if len(indices) != len(self.axes):
            raise ValueError(f"{self.name} has {len(self.axes)} axes, not {len(indices)}")
        return sp.Indexed(sp.IndexedBase(self.symbol), *indices) if indices else self.symbol

    @property
    def adjoint(self) -> Quantity:
        """The quantity that holds the derivative of the loss by this one: ``da[2]`` for ``a[2]``."""
        return self.adjoint_called("d")

    def adjoint_called(self, prefix: str) -> Quantity:
        """The adjoint by its prefix: ``d`` for ``da[2]``, or ``ds/d`` for ``ds/da[2]`` where ``da[2]`` is taken."""
        own = None if self.own is None else symbol(f"{prefix}{self.own.name}")
        return Quantity(f"{prefix}{self.letter}", self.layer, self.axes, "adjoint", own)

    @property
    def prefix(self) -> str:
        """What stands before the name of a quantity in that of the derivative of this one by it: ``ds/d``."""
        return f"d{self.letter}{'' if self.layer is None else self.layer}/d"

    def stamped(self, label: Place, sizes: Sizes) -> Quantity:
        """This quantity of a kind, at one layer."""
        layer = at_label(self.layer, LABEL, label)
        axes = tuple(replace(axis, size=stamp(axis.size, label, sizes)) for axis in self.axes)
        by = None if self.by is None else self.by.stamped(label, sizes)
        domain = replace(self.domain, count=stamp(self.domain.count, label, sizes)) if self.domain else None
        return replace(self, layer=layer, axes=axes, by=by, domain=domain)


@dataclass(frozen=True)
class Equation:
    """``quantity[indices] := expression``, for every value of the indices."""

    quantity: Quantity
    indices: tuple[sp.Symbol, ...]
    expression: sp.Expr

    @property
    def target(self) -> sp.Expr:
        return self.quantity.at(*self.indices)

    def renamed(self, mapping: Mapping[sp.Symbol, sp.Symbol], shift: int) -> Equation:
        """The equation with its quantities renamed and its own layer moved on by ``shift``."""
        q = self.quantity
        axes = tuple(replace(axis, size=axis.size.xreplace(dict(mapping))) for axis in q.axes)
        layer = q.layer + shift if isinstance(q.layer, sp.Expr) else q.layer
        return Equation(replace(q, layer=layer, axes=axes), self.indices, self.expression.xreplace(dict(mapping)))

    def stamped(self, label: Place, sizes: Sizes) -> Equation:
        return Equation(self.quantity.stamped(label, sizes), self.indices, stamp(self.expression, label, sizes))


def at_label(layer: Label, of: sp.Symbol, value: Place) -> Label:
    """A label with a value for ``l`` or ``L`` in it: a number where that makes it one."""
    if not isinstance(layer, sp.Expr):
        return layer
    found = layer.xreplace({of: sp.sympify(value)})  # safe: a number or an expression, never text
    return int(found) if found.is_Integer else found


def stamp(expression: sp.Expr, label: Place, sizes: Sizes) -> sp.Expr:
    """An expression of a kind at one layer: every ``z[l - 1]`` and ``n[l]`` with its number."""
    if expression.is_Symbol:
        return _stamped(expression, label, sizes)
    if not expression.args:
        return expression
    mapping = {atom: _stamped(atom, label, sizes) for atom in expression.atoms(sp.Symbol)}
    return expression.xreplace({old: new for old, new in mapping.items() if old is not new})


def _stamped(atom: sp.Symbol, label: Place, sizes: Sizes) -> sp.Expr:
    name = relabel(atom.name, label)
    if name == atom.name:
        return sizes.get(atom, atom) if atom.is_positive else atom
    if not name.startswith("n["):
        return symbol(name)
    renamed = size_named(name)
    return sizes.get(renamed, renamed)


@cache
def size_named(name: str) -> sp.Symbol:
    """The size symbol ``n[3]`` from its name."""
    return sp.Symbol(name, integer=True, positive=True)
