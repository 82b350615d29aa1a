"""LaTeX: real pdflatex and xelatex over every construct, fragments in slides of a lecturer's own, words that bite."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path

import pytest

import symbackprop as sb
from symbackprop.cli import main
from symbackprop.documents import blocks as b
from symbackprop.documents.beamer import beamer
from symbackprop.documents.fragments import fragments
from symbackprop.documents.save import write_folder
from symbackprop.documents.tex import ARTICLE, file, tex
from symbackprop.documents.texwords import escaped, portable
from symbackprop.language.errors import SymbackpropError
from symbackprop.notation.formula import Frac, Ident, Num, Op, Text, row
from symbackprop.pages import derivation_page
from tests.latex_survey import compiled, faults, smallest
from tests.test_documents import HOSTILE

ENGINES = [pytest.param(e, marks=pytest.mark.skipif(shutil.which(e) is None, reason=f"{e} is not installed"))
           for e in ("pdflatex", "xelatex")]  # fmt: skip
pdflatex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
WORDS = HOSTILE + (
    r"\input{secret} \immediate\write18{touch pwned} \csname end\endcsname ^^5cinput $\pwned$ %%% {{{ }}} "
    "שלום مرحبا 中文 ﬁ → ≤ ∂J/∂w σ′ “q” 똠방각하 뷁 가\u0301 👩‍🎓 ") + "가x🎓" * 20  # fmt: skip
LONG = "x" * 9000 + "가🎓" * 500
LETTERS = "a_{very}^long%name" * 30


@cache
def page(lang: b.Lang, form: str = "all", level: str = "full", values: bool = False) -> b.Document:
    """A network with a softmax, a kink, a regulariser and both kinds of batches of rows."""
    if form == "scalar":
        d = sb.derive("1-1-1")
        numbers = {"x": 0.5, "y": 1.0, "W1": 0.4, "b1": 0.1, "W2": -0.3, "b2": 0.2} if values else None
    else:
        d, numbers = sb.derive("n0-n1:relu-n2:softmax/ce"), None
    if numbers is not None:
        from symbackprop.by_hand import read_values

        numbers = read_values(d.network, None, 1)  # type: ignore[arg-type]
    return derivation_page(d, lang=lang, form=form, level=level, values=numbers, command="symbackprop derive")[0]


def hostile(lang: b.Lang) -> b.Document:
    """Every block, with what a user typed in every place that takes words, and lines that must be broken."""
    name, tall = Text(LETTERS), Frac(Num("1"), row(Ident("역전파"), Op("+"), Ident("🎓")))
    many = tuple(b.Term(tall, Op("+") if k else row()) for k in range(24))
    long = b.Row((*many, b.Term(name, Op("·"), WORDS[:40], "c1")), tall, "경로 " + HOSTILE[:30], "≝", (HOSTILE,),
                 "−0.5", 1, defines="c1", why=(WORDS, b.Ref(1), tall))  # fmt: skip
    tail = b.Tail((b.Term(tall, role="손실"), b.Term(name, Op("·"))), "c1", ("← ", b.Ref(1), HOSTILE), Op("·"))
    boxed = b.Row((b.Term(tall, reuse="c1"), *many[1:], tail), name, "result", remark=(HOSTILE,), number=2, boxed=True)
    cells = tuple(b.Cell((WORDS[:200],)) if k % 2 else b.Cell(terms=many[:9]) for k in range(3))
    told = (WORDS, b.Strong(HOSTILE), b.Code(WORDS), tall, row(*(row(Op("+"), tall) for _ in range(30))))
    lines = (long, b.Row(many[:1], sign=":"), b.Row(many[:1], tall, sign="←"))
    return b.Document(lang, WORDS, (
        b.Title(LONG, told), b.Heading(HOSTILE, (tall,)), b.Heading(HOSTILE, level=3),
        b.Heading(HOSTILE, part=True),
        *(b.Paragraph(told, kind) for kind in ("plain", "caption", "summary", "alarm")),
        b.Definition("c1", HOSTILE, (HOSTILE, tall), lines), b.Display(row(*(t.formula for t in many))),
        b.Rows((boxed, b.Row(many[:2], Ident("J"), worked=tall, value="0.5"))),
        b.Table(tuple((HOSTILE,) for _ in cells), (cells, cells), "lcr"), b.Listing((told,)),
        b.Details(HOSTILE, (b.Paragraph(told),)), b.Footer((told, ("last",))),
    ), ("c1",))  # fmt: skip


# --- through LaTeX


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("lang", b.LANGS)
def test_a_document_with_every_form_compiles(engine: str, lang: b.Lang, tmp_path: Path) -> None:
    log = compiled(engine, tex(page(lang)), tmp_path)
    assert faults(log) == []
    assert smallest(log) > 0.6


@pytest.mark.parametrize("engine", ENGINES)
def test_slides_compile_and_nothing_spills_off_a_frame(engine: str, tmp_path: Path) -> None:
    log = compiled(engine, beamer(page("ko", "component", "normal")), tmp_path)
    assert faults(log) == []
    assert smallest(log) > 0.55


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("made", [tex, beamer])
def test_what_users_type_compiles_and_is_harmless(engine: str, made, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "secret.tex").write_text(r"\errmessage{a file was read}", encoding="utf-8")
    log = compiled(engine, made(hostile("ko")), tmp_path)
    assert faults(log) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_three_fragments_in_slides_of_ones_own_recoloured_by_one_line(engine: str, tmp_path: Path) -> None:
    write_folder(tmp_path / "chain", fragments(page("ko", "scalar")))
    shown = {colour: _lecture(engine, tmp_path, line) for colour, line in
             (("0.00 0.35 0.56", ""), ("1.00 0.50 0.00", r"\colorlet{sbreuse}{orange}"))}  # fmt: skip
    if engine == "pdflatex":  # the other compresses its pages
        for colour, pages in shown.items():
            assert [_has(pages, c) for c in shown] == [c == colour for c in shown]


def _lecture(engine: str, folder: Path, line: str) -> str:
    """A lecturer's slides, page contents legible."""
    legible = r"\pdfcompresslevel=0 \pdfobjcompresslevel=0 " if engine == "pdflatex" else ""
    inputs = "".join(rf"\begin{{frame}}{{{f}}}\begin{{sbslide}}\input{{chain/{f}}}\end{{sbslide}}\end{{frame}}"
                     for f in ("da2", "dw2", "gradients"))  # fmt: skip
    shutil.copy(folder / "chain" / "symbackprop.sty", folder)
    text = (rf"{legible}\ifdefined\suppressfontnotfounderror\suppressfontnotfounderror=1 \fi\documentclass{{beamer}}"
            rf"\usepackage{{kotex}}\usepackage{{symbackprop}}{line}\begin{{document}}{inputs}\end{{document}}")
    for _ in range(2):
        log = compiled(engine, text, folder)
    assert faults(log) == []
    assert (folder / "x.aux").read_text(encoding="utf-8").count(r"\sb@seen{sb:") > 0
    return (folder / "x.pdf").read_bytes().decode("latin-1")


