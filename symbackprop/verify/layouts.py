"""How the arrays of a network are laid out in somebody's code: data, weights, vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

Data = Literal["one", "columns", "rows"]


@dataclass(frozen=True)
class Place:
    """One quantity as code has to know it: its name, its role, its shape, and whether its last axis is the data."""

    name: str
    role: str
    shape: tuple[int, ...]
    data: bool = False


@dataclass(frozen=True)
class Layout:
    """``weights``: which axis comes first. ``vectors``: a vector as (n,), (n, 1) or (1, n); ``mixed``: biases (n, 1), a
    datum (n,); ``first``, ``last``: biases as that column of the weights of their layer."""

    data: Data
    weights: Literal["out,in", "in,out"]
    vectors: Literal["flat", "column", "row", "mixed", "first", "last"]

    def __str__(self) -> str:
        data = {"one": "one datum a call", "columns": "data as columns", "rows": "data as rows"}[self.data]
        vectors = {"flat": "vectors (n,)", "column": "vectors (n, 1)", "row": "vectors (1, n)",
                   "mixed": "biases (n, 1), a datum (n,)",
                   "first": "biases first in the weights", "last": "biases last in the weights"}[self.vectors]
        return f"{data}; weights ({self.weights}); {vectors}"

    @property
    def joined(self) -> bool:
        """Are the biases a column of the weights?"""
        return self.vectors in ("first", "last")

    def join(self, weight: Any, bias: Any) -> Any:
        """The weights of a layer with their biases as one array of this layout."""
        parts = (bias[:, None], weight) if self.vectors == "first" else (weight, bias[:, None])
        found = np.concatenate(parts, axis=1)
        return found.T.copy() if self.weights == "in,out" else found

    def part(self, joined: Any) -> tuple[Any, Any]:
        """Weights and biases, out of one array of this layout, in it."""
        array = np.asarray(joined).T if self.weights == "in,out" else np.asarray(joined)
        weight, bias = (array[:, 1:], array[:, 0]) if self.vectors == "first" else (array[:, :-1], array[:, -1])
        return (weight.T if self.weights == "in,out" else weight), bias

    def present(self, place: Place, array: Any) -> Any:
        """A copy of an array as code of this layout has it."""
        found = np.array(array)
        if place.data and found.ndim == 2:
            return found.T.copy() if self.data == "rows" else found
        if found.ndim == 2:
            return found.T.copy() if self.weights == "in,out" else found
        upright = self.vectors == "column" or (self.vectors == "mixed" and place.role == "bias")
        if found.ndim == 1 and not place.data and (upright or self.vectors == "row"):
            return found.reshape((-1, 1) if upright else (1, -1))
        return found

    def back(self, place: Place, array: Any) -> Any | None:
        """An array in this layout as the network has it; None where the shape does not fit."""
        found = np.asarray(array)
        if found.shape != self.present(place, np.empty(place.shape)).shape:
            return None
        turned = self.weights == "in,out" if not place.data else self.data == "rows"
        return found.T if found.ndim == 2 and len(place.shape) == 2 and turned else found.reshape(place.shape)


VECTORS: Mapping[Data, tuple[Any, ...]] = {
    "one": ("flat", "column", "row", "mixed"), "rows": ("flat", "column", "row"), "columns": ("column", "flat"),
}  # fmt: skip


def layouts(options: Mapping[str, str], kinds: tuple[Data, ...], joined: bool = False) -> list[Layout]:
    """Every layout that is tried, those over many data first; ``options`` fix what is known; ``joined``: no name in
    the code is that of a bias."""
    found = [
        Layout(data, weights, vectors)
        for data in (*[k for k in kinds if k != "one"], *[k for k in kinds if k == "one"])
        for weights in ("out,in", "in,out")
        for vectors in (("last", "first") if joined else VECTORS[data])
    ]  # fmt: skip
    return [x for x in found if all(getattr(x, k) == v for k, v in options.items() if k in ("data", "weights",
                                                                                             "vectors"))]
