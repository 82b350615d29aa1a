"""A lecturer's own notation in TOML: based on a course's, different in what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import symbackprop as sb
from symbackprop.cli import main
from symbackprop.language.errors import SymbackpropError
from symbackprop.notation.custom import custom
from symbackprop.notation.latex import latex
from symbackprop.notation.plain import text

MINE = """
base = "nielsen"
name = "mine"
says = "Nielsen's deltas, layers in brackets, the input is layer 0, t for the label"
mark = "[]"
shift = 0
weight_shift = 0
error = "ε"
loss = "mse"
writes = {J = "E", y = "t"}
"""


@pytest.fixture
def mine(tmp_path: Path) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(MINE, encoding="utf-8")
    return str(path)


def test_what_is_not_said_is_as_in_the_base(mine: str) -> None:
    d = sb.derive("2-3-2", notation=mine)
    lines = [form.latex() for form in d.algorithm()]
    assert lines[0] == r"ε^{[2]} = \nabla_a E \odot \sigma'(z^{[2]})".replace("ε", r"\varepsilon")
    assert d["W", 1].component.latex() == r"a^{[0]}_k \varepsilon^{[1]}_j"


def test_it_is_read_as_it_is_printed(mine: str) -> None:
    d = sb.derive("2-3-2", notation=mine)
    for chapter in d:
        at = chapter._writer()
        line = at.equation(at.quantity(chapter.record.quantity, chapter.record.indices), at.line(chapter.result))
        for shown in (latex(line), text(line)):
            assert [v.verdict for v in sb.check("2-3-2", shown, notation=mine)] == ["right"], shown


def test_letters_change_places() -> None:
    made = custom({"base": "nielsen", "writes": {"z": "a", "a": "z"}}, "x.toml")
    assert sb.derive("2-3-2", notation=made)["W", 2].component.latex() == r"z^2_k \delta^3_j"
    assert sb.derive("2-3-2", notation=made)["z", 1].component.latex() == (
        r"\sum_{k=1}^2 w^3_{kj} \delta^3_k \sigma'(a^2_j)")


@pytest.mark.parametrize(("text_", "words"), [
    ('basis = "ng"', "did you mean 'base'"), ('base = "nielson"', "did you mean 'nielsen'"),
    ('mark = "["', "did you mean '[]'"), ("shift = true", "a whole number"), ("shift = 1.5", "a whole number"),
    ('bold = "yes"', "true or false"), ('writes = {a = "z"}', "z and a would both be written z"),
    ('indices = {i = "k"}', "one to one"), ("writes = {a = 1}", "a table of strings"),
    ('named = ["activations"]', "did you mean 'activation'"), ("base =", "is no TOML"),
])  # fmt: skip
def test_what_is_wrong_is_said_with_the_nearest_known(tmp_path: Path, text_: str, words: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text_, encoding="utf-8")
    with pytest.raises(SymbackpropError, match=re.escape(words)):
        sb.derive("2-3-2", notation=str(path))


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(SymbackpropError, match=r"cannot read the notation nowhere\.toml"):
        sb.derive("2-3-2", notation="nowhere.toml")


def test_the_command_line_takes_it(mine: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "2-3-2", "--notation", mine, "--format", "mathml", "--lang", "en"]) == 0
    assert "ε" in capsys.readouterr().out


def test_notations_are_listed_with_a_line_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["notations"]) == 0
    shown = capsys.readouterr().out
    assert "δ^2 = ((w^3)ᵀ δ^3) ⊙ σ'(z^2)" in shown
    assert "dW[2] = (1/m) dZ[2] A[1]ᵀ" in shown
