"""Descriptions that once hung, crashed or were misread: each is read right, or refused with a message."""

from __future__ import annotations

import pytest
import sympy as sp

from symbackprop.language.errors import NetworkError, SyntaxProblem
from symbackprop.networks.activations import functions, in_argument
from symbackprop.networks.layers import dense, formula_layer
from symbackprop.networks.network import Network
from symbackprop.syntax.gradient import read_gradient

NET = Network("2-3-4").program


def right_side(text: str) -> sp.Expr:
    return read_gradient(text, NET, functions())[2]


@pytest.mark.parametrize("written", [
    "sigma'(z[2][j])*dJ/da[2][j]*a[1][i]",
    "a[1][i]*sigma'(z[2][j])*dJ/da[2][j]",
    "a[1][i]*(dJ/da[2][j])*sigma'(z[2][j])",
    "-dJ/da[2][j]*sigma'(z[2][j])*a[1][i]*(-1)",
    "2*dJ/da[2][j]/2*sigma'(z[2][j])*a[1][i]",
])  # fmt: skip
def test_an_adjoint_is_one_name_wherever_it_stands_in_a_product(written: str) -> None:
    expected = right_side("dW[2][j,i] = da[2][j]*sigma'(z[2][j])*a[1][i]")
    assert right_side(f"dW[2][j,i] = {written}") == expected


@pytest.mark.parametrize("text", [
    "db[2][j] = sum(i, a[0][i]) + sum(i, a[1][i])", "db[2][j] = sum(i, a[0][i]*a[1][i])", "db[2][j] = a[0][j]",
])  # fmt: skip
def test_an_index_has_one_size_in_a_gradient(text: str) -> None:
    with pytest.raises(SyntaxProblem, match="runs over"):
        right_side(text)


def test_the_numerator_alone_is_no_derivative() -> None:
    with pytest.raises(SyntaxProblem, match="stands alone"):
        right_side("db[2][j] = dJ")


@pytest.mark.parametrize("text", [
    "((((2^100)^100)^100)^100)^100*z", "((((2^100*z)^100)^100)^100)^100", "*".join(["1e999"] * 900) + "*z",
    "where(sin(exp(exp(100))) > 1/2, z, 2)", "max(sin(exp(exp(exp(5)))), 0)", "+".join(["z"] * 3000),
    "*".join(["z"] * 3000), "z*sqrt(-1)", "(-1)^(1/2)", "z + log(0)",
])  # fmt: skip
def test_numbers_and_rows_out_of_reach_are_refused_at_once(text: str) -> None:
    with pytest.raises(SyntaxProblem):
        in_argument(text)


def test_a_row_of_two_hundred_terms_is_read() -> None:
    assert in_argument("+".join(["z"] * 200)).as_coeff_Mul()[0] == 200


@pytest.mark.parametrize("net", [
    Network([formula_layer(f"q{k}", ["h[j] = x[j]*exp(x[j])*w[j]"]) for k in range(18)], inputs=2),
    Network("-".join(["n0", *(f"n{k}:softmax" for k in range(1, 21))])),
])  # fmt: skip
def test_a_composite_loss_that_doubles_is_counted_before_it_is_built(net: Network) -> None:
    with pytest.raises(NetworkError, match="terms"):
        _ = net.loss


@pytest.mark.parametrize("spec", ["10^9-10^9-10", "2" + "-2" * 15, "1" + "-1" * 2000, "784-128-10"])
def test_an_expanded_loss_is_counted_before_it_is_built(spec: str) -> None:
    with pytest.raises(NetworkError):
        Network(spec).loss_expanded()


def test_small_losses_are_still_written() -> None:
    assert Network("1-1-1").loss_expanded() == Network("1-1-1").loss
    assert len(str(Network("n0-n1-n2-n3:softmax/ce").loss)) > 100
    assert Network("1" + "-1" * 20).loss.has(sp.Symbol("W[1]"))


@pytest.mark.parametrize("size", [sp.Rational(1, 2), sp.Integer(-3), "3 4", "", True, 2.5])
def test_what_is_no_size(size: object) -> None:
    with pytest.raises(NetworkError):
        dense(size)  # type: ignore[arg-type]


def test_a_parameter_has_one_shape() -> None:
    with pytest.raises(SyntaxProblem, match="U has 2 axes, but 1"):
        Network([formula_layer("g", ["h[j] = sum(i, U[j,i]*x[i]) + U[j]"], {"j": 3})], inputs=4)


@pytest.mark.parametrize("make", [
    lambda: Network([3, 4], inputs=2),  # type: ignore[list-item]
    lambda: Network([dense(1)] * 200_000, inputs=1),
    lambda: Network("2-3", inputs=5),
    lambda: Network("m-3-1", batch="columns"),
    lambda: formula_layer("g", "h[j] = x[j]"),
    lambda: Network.from_toml("[input]\nsize = 3\n[[layer]]\nkind = 'dense'\nsize = " + "9" * 5000),
])  # fmt: skip
def test_refused_with_a_message(make: object) -> None:
    with pytest.raises(NetworkError):
        make()  # type: ignore[operator]


def test_another_loss_is_described_as_what_it_is() -> None:
    assert Network("2-3:softmax/ce", loss="mse").describe == "2-3:softmax/mse"


def test_a_byte_order_mark_is_no_statement() -> None:
    assert Network.from_toml("\ufeff[input]\nsize = 3\n[[layer]]\nkind = 'dense'\nsize = 2\n").describe == "3-2"


def test_the_same_equation_twice() -> None:
    w, z, J = sp.symbols("w z J")
    with pytest.raises(NetworkError, match="z is defined twice"):
        Network.from_sympy([sp.Eq(z, w), sp.Eq(z, w), sp.Eq(J, z)], loss=J, wrt=[w])


def test_by_an_intermediate_quantity_roles_stay() -> None:
    w, x, z, a, o, J = sp.symbols("w x z a o J")
    equations = [sp.Eq(z, w * x), sp.Eq(a, sp.exp(z)), sp.Eq(o, a * x), sp.Eq(J, o**2)]
    roles = {q.name: q.role for q in Network.from_sympy(equations, loss=J, wrt=[w, z]).program.quantities.values()}
    assert (roles["w"], roles["z"], roles["a"]) == ("parameter", "pre-activation", "activation")
