"""Prints of formulas: order, brackets, escaping, two roads to one MathML, templates stamped after printing."""

from __future__ import annotations

import random
import re
from functools import cache
from typing import Any
from xml.etree import ElementTree

import pytest
import sympy as sp
from sympy.parsing.sympy_parser import parse_expr

from symbackprop.language import functions as fn
from symbackprop.language.arrays import (
    Array,
    Diagonal,
    Elementwise,
    Hadamard,
    Matmul,
    Ones,
    Outer,
    Scaled,
    Total,
    Transpose,
)
from symbackprop.language.derivation import Factor, Line, Product, line
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.functions import Partial, named, prime
from symbackprop.language.program import Kind, Part, Program
from symbackprop.language.quantity import LABEL, Axis, Equation, Quantity, index, size
from symbackprop.notation.formula import Formula, Frac, Ident, Mark, Num, Op, Row, Sup, Text, rebuilt, unmarked
from symbackprop.notation.latex import aligned, latex
from symbackprop.notation.mathml import mathml
from symbackprop.notation.plain import text
from symbackprop.notation.profiles import NOTATIONS, notation
from symbackprop.notation.write import Writer

ONE, TWO = sp.Integer(1), sp.Integer(2)
SIGMA = named("sigmoid", 1 / (1 + sp.exp(-fn.ARGUMENT)), r"\sigma")
RELU = named("relu", sp.Piecewise((fn.ARGUMENT, fn.ARGUMENT > 0), (0, True)))
I_, J_, K, P = index("i"), index("j"), index("k"), index("p")
N0 = sp.Symbol("n0", integer=True, positive=True)


def units(label: Any) -> Axis:
    return Axis("unit", size(label))


W = Quantity("W", LABEL, (units(LABEL), Axis("from", size(LABEL - 1))), "weight")
B = Quantity("b", LABEL, (units(LABEL),), "bias")
Z = Quantity("z", LABEL, (units(LABEL),), "pre-activation")
A = Quantity("a", LABEL, (units(LABEL),), "activation")
BEFORE = Quantity("a", LABEL - 1, (units(LABEL - 1),), "activation")
X = Quantity("a", 0, (Axis("unit", N0),), "input")
Y = Quantity("y", None, (units(2),), "target")
LOSS = Quantity("J", None, (), "loss")


def at(q: Quantity, label: int) -> Quantity:
    return q.stamped(label, {})


A1, A2, DB2 = at(A, 1), at(A, 2), at(B, 2).adjoint


@cache
def program() -> Program:
    dense = Kind((W, B), (
        Equation(Z, (J_,), sp.Sum(W.at(J_, I_) * BEFORE.at(I_), (I_, ONE, size(LABEL - 1))) + B.at(J_)),
        Equation(A, (J_,), SIGMA(Z.at(J_))),
    ), (BEFORE,))
    mse = Equation(LOSS, (), sp.Sum((A2.at(J_) - Y.at(J_)) ** 2, (J_, ONE, size(2))) / (2 * size(2)))
    return Program((X, Y), (Part(dense, 1), Part(dense, 2), mse), {size(0): N0})


def writer(**changes: Any) -> Writer:
    return Writer(program(), NOTATIONS["notes"]).with_(**changes)


def vector(q: Quantity) -> Elementwise:
    return Elementwise(q.at(J_), (J_,), q.shape)


SLOPE = prime(SIGMA)(Z.at(J_))
W2 = Elementwise(at(W, 2).at(J_, I_), (J_, I_), at(W, 2).shape)
SLOPES = Elementwise(prime(SIGMA)(at(Z, 2).at(J_)), (J_,), (size(2),))
WEIGHT_LINE = line(BEFORE.at(I_), SLOPE, A.adjoint.at(J_))
SUM_LINE = line(W.at(J_, I_), SLOPE, A.adjoint.at(J_), over=((J_, ONE, size(LABEL)),))

