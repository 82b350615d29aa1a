"""Named rewrites of a line: numbers multiplied, names recognised, a derivative written through its output."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product as choices

import sympy as sp

from symbackprop.calculus.local import is_numeric
from symbackprop.language.derivation import Factor, Line, Product
from symbackprop.language.functions import ARGUMENT, Named
from symbackprop.language.indices import base_of, canonical, fresh, leaves, limits, rename, symbols_in
from symbackprop.language.quantity import Equation

_OUTPUT = sp.Dummy("s")


def multiply_numbers(at: Line) -> Line:
    """``1/(2n) · 2 · (a − y) = 1/n · (a − y)``: the numeric factors of a product become one, in front."""
    return Line(tuple(_multiply(p) for p in at.products))


def _multiply(p: Product) -> Product:
    numeric = [f for f in p.factors if f.role == "value" and is_numeric(f.expression)]
    if not numeric or (len(numeric) == 1 and numeric[0].expression == 1):
        # the factor 1 of a bias is worth seeing; before a sum, or at the end of a path (∂J/∂R of a penalty), it is not
        idle = numeric and p.factors[1:] and (p.over or p.factors[-1] in numeric)
        return replace(p, factors=tuple(f for f in p.factors if f not in numeric)) if idle else p
    value = sp.Mul(*(f.expression for f in numeric))
    rest = tuple(f for f in p.factors if f not in numeric)
    front = () if value == 1 and rest else (Factor(value),)
    return Product((*front, *rest), p.over)


def recognise(at: Line, equation: Equation) -> Line:
    """``exp(z_i) / Σ_k exp(z_k) = a_i``: what the equation defines gets its name wherever it stands in a product."""
    if not equation.expression.args or isinstance(equation.expression, sp.Indexed):
        return at
    # what the equation reads must all stand in the product: said before every choice of indices is tried
    read = _arrays(equation.expression)
    return Line(tuple(_recognise(p, equation) if read <= _values(p) else p for p in at.products))


def _arrays(e: sp.Expr) -> set[sp.Symbol]:
    return {base_of(leaf) for leaf in leaves(e) if isinstance(leaf, sp.Indexed)}


def _values(p: Product) -> set[sp.Symbol]:
    return set().union(*(_arrays(f.expression) for f in p.factors if f.role == "value"))


def _recognise(p: Product, equation: Equation) -> Product:
    for name, powers in _instances(p, equation):
        named = _divide(p, name, powers)
        if named is not None:
            return _recognise(named, equation)
    return p


def _instances(p: Product, equation: Equation) -> list[tuple[sp.Expr, dict[sp.Expr, sp.Expr]]]:
    """The equation at every choice of indices that may fit: its name there, and what it stands for."""
    symbols = set().union(*(f.expression.free_symbols for f in p.factors if f.role != "adjoint"))
    indices = sorted((s for s in symbols if s.is_integer and not s.is_positive), key=str)
    result = []
    for chosen in _choices(p, equation, indices):
        mapping = dict(zip(equation.indices, chosen, strict=True))
        meaning = canonical(rename(equation.expression, mapping))
        result.append((equation.quantity.at(*chosen), _powers(meaning)))
    return result


def _choices(p: Product, equation: Equation, indices: list[sp.Symbol]) -> list[tuple[sp.Symbol, ...]]:
    """What the indices of the equation may be, in alphabetical order: the array that it reads at most of them stands in
    the product at just these. So four indices are read off the product, not tried out."""
    read = [leaf for leaf in leaves(equation.expression) if isinstance(leaf, sp.Indexed)]
    fixed = [{i: k for k, i in enumerate(leaf.indices) if i in equation.indices} for leaf in read]
    most = max(range(len(read)), key=lambda n: len(fixed[n]), default=None)
    if most is None:
        return list(choices(indices, repeat=len(equation.indices)))
    found: set[tuple[sp.Symbol, ...]] = set()
    for leaf in (x for f in p.factors if f.role == "value" for x in leaves(f.expression)):
        if base_of(leaf) == base_of(read[most]):
            each = [[leaf.indices[fixed[most][i]]] if i in fixed[most] else indices for i in equation.indices]
            found |= {c for c in choices(*each) if set(c) <= set(indices)}
    return sorted(found, key=lambda c: [str(i) for i in c])


def _powers(e: sp.Expr) -> dict[sp.Expr, sp.Expr]:
    """``{base: exponent}`` of a product; numbers by themselves."""
    result: dict[sp.Expr, sp.Expr] = {}
    for part in sp.Mul.make_args(e):
        base, exponent = (part.base, part.exp) if isinstance(part, sp.Pow) else (part, sp.Integer(1))
        result[base] = result.get(base, sp.Integer(0)) + exponent
    return result


def _divide(p: Product, name: sp.Expr, powers: dict[sp.Expr, sp.Expr]) -> Product | None:
    """Take what the name stands for out of the product's factors, and put the name where the first of it stood."""
    spread = [(k, b, x) for k, f in enumerate(p.factors) if f.role == "value"
              for b, x in _powers(canonical(f.expression)).items()]
    left = dict(powers)
    remaining: list[tuple[int, sp.Expr, sp.Expr]] = []
    first: int | None = None
    for k, base, exponent in spread:
        want = left.get(base, sp.Integer(0))
        if want != 0 and want.is_number and exponent.is_number and want * exponent > 0:
            taken = want if abs(want) <= abs(exponent) else exponent
            left[base] = want - taken
            first = k if first is None else first
            exponent = exponent - taken
        remaining.append((k, base, exponent))
    if first is None or any(x != 0 for x in left.values()):
        return None
    return _rebuilt(p, name, first, remaining)


