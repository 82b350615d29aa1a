"""The black box: what is the matter with an array of numbers that should be a gradient, no formula being at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import sympy as sp

from symbackprop.language.claim import Term
from symbackprop.language.datum import datum_loss
from symbackprop.language.report import Diagnosis
from symbackprop.numeric.evaluate import extent
from symbackprop.verify.contributions import forgotten
from symbackprop.verify.field import Element
from symbackprop.verify.other_weights import other_weights
from symbackprop.verify.point import Point
from symbackprop.verify.setting import Setting
from symbackprop.verify.slopes import other_slopes
from symbackprop.verify.values import UnfitError, Values, as_floats, equal

Others = Sequence[tuple[Point, Any]]
MOST = 3


def nothing(candidate: Any) -> str | None:
    """``all-zero`` where nothing is implemented, ``not-a-number`` where an entry is none; else None."""
    if candidate is None:
        return "all-zero"
    flat = np.asarray(candidate, dtype=object).ravel()
    if any(x is None or (isinstance(x, float | np.floating) and not np.isfinite(x)) for x in flat):
        return "not-a-number"
    return "all-zero" if all(not x for x in flat) else None


def diagnose_arrays(
    point: Point, of: str, by: str, candidate: Any, *, others: Others = ()
) -> tuple[Diagnosis, ...]:
    """What an array is that should be ``∂of/∂by``; () where it is that, or where nothing is recognised.

    ``others`` are the same candidate at points of other sizes: a ratio that is a size at all of them is that size.
    """
    truth = point.adjoint(of, by)
    empty = nothing(candidate)
    summed = empty == "all-zero" and np.ndim(candidate) < np.ndim(truth) and not np.sum(truth)  # of a softmax it is 0
    if empty is not None and nothing(truth) is None and not summed:
        return (Diagnosis(empty, {"name": by}),)
    if empty is not None and not summed:
        return ()
    box = _Box(point, of, by, np.asarray(candidate, dtype=object), np.asarray(truth, dtype=object), others)
    if box.same(box.candidate, box.truth):
        return ()
    for look in (_turned, _summed, _ratio, _by_a_quantity, _constant, _diagonal, _difference, _paths, _operands, _slope,
                 _alone):
        found = list(look(box))
        if found:
            return tuple(found[:MOST])
    return ()


class _Box:
    def __init__(self, point: Point, of: str, by: str, candidate: Any, truth: Any, others: Others) -> None:
        self.point, self.of, self.by, self.candidate, self.truth, self.others = point, of, by, candidate, truth, others
        self.setting = Setting(point.program, by)
        self.floats, self.exact = Values(point), Values(point, exact=True)
        self.here, self.there = as_floats(candidate), as_floats(truth)

    def same(self, one: Any, other: Any) -> bool:
        return np.shape(one) == np.shape(other) and bool(np.all(self.point.same(one, other)))

    def agrees(self, make: Callable[[Values], Any], float_target: Any, target: Any) -> bool:
        """Is what is made equal to the target: first in floats, then exactly?"""
        try:
            return equal(make(self.floats), float_target) and self.same(make(self.exact), target)
        except (UnfitError, ZeroDivisionError, ValueError):
            return False


def _turned(box: _Box) -> Iterator[Diagnosis]:
    if np.ndim(box.truth) == 2 and box.same(box.candidate, box.truth.T):
        yield Diagnosis("transposed", {"name": f"d{box.by}"})


def _summed(box: _Box) -> Iterator[Diagnosis]:
    """The sum, or the mean, of the truth over an axis, kept or not; or a bias before its sum."""
    role = box.setting.quantities[box.by].role
    if role == "bias" and box.same(box.candidate, np.full(np.shape(box.truth), box.truth.sum(), dtype=object)):
        yield Diagnosis("bias-summed-too-far", {"name": f"d{box.by}"})
        return
    for axis in range(np.ndim(box.truth)):
        total, n = box.truth.sum(axis=axis), box.truth.shape[axis]
        for kept, scale in product((False, True), (1, Fraction(1, n))):
            found = box.truth.sum(axis=axis, keepdims=kept) * scale
            if box.same(box.candidate, np.asarray(found, dtype=object)) and np.ndim(total) + kept >= 0:
                yield Diagnosis("bias-summed-too-far" if role == "bias" else "sum-added", {"name": f"d{box.by}"})
                return
    if np.ndim(box.candidate) != np.ndim(box.truth) + 1:
        return
    for axis in range(np.ndim(box.candidate)):
        n = box.candidate.shape[axis]
        for scale in (1, Fraction(1, n), n):
            if box.same(np.asarray(box.candidate.sum(axis=axis) * scale, dtype=object), box.truth):
                yield Diagnosis("bias-not-summed" if role == "bias" else "sum-missing", {"index": "", "name": box.by})
                return


def constant(candidate: Any, truth: Any) -> Fraction | None:
    """The constant ratio of two arrays of floats, as the simplest fraction."""
    if np.shape(candidate) != np.shape(truth):
        return None
    with np.errstate(all="ignore"):
        ratio = candidate / truth
    known = ratio[np.isfinite(ratio)]
    if not known.size or np.max(np.abs(known - known.flat[0])) > 1e-9 * abs(known.flat[0]):
        return None
    found = Fraction(float(known.flat[0])).limit_denominator(10**4)
    return found if found and abs(found / Fraction(float(known.flat[0])) - 1) < 1e-9 else None


def _by_residues(box: _Box) -> Fraction | None:
    """A ratio too near to 1 for floats, such as 1 + 1e-8, read off the residues."""
    if np.shape(box.candidate) != np.shape(box.truth):
        return None
    pairs = zip(box.candidate.ravel(), box.truth.ravel(), strict=True)
    return next(((c / t).rational() for c, t in pairs if isinstance(c, Element) and isinstance(t, Element) and t), None)


def _ratio(box: _Box) -> Iterator[Diagnosis]:
    ratio = constant(box.here, box.there) or _by_residues(box)
    if ratio is None or not box.same(box.candidate, box.truth * ratio):
        return
    if ratio == -1:
        yield Diagnosis("sign", {})
        return
    rest = [(p, constant(as_floats(c), as_floats(p.adjoint(box.of, box.by)))) for p, c in box.others]
    for size, kind in box.setting.sizes.items():
        for power, names in ((1, ("mean-missing", "unit-mean-missing")), (-1, ("mean-twice", "unit-mean-extra"))):
            if ratio == _power(size, power, box.point) and all(r == _power(size, power, p) for p, r in rest):
                yield Diagnosis(names[kind != "datum"], {"size": str(size)})
    yield Diagnosis("factor", {"factor": str(ratio)})


def _constant(box: _Box) -> Iterator[Diagnosis]:
    """The ratio is a root of a size, 1/√d, or the logarithm of another base."""
    if np.shape(box.candidate) != np.shape(box.truth):
        return
    axes = {extent(n, box.point.sizes) for q in box.setting.quantities.values() for n in q.shape}
    known = {("scale-forgotten", sp.sqrt(n)) for n in axes} | {("logarithm-base", sp.log(b)) for b in (2, 10)}
    for (kind, value), power in product(sorted(known, key=str), (1, -1)):
        if equal(box.here, box.there * float(value**power)):
            try:
                exact = box.point.ops.number(value) ** power
            except ArithmeticError:
                continue
            if box.same(box.candidate, np.asarray(box.truth * exact, dtype=object)):
                yield Diagnosis(kind, {"factor": str(value**power)})
                return


def _diagonal(box: _Box) -> Iterator[Diagnosis]:
    """Of a softmax only ``a (1 − a) ∂J/∂a``."""
    out, by_symbol = box.setting.output, box.setting.program.by_symbol
    if out is None or out.name not in box.setting.program.definitions or out.name == box.by:
        return
    reads = {by_symbol[s].name for s in box.setting.program.definitions[out.name].expression.free_symbols
             if s in by_symbol}
    if box.by in reads and out.name not in {a for _, a in box.setting.slopes.values()}:
        a, da = box.point.value(out.name), box.point.adjoint(box.of, out.name)
        if box.same(box.candidate, np.asarray(a * (1 - a) * da, dtype=object)):
            yield Diagnosis("softmax-diagonal-only")


def _power(size: sp.Expr, power: int, point: Point) -> Fraction:
    return Fraction(extent(size, point.sizes)) ** power


def _by_a_quantity(box: _Box) -> Iterator[Diagnosis]:
    """The ratio is a quantity of the network, entry by entry, by rows or by columns."""
    if np.shape(box.candidate) != np.shape(box.truth):
        return
    for name, term in _known(box):
        for turned in (False, True):
            factor = _stretched(term, turned, np.shape(box.truth))
            if box.agrees(_times(factor, box, "truth"), box.here, box.candidate):
                yield Diagnosis(*_too_many(box, name, term))
                return
            if box.agrees(_times(factor, box, "candidate"), box.there, box.truth):
                yield Diagnosis(*_too_few(box, name, term))
                return


def _times(factor: Callable[[Values], Any], box: _Box, side: str) -> Callable[[Values], Any]:
    """The factor times the truth, or times the candidate."""
    floats = box.there if side == "truth" else box.here
    return lambda values: factor(values) * (getattr(box, side) if values.exact else floats)


def _stretched(term: Term, turned: bool, shape: tuple[int, ...]) -> Callable[[Values], Any]:
    def make(values: Values) -> Any:
        array = values.of(term)
        array = np.swapaxes(array, -1, -2) if turned and np.ndim(array) == 2 else array
        if len(shape) == 1 and np.ndim(array) == 2 and 1 in np.shape(array):
            array = np.reshape(array, -1)
        if np.ndim(array) > len(shape) or any(n not in (1, m) for n, m in zip(np.shape(array), shape, strict=False)):
            raise UnfitError("shape")
        return array

    return make


def _known(box: _Box) -> Iterator[tuple[str, Term]]:
    """Arrays that a factor may be: σ'(z), then every quantity, its 1 − a."""
    yield from box.setting.slope_terms(())
    for name, q in box.setting.quantities.items():
        if q.axes and q.role != "loss":
            here = Term("quantity", name=name)
            yield name, here
            if q.role == "activation":
                yield name, Term("add", (Term("number", number=Fraction(1)), Term("neg", (here,))))


