"""Markdown for GitHub, Jupyter, Quarto and MyST, read back by parsers: every formula arrives whole."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import sympy as sp
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

import symbackprop as sb
from symbackprop.cli import main
from symbackprop.documents import blocks as b
from symbackprop.documents import dialects
from symbackprop.documents.dialects import DIALECTS, Dialect, code, escaped
from symbackprop.documents.markdown import markdown
from symbackprop.notation.formula import Fenced, Ident, Text, row
from symbackprop.notation.glyphs import clean
from symbackprop.pages import derivation_page
from tests.test_documents import HOSTILE

NETWORKS = ("1-1-1-1", "n0-n1-n2", "2-3:relu-2:softmax/ce", "1-...-1")
MARK = "\u2063"
NAMES = tuple(DIALECTS)


def pages(lang: b.Lang = "ko", form: str = "all", level: str = "full") -> Iterator[b.Document]:
    for network in NETWORKS:
        yield derivation_page(sb.derive(network), lang=lang, form=form, level=level)[0]


@pytest.fixture(scope="module")
def documents() -> list[b.Document]:
    return [*pages(), next(pages("en", "component", "brief"))]


# --- what a reader of each dialect finds


def reader(dialect: str) -> MarkdownIt:
    made = MarkdownIt("commonmark").enable("table")
    if dialect in ("jupyter", "quarto"):
        made.use(dollarmath_plugin, allow_labels=True, allow_space=False, allow_digits=False)
    return made.use(front_matter_plugin).use(myst_role_plugin if dialect == "myst" else lambda _: None)


def tokens(dialect: str, text: str) -> list[Token]:
    # dollarmath writes a label in brackets, Quarto in braces
    shown = re.sub(r"^\$\$ \{#([\w-]+)\}$", r"$$ (\1)", text, flags=re.M)
    flat: list[Token] = []
    for token in reader(dialect).parse(shown):
        flat += token.children if token.type == "inline" and token.children else [token]
        if token.type == "fence" and token.info.startswith("{admonition}"):
            flat += tokens(dialect, token.content.partition("\n\n")[2])
    return flat


def formulas(dialect: str, text: str) -> list[str]:
    """Every formula that a reader finds, in order."""
    found: list[str] = []
    flat = tokens(dialect, text)
    for k, token in enumerate(flat):
        if token.type in ("math_inline", "math_block", "math_block_label"):
            found.append(token.content.strip())
        elif token.type == "fence" and token.info in ("math", "{math}"):
            found.append(re.sub(r"^:label: .*\n\n", "", token.content).strip())
        elif token.type == "myst_role" and token.meta["name"] == "math":
            found.append(token.content.strip())
        elif token.type == "code_inline" and dialect == "github" and flat[k - 1].content.endswith("$"):
            assert flat[k + 1].content.startswith("$")
            found.append(token.content.strip())
    return found


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two dialects in which a formula stands between marks that occur nowhere else."""
    def wrap(latex: str, _: str = "") -> str:
        return f"{MARK}{latex}{MARK}"

    for labels in (False, True):
        made = Dialect(f"marked-{labels}", wrap, wrap, lambda n, _: f"({n})", lambda s, body: f"{s}\n\n{body}",
                       lambda words, _: words, labels=labels)  # fmt: skip
        monkeypatch.setitem(dialects.DIALECTS, made.name, made)  # type: ignore[arg-type]


@pytest.mark.parametrize("dialect", NAMES)
def test_every_formula_arrives_whole(dialect: str, documents: list[b.Document], marked: None) -> None:
    for document in documents:
        expected = markdown(document, f"marked-{DIALECTS[dialect].labels}").split(MARK)[1::2]
        assert len(expected) > 10
        assert formulas(dialect, markdown(document, dialect)) == [e.strip() for e in expected]