def _rebuilt(p: Product, name: sp.Expr, first: int, remaining: list[tuple[int, sp.Expr, sp.Expr]]) -> Product:
    factors: list[Factor] = []
    taken = {i for i, _, _ in p.over}.union(*(symbols_in(f.expression) for f in p.factors))
    for k, f in enumerate(p.factors):
        if k == first:
            factors.append(Factor(name))
        if f.role != "value":
            factors.append(f)
            continue
        rest = readable(sp.Mul(*(b**x for i, b, x in remaining if i == k)), taken)
        if rest != 1:
            factors.append(Factor(rest))
    return Product(tuple(factors), p.over)


def readable(e: sp.Expr, taken: set[sp.Symbol]) -> sp.Expr:
    """Bound indices named by their depth, ``_0``, get letters again."""
    if not e.has(sp.Sum):
        return e
    if isinstance(e, sp.Sum):
        names: dict[sp.Symbol, sp.Expr] = {}
        for i, _, _ in limits(e):
            names[i] = fresh(taken | symbols_in(e) | set(names.values()), "i") if i.name.startswith("_") else i
        body = readable(rename(e.function, names), taken | set(names.values()))
        return sp.Sum(body, *((names[i], lo, hi) for i, lo, hi in limits(e)))
    return e.func(*(readable(arg, taken) for arg in e.args))


def through_output(function: sp.Expr, argument: sp.Expr, output: sp.Expr) -> sp.Expr | None:
    """``f'(z)`` as a polynomial in ``s = f(z)``, found by eliminating ``e^z``: σ' = s(1 − s), tanh' = 1 − s².

    None where there is no such polynomial.
    """
    t, s = sp.Symbol("t", positive=True), sp.Symbol("s")
    z = ARGUMENT
    f = function.xreplace({argument: z})
    if f.free_symbols - {z} or not f.has(sp.exp) or f.has(sp.Piecewise):
        return None
    value = f.replace(sp.exp, lambda u: t ** (u / z) if (u / z).is_number else sp.exp(u))
    slope = sp.diff(f, z).replace(sp.exp, lambda u: t ** (u / z) if (u / z).is_number else sp.exp(u))
    if value.has(z) or slope.has(z) or value.atoms(sp.Function) or slope.atoms(sp.Function):
        return None
    return _eliminate(value, slope, t, s, output)


def _eliminate(value: sp.Expr, slope: sp.Expr, t: sp.Symbol, s: sp.Symbol, output: sp.Expr) -> sp.Expr | None:
    numerator, denominator = sp.fraction(sp.cancel(value))
    equation = sp.Poly(numerator - s * denominator, t)
    degrees = [d for (d,) in equation.monoms() if d]
    if len(degrees) != 1:
        return None
    power = degrees[0]
    solved = -equation.nth(0) / equation.nth(power)
    result = sp.cancel(sp.cancel(slope).subs(t, sp.Symbol("u", positive=True) ** sp.Rational(1, power))
                       .subs(sp.Symbol("u", positive=True), solved))
    polynomial = sp.Poly(result, s) if result.is_polynomial(s) else None
    if polynomial is None or result.has(t):
        return None
    return _pulled_out(polynomial, output)


def _pulled_out(polynomial: sp.Poly, output: sp.Expr) -> sp.Expr:
    """``s − s²`` as ``s (1 − s)``: a common power of the output stands in front."""
    lowest = min(d for (d,) in polynomial.monoms())
    rest = sp.Add(*(c * output ** (d - lowest) for (d,), c in polynomial.terms()))
    return output**lowest * rest


def single_leaf(e: sp.Expr) -> sp.Expr | None:
    """The one leaf that an elementwise expression reads, or None."""
    read = {leaf for leaf in leaves(e) if not (leaf.is_integer and leaf.is_positive)}
    return read.pop() if len(read) == 1 and not e.has(sp.Sum) else None


@cache
def _named_through_output(function: type[Named]) -> sp.Expr | None:
    """Found once a function, not once a layer."""
    return through_output(function.definition, ARGUMENT, _OUTPUT)


def output_form(derivative: sp.Expr, equation: Equation) -> sp.Expr | None:
    """The derivative of ``a[o] := f(z[o])`` through ``a[o]``; None unless the equation is elementwise."""
    leaf = single_leaf(equation.expression)
    if leaf is None or derivative.is_number:
        return None
    e = equation.expression
    if isinstance(e, Named) and e.args[0] == leaf:
        through = _named_through_output(type(e))  # type: ignore[arg-type]
        return None if through is None else through.xreplace({_OUTPUT: equation.target})
    return through_output(e, leaf, equation.target)
