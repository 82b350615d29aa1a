"""The sentences of mistakes."""

from __future__ import annotations

from collections.abc import Mapping

from symbackprop.documents.blocks import Lang


def sentence(kind: str, words: Mapping[str, str], lang: Lang) -> str:
    """What is the matter, in one sentence; a kind that has none yet is said by its key."""
    return kind
