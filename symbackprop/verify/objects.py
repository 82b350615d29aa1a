"""Objects that somebody's class makes: the parameters of the network put into them, gradients read out of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from symbackprop.verify.binding import Scene, UnknownArgumentError
from symbackprop.verify.outline import Outline
from symbackprop.verify.vocabulary import meaning

WEIGHTS = ("W", "w", "weight", "weights", "가중치")
Swapped = dict[int, tuple[Any, Any]]
"""Arrays by their id, the old one (kept, so that no other gets its id) and the one in its place."""
BIASES = ("b", "bias", "biases", "편향")


def made_of(made: type, start: Outline | None, scene: Scene) -> Any:
    """An object of the class, its parameters those of the network."""
    required = start.required if start else ()
    plain = [n for n in required if (meaning(n, scene.places) or ("",))[0] != "rate"]
    if len(plain) == len(scene.sizes):  # however they are called: the sizes in their order
        values: dict[str, Any] = dict(zip(plain, scene.sizes, strict=True))
    elif len(plain) == 1 and meaning(plain[0], scene.places) in (None, ("list", "W"), ("sizes", ""), ("params", "")):
        values = {plain[0]: scene.sizes}
    else:
        values = {n: scene.argument(n, start) for n in plain}
    rates = {n: scene.argument(n, start) for n in required if n not in plain}
    owner = made(**values, **rates)
    swapped: Swapped = {}
    _put(owner, scene, swapped)
    _layers(owner, scene, swapped)
    _everywhere(owner, swapped, set())
    return owner


def _put(made: Any, scene: Scene, swapped: Swapped) -> None:
    """The parameters of the network in the attributes of an object, in its dicts and its lists."""
    for name, there in list(vars(made).items()):
        known = _known(name, scene)
        if known in ("quantity", "list", "rate") and not callable(there):
            setattr(made, name, _like(there, scene, name, swapped, known))
        elif isinstance(there, dict):
            for key in there:
                if _known(str(key), scene) in ("quantity", "list"):
                    there[key] = _like(there[key], scene, str(key), swapped, "quantity")


def _known(name: str, scene: Scene) -> str:
    return (meaning(scene.mapping.get(name, name), scene.places) or ("",))[0]


def _like(there: Any, scene: Scene, name: str, swapped: Swapped, kind: str) -> Any:
    """What a name stands for in this network, of the kind that is there: an array, a list, a dict by the layer."""
    if kind == "list" and not isinstance(there, list | tuple | dict | np.ndarray):
        return there
    new = scene.argument(name)
    if isinstance(there, dict) and isinstance(new, list):
        keys = [k for k in there if isinstance(k, int)][-len(new):]
        return {**there, **dict(zip(keys, new, strict=True))} if len(keys) == len(new) else there
    if isinstance(there, np.ndarray):
        swapped[id(there)] = there, new
    elif isinstance(there, list | tuple) and isinstance(new, list) and len(there) == len(new):
        swapped.update({id(old): (old, one) for old, one in zip(there, new, strict=True)})
    return new


def _layers(owner: Any, scene: Scene, swapped: Swapped) -> None:
    """Objects with weights of their own, as many as there are layers: the layers of the network, in their order."""
    layers = _weighted(owner)
    if len(layers) != scene.depth:
        return
    for k, layer in enumerate(layers, start=1):
        for name in vars(layer):
            letter = "W" if name in WEIGHTS else "b" if name in BIASES else ""
            if letter and f"{letter}[{k}]" in scene.places:
                old, new = getattr(layer, name), scene.array(f"{letter}[{k}]")
                swapped.setdefault(id(old), (old, new))
                setattr(layer, name, swapped[id(old)][1])


def _weighted(owner: Any) -> list[Any]:
    return [x for x in _inside(owner, set()) if x is not owner and any(n in WEIGHTS for n in vars(x))]


def _inside(there: Any, seen: set[int]) -> Iterator[Any]:
    """The objects of classes of theirs within an object, in the order in which they were put there."""
    if id(there) in seen or isinstance(there, np.ndarray | str | type):
        return
    seen.add(id(there))
    if isinstance(there, list | tuple | dict):
        for x in there.values() if isinstance(there, dict) else there:
            yield from _inside(x, seen)
    elif hasattr(there, "__dict__") and not callable(there):
        yield there
        yield from _inside(dict(vars(there)), seen)


def _everywhere(there: Any, swapped: Swapped, seen: set[int]) -> None:
    """Parameters that stand in more places than one (a layer has its own name for them) are the new ones everywhere."""
    for x in _inside(there, seen):
        for name, value in list(vars(x).items()):
            if id(value) in swapped:
                setattr(x, name, swapped[id(value)][1])
            elif isinstance(value, dict | list):
                places = list(value) if isinstance(value, dict) else range(len(value))
                for k in places:
                    if id(value[k]) in swapped:
                        value[k] = swapped[id(value[k])][1]


def attributes(owner: Any, scene: Scene, before: Mapping[str, Any]) -> dict[str, Any] | None:
    """Gradients that an object keeps: ``.dW1``, ``.grads``, or ``.dW`` of each of its layers."""
    found: dict[str, Any] = {}
    for name, there in vars(owner).items():
        known = meaning(name, scene.places)
        if known is not None and known[0] in ("gradient", "gradients"):
            found[name] = there
        elif isinstance(there, dict) and "grad" in name.lower():
            found.update(there)
        elif known is not None and known[0] == "quantity" and known[1] in before:
            scene.given[known[1]] = there
    layers = _weighted(owner)
    if not found and len(layers) == scene.depth:
        for k, layer in enumerate(layers, start=getattr(scene.places, "first", 1)):
            for name, value in vars(layer).items():
                known = meaning(name, {"W", "b"})
                if known in (("gradients", "W"), ("gradients", "b")) and value is not None:
                    found[f"d{known[1]}{k}"] = value
    return found or None


__all__ = ["UnknownArgumentError", "attributes", "made_of"]
