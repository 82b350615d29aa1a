"""Derivatives of functions without a formula, ``f(u, v)`` of a user's own: of any order, argument by argument."""

from __future__ import annotations

from functools import cache

import sympy as sp
from sympy.core.function import AppliedUndef, UndefinedFunction

from symbackprop.language.errors import DerivationError


@cache
def _slot(position: int) -> sp.Dummy:
    return sp.Dummy(f"xi_{position + 1}")


def slopes(e: sp.Derivative | sp.Subs) -> list[tuple[sp.Expr, sp.Expr]]:
    """``f'(u)``'s slope by each argument of f, and that argument: ``(f''(u), u)``. Raises DerivationError for a
    derivative of anything but an undefined function."""
    function, args, orders = _taken_apart(e)
    return [(_put_together(function, args, tuple(n + (i == k) for i, n in enumerate(orders))), arg)
            for k, arg in enumerate(args)]  # fmt: skip


def _taken_apart(e: sp.Derivative | sp.Subs) -> tuple[UndefinedFunction, tuple[sp.Expr, ...], tuple[int, ...]]:
    """The function, its arguments, and how often it is differentiated by each."""
    inside = e.expr if isinstance(e, sp.Subs) else e
    at = dict(zip(e.variables, e.point, strict=True)) if isinstance(e, sp.Subs) else {}
    if isinstance(inside, sp.Derivative) and isinstance(inside.expr, AppliedUndef):
        args = inside.expr.args
        counts = {v: int(n) for v, n in inside.variable_count}
        if set(counts) <= set(args):
            return inside.expr.func, tuple(a.xreplace(at) for a in args), tuple(counts.get(a, 0) for a in args)
    raise DerivationError(f"no rule for the derivative of {type(e).__name__}: {e}")


def _put_together(function: UndefinedFunction, args: tuple[sp.Expr, ...], orders: tuple[int, ...]) -> sp.Expr:
    """SymPy's way to write it: by the arguments themselves where they are names that stand once, else by slots."""
    slots = [arg if orders[k] == 0 or _is_name(k, args) else _slot(k) for k, arg in enumerate(args)]
    by = [(slot, n) for slot, n in zip(slots, orders, strict=True) if n]
    derivative = sp.Derivative(function(*slots), *by)
    filled = [(slot, arg) for slot, arg in zip(slots, args, strict=True) if slot is not arg]
    return sp.Subs(derivative, *map(tuple, zip(*filled, strict=True))) if filled else derivative


def _is_name(position: int, args: tuple[sp.Expr, ...]) -> bool:
    arg = args[position]
    return isinstance(arg, sp.Symbol | sp.Indexed) and not any(a.has(arg) for k, a in enumerate(args) if k != position)
