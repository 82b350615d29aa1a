"""Use 3, import in lecture prep: SymPy in, SymPy out; then LaTeX for a slide and a function for a plot.

Run: ``python examples/lecture_prep.py``.
"""

from __future__ import annotations

from sympy import Eq, Function, latex, symbols

import symbackprop as sb

w, b, v, c, x, y = symbols("w b v c x y")
z, a, u, h, J = symbols("z a u h J")
sigma = Function("sigma")

# σ stays σ: nothing is said of it but that it has a derivative
net = sb.Network.from_sympy(
    [Eq(z, w * x + b), Eq(a, sigma(z)), Eq(u, v * a + c), Eq(h, sigma(u)), Eq(J, (h - y) ** 2 / 2)],
    loss=J,
    wrt=[w, b, v, c],
)


def main() -> None:
    d = sb.derive(net)
    print("the composite loss:   J =", net.loss)
    print("with the reused term: dJ/dw =", d[w].expression)
    print("written out:          dJ/dw =", d[w].expanded)
    print("an ordinary SymPy expression:", latex(d[w].expanded.subs(x, 1)))
    print()
    print("the steps, for a slide:")
    print(d[w].latex())
    print()
    print("every step and every gradient checked:", bool(d.verify()))


if __name__ == "__main__":
    main()
