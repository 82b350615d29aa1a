"""A backward function that is there already, in a notebook: called as it is, in this process."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from symbackprop.language.program import Program
from symbackprop.language.report import Verdict
from symbackprop.verify.attempts import called
from symbackprop.verify.calling import Code, chosen_method
from symbackprop.verify.comparison import Case, Diagnose, Kind
from symbackprop.verify.handed import Said, judge
from symbackprop.verify.jail import Outcome
from symbackprop.verify.mapping import mapping_of
from symbackprop.verify.outline import Outline, functions, literals
from symbackprop.verify.shim import thin, thin_math


def judge_callable(
    programs: Mapping[Kind, Program], function: Callable[..., Any], *, mapping: Mapping[str, Any] | None = None,
    diagnose: Diagnose | None = None,
) -> list[Verdict]:
    """One verdict a parameter for a function, a method or a class; ``mapping`` is what homework.toml would hold.

    Global names that it reads are set on a copy: those of the notebook stay as they are.
    """
    bound = getattr(function, "__self__", None)
    owner = function if isinstance(function, type) else type(bound) if bound is not None else None
    tree = _tree(owner or function)
    outlines = functions(tree, owner.__name__ if owner else "")
    name = getattr(function, "__name__", "function")
    chosen = (chosen_method(outlines) if isinstance(function, type) else name) or name
    if chosen not in outlines:
        outlines = {**outlines, chosen: _signature(function, chosen)}
    around = getattr(function, "__globals__", None) or getattr(getattr(owner, chosen, None), "__globals__", {})
    if not owner:
        outlines = {**_neighbours(function, around), **outlines}

    def runner(request: Mapping[str, Any]) -> Outcome:
        names = _copied(around, bool(request["exact"]))
        if not owner:
            own = _again(function, names)
            names[chosen] = own
        path = inspect.getsourcefile(owner or function) if outlines[chosen].line else ""
        return Outcome(called(Code(names, outlines, chosen, owner, path or ""), request))

    case = Case(programs, {"path": "", "function": name},
                mapping_of(dict(mapping or {}), "mapping"), runner, diagnose)  # fmt: skip
    return judge(case, Said(name, max(outlines[chosen].line, 1), frozenset(literals(tree))))


def _tree(what: Any) -> ast.Module:
    """The source, where there is one."""
    try:
        return ast.parse(textwrap.dedent(inspect.getsource(what)))
    except (OSError, TypeError, SyntaxError):
        return ast.Module([], [])


def _signature(function: Callable[..., Any], name: str) -> Outline:
    try:
        given = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return Outline(name, 0, (), ())
    required = tuple(p.name for p in given if p.default is p.empty and p.kind is not p.VAR_KEYWORD)
    return Outline(name, 0, required, tuple(p.name for p in given if p.default is not p.empty))


def _neighbours(function: Callable[..., Any], around: Mapping[str, Any]) -> dict[str, Outline]:
    """The outlines of the functions it calls by name."""
    code = getattr(function, "__code__", None)
    called_names = [n for n in getattr(code, "co_names", ()) if isinstance(around.get(n), FunctionType)]
    found: dict[str, Outline] = {}
    for name in called_names:
        found |= functions(_tree(around[name]))
    return found


def _copied(around: Mapping[str, Any], exact: bool) -> dict[str, Any]:
    """The global names of a notebook, its functions looking here, and not there, for theirs."""
    names = dict(around)
    for name, there in around.items():
        if isinstance(there, FunctionType) and there.__globals__ is around:
            names[name] = _again(there, names)
        elif exact and isinstance(there, ModuleType) and there is np:
            names[name] = thin()
        elif exact and isinstance(there, ModuleType) and there.__name__ == "math":
            names[name] = thin_math()
    return names


def _again(function: Any, names: dict[str, Any]) -> Any:
    if not isinstance(function, FunctionType):
        return function
    made = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    made.__kwdefaults__ = function.__kwdefaults__
    return made
