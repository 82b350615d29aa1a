"""Expression → NumPy text over its free indices: what ``interpret`` computes, written out for a person to read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from symbackprop.language.errors import SymbackpropError
from symbackprop.language.functions import ARGUMENT, Iverson, Named
from symbackprop.language.indices import base_of
from symbackprop.language.numbers import decimal
from symbackprop.language.reductions import Largest, Winner
from symbackprop.numeric import stable
from symbackprop.numeric.names import identifier
from symbackprop.numeric.page import ATOM, POWER, PRODUCT, SIGN, SUM, Page, Text
from symbackprop.numeric.reads import reading
from symbackprop.numeric.spelling import CALLS, HELPERS, NUMPY_NAMES
from symbackprop.numeric.sums import largest, total, winner


def code(e: sp.Expr, page: Page) -> Text:
    """The text of an expression: an array with one axis an index of the page, or a plain number."""
    for kind in type(e).__mro__:
        if kind in _CODE:
            made = _CODE[kind](e, page)
            return Text(page.guards[e].format(z=made.code)) if e in page.guards else made
    name = type(e).__name__
    if name in NUMPY_NAMES and len(e.args) == 1:
        if name in HELPERS:
            page.helpers.add(name)
        return Text(f"{NUMPY_NAMES[name]}({code(e.args[0], page).code})")
    raise SymbackpropError(f"{name} cannot be written in NumPy, in {e}")


def _number(e: sp.Expr, page: Page) -> Text:
    if e.is_Integer:
        return Text(str(int(e)), ATOM if e >= 0 else SIGN)
    written = decimal(abs(e))
    if written:
        return Text(f"-{written}" if e < 0 else written, ATOM if e >= 0 else SIGN)
    if e.is_Rational:
        return Text(f"{int(e.p)} / {int(e.q)}", PRODUCT)
    if e == sp.pi:
        return Text("np.pi")
    return Text(repr(float(e)), ATOM if e >= 0 else SIGN)


def _symbol(s: sp.Symbol, page: Page) -> Text:
    if s == ARGUMENT:
        return Text(page.argument)
    if s in page.slots:
        return page.slots[s]
    if s in page.place:
        return _index(s, page)
    return Text(page.names[s]) if s in page.names else Text(identifier(s.name))


def _index(s: sp.Symbol, page: Page) -> Text:
    if page.grid is not None and page.grid.has(page.ranges):
        page.grid.used.add(s)
        return Text(page.grid.name(s))
    page.helpers.add("axis")
    place = page.place[s]
    _, first, last = page.ranges[place]
    return Text(f"axis({code(first, page).code}, {code(last, page).code}, {place}, {len(page.ranges)})")


def _indexed(leaf: sp.Indexed, page: Page) -> Text:
    base = base_of(leaf)
    if base in page.slots:
        return page.slots[base]
    if base not in page.names:
        raise SymbackpropError(f"{base} has no name in code")
    return Text(reading(page.names[base], page.shapes[base], tuple(leaf.indices), page, code))


def forward(e: sp.Expr) -> sp.Expr:
    """``c Σ f`` for ``Σ c f``: a minus sign stands before the sum."""
    if not isinstance(e, sp.Sum):
        return e
    number, rest = e.function.as_coeff_Mul()
    return number * e.func(rest, *e.limits) if number != 1 else e


def _add(e: sp.Add, page: Page) -> Text:
    terms = sorted(map(forward, e.as_ordered_terms()), key=lambda t: (t.could_extract_minus_sign(), not t.has(sp.Sum)))
    text = code(terms[0], page).within(SUM)
    for term in terms[1:]:
        negative = term.could_extract_minus_sign()
        part = code(-term if negative else term, page)
        text += f" - {part.within(PRODUCT)}" if negative else f" + {part.within(SUM)}"
    return Text(text, SUM)


def _mul(e: sp.Mul, page: Page) -> Text:
    number, rest = e.as_coeff_Mul()
    if number.is_negative:
        return Text(f"-{code(-e, page).within(PRODUCT)}", SIGN)
    known = _stable(e.args, page)
    if known is not None:
        return known
    above, below = _fraction(number, rest)
    upper = " * ".join(code(f, page).within(PRODUCT if k == 0 else SIGN) for k, f in enumerate(above)) or "1"
    if not below:
        return Text(upper, PRODUCT)
    lower = " * ".join(code(f, page).within(SIGN) for f in below)
    return Text(f"{upper} / {lower if len(below) == 1 else f'({lower})'}", PRODUCT)


def _fraction(number: sp.Expr, rest: sp.Expr) -> tuple[list[sp.Expr], list[sp.Expr]]:
    above, below = [], []
    for f in sp.Mul.make_args(rest):
        if isinstance(f, sp.Pow) and f.exp.could_extract_minus_sign():
            below.append(1 / f)
        elif f != 1:
            above.append(f)
    if number.is_Rational and not decimal(number):
        above = [sp.Integer(number.p), *above] if number.p != 1 else above
        below = [sp.Integer(number.q), *below] if number.q != 1 else below
    elif number != 1:
        above = [number, *above]
    return above, below


def _stable(factors: tuple[sp.Expr, ...], page: Page) -> Text | None:
    """A product that holds a softmax or a sigmoid: that by its stable spelling, and the rest."""
    softmax = stable.softmax(factors)
    if softmax is not None and softmax.index in page.place:
        page.helpers.add("softmax")
        places = len(page.ranges)
        axis = page.place[softmax.index] - (places if len(softmax.inner.indices) < places else 0)
        inner = code(softmax.inner, page).code
        for mask in softmax.masks:
            inner = f"np.where({holds(mask.condition, page)}, {inner}, -np.inf)"
        return _beside([f"softmax({inner}, axis={axis})"], softmax.rest, page)
    sigmoid = stable.sigmoid(factors)
    if sigmoid is not None:
        page.helpers.add("sigmoid")
        called = [(f"sigmoid({code(u, page).code})", power) for u, power in
                  ((sigmoid.inner, sigmoid.up), (-sigmoid.inner, sigmoid.down)) if power]
        return _beside([call if power == 1 else f"{call} ** {power}" for call, power in called], sigmoid.rest, page)
    return None


def _beside(known: list[str], rest: tuple[sp.Expr, ...], page: Page) -> Text:
    """Spelled factors, and the other factors of their product."""
    words = [*known, *([code(sp.Mul(*rest), page).within(SIGN)] if rest else [])]
    return Text(" * ".join(words), PRODUCT if len(words) > 1 else ATOM)


def _pow(e: sp.Pow, page: Page) -> Text:
    if isinstance(e, sp.exp):
        return Text(f"np.exp({code(e.args[0], page).code})")
    known = _stable((e,), page)
    if known is not None:
        return known
    base, exponent = e.args
    if exponent == sp.S.Half:
        return Text(f"np.sqrt({code(base, page).code})")
    if exponent.could_extract_minus_sign():
        return Text(f"1 / {code(1 / e, page).within(SIGN)}", PRODUCT)
    return Text(f"{code(base, page).within(ATOM)} ** {code(exponent, page).within(POWER)}", POWER)


def _log(e: sp.log, page: Page) -> Text:
    inner = stable.softplus(e.args[0])
    if inner is not None:
        return Text(f"np.logaddexp(0, {code(inner, page).code})")
    summed = stable.log_sum_exp(e.args[0])
    if summed is not None:
        page.helpers.add("logsumexp")
        body = code(summed[0], replace(page, ranges=(*page.ranges, summed[1]))).code
        return Text(f"logsumexp({body}, axis=-1)")
    return Text(f"np.log({code(e.args[0], page).code})")


def _named(e: Named, page: Page) -> Text:
    name = type(e).__name__
    inner = code(e.args[0], page).code
    if name in CALLS:
        return Text(CALLS[name].format(z=inner))
    if name in HELPERS:
        page.helpers.add(name)
    else:
        page.definitions.setdefault(name, type(e).definition)
    return Text(f"{name}({inner})")


def _piecewise(e: sp.Piecewise, page: Page) -> Text:
    leaf = stable.guarded(e)
    guards = [{**page.guards, leaf: g} if leaf is not None and g else page.guards for g in stable.guards(e)]
    texts = [_float(code(branch, replace(page, guards=g)).code) for (branch, _), g in zip(e.args, guards, strict=True)]
    conditions = [when for _, when in e.args]
    if conditions[-1] != sp.true:
        texts.append("0.0")
        conditions.append(sp.true)
    text = texts[-1]
    for branch, when in zip(reversed(texts[:-1]), reversed(conditions[:-1]), strict=True):
        text = f"np.where({holds(when, page)}, {branch}, {text})"
    return Text(text)


def _float(text: str) -> str:
    """Cases that are all whole numbers would be an array of integers, into which nothing can be multiplied."""
    return f"{text}.0" if text.lstrip("-").isdigit() else text


def _iverson(e: Iverson, page: Page) -> Text:
    return Text(f"np.where({holds(e.condition, page)}, 1.0, 0.0)")


_RELATIONS: dict[type[Any], str] = {sp.Lt: "<", sp.Le: "<=", sp.Gt: ">", sp.Ge: ">=", sp.Eq: "==", sp.Ne: "!="}


def holds(condition: sp.Basic, page: Page) -> str:
    """Whether a condition holds, in NumPy."""
    if isinstance(condition, sp.And | sp.Or):
        sign = " & " if isinstance(condition, sp.And) else " | "
        return sign.join(f"({holds(c, page)})" for c in sorted(condition.args, key=sp.default_sort_key))
    for kind, sign in _RELATIONS.items():
        if isinstance(condition, kind):
            left, right = (code(arg, page).within(SUM) for arg in condition.args)
            return f"{left} {sign} {right}"
    raise SymbackpropError(f"{condition} cannot be written in NumPy")


def _delta(e: sp.KroneckerDelta, page: Page) -> Text:
    left, right = (code(arg, page).code for arg in e.args[:2])
    return Text(f"np.where({left} == {right}, 1.0, 0.0)")


def _extreme(e: sp.Expr, page: Page) -> Text:
    name = "np.maximum" if isinstance(e, sp.Max) else "np.minimum"
    text = code(e.args[0], page).code
    for arg in e.args[1:]:
        text = f"{name}({text}, {code(arg, page).code})"
    return Text(text)


def _undefined(e: AppliedUndef, page: Page) -> Text:
    raise SymbackpropError(f"{e.func} has no definition, so there is no code for it: "
                           "write the network with a function that has one")


_CODE: dict[type[Any], Callable[[Any, Page], Text]] = {
    sp.Number: _number, sp.NumberSymbol: _number, sp.Symbol: _symbol, sp.Indexed: _indexed, sp.Add: _add,
    sp.Mul: _mul, sp.Pow: _pow, sp.exp: _pow, sp.log: _log, sp.Sum: partial(total, write=code),
    Largest: partial(largest, write=code), Winner: partial(winner, write=code), Named: _named,
    sp.Piecewise: _piecewise, Iverson: _iverson,
    sp.KroneckerDelta: _delta, sp.Max: _extreme, sp.Min: _extreme, AppliedUndef: _undefined,
    sp.Derivative: _undefined, sp.Subs: _undefined,
}
