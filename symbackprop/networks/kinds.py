"""Kinds of layers by name: what each is asked for with, and a network that shows it. One function a kind."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any, get_type_hints

import sympy as sp

from symbackprop.language.errors import NetworkError, nearest
from symbackprop.language.notation import Batch
from symbackprop.networks import attention as attend
from symbackprop.networks import convolution, normalisation, recurrent
from symbackprop.networks.layers import Layer, Shape, Written, axes, chosen, dense, formula_layer, leading, shown, units


class Size(sp.Expr):  # type: ignore[misc]
    """Marks an option that is a size: a whole number or a name."""


class Window(tuple[int, ...]):
    """Marks an option that is a length in each direction: one whole number for all of them."""


@dataclass(frozen=True)
class Kind:
    """``write(shape, batch, **options)`` puts a layer down; ``example`` is the [input] and [[layer]] of a network."""

    name: str
    says: str
    write: Callable[..., Written | tuple[Layer, ...]]
    example: str

    @property
    def options(self) -> dict[str, tuple[type, Any]]:
        """Type and default of each option; ``inspect.Parameter.empty`` where there is none."""
        hints = get_type_hints(self.write)
        named = list(inspect.signature(self.write).parameters.values())[2:]
        return {p.name: (hints[p.name], p.default) for p in named}


KINDS: dict[str, Kind] = {}


def kind(says: str, example: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Enter a function into the table under its own name."""

    def enter(write: Callable[..., Any]) -> Callable[..., Any]:
        KINDS[write.__name__] = Kind(write.__name__, says, write, example)
        return write

    return enter


def layer(
    kind: str, formulas: Sequence[str] | None = None, sizes: Mapping[str, Any] | None = None, *,
    name: str | None = None, tied: Mapping[str, str] | None = None, layers: Sequence[Layer] = (), **options: Any,
) -> Layer:
    """A layer of a kind, ``layer("conv1d", channels=4, kernel=3)``, or one of your own by its forward formulas,
    ``layer("gate", ["h[j] = g[j]*x[j]"])``: undeclared arrays are parameters, ``x`` is the input, the last formula the
    output, ``sizes`` the ranges that no input decides, ``given=["m"]`` names that are data.

    ``tied={"W": "E[1]"}`` takes an array of another layer; ``layers`` is what a residual or a concatenation goes
    around. Raises NetworkError.
    """
    if formulas is not None:
        return formula_layer(kind, formulas, sizes, tied=tied, **options)
    if kind == "dense":
        made = dense(**options)
        return replace(made, tied=dict(tied or {}))
    if kind in AROUND:
        if options:
            raise NetworkError(f"unknown option '{next(iter(options))}' of {kind}; it has layers = [...]")
        if not layers:
            raise NetworkError(f"{kind} goes around layers: give layers = [...]")
        if tied:
            raise NetworkError(f"tied belongs to a layer with parameters of its own; give it to one inside {kind}")
        return Layer(kind=kind, inner=tuple(layers), name=name)
    if kind not in KINDS:
        raise NetworkError(f"unknown kind {kind!r}; {nearest(kind, [*KINDS, *AROUND, 'dense'])}")
    if layers:
        raise NetworkError(f"{kind} goes around nothing: layers belong to {' and '.join(AROUND)}")
    given = _converted(KINDS[kind], options)
    return Layer(kind=kind, write=partial(KINDS[kind].write, **given), name=name, tied=dict(tied or {}))


def _converted(of: Kind, options: Mapping[str, Any]) -> dict[str, Any]:
    for key in options:
        if key not in of.options:
            raise NetworkError(f"unknown option '{key}' of {of.name}; {nearest(key, of.options)}" if of.options else
                               f"unknown option '{key}': {of.name} has none")
    for key, (_, default) in of.options.items():
        if default is inspect.Parameter.empty and key not in options:
            raise NetworkError(f"{of.name} needs {key}: e.g. {key} = 4")
    return {key: _option(of, key, of.options[key][0], value) for key, value in options.items()}


