"""Trees to terms: which factor is a function, which product is meant, what a sum runs over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Protocol

import sympy as sp

from symbackprop.language.claim import ANY, Term
from symbackprop.language.functions import Named
from symbackprop.language.quantity import Quantity, index
from symbackprop.syntax.calls import Calls
from symbackprop.syntax.context import Context, label_value
from symbackprop.syntax.naming import LOSSES, Stem
from symbackprop.syntax.products import Products, shaped
from symbackprop.syntax.references import Marks, entry, finish, mark_names, of_datum, quantity, reference, turned
from symbackprop.syntax.tree import Node

_WIDTHS = ("s", "d", "M", "N", "D", "K", "S")
"""Letters for how many units a layer has, beside n."""


class Defined(Protocol):
    """What an earlier line gave a name to."""

    def unfold(self, hand: Hand, node: Node) -> Term:
        """The term that the name stands for, with the scripts on it here."""


class Hand(Calls):
    """Types one equation. ``functions`` by name; ``defined`` are the names of earlier lines."""

    def __init__(self, context: Context, functions: Mapping[str, type[Named]], defined: Mapping[str, Defined]) -> None:
        self.context, self.functions, self.defined = context, functions, defined
        self.names, self.products = context.names, Products(context)

    def term(self, node: Node) -> Term:
        """The term of a tree. Raises SyntaxProblem."""
        made: Term = getattr(self, "_" + node.kind)(node)
        return made if made.end else replace(made, at=node.at, end=node.end)

    # atoms

    def _number(self, node: Node) -> Term:
        term = Term("number", number=Fraction(node.value), at=node.at, end=node.end)
        return self.raised(term, node.scripts)

    def _group(self, node: Node) -> Term:
        if len(node.args) == 1 and node.args[0].kind in ("relation", "chain"):
            return self.raised(self.indicator(node, node), node.scripts)
        if len(node.args) != 1:
            raise self.problem("these parentheses hold no single expression", node)
        return self.raised(self.term(node.args[0]), node.scripts)

    def _neg(self, node: Node) -> Term:
        return Term("neg", (self.term(node.args[0]),), at=node.at, end=node.end)

    def _add(self, node: Node) -> Term:
        return Term("add", tuple(self.term(a) for a in node.args), at=node.at, end=node.end)

    def _relation(self, node: Node) -> Term:
        raise self.problem("a comparison does not stand here", node)

    _chain = _relation

    def _root(self, node: Node) -> Term:
        return Term("apply", (self.term(node.args[0]),), name="sqrt", at=node.at, end=node.end)

    def _d(self, node: Node) -> Term:
        raise self.problem("∂ stands alone", node, "a derivative is written ∂J/∂w")

    def _call(self, node: Node) -> Term:
        raise self.problem(f"{node.value} stands without its argument", node)

    _method = _call

    def _norm(self, node: Node) -> Term:
        """‖u‖², the sum of squares."""
        squares = [s for s in node.scripts if s.kind == "bare"]
        below = [s for s in node.scripts if s.kind == "below" and s.nodes[0].value not in ("2", "F")]
        inner = self.term(node.args[0])
        if below or len(node.scripts) - len(squares) > 1:
            raise self.problem("only the Euclidean norm is read", node)
        total = Term("power", (inner, Term("number", number=Fraction(2))), at=node.at, end=node.end)
        for axis, n in enumerate(shaped(self.context.shapes, inner) or ()):
            total = Term("total", (total,), axis=axis) if n is not None else total
        if len(squares) == 1 and squares[0].nodes[0].value == "2":
            return total
        if squares:
            raise self.problem("a norm is read with the power 2, or with none", node)
        return Term("apply", (total,), name="sqrt", at=node.at, end=node.end)

    # names

    def _name(self, node: Node) -> Term:
        word = node.value
        if word in self.defined:
            return self.defined[word].unfold(self, node)
        plain = not node.scripts
        if plain and word in self.context.bound and self.names.stem(word) is None:
            return Term("index", indices=(index(word),), at=node.at, end=node.end)
        stem = self.names.stem(word)
        if word == "δ" and self._placed_delta(node, stem is not None):
            return self.delta(node.scripts[0].nodes, node)
        if stem is not None and not (word == "δ" and self._kronecker(node)):
            return reference(node, stem, self.context)
        found = self._special(node)
        if found is not None:
            return found
        pieces = self._pieces(node)
        if pieces:
            return self.term(pieces)
        if self.function(node) is not None:
            raise self.problem(f"{word} stands without its argument", node, f"write {word}'(z), with what it is of")
        raise self.problem(f"'{word}' is unknown here", node, self.names.nearest(word))

    def _kronecker(self, node: Node) -> bool:
        below = node.scripts[0].nodes if len(node.scripts) == 1 and node.scripts[0].kind == "below" else ()
        letters = "".join(n.value for n in below)
        return len(letters) == 2 and letters.isalpha() and "l" not in letters and "L" not in letters

    def _special(self, node: Node) -> Term | None:
        """Sizes, Kronecker's δ, e and π."""
        word, at, end = node.value, node.at, node.end
        if word == "𝟙" and not node.has("below"):
            usual = self.names.data is not None and not self.context.pick(2)
            return self.raised(Term("ones", size=self.names.data if usual else ANY, at=at, end=end), node.scripts)
        if word == "δ":
            letters = "".join(n.value for n in node.scripts[0].nodes)
            return Term("delta", indices=tuple(index(c) for c in letters), at=at, end=end)
        if word == "e" and not node.has("label", "below"):
            script = next((s for s in node.scripts if s.kind == "bare"), None)
            if script is not None:
                return Term("apply", (self.term(script.nodes[0]),), name="exp", at=at, end=end)
        if word == "I" and self._kronecker(node):
            return self._special(replace(node, value="δ"))
        if word == "𝟙" and node.has("below"):
            return self.indicator(node, Node("group", at, end, "(", node.scripts[0].nodes))
        if word in ("m", "N", "M", "B") and all(s.kind == "bare" for s in node.scripts):
            if self.names.data is None:
                raise self.problem(f"'{word}' is unknown here: this network is about one datum", node,
                                   "give the network a batch")
            return self.raised(Term("size", size=self.names.data, at=at, end=end), node.scripts)
        if word[:1] == "n" and (len(word) == 1 or word[1:].isdigit()):
            return self._size(node)
        first = node.scripts[0].nodes if len(node.scripts) == 1 else ()
        if word in _WIDTHS and first and label_value(first[0], self.context) is not None:
            return self._size(replace(node, value="n"))
        known = self.names.program.size_named(word)
        if known is not None and not node.scripts:
            return Term("size", size=known, at=at, end=end)
        return None

    def _size(self, node: Node) -> Term:
        values = [label_value(s.nodes[0], self.context) for s in node.scripts if s.nodes]
        if node.value[1:]:
            values.append(int(node.value[1:]))
        if len(values) != 1 or values[0] is None:
            raise self.problem("'n' is unknown here", node, "the number of units of a layer is n_2 or n^{[2]}, that of "
                               "the data m")
        size = self.names.size(values[0] - (0 if self.names.record or node.value[1:] else self.names.notation.shift))
        if size is None:
            raise self.problem("there is no such layer", node)
        return Term("size", size=size, at=node.at, end=node.end)

    def _pieces(self, node: Node) -> Node | None:
        """``Wa`` is W times a: a word of several known letters; scripts stand on the last."""
        word = node.value
        letters = [c for c in word if c != "\u0302"]
        if not 1 < len(letters) <= 4 or not all(self.names.stem(c) or c in "mNn" for c in letters):
            return None
        nodes = [Node("name", node.at + k, node.at + k + 1, c) for k, c in enumerate(letters)]
        nodes[-1] = replace(nodes[-1], scripts=node.scripts, end=node.end)
        return Node("product", node.at, node.end, args=tuple(nodes), signs=("",) * (len(nodes) - 1))

    # derivatives

    def differential(self, node: Node) -> Node | None:
        """``∂a``, ``da``, ``d a``: what stands behind the d."""
        while node.kind == "group" and len(node.args) == 1 and not node.scripts:
            node = node.args[0]
        if node.kind == "product":
            node = self._without_arguments(node)
            node = node.args[0] if len(node.args) == 1 else node
        if node.kind == "d" and not node.scripts and node.args:
            return node.args[0]
        if node.kind == "product" and node.signs == ("",) and node.args[0].kind == "name" and node.args[0].value == "d":
            return node.args[1]
        if node.kind == "name" and node.value[:1] == "d" and len(node.value) > 1:
            inner = replace(node, value=node.value[1:], at=node.at + 1)
            stem = self.names.stem(inner.value)
            return inner if stem is not None or inner.value in LOSSES or inner.value in self.defined else None
        return None

    def derivative(self, top: Node, bottom: Node, node: Node) -> Term:
        """``∂J/∂w``, or ``∂a/∂z``."""
        names = self.names
        top = top.args[0] if top.kind == "group" and len(top.args) == 1 and not top.scripts else top
        stem = names.stem(bottom.value) if bottom.kind == "name" else None
        if stem is None or stem.kind != "value":
            raise self.problem("a derivative is by a quantity of the network", bottom,
                               self.names.nearest(bottom.value) if bottom.kind == "name" else "")
        marks = mark_names(bottom, stem, self.context)
        by, at = self._leaf(bottom, stem, marks)
        loss = names.loss(top.value) if top.kind == "name" else None
        if loss is not None and not [s for s in top.scripts if s.kind not in ("paren", "below")]:
            term = Term("adjoint", name=by.name, of=loss.name, indices=at, at=node.at, end=node.end)
            if marks.datum is not None and not at:
                return finish(of_datum(term, by, marks, self.context), marks, self.context)
            return finish(turned(term, by, marks, self.context), marks, self.context)
        above = names.stem(top.value) if top.kind == "name" else None
        if above is None or above.kind != "value":
            raise self.problem("a derivative is of the loss or of a quantity of the network", top,
                               self.names.nearest(top.value) if top.kind == "name" else "")
        upper = mark_names(top, above, self.context)
        of, where = self._leaf(top, above, upper)
        if any(m.datum is not None and not i for m, i in ((marks, at), (upper, where))):
            raise self.problem("a derivative of one column by another is not read", node, "write it for entries")
        leaves = tuple(Term("quantity", name=q.name, indices=i, at=n.at, end=n.end)
                       for q, i, n in ((of, where, top), (by, at, bottom)))
        return Term("partial", leaves, at=node.at, end=node.end)

    def _leaf(self, node: Node, stem: Stem, marks: Marks) -> tuple[Quantity, tuple[sp.Expr, ...]]:
        if marks.primes or marks.power is not None:
            raise self.problem("a power or a prime inside a derivative is not read", node)
        q = quantity(node, stem, marks, self.context)
        return q, entry(q, marks, node, stem, self.context)

    def _fraction(self, node: Node) -> Term:
        top, bottom = (self.differential(a) for a in node.args)
        if top is not None and bottom is not None:
            return self.raised(self.derivative(top, bottom, node), node.scripts)
        parts = tuple(self.term(a) for a in node.args)
        return self.raised(Term("divide", parts, at=node.at, end=node.end), node.scripts)

    def _nabla(self, node: Node) -> Term:
        below = [s for s in node.scripts if s.kind == "below"]
        if len(below) != 1 or len(node.scripts) != 1 or len(below[0].nodes) != 1:
            raise self.problem("∇ says by what it differentiates: \\nabla_W J", node)
        by = below[0].nodes[0]
        if by.kind == "name" and not by.scripts:  # ∇_a C of Nielsen: by the output
            stem = self.names.stem(by.value)
            last = self.names.quantities[self.names.special["out"]] if self.names.special["out"] else None
            if stem is not None and last is not None and stem.letter == last.letter:
                self.context.chose(f"∇_{by.value} = by the output {last.name}")
                by = replace(by, value="y\u0302")
        return self.derivative(node.args[0], by, node)

    # products

    def _product(self, node: Node) -> Term:
        node = self._without_arguments(node)
        if len(node.args) == 1:
            return self.term(node.args[0])
        terms: list[Term] = []
        signs: list[str] = []
        factors, k = node.args, 0
        pending = ("", *node.signs)
        while k < len(factors):
            term, used = self._factor(factors[k:], node.signs[k:], terms)
            if used > 0:
                if terms:
                    signs.append(pending[k])
                terms.append(term)
            else:
                terms[-1], used = term, -used
            k += used
        return self.products.combine(terms, signs, node)

    def _beside(self, first: Node, second: Node) -> Term | None:
        """Two nodes that are one name: ``∂/∂w J``, ``d z``, ``J(W, b)``, ``h_{W,b}(x)``."""
        if first.kind == "fraction" and not first.scripts:
            top, bottom = first.args[0], self.differential(first.args[1])
            top = top.args[0] if top.kind == "group" and len(top.args) == 1 else top
            if top.kind == "d" and not top.args and bottom is not None:
                return self.derivative(second, bottom, replace(first, end=second.end))
        if first.kind != "name":
            return None
        if first.value == "d" and not first.scripts and second.kind == "name" and self.names.stem("d") is None:
            stem = self.names.stem("d" + second.value)
            named = replace(second, value="d" + second.value, at=first.at)
            return reference(named, stem, self.context) if stem else None
        stem = self.names.stem(first.value)
        if self._arguments(second) and stem is not None and stem.letter == "out" and first.has("below"):
            return self.term(replace(first, scripts=()))
        return None

    def _arguments(self, node: Node) -> bool:
        """``(W, b; x, y)`` behind a loss: what it is a function of."""
        return node.kind == "group" and node.value == "(" and not node.scripts and all(
            a.kind == "name" and (self.names.stem(a.value) is not None or a.value == "θ") for a in node.args)

    def _is_loss(self, node: Node) -> bool:
        if node.kind in ("nabla", "d") and node.args:
            return self._is_loss(node.args[0])
        stem = self.names.stem(node.value) if node.kind == "name" else None
        return node.kind == "name" and self.names.loss(node.value) is not None and (
            stem is None or stem.letter in LOSSES)

    def _without_arguments(self, node: Node) -> Node:
        """``J(W, b)`` is J."""
        kept, signs = [node.args[0]], list[str]()
        for sign, factor in zip(node.signs, node.args[1:], strict=True):
            if not (sign == "" and self._is_loss(kept[-1]) and self._arguments(factor)):
                kept.append(factor)
                signs.append(sign)
        return replace(node, args=tuple(kept), signs=tuple(signs))

    def _factor(self, rest: tuple[Node, ...], signs: tuple[str, ...], terms: list[Term]) -> tuple[Term, int]:
        """The next factor and how many nodes it took; negative where it took the term before it as well."""
        first = rest[0]
        beside = len(rest) > 1 and signs[0] == ""
        if len(rest) > 1 and signs[0] == "/":
            top, bottom = self.differential(first), self.differential(rest[1])
            if top is not None and bottom is not None:
                return self.derivative(top, bottom, replace(first, end=rest[1].end)), 2
        if first.kind == "method" and terms and beside:
            if first.value in (".dot", ".mm", ".matmul"):
                return self.products.combine([terms[-1], self.term(rest[1])], ["@"], first), -2
            return self.total_of(terms[-1], rest[1].args, first), -2
        if beside:
            found = self._beside(first, rest[1])
            if found is not None:
                return found, 2
        if first.kind == "call":
            if not beside or rest[1].kind != "group":
                raise self.problem(f"{first.value} stands without its argument", first)
            return self._called(first, rest[1]), 2
        compared = beside and rest[1].kind == "group" and rest[1].args[0].kind in ("relation", "chain")
        ones = first.value == "𝟙" and not compared
        if beside and rest[1].kind == "group" and not first.scripts and (
            (first.value in ("𝟙", "I") and self.names.stem(first.value) is None and not ones)
            or (first.value == "1" and compared)
        ):
            return self.indicator(first, rest[1]), 2
        if beside and self.function(first) is not None and first.value not in self.defined:
            argued = rest[1].kind == "group" and rest[1].value in "({["
            known = self.names.stem(first.value) is not None and not first.has("prime")
            if not known and (argued or self.function(first) in ("exp", "log", "sqrt", "sigmoid", "tanh")):
                return self.applied(first, rest[1]), 2
        return self.term(first), 1
