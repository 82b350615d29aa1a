"""The examiner: its own tape against differences; green on what is right; a named check red on each planted error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy as sp
from networks import SIGMA, J, i, j, k, perceptron, squares, vector

from symbackprop.api import derive as derive_net
from symbackprop.calculus.derive import derive
from symbackprop.forms.matrix import matrix_form
from symbackprop.language.arrays import MatrixForm, Scaled, Transpose
from symbackprop.language.derivation import Chapter, Derivation, Entry, Factor, Line, Product, Step, line
from symbackprop.language.errors import VerificationError
from symbackprop.language.functions import prime
from symbackprop.language.indices import base_of
from symbackprop.language.notation import Notation
from symbackprop.language.program import Program
from symbackprop.language.quantity import Equation, Quantity
from symbackprop.language.report import Report
from symbackprop.networks.network import Network
from symbackprop.numeric.ops import mpmath_ops
from symbackprop.numeric.sample import regular_values
from symbackprop.verify.report import CHECKS, verify
from symbackprop.verify.tape import Var, adjoints, tape_ops
from symbackprop.verify.truth import Truth, tape_gradients

NOTES = Notation("notes", "")
ALL = {"replay", "oracle", "difference", "complex-step", "backprop", "agreement", "exact"}


def examined(d: Derivation, notation: Notation = NOTES) -> Report:
    return verify(d, matrix_forms=lambda c: matrix_form(d, c, notation))


def red(report: Report) -> set[str]:
    return {c.name for c in report.failed}


# the tape


FUNCTIONS = ["exp", "log", "tanh", "sin", "cos", "tan", "sinh", "cosh", "atan", "asinh", "erf", "Abs", "sqrt"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_slopes_of_the_tape_are_differences(name: str) -> None:
    ops = mpmath_ops(50)
    tape = tape_ops(ops)
    at = np.array([ops.number(sp.Rational(n, 7)) for n in (3, 5, 9)], dtype=object)
    x = Var(at, ops)
    found = adjoints(tape.functions[name](x))[id(x)]
    h = ops.number(sp.Rational(1, 10**20))
    expected = (ops.functions[name](at + h) - ops.functions[name](at - h)) / (2 * h)
    assert all(abs(a - b) < 1e-25 for a, b in zip(found, expected, strict=True))


@pytest.mark.parametrize("spec", ["2-3-2", "2-3:relu-2:softmax/ce", "2-2:tanh-2:sigmoid/bce", "2-3:softplus-2/sse"])
def test_the_tape_agrees_with_complex_steps(spec: str) -> None:
    program = Network(spec).with_batch("columns").program
    truth = Truth(program, regular_values(program))
    for name in program.quantities:
        gradient = truth.gradient("J", name)
        direction = np.random.default_rng(1).normal(size=np.shape(gradient))
        if name != "J":
            found = np.imag(truth.moved(name, 1e-30j * direction, "J")) / 1e-30
            assert abs(found - np.sum(gradient * direction)) < 1e-12


def test_an_entry_read_twice_gets_both_contributions() -> None:
    x = vector("x", 3, "input")
    program = Program((x,), (Equation(J, (), x.at(sp.Integer(1)) * x.at(sp.Integer(1)) + x.at(sp.Integer(2)) ** 3),))
    np.testing.assert_allclose(tape_gradients(program, "J", {"x": np.array([3.0, 2, 9])})["x"], [6, 12, 0])


def test_the_tape_has_no_depth() -> None:
    program = perceptron(*[1] * 400)
    gradient = tape_gradients(program, "J", regular_values(program))
    assert np.isfinite(gradient["W[1]"]).all()


# green


SPECS = ["1-1-1-1", "2-3-2", "2-3:relu-3:softmax/ce", "2-3:tanh-2:sigmoid/bce", "2-2:softplus-2:identity/sse",
         "2-3:leaky_relu-2", "n0-n1-n2", "n0-n1:relu-n2:softmax/ce"]  # fmt: skip


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("batch", ["none", "columns", "rows"])
def test_green(spec: str, batch: Any) -> None:
    report = derive_net(Network(spec).with_batch(batch)).verify()
    assert report, report.failed
    missing = ALL - {c.name for c in report.checks}
    assert all(any(note.startswith(name) for note in report.notes) for name in missing)


def test_the_homework_is_checked_at_its_own_sizes() -> None:
    report = derive_net("784-128-64-10").verify()
    assert report, report.failed
    assert any("drawn at random" in note for note in report.notes)
    assert {c.name for c in report.checks} >= {"replay", "backprop", "oracle"}


def test_the_oracle_may_be_asked_at_small_sizes() -> None:
    large, small = (derive_net(spec).record for spec in ("784-128-10", "2-2-2"))
    assert {c.target for c in verify(large, small=small).checks if c.name == "oracle"} == {"dW[1]", "db[1]", "dW[2]",
                                                                                         "db[2]"}  # fmt: skip


def test_templates_of_a_deep_network_are_replayed_once_and_it_is_said() -> None:
    d = derive(perceptron(*[1] * 31), J, None, NOTES)
    report = examined(d)
    assert report, report.failed
    assert any("replayed once" in note for note in report.notes)


def test_bounds_and_order() -> None:
    report = examined(derive(perceptron(2, 2), J, None, NOTES))
    bounds = {c.name: c.bound for c in report.checks}
    assert bounds == {"replay": 1e-9, "backprop": 1e-9, "difference": 1e-6, "complex-step": 1e-10, "oracle": 1e-30,
                      "agreement": 1e-9, "exact": 1e-20}  # fmt: skip
    assert list(dict.fromkeys(c.name for c in report.checks)) == list(CHECKS)


def test_the_same_network_gives_the_same_report_and_fresh_does_not() -> None:
    d = derive(perceptron(2, 3, 2), J, None, NOTES)
    assert examined(d) == examined(d)
    fresh = verify(d, fresh=True)
    assert fresh
    assert fresh.checks != verify(d).checks


def test_progress_names_the_checks() -> None:
    seen: list[str] = []
    verify(derive(perceptron(1, 1), J, None, NOTES), progress=seen.append)
    assert seen == list(CHECKS)


def test_what_is_too_large_is_said() -> None:
    with pytest.raises(VerificationError, match="n0-n1-n2"):
        verify(derive(perceptron(10**5, 10**5), J, None, NOTES))


def test_an_undefined_sigma_is_checked_too() -> None:
    w, x, y, z, a, J_ = sp.symbols("w x y z a J")
    sigma = sp.Function("sigma")
    net = Network.from_sympy([sp.Eq(z, w * x), sp.Eq(a, sigma(z)), sp.Eq(J_, (a - y) ** 2 / 2)], loss=J_, wrt=[w])
    report = derive_net(net).verify()
    assert report, report.failed
    assert {c.name for c in report.checks} == ALL


# planted errors


def with_result(d: Derivation, name: str, change: Callable[[Product], Product | None]) -> Derivation:
    """The derivation with one chapter that ends in a slip: a last step that is not true."""
    chapter = d.chapter(name)
    products = tuple(q for p in chapter.result.products if (q := change(p)) is not None)
    wrong = Line(products or (Product((Factor(sp.Integer(0)),)),))
    slip = replace(chapter, steps=(*chapter.steps, Step("numbers", chapter.result, wrong)))
    return planted(d, slip)


def planted(d: Derivation, wrong: Chapter) -> Derivation:
    name = wrong.quantity.name
    entries = tuple(Entry(name, wrong) if e.name == name else e for e in d.entries)
    return replace(d, entries=entries, _made={})


def flip(p: Product) -> Product:
    return Product((Factor(sp.Integer(-1)), *p.factors), p.over)


def without(fits: Callable[[Factor], bool]) -> Callable[[Product], Product]:
    def change(p: Product) -> Product:
        kept = tuple(f for f in p.factors if not fits(f))
        assert len(kept) < len(p.factors)
        return Product(kept or (Factor(sp.Integer(1)),), p.over)

    return change


def swapped(letter: str) -> Callable[[Product], Product]:
    """The indices of one matrix exchanged: a transpose dropped."""

    def change(p: Product) -> Product:
        def turned(f: Factor) -> Factor:
            e = f.expression
            fits = isinstance(e, sp.Indexed) and str(base_of(e)) == letter
            return Factor(sp.Indexed(e.base, *reversed(e.indices)), f.role) if fits else f

        return Product(tuple(turned(f) for f in p.factors), p.over)

    return change


def is_slope(f: Factor) -> bool:
    return f.expression.has(prime(SIGMA))


def is_mean(f: Factor) -> bool:
    return f.expression == 1 / sp.Symbol("m", integer=True, positive=True)


def columns(*sizes: int) -> Derivation:
    return derive_net(Network("-".join(map(str, sizes))).with_batch("columns")).record


PLAIN = derive(perceptron(2, 3, 2), J, None, NOTES)
EQUAL = derive(perceptron(2, 2, 2), J, None, NOTES)
PLANTED: dict[str, Callable[[], Derivation]] = {
    "sign flipped": lambda: with_result(PLAIN, "dW[2]", flip),
    "a factor dropped": lambda: with_result(PLAIN, "dW[1]", without(is_slope)),
    "transpose dropped": lambda: with_result(PLAIN, "da[1]", swapped("W[2]")),
    "transpose dropped between equal sizes": lambda: with_result(EQUAL, "da[1]", swapped("W[2]")),
    "1/m lost": lambda: with_result(columns(2, 3, 2), "dW[1]", without(is_mean)),
    "half": lambda: with_result(PLAIN, "db[2]", lambda p: Product((Factor(sp.Rational(1, 2)), *p.factors), p.over)),
    "a relative error of a millionth": lambda: with_result(
        PLAIN, "da[2]", lambda p: Product((Factor(sp.Float(1.000001)), *p.factors), p.over)),
}


@pytest.mark.parametrize("error", PLANTED)
def test_a_planted_error_turns_replay_and_backprop_red(error: str) -> None:
    wrong = red(examined(PLANTED[error]()))
    assert {"replay", "backprop"} <= wrong
    if error != "transpose dropped":  # its shapes do not meet, so nothing can be run
        assert "complex-step" in wrong
        assert error == "a relative error of a millionth" or "difference" in wrong


def test_the_oracle_sees_it_too() -> None:
    assert "oracle" in red(examined(PLANTED["sign flipped"]()))


def tied() -> Derivation:
    """h = W x, g = W h: the same matrix used twice."""
    W = Quantity("W", None, (vector("x", 3).axes[0],) * 2, "weight")
    x, h, g = vector("x", 3, "input"), vector("h", 3, "activation"), vector("g", 3, "activation")

    def times(out: Quantity, q: Quantity) -> Equation:
        return Equation(out, (j,), sp.Sum(W.at(j, i) * q.at(i), (i, 1, 3)))

    return derive(Program((x, W), (times(h, x), times(g, h), squares(g))), J, None, NOTES)


def test_a_forgotten_second_use_is_red() -> None:
    d = tied()
    assert examined(d)
    assert len(d.chapter("dW").result.products) == 2
    seen: list[Product] = []

    def only_first(p: Product) -> Product | None:
        seen.append(p)
        return p if len(seen) == 1 else None

    assert {"replay", "backprop", "difference", "complex-step"} <= red(examined(with_result(d, "dW", only_first)))


def pooled() -> Derivation:
    """h[i] = Σ_k (x[2(i−1)+k] − μ[k])²: the range bracket is needed, as stride and window differ."""
    x, mu, h = vector("x", 6), vector("μ", 3), vector("h", 2, "activation")
    body = (x.at(2 * (i - 1) + k) - mu.at(k)) ** 2
    return derive(Program((x, mu), (Equation(h, (i,), sp.Sum(body, (k, 1, 3))), squares(h))), J, None, NOTES)


def test_a_skipped_range_bracket_is_red() -> None:
    d = pooled()
    assert verify(d), verify(d).failed
    brackets = [f for p in d.chapter("dx").result.products for f in p.factors if f.role == "bracket"]
    assert brackets
    wrong = red(verify(with_result(d, "dx", without(lambda f: f.role == "bracket"))))
    assert {"replay", "backprop", "difference", "complex-step"} <= wrong


def test_a_wrong_step_in_the_middle_is_red_though_the_result_is_right() -> None:
    chapter = PLAIN.chapter("dW[2]")
    first = chapter.steps[0]
    slip = line(2 * first.after.expression)
    steps = (Step(first.rule, first.before, slip), Step("numbers", slip, first.after), *chapter.steps[1:])
    assert red(examined(planted(PLAIN, replace(chapter, steps=steps)))) == {"replay", "exact"}


def test_a_wrong_local_derivative_is_red() -> None:
    chapter = PLAIN.chapter("dW[2]")
    item = chapter.locals[0]
    wrong = replace(item, steps=(*item.steps, Step("numbers", item.result, line(2 * item.result.expression))))
    assert red(examined(planted(PLAIN, replace(chapter, locals=(wrong, *chapter.locals[1:]))))) == {"replay", "exact"}


@pytest.mark.parametrize("name", ["dW[1]", "da[1]"])
def test_a_wrong_matrix_form_is_red(name: str) -> None:
    def forms(chapter: Chapter) -> MatrixForm:
        form = matrix_form(EQUAL, chapter, NOTES)
        if chapter.quantity.name != name or form.array is None:
            return form
        turned = Transpose(form.array) if len(form.array.shape) == 2 else Scaled(sp.Integer(2), form.array)
        return replace(form, array=turned)

    report = verify(EQUAL, matrix_forms=forms)
    assert red(report) == {"agreement"}
    assert [c.target for c in report.failed] == [name]


def test_nan_is_said_in_words() -> None:
    nan = with_result(PLAIN, "dW[2]", lambda p: Product((Factor(sp.log(sp.Integer(0) + PLAIN.forward.quantity(
        "W[2]").at(j, i) * 0 - 1, evaluate=False)), *p.factors), p.over))  # fmt: skip
    report = examined(nan)
    assert not report
    assert any("NaN" in c.detail for c in report.failed)


def test_a_derivation_without_checks_is_not_right() -> None:
    assert not Report(())


def test_a_wrong_scalar_form_is_red_by_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    from symbackprop.verify import agreement

    honest = agreement.scalar_chapter

    def careless(chapter: Any) -> Any:
        made = honest(chapter)
        last = made.steps[-1]
        product = last.after.products[0]
        short = Line((Product(product.factors[:-1], product.over),))
        return replace(made, steps=(*made.steps[:-1], replace(last, after=short)))

    monkeypatch.setattr(agreement, "scalar_chapter", careless)
    assert "agreement" in {c.name for c in derive_net("n0-n1-n2").verify().failed}


CANCELLING = ["3-1:softmax/ce", "2-1:softmax-2", "2-3-1:softmax", "3-4:softmax/bce", "1-1-1-1-1-1-1-1-1"]


@pytest.mark.parametrize("spec", CANCELLING)
def test_gradients_that_cancel_or_nearly_vanish_are_no_failure(spec: str) -> None:
    report = derive_net(spec).verify()
    assert report, report.failed


@pytest.mark.parametrize("formula", ["dz[1][j] = a[1][j] - y[j]", "dz[1][j] = a[1][j]*sum(k, y[k]) - y[j]"])
def test_the_most_famous_formula_is_not_called_wrong(formula: str) -> None:
    from symbackprop.by_hand import check

    assert [v.verdict for v in check("n0-n1:softmax/ce", formula)] == ["right"]
    assert [v.verdict for v in check("n0-n1:softmax/ce", formula.replace("-", "+"))] == ["wrong"]
    quotient = "dJ/dz[1][j] = dJ/da[1][j]*da[1][j]/dz[1][j]"
    (verdict,) = check("3-2", quotient)  # a quotient of two d is a derivative, as everywhere, not one of two adjoints
    assert verdict.verdict == "right"
    assert verdict.read_as.endswith("da[1][j]/dz[1][j]")


def test_erf_and_names_of_functions_as_symbols() -> None:
    w, x, z, total, named_exp = sp.symbols("w x z J exp")
    net = Network.from_sympy([sp.Eq(z, sp.erf(w * x) + named_exp), sp.Eq(total, sp.exp(sp.exp(z / 4)))], loss=total,
                             wrt=[w, named_exp])  # fmt: skip
    assert derive_net(net).verify()
