"""A derivation checked: as it is, at some depths where its depth is a symbol, and beside a small one for the oracle."""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from symbackprop.api import Derivation, derive
from symbackprop.calculus.derive import derive as derive_program
from symbackprop.language.derivation import Derivation as DerivationRecord
from symbackprop.language.errors import NetworkError
from symbackprop.language.program import Program
from symbackprop.numeric.sample import has_softmax
from symbackprop.numeric.shrink import ones_and_twos, shrunk_derivation, single_units
from symbackprop.shows import Report, shown_report
from symbackprop.verify.depths import DEPTHS, at_depths
from symbackprop.verify.report import verify


def verified(d: Derivation, *, fresh: bool = False, progress: Callable[[str], None] | None = None) -> Report:
    """The report of every check."""
    if d.record.forward.run is not None:
        made = {n: d.at_depth(n).verify(fresh=fresh, progress=progress) for n in DEPTHS}
        return shown_report(at_depths(d.record, made), d)
    found = verify(d.record, matrix_forms=d.matrix_form, small=_small(d), fresh=fresh, progress=progress)
    return shown_report(found, d)


def _small(d: Derivation) -> DerivationRecord | None:
    """The same derivation at sizes small enough for SymPy to differentiate the network whole."""
    if d.first is None:
        return _at(d, ones_and_twos)
    small = _at(d.first, single_units)
    if small is None:
        return None
    return derive(Derivation(small, d.notation).backward, of=d.asked, wrt=d.record.wrt).record


def _at(d: Derivation, choose: Callable[[Program], dict[sp.Symbol, sp.Expr] | None]) -> DerivationRecord | None:
    """The same network at other sizes; None where it has too many layers, or its own sizes will do."""
    if d.network is None or not d.network.can_batch or len(d.forward.parts) > 4:
        return None
    program = d.network.program
    sizes = choose(program)
    if d.stamped and d.forward.sizes:
        # a softmax over one unit is 1 whatever it reads
        one = 0 if has_softmax(program) else 1
        small = {s: sp.Integer(2 - one * (k % 2)) for k, s in enumerate(program.sizes)}
        return shrunk_derivation(d.record, small)
    if sizes is None:
        return None
    try:
        smaller = program.resized(sizes)
    except NetworkError:  # a convolution is written for the length of its input
        return None
    return derive_program(smaller, d.network.loss_quantity, d.network.wrt, d.notation)
