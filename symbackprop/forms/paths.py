"""How long the paths to the loss are, and how much of them was computed before: read off the chains of the record."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from symbackprop.forms.counting import parameters_by_layer
from symbackprop.language.derivation import Chapter, Derivation, Line
from symbackprop.language.functions import Partial
from symbackprop.language.indices import base_of
from symbackprop.language.quantity import Label


@dataclass(frozen=True)
class Reach:
    """Of one gradient: the factors of its paths that are new, and those that earlier chapters have computed."""

    layer: Label
    name: str
    new: int
    reused: int


def reaches(derivation: Derivation) -> list[Reach]:
    """One gradient a layer, the first asked for, from the loss on: 2 new and 1, 3, 5, … reused in a chain."""
    symbols = {c.quantity.symbol: c.quantity.name for c in derivation.chapters}
    lengths: dict[str, tuple[int, int]] = {}
    for chapter in derivation.chapters:
        lengths[chapter.quantity.name] = _length(chapter, symbols, lengths)
    return [Reach(layer, names[0], *lengths[names[0]]) for layer, names in parameters_by_layer(derivation)]


def _length(chapter: Chapter, symbols: dict[sp.Symbol, str], known: dict[str, tuple[int, int]]) -> tuple[int, int]:
    factors = [f.expression for p in folded(chapter).products for f in p.factors]
    new = sum(isinstance(e, Partial) for e in factors)
    leaves = (base_of(e) for e in factors if isinstance(e, sp.Indexed | sp.Symbol))
    # an adjoint of the same quantity at another time is this chapter's own
    return new, sum(sum(known[symbols[s]]) for s in leaves if symbols.get(s) in known)


def folded(chapter: Chapter) -> Line:
    """The chain with its known tail folded."""
    return next((s.after for s in chapter.steps if s.rule == "reuse"), chapter.steps[0].after)
