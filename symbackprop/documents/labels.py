"""What a drawing says: names on its arrows, what they carry back, and the whole of it in a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symbackprop.documents.dependence import Node
from symbackprop.documents.drawing import SIZES, Place
from symbackprop.documents.lines import width
from symbackprop.documents.scene import Scene
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
    values = {e.quantity.name for e in node.holds} | {node.quantity.name}
    chapters = [(scene.derivation.chapter(name), symbol, ref) for symbol, (name, ref) in scene.refs.items()]
    here = [(c, ref) for c, symbol, ref in chapters if c.by.name in values and c.quantity.symbol == symbol]
    # of two, such as ∂J/∂a and ∂J/∂z, that which the course names
    here.sort(key=lambda pair: pair[0].by.role not in scene.writer.notation.named)
    for chapter, ref in here[:1]:
        # what comes back to an earlier time has the index of that
        return Carried(ref, None if node.before else scene.writer.quantity(chapter.quantity, chapter.indices))
    derived = any(scene.derivation.prefix + name in scene.derivation.by_name for name in values)
    return Carried() if derived or node.before else None


def given_on(scene: Scene, node: Node, together: bool = False) -> tuple[Formula, ...]:
    """What is given to a node: weights, and the rest. Two names above and below an arrow, or one after the other."""
    names = [scene.writer.quantity(q) for q in node.given[:MOST_GIVEN]]
    if len(node.given) > MOST_GIVEN:
        names = [*names[:MOST_GIVEN - 1], Op("…", "tight")]
    if together or len(names) < 2:
        return (joined(tuple(names), _COMMA),) if names else ()
    return names[0], joined(tuple(names[1:]), _COMMA)


def path_of(scene: Scene, columns: Sequence[Sequence[Node]]) -> Formula:
    """``x → Q, K, V → … → J``."""
    return joined(tuple(joined(tuple(_shown(scene, n) for n in nodes), _COMMA) for nodes in columns), Op("→"))


def _shown(scene: Scene, node: Node) -> Formula:
    if node.quantity is None:
        return Op("…", "tight")
    return scene.writer.quantity(node.quantity, node.indices if node.before else ())


def room(formula: Formula, size: Place) -> float:
    """About how wide a formula is, in units."""
    return width(formula) * SIZES[size]
