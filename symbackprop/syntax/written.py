"""Terms to text: plain, in the names of the record, and LaTeX in the letters of a course."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import sympy as sp

from symbackprop.language.claim import Term
from symbackprop.language.notation import Notation
from symbackprop.syntax.marks import GREEK

Write: TypeAlias = Callable[[Term], str]
_LOW, _PRODUCT, _HIGH = 0, 1, 2
_LEVEL = {"add": _LOW, "neg": _LOW, "scale": _PRODUCT, "hadamard": _PRODUCT, "matmul": _PRODUCT, "outer": _PRODUCT,
          "divide": _PRODUCT, "sum": _PRODUCT}  # fmt: skip


def written_plain(term: Term) -> str:
    """The term as one line of text, ``(a[2][j] - y[j])/2 * sigma'(z[2][j])``."""
    return _plain(term, _LOW)


def _plain(term: Term, level: int) -> str:
    shown = _PLAIN.get(term.kind, _plain_leaf)(term)
    own = _LEVEL.get(term.kind, _HIGH)
    return f"({shown})" if own < level else shown


def _at(indices: tuple[sp.Expr, ...]) -> str:
    return f"[{','.join(str(i).replace(' ', '') for i in indices)}]" if indices else ""


def _plain_leaf(term: Term) -> str:
    kind = term.kind
    if kind == "number":
        return str(term.number) if term.number.denominator == 1 else f"({term.number})"
    if kind == "quantity":
        return term.name + _at(term.indices)
    if kind == "adjoint":
        return f"d{term.of}/d{term.name}{_at(term.indices)}"
    if kind == "partial":
        return "d{}/d{}".format(*(a.name + _at(a.indices) for a in term.args))
    if kind == "size":
        return str(term.size)
    if kind == "index":
        return str(term.indices[0])
    if kind == "ones":
        return "ones"
    if kind == "delta":
        return f"delta({term.indices[0]}, {term.indices[1]})"
    if kind == "bracket":
        sides, signs = [str(i) for i in term.indices], term.name.split()
        return "[" + sides[0] + "".join(f" {s} {i}" for s, i in zip(signs, sides[1:], strict=True)) + "]"
    if kind == "largest":
        return f"argmax({', '.join(map(str, term.indices))}, {_plain(term.args[0], _LOW)})"
    if kind == "winner":
        return f"[{', '.join(map(str, term.indices))} = {_plain(term.args[0], _LOW)}]"
    if kind == "transpose":
        return _plain(term.args[0], _HIGH) + "^T"
    if kind == "power":
        return f"{_plain(term.args[0], _HIGH)}^{_plain(term.args[1], _HIGH)}"
    if kind == "apply":
        return f"{term.name}({_plain(term.args[0], _LOW)})"
    if kind == "diag":
        return f"diag({_plain(term.args[0], _LOW)})"
    if kind == "column":
        return f"{_plain(term.args[0], _HIGH)}[:,{str(term.indices[0]).replace(' ', '')}]"
    name = "np.mean" if term.mean else "np.sum"
    return f"{name}({_plain(term.args[0], _LOW)}, axis={term.axis})"


def _plain_add(term: Term) -> str:
    parts = [_plain(term.args[0], _LOW)]
    for arg in term.args[1:]:
        parts.append(f"- {_plain(arg.args[0], _PRODUCT)}" if arg.kind == "neg" else f"+ {_plain(arg, _PRODUCT)}")
    return " ".join(parts)


def _plain_row(sign: str) -> Write:
    def write(term: Term) -> str:
        shown = [_plain(a, _HIGH if a.kind in ("sum", "neg", "add") or k else _PRODUCT)
                 for k, a in enumerate(term.args)]
        return sign.join(shown)
    return write


def _plain_sum(term: Term) -> str:
    body = _plain(term.args[0], _LOW)
    for i in reversed(term.indices):
        body = f"sum({i}, {body})"
    return body


_PLAIN: dict[str, Write] = {
    "add": _plain_add, "neg": lambda t: f"-{_plain(t.args[0], _PRODUCT)}", "scale": _plain_row(" * "),
    "hadamard": _plain_row(" ⊙ "), "matmul": _plain_row(" @ "), "outer": _plain_row(" ⊗ "),
    "divide": lambda t: f"{_plain(t.args[0], _PRODUCT)}/{_plain(t.args[1], _HIGH)}", "sum": _plain_sum,
}  # fmt: skip


