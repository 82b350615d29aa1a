"""One display → its formulas: rows of an ``align``, relations at top level, what stands beside a formula."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

ALIGNED = ("align", "aligned", "alignat", "alignedat", "flalign", "split")
"""Environments whose every second ``&`` begins a new formula."""
ENVIRONMENTS = (*ALIGNED, "equation", "gather", "gathered", "multline", "eqnarray", "displaymath", "math", "dmath",
                "IEEEeqnarray")  # fmt: skip
_WITH_ARGUMENT = ("alignat", "alignedat", "IEEEeqnarray")
_TOKEN = re.compile(r"\\begin\s*\{[^{}\n]*\}|\\end\s*\{[^{}\n]*\}"
                    r"|\\\\\*?(?:[ \t]*\[[^\[\]\n]{0,20}\])?|\\cr(?![A-Za-z])"
                    r"|\\(?:short)?intertext\s*\{[^{}]*\}|\\[\s\S]|[{}&]")  # fmt: skip
_NAME = re.compile(r"\\begin\s*\{(\w+)\*?\}")
_LAYOUT = re.compile(r"\\(?:label|tag\*?|eqref)\s*\{[^{}]*\}|\\(?:nonumber|notag|hline|allowdisplaybreaks)(?![A-Za-z])"
                     r"|\\(?:short)?intertext\s*\{[^{}]*\}")  # fmt: skip
_RELATION = re.compile(r"\\(?:leftarrow|gets|coloneqq|coloneq|triangleq|equiv|longleftarrow|Leftarrow|eqdef)"
                       r"(?![A-Za-z])|\\[A-Za-z]+|\\[\s\S]|[<>!~]=|:=|[-+*/@]?==?|[←≡≔≜]|[{}()\[\]]")  # fmt: skip
_SAYS_EQUAL = re.compile(
    r"\\(?:leftarrow|gets|colon|triangleq|equiv|longleft|Leftarrow|eqdef)|[-+*/@:]?==?\Z|[←≡≔≜]"
)
_SEPARATOR = re.compile(r"\\(?:quad|qquad|implies|iff|Rightarrow|Longrightarrow|Leftrightarrow|therefore|because)"
                        r"(?![A-Za-z])|\\(?:text|mbox|textrm|textit)\s*\{[^{}]*\}|\\[A-Za-z]+"
                        r"|\\[\s\S]|[;,⇒⟹]|[{}()\[\]]")  # fmt: skip
_PARTS = re.compile(r"\\(?:quad|qquad|implies|iff|Rightarrow|Longr|Leftr|therefore|because)|[;,⇒⟹]"
                    # words between formulas, not \text{diag}
                    r"|\\(?:text|mbox)\w*\s*\{(?:[\s,;.]|[^{}]*[\s,;.]\}|(?:and|or|where|for|with|if|so|then|since|이고|이며)\b)")
_EDGE = re.compile(r"\\(?:quad|qquad|displaystyle|[,;:! ])(?![A-Za-z])|[\s~&,;]|\.(?=\s*\Z)")
_CONTINUES = re.compile(r"(?:\\(?:quad|qquad|[,;:! ])|[\s~]|\{\})*"
                        r"(?:[-+*/·⊙⊗×]|\\(?:cdot|times|odot|circ|otimes|left|bigl|Bigl|biggl|big|Big)"
                        r"(?![A-Za-z]))")  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """A formula of a display: where it begins, its text, how much of the text is a left side said before."""

    at: int
    text: str
    carried: int = 0
    aside: str = ""
    statement: bool = True


@lru_cache(maxsize=1024)
def relation(text: str) -> tuple[int, int] | None:
    """Where the first equals sign (or ←, :=) outside of all brackets stands; None for a mention."""
    inner, braces, brackets = None, 0, 0
    for found in _RELATION.finditer(text):
        token = found[0]
        if token in "{}":
            braces = max(0, braces + (1 if token == "{" else -1))
        elif token in "()[]":
            brackets = max(0, brackets + (1 if token in "([" else -1))
        elif braces == 0 and _SAYS_EQUAL.match(token):
            if brackets == 0:
                return found.span()
            inner = inner or found.span()
    # brackets that nobody closes, as in [0, 1), hide nothing
    return inner if brackets else None


def environments(text: str) -> Mapping[int, tuple[str, int, int]]:
    """Every environment of mathematics: where it begins → (its name, end of its contents, its own end)."""
    found: dict[int, tuple[str, int, int]] = {}
    stack: list[tuple[str, int]] = []
    open_of: dict[str, int] = {}
    for token in re.finditer(r"\\(begin|end)\s*\{(\w+\*?)\}|\\[\s\S]", text):
        if token[1] == "begin":
            stack.append((token[2], token.start()))
            open_of[token[2]] = open_of.get(token[2], 0) + 1
        elif token[1] == "end" and open_of.get(token[2], 0):
            while stack:
                name, start = stack.pop()
                open_of[name] -= 1
                if name == token[2]:
                    found[start] = (name, token.start(), token.end())
                    break
    return found


def contents(text: str, start: int, name: str) -> int:
    """Where the contents of an environment begin: after its name and its arguments."""
    end = text.index("}", start) + 1
    bare = name.rstrip("*")
    pattern = r"\s*(?:\[[^\[\]\n]{0,10}\])?" + (r"\s*\{[^{}\n]{0,40}\}" if bare in _WITH_ARGUMENT else "")
    argument = re.compile(pattern).match(text, end)
    return argument.end() if argument else end


def pieces(text: str, start: int, end: int, found: Mapping[int, tuple[str, int, int]], name: str = "") -> list[Piece]:
    """The formulas of one display, in order."""
    start, end, name = _unwrapped(text, start, end, found, name)
    table = _table(text, start, end, name.rstrip("*"))
    heads: dict[int, str] = {}
    done: list[Piece] = []
    latest: dict[int, int] = {}
    for row in table:
        for column, (a, b) in enumerate(row):
            for piece in parts(_without_layout(text[a:b]), a):
                _placed(done, latest, heads, column, piece, bool(name))
    return done


def _placed(
    done: list[Piece], latest: dict[int, int], heads: dict[int, str], column: int, piece: Piece, rows: bool
) -> None:
    """Append a piece; one that goes on with an equation gets its left side, one that goes on with a side is joined."""
    sign = relation(piece.text)
    if sign is not None and not piece.text[: sign[0]].strip():
        done.append(with_head(heads.get(column, ""), piece))
    elif sign is None and rows and column in latest and _CONTINUES.match(piece.text):
        before = done[latest[column]]
        done[latest[column]] = Piece(before.at, f"{before.text} {piece.text}", before.carried, piece.aside, True)
        return
    else:
        done.append(piece)
        if sign is not None:
            heads[column] = piece.text[: sign[0]].rstrip()
    if sign is not None:
        latest[column] = len(done) - 1


MOST_HEAD = 4_000


def with_head(head: str, piece: Piece) -> Piece:
    """``= C`` after ``A = B`` is ``A = C``: judged by itself, whatever was wrong before it."""
    if not head or len(head) > MOST_HEAD:
        return piece
    return Piece(piece.at, f"{head} {piece.text}", len(head) + 1, piece.aside, True)


def _unwrapped(
    text: str, start: int, end: int, found: Mapping[int, tuple[str, int, int]], name: str
) -> tuple[int, int, str]:
    """Out of ``equation`` round ``split`` round ``aligned``: the innermost that holds the whole display."""
    opener = re.compile(r"(?:\s|\\label\s*\{[^{}]*\})*(?=\\begin\s*\{)")
    while (lead := opener.match(text, start, end)) is not None:
        at = lead.end()
        inside = _NAME.match(text, at)
        if inside is None or inside[1] not in ENVIRONMENTS or at not in found:
            break
        inner, stop, after = found[at]
        if after > end or _without_layout(text[after:end]).strip(" \t\r\n.,;&"):
            break
        start, end, name = contents(text, at, inner), stop, inner
    return start, end, name


def _table(text: str, start: int, end: int, name: str) -> list[list[tuple[int, int]]]:
    """Rows of formulas: cut at line ends, and at every second ``&`` where the environment aligns so."""
    rows: list[list[tuple[int, int]]] = [[]]
    depth = signs = 0
    begin = start
    for token in _TOKEN.finditer(text, start, end):
        word = token[0]
        if word == "{" or word.startswith("\\begin"):
            depth += 1
        elif word == "}" or word.startswith("\\end"):
            depth = max(0, depth - 1)
        elif depth == 0 and (word.startswith("\\\\") or word == "\\cr"):
            rows[-1].append((begin, token.start()))
            rows.append([])
            begin, signs = token.end(), 0
        elif depth == 0 and word == "&":
            signs += 1
            if signs % 2 == 0 and name in ALIGNED:
                rows[-1].append((begin, token.start()))
                begin = token.end()
    rows[-1].append((begin, end))
    return rows


def _without_layout(text: str) -> str:
    """Labels, tags and the ``&`` outside of matrices, blanked."""
    text = _LAYOUT.sub(lambda m: " " * len(m[0]), text)
    if "&" not in text:
        return text
    out, depth, last = [], 0, 0
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word.startswith("\\begin"):
            depth += 1
        elif word.startswith("\\end"):
            depth = max(0, depth - 1)
        elif word == "&" and depth == 0:
            out += [text[last : token.start()], " "]
            last = token.end()
    return "".join([*out, text[last:]])


def parts(text: str, at: int) -> Iterator[Piece]:
    """``A = B, \\quad C = D`` are two formulas; what says no equation after one is its aside."""
    return (replace(piece, at=at + piece.at) for piece in _parts(text))


@lru_cache(maxsize=1024)
def _parts(text: str) -> tuple[Piece, ...]:
    cuts, braces, brackets = [0], 0, 0
    ends: list[int] = []
    for found in _SEPARATOR.finditer(text):
        token = found[0]
        if token in "{}":
            braces = max(0, braces + (1 if token == "{" else -1))
        elif token in "()[]":
            brackets = max(0, brackets + (1 if token in "([" else -1))
        elif braces == 0 and brackets == 0 and _PARTS.match(token):
            ends.append(found.start())
            cuts.append(found.start() if token.startswith(("\\text", "\\mbox")) else found.end())
    return tuple(_joined(text, list(zip(cuts, [*ends, len(text)], strict=True))))


_RANGE = re.compile(r"\s*(?:\\(?:text|mbox|textrm)\s*\{[^{}]*\}\s*|for\s+)?"
                    r"(?:[A-Za-z]|\\ell)\s*=\s*[\w\s+\-{}\[\]^_()]+[,\s]*(?:\\[lc]?dots|…|\.\.\.|\\cdots)")
_WORDS = re.compile(r"\s*(?:\\(?:text|mbox|textrm|textit)\s*\{[^{}]*\}\s*)+\Z")


def _joined(text: str, spans: list[tuple[int, int]]) -> Iterator[Piece]:
    """Equations each by itself. Before the first, what is no equation belongs to it; after one, it is an aside."""
    equation: tuple[int, int] | None = None
    aside: list[str] = []
    begin: int | None = None
    for a, b in spans:
        part = text[a:b]
        if not _trimmed(part, 0)[0] or (equation is None and _WORDS.match(part)):
            continue
        says = relation(part) is not None and not _RANGE.match(text, a)
        if says and equation is not None and begin is None:
            yield _piece(text, equation, aside)
            equation, aside = (a, b), []
        elif says:
            equation, begin = (begin if begin is not None else a, b), None
        elif equation is None:
            begin = a if begin is None else begin
        else:
            aside.append(part.strip())
    if equation is not None:
        yield _piece(text, equation, aside)
    elif begin is not None:
        shown, lead = _trimmed(text[begin:], 0)
        yield Piece(begin + lead, shown, statement=False)


def _piece(text: str, span: tuple[int, int], aside: list[str]) -> Piece:
    shown, lead = _trimmed(text[span[0] : span[1]], 0)
    return Piece(span[0] + lead, shown, aside=" ".join(aside))


def _trimmed(text: str, lead: int) -> tuple[str, int]:
    """Without spaces, ``\\quad`` and the full stop at its ends; where it begins."""
    while (edge := _EDGE.match(text, lead)) is not None and text[lead] != ".":
        lead = edge.end()
    body = text[lead:].rstrip(" \t\r\n~,;")
    while True:
        shorter = re.sub(r"(?:\\(?:quad|qquad|displaystyle|[,;:!])|(?<![.\\])\.)\Z", "", body[-16:])
        cut = body[: len(body) - len(body[-16:])] + shorter
        cut = cut.rstrip(" \t\r\n~,;")
        if cut == body:
            break
        body = cut
    return body.replace("\n", " ").replace("\r", " ").replace("\t", " "), lead
