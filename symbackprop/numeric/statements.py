"""Equations in the order in which code works them, each with its matrix form where it has one; the lines of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sympy as sp

from symbackprop.language.arrays import Array, MatrixForm
from symbackprop.language.derivation import Chapter, Line
from symbackprop.language.indices import base_of, leaves
from symbackprop.language.quantity import Equation
from symbackprop.language.recurrence import Loop, in_order, recurrent
from symbackprop.numeric.array_code import assigned
from symbackprop.numeric.code import code
from symbackprop.numeric.page import Page
from symbackprop.numeric.pooling import pooled, pooled_lines


@dataclass(frozen=True)
class Statement:
    """An equation to be written, with its matrix form where it has one."""

    equation: Equation
    array: Array | None

    @property
    def equations(self) -> tuple[Equation, ...]:
        return (self.equation,)

    @property
    def reads(self) -> set[sp.Symbol]:
        if self.array is None or not self.equation.expression.has(sp.Indexed):
            return {base_of(leaf) for leaf in leaves(self.equation.expression)}
        return {base_of(leaf) for e in _expressions(self.array) for leaf in leaves(e)}


def _expressions(node: object) -> Iterator[sp.Expr]:
    """Every scalar expression in an array tree."""
    if isinstance(node, sp.Expr):
        yield node
    elif isinstance(node, tuple):
        for item in node:
            yield from _expressions(item)
    elif hasattr(node, "__dataclass_fields__"):
        for name in node.__dataclass_fields__:
            if name not in ("indices", "sizes", "size"):
                yield from _expressions(getattr(node, name))


def forward_statements(forward: Sequence[tuple[Equation, MatrixForm]]) -> list[Statement]:
    return [Statement(e, f.array) for e, f in forward]


def backward_statements(backward: Sequence[tuple[Chapter, MatrixForm]]) -> list[Statement]:
    """What stands outside of the recurrences reads known adjoints by their names."""
    looped = recurrent([c.equation for c, _ in backward])
    return [Statement(c.equation, None) if c.quantity.symbol in looped else
            Statement(Equation(c.quantity, c.indices, _collected(c, f).expression), f.array) for c, f in backward]


def _collected(chapter: Chapter, form: MatrixForm) -> Line:
    return next((s.after for s in form.steps if s.rule == "collect" and isinstance(s.after, Line)), chapter.result)


def needed(statements: Sequence[Statement], wanted: Iterable[sp.Symbol]) -> list[Statement]:
    """Those statements that the wanted quantities stand on, in order."""
    by_symbol = {s.equation.quantity.symbol: s for s in statements}
    found: set[sp.Symbol] = set()
    todo = list(wanted)
    while todo:
        symbol = todo.pop()
        if symbol in by_symbol and symbol not in found:
            found.add(symbol)
            todo += by_symbol[symbol].reads
    return [s for s in statements if s.equation.quantity.symbol in found]


def worked(statements: Sequence[Statement]) -> list[Statement | Loop]:
    """In the order in which they are worked: a recurrence is one loop."""
    by_symbol = {s.equation.quantity.symbol: s for s in statements}
    return [item if isinstance(item, Loop) else by_symbol[item.quantity.symbol]
            for item in in_order([s.equation for s in statements])]


def written(s: Statement, page: Page) -> list[str]:
    """The lines of one equation."""
    q, name = s.equation.quantity, page.names[s.equation.quantity.symbol]
    window = pooled(s.equation)
    if window is not None:
        return list(pooled_lines(name, window, q.shape, page))
    page = page.fresh()
    if s.array is not None and _suits(s.equation):
        made = assigned(name, s.array, page)
        return [*page.lines(), *made]
    text = code(s.equation.expression, page.over(s.equation.indices, q.shape)).code
    if not set(s.equation.indices) <= s.equation.expression.free_symbols:
        sizes = [code(n, page).code for n in q.shape]
        text = f"np.broadcast_to({text}, ({', '.join(sizes)}{',' * (len(sizes) == 1)})).copy()"
    return [*page.lines(), f"{name} = {text}"]


def _suits(e: Equation) -> bool:
    """Is the matrix form the better code? Not of δ, which would be a matrix of zeros and ones."""
    return e.expression.has(sp.Indexed) and not e.expression.has(sp.KroneckerDelta) and not _overflows(e)


def _overflows(equation: Equation) -> bool:
    """``log Σ e^z`` and its slope overflow as products of arrays; in components they have a stable spelling."""
    e = equation.expression
    if equation.quantity.role == "adjoint":
        return any(p.exp.is_negative and isinstance(p.base, sp.Sum) and p.base.has(sp.exp) for p in e.atoms(sp.Pow))
    return any(isinstance(log.args[0], sp.Sum) for log in e.atoms(sp.log))
