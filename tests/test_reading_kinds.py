"""What the tool prints of every kind of layer is read back as the same equation, in each notation."""

from __future__ import annotations

import re
from collections.abc import Iterator

import kind_tables
import pytest

import symbackprop as sb
from symbackprop.notation.formula import Formula
from symbackprop.notation.latex import latex
from symbackprop.notation.plain import text
from symbackprop.notation.profiles import NOTATIONS

CONSTANT = re.compile(r"M_\{[^}]*\\le")
WINDOWS = ("flatten", "avgpool", "maxpool", "conv1d", "groupnorm")
OTHERS = [name for name in NOTATIONS if name != "notes"]
MAX = (r"\frac{\partial J}{\partial a^{[1]}_i} = \sum_{u=1}^1 [1 \le i + 2 - 2 u \le %s]"
       r" \cdot [i + 2 - 2 u = \operatorname{argmax}_i (a^{[1]}_{2 u+i-2})] \cdot"
       r" \frac{\partial J}{\partial a^{[2]}_u}")
MEAN = (r"\frac{\partial J}{\partial a^{[1]}_i} = \frac12 \sum_{u=1}^2 [%s \le i + 2 - 2 u \le 2]"
        r"\frac{\partial J}{\partial a^{[2]}_u}")
FLAT = r"\frac{\partial J}{\partial a^{[1]}_{cu}} = \frac{\partial J}{\partial a^{[2]}_{%s}}"
GROUP = (r"\frac{\partial J}{\partial\gamma^{[2]}_d} = \sum_{u=1}^2 \left(\sum_{g=1}^2 \sum_{c=1}^1 u^{[2]}_{gcu}"
         r" \delta_{d,%s}\right) \cdot \frac{\partial J}{\partial a^{[2]}_{du}}")


def network(kind: str) -> sb.Network:
    return kind_tables.network(kind_tables.drawn(kind, 0))


def verdicts(kind: str, formula: str, notation: str = "notes") -> list[str]:
    return [v.verdict for v in sb.check(network(kind), formula, notation=notation)]


def printed(net: sb.Network, notation: str) -> Iterator[Formula]:
    """Every result as an equation: of entries, and of arrays where there is such a form."""
    for chapter in sb.derive(net, notation=notation):
        if chapter.record.by.role == "loss":
            continue
        pen = chapter._writer()
        yield pen.equation(pen.quantity(chapter.record.quantity, chapter.record.indices), pen.line(chapter.result))
        # of average pooling it holds a matrix that depends on places alone, which is no name of the network
        if chapter.matrix is not None and not CONSTANT.search(latex(chapter.matrix.formula)):
            pen = chapter._writer("matrix")
            yield pen.equation(pen.quantity(chapter.record.quantity), chapter.matrix.formula)


@pytest.mark.parametrize(("kind", "others"), [
    (kind, (OTHERS[k % len(OTHERS)], OTHERS[(k + 4) % len(OTHERS)])) for k, kind in enumerate(kind_tables.SIZES)
])
def test_what_is_printed_is_read_as_the_same_equation(kind: str, others: tuple[str, ...]) -> None:
    net = network(kind)
    for notation in ("notes", *others):
        for formula in printed(net, notation):
            shown = latex(formula)
            assert [(v.verdict, shown) for v in sb.check(net, shown, notation=notation)] == [("right", shown)], notation


@pytest.mark.parametrize("kind", WINDOWS)
def test_text_of_entries_is_read_back_too(kind: str) -> None:
    net = network(kind)
    for chapter in sb.derive(net):
        if chapter.record.by.role != "loss":
            pen = chapter._writer()
            left = pen.quantity(chapter.record.quantity, chapter.record.indices)
            shown = text(pen.equation(left, pen.line(chapter.result)))
            assert [(v.verdict, shown) for v in sb.check(net, shown)] == [("right", shown)]


@pytest.mark.parametrize(("kind", "formula", "verdict"), [
    ("maxpool", MAX % 2, "right"), ("maxpool", MAX % 1, "wrong"),
    ("avgpool", MEAN % 1, "right"), ("avgpool", MEAN % 2, "wrong"),
    ("flatten", FLAT % "2 c+u-2", "right"), ("flatten", FLAT % "2c + u - 2", "right"),
    ("flatten", FLAT % r"2\cdot c+u-2", "right"), ("flatten", FLAT % "2 u+c-2", "wrong"),
    ("groupnorm", GROUP % "c+g-1", "right"), ("groupnorm", GROUP % "c+2-g", "wrong"),
])
def test_a_bound_a_place_and_a_kronecker_delta_are_judged(kind: str, formula: str, verdict: str) -> None:
    assert verdicts(kind, formula) == [verdict]


def test_an_argmax_over_what_the_network_takes_no_maximum_of_is_not_read() -> None:
    assert verdicts("avgpool", MAX % 2) == ["unread"]


def test_a_product_turned_twice_stands_in_brackets() -> None:
    d = sb.derive(kind_tables.network(kind_tables.drawn("batchnorm", 1)))
    form = next(c.matrix for c in d if "gamma" in c.name)
    assert form is not None
    assert text(form.formula) == "𝟏ᵀ (U[2] ⊙ dA[2])"
