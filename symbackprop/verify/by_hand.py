"""Formulas derived by hand: read, judged one by one, and the batch goes on whatever one of them holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import sympy as sp

from symbackprop.language.claim import Claim, Reading, Term
from symbackprop.language.errors import SymbackpropError, nearest
from symbackprop.language.functions import Named
from symbackprop.language.notation import Notation
from symbackprop.language.program import Program
from symbackprop.language.quantity import Quantity
from symbackprop.language.report import Diagnosis, Verdict, VerdictWord
from symbackprop.syntax.components import claim as relate
from symbackprop.syntax.definitions import Definitions
from symbackprop.syntax.gradient import read_gradient
from symbackprop.syntax.reader import read
from symbackprop.syntax.written import written_claim
from symbackprop.verify.diagnose import diagnose
from symbackprop.verify.ground import Ground
from symbackprop.verify.judge import judge, named

Functions = Mapping[str, type[Named]]
WORST: tuple[VerdictWord, ...] = ("wrong", "unread", "undecided", "consistent", "right")
"""Of several verdicts on one formula the first of these is the verdict."""
REMEMBERED = 50_000


@dataclass
class Desk:
    """Where the formulas of one person are judged: a network, a notation, and what earlier lines have named."""

    ground: Ground
    notation: Notation
    functions: Functions
    definitions: Definitions = field(default_factory=Definitions)
    naming: bool = True
    """Is the mistake looked for?"""
    _known: dict[str, tuple[Verdict, ...]] = field(default_factory=dict)
    _silent: set[str] = field(default_factory=set)

    def verdicts(self, text: str, line: int = 1, let: bool = False) -> tuple[Verdict, ...]:
        """One verdict an equation of a text. What was judged before, but for its blanks, is not judged again."""
        if self.definitions.known or let:
            return tuple(replace(self._verdict(reading), line=line) for reading in self.readings(text, let))
        key = " ".join(text.split())
        known = self._known.get(key)
        if known is None:
            known = tuple(self._verdict(reading) for reading in self.readings(text))
            if not self.definitions.known and len(self._known) < REMEMBERED:
                self._known[key] = known
        return tuple(replace(v, line=line) for v in known)

    def hear(self, text: str, let: bool = False) -> None:
        """The names that a text gives, which is judged at another desk."""
        key = " ".join(text.split())
        if key in self._silent and not self.definitions.known:
            return
        self.readings(text, let)
        if not self.definitions.known and len(self._silent) < REMEMBERED:
            self._silent.add(key)

    def readings(self, text: str, let: bool = False) -> tuple[Reading, ...]:
        return read(text, self.ground.program, self.notation, self.functions, 1, self.definitions,
                    self.ground.numbers, let)  # fmt: skip

    def _verdict(self, reading: Reading) -> Verdict:
        """The verdict on the usual reading; where another one fits and says otherwise, that is told."""
        first = self._of_one(reading)
        others = [self._of_one(other) for other in reading.others]
        differing = next((v for v in others if v.verdict != first.verdict), None)
        if differing is None:
            return first
        both = (f"read as {first.read_as} it is {first.verdict}, read as {differing.read_as} it is "
                f"{differing.verdict}")  # fmt: skip
        if {first.verdict, differing.verdict} == {"right", "wrong"}:
            return replace(first, verdict="undecided", method="exact", diagnoses=(), witness=None,
                           detail=f"two readings fit: {both}; write it so that only one does")
        return replace(first, choices=(*first.choices, f"another reading fits: {both}"))

    def _of_one(self, reading: Reading) -> Verdict:
        said = Verdict(1, reading.text, reading.read_as, "unread", choices=reading.choices, column=reading.column)
        if reading.problem:
            return replace(said, detail=reading.problem)
        if reading.definition:
            return replace(said, verdict="right", method="proof", bound=0.0, detail="a name is given here: nothing is "
                           "claimed")
        if not reading.claims:
            return replace(said, detail="there is no layer in this network that the formula is about")
        found = [self._of_claim(claim) for claim in reading.claims]
        worst = min(found, key=lambda v: WORST.index(v.verdict))
        layer = reading.claims[found.index(worst)].label
        detail = worst.detail
        if layer is not None and worst.verdict != "right":
            detail = f"for layer {layer}: {detail}"
        bounds = [v.bound for v in found if v.bound is not None]
        return replace(worst, line=1, formula=reading.text, read_as=reading.read_as, choices=reading.choices,
                       column=reading.column, detail=detail, bound=max(bounds) if worst.verdict == "right" else None,
                       branches=max(v.branches for v in found))

    def _of_claim(self, claim: Claim) -> Verdict:
        verdict = judge(self.ground, claim)
        if verdict.verdict != "wrong" or not self.naming:
            return verdict
        return replace(verdict, diagnoses=self.mistakes(claim))

    def mistakes(self, claim: Claim) -> tuple[Diagnosis, ...]:
        """What is the matter with a claim that is wrong."""
        ground = self.ground

        def again(left: Term, right: Term, label: int | None) -> Claim:
            return relate(left, right, ground.program, label, ground.numbers, self.functions)

        point = ground.whole(ground.sizes(named(claim))[0])
        return diagnose(claim, point, again, lambda left, right: written_claim(left, right, self.notation))


# formulas that did not come as text, or are about a derivation that is taken again


def judge_expressions(ground: Ground, formulas: Mapping[sp.Basic, sp.Expr]) -> list[Verdict]:
    """One verdict a formula of ``{w2: expr}`` in SymPy."""
    return [_expression(ground, n, key, e) for n, (key, e) in enumerate(formulas.items(), start=1)]


def _expression(ground: Ground, line: int, key: sp.Basic, e: sp.Expr) -> Verdict:
    program = ground.program
    shown = f"d{key} = {e}"
    unread = Verdict(line, shown, "", "unread")
    indices = tuple(key.indices) if isinstance(key, sp.Indexed) else ()
    base = key.base if isinstance(key, sp.Indexed) else key
    by = program.by_symbol.get(getattr(base, "label", base)) or program.lookup(str(base))
    if by is None:
        return replace(unread, detail=f"there is no quantity {key} here; {nearest(str(key), program.quantities)}")
    if len(indices) != len(by.axes):
        return replace(unread, detail=f"{by.name} has {len(by.axes)} axes: give the formula for an entry, "
                       f"{{{by.name}[j, i]: …}}")
    right = sp.sympify(e)  # safe: a SymPy expression or a number, not text
    unknown = next(_unknown(program, right, indices), None)
    if unknown is not None:
        return replace(unread, detail=f"{unknown} is unknown here; {nearest(str(unknown), program.quantities)}")
    return replace(_judged(ground, by, indices, right), line=line, formula=shown)


def _unknown(program: Program, e: sp.Expr, indices: tuple[sp.Expr, ...]) -> Iterator[sp.Symbol]:
    """The symbols of a formula that nothing here defines."""
    known = {*program.by_symbol, *indices, *(q.adjoint.symbol for q in program.quantities.values())}
    known |= {s for q in program.quantities.values() for n in q.shape for s in n.free_symbols}
    known |= {i for total in e.atoms(sp.Sum) for i, *_ in total.limits}
    yield from sorted((s for s in e.free_symbols if isinstance(s, sp.Symbol) and s not in known), key=str)


def judge_second(ground: Ground, of: Quantity, lines: Sequence[tuple[int, str]], functions: Functions) -> list[Verdict]:
    """Derivatives of ``of`` in a program that holds first derivatives: ``ds/dW[1][j,i] = …``, one a line."""
    found = []
    for line, text in lines:
        try:
            by, indices, right = read_gradient(text, ground.program, functions, of)
        except SymbackpropError as problem:
            found.append(Verdict(line, text, "", "unread", detail=str(problem)))
            continue
        verdict = _judged(ground, by, indices, right, of.prefix)
        found.append(replace(verdict, line=line, formula=text))
    return found


def _judged(
    ground: Ground, by: Quantity, indices: tuple[sp.Expr, ...], right: sp.Expr, prefix: str = "d"
) -> Verdict:
    left = by.adjoint_called(prefix).at(*indices)
    ranges = tuple((i, n) for i, n in zip(indices, by.shape, strict=True) if isinstance(i, sp.Symbol))
    return replace(judge(ground, Claim(left, right, ranges)), read_as=f"{left} = {right}")
