"""Regularisers: a penalty on the parameters, added once to the loss, whatever the number of data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbackprop.language.errors import NetworkError, nearest
from symbackprop.language.functions import ARGUMENT
from symbackprop.language.quantity import PARAMETERS, Equation, Quantity, index
from symbackprop.networks.activations import in_argument

LAMBDA = Quantity("lambda", None, (), "constant")
"""How much the penalty counts: a number given with the data, printed λ."""
PENALTY = Quantity("R", None, (), "auxiliary")


@dataclass(frozen=True)
class Penalty:
    """``formula`` is what one entry z of a parameter costs; ``weight`` what the sum is multiplied by where nobody says.
    ``kink``: the derivative jumps somewhere."""

    kind: str
    formula: str
    says: str
    weight: str
    kink: bool = False


TABLE: tuple[Penalty, ...] = (
    Penalty("l2", "z^2", "squares of the weights, so that they stay small", "lambda/2"),
    Penalty("l1", "where(z > 0, z, where(z < 0, -z, 0))",
            "absolute values of the weights, so that many become 0; the derivative is 0 at 0", "lambda", kink=True),
)
PENALTIES: dict[str, Penalty] = {p.kind: p for p in TABLE}
WEIGHTS: dict[str, tuple[int, bool]] = {
    "lambda": (1, False), "lambda/2": (2, False), "lambda/m": (1, True), "lambda/2m": (2, True),
}  # fmt: skip
"""λ over what number, and whether over the number of data too (for one datum m is 1)."""
KEYS = ("kind", "weight", "biases")


@dataclass(frozen=True)
class Regulariser:
    """A penalty as asked for: ``weight`` is a key of WEIGHTS; ``biases``: they are penalised too."""

    penalty: Penalty
    weight: str
    biases: bool = False

    @property
    def describe(self) -> str:
        return f"with {self.penalty.kind}"


def regulariser(asked: Regulariser | Mapping[str, Any] | None) -> Regulariser | None:
    """``{"kind": "l2", "weight": "lambda/2", "biases": False}`` as a Regulariser. Raises NetworkError."""
    if asked is None or isinstance(asked, Regulariser):
        return asked
    if not isinstance(asked, Mapping):
        raise NetworkError(f"a regulariser is a table such as {{kind = \"l2\", weight = \"lambda/2\"}}, not {asked!r}")
    for key in asked:
        if key not in KEYS:
            raise NetworkError(f"unknown key '{key}' of a regulariser; {nearest(str(key), KEYS)}")
    kind, biases = asked.get("kind"), asked.get("biases", False)
    if kind not in PENALTIES:
        what = f"unknown regulariser {kind!r}" if kind is not None else "a regulariser without a kind"
        raise NetworkError(f"{what}; {nearest(str(kind), PENALTIES)}")
    if not isinstance(biases, bool):
        raise NetworkError(f"biases of a regulariser is true or false, not {biases!r}")
    return Regulariser(PENALTIES[kind], _weight(asked.get("weight", PENALTIES[kind].weight)), biases)


def _weight(text: object) -> str:
    """The weight as WEIGHTS has it: ``λ / (2 m)`` is lambda/2m."""
    plain = str(text).replace("λ", "lambda")
    for sign in " ()*":
        plain = plain.replace(sign, "")
    if not isinstance(text, str) or plain not in WEIGHTS:
        raise NetworkError(f"the weight {text!r} of a regulariser; {nearest(plain, WEIGHTS)}")
    return plain


def penalised(chosen: Regulariser, parameters: Sequence[Quantity]) -> tuple[Quantity, ...]:
    """Which parameters are penalised: without biases, weights and what else has two axes or more."""
    return tuple(q for q in parameters if q.role in PARAMETERS and (
        chosen.biases or q.role == "weight" or (q.role == "parameter" and len(q.axes) > 1)))


def with_penalty(
    chosen: Regulariser, loss: Equation, parameters: Sequence[Quantity], data: sp.Expr
) -> tuple[tuple[Equation, Equation], tuple[Quantity, ...]]:
    """``R = λ/2 (Σ W[1]² + Σ W[2]²)`` and ``J = … + R``, and what they read beside the loss. Raises NetworkError where
    there is nothing to penalise.

    R has a name so that a weight's second path is one to be seen: ∂R/∂w · ∂J/∂R, and not ∂J/∂w within ∂J/∂w.
    """
    over = penalised(chosen, parameters)
    if not over:
        raise NetworkError("the regulariser penalises weights, and this network has none; write biases = true, or "
                           "leave it out")
    number, by_data = WEIGHTS[chosen.weight]
    scale = LAMBDA.symbol / (number * data if by_data else number)
    formula = in_argument(chosen.penalty.formula)
    total = sp.Add(*(_over_entries(formula, q) for q in over))
    whole = Equation(loss.quantity, loss.indices, loss.expression + PENALTY.symbol)
    return (Equation(PENALTY, (), scale * total), whole), (LAMBDA, *over)


def _over_entries(formula: sp.Expr, q: Quantity) -> sp.Expr:
    """The sum over every entry of a parameter."""
    at = tuple(index(letter) for letter in "jipqrs"[: len(q.axes)])
    entry = formula.xreplace({ARGUMENT: q.at(*at)})
    ranges = [(i, sp.Integer(1), n) for i, n in zip(at, q.shape, strict=True)]
    return sp.Sum(entry, *reversed(ranges)) if ranges else entry
