"""Derivation → fast functions by ``sympy.lambdify``: every entry written out, the network itself as shared terms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef

from symbackprop.language.derivation import Derivation
from symbackprop.language.errors import SymbackpropError, nearest
from symbackprop.language.indices import base_of, leaves
from symbackprop.language.quantity import PARAMETERS, Equation, Quantity
from symbackprop.numeric.components import Components, components_of, concrete_sizes, scale
from symbackprop.numeric.names import code_names
from symbackprop.numeric.ops import NUMPY

LIMIT = 20_000
"""Scalar operations beyond which writing every entry out is the wrong tool."""

Assignment = tuple[sp.Symbol, sp.Expr]


def lambdify(
    derivation: Derivation, name: str | None = None, sizes: Mapping[sp.Symbol | str, int] | None = None
) -> Callable[..., Any]:
    """A function of everything given (``x, y, W1, b1, …``) to one gradient, or to a dict of all of parameters.

    ``name`` is the adjoint's, ``dW[2]``; the dict has the parameters' names. Raises SymbackpropError
    for sizes that are missing, for functions without a definition, and beyond 20,000 operations.
    """
    program = derivation.forward
    at = concrete_sizes(program, sizes)
    wanted = _wanted(derivation, name)
    equations = _needed([*program.equations, *derivation.backward.equations], wanted)
    _check(equations, at)
    known = [*program.all_given, *(e.quantity for e in equations)]
    names = code_names(known)
    parts = components_of(known, names, at)
    assignments = list(parts.worked(equations))
    compiled = _compile(parts, program.all_given, names, wanted, assignments)
    shapes = [parts.shapes[q.symbol] for q in wanted]
    keys = None if name is not None else [names[_by(derivation, q)] for q in wanted]
    return _shaped(compiled, [names[q.name] for q in program.all_given], shapes, keys)


def _by(derivation: Derivation, adjoint: Quantity) -> str:
    return derivation.chapter(adjoint.name).by.name


def _wanted(derivation: Derivation, name: str | None) -> list[Quantity]:
    chapters = {c.quantity.name: c for c in derivation.chapters}
    if name is None:
        return [c.quantity for c in chapters.values() if c.by.role in PARAMETERS]
    if name not in chapters:
        raise SymbackpropError(f"{name} is not derived here; {nearest(name, chapters)}")
    return [chapters[name].quantity]


def _needed(equations: Sequence[Equation], wanted: Sequence[Quantity]) -> list[Equation]:
    """Those equations that the wanted quantities stand on, in order."""
    definitions = {e.quantity.symbol: e for e in equations}
    needed: set[sp.Symbol] = set()
    todo = [q.symbol for q in wanted]
    while todo:
        symbol = todo.pop()
        if symbol in definitions and symbol not in needed:
            needed.add(symbol)
            todo += map(base_of, leaves(definitions[symbol].expression))
    return [e for e in equations if e.quantity.symbol in needed]


def _check(equations: Sequence[Equation], sizes: Mapping[sp.Symbol, int]) -> None:
    operations = sum(scale(e, sizes) for e in equations)
    if operations > LIMIT:
        raise SymbackpropError(
            f"written out entry by entry this is about {operations:,} operations, more than {LIMIT:,}: "
            "use d.function(), which keeps arrays as arrays"
        )
    for equation in equations:
        for applied in equation.expression.atoms(AppliedUndef):
            raise SymbackpropError(f"{applied.func} has no definition, so there is no number for it: "
                                   "write the network with a function that has one")


def _compile(
    parts: Components, given: Sequence[Quantity], names: Mapping[str, str], wanted: Sequence[Quantity],
    assignments: Sequence[Assignment],
) -> Callable[..., Any]:
    arguments = [_nested([symbol for _, symbol in parts.entries(q)], parts.shapes[q.symbol]) for q in given]
    results = [[symbol for _, symbol in parts.entries(q)] for q in wanted]

    def shared(_: object) -> tuple[list[Assignment], Any]:
        return list(_with_common(assignments)), results

    modules = [{"erf": NUMPY.functions["erf"]}, "numpy"]
    function: Callable[..., Any] = sp.lambdify(arguments, results, modules=modules, cse=shared)
    return function


def _with_common(assignments: Sequence[Assignment]) -> Iterator[Assignment]:
    """The assignments with what they share among them drawn out, each before its first use."""
    common, reduced = sp.cse([e for _, e in assignments], symbols=sp.numbered_symbols("_t"))
    waiting = dict(common)
    for (symbol, _), expression in zip(assignments, reduced, strict=True):
        yield from _first(expression, waiting)
        yield symbol, expression


def _first(expression: sp.Expr, waiting: dict[sp.Symbol, sp.Expr]) -> Iterator[Assignment]:
    for symbol in sorted(expression.free_symbols & waiting.keys(), key=str):
        if symbol in waiting:
            body = waiting.pop(symbol)
            yield from _first(body, waiting)
            yield symbol, body


def _nested(symbols: Sequence[sp.Symbol], shape: tuple[int, ...]) -> Any:
    """The entries as nested lists, as lambdify unpacks arrays."""
    if not shape:
        return symbols[0]
    step = len(symbols) // shape[0]
    return [_nested(symbols[k * step : (k + 1) * step], shape[1:]) for k in range(shape[0])]


def _shaped(
    compiled: Callable[..., Any], order: Sequence[str], shapes: Sequence[tuple[int, ...]], keys: Sequence[str] | None
) -> Callable[..., Any]:
    """The compiled function with arguments by position or by name, its results as arrays."""

    def gradient(*args: Any, **named: Any) -> Any:
        values = _bound(order, args, named)
        with np.errstate(all="ignore"):
            arrays = [np.array(r).reshape(s)[()] for r, s in zip(compiled(*values), shapes, strict=True)]
        return arrays[0] if keys is None else dict(zip(keys, arrays, strict=True))

    gradient.__doc__ = f"gradient({', '.join(order)})"
    return gradient


def _bound(order: Sequence[str], args: Sequence[Any], named: Mapping[str, Any]) -> list[Any]:
    given = {**dict(zip(order, args, strict=False)), **named}
    wrong = [n for n in given if n not in order] or [n for n in order if n not in given]
    if wrong or len(args) > len(order) or len(given) != len(args) + len(named):
        raise TypeError(f"the arguments are {', '.join(order)}; check {', '.join(wrong) or 'their number'}")
    return [given[n] for n in order]

