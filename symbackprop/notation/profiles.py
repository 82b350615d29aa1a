"""The courses' ways of writing, one ``Notation(...)`` each."""

from __future__ import annotations

from symbackprop.language.errors import SymbackpropError, nearest
from symbackprop.language.notation import Notation

NOTATIONS: dict[str, Notation] = {
    n.name: n
    for n in (
        Notation(
            name="notes",
            says="layers as W^{[l]}, z = W a + b; ∂J/∂a named and reused; dW, db, da for matrices",
            letters={"W": "w"},
        ),
    )
}


def notation(name: str) -> Notation:
    """The profile of that name. Raises SymbackpropError with the nearest known name."""
    if name not in NOTATIONS:
        raise SymbackpropError(f"unknown notation '{name}'; {nearest(name, NOTATIONS)}")
    return NOTATIONS[name]
