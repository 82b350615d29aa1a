"""What second derivatives are derivatives of: ``s = Σ v ⊙ ∂J/∂W``, the slope of J along a direction v.

Its gradient is the Hessian-vector product (Pearlmutter 1994), so one more run of the same calculus gives that. A single
number needs no direction: ``s = ∂J/∂w``, and its gradient is a row of the Hessian. It is called s all the same:
``∂s/∂z`` counts every path, while ``∂(∂J/∂w)/∂z`` is the local derivative of one equation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import sympy as sp

from symbackprop.calculus.uses import Uses
from symbackprop.language.derivation import Assumption
from symbackprop.language.errors import DerivationError
from symbackprop.language.functions import ARGUMENT, Named, prime
from symbackprop.language.indices import fresh
from symbackprop.language.program import Part, Program
from symbackprop.language.quantity import Equation, Quantity, index

_LETTERS = "jikpqr"


def along(program: Program, names: Sequence[str]) -> tuple[Program, Quantity]:
    """The program with a direction given for each of these quantities, and ``s``, the sum of their products. One
    quantity that is a single number is s itself."""
    if len(set(names)) != len(names):
        raise DerivationError(f"of names {max(names, key=names.count)} twice")
    quantities = [program.quantity(name) for name in names]
    alone = len(names) == 1
    number = alone and not quantities[0].axes
    directions = [] if number else [_direction(program, q, alone) for q in quantities]
    ranges: dict[sp.Symbol, sp.Expr] = {}
    products = [_product(v, q, ranges) for v, q in zip(directions, quantities, strict=not number)]
    terms = [quantities[0].symbol] if number else products
    s = Quantity(_free("s", program), None, (), "slope")
    whole = Program((*program.given, *directions), (*program.body, Equation(s, (), sp.Add(*terms))), program.sizes)
    return whole, s


def _direction(program: Program, q: Quantity, alone: bool) -> Quantity:
    """``v``, or one of several by what it goes with: ``v_W[1]`` beside ``dW[1]``."""
    like = q.by or q
    if alone:
        return Quantity(_free("v", program), None, q.axes, "direction")
    own = None if like.own is None else sp.Symbol(_free(f"v_{like.own.name}", program))
    letter = f"v_{like.letter}" if own is None else own.name
    return Quantity(letter, like.layer if own is None else None, q.axes, "direction", own)


def _free(name: str, program: Program) -> str:
    """A name that nothing in the program has."""
    while name in program.shapes or any(s.name == name for s in program.by_symbol):
        name += "_1"
    return name


def _product(v: Quantity, q: Quantity, ranges: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
    """``Σ_j Σ_i v_ji q_ji``; within one equation an index has one range."""
    at: list[sp.Symbol] = []
    for axis in q.axes:
        letters = (index(letter) for letter in _LETTERS)
        free = (i for i in letters if i not in at and ranges.get(i, axis.size) == axis.size)
        at.append(next(free, None) or fresh({*ranges, *at}))
        ranges[at[-1]] = axis.size
    product = v.at(*at) * q.at(*at)
    # SymPy's innermost limit comes first, a person's outermost
    limits = [(i, sp.Integer(1), axis.size) for i, axis in reversed(list(zip(at, q.axes, strict=True)))]
    return sp.Sum(product, *limits) if limits else product


def needed(program: Program, of: Quantity, wrt: Iterable[str] | None) -> Program:
    """The program without the first derivatives that ``of`` does not depend on, so that a page need not show them."""
    kept = {*Uses(program, of.name).reached, *(wrt or ())}
    body = tuple(e for e in program.body if isinstance(e, Part) or e.quantity.by is None or e.quantity.name in kept)
    return replace(program, body=body)


def taken_for_granted(program: Program) -> tuple[Assumption, ...]:
    """That a derivative which jumps has the derivative 0: relu'' = 0, but for the kink, where there is none."""
    functions: set[type[Named]] = {type(f) for e in program.equations for f in e.expression.atoms(Named)}
    bent = sorted((f for f in functions if f.definition.has(sp.Piecewise) and f.order), key=lambda f: f.__name__)
    slopes = [prime(f) for f in bent]  # type: ignore[arg-type]
    flat = [f(ARGUMENT) for f in slopes if f.definition == 0]
    return (Assumption("flat", tuple(sp.Eq(f, 0, evaluate=False) for f in flat)),) if flat else ()
