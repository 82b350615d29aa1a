"""Terms to index form: the entry of a term at indices, and the claim that two terms are equal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import sympy as sp

from symbackprop.language.claim import ANY, Claim, Range, Term
from symbackprop.language.datum import datum_loss, has_datum
from symbackprop.language.functions import Iverson, Named, Partial, prime
from symbackprop.language.indices import fresh
from symbackprop.language.program import Program
from symbackprop.language.quantity import Quantity
from symbackprop.language.reductions import Largest, Winner
from symbackprop.syntax.expression import ELEMENTARY, RELATIONS
from symbackprop.syntax.shapes import Misfit, Shape, Shapes, shown, words

_LETTERS = ("j", "i", "k", "p", "q", "r", "s", "t", "u", "v")
BINDING = ("sum", "largest")
"""Terms that bind their indices."""
Functions = Mapping[str, type[Named]]


def claim(
    left: Term, right: Term, program: Program, label: int | None = None,
    numbers: Mapping[sp.Symbol, int] | None = None, functions: Functions | None = None,
) -> Claim:
    """``left = right`` in index form, over the axes of the left side. Raises nothing: what does not fit is in
    ``misfit``. ``numbers`` are the values of size symbols; ``functions`` those that terms may call beside the
    program's own."""
    try:
        return _claim(left, right, program, label, Shapes(program, numbers or {}), functions or {})
    except Misfit as misfit:
        return Claim(sp.nan, sp.nan, (), label, left, right, str(misfit) or "shapes do not fit")


def _claim(
    left: Term, right: Term, program: Program, label: int | None, shapes: Shapes, functions: Functions
) -> Claim:
    one, other = shapes.of(left), shapes.of(right)
    both = shapes.number(one) and shapes.number(other)
    if not both and not shapes.alike(one, other) and not (right.kind == "number" and right.number == 0):
        raise Misfit(f"the left side is {words(one)}, the right side {words(other)}")
    taken = {s for t in (left, right) for s in indices_of(t)}
    free = _free(left, shapes)
    at = places(one, taken)
    free |= {i: n for i, n in zip(at, one, strict=True) if isinstance(i, sp.Symbol) and n is not None}
    make = Entries(program, shapes, functions, {*taken, *free})
    sides = [make.expression(make.side(t, at)) for t in (left, right)]
    ranges = _checked(left, right, free, shapes)
    return Claim(sides[0], sides[1], ranges, label, left, right)


def places(shape: Shape, taken: set[sp.Symbol]) -> tuple[sp.Expr, ...]:
    """An index for every axis that there is."""
    found: list[sp.Expr] = []
    for size in shape:
        names = {s.name for s in taken} | {str(i) for i in found}
        letter = next((c for c in _LETTERS if c not in names), "j")
        found.append(sp.S.One if size is None else fresh({*taken, *found}, letter))
    return tuple(found)


def indices_of(term: Term) -> Iterator[sp.Symbol]:
    for i in term.indices:
        yield from (s for s in i.free_symbols if isinstance(s, sp.Symbol))
    for arg in term.args:
        yield from indices_of(arg)


def axes_of(term: Term, shapes: Shapes) -> Iterator[tuple[sp.Symbol, sp.Expr, Term]]:
    """Every index that stands bare on an axis, with the size of that axis."""
    if term.indices and term.kind in ("quantity", "adjoint"):
        for i, n in zip(term.indices, shapes.program.shapes[term.name], strict=True):
            if isinstance(i, sp.Symbol):
                yield i, n, term
    if term.kind == "column" and isinstance(term.indices[0], sp.Symbol):
        yield term.indices[0], shapes.of(term.args[0])[1] or sp.S.One, term
    for arg in term.args:
        yield from axes_of(arg, shapes)


def _free(left: Term, shapes: Shapes) -> dict[sp.Expr, sp.Expr]:
    bound = {i for t in _walk(left) if t.kind in BINDING for i in t.indices}
    return {i: n for i, n, _ in axes_of(left, shapes) if i not in bound}


def _walk(term: Term) -> Iterator[Term]:
    yield term
    for arg in term.args:
        yield from _walk(arg)


def _checked(left: Term, right: Term, free: dict[sp.Expr, sp.Expr], shapes: Shapes) -> tuple[Range, ...]:
    """The ranges of the free indices. Raises Misfit where one name runs over two sizes, or over none."""
    _check(left, dict(free), shapes)
    _check(right, dict(free), shapes)
    return tuple((i, n) for i, n in free.items() if isinstance(i, sp.Symbol))


