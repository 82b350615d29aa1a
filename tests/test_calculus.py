"""The derivation: what the notes write by hand is what comes out; traps; sharing; gradients against differences."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import FrameType

import numpy as np
import pytest
import sympy as sp
from networks import SIGMA, J, i, j, k, perceptron, squares, vector

from symbackprop.calculus.derive import derive
from symbackprop.calculus.local import Leaf, local_derivative
from symbackprop.calculus.rewriting import through_output
from symbackprop.forms.counting import count
from symbackprop.forms.scalar import is_chain, scalar_program
from symbackprop.language.derivation import Derivation, Line
from symbackprop.language.errors import DerivationError
from symbackprop.language.functions import ARGUMENT, Named, Partial, prime
from symbackprop.language.notation import Notation
from symbackprop.language.program import Program
from symbackprop.language.quantity import Axis, Equation, Quantity, symbol
from symbackprop.numeric.evaluate import evaluate

NOTES = Notation("notes", "")
NIELSEN = Notation("nielsen", "", named=("pre-activation",), prime="kept")


def factors(line: Line) -> list[str]:
    assert len(line.products) == 1
    return [str(f.expression) for f in line.products[0].factors]


def chain(length: int = 3) -> Derivation:
    return derive(scalar_program(perceptron(*[1] * (length + 1))), J, None, NOTES)


def test_notes_5_three_factors_then_five_then_seven() -> None:
    d = chain()
    assert [len(d["W", n].steps[0].after.products[0].factors) for n in (3, 2, 1)] == [3, 5, 7]
    assert factors(d["W", 2].steps[0].after) == [
        "∂z[2]/∂W[2]", "∂a[2]/∂z[2]", "∂z[3]/∂a[2]", "∂a[3]/∂z[3]", "∂J/∂a[3]"]  # fmt: skip


def test_notes_5_the_known_tail_is_folded() -> None:
    d = chain()
    for label, known in ((3, 1), (2, 3), (1, 5)):
        fold = d["W", label].steps[1]
        before, after = factors(fold.before), factors(fold.after)
        assert fold.rule == "reuse"
        assert after == [*before[:2], f"da[{label}]"]
        assert len(before) - 2 == known


def test_notes_5_results() -> None:
    d = chain()
    a, y, w, z, da = (symbol(n) for n in ("a[3]", "y", "W[3]", "z[3]", "da[3]"))
    assert d["a", 3].result.expression == a - y
    assert factors(d["W", 3].result) == ["a[2]", "sigmoid_prime(z[3])", "da[3]"]
    assert factors(d["b", 3].result) == ["1", "sigmoid_prime(z[3])", "da[3]"]
    assert d["a", 2].result.expression == w * prime(SIGMA)(z) * da


def test_notes_6_components() -> None:
    d = derive(perceptron(*sp.symbols("n0:4", integer=True, positive=True)), J, None, NOTES)
    assert factors(d["W", 2].result) == ["a[1][i]", "sigmoid_prime(z[2][j])", "da[2][j]"]
    assert factors(d["b", 2].result) == ["1", "sigmoid_prime(z[2][j])", "da[2][j]"]
    passed = d["a", 1].result.products[0]
    assert [str(x) for x in passed.over[0]] == ["j", "1", "n2"]
    assert [str(f.expression) for f in passed.factors] == ["W[2][j, i]", "sigmoid_prime(z[2][j])", "da[2][j]"]


def test_notes_6_which_terms_vanish_is_said() -> None:
    step = next(s for s in derive(perceptron(2, 3, 2), J, None, NOTES)["W", 2].steps if s.rule == "contract")
    assert step.because is not None
    assert step.because[0] == "vanish"
    assert [str(e) for e in step.because[1][:2]] == ["k", "i"]


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "exp"])
def test_a_derivative_through_its_output(name: str) -> None:
    z, s = ARGUMENT, sp.Symbol("s")
    functions = {"sigmoid": 1 / (1 + sp.exp(-z)), "exp": sp.exp(z),
                 "tanh": (sp.exp(z) - sp.exp(-z)) / (sp.exp(z) + sp.exp(-z))}  # fmt: skip
    f = functions[name]
    through = through_output(f, z, s)
    assert through == {"sigmoid": s * (1 - s), "tanh": 1 - s**2, "exp": s}[name]
    point = sp.Rational(3, 7)
    assert abs(sp.N((through.subs(s, f) - sp.diff(f, z)).subs(z, point), 40)) < 1e-35


def test_a_user_written_sigmoid_is_recognised_from_its_formula() -> None:
    z, a, w = Quantity("z"), Quantity("a", role="activation"), Quantity("w", role="parameter")
    program = Program((w,), (Equation(z, (), 3 * w.symbol), Equation(a, (), 1 / (1 + sp.exp(-z.symbol))),
                             Equation(J, (), a.symbol**2)))
    d = derive(program, J, None, NOTES)
    assert d["w"].result.expression == 3 * a.symbol * (1 - a.symbol) * symbol("da")


RANDOM = sp.symbols("u v", real=True)


@pytest.mark.parametrize("seed", range(40))
def test_each_rule_against_sympy(seed: int) -> None:
    """Random expressions: the product of recorded factors is SymPy's derivative."""
    rng = np.random.default_rng(seed)
    u, v = RANDOM
    e: sp.Expr = u
    for _ in range(int(rng.integers(2, 6))):
        other = [v, sp.Integer(2), u, sp.sin(u), 1 + v**2][int(rng.integers(5))]
        make = [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: sp.exp(a / 4), lambda a, b: a**2 + b,
                lambda a, b: SIGMA(a), lambda a, b: b / (2 + a**2), lambda a, b: sp.Piecewise((a, v > 0), (b, True)),
                lambda a, b: sp.log(3 + a**2)]  # fmt: skip
        e = make[int(rng.integers(len(make)))](e, other)
    ours = local_derivative(e, Leaf(u, ())).expression
    point = {u: sp.Rational(3, 11), v: sp.Rational(int(rng.choice([-5, 5])), 7)}
    theirs = sp.diff(unnamed(e), u)
    assert abs(sp.N((unnamed(ours) - theirs).subs(point), 30)) < 1e-25


