"""A depth that is a symbol: general chapters, their instances, the proof on the page, what is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.cli import main
from symbackprop.language.derivation import Chapter, Derivation, Line, Step, stamp_step
from symbackprop.language.errors import DerivationError, NetworkError, SymbackpropError, SyntaxProblem
from symbackprop.language.quantity import DEPTH, LABEL, relabel, symbol
from symbackprop.networks.activations import ACTIVATIONS

SPECS = ("n0-...-nL", "1-...-1", "4-...-4", "n0-...:tanh-nL:softmax/ce", "n0-...:softmax-nL:softmax/ce",
         "n0-...:relu-nL:sigmoid/bce")  # fmt: skip


@cache
def deep(spec: str = "n0-...-nL") -> sb.Derivation:
    return sb.derive(sb.Network(spec))


# --- the general chapters


def test_the_last_layer_and_a_general_one() -> None:
    d = deep()
    assert d.names == ("da[L]", "dz[L]", "dW[L]", "db[L]", "da[l]", "dz[l]", "dW[l]", "db[l]")
    assert str(d["W", "l"].scalar) == "a[l−1] · σ'(z[l]) · ∂J/∂a[l]"
    assert str(d["a", "l"].component) == "Σ_{j=1}^{n_{l+1}} w[l+1]_ji · σ'(z[l+1]_j) · ∂J/∂a[l+1]_j"
    assert str(d["a", "L"].component) == "1/n_L · (a[L]_j − y_j)"
    assert [str(d[letter, "l"].matrix) for letter in "Wba"] == [
        "db[l] (a[l−1])ᵀ", "σ'(z[l]) ⊙ da[l]", "(W[l+1])ᵀ db[l+1]"]
    assert all(e.last == DEPTH - 1 for e in d.record.entries if e.label == LABEL)


def test_the_layer_before_a_last_one_of_its_own_kind_is_apart() -> None:
    """The output is a softmax, so ∂J/∂a[L−1] is no instance of the recurrence; the weights' gradient there is."""
    reach = {e.name: e.last for e in deep("n0-...:tanh-nL:softmax/ce").record.entries}
    assert reach["da[l]"] == DEPTH - 2
    assert reach["dW[l]"] == DEPTH - 1
    assert "da[L - 1]" in reach


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_has_a_general_layer(name: str) -> None:
    names = deep(f"n0-...:{name}-nL").names
    assert {"da[l]", "dz[l]", "dW[l]", "db[l]", "dW[L]", "db[L]"} <= set(names)


def test_names_by_a_choice_of_parameters() -> None:
    assert "dW[l]" not in sb.derive(sb.Network("n0-...-nL"), wrt=["W[L]"]).names
    assert sb.derive(sb.Network("n0-...-nL"), wrt=["b[l]"]).record.at_depth(3).wrt == ("b[1]", "b[2]")


# --- its instances


def comparable(steps: tuple[Step, ...]) -> tuple[tuple[str, Line], ...]:
    """The steps from the folded chain on: a path whose length is a symbol is not written out to the loss."""
    folded = next((s.after for s in steps if s.rule == "reuse"), steps[0].after)
    return ("chain", folded), *((s.rule, s.after) for s in steps if s.rule not in ("chain", "reuse"))


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
@pytest.mark.parametrize("spec", SPECS)
def test_an_instance_is_the_derivation_of_that_depth(spec: str, depth: int) -> None:
    stamped = deep(spec).record.at_depth(depth)
    anew = sb.derive(sb.Network(spec).at_depth(depth)).record
    assert [e.name for e in stamped.entries] == [e.name for e in anew.entries]
    assert (stamped.named, stamped.wrt) == (anew.named, anew.wrt)
    for here, there in zip(stamped.chapters, anew.chapters, strict=True):
        assert (here.quantity, here.by, here.of, here.indices) == (there.quantity, there.by, there.of, there.indices)
        assert here.result == there.result
        assert comparable(here.steps) == comparable(there.steps)
        assert here.locals == there.locals


def test_an_instance_is_stamped_and_not_derived(monkeypatch: pytest.MonkeyPatch) -> None:
    d = sb.derive(sb.Network("n0-...-nL"))
    monkeypatch.setattr("symbackprop.api.derive_program", None)
    three = d.at_depth(3)
    assert str(three["W", 2].component) == "a[1]_i · σ'(z[2]_j) · ∂J/∂a[2]_j"
    assert three.network is not None
    assert three.network.describe == "n0-n1-n2-n3"


