"""What depends on what: the quantities of a program as nodes, what each reads as edges, small enough to be drawn.

Nothing here knows a kind of layer. A value that only one other reads, and that reads only one, is drawn with it; what
depends on no input is written on the arrow, as parameters and labels are; of many layers the middle ones are dots.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby

import sympy as sp

from symbackprop.language.indices import base_of, indices_of, leaves
from symbackprop.language.program import Part, Program
from symbackprop.language.quantity import LABEL, PARAMETERS, Equation, Label, Quantity, index
from symbackprop.language.recurrence import Loop, in_order

SOURCES = ("input",)
"""Roles of given quantities that stand as a node of their own; the others are written on the arrows."""
_LETTERS = tuple(map(index, "ikpqrst"))


@dataclass(frozen=True)
class Node:
    """One place of the drawing. ``quantity`` None: dots, for layers left out. ``indices`` are those it is written
    with, ``holds`` the equations drawn with it, its own last, ``given`` what is written on the arrows into it."""

    key: str
    quantity: Quantity | None = None
    indices: tuple[sp.Expr, ...] = ()
    holds: tuple[Equation, ...] = ()
    given: tuple[Quantity, ...] = ()
    before: bool = False
    """Is this a value of an earlier time, which the drawing reads but does not make?"""

    @property
    def layer(self) -> Label:
        return self.quantity.layer if self.quantity is not None else None


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which each reads only what stands before it; edges by key."""

    nodes: tuple[Node, ...]
    edges: tuple[tuple[str, str], ...]

    def sources(self, key: str) -> tuple[str, ...]:
        return tuple(a for a, b in self.edges if b == key)

    def readers(self, key: str) -> tuple[str, ...]:
        return tuple(b for a, b in self.edges if a == key)

    @property
    def chain(self) -> bool:
        """Does each node read the one before it, and no other?"""
        pairs = zip(self.nodes, self.nodes[1:], strict=False)
        return len(self.nodes) > 1 and self.edges == tuple((a.key, b.key) for a, b in pairs)


def graph(program: Program, most: int) -> Graph:
    """The graph of a program, of at most that many layers."""
    made = _Making(program, {q.symbol: q for q in _given(program)})
    for equations in _stages(program, most):
        made.add(equations)
    return _folded(_live(made.graph), _in_series)


# --- layers


def _stages(program: Program, most: int) -> Iterator[tuple[Equation, ...]]:
    """The equations layer by layer; () for layers left out. Only what is drawn is stamped."""
    stages = [list(parts) for _, parts in groupby(program.parts, key=_layer)]
    gap = len(stages) > most + 1
    for k, parts in enumerate(stages):
        if gap and 0 < k < len(stages) - 3:
            if k == 1:
                yield ()
            continue
        run = any(p.last is not None for p in parts)
        if run:
            yield ()
        yield tuple(_stamped(e, p, program) for p in parts for e in p.kind.equations)
        if run:
            yield ()


def _layer(part: Part) -> Label:
    """The layer of a part; two parts with one label are one layer."""
    return part.label if part.label is not None else part.kind.equations[0].quantity.layer


def _stamped(e: Equation, part: Part, program: Program) -> Equation:
    return e if part.label is None and not program.sizes else e.stamped(part.label or 0, program.sizes)


def _given(program: Program) -> tuple[Quantity, ...]:
    """Given quantities; of a run also what its general layer reads of the one before."""
    before = program.run.kind.reads if program.run else ()
    return (*(q.stamped(0, program.sizes) for q in program.given), *(replace(q, role="input") for q in before))


# --- equations → nodes


