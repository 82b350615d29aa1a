"""PDF by typst: every construct compiles without a warning, words stay words, and nothing runs out of the page."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

import symbackprop as sb
from symbackprop import pages
from symbackprop import pdf as engines
from symbackprop.cli import main
from symbackprop.documents.blocks import Code, Document, Heading, Paragraph, Row, Rows, Strong, Term, Title
from symbackprop.documents.typst import KOREAN, STYLE, typst
from symbackprop.language.errors import SymbackpropError
from symbackprop.notation.formula import (
    EMPTY,
    Cases,
    Fenced,
    Formula,
    Frac,
    Ident,
    Mark,
    Num,
    Op,
    Over,
    Sqrt,
    Sub,
    SubSup,
    Sup,
    Text,
    Under,
    UnderOver,
    row,
)
from symbackprop.notation.formula import Row as Side
from symbackprop.notation.typst import typst as formula_typst
from symbackprop.pages import derivation_page

compiler = pytest.importorskip("typst", reason="typst is not installed: pip install 'symbackprop[pdf]'")
needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="no pdftotext here (poppler-utils)")
FONTS = compiler.Fonts()
FAMILIES = set(FONTS.families())
FOUND = [name for name in KOREAN if name in FAMILIES][:1]
needs_hangul = pytest.mark.skipif(not FOUND, reason="no font with Hangul here (fonts-noto-cjk)")
EXAMPLES = Path(__file__).parent.parent / "examples"
HOSTILE = r'#let x = 1; *a* _b_ `c` $d$ <e> @f [g] \h ~ "i" // j /* k */ = l - m + n / o #panic() ]$#{ \u{41} 1. ---'


@cache
def page(spec: str, lang: str = "en", form: str | None = None, level: str = "normal", batch: str = "") -> Document:
    net = sb.Network.from_toml(EXAMPLES / spec) if spec.endswith(".toml") else sb.Network(spec)
    d = sb.derive(net.with_batch(batch) if batch else net)  # type: ignore[arg-type]
    with pytest.MonkeyPatch.context() as patch:
        if (spec, level) != ("1-1-1-1", "normal"):  # the checks take longer than all else; one table is enough
            patch.setattr(pages, "_checked", lambda *_: None)
        return derivation_page(d, lang=lang, form=form, level=level)[0]  # type: ignore[arg-type]


def compiled(document: Document) -> bytes:
    """The PDF; a warning, or a letter that no font has, is an error."""
    source = typst(document, FOUND).encode()
    made, warnings = compiler.compile_with_warnings(source, font_paths=FONTS, format="pdf", pdf_standards="a-2b")
    assert [w.diagnostic for w in warnings] == []
    return bytes(made)


def of(*blocks: Any) -> Document:
    return Document("en", "a title", blocks)


def lines(*formulas: Formula) -> Rows:
    return Rows(tuple(Row((Term(f),), left=Ident("J")) for f in formulas))


def text(made: bytes, tmp_path: Path, *options: str) -> str:
    (tmp_path / "a.pdf").write_bytes(made)
    command = ["pdftotext", *options, tmp_path / "a.pdf", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


def outside(made: bytes, tmp_path: Path) -> list[str]:
    """The words that stand beyond the margins of 22 mm, by more than a point."""
    words = re.findall(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>',
                       text(made, tmp_path, "-bbox"))  # fmt: skip
    assert words
    margin = 22 / 25.4 * 72 - 1
    return [w for x, y, u, v, w in words if float(x) < margin or float(u) > 595.3 - margin or float(v) > 842]


# --- documents

PAGES = [
    *(("1-1-1-1", lang, None, level, "") for lang in ("ko", "en") for level in ("brief", "normal", "full")),
    ("n0-n1-n2-n3", "ko", "all", "full", ""), ("n0-n1-n2-n3", "en", "all", "brief", ""),
    ("n0-...-nL", "ko", None, "full", ""), ("n0-...-nL", "en", None, "normal", ""),
    ("4-3:relu-2:softmax/ce", "en", "all", "full", "columns"),
    ("4-3:relu-2:softmax/ce", "ko", "all", "normal", "columns"),
    ("layernorm.toml", "en", "all", "full", ""), ("attention.toml", "ko", "all", "full", ""),
]  # fmt: skip


@needs_poppler
@pytest.mark.parametrize("asked", PAGES, ids=lambda p: "-".join(filter(None, p)))
def test_a_document_compiles_without_warning_and_stays_on_the_page(asked: Any, tmp_path: Path) -> None:
    if asked[1] == "ko" and not FOUND:
        pytest.skip("no font with Hangul here (fonts-noto-cjk)")
    document = page(*asked)
    made = compiled(document)
    assert outside(made, tmp_path) == []
    assert document.title.split()[0] in text(made, tmp_path)


def test_the_same_bytes_again_and_no_time_in_them() -> None:
    made = engines.by_typst(page("1-1-1-1"))
    assert made == engines.by_typst(page("1-1-1-1"))
    assert set(re.findall(rb"D:(\d{14})", made)) <= {b"20000101000000"}


@needs_poppler
def test_a_reused_value_links_to_its_equation(tmp_path: Path) -> None:
    made = compiled(page("1-1-1-1"))
    assert made.count(b"/Link") > 5
    assert "(1)" in text(made, tmp_path)


def test_a_page_without_its_equations_has_no_link_to_them() -> None:
    """A reference to what is not there would stop typst."""
    known = Term(Ident("x"), reuse="c9")
    compiled(of(Rows((Row((known,), left=Ident("y")),))))


# --- formulas

X, J = Ident("x"), Ident("J")
BOXES: list[Formula] = [
    X, Ident("softmax", function=True), Ident("w[1"), Ident("𝐲\u0302"), Ident("ŷ"), Ident("∂"), Ident("#"), Num("0.25"),
    Num("1e-6"), Op("−"), Op("*"), Op("‖"), Op("…"), Op("′", "tight"), Op("<"), Text('a "b" \\ #c $ d'), EMPTY,
    Frac(X, J), Sup(X, Num("2")), Sub(X, row(Ident("i"), Op(",", "tight"), Ident("j"))), Sqrt(X),
    SubSup(X, Ident("j"), Fenced(Num("2"), "[", "]")), Under(X, row(Num("3"), Op("×"), Num("4"))), Over(X, Op("^")),
    Over(Op("="), Text("def")), UnderOver(Op("∑"), row(Ident("k"), Op("="), Num("1")), Ident("n")), Under(Op("∏"), X),
    Fenced(X, "[", ")"), Fenced(Frac(X, J), "{", "}", tall=True), Fenced(X, "|", "|"), Fenced(X, "", ""),
    Sup(Fenced(X), Ident("𝖳")), Cases(((X, row(X, Op(">"), Num("0"))), (Num("0"), Text("otherwise, or: so; 1/2")))),
    Mark(X, "c1", "reuse"), Mark(X, "c1", "def"), Mark(X, "c1", "result"), Mark(X, "c1", "gone"),
    Under(Mark(X, "c1", "known"), Text("a[1]")), row(Ident("a"), Ident("b"), Ident("σ"), Ident("e"), Num("2")),
    row(Ident("relu", function=True), Op("′", "tight"), Fenced(X)), row(Op("="), X), Side((Op("−", "prefix"), X)),
]  # fmt: skip


def test_each_box_compiles() -> None:
    compiled(of(*(block for box in BOXES for block in (lines(box), Paragraph(("words", box, "words"))))))


@pytest.mark.parametrize(("box", "expected"), [
    (row(Ident("a"), Ident("b")), "a b"),
    (Frac(Ident("x"), Num("2")), "frac(x,2)"),
    (SubSup(X, Ident("j"), Fenced(Num("2"), "[", "]")), r"attach(x,b: j,t: \[2\])"),
    (Sup(Fenced(X), Num("2")), r"\(x attach(\),t: 2)"),
    (Text('"#x'), r'"\"#x"'),
    (Op("$"), r"\$"),
])  # fmt: skip
def test_a_box_in_typst(box: Formula, expected: str) -> None:
    assert formula_typst(box) == expected


# --- what users typed


@needs_poppler
def test_hostile_words_are_printed_as_they_are(tmp_path: Path) -> None:
    document = Document("en", HOSTILE, (
        Title(HOSTILE, (HOSTILE,)), Heading(HOSTILE), Heading(HOSTILE, part=True), Paragraph((Strong(HOSTILE),)),
        Paragraph((HOSTILE, Code(HOSTILE), Text(HOSTILE))), lines(Text(HOSTILE[:50])),
    ))  # fmt: skip
    made = compiled(document)
    # pdftotext joins words at a hyphen that ends a line
    shown, meant = (re.sub(r"[\s\u200b-]+", "", words) for words in (text(made, tmp_path), HOSTILE))
    assert shown.count(meant) == 8


def test_each_sign_of_ascii_is_a_sign() -> None:
    signs = [chr(c) for c in range(33, 127) if not chr(c).isalnum()]
    compiled(of(*(Title(c, (c * 3, Code(c), Text(c), Ident(c), Op(c))) for c in signs),
                *(Paragraph((c + "x(y)" + c, row(Ident("x"), Ident(c), Ident("y")), c)) for c in signs)))  # fmt: skip


@needs_poppler
def test_a_word_without_end_is_broken(tmp_path: Path) -> None:
    long = "a" * 400
    made = compiled(of(Title(long), Heading(long), Paragraph((long, Code("x=" + long), Text(long))), lines(Text(long))))
    assert outside(made, tmp_path) == []


@needs_poppler
def test_a_line_too_long_is_broken_and_a_term_too_wide_made_smaller(tmp_path: Path) -> None:
    many = tuple(Term(Ident("w" * 9), before=Op("+") if k else EMPTY) for k in range(60))
    wide = row(*(box for k in range(80) for box in (Op("·"), Ident("v")) if k or box == Ident("v")))
    rows = (Row(many, left=J, number=1), Row(many, left=J, boxed=True, number=2), Row((Term(wide),), left=J),
            Row((Term(X),), left=Fenced(wide)))  # fmt: skip
    assert outside(compiled(of(Rows(rows))), tmp_path) == []


# --- letters that no font has


def without_system_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "compile", partial(compiler.compile, ignore_system_fonts=True))
    monkeypatch.setattr(engines, "KOREAN", ())


def test_korean_without_a_font_is_said_and_not_printed_in_boxes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without_system_fonts(monkeypatch)
    with pytest.raises(SymbackpropError, match="apt install fonts-noto-cjk"):
        engines.pdf(page("1-1", "ko"))
    assert main(["derive", "1-1", "--lang", "ko", "-o", str(tmp_path / "a.pdf")]) == 3
    assert "한글 글꼴을 찾지 못했습니다" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@needs_poppler
def test_another_letter_that_no_font_has_is_named_by_its_number(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without_system_fonts(monkeypatch)
    made = engines.by_typst(of(Title("a 😀 b"), Paragraph(("words 𓀀", Text("😀")))))
    shown = text(made, tmp_path)
    assert shown.count("1F600") == 2
    assert "13000" in shown


# --- the doors


@needs_hangul
def test_typst_is_asked_first_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "1-1", "--lang", "ko", "-o", str(tmp_path / "a.pdf")]) == 0
    assert "a.pdf (typst)" in capsys.readouterr().err
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")


def test_what_typst_cannot_do_the_next_engine_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> bytes:
        problem = compiler.TypstError("x")
        problem.message, problem.diagnostic = "no layout", ""
        raise problem

    monkeypatch.setattr(compiler, "compile", refuse)
    monkeypatch.setattr(engines, "ENGINES", ((("next",), lambda program, document: b"made"),))
    monkeypatch.setattr(engines.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert engines.pdf(page("1-1")) == (b"made", "next")


def test_the_source_is_a_format(tmp_path: Path) -> None:
    assert main(["derive", "1-1", "--lang", "en", "-o", str(tmp_path / "a.typ")]) == 0
    source = (tmp_path / "a.typ").read_text(encoding="utf-8")
    assert STYLE in source
    assert compiler.compile(source.encode(), format="pdf").startswith(b"%PDF-")
