"""One name with all that stands on it, to a term: which layer, which entry, turned or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import sympy as sp

from symbackprop.language.claim import Term
from symbackprop.language.quantity import Quantity, index
from symbackprop.syntax.context import Context, Key, NoLayer, label_value, power, transposed
from symbackprop.syntax.naming import Stem
from symbackprop.syntax.tree import Node, Script


@dataclass
class Marks:
    """The scripts of a name, sorted."""

    label: int | str | None = None
    own: bool = False
    indices: list[Node] = field(default_factory=list)
    datum: Node | None = None
    turns: int = 0
    primes: int = 0
    power: Node | None = None


def mark_names(node: Node, stem: Stem, context: Context) -> Marks:
    """The scripts of a name, as this profile means them."""
    found = Marks()
    layered = context.names.labelled(stem) or stem.letter in ("out", "score")
    if stem.digits:
        if layered:
            found.label = int(stem.digits)
        else:
            found.indices.append(Node("number", node.at, node.end, stem.digits))
    for script in node.scripts:
        _SORT[script.kind](script, found, layered, node, context)
    return found


def _bracket(script: Script, found: Marks, layered: bool, node: Node, context: Context) -> None:
    single = script.nodes[0] if len(script.nodes) == 1 else None
    if layered and found.label is None and single is not None and not found.indices:
        value = label_value(single, context)
        found.label = value if value is not None else single.value
        found.own = True
        return
    found.indices += script.nodes


def _labelled(script: Script, found: Marks, layered: bool, node: Node, context: Context) -> None:
    single = script.nodes[0]
    value = label_value(single, context)
    if found.label is not None or not layered:
        raise context.problem(f"[…] stands on {node.value}, which has no layers" if not layered
                              else f"a second layer label on {node.value}", node)
    if value is None and not (single.kind == "name" and not single.scripts):
        raise context.problem("this is no layer label", single, "a layer is a number, L, l, l - 1 or l + 1")
    found.label = value if value is not None else single.value


def _paren(script: Script, found: Marks, layered: bool, node: Node, context: Context) -> None:
    single = script.nodes[0]
    value = label_value(single, context)
    known = value is not None and not (single.kind == "name" and single.value in context.bound)
    if layered and found.label is None and known:
        if context.names.notation.mark != "()":
            context.chose(f"({_shown(single, context)}) on {node.value} = layer")
        found.label = value
        return
    if found.datum is not None:
        raise context.problem(f"a second mark in parentheses on {node.value}", node)
    found.datum = single


def _time(script: Script, found: Marks, layered: bool, node: Node, context: Context) -> None:
    found.datum = script.nodes[0]


def _bare(script: Script, found: Marks, layered: bool, node: Node, context: Context) -> None:
    single = script.nodes[0]
    value = label_value(single, context)
    bare = context.names.notation.mark == "bare"
    if layered and found.label is None and value is not None and single.kind != "neg":
        if single.kind == "number" and (not bare or node.value in ("y", "x")):
            found.power = single
            return
        # the square of a weight is in every penalty, that of a whole layer nowhere
        squared = node.value.lower() == "w" or bool(found.indices)
        if single.kind == "number" and single.value == "2" and squared and context.pick(2):
            context.chose(f"superscript {single.value} = power")
            found.power = single
            return
        context.chose(f"superscript {_shown(single, context)} = layer")
        found.label = value
        return
    if found.power is not None:
        raise context.problem("a second superscript", single)
    found.power = single


def _below(script: Script, found: Marks, layered: bool, node: Node, context: Context) -> None:
    nodes = list(script.nodes)
    value = label_value(nodes[0], context)
    bound = nodes[0].kind == "name" and nodes[0].value in context.bound
    bare = context.names.notation.mark == "bare"
    elsewhere = any(s.kind == "label" or _labels(s, context) or (s.kind == "bare" and bare)
                    or (s.kind == "bare" and s.nodes[0].kind != "number") for s in node.scripts)
    if layered and found.label is None and value is not None and not bound and not elsewhere:
        found.label = value
        nodes = nodes[1:]
    found.indices += nodes


def _labels(script: Script, context: Context) -> bool:
    """Parentheses above that may hold a layer: of ``z_2^{(i)}``, where layers are in [ ], they hold the datum."""
    if script.kind != "paren":
        return False
    return context.names.notation.mark not in ("[]", "below") or label_value(script.nodes[0], context) is not None


def _count(kind: str) -> Callable[[Script, Marks, bool, Node, Context], None]:
    def add(script: Script, found: Marks, layered: bool, node: Node, context: Context) -> None:
        setattr(found, kind, getattr(found, kind) + 1)
    return add


_SORT: dict[str, Callable[[Script, Marks, bool, Node, Context], None]] = {
    "bracket": _bracket, "label": _labelled, "paren": _paren, "time": _time, "bare": _bare, "below": _below,
    "transpose": _count("turns"), "prime": _count("primes"),
}  # fmt: skip


def _shown(node: Node, context: Context) -> str:
    return context.text[node.at : node.end].strip("{} ") or node.value


def quantity(node: Node, stem: Stem, marks: Marks, context: Context) -> Quantity:
    """The quantity a name and its label denote. Raises SyntaxProblem, NoLayer where there is no such layer."""
    names = context.names
    letter, label = stem.letter, marks.label
    if letter in ("out", "score"):
        special = names.quantities[names.special[letter]]
        if label is None:
            return special
        letter = special.letter
    if letter == "x":
        return names.quantities[names.special["x"]]
    labels = names.layers[letter]
    if label is None:
        real = [n for n in labels if n is not None]
        if None in labels:
            return names.quantities[letter]
        if letter == "a":
            real = [n for n in real if n != 0]
        placed = context.layers.get(key_of(stem, marks))
        if placed is not None:
            where = "".join(n.value for n in marks.indices)
            context.chose(f"{node.value}{'_' + where if where else ''} = {letter}[{placed}]")
            return names.quantities[f"{letter}[{placed}]"]
        if len(real) != 1:
            shown = " or ".join(f"{letter}[{n}]" for n in real[:4])
            raise context.problem(f"{node.value} needs a layer: {shown}", node, "write its layer")
        context.chose(f"{node.value} = {letter}[{real[0]}], the only one")
        return names.quantities[f"{letter}[{real[0]}]"]
    if isinstance(label, int):
        label -= 0 if marks.own else names.shift(letter)
    name = f"{letter}[{label}]"
    if name not in names.quantities:
        here = ", ".join(f"{letter}[{n}]" for n in labels if n is not None)
        raise NoLayer(f"there is no {name} here", context.text, node.at, f"known: {here}" if here else "")
    return names.quantities[name]


def key_of(stem: Stem, marks: Marks) -> Key:
    """By what names without a layer are told apart."""
    return stem.letter, tuple(p.value for node in marks.indices for p in split(node))


def entry(q: Quantity, marks: Marks, node: Node, stem: Stem, context: Context) -> tuple[sp.Expr, ...]:
    """The indices of an entry, in the order of the record; () for the whole array."""
    axes = len(q.axes)
    datum = [k for k, a in enumerate(q.axes) if a.name in ("datum", "time")]
    if marks.datum is not None and not datum:
        context.chose("one datum: its superscript is left out")
        marks.datum = None
    if not marks.indices and marks.datum is None:
        return ()
    want = axes - (marks.datum is not None)
    places = list(marks.indices)
    if len(places) != want:
        places = [p for place in places for p in split(place)]
    if len(places) == 1 and axes == 2 and q.name in context.names.timed and marks.datum is None and not marks.own:
        marks.datum = places[0]  # h_t, the vector at one time
        return ()
    single = [k for k, n in enumerate(q.shape) if context.shapes.single(n) and k not in datum]
    if len(places) == want - len(single) and single:  # of one neuron a layer the neuron has no number
        for k in single:
            before = sum(d < k for d in datum) if marks.datum is not None else 0
            places.insert(k - before, Node("number", node.at, node.end, "1"))
    if len(places) != want:
        if marks.datum is not None and not places:
            return ()  # the whole of one datum
        raise context.problem(f"{q.name} has {axes} axes, but {len(places)} "
                              f"{'index stands' if len(places) == 1 else 'indices stand'} here", node)
    found = [entry_index(p, context) for p in places]
    if marks.datum is not None:
        found.insert(datum[0], entry_index(marks.datum, context))
    elif context.names.turned(q) and not marks.own:
        found = found[::-1]
    return tuple(found)


def split(node: Node) -> list[Node]:
    """``ji`` is j and i, ``21`` is 2 and 1."""
    if node.kind in ("name", "number") and len(node.value) > 1 and not node.scripts:
        kind = "number" if node.kind == "number" else "name"
        return [Node("number" if c.isdigit() else kind, node.at + k, node.at + k + 1, c)
                for k, c in enumerate(node.value)]
    if node.kind == "product" and set(node.signs) == {""}:
        return [p for a in node.args for p in split(a)]
    return [node]


def entry_index(node: Node, context: Context) -> sp.Expr:
    """An index as it is written: a letter, a number, ``t - 1``."""
    if node.kind == "number" and node.value.isdigit():
        return sp.Integer(int(node.value[:9]))
    if node.kind == "name" and not node.scripts:
        context.bound.setdefault(node.value, None)
        return index(node.value)
    if node.kind == "group" and len(node.args) == 1:
        return entry_index(node.args[0], context)
    if node.kind == "neg":
        return -entry_index(node.args[0], context)
    if node.kind == "add":
        return sp.Add(*(entry_index(a, context) for a in node.args))
    if node.kind == "product" and not node.scripts and node.args[0].kind == "number" and (
        set(node.signs) <= {"", "*", "·"}
    ):
        made: sp.Expr = sp.Mul(*(entry_index(a, context) for a in node.args))  # 2u, of a stride of two
        if len([a for a in node.args if a.kind != "number"]) <= 1:
            return made
    raise context.problem("an index is a letter or a whole number", node)


def reference(node: Node, stem: Stem, context: Context) -> Term:
    """The term of a name: a quantity or an adjoint, whole or one entry, turned, to a power."""
    names = context.names
    if node.value == "dout" and names.special["out"] != names.special["score"]:
        letter = ("score", "out")[context.pick(2)]
        context.chose(f"dout = derivative by {names.special[letter]}")
        stem = Stem("adjoint", letter)
    marks = mark_names(node, stem, context)
    if marks.primes == 1 and _matlab(context):
        context.chose(f"{node.value}' = transposed")
        marks.primes, marks.turns = 0, marks.turns + 1
    if marks.primes:
        raise context.problem(f"a prime on {node.value}: a transpose or a derivative?", node,
                              "write W^T for the transpose; sigma'(z) for the derivative of a function")
    q = quantity(node, stem, marks, context)
    at = entry(q, marks, node, stem, context)
    loss = names.about(q) if stem.kind == "adjoint" else None
    if stem.kind == "adjoint" and loss is None:
        raise context.problem("there is no loss here", node)
    if stem.kind == "adjoint" and q.role == "loss":
        raise context.problem(f"{node.value} stands alone", node, "a derivative is written dJ/da[2], or da[2]")
    term = Term(stem.kind if stem.kind == "adjoint" else "quantity", name=q.name, of=loss.name if loss else "",
                indices=at, at=node.at, end=node.end)
    if marks.datum is not None and not at:
        return finish(of_datum(term, q, marks, context), marks, context)
    return finish(turned(term, q, marks, context), marks, context)


def _matlab(context: Context) -> bool:
    """Is it plain text of a course, or with signs, of those who write the transpose as a prime?"""
    return "\\" not in context.text and (context.names.notation.product == "•" or ".*" in context.text)


def of_datum(term: Term, q: Quantity, marks: Marks, context: Context) -> Term:
    """What belongs to one datum of an array over all of them: a column, where the course has rows a row."""
    assert marks.datum is not None
    columns = Term("transpose", (term,)) if q.axes[0].name == "datum" or q.name in context.names.timed else term
    column = Term("column", (columns,), indices=(entry_index(marks.datum, context),), at=term.at, end=term.end)
    return transposed(column) if context.names.lettering.rows else column


def turned(term: Term, q: Quantity, marks: Marks, context: Context) -> Term:
    """A whole array the way its course writes it."""
    turn = not term.indices and context.names.turned(q) and not marks.own
    return Term("transpose", (term,), at=term.at, end=term.end) if turn else term


def finish(term: Term, marks: Marks, context: Context) -> Term:
    """The term with the transposes and the power that stand on it."""
    for _ in range(marks.turns):
        term = transposed(term)
    if marks.power is not None:
        term = power(term, marks.power, context)
    return term