def written(term: Term, notation: Notation) -> str:
    """The term in LaTeX, in the letters and with the labels of a course."""
    return _Latex(notation).write(term, _LOW)


def written_claim(left: Term, right: Term, notation: Notation) -> str:
    """``left = right`` in LaTeX."""
    pen = _Latex(notation)
    return f"{pen.write(left, _LOW)} = {pen.write(right, _LOW)}"


def _typed(place: sp.Expr) -> str:
    """An index as people type it, ``2 u + i - 2``."""
    return str(place).replace("*", " ")


_COMMANDS = {"exp": r"\exp", "log": r"\log", "tanh": r"\tanh", "sigmoid": r"\sigma", "sin": r"\sin", "cos": r"\cos"}


class _Latex:
    def __init__(self, notation: Notation) -> None:
        self.notation = notation
        self.rows = notation.batch == "rows"

    def write(self, term: Term, level: int) -> str:
        shown = str(getattr(self, "_" + term.kind)(term))
        own = _LEVEL.get(term.kind, _HIGH)
        return rf"\left({shown}\right)" if own < level else shown

    def _number(self, term: Term) -> str:
        n = term.number
        return str(n) if n.denominator == 1 else rf"\frac{{{n.numerator}}}{{{n.denominator}}}"

    def _size(self, term: Term) -> str:
        shown = str(term.size)
        if not shown.startswith("n["):
            return shown
        label = shown[2:-1]
        return f"n_{{{int(label) + self.notation.shift if label.isdigit() else label}}}"

    def _index(self, term: Term) -> str:
        return str(term.indices[0])

    def _letter(self, letter: str) -> str:
        shown = self.notation.writes.get(letter, letter)
        names = {name: name for name in GREEK.values()}
        return f"\\{shown}" if shown in names else shown if len(shown) == 1 else rf"\mathrm{{{shown}}}"

    def name(self, name: str, indices: tuple[sp.Expr, ...] = (), turned: bool = False) -> str:
        """``W^{(2)}_{ji}``; entries of weights that are written (in, out) turn their indices."""
        letter, _, label = name.partition("[")
        if self.notation.transposed and len(indices) == 2 and letter == "W":
            indices = indices[::-1]
        if name == "a[0]" and self.notation.writes.get("a", "a") != "a":
            letter, label = "x", ""
        if name == "y" or letter == "y":
            return self._letter("y") + self._below("", indices)
        if not label:
            return self._letter(letter) + self._below("", indices)
        label = label.removesuffix("]")
        shift = self.notation.weight_shift if letter in "Wb" else self.notation.shift
        shown = str(int(label) + shift) if label.isdigit() else rf"\mathrm{{{label}}}"
        mark = self.notation.mark
        if mark == "below":
            return self._letter(letter) + self._below(shown, indices)
        above = {"[]": f"[{shown}]", "()": f"({shown})", "bare": shown}[mark]
        return f"{self._letter(letter)}^{{{above}}}{self._below('', indices)}"

    def _below(self, label: str, indices: tuple[sp.Expr, ...]) -> str:
        parts = [str(i).replace(" ", "") for i in indices]
        joined = "".join(parts) if all(len(p) == 1 for p in parts) else ",".join(parts)
        shown = ",".join(p for p in (label, joined) if p)
        return f"_{{{shown}}}" if shown else ""

    def _quantity(self, term: Term) -> str:
        return self.name(term.name, term.indices) + self._turn(term)

    def _turn(self, term: Term, transposed: bool = False) -> str:
        """The T on a whole array: what a course writes the other way round has it where the record has not."""
        if term.indices or not isinstance(term, Term):
            return ""
        letter = term.name.partition("[")[0]
        other = (letter == "W" and self.notation.transposed) or (letter != "W" and self.rows and letter not in "JL")
        return "^{T}" if other != transposed else ""

    def _adjoint(self, term: Term) -> str:
        inner = rf"\frac{{\partial {self._letter(term.of)}}}{{\partial {self.name(term.name, term.indices)}}}"
        turn = self._turn(term)
        return rf"\left({inner}\right){turn}" if turn else inner

    def _partial(self, term: Term) -> str:
        top, bottom = (self.name(a.name, a.indices) for a in term.args)
        return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"

    def _transpose(self, term: Term) -> str:
        inner = term.args[0]
        if inner.kind in ("quantity", "adjoint") and not inner.indices:
            bare = self.name(inner.name) if inner.kind == "quantity" else (
                rf"\frac{{\partial {self._letter(inner.of)}}}{{\partial {self.name(inner.name)}}}")
            turn = self._turn(inner, transposed=True)
            held = f"{{{bare}}}" if inner.kind == "quantity" else rf"\left({bare}\right)"
            return held + turn if turn else bare
        return rf"\left({self.write(inner, _LOW)}\right)^{{T}}"

    def _neg(self, term: Term) -> str:
        return "-" + self.write(term.args[0], _PRODUCT)

    def _add(self, term: Term) -> str:
        parts = [self.write(term.args[0], _LOW)]
        for arg in term.args[1:]:
            neg = arg.kind == "neg"
            parts.append(("- " if neg else "+ ") + self.write(arg.args[0] if neg else arg, _PRODUCT))
        return " ".join(parts)

    def _row(self, term: Term, sign: str) -> str:
        return sign.join(self.write(a, _PRODUCT if a.kind == "divide" or (k == 0 and a.kind in ("matmul", "scale"))
                                    else _HIGH) for k, a in enumerate(term.args))

    def _scale(self, term: Term) -> str:
        return self._row(term, r" \, ")

    def _matmul(self, term: Term) -> str:
        return self._row(term, r" \, ")

    def _hadamard(self, term: Term) -> str:
        sign = {"⊙": r"\odot", "•": r"\bullet", "*": "*"}.get(self.notation.product, r"\odot")
        return self._row(term, f" {sign} ")

    def _outer(self, term: Term) -> str:
        return self._row(term, r" \otimes ")

    def _divide(self, term: Term) -> str:
        return rf"\frac{{{self.write(term.args[0], _LOW)}}}{{{self.write(term.args[1], _LOW)}}}"

    def _power(self, term: Term) -> str:
        base, exponent = term.args
        shown = self.write(base, _LOW)
        plain = base.kind == "number" and base.number >= 0 and base.number.denominator == 1
        above = str(exponent.number) if exponent.kind == "number" else self.write(exponent, _LOW)
        return f"{shown}^{{{above}}}" if plain else rf"\left({shown}\right)^{{{above}}}"

    def _apply(self, term: Term) -> str:
        stem = term.name.rstrip("'")
        primes = "'" * (len(term.name) - len(stem))
        inner = self.write(term.args[0], _LOW)
        if stem == "sqrt":
            return rf"\sqrt{{{inner}}}"
        command = _COMMANDS.get(stem, rf"\operatorname{{{stem}}}")
        return rf"{command}{primes}\left({inner}\right)"

    def _sum(self, term: Term) -> str:
        signs = " ".join(rf"\sum_{{{i}}}" for i in term.indices)
        return f"{signs} {self.write(term.args[0], _PRODUCT)}"

    def _total(self, term: Term) -> str:
        name = "mean" if term.mean else "sum"
        return rf"\operatorname{{np.{name}}}({self.write(term.args[0], _LOW)}, axis={term.axis})"

    def _diag(self, term: Term) -> str:
        return rf"\operatorname{{diag}}\left({self.write(term.args[0], _LOW)}\right)"

    def _column(self, term: Term) -> str:
        return f"{{{self.write(term.args[0], _HIGH)}}}^{{({str(term.indices[0]).replace(' ', '')})}}"

    def _ones(self, term: Term) -> str:
        return r"\mathbf{1}"

    def _bracket(self, term: Term) -> str:
        signs = [{"<=": r"\le", ">=": r"\ge"}.get(s, s) for s in term.name.split()]
        rest = "".join(f" {s} {i}" for s, i in zip(signs, map(_typed, term.indices[1:]), strict=True))
        return f"[{_typed(term.indices[0])}{rest}]"

    def _largest(self, term: Term) -> str:
        below = "".join(map(str, term.indices))
        return rf"\operatorname{{argmax}}_{{{below}}} ({self.write(term.args[0], _LOW)})"

    def _winner(self, term: Term) -> str:
        return f"[{', '.join(map(_typed, term.indices))} = {self.write(term.args[0], _LOW)}]"

    def _delta(self, term: Term) -> str:
        between = "" if all(i.is_Symbol for i in term.indices) else ","
        return rf"\delta_{{{between.join(map(_typed, term.indices))}}}"
