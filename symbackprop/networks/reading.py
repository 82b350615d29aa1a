"""Formulas of a layer to equations: what an undeclared name is, and over what each index runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import sympy as sp

from symbackprop.language.errors import SyntaxProblem, nearest
from symbackprop.language.indices import base_of, leaves
from symbackprop.language.quantity import Axis, Equation, Label, Quantity, Role, index
from symbackprop.language.recurrence import recurrent
from symbackprop.networks.activations import functions
from symbackprop.syntax.expression import (
    CONSTANTS,
    ELEMENTARY,
    Scope,
    bare,
    check_bound,
    expression,
    index_expression,
    references,
)
from symbackprop.syntax.formula import Node, parse_equation

OUTSIDE = {"y": "the target", "J": "the loss"}
"""Names a layer may not give to what it defines: a page would have two of them."""


@dataclass
class Reading:
    """One layer being read: what is known so far. ``inputs`` are names with a quantity from outside; ``n`` is the
    size of the first of them."""

    inputs: Mapping[str, Quantity]
    label: Label
    sizes: dict[str, sp.Expr]
    roles: Mapping[str, Role] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    parameters: dict[str, Quantity] = field(default_factory=dict)
    defined: dict[str, Quantity] = field(default_factory=dict)
    ahead: dict[str, Quantity] = field(default_factory=dict)

    def known(self, name: str) -> Quantity | None:
        return self.inputs.get(name) or self.defined.get(name) or self.parameters.get(name) or self.ahead.get(name)

    def quantity(self, name: str, free: Sequence[str], last: bool) -> Quantity:
        """What a formula defines: its axes are the ranges of the indices on its left."""
        role = self.roles.get(name) or ("activation" if last else "auxiliary")
        return Quantity(name, self.label, tuple(Axis("unit", self.sizes[i]) for i in free), role)


def read_layer(
    formulas: Sequence[str], inputs: Mapping[str, Quantity], label: Label, sizes: Mapping[str, sp.Expr],
    roles: Mapping[str, Role] | None = None, parameters_allowed: bool = True, given: Iterable[str] = (),
) -> tuple[tuple[Quantity, ...], tuple[Equation, ...]]:
    """The parameters and equations of a layer; the names in ``given`` are data, not parameters. Raises SyntaxProblem
    with a caret in the formula that is wrong."""
    reading = Reading(inputs, label, dict(sizes), roles or {}, frozenset(given))
    parsed = [(text, *parse_equation(text)) for text in formulas]
    for text, _, right in parsed:
        # an index name is one axis of the whole layer: h[j] = g[j]*x[j] says how far j runs in the formula of g
        _learn_sizes([r for r in references(right) if str(r.value) in inputs], text, reading)
    _look_ahead(parsed, reading)
    equations = []
    for position, text in enumerate(formulas):
        last = position == len(formulas) - 1
        equations.append(_read(text, reading, last, parameters_allowed))
    _check_order(equations, formulas)
    return tuple(reading.parameters.values()), tuple(equations)


def _look_ahead(parsed: Sequence[tuple[str, Node, Node]], reading: Reading) -> None:
    """What a recurrence reads before it is defined, h[t-1,k], and how far its indices run."""
    for _ in parsed:
        for position, (_, left, _) in enumerate(parsed):
            name, free = str(left.value), [bare(n) for group in left.groups for n in group]
            if name not in reading.ahead and name not in reading.inputs and all(i in reading.sizes for i in free):
                last = position == len(parsed) - 1
                reading.ahead[name] = reading.quantity(name, [i for i in free if i is not None], last)
                for formula, _, right in parsed:
                    _learn_sizes([r for r in references(right) if r.value == name and r.groups], formula, reading)


def _check_order(equations: Sequence[Equation], formulas: Sequence[str]) -> None:
    """A name is read before its formula in a recurrence only."""
    looped = recurrent(equations)
    defined: set[sp.Basic] = set()
    own = {e.quantity.symbol: e.quantity.letter for e in equations}
    for e, text in zip(equations, formulas, strict=True):
        for symbol in sorted({base_of(leaf) for leaf in leaves(e.expression)} & set(own) - defined, key=str):
            if symbol not in looped or e.quantity.symbol not in looped:
                at = text.index(own[symbol], text.index("="))
                raise SyntaxProblem(f"{own[symbol]} is used before it is defined", text, at, "put its formula first")
        defined.add(e.quantity.symbol)


def _read(text: str, reading: Reading, last: bool, parameters_allowed: bool) -> Equation:
    left, right = parse_equation(text)
    name, free = _target(left, text, reading)
    refs = [r for r in references(right) if r.groups or reading.known(str(r.value)) is not None]
    _learn_sizes(refs, text, reading)
    bound = frozenset(i for i, _ in free)
    check_bound(right, bound, text)
    for i, node in free:
        if i not in reading.sizes:
            raise SyntaxProblem(f"the range of index {i} is not known", text, node.at,
                                f"read x or another known quantity at it, or give sizes = {{{i} = …}}")
    scope = Scope(text, _resolver(reading, parameters_allowed), reading.sizes, functions(), bound)
    value = expression(right, scope)
    quantity = reading.quantity(name, [i for i, _ in free], last)
    reading.defined[name] = quantity
    return Equation(quantity, tuple(index(i) for i, _ in free), value)


def _target(left: Node, text: str, reading: Reading) -> tuple[str, list[tuple[str, Node]]]:
    name = str(left.value)
    if left.kind != "ref" or len(left.groups) > 1:
        raise SyntaxProblem("the left side is a name with its indices, such as h[j]", text, left.at)
    if name in reading.inputs or name in reading.defined or name in reading.parameters:
        what = "the input" if name in reading.inputs else "already used"
        raise SyntaxProblem(f"{name} is {what}; a formula defines a new name", text, left.at)
    if reading.label is not None and name in OUTSIDE:
        raise SyntaxProblem(f"{name} is {OUTSIDE[name]}; choose another name", text, left.at)
    if name in ELEMENTARY or name in functions() or name in ("sum", "delta", "n"):
        raise SyntaxProblem(f"{name} is the name of a function; choose another", text, left.at)
    free: list[tuple[str, Node]] = []
    for node in left.groups[0] if left.groups else ():
        i = bare(node)
        if i is None or i in (other for other, _ in free):
            raise SyntaxProblem("the indices on the left are different names", text, node.at)
        free.append((i, node))
    return name, free


def _learn_sizes(refs: Sequence[Node], text: str, reading: Reading) -> None:
    """An index runs over the axis on which it stands bare; over two of different sizes it cannot."""
    for node in refs:
        quantity = reading.known(str(node.value))
        at = [n for group in node.groups for n in group]
        if quantity is None:
            continue
        if len(at) != len(quantity.axes):
            what = f"{node.value} has {counted(len(quantity.axes))}, but {len(at)} indices stand here"
            raise SyntaxProblem(what, text, node.at)
        for n, axis in zip(at, quantity.axes, strict=True):
            i = bare(n)
            if i is not None and reading.sizes.setdefault(i, axis.size) != axis.size:
                raise SyntaxProblem(f"index {i} runs over {reading.sizes[i]} and, in {node.value}, over {axis.size}",
                                    text, n.at, "an index has one size; use another name for the other axis")


def counted(axes: int) -> str:
    return f"{axes} ax{'i' if axes == 1 else 'e'}s"


def _resolver(reading: Reading, parameters_allowed: bool) -> Callable[[Node, Scope], sp.Expr]:
    def resolve(node: Node, scope: Scope) -> sp.Expr:
        name = str(node.value)
        quantity = reading.known(name)
        at = [index_expression(n, scope) for group in node.groups for n in group]
        if quantity is None and not at:
            value = _scalar(name, reading, scope)
            if value is not None:
                return value
        if quantity is None:
            if not parameters_allowed:
                raise scope.problem(f"unknown name {name}", node, nearest(name, [*reading.inputs, *reading.defined]))
            quantity = _new_parameter(node, reading, scope)
        if len(at) != len(quantity.axes):
            raise scope.problem(f"{name} has {counted(len(quantity.axes))}, but {len(at)} indices stand here", node)
        return quantity.at(*at)

    return resolve


def _scalar(name: str, reading: Reading, scope: Scope) -> sp.Expr | None:
    """``n``, ``n_j``, ``pi`` and bound indices are numbers in a formula."""
    first = next(iter(reading.inputs.values()))
    if name == "n" and first.axes:
        return first.axes[0].size
    if name.startswith("n_") and name[2:] in reading.sizes:
        return reading.sizes[name[2:]]
    return index(name) if name in scope.bound else CONSTANTS.get(name)


def _new_parameter(node: Node, reading: Reading, scope: Scope) -> Quantity:
    """An undeclared array is a parameter; its axes are those of the indices it is first read at."""
    axes = []
    for n in (n for group in node.groups for n in group):
        i = bare(n)
        if i is None or i not in reading.sizes:
            raise scope.problem(f"the shape of the parameter {node.value} is not known", n,
                                "read it first at bare indices whose ranges are known")
        axes.append(Axis("unit", reading.sizes[i]))
    name = str(node.value)
    role: Role = "input" if name in reading.given else reading.roles.get(name, "parameter")
    quantity = Quantity(name, reading.label, tuple(axes), role)
    reading.parameters[name] = quantity
    return quantity
