"""Formulas as verdicts have them, set in type: text in the names of the record (``dJ/dW[2][j,i] = …``), and the LaTeX
of a formula put right, with brackets no taller than what they hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from symbackprop.notation.typed import typed_mathml

_TOKEN = re.compile(
    r"d(?P<of>[A-Z]\w*|s)/d(?P<by>[^\W\d]\w*)(?P<byat>(?:\[[^][]*\])*)"
    r"|sum\((?P<over>\w+),|(?P<call>[^\W\d]\w*)(?P<primes>'*)(?=\()|(?P<slope>[^\W\d]\w*'+)"
    r"|(?P<name>[^\W\d]\w*)(?P<at>(?:\[[^][]*\])*)(?P<turn>\^T(?!\w)|ᵀ)?|(?P<number>\d+(?:\.\d+)?)(?:e(?P<ten>-?\d+))?"
    r"|(?P<turned>\^T(?!\w)|ᵀ)|(?P<sign>:=|<=|>=|[-+*/@⊙⊗=(),^−<>×])|(?P<space> +)")
_GREEK = frozenset("alpha beta gamma delta epsilon eta lambda mu nu sigma theta tau phi rho".split())  # noqa: SIM905
_CALLS: Mapping[str, str] = {"sigmoid": r"\sigma", "exp": r"\exp", "log": r"\log", "tanh": r"\tanh", "sin": r"\sin",
                             "cos": r"\cos", "delta": r"\delta"}  # fmt: skip
_SIGNS: Mapping[str, str] = {"*": r"\cdot", "@": r"\,", "⊙": r"\odot", "⊗": r"\otimes", "−": "-", "<=": r"\le",
                             ">=": r"\ge", "×": r"\times"}  # fmt: skip
_NAME = re.compile(r"(?<![\w\]])[^\W\d]\w*'*(?:\[[\w, +-]+\])+(?:ᵀ|\^T(?!\w))?")
_FRACTION = re.compile(r"\\frac\{(\\partial \\?\w+)\}\{(\\partial (?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_SLASH = '<mo lspace="0em" rspace="0em">/</mo>'
_TALL = re.compile(r"\\left\(((?:(?!\\left|\\right|\\frac|\\sum).)*)\\right\)")
_TURNED = re.compile(r"\{(\w+|\\\w+)\^\{([^{}]*)\}\}\^\{T\}")


def set_in_type(text: str, within: bool = False) -> str | None:
    """The MathML of a formula in the names of the record; None where it holds what has no print here. ``within`` a
    sentence ∂J/∂a lies on its side."""
    latex = latex_of(text)
    if latex is None:
        return None
    shown = typed_mathml(_FRACTION.sub(r"\1/\2", latex) if within else latex, not within)
    return shown and shown.replace("<mo>∂</mo>", '<mi mathvariant="normal">∂</mi>').replace("<mo>/</mo>", _SLASH)


def names_in(text: str) -> Iterator[tuple[str, bool]]:
    """A text in pieces, each with whether it is a name of the record such as ``W[2]ᵀ``."""
    at = 0
    for found in _NAME.finditer(text):
        yield text[at : found.start()], False
        yield found.group(), True
        at = found.end()
    yield text[at:], False


def latex_of(text: str) -> str | None:
    """``\\frac{\\partial J}{\\partial W^{[2]}_{ji}} = …``: each token in its own print, none left over."""
    made: list[str] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            return None
        made.append(_token(found))
        at = found.end()
    return " ".join(made)


def _token(found: re.Match[str]) -> str:
    part = found.groupdict()
    if part["by"]:
        return rf"\frac{{\partial {_letter(part['of'])}}}{{\partial {_name(part['by'], part['byat'])}}}"
    if part["over"]:
        return rf"\sum_{{{part['over']}}} ("
    if part["call"] or part["slope"]:
        name, primes = (part["call"], part["primes"]) if part["call"] else (part["slope"].rstrip("'"), "'")
        return _CALLS.get(name, rf"\operatorname{{{name}}}") + primes
    if part["name"]:
        shown = _name(part["name"], part["at"])
        return shown if not part["turn"] else f"({shown})^{{T}}" if "^" in shown else f"{shown}^{{T}}"
    if part["number"]:
        ten = part["ten"]
        if not ten:
            return f"{{{part['number']}}}"
        return ("" if part["number"] == "1" else rf"{{{part['number']}}}\cdot ") + f"{{10}}^{{{int(ten)}}}"
    if part["turned"]:
        return "^{T}"
    sign = part["sign"] or ""
    return _SIGNS.get(sign, sign)


def _letter(letter: str) -> str:
    if letter in _GREEK:
        return f"\\{letter}"
    return letter if len(letter) == 1 or re.fullmatch(r"d[A-Za-z]", letter) else rf"\mathrm{{{letter}}}"


def _name(name: str, brackets: str) -> str:
    """``W_{q}[1][e,i]`` as W with its layer above, what stands below it below; a target has no layer."""
    letter, _, below = name.partition("_")
    groups = re.findall(r"\[([^][]*)\]", brackets)
    labelled = bool(groups) and letter != "y" and (len(groups) > 1 or not re.fullmatch(r"[a-z]", groups[0])
                                                   or groups[0] == "l")  # fmt: skip
    label = groups.pop(0) if labelled else ""
    above = f"^{{[{_letter(label) if label.isalpha() else label}]}}" if labelled else ""
    indices = [i for group in groups for i in group.replace(" ", "").split(",")]
    close = "" if all(len(i) == 1 for i in indices) else ","
    lower = ",".join(p for p in (below, close.join(indices)) if p)
    return _letter(letter) + above + (f"_{{{lower}}}" if lower else "")


def repaired(latex: str) -> str:
    """LaTeX of a formula put right: brackets are tall round fractions and sums only, ``(a^{[1]})^T`` for a letter with
    two exponents."""
    return _TALL.sub(r"(\1)", _TURNED.sub(r"(\1^{\2})^{T}", latex))
