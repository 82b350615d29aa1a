"""Recurrences: equations that read one another at an earlier (or a later) time, in the order in which they are worked.

``h[t,j] = f(Σ_k U[j,k] h[t-1,k])`` defines its own past; before the first time and after the last, arrays are 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sympy as sp

from symbackprop.language.errors import NetworkError
from symbackprop.language.indices import base_of, indices_of, leaves
from symbackprop.language.quantity import Equation


@dataclass(frozen=True)
class Loop:
    """Equations carried out together, time after time, in this order; ``axes`` is the place of the time index of each
    quantity, ``step`` is +1 where they read the past, −1 where they read the future."""

    equations: tuple[Equation, ...]
    axes: Mapping[sp.Symbol, int]
    step: int

    def times(self, length: int) -> range:
        """1..T, or T..1."""
        return range(1, length + 1) if self.step > 0 else range(length, 0, -1)


def in_order(equations: Sequence[Equation]) -> tuple[Equation | Loop, ...]:
    """The equations with each recurrence as one loop. Raises NetworkError where one reads itself at the same time."""
    place = {e.quantity.symbol: k for k, e in enumerate(equations)}
    reads = [sorted({place[b] for b in map(base_of, leaves(e.expression)) if b in place}) for e in equations]
    if all(r < k for k, found in enumerate(reads) for r in found):
        return tuple(equations)
    return tuple(
        equations[group[0]] if len(group) == 1 and group[0] not in reads[group[0]] else
        _loop([equations[k] for k in sorted(group)])
        for group in _components(reads)
    )


def recurrent(equations: Sequence[Equation]) -> frozenset[sp.Symbol]:
    """The quantities that stand in a recurrence."""
    loops = (item for item in in_order(equations) if isinstance(item, Loop))
    return frozenset(e.quantity.symbol for loop in loops for e in loop.equations)


def _components(reads: Sequence[Sequence[int]]) -> list[list[int]]:
    """Strongly connected components, each after those it reads (Tarjan 1972, without recursion)."""
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    done: set[int] = set()
    result: list[list[int]] = []
    for root in range(len(reads)):
        work = [(root, 0)] if root not in order else []
        while work:
            node, at = work.pop()
            if at == 0:
                order[node] = low[node] = len(order)
                stack.append(node)
            if at < len(reads[node]):
                work.append((node, at + 1))
                if reads[node][at] not in order:
                    work.append((reads[node][at], 0))
                continue
            low[node] = min([low[node], *(low[r] for r in reads[node] if r not in done)])
            if low[node] == order[node]:
                group = stack[stack.index(node):]
                del stack[-len(group):]
                done.update(group)
                result.append(group)
    return result


def _loop(group: Sequence[Equation]) -> Loop:
    links = [link for e in group for link in _links(e, {g.quantity.symbol for g in group})]
    axes = _time_axes(group, links)
    steps = {shift for link in links if (shift := link.shift(axes)) != 0}
    if not steps or (min(steps) < 0 < max(steps)):
        raise _circular(group[0])
    at_once = [k for k in links if k.shift(axes) == 0]
    now = {e.quantity.symbol: {k.read for k in at_once if k.by == e.quantity.symbol} for e in group}
    ordered: list[Equation] = []
    left = list(group)
    while left:
        placed = {e.quantity.symbol for e in ordered}
        ready = next((e for e in left if now[e.quantity.symbol] <= placed), None)
        if ready is None:
            raise _circular(left[0])
        ordered.append(ready)
        left.remove(ready)
    return Loop(tuple(ordered), axes, 1 if max(steps) < 0 else -1)


@dataclass(frozen=True)
class _Link:
    """An equation for ``by`` reads ``read``; ``same`` are the shifts (place in by, place in read) → whole number."""

    by: sp.Symbol
    read: sp.Symbol
    shifts: Mapping[tuple[int, int], int]

    def shift(self, axes: Mapping[sp.Symbol, int]) -> int:
        found = self.shifts.get((axes[self.by], axes[self.read]))
        if found is None:
            raise NetworkError(f"{self.by} reads {self.read} at a time that is no fixed step from its own")
        return found


def _links(e: Equation, group: set[sp.Symbol]) -> list[_Link]:
    result = []
    for leaf in leaves(e.expression):
        if base_of(leaf) in group:
            steps = {(q, p): idx - own for p, idx in enumerate(indices_of(leaf)) for q, own in enumerate(e.indices)}
            result.append(_Link(e.quantity.symbol, base_of(leaf),
                                {at: int(d) for at, d in steps.items() if d.is_Integer}))
    return result


def _time_axes(group: Sequence[Equation], links: Sequence[_Link]) -> dict[sp.Symbol, int]:
    """Where the time index of each quantity stands: at the reads that are shifted, and what these say of the others."""
    axes: dict[sp.Symbol, int] = {}
    for link in links:
        for (by, read), shift in link.shifts.items():
            if shift:
                axes.setdefault(link.by, by)
                axes.setdefault(link.read, read)
    for _ in group:
        for link in links:
            for by, read in link.shifts:
                if axes.get(link.by) == by:
                    axes.setdefault(link.read, read)
                if axes.get(link.read) == read:
                    axes.setdefault(link.by, by)
    if any(e.quantity.symbol not in axes for e in group):
        raise _circular(group[0])
    return axes


def _circular(e: Equation) -> NetworkError:
    return NetworkError(f"{e.quantity.name} is defined by itself: {e.target} reads itself at the same time, or both an "
                        "earlier and a later one; a recurrence reads one direction only, such as h[t-1,k]")
