"""The same network small: what is true of every size can be tested at sizes 2, 3, 4, all different."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sympy as sp

from symbackprop.language.derivation import Derivation
from symbackprop.language.program import Program
from symbackprop.language.quantity import Quantity, relabel, stamp
from symbackprop.numeric.sample import has_softmax


def small_sizes(program: Program, above: int = 4) -> dict[sp.Symbol, sp.Expr]:
    """A small number for every size symbol whose number is above a limit; those of one symbol stay equal.

    Consecutive layers get different numbers, so that a transposed index cannot hide.
    """
    sizes: dict[sp.Symbol, sp.Expr] = {}
    previous, following = 0, 2
    for symbol, number in program.sizes.items():
        if number.is_Integer and int(number) > above:
            following = following + 1 if following == previous else following
            sizes[symbol] = sp.Integer(following)
            previous, following = following, 2 + (following - 1) % 3
        else:
            previous = int(number) if number.is_Integer else 0
    return sizes


def ones_and_twos(program: Program) -> dict[sp.Symbol, sp.Expr] | None:
    """Sizes 2, 1, 2, … for every symbol; None where a size is no larger."""
    # a softmax over one unit is 1 whatever it reads, so with one every size is 2
    one = 0 if has_softmax(program) else 1
    if not program.sizes or any(n.is_Integer and n < 3 for n in program.sizes.values()):
        return None
    return {s: sp.Integer(2 - one * (k % 2)) for k, s in enumerate(program.sizes)}


def single_units(program: Program) -> dict[sp.Symbol, sp.Expr] | None:
    """Size 1 for every symbol, 2 for the last where there is a softmax; None where no size is above 2 and none is."""
    last = 2 if has_softmax(program) else 1
    if not program.sizes or (last == 1 and all(n.is_Integer and n < 3 for n in program.sizes.values())):
        return None
    return {**dict.fromkeys(program.sizes, sp.Integer(1)), list(program.sizes)[-1]: sp.Integer(last)}


def shrunk(program: Program, above: int = 4) -> Program:
    """The program with every size symbol above a limit made small; sizes written as numbers stay."""
    sizes = small_sizes(program, above)
    return resized(program, sizes) if sizes else program


def resized(program: Program, sizes: Mapping[sp.Symbol, sp.Expr]) -> Program:
    """The program at other sizes, also where its inputs were given with their numbers already put in."""
    symbolic = _symbolic_given(program)
    known = {**program.sizes, **sizes}
    given = tuple(symbolic.get(q.name, q).stamped(0, known) for q in program.given)
    return Program(given, program.body, known)


def _symbolic_given(program: Program) -> dict[str, Quantity]:
    """What is given, with sizes as the layers that read it write them: ``n[0]`` rather than 784."""
    found: dict[str, Quantity] = {}
    own = {q.name: q for q in program.given}
    for part in program.parts:
        for quantity in part.kind.reads:
            name = quantity.name if part.label is None else relabel(quantity.name, part.label)
            if name in own and name not in found:
                axes = tuple(
                    replace(axis, size=stamp(axis.size, part.label or 0, {})) for axis in quantity.axes
                )
                domain = quantity.stamped(part.label or 0, {}).domain
                found[name] = replace(own[name], axes=axes, domain=domain)
    return found


def shrunk_derivation(derivation: Derivation, sizes: Mapping[sp.Symbol, sp.Expr] | None = None) -> Derivation:
    """The same record at small sizes: its chapters are templates, stamped with the sizes of the program."""
    chosen = small_sizes(derivation.forward) if sizes is None else sizes
    if not chosen:
        return derivation
    return replace(derivation, forward=resized(derivation.forward, chosen), _made={})
