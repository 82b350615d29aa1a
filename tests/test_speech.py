"""Speech: formulas as people read them aloud, in both languages; no sign is left unsaid."""

from __future__ import annotations

import re
from functools import cache

import pytest

import symbackprop as sb
from symbackprop.networks.kinds import KINDS, example_toml
from symbackprop.notation.formula import Formula
from symbackprop.notation.glyphs import GREEK, OPERATORS
from symbackprop.notation.speech import Lang, speech, topic
from symbackprop.notation.spoken import NAMES, SIGNS, WORDS
from tests.test_notation import every_formula

LANGS: tuple[Lang, ...] = ("en", "ko")


@cache
def chain(what: str = "1-1-1-1") -> sb.Derivation:
    return sb.derive(what)


def heard(formula: Formula) -> tuple[str, str]:
    return speech(formula, "en"), speech(formula, "ko")


def test_the_notes_formulas_as_a_teacher_reads_them() -> None:
    d = chain()
    w = d.writer()
    z, a = (w.definition(e) for e in d.forward.equations[:2])
    assert heard(z) == ("layer 1's z equals layer 1's w times layer 0's a plus layer 1's b",
                        "1층의 z는 1층의 w 곱하기 0층의 a 더하기 1층의 b")  # fmt: skip
    assert heard(a) == ("layer 1's a equals sigma of layer 1's z", "1층의 a는 시그마 1층의 z")
    assert heard(d["W", 2].component.formula) == (
        "layer 1's a times sigma prime of layer 2's z times partial J by layer 2's a",
        "1층의 a 곱하기 시그마 프라임 2층의 z 곱하기 2층의 a에 대한 J의 편미분")
    assert heard(d.writer().quantity(d["W", 2].record.quantity)) == (
        "partial J by layer 2's w", "2층의 w에 대한 J의 편미분")


def test_indices_sums_and_matrices() -> None:
    d = chain("n0-n1-n2")
    assert heard(d["a", 1].component.formula) == (
        "the sum over j from 1 to n sub 2 of layer 2's w sub j i times sigma prime of layer 2's z sub j times"
        " partial J by layer 2's a sub j",
        "합, j는 1부터 n 2까지, 2층의 w j i 곱하기 시그마 프라임 2층의 z j 곱하기 2층의 a j에 대한 J의 편미분")
    matrix = d["W", 2].matrix
    assert matrix is not None
    assert heard(matrix.formula) == ("layer 2's d b times layer 1's a transposed", "2층의 d b 곱하기 1층의 a의 전치")
    loss = d.writer().definition(d.forward.equations[-1])
    assert speech(loss, "ko").endswith("괄호 열고, 2층의 a j 빼기 y j, 괄호 닫고 제곱")


@pytest.mark.parametrize(("word", "expected"), [
    ("z", "는"), ("l", "은"), ("n", "은"), ("w j i", "는"), ("1", "은"), ("2", "는"), ("값", "은"), ("시그마", "는"),
    ("3", "은"), ("4", "는"), ("J", "는"), ("L", "은"),
])
def test_korean_particles_follow_the_sound(word: str, expected: str) -> None:
    assert topic(word) == expected


def test_both_languages_say_the_same_things() -> None:
    assert set(WORDS["en"]) == set(WORDS["ko"])
    assert set(SIGNS["en"]) == set(SIGNS["ko"])
    for key in WORDS["en"]:
        slots = [set(re.findall(r"\{(\w+)\}", WORDS[lang][key])) - {"topic"} for lang in LANGS]
        assert slots[0] == slots[1], key
    assert set(GREEK) - set(NAMES["ko"]) == set()
    assert set(OPERATORS) - {"⏟"} <= {*SIGNS["en"], "∂"}


@pytest.mark.parametrize("lang", LANGS)
def test_no_sign_is_left_unsaid(lang: Lang) -> None:
    """Nothing a voice stumbles over: no bracket, no operator, no blank in the wrong place."""
    for formula in every_formula():
        said = speech(formula, lang)
        assert said == re.sub(r"\s+", " ", said).strip()
        assert not re.search(r"[\[\]{}()=+−·×⊙⊗∑∏′^_\\|⟨⟩≤≥]", said.replace("(2)", "")), said
        assert " ," not in said


@pytest.mark.parametrize("kind", ["attention", "layernorm", "lstm", "maxpool", "conv2d"])
def test_every_kind_is_said_in_both_languages(kind: str) -> None:
    d = sb.derive(sb.Network.from_toml(example_toml(KINDS[kind].example)))
    for chapter in d:
        english, korean = heard(chapter.component.formula)
        assert english
        assert re.search("[가-힣]", korean) or not re.search(r"\b(times|plus|equals|partial)\b", english)
        assert not re.search(r"\b(times|plus|equals|partial|layer|sum)\b", korean), korean
