"""What objects show in the cell of a notebook, run in Jupyter and looked at; the style keeps to itself."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import symbackprop as sb
from symbackprop.documents.fragment import SCOPE, scoped, wrapped
from symbackprop.documents.style import sheet
from symbackprop.documents.verdict_page import SHEET
from symbackprop.language.derivation import Step as StepRecord
from symbackprop.language.report import Diagnosis
from symbackprop.language.report import Report as ReportRecord
from symbackprop.language.report import Verdict as VerdictRecord
from symbackprop.shows import shown_verdicts
from tests.test_documents import HOSTILE, Nesting
from tests.test_markdown import formulas, tokens

KINDS = ["text/plain", "text/html", "text/markdown", "text/latex"]
FORMULAS = "dJ/dw[2] = 1\ndJ/db[2] = sigma'(z[2]) * da[2]\nfoo = ("


@pytest.fixture(scope="module")
def things() -> dict[str, Any]:
    d, many = sb.derive("1-1-1"), sb.derive("2-3:relu-2:softmax/ce")
    verdicts = sb.check("1-1-1", FORMULAS)
    return {
        "derivation": d, "chapter": d["W", 1], "adjoint": d["z", 1], "step": d["W", 1].steps[1],
        "form": d["W", 1].scalar, "report": d.verify(),
        "verdicts": verdicts, "verdict": verdicts[0], "components": many["W", 1],
        "why": many["W", 1].steps[-2], "matrix": many["W", 1].matrix, "deep": sb.derive("n0-...-nL")["W", "l"],
        "second": sb.derive(sb.derive("1-1").backward, of="dW[1]")["W", 1],
    }  # fmt: skip


NAMES = ["derivation", "chapter", "adjoint", "step", "form", "report", "verdicts", "verdict", "components", "why",
         "matrix", "deep", "second"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_everything_shows_itself_in_four_kinds(name: str, things: dict[str, Any]) -> None:
    made = things[name]._repr_mimebundle_()
    assert list(made) == KINDS
    assert all(isinstance(text, str) and text.strip() for text in made.values())
    assert made == things[name]._repr_mimebundle_(), "the same bytes"


@pytest.mark.parametrize("name", NAMES)
def test_only_what_is_asked_for_is_made(name: str, things: dict[str, Any]) -> None:
    show = things[name]._repr_mimebundle_
    assert list(show(include={"text/latex", "image/png"})) == ["text/latex"]
    assert list(show(include=[], exclude=None)) == []
    assert list(show(exclude={"text/html", "text/plain"})) == ["text/markdown", "text/latex"]


@pytest.mark.parametrize("name", NAMES)
def test_the_html_is_a_piece_of_a_page(name: str, things: dict[str, Any]) -> None:
    shown = things[name]._repr_mimebundle_()["text/html"]
    Nesting().check(shown)
    assert not re.search(r"<(html|body|head|main|script|link|iframe|meta)\b", shown)
    assert "http" not in shown.replace("http://www.w3.org/1998/Math/MathML", "")
    assert "\n\n\n" not in shown
    ids = re.findall(r' id="([\w-]+)"', shown)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([\w-]+)"', shown)) <= set(ids)
    for style in re.findall(r"<style>(.*?)</style>", shown, re.S):
        assert outside(style) == []


def outside(style: str) -> list[str]:
    """Selectors that could touch what is not ours; what a media query holds counts."""
    flat = re.sub(r"@(media|supports|container)[^{]*\{", "", style)
    flat = re.sub(r"@font-face\{[^}]*\}", "", flat)
    heads = [h.strip() for h in re.findall(r"([^{}]+)\{", flat)]
    return [h for h in heads if SCOPE not in h and h]


def test_the_check_of_the_style_sees_a_rule_that_leaks() -> None:
    assert outside(f"{SCOPE} p{{margin:0}}@media print{{td{{color:red}}}}") == ["td"]


@pytest.mark.parametrize("name", NAMES)
def test_latex_is_what_mathjax_takes(name: str, things: dict[str, Any]) -> None:
    """In dollars, braces in pairs, environments closed, no command of ours and none that somebody typed."""
    shown = things[name]._repr_mimebundle_()["text/latex"]
    assert shown.startswith("$")
    assert shown.endswith("$")
    bare = re.sub(r"\\[{}\\]", "", shown)
    assert bare.count("{") == bare.count("}")
    assert shown.count("\\begin{") == shown.count("\\end{")
    assert not re.search(r"\\(sb[a-z]|input|write)", shown)
    assert formulas("jupyter", shown)


def test_markdown_is_that_of_jupyter(things: dict[str, Any]) -> None:
    shown = things["chapter"]._repr_mimebundle_()["text/markdown"]
    assert "$$\n\\begin{aligned}" in shown
    assert len(formulas("jupyter", shown)) >= 3
    assert "```math" not in shown


def test_the_page_is_that_of_the_derivation(things: dict[str, Any]) -> None:
    shown = things["derivation"]._repr_mimebundle_()["text/html"]
    for words in ("Forward pass", "Backward pass: layer 2", "Computed in advance", "What is used again",
                  "Numeric check"):  # fmt: skip
        assert words in shown
    assert "copied as LaTeX" not in shown, "a cell has no script for that"
    assert shown.count("@font-face") == 1, "the mathematical font comes with a whole page"
    assert len(shown.encode()) < 300_000
    assert all("@font-face" not in things[name]._repr_mimebundle_()["text/html"] for name in ("chapter", "verdicts"))


def test_a_chapter_has_the_numbers_and_colours_of_the_page(things: dict[str, Any]) -> None:
    page = things["derivation"]._repr_mimebundle_()["text/html"]
    chapter = things["chapter"]._repr_mimebundle_()["text/html"]
    number = re.findall(r'<span class="no">\((\d+)\)', chapter)
    assert len(number) == 1
    row = next(r for r in page.split('<div class="row out"') if f'<span class="no">({number[0]})' in r)
    assert re.findall(r'data-ref="(\w+)"', row)[0] in re.findall(r'data-ref="(\w+)"', chapter)


def test_korean_where_the_locale_is(things: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert "순전파" in things["derivation"]._repr_mimebundle_()["text/html"]
    assert "역전파: 1층" in things["chapter"]._repr_mimebundle_()["text/markdown"]
    assert "틀렸습니다" in things["verdicts"]._repr_mimebundle_()["text/latex"]
    assert "모든 검산을 통과했습니다." in things["report"]._repr_mimebundle_()["text/plain"]


def test_a_derivation_that_would_fill_the_notebook_says_so() -> None:
    made = sb.derive("-".join(["1"] * 200))._repr_mimebundle_()
    assert "too long for a cell" in made["text/plain"]
    assert all(len(text) < 30_000 for text in made.values())


def test_a_failed_check_is_seen(things: dict[str, Any]) -> None:
    report = things["report"]
    broken = type(report)((*report.checks[:-1], type(report.checks[0])("replay", "dW[1]", False, 0.5, 1e-9, "<b>")),
                          (), things["derivation"])  # fmt: skip
    made = broken._repr_mimebundle_()
    assert not broken
    assert "Do not use" in made["text/html"]
    assert "<b>:" not in made["text/html"]
    assert "FAIL" in made["text/plain"]


# --- they are still what they were


def test_verdicts_are_a_list_of_verdicts() -> None:
    found = sb.check("1-1-1", FORMULAS)
    assert isinstance(found, list)
    assert all(isinstance(v, VerdictRecord) for v in found)
    assert [v.verdict for v in found] == ["wrong", "right", "unread"]
    assert found[1:] == list(found)[1:]
    assert sorted(found, key=lambda v: -v.line)[0].line == 3
    assert sb.check("1-1-1", FORMULAS) == found


def test_reports_and_steps_are_records() -> None:
    d = sb.derive("1-1")
    report, step = d.verify(), d["W", 1].steps[0]
    assert isinstance(report, ReportRecord)
    assert report
    assert isinstance(step, StepRecord)
    assert step.before == d.record.chapter("dW[1]").steps[0].before
    assert step == d["W", 1].steps[0]


# --- what people typed


def test_nothing_typed_is_markup() -> None:
    typed = VerdictRecord(1, HOSTILE, HOSTILE, "wrong", detail=HOSTILE, choices=(HOSTILE,),
                          diagnoses=(Diagnosis("sign", {}, repair=HOSTILE),))  # fmt: skip
    made = shown_verdicts([typed])._repr_mimebundle_()
    assert "<script" not in made["text/html"]
    Nesting().check(made["text/html"])
    found = {t.type for t in tokens("jupyter", made["text/markdown"])}
    assert not found & {"html_inline", "html_block", "link_open", "image", "math_inline"}
    assert r"\input" not in made["text/latex"]
    assert r"\write" not in made["text/latex"]


# --- the style


def test_rules_are_kept_to_the_cell() -> None:
    made = scoped(":root{--a:1}body:has(.x,.y) .b,a:is(p,q),:lang(en){c:d}"
                  "@media print{h1{e:f}@page{g:h}}@page{i:j}/* {*/")  # fmt: skip
    assert made == (
        f"{SCOPE}{{--a:1}}\n{SCOPE}:has(.x,.y) .b,{SCOPE} a:is(p,q),{SCOPE}:lang(en),{SCOPE} :lang(en){{c:d}}\n"
        f"@media print{{{SCOPE} h1{{e:f}}\n}}\n"
    )


@pytest.mark.parametrize("style", [sheet(("c1", "c2")), SHEET])
def test_no_rule_of_the_page_leaks(style: str) -> None:
    made = scoped(style)
    assert outside(made) == []
    assert made.count("{") == made.count("}")
    assert style.count("--paper:") == made.count("--paper:")


def test_two_cells_do_not_share_their_anchors() -> None:
    pieces = [wrapped(f'<p id="e1">{k}</p><a href="#e1" aria-labelledby="e1">x</a>', "", "en") for k in "ab"]
    ids = [re.findall(r'id="([\w-]+)"', p) for p in pieces]
    assert ids[0] != ids[1]
    for piece, (name,) in zip(pieces, ids, strict=True):
        assert f'href="#{name}"' in piece
        assert f'aria-labelledby="{name}"' in piece


# --- in Jupyter itself


def test_jupyter_shows_it_and_ipython_is_not_imported_by_us() -> None:
    sources = ['import symbackprop as sb\nd = sb.derive("1-1")\nd', 'd["W", 1]', 'd["W", 1].steps[0]', "d.verify()",
               'sb.check("1-1", "dJ/dw[1] = 1")', 'sb.check("1-1", "dJ/dw[1] = 1")[0]']  # fmt: skip
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    NotebookClient(book, timeout=120, kernel_name="python3").execute()
    nbformat.validate(book)
    for cell in book.cells:
        (output,) = cell.outputs
        assert set(output.data) == set(KINDS)
        assert output.data["text/html"].startswith('<div class="symbackprop')
    script = "import sys, symbackprop as sb; sb.derive('1-1')._repr_mimebundle_(); print('IPython' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


class Words(HTMLParser):
    """The words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_the_cards_say_what_the_terminal_says(things: dict[str, Any]) -> None:
    made = things["verdicts"]._repr_mimebundle_()
    reader = Words()
    reader.feed(made["text/html"])
    shown = " ".join(reader.words)
    for words in ("wrong", "the true value is", "right", "unread"):
        assert words in made["text/plain"]
        assert words in shown
        assert words in made["text/markdown"]
