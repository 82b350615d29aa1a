"""PDF of a derivation by what is on this machine: typst sets it, Chromium prints the page, or LaTeX sets the file.

Nothing is installed and nothing fetched; where neither is found, a sentence says what to install.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from symbackprop.documents.blocks import Document
from symbackprop.documents.html import html
from symbackprop.documents.tex import tex
from symbackprop.documents.typst import HANGUL, KOREAN, numbered, typst
from symbackprop.language.errors import SymbackpropError

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")  # fmt: skip
LATEX = ("xelatex", "pdflatex")
FLAGS = ("--headless=new", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer", "--disable-extensions",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-quic")  # fmt: skip
SECONDS = 180
_DATE, _NODE = re.compile(rb"\(D:\d{14}[^)]*\)"), re.compile(rb"node\d{8}")


def pdf(document: Document) -> tuple[bytes, str]:
    """The file, and the name of the program that made it.

    Raises SymbackpropError where no program is found, with what to install; or what the last one said.
    """
    failures = []
    for name, make in _engines():
        try:
            return make(document), name
        except NoFontError:
            raise
        except (OSError, subprocess.SubprocessError, SymbackpropError) as problem:
            failures.append(f"{name}: {_first_line(problem)}")
    if failures:
        raise SymbackpropError(f"no PDF was made; {'; '.join(failures)}")
    raise SymbackpropError(
        "for a PDF install typst (pip install 'symbackprop[pdf]'), or Chromium (Debian: apt install chromium), or "
        "LaTeX (apt install texlive-latex-recommended texlive-pictures texlive-lang-korean); or save the page as .html "
        "and print it from a browser")


def _engines() -> Iterator[tuple[str, Callable[[Document], bytes]]]:
    """What is found here, in the order in which it is asked."""
    if find_spec("typst"):
        yield "typst", by_typst
    for names, make in ENGINES:
        program = next((found for name in names if (found := shutil.which(name))), None)
        if program is not None:
            yield Path(program).name, partial(make, program)


def _first_line(problem: BaseException) -> str:
    if isinstance(problem, subprocess.TimeoutExpired):
        return f"still at work after {SECONDS} seconds"
    return str(problem).strip().split("\n")[0][:300]


class NoFontError(SymbackpropError):
    """A page in Korean would be printed as empty boxes, and by another program too: it has the same fonts."""


_OPTIONS = {"format": "pdf", "pdf_standards": "a-2b", "timestamp": 0}
_UNSHOWN = re.compile(r'the text `"(.+?)"` could not be displayed')


def by_typst(document: Document) -> bytes:
    """The file of typst, compiled in this process. Of a letter that no font here has, PDF/A makes an error instead of
    an empty box: then its number is printed."""
    compiler = import_module("typst")
    families = set(compiler.Fonts().families())
    source = typst(document, [name for name in KOREAN if name in families][:1])
    unshown: list[str] = []
    for _ in range(2):
        try:
            text = "".join(map(numbered, unshown)) + source
            made = compiler.compile(text.encode(), **_OPTIONS)  # safe: typst reads it, and words in it are escaped
            return bytes(made)
        except compiler.TypstError as problem:
            unshown = sorted(set(_UNSHOWN.findall(problem.diagnostic)))
            if any(map(HANGUL.search, unshown)):
                raise NoFontError("no font with Hangul was found: install one (Debian: apt install fonts-noto-cjk), or "
                                  "write the page in English: --lang en") from None
            if not unshown:
                raise SymbackpropError(problem.message) from None
    raise SymbackpropError(f"no font has {' '.join(unshown)}")


def by_chromium(program: str, document: Document) -> bytes:
    """The page, printed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page, made = folder / "page.html", folder / "page.pdf"
        page.write_text(html(document), encoding="utf-8")
        # Chromium's sandbox does not work for the user root
        root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        _run([program, *FLAGS, *root, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={made}",
              page.as_uri()], folder)  # fmt: skip
        return _timeless(_made(made, "no page was printed"))


def by_latex(program: str, document: Document) -> bytes:
    """The LaTeX file, twice: tables need it. Shell escape is off."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "derivation.tex").write_text(tex(document), encoding="utf-8")
        command = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "derivation.tex"]
        for _ in range(2):
            _run(command, folder, SOURCE_DATE_EPOCH="0", FORCE_SOURCE_DATE="1", openout_any="p", openin_any="p")
        return _timeless(_made(folder / "derivation.pdf", "no page was set"))


ENGINES: tuple[tuple[Sequence[str], Callable[[str, Document], bytes]], ...] = (
    (CHROMIUM, by_chromium), (LATEX, by_latex),
)  # fmt: skip
"""In this order: the printed page is the one with the colours and brackets of the screen."""


def _run(command: Sequence[str], folder: Path, **more: str) -> None:
    done = subprocess.run(command, cwd=folder, env={**os.environ, **more}, capture_output=True, check=False,
                          stdin=subprocess.DEVNULL, timeout=SECONDS)  # fmt: skip
    if done.returncode:
        said = (done.stdout + done.stderr).decode("utf-8", "replace")
        error = next((line for line in said.splitlines() if line.startswith("!")), "")
        raise SymbackpropError(error or f"ended with code {done.returncode}")


def _made(path: Path, otherwise: str) -> bytes:
    if not path.is_file():
        raise SymbackpropError(otherwise)
    return path.read_bytes()


def _timeless(made: bytes) -> bytes:
    """The same file every time: dates, and the numbers by which Chromium's nodes go, replaced by others of the same
    length, which keeps all offsets."""
    nodes = {name: b"node%08d" % k for k, name in enumerate(sorted(set(_NODE.findall(made))))}
    made = _NODE.sub(lambda m: nodes[m[0]], made)
    return _DATE.sub(lambda m: b"(D:20000101000000" + m[0][17:], made)
