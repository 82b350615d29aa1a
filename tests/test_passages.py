"""The formulas of a page: which they are, where they stand, and that no page is too strange or too long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symbackprop.syntax.passages import Passage, PassageKind, form_of, passages
from symbackprop.syntax.rows import relation

Found = list[tuple[int, int, str]]


def said(text: str, form: str | None = None) -> Found:
    return [(p.line, p.column, p.text) for p in passages(text, form) if p.statement]  # type: ignore[arg-type]


MARKDOWN: list[tuple[str, Found]] = [
    ("a $x = y$ b", [(1, 4, "x = y")]),
    (r"a \(x = y\) b", [(1, 5, "x = y")]),
    ("한글 뒤의 $x = y$", [(1, 8, "x = y")]),
    ("$$\nx = y\n$$", [(2, 1, "x = y")]),
    ("$$ x = y. $$ and $z$", [(1, 4, "x = y")]),
    ("\\[\n  x = y,\n\\]", [(2, 3, "x = y")]),
    ("\\begin{equation} x = y \\label{e} \\end{equation}", [(1, 18, "x = y")]),
    ("\\begin{equation*}\nx = y\n\\end{equation*}", [(2, 1, "x = y")]),
    ("\\begin{gather}\na = b \\\\\nc = d\n\\end{gather}", [(2, 1, "a = b"), (3, 1, "c = d")]),
    ("$$\\begin{aligned}\na &= b \\\\\n  &= c\n\\end{aligned}$$", [(2, 1, "a  = b"), (3, 4, "a = c")]),
    ("$$ a = b $$\n$$ = c $$", [(1, 4, "a = b"), (2, 4, "a = c")]),
    ("$a = b$ and so $= c$", [(1, 2, "a = b"), (1, 17, "a = c")]),
    ("\\begin{align}a &= b & c &= d\\end{align}", [(1, 14, "a  = b"), (1, 23, "c  = d")]),
    ("\\begin{eqnarray} a & = & b \\end{eqnarray}", [(1, 18, "a   =   b")]),
    ("\\begin{multline} a = b \\\\ + c \\end{multline}", [(1, 18, "a = b + c")]),
    ("$$ A = \\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix} $$",
     [(1, 4, "A = \\begin{pmatrix} a & b \\\\ c & d \\end{pmatrix}")]),
    ("$$ a = b, \\qquad c = d $$", [(1, 4, "a = b"), (1, 18, "c = d")]),
    ("$$ D = \\text{diag}(a) $$", [(1, 4, "D = \\text{diag}(a)")]),
    ("```math\nx = y\n```", [(2, 1, "x = y")]),
    ("```{math}\n:label: foo\n\nx = y\n```", [(4, 1, "x = y")]),
    (":::{math}\nx = y\n:::", [(2, 1, "x = y")]),
    ("::: {.callout}\n$x = y$\n:::", [(2, 2, "x = y")]),
    ("{math}`x = y` and $`z = w`$", [(1, 8, "x = y"), (1, 21, "z = w")]),
    ("> - $x = y$", [(1, 6, "x = y")]),
    ("use `dW[2] = db[2] a[1]` here", [(1, 6, "dW[2] = db[2] a[1]")]),
    ("text\n\n    dW[2] = db[2]\n", [(3, 5, "dW[2] = db[2]")]),
    ("```\ndW = db\nx\n```", [(2, 1, "dW = db")]),
    ("windows\r\n\r\n$x = y$\r\n", [(3, 2, "x = y")]),
    # what is none
    ("```python\nx = 3\n```\n$a = b$", [(4, 2, "a = b")]),
    ("~~~~\n```\n~~~\n$x = y$\n~~~~\n", []),
    ("`$x = y$` `x = 3` `pip install a==1`", []),
    ("---\nt: $x = y$\n---\n$a = b$", [(4, 2, "a = b")]),
    ("<!-- $x = y$\n\n$z = w$ --> $a = b$", [(3, 14, "a = b")]),
    (r"it is \$5 or $6 and $7, \$x = y\$", []),
    ("for $l = 1, \\dots, L$ with $m = 250$", []),
]


@pytest.mark.parametrize(("text", "found"), MARKDOWN, ids=[repr(t)[:40] for t, _ in MARKDOWN])
def test_formulas_in_markdown(text: str, found: Found) -> None:
    assert said(text, "markdown") == found
    assert not any(p.problem for p in passages(text, "markdown"))


TEX: list[tuple[str, Found]] = [
    ("\\documentclass{a}\n$p = q$\n\\begin{document}\n$x = y$ % $z = w$\n\\end{document}\n$u = v$", [(4, 2, "x = y")]),
    ("$$ x = y % why\n + z $$", [(1, 4, "x = y        + z")]),
    ("50\\% of $x = y$", [(1, 10, "x = y")]),
    ("\\begin{verbatim}\n$x = y$\n\\end{verbatim} \\verb|$z = w$| $a = b$", [(3, 32, "a = b")]),
    ("\\begin{itemize}\\item $x = y$\\end{itemize}", [(1, 23, "x = y")]),
    ("\\newcommand{\\a}{$x = y$}\n$c = d$", [(2, 2, "c = d")]),
    ("`code` is a quote here: $x = y$", [(1, 26, "x = y")]),
]


@pytest.mark.parametrize(("text", "found"), TEX, ids=[repr(t)[:40] for t, _ in TEX])
def test_formulas_in_tex(text: str, found: Found) -> None:
    assert said(text, "tex") == found


def test_formulas_one_a_line() -> None:
    text = "# by hand\n\ndJ/dW[2][j,i] = a  # a remark\n  = b\n1) c = d\n- e = f\nhello\n"
    assert said(text, "plain") == [(3, 1, "dJ/dW[2][j,i] = a"), (4, 3, "dJ/dW[2][j,i] = b"), (5, 4, "c = d"),
                                   (6, 3, "e = f"), (7, 1, "hello")]  # fmt: skip


def test_mentions_are_counted() -> None:
    found = passages("$w$ and $n_L$, $x = y$")
    assert [(p.text, p.statement) for p in found] == [("w", False), ("n_L", False), ("x = y", True)]


@pytest.mark.parametrize(("text", "defines"), [
    ("Let $c = d$.", True), ("We define\n$$c = d$$", True), ("$c = d$라 하자.", True), ("$c := d$", True),
    ("Then $c = d$.", False), ("Let it be. Then $c = d$.", False), ("따라서 $c = d$이다.", False),
])  # fmt: skip
def test_words_that_define(text: str, defines: bool) -> None:
    assert passages(text, "markdown")[0].defines is defines


@pytest.mark.parametrize(("text", "line"), [
    ("ok\n\n$$ x = y\n\n$a = b$", 3), ("\\[ x = y\n\n$a = b$", 1), ("a\n\\begin{align} x = y\n\n$a = b$", 2),
    ("a $x^{2} = y\n\n$a = b$", 1), ("$= y$\n\n$a = b$", 1),
])  # fmt: skip
def test_what_is_not_closed_is_said_and_the_rest_is_read(text: str, line: int) -> None:
    found = passages(text, "markdown")
    assert [(p.line, bool(p.problem)) for p in found if p.problem] == [(line, True)]
    assert found[-1].text == "a = b"
    assert not found[-1].problem


def test_what_stands_beside_a_formula_is_kept() -> None:
    (found,) = passages(r"$$ a = b \quad \text{for all } j, \quad i = 1, \dots, m $$")
    assert found.text == "a = b"
    assert "for all" in found.aside
    assert "i = 1" in found.aside


@pytest.mark.parametrize(("text", "place"), [
    ("a = b", (2, 3)), ("\\sum_{i=1}^n x", None), ("f(x=1)", None), ("x \\leftarrow y", (2, 12)), ("x <= y", None),
    ("x += y", (2, 4)), ("[0, 1) x = y", (9, 10)), ("a \\to b", None), ("W[i=1]", None),
    ("\\left( a \\right) = b", (17, 18)),
])  # fmt: skip
def test_the_relation_at_top_level(text: str, place: tuple[int, int] | None) -> None:
    assert relation(text) == place


def test_the_form_follows_the_ending_or_the_text() -> None:
    assert [form_of(n, "x") for n in ("a.tex", "a.MD", "a.qmd", "a.txt")] == ["tex", "markdown", "markdown", "plain"]
    assert [form_of("-", t) for t in ("$a$", "a = b", "\\documentclass")] == ["markdown", "plain", "tex"]


TOKENS = ["$", "$$", "\\[", "\\]", "\\(", "\\)", "\\begin{align}", "\\end{align}", "\\begin{pmatrix}", "\\end{split}",
          "&",           "\\\\", "=", "a", "{", "}", "\n", "\n\n", "`", "```", "```math\n", ":::", "<!--", "-->", "%",
          "\\$", "    ", ",",
          "\\quad", "\\text{", "---\n", "#", " ", "한", "\\", "\ue000", "\r", "\\label{", "\\verb"]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.lists(st.sampled_from(TOKENS), max_size=40).map("".join), st.text(max_size=80)))
def test_every_page_is_read_and_every_place_is_true(text: str) -> None:
    for form in ("markdown", "tex", "plain"):
        lines = text.split("\n")
        for p in passages(text, form):
            assert isinstance(p, Passage)
            assert p.kind in PassageKind.__args__
            assert 1 <= p.column <= len(lines[p.line - 1]) + 1
            start = p.text[p.carried : p.carried + 1]
            if start and not p.problem and start not in " $":
                assert lines[p.line - 1][p.column - 1] == start


LONG = {
    "money": "$ " * 500_000, "frames": "$$\n\n" * 200_000, "brackets": "\\( " * 300_000,
    "begun": "\\begin{align} " * 70_000,
    "nested": "\\begin{align}" * 20_000 + "a = b" + "\\end{align}" * 20_000,
    "braces": "$$" + "{" * 900_000 + "$$",
    "ticks": "".join("`" * (k % 300 + 1) + " " for k in range(6_000)), "formulas": "$$\na = b\n$$\n\n" * 10_000,
    "rows": "\\begin{align}" + "a &= b \\\\\n &= c \\\\ " * 40_000 + "\\end{align}",
    "one": "$$" + "x" * 900_000 + "= y$$",
    "blanks": "$$ a" + " " * 900_000 + "= b$$", "commas": "$$" + "a = b, " * 100_000 + "$$", "words": "let " * 250_000,
}  # fmt: skip


@pytest.mark.parametrize("name", LONG)
@pytest.mark.usefixtures("ends")
def test_a_megabyte_ends(name: str) -> None:
    """Anything but linear would take many minutes."""
    passages(LONG[name], "markdown")


def test_ten_thousand_formulas_keep_their_lines() -> None:
    found = passages(LONG["formulas"])
    assert len(found) == 10_000
    assert (found[-1].line, found[-1].text) == (4 * 9_999 + 2, "a = b")
