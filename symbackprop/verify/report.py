"""Verify: a derivation examined at its own sizes, or at small ones where it is too large for that."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.derivation import Derivation
from symbackprop.language.errors import NetworkError, SymbackpropError, VerificationError
from symbackprop.language.report import Check, Report
from symbackprop.numeric.evaluate import extent, numbers
from symbackprop.numeric.sample import distinct_sizes, free_sizes, made_sizes, regular_values
from symbackprop.numeric.shrink import shrunk_derivation, small_sizes
from symbackprop.verify.agreement import (
    Forms,
    agreement,
    forward_agreement,
    forward_forms,
    has_scalar_form,
    scalar_agreement,
    without_matrix_form,
)
from symbackprop.verify.compare import BOUNDS, NOTHING_TO_COMPARE, UNDERFLOWS
from symbackprop.verify.exactness import exact
from symbackprop.verify.gradients import backprop, complex_step, derived_gradients, difference
from symbackprop.verify.oracle import oracle, too_large
from symbackprop.verify.replay import ENTRIES, MANY, replay, replayed
from symbackprop.verify.truth import Truth

FEW = 1_000
"""Numbers in a program up to which exact arithmetic works at its own sizes."""
LARGE = 3_000_000
"""Numbers in a program beyond which it is examined at small sizes instead."""


@dataclass(frozen=True)
class Examination:
    """A derivation at one point, with what every check needs; ``small`` is what the oracle differentiates."""

    derivation: Derivation
    truth: Truth
    forms: Forms | None
    small: Derivation | None
    notes: list[str] = field(default_factory=list)
    salt: int = 0
    derived: dict[str, Any] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        return replayed(self.derivation)


def verify(
    derivation: Derivation,
    *,
    matrix_forms: Forms | None = None,
    small: Derivation | None = None,
    fresh: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Report:
    """Every check of ``CHECKS`` on a derivation; the report is falsy when one failed or nothing was checked.

    ``small`` is a derivation of the same network at sizes 1 and 2, for the oracle where this one is larger.
    ``fresh`` draws the point anew; without it the point depends only on the network.
    """
    notes: list[str] = []
    examined = _examined(derivation, notes)
    salt = secrets.randbelow(10**9) if fresh else 0
    point = regular_values(examined.forward, salt, _sizes(examined))
    forms = matrix_forms if examined is derivation else None
    examination = Examination(examined, Truth(examined.forward, point), forms, small, notes, salt)
    checks: list[Check] = []
    for name, carry_out in CHECKS.items():
        if progress is not None:
            progress(name)
        with np.errstate(all="ignore"):
            checks += carry_out(examination)
    underflown = {c.target for c in checks if UNDERFLOWS in c.detail}
    if underflown:
        notes.append(f"{len(underflown)} gradients are {UNDERFLOWS}: what agrees there says little")
    return Report(tuple(checks), tuple(notes))


def _examined(derivation: Derivation, notes: list[str]) -> Derivation:
    """The derivation itself, or where it is too large to compute with, at small sizes."""
    if entries(derivation) <= LARGE:
        return derivation
    smaller = shrunk_derivation(derivation)
    try:
        usable = entries(smaller) <= LARGE and len(smaller.backward.equations) > 0
    except NetworkError:
        usable = False
    if not usable:
        raise VerificationError(f"the network holds more than {LARGE:,} numbers, too many to check it at its own "
                                "sizes; verify it with symbolic sizes, n0-n1-n2")
    notes.append("checked at small sizes: " + ", ".join(f"{s} = {n}" for s, n in smaller.forward.sizes.items()))
    return smaller


def entries(derivation: Derivation) -> int:
    """How many numbers a program holds, at its own sizes (small ones where they are symbols)."""
    program = derivation.forward
    sizes = {**numbers(program), **distinct_sizes(program)}
    return sum(int(np.prod([extent(s, sizes) for s in q.shape], dtype=object)) for q in program.quantities.values())


def _sizes(derivation: Derivation) -> dict[sp.Symbol, int]:
    return distinct_sizes(derivation.forward)


def _replay(e: Examination) -> Iterator[Check]:
    if len(e.names) < len(e.derivation.entries):
        e.notes.append(f"more than {MANY} gradients: the steps of layers that share a derivation were replayed once")
    if any(np.size(e.truth.run[c.by.name]) > ENTRIES for c in map(e.derivation.chapter, e.names)):
        e.notes.append(f"gradients of more than {ENTRIES} entries were replayed at entries drawn at random")
    yield from replay(e.derivation, e.truth)


def _backprop(e: Examination) -> Iterator[Check]:
    try:
        e.derived.update(derived_gradients(e.derivation, e.truth))
    except SymbackpropError as problem:
        e.notes.append("difference, complex-step: the derived backward pass cannot be run")
        yield Check("backprop", "backward", False, float("inf"), BOUNDS["backprop"], str(problem))
    else:
        yield from backprop(e.derivation, e.truth, e.derived)


def _difference(e: Examination) -> Iterator[Check]:
    """A loss that is not finite beside the point (log a at a = 1e-20) says nothing about the gradient at it."""
    if not e.derived:
        return
    for made in difference(e.derivation, e.truth, e.derived, e.names):
        if made.detail == NOTHING_TO_COMPARE:
            e.notes.append(f"difference: {made.target} cannot be moved, the loss is not a finite number beside it")
        else:
            yield made


def _complex_step(e: Examination) -> Iterator[Check]:
    if e.derived:
        yield from complex_step(e.derivation, e.truth, e.derived, e.names)


def _oracle(e: Examination) -> Iterator[Check]:
    derivation = e.small or e.derivation
    sizes = oracle_sizes(derivation)
    if too_large(derivation, sizes):
        e.notes.append("oracle: at these sizes the composite loss is too large for SymPy to differentiate whole "
                       "(it is asked at sizes 1 and 2 and up to three layers)")
        return
    try:
        yield from oracle(derivation, sizes)
    except ArithmeticError:
        e.notes.append("oracle: at its small sizes a logarithm of 0 or a division by 0 arises")
    except SymbackpropError as problem:
        yield Check("oracle", "backward", False, float("inf"), BOUNDS["oracle"], str(problem))


def oracle_sizes(derivation: Derivation) -> dict[sp.Symbol, int]:
    """Sizes 2, 2, 1, 2, 2, 1, … for the symbols without a number."""
    free = {s: (2, 2, 1)[k % 3] for k, s in enumerate(free_sizes(derivation.forward))}
    if any(n < 1 for n in made_sizes(derivation.forward, free)):
        free = distinct_sizes(derivation.forward)
    return {**numbers(derivation.forward), **free}


def _agreement(e: Examination) -> Iterator[Check]:
    if e.forms is None:
        e.notes.append("agreement: no matrix forms were compared")
        return
    forward = forward_forms(e.derivation.forward)
    without = [equation.quantity.name for equation, form in forward if form.array is None]
    without += without_matrix_form(e.derivation, e.forms)
    if without:
        e.notes.append("agreement: without a matrix form, so not compared: " + ", ".join(without))
    yield from forward_agreement(e.truth, forward)
    yield from agreement(e.derivation, e.truth, e.forms)
    if has_scalar_form(e.derivation):
        yield from scalar_agreement(e.derivation, e.names)


def _exact(e: Examination) -> Iterator[Check]:
    """At the derivation's own sizes where these are few, else at small ones, but for a size that stands in a line."""
    derivation = e.derivation
    if entries(derivation) > FEW:
        forward, named = derivation.forward, _numbers_in(derivation)
        small = {s: n for s, n in small_sizes(forward).items() if int(forward.sizes[s]) not in named}
        derivation = shrunk_derivation(derivation, small)
    yield from exact(derivation, e.names, e.notes, e.salt)


def _numbers_in(derivation: Derivation) -> set[int]:
    """The whole numbers in the lines of a derivation: there 10 may be the number of units."""
    steps = [step for entry in derivation.entries for step in entry.template.steps]
    found = {r for s in steps for line in (s.before, s.after) for r in line.expression.atoms(sp.Rational)}
    return {abs(int(k)) for r in found for k in (r.p, r.q)}


CHECKS: Mapping[str, Callable[[Examination], Iterator[Check]]] = {
    "replay": _replay,
    "backprop": _backprop,
    "difference": _difference,
    "complex-step": _complex_step,
    "oracle": _oracle,
    "agreement": _agreement,
    "exact": _exact,
}
"""One row a check, in the order in which they are carried out."""
