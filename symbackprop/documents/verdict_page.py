"""A submission with its verdicts → one HTML file in the style of the derivations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import escape

from symbackprop.documents.blocks import Lang
from symbackprop.documents.messages import localised
from symbackprop.documents.record_text import names_in, repaired, set_in_type
from symbackprop.documents.style import sheet
from symbackprop.documents.verdict_words import said
from symbackprop.documents.verdicts import MARKS, ORDER, Hint, facts, printable, span, told
from symbackprop.language.report import Verdict
from symbackprop.notation.typed import typed_mathml
from symbackprop.syntax.passages import Passage

SHEET = """
.vd{border:1px solid var(--rule);border-left:5px solid var(--c,var(--soft));border-radius:6px;margin:1rem 0 1.5rem;
 padding:.6rem 1rem .8rem;background:color-mix(in srgb,var(--c,var(--soft)) 4%,transparent);break-inside:avoid}
.right{--c:light-dark(#00694c,#5fd9ae)}.wrong{--c:var(--alarm)}.undecided{--c:light-dark(#8a5a00,#f0c060)}
.consistent{--c:light-dark(#005a8f,#6ec1ff)}.unread{--c:light-dark(#7a3b9c,#d3a2f0)}
.vd:is(.undecided,.consistent,.unread){border-left-style:dashed}
.vh{display:flex;gap:.6em;align-items:baseline;font:600 .95rem/1.5 var(--sans);color:var(--c,var(--soft));margin:0}
.vh .at{margin-left:auto;font-weight:400;font-size:.82rem;color:var(--soft)}
.typed{overflow-x:auto;padding:.5rem 0 .35rem;font-size:1.12em}
.typed code{white-space:pre-wrap}.typed math,.vd dd math{margin:0;width:max-content;max-width:none}
.src{margin:.1rem 0 .4rem;font-size:.86rem;line-height:1.55;color:var(--soft);white-space:pre-wrap}
.src code{font-size:1em}
mark{background:color-mix(in srgb,var(--alarm) 20%,transparent);color:var(--alarm);border-bottom:2px solid var(--alarm);
 border-radius:2px}
.vd dl{display:grid;grid-template-columns:minmax(5.2rem,auto) minmax(0,1fr);gap:.4rem .9rem;margin:.4rem 0 0;
 font-size:.92rem;line-height:1.6;align-items:baseline}
.vd dt{font:600 12.5px/1.95 var(--sans);color:var(--soft)}.vd dd{margin:0;overflow-x:auto;white-space:pre-wrap}
.vd dd math{font-size:1.12em;display:inline math}.vd dd.says{color:var(--c,var(--soft));font-weight:600}
.vd dd.fine,.vd .fine{color:var(--soft);font-size:.86rem}.vd dd .fine{margin-left:1em}.vd .says math{font-size:1.15em}
.vd dd code{overflow-wrap:anywhere}
.in{border-bottom:2px solid var(--c,var(--soft));color:inherit;text-decoration:none;white-space:nowrap}
.in sup{color:var(--c,var(--soft));font:600 .7rem/1 var(--sans);margin-left:.15em}
.in.undecided,.in.consistent,.in.unread{border-bottom-style:dashed}
.sums{display:flex;flex-wrap:wrap;gap:.4rem .6rem;padding:0;margin:0 0 1.2rem;list-style:none;
 font:600 .9rem/1.5 var(--sans)}
.sums li{border:1.5px solid var(--c,var(--soft));border-radius:999px;padding:.1em .8em;color:var(--c,var(--soft))}
.sums li:is(.undecided,.consistent,.unread){border-style:dashed}
.prose{white-space:pre-line}
.legend{font-size:.85rem;color:var(--soft);margin:0 0 2rem}
@media(max-width:30rem){.vd{padding:.5rem .7rem}.vd dl{grid-template-columns:minmax(0,1fr);gap:0}
 .vd dd{margin-bottom:.45rem}.vd dd .fine{margin:0;display:block}
 .in{white-space:normal}}
@media print{.vd{border-color:#999;border-left-color:var(--c,var(--soft))}.typed,.vd dd{overflow:visible}}
"""
_OPEN, _CLOSE = "\ue000", "\ue001"
MARKDOWN_HEAD = re.compile(r"(#{1,6})[ \t]+(.*)", re.S)


@dataclass(frozen=True)
class Submission:
    """What was handed in: its name, its text, the formulas found on it (none for formulas given one by one)."""

    name: str
    text: str = ""
    passages: tuple[Passage, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def mentions(self) -> int:
        return sum(not p.statement for p in self.passages)


@dataclass(frozen=True)
class Graded:
    """A submission with a verdict a statement, in order; ``ours`` are our lines for the same quantities, in MathML."""

    submission: Submission
    verdicts: tuple[Verdict, ...]
    network: str
    notation: str
    version: str
    ours: Mapping[int, str] = field(default_factory=dict)


def verdict_page(graded: Graded, lang: Lang, hint: Hint) -> str:
    """The whole page: nothing on it is loaded from elsewhere, nothing typed is markup, ``hint`` is kept to."""
    page = _Page(graded, lang, hint)
    title = escape(said(lang, "title"))
    lead = " · ".join([said(lang, "lead", network=graded.network), said(lang, "notation", notation=graded.notation),
                       *([f"{said(lang, 'file')} {graded.submission.name}"] if graded.submission.name[:1] != "-"
                         else [])])  # fmt: skip
    notes = "".join(f'<p class="caption">{escape(printable(localised(n, lang)))}</p>\n'
                    for n in graded.submission.notes)  # fmt: skip
    body = "\n".join(page.flow())
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{title}</title>\n<style>{sheet(())}{SHEET}</style></head>\n<body><main>\n<h1>{title}</h1>\n"
        f'<p class="lead">{escape(printable(lead))}</p>\n{page.sums()}\n{notes}'
        f'<p class="legend">{escape(said(lang, "legend"))}</p>\n{body}\n'
        f"<footer><p>{escape(said(lang, 'method'))}</p>"
        f"<p>{escape(said(lang, 'made', version=graded.version))}</p></footer>\n</main></body></html>\n"
    )


def cards(verdicts: Sequence[Verdict], lang: Lang, hint: Hint = "repair") -> str:
    """How many there are of each, and a card a verdict, for the cell of a notebook."""
    page = _Page(Graded(Submission(""), tuple(verdicts), "", "", ""), lang, hint)
    sums = [page.sums()] if len(verdicts) != 1 else []
    return "\n".join([*sums, *map(page.card, range(len(verdicts)))])


@dataclass(frozen=True)
class _Page:
    graded: Graded
    lang: Lang
    hint: Hint

    def sums(self) -> str:
        verdicts = self.graded.verdicts
        counts = [(word, sum(v.verdict == word for v in verdicts)) for word in ORDER]
        items = [f'<li class="{w}">{MARKS[w]} {escape(said(self.lang, f"count.{w}", n=n))}</li>'
                 for w, n in counts if n]  # fmt: skip
        mentions = self.graded.submission.mentions
        if mentions:
            key = "count.mention" if mentions == 1 else "count.mentions"
            items.append(f"<li>{escape(said(self.lang, key, n=mentions))}</li>")
        return f'<ul class="sums">{"".join(items)}</ul>'

    # --- the submission in its order

    def flow(self) -> Iterator[str]:
        """Prose as it was, formulas in their places, a card a verdict after the paragraph that holds it."""
        text = self.graded.submission.text
        position, end = body(text)
        paragraph: list[str] = []
        cards: list[str] = []
        for (a, b), group in self._groups():
            yield from self._prose(text[position:a], paragraph, cards)
            if text[a:b].count("\n") == 0 and group and group[0][0].kind in ("inline", "code"):
                paragraph.append(" ".join(self._inline(p, k) for p, k in group))
                cards += [self.card(k) for _, ks in group for k in ks]
            else:
                yield from self._flushed(paragraph, cards)
                for p, ks in group:
                    yield "\n".join(map(self.card, ks)) or f'<div class="typed">{shown(p.text, p.kind, True)}</div>'
            position = max(position, b)
        yield from self._prose(text[position:end], paragraph, cards)
        yield from self._flushed(paragraph, cards)
        if not self.graded.submission.passages:
            yield from map(self.card, range(len(self.graded.verdicts)))

    def _groups(self) -> list[tuple[tuple[int, int], list[tuple[Passage, list[int]]]]]:
        """Formulas of one frame together, each with the numbers of its verdicts."""
        at: dict[tuple[int, int], list[int]] = {}
        for k, v in enumerate(self.graded.verdicts):
            at.setdefault((v.line, v.column), []).append(k)
        groups: dict[tuple[int, int], list[tuple[Passage, list[int]]]] = {}
        for p in self.graded.submission.passages:
            numbers = at.pop((p.line, p.column), []) if p.statement else []
            groups.setdefault(p.outer, []).append((p, numbers))
        return list(groups.items())

    def _prose(self, text: str, paragraph: list[str], cards: list[str]) -> Iterator[str]:
        first, *rest = re.split(r"\n[ \t\r]*\n", text)
        paragraph.append(escape(printable(first)))
        for part in rest:
            yield from self._flushed(paragraph, cards)
            paragraph.append(escape(printable(part)))

    def _flushed(self, paragraph: list[str], cards: list[str]) -> Iterator[str]:
        words = "".join(paragraph).strip()
        head = MARKDOWN_HEAD.match(words)
        if head and "\n" not in head[2]:
            yield f"<h2>{head[2]}</h2>"
        elif words.strip(" \t\n.,;:"):
            yield f'<p class="prose">{words}</p>'
        yield from cards
        paragraph.clear()
        cards.clear()

    def _inline(self, p: Passage, numbers: Sequence[int]) -> str:
        formula = shown(p.text[p.carried :], p.kind, False)
        if not numbers:
            return formula
        words = {self.graded.verdicts[k].verdict for k in numbers}
        worst = next(w for w in ("wrong", "unread", "undecided", "consistent", "right") if w in words)
        return f'<a class="in {worst}" href="#f{numbers[0] + 1}">{formula}<sup>{MARKS[worst]}</sup></a>'

    # --- one verdict

    def card(self, k: int) -> str:
        """The formula as typed with what is told of it."""
        v = told(self.graded.verdicts[k], self.hint)
        place = escape(said(self.lang, "line" if self.graded.submission.text else "place", line=v.line))
        head = (f'<p class="vh"><span>{MARKS[v.verdict]}</span><span>{escape(said(self.lang, v.verdict))}</span>'
                f'<span class="at">{place}</span></p>')
        rows = "\n".join(self._rows(list(facts(v, self.lang, self.hint, _marked))))
        if self.hint == "repair" and k in self.graded.ours:
            rows += f"\n<dt>{escape(said(self.lang, 'ours'))}</dt><dd>{self.graded.ours[k]}</dd>"
        facts_list = f"<dl>\n{rows}\n</dl>" if rows else ""
        formula = shown(v.formula, self._kinds.get((v.line, v.column), "display"), True)
        return (f'<section class="vd {v.verdict}" id="f{k + 1}">\n{head}\n<div class="typed">{formula}</div>\n'
                f"{self._source(v)}{facts_list}</section>")

    @cached_property
    def _kinds(self) -> dict[tuple[int, int], str]:
        return {(p.line, p.column): "plain" if p.kind in ("plain", "code") else "display"
                for p in self.graded.submission.passages}

    def _source(self, v: Verdict) -> str:
        """The source with the first wrong factor marked."""
        place = span(v)
        if place is None:
            return ""
        a, b = place
        left, wrong, right = (escape(printable(s)) for s in (v.formula[:a], v.formula[a:b], v.formula[b:]))
        return f'<p class="src"><code>{left}<mark>{wrong}</mark>{right}</code></p>\n'

    def _rows(self, told: list[tuple[str, str]]) -> Iterator[str]:
        """A label and what it says; of a further way to put it right the formula is enough, its name beside it."""
        also, repair = said(self.lang, "also"), said(self.lang, "repair")
        for k, (label, words) in enumerate(told):
            before = told[k - 1] if k else ("", "")
            if label == repair:
                said_first = f'<span class="fine">{_words(before[1])}</span>' if before[0] == also else ""
                yield (f"<dt>{escape(also if said_first else repair)}</dt>"
                       f"<dd>{shown(repaired(words), 'display', True)}{said_first}</dd>")
            elif label != also or told[k + 1][0] != repair:
                yield self._row(label, words)

    def _row(self, label: str, words: str) -> str:
        kind = ' class="fine"' if label == said(self.lang, "tested") else ""
        if label in (said(self.lang, "why"), said(self.lang, "also")):
            kind = ' class="says"'
        if not label:
            return f'<dt></dt><dd class="says"><code>{escape(printable(words))}</code></dd>'
        return f"<dt>{escape(label)}</dt><dd{kind}>{_words(_named(words))}</dd>"


def _marked(formula: str) -> str:
    """A formula among words, to be found again; what somebody typed holds no such marks."""
    return f"{_OPEN}{formula}{_CLOSE}" if _OPEN not in formula and _CLOSE not in formula else formula


def _words(text: str) -> str:
    """Words, escaped, with the formulas among them set in type where they can be."""
    text = re.sub(f"{_CLOSE}\\({_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}\\)", rf"(\1){_CLOSE}", text)  # σ', (, z, )
    parts = re.split(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}", text)
    within = any(part.strip() for part in parts[::2])
    made = [escape(printable(part)) for part in parts]
    made[1::2] = [set_in_type(part, within) or f"<code>{escape(printable(part))}</code>" for part in parts[1::2]]
    return "".join(made)


def _named(words: str) -> str:
    """Words with the names of the record in them marked, where nothing is marked yet."""
    if _OPEN in words:
        return words
    return "".join(_marked(part) if name else part for part, name in names_in(words))


def shown(text: str, kind: str, display: bool) -> str:
    """A formula that somebody typed: as MathML where every command is known, else its source, escaped."""
    latex = kind in ("inline", "display") or bool(re.search(r"\\[A-Za-z]|[\^_]\{", text))
    if kind == "display" and not re.search(r"\\[A-Za-z]|[\^_]", text):
        latex = not re.search(r"\w\w|\[|\*", text)  # plain text such as dW[2] = db[2]*a[1]
    made = typed_mathml(text, display) if latex else None
    return made if made is not None else f"<code>{escape(printable(text))}</code>"


def body(text: str) -> tuple[int, int]:
    """The page without TeX's preamble or YAML's front matter."""
    begin, end = text.find("\\begin{document}"), text.find("\\end{document}")
    if begin >= 0:
        return begin + len("\\begin{document}"), end if end > begin else len(text)
    front = re.match(r"---[ \t]*\r?\n[\s\S]*?^(?:---|\.\.\.)[ \t]*\r?$", text, re.M)
    return (front.end() if front else 0), len(text)