@pytest.mark.parametrize("dialect", NAMES)
def test_nothing_of_the_markup_is_left_in_the_words(dialect: str, documents: list[b.Document]) -> None:
    """No star of a failed emphasis, no dollar, no backslash, no brace, no row of a table that was none."""
    for document in documents:
        text = markdown(document, dialect)
        flat = tokens(dialect, text)
        words = [t.content for t in flat if t.type == "text"]
        loose = [w for w in words if re.search(r"\*\*|\\|\|", w) or ("$" in w and dialect != "github")]
        assert not loose
        assert sum(t.type == "table_open" for t in flat) == sum(isinstance(x, b.Table) for x in b.walk(document.blocks))
        html = {t.content.strip() for t in flat if t.type.startswith("html")}
        assert all(re.fullmatch(r"</?details>(\n<summary>.*</summary>)?", h) for h in html)


@pytest.mark.parametrize(("dialect", "label", "reference"), [
    ("quarto", r"^\$\$ \{#(eq-\d+)\}$", r"\(\[-@(eq-\d+)\]\)"), ("myst", r"^:label: (eq-\d+)$", r"\{eq\}`(eq-\d+)`"),
])  # fmt: skip
def test_every_reference_has_one_label_and_every_number_a_label(
    dialect: str, label: str, reference: str, documents: list[b.Document]
) -> None:
    for document in documents:
        text = markdown(document, dialect)
        labels = re.findall(label, text, re.M)
        rows = [r for x in b.walk(document.blocks) if isinstance(x, b.Rows | b.Definition) for r in x.rows]
        # both number equations as they come: theirs are ours
        assert labels == [f"eq-{r.number}" for r in rows if r.number] == [f"eq-{k + 1}" for k in range(len(labels))]
        used = set(re.findall(reference, text))
        assert used <= set(labels)
        assert used or not labels
        assert "qquad (" not in text


def test_a_numbered_line_that_goes_on_keeps_its_left_side() -> None:
    left, right = Ident("x"), (b.Term(Ident("y")),)
    page = b.Document("en", "t", (b.Rows((b.Row(right, left), b.Row(right, number=1))),))
    assert "x = y\n$$ {#eq-1}" in markdown(page, "quarto")


# --- pandoc, which Quarto is made of


def pandoc_math(node: Any) -> Iterator[str]:
    if isinstance(node, dict) and node.get("t") == "Math":
        yield node["c"][1].strip()
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from pandoc_math(child)


@pytest.mark.skipif(shutil.which("pandoc") is None, reason="pandoc is not installed")
def test_pandoc_reads_what_is_written_for_quarto(documents: list[b.Document], marked: None) -> None:
    for document in documents:
        text = markdown(document, "quarto")
        done = subprocess.run(["pandoc", "-f", "markdown", "-t", "json"], input=text, capture_output=True, text=True,
                              encoding="utf-8", check=True)  # fmt: skip
        expected = markdown(document, "marked-True").split(MARK)[1::2]
        found = pandoc_math(json.loads(done.stdout)["blocks"])
        assert [" ".join(f.split()) for f in found] == [" ".join(e.split()) for e in expected]


# --- what a user types

SHORTCODE = "{{< include /etc/passwd >}} @mention [^1] :::{.x} $x$ \\(y\\) \\[z\\] %{ H~2~O x^2^"


@pytest.mark.parametrize("dialect", NAMES)
@pytest.mark.parametrize("typed", [HOSTILE, SHORTCODE, "x" * 10_000, "`` ` ```"])
def test_a_title_is_words(dialect: str, typed: str) -> None:
    page = b.Document("en", typed, (b.Heading(typed), b.Paragraph((typed, " ", b.Strong(typed)))))
    flat = tokens(dialect, markdown(page, dialect))
    allowed = {"heading_open", "heading_close", "paragraph_open", "paragraph_close", "text", "strong_open",
               "strong_close", "text_special"}  # fmt: skip
    spans = [t for t in flat if t.type == "html_inline"]
    assert {t.type for t in flat} - {"html_inline"} <= allowed
    assert {t.content for t in spans} <= ({"<span>", "</span>"} if dialect == "jupyter" else set())
    shown = "".join(t.content for t in flat if t.type in ("text", "text_special"))
    assert shown.replace(" ", "") == (clean(typed) * 3).replace(" ", "")


