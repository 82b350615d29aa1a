"""Files are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from symbackprop.language.errors import SymbackpropError

ENDINGS = {".slides.html": "slides", ".hwp.txt": "hwp", ".html": "html", ".htm": "html", ".tex": "tex", ".md": "md",
           ".qmd": "md-quarto", ".txt": "text", ".mml": "mathml", ".json": "json", ".ipynb": "ipynb",
           ".pdf": "pdf", ".typ": "typ"}  # fmt: skip
"""Endings of two parts stand before those of one."""
FOLDERS = ("svg", "fragments")
"""Formats of many files: every equation; the parts of a derivation in LaTeX."""
FORMATS = (*dict.fromkeys(ENDINGS.values()), "beamer", *FOLDERS)
"""Every format, those that no ending means too."""


def ending_format(name: str) -> str | None:
    """The format that the ending of a file name means, ``/`` being that of a folder; None where it means none."""
    if name.endswith("/"):
        return "fragments"
    return next((made for ending, made in ENDINGS.items() if name.lower().endswith(ending)), None)


def format_of(path: Path) -> str:
    """The format of an ending. Raises SymbackpropError that lists what there is."""
    made = ending_format(path.name)
    if made is None:
        raise SymbackpropError(f"cannot tell the format from '{path.name}'; endings: {', '.join(ENDINGS)}")
    return made


def usable(path: Path, folder: bool = False) -> None:
    """Is this a place to write to? Asked before the work. Raises SymbackpropError that says why not."""
    if folder and path.exists() and not path.is_dir():
        raise SymbackpropError(f"{path} is a file; equations are written into a folder: -o {path.stem}/")
    if not folder and path.is_dir():
        raise SymbackpropError(f"{path} is a folder; give the name of a file in it")
    if not path.parent.is_dir():
        raise SymbackpropError(f"there is no folder {path.parent}; make it first")


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write beside the target, then put it in its place; the old file stays until the new one is complete."""
    usable(path)
    made = content.encode("utf-8") if isinstance(content, str) else content
    target = path.resolve() if path.is_symlink() else path
    if target.exists() and not target.is_file():
        # a terminal, a pipe: nothing to keep, and nothing may be put in its place
        return _written(path, lambda: target.write_bytes(made))
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=target.parent)
    except OSError as problem:
        raise SymbackpropError(f"cannot write into {target.parent}: {problem.strerror}") from None

    def replace() -> None:
        with os.fdopen(handle, "wb") as file:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, target)

    try:
        return _written(path, replace)
    finally:
        Path(name).unlink(missing_ok=True)


def _written(path: Path, write: Callable[[], object]) -> Path:
    try:
        write()
    except OSError as problem:
        open_elsewhere = " (is it open in another program?)" if isinstance(problem, PermissionError) else ""
        raise SymbackpropError(f"cannot write {path}: {problem.strerror}{open_elsewhere}; the old file, if any, is "
                               f"as it was") from None
    return path


def write_folder(path: Path, files: Mapping[str, str]) -> Path:
    """Write files into a folder, which is made where there is none. All are complete before the first is put in its
    place; other files there stay."""
    usable(path, folder=True)
    try:
        with tempfile.TemporaryDirectory(prefix=f".{path.name[:40]}.", dir=path.parent) as new:
            for name, content in files.items():
                (Path(new) / name).write_text(content, encoding="utf-8", newline="\n")
            path.mkdir(exist_ok=True)
            for name in files:
                os.replace(Path(new) / name, path / name)
    except OSError as problem:
        raise SymbackpropError(f"cannot write into {path}: {problem.strerror}") from None
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
