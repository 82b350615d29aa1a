"""Numbers for a network from outside: a JSON file with ``W1``, ``b1``, …, ``x``, ``y``, or a seed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from symbackprop.language.errors import SymbackpropError, nearest
from symbackprop.language.program import Program
from symbackprop.numeric.domains import refuse_unfit, unit_axis
from symbackprop.numeric.names import given_names
from symbackprop.numeric.sample import domain_of, random_values


def from_seed(program: Program, seed: int | None) -> dict[str, Any]:
    """Random arrays for everything given, rounded to two decimals as one would write them by hand."""
    drawn = random_values(program, seed or 0)
    values = {name: np.round(a, 2) for name, a in drawn.items()}
    for q in program.all_given:
        axis = unit_axis(q)
        if axis is not None and domain_of(q, program).kind == "distribution":
            values[q.name] = _in_hundredths(drawn[q.name], axis)
    return values


def _in_hundredths(array: Any, axis: int) -> Any:
    """Probabilities in hundredths that still add up to 1: what rounding down leaves goes to the largest remainders."""
    cut = np.floor(100 * array)
    missing = 100 - cut.sum(axis=axis, keepdims=True)
    rank = np.argsort(np.argsort(cut - 100 * array, axis=axis), axis=axis)
    return (cut + (rank < missing)) / 100


def from_json(program: Program, path: Path) -> dict[str, Any]:
    """Arrays by record name from a JSON object of nested lists by code name (or by record name).

    Raises SymbackpropError for what cannot be read, is missing, is unknown, or has the wrong shape.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise SymbackpropError(f"{path} cannot be read: {problem}") from problem
    except json.JSONDecodeError as problem:
        raise SymbackpropError(f"{path} is not JSON: {problem}") from problem
    if not isinstance(read, dict):
        raise SymbackpropError(f"{path} must hold an object, {{\"W1\": [[…]], \"x\": […]}}")
    values = _by_record_name(program, read)
    refuse_unfit(program, values)
    return values


def _by_record_name(program: Program, read: Mapping[str, Any]) -> dict[str, Any]:
    codes = {code: name for name, code in given_names(program).items()}
    known = {**codes, **{name: name for name in codes.values()}}
    values = {}
    for key, nested in read.items():
        if key not in known:
            raise SymbackpropError(f"{key} is not given in this network; {nearest(key, codes)}")
        try:
            values[known[key]] = np.array(nested, dtype=float)
        except (TypeError, ValueError) as problem:
            raise SymbackpropError(f"{key} must be a number or nested lists of numbers, all rows alike") from problem
    return values
