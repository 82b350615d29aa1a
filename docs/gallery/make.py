"""Makes the pictures of this folder again: `python docs/gallery/make.py [NAME …]`.

Pages, slides and reports are written by the tool and photographed by Chromium; pages of a PDF by pdftoppm, slides of
Beamer after xelatex. What is not installed is said, and its pictures stay as they are.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from html import escape
from pathlib import Path

from symbackprop.cli import main as symbackprop

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "examples"
FLAGS = ("--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--no-pdf-header-footer")  # fmt: skip
DARK = "--blink-settings=preferredColorScheme=0"
SLIDER = 70
"""What the slider at the foot of a page covers: this much is laid out below the picture."""
LARGEST = 140_000
FRAME = 32
PROFILES = ("notes", "ng", "scratch", "nielsen", "ufldl", "goodfellow", "cs231n", "torch", "bishop", "d2l",
            "demystified")  # fmt: skip


@dataclass(frozen=True)
class Page:
    """A derivation, the place where its dark picture begins, and the height of the two pictures in pixels."""

    arguments: tuple[str, ...]
    dark: str
    high: tuple[int, int]


PAGES = {
    "chain": Page(("1-1-1-1", "--lang", "ko", "--seed", "1"), "#e4", (1330, 1150)),
    "layers": Page(("n0-n1-n2-n3", "--form", "all"), "#e22", (1330, 1200)),
    "softmax": Page(("4-3:relu-2:softmax/ce", "--batch", "columns", "--lang", "ko"), "#e2", (1330, 1200)),
    "layernorm": Page(("layernorm.toml",), "#e8", (1180, 1200)),
    "attention": Page(("attention.toml",), "#e5", (1330, 1200)),
}
WITHOUT_UPDATE = "h2:nth-of-type(2),h2:nth-of-type(2)~*:not(h2:nth-of-type(n+3),h2:nth-of-type(n+3)~*){display:none}"
CONTACT = ("body{margin:0;display:flex;flex-wrap:wrap;background:#ddd}figure{margin:5px;width:323px;height:635px;"
           "overflow:hidden;background:#fff}figcaption{font:bold 15px sans-serif;padding:5px 10px}"
           "iframe{border:0;width:520px;height:975px;transform:scale(.62);transform-origin:0 0}")  # fmt: skip
WRONG = ("dJ/dW[2][j,i] = da[2][j] * sigma'(z[2][j]) * a[1][i]", "dJ/dW[1] = da[1] x^T")


class MissingError(Exception):
    """A program that is not installed."""


def program(*names: str) -> str:
    """The path of the first of these that is installed."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise MissingError(f"{names[0]} is not installed")
    return found


