"""A depth that is a symbol: its instances examined, each check filed under the chapter that was stamped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from symbackprop.language.derivation import Derivation
from symbackprop.language.report import Check, Report

DEPTHS = (2, 3, 5)
"""Numbers of layers at which the chapters are stamped and examined: one step of the recurrence, two, and several."""


def at_depths(derivation: Derivation, reports: Mapping[int, Report]) -> Report:
    """One report of the instances: each check names the chapter it is about, its detail the depth and the layer."""
    checks: list[Check] = []
    notes = [f"depths other than L = {', '.join(map(str, reports))}: at these the chapters were stamped and checked"]
    for depth, report in reports.items():
        stamped = derivation.stamped_from(depth)
        for c in report.checks:
            where = f"L = {depth}, {c.target}"
            detail = f"{where}: {c.detail}" if c.detail else where
            checks.append(replace(c, target=stamped.get(c.target, c.target), detail=detail))
        notes += [f"L = {depth}: {note}" for note in report.notes]
    return Report(tuple(checks), tuple(notes))
