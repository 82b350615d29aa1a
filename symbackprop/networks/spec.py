"""Spec strings: ``784-128:relu-10:softmax/ce`` is ``SIZES[/LOSS]``, with ``:activation`` after a layer.

``n0-...-nL`` leaves the number of layers a symbol.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import sympy as sp

from symbackprop.language.errors import NetworkError, SyntaxProblem, nearest
from symbackprop.language.quantity import DEPTH, LABEL, size
from symbackprop.networks.activations import NAMED, activation
from symbackprop.networks.layers import LARGEST_SIZE, Layer, dense, units
from symbackprop.networks.losses import LOSSES

MOST_LAYERS = 100_000
_SIZE = re.compile(r"[a-z][A-Za-z0-9_]*|[0-9]+(?:\^[0-9]+)?")
_ELLIPSIS = re.compile(r"\.\.\.|[…⋯]")
_DOTS = re.compile(r"\.{2,}|[…⋯]")
_DEEP = "write n0-...-nL, or one number for every layer, as in 1-...-1; activations as in n0-...:tanh-nL:softmax/ce"
_DASHES = "‐‑‒–—−"


@dataclass(frozen=True)
class Spec:
    """What a spec says. ``deep``: the number of layers is a symbol, and ``layers`` are a general one and the last."""

    inputs: sp.Expr
    layers: tuple[Layer, ...]
    loss: str
    deep: bool = False


def read_spec(text: str) -> Spec:
    """Input size, layers, loss name. Raises SyntaxProblem (caret), NetworkError for too many layers."""
    if text.count("-") > MOST_LAYERS:
        raise NetworkError(f"{text.count('-'):,} layers; the limit is {MOST_LAYERS:,}")
    if len(text) > 40 * MOST_LAYERS:
        raise NetworkError(f"a spec of {len(text):,} characters is too long")
    for dash in _DASHES:
        if dash in text:
            raise SyntaxProblem(f"'{dash}' is not the minus sign that joins sizes", text, text.index(dash),
                                "sizes are joined by the ASCII sign '-', as in 784-128-10")
    sizes, _, loss = text.partition("/")
    if "/" in text and loss not in LOSSES:
        raise SyntaxProblem(f"unknown loss '{loss}'", text, len(sizes) + 1, nearest(loss, LOSSES))
    if _DOTS.search(sizes):
        return _deep(sizes, text, loss or "mse")
    at = 0
    inputs: sp.Expr | None = None
    layers: list[Layer] = []
    for word in sizes.split("-"):
        if inputs is None:
            inputs = _input(word, text)
        else:
            layers.append(_layer(word, text, at))
        at += len(word) + 1
    if not layers or inputs is None:
        raise SyntaxProblem("a network has at least two sizes, input and output", text, len(sizes), "e.g. 784-10")
    return Spec(inputs, tuple(layers), loss or "mse")


def _deep(sizes: str, text: str, loss: str) -> Spec:
    """``n0-...:tanh-nL:softmax``: the ellipsis carries the activation of the hidden layers. One number at both ends is
    the size of every layer: ``1-...-1`` is a chain."""
    words = sizes.split("-")
    starts = [sum(len(w) + 1 for w in words[:k]) for k in range(len(words))]
    _check_ellipsis(words, starts, sizes, text)
    last, colon, last_name = words[2].partition(":")
    dots, hidden_colon, hidden_name = words[1].partition(":")
    width = _width(words[0], last, text, starts[2])
    hidden = _activation(hidden_name, text, starts[1] + len(dots) + 1) if hidden_colon else "sigmoid"
    output = _activation(last_name, text, starts[2] + len(last) + 1) if colon else "sigmoid"
    layers = dense(width or size(LABEL), hidden), dense(width or size(DEPTH), output)
    return Spec(width or size(0), layers, loss, deep=True)


def _check_ellipsis(words: list[str], starts: list[int], sizes: str, text: str) -> None:
    """One ellipsis, between the first size and the last."""
    dots = [k for k, word in enumerate(words) if _ELLIPSIS.match(word)]
    if not dots or not _ELLIPSIS.fullmatch(words[dots[0]].partition(":")[0]):
        at = starts[dots[0]] if dots else _DOTS.search(sizes).start()  # type: ignore[union-attr]
        raise SyntaxProblem("an ellipsis is three dots that stand alone between two '-'", text, at, _DEEP)
    if len(dots) > 1:
        raise SyntaxProblem("a second ellipsis: one says how the depth goes on", text, starts[dots[1]], _DEEP)
    if dots[0] == 0 or not words[0]:
        raise SyntaxProblem("the size of the input is missing before the ellipsis", text, 0, _DEEP)
    if dots[0] == len(words) - 1 or not words[-1]:
        raise SyntaxProblem("the size of the last layer is missing after the ellipsis", text, len(sizes), _DEEP)
    if len(words) > 3:
        raise SyntaxProblem("only the first and the last size stand beside an ellipsis", text,
                            starts[1 if dots[0] > 1 else 3], _DEEP)


def _width(first: str, last: str, text: str, at: int) -> sp.Expr | None:
    """The number of units of every layer, where both ends are one number; None where the sizes are n0, …, nL."""
    if (first, last) == ("n0", "nL"):
        return None
    begin = _input(first, text)
    if begin.is_Integer and begin == _size(last, text, at):
        return begin
    raise SyntaxProblem(f"nothing says which sizes stand between {first} and {last}", text, at, _DEEP)


def _input(word: str, text: str) -> sp.Expr:
    if ":" in word:
        raise SyntaxProblem("the input has no activation", text, text.index(":"))
    return _size(word, text, 0)


def _layer(word: str, text: str, at: int) -> Layer:
    number, colon, name = word.partition(":")
    units_here = _size(number, text, at)
    return dense(units_here, _activation(name, text, at + len(number) + 1)) if colon else dense(units_here)


def _activation(name: str, text: str, at: int) -> str:
    try:
        return activation(name).name
    except NetworkError:
        raise SyntaxProblem(f"unknown activation '{name}'", text, at, nearest(name, NAMED)) from None


def _size(word: str, text: str, at: int) -> sp.Expr:
    if not _SIZE.fullmatch(word):
        what = f"'{word}' is not a size" if word else "a size is missing"
        raise SyntaxProblem(what, text, at, "a size is a whole number (10^6 allowed) or a name such as n1")
    if word[0].isalpha():
        return units(word)
    base, _, exponent = word.partition("^")
    if len(base) > 12 or len(exponent) > 3 or (exponent and len(base) * int(exponent) > 100):
        raise SyntaxProblem(f"a size of {word}: the limit is {LARGEST_SIZE:,}", text, at)
    value = int(base) ** int(exponent or 1)
    if value < 1 or value > LARGEST_SIZE:
        what = f"a layer of size {value}: sizes are 1 or more" if value < 1 else (
            f"a size of {word}: the limit is {LARGEST_SIZE:,}")
        raise SyntaxProblem(what, text, at)
    return units(value)
