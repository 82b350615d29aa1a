r"""Marks: the tokens of a formula as people type it, in LaTeX and in plain text, in Unicode and in ASCII.

``\odot``, ``⊙`` and ``.*`` are one sign; fonts and spacing are nothing; ``w⁽²⁾`` is ``w^{(2)}``. Where each
stood is kept.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from symbackprop.language.errors import SyntaxProblem, nearest
from symbackprop.syntax.idioms import idiom, painted

LONGEST, MOST, DIGITS = 10_000, 4_000, 50
split = str.split
_GREEK = dict(zip(
    split("alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho sigma "
    "tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega ell"),
    "αβγδεεζηθθικλμνξπρστυφφχψωΓΔΘΛΞΠΣΦΨΩl", strict=True))  # fmt: skip
GREEK = {sign: name for name, sign in _GREEK.items() if sign != "l" and not name.startswith("var")}
_SIGNS = {
    "cdot": "·", "odot": "⊙", "circ": "⊙", "bullet": "⊙", "ast": "*", "otimes": "⊗", "times": "×", "star": "*",
    "partial": "∂", "nabla": "∇", "sum": "∑", "prime": "'", "top": "⊤", "intercal": "⊤", "le": "<=", "leq": "<=",
    "ge": ">=", "geq": ">=", "lt": "<", "gt": ">", "leftarrow": "←", "gets": "←", "triangleq": "=", "coloneqq": "←",
    "equiv": "=", "dots": "…", "ldots": "…", "cdots": "…", "lVert": "‖", "rVert": "‖", "|": "‖", "Vert": "‖",
    "lvert": "|", "rvert": "|", "vert": "|", "{": "(", "}": ")", "lbrack": "[", "rbrack": "]", "lbrace": "(",
    "rbrace": ")", "langle": "<", "rangle": ">", "infty": "∞", "colon": ":", "to": "→", "implies": "⇒",
    "Rightarrow": "⇒", "Longrightarrow": "⇒", "in": "∈", "div": "/", "slash": "/", "underline": "",
    "\\": "\\\\", "hadamard": "⊙", "part": "∂",
}  # fmt: skip
_ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "bar": "\u0304",
            "overline": "\u0304"}  # fmt: skip
_FONTS = frozenset(
    split("mathbf boldsymbol bm vec mathrm text mathit operatorname mathsf mathcal textbf mathbb textrm mathtt pmb "
    "rm bf it symbf textit mbox mathfrak mathscr textsf cal")
)
_NOTHING = frozenset(
    split("left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr displaystyle textstyle limits "
    "nolimits , ; : ! quad qquad nonumber notag > thinspace middle ( ) [ ] scriptstyle strut relax noindent "
    "boxed large Large LARGE small normalsize footnotesize space hfill mathstrut mathopen mathclose mathrel mathbin")
) | {" "}
_WORDS = frozenset(split("exp log ln sqrt tanh max min sin cos erf diag softmax sinh cosh sgn det tr"))
FRACTIONS = frozenset({"frac", "tfrac", "dfrac", "cfrac"})
_ONE = re.compile(r"\\(?:mathbb|mathbf|boldsymbol|bm|mathds|bbone|mathrm)\s*(?:\{\s*(?:1|I)\s*\}|1)")
_SKIPPED = re.compile(r"\\(?:tag\*?|label|hspace\*?|vspace\*?)\s*\{[^{}]*\}|\\(?:begin|end)\s*\{(?:aligned|align\*?|"
                      r"gather\*?|gathered|equation\*?|split|multline\*?|eqnarray\*?|displaymath|math)\}(?:\[[a-z]\])?")
_CALLED = re.compile(r"\\(?:text|operatorname|mathrm)\{(?P<call>np\.[a-z]+)\}")
_TOKEN = re.compile(
    r"(?P<space>\s+|~|\$+|&)|(?P<number>\d+(?:\.(?:\d+|(?=\s*[/)]|\s+[-+*]\s)))?(?:[eE][+-]\d{1,3})?|\.\d+)|(?P<command>\\(?:[A-Za-z]+|.|$))"
    r"|(?P<call>(?:np|numpy|torch|F|math)\.[A-Za-z_]\w*)"
    r"|(?P<transposed>\.T(?![A-Za-z])|\.t\(\)|\.mT\b|\.(?:transpose|permute|swapaxes)\((?:\s*-?\d\s*,\s*-?\d\s*)?\))"
    r"|(?P<method>\.(?:dot|sum|mean|mm|matmul)(?=\())"
    r"|(?P<word>[A-Za-z]+)|(?P<letter>[^\W\d_])|(?P<sign>\*\*|<=|>=|==|:=|<-|->|\.[*/^]|\.\.\.?|[-+*/^_()\[\]{},=<>'@|;:.])"
)
_CHARS = {
    "⊙": "⊙", "∘": "⊙", "•": "⊙", "○": "⊙", "◦": "⊙", "⊗": "⊗", "·": "·", "⋅": "·", "×": "×", "∗": "*", "−": "-",
    "–": "-",
    "∂": "∂", "∇": "∇", "∑": "∑", "′": "'", "’": "'", "″": "''", "⊤": "⊤", "≤": "<=", "≥": ">=", "←": "←", "≔": "←",
    "‖": "‖", "∥": "‖", "√": "√", "…": "…", "⋯": "…", "÷": "/", "≡": "=", "≜": "=", "𝟙": "𝟙", "𝟏": "𝟙", "∈": "∈",
    "⇒": "⇒",
    "→": "→", "∞": "∞", "，": ",", "；": ";", "（": "(", "）": ")", "＝": "=", "｜": "|",
}  # fmt: skip
_SAME = {"**": "^", ".*": "⊙", "./": "/", ".^": "^", ":=": "←", "<-": "←", "...": "…", "..": "…"}
_VALUES = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅛": "1/8"}
_UPPER = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵀᵗˡᴸⁿⁱʲᵏᵐ⁼", "0123456789+-()TtlLnijkm=", strict=True))
_LOWER = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ᵢⱼₖₗₘₙₜₚ", "0123456789+-()ijklmntp", strict=True))


@dataclass(frozen=True)
class Mark:
    """``kind``: number, word (letters, and the digits right behind them), sign, command, end. ``near``: nothing, not
    even a space, before it."""

    kind: str
    text: str
    at: int
    end: int
    near: bool = False


def marks(text: str) -> list[Mark]:
    """The tokens of a formula, with an end. Raises SyntaxProblem at the first character that is none."""
    if len(text) > LONGEST:
        raise SyntaxProblem(f"a formula of {len(text):,} characters; the limit is {LONGEST:,}", text[:80], 0)
    found: list[Mark] = []
    at, near = 0, False
    nothing = painted(text) if "\\" in text else {}
    while at < len(text):
        end = nothing.get(at) or _scripts(text, at, found) or _skipped(text, at) or _one(text, at, found)
        end = end or _idiom(text, at, near, found)
        if not end:
            end = _mark(text, at, near, found)
        near = end > at and bool(found) and found[-1].end == end
        at = end
        if len(found) > MOST:
            raise SyntaxProblem(f"more than {MOST:,} marks in one formula", text, at - 1)
    return [*found, Mark("end", "", len(text), len(text))]


def _skipped(text: str, at: int) -> int:
    match = _SKIPPED.match(text, at) if text[at] == "\\" else None
    return match.end() if match else 0


def _idiom(text: str, at: int, near: bool, found: list[Mark]) -> int:
    """A word of somebody's code."""
    made = idiom(text, at) if "\\" not in text else None
    if made is None:
        return 0
    pieces, end = made
    found += [Mark(kind, word, at, end, near and not k) for k, (kind, word) in enumerate(pieces)]
    return end


