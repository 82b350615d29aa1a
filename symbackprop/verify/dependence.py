"""Which quantity of a program depends on which: what lies between two, and what all paths to a third go through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from symbackprop.language.indices import base_of, leaves
from symbackprop.language.program import Program
from symbackprop.language.quantity import Quantity
from symbackprop.language.recurrence import Loop


@dataclass(frozen=True)
class Dependence:
    """A program as a graph of names; the equations of a recurrence stand for one another. ``of``: see ``Ground``."""

    program: Program
    of: Quantity | None = None

    @cached_property
    def reads(self) -> dict[str, frozenset[str]]:
        """What the equations of each quantity read, in the order in which they are worked."""
        by_symbol = {q.symbol: q.name for q in self.program.quantities.values()}
        result: dict[str, frozenset[str]] = {q.name: frozenset() for q in self.program.all_given}
        for item in self.program.steps:
            group = item.equations if isinstance(item, Loop) else (item,)
            found = {by_symbol[b] for e in group for b in map(base_of, leaves(e.expression)) if b in by_symbol}
            result |= {e.quantity.name: frozenset(found) for e in group}
        return result

    @cached_property
    def readers(self) -> dict[str, tuple[str, ...]]:
        result: dict[str, list[str]] = {name: [] for name in self.reads}
        for name, read in self.reads.items():
            for other in sorted(read - {name}):
                result[other].append(name)
        return {name: tuple(found) for name, found in result.items()}

    @cached_property
    def place(self) -> dict[str, int]:
        return {name: k for k, name in enumerate(self.reads)}

    @cached_property
    def loops(self) -> dict[str, frozenset[str]]:
        """The names of the recurrence that a quantity stands in."""
        groups = [frozenset(e.quantity.name for e in s.equations) for s in self.program.steps if isinstance(s, Loop)]
        return {name: group for group in groups for name in group}

    def after(self, names: Iterable[str], without: Iterable[str] = ()) -> frozenset[str]:
        """What depends on one of the names, they themselves included; paths through ``without`` do not count."""
        return self._reached(frozenset(names), frozenset(without), forward=True)

    def before(self, names: Iterable[str]) -> frozenset[str]:
        """What the names depend on, they themselves included."""
        return self._reached(frozenset(names), frozenset(), forward=False)

    @cached_property
    def _known(self) -> dict[tuple[frozenset[str], frozenset[str], bool], frozenset[str]]:
        return {}

    def _reached(self, names: frozenset[str], without: frozenset[str], forward: bool) -> frozenset[str]:
        asked = names, without, forward
        if asked not in self._known:
            self._known[asked] = self._walk(*asked)
        return self._known[asked]

    def _walk(self, names: frozenset[str], barred: frozenset[str], forward: bool) -> frozenset[str]:
        found, todo = set(names), list(names)
        while todo:
            name = todo.pop()
            if name in barred:
                continue
            for other in self.readers[name] if forward else self.reads[name]:
                if other not in found:
                    found.add(other)
                    todo.append(other)
        return frozenset(found)

    def gate(self, names: frozenset[str], end: str) -> str | None:
        """The first quantity after the names that every path from them to the end goes through; None: it is the end."""
        between = self.after(names) & self.before([end])
        for name in sorted(between - names, key=self.place.__getitem__):
            if name == end:
                return None
            if name not in self.loops and end not in self.after(names, without=[name]):
                return name
        return None
