"""Notation: a course's way of writing, as data. What is named decides what is derived and reused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from symbackprop.language.quantity import Role

Batch = Literal["none", "columns", "rows"]
Mark = Literal["[]", "()", "bare", "below"]


@dataclass(frozen=True)
class Notation:
    """One profile. ``named`` are the roles whose adjoints get a name and are reused in components; ``collected`` those
    that matrix forms may fold into, best first. ``prime`` writes σ'(z) as it is, or a(1 − a). ``mean_in`` puts the 1/m
    of the mean over data into the weights' gradients (adjoints are then per datum) or into the deltas.

    What a reader needs: ``mark``, how a layer label stands (``W^{[2]}``, ``W^{(2)}``, ``W^2``, ``W_2``), and how much
    it is greater than that of the record for units (``shift``) and for weights (``weight_shift``). ``reads`` gives
    letters their meaning, ``writes`` is the way back, in LaTeX. ``transposed``: weights are written (in, out) and data
    as rows, X W + b. ``error`` is a letter that means the derivative of the loss by the pre-activation, ``functions``
    letters that mean the activation of a layer, ``datum`` losses of one datum. ``loss`` is the course's usual loss.
    """

    name: str
    says: str
    named: tuple[Role, ...] = ("activation",)
    collected: tuple[Role, ...] = ("bias", "pre-activation", "auxiliary")
    prime: Literal["kept", "output"] = "kept"
    mean_in: Literal["weight", "delta"] = "weight"
    batch: Batch = "none"
    letters: Mapping[str, str] = field(default_factory=dict)
    """Letter of the record to letter on the page for components; capitals are for matrices."""
    product: str = "⊙"
    mark: Mark = "[]"
    shift: int = 0
    weight_shift: int = 0
    reads: Mapping[str, str] = field(default_factory=dict)
    """Letter to a letter of the record; ``x``, ``out`` and ``score`` are the input, the output, what the output
    is made of."""
    writes: Mapping[str, str] = field(default_factory=dict)
    transposed: bool = False
    error: str = ""
    functions: tuple[str, ...] = ("g", "f", "φ")
    datum: tuple[str, ...] = ("E", "l", "Loss")
    loss: str = "mse"
