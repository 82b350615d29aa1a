"""Formula → words to be heard, in Korean and English: ``∂J/∂w^{[2]}`` is "partial J by layer 2's w"."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal

from symbackprop.notation.formula import (
    APPLY,
    TIMES,
    Cases,
    Fenced,
    Formula,
    Frac,
    Hole,
    Ident,
    Mark,
    Num,
    Op,
    Over,
    Row,
    Sqrt,
    Sub,
    SubSup,
    Sup,
    Text,
    Under,
    UnderOver,
    is_label,
    row,
)
from symbackprop.notation.glyphs import GREEK, PLAIN, TRANSPOSES, clean
from symbackprop.notation.spoken import NAMES, PARTICLES, SIGNS, WORDS

Lang = Literal["ko", "en"]
_BLANKS = re.compile(r" +")
_STOPS = ((re.compile(r" ,"), ","), (re.compile(r",의 "), " "), (re.compile(r" (?=[은는]( |$))"), ""))
"""No blank before a comma; behind a closing bracket Korean says 제곱, not 의 제곱; 은 and 는 hang on their word."""
_NAME = {char: name for name, char in GREEK.items()}


@lru_cache(maxsize=4096)
def speech(formula: Formula, lang: Lang = "en") -> str:
    """The formula as it is read aloud."""
    return tidy(_SAY[type(formula)](formula, lang))


def tidy(words: str) -> str:
    """One blank between words, none where none belongs."""
    words = _BLANKS.sub(" ", words)
    for mark, instead in _STOPS:
        words = mark.sub(instead, words)
    return words.strip().rstrip(",")


def sign(op: Op, lang: Lang, before: str = "") -> str:
    """An operator; in Korean "은" or "는" by the word it follows."""
    key = f"prefix {op.sign}" if op.form == "prefix" and f"prefix {op.sign}" in SIGNS[lang] else op.sign
    said = SIGNS[lang].get(key, clean(op.sign))
    return topic(before) if said == "은/는" else said


def topic(words: str) -> str:
    """은 after a final consonant, 는 after a vowel: by the last syllable as it is pronounced."""
    last = words.rstrip()[-1:]
    if "가" <= last <= "힣":
        return "은" if (ord(last) - ord("가")) % 28 else "는"
    return "은" if last in PARTICLES else "는"


def _say(box: Formula, lang: Lang) -> str:
    return _SAY[type(box)](box, lang)


def _put(lang: Lang, key: str, **parts: str) -> str:
    return WORDS[lang][key].format(**parts)


# --- leaves


def _ident(box: Ident, lang: Lang) -> str:
    plain = PLAIN.get(box.name, box.name)
    name = _NAME.get(plain, plain)
    return NAMES[lang].get(name, name if name.isascii() else clean(name))


# --- rows: a fraction of ∂ on its side, a function before its argument


def _row(box: Row, lang: Lang) -> str:
    words = ""
    items = box.items
    k = 0
    while k < len(items):
        known = (_derivative(items, k, lang) or _differential(items, k, lang) or _gradient(items, k, lang)
                 or _call(items, k, lang))
        taken, said = known or (1, _item(items, k, words, lang))
        words = f"{words} {said}"
        k += taken
    return words


def _item(items: tuple[Formula, ...], k: int, before: str, lang: Lang) -> str:
    item = items[k]
    return sign(item, lang, tidy(before)) if isinstance(item, Op) else _say(item, lang)


def _derivative(items: tuple[Formula, ...], k: int, lang: Lang) -> tuple[int, str] | None:
    """``∂J/∂a`` in a sentence: ∂, J, /, ∂, a."""
    if k + 4 >= len(items) or not (_is_d(items[k]) and items[k + 2] == Op("/", "tight") and _is_d(items[k + 3])):
        return None
    return 5, _put(lang, "partial", of=_say(items[k + 1], lang), by=_say(items[k + 4], lang))


def _differential(items: tuple[Formula, ...], k: int, lang: Lang) -> tuple[int, str] | None:
    """``da^{[2]}``: the layer before both letters."""
    after = items[k + 1] if k + 1 < len(items) else None
    if items[k] != Ident("d") or not isinstance(after, Sup) or not is_label(after.sup):
        return None
    return 2, _raised("d " + _say(after.base, lang), after.sup, lang)


def _gradient(items: tuple[Formula, ...], k: int, lang: Lang) -> tuple[int, str] | None:
    """``∇_W J``."""
    by = items[k]
    if k + 2 >= len(items) or not isinstance(by, Sub) or by.base != Ident("∇") or items[k + 1] != Op(TIMES, "tight"):
        return None
    return 3, _put(lang, "gradient", of=_say(items[k + 2], lang), by=_say(by.sub, lang))


def _is_d(box: Formula) -> bool:
    return isinstance(box, Ident) and box.name == "∂"


def _call(items: tuple[Formula, ...], k: int, lang: Lang) -> tuple[int, str] | None:
    """``σ′(z)``: a function's name, its primes, its argument in brackets or behind a thin space."""
    if not _is_function(items[k]):
        return None
    at = k + 1
    while at < len(items) and isinstance(items[at], Op) and getattr(items[at], "sign", "") in "′″":
        at += 1
    primes = "".join(" " + sign(op, lang) for op in items[k + 1:at] if isinstance(op, Op))
    name = _say(items[k], lang) + primes
    if at < len(items) and isinstance(items[at], Fenced):
        return at + 1 - k, _applied(name, items[at], lang)
    if at + 1 < len(items) and items[at] == Op(APPLY):
        return at + 2 - k, _put(lang, "call", name=name, of=_say(items[at + 1], lang))
    return at - k, name


