"""All calls of one handed-in function: every layout, twice, and what they gave as JSON."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import numpy as np

from symbackprop.verify.binding import Scene
from symbackprop.verify.calling import Attempt, Code, attempt, chosen_method
from symbackprop.verify.layouts import Layout, Place
from symbackprop.verify.outline import functions
from symbackprop.verify.shim import pack, unpack

MORE = 1000
"""Numbers of a gradient that are looked at, though its parameter has not half as many."""


def attempts(names: dict[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """``{"attempts": […]}``, or ``{"problem": …}`` where the function is not there."""
    tree = ast.parse(request["source"])
    first, _, method = request["function"].partition(".")
    if first not in names:
        return {"problem": f"there is no {first} in the file once it was run"}
    made = names[first] if isinstance(names[first], type) else None
    outlines = functions(tree, first if made else "")
    function = (method or chosen_method(outlines)) if made else first
    if not function or function not in outlines:
        return {"problem": f"no function {function or 'that goes backward'} in {first}"}
    return called(Code(names, outlines, function, made, request["path"]), request)


def called(code: Code, request: Mapping[str, Any]) -> dict[str, Any]:
    """Loaded code, called in every layout."""
    return {"attempts": [_as_json(_twice(code, request, *case), case[1]) for case in cases(request)]}


def cases(request: Mapping[str, Any]) -> list[tuple[Layout, dict[str, Place], dict[str, Any]]]:
    """Each layout with the network as it has to be there: about one datum, or over data."""
    found = []
    for layout in (Layout(*x) for x in request["layouts"]):
        told = request["networks"]["one" if layout.data == "one" else "columns"]
        places = {p[0]: Place(p[0], p[1], tuple(p[2]), p[3]) for p in told["places"]}
        found.append((layout, places, {n: unpack(v) for n, v in told["values"].items()}))
    return found


def _twice(code: Code, request: Mapping[str, Any], layout: Layout, places: dict[str, Place], values: Any) -> Attempt:
    def once() -> Attempt:
        scene = Scene(places, values, layout, request["arguments"])
        return attempt(code, scene, request["order"])

    first = once()
    if first.problem:
        return first
    second = once()
    same = first.gradients.keys() == second.gradients.keys() and all(
        _alike(np.asarray(a), np.asarray(b))
        for a, b in zip(first.gradients.values(), second.gradients.values(), strict=True))  # fmt: skip
    if not same:
        first.notes.append("a second call with the same arguments gives another answer: it keeps something from the "
                           "first (a sum that is not set to zero, or chance)")
    return first


def _alike(a: Any, b: Any) -> bool:
    # what is no number is not equal to itself
    return a.shape == b.shape and bool(np.all((a == b) | ((a != a) & (b != b))))


def _as_json(made: Attempt, places: Mapping[str, Place]) -> dict[str, Any]:
    found = {}
    for name, value in made.gradients.items():
        try:
            if np.size(value) > 2 * np.prod(places[name].shape) + MORE:
                found[name] = {"problem": f"d{name} has the shape {np.shape(value)}"}
                continue
            found[name] = pack(value)
        except (TypeError, ValueError, ArithmeticError) as problem:
            found[name] = {"problem": f"what came back for {name} {str(problem)[:200]}"}
    loss = _or_none(made.loss)
    return {"layout": made.layout, "gradients": found, "output": _or_none(made.output), "loss": loss,
            "notes": made.notes, "used": made.used, "problem": made.problem, "kind": made.kind,
            "reached": made.reached}  # fmt: skip


def _or_none(value: Any) -> Any:
    try:
        return pack(value) if value is not None else None
    except (TypeError, ValueError, ArithmeticError):
        return None
