"""The tree of a formula whose names mean nothing yet."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Script:
    """What stands above or below: ``transpose``, ``prime``, ``label`` (in [ ]), ``paren``, ``time`` (in < >),
    ``bare``, ``below``, or ``bracket`` (record form, right behind a name)."""

    kind: str
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Node:
    """``kind``: number, name, group, neg, add, product (``signs`` between its factors, "" for none), fraction, d (a ∂
    before something), sum, nabla, norm, absolute, relation, call, none."""

    kind: str
    at: int
    end: int
    value: str = ""
    args: tuple[Node, ...] = ()
    signs: tuple[str, ...] = ()
    scripts: tuple[Script, ...] = ()
    near: bool = False

    def has(self, *kinds: str) -> bool:
        return any(s.kind in kinds for s in self.scripts)
