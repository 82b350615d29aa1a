"""Naming the mistake: planted into the tool's own results, each has to be caught, and nine in ten called by name."""

from __future__ import annotations

import numpy as np
import pytest

from symbackprop.documents.mistakes import SENTENCES, sentence, slots
from symbackprop.verify.mistakes import KINDS


def test_every_kind_has_a_sentence_in_both_languages() -> None:
    assert set(KINDS) == set(SENTENCES)
    assert all(ko != en and any("가" <= c <= "힣" for c in ko) for ko, en in SENTENCES.values())


@pytest.mark.parametrize("kind", KINDS)
def test_every_slot_of_a_sentence_is_filled(kind: str) -> None:
    assert slots(kind) <= set(KINDS[kind])
    words = {name: f"<{name}>" for name in KINDS[kind]}
    for lang in ("ko", "en"):
        said = sentence(kind, words, lang)  # type: ignore[arg-type]
        assert "{" not in said and "…" not in said
        assert all(f"<{name}>" in said for name in slots(kind) if f"{{{name}}}" in SENTENCES[kind][lang == "en"])
