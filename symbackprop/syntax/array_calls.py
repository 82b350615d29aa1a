"""NumPy's functions of whole arrays, in a formula: products, sums along an axis, one entry after the other."""

from __future__ import annotations

from fractions import Fraction

from symbackprop.language.claim import Term
from symbackprop.language.errors import SyntaxProblem
from symbackprop.syntax.context import Context, power, transposed
from symbackprop.syntax.products import Products, shaped
from symbackprop.syntax.tree import Node


class ArrayCalls:
    """The part of the hand that knows functions of arrays."""

    context: Context
    products: Products

    def term(self, node: Node) -> Term:
        """The term of a tree."""
        raise NotImplementedError

    def problem(self, what: str, node: Node, hint: str = "") -> SyntaxProblem:
        return self.context.problem(what, node, hint)

    def indicator(self, node: Node, group: Node) -> Term:
        """The term of a comparison."""
        raise NotImplementedError

    def _total_over(self, names: list[str], upper: Node | None, body: Node, node: Node) -> Term:
        raise NotImplementedError

    def turned(self, node: Node, args: tuple[Node, ...]) -> Term:
        return transposed(self.term(args[0]))

    def product_of(self, node: Node, args: tuple[Node, ...], sign: str = "@") -> Term:
        """``np.dot(a, b)``."""
        if len(args) != 2:
            raise self.problem(f"{node.value} takes two arguments", node)
        return self.products.combine([self.term(a) for a in args], [sign], node)

    def outer(self, node: Node, args: tuple[Node, ...]) -> Term:
        return self.product_of(node, args, "⊗")

    def _two(self, node: Node, args: tuple[Node, ...]) -> tuple[Term, Term]:
        if len(args) != 2:
            raise self.problem(f"{node.value} takes two arguments", node)
        return self.term(args[0]), self.term(args[1])

    def quotient(self, node: Node, args: tuple[Node, ...]) -> Term:
        return Term("divide", self._two(node, args))

    def plus(self, node: Node, args: tuple[Node, ...]) -> Term:
        return Term("add", self._two(node, args))

    def minus(self, node: Node, args: tuple[Node, ...]) -> Term:
        one, other = self._two(node, args)
        return Term("add", (one, Term("neg", (other,))))

    def raised_to(self, node: Node, args: tuple[Node, ...]) -> Term:
        if len(args) != 2:
            raise self.problem(f"{node.value} takes two arguments", node)
        return power(self.term(args[0]), args[1], self.context)

    def squared(self, node: Node, args: tuple[Node, ...]) -> Term:
        return Term("power", (self.same(node, args), Term("number", number=Fraction(2))))

    def same(self, node: Node, args: tuple[Node, ...]) -> Term:
        """``np.int64(u > 0)``: another kind of number, the same array."""
        if len(args) != 1:
            raise self.problem(f"{node.value} takes one argument", node)
        inner = args[0]
        return self.indicator(node, inner) if inner.kind == "relation" else self.term(inner)

    def elementwise(self, node: Node, args: tuple[Node, ...]) -> Term:
        return self.product_of(node, args, "⊙")

    def summed(self, node: Node, args: tuple[Node, ...]) -> Term:
        """``sum(i, …)`` of the record, ``np.sum(dz, axis=1, keepdims=True)``, ``np.mean``."""
        mean = node.value.endswith("mean")
        if args and args[0].kind == "name" and len(args) == 2 and args[1].kind != "relation" and not mean:
            return self._total_over([args[0].value], None, args[1], node)
        if not args:
            raise self.problem("sum takes an array", node)
        return self.total_of(self.term(args[0]), args[1:], node)

    def total_of(self, inner: Term, args: tuple[Node, ...], node: Node) -> Term:
        """The sum or mean of an array, over one axis or all."""
        mean = node.value.endswith("mean")
        options = {a.args[0].value: a.args[1] for a in args if a.kind == "relation" and a.args[0].kind == "name"}
        if len(args) == 1 and args[0].kind == "number":
            options = {"axis": args[0]}
        if len(options) != len(args) or set(options) - {"axis", "keepdims", "dim", "keepdim"}:
            raise self.problem("sum takes an array, axis and keepdims", node)
        axis = options.get("axis", options.get("dim"))
        if axis is None:
            shape = shaped(self.context.shapes, inner) or ()
            for k, n in enumerate(shape):
                inner = Term("total", (inner,), axis=k, mean=mean) if n is not None else inner
            return inner
        sign, plain = (-1, axis.args[0]) if axis.kind == "neg" else (1, axis)
        if plain.kind != "number" or not plain.value.isdigit():
            raise self.problem("axis is 0 or 1", axis)
        count = int(plain.value) if sign > 0 else 2 - int(plain.value)
        if count not in (0, 1):
            raise self.problem("axis is 0 or 1", axis)
        return Term("total", (inner,), axis=count, mean=mean)
