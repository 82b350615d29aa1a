"""Where a weight has the label of the layer it comes from, a page of any depth says W^{(l)}; values that are exact."""

from __future__ import annotations

import pytest

import symbackprop as sb
from symbackprop.by_hand import read_values
from symbackprop.documents.blocks import Document, Rows, numbers_of
from symbackprop.documents.tex import hues, sheet, tex
from symbackprop.pages import derivation_page


def page(spec: str, notation: str, form: str | None = None) -> Document:
    return derivation_page(sb.derive(spec, notation=notation), lang="en", form=form, command="symbackprop")[0]


@pytest.mark.parametrize(("notation", "forward", "gradient"), [
    ("ufldl", r"\sbrow{}{z^{(l+1)}}", r"\nabla_{W^{(l)}} J"),
    ("demystified", r"\sbrow{}{z^{(l+1)}}", r"\frac{\partial J}{\partial W^{(l)}}"),
])  # fmt: skip
def test_a_general_weight_has_the_label_of_its_course(notation: str, forward: str, gradient: str) -> None:
    shown = tex(page("n0-...-nL", notation, "matrix"))
    assert forward in shown
    assert rf"{{{gradient}}}{{=}}" in shown
    assert r"1 \le l" in shown, "the layers for which this holds, counted as the weights are"
    for line in shown.splitlines():
        # a value of layer l is read by the weights before it: there, where the reuse is listed, and in the drawing
        assert "W^{(l-1)}" not in line or any(w in line for w in ("sbdefinition", " & ", r"\node", "sbcaption")), line


def test_elsewhere_nothing_changes() -> None:
    shown = tex(page("n0-...-nL", "notes", "matrix"))
    assert "W^{[l]}" in shown
    assert "W^{[l+1]}" in shown or "W^{[L]}" in shown
    assert r"z^{[l+1]}}{=}" not in shown


def test_what_is_exact_is_not_called_about() -> None:
    d = sb.derive("1-1-1")
    numbers = read_values(d.network, None, 1)  # type: ignore[arg-type]
    made, _ = derivation_page(d, lang="en", values=numbers)
    rows = [r for b in made.blocks for r in getattr(b, "rows", ()) if hasattr(r, "value")]
    assert not any(r.value in ("1.00000", "0.00000") for r in rows)
    by_kind = {exact: [r.value for r in rows if r.value and r.exact is exact] for exact in (True, False)}
    assert all(len(v.partition(".")[2]) <= 2 for v in by_kind[True]), "given with two decimals"
    assert by_kind[True]
    assert all(len(v.partition(".")[2]) == 5 for v in by_kind[False])
    assert "≈ 1.00000" not in d.document("text", lang="en", values=numbers)[0]


def test_a_saturated_sigmoid_is_not_exactly_one() -> None:
    d = sb.derive("1-1-1")
    numbers = dict(read_values(d.network, None, 1))  # type: ignore[arg-type]
    numbers["b[1]"] = numbers["b[1]"] * 0 + 60.0
    made, _ = derivation_page(d, lang="en", values=numbers)
    rows = [r for b in made.blocks if isinstance(b, Rows) for r in b.rows if r.value.startswith("1")]
    assert [(r.value, r.about) for r in rows if r.worked is not None and r.value == "1.00000"] == [("1.00000", "≈")]


def test_each_reused_value_has_its_colour() -> None:
    made = page("1-1-1-1", "notes")
    text = tex(made)
    numbers = numbers_of(made.blocks)
    assert len(numbers) == 3
    told = hues(made, sheet(made))
    assert told == "".join(rf"\sbhue{{{n}}}{{{k}}}" for k, n in enumerate(numbers.values()))
    assert told in text
    for ref, number in numbers.items():
        assert rf"draw=\sbink{{{number}}}" in text, ref
        assert rf"\begin{{sbdefinition}}[{number}]" in text