def _check(term: Term, sizes: dict[sp.Expr, sp.Expr], shapes: Shapes) -> None:
    if term.kind in BINDING:
        sizes = {**sizes, **{i: n for i, (_, n) in zip(term.indices, term.ranges, strict=True)}}
    elif term.indices:
        lengths = shapes.program.shapes[term.name] if term.kind in ("quantity", "adjoint") else ()
        if term.kind == "column":
            lengths = (shapes.of(term.args[0])[1] or sp.S.One,)
        for k, place in enumerate(term.indices):
            for s in place.free_symbols:
                if s not in sizes and not s.is_positive:
                    raise Misfit(f"the index {s} stands on the right side only: it is neither on the left nor summed "
                                 "over", term)
            if not lengths:
                continue
            if place in sizes and not _within(sizes[place], lengths[k], shapes):
                raise Misfit(f"the index {place} runs over {sizes[place]} and, in {shown(term)}, over {lengths[k]}",
                             term)
            length = shapes.length(lengths[k])
            if place.is_Integer and (place < 1 or (length.is_Integer and place > length)):
                raise Misfit(f"{shown(term)} has no entry {place} on an axis of {lengths[k]}", term)
    for arg in term.args:
        _check(arg, sizes, shapes)


def _within(range_: sp.Expr, length: sp.Expr, shapes: Shapes) -> bool:
    """May an index over this range stand on this axis? On a longer one too, where both are numbers: the first units of
    a concatenation are those of one of its parts."""
    one, other = shapes.length(range_), shapes.length(length)
    return shapes.fits(range_, length) or bool(one.is_Integer and other.is_Integer and one < other)


