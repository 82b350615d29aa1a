"""Verdicts as text for a terminal and as the JSON that others script against; how much is told, for all of them."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias

from symbackprop.documents.blocks import Lang
from symbackprop.documents.dialects import code, escaped
from symbackprop.documents.messages import localised
from symbackprop.documents.mistakes import sentence
from symbackprop.documents.verdict_words import said
from symbackprop.language.report import Diagnosis, Verdict, VerdictWord
from symbackprop.notation.glyphs import tex_words

Mark: TypeAlias = Callable[[str], str]
Hint = Literal["none", "where", "kind", "repair"]
HINTS: tuple[Hint, ...] = ("none", "where", "kind", "repair")
MARKS: Mapping[VerdictWord, str] = {"right": "✓", "wrong": "✗", "undecided": "?", "consistent": "≈", "unread": "!"}
_COLOURS: Mapping[VerdictWord, str] = {"right": "32", "wrong": "31", "undecided": "33", "consistent": "36",
                                           "unread": "35"}  # fmt: skip
ORDER: tuple[VerdictWord, ...] = ("right", "wrong", "undecided", "consistent", "unread")
_HARMLESS = ("sizes", "indices", "formula", "proven")
"""Of a witness: what is known to whoever wrote the formula. Whatever else it holds is told with the repair only."""
LONGEST = 200


# --- how much is told


def told(v: Verdict, hint: Hint) -> Verdict:
    """The verdict without what ``hint`` keeps back. Every print is made of this, so that none tells more.

    ``none``: the verdict word, and of what could not be read the reason. ``where``: also the reading, the place of the
    first wrong factor, the entry where the sides differ. ``kind``: also the sentence. ``repair``: all, true values too.
    """
    if hint == "repair":
        return v
    # of a wrong formula the detail may hold the true value, unless its shapes already do not go together
    harmless = v.verdict != "wrong" or (v.method == "proof" and v.witness is None)
    reason = v.detail if v.verdict == "unread" or (hint != "none" and harmless) else ""
    if hint == "none":
        return replace(v, detail=reason, witness=None, diagnoses=(), read_as="", choices=())
    witness = None if v.witness is None else {k: v.witness[k] for k in _HARMLESS if k in v.witness}
    return replace(v, detail=reason, witness=witness, diagnoses=tuple(_shortened(v.diagnoses, hint)))


def _shortened(diagnoses: Sequence[Diagnosis], hint: Hint) -> Iterator[Diagnosis]:
    for d in diagnoses:
        if hint == "kind":
            yield replace(d, repair=None)
        elif d.span is not None:
            yield Diagnosis("", span=d.span)
            return


def span(v: Verdict) -> tuple[int, int] | None:
    """Where in the formula the first wrong factor stands."""
    found = next((d.span for d in v.diagnoses if d.span is not None), None)
    if found is None or v.verdict != "wrong" or not 0 <= found[0] < len(v.formula):
        return None
    return found[0], min(max(found[1], found[0] + 1), len(v.formula))


# --- JSON


def verdicts_json(
    verdicts: Sequence[Verdict], lang: Lang = "en", hint: Hint = "repair", mentions: int = 0
) -> dict[str, Any]:
    """``{"ok", "verdicts": [...]}``: ok when every formula is right; what is undecided never looks right."""
    rows = [_row(told(v, hint), lang) for v in verdicts]
    ok = bool(verdicts) and all(v.verdict == "right" for v in verdicts)
    return {"ok": ok, "verdicts": rows, "hint": hint, "mentions": mentions}


def _row(v: Verdict, lang: Lang) -> dict[str, Any]:
    named = [_diagnosis(d, lang) for d in v.diagnoses if d.kind]
    return {
        "line": v.line, "column": v.column, "formula": v.formula, "read_as": v.read_as, "verdict": v.verdict,
        "method": v.method, "false_accept_bound": _plain(v.bound),
        "tested": {"sizes": [dict(s) for s in tested(v)], "branches": v.branches, "assumptions": list(v.assumptions)},
        "witness": _plain(v.witness), "diagnosis": named[0] if named else None, "more": named[1:],
        "span": _plain(span(v)), "choices": list(v.choices), "detail": v.detail,
    }  # fmt: skip


def _diagnosis(d: Diagnosis, lang: Lang) -> dict[str, Any]:
    return {"kind": d.kind, "says": sentence(d.kind, d.words, lang), "repair": d.repair}


def tested(v: Verdict) -> tuple[tuple[tuple[str, int], ...], ...]:
    """The sizes a formula was judged at, one row a choice."""
    return v.tested or ((v.sizes,) if v.sizes else ())


def _plain(value: object) -> Any:
    """What JSON knows: no infinity, no NaN, no numbers of SymPy's or NumPy's."""
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): _plain(x) for k, x in value.items()}
    if isinstance(value, Sequence):
        return [_plain(x) for x in value]
    return str(value)


# --- the terminal


def verdicts_text(
    verdicts: Sequence[Verdict], lang: Lang, hint: Hint, mentions: int = 0, colour: bool = False
) -> str:
    """Each formula with its verdict and what is told of it, and how many there are of each."""
    blocks = ["\n".join(_block(told(v, hint), lang, hint, colour)) for v in verdicts]
    return "\n\n".join([*blocks, summary(verdicts, lang, mentions)])


def summary(verdicts: Sequence[Verdict], lang: Lang, mentions: int = 0) -> str:
    """``7 right, 1 wrong, 3 mentions passed over``."""
    counts = {word: sum(v.verdict == word for v in verdicts) for word in ORDER}
    parts = [said(lang, f"count.{word}", n=n) for word, n in counts.items() if n]
    if not parts:
        parts = [said(lang, "nothing")]
    if mentions:
        parts.append(said(lang, "count.mention" if mentions == 1 else "count.mentions", n=mentions))
    return ", ".join(parts)


def _block(v: Verdict, lang: Lang, hint: Hint, colour: bool) -> Iterator[str]:
    word = f"{MARKS[v.verdict]} {said(lang, v.verdict)}"
    painted = f"\x1b[1;{_COLOURS[v.verdict]}m{word}\x1b[0m" if colour else word
    yield f"{painted}  ({said(lang, 'line', line=v.line)})"
    if v.verdict != "unread" or v.formula not in v.detail:  # a message with a caret has shown it already
        yield from (f"    {row}" for row in _formula(v, colour))
    for label, text in facts(v, lang, hint):
        lines = printable(text).split("\n")
        yield f"    {label}: {lines[0]}" if label else f"    {lines[0]}"
        yield from (f"    {line}" for line in lines[1:])


def facts(v: Verdict, lang: Lang, hint: Hint, mark: Mark = str) -> Iterator[tuple[str, str]]:
    """What is said of a verdict, label by label: the same for every print. ``v`` has been through ``told``. ``mark`` is
    done to what is a formula in the names of the record."""
    if v.verdict == "unread":
        yield "", localised(v.detail, lang)
        return
    if hint == "none":
        return
    if v.read_as and v.read_as != v.formula:
        yield said(lang, "read"), mark(v.read_as)
    if v.choices:
        yield said(lang, "choices"), localised("; ".join(v.choices), lang)
    if v.witness:
        yield said(lang, "where"), witness(v.witness, lang, mark)
    elif v.detail:
        yield said(lang, "why"), localised(v.detail, lang)
    named = [d for d in v.diagnoses if d.kind]
    for k, d in enumerate(named):
        words = {slot: mark(word) for slot, word in d.words.items() if slot != "second"}
        if "second" in d.words:
            words["second"] = d.words["second"]
        yield said(lang, "also" if k else "why"), sentence(d.kind, words, lang)
        if d.repair:
            yield said(lang, "repair"), d.repair
    yield said(lang, "tested"), how(v, lang, mark)


def witness(found: Mapping[str, object], lang: Lang, mark: Mark = str) -> str:
    """Where the two sides differ, with the values that are told."""
    at = [mark(f"{k} = {n}") for key in ("sizes", "indices") for k, n in _items(found.get(key))]
    parts = [", ".join(at)] if at else []
    parts.append(said(lang, "gives", formula=mark(str(found["formula"]))) if "formula" in found
                 else said(lang, "differs"))  # fmt: skip
    if "truth" in found:
        parts.append(said(lang, "truth", truth=mark(str(found["truth"]))))
    return "; ".join(parts)


def _items(value: object) -> list[tuple[str, object]]:
    return [(str(k), n) for k, n in value.items()] if isinstance(value, Mapping) else []


def how(v: Verdict, lang: Lang, mark: Mark = str) -> str:
    """``exact; a wrong formula passes with probability < 1e-30; sizes …; 4 branches; assumptions: …``."""
    digits = v.method == "interval" and v.witness is not None and v.witness.get("proven") is False
    kind = "points" if v.verdict == "consistent" else "digits" if digits else v.method
    parts = [said(lang, f"method.{kind}")]
    if v.bound is not None and v.verdict == "right" and v.method != "proof":
        parts.append(said(lang, "bound", bound=mark(below(v.bound))))
    sizes = [", ".join(mark(f"{name} = {n}") for name, n in choice) for choice in tested(v)]
    if sizes:
        parts.append(said(lang, "sizes", sizes=" / ".join(sizes)))
    if v.branches > 1:
        parts.append(said(lang, "branches", n=v.branches))
    if v.assumptions:
        parts.append(said(lang, "assumptions", assumptions=localised(", ".join(v.assumptions), lang)))
    return "; ".join(parts)


def below(bound: float) -> str:
    """A bound as the next power of ten: ``< 1e-30``; the same on every machine."""
    if not 0 < bound < 1:
        return "< 1e-300" if bound == 0 else f"≤ {bound:g}"
    return f"< 1e{max(-300, math.floor(math.log10(bound)) + 1)}"


def _formula(v: Verdict, colour: bool) -> Iterator[str]:
    """The formula on one line, cut to what fits, with carets under what is wrong."""
    place = span(v)
    text = printable(v.formula).replace("\n", " ")
    lead = trail = ""
    if len(text) > LONGEST:
        start = max(0, min((place[0] if place else 0) - LONGEST // 2, len(text) - LONGEST))
        lead, trail = "… " if start else "", " …" if start + LONGEST < len(text) else ""
        text = text[start : start + LONGEST]
        place = (place[0] - start, min(place[1] - start, LONGEST)) if place else None
    yield f"{lead}{text}{trail}"
    if place:
        carets = "^" * max(1, columns(text[place[0] : place[1]]))
        yield " " * (len(lead) + columns(text[: place[0]])) + (f"\x1b[31m{carets}\x1b[0m" if colour else carets)


def columns(text: str) -> int:
    """How wide a terminal shows it: Hangul takes two columns, an accent none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def printable(text: str) -> str:
    """Nothing that would move a terminal's cursor or colour it."""
    return "".join(c if c.isprintable() or c == "\n" else " " if c in "\t\r" else "\ufffd" for c in text)


# --- Markdown and LaTeX


def verdicts_markdown(verdicts: Sequence[Verdict], lang: Lang, hint: Hint) -> str:
    """A formula an item, what is told of it beneath."""
    items: list[str] = []
    for v in (told(v, hint) for v in verdicts):
        word, place = (escaped(said(lang, key, line=v.line)) for key in (v.verdict, "line"))
        items.append(f"- **{MARKS[v.verdict]} {word}** ({place}): {code(_one_line(v.formula))}")
        for label, words in facts(v, lang, hint):
            head = f"{escaped(label)}: " if label else ""
            items.append(f"  - {head}{escaped(_one_line(words))}")
    return "\n".join([*items, "", escaped(summary(verdicts, lang))]) + "\n"


def verdicts_latex(verdicts: Sequence[Verdict], lang: Lang) -> str:
    """The verdict words with the formulas as they were typed: none of what was typed is a command."""
    rows = (rf"\text{{{MARKS[v.verdict]} {said(lang, v.verdict)}}} & \texttt{{{tex_words(_one_line(v.formula))}}}"
            for v in verdicts)  # fmt: skip
    return "$$\n\\begin{array}{ll}\n" + " \\\\\n".join(rows) + "\n\\end{array}\n$$"


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())
