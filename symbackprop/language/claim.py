"""Term, Claim, Reading: an equation that somebody wrote by hand, as it was typed and as it was understood."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

import sympy as sp

TermKind = Literal[
    "number", "quantity", "adjoint", "partial", "size", "index", "neg", "add", "scale", "hadamard", "matmul", "outer",
    "divide", "power", "transpose", "apply", "sum", "total", "diag", "ones", "delta", "column",
    "bracket", "largest", "winner",
]
ANY = sp.Symbol("?", integer=True, positive=True)
"""The length of a vector of ones that is as long as what it stands beside."""


@dataclass(frozen=True)
class Term:
    """One node of a formula by hand: names are resolved, every product has said which product it is.

    * ``number``: ``number``; 0.01 is 1/100. ``size``: the length of an axis, ``n[2]``, ``m``. ``index``:
      ``indices[0]``, an index that stands for its number. ``ones``: the vector of ones of length ``size``, which may be
      ``ANY``. ``delta``: Kronecker's, of two ``indices``.
    * ``quantity``: ``name`` in the record, ``W[2]``; ``indices`` of one entry, or () for the whole array.
      ``adjoint``: ``name`` of what the loss ``of`` is differentiated by. ``partial``: ``args`` are numerator and
      denominator, two ``quantity``: the total derivative of one by the other.
    * ``neg``, ``add``, ``divide``, ``transpose``, ``power`` (base, exponent; element-wise), and the products:
      ``hadamard``, ``matmul``, ``outer``, and ``scale``, where one factor at most is an array, or all are entries.
    * ``apply``: ``name`` of a function of one argument, element-wise: ``sigma``, ``sigma'``, ``exp``.
    * ``sum``: a body over ``indices``, each with its (first, last) in ``ranges``. ``total``: the sum of an array over
      its axis number ``axis``; with ``mean`` divided by how many there are. ``diag``: the matrix with a vector on the
      diagonal. ``bracket``: 1 where the comparisons of ``indices`` by the signs in ``name`` (``"<= <="``) hold, else 0.
      ``largest``: the greatest value of a body over ``indices``, each within its ``ranges``; ``winner``: 1 where
      ``indices`` is the first place that attains this ``largest``, else 0. ``column``: of an array with data (or times)
      along its second axis, the vector at ``indices[0]``.

    ``at`` and ``end`` say where it stood in the text.
    """

    kind: TermKind
    args: tuple[Term, ...] = ()
    name: str = ""
    of: str = ""
    indices: tuple[sp.Expr, ...] = ()
    ranges: tuple[tuple[sp.Expr, sp.Expr], ...] = ()
    number: Fraction = Fraction(0)
    size: sp.Expr = sp.S.One
    axis: int = 0
    mean: bool = False
    at: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    def having(self, *args: Term) -> Term:
        """The same node over other arguments."""
        return replace(self, args=args)


Range = tuple[sp.Symbol, sp.Expr]


@dataclass(frozen=True)
class Claim:
    """``left = right`` in index form, for every value of the indices in ``ranges`` (each from 1 to its size).

    The leaves of both are quantities of the network, true derivatives of the loss (``Quantity.adjoint``) and
    ``Partial`` (total derivatives of one quantity by another). ``label`` is the layer of a statement about every layer.
    ``left_term`` and ``right_term`` are what they were made from, for whoever looks for the mistake; None where the
    claim did not come from text. ``misfit``: the shapes of the two sides, or of what is multiplied, do not go together
    (in words); then ``left`` and ``right`` are NaN and the terms are all there is.
    """

    left: sp.Expr
    right: sp.Expr
    ranges: tuple[Range, ...] = ()
    label: int | None = None
    left_term: Term | None = None
    right_term: Term | None = None
    misfit: str = ""


@dataclass(frozen=True)
class Reading:
    """One equation as it was read: the claims it makes, one a layer where it speaks of a general layer.

    ``choices`` say what had to be decided, in words ("superscript l = layer"). ``others`` are further readings whose
    shapes fit as well. Where the text could not be read, ``problem`` says what, where and what to do, and there are no
    claims. ``definition``: the line gives a name to something (``let c = …``) and claims nothing.
    """

    text: str
    line: int
    column: int = 1
    claims: tuple[Claim, ...] = ()
    read_as: str = ""
    choices: tuple[str, ...] = ()
    others: tuple[Reading, ...] = ()
    problem: str = ""
    definition: bool = False
