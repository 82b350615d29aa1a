"""Normalisation: mean, variance, the normalised value, then scale and shift. One function for all of them."""

from __future__ import annotations

import sympy as sp

from symbackprop.language.errors import NetworkError
from symbackprop.language.notation import Batch
from symbackprop.networks.layers import Shape, Written, axes


def normalised(over: str, kept: str, entry: str, parameter: str, eps: str) -> tuple[str, ...]:
    """``μ``, ``v``, ``u = (x − μ)/√(v + ε)``, ``a = γ u + β``: statistics over some indices, kept along the others."""
    count = "*".join(f"n_{i}" for i in over)
    count = count if len(over) == 1 else f"({count})"
    mean = f"[{kept}]" if kept else ""

    def total(of: str) -> str:
        for i in reversed(over):
            of = f"sum({i}, {of})"
        return f"1/{count}*{of}"

    return (f"mu{mean} = {total(f'x[{entry}]')}",
            f"v{mean} = {total(f'(x[{entry}]-mu{mean})^2')}",
            f"u[{entry}] = (x[{entry}]-mu{mean})/sqrt(v{mean}+{eps})",
            f"a[{entry}] = gamma[{parameter}]*u[{entry}]+beta[{parameter}]")


def layernorm(shape: Shape, eps: str) -> Written:
    """Over the units, the last axis, of each place by itself."""
    lead = "rst"[4 - len(shape):]
    kept = ",".join(lead)
    return Written(normalised("j", kept, ",".join([*lead, "j"]), "j", eps))


def rmsnorm(shape: Shape, eps: str) -> Written:
    """``a = γ x/√(mean x² + ε)``: no mean is taken away, no shift."""
    lead = "rst"[4 - len(shape):]
    entry, mean = ",".join([*lead, "j"]), f"[{','.join(lead)}]" if lead else ""
    return Written((f"r{mean} = sqrt(1/n_j*sum(j, x[{entry}]^2)+{eps})", f"a[{entry}] = gamma[j]*x[{entry}]/r{mean}"))


def batchnorm(shape: Shape, batch: Batch, eps: str) -> Written:
    """Over the data (and the places of an image) of each unit or channel, as in training."""
    if batch == "none":
        if len(shape) != 2:
            raise NetworkError('batchnorm takes the mean over data: give batch = "columns" or "rows", or an input of '
                               f"two axes, data × units, not {axes(shape)}, in mu[j] = 1/n_k*sum(k, x[k,j])")
        return Written(normalised("k", "j", "k,j", "j", eps))
    places = "uv"[:len(shape) - 1]
    inside = ",".join(["j", *places])
    return Written(normalised(f"k{places}", "j", f"k,{inside}" if batch == "rows" else f"{inside},k", "j", eps),
                   mixes=True)


def groupnorm(shape: Shape, groups: int, eps: str) -> Written:
    """Over the channels of a group and their places. Channel c of group g is channel S(g−1)+c of all."""
    if len(shape) < 2:
        raise NetworkError(f"groupnorm needs channels, an input such as [4, 3], not {axes(shape)}, in mu[g] = "
                           "1/(n_c*n_u)*sum(c, sum(u, x[n_c*(g-1)+c,u]))")
    places = "uv"[:len(shape) - 1]
    at = ",".join(places)
    if (shape[0] / sp.Integer(groups)).is_integer is not True:
        raise NetworkError(f"{groups} groups do not divide {shape[0]} channels, in mu[g] = 1/S*sum(c, x[S*(g-1)+c,"
                           f"{at}]) with S = {shape[0]}/{groups}")
    size = shape[0] / sp.Integer(groups)
    channel = f"n_c*(g-1)+c,{at}"
    count = "*".join(f"n_{i}" for i in f"c{places}")

    def total(of: str) -> str:
        for i in reversed(f"c{places}"):
            of = f"sum({i}, {of})"
        return f"1/({count})*{of}"

    formulas = (f"mu[g] = {total(f'x[{channel}]')}", f"v[g] = {total(f'(x[{channel}]-mu[g])^2')}",
                f"u[g,c,{at}] = (x[{channel}]-mu[g])/sqrt(v[g]+{eps})",
                f"a[d,{at}] = gamma[d]*sum(g, sum(c, delta(d,n_c*(g-1)+c)*u[g,c,{at}]))+beta[d]")
    return Written(formulas, {"g": sp.Integer(groups), "c": size, "d": shape[0]})
