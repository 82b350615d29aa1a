"""A submission → its verdicts, printed: what the command ``check`` and notebooks have in common."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from symbackprop import __version__
from symbackprop.api import Derivation, Network, derive
from symbackprop.by_hand import check_function, check_passages
from symbackprop.documents.blocks import Lang
from symbackprop.documents.verdict_page import Graded, Submission, verdict_page
from symbackprop.documents.verdicts import Hint, verdicts_json, verdicts_text
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.report import Verdict
from symbackprop.notation.mathml import mathml
from symbackprop.submission import function_named, of_file, of_lines, of_text
from symbackprop.syntax.passages import Passage

Progress = Callable[[str], None] | None
_ASKED = re.compile(r"\s*[d∂](?:\w+\s*/\s*[d∂])?\s*([A-Za-z]\w*(?:\[[^\[\]=]*\])?)")


def judged(
    net: Network, argument: str | None, formulas: Sequence[str] | None, read: Callable[[], str], *,
    notation: str | None = None, fresh: bool = False, progress: Progress = None,
) -> Graded:
    """What was handed in with a verdict a statement: a file, ``-`` (from ``read``), formulas, ``file.py:name``."""
    function = function_named(argument) if argument else None
    if function:
        verdicts = check_function(net, *function, notation=notation, fresh=fresh, progress=progress)
        return _graded(net, Submission(str(argument)), tuple(verdicts), notation)
    submission = (of_lines(formulas) if formulas else of_text(read(), "-") if argument == "-"
                  else of_file(str(argument)))  # fmt: skip
    return _graded(net, submission, verdicts_of(net, submission, notation, fresh, progress), notation)


def verdicts_of(
    net: Network, submission: Submission, notation: str | None = None, fresh: bool = False, progress: Progress = None
) -> tuple[Verdict, ...]:
    """A verdict a statement; what has no beginning or no end is ``unread`` with its place."""
    statements = [p for p in submission.passages if p.statement]
    sound = [p for p in statements if not p.problem]
    broken = [_unread(p) for p in statements if p.problem]
    found = check_passages(net, sound, notation, fresh=fresh, progress=progress) if sound else []
    starts = [0, *(m.end() for m in re.finditer("\n", submission.text))]
    told = [_in_file(v, _passage(v, sound), starts) for v in found]
    return tuple(sorted([*told, *broken], key=lambda v: (v.line, v.column)))


def _passage(v: Verdict, sound: Sequence[Passage]) -> Passage:
    """The passage that a verdict is about: its column may be that of a link of a chain, or of what is not read."""
    return max((p for p in sound if p.line == v.line and p.column <= v.column), key=lambda p: p.column)


def _unread(p: Passage) -> Verdict:
    says = f"{p.problem} (line {p.line}, column {p.column})"
    return Verdict(p.line, p.text, "", "unread", detail=says, column=p.column)


_PLACE = re.compile(r"\(line 1, column (\d+)\)")


def _in_file(v: Verdict, p: Passage, starts: list[int]) -> Verdict:
    """Columns of the formula as places in the file; what stood beside it and was not judged is said."""
    if p.aside:
        v = replace(v, choices=(*v.choices, f"not judged, stood beside it: {p.aside}"))
    if v.verdict != "unread" or len(starts) < p.line:  # given by itself, not in a file
        return v

    def place(found: re.Match[str]) -> str:
        at = starts[p.line - 1] + p.column - 1 + max(0, int(found[1]) - 1 - p.carried)
        line = bisect_right(starts, at)
        return f"(line {line}, column {at - starts[line - 1] + 1})"

    return replace(v, detail=_PLACE.sub(place, v.detail, count=1))


def _graded(net: Network, submission: Submission, verdicts: tuple[Verdict, ...], notation: str | None) -> Graded:
    return Graded(submission, verdicts, net.describe, notation or net.notation or "notes", __version__)


def with_ours(graded: Graded, net: Network, notation: str | None) -> Graded:
    """With our own line for the quantity of each formula, where there is one."""
    try:
        derivation = derive(net, notation)
    except SymbackpropError:
        return graded
    known: dict[str, str] = {}
    for v in graded.verdicts:
        name = asked(v.read_as)
        if name and name not in known:
            known[name] = our_line(derivation, name)
    lines = {k: known.get(asked(v.read_as), "") for k, v in enumerate(graded.verdicts)}
    return replace(graded, ours={k: line for k, line in lines.items() if line})


def asked(read_as: str) -> str:
    """The quantity by which the left side of a formula is a derivative: ``W[2]`` of ``dW[2]``, ``∂J/∂W[2][j, i]``."""
    found = _ASKED.match(read_as)
    return found[1] if found else ""


def our_line(derivation: Derivation, name: str) -> str:
    """Our result for the gradient by a quantity, as MathML; empty where the derivation names none."""
    chapter = next((c for c in derivation.record.chapters if c.by.name == name), None)
    if chapter is None:
        return ""
    writer = derivation.writer()
    left = writer.quantity(chapter.quantity, chapter.indices)
    return mathml(writer.equation(left, writer.line(chapter.result)))


def printed(graded: Graded, lang: str, hint: str, as_json: bool, colour: bool) -> str:
    """The verdicts as text or as JSON."""
    language, level = cast(Lang, lang), cast(Hint, hint)
    if as_json:
        data = verdicts_json(graded.verdicts, language, level, graded.submission.mentions)
        return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)
    return verdicts_text(graded.verdicts, language, level, graded.submission.mentions, colour)


def page(graded: Graded, net: Network, lang: str, hint: str, notation: str | None) -> str:
    """The HTML page. Our own lines are on it only where the repair is told."""
    whole = with_ours(graded, net, notation) if hint == "repair" else graded
    return verdict_page(whole, cast(Lang, lang), cast(Hint, hint))
