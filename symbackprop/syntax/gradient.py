"""Gradients derived by hand, as text: ``dJ/dW[2][j,i] = (a[2][j] - y[j])/n * sigma'(z[2][j]) * a[1][i]``."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from symbackprop.language.errors import SyntaxProblem, nearest
from symbackprop.language.functions import Named
from symbackprop.language.program import Program
from symbackprop.language.quantity import Quantity, index
from symbackprop.syntax.expression import CONSTANTS, Scope, bare, expression, index_expression
from symbackprop.syntax.formula import Node, parse_equation


def read_gradient(
    text: str, program: Program, functions: Mapping[str, type[Named]], twice: Quantity | None = None
) -> tuple[Quantity, tuple[sp.Symbol, ...], sp.Expr]:
    """What is differentiated by, its free indices, and the claimed derivative.

    Names of adjoints (``da[2]``, ``dJ/da[2]``) denote the true derivatives. ``twice`` is what is differentiated where
    the program holds those: then its own are ``ds/da[2]``, in full. Raises SyntaxProblem.
    """
    # what prints write, hands type otherwise; each is one character, so carets stay where they are
    text = text.translate(str.maketrans("∂·−", "d*-"))
    left, right = parse_equation(text)
    names = _Names(text, program, twice)
    by, groups = names.gradient(left)
    indices = names.free_indices(by, groups, left)
    sizes = {i.name: axis.size for i, axis in zip(indices, by.axes, strict=True)}
    sizes = names.ranges(right, sizes)
    scope = Scope(text, names.resolve, sizes, functions, frozenset(i.name for i in indices))
    return by, indices, expression(_fractions(right, names), scope)


def _fractions(node: Node, names: _Names) -> Node:
    """``dJ/da[2]`` is one name, not a quotient; so is it in ``u*dJ/da[2]``, which a grammar groups as (u*dJ)/da[2]."""
    if node.kind == "/" and names.is_adjoint(node.args[1]):
        folded = _folded(node.args[0], node.args[1], names)
        if folded is not None:
            return _fractions(folded, names)
        names.refuse_quotient(node)
    args = tuple(_fractions(a, names) for a in node.args)
    return Node(node.kind, node.at, node.value, args, node.groups)


def _folded(left: Node, adjoint: Node, names: _Names) -> Node | None:
    """The product with the ``dJ`` at its end replaced by the adjoint; None where it does not end in ``dJ``."""
    if names.is_loss(left):
        return names.in_full(adjoint) if names.is_twice(left) else adjoint
    if left.kind not in ("neg", "*"):
        return None
    last = _folded(left.args[-1], adjoint, names)
    return None if last is None else Node(left.kind, left.at, left.value, (*left.args[:-1], last))


class _Names:
    """What names mean in the context of one program."""

    def __init__(self, text: str, program: Program, twice: Quantity | None) -> None:
        self.text, self.program, self.twice = text, program, twice
        self.losses = {q.name for q in program.quantities.values() if q.role == "loss"}
        self.losses |= {twice.name} if twice else set()
        self.prefix = twice.prefix if twice else "d"

    def problem(self, what: str, node: Node, hint: str = "") -> SyntaxProblem:
        return SyntaxProblem(what, self.text, node.at, hint)

    def is_loss(self, node: Node) -> bool:
        return node.kind == "ref" and str(node.value)[:1] in "d∂" and str(node.value)[1:] in self.losses

    def is_twice(self, node: Node) -> bool:
        return self.twice is not None and str(node.value)[1:] == self.twice.name

    def in_full(self, adjoint: Node) -> Node:
        """``da`` below ``ds`` by the name of the record, ``ds/da``."""
        return Node(adjoint.kind, adjoint.at, self.prefix + str(adjoint.value)[1:], adjoint.args, adjoint.groups)

    def stem(self, node: Node) -> str:
        """The letter of what an adjoint is a derivative by."""
        return str(node.value).removeprefix(self.prefix) if self.twice else str(node.value)[1:]

    def is_adjoint(self, node: Node) -> bool:
        return node.kind == "ref" and str(node.value)[:1] in "d∂"

    def refuse_quotient(self, node: Node) -> None:
        """``da[2]/dz[2]`` means a local derivative to the hand that writes it, and a quotient to a grammar."""
        below = node.args[1]
        if self._known(str(below.value), below) is None and self._known(str(below.value)[1:], below) is not None:
            raise self.problem("a derivative of one layer by another, such as da[2]/dz[2], is not read", node,
                               "put in what it is, e.g. sigma'(z[2])")

    def gradient(self, left: Node) -> tuple[Quantity, tuple[tuple[Node, ...], ...]]:
        """``dJ/dw[2]`` or ``dw[2]``: the quantity and what brackets are left for its indices."""
        node = left
        if self.twice and not (left.kind == "/" and self.is_twice(left.args[0])):
            raise self.problem(f"the left side names a derivative of {self.twice.name}", left,
                               f"e.g. {self.prefix}W[1][j,i] = …")
        if left.kind == "/" and self.is_loss(left.args[0]):
            node = left.args[1]
        if not self.is_adjoint(node):
            raise self.problem("the left side names a gradient, such as dJ/dW[2] or dW[2]", left)
        return self.quantity(str(node.value)[1:], node)

    def quantity(self, letter: str, node: Node) -> tuple[Quantity, tuple[tuple[Node, ...], ...]]:
        """The quantity a name and its first bracket denote, and the brackets that are left."""
        first = node.groups[0] if node.groups else ()
        if len(first) == 1:
            label = str(first[0].value)
            found = self.program.lookup(f"{letter}[{label}]")
            if found is not None:
                return found, node.groups[1:]
        found = self.program.lookup(letter)
        if found is None:
            shown = letter + (f"[{first[0].value}]" if len(first) == 1 else "")
            raise self.problem(f"there is no quantity {shown} here", node, nearest(shown, self.program.quantities))
        return found, node.groups

    def free_indices(
        self, by: Quantity, groups: tuple[tuple[Node, ...], ...], left: Node
    ) -> tuple[sp.Symbol, ...]:
        nodes = [n for group in groups for n in group]
        names = [bare(n) for n in nodes]
        if len(names) != len(by.axes) or None in names or len(set(names)) != len(names):
            wanted = f"{len(by.axes)} different index names" if by.axes else "no index"
            raise self.problem(f"{by.name} takes {wanted} here", left, "e.g. dJ/dW[2][j,i] = …" if by.axes else "")
        return tuple(index(str(n)) for n in names)

    def ranges(self, right: Node, free: Mapping[str, sp.Expr]) -> dict[str, sp.Expr]:
        """The range of each index that stands bare on an axis of some quantity: one name, one size."""
        found = dict(free)
        todo = [right]
        while todo:
            node = todo.pop()
            todo += node.args
            if node.kind == "ref" and node.groups:
                letter = str(node.value)
                known = self._known(letter, node) or (self._known(self.stem(node), node) if self.is_adjoint(node)
                                                      else None)
                places = [n for g in known[1] for n in g] if known else []
                if known and len(places) == len(known[0].axes):
                    for axis, at in zip(known[0].axes, places, strict=True):
                        name = bare(at)
                        if name and found.setdefault(name, axis.size) != axis.size:
                            raise self.problem(f"index {name} runs over {found[name]} and, in {known[0].name}, over "
                                               f"{axis.size}", at, "an index has one size; use another name")
        return found

    def _known(self, letter: str, node: Node) -> tuple[Quantity, tuple[tuple[Node, ...], ...]] | None:
        try:
            return self.quantity(letter, node)
        except SyntaxProblem:
            return None

    def resolve(self, node: Node, scope: Scope) -> sp.Expr:
        """The leaf a reference denotes: a quantity, an adjoint, a size, or a bound index as a number."""
        name = str(node.value)
        if self.is_loss(node) and not node.groups:
            raise self.problem(f"{name} stands alone", node, "a derivative is written dJ/da[2], or da[2]")
        known = self._known(name, node)
        adjoint = None if known else (self._known(self.stem(node), node) if self.is_adjoint(node) else None)
        if known is None and adjoint is None:
            size = self.program.size_named(name)
            if size is not None and not node.groups:
                return size
            if name in CONSTANTS and not node.groups:
                return CONSTANTS[name]
            self.quantity(name, node)
        quantity, groups = known or adjoint  # type: ignore[misc]
        at = [index_expression(n, scope) for group in groups for n in group]
        if len(at) != len(quantity.axes):
            raise self.problem(f"{quantity.name} has {len(quantity.axes)} axes, but {len(at)} indices stand here", node)
        return (quantity if known else quantity.adjoint_called(self.prefix)).at(*at)