# the notes' formulas, as a person writes them
EXPRESSIONS: list[tuple[sp.Basic, str]] = [
    (A.at(J_) - Y.at(J_), r"a^{[l]}_j - y_j"),
    (1 - A.at(J_), r"1 - a^{[l]}_j"),
    (1 / (1 + sp.exp(-Z.at(J_))), r"\frac{1}{1 + e^{-z^{[l]}_j}}"),
    (A.at(J_) * (1 - A.at(J_)), r"a^{[l]}_j (1 - a^{[l]}_j)"),
    ((A2.at(J_) - Y.at(J_)) / size(2), r"\frac{a^{[2]}_j - y_j}{n^{[2]}}"),
    (sp.exp(Z.at(J_)) / sp.Sum(sp.exp(Z.at(K)), (K, ONE, size(2))),
     r"\frac{e^{z^{[l]}_j}}{\sum_{k=1}^{n^{[2]}} e^{z^{[l]}_k}}"),
    (-sp.Sum(Y.at(J_) * sp.log(A.at(J_)), (J_, ONE, size(2))), r"-\sum_{j=1}^{n^{[2]}} y_j \log a^{[l]}_j"),
    (Y.at(J_) * sp.log(A.at(J_)) + (1 - Y.at(J_)) * sp.log(1 - A.at(J_)),
     r"y_j \log a^{[l]}_j + (1 - y_j) \log(1 - a^{[l]}_j)"),
    (-Y.at(J_) / A.at(J_), r"-\frac{y_j}{a^{[l]}_j}"),
    (A.at(I_) * (sp.KroneckerDelta(I_, J_) - A.at(J_)), r"a^{[l]}_i (\delta_{ij} - a^{[l]}_j)"),
    (SLOPE, r"\sigma'(z^{[l]}_j)"),
    (prime(prime(RELU))(Z.at(J_)), r"\operatorname{relu}''(z^{[l]}_j)"),
    (sp.Rational(-3, 2) * Z.at(J_) ** 2, r"-\frac{3}{2} (z^{[l]}_j)^2"),
    (A.at(J_) / sp.sqrt(B.at(J_) + 1), r"\frac{a^{[l]}_j}{\sqrt{b^{[l]}_j + 1}}"),
    (sp.Sum(Z.at(J_) - 1, (J_, ONE, size(2))) * N0, r"n_0 \sum_{j=1}^{n^{[2]}} (z^{[l]}_j - 1)"),
    (sp.Sum(Z.at(J_), (J_, ONE, N0)) * sp.Sum(A.at(J_), (J_, ONE, N0)),
     r"\left(\sum_{j=1}^{n_0} a^{[l]}_j\right) \sum_{j=1}^{n_0} z^{[l]}_j"),
    (sp.Sum(W.at(J_, I_), (I_, ONE, N0), (J_, ONE, size(2))),
     r"\sum_{j=1}^{n^{[2]}} \sum_{i=1}^{n_0} w^{[l]}_{ji}"),
    (fn.bracket(ONE, P, size(2)), r"[1 \le p \le n^{[2]}]"),
    (fn.bracket(ONE, 2 * (I_ - 1) + K, size(2)), r"[1 \le 2 i + k - 2 \le n^{[2]}]"),
    (sp.Piecewise((Z.at(J_), Z.at(J_) > 0), (0, True)),
     r"\begin{cases} z^{[l]}_j & z^{[l]}_j > 0 \\ 0 & \text{otherwise} \end{cases}"),
    (W.at(10, 2), r"w^{[l]}_{10,2}"),
    (W.at(J_, I_ + 1), r"w^{[l]}_{j,i+1}"),
    (Partial(Z.at(J_), W.at(J_, I_)), r"\frac{\partial z^{[l]}_j}{\partial w^{[l]}_{ji}}"),
    (A.adjoint.at(J_) ** 2, r"\left(\frac{\partial J}{\partial a^{[l]}_j}\right)^2"),
    (sp.Symbol("w1") ** 2 * sp.Symbol("alpha"), r"\alpha w_1^2"),
    (sp.Function("sigma")(sp.Symbol("z1")).diff(sp.Symbol("z1")), r"\sigma'(z_1)"),
    (sp.Function("f")(sp.Symbol("w1") * sp.Symbol("x")).diff(sp.Symbol("w1")), r"x f'(w_1 x)"),
    (sp.Float("0.5") * sp.Symbol("x"), r"0.5 x"),
    (sp.Max(0, sp.Symbol("x")), r"\max(0, x)"),
    (sp.Abs(sp.Symbol("x")), r"|x|"),
    (sp.Eq(sp.Symbol("z"), sp.tanh(sp.Symbol("x"))), r"z = \tanh(x)"),
]
LINES: list[tuple[Line, str]] = [
    (WEIGHT_LINE, r"a^{[l-1]}_i \cdot \sigma'(z^{[l]}_j) \cdot \frac{\partial J}{\partial a^{[l]}_j}"),
    (SUM_LINE, r"\sum_{j=1}^{n^{[l]}} w^{[l]}_{ji} \cdot \sigma'(z^{[l]}_j) \cdot "
               r"\frac{\partial J}{\partial a^{[l]}_j}"),
    (line(BEFORE.at(I_), A.adjoint.at(J_), over=((J_, ONE, N0),)),
     r"a^{[l-1]}_i \sum_{j=1}^{n_0} \frac{\partial J}{\partial a^{[l]}_j}"),
    (line(ONE, SLOPE, A2.at(J_) - Y.at(J_)), r"1 \cdot \sigma'(z^{[l]}_j) \cdot (a^{[2]}_j - y_j)"),
    (line(sp.Integer(-1), Y.at(J_), SLOPE), r"-y_j \cdot \sigma'(z^{[l]}_j)"),
    (line(sp.Integer(-2), Y.at(J_)), r"-2 \cdot y_j"),
    (line(Y.at(J_), -A.at(J_)), r"y_j \cdot (-a^{[l]}_j)"),
    (Line((*line(Y.at(J_)).products, *line(-A.at(J_)).products, *line(sp.Integer(-1), Y.at(J_), SLOPE).products)),
     r"y_j - a^{[l]}_j - y_j \cdot \sigma'(z^{[l]}_j)"),
    (line(Y.at(J_) - 1, over=((J_, ONE, N0),)), r"\sum_{j=1}^{n_0} (y_j - 1)"),
]
ARRAYS: list[tuple[Array, str]] = [
    (Hadamard((SLOPES, vector(at(A, 2).adjoint))), r"\sigma'(z^{[2]}) \odot da^{[2]}"),
    (Outer(vector(DB2), vector(A1)), r"db^{[2]}\, (a^{[1]})^{\mathsf{T}}"),
    (Matmul(Transpose(W2), vector(DB2)), r"(W^{[2]})^{\mathsf{T}} db^{[2]}"),
    (Outer(Hadamard((SLOPES, vector(at(A, 2).adjoint))), vector(A1)),
     r"(\sigma'(z^{[2]}) \odot da^{[2]})\, (a^{[1]})^{\mathsf{T}}"),
    (Elementwise(A1.at(J_) * (1 - A1.at(J_)), (J_,), A1.shape), r"a^{[1]} \odot (1 - a^{[1]})"),
    (Elementwise(1 - A1.at(J_) ** 2, (J_,), A1.shape), r"1 - a^{[1]} \odot a^{[1]}"),
    (Elementwise((A2.at(J_) - Y.at(J_)) / size(2), (J_,), A2.shape), r"\frac{a^{[2]} - y}{n^{[2]}}"),
    (Scaled(1 / N0, Outer(vector(DB2), vector(A1))), r"\frac{1}{n_0} db^{[2]}\, (a^{[1]})^{\mathsf{T}}"),
    (Matmul(Transpose(Ones(size(2))), vector(A2)), r"\mathbf{1}^{\mathsf{T}} a^{[2]}"),
    (Matmul(Diagonal(vector(A2)), W2), r"\operatorname{diag}(a^{[2]}) W^{[2]}"),
    (Total((vector(A2), Scaled(sp.Integer(-1), Hadamard((vector(A2), SLOPES))))),
     r"a^{[2]} - a^{[2]} \odot \sigma'(z^{[2]})"),
    (Matmul(Transpose(Matmul(W2, Transpose(W2))), vector(A2)),
     r"(W^{[2]}\, (W^{[2]})^{\mathsf{T}})^{\mathsf{T}} a^{[2]}"),
]