def unnamed(e: sp.Expr) -> sp.Expr:
    return e.replace(lambda x: isinstance(x, Named), lambda x: type(x).definition.subs(ARGUMENT, x.args[0]))


# --- every gradient against central differences of the forward program ---------------------------------------


def gradients_agree(
    program: Program, seed: int = 0, notation: Notation = NOTES, wrt: list[str] | None = None
) -> Derivation:
    rng = np.random.default_rng(seed)
    sizes = {**program.sizes, M: 3}
    shape = {q.name: tuple(int(n.subs(sizes)) for n in q.shape) for q in program.all_given}
    values = {name: rng.uniform(0.2, 0.9, size=s) for name, s in shape.items()}
    d = derive(program, J, wrt, notation)
    forward = evaluate(program, values)
    backward = evaluate(d.backward, forward)
    for chapter in d.chapters:
        truth = differences(program, values, chapter.by.name, chapter.of.name, forward[chapter.by.name].shape)
        assert backward[chapter.quantity.name] == pytest.approx(truth, rel=1e-6, abs=1e-8), chapter.quantity.name
    return d


def differences(program: Program, values: dict[str, np.ndarray], by: str, of: str, shape: tuple[int, ...]) -> object:
    result = np.zeros(shape)
    for at in np.ndindex(*shape):
        sides = []
        for h in (1e-5, -1e-5):
            nudge = np.zeros(shape)
            nudge[at] = h
            moved = {**values, by: values[by] + nudge} if by in values else values
            offsets = {} if by in values else {by: nudge}
            sides.append(np.sum(evaluate(program, moved, offsets=offsets)[of]))
        result[at] = (sides[0] - sides[1]) / 2e-5
    return result


M = sp.Symbol("m", integer=True, positive=True)


@pytest.mark.parametrize("notation", [NOTES, NIELSEN, replace(NOTES, prime="output")], ids=["notes", "nielsen", "out"])
@pytest.mark.parametrize("sizes", [(1, 1), (2, 3, 1), (3, 1, 2, 2), (1, 1, 1, 1)], ids=str)
def test_perceptrons(sizes: tuple[int, ...], notation: Notation) -> None:
    gradients_agree(perceptron(*sizes), notation=notation)


POOLINGS = [(2, 2, 5, 2), (3, 2, 7, 2), (1, 3, 5, 3), (2, 3, 7, 3)]


@pytest.mark.parametrize(("stride", "window", "length", "out"), POOLINGS)
def test_average_pooling_keeps_its_range_bracket(stride: int, window: int, length: int, out: int) -> None:
    x, y = vector("x", length), vector("y", out, "activation")
    mean = Equation(y, (i,), sp.Sum(x.at(stride * (i - 1) + k), (k, 1, window)) / window)
    d = gradients_agree(Program((x,), (mean, squares(y))))
    assert any(f.role == "bracket" for f in d["x"].result.products[0].factors)


