"""Use 2, verify formulas derived by hand: in SymPy, and as plain text. One of them is wrong.

Run: ``python examples/verify_by_hand.py``. In this version a formula is ``wrong`` with a counterexample, or else
``consistent``: nothing was found against it at random points to 50 digits. It is never called right.
"""

from __future__ import annotations

from sympy import Eq, exp, symbols

import symbackprop as sb

w1, b1, w2, b2, x, y = symbols("w1 b1 w2 b2 x y")
z1, a1, z2, a2, J = symbols("z1 a1 z2 a2 J")

net = sb.Network.from_sympy(
    [
        Eq(z1, w1 * x + b1),
        Eq(a1, 1 / (1 + exp(-z1))),
        Eq(z2, w2 * a1 + b2),
        Eq(a2, 1 / (1 + exp(-z2))),
        Eq(J, (a2 - y) ** 2 / 2),
    ],
    loss=J,
    wrt=[w1, b1, w2, b2],
)

by_hand = {
    w2: (a2 - y) * a2 * (1 - a2) * a1,
    b2: (a2 - y) * a2 * (1 - a2),
    w1: (a2 - y) * a2 * (1 - a2) * w2 * a1 * (1 - a1) * x,
    b1: (a2 - y) * a2 * (1 - a2) * w2 * a1 * (1 + a1),  # a sign slipped
}


def main() -> None:
    for verdict in sb.check(net, by_hand):
        print(f"{verdict.verdict:10}  {verdict.formula}")
        if verdict.witness:
            print(f"            {verdict.detail}")
    print()
    for verdict in sb.check("2-3-2", "dJ/dW[2][j,i] = (a[2][j] - y[j])/2 * sigma'(z[2][j]) * a[1][i]"):
        print(f"{verdict.verdict:10}  {verdict.formula}")


if __name__ == "__main__":
    main()
