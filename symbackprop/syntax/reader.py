"""Formulas by hand, read in the context of one network and one notation: text to readings, link by link."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import sympy as sp

from symbackprop.language.claim import Claim, Reading, Term
from symbackprop.language.errors import SyntaxProblem, nearest
from symbackprop.language.functions import Named
from symbackprop.language.indices import canonical
from symbackprop.language.notation import Notation
from symbackprop.language.program import Program
from symbackprop.syntax.components import Entries, claim, indices_of, places
from symbackprop.syntax.context import Context, Key, NoLayer
from symbackprop.syntax.definitions import Definition, Definitions
from symbackprop.syntax.gradient import read_gradient
from symbackprop.syntax.handwriting import Hand
from symbackprop.syntax.links import Link, allowed, chains, general, names_in, summed
from symbackprop.syntax.marks import marks
from symbackprop.syntax.naming import Names
from symbackprop.syntax.papers import in_letters_of_the_record
from symbackprop.syntax.placing import placements
from symbackprop.syntax.shapes import Misfit, Shapes
from symbackprop.syntax.tree import Node
from symbackprop.syntax.written import written_plain

READINGS, LAYERS = 64, 4
_RECORD = re.compile(r"(?<![\\^_{\d])[A-Za-zσδ∂]\[(?:\d+|[lL](?:\s*[+-]\s*\d)?)\]")
Functions = Mapping[str, type[Named]]


def read(
    text: str, program: Program, notation: Notation, functions: Functions, line: int = 1,
    definitions: Definitions | None = None, numbers: Mapping[sp.Symbol, int] | None = None, let: bool = False,
) -> tuple[Reading, ...]:
    """The readings of a text: one a link of a chain, one a row. What cannot be read is a Reading with ``problem``.

    ``numbers`` gives size symbols their values, where two axes of different symbols are equal by number.
    ``definitions`` holds the names of earlier lines and gets those of these. ``let``: the words beside the text say
    that it gives a name.
    """
    reader = _Reader(text, program, notation, functions, line, definitions or Definitions(), numbers or {})
    reader.let = let
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
        self.pending: dict[str, Definition] = {}
        self.let = False
        self.guessed: SyntaxProblem | None = None

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
        return Reading(self.text, self.line, claims=(made,), read_as=f"{left} = {right}",
                       choices=("names of the record",))

    def read(self) -> tuple[Reading, ...]:
        """Every link; the names that a chain gives again mean the new thing after the chain."""
        links = list(chains(self.text, marks(self.text)))
        if not links:
            raise SyntaxProblem("there is no equation here", self.text, 0, "a formula has a left and a right side")
        found: list[Reading] = []
        for k, link in enumerate(links):
            if isinstance(link, SyntaxProblem):
                found.append(self.unread(link))
                continue
            if k == 0 or link.starts:
                self._commit()
            link.left, link.right = (in_letters_of_the_record(n, self.names) for n in (link.left, link.right))
            try:
                found.append(self._link(link))
            except SyntaxProblem as problem:
                found.append(self.unread(problem))
        self._commit()
        plain = self.plainly() if len(found) == 1 and found[0].problem else None
        return (plain,) if plain is not None else tuple(found)

    def _commit(self) -> None:
        self.definitions.known |= self.pending
        self.pending = {}

    def _link(self, link: Link) -> Reading:
        if self._defines(link):
            return self._definition(link)
        if link.sign == "←" and link.left.kind == "name" and self._known(link.left) == "value":
            raise SyntaxProblem("an update rule changes a quantity, and claims nothing of a derivative", self.text,
                                link.left.at, "write the gradient, dW = …")
        return self._claimed(link)

    def _known(self, node: Node) -> str:
        stem = self.names.stem(node.value)
        return stem.kind if stem is not None else ""

    def _defines(self, link: Link) -> bool:
        left = link.left
        if left.kind != "name" or any(s.kind in ("transpose", "prime", "time") for s in left.scripts):
            return False
        let = link.let or self.let
        if left.value in self.definitions.known:
            return link.sign == "←" or let
        taken = ("m", "N", "n") if let else ("m", "N", "n", "e")
        free = self.names.stem(left.value) is None and left.value not in taken
        if free and not let and link.sign != "←" and left.scripts and re.fullmatch("[dD][A-Za-z]", left.value):
            raise SyntaxProblem(f"the network has no {left.value[1]}", self.text, left.at,
                                nearest(left.value[1], sorted({q.letter for q in self.program.quantities.values()})))
        if left.value == "δ" and self.notation.error != "δ" and (let or link.sign == "←"):
            free = True
        return free

    def _definition(self, link: Link) -> Reading:
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
        self.pending[link.left.value] = made
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

    def _values(self, link: Link) -> list[dict[str, int]]:
        """The values of the general label, in the numbers of the notation: one empty one where there is none."""
        every = (general(link.left) | general(link.right)) - summed(link.left) - summed(link.right)
        if not every:
            return [{}]
        name = "l" if "l" in every else "k"
        top = self.names.depth + self.notation.shift + 1
        values = list(range(top + 1))
        spoken = allowed(link, name, self.names.depth + self.notation.shift)
        if any(not general(self.definitions.known[n].right) for n in self.pending if n in self.definitions.known):
            spoken = {top - 1}  # the name enters the loop with the value it was given before it
        return [{name: n} for n in values if spoken is None or n in spoken]

    def _claimed(self, link: Link) -> Reading:
        values = self._values(link)
        vectors = self._vectors(link, values)
        main = vectors[0]
        others = tuple(v for v in vectors[1:] if not _same(v, main))
        return replace(main, others=others)

    def _vectors(self, link: Link, values: list[dict[str, int]]) -> list[Reading]:
        """Every reading: those that fit first, the usual one of them at the front."""
        found: list[Reading] = []
        problem: SyntaxProblem | None = None
        self.guessed = None
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
        if found and not fitting and self.guessed is not None:
            raise self.guessed  # which layer cannot be told by what fits
        if not found:
            assert problem is not None
            raise problem
        return fitting or found[:1]

    def _reading(self, link: Link, values: list[dict[str, int]], script: _Script) -> Reading:
        made: list[tuple[Claim, str]] = []
        choices: list[str] = []
        missing: SyntaxProblem | None = None
        every = values != [{}]
        for labels in values:
            script.restart()
            try:
                one = self._at(link, labels, script, choices)
            except NoLayer as caught:
                missing = caught
                continue
            made.append(one)
        if not made:
            raise missing or SyntaxProblem("there is no layer of which this speaks", self.text, link.left.at)
        kept = made if len(made) <= LAYERS else [made[0], made[1], made[len(made) // 2], made[-1]]
        if every:
            names = ", ".join(str(c.label) for c, _ in kept)
            name = next(iter(values[0]))
            choices.append(f"{name} = any layer; judged for {name} = {names}"
                           + ("" if kept is made else f", {len(kept)} of {len(made)}"))
        return Reading(self.text, self.line, claims=tuple(c for c, _ in kept), read_as=kept[-1][1],
                       choices=tuple(choices))

    def _at(self, link: Link, labels: dict[str, int], script: _Script, choices: list[str]) -> tuple[Claim, str]:
        context = Context(self.text, self.names, self.shapes, labels, script.pick, choices)
        placed = placements((link.left, link.right, *self._meant(link)), context, self.definitions.known)
        if placed:
            context.layers = placed[script.pick(len(placed))]
            if len(placed) > 1:
                self.guessed = SyntaxProblem(f"needs a layer: {_open(placed)} may be of several", self.text,
                                             link.left.at, "write the layers")
        hand = Hand(context, self.functions, self.definitions.known)
        left, right = hand.term(link.left), hand.term(link.right)
        label = next(iter(labels.values()), None)
        if any(_chained(t) for t in (left, right)):
            raise SyntaxProblem("a chain of derivatives of whole arrays: what is the order of its products?", self.text,
                                link.right.at, "write it for entries, ∂a_j/∂z_j, or put in what the derivatives are")
        made = claim(left, right, self.program, label, self.shapes.numbers, self.functions)
        return made, self.plain(left, right, made)

    def _meant(self, link: Link) -> list[Node]:
        """What the names of earlier lines stand for, where they stand here."""
        known = self.definitions.known
        return [known[n].right for n in sorted((names_in(link.left) | names_in(link.right)) & set(known))]

    def plain(self, left: Term, right: Term, made: Claim) -> str:
        """Both sides as they were read: entries where they fit, else as they stand."""
        if made.misfit:
            return f"{written_plain(left)} = {written_plain(right)}"
        try:
            taken = {s for t in (left, right) for s in indices_of(t)}
            at = places(self.shapes.of(left), taken)
            entries = Entries(self.program, self.shapes, self.functions, {*taken, *at})
            sides = [written_plain(entries.side(t, at)) for t in (left, right)]
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
        choice = min(self.given[self.k], count - 1) if self.k < len(self.given) else 0
        if self.k == len(self.asked):
            self.asked.append(count)
            self.taken.append(choice)
        self.k += 1
        return choice


def _open(placed: Sequence[Mapping[Key, int | str]]) -> str:
    """The letters whose layer is open."""
    keys = [k for k in placed[0] if len({p[k] for p in placed}) > 1]
    return ", ".join(letter + (f"_{''.join(at)}" if at else "") for letter, at in keys)


def _chained(term: Term) -> bool:
    """Is a derivative of a whole array by a whole array multiplied by something?"""
    inside = term.args if term.kind in ("scale", "hadamard", "matmul", "outer", "divide") else ()
    whole = any(a.kind == "partial" and not a.args[0].indices and not a.args[1].indices for a in inside)
    return (whole and term.kind != "scale") or (term.kind != "partial" and any(map(_chained, term.args)))


def _same(one: Reading, other: Reading) -> bool:
    return len(one.claims) == len(other.claims) and all(
        a.ranges == b.ranges and canonical(a.left) == canonical(b.left) and canonical(a.right) == canonical(b.right)
        for a, b in zip(one.claims, other.claims, strict=True)
    )


