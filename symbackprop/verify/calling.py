"""One call of somebody's backward function, and what it gave: a free function, or a method of an object with state."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from symbackprop.verify.binding import Scene, UnknownArgumentError
from symbackprop.verify.outline import BACKWARD, FORWARD, Outline
from symbackprop.verify.results import NothingReturnedError, gradients
from symbackprop.verify.vocabulary import meaning


@dataclass
class Code:
    """Somebody's code once it is loaded: its names, the function asked for, or the class."""

    names: dict[str, Any]
    outlines: Mapping[str, Outline]
    function: str
    made: type | None = None
    path: str = ""


@dataclass
class Attempt:
    """What one call gave: gradients by parameter, the outputs of its own forward, its loss; or why there is nothing."""

    layout: str
    gradients: dict[str, Any] = field(default_factory=dict)
    output: Any = None
    loss: Any = None
    notes: list[str] = field(default_factory=list)
    used: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    kind: str = ""


def attempt(code: Code, scene: Scene, order: Sequence[str]) -> Attempt:
    """One call in one layout; a failure is an attempt with a reason, never an exception."""
    result = Attempt(str(scene.layout))
    try:
        with np.errstate(all="ignore"):
            _run(code, scene, order, result)
    except UnknownArgumentError as problem:
        name = problem.args[0]
        result.kind = "argument"
        result.problem = f"what is the argument {name}? say it in the mapping: [arguments] {name} = \"x\""
    except NothingReturnedError as problem:
        result.kind, result.problem = "returned", str(problem)
    except (Exception, SystemExit) as problem:
        result.kind, result.problem = type(problem).__name__, says(problem, code.path)
    result.used = dict(scene.used)
    return result


def says(problem: BaseException, path: str) -> str:
    """Type and message of an exception, and the line of their file in which it arose."""
    lines = [f.lineno for f in traceback.extract_tb(problem.__traceback__) if path and f.filename == path]
    if isinstance(problem, SyntaxError):
        lines = [problem.lineno]
    where = f", line {lines[-1]}" if lines else ""
    if isinstance(problem, ModuleNotFoundError):
        return f"it imports {problem.name}, which is not installed here{where}"
    if isinstance(problem, SystemExit):
        return f"it ends the program (sys.exit){where}"
    text = str(problem).strip().splitlines()
    return f"{type(problem).__name__}: {text[0][:300] if text else ''}{where}"


def _run(code: Code, scene: Scene, order: Sequence[str], result: Attempt) -> None:
    owner = _object(code, scene) if code.made is not None else None
    _globals(code, scene)
    forward = _forward(code)
    if forward is not None and forward.name != code.function:
        _own_forward(code, scene, owner, forward, result)
    chosen = code.outlines[code.function]
    call = getattr(owner, code.function) if owner is not None else code.names[code.function]
    arguments = _arguments(scene, chosen)
    before = {n: np.array(a) for n, a in scene.given.items()}
    returned = call(**arguments)
    bundle = dict | str | tuple | list
    if isinstance(returned, tuple) and returned and not isinstance(returned[0], bundle) and not np.ndim(returned[0]):
        result.loss = returned[0]
    if owner is not None and not _tells(returned):
        returned = _attributes(owner, scene, before)
    if returned is None:
        returned = _set_globals(code, scene)
    result.gradients = gradients(scene, returned, chosen.returned, order, before, result.notes)


def _tells(returned: Any) -> bool:
    return isinstance(returned, dict | tuple | list) and len(returned) > 0


def _arguments(scene: Scene, of: Outline) -> dict[str, Any]:
    """Every required parameter, and of the others those whose names say what they are."""
    found = {name: scene.argument(name, of) for name in of.required}
    for name in of.optional:
        known = meaning(scene.mapping.get(name, name), scene.places)
        if known is not None and known[0] not in ("count", "sizes", "depth"):
            found[name] = scene.argument(name, of)
    return found


def _globals(code: Code, scene: Scene) -> None:
    """Arrays that functions read from their module are set to those of the network."""
    free = frozenset().union(*(o.free for o in code.outlines.values()))
    for name in sorted(free):
        there = code.names.get(name)
        known = meaning(scene.mapping.get(name, name), scene.places)
        if known is None or callable(there):
            continue
        kind = known[0]
        numbers = isinstance(there, np.ndarray | list | None) and kind in _ARRAYS
        if numbers or (kind == "rate" and name in code.names) or (isinstance(there, dict) and kind == "params"):
            code.names[name] = scene.argument(name)


_ARRAYS = ("input", "target", "quantity", "list", "gradient", "gradients")


def _set_globals(code: Code, scene: Scene) -> dict[str, Any] | None:
    """Gradients that were put into global names; parameters there that are new are looked at later."""
    found = {}
    for name, value in code.names.items():
        known = meaning(name, scene.places)
        if known is not None and known[0] == "quantity" and known[1] in scene.given:
            scene.given[known[1]] = value
        if known is not None and known[0] in ("gradient", "gradients") and isinstance(value, np.ndarray | list):
            found[name] = value
    return found or None


