"""Recurrent layers over a sequence, time × units. Before the first time (after the last, backwards) the state is 0."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from symbackprop.language.errors import NetworkError
from symbackprop.networks.layers import Shape, Written, axes

Cell = Callable[[str, str], tuple[str, ...]]


def rnn(tag: str, past: str) -> tuple[str, ...]:
    """``h[t] = tanh(W x[t] + U h[t−1] + b)``."""
    return (_affine("", tag, past), f"h{tag}[t,j] = tanh(z{tag}[t,j])")


def lstm(tag: str, past: str) -> tuple[str, ...]:
    """``c[t] = f c[t−1] + i g``, ``h[t] = o tanh(c[t])``, each gate a function of x[t] and h[t−1]."""
    gates = [("i", "sigmoid"), ("f", "sigmoid"), ("o", "sigmoid"), ("g", "tanh")]
    read = [line for gate, f in gates for line in (_affine(gate, tag, past),
                                                  f"{gate}{tag}[t,j] = {f}({_name('z', gate, tag)}[t,j])")]
    return (*read, f"c{tag}[t,j] = f{tag}[t,j]*c{tag}[{past},j] + i{tag}[t,j]*g{tag}[t,j]",
            f"h{tag}[t,j] = o{tag}[t,j]*tanh(c{tag}[t,j])")


def gru(tag: str, past: str) -> tuple[str, ...]:
    """``h[t] = (1 − s) q + s h[t−1]``: reset gate r, update gate s, candidate q, as in cuDNN and PyTorch."""
    n = _name
    return (
        _affine("r", tag, past), f"r{tag}[t,j] = sigmoid({n('z', 'r', tag)}[t,j])",
        _affine("s", tag, past), f"s{tag}[t,j] = sigmoid({n('z', 's', tag)}[t,j])",
        f"e{tag}[t,j] = sum(p, {n('U', 'q', tag)}[j,p]*h{tag}[{past},p]) + {n('d', 'q', tag)}[j]",
        f"{n('z', 'q', tag)}[t,j] = sum(i, {n('W', 'q', tag)}[j,i]*x[t,i]) + {n('b', 'q', tag)}[j] "
        f"+ r{tag}[t,j]*e{tag}[t,j]",
        f"q{tag}[t,j] = tanh({n('z', 'q', tag)}[t,j])",
        f"h{tag}[t,j] = (1-s{tag}[t,j])*q{tag}[t,j] + s{tag}[t,j]*h{tag}[{past},j]",
    )


def recurrent(shape: Shape, cell: Cell, size: sp.Expr, bidirectional: bool) -> Written:
    """A cell along the time; in both directions the two states stand one after the other."""
    if len(shape) != 2:
        raise NetworkError('a recurrent layer reads a sequence, time × units, an input such as ["T", 3], not '
                           f"{axes(shape)}, in {cell('', 't-1')[0]}")
    if not bidirectional:
        return Written(cell("", "t-1"), {"j": size})
    joined = "a[t,d] = sum(j, delta(d,j)*h[t,j]) + sum(j, delta(d,j+n_j)*h_r[t,j])"
    return Written((*cell("", "t-1"), *cell("_r", "t+1"), joined), {"j": size, "d": 2 * size})


def _affine(gate: str, tag: str, past: str) -> str:
    z, w, u, b = (_name(letter, gate, tag) for letter in "zWUb")
    return f"{z}[t,j] = sum(i, {w}[j,i]*x[t,i]) + sum(p, {u}[j,p]*h{tag}[{past},p]) + {b}[j]"


def _name(letter: str, gate: str, tag: str) -> str:
    """``W_f``, and ``W_rf`` for the gate that reads the sequence in reverse."""
    below = tag.removeprefix("_") + gate
    return f"{letter}_{below}" if below else letter