def _too_many(box: _Box, name: str, term: Term) -> tuple[str, dict[str, str]]:
    if term.kind != "apply":
        return "factor-extra", {"name": name}
    cancelled = box.setting.logarithmic and box.setting.last(name)
    kind = "activation-derivative-cancelled-by-cross-entropy" if cancelled else "activation-derivative-extra"
    return kind, {"function": term.name, "z": name}


def _too_few(box: _Box, name: str, term: Term) -> tuple[str, dict[str, str]]:
    if term.kind != "apply":
        return "factor-missing", {"name": name}
    place = "output" if box.setting.last(name) else "hidden"
    return f"activation-derivative-missing-{place}", {"function": term.name, "z": name}


def _difference(box: _Box) -> Iterator[Diagnosis]:
    """A multiple of λ w too much or too little."""
    if box.setting.penalty is None or np.shape(box.candidate) != np.shape(box.truth):
        return
    weight, scale = box.point.value(box.by), box.point.value("lambda")
    term = np.asarray(weight * scale, dtype=object)
    gap = box.candidate - box.truth
    ratio = constant(box.here - box.there, as_floats(term))
    if ratio is None or not box.same(np.asarray(gap, dtype=object), term * ratio):
        return
    bias = box.setting.quantities[box.by].role == "bias"
    if ratio == -1:
        yield Diagnosis("regulariser-forgotten", {"name": box.by})
    elif bias:
        yield Diagnosis("regulariser-on-bias", {"name": box.by})
    else:
        m = box.setting.data
        divided = m is not None and ratio == Fraction(1, extent(m, box.point.sizes)) - 1
        yield Diagnosis("regulariser-divided" if divided else "regulariser-factor",
                        {"factor": str(1 + ratio), "name": box.by})


