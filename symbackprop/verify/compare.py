"""Two arrays that should be equal: how far apart they are, in words and as a check."""

from __future__ import annotations

from typing import Any

import numpy as np

from symbackprop.language.report import Check, CheckName

BOUNDS: dict[CheckName, float] = {
    "replay": 1e-9,
    "oracle": 1e-30,
    "difference": 1e-6,
    "complex-step": 1e-10,
    "backprop": 1e-9,
    "agreement": 1e-9,
    "exact": 1e-20,
}


UNDERFLOW = 1e-290
"""Floats below lose their digits one by one: what a very deep network multiplies to cannot be compared there."""
UNDERFLOWS = "smaller than floating point resolves"
NOTHING_TO_COMPARE = "not a finite number: the value to compare with is NaN or infinite"


def distance(found: Any, expected: Any, resolution: float = 0.0) -> float:
    """``max |found − expected| / max(|found|, |expected|, resolution)``; 0 where both are 0, ∞ where shapes or numbers
    fail. ``resolution`` is the size below which a method sees nothing but its own rounding."""
    if np.shape(found) != np.shape(expected) or not (finite(found) and finite(expected)):
        return float("inf")
    floor = UNDERFLOW if np.asarray(found).dtype.kind in "fc" else 0.0
    scale = max(largest(found), largest(expected), resolution, floor)
    return float(largest(np.asarray(found) - np.asarray(expected)) / scale) if scale else 0.0


def largest(array: Any) -> Any:
    """The largest absolute value; mpmath numbers stay mpmath numbers."""
    return np.max(np.abs(np.asarray(array)), initial=0) if np.size(array) else 0


def finite(array: Any) -> bool:
    """Whether every entry is a finite number; of mpmath numbers too, which NumPy cannot ask."""
    flat = np.asarray(array).ravel()
    return all(x == x and abs(x) != float("inf") for x in flat.tolist())


def check(
    name: CheckName, target: str, found: Any, expected: Any, what: str = "", resolution: float = 0.0
) -> Check:
    """One comparison as a check; what is not finite fails, and says so."""
    measure, bound = distance(found, expected, resolution), BOUNDS[name]
    if np.asarray(expected).dtype.kind in "fc" and 0 < max(largest(found), largest(expected)) < UNDERFLOW:
        what += f", {UNDERFLOWS}"
    return Check(name, target, measure <= bound, measure, bound, problem(found, expected) or what)


def problem(found: Any, expected: Any) -> str:
    """What is wrong with two arrays apart from their difference."""
    if np.shape(found) != np.shape(expected):
        return f"the shape is {np.shape(found)}, not {np.shape(expected)}"
    if not finite(found):
        return "not a finite number: the derived value is NaN or infinite"
    if not finite(expected):
        return NOTHING_TO_COMPARE
    return ""


def worst(checks: list[Check]) -> Check:
    """The check that is worst of several of one name and target: a failed one, else the largest measure."""
    return max(checks, key=lambda c: (not c.ok, c.measure))
