"""Expression → boxes: one function a kind of expression, brackets exactly where they are needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

import sympy as sp

from symbackprop.language.functions import Iverson, Named, Partial
from symbackprop.language.indices import Limit, limits
from symbackprop.language.numbers import decimal
from symbackprop.language.reductions import Largest, Winner
from symbackprop.notation import conditions, order
from symbackprop.notation.formula import (
    APPLY,
    TIMES,
    Cases,
    Fenced,
    Formula,
    Frac,
    Hole,
    Ident,
    Num,
    Op,
    Row,
    Sqrt,
    Sub,
    SubSup,
    Sup,
    Text,
    UnderOver,
    fenced,
    is_tall,
    joined,
    rebuilt,
    row,
    slope,
)
from symbackprop.notation.names import below, parsed, word
from symbackprop.notation.numbers import floating, rational, whole
from symbackprop.notation.order import MUL, SIZE

MINUS, PLUS, BESIDE, DOT = Op("−", "prefix"), Op("+"), Op(TIMES), Op("·")


class Pen(Protocol):
    """What the printing of expressions needs to know: how a quantity is written, and where it stands."""

    @property
    def spread(self) -> bool:
        """Inside an array: entries are whole arrays, their products element-wise."""

    @property
    def otherwise(self) -> str:
        """The word for the last case."""

    @property
    def hadamard(self) -> str:
        """The sign of the element-wise product."""

    def leaf(self, e: sp.Expr) -> Formula:
        """A symbol or an indexed quantity."""

    def place(self, e: sp.Expr) -> int:
        """Its place in a product."""

    def free_letter(self, wishes: str) -> str:
        """The first of these letters that names no quantity: for constants that nobody has named."""

    def function(self, e: Named) -> Formula:
        """The name of a function with its primes."""


def write(pen: Pen, e: sp.Basic) -> Formula:
    """Any expression of the language."""
    kind = next((k for k in type(e).__mro__ if k in _WRITE), None)
    return _WRITE[kind](pen, e) if kind else Text(str(e))


def closed(pen: Pen, e: sp.Expr, least: int = MUL, last: bool = False) -> Formula:
    """An expression as a part of another: in brackets below the level asked for."""
    if order.level(e) < least or (order.is_open(e) and not last):
        return fenced(write(pen, e))
    if isinstance(e, sp.log) and not last:
        return row(Ident("log", True), fenced(write(pen, e.args[0])))
    return write(pen, e)


def tight(formula: Formula) -> Formula:
    """As it stands in an index, a limit, a label: operators without space."""
    return rebuilt(formula, lambda b: Op(b.sign, "tight") if isinstance(b, Op) and b.form == "infix"
                   and b.sign != TIMES else b)


def signed(pen: Pen, e: sp.Expr) -> tuple[bool, Formula]:
    """A term without its minus, and whether it had one."""
    if not order.negative(e):
        return False, closed(pen, e, last=True)
    if isinstance(e, sp.Number):
        return True, write(pen, -e)
    return True, _product(pen, order.opened(e, sp.Mul))


def indices(pen: Pen, parts: Sequence[sp.Expr]) -> tuple[Formula, ...]:
    """The indices of an entry, each as it stands under the letter."""
    return tuple(tight(write(pen, part)) for part in parts)


def sigma(pen: Pen, limit: Limit) -> Formula:
    """The sum sign of one index."""
    name, lower, upper = limit
    under = row(write(pen, name), Op("=", "tight"), tight(write(pen, lower)))
    return UnderOver(Op("∑", "prefix"), under, tight(write(pen, upper)))


def fraction(top: Formula, bottom: Formula) -> Frac:
    """A fraction; a pair of brackets around the whole of either part says nothing."""
    return Frac(_bare(top), _bare(bottom))


def _bare(box: Formula) -> Formula:
    return box.body if isinstance(box, Fenced) and box.left == "(" else box


# --- numbers and leaves

def _leaf(pen: Pen, e: sp.Expr) -> Formula:
    return pen.leaf(e)


# --- sums and products

def _add(pen: Pen, e: sp.Add) -> Formula:
    boxes: list[Formula] = []
    ordered = order.terms(e.args)
    for k, term in enumerate(ordered):
        minus, size = signed(pen, term)
        cases = any(isinstance(p, sp.Piecewise) and not order.is_iverson(p) for p in (term, *term.args))
        boxes += [MINUS if minus else Op("+", "prefix")] if k == 0 and minus else [Op("−") if minus else PLUS] * (k > 0)
        boxes.append(fenced(size) if cases and k + 1 < len(ordered) else size)
    return row(*boxes)


def _mul(pen: Pen, e: sp.Mul) -> Formula:
    minus, size = signed(pen, e) if order.negative(e) else (False, _product(pen, order.opened(e, sp.Mul)))
    return row(MINUS, size) if minus else size


def _product(pen: Pen, args: Sequence[sp.Expr]) -> Formula:
    """A product without its sign: what divides goes below a bar."""
    above, below_bar = [], []
    for arg in args:
        if isinstance(arg, sp.Rational) and not decimal(abs(arg)):
            above += [sp.Integer(abs(arg.p))] if abs(arg.p) != 1 else []
            below_bar += [sp.Integer(arg.q)] if arg.q != 1 else []
        elif order.is_divisor(arg):
            below_bar.append(sp.Pow(arg.base, -arg.exp))
        else:
            above.append(abs(arg) if isinstance(arg, sp.Number) else arg)
    above, below_bar = order.factors(above, pen.place), order.factors(below_bar, pen.place)
    return _over(pen, above, below_bar) if below_bar else beside(pen, above or [sp.S.One])


def _over(pen: Pen, above: list[sp.Expr], below_bar: list[sp.Expr]) -> Formula:
    places = [order.place(a, pen.place) for a in above]
    tail = [a for a, p in zip(above, places, strict=True) if p >= order.CASES]
    head = above[: len(above) - len(tail)]
    scale = [a for a, p in zip(above, places, strict=True) if p <= SIZE]
    rest = above[len(scale):]
    if all(order.place(b, pen.place) <= SIZE for b in below_bar) and rest and not _fits(pen, rest, scale):
        # a long numerator over a mere number: the number goes first, as 1/2 (a − y)²
        head, tail = scale, rest
    bar = fraction(beside(pen, head or [sp.S.One]), beside(pen, below_bar))
    return row(bar, BESIDE, beside(pen, tail)) if tail else bar


def _fits(pen: Pen, rest: list[sp.Expr], scale: list[sp.Expr]) -> bool:
    """One letter, or one bracket, over a number: (a − y)/n."""
    simple = len(rest) == 1 and not scale and isinstance(rest[0], sp.Symbol | sp.Indexed | sp.Add)
    return simple and not rest[0].has(sp.Sum) and not is_tall(write(pen, rest[0]))


def beside(pen: Pen, args: Sequence[sp.Expr]) -> Formula:
    """Factors side by side; a dot where two numbers would run together."""
    boxes: list[Formula] = []
    for k, arg in enumerate(args):
        box = closed(pen, arg, last=k == len(args) - 1)
        if k:
            boxes.append(_sign_between(pen, args[k - 1], arg, box))
        boxes.append(box)
    return row(*boxes)


def _sign_between(pen: Pen, left: sp.Expr, right: sp.Expr, box: Formula) -> Formula:
    if pen.spread and left.has(sp.Indexed) and right.has(sp.Indexed):
        return Op(pen.hadamard)
    return DOT if begins_with_number(box) else BESIDE


def begins_with_number(box: Formula) -> bool:
    """Would this, beside another factor, run together with it?"""
    return isinstance(_first(box), Num | Hole)


def _first(box: Formula) -> Formula:
    inner = box.items[0] if isinstance(box, Row) and box.items else getattr(box, "base", box)
    return inner if inner is box else _first(inner)


def _sum(pen: Pen, e: sp.Sum) -> Formula:
    signs = [sigma(pen, limit) for limit in reversed(limits(e))]
    return row(*signs, closed(pen, e.function, last=True))


# --- powers and functions

def _pow(pen: Pen, e: sp.Pow) -> Formula:
    if order.is_divisor(e):
        return _product(pen, [e])
    if e.exp == sp.Rational(1, 2):
        return Sqrt(write(pen, e.base))
    return raised(pen, e.base, e.exp)


def raised(pen: Pen, base: sp.Expr, exponent: sp.Expr) -> Formula:
    """A power; a letter that has a label already goes into brackets."""
    if pen.spread and base.has(sp.Indexed):
        return _spread_power(pen, base, exponent)
    shown = closed(pen, base, order.ATOM)
    power = tight(write(pen, exponent))
    if isinstance(shown, Sub):
        return SubSup(shown.base, shown.sub, power)
    if isinstance(base, sp.Function) and isinstance(shown, Row) and isinstance(shown.items[-1], Fenced):
        return row(*shown.items[:-1], Sup(shown.items[-1], power))
    plain = isinstance(shown, Ident | Num | Text | Fenced) or (isinstance(shown, Hole) and shown.kind == "label")
    return Sup(shown if plain else fenced(shown), power)


def _spread_power(pen: Pen, base: sp.Expr, exponent: sp.Expr) -> Formula:
    if exponent == 2 and isinstance(base, sp.Indexed):
        return row(write(pen, base), Op(pen.hadamard), write(pen, base))
    shown = closed(pen, base, order.ATOM)
    plain = isinstance(shown, Ident | Fenced)
    return Sup(shown if plain else fenced(shown), row(Op(pen.hadamard, "tight"), tight(write(pen, exponent))))


def _exp(pen: Pen, e: sp.exp) -> Formula:
    if pen.spread:
        # e to a matrix would be read as the exponential of a matrix
        return call(pen, Ident("exp", True), e.args)
    return Sup(Ident("e"), tight(write(pen, e.args[0])))


def _log(pen: Pen, e: sp.log) -> Formula:
    arg = e.args[0]
    bare = isinstance(arg, sp.Symbol | sp.Indexed) and not is_tall(write(pen, arg))
    return row(Ident("log", True), Op(APPLY), write(pen, arg)) if bare else call(pen, Ident("log", True), e.args)


def call(pen: Pen, head: Formula, args: Sequence[sp.Basic]) -> Formula:
    """A function name with its arguments in brackets."""
    inside = joined(tuple(write(pen, a) for a in args), Op(","))
    return row(head, fenced(_bare(inside)))


def primes(head: Formula, count: int) -> Formula:
    """σ, σ′, σ″: the prime is an operator in the line, not a superscript."""
    return row(head, *(Op("′", "tight") for _ in range(count)))


def _named(pen: Pen, e: Named) -> Formula:
    return call(pen, pen.function(e), e.args)


def _function(pen: Pen, e: sp.Function) -> Formula:
    return call(pen, _head(e), e.args)


def _head(e: sp.Function) -> Formula:
    name = parsed(type(e).__name__)
    base = Ident(name.base.name, True) if isinstance(name.base, Ident) else name.base
    sub = below(name.subs, ())
    return Sub(base, sub) if sub else base


def _derivative(pen: Pen, e: sp.Derivative) -> Formula:
    inside, counts = e.expr, e.variable_count
    if isinstance(inside, sp.Function) and len(inside.args) == 1 and len(counts) == 1 and counts[0][1].is_Integer:
        return call(pen, primes(_head(inside), int(counts[0][1])), inside.args)
    below_bar = row(*(row(Ident("∂"), raised(pen, v, n) if n != 1 else write(pen, v)) for v, n in counts))
    total = sum(n for _, n in counts)
    top = Ident("∂") if total == 1 else Sup(Ident("∂"), write(pen, sp.Integer(total)))
    return row(Frac(top, below_bar), BESIDE, closed(pen, inside, order.POW))


def _subs(pen: Pen, e: sp.Subs) -> Formula:
    inside = e.expr
    if isinstance(inside, sp.Derivative) and set(inside.variables) == set(inside.expr.args) == {*e.variables[:1]}:
        return call(pen, primes(_head(inside.expr), len(inside.variables)), e.point)
    at = joined(tuple(row(write(pen, v), Op("="), write(pen, p)) for v, p in zip(e.variables, e.point, strict=True)),
                Op(","))
    return Sub(Fenced(write(pen, inside), "[", "]", True), tight(at))


def _delta(pen: Pen, e: sp.KroneckerDelta) -> Formula:
    return Sub(Ident("δ"), below((), indices(pen, e.args[:2])) or Row(()))


def _abs(pen: Pen, e: sp.Abs) -> Formula:
    return fenced(write(pen, e.args[0]), "|", "|")


# --- cases and conditions

def _piecewise(pen: Pen, e: sp.Piecewise) -> Formula:
    if order.is_iverson(e):
        return fenced(write(pen, e.args[0][1]), "[", "]")
    return Cases(tuple((write(pen, value), Text(pen.otherwise) if condition == sp.true else write(pen, condition))
                       for value, condition in e.args))


def derivative(pen: Pen, e: Partial) -> Formula:
    """``∂z_j/∂w_ji``."""
    return slope(write(pen, e.of), write(pen, e.by))


_WRITE: dict[type, Callable[[Any, Any], Formula]] = {
    sp.Symbol: _leaf, sp.Indexed: _leaf, sp.IndexedBase: lambda pen, e: pen.leaf(e.label),
    sp.Integer: lambda pen, e: whole(e), sp.Rational: lambda pen, e: rational(e), sp.Float: lambda pen, e: floating(e),
    sp.Add: _add, sp.Mul: _mul, sp.Pow: _pow, sp.Sum: _sum, sp.exp: _exp, sp.log: _log,
    Named: _named, sp.Function: _function, sp.Derivative: _derivative, sp.Subs: _subs, sp.KroneckerDelta: _delta,
    sp.Abs: _abs, sp.Piecewise: _piecewise,
    sp.core.relational.Relational: lambda pen, e: conditions.relation(partial(write, pen), e),
    sp.And: lambda pen, e: conditions.every(partial(write, pen), e),
    sp.Or: lambda pen, e: conditions.either(partial(write, pen), e),
    sp.Not: lambda pen, e: conditions.opposite(partial(write, pen), e),
    Iverson: lambda pen, e: fenced(write(pen, e.condition), "[", "]"),
    Largest: lambda pen, e: conditions.largest(partial(write, pen), e),
    Winner: lambda pen, e: conditions.winner(partial(write, pen), e),
    Partial: derivative,
    type(sp.oo): lambda pen, e: Ident("∞"), type(-sp.oo): lambda pen, e: row(MINUS, Ident("∞")),
    type(sp.pi): lambda pen, e: Ident("π"), type(sp.E): lambda pen, e: Ident("e"),
    sp.Max: lambda pen, e: call(pen, word("max", True), sorted(e.args, key=sp.default_sort_key)),
    sp.Min: lambda pen, e: call(pen, word("min", True), sorted(e.args, key=sp.default_sort_key)),
}
