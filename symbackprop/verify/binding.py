"""The arguments of somebody's function: guessed from their names, or as the mapping beside the file says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

from symbackprop.verify.layouts import Layout, Place
from symbackprop.verify.outline import Outline
from symbackprop.verify.shim import Held
from symbackprop.verify.vocabulary import Known, meaning

RATE = 0.125
"""The learning rate handed in: a power of two, so that (old − new)/η rounds nothing."""


class UnknownArgumentError(Exception):
    """An argument whose meaning cannot be guessed."""


class Named(dict[str, Any]):
    """Arrays by name, also by other usual names: ``params["w1"]``, ``cache["A0"]``."""

    def __init__(self, found: Mapping[str, Any], scene: Scene) -> None:
        super().__init__(found)
        self.scene = scene

    def __missing__(self, key: str) -> Any:
        try:
            self[key] = self.scene.argument(key)
        except UnknownArgumentError:
            raise KeyError(key) from None
        return self[key]


@dataclass
class Scene:
    """One call: the arrays of the network in one layout, and what else was made known (results of the forward)."""

    places: Mapping[str, Place]
    values: Mapping[str, Any]
    layout: Layout
    mapping: Mapping[str, str] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)
    buffers: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    spare: dict[str, Any] = field(default_factory=dict)
    """Global names of the code, small letters: for an argument called like one of them."""
    order: tuple[str, ...] = ()
    """The parameters in the one vector that was handed over, in their order."""

    @property
    def depth(self) -> int:
        return sum(p.role == "weight" for p in self.places.values())

    @property
    def last(self) -> str:
        return [n for n, p in self.places.items() if p.role == "activation"][-1]

    def named(self, role: str) -> str:
        return next(n for n, p in self.places.items() if p.role == role)

    def __post_init__(self) -> None:
        if not isinstance(self.places, Known):
            self.places = Known(self.places)

    def array(self, name: str) -> Any:
        """A copy of a quantity in the layout of the code; the copy of a parameter is kept, to see if it is changed."""
        bias = name.replace("W[", "b[") if self.places[name].role == "weight" and self.layout.joined else ""
        found = (self.layout.join(self.values[name], self.values[bias]) if bias in self.places and bias != name
                 else self.layout.present(self.places[name], self.values[name])).view(Held)  # fmt: skip
        if self.places[name].role in ("weight", "bias", "parameter"):
            return self.given.setdefault(name, found)
        return found

    @property
    def parameters(self) -> list[str]:
        """The parameters, weights before biases; biases that stand in the weights are none of their own."""
        named = [n for n, p in self.places.items() if p.role in ("weight", "bias", "parameter")]
        return [n for n in named if not (self.layout.joined and self.places[n].role == "bias")]

    def argument(self, name: str, of: Outline | None = None) -> Any:
        """The value for an argument, or a global name."""
        said = self.mapping.get(name, name)
        if said == name and name in self.known:
            self.used[name] = "the forward pass"
            return self.known[name]
        if of is not None and said == name and name in of.unpacked and meaning(name, self.places) in _BUNDLES:
            self.used[name] = f"({', '.join(of.unpacked[name])})"
            return tuple(self.argument(n) for n in of.unpacked[name])
        found = ("quantity", said) if said in self.places else meaning(said, self.places)
        if found is None:
            if of is not None and name in of.unpacked:
                return tuple(self.argument(n) for n in of.unpacked[name])
            if name.lower() in self.spare:
                self.used[name] = "the global name"
                return self.spare[name.lower()]
            raise UnknownArgumentError(name)
        kind, which = found
        how = of.indexed.get(name, "") if of is not None else ""
        self.used[name] = which if kind == "quantity" else kind if not which else f"{kind} of {which}"
        return _MAKERS[kind](self, which, how, name)

    # what each kind of name is given

    def _one(self, which: str, how: str, name: str) -> Any:
        return self.array(which)

    def _list(self, which: str, how: str, name: str) -> Any:
        if self.depth == 1 and how != "place":
            return self.array(f"{which}[1]")
        labels = range(0 if which == "a" else 1, self.depth + 1)
        arrays = [self.array(f"{which}[{k}]") for k in labels]
        return dict(zip(labels, arrays, strict=True)) if how == "name" else arrays

    def _buffer(self, which: str, how: str, name: str) -> Any:
        if which not in self.buffers:
            self.buffers[which] = np.zeros_like(self.array(which)) * 1
        return self.buffers[which]

    def _buffers(self, which: str, how: str, name: str) -> Any:
        return [self._buffer(f"{which}[{k}]", how, name) for k in range(1, self.depth + 1)]

    def _params(self, which: str, how: str, name: str) -> Any:
        parameters = self.parameters
        if how == "vector":
            self.order = tuple(parameters)
            return self.given.setdefault("", np.concatenate([np.ravel(self.array(n)) for n in parameters]).view(Held))
        if how == "pairs":
            return [(self.array(f"W[{k}]"), self.array(f"b[{k}]")) for k in range(1, self.depth + 1)]
        first = 1 - getattr(self.places, "first", 1)
        named = Named({re.sub(r"\[(\d+)\]", lambda k: str(int(k[1]) - first), n): self.array(n) for n in parameters},
                      self)  # fmt: skip
        if how == "attribute" and name not in ("params", "parameters"):
            return SimpleNamespace(**named)
        return [self.array(n) for n in parameters] if how == "place" else named

    def _counted(self, which: str, how: str, name: str) -> Any:
        return self.values[self.named("input")].shape[1] if self.layout.data != "one" else 1

    def _sizes(self, which: str, how: str, name: str) -> Any:
        return self.sizes

    def _size(self, which: str, how: str, name: str) -> Any:
        if which == "hidden" and len(self.sizes) != 3:
            raise UnknownArgumentError(name)
        return self.sizes[{"first": 0, "hidden": 1, "last": -1}[which]]

    @property
    def sizes(self) -> list[int]:
        """How many units each layer has, the input first."""
        return [p.shape[0] for p in self.places.values() if p.role in ("input", "activation")]


_BUNDLES = (None, ("params", ""))
_MAKERS: Mapping[str, Any] = {
    "quantity": Scene._one, "list": Scene._list, "gradient": Scene._buffer, "gradients": Scene._buffers,
    "params": Scene._params, "count": Scene._counted, "sizes": Scene._sizes,
    "input": lambda s, w, h, n: s.array(s.named("input")), "target": lambda s, w, h, n: s.array(s.named("target")),
    "output": lambda s, w, h, n: s.array(s.last), "rate": lambda s, w, h, n: RATE,
    "depth": lambda s, w, h, n: s.depth, "size": Scene._size,
}  # fmt: skip
