"""Scene: one derivation in one form, with what every section of it reads: names, numbers, colours, roles, values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeAlias

import sympy as sp

from symbackprop.documents.blocks import Inline, Lang, Ref, Tail, Term
from symbackprop.documents.catalogue import has, listed, say, words
from symbackprop.language.arrays import MatrixForm
from symbackprop.language.derivation import Chapter, Derivation, Factor, Line, Product, stamp_line
from symbackprop.language.functions import Named, Partial, defined
from symbackprop.language.indices import base_of
from symbackprop.language.quantity import DEPTH, LABEL, PARAMETERS, Quantity
from symbackprop.language.report import Report
from symbackprop.notation.formula import EMPTY, Fenced, Formula, Num, Op, row, slashed
from symbackprop.notation.write import Writer

DIGITS = 5
Values = Mapping[str, object]


@dataclass(frozen=True, eq=False)
class Scene:
    """``start``: the number before the first one here; ``prefix`` keeps the names of reused values apart."""

    derivation: Derivation
    writer: Writer
    lang: Lang
    prefix: str
    start: int = 0
    level: str = "normal"
    values: Values = field(default_factory=dict)
    report: Report | None = None
    order: tuple[str, ...] = ()
    """The names of the gradients shown, in order; by default what was asked for and what the notation names."""
    lines: Mapping[str, Line] = field(default_factory=dict)
    """The line each gradient is read off, where that is not its result: collected, in matrix form."""
    forms: Mapping[str, MatrixForm] = field(default_factory=dict)
    seen: set[Partial] = field(default_factory=set)
    struck: set[tuple[str, str]] = field(default_factory=set)
    """Kinds of sums whose vanishing terms have been shown."""
    _roles: dict[sp.Symbol, str] = field(default_factory=dict)

    @cached_property
    def shown(self) -> tuple[str, ...]:
        return self.order or shown_names(self.derivation)

    @cached_property
    def numbers(self) -> dict[str, int]:
        numbers = {name: self.start + k for k, name in enumerate(self.shown, start=1)}
        return numbers | {new: numbers[name] for new, name in self._assumed.items()}

    @cached_property
    def deep(self) -> bool:
        """Is the number of layers a symbol?"""
        return self.derivation.forward.run is not None

    @cached_property
    def _assumed(self) -> dict[str, str]:
        """What the induction takes as known (``da[l + 1]``), by the name of the general chapter it is stamped from."""
        general = {id(e.template): e.name for e in self.derivation.entries if e.last is not None}
        pairs = ((e.name, general[id(e.template)]) for e in self.derivation.assumed)
        return {new: name for new, name in pairs if name in self.shown}

    @cached_property
    def assumed_read(self) -> tuple[Chapter, ...]:
        """Of what the induction takes as known, what the general chapters read."""
        read = {s for name in self.shown for s in self.line(name).reads}
        found = (self.derivation.chapter(name) for name in self._assumed)
        return tuple(c for c in found if c.quantity.symbol in read)

    @cached_property
    def readings(self) -> tuple[tuple[Chapter, tuple[sp.Symbol, ...]], ...]:
        """Every gradient shown with what its line reads; a general one also where it reads the last layers, and one
        layer before."""
        stated = [(self.derivation.chapter(name), self.line(name).reads) for name in self.shown]
        for entry in (self.derivation.by_name[name] for name in self.shown):
            for label in (DEPTH - 1, DEPTH - 2, LABEL - 1) if entry.last is not None else ():
                if label == LABEL - 1 or (entry.last - label).is_nonnegative:
                    line = stamp_line(self.line(entry.name), label, {})
                    stated.append((entry.template.stamped(label, {}), line.reads))
        return tuple(stated)

    @cached_property
    def refs(self) -> dict[sp.Symbol, tuple[str, str]]:
        """Symbol of each reused value to its name in the record and on the page."""
        read = {s for _, symbols in self.readings for s in symbols}
        symbols = [(self.derivation.chapter(name).quantity.symbol, name) for name in self.shown]
        used = [(s, name) for s, name in symbols if s in read]
        found = {s: (name, f"{self.prefix}{k}") for k, (s, name) in enumerate(used, start=1)}
        marks = dict(found.values())
        known = ((c.quantity.symbol, c.quantity.name) for c in self.assumed_read)
        return found | {s: (name, marks[self._assumed[name]]) for s, name in known if self._assumed[name] in marks}

    @cached_property
    def scalars(self) -> dict[sp.Symbol, sp.Float]:
        """The values that are single numbers, by symbol."""
        known = {**self.derivation.forward.quantities, **{c.quantity.name: c.quantity for c in self._valued}}
        pairs = ((q.symbol, single(self.values.get(name))) for name, q in known.items() if not q.axes)
        return {s: sp.Float(v, 17) for s, v in pairs if v is not None}

    def about(self, *quantities: Quantity) -> Scene:
        """The scene in which general lines are written: where a weight has the label of the layer it comes from, l is
        that label in the lines of weights, so that they read W^{(l)} as in the course."""
        general = next((q for q in quantities if q.role in PARAMETERS and q.layer == LABEL), None)
        writer = self.writer if general is None else self.writer.about(general)
        return self if writer is self.writer else replace(self, writer=writer)

    @property
    def _valued(self) -> tuple[Chapter, ...]:
        return tuple(self.derivation.chapters) if self.values else ()

    def line(self, name: str) -> Line:
        """What a gradient is: its result, or the line collected from it."""
        return self.lines.get(name) or self.derivation.chapter(name).result

    @cached_property
    def second(self) -> bool:
        """Are first derivatives among what is differentiated?"""
        return any(q.by is not None for q in self.derivation.forward.quantities.values())

    @cached_property
    def data(self) -> sp.Expr | None:
        """How many data there are; None where the network is about one datum."""
        axes = (axis for q in self.derivation.forward.quantities.values() for axis in q.axes)
        return next((axis.size for axis in axes if axis.name == "datum"), None)

    # --- words and boxes

    def key(self, key: str) -> str:
        """The sentence's own wording for second derivatives, where it has one."""
        return f"{key}.second" if self.second and has(f"{key}.second") else key

    def name(self, q: Quantity, indices: tuple[sp.Expr, ...] = ()) -> Formula:
        """A quantity within a sentence: fractions lie on their side."""
        return slashed(self.writer.quantity(q, indices))

    def by(self, chapter: Chapter) -> Formula:
        return self.about(chapter.by).writer.quantity(chapter.by, chapter.indices)

    def inline(self, e: sp.Expr) -> Formula:
        return slashed(self.writer.expression(e))

    def role(self, partial: Partial) -> str:
        """The role of a factor of the chain: 선형식, 시그모이드, 손실."""
        of, by = base_of(partial.of), base_of(partial.by)
        if of not in self._roles:
            self._roles[of] = self._role(of)
        if self._roles[of] == "factor.loss" and getattr(self._quantities.get(by), "role", "") == "loss":
            return words(self.lang, "factor.mean")
        key = self._roles[of]
        return words(self.lang, key) if has(key) else key

    def _role(self, symbol: sp.Symbol) -> str:
        q = self._quantities.get(symbol)
        if q is None or q.role == "loss":
            return "factor.loss"
        expression = self.derivation.forward.definition(q.name).expression
        if isinstance(expression, Named):
            stem = type(expression).stem
            return f"factor.{stem}" if has(f"factor.{stem}") else stem
        if q.role == "activation" and not expression.has(sp.Function, sp.Piecewise):  # of a layer that has none
            weighted = any(self._quantities[base_of(x)].role in PARAMETERS for x in expression.atoms(sp.Indexed))
            return "factor.linear" if weighted else "factor.other"
        kinds = {"pre-activation": "factor.linear", "activation": "factor.activation", "adjoint": "factor.adjoint",
                 "slope": "factor.slope"}  # fmt: skip
        return kinds.get(q.role, "factor.other")

    @cached_property
    def _quantities(self) -> Mapping[sp.Symbol, Quantity]:
        return self.derivation.forward.by_symbol

    # --- lines

    def terms(self, line: Line, roles: bool = False) -> tuple[Term, ...]:
        """The factors of a line, the reused ones marked."""
        return tuple(self._term(*part, roles) for part in self.writer.factors(line))

    def _term(self, before: Formula, factor: Factor, shown: Formula, roles: bool) -> Term:
        partial = factor.expression if isinstance(factor.expression, Partial) else None
        role = self.role(partial) if roles and partial is not None else ""
        return Term(shown, before, role, self.ref(factor.expression)[1])

    def ref(self, e: sp.Expr) -> tuple[str, str]:
        """The name and the colour name of a reused value; empty for anything else."""
        is_leaf = isinstance(e, sp.Indexed | sp.Symbol)
        return self.refs.get(base_of(e), ("", "")) if is_leaf else ("", "")

    def known(self, full: Product, folded: Product, parts: tuple[Term, ...]) -> Tail | None:
        """The known tail of one product, if it ends in a reused value."""
        last = folded.factors[-1]
        name, ref = self.ref(last.expression)
        if not name:
            return None
        common = len(folded.factors) - 1
        tail = tuple(Term(t.formula, t.before if k else EMPTY, t.role) for k, t in enumerate(parts[common:]))
        number = Ref(self.numbers[name])
        caption = say(self.lang, "known.assumed" if name in self._assumed else "known", ref=number)
        if len(tail) > 1:
            caption = say(self.lang, "known.name", name=self.inline(last.expression), ref=number)
        return Tail(tail, ref, caption, parts[common].before)

    # --- numbers

    def value(self, e: sp.Expr) -> str:
        """``0.65676``, where every quantity in an expression has a single value, and it is no whole number already."""
        if not self.scalars or e.is_Integer:
            return ""
        shown = defined(e).xreplace(self.scalars)
        if shown.free_symbols or shown.atoms(sp.Indexed):
            return ""
        return short(float(shown)) if self.exact(e) else decimal(float(shown))

    def exact(self, e: sp.Expr) -> bool:
        """Is a value not rounded? What is a number, or given as one of as few decimals as are shown."""
        known = self._given.get(e, e)
        return bool(known.is_number and round(float(known), DIGITS) == float(known) and not known.has(sp.Function))

    @cached_property
    def _given(self) -> dict[sp.Expr, sp.Expr]:
        given = {q.symbol for q in self.derivation.forward.all_given}
        return {s: v for s, v in self.scalars.items() if s in given}

    def failed(self, name: str) -> bool:
        return self.report is not None and any(c.target == name for c in self.report.failed)

    def because(self, reason: tuple[str, tuple[sp.Expr, ...]] | None, by: sp.Expr | None = None) -> Inline:
        """Why a line is as it is, in words."""
        if reason is None:
            return ()
        key, formulas = reason
        tell = _BECAUSE.get(key)
        if tell is None:
            return say(self.lang, "because.other", formulas=listed(map(self.inline, formulas)))
        return tell(self, formulas, by)


