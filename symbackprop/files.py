"""Where a derivation is written: one file, or a folder of equations. The door of ``-o`` and of ``save``."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symbackprop.documents.fragments import fragments
from symbackprop.documents.save import FOLDERS, usable, write_folder, write_whole
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.report import Report
from symbackprop.pages import derivation_page, document
from symbackprop.pdf import pdf

if TYPE_CHECKING:
    from symbackprop.api import Derivation

EXTRAS = {"ziamath": "svg", "matplotlib": "plot"}


@dataclass(frozen=True)
class Written:
    """What was written, the report of the checks it carries, and the program that made it, where one did."""

    path: Path
    report: Report | None = None
    by: str = ""


def write(d: Derivation, path: Path, made: str, **options: Any) -> Written:
    """Write the derivation in one format. Whole or not at all: the old file stays where anything goes wrong."""
    usable(path, folder=made in FOLDERS)
    if made == "fragments":
        page, report = derivation_page(d, **options)
        return Written(write_folder(path, fragments(page)), report)
    if made == "svg":
        # no prose but one word stands in an equation, and the font has no Hangul
        page, report = derivation_page(d, **{**options, "lang": "en"})
        return Written(write_folder(path, svgs(page)), report)
    if made == "pdf":
        page, report = derivation_page(d, **options)
        content, by = pdf(page)
        return Written(write_whole(path, content), report, by)
    text, report = document(d, made, **options)
    return Written(write_whole(path, text if text.endswith("\n") else text + "\n"), report)


def svgs(page: Any) -> Mapping[str, str]:
    """The equations of a page as SVG. Raises SymbackpropError that names the extra where it is missing."""
    return extra("symbackprop.equation_svg").equation_svgs(page)  # type: ignore[no-any-return]


def extra(module: str) -> Any:
    """A module of ours that needs an extra; it is imported where it is asked for, not before."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as problem:
        name = EXTRAS.get(problem.name or "")
        if name is None:
            raise
        raise SymbackpropError(f"this needs {problem.name}: pip install 'symbackprop[{name}]'") from None
