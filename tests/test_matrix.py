"""Matrix forms of everything of rank two: broadcasts, softmax, attention, masks; read off lines and checked."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.api import Derivation, derive
from symbackprop.forms.graph import NoMatrixForm
from symbackprop.forms.lines import as_line, line_array
from symbackprop.forms.matrix import equation_form
from symbackprop.language.arrays import Array, Hadamard, Matmul, MatrixForm, Ones, Outer, Total, Transpose, nodes
from symbackprop.language.functions import Iverson
from symbackprop.language.program import Program
from symbackprop.language.quantity import Equation, index
from symbackprop.notation.plain import text
from symbackprop.numeric.array_code import assigned
from symbackprop.numeric.array_values import array_value
from symbackprop.numeric.evaluate import evaluate_expression
from symbackprop.numeric.frame import Scope
from symbackprop.numeric.ops import NUMPY
from symbackprop.numeric.page import Page
from symbackprop.numeric.sample import regular_values
from symbackprop.numeric.spelling import HELPERS, with_needed
from symbackprop.verify import agreement as examiner
from symbackprop.verify.agreement import agreement, forward_agreement, forward_forms
from symbackprop.verify.report import verify
from symbackprop.verify.truth import Truth, tape_gradients
from tests import sequences
from tests.sequences import D, J, N, T, i, j, k, s, t, u

PROGRAMS: dict[str, Callable[[], Program]] = {
    "affine": sequences.affine,
    "attention": sequences.attention,
    "masked": lambda: sequences.attention(masked=True),
    "layer norm": sequences.layer_norm,
    "layer norm in one line": lambda: sequences.layer_norm(inlined=True),
    "batch norm": sequences.batch_norm,
    "vector softmax": sequences.vector_softmax,
    "rms norm": sequences.rms_norm,
}
RANK_THREE: dict[str, Callable[[], Program]] = {
    "convolution": sequences.convolution,
    "convolution of stride 3": lambda: sequences.convolution(stride=3, width=2),
    "multi-head": sequences.multi_head,
}


@cache
def derived(name: str) -> Derivation:
    return derive({**PROGRAMS, **RANK_THREE}[name](), of=J)


def shown(d: Derivation, form: MatrixForm) -> str:
    assert form.array is not None, form.why
    return text(d.writer("matrix").array(form.array))


# what is printed

FORWARD = [
    ("affine", "z", "X Wᵀ + 𝟏 bᵀ"),
    ("attention", "S", "(1/√(d)) Q Kᵀ"),
    ("attention", "P", "diag(exp(S) 𝟏)^(−1) exp(S)"),
    ("attention", "O", "P V"),
    ("masked", "E", "M_{j ≤ i} ⊙ exp(S)"),
    ("masked", "P", "diag(E 𝟏)^(−1) E"),
    ("layer norm", "mu", "(1/d) X 𝟏"),
    ("layer norm", "v", "(1/d) ((X − μ 𝟏ᵀ) ⊙ (X − μ 𝟏ᵀ)) 𝟏"),
    ("layer norm", "h", "diag(1/√(v + 1/100)) (X − μ 𝟏ᵀ)"),
    ("layer norm", "a", "H diag(γ) + 𝟏 βᵀ"),
    ("layer norm in one line", "a", "diag(1/√(v + 1/100)) (X − μ 𝟏ᵀ) diag(γ) + 𝟏 βᵀ"),
    ("batch norm", "mu", "(1/T) Xᵀ 𝟏"),
    ("vector softmax", "a", "exp(z)/(𝟏ᵀ exp(z))"),
    ("rms norm", "a", "diag(1/√((1/d) (X ⊙ X) 𝟏 + 1/100)) X diag(g)"),
]
BACKWARD = [
    ("affine", "W", "(Z − Y)ᵀ X"),
    ("attention", "V", "Pᵀ dO"),
    ("attention", "P", "dO Vᵀ"),
    ("attention", "S", "P ⊙ (dP − (P ⊙ dP) 𝟏 𝟏ᵀ)"),
    ("attention", "Q", "(1/√(d)) dS K"),
    ("attention", "K", "(1/√(d)) (dS)ᵀ Q"),
    ("attention", "Wq", "(dQ)ᵀ X"),
    ("attention", "Wk", "(dK)ᵀ X"),
    ("attention", "Wv", "(dV)ᵀ X"),
    ("masked", "E", "diag(E 𝟏)^(−1) (dP − (P ⊙ dP) 𝟏 𝟏ᵀ)"),
    ("masked", "Q", "(1/√(d)) dS K"),
    ("layer norm", "gamma", "(H ⊙ dA)ᵀ 𝟏"),
    ("vector softmax", "z", "a ⊙ da − a (aᵀ da)"),
]


@pytest.mark.parametrize(("program", "name", "expected"), FORWARD)
def test_forward_forms(program: str, name: str, expected: str) -> None:
    d = derived(program)
    assert shown(d, equation_form(d.forward.definition(name))) == expected


@pytest.mark.parametrize(("program", "name", "expected"), BACKWARD)
def test_backward_forms(program: str, name: str, expected: str) -> None:
    d = derived(program)
    assert shown(d, d[name].matrix_form) == expected


def test_the_lines_before_the_form_are_kept() -> None:
    form = derived("attention")["S"].matrix_form
    assert [x.rule for x in form.steps] == ["component", "matrix", "factor"]
    assert [x.rule for x in derived("attention")["Wq"].matrix_form.steps] == ["component", "matrix"]  # dQ has a name
    assert [x.rule for x in derive("2-3-2")["W", 1].matrix_form.steps] == ["component", "collect", "matrix"]


# what it is worth

SIZES = [{T: 3, N: 2, D: 4}, {T: 1, N: 3, D: 2}, {T: 4, N: 1, D: 1}, {T: 1, N: 1, D: 1}]


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_forms_agree_at_sizes_with_ones(name: str, sizes: dict[sp.Symbol, int]) -> None:
    d = derived(name)
    truth = Truth(d.forward, regular_values(d.forward, 7, sizes))
    forms = forward_forms(d.forward)
    assert all(form.array is not None for _, form in forms), [form.why for _, form in forms]
    checks = [*forward_agreement(truth, forms), *agreement(d.record, truth, d.matrix_form)]
    assert len(checks) == 1 + len(d.names)
    # over one unit a normalisation is constant: its gradient is nothing but rounding, and cannot be compared
    failed = [c for c in checks if not c.ok and np.max(np.abs(truth.gradient("J", c.target[1:]))) > 1e-12]
    assert not failed


@pytest.mark.parametrize("name", [*PROGRAMS, *RANK_THREE])
def test_code_gives_the_gradients_of_the_tape(name: str) -> None:
    d = derived(name)
    values = regular_values(d.forward, 3)
    expected = tape_gradients(d.forward, "J", values)
    data = [values[q.name] for role in ("input", "target") for q in d.forward.all_given if q.role == role]
    params = {n: v for n, v in values.items() if d.forward.quantity(n).role not in ("input", "target")}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss, grads = d.function()(params, *data)
    assert loss == pytest.approx(float(Truth(d.forward, values).run["J"]))
    assert set(grads) == set(params)
    for n, grad in grads.items():
        np.testing.assert_allclose(grad, expected[n], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("batch", ["columns", "rows"])
def test_softmax_over_data_has_matrix_forms(batch: Any) -> None:
    d = derive(sb.Network("3-4:softmax-2", batch=batch))
    report = d.verify()
    assert report, report.failed
    assert not any("without a matrix form" in note for note in report.notes)


def test_softmax_in_code_neither_overflows_nor_sees_what_the_mask_shuts_out() -> None:
    S, P, y = (sequences.array(x, r, T, T) for x, r in (("S", "weight"), ("P", "activation"), ("y", "target")))
    seen = Iverson(s <= t)
    line = seen * sp.exp(S.at(t, s)) / sequences.total(seen.xreplace({s: u}) * sp.exp(S.at(t, u)), (u, T))
    program = Program((S, y), (Equation(P, (t, s), line), sequences.squares(P, y)))
    source = derive(program, of=J).source()
    assert "softmax(np.where(j <= i, S, -np.inf), axis=1)" in source
    huge = np.array([[1000.0, 5000], [0, 1]])
    space: dict[str, Any] = {}
    forward = source[: source.index("    # backward")] + "    return P\n"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(compile(forward, "<forward>", "exec"), space)
        found = space["value_and_grad"]({"S": huge}, np.eye(2))
    np.testing.assert_allclose(found, [[1, 0], [1 / (1 + np.e), np.e / (1 + np.e)]])


# planted errors


def planted(d: Derivation, name: str, change: Callable[[Array], Array]) -> set[tuple[str, str]]:
    """What turns red when the matrix form of one gradient is changed."""

    def forms(chapter: Any) -> MatrixForm:
        form = d.matrix_form(chapter)
        return replace(form, array=change(form.array)) if chapter.quantity.name == name and form.array else form

    return {(c.name, c.target) for c in verify(d.record, matrix_forms=forms).failed}


def test_a_dropped_transpose_is_red() -> None:
    program = derived("attention").forward
    equal = derive(program.resized({T: sp.Integer(3), N: sp.Integer(3), D: sp.Integer(3)}), of=J)

    def drop(array: Array) -> Array:
        assert isinstance(array, Matmul)
        assert isinstance(array.left, Transpose)
        return replace(array, left=array.left.of)

    assert planted(equal, "dV", drop) == {("agreement", "dV")}


def test_a_forgotten_row_sum_is_red() -> None:
    def forget(array: Array) -> Array:
        assert isinstance(array, Hadamard)
        p, rest = array.factors
        assert isinstance(rest, Total)
        return Hadamard((p, rest.terms[0]))

    assert planted(derived("attention"), "dS", forget) == {("agreement", "dS")}


def test_column_sums_for_row_sums_are_red() -> None:
    def turn(array: Array) -> Array:
        assert isinstance(array, Hadamard)
        p, rest = array.factors
        assert isinstance(rest, Total)
        sums = next(a for a in nodes(rest.terms[1]) if isinstance(a, Outer))
        wrong = Outer(Ones(T), sums.left)
        return Hadamard((p, Total((rest.terms[0], replace(rest.terms[1], of=wrong)))))  # type: ignore[call-arg]

    assert planted(derived("attention"), "dS", turn) == {("agreement", "dS")}


def test_a_wrong_forward_form_is_red(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = examiner.equation_form

    def careless(e: Equation) -> MatrixForm:
        form = honest(e)
        return replace(form, array=form.array.right) if isinstance(form.array, Matmul) and e.indices == (t, s) else form

    monkeypatch.setattr(examiner, "equation_form", careless)
    failed = derived("attention").verify().failed
    assert [(c.name, c.target) for c in failed] == [("agreement", "forward")]
    assert "P" in failed[0].detail


# constants


def mask(e: sp.Expr, *at: sp.Symbol) -> Array:
    return line_array(as_line(e), at, dict.fromkeys(at, T))


def test_a_mask_is_one_matrix_whatever_its_indices_are_called() -> None:
    one = mask(Iverson(s <= t), t, s)
    assert mask(Iverson(k <= i), i, k) == one
    assert mask(Iverson(s <= t), s, t) == Transpose(one)


@pytest.mark.parametrize(("e", "expected"), [
    (sp.KroneckerDelta(i, j), "I"),
    (Iverson(i < j), "(M_{j < i})ᵀ"),
    (1 / (i + j), "[1/(i + j)]_ij"),
])  # fmt: skip
def test_constants_in_print(e: sp.Expr, expected: str) -> None:
    assert text(derived("attention").writer("matrix").array(mask(e, i, j))) == expected


def test_a_constant_does_not_take_the_letter_of_a_quantity() -> None:
    m, y = sequences.array("M", "weight", T, T), sequences.array("y", "target", T, T)
    a = sequences.array("a", "activation", T, T)
    line = m.at(t, s) * Iverson(s <= t)
    d = derive(Program((m, y), (Equation(a, (t, s), line), sequences.squares(a, y))), of=J)
    assert shown(d, equation_form(d.forward.definition("a"))) == "M ⊙ C_{j ≤ i}"
    assert d.verify()


@pytest.mark.parametrize(("lang", "says"), [("en", "a lower triangle of ones"), ("ko", "아래 삼각 행렬")])
def test_the_page_says_what_a_constant_is(lang: str, says: str) -> None:
    page, _ = derived("masked").document("text", lang=lang, form="matrix")
    assert says in page.replace("\n", " ")


@pytest.mark.parametrize("made", ["html", "tex", "md", "mathml", "json"])
def test_every_format_prints_the_forms(made: str) -> None:
    page, report = derived("masked").document(made, form=None if made in ("mathml", "json") else "all")
    assert page
    assert report is None or report.ok


# refusals


def reason(e: sp.Expr, *at: sp.Symbol) -> str:
    with pytest.raises(NoMatrixForm) as refused:
        line_array(as_line(e), at, dict.fromkeys(at, T))
    return str(refused.value).partition(":")[0]


A, B, C = (sequences.array(letter, "weight", T, T) for letter in "ABC")
V = sequences.array("V", "weight", T)
R = sequences.array("R", "weight", T, T, T)


@pytest.mark.parametrize(("e", "at", "key"), [
    (R.at(i, j, k), (i, j, k), "rank"),
    (sequences.total(R.at(i, j, k), (k, T)), (i, j), "indices"),
    (A.at(i, j - 1), (i, j), "affine"),
    (A.at(i, 1), (i,), "affine"),
    (A.at(i, i), (i,), "diagonal"),
    (sequences.total(A.at(i, k) * B.at(j, k) * C.at(k, s) * A.at(i, s) * B.at(j, s), (k, T), (s, T)), (i, j), "joint"),
    (sp.Sum(A.at(i, k), (k, 1, i)), (i,), "bounds"),
])  # fmt: skip
def test_refusals_say_why(e: sp.Expr, at: tuple[sp.Symbol, ...], key: str) -> None:
    assert reason(e, *at) == key


@pytest.mark.parametrize("name", RANK_THREE)
def test_rank_three_is_said_on_the_page(name: str) -> None:
    d = derived(name)
    page, report = d.document("text", form="all")
    assert report is not None
    assert report.ok
    assert "It has rank 3: it stays in index form." in page.replace("\n", " ").replace("  ", " ")
    assert any("without a matrix form" in note for note in report.notes)


# at random


def random_line(rng: np.random.Generator) -> tuple[sp.Expr, tuple[sp.Symbol, ...]]:
    """A sum of products of vectors, matrices, functions of both and masks; one to three indices summed."""
    target = (i, j)[: rng.integers(0, 3)]
    terms = [_product(rng, target) for _ in range(rng.integers(1, 3))]
    return sp.Add(*terms), target


def _product(rng: np.random.Generator, target: tuple[sp.Symbol, ...]) -> sp.Expr:
    summed = (k, s, u)[: rng.integers(0, 3)]
    names = (*target, *summed)
    factors = [sp.Integer(int(rng.integers(1, 4))), *(_factor(rng, names) for _ in range(rng.integers(1, 4)) if names)]
    product = sp.Mul(*factors)
    return sp.Sum(product, *((x, 1, SIZE[x]) for x in summed)) if summed else product


SIZE = dict(zip((i, j, k, s, u), sp.symbols("p q r w x", integer=True, positive=True), strict=True))


def _factor(rng: np.random.Generator, names: tuple[sp.Symbol, ...]) -> sp.Expr:
    a, b = (names[n] for n in rng.integers(0, len(names), 2))
    one, two = _entry("f", a), _entry("m", a, b) if a != b else _entry("g", a)
    inner = index("t")
    return [
        one, two, one + two, sp.exp(two - one), (one + 1) ** 2, sp.tanh(one * two),
        Iverson(a <= b),
        two - sp.Sum(_entry("m", inner, b) ** 2, (inner, 1, SIZE[k])), 1 / (2 + sp.Sum(two, (b, 1, SIZE[b])) ** 2),
        sp.Piecewise((two, one > two), (one, True)), sp.Piecewise((two * a, a < b), (one, True)), 1 / (a + b),
    ][rng.integers(0, 12)]  # fmt: skip


READ: dict[sp.Symbol, tuple[sp.Expr, ...]] = {}


def _entry(letter: str, *at: sp.Symbol) -> sp.Expr:
    sizes = tuple(SIZE.get(x, SIZE[k]) for x in at)
    base = sp.Symbol(letter + "".join(str(n) for n in sizes))
    READ[base] = sizes
    return sp.Indexed(sp.IndexedBase(base), *at)


def run(array: Array, arrays: dict[sp.Symbol, Any], sizes: dict[sp.Symbol, int]) -> Any:
    """What the code of an array gives."""
    page = Page({b: b.name for b in READ}, dict(READ), set(), {})
    lines = assigned("out", array, page)
    source = "\n".join(["import numpy as np", *(HELPERS[name] for name in with_needed(page.helpers)), *lines])
    space: dict[str, Any] = {b.name: v.copy() for b, v in arrays.items()} | {n.name: v for n, v in sizes.items()}
    exec(compile(source, "<array>", "exec"), space)
    return space["out"]


def test_random_lines_their_forms_and_their_code_are_worth_the_same() -> None:
    rng = np.random.default_rng(11)
    refused: list[str] = []
    compared = 0
    for _ in range(400):
        e, target = random_line(rng)
        sizes = {n: int(rng.integers(1, 4)) for n in SIZE.values()}
        try:
            array = line_array(as_line(e, target), target, {x: SIZE[x] for x in target})
        except NoMatrixForm as why:
            refused.append(str(why).partition(":")[0])
            continue
        arrays = {b: rng.uniform(-1, 1, [sizes[n] for n in shape]) for b, shape in READ.items()}
        scope = Scope(arrays, sizes, NUMPY)
        ranges = tuple((x, 1, sizes[SIZE[x]]) for x in target)
        expected = evaluate_expression(e, ranges, scope)
        np.testing.assert_allclose(array_value(array, scope), expected, rtol=1e-9, atol=1e-9, err_msg=str(e))
        if e.has(sp.Indexed):
            np.testing.assert_allclose(run(array, arrays, sizes), expected, rtol=1e-9, atol=1e-9, err_msg=str(e))
        compared += 1
    assert compared > 300
    # SymPy moves the factors of a sum into cases on values, where three indices may meet
    assert set(refused) <= {"joint", "mixed", "indices"}


