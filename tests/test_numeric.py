"""Numbers: broadcasting against loops, other digits, sizes, sampling, generated functions and source."""

from __future__ import annotations

import ast
import re
import warnings
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
import sympy as sp
from networks import SIGMA, J, i, j, k, perceptron, squares, vector

from symbackprop.api import Derivation, derive
from symbackprop.language.arrays import Diagonal, Elementwise, Hadamard, Matmul, Ones, Outer, Scaled, Total, Transpose
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.functions import ARGUMENT, bracket, named, prime
from symbackprop.language.notation import Notation
from symbackprop.language.program import Program
from symbackprop.language.quantity import Axis, Equation, Quantity, index
from symbackprop.networks.activations import TABLE, function_class
from symbackprop.networks.network import Network
from symbackprop.numeric.array_code import piece
from symbackprop.numeric.array_values import array_value
from symbackprop.numeric.code import code
from symbackprop.numeric.components import components_of
from symbackprop.numeric.evaluate import evaluate, evaluate_expression
from symbackprop.numeric.frame import Scope
from symbackprop.numeric.function import function
from symbackprop.numeric.given import from_json, from_seed
from symbackprop.numeric.meanings import meant
from symbackprop.numeric.names import code_name, code_names, given_names
from symbackprop.numeric.ops import NUMPY, mpmath_ops
from symbackprop.numeric.page import Page
from symbackprop.numeric.sample import has_softmax, kink_margin, random_values, regular_values, seed_of
from symbackprop.numeric.shrink import shrunk, small_sizes
from symbackprop.numeric.spelling import HELPERS
from symbackprop.verify.truth import Truth

W = Quantity("W", None, (Axis("unit", sp.Integer(3)), Axis("unit", sp.Integer(4))), "weight")
X = vector("x", 4, "input")
RNG = np.random.default_rng(7)
ARRAYS = {W.symbol: RNG.normal(size=(3, 4)), X.symbol: RNG.normal(size=4)}
m = sp.Symbol("m", integer=True, positive=True)


def by_loops(e: sp.Expr, free: list[tuple[sp.Symbol, int]]) -> Any:
    """The slow way: every entry written out by SymPy, its numbers put in, then evaluated."""
    parts = components_of([W, X], {"W": "W", "x": "x"}, {})
    entries = [(ARRAYS[q.symbol][tuple(p - 1 for p in at)], s) for q in (W, X) for at, s in parts.entries(q)]
    numbers = {s: sp.Float(number, 20) for number, s in entries}
    result = np.empty([n for _, n in free])
    for place in product(*(range(1, n + 1) for _, n in free)):
        at = dict(zip((s for s, _ in free), map(sp.Integer, place), strict=True))
        result[tuple(p - 1 for p in place)] = float(meant(parts.explicit(e, at)).xreplace(numbers).doit().evalf())
    return result


