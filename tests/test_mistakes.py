"""Naming the mistake: planted into the tool's own results, each has to be caught, and nine in ten called by name."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.documents.mistakes import SENTENCES, sentence, slots
from symbackprop.language import arrays
from symbackprop.language.claim import Claim, Term
from symbackprop.language.functions import Named
from symbackprop.numeric.evaluate import evaluate, extent, numbers
from symbackprop.verify.dependence import Dependence
from symbackprop.verify.diagnose import diagnose
from symbackprop.verify.exact import exact_ops
from symbackprop.verify.field import draw
from symbackprop.verify.mistakes import KINDS
from symbackprop.verify.point import Point
from symbackprop.verify.tower import HEIGHT
from symbackprop.verify.truth import tape_gradients
from symbackprop.verify.values import UnfitError, Values


def test_every_kind_has_a_sentence_in_both_languages() -> None:
    assert set(KINDS) == set(SENTENCES)
    assert all(ko != en and any("가" <= c <= "힣" for c in ko) for ko, en in SENTENCES.values())


@pytest.mark.parametrize("kind", KINDS)
def test_every_slot_of_a_sentence_is_filled(kind: str) -> None:
    assert slots(kind) <= set(KINDS[kind])
    words = {name: f"<{name}>" for name in KINDS[kind]}
    for lang in ("ko", "en"):
        said = sentence(kind, words, lang)  # type: ignore[arg-type]
        assert not any(c in said for c in "{…")
        assert all(f"<{name}>" in said for name in slots(kind) if f"{{{name}}}" in SENTENCES[kind][lang == "en"])


# a point whose sides are read off terms: the reader of formulas is judged elsewhere


class Terms(Point):
    """A point that evaluates the terms of a claim themselves."""

    def sides(self, claim: Claim) -> tuple[Any, Any]:
        values = Values(self, exact=True)
        found = []
        for term in (claim.left_term, claim.right_term):
            ranges = tuple((i, 1, extent(n, self.sizes)) for i, n in claim.ranges)
            found.append(values.whole(term, ranges))
        return found[0], found[1]


def same(one: Any, other: Any) -> Any:
    return np.asarray(np.frompyfunc(lambda x, y: bool(x == y), 2, 1)(one, other)).astype(bool)


def at_random(net: sb.Network, sizes: dict[str, int]) -> Terms:
    program = net.program
    counts = numbers(program)
    free = {s for q in program.quantities.values() for n in q.shape for s in n.free_symbols}
    counts |= {s: sizes[s.name] for s in free if s.name in sizes}
    rng = np.random.default_rng(7)
    given = {}
    for q in program.all_given:
        shape = [extent(n, counts) for n in q.shape]
        floats = rng.uniform(0.2, 1.2, shape)
        array = np.empty(shape, dtype=object)
        for place in np.ndindex(*shape):
            array[place] = draw(f"{q.name} {place}", float(floats[place]), HEIGHT)
        if q.domain is not None and q.domain.kind in ("distribution", "one-hot"):
            array[-1] = 1 - array[:-1].sum(axis=0)
        given[q.name] = array
    return Terms(program, counts, given, exact_ops(), same, Dependence(program))


def relate(point: Terms, left: Term, right: Term, label: int | None = None) -> Claim:
    """A claim as the reader makes it, as far as terms are concerned."""
    env = dict(zip(left.indices, point.program.shapes[left.name], strict=False))
    made = Claim(sp.nan, sp.nan, tuple(env.items()), label, left, right)
    try:
        one, other = point.sides(made)
        fits = np.shape(one) == np.shape(other)
    except UnfitError as problem:
        return replace(made, misfit=str(problem))
    return made if fits else replace(made, misfit="shapes")


# the tool's own results as terms


def of_array(array: object) -> Term:
    """A matrix form as a term."""
    if isinstance(array, arrays.Elementwise):
        return of_entry(array.expression, whole=True)
    if isinstance(array, arrays.Ones):
        return Term("ones", size=array.size)
    if isinstance(array, arrays.Transpose):
        return Term("transpose", (of_array(array.of),))
    if isinstance(array, arrays.Matmul):
        return Term("matmul", (of_array(array.left), of_array(array.right)))
    if isinstance(array, arrays.Outer):
        return Term("outer", (of_array(array.left), of_array(array.right)))
    if isinstance(array, arrays.Hadamard):
        return Term("hadamard", tuple(of_array(f) for f in array.factors))
    if isinstance(array, arrays.Scaled):
        return scaled(array.scalar, of_array(array.of))
    if isinstance(array, arrays.Total):
        return Term("add", tuple(of_array(t) for t in array.terms))
    raise NotImplementedError(type(array).__name__)


def scaled(scalar: sp.Expr, term: Term) -> Term:
    if scalar == -1:
        return Term("neg", (term,))
    top, bottom = scalar.as_numer_denom()
    term = term if top == 1 else Term("scale", (of_entry(top, whole=True), term))
    return term if bottom == 1 else Term("divide", (term, of_entry(bottom, whole=True)))


LOSS: dict[str, str] = {}


def of_entry(e: sp.Expr, whole: bool = False) -> Term:
    """An entry as a term; with ``whole`` its indices dropped."""
    if e.is_Rational:
        return Term("number", number=Fraction(int(e.p), int(e.q)))
    if isinstance(e, sp.Indexed | sp.Symbol):
        name = (e.base.label if isinstance(e, sp.Indexed) else e).name
        indices = tuple(e.indices) if isinstance(e, sp.Indexed) and not whole else ()
        if name in LOSS:
            return Term("adjoint", name=name[1:], of=LOSS[name], indices=indices)
        return Term("size", size=e) if e.is_integer else Term("quantity", name=name, indices=indices)
    if isinstance(e, Named):
        name = type(e).__name__.replace("_prime", "'")
        return Term("apply", (of_entry(e.args[0], whole),), name=name)
    if isinstance(e, sp.Sum):
        limits = e.limits
        return Term("sum", (of_entry(e.function, whole),), indices=tuple(x[0] for x in limits),
                    ranges=tuple((x[1], x[2]) for x in limits))
    if isinstance(e, sp.Add):
        return Term("add", tuple(of_entry(a, whole) for a in e.args))
    if isinstance(e, sp.Mul):
        top, bottom = sp.fraction(e)
        if bottom != 1:
            return Term("divide", (of_entry(top, whole), of_entry(bottom, whole)))
        if e.args[0] == -1:
            return Term("neg", (of_entry(sp.Mul(*e.args[1:]), whole),))
        return Term("hadamard" if whole else "scale", tuple(of_entry(a, whole) for a in e.args))
    raise NotImplementedError(type(e).__name__)


NETS: dict[str, tuple[Any, dict[str, int]]] = {
    "3-4-2": (lambda: sb.Network("3-4-2"), {}),
    "2-3-4-2 tanh": (lambda: sb.Network("2-3:tanh-4:tanh-2:tanh"), {}),
    "softmax": (lambda: sb.Network("2-4-3:softmax/ce"), {}),
    "bce": (lambda: sb.Network("2-4-3/bce"), {}),
    "symbolic": (lambda: sb.Network("n0-n1-n2"), {"n0": 2, "n1": 4, "n2": 3}),
    "columns": (lambda: sb.Network("3-4-2", batch="columns"), {"m": 5}),
    "columns softmax l2": (lambda: sb.Network("2-3-4:softmax/ce", batch="columns", regulariser={"kind": "l2"}),
                           {"m": 5}),
}


def results(net: sb.Network, point: Terms) -> list[tuple[str, Term, Term]]:
    """(form, left, right) of every result, in components and in matrices; those that are no terms are left out."""
    d = sb.derive(net)
    LOSS.clear()
    LOSS.update({c.quantity.name: c.of.name for c in d.record.chapters})
    found = []
    for view in d:
        c = view.record
        left = Term("adjoint", name=c.by.name, of=c.of.name)
        with suppress(NotImplementedError):
            found.append(("component", replace(left, indices=tuple(c.indices)), of_entry(c.result.expression)))
        array = d.matrix_form(c).array
        with suppress(NotImplementedError):
            if array is not None:
                found.append(("matrix", left, of_array(array)))
    return found


# planting


Plant = Callable[[Term, Any, str], Iterator[Term]]


def everywhere(term: Term, change: Callable[[Term], Iterator[Term]]) -> Iterator[Term]:
    yield from change(term)
    if term.kind in ("number", "size"):
        return
    for k, arg in enumerate(term.args):
        for new in everywhere(arg, change):
            yield term.having(*term.args[:k], new, *term.args[k + 1:])


def without(term: Term, unwanted: Callable[[Term], bool]) -> Iterator[Term]:
    if term.kind in ("hadamard", "scale"):
        for k, arg in enumerate(term.args):
            if unwanted(arg):
                rest = (*term.args[:k], *term.args[k + 1:])
                yield rest[0] if len(rest) == 1 else term.having(*rest)


def slope(t: Term) -> bool:
    return t.kind == "apply" and t.name.endswith("'")


def p_slope(term: Term, net: Any, by: str) -> Iterator[Term]:
    yield from everywhere(term, lambda t: without(t, slope))


def p_at_activation(term: Term, net: Any, by: str) -> Iterator[Term]:
    def change(t: Term) -> Iterator[Term]:
        if slope(t) and t.args[0].name.startswith("z"):
            yield t.having(replace(t.args[0], name="a" + t.args[0].name[1:]))

    yield from everywhere(term, change)


def p_sign(term: Term, net: Any, by: str) -> Iterator[Term]:
    yield Term("neg", (term,))
    if term.kind == "add":
        yield term.having(Term("neg", term.args[:1]), *term.args[1:])


def p_factor(term: Term, net: Any, by: str) -> Iterator[Term]:
    for n in (Fraction(2), Fraction(1, 2), Fraction(3)):
        yield Term("scale", (Term("number", number=n), term))


def p_mean(term: Term, net: Any, by: str) -> Iterator[Term]:
    def change(t: Term) -> Iterator[Term]:
        if t.kind == "divide" and t.args[1].kind == "size" and t.args[1].size.name == "m":
            yield t.args[0]

    yield from everywhere(term, change)


def p_mean_twice(term: Term, net: Any, by: str) -> Iterator[Term]:
    if net.batch != "none":
        yield Term("divide", (term, Term("size", size=sp.Symbol("m", integer=True, positive=True))))


def p_transpose(term: Term, net: Any, by: str) -> Iterator[Term]:
    yield from everywhere(term, lambda t: iter([t.args[0]] if t.kind == "transpose" else []))


def p_transposed(term: Term, net: Any, by: str) -> Iterator[Term]:
    def change(t: Term) -> Iterator[Term]:
        if t.kind == "quantity" and t.name.startswith("W") and not t.indices:
            yield Term("transpose", (t,))

    yield from everywhere(term, change)


def p_index(term: Term, net: Any, by: str) -> Iterator[Term]:
    def change(t: Term) -> Iterator[Term]:
        if t.kind == "quantity" and t.name.startswith("W") and len(t.indices) == 2:
            yield replace(t, indices=t.indices[::-1])

    yield from everywhere(term, change)


def p_order(term: Term, net: Any, by: str) -> Iterator[Term]:
    yield from everywhere(term, lambda t: iter([t.having(*t.args[::-1])] if t.kind in ("matmul", "outer") else []))


def p_layer(term: Term, net: Any, by: str) -> Iterator[Term]:
    def change(t: Term) -> Iterator[Term]:
        if t.kind in ("quantity", "adjoint") and "[" in t.name:
            stem, label = t.name[:-1].split("[")
            for k in (int(label) - 1, int(label) + 1):
                if f"{stem}[{k}]" in net.program.quantities:
                    yield replace(t, name=f"{stem}[{k}]")

    yield from everywhere(term, change)


def p_unsummed(term: Term, net: Any, by: str) -> Iterator[Term]:
    if by.startswith("b") and term.kind == "divide" and term.args[0].kind == "matmul":
        yield term.having(term.args[0].args[0], term.args[1])


def p_penalty(term: Term, net: Any, by: str) -> Iterator[Term]:
    if term.kind == "add":
        rest = tuple(a for a in term.args if not any(t.name == "lambda" for t in walk(a)))
        if len(rest) == len(term.args) - 1:
            yield rest[0]


def p_penalty_factor(term: Term, net: Any, by: str) -> Iterator[Term]:
    def change(t: Term) -> Iterator[Term]:
        if t.kind == "quantity" and t.name == "lambda":
            yield Term("scale", (Term("number", number=Fraction(2)), t))

    yield from everywhere(term, change)


def p_penalty_bias(term: Term, net: Any, by: str) -> Iterator[Term]:
    if by.startswith("b") and "lambda" in net.program.quantities and term.kind != "sum":
        indices = (sp.Symbol("j", integer=True),) if any(t.indices for t in walk(term)) else ()
        yield Term("add", (term, Term("scale", (Term("quantity", name="lambda"),
                                                Term("quantity", name=by, indices=indices)))))


def p_hadamard(term: Term, net: Any, by: str) -> Iterator[Term]:
    yield from everywhere(term, lambda t: iter([replace(t, kind="hadamard")] if t.kind == "matmul" else []))


def p_operand(term: Term, net: Any, by: str) -> Iterator[Term]:
    def change(t: Term) -> Iterator[Term]:
        if t.kind == "quantity" and t.name[0] == "a" and "z" + t.name[1:] in net.program.quantities:
            yield replace(t, name="z" + t.name[1:])

    yield from everywhere(term, change)


def p_derivative(term: Term, net: Any, by: str) -> Iterator[Term]:
    yield from everywhere(term, lambda t: iter([replace(t, name=t.name[:-1])] if slope(t) else []))


def p_zero(term: Term, net: Any, by: str) -> Iterator[Term]:
    yield Term("number", number=Fraction(0))


def walk(term: Term) -> Iterator[Term]:
    yield term
    for arg in term.args:
        yield from walk(arg)


PLANTS: dict[str, tuple[Plant, tuple[str, ...]]] = {
    "activation-derivative-missing": (p_slope, ("activation-derivative-missing-output",
                                                "activation-derivative-missing-hidden")),
    "derivative-at-activation": (p_at_activation, ("derivative-at-activation",)),
    "wrong-derivative": (p_derivative, ("wrong-derivative",)),
    "sign": (p_sign, ("sign",)),
    "factor": (p_factor, ("factor", "unit-mean-extra", "if-loss-without-half", "if-loss-halved")),
    "mean-missing": (p_mean, ("mean-missing", "mean-on-one-term")),
    "mean-twice": (p_mean_twice, ("mean-twice",)),
    "transpose-missing": (p_transpose, ("transpose-missing",)),
    "transposed": (p_transposed, ("transposed",)),
    "index-swapped": (p_index, ("index-swapped",)),
    "product-order": (p_order, ("product-order",)),
    "layer-off-by-one": (p_layer, ("layer-off-by-one",)),
    "bias-not-summed": (p_unsummed, ("bias-not-summed",)),
    "regulariser-forgotten": (p_penalty, ("regulariser-forgotten",)),
    "regulariser-factor": (p_penalty_factor, ("regulariser-factor",)),
    "regulariser-on-bias": (p_penalty_bias, ("regulariser-on-bias",)),
    "hadamard-for-product": (p_hadamard, ("hadamard-for-product",)),
    "wrong-operand": (p_operand, ("wrong-operand",)),
    "all-zero": (p_zero, ("all-zero",)),
}


@dataclass
class Score:
    planted: int = 0
    caught: int = 0
    named: int = 0
    first: int = 0
    missed: list[str] = field(default_factory=list)
    slowest: float = 0.0


def differs(left: Term, right: Term, point: Terms, floats: Values) -> bool:
    """By floats at an independent point, with the tape's adjoints."""
    ranges = tuple((i, 1, extent(n, point.sizes))
                   for i, n in zip(left.indices, point.program.shapes[left.name], strict=False))
    try:
        one, other = floats.whole(left, ranges), floats.whole(right, ranges)
    except UnfitError:
        return True
    if np.shape(other) == ():
        other = np.broadcast_to(other, np.shape(one))
    return np.shape(one) != np.shape(other) or not np.allclose(one, other, rtol=1e-9, atol=1e-12)


