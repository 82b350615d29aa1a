"""Line, Step, Chapter, Derivation: the record of how each gradient was reached. Its last line is the result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, TypeAlias, cast

import sympy as sp

from symbackprop.language.errors import DerivationError, depth_needed, nearest
from symbackprop.language.functions import Partial
from symbackprop.language.indices import Limit, base_of, leaves
from symbackprop.language.program import Program
from symbackprop.language.quantity import DEPTH, Equation, Label, Place, Quantity, Sizes, at_label, relabel, stamp

Reason: TypeAlias = tuple[str, tuple[sp.Expr, ...]]
"""A sentence key and the formulas that the sentence holds."""
FactorRole = Literal["partial", "adjoint", "value", "delta", "bracket"]


@dataclass(frozen=True)
class Factor:
    """One factor of a product, where a person would write it."""

    expression: sp.Expr
    role: FactorRole = "value"


@dataclass(frozen=True)
class Product:
    """``Σ_over f1 · f2 · …``, in that order: SymPy's Mul reorders, drops the factor 1, merges w·w."""

    factors: tuple[Factor, ...]
    over: tuple[Limit, ...] = ()

    @cached_property
    def expression(self) -> sp.Expr:
        product = sp.Mul(*(f.expression for f in self.factors))
        return sp.Sum(product, *self.over) if self.over else product


@dataclass(frozen=True)
class Line:
    """A sum of ordered products: one line of a derivation. ``expression`` is its SymPy value."""

    products: tuple[Product, ...]

    @cached_property
    def expression(self) -> sp.Expr:
        return sp.Add(*(p.expression for p in self.products))

    @property
    def reads(self) -> tuple[sp.Symbol, ...]:
        """The symbols this line reads, in the order in which they stand."""
        factors = (f for p in self.products for f in p.factors)
        return tuple(dict.fromkeys(base_of(leaf) for f in factors for leaf in leaves(f.expression)))


def line(*expressions: sp.Expr, over: tuple[Limit, ...] = ()) -> Line:
    """A line of one product."""
    return Line((Product(tuple(Factor(e) for e in expressions), over),))


@dataclass(frozen=True)
class Step:
    """``before = after`` by a rule. ``because`` is a sentence key with its formulas: which terms vanish, and why."""

    rule: str
    before: Line
    after: Line
    because: Reason | None = None


@dataclass(frozen=True)
class Local:
    """A local derivative ``∂z[j]/∂w[j,i]`` reached step by step: ``differentiate``, ``contract``, ``numbers``, …"""

    partial: Partial
    steps: tuple[Step, ...]

    @property
    def result(self) -> Line:
        return self.steps[-1].after


@dataclass(frozen=True)
class Path:
    """One of several ways from a quantity to the loss: through which quantity it goes first, and what it adds."""

    through: sp.Expr
    line: Line


@dataclass(frozen=True)
class Chapter:
    """The derivation of one gradient: of ``of`` by ``by``; ``quantity`` is the name it gets (``dW[2]``).

    ``indices`` are the free indices of its lines. ``locals`` are the local derivatives of the path, ``remarks`` say
    where unfolding stopped. ``paths`` are what each of several paths adds, none where there is one path only. Refuses
    a broken chain of steps.
    """

    quantity: Quantity
    of: Quantity
    by: Quantity
    indices: tuple[sp.Symbol, ...]
    steps: tuple[Step, ...]
    locals: tuple[Local, ...] = ()
    remarks: tuple[Reason, ...] = ()
    paths: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        for earlier, later in zip(self.steps, self.steps[1:], strict=False):
            if earlier.after != later.before:
                raise DerivationError(f"broken chain in {self.quantity.name}: '{later.rule}' does not begin where "
                                      f"'{earlier.rule}' ended")

    @property
    def result(self) -> Line:
        return self.steps[-1].after

    @property
    def equation(self) -> Equation:
        return Equation(self.quantity, self.indices, self.result.expression)

    def stamped(self, label: Place, sizes: Sizes) -> Chapter:
        """This chapter of a kind, at one layer."""
        def at(q: Quantity) -> Quantity:
            return q.stamped(label, sizes)

        return Chapter(at(self.quantity), at(self.of), at(self.by), self.indices,
                       tuple(stamp_step(s, label, sizes) for s in self.steps),
                       tuple(stamp_local(item, label, sizes) for item in self.locals),
                       tuple(stamp_reason(r, label, sizes) for r in self.remarks),
                       tuple(Path(stamp(p.through, label, sizes), stamp_line(p.line, label, sizes))
                             for p in self.paths))


