"""How an array is read in code: as it stands, reshaped, shifted, or gathered at indices that are computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sympy as sp

from symbackprop.numeric.page import Page, Text

Write = Callable[[sp.Expr, Page], Text]


def whole(idx: sp.Expr, size: sp.Expr, page: Page) -> int | None:
    """The place of a bare index that runs over just this axis."""
    place = page.place.get(idx)
    return place if place is not None and page.ranges[place][1:] == (1, size) else None


def arranged(name: str, places: Sequence[int], of: int) -> str:
    """An array with its axes at these places among so many: ``b[:, None]``, ``W.T``."""
    if list(places) != sorted(places):
        order = sorted(range(len(places)), key=lambda p: places[p])
        name = f"{name}.T" if order == [1, 0] else f"{name}.transpose({', '.join(map(str, order))})"
    if len(places) == of:
        return name
    # leading axes come by broadcasting
    present = [":" if p in places else "None" for p in range(min(places), of)]
    return name if set(present) == {":"} else f"{name}[{', '.join(present)}]"


def reading(name: str, shape: tuple[sp.Expr, ...], at: tuple[sp.Expr, ...], page: Page, write: Write) -> str:
    """The code of ``array[at]`` over the frame of a page; 0 outside the range of the array."""
    for spelled in (_bare, _reshaped, _shifted):
        found = spelled(name, shape, at, page, write)
        if found is not None:
            return found
    page.helpers.add("read")
    return f"read({name}, {', '.join(write(i, page).code for i in at)})"


def _bare(
    name: str, shape: tuple[sp.Expr, ...], at: tuple[sp.Expr, ...], page: Page, write: Write
) -> str | None:
    places = [whole(i, n, page) for i, n in zip(at, shape, strict=True)]
    kept = [p for p in places if p is not None]
    return arranged(name, kept, len(page.ranges)) if len(kept) == len(places) == len(set(kept)) else None


def _reshaped(
    name: str, shape: tuple[sp.Expr, ...], at: tuple[sp.Expr, ...], page: Page, write: Write
) -> str | None:
    """``a[N(c−1)+u]`` is ``a.reshape(C, N)[c,u]``: an axis read row after row."""
    opened: list[sp.Expr] = []
    for i, n in zip(at, shape, strict=True):
        rows = None if i in page.place else row_after_row(i, n, page)
        opened += [i] if rows is None else rows
    if len(opened) == len(at):
        return None
    sizes = tuple(page.ranges[page.place[i]][2] if i in page.place else n for i, n in
                  zip(opened, (*shape, *[sp.S.Zero] * len(opened)), strict=False))
    text = f"{name}.reshape({', '.join(write(n, page).code for n in sizes)})"
    return _bare(text, sizes, tuple(opened), page, write)


def row_after_row(at: sp.Expr, size: sp.Expr, page: Page) -> list[sp.Symbol] | None:
    """The indices c, u, … of which ``at`` counts the places row after row, over all of an axis."""
    indices = [i for i in page.place if i in at.free_symbols and page.ranges[page.place[i]][1] == 1]
    if len(indices) < 2:
        return None
    order = _fastest_last(at, indices)
    step, place = sp.S.One, sp.S.One
    for i in reversed(order):
        place += step * (i - 1)
        step *= page.ranges[page.place[i]][2]
    return order if sp.expand(place - at) == 0 and sp.expand(step - size) == 0 else None


def _fastest_last(at: sp.Expr, indices: Sequence[sp.Symbol]) -> list[sp.Symbol]:
    """By the step of each; those of one step, beside an axis of length 1, stay as they are."""
    steps = {i: sp.default_sort_key(sp.expand(at).coeff(i)) for i in indices}
    return sorted(indices, key=lambda i: steps[i], reverse=True)


def _shifted(
    name: str, shape: tuple[sp.Expr, ...], at: tuple[sp.Expr, ...], page: Page, write: Write
) -> str | None:
    """``h[t−1,j]``: one index that is a fixed step from a bare one."""
    for axis, i in enumerate(at):
        own = next(iter(i.free_symbols & set(page.place)), None)
        step = i - own if own is not None else i
        if own is None or not step.is_Integer or step == 0:
            continue
        text = f"shifted({name}, {step}{f', axis={axis}' if axis else ''})"
        found = _bare(text, shape, (*at[:axis], own, *at[axis + 1:]), page, write)
        if found is not None:
            page.helpers.add("shifted")
            return found
    return None
