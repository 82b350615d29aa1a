"""Kinds of layers: random sizes verified, held against PyTorch, planted errors by name, wrong input."""

from __future__ import annotations

import itertools
import json
import time
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp
from kind_tables import SIZES, TURNS, Table, drawn, front, network, table
from kind_torch import Torch
from test_verify import red, with_result

import symbackprop as sb
from symbackprop.cli import main
from symbackprop.language.derivation import Derivation, Factor, Product
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.indices import base_of, leaves
from symbackprop.networks.kinds import AROUND, KINDS
from symbackprop.numeric.domains import run, unit_axis
from symbackprop.numeric.evaluate import evaluate
from symbackprop.numeric.sample import distinct_sizes, random_values
from symbackprop.verify import report
from symbackprop.verify.report import verify

EXAMPLES = Path(__file__).parent.parent / "examples"
ALL = (*KINDS, *AROUND)
NAMES = ("gpt", "lstm", "convnet")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every check but SymPy's own derivative of the whole, which takes as long as all others together."""
    monkeypatch.setattr(report, "CHECKS", {n: c for n, c in report.CHECKS.items() if n != "oracle"})


# green at random sizes


def test_every_kind_has_sizes_and_options_of_its_own() -> None:
    """A kind that is added needs a row in kind_tables; three networks a kind, no two with the same shapes."""
    for kind in ALL:
        shapes = [[q.shape for q in network(drawn(kind, turn)).program.quantities.values()] for turn in range(TURNS)]
        assert all(a != b for a, b in itertools.combinations(shapes, 2)), kind
    assert set(SIZES) == set(ALL), "a row for a kind that there is not"
    with pytest.raises(AssertionError, match="no sizes for kind lstmm"):
        drawn("lstmm", 0)


@pytest.mark.parametrize("kind", ALL)
def test_every_kind_is_green_with_ones_among_its_sizes(kind: str) -> None:
    found = sb.derive(network(drawn(kind, 0))).verify()
    assert found, found.failed
    assert len(found.checks) > 15


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("turn", range(1, TURNS))
@pytest.mark.parametrize("kind", ALL)
def test_every_kind_is_green_at_random_sizes(kind: str, turn: int) -> None:
    found = sb.derive(network(drawn(kind, turn))).verify()
    assert found, found.failed
    assert {"replay", "backprop", "difference", "complex-step"} <= {c.name for c in found.checks}


@pytest.mark.parametrize("stride", [1, 2])
def test_an_axis_that_others_are_made_of_is_long_enough(stride: int) -> None:
    """At n = 2 a convolution of n − 2 places would have none, and every check would agree about nothing."""
    net = sb.Network([sb.layer("conv1d", channels=2, kernel=5, stride=stride)], inputs=[1, "n"])
    (n,) = distinct_sizes(net.program).values()
    assert (n - 5) // stride + 1 >= 2
    found = sb.derive(net).verify()
    assert found, found.failed
    assert ("complex-step", "dW[1]") in {(c.name, c.target) for c in found.checks}


# PyTorch


def values_of(net: sb.Network, of: Mapping[str, Any], salt: int = 0) -> dict[str, Any]:
    """Arrays for a network, as it was written: tokens one-hot, a mask of zeros and ones that shuts no row out."""
    values = random_values(net.program, salt)
    q = net.program.quantity("a[0]")
    if of["layer"][0]["kind"] == "embedding":
        axis = max(k for k, a in enumerate(q.axes) if a.name != "datum")
        values[q.name] = (values[q.name] == values[q.name].max(axis, keepdims=True)) * 1.0
    for m in (p for p in net.program.all_given if p.letter == "m"):
        values[m.name] = np.round(values[m.name])
        values[m.name].flat[0] = 1.0
        if np.ndim(values[m.name]) == 2 and len(set(m.shape)) == 1:
            np.fill_diagonal(values[m.name], 1.0)
    return values


