"""One change of a formula, and the few words that every rule needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from symbackprop.language.claim import Term


@dataclass(frozen=True)
class Edit:
    """``term`` is the formula with one change; ``kind`` names the mistake, ``cost`` says how far-fetched it is."""

    term: Term
    kind: str
    words: Mapping[str, str] = field(default_factory=dict)
    span: tuple[int, int] = (0, 0)
    cost: float = 1.0


Local = Iterator[Edit]


def place(term: Term) -> tuple[int, int]:
    return term.at, term.end


def edit(old: Term, new: Term, kind: str, cost: float = 1.0, **words: str) -> Edit:
    return Edit(new, kind, words, place(old), cost)


def number(n: int | Fraction) -> Term:
    return Term("number", number=Fraction(n))


def product(*factors: Term, array: bool) -> Term:
    """Factors side by side, a product within a product laid open."""
    kind = "hadamard" if array else "scale"
    flat = [f for t in factors for f in (t.args if t.kind == kind else (t,))]
    return Term(kind, tuple(flat), at=factors[0].at, end=factors[0].end)  # type: ignore[arg-type]


def nodes(term: Term) -> Iterator[Term]:
    yield term
    for arg in term.args:
        yield from nodes(arg)


def called(term: Term) -> str:
    if term.kind in ("quantity", "adjoint"):
        return f"d{term.of}/d{term.name}" if term.kind == "adjoint" else term.name
    if term.kind == "number":
        return str(term.number)
    if term.kind == "size":
        return str(term.size)
    if term.kind == "apply":
        return f"{term.name}({called(term.args[0])})"
    if term.kind == "transpose":
        return called(term.args[0]) + "ᵀ"
    return "(…)" if term.args else term.kind
