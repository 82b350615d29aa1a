"""Sums and maxima in code: along axes, as a matrix product, by einsum with the letters of the formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

import sympy as sp

from symbackprop.language.errors import SymbackpropError
from symbackprop.language.indices import Limit, fresh, limits, rename, symbols_in
from symbackprop.language.reductions import Binder, Largest, Winner
from symbackprop.numeric.page import ATOM, PRODUCT, Page, Ranges, Text
from symbackprop.numeric.reads import Write, arranged, row_after_row

SUMMED = sp.Symbol("summed")
"""Stands for a sum that is written already, so that what is before it can be."""


def total(e: sp.Sum, page: Page, write: Write) -> Text:
    """``Σ``: what does not depend on its indices stands before it."""
    apart, body, bound = opened(distinct(e, page))
    _refuse_moving(bound, page, e)
    delta = _without_delta(body, bound, page, write)
    if delta is not None:
        return write(apart * delta[0], delta[1])
    for _, lower, upper in (b for b in bound if b[0] not in body.free_symbols):
        apart *= upper - lower + 1
    bound = [b for b in bound if b[0] in body.free_symbols]
    if not bound:
        return write(apart * body, page)
    text = _along_axes(body, bound, page, write, "sum") or _by_einsum(body, bound, page, write) \
        or _in_full(body, bound, page, write, "sum")
    return text if apart == 1 else write(apart * SUMMED, _with_slot(page, text))


def _with_slot(page: Page, text: Text) -> Page:
    return page.with_slot(SUMMED, text)


def distinct(e: Binder, page: Page) -> Binder:
    """With bound indices that have names of their own, where one is hidden by them."""
    taken = set(page.place) | symbols_in(e)
    mapping: dict[sp.Symbol, sp.Symbol] = {}
    for i, _, _ in limits(e):
        if i in page.place:
            mapping[i] = fresh(taken | set(mapping.values()), i.name)
    if not mapping:
        return e
    at = [(mapping.get(i, i), lower, upper) for i, lower, upper in limits(e)]
    return e.func(rename(e.function, mapping), *at)


def opened(e: sp.Sum) -> tuple[sp.Expr, sp.Expr, list[Limit]]:
    """What stands before the sum, what is summed, over what: sums in sums are one."""
    bound = list(reversed(limits(e)))
    apart, body = e.function.as_independent(*(i for i, _, _ in bound), as_Add=False)
    names = {i for i, _, _ in bound}
    while isinstance(body, sp.Sum):
        inner = list(reversed(limits(body)))
        if any(i in names or (lo.free_symbols | hi.free_symbols) & names for i, lo, hi in inner):
            break
        bound += inner
        names |= {i for i, _, _ in inner}
        more, body = body.function.as_independent(*names, as_Add=False)
        apart *= more
    return apart, body, bound


def _refuse_moving(bound: Sequence[Limit], page: Page, e: sp.Expr) -> None:
    within = set(page.place) | {i for i, _, _ in bound}
    if any((lower.free_symbols | upper.free_symbols) & within for _, lower, upper in bound):
        raise SymbackpropError(f"a sum with bounds that depend on an index cannot be written in NumPy: {e}")


def _over(body: sp.Expr, bound: Sequence[Limit], page: Page) -> tuple[Ranges, list[sp.Symbol]]:
    """The ranges of the indices of a body, in the order in which an array that has them is read, and the outer ones."""
    ranges = {r[0]: r for r in (*page.ranges, *bound)}
    order = order_of(body, ranges)
    inside = {i for i, _, _ in bound}
    return tuple(ranges[i] for i in order), [i for i in order if i not in inside]


def order_of(body: sp.Expr, known: Iterable[sp.Symbol]) -> list[sp.Symbol]:
    """The indices of an expression as they stand in the array that is read at the most of them; then the others."""
    free = [i for i in known if i in body.free_symbols]
    reads = [[own for i in leaf.indices for own in free if own in i.free_symbols]
             for leaf in sorted(body.atoms(sp.Indexed), key=str)]
    first = max(reads, key=lambda r: len(set(r)), default=[])
    return list(dict.fromkeys([*first, *free]))


def _along_axes(
    body: sp.Expr, bound: Sequence[Limit], page: Page, write: Write, method: str
) -> Text | None:
    """``(a * b).sum(axis=1)``, where all that is multiplied stands over the same indices."""
    ranges, outer = _over(body, bound, page)
    factors = [f.free_symbols & {i for i, _, _ in ranges} for f in sp.Mul.make_args(body)]
    if method == "sum" and any(f != factors[0] for f in factors):
        return None
    axes = [k for k, r in enumerate(ranges) if r[0] not in outer]
    named = f"axis={axes[0] if len(axes) == 1 else tuple(axes)}" if outer else ""
    text = f"{write(body, page.within(ranges)).within(ATOM)}.{method}({named})"
    return Text(arranged(text, [page.place[i] for i in outer], len(page.ranges)) if outer else text)


def _in_full(body: sp.Expr, bound: Sequence[Limit], page: Page, write: Write, method: str) -> Text:
    """Over the last axes of all indices at once."""
    inner = page.within((*page.ranges, *bound))
    axes = tuple(range(-len(bound), 0))
    return Text(f"{write(body, inner).within(ATOM)}.{method}(axis={axes if len(axes) > 1 else axes[0]})")


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _by_einsum(body: sp.Expr, bound: Sequence[Limit], page: Page, write: Write) -> Text | None:
    """``np.einsum("ji,tik->tjk", W, a)``: the letters are those of the formula."""
    ranges = {r[0]: r for r in (*page.ranges, *bound)}
    inside = {i for i, _, _ in bound}
    if any(f.has(Binder) or not f.has(sp.Indexed) for f in sp.Mul.make_args(body)):
        return None
    operands = [(order_of(f, ranges), f) for f in sp.Mul.make_args(body)]
    outer = [r[0] for r in page.ranges if any(r[0] in at for at, _ in operands)]
    parts = [(at, write(f, page.within(tuple(ranges[i] for i in at)))) for at, f in operands]
    text = _matmul(parts, outer, inside)
    if text is None:
        used = dict.fromkeys(i for at, _ in operands for i in at)
        letter = _letters(list(used))
        spelled = ",".join("".join(letter[i] for i in at) for at, _ in parts)
        arrays = ", ".join(p.code for _, p in parts)
        result = "".join(letter[i] for i in outer)
        text = Text(f'np.einsum("{spelled}->{result}", {arrays}, optimize=True)')
    if len(outer) in (0, len(page.ranges)):
        return text
    return Text(arranged(text.within(ATOM), [page.place[i] for i in outer], len(page.ranges)))


def _matmul(parts: Sequence[tuple[list[sp.Symbol], Text]], outer: list[sp.Symbol], inside: Set[sp.Symbol]
            ) -> Text | None:
    """``W @ a``: a matrix times the last two axes of an array, its other axes being leading ones."""
    if len(parts) != 2 or len(inside) != 1:
        return None
    for (at, matrix), (other, array) in (parts, parts[::-1]):
        if len(at) == 2 and len(other) >= 2 and set(at) & set(other) == inside:
            (i,), (j,) = inside, set(at) - inside
            if other[-2] == i and outer == [*other[:-2], j, other[-1]]:
                left = matrix if at == [j, i] else Text(f"{matrix.within(ATOM)}.T")
                return Text(f"{left.within(PRODUCT)} @ {array.within(ATOM)}", PRODUCT)
    return None


def _letters(indices: Sequence[sp.Symbol]) -> dict[sp.Symbol, str]:
    """A letter an index: its own where it is one."""
    own = {i: i.name for i in indices if len(i.name) == 1 and i.name in LETTERS}
    free = iter(x for x in LETTERS if x not in own.values())
    return {i: own.get(i) or next(free) for i in indices}


def _without_delta(
    body: sp.Expr, bound: Sequence[Limit], page: Page, write: Write
) -> tuple[sp.Expr, Page] | None:
    """``Σ_c Σ_u δ(j, N(c−1)+u) x[c,u]`` is x row after row, ``Σ_i δ(j, i+n) x[i]`` is ``x[j−n]``."""
    for delta in (f for f in sp.Mul.make_args(body) if isinstance(f, sp.KroneckerDelta)):
        rest = body / delta
        for own, place in (delta.args[:2], delta.args[1::-1]):
            if own in page.place:
                found = _flattened(rest, own, place, bound, page, write) or _solved(rest, own, place, bound, page)
                if found is not None:
                    return found
    return None


def _flattened(
    rest: sp.Expr, own: sp.Symbol, place: sp.Expr, bound: Sequence[Limit], page: Page, write: Write
) -> tuple[sp.Expr, Page] | None:
    if not isinstance(rest, sp.Indexed):
        return None
    _, first, last = page.ranges[page.place[own]]
    rows = row_after_row(place, last, page.within(tuple(bound))) if first == 1 else None
    at, base = tuple(rest.indices), rest.base.label
    start = at.index(rows[0]) if rows and rows[0] in at else 0
    sizes = {i: n for i, _, n in bound}
    if not rows or set(rows) != set(sizes) or at[start:start + len(rows)] != tuple(rows):
        return None
    shape = page.shapes[base]
    if shape[start:start + len(rows)] != tuple(sizes[i] for i in rows):
        return None
    new = (*shape[:start], last, *shape[start + len(rows):])
    flat = sp.Dummy(base.name)
    text = f"{page.names[base]}.reshape({', '.join(write(n, page).code for n in new)})"
    leaf = sp.Indexed(sp.IndexedBase(flat), *at[:start], own, *at[start + len(rows):])
    return leaf, page.named(flat, text, new)


def _solved(
    rest: sp.Expr, own: sp.Symbol, place: sp.Expr, bound: Sequence[Limit], page: Page
) -> tuple[sp.Expr, Page] | None:
    """An array that is read at the index itself is 0 outside of the range, so the range needs no bracket."""
    for i, first, last in bound:
        if not (place - i).free_symbols & {b[0] for b in bound}:
            leaves = [f for f in sp.Mul.make_args(rest) if isinstance(f, sp.Indexed)]
            held = any(at == i and first == 1 and page.shapes.get(f.base.label, ())[k:k + 1] == (last,)
                       for f in leaves for k, at in enumerate(f.indices))
            if held:
                left = [b for b in reversed(bound) if b[0] != i]
                solved = rename(rest, {i: own - (place - i)})
                return (sp.Sum(solved, *left) if left else solved), page
    return None


# maxima


def largest(e: Largest, page: Page, write: Write) -> Text:
    """``max_p x[S(u−1)+p]``."""
    e = distinct(e, page)
    bound = list(limits(e))
    _refuse_moving(bound, page, e)
    if any(i not in e.function.free_symbols for i, _, _ in bound):
        raise SymbackpropError(f"the maximum of what does not depend on its index: {e.function}")
    return _along_axes(e.function, bound, page, write, "max") or _in_full(e.function, bound, page, write, "max")


def winner(e: Winner, page: Page, write: Write) -> Text:
    """1 at the first of the greatest, else 0."""
    greatest = distinct(e.largest, page)
    bound = limits(greatest)
    _refuse_moving(bound, page, e)
    values = write(greatest.function, page.within((*page.ranges, *bound))).code
    page.helpers.add("wins")
    places = [write(i - lo + 1, page).code for i, (_, lo, _) in zip(e.at, bound, strict=True)]
    return Text(f"wins({values}, {', '.join(places)})")