class Entries:
    """Entries of terms. Bound indices get fresh names."""

    def __init__(self, program: Program, shapes: Shapes, functions: Functions, taken: set[sp.Expr]) -> None:
        self.program, self.shapes, self.taken = program, shapes, set(taken)
        self.functions = functions

    def side(self, term: Term, at: tuple[sp.Expr, ...]) -> Term:
        """The entry of one side of an equation at the indices of the other, where a number may be 1 × 1."""
        shape = self.shapes.of(term)
        return self.entry(term, at if len(shape) == len(at) else (sp.S.One,) * len(shape))

    def entry(self, term: Term, at: tuple[sp.Expr, ...]) -> Term:
        """The term at these indices, as a term of entries alone."""
        kind = term.kind
        shape = self.shapes.of(term)
        if not shape:
            at = ()
        if kind in ("quantity", "adjoint"):
            axes = len(self.program.shapes[term.name])
            return term if term.indices or not axes else replace(term, indices=at[:axes])
        if kind == "partial":
            return self._partial(term, at)
        if kind == "ones":
            return Term("number", number=Fraction(1))
        if kind == "transpose":
            return self.entry(term.args[0], at[::-1])
        if kind == "column":
            return self.entry(term.args[0], (at[0], term.indices[0]))
        if kind == "matmul":
            return self._matmul(term, at)
        if kind == "outer":
            return self._outer(term, at)
        if kind == "total":
            return self._total(term, at)
        if kind == "diag":
            inner = self.shapes.of(term.args[0])
            one = (at[0], sp.S.One) if inner[1] is None else (sp.S.One, at[0])
            return Term("scale", (Term("delta", indices=at), self.entry(term.args[0], one)))
        args = tuple(self._fitted(a, at, shape) for a in term.args)
        kind = "scale" if kind == "hadamard" else kind
        return replace(term, kind=kind, args=args)

    def _fitted(self, term: Term, at: tuple[sp.Expr, ...], whole: Shape) -> Term:
        """The entry of an argument; along an axis that it has not got, or of length 1, it is read at 1."""
        shape = self.shapes.of(term)
        if len(shape) != len(whole):
            return self.entry(term, tuple(sp.S.One for _ in shape))
        stretched = tuple(sp.S.One if self.shapes.single(n) and not self.shapes.single(w) else i
                          for i, n, w in zip(at, shape, whole, strict=True))
        return self.entry(term, stretched)

    def _index(self, like: str) -> sp.Symbol:
        found = fresh(self.taken, like)
        self.taken.add(found)
        return found

    def _sum(self, body: Term, i: sp.Symbol, size: sp.Expr) -> Term:
        return Term("sum", (body,), indices=(i,), ranges=((sp.S.One, size),))

    def _matmul(self, term: Term, at: tuple[sp.Expr, ...]) -> Term:
        left, right = term.args
        first, last = at or (sp.S.One, sp.S.One)
        one, other = self.shapes.of(left)[1], self.shapes.of(right)[0]
        size = one if one is not None and one is not ANY else other
        if size is ANY:
            raise Misfit("how long the vector of ones is cannot be told", term)
        i = sp.S.One if size is None or size == 1 else self._index("k")
        body = Term("scale", (self.entry(left, (first, i)), self.entry(right, (i, last))))
        return self._sum(body, i, size) if isinstance(i, sp.Symbol) and size is not None else body

    def _outer(self, term: Term, at: tuple[sp.Expr, ...]) -> Term:
        factors = []
        for arg, i in zip(term.args, at, strict=True):
            shape = self.shapes.of(arg)
            down = not self.shapes.single(shape[0]) or (self.shapes.single(shape[1]) and shape[0] is not None)
            factors.append(self.entry(arg, (i, sp.S.One) if down else (sp.S.One, i)))
        return Term("scale", tuple(factors))

    def _total(self, term: Term, at: tuple[sp.Expr, ...]) -> Term:
        inner = self.shapes.of(term.args[0])
        size = inner[term.axis]
        full = list(at or (sp.S.One,) * len(inner))
        if size is None:
            return self.entry(term.args[0], tuple(full))
        if size is ANY:
            raise Misfit("how long the vector of ones is cannot be told", term)
        i = self._index("k")
        full[term.axis] = i
        body = self._sum(self.entry(term.args[0], tuple(full)), i, size)
        return Term("divide", (body, Term("size", size=size))) if term.mean else body

    def _partial(self, term: Term, at: tuple[sp.Expr, ...]) -> Term:
        top, bottom = term.args
        if top.indices or bottom.indices:
            return term
        shape, one = self.shapes.of(term), self.shapes.of(top)
        axes = [len(self.program.shapes[t.name]) for t in (top, bottom)]
        if self.shapes.number(one):
            places = (sp.S.One,) * axes[0], at[: axes[1]]
        elif self.shapes.number(self.shapes.of(bottom)):
            places = at[: axes[0]], (sp.S.One,) * axes[1]
        else:
            assert len(shape) == 2
            places = at[:1], at[1:]
        return term.having(replace(top, indices=places[0]), replace(bottom, indices=places[1]))

    # to SymPy

    def expression(self, term: Term) -> sp.Expr:
        """The SymPy expression of a term of entries."""
        kind = term.kind
        if kind == "number":
            return sp.Rational(term.number.numerator, term.number.denominator)
        if kind == "quantity":
            return self.program.quantity(term.name).at(*term.indices)
        if kind == "adjoint":
            return self._adjoint(term)
        if kind == "size":
            return term.size
        if kind == "index":
            return term.indices[0]
        if kind == "delta":
            return sp.KroneckerDelta(*term.indices)
        if kind == "bracket":
            return Iverson(sp.And(*(RELATIONS[s](*term.indices[k : k + 2]) for k, s in enumerate(term.name.split()))))
        args = [self.expression(a) for a in term.args]
        if kind == "partial":
            return Partial(*args) if args[0] != args[1] else sp.S.One
        if kind == "apply":
            return self._applied(term, args[0])
        if kind == "sum":
            limits = [(i, lo, hi) for i, (lo, hi) in zip(term.indices, term.ranges, strict=True)][::-1]
            if isinstance(args[0], sp.Sum):
                return sp.Sum(args[0].function, *args[0].limits, *limits)
            return sp.Sum(args[0], *limits)
        if kind == "largest":
            return Largest(args[0], *((i, lo, hi) for i, (lo, hi) in zip(term.indices, term.ranges, strict=True)))
        if kind == "winner":
            return Winner(args[0], *term.indices)
        if kind == "divide" and args[1] == 0:
            raise Misfit("division by zero", term)
        if kind == "power" and args[0] == 0 and args[1].is_negative:
            raise Misfit("division by zero", term)
        return _OPERATIONS[kind](*args)

    def _adjoint(self, term: Term) -> sp.Expr:
        q, loss = self.program.quantity(term.name), self.program.quantity(term.of)
        prefix = "d" if loss.name == usual_loss(self.program, q).name else loss.prefix
        return q.adjoint_called(prefix).at(*term.indices)

    def _applied(self, term: Term, argument: sp.Expr) -> sp.Expr:
        stem = term.name.rstrip("'")
        if stem == term.name and stem in ELEMENTARY:
            return ELEMENTARY[stem][1](argument)
        function = self.functions.get(stem) or _classes(self.program).get(stem)
        if function is None:
            raise Misfit(f"the function {stem} is not known here", term)
        for _ in range(len(term.name) - len(stem)):
            function = prime(function)  # type: ignore[arg-type]
        return function(argument)


@lru_cache(64)
def _classes(program: Program) -> dict[str, type[Named]]:
    """The named functions by name: those that exist, the program's own before all others."""
    every = {c.__name__: c for c in Named.__subclasses__()}
    own = {type(f) for e in program.equations for f in e.expression.atoms(Named)}
    return every | {c.__name__: c for c in own if c.order == 0}


@lru_cache(256)
def usual_loss(program: Program, q: Quantity) -> Quantity:
    """The loss that ``dz[2]`` is a derivative of: that of one datum where z[2] is about one, else the whole."""
    losses = [p for p in program.quantities.values() if p.role == "loss"]
    whole = losses[-1]
    if not has_datum(q) or len(losses) == 1:
        return whole
    return datum_loss(program, whole) or whole


_OPERATIONS: dict[str, Callable[..., sp.Expr]] = {
    "neg": lambda a: -a, "add": lambda *a: sp.Add(*a), "scale": lambda *a: sp.Mul(*a), "divide": lambda a, b: a / b,
    "power": lambda a, b: a**b, "hadamard": lambda *a: sp.Mul(*a), "matmul": lambda *a: sp.Mul(*a),
}  # fmt: skip
