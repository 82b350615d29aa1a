"""Check, Report, Verdict: what a judge says."""

from __future__ import annotations

from collections.abc import Mapping
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
class Diagnosis:
    """What is the matter with a formula: a key of the catalogue of mistakes with what its sentence needs to be said.

    ``span`` is where in the formula the first wrong factor stands; ``repair`` the whole formula put right, in LaTeX, in
    the notation it was written in; ``edits`` how many single changes that takes.
    """

    kind: str
    words: Mapping[str, str] = field(default_factory=dict)
    repair: str | None = None
    span: tuple[int, int] | None = None
    edits: int = 1


VerdictWord = Literal["right", "wrong", "undecided", "consistent", "unread"]
Method = Literal["exact", "proof", "interval", "float"]


@dataclass(frozen=True)
class Verdict:
    """What is thought of a formula derived by hand.

    ``witness`` is a point where the two sides differ. ``bound``: a wrong formula is called right with at most this
    probability. ``tested``: the sizes it was judged at, one row a choice. ``diagnoses``: at most three, the smallest
    repair first; of a right formula, why it looks wrong and is not.
    """

    line: int
    formula: str
    read_as: str
    verdict: VerdictWord
    method: Method = "float"
    detail: str = ""
    witness: dict[str, object] | None = None
    sizes: tuple[tuple[str, int], ...] = field(default=())
    tested: tuple[tuple[tuple[str, int], ...], ...] = ()
    bound: float | None = None
    branches: int = 1
    assumptions: tuple[str, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    choices: tuple[str, ...] = ()
    column: int = 1