def gradients(net: sb.Network, values: Mapping[str, Any]) -> tuple[float, dict[str, Any]]:
    """The loss and the derived gradient of every parameter. One that the loss does not depend on has none: 0."""
    d = sb.derive(net)
    # where every size is 1 the program is one about numbers
    ours = {q.name: np.reshape(values[q.name], ()) if not q.axes else values[q.name] for q in d.forward.all_given}
    forward = evaluate(d.forward, ours)
    found = evaluate(d.record.backward, forward)
    return float(forward["J"]), {q.name: np.reshape(found.get(f"d{q.name}", np.zeros(np.shape(values[q.name]))),
                                                    np.shape(values[q.name])) for q in net.parameters}  # fmt: skip


def same_as_torch(net: sb.Network, of: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Loss and gradients compared; what torch found."""
    torch = pytest.importorskip("torch")
    theirs = Torch(torch, values, of.get("batch", "none"))
    loss = theirs.loss(of)
    loss.backward()
    expected = {q.name: theirs.leaves[q.name].grad.numpy() for q in net.parameters}
    found_loss, found = gradients(net, values)
    assert found_loss == pytest.approx(loss.item(), rel=1e-12)
    largest = max(float(np.max(np.abs(g))) for g in expected.values())
    for name, g in expected.items():
        # a gradient that cancels altogether (a softmax over one place) leaves rounding of what it is made of
        np.testing.assert_allclose(found[name], g, rtol=0, err_msg=name,
                                   atol=1e-10 * max(float(np.max(np.abs(g))), 1e-4 * largest))
    return expected


@pytest.mark.parametrize("turn", range(TURNS))
@pytest.mark.parametrize("kind", ALL)
def test_gradients_are_pytorchs(kind: str, turn: int) -> None:
    of = drawn(kind, turn, salt=1)
    net = network(of)
    expected = same_as_torch(net, of, values_of(net, of))
    assert turn == 0 or any(np.any(g) for g in expected.values())


@pytest.mark.parametrize("stride", [1, 2])
def test_of_equal_entries_of_a_window_the_first_is_the_greatest(stride: int) -> None:
    torch = pytest.importorskip("torch")
    x = np.array([[1.0, 3, 3, 3, 0, 2, 2], [0, 0, 0, 0, 0, 0, 0]])
    net = sb.Network([sb.layer("maxpool", kernel=3, stride=stride), sb.dense(2, "tanh")], inputs=[2, 7])
    d = sb.derive(net, wrt=["a[0]"])
    values = {**random_values(net.program, 3), "a[0]": x}
    found = evaluate(d.record.backward, evaluate(d.forward, values))["da[0]"]
    of = table([2, 7], {"kind": "maxpool", "kernel": 3, "stride": stride},
               {"kind": "dense", "size": 2, "activation": "tanh"})
    theirs = Torch(torch, values, "none")
    theirs.leaves["a[0]"] = torch.tensor(x, requires_grad=True)
    theirs.loss(of).backward()
    expected = theirs.leaves["a[0]"].grad.numpy()
    assert 0 < np.count_nonzero(expected) < x.size
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-15)


# three networks in examples/


def example(name: str) -> str:
    return (EXAMPLES / f"{name}.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_green(name: str) -> None:
    began = time.process_time()
    d = sb.derive(sb.Network.from_toml(example(name)))
    assert time.process_time() - began < 5
    found = d.verify()
    assert found, found.failed


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("times", ['"T"', "3"])
def test_examples_are_pytorchs(name: str, times: str) -> None:
    text = example(name).replace('"T"', times)
    of = {"batch": "none", "loss": "mse"} | tomllib.loads(text)
    net = sb.Network.from_toml(text)
    same_as_torch(net, of, values_of(net, of))


def test_a_tied_embedding_gets_the_sum_of_two_paths() -> None:
    """Of the token that is read, and of the answer that is compared."""
    text = example("gpt")
    d = sb.derive(sb.Network.from_toml(text))
    products = d["E", 1].record.result.products
    reads = [{base_of(x).name for f in p.factors for x in leaves(f.expression)} for p in products]
    assert [bool({"a[0]", "da[1]"} <= r) for r in reads] == [True, False]
    assert {"a[16]", "dz[17]"} <= reads[1]
    # each alone is what an untied copy would get
    untied = sb.Network.from_toml(text.replace('tied = {W = "E[1]"}', ""))
    values = random_values(d.forward, 5)
    _, both = gradients(d.network, values)
    _, apart = gradients(untied, {**values, "W[17]": values["E[1]"]})
    np.testing.assert_allclose(both["E[1]"], apart["E[1]"] + apart["W[17]"], rtol=1e-10)
    assert np.all(np.abs(apart["W[17]"]) + np.abs(apart["E[1]"]) > 0)


def test_probabilities_of_a_sequence_add_up_over_the_words() -> None:
    """Not over the places, of which the axis stands first."""
    for batch, axis in (("none", 1), ("rows", 2), ("columns", 1)):
        net = sb.Network([sb.dense(3, "softmax")], inputs=["T", 2], loss="ce", batch=batch)  # type: ignore[arg-type]
        y = net.program.quantity("y")
        assert unit_axis(y) == axis
        np.testing.assert_allclose(random_values(net.program)["y"].sum(axis), 1)


def test_a_dropout_mask_is_another_for_each_datum_and_a_mask_of_attention_is_not() -> None:
    ours = sb.Network([sb.dense(2), sb.layer("dropout", rate=0.5)], inputs=2, batch="rows").program
    assert len(ours.quantity("m[2]").axes) == 2
    attention = sb.layer("attention", size=2, mask="given")
    assert len(sb.Network([attention], inputs=["T", 2], batch="rows").program.quantity("m[1]").axes) == 2


# planted errors go red by name

TESTED = {"replay", "backprop", "difference", "complex-step", "exact"}
"""The checks that judge a chapter by itself; each must see each error."""


def reads(p: Product, *names: str) -> bool:
    return any(base_of(x).name in names for f in p.factors for x in leaves(f.expression))


def forgotten(*names: str) -> Callable[[Product], Product | None]:
    """The products that read one of these dropped: a path that was not taken."""
    return lambda p: None if reads(p, *names) else p


def moved(name: str, position: int, index: Callable[[sp.Expr], sp.Expr]) -> Callable[[Product], Product]:
    """One array read at another index."""

    def slip(f: Factor) -> Factor:
        e = f.expression
        if not isinstance(e, sp.Indexed) or base_of(e).name != name:
            return f
        at = list(e.indices)
        at[position] = index(at[position])
        return Factor(sp.Indexed(e.base, *at), f.role)

    return lambda p: Product(tuple(slip(f) for f in p.factors), p.over)


def from_second(name: str) -> Callable[[Product], Product]:
    """A sum that begins at 2."""
    return lambda p: Product(p.factors, tuple((i, lo + (i.name == name), hi) for i, lo, hi in p.over))


def unbracketed(p: Product) -> Product:
    return Product(tuple(f for f in p.factors if f.role != "bracket"), p.over)


def sequence(**options: Any) -> Table:
    return table([2, 2], front(2), options)


TIED = table([2, 3], {"kind": "embedding", "size": 2}, {"kind": "dense", "size": 3, "tied": {"W": "E[1]"}})
PLANTS: dict[str, tuple[Table, str, Callable[[Product], Product | None]]] = {
    "a norm's mean forgotten": (table(3, front(3), {"kind": "layernorm"}), "da[1]", forgotten("dmu[2]")),
    "a norm's variance forgotten": (table(3, front(3), {"kind": "layernorm"}), "da[1]", forgotten("dv[2]")),
    "the variance of a norm over data forgotten": (
        table(2, front(2), {"kind": "batchnorm"}, batch="rows"), "da[1]", forgotten("dv[2]")),
    "the path from a cell state to the next": (sequence(kind="lstm", size=1), "dc[2]", forgotten("dc[2]")),
    "a state that is kept by the update gate": (sequence(kind="gru", size=1), "dh[2]", forgotten("s[2]")),
    "one use of a tied array": (TIED, "dE[1]", forgotten("da[2]")),
    "the other use of it": (TIED, "dE[1]", forgotten("da[1]")),
    "a kernel that is not turned": (
        table([1, 4], front(4), {"kind": "conv1d", "channels": 1, "kernel": 2}), "da[1]",
        moved("W[2]", -1, lambda p: 2 - p)),
    "one head of two": (sequence(kind="multihead", heads=2), "da[1]", from_second("h")),
    "the range bracket of a pooling with a stride": (
        table([1, 5], front(5), {"kind": "avgpool", "kernel": 3, "stride": 2}), "da[1]", unbracketed),
    "the winner of a window": (
        table([1, 5], front(5), {"kind": "maxpool", "kernel": 3, "stride": 2}), "da[1]",
        moved("da[2]", -1, lambda u: u + 1)),
    "the way back in time": (
        sequence(kind="rnn", size=1, bidirectional=True), "da[1]", forgotten("dz_r[2]")),
    "a time too late in the sum of a state": (
        sequence(kind="rnn", size=1), "dh[2]", moved("dz[2]", 0, lambda t: t + 1)),
    "a time too late in the gradient of U": (
        sequence(kind="rnn", size=1), "dU[2]", moved("h[2]", 0, lambda t: t + 1)),
}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("error", PLANTS)
def test_a_planted_error_goes_red_by_name(error: str) -> None:
    of, name, change = PLANTS[error]
    d: Derivation = sb.derive(network(of)).record
    wrong = with_result(d, name, change)
    assert wrong.chapter(name).result != d.chapter(name).result
    found = verify(wrong)
    assert {(check, name) for check in TESTED} <= {(c.name, c.target) for c in found.failed}
    # the step that is not true is named by one check alone: the gradients that come after are derived rightly
    assert {c.target for c in found.failed if c.name == "replay"} == {name}
    assert red(found) == TESTED


# what is said when it is wrong: the layer stands from line 5 on

EMBEDDED = 'kind = "embedding" | size = 3 | [[layer]] | kind = "dense" | size = 4 | '
WRONG: dict[str, tuple[str, str, str]] = {
    "stride 0": ("[2, 7]", 'kind = "conv1d" | channels = 2 | kernel = 3 | stride = 0',
        r"line 8: stride of conv1d is a whole number of 1 or more, not 0, in x\[c,stride\*\(u-1\)\+"),
    "a kernel too long": ("[2, 4]", 'kind = "conv1d" | channels = 2 | kernel = 7 | padding = 1',
        r"line 7: a kernel of 7 places does not fit into a padded input of 6, in z\[o,u\] = sum"),
    "a dilated kernel too long": ("[2, 4]", 'kind = "conv1d" | channels = 2 | kernel = 3 | dilation = 2',
        "line 7: a kernel of 5 places does not fit into a padded input of 4, in "),
    "a window too long": ("[2, 4]", 'kind = "maxpool" | kernel = 5',
        r"line 6: a kernel of 5 .* in a\[c,u\] = max\(p"),
    "no length": ("[2, 7, 5]", 'kind = "conv2d" | channels = 2 | kernel = []',
        r"line 7: kernel of conv2d .* not \[\]"),
    "three lengths": ("[2, 7, 5]", 'kind = "conv2d" | channels = 2 | kernel = [1, 2, 3]',
        r"line 7: kernel has 3 lengths; a window over an image has two, in x\["),
    "two lengths of a row": ("[2, 7]", 'kind = "avgpool" | kernel = [1, 2]', "line 6: kernel has 2 lengths, .*2 × 7"),
    "a kernel in quotes": ("[2, 7]", 'kind = "conv1d" | channels = 2 | kernel = "3"',
        "line 7: kernel .* not '3', in x"),
    "half a kernel": ("[2, 7]", 'kind = "conv1d" | kernel = 2.5 | channels = 2', "line 6: kernel .* not 2.5, in x"),
    "groups": ("[4, 3]", 'kind = "groupnorm" | groups = 3',
        r"line 6: 3 groups do not divide 4 channels, in mu\[g\] = "),
    "groups of a symbol": ('["c", 3]', 'kind = "groupnorm" | groups = 3',
        "line 6: 3 groups do not divide c channels"),
    "heads": ('["T", 4]', 'kind = "multihead" | heads = 3',
        r"line 6: 3 heads do not divide 4 units, in Q\[h,t,e\] = "),
    "heads of a block": ('["T", 4]', 'kind = "transformer_block" | hidden = 4 | heads = 3', "line 7: 3 heads do not"),
    "no heads": ('["T", 4]', 'kind = "multihead" | heads = 0',
        "line 6: heads of multihead .* not 0, in Q.*h from 1 to"),
    "heads inside": ('["T", 4]', 'kind = "residual" | layers = [{kind = "multihead", heads = 3}]',
        "line 6: 3 heads do not divide 4 units"),
    "no times": ("[0, 4]", 'kind = "rnn" | size = 3', "line 2: .*sizes are 1 or more"),
    "a residual": ("3", 'kind = "residual" | layers = [{kind = "dense", size = 4}]',
        r"line 6: a residual adds an input of shape 3 to layers that end in 4, in a\[j\] = x\[j\] \+ f\[j\]"),
    "a residual of other axes": ("[2, 3]", 'kind = "residual" | layers = [{kind = "flatten"}]',
        "shape 2 × 3 .* in 6, in a"),
    "a concatenation": ("[2, 3]", 'kind = "concat" | layers = [{kind = "flatten"}]',
        r"line 5: concat joins 2 × 3 and 6 along the last axis, and the others differ, in a\[j\] = "),
    "an unknown option": ("[2, 7]", 'kind = "conv1d" | channels = 2 | kernal = 3',
        "line 7: unknown option 'kernal' of conv1d; did you mean 'kernel'"),
    "an option of a kind without": ("[2, 7]", 'kind = "flatten" | kernel = 3',
        "line 6: unknown option 'kernel'.* has none"),
    "an option that is needed": ("[2, 7]", 'kind = "conv1d" | channels = 2',
        "line 5: conv1d needs kernel: e.g. kernel = 4"),
    "a mask": ('["T", 4]', 'kind = "attention" | size = 2 | mask = "casual"',
        "line 7: unknown mask .* mean 'causal'"),
    "a mask that is a number": ('["T", 4]', 'kind = "attention" | size = 2 | mask = 3',
        "line 7: mask .* in quotes, not 3"),
    "a yes": ('["T", 4]', 'kind = "lstm" | size = 2 | bidirectional = 1',
        "line 7: bidirectional .* true or false, not 1"),
    "an activation": ("[2, 7]", 'kind = "conv1d" | channels = 2 | kernel = 3 | activation = "tahn"',
        "line 8: unknown activation 'tahn'; did you mean 'tanh'"),
    "half a unit": ('["T", 4]', 'kind = "lstm" | size = 2.5',
        "line 6: size of lstm: a size is a whole number or a name"),
    "a rate of 1": ("4", 'kind = "dropout" | rate = 1',
        r"line 6: rate .* below 1, not 1, in a\[j\] = m\[j\]\*x\[j\]"),
    "an epsilon": ("4", 'kind = "layernorm" | eps = nan', r"line 6: eps .* not nan, in u\[j\] = "),
    "no data": ("4", 'kind = "batchnorm"',
        r'line 5: batchnorm takes .* batch = "columns" or "rows", .*in mu\[j\] = '),
    "groups of a vector": ("4", 'kind = "groupnorm" | groups = 2',
        "line 5: groupnorm needs channels, .* not one of 1 axis"),
    "a vector for an rnn": ("4", 'kind = "rnn" | size = 3',
        r"line 5: a recurrent layer reads a sequence, .*in z\[t,j\] = "),
    "a vector for a convolution": ("4", 'kind = "conv1d" | channels = 3 | kernel = 2',
        "conv1d reads channels × length, x"),
    "a row for an image": ("[4, 3]", 'kind = "conv2d" | channels = 3 | kernel = 2',
        "conv2d reads .*not one of 2 axes"),
    "a vector for attention": ("4", 'kind = "attention" | size = 3',
        r"line 5: attention reads a sequence, .* in Q\[t,e\]"),
    "a vector for an embedding": ("4", 'kind = "embedding" | size = 3',
        r"line 5: an embedding reads .* in a\[t,j\] = sum"),
    "tied to nothing": ('["T", 4]', EMBEDDED + 'tied = {W = "F[1]"}',
        r"line 10: tied to F\[1\], .* did you mean 'E\[1\]'"),
    "tied to another shape": ('["T", 4]', EMBEDDED.replace("4", "5") + 'tied = {W = "E[1]"}',
        r"line 10: tied to E\[1\], whose shape is 4 × 3, but W has the shape 5 × 3, in z\[t,j\] = "),
    "tied to another rank": ('["T", 4]', EMBEDDED + 'tied = {b = "E[1]"}',
        "line 10: .* is 4 × 3, but b has the shape 4, in"),
    "a name that is not tied": ('["T", 4]', EMBEDDED + 'tied = {V = "E[1]"}',
        "line 10: tied names V, .* known: W, b, in z"),
    "tied is no table": ('["T", 4]', EMBEDDED + 'tied = "E[1]"', r"line 10: tied is 'E\[1\]'; it is a table"),
    "a block tied": ('["T", 4]', 'kind = "transformer_block" | heads = 2 | hidden = 3 | tied = {W = "E[1]"}',
        "line 8: tied belongs to a layer with parameters of its own"),
    "a residual tied": ("4", 'kind = "residual" | layers = [{kind = "dense", size = 4}] | tied = {W = "E[1]"}',
        "line 7: tied belongs to .* inside residual"),
    "layers in a layer": ("[2, 7]", 'kind = "flatten" | layers = [{kind = "flatten"}]',
        "line 6: flatten goes around nothing"),
    "around nothing": ("3", 'kind = "residual"', "line 5: residual goes around layers"),
    "a kind": ("3", 'kind = "lsmt" | size = 3', "line 5: unknown kind 'lsmt'; did you mean 'lstm'"),
    "two of one name": (
        '["T", 3]', 'kind = "lstm" | name = "a" | size = 3 | [[layer]] | kind = "gru" | name = "a" | size = 2',
        "line 1[0-9]: two layers are called a"),
    "a formula inside": ("3", 'kind = "residual" | layers = [{name = "g", formulas = ["h[j] = x[k]"]}]',
        r"line 6: the index k is not bound \(column 10\)"),
    "the second formula": ("3", 'name = "g" | formulas = ["g[j] = x[j]", | "h[j] = g[k]"]',
        "line 7: the index k is not bound"),
}


@pytest.mark.parametrize("what", WRONG)
def test_wrong_kinds_say_the_line_and_the_equation(what: str, tmp_path: Path) -> None:
    size, keys, words = WRONG[what]
    path, layer = tmp_path / "net.toml", "\n".join(keys.split(" | "))
    path.write_text(f'loss = "mse"\ninput = {{size = {size}}}\n\n[[layer]]\n{layer}\n', encoding="utf-8")
    with pytest.raises(SymbackpropError, match=words) as caught:
        sb.Network.from_toml(path)
    sentence = str(caught.value).splitlines()[0]
    assert sentence.startswith("net.toml, line ")
    assert sentence.count("net.toml") == 1
    assert len(sentence) < 300
    assert main(["derive", str(path), "--lang", "en"]) == 3


def test_the_same_from_python_says_no_line() -> None:
    with pytest.raises(SymbackpropError, match=r"^3 heads do not divide 4 units, in Q\[h,t,e\]"):
        sb.Network([sb.layer("multihead", heads=3)], inputs=["T", 4])
    with pytest.raises(SymbackpropError, match=r"^stride of conv1d .* not 0, in x\["):
        sb.layer("conv1d", channels=2, kernel=3, stride=0)


MASKED = {"x": [[1, 0, 2], [0, 1, 1]], "y": [[1, 0], [0, 1]],
          **dict.fromkeys(("W_q1", "W_k1", "W_v1"), [[1, 0, 1]] * 2)}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("given", "words"), [
    ({"m1": [[1, 0]]}, "m[1] must have shape (2, 2), but the array has shape (1, 2)"),
    ({"m1": [1, 1]}, "m[1] has 2 axes, but the array has shape (2,)"),
    ({"m1": [[1, 0], [1]]}, "m1 must be a number or nested lists of numbers, all rows alike"),
    ({}, "no value for m"),
    ({"m1": [[1, 0], [0, 0]]}, "P[1] is not a finite number: it divides by 0; it is P[1] = exp("),
    ({"m1": [[1, 0], [1, 1]], "x": [], "y": []}, "a[0] has 2 axes, but the array has shape (0,)"),
])
def test_a_mask_that_does_not_fit_is_said(given: dict[str, Any], words: str, tmp_path: Path, capsys: Any) -> None:
    net, values = tmp_path / "net.toml", tmp_path / "values.json"
    net.write_text('[input]\nsize = ["T", 3]\n[[layer]]\nkind = "attention"\nsize = 2\nmask = "given"\n')
    values.write_text(json.dumps(MASKED | given))
    assert main(["derive", str(net), "--values", str(values), "--lang", "en"]) == 3
    assert words in capsys.readouterr().err


def test_a_sequence_of_no_times_is_said() -> None:
    program = sb.Network([sb.layer("rnn", size=2)], inputs=["T", 3]).program
    values = random_values(program) | {"a[0]": np.ones((0, 3)), "y": np.ones((0, 2))}
    with pytest.raises(SymbackpropError, match=r"a\[0\] has shape \(0, 3\): nothing stands in it"):
        run(program, values)


# a layer that is nobody's

GATES = {"a sigmoid gate": '"g[j] = sigmoid(sum(i, U[j,i]*x[i]) + c[j])",\n  ', "a parameter": ""}


@pytest.mark.parametrize("gate", GATES)
def test_a_layer_that_nobody_has_built_in(gate: str, tmp_path: Path, capsys: Any) -> None:
    """Derived, printed, verified and made code of, without a line of Python."""
    path = tmp_path / "net.toml"
    path.write_text('loss = "sse"\n[input]\nsize = 2\n[[layer]]\nname = "own"\nformulas = [\n  '
                    f'{GATES[gate]}"h[j] = g[j]*x[j] + (1-g[j])*sum(i, V[j,i]*x[i]^2)"]\n[[layer]]\nkind = "dense"\n'
                    'size = 1\nactivation = "tanh"\n')
    assert main(["verify", str(path), "--lang", "en"]) == 0
    assert main(["derive", str(path), "--lang", "en", "--format", "text"]) == 0
    page = capsys.readouterr().out
    assert "(a[0]_j − Σ_{i=1}^{2} V[own]_ji (a[0]_i)^2) · ⟦∂J/∂h[own]_j⟧" in page
    assert "∂J/∂V[own]_ji = (1 − g[own]_j) · (a[0]_i)^2 · ⟦∂J/∂h[own]_j⟧" in page
    assert main(["code", str(path), "--lang", "en"]) == 0
    net = sb.Network.from_toml(path)
    d = sb.derive(net)
    values = random_values(net.program, 2)
    forward = evaluate(d.forward, values)
    found = evaluate(d.record.backward, forward)
    x, dh, v = values["a[0]"], found["dh[own]"], values["V[own]"]
    g = forward["g[own]"]
    np.testing.assert_allclose(found["dg[own]"], dh * (x - v @ x**2), rtol=1e-12)
    np.testing.assert_allclose(found["dV[own]"], np.outer(dh * (1 - g), x**2), rtol=1e-12)
