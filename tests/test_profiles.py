"""Notation profiles in print: what is printed in a course's notation is read back in it as the same mathematics, and
the formulas that everybody knows of the courses come out symbol for symbol."""

from __future__ import annotations

from functools import cache

import pytest

import symbackprop as sb
from symbackprop.api import Derivation
from symbackprop.language.lettering import Lettering
from symbackprop.notation.latex import latex
from symbackprop.notation.plain import text
from symbackprop.notation.profiles import NOTATIONS

SPECS = ("2-3-2", "3-4:relu-3:softmax/ce", "2-3:tanh-1", "2-2-3-2", "1-1-1")


@cache
def derived(spec: str, name: str) -> Derivation:
    return sb.derive(spec, notation=name)


def printed(spec: str, name: str) -> list[str]:
    """Every result as an equation: components and matrices, LaTeX and plain text."""
    found = []
    for chapter in derived(spec, name):
        if chapter.record.by.role == "loss":
            continue  # ∂J/∂L = 1/m, by which nothing is trained
        component, matrix = chapter._writer(), chapter._writer("matrix")
        left = component.quantity(chapter.record.quantity, chapter.record.indices)
        found += [component.equation(left, component.line(chapter.result))]
        assert chapter.matrix is not None
        found += [matrix.equation(matrix.quantity(chapter.record.quantity), chapter.matrix.formula)]
    return [show(formula) for formula in found for show in (latex, text)]


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("name", NOTATIONS)
def test_what_is_printed_is_read_back_as_right(name: str, spec: str) -> None:
    for line in printed(spec, name):
        for verdict in sb.check(spec, line, notation=name):
            assert verdict.verdict == "right", f"{line}\n{verdict.read_as}\n{verdict.detail}"


@pytest.mark.parametrize("name", NOTATIONS)
def test_a_penalty_is_read_back_too(name: str) -> None:
    net = sb.Network("3-4:tanh-2", regulariser={"kind": "l2", "weight": "lambda/2"})
    d = sb.derive(net, notation=name)
    component, matrix = d.writer(), d["W", 2]._writer("matrix")
    found = d["W", 2]
    assert found.matrix is not None
    left = component.quantity(found.record.quantity, found.record.indices)
    lines = [component.equation(left, component.line(found.result)),
             matrix.equation(matrix.quantity(found.record.quantity), found.matrix.formula)]
    for line in lines:
        for shown in (latex(line), text(line)):
            assert [v.verdict for v in sb.check(net, shown, notation=name)] == ["right"], shown


def test_the_formulas_of_two_courses_differ_where_the_courses_do() -> None:
    """Read in another course's notation a print is wrong or means nothing: the test above is about the notation."""
    line = derived("2-3-2", "bishop")["W", 2].component.latex()
    assert line == r"\delta^{(2)}_j z^{(1)}_i"
    verdict = sb.check("2-3-2", r"\frac{\partial J}{\partial w^{(2)}_{ji}} = " + line, notation="goodfellow")[0]
    assert verdict.verdict != "right"


# typed by hand, from knowledge of the courses