def shown_names(derivation: Derivation) -> tuple[str, ...]:
    """What was asked for, and what the notation names."""
    asked = {derivation.prefix + name for name in derivation.wrt}
    return tuple(e.name for e in derivation.entries if e.name in asked or e.name in derivation.named)


def is_parameter(chapter: Chapter) -> bool:
    return chapter.by.role in PARAMETERS


def single(value: object) -> float | None:
    """The number, if a value is one."""
    if value is None:
        return None
    item = getattr(value, "item", None)
    if item is not None:
        return float(item()) if getattr(value, "size", 0) == 1 else None
    return float(value) if isinstance(value, int | float) else None


def decimal(value: float) -> str:
    """Five decimals, a true minus, no minus zero; very small and very large numbers keep five figures."""
    fixed = value == 0 or 1e-4 <= abs(value) < 1e7
    shown = f"{value:.{DIGITS}f}" if fixed else f"{value:.{DIGITS - 1}e}"
    return shown.replace("-", "−")


def short(value: float) -> str:
    """As few decimals as there are, at most five, a true minus."""
    digits = f"{round(value, DIGITS):.{DIGITS}f}".rstrip("0").rstrip(".")
    return "0" if digits in ("", "-0") else digits.replace("-", "−")


def number_box(value: float) -> Formula:
    """A number in the place of a letter: in brackets where it is negative."""
    digits = short(value)
    if not digits.startswith("−"):
        return Num(digits)
    return Fenced(row(Op("−", "prefix"), Num(digits[1:])))


