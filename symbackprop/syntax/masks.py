"""What of a page is no formula: code, comments, front matter. It is blanked out, so that every offset stays true."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import Literal

PageForm = Literal["markdown", "tex", "plain"]
BlockKind = Literal["math", "code"]
DOLLAR = "\ue000"
"""Stands for an escaped dollar sign, so that nobody takes it for a delimiter; put back when a formula is cut out."""

_FENCE = re.compile(r"[ >\t]{0,12}(`{3,}|~{3,}|:{3,})[ \t]*(.*)")
_LANGUAGE = re.compile(r"\{?\s*[.=]?([\w+#-]*)")
_OPTION = re.compile(r"[ \t]*:[\w-]+:")
_INDENTED = re.compile(r"(?: {4}|\t)[ \t]*\S")
_LISTED = re.compile(r"[ \t]*(?:[-*+]|\d+[.)])[ \t]")
_TICKS = re.compile(r"\\`|`+")
_ROLE = re.compile(r"(?:\{math\}|:math:)\Z")
_ENVIRONMENT = re.compile(r"\\begin\{(verbatim|lstlisting|minted|comment|Verbatim|alltt)(\*?)\}")
_TEX = re.compile(r"\\verb\*?([^\sA-Za-z*])|\\[\s\S]|%[^\n]*")
_DEFINITION = re.compile(r"^[ \t]*\\(?:re)?(?:newcommand|DeclareMathOperator|def|let|usepackage)\b[^\n]*", re.M)
PLAIN_FENCES = ("", "text", "txt", "plain", "plaintext", "formula", "formulas")


@dataclass(frozen=True)
class Block:
    """A stretch of the page that is formulas by its frame: ``outer`` is the frame, (start, end) what stands in it."""

    start: int
    end: int
    kind: BlockKind
    outer: tuple[int, int]


@dataclass(frozen=True)
class Masked:
    """The page with the same length, blanks where nothing is to be looked for, and the blocks found on the way."""

    text: str
    blocks: tuple[Block, ...]


def masked(text: str, form: PageForm) -> Masked:
    """What remains to be searched of a page."""
    return _tex(text) if form == "tex" else _markdown(text)


def _blank(page: list[str], start: int, end: int) -> None:
    for k in range(start, end):
        if page[k] != "\n":
            page[k] = " "


# --- TeX


def _tex(text: str) -> Masked:
    page = list(text)
    position = 0
    begin = text.find("\\begin{document}")
    if begin >= 0:
        position = begin + len("\\begin{document}")
        _blank(page, 0, position)
        end = text.find("\\end{document}", position)
        if end >= 0:
            _blank(page, end, len(text))
    else:
        for match in _DEFINITION.finditer(text):
            _blank(page, match.start(), match.end())
    while (found := _TEX.search(text, position)) is not None:
        position = _tex_token(text, page, found)
    return Masked("".join(page), ())


def _tex_token(text: str, page: list[str], found: re.Match[str]) -> int:
    """Blank a comment, a verbatim stretch or an escape; where to go on."""
    start, end = found.span()
    if found[0] == "\\$":
        page[start + 1] = DOLLAR
        return end
    if found[0].startswith("%"):
        _blank(page, start, end)
        return end
    if found[1]:
        line = text.find("\n", end)
        close = text.find(found[1], end, line if line >= 0 else len(text))
        _blank(page, start, close + 1 if close >= 0 else end)
        return close + 1 if close >= 0 else end
    opened = _ENVIRONMENT.match(text, start)
    if opened is None:
        return end
    closing = f"\\end{{{opened[1]}{opened[2]}}}"
    close = text.find(closing, opened.end())
    end = close + len(closing) if close >= 0 else len(text)
    _blank(page, start, end)
    return end


# --- Markdown


def _markdown(text: str) -> Masked:
    page = list(text)
    blocks: list[Block] = []
    prose = _fences(text, page, blocks)
    _code_spans(text, page, prose, blocks)
    for match in re.finditer(r"\\[\s\S]", "".join(page)):
        if match[0] == "\\$":
            page[match.start() + 1] = DOLLAR
    return Masked("".join(page), tuple(sorted(blocks, key=lambda b: b.start)))


@dataclass
class _Lines:
    """A walk over the lines of a page: what the line before was decides what this one is."""

    fence: str = ""
    inside: str = ""
    opened: int = 0
    content: int = 0
    comment: bool = False
    blank: bool = True
    listed: bool = False


def _fences(text: str, page: list[str], blocks: list[Block]) -> list[tuple[int, int]]:
    """Blank front matter, fences, comments and indented code; the lines that remain prose."""
    prose: list[tuple[int, int]] = []
    state, start = _Lines(), _front_matter(text, page)
    while start < len(text):
        newline = text.find("\n", start)
        end = len(text) if newline < 0 else newline
        if state.fence:
            _in_fence(text, page, blocks, state, start, end)
        elif not _opens(text, page, state, start, end):
            _ordinary(text, page, blocks, prose, state, start, end)
        start = end + 1
    if state.fence and state.inside == "math":
        blocks.append(Block(state.content, len(text), "math", (state.opened, len(text))))
    return prose


def _front_matter(text: str, page: list[str]) -> int:
    if not re.match(r"---[ \t]*\r?\n", text):
        return 0
    close = re.compile(r"^(?:---|\.\.\.)[ \t]*\r?$", re.M).search(text, 4)
    if close is None:
        return 0
    _blank(page, 0, close.end())
    return close.end()


def _opens(text: str, page: list[str], state: _Lines, start: int, end: int) -> bool:
    """A fence begins here. A ``:::`` that is not of mathematics frames ordinary text."""
    found = None if state.comment else _FENCE.match(text, start, end)
    if found is None or (found[1][0] == "`" and "`" in found[2]):
        return False
    language = _LANGUAGE.match(found[2])
    name = language[1].lower() if language else ""
    _blank(page, start, end)
    if found[1][0] == ":" and name != "math":
        return True
    state.fence, state.opened, state.content = found[1], start, min(end + 1, len(text))
    state.inside = "math" if name == "math" else "code" if name in PLAIN_FENCES else ""
    return True


def _in_fence(text: str, page: list[str], blocks: list[Block], state: _Lines, start: int, end: int) -> None:
    line = text[start:end].strip(" \t>\r")
    closes = len(line) >= len(state.fence) and not line.strip(state.fence[0])
    if closes:
        if state.inside == "math":
            blocks.append(Block(state.content, start, "math", (state.opened, end)))
        _blank(page, start, end)
        state.fence, state.blank = "", True
    elif state.inside == "code" and line:
        blocks.append(Block(start, end, "code", (start, end)))
        _blank(page, start, end)
    elif state.inside != "math" or _OPTION.match(text, start, end):
        _blank(page, start, end)


def _ordinary(
    text: str, page: list[str], blocks: list[Block], prose: list[tuple[int, int]], state: _Lines, start: int, end: int
) -> None:
    if state.comment or text.find("<!--", start, end) >= 0:
        start = _comments(text, page, state, start, end)
    empty = not text[start:end].strip()
    if not empty and state.blank and not state.listed and not state.comment and _INDENTED.match(text, start, end):
        blocks.append(Block(start, end, "code", (start, end)))
        _blank(page, start, end)
        return  # the line after it is indented code as well
    state.blank = empty
    if not empty:
        state.listed = bool(_LISTED.match(text, start, end)) or (state.listed and text[start] in " \t")
    prose.append((start, end))


def _comments(text: str, page: list[str], state: _Lines, start: int, end: int) -> int:
    """Blank the comments of one line; where on it the text goes on."""
    position = start
    while position < end:
        if state.comment:
            close = text.find("-->", position, end)
            stop = end if close < 0 else close + 3
            _blank(page, position, stop)
            state.comment, position = close < 0, stop
        else:
            opened = text.find("<!--", position, end)
            if opened < 0:
                break
            state.comment, position = True, opened
    return end if state.comment else start


def _code_spans(text: str, page: list[str], prose: list[tuple[int, int]], blocks: list[Block]) -> None:
    """Blank what stands between equal runs of backticks in one paragraph; a span may hold a formula in plain text."""
    for start, end in _paragraphs(text, prose):
        runs = [m.span() for m in _TICKS.finditer("".join(page[start:end])) if not m[0].startswith("\\")]
        places: dict[int, list[int]] = {}
        for k, (a, b) in enumerate(runs):
            places.setdefault(b - a, []).append(k)
        k = 0
        while k < len(runs):
            a, b = runs[k]
            same = places[b - a]
            after = bisect_left(same, k + 1)
            if after == len(same):
                k += 1
                continue
            k = _span(text, page, blocks, start, (runs[k], runs[same[after]]), same[after])


def _span(
    text: str, page: list[str], blocks: list[Block], start: int, pair: tuple[tuple[int, int], tuple[int, int]], at: int
) -> int:
    (a, b), (c, d) = pair
    role = _ROLE.search(text, max(0, start + a - 6), start + a)
    outer = (role.start() if role else start + a, start + d)
    # GitHub's $`…`$ is mathematics, too
    dollars = text[start + a - 1 : start + a] == "$" and text[start + d : start + d + 1] == "$"
    if dollars:
        outer = (start + a - 1, start + d + 1)
    blocks.append(Block(start + b, start + c, "math" if role or dollars else "code", outer))
    _blank(page, *outer)
    return at + 1


def _paragraphs(text: str, prose: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs of lines that are not empty."""
    found: list[tuple[int, int]] = []
    last = -2
    for start, end in prose:
        if not text[start:end].strip():
            continue
        if found and last + 1 == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
        last = end
    return found
