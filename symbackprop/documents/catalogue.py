"""Sentences by key, in both languages, with formulas in their slots."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from symbackprop.documents.blocks import Inline, Lang, Span, Strong
from symbackprop.documents.en import EN
from symbackprop.documents.ko import KO

SENTENCES: Mapping[Lang, Mapping[str, str]] = {"ko": KO, "en": EN}
_PIECE = re.compile(r"\*\*(.+?)\*\*|\{(\w+)\}")


def words(lang: Lang, key: str, **slots: object) -> str:
    """A sentence whose slots hold words or numbers only."""
    return SENTENCES[lang][key].replace("**", "").format(**slots)


def has(key: str) -> bool:
    return key in KO


def say(lang: Lang, key: str, **slots: Span | Inline | int) -> Inline:
    """A sentence with formulas, references or other spans in its slots."""
    return _filled(SENTENCES[lang][key], slots)


def _filled(template: str, slots: Mapping[str, Span | Inline | int]) -> Inline:
    spans: list[Span] = []
    for kind, piece in _pieces(template):
        if kind == "strong":
            spans.append(Strong(piece.format(**slots)))
        elif kind == "slot":
            value = slots[piece]
            spans += value if isinstance(value, tuple) else [str(value) if isinstance(value, int) else value]
        else:
            spans.append(piece)
    return tuple(s for s in spans if s != "")


@cache
def _pieces(template: str) -> tuple[tuple[str, str], ...]:
    """The template cut into plain words, slots and what stands out."""
    pieces: list[tuple[str, str]] = []
    end = 0
    for match in _PIECE.finditer(template):
        pieces.append(("plain", template[end:match.start()]))
        pieces.append(("strong", match[1]) if match[1] else ("slot", match[2]))
        end = match.end()
    pieces.append(("plain", template[end:]))
    return tuple(p for p in pieces if p[1])


def listed(spans: Iterable[Span], comma: str = ", ") -> Inline:
    """Spans with commas between."""
    result: list[Span] = []
    for span in spans:
        result += [comma, span] if result else [span]
    return tuple(result)


def together(*inlines: Inline) -> Inline:
    """Sentences one after the other."""
    result: list[Span] = []
    for inline in inlines:
        if inline:
            result += [" ", *inline] if result else list(inline)
    return tuple(result)
