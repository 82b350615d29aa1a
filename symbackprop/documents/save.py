"""Files are written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from symbackprop.language.errors import SymbackpropError

ENDINGS = {".html": "html", ".htm": "html", ".tex": "tex", ".md": "md", ".txt": "text", ".mml": "mathml",
           ".json": "json"}  # fmt: skip


def format_of(path: Path) -> str:
    """The format of an ending. Raises SymbackpropError that lists what there is."""
    made = ENDINGS.get(path.suffix.lower())
    if made is None:
        raise SymbackpropError(f"cannot tell the format from '{path.name}'; endings: {', '.join(ENDINGS)}")
    return made


def write_whole(path: Path, text: str) -> Path:
    """Write beside the target, then put it in its place; the old file stays until the new one is complete."""
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
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
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


def write_folder(folder: Path, files: Mapping[str, str]) -> Path:
    """Write several files into a folder, which is made where there is none: then it is there whole or not at all.
    Of files in an old folder each stays until the new one is complete; others are left alone."""
    if folder.is_dir():
        for name, text in files.items():
            write_whole(folder / name, text)
        return folder
    if folder.exists():
        raise SymbackpropError(f"{folder} is a file; give the name of a folder")
    if not folder.parent.is_dir():
        raise SymbackpropError(f"there is no folder {folder.parent}; make it first")
    try:
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name[:40]}.", dir=folder.parent))
    except OSError as problem:
        raise SymbackpropError(f"cannot write into {folder.parent}: {problem.strerror}") from None
    try:
        for name, text in files.items():
            write_whole(made / name, text)
        os.chmod(made, 0o777 & ~_umask())
        os.replace(made, folder)
    except OSError as problem:
        raise SymbackpropError(f"cannot write {folder}: {problem.strerror}; nothing was written") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
