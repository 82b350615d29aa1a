"""The derived gradients against the tape, against central differences, against complex steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from symbackprop.language.derivation import Chapter, Derivation
from symbackprop.language.program import Program
from symbackprop.language.report import Check
from symbackprop.numeric.evaluate import evaluate
from symbackprop.numeric.sample import seed_of
from symbackprop.verify.compare import BOUNDS, check
from symbackprop.verify.truth import STEP, Truth

EVERY = 32
"""Entries up to which each is moved by itself; beyond, random directions."""
DIRECTIONS = 6


def derived_gradients(derivation: Derivation, truth: Truth) -> dict[str, Any]:
    """The backward program of a derivation run on the values of the forward one."""
    return evaluate(derivation.backward, truth.run, truth.ops)


def backprop(derivation: Derivation, truth: Truth, derived: Mapping[str, Any]) -> Iterator[Check]:
    """Every adjoint of the derived backward program against the tape; before them the first derivatives that a second
    derivation starts from."""
    for q in derivation.forward.quantities.values():
        if q.of is not None and q.by is not None:
            expected = truth.gradient(q.of.name, q.by.name)
            yield check("backprop", q.name, truth.run[q.name], expected, "tape", truth.noise)
    for chapter in derivation.chapters:
        name = chapter.quantity.name
        expected = truth.gradient(chapter.of.name, chapter.by.name)
        yield check("backprop", name, derived[name], expected, "tape", truth.noise)


def difference(
    derivation: Derivation, truth: Truth, derived: Mapping[str, Any], names: list[str]
) -> Iterator[Check]:
    """``(J(p + h u) − J(p − h u)) / 2h`` against ``u · gradient``, for these chapters."""
    for name in names:
        yield _by_moving(derivation, truth, derived, name, "difference")


def complex_step(
    derivation: Derivation, truth: Truth, derived: Mapping[str, Any], names: list[str]
) -> Iterator[Check]:
    """``Im J(p + i h u) / h`` against ``u · gradient``, for these chapters."""
    for name in names:
        yield _by_moving(derivation, truth, derived, name, "complex-step")


def _by_moving(derivation: Derivation, truth: Truth, derived: Mapping[str, Any], name: str, how: Any) -> Check:
    chapter = derivation.chapter(name)
    gradient = np.asarray(derived[name])
    if gradient.shape != np.shape(truth.run[chapter.by.name]):
        return Check(how, name, False, float("inf"), BOUNDS[how], f"the shape is {gradient.shape}")
    directions = _directions(gradient.shape, truth.program)
    with np.errstate(all="ignore"):
        found = np.array([np.sum(gradient * u) for u in directions])
        for slope in _DIFFERENCES if how == "difference" else (_complex,):
            expected = np.array([slope(truth, chapter.by.name, chapter.of.name, u) for u in directions])
            result = check(how, name, found, expected, *_told(truth, chapter, how, found, len(directions)))
            if result.ok:
                break
    return result


def _told(truth: Truth, chapter: Chapter, how: Any, found: Any, count: int) -> tuple[str, float]:
    """What was done, and what the method can resolve: a difference of two losses is rounded at ε times the loss, so
    of a gradient that is smaller than that over h it sees nothing. The complex step has no such limit."""
    if how != "difference":
        return f"{count} directions", truth.noise
    # a loss carries the rounding of every layer before it, not one ε
    least = 1.0 if truth.noise else 0.0  # log 1 = 0 is as inexact as the 1 in it
    rounding = 64 * np.finfo(float).eps * float(np.max(np.abs(truth.run[chapter.of.name]), initial=least))
    resolution = max(truth.noise, rounding / _width(truth, chapter.by.name) / BOUNDS[how])
    small = float(np.max(np.abs(found), initial=0.0)) < resolution
    return f"{count} directions" + (", smaller than differences can resolve" if small else ""), resolution


def _directions(shape: tuple[int, ...], program: Program) -> list[Any]:
    """Each entry by itself when there are few, else some directions at random."""
    count = int(np.prod(shape))
    if count <= EVERY:
        return [row.reshape(shape) for row in np.eye(count)]
    rng = np.random.default_rng(seed_of(program))
    return [rng.uniform(-1, 1, shape) for _ in range(DIRECTIONS)]


def _extrapolated(truth: Truth, by: str, of: str, direction: Any, part: float) -> Any:
    """Richardson's step from h and h/2, with an error of the order h⁴."""
    return (4 * _central(truth, by, of, direction, part / 2) - _central(truth, by, of, direction, part)) / 3


def _central(truth: Truth, by: str, of: str, direction: Any, part: float = 1.0) -> Any:
    h = part * _width(truth, by)
    return (truth.moved(by, h * direction, of) - truth.moved(by, -h * direction, of)) / (2 * h)


_DIFFERENCES: tuple[Callable[[Truth, str, str, Any], Any], ...] = (
    _central, *(partial(_extrapolated, part=part) for part in (1.0, 1 / 8, 1 / 64, 1 / 4096, 2**-18)))
"""One after the other until one agrees, for where a loss bends so much that h² shows: log a at a = 0.003, 1/√(v + ε) at
a v of the size of h. All go to the true slope, so no wrong gradient gets nearer by one more of them."""


def _width(truth: Truth, by: str) -> float:
    # the error of rounding, ε/h, and that of the formula, h², meet near the third root of ε
    return 6e-6 * max(1.0, float(np.max(np.abs(truth.run[by]), initial=0.0)))


def _complex(truth: Truth, by: str, of: str, direction: Any) -> Any:
    return np.imag(truth.moved(by, 1j * STEP * direction, of)) / STEP
