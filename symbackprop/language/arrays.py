"""Array expressions: what a matrix form is made of. Each node knows its shape; prints and code are read off it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import sympy as sp

Shape = tuple[sp.Expr, ...]


@dataclass(frozen=True)
class Elementwise:
    """An array over ``indices`` whose entries are ``expression``: W (over j,i), σ'(z) (over j), (a − y)/n (over j).

    Every Indexed in it is read at exactly these indices, in this order, so they may be dropped in print and in code.
    """

    expression: sp.Expr
    indices: tuple[sp.Symbol, ...]
    sizes: Shape

    @property
    def shape(self) -> Shape:
        return self.sizes


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
class Total:
    """A sum of arrays of one shape."""

    terms: tuple[Array, ...]

    @cached_property
    def shape(self) -> Shape:
        return self.terms[0].shape


Array = Elementwise | Ones | Transpose | Matmul | Outer | Hadamard | Diagonal | Scaled | Total


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
