"""Softmax in an array tree: exponentials over their sum along one axis, which code spells so that nothing overflows."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from symbackprop.language.arrays import Array, Diagonal, Elementwise, Hadamard, Matmul, Ones, Times, Transpose, same
from symbackprop.language.functions import Iverson


def softmax_of(array: Array) -> tuple[Array, int] | None:
    """The exponentials and the axis they are summed along: ``diag(E 1)⁻¹ E``, ``E diag(Eᵀ 1)⁻¹``, ``E / (1ᵀ E)``."""
    if isinstance(array, Times):
        above, below, axis = array.of, divisor(array.number), 0
    elif isinstance(array, Matmul) and isinstance(array.left, Diagonal):
        above, below, axis = array.right, divisor(array.left.of), 1
    elif isinstance(array, Matmul) and isinstance(array.right, Diagonal):
        above, below, axis = array.left, divisor(array.right.of), 0
    else:
        return None
    return (above, axis) if below is not None and same(below, _summed(above, axis)) else None


def divisor(array: Array) -> Array | None:
    """u where the entries are 1/u."""
    if not isinstance(array, Elementwise) or len(array.slots) != 1:
        return None
    symbol, inner = array.slots[0]
    slot = sp.Indexed(sp.IndexedBase(symbol), *array.indices) if array.indices else symbol
    return inner if array.expression == 1 / slot else None


def _summed(array: Array, axis: int) -> Array:
    if len(array.shape) == 1:
        return Matmul(Transpose(Ones(array.shape[0])), array)
    return Matmul(Transpose(array) if axis == 0 else array, Ones(array.shape[axis]))


def exponent_and_masks(above: Array) -> tuple[Array, list[Elementwise]] | None:
    """What the exponentials are taken of, and the matrices of ones and zeros that shut entries out."""
    factors = above.factors if isinstance(above, Hadamard) else (above,)
    masks = [f for f in map(_mask, factors) if f is not None]
    rest = [f for f in factors if _mask(f) is None]
    if len(rest) != 1 or not isinstance(rest[0], Elementwise) or not isinstance(rest[0].expression, sp.exp):
        return None
    return replace(rest[0], expression=rest[0].expression.args[0]), masks


def _mask(array: Array) -> Elementwise | None:
    """An array of ones and zeros told apart by their places; of a transposed one the indices change places."""
    if isinstance(array, Transpose) and (turned := _mask(array.of)) is not None:
        return replace(turned, indices=turned.indices[::-1], sizes=turned.sizes[::-1])
    if not isinstance(array, Elementwise) or not array.constant:
        return None
    return array if isinstance(array.expression, Iverson) else None
