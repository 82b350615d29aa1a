"""Four ways to one model, and what is said when a description is wrong."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.language.errors import NetworkError, SymbackpropError, SyntaxProblem
from symbackprop.language.functions import defined
from symbackprop.networks.catalogue import catalogue
from symbackprop.networks.network import Network
from symbackprop.networks.toml import schema


def shown(net: Network) -> list[str]:
    return [f"{e.target} = {e.expression}" for e in net.program.equations]


def test_four_ways_to_one_model(tmp_path: Path) -> None:
    path = tmp_path / "신경망.toml"
    path.write_text('loss = "ce"\n[input]\nsize = 4\n[[layer]]\nkind = "dense"\nsize = 3\nactivation = "relu"\n'
                    '[[layer]]\nkind = "dense"\nsize = 2\nactivation = "softmax"\n', encoding="utf-8")
    spec = Network("4-3:relu-2:softmax/ce")
    python = Network([sb.dense(3, "relu"), sb.dense(2, "softmax")], inputs=4, loss="ce")
    assert shown(spec) == shown(Network.from_toml(path)) == shown(python)
    assert spec.describe == python.describe == "4-3:relu-2:softmax/ce"


def test_the_shapes_of_the_interface() -> None:
    q = {n: tuple(map(int, v.shape)) for n, v in Network("784-128-10").program.quantities.items()}
    assert (q["W[1]"], q["b[1]"], q["a[0]"], q["y"]) == ((128, 784), (128,), (784,), (10,))
    m = {n: v.shape for n, v in Network("5-2", batch="columns").program.quantities.items()}
    assert [str(s) for s in m["a[0]"]] == ["5", "m"]
    rows = {n: v.shape for n, v in Network("5-2", batch="rows").program.quantities.items()}
    assert [str(s) for s in rows["z[1]"]] == ["m", "2"]


def test_the_composite_loss_of_the_chain_is_nested() -> None:
    loss = Network("1-1-1-1").loss
    assert str(loss) == "(-y + sigmoid(W[3]*sigmoid(W[2]*sigmoid(W[1]*a[0] + b[1]) + b[2]) + b[3]))**2/2"


def test_the_composite_loss_expanded_is_the_one_with_sums() -> None:
    net = Network("2-3-2")
    entries = net.loss_expanded()
    assert not entries.has(sp.Sum)
    whole = net.loss.doit()
    values = {s: sp.Rational(1 + k, 7) for k, s in enumerate(sorted(entries.atoms(sp.Indexed), key=str))}
    assert abs(sp.N((defined(entries) - defined(whole)).subs(values), 30)) < 1e-25


@pytest.mark.usefixtures("ends")
def test_ten_thousand_layers() -> None:
    net = Network("-".join(["1"] * 10_001))
    assert len(net.program.parts) == 10_001
    assert len({id(p.kind) for p in net.program.parts}) == 2
    with pytest.raises(NetworkError, match="nests too deeply"):
        _ = net.loss


SPECS = [
    ("", "not a size|missing"), ("784", "at least two sizes"), ("784-", "a size is missing"), ("0-1", "1 or more"),
    ("3--2", "missing"), ("3-2:sigmod", "did you mean 'sigmoid'"), ("3-2/mes", "did you mean 'mse'"),
    ("3:relu-2", "input has no activation"), ("3-2/ce", "needs a softmax"), ("3-2:relu/bce", "between 0 and 1"),
    ("3-2:tanh/bce", "between 0 and 1"), ("3–2", "ASCII"), ("3-2.5", "not a size"), ("3-N", "not a size"),
    ("3-10^12", "limit"), ("3-9^999", "limit"), ("3-99999999999999999999", "limit"), ("5-...-3", "between 5 and 3"),
    ("3-2:/mse", "unknown activation"), ("한-글", "not a size"), ("-".join(["1"] * 200_000), "layers; the limit"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "words"), SPECS, ids=[s[:20] for s, _ in SPECS])
def test_wrong_specs(spec: str, words: str) -> None:
    with pytest.raises(SymbackpropError, match=words) as caught:
        Network(spec)
    assert len(str(caught.value)) < 600


def test_a_wrong_spec_has_a_caret() -> None:
    with pytest.raises(SyntaxProblem) as caught:
        Network("784-128:rleu-10")
    assert caught.value.column == 9
    assert "did you mean 'relu'?" in str(caught.value)


TOMLS = [
    ("", "is empty"), ("x = ", "is not TOML.*line 1"), ("[input]\nsize = 3", "layer is missing"),
    ('[input]\nsize = 3\n[[layer]]\nkind = "dens"\nsize = 2', "line 4.*did you mean 'dense'"),
    ('[input]\nsize = 3\n[[layer]]\nkind = "dense"\nsise = 2', "line 5.*did you mean 'size'"),
    ('[input]\nsize = 0\n[[layer]]\nkind = "dense"\nsize = 2', "line 2.*1 or more"),
    ('[input]\nsize = 3\n[[layer]]\nkind = "dense"\nsize = "x y"', "line 5"),
    ('[input]\nsize = 3\n[[layer]]\nkind = "lstm"\nsize = 2', "line 4: a recurrent layer reads a sequence"),
    ('[input]\nsize = 3\n[[layer]]\nkind = "dense"\nsize = 2\nactivation = "tahn"', "line 6.*did you mean 'tanh'"),
    ('[input]\nsize = 3\n[[layer]]\nname = "g"\nformulas = ["h[j] = x[k]"]', "index k is not bound"),
    ('[input]\nsize = 3\n[[layer]]\nname = "g"\nformulas = ["y[j] = x[j]"]', "y is the target"),
    ('[input]\nsize = 3\n[[layer]]\nname = "<b>"\nformulas = ["h[j] = x[j]"]', "a name is a word"),
    ('batch = "diagonal"\n[input]\nsize = 3\n[[layer]]\nkind = "dense"\nsize = 2', "line 1.*columns"),
    ('[input]\nsize = true\n[[layer]]\nkind = "dense"\nsize = 2', "size of .input."),
    ('regulariser = {kind = "l3"}\n[input]\nsize = 3\n[[layer]]\nkind = "dense"\nsize = 2', "line 1: unknown reg"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), TOMLS)
def test_wrong_toml(text: str, words: str) -> None:
    with pytest.raises(SymbackpropError, match=words):
        Network.from_toml(text + "\n")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="cannot read"):
        Network.from_toml(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"title = \"\xe9\"")
    with pytest.raises(NetworkError, match="UTF-8"):
        Network.from_toml(tmp_path / "latin.toml")


@pytest.mark.parametrize("row", catalogue(), ids=lambda r: r["kind"])
def test_every_example_of_the_catalogue_is_a_network(row: dict[str, str]) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(tomllib.loads(row["example_toml"]), schema())
    assert Network.from_toml(row["example_toml"]).program.equations
    assert json.dumps(row)


def test_a_kink_is_said() -> None:
    assumption = Network("2-2:relu-1").assumptions[0]
    assert [str(f) for f in assumption.formulas] == ["relu_prime(0)", "0"]


# --- networks written in SymPy

w1, b1, w2, b2, x, y, z1, a1, z2, a2, J = sp.symbols("w1 b1 w2 b2 x y z1 a1 z2 a2 J")
TWO_LAYERS = [sp.Eq(z1, w1 * x + b1), sp.Eq(a1, 1 / (1 + sp.exp(-z1))), sp.Eq(z2, w2 * a1 + b2),
              sp.Eq(a2, 1 / (1 + sp.exp(-z2))), sp.Eq(J, (a2 - y) ** 2 / 2)]  # fmt: skip
WRT = [w1, b1, w2, b2]


@pytest.mark.parametrize("order", [1, -1])
def test_the_network_of_the_interface_equals_what_a_person_writes(order: int) -> None:
    d = sb.derive(Network.from_sympy(TWO_LAYERS[::order], loss=J, wrt=WRT))
    outer = (a2 - y) * a2 * (1 - a2)
    assert d[w2].expanded == outer * a1
    assert d[b2].expanded == outer
    assert d[w1].expanded == outer * w2 * a1 * (1 - a1) * x
    assert d[b1].expanded == outer * w2 * a1 * (1 - a1)
    da1 = sp.Symbol("da1")
    assert d[w1].expression == x * a1 * (1 - a1) * da1
    assert d[w1].expanded.subs(x, 1).free_symbols <= {a1, a2, w2, y}
    assert [len(d[w].steps[0].after.products[0].factors) for w in (w2, w1)] == [3, 5]


def test_an_undefined_function_stays() -> None:
    sigma = sp.Function("sigma")
    d = sb.derive(Network.from_sympy([sp.Eq(z1, w1 * x + b1), sp.Eq(a1, sigma(z1)), sp.Eq(J, (a1 - y) ** 2 / 2)],
                                     loss=J, wrt=[w1, b1]))  # fmt: skip
    assert d[w1].expanded == (a1 - y) * sp.diff(sigma(z1), z1) * x


def test_indexed_bases_with_sums() -> None:
    W, X, B, Z, A, Y = (sp.IndexedBase(n) for n in "WXBZAY")
    i, j, n, m = sp.symbols("i j n m")
    sigma = sp.Function("sigma")
    net = Network.from_sympy([sp.Eq(Z[j], sp.Sum(W[j, i] * X[i], (i, 1, n)) + B[j]), sp.Eq(A[j], sigma(Z[j])),
                              sp.Eq(J, sp.Sum((A[j] - Y[j]) ** 2, (j, 1, m)) / (2 * m))], loss=J, wrt=[W, B])
    d = sb.derive(net)
    (jj, ii) = d[W].record.indices
    dA = sp.IndexedBase("dA")
    assert d[W].expression == X[ii] * sp.diff(sigma(Z[jj]), Z[jj]) * dA[jj]
    assert sp.simplify(d["A"].expression - (A[jj] - Y[jj]) / m) == 0
    assert str(d[W].matrix) is not None


BAD_EQUATIONS = [
    ([sp.Eq(z1, w1 * x)], J, [w1], "loss J is not defined"),
    ([sp.Eq(J, a1), sp.Eq(a1, z1), sp.Eq(z1, a1 * w1)], J, [w1], "circle"),
    ([sp.Eq(J, w1), sp.Eq(J, w2)], J, [w1], "defined twice"),
    ([sp.true], J, [w1], "collapsed"),
    ([w1 + 1], J, [w1], "not an equation"),
    ([sp.Eq(J, w1)], J, [w2], "stands in no equation"),
    ([sp.Eq(J, sp.Trace(sp.MatrixSymbol("W", 2, 2)))], J, [w1], "MatrixSymbol"),
    ([sp.Eq(J, sp.Sum(sp.IndexedBase("x")[sp.Symbol("i")], (sp.Symbol("i"), 0, 3)))], J, [w1], "begin at 1"),
    ([sp.Eq(2 * z1, w1)], J, [w1], "left side"),
]  # fmt: skip


@pytest.mark.parametrize(("equations", "loss", "wrt", "words"), BAD_EQUATIONS)
def test_wrong_equations(equations: list[sp.Basic], loss: sp.Symbol, wrt: list[sp.Symbol], words: str) -> None:
    with pytest.raises(NetworkError, match=words):
        Network.from_sympy(equations, loss=loss, wrt=wrt)


def test_a_parameter_the_loss_does_not_see() -> None:
    with pytest.raises(SymbackpropError, match="does not depend on b2"):
        sb.derive(Network.from_sympy([sp.Eq(z2, w1 * b2), sp.Eq(J, w1**2)], loss=J, wrt=[w1, b2]))


def test_max_and_abs_are_read_by_their_branches() -> None:
    net = Network.from_sympy([sp.Eq(z1, w1 * x), sp.Eq(a1, sp.Max(0, z1)), sp.Eq(J, a1**2)], loss=J, wrt=[w1])
    d = sb.derive(net)
    assert d[w1].expanded == 2 * a1 * x * sp.Piecewise((1, z1 > 0), (0, True))
    assert [a.key for a in net.assumptions] == ["branch"]
    assert d.verify()


def test_a_name_that_a_gradient_needs() -> None:
    da = sp.Symbol("da1")
    equations = [sp.Eq(a1, w1**2), sp.Eq(da, a1 * w1), sp.Eq(J, da**2)]
    with pytest.raises(SymbackpropError, match="da1 is the name of the gradient"):
        sb.derive(Network.from_sympy(equations, loss=J, wrt=[w1]))
