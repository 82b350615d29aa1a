"""What a formula is about: which function makes which quantity, the last layer, the data, the paths of the penalty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import sympy as sp

from symbackprop.language.claim import Term
from symbackprop.language.functions import Named
from symbackprop.language.indices import base_of, leaves
from symbackprop.language.program import Program
from symbackprop.language.quantity import PARAMETERS, Quantity
from symbackprop.language.recurrence import Loop

Env = tuple[tuple[sp.Symbol, sp.Expr], ...]
"""The indices in scope, each with its size."""


@dataclass(frozen=True)
class Setting:
    """A program, and the quantity that a formula is the derivative by (None: by none)."""

    program: Program
    by: str = ""
    turned: bool = False
    """Is that derivative written as its transpose?"""
    known: dict[str, tuple[sp.Expr, ...]] = field(default_factory=dict)

    @cached_property
    def quantities(self) -> dict[str, Quantity]:
        return self.program.quantities

    @cached_property
    def slopes(self) -> dict[str, tuple[str, str]]:
        """For each quantity that a named function is applied to: the function, and what comes out."""
        by_symbol, result = self.program.by_symbol, {}
        for e in self.program.equations:
            if isinstance(e.expression, Named):
                inner = by_symbol.get(base_of(e.expression.args[0]))
                if inner is not None:
                    result[inner.name] = type(e.expression).__name__, e.quantity.name
        return result

    @cached_property
    def output(self) -> Quantity | None:
        """The last output of a layer: what the loss compares with the target."""
        outputs = [q for q in self.quantities.values() if q.role == "activation"]
        return outputs[-1] if outputs else None

    def last(self, name: str) -> bool:
        """Is a pre-activation, or an output, of the last layer?"""
        return self.output is not None and self.quantities[name].layer == self.output.layer

    @cached_property
    def logarithmic(self) -> bool:
        """Does the loss take logarithms of the output?"""
        losses = (e for e in self.program.equations if e.quantity.role == "loss")
        return any(e.expression.has(sp.log) for e in losses)

    @cached_property
    def data(self) -> sp.Expr | None:
        """The number of data."""
        return next((a.size for q in self.quantities.values() for a in q.axes if a.name == "datum"), None)

    @cached_property
    def sizes(self) -> dict[sp.Expr, str]:
        """Sizes a formula may have forgotten, or have too many of: of the data, of the last layer; then any other."""
        found: dict[sp.Expr, str] = {}
        if self.data is not None:
            found[self.data] = "datum"
        if self.output is not None:
            found |= {a.size: "unit" for a in self.output.axes if a.name != "datum" and a.size not in found}
        return found

    @cached_property
    def times(self) -> frozenset[sp.Expr]:
        """The sizes of the axes along which a recurrence runs."""
        loops = (item for item in self.program.steps if isinstance(item, Loop))
        return frozenset(e.quantity.shape[loop.axes[e.quantity.symbol]] for loop in loops for e in loop.equations)

    @cached_property
    def penalty(self) -> tuple[Quantity, Quantity] | None:
        """λ and the weights it is on, where there is a penalty: λ and R."""
        names = self.quantities
        return (names["lambda"], names["R"]) if "lambda" in names and "R" in names else None

    def alike(self, name: str) -> Iterator[str]:
        """Other quantities of the same shape."""
        shape = self.program.shapes[name]
        for other, q in self.quantities.items():
            if other != name and self.program.shapes[other] == shape and q.role not in ("loss", "constant"):
                yield other

    def shifted(self, name: str, by: int) -> str | None:
        """The quantity of the same letter in the next layer, or the one before."""
        q = self.quantities.get(name)
        if q is None or not isinstance(q.layer, int):
            return None
        other = f"{q.letter}[{q.layer + by}]"
        return other if other in self.quantities else None

    def slope_terms(self, env: Env) -> Iterator[tuple[str, Term]]:
        """σ'(z) for every z: the whole array, or its entry at indices in scope of these very sizes."""
        for inner, (function, _) in self.slopes.items():
            for indices in self.placed(inner, env):
                yield inner, Term("apply", (Term("quantity", name=inner, indices=indices),), name=function + "'")

    def placed(self, name: str, env: Env) -> Iterator[tuple[sp.Expr, ...]]:
        """The ways to read a quantity at indices in scope; () for a whole array."""
        if not env:
            yield ()
            return
        rows: list[tuple[sp.Expr, ...]] = [()]
        for size in self.program.shapes[name]:
            rows = [(*row, i) for row in rows for i, n in env if n == size and i not in row]
        yield from rows

    @cached_property
    def parameters(self) -> list[str]:
        return [q.name for q in self.program.all_given if q.role in PARAMETERS]

    @cached_property
    def direct(self) -> dict[str, frozenset[str]]:
        """What each equation reads."""
        by_symbol = self.program.by_symbol
        return {e.quantity.name: frozenset(by_symbol[base_of(x)].name for x in leaves(e.expression)
                                           if base_of(x) in by_symbol) for e in self.program.equations}
