"""Program: a network is an ordered list of index equations, and nothing else.

Layers of one kind share their equations, written once for the label ``l`` and stamped when asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

import sympy as sp

from symbackprop.language.errors import NetworkError, nearest
from symbackprop.language.indices import base_of, indices_of, leaves, limits
from symbackprop.language.quantity import DEPTH, LABEL, Equation, Place, Quantity, at_label, relabel, size, stamp
from symbackprop.language.recurrence import Loop, in_order
from symbackprop.language.reductions import Binder


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
    """A kind at one label (None: the kind's equations are concrete as they are).

    With ``last`` it is a run: the kind at every label ``l`` from 1 to ``last``, in a program of symbolic depth.
    """

    kind: Kind
    label: Place | None = None
    last: Place | None = None

    @property
    def places(self) -> tuple[Place | None, ...]:
        """The labels that names are known at: of a run the general one, the one after it, and the last."""
        return (self.label,) if self.last is None else (LABEL, LABEL + 1, self.last)


def _recurrences(body: Iterable[Equation | Part]) -> Iterator[Equation | Loop | Part]:
    """The body with the equations that stand bare, one after the other, in order, a recurrence as one loop."""
    run: list[Equation] = []
    for item in body:
        if isinstance(item, Equation):
            run.append(item)
        else:
            yield from in_order(run)
            run = []
            yield item
    yield from in_order(run)


def check_equation(equation: Equation, known: Mapping[sp.Symbol, Quantity]) -> None:
    """Arity, nothing unbound, every index used on axes of one size. Raises NetworkError with the equation.

    In a derived equation an index may run over a part of an axis: of ``a = (x, f)``, joined, ``dx[i] = da[i]`` reads
    the first entries only."""
    shown = f"{equation.target} = {equation.expression}"
    if len(set(equation.indices)) != len(equation.indices):
        raise NetworkError(f"an index stands twice on the left of {shown}")
    sizes = dict(zip(equation.indices, equation.quantity.shape, strict=True))
    _check_expression(equation.expression, known, sizes, _Shown(shown, equation.quantity.role == "adjoint"))


@dataclass(frozen=True)
class _Shown:
    """An equation that is checked, in words. ``derived``: an index may run over a part of an axis."""

    words: str
    derived: bool

    def __str__(self) -> str:
        return self.words


def _check_expression(
    e: sp.Basic, known: Mapping[sp.Symbol, Quantity], sizes: Mapping[sp.Symbol, sp.Expr], shown: _Shown
) -> None:
    """The ranges of bound indices hold within their sum only: two sums may give one name to different axes."""
    if isinstance(e, Binder):
        own = {i: hi if lo == 1 else hi - lo + 1 for i, lo, hi in limits(e)}
        _check_expression(e.function, known, {**sizes, **own}, shown)
    elif isinstance(e, sp.Indexed | sp.Symbol):
        _check_leaf(e, known, sizes, shown)
    elif isinstance(e, sp.Subs):
        for leaf in leaves(e):
            _check_leaf(leaf, known, sizes, shown)
    else:
        for arg in e.args:
            _check_expression(arg, known, sizes, shown)


def _check_leaf(
    leaf: sp.Expr, known: Mapping[sp.Symbol, Quantity], sizes: Mapping[sp.Symbol, sp.Expr], shown: _Shown
) -> None:
    quantity = known.get(base_of(leaf))
    if quantity is None:
        # a size is a positive integer by construction, or whatever symbol the user bounded an axis with
        if leaf in sizes or (leaf.is_positive and leaf.is_integer) or _is_length(leaf, known):
            return
        raise NetworkError(f"{leaf} is not bound in {shown}: sum over it, or give it")
    if len(indices_of(leaf)) != len(quantity.axes):
        raise NetworkError(f"{quantity.name} has {len(quantity.axes)} axes, but stands as {leaf} in {shown}")
    for idx, axis in zip(indices_of(leaf), quantity.axes, strict=True):
        free = [s for s in idx.free_symbols if s not in sizes and not s.is_positive]
        if free:
            raise NetworkError(f"index {free[0]} of {leaf} is not bound in {shown}: sum over it or give it")
        # an affine index (stride*i + k) may leave the range: arrays are 0 there, so it fixes no size
        part = shown.derived and idx in sizes and (axis.size - sizes[idx]).is_nonnegative
        if idx in sizes and sizes[idx] != axis.size and not part:
            raise NetworkError(f"index {idx} runs over {sizes[idx]} and over {axis.size} ({quantity.name}) in {shown}")


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
    _places: dict[str, tuple[Quantity, Equation | None, Place | None]] = field(default_factory=dict, init=False)

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

    def _shape(self, quantity: Quantity, label: Place | None) -> tuple[sp.Expr, ...]:
        return tuple(stamp(s, label or 0, self.sizes) for s in quantity.shape)

    def _check_part(self, part: Part, defined: dict[str, tuple[sp.Expr, ...]]) -> None:
        """The seam of a part to what stands before it; of a run also that of one of its layers to the next."""
        self._check_reads(part.kind, part.label if part.last is None else 1, defined)
        for label in part.places:
            if label == LABEL + 1:
                self._check_reads(part.kind, label, defined)
            self._add(part.kind, label, defined)

    def _check_reads(self, kind: Kind, label: Place | None, defined: dict[str, tuple[sp.Expr, ...]]) -> None:
        for quantity in kind.reads:
            name = quantity.name if label is None else relabel(quantity.name, label)
            if name not in defined:
                raise NetworkError(f"{name} is used before it is defined")
            expected = self._shape(quantity, label)
            if defined[name] != expected:
                raise NetworkError(
                    f"shapes do not meet: {name} has shape {defined[name]}, but {expected} is read from it"
                )

    def _add(self, kind: Kind, label: Place | None, defined: dict[str, tuple[sp.Expr, ...]]) -> None:
        made = [(q, None) for q in kind.given] + [(e.quantity, e) for e in kind.equations]
        for quantity, equation in made:
            name = quantity.name if label is None else relabel(quantity.name, label)
            self._define(defined, name, self._shape(quantity, label))
            self._places[name] = (quantity, equation, label)

    @cached_property
    def run(self) -> Part | None:
        """The layers of which there are as many as a symbol says; None where the depth is a number."""
        return next((p for p in self.parts if p.last is not None), None)

    def at_depth(self, depth: int) -> Program:
        """A program of symbolic depth with that many layers; sizes ``n[2]`` that nobody gave are called ``n2``."""
        parts: list[Part] = []
        for part in self.parts:
            if part.last is None:
                parts.append(Part(part.kind, cast("int | None", at_label(part.label, DEPTH, depth))))
            else:
                end = cast(int, at_label(part.last, DEPTH, depth))
                parts += [Part(part.kind, label) for label in range(1, end + 1)]
        counted = any(size(LABEL) in s.free_symbols for shape in self.shapes.values() for s in shape)
        sizes = {size(k): sp.Symbol(f"n{k}", integer=True, positive=True) for k in range(depth + 1) if counted}
        given = tuple(q.stamped(0, {size(DEPTH): sizes.get(size(depth), size(depth)), **sizes}) for q in self.given)
        return Program(given, tuple(parts), {**sizes, **self.sizes})

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """The body as parts; a bare equation is a kind of its own that occurs once."""
        if all(isinstance(item, Part) for item in self.body):
            return tuple(item for item in self.body if isinstance(item, Part))
        known = {q.symbol: q for q in self.given}
        result: list[Part] = []
        for item in _recurrences(self.body):
            if isinstance(item, Part):
                result.append(item)
                new: Iterable[Quantity] = (*item.kind.given, *(e.quantity for e in item.kind.equations))
                if item.label is not None or self.sizes:
                    new = (q.stamped(item.label or 0, self.sizes) for q in new)
                known.update({q.symbol: q for q in new})
            else:
                group = item.equations if isinstance(item, Loop) else (item,)
                bases = dict.fromkeys(base_of(leaf) for e in group for leaf in leaves(e.expression))
                reads = tuple(known[b] for b in bases if b in known)
                result.append(Part(Kind((), group, reads)))
                known.update({e.quantity.symbol: e.quantity for e in group})
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

    @cached_property
    def steps(self) -> tuple[Equation | Loop, ...]:
        """The equations in the order in which they are worked, each recurrence as one loop over its times."""
        return in_order(self.equations)

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

    def defines(self, name: str) -> bool:
        """Is there an equation for this name?"""
        return name in self._places and self._places[name][1] is not None

    @cached_property
    def quantities(self) -> dict[str, Quantity]:
        """Every quantity by name, in order of definition; then, of a run, those one layer on, at its last layer, and
        what its general layer reads."""
        stated = {q.name: q for q in (*self.all_given, *(e.quantity for e in self.equations))}
        if self.run is None:
            return stated
        around = {n: self.quantity(n) for n in self._places if n not in stated}
        return stated | around | {q.name: q for q in self.run.kind.reads}

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
        # the derivative by what somebody calls w2: dw2 for dW[2]
        by = self.lookup(name[1:]) if name[:1] == "d" else None
        if by is not None and f"d{by.name}" in self._places:
            return self.quantity(f"d{by.name}")
        only = [full for full, (q, _, _) in self._places.items() if q.letter == name]
        return self.quantity(only[0]) if len(only) == 1 else None

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
