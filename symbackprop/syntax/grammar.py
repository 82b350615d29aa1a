"""Marks to a tree that does not yet know what its names mean: products are rows of factors, scripts are kept apart.

    link    = sum (("=" | "←") sum)*              sum    = ["+" | "-"] product (("+" | "-") product)*
    product = factor ([sign] factor)*             factor = ["∂" | "-"] atom script*
    atom    = number | word | "(" … ")" | "{" … "}" | fraction | "∑" script* product | "∇" script* factor | "‖" sum "‖"
"""

from __future__ import annotations

from dataclasses import replace

from symbackprop.language.errors import SyntaxProblem
from symbackprop.syntax.marks import Mark
from symbackprop.syntax.tree import Node, Script

DEEPEST, MOST = 100, 250
PRODUCTS = frozenset("* ⊙ ⊗ · × @ /".split())  # noqa: SIM905
RELATIONS = frozenset("< > <= >= == = ← ∈".split())  # noqa: SIM905
_ORDERS = frozenset("< > <= >=".split())  # noqa: SIM905
_PLAIN = frozenset("Σ∂·⊙•ᵀδ")
"""Signs of plain text: there braces are only brackets around a subscript."""
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class Parser:
    """Reads marks from left to right. Every mark is consumed, or it is a SyntaxProblem."""

    def __init__(self, text: str, marks: list[Mark]) -> None:
        self.text, self.marks, self.k, self.depth = text, list(marks), 0, 0
        self.open: list[str] = []
        self.latex = "\\" in text or ("{" in text and not _PLAIN & set(text))

    @property
    def mark(self) -> Mark:
        return self.marks[self.k]

    def problem(self, what: str, at: int | None = None, hint: str = "") -> SyntaxProblem:
        return SyntaxProblem(what, self.text, min(self.mark.at if at is None else at, len(self.text)), hint)

    def sees(self, *signs: str) -> bool:
        return self.mark.kind == "sign" and self.mark.text in signs

    def take(self, *signs: str) -> Mark | None:
        mark = self.mark
        if not self.sees(*signs):
            return None
        self.k += 1
        return mark

    def expect(self, sign: str) -> Mark:
        mark = self.take(sign)
        if mark is None:
            raise self.problem(f"expected '{sign}' but found {self.shown()}")
        return mark

    def shown(self) -> str:
        if self.mark.kind == "end":
            return "the end of the formula"
        return f"'{self.text[self.mark.at : self.mark.end] or self.mark.text}'"

    def end(self) -> None:
        if self.mark.kind != "end":
            raise self.problem(f"{self.shown()} does not belong here")

    @property
    def _before(self) -> int:
        return self.marks[self.k - 1].end if self.k else 0

    def sum(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.problem(f"nested more than {DEEPEST} deep")
        at, terms = self.mark.at, [self._signed()]
        while self.sees("+", "-"):
            terms.append(self._signed())
            if len(terms) > MOST:
                raise self.problem(f"more than {MOST} terms in one sum")
        self.depth -= 1
        return terms[0] if len(terms) == 1 else Node("add", at, self._before, args=tuple(terms))

    def _signed(self) -> Node:
        sign = self.take("+", "-")
        if sign is not None and self.sees("+", "-"):
            raise self.problem(f"two signs in a row: {self.shown()}")
        product = self.product()
        return product if sign is None or sign.text == "+" else Node("neg", sign.at, product.end, args=(product,))

    def product(self) -> Node:
        factors, signs = [self._factor()], list[str]()
        while True:
            sign = self.take(*PRODUCTS)
            if sign is None and not self._begins():
                break
            if sign is not None and self.sees("-", "+"):
                factors.append(self._minus())
            else:
                factors.append(self._factor())
            signs.append(sign.text if sign else "")
            if len(signs) > MOST:
                raise self.problem(f"more than {MOST} factors in one product")
        first, last = factors[0], factors[-1]
        return first if not signs else Node("product", first.at, last.end, args=tuple(factors), signs=tuple(signs))

    def _minus(self) -> Node:
        sign = self.take("-", "+")
        assert sign is not None
        factor = self._factor()
        return factor if sign.text == "+" else Node("neg", sign.at, factor.end, args=(factor,))

    def _begins(self) -> bool:
        if self.mark.kind in ("number", "word", "command", "call", "method"):
            return True
        if self.sees("‖", "|"):
            return self.mark.text not in self.open
        return self.sees("(", "{", "[", "∑", "∂", "∇", "√")

    def _factor(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.problem(f"nested more than {DEEPEST} deep")
        node = self._atom()
        node = self._scripted(node)
        self.depth -= 1
        return node

    def _atom(self) -> Node:
        mark = self.mark
        if mark.kind == "number":
            self.k += 1
            return Node("number", mark.at, mark.end, mark.text, near=mark.near)
        if mark.kind in ("word", "call", "method"):
            self.k += 1
            return Node("name" if mark.kind == "word" else mark.kind, mark.at, mark.end, mark.text, near=mark.near)
        if mark.kind == "command":
            self.k += 1
            top, bottom = self._argument(), self._argument()
            return Node("fraction", mark.at, self._before, args=(top, bottom))
        if self.sees("(", "{", "["):
            return self._group()
        if self.sees("∂", "√"):
            self.k += 1
            if mark.text == "∂" and self.sees("_"):  # ∂_{o_j} l
                return self._big(taken=mark)
            scripts = self._scripts() if mark.text == "∂" and self.sees("^") else ()
            if mark.text == "∂" and self.sees("}"):  # \frac{\partial}{\partial w} J
                return Node("d", mark.at, mark.end, scripts=scripts)
            inner = self._factor()
            return Node("d" if mark.text == "∂" else "root", mark.at, inner.end, args=(inner,), scripts=scripts)
        if self.sees("∑", "∇"):
            return self._big()
        if self.sees("‖", "|"):
            self.k += 1
            self.open.append(mark.text)
            inner = self.sum()
            self.open.pop()
            self.expect(mark.text)
            return Node("norm" if mark.text == "‖" else "absolute", mark.at, self._before, args=(inner,))
        raise self.problem(f"expected a number, a name or '(' but found {self.shown()}")

    def _big(self, taken: Mark | None = None) -> Node:
        mark = taken or self.mark
        self.k += taken is None
        scripts = self._scripts()
        body = self.product() if mark.text == "∑" else self._factor()
        kind = "sum" if mark.text == "∑" else "nabla"
        return Node(kind, mark.at, body.end, args=(body,), scripts=scripts)

    def _group(self) -> Node:
        mark = self.mark
        self.k += 1
        inside, self.open = self.open, []
        items = [self._relation()]
        while mark.text != "{" and self.take(",", ";"):
            items.append(self._relation())
        self.open = inside
        self.expect(_CLOSING[mark.text])
        node = Node("group", mark.at, self._before, mark.text, tuple(items), near=mark.near)
        # {W^{[2]}} is W^{[2]}; braces say nothing
        plain = mark.text == "{" and len(items) == 1 and items[0].kind in ("name", "group", "number")
        return replace(items[0], at=mark.at, end=self._before) if plain else node

    def _relation(self) -> Node:
        left = self.sum()
        if not self.sees(*RELATIONS):
            return left
        sign = self.mark.text
        self.k += 1
        sides, signs = [left, self.sum()], [sign]
        while sign in _ORDERS and self.sees(*_ORDERS):  # 1 <= i <= n
            signs.append(self.mark.text)
            self.k += 1
            sides.append(self.sum())
        if len(signs) > 1:
            return Node("chain", left.at, sides[-1].end, args=tuple(sides), signs=tuple(signs))
        return Node("relation", left.at, sides[1].end, sign, tuple(sides))

    def _argument(self) -> Node:
        r"""What ``\frac`` takes: braces, or one mark; of ``\frac12`` one digit each."""
        mark = self.mark
        if self.sees("{"):
            return self._group()
        if mark.kind == "number" and len(mark.text) > 1 and mark.text.isdigit():
            self.marks[self.k] = replace(mark, text=mark.text[1:], at=mark.at + 1)
            return Node("number", mark.at, mark.at + 1, mark.text[0])
        return self._atom()

    def _mark(self) -> Node:
        """What a bare ^ or _ takes: in LaTeX one letter, in plain text a word; T is one anywhere."""
        mark = self.mark
        if mark.kind == "word" and len(mark.text) > 1 and mark.text.isascii() and mark.text[0].isalpha() and (
            self.latex or mark.text[0] == "T"
        ):
            self.marks[self.k] = replace(mark, text=mark.text[1:], at=mark.at + 1)
            return Node("name", mark.at, mark.at + 1, mark.text[0])
        return self._atom()

    # what stands above and below

    def _scripted(self, node: Node) -> Node:
        scripts = self._scripts(node)
        return replace(node, scripts=(*node.scripts, *scripts), end=self._before) if scripts else node

    def _scripts(self, node: Node | None = None) -> tuple[Script, ...]:
        found: list[Script] = []
        while True:
            if self.take("^"):
                found += self._above()
            elif self.take("_"):
                found.append(Script("below", self._below()))
            elif self.sees("'", "''"):
                found += [Script("prime")] * len(self.mark.text)
                self.k += 1
            elif self.take("⊤"):
                found.append(Script("transpose"))
            elif node is not None and node.kind == "name" and self.sees("[") and self.mark.near and node.value != "𝟙":
                found.append(Script("bracket", self._bracket()))
            else:
                return tuple(found)

    def _bracket(self) -> tuple[Node, ...]:
        self.expect("[")
        nodes = [self.sum()] if not self.sees(":") else [self._slice()]
        while self.take(","):
            nodes.append(self.sum() if not self.sees(":") else self._slice())
        self.expect("]")
        return tuple(nodes)

    def _slice(self) -> Node:
        raise self.problem("a slice ':' is not read", hint="write the entry with an index, W[2][j,i]")

    def _above(self) -> list[Script]:
        mark = self.mark
        if self.sees("'", "''", "⊤", "*", "∗"):
            self.k += 1
            return [Script("transpose")] if mark.text == "⊤" else [Script("prime")] * len(mark.text)
        if not self.take("{"):
            if self.sees("(", "[", "<"):
                return [self._labelled()]
            minus = self.take("-")
            node = self._mark()
            if minus is not None:
                node = Node("neg", minus.at, node.end, args=(node,))
            return [_one(node)]
        found: list[Script] = []
        while not self.sees("}"):
            if self.mark.kind == "end":
                raise self.problem("expected '}' but found the end of the formula")
            found += self._inside_above()
        self.expect("}")
        if not found:
            raise self.problem("nothing stands in the braces", mark.at)
        return found

    def _inside_above(self) -> list[Script]:
        if self.sees("'", "''"):
            self.k += 1
            return [Script("prime")] * len(self.marks[self.k - 1].text)
        if self.take("⊤"):
            return [Script("transpose")]
        if self.take(","):
            return []
        if self.take("{"):  # {\mathsf{T}}
            inner: list[Script] = []
            while not self.sees("}") and self.mark.kind != "end":
                inner += self._inside_above()
            self.expect("}")
            return inner
        if self.sees("[", "<") or (self.sees("(") and self._alone()):
            return [self._labelled()]
        if self.sees("}"):
            return []
        node = self.sum()
        factors = node.args if node.kind == "product" and set(node.signs) == {""} else (node,)
        found: list[Script] = []
        for factor in factors:  # 2T, l', L\top
            if factor.kind == "group" and factor.value in ("[", "("):
                found.append(Script("label" if factor.value == "[" else "paren", factor.args))
            else:
                primes = tuple(s for s in factor.scripts if s.kind in ("prime", "transpose"))
                found += [_one(replace(factor, scripts=())), *primes] if primes else [_one(factor)]
        return found

    def _alone(self) -> bool:
        """Does the bracket that opens here close right before the end, another bracket, a T or a prime?"""
        depth, k = 0, self.k
        while k < len(self.marks):
            depth += {"(": 1, ")": -1}.get(self.marks[k].text, 0)
            k += 1
            if depth == 0:
                break
        after = self.marks[min(k, len(self.marks) - 1)]
        return after.text in ("}", "(", "[", "'", "''", "⊤", "T", "<", "{", ",")

    def _labelled(self) -> Script:
        mark = self.mark
        self.k += 1
        kind, closing = {"[": ("label", "]"), "(": ("paren", ")"), "<": ("time", ">")}[mark.text]
        node = self.sum()
        self.expect(closing)
        return Script(kind, (node,))

    def _below(self) -> tuple[Node, ...]:
        if not self.take("{"):
            minus = self.take("-")
            if minus is not None:
                raise self.problem("a subscript of several marks stands in braces: _{t-1}")
            if self.sees("(", "["):
                return self._group().args
            return (self._mark(),)
        nodes = [self._relation()]
        while self.take(","):
            nodes.append(self._relation())
        self.expect("}")
        return tuple(nodes)


def _one(node: Node) -> Script:
    if node.kind == "name" and node.value == "T" and not node.scripts:
        return Script("transpose", (node,))
    return Script("bare", (node,))
