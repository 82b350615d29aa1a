"""Small programs written by hand in SymPy for tests of the calculus: they owe nothing to the networks room."""

from __future__ import annotations

import sympy as sp

from symbackprop.language.functions import ARGUMENT, named
from symbackprop.language.program import Kind, Part, Program
from symbackprop.language.quantity import LABEL, Axis, Equation, Quantity, index, size

SIGMA = named("sigmoid", 1 / (1 + sp.exp(-ARGUMENT)), r"\sigma")
J = Quantity("J", None, (), "loss")
i, j, k, p = (index(n) for n in "ijkp")


def units(label: object) -> Axis:
    return Axis("unit", size(label))  # type: ignore[arg-type]


def dense_kind() -> Kind:
    """z[j] = Σ_i W[j,i] a[i] + b[j], a[j] = σ(z[j]), for layer l."""
    before = LABEL - 1
    weight = Quantity("W", LABEL, (units(LABEL), units(before)), "weight")
    bias = Quantity("b", LABEL, (units(LABEL),), "bias")
    z = Quantity("z", LABEL, (units(LABEL),), "pre-activation")
    a = Quantity("a", LABEL, (units(LABEL),), "activation")
    read = Quantity("a", before, (units(before),), "activation")
    affine = sp.Sum(weight.at(j, i) * read.at(i), (i, 1, size(before))) + bias.at(j)
    return Kind((weight, bias), (Equation(z, (j,), affine), Equation(a, (j,), SIGMA(z.at(j)))), (read,))


def perceptron(*sizes: object) -> Program:
    """A stack of sigmoid layers with the notes' loss, 1/(2 n_L) Σ (a − y)²."""
    last = len(sizes) - 1
    values = {size(m): sp.Integer(s) if isinstance(s, int) else s for m, s in enumerate(sizes)}
    x = Quantity("a", 0, (units(0),), "input").stamped(0, values)
    y = Quantity("y", None, (units(last),), "target")
    out = Quantity("a", last, (units(last),), "activation")
    loss = sp.Sum((out.at(j) - y.at(j)) ** 2, (j, 1, size(last))) / (2 * size(last))
    parts = tuple(Part(KIND, label) for label in range(1, last + 1))
    return Program((x, y.stamped(0, values)), (*parts, Part(Kind((), (Equation(J, (), loss),), (out, y)))), values)


def vector(letter: str, length: object, role: str = "parameter") -> Quantity:
    return Quantity(letter, None, (Axis("unit", sp.Integer(length) if isinstance(length, int) else length),), role)  # type: ignore[arg-type]


def squares(q: Quantity) -> Equation:
    """J = Σ_i q[i]²."""
    return Equation(J, (), sp.Sum(q.at(i) ** 2, (i, 1, q.axes[0].size)))


KIND = dense_kind()