def independent(net: sb.Network, point: Terms) -> Values:
    """Values in floats at other numbers, adjoints by the tape."""
    rng = np.random.default_rng(11)
    given = {q.name: rng.uniform(0.1, 0.9, [extent(n, point.sizes) for n in q.shape]) for q in net.program.all_given}
    for q in net.program.all_given:
        if q.domain is not None and q.domain.kind in ("distribution", "one-hot"):
            given[q.name] = given[q.name] / given[q.name].sum(axis=0)
    run = evaluate(net.program, given)
    leaves: dict[Any, Any] = {("", name): np.asarray(a) for name, a in run.items()}
    for q in net.program.quantities.values():
        if q.role == "loss":
            leaves |= {(q.name, by): np.asarray(g) for by, g in tape_gradients(net.program, q.name, given).items()}
    return Values(point, leaves=leaves)


def planted_in(name: str, scores: dict[str, Score]) -> None:
    make, sizes = NETS[name]
    net = make()
    point = at_random(net, sizes)
    floats = independent(net, point)
    for form, left, right in results(net, point):
        assert not differs(left, right, point, floats), (form, left)
        for kind, (plant, names) in PLANTS.items():
            for wrong in list(plant(right, net, left.name))[:4]:
                if differs(left, wrong, point, floats):
                    one_more(scores[kind], names, f"{name} {form} {left.name} {kind}", left, wrong, point)


