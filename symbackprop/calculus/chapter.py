"""One chapter: the chain of partials written down, folded, differentiated, contracted, named. Every line a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product as choices

import sympy as sp

from symbackprop.calculus.contraction import contract, contracted
from symbackprop.calculus.local import Leaf, local_derivative
from symbackprop.calculus.paths import joined
from symbackprop.calculus.rewriting import multiply_numbers, output_form, recognise
from symbackprop.calculus.simplifying import Lookup, assume, cancel, cancels, insert, vanish
from symbackprop.language.derivation import Assumption, Chapter, Factor, Line, Local, Path, Product, Reason, Step
from symbackprop.language.functions import Named, Partial
from symbackprop.language.indices import base_of, indices_of, leaves, rename, symbols_in
from symbackprop.language.quantity import Equation, Quantity

STAGES = ("differentiate", "contract", "numbers", "recognise")


@dataclass(frozen=True)
class Draft:
    """What a chapter is written from: the chain to the loss, and the same with known tails folded."""

    quantity: Quantity
    of: Quantity
    by: Quantity
    indices: tuple[sp.Symbol, ...]
    full: Line
    folded: Line
    reason: Reason | None
    remarks: tuple[Reason, ...]


@dataclass(frozen=True)
class Known:
    """What a chapter may use: ``definitions``, the defining equation of each partial's numerator by its symbol;
    ``lookup`` for any other; what is assumed; whether ``σ'`` is kept."""

    definitions: Mapping[sp.Symbol, Equation]
    lookup: Lookup
    assumptions: tuple[Assumption, ...]
    keep_prime: bool


def write(draft: Draft, known: Known) -> Chapter:
    """The chapter of a draft."""
    axes = zip(draft.indices, draft.by.axes, strict=True)
    ranges = {idx: axis.size for idx, axis in axes}
    taken = set(draft.indices).union(*(p_symbols(p) for p in draft.folded.products))
    within = ranges_of(draft.folded, ranges)
    locals_ = {p: local(p, known.definitions[base_of(p.of)], taken, within) for p in all_partials(draft.folded)}
    name = Line((Product((Factor(draft.quantity.at(*draft.indices), "adjoint"),)),))
    steps = [Step("chain", name, draft.full, draft.reason)]
    if draft.full != draft.folded:
        steps.append(Step("reuse", draft.full, draft.folded))
    for stage in STAGES:
        after, reason = staged(draft, locals_, stage, ranges, known.keep_prime)
        if after != steps[-1].after:
            steps.append(Step(stage, steps[-1].after, after, reason))
    lines = {p: at_stage(item, "recognise", known.keep_prime) for p, item in locals_.items()}
    paths = _paths(draft, lines, ranges)
    _append(steps, "vanish", *vanish(steps[-1].after, known.lookup))
    steps += _inserted(steps[-1].after, staged(draft, locals_, "recognise", ranges, keep_prime=False), known)
    return Chapter(draft.quantity, draft.of, draft.by, draft.indices, tuple(steps), tuple(locals_.values()),
                   (*draft.remarks, *turned(steps[-1].after)), paths)


def _paths(draft: Draft, lines: Mapping[Partial, Line], ranges: Mapping[sp.Symbol, sp.Expr]) -> tuple[Path, ...]:
    """What each of several paths adds; the time at which it goes on is read off the sum that it was."""
    if len(draft.folded.products) < 2:
        return ()
    result = []
    for p in draft.folded.products:
        first = p.factors[0].expression
        line, reasons = contracted(Line(tuple(_spliced(p, lines, set(draft.indices)))), ranges)
        solved = {r[1][0]: r[1][1] for r in reasons}
        through = first.of if isinstance(first, Partial) else first
        result.append(Path(rename(through, solved), multiply_numbers(line)))
    return tuple(result)


def turned(at: Line) -> tuple[Reason, ...]:
    """A summed index that stands with + in one array and with − in another: the kernel of a convolution, turned."""
    for p in at.products:
        read = [(leaf, idx) for f in p.factors for leaf in leaves(f.expression) for idx in indices_of(leaf)]
        for bound, _, _ in p.over:
            ahead = next((leaf for leaf, idx in read if idx == bound), None)
            back = next((leaf for leaf, idx in read if idx.coeff(bound).is_negative), None)
            if ahead is not None and back is not None:
                return (("turned", (ahead, back, bound)),)
    return ()


def _inserted(last: Line, plain: tuple[Line, Reason | None], known: Known) -> list[Step]:
    """The steps by which a known adjoint is put in and cancels, ``p − y``; none where that leaves a sum or an adjoint.
    ``plain`` is the line with σ' written out, where the notation keeps it."""
    steps = [Step("name", last, last)]
    direct = cancels(plain[0])  # the derivative of the loss stands there already
    if known.keep_prime and (direct or insert(plain[0], known.lookup)[1]):
        _append(steps, "recognise", *plain)
    _append(steps, "insert", *insert(steps[-1].after, known.lookup))
    _append(steps, "cancel", *cancel(steps[-1].after))
    _append(steps, "assume", *assume(steps[-1].after, known.assumptions))
    simple = not any(p.over or f.role == "adjoint" for p in steps[-1].after.products for f in p.factors)
    return steps[1:] if simple and any(s.rule in ("insert", *(["cancel"] * direct)) for s in steps) else []


