"""What stands in every term of a sum of matrices is put before the sum: ``P ⊙ (dP − (P ⊙ dP) 1 1ᵀ)``.

Element-wise factors are matrices, columns ``u 1ᵀ`` and rows ``1 vᵀ``; ``diag(u) P`` is read as ``u 1ᵀ ⊙ P``.
"""

from __future__ import annotations

from functools import reduce

from symbackprop.forms.graph import hadamard
from symbackprop.language.arrays import Array, Diagonal, Hadamard, Matmul, Ones, Outer, Scaled, Total, same


def factored(array: Array) -> Array:
    """The array with one factor that all its terms have in common before them; itself where there is none."""
    if not isinstance(array, Total) or len(array.shape) != 2:
        return array
    terms = [_factors(t) for t in array.terms]
    common = next((f for f in terms[0] if all(len(t) > 1 and any(same(f, x) for x in t) for t in terms)), None)
    if common is None:
        return array
    rest = Total(tuple(_without(t, common) for t in array.terms))
    return _scaled_by(rest, common) if isinstance(common, Outer) else Hadamard((common, rest))


def _factors(term: Array) -> list[Array]:
    """The element-wise factors of a term, without its number."""
    if isinstance(term, Scaled):
        return _factors(term.of)
    if isinstance(term, Hadamard):
        return [inner for f in term.factors for inner in _factors(f)]
    if isinstance(term, Matmul) and isinstance(term.left, Diagonal):
        return [*_factors(Outer(term.left.of, Ones(term.shape[1]))), *_factors(term.right)]
    if isinstance(term, Matmul) and isinstance(term.right, Diagonal):
        return [*_factors(term.left), *_factors(Outer(Ones(term.shape[0]), term.right.of))]
    if isinstance(term, Outer) and isinstance(term.right, Ones) and isinstance(term.left, Hadamard):
        return [Outer(u, term.right) for u in term.left.factors]
    if isinstance(term, Outer) and isinstance(term.left, Ones) and isinstance(term.right, Hadamard):
        return [Outer(term.left, v) for v in term.right.factors]
    return [term]


def _without(term: Array, common: Array) -> Array:
    if isinstance(term, Scaled):
        return Scaled(term.scalar, _without(term.of, common))
    rest = _factors(term)
    del rest[next(k for k, f in enumerate(rest) if same(f, common))]
    matrices = [f for f in rest if not _is_spread(f)]
    spread = [f for f in rest if _is_spread(f)]
    return reduce(_scaled_by, spread, hadamard(matrices)) if matrices else hadamard(spread)


def _is_spread(f: Array) -> bool:
    return isinstance(f, Outer) and (isinstance(f.left, Ones) or isinstance(f.right, Ones))


def _scaled_by(array: Array, spread: Array) -> Array:
    """``diag(u) A`` for a column, ``A diag(v)`` for a row, ⊙ for any other outer product."""
    assert isinstance(spread, Outer)
    if isinstance(spread.right, Ones):
        return Matmul(Diagonal(spread.left), array)
    return Matmul(array, Diagonal(spread.right)) if isinstance(spread.left, Ones) else Hadamard((spread, array))
