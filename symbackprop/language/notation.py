"""Notation: a course's way of writing, as data. What is named decides what is derived and reused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from symbackprop.language.quantity import Role

Batch = Literal["none", "columns", "rows"]


@dataclass(frozen=True)
class Notation:
    """One profile. ``named`` are the roles whose adjoints get a name and are reused in components; ``collected`` those
    that matrix forms may fold into, best first. ``prime`` writes σ'(z) as it is, or a(1 − a). ``mean_in`` puts the 1/m
    of the mean over data into the weights' gradients (adjoints are then per datum) or into the deltas.
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