def _has(pages: str, colour: str) -> bool:
    """Is something stroked in a colour, to two figures?"""
    found = re.findall(r"([\d.]+) ([\d.]+) ([\d.]+) RG", pages)
    return any([f"{float(x):.2f}" for x in rgb] == colour.split() for rgb in found)


@pdflatex
def test_links_lead_from_a_use_to_its_definition(tmp_path: Path) -> None:
    text = "\\pdfcompresslevel=0 \\pdfobjcompresslevel=0\n" + tex(page("en", "scalar", "normal"))
    for _ in range(2):
        log = compiled("pdflatex", text, tmp_path)
    assert faults(log) == []
    made = (tmp_path / "x.pdf").read_bytes().decode("latin-1")
    targets = set(re.findall(r"/D \((sb:\d+)\)", made))
    assert len(targets) >= 2, "∂J/∂a of two layers"
    assert targets <= set(re.findall(r"\((sb:\d+)\)\s*\d+ 0 R", made)), "every link has a destination"


@pdflatex
def test_the_log_is_read_rightly(tmp_path: Path) -> None:
    """A box too wide, a box too high, a character no font has, a command that does not exist: each is a fault."""
    for wrong in (r"\hbox to 10pt{\kern30pt}", r"\vbox to 10pt{\kern30pt}", r"\font\x=cmmi10 \x\char200", r"\nocom"):
        assert faults(compiled("pdflatex", file("{article}", ARTICLE, wrong + " x", False), tmp_path)), wrong


