"""Attention over a sequence, time × units; embeddings."""

from __future__ import annotations

import sympy as sp

from symbackprop.language.errors import NetworkError, nearest
from symbackprop.networks.layers import Shape, Written, axes

MASKS = {"none": "", "causal": "where({s} <= t, 1, 0)*", "given": "m[t,{s}]*"}


def attention(shape: Shape, size: sp.Expr, mask: str) -> Written:
    """``P = softmax(Q Kᵀ/√d)`` row by row, ``O = P V``."""
    check(shape, mask)
    return Written((
        *(f"{q}[t,e] = sum(i, W_{q.lower()}[e,i]*x[t,i])" for q in "QKV"),
        "S[t,s] = sum(e, Q[t,e]*K[s,e])/sqrt(n_e)",
        _softmax("t", mask),
        "a[t,e] = sum(s, P[t,s]*V[s,e])",
    ), {"e": size, "s": shape[0], "u": shape[0], "t": shape[0]}, _given(mask))


def multihead(shape: Shape, heads: int, mask: str) -> Written:
    """Attention in several heads of d/h units each, put together by one more matrix."""
    check(shape, mask)
    if (shape[1] / sp.Integer(heads)).is_integer is not True:
        raise NetworkError(f"{heads} heads do not divide {shape[1]} units, in Q[h,t,e] = sum(i, W_q[h,e,i]*x[t,i])")
    return Written((
        *(f"{q}[h,t,e] = sum(i, W_{q.lower()}[h,e,i]*x[t,i])" for q in "QKV"),
        "S[h,t,s] = sum(e, Q[h,t,e]*K[h,s,e])/sqrt(n_e)",
        _softmax("h,t", mask),
        "O[h,t,e] = sum(s, P[h,t,s]*V[h,s,e])",
        "a[t,j] = sum(h, sum(e, W_o[j,h,e]*O[h,t,e]))",
    ), {"e": shape[1] / sp.Integer(heads), "h": sp.Integer(heads), "s": shape[0], "u": shape[0], "t": shape[0],
        "j": shape[1]}, _given(mask))


def embedding(shape: Shape, size: sp.Expr, positions: bool) -> Written:
    """``a[t] = E[·,v]`` for the token v at time t: x is one-hot, so the sum is a look-up."""
    if len(shape) != 2:
        raise NetworkError('an embedding reads one-hot tokens, time × words, an input such as ["T", 50], not '
                           f"{axes(shape)}, in a[t,j] = sum(v, E[v,j]*x[t,v])")
    return Written((f"a[t,j] = sum(v, E[v,j]*x[t,v]){' + p[t,j]' * positions}",), {"j": size})


def _softmax(at: str, mask: str) -> str:
    own, other = (MASKS[mask].format(s=s) for s in "su")
    return f"P[{at},s] = {own}exp(S[{at},s])/sum(u, {other}exp(S[{at},u]))"


def _given(mask: str) -> tuple[str, ...]:
    return ("m",) if mask == "given" else ()


def check(shape: Shape, mask: str) -> None:
    if len(shape) != 2:
        raise NetworkError('attention reads a sequence, time × units, an input such as ["T", 4], not '
                           f"{axes(shape)}, in Q[t,e] = sum(i, W_q[e,i]*x[t,i])")
    if mask not in MASKS:
        raise NetworkError(f"unknown mask {mask!r} of attention; {nearest(mask, MASKS)}")
