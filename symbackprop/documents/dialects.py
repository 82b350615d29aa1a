"""What differs between kinds of Markdown: how a formula, a label, a reference and what is folded are written."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

from symbackprop.notation.glyphs import clean

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>$~&@^-])")
_BAR = re.compile(r"\\text\{[^{}]*\}|\\?\|")
_BARS = {"|": r"\vert ", r"\|": r"\Vert "}
_ENTITIES = str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;"})


def escaped(words: str) -> str:
    """Words that mean nothing to Markdown, HTML, or a processor of citations."""
    return _SPECIAL.sub(lambda m: m[0].translate(_ENTITIES) if m[0] in "<>&" else "\\" + m[0], clean(words))


def code(words: str) -> str:
    """Words as code: the fence is longer than any run of backticks in them."""
    shown = clean(words)
    fence = "`" * (max(map(len, re.findall("`+", shown)), default=0) + 1)
    pad = " " if "`" in shown else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


@dataclass(frozen=True)
class Dialect:
    """One kind of Markdown. ``display`` takes LaTeX and a label, "" where the line has no number; ``ref`` the number
    and the label; ``labels`` says whether this kind numbers its equations itself."""

    name: str
    inline: Callable[[str], str]
    display: Callable[[str, str], str]
    ref: Callable[[int, str], str]
    details: Callable[[str, str], str]
    title: Callable[[str, str], str]
    words: Callable[[str], str] = escaped
    code: Callable[[str], str] = code
    labels: bool = False


# --- formulas


def _ticked(latex: str) -> str:
    """LaTeX for the inside of a code span or a fence: what TeX prints for a backtick stands for it."""
    return latex.replace("`", "‘")


def _dollars(latex: str) -> str:
    """``$…$`` as all readers of it agree: no blank inside of the dollars."""
    return f"${_barless(latex.strip())}$"


def _barless(latex: str) -> str:
    """Without a bar, which would end the cell of a table."""
    return _BAR.sub(lambda m: _BARS.get(m[0]) or m[0].replace("|", "∣"), latex)


def _fenced(latex: str, _: str) -> str:
    return f"```math\n{_ticked(latex)}\n```"


def _dollar_block(latex: str, label: str) -> str:
    return f"$$\n{latex}\n$$" + (f" {{#{label}}}" if label else "")


def _directive(latex: str, label: str) -> str:
    head = f":label: {label}\n\n" if label else ""
    return f"```{{math}}\n{head}{_ticked(latex)}\n```"


# --- what is folded


def _html_details(summary: str, body: str) -> str:
    return f"<details>\n<summary>{escape(clean(summary))}</summary>\n\n{body}\n\n</details>"


def _callout(summary: str, body: str) -> str:
    return f'::: {{.callout-note collapse="true"}}\n\n## {escaped(summary)}\n\n{body}\n\n:::'


def _admonition(summary: str, body: str) -> str:
    fence = "`" * (max(map(len, re.findall("`{3,}", body)), default=2) + 1)
    return f"{fence}{{admonition}} {escaped(summary)}\n:class: dropdown\n\n{body}\n{fence}"


# --- words


def _not_math(words: str) -> str:
    """Jupyter takes the dollars and the backslashes that are left in the HTML for mathematics: elements part them."""
    return escaped(words).replace(r"\\", "<span>&#92;</span>").replace(r"\$", "<span>&#36;</span>")


def _no_shortcode(words: str) -> str:
    """Quarto runs ``{{< … >}}`` even within code; there it is printed as words."""
    return escaped(words) if "{{<" in clean(words) else code(words)


def _heading(words: str, _: str) -> str:
    return f"# {escaped(words)}"


def _front_matter(words: str, lang: str) -> str:
    """The title as YAML; Quarto reads Markdown in it."""
    return f"---\ntitle: {json.dumps(escaped(words), ensure_ascii=False)}\nlang: {lang}\n---"


def _plain_ref(number: int, _: str) -> str:
    return f"({number})"


DIALECTS: Mapping[str, Dialect] = {d.name: d for d in (
    Dialect("github", lambda s: "$`" + _barless(_ticked(s)) + "`$", _fenced, _plain_ref, _html_details,
            _heading),
    Dialect("jupyter", _dollars, _dollar_block, _plain_ref, _html_details,
            lambda words, _: f"# {_not_math(words)}", _not_math),
    Dialect("quarto", _dollars, _dollar_block, lambda n, label: f"([-@{label}])", _callout, _front_matter,
            code=_no_shortcode, labels=True),
    Dialect("myst", lambda s: "{math}`" + _barless(_ticked(s)) + "`", _directive,
            lambda n, label: f"{{eq}}`{label}`", _admonition, _heading, labels=True),
)}  # fmt: skip
