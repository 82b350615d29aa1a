"""Names without a layer: which layer each may be of, by what its indices run over."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sympy as sp

from symbackprop.language.errors import SyntaxProblem
from symbackprop.syntax.context import Context, Key
from symbackprop.syntax.naming import Stem
from symbackprop.syntax.references import Marks, entry, key_of, mark_names, quantity
from symbackprop.syntax.tree import Node

COMBINED, KEPT = 2_000, 16
"""Labellings that are looked at, and that are read."""
_HIDDEN = ("h", "hidden", "hidden_layer")


@dataclass
class _Found:
    """What the names of a formula say: ``sizes`` of each index by names whose layer is known, and the open ones."""

    sizes: dict[sp.Expr, set[sp.Expr]] = field(default_factory=dict)
    open: dict[Key, dict[int | str, tuple[tuple[sp.Expr, sp.Expr], ...]]] = field(default_factory=dict)


def placements(nodes: Sequence[Node], context: Context, skipped: Mapping[str, object]) -> list[dict[Key, int | str]]:
    """The layers that names without one may be of: those for which every index letter runs over one axis, or, where
    there are none, those that come nearest. [] where every name has its layer."""
    probe = replace(context, pick=lambda _: 0, choices=[], bound=dict(context.bound))
    found = _Found()
    for node in nodes:
        for name in _names(node, probe, skipped):
            try:
                _look(name, probe, found)
            except SyntaxProblem:
                continue  # told when the formula is read
    if not found.open:
        return []
    keys = list(found.open)
    combined = list(itertools.islice(itertools.product(*(found.open[k] for k in keys)), COMBINED + 1))
    if not combined or len(combined) > COMBINED:
        return []
    pairs = [p for node in nodes for p in _quotients(node, probe) if p[0] in found.open and p[1] in found.open]
    counted = [(_strain(found, keys, labels) + _idle(pairs, keys, labels), labels) for labels in combined]
    least = min(strain for strain, _ in counted)
    kept = [dict(zip(keys, labels, strict=True)) for strain, labels in counted if strain == least]
    return kept if len(kept) <= KEPT else []


def _strain(found: _Found, keys: Sequence[Key], labels: Sequence[int | str]) -> int:
    """How many axes too many the indices run over."""
    sizes: dict[sp.Expr, set[sp.Expr]] = {}
    for key, label in zip(keys, labels, strict=True):
        for i, n in found.open[key][label]:
            sizes.setdefault(i, set(found.sizes.get(i, ()))).add(n)
    return sum(len(s) - 1 for s in sizes.values())


def _idle(pairs: Sequence[tuple[Key, Key]], keys: Sequence[Key], labels: Sequence[int | str]) -> int:
    """How many derivatives ∂a_k/∂a_j of two entries would be of one layer, or backwards: nobody writes these."""
    at = dict(zip(keys, labels, strict=True))
    return sum(not (isinstance(n := at[one], int) and isinstance(k := at[other], int) and n > k)
               for one, other in pairs)


def _quotients(node: Node, context: Context) -> Iterator[tuple[Key, Key]]:
    """Derivatives of one name by another that has the same letter."""
    if node.kind == "fraction":
        keys = [_key(a, context) for a in node.args]
        if keys[0] is not None and keys[1] is not None and keys[0] != keys[1] and keys[0][0] == keys[1][0]:
            yield keys[0], keys[1]
    for arg in node.args:
        yield from _quotients(arg, context)


def _key(node: Node, context: Context) -> Key | None:
    while node.kind == "group" and len(node.args) == 1:
        node = node.args[0]
    name = node.args[0] if node.kind == "d" and node.args else node
    stem = context.names.stem(name.value) if name.kind == "name" else None
    if node.kind != "d" or stem is None:
        return None
    try:
        return key_of(stem, mark_names(name, stem, context))
    except SyntaxProblem:
        return None


def _names(node: Node, context: Context, skipped: Mapping[str, object]) -> Iterator[Node]:
    """The names of quantities in a tree, as they will be looked up."""
    if node.kind == "name" and node.value not in skipped and not node.has("prime"):
        if context.names.stem(node.value) is not None:
            yield node
        elif 1 < len(node.value) <= 4 and all(context.names.stem(c) for c in node.value):
            yield from (Node("name", node.at, node.end, c) for c in node.value[:-1])
            yield replace(node, value=node.value[-1])
    if node.kind == "nabla":
        for s in node.scripts:
            for n in s.nodes:
                yield from _names(n, context, skipped)
    for before, arg in zip((None, *node.args), node.args, strict=False):
        told = node.kind == "product" and before is not None and before.kind in ("name", "nabla", "fraction")
        if not (told and arg.kind == "group" and len(arg.args) > 1):  # J(W, b) is J
            yield from _names(arg, context, skipped)


def _look(node: Node, context: Context, found: _Found) -> None:
    stem = context.names.stem(node.value)
    assert stem is not None
    marks = mark_names(node, stem, context)
    labels = _labels(node, stem, marks, context) if marks.label is None else []
    if not labels:
        q = quantity(node, stem, marks, context)
        for i, n in zip(entry(q, marks, node, stem, context), q.shape, strict=False):
            if isinstance(i, sp.Symbol):
                found.sizes.setdefault(i, set()).add(n)
        return
    runs: dict[int | str, tuple[tuple[sp.Expr, sp.Expr], ...]] = {}
    for label in labels:
        q = context.names.quantities[f"{stem.letter}[{label}]"]
        try:
            at = entry(q, replace(marks, indices=list(marks.indices)), node, stem, context)
        except SyntaxProblem:
            continue
        runs[label] = tuple((i, n) for i, n in zip(at, q.shape, strict=False) if isinstance(i, sp.Symbol))
    if runs:
        found.open[key_of(stem, marks)] = runs


def _labels(node: Node, stem: Stem, marks: Marks, context: Context) -> list[int | str]:
    """The layers a name without one may be of. Where a course has a letter for the output, its hidden letter is none
    of it."""
    names = context.names
    labels = names.layers.get(stem.letter, ())
    if None in labels or stem.letter in ("x", "out", "score"):
        return []
    if sum(n != 0 for n in labels) < 2:
        return []
    real = [n for n in labels if n is not None and (n != 0 or (stem.letter == "a" and marks.indices))]
    reads = names.notation.reads
    word = node.value.lstrip("dδ") or node.value
    own = {"a": word in _HIDDEN or "out" in reads.values(), "z": "score" in reads.values()}.get(stem.letter, False)
    if own and not names.record and word != "δ":
        real = [n for n in real if n != names.depth] or real
    return real
