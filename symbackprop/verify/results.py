"""What came back from somebody's function, as gradients by the name of the parameter."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from symbackprop.verify.binding import RATE, Scene
from symbackprop.verify.vocabulary import meaning

PARAMETERS = ("weight", "bias", "parameter")


class NothingReturnedError(Exception):
    """What came back holds no gradient that can be told apart."""


def gradients(scene: Scene, returned: Any, names: Sequence[str], order: Sequence[str], before: Mapping[str, Any],
              notes: list[str]) -> dict[str, Any]:
    """Gradients by parameter, from what was returned; from buffers that were filled; from parameters that moved."""
    if scene.order and isinstance(returned, tuple | list):
        returned = next((r for r in returned if np.ndim(r) == 1 and np.size(r) == np.size(scene.given[""])), returned)
    whole = scene.order and np.ndim(returned) == 1 and np.size(returned) == np.size(scene.given[""])
    found = _cut(scene, returned) if whole else dict(_named(scene, returned, order or names, notes))
    moved = {n: a for n, a in scene.given.items() if n in before and _differs(a, before[n])}
    changed = dict.fromkeys(moved) if not found else {}
    updated = _updated(scene, found, before)
    if updated:
        notes.append(f"one step of descent: the gradient is (old − new)/η, η = {RATE}")
        return {n: (np.asarray(before[n]) - a) / RATE for n, a in updated.items()}
    if found:
        if moved:
            notes.append(f"it writes into {', '.join(moved)}, which were handed to it")
        return found
    filled = {n: a for n, a in scene.buffers.items() if np.any(np.asarray(a) != 0)}
    if filled:
        notes.append("gradients read from the buffers that were filled")
        return filled
    if changed:
        notes.append(f"one step of descent, in place: the gradient is (old − new)/η, η = {RATE}")
        return {n: (np.asarray(before[n]) - scene.given[n]) / RATE for n in changed}
    raise NothingReturnedError(_nothing(returned))


def _cut(scene: Scene, vector: Any) -> dict[str, Any]:
    """One vector as arrays by name, in the order in which the parameters stood in the one that was handed over."""
    ends = np.cumsum([np.size(scene.array(n)) for n in scene.order])[:-1]
    parts = np.split(np.asarray(vector), ends)
    return {n: np.reshape(p, np.shape(scene.array(n))) for n, p in zip(scene.order, parts, strict=True)}


def apart(scene: Scene, found: Mapping[str, Any]) -> dict[str, Any]:
    """Gradients of weights that hold their biases, as those of the two."""
    result = dict(found)
    for name, array in found.items():
        bias = name.replace("W[", "b[")
        if scene.layout.joined and bias != name and np.shape(array) == np.shape(scene.array(name)):
            result[name], result[bias] = scene.layout.part(array)
    return result


def _nothing(returned: Any) -> str:
    if returned is None:
        return "it returns None, and nothing that was handed to it was filled or changed"
    if isinstance(returned, dict):
        return f"it returns a dict with the keys {', '.join(map(str, list(returned)[:8]))}: none is known as a gradient"
    return f"it returns {type(returned).__name__}, in which no gradient can be told; name them in [returns] order"


def _differs(a: Any, b: Any) -> bool:
    return np.shape(a) != np.shape(b) or bool(np.any(np.asarray(a) != np.asarray(b)))


def _updated(scene: Scene, found: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """New parameters, where a learning rate was asked for and the names returned are those of parameters."""
    asked = "rate" in scene.used.values()
    return dict(found) if found and asked and scene.known.get(" plain names") else {}


def _named(scene: Scene, returned: Any, names: Sequence[str], notes: list[str]) -> Iterator[tuple[str, Any]]:
    if isinstance(returned, Mapping):
        yield from _by_name(scene, list(returned.items()), notes)
        return
    if not isinstance(returned, tuple | list):
        items = [(names[0] if len(names) == 1 else "", returned)] if isinstance(returned, np.ndarray) else []
    else:
        labels = [_label(n, scene) for n in names] if len(names) == len(returned) else [""] * len(returned)
        items = list(zip(labels, returned, strict=True))
    pairs = _pairs(scene, returned)
    if pairs:
        yield from pairs
        return
    maps = [v for _, v in items if isinstance(v, Mapping)]
    if maps:
        yield from _by_name(scene, [p for m in maps for p in m.items()], notes)
        return
    found = dict(_by_name(scene, items, []))
    yield from (found or dict(_by_shape(scene, [v for _, v in items]))).items()


def _pairs(scene: Scene, returned: Any) -> list[tuple[str, Any]]:
    """``[(dW, db), …]``, a pair a layer, alone or after the loss."""
    if not isinstance(returned, list | tuple):
        return []
    for one in (returned, *[r for r in returned if isinstance(r, list | tuple)]):
        if len(one) == scene.depth and all(isinstance(p, tuple | list) and len(p) == 2 for p in one):
            of = {tuple(np.shape(scene.array(f"W[{k}]"))): k for k in range(1, scene.depth + 1)}
            turned = [of.get(np.shape(p[0])) for p in one]
            if None in turned or any(np.shape(p[0])[0] not in np.shape(p[1]) and np.shape(p[0])[1] not in np.shape(p[1])
                                     for p in one):  # fmt: skip
                continue
            order = list(range(1, scene.depth + 1))
            order = order[::-1] if turned == order[::-1] else order
            return [(f"{letter}[{k}]", a) for k, p in zip(order, one, strict=True)
                    for letter, a in zip("Wb", p, strict=True)]
    return []


def _label(text: str, scene: Scene) -> str:
    """Of ``dW1 / count`` the name that is known as a gradient."""
    words = [w for w in re.findall(r"[^\W\d]\w*", text) if (meaning(w, scene.places) or ("",))[0] in _GRADIENTS]
    return words[0] if words and "(" not in text.replace("len(", "") else text


_GRADIENTS = ("gradient", "gradients")


def _by_name(scene: Scene, items: Sequence[tuple[Any, Any]], notes: list[str]) -> Iterator[tuple[str, Any]]:
    aside = []
    for name, value in items:
        kind, which = meaning(str(name), scene.places) or ("", "")
        if kind in ("gradients", "list") and isinstance(value, Mapping) and all(isinstance(k, int) for k in value):
            value = [value[k] for k in sorted(value)]
        if kind in ("gradients", "list") and isinstance(value, tuple | list):
            first = 1 if len(value) <= scene.depth else len(value) - scene.depth
            yield from ((f"{which}[{k}]", v) for k, v in enumerate(value[first - 1 :], start=1))
        elif kind in ("gradients", "list") and scene.depth == 1 and which in ("W", "b"):
            yield f"{which}[1]", value
        elif kind in ("gradient", "quantity") and scene.places[which].role in PARAMETERS and value is not None:
            if kind == "quantity":
                scene.known[" plain names"] = True
            yield which, value
        else:
            aside.append(str(name))
    if aside:
        notes.append(f"not judged: {', '.join(aside)}")


def _by_shape(scene: Scene, values: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Arrays without names: each is of the one parameter that has its shape."""
    flat = [v for value in values for v in (value if isinstance(value, tuple | list) else [value])]
    arrays = [v for v in flat if np.ndim(v) or scene.depth == 1]
    parameters = scene.parameters
    left = list(parameters)
    for v in arrays:
        fits = [n for n in left if np.shape(scene.array(n)) == np.shape(v)]
        if len(fits) > 1:
            raise NothingReturnedError(f"what came back has no names, and {' and '.join(fits)} have the same shape; "
                                       "say in the mapping which is which: [returns] order")
        if fits:
            left.remove(fits[0])
            yield fits[0], v
