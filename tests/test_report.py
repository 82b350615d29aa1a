"""Verdicts in the terminal, in JSON and on a page: what is told, what is kept back, and that nothing typed is run."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from symbackprop import Network
from symbackprop.cli import main
from symbackprop.documents.verdict_page import Graded, Submission, verdict_page
from symbackprop.documents.verdict_words import SENTENCES
from symbackprop.documents.verdicts import HINTS, Hint, below, columns, told, verdicts_json, verdicts_text
from symbackprop.judging import asked, our_line
from symbackprop.language.errors import ContradictionError
from symbackprop.language.report import Diagnosis, Verdict
from symbackprop.notation.typed import typed_mathml
from symbackprop.submission import decoded, of_text

TYPED = r"dW^{[2]} = W^{[2]} db^{[2]}"
REPAIR = r"dW^{[2]} = db^{[2]} (a^{[1]})^\top"
TRUE, GIVEN = "0.54321987", "0.12345"
BAD = Verdict(
    3, TYPED, "dW[2] = matmul(W[2], db[2])", "wrong", "exact", detail=f"the derivative by W[2] is {TRUE}",
    witness={"sizes": {"n[0]": 2}, "indices": {"j": 1}, "formula": GIVEN, "truth": TRUE,
             "point": {"secret": [float("nan")]}},
    tested=((("n[0]", 2), ("n[1]", 3)), (("n[0]", 1), ("n[1]", 1))), branches=4, choices=("superscript l = layer",),
    diagnoses=(Diagnosis("factor-swapped", {"with": "a"}, repair=REPAIR, span=(11, 18)),
               Diagnosis("second-kind", {}, repair=REPAIR)), column=5,
)  # fmt: skip
GOOD = Verdict(1, "a = b", "a = b", "right", "exact", bound=3e-34, tested=((("n[0]", 5),),),
               assumptions=("Σ y = 1",))  # fmt: skip
ALL = [GOOD, BAD, Verdict(4, "c = d", "c = d", "undecided", "interval", detail="no rule known here"),
       Verdict(5, "e = f", "e = f", "consistent"),
       Verdict(6, "g =", "", "unread", detail="none (line 6, column 4)")]  # fmt: skip

GOLDEN = {
    "none": "✗ wrong  (line 3)\n    dW^{[2]} = W^{[2]} db^{[2]}",
    "where": "✗ wrong  (line 3)\n    dW^{[2]} = W^{[2]} db^{[2]}\n               ^^^^^^^\n"
             "    read as: dW[2] = matmul(W[2], db[2])\n    understood: superscript l = layer\n"
             "    differs: n[0] = 2, j = 1; the formula gives 0.12345\n"
             "    tested: exact; sizes n[0] = 2, n[1] = 3 / n[0] = 1, n[1] = 1; 4 branches",
}  # fmt: skip


@pytest.mark.parametrize("hint", GOLDEN)
def test_the_terminal_by_hint(hint: Hint) -> None:
    assert verdicts_text([BAD], "en", hint) == GOLDEN[hint] + "\n\n1 wrong"


def test_more_is_told_step_by_step() -> None:
    told_at = {h: verdicts_text([BAD], "en", h) for h in HINTS}
    assert ["factor" in told_at[h] for h in HINTS] == [False, False, True, True]
    assert [REPAIR in told_at[h] and TRUE in told_at[h] for h in HINTS] == [False, False, False, True]


def page(verdicts: list[Verdict], hint: Hint = "repair", lang: str = "en", **more: object) -> str:
    graded = Graded(Submission("notes.md"), tuple(verdicts), "1-1", "notes", "0", **more)  # type: ignore[arg-type]
    return verdict_page(graded, lang, hint)  # type: ignore[arg-type]


@pytest.mark.parametrize("hint", ["none", "where", "kind"])
@pytest.mark.parametrize("lang", ["ko", "en"])
def test_no_solution_leaks(hint: Hint, lang: str) -> None:
    """Neither the true value, nor the repair, nor our line, in any print; with none, nor the place."""
    prints = [verdicts_text([BAD], lang, hint), json.dumps(verdicts_json([BAD], lang, hint)),  # type: ignore[arg-type]
              page([BAD], hint, lang, ours={0: "<math><mi>OURS</mi></math>"})]  # fmt: skip
    for made in prints:
        assert TRUE not in made
        assert "top" not in re.sub(r"<style>.*</style>", "", made, flags=re.S)
        assert "OURS" not in made
        assert "secret" not in made
        if hint == "none":
            assert GIVEN not in made
            assert "^^^" not in made
            assert "<mark>" not in made
        if hint != "kind":
            assert "swapped" not in made
    assert "OURS" in page([BAD], "repair", lang, ours={0: "<math><mi>OURS</mi></math>"})


def test_told_with_the_repair_is_everything() -> None:
    assert told(BAD, "repair") is BAD
    assert told(told(BAD, "where"), "where") == told(BAD, "where")


SCHEMA = {
    "type": "object", "required": ["ok", "verdicts"],
    "properties": {"ok": {"type": "boolean"}, "verdicts": {"type": "array", "items": {
        "type": "object",
        "required": ["line", "formula", "read_as", "verdict", "method", "false_accept_bound", "tested", "witness",
                     "diagnosis"],
        "properties": {
            "line": {"type": "integer"}, "formula": {"type": "string"}, "read_as": {"type": "string"},
            "verdict": {"enum": ["right", "wrong", "undecided", "consistent", "unread"]},
            "method": {"enum": ["exact", "proof", "interval", "float"]},
            "false_accept_bound": {"type": ["number", "null"]},
            "tested": {"type": "object", "required": ["sizes", "branches", "assumptions"],
                       "additionalProperties": False,
                       "properties": {"sizes": {"type": "array", "items": {"type": "object", "additionalProperties": {
                           "type": "integer"}}}, "branches": {"type": "integer"},
                           "assumptions": {"type": "array", "items": {"type": "string"}}}},
            "witness": {"type": ["object", "null"]},
            "diagnosis": {"anyOf": [{"type": "null"}, {
                "type": "object", "required": ["kind", "says", "repair"], "additionalProperties": False,
                "properties": {"kind": {"type": "string"}, "says": {"type": "string"},
                               "repair": {"type": ["string", "null"]}}}]},
        }}}},
}  # fmt: skip


@pytest.mark.parametrize("hint", HINTS)
def test_the_json_is_as_fixed(hint: Hint) -> None:
    made = verdicts_json(ALL, "en", hint)
    jsonschema.validate(made, SCHEMA)
    text = json.dumps(made, allow_nan=False)
    assert json.loads(text) == made
    assert made["verdicts"][1]["tested"]["sizes"] == [{"n[0]": 2, "n[1]": 3}, {"n[0]": 1, "n[1]": 1}]


def test_only_right_is_ok() -> None:
    assert verdicts_json([GOOD])["ok"]
    assert not verdicts_json([])["ok"]
    assert not any(verdicts_json([GOOD, v])["ok"] for v in ALL[1:])


def test_what_is_not_shown_to_be_right_never_looks_right() -> None:
    for lang in ("ko", "en"):
        first = [verdicts_text([v], lang, "repair", colour=True).split("\n")[0] for v in ALL]  # type: ignore[arg-type]
        assert len({line.split("  ")[0] for line in first}) == 5
        assert [("\x1b[1;32m" in line, "✓" in line) for line in first] == [(True, True)] + 4 * [(False, False)]
        assert "\x1b" not in verdicts_text(ALL, lang, "repair")  # type: ignore[arg-type]


def test_the_summary() -> None:
    text = verdicts_text(ALL, "en", "none", mentions=3)
    assert text.endswith("1 right, 1 wrong, 1 undecided, 1 consistent, 1 unread, 3 mentions passed over")
    assert verdicts_text([GOOD], "ko", "none", mentions=1).endswith("맞음 1개, 등식이 아니어서 넘어간 식 1개")


def test_the_bound_is_printed() -> None:
    assert [below(b) for b in (3e-34, 1e-30, 0.0, 0.5)] == ["< 1e-33", "< 1e-29", "< 1e-300", "< 1e0"]
    line = "exact; a wrong formula passes with probability < 1e-33; sizes n[0] = 5; assumptions: Σ y = 1"
    assert line in verdicts_text([GOOD], "en", "where")
    assert "probability" not in verdicts_text([BAD], "en", "repair")


def test_carets_stand_under_wide_letters_and_in_long_formulas() -> None:
    wide = Verdict(1, "가중치 = x", "", "wrong", diagnoses=(Diagnosis("k", span=(6, 7)),))
    lines = verdicts_text([wide], "en", "where").split("\n")
    assert columns("가중치 = ") == len(lines[2]) - len(lines[2].lstrip()) - 4 == 9
    long = Verdict(1, "a" * 5_000 + "X" + "b" * 5_000, "", "wrong", diagnoses=(Diagnosis("k", span=(5_000, 5_001)),))
    shown, carets, *_ = verdicts_text([long], "en", "where").split("\n")[1:]
    assert len(shown) < 250
    assert shown[carets.index("^")] == "X"


def test_a_terminal_is_not_moved_by_what_was_typed() -> None:
    text = verdicts_text([Verdict(1, "a\x1b[2J = \x07b", "\x1b]0;x", "right", "exact")], "en", "repair")
    assert "\x1b" not in text
    assert "\x07" not in text


def test_no_sentence_is_missing_on_either_side() -> None:
    for key, (korean, english) in SENTENCES.items():
        assert korean, key
        assert english, key
        assert sorted(re.findall(r"\{(\w+)\}", korean)) == sorted(re.findall(r"\{(\w+)\}", english)), key
        assert re.search("[가-힣]", korean), key
        assert not re.search("[가-힣]", english), key


# --- LaTeX that people typed


@pytest.mark.parametrize("latex", [
    TYPED, REPAIR, r"\frac{\partial J}{\partial w^{[l]}_{ji}} = a^{[l-1]}_i \cdot \sigma'(z^{[l]}_j)",
    r"\hat y - \mathbf{y}",
    r"\frac1m \sum_{i=1}^{m} \delta^{(i)} \left( a \right)^T", r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}", "a < b",
    r"\mathrm{diag}(\sigma'(z)) \odot \text{and}", r"g^{[l]\prime}(z) \, \bm{x}",
])  # fmt: skip
def test_what_is_allowed_is_shown(latex: str) -> None:
    made = typed_mathml(latex)
    assert made is not None
    assert ElementTree.fromstring(made).tag == "math"


EVIL = [
    r"\text{<script>alert(1)</script>}", r"\href{javascript:alert(1)}{x}", r"\input{/etc/passwd}",
    r"\def\a{b}\a",
    r"\unicode{x3c}script", r"\style{color:red}{x}", r"\class{a}{x}", r"\cssId{a}{x}", r"\require{html}",
    r"\url{x}",
    r"\newcommand{\x}{y}", r"\color{red}{x}", r"\includegraphics{x}", "&lt;script&gt;", r"\text{&#60;script&#62;}",
    "{{{", "}{", r"\frac{", "x" * 10_000, "{" * 2_000 + "}" * 2_000, r"\begin{html}x\end{html}", r"\begin{pmatrix} a",
    "a\x00b",
    "a\x1bb", "\ud800", r"\data{a}{x}", r"\mmlToken{mi}{x}", r"\left(", "", "  ",
]  # fmt: skip


@pytest.mark.parametrize("latex", EVIL, ids=[repr(e)[:30] for e in EVIL])
def test_what_is_not_allowed_is_shown_as_its_source(latex: str) -> None:
    assert typed_mathml(latex) is None


def test_nothing_typed_is_markup() -> None:
    hostile = [Verdict(k, f"a = {e}<img src=x onerror=alert(1)>", f"<b>{e}", "wrong", "exact", f"<i>{e}",
                       {"formula": f"<u>{e}", "indices": {"<s>": 1}}, choices=(f"<a href=javascript:1>{e}",),
                       diagnoses=(Diagnosis(f"<p>{e}", repair=f"<q>{e}", span=(2, 9)),))
               for k, e in enumerate(EVIL, start=1)]  # fmt: skip
    for hint in HINTS:
        made = page(hostile, hint)
        parsed = parse(made)
        tags = {node.tag for node in parsed.iter()}
        assert not tags & {"script", "img", "b", "i", "u", "q", "iframe", "object", "link"}
        assert not any(name.startswith("on") for node in parsed.iter() for name in node.attrib)
        links = [value for node in parsed.iter() for name, value in node.attrib.items() if name == "href"]
        assert all(link.startswith("#f") for link in links)


def parse(made: str) -> ElementTree.Element:
    """The page as XML, once its void elements are closed and the style sheet is out of the way."""
    text = re.sub(r"<style>.*?</style>", "", made, flags=re.S).removeprefix("<!doctype html>")
    return ElementTree.fromstring(re.sub(r"<meta([^>]*)>", r"<meta\1/>", text))


NOTES = """# Notes

