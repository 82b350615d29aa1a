"""Convolution, pooling, flattening: inputs of channels × length, or channels × height × width."""

from __future__ import annotations

from itertools import pairwise

import sympy as sp

from symbackprop.language.errors import NetworkError
from symbackprop.networks.activations import ACTIVATIONS
from symbackprop.networks.layers import Shape, Written, activated

PLACES, OFFSETS = "uv", "pq"
"""The indices of the places of an output, and of the places within a window."""


def conv(
    shape: Shape, channels: sp.Expr, kernel: tuple[int, ...], stride: int, padding: int, dilation: int, activation: str
) -> Written:
    """``z[o,u] = Σ_c Σ_p W[o,c,p] x[c,S(u−1)+D(p−1)+1−P] + b[o]``: cross-correlation, as in every framework."""
    places = [_window(u, p, stride, padding, dilation) for u, p in zip(PLACES, OFFSETS, strict=True)][:len(kernel)]
    at, within = ",".join(PLACES[:len(kernel)]), ",".join(OFFSETS[:len(kernel)])
    total = f"W[o,c,{within}]*x[c,{','.join(places)}]"
    for p in reversed(OFFSETS[:len(kernel)]):
        total = f"sum({p}, {total})"
    formula = f"z[o,{at}] = sum(c, {total}) + b[o]"
    lengths = [_length(n, k, stride, padding, dilation, formula) for n, k in zip(shape[1:], kernel, strict=True)]
    sizes = {"o": channels, **dict(zip(PLACES, lengths, strict=False)),
             **{p: sp.Integer(k) for p, k in zip(OFFSETS, kernel, strict=False)}}
    if ACTIVATIONS[activation].vector:
        raise NetworkError(f"{activation} reads a whole layer, a convolution takes an activation of one number; put a "
                           f"dense layer with {activation} after flatten")
    if activation == "identity":
        return Written((formula.replace("z[", "a[", 1),), sizes)
    return Written((formula, activated(activation, f"o,{at}")), sizes)


def pool(shape: Shape, kernel: tuple[int, ...], stride: int | None, largest: bool) -> Written:
    """``a[c,u] = 1/K Σ_p x[c,S(u−1)+p]``, or the maximum over the window."""
    steps = stride if stride is not None else kernel[0]
    channel = "c," * (len(shape) > len(kernel))
    places = [_window(u, p, steps, 0, 1) for u, p in zip(PLACES, OFFSETS, strict=True)][:len(kernel)]
    value = f"x[{channel}{','.join(places)}]"
    for p in reversed(OFFSETS[:len(kernel)]):
        value = f"{'max' if largest else 'sum'}({p}, {value})"
    count = int(sp.prod(kernel))
    formula = f"a[{channel}{','.join(PLACES[:len(kernel)])}] = {value if largest else f'1/{count}*{value}'}"
    lengths = [_length(n, k, steps, 0, 1, formula) for n, k in zip(shape[-len(kernel):], kernel, strict=True)]
    return Written((formula,), {**dict(zip(PLACES, lengths, strict=False)),
                                **{p: sp.Integer(k) for p, k in zip(OFFSETS, kernel, strict=False)}})


def flatten(shape: Shape) -> Written:
    """``a[j] = Σ_c Σ_u δ(j, N(c−1)+u) x[c,u]``: row after row."""
    if any(not n.is_Integer for n in shape[1:]) and (len(shape) > 2 or shape[1].is_positive is not True):
        raise NetworkError(f"flatten needs numbers for the axes after the first, not {' × '.join(map(str, shape[1:]))}")
    names = "cuv"[:len(shape)]
    place = names[0]
    for earlier, later in pairwise(names):
        place = f"n_{later}*({place if earlier == names[0] else f'({place})'}-1)+{later}"
    value = f"delta(j,{place})*x[{','.join(names)}]"
    for name in reversed(names):
        value = f"sum({name}, {value})"
    return Written((f"a[j] = {value}",), {"j": sp.prod(shape)})


def _window(place: str, offset: str, stride: int, padding: int, dilation: int) -> str:
    """``S(u−1) + D(p−1) + 1 − P``, written as a person would: ``u+p-1`` where both steps are 1."""
    start, term = (place, -1) if stride == 1 else (f"{stride}*({place}-1)", 0)
    step, more = (offset, 0) if dilation == 1 else (f"{dilation}*({offset}-1)", 1)
    constant = term + more - padding
    return f"{start}+{step}" + (f"{constant:+d}" if constant else "")


def _length(n: sp.Expr, kernel: int, stride: int, padding: int, dilation: int, formula: str) -> sp.Expr:
    """``⌊(n + 2P − D(K−1) − 1)/S⌋ + 1``. Raises NetworkError where the kernel does not fit in."""
    span = n + 2 * padding - dilation * (kernel - 1) - 1
    if span.is_negative:
        raise NetworkError(f"a kernel of {dilation * (kernel - 1) + 1} places does not fit into a padded input of "
                           f"{n + 2 * padding}, in {formula}")
    return span + 1 if stride == 1 else sp.floor(span / sp.Integer(stride)) + 1
