"""The formula language: what it reads, and that every mistake has a line, a column and a caret."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symbackprop.language.errors import SymbackpropError, SyntaxProblem
from symbackprop.networks.activations import functions
from symbackprop.networks.layers import formula_layer
from symbackprop.networks.network import Network
from symbackprop.syntax.formula import parse_equation, parse_expression
from symbackprop.syntax.gradient import read_gradient


def equations(*formulas: str, size: int = 3, **sizes: int) -> list[str]:
    net = Network([formula_layer("own", formulas, sizes)], inputs=size)
    return [f"{e.target} = {e.expression}" for e in net.program.equations[:-1]]


@pytest.mark.parametrize(("formula", "expected"), [
    ("h[j] = x[j]^2", "h[own][j] = a[0][j]**2"),
    ("h[j] = -x[j]^2", "h[own][j] = -a[0][j]**2"),
    ("h[j] = 2*x[j]/4", "h[own][j] = a[0][j]/2"),
    ("h[j] = 0.01*x[j]", "h[own][j] = a[0][j]/100"),
    ("h[j] = 2^-1*x[j]", "h[own][j] = a[0][j]/2"),
    ("h[j] = sigmoid(c*x[j])", "h[own][j] = sigmoid(c[own]*a[0][j])"),
    ("h[j] = sum(i, V[j,i]*x[i])", "h[own][j] = Sum(V[own][j, i]*a[0][i], (i, 1, 3))"),
    ("h[j] = x[j]/n", "h[own][j] = a[0][j]/3"),
    ("h[j] = where(x[j] > 0, x[j], 0)", "h[own][j] = Piecewise((a[0][j], a[0][j] > 0), (0, True))"),
])  # fmt: skip
def test_reads(formula: str, expected: str) -> None:
    sizes = {"j": 3} if "sum" in formula else {}
    assert equations(formula, **sizes)[0] == expected


def test_an_affine_index_and_given_sizes() -> None:
    assert equations("h[j] = sum(k, x[2*(j-1)+k])/2", size=7, j=3, k=2) == [
        "h[own][j] = Sum(a[0][2*j + k - 2], (k, 1, 2))/2"]


BAD = [
    ("h[j] = x[i]", "index i is not bound", 10),
    ("h[j] = sum(i, V[j,i]*x[i]", "expected ')'", 26),
    ("h[j] = x[j] +", "end of the formula", 14),
    ("h[j] = sigmod(x[j])", "unknown function 'sigmod'", 8),
    ("h[j] = x[j] $ 2", "'$' has no meaning", 13),
    ("h[j] = x[j,j]", "1 axis", 8),
    ("h[j] = x[j]*x[j*j]", "affine", 16),
    ("h[j] = 9^9^9^9 * x[j]", "exponent", 11),
    ("h[j] = x[j]/0", "division by zero", 12),
    ("h[j] = exp(x[j], 2)", "takes 1 argument", 8),
    ("x[j] = 2", "the input", 1),
    ("h[j] x[j]", "expected '='", 6),
    ("h[j] = V[q]*x[j]", "not bound", 10),
    ("h[j] = sum(q, V[q])*x[j]", "range of index q", 12),
    ("h[j] = x[j] > 2", "comparison", 13),
    ("h[j] = sigma'*x[j]", "with its argument", 8),
    ("", "expected a number", 1),
]


@pytest.mark.parametrize(("formula", "words", "column"), BAD)
def test_mistakes_have_a_caret(formula: str, words: str, column: int) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        equations(formula)
    assert words in str(caught.value)
    assert caught.value.column == column
    assert "^" in str(caught.value)


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(SyntaxProblem, match="did you mean 'sigmoid'"):
        equations("h[j] = sigmod(x[j])")


def test_two_sizes_on_one_index() -> None:
    with pytest.raises(SyntaxProblem, match="index i runs over"):
        equations("g[j] = sum(i, V[j,i]*x[i])", "h[j] = sum(i, g[i]*x[i])*g[j]", j=4)


@pytest.mark.parametrize("text", ["(" * 5000, "(-" * 900 + "1", "1+" * 9000 + "1", "a" * 20_000, "x[" * 3000,
                                  "2^" * 4000 + "2"])  # fmt: skip
def test_hostile_lengths_and_depths(text: str) -> None:
    with pytest.raises(SyntaxProblem) as caught:
        parse_expression(text)
    assert len(str(caught.value)) < 500


@given(st.text(alphabet="abxjW[](),+-*/^=' 0129.σ\n한<>", max_size=60))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_equation(text)
        equations(text)
    except SymbackpropError:
        return


@pytest.mark.parametrize(("text", "name", "indices"), [
    ("dJ/dW[2][j,i] = a[1][i]", "W[2]", "j,i"),
    ("dW2[j,i] = da[2][j]*sigma'(z[2][j])*a[1][i]", "W[2]", "j,i"),
    ("dw[1][p,q] = x[q]*dJ/dz[1][p]", "W[1]", "p,q"),
    ("db[2][j] = σ'(z[2][j])*(a[2][j]-y[j])/2", "b[2]", "j"),
])  # fmt: skip
def test_gradients_by_hand(text: str, name: str, indices: str) -> None:
    by, at, expression = read_gradient(text, Network("3-4-2").program, functions())
    assert by.name == name
    assert ",".join(map(str, at)) == indices
    assert isinstance(expression, sp.Expr)


@pytest.mark.parametrize(("text", "words"), [
    ("W[2][j,i] = 1", "names a gradient"), ("dJ/dQ[2][j] = 1", "no quantity Q"), ("dW[2][j] = 1", "different index"),
    ("dW[2][j,i] = a[7][i]", "no quantity a"), ("dW[2][j,i] = a[1][j,i]", "1 axes"),
])  # fmt: skip
def test_gradients_by_hand_that_cannot_be_read(text: str, words: str) -> None:
    with pytest.raises(SyntaxProblem, match=words):
        read_gradient(text, Network("3-4-2").program, functions())
