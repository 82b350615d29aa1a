"""Files are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from symbackprop.language.errors import SymbackpropError

ENDINGS = {".html": "html", ".htm": "html", ".tex": "tex", ".md": "md", ".qmd": "md-quarto", ".txt": "text",
           ".mml": "mathml", ".json": "json", ".ipynb": "ipynb"}  # fmt: skip


def ending_format(name: str) -> str | None:
    """The format that the ending of a file name means; None where it means none."""
    return next((made for ending, made in ENDINGS.items() if name.lower().endswith(ending)), None)


def format_of(path: Path) -> str:
    """The format of an ending. Raises SymbackpropError that lists what there is."""
    made = ending_format(path.name)
    if made is None:
        raise SymbackpropError(f"cannot tell the format from '{path.name}'; endings: {', '.join(ENDINGS)}")
    return made


def write_whole(path: Path, text: str | bytes) -> Path:
    """Write beside the target, then put it in its place; the old file stays until the new one is complete."""
    whole = text.encode("utf-8") if isinstance(text, str) else text
    if path.is_dir():
        raise SymbackpropError(f"{path} is a folder; give the name of a file in it")
    folder = path.parent
    if not folder.is_dir():
        raise SymbackpropError(f"there is no folder {folder}; make it first")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=folder)
    except OSError as problem:
        raise SymbackpropError(f"cannot write into {folder}: {problem.strerror}") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(whole)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except OSError as problem:
        Path(name).unlink(missing_ok=True)
        raise SymbackpropError(f"cannot write {path}: {problem.strerror}; the old file, if any, is as it was") from None
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
