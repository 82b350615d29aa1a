"""SVG of each equation: extra ``svg``. Every file is XML, shows its formula, and comes out the same again."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

import symbackprop as sb
from symbackprop.cli import main
from symbackprop.documents.blocks import Definition, Display, Document, Rows, walk
from symbackprop.files import extra
from symbackprop.language.errors import SymbackpropError
from symbackprop.notation.formula import Formula, Frac, Ident, Mark, Num, row
from symbackprop.pages import derivation_page

ziamath = pytest.importorskip("ziamath", reason="pip install 'symbackprop[svg]'")
SVG = "{http://www.w3.org/2000/svg}"


@cache
def page() -> Document:
    return derivation_page(sb.derive("2-2:softmax/ce"), lang="en", form="all")[0]


@cache
def files() -> dict[str, str]:
    from symbackprop.equation_svg import equation_svgs

    return equation_svgs(page())


def test_a_file_for_every_equation() -> None:
    rows = [r for b in walk(page().blocks) if isinstance(b, Rows | Definition) for r in b.rows]
    displays = sum(isinstance(b, Display) for b in walk(page().blocks))
    numbered = {f"eq-{r.number:03d}.svg" for r in rows if r.number}
    assert {name for name in files() if name.startswith("eq-")} == numbered
    assert len(files()) == len(rows) + displays


def test_each_is_svg_with_a_size_and_nothing_from_outside() -> None:
    for name, text in files().items():
        root = ElementTree.fromstring(text)
        assert root.tag == SVG + "svg", name
        assert float(root.attrib["width"]) > 5, name
        links = [n.attrib.get("href", "#") for n in root.iter()]
        assert all(link.startswith("#") for link in links), name
        assert len(list(root.iter(SVG + "use"))) > 1, name


def test_no_glyph_is_missing() -> None:
    """The box of a missing character is glyph 0 of the font."""
    assert not [name for name, text in files().items() if 'id="STIXTwoMathRegular_0"' in text]


def test_marks_do_not_change_the_drawing() -> None:
    from symbackprop.equation_svg import svg

    bare: Formula = Frac(Num("1"), Ident("a"))
    assert svg(row(Mark(bare, "c1", "reuse"))) == svg(bare)


def test_same_bytes_with_another_hash_seed() -> None:
    code = ("import symbackprop as sb; from symbackprop.equation_svg import svg\n"
            "print(''.join(svg(c.component.formula) for c in sb.derive('2-2:softmax/ce')))")  # fmt: skip
    root = str(Path(__file__).parent.parent)
    made = [subprocess.run([sys.executable, "-c", code], check=True, capture_output=True,
                           env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root}).stdout for seed in "12"]
    assert made[0] == made[1]
    assert made[0].count(b"<svg") > 3


def test_the_command_writes_a_folder_and_keeps_what_else_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "eqs"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    (folder / "eq-001.svg").write_text("old", encoding="utf-8")
    assert main(["derive", "1-1", "--format", "svg", "-o", f"{folder}/"]) == 0
    assert (folder / "mine.txt").read_text(encoding="utf-8") == "mine"
    assert (folder / "eq-001.svg").read_text(encoding="utf-8").startswith("<svg")
    assert [p.name for p in tmp_path.iterdir()] == ["eqs"], "something was left beside the folder"


def test_a_folder_that_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "eqs").write_text("mine", encoding="utf-8")
    assert main(["derive", "1-1", "--format", "svg", "-o", str(tmp_path / "eqs"), "--lang", "en"]) == 3
    assert "is a file; equations are written into a folder" in capsys.readouterr().err
    assert (tmp_path / "eqs").read_text(encoding="utf-8") == "mine"


def test_on_a_terminal_there_are_no_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "1-1", "--format", "svg", "--lang", "en"]) == 2
    assert "-o FOLDER/" in capsys.readouterr().err


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
                                    capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.delitem(sys.modules, "symbackprop.equation_svg", raising=False)
    monkeypatch.setitem(sys.modules, "ziamath", None)
    with pytest.raises(SymbackpropError, match=r"pip install 'symbackprop\[svg\]'"):
        extra("symbackprop.equation_svg")
    assert main(["derive", "1-1", "--format", "svg", "-o", str(tmp_path / "eqs"), "--lang", "en"]) == 3
    assert "symbackprop[svg]" in capsys.readouterr().err
    assert not (tmp_path / "eqs").exists()
