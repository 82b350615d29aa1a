"""Program → scalar assignments ``z1_2 = W1_2_1*x_1 + …`` at concrete sizes: every entry a name of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product

import sympy as sp

from symbackprop.language.errors import SymbackpropError
from symbackprop.language.functions import Named
from symbackprop.language.functions import defined as with_definitions
from symbackprop.language.indices import base_of, limits
from symbackprop.language.program import Program
from symbackprop.language.quantity import Equation, Quantity
from symbackprop.numeric.evaluate import extent, numbers
from symbackprop.numeric.sample import free_sizes


@cache
def entry(name: str, at: tuple[int, ...]) -> sp.Symbol:
    """The symbol of one entry of a quantity: ``W1_2_3``, real."""
    return sp.Symbol("_".join([name, *map(str, at)]), real=True)


@dataclass(frozen=True)
class Components:
    """Arrays of entry symbols by quantity symbol, at concrete sizes."""

    names: Mapping[sp.Symbol, str]
    shapes: Mapping[sp.Symbol, tuple[int, ...]]
    sizes: Mapping[sp.Symbol, int]

    def entries(self, quantity: Quantity) -> Iterator[tuple[tuple[int, ...], sp.Symbol]]:
        """Every entry of a quantity: its place, counted from 1, and its symbol."""
        name = self.names[quantity.symbol]
        for at in product(*(range(1, n + 1) for n in self.shapes[quantity.symbol])):
            yield at, entry(name, at)

    def read(self, base: sp.Symbol, at: tuple[sp.Expr, ...]) -> sp.Expr:
        """The symbol of an entry; 0 outside the range."""
        place = tuple(int(i) for i in at)
        inside = all(1 <= p <= n for p, n in zip(place, self.shapes[base], strict=True))
        return entry(self.names[base], place) if inside else sp.Integer(0)

    def assignments(self, equation: Equation) -> Iterator[tuple[sp.Symbol, sp.Expr]]:
        """Each entry that an equation defines, with what it is: sums written out, functions by their definitions."""
        expression = with_definitions(equation.expression) if equation.expression.has(Named) else equation.expression
        for at, symbol in self.entries(equation.quantity):
            yield symbol, self.explicit(expression, dict(zip(equation.indices, map(sp.Integer, at), strict=True)))

    def explicit(self, expression: sp.Expr, at: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
        """An expression at given values of its free indices, without sums and arrays."""
        if isinstance(expression, sp.Indexed):
            return self.read(base_of(expression), tuple(self.explicit(i, at) for i in expression.indices))
        if isinstance(expression, sp.Symbol):
            return self._symbol(expression, at)
        if isinstance(expression, sp.Sum):
            return sp.Add(*self._terms(expression, at))
        if not expression.args:
            return expression
        return expression.func(*(self.explicit(arg, at) for arg in expression.args))

    def _symbol(self, symbol: sp.Symbol, at: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
        if symbol in at:
            return at[symbol]
        if symbol in self.sizes:
            return sp.Integer(self.sizes[symbol])
        return entry(self.names[symbol], ()) if symbol in self.names else symbol

    def _terms(self, total: sp.Sum, at: Mapping[sp.Symbol, sp.Expr]) -> Iterator[sp.Expr]:
        places: list[dict[sp.Symbol, sp.Expr]] = [dict(at)]
        for idx, lower, upper in reversed(limits(total)):
            places = [
                {**place, idx: sp.Integer(n)}
                for place in places
                for n in range(int(self.explicit(lower, place)), int(self.explicit(upper, place)) + 1)
            ]
        return (self.explicit(total.function, place) for place in places)


def components_of(
    quantities: Iterable[Quantity], names: Mapping[str, str], sizes: Mapping[sp.Symbol, int]
) -> Components:
    """The entries of these quantities at concrete sizes; ``names`` are code names by record name."""
    known = list(quantities)
    return Components(
        {q.symbol: names[q.name] for q in known},
        {q.symbol: tuple(extent(s, sizes) for s in q.shape) for q in known},
        sizes,
    )


def concrete_sizes(program: Program, sizes: Mapping[sp.Symbol | str, int] | None) -> dict[sp.Symbol, int]:
    """A number for every size symbol of a program. Raises SymbackpropError naming those without one."""
    given = {str(s): n for s, n in (sizes or {}).items()}
    free = free_sizes(program)
    missing = [str(s) for s in free if str(s) not in given]
    if missing:
        raise SymbackpropError(f"sizes are missing: {', '.join(missing)}; give sizes={{'{missing[0]}': 3, …}}")
    return {**numbers(program), **{s: given[str(s)] for s in free}}


def scale(equation: Equation, sizes: Mapping[sp.Symbol, int]) -> int:
    """About how many scalar operations an equation is when written out."""
    entries = sp.prod([sp.Integer(extent(s, sizes)) for s in equation.quantity.shape])
    return int(entries) * _terms_of(equation.expression, sizes)


def _terms_of(expression: sp.Expr, sizes: Mapping[sp.Symbol, int]) -> int:
    if isinstance(expression, sp.Sum):
        count = 1
        for _, lower, upper in limits(expression):
            known = {s: sp.Integer(n) for s, n in sizes.items()}
            span = (upper - lower + 1).xreplace(known)
            count *= int(span) if span.is_Integer else max(sizes.values(), default=1)
        return count * (_terms_of(expression.function, sizes) + 1)
    if isinstance(expression, sp.Indexed):
        return 0
    return sum(_terms_of(arg, sizes) for arg in expression.args) + len(expression.args)
