"""A matrix that stands element-wise in every term is put before the sum: ``P ⊙ (dP − (P ⊙ dP) 1 1ᵀ)``."""

from __future__ import annotations

from symbackprop.forms.graph import hadamard
from symbackprop.language.arrays import Array, Diagonal, Hadamard, Matmul, Ones, Outer, Scaled, Total, same


def factored(array: Array) -> Array:
    """The array with what all its terms have in common once; ``diag(u) P`` is read as ``P ⊙ u 1ᵀ``."""
    if not isinstance(array, Total) or len(array.shape) != 2:
        return array
    terms = [_factors(t) for t in array.terms]
    common = next((f for f in terms[0] if all(len(t) > 1 and any(same(f, x) for x in t) for t in terms)), None)
    if common is None:
        return array
    rest = (_without(t, common) for t in array.terms)
    return Hadamard((common, Total(tuple(rest))))


def _factors(term: Array) -> list[Array]:
    """The element-wise factors of a term, without its number."""
    if isinstance(term, Scaled):
        return _factors(term.of)
    if isinstance(term, Hadamard):
        return list(term.factors)
    if isinstance(term, Matmul) and isinstance(term.left, Diagonal):
        return [Outer(term.left.of, Ones(term.shape[1])), *_factors(term.right)]
    if isinstance(term, Matmul) and isinstance(term.right, Diagonal):
        return [*_factors(term.left), Outer(Ones(term.shape[0]), term.right.of)]
    return [term]


def _without(term: Array, common: Array) -> Array:
    if isinstance(term, Scaled):
        return Scaled(term.scalar, _without(term.of, common))
    rest = _factors(term)
    del rest[next(k for k, f in enumerate(rest) if same(f, common))]
    return hadamard(rest)
