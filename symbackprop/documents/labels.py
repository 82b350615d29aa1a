"""What a drawing says: names on its arrows, what they carry back, and the whole of it in a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbackprop.documents.dependence import Node
from symbackprop.documents.drawing import SIZES, Place
from symbackprop.documents.lines import width
from symbackprop.documents.scene import Scene
from symbackprop.language.quantity import PARAMETERS
from symbackprop.notation.formula import Formula, Op, joined, row

MOST_GIVEN = 3
"""Names on an arrow up to which all are written."""
_COMMA = row(Op(",", "infix"))


@dataclass(frozen=True)
class Carried:
    """What comes back to a node: the reused value and its name on the page; neither where it is not named."""

    ref: str = ""
    formula: Formula | None = None


def carried(scene: Scene, node: Node) -> Carried | None:
    """The derivative by a node, or by a value drawn with it. None where nothing is derived by it: an input."""
    if node.quantity is None:
        return Carried()
    names = {e.quantity.name for e in node.holds} | {node.quantity.name}
    for symbol, (name, ref) in scene.refs.items():
        chapter = scene.derivation.chapter(name)
        if chapter.by.name in names and symbol == chapter.quantity.symbol:
            return Carried(ref, scene.writer.quantity(chapter.quantity, chapter.indices))
    made = scene.derivation.by_name
    return Carried() if any(scene.derivation.prefix + name in made for name in names) or node.before else None


def given_on(scene: Scene, node: Node, together: bool = False) -> tuple[Formula, ...]:
    """What is given to a node: weights, and the rest. Two names above and below an arrow, or one after the other."""
    ranks = {role: k for k, role in enumerate(PARAMETERS)}
    given = sorted(node.given, key=lambda q: ranks.get(q.role, len(ranks)))
    names = [scene.writer.quantity(q) for q in given[:MOST_GIVEN]]
    if len(given) > MOST_GIVEN:
        names = [*names[:MOST_GIVEN - 1], Op("…", "tight")]
    if together or len(names) < 2:
        return (joined(tuple(names), _COMMA),) if names else ()
    return names[0], joined(tuple(names[1:]), _COMMA)


def path_of(scene: Scene, nodes: Sequence[Node]) -> Formula:
    """``x → a[1] → … → J``."""
    names = [scene.writer.quantity(n.quantity) if n.quantity is not None else Op("…", "tight") for n in nodes]
    return joined(tuple(names), Op("→"))


def room(formula: Formula, size: Place) -> float:
    """About how wide a formula is, in units."""
    return width(formula) * SIZES[size]
