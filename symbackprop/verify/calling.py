"""One call of somebody's backward function, and what it gave: a free function, or a method of an object with state."""

from __future__ import annotations

import builtins
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from symbackprop.verify.binding import Scene, UnknownArgumentError
from symbackprop.verify.objects import attributes, made_of
from symbackprop.verify.outline import BACKWARD, FORWARD, Outline
from symbackprop.verify.results import NothingReturnedError, apart, gradients
from symbackprop.verify.shim import Held
from symbackprop.verify.vocabulary import Known, meaning


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
    forward: BaseException | None = None
    """Why its own forward, called before, came to nothing."""
    reached: int = 0
    """The line of their function at which it failed."""


def attempt(code: Code, scene: Scene, order: Sequence[str]) -> Attempt:
    """One call in one layout; a failure is an attempt with a reason, never an exception."""
    result = Attempt(str(scene.layout))
    Held.converted = False
    try:
        with np.errstate(all="ignore"):
            _run(code, scene, order, result)
    except UnknownArgumentError as problem:
        result.kind, result.problem = "argument", _asked(problem.args, code.path)
    except NothingReturnedError as problem:
        result.kind, result.problem = "returned", str(problem)
    except BaseException as last:  # whatever they raise is a row
        # what an object lacks because its forward did not get through is not the matter
        first = result.forward if result.forward and isinstance(last, AttributeError | KeyError) else last
        result.kind, result.problem = type(first).__name__, says(first, code.path)
        result.reached = next(iter(_lines(first, code.path)), 0) or 0
    if Held.converted:
        result.notes.append("conversions to floats are left out: the numbers are exact")
    own = {*code.outlines[code.function].required, *code.outlines[code.function].optional}
    result.used = {n: v for n, v in scene.used.items() if n in own} if own and code.made is None else dict(scene.used)
    return result


def _asked(names: Sequence[str], path: str) -> str:
    """What has to be said of arguments, and where."""
    where = f"in {Path(path).with_suffix('.toml').name} beside the file" if path else "in the mapping"
    example = ", ".join(f"{n} = \"{v}\"" for n, v in zip(names, "xy" + "…" * len(names), strict=False))
    which = f"is the argument {names[0]}" if len(names) == 1 else f"are the arguments {', '.join(names)}"
    return f"what {which}? say it {where}: [arguments] {example} (known: x, y, W1, b1, params, lr, …)"


def says(problem: BaseException, path: str) -> str:
    """Type and message of an exception, and the line of their file in which it arose."""
    lines = _lines(problem, path)
    if isinstance(problem, SyntaxError):
        lines = [problem.lineno]
    where = f", line {lines[-1]}" if lines else ""
    if isinstance(problem, ModuleNotFoundError):
        return f"it imports {str(problem.name).partition('.')[0]}, which is not installed here{where}"
    if type(problem).__name__ == "LateError":
        return f"it takes too long{where}"
    if isinstance(problem, EOFError):
        return f"it waits for something to be typed (input){where}"
    if isinstance(problem, SystemExit):
        return f"it ends the program (sys.exit){where}"
    text = str(problem).strip().splitlines()
    return f"{type(problem).__name__}{': ' + text[0][:300] if text else ''}{where}"


def _lines(problem: BaseException, path: str) -> list[int | None]:
    return [f.lineno for f in traceback.extract_tb(problem.__traceback__) if path and f.filename == path]


