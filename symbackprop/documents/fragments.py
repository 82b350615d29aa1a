"""Document → files that a lecturer puts into slides or notes of their own: one a gradient, one a section, the style.

``\\usepackage{symbackprop}`` in the preamble, then ``\\input{dW2}`` wherever it is wanted. The same lines in the same
macros as in the standalone document: what is restyled here is restyled there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from symbackprop.documents.blocks import Block, Definition, Details, Document, Footer, Heading, Rows
from symbackprop.documents.tex import STYLE, block, sheet
from symbackprop.documents.texwords import HANGUL, portable

_ODD = re.compile(r"[^A-Za-z0-9]+")


def fragments(document: Document) -> dict[str, str]:
    """File name → text. Of several forms each has its name behind: ``dW2-matrix.tex``."""
    page = sheet(document)
    bodies: dict[str, list[str]] = {}
    for name, part, blocks in _pieces(document.blocks):
        bodies.setdefault(_stem(name, part), []).extend(block(page, b) for b in blocks)
    files = {"symbackprop.sty": STYLE}
    for stem, shown in bodies.items():
        name = stem
        while any(name.lower() == known.removesuffix(".tex").lower() for known in files):
            name += "x"  # dwL and dwl are one file where case does not count
        files[f"{name}.tex"] = _file(name, "\n\n".join(shown))
    return files


def _file(name: str, body: str) -> str:
    needed = "kotex and symbackprop" if HANGUL.search(body) else "symbackprop"
    return f"% \\input{{{name}}} in a document that uses the package{'s' if ' ' in needed else ''} {needed}\n" + (
        portable(f"{body}\n"))


def _stem(name: str, part: str) -> str:
    """``dW[2]`` → ``dW2``: letters and figures only, which every system and TeX take for a name of a file."""
    stem = _ODD.sub("-", name.replace("[", "").replace("]", "")).strip("-") or "part"
    return f"{stem}-{part}" if part else stem


def _pieces(blocks: tuple[Block, ...]) -> Iterator[tuple[str, str, list[Block]]]:
    """Name, form and blocks of every gradient and of every section; the latter without their headings."""
    part, section, held = "", "", list[Block]()
    for b in blocks:
        if isinstance(b, Heading) and (b.key or b.part):
            yield from [(section, part, held)] if section and held else []
            part, section, held = (b.key, "", []) if b.part else (part, b.key, [])
        elif isinstance(b, Details):
            yield from [(section, part, held)] if section and held else []
            section, held = b.key, list(b.blocks)
        elif not isinstance(b, Footer):
            held.append(b)
            if isinstance(b, Rows | Definition) and b.name:
                yield b.name, part, [b]
    yield from [(section, part, held)] if section and held else []