@pytest.mark.parametrize(("expression", "expected"), EXPRESSIONS, ids=lambda v: str(v)[:40])
def test_expressions_are_written_as_a_person_writes_them(expression: sp.Basic, expected: str) -> None:
    assert latex(writer().expression(expression)) == expected


@pytest.mark.parametrize(("given", "expected"), LINES)
def test_lines_keep_the_order_of_the_record(given: Line, expected: str) -> None:
    assert latex(writer().line(given)) == expected


@pytest.mark.parametrize(("given", "expected"), LINES)
def test_factors_side_by_side_are_the_line(given: Line, expected: str) -> None:
    parts = writer().factors(given)
    assert all(isinstance(factor, Factor) for _, factor, _ in parts)
    assert text(writer().line(given)) == "".join(_raw(prefix) + _raw(shown) for prefix, _, shown in parts).strip()


def _raw(box: Formula) -> str:
    from symbackprop.notation.plain import _PRINT

    shown = _PRINT[type(box)](box)
    return shown + " " if shown.startswith(("Σ", " Σ")) else shown


@pytest.mark.parametrize(("given", "expected"), ARRAYS)
def test_matrix_forms(given: Array, expected: str) -> None:
    assert latex(writer(form="matrix").array(given)) == expected


def test_a_shape_stands_under_every_factor() -> None:
    m = writer(form="matrix")
    shown = text(m.array_with_shapes(Outer(vector(DB2), vector(A1))))
    assert shown == "db[2]⟨n[2] × 1⟩ (a[1])ᵀ⟨1 × n[1]⟩"