# --- reasons


def _only(s: Scene, formulas: tuple[sp.Expr, ...], _: sp.Expr | None) -> Inline:
    return say(s.lang, "because.only", by=s.inline(formulas[0]), of=s.inline(formulas[1]))


def _paths(s: Scene, formulas: tuple[sp.Expr, ...], _: sp.Expr | None) -> Inline:
    by, of, idx = formulas
    if idx.is_number:
        return _only(s, (by, of), None)
    return say(s.lang, "because.paths", by=s.inline(by), of=s.inline(of), index=s.inline(idx))


def _uses(s: Scene, formulas: tuple[sp.Expr, ...], _: sp.Expr | None) -> Inline:
    of = listed(map(s.inline, dict.fromkeys(formulas[1:])))
    return say(s.lang, "because.uses", by=s.inline(formulas[0]), of=of, count=len(set(formulas[1:])))


def _vanish(s: Scene, formulas: tuple[sp.Expr, ...], by: sp.Expr | None) -> Inline:
    idx, value, zero = formulas
    if isinstance(by, sp.Indexed) and value in by.indices and isinstance(value, sp.Symbol):
        # δ says it for the mathematician; the derivative that is 0 says it for the reader
        zero = Partial(by.xreplace({value: idx}), by)
    return say(s.lang, "because.vanish", index=s.inline(idx), value=s.inline(value), zero=s.inline(zero))


def _one(key: str, slot: str) -> _Tell:
    def tell(s: Scene, formulas: tuple[sp.Expr, ...], _: sp.Expr | None) -> Inline:
        return say(s.lang, key, **{slot: s.inline(formulas[0])})

    return tell


_Tell: TypeAlias = Callable[[Scene, tuple[sp.Expr, ...], sp.Expr | None], Inline]
_BECAUSE: dict[str, _Tell] = {
    "only": _only, "paths": _paths, "uses": _uses, "vanish": _vanish,
    "cap": _one("because.cap", "count"), "branch": _one("because.branch", "name"),
    "defines": _one("because.defines", "name"), "output": _one("because.output", "name"),
    "insert": _one("because.insert", "name"), "one": _one("because.one", "total"),
    "mean": lambda s, f, by: say(s.lang, "because.mean", total=s.inline(f[0]), mean=s.inline(f[1])),
    "turned": lambda s, f, by: say(s.lang, "because.turned", ahead=s.inline(f[0]), back=s.inline(f[1]),
                                   index=s.inline(f[2])),
    "later": lambda s, f, by: say(s.lang, "because.later", name=s.inline(f[0]), index=s.inline(f[1])),
    "earlier": lambda s, f, by: say(s.lang, "because.earlier", name=s.inline(f[0]), index=s.inline(f[1])),
    "bracket": lambda s, formulas, by: say(s.lang, "because.bracket"),
}  # fmt: skip