# --- without LaTeX


def test_what_users_type_is_no_command() -> None:
    for made in (tex(hostile("en")), beamer(hostile("en")), *fragments(hostile("en")).values()):
        body = made.partition(r"\begin{document}")[2] or made
        assert r"\input{" not in re.sub(r"(?m)^%.*", "", body)
        assert r"\write18" not in body
        assert not re.search(r"[^\x00-\x7f가-힣ㄱ-ㅣé]", body.replace("、", ""))
    assert escaped("50% & $1_a^2#~{}") == r"50\% \& \$1\_a\textasciicircum{}2\#\textasciitilde{}\{\}"
    assert portable("σ′ 🎓") == r"\ensuremath{\sigma}\ensuremath{'} \sbglyph{1F393}"
    assert escaped("가\u0301") == "가\u0301"
    assert escaped("각") == "각", "Hangul in parts, as a Mac types it, is put together"


def test_no_line_of_a_file_is_longer_than_tex_reads() -> None:
    assert max(map(len, tex(hostile("ko")).splitlines())) < 60_000


def test_fragments_are_named_after_what_they_hold() -> None:
    files = fragments(page("en", "scalar"))
    assert {"symbackprop.sty", "dW1.tex", "da1.tex", "forward.tex", "gradients.tex", "layer1.tex"} <= set(files)
    assert r"\sbresultrow" in next(v for k, v in files.items() if k.lower() == "dw1.tex")
    assert all(re.fullmatch(r"[A-Za-z0-9-]+\.(tex|sty)", name) for name in files)
    three = fragments(page("en"))
    assert {"dW1-component.tex", "dW1-matrix.tex", "conventions.tex"} <= set(three)
    deep = derivation_page(sb.derive("n0-...-nL"), lang="en", form="component")[0]
    assert len({name.lower() for name in fragments(deep)}) == len(fragments(deep)), "dWL and dWl are two files"


def test_a_standalone_document_and_its_fragments_are_one_print() -> None:
    document = page("en", "scalar")
    whole = tex(document)
    for name, text in fragments(document).items():
        if name.endswith(".tex") and name.startswith("d"):
            assert text.partition("\n")[2].strip() in whole, name


def test_slides_show_a_step_a_click_and_name_their_chapter() -> None:
    shown = beamer(page("ko", "scalar", "normal"))
    frames = shown.split(r"\begin{frame}")[1:]
    assert sum(r"\frametitle" in f for f in frames) == len(frames) - 2, "all but the title and the drawing"
    chapters = [f for f in frames if r"\sbresultrow" in f]
    assert len(chapters) == 4
    assert all(r"\sbatonce" not in f and f.count(r"\sbrow") >= 2 for f in chapters)


def test_the_door_writes_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = f"{tmp_path / 'parts'}/"
    assert main(["derive", "1-1-1", "--lang", "en", "-o", target]) == 0
    first = {p.name: p.read_bytes() for p in (tmp_path / "parts").iterdir()}
    assert "symbackprop.sty" in first
    (tmp_path / "parts" / "mine.tex").write_text("kept", encoding="utf-8")
    assert main(["derive", "1-1-1", "--lang", "en", "-o", target, "--format", "tex"]) == 0
    assert {p.name: p.read_bytes() for p in (tmp_path / "parts").iterdir()} == first | {"mine.tex": b"kept"}
    assert [p.name for p in tmp_path.iterdir()] == ["parts"]
    assert main(["derive", "1-1-1", "-o", target, "--format", "html"]) == 3
    assert "is a folder" in capsys.readouterr().err


def test_a_folder_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_folder(tmp_path / "new", {"a.tex": "a", "b.tex": "\ud800"})
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(SymbackpropError, match="is a file"):
        write_folder(tmp_path / "file", {})
    with pytest.raises(SymbackpropError, match="no folder"):
        write_folder(tmp_path / "none" / "new", {})


def test_slides_from_the_command_line(tmp_path: Path) -> None:
    assert main(["derive", "1-1-1", "--format", "beamer", "-o", str(tmp_path / "talk.tex")]) == 0
    assert "{beamer}" in (tmp_path / "talk.tex").read_text(encoding="utf-8")