def _one(text: str, at: int, found: list[Mark]) -> int:
    call = _CALLED.match(text, at) if text[at] == "\\" else None
    if call is not None:
        found.append(Mark("call", call["call"], at, call.end()))
        return call.end()
    match = _ONE.match(text, at) if text[at] == "\\" else None
    if match is None:
        return 0
    found.append(Mark("word", "𝟙", at, match.end()))
    return match.end()


def _scripts(text: str, at: int, found: list[Mark]) -> int:
    """A run of Unicode superscripts or subscripts: ``⁽²⁾`` is ``^{(2)}``."""
    for table, sign in ((_UPPER, "^"), (_LOWER, "_")):
        end = at
        while end < len(text) and text[end] in table:
            end += 1
        if end == at:
            continue
        found += [Mark("sign", sign, at, at), Mark("sign", "{", at, at)]
        plain = "".join(table[c] for c in text[at:end])
        for match in re.finditer(r"\d+|.", plain):
            kind = "number" if match[0].isdigit() else "word" if match[0].isalpha() else "sign"
            found.append(Mark(kind, match[0], at + match.start(), at + match.end()))
        found.append(Mark("sign", "}", end, end))
        return end
    return 0


def _mark(text: str, at: int, near: bool, found: list[Mark]) -> int:
    char = text[at]
    if char == "Σ" and text.startswith("_", at + 1):  # a sum in our own plain text; without bounds it is a function
        found.append(Mark("sign", "∑", at, at + 1, near))
        return at + 1
    if char in _CHARS or char in _VALUES:
        kind = "number" if char in _VALUES else "word" if _CHARS.get(char) == "𝟙" else "sign"
        found.append(Mark(kind, _VALUES.get(char) or _CHARS[char], at, at + 1, near))
        return at + 1
    match = _TOKEN.match(text, at)
    if match is None:
        raise SyntaxProblem(f"'{char}' has no meaning in a formula", text, at)
    kind, shown, end = str(match.lastgroup), match.group(), match.end()
    if kind == "command":
        return _command(text, match, near, found)
    if kind == "number" and len(shown) > DIGITS:
        raise SyntaxProblem(f"a number of more than {DIGITS} digits", text, at)
    if kind in ("word", "letter"):
        end = _word(text, at, end)
        found.append(Mark("word", _composed(text[at:end]), at, end, near))
    elif kind == "transposed":
        found.append(Mark("sign", "⊤", at, end, near))
    elif kind != "space":
        sign = _SAME.get(shown, shown)
        found.append(Mark("sign" if kind == "sign" else kind, sign, at, end, near))
    return end


