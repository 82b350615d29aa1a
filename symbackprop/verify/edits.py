"""Every single change of a formula, each with the mistake that it would put right."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction

import sympy as sp

from symbackprop.language.claim import Term
from symbackprop.verify.change import Edit, Local, called, edit, nodes, number, place, product
from symbackprop.verify.replacements import MORE, column_index, exchanged
from symbackprop.verify.setting import Env, Setting


def edits(term: Term, setting: Setting, env: Env = ()) -> Iterator[Edit]:
    """Every single change, of the whole and of each part."""
    yield from _inside(term, setting, env, top=True)
    for (i, _), (j, _) in itertools.combinations(env, 2):
        yield edit(term, exchanged(term, i, j), "index-swapped", 1.15, name=f"{i}, {j}")


def _inside(term: Term, setting: Setting, env: Env, top: bool = False) -> Iterator[Edit]:
    for rule in RULES:
        yield from rule(term, setting, env)
    if top or term.kind in ("quantity", "adjoint", "apply", "add") or _summand(term):
        yield from _multiplied(term, setting, env, top)
    inner = env
    if term.kind == "sum":
        inner = (*env, *((i, n) for i, (_, n) in zip(term.indices, term.ranges, strict=True)))
    if term.kind in ("partial", "number", "size"):
        return
    for k, arg in enumerate(term.args):
        for e in _inside(arg, setting, inner, term.kind in ("sum", "add")):
            args = (*term.args[:k], e.term, *term.args[k + 1:])
            kind, words = _of_one_term(e, arg, term, setting) if term.kind == "add" else (e.kind, e.words)
            yield replace(e, term=term.having(*args), kind=kind, words=words)


def _of_one_term(e: Edit, arg: Term, whole: Term, setting: Setting) -> tuple[str, Mapping[str, str]]:
    """A factor that is wrong in one term of a sum only: of the penalty, or of what else there is."""
    penalty = any(t.name == "lambda" for t in nodes(arg))
    if penalty and e.kind in ("factor", "factor-extra"):
        return "regulariser-factor", {"factor": e.words.get("factor") or e.words.get("name", "")}
    if penalty and e.kind in ("mean-twice", "unit-mean-extra"):
        return "regulariser-divided", {}
    divided = any(t.kind == "size" and t.size == setting.data for t in nodes(whole))
    one = e.kind in ("mean-missing", "mean-twice") and divided
    return ("mean-on-one-term" if one else e.kind), e.words


def _summand(term: Term) -> bool:
    return term.kind in ("sum", "matmul", "outer")


# changes of one node


def _signs(term: Term, _: Setting, env: Env) -> Local:
    if term.kind == "neg":
        yield edit(term, term.args[0], "sign")
    elif term.kind == "add":
        for k, arg in enumerate(term.args):
            turned = arg.args[0] if arg.kind == "neg" else Term("neg", (arg,))
            yield Edit(term.having(*term.args[:k], turned, *term.args[k + 1:]), "sign", {}, place(arg))


def _transposes(term: Term, setting: Setting, env: Env) -> Local:
    if term.kind == "transpose":
        yield edit(term, term.args[0], "transposed", name=called(term.args[0]))
    elif not env and term.kind in ("quantity", "adjoint", "apply", "matmul", "outer"):
        # a whole product is rather in the wrong order
        cost = 1.2 if term.args and term.kind != "apply" else 1.0
        yield edit(term, Term("transpose", (term,)), "transpose-missing", cost, name=called(term))
    if term.kind in ("quantity", "adjoint") and len(term.indices) > 1:
        yield edit(term, replace(term, indices=term.indices[::-1]), "index-swapped", name=called(term))


def _orders(term: Term, _: Setting, env: Env) -> Local:
    if term.kind == "matmul":
        left, right = term.args
        yield edit(term, term.having(right, left), "product-order")
        yield edit(term, replace(term, kind="hadamard"), "matrix-product-for-hadamard")
        yield edit(term, replace(term, kind="outer"), "matrix-product-for-outer", 1.1)
    elif term.kind == "outer":
        yield edit(term, term.having(*term.args[::-1]), "product-order")
        yield edit(term, replace(term, kind="matmul"), "outer-for-matrix-product")
        yield edit(term, replace(term, kind="hadamard"), "outer-for-hadamard")
    elif term.kind == "hadamard" and not env:
        yield from _swapped(term)


def _swapped(term: Term) -> Local:
    """⊙ for a matrix or an outer product: split at each place."""
    for k in range(1, len(term.args)):
        parts = [a[0] if len(a) == 1 else term.having(*a) for a in (term.args[:k], term.args[k:])]
        yield edit(term, Term("matmul", tuple(parts)), "hadamard-for-product")
        yield edit(term, Term("outer", tuple(parts)), "hadamard-for-product", 1.1)


def _labels(term: Term, setting: Setting, env: Env) -> Local:
    if term.kind not in ("quantity", "adjoint"):
        return
    for by in (1, -1):
        other = setting.shifted(term.name, by)
        if other is not None and len(setting.program.shapes[other]) == len(setting.program.shapes[term.name]):
            yield edit(term, replace(term, name=other), "layer-off-by-one", 1.2, name=called(term),
                       other=called(replace(term, name=other)))


def _indices(term: Term, setting: Setting, env: Env) -> Local:
    """Another index in scope; the time before, the time after."""
    axes = setting.quantities[term.name].axes if term.indices and term.name in setting.quantities else ()
    for k, (old, axis) in enumerate(zip(term.indices, axes, strict=False)):
        for i, n in env:
            if i != old and n == axis.size:
                yield edit(term, _reindexed(term, k, i), "index-wrong", 1.3, name=called(term), index=str(old),
                            other=str(i))
        if axis.name == "time" or axis.size in setting.times:
            for by in (1, -1):
                yield edit(term, _reindexed(term, k, old + by), "time-off-by-one", name=called(term))


def _reindexed(term: Term, k: int, i: sp.Expr) -> Term:
    return replace(term, indices=(*term.indices[:k], i, *term.indices[k + 1:]))


def _functions(term: Term, setting: Setting, env: Env) -> Local:
    if term.kind != "apply":
        return
    arg, names = term.args[0], {f for f, _ in setting.slopes.values()}
    leaf = arg.args[0] if arg.kind == "transpose" else arg
    if leaf.kind == "quantity":
        for inner, (_, outer) in setting.slopes.items():
            if leaf.name == outer:
                right = replace(leaf, name=inner)
                new = term.having(right if leaf is arg else arg.having(right))
                yield edit(term, new, "derivative-at-activation", 0.9, function=term.name, a=outer, z=inner)
    stem = term.name.rstrip("'")
    primes = term.name[len(stem):]
    for other in sorted({n + p for n in names | {stem} for p in ("", "'")} - {term.name}):
        kind = "wrong-derivative" if primes or other.endswith("'") else "wrong-function"
        yield edit(term, replace(term, name=other), kind, 1.1, function=term.name, other=other)


def _dropped(term: Term, setting: Setting, env: Env) -> Local:
    """One factor, divisor or term less."""
    if term.kind in ("hadamard", "scale", "matmul", "outer", "add"):
        for k, arg in enumerate(term.args):
            rest = (*term.args[:k], *term.args[k + 1:])
            kept = rest[0] if len(rest) == 1 else term.having(*rest)
            if term.kind == "add":
                yield Edit(kept, *_surplus_term(arg, setting), place(arg), 1.2)
            else:
                kind, words = _surplus(arg, setting)
                yield Edit(kept, kind, words, place(arg), 0.9 if kind != "factor-extra" else 1.4)
    elif term.kind == "divide":
        kind, words = _divisor(term.args[1], setting)
        yield Edit(term.args[0], kind, words, place(term.args[1]))


def _surplus(arg: Term, setting: Setting) -> tuple[str, dict[str, str]]:
    leaf = arg.args[0] if arg.kind == "apply" else arg
    leaf = leaf.args[0] if leaf.kind == "transpose" else leaf
    if arg.kind == "apply" and arg.name.endswith("'") and leaf.kind == "quantity":
        name = leaf.name
        cancelled = setting.logarithmic and name in setting.quantities and setting.last(name)
        kind = "activation-derivative-cancelled-by-cross-entropy" if cancelled else "activation-derivative-extra"
        return kind, {"function": arg.name, "z": name}
    if arg.kind == "divide" and arg.args[0] == number(1):
        return _divisor(arg.args[1], setting)
    if arg.kind in ("number", "size"):
        return "factor", {"factor": called(arg)}
    return "factor-extra", {"name": called(arg)}


def _divisor(arg: Term, setting: Setting) -> tuple[str, dict[str, str]]:
    sizes = setting.sizes
    if arg.kind == "size" and arg.size == setting.data:
        return "mean-twice", {"size": str(arg.size)}
    if (arg.kind == "size" and arg.size in sizes) or (arg.kind == "number" and sp.Integer(int(arg.number)) in sizes):
        return "unit-mean-extra", {"size": called(arg)}
    if arg.kind == "number":
        return "factor", {"factor": f"1/{called(arg)}"}
    return "factor-extra", {"name": called(arg)}


def _surplus_term(arg: Term, setting: Setting) -> tuple[str, dict[str, str]]:
    if any(t.name == "lambda" for t in nodes(arg)):
        by = setting.quantities.get(setting.by)
        return ("regulariser-on-bias" if by is not None and by.role == "bias" else "regulariser-extra"), {}
    return "term-extra", {"name": called(arg)}


def _sums(term: Term, setting: Setting, env: Env) -> Local:
    bias = getattr(setting.quantities.get(setting.by), "role", "") == "bias"
    if term.kind == "total":
        yield edit(term, term.args[0], "bias-summed-too-far" if bias else "sum-added")
        kind = ("bias-averaged" if bias else "mean-twice") if term.mean else "mean-missing"
        yield edit(term, replace(term, mean=not term.mean), kind, size=str(setting.data or ""))
        yield edit(term, replace(term, axis=1 - term.axis), "sum-over-other-axis")
    elif term.kind == "sum":
        yield edit(term, term.args[0], "sum-added")
        for k, i in enumerate(term.indices):
            for j, n in env:
                body = _substituted(term.args[0], i, j)
                if term.ranges[k][1] == n and len(term.indices) == 1:
                    yield edit(term, body, "sum-added", 1.5)


def _substituted(term: Term, old: sp.Symbol, new: sp.Expr) -> Term:
    args = tuple(_substituted(a, old, new) for a in term.args)
    return replace(term, args=args, indices=tuple(i.xreplace({old: new}) for i in term.indices))


def _operands(term: Term, setting: Setting, env: Env) -> Local:
    """Another quantity, or another adjoint, of the same shape."""
    if term.kind not in ("quantity", "adjoint") or term.name not in setting.quantities:
        return
    for other in setting.alike(term.name):
        yield edit(term, replace(term, name=other), "wrong-operand", 2.0, name=called(term),
                   other=called(replace(term, name=other)))


def _numbers(term: Term, setting: Setting, env: Env) -> Local:
    if term.kind == "size":
        for size in setting.sizes:
            if size != term.size:
                yield edit(term, Term("size", size=size), "size-wrong", 1.2, name=str(term.size), other=str(size))


RULES: tuple[Callable[[Term, Setting, Env], Local], ...] = (
    _signs, _transposes, _orders, _labels, _indices, _functions, _dropped, _sums, _operands, _numbers, *MORE,
)


# something more


def _multiplied(term: Term, setting: Setting, env: Env, top: bool) -> Local:
    array = not env
    for inner, slope in setting.slope_terms(env):
        kind = f"activation-derivative-missing-{'output' if setting.last(inner) else 'hidden'}"
        # the usual place is beside an adjoint
        cost = 0.7 if term.kind == "adjoint" else 0.8
        yield Edit(product(slope, term, array=array), kind, {"function": slope.name, "z": inner}, place(term), cost)
    if not top:
        return
    yield edit(term, Term("neg", (term,)), "sign")
    for size, kind in setting.sizes.items():
        missing = "mean-missing" if kind == "datum" else "unit-mean-missing"
        by = Term("size", size=size)
        yield edit(term, Term("divide", (term, by)), missing, size=str(size))
        twice = "mean-twice" if kind == "datum" else "unit-mean-extra"
        yield edit(term, Term("scale", (by, term)), twice, 1.1, size=str(size))
    for n in (2, Fraction(1, 2)):
        yield edit(term, Term("scale", (number(n), term)), "factor", 1.1, factor=str(1 / Fraction(n)))
    yield from _summed(term, setting, env)
    yield from _penalised(term, setting, env)


def _summed(term: Term, setting: Setting, env: Env) -> Local:
    bias = getattr(setting.quantities.get(setting.by), "role", "") == "bias"
    kind = "bias-not-summed" if bias else "sum-missing"
    if not env:
        for axis in (1, 0):
            for mean in (False, True):
                yield edit(term, Term("total", (term,), axis=axis, mean=mean), kind, 1.0 + 0.1 * mean)
    loose = _loose(term, {i for i, _ in env}, setting)
    for i, size in loose.items():
        named = kind if size == setting.data else "sum-missing"
        yield edit(term, Term("sum", (term,), indices=(i,), ranges=((sp.S.One, size),)), named, index=str(i))


def _loose(term: Term, bound: set[sp.Symbol], setting: Setting) -> dict[sp.Symbol, sp.Expr]:
    """Indices that no sum binds, with the sizes of the axes they stand on."""
    if term.kind == "sum":
        bound = bound | set(term.indices)
    found: dict[sp.Symbol, sp.Expr] = {}
    if term.kind == "column":
        found |= {i: n for i, n in column_index(term, setting) if i not in bound}
    for i, n in zip(term.indices, setting.program.shapes.get(term.name, ()), strict=False):
        if isinstance(i, sp.Symbol) and i not in bound:
            found[i] = n
    for arg in term.args:
        found = {**_loose(arg, bound, setting), **found}
    return found


def _penalised(term: Term, setting: Setting, env: Env) -> Local:
    """λ w beside the rest."""
    if setting.penalty is None or setting.by not in setting.parameters:
        return
    for indices in setting.placed(setting.by, env[: len(setting.program.shapes[setting.by])]):
        weight = Term("quantity", name=setting.by, indices=indices)
        weight = weight if env or not setting.turned else Term("transpose", (weight,))
        for factor in ((), (number(2),)):  # of λ/2 Σ w², and of λ Σ w²
            more = Term("scale", (*factor, Term("quantity", name="lambda"), weight))
            yield edit(term, Term("add", (term, more)), "regulariser-forgotten", name=setting.by)
            if setting.data is not None:
                less = Term("divide", (more, Term("size", size=setting.data)))
                yield edit(term, Term("add", (term, less)), "regulariser-forgotten", 1.1, name=setting.by)