def stamp_reason(reason: Reason, label: Place, sizes: Sizes) -> Reason:
    return reason[0], tuple(stamp(e, label, sizes) for e in reason[1])


def stamp_local(item: Local, label: Place, sizes: Sizes) -> Local:
    partial = stamp(item.partial, label, sizes)
    return Local(partial, tuple(stamp_step(s, label, sizes) for s in item.steps))


def stamp_step(step: Step, label: Place, sizes: Sizes) -> Step:
    because = stamp_reason(step.because, label, sizes) if step.because else None
    return Step(step.rule, stamp_line(step.before, label, sizes), stamp_line(step.after, label, sizes), because)


def stamp_line(at: Line, label: Place, sizes: Sizes) -> Line:
    products = []
    for p in at.products:
        over = tuple((i, stamp(lo, label, sizes), stamp(hi, label, sizes)) for i, lo, hi in p.over)
        factors = tuple(replace(f, expression=stamp(f.expression, label, sizes)) for f in p.factors)
        products.append(Product(factors, over))
    return Line(tuple(products))


@dataclass(frozen=True)
class Assumption:
    """What is taken for granted: ``relu'(0) = 0``; arrays are 0 outside their range. Texts by sentence key."""

    key: str
    formulas: tuple[sp.Expr, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A chapter of the record: a template and the label it is stamped with (None: as it is).

    With ``last`` the chapter is the general one: it holds for every layer ``l`` from 1 to ``last``.
    """

    name: str
    template: Chapter
    label: Place | None = None
    last: Place | None = None

    def at(self, label: Place) -> Entry:
        """The same template at another label."""
        return Entry(f"d{relabel(self.template.by.name, label)}", self.template, label)


@dataclass(frozen=True, eq=False)
class Derivation:
    """The backward pass of a program: one chapter a gradient, in reverse order. ``named`` are the names of the
    adjoints that the notation names and reuses.

    Where the depth is a symbol, ``assumed`` are the general chapters one layer on, at ``l + 1``: what the induction
    from the last layer backwards takes as known. They are looked up, but are no chapters of their own."""

    forward: Program
    of: Quantity
    entries: tuple[Entry, ...]
    named: frozenset[str]
    wrt: tuple[str, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    prefix: str = "d"
    """What an adjoint's name has before that of its quantity: ``ds/d`` where ``d`` is taken by first derivatives."""
    assumed: tuple[Entry, ...] = ()
    _made: dict[str, Chapter] = field(default_factory=dict, repr=False)

    @cached_property
    def by_name(self) -> Mapping[str, Entry]:
        return {e.name: e for e in (*self.entries, *self.assumed)}

    @cached_property
    def _roles(self) -> dict[str, list[Entry]]:
        result: dict[str, list[Entry]] = {}
        for entry in (*self.entries, *self.assumed):
            result.setdefault(entry.template.by.role, []).append(entry)
        return result

    def of_role(self, role: str) -> list[Entry]:
        """The entries whose quantity has that role, in order."""
        return self._roles.get(role, [])

    def chapter(self, name: str) -> Chapter:
        """The chapter of an adjoint by its name in the record, ``dW[2]``. Made when first asked for."""
        if name not in self._made:
            entry = self.by_name.get(name)
            if entry is None:
                raise DerivationError(f"{name} is not derived here; {nearest(name, self.by_name)}")
            chapter = entry.template
            if entry.label is not None or self.forward.sizes:
                chapter = chapter.stamped(entry.label or 0, self.forward.sizes)
            self._made[name] = chapter
        return self._made[name]

    @property
    def chapters(self) -> Iterator[Chapter]:
        return (self.chapter(e.name) for e in self.entries)

    def __getitem__(self, key: str | tuple[str, Label]) -> Chapter:
        letter, label = key if isinstance(key, tuple) else (key, None)
        return self.chapter(self.prefix + (letter if label is None else f"{letter}[{label}]"))

    def at_depth(self, depth: int) -> Derivation:
        """The derivation for a number of layers, where this one is for a symbol: its chapters stamped, none derived."""
        if self.forward.run is None:
            raise DerivationError("the number of layers is a number here already")
        if depth < 1:
            raise DerivationError(f"a network has at least one layer, not {depth}")
        found = self._instances(depth)
        entries = tuple(e.at(label) for e, label in found)
        named = frozenset(new.name for new, (e, _) in zip(entries, found, strict=True) if e.name in self.named)
        asked = {f"d{name}": k for k, name in enumerate(self.wrt)}
        wrt = sorted((label, asked[e.name], e.at(label).name[1:]) for e, label in found if e.name in asked)
        return Derivation(self.forward.at_depth(depth), self.of, entries, named, tuple(name for *_, name in wrt),
                          self.assumptions)  # fmt: skip

    def _instances(self, depth: int) -> list[tuple[Entry, int]]:
        """Each entry with each layer of a network of that depth for which it stands: the last layer first, within one
        in the order of the record."""
        found = [(e, label) for e in self.entries for label in _labels(e, depth)]
        return sorted(found, key=lambda pair: -pair[1])

    def stamped_from(self, depth: int) -> dict[str, str]:
        """For each name of the derivation at that depth the name of the chapter it was stamped from."""
        return {e.at(label).name: e.name for e, label in self._instances(depth)}

    @cached_property
    def backward(self) -> Program:
        """The backward pass as a program: what works on a network works on its gradient."""
        if self.forward.run is not None:
            raise depth_needed("the backward pass as a program")
        given = tuple(self.forward.quantities.values())
        return Program(given, tuple(chapter.equation for chapter in self.chapters))

    @cached_property
    def joint(self) -> Program:
        """The forward equations, then the backward ones: how every gradient depends on the parameters. What can be
        derived again; each adjoint takes along what it is the derivative of, and by. Raises DerivationError for third
        derivatives."""
        forward = self.forward
        if any(q.by is not None for q in forward.quantities.values()):
            raise DerivationError(f"third derivatives (those of {self.of.name} derived again) are not part of this "
                                  "version")
        given = tuple(q.stamped(0, forward.sizes) for q in forward.given)
        adjoints = (replace(c.equation, quantity=replace(c.quantity, of=c.of, by=c.by)) for c in self.chapters)
        return Program(given, (*forward.body, *adjoints), forward.sizes)

    def uses(self, chapter: Chapter) -> tuple[str, ...]:
        """Names of the quantities the result reads, in order: reuse is read off the mathematics."""
        adjoints = {c.quantity.symbol: c.quantity.name for c in self.chapters} if self._small else {}
        names = {**{s: q.name for s, q in self.forward.by_symbol.items()}, **adjoints}
        return tuple(names.get(s, s.name) for s in chapter.result.reads if s in names or s.name in self.by_name)

    @property
    def _small(self) -> bool:
        # adjoints named after a user's own symbols need a look-up; labelled ones carry their name
        return len(self.entries) <= 200


def _labels(entry: Entry, depth: int) -> list[int]:
    """The layers of a network of that depth for which an entry of symbolic depth stands."""
    if entry.last is not None:
        return list(range(1, cast(int, at_label(entry.last, DEPTH, depth)) + 1))
    label = cast(int, at_label(entry.label, DEPTH, depth))
    # of the input, a[0], nothing is derived
    return [label] if label >= 1 else []


def partials(at: Line) -> Iterator[Partial]:
    """The formal partial derivatives that stand in a line, in order."""
    for p in at.products:
        for f in p.factors:
            if isinstance(f.expression, Partial):
                yield f.expression

