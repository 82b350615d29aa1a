"""What is said of a formula in Korean holds no English words, and no particle stands behind a slot."""

from __future__ import annotations

import re

import pytest

import symbackprop as sb
from symbackprop.documents.messages import localised
from symbackprop.documents.reading_words import READING

CASES = (
    ("notes", r"\frac{\partial J}{\partial w^{[2]}_{ij}} = a^{[1]}_i \sigma'(z^{[2]}_j) da^{[2]}_j"),
    ("notes", r"da^{[1]} = W^{[2]} db^{[2]}"),
    ("notes", r"dW^{[2]} = a^{[1]} \otimes db^{[2]}"),
    ("notes", r"db^{[2]} = \sigma'(z^{[1]}) \odot da^{[2]}"),
    ("notes", r"\frac{\partial J}{\partial a^{[1]}_i} = w^{[2]}_{ji} \frac{\partial J}{\partial z^{[2]}_j}"),
    ("notes", r"dW = dz x"), ("notes", r"db^{[2]} = q"), ("notes", r"W^{[1]} \leftarrow W^{[1]} - dW^{[1]}"),
    ("notes", r"\frac{\partial J}{\partial a^{[1]}_i} = \sum_k \frac{\partial J}{\partial z^{[2]}_i}"),
    ("nielsen", r"\delta^l = (w^{l+1} \delta^{l+1}) \odot \sigma'(z^l)"),
    ("nielsen", r"\delta^L = (y - a^L) \odot \sigma'(z^L)"),
    ("ng", "dZ1 = np.dot(W2, dZ2)"), ("ng", "dW2 = dZ2 @ A1.T"),
)
_ENGLISH = re.compile(r"\b(?:the|is|and|runs|over|stands|side|of|it|are|does|write|layer|for|gives|formula)\b")


@pytest.mark.parametrize(("notation", "formula"), CASES)
def test_what_is_said_of_a_formula_is_korean(notation: str, formula: str) -> None:
    for verdict in sb.check("3-4-2", formula, notation=notation):
        said = localised(" | ".join((verdict.detail.split("\n")[0], *verdict.choices)), "ko")
        assert not _ENGLISH.search(said), said
        assert re.search("[가-힣]", said) or not said.strip(" |"), said


@pytest.mark.parametrize("korean", [korean for _, korean in READING])
def test_no_particle_follows_a_slot_that_may_end_in_any_sound(korean: str) -> None:
    assert not re.search(r"\\\d(?:은|는|이|가|을|를|와|과|으로|로)(?![가-힣])", korean)