def test_jupyter_never_sees_two_halves_of_a_formula_in_one_text() -> None:
    """It looks for dollars, \\( and \\[ in what Markdown has made: each stands in an element of its own."""
    flat = tokens("jupyter", markdown(b.Document("en", "", (b.Paragraph((SHORTCODE + HOSTILE,)),)), "jupyter"))
    for k, token in enumerate(flat):
        if token.type in ("text", "text_special") and re.search(r"[$\\]", token.content):
            assert token.content in ("$", "\\")
            assert (flat[k - 1].content, flat[k + 1].content) == ("<span>", "</span>")


def test_quarto_runs_no_shortcode_that_somebody_typed() -> None:
    page = b.Document("en", "t", (b.Title(SHORTCODE, (b.Code(SHORTCODE),)), b.Paragraph((SHORTCODE,))))
    assert "{{<" not in markdown(page, "quarto")


def test_the_title_of_quarto_is_yaml() -> None:
    text = markdown(b.Document("ko", "t", (b.Title(HOSTILE + SHORTCODE),)), "quarto")
    head = re.match(r'---\ntitle: (".*")\nlang: ko\n---\n', text)
    assert head is not None
    assert json.loads(head[1]) == escaped(HOSTILE + SHORTCODE)


@pytest.mark.parametrize("typed", ["a`b", "``", "`", "a ```` b", "plain", " x "])
def test_code_is_fenced_longer_than_its_backticks(typed: str) -> None:
    children = MarkdownIt("commonmark").parseInline(f"a {code(typed)} b")[0].children or []
    assert next(t.content for t in children if t.type == "code_inline").strip() == typed.strip()


@pytest.mark.parametrize("dialect", NAMES)
def test_bars_and_backticks_within_formulas_end_nothing(dialect: str) -> None:
    norm = row(Fenced(Ident("x"), "|", "|"), Text("a|b`c"))
    table = b.Table(((norm,),), ((b.Cell((norm, " and ", norm)),),), "l")
    flat = tokens(dialect, markdown(b.Document("en", "", (table,)), dialect))
    assert sum(t.type == "td_open" for t in flat) == 1
    found = formulas(dialect, markdown(b.Document("en", "", (table,)), dialect))
    assert len(found) == 3
    assert all(f.startswith(r"\vert") and "∣b" in f for f in found)


def test_a_symbol_of_somebodys_own_is_words_in_a_formula(marked: None) -> None:
    w, x, J = sp.Symbol("$w`|"), sp.Symbol("<script>"), sp.Symbol("J")
    net = sb.Network.from_sympy([sp.Eq(J, (w * x) ** 2)], loss=J, wrt=[w])
    page = derivation_page(sb.derive(net), lang="en")[0]
    for dialect in NAMES:
        text = markdown(page, dialect)
        expected = markdown(page, f"marked-{DIALECTS[dialect].labels}").split(MARK)[1::2]
        assert len(formulas(dialect, text)) == len(expected)
        assert "<script>" not in text


# --- the doors


@pytest.mark.parametrize(("words", "sign"), [
    (["-o", "x.md"], "```math"), (["-o", "x.md", "--dialect", "github"], "```math"), (["-o", "x.qmd"], "{#eq-1}"),
    (["-o", "x.md", "--dialect", "quarto"], "{#eq-1}"), (["-o", "x.md", "--dialect", "myst"], "\n:label: eq-1"),
    (["--format", "md", "-o", "x.anything", "--dialect", "jupyter"], "\n$$\n\\begin{aligned}"),
])  # fmt: skip
def test_the_dialect_follows_the_flag_or_the_ending(
    words: list[str], sign: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["derive", "1-1", *words]) == 0
    text = (tmp_path / words[words.index("-o") + 1]).read_text(encoding="utf-8")
    assert sign in text
    assert ("--dialect" in text) == ("--dialect" in words)


def test_a_dialect_is_of_markdown_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "1-1", "--format", "html", "--dialect", "myst"]) == 2
    assert "--dialect is for Markdown" in capsys.readouterr().err


def test_the_same_formats_from_python(tmp_path: Any) -> None:
    d = sb.derive("1-1")
    assert d.save(tmp_path / "a.qmd").read_text(encoding="utf-8") == d.document("md-quarto")[0]
    assert d.save(tmp_path / "a.md").read_text(encoding="utf-8") == d.document("md")[0]
