"""Characters and their LaTeX commands, and the escaping of words in both."""

from __future__ import annotations

import re

_GREEK = """
alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ
mu μ nu ν xi ξ pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω
Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω ell ℓ hbar ℏ nabla ∇ infty ∞
partial ∂
""".split()  # noqa: SIM905 (a table to read)
GREEK: dict[str, str] = dict(zip(_GREEK[::2], _GREEK[1::2], strict=True))
"""Name to character: ``sigma`` to σ."""

TRANSPOSE, BOLD_ONE = "𝖳", "𝟏"
TRANSPOSES = (TRANSPOSE, "T", "⊤")
"""Signs of the transpose in the courses."""
_LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BOLD = {letter: chr(0x1D400 + k) for k, letter in enumerate(_LATIN)} | {"ŷ": "𝐲\u0302", "Ŷ": "𝐘\u0302"}
PLAIN = {bold: letter for letter, bold in _BOLD.items()}
"""Bold letters, as code points, to the letters they are."""
IDENTS: dict[str, str] = {char: "\\" + name for name, char in GREEK.items()} | {
    TRANSPOSE: r"\mathsf{T}",
    "⊤": r"\top",
    BOLD_ONE: r"\mathbf{1}",
    "′": r"\prime",
    "ŷ": r"\hat{y}",
    "Ŷ": r"\hat{Y}",
} | {bold: rf"\mathbf{{{letter}}}" for bold, letter in PLAIN.items() if letter.isascii()} | {
    _BOLD["ŷ"]: r"\hat{\mathbf{y}}", _BOLD["Ŷ"]: r"\hat{\mathbf{Y}}",
}
OPERATORS: dict[str, str] = {
    "−": "-", "·": r"\cdot", "×": r"\times", "⊙": r"\odot", "⊗": r"\otimes", "∘": r"\circ", "≤": r"\le", "≥": r"\ge",
    "≠": r"\ne", "≈": r"\approx", "≝": r"\overset{\mathrm{def}}{=}", "←": r"\leftarrow", "→": r"\rightarrow",
    "∑": r"\sum", "∏": r"\prod", "∧": r"\land", "∨": r"\lor", "¬": r"\lnot", "…": r"\dots", "⋯": r"\cdots",
    "′": "'", "″": "''", "•": r"\bullet", "∈": r"\in", "∂": r"\partial", "⏟": r"\underbrace", "*": "*",
}
FUNCTIONS = frozenset(
    "log ln exp sin cos tan cot sec csc sinh cosh tanh coth arctan arcsin arccos max min det".split()  # noqa: SIM905
)
"""Function names that LaTeX has a command for."""
BIG = frozenset("∑∏")

_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "$": r"\$", "#": r"\#", "&": r"\&", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
}
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ue000-\uf8ff\ufffe\uffff]+"
)


def clean(words: str) -> str:
    """Words without control characters; what separates lines becomes a blank. Holes cannot be forged."""
    return _UNPRINTABLE.sub(" ", words)


def tex_words(words: str) -> str:
    """Words for the inside of ``\\text{}``: nothing in them is a command."""
    return "".join(_TEX.get(char, char) for char in clean(words))


def emboldened(name: str) -> str:
    """A letter in bold, as a code point; any other name stays."""
    return _BOLD.get(name, name)


def hole(kind: str, shift: int, medium: str) -> str:
    """The token of a place that is filled for each layer, in private-use characters that no name may hold."""
    return f"\ue000{kind[0]}{medium}{shift:+d}\ue001"


HOLE = re.compile("\ue000([ls])([LMT])([+-]\\d+)\ue001")
