"""Brackets about indices: Iverson's ``[1 ≤ i + 2 - 2u ≤ 2]``, who attains a maximum, Kronecker's δ of expressions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy as sp

from symbackprop.language.claim import Term
from symbackprop.language.quantity import index
from symbackprop.language.reductions import Largest
from symbackprop.syntax.array_calls import ArrayCalls
from symbackprop.syntax.context import Context, label_value
from symbackprop.syntax.references import entry_index, split
from symbackprop.syntax.tree import Node

ORDERS = frozenset({"<", "<=", ">", ">="})
_AFFINE = ("number", "name", "neg", "add", "product", "group")


def signs_of(node: Node) -> tuple[str, ...]:
    """The signs of a comparison, of a chain of them two or more."""
    return node.signs if node.kind == "chain" else (node.value,) if node.kind == "relation" else ()


def about_indices(node: Node, context: Context) -> Term | None:
    """The bracket of a comparison of indices, ``[1 ≤ i + 2 - 2u ≤ 2]``; None where it compares something else."""
    signs = signs_of(node)
    if not signs or any(s not in ORDERS and s not in ("=", "==") for s in signs):
        return None
    names = [n for a in node.args for n in _names(a)]
    if not names or not all(map(_affine, node.args)) or not all(_is_index(n, context) for n in names):
        return None
    sides = tuple(entry_index(a, context) for a in node.args)
    if signs in (("=",), ("==",)):
        return Term("delta", indices=sides, at=node.at, end=node.end)
    return Term("bracket", name=" ".join(signs), indices=sides, at=node.at, end=node.end)


def _names(node: Node) -> Iterator[Node]:
    if node.kind == "name":
        yield node
    for arg in node.args:
        yield from _names(arg)


def _affine(node: Node) -> bool:
    return node.kind in _AFFINE and not node.scripts and all(map(_affine, node.args))


def _is_index(node: Node, context: Context) -> bool:
    """A letter that stands as an index elsewhere, or that is nothing of the network."""
    return node.value in context.bound or (len(node.value) == 1 and context.names.stem(node.value) is None)


class Brackets(ArrayCalls):
    """The part of the hand that knows brackets about indices."""

    def delta(self, places: tuple[Node, ...], node: Node) -> Term:
        """Kronecker's, of two places."""
        return Term("delta", indices=tuple(entry_index(p, self.context) for p in places), at=node.at, end=node.end)

    def of_indices(self, inner: Node, group: Node) -> Term | None:
        """The bracket of a comparison of indices, or of a place with that of a maximum; None for any other."""
        found = self._winner(inner, group) or about_indices(inner, self.context)
        return None if found is None else replace(found, at=group.at, end=group.end)

    def _winner(self, inner: Node, group: Node) -> Term | None:
        """``[κ = argmax_i u_i]``; the index of the maximum hides one of the same name outside."""
        if inner.kind != "relation" or inner.value not in ("=", "=="):
            return None
        left, right = inner.args
        if right.kind != "product" or right.signs != ("",) or right.args[0].value != "argmax":
            return None
        names = [p.value for s in right.args[0].scripts for n in s.nodes for p in split(n)]
        at = left.args if left.kind == "group" else (left,)
        if len(names) != len(at) or any(s.kind != "below" for s in right.args[0].scripts):
            raise self.problem("argmax says over which index, one for every place: \\operatorname{argmax}_i", right)
        places = tuple(entry_index(p, self.context) for p in at)
        before = dict(self.context.bound)
        self.context.bound.update(dict.fromkeys(names, sp.S.One))
        body = self.term(right.args[1])
        self.context.bound.clear()
        self.context.bound.update(before)
        ranges = _reach(body, len(names), self.context)
        if ranges is None:
            raise self.problem("how far does this argmax look? The network has no such maximum", right)
        most = Term("largest", (body,), indices=tuple(map(index, names)), ranges=ranges, at=right.at, end=right.end)
        return Term("winner", (most,), indices=places)

    def _placed_delta(self, node: Node, error: bool) -> bool:
        """Is ``δ_{d,c+g-1}`` Kronecker's? Two places with a comma between, neither a layer. The error of a
        layer says its layer; over times it may say the time instead, and then both are tried."""
        below = node.scripts[0].nodes if len(node.scripts) == 1 and node.scripts[0].kind == "below" else ()
        plain = all(n.kind in ("name", "number") for n in below)
        if len(below) != 2 or plain or not all(map(_affine, below)):
            return False
        if any(label_value(n, self.context) is not None for n in below):
            return False
        shifted = all(len(list(_names(n))) <= 1 for n in below)  # δ_{t-1,k}
        if error and shifted and self.context.names.timed and self.context.pick(2):
            return False
        self.context.chose("δ with two indices = 1 where they are equal")
        return True


def _reach(body: Term, count: int, context: Context) -> tuple[tuple[sp.Expr, sp.Expr], ...] | None:
    """How far the indices of a maximum run: as in the maximum that the network takes of the same quantities."""
    read = {t.name for t in _walked(body) if t.kind == "quantity"}
    found = set()
    for equation in context.names.program.equations:
        for most in equation.expression.atoms(Largest):
            names = {str(leaf.base) for leaf in most.function.atoms(sp.Indexed)}
            if names == read and len(most.limits) == count:
                found.add(tuple((lo, hi) for _, lo, hi in most.limits))
    return found.pop() if len(found) == 1 else None


def _walked(term: Term) -> Iterator[Term]:
    yield term
    for arg in term.args:
        yield from _walked(arg)
