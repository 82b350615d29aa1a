"""What each notation looks like: two gradients of a small network, derived and written in it."""

from __future__ import annotations

from symbackprop.api import derive
from symbackprop.language.notation import Notation
from symbackprop.notation.latex import latex
from symbackprop.notation.plain import text
from symbackprop.notation.profiles import NOTATIONS

SMALL = "3-4-2"


def examples() -> list[dict[str, str]]:
    """Name, what it says, and two lines in it, as text and as LaTeX."""
    return [{"name": n.name, "says": n.says, **_lines(n)} for n in NOTATIONS.values()]


def _lines(notation: Notation) -> dict[str, str]:
    d = derive(SMALL, notation=notation)
    at = d.writer("matrix")
    found = []
    for chapter in (d["z", 1], d["W", 2]):
        form = chapter.matrix
        assert form is not None
        found.append(at.equation(at.quantity(chapter.record.quantity), form.formula))
    return {"example": ";  ".join(map(text, found)), "latex": r" \\ ".join(map(latex, found))}