Let $w$ be <script>alert(1)</script> and $dJ/db[2][j] = 2$ here.

$$ \\text{<script>alert(2)</script>} = 1 $$

    dJ/db[2][j] = 3
"""


def test_a_page_of_notes_keeps_its_order_and_its_words() -> None:
    submission = of_text(NOTES, "notes.md")
    statements = [p for p in submission.passages if p.statement]
    verdicts = [Verdict(p.line, p.text, "dJ/db[2][j] = 2", "wrong", column=p.column) for p in statements]
    made = verdict_page(Graded(submission, tuple(verdicts), "1-1", "notes", "0"), "ko", "repair")
    parsed = parse(made)
    assert [n.attrib["id"] for n in parsed.iter("section")] == ["f1", "f2", "f3"]
    words = "".join(parsed.itertext())
    assert "<script>alert(1)</script>" in words
    assert 'lang="ko"' in made
    assert "틀렸습니다" in words
    assert made == verdict_page(Graded(submission, tuple(verdicts), "1-1", "notes", "0"), "ko", "repair")


def test_our_line_for_the_same_quantity() -> None:
    from symbackprop import derive

    d = derive(Network("2-3-2"))
    for text in ("dJ/dW[2][j, i] = 3", "∂J/∂W[2] = 3", "dW[2] = 3"):
        assert "<math" in our_line(d, asked(text))
    for text in ("z[2] = 3", "", "dx = 3"):
        assert our_line(d, asked(text)) == ""


# --- the command


RIGHT = "dJ/db[2][j] = (a[2][j] - y[j])*sigma'(z[2][j])/2"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["check", "2-3-2", *words, "--lang", "en"])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize(("name", "data", "code", "says"), [
    ("a.md", b"$dJ/db[2][j] = 1$ and $w$", 1, "1 mention passed over"),
    ("a.txt", b"dJ/db[2][j] = (", 3, "line 1, column 16"),
    ("\xed\x95\x9c.md", b"\n\n$$ x(3 = 1", 3, "never closed"), ("a.txt", b"", 3, "is empty"),
    ("a.md", b" \n", 3, "is empty"),
    ("a.md", b"no formula", 3, "there is no formula"), ("a.md", b"$w$", 3, "none of which says"),
    ("a.bin", b"\x00\x01", 3, "not text: byte 0"),
    ("a.txt", b"caf\xe9 = 1", 3, "byte 3 is 0xE9"),
    ("a.txt", "# 한글\ndJ/db[2][j] = 1".encode("cp949"), 1, "read as CP949"),
    ("a.txt", "dJ/db[2][j] = 1".encode("utf-16"), 1, "1 wrong"),
    ("a.txt", b"\xef\xbb\xbfdJ/db[2][j] = 1", 1, "1 wrong"),
    ("a.py", b"x = 1", 3, "name the function"), ("a.ipynb", b"{}", 3, "is a notebook"),
])  # fmt: skip
def test_files_of_all_kinds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes, code: int, says: str
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    found, out, err = run(capsys, str(path))
    assert (found, says in out + err) == (code, True), out + err
    assert "Traceback" not in err


def test_folders_and_files_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, str(tmp_path))
    assert (code, "is a folder" in err) == (3, True)
    code, _, err = run(capsys, str(tmp_path / "none.md"))
    assert (code, "No such file" in err) == (3, True)


@pytest.mark.parametrize("words", [
    [], ["a.txt", "-e", "x = 1"], ["-e", "x = 1", "-o", "a.pdf"], ["-e", "x", "--hint", "all"],
])  # fmt: skip
def test_usage(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert run(capsys, *words)[0] == 2


def test_the_report_is_written_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "보고서.html"
    code, out, err = run(capsys, "-e", RIGHT, "-e", "dJ/db[2][j] = 1", "-o", str(target))
    assert (code, out, err.strip()) == (1, "", str(target))
    first = target.read_bytes()
    parse(first.decode())
    run(capsys, "-e", RIGHT, "-e", "dJ/db[2][j] = 1", "-o", str(target))
    assert target.read_bytes() == first
    code, _, err = run(capsys, "-e", RIGHT, "-o", str(tmp_path / "none" / "a.html"))
    assert (code, "there is no folder" in err) == (3, True)
    run(capsys, "-e", RIGHT, "-o", str(tmp_path / "a.json"))
    jsonschema.validate(json.loads((tmp_path / "a.json").read_text(encoding="utf-8")), SCHEMA)


def test_bytes_that_are_text() -> None:
    assert decoded("가\ra\r\n".encode(), "x") == ("가\na\r\n", ())


def test_shapes_that_do_not_go_together_are_said() -> None:
    misfit = Verdict(1, TYPED, "", "wrong", "proof", detail="W[2] is (3, 2), db[2] is (3)")
    assert ["(3, 2)" in verdicts_text([misfit], "en", h) for h in HINTS] == [False, True, True, True]


def test_digits_are_no_proof() -> None:
    for proven, word in ((True, "intervals"), (False, "by 50 digits")):
        v = Verdict(1, "a = b", "", "wrong", "interval", witness={"formula": "1", "truth": "2", "proven": proven})
        assert word in verdicts_text([v], "en", "where")


def test_a_contradiction_of_ours_is_exit_code_5(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def contradict(*_: object, **__: object) -> None:
        raise ContradictionError("1 against 2")

    monkeypatch.setattr("symbackprop.judging.check_passages", contradict)
    code, _, err = run(capsys, "-e", RIGHT)
    assert (code, "1 against 2" in err) == (5, True)


@pytest.mark.parametrize("formula", ["", "  ", "# only a remark"])
def test_an_empty_formula_is_said(capsys: pytest.CaptureFixture[str], formula: str) -> None:
    code, _, err = run(capsys, "-e", RIGHT, "-e", formula)
    assert (code, "formula 2 is empty" in err) == (3, True)


def test_reasons_are_said_in_korean() -> None:
    why = "the two sides agree to 50 digits at 3 points, but not by any rule known here"
    v = Verdict(1, "a = b", "", "undecided", "exact", detail=why, assumptions=("labels are a single 1 and else 0",))
    text = verdicts_text([v], "ko", "repair")
    assert not re.search("[A-Za-z]{3}", text.replace("a = b", "")), text
    assert why in verdicts_text([v], "en", "repair")