def _word(text: str, at: int, end: int) -> int:
    """Letters with the accents and digits right behind them: ``ŷ``, ``W2``; ``hidden_layer`` is one word."""
    if text.startswith("_layer", end):
        end += len("_layer")
    while end < len(text) and "\u0300" <= text[end] <= "\u036f":
        end += 1
    while end < len(text) and text[end].isascii() and text[end].isdigit():
        end += 1
    return end


_BOLD = r"\\(?:mathbf|boldsymbol|bm|mathrm|vec)\s*"
_ACCENTED = re.compile(rf"\s*(?:(?:{_BOLD})?(\\[A-Za-z]+|[A-Za-z])|\{{\s*(?:{_BOLD})?(\\[A-Za-z]+|[A-Za-z])\s*\}}"
                       rf"|\{{\s*{_BOLD}\{{\s*(\\[A-Za-z]+|[A-Za-z])\s*\}}\s*\}})")
_FORMED = {"ŷ": "y\u0302", "Ŷ": "Y\u0302", "x̂": "x\u0302", "ℓ": "l", "ℒ": "L", "ϕ": "φ", "ϵ": "ε", "𝐿": "L", "ϑ": "θ"}


def _composed(word: str) -> str:
    return "".join(_FORMED.get(plain := _upright(c), plain) for c in word)


def _upright(char: str) -> str:
    """The letter of which 𝑊, 𝐖 or ℎ is a mathematical shape."""
    return unicodedata.normalize("NFKC", char) if "\U0001d400" <= char <= "\U0001d7ff" or char == "ℎ" else char


def _command(text: str, match: re.Match[str], near: bool, found: list[Mark]) -> int:
    name, at, end = match.group()[1:], match.start(), match.end()
    if name in _NOTHING or name in _FONTS:
        return end + 1 if name in ("left", "right", "middle") and text[end : end + 1] == "." else end
    if name in _ACCENTS:
        accented = _ACCENTED.match(text, end)
        if accented is None:
            raise SyntaxProblem(f"\\{name} stands over one letter", text, at)
        under = accented[1] or accented[2] or accented[3]
        letter = _GREEK.get(under[1:], under)
        found.append(Mark("word", letter + _ACCENTS[name], at, accented.end(), near))
        return accented.end()
    if name in _GREEK:
        found.append(Mark("word", _GREEK[name], at, end, near))
    elif name in _SIGNS:
        found.append(Mark("sign", _SIGNS[name], at, end, near))
    elif name in _WORDS:
        found.append(Mark("word", name, at, end, near))
    elif name in FRACTIONS:
        found.append(Mark("command", "frac", at, end, near))
    else:
        known = [*_GREEK, *_SIGNS, *_WORDS, *FRACTIONS, *_FONTS, *_ACCENTS]
        raise SyntaxProblem(f"the command \\{name} is not known here", text, at, nearest(name, known))
    return end
