"""Index formulas as text: ``z[j] = sum(i, W[j,i]*a[i]) + b[j]`` becomes a tree that knows where each part stood.

    equation = sum "=" sum                  relation = sum (("<" | "<=" | ">" | ">=" | "==") sum)?
    sum      = product (("+" | "-") product)*
    product  = signed (("*" | "/") signed)*
    signed   = "-" signed | power           power = atom (("^" | "**") signed)?
    atom     = number | "(" relation ")" | name "'"* "(" relation, … ")" | name ("[" sum, … "]")*
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from symbackprop.language.errors import SyntaxProblem

LONGEST, DEEPEST, HIGHEST, DIGITS = 10_000, 100, 250, 50
_TOKEN = re.compile(r"(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?|\.\d+(?:[eE][+-]?\d{1,3})?)"
                    r"|(?P<name>[^\W\d]\w*)|(?P<sign>\*\*|<=|>=|==|[-+*/^()\[\],=<>'′])|(?P<space>\s+)")  # fmt: skip


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class Node:
    """``kind`` is a sign (``+ - * / ^ < == neg``), ``number``, ``call`` or ``ref``; ``groups`` are a ref's brackets."""

    kind: str
    at: int
    value: str | Fraction = ""
    args: tuple[Node, ...] = ()
    groups: tuple[tuple[Node, ...], ...] = ()
    height: int = field(default=0, init=False, compare=False)

    def __post_init__(self) -> None:
        inside = (*self.args, *(n for group in self.groups for n in group))
        object.__setattr__(self, "height", 1 + max((n.height for n in inside), default=0))


def tokens(text: str) -> list[Token]:
    """The tokens of a formula, with an end. Raises SyntaxProblem at the first character that is none."""
    if len(text) > LONGEST:
        raise SyntaxProblem(f"a formula of {len(text):,} characters; the limit is {LONGEST:,}", text[:80], 0)
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise SyntaxProblem(f"'{text[at]}' has no meaning in a formula", text, at)
        if match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match.group(), at))
        at = match.end()
    return [*found, Token("end", "", len(text))]


def parse_equation(text: str) -> tuple[Node, Node]:
    """Left and right side. Raises SyntaxProblem with line, column and caret."""
    parser = _Parser(text)
    left = parser.sum()
    parser.expect("=")
    right = parser.relation()
    parser.end(right)
    return left, right


def parse_expression(text: str) -> Node:
    """A formula without ``=``."""
    parser = _Parser(text)
    node = parser.relation()
    parser.end(node)
    return node


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.k, self.depth = text, tokens(text), 0, 0

    @property
    def token(self) -> Token:
        return self.tokens[self.k]

    def problem(self, what: str, at: int | None = None, hint: str = "") -> SyntaxProblem:
        return SyntaxProblem(what, self.text, self.token.at if at is None else at, hint)

    def take(self, *signs: str) -> Token | None:
        token = self.token
        if token.text in signs and token.kind == "sign":
            self.k += 1
            return token
        return None

    def expect(self, sign: str) -> Token:
        token = self.take(sign)
        if token is None:
            raise self.problem(f"expected '{sign}' but found {self._shown()}")
        return token

    def end(self, node: Node) -> None:
        if self.token.kind != "end":
            raise self.problem(f"{self._shown()} does not belong here")
        if node.height > HIGHEST:  # a row of 300 terms is a tree 300 high, and trees are read by recursion
            raise self.problem(f"more than {HIGHEST} operations, one upon another", node.at)

    def _shown(self) -> str:
        return "the end of the formula" if self.token.kind == "end" else f"'{self.token.text}'"

    def relation(self) -> Node:
        left = self.sum()
        sign = self.take("<", "<=", ">", ">=", "==")
        return Node(sign.text, sign.at, args=(left, self.sum())) if sign else left

    def sum(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.problem(f"nested more than {DEEPEST} deep")
        node = self.product()
        while sign := self.take("+", "-"):
            node = Node(sign.text, sign.at, args=(node, self.product()))
        self.depth -= 1
        return node

    def product(self) -> Node:
        node = self.signed()
        while sign := self.take("*", "/"):
            node = Node(sign.text, sign.at, args=(node, self.signed()))
        return node

    def signed(self) -> Node:
        signs = []
        while sign := self.take("-", "+"):
            signs.append(sign)
        node = self.power()
        negative = sum(s.text == "-" for s in signs) % 2
        return Node("neg", signs[0].at, args=(node,)) if negative else node

    def power(self) -> Node:
        base = self.atom()
        sign = self.take("^", "**")
        if sign is None:
            return base
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.problem(f"nested more than {DEEPEST} deep")
        node = Node("^", sign.at, args=(base, self.signed()))
        self.depth -= 1
        return node

    def atom(self) -> Node:
        token = self.token
        if token.kind == "number":
            self.k += 1
            return self._number(token)
        if token.kind == "name":
            self.k += 1
            return self._named(token)
        if self.take("("):
            node = self.relation()
            self.expect(")")
            return node
        raise self.problem(f"expected a number, a name or '(' but found {self._shown()}")

    def _number(self, token: Token) -> Node:
        if len(token.text) > DIGITS:
            raise self.problem(f"a number of more than {DIGITS} digits", token.at)
        return Node("number", token.at, Fraction(token.text))

    def _named(self, token: Token) -> Node:
        primes = ""
        while self.take("'", "′"):
            primes += "'"
        if self.take("("):
            args = [self.relation()]
            while self.take(","):
                args.append(self.relation())
            self.expect(")")
            return Node("call", token.at, token.text + primes, tuple(args))
        if primes:
            raise self.problem("a derivative such as σ' is written with its argument, σ'(z)", token.at)
        groups = []
        while self.take("["):
            inside = [self.sum()]
            while self.take(","):
                inside.append(self.sum())
            self.expect("]")
            groups.append(tuple(inside))
        return Node("ref", token.at, token.text, groups=tuple(groups))
