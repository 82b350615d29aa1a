"""Code for every kind of layer: recurrences as loops, pooling, reshaping; against the interpreter at random sizes."""

from __future__ import annotations

import ast
import warnings
from functools import cache
from typing import Any

import numpy as np
import pytest

import symbackprop as sb
from symbackprop.language.quantity import PARAMETERS
from symbackprop.networks.kinds import AROUND, KINDS, example_toml
from symbackprop.numeric.evaluate import evaluate
from symbackprop.numeric.function import function
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


@cache
def derived(name: str) -> sb.Derivation:
    return sb.derive(network(name))


@cache
def source_of(name: str) -> str:
    return derived(name).source()


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


def agrees(name: str, sizes: dict[str, int]) -> None:
    """That the code agrees with the interpreter at these sizes."""
    d = derived(name)
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


@pytest.mark.parametrize("sizes", [{"T": 1, "m": 1}, {"T": 4, "m": 1}, {"T": 1, "m": 3}, {"T": 5, "m": 4}], ids=str)
@pytest.mark.parametrize("name", [*EXAMPLES, *OTHERS])
def test_code_is_the_interpreter(name: str, sizes: dict[str, int]) -> None:
    agrees(name, sizes)


@pytest.mark.parametrize("name", [*EXAMPLES, *OTHERS])
def test_code_of_a_layer_is_tidy(name: str) -> None:
    source = source_of(name)
    assert max(map(len, source.splitlines())) <= 100
    assert isinstance(ast.parse(source), ast.Module)
    if name in EXAMPLES:
        assert "axis(1" not in source  # indices have names
        assert "==" not in source.partition("# forward")[2]  # places are joined without matrices of zeros and ones


# what a lecturer shows


def test_a_recurrence_is_a_loop_that_counts_up_and_then_down() -> None:
    source = source_of("rnn")
    assert """
    z1, h1 = np.zeros((2, T, 4, m))
    for t in range(T):
        z1[t] = U1 @ at(h1, t - 1) + W1 @ x[t] + b1[:, None]
        h1[t] = np.tanh(z1[t])
""" in source
    assert """
    dh1, dz1 = np.zeros((2, T, 4, m))
    for t in reversed(range(T)):
        dh1[t] = U1.T @ at(dz1, t + 1) + W2.T @ dz2[t]
        dz1[t] = (1 - h1[t] ** 2) * dh1[t]
""" in source
    assert 'dU1 = np.einsum("tjk,tpk->jp", dz1, shifted(h1, -1), optimize=True) / m' in source


def test_a_maximum_is_found_once_on_the_way_back() -> None:
    source = source_of("maxpool")
    assert """
    c, u, p, k = grid(2, 2, 3, m)
    a2 = read(a1, c, p + 2 * u - 2, k).max(axis=2)
""" in source
    assert """
    i, u, k, p = grid(2, 2, m, 3)
    (p,) = winners(read(a1, i, p + 2 * u - 2, k), 1)
    i, u, k = grid(2, 2, m)
    da1 = scatter(da2, (2, 6, m), i, p + 2 * u - 2, k)
""" in source


def test_places_are_joined_and_parted() -> None:
    assert "a2 = a1.reshape(18, m)" in source_of("conv2d")
    assert "da1 = da2.reshape(2, 3, 3, m)" in source_of("conv2d")
    assert "a2 = read(x, j, k) + read(a1, j - 3, k)" in source_of("concat")
    assert "a1 = gamma1[:, None, None] * u1.reshape(4, 3, m)" in source_of("groupnorm")


def test_attention_is_a_softmax_with_a_mask() -> None:
    source = source_of("attention")
    assert "P1 = softmax(np.where(s <= t, S1, -np.inf), axis=1)" in source
    d = derived("attention")
    values = regular_values(d._vectorised.forward, 0)
    params, data = arguments(d._vectorised.forward, values)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss, grads = d.function()({n: 50 * p for n, p in params.items()}, 50 * data[0], data[1])
    assert np.isfinite(loss)
    assert all(np.all(np.isfinite(g)) for g in grads.values())


# what is given


def test_masks_come_after_the_input_and_the_target() -> None:
    assert "def value_and_grad(params, x, y, m2):" in source_of("dropout")


def test_data_that_are_an_axis_already_get_no_other() -> None:
    d = derived("rows of one axis each")
    assert "x: (4, 3)\n" in d.source()
    over = source_of("batchnorm")
    assert "x: (3, m)\n" in over


def test_one_datum_needs_no_axis_for_it() -> None:
    d = derived("lstm")
    over = d._vectorised.forward
    values = regular_values(over, 0, {s: {"T": 3, "m": 1}[str(s)] for s in free_sizes(over)})
    params, (x, y) = arguments(over, values)
    loss, grads = d.function()(params, x, y)
    same, found = d.function()(params, x[..., 0], y[..., 0])
    assert loss == same
    assert all(np.array_equal(found[n], g) for n, g in grads.items())
    with pytest.raises(ValueError, match="y must have shape"):
        d.function()(params, x, y[:2])


# maxima of other kinds


def by_formulas(*formulas: str, inputs: Any, sizes: dict[str, int] | None = None) -> sb.Derivation:
    return sb.derive(sb.Network([sb.layer("own", list(formulas), sizes), sb.dense(2)], inputs=inputs))