# --- quantities


def test_quantities_in_the_three_forms() -> None:
    w2, z = at(W, 2), Quantity("z", 1, (units(1), Axis("datum", sp.Symbol("m", integer=True, positive=True))))
    assert latex(writer().quantity(w2, (J_, I_))) == "w^{[2]}_{ji}"
    assert latex(writer(form="scalar").quantity(w2)) == "w^{[2]}"
    assert latex(writer(form="matrix").quantity(w2)) == "W^{[2]}"
    assert latex(writer(form="matrix").quantity(z)) == "Z^{[1]}"
    assert latex(writer(form="matrix").quantity(z.adjoint)) == "dZ^{[1]}"
    assert text(writer().quantity(w2.adjoint, (J_, I_))) == "∂J/∂w[2]_ji"
    assert latex(writer().quantity(Quantity("g", "gate"))) == r"g^{[\text{gate}]}"


def test_an_adjoint_per_datum_is_a_derivative_of_that_datums_loss() -> None:
    m = sp.Symbol("m", integer=True, positive=True)
    one = Quantity("L", None, (Axis("datum", m),), "loss")
    a = Quantity("a", 1, (units(1), Axis("datum", m)), "activation")
    w = writer(per_datum=one)
    assert text(w.quantity(a.adjoint, (J_, K))) == "∂L_k/∂a[1]_jk"
    assert text(w.quantity(at(W, 1).adjoint, (J_, I_))) == "∂J/∂w[1]_ji"
    assert text(w.adjoint_full(LOSS, a, (J_, K))) == "∂J/∂a[1]_jk"


def test_a_users_own_symbols_print_as_they_do_in_sympy() -> None:
    names = {n: Quantity(n, None, (), "weight" if n == "w1" else "auxiliary", sp.Symbol(n)) for n in ("w1", "x", "J")}
    net = Program((names["w1"], names["x"]), (Equation(names["J"], (), sp.Symbol("w1") * sp.Symbol("x")),))
    w = Writer(net, NOTATIONS["notes"], of=names["J"])
    assert latex(w.definition(net.equations[0])) == "J = w_1 x"
    assert latex(w.expression(sp.Symbol("dw1"))) == r"\frac{\partial J}{\partial w_1}"
    assert latex(w.with_(adjoints={sp.Symbol("q"): names["w1"]}).expression(sp.Symbol("q"))) == (
        r"\frac{\partial J}{\partial w_1}")


def test_marks_wrap_what_they_name() -> None:
    marked = writer(marks={A.adjoint.symbol: ("a", "reuse")}).line(WEIGHT_LINE)
    assert r"\sbreuse[a]{\frac{\partial J}{\partial a^{[l]}_j}}" in latex(marked)
    assert '<mrow class="reuse" data-ref="a"><mfrac>' in mathml(marked)
    assert text(marked) == text(writer().line(WEIGHT_LINE))
    assert unmarked(marked) == writer().line(WEIGHT_LINE)


