"""The characters that our formulas can hold, and what a browser makes of them: a letter by itself is set in italics.

The font on a page holds these and no more; ``benchmarks/font.py`` cuts it to them.
"""

from __future__ import annotations

import string

from symbackprop.notation.glyphs import BOLD_ONE, GREEK, OPERATORS, TRANSPOSE

_LATIN = string.ascii_uppercase + string.ascii_lowercase
_GREEK = "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡϴΣΤΥΦΧΨΩ∇αβγδεζηθικλμνξοπρςστυφχψω∂ϵϑϰϕϱϖ"
"""In the order of Unicode's mathematical alphabets."""
_ITALIC = {char: chr(0x1D434 + k) for k, char in enumerate(_LATIN)} | {"h": "ℎ"}
_ITALIC |= {char: chr(0x1D6E2 + k) for k, char in enumerate(_GREEK)}
_BOLD = {char: chr(0x1D400 + k) for k, char in enumerate(_LATIN)}
_BOLD |= {char: chr(0x1D6A8 + k) for k, char in enumerate(_GREEK)} | {str(k): chr(0x1D7CE + k) for k in range(10)}
_SIGNS = "·⋅×⊙⊗∘•∗≤≥≠≈≡≝∼∝←→⇒↦∑∏∫∧∨¬∈∉∅∀∃…⋯⋮⋱′″‴√∞ℓℏ‖∣⟨⟩⌊⌋⌈⌉±∓÷⊤ℝ𝔼𝟙ℒ𝓛ˆ˜¯ŷ●✓⏟⏞ı𝚤ȷ𝚥°\u0302\u0303\u0304\u00a0"
"""What is on the page beside letters and digits: operators, brackets, accents, and the dot of the map of reuse."""


def italic(char: str) -> str:
    """The character a browser sets for ``<mi>`` with a single letter in it."""
    return _ITALIC.get(char, char)


def characters() -> frozenset[str]:
    """Every character our prints of formulas can come to, as it is set."""
    letters = {*string.printable.strip(), *_LATIN, *_GREEK, *GREEK.values(), *OPERATORS, TRANSPOSE, BOLD_ONE, *_SIGNS}
    return frozenset(letters | {italic(c) for c in letters} | set(_BOLD.values()))
