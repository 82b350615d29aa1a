"""What there is: every kind, activation, loss and penalty with its formula, a line of words, and a whole network."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from symbackprop.language.errors import NetworkError
from symbackprop.networks.activations import TABLE as ACTIVATION_TABLE
from symbackprop.networks.kinds import AROUND, KINDS, Kind, example_toml
from symbackprop.networks.layers import Layer, Shape, Written, dense_formulas
from symbackprop.networks.losses import TABLE as LOSS_TABLE
from symbackprop.networks.losses import example_activation
from symbackprop.networks.regularisers import TABLE as PENALTY_TABLE
from symbackprop.networks.toml import read_toml

_FIRST_LOSS = {loss.output: loss.name for loss in reversed(LOSS_TABLE)} | {"identity": "mse"}
"""The loss an activation is shown with: the first that is made for it."""


def catalogue() -> list[dict[str, str]]:
    """What there is: kind, formula, one line, and a whole network in TOML that shows it."""
    rows = [{"kind": "dense", "formula": "; ".join(dense_formulas("sigmoid")),
             "says": "every unit reads every unit of the layer before", "example_toml": _example("dense", "sigmoid",
                                                                                               "mse")}]
    rows += [{"kind": k.name, "formula": formulas_of(k), "says": k.says, "example_toml": example_toml(k.example)}
             for k in KINDS.values()]
    rows += [{"kind": name, "formula": formulas, "says": says, "example_toml": example_toml(example)}
             for name, formulas, says, example in around()]
    for a in ACTIVATION_TABLE:
        loss = _FIRST_LOSS.get(a.name, "mse")
        formula = f"a[j] = {a.formula}" if a.vector else f"a = {a.formula}"
        rows.append({"kind": f"activation {a.name}", "formula": formula, "says": a.says,
                     "example_toml": _example("dense", a.name, loss)})
    for loss_ in LOSS_TABLE:
        rows.append({"kind": f"loss {loss_.name}", "formula": f"L = {loss_.formula}", "says": loss_.says,
                     "example_toml": _example("dense", example_activation(loss_), loss_.name)})
    for p in PENALTY_TABLE:
        table = f'regulariser = {{kind = "{p.kind}", weight = "{p.weight}"}}\n'
        rows.append({"kind": f"regulariser {p.kind}", "formula": f"J = L + {p.weight} * sum of {p.formula}, z a weight",
                     "says": p.says, "example_toml": table + _example("dense", "sigmoid", "mse")})
    return rows


SHAPES: tuple[Shape, ...] = ((sp.Integer(4),), (sp.Integer(2), sp.Integer(7)))
"""Vectors first: a norm is shortest over one."""


def formulas_of(kind: Kind) -> str:
    """The formulas of a kind with the options of its example, at the first shape that suits it."""
    read = read_toml(example_toml(kind.example))
    made: Layer = next(layer for layer in read.layers if layer.kind == kind.name)
    assert made.write is not None
    shapes: list[Shape] = [read.inputs] if made is read.layers[0] else list(SHAPES)
    for shape in shapes:
        try:
            written = made.write(shape, read.batch or "none")
        except NetworkError:
            continue
        if isinstance(written, Written):
            return "; ".join(written.formulas)
        return ", then ".join(f"{layer.kind} of {', '.join(inner.kind for inner in layer.inner)}" for layer in written)
    raise NetworkError(f"the example of {kind.name} has no shape that suits it")


def around() -> Iterator[tuple[str, str, str, str]]:
    for name, (write, says, example) in AROUND.items():
        yield name, "; ".join(write((sp.Integer(3),), (sp.Integer(3),)).formulas), says, example


def _example(kind: str, last: str, loss: str) -> str:
    return (f'loss = "{loss}"\n\n[input]\nsize = 3\n\n[[layer]]\nkind = "{kind}"\nsize = 4\nactivation = "tanh"\n\n'
            f'[[layer]]\nkind = "{kind}"\nsize = 2\nactivation = "{last}"\n')
