"""Document → a piece of HTML for the cell of a notebook: its style keeps to itself, its anchors are its own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

from symbackprop.documents.blocks import Document, Lang, Picture
from symbackprop.documents.font import face
from symbackprop.documents.html import printer
from symbackprop.documents.style import sheet
from symbackprop.documents.svg import net_sheet

CLASS = "symbackprop"
SCOPE = f".{CLASS}" * 3
"""Named three times: it weighs more than a notebook's own rules for tables and links."""
FITTED = """
:root{max-width:52rem;margin:0;padding:.9rem 1.1rem 1.1rem;border-radius:6px;color-scheme:light dark;font-size:16px;
 counter-reset:part}
h1{font-size:1.4rem;font-weight:600}h2{font-weight:600;margin-top:1.8rem}
table{table-layout:auto;border:0}thead{border:0}tr{background:none}th,td{max-width:none;white-space:normal}
p{text-align:left}dt,dd{float:none;width:auto}code{background:none;padding:0}
:root>style+*{margin-top:0}
"""
"""What a page may take for granted and a cell may not."""
_LIGHT = '[data-jp-theme-light="true"],.vscode-light,[theme="light"],.light,[data-theme="light"]'
_DARK = '[data-jp-theme-light="false"],.vscode-dark,[theme="dark"],.dark,[data-theme="dark"]'
THEMES = f":is({_LIGHT}) {SCOPE}{{color-scheme:light}}\n:is({_DARK}) {SCOPE}{{color-scheme:dark}}\n"
"""How JupyterLab, VS Code, Colab and marimo say that they are dark; elsewhere the system is asked."""
_PLAIN_AT = ("@media", "@supports", "@container", "@layer")
_ROOT = re.compile(r"(?::root|html|body)(?![\w-])")
_NAMED = re.compile(r'( (?:id|for|name|aria-labelledby|aria-describedby|aria-controls)="| href="#|url\(#)(?=[\w-])')
_COPIED = re.compile(r' data-latex="[^"]*"')


def fragment(document: Document, font: bool = False) -> str:
    """The blocks of a document with the style they need. No script, nothing loaded from elsewhere. The mathematical
    font is as large as all the rest: a notebook needs it once, in the cell of a whole derivation."""
    shown = printer(document)
    drawn = net_sheet() if any(isinstance(b, Picture) for b in document.blocks) else ""
    style = (face() if font else "") + sheet(document.refs).removeprefix(face()) + drawn
    return wrapped("\n".join(shown(block) for block in document.blocks), style, document.lang)


def wrapped(body: str, style: str, lang: Lang) -> str:
    """A piece of a page for a cell. The same piece twice in a notebook has the same anchors, which then agree."""
    key = hashlib.sha256(body.encode()).hexdigest()[:6]
    own = _NAMED.sub(rf"\g<1>sb{key}-", _COPIED.sub("", body))  # what is copied as LaTeX takes a script
    return (f'<div class="{CLASS} mathjax_ignore tex2jax_ignore" lang="{lang}">\n'
            f"<style>\n{scoped(style + FITTED)}{THEMES}</style>\n{own}\n</div>")  # fmt: skip


# --- style


def scoped(style: str) -> str:
    """Every rule kept to the inside of the cell: what is said of the root is said of its outermost element."""
    return "".join(_rules(re.sub(r"/\*.*?\*/", "", style, flags=re.S)))


def _rules(style: str) -> Iterator[str]:
    for prelude, body in _blocks(style):
        if prelude.startswith(_PLAIN_AT):
            yield f"{prelude}{{{''.join(_rules(body))}}}\n"
        elif prelude.startswith("@"):
            if not prelude.startswith("@page"):  # fonts and animations; paper is not a cell's to set
                yield f"{prelude}{{{body}}}\n"
        else:
            yield f"{','.join(_selectors(prelude))}{{{body}}}\n"


def _blocks(style: str) -> Iterator[tuple[str, str]]:
    """What stands before each pair of braces, and between them."""
    start = 0
    while (at := style.find("{", start)) >= 0:
        depth, end = 1, at + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(style[end], 0)
            end += 1
        yield " ".join(style[start:at].split()), style[at + 1 : end - 1]
        start = end


def _selectors(prelude: str) -> Iterator[str]:
    for selector in _listed(prelude):
        root = _ROOT.match(selector)
        if root:
            yield SCOPE + selector[root.end() :]
            continue
        if selector.startswith(":"):
            yield SCOPE + selector
        yield f"{SCOPE} {selector}"


def _listed(prelude: str) -> Iterator[str]:
    """The selectors of a list; commas within brackets part none."""
    depth, held = 0, ""
    for char in prelude:
        depth += (char in "([") - (char in ")]")
        if char == "," and depth == 0:
            yield held.strip()
            held = ""
        else:
            held += char
    yield held.strip()
