"""Program: a network is an ordered list of index equations, and nothing else.

Layers of one kind share their equations, written once for the label ``l`` and stamped when asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import sympy as sp

from symbackprop.language.errors import NetworkError, nearest
from symbackprop.language.indices import base_of, indices_of, leaves, limits
from symbackprop.language.quantity import Equation, Quantity, relabel, stamp


@dataclass(frozen=True, eq=False)
class Kind:
    """What layers of one kind have in common: their parameters and equations at label ``l``.

    ``reads`` are quantities of other layers that the equations use. Checked once, on construction: arity, nothing
    unbound, one size an index.
    """

    given: tuple[Quantity, ...]
    equations: tuple[Equation, ...]
    reads: tuple[Quantity, ...] = ()

    def __post_init__(self) -> None:
        known = {q.symbol: q for q in (*self.reads, *self.given, *(e.quantity for e in self.equations))}
        for equation in self.equations:
            check_equation(equation, known)


@dataclass(frozen=True)
class Part:
    """A kind at one label (None: the kind's equations are concrete as they are)."""

    kind: Kind
    label: int | None = None


def check_equation(equation: Equation, known: Mapping[sp.Symbol, Quantity]) -> None:
    """Arity, nothing unbound, every index used on axes of one size. Raises NetworkError with the equation."""
    shown = f"{equation.target} = {equation.expression}"
    if len(set(equation.indices)) != len(equation.indices):
        raise NetworkError(f"an index stands twice on the left of {shown}")
    free = dict(zip(equation.indices, equation.quantity.shape, strict=True))
    for leaf, sizes in _scoped(equation.expression, free):
        _check_leaf(leaf, known, sizes, shown)
        if isinstance(leaf, sp.Indexed):
            quantity = known[base_of(leaf)]
            for idx, axis in zip(indices_of(leaf), quantity.axes, strict=True):
                # an affine index (stride*i + k) may leave the range: arrays are 0 there, so it fixes no size
                if isinstance(idx, sp.Symbol) and sizes.get(idx, axis.size) != axis.size:
                    raise NetworkError(f"index {idx} runs over {sizes[idx]} and over {axis.size} ({quantity.name}) in "
                                       f"{shown}")


def _scoped(
    e: sp.Basic, sizes: Mapping[sp.Symbol, sp.Expr]
) -> Iterator[tuple[sp.Expr, Mapping[sp.Symbol, sp.Expr]]]:
    """Every leaf with the ranges of the indices bound where it stands: another sum may bind a name anew."""
    if isinstance(e, sp.Sum):
        bound = {i: upper if lower == 1 else upper - lower + 1 for i, lower, upper in limits(e)}
        yield from _scoped(e.function, {**sizes, **bound})
    elif e.has(sp.Sum) and not isinstance(e, sp.Subs):
        for arg in e.args:
            yield from _scoped(arg, sizes)
    else:
        yield from ((leaf, sizes) for leaf in leaves(e))


def _check_leaf(
    leaf: sp.Expr, known: Mapping[sp.Symbol, Quantity], sizes: Mapping[sp.Symbol, sp.Expr], shown: str
) -> None:
    quantity = known.get(base_of(leaf))
    if quantity is None:
        # a size is a positive integer by construction, or whatever symbol the user bounded an axis with
        if leaf in sizes or (leaf.is_positive and leaf.is_integer) or _is_length(leaf, known):
            return
        raise NetworkError(f"{leaf} is not bound in {shown}: sum over it, or give it")
    if len(indices_of(leaf)) != len(quantity.axes):
        raise NetworkError(f"{quantity.name} has {len(quantity.axes)} axes, but stands as {leaf} in {shown}")
    for idx in indices_of(leaf):
        free = [s for s in idx.free_symbols if s not in sizes and not s.is_positive]
        if free:
            raise NetworkError(f"index {free[0]} of {leaf} is not bound in {shown}: sum over it or give it")


def _is_length(s: sp.Expr, known: Mapping[sp.Symbol, Quantity]) -> bool:
    return any(s in axis.size.free_symbols for q in known.values() for axis in q.axes)


@dataclass(frozen=True, eq=False)
class Program:
    """Given quantities, then equations in an order in which each uses only what stands before it.

    ``body`` holds equations as they are, or parts: a kind at a label. ``sizes`` gives the size symbols ``n[l]``
    their values (numbers or symbols).
    """

    given: tuple[Quantity, ...]
    body: tuple[Equation | Part, ...]
    sizes: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)
    shapes: dict[str, tuple[sp.Expr, ...]] = field(default_factory=dict, init=False)
    """The shape of every quantity by name."""
    _places: dict[str, tuple[Quantity, Equation | None, int | None]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        defined = self.shapes
        for quantity in self.given:
            self._define(defined, quantity.name, self._shape(quantity, None))
            self._places[quantity.name] = (quantity, None, None)
        for part in self.parts:
            self._check_part(part, defined)

    def _define(self, defined: dict[str, tuple[sp.Expr, ...]], name: str, shape: tuple[sp.Expr, ...]) -> None:
        if name in defined:
            raise NetworkError(f"{name} is defined twice; every quantity is defined once")
        defined[name] = shape

    def _shape(self, quantity: Quantity, label: int | None) -> tuple[sp.Expr, ...]:
        return tuple(stamp(s, label or 0, self.sizes) for s in quantity.shape)

    def _check_part(self, part: Part, defined: dict[str, tuple[sp.Expr, ...]]) -> None:
        for quantity in part.kind.reads:
            name = quantity.name if part.label is None else relabel(quantity.name, part.label)
            if name not in defined:
                raise NetworkError(f"{name} is used before it is defined")
            expected = self._shape(quantity, part.label)
            if defined[name] != expected:
                raise NetworkError(
                    f"shapes do not meet: {name} has shape {defined[name]}, but {expected} is read from it"
                )
        made = [(q, None) for q in part.kind.given] + [(e.quantity, e) for e in part.kind.equations]
        for quantity, equation in made:
            name = quantity.name if part.label is None else relabel(quantity.name, part.label)
            self._define(defined, name, self._shape(quantity, part.label))
            self._places[name] = (quantity, equation, part.label)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The body as parts; a bare equation is a kind of its own that occurs once."""
        if all(isinstance(item, Part) for item in self.body):
            return tuple(item for item in self.body if isinstance(item, Part))
        known = {q.symbol: q for q in self.given}
        result: list[Part] = []
        for item in self.body:
            if isinstance(item, Part):
                result.append(item)
                new: Iterable[Quantity] = (*item.kind.given, *(e.quantity for e in item.kind.equations))
                if item.label is not None:
                    new = (q.stamped(item.label, self.sizes) for q in new)
                known.update({q.symbol: q for q in new})
            else:
                bases = dict.fromkeys(base_of(leaf) for leaf in leaves(item.expression))
                reads = tuple(known[b] for b in bases if b in known)
                result.append(Part(Kind((), (item,), reads)))
                known[item.quantity.symbol] = item.quantity
        return tuple(result)

    @cached_property
    def all_given(self) -> tuple[Quantity, ...]:
        """Every given quantity: inputs and targets, then parameters layer by layer."""
        inner = [self._at(q, p) for p in self.parts for q in p.kind.given]
        return (*(q.stamped(0, self.sizes) for q in self.given), *inner)

    @cached_property
    def equations(self) -> tuple[Equation, ...]:
        """Every equation, stamped."""
        return tuple(
            e if p.label is None and not self.sizes else e.stamped(p.label or 0, self.sizes)
            for p in self.parts
            for e in p.kind.equations
        )

    def _at(self, quantity: Quantity, part: Part) -> Quantity:
        return quantity.stamped(part.label or 0, self.sizes)

    def quantity(self, name: str) -> Quantity:
        """One quantity by name, without stamping the rest."""
        quantity, _, label = self._places[name]
        return quantity.stamped(label or 0, self.sizes)

    def axes(self) -> Iterator[tuple[str, sp.Expr]]:
        """The name and the size of every axis there is, without stamping anything."""
        for name, (quantity, _, _) in self._places.items():
            for axis, length in zip(quantity.axes, self.shapes[name], strict=True):
                yield axis.name, length

    def definition(self, name: str) -> Equation:
        """The defining equation of one quantity, without stamping the rest."""
        _, equation, label = self._places[name]
        if equation is None:
            raise NetworkError(f"{name} is given, not defined by an equation")
        return equation.stamped(label or 0, self.sizes)

    @cached_property
    def quantities(self) -> dict[str, Quantity]:
        """Every quantity by name, in order of definition."""
        return {q.name: q for q in (*self.all_given, *(e.quantity for e in self.equations))}

    @cached_property
    def by_symbol(self) -> dict[sp.Symbol, Quantity]:
        return {q.symbol: q for q in self.quantities.values()}

    @cached_property
    def definitions(self) -> dict[str, Equation]:
        """The defining equation of each quantity that is not given."""
        return {e.quantity.name: e for e in self.equations}

    def lookup(self, name: str) -> Quantity | None:
        """The quantity somebody calls ``W[2]``, ``w[2]``, ``W2`` or ``x``; None where there is none."""
        if name in self._places:
            return self.quantity(name)
        bare = re.fullmatch(r"(.*?[^\W\d_])_?(\d+)", name)
        tries = [f"{bare[1]}[{bare[2]}]"] if bare else []
        tries += {"x": ["a[0]"], "λ": ["lambda"]}.get(name, [])
        for candidate in (*tries, *(c[0].swapcase() + c[1:] for c in (name, *tries) if c)):
            if candidate in self._places:
                return self.quantity(candidate)
        return None

    def find(self, name: str) -> str:
        """The name in the record of what somebody calls ``W2``. Raises NetworkError with the nearest known name."""
        found = self.lookup(name)
        if found is None:
            raise NetworkError(f"there is no quantity {name} here; {nearest(name, self._places)}")
        return found.name

    def size_named(self, name: str) -> sp.Expr | None:
        """The size that is called so: ``n0`` where the sizes are symbols, ``m`` for the number of data."""
        shapes = {s for q in self.quantities.values() for n in q.shape for s in n.free_symbols}
        return next((s for s in sorted(shapes, key=str) if s.name == name), None)

    def resized(self, sizes: Mapping[sp.Symbol, sp.Expr]) -> Program:
        """The same network at other sizes."""
        return Program(self.given, self.body, {**self.sizes, **sizes})
