"""Activations, losses, regularisers: every row of the tables derived, verified, run, and held against PyTorch."""

from __future__ import annotations

import json
import tomllib
import warnings
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.cli import main
from symbackprop.language.derivation import Derivation, Factor, Line, Product
from symbackprop.language.errors import NetworkError, SymbackpropError, SyntaxProblem
from symbackprop.language.functions import ARGUMENT, defined, prime
from symbackprop.language.numbers import decimal
from symbackprop.networks.activations import ACTIVATIONS, NAMED, activation, function_class, functions
from symbackprop.networks.activations import TABLE as ACTIVATION_TABLE
from symbackprop.networks.catalogue import catalogue
from symbackprop.networks.losses import LOSSES, example_activation
from symbackprop.networks.losses import TABLE as LOSS_TABLE
from symbackprop.networks.regularisers import PENALTIES, WEIGHTS
from symbackprop.networks.toml import schema
from symbackprop.notation.plain import text
from symbackprop.numeric.domains import RULES, Place, refuse_unfit
from symbackprop.numeric.given import from_json, from_seed
from symbackprop.numeric.sample import random_values, regular_values
from symbackprop.verify import report
from symbackprop.verify.report import verify

MADE_FOR = {loss.output: loss.name for loss in reversed(LOSS_TABLE)} | {"identity": "mse"}
SPECS = {a.name: f"{a.name}/{MADE_FOR.get(a.name, 'mse')}" for a in ACTIVATION_TABLE} | {
    f"loss {loss.name}": f"{example_activation(loss)}/{loss.name}" for loss in LOSS_TABLE}
"""The last activation and the loss that show each row."""


def spec(name: str, *sizes: int) -> str:
    """A network of that row; a hidden layer of the activation itself where there are three sizes."""
    last = SPECS[name]
    hidden = f"{sizes[1]}:{name if name in ACTIVATIONS else 'tanh'}-" if len(sizes) == 3 else ""
    return f"{sizes[0]}-{hidden}{sizes[-1]}:{last}"


def random_sizes(name: str) -> list[tuple[int, ...]]:
    """Three sets of sizes drawn by the name: one with a hidden layer, and one with a single output."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    return [tuple(rng.integers(2, 4, 3)), tuple(rng.integers(2, 4, 2)), (int(rng.integers(2, 4)), 1)]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every check but SymPy's own derivative of the whole, which takes as long as all others together."""
    monkeypatch.setattr(report, "CHECKS", {n: c for n, c in report.CHECKS.items() if n != "oracle"})


# every row is derived and checked


@pytest.mark.parametrize("name", SPECS)
def test_every_row_is_green_at_two_random_sets_of_sizes(name: str) -> None:
    for sizes in random_sizes(name)[1:]:
        found = sb.derive(spec(name, *sizes)).verify()
        assert found, (sizes, found.failed)
        assert "oracle" in {c.name for c in found.checks}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", SPECS)
