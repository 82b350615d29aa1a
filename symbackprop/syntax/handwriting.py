"""Trees to terms: which factor is a function, which product is meant, what a sum runs over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Protocol

import sympy as sp

from symbackprop.language.claim import Term
from symbackprop.language.functions import Named
from symbackprop.language.quantity import index
from symbackprop.syntax.components import axes_of
from symbackprop.syntax.expression import ELEMENTARY
from symbackprop.syntax.grammar import Node, Script
from symbackprop.syntax.naming import LOSSES, Stem
from symbackprop.syntax.products import Products, shaped
from symbackprop.syntax.references import (
    Context,
    Marks,
    entry,
    finish,
    label_value,
    mark_names,
    power,
    quantity,
    reference,
    transposed,
    turned,
)

ONE = Term("number", number=Fraction(1))


class Defined(Protocol):
    """What an earlier line gave a name to."""

    def unfold(self, hand: Hand, node: Node) -> Term:
        """The term that the name stands for, with the scripts on it here."""


class Hand:
    """Types one equation. ``functions`` by name; ``defined`` are the names of earlier lines."""

    def __init__(self, context: Context, functions: Mapping[str, type[Named]], defined: Mapping[str, Defined]) -> None:
        self.context, self.functions, self.defined = context, functions, defined
        self.names, self.products = context.names, Products(context)

    def problem(self, what: str, node: Node, hint: str = "") -> Exception:
        return self.context.problem(what, node, hint)

    def term(self, node: Node) -> Term:
        """The term of a tree. Raises SyntaxProblem."""
        made: Term = getattr(self, "_" + node.kind)(node)
        return made if made.end else replace(made, at=node.at, end=node.end)

    # atoms

    def _number(self, node: Node) -> Term:
        term = Term("number", number=Fraction(node.value), at=node.at, end=node.end)
        return self._raised(term, node.scripts)

    def _raised(self, term: Term, scripts: tuple[Script, ...]) -> Term:
        for script in scripts:
            if script.kind == "transpose":
                term = transposed(term)
            elif script.kind == "bare":
                term = power(term, script.nodes[0], self.context)
            elif script.kind == "paren" and len(script.nodes) == 1:
                term = power(term, script.nodes[0], self.context)
            else:
                node = script.nodes[0] if script.nodes else Node("number", term.at, term.end)
                raise self.problem("this script stands on an expression, where it has no meaning", node)
        return term

    def _group(self, node: Node) -> Term:
        if len(node.args) != 1 or node.args[0].kind == "relation":
            raise self.problem("these parentheses hold no single expression", node)
        scripts = node.scripts
        inner = self.term(node.args[0])
        norm = [s for s in scripts if s.kind == "below"]
        if norm:
            raise self.problem("a subscript on parentheses is not read", norm[0].nodes[0],
                               "put the index on each name, (W^T δ)_j as sum_k w_{kj} δ_k")
        return self._raised(inner, scripts)

    def _neg(self, node: Node) -> Term:
        return Term("neg", (self.term(node.args[0]),), at=node.at, end=node.end)

    def _add(self, node: Node) -> Term:
        return Term("add", tuple(self.term(a) for a in node.args), at=node.at, end=node.end)

    def _relation(self, node: Node) -> Term:
        raise self.problem("a comparison does not stand here", node)

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

    def _absolute(self, node: Node) -> Term:
        inner = self.term(node.args[0])
        self.context.chose("|u| = relu(u) + relu(-u)")
        parts = (self._apply("relu", inner, node), self._apply("relu", Term("neg", (inner,)), node))
        return self._raised(Term("add", parts, at=node.at, end=node.end), node.scripts)

    # names

    def _name(self, node: Node) -> Term:
        word = node.value
        if word in self.defined:
            return self.defined[word].unfold(self, node)
        plain = not node.scripts
        if plain and word in self.context.bound and self.names.stem(word) is None:
            return Term("index", indices=(index(word),), at=node.at, end=node.end)
        stem = self.names.stem(word)
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
        if word == "δ":
            letters = "".join(n.value for n in node.scripts[0].nodes)
            return Term("delta", indices=tuple(index(c) for c in letters), at=at, end=end)
        if word == "e" and not node.has("label", "below"):
            script = next((s for s in node.scripts if s.kind == "bare"), None)
            if script is not None:
                return Term("apply", (self.term(script.nodes[0]),), name="exp", at=at, end=end)
        if word in ("m", "N", "M", "B") and not node.scripts:
            if self.names.data is None:
                raise self.problem(f"'{word}' is unknown here: this network is about one datum", node,
                                   "give the network a batch")
            return Term("size", size=self.names.data, at=at, end=end)
        if word[:1] == "n" and (len(word) == 1 or word[1:].isdigit()):
            return self._size(node)
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
            own = [self.names.activation(n) for n in range(1, self.names.depth + 1)]
            named = [f for f in own if not isinstance(f, str) and f is not None]
            other = named and all(f.__name__ != "sigmoid" for f in named)
            return "?" if other and self.names.notation.name not in ("nielsen",) else "sigmoid"
        if word in self.functions:
            return self.functions[word].__name__
        if word in ("softmax", "diag", "max", "sum", "abs", "transpose", "step", "dot", "matmul", "ReLU", "relu"):
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
        return self._raised(made, at_end)

    def _function(self, node: Node, name: str, inner: Term) -> Term:
        primes = sum(s.kind == "prime" for s in node.scripts)
        if name == "?":
            name = self._activation(node, inner)
        for s in node.scripts:
            if s.kind in ("label", "paren") or (s.kind == "bare" and label_value(s.nodes[0], self.context) is not None):
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
                  if s.kind in ("label", "paren", "bare", "below") and len(s.nodes) == 1]
        given = [n - self.names.notation.shift for n in labels if n is not None]
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
        for name, e in self.names.program.definitions.items():
            z = self.names.quantities.get(core.name)
            if name.startswith("a[") and z is not None and self.names.activation(int(name[2:-1]) if name[2:-1].isdigit()
                                                                                 else 0) == "softmax":
                if core.kind == "quantity" and e.expression.has(z.symbol) and not node.scripts:
                    made = replace(core, name=name)
                    return transposed(made) if inner.kind == "transpose" else made
        raise self.problem("softmax is read of the pre-activation of a softmax layer only", node)

    def diag(self, node: Node, args: tuple[Node, ...]) -> Term:
        return Term("diag", (self.term(args[0]),))

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

    def turned(self, node: Node, args: tuple[Node, ...]) -> Term:
        return transposed(self.term(args[0]))

    def product_of(self, node: Node, args: tuple[Node, ...], sign: str = "@") -> Term:
        """``np.dot(a, b)``."""
        if len(args) != 2:
            raise self.problem(f"{node.value} takes two arguments", node)
        return self.products.combine([self.term(a) for a in args], [sign], node)

    def outer(self, node: Node, args: tuple[Node, ...]) -> Term:
        return self.product_of(node, args, "⊗")

    def elementwise(self, node: Node, args: tuple[Node, ...]) -> Term:
        return self.product_of(node, args, "⊙")

    def summed(self, node: Node, args: tuple[Node, ...]) -> Term:
        """``sum(i, …)`` of the record, ``np.sum(dz, axis=1, keepdims=True)``, ``np.mean``."""
        mean = node.value.endswith("mean")
        if args and args[0].kind == "name" and len(args) == 2 and args[1].kind != "relation" and not mean:
            return self._total_over([args[0].value], None, args[1], node)
        options = {a.args[0].value: a.args[1] for a in args[1:] if a.kind == "relation" and a.args[0].kind == "name"}
        if len(options) != len(args) - 1 or set(options) - {"axis", "keepdims", "dim", "keepdim"}:
            raise self.problem("sum takes an array, axis and keepdims", node)
        inner = self.term(args[0])
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

    def indicator(self, node: Node, group: Node) -> Term:
        r"""``\mathbb{1}[z > 0]``, as relu'(z)."""
        inner = group.args[0] if len(group.args) == 1 else group
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
            size = self._upper(upper) if upper is not None else next(iter(found), None)
            if size is None or not found:
                raise self.problem(f"the range of the index {name} is not known: nothing is read at it", node)
            ranges.append((sp.S.One, size))
        context.bound.clear()
        context.bound.update(before)
        return Term("sum", (inner,), indices=tuple(index(n) for n in names), ranges=tuple(ranges), at=node.at,
                    end=node.end)

    def _upper(self, node: Node) -> sp.Expr | None:
        if node.kind == "name" and len(node.value) == 1 and not node.scripts and node.value in "nKJMDHIN" and not (
            node.value == "N" and self.names.data is not None
        ):
            return None  # "all of them", by whatever letter
        term = self.term(node)
        if term.kind == "number" and term.number.denominator == 1:
            return sp.Integer(int(term.number))
        if term.kind == "size":
            return term.size
        raise self.problem("the bound of a sum is a size or a number", node)

    # derivatives

    def differential(self, node: Node) -> Node | None:
        """``∂a``, ``da``, ``d a``: what stands behind the d."""
        while node.kind == "group" and len(node.args) == 1 and not node.scripts:
            node = node.args[0]
        if node.kind == "d" and not node.scripts:
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
            return finish(turned(term, by, marks, self.context), marks, self.context)
        above = names.stem(top.value) if top.kind == "name" else None
        if above is None or above.kind != "value":
            raise self.problem("a derivative is of the loss or of a quantity of the network", top,
                               self.names.nearest(top.value) if top.kind == "name" else "")
        upper = mark_names(top, above, self.context)
        of, where = self._leaf(top, above, upper)
        leaves = tuple(Term("quantity", name=q.name, indices=i, at=n.at, end=n.end)
                       for q, i, n in ((of, where, top), (by, at, bottom)))
        return Term("partial", leaves, at=node.at, end=node.end)

    def _leaf(self, node: Node, stem: Stem, marks: Marks) -> tuple[object, tuple[sp.Expr, ...]]:  # type: ignore[type-arg]
        if marks.primes or marks.power is not None:
            raise self.problem("a power or a prime inside a derivative is not read", node)
        q = quantity(node, stem, marks, self.context)
        return q, entry(q, marks, node, stem, self.context)

    def _fraction(self, node: Node) -> Term:
        top, bottom = (self.differential(a) for a in node.args)
        if top is not None and bottom is not None:
            return self._raised(self.derivative(top, bottom, node), node.scripts)
        parts = tuple(self.term(a) for a in node.args)
        return self._raised(Term("divide", parts, at=node.at, end=node.end), node.scripts)

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
        terms: list[Term] = []
        signs: list[str] = []
        factors, k = node.args, 0
        pending = ("", *node.signs)
        while k < len(factors):
            term, used = self._factor(factors[k:], node.signs[k:], terms, signs)
            if used > 0:
                if terms:
                    signs.append(pending[k])
                terms.append(term)
            else:
                terms[-1], used = term, -used
            k += used
        return self.products.combine(terms, signs, node)

    def _factor(self, rest: tuple[Node, ...], signs: tuple[str, ...], terms: list[Term], _: list[str]) -> tuple[Term, int]:
        """The next factor and how many nodes it took; negative where it took the term before it as well."""
        first = rest[0]
        beside = len(rest) > 1 and signs[0] == ""
        if len(rest) > 1 and signs[0] == "/":
            top, bottom = self.differential(first), self.differential(rest[1])
            if top is not None and bottom is not None:
                return self.derivative(top, bottom, replace(first, end=rest[1].end)), 2
        if first.kind == "method" and terms and beside:
            word = first.value[1:]
            if word == "dot":
                other = self.term(rest[1])
                return self.products.combine([terms[-1], other], ["@"], first), -2
            raise self.problem(f"{first.value} is not read here", first, f"write np.{word}(…)")
        if first.kind == "call":
            if not beside or rest[1].kind != "group":
                raise self.problem(f"{first.value} stands without its argument", first)
            return self._called(first, rest[1]), 2
        if first.kind == "name" and first.value in ("𝟙", "I", "1") and self.names.stem(first.value) is None:
            if beside and rest[1].kind == "group":
                return self.indicator(first, rest[1]), 2
        if first.kind == "number" and first.value == "1" and beside and rest[1].kind == "group" and (
            rest[1].args[0].kind == "relation"
        ):
            return self.indicator(first, rest[1]), 2
        if beside and self.function(first) is not None and first.value not in self.defined:
            argued = rest[1].kind == "group" and rest[1].value in "({["
            known = self.names.stem(first.value) is not None and not first.has("prime")
            if not known and (argued or self.function(first) in ("exp", "log", "sqrt", "sigmoid", "tanh")):
                return self.applied(first, rest[1]), 2
        return self.term(first), 1

    def _called(self, node: Node, argument: Node) -> Term:
        word = node.value.partition(".")[2]
        if word in _ARRAYS:
            made: Term = getattr(self, _ARRAYS[word])(node, argument.args)
            return self._raised(replace(made, at=node.at, end=argument.end), argument.scripts)
        inner = replace(node, kind="name", value=word)
        if self.function(inner) is None:
            raise self.problem(f"{node.value} is not read", node, "known: np." + ", np.".join(_ARRAYS))
        return self.applied(inner, argument)


_SPECIAL = {"softmax": "softmax", "diag": "diag", "max": "greatest", "abs": "absolute", "transpose": "turned",
            "sum": "summed", "dot": "product_of", "matmul": "product_of"}  # fmt: skip
_ARRAYS = {"dot": "product_of", "matmul": "product_of", "outer": "outer", "multiply": "elementwise", "sum": "summed",
           "mean": "summed", "transpose": "turned", "maximum": "greatest", "diag": "diag", "abs": "absolute"}  # fmt: skip


def _walked(term: Term) -> list[Term]:
    return [term, *(t for a in term.args for t in _walked(a))]
