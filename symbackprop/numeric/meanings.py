"""A concrete meaning for a function that has none: ``σ`` of a user's own equations, so that numbers can be put in.

Whatever is true for every smooth σ is true for this one; it is as good as unrelated to any function of the trade.
"""

from __future__ import annotations

import hashlib
from functools import cache

import sympy as sp
from sympy.core.function import AppliedUndef


@cache
def slot(position: int) -> sp.Symbol:
    """The symbol that stands for an argument of a function's meaning."""
    return sp.Symbol(f"_argument{position}", real=True)


@cache
def meaning(name: str, arity: int) -> sp.Expr:
    """``Σ_k sin(c_k z_k + 1/3) + d_k z_k² / (1 + k)``, smooth everywhere, c and d fixed by the name; mixed for two."""
    digest = hashlib.sha256(name.encode()).digest()
    terms = []
    for k in range(arity):
        c, d = sp.Rational(40 + digest[2 * k] % 80, 100), sp.Rational(10 + digest[2 * k + 1] % 40, 100)
        terms.append(sp.sin(c * slot(k) + sp.Rational(1, 3)) + d * slot(k) ** 2 / (1 + k))
    mixed = sp.prod([slot(k) for k in range(arity)]) / 3 if arity > 1 else sp.Integer(0)
    return sp.Add(*terms, mixed)


def derived_meaning(of: sp.Derivative) -> sp.Expr:
    """The meaning of ``Derivative(f(u, v), u)``, in the slots of f. Raises ValueError for anything more involved."""
    applied = of.expr
    if not isinstance(applied, AppliedUndef):
        raise ValueError(f"{of} is not the derivative of an undefined function")
    body = meaning(str(applied.func), len(applied.args))
    for variable, count in of.variable_count:
        places = [k for k, arg in enumerate(applied.args) if arg == variable]
        inside = [k for k, arg in enumerate(applied.args) if arg.has(variable)]
        if len(places) != 1 or inside != places:
            raise ValueError(f"{of} is not by one argument of {applied.func}")
        body = sp.diff(body, slot(places[0]), int(count))
    return body


def meant(expression: sp.Expr) -> sp.Expr:
    """The expression with the meaning put for each undefined function, derivatives included."""
    if not expression.args:
        return expression
    if isinstance(expression, sp.Subs):
        inner = meant(expression.expr)
        return inner.xreplace(dict(zip(expression.variables, map(meant, expression.point), strict=True)))
    if isinstance(expression, sp.Derivative):
        args, body = expression.expr.args, derived_meaning(expression)
    elif isinstance(expression, AppliedUndef):
        args, body = expression.args, meaning(str(expression.func), len(expression.args))
    else:
        return expression.func(*(meant(arg) for arg in expression.args))
    return body.xreplace({slot(k): meant(arg) for k, arg in enumerate(args)})
