"""Formulas by hand, read in the context of one network and one notation: text to readings, link by link."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import sympy as sp

from symbackprop.language.claim import Claim, Reading, Term
from symbackprop.language.errors import SyntaxProblem
from symbackprop.language.functions import Named
from symbackprop.language.indices import canonical
from symbackprop.language.notation import Notation
from symbackprop.language.program import Program
from symbackprop.language.quantity import index
from symbackprop.syntax.components import Entries, claim, indices_of, places
from symbackprop.syntax.gradient import read_gradient
from symbackprop.syntax.grammar import Node, Parser
from symbackprop.syntax.handwriting import Hand
from symbackprop.syntax.marks import Mark, marks
from symbackprop.syntax.naming import Names
from symbackprop.syntax.references import Context, NoLayer, label_value
from symbackprop.syntax.shapes import Misfit, Shapes
from symbackprop.syntax.written import written_plain

READINGS, LAYERS = 64, 4
_RECORD = re.compile(r"(?<![\\^_{\d])[A-Za-zσδ∂]\[(?:\d+|[lL](?:\s*[+-]\s*\d)?)\]")
_OPENING = frozenset("let define where so hence thus then and therefore with".split())  # noqa: SIM905
_CONDITION = frozenset(("for", "if", "when", "forall", "∀"))
_GENERAL = ("l", "k")
Functions = Mapping[str, type[Named]]


@dataclass(frozen=True)
class Definition:
    """``name = right``: with the general label and the indices that stand on the left, and the names before it."""

    right: Node
    text: str
    label: Node | None
    indices: tuple[str, ...]
    before: Mapping[str, Definition]

    def unfold(self, hand: Hand, node: Node) -> Term:
        """The right side, with the label and the indices that stand here."""
        outer = hand.context
        label, places, turns, power = _scripts_of(node, outer)
        labels = dict(outer.labels)
        if self.label is not None and label is not None:
            names = [n for n in _words(self.label) if n in _GENERAL]
            if names:
                probe = replace(outer, labels={names[0]: 0})
                shift = label_value(self.label, probe) or 0
                labels[names[0]] = label - shift
            elif label_value(self.label, outer) != label:
                raise NoLayer(f"{node.value} has not been given for this layer", outer.text, node.at)
        if len(places) not in (0, len(self.indices)):
            raise outer.problem(f"{node.value} takes {len(self.indices)} indices", node)
        context = replace(outer, labels=labels, text=self.text, bound=dict.fromkeys(self.indices))
        inner = Hand(context, hand.functions, self.before).term(self.right)
        renaming = {index(a): index(b) for a, b in zip(self.indices, places, strict=bool(places))}
        term = _renamed(inner, renaming) if places else inner
        term = replace(term, at=node.at, end=node.end)
        return hand._raised(term, tuple(s for s in node.scripts if s.kind == "transpose" or s in power)) \
            if turns or power else term


def _scripts_of(node: Node, context: Context) -> tuple[int | None, list[str], int, list[object]]:
    label, places, turns = None, list[str](), 0
    power: list[object] = []
    for s in node.scripts:
        value = label_value(s.nodes[0], context) if s.nodes else None
        if s.kind == "transpose":
            turns += 1
        elif s.kind in ("label", "paren") or (s.kind == "bare" and value is not None and s.nodes[0].kind != "number"):
            label = value
        elif s.kind in ("below", "bracket"):
            if len(s.nodes) == 1 and value is not None:
                label = value
            else:
                places += [c for n in s.nodes for c in (n.value if n.value.isalpha() else [n.value])]
        else:
            power.append(s)
    return label, places, turns, power


def _words(node: Node) -> set[str]:
    found = {node.value} if node.kind == "name" else set()
    for arg in node.args:
        found |= _words(arg)
    return found


def _renamed(term: Term, renaming: Mapping[sp.Symbol, sp.Symbol]) -> Term:
    return replace(term, args=tuple(_renamed(a, renaming) for a in term.args),
                   indices=tuple(i.xreplace(dict(renaming)) for i in term.indices))


@dataclass
class Definitions:
    """The names that earlier lines have given. ``read`` adds to them."""

    known: dict[str, Definition] = field(default_factory=dict)


@dataclass
class _Link:
    """One ``left = right`` of a row."""

    left: Node
    right: Node
    sign: str
    let: bool
    condition: list[Mark]


def read(
    text: str, program: Program, notation: Notation, functions: Functions, line: int = 1,
    definitions: Definitions | None = None, numbers: Mapping[sp.Symbol, int] | None = None,
) -> tuple[Reading, ...]:
    """The readings of a text: one a link of a chain, one a row. What cannot be read is a Reading with ``problem``.

    ``numbers`` gives size symbols their values, where two axes of different symbols are equal by number.
    ``definitions`` holds the names of earlier lines and gets those of these.
    """
    reader = _Reader(text, program, notation, functions, line, definitions or Definitions(), numbers or {})
    try:
        return reader.read()
    except SyntaxProblem as problem:
        plain = reader.plainly()
        return (plain or reader.unread(problem),)
    except RecursionError:
        return (reader.unread(SyntaxProblem("nested too deep", text[:80], 0)),)


_NAMES: dict[tuple[int, str, bool], Names] = {}


def _names(program: Program, notation: Notation, record: bool) -> Names:
    key = (id(program), notation.name, record)
    found = _NAMES.get(key)
    if found is None or found.program is not program or found.notation is not notation:
        if len(_NAMES) > 64:
            _NAMES.clear()
        found = _NAMES[key] = Names(program, notation, record)
    return found


class _Reader:
    def __init__(
        self, text: str, program: Program, notation: Notation, functions: Functions, line: int,
        definitions: Definitions, numbers: Mapping[sp.Symbol, int],
    ) -> None:
        self.text, self.program, self.notation, self.functions = text, program, notation, functions
        self.line, self.definitions = line, definitions
        record = "\\" not in text and bool(_RECORD.search(text))
        self.names = _names(program, notation, record)
        self.shapes = Shapes(program, numbers)

    def unread(self, problem: SyntaxProblem) -> Reading:
        return Reading(self.text, self.line, problem.column, problem=str(problem))

    def plainly(self) -> Reading | None:
        """The text as the language of formulas reads it, where that knows more: where(…), affine indices."""
        if "\\" in self.text or self.notation.name == "":
            return None
        try:
            by, at, right = read_gradient(self.text, self.program, self.functions)
        except (SyntaxProblem, RecursionError, StopIteration):
            return None
        left = by.adjoint.at(*at)
        ranges = tuple(zip(at, by.shape, strict=True))
        made = Claim(left, right, ranges)
        return Reading(self.text, self.line, claims=(made,), read_as=f"{left} = {right}", choices=("names of the record",))

    def read(self) -> tuple[Reading, ...]:
        links = self._links(marks(self.text))
        if not links:
            raise SyntaxProblem("there is no equation here", self.text, 0, "a formula has a left and a right side")
        found: list[Reading] = []
        for link in links:
            try:
                found.append(self._link(link))
            except SyntaxProblem as problem:
                found.append(self.unread(problem))
        if len(found) == 1 and found[0].problem:
            plain = self.plainly()
            return (plain,) if plain is not None else tuple(found)
        return tuple(found)

    # rows and links

    def _links(self, every: list[Mark]) -> list[_Link]:
        links: list[_Link] = []
        last: Node | None = None
        for row in _rows(every):
            row, condition, let = _conditioned(row)
            if not row:
                continue
            parser = Parser(self.text, [*row, Mark("end", "", row[-1].end, row[-1].end)])
            left = last if parser.sees("=", "←") and last is not None else parser.sum()
            while parser.sees("=", "←", "==", ":"):
                sign = parser.mark.text
                parser.k += 1
                if sign == ":":
                    sign = "←"
                    parser.expect("=")
                right = parser.sum()
                links.append(_Link(left, right, sign, let, condition))
                left = right
            parser.end()
            if not links or links[-1].right is not left:
                raise parser.problem("expected '=' but found " + parser.shown())
            last = left
        return links

    def _link(self, link: _Link) -> Reading:
        if self._defines(link):
            return self._definition(link)
        if link.sign == "←" and link.left.kind == "name" and self._known(link.left) == "value":
            raise SyntaxProblem("an update rule changes a quantity, and claims nothing of a derivative", self.text,
                                link.left.at, "write the gradient, dW = …")
        return self._claimed(link)

    def _known(self, node: Node) -> str:
        stem = self.names.stem(node.value)
        return stem.kind if stem is not None else ""

    def _defines(self, link: _Link) -> bool:
        left = link.left
        if left.kind != "name" or any(s.kind in ("transpose", "prime", "time") for s in left.scripts):
            return False
        if left.value in self.definitions.known:
            return link.sign == "←" or link.let
        free = self.names.stem(left.value) is None and left.value not in ("m", "N", "n", "e")
        if left.value == "δ" and self.notation.error != "δ" and (link.let or link.sign == "←"):
            free = True
        return free

    def _definition(self, link: _Link) -> Reading:
        label, places = None, list[str]()
        for s in link.left.scripts:
            single = s.nodes[0] if len(s.nodes) == 1 else None
            is_label = single is not None and (single.kind != "name" or single.value in ("l", "L", "k"))
            if s.kind in ("label", "paren", "bare") or (s.kind == "below" and is_label and single is not None
                                                         and single.value != "k"):
                label = s.nodes[0]
            else:
                places += [c for n in s.nodes for c in n.value]
        made = Definition(link.right, self.text, label, tuple(places), dict(self.definitions.known))
        # it must be readable, at some layer
        read = [r for r in (self._try_term(link.right, n, made) for n in self._values(link)) if r is not None]
        if not read:
            self._term_at(link.right, self._values(link)[-1], made)
        self.definitions.known[link.left.value] = made
        shown = self.text[link.left.at : link.left.end]
        return Reading(self.text, self.line, choices=(f"{shown} is a name for the right side",),
                       read_as=f"{shown} := {written_plain(read[0])}" if read else "", definition=True)

    def _try_term(self, node: Node, labels: Mapping[str, int], made: Definition) -> Term | None:
        try:
            return self._term_at(node, labels, made)
        except SyntaxProblem:
            return None

    def _term_at(self, node: Node, labels: Mapping[str, int], made: Definition) -> Term:
        context = Context(self.text, self.names, self.shapes, labels, lambda _: 0, [], dict.fromkeys(made.indices))
        return Hand(context, self.functions, made.before).term(node)

    # claims

    def _values(self, link: _Link) -> list[dict[str, int]]:
        """The values of the general label, in the numbers of the notation: one empty one where there is none."""
        every = _general(link.left) | _general(link.right)
        for name in every.copy():
            if name in _summed(link.left) | _summed(link.right):
                every.discard(name)
        if not every:
            return [{}]
        name = "l" if "l" in every else "k"
        top = self.names.depth + self.notation.shift + 1
        values = list(range(top + 1))
        allowed = self._allowed(link, name)
        return [{name: n} for n in values if allowed is None or n in allowed]

    def _allowed(self, link: _Link, name: str) -> set[int] | None:
        """The layers that a condition speaks of: ``l = L``, ``l = 1, …, L``, ``l < L``."""
        marks_ = [m for m in link.condition if m.text not in ("for", "if", "when", "forall", "∀", "all", "any", "(", ")",
                                                               "{", "}", ",", "each", "every", "layer", "layers")]
        if not marks_ or marks_[0].text != name or len(marks_) < 3:
            return None
        depth = self.names.depth + self.notation.shift
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

    def _claimed(self, link: _Link) -> Reading:
        values = self._values(link)
        vectors = self._vectors(link, values)
        main = vectors[0]
        others = tuple(v for v in vectors[1:] if not _same(v, main))
        return replace(main, others=others)

    def _vectors(self, link: _Link, values: list[dict[str, int]]) -> list[Reading]:
        """Every reading: those that fit first, the usual one of them at the front."""
        found: list[Reading] = []
        problem: SyntaxProblem | None = None
        stack: list[tuple[int, ...]] = [()]
        tried = 0
        while stack and tried < READINGS:
            prefix = stack.pop(0)
            tried += 1
            script = _Script(prefix)
            try:
                found.append(self._reading(link, values, script))
            except SyntaxProblem as caught:
                problem = problem or caught
            for k in range(len(prefix), len(script.asked)):
                stack += [(*script.taken[:k], n) for n in range(1, script.asked[k])]
        fitting = [r for r in found if not any(c.misfit for c in r.claims)]
        if not found:
            assert problem is not None
            raise problem
        return fitting or found[:1]

    def _reading(self, link: _Link, values: list[dict[str, int]], script: _Script) -> Reading:
        made: list[tuple[Claim, str]] = []
        choices: list[str] = []
        missing: SyntaxProblem | None = None
        general = values != [{}]
        for labels in values:
            script.restart()
            try:
                one = self._at(link, labels, script, choices)
            except NoLayer as caught:
                missing = caught
                continue
            if not general or all(self._own(t) for t in (one[0].left_term, one[0].right_term)):
                made.append(one)
        if not made:
            raise missing or SyntaxProblem("there is no layer of which this speaks", self.text, link.left.at)
        kept = made if len(made) <= LAYERS else [made[0], made[1], made[len(made) // 2], made[-1]]
        if general:
            names = ", ".join(str(c.label) for c, _ in kept)
            name = next(iter(values[0]))
            choices.append(f"{name} = any layer; judged for {name} = {names}"
                           + ("" if kept is made else f", {len(kept)} of {len(made)}"))
        return Reading(self.text, self.line, claims=tuple(c for c, _ in kept), read_as=kept[-1][1], choices=tuple(choices))

    def _own(self, term: Term | None) -> bool:
        return term is not None

    def _at(self, link: _Link, labels: dict[str, int], script: _Script, choices: list[str]) -> tuple[Claim, str]:
        context = Context(self.text, self.names, self.shapes, labels, script.pick, choices)
        hand = Hand(context, self.functions, self.definitions.known)
        left, right = hand.term(link.left), hand.term(link.right)
        label = next(iter(labels.values()), None)
        made = claim(left, right, self.program, label, self.shapes.numbers, self.functions)
        return made, self.plain(left, right, made)

    def plain(self, left: Term, right: Term, made: Claim) -> str:
        """Both sides as they were read: entries where they fit, else as they stand."""
        if made.misfit:
            return f"{written_plain(left)} = {written_plain(right)}"
        try:
            taken = {s for t in (left, right) for s in indices_of(t)}
            at = places(self.shapes.of(left), taken)
            entries = Entries(self.program, self.shapes, self.functions, {*taken, *at})
            sides = [written_plain(entries.entry(t, at if self.shapes.of(t) else ())) for t in (left, right)]
        except Misfit:
            sides = [written_plain(left), written_plain(right)]
        return " = ".join(sides)


class _Script:
    """The decisions of one reading: those given, then the usual one each time."""

    def __init__(self, given: tuple[int, ...]) -> None:
        self.given, self.asked, self.taken, self.k = given, list[int](), list[int](), 0

    def restart(self) -> None:
        self.k = 0

    @property
    def pick(self) -> Callable[[int], int]:
        return self._pick

    def _pick(self, count: int) -> int:
        choice = self.given[self.k] if self.k < len(self.given) else 0
        if self.k == len(self.asked):
            self.asked.append(count)
            self.taken.append(choice)
        self.k += 1
        return choice


def _same(one: Reading, other: Reading) -> bool:
    return len(one.claims) == len(other.claims) and all(
        a.ranges == b.ranges and canonical(a.left) == canonical(b.left) and canonical(a.right) == canonical(b.right)
        for a, b in zip(one.claims, other.claims, strict=True)
    )


def _general(node: Node, names: tuple[str, ...] = ()) -> set[str]:
    """The general labels in the scripts of a tree."""
    if node.kind == "name" and node.value == "n" and len(node.scripts) == 1 and names:
        return set()  # n_l of UFLDL is the last layer
    found = {node.value} & set(names) if node.kind == "name" else set()
    for s in node.scripts:
        inside = _GENERAL if s.kind in ("label", "paren", "bare") else _GENERAL[:1] if len(s.nodes) == 1 else ()
        for n in s.nodes:
            found |= _general(n, inside)
    for arg in node.args:
        found |= _general(arg, names)
    return found


def _summed(node: Node) -> set[str]:
    found: set[str] = set()
    if node.kind == "sum":
        for s in node.scripts:
            for n in s.nodes:
                found |= _words(n.args[0] if n.kind == "relation" else n)
    for arg in node.args:
        found |= _summed(arg)
    return found


def _rows(every: list[Mark]) -> list[list[Mark]]:
    """The marks of each formula: rows of an environment, parts behind ``;`` and commas."""
    rows: list[list[Mark]] = [[]]
    depth = 0
    for mark in every:
        if mark.kind == "end":
            break
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
    return len(row) > 2 and row[0].text in _GENERAL and row[1].text in ("=", "<", ">", "<=", ">=", "∈")


def _conditions_in(row: list[Mark]) -> bool:
    return any(m.text == "," for m in row)


def _conditioned(row: list[Mark]) -> tuple[list[Mark], list[Mark], bool]:
    """A row without its opening words and without its condition, and these."""
    let = False
    while row and row[0].kind == "word" and row[0].text.lower() in _OPENING:
        let = let or row[0].text.lower() in ("let", "define", "where", "with")
        row = row[1:]
    for k, mark in enumerate(row):
        if mark.kind == "word" and mark.text in _CONDITION:
            return _stripped(row[:k]), row[k + 1 :], let
        if mark.text in (",", "(") and _is_condition(row[k + 1 :]) and k:
            return _stripped(row[:k]), row[k + 1 :], let
    return _stripped(row), [], let


def _stripped(row: list[Mark]) -> list[Mark]:
    """Without punctuation at the end, and without empty braces of text."""
    while row and row[-1].text in (",", ".", ";", ":", "{"):
        row = row[:-1]
    return row