def _option(of: Kind, key: str, wanted: type, value: object) -> Any:
    what, stands = f"{key} of {of.name}", STANDS.get(key, "")
    if wanted is Size:
        return _size(what, value)
    if wanted is Window:
        lengths = value if isinstance(value, list | tuple) and value else [value]
        return Window(_whole(what, n, 1, stands) for n in lengths)
    if wanted is int or "int" in str(wanted):
        return _whole(what, value, 0 if key == "padding" else 1, stands)
    if wanted is bool and not isinstance(value, bool):
        raise NetworkError(f"{what} is true or false, not {value!r}")
    if wanted is float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
            raise NetworkError(f"{what} is a number from 0 to below 1, not {value!r}{stands}")
        return Fraction(str(value))
    if wanted is str and not isinstance(value, str):
        raise NetworkError(f"{what} is a name in quotes, not {value!r}")
    return chosen(value) if key == "activation" else value  # type: ignore[arg-type]


_WINDOW = ", in x[c,stride*(u-1)+dilation*(p-1)+1-padding], p from 1 to kernel"
STANDS = {**dict.fromkeys(("stride", "dilation", "padding", "kernel"), _WINDOW),
          "heads": ", in Q[h,t,e] = sum(i, W_q[h,e,i]*x[t,i]), h from 1 to heads",
          "groups": ", in mu[g] = 1/S*sum(c, x[S*(g-1)+c]), g from 1 to groups",
          "rate": ", in a[j] = m[j]*x[j]/(1-rate)", "eps": ", in u[j] = (x[j]-mu)/sqrt(v+eps)"}
"""Where an option stands in the formulas of its kind, for who gave it wrong."""


def _size(what: str, value: object) -> sp.Expr:
    try:
        return units(value)
    except NetworkError as problem:
        raise NetworkError(f"{what}: {problem}") from None


