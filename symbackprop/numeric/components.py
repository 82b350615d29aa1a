"""Program → scalar assignments ``z1_2 = W1_2_1*x_1 + …`` at concrete sizes: every entry a name of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

import sympy as sp

from symbackprop.language.errors import SymbackpropError
from symbackprop.language.functions import Iverson, Named
from symbackprop.language.functions import defined as with_definitions
from symbackprop.language.indices import base_of, limits
from symbackprop.language.program import Program
from symbackprop.language.quantity import Equation, Quantity
from symbackprop.language.recurrence import Loop, in_order
from symbackprop.language.reductions import Binder, Largest, Winner
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

    def worked(self, equations: Sequence[Equation]) -> Iterator[tuple[sp.Symbol, sp.Expr]]:
        """The entries of several equations, each after those it reads: a recurrence time after time."""
        for item in in_order(equations):
            if not isinstance(item, Loop):
                yield from self.assignments(item)
                continue
            places = {e: item.axes[e.quantity.symbol] for e in item.equations}
            length = min(self.shapes[e.quantity.symbol][p] for e, p in places.items())
            entries = {e: list(zip(self.entries(e.quantity), self.assignments(e), strict=True)) for e in places}
            for t in item.times(length):
                for e, p in places.items():
                    yield from (assigned for (at, _), assigned in entries[e] if at[p] == t)

    def explicit(self, expression: sp.Expr, at: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
        """An expression at given values of its free indices, without sums and arrays."""
        if isinstance(expression, sp.Indexed):
            return self.read(base_of(expression), tuple(self.explicit(i, at) for i in expression.indices))
        if isinstance(expression, sp.Symbol):
            return self._symbol(expression, at)
        if isinstance(expression, sp.Sum):
            return sp.Add(*self._terms(expression, at))
        if isinstance(expression, Largest):
            return _largest(list(self._terms(expression, at)))
        if isinstance(expression, Winner):
            return self._winner(expression, at)
        if not expression.args:
            return expression
        made = expression.func(*(self.explicit(arg, at) for arg in expression.args))
        if isinstance(made, Iverson):  # SymPy's printers of code know a Piecewise
            return sp.Piecewise((sp.Integer(1), made.condition), (sp.Integer(0), True))
        return made

    def _symbol(self, symbol: sp.Symbol, at: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
        if symbol in at:
            return at[symbol]
        if symbol in self.sizes:
            return sp.Integer(self.sizes[symbol])
        return entry(self.names[symbol], ()) if symbol in self.names else symbol

    def _winner(self, winner: Winner, at: Mapping[sp.Symbol, sp.Expr]) -> sp.Expr:
        """1 where the term at that place is above those before it, and not below those after it."""
        largest = winner.largest
        names = [i for i, _, _ in limits(largest)]
        spans = (range(int(self.explicit(lo, at)), int(self.explicit(hi, at)) + 1) for _, lo, hi in limits(largest))
        terms = {p: self.explicit(largest.function, {**at, **dict(zip(names, map(sp.Integer, p), strict=True))})
                 for p in product(*spans)}
        place = tuple(int(self.explicit(i, at)) for i in winner.at)
        if place not in terms:
            return sp.Integer(0)
        own = terms[place]
        beaten = [own > u if other < place else own >= u for other, u in terms.items() if other != place]
        return sp.Piecewise((sp.Integer(1), sp.And(*beaten)), (sp.Integer(0), True)) if beaten else sp.Integer(1)

    def _terms(self, total: Binder, at: Mapping[sp.Symbol, sp.Expr]) -> Iterator[sp.Expr]:
        places: list[dict[sp.Symbol, sp.Expr]] = [dict(at)]
        for idx, lower, upper in reversed(limits(total)):
            places = [
                {**place, idx: sp.Integer(n)}
                for place in places
                for n in range(int(self.explicit(lower, place)), int(self.explicit(upper, place)) + 1)
            ]
        return (self.explicit(total.function, place) for place in places)


def _largest(terms: list[sp.Expr]) -> sp.Expr:
    """The greatest by its branches; SymPy's Max would differentiate to a half at a tie."""
    cases = [(u, sp.And(*(u >= v for v in terms if v is not u))) for u in terms[:-1]]
    return sp.Piecewise(*cases, (terms[-1], True))


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
    if isinstance(expression, Binder):
        count = 1
        for _, lower, upper in limits(expression):
            known = {s: sp.Integer(n) for s, n in sizes.items()}
            span = (upper - lower + 1).xreplace(known)
            count *= int(span) if span.is_Integer else max(sizes.values(), default=1)
        return count * (_terms_of(expression.function, sizes) + 1)
    if isinstance(expression, sp.Indexed):
        return 0
    return sum(_terms_of(arg, sizes) for arg in expression.args) + len(expression.args)
