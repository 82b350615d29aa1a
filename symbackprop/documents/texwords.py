"""Words in LaTeX: no character that a user typed is a command, and every one compiles under pdflatex and xelatex."""

from __future__ import annotations

import re
from unicodedata import normalize

from symbackprop.notation.glyphs import GREEK, clean

_ESCAPES = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
            "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
            ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\sbquote{}", "`": r"\textasciigrave{}"}  # fmt: skip
_SIGNS = {"●": r"\bullet", "•": r"\bullet", "≈": r"\approx", "−": "-", "→": r"\rightarrow", "←": r"\leftarrow",
          "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "×": r"\times", "·": r"\cdot", "⋅": r"\cdot",
          "≝": r"\overset{\mathrm{def}}{=}", "⁻": "^{-}", "′": "'", "√": r"\surd", "∑": r"\Sigma", "∈": r"\in",
          "⊙": r"\odot", "⊗": r"\otimes", "°": r"^{\circ}", "±": r"\pm", "÷": r"\div", "¬": r"\lnot",
          "⌊": r"\lfloor", "⌋": r"\rfloor", "✗": r"\times", "✓": r"\surd"}  # fmt: skip
_SIGNS |= {c: f"^{{{n}}}" for n, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {c: f"_{{{n}}}" for n, c in enumerate("₀₁₂₃₄₅₆₇₈₉")}
_SIGNS |= {char: rf"\{name}" for name, char in GREEK.items() if not char.isascii()}
_PUNCTUATION = {"…": r"\ldots{}", "—": "---", "–": "--", "“": "``", "”": "''", "‘": "`", "’": "'", "\xa0": "~"}
_UNSEEN = re.compile("[\xad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]")
_SAFE = re.compile(
    # what both font encodings of pdflatex have, and the Korean fonts
    "[ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿĆćČčĎďĚěĞğĹĺŁłŃńŇňŐőŒœŔŕŘřŚśŞşŠšŤťŮůŰűŸŹźŻżŽž"
    "가-힣ㄱ-ㅎㅏ-ㅣ、。「」『』〈〉《》]"
)
_FOREIGN = re.compile(r"[^\x00-\x7f]")
LONGEST, LONG = 24, 400
"""Characters of a word that need no place where it may be broken, and of words that stand in one line of the file."""


def escaped(words: str) -> str:
    """Words that a user typed, harmless; a very long word may be broken anywhere, and no line is too long for TeX."""
    shown = _UNSEEN.sub("", normalize("NFC", clean(words)))
    blank = " " if len(shown) <= LONG else " \n"
    return re.sub(r"\S+", lambda m: _word(m[0]), re.sub(r"\s+", blank, shown))


def code(words: str) -> str:
    """Words of a command: hyphens do not join, and a line may be broken behind one."""
    return escaped(words).replace("-", r"-\sbbreak{}")


def _word(word: str) -> str:
    shown = [_ESCAPES.get(c, c) for c in word]
    return "".join(shown) if len(shown) <= LONGEST else "\\sbbreak{}%\n".join(shown)


def portable(text: str) -> str:
    """A LaTeX text, ours or of a user, in which every character beyond ASCII is one that compiles."""
    return _FOREIGN.sub(lambda m: _portable(m[0]), _UNSEEN.sub("", normalize("NFC", text)))


def _portable(c: str) -> str:
    if c in _SIGNS:
        return rf"\ensuremath{{{_SIGNS[c]}}}"
    if c in _PUNCTUATION or _SAFE.match(c):
        return _PUNCTUATION.get(c, c)
    return rf"\sbglyph{{{ord(c):04X}}}"


HANGUL = re.compile("[가-힣ㄱ-ㅎㅏ-ㅣ、。「」『』〈〉《》]")