def test_notations_are_found_by_name_or_suggested() -> None:
    assert notation("notes") is NOTATIONS["notes"]
    with pytest.raises(SymbackpropError, match="did you mean 'notes'"):
        notation("note")


# --- brackets: what is printed is read back


def _random(rng: random.Random, depth: int) -> sp.Expr:
    a, b, c = sp.symbols("a b c", positive=True)
    if depth == 0:
        return rng.choice([a, b, c, sp.Integer(rng.randint(1, 4)), sp.Rational(1, 2)])
    left, right = _random(rng, depth - 1), _random(rng, depth - 1)
    return rng.choice([
        lambda: left + right, lambda: left - right, lambda: left * right, lambda: left / right, lambda: -left,
        lambda: left ** rng.choice([2, 3, -1, -2]), lambda: sp.exp(-left), lambda: sp.log(left**2 + 1),
        lambda: sp.sqrt(left**2 + right**2), lambda: sp.Mul(left, right, evaluate=False),
        lambda: sp.log(a) * left, lambda: sp.log(b) * sp.log(a),
    ])()


def _read(shown: str) -> sp.Expr:
    """A reader for plain prints of scalar expressions, for this test only."""
    shown = shown.replace("−", "-").replace("^", "**").replace("√", "sqrt").replace(" · ", "*")
    shown = re.sub(r"\blog ([a-c])", r"log(\1)", shown)
    shown = re.sub(r"(?<=[\w)]) (?=[\w(])", "*", shown)
    names = {n: sp.Symbol(n, positive=True) for n in "abc"}
    return parse_expr(shown, local_dict={**names, "e": sp.E})


@pytest.mark.parametrize("seed", range(300))
def test_what_is_printed_is_read_back_as_the_same_value(seed: int) -> None:
    rng = random.Random(seed)
    e = next(e for e in (_random(rng, 1 + seed % 4) for _ in range(99)) if not e.has(sp.zoo, sp.nan, sp.Abs))
    point = {sp.Symbol(n, positive=True): sp.Rational(v, 7) for n, v in zip("abc", (5, 9, 16), strict=True)}
    shown = text(writer().expression(e))
    expected, got = complex(e.subs(point).evalf(30)), complex(_read(shown).subs(point).evalf(30))
    assert got == pytest.approx(expected, rel=1e-9), (e, shown)


# --- MathML

CORE = {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msup", "msub", "msubsup", "munder", "mover",
        "munderover", "msqrt", "mtable", "mtr", "mtd", "mpadded"}
ATTRIBUTES = {"display", "form", "lspace", "rspace", "stretchy", "width", "height", "class", "data-ref", "style"}


def every_formula() -> list[Formula]:
    w, m = writer(), writer(form="matrix")
    return [
        *(w.expression(e) for e, _ in EXPRESSIONS), *(w.line(given) for given, _ in LINES),
        *(m.array(a) for a, _ in ARRAYS), *(m.array_with_shapes(a) for a, _ in ARRAYS),
        *(w.definition(e) for e in program().equations), w.adjoint_full(LOSS, W, (J_, I_)),
        w.with_(marks={A.adjoint.symbol: ("a", "def")}).line(WEIGHT_LINE),
    ]


def _leaf_text(markup: str) -> str:
    """The text of the leaves, with what both roads write differently made one: primes, bold, blanks, Latin letters."""
    leaves = "".join(el.text or "" for el in ElementTree.fromstring(markup).iter())
    for old, new in {"″": "′′", "𝟏": "1", "\xa0": " ", "\u2062": "", "\u2061": ""}.items():
        leaves = leaves.replace(old, new)
    return re.sub(r"\s", "", leaves)


@pytest.mark.parametrize("number", range(len(every_formula())))
def test_two_roads_lead_to_the_same_leaves(number: int) -> None:
    formula = every_formula()[number]
    own, other = _sorted_leaves(mathml(formula)), _sorted_leaves(mathml(formula, engine="latex2mathml"))
    assert own == other, latex(formula)


def _sorted_leaves(markup: str) -> str:
    # an \underset stands before or after its base, limits before or after a sign: the leaves are compared as a bag
    return "".join(sorted(_leaf_text(markup)))