def test_an_array_under_a_power_does_not_replace_the_bracket() -> None:
    """h[i] = Σ_k (x[2(i−1)+k] − μ[k])²: μ is read at the solved index, but inside the square."""
    x, mu, h = vector("x", 7), vector("mu", 2), vector("h", 3, "activation")
    e = Equation(h, (i,), sp.Sum((x.at(2 * (i - 1) + k) - mu.at(k)) ** 2, (k, 1, 2)))
    gradients_agree(Program((x, mu), (e, squares(h))))


def test_a_kernel_read_at_the_solved_index_replaces_the_bracket() -> None:
    x, w, y = vector("x", 7), vector("w", 3), vector("y", 4, "activation")
    e = Equation(y, (i,), sp.Sum(w.at(k) * x.at(2 * (i - 1) + k - 1), (k, 1, 3)))
    d = gradients_agree(Program((x, w), (e, squares(y))))
    assert not any(f.role == "bracket" for f in d["x"].result.products[0].factors)


def test_tied_weights_and_a_residual_add_up_their_paths() -> None:
    square = (Axis("unit", sp.Integer(3)),) * 2
    w, x = Quantity("W", None, square, "parameter"), vector("x", 3, "input")
    h, g = vector("h", 3, "activation"), vector("g", 3, "activation")
    first = Equation(h, (j,), SIGMA(sp.Sum(w.at(j, i) * x.at(i), (i, 1, 3))))
    second = Equation(g, (j,), SIGMA(sp.Sum(w.at(j, i) * h.at(i), (i, 1, 3))) + h.at(j))
    d = gradients_agree(Program((x, w), (first, second, squares(g))))
    assert len(d["W"].result.products) == 2
    assert d["W"].steps[0].because is not None
    assert d["W"].steps[0].because[0] == "uses"


def softmax_program() -> Program:
    """Data as columns: z = Wx + b, softmax over the units, cross-entropy, mean over the data."""
    rows, columns, data = Axis("unit", sp.Integer(3)), Axis("unit", sp.Integer(2)), Axis("datum", M)
    w, b = Quantity("W", 1, (rows, columns), "weight"), Quantity("b", 1, (rows,), "bias")
    x, y = Quantity("a", 0, (columns, data), "input"), Quantity("y", None, (rows, data), "target")
    z, a = Quantity("z", 1, (rows, data), "pre-activation"), Quantity("a", 1, (rows, data), "activation")
    per_datum = Quantity("L", None, (data,), "loss")
    return Program((x, y, w, b), (
        Equation(z, (j, k), sp.Sum(w.at(j, i) * x.at(i, k), (i, 1, 2)) + b.at(j)),
        Equation(a, (j, k), sp.exp(z.at(j, k)) / sp.Sum(sp.exp(z.at(i, k)), (i, 1, 3))),
        Equation(per_datum, (k,), -sp.Sum(y.at(j, k) * sp.log(a.at(j, k)), (j, 1, 3))),
        Equation(J, (), sp.Sum(per_datum.at(k), (k, 1, M)) / M)))  # fmt: skip


@pytest.mark.parametrize("mean_in", ["weight", "delta"])
def test_softmax_over_data_as_columns(mean_in: str) -> None:
    d = gradients_agree(softmax_program(), notation=replace(NOTES, mean_in=mean_in))  # type: ignore[arg-type]
    assert d["z", 1].of.name == ("L" if mean_in == "weight" else "J")
    reads = {str(s) for s in d["z", 1].result.reads}
    assert reads - {"j", "k", "i"} == {"a[1]", "da[1]"}, "the softmax Jacobian is written with the output's name"


# --- sharing, depth, capture ----------------------------------------------------------------------------------


def test_layers_of_one_kind_are_derived_once() -> None:
    d = derive(perceptron(*[2] * 41), J, None, NOTES)
    assert len(d.entries) == 4 * 40
    assert len({id(e.template) for e in d.entries}) <= 9


def test_a_stamped_chapter_is_the_chapter_derived_alone() -> None:
    d = derive(perceptron(2, 3, 4, 5, 2), J, None, NOTES)
    assert d.by_name["dW[2]"].label == 2
    two = derive(perceptron(3, 4, 5, 2), J, None, NOTES)["W", 1]
    assert factors(d["W", 2].result) == [f.replace("[0]", "[1]") if f.startswith("a") else f.replace("[1]", "[2]", 1)
                                         for f in factors(two.result)]


