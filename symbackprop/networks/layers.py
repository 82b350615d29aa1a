"""Layers: forward formulas. ``dense(128, "relu")`` and a layer somebody writes are read by the same reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import sympy as sp

from symbackprop.language.errors import NetworkError
from symbackprop.language.notation import Batch
from symbackprop.language.quantity import Role
from symbackprop.networks.activations import ACTIVATIONS, activation

LARGEST_SIZE = 10**9
ROLES: Mapping[str, Role] = {
    **{f"{letter}{gate}": "weight" for letter in "WUE" for gate in ("", *(f"_{g}" for g in "ifogrsqkv"))},
    **{f"b{gate}": "bias" for gate in ("", *(f"_{g}" for g in "ifogrsq"))},
    "W_o": "weight", "beta": "bias", "z": "pre-activation", "a": "activation", "h": "activation",
}
"""What the arrays of the kinds are; any other parameter is a parameter, any other value auxiliary."""
DENSE_ROLES: Mapping[str, Role] = {"W": "weight", "b": "bias", "z": "pre-activation", "a": "activation"}


Shape = tuple[sp.Expr, ...]
"""The sizes of the axes of one datum, the data themselves left out."""


@dataclass(frozen=True)
class Written:
    """A layer at an input of some shape: its formulas in ``x``, the ranges of indices that no input decides, and the
    names that are data rather than parameters. ``mixes``: the formulas write the data's own index. ``each``: what is
    given is another for each datum."""

    formulas: tuple[str, ...]
    sizes: Mapping[str, sp.Expr] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    mixes: bool = False
    each: bool = False


@dataclass(frozen=True)
class Layer:
    """A layer as asked for: a dense one by size and activation, a user's by name and formulas, or one of a kind, which
    ``write`` puts down for the shape of its input (as formulas, or as layers one after the other).

    ``inner`` is what a residual or a concatenation goes around. ``tied`` says which names are arrays of other layers.
    ``where`` finds the line of the file from which the layer was read that an error is about.
    """

    formulas: tuple[str, ...] = ()
    size: sp.Expr | None = None
    activation: str | None = None
    name: str | None = None
    sizes: Mapping[str, sp.Expr] = field(default_factory=dict)
    kind: str = "dense"
    write: Callable[[Shape, Batch], Written | tuple[Layer, ...]] | None = None
    inner: tuple[Layer, ...] = ()
    tied: Mapping[str, str] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    where: Callable[[str], str] = field(default=lambda message: "", compare=False, repr=False)


def units(value: int | str | sp.Expr) -> sp.Expr:
    """A size: a positive whole number, or a name that stands for one."""
    if isinstance(value, str):
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", value):
            raise NetworkError(f"a size is a whole number or a name such as n1, not {value!r}")
        return sp.Symbol(value, integer=True, positive=True)
    if isinstance(value, int) and isinstance(value, bool) is False:
        if value < 1:
            raise NetworkError(f"a layer of size {value}: sizes are 1 or more")
        if value > LARGEST_SIZE:
            raise NetworkError(f"a layer of size {value:,}: the limit is {LARGEST_SIZE:,}")
        return sp.Integer(value)
    if isinstance(value, sp.Integer):
        return units(int(value))
    if isinstance(value, sp.Symbol):
        return value
    raise NetworkError(f"a size is a whole number or a name, not {value!r}")


def dense(size: int | str | sp.Expr, activation: str = "sigmoid") -> Layer:
    """``z[j] = Σ_i W[j,i] x[i] + b[j]``, ``a[j] = f(z[j])``: ``size`` units, W of shape (size, units before)."""
    return Layer(dense_formulas(activation), units(size), chosen(activation))


def chosen(name: str) -> str:
    return activation(name).name


def dense_formulas(name: str, lead: str = "") -> tuple[str, ...]:
    """``lead`` are the indices that stand before that of the unit, as in ``t,`` for a sequence."""
    return f"z[{lead}j] = sum(i, W[j,i]*x[{lead}i]) + b[j]", activated(name, f"{lead}j")


def activated(name: str, at: str) -> str:
    """``a[at] = f(z[at])``; one that reads the layer reads it along the last index."""
    a = ACTIVATIONS[chosen(name)]
    if a.vector:
        return f"a[{at}] = " + re.sub(r"z\[(\w)\]", rf"z[{at[:-1]}\1]", a.formula).replace("[j]", f"[{at}]")
    return f"a[{at}] = " + (f"z[{at}]" if a.name == "identity" else f"{a.name}(z[{at}])")


def leading(shape: Shape) -> str:
    """Indices for the axes before the last, each with a comma: ``t,`` for a sequence."""
    if len(shape) > 4:
        raise NetworkError(f"an input of {len(shape)} axes; the limit is 4")
    return "".join(f"{i}," for i in "rst"[4 - len(shape):])


def shown(shape: Shape) -> str:
    return " × ".join(map(str, shape))


def axes(shape: Shape) -> str:
    """How many axes, in words that follow "not"."""
    return f"one of {len(shape)} ax{'i' if len(shape) == 1 else 'e'}s"


def formula_layer(
    name: str, formulas: Sequence[str], sizes: Mapping[str, int | str | sp.Expr] | None = None, *,
    tied: Mapping[str, str] | None = None, given: Sequence[str] = (),
) -> Layer:
    """A layer by its forward formulas: undeclared arrays are parameters, those in ``given`` are data, ``x`` is the
    input, the last formula the output; ``sizes`` gives the ranges of indices that no input decides."""
    if isinstance(formulas, str):
        raise NetworkError(f"the formulas of the layer {name} are a list: [{formulas!r}]")
    if not formulas:
        raise NetworkError(f"the layer {name} has no formulas")
    return Layer(tuple(formulas), name=name, sizes={k: units(v) for k, v in (sizes or {}).items()},
                 tied=dict(tied or {}), given=tuple(given))
