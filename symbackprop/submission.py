"""What people hand in to be judged: files and lines of formulas, decoded and cut into passages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from symbackprop.documents.verdict_page import Submission
from symbackprop.language.errors import SymbackpropError
from symbackprop.syntax.passages import Passage, form_of, passages

MOST = 5_000_000
"""Bytes of a file of formulas."""
_FUNCTION = re.compile(r"(.+\.py):([^\W\d]\w*(?:\.[^\W\d]\w*)*)\Z")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\xff\xfe", "utf-16"),
         (b"\xfe\xff", "utf-16"))  # fmt: skip


def function_named(argument: str) -> tuple[str, str] | None:
    """``homework.py:back_prop`` → the file and the function; None for a page of formulas."""
    found = _FUNCTION.match(argument)
    return (found[1], found[2]) if found else None


def of_file(argument: str) -> Submission:
    """A file of formulas. Raises SymbackpropError that says what is the matter with it."""
    path = Path(argument)
    if path.suffix == ".py":
        raise SymbackpropError(f"{argument} is a program: name the function that is to be judged, {argument}:backward")
    if path.suffix == ".ipynb":
        raise SymbackpropError(f"{argument} is a notebook, which is not read in this version; save it as Markdown "
                               "(jupyter nbconvert --to markdown) and hand that in")
    if path.is_dir():
        raise SymbackpropError(f"{argument} is a folder; give the name of a file in it")
    size = path.stat().st_size
    if size > MOST:
        raise SymbackpropError(f"{argument} has {size:,} bytes; the limit is {MOST:,}")
    text, notes = decoded(path.read_bytes(), argument)
    return of_text(text, argument, notes)


def of_text(text: str, name: str, notes: Sequence[str] = ()) -> Submission:
    """A page of notes, or formulas one a line."""
    if not text.strip():
        raise SymbackpropError(f"{name} is empty; write formulas one a line, or a page in Markdown or TeX")
    found = passages(text, form_of(name, text))
    if not found:
        raise SymbackpropError(f"there is no formula in {name}; formulas stand between $…$, \\[…\\], in an equation "
                               "or align, in a ```math fence, or one a line in a .txt file")
    if not any(p.statement for p in found):
        raise SymbackpropError(f"{name}: {len(found)} formulas, none of which says that something equals something")
    return Submission(name, text, found, tuple(notes))


def of_lines(formulas: Sequence[str]) -> Submission:
    """Formulas given one by one with ``-e``: each is one formula, framed or not."""
    found: list[Passage] = []
    for number, formula in enumerate(formulas, start=1):
        inside = passages(formula, form_of("", formula))
        if not inside:
            raise SymbackpropError(f"formula {number} is empty")
        found += [replace(p, line=number, statement=True, outer=(0, 0)) for p in inside]
    return Submission("-e", passages=tuple(found))


def decoded(data: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """The text of a file, and a note where it is not in UTF-8. Offsets stay: a lone CR becomes LF."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return _lines(data.decode(encoding)), ()
            except UnicodeDecodeError as problem:
                kind = encoding[:6].upper().rstrip("-")
                raise SymbackpropError(f"{name} begins like {kind} and is not: byte {problem.start}") from None
    if b"\x00" in data:
        raise SymbackpropError(f"{name} is not text: byte {data.index(0)} is 0")
    try:
        return _lines(data.decode("utf-8")), ()
    except UnicodeDecodeError as problem:
        where = f"byte {problem.start} is 0x{data[problem.start]:02X}"
    try:
        text = data.decode("cp949")
    except UnicodeDecodeError:
        raise SymbackpropError(f"{name} is not UTF-8: {where}; save it as UTF-8") from None
    if not re.search(r"[가-힣]", text):
        raise SymbackpropError(f"{name} is not UTF-8: {where}; save it as UTF-8")
    return _lines(text), (f"{name} is not UTF-8 ({where}); it was read as CP949",)


def _lines(text: str) -> str:
    return re.sub(r"\r(?!\n)", "\n", text)
