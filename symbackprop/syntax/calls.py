"""Functions, calls and sums of a formula: what stands in front of parentheses, and what a Σ runs over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import sympy as sp

from symbackprop.language.claim import Term
from symbackprop.language.functions import Named
from symbackprop.language.quantity import index
from symbackprop.syntax.brackets import Brackets
from symbackprop.syntax.components import Entries, axes_of
from symbackprop.syntax.context import label_value, power, transposed
from symbackprop.syntax.expression import ELEMENTARY
from symbackprop.syntax.naming import Names
from symbackprop.syntax.products import shaped
from symbackprop.syntax.references import entry_index, split
from symbackprop.syntax.tree import Node, Script

ONE = Term("number", number=Fraction(1))


class Calls(Brackets):
    """The part of the hand that knows functions and sums."""

    names: Names
    functions: Mapping[str, type[Named]]

    def raised(self, term: Term, scripts: tuple[Script, ...]) -> Term:
        for script in scripts:
            if script.kind == "transpose":
                term = transposed(term)
            elif script.kind == "below" and script.nodes:
                term = self._part(term, script)
            elif script.kind == "prime" and not any(t.kind == "apply" for t in _walked(term)):
                self.context.chose("the prime behind an expression = transposed")
                term = transposed(term)
            elif script.kind == "bare" or (script.kind == "paren" and len(script.nodes) == 1):
                term = power(term, script.nodes[0], self.context)
            else:
                node = script.nodes[0] if script.nodes else Node("number", term.at, term.end)
                raise self.problem("this script stands on an expression, where it has no meaning", node)
        return term

    def _part(self, term: Term, script: Script) -> Term:
        """One entry of an expression, ``(W^T δ)_j``."""
        shape = shaped(self.context.shapes, term)
        axes = [k for k, n in enumerate(shape or ()) if n is not None]
        places = [p for node in script.nodes for p in split(node)]
        if not axes or len(places) != len(axes):
            raise self.problem("this subscript stands on an expression that has not so many axes", script.nodes[0],
                               "put the index on each name, (W^T δ)_j as sum_k w_{kj} δ_k")
        at: list[sp.Expr] = [sp.S.One] * len(shape or ())
        for k, place in zip(axes, places, strict=True):
            at[k] = entry_index(place, self.context)
        taken = {index(name) for name in self.context.bound}
        entries = Entries(self.names.program, self.context.shapes, self.functions, {*taken, *at})
        return replace(entries.entry(term, tuple(at)), at=term.at, end=term.end)

    # functions

    def function(self, node: Node) -> str | None:
        """The name of the function a name denotes; "?" for the activation of whatever layer it is applied to."""
        if node.kind != "name":
            return None
        word, primed = node.value, node.has("prime")
        if word in ("exp", "log", "ln", "sqrt", "erf", "sin", "cos"):
            return {"ln": "log"}.get(word, word)
        letters = self.names.notation.functions
        if word in letters and (primed or self.names.stem(word) is None):
            return "?"
        if word in ("σ", "sigma", "Σ") and "sigmoid" in self.functions:
            other = self.names.applied and "sigmoid" not in self.names.applied
            return "?" if other and self.names.notation.name not in ("nielsen",) else "sigmoid"
        if word in self.functions:
            return self.functions[word].__name__
        if word in ("softmax", "diag", "max", "sum", "abs", "transpose", "delta", "dot", "matmul", "ReLU", "relu"):
            return {"ReLU": "relu"}.get(word, word)
        if word in ("g", "h", "f", "φ") and primed:
            return "?"
        return None

    def applied(self, node: Node, argument: Node) -> Term:
        """A function with its argument."""
        name = self.function(node)
        assert name is not None
        args = argument.args if argument.kind == "group" and argument.value in "({[" else (argument,)
        if argument.kind == "group" and argument.scripts and name not in ("diag",):
            self.context.chose(f"the superscript behind {node.value}(…) stands on the value")
        at_end = argument.scripts if argument.kind == "group" else ()
        if name in _SPECIAL:
            made = getattr(self, _SPECIAL[name])(node, args)
        else:
            if len(args) != 1:
                raise self.problem(f"{node.value} takes one argument, not {len(args)}", node)
            made = self._function(node, name, self.term(args[0]))
        made = replace(made, at=node.at, end=argument.end)
        return self.raised(made, at_end)

    def _function(self, node: Node, name: str, inner: Term) -> Term:
        primes = sum(s.kind == "prime" for s in node.scripts)
        if primes and self._in_code(node) and inner.kind == "quantity" and inner.name.startswith("a["):
            raise self.problem(f"is this {node.value}'(a), or the slope written through the output a?", node,
                               "write what it is, a * (1 - a)")
        if name == "?":
            name = self._activation(node, inner)
        for s in node.scripts:
            labelled = s.kind == "bare" and label_value(s.nodes[0], self.context) is not None
            if s.kind in ("label", "paren", "bracket") or labelled:
                continue
            if s.kind == "below" and (label_value(s.nodes[0], self.context) is not None
                                      or s.nodes[0].value in ("h", "o", "j", "k")):
                continue
            if s.kind == "bare" and s.nodes[0].kind == "neg":
                raise self.problem("an inverse function is not read", s.nodes[0])
            if s.kind != "prime":
                raise self.problem(f"this script on {node.value} has no meaning", s.nodes[0] if s.nodes else node)
        term = self._apply(name + "'" * primes, inner, node)
        powers = [s for s in node.scripts if s.kind == "bare" and s.nodes[0].kind == "number"
                  and name in ("sigmoid", *ELEMENTARY, "tanh") and self.names.notation.mark != "bare"]
        return power(term, powers[0].nodes[0], self.context) if powers else term

    def _in_code(self, node: Node) -> bool:
        """Is it a function with a name of its own, sigmoid_grad, of which nobody knows what it is given?"""
        shown = self.context.text[node.at : node.end]
        return len(shown) > len(node.value) + 1 and "'" not in shown and "\\" not in shown

    def _apply(self, name: str, inner: Term, node: Node) -> Term:
        stem = name.rstrip("'")
        if stem == "identity":
            return inner if stem == name else (replace(ONE, at=node.at) if name == "identity'" else replace(ONE))
        if name != stem and stem in ELEMENTARY:
            if stem != "exp":
                raise self.problem(f"{name} is not read; write what it is", node)
            name = stem
        if stem not in ELEMENTARY and stem not in self.functions:
            raise self.problem(f"unknown function '{stem}'", node)
        return Term("apply", (inner,), name=name, at=node.at, end=node.end)

    def _activation(self, node: Node, inner: Term) -> str:
        """The activation meant by g: that of the layer on it, or of the layer whose z it is applied to."""
        labels = [label_value(s.nodes[0], self.context) for s in node.scripts
                  if s.kind in ("label", "paren", "bare", "below", "bracket") and len(s.nodes) == 1]
        shift = 0 if self.names.record else self.names.notation.shift
        given = [n - shift for n in labels if n is not None]
        layers = given or [int(q.name[2:-1]) for q in _walked(inner) if q.kind == "quantity"
                           and q.name.startswith(("z[", "a[")) and q.name[2:-1].isdigit()]
        every = {self.names.activation(n) for n in (layers or range(1, self.names.depth + 1))} - {None}
        if len(every) != 1:
            raise self.problem(f"which function is {node.value} here?", node, "give it its layer, g^{[2]}(z^{[2]})")
        found = every.pop()
        if isinstance(found, str):
            if found == "softmax":
                raise self.problem(f"{node.value} is softmax here, which reads the whole layer: it has no derivative "
                                   "of one number", node, "write ∂a/∂z for entries, or a[L] for its value")
            name = found
        else:
            assert found is not None
            name = found.__name__
        self.context.chose(f"{node.value} = {name}")
        return name

    def softmax(self, node: Node, args: tuple[Node, ...]) -> Term:
        inner = self.term(args[0])
        core = inner.args[0] if inner.kind == "transpose" else inner
        label = core.name[2:-1]
        if core.kind == "quantity" and core.name.startswith("z[") and label.isdigit() and not node.scripts and (
            self.names.activation(int(label)) == "softmax"
        ):
            made = replace(core, name=f"a[{label}]")
            return transposed(made) if inner.kind == "transpose" else made
        raise self.problem("softmax is read of the pre-activation of a softmax layer only", node)

    def diag(self, node: Node, args: tuple[Node, ...]) -> Term:
        return Term("diag", (self.term(args[0]),))

    def kronecker(self, node: Node, args: tuple[Node, ...]) -> Term:
        """``delta(j, i)`` of the record."""
        if len(args) != 2:
            raise self.problem("delta takes two indices", node)
        return self.delta(args, node)

    def greatest(self, node: Node, args: tuple[Node, ...]) -> Term:
        if len(args) != 2:
            raise self.problem("max takes two arguments", node)
        one, other = map(self.term, args)
        zero = Term("number")
        if one == zero or other == zero:
            return self._apply("relu", other if one == zero else one, node)
        return Term("add", (other, self._apply("relu", Term("add", (one, Term("neg", (other,)))), node)))

    def absolute(self, node: Node, args: tuple[Node, ...]) -> Term:
        return self._absolute(Node("absolute", node.at, node.end, args=args[:1]))

    def indicator(self, node: Node, group: Node) -> Term:
        r"""``\mathbb{1}[z > 0]``, as relu'(z)."""
        inner = group.args[0] if len(group.args) == 1 else group
        found = self.of_indices(inner, group)
        if found is not None:
            return found
        if inner.kind == "relation" and inner.value in ("=", "==") and all(
            a.kind == "name" and not a.scripts and len(a.value) == 1 for a in inner.args):
            return Term("delta", indices=tuple(index(a.value) for a in inner.args), at=node.at, end=group.end)
        if inner.kind != "relation" or inner.value not in ("<", ">", "<=", ">="):
            raise self.problem("an indicator holds a comparison, z > 0", group)
        left, right = map(self.term, inner.args)
        over = Term("add", (left, Term("neg", (right,)))) if right != Term("number") else left
        under = Term("add", (right, Term("neg", (left,)))) if right != Term("number") else Term("neg", (left,))
        self.context.chose("1[u > 0] = relu'(u)")
        if inner.value in (">", "<"):
            return self._apply("relu'", over if inner.value == ">" else under, node)
        step = self._apply("relu'", under if inner.value == ">=" else over, node)
        return Term("add", (ONE, Term("neg", (step,))))

    # sums

    def _sum(self, node: Node) -> Term:
        r"""``\sum_{j=1}^{n^{[l]}} …``"""
        below = [s for s in node.scripts if s.kind == "below"]
        above = [s for s in node.scripts if s.kind != "below"]
        if len(below) != 1 or len(above) > 1:
            raise self.problem("a sum says over which index: \\sum_k", node)
        names, lower = [], None
        for item in below[0].nodes:
            first = item.args[0] if item.kind == "relation" else item
            lower = item.args[1] if item.kind == "relation" else lower
            if item.kind == "relation" and item.value != "=":
                raise self.problem("a sum over a set is not read", item, "write its index, \\sum_{j=1}^{n}")
            letters = [first] if first.kind == "name" else []
            if not letters or first.scripts:
                raise self.problem("a sum says over which index: \\sum_k", item)
            names += list(first.value) if len(first.value) > 1 and first.value.isalpha() else [first.value]
        if lower is not None and lower.value not in ("1", "0"):
            raise self.problem("a sum begins at 1", lower)
        upper = above[0].nodes[0] if above and above[0].nodes else None
        if upper is not None and len(names) > 1:
            raise self.problem("two indices and one bound", node)
        if lower is not None and lower.value == "0":
            upper, shifted = (upper.args[0] if upper is not None and upper.kind == "add" else None), upper
            if shifted is not None and upper is None:
                raise self.problem("a sum from 0 ends at n - 1", node)
            self.context.chose("indices counted from 0")
        return self._total_over(names, upper, node.args[0], node)

    def _total_over(self, names: list[str], upper: Node | None, body: Node, node: Node) -> Term:
        context = self.context
        before = dict(context.bound)
        for name in names:
            if before.get(name) is not None:
                raise self.problem(f"the index {name} is already bound here", node, "give this sum another")
            context.bound[name] = sp.S.One
        inner = self.term(body)
        ranges = []
        for name in names:
            found = [n for i, n, _ in axes_of(inner, context.shapes) if i == index(name)]
            size = self._upper(upper) if upper is not None else None
            size = size if size is not None else next(iter(found), None)
            if size is None or not found:
                raise self.problem(f"the range of the index {name} is not known: nothing is read at it", node)
            ranges.append((sp.S.One, size))
        context.bound.clear()
        context.bound.update(before)
        return Term("sum", (inner,), indices=tuple(index(n) for n in names), ranges=tuple(ranges), at=node.at,
                    end=node.end)

    def _upper(self, node: Node) -> sp.Expr | None:
        bare = node.kind == "name" and len(node.value) == 1 and not node.scripts
        free = node.value in "nKJMDHIN" or (node.value in "qpCcdT" and self.names.stem(node.value) is None)
        if bare and free and not (node.value == "N" and self.names.data is not None):
            return None  # "all of them", by whatever letter
        term = self.term(node)
        if term.kind == "number" and term.number.denominator == 1:
            return sp.Integer(int(term.number))
        if term.kind == "size":
            return term.size
        raise self.problem("the bound of a sum is a size or a number", node)

    def _absolute(self, node: Node) -> Term:
        inner = self.term(node.args[0])
        self.context.chose("|u| = relu(u) + relu(-u)")
        parts = (self._apply("relu", inner, node), self._apply("relu", Term("neg", (inner,)), node))
        return self.raised(Term("add", parts, at=node.at, end=node.end), node.scripts)

    def _called(self, node: Node, argument: Node) -> Term:
        word = node.value.partition(".")[2]
        if word in _ARRAYS:
            made: Term = getattr(self, _ARRAYS[word])(node, argument.args)
            return self.raised(replace(made, at=node.at, end=argument.end), argument.scripts)
        inner = replace(node, kind="name", value=word)
        if self.function(inner) is None:
            raise self.problem(f"{node.value} is not read", node, "known: np." + ", np.".join(_ARRAYS))
        return self.applied(inner, argument)


_SPECIAL = {"softmax": "softmax", "diag": "diag", "max": "greatest", "abs": "absolute", "transpose": "turned",
            "sum": "summed", "dot": "product_of", "matmul": "product_of", "delta": "kronecker"}  # fmt: skip
_ARRAYS = {"dot": "product_of", "matmul": "product_of", "outer": "outer", "multiply": "elementwise", "sum": "summed",
           "mean": "summed", "divide": "quotient", "true_divide": "quotient", "power": "raised_to", "square": "squared",
           "add": "plus", "subtract": "minus", "int64": "same", "int32": "same", "float64": "same", "float32": "same",
           "array": "same", "asarray": "same", "mm": "product_of", "transpose": "turned", "maximum": "greatest",
           "diag": "diag",
           "abs": "absolute"}  # fmt: skip


def _walked(term: Term) -> list[Term]:
    return [term, *(t for a in term.args for t in _walked(a))]
