"""The forms of one result are worth the same: components against matrices, and against scalars where axes are 1."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import sympy as sp

from symbackprop.forms.matrix import equation_form
from symbackprop.forms.scalar import degenerates, scalar_chapter
from symbackprop.language.arrays import MatrixForm
from symbackprop.language.derivation import Chapter, Derivation
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.indices import base_of, indices_of, leaves
from symbackprop.language.program import Program
from symbackprop.language.quantity import Equation
from symbackprop.language.report import Check
from symbackprop.numeric.array_values import array_value
from symbackprop.numeric.evaluate import evaluate_expression, extent
from symbackprop.numeric.frame import Scope
from symbackprop.numeric.ops import NUMPY
from symbackprop.numeric.sample import free_sizes, seed_of
from symbackprop.verify.compare import BOUNDS, check, worst
from symbackprop.verify.replay import replayed
from symbackprop.verify.truth import Truth

Forms = Callable[[Chapter], MatrixForm]


def agreement(derivation: Derivation, truth: Truth, forms: Forms) -> Iterator[Check]:
    """The matrix form of each chapter that has one, against its component form."""
    scope = truth.scope(truth.adjoint_arrays(derivation))
    for name in replayed(derivation):
        chapter = derivation.chapter(name)
        array = forms(chapter).array
        if array is None:
            continue
        try:
            counts = [extent(s, truth.sizes) for s in chapter.quantity.shape]
            ranges = tuple((i, 1, n) for i, n in zip(chapter.indices, counts, strict=True))
            components = evaluate_expression(chapter.result.expression, ranges, scope)
            with np.errstate(all="ignore"):
                found = np.asarray(array_value(array, scope))
                yield check("agreement", name, found, components, "matrix form", truth.noise)
        except (SymbackpropError, ValueError) as problem:
            yield Check("agreement", name, False, float("inf"), BOUNDS["agreement"], str(problem))


def forward_agreement(truth: Truth, forms: Iterable[tuple[Equation, MatrixForm]]) -> Iterator[Check]:
    """The matrix forms of forward equations against their values: one check, its detail the worst one."""
    checks = []
    for e, form in forms:
        if form.array is None:
            continue
        with np.errstate(all="ignore"):
            found = np.asarray(array_value(form.array, truth.scope()))
            name = e.quantity.name
            checks.append(check("agreement", "forward", found, truth.run[name], f"matrix form of {name}"))
    if checks:
        yield worst(checks)


def forward_forms(program: Program) -> list[tuple[Equation, MatrixForm]]:
    """The equations about arrays of each kind, at the first label that has it, with their matrix forms."""
    first = {id(part.kind): part for part in reversed(program.parts)}
    made = (e.stamped(part.label or 0, program.sizes) for part in first.values() for e in part.kind.equations)
    return [(e, equation_form(e)) for e in made if e.indices or e.expression.has(sp.Indexed)]


def has_scalar_form(derivation: Derivation) -> bool:
    """Can every axis be 1? Where sizes are symbols, arrays have axes, and no softmax degenerates."""
    program = derivation.forward
    symbolic = all(not n.is_Integer for q in program.quantities.values() for n in q.shape)
    return symbolic and any(q.axes for q in program.quantities.values()) and not degenerates(program)


def scalar_agreement(derivation: Derivation, names: list[str]) -> Iterator[Check]:
    """The scalar form of each chapter against its component form with every axis of size 1, at random numbers."""
    sizes = dict.fromkeys(free_sizes(derivation.forward), 1)
    rng = np.random.default_rng(seed_of(derivation.forward))
    for name in names:
        chapter = derivation.chapter(name)
        scalars = {s: rng.uniform(0.3, 1.3) for s in chapter.result.reads if not s.is_integer}
        ranks = {base_of(x): len(indices_of(x)) for p in chapter.result.products for f in p.factors
                 for x in leaves(f.expression)}  # fmt: skip
        arrays = {s: np.full((1,) * ranks[s], v) for s, v in scalars.items()}
        ranges = tuple((i, 1, 1) for i in chapter.indices)
        components = evaluate_expression(chapter.result.expression, ranges, Scope(arrays, sizes, NUMPY))
        scalar = evaluate_expression(scalar_chapter(chapter).result.expression, (), Scope(scalars, sizes, NUMPY))
        yield check("agreement", name, np.reshape(scalar, np.shape(components)), components, "scalar form")


def without_matrix_form(derivation: Derivation, forms: Forms) -> list[str]:
    """The chapters that have no matrix form."""
    return [n for n in replayed(derivation) if forms(derivation.chapter(n)).array is None]