def _is_function(box: Formula) -> bool:
    base = box.base if isinstance(box, Sub) else box
    return isinstance(base, Ident) and base.function


def _applied(name: str, fence: Formula, lang: Lang) -> str:
    body = fence.body if isinstance(fence, Fenced) else fence
    key = "call" if _is_simple(body) else "call.long"
    return _put(lang, key, name=name, of=_say(body, lang))


def _is_simple(box: Formula) -> bool:
    """One name, whatever its scripts: it needs no brackets to be understood."""
    if isinstance(box, Mark):
        return _is_simple(box.child)
    return isinstance(box, Ident | Num | Text | Hole) or (
        isinstance(box, Sub | Sup | SubSup) and isinstance(box.base, Ident | Num | Text))


# --- scripts


def _is_label(box: Formula) -> bool:
    """What stands above a letter in brackets, or in none, where a course writes its layers so."""
    return isinstance(box, Fenced) and box.left in ("[", "(", "")


def _is_transpose(box: Formula) -> bool:
    return isinstance(box, Ident) and box.name in TRANSPOSES


def _sup(box: Sup, lang: Lang) -> str:
    # the brackets around a letter with a label that is transposed are for the eye
    if isinstance(box.base, Fenced) and _is_transpose(box.sup) and _is_simple(box.base.body):
        return _raised(_say(box.base.body, lang), box.sup, lang)
    return _raised(_say(box.base, lang), box.sup, lang)


def _raised(base: str, sup: Formula, lang: Lang) -> str:
    if isinstance(sup, Fenced) and _is_label(sup):
        return _put(lang, "label", label=_say(sup.body, lang), of=base)
    if isinstance(sup, Row) and len(sup.items) > 1 and _is_label(sup.items[0]):
        return _stacked(base, sup.items, lang)
    if _is_transpose(sup):
        return _put(lang, "transposed", of=base)
    if isinstance(sup, Num) and sup.digits in ("2", "3"):
        return _put(lang, f"power.{sup.digits}", of=base)
    return _put(lang, "power" if _is_simple(sup) else "power.long", of=base, to=_say(sup, lang))


def _stacked(base: str, parts: tuple[Formula, ...], lang: Lang) -> str:
    """What stands side by side above a letter: ``W^{[2]T}``, ``a^{[1](i)}``, ``g^{[1]′}``."""
    for k, part in enumerate(parts):
        if part == Ident("′"):
            base = f"{base} {sign(Op('′'), lang)}"
        elif k and isinstance(part, Fenced):
            base = _put(lang, "datum", label=_say(part.body, lang), of=base)
        else:
            base = _raised(base, part, lang)
    return base


