"""Chains: the product of partials from a quantity to the next named adjoint, and on to the loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sympy as sp

from symbackprop.calculus.paths import joined, link, natural_indices
from symbackprop.calculus.uses import Use, Uses
from symbackprop.language.datum import has_datum
from symbackprop.language.derivation import Factor, Line, Product, Reason
from symbackprop.language.functions import Partial
from symbackprop.language.indices import base_of, indices_of, rename, symbols_in
from symbackprop.language.quantity import Equation, Place, Quantity

LONGEST_CHAIN = 9
"""Factors up to which a path is unfolded to the loss: four layers. Beyond, the chain ends in the named adjoint."""


class Chains:
    """What is known of the chains so far, from the loss backwards.

    ``folds``: names whose adjoint is not named but replaced by its own chain. ``full``: the whole path to the loss as
    one product, where no path branches. ``ends``: the named adjoints in which the folded chain of a name ends.
    ``again``: the program holds first derivatives, so adjoints say what they are derivatives of.
    ``unfolding`` False: no path is written out to the loss, since its length depends on a depth that is a symbol.
    """

    def __init__(self, uses: Uses, of: Quantity, datum_loss: Quantity | None, unfolding: bool = True) -> None:
        self.uses, self.of, self.datum_loss, self.unfolding = uses, of, datum_loss, unfolding
        self.program = uses.program
        self.again = any(e.quantity.by is not None for part in self.program.parts for e in part.kind.equations)
        self.prefix = of.prefix if self.again else "d"
        self.folds: set[str] = set()
        self.full: dict[str, Product] = {}
        self.ends: dict[str, tuple[str, ...]] = {}
        self.by_adjoint: dict[sp.Symbol, str] = {}

    def is_root(self, name: str) -> bool:
        return name == self.of.name or (self.datum_loss is not None and name == self.datum_loss.name)

    def root(self, q: Quantity) -> Quantity:
        """What a quantity's adjoint is the derivative of: the loss per datum, or the loss."""
        return self.datum_loss if self.datum_loss is not None and has_datum(q) else self.of

    def adjoint(self, q: Quantity) -> Quantity:
        """The quantity that holds the derivative by this one."""
        return replace(q.adjoint_called(self.prefix), of=self.root(q), by=q) if self.again else q.adjoint

    def add(self, name: str) -> None:
        """Note where the chain of a name ends, and its whole path where that is one product and short enough."""
        targets = [use.target for use in self.uses.of[name]]
        self.ends[name] = tuple(end for t in targets for end in (self.ends[t] if t in self.folds else (t,)))
        if self.unfolding and len(targets) == 1 and all(self._short(end) for end in self.ends[name]):
            self._add_full(name)

    def _short(self, end: str) -> bool:
        return self.is_root(end) or (end in self.full and len(self.full[end].factors) < LONGEST_CHAIN)

    def _add_full(self, name: str) -> None:
        q = self.program.quantity(name)
        line, _ = self.unfolded(self.folded(name, q, self.indices(name, q, None), None))
        product = line.products[0]
        whole = not product.over and not any(f.role == "adjoint" for f in product.factors)
        if len(line.products) == 1 and whole and len(product.factors) <= LONGEST_CHAIN:
            self.full[name] = product
            self.by_adjoint[self.adjoint(q).symbol] = name

    def unfolds(self, name: str) -> bool:
        """Does the chain of this name go on to the loss?"""
        return self.unfolding and any(self.is_root(end) or end in self.full for end in self.ends[name])

    def indices(self, name: str, q: Quantity, label: Place | None) -> tuple[sp.Symbol, ...]:
        if name in self.uses.defined_in and self.uses.in_recurrence(self.uses.defined_in[name][0], q):
            return self.program.definition(name).indices  # read at t − 1 and at t, it is known by how it is defined
        return natural_indices(q, [self.uses.equation(use, label) for use in self.uses.of[name]])

    def folded(self, name: str, q: Quantity, at: tuple[sp.Expr, ...], label: Place | None) -> Line:
        """The chain as far as the next named adjoint, one product a path."""
        return Line(tuple(p for use in self.uses.of[name] for p in self._through(use, q, at, label)))

    def _through(self, use: Use, q: Quantity, at: tuple[sp.Expr, ...], label: Place | None) -> list[Product]:
        target = self.uses.equation(use, label)
        first, there = link(q, at, target)
        keep = set().union(*(symbols_in(p) for p in at)) if at else set()
        result = [joined(first, p, keep) for p in self._tails(use.target, target.quantity, there, label)]
        if has_datum(q) or self.root(target.quantity) == self.of:
            return result
        return [self._closed(p, there, target.quantity) for p in result]

    def _closed(self, p: Product, there: tuple[sp.Expr, ...], target: Quantity) -> Product:
        """A chain of per-datum derivatives ends in ``∂J/∂L[k]``: the mean over the data."""
        datum = [t for t, axis in zip(there, target.axes, strict=True) if axis.name == "datum"]
        last = Partial(self.of.symbol, self.root(target).at(*datum))
        return Product((*p.factors, Factor(last, "partial")), p.over)

    def _tails(self, name: str, target: Quantity, there: tuple[sp.Expr, ...], label: Place | None) -> list[Product]:
        if self.is_root(name):
            return [Product(())]
        if name in self.folds:
            return list(self.folded(name, target, there, label).products)
        return [Product((Factor(self.adjoint(target).at(*there), "adjoint"),))]

    def unfolded(self, folded: Line) -> tuple[Line, tuple[Reason, ...]]:
        """The folded chain with each known tail written out to the loss; where that stopped, a remark."""
        if not self.unfolding:
            return folded, ()
        remarks: list[Reason] = []
        products = tuple(self._unfold(p, remarks) for p in folded.products)
        return Line(products), tuple(dict.fromkeys(remarks))

    def _unfold(self, p: Product, remarks: list[Reason]) -> Product:
        factors: list[Factor] = []
        for f in p.factors:
            tail = self._tail(f.expression) if f.role == "adjoint" else ()
            if tail and len(tail) + len(p.factors) - 1 <= LONGEST_CHAIN:
                factors += tail
                continue
            factors.append(f)
            if f.role == "adjoint":
                remarks.append(("cap", (sp.Integer(LONGEST_CHAIN),)) if tail else ("branch", (f.expression,)))
        return Product(tuple(factors), p.over)

    def _tail(self, adjoint: sp.Expr) -> tuple[Factor, ...]:
        """The known path of a named adjoint, at the indices at which it stands."""
        name = self.by_adjoint.get(base_of(adjoint))
        if name is None:
            return ()
        formal = self.indices(name, self.program.quantity(name), None)
        mapping = dict(zip(formal, indices_of(adjoint), strict=True))
        return tuple(Factor(rename(f.expression, mapping), f.role) for f in self.full[name].factors)

    def definitions(self, name: str, label: Place | None) -> Iterator[Equation]:
        """The defining equations of all numerators on the folded chain, at the label the chapter is written for."""
        for use in self.uses.of[name]:
            yield self.uses.equation(use, label)
            if use.target in self.folds:
                yield from self.definitions(use.target, label)
        if self.datum_loss is not None:
            yield self.program.definition(self.of.name)


def reason(folded: Line) -> Reason | None:
    """Why the chain looks as it does: it moves only that; it moves every one of those; it is used in several."""
    partials = [f.expression for p in folded.products for f in p.factors[:1] if isinstance(f.expression, Partial)]
    if len(partials) != 1:
        return ("uses", (partials[0].by, *(p.of for p in partials))) if partials else None
    partial = partials[0]
    summed = {i for i, _, _ in folded.products[0].over} & symbols_in(partial.of)
    if summed:
        return "paths", (partial.by, partial.of, sorted(summed, key=str)[0])
    return "only", (partial.by, partial.of)
