"""Patterns that overflow as they are written and have a stable spelling: pure recognition, nothing is written here.

``e^z/(1 + e^z)`` is a sigmoid, ``e^{z_j}/Σ e^{z_k}`` a softmax, ``log Σ e^z`` and ``log(1 + e^z)`` are log-sum-exps;
a case whose formula overflows, or divides by 0, only where the other case holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sympy as sp

from symbackprop.language.functions import Iverson
from symbackprop.language.indices import limits


@dataclass(frozen=True)
class Found:
    """A part of a product by its stable name: of ``inner``, with the ``rest`` of the factors beside it."""

    inner: sp.Expr
    rest: tuple[sp.Expr, ...]


@dataclass(frozen=True)
class Sigmoid(Found):
    """``σ(u)^up · σ(−u)^down``."""

    up: int
    down: int


@dataclass(frozen=True)
class Softmax(Found):
    """``e^{z[j]} / Σ_k e^{z[k]}``, j being ``index``; ``masks`` are brackets on both exponentials."""

    index: sp.Symbol
    masks: tuple[Iverson, ...] = ()


def sigmoid(factors: tuple[sp.Expr, ...]) -> Sigmoid | None:
    """``e^{ku} / (1 + e^u)^b`` for 0 ≤ k ≤ b among the factors: 1/(1 + e^{−z}), and every derivative of softplus."""
    for divisor in factors:
        u = _one_plus_exp(divisor.base) if isinstance(divisor, sp.Pow) and divisor.exp.is_Integer else None
        if u is None or divisor.exp > 0:
            continue
        power, others = -int(divisor.exp), [f for f in factors if f is not divisor]
        for above in (f for f in others if isinstance(f, sp.exp)):
            k = above.args[0] / u
            if k.is_Integer and 0 <= k <= power:
                return Sigmoid(u, tuple(f for f in others if f is not above), int(k), power - int(k))
        return Sigmoid(u, tuple(others), 0, power)
    return None


def _one_plus_exp(e: sp.Expr) -> sp.Expr | None:
    """u where the expression is 1 + e^u."""
    if isinstance(e, sp.Add) and len(e.args) == 2:
        one, other = sorted(e.args, key=lambda t: t != 1)
        if one == 1 and isinstance(other, sp.exp):
            return other.args[0]
    return None


def softmax(factors: tuple[sp.Expr, ...]) -> Softmax | None:
    """``e^{z[j]} / Σ_k e^{z[k]}`` among the factors, some exponentials perhaps shut out by a bracket."""
    for top in (f for f in factors if isinstance(f, sp.exp) and isinstance(f.args[0], sp.Indexed)):
        for low in (f for f in factors if isinstance(f, sp.Pow) and f.exp == -1 and isinstance(f.base, sp.Sum)):
            z, bound = top.args[0], limits(low.base)
            for i in (i for i in z.indices if isinstance(i, sp.Symbol) and len(bound) == 1):
                above = [f.xreplace({bound[0][0]: i}) for f in sp.Mul.make_args(low.base.function)]
                masks = tuple(f for f in above if isinstance(f, Iverson) and f in factors)
                if top in above and len(masks) == len(above) - 1:
                    return Softmax(z, tuple(f for f in factors if f not in (top, low, *masks)), i, masks)
    return None


def log_sum_exp(e: sp.Expr) -> tuple[sp.Expr, tuple[sp.Symbol, sp.Expr, sp.Expr]] | None:
    """z and the limits of k where the argument of a logarithm is ``Σ_k e^{z[k]}``."""
    if isinstance(e, sp.Sum) and len(e.limits) == 1 and isinstance(e.function, sp.exp):
        inner, limit = e.function.args[0], limits(e)[0]
        if limit[0] in inner.free_symbols:
            return inner, limit
    return None


def softplus(e: sp.Expr) -> sp.Expr | None:
    """u where the argument of a logarithm is ``1 + e^u``."""
    return _one_plus_exp(e)


def guards(e: sp.Piecewise) -> Iterator[str]:
    """For each case of ``{u, z > c; v, otherwise}``, NumPy for z as it may be put there: unchanged where the case holds
    and harmless where it does not. Nothing for other conditions, and for cases that need no guard."""
    bounded = _bound(e) if len(e.args) == 2 else None
    for position, (branch, _) in enumerate(e.args):
        if bounded is None or not _delicate(branch, bounded[0]):
            yield ""
            continue
        leaf, number, above = bounded
        if position or not branch.xreplace({leaf: sp.Integer(number)}).has(sp.zoo, sp.nan, sp.oo):
            yield f"np.{'minimum' if above == bool(position) else 'maximum'}({{z}}, {number})"
        else:
            yield f"np.where({{z}} {'>' if above else '<'} {number}, {{z}}, {number + 1 if above else number - 1})"


def guarded(e: sp.Piecewise) -> sp.Expr | None:
    """The z of ``z > c``: a leaf, compared with a whole number."""
    bounded = _bound(e)
    return bounded[0] if bounded else None


def _bound(e: sp.Piecewise) -> tuple[sp.Expr, int, bool] | None:
    condition = e.args[0][1]
    if not isinstance(condition, sp.Gt | sp.Lt):
        return None
    for leaf, other, greater in ((condition.lhs, condition.rhs, sp.Gt), (condition.rhs, condition.lhs, sp.Lt)):
        if isinstance(leaf, sp.Symbol | sp.Indexed) and other.is_Integer:
            return leaf, int(other), isinstance(condition, greater)
    return None


def _delicate(branch: sp.Expr, z: sp.Expr) -> bool:
    """Whether a formula of z may overflow, divide by 0, or take the logarithm of 0."""
    return any(a.has(z) and (isinstance(a, sp.exp | sp.log) or a.exp.is_negative)
               for a in branch.atoms(sp.Pow, sp.exp, sp.log))
