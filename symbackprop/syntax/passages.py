"""A page of notes in Markdown, TeX or plain text → the formulas on it, each with its place in the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from symbackprop.syntax.masks import DOLLAR, Block, PageForm, masked
from symbackprop.syntax.rows import (
    ENVIRONMENTS,
    Piece,
    contents,
    environments,
    parts,
    pieces,
    relation,
    with_head,
)

PassageKind = Literal["inline", "display", "code", "plain"]


@dataclass(frozen=True)
class Passage:
    """One formula of a page; ``line`` and ``column`` count from 1 in the file, ``text`` is as it was typed.

    A ``statement`` says that something equals something and is judged; anything else is a mention. ``defines``: the
    words beside it say that it gives a name (``let δ = …``). The first ``carried`` characters of ``text`` are the left
    side of an equation that this row goes on with. ``aside``: what stood beside the equation ("for all j").
    ``outer``: where in the file it stands with its delimiters, the same for all rows of one display. ``problem``: it is
    no formula, and why.
    """

    line: int
    column: int
    text: str
    kind: PassageKind = "plain"
    statement: bool = True
    defines: bool = False
    carried: int = 0
    aside: str = ""
    problem: str = ""
    outer: tuple[int, int] = field(default=(0, 0), compare=False)


MARKDOWN = (".md", ".markdown", ".qmd", ".rmd", ".mdx", ".myst")
_FRAMED = re.compile(r"(?<!\\)\$|\\[(\[]|\\begin\s*\{(?:" + "|".join(ENVIRONMENTS)
                     + r")\*?\}|^[ \t]*(?:```|~~~|:::)", re.M)  # fmt: skip
_NEXT = re.compile(r"\\begin\s*\{(\w+)\*?\}|\\[\s\S]|\$\$|\$")
_EMPTY = re.compile(r"\n[ \t\r>]*(?=\n)")
_SETTING = re.compile(r"(?:[A-Za-z]|\\[A-Za-z]+)(?:_\w|_\{\w+\})?\s*=\s*[-+]?[\d.,{}]+(?:\^\{?-?\d+\}?|\\%|e-?\d+)?\Z")
_CODE_SETTING = re.compile(r"[\w.]+\s*=\s*[-+]?[\d._]+(?:e-?\d+)?\Z")
_RANGE = re.compile(r"(?:[A-Za-z]|\\ell)\s*=[^=]*(?:\\[lc]?dots|…|\.\.\.)[^=]*\Z")
_CODE_LEFT = re.compile(r"[A-Za-z∂∇δΔα-ω\\][^\s\"'`;:#!?]*(?:\s*/\s*[^\s\"'`;:#!?]+)?\s*\Z")
_PROGRAM = re.compile(r"[\"'`;#]\s|\"|\bdef |\breturn |np\.|\)\s*:")
_LISTED = re.compile(r"\s*(?:[-*•]\s+(?=[^\W\d_]|[∂∇\\$])|\(?\d{1,3}[.)]\s+)?")
_DEFINING = re.compile(r"\b(?:let|where|define[sd]?|denote[sd]?|put|set|write|call|abbreviate|introduc\w+|writing|short"
                       r" for)\b[^.;:!?]{0,50}\Z|(?:여기서|단,|새로|정의)[^.!?]{0,25}\Z", re.I)  # fmt: skip
_DEFINED = re.compile(r"\W{0,4}(?:(?:이?라|으로|로|이라고|라고)\s*(?:하자|하면|하고|두자|두면|둔다|놓|정의|쓰|부르)"
                      r"|for short|by definition)")  # fmt: skip
_COLON = re.compile(r":=|\\coloneqq?|\\triangleq|\\eqdef|[≔≜]")


def form_of(name: str, text: str) -> PageForm:
    """How a page is written: by the ending of its name, else by whether formulas are framed in it."""
    lower = name.lower()
    if lower.endswith((".tex", ".ltx", ".latex")):
        return "tex"
    if lower.endswith(MARKDOWN):
        return "markdown"
    if "\\documentclass" in text or "\\begin{document}" in text:
        return "tex"
    return "markdown" if _FRAMED.search(text) else "plain"


def passages(text: str, form: PageForm | None = None) -> tuple[Passage, ...]:
    """Every formula of a page in the order of the file. Linear in its length; never an error."""
    chosen = form or form_of("", text)
    page = _Page(text, text if chosen == "plain" else "", [0, *(k + 1 for k, c in enumerate(text) if c == "\n")])
    if chosen == "plain":
        return tuple(_carried(_plain(page)))
    mask = masked(text, chosen)
    page = _Page(text, mask.text, page.starts)
    found = sorted([*_framed(page), *_blocks(page, mask.blocks)], key=lambda p: (p.outer, p.line, p.column))
    return tuple(_carried(found))


@dataclass(frozen=True)
class _Page:
    text: str
    search: str
    starts: list[int]

    def place(self, at: int) -> tuple[int, int]:
        line = bisect_right(self.starts, at)
        return line, at - self.starts[line - 1] + 1

    def passage(self, piece: Piece, kind: PassageKind, outer: tuple[int, int]) -> Passage:
        line, column = self.place(piece.at)
        shown = piece.text.replace(DOLLAR, "$")
        prose = kind in ("inline", "display")
        mention = prose and (_SETTING.match(shown) or _RANGE.match(shown))
        before = self.text[max(0, outer[0] - 80) : outer[0]].rsplit("\n\n", 1)[-1]
        defines = bool(_COLON.search(shown) or _DEFINING.search(before)
                       or _DEFINED.match(self.text[outer[1] : outer[1] + 40]))  # fmt: skip
        return Passage(line, column, shown, kind, piece.statement and not mention, defines and piece.statement,
                       piece.carried, piece.aside.replace(DOLLAR, "$"), outer=outer)  # fmt: skip


def _carried(found: list[Passage] | Iterator[Passage]) -> Iterator[Passage]:
    """``= C`` in a frame of its own goes on with the statement before it."""
    head = ""
    for p in found:
        sign = relation(p.text) if p.statement and not p.problem else None
        if sign is None:
            yield p
            continue
        left = p.text[: sign[0]].strip()
        if left:
            head = left
            yield p
        elif head:
            joined = with_head(head, Piece(0, p.text))
            yield replace(p, text=joined.text, carried=joined.carried)
        else:
            says = "it begins with an equals sign, and there is no equation before it to go on with"
            yield replace(p, problem=says)


# --- framed formulas


def _framed(page: _Page) -> Iterator[Passage]:
    text, position = page.search, 0
    known = environments(text)
    closers = _Closers(text)
    while (token := _NEXT.search(text, position)) is not None:
        position = token.end()
        start, word = token.start(), token[0]
        if token[1]:
            if token[1] not in ENVIRONMENTS:
                continue
            if start not in known:
                yield _unclosed(page, start, f"\\begin{{{token[1]}}} is never ended; \\end{{{token[1]}}} is missing")
                position = max(position, closers.empty(position))
                continue
            name, stop, position = known[start]
            outer = (start, position)
            yield from _display(page, contents(text, start, name), stop, known, outer, name)
        elif word in ("$$", "\\["):
            closed = closers.display(start, word)
            if closed is None:
                missing = "$$" if word == "$$" else "\\]"
                yield _unclosed(page, start, f"the {word} is never closed; {missing} is missing")
                position = max(position, closers.empty(position))
                continue
            yield from _display(page, start + 2, closed, known, (start, closed + 2), "")
            position = closed + 2
        elif word in ("$", "\\("):
            closed = closers.inline(start, word)
            if closed is None:
                line = re.split(r"[\n$]", text[start + 1 : start + 300], maxsplit=1)[0]
                if re.search(r"\\[A-Za-z]|[\^_]\{?\w", line) and relation(line):
                    yield _unclosed(page, start, f"the {word} is never closed in its paragraph")
                continue
            outer = (start, closed + len(word))
            for piece in pieces(text, start + len(word), closed, known):
                yield page.passage(piece, "inline", outer)
            position = outer[1]


def _display(
    page: _Page, start: int, stop: int, known: Mapping[int, tuple[str, int, int]], outer: tuple[int, int], name: str
) -> Iterator[Passage]:
    for piece in pieces(page.search, start, stop, known, name):
        yield page.passage(piece, "display", outer)


def _unclosed(page: _Page, start: int, says: str) -> Passage:
    line, column = page.place(start)
    end = page.search.find("\n", start)
    shown = page.text[start : end if end >= 0 else len(page.text)][:200]
    return Passage(line, column, shown, "display", problem=says, outer=(start, start + len(shown)))


class _Closers:
    """Where a frame ends. What was looked for in vain is remembered, so that a page is gone through only once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.gaps = [m.start() for m in _EMPTY.finditer(text)] + [len(text)]
        self.vain: dict[str, int] = {}

    def empty(self, position: int) -> int:
        """The next empty line."""
        k = bisect_right(self.gaps, position)
        return self.gaps[min(k, len(self.gaps) - 1)]

    def _find(self, word: str, position: int, end: int) -> int | None:
        if position < self.vain.get(word, 0) and end <= self.vain[word]:
            return None
        for token in re.compile(r"\\[\s\S]|\$\$?").finditer(self.text, position, end):
            if token[0] == word:
                return token.start()
        self.vain[word] = max(end, self.vain.get(word, 0))
        return None

    def display(self, start: int, word: str) -> int | None:
        closer = "$$" if word == "$$" else "\\]"
        near = self._find(closer, start + 2, self.empty(start))
        if near is not None:
            return near
        # an empty line inside: only where both delimiters stand on lines of their own
        line = self.text.find("\n", start)
        if line < 0 or self.text[start + 2 : line].strip():
            return None
        far = self._find(closer, start + 2, min(len(self.text), start + 3_000))
        if far is None or self.text[self.text.rfind("\n", 0, far) + 1 : far].strip(" \t>"):
            return None
        return far

    def inline(self, start: int, word: str) -> int | None:
        end = self.empty(start)
        if word == "\\(":
            return self._find("\\)", start + 2, end)
        for token in re.compile(r"\\[\s\S]|\$").finditer(self.text, start + 1, end):
            if token[0] == "$":
                return token.start() if self._fits(start, token.start()) else None
        return None

    def _fits(self, start: int, stop: int) -> bool:
        """Money is no formula: ``$5 and $6``."""
        inside = self.text[start + 1 : stop]
        if not inside.strip():
            return False
        if inside[0].isspace() and inside[-1].isspace():
            return bool(re.search(r"[\\^_=]", inside)) and "\n" not in inside
        return not inside[-1].isspace() and not self.text[stop + 1 : stop + 2].isdigit()


