"""Array expressions: what a matrix form is made of. Each node knows its shape; prints and code are read off it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import sympy as sp

Shape = tuple[sp.Expr, ...]


@dataclass(frozen=True)
class Elementwise:
    """An array over ``indices`` whose entries are ``expression``: W (over j,i), σ'(z) (over j), (a − y)/n (over j).

    Every Indexed in it is read at exactly these indices, in this order, so they may be dropped in print and in code.
    ``slots`` are arrays of this shape without a name of their own, each with the symbol that stands for it in the
    expression: exp(S − μ 1ᵀ) is exp of a slot.
    """

    expression: sp.Expr
    indices: tuple[sp.Symbol, ...]
    sizes: Shape
    slots: tuple[tuple[sp.Symbol, Array], ...] = ()

    @property
    def shape(self) -> Shape:
        return self.sizes

    @property
    def constant(self) -> bool:
        """Whether the entries depend on their place alone: a causal mask, the identity."""
        return bool(self.indices) and not self.slots and not self.expression.has(sp.Indexed)


@dataclass(frozen=True)
class Ones:
    """The vector of ones."""

    size: sp.Expr

    @property
    def shape(self) -> Shape:
        return (self.size,)


@dataclass(frozen=True)
class Transpose:
    of: Array

    @property
    def shape(self) -> Shape:
        return tuple(reversed(self.of.shape))


@dataclass(frozen=True)
class Matmul:
    """Matrix product; a vector on the right is a column."""

    left: Array
    right: Array

    @property
    def shape(self) -> Shape:
        return (*self.left.shape[:-1], *self.right.shape[1:])


@dataclass(frozen=True)
class Outer:
    """``u vᵀ``."""

    left: Array
    right: Array

    @property
    def shape(self) -> Shape:
        return (*self.left.shape, *self.right.shape)


@dataclass(frozen=True)
class Hadamard:
    """Element-wise product of arrays of one shape."""

    factors: tuple[Array, ...]

    @property
    def shape(self) -> Shape:
        return self.factors[0].shape


@dataclass(frozen=True)
class Diagonal:
    """``diag(u)``: multiplies rows from the left, columns from the right."""

    of: Array

    @property
    def shape(self) -> Shape:
        return (self.of.shape[0], self.of.shape[0])


@dataclass(frozen=True)
class Scaled:
    """A number or a size times an array."""

    scalar: sp.Expr
    of: Array

    @property
    def shape(self) -> Shape:
        return self.of.shape


@dataclass(frozen=True)
class Times:
    """An array times a number that is itself made of arrays: ``a (aᵀ da)``."""

    number: Array
    of: Array

    @property
    def shape(self) -> Shape:
        return self.of.shape


@dataclass(frozen=True)
class Total:
    """A sum of arrays of one shape."""

    terms: tuple[Array, ...]

    @cached_property
    def shape(self) -> Shape:
        return self.terms[0].shape


Array = Elementwise | Ones | Transpose | Matmul | Outer | Hadamard | Diagonal | Scaled | Times | Total


def nodes(array: object) -> Iterator[Array]:
    """Every array that an array is made of, itself first, in the order in which they stand."""
    if isinstance(array, tuple):
        for item in array:
            yield from nodes(item)
    elif isinstance(array, Array):
        yield array
        for f in fields(array):
            yield from nodes(getattr(array, f.name))


def transposed(a: Array) -> Array:
    """The transpose, pushed to the letters: (AB)ᵀ = Bᵀ Aᵀ."""
    if isinstance(a, Transpose):
        return a.of
    if isinstance(a, Matmul):
        return Matmul(transposed(a.right), transposed(a.left))
    if isinstance(a, Outer):
        return Outer(a.right, a.left)
    if isinstance(a, Scaled):
        return Scaled(a.scalar, transposed(a.of))
    if isinstance(a, Total):
        return Total(tuple(transposed(t) for t in a.terms))
    if isinstance(a, Times):
        return Times(a.number, transposed(a.of))
    return a if isinstance(a, Diagonal) else Transpose(a)


_PLACES = (sp.Symbol("_row", integer=True), sp.Symbol("_column", integer=True))


def same(one: object, other: object) -> bool:
    """Whether two arrays are equal, whatever their indices are called: exp(S) over (t, s) and over (t, u)."""
    if isinstance(one, Elementwise) and isinstance(other, Elementwise):
        first, second = (x.expression.xreplace(dict(zip(x.indices, _PLACES, strict=False))) for x in (one, other))
        return bool(first == second) and one.sizes == other.sizes and same(one.slots, other.slots)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if not isinstance(one, Array) or type(one) is not type(other):
        return one == other
    return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))


@dataclass(frozen=True)
class MatrixStep:
    """A line of the way from components to matrices: a component line, or an array, and the rule that led to it."""

    rule: str
    after: object


@dataclass(frozen=True)
class MatrixForm:
    """The matrix form of an equation with its steps; ``array`` is None where there is none, and ``why`` says so."""

    array: Array | None
    steps: tuple[MatrixStep, ...] = ()
    why: str = ""
