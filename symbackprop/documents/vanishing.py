"""A sum of which one term remains, written out: the terms that vanish are struck through."""

from __future__ import annotations

import sympy as sp

from symbackprop.documents.blocks import Term
from symbackprop.documents.scene import Scene
from symbackprop.language.derivation import Line, Product, Reason
from symbackprop.language.indices import rename
from symbackprop.notation.formula import EMPTY, Formula, Mark, Op, row


def written_out(scene: Scene, before: Line, because: Reason | None) -> tuple[Term, ...]:
    """``δ_i1 a_1 + ⋯ + δ_ii a_i + ⋯ + δ_in a_n`` of a single sum over one index; otherwise nothing."""
    if because is None or because[0] != "vanish" or len(before.products) != 1:
        return ()
    (product,) = before.products
    name, value, _ = because[1]
    limits = [limit for limit in product.over if limit[0] == name]
    if len(limits) != 1 or len(product.over) != 1 or not isinstance(value, sp.Symbol) or _is_short(limits[0][2]):
        return ()
    first, last = (Mark(_term(scene, product, name, end), "", "gone") for end in limits[0][1:])
    kept = _term(scene, product, name, value)
    plus, dots = Op("+"), Term(Op("⋯", "tight"), Op("+"))
    return (Term(first), dots, Term(kept, plus), dots, Term(last, plus))


def _is_short(upper: sp.Expr) -> bool:
    """A sum of one or two terms needs no dots."""
    return bool(upper.is_number and upper < 3)


def _term(scene: Scene, product: Product, name: sp.Expr, at: sp.Expr) -> Formula:
    factors = tuple(type(f)(_delta_kept(f.expression, name, at), f.role) for f in product.factors)
    boxes = (box for before, _, shown in scene.writer.factors(Line((Product(factors),))) for box in (before, shown))
    return row(*(b for b in boxes if b != EMPTY))


def _delta_kept(e: sp.Expr, name: sp.Expr, at: sp.Expr) -> sp.Expr:
    """The factor at one value of the index. δ_ii stays δ_ii: here it is read, not worked."""
    if isinstance(e, sp.KroneckerDelta):
        return sp.KroneckerDelta(*(at if a == name else a for a in e.args[:2]), evaluate=False)
    return rename(e, {name: at})
