"""Data as an axis: is there a loss per datum of which adjoints can be derivatives, the mean being taken last?"""

from __future__ import annotations

import sympy as sp

from symbackprop.language.indices import base_of, indices_of, leaves
from symbackprop.language.program import Kind, Program
from symbackprop.language.quantity import Equation, Quantity


def datum_loss(program: Program, of: Quantity) -> Quantity | None:
    """The loss per datum, where the data do not mix before the mean.

    None where there is no such loss, or where some equation (batch normalisation) mixes the data.
    """
    part = next(p for p in program.parts if any(e.quantity.name == of.name for e in p.kind.equations))
    last = next(e for e in part.kind.equations if e.quantity.name == of.name)
    known = known_to(part.kind, program)
    read = [known[base_of(x)] for x in leaves(last.expression) if base_of(x) in known]
    losses = [q for q in dict.fromkeys(read) if q.role == "loss" and [a.name for a in q.axes] == ["datum"]]
    # a penalty on the parameters is added once to the mean: it reads no datum
    if len(losses) != 1 or any(has_datum(q) for q in read if q not in losses):
        return None
    kinds = {id(p.kind): p.kind for p in program.parts}.values()
    return losses[0] if all(_separate(e, known_to(k, program)) for k in kinds for e in k.equations) else None


def known_to(kind: Kind, program: Program) -> dict[sp.Symbol, Quantity]:
    return {q.symbol: q for q in (*program.given, *kind.reads, *kind.given, *(e.quantity for e in kind.equations))}


def _separate(e: Equation, known: dict[sp.Symbol, Quantity]) -> bool:
    """Does an equation read each datum at its own index only?"""
    here = dict(zip((a.name for a in e.quantity.axes), e.indices, strict=True)).get("datum")
    if here is None and e.quantity.role == "loss":
        return True
    for leaf in leaves(e.expression):
        q = known.get(base_of(leaf))
        for axis, idx in zip(q.axes if q else (), indices_of(leaf), strict=True):
            if axis.name == "datum" and idx != here:
                return False
    return True


def has_datum(q: Quantity) -> bool:
    return any(a.name == "datum" for a in q.axes)
