"""Spec strings: ``784-128:relu-10:softmax/ce`` is ``SIZES[/LOSS]``, with ``:activation`` after a layer."""

from __future__ import annotations

import re

import sympy as sp

from symbackprop.language.errors import NetworkError, SyntaxProblem, nearest
from symbackprop.networks.activations import NAMED, activation
from symbackprop.networks.layers import LARGEST_SIZE, Layer, dense, units
from symbackprop.networks.losses import LOSSES

MOST_LAYERS = 100_000
_SIZE = re.compile(r"[a-z][A-Za-z0-9_]*|[0-9]+(?:\^[0-9]+)?")
_DASHES = "‐‑‒–—−"


def read_spec(text: str) -> tuple[sp.Expr, tuple[Layer, ...], str]:
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
    if "..." in sizes or "…" in sizes:
        raise NetworkError("a depth that is a symbol (n0-...-nL) is not part of this version; "
                           "give the layers one by one, e.g. n0-n1-n2-n3")
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
    return inputs, tuple(layers), loss or "mse"


def _input(word: str, text: str) -> sp.Expr:
    if ":" in word:
        raise SyntaxProblem("the input has no activation", text, text.index(":"))
    return _size(word, text, 0)


def _layer(word: str, text: str, at: int) -> Layer:
    number, colon, name = word.partition(":")
    size = _size(number, text, at)
    if not colon:
        return dense(size)
    try:
        return dense(size, activation(name).name)
    except NetworkError:
        raise SyntaxProblem(f"unknown activation '{name}'", text, at + len(number) + 1,
                            nearest(name, NAMED)) from None


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
