"""SymPy's own derivative of the composite loss, at 40 digits: it knows nothing of indices, layers or reuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from symbackprop.language.derivation import Chapter, Derivation
from symbackprop.language.indices import leaves
from symbackprop.language.report import Check
from symbackprop.numeric.components import Components, components_of, scale
from symbackprop.numeric.evaluate import evaluate
from symbackprop.numeric.meanings import meant
from symbackprop.numeric.names import code_names
from symbackprop.numeric.ops import mpmath_ops
from symbackprop.verify.compare import check
from symbackprop.verify.points import exact_values, in_numbers

DIGITS = 45
LARGEST = 1_000
"""Leaves of the composite loss beyond which differentiating it whole takes longer than anybody waits."""
NOISE = 1e-8
"""Entries that cancel altogether leave 1e-50 of rounding, which is not a difference."""
DEEPEST = 14
"""Equations one in another, beyond which SymPy runs out of recursion: three layers and a loss are 8."""


def oracle(derivation: Derivation, sizes: Mapping[sp.Symbol, int]) -> Iterator[Check]:
    """``∂/∂w`` of the whole loss as one expression, for every entry of everything given that was derived by."""
    program = derivation.forward
    parts = components_of(program.quantities.values(), code_names(program.quantities.values()), sizes)
    exact = exact_values(program, 0, sizes)
    ops = mpmath_ops(DIGITS)
    run = evaluate(program, in_numbers(exact, ops), ops)
    derived = evaluate(derivation.backward, run, ops)
    composite = _composite(derivation, parts)
    point = {s: exact[q.name][tuple(p - 1 for p in at)] for q in program.all_given for at, s in parts.entries(q)}
    for chapter in judged(derivation):
        expected = _differentiated(composite[chapter.of.name], chapter, parts, point)
        found = np.asarray(derived[chapter.quantity.name])
        yield check("oracle", chapter.quantity.name, found, expected, "SymPy's diff", NOISE)


def judged(derivation: Derivation) -> list[Chapter]:
    """The chapters by something given: what the composite loss is a function of."""
    given = {q.name for q in derivation.forward.all_given}
    return [c for c in derivation.chapters if c.by.name in given]


def _composite(derivation: Derivation, parts: Components) -> dict[str, sp.Expr]:
    """Each quantity that is derived, as one expression in what is given: the sum of its entries."""
    whole: dict[sp.Symbol, sp.Expr] = {}
    for symbol, expression in parts.worked(derivation.forward.equations):
        whole[symbol] = meant(expression).xreplace(whole)
    roots = {c.of.name: c.of for c in judged(derivation)}
    return {name: sp.Add(*(whole[s] for _, s in parts.entries(q))) for name, q in roots.items()}


def _differentiated(
    loss: sp.Expr, chapter: Chapter, parts: Components, point: Mapping[sp.Symbol, sp.Expr]
) -> Any:
    entries = list(parts.entries(chapter.by))
    # a user's symbol may be called exp: names of our own for the compiled function
    names = {s: sp.Dummy() for s in point}
    slopes = [sp.diff(loss, symbol).xreplace(names) for _, symbol in entries]
    symbols = list(point)
    compiled = sp.lambdify(list(names.values()), slopes, modules="mpmath", cse=True)
    with mpmath.workdps(DIGITS + 10):
        found = compiled(*(mpmath.mpf(int(point[s].p)) / int(point[s].q) for s in symbols))
    result = np.empty(parts.shapes[chapter.by.symbol], dtype=object)
    for (at, _), number in zip(entries, found, strict=True):
        result[tuple(p - 1 for p in at)] = mpmath_ops(DIGITS).number(sp.Float(number, DIGITS + 5))
    return result


def too_large(derivation: Derivation, sizes: Mapping[sp.Symbol, int]) -> bool:
    """Whether the composite loss is too long or too deep for SymPy; counted without building it."""
    program = derivation.forward
    if sum(scale(e, sizes) for e in program.equations) > LARGEST:
        return True
    parts = components_of(program.quantities.values(), code_names(program.quantities.values()), sizes)
    size: dict[sp.Symbol, int] = {}
    depth: dict[sp.Symbol, int] = {}
    for symbol, expression in parts.worked(program.equations):
        read = list(leaves(expression))
        size[symbol] = sum(size.get(leaf, 1) for leaf in read)
        depth[symbol] = 1 + max((depth.get(leaf, 0) for leaf in read), default=0)
        if size[symbol] > LARGEST or depth[symbol] > DEEPEST:
            return True
    return False
