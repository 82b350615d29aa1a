"""Tree to SymPy expression, in a scope that says what names mean. Nothing typed by a user reaches an evaluator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

from symbackprop.language.errors import SyntaxProblem, nearest
from symbackprop.language.functions import Iverson, Named, prime
from symbackprop.language.quantity import index
from symbackprop.language.reductions import Largest
from symbackprop.syntax.formula import Node

LARGEST_EXPONENT, LARGEST_BITS = 100, 4_000
_COMPARING = ("abs", "max", "min")
RELATIONS: dict[str, Callable[[sp.Expr, sp.Expr], sp.Basic]] = {
    "<": sp.Lt, "<=": sp.Le, ">": sp.Gt, ">=": sp.Ge, "==": sp.Eq,
}  # fmt: skip
CONSTANTS: dict[str, sp.Expr] = {"pi": sp.pi}
"""Numbers with a name, where nothing else has it."""
Function = Callable[..., sp.Expr]


def where(condition: sp.Basic, then: sp.Expr, otherwise: sp.Expr) -> sp.Expr:
    """``then`` where the condition holds, else ``otherwise``: cases within the last case are further cases. Of 1 and 0
    it is a bracket, ``[s ≤ t]``."""
    if then == 1 and otherwise == 0:
        return Iverson(condition)
    rest = otherwise.args if isinstance(otherwise, sp.Piecewise) else ((otherwise, True),)
    return sp.Piecewise((then, condition), *rest)


ELEMENTARY: dict[str, tuple[int, Function]] = {
    "exp": (1, sp.exp), "log": (1, sp.log), "sqrt": (1, sp.sqrt), "erf": (1, sp.erf), "sin": (1, sp.sin),
    "cos": (1, sp.cos), "where": (3, where),
    "abs": (1, lambda u: where(sp.Gt(u, 0), u, -u)),
    "max": (2, lambda u, v: where(sp.Gt(u, v), u, v)),
    "min": (2, lambda u, v: where(sp.Lt(u, v), u, v)),
}  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """What names mean: ``resolve(node, indices)`` gives the leaf of a reference, ``sizes`` the range of each index."""

    text: str
    resolve: Callable[[Node, Scope], sp.Expr]
    sizes: Mapping[str, sp.Expr]
    functions: Mapping[str, type[Named]]
    bound: frozenset[str] = frozenset()

    def problem(self, what: str, node: Node, hint: str = "") -> SyntaxProblem:
        return SyntaxProblem(what, self.text, node.at, hint)

    def inside(self, name: str) -> Scope:
        return Scope(self.text, self.resolve, self.sizes, self.functions, self.bound | {name})


def expression(node: Node, scope: Scope) -> sp.Expr:
    """The SymPy expression of a tree. Raises SyntaxProblem with a caret under what is wrong."""
    if node.kind == "number":
        return rational(node)
    if node.kind == "ref":
        return scope.resolve(node, scope)
    if node.kind == "call":
        return _call(node, scope)
    if node.kind in RELATIONS:
        raise scope.problem("a comparison stands only in where(condition, a, b)", node)
    args = [expression(arg, scope) for arg in node.args]
    return _finite(_operation(node, args, scope), node, scope)


def _finite(value: sp.Expr, node: Node, scope: Scope) -> sp.Expr:
    """The value, if it is a real number wherever it is one, and no number in it is beyond printing."""
    if value.has(sp.I, sp.zoo, sp.nan, sp.oo):
        raise scope.problem(f"this is {value}, not a real number", node)
    if _bits(value) > LARGEST_BITS:
        raise scope.problem("a number too large to be written", node)
    return value


def _bits(value: sp.Expr) -> int:
    """The length of the largest number in front of, or added to, an expression."""
    numbers = (value.as_coeff_Mul()[0], value.as_coeff_Add()[0])
    return max(max(abs(n.p).bit_length(), n.q.bit_length()) if n.is_Rational else 0 for n in numbers)


def _refuse_constants(args: Sequence[sp.Expr], node: Node, scope: Scope) -> None:
    # SymPy compares constants by evaluating them: sin(exp(exp(100))) > 0 never ends
    if not any(a.free_symbols for a in args) and not all(a.is_Rational for a in args):
        raise scope.problem("a comparison of constants", node, "write out which of the two it is")


def rational(node: Node) -> sp.Expr:
    """0.01 is exactly 1/100."""
    assert isinstance(node.value, Fraction)
    return sp.Rational(node.value.numerator, node.value.denominator)


def _operation(node: Node, args: list[sp.Expr], scope: Scope) -> sp.Expr:
    if node.kind == "neg":
        return -args[0]
    left, right = args
    if node.kind == "/":
        if right == 0:
            raise scope.problem("division by zero", node)
        return left / right
    if node.kind == "^":
        if right.is_number and abs(right) > LARGEST_EXPONENT:
            raise scope.problem(f"an exponent beyond {LARGEST_EXPONENT}", node)
        if right.is_number and _bits(left) > 1 and _bits(left) * abs(right) > LARGEST_BITS:
            raise scope.problem("a number too large to be written", node)
        if left == 0 and right.is_negative:
            raise scope.problem("division by zero", node)
        return left**right
    return {"+": left + right, "-": left - right, "*": left * right}[node.kind]


def _call(node: Node, scope: Scope) -> sp.Expr:
    name = str(node.value)
    if name == "sum":
        return _sum(node, scope)
    if name == "delta":
        _expect(node, 2, scope)
        return sp.KroneckerDelta(*(index_expression(arg, scope) for arg in node.args))
    if is_largest(node) and bare(node.args[0]) in scope.sizes and bare(node.args[0]) not in scope.bound:
        return _sum(node, scope, Largest)
    stem = name.rstrip("'")
    if stem in ELEMENTARY and stem == name:
        arity, make = ELEMENTARY[name]
        _expect(node, arity, scope)
        args = [_condition(a, scope) if name == "where" and k == 0 else expression(a, scope)
                for k, a in enumerate(node.args)]
        if name in _COMPARING:
            _refuse_constants(args, node, scope)
        return _finite(make(*args), node, scope)
    function = scope.functions.get(stem)
    if function is None:
        hint = nearest(stem, [*scope.functions, *ELEMENTARY, "sum"])
        raise scope.problem(f"unknown function '{name}'", node, hint)
    _expect(node, 1, scope)
    for _ in range(len(name) - len(stem)):
        function = prime(function)  # type: ignore[arg-type]
    return function(expression(node.args[0], scope))


def _condition(node: Node, scope: Scope) -> sp.Basic:
    if node.kind not in RELATIONS:
        raise scope.problem("where(condition, a, b) begins with a comparison such as z[j] > 0", node)
    left, right = (expression(arg, scope) for arg in node.args)
    _refuse_constants((left, right), node, scope)
    if node.kind == "==" and not (left.is_integer or right.is_integer):
        # where two computed numbers are equal is a point, and nothing is learnt there
        raise scope.problem("== compares an index with a given number, such as j == y", node)
    return RELATIONS[node.kind](left, right)


def _expect(node: Node, arity: int, scope: Scope) -> None:
    if len(node.args) != arity:
        raise scope.problem(f"{node.value} takes {arity} argument{'s' * (arity > 1)}, not {len(node.args)}", node)


def _sum(node: Node, scope: Scope, reduction: Callable[..., sp.Expr] = sp.Sum) -> sp.Expr:
    """``sum(i, e)``, ``max(i, e)``: over the whole range of the index."""
    _expect(node, 2, scope)
    name = bare(node.args[0])
    if name is None:
        raise scope.problem("a sum begins with the name of its index: sum(i, …)", node.args[0])
    if name in scope.bound:
        raise scope.problem(f"the index {name} is already bound here; give this {node.value} another", node.args[0])
    if name not in scope.sizes:
        raise scope.problem(f"the range of index {name} is not known", node.args[0],
                            f"read a quantity of known size at it, or give sizes = {{{name} = …}}")
    body = expression(node.args[1], scope.inside(name))
    return reduction(body, (index(name), sp.Integer(1), scope.sizes[name]))


def is_largest(node: Node) -> bool:
    """Does a call read as ``max(k, …)``, over an index, rather than as the greater of two?"""
    return node.kind == "call" and node.value == "max" and len(node.args) == 2 and bare(node.args[0]) is not None


def bare(node: Node) -> str | None:
    """The name of a reference without brackets, else None."""
    return str(node.value) if node.kind == "ref" and not node.groups else None


def index_expression(node: Node, scope: Scope) -> sp.Expr:
    """An index: a bound name, a whole number, or an affine combination such as ``2*(i-1)+k``."""
    if node.kind == "number":
        value = rational(node)
        if not value.is_Integer:
            raise scope.problem("an index is a whole number", node)
        return value
    if node.kind == "ref":
        name = bare(node)
        if name is None:
            raise scope.problem("an index is a name, a whole number, or an affine combination of them", node)
        if name not in scope.bound:
            length = scope.sizes.get(name[2:]) if _is_length(node) else None
            if length is None:
                raise _unbound(node, scope.text)
            return length
        return index(name)
    if node.kind not in ("+", "-", "*", "neg"):
        raise scope.problem("an index is affine: sums and whole multiples of index names", node)
    args = [index_expression(arg, scope) for arg in node.args]
    if node.kind == "*" and not any(a.is_Integer or a.is_positive for a in args):
        raise scope.problem("an index is affine: a product has a whole number on one side", node)
    return _operation(node, args, scope)


def _is_length(node: Node) -> bool:
    """``n_j``, how far the index j runs."""
    return str(node.value).startswith("n_")


def _unbound(node: Node, text: str) -> SyntaxProblem:
    return SyntaxProblem(f"the index {node.value} is not bound", text, node.at,
                         f"sum over it, sum({node.value}, …), or put it on the left side")


def check_bound(node: Node, bound: frozenset[str], text: str) -> None:
    """Is every index on the left, or summed over? Said before anything else: it is what people get wrong."""
    if (node.kind == "call" and node.value == "sum" and len(node.args) == 2) or is_largest(node):
        name = bare(node.args[0])
        check_bound(node.args[1], bound | {name or ""}, text)
        return
    for group in node.groups:
        for idx in group:
            for name_node in references(idx):
                if str(name_node.value) not in bound and not _is_length(name_node):
                    raise _unbound(name_node, text)
    for arg in node.args:
        check_bound(arg, bound, text)


def references(node: Node) -> Iterator[Node]:
    """Every reference of a tree to a quantity, outer before inner; the index of a sum is none."""
    if node.kind == "ref":
        yield node
    args = node.args[1:] if node.kind == "call" and node.value == "sum" else node.args
    for arg in args:
        yield from references(arg)
