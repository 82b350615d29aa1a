"""Programs over time × unit for tests of the matrix forms: attention, normalisation, convolution, in formulas only."""

from __future__ import annotations

import sympy as sp

from symbackprop.language.functions import Iverson
from symbackprop.language.program import Program
from symbackprop.language.quantity import Axis, Equation, Quantity, Role, index

T, N, D = (sp.Symbol(name, integer=True, positive=True) for name in ("T", "n", "d"))
J = Quantity("J", None, (), "loss")
t, s, u, i, j, k, h, c, q = (index(name) for name in "tsuijkhcq")
EPSILON = sp.Rational(1, 100)


def array(letter: str, role: Role, *sizes: sp.Expr) -> Quantity:
    """A quantity; axes of length T are times."""
    return Quantity(letter, None, tuple(Axis("time" if n == T else "unit", n) for n in sizes), role)


def total(e: sp.Expr, *over: tuple[sp.Symbol, sp.Expr]) -> sp.Expr:
    return sp.Sum(e, *((idx, 1, n) for idx, n in over))


def squares(out: Quantity, y: Quantity) -> Equation:
    """J = ½ Σ (out − y)² over both axes."""
    rows, columns = out.shape
    return Equation(J, (), total((out.at(t, j) - y.at(t, j)) ** 2, (t, rows), (j, columns)) / 2)


def affine() -> Program:
    """z[t,j] = Σ_i W[j,i] x[t,i] + b[j]."""
    x, y = array("x", "input", T, N), array("y", "target", T, D)
    w, b, z = array("W", "weight", D, N), array("b", "bias", D), array("z", "pre-activation", T, D)
    line = total(w.at(j, i) * x.at(t, i), (i, N)) + b.at(j)
    return Program((x, y, w, b), (Equation(z, (t, j), line), squares(z, y)))


def softmax(read: Quantity, n: sp.Expr, *at: sp.Symbol) -> sp.Expr:
    """exp(S[t,s]) / Σ_u exp(S[t,u]), over the last index."""
    return sp.exp(read.at(*at)) / total(sp.exp(read.at(*at[:-1], u)), (u, n))


def attention(masked: bool = False) -> Program:
    """softmax(Q Kᵀ / √d) V over one sequence; masked: exp(S) only where s ≤ t."""
    x, y = array("x", "input", T, N), array("y", "target", T, D)
    weights = tuple(array(f"W{name}", "weight", D, N) for name in "qkv")
    made = tuple(array(name, "pre-activation", T, D) for name in "QKV")
    scores, p, out = array("S", "auxiliary", T, T), array("P", "activation", T, T), array("O", "activation", T, D)
    lines = [Equation(m, (t, j), total(w.at(j, i) * x.at(t, i), (i, N))) for m, w in zip(made, weights, strict=True)]
    q_, k_, v = made
    lines.append(Equation(scores, (t, s), total(q_.at(t, j) * k_.at(s, j), (j, D)) / sp.sqrt(D)))
    if masked:
        e = array("E", "auxiliary", T, T)
        lines.append(Equation(e, (t, s), sp.exp(scores.at(t, s)) * Iverson(s <= t)))
        lines.append(Equation(p, (t, s), e.at(t, s) / total(e.at(t, u), (u, T))))
    else:
        lines.append(Equation(p, (t, s), softmax(scores, T, t, s)))
    lines.append(Equation(out, (t, j), total(p.at(t, s) * v.at(s, j), (s, T))))
    return Program((x, y, *weights), (*lines, squares(out, y)))


def masked_once() -> Program:
    """The mask inside the softmax itself: numerator and denominator hold the bracket."""
    x, y, p = array("S", "weight", T, T), array("y", "target", T, T), array("P", "activation", T, T)
    seen = Iverson(s <= t)
    before = Iverson(u <= t)
    line = seen * sp.exp(x.at(t, s)) / total(before * sp.exp(x.at(t, u)), (u, T))
    return Program((x, y), (Equation(p, (t, s), line), squares(p, y)))


def layer_norm(inlined: bool = False) -> Program:
    """γ[j] (x[t,j] − μ[t]) / sqrt(v[t] + ε) + β[j] over the units; the input is a weight, so that it has a gradient."""
    x, y = array("x", "weight", T, D), array("y", "target", T, D)
    gamma, beta = array("gamma", "weight", D), array("beta", "bias", D)
    mean, var = array("mu", "auxiliary", T), array("v", "auxiliary", T)
    hat, out = array("h", "auxiliary", T, D), array("a", "activation", T, D)
    scaled = (x.at(t, j) - mean.at(t)) / sp.sqrt(var.at(t) + EPSILON)
    lines = [Equation(mean, (t,), total(x.at(t, j), (j, D)) / D),
             Equation(var, (t,), total((x.at(t, j) - mean.at(t)) ** 2, (j, D)) / D)]
    if inlined:
        lines.append(Equation(out, (t, j), gamma.at(j) * scaled + beta.at(j)))
    else:
        lines.append(Equation(hat, (t, j), scaled))
        lines.append(Equation(out, (t, j), gamma.at(j) * hat.at(t, j) + beta.at(j)))
    return Program((x, y, gamma, beta), (*lines, squares(out, y)))


