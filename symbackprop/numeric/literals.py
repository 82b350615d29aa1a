"""Arrays for what a program is given, as NumPy source: written out, or drawn where they are too large for a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Any

import numpy as np

from symbackprop.language.program import Program
from symbackprop.language.quantity import PARAMETERS, DomainKind, Quantity
from symbackprop.numeric.domains import Place, place_of
from symbackprop.numeric.evaluate import numbers
from symbackprop.numeric.given import from_seed
from symbackprop.numeric.names import code_names
from symbackprop.numeric.sample import distinct_sizes, domain_of, kink_margin
from symbackprop.numeric.source import data, key, parameters

WIDTH = 96
MOST_WRITTEN = 400
"""Numbers up to which all arrays of a network are written out."""
_UNIFORM = "rng.uniform(0.1, 0.9, {shape})"
DRAWS: Mapping[DomainKind, str] = {
    "number": _UNIFORM,
    "probability": _UNIFORM,
    "distribution": f"{_UNIFORM}\n{{name}} /= {{name}}.sum(axis={{axis}}, keepdims=True)",
    "one-hot": f"{_UNIFORM}\n{{name}} = 1.0 * ({{name}} == {{name}}.max(axis={{axis}}, keepdims=True))",
    "label": "1.0 * rng.integers(1, {count} + 1, {shape})",
    "sign": "rng.choice([-1.0, 1.0], {shape})",
}
"""One row a domain, as in ``domains``: how its arrays are drawn."""


def values_source(program: Program, values: Mapping[str, Any] | None = None) -> str:
    """``params = {…}``, ``x = …``, ``y = …`` for a generated module; without values the source draws them."""
    names = code_names(program.all_given)
    return "\n".join(_drawn(program, names, _places(program)) if values is None else _written(program, names, values))


def fits_a_page(program: Program) -> bool:
    """Are there few enough numbers to be written out?"""
    return sum(int(np.prod(p.shape)) for p in _places(program).values()) <= MOST_WRITTEN


def telling_values(program: Program, gradients: Callable[[Mapping[str, Any]], Iterable[Any]]) -> dict[str, Any]:
    """Numbers of two decimals at which no comparison is near its kink and no gradient is 0 throughout, which behind a
    relu that is off would show nothing: the first such draw, or the best of 24."""
    best: tuple[float, dict[str, Any]] | None = None
    for seed in range(24):
        values = from_seed(program, seed)
        steady = kink_margin(program, values) > 0.02
        telling = float(np.mean([bool(np.any(g)) for g in gradients(values)])) if steady else -1.0
        if best is None or telling > best[0]:
            best = telling, values
        if telling == 1.0:
            break
    assert best is not None
    return best[1]


def _places(program: Program) -> dict[Quantity, Place]:
    sizes = {**numbers(program), **distinct_sizes(program)}
    return {q: place_of(q, domain_of(q, program), sizes) for q in program.all_given}


# --- written out


def _written(program: Program, names: Mapping[str, str], values: Mapping[str, Any]) -> Iterator[str]:
    yield "params = {"
    for q in parameters(program):
        yield from _assigned(f'    "{key(q, names[q.name])}": ', values[q.name], ",")
    yield "}"
    for q in data(program):
        yield from _assigned(f"{names[q.name]} = ", values[q.name])


def _assigned(head: str, array: Any, tail: str = "") -> list[str]:
    """``head np.array([[…], […]])``, its rows below each other where the line is too long."""
    listed = np.asarray(array, dtype=float).tolist()
    line = f"{head}np.array({listed}){tail}"
    if len(line) <= WIDTH or not isinstance(listed, list):
        return [line]
    pad = " " * (len(head) - len(head.lstrip()) + 4)
    return [f"{head}np.array([", *(r for row in listed for r in _row(row, pad)), f"{pad[:-4]}]){tail}"]


def _row(row: object, pad: str) -> list[str]:
    return wrap(f"{row},", WIDTH, initial_indent=pad, subsequent_indent=f"{pad} ", break_long_words=False)


# --- drawn


def _drawn(program: Program, names: Mapping[str, str], places: Mapping[Quantity, Place]) -> Iterator[str]:
    yield "rng = np.random.default_rng(0)"
    yield "params = {"
    for q in parameters(program):
        shape = places[q].shape
        # by the root of the fan-in, so that sums stay of the size of 1
        spread = f" / np.sqrt({shape[-1]})" if len(shape) > 1 else ""
        draw = DRAWS["number"] if q.role not in PARAMETERS else "rng.uniform(-1, 1, {shape})" + spread
        yield f'    "{key(q, names[q.name])}": {draw.format(shape=shape)},'
    yield "}"
    for q in data(program):
        yield _draw(names[q.name], domain_of(q, program).kind, places[q])


def _draw(name: str, kind: DomainKind, place: Place) -> str:
    return f"{name} = " + DRAWS[kind].format(name=name, shape=place.shape, axis=place.axis, count=place.count)


def arranged(array: Any, have: Quantity, want: Quantity) -> Any:
    """An array of one quantity with its axes in the order of another: data as rows become data as columns."""
    names: Sequence[str] = [axis.name for axis in have.axes]
    order = [names.index(axis.name) for axis in want.axes if axis.name in names]
    return np.transpose(array, order) if sorted(order) == list(range(np.ndim(array))) else np.asarray(array)
