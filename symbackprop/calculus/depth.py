"""A depth that is a symbol: the last few layers derived, and which of their chapters are those of a general layer.

The chapter of a layer depends only on who uses it, up to the label. In a run all parts are of one kind, so from some
layer on every layer is used alike, and its chapter is the template written for ``l``. Where that begins is read off
the derivation of a window, the layers ``L - 3, …, L``; nothing is known here of what the layers compute.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symbackprop.language.derivation import Derivation, Entry
from symbackprop.language.errors import DerivationError, nearest
from symbackprop.language.program import Part, Program
from symbackprop.language.quantity import DEPTH, LABEL, relabel

WIDTH = 3
"""Layers of the run in the window: one before the last layer, one before that, and one that has to agree with it."""


def window(program: Program) -> Program:
    """The end of a program of symbolic depth, with what the first layer of the window reads as given."""
    run = _run(program)
    labels = [DEPTH - k for k in range(WIDTH, 0, -1)]
    parts = [q for p in program.parts for q in ([Part(p.kind, label) for label in labels] if p is run else [p])]
    read = tuple(q.stamped(labels[0], program.sizes) for q in run.kind.reads)
    return Program((*program.given, *read), tuple(parts), program.sizes)


def in_window(program: Program, wrt: Sequence[str] | None) -> list[str] | None:
    """The names asked for, those of a general layer at every layer of the window."""
    if wrt is None:
        return None
    run = _run(program)
    own = {q.name for q in (*run.kind.given, *(e.quantity for e in run.kind.equations))}
    for name in wrt:
        if name not in program.shapes:
            raise DerivationError(f"there is no quantity {name} here; {nearest(name, program.shapes)}")
    return [new for name in wrt for new in ([relabel(name, DEPTH - k) for k in range(1, WIDTH + 1)]
                                            if name in own else [name])]


def general(program: Program, around: Derivation) -> Derivation:
    """The derivation of a program of symbolic depth from that of its window: the chapters of the last layers as they
    are, then those of a general layer, each with the last layer for which it stands."""
    kind = _run(program).kind
    found = (_common(around, q.name) for q in (*kind.given, *(e.quantity for e in kind.equations)))
    common = {e.at(DEPTH - WIDTH).name: e for e in found if e is not None}
    covered = {at.name for e in common.values() for k in range(1, WIDTH + 1)
               if around.by_name[(at := e.at(DEPTH - k)).name].template is e.template}
    entries = (*(e for e in around.entries if e.name not in covered),
               *(common[e.name] for e in around.entries if e.name in common))
    here = {e.name for e in entries}
    general_name = {name: e.name for name, e in common.items()}
    named = {general_name.get(name, name) for name in around.named} & here
    asked = (general_name.get(f"d{name}", f"d{name}") for name in around.wrt)
    return replace(around, forward=program, entries=entries, named=frozenset(named),
                   wrt=tuple(name[1:] for name in asked if name in here),
                   assumed=tuple(e.at(LABEL + 1) for e in common.values()))


def _common(around: Derivation, name: str) -> Entry | None:
    """The chapter of a general layer, and how far it reaches: all but the last layer, or all but the last two.

    Raises DerivationError where two layers in the middle of the run are not derived alike.
    """
    at = [around.by_name.get(f"d{relabel(name, DEPTH - k)}") for k in range(1, WIDTH + 1)]
    deepest = at[-1]
    if deepest is None:
        return None
    first = next(k for k, e in enumerate(at, start=1) if e is not None and e.template is deepest.template)
    if first == WIDTH:
        raise DerivationError(f"the gradients by {name} of two neighbouring layers are not derived alike, so there is "
                              "no general layer; give the depth: n0-n1-n2-n3")
    return Entry(f"d{name}", deepest.template, LABEL, DEPTH - first)


def _run(program: Program) -> Part:
    """The run of a program of symbolic depth."""
    return next(p for p in program.parts if p.last is not None)
