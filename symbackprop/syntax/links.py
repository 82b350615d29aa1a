"""Rows of a text: where one formula ends and the next begins, chains, opening words, conditions on the layer."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from symbackprop.language.errors import SyntaxProblem
from symbackprop.syntax.grammar import Parser
from symbackprop.syntax.marks import Mark
from symbackprop.syntax.tree import Node

GENERAL = ("l", "k")
"""Letters that stand for any layer."""
_OPENING = frozenset("let define where so hence thus then and therefore with".split())  # noqa: SIM905
_CONDITION = frozenset(("for", "if", "when", "forall", "∀"))


@dataclass
class Link:
    """One ``left = right`` of a row."""

    left: Node
    right: Node
    sign: str
    let: bool
    condition: list[Mark]
    starts: bool = True


def chains(text: str, every: list[Mark]) -> Iterator[Link | SyntaxProblem]:
    """The links of every row; of a row that cannot be parted into any, what is wrong with it."""
    last: Node | None = None
    for part in _rows(every):
        row, condition, let = _conditioned(part)
        if not row:
            continue
        try:
            links = _chain(text, row, condition, let, last)
        except SyntaxProblem as problem:
            last = None
            yield problem
            continue
        last = links[-1].right
        yield from links


def _chain(text: str, row: list[Mark], condition: list[Mark], let: bool, last: Node | None) -> list[Link]:
    parser = Parser(text, [*row, Mark("end", "", row[-1].end, row[-1].end)])
    goes_on = parser.sees("=", "←") and last is not None
    left = last if goes_on and last is not None else parser.sum()
    links: list[Link] = []
    while parser.sees("=", "←", "=="):
        sign = parser.mark.text
        parser.k += 1
        right = parser.sum()
        links.append(Link(left, right, sign, let, condition, not links and not goes_on))
        left = right
    if not links:
        raise parser.problem("expected '=' but found " + parser.shown())
    parser.end()
    return links


def general(node: Node, names: tuple[str, ...] = ()) -> set[str]:
    """The general labels in the scripts of a tree."""
    if node.kind == "name" and node.value == "n" and len(node.scripts) == 1 and names:
        return set()  # n_l of UFLDL is the last layer
    found = {node.value} & set(names) if node.kind == "name" else set()
    for s in node.scripts:
        inside = GENERAL if s.kind in ("label", "paren", "bare") else GENERAL[:1] if len(s.nodes) == 1 else ()
        for n in s.nodes:
            found |= general(n, inside)
    for arg in node.args:
        found |= general(arg, names)
    return found


def summed(node: Node) -> set[str]:
    found: set[str] = set()
    if node.kind == "sum":
        for s in node.scripts:
            for n in s.nodes:
                found |= names_in(n.args[0] if n.kind == "relation" else n)
    for arg in node.args:
        found |= summed(arg)
    return found


def _rows(every: list[Mark]) -> list[list[Mark]]:
    """The marks of each formula: rows of an environment, parts behind ``;`` and commas."""
    rows: list[list[Mark]] = [[]]
    depth = 0
    for mark, after in itertools.pairwise(every):
        if mark.text == "." and after.near and mark.kind == "sign":  # of a name or a number: no full stop
            rows[-1].append(mark)
            continue
        if mark.kind == "sign":
            depth += (mark.text in ("(", "[", "{")) - (mark.text in (")", "]", "}"))
            if depth <= 0 and mark.text in ("\\\\", ";", ",", "⇒", ".", "→"):
                if mark.text == "," and rows[-1]:
                    rows[-1].append(mark)
                else:
                    rows.append([])
                continue
        rows[-1].append(mark)
    return [part for row in rows for part in _commas(row)]


def _commas(row: list[Mark]) -> list[list[Mark]]:
    """A row parted at its outer commas; but a condition behind one stays with its formula."""
    parts: list[list[Mark]] = [[]]
    depth = 0
    for k, mark in enumerate(row):
        depth += (mark.text in ("(", "[", "{")) - (mark.text in (")", "]", "}"))
        if mark.kind == "sign" and mark.text == "," and depth <= 0:
            after = row[k + 1 :]
            if _is_condition(after) or any(m.text in _CONDITION for m in parts[-1]) or _conditions_in(parts[-1]):
                parts[-1].append(mark)
            elif any(m.text in ("=", "←") for m in after) or not after:
                parts.append([])
            else:
                parts[-1].append(mark)
            continue
        parts[-1].append(mark)
    return [p for p in parts if p]


def _is_condition(row: list[Mark]) -> bool:
    return len(row) > 2 and row[0].text in GENERAL and row[1].text in ("=", "<", ">", "<=", ">=", "∈")


def _conditions_in(row: list[Mark]) -> bool:
    return any(m.text == "," for m in row)


def _conditioned(row: list[Mark]) -> tuple[list[Mark], list[Mark], bool]:
    """A row without its opening words and without its condition, and these."""
    let = False
    while len(row) > 1 and (row[0].text if row[0].text not in "{}" else row[1].text).lower() in _OPENING | {"{", "}"}:
        if row[0].text in "{}":
            close = next((k for k, m in enumerate(row) if m.text == "}"), 0)
            if any(m.text.lower() not in _OPENING for m in row[1:close]):
                break
            let = let or any(m.text.lower() in ("let", "define", "where", "with") for m in row[1:close])
            row = row[close + 1 :]
            continue
        let = let or row[0].text.lower() in ("let", "define", "where", "with")
        row = row[1:]
    for k, mark in enumerate(row):
        if mark.text == "∈" and k and _is_space(row[k + 1 :]):
            return _stripped(row[:k]), [], let
        if mark.kind == "word" and mark.text in _CONDITION:
            return _stripped(row[:k]), row[k + 1 :], let
        if mark.text in (",", "(") and _is_condition(row[k + 1 :]) and k:
            return _stripped(row[:k]), row[k + 1 :], let
    return _stripped(row), [], let


def _is_space(row: list[Mark]) -> bool:
    """Is it where the whole lies, ℝ^{m × n}?"""
    return bool(row) and next(m for m in row if m.text != "{").text in ("R", "ℝ") and not any(
        m.text in ("=", "←", "∑", "∂") for m in row) if any(m.text != "{" for m in row) else False


def _stripped(row: list[Mark]) -> list[Mark]:
    """Without punctuation at the end, and without empty braces of text."""
    while row and row[-1].text in (",", ".", ";", ":", "{"):
        row = row[:-1]
    return row


def names_in(node: Node) -> set[str]:
    found = {node.value} if node.kind == "name" else set()
    for arg in node.args:
        found |= names_in(arg)
    return found


def allowed(link: Link, name: str, depth: int) -> set[int] | None:
    """The layers that a condition speaks of: ``l = L``, ``l = 1, …, L``, ``l < L``."""
    marks_ = [m for m in link.condition if m.text not in ("for", "if", "when", "forall", "∀", "all", "any", "(", ")",
                                                           "{", "}", ",", "each", "every", "layer", "layers")]
    if not marks_ or marks_[0].text != name or len(marks_) < 3:
        return None
    numbers: list[int] = []
    k = 2
    while k < len(marks_):
        text = marks_[k].text
        value = depth if text == "L" else int(text) if text.isdigit() else None
        if value is None:
            k += 1
            continue
        if k + 2 < len(marks_) and marks_[k + 1].text in "+-" and marks_[k + 2].text.isdigit():
            value += int(marks_[k + 1].text + marks_[k + 2].text)
            k += 2
        numbers.append(value)
        k += 1
    sign = marks_[1].text
    if not numbers:
        return None
    if sign == "=" and any(m.text == "…" for m in marks_):
        return set(range(min(numbers), max(numbers) + 1))
    if sign == "=":
        return set(numbers)
    limit = numbers[0]
    return {n for n in range(depth + 2) if {"<": n < limit, ">": n > limit, "<=": n <= limit,
                                            ">=": n >= limit}.get(sign, True)}
