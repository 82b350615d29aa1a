"""Second derivatives: the backward program derived again, against differences of gradients and against itself."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.api import Derivation
from symbackprop.calculus.derive import derive
from symbackprop.calculus.second import along
from symbackprop.language.derivation import Chapter, Entry, Factor, Line, Product, Step
from symbackprop.language.errors import DerivationError, NetworkError, SymbackpropError
from symbackprop.language.functions import ARGUMENT, Named, prime
from symbackprop.language.program import Program
from symbackprop.language.quantity import PARAMETERS, Equation
from symbackprop.networks.activations import function_class
from symbackprop.numeric.evaluate import evaluate
from symbackprop.numeric.sample import regular_values
from symbackprop.verify.report import CHECKS, verify

ALL = set(CHECKS)


def from_sympy() -> sb.Network:
    w1, b1, w2, b2, x, y, z1, a1, z2, a2, J = sp.symbols("w1 b1 w2 b2 x y z1 a1 z2 a2 J")
    f = sp.Function("f")
    equations = [sp.Eq(z1, w1 * x + b1), sp.Eq(a1, f(z1)), sp.Eq(z2, w2 * a1 + b2),
                 sp.Eq(a2, 1 / (1 + sp.exp(-z2))), sp.Eq(J, (a2 - y) ** 2 / 2)]  # fmt: skip
    return sb.Network.from_sympy(equations, loss=J, wrt=[w1, b1, w2, b2])


NETWORKS: dict[str, Any] = {
    "1-1-1": "1-1-1", "2-2-2": "2-2-2", "tanh, softmax": "2-3:tanh-2:softmax/ce", "relu": "3-4:relu-2",
    "sizes as symbols": "n0-n1-n2", "batch": sb.Network("2-3-2", batch="columns"), "from SymPy": from_sympy(),
}  # fmt: skip


def parameters(d: Derivation) -> list[str]:
    return [q.name for q in d.forward.all_given if q.role in PARAMETERS]


def whole_product(network: Any) -> tuple[Derivation, Derivation]:
    """A derivation, and the Hessian-vector product of all its parameters."""
    d = sb.derive(network)
    return d, sb.derive(d.backward, of=[f"d{name}" for name in parameters(d)])


def gradients(d: Derivation, values: dict[str, Any]) -> dict[str, Any]:
    found = evaluate(d.record.backward, evaluate(d.forward, values))
    return {name: found[f"d{name}"] for name in parameters(d)}


def direction_of(name: str) -> str:
    return f"v_{name}"


# what is right


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_hessian_vector_products_are_differences_of_gradients(network: Any) -> None:
    d, second = whole_product(network)
    values = regular_values(second.forward)
    moved: list[dict[str, Any]] = []
    h = 1e-5
    for sign in (h, -h):
        there = {q.name: values[q.name] for q in d.forward.all_given}
        there |= {name: values[name] + sign * values[direction_of(name)] for name in parameters(d)}
        moved.append(gradients(d, there))
    found = evaluate(second.record.backward, evaluate(second.forward, values))
    for name in parameters(d):
        expected = (moved[0][name] - moved[1][name]) / (2 * h)
        assert found[f"ds/d{name}"] == pytest.approx(expected, rel=1e-6, abs=1e-8), name


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_the_hessian_is_symmetric(network: Any) -> None:
    """``uᵀ H v = vᵀ H u``, for all parameters together; for single numbers ``∂²J/∂w₁∂w₂ = ∂²J/∂w₂∂w₁``."""
    d, second = whole_product(network)
    values = regular_values(second.forward)
    other = {name: np.cos(1.0 + np.arange(np.size(values[name]))).reshape(np.shape(values[name]))
             for name in parameters(d)}  # fmt: skip
    one = evaluate(second.record.backward, evaluate(second.forward, values))
    swapped = values | {direction_of(name): other[name] for name in other}
    two = evaluate(second.record.backward, evaluate(second.forward, swapped))
    left = sum(np.sum(other[name] * one[f"ds/d{name}"]) for name in other)
    right = sum(np.sum(values[direction_of(name)] * two[f"ds/d{name}"]) for name in other)
    assert left == pytest.approx(right, rel=1e-10)
    assert abs(left) > 1e-6


def test_mixed_second_derivatives_of_a_chain_agree_in_either_order() -> None:
    d = sb.derive("1-1-1")
    names = parameters(d)
    rows = {name: sb.derive(d.backward, of=f"d{name}") for name in names}
    values = regular_values(d.forward)
    hessian = {name: evaluate(r.record.backward, evaluate(r.forward, values)) for name, r in rows.items()}
    for one in names:
        for other in names:
            assert hessian[one][f"ds/d{other}"] == pytest.approx(hessian[other][f"ds/d{one}"], rel=1e-12)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_every_check_is_green(network: Any) -> None:
    d = sb.derive(network)
    second = sb.derive(d.backward, of=f"d{parameters(d)[0]}")
    report = second.verify()
    assert report, report.failed
    assert {c.name for c in report.checks} == ALL, report.notes
    # the first derivatives it starts from are gradients, too
    assert f"d{parameters(d)[0]}" in {c.target for c in report.checks if c.name == "backprop"}


def test_lambdify_takes_the_direction() -> None:
    d = sb.derive("2-2-2")
    f = sb.derive(d.backward, of="dW[1]").lambdify("W", 2)
    assert f.__doc__ == "gradient(x, y, v, W1, b1, W2, b2)"


# red by name


def with_chapter(second: Derivation, chapter: Chapter) -> Derivation:
    entries = tuple(Entry(e.name, chapter) if e.name == chapter.quantity.name else e for e in second.record.entries)
    return replace(second, record=replace(second.record, entries=entries, _made={}))


def test_a_lost_path_goes_red_by_name() -> None:
    """ds/dW[2] without the path through ∂J/∂a[1], which a first derivation does not have."""
    d = sb.derive("2-2-2")
    second = sb.derive(d.backward, of="dW[1]")
    right = second.record.chapter("ds/dW[2]")
    assert len(right.result.products) == 2
    last = right.steps[-1]
    wrong = replace(right, steps=(*right.steps[:-1], replace(last, after=Line(last.after.products[:1]))))
    failed = with_chapter(second, wrong).verify().failed
    assert {c.target for c in failed if c.name != "agreement"} == {"ds/dW[2]"}
    assert {"replay", "backprop", "difference", "complex-step", "oracle"} <= {c.name for c in failed}


def test_a_first_derivative_for_a_second_goes_red() -> None:
    """σ′ in the place of σ″."""
    d = sb.derive("1-1-1")
    second = sb.derive(d.backward, of="dW[1]")
    right = second.record.chapter("ds/dz[1]")
    sigma = function_class("sigmoid")
    first, twice = prime(sigma), prime(prime(sigma))  # type: ignore[arg-type]
    products = tuple(
        Product(tuple(Factor(f.expression.replace(twice, first), f.role) for f in p.factors), p.over)
        for p in right.result.products
    )
    assert Line(products) != right.result
    wrong = replace(right, steps=(*right.steps, Step("recognise", right.result, Line(products))))
    assert {c.name for c in with_chapter(second, wrong).verify().failed if c.target == "ds/dz[1]"} >= {
        "replay", "backprop", "difference", "complex-step"}  # fmt: skip


def test_a_wrong_first_derivative_goes_red_in_the_second() -> None:
    """A second derivation of a wrong gradient is consistent in itself: the tape on the network says what is wrong."""
    d = sb.derive("2-2-2")
    joint = d.record.joint
    body = tuple(
        Equation(e.quantity, e.indices, 2 * e.expression)
        if isinstance(e, Equation) and e.quantity.name == "dW[1]" else e
        for e in joint.body
    )
    program, s = along(Program(joint.given, body, joint.sizes), ["dW[1]"])
    record = derive(program, s, None, d.notation)
    assert {(c.name, c.target) for c in verify(record).failed} == {("backprop", "dW[1]")}


# the record


def test_names_say_of_what() -> None:
    d = sb.derive("2-2-2")
    second = sb.derive(d.backward, of="dW[1]")
    assert second.names[:3] == ("ds/ddW[1]", "ds/dda[1]", "ds/dda[2]")
    assert second["W", 2].name == second["ds/dW[2]"].name == "ds/dW[2]"
    assert second.record.named >= {"ds/dda[1]", "ds/da[1]"}
    chain = sb.derive(sb.derive("1-1-1").backward, of="dw1")
    assert chain.record.forward.definition("s").expression == sp.Symbol("dW[1]")
    assert sb.derive(sb.derive(from_sympy()).backward, of="dw1").names[0] == "ds/ddw1"


def test_the_joint_program_says_how_gradients_depend_on_parameters() -> None:
    d = sb.derive("2-2-2")
    assert isinstance(d.backward, Program)
    assert {q.name for q in d.backward.all_given} == {q.name for q in d.forward.all_given}
    values = regular_values(d.forward)
    run = evaluate(d.backward, values)
    assert {f"d{n}" for n in parameters(d)} <= set(run)
    dw = d.backward.quantities["dW[1]"]
    assert (dw.of and dw.of.name, dw.by and dw.by.name) == ("J", "W[1]")


def test_what_is_not_needed_is_not_in_the_way() -> None:
    second = sb.derive(sb.derive("2-2-2").backward, of="dW[2]")
    assert not {"dW[1]", "da[1]", "db[1]"} & set(second.forward.quantities)


def test_the_second_derivative_of_a_kink_is_zero_and_that_is_said() -> None:
    second = sb.derive(sb.derive("2-3:relu-2").backward, of="dW[1]")
    relu = function_class("relu")
    assert prime(prime(relu)).definition == 0  # type: ignore[arg-type]
    used = {type(f).__name__ for c in second.record.chapters for f in c.result.expression.atoms(Named)}
    assert used == {"relu_prime", "sigmoid_prime", "sigmoid_prime_prime"}
    assert {a.key for a in second.record.assumptions} == {"kink", "flat"}
    assert "relu''(z) = 0" in second.document("text", lang="en")[0]
    assert "꺾인 점에서도 0으로 둡니다" in second.document("html", lang="ko")[0]


def test_primes_have_any_order() -> None:
    sigma = function_class("sigmoid")
    third = prime(prime(prime(sigma)))  # type: ignore[arg-type]
    assert third.order == 3
    assert sp.simplify(third.definition - sp.diff(sigma.definition, ARGUMENT, 3)) == 0
    a, b, x, z = sp.symbols("a b x z")
    g, J = sp.Function("g"), sp.Symbol("J")
    net = sb.Network.from_sympy([sp.Eq(z, g(a, b * x)), sp.Eq(J, z**2)], loss=J, wrt=[a, b])
    assert sb.derive(sb.derive(net).backward, of=["da", "db"]).verify()


def test_an_argument_that_stands_twice_counts_once_a_place() -> None:
    w, v, x, z, a, J = sp.symbols("w v x z a J")
    g = sp.Function("g")
    net = sb.Network.from_sympy([sp.Eq(z, w * x), sp.Eq(a, g(z, v * z)), sp.Eq(J, a**2)], loss=J, wrt=[w, v])
    d = sb.derive(net)
    assert d.verify()
    assert sb.derive(d.backward, of="dw").verify()


# prints


def test_prints_say_which_derivative() -> None:
    second = sb.derive(sb.derive("2-2-2").backward, of="dW[1]")
    latex = second.latex()
    assert r"\frac{\partial s}{\partial(\partial J/\partial a^{[1]}_j)}" in latex
    assert r"\frac{\partial s}{\partial z^{[1]}_j}" in latex
    assert r"\frac{\partial J}{\partial a^{[1]}_j}" in latex
    assert r"\sigma''(z^{[1]}_j)" in latex
    assert str(second["da", 1]).startswith("∂s/∂(∂J/∂a[1]_j) = Σ")
    assert str(second["W", 1].matrix) == "(∂s/∂z[1]) (a[0])ᵀ"


def test_json_names_are_those_of_the_record() -> None:
    second = sb.derive(sb.derive("2-2-2").backward, of="dW[1]")
    made = json.loads(second.document("json")[0])
    assert made["network"] == "2-2-2"
    assert [g["name"] for g in made["backward"]] == list(second.names)
    assert next(g for g in made["backward"] if g["name"] == "ds/dW[2]")["uses"] == [
        "a[1]", "ds/dz[2]", "da[2]", "z[2]", "ds/dda[1]"]  # fmt: skip


@cache
def of_two() -> sb.Derivation:
    return sb.derive(sb.derive("2-2-2").backward, of=["dW[1]", "db[2]"])


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("form", ["component", "all"])
def test_pages_do_not_speak_of_gradient_descent(lang: str, form: str, tmp_path: Path) -> None:
    second = of_two()
    for ending in ("html", "tex", "md", "txt", "mml"):
        page = second.save(tmp_path / f"page.{ending}", lang=lang, form=form).read_text(encoding="utf-8")
        assert page
        for nonsense in ("Gradient descent", "경사하강법", "Backward pass", "역전파: ", "to the loss."):
            assert nonsense not in page
    text, report = second.document("text", lang=lang, form=form)
    assert report
    assert ("Second derivatives in the network 2-2-2" if lang == "en" else "2-2-2 신경망의 2계 도함수") in text
    # each chapter under its own name
    assert "∂s/∂(∂J/∂a[1]_j) ≝" in text
    assert "∂s/∂(∂J/∂a[2]_j) ≝" in text


def test_what_is_printed_is_read_back() -> None:
    second = sb.derive(sb.derive("2-3-2").backward, of="dW[1]")
    right = "∂s/∂W[2][j,i] = a[1][i]·∂s/∂z[2][j] + ∂J/∂a[2][j]·sigma'(z[2][j])·ds/dda[1][i]"
    wrong = "ds/dW[2][j,i] = a[1][i]*ds/dz[2][j] + dJ/da[2][j]*sigma'(z[2][j])*ds/da[1][i]"
    assert [v.verdict for v in sb.check(second, f"{right}\n{wrong}")] == ["right", "wrong"]
    (refused,) = sb.check(second, "dW[1][j,i] = a[0][i]")
    assert refused.verdict == "unread"
    assert "a derivative of s" in refused.detail


# refusals


def test_refusals_are_sentences() -> None:
    d = sb.derive("2-2-2")
    second = sb.derive(d.backward, of="dW[1]")
    with pytest.raises(DerivationError, match="third derivatives"):
        _ = second.backward
    with pytest.raises(DerivationError, match="say what to derive"):
        sb.derive(d.backward)
    with pytest.raises(DerivationError, match="say what to derive again"):
        sb.derive(d.backward, of=[])
    with pytest.raises(DerivationError, match="twice"):
        sb.derive(d.backward, of=["dW[1]", "dW[1]"])
    with pytest.raises(DerivationError, match=r"s does not depend on dW\[2\]"):
        sb.derive(d.backward, of="da[2]", wrt=["W[1]", "dW[2]"])
    with pytest.raises(NetworkError, match="there is no quantity dQ"):
        sb.derive(d.backward, of="dQ[1]")
    with pytest.raises(DerivationError, match="a derivative already"):
        sb.derive(d.record.backward, of="dW[1]")
    with pytest.raises(SymbackpropError, match="code for second derivatives"):
        second.source()


def test_a_loss_that_is_linear_has_no_second_derivative() -> None:
    w, x, J = sp.symbols("w x J")
    d = sb.derive(sb.Network.from_sympy([sp.Eq(J, w * x)], loss=J, wrt=[w]))
    with pytest.raises(DerivationError, match="s depends on no parameter"):
        sb.derive(d.backward, of="dw")