def batch_norm() -> Program:
    """The same over the rows: one mean a column."""
    x, y = array("x", "weight", T, D), array("y", "target", T, D)
    gamma, beta = array("gamma", "weight", D), array("beta", "bias", D)
    mean, var, out = array("mu", "auxiliary", D), array("v", "auxiliary", D), array("a", "activation", T, D)
    scaled = (x.at(t, j) - mean.at(j)) / sp.sqrt(var.at(j) + EPSILON)
    return Program((x, y, gamma, beta), (
        Equation(mean, (j,), total(x.at(t, j), (t, T)) / T),
        Equation(var, (j,), total((x.at(t, j) - mean.at(j)) ** 2, (t, T)) / T),
        Equation(out, (t, j), gamma.at(j) * scaled + beta.at(j)), squares(out, y)))


def vector_softmax() -> Program:
    """a = softmax(W x), J = ½ Σ (a − y)²."""
    x, y, w = array("x", "input", N), array("y", "target", D), array("W", "weight", D, N)
    z, a = array("z", "pre-activation", D), array("a", "activation", D)
    return Program((x, y, w), (
        Equation(z, (j,), total(w.at(j, i) * x.at(i), (i, N))),
        Equation(a, (j,), sp.exp(z.at(j)) / total(sp.exp(z.at(u)), (u, D))),
        Equation(J, (), total((a.at(j) - y.at(j)) ** 2, (j, D)) / 2)))


def rms_norm() -> Program:
    """g[j] x[t,j] / sqrt(Σ_k x[t,k]² / d + ε), the sum inside the line."""
    x, y = array("x", "weight", T, D), array("y", "target", T, D)
    gain, out = array("g", "weight", D), array("a", "activation", T, D)
    line = gain.at(j) * x.at(t, j) / sp.sqrt(total(x.at(t, k) ** 2, (k, D)) / D + EPSILON)
    return Program((x, y, gain), (Equation(out, (t, j), line), squares(out, y)))


def convolution(stride: int = 2, width: int = 3, length: int = 4, inputs: int = 2, outputs: int = 3) -> Program:
    """z[c,p] = Σ_{q,k} K[c,q,k] x[q, stride (p − 1) + k] + b[c]."""
    n, w, m, many, kinds = map(sp.Integer, (stride * (length - 1) + width, width, length, inputs, outputs))
    place = index("p")
    x = Quantity("x", None, (Axis("channel", many), Axis("place", n)), "weight")
    kernel = Quantity("K", None, (Axis("kernel", kinds), Axis("channel", many), Axis("tap", w)), "weight")
    b = Quantity("b", None, (Axis("kernel", kinds),), "bias")
    z, a = (Quantity(letter, None, (Axis("kernel", kinds), Axis("place", m)), role)
            for letter, role in (("z", "pre-activation"), ("a", "activation")))
    y = Quantity("y", None, z.axes, "target")
    line = total(kernel.at(c, q, k) * x.at(q, stride * (place - 1) + k), (q, many), (k, w)) + b.at(c)
    loss = total((a.at(c, place) - y.at(c, place)) ** 2, (c, kinds), (place, m)) / 2
    return Program((x, y, kernel, b), (
        Equation(z, (c, place), line), Equation(a, (c, place), sp.tanh(z.at(c, place))), Equation(J, (), loss)))


def multi_head(heads: int = 2, length: int = 3, width: int = 4, inner: int = 2) -> Program:
    """Attention with an axis of heads, every array of rank three; joined by a last matrix a head."""
    hs, ts, ns, ds = map(sp.Integer, (heads, length, width, inner))
    def of(letter: str, role: Role, *sizes: sp.Integer) -> Quantity:
        names = ("head", "time", "place") if len(sizes) == 3 else ("time", "unit")
        return Quantity(letter, None, tuple(map(Axis, names, sizes)), role)

    x, y = of("x", "input", ts, ns), of("y", "target", ts, ns)
    weights = tuple(of(f"W{name}", "weight", hs, ds, ns) for name in "qkv")
    joined = of("Wo", "weight", hs, ns, ds)
    made = tuple(of(name, "pre-activation", hs, ts, ds) for name in "QKV")
    scores, p = of("S", "auxiliary", hs, ts, ts), of("P", "activation", hs, ts, ts)
    each, out = of("O", "auxiliary", hs, ts, ds), of("a", "activation", ts, ns)
    lines = [Equation(m, (h, t, j), total(w.at(h, j, i) * x.at(t, i), (i, ns)))
             for m, w in zip(made, weights, strict=True)]
    q_, k_, v = made
    return Program((x, y, *weights, joined), (
        *lines,
        Equation(scores, (h, t, s), total(q_.at(h, t, j) * k_.at(h, s, j), (j, ds)) / sp.sqrt(ds)),
        Equation(p, (h, t, s), softmax(scores, ts, h, t, s)),
        Equation(each, (h, t, j), total(p.at(h, t, s) * v.at(h, s, j), (s, ts))),
        Equation(out, (t, k), total(joined.at(h, k, j) * each.at(h, t, j), (h, hs), (j, ds))),
        squares(out, y)))