NIELSEN = r"""
\delta^L = \nabla_a C \odot \sigma'(z^L)
\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)
\frac{\partial C}{\partial b^l_j} = \delta^l_j
\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k \delta^l_j
"""
NG = r"""
dZ^{[2]} = A^{[2]} - Y
dW^{[2]} = \frac{1}{m} dZ^{[2]} A^{[1]T}
db^{[2]} = \frac{1}{m} \sum_{i=1}^m dZ^{[2](i)}
dZ^{[1]} = W^{[2]T} dZ^{[2]} * g^{[1]\prime}(Z^{[1]})
dW^{[1]} = \frac{1}{m} dZ^{[1]} X^T
db^{[1]} = \frac{1}{m} \sum_{i=1}^m dZ^{[1](i)}
"""
NG_GENERAL = r"""
dZ^{[L]} = A^{[L]} - Y
dZ^{[l]} = dA^{[l]} * g^{[l]\prime}(Z^{[l]})
dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}
db^{[l]} = \frac{1}{m} \sum_{i=1}^m dZ^{[l](i)}
dA^{[l-1]} = W^{[l]T} dZ^{[l]}
"""
UFLDL = r"""
\delta^{(n_l)} = -(y - a^{(n_l)}) \bullet f'(z^{(n_l)})
\delta^{(l)} = ((W^{(l)})^T \delta^{(l+1)}) \bullet f'(z^{(l)})
\nabla_{W^{(l)}} J = \delta^{(l+1)} (a^{(l)})^T
\nabla_{b^{(l)}} J = \delta^{(l+1)}
"""
GOODFELLOW = r"""
g \leftarrow \nabla_{\hat{y}} J = \hat{y} - y
g \leftarrow \nabla_{a^{(k)}} J = g \odot f'(a^{(k)})
\nabla_{b^{(k)}} J = g
\nabla_{W^{(k)}} J = g h^{(k-1)\top}
g \leftarrow \nabla_{h^{(k-1)}} J = W^{(k)\top} g
"""
SCRATCH = r"""
\frac{\partial L}{\partial A_2} = \frac{1}{N} (Y - T)
\frac{\partial L}{\partial W_2} = Z_1^T \cdot \frac{\partial L}{\partial A_2}
\frac{\partial L}{\partial b_2} = \text{np.sum}\left(\frac{\partial L}{\partial A_2}, \mathrm{axis}=0\right)
\frac{\partial L}{\partial Z_1} = \frac{\partial L}{\partial A_2} \cdot W_2^T
\frac{\partial L}{\partial A_1} = \frac{\partial L}{\partial Z_1} * Z_1 * (1 - Z_1)
\frac{\partial L}{\partial W_1} = X^T \cdot \frac{\partial L}{\partial A_1}
\frac{\partial L}{\partial b_1} = \text{np.sum}\left(\frac{\partial L}{\partial A_1}, \mathrm{axis}=0\right)
"""
BISHOP = r"""
\delta^{(2)}_j = y_j - t_j
\frac{\partial E}{\partial w^{(2)}_{ji}} = \delta^{(2)}_j z^{(1)}_i
\frac{\partial E}{\partial b^{(2)}_j} = \delta^{(2)}_j
\delta^{(1)}_j = h'(a^{(1)}_j) \sum_{k=1}^2 w^{(2)}_{kj} \delta^{(2)}_k
\frac{\partial E}{\partial w^{(1)}_{ji}} = \delta^{(1)}_j x_i
\frac{\partial E}{\partial b^{(1)}_j} = \delta^{(1)}_j
"""
NOTES = r"""
da^{[L]} = \frac{1}{n_L} (a^{[L]} - y)
db^{[l]} = \sigma'(z^{[l]}) \odot da^{[l]}
dW^{[l]} = db^{[l]}\, (a^{[l-1]})^{\mathsf{T}}
da^{[l-1]} = (W^{[l]})^{\mathsf{T}} db^{[l]}
"""
NOTES_SOFTMAX = r"""
da^{[L]} = -y \odot \frac{1}{a^{[L]}}
dz^{[L]} = a^{[L]} - y
db^{[L]} = dz^{[L]}
db^{[l]} = \operatorname{relu}'(z^{[l]}) \odot da^{[l]}
dW^{[L]} = dz^{[L]}\, (a^{[L-1]})^{\mathsf{T}}
dW^{[l]} = db^{[l]}\, (a^{[l-1]})^{\mathsf{T}}
da^{[L-1]} = (W^{[L]})^{\mathsf{T}} dz^{[L]}
da^{[l-1]} = (W^{[l]})^{\mathsf{T}} db^{[l]}
"""
KNOWN = {
    ("notes", "n0-...-nL"): NOTES, ("notes", "n0-...:relu-nL:softmax/ce"): NOTES_SOFTMAX,
    ("nielsen", "n0-...-nL"): NIELSEN, ("ng", "3-4:tanh-2:sigmoid"): NG, ("ng", "n0-...:tanh-nL"): NG_GENERAL,
    ("ufldl", "n0-...-nL"): UFLDL, ("goodfellow", "n0-...:tanh-nL:tanh/sse"): GOODFELLOW,
    ("scratch", "3-4-3:softmax"): SCRATCH, ("bishop", "3-4:tanh-2:identity"): BISHOP,
}  # fmt: skip