def _sub(box: Sub, lang: Lang) -> str:
    return _put(lang, "index", of=_say(box.base, lang), at=_indices(box.sub, lang))


def _indices(box: Formula, lang: Lang) -> str:
    return _say(row(*(i for i in box.items if i != Op(TIMES))) if isinstance(box, Row) else box, lang)


def _sub_sup(box: SubSup, lang: Lang) -> str:
    """The layer first, as people say it: the second layer's w, j i."""
    return _raised(_sub(Sub(box.base, box.sub), lang), box.sup, lang)


# --- the rest


def _frac(box: Frac, lang: Lang) -> str:
    top, bottom = box.top, box.bottom
    if isinstance(top, Row) and isinstance(bottom, Row) and _is_d(top.items[0]) and _is_d(bottom.items[0]):
        of, by = (row(*part.items[1:]) for part in (top, bottom))
        return _put(lang, "partial", of=_say(of, lang), by=_say(by, lang))
    short = _is_simple(top) and _is_simple(bottom)
    return _put(lang, "over" if short else "over.long", top=_say(top, lang), bottom=_say(bottom, lang))


def _fenced(box: Fenced, lang: Lang) -> str:
    body = _say(box.body, lang)
    if box.left == "|":
        return _put(lang, "absolute", of=body)
    return _put(lang, "case" if box.left == "[" else "brackets", of=body)


def _under(box: Under, lang: Lang) -> str:
    """A shape below a factor, a name below a nest, the index below a maximum."""
    if isinstance(box.base, Op):
        return _put(lang, "sum.over", sign=sign(box.base, lang), index=_say(box.under, lang))
    if isinstance(box.under, Fenced):
        shape = [b for b in getattr(box.under.body, "items", ()) if b != Op("×")]
        return _put(lang, "shape", of=_say(box.base, lang), shape=_put(lang, "by").join(_say(b, lang) for b in shape))
    return _put(lang, "named", of=_say(box.base, lang), name=_say(box.under, lang))


def _under_over(box: UnderOver, lang: Lang) -> str:
    """``∑`` with its limits: the index, from, to."""
    parts = box.under.items if isinstance(box.under, Row) else (box.under,)
    equals = next((k for k, b in enumerate(parts) if isinstance(b, Op) and b.sign == "="), None)
    big = sign(box.base, lang) if isinstance(box.base, Op) else _say(box.base, lang)
    if equals is None:
        return _put(lang, "sum.over", sign=big, index=_say(box.under, lang))
    index, start = (_say(row(*part), lang) for part in (parts[:equals], parts[equals + 1:]))
    return _put(lang, "sum", sign=big, index=index, topic=topic(tidy(index)), start=start, end=_say(box.over, lang))


def _over(box: Over, lang: Lang) -> str:
    return _put(lang, "above", of=_say(box.base, lang), above=_say(box.over, lang))


def _cases(box: Cases, lang: Lang) -> str:
    return _put(lang, "cases") + ", ".join(
        _put(lang, "case.row", value=_say(v, lang), condition=_say(c, lang)) for v, c in box.rows)


_SAY: dict[type, Callable[[Any, Lang], str]] = {
    Row: _row,
    Ident: _ident,
    Num: lambda b, lang: b.digits,
    Op: lambda b, lang: sign(b, lang),
    Text: lambda b, lang: clean(b.words),
    Frac: _frac,
    Sup: _sup,
    Sub: _sub,
    SubSup: _sub_sup,
    Under: _under,
    Over: _over,
    UnderOver: _under_over,
    Sqrt: lambda b, lang: _put(lang, "root", of=_say(b.of, lang)),
    Fenced: _fenced,
    Cases: _cases,
    Mark: lambda b, lang: _put(lang, "gone", of=_say(b.child, lang)) if b.kind == "gone" else _say(b.child, lang),
    Hole: lambda b, lang: "l",
}
