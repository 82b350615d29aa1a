"""Mistakes named from numbers alone; of what network a formula would be right; why a right one looks wrong."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.language.claim import Claim
from symbackprop.language.report import Diagnosis
from symbackprop.networks.activations import functions
from symbackprop.notation.profiles import notation
from symbackprop.numeric.evaluate import numbers
from symbackprop.syntax.components import claim
from symbackprop.syntax.reader import read
from symbackprop.syntax.written import written_claim
from symbackprop.verify.diagnose import diagnose, fine_though
from symbackprop.verify.ground import Ground
from symbackprop.verify.point import Point
from symbackprop.verify.ratios import diagnose_arrays
from symbackprop.verify.whole import whole_point

NOTES = notation("notes")
Made = Callable[[Point], Any]


def point_of(net: sb.Network) -> Point:
    ground = Ground.under(net.program)
    return whole_point(ground, ground.sizes()[0])


def true(name: str, of: str = "J") -> Made:
    return lambda p: np.asarray(p.adjoint(of, name), dtype=object)


def columns(**more: Any) -> sb.Network:
    return sb.Network("3-4-2", batch="columns", **more)


def m(p: Point) -> int:
    return next(int(n) for s, n in p.sizes.items() if s.name == "m")


CASES: dict[str, tuple[Callable[[], sb.Network], str, Made, str]] = {
    "transposed": (lambda: sb.Network("3-4-2"), "W[2]", lambda p: p.adjoint("J", "W[2]").T, "transposed"),
    "sign": (lambda: sb.Network("3-4-2"), "W[2]", lambda p: -p.adjoint("J", "W[2]"), "sign"),
    "factor": (lambda: sb.Network("3-4-2"), "b[2]", lambda p: p.adjoint("J", "b[2]") * Fraction(3, 7), "factor"),
    "mean missing": (columns, "W[1]", lambda p: p.adjoint("J", "W[1]") * m(p), "mean-missing"),
    "mean twice": (columns, "W[1]", lambda p: p.adjoint("J", "W[1]") * Fraction(1, m(p)), "mean-twice"),
    "bias not summed": (columns, "b[1]", lambda p: p.adjoint("J", "z[1]"), "bias-not-summed"),
    "bias summed": (columns, "b[1]", lambda p: p.adjoint("J", "b[1]").sum(), "bias-summed-too-far"),
    "no derivative": (lambda: sb.Network("3-4-2"), "b[1]", true("a[1]"), "activation-derivative-missing-hidden"),
    "no derivative, data": (columns, "W[2]", lambda p: p.adjoint("J", "a[2]") @ p.value("a[1]").T,
                            "activation-derivative-missing-output"),
    "another input": (columns, "W[2]", lambda p: p.adjoint("J", "z[2]") @ p.value("z[1]").T, "wrong-operand"),
    "penalty forgotten": (lambda: columns(regulariser={"kind": "l2"}), "W[1]",
                          lambda p: p.adjoint("J", "W[1]") - p.value("lambda") * p.value("W[1]"),
                          "regulariser-forgotten"),
    "penalty doubled": (lambda: columns(regulariser={"kind": "l2"}), "W[1]",
                        lambda p: p.adjoint("J", "W[1]") + p.value("lambda") * p.value("W[1]"), "regulariser-factor"),
    "penalty on biases": (lambda: columns(regulariser={"kind": "l2"}), "b[1]",
                          lambda p: p.adjoint("J", "b[1]") + p.value("lambda") * p.value("b[1]"),
                          "regulariser-on-bias"),
    "scale": (lambda: sb.Network("3-5-2"), "W[2]",
              lambda p: p.adjoint("J", "W[2]") * p.ops.number(sp.sqrt(5)), "scale-forgotten"),
    "base": (lambda: sb.Network("3-4-2"), "W[2]",
             lambda p: p.adjoint("J", "W[2]") * p.ops.number(sp.log(2)), "logarithm-base"),
    "diagonal": (lambda: sb.Network("3-4-2:softmax/ce"), "z[2]",
                 lambda p: p.value("a[2]") * (1 - p.value("a[2]")) * p.adjoint("J", "a[2]"), "softmax-diagonal-only"),
    "zero": (lambda: sb.Network("3-4-2"), "W[2]", lambda p: np.zeros((2, 4)), "all-zero"),
    "nothing": (lambda: sb.Network("3-4-2"), "W[2]", lambda p: None, "all-zero"),
    "nan": (lambda: sb.Network("3-4-2"), "W[2]", lambda p: np.full((2, 4), np.nan), "not-a-number"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_named_from_numbers_alone(case: str) -> None:
    make, by, candidate, kind = CASES[case]
    point = point_of(make())
    assert [d.kind for d in diagnose_arrays(point, "J", by, candidate(point))][:1] == [kind]


def test_nothing_is_said_of_the_truth() -> None:
    point = point_of(sb.Network("3-4-2"))
    assert all(diagnose_arrays(point, "J", by, true(by)(point)) == () for by in ("W[1]", "b[1]", "W[2]", "b[2]"))


def test_other_sizes_tell_the_data_from_a_number() -> None:
    ground = Ground.under(columns().program)
    first, second = (whole_point(ground, {s: n + k * (s.name == "m") for s, n in ground.sizes()[0].items()})
                     for k in (0, 4))
    wrong = [(p, p.adjoint("J", "W[1]") * m(first)) for p in (first, second)]
    named = diagnose_arrays(first, "J", "W[1]", wrong[0][1], others=wrong[1:])
    assert [d.kind for d in named] == ["factor"]


def test_a_forgotten_path_is_named() -> None:
    net = sb.Network.from_toml("""