def p_symbols(p: Product) -> set[sp.Symbol]:
    return set().union(*(symbols_in(f.expression) for f in p.factors), {i for i, _, _ in p.over})


def ranges_of(at: Line, free: Mapping[sp.Symbol, sp.Expr]) -> dict[sp.Symbol, sp.Expr]:
    """The range of every index that may stand in a local derivative: free in the chapter, or summed in its chain."""
    return {**{i: hi for p in at.products for i, _, hi in p.over}, **free}


def all_partials(at: Line) -> list[Partial]:
    found = (f.expression for p in at.products for f in p.factors if isinstance(f.expression, Partial))
    return list(dict.fromkeys(found))


def local(
    partial: Partial, equation: Equation, taken: set[sp.Symbol], ranges: Mapping[sp.Symbol, sp.Expr]
) -> Local:
    """The local derivative ``∂T[o]/∂U[p]`` step by step."""
    here = dict(zip(equation.indices, indices_of(partial.of), strict=True))
    expression = rename(equation.expression, here)
    raw = local_derivative(expression, Leaf(base_of(partial.by), indices_of(partial.by)), taken)
    steps = [Step("differentiate", Line((Product((Factor(partial, "partial"),)),)), raw)]
    contracted, reason = contract(raw, ranges)
    _append(steps, "contract", contracted, reason)
    _append(steps, "numbers", multiply_numbers(contracted), None)
    at_output = Equation(equation.quantity, tuple(indices_of(partial.of)), expression)
    _append(steps, "recognise", *_recognised(steps[-1].after, equation, at_output, indices_of(partial.by)))
    return Local(partial, tuple(steps))


def _append(steps: list[Step], rule: str, after: Line, reason: Reason | None) -> None:
    if after != steps[-1].after:
        steps.append(Step(rule, steps[-1].after, after, reason))


def _recognised(at: Line, equation: Equation, here: Equation, by: tuple[sp.Expr, ...]) -> tuple[Line, Reason | None]:
    """The line with known names: through the output where the equation is elementwise, else by division."""
    values = [p for p in at.products if not p.over and all(f.role == "value" for f in p.factors)]
    if len(values) == len(at.products) == 1 and by == here.indices:
        through = output_form(at.expression, here)
        if through is not None:
            return Line((Product((Factor(through),)),)), ("output", (here.target,))
    named = multiply_numbers(recognise(at, equation))
    return named, ("defines", (equation.target,))


def staged(
    draft: Draft, locals_: Mapping[Partial, Local], stage: str, ranges: Mapping[sp.Symbol, sp.Expr], keep_prime: bool
) -> tuple[Line, Reason | None]:
    """The folded chain with every local derivative at one stage; from ``contract`` on, the outer sums carried out."""
    lines = {p: at_stage(item, stage, keep_prime) for p, item in locals_.items()}
    flat = Line(tuple(q for p in draft.folded.products for q in _spliced(p, lines, set(draft.indices))))
    inner = next((r for item in locals_.values() for r in _reasons(item, stage)), None)
    if stage == "differentiate":
        return flat, None
    line, reason = contract(flat, ranges)
    if stage == "contract":
        return line, inner or reason
    return multiply_numbers(line), inner


def _reasons(item: Local, stage: str) -> list[Reason]:
    return [s.because for s in item.steps if s.rule == stage and s.because]


def at_stage(item: Local, stage: str, keep_prime: bool) -> Line:
    """The local derivative as far as a stage; ``σ'(z)`` stays where the notation keeps it."""
    reached = STAGES.index(stage)
    steps = [s for s in item.steps if STAGES.index(s.rule) <= reached]
    last = steps[-1]
    if keep_prime and last.because and last.because[0] == "output" and _is_prime(last.before):
        return last.before
    return last.after


def _is_prime(at: Line) -> bool:
    return isinstance(at.expression, Named)


def _spliced(p: Product, lines: Mapping[Partial, Line], free: set[sp.Symbol]) -> list[Product]:
    """The product with each partial replaced by its line, multiplied out where that is a sum."""
    options = [lines[f.expression].products if isinstance(f.expression, Partial) else (Product((f,)),)
               for f in p.factors]
    outer = {i for i, _, _ in p.over}
    result = []
    for chosen in choices(*options):
        flat = Product((), p.over)
        keep = free | outer | set().union(*(symbols_in(f.expression) for f in p.factors))
        for part in chosen:
            flat = joined(flat, part, keep)
        result.append(flat)
    return [r for r in result if all(f.expression != 0 for f in r.factors)] or [
        Product((Factor(sp.Integer(0)),))]