def _paths(box: _Box) -> Iterator[Diagnosis]:
    return forgotten(box.point, box.of, box.by, box.candidate)


def _slope(box: _Box) -> Iterator[Diagnosis]:
    yield from other_slopes(box.point, box.of, box.by, box.candidate)
    yield from other_weights(box.point, box.of, box.by, box.candidate)


def _alone(box: _Box) -> Iterator[Diagnosis]:
    """What one datum alone adds, as where a sum over the data is overwritten instead of added to."""
    program = box.point.program
    each = datum_loss(program, program.quantities[box.of])
    if each is None or not each.axes or each.name == box.of:
        return
    parts = box.point.derivative(each.name, box.by)
    for part, scale in product((parts[-1], parts[0]), (Fraction(1, len(parts)), 1)):
        if box.same(box.candidate, np.asarray(part * scale, dtype=object)):
            bias = box.setting.quantities[box.by].role == "bias"
            yield Diagnosis("bias-not-summed" if bias else "sum-missing", {"index": "", "name": box.by})
            return


def known_difference(point: Point, of: str, by: str, candidate: Any) -> Iterator[Diagnosis]:
    """What lies between a candidate and the truth: the penalty, or one path."""
    truth = np.asarray(point.adjoint(of, by), dtype=object)
    box = _Box(point, of, by, np.asarray(candidate, dtype=object), truth, ())
    yield from _difference(box)
    yield from _paths(box)


