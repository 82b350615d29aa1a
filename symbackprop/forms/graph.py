"""The graph of indices of one product: vectors on nodes, matrices on edges, reduced one summed index at a time."""

from __future__ import annotations

from dataclasses import dataclass, field

import sympy as sp

from symbackprop.language.arrays import (
    Array,
    Diagonal,
    Elementwise,
    Hadamard,
    Matmul,
    Ones,
    Outer,
    Scaled,
    Total,
    Transpose,
)


class NoMatrixForm(Exception):  # noqa: N818 (not an error: an answer)
    """Why a product has no matrix form: a key and what it is about, joined by a colon."""

    def __init__(self, key: str, about: object) -> None:
        super().__init__(f"{key}: {about}")


@dataclass
class Edge:
    """A matrix between two indices; ``array`` has rows ``row`` and columns ``column``."""

    row: sp.Symbol
    column: sp.Symbol
    array: Array

    def oriented(self, row: sp.Symbol) -> Array:
        return self.array if row == self.row else transposed(self.array)

    def other(self, idx: sp.Symbol) -> sp.Symbol:
        return self.column if idx == self.row else self.row


@dataclass
class Graph:
    """Vectors and matrices of one product. ``sizes`` of every index, free or summed."""

    sizes: dict[sp.Symbol, sp.Expr]
    vectors: dict[sp.Symbol, list[Array]] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    scalars: list[Array] = field(default_factory=list)

    def add(self, part: sp.Expr) -> None:
        """Put one factor where its indices say."""
        at = _common_indices(part, set(self.sizes))
        array = Elementwise(part, at, tuple(self.sizes[i] for i in at))
        if len(at) == 1:
            self.vectors.setdefault(at[0], []).append(array)
        elif len(at) == 2:
            self._join(Edge(at[0], at[1], array))
        else:
            raise NoMatrixForm("rank", part)

    def _join(self, edge: Edge) -> None:
        """Parallel edges become one by ⊙."""
        for known in self.edges:
            if {known.row, known.column} == {edge.row, edge.column}:
                known.array = hadamard([known.array, edge.oriented(known.row)])
                return
        self.edges.append(edge)

    def order(self, summed: list[sp.Symbol]) -> list[sp.Symbol]:
        """Summed indices, those with the fewest matrices first: a matrix times a vector before matrix products."""
        return sorted(summed, key=lambda i: sum(i in (e.row, e.column) for e in self.edges))

    def eliminate(self, idx: sp.Symbol) -> None:
        """Carry out the sum over one index."""
        here = [e for e in self.edges if idx in (e.row, e.column)]
        vector = self.vectors.pop(idx, [])
        self.edges = [e for e in self.edges if e not in here]
        if not here:
            self._dot(vector, idx)
        elif len(here) == 1:
            self._times_vector(here[0], idx, hadamard(vector) if vector else Ones(self.sizes[idx]))
        elif len(here) == 2:
            self._times_matrix(here[0], here[1], idx, vector)
        else:
            raise NoMatrixForm("joint", idx)

    def _dot(self, vector: list[Array], idx: sp.Symbol) -> None:
        if not vector:
            raise NoMatrixForm("empty", idx)
        left = vector[0] if len(vector) > 1 else Ones(self.sizes[idx])
        right = hadamard(vector[1:]) if len(vector) > 1 else vector[0]
        self.scalars.append(Matmul(Transpose(left), right))

    def _times_vector(self, edge: Edge, idx: sp.Symbol, vector: Array) -> None:
        other = edge.other(idx)
        self.vectors.setdefault(other, []).append(Matmul(edge.oriented(other), vector))

    def _times_matrix(self, first: Edge, second: Edge, idx: sp.Symbol, vector: list[Array]) -> None:
        row, column = first.other(idx), second.other(idx)
        left = first.oriented(row)
        if vector:
            left = Matmul(left, Diagonal(hadamard(vector)))
        self._join(Edge(row, column, Matmul(left, second.oriented(idx))))

    def assemble(self, target: tuple[sp.Symbol, ...]) -> Array:
        """What is left, as one array over the target's indices in their order."""
        array = self._assembled(target)
        for scalar in self.scalars:
            array = scalar if array is None else _times_number(array, scalar, len(target))
        return Elementwise(sp.Integer(1), (), ()) if array is None else array

    def _assembled(self, target: tuple[sp.Symbol, ...]) -> Array | None:
        if not target:
            return None
        if len(target) == 1:
            vectors = self.vectors.get(target[0])
            return hadamard(vectors) if vectors else Ones(self.sizes[target[0]])
        rows, columns = (self.vectors.get(i) for i in target)
        if not self.edges:
            left = hadamard(rows) if rows else Ones(self.sizes[target[0]])
            return Outer(left, hadamard(columns) if columns else Ones(self.sizes[target[1]]))
        array = self.edges[0].oriented(target[0])
        if rows:
            array = Matmul(Diagonal(hadamard(rows)), array)
        return Matmul(array, Diagonal(hadamard(columns))) if columns else array


def _times_number(array: Array, number: Array, rank: int) -> Array:
    """A vector times a number that is itself a sum: ``a (uᵀ v) = (a uᵀ) v``."""
    if rank == 1 and isinstance(number, Matmul) and isinstance(number.left, Transpose):
        return Matmul(Outer(array, number.left.of), number.right)
    raise NoMatrixForm("factor", "a number that is itself a sum")


def hadamard(arrays: list[Array]) -> Array:
    flat: list[Array] = []
    for a in arrays:
        flat += a.factors if isinstance(a, Hadamard) else (a,)
    return flat[0] if len(flat) == 1 else Hadamard(tuple(flat))


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
    return a if isinstance(a, Diagonal) else Transpose(a)


def _common_indices(part: sp.Expr, indices: set[sp.Symbol]) -> tuple[sp.Symbol, ...]:
    """The indices at which every array of an elementwise factor is read: the same ones, in the same order."""
    found = list(dict.fromkeys(tuple(x.indices) for x in _entries(part)))
    if len(found) != 1:
        raise NoMatrixForm("mixed", part)
    if part.has(sp.Sum) or not all(i in indices for i in found[0]) or len(set(found[0])) != len(found[0]):
        raise NoMatrixForm("affine", part)
    if part.free_symbols & indices - set(found[0]):
        raise NoMatrixForm("mixed", part)  # [j = y_k] reads y at k, and j itself
    return found[0]


def _entries(part: sp.Expr) -> list[sp.Indexed]:
    return sorted(part.atoms(sp.Indexed), key=str)


__all__ = ["Edge", "Graph", "NoMatrixForm", "hadamard", "transposed"]