@pytest.mark.parametrize("display", [False, True])
def test_own_mathml_is_well_formed_and_core_only(display: bool) -> None:
    for formula in every_formula():
        root = ElementTree.fromstring(mathml(formula, display=display))
        assert {el.tag for el in root.iter()} <= CORE
        assert {name for el in root.iter() for name in el.attrib} <= ATTRIBUTES
        assert (root.get("display") == "block") == display


def test_elements_have_the_children_they_need() -> None:
    counts = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3}
    for formula in every_formula():
        for el in ElementTree.fromstring(mathml(formula)).iter():
            assert len(el) == counts.get(el.tag, len(el)), latex(formula)


# --- hostile names

HOSTILE = ["<script>alert(1)</script>", r"\input{x}", r"\write18{rm}", "50%", "$x$", "a&b", "가중치", "w" * 5000, "",
           "a\nb", "x_{y}", "~^#", "\ue000lL+0\ue001", "𝕏", "]]>", '"', "</math>", "a'b", "e\u202ev"]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_names_stay_names(name: str) -> None:
    w = writer()
    for formula in (w.expression(sp.Symbol(name)), Text(name), Ident(name), w.quantity(Quantity("z", name)),
                    w.quantity(Quantity(name or "q", 1)), Mark(Num("1"), name, "reuse")):
        for engine in ("own", "latex2mathml"):
            markup = mathml(formula, engine=engine)  # type: ignore[arg-type]
            root = ElementTree.fromstring(markup)
            assert "script" not in {el.tag for el in root.iter()}
        shown = latex(formula)
        assert not re.search(r"\\(input|write)", shown)
        assert not re.search(r"(?<!\\)[%$#&~]", shown)
        assert shown.count("{") - shown.count(r"\{") == shown.count("}") - shown.count(r"\}")
        assert "\n" not in text(formula) + shown
        assert "\ue000" not in text(formula) + shown + markup


# --- templates


@pytest.mark.parametrize("show", [latex, text, mathml])
def test_a_template_printed_once_and_stamped_is_the_print_of_the_layer(show: Any) -> None:
    w, holes = writer(), writer(placeholder=True)
    for label in (1, 2):
        for equation in program().parts[0].kind.equations:
            stamped = holes.stamp_print(show(holes.definition(equation)), label)
            assert stamped == show(w.definition(equation.stamped(label, program().sizes)))


def test_a_number_that_fills_a_hole_does_not_run_into_the_one_before_it() -> None:
    holes = writer(placeholder=True)
    shown = text(holes.expression(1 / (2 * size(LABEL))))
    assert holes.stamp_print(shown, 0) == "1/(2 · n_0)"


def test_a_template_prints_with_its_label() -> None:
    adjoint = Quantity("a", LABEL + 1, (units(LABEL + 1),)).adjoint
    assert text(writer().expression(adjoint.at(J_))) == "∂J/∂a[l+1]_j"
    assert text(writer(form="matrix").quantity(adjoint)) == "da[l+1]"
    assert text(writer().expression(size(LABEL - 1))) == "n[l−1]"


def test_boxes_can_be_rebuilt_from_the_inside() -> None:
    box = Row((Frac(Ident("a"), Sup(Ident("b"), Num("2"))), Op("+"), Ident("a")))
    renamed = rebuilt(box, lambda b: Ident("c") if b == Ident("a") else b)
    assert text(renamed) == "c/b^2 + c"
    assert latex(Row((Op("="), Ident("a")))) == "{} = a"


def test_steps_are_aligned_at_their_equals_sign() -> None:
    shown = aligned(Ident("a"), [Ident("b"), Num("1")])
    assert shown == "\\begin{aligned}\na &= b \\\\\n&= 1\n\\end{aligned}"


def test_products_of_sums_and_the_place_of_the_sign() -> None:
    p = Product((Factor(Y.at(K)), Factor(W.at(J_, I_)), Factor(BEFORE.at(I_))), ((J_, ONE, TWO), (I_, ONE, N0)))
    assert text(writer().product(p)) == "y_k Σ_{j=1}^{2} Σ_{i=1}^{n_0} w[l]_ji · a[l−1]_i"