def _operands(box: _Box) -> Iterator[Diagnosis]:
    """Of the shape of ``error ⊗ input``: with another error, or another input; σ' forgotten or at the wrong place."""
    for kind, words, term in _products(box):
        if box.agrees(partial(Values.whole, term=term), box.here, box.candidate):
            yield Diagnosis(kind, words)
            return


def _products(box: _Box) -> Iterator[tuple[str, dict[str, str], Term]]:
    setting, by = box.setting, box.setting.quantities[box.by]
    usual = [(z, f) for z, (f, _) in setting.slopes.items() if setting.quantities[z].layer == by.layer]
    if by.role not in ("weight", "bias") or not isinstance(by.layer, int):
        return
    data = any(a.name == "datum" for q in setting.quantities.values() for a in q.axes)
    losses = [q.name for q in setting.quantities.values() if q.role == "loss"]
    errors = list(_errors(box, usual, losses))
    inputs = [n for n, q in setting.quantities.items() if q.role in ("activation", "pre-activation", "input")]
    for (kind, words, error), of in product(errors, inputs if by.role == "weight" else [""]):
        right = f"a[{by.layer - 1}]"
        named = (kind, words) if of in ("", right) else ("wrong-operand", {"name": of, "other": right})
        if kind and of not in ("", right):
            continue
        if not kind and of in ("", right):
            continue
        yield from ((*named, t) for t in _joined(error, of, data, setting))


def _joined(error: Term, of: str, data: bool, setting: Setting) -> Iterator[Term]:
    if of:
        array = Term("quantity", name=of)
        whole = Term("matmul", (error, Term("transpose", (array,)))) if data else Term("outer", (error, array))
    else:
        whole = Term("total", (error,), axis=1) if data else error
    yield whole
    if setting.data is not None:
        yield Term("divide", (whole, Term("size", size=setting.data)))


def _errors(
    box: _Box, usual: list[tuple[str, str]], losses: list[str]
) -> Iterator[tuple[str, dict[str, str], Term]]:
    """What may stand for the error of a layer: itself first, then with a mistake."""
    for (inner, function), loss in product(usual, losses):
        outer = box.setting.slopes[inner][1]
        da = Term("adjoint", name=outer, of=loss)
        yield "", {}, Term("adjoint", name=inner, of=loss)
        place = "output" if box.setting.last(inner) else "hidden"
        words = {"function": function + "'", "z": inner, "a": outer}
        yield f"activation-derivative-missing-{place}", words, da
        slope = Term("apply", (Term("quantity", name=outer),), name=function + "'")
        yield "derivative-at-activation", words, Term("hadamard", (slope, da))
        slope = Term("apply", (Term("quantity", name=inner),), name=function + "'")
        twice = ("activation-derivative-cancelled-by-cross-entropy" if box.setting.logarithmic and place == "output"
                 else "activation-derivative-extra")
        yield twice, words, Term("hadamard", (slope, slope, da))
