"""Activations: each a forward formula, one line. Scalar ones become named functions; softmax reads the whole layer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from symbackprop.language.derivation import Assumption
from symbackprop.language.errors import NetworkError, nearest
from symbackprop.language.functions import ARGUMENT, Named, named, prime
from symbackprop.syntax.expression import Scope, expression
from symbackprop.syntax.formula import Node, parse_expression


@dataclass(frozen=True)
class Activation:
    """``formula`` is the value in terms of z (or of z[j], for one that reads the layer). ``kink``: its derivative jumps
    somewhere, so what holds there is an Assumption."""

    name: str
    formula: str
    says: str
    glyph: str | None = None
    positive_below_one: bool = False
    kink: bool = False
    vector: bool = False


TABLE: tuple[Activation, ...] = (
    Activation("sigmoid", "1/(1+exp(-z))", "the logistic function, between 0 and 1", r"\sigma",
               positive_below_one=True),
    Activation("tanh", "(exp(z)-exp(-z))/(exp(z)+exp(-z))", "the hyperbolic tangent, between -1 and 1", r"\tanh"),
    Activation("relu", "where(z > 0, z, 0)", "the positive part", kink=True),
    Activation("leaky_relu", "where(z > 0, z, 0.01*z)", "the positive part, and a hundredth of the negative",
               r"\operatorname{lrelu}", kink=True),
    Activation("softplus", "log(1+exp(z))", "a smooth positive part"),
    Activation("identity", "z", "nothing: a linear layer"),
    Activation("softmax", "exp(z[j])/sum(p, exp(z[p]))", "probabilities over the units of a layer",
               positive_below_one=True, vector=True),
)
ACTIVATIONS: dict[str, Activation] = {a.name: a for a in TABLE}


def activation(name: str) -> Activation:
    """The activation of that name, however its words are joined. Raises NetworkError with the nearest known name."""
    plain = name.lower().replace(" ", "_").replace("-", "_")
    joined = {a.name.replace("_", ""): a for a in TABLE}
    found = joined.get(plain.replace("_", ""))
    if found is None:
        raise NetworkError(f"unknown activation '{name}'; {nearest(plain, ACTIVATIONS)}")
    return found


def in_argument(formula: str) -> sp.Expr:
    """A formula in z as a SymPy expression in the argument of named functions."""

    def resolve(node: Node, scope: Scope) -> sp.Expr:
        if node.value != "z" or node.groups:
            raise scope.problem("an activation is written in z", node)
        return ARGUMENT

    return expression(parse_expression(formula), Scope(formula, resolve, {}, {}))


@cache
def function_class(name: str) -> type[Named]:
    """The named function of a scalar activation: ``sigmoid(z)``, printed σ(z)."""
    a = ACTIVATIONS[name]
    return named(a.name, in_argument(a.formula), a.glyph)


def functions() -> dict[str, type[Named]]:
    """Every scalar activation by the names under which formulas may call it."""
    result = {a.name: function_class(a.name) for a in TABLE if not a.vector and a.name != "identity"}
    return result | {"sigma": result["sigmoid"], "σ": result["sigmoid"]}


def assumptions(name: str) -> tuple[Assumption, ...]:
    """What is taken for granted of an activation: its derivative at a kink, by the branch that holds there."""
    if not ACTIVATIONS[name].kink:
        return ()
    slope = prime(function_class(name))  # type: ignore[arg-type]
    return (Assumption("kink", (slope(sp.Integer(0)), slope.definition.subs(ARGUMENT, 0))),)