def _run(code: Code, scene: Scene, order: Sequence[str], result: Attempt) -> None:
    names = [n for o in code.outlines.values() for n in (*o.required, *o.optional, *o.free, *o.attributes)]
    scene.places = Known(scene.places).counted(names)
    for name, there in code.names.items():
        if not name.startswith("_") and not callable(there) and not isinstance(there, ModuleType):
            scene.spare.setdefault(name.lower(), there)
    owner = made_of(code.made, code.outlines.get("__init__"), scene) if code.made is not None else None
    _globals(code, scene)
    forward = _forward(code)
    if forward is not None and forward.name != code.function:
        _own_forward(code, scene, owner, forward, result)
    chosen = code.outlines[code.function]
    call = getattr(owner, code.function) if owner is not None else code.names[code.function]
    arguments = _arguments(scene, chosen)
    before = {n: np.array(a) for n, a in scene.given.items()}
    returned = call(**arguments)
    bundles = (dict, str, tuple, list)
    if isinstance(returned, tuple) and returned and not isinstance(returned[0], bundles) and not np.ndim(returned[0]):
        result.loss = returned[0]
    if owner is not None and not _tells(returned):
        returned = attributes(owner, scene, before)
    if returned is None:
        returned = _set_globals(code, scene)
    result.gradients = apart(scene, gradients(scene, returned, chosen.returned, order, before, result.notes))


def _tells(returned: Any) -> bool:
    return isinstance(returned, dict | tuple | list) and len(returned) > 0


def _arguments(scene: Scene, of: Outline) -> dict[str, Any]:
    """Every required parameter, and of the others those whose names say what they are."""
    found, unknown = dict[str, Any](), list[str]()
    for name in of.required:
        try:
            found[name] = scene.argument(name, of)
        except UnknownArgumentError as problem:
            unknown += problem.args
    if unknown:
        raise UnknownArgumentError(*dict.fromkeys(unknown))
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
        if known is None or callable(there) or (there is None and hasattr(builtins, name)):
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
    like = (o for n, o in named.items() if "forward" in n or "feed" in n or "순전파" in n)
    return exact or next(like, None)


def _own_forward(code: Code, scene: Scene, owner: Any, forward: Outline, result: Attempt) -> None:
    call: Callable[..., Any] = getattr(owner, forward.name) if owner is not None else code.names[forward.name]
    try:
        returned = call(**_arguments(scene, forward))
    except UnknownArgumentError as problem:
        result.notes.append(f"its {forward.name} was not run: what is {', '.join(problem.args)}?")
        return
    except Exception as problem:
        # a forward of one datum beside a backward of many: there it is compared in another layout
        result.forward = problem
        return
    parts = returned if isinstance(returned, tuple) else (returned,)
    labels = forward.returned if len(forward.returned) == len(parts) else ("",) * len(parts)
    result.output = _output(scene, parts)
    scene.known.update({n: p for n, p in zip(labels, parts, strict=True)
                        if n.isidentifier() and n not in forward.required})  # fmt: skip
    bundles = [p for p in parts if isinstance(p, dict | tuple | list)]
    whole = bundles[-1] if bundles else returned
    if isinstance(whole, dict | tuple | list):
        for word in ("cache", "caches", "memory", "fwd", "forward_cache"):
            scene.known.setdefault(word, whole)


def _output(scene: Scene, parts: Sequence[Any]) -> Any:
    """Of what a forward returned the outputs of the network: what is equal to them, or else the last of their shape.
    None where it gives what the last activation is taken of: the scores before a softmax."""
    wanted = scene.array(scene.last)
    before = scene.last.replace("a[", "z[")
    inside = [list(p.values()) if isinstance(p, Mapping) else list(p) if isinstance(p, list) else [p] for p in parts]
    fit = [a for p in inside for a in p if isinstance(a, np.ndarray) and a.shape == wanted.shape]
    if not any(_equal(a, wanted) for a in fit) and before in scene.places:
        fit = [] if any(_equal(a, scene.array(before)) for a in fit) else fit
    return next((a for a in fit if _equal(a, wanted)), fit[-1] if fit else None)


def _equal(a: Any, b: Any) -> bool:
    return bool(np.all(a == b if a.dtype == object else np.isclose(a, b, rtol=1e-9, atol=0)))


def chosen_method(outlines: Mapping[str, Outline]) -> str | None:
    """The backward function of a class, by its name."""
    named = {n.lower(): n for n in outlines}
    return next((named[n] for n in BACKWARD if n in named), None) or next(
        (n for low, n in named.items() if "back" in low or "grad" in low or "역전파" in low),
        named.get("loss"))  # fmt: skip
