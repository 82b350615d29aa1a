"""What one reading of one equation knows, and labels and powers in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

import sympy as sp

from symbackprop.language.claim import Term
from symbackprop.language.errors import SyntaxProblem
from symbackprop.syntax.naming import Names
from symbackprop.syntax.shapes import Shapes
from symbackprop.syntax.tree import Node


class NoLayer(SyntaxProblem):
    """There is no such layer: of a statement about every layer, one that it does not speak of."""


Pick: TypeAlias = Callable[[int], int]
Key: TypeAlias = tuple[str, tuple[str, ...]]
"""A name without a layer: its letter in the record, and the indices on it."""


@dataclass
class Context:
    """What one reading of one equation knows. ``labels`` give the general label its value; ``pick`` decides between
    readings; ``choices`` record what was decided."""

    text: str
    names: Names
    shapes: Shapes
    labels: Mapping[str, int]
    pick: Pick
    choices: list[str] = field(default_factory=list)
    bound: dict[str, sp.Expr | None] = field(default_factory=dict)
    layers: Mapping[Key, int | str] = field(default_factory=dict)
    """The layers of the names that say none."""

    def problem(self, what: str, node: Node, hint: str = "") -> SyntaxProblem:
        return SyntaxProblem(what, self.text, min(node.at, len(self.text)), hint)

    def chose(self, words: str) -> None:
        if words not in self.choices:
            self.choices.append(words)


def label_value(node: Node, context: Context) -> int | None:
    """A label as a number: 2, ``L``, ``l + 1``; None where it is none."""
    if node.scripts:
        first = node.scripts[0]
        is_depth = node.kind == "name" and node.value == "n" and first.kind == "below" and len(node.scripts) == 1
        if is_depth and len(first.nodes) == 1 and first.nodes[0].value == "l":
            return _depth(context)
        return None
    if node.kind == "number":
        return int(node.value) if node.value.isdigit() and len(node.value) < 9 else None
    if node.kind == "name":
        if node.value in context.labels:
            return context.labels[node.value]
        return _depth(context) if node.value == "L" else None
    if node.kind == "neg":
        inner = label_value(node.args[0], context)
        return None if inner is None else -inner
    if node.kind == "add":
        parts = [label_value(a, context) for a in node.args]
        return None if None in parts else sum(p for p in parts if p is not None)
    if node.kind == "group" and len(node.args) == 1:
        return label_value(node.args[0], context)
    return None


def _depth(context: Context) -> int:
    return context.names.depth + (0 if context.names.record else context.names.notation.shift)


def transposed(term: Term) -> Term:
    if term.kind == "transpose":
        return term.args[0]
    entry = term.indices and term.kind in ("quantity", "adjoint", "index", "delta")
    return term if entry else Term("transpose", (term,), at=term.at, end=term.end)


def power(base: Term, exponent: Node, context: Context) -> Term:
    """The base to a number."""
    sign, node = 1, exponent
    while node.kind == "neg" or (node.kind == "group" and len(node.args) == 1):
        sign = -sign if node.kind == "neg" else sign
        node = node.args[0]
    value: Fraction | None = None
    if node.scripts or any(a.scripts for a in node.args):
        raise context.problem("a power of a power is not read", exponent)
    if node.kind == "number":
        value = Fraction(node.value)
    elif node.kind == "fraction" and all(a.kind == "number" for a in map(_inner, node.args)):
        top, bottom = (Fraction(_inner(a).value) for a in node.args)
        value = top / bottom if bottom else None
    elif node.kind == "product" and node.signs == ("/",) and all(a.kind == "number" for a in node.args):
        top, bottom = (Fraction(a.value) for a in node.args)
        value = top / bottom if bottom else None
    if value is None:
        raise context.problem("this superscript is neither a layer, nor a number", exponent)
    if abs(value) > 100:
        raise context.problem("an exponent beyond 100", exponent)
    if base.kind == "number" and value.denominator != 1:
        raise context.problem("a root of a number", exponent)
    number = Term("number", number=sign * value, at=exponent.at, end=exponent.end)
    return Term("power", (base, number), at=base.at, end=exponent.end)


def _inner(node: Node) -> Node:
    return node.args[0] if node.kind == "group" and len(node.args) == 1 else node
