"""Formulas of verdicts set in type, and the page of verdicts that shows them."""

from __future__ import annotations

import pytest

import symbackprop as sb
from symbackprop.documents.fragment import FITTED, scoped
from symbackprop.documents.mistakes import SENTENCES, sentence
from symbackprop.documents.record_text import latex_of, names_in, repaired, set_in_type
from symbackprop.documents.verdict_page import cards
from symbackprop.notation.typed import typed_mathml

READ = {
    "dJ/dW[1][j,i] = -sigmoid'(a[1][j])":
        r"\frac{\partial J}{\partial W^{[1]}_{ji}}  =  - \sigma' ( a^{[1]}_{j} )",
    "W[2]^T @ a[1]^T": r"(W^{[2]})^{T}  \,  (a^{[1]})^{T}", "W_q[1][e,i]": "W^{[1]}_{q,ei}", "y[j]": "y_{j}",
    "h[1][t-1,k]": "h^{[1]}_{t-1,k}", "u[gate][j]": r"u^{[\mathrm{gate}]}_{j}", "< 1e-33": "<  {10}^{-33}",
}  # fmt: skip


@pytest.mark.parametrize("text", READ)
def test_a_formula_of_the_record_as_latex(text: str) -> None:
    assert latex_of(text) == READ[text]
    assert set_in_type(text) is not None


@pytest.mark.parametrize("text", ["np.sum(x, axis=0)", "a; b", "“", "x & y", "\\input{x}"])
def test_what_has_no_print_is_none(text: str) -> None:
    assert set_in_type(text) is None


def test_a_fraction_in_a_sentence_lies_on_its_side() -> None:
    assert "mfrac" in str(set_in_type("dJ/da[1]"))
    assert "mfrac" not in str(set_in_type("dJ/da[1][j]", within=True))


def test_names_in_a_sentence() -> None:
    assert [p for p, name in names_in("W[2]ᵀ (n[1] × n[2]), no [1]") if name] == ["W[2]ᵀ", "n[1]", "n[2]"]


def test_brackets_are_tall_where_what_they_hold_is() -> None:
    tall = r"\left(\sigma'\left(z^{[1]}\right) \odot \frac{a}{b}\right) \, {a^{[0]}}^{T}"
    assert repaired(tall) == r"\left(\sigma'(z^{[1]}) \odot \frac{a}{b}\right) \, (a^{[0]})^{T}"


def test_a_prime_stands_by_its_letter() -> None:
    shown = str(typed_mathml(r"\sigma'(z)"))
    assert "<msup>" not in shown
    assert ">′</mo>" in shown


def test_a_card_says_what_should_be_what() -> None:
    shown = cards(sb.check("3-4-2", "dJ/dW[1] = da[1] x^T"), "ko")
    assert "대신" not in shown
    assert "mfrac" in shown
    assert "-0." not in shown  # a minus, not a hyphen


@pytest.mark.parametrize("kind", [k for k, s in SENTENCES.items() if "{other}" in s[0]])
def test_what_is_wrong_stands_before_what_is_right(kind: str) -> None:
    words = {k: k for k in ("name", "other", "function", "index")}
    wrong = "index" if "{index}" in SENTENCES[kind][0] else "name" if "{name}" in SENTENCES[kind][0] else "function"
    assert f"{wrong} → other" in sentence(kind, words, "ko")


def test_the_headings_of_a_cell_are_counted() -> None:
    assert "counter-reset:part" in scoped(FITTED)
