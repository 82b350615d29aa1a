"""Terms over arrays at a point: in floats, to search with, or in the numbers of the point, to decide with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.claim import ANY, Term
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.functions import ARGUMENT, Named, prime
from symbackprop.language.program import Program
from symbackprop.numeric.evaluate import evaluate_expression, extent
from symbackprop.numeric.frame import At, Range, Scope
from symbackprop.numeric.interpret import read
from symbackprop.numeric.ops import NUMPY, Ops
from symbackprop.verify.point import Point


class UnfitError(SymbackpropError):
    """Shapes, or indices, that do not go together."""


def functions_of(program: Program) -> dict[str, type[Named]]:
    """The named functions that the equations of a program use, by the name a term calls them by."""
    found = (f for e in program.equations for f in e.expression.atoms(Named))
    return {type(f).__name__: type(f) for f in found if type(f).order == 0}


def as_floats(array: Any) -> Any:
    """What numbers of any kind look like in floats; NaN where one has no such look."""
    flat = [_float(x) for x in np.asarray(array, dtype=object).ravel()]
    return np.array(flat, dtype=float).reshape(np.shape(array))


def _float(x: Any) -> float:
    try:
        return float(getattr(x, "shadow", x))
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def equal(one: Any, other: Any) -> bool:
    """Arrays of floats that may be the same numbers: a first look only, never a verdict."""
    if np.shape(one) != np.shape(other):
        return False
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(one - other) <= 1e-9 * (np.abs(one) + np.abs(other)) + 1e-13))


@dataclass
class Values:
    """``value`` of a term: axes of the frame first, then none for a number, two for an array (a vector is a column)."""

    point: Point
    exact: bool = False
    known: dict[Any, Any] = field(default_factory=dict)
    leaves: dict[Any, Any] = field(default_factory=dict)

    @property
    def ops(self) -> Ops:
        return self.point.ops if self.exact else NUMPY

    def scope(self, arrays: Mapping[sp.Symbol, Any] | None = None) -> Scope:
        return Scope(arrays or {}, self.point.sizes, self.ops)

    def leaf(self, of: str, name: str) -> Any:
        """A quantity (of = ""), or the true derivative of a loss by it."""
        if (of, name) not in self.leaves:
            if name not in self.point.program.quantities:
                raise UnfitError(f"there is no {name} here")
            array = np.asarray(self.point.adjoint(of, name) if of else self.point.value(name))
            self.leaves[of, name] = array if self.exact else as_floats(array)
        return self.leaves[of, name]

    def of(self, term: Term, ranges: tuple[Range, ...] = ()) -> Any:
        """The value of a term over these indices. Raises UnfitError."""
        key = term, ranges
        if key not in self.known:
            try:
                with np.errstate(all="ignore"):
                    self.known[key] = self._of(term, ranges)
            except (UnfitError, ZeroDivisionError, SymbackpropError, ArithmeticError) as problem:
                self.known[key] = problem
        found = self.known[key]
        if isinstance(found, Exception):
            raise UnfitError(str(found))
        return found

    def whole(self, term: Term, ranges: tuple[Range, ...] = ()) -> Any:
        """The array of a term, without axes that are none: a column has one axis."""
        found = self.of(term, ranges)
        shape = [n for _, _, n in ranges]
        here = np.shape(found)[len(ranges):]
        return np.broadcast_to(found, (*shape, *here)).reshape((*shape, *(n for n in here if n != 1)))

    def _of(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        method = getattr(self, "_" + term.kind, None)
        if method is None:
            raise UnfitError(term.kind)
        return method(term, ranges)

    def _args(self, term: Term, ranges: tuple[Range, ...]) -> list[Any]:
        return [self.of(a, ranges) for a in term.args]

    def _framed(self, array: Any, ranges: tuple[Range, ...]) -> Any:
        shape = np.shape(array)
        if len(shape) == 1:
            shape = (*shape, 1)
        return np.reshape(array, (1,) * len(ranges) + tuple(shape))

    def _number(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        n = term.number
        return self._framed(np.asarray(n if self.exact else float(n)), ranges)

    def _size(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        n = extent(term.size, self.point.sizes)
        return self._framed(np.asarray(n if self.exact else float(n)), ranges)

    def _quantity(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        return self._read(self.leaf("", term.name), term.indices, ranges)

    def _adjoint(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        return self._read(self.leaf(term.of, term.name), term.indices, ranges)

    def _read(self, array: Any, indices: tuple[sp.Expr, ...], ranges: tuple[Range, ...]) -> Any:
        if not indices:
            return self._framed(array, ranges)
        if len(indices) != np.ndim(array):
            raise UnfitError("as many indices as axes")
        sizes = {i: n for i, _, n in ranges}
        for i, n in zip(indices, np.shape(array), strict=True):
            if (i in sizes and sizes[i] != n) or any(s not in sizes and s not in self.point.sizes
                                                     for s in i.free_symbols):
                raise UnfitError(f"the index {i}")
        return read(array, indices, At(ranges, self.scope()))

    def _partial(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        top, bottom = term.args
        key = ("partial", top.name, bottom.name)
        if key not in self.leaves:
            array = self.point.derivative(top.name, bottom.name)
            self.leaves[key] = array if self.exact else as_floats(array)
        return self._read(self.leaves[key], (*top.indices, *bottom.indices), ranges)

    def _column(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        inner = term.args[0]
        leaf = inner.args[0] if inner.kind == "transpose" else inner
        if leaf.kind not in ("quantity", "adjoint") or leaf.indices:
            raise UnfitError("column")
        array = np.asarray(self.leaf(leaf.of, leaf.name))
        if array.ndim != 2:
            raise UnfitError("column")
        rows = [self._read(row, term.indices, ranges) for row in (array.T if inner is not leaf else array)]
        return np.stack(np.broadcast_arrays(*rows), axis=-1)[..., None]

    def _index(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        return evaluate_expression(term.indices[0], ranges, self.scope())

    def _delta(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        return evaluate_expression(sp.KroneckerDelta(*term.indices), ranges, self.scope())

    def _ones(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        if term.size is ANY:
            raise UnfitError("ones")
        return self._framed(np.ones(extent(term.size, self.point.sizes), dtype=object if self.exact else float), ranges)

    def _neg(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        return -self.of(term.args[0], ranges)

    def _together(self, arrays: list[Any], frame: int) -> list[Any]:
        """Numbers beside arrays get their axes; a vector may be stretched, but not two against each other."""
        rank = max(np.ndim(a) for a in arrays)
        result = [a.reshape(a.shape + (1,) * (rank - a.ndim)) for a in map(np.asarray, arrays)]
        shapes = [a.shape[frame:] for a in result]
        wide: tuple[int, ...] = tuple(max(sizes) for sizes in zip(*shapes, strict=True))
        for shape in shapes:
            if any(pair[0] not in (1, pair[1]) for pair in zip(shape, wide, strict=True)):
                raise UnfitError("shapes")
        if wide not in shapes:
            raise UnfitError("a row beside a column")
        return result

    def _add(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        first, *rest = self._together(self._args(term, ranges), len(ranges))
        for other in rest:
            first = first + other
        return first

    def _hadamard(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        first, *rest = self._together(self._args(term, ranges), len(ranges))
        for other in rest:
            first = first * other
        return first

    _scale = _hadamard

    def _divide(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        top, bottom = self._together(self._args(term, ranges), len(ranges))
        return top * (1 / bottom) if self.exact else top / bottom

    def _power(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        base, exponent = term.args
        if exponent.kind == "neg" and exponent.args[0].kind == "number":
            return 1 / self.of(base, ranges) ** int(exponent.args[0].number)
        if exponent.kind != "number":
            raise UnfitError("power")
        n = exponent.number
        return self.of(base, ranges) ** (int(n) if n.denominator == 1 else n if self.exact else float(n))

    def _matmul(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        left, right = (np.asarray(a) for a in self._args(term, ranges))
        frame = len(ranges)
        if left.ndim == frame or right.ndim == frame:
            raise UnfitError("a matrix product with a number")
        if left.shape[-1] != right.shape[-2]:
            raise UnfitError("a product of these does not fit")
        return left @ right if not frame else (left[..., :, :, None] * right[..., None, :, :]).sum(axis=-2)

    def _outer(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        left, right = (np.asarray(a) for a in self._args(term, ranges))
        frame = len(ranges)
        if left.ndim != frame + 2 or right.ndim != frame + 2 or 1 not in left.shape[frame:] or \
                1 not in right.shape[frame:]:
            raise UnfitError("an outer product takes vectors")
        return left.reshape(*left.shape[:frame], -1, 1) * right.reshape(*right.shape[:frame], 1, -1)

    def _transpose(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        inner = self.of(term.args[0], ranges)
        if np.ndim(inner) > len(ranges) + 2:
            raise UnfitError("a transpose of more than two axes")
        return inner if np.ndim(inner) == len(ranges) else np.swapaxes(inner, -1, -2)

    def _diag(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        inner = np.asarray(self.of(term.args[0], ranges))
        if ranges or inner.ndim != 2 or 1 not in inner.shape:
            raise UnfitError("diag takes a vector")
        result = np.zeros((inner.size, inner.size), dtype=inner.dtype)
        result[np.arange(inner.size), np.arange(inner.size)] = inner.ravel()
        return result

    def _total(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        inner = np.asarray(self.of(term.args[0], ranges))
        axis = len(ranges) + term.axis
        if axis >= inner.ndim:
            raise UnfitError("no such axis")
        found = inner.sum(axis=axis, keepdims=True)
        return self._over(found, inner.shape[axis]) if term.mean else found

    def _over(self, array: Any, n: int) -> Any:
        return array * one_over(n) if self.exact else array / n

    def _sum(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        inner = ranges
        for i, (low, high) in zip(term.indices, term.ranges, strict=True):
            first = extent(low, self.point.sizes)
            inner = (*inner, (i, first, extent(high, self.point.sizes) - first + 1))
        found = np.asarray(self.of(term.args[0], inner))
        shape = list(found.shape)
        for k in range(len(ranges), len(inner)):
            shape[k] = inner[k][2]
        return np.broadcast_to(found, shape).sum(axis=tuple(range(len(ranges), len(inner))))

    def _apply(self, term: Term, ranges: tuple[Range, ...]) -> Any:
        inner = self.of(term.args[0], ranges)
        stem = term.name.rstrip("'")
        function = functions_of(self.point.program).get(stem) or _anywhere(stem)
        if function is None:
            if stem in self.ops.functions and stem == term.name:
                return self.ops.functions[stem](inner)
            raise UnfitError(f"the function {term.name}")
        for _ in range(len(term.name) - len(stem)):
            function = prime(function)  # type: ignore[arg-type]
        names = [sp.Symbol(f"_{k}", integer=True) for k in range(np.ndim(inner))]
        bound = tuple((i, 1, n) for i, n in zip(names, np.shape(inner), strict=True))
        argument = sp.Indexed(sp.IndexedBase(ARGUMENT), *names) if names else ARGUMENT
        return evaluate_expression(function(argument), bound, self.scope({ARGUMENT: inner}))


def one_over(n: int) -> Fraction:
    """1/n, exactly."""
    return Fraction(1, n)


def _anywhere(name: str) -> type[Named] | None:
    return next((c for c in Named.__subclasses__() if c.__name__ == name), None)