@pytest.mark.parametrize("batch", ["columns", "rows"])
def test_over_data(batch: str) -> None:
    d = sb.derive(sb.Network("n0-...:tanh-nL", batch=batch))  # type: ignore[arg-type]
    assert d.verify()
    assert "E" in {c.record.of.letter for c in d}


def test_a_depth_that_cannot_be() -> None:
    with pytest.raises(NetworkError, match="0 layers"):
        sb.Network("n0-...-nL").at_depth(0)
    with pytest.raises(DerivationError, match="at least one layer"):
        deep().record.at_depth(0)
    for what in (sb.Network("2-2"), sb.derive("2-2")):
        with pytest.raises(SymbackpropError, match="a number here already"):
            what.at_depth(3)


# --- checked


@pytest.mark.parametrize("spec", SPECS)
def test_the_instances_hold(spec: str) -> None:
    report = deep(spec).verify()
    assert report, report.failed
    assert {c.name for c in report.checks} >= {"replay", "backprop", "difference", "complex-step", "oracle"}
    assert {c.target for c in report.checks} - {"forward"} == set(deep(spec).names)
    assert "L = 2, 3, 5" in report.notes[0]


def with_general(record: Derivation, name: str, change: Callable[[Chapter], Chapter]) -> Derivation:
    entries = tuple(replace(e, template=change(e.template)) if e.name == name else e for e in record.entries)
    return replace(record, entries=entries, _made={})


def one_factor(chapter: Chapter) -> Chapter:
    """σ' at z[l] where it belongs at z[l + 1]."""
    last = chapter.steps[-1]
    wrong = {symbol("z[l + 1]"): symbol("z[l]")}
    products = tuple(replace(p, factors=tuple(replace(f, expression=f.expression.xreplace(wrong)) for f in p.factors))
                     for p in last.after.products)
    return replace(chapter, steps=(*chapter.steps[:-1], replace(last, after=Line(products))))


def whole_recurrence(chapter: Chapter) -> Chapter:
    """Every step stamped one layer on."""
    return replace(chapter, steps=tuple(stamp_step(s, LABEL + 1, {}) for s in chapter.steps))


@pytest.mark.parametrize(("name", "error"), [("da[l]", one_factor), ("dW[l]", whole_recurrence),
                                             ("db[l]", whole_recurrence), ("da[l]", whole_recurrence)])  # fmt: skip
def test_a_recurrence_stamped_with_the_wrong_label_is_found(
    name: str, error: Callable[[Chapter], Chapter]
) -> None:
    """All sizes equal, so that no shape gives it away."""
    d = sb.derive(sb.Network("2-...-2"))
    report = replace(d, record=with_general(d.record, name, error)).verify()
    assert not report
    assert name in {c.target for c in report.failed}


def test_a_range_too_long_is_found() -> None:
    """The recurrence of tanh layers, claimed for the layer before the softmax too."""
    d = deep("n0-...:tanh-nL:softmax/ce")
    kept = tuple(e for e in d.record.entries if e.name != "da[L - 1]")
    entries = tuple(replace(e, last=DEPTH - 1) if e.name == "da[l]" else e for e in kept)
    report = replace(d, record=replace(d.record, entries=entries, _made={})).verify()
    assert not report
    assert "da[l]" in {c.target for c in report.failed}


# --- the page


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("made", ["html", "tex", "md", "text", "mathml"])
@pytest.mark.parametrize("spec", SPECS)
def test_every_format(spec: str, made: str, lang: str) -> None:
    page, report = deep(spec).document(made, lang=lang)
    assert report is None or report.ok
    assert "None" not in page
    assert "[L - 1]" not in re.sub(r' data-hwp="[^"]*"', "", page), "a label of the record is on the page"


def test_the_proof_in_words() -> None:
    page = deep().document("text", lang="ko")[0]
    said = ["귀납법에 의한 증명", "출발: 마지막 층 L", "한 층 앞으로   1 ≤ l < L", "귀납법의 가정: l+1층까지", "결론",
            "증명이 끝났습니다"]  # fmt: skip
    places = [page.index(words) for words in said]
    assert places == sorted(places)
    assert all(f"({k})" in page for k in range(1, 19))
    assert "[ ] 귀납법의 가정: 이미 계산한 값" in page