f = sp.Function("f")
EXPRESSIONS = {
    "matrix product": (sp.Sum(W.at(j, i) * X.at(i), (i, 1, 4)), [(j, 3)]),
    "outer": (X.at(i) * X.at(j), [(i, 4), (j, 4)]),
    "transposed": (W.at(j, i), [(i, 4), (j, 3)]),
    "diagonal": (W.at(j, j), [(j, 3)]),
    "strided": (sp.Sum(X.at(2 * j + k - 2), (k, 1, 3)), [(j, 3)]),
    "out of range": (X.at(i + 2) + X.at(i - 1), [(i, 4)]),
    "constant index": (W.at(2, i) * X.at(3), [(i, 4)]),
    "lower bound": (sp.Sum(X.at(i), (i, 2, 3)) * X.at(j), [(j, 4)]),
    "bound by an outer index": (sp.Sum(X.at(i) ** 2, (i, 1, j)), [(j, 4)]),
    "sum of what does not depend on it": (sp.Sum(X.at(j) + 0 * i, (i, 1, 5)), [(j, 4)]),
    "hidden index": (sp.Sum(X.at(j), (j, 1, 4)) * X.at(j), [(j, 4)]),
    "nested": (sp.Sum(W.at(j, i) * sp.Sum(W.at(k, i) * X.at(i), (k, 1, 3)), (i, 1, 4)), [(j, 3)]),
    "delta": (sp.Sum(sp.KroneckerDelta(i, j) * X.at(i), (i, 1, 4)), [(j, 4)]),
    "bracket": (bracket(sp.Integer(1), j - 1, sp.Integer(2)) * X.at(j), [(j, 4)]),
    "piecewise": (sp.Piecewise((X.at(j), X.at(j) > 0), (X.at(j) / 100, True)), [(j, 4)]),
    "largest": (sp.Max(X.at(j), sp.Rational(1, 2)), [(j, 4)]),
    "functions": (sp.exp(X.at(j)) + sp.erf(X.at(j)) / sp.sqrt(2) + sp.log(2 + X.at(j) ** 2) ** 3, [(j, 4)]),
    "softmax": (sp.exp(X.at(j)) / sp.Sum(sp.exp(X.at(i)), (i, 1, 4)), [(j, 4)]),
    "undefined": (f(X.at(j)) + f(X.at(j) ** 2).diff(X.at(j)), [(j, 4)]),
    "index as a number": (j * X.at(j) / (j + 1), [(j, 4)]),
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_broadcasting_is_what_loops_give(name: str) -> None:
    expression, free = EXPRESSIONS[name]
    ranges = tuple((s, 1, n) for s, n in free)
    expected = by_loops(expression, free)
    found = evaluate_expression(expression, ranges, Scope(ARRAYS, {}, NUMPY))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", [n for n in EXPRESSIONS if n not in ("bound by an outer index", "undefined")])
def test_code_is_what_is_evaluated(name: str) -> None:
    expression, free = EXPRESSIONS[name]
    page = Page({W.symbol: "W", X.symbol: "x"}, {W.symbol: W.shape, X.symbol: X.shape}, set(), {})
    text = code(expression, page.over([s for s, _ in free], [sp.Integer(n) for _, n in free])).code
    names: dict[str, Any] = {}
    helpers = "\n".join(HELPERS[h] for h in HELPERS if h in page.helpers)
    source = f"import numpy as np, math\n{helpers}\ndef value_and_grad(W, x):\n    return {text}\n"
    names["found"] = function(source)(ARRAYS[W.symbol], ARRAYS[X.symbol])
    expected = evaluate_expression(expression, tuple((s, 1, n) for s, n in free), Scope(ARRAYS, {}, NUMPY))
    np.testing.assert_allclose(np.broadcast_to(names["found"], expected.shape), expected, rtol=1e-12)


def test_fifty_digits() -> None:
    ops = mpmath_ops(50)
    scope = Scope({X.symbol: np.array([ops.number(sp.Rational(n, 7)) for n in range(4)], dtype=object)}, {}, ops)
    found = evaluate_expression(sp.Sum(sp.exp(X.at(i)), (i, 1, 4)), (), scope)
    expected = sum(sp.exp(sp.Rational(n, 7)).evalf(50) for n in range(4))
    assert abs(sp.Float(str(found), 50) - expected) < sp.Float("1e-48")


def test_complex_step_through_a_kink_and_a_modulus() -> None:
    e = sp.Piecewise((X.at(j), X.at(j) > 0), (0, True)) + sp.Abs(X.at(j))
    at = np.array([1.0, -2.0, 3.0, -4.0]) + 1e-30j
    slope = np.imag(evaluate_expression(e, ((j, 1, 4),), Scope({X.symbol: at}, {}, NUMPY))) / 1e-30
    np.testing.assert_allclose(slope, [2, -1, 2, -1])


@pytest.mark.parametrize("activation", [a for a in TABLE if not a.vector], ids=lambda a: a.name)
def test_spellings_are_the_definitions_and_never_overflow(activation: Any) -> None:
    z = np.linspace(-4, 4, 17)
    for made in (function_class(activation.name), prime(function_class(activation.name))):
        defined = made.definition.subs(ARGUMENT, X.at(j))
        expected = evaluate_expression(defined, ((j, 1, 17),), Scope({X.symbol: z}, {}, NUMPY))
        page = Page({X.symbol: "z"}, {X.symbol: (sp.Integer(17),)}, set(), {})
        text = code(made(X.at(j)), page.over([j], [sp.Integer(17)])).code
        if page.definitions:
            continue
        helpers = "\n".join(HELPERS[h] for h in HELPERS if h in {*page.helpers, "sigmoid"})
        spelled = function(f"import numpy as np\n{helpers}\ndef value_and_grad(z):\n    return {text}\n")
        np.testing.assert_allclose(spelled(z), expected, rtol=1e-12, atol=1e-15)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert np.all(np.isfinite(spelled(np.array([-1e4, 1e4]))))


# names, sizes, points


@pytest.mark.parametrize(("quantity", "name"), [
    (Quantity("W", 1), "W1"), (Quantity("U", "gate"), "U_gate"), (Quantity("a", 0, (), "input"), "x"),
    (Quantity("W", 1).adjoint, "dW1"), (Quantity("lambda", None), "lambda_"),
    (Quantity("w", None, own=sp.Symbol("w^{[2]}_1")), "w_2_1"), (Quantity("sum", None), "sum_"),
])  # fmt: skip
def test_code_names(quantity: Quantity, name: str) -> None:
    assert code_name(quantity) == name


def test_code_names_never_clash() -> None:
    both = code_names([Quantity("W", 1), Quantity("W1")])
    assert len(set(both.values())) == 2


def test_small_sizes_differ_from_layer_to_layer_and_inputs_follow() -> None:
    small = shrunk(perceptron(784, 128, 64, 10))
    numbers = [int(n) for n in small_sizes(perceptron(784, 128, 64, 10)).values()]
    assert all(a != b for a, b in pairwise(numbers))
    assert small.given[0].shape == (numbers[0],)
    assert evaluate(small, random_values(small))["J"].shape == ()


def test_points_depend_on_the_program_only() -> None:
    first, again, other = perceptron(2, 3), perceptron(2, 3), perceptron(2, 3, 2)
    assert seed_of(first) == seed_of(again) != seed_of(other)
    np.testing.assert_array_equal(random_values(first)["W[1]"], random_values(again)["W[1]"])


def test_probabilities_sum_to_one_with_a_softmax() -> None:
    program = Network("2-3:softmax/ce").with_batch("columns").program
    assert has_softmax(program)
    np.testing.assert_allclose(random_values(program)["y"].sum(axis=0), 1)


def test_points_keep_away_from_kinks() -> None:
    program = Network("3-4:relu-4:relu-2").program
    assert kink_margin(program, regular_values(program)) > 0.01


def test_a_wrong_shape_and_a_missing_array_are_said() -> None:
    program = perceptron(2, 3)
    values = random_values(program)
    with pytest.raises(SymbackpropError, match=r"W\[1\] must have shape \(3, 2\)"):
        evaluate(program, {**values, "W[1]": np.ones((2, 3))})
    with pytest.raises(SymbackpropError, match=r"no value for b\[1\]"):
        evaluate(program, {n: v for n, v in values.items() if n != "b[1]"})


def test_offsets_move_the_middle_of_a_program() -> None:
    program = Program((vector("x", 3, "input"),), (Equation(vector("h", 3), (i,), vector("x", 3).at(i) * 2),
                                                   squares(vector("h", 3))))  # fmt: skip
    run = evaluate(program, {"x": np.ones(3)}, offsets={"h": np.array([1.0, 0, 0])})
    assert run["J"] == 9 + 4 + 4


def test_values_from_json(tmp_path: Any) -> None:
    program = perceptron(2, 1)
    path = tmp_path / "values.json"
    path.write_text('{"W1": [[1, 2]], "b1": [0], "x": [1, 1], "y": [0]}')
    assert from_json(program, path)["W[1]"].shape == (1, 2)
    path.write_text('{"W1": [[1, 2], [3]]}')
    with pytest.raises(SymbackpropError, match="W1 must be"):
        from_json(program, path)
    path.write_text('{"W2": 1}')
    with pytest.raises(SymbackpropError, match="W2 is not given"):
        from_json(program, path)
    assert set(from_seed(program, 3)) == {"a[0]", "y", "W[1]", "b[1]"}


# array trees

A, B = Elementwise(W.at(j, i), (j, i), W.shape), Elementwise(X.at(i), (i,), X.shape)
SQUARE = Elementwise(X.at(i) * X.at(j), (i, j), (sp.Integer(4), sp.Integer(4)))
TREES = {
    "product": Matmul(A, B),
    "gram": Matmul(Transpose(A), A),
    "row sums": Matmul(A, Ones(sp.Integer(4))),
    "column sums": Matmul(Transpose(A), Ones(sp.Integer(3))),
    "all": Matmul(Ones(sp.Integer(3)), Matmul(A, B)),
    "rows scaled": Matmul(Diagonal(Matmul(A, B)), A),
    "columns scaled": Matmul(A, Diagonal(B)),
    "outer": Outer(Matmul(A, B), B),
    "bias": Total((A, Scaled(sp.Integer(-2), Outer(Ones(sp.Integer(3)), B)))),
    "halved": Scaled(sp.Rational(3, 2), Hadamard((B, B))),
    "sum of a product": Matmul(Hadamard((Transpose(A), Transpose(A))), Ones(sp.Integer(3))),
}


@pytest.mark.parametrize("name", TREES)
def test_code_of_an_array_is_its_value(name: str) -> None:
    page = Page({W.symbol: "W", X.symbol: "x"}, {W.symbol: W.shape, X.symbol: X.shape}, set(), {})
    made = piece(TREES[name], page)
    compute = function(f"import numpy as np\ndef value_and_grad(W, x):\n    return {made.text.code}\n")
    found = compute(ARRAYS[W.symbol], ARRAYS[X.symbol])
    np.testing.assert_allclose(found, array_value(TREES[name], Scope(ARRAYS, {}, NUMPY)), rtol=1e-13)


def test_ones_become_sums_and_broadcasting() -> None:
    source = derive("3-4-2").source()
    assert "W1 @ x" in source
    assert "b1[:, None]" in source
    assert ".sum(axis=1)" in source
    assert "ones(" not in source


# generated functions

SPECS = ["1-1-1-1", "2-3-2", "3-4:relu-3:softmax/ce", "3-4:tanh-2:sigmoid/bce", "3-2:softplus-2:identity/sse",
         "3-4:leaky_relu-2", "n0-n1-n2", "3-2:softmax-2"]  # fmt: skip


def complex_step(net: Network, values: dict[str, Any], name: str) -> Any:
    """An independent gradient: J of the forward program alone, moved along i."""
    result = np.zeros(np.shape(values[name]))
    for place in np.ndindex(result.shape):
        moved = np.array(values[name], dtype=complex)
        moved[place] += 1e-30j
        result[place] = np.imag(evaluate(net.program, {**values, name: moved})["J"]) / 1e-30
    return result


def at_random(net: Network, data: int) -> tuple[dict[str, Any], dict[str, str]]:
    sizes = {s: data if s == m else n + 2 for n, s in enumerate(sorted(
        {s for q in net.program.all_given for e in q.shape for s in e.free_symbols}, key=str))}
    return regular_values(net.program, 0, sizes), dict(given_names(net.program))


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("data", [1, 3])
def test_value_and_grad_is_the_complex_step(spec: str, data: int) -> None:
    net = Network(spec).with_batch("columns")
    values, names = at_random(net, data)
    params = {names[q.name]: values[q.name] for q in net.parameters}
    x, y = (values[n][:, 0] if data == 1 else values[n] for n in ("a[0]", "y"))
    loss, grads = derive(spec).function()(params, x, y)
    assert isinstance(loss, float)
    assert abs(loss - evaluate(net.program, values)["J"]) < 1e-14
    assert list(grads) == [names[q.name] for q in net.parameters]
    for q in net.parameters:
        expected = complex_step(net, values, q.name)
        np.testing.assert_allclose(grads[names[q.name]], expected, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("spec", [*SPECS, "784-128-64-10"])
def test_source_is_tidy(spec: str) -> None:
    source = derive(spec).source()
    assert source == derive(spec).source()
    assert isinstance(ast.parse(source), ast.Module)
    assert spec in source
    assert max(map(len, source.splitlines())) <= 100
    assert not re.search(r"[ \t]+$", source, re.MULTILINE)


def test_source_refuses_wrong_shapes_and_missing_parameters() -> None:
    compute = derive("2-3-1").function()
    params = {"W1": np.ones((3, 2)), "b1": np.ones(3), "W2": np.ones((1, 3)), "b2": np.ones(1)}
    compute(params, np.ones(2), np.ones(1))
    with pytest.raises(ValueError, match=r"W1 must have shape \(3, 2\)"):
        compute({**params, "W1": np.ones((2, 3))}, np.ones(2), np.ones(1))
    with pytest.raises(ValueError, match="params has no b2"):
        compute({n: p for n, p in params.items() if n != "b2"}, np.ones(2), np.ones(1))
    with pytest.raises(ValueError, match=r"y must have shape \(1, 5\)"):
        compute(params, np.ones((2, 5)), np.ones((1, 4)))


@pytest.mark.parametrize("spec", ["2-3-2", "2-3:relu-2:softmax/ce", "2-3:softplus-2:sigmoid/bce", "2-3:tanh-2"])
def test_extreme_inputs_give_finite_gradients(spec: str) -> None:
    params = {"W1": np.full((3, 2), 500.0), "b1": np.zeros(3), "W2": np.array([[900.0] * 3, [-900.0] * 3]),
              "b2": np.zeros(2)}  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss, grads = derive(spec).function()(params, np.array([[1.0, -1], [2, -3]]), np.eye(2))
    assert np.isfinite(loss)
    assert all(np.all(np.isfinite(g)) for g in grads.values())


def test_a_title_cannot_become_code() -> None:
    net = Network('2-1', title='"""\nraise SystemExit')
    net.describe = '"""\nraise SystemExit\n"""\\'
    assert derive(net).function().__name__ == "value_and_grad"


def test_what_has_no_matrix_form_is_written_in_components() -> None:
    h, x, kernel = vector("h", 3, "auxiliary"), vector("x", 6, "input"), vector("K", 3)
    conv = Equation(h, (i,), sp.Sum(kernel.at(k) * x.at(2 * i + k - 2), (k, 1, 3)))
    program = Program((x, kernel), (conv, squares(h)))
    d = derive(program, of=J)
    values = random_values(program)
    loss, grads = d.function()({"K": values["K"]}, values["x"])
    truth = Truth(program, values)
    assert abs(loss - truth.run["J"]) < 1e-14
    np.testing.assert_allclose(grads["K"], truth.gradient("J", "K"), rtol=1e-12)


@pytest.mark.parametrize("spec", ["1-1-1-1", "2-3-2", "2-3:relu-2:softmax/ce"])
def test_lambdify_is_the_tape(spec: str) -> None:
    d = derive(spec)
    values = regular_values(d.forward)
    names = given_names(d.forward)
    given = {names[q.name]: values[q.name] for q in d.forward.all_given}
    truth = Truth(d.forward, values)
    every = d.lambdify()(**given)
    for q in Network(spec).parameters:
        expected = truth.gradient("J", q.name)
        np.testing.assert_allclose(np.reshape(every[names[q.name]], expected.shape), expected, rtol=1e-11, atol=1e-15)
        one = d.lambdify(q.letter, q.layer)(*given.values())
        np.testing.assert_allclose(np.reshape(one, expected.shape), expected, rtol=1e-11, atol=1e-15)


def test_lambdify_says_what_it_cannot() -> None:
    with pytest.raises(SymbackpropError, match=r"d\.function\(\)"):
        derive("784-128-64-10").lambdify("W", 2)
    with pytest.raises(SymbackpropError, match="sizes are missing: n0"):
        derive("n0-n1").lambdify()
    assert derive("n0-n1").lambdify("b", 1, sizes={"n0": 2, "n1": 3})(
        x=np.ones(2), y=np.ones(3), W1=np.ones((3, 2)), b1=np.ones(3)).shape == (3,)
    with pytest.raises(TypeError, match="the arguments are"):
        derive("1-1").lambdify()(1.0)


def test_an_undefined_function_has_numbers_but_no_code() -> None:
    x, w = sp.symbols("x w")
    z, j_ = sp.symbols("z J")
    net = Network.from_sympy([sp.Eq(z, f(w * x)), sp.Eq(j_, z**2)], loss=j_, wrt=[w])
    d: Derivation = derive(net)
    assert d.verify()
    with pytest.raises(SymbackpropError, match="f has no definition"):
        d.source()


def test_a_named_function_without_a_spelling_is_written_by_its_definition() -> None:
    swish = named("swish", ARGUMENT / (1 + sp.exp(-ARGUMENT)))
    x, h, w = vector("x", 3, "input"), vector("h", 3), vector("w", 3)
    program = Program((x, w), (Equation(h, (index("i"),), swish(w.at(i) * x.at(i))), squares(h)))
    values = random_values(program)
    d = derive(program, of=J, notation=Notation("plain", ""))
    _, grads = d.function()({"w": values["w"]}, values["x"])
    np.testing.assert_allclose(grads["w"], Truth(program, values).gradient("J", "w"), rtol=1e-12)
    assert "def swish(z):" in d.source()
    assert SIGMA.__name__ == "sigmoid"
