"""The numbers of a plot, layer by layer from the loss on: all of them computed from the derivation that is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from symbackprop.forms.counting import growth, parameters_by_layer
from symbackprop.forms.paths import reaches
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.functions import defined
from symbackprop.numeric.evaluate import evaluate, numbers
from symbackprop.numeric.sample import distinct_sizes, random_values

if TYPE_CHECKING:
    from symbackprop.api import Derivation

DEPTH = 10
"""The depth that is shown of a network whose depth is a symbol."""
MOST_DIFFERENTIATED = 12
"""Layers up to which SymPy is asked for the derivative of the composite loss; its expressions grow with the square."""
DRAWS = 20


@dataclass(frozen=True)
class Series:
    """A number a layer, and between what they lie where they were drawn at random."""

    name: str
    layers: tuple[str, ...]
    values: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


def assumed(d: Derivation, what: str) -> str:
    """The network, and the numbers that were taken for its symbols."""
    deep = d.record.forward.run is not None
    program = (d.at_depth(DEPTH) if deep else d).forward
    sizes = [f"{s} = {n}" for s, n in distinct_sizes(program).items()] if what != "reuse" else []
    taken = [*([f"L = {DEPTH}"] if deep else []), *sizes[:4], *(["…"] if len(sizes) > 4 else [])]
    return " · ".join([d.describe, ", ".join(taken)]) if taken else d.describe


def measured(d: Derivation, what: str, values: Mapping[str, Any] | None) -> list[Series]:
    """The series of one plot."""
    found = d.at_depth(DEPTH) if d.record.forward.run is not None else d
    series = _MEASURES[what](found, values)
    if not series[0].layers:
        raise SymbackpropError("there is no parameter to plot a gradient of")
    return series


def _reuse(d: Derivation, _: Mapping[str, Any] | None) -> list[Series]:
    """Factors of the path that are new, and those that were computed before."""
    found = reaches(d.record)
    layers = tuple(_label(r.layer) for r in found)
    return [Series("new", layers, tuple(float(r.new) for r in found)),
            Series("reused", layers, tuple(float(r.reused) for r in found))]  # fmt: skip


def _size(d: Derivation, _: Mapping[str, Any] | None) -> list[Series]:
    """Operations so far with and without reuse, and in SymPy's derivatives of the composite loss."""
    found = growth(d.record)
    layers = tuple(_label(g.layer) for g in found)
    sizes = {s: sp.Integer(n) for s, n in {**numbers(d.forward), **distinct_sizes(d.forward)}.items()}

    def series(name: str, counts: Sequence[sp.Expr]) -> Series:
        return Series(name, layers, tuple(float(e.xreplace(sizes)) for e in counts))

    made = [series("with", [g.with_reuse for g in found])]
    without = [g.without_reuse for g in found if g.without_reuse is not None]
    made += [series("without", without)] if len(without) == len(found) else []
    return [*made, *([series("sympy", counts)] if (counts := _sympy(d)) else [])]


def _sympy(d: Derivation) -> list[sp.Expr]:
    """The operations in SymPy's derivatives, added up; none where a quantity has axes or the network is too deep."""
    layers = parameters_by_layer(d.record)
    if not d.is_scalar or d.network is None or len(layers) > MOST_DIFFERENTIATED:
        return []
    loss = defined(d.network.loss)
    total, counts = sp.Integer(0), []
    for _, names in layers:
        leaves = [_leaf(loss, d.record.chapter(name).by.symbol) for name in names]
        total += sum((sp.count_ops(sp.diff(loss, leaf)) for leaf in leaves), sp.Integer(0))
        counts.append(total)
    return counts


def _leaf(loss: sp.Expr, symbol: sp.Symbol) -> sp.Expr:
    """How a parameter of one neuron stands in the composite loss: by itself, or as the only entry of an array."""
    entries = (e for e in loss.atoms(sp.Indexed) if e.base.label == symbol)
    return next(entries, symbol)


def _gradients(d: Derivation, values: Mapping[str, Any] | None) -> list[Series]:
    """The root mean square of the gradients of each layer: at the values given, or over random draws."""
    program = d.forward
    draws = [random_values(program, salt) for salt in range(DRAWS)] if values is None else [_fitting(d, values)]
    layers = [(_label(layer), names[0]) for layer, names in parameters_by_layer(d.record)]
    runs = [evaluate(d.record.backward, evaluate(program, v)) for v in draws]
    sizes = np.array([[float(np.sqrt(np.mean(np.square(run[name])))) for _, name in layers] for run in runs])
    low, middle, high = np.quantile(sizes, (0.1, 0.5, 0.9), axis=0)
    band = (tuple(low), tuple(high)) if values is None else ((), ())
    return [Series("rms" if values is None else "rms.here", tuple(label for label, _ in layers), tuple(middle), *band)]


def _fitting(d: Derivation, values: Mapping[str, Any]) -> dict[str, Any]:
    """A user's arrays for the program of the derivation, in which one neuron is a number."""
    return {q.name: np.reshape(values[q.name], ()) if d.is_scalar else values[q.name] for q in d.forward.all_given}


def _label(layer: object) -> str:
    return "–" if layer is None else str(layer)


_MEASURES: Mapping[str, Callable[..., list[Series]]] = {
    "reuse": _reuse, "size": _size, "gradients": _gradients,
}  # fmt: skip
