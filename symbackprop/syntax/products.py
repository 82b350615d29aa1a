"""Which product is meant: by its sign, by the notation, and by what fits."""

from __future__ import annotations

from symbackprop.language.claim import Term
from symbackprop.syntax.context import Context, transposed
from symbackprop.syntax.shapes import Misfit, Shape, Shapes
from symbackprop.syntax.tree import Node

ELEMENTWISE = ("⊙", "*")
GROUPED = 7
"""Rows of fewer factors are grouped anew where they do not fit."""


def shaped(shapes: Shapes, term: Term) -> Shape | None:
    """The shape of a term; None where it has none."""
    try:
        return shapes.of(term)
    except Misfit:
        return None


class Products:
    """Combines the factors of a row into one term."""

    def __init__(self, context: Context) -> None:
        self.context, self.shapes = context, context.shapes

    def shape(self, term: Term) -> Shape | None:
        return shaped(self.shapes, term)

    def scalar(self, term: Term) -> bool:
        shape = self.shape(term)
        return shape is not None and self.shapes.number(shape)

    def combine(self, terms: list[Term], signs: list[str], node: Node) -> Term:
        """The product of terms with the signs between them: juxtaposition and matrix products bind before ⊙ and *;
        where that does not fit, or another grouping fits as well, from the left."""
        if len(terms) == 1:
            return terms[0]
        if node.signs and self._half(terms, signs, node):
            signs = ["/" if k and signs[k - 1] == "/" else s for k, s in enumerate(signs)]
        usual = self._split(terms, signs)
        mixed = any(s in ELEMENTWISE for s in signs) and any(s not in ELEMENTWISE for s in signs)
        if not mixed or usual.kind == "scale":
            return usual
        left = terms[0]
        for sign, term in zip(signs, terms[1:], strict=True):
            left = self.two(left, sign, term)
        if left == usual or self.shape(left) is None:
            return usual
        if self.shape(usual) is None:
            self.context.chose("products from left to right, since only that fits")
            return left
        return (usual, left)[self.context.pick(2)]

    def _half(self, terms: list[Term], signs: list[str], node: Node) -> bool:
        """``1/2n``: is it 1/(2n)?"""
        for k, sign in enumerate(signs[1:], start=1):
            near = k + 1 < len(node.args) and node.args[k + 1].near and node.args[k].kind == "number"
            if sign == "" and signs[k - 1] == "/" and near and len(terms) == len(node.args) and (
                not self.context.pick(2)
            ):
                self.context.chose("a/2b = a/(2b)")
                return True
        return False

    def _split(self, terms: list[Term], signs: list[str]) -> Term:
        chunks, joins = [[terms[0]]], []
        inner: list[list[str]] = [[]]
        for sign, term in zip(signs, terms[1:], strict=True):
            if sign in ELEMENTWISE:
                chunks.append([term])
                inner.append([])
                joins.append(sign)
            else:
                chunks[-1].append(term)
                inner[-1].append(sign)
        made = [self._chain(c, s) for c, s in zip(chunks, inner, strict=True)]
        result = made[0]
        for sign, term in zip(joins, made[1:], strict=True):
            result = self.two(result, sign, term)
        return result

    def _chain(self, terms: list[Term], signs: list[str]) -> Term:
        result = terms[0]
        for sign, term in zip(signs, terms[1:], strict=True):
            result = self.two(result, sign, term)
        if len(terms) > 2 and len(terms) < GROUPED and self.shape(result) is None:
            return self._grouped(terms, signs) or result
        return result

    def _grouped(self, terms: list[Term], signs: list[str]) -> Term | None:
        """Another grouping of a row, where from the left it does not fit: ``Xᵀ δ Wᵀ f'(z)`` is Xᵀ ((δ Wᵀ) f'(z))."""
        for k in range(1, len(terms)):
            parts = self._chain(terms[:k], signs[: k - 1]), self._chain(terms[k:], signs[k:])
            if all(self.shape(p) is not None for p in parts):
                made = self.two(parts[0], signs[k - 1], parts[1])
                if self.shape(made) is not None:
                    self.context.chose("products grouped as they fit")
                    return made
        return None

    def two(self, one: Term, sign: str, other: Term) -> Term:
        """The product of two terms."""
        span = {"at": one.at, "end": other.end}
        if sign == "/":
            return Term("divide", (one, other), **span)  # type: ignore[arg-type]
        if self.scalar(one) or self.scalar(other):
            kind = "scale"
            if one.kind == "scale" and self.scalar(one):
                return Term("scale", (*one.args, other), **span)  # type: ignore[arg-type]
            return Term(kind, (one, other), **span)  # type: ignore[arg-type]
        first, second = self.shape(one), self.shape(other)
        kind = {"⊙": "hadamard", "⊗": "outer"}.get(sign, "matmul")
        if sign == "*":
            kind = self._star(one, other)
        if kind == "matmul" and first and second and len(first) == len(second) == 2:
            columns = first[1] is None and second[1] is None and self.shapes.fits(first[0], second[0])
            if sign in ("·", "@") and columns and not self.shapes.single(first[0]):
                self.context.chose("a product of two columns = their inner product")
                return Term("matmul", (transposed(one), other), **span)  # type: ignore[arg-type]
            if sign == "" and self.shapes.alike(first, second) and not self._fits("matmul", one, other):
                self.context.chose("two arrays of one shape side by side = element by element")
                kind = "hadamard"
            if sign == "×" and not self._fits("matmul", one, other) and self._fits("hadamard", one, other):
                kind = "hadamard"
        if kind == "hadamard" and one.kind == "hadamard":
            return Term("hadamard", (*one.args, other), **span)  # type: ignore[arg-type]
        return Term(kind, (one, other), **span)  # type: ignore[arg-type]

    def _fits(self, kind: str, one: Term, other: Term) -> bool:
        return self.shape(Term(kind, (one, other))) is not None  # type: ignore[arg-type]

    def _star(self, one: Term, other: Term) -> str:
        """``*``: element by element, or, outside the courses that say so, the matrix product where only that fits."""
        numpy = "np." in self.context.text or "@" in self.context.text
        if self._fits("hadamard", one, other) or self.context.names.notation.product == "*" or numpy:
            self.context.chose("* = element by element")
            return "hadamard"
        if self._fits("matmul", one, other):
            self.context.chose("* = matrix product, since only that fits")
            return "matmul"
        return "hadamard"
