"""A formula derived by hand against the truth at random points: wrong with a witness, or consistent. Never right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.errors import SymbackpropError
from symbackprop.language.program import Program
from symbackprop.language.quantity import Quantity
from symbackprop.language.report import Verdict
from symbackprop.numeric.evaluate import evaluate_expression, extent, numbers
from symbackprop.numeric.frame import Range
from symbackprop.numeric.ops import NUMPY, Ops, mpmath_ops
from symbackprop.numeric.sample import free_sizes, regular_values
from symbackprop.verify.compare import finite, largest
from symbackprop.verify.points import exact_values, in_numbers
from symbackprop.verify.truth import Truth

DIGITS = 50
FEW = 3_000
"""Numbers in a program up to which it is computed with 50 digits; beyond, with floats."""
MANY = 5_000_000
POINTS = 3

Adjoints = Mapping[sp.Symbol, tuple[Quantity, Quantity]]
Place = tuple[int, ...]


def judge(
    program: Program,
    of: Quantity,
    by: Quantity,
    indices: Sequence[sp.Expr],
    expression: sp.Expr,
    *,
    adjoints: Adjoints | None = None,
    line: int = 1,
    formula: str = "",
    read_as: str = "",
) -> Verdict:
    """What is thought of ``∂of/∂by[indices] = expression``.

    The expression may read everything given, every forward quantity and adjoint symbols; ``adjoints`` says what
    those stand for, ``symbol → (of, by)`` (without it ``dz[2]`` is ``∂of/∂z[2]``). An index may be a number.
    """
    meant = default_adjoints(program, of) if adjoints is None else adjoints
    said = Verdict(line, formula or str(expression), read_as or str(expression), "undecided")
    if expression.has(sp.zoo, sp.nan, sp.oo):
        return replace(said, detail="the formula divides by zero")
    tested: list[dict[sp.Symbol, int]] = []
    reason = "the formula is no number at any point tried"
    for sizes in size_sets(program):
        if _total(program, sizes) > MANY:
            reason = "the network is too large to put numbers in"
            continue
        ops = mpmath_ops(DIGITS) if _total(program, sizes) <= FEW else NUMPY
        for salt in range(POINTS):
            try:
                truth = _truth(program, sizes, salt, ops)
                found, expected = _both(truth, of, by, indices, expression, meant)
            except (ArithmeticError, ValueError, SymbackpropError) as problem:
                reason = str(problem)
                continue
            place = _differs(found, expected, ops)
            if place is not None:
                witness = _shown(place, found, expected, indices, truth)
                return replace(said, verdict="wrong", detail=_says(by, witness), witness=witness, sizes=_pairs(sizes))
            if np.any(_finite(found)) and sizes not in tested:
                tested.append(sizes)
    if not tested:
        return replace(said, detail=reason)
    return replace(said, verdict="consistent", detail=_agreed(tested, program), sizes=_pairs(tested[0]))


def default_adjoints(program: Program, of: Quantity) -> Adjoints:
    """``dz[2]`` is ``∂of/∂z[2]``, for every quantity."""
    return {q.adjoint.symbol: (of, q) for q in program.quantities.values()}


def size_sets(program: Program) -> list[dict[sp.Symbol, int]]:
    """All different, the other way round, some ones, all ones; or the numbers a program has."""
    free = free_sizes(program)
    if not free:
        return [numbers(program)]
    count = len(free)
    choices = [range(2, count + 2), range(count + 1, 1, -1), [1 + k % 2 for k in range(count)], [1] * count]
    return [{**numbers(program), **dict(zip(free, choice, strict=True))} for choice in choices]


def _total(program: Program, sizes: Mapping[sp.Symbol, int]) -> int:
    shapes = [[extent(s, sizes) for s in q.shape] for q in program.quantities.values()]
    return sum(int(np.prod(shape, dtype=object)) for shape in shapes)


def _truth(program: Program, sizes: Mapping[sp.Symbol, int], salt: int, ops: Ops) -> Truth:
    if ops is NUMPY:
        return Truth(program, regular_values(program, salt, sizes))
    return Truth(program, in_numbers(exact_values(program, salt, sizes), ops), ops)


def _both(
    truth: Truth, of: Quantity, by: Quantity, indices: Sequence[sp.Expr], expression: sp.Expr, adjoints: Adjoints
) -> tuple[Any, Any]:
    """The formula and the truth, both over the free indices."""
    read = {s: pair for s, pair in adjoints.items() if s in expression.atoms(sp.Symbol)}
    arrays = {s: truth.gradient(o.name, b.name) for s, (o, b) in read.items()}
    own = sp.Symbol("∂")
    scope = truth.scope({**arrays, own: truth.gradient(of.name, by.name)})
    counts = [extent(s, truth.sizes) for s in by.shape]
    ranges: tuple[Range, ...] = tuple(
        (i, 1, n) for i, n in zip(indices, counts, strict=True) if isinstance(i, sp.Symbol)
    )
    expected = sp.Indexed(sp.IndexedBase(own), *indices) if indices else own
    return evaluate_expression(expression, ranges, scope), evaluate_expression(expected, ranges, scope)


def _finite(array: Any) -> Any:
    return np.frompyfunc(finite, 1, 1)(np.asarray(array)).astype(bool) if np.ndim(array) else np.asarray(finite(array))


def _differs(found: Any, expected: Any, ops: Ops) -> Place | None:
    """The place where the two differ most, if by more than rounding can explain; entries that are no number aside."""
    compared = _finite(found) & _finite(expected)
    left, right = (np.where(compared, np.asarray(x), 0 * ops.number(sp.Integer(1))) for x in (found, expected))
    error = np.abs(left - right)
    # what cancels altogether leaves rounding behind, which is no witness
    relative, rounding = (1e-9, 1e-13) if ops is NUMPY else (1e-35, 1e-45)
    if not largest(error) > max(relative * max(largest(left), largest(right)), rounding):
        return None
    flat = np.asarray(error).ravel().tolist()
    return tuple(int(p) for p in np.unravel_index(flat.index(max(flat)), np.shape(error)))


def _shown(place: Place, found: Any, expected: Any, indices: Sequence[sp.Expr], truth: Truth) -> dict[str, object]:
    free = [i for i in indices if isinstance(i, sp.Symbol)]
    formula, right = _digits(np.asarray(found)[place], np.asarray(expected)[place])
    small = sum(np.size(a) for a in truth.values.values()) <= 60
    return {
        "sizes": {str(s): n for s, n in truth.sizes.items()},
        "indices": {str(i): p + 1 for i, p in zip(free, place, strict=True)},
        "formula": formula,
        "truth": right,
        "point": {name: _plain(a) for name, a in truth.values.items()} if small else {},
    }


def _digits(*numbers: Any) -> list[str]:
    """The numbers with as many digits as it takes to tell them apart."""
    exact = [sp.Float(str(n), DIGITS) for n in numbers]
    for digits in (6, 12, 25):
        shown = [str(e.n(digits)) for e in exact]
        if len(set(shown)) > 1:
            return shown
    return [str(e) for e in exact]


def _plain(array: Any) -> object:
    nested: object = np.asarray(array).astype(float).tolist()
    return nested


def _says(by: Quantity, witness: Mapping[str, Any]) -> str:
    at = ", ".join(f"{i} = {n}" for i, n in witness["indices"].items())
    where = f" at {at}" if at else ""
    return f"the derivative by {by.name}{where} is {witness['truth']}, the formula gives {witness['formula']}"


def _agreed(tested: Sequence[Mapping[sp.Symbol, int]], program: Program) -> str:
    free = free_sizes(program)
    sets = "; ".join(", ".join(f"{s} = {t[s]}" for s in free) for t in tested) if free else "its own sizes"
    return f"agrees with the derivative at {POINTS} random points each ({sets})"


def _pairs(sizes: Mapping[sp.Symbol, int]) -> tuple[tuple[str, int], ...]:
    return tuple((str(s), n) for s, n in sizes.items())

