"""What came back from somebody's function, as gradients by the name of the parameter."""

from __future__ import annotations

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
    found = dict(_named(scene, returned, order or names, notes))
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
        labels = list(names) if len(names) == len(returned) else [""] * len(returned)
        items = list(zip(labels, returned, strict=True))
    maps = [v for _, v in items if isinstance(v, Mapping)]
    if maps:
        yield from _by_name(scene, [p for m in maps for p in m.items()], notes)
        return
    found = dict(_by_name(scene, items, []))
    yield from (found or dict(_by_shape(scene, [v for _, v in items]))).items()


def _by_name(scene: Scene, items: Sequence[tuple[Any, Any]], notes: list[str]) -> Iterator[tuple[str, Any]]:
    aside = []
    for name, value in items:
        kind, which = meaning(str(name), scene.places) or ("", "")
        if kind in ("gradients", "list") and isinstance(value, tuple | list):
            first = 1 if len(value) <= scene.depth else len(value) - scene.depth
            yield from ((f"{which}[{k}]", v) for k, v in enumerate(value[first - 1 :], start=1))
        elif kind in ("gradients", "list") and scene.depth == 1 and which in ("W", "b"):
            yield f"{which}[1]", value
        elif kind in ("gradient", "quantity") and scene.places[which].role in PARAMETERS:
            if kind == "quantity":
                scene.known[" plain names"] = True
            yield which, value
        else:
            aside.append(str(name))
    if aside:
        notes.append(f"not judged: {', '.join(aside)}")


def _by_shape(scene: Scene, values: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Arrays without names: the one parameter of that shape, or, where all are there, in order."""
    flat = [v for value in values for v in (value if isinstance(value, tuple | list) else [value])]
    arrays = [v for v in flat if np.ndim(v) or scene.depth == 1]
    parameters = [n for n, p in scene.places.items() if p.role in PARAMETERS]
    left = list(parameters)
    for v in arrays:
        fits = [n for n in left if np.shape(scene.array(n)) == np.shape(v)]
        if fits:
            left.remove(fits[0])
            yield fits[0], v
