"""Code for every kind of layer: recurrences as loops, pooling, reshaping; against the interpreter at random sizes."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import symbackprop as sb
from symbackprop.language.quantity import PARAMETERS
from symbackprop.networks.kinds import AROUND, KINDS, example_toml
from symbackprop.numeric.evaluate import evaluate
from symbackprop.numeric.names import given_names
from symbackprop.numeric.sample import free_sizes, regular_values

EXAMPLES = {**{name: kind.example for name, kind in KINDS.items()},
            **{name: around[2] for name, around in AROUND.items()}}
OTHERS = {
    "both directions": 'size = ["T", 2]|kind = "gru"; size = 3; bidirectional = true|kind = "dense"; size = 2',
    "deep": 'size = ["T", 2]|kind = "lstm"; size = 2|kind = "rnn"; size = 3|kind = "dense"; size = 2',
    "sizes of one": 'size = ["T", 1]|kind = "lstm"; size = 1|kind = "dense"; size = 1',
    "image": 'size = [2, 6, 5]|kind = "conv2d"; channels = 3; kernel = 2; activation = "tanh"|kind = "maxpool"; '
             'kernel = [3, 2]; stride = 2|kind = "conv2d"; channels = 2; kernel = [1, 2]|kind = "flatten"|'
             'kind = "dense"; size = 2',
    "overlap": 'size = [2, 9]|kind = "conv1d"; channels = 2; kernel = 2; activation = "tanh"|kind = "maxpool"; '
               'kernel = 4; stride = 1|kind = "conv1d"; channels = 2; kernel = 3; stride = 2; padding = 1; '
               'dilation = 2|kind = "avgpool"; kernel = 2|kind = "flatten"|kind = "dense"; size = 2',
    "pooled units": 'size = 4|kind = "dense"; size = 6; activation = "tanh"|kind = "maxpool"; kernel = 2|'
                    'kind = "dense"; size = 2',
    "mask": 'size = ["T", 3]|kind = "attention"; size = 2; mask = "given"|kind = "dense"; size = 2',
    "rows of one axis each": 'size = [4, 3]|kind = "dense"; size = 2; activation = "tanh"|kind = "batchnorm"|'
                             'kind = "dense"; size = 2',
    "groups": 'size = [4, 3, 2]|kind = "conv2d"; channels = 4; kernel = 2; activation = "tanh"|kind = "groupnorm"; '
              'groups = 2|kind = "flatten"|kind = "dense"; size = 2',
    "table": 'size = ["T", 3]|kind = "embedding"; size = 4; positions = true|kind = "multihead"; heads = 2|'
             'kind = "gru"; size = 2|kind = "dense"; size = 2; activation = "softmax"',
    "inside": 'size = ["T", 3]|kind = "residual"; layers = [{kind = "lstm", size = 3}]|kind = "concat"; '
              'layers = [{kind = "rnn", size = 2}]|kind = "dense"; size = 2',
}


def network(name: str) -> sb.Network:
    return sb.Network.from_toml(example_toml({**EXAMPLES, **OTHERS}[name]))


def by_interpreter(d: Any, values: dict[str, Any]) -> tuple[float, dict[str, Any]]:
    """The loss and the gradients of parameters, as the interpreter finds them from the record."""
    results = evaluate(d.backward, values)
    names = given_names(d.forward)
    return results["J"], {names[q.name]: results[f"d{q.name}"] for q in d.forward.all_given if q.role in PARAMETERS}


def arguments(program: Any, values: dict[str, Any]) -> tuple[dict[str, Any], list[Any]]:
    """params, then x, y and masks."""
    names = given_names(program)
    params = {names[q.name]: values[q.name] for q in program.all_given if q.role in PARAMETERS}
    data = [q.name for q in program.all_given if q.role not in PARAMETERS]
    data.sort(key=lambda n: (n != "a[0]", n != "y"))
    return params, [values[n] for n in data]


def agrees(name: str, sizes: dict[str, int]) -> str:
    """That the code agrees with the interpreter at these sizes; the code."""
    d = sb.derive(network(name))
    over = d._vectorised
    at = {s: sizes.get(str(s), 3) for s in free_sizes(over.forward)}
    values = regular_values(over.forward, 0, at)
    loss, expected = by_interpreter(over, values)
    params, data = arguments(over.forward, values)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, grads = d.function()(params, *data)
    assert abs(found - loss) < 1e-12
    assert list(grads) == list(expected)
    for key, value in expected.items():
        assert grads[key].shape == value.shape
        np.testing.assert_allclose(grads[key], value, rtol=1e-9, atol=1e-12, err_msg=key)
    return d.source()


@pytest.mark.parametrize("sizes", [{"T": 1, "m": 1}, {"T": 4, "m": 1}, {"T": 1, "m": 3}, {"T": 5, "m": 4}], ids=str)
@pytest.mark.parametrize("name", [*EXAMPLES, *OTHERS])
def test_code_is_the_interpreter(name: str, sizes: dict[str, int]) -> None:
    agrees(name, sizes)
