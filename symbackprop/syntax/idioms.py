r"""What people's code calls things, and what TeX only paints: each read as the formula it stands for.

``grads['W1']``, ``W1.grad``, ``grad_weight``, ``W1grad`` and ``dJdW1`` are derivatives; ``sigmoid_grad(z)`` is σ'(z);
``self.`` and ``\color{blue}`` are nothing. A text is gone through once; where each mark stood is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from symbackprop.language.errors import SyntaxProblem

Piece = tuple[str, str]
"""Kind and text of a mark."""

FUNCTIONS = "sigmoid|tanh|relu|ReLU|leaky_relu|softplus|sigma|elu|gelu|swish"
COUNTS = frozenset(
    "batch_size batch_num batchsize num_examples num_train num_samples num_data n_samples n_train n_examples".split()  # noqa: SIM905
)
"""Names for the number of the data."""
_NAME = r"[A-Za-z]\w*"
_START = r"(?:(?<![\w.])|(?<=self\.))"
_HELD = re.compile(rf"{_START}(?:self\.)?({_NAME})\[\s*(['\"])({_NAME})\2\s*\]")
_SELF = re.compile(rf"{_START}self\.(?=[A-Za-z_])")
_ATTRIBUTE = re.compile(rf"{_START}(?:self\.)?({_NAME})\.grad(?:\.data)?(?!\w)")
_PREFIXED = re.compile(rf"{_START}grad_({_NAME})(?!\w|\()")
_SUFFIXED = re.compile(rf"{_START}([A-Za-z]+\d*)_?grad(?![A-Za-z0-9_(])")
_QUOTIENT = re.compile(rf"{_START}d([JLCE])_?d([A-Z][A-Za-z]*\d*|[abzwhx]\d*)(?!\w)")
_SLOPE = re.compile(rf"{_START}({FUNCTIONS})(?:_?(?:grad|gradient|prime|deriv|derivative)|Prime|Gradient|Derivative)"
                    r"(?=\s*\()")
_SLOPE_BEFORE = re.compile(rf"{_START}d_?({FUNCTIONS})(?=\s*\()")
_COUNT = re.compile(rf"{_START}(?:{'|'.join(sorted(COUNTS, reverse=True))})(?!\w)")
_GREEK_WORD = re.compile(rf"{_START}([dD]?)delta(_?\d+)?(?![A-Za-z(\[])")
_HAT = re.compile(rf"{_START}([dD]?[xy])_?(?:[hH]at|norm)(\d*)(?!\w)")
_GRADIENTS = re.compile(r"d?grads?|gradients?|derivatives?|dparams", re.I)


def _gradient(name: str) -> str:
    """``dW1`` of ``W1``, of ``dW1`` and of ``output``."""
    name = {"output": "out", "outputs": "out"}.get(name, name)
    return name if re.fullmatch(r"[dD][A-Z]\w*|d[a-z]\d+|dout|db\d*", name) else f"d{name}"


def _held(match: re.Match[str]) -> list[Piece]:
    held, key = match[1], match[3]
    return [("word", _gradient(key) if _GRADIENTS.fullmatch(held) else key)]


def _quotient(match: re.Match[str]) -> list[Piece]:
    return [("sign", "("), ("word", f"d{match[1]}"), ("sign", "/"), ("word", f"d{match[2]}"), ("sign", ")")]


def _delta(match: re.Match[str]) -> list[Piece]:
    return [("word", f"{match[1]}δ{(match[2] or '').strip('_')}")]


def _hat(match: re.Match[str]) -> list[Piece]:
    return [("word", f"{match[1]}\u0302{match[2]}")]


def _sloped(match: re.Match[str]) -> list[Piece]:
    return [("word", match[1]), ("sign", "'")]


_IDIOMS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], list[Piece]]], ...] = (
    (_HELD, _held),
    (_ATTRIBUTE, lambda m: [("word", _gradient(m[1]))]),
    (_PREFIXED, lambda m: [("word", _gradient(m[1]))]),
    (_SUFFIXED, lambda m: [("word", _gradient(m[1]))]),
    (_SLOPE, _sloped), (_SLOPE_BEFORE, _sloped),
    (_QUOTIENT, _quotient),
    (_COUNT, lambda _: [("word", "N")]),
    (_GREEK_WORD, _delta), (_HAT, _hat),
    (_SELF, lambda _: []),
)  # fmt: skip


def idiom(text: str, at: int) -> tuple[list[Piece], int] | None:
    """The marks that a word of code at this place stands for, and where it ends."""
    if not (text[at].isascii() and text[at].isalpha()):
        return None
    for pattern, made in _IDIOMS:
        match = pattern.match(text, at)
        if match is not None:
            return made(match), match.end()
    return None


_BRACED = re.compile(r"\\(?:under|over)(?:brace|bracket|set)\b|\\stackrel\b")
_PAINTED = re.compile(r"\\(?:color|textcolor|colorbox|htmlClass|cssId|class)\s*(?:\[[^\[\]]*\])?\s*\{[^{}]*\}"
                      r"|\\[vh]?phantom\s*\{(?:[^{}]|\{[^{}]*\})*\}")
_AFTER = re.compile(r"\s*[_^]\s*")


def painted(text: str) -> dict[int, int]:
    """Where what TeX only paints begins and ends: colours, what stands under a brace, ``\\overset``'s upper part."""
    found = {m.start(): m.end() for m in _PAINTED.finditer(text)}
    for match in _BRACED.finditer(text):
        name, at = match[0], match.end()
        first = _closed(text, at)
        if name.endswith(("brace", "bracket")):
            after = _AFTER.match(text, first)
            if after is not None:
                found[first] = _closed(text, after.end())
            found[match.start()] = at
        else:  # what is set over or under comes first, what it stands on second
            found[match.start()] = first
    return found


def _closed(text: str, at: int) -> int:
    """The end of the argument that begins here: braces, or one mark."""
    while at < len(text) and text[at] == " ":
        at += 1
    if not text.startswith("{", at):
        command = re.compile(r"\\[A-Za-z]+|\\.|.").match(text, at)
        return command.end() if command else at
    depth = 0
    for k in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[k], 0)
        if depth == 0:
            return k + 1
    raise SyntaxProblem("this brace is never closed", text, at)