def test_every_row_is_green_with_a_hidden_layer_and_over_data(name: str) -> None:
    found = sb.derive(spec(name, *random_sizes(name)[0])).verify()
    assert found, found.failed
    for batch in ("columns", "rows") if name.startswith("loss") else ():
        found = sb.derive(sb.Network(spec(name, 2, 3), batch=batch)).verify()  # type: ignore[arg-type]
        assert found, found.failed


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("row", catalogue(), ids=lambda r: r["kind"])
def test_every_example_is_a_whole_network_that_verifies(row: dict[str, str]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(tomllib.loads(row["example_toml"]), schema())
    assert row["says"]
    assert row["formula"]
    d = sb.derive(sb.Network.from_toml(row["example_toml"]))
    assert d.verify(), row["kind"]


@pytest.mark.parametrize("name", SPECS)
def test_every_row_is_printed(name: str) -> None:
    d = sb.derive(spec(name, 2, 3))
    for print_ in (d.latex(), d["W", 1].mathml(), str(d)):
        assert "Piecewise" not in print_
        assert "nan" not in print_.lower()
    assert all(f"loss {n}" in SPECS for n in LOSSES)


def test_a_derivative_that_keeps_its_name_is_defined_on_the_page() -> None:
    page = sb.derive("2-2:mish-1:relu").document("text")[0]
    for line in ("mish'(z) = z softplus'(z) tanh'(softplus(z)) + tanh(softplus(z))", "softplus'(z) = e^z/(1 + e^z)",
                 "relu'(z) = [z > 0]", "relu'(0) = 0"):  # fmt: skip
        assert line in page
    assert "σ'(z) =" not in sb.derive("1-1-1").document("text")[0].partition("Forward pass")[0]


@pytest.mark.parametrize("name", [a.name for a in ACTIVATION_TABLE if a.name in functions()])
def test_what_is_printed_is_read_again(name: str) -> None:
    """σ'(z) for every function: the printed derivative is the one that is read."""
    d = sb.derive(f"2-3:{name}")
    shown = text(d.writer().expression(prime(function_class(name))(ARGUMENT)))
    word = shown.partition("'")[0]
    assert functions()[word] is function_class(name)
    formula = f"dz[1][j] = {word}'(z[1][j]) * da[1][j]"
    assert [v.verdict for v in sb.check("2-3:" + name, formula)] == ["right"]


def test_aliases_and_joined_words() -> None:
    assert activation("SiLU").name == "swish"
    assert activation("Leaky ReLU").name == "leaky_relu"
    assert sb.Network("2-1:silu").program.equations[1] == sb.Network("2-1:swish").program.equations[1]
    with pytest.raises(NetworkError, match="did you mean 'silu'"):
        activation("siluu")
    assert set(NAMED) > set(ACTIVATIONS)


def test_where_a_derivative_jumps_is_said() -> None:
    assert [str(f) for f in sb.Network("2-1:selu").assumptions[0].formulas] == [
        "selu_prime(0)", str(sp.Rational("1.7580993408473766"))]
    for a in ACTIVATION_TABLE:
        if a.name in functions():
            jump = _jump(defined(prime(function_class(a.name)).definition))
            assert a.kink == (abs(jump) > 1e-9), a.name
    for loss in LOSS_TABLE:
        keys = [a.key for a in sb.Network(spec(f"loss {loss.name}", 2, 2)).assumptions]
        assert ("branch" in keys) == loss.kink
    assert "branch" in [a.key for a in sb.Network("2-1", regulariser={"kind": "l1"}).assumptions]


def _jump(slope: sp.Expr) -> float:
    right, left = (float(slope.subs(ARGUMENT, sp.Rational(sign, 10**12)).evalf(30)) for sign in (1, -1))
    return right - left if abs(right - left) > 1e-9 else 0.0


# generated code


def functional(net: sb.Network, data: int, salt: int = 0) -> tuple[Any, dict[str, Any], Any, Any]:
    """The generated function and random arguments for it."""
    over = net.with_batch("columns")
    sizes = {s: data for q in over.program.all_given for n in q.shape for s in n.free_symbols if s.name == "m"}
    values = regular_values(over.program, salt, sizes)
    params = {f"{q.letter}{q.layer}": values[q.name] for q in over.parameters}
    params |= {"lambda": values["lambda"]} if "lambda" in values else {}
    return sb.derive(net).function(), params, values["a[0]"], values["y"]


@pytest.mark.parametrize("name", SPECS)
def test_generated_code_neither_overflows_nor_is_nan(name: str) -> None:
    """Arguments of ±10⁴ and 0, warnings being errors; e^z of 10⁴ is no number, so exp is asked for less."""
    compute, params, _, y = functional(sb.Network(spec(name, 2, 3)), 4)
    large = 300.0 if name == "exp" else 1e4
    params["W1"] = large * np.array([[1.0, 0], [-1, 0], [0, 1]])
    params["b1"] = np.zeros(3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss, grads = compute(params, np.array([[1.0, -1, 1, 0], [1, 1, -1, 0]]), y)
    assert np.isfinite(loss)
    assert all(np.all(np.isfinite(g)) for g in grads.values())
    assert max(map(len, compute.__source__.splitlines())) <= 100


def test_kl_of_a_target_with_zeros() -> None:
    compute, params, x, _ = functional(sb.Network("2-3:softmax/kl"), 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss, _ = compute(params, x, np.array([[1.0, 0], [0, 0.5], [0, 0.5]]))
    cross, _ = sb.derive("2-3:softmax/ce").function()(params, x, np.array([[1.0, 0], [0, 0.5], [0, 0.5]]))
    assert abs(loss - (cross - np.log(2) / 2)) < 1e-12


# PyTorch, in float64


def torch_activations(torch: Any) -> dict[str, Callable[[Any], Any]]:
    f = torch.nn.functional
    return {
        "sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": f.relu, "leaky_relu": f.leaky_relu, "elu": f.elu,
        "selu": f.selu, "softplus": f.softplus, "swish": f.silu, "gelu": f.gelu, "mish": f.mish,
        "gelu_tanh": lambda z: f.gelu(z, approximate="tanh"), "softsign": f.softsign, "exp": torch.exp,
        "identity": lambda z: z, "softmax": lambda z: f.softmax(z, dim=1),
        "log_softmax": lambda z: f.log_softmax(z, dim=1),
    }


def torch_losses(torch: Any) -> dict[str, Callable[[Any, Any], Any]]:
    """Each by PyTorch's own function where it has one, the mean over data last; ``a`` and ``y`` have data as rows."""
    f = torch.nn.functional
    return {
        "mse": lambda a, y: f.mse_loss(a, y) / 2, "mse_mean": f.mse_loss,
        "sse": lambda a, y: f.mse_loss(a, y, reduction="sum") / 2 / len(a),
        "sum_squares": lambda a, y: f.mse_loss(a, y, reduction="sum") / len(a),
        "mae": f.l1_loss, "huber": f.huber_loss,
        "bce": lambda a, y: f.binary_cross_entropy(a, y, reduction="sum") / len(a),
        "bce_logits": lambda a, y: f.binary_cross_entropy_with_logits(a, y, reduction="sum") / len(a),
        "ce": lambda a, y: -(y * torch.log(a)).sum() / len(a),
        "ce_labels": lambda a, y: f.nll_loss(torch.log(a), y.long() - 1),
        "ce_smooth": lambda a, y: f.cross_entropy(torch.log(a), y, label_smoothing=0.1),
        "ce_logits": f.cross_entropy,
        "nll": lambda a, y: -(y * a).sum() / len(a),
        "kl": lambda a, y: f.kl_div(torch.log(a), y, reduction="batchmean"),
        "hinge": lambda a, y: f.margin_ranking_loss(a, 0 * a, y, margin=1, reduction="sum") / len(a),
        "multi_hinge": lambda a, y: f.multi_margin_loss(a, y.argmax(1)) * a.shape[1],
    }


@pytest.mark.parametrize("name", SPECS)
def test_pytorch_says_the_same(name: str) -> None:
    torch = pytest.importorskip("torch")
    last, _, loss = SPECS[name].partition("/")
    compute, params, x, y = functional(sb.Network(spec(name, 3, 4)), 5)
    w, b = (torch.tensor(params[k], dtype=torch.float64, requires_grad=True) for k in ("W1", "b1"))
    a = torch_activations(torch)[last](torch.tensor(x.T) @ w.T + b)
    expected = torch_losses(torch)[loss](a, torch.tensor(np.asarray(y).T))
    expected.backward()
    found, grads = compute(params, x, y)
    assert found == pytest.approx(expected.item(), rel=1e-10)
    np.testing.assert_allclose(grads["W1"], w.grad.numpy(), rtol=1e-10, atol=1e-10 * float(w.grad.abs().max()))
    np.testing.assert_allclose(grads["b1"], b.grad.numpy(), rtol=1e-10, atol=1e-10 * float(b.grad.abs().max()))


@pytest.mark.parametrize("name", [a.name for a in ACTIVATION_TABLE if not a.vector])
def test_at_a_kink_the_derivative_is_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    compute = sb.derive(f"1-1:{name}/sse").function()
    _, grads = compute({"W1": [[1.0]], "b1": [0.0]}, np.zeros((1, 1)), np.ones((1, 1)))
    z = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    a = torch_activations(torch)[name](z.reshape(1, 1))
    ((a - 1) ** 2 / 2).sum().backward()
    np.testing.assert_allclose(grads["b1"], z.grad.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("loss", ["mae", "huber", "hinge"])
def test_at_the_kink_of_a_loss(loss: str) -> None:
    """A perfect prediction is left alone; at a margin of exactly 1 nothing is gained."""
    compute = sb.derive(f"1-1:identity/{loss}").function()
    value, grads = compute({"W1": [[0.0]], "b1": [1.0]}, np.ones((1, 1)), np.ones((1, 1)))
    assert value == 0
    assert grads["b1"] == 0


def test_losses_that_are_one_another() -> None:
    """From logits, from labels, one-hot, with logarithms: one cross-entropy."""
    compute, params, x, y = functional(sb.Network("3-4:softmax/ce_labels"), 6)
    loss, grads = compute(params, x, y)
    one_hot = (np.arange(1, 5)[:, None] == y) * 1.0
    for other in ("softmax/ce", "identity/ce_logits", "log_softmax/nll", "softmax/kl"):
        same, found = sb.derive(f"3-4:{other}").function()(params, x, one_hot)
        assert same == pytest.approx(loss, rel=1e-12)
        np.testing.assert_allclose(found["W1"], grads["W1"], rtol=1e-9, atol=1e-14)


# what a target may hold


@pytest.mark.parametrize("kind", RULES)
def test_what_is_drawn_of_a_domain_belongs_to_it(kind: Any) -> None:
    rng = np.random.default_rng(1)
    for place in (Place((4, 50), 0, 4), Place((50, 4), 1, 4), Place((50,), None, 3), Place((), None, 1)):
        drawn = np.asarray(RULES[kind].draw(rng, place))
        assert drawn.shape == place.shape
        assert not np.any(RULES[kind].wrong(drawn, place))


def test_targets_are_drawn_as_the_loss_declares() -> None:
    for loss in LOSS_TABLE:
        program = sb.Network(spec(f"loss {loss.name}", 2, 3), batch="rows").program
        target = program.quantity("y")
        assert target.domain is not None
        assert target.domain.kind == loss.target
        refuse_unfit(program, random_values(program, 3))
        refuse_unfit(program, from_seed(program, 5))
    wide = sb.Network("2-100:softmax/ce", batch="rows").program
    refuse_unfit(wide, from_seed(wide, 2))
    labels = random_values(sb.Network("2-50:softmax/ce_labels", batch="rows").program, 0,
                           {sp.Symbol("m", integer=True, positive=True): 400})["y"]  # fmt: skip
    assert labels.shape == (400,)
    assert set(labels) <= set(range(1, 51))
    assert len(set(labels)) > 40


GIVEN: list[tuple[str, object, str]] = [
    ("2-3:softmax/ce_labels", 4, r"y must hold whole numbers from 1 to 3, the numbers of the classes; it holds 4"),
    ("2-3:softmax/ce_labels", 0, "it holds 0"), ("2-3:softmax/ce_labels", 1.5, "it holds 1.5"),
    ("2-3:softmax/ce", [0.5, 0.2, 0.2], "a sum of 0.9"), ("2-3:softmax/ce", [1.5, -0.5, 0], "it holds -0.5"),
    ("2-3:identity/hinge", [1, -1, 0], "y must hold 1 or -1; it holds 0"),
    ("2-3:sigmoid/bce", [1, 2, 0], "from 0 to 1; it holds 2"),
    ("2-3:identity/multi_hinge", [1, 1, 0], "a single 1"), ("2-3:softmax/ce", [1, 0], "y must have shape"),
]  # fmt: skip


@pytest.mark.parametrize(("network", "y", "words"), GIVEN)
def test_a_target_that_cannot_be_is_said(network: str, y: object, words: str, tmp_path: Path) -> None:
    path = tmp_path / "values.json"
    values = {"W1": [[1, 2], [0, 1], [3, 1]], "b1": [0, 0, 0], "x": [1, 1], "y": y}
    path.write_text(json.dumps(values))
    with pytest.raises(SymbackpropError, match=words):
        from_json(sb.Network(network).program, path)


def test_a_logarithm_of_zero_is_said_and_not_nan(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "values.json"
    path.write_text('{"W1": [[1000]], "b1": [0], "x": [1], "y": [0]}')
    assert main(["derive", "1-1:sigmoid/bce", "--values", str(path), "--lang", "en"]) == 3
    assert "J is not a finite number: it takes the logarithm of 0" in capsys.readouterr().err
    path.write_text('{"W1": [[1]], "b1": [0], "x": [1], "y": [2]}')
    assert main(["derive", "1-1:sigmoid/bce", "--values", str(path), "--lang", "en"]) == 3
    assert "y must hold probabilities" in capsys.readouterr().err


def test_verify_says_what_is_no_number() -> None:
    own = sb.layer("g", ["g[j] = log(-x[j]^2-w[j]^2)"])
    with pytest.raises(SymbackpropError, match=r"no point was found.*g\[g\] is not a finite number: it takes the log"):
        sb.derive(sb.Network([own], inputs=2)).verify()


def test_generated_code_refuses_a_class_that_is_none() -> None:
    compute, params, x, _ = functional(sb.Network("2-3:softmax/ce_labels"), 4)
    with pytest.raises(ValueError, match="y must hold class numbers, whole numbers from 1 to 3"):
        compute(params, x, np.arange(4))


# regularisers


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("kind", PENALTIES)
@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("biases", [False, True])
def test_every_convention_is_green(kind: str, weight: str, biases: bool) -> None:
    for network, batch in (("2-2-1", "columns"), ("1-1-1", "none"), ("2-2:softmax/ce", "rows")):
        asked = {"kind": kind, "weight": weight, "biases": biases}
        found = sb.derive(sb.Network(network, batch=batch, regulariser=asked)).verify()  # type: ignore[arg-type]
        assert found, found.failed


def test_a_penalty_is_what_sympy_differentiates() -> None:
    for kind in PENALTIES:
        found = sb.derive(sb.Network("2-2", regulariser={"kind": kind, "biases": True})).verify()
        assert found, found.failed
        assert ("oracle", "dW[1]") in {(c.name, c.target) for c in found.checks}


def test_a_weight_has_a_second_path_and_a_bias_has_not() -> None:
    d = sb.derive(sb.Network("2-3-2", batch="columns", regulariser={"kind": "l2", "weight": "λ / (2 m)"}))
    steps = d["W", 2].record.steps
    assert "∂R/∂w[2]_ji · ∂J/∂R" in text(d.writer().line(steps[0].after))
    assert text(d.writer().line(steps[-1].after)).endswith("+ 1/m · λ · w[2]_ji")
    assert str(d["W", 2].matrix) == "(1/m) dZ[2] (A[1])ᵀ + (λ/m) W[2]"
    assert "λ" not in str(d["b", 2])
    assert d.verify()
    both = sb.derive(sb.Network("2-2", regulariser={"kind": "l2", "biases": True}))
    assert text(both.writer().line(both["b", 1].record.result)).endswith("λ · b[1]_j")


@pytest.mark.parametrize("kind", PENALTIES)
@pytest.mark.parametrize("weight", WEIGHTS)
def test_the_penalty_is_that_of_pytorch(kind: str, weight: str) -> None:
    torch = pytest.importorskip("torch")
    compute, params, x, y = functional(sb.Network("3-2", regulariser={"kind": kind, "weight": weight}), 5)
    w = torch.tensor(params["W1"], requires_grad=True)
    a = torch.sigmoid(torch.tensor(x.T) @ w.T + torch.tensor(params["b1"]))
    number, by_data = WEIGHTS[weight]
    penalty = (w**2).sum() if kind == "l2" else w.abs().sum()
    loss = ((a - torch.tensor(y.T)) ** 2).mean() / 2 + params["lambda"] / (number * (5 if by_data else 1)) * penalty
    loss.backward()
    found, grads = compute(params, x, y)
    assert found == pytest.approx(loss.item(), rel=1e-12)
    np.testing.assert_allclose(grads["W1"], w.grad.numpy(), rtol=1e-10)
    with pytest.raises(ValueError, match="params has no lambda"):
        compute({k: v for k, v in params.items() if k != "lambda"}, x, y)


def test_lambda_is_given_like_data(tmp_path: Path, capsys: Any) -> None:
    net = tmp_path / "net.toml"
    net.write_text('regulariser = {kind = "l2", weight = "lambda/2", biases = false}\n[input]\nsize = 1\n[[layer]]\n'
                   'kind = "dense"\nsize = 1\nactivation = "identity"\n')
    values = tmp_path / "values.json"
    values.write_text('{"W1": [[2]], "b1": [0], "x": [1], "y": [1], "lambda": 0.5}')
    assert main(["derive", str(net), "--values", str(values), "--lang", "en"]) == 0
    page = capsys.readouterr().out
    assert "1.5" in page  # ½·1² + ½·0.5·2²
    values.write_text('{"W1": [[2]], "b1": [0], "x": [1], "y": [1]}')
    assert main(["derive", str(net), "--values", str(values), "--lang", "en"]) == 3
    assert "no value for lambda" in capsys.readouterr().err
    d = sb.derive(sb.Network.from_toml(net), wrt=["lambda"])
    assert d.verify()
    assert [v.verdict for v in sb.check(sb.Network.from_toml(net), "dW[1] = (a[1]-y)*x + λ*W[1]\ndW[1] = (a[1]-y)*x")
            ] == ["right", "wrong"]


def test_layers_of_ones_own_are_penalised_by_their_axes() -> None:
    own = sb.layer("gate", ["g[j] = sigmoid(sum(i, U[j,i]*x[i]) + c[j])"], {"j": 3})
    net = sb.Network([own], inputs=2, regulariser={"kind": "l2"})
    penalty = net.program.definition("R").expression
    assert {str(s) for s in penalty.atoms(sp.Symbol)} >= {"U[gate]"}
    assert "c[gate]" not in str(penalty)
    assert sb.derive(net).verify()
    with pytest.raises(NetworkError, match="penalises weights, and this network has none"):
        sb.Network([sb.layer("s", ["g[j] = c[j]*x[j]"])], inputs=2, regulariser={"kind": "l2"})


# what is said when it is wrong

MISFITS = [
    ("2-3:softmax/ce_logits", r"ce_logits needs an identity output.*is softmax; write :identity.*or take the loss bce"),
    ("2-3:identity/ce", "needs a softmax output.*take the loss bce_logits or ce_logits"),
    ("2-3/hinge", "compares scores of either sign.*write :identity"), ("2-3:tanh/kl", "write :softmax"),
    ("2-3:softmax/nll", "needs a log_softmax output"), ("2-3/nlll", "did you mean 'nll'"),
    ("2-3:log_softmax/bce", "between 0 and 1"), ("2-3:seluu", "did you mean 'selu'"),
]  # fmt: skip


@pytest.mark.parametrize(("network", "words"), MISFITS)
def test_a_loss_that_does_not_fit_says_what_to_write(network: str, words: str) -> None:
    with pytest.raises(SymbackpropError, match=words):
        sb.Network(network)


@pytest.mark.parametrize("loss", LOSSES)
def test_every_misfit_names_activations_and_losses_that_fit(loss: str) -> None:
    for a in ACTIVATIONS:
        try:
            sb.Network(f"2-2:{a}/{loss}")
        except NetworkError as problem:
            write, take = str(problem).partition("write :")[2].split(" after the last layer, or take the loss ")
            sb.Network(f"2-2:{write}/{loss}")
            for other in take.split(" or "):
                sb.Network(f"2-2:{a}/{other}")


TABLES = [
    ('{kind = "l3"}', "line 2: unknown regulariser 'l3'"), ('{weight = "lambda"}', "without a kind"),
    ('{kind = "l2", weight = "lamda/2"}', "did you mean 'lambda/2'"), ('{kind = "l2", weight = 2}', "the weight 2"),
    ('{kind = "l2", bias = true}', "unknown key 'bias' of a regulariser; did you mean 'biases'"),
    ('{kind = "l2", biases = 1}', "true or false, not 1"), ('"l2"', "is a table such as"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "words"), TABLES)
def test_a_wrong_regulariser(table: str, words: str) -> None:
    with pytest.raises(NetworkError, match=words):
        sb.Network.from_toml(f'title = "t"\nregulariser = {table}\n[input]\nsize = 2\n[[layer]]\nkind = "dense"\n'
                             "size = 1\n")


@pytest.mark.parametrize(("text", "words"), [
    ('title = "t"\nloss = "hing"', "line 2: unknown loss 'hing'; did you mean 'hinge'"),
    ('loss = "kl"', "line 1: the loss kl needs a softmax output"),
])
def test_a_wrong_loss_in_a_file_has_its_line(text: str, words: str) -> None:
    with pytest.raises(NetworkError, match=words):
        sb.Network.from_toml(f'{text}\n[input]\nsize = 2\n[[layer]]\nkind = "dense"\nsize = 1\n')


def test_equality_is_for_an_index_and_a_given_number() -> None:
    net = sb.Network([sb.layer("pick", ["h[j] = sum(i, where(i == j, 1, 0)*w[i]*x[i])"], {"j": 2})], inputs=3)
    assert sb.derive(net).verify()
    with pytest.raises(SyntaxProblem, match="== compares an index with a given number"):
        sb.Network([sb.layer("g", ["h[j] = where(x[j] == c[j], 1, 0)"])], inputs=3)


def test_pi_is_a_number_and_long_fractions_are_decimals() -> None:
    net = sb.Network([sb.layer("g", ["h[j] = exp(-x[j]^2*w[j]/2)/sqrt(2*pi)"])], inputs=2)
    assert sb.derive(net).verify()
    assert decimal(sp.Rational("0.044715")) == "0.044715"
    assert decimal(sp.Rational("1758.0993408")) == "1758.0993408"
    assert [decimal(sp.Rational(*q)) for q in ((1, 3000), (1001, 3000), (3, 2), (5, 1), (-1001, 2000))] == [None] * 5
    assert "0.044715" in sb.derive("2-1:gelu_tanh").source()


# a planted error goes red, by name


def planted(d: sb.api.Derivation, name: str, change: Callable[[Line], Line]) -> Derivation:
    record = d.record
    chapter = record.chapter(name)
    step = replace(chapter.steps[-1], after=change(chapter.result))
    entries = tuple(replace(e, template=replace(chapter, steps=(*chapter.steps[:-1], step)), label=None)
                    if e.name == name else e for e in record.entries)  # fmt: skip
    return replace(record, entries=entries, _made={})


PLANTS: dict[str, tuple[sb.Network, str, Callable[[Line], Line]]] = {
    "the slope of an activation": (
        sb.Network("2-3:swish"), "dz[1]",
        lambda line: Line(tuple(replace(p, factors=p.factors[1:]) for p in line.products))),
    "the derivative of a loss": (
        sb.Network("2-3:identity/bce_logits"), "da[1]", lambda line: Line((Product((Factor(line.expression + 1),)),))),
    "the path through the penalty": (
        sb.Network("2-3", regulariser={"kind": "l2"}), "dW[1]", lambda line: Line(line.products[:1])),
}


@pytest.mark.parametrize("error", PLANTS)
def test_a_planted_error_goes_red_by_name(error: str) -> None:
    net, name, change = PLANTS[error]
    found = verify(planted(sb.derive(net), name, change))
    failed = {(c.name, c.target) for c in found.failed}
    assert {("replay", name), ("backprop", name), ("difference", name), ("complex-step", name)} <= failed
    assert not found


def test_a_planted_target_is_refused() -> None:
    """A draw that is no class: what the sampler gives is held to what the loss declares."""
    program = sb.Network("2-3:softmax/ce_labels").program
    with pytest.raises(SymbackpropError, match="y must hold whole numbers"):
        refuse_unfit(program, {**random_values(program), "y": np.array(0.5)})
