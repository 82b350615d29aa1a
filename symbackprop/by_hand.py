"""What people bring along: formulas derived by hand, and numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import sympy as sp

from symbackprop.api import Derivation, derive
from symbackprop.language.errors import SymbackpropError, depth_needed
from symbackprop.language.report import Verdict
from symbackprop.networks.activations import functions
from symbackprop.networks.network import Network
from symbackprop.numeric.given import from_json, from_seed
from symbackprop.syntax.passages import Passage
from symbackprop.verify.by_hand import judge_formulas


def check(
    what: Network | Derivation | str, formulas: str | dict[sp.Basic, sp.Expr], notation: str | None = None
) -> list[Verdict]:
    """Formulas derived by hand, judged one by one: ``wrong`` with a counterexample, or else ``consistent``.

    Second derivatives are judged by their derivation: ``check(d2, "ds/dW[1][j,i] = …")``.
    """
    d = what if isinstance(what, Derivation) else None
    if d is None:
        net = Network(what) if isinstance(what, str) else what
        assert not isinstance(net, Derivation)
        if net.program.run is not None:
            raise depth_needed("a formula derived by hand can be judged with numbers only: that")
        d = derive(net, notation)
    return judge_formulas(d.record, formulas, functions())


def check_passages(
    net: Network, passages: Sequence[Passage], notation: str | None = None, *, fresh: bool = False,
    progress: Callable[[str], None] | None = None,
) -> list[Verdict]:
    """A verdict a statement of a page of notes, in its order; ``line`` and ``column`` are the passage's."""
    if net.program.run is not None:
        raise depth_needed("a formula derived by hand can be judged with numbers only: that")
    d = derive(net, notation)
    found: list[Verdict] = []
    for number, p in enumerate(passages, start=1):
        if progress is not None:
            progress(f"{number}/{len(passages)}")
        # a formula that fills several lines is one formula
        for v in judge_formulas(d.record, p.text, functions()):
            found.append(replace(v, line=p.line, column=p.column))
    return found


def check_function(
    net: Network, path: str, name: str, *, notation: str | None = None, fresh: bool = False,
    progress: Callable[[str], None] | None = None,
) -> list[Verdict]:
    """A backward function that somebody wrote, gradient by gradient."""
    raise SymbackpropError(f"{path}:{name}: functions are not judged in this version")


def read_values(net: Network, path: str | None, seed: int | None) -> dict[str, Any] | None:
    """Numbers for a network: from a JSON file with W1, b1, …, x, y; or random by a seed."""
    if path is None and seed is None:
        return None
    if net.program.run is not None:
        raise depth_needed("a page with values")

    return from_seed(net.program, seed) if path is None else from_json(net.program, Path(path))