@pytest.mark.parametrize(("name", "spec"), KNOWN)
def test_the_courses_own_formulas(name: str, spec: str) -> None:
    """BP1 to BP4, the slides', UFLDL's steps 2 to 4, Algorithm 6.4: derived, and laid out by the profile alone."""
    lines = [form.latex() for form in sb.derive(spec, notation=name).algorithm()]
    assert lines == KNOWN[name, spec].strip().splitlines()


def test_a_weight_decay_stands_in_the_algorithm() -> None:
    net = sb.Network("3-4:tanh-2:identity/sse", regulariser={"kind": "l2", "weight": "lambda/2"})
    lines = [form.latex() for form in sb.derive(net, notation="goodfellow").algorithm()]
    assert r"\nabla_{W^{(2)}} J = g h^{(1)\top} + \lambda W^{(2)}" in lines


# names

def test_letters_change_places_at_once() -> None:
    net = sb.Network("2-3-2")
    lettering = Lettering(net.program, NOTATIONS["bishop"])
    assert lettering.spelled["a"] == "z"
    assert lettering.spelled["z"] == "a"
    page = [lettering.letter(letter) for letter in {q.letter for q in lettering.known}]
    assert len(set(page)) == len(page)


def test_a_letter_that_is_taken_is_not_given_twice() -> None:
    """h is the state of a recurrent cell: Goodfellow's h for outputs, and with it his a, would be two things."""
    net = sb.Network([sb.layer("rnn", size=3), sb.dense(2)], inputs=["T", 3])
    lettering = Lettering(net.program, NOTATIONS["goodfellow"])
    page = [lettering.letter(letter) for letter in {q.letter for q in lettering.known}]
    assert len(set(page)) == len(page)
    assert lettering.letter("h") == "h"


@pytest.mark.parametrize("name", NOTATIONS)
def test_no_two_quantities_share_a_name(name: str) -> None:
    d = derived("2-2-3-2", name)
    for form in ("component", "matrix"):
        writer = d.writer(form)  # type: ignore[arg-type]
        names = [latex(writer.quantity(q)) for q in d.forward.quantities.values()]
        assert len(set(names)) == len(names), names


def test_layers_are_counted_as_the_course_counts() -> None:
    d = derived("2-3-2", "ufldl")
    assert str(d["W", 1].matrix) == "δ^(2) (a^(1))ᵀ"
    assert derived("2-3-2", "nielsen")["W", 1].matrix.latex() == r"\delta^2 (a^1)^T"  # type: ignore[union-attr]


# what nobody has said is as in the course

@pytest.mark.parametrize(("name", "loss", "batch"), [
    ("notes", "mse", "none"), ("ng", "bce", "columns"), ("scratch", "mse", "rows"), ("nielsen", "sse", "none"),
    ("ufldl", "sse", "none"), ("goodfellow", "mse", "none"), ("bishop", "sse", "none"), ("demystified", "sse", "rows"),
])  # fmt: skip
def test_the_usual_loss_and_batch(name: str, loss: str, batch: str) -> None:
    net = derived("2-3-2", name).network
    assert net is not None
    assert (net.loss_name, net.batch) == (loss, batch)


def test_what_was_said_stays() -> None:
    net = sb.derive(sb.Network("2-3-2/mse", batch="none"), notation="ng").network
    assert net is not None
    assert (net.loss_name, net.batch) == ("mse", "none")


@pytest.mark.parametrize("name", ["ng", "nielsen", "scratch", "bishop"])
def test_the_derivation_of_a_profile_is_checked_like_any_other(name: str) -> None:
    assert derived("2-3-2", name).verify()
