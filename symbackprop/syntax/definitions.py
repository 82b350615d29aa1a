"""Names that earlier lines give to expressions: ``let c = …``, ``g ← …``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import sympy as sp

from symbackprop.language.claim import Term
from symbackprop.language.quantity import index
from symbackprop.syntax.context import Context, NoLayer, label_value
from symbackprop.syntax.handwriting import Hand
from symbackprop.syntax.links import GENERAL, names_in
from symbackprop.syntax.tree import Node, Script


@dataclass(frozen=True)
class Definition:
    """``name = right``: with the general label and the indices that stand on the left, and the names before it."""

    right: Node
    text: str
    label: Node | None
    indices: tuple[str, ...]
    before: Mapping[str, Definition]

    def unfold(self, hand: Hand, node: Node) -> Term:
        """The right side, with the label and the indices that stand here."""
        outer = hand.context
        label, places, turns, power = _scripts_of(node, outer)
        labels = dict(outer.labels)
        if self.label is not None and label is not None:
            names = [n for n in names_in(self.label) if n in GENERAL]
            if names:
                probe = replace(outer, labels={names[0]: 0})
                shift = label_value(self.label, probe) or 0
                labels[names[0]] = label - shift
            elif label_value(self.label, outer) != label:
                raise NoLayer(f"{node.value} has not been given for this layer", outer.text, node.at)
        if len(places) not in (0, len(self.indices)):
            raise outer.problem(f"{node.value} takes {len(self.indices)} indices", node)
        context = replace(outer, labels=labels, text=self.text, bound=dict.fromkeys(self.indices))
        inner = Hand(context, hand.functions, self.before).term(self.right)
        renaming = {index(a): index(b) for a, b in zip(self.indices, places, strict=bool(places))}
        term = _renamed(inner, renaming) if places else inner
        term = replace(term, at=node.at, end=node.end)
        return hand.raised(term, tuple(s for s in node.scripts if s.kind == "transpose" or s in power)) \
            if turns or power else term


def _scripts_of(node: Node, context: Context) -> tuple[int | None, list[str], int, list[Script]]:
    label, places, turns = None, list[str](), 0
    power: list[Script] = []
    for s in node.scripts:
        value = label_value(s.nodes[0], context) if s.nodes else None
        if s.kind == "transpose":
            turns += 1
        elif s.kind in ("label", "paren") or (s.kind == "bare" and value is not None and s.nodes[0].kind != "number"):
            label = value
        elif s.kind in ("below", "bracket"):
            if len(s.nodes) == 1 and value is not None:
                label = value
            else:
                places += [c for n in s.nodes for c in (n.value if n.value.isalpha() else [n.value])]
        else:
            power.append(s)
    return label, places, turns, power


def _renamed(term: Term, renaming: Mapping[sp.Symbol, sp.Symbol]) -> Term:
    return replace(term, args=tuple(_renamed(a, renaming) for a in term.args),
                   indices=tuple(i.xreplace(dict(renaming)) for i in term.indices))


@dataclass
class Definitions:
    """The names that earlier lines have given. ``read`` adds to them."""

    known: dict[str, Definition] = field(default_factory=dict)
