"""Shapes of terms: a vector is a column, its transpose a row; what does not fit is said in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import sympy as sp

from symbackprop.language.claim import ANY, Term
from symbackprop.language.program import Program

Size: TypeAlias = sp.Expr | None
Shape: TypeAlias = tuple[Size, ...]
"""() is a number; of a column the second size is None, of a row the first: there is no such axis."""


class Misfit(Exception):  # noqa: N818 (a word of the report)
    """Shapes that do not go together. ``term`` is where."""

    def __init__(self, words: str, term: Term | None = None) -> None:
        super().__init__(words)
        self.term = term


@dataclass
class Shapes:
    """Shapes in one program. ``numbers`` are the values of size symbols, for telling whether two axes are equal."""

    program: Program
    numbers: Mapping[sp.Symbol, int] = field(default_factory=dict)
    known: dict[Term, Shape] = field(default_factory=dict)

    def of(self, term: Term) -> Shape:
        """The shape of a term. Raises Misfit."""
        if term not in self.known:
            self.known[term] = self._of(term)
        return self.known[term]

    def length(self, size: Size) -> sp.Expr:
        return sp.S.One if size is None else size.xreplace({s: sp.Integer(n) for s, n in self.numbers.items()})

    def fits(self, one: Size, other: Size) -> bool:
        if ANY in (one, other):
            return None not in (one, other)
        return one is other or bool(self.length(one) == self.length(other))

    def single(self, size: Size) -> bool:
        return self.fits(size, None)

    def alike(self, one: Shape, other: Shape) -> bool:
        """Are these equal, a number being 1 × 1?"""
        if () in (one, other):
            return all(self.single(n) for n in (*one, *other))
        return len(one) == len(other) and all(map(self.fits, one, other))

    def number(self, shape: Shape) -> bool:
        """One entry: a number, or an array with nothing but axes of length 1."""
        return all(self.single(n) for n in shape)

    def _quantity(self, name: str) -> Shape:
        sizes = self.program.shapes[name]
        return (*sizes, None) if len(sizes) == 1 else tuple(sizes)

    def _of(self, term: Term) -> Shape:
        kind, args = term.kind, term.args
        if kind in ("quantity", "adjoint"):
            return () if term.indices else self._quantity(term.name)
        if kind == "partial":
            return self._partial(term)
        if kind == "ones":
            return (term.size, None)
        if kind in ("neg", "apply", "sum"):
            return self.of(args[0])
        if kind == "transpose":
            inner = self.of(args[0])
            if len(inner) > 2:
                raise Misfit(f"{shown(args[0])} has {len(inner)} axes: which of them are swapped?", term)
            return inner[::-1]
        if kind in ("add", "hadamard"):
            return self._together(term)
        if kind in ("matmul", "outer", "scale"):
            return {"matmul": self._matmul, "outer": self._outer, "scale": self._scale}[kind](term)
        if kind in ("divide", "power"):
            return self._over(term)
        if kind == "total":
            return self._total(term)
        if kind == "column":
            return (self.of(args[0])[0], None)
        if kind == "diag":
            inner = self.of(args[0])
            if len(inner) != 2 or not any(n is None for n in inner):
                raise Misfit(f"diag takes a vector, and {shown(args[0])} is {words(inner)}", term)
            size = inner[0] if inner[0] is not None else inner[1]
            return (size, size)
        return ()

    def _partial(self, term: Term) -> Shape:
        top, bottom = term.args
        if top.indices or bottom.indices:
            sides = [self.of(t) for t in term.args]
            if any(sides):
                raise Misfit("a derivative of an entry by a whole array; give both indices, or neither", term)
            return ()
        one, other = self._quantity(top.name), self._quantity(bottom.name)
        if self.number(one):
            return other
        if self.number(other):
            return one
        if one[1:] == other[1:] == (None,):
            return (one[0], other[0])
        raise Misfit(f"a derivative of {top.name}, {words(one)}, by {bottom.name}, {words(other)}, is no matrix; "
                     "write it for entries", term)

    def _together(self, term: Term) -> Shape:
        shapes = [self.of(a) for a in term.args]
        whole = shapes[0]
        for shape, arg in zip(shapes[1:], term.args[1:], strict=True):
            if self.alike(whole, shape):
                whole = _known(whole, shape) if len(whole) == len(shape) else max(whole, shape, key=len)
            elif self.number(whole) or self.number(shape):
                # numbers may be added to arrays; so may an entry, which is how 1 - a is meant
                whole = shape if self.number(whole) else whole
            else:
                whole = self._stretched(whole, shape, term, arg)
        return whole

    def _stretched(self, one: Shape, other: Shape, term: Term, arg: Term) -> Shape:
        """A vector added to every datum: only along the axis over data."""
        if len(one) == len(other):
            sizes = [m if n is None or n is ANY or (self.fits(n, m) and m is not ANY) else
                     n if m is None or m is ANY else False for n, m in zip(one, other, strict=True)]
            new = [m if n is None else n for n, m in zip(one, other, strict=True) if (n is None) != (m is None)]
            if False not in sizes and all(self._data(n) for n in new):
                return tuple(sizes)
        verb = "are added" if term.kind == "add" else "are multiplied element by element"
        raise Misfit(f"{shown(term.args[0])} is {words(one)} and {shown(arg)} is {words(other)}, and they {verb}", term)

    def _data(self, size: Size) -> bool:
        return size is not None and any(size == n for name, n in self.program.axes() if name in ("datum", "time"))

    def _matmul(self, term: Term) -> Shape:
        left, right = (self.of(a) for a in term.args)
        if len(left) != 2 or len(right) != 2 or not self.fits(left[1], right[0]):
            raise Misfit(f"{shown(term.args[0])} is {words(left)} and {shown(term.args[1])} is {words(right)}: "
                         "a product of them does not fit", term)
        return () if left[0] is None and right[1] is None else (left[0], right[1])

    def _outer(self, term: Term) -> Shape:
        sizes = []
        for arg in term.args:
            shape = self.of(arg)
            if len(shape) != 2 or not any(map(self.single, shape)):
                raise Misfit(f"an outer product takes vectors, and {shown(arg)} is {words(shape)}", term)
            sizes.append(shape[0] if not self.single(shape[0]) or (self.single(shape[1]) and shape[0] is not None)
                         else shape[1])
        return tuple(sizes)

    def _scale(self, term: Term) -> Shape:
        arrays = [s for s in map(self.of, term.args) if s]
        large = [s for s in arrays if not self.number(s)]
        if len(large) > 1:
            raise Misfit(f"{shown(term.args[0])} and {shown(term.args[-1])} are both arrays", term)
        return (large or arrays or [()])[0]

    def _over(self, term: Term) -> Shape:
        top, bottom = map(self.of, term.args)
        if self.number(bottom):
            return top if top or not bottom else bottom
        if self.number(top):
            return bottom
        if self.alike(top, bottom):
            return _known(top, bottom) if len(top) == len(bottom) else bottom
        if term.kind == "power":
            raise Misfit(f"the exponent is {words(bottom)}", term)
        return self._stretched(top, bottom, term, term.args[1])

    def _total(self, term: Term) -> Shape:
        inner = self.of(term.args[0])
        if not inner or term.axis >= len(inner):
            raise Misfit(f"{shown(term.args[0])} is {words(inner)}: there is no axis {term.axis} to sum over", term)
        rest = tuple(None if k == term.axis else n for k, n in enumerate(inner))
        return () if all(n is None for n in rest) else rest


def _known(one: Shape, other: Shape) -> Shape:
    """Of two shapes that are alike the lengths that are known."""
    return tuple(m if n is ANY else n for n, m in zip(one, other, strict=True))


def shown(term: Term) -> str:
    """A short name for a term in a sentence."""
    if term.kind in ("quantity", "adjoint"):
        return f"d{term.of}/d{term.name}" if term.kind == "adjoint" else term.name
    if term.kind == "transpose":
        return shown(term.args[0]) + "ᵀ"
    if term.kind == "apply" and term.args[0].kind == "quantity":
        return f"{term.name}({shown(term.args[0])})"
    return {"add": "the sum", "neg": "the term", "matmul": "the product", "hadamard": "the product",
            "outer": "the product"}.get(term.kind, "the factor")  # fmt: skip


def words(shape: Shape) -> str:
    """``2 × 4``, ``a column of 2``, ``a number``."""
    if not shape:
        return "a number"
    if len(shape) == 2 and shape[1] is None:
        return f"a column of {shape[0]}"
    if len(shape) == 2 and shape[0] is None:
        return f"a row of {shape[1]}"
    return " × ".join(str(n) for n in shape)