def run(*command: str, folder: Path) -> None:
    """Run a program; what it says is shown only where it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=180)
    if done.returncode:
        raise SystemExit(f"{Path(command[0]).name} failed\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def write(folder: Path, *arguments: str) -> None:
    """One command of the tool, in a folder: what a page says of its making names no place of this machine."""
    with chdir(folder), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        symbackprop(list(arguments))


def photograph(folder: Path, source: str, size: tuple[int, int], name: str, dark: bool = False) -> None:
    """A page in a frame of its own width, as narrow as a phone; a window cannot be that narrow."""
    chromium = program("chromium", "chromium-browser", "google-chrome")
    wide, high = size
    frame = f'<iframe src="{escape(source)}" style="width:{wide}px;height:{high + SLIDER}px;border:0"></iframe>'
    (folder / "frame.html").write_text(f'<!doctype html><body style="margin:0">{frame}</body>', encoding="utf-8")
    root = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    run(chromium, *FLAGS, *root, *((DARK,) if dark else ()), f"--user-data-dir={folder / 'profile'}",
        f"--window-size={wide},{high}", f"--screenshot={HERE / name}", (folder / "frame.html").as_uri(),
        folder=folder)  # fmt: skip
    smaller(HERE / name)


def smaller(path: Path) -> None:
    """Packed better, and with a palette if it is large all the same; where Pillow is installed."""
    try:
        from PIL import Image
    except ImportError:
        return
    with Image.open(path) as picture:
        whole = picture.convert("RGB")
    whole.save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        whole.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(path, optimize=True)


def page(folder: Path, name: str) -> None:
    """The four pictures of a derivation: light, dark, on a phone, on paper."""
    wanted, made = PAGES[name], folder / f"{name}.html"
    if wanted.arguments[0].endswith(".toml"):
        shutil.copy(EXAMPLES / wanted.arguments[0], folder)
    write(folder, "derive", *wanted.arguments, "-o", made.name)
    light, dark = wanted.high
    photograph(folder, made.name, (860, light), f"{name}-light.png")
    photograph(folder, made.name + wanted.dark, (860, dark), f"{name}-dark.png", dark=True)
    photograph(folder, made.name, (360, 1300), f"{name}-phone.png")
    write(folder, "derive", *wanted.arguments, "-o", made.with_suffix(".pdf").name)
    sheets(folder, made.with_suffix(".pdf"), (1, 2), f"{name}-print.png")


def sheets(folder: Path, pdf: Path, numbers: tuple[int, ...], name: str) -> None:
    """Pages of a PDF side by side, 1,000 pixels together."""
    wide = 1000 // len(numbers)
    shown = []
    for number in numbers:
        run(program("pdftoppm"), "-png", "-r", "144", "-f", str(number), "-l", str(number), "-singlefile", pdf.name,
            f"{pdf.stem}-{number}", folder=folder)  # fmt: skip
        shown.append(f'<img src="{pdf.stem}-{number}.png" style="width:{wide - 12}px;margin:6px;background:#fff">')
    (folder / "sheets.html").write_text(
        f'<!doctype html><body style="margin:0;background:#999;display:flex">{"".join(shown)}</body>', encoding="utf-8")
    high = round((wide - 12) * (297 / 210 if len(numbers) > 1 else 9 / 16)) + 12
    photograph(folder, "sheets.html", (1000, high), name)


def profiles(folder: Path, name: str) -> None:
    """The gradients of one network in the letters of eleven courses, on two sheets."""
    for number, some in ((1, PROFILES[:6]), (2, PROFILES[6:])):
        shown = "".join(f'<figure><figcaption>{notation}</figcaption><iframe src="{gradients(folder, notation)}">'
                        "</iframe></figure>" for notation in some)  # fmt: skip
        (folder / "contact.html").write_text(f"<!doctype html><style>{CONTACT}</style>{shown}", encoding="utf-8")
        photograph(folder, "contact.html", (1000, 1290), f"{name}-{number}.png")


def gradients(folder: Path, notation: str) -> str:
    """The results in one notation, the update rule left out."""
    made = f"{notation}.html"
    write(folder, "derive", "3-4-2", "--notation", notation, "--steps", "brief", "--form", "matrix", "-o", made)
    text = (folder / made).read_text(encoding="utf-8")
    (folder / made).write_text(text.replace("</style>", f"{WITHOUT_UPDATE}</style>", 1), encoding="utf-8")
    return made


def slide(folder: Path, name: str) -> None:
    """One slide of the HTML slides, all its steps done."""
    write(folder, "derive", *PAGES["chain"].arguments, "--format", "slides", "-o", "slides.html")
    photograph(folder, "slides.html#8.9", (1000, 562), f"{name}.png")


def beamer(folder: Path, name: str) -> None:
    """One slide of the Beamer slides."""
    latex = program("xelatex")
    write(folder, "derive", *PAGES["chain"].arguments, "--format", "beamer", "-o", "beamer.tex")
    for _ in range(2):
        run(latex, "-interaction=nonstopmode", "-no-shell-escape", "beamer.tex", folder=folder)
    sheets(folder, folder / "beamer.pdf", (FRAME,), f"{name}.png")


def report(folder: Path, name: str) -> None:
    """A formula that is right and one that lacks a factor, judged."""
    write(folder, "check", "3-4-2", "-e", WRONG[0], "-e", WRONG[1], "--lang", "ko", "-o", "report.html")
    photograph(folder, "report.html", (860, 1000), f"{name}.png")


MAKERS: dict[str, Callable[[Path, str], None]] = {
    **dict.fromkeys(PAGES, page), "profiles": profiles, "slide": slide, "beamer": beamer, "report": report,
}  # fmt: skip


def main(names: list[str]) -> int:
    """Make these pictures, or all. Returns 1 where a program is missing."""
    lacking = 0
    for name in names or list(MAKERS):
        with tempfile.TemporaryDirectory() as folder:
            try:
                MAKERS[name](Path(folder), name)
                print(name)
            except MissingError as missing:
                lacking = 1
                print(f"{name}: {missing}; its pictures stay as they are")
            except KeyError:
                raise SystemExit(f"no such picture: {name}. There are {', '.join(MAKERS)}") from None
    return lacking


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
