"""What a handed-in function gave, beside the truth: the types, and the comparison entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from symbackprop.language.program import Program
from symbackprop.language.quantity import Quantity
from symbackprop.language.report import Diagnosis
from symbackprop.numeric.sample import domain_of
from symbackprop.verify.field import Element
from symbackprop.verify.ground import Ground, Sizes
from symbackprop.verify.jail import Outcome
from symbackprop.verify.layouts import Data, Layout, Place
from symbackprop.verify.mapping import Handing
from symbackprop.verify.point import Point
from symbackprop.verify.shim import unpack

Kind = Literal["one", "columns"]
Runner = Callable[[Mapping[str, Any]], Outcome]
Diagnose = Callable[[Point, str, str, Any], tuple[Diagnosis, ...]]
CLOSE, SINGLE = 1e-9, 1e-5
"""Relative differences up to which floats agree; of 32 bits."""


@dataclass
class Stage:
    """The network at one choice of sizes and one point: about one datum, and over data."""

    points: dict[Kind, Any]
    sizes: dict[Kind, Sizes]
    exact: bool
    truths: dict[tuple[Kind, str], Any] = field(default_factory=dict)

    def value(self, kind: Kind, name: str) -> Any:
        point = self.points[kind]
        return point.value(name) if isinstance(point, Point) else point.run[name]

    def truth(self, kind: Kind, of: str, by: str) -> Any:
        if (kind, by) not in self.truths:
            point = self.points[kind]
            self.truths[kind, by] = point.adjoint(of, by) if isinstance(point, Point) else point.gradient(of, by)
        return self.truths[kind, by]


@dataclass
class Judged:
    """One attempt beside the truth: for each parameter whether it is right, or why nothing can be said."""

    layout: Layout
    kind: Kind
    attempt: Mapping[str, Any]
    stage: Stage
    candidates: dict[str, Any] = field(default_factory=dict)
    misfits: dict[str, str] = field(default_factory=dict)
    right: dict[str, bool] = field(default_factory=dict)
    output: bool | None = None

    @property
    def rank(self) -> tuple[int, ...]:
        """Of several layouts the one that makes most of it right, or at least fits."""
        whole = all(self.right.values()) and not self.misfits and bool(self.right)
        return (whole, not self.attempt["problem"], len(self.candidates), -len(self.misfits),
                sum(self.right.values()), self.output is not False)


@dataclass
class Case:
    """What is judged: the network in both readings, and how the code is asked."""

    programs: Mapping[Kind, Program]
    request: dict[str, Any]
    handing: Handing
    runner: Runner
    diagnose: Diagnose | None = None
    joined: bool = False
    """Do the biases stand in the weights: is nothing in the code called like one?"""
    classes: bool = False
    """Are targets handed over as the numbers of their classes?"""

    def __post_init__(self) -> None:
        self.grounds = {k: _ground(p, self.classes) for k, p in self.programs.items()}

    def in_classes(self) -> Case | None:
        """The same with targets 0, 1, 2, …; None where a target is more than the name of a class."""
        kinds = {domain_of(q, p).kind for p in self.programs.values() for q in p.all_given if q.role == "target"}
        return replace(self, classes=True) if kinds and kinds <= {"distribution", "one-hot"} else None

    @property
    def kinds(self) -> tuple[Data, ...]:
        """How data may be laid out: rows are columns turned."""
        return (*self.grounds, "rows") if "columns" in self.grounds else tuple(self.grounds)

    def places(self, kind: Kind, sizes: Sizes) -> list[Place]:
        ground = self.grounds[kind]
        return [Place(q.name, q.role, _shape(q, sizes), any(a.name in ("datum", "data") or str(a.size) == "m"
                for a in q.axes)) for q in ground.program.quantities.values()]  # fmt: skip

    def loss(self, kind: Kind) -> str:
        return next(q.name for q in reversed(self.grounds[kind].program.quantities.values()) if q.role == "loss")


_GROUNDS: dict[tuple[int, bool], tuple[Program, Ground]] = {}


def _ground(program: Program, classes: bool) -> Ground:
    """The ground of a program, the same for all that is handed in: its points are drawn once."""
    known = _GROUNDS.get((id(program), classes))
    if known is None or known[0] is not program:
        if len(_GROUNDS) > 16:
            _GROUNDS.clear()
        made = Ground.under(program)
        known = program, replace(made, program=_one_hot(made.program)) if classes else made
        _GROUNDS[id(program), classes] = known
    return known[1]


def _one_hot(program: Program) -> Program:
    """A program whose targets are one-hot."""
    given = tuple(
        replace(q, domain=replace(domain_of(q, program), kind="one-hot")) if q.role == "target" else q
        for q in program.given
    )  # fmt: skip
    return Program(given, program.body, program.sizes)


def compared(case: Case, stage: Stage, layout: Layout, made: Mapping[str, Any]) -> Judged:
    kind: Kind = "one" if layout.data == "one" else "columns"
    found = Judged(layout, kind, made, stage)
    places = {p.name: p for p in case.places(kind, stage.sizes[kind])}
    for name, packed in made["gradients"].items():
        expected = layout.present(places[name], np.empty(places[name].shape)).shape
        array = unpack(packed) if "problem" not in packed else None
        fitted = layout.back(places[name], array) if array is not None else None
        if array is None:
            found.misfits[name] = packed["problem"]
        elif fitted is None:
            found.misfits[name] = f"d{name} has the shape {np.shape(array)}; {name} has {expected}"
        elif not _numeric(fitted):
            found.misfits[name] = f"d{name} holds what is no number (NaN, infinity)"
        else:
            found.candidates[name] = fitted
            close = SINGLE if packed.get("single") else CLOSE
            found.right[name] = bool(np.all(_same(fitted, stage.truth(kind, case.loss(kind), name), close)))
    if made["output"] is not None:
        last = next(p for p in reversed(places.values()) if p.role == "activation")
        output = layout.back(last, unpack(made["output"]))
        found.output = None if output is None else bool(np.all(_same(output, stage.value(kind, last.name))))
    return found


def _numeric(array: Any) -> bool:
    return all(isinstance(x, Element) or np.isfinite(float(x)) for x in np.ravel(array).tolist())


def _same(a: Any, b: Any, close: float = CLOSE) -> Any:
    left, right = np.asarray(a), np.asarray(b)
    if left.dtype == object or right.dtype == object:
        return left == right
    scale = max(float(np.max(np.abs(right), initial=0.0)), 1e-12)
    return np.abs(left - right) <= close * scale


def shadows(array: Any) -> Any:
    one = np.frompyfunc(lambda x: x.shadow if isinstance(x, Element) else float(x), 1, 1)
    return np.asarray(one(np.asarray(array, dtype=object)), dtype=float)


def _shape(q: Quantity, sizes: Sizes) -> tuple[int, ...]:
    return tuple(int(s.xreplace(sizes)) for s in q.shape)