OWN = {
    "maxout": (("h[j] = max(p, W[j,p]*x[p])",), (4,)),
    "of everything": (("h[j] = b[j]*max(t, max(i, V[t,i]*x[t,i]))",), (3, 2)),
    "a state that is one number": (("h[t] = tanh(w*x[t] + u*h[t-1])",), (5,)),
    "two times back": (("h[t,j] = tanh(sum(i, W[j,i]*x[t,i]) + sum(p, U[j,p]*h[t-2,p]) + h[t-1,j])",), (5, 2)),
    "time as the last axis": (("h[j,t] = tanh(sum(i, W[j,i]*x[i,t]) + u[j]*h[j,t-1])",), (2, 4)),
    "the time itself": (("h[t] = tanh(w*x[t] + u*h[t-1]/t)",), (5,)),
    "a window of the past": (("h[t] = tanh(sum(p, K[p]*x[t-p]) + u*h[t-1])",), (5,)),
}
SIZES = {"maxout": {"j": 3}, "a window of the past": {"t": 5, "p": 2}}


@pytest.mark.parametrize("name", OWN)
def test_layers_of_ones_own(name: str) -> None:
    formulas, inputs = OWN[name]
    d = by_formulas(*formulas, inputs=inputs, sizes=SIZES.get(name, {"j": 2, "p": 2}))
    over = d._vectorised
    values = regular_values(over.forward, 0, dict.fromkeys(free_sizes(over.forward), 3))
    loss, expected = by_interpreter(over, values)
    params, data = arguments(over.forward, values)
    found, grads = d.function()(params, *data)
    assert abs(found - loss) < 1e-12
    for key, value in expected.items():
        np.testing.assert_allclose(grads[key], value, rtol=1e-9, atol=1e-12, err_msg=key)


def test_at_a_tie_the_first_gets_it_all() -> None:
    for name in ("maxpool", "image"):
        d = derived(name)
        over = d._vectorised
        values = regular_values(over.forward, 0, dict.fromkeys(free_sizes(over.forward), 2))
        values["a[0]"] = np.ones_like(values["a[0]"])  # every entry of a channel is the same
        params, data = arguments(over.forward, values)
        _, expected = by_interpreter(over, values)
        _, grads = d.function()(params, *data)
        for key, value in expected.items():
            np.testing.assert_allclose(grads[key], value, rtol=1e-9, atol=1e-12, err_msg=key)


# planted errors

PLANTED = {
    "the backward loop counts up": ("lstm", "reversed(range(T))", "range(T)"),
    "the forward loop counts down": ("gru", "for t in range(T)", "for t in reversed(range(T))"),
    "the future for the past": ("rnn", "at(h1, t - 1)", "h1[t]"),
    "the gradient of U reads the same time": ("rnn", "shifted(h1, -1)", "h1"),
    "the last of the greatest": ("maxpool", "rows.argmax(axis=-1)", "rows.argmin(axis=-1)"),
    "a window of another step": ("maxpool", "scatter(da2, (2, 6, m), i, p + 2 * u - 2, k)",
                                 "scatter(da2, (2, 6, m), i, p + u - 1, k)"),
    "no mask": ("attention", "np.where(s <= t, S1, -np.inf)", "S1"),
    "padding is not 0": ("conv1d", "- 1 for i, n in bounds)], 0.0)", "- 1 for i, n in bounds)], 1.0)"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_error_is_red(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    example, right, wrong = PLANTED[name]
    source = source_of(example)
    assert right in source
    monkeypatch.setattr(sb.Derivation, "function", lambda _: function(source.replace(right, wrong)))
    with pytest.raises(AssertionError):
        agrees(example, {"T": 4, "m": 2})


# other doors


SMALL = {
    "rnn": 'size = [3, 2]|kind = "rnn"; size = 2|kind = "dense"; size = 1',
    "gru": 'size = [2, 1]|kind = "gru"; size = 1|kind = "dense"; size = 1',
    "lstm": 'size = [2, 2]|kind = "lstm"; size = 1|kind = "dense"; size = 1',
    "maxpool": 'size = [1, 6]|kind = "conv1d"; channels = 1; kernel = 2; activation = "tanh"|kind = "maxpool"; '
               'kernel = 3; stride = 2|kind = "flatten"|kind = "dense"; size = 1',
    "attention": 'size = [2, 2]|kind = "attention"; size = 1; mask = "causal"|kind = "dense"; size = 1',
}


@pytest.mark.parametrize("name", SMALL)
def test_lambdify_of_small_layers(name: str) -> None:
    d = sb.derive(sb.Network.from_toml(example_toml(SMALL[name])))
    values = regular_values(d.forward)
    names = given_names(d.forward)
    _, expected = by_interpreter(d, values)
    found = d.lambdify()(**{names[q.name]: values[q.name] for q in d.forward.all_given})
    for key, value in expected.items():
        np.testing.assert_allclose(np.reshape(found[key], value.shape), value, rtol=1e-9, atol=1e-12, err_msg=key)


@pytest.mark.usefixtures("ends")
def test_an_lstm_of_a_usual_size_ends() -> None:
    text = 'size = ["T", 16]|kind = "lstm"; size = 32|kind = "dense"; size = 4'
    d = sb.derive(sb.Network.from_toml(example_toml(text)))
    over = d._vectorised.forward
    values = regular_values(over, 0, {s: {"T": 20, "m": 16}[str(s)] for s in free_sizes(over)})
    params, data = arguments(over, values)
    compute = d.function()
    compute(params, *data)


def test_the_command_that_is_named_makes_the_module_again() -> None:
    assert "Made by: symbackprop code 2-3-1\n" in sb.derive("2-3-1").source()
    for name in ("batchnorm", "pooled units", "lstm"):
        assert "Made by: Derivation.source()\n" in source_of(name)
