"""More changes of a formula: a slope written through the output, ε at its root, a mask, the axis of a sum."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

import sympy as sp

from symbackprop.language.claim import Term
from symbackprop.syntax.papers import epsilon
from symbackprop.syntax.written import written_plain
from symbackprop.verify.change import Edit, Local, edit, nodes, number, place, product
from symbackprop.verify.setting import Env, Setting

PRODUCTS = ("hadamard", "scale")


def _through_outputs(term: Term, setting: Setting, env: Env) -> Local:
    """``a(1 + a)``, ``1 − a``, ``a``: factors made of one output alone stand for the slope of its activation."""
    factors = term.args if term.kind in PRODUCTS else (term,) if term.kind in ("add", "power") else ()
    for inner, function, outer in _outputs(setting):
        here = [k for k, f in enumerate(factors) if _made_of(f, outer)]
        leaves = [t for k in here for t in nodes(factors[k]) if t.kind == "quantity"]
        if not here or len({t.indices for t in leaves}) != 1:
            continue
        rest = [f for k, f in enumerate(factors) if k not in here]
        at = place(factors[here[0]])
        if rest:
            left = rest[0] if len(rest) == 1 else term.having(*rest)
            cancelled = setting.logarithmic and setting.last(inner)
            kind = "activation-derivative-cancelled-by-cross-entropy" if cancelled else "activation-derivative-extra"
            yield Edit(left, kind, {"function": f"{function}'", "z": inner}, at, 0.65)
        if inner not in setting.slopes:
            continue
        slope = Term("apply", (Term("quantity", name=inner, indices=leaves[0].indices),), name=function + "'")
        if not leaves[0].indices and any(t.kind == "transpose" for k in here for t in nodes(factors[k])):
            slope = Term("transpose", (slope,))
        shown = " * ".join(written_plain(factors[k]) for k in here)
        put = slope if not rest else product(*rest, slope, array=term.kind == "hadamard")
        yield Edit(replace(put, at=term.at, end=term.end), "wrong-derivative",
                   {"function": shown, "other": f"{function}'({inner})"}, at, 0.6)


def _outputs(setting: Setting) -> Iterator[tuple[str, str, str]]:
    """What each activation is of, its name, and what comes out; softmax, which is no function of one number, last."""
    for inner, (function, outer) in setting.slopes.items():
        yield inner, function, outer
    out = setting.output
    if out is not None and out.name in setting.program.definitions:
        read = setting.direct[out.name]
        if setting.program.definitions[out.name].expression.has(sp.exp) and len(read) == 1:
            yield next(iter(read)), "softmax", out.name


def _made_of(term: Term, outer: str) -> bool:
    """Numbers and one output."""
    kinds = {t.kind for t in nodes(term)}
    names = {t.name for t in nodes(term) if t.kind == "quantity"}
    return names == {outer} and kinds <= {"quantity", "number", "neg", "add", "power", "transpose", *PRODUCTS}


def _epsilons(term: Term, setting: Setting, env: Env) -> Local:
    """ε inside of the root, outside of it, or nowhere."""
    small = epsilon(setting.program)
    if small is None:
        return
    eps = number(Fraction(int(small.p), int(small.q)))
    if term.kind == "power" or (term.kind == "apply" and term.name == "sqrt"):
        inner = term.args[0]
        if any(t.kind == "quantity" for t in nodes(inner)) and eps not in nodes(inner):
            yield edit(term, term.having(Term("add", (inner, eps)), *term.args[1:]), "epsilon-dropped", 0.9)
    if term.kind == "apply" and term.name == "sqrt" and _holds(term.args[0], eps):
        yield edit(term, Term("add", (term.having(_without(term.args[0], eps)), eps)), "epsilon-inside")
    if term.kind == "add" and _holds(term, eps):
        rest = _without(term, eps)
        if rest.kind == "apply" and rest.name == "sqrt":
            yield edit(term, rest.having(Term("add", (rest.args[0], eps))), "epsilon-outside")
        else:
            root = Term("add", (Term("apply", (rest,), name="sqrt"), eps))
            yield edit(term, Term("power", (root, number(2))), "epsilon-inside")


def _holds(term: Term, part: Term) -> bool:
    return term.kind == "add" and len(term.args) > 1 and part in term.args


def _without(term: Term, part: Term) -> Term:
    rest = [a for a in term.args if a != part]
    return rest[0] if len(rest) == 1 else term.having(*rest)


def _masks(term: Term, setting: Setting, env: Env) -> Local:
    """A derivative that has to pass a mask."""
    if term.kind != "adjoint":
        return
    for name, q in setting.quantities.items():
        if q.role == "input" and isinstance(q.layer, int) and q.layer > 0 and (
            setting.program.shapes[name] == setting.program.shapes[term.name]):
            mask = Term("quantity", name=name, indices=term.indices)
            yield edit(term, product(mask, term, array=not term.indices), "mask-dropped", 0.8, name=name)


def _other_axis(term: Term, setting: Setting, env: Env) -> Local:
    """Σ_k of what is read at (k, j) for Σ_k of what is read at (i, k)."""
    if term.kind != "sum" or len(term.indices) != 1:
        return
    k = term.indices[0]
    read = [t for t in nodes(term.args[0]) if len(t.indices) == 2 and k in t.indices and t.name]
    exponential = any(e.expression.has(sp.exp) for t in read if (e := setting.program.definitions.get(t.name)))
    for i, n in env if read else ():
        if n == term.ranges[0][1]:
            kind = "softmax-axis" if exponential else "sum-over-other-axis"
            yield edit(term, term.having(_turned(term.args[0], k, i)), kind, 1.1)


def _turned(term: Term, k: sp.Expr, i: sp.Expr) -> Term:
    args = tuple(_turned(a, k, i) for a in term.args)
    indices = term.indices
    if len(indices) == 2 and k in indices and term.name:
        indices = (i, k) if indices[0] == k else (k, i)
    return replace(term, args=args, indices=indices)


def exchanged(term: Term, i: sp.Symbol, j: sp.Symbol) -> Term:
    """i for j and j for i."""
    args = tuple(exchanged(a, i, j) for a in term.args)
    return replace(term, args=args, indices=tuple(n.xreplace({i: j, j: i}) for n in term.indices))


def _reversed(term: Term, setting: Setting, env: Env) -> Local:
    """``A Bᵀ`` for ``B Aᵀ``."""
    if term.kind == "matmul" and not env:
        one, other = (a.args[0] if a.kind == "transpose" else Term("transpose", (a,)) for a in term.args)
        yield edit(term, term.having(other, one), "product-order", 1.05)


def _bare_penalty(term: Term, setting: Setting, env: Env) -> Local:
    """λ for λ W."""
    if term.kind != "quantity" or term.name != "lambda" or setting.by not in setting.parameters:
        return
    for indices in setting.placed(setting.by, env[: len(setting.program.shapes[setting.by])]):
        weight = Term("quantity", name=setting.by, indices=indices)
        weight = weight if env or not setting.turned else Term("transpose", (weight,))
        yield edit(term, Term("scale", (term, weight)), "factor-missing", 0.8, name=setting.by)


def _slopes_of_rows(term: Term, setting: Setting, env: Env) -> Local:
    """σ'(z) beside a row."""
    if env or term.kind not in ("matmul", *PRODUCTS) or not any(t.kind == "transpose" for t in nodes(term)):
        return
    for inner, slope in setting.slope_terms(()):
        kind = f"activation-derivative-missing-{'output' if setting.last(inner) else 'hidden'}"
        yield edit(term, product(Term("transpose", (slope,)), term, array=True), kind, 0.9, function=slope.name,
                   z=inner)


def _columns(term: Term, setting: Setting, env: Env) -> Local:
    """The vector of the time before, or after."""
    if term.kind != "column":
        return
    for by in (1, -1):
        name = next((t.name for t in nodes(term) if t.name), "")
        yield edit(term, replace(term, indices=(term.indices[0] + by,)), "time-off-by-one", name=name)


def column_index(term: Term, setting: Setting) -> Iterator[tuple[sp.Symbol, sp.Expr]]:
    """The index of a column, with how many there are."""
    inner = term.args[0]
    turned = inner.kind == "transpose"
    shape = setting.program.shapes.get((inner.args[0] if turned else inner).name, ())
    if isinstance(term.indices[0], sp.Symbol) and len(shape) == 2:
        yield term.indices[0], shape[0 if turned else 1]


MORE: tuple[Callable[[Term, Setting, Env], Local], ...] = (
    _through_outputs, _epsilons, _masks, _other_axis, _reversed, _bare_penalty, _slopes_of_rows, _columns,
)