@dataclass
class _Making:
    """A graph under construction."""

    program: Program
    known: dict[sp.Symbol, Quantity]
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[str, str], None] = field(default_factory=dict)
    dots: str = ""

    @cached_property
    def _declared(self) -> dict[str, int]:
        """The letters of the parameters in the order in which their layers declare them."""
        kinds = {id(p.kind): p.kind for p in self.program.parts}.values()
        letters = dict.fromkeys(q.letter for kind in kinds for q in kind.given)
        return {letter: k for k, letter in enumerate(letters)}

    @property
    def graph(self) -> Graph:
        return Graph(tuple(self.nodes.values()), tuple(self.edges))

    def add(self, equations: Sequence[Equation]) -> None:
        """The equations of one layer, or dots."""
        if not equations:
            last = next(reversed(self.nodes), None)
            self.dots = f"…{len(self.nodes)}"
            sources = [last] if last is not None else self._inputs()
            self.nodes[self.dots] = Node(self.dots)
            self.edges |= {(key, self.dots): None for key in sources}
            return
        loops = [item for item in in_order(equations) if isinstance(item, Loop)]
        timed = {e.quantity.symbol: loop for loop in loops for e in loop.equations}
        for e in (e for item in in_order(equations) for e in (item.equations if isinstance(item, Loop) else (item,))):
            self._equation(e, timed)

    def _inputs(self) -> list[str]:
        """The inputs, where layers are left out before anything has read them."""
        found = [q for q in self.program.given if q.role in SOURCES]
        return [self._source(q.stamped(0, self.program.sizes), _LETTERS[:len(q.axes)]) for q in found]

    def _source(self, q: Quantity, indices: Sequence[sp.Expr]) -> str:
        key: str = q.symbol.name
        if key not in self.nodes:
            # the layer before a general one comes after the dots
            if self.dots and q.layer == LABEL - 1:
                self.edges[self.dots, key] = None
            self.nodes[key] = Node(key, q, tuple(indices))
        return key

    def _equation(self, e: Equation, timed: dict[sp.Symbol, Loop]) -> None:
        sources: dict[str, None] = {}
        given: dict[Quantity, None] = {}
        loop = timed.get(e.quantity.symbol)
        for leaf in leaves(e.expression):
            base = base_of(leaf)
            if loop is not None and timed.get(base) is loop and _shifted(leaf, e):
                sources[self._earlier(leaf, loop)] = None
            elif base.name in self.nodes:
                sources[base.name] = None
            elif base in self.known and self.known[base].role in SOURCES:
                sources[self._source(self.known[base], indices_of(leaf))] = None
            elif (q := self._parameter(base)) is not None:
                given[q] = None
            elif self.dots and self._made(base):
                sources[self.dots] = None
        key = e.quantity.symbol.name
        declared = sorted(given, key=lambda q: self._declared.get(q.letter, len(self._declared)))
        self.nodes[key] = Node(key, e.quantity, e.indices, (e,), tuple(declared))
        self.edges |= {(source, key): None for source in sources}

    def _earlier(self, leaf: sp.Expr, loop: Loop) -> str:
        """The node of a value of the time before."""
        q = next(e.quantity for e in loop.equations if e.quantity.symbol == base_of(leaf))
        at = loop.axes[q.symbol]
        key = f"{q.name} {indices_of(leaf)[at]}"
        if key not in self.nodes:
            self.nodes[key] = Node(key, q, indices_of(leaf), before=True)
        return key

    def _parameter(self, base: sp.Symbol) -> Quantity | None:
        """The given quantity of a symbol; parameters stand in the kinds."""
        if base in self.known:
            return self.known[base]
        q = self.program.lookup(base.name)
        return q if q is not None and q.symbol == base and q.role in PARAMETERS else None

    def _made(self, base: sp.Symbol) -> bool:
        return self.program.lookup(base.name) is not None


def _shifted(leaf: sp.Expr, e: Equation) -> bool:
    """Is this entry read at another time?"""
    return any(i not in e.indices and i.free_symbols & set(e.indices) for i in indices_of(leaf))


# --- fewer nodes


def _live(g: Graph) -> Graph:
    """Without what depends on no node: a penalty on the weights is written on the arrow, as weights are."""
    nodes = {n.key: n for n in g.nodes}
    for node in g.nodes:
        if node.holds and not g.sources(node.key) and g.readers(node.key):
            for reader in g.readers(node.key):
                at = nodes[reader]
                assert node.quantity is not None
                nodes[reader] = replace(at, given=(*at.given, node.quantity))
            del nodes[node.key]
    edges = tuple((a, b) for a, b in g.edges if a in nodes and b in nodes)
    return Graph(tuple(nodes.values()), edges)


def _in_series(g: Graph, node: Node) -> bool:
    """Is a node read by one other only, which reads no other, within one layer? Where there are no layers, its role
    says whether it is one step of two."""
    readers = g.readers(node.key)
    if len(readers) != 1 or node.quantity is None or not node.holds:
        return False
    if node.layer is None and node.quantity.role not in ("pre-activation", "loss"):
        return False
    reader = next(n for n in g.nodes if n.key == readers[0])
    return g.sources(reader.key) == (node.key,) and reader.layer == node.layer


