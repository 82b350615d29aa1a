"""The glossary: what each symbol is, its shape, where it is defined. Once a kind of layer, in general (``l``) where the
kind occurs in several layers, else at the layer where it stands."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from symbackprop.documents.blocks import Cell, Inline, Table
from symbackprop.documents.catalogue import say
from symbackprop.documents.induction import label_box, reach
from symbackprop.documents.lines import broken
from symbackprop.documents.scene import Scene
from symbackprop.language.indices import base_of, leaves
from symbackprop.language.program import Kind, Part, Program
from symbackprop.language.quantity import DEPTH, LABEL, Equation, Label, Quantity, relabel, size
from symbackprop.notation.formula import Formula, Op, joined, row, slashed

MOST = 6
"""Layers, or numbers of equations, up to which each is written; beyond it the first two and the last."""


@dataclass(frozen=True, eq=False)
class Entry:
    """A quantity as the glossary has it: general where ``parts`` are several, its names in the record all told."""

    quantity: Quantity
    equation: Equation | None
    kind: Kind | None
    parts: tuple[Part, ...] = ()
    names: frozenset[str] = field(default_factory=frozenset)

    @property
    def general(self) -> bool:
        return len(self.parts) > 1 or any(p.last is not None for p in self.parts)


def glossary(scene: Scene) -> Table:
    """Symbol, meaning, shape, defining formula."""
    keys = ("glossary.symbol", "glossary.meaning", "glossary.shape", "glossary.where")
    found = entries(scene.derivation.forward)
    rows = [_entry(scene, entry, found) for entry in found]
    rows += [cells for entry in reversed(found) for cells in _adjoint(scene, entry)]
    return Table(tuple(say(scene.lang, key) for key in keys), tuple(rows), "llll")


def entries(program: Program) -> list[Entry]:
    """The given quantities, then those of each kind of layer. Kinds with the same equations are one."""
    found = [Entry(program.quantity(q.name), None, None, (), frozenset((q.name,))) for q in program.given]
    same: dict[Hashable, list[Part]] = {}
    for part in program.parts:
        same.setdefault(_content(part), []).append(part)
    for parts in same.values():
        found += _of_kind(program, tuple(parts))
    return found


def counted(program: Program) -> bool:
    """Does a shape of the glossary read ``n[l]``, the number of neurons of any layer?"""
    return any(size(LABEL) in n.free_symbols for entry in entries(program) for n in entry.quantity.shape)


def _content(part: Part) -> Hashable:
    if part.label is None:  # concrete as it is
        return id(part)
    shapes = tuple((q.name, q.shape, q.role) for q in part.kind.given)
    return shapes, tuple((e.quantity.name, e.quantity.shape, e.indices, e.expression) for e in part.kind.equations)


def _of_kind(program: Program, parts: tuple[Part, ...]) -> Iterator[Entry]:
    kind = parts[0].kind
    made: list[tuple[Quantity, Equation | None]] = [(q, None) for q in kind.given]
    made += [(e.quantity, e) for e in kind.equations]
    for q, equation in made:
        names = frozenset(q.name if place is None else relabel(q.name, place) for p in parts for place in p.places)
        entry = Entry(q, equation, kind, parts, names)
        if not entry.general:
            (name,) = names
            known = program.definition(name) if equation is not None else None
            entry = Entry(program.quantity(name), known, kind, parts, names)
        yield entry


def _entry(scene: Scene, entry: Entry, every: Sequence[Entry]) -> tuple[Cell, ...]:
    q = entry.quantity
    read = leaves(entry.equation.expression) if entry.equation is not None else ()
    named = (scene.writer.named(base_of(x)) for x in read)
    scene = scene.about(q, *(r for r in named if r is not None))
    where = Cell(say(scene.lang, "glossary.given"))
    if q.role in ("adjoint", "slope"):
        where = Cell(say(scene.lang, "forward.first"))
    elif entry.equation is not None:
        at = scene.writer.with_(form="component") if scene.writer.form == "matrix" else scene.writer
        where = Cell(terms=broken(at.definition(entry.equation)))
    meaning = (*say(scene.lang, _meaning(scene, entry)), *_layers(scene, entry, every))
    return Cell((scene.writer.quantity(q),)), Cell(meaning), Cell(_shape(scene, q)), where


def _meaning(scene: Scene, entry: Entry) -> str:
    """A bias belongs to a linear form, a neuron has one: of layers without it these are called otherwise."""
    q, kind = entry.quantity, entry.kind
    made = () if kind is None else tuple(e.quantity for e in kind.equations)
    if q.role == "bias" and not any(other.role == "weight" for other in (kind.given if kind else ())):
        return "role.parameter"
    if q.role == "activation" and made and q.axes and not any(other.role == "pre-activation" for other in made):
        return "role.output"
    if q.role == "loss" and q.name != scene.derivation.of.name:
        return "role.loss.datum" if scene.data is not None and q.axes else "role.auxiliary"
    return f"role.{q.role}"


def _layers(scene: Scene, entry: Entry, every: Sequence[Entry]) -> Inline:
    """``, l = 1, 2``: of which layers a general entry is told; of all of them nothing has to be said."""
    if not entry.general or all(e.quantity.letter != entry.quantity.letter or e is entry for e in every[1:]):
        return ()
    return (", ", _range(scene, entry.parts))


def _range(scene: Scene, parts: Sequence[Part]) -> Formula:
    last = next((p.last for p in parts if p.last is not None), None)
    if last is not None:
        return reach(scene.writer, DEPTH if len(parts) > 1 else last, strict=len(parts) == 1 and last != DEPTH)
    return _numbered(scene, [p.label for p in parts])


def _numbered(scene: Scene, labels: Sequence[Label]) -> Formula:
    """``l = 1, 2, 3``; many layers one after the other as ``1 ≤ l ≤ 20``."""
    numbers = [label for label in labels if isinstance(label, int)]
    if len(numbers) > MOST and numbers == list(range(1, len(numbers) + 1)):
        return reach(scene.writer, numbers[-1], strict=False)
    shown = [label_box(scene, k) for k in numbers]
    return row(label_box(scene, LABEL), Op("="), joined(tuple(shown), row(Op(",", "infix"))))


def _shape(scene: Scene, q: Quantity) -> Inline:
    return (scene.writer.own_shape(q),) if q.axes else say(scene.lang, "scalar")


# --- values that are used again


def _adjoint(scene: Scene, entry: Entry) -> Iterator[tuple[Cell, ...]]:
    """The reused derivatives by a quantity, those that the page has, with the numbers of their equations."""
    shown = [name for name, _ in scene.refs.values() if name in scene.shown]
    chapters = [scene.derivation.chapter(name) for name in shown]
    mine = [c for c in chapters if c.by.name in entry.names]
    if not mine:
        return
    alone = len(mine) == 1 and mine[0].by.layer != LABEL
    q = mine[0].by if alone else entry.quantity
    symbol = scene.writer.quantity(mine[0].quantity) if alone else scene.writer.adjoint(q)
    meaning = say(scene.lang, "glossary.adjoint")
    labels = sorted(c.by.layer for c in mine if isinstance(c.by.layer, int))
    if not alone and len(labels) == len(mine) < len(entry.parts):
        meaning = (*meaning, ", ", _numbered(scene, labels))
    numbers = sorted(scene.numbers[c.quantity.name] for c in mine)
    yield (Cell((slashed(symbol),)), Cell(meaning), Cell(_shape(scene, q)),
           Cell(_listed(numbers)))


def _listed(numbers: Sequence[int]) -> Inline:
    shown = [f"({n})" for n in numbers]
    return (", ".join(shown if len(shown) <= MOST else [*shown[:2], "…", shown[-1]]),)
