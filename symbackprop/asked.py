"""What people call a quantity → its name in the record."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp

from symbackprop.language.program import Program
from symbackprop.language.quantity import Quantity


def named(key: object, program: Program) -> str:
    """The name in the record of what somebody calls ``W2``, ``w2``, ``W[2]``, or by their own symbol."""
    if isinstance(key, Quantity):
        return key.name
    if isinstance(key, sp.Indexed | sp.IndexedBase):
        key = (key.base if isinstance(key, sp.Indexed) else key).label
    return program.find(str(key))


def names_of(wrt: Sequence[object] | None, program: Program) -> list[str] | None:
    return None if wrt is None else [named(key, program) for key in wrt]