def _folded(g: Graph, folds: Callable[[Graph, Node], bool]) -> Graph:
    """The graph with every node that may be folded drawn with its reader."""
    while True:
        node = next((n for n in g.nodes if folds(g, n)), None)
        if node is None:
            return g
        g = fold(g, node)


def fold(g: Graph, node: Node) -> Graph:
    """The graph with a node drawn with the one that reads it."""
    (reader,) = g.readers(node.key)
    edges = dict.fromkeys((a, reader if b == node.key else b) for a, b in g.edges if a != node.key)
    nodes = (_joined(node, n) if n.key == reader else n for n in g.nodes if n.key != node.key)
    return Graph(tuple(nodes), tuple(edges))


def _joined(first: Node, then: Node) -> Node:
    given = dict.fromkeys((*first.given, *then.given))
    return replace(then, holds=(*first.holds, *then.holds), given=tuple(given))


def without_detours(g: Graph) -> Graph:
    """The graph without values that lie beside a shorter way within their layer: the mean and variance of a norm."""
    return _merged(g, lambda g, n: all((a, b) in g.edges for a in g.sources(n.key) for b in g.readers(n.key)))


def layers_only(g: Graph) -> Graph:
    """The graph with one node a layer, where its other values are read within it only."""
    return _merged(g, lambda g, n: True)


def _merged(g: Graph, wanted: Callable[[Graph, Node], bool]) -> Graph:
    for key in [n.key for n in reversed(g.nodes)]:  # so that what is given stays in order
        node = next(n for n in g.nodes if n.key == key)
        layers = {n.layer for n in g.nodes if n.key in g.readers(key)}
        if node.holds and node.layer is not None and layers == {node.layer} and wanted(g, node):
            g = _passed(g, node)
    return g


def _passed(g: Graph, node: Node) -> Graph:
    """The graph without a node: what it reads is read by its readers, and it is drawn with the last of them."""
    readers, sources = g.readers(node.key), g.sources(node.key)
    edges: dict[tuple[str, str], None] = {}
    for a, b in g.edges:
        if a == node.key:
            edges |= {(source, b): None for source in sources}
        elif b != node.key:
            edges[a, b] = None
    last = [n.key for n in g.nodes if n.key in readers][-1]
    nodes = (_joined(node, n) if n.key == last else n for n in g.nodes if n.key != node.key)
    return Graph(tuple(nodes), tuple(edges))


# --- entries


def unit_axis(q: Quantity) -> int | None:
    """The place of the one axis that is not the data's; None where there is none, or several."""
    found = [k for k, axis in enumerate(q.axes) if axis.name != "datum"]
    return found[0] if len(found) == 1 else None


def spreads(node: Node, source: Quantity) -> bool | None:
    """Does an entry of ``source`` move every entry of a node (True), or only that at its own place (False)? None where
    it is neither, or where there are no entries: an array of several axes, a window that slides."""
    if any(len(q.axes) - _data(q) > 1 for q in (source, *(e.quantity for e in node.holds))):
        return None
    inside = {source.symbol, *(e.quantity.symbol for e in node.holds)}
    found = [_spread(leaf, e) for e in node.holds for leaf in leaves(e.expression) if base_of(leaf) in inside]
    return None if None in found or not found else any(found)


def _data(q: Quantity) -> int:
    return sum(axis.name == "datum" for axis in q.axes)


def _spread(leaf: sp.Expr, e: Equation) -> bool | None:
    at = indices_of(leaf)
    if any(not isinstance(i, sp.Symbol) for i in at):
        return None
    bound = {lim[0] for total in e.expression.atoms(sp.Sum) for lim in total.limits}
    return not at or any(i in bound for i in at)


def weight_between(node: Node, source: Quantity) -> Iterable[tuple[Quantity, Equation, sp.Expr, sp.Expr]]:
    """The weights that join one entry of a source to one of a node: with their leaf and the leaf they multiply."""
    for e in node.holds:
        read = [leaf for leaf in leaves(e.expression) if base_of(leaf) == source.symbol]
        for q in (q for q in node.given if q.role in PARAMETERS and len(q.axes) == 2):
            for leaf in (leaf for leaf in leaves(e.expression) if base_of(leaf) == q.symbol):
                for entry in read:
                    own = set(indices_of(leaf))
                    if own <= {*e.indices, *indices_of(entry)} and own & set(indices_of(entry)) - set(e.indices):
                        yield q, e, leaf, entry


def known_size(n: sp.Expr, program: Program) -> sp.Expr:
    """The number of units, where it is known."""
    return n.xreplace(dict(program.sizes))
