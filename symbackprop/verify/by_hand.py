"""Formulas derived by hand: read, judged one by one, and the batch goes on whatever one of them holds."""

from __future__ import annotations

from collections.abc import Mapping

import sympy as sp

from symbackprop.language.derivation import Derivation
from symbackprop.language.errors import SymbackpropError, nearest
from symbackprop.language.functions import Named
from symbackprop.language.quantity import Quantity
from symbackprop.language.report import Verdict
from symbackprop.syntax.gradient import read_gradient
from symbackprop.verify.counterexample import Adjoints, judge

MOST = 10_000


def judge_formulas(
    derivation: Derivation, formulas: str | Mapping[sp.Basic, sp.Expr], functions: Mapping[str, type[Named]]
) -> list[Verdict]:
    """One verdict a formula: text, one a line (empty lines and ``#`` aside), or ``{w2: expr}`` in SymPy."""
    if isinstance(formulas, str):
        lines = [(n, text.strip()) for n, text in enumerate(formulas.splitlines(), start=1)]
        kept = [(n, text) for n, text in lines if text and not text.startswith("#")]
        if len(kept) > MOST:
            raise SymbackpropError(f"{len(kept):,} formulas; the limit is {MOST:,}")
        if not kept:
            raise SymbackpropError("there is no formula to judge; write one a line, e.g. dJ/db[1] = …")
        return [_text(derivation, n, text, functions) for n, text in kept]
    return [_expression(derivation, n, key, e) for n, (key, e) in enumerate(formulas.items(), start=1)]


def _text(derivation: Derivation, line: int, text: str, functions: Mapping[str, type[Named]]) -> Verdict:
    try:
        by, indices, expression = read_gradient(text, derivation.forward, functions,
                                                 derivation.of if derivation.prefix != "d" else None)
    except SymbackpropError as problem:
        return Verdict(line, text, "", "unread", detail=str(problem))
    return _judged(derivation, by, indices, expression, line, text)


def _expression(derivation: Derivation, line: int, key: sp.Basic, e: sp.Expr) -> Verdict:
    program = derivation.forward
    shown = f"d{key} = {e}"
    indices = tuple(key.indices) if isinstance(key, sp.Indexed) else ()
    base = key.base if isinstance(key, sp.Indexed) else key
    by = program.by_symbol.get(getattr(base, "label", base)) or program.lookup(str(base))
    if by is None:
        detail = f"there is no quantity {key} here; {nearest(str(key), program.quantities)}"
        return Verdict(line, shown, "", "unread", detail=detail)
    if len(indices) != len(by.axes):
        detail = f"{by.name} has {len(by.axes)} axes: give the formula for an entry, {{{by.name}[j, i]: …}}"
        return Verdict(line, shown, "", "unread", detail=detail)
    unknown = _unknown(derivation, sp.sympify(e), indices)  # safe: a SymPy expression or a number, not text
    if unknown is not None:
        detail = f"{unknown} is unknown here; {nearest(str(unknown), program.quantities)}"
        return Verdict(line, shown, "", "unread", detail=detail)
    return _judged(derivation, by, indices, sp.sympify(e), line, shown)  # safe: as above


def _unknown(derivation: Derivation, e: sp.Expr, indices: tuple[sp.Expr, ...]) -> sp.Symbol | None:
    """A symbol of a formula that nothing here defines."""
    program = derivation.forward
    known = {*program.by_symbol, *indices}
    known |= {q.adjoint_called(derivation.prefix).symbol for q in program.quantities.values()}
    known |= {s for q in program.quantities.values() for n in q.shape for s in n.free_symbols}
    known |= {i for total in e.atoms(sp.Sum) for i, *_ in total.limits}
    free = (s for s in e.free_symbols if isinstance(s, sp.Symbol) and s not in known)
    return next(iter(sorted(free, key=str)), None)


def _judged(
    derivation: Derivation, by: Quantity, indices: tuple[sp.Expr, ...], expression: sp.Expr, line: int, text: str
) -> Verdict:
    losses: dict[bool, Quantity] = {}
    for entry in derivation.entries:
        losses[any(a.name == "datum" for a in entry.template.by.axes)] = entry.template.of

    def of(q: Quantity) -> Quantity:
        return losses.get(any(a.name == "datum" for a in q.axes), derivation.of)

    program = derivation.forward
    meant: Adjoints = {
        q.adjoint_called(derivation.prefix).symbol: (of(q), q) for q in program.quantities.values()
    }
    left = f"d{of(by).letter}/d{by.name}" + (str(list(indices)) if indices else "")
    return judge(program, of(by), by, indices, expression, adjoints=meant, line=line, formula=text,
                 read_as=f"{left} = {expression}")