[input]
size = 3
[[layer]]
kind = "residual"
layers = [{kind = "dense", size = 4, activation = "tanh"}, {kind = "dense", size = 3, activation = "identity"}]
[[layer]]
kind = "dense"
size = 2
""")
    ground = Ground(net.program)
    point = whole_point(ground, numbers(net.program))
    by = next(n for n, q in net.program.quantities.items() if q.role == "input")
    here = net.program.quantity(by).symbol
    readers = [e.quantity.name for e in net.program.equations if here in e.expression.free_symbols]
    assert len(readers) == 2
    for reader, other in (readers, readers[::-1]):
        found = diagnose_arrays(point, "J", by, through(net, point, by, other))
        assert ("path-forgotten", reader) in [(d.kind, d.words.get("name")) for d in found]


def through(net: sb.Network, point: Point, by: str, reader: str) -> Any:
    """The chain rule by hand through one reader: its adjoint times its total derivative through nothing else."""
    outer, inner = point.adjoint("J", reader), point.derivative(reader, by)
    others = [e.quantity.name for e in net.program.equations
              if e.quantity.name != reader and net.program.quantity(by).symbol in e.expression.free_symbols]
    for other in others:
        if reader in point.dependence.after([other]):
            inner = inner - np.tensordot(point.derivative(reader, other), point.derivative(other, by), 1)
    return np.tensordot(outer, inner, np.ndim(outer))


def claims(net: sb.Network, text: str) -> tuple[Ground, list[Claim]]:
    ground = Ground.under(net.program)
    readings = read(text, ground.program, NOTES, functions(), numbers=ground.numbers)
    return ground, [c for r in readings for c in r.claims]


def said_of(net: sb.Network, text: str) -> tuple[Diagnosis, ...]:
    ground, (made, *_) = claims(net, text)
    point = whole_point(ground, ground.sizes()[0])
    return diagnose(made, point, lambda a, b, at: claim(a, b, ground.program, at, ground.numbers, functions()),
                    lambda a, b: written_claim(a, b, NOTES))


def test_a_formula_that_is_right_for_softmax_with_cross_entropy_is_known() -> None:
    kinds = [d.kind for d in said_of(sb.Network("3-4-2"), r"dz^{[2]} = a^{[2]} - y")]
    assert "if-softmax-cross-entropy" in kinds


@pytest.mark.parametrize(("text", "kind"), [
    (r"dz^{[2]} = \frac{1}{2}(a^{[2]} - y)", "if-linear-output"),
    (r"da^{[2]} = a^{[2]} - y", "if-loss-without-half"),
    (r"dz^{[2]} = a^{[2]} - y", "if-loss-cross-entropy"),
])
def test_a_formula_that_is_right_of_another_network(text: str, kind: str) -> None:
    assert kind in [d.kind for d in said_of(sb.Network("3-4-2"), text)]


@pytest.mark.parametrize("batch", ["rows", "columns"])
def test_of_many_data_too_however_they_lie(batch: str) -> None:
    kinds = [d.kind for d in said_of(sb.Network("3-4-2", batch=batch), "dJ/dz[2] = (a[2] - y)/m")]
    assert {"if-loss-cross-entropy", "if-softmax-cross-entropy"} <= set(kinds)


def test_the_slope_of_squares_under_cross_entropy_is_known() -> None:
    text = r"da^{[2]} = a^{[2]} - y"
    assert "if-loss-squares" in [d.kind for d in said_of(sb.Network("3-4-2/bce"), text)]
    assert "if-loss-squares" not in [d.kind for d in said_of(sb.Network("3-4-2"), text)]


def test_the_repair_of_a_formula_stands_in_the_notation_it_was_written_in() -> None:
    text = r"dW^{[2]} = da^{[2]} (a^{[1]})^T"
    found = said_of(sb.Network("3-4-2"), text)[0]
    assert found.kind == "activation-derivative-missing-output"
    assert found.repair is not None
    assert r"\sigma'" in found.repair
    assert found.span is not None
    assert text[slice(*found.span)] == "da^{[2]}"


def test_shapes_that_do_not_fit_are_put_right() -> None:
    assert said_of(sb.Network("3-5-2"), r"da^{[1]} = W^{[2]} db^{[2]}")[0].kind == "transpose-missing"


def test_two_mistakes_in_one_formula() -> None:
    found = said_of(sb.Network("3-5-2"), r"dW^{[1]} = -da^{[1]} (a^{[0]})^T")
    assert found[0].edits == 2
    assert {found[0].kind, found[0].words["second"]} == {"sign", "activation-derivative-missing-hidden"}


@pytest.mark.parametrize(("text", "kind"), [
    (r"db^{[2]} = a^{[2]} \odot (1 - a^{[2]}) \odot da^{[2]}", "fine-slope-through-output"),
])
def test_right_though_it_looks_wrong(text: str, kind: str) -> None:
    ground, (made, *_) = claims(sb.Network("3-4-2"), text)
    assert kind in [d.kind for d in fine_though(made, whole_point(ground, ground.sizes()[0]))]