def _whole(what: str, value: object, least: int, stands: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 10**6:
        raise NetworkError(f"{what} is a whole number of {least} or more, not {value!r}{stands}")
    return value


def _decimal(value: Fraction) -> str:
    zeros = str(value.denominator).count("0")
    if value.numerator == 1 and zeros > 2 and value.denominator == 10**zeros:
        return f"1e-{zeros}"
    return f"{value.numerator}/{value.denominator}" if value.denominator != 1 else str(value.numerator)


# convolution

IMAGE = 'size = [2, 5, 4]'
SERIES = 'size = [2, 7]'
SEQUENCE = 'size = ["T", 3]'


def _check_rank(name: str, shape: Shape, least: int, most: int, what: str) -> None:
    if not least <= len(shape) <= most:
        raise NetworkError(f"{name} reads {what}, not {axes(shape)}")


@kind("a window slides along the places; every channel reads every channel",
      f'{SERIES}|kind = "conv1d"; channels = 3; kernel = 3; stride = 2; padding = 1; activation = "tanh"|'
      'kind = "flatten"|kind = "dense"; size = 2')
def conv1d(shape: Shape, batch: Batch, channels: Size, kernel: int, stride: int = 1, padding: int = 0,
           dilation: int = 1, activation: str = "identity") -> Written:
    _check_rank("conv1d", shape, 2, 2, "channels × length, x[c,u+p-1], an input such as [2, 7]")
    return convolution.conv(shape, channels, (kernel,), stride, padding, dilation, activation)


@kind("a window slides over the places of an image; every channel reads every channel",
      f'{IMAGE}|kind = "conv2d"; channels = 2; kernel = [3, 2]; activation = "tanh"|kind = "flatten"|'
      'kind = "dense"; size = 2')
def conv2d(shape: Shape, batch: Batch, channels: Size, kernel: Window, stride: int = 1, padding: int = 0,
           dilation: int = 1, activation: str = "identity") -> Written:
    _check_rank("conv2d", shape, 3, 3, "channels × height × width, x[c,u+p-1,v+q-1], an input such as [3, 28, 28]")
    return convolution.conv(shape, channels, _square(kernel), stride, padding, dilation, activation)


def _square(kernel: Sequence[int]) -> tuple[int, ...]:
    if len(kernel) > 2:
        raise NetworkError(f"kernel has {len(kernel)} lengths; a window over an image has two, in "
                           "x[c,u+p-1,v+q-1]")
    return (kernel[0], kernel[-1])


@kind("the mean of each window, which may overlap",
      f'{SERIES}|kind = "avgpool"; kernel = 3; stride = 2|kind = "flatten"|kind = "dense"; size = 2')
def avgpool(shape: Shape, batch: Batch, kernel: Window, stride: int | None = None) -> Written:
    return _pool("avgpool", shape, kernel, stride, False)


@kind("the greatest of each window, which may overlap; at a tie the first",
      f'{SERIES}|kind = "conv1d"; channels = 2; kernel = 2; activation = "tanh"|kind = "maxpool"; kernel = 3; '
      'stride = 2|kind = "flatten"|kind = "dense"; size = 2')
def maxpool(shape: Shape, batch: Batch, kernel: Window, stride: int | None = None) -> Written:
    return _pool("maxpool", shape, kernel, stride, True)


def _pool(name: str, shape: Shape, kernel: Sequence[int], stride: int | None, largest: bool) -> Written:
    _check_rank(name, shape, 1, 3, "units, channels × length, or channels × height × width")
    lengths = _square(kernel) if len(shape) == 3 else tuple(kernel)
    if len(lengths) > max(1, len(shape) - 1):
        raise NetworkError(f"kernel has {len(lengths)} lengths, but {name} reads an input of {shown(shape)}, in "
                           f"x[{'c,' * (len(shape) - 1)}{STANDS['stride'].partition('c,')[2]}")
    return convolution.pool(shape, lengths, stride, largest)


@kind("all axes as one, row after row", f'{SERIES}|kind = "flatten"|kind = "dense"; size = 2')
def flatten(shape: Shape, batch: Batch) -> Written:
    _check_rank("flatten", shape, 2, 3, "an input of two axes or three")
    return convolution.flatten(shape)


# normalisation


@kind("each unit over the data to mean 0 and variance 1, then scale and shift; as in training",
      'size = 3|kind = "dense"; size = 4; activation = "tanh"|kind = "batchnorm"|kind = "dense"; size = 2#rows')
def batchnorm(shape: Shape, batch: Batch, eps: float = 1e-5) -> Written:
    return normalisation.batchnorm(shape, batch, _decimal(_exact(eps)))


@kind("the units of each datum to mean 0 and variance 1, then scale and shift",
      'size = 3|kind = "dense"; size = 4; activation = "tanh"|kind = "layernorm"|kind = "dense"; size = 2')
def layernorm(shape: Shape, batch: Batch, eps: float = 1e-5) -> Written:
    return normalisation.layernorm(shape, _decimal(_exact(eps)))


@kind("the units of each datum to mean square 1, then scale",
      'size = 3|kind = "dense"; size = 4; activation = "tanh"|kind = "rmsnorm"|kind = "dense"; size = 2')
def rmsnorm(shape: Shape, batch: Batch, eps: float = 1e-5) -> Written:
    return normalisation.rmsnorm(shape, _decimal(_exact(eps)))


@kind("the channels of each group, over their places, to mean 0 and variance 1, then scale and shift",
      'size = [4, 3]|kind = "groupnorm"; groups = 2|kind = "flatten"|kind = "dense"; size = 2')
def groupnorm(shape: Shape, batch: Batch, groups: int, eps: float = 1e-5) -> Written:
    return normalisation.groupnorm(shape, groups, _decimal(_exact(eps)))


def _exact(value: float | Fraction) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(str(value))


# sequences


@kind("a state that reads the input and its own past", f'{SEQUENCE}|kind = "rnn"; size = 4|kind = "dense"; size = 2')
def rnn(shape: Shape, batch: Batch, size: Size, bidirectional: bool = False) -> Written:
    return recurrent.recurrent(shape, recurrent.rnn, size, bidirectional)


@kind("a cell state kept by a forget gate, written by an input gate, read by an output gate",
      f'{SEQUENCE}|kind = "lstm"; size = 4|kind = "dense"; size = 2')
def lstm(shape: Shape, batch: Batch, size: Size, bidirectional: bool = False) -> Written:
    return recurrent.recurrent(shape, recurrent.lstm, size, bidirectional)


@kind("a state between its past and a candidate, by an update gate; a reset gate says what the candidate sees",
      f'{SEQUENCE}|kind = "gru"; size = 4|kind = "dense"; size = 2')
def gru(shape: Shape, batch: Batch, size: Size, bidirectional: bool = False) -> Written:
    return recurrent.recurrent(shape, recurrent.gru, size, bidirectional)


@kind("each place reads the values of all places, weighted by how its query meets their keys",
      f'{SEQUENCE}|kind = "attention"; size = 4; mask = "causal"|kind = "dense"; size = 2')
def attention(shape: Shape, batch: Batch, size: Size, mask: str = "none") -> Written:
    return attend.attention(shape, size, mask)


@kind("attention in several heads side by side, put together by one more matrix",
      'size = ["T", 4]|kind = "multihead"; heads = 2; mask = "causal"|kind = "dense"; size = 2')
def multihead(shape: Shape, batch: Batch, heads: int, mask: str = "none") -> Written:
    return attend.multihead(shape, heads, mask)


@kind("a row of a table for each token: x is one-hot, so the sum is a look-up",
      f'{SEQUENCE}|kind = "embedding"; size = 4; positions = true|kind = "dense"; size = 2')
def embedding(shape: Shape, batch: Batch, size: Size, positions: bool = False) -> Written:
    return attend.embedding(shape, size, positions)


@kind("pre-norm: attention around which the input is added, then two dense layers around which it is added",
      'size = ["T", 4]|kind = "transformer_block"; heads = 2; hidden = 5; mask = "causal"|kind = "dense"; size = 2')
def transformer_block(shape: Shape, batch: Batch, heads: int, hidden: Size, mask: str = "none",
                      activation: str = "tanh") -> tuple[Layer, ...]:
    attend.check(shape, mask)
    return (layer("residual", layers=[layer("layernorm"), layer("multihead", heads=heads, mask=mask)]),
            layer("residual", layers=[layer("layernorm"), dense(hidden, activation), dense(shape[-1], "identity")]))


# around, and through


@kind("each entry kept with a chance of 1 − rate, by a mask that is given, and scaled up by as much",
      'size = 3|kind = "dense"; size = 4; activation = "tanh"|kind = "dropout"; rate = 0.25|kind = "dense"; size = 2')
def dropout(shape: Shape, batch: Batch, rate: float) -> Written:
    at = leading(shape) + "j"
    kept = _decimal(1 - _exact(rate))
    return Written((f"a[{at}] = m[{at}]*x[{at}]/({kept})",), given=("m",), each=True)


def residual(shape: Shape, inner: Shape) -> Written:
    """``a = x + f(x)``, f the layers inside."""
    if len(shape) != len(inner) or any((n - k).is_zero is False for n, k in zip(shape, inner, strict=True)):
        raise NetworkError(f"a residual adds an input of shape {shown(shape)} to layers that end in {shown(inner)}, "
                           "in a[j] = x[j] + f[j]")
    at = leading(shape) + "j"
    return Written((f"a[{at}] = x[{at}] + f[{at}]",))


def concat(shape: Shape, inner: Shape) -> Written:
    """``a = (x, f(x))``: the units of the input, then those of the layers inside."""
    if shape[:-1] != inner[:-1]:
        raise NetworkError(f"concat joins {shown(shape)} and {shown(inner)} along the last axis, and the others "
                           "differ, in a[j] = sum(i, delta(j,i)*x[i]) + sum(p, delta(j,p+n_i)*f[p])")
    lead = leading(shape)
    joined = f"sum(i, delta(j,i)*x[{lead}i]) + sum(p, delta(j,p+n_i)*f[{lead}p])"
    return Written((f"a[{lead}j] = {joined}",), {"j": shape[-1] + inner[-1]})


AROUND: dict[str, tuple[Callable[[Shape, Shape], Written], str, str]] = {
    "residual": (residual, "the input added to what the layers inside make of it",
                 'size = 3|kind = "residual"; layers = [{kind = "dense", size = 4, activation = "tanh"}, '
                 '{kind = "dense", size = 3, activation = "identity"}]|kind = "dense"; size = 2'),
    "concat": (concat, "the units of the input, then those that the layers inside make of it",
               'size = 3|kind = "concat"; layers = [{kind = "dense", size = 4, activation = "tanh"}]|'
               'kind = "dense"; size = 2'),
}


def example_toml(example: str) -> str:
    """A network in TOML from ``input|layer|layer#batch``, keys separated by semicolons."""
    body, _, batch = example.partition("#")
    first, *rest = body.split("|")
    head = f'batch = "{batch}"\n\n' if batch else ""
    tables = [f"[input]\n{first}\n"] + ["[[layer]]\n" + "\n".join(_keys(part)) + "\n" for part in rest]
    return head + "\n".join(tables)


def _keys(part: str) -> list[str]:
    return [p.strip() for p in part.split(";")]
