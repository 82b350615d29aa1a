"""``Ū[p] += Σ_o T̄[o] · ∂T[o]/∂U[p]``: the backward program of a program, derived chapter by chapter in reverse order.

Sources: the chain rule as the notes teach it (§5, §6); adjoints as in reverse accumulation (Griewank and Walther, ch. 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import sympy as sp

from symbackprop.calculus.chapter import Draft, write
from symbackprop.calculus.paths import Use, Uses, joined, link, natural_indices
from symbackprop.language.derivation import Assumption, Chapter, Derivation, Entry, Factor, Line, Product, Reason
from symbackprop.language.errors import DerivationError, nearest
from symbackprop.language.functions import Partial
from symbackprop.language.indices import base_of, indices_of, leaves, rename, symbols_in
from symbackprop.language.notation import Notation
from symbackprop.language.program import Program
from symbackprop.language.quantity import LABEL, PARAMETERS, Equation, Quantity, relabel, stamp, symbol

LONGEST_CHAIN = 9
"""Factors up to which a path is unfolded to the loss: four layers. Beyond, the chain ends in the named adjoint."""


def derive(
    program: Program,
    of: Quantity,
    wrt: Sequence[str] | None,
    notation: Notation,
    assumptions: tuple[Assumption, ...] = (),
) -> Derivation:
    """The derivation of ``∂of/∂q`` for every parameter (or every name in ``wrt``) and all that lies between."""
    return _Deriver(program, of, wrt, notation).derivation(assumptions)


class _Deriver:
    """One run over a program, from the loss backwards. Holds what is known so far, nothing global."""

    def __init__(self, program: Program, of: Quantity, wrt: Sequence[str] | None, notation: Notation) -> None:
        self.program, self.of, self.notation = program, of, notation
        self.uses = Uses(program)
        if of.name not in self.uses.defined_in:
            raise DerivationError(f"{of.name} is not defined by any equation, so there is nothing to derive")
        self.reached = frozenset(self.uses.upstream([of.name]))
        self.datum_loss = datum_loss(program, of) if notation.mean_in == "weight" else None
        self.wrt = self._targets(wrt)
        self.relevant = self._relevant()
        self.templates: dict[object, Chapter] = {}
        self.full: dict[str, Product | None] = {}
        self.signatures: dict[str, object] = {}
        self.folds: dict[str, bool] = {}

    # -- what is derived, in which order ------------------------------------------------------------------

    def _targets(self, wrt: Sequence[str] | None) -> tuple[str, ...]:
        names = self._parameter_names()
        if wrt is None:
            chosen = [n for n in names if n in self.reached]
        else:
            known = {*names, *self.uses.defined_in, *(q.name for q in self.program.given)}
            for name in wrt:
                if name not in known:
                    raise DerivationError(f"there is no quantity {name} here; {nearest(name, known)}")
                if name not in self.reached:
                    raise DerivationError(f"{self.of.name} does not depend on {name}: its gradient is 0 everywhere")
            chosen = list(wrt)
        if not chosen:
            raise DerivationError(f"{self.of.name} depends on no parameter: there is nothing to derive by")
        return tuple(chosen)

    def _parameter_names(self) -> list[str]:
        names = [q.name for q in self.program.given if q.role in PARAMETERS]
        for part in self.program.parts:
            for q in part.kind.given:
                if q.role in PARAMETERS:
                    names.append(q.name if part.label is None else relabel(q.name, part.label))
        return names

    def _relevant(self) -> set[str]:
        """What lies between the targets and the loss: downstream of a target, upstream of the loss."""
        result = set(self.wrt)
        for number, part in enumerate(self.program.parts):
            for position, e in enumerate(part.kind.equations):
                reads = self.uses._reads(part.kind)[position]
                names = reads if part.label is None else [relabel(r, part.label) for r in reads]
                target = self._name(e.quantity, number)
                if target in self.reached and any(n in result for n in names):
                    result.add(target)
        return result

    def _name(self, q: Quantity, part: int) -> str:
        label = self.program.parts[part].label
        return q.name if label is None else relabel(q.name, label)

    def _order(self) -> Iterator[tuple[str, int, Quantity]]:
        """``(name, part, quantity of the part's kind)`` in reverse; a parameter after the first equation that uses it."""
        roots = {self.of.name, *([self.datum_loss.name] if self.datum_loss else [])}
        emitted: set[str] = set()
        for number in reversed(range(len(self.program.parts))):
            kind = self.program.parts[number].kind
            for e in reversed(kind.equations):
                name = self._name(e.quantity, number)
                if name in self.relevant and name not in roots:
                    yield name, number, e.quantity
                yield from self._given_used_first_here(e, number, emitted)

    def _given_used_first_here(self, e: Equation, number: int, emitted: set[str]) -> Iterator[tuple[str, int, Quantity]]:
        kind = self.program.parts[number].kind
        position = kind.equations.index(e)
        candidates = [(self._name(q, number), q) for q in kind.given]
        candidates += [(q.name, q) for q in self.program.given]
        reads = set(self.uses._reads(kind)[position])
        for name, q in candidates:
            if name in self.wrt and name not in emitted and q.name in reads:
                first = self.uses.of[name][0]
                if (first.part, first.position) == (number, position):
                    emitted.add(name)
                    yield name, number, q

    def derivation(self, assumptions: tuple[Assumption, ...]) -> Derivation:
        entries = tuple(self._entry(name, part, q) for name, part, q in self._order())
        named = frozenset(e.name for e in entries if e.name[1:] not in self.wrt and not self.folds[e.name[1:]])
        return Derivation(self.program, self.of, entries, named, self.wrt, assumptions)

    # -- one entry: a shared template, or a chapter of its own --------------------------------------------

    def _entry(self, name: str, part: int, q: Quantity) -> Entry:
        label = self.program.parts[part].label
        self.full[name] = self._full(name)
        self.signatures[name] = signature = (q.letter, self._signature(name, label))
        entry = self._shared(name, q, signature, label) or Entry(
            f"d{name}", self._write(name, self.program.quantities[name], None))
        single = len(entry.template.result.products) == 1
        self.folds[name] = single and q.role not in self.notation.named and len(self.uses.of[name]) == 1
        return entry

    def _shared(self, name: str, q: Quantity, signature: object, label: int | None) -> Entry | None:
        """The entry by the derivation of its kind, where everything on its way is written for the label l."""
        if label is None or self._unfolds(name) or not self._labelled(name):
            return None
        if signature not in self.templates:
            self.templates[signature] = self._write(name, q, label)
        return Entry(f"d{name}", self.templates[signature], label)

    def _signature(self, name: str, label: int | None) -> object:
        """Equal signatures, equal derivations up to the label."""
        result: list[object] = []
        for use in self.uses.of[name]:
            if not self._matters(use):
                continue
            part = self.program.parts[use.part]
            shift = None if part.label is None or label is None else part.label - label
            target = self._name(part.kind.equations[use.position].quantity, use.part)
            deeper = self.signatures.get(target) if self.folds.get(target) else None
            result.append((id(part.kind), use.position, use.read_as, shift, deeper))
        return tuple(result)

    def _matters(self, use: Use) -> bool:
        target = self.program.parts[use.part].kind.equations[use.position].quantity
        return self._name(target, use.part) in self.reached

    def _labelled(self, name: str) -> bool:
        """Are all equations on the way to the next named adjoint written for the label l?"""
        for use in filter(self._matters, self.uses.of[name]):
            part = self.program.parts[use.part]
            target = self._name(part.kind.equations[use.position].quantity, use.part)
            if part.label is None or (self.folds.get(target) and not self._labelled(target)):
                return False
        return True

    def _unfolds(self, name: str) -> bool:
        """Does the chain of this quantity go all the way to the loss?"""
        return any(self._tail_known(target) for target in self._ends(name))

    def _ends(self, name: str) -> Iterator[str]:
        """The names at which the folded chain of a quantity ends: named adjoints, or the loss."""
        for use in filter(self._matters, self.uses.of[name]):
            target = self._name(self.program.parts[use.part].kind.equations[use.position].quantity, use.part)
            if self.folds.get(target):
                yield from self._ends(target)
            else:
                yield target

    def _tail_known(self, name: str) -> bool:
        return self._is_root(name) or self.full.get(name) is not None

    def _is_root(self, name: str) -> bool:
        return name == self.of.name or (self.datum_loss is not None and name == self.datum_loss.name)

    # -- the chain ------------------------------------------------------------------------------------------

    def _write(self, name: str, q: Quantity, label: int | None) -> Chapter:
        equations = [self._equation(use, label) for use in filter(self._matters, self.uses.of[name])]
        indices = natural_indices(q, equations)
        folded = self._folded(name, q, indices, label)
        full, remarks = self._unfolded(folded)
        draft = Draft(q.adjoint, self._root(q), q, indices, full, folded, self._reason(folded), remarks)
        self._current = {e.quantity.symbol: e for e in self._definitions(name, label)}
        return write(draft, self._definition, self.notation.prime == "kept")

    def _definition(self, base: sp.Symbol) -> Equation:
        return self._current[base]

    def _definitions(self, name: str, label: int | None) -> Iterator[Equation]:
        """The defining equations of all numerators on the folded chain, at the label the chapter is written for."""
        for use in filter(self._matters, self.uses.of[name]):
            yield self._equation(use, label)
            target = self._name(self.program.parts[use.part].kind.equations[use.position].quantity, use.part)
            if self.folds.get(target):
                yield from self._definitions(target, label)
        if self.datum_loss is not None:
            yield self.program.definitions[self.of.name]

    def _equation(self, use: Use, label: int | None) -> Equation:
        """A use's equation: concrete where the chapter is, else shifted so that the chapter's own layer is l."""
        part = self.program.parts[use.part]
        equation = part.kind.equations[use.position]
        if label is None or part.label is None:
            return self.program.definitions[self._name(equation.quantity, use.part)]
        return shifted(equation, part.label - label)

    def _root(self, q: Quantity) -> Quantity:
        per_datum = self.datum_loss is not None and any(a.name == "datum" for a in q.axes)
        return self.datum_loss if per_datum and self.datum_loss is not None else self.of

    def _folded(self, name: str, q: Quantity, at: tuple[sp.Expr, ...], label: int | None) -> Line:
        """The chain as far as the next named adjoint, one product a path."""
        return Line(tuple(p for use in filter(self._matters, self.uses.of[name])
                          for p in self._through(use, q, at, label)))

    def _through(self, use: Use, q: Quantity, at: tuple[sp.Expr, ...], label: int | None) -> list[Product]:
        equation = self._equation(use, label)
        first, there = link(q, at, equation)
        target = equation.quantity
        name = self._name(self.program.parts[use.part].kind.equations[use.position].quantity, use.part)
        keep = set().union(*(symbols_in(p) for p in at)) if at else set()
        result = [joined(first, p, keep) for p in self._tails(name, target, there, label)]
        if self.datum_loss is None or any(a.name == "datum" for a in q.axes) or self._root(target) == self.of:
            return result
        return [self._closed(p, there, target) for p in result]

    def _closed(self, p: Product, there: tuple[sp.Expr, ...], target: Quantity) -> Product:
        """A chain of per-datum derivatives ends in ``∂J/∂L[k]``: the mean over the data."""
        assert self.datum_loss is not None
        datum = [t for t, axis in zip(there, target.axes, strict=True) if axis.name == "datum"]
        last = Partial(self.of.symbol, self.datum_loss.at(*datum))
        return Product((*p.factors, Factor(last, "partial")), p.over)

    def _tails(self, name: str, target: Quantity, there: tuple[sp.Expr, ...], label: int | None) -> list[Product]:
        if self._is_root(name):
            return [Product(())]
        if self.folds.get(name):
            inner = self._folded(name, target, there, label)
            if len(inner.products) == 1:
                return list(inner.products)
        return [Product((Factor(target.adjoint.at(*there), "adjoint"),))]

    def _full(self, name: str) -> Product | None:
        """The whole path from a quantity to the loss as one product, where no path branches and it is not too long."""
        if len(self.uses.of[name]) != 1 or not all(self._tail_known(end) for end in self._ends(name)):
            return None
        q = self.program.quantities[name] if self._near(name) else None
        if q is None:
            return None
        at = natural_indices(q, [self._equation(u, None) for u in self.uses.of[name]])
        line, _ = self._unfolded(self._folded(name, q, at, None))
        product = line.products[0]
        whole = len(line.products) == 1 and not product.over and not _has_adjoint(product)
        return product if whole and len(product.factors) <= LONGEST_CHAIN else None

    def _near(self, name: str) -> bool:
        """Is the end of the folded chain within the longest chain? Keeps deep networks from being stamped whole."""
        known = [self.full.get(end) for end in self._ends(name)]
        return all(k is None or len(k.factors) < LONGEST_CHAIN for k in known)

    def _unfolded(self, folded: Line) -> tuple[Line, tuple[Reason, ...]]:
        """The folded chain with each known tail written out to the loss; what could not be, as a remark."""
        remarks: list[Reason] = []
        products = []
        for p in folded.products:
            products.append(self._unfold(p, remarks))
        return Line(tuple(products)), tuple(dict.fromkeys(remarks))

    def _unfold(self, p: Product, remarks: list[Reason]) -> Product:
        factors: list[Factor] = []
        for f in p.factors:
            tail = self._tail(f.expression) if f.role == "adjoint" else None
            if tail is not None and len(tail) + len(p.factors) - 1 <= LONGEST_CHAIN:
                factors += tail
            else:
                factors.append(f)
                if f.role == "adjoint":
                    remarks.append(("cap", (sp.Integer(LONGEST_CHAIN),)) if tail else ("branch", (f.expression,)))
        return Product(tuple(factors), p.over)

    def _tail(self, adjoint: sp.Expr) -> tuple[Factor, ...] | None:
        """The known path of a named adjoint, at the indices at which it stands."""
        name = self._by_adjoint.get(base_of(adjoint))
        known = self.full.get(name) if name else None
        if known is None or name is None:
            return None
        q = self.program.quantities[name]
        formal = natural_indices(q, [self._equation(u, None) for u in self.uses.of[name]])
        mapping = dict(zip(formal, indices_of(adjoint), strict=True))
        return tuple(Factor(rename(f.expression, mapping), f.role) for f in known.factors)

    @property
    def _by_adjoint(self) -> dict[sp.Symbol, str]:
        """Names by adjoint symbol, for the few whose full path is known."""
        return {self._adjoint_symbol(name): name for name, full in self.full.items() if full is not None}

    def _adjoint_symbol(self, name: str) -> sp.Symbol:
        q = self.program.quantities[name]
        return q.adjoint.symbol

    def _reason(self, folded: Line) -> Reason | None:
        first = folded.products[0]
        if not isinstance(first.factors[0].expression, Partial):
            return None
        if len(folded.products) > 1:
            partials = [p.factors[0].expression for p in folded.products]
            return "uses", (partials[0].by, *(p.of for p in partials))
        partial = first.factors[0].expression
        summed = {i for i, _, _ in first.over} & symbols_in(partial.of)
        if summed:
            return "paths", (partial.by, partial.of, sorted(summed, key=str)[0])
        return "only", (partial.by, partial.of)


def _has_adjoint(p: Product) -> bool:
    return any(f.role == "adjoint" for f in p.factors)


def shifted(equation: Equation, by: int) -> Equation:
    """An equation of a kind, seen from a layer ``by`` further from the loss: l becomes l + by."""
    if by == 0:
        return equation
    q = equation.quantity
    names = {s: s.name for s in equation.expression.atoms(sp.Symbol)}
    sizes = {s for axis in q.axes for s in axis.size.atoms(sp.Symbol)}
    mapping = {s: _shift_symbol(s, by) for s in {*names, *sizes}}
    axes = tuple(replace(axis, size=axis.size.xreplace(mapping)) for axis in q.axes)
    moved = replace(q, layer=q.layer + by if isinstance(q.layer, sp.Expr) else q.layer, axes=axes)
    return Equation(moved, equation.indices, equation.expression.xreplace(mapping))


def _shift_symbol(s: sp.Symbol, by: int) -> sp.Symbol:
    """``z[l - 1]`` by 1 is ``z[l]``."""
    zero, one = relabel(s.name, 0), relabel(s.name, 1)
    if zero == one:
        return s
    stem, offset = zero[: zero.rfind("[")], int(zero[zero.rfind("[") + 1 : -1])
    name = f"{stem}[{LABEL + offset + by}]"
    return sp.Symbol(name, integer=True, positive=True) if s.is_positive else symbol(name)


def datum_loss(program: Program, of: Quantity) -> Quantity | None:
    """The loss per datum, where the data do not mix before the mean: then adjoints can be per datum.

    None where there is no such loss, or where some equation (batch normalisation) mixes the data.
    """
    last = program.definitions[of.name]
    read = [program.by_symbol[base_of(x)] for x in leaves(last.expression) if base_of(x) in program.by_symbol]
    losses = [q for q in dict.fromkeys(read) if q.role == "loss" and [a.name for a in q.axes] == ["datum"]]
    if len(losses) != 1 or any(q.role != "loss" for q in read):
        return None
    kinds = {id(p.kind): p.kind for p in program.parts}.values()
    return losses[0] if all(_separate(k, program) for k in kinds) else None


def _separate(kind: object, program: Program) -> bool:
    """Does every equation of a kind read each datum at its own index only?"""
    from symbackprop.language.program import Kind

    assert isinstance(kind, Kind)
    known = {q.symbol: q for q in (*kind.reads, *kind.given, *(e.quantity for e in kind.equations))}
    for e in kind.equations:
        here = dict(zip((a.name for a in e.quantity.axes), e.indices, strict=True)).get("datum")
        if here is None:
            continue
        for leaf in leaves(e.expression):
            q = known.get(base_of(leaf))
            axes = q.axes if q else ()
            for axis, idx in zip(axes, indices_of(leaf), strict=True):
                if axis.name == "datum" and idx != here:
                    return False
    return True


__all__ = ["LONGEST_CHAIN", "datum_loss", "derive", "stamp"]