def one_more(score: Score, names: tuple[str, ...], what: str, left: Term, wrong: Term, point: Terms) -> None:
    made = relate(point, left, wrong)
    score.planted += 1
    if made.misfit or not np.all(point.same(*point.sides(made))):
        score.caught += 1
    started = time.perf_counter()
    said = diagnose(made, point, lambda a, b, label: relate(point, a, b, label), lambda a, b: "repair")
    score.slowest = max(score.slowest, time.perf_counter() - started)
    kinds = [d.kind for d in said]
    score.first += kinds[:1] != [] and kinds[0] in names
    score.named += any(k in names for k in kinds)
    if not any(k in names for k in kinds):
        score.missed.append(f"{what}: {kinds}")


def test_planted_mistakes_are_caught_and_called_by_name() -> None:
    scores = {kind: Score() for kind in PLANTS}
    for name in NETS:
        planted_in(name, scores)
    for kind, s in scores.items():
        print(f"{kind:32} {s.planted:4} caught {s.caught:4} named {s.named:4} first {s.first:4} "
              f"slowest {s.slowest * 1000:6.0f} ms", *s.missed[:4], sep="\n    ")
    planted = sum(s.planted for s in scores.values())
    print(planted, sum(s.named for s in scores.values()) / planted, sum(s.first for s in scores.values()) / planted)
    assert all(s.planted for s in scores.values())
    assert all(s.caught == s.planted for s in scores.values())
    assert sum(s.named for s in scores.values()) >= 0.9 * planted
