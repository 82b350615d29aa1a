"""``Ū[p] += Σ_o T̄[o] · ∂T[o]/∂U[p]``: the backward program of a program, chapter by chapter in reverse order.

Sources: the chain rule as the notes teach it (§5, §6); reverse accumulation (Griewank and Walther, chapter 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import sympy as sp

from symbackprop.calculus.chains import Chains, reason
from symbackprop.calculus.chapter import Draft, Known, write
from symbackprop.calculus.depth import general, in_window, window
from symbackprop.calculus.simplifying import divides
from symbackprop.calculus.uses import Uses
from symbackprop.language.datum import datum_loss
from symbackprop.language.derivation import Assumption, Chapter, Derivation, Entry, Reason
from symbackprop.language.errors import DerivationError, nearest
from symbackprop.language.indices import base_of, indices_of, leaves
from symbackprop.language.notation import Notation
from symbackprop.language.program import Program
from symbackprop.language.quantity import PARAMETERS, Equation, Place, Quantity


def derive(
    program: Program,
    of: Quantity,
    wrt: Sequence[str] | None,
    notation: Notation,
    assumptions: tuple[Assumption, ...] = (),
) -> Derivation:
    """The derivation of ``∂of/∂q`` for every parameter (or every name in ``wrt``) and all that lies between.

    Raises DerivationError for a name that is not there or on which ``of`` does not depend.
    """
    if of.name not in {e.quantity.name for p in program.parts for e in p.kind.equations}:
        raise DerivationError(f"{of.name} is not defined by any equation, so there is nothing to derive")
    if of.role == "adjoint":
        raise DerivationError(f"{of.name} is a derivative already; it is derived again by derive(d.backward, "
                              f"of=\"{of.name}\"), where the program says how it depends on the parameters")
    if program.run is not None:
        around = _Deriver(window(program), of, in_window(program, wrt), notation, assumptions, unfolding=False)
        return general(program, around.derivation())
    derived = _Deriver(program, of, wrt, notation, assumptions).derivation()
    taken = {e.name for e in derived.entries if e.template.quantity.own is not None and e.name in program.shapes}
    if taken:
        raise DerivationError(f"{min(taken)} is the name of the gradient by {min(taken)[1:]}, so a quantity cannot be "
                              "called that here; give it another name")
    return derived


class _Deriver:
    """One run over a program, from the loss backwards: layers whose uses agree are derived once, then stamped."""

    def __init__(self, program: Program, of: Quantity, wrt: Sequence[str] | None, notation: Notation,
                 assumptions: tuple[Assumption, ...], unfolding: bool = True) -> None:
        self.program, self.of, self.notation, self.assumptions = program, of, notation, assumptions
        self.results: dict[sp.Symbol, Equation] = {}
        self.direct: dict[str, int] = {}
        self.uses = Uses(program, of.name)
        per_datum = datum_loss(program, of) if notation.mean_in == "weight" else None
        self.chains = Chains(self.uses, of, per_datum, unfolding)
        self.wrt = self._targets(wrt)
        self.relevant = self._relevant()
        self.templates: dict[object, Chapter] = {}
        self.signatures: dict[str, object] = {}
        self.labelled: dict[str, bool] = {}

    def derivation(self) -> Derivation:
        entries = tuple(self._entry(name, part, q) for name, part, q in self._order())
        prefix = self.chains.prefix
        shown = {e.name for e in entries} - {prefix + name for name in (*self.wrt, *self.chains.folds)}
        return Derivation(self.program, self.of, entries, frozenset(shown), self.wrt, self.assumptions, prefix)

    # what is derived, in which order

    def _targets(self, wrt: Sequence[str] | None) -> tuple[str, ...]:
        names = [self._at(q, k) for k, p in enumerate(self.program.parts) for q in p.kind.given if q.role in PARAMETERS]
        names = [q.name for q in self.program.given if q.role in PARAMETERS] + names
        if wrt is None:
            wrt = [n for n in names if n in self.uses.reached]
            if not wrt:
                raise DerivationError(f"{self.of.name} depends on no parameter: there is nothing to derive by")
        known = {*names, *self.uses.defined_in, *(q.name for q in self.program.given)} - {self.of.name}
        for name in wrt:
            if name not in known:
                raise DerivationError(f"there is no quantity {name} here; {nearest(name, known)}")
            if name not in self.uses.reached:
                raise DerivationError(f"{self.of.name} does not depend on {name}: its gradient is 0 everywhere")
        return tuple(dict.fromkeys(wrt))

    def _at(self, q: Quantity, part: int) -> str:
        return self.uses.name(q, part)

    def _relevant(self) -> set[str]:
        """What lies between the targets and the loss: downstream of a target, upstream of the loss."""
        result: set[str] = set()
        todo = list(self.wrt)
        while todo:
            name = todo.pop()
            if name not in result:
                result.add(name)
                todo += [use.target for use in self.uses.of.get(name, ())]
        return result

    def _order(self) -> Iterator[tuple[str, int | None, Quantity]]:
        """Name, part and the part's quantity, in reverse; a parameter after the first equation that uses it. No part:
        given to the whole program, so it has no label to share a derivation by."""
        given = {q.name: q for q in self.program.given}
        loose = [name for name in self.wrt if name in given]
        wanted = frozenset(self.wrt)
        for number in reversed(range(len(self.program.parts))):
            kind = self.program.parts[number].kind
            own = {self._at(q, number): q for q in kind.given}
            for position in reversed(range(len(kind.equations))):
                target = self._at(kind.equations[position].quantity, number)
                if target in self.relevant and not self.chains.is_root(target):
                    yield target, number, kind.equations[position].quantity
                reads = frozenset(self.uses.read_by(target)) & wanted
                # in the order in which they are given, W before b, whatever order SymPy keeps its sums in
                for name in (n for n in (*own, *loose) if n in reads) if reads else ():
                    if self._first_use(name) == (number, position):
                        reads -= {name}
                        yield (name, number, own[name]) if name in own else (name, None, given[name])

    def _first_use(self, name: str) -> tuple[int, int] | None:
        """Where a given quantity is read first; None for one that is defined, which has its turn there."""
        if name in self.uses.defined_in or name not in self.uses.of:
            return None
        first = self.uses.of[name][0]
        return first.part, first.position

    # one entry: a shared template, or a chapter of its own

    def _entry(self, name: str, part: int | None, q: Quantity) -> Entry:
        label = None if part is None else self.program.parts[part].label
        self.chains.add(name)
        self._sign(name, label)
        entry = self._shared(name, q, label) or self._single(name)
        # by the name it has in chapters written for its own layer: there da[l] is that of the layer at hand
        self.results[entry.template.quantity.symbol] = entry.template.equation
        if divides(entry.template.result):
            self.direct[name] = id(entry.template)
        if self._folds(name, part, q, entry.template):
            self.chains.folds.add(name)
        return entry

    def _folds(self, name: str, part: int | None, q: Quantity, chapter: Chapter) -> bool:
        """Is the adjoint passed through without a name? Not where the notation names it; nor where it is a sum, which
        would be made again for every entry before it; nor where paths meet in it or part before it; nor where it came
        out simpler than what it was made of. The derivative by ∂J/∂a is named where ∂J/∂a itself is."""
        products = chapter.result.products
        summed = bool(products[0].over) and not self._passed(name, q)
        single = len(products) == 1 and not summed and len(self.uses.of[name]) == 1
        inserted = any(step.rule == "insert" for step in chapter.steps)
        shown = (q.by or q).role in self.notation.named or inserted
        return single and not shown and not self.uses.parts_before(name) and not self.uses.in_recurrence(part, q)

    def _passed(self, name: str, q: Quantity) -> bool:
        """Is a sum passed through all the same, since its quantity is made entry by entry of others of its shape, so
        that it is made no more often?"""
        if q.role not in self.notation.passed or name not in self.uses.defined_in:
            return False
        e = self.program.definition(name)
        return all(indices_of(x) == e.indices for x in leaves(e.expression) if isinstance(x, sp.Indexed))

    def _single(self, name: str) -> Entry:
        return Entry(self.chains.prefix + name, self._write(name, self.program.quantity(name)))

    def _shared(self, name: str, q: Quantity, label: Place | None) -> Entry | None:
        """The entry by the derivation of its kind, where everything on its way is written for the label l."""
        if label is None or not self.labelled[name] or self.chains.unfolds(name):
            return None
        key = (q.letter, self.signatures[name])
        if key not in self.templates:
            self.templates[key] = self._write(name, q, label)
        return Entry(self.chains.prefix + name, self.templates[key], label)

    def _sign(self, name: str, label: Place | None) -> None:
        """Equal signatures, equal derivations up to the label. Labelled: no equation on the way is concrete."""
        result: list[object] = []
        labelled = True
        for use in self.uses.of[name]:
            part = self.program.parts[use.part]
            folds = use.target in self.chains.folds
            labelled = labelled and part.label is not None and (not folds or self.labelled[use.target])
            shift = None if part.label is None or label is None else part.label - label
            deeper = self.signatures[use.target] if folds else None
            # what divides may be put in where that cancels, which another layer's adjoint cannot
            result.append((id(part.kind), use.position, use.read_as, shift, deeper, self.direct.get(use.target)))
        self.signatures[name], self.labelled[name] = tuple(result), labelled

    def _write(self, name: str, q: Quantity, label: Place | None = None) -> Chapter:
        indices = self.chains.indices(name, q, label)
        folded = self.chains.folded(name, q, indices, label)
        full, remarks = self.chains.unfolded(folded)
        draft = Draft(self.chains.adjoint(q), self.chains.root(q), q, indices, full, folded, reason(folded), remarks)
        definitions = {e.quantity.symbol: e for e in self.chains.definitions(name, label)}
        chapter = write(draft, Known(definitions, self._meaning, self.assumptions, self.notation.prime == "kept"))
        return replace(chapter, remarks=(*chapter.remarks, *self._in_time(chapter)))

    def _in_time(self, chapter: Chapter) -> tuple[Reason, ...]:
        """What a recurrence reads of another time, which has its turn before: the first such adjoint."""
        for f in (f for p in chapter.result.products for f in p.factors if f.role == "adjoint"):
            if base_of(f.expression) not in self.results:
                for there, here in product(indices_of(f.expression), chapter.indices):
                    if (there - here).is_Integer and there != here:
                        return (("later" if there - here > 0 else "earlier", (f.expression, here)),)
        return ()

    def _meaning(self, symbol: sp.Symbol) -> Equation | None:
        """What defines a quantity of the program, or an adjoint that has been derived."""
        if symbol in self.results:
            return self.results[symbol]
        name = symbol.name
        return self.program.definition(name) if name in self.uses.defined_in else None


