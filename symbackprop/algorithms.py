"""A derivation as the backward algorithm of its course: gathered here, laid out in the documents room."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from symbackprop.calculus.derive import derive
from symbackprop.documents.algorithm import Course, Told
from symbackprop.forms.matrix import matrix_form
from symbackprop.language.notation import Notation
from symbackprop.language.quantity import Role

if TYPE_CHECKING:
    from symbackprop.api import Derivation

_NAMED: tuple[Role, ...] = ("activation", "pre-activation")


def algorithm(d: Derivation) -> list[Told]:
    """The lines of the course's backward algorithm; none where it has none, or where the network has other layers."""
    notation = d.notation
    if not notation.algorithm or d.is_scalar or d.first is not None:
        return []
    every = _every(notation)
    named = d.record if every == notation else derive(
        d.forward, d.record.of, d.record.wrt or None, every, d.record.assumptions)
    return Course(d.record, named, d.writer, lambda of, c: matrix_form(of, c, notation)).lines()


def _every(notation: Notation) -> Notation:
    """The same notation with every known derivative between the layers named."""
    lines = (*notation.algorithm, *notation.general)
    if not any("named" in line.split() for line in lines):
        return notation
    return replace(notation, named=_NAMED, passed=())