# --- formulas in code, and one a line


def _blocks(page: _Page, blocks: tuple[Block, ...]) -> Iterator[Passage]:
    known: Mapping[int, tuple[str, int, int]] = {}
    for block in blocks:
        inside = page.text[block.start : block.end]
        if block.kind == "math":
            kind: PassageKind = "display" if "\n" in page.text[slice(*block.outer)] else "inline"
            yield from _fenced(page, block, kind)
        elif _like_a_formula(inside):
            for piece in pieces(page.text, block.start, block.end, known):
                yield page.passage(piece, "code", block.outer)


def _fenced(page: _Page, block: Block, kind: PassageKind) -> Iterator[Passage]:
    """Blank lines separate formulas in a fence; a fence may hold an environment."""
    source = page.search if kind == "display" else page.text
    known = environments(source[block.start : block.end])
    shifted = {a + block.start: (name, b + block.start, c + block.start) for a, (name, b, c) in known.items()}
    stops = [block.start]
    for gap in re.finditer(r"\n[ \t\r]*\n", source[block.start : block.end]):
        if not any(a < block.start + gap.start() < c for a, (_, _, c) in shifted.items()):
            stops.append(block.start + gap.end())
    for a, b in zip(stops, [*stops[1:], block.end], strict=True):
        for piece in pieces(source, a, b, shifted):
            yield page.passage(piece, kind, block.outer)


def _like_a_formula(text: str) -> bool:
    """``dW[2] = db[2] a[1]`` in backticks or in an indented line, not ``pip install x`` or a line of a program."""
    sign = relation(text)
    if sign is None or text[sign[0] : sign[1]] == "==" or _PROGRAM.search(text):
        return False
    left = text[: sign[0]].strip()
    return bool(not left or _CODE_LEFT.match(left)) and not _CODE_SETTING.match(text.strip())


def _plain(page: _Page) -> Iterator[Passage]:
    """One formula a line; empty lines and ``#`` comments aside."""
    for number, start in enumerate(page.starts):
        end = page.starts[number + 1] - 1 if number + 1 < len(page.starts) else len(page.text)
        row = re.split(r"(?:^|(?<=\s))#", page.text[start:end].rstrip("\r"), maxsplit=1)[0].rstrip()
        if not row.strip():
            continue
        lead = _LISTED.match(row)
        at = lead.end() if lead else 0
        found = list(parts(row[at:], start + at)) or [Piece(start + at, row[at:])]
        for piece in found:
            # whoever hands in a line wants to hear about it, whatever is on it
            whole = Piece(piece.at, piece.text, aside=piece.aside)
            yield page.passage(whole, "plain", (start, end))
