"""Check, Report, Verdict: what a judge says."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

CheckName = Literal["replay", "oracle", "difference", "complex-step", "backprop", "agreement", "exact"]


@dataclass(frozen=True)
class Check:
    """One comparison: ``measure`` (a relative error) must stay below ``bound``."""

    name: CheckName
    target: str
    ok: bool
    measure: float
    bound: float
    detail: str = ""


@dataclass(frozen=True)
class Report:
    """Every check of a derivation. Falsy when anything failed, or when nothing was checked."""

    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()
    """What was not checked, and why."""

    @property
    def ok(self) -> bool:
        return bool(self.checks) and all(c.ok for c in self.checks)

    def __bool__(self) -> bool:
        return self.ok

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(c for c in self.checks if not c.ok)


@dataclass(frozen=True)
class Verdict:
    """What is thought of a formula derived by hand; ``witness`` is a point where the two sides differ."""

    line: int
    formula: str
    read_as: str
    verdict: Literal["right", "wrong", "undecided", "consistent", "unread"]
    method: Literal["exact", "proof", "interval", "float"] = "float"
    detail: str = ""
    witness: dict[str, object] | None = None
    sizes: tuple[tuple[str, int], ...] = field(default=())
