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
    Times,
    Transpose,
    transposed,
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
    numbers: list[Array] = field(default_factory=list)
    scalar: sp.Expr = sp.S.One

    def add(self, at: tuple[sp.Symbol, ...], array: Array) -> None:
        """Put one factor where its indices say."""
        if not at:
            self.numbers.append(array)
        elif len(at) == 1:
            self.vectors.setdefault(at[0], []).append(array)
        else:
            self._join(Edge(at[0], at[1], array))

    def _join(self, edge: Edge) -> None:
        """Parallel edges become one by ⊙."""
        for known in self.edges:
            if {known.row, known.column} == {edge.row, edge.column}:
                known.array = hadamard([known.array, edge.oriented(known.row)])
                return
        self.edges.append(edge)

    def reduce(self, summed: list[sp.Symbol]) -> None:
        """Carry out every sum, always over an index with the fewest matrices: so three of them meet at one only where
        no other sum can be carried out before."""
        while summed:
            idx = min(summed, key=lambda i: sum(i in (e.row, e.column) for e in self.edges))
            summed = [i for i in summed if i != idx]
            self.eliminate(idx)

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
            # as many equal terms as the index has values
            self.scalar *= self.sizes[idx]
            return
        left = vector[0] if len(vector) > 1 else Ones(self.sizes[idx])
        right = hadamard(vector[1:]) if len(vector) > 1 else vector[0]
        self.numbers.append(Matmul(Transpose(left), right))

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
        for number in self.numbers:
            array = number if array is None else Times(number, array)
        if array is None:
            return Elementwise(self.scalar, (), ())
        return array if self.scalar == 1 else Scaled(self.scalar, array)

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


def hadamard(arrays: list[Array]) -> Array:
    flat: list[Array] = []
    for a in arrays:
        flat += a.factors if isinstance(a, Hadamard) else (a,)
    return flat[0] if len(flat) == 1 else Hadamard(tuple(flat))


__all__ = ["Edge", "Graph", "NoMatrixForm", "hadamard"]
