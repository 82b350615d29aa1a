"""Exact arithmetic: laws of the field, dual numbers against SymPy, verdicts that floats get wrong, planted errors."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import i, j, perceptron

import symbackprop as sb
from symbackprop.language.claim import Claim
from symbackprop.language.derivation import Line, Product
from symbackprop.language.errors import ContradictionError
from symbackprop.language.functions import prime
from symbackprop.language.indices import rename
from symbackprop.language.program import Program
from symbackprop.networks.activations import functions
from symbackprop.networks.catalogue import catalogue
from symbackprop.numeric.evaluate import evaluate
from symbackprop.verify import intervals
from symbackprop.verify import judge as judging
from symbackprop.verify.dual import Dual, dual_ops
from symbackprop.verify.exact import exact_ops, number
from symbackprop.verify.exactness import exact
from symbackprop.verify.field import Element, constant, element
from symbackprop.verify.ground import Ground
from symbackprop.verify.judge import judge
from symbackprop.verify.rationals import simplest
from symbackprop.verify.tower import PRIMES, SMALLEST, NoRootError, SpentError

SIGMA = functions()["sigmoid"]


def drawn(name: str, shadow: float = 0.3, levels: int = 4) -> Element:
    import random

    rng = random.Random(name)
    return Element(tuple(rng.randrange(1, p) for p in PRIMES[: 2 * levels]), shadow, 1, 0)


X, Y = drawn("x"), drawn("y", -0.4)


# the field


def test_every_prime_is_large_and_of_the_right_kind() -> None:
    assert all(p > 2**SMALLEST and p % 840 == 839 and sp.isprime(p) for p in PRIMES)
    assert all((p - 1) % q == 0 for p, q in zip(PRIMES, PRIMES[2:], strict=False))


def test_functions_keep_their_laws() -> None:
    assert (X + Y).exp() == X.exp() * Y.exp()
    assert (-X).exp() == 1 / X.exp()
    assert constant(0).exp() == 1
    sigma = 1 / (1 + (-X).exp())
    assert sigma * (1 - sigma) == X.exp() / (1 + X.exp()) ** 2
    assert X.tanh() == 2 / (1 + (X * -2).exp()) - 1
    assert X.exp().log() == X
    assert (X.log() * 2 + Y).exp() == X * X * Y.exp()
    assert X.sin() ** 2 + X.cos() ** 2 == 1
    assert element(2).sqrt() ** 2 == 2
    assert X.erf() != Y.erf()


def test_what_is_not_equal_is_not_equal() -> None:
    assert X.exp() != Y.exp()
    assert X.tanh() != X
    assert X * Fraction(100_000_001, 100_000_000) != X
    assert (X + Y).log() != X.log() + Y.log()


def test_a_tower_is_spent_and_a_root_is_missing() -> None:
    with pytest.raises(SpentError):
        X.exp().exp().exp().exp()
    lacking = [e for e in (X, Y, -X, -Y) if not _rooted(e)]
    assert len(lacking) >= 2
    with pytest.raises(ZeroDivisionError):
        1 / (X - X)


def _rooted(e: Element) -> bool:
    try:
        return bool(e.sqrt() ** 2 == e)
    except NoRootError:
        return False


@given(st.fractions(-400, 400, max_denominator=10**6))
def test_rational_numbers_come_back(q: Fraction) -> None:
    assert constant(q).rational() == q
    assert (constant(q) + X) - X == q


@given(st.integers(-999, 999), st.integers(1, 999))
def test_a_float_is_the_simplest_fraction_that_rounds_to_it(top: int, below: int) -> None:
    assert simplest(top / below) == Fraction(top, below)


def test_floats_of_known_constants_are_exact() -> None:
    assert X * math.pi == X * number(sp.pi)
    assert X * math.sqrt(2 / math.pi) == X * number(sp.sqrt(2 / sp.pi))
    assert X * 0.1 == X / 10
    assert np.array([X, Y], dtype=object).mean() * 2 == X + Y


def test_numpy_code_runs_unchanged() -> None:
    z = np.array([[X, Y], [X * Y, X + Y]], dtype=object)
    a = 1 / (1 + np.exp(-z))
    assert np.all(np.tanh(z) == 2 / (1 + np.exp(-2 * z)) - 1)
    assert np.all(z @ a.T == (a @ z.T).T)
    assert np.all(np.maximum(0, z) == np.where(z > 0, z, 0))
    with pytest.raises(TypeError):
        z.astype(float)


@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sin", "cos", "sqrt", "erf"])
@settings(max_examples=5)
@given(st.integers(1, 40))
def test_dual_numbers_are_what_sympy_says(name: str, eighth: int) -> None:
    """In the field: the derivative of f by SymPy, evaluated there; so no floats stand between."""
    u = sp.Symbol("u")
    f = getattr(sp, name)
    at = constant(Fraction(eighth * eighth, 64))
    found = dual_ops(exact_ops()).functions[name](Dual(at, {0: 1}))
    slope = sp.diff(f(u), u)
    expected = number(slope.subs(u, sp.Rational(eighth * eighth, 64)))
    assert element(found.d[0]) == expected or slope.subs(u, sp.Rational(eighth * eighth, 64)).is_infinite


# verdicts


def made(program: Program, name: str, at: tuple[sp.Expr, ...], right: sp.Expr) -> tuple[Ground, Claim]:
    by = program.quantity(name)
    ranges = tuple((k, n) for k, n in zip(at, by.shape, strict=True) if isinstance(k, sp.Symbol))
    return Ground.under(program), Claim(by.adjoint.at(*at), right, ranges)


def leaves_of(program: Program) -> tuple[Any, Any]:
    return (lambda name, *at: program.quantity(name).at(*at), lambda name, *at: program.quantity(name).adjoint.at(*at))


N = [sp.Symbol(f"n{n}", integer=True, positive=True) for n in range(3)]


@pytest.mark.parametrize("sizes", [N, [3, 4, 2], [2, 2, 2], [784, 128, 10]], ids=str)
def test_right_is_exact_and_wrong_has_a_witness(sizes: list[Any]) -> None:
    program = perceptron(*sizes)
    a, d = leaves_of(program)
    right = a("a[1]", i) * prime(SIGMA)(a("z[2]", j)) * d("a[2]", j)
    verdict = judge(*made(program, "W[2]", (j, i), right))
    assert (verdict.verdict, verdict.method) == ("right", "exact")
    assert verdict.bound is not None
    assert 0 < verdict.bound < 1e-30
    for wrong in (-right, right / 2, right * (1 + sp.Rational(1, 10**8)), right + sp.Rational(1, 10**25),
                  rename(right, {i: j, j: i})):
        found = judge(*made(program, "W[2]", (j, i), wrong))
        assert found.verdict == "wrong"
        assert found.witness is not None
        assert found.witness["formula"] != found.witness["truth"]


def test_a_witness_can_be_recomputed() -> None:
    program = perceptron(2, 2)
    a, _ = leaves_of(program)
    verdict = judge(*made(program, "a[1]", (j,), a("a[1]", j) - a("y", j)))
    assert verdict.witness is not None
    point: Any = verdict.witness["point"]
    run = evaluate(program, {name: np.array(v) for name, v in point.items()})
    indices: Any = verdict.witness["indices"]
    place = indices["j"] - 1
    assert float(str(verdict.witness["formula"])) == pytest.approx(run["a[1]"][place] - point["y"][place], rel=1e-4)


def test_an_entry_with_fixed_indices() -> None:
    program = perceptron(2, 2)
    a, d = leaves_of(program)
    one, two = sp.Integer(1), sp.Integer(2)
    right = prime(SIGMA)(a("z[1]", two)) * d("a[1]", two) * a("a[0]", one)
    assert judge(*made(program, "W[1]", (two, one), right)).verdict == "right"
    assert judge(*made(program, "W[1]", (one, one), right)).verdict == "wrong"


def test_division_by_zero_is_no_number() -> None:
    program = perceptron(2, 2)
    a, _ = leaves_of(program)
    for nowhere in (sp.zoo, 1 / (a("y", j) - a("y", j) * 1.0)):
        verdict = judge(*made(program, "b[1]", (j,), nowhere))
        assert verdict.verdict == "undecided"
        assert verdict.detail


def test_what_no_rule_decides_is_undecided() -> None:
    """log(uv) = log u + log v for u, v > 0 is true, but the field does not know it: never called right."""
    program = perceptron(2, 2)
    u, v = program.quantity("a[1]").at(1), program.quantity("a[1]").at(2)
    left = sp.log(u * v, evaluate=False)
    verdict = judge(Ground.under(program), Claim(left, sp.log(u) + sp.log(v)))
    assert verdict.verdict == "undecided"
    assert "50 digits" in verdict.detail


def test_without_balls_a_rejection_is_by_fifty_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    program = perceptron(2, 3)
    a, d = leaves_of(program)
    right = prime(SIGMA)(a("z[1]", j)) * d("a[1]", j)
    intervals.real_ops.cache_clear()
    monkeypatch.setattr(intervals, "flint", lambda: None)
    try:
        assert judge(*made(program, "b[1]", (j,), right)).verdict == "right"
        verdict = judge(*made(program, "b[1]", (j,), right * (1 + sp.Rational(1, 10**20))))
    finally:
        intervals.real_ops.cache_clear()
    assert verdict.verdict == "wrong"
    assert verdict.witness is not None
    assert verdict.witness["proven"] is False


def test_exactly_equal_and_a_witness_is_our_own_error(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = judging.equality
    monkeypatch.setattr(judging, "equality", lambda *args: replace(honest(*args), equal=True))
    program = perceptron(2, 2)
    a, _ = leaves_of(program)
    with pytest.raises(ContradictionError):
        judge(*made(program, "b[1]", (j,), a("a[1]", j)))


FOOLED = [
    # a relative error of 1e-8
    ("3-4-2", "da[1][i] = sum(j, W[2][j,i]*sigma'(z[2][j])*da[2][j])*1.00000001", "wrong"),
    # right only where all weights are equal
    ("3-3-3", "da[1][i] = sum(j, W[2][i,j]*sigma'(z[2][j])*da[2][j])", "wrong"),
    # a branch never visited
    ("3-4:leaky_relu-2", "dz[1][j] = da[1][j]*where(z[1][j] > -50, where(z[1][j] > 0, 1, 0.01), 0.02)", "wrong"),
    ("3-4:relu-2", "dz[1][j] = da[1][j]*where(z[1][j] > 0, 1, 0)", "right"),
    ("3-4:relu-2", "dz[1][j] = da[1][j]", "wrong"),
    # a saturated sigmoid: its slope is 1e-40 there, and not 0
    ("3-2", "db[1][j] = da[1][j]*(sigma'(z[1][j]) - 0.25*sigma'(z[1][j] + 100))", "wrong"),
    ("3-4:softmax/ce", "dz[1][j] = a[1][j] - y[j]", "right"),
    ("3-4:softmax/ce", "dz[1][j] = (a[1][j] - y[j])*(1 + (sum(k, a[1][k]) - 1)*7)", "right"),
    ("3-4:gelu-2", "dz[1][j] = da[1][j]*gelu'(z[1][j])", "right"),
]


@pytest.mark.parametrize(("net", "text", "word"), FOOLED)
def test_what_fools_floats(net: str, text: str, word: str) -> None:
    verdict = sb.check(net, text)[0]
    assert verdict.verdict == word or (word == "wrong" and verdict.verdict == "undecided"), verdict


EPSILON = """
[input]
size = 3
[[layer]]
name = "norm"
formulas = ["s = sum(j, x[j]^2)", "u[j] = x[j]/sqrt(s + 1e-5)"]
"""


def test_epsilon_inside_and_outside_of_a_root() -> None:
    net = sb.Network.from_toml(EPSILON)
    inside = "ds = -1/2*sum(j, x[j]*du[j]/(s + 1e-5)^1.5)"
    assert sb.check(net, inside)[0].verdict == "right"
    assert sb.check(net, "ds = -1/2*sum(j, x[j]*du[j]/((sqrt(s) + 1e-5)^3))")[0].verdict == "wrong"
    assert sb.check(net, inside.replace("1e-5", "1.00000001e-5"))[0].verdict == "wrong"


@pytest.mark.parametrize("row", catalogue(), ids=lambda row: str(row["kind"]))
def test_every_kind_is_right_by_exact_arithmetic(row: dict[str, str]) -> None:
    """Every chapter of every kind; and no result passes with an error of 1e-8."""
    record = sb.derive(sb.Network.from_toml(row["example_toml"])).record
    ground = Ground(record.forward)
    for chapter in record.chapters:
        left = chapter.quantity.at(*chapter.indices)
        ranges = tuple(zip(chapter.indices, chapter.quantity.shape, strict=True))
        right = chapter.result.expression
        assert judge(ground, Claim(left, right, ranges)).verdict == "right", chapter.quantity.name
        if right != 0:
            off = right * (1 + sp.Rational(1, 10**8))
            assert judge(ground, Claim(left, off, ranges)).verdict == "wrong", chapter.quantity.name


def test_networks_of_any_depth_are_judged_a_layer_at_a_time() -> None:
    net = sb.Network("-".join(["3"] * 41))
    assert sb.check(net, "dJ/da[7][i] = sum(j, W[8][j,i]*sigma'(z[8][j])*dJ/da[8][j])")[0].verdict == "right"


# the check 'exact'


@pytest.mark.parametrize("spec", ["2-3-2", "n0-n1-n2", "3-4:relu-2:softmax/ce"])
def test_a_wrong_middle_step_is_red_by_exact(spec: str) -> None:
    record = sb.derive(spec).record
    names = [c.quantity.name for c in record.chapters]
    assert all(c.ok for c in exact(record, names, []))
    chapter = next(c for c in record.chapters if len(c.steps) > 2)
    step = chapter.steps[1]
    product = step.after.products[0]
    short = Line((Product(product.factors[:-1], product.over),))
    broken = replace(step, after=short)
    following = replace(chapter.steps[2], before=short)
    steps = (chapter.steps[0], broken, following, *chapter.steps[3:])
    wrong = replace(chapter, steps=steps)

    class Slipped:
        forward, of, prefix, chapters = record.forward, record.of, record.prefix, record.chapters

        @staticmethod
        def chapter(name: str) -> Any:
            return wrong if name == chapter.quantity.name else record.chapter(name)

    found = {c.target: c for c in exact(Slipped(), names, [])}  # type: ignore[arg-type]
    assert not found[chapter.quantity.name].ok
    assert all(c.ok for name, c in found.items() if name != chapter.quantity.name)