def test_sizes_carry_their_label_below() -> None:
    assert "n_{l-1}" in deep().document("tex", lang="en")[0].replace(" ", "")
    assert "n^{[l" not in deep().document("tex", lang="en")[0]


def test_json_names_the_layers() -> None:
    data = json.loads(deep().document("json")[0])
    rows = {row["name"]: row for row in data["backward"]}
    assert list(rows) == ["da[L]", "dz[L]", "dW[L]", "db[L]", "da[l]", "dz[l]", "dW[l]", "db[l]"]
    assert rows["dW[l]"]["layers"] == r"1 \le l < L"
    assert "layers" not in rows["dW[L]"]
    assert rows["da[l]"]["uses"] == ["W[l + 1]", "z[l + 1]", "da[l + 1]"]
    assert rows["dW[l]"]["uses"] == ["a[l - 1]", "z[l]", "da[l]"]
    assert data["reuse"] == {"operations_with": None, "operations_without": None}


# --- what is refused


WRONG = {
    "n0-...": "last layer is missing", "...-nL": "input is missing", "n0-...-": "last layer is missing",
    "5-...-3": "between 5 and 3", "n0-...-5": "between n0 and 5", "n1-...-nL": "between n1 and nL",
    "n0-...-...-nL": "second ellipsis", "n0-n1-...-nL": "only the first and the last", "n0-..-nL": "three dots",
    "n0...nL": "three dots", "n0-...-nL-3": "only the first", "n0-...:rellu-nL": "did you mean 'relu'",
    "n0:relu-...-nL": "no activation", "0-...-0": "sizes are 1 or more", "…": "missing",
}  # fmt: skip


@pytest.mark.parametrize("spec", WRONG)
def test_wrong_ellipses(spec: str) -> None:
    with pytest.raises(SyntaxProblem, match=WRONG[spec]) as caught:
        sb.Network(spec)
    assert "^" in str(caught.value)


def test_one_character_is_an_ellipsis_too() -> None:
    assert deep("n0-…:tanh-nL").names == deep("n0-...:tanh-nL").names


def test_ce_needs_softmax_here_too() -> None:
    with pytest.raises(NetworkError, match="needs a softmax"):
        sb.Network("n0-...-nL/ce")


@pytest.mark.parametrize("call", [
    lambda d: d.function(), lambda d: d.source(), lambda d: d.lambdify(), lambda d: d["W", "l"].expanded,
    lambda d: d.backward, lambda d: d.network.loss, lambda d: d.network.loss_expanded(),
    lambda d: d.document("text", values={"x": 1}),
])  # fmt: skip
def test_what_needs_numbers_says_so(call: Callable[[sb.Derivation], object]) -> None:
    with pytest.raises(NetworkError, match="give the depth: n0-n1-n2-n3"):
        call(deep())


@pytest.mark.parametrize("words", [["code", "n0-...-nL"], ["derive", "n0-...-nL", "--seed", "1"]])
def test_the_command_line_says_so_too(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--lang", "ko"]) == 3
    assert "층의 수를 정하십시오: n0-n1-n2-n3" in capsys.readouterr().err


def test_formulas_are_judged_at_an_instance() -> None:
    formulas = r"""\delta^l = ((W^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)
\delta^l = (W^{l+1} \delta^{l+1}) \odot \sigma'(z^l)"""
    assert [v.verdict for v in sb.check(deep().network, formulas, notation="nielsen")] == ["right", "wrong"]


def test_verify_at_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "1-...-1", "--json"]) == 0
    assert {c["target"] for c in json.loads(capsys.readouterr().out)["checks"]} >= {"dW[l]", "dW[L]"}


def test_labels_of_symbolic_depth() -> None:
    assert relabel("z[l - 1]", DEPTH) == "z[L - 1]"
    assert relabel("z[l + 1]", DEPTH - 1) == "z[L]"
    assert relabel("z[l - 1]", LABEL + 1) == "z[l]"
    assert relabel("y", DEPTH) == "y"
    assert relabel("n[l]", sp.Integer(3)) == "n[3]"
