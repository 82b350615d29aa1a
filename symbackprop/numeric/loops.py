"""A recurrence in code: arrays made beforehand, then ``for t in range(T)`` with every equation at one time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import groupby

import sympy as sp

from symbackprop.language.arrays import Array, MatrixForm
from symbackprop.language.indices import base_of, indices_of, leaves
from symbackprop.language.quantity import Axis, Equation
from symbackprop.language.recurrence import Loop
from symbackprop.numeric.array_code import piece
from symbackprop.numeric.code import code
from symbackprop.numeric.names import identifier
from symbackprop.numeric.page import Page

Form = Callable[[Equation], MatrixForm]


def looped(loop: Loop, page: Page, form: Form) -> Iterator[str]:
    """The lines of a recurrence."""
    yield from _made_beforehand(loop, page)
    clock = _clock(loop, page)
    lengths = {e.quantity.shape[loop.axes[e.quantity.symbol]] for e in loop.equations}
    ends = sorted(code(n, page).code for n in lengths)
    times = f"range({ends[0]})" if len(ends) == 1 else f"range(min({', '.join(ends)}))"
    yield f"for {clock} in {times if loop.step > 0 else f'reversed({times})'}:"
    inner = replace(page, taken=page.taken | {clock})
    for e in loop.equations:
        yield from (f"    {line}" for line in _at_one_time(e, loop, sp.Symbol(clock, integer=True), inner, form))


def _made_beforehand(loop: Loop, page: Page) -> Iterator[str]:
    """One line for the arrays of one shape."""
    shaped = sorted(((tuple(code(n, page).code for n in e.quantity.shape), page.names[e.quantity.symbol])
                     for e in loop.equations), key=lambda pair: pair[0])
    for shape, group in groupby(shaped, key=lambda pair: pair[0]):
        names = [name for _, name in group]
        sizes = [str(len(names)), *shape] if len(names) > 1 else list(shape)
        yield f"{', '.join(names)} = np.zeros(({', '.join(sizes)}{',' * (len(sizes) == 1)}))"


def _clock(loop: Loop, page: Page) -> str:
    """What the time is called: as in the first equation."""
    first = loop.equations[0]
    name = identifier(first.indices[loop.axes[first.quantity.symbol]].name)
    while name in page.taken:
        name += "_"
    return name


def _at_one_time(e: Equation, loop: Loop, clock: sp.Symbol, page: Page, form: Form) -> Iterator[str]:
    """``z[t] = W @ x[t] + U @ at(h, t - 1)``; formulas count times from 1, arrays from 0."""
    axis = loop.axes[e.quantity.symbol]
    time = e.indices[axis]
    own, page = _sliced(e, axis, clock, page)
    page = replace(page, names={**page.names, time: f"({clock} + 1)"}).fresh()
    array = None if time in own.expression.free_symbols else form(own).array
    text = _code_of(array, own, page)
    yield from page.lines()
    yield f"{_place(page.names[e.quantity.symbol], axis, str(clock))} = {text}"


def _code_of(array: Array | None, e: Equation, page: Page) -> str:
    if array is not None and e.expression.has(sp.Indexed):
        return piece(array, page).text.code
    return code(e.expression, page.over(e.indices, e.quantity.shape)).code


def _place(name: str, axis: int, at: str) -> str:
    return f"{name}[{':, ' * axis}{at}]"


def _sliced(e: Equation, axis: int, clock: sp.Symbol, page: Page) -> tuple[Equation, Page]:
    """The equation at one time: what it reads there are arrays with one axis less, ``h[t]``."""
    time = e.indices[axis]
    mapping: dict[sp.Expr, sp.Expr] = {}
    for leaf in dict.fromkeys(leaves(e.expression)):
        timed = [k for k, i in enumerate(indices_of(leaf)) if time in i.free_symbols]
        if len(timed) != 1 or indices_of(leaf)[timed[0]].free_symbols != {time}:
            continue
        k, base = timed[0], base_of(leaf)
        place = sp.expand(indices_of(leaf)[k].xreplace({time: clock + 1}) - 1)
        text, shape = _slice(e, base, k, place, axis, clock, page), page.shapes[base]
        symbol = sp.Symbol(text)
        page = page.named(symbol, text, (*shape[:k], *shape[k + 1:]))
        rest = (*indices_of(leaf)[:k], *indices_of(leaf)[k + 1:])
        mapping[leaf] = sp.Indexed(sp.IndexedBase(symbol), *rest) if rest else symbol
    q = e.quantity
    own = replace(q, axes=_without(q.axes, axis))
    return Equation(own, (*e.indices[:axis], *e.indices[axis + 1:]), e.expression.xreplace(mapping)), page


def _without(axes: tuple[Axis, ...], k: int) -> tuple[Axis, ...]:
    return (*axes[:k], *axes[k + 1:])


def _slice(e: Equation, base: sp.Symbol, k: int, place: sp.Expr, axis: int, clock: sp.Symbol, page: Page) -> str:
    """``h[t]`` now; ``at(h, t - 1)`` at a time that may be outside."""
    name = page.names[base]
    if place == clock and page.shapes[base][k] == e.quantity.shape[axis]:
        return _place(name, k, str(clock))
    page.helpers.add("at")
    where = code(place, replace(page, names={**page.names, clock: str(clock)})).code
    return f"at({name}, {where}{f', axis={k}' if k else ''})"
