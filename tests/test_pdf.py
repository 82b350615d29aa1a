"""PDF by what is found, and writing: whole or not at all, whatever the path is."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import symbackprop as sb
from symbackprop import pdf as engines
from symbackprop.cli import main
from symbackprop.documents.blocks import Document
from symbackprop.documents.save import write_folder, write_whole
from symbackprop.language.errors import SymbackpropError
from symbackprop.pages import derivation_page

needs_chromium = pytest.mark.skipif(not any(map(shutil.which, engines.CHROMIUM)), reason="no Chromium here")
needs_latex = pytest.mark.skipif(not shutil.which("pdflatex"), reason="no pdflatex here")
needs_pdftotext = pytest.mark.skipif(not shutil.which("pdftotext"), reason="no pdftotext here (poppler-utils)")


@cache
def page(lang: str = "ko", level: str = "normal") -> Document:
    return derivation_page(sb.derive("1-1"), lang=lang, level=level)[0]  # type: ignore[arg-type]


@cache
def printed(level: str = "normal") -> bytes:
    program = next(found for name in engines.CHROMIUM if (found := shutil.which(name)))
    return engines.by_chromium(program, page(level=level))


def words(made: bytes, tmp_path: Path) -> str:
    (tmp_path / "a.pdf").write_bytes(made)
    return subprocess.run(["pdftotext", tmp_path / "a.pdf", "-"], capture_output=True, check=True).stdout.decode()


# --- engines


@needs_chromium
def test_chromium_prints_a4_pages() -> None:
    made = printed()
    assert made.startswith(b"%PDF-")
    boxes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", made)
    assert boxes
    assert all(abs(float(w) - 595) < 2 and abs(float(h) - 842) < 2 for w, h in boxes), "not A4"


@needs_chromium
def test_chromium_prints_the_same_bytes_again() -> None:
    program = next(found for name in engines.CHROMIUM if (found := shutil.which(name)))
    assert engines.by_chromium(program, page()) == printed()
    assert b"(D:20000101000000" in printed()


@needs_chromium
@needs_pdftotext
def test_the_print_is_as_the_screen_what_is_folded_only_in_full(tmp_path: Path) -> None:
    text, full = words(printed(), tmp_path), words(printed("full"), tmp_path)
    assert page().title in text
    for folded in ("약속과 기호", "다시 쓰는 값"):
        assert folded in full
        assert folded not in text


@needs_latex
@needs_pdftotext
def test_latex_sets_the_same_bytes_again(tmp_path: Path) -> None:
    program = str(shutil.which("pdflatex"))
    english = page("en")
    made = engines.by_latex(program, english)
    assert made == engines.by_latex(program, english)
    assert english.title.split()[0] in words(made, tmp_path)


def found_are(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(engines.shutil, "which", lambda name: f"/usr/bin/{name}" if name in names else None)
    monkeypatch.setattr(engines, "find_spec", lambda name: None)  # typst: tests/test_typst.py


def making(monkeypatch: pytest.MonkeyPatch, **made: Any) -> None:
    """Engines that give bytes or fail."""

    def maker(result: Any) -> Any:
        def make(program: str, document: Document) -> bytes:
            if isinstance(result, Exception):
                raise result
            return bytes(result)

        return make

    monkeypatch.setattr(engines, "ENGINES", tuple(((name,), maker(result)) for name, result in made.items()))


def test_the_first_engine_found_is_used_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    making(monkeypatch, one=b"1", two=b"2")
    found_are(monkeypatch, "one", "two")
    assert engines.pdf(page()) == (b"1", "one")
    found_are(monkeypatch, "two")
    assert engines.pdf(page()) == (b"2", "two")


def test_where_one_engine_fails_the_next_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    making(monkeypatch, one=SymbackpropError("no screen"), two=b"2")
    found_are(monkeypatch, "one", "two")
    assert engines.pdf(page()) == (b"2", "two")
    making(monkeypatch, one=SymbackpropError("no screen"), two=subprocess.TimeoutExpired("two", 1))
    with pytest.raises(SymbackpropError, match="one: no screen; two: still at work"):
        engines.pdf(page())


def test_without_any_engine_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found_are(monkeypatch)
    assert main(["derive", "1-1", "-o", str(tmp_path / "a.pdf"), "--lang", "en"]) == 3
    said = capsys.readouterr().err
    assert "install typst (pip install 'symbackprop[pdf]'), or Chromium" in said
    assert "Traceback" not in said
    assert not list(tmp_path.iterdir())


def test_the_command_says_by_what_it_was_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    making(monkeypatch, chromium=b"%PDF-")
    found_are(monkeypatch, "chromium")
    assert main(["derive", "1-1", "-o", str(tmp_path / "a.pdf")]) == 0
    assert "a.pdf (chromium)" in capsys.readouterr().err
    assert main(["derive", "1-1", "--format", "pdf", "--lang", "en"]) == 2
    assert "-o PATH.pdf" in capsys.readouterr().err


def test_no_document_can_run_a_command_in_latex(tmp_path: Path) -> None:
    """Shell escape is off, and nothing outside is read."""
    asked = []

    def run(command: Any, folder: Path, **more: str) -> None:
        asked.append((command, more))
        (folder / "derivation.pdf").write_bytes(b"%PDF-")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "_run", run)
        engines.by_latex("xelatex", page())
    assert all("-no-shell-escape" in command and more["openin_any"] == "p" for command, more in asked)


# --- paths


@pytest.mark.parametrize("name", ["a.html", "a.slides.html", "a.pdf", "a.hwp.txt", "a.json", "a.mml", "a.tex", "a.md"])
def test_a_path_that_is_a_folder(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / name).mkdir()
    assert main(["derive", "1-1", "-o", str(tmp_path / name), "--lang", "en"]) == 3
    assert "is a folder" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "1-1", "-o", str(tmp_path / "none" / "a.html"), "--lang", "en"]) == 3
    assert "there is no folder" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_device_is_written_to_and_stays_a_device(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["derive", "1-1", "--format", "text", "-o", "/dev/full", "--lang", "en"]) == 3
    assert "cannot write /dev/full: No space left on device" in capsys.readouterr().err
    assert Path("/dev/full").is_char_device()
    write_whole(Path("/dev/null"), "text")
    assert Path("/dev/null").is_char_device()


def test_a_full_disk_keeps_the_old_file(tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk."""
    pytest.importorskip("resource")
    (tmp_path / "a.txt").write_text("old", encoding="utf-8")
    code = ("import resource, signal; from pathlib import Path; from symbackprop.documents.save import write_whole\n"
            "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
            "write_whole(Path('a.txt'), 'new' * 1000)")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)})  # fmt: skip
    assert "cannot write a.txt" in done.stderr
    assert "the old file, if any, is as it was" in done.stderr
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc here")
def test_a_folder_that_takes_no_files() -> None:
    with pytest.raises(SymbackpropError, match=r"cannot write into /proc"):
        write_whole(Path("/proc/a.html"), "text")
    with pytest.raises(SymbackpropError, match=r"cannot write into /proc/eqs"):
        write_folder(Path("/proc/eqs"), {"eq-001.svg": "<svg/>"})


def test_a_file_that_is_open_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows does not replace an open file."""
    (tmp_path / "a.html").write_text("old", encoding="utf-8")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(SymbackpropError, match="is it open in another program"):
        write_whole(tmp_path / "a.html", "new")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.html"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.html").write_text("old", encoding="utf-8")
    (tmp_path / "a.html").symlink_to(tmp_path / "real.html")
    write_whole(tmp_path / "a.html", "new")
    assert (tmp_path / "a.html").is_symlink()
    assert (tmp_path / "real.html").read_text(encoding="utf-8") == "new"


def test_an_open_reader_sees_the_old_file_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("old", encoding="utf-8")
    with (tmp_path / "a.html").open(encoding="utf-8") as reader:
        write_whole(tmp_path / "a.html", "new")
        assert reader.read() == "old"
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == "new"