def test_two_thousand_layers() -> None:
    d = derive(scalar_program(perceptron(*[1] * 2001)), J, None, NOTES)
    assert factors(d["W", 1].result) == ["a[0]", "sigmoid_prime(z[1])", "da[1]"]
    assert len(d["W", 1999].steps[0].after.products[0].factors) == 5
    assert d["W", 5].remarks


def test_bound_indices_are_never_captured() -> None:
    """Σ_i inside meets the chapter's own i: ∂/∂x[i] of Σ_i x[i]² must be 2 x[i], not Σ_i 2 x[i]."""
    x = vector("x", 4)
    at = local_derivative(sp.Sum(x.at(i) ** 2, (i, 1, 4)), Leaf(x.symbol, (i,)))
    assert at.products[0].over[0][0] != i
    gradients_agree(Program((x,), (squares(x),)))


def test_one_chapter_follows_from_the_next_step() -> None:
    for chapter in derive(softmax_program(), J, None, NOTES).chapters:
        for earlier, later in zip(chapter.steps, chapter.steps[1:], strict=False):
            assert earlier.after == later.before
        broken = (chapter.steps[0], replace(chapter.steps[0], before=chapter.result))
        with pytest.raises(DerivationError, match="broken chain"):
            replace(chapter, steps=broken)


def test_the_formal_partials_are_gone_from_every_result() -> None:
    for chapter in derive(softmax_program(), J, None, NOTES).chapters:
        assert not chapter.result.expression.has(Partial)


# --- counting -------------------------------------------------------------------------------------------------


def test_twenty_layers_cost_what_a_person_pays() -> None:
    """20 layers: a − y, then σ'(z), · da, w · db, a · db a layer; with σ' written a(1 − a) about a hundred."""
    counts = count(chain(20))
    assert counts.with_reuse == 1 + 20 * 3 + 19
    assert counts.without_reuse > 10 * counts.with_reuse
    written = count(derive(scalar_program(perceptron(*[1] * 21)), J, None, replace(NOTES, prime="output")))
    assert written.with_reuse == 1 + 20 * 4 + 19


def test_counts_are_expressions_in_the_sizes() -> None:
    n = sp.symbols("n0:3", integer=True, positive=True)
    counts = count(derive(perceptron(*n), J, None, NOTES))
    numbers = count(derive(perceptron(3, 4, 2), J, None, NOTES))
    at = dict(zip(n, (3, 4, 2), strict=True))
    assert counts.with_reuse.subs(at) == numbers.with_reuse
    assert counts.without_reuse.subs(at) == numbers.without_reuse


def test_a_chain_is_one_whose_every_size_is_one() -> None:
    assert is_chain(perceptron(1, 1, 1))
    assert not is_chain(perceptron(1, 2, 1))


# --- refusals -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wrt", "words"), [(["W[9]"], "no quantity W\\[9\\]"), (["y"], None)])
def test_unknown_targets(wrt: list[str], words: str | None) -> None:
    if words is None:
        assert derive(perceptron(2, 2), J, wrt, NOTES)["y"].result
        return
    with pytest.raises(DerivationError, match=words):
        derive(perceptron(2, 2), J, wrt, NOTES)


@pytest.mark.parametrize("sizes", [(2, 3, 1), (2, 2, 2, 2, 2)])
def test_by_the_input(sizes: tuple[int, ...]) -> None:
    """∂J/∂x passes through every layer; x has no label of its own to share a derivation by."""
    d = gradients_agree(perceptron(*sizes), wrt=["a[0]"])
    assert [e.name for e in d.entries if e.template.by.role == "weight"] == []
    assert factors(d["a", 0].result) == ["W[1][j, i]", "sigmoid_prime(z[1][j])", "da[1][j]"]


def test_a_target_the_loss_does_not_see() -> None:
    x, y = vector("x", 3), vector("y", 3)
    with pytest.raises(DerivationError, match="does not depend on y"):
        derive(Program((x, y), (squares(x),)), J, ["y"], NOTES)


def test_the_cost_is_linear_in_the_layers() -> None:
    """Bytecodes of the calculus are counted, not seconds: twice the layers, about twice the steps."""

    def steps(layers: int) -> int:
        program = scalar_program(perceptron(*[1] * (layers + 1)))
        counted = 0

        def trace(frame: FrameType, event: str, _: object) -> object:
            nonlocal counted
            if "calculus" not in frame.f_code.co_filename:
                return None
            frame.f_trace_opcodes = True
            counted += event == "opcode"
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            derive(program, J, None, NOTES)
        finally:
            sys.settrace(before)
        return counted

    steps(40)
    assert steps(640) - steps(320) < 2.2 * (steps(320) - steps(160))
