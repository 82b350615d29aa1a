"""Activations: each a forward formula, one line. Scalar ones become named functions; softmax reads the whole layer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import sympy as sp

from symbackprop.language.derivation import Assumption
from symbackprop.language.errors import NetworkError, nearest
from symbackprop.language.functions import ARGUMENT, Named, named, prime
from symbackprop.syntax.expression import CONSTANTS, ELEMENTARY, Scope, expression
from symbackprop.syntax.formula import Node, parse_expression


@dataclass(frozen=True)
class Activation:
    """``formula`` is the value in terms of z (or of z[j], for one that reads the layer); it may call the activations
    above it. ``kink``: its derivative jumps somewhere, so what holds there is an Assumption."""

    name: str
    formula: str
    says: str
    glyph: str | None = None
    positive_below_one: bool = False
    kink: bool = False
    vector: bool = False
    aliases: tuple[str, ...] = ()


TABLE: tuple[Activation, ...] = (
    Activation("sigmoid", "1/(1+exp(-z))", "the logistic function, between 0 and 1", r"\sigma",
               positive_below_one=True),
    Activation("tanh", "(exp(z)-exp(-z))/(exp(z)+exp(-z))", "the hyperbolic tangent, between -1 and 1", r"\tanh"),
    Activation("relu", "where(z > 0, z, 0)", "the positive part", kink=True),
    Activation("leaky_relu", "where(z > 0, z, 0.01*z)", "the positive part, and a hundredth of the negative",
               r"\operatorname{lrelu}", kink=True),
    Activation("elu", "where(z > 0, z, exp(z)-1)", "the positive part, and a negative one that ends at -1"),
    Activation("selu", "where(z > 0, 1.0507009873554805*z, 1.7580993408473766*(exp(z)-1))",
               "elu scaled so that layers keep mean 0 and variance 1", kink=True),
    Activation("softplus", "log(1+exp(z))", "a smooth positive part"),
    Activation("swish", "z*sigmoid(z)", "z let through by its own sigmoid", aliases=("silu",)),
    Activation("gelu", "z/2*(1+erf(z/sqrt(2)))", "z times the probability that a normal number is below it"),
    Activation("gelu_tanh", "z/2*(1+tanh(sqrt(2/pi)*(z+0.044715*z^3)))", "gelu, approximated with tanh",
               r"\operatorname{gelutanh}"),
    Activation("mish", "z*tanh(softplus(z))", "z let through by the tanh of its softplus"),
    Activation("softsign", "where(z > 0, z/(1+z), z/(1-z))", "z/(1+|z|), between -1 and 1"),
    Activation("exp", "exp(z)", "the exponential function, positive"),
    Activation("identity", "z", "nothing: a linear layer", aliases=("linear",)),
    Activation("softmax", "exp(z[j])/sum(p, exp(z[p]))", "probabilities over the units of a layer",
               positive_below_one=True, vector=True),
    Activation("log_softmax", "z[j]-log(sum(p, exp(z[p])))", "logarithms of probabilities over the units of a layer",
               vector=True),
)
ACTIVATIONS: dict[str, Activation] = {a.name: a for a in TABLE}
NAMED: dict[str, Activation] = {name: a for a in TABLE for name in (a.name, *a.aliases)}
"""By every name that is read."""


def activation(name: str) -> Activation:
    """The activation of that name, however its words are joined. Raises NetworkError with the nearest known name."""
    if not isinstance(name, str):
        raise NetworkError(f"activation is a name in quotes, not {name!r}")
    plain = name.lower().replace(" ", "_").replace("-", "_")
    joined = {known.replace("_", ""): a for known, a in NAMED.items()}
    found = joined.get(plain.replace("_", ""))
    if found is None:
        raise NetworkError(f"unknown activation '{name}'; {nearest(plain, NAMED)}")
    return found


def in_argument(formula: str, functions: Mapping[str, type[Named]] | None = None) -> sp.Expr:
    """A formula in z as a SymPy expression in the argument of named functions; ``functions`` it may call."""

    def resolve(node: Node, scope: Scope) -> sp.Expr:
        if node.groups or str(node.value) not in ("z", *CONSTANTS):
            raise scope.problem("this formula is written in z", node)
        return CONSTANTS.get(str(node.value), ARGUMENT)

    return expression(parse_expression(formula), Scope(formula, resolve, {}, functions or {}))


def _is_function(a: Activation) -> bool:
    """Whether an activation is a function of one number with a name of its own; exp is one of SymPy's."""
    return not a.vector and a.name != "identity" and a.name not in ELEMENTARY


@cache
def function_class(name: str) -> type[Named]:
    """The named function of a scalar activation: ``sigmoid(z)``, printed σ(z)."""
    a = ACTIVATIONS[name]
    above = {b.name: function_class(b.name) for b in TABLE[: TABLE.index(a)] if _is_function(b)}
    return named(a.name, in_argument(a.formula, above), a.glyph)


def functions() -> dict[str, type[Named]]:
    """Every scalar activation by the names under which formulas may call it: its own, and the one it is printed with,
    since what was printed is read again."""
    result: dict[str, type[Named]] = {}
    for a in filter(_is_function, TABLE):
        printed = re.findall(r"[A-Za-z]+", a.glyph or "")[-1:]
        result |= dict.fromkeys((a.name, *a.aliases, *printed), function_class(a.name))
    return result | {"σ": result["sigmoid"]}


def assumptions(name: str) -> tuple[Assumption, ...]:
    """What is taken for granted of an activation: its derivative at a kink, by the branch that holds there."""
    if not ACTIVATIONS[name].kink:
        return ()
    slope = prime(function_class(name))  # type: ignore[arg-type]
    return (Assumption("kink", (slope(sp.Integer(0)), slope.definition.subs(ARGUMENT, 0))),)