def _forward(code: Code) -> Outline | None:
    named = {n.lower(): o for n, o in code.outlines.items()}
    exact = next((named[n] for n in FORWARD if n in named), None)
    like = (o for n, o in named.items() if "forward" in n or "feed" in n)
    return exact or next(like, None)


def _own_forward(code: Code, scene: Scene, owner: Any, forward: Outline, result: Attempt) -> None:
    call: Callable[..., Any] = getattr(owner, forward.name) if owner is not None else code.names[forward.name]
    try:
        returned = call(**_arguments(scene, forward))
    except UnknownArgumentError as problem:
        result.notes.append(f"its {forward.name} was not run: what is the argument {problem.args[0]}?")
        return
    except Exception:
        # a forward of one datum beside a backward of many: there it is compared in another layout
        return
    parts = returned if isinstance(returned, tuple) else (returned,)
    labels = forward.returned if len(forward.returned) == len(parts) else ("",) * len(parts)
    shape = np.shape(scene.array(scene.last))
    arrays = [p for p in parts if isinstance(p, np.ndarray) and p.shape == shape]
    lists = [p[-1] for p in parts if isinstance(p, list) and p and np.shape(p[-1]) == shape]
    result.output = arrays[0] if len(arrays) == 1 else arrays[-1] if arrays else lists[-1] if lists else None
    scene.known.update({n: p for n, p in zip(labels, parts, strict=True) if n.isidentifier()})
    bundles = [p for p in parts if isinstance(p, dict | tuple | list)]
    whole = bundles[-1] if bundles else returned
    if isinstance(whole, dict | tuple | list):
        for word in ("cache", "caches", "memory", "fwd", "forward_cache"):
            scene.known.setdefault(word, whole)


def _object(code: Code, scene: Scene) -> Any:
    """An object of the class, its parameters those of the network."""
    assert code.made is not None
    start = code.outlines.get("__init__")
    required = start.required if start else ()
    if len(required) == len(scene.sizes) and all(meaning(n, scene.places) in (None, ("output", ""), ("input", ""))
                                                  for n in required):  # fmt: skip
        made = code.made(*scene.sizes)
    else:
        made = code.made(**{n: _initial(scene, n, start) for n in required})
    _put(made, scene)
    return made


def _initial(scene: Scene, name: str, start: Outline | None) -> Any:
    return scene.sizes if name in ("layers", "sizes", "shape", "layer_sizes") else scene.argument(name, start)


def _put(made: Any, scene: Scene) -> None:
    """The parameters of the network in the attributes of an object, in its dicts, its lists, its layers."""
    for name, there in list(vars(made).items()):
        known = meaning(name, scene.places)
        if known is not None and known[0] in ("quantity", "list", "rate") and not callable(there):
            if known[0] != "list" or isinstance(there, list | np.ndarray):
                setattr(made, name, scene.argument(name))
        elif isinstance(there, dict):
            for key in there:
                inner = meaning(str(key), scene.places)
                if inner is not None and inner[0] in ("quantity", "list"):
                    there[key] = scene.argument(str(key))
        elif isinstance(there, list) and len(there) == scene.depth and all(hasattr(x, "__dict__") for x in there):
            for k, inner_layer in enumerate(there, start=1):
                for own in [n for n in vars(inner_layer) if n in ("W", "b", "w")]:
                    setattr(inner_layer, own, scene.array(f"{'b' if own == 'b' else 'W'}[{k}]"))


def _attributes(owner: Any, scene: Scene, before: Mapping[str, Any]) -> dict[str, Any] | None:
    """Gradients that an object keeps: ``.dW1``, ``.grads``, or ``.dW`` of each of its layers."""
    found: dict[str, Any] = {}
    for name, there in vars(owner).items():
        known = meaning(name, scene.places)
        if known is not None and known[0] in ("gradient", "gradients"):
            found[name] = there
        elif isinstance(there, dict) and "grad" in name.lower():
            found.update(there)
        elif isinstance(there, list) and len(there) == scene.depth and all(hasattr(x, "__dict__") for x in there):
            for k, inner in enumerate(there, start=1):
                found.update({f"d{n[1:]}{k}": v for n, v in vars(inner).items() if n in ("dW", "db", "dw")})
    moved = {}
    for name, there in vars(owner).items():
        known = meaning(name, scene.places)
        if known is not None and known[0] == "quantity" and known[1] in before:
            moved[known[1]] = there
    for which, there in moved.items():
        scene.given[which] = there
    return found or None


def chosen_method(outlines: Mapping[str, Outline]) -> str | None:
    """The backward function of a class, by its name."""
    named = {n.lower(): n for n in outlines}
    return next((named[n] for n in BACKWARD if n in named), None) or next(
        (n for low, n in named.items() if "back" in low or "grad" in low), None)  # fmt: skip
