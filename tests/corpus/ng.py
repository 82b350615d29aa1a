"""Ng, deeplearning.ai course 1, weeks 2 to 4, and course 2 week 1: columns, dZ of each datum, 1/m in dW and db."""

from __future__ import annotations

import numpy as np
from corpus.table import SLOPES, Style, Table, layered, relu, sigmoid, softmax, stack

ds, dtanh = SLOPES[sigmoid], SLOPES[np.tanh]
STYLE = Style(W="W{0}", z="Z{0}", a="A{0}", x="A0", y="Y")
NET = stack("ng", "3-4:tanh-2:sigmoid/bce", [3, 4, 2], [np.tanh, sigmoid], "bce", STYLE, m=5)
DEEP = stack("ng-deep", "3-4:relu-3:relu-2:sigmoid/bce", [3, 4, 3, 2], [relu, relu, sigmoid], "bce", STYLE, m=5)
SOFT = stack("ng-soft", "3-4:relu-3:softmax/ce", [3, 4, 3], [relu, softmax], "ce", STYLE, m=5)
L2 = stack("ng-l2", '''batch = "columns"
loss = "bce"
regulariser = {kind = "l2", weight = "lambda/2m"}
[input]
size = 3
[[layer]]
kind = "dense"
size = 4
activation = "tanh"
[[layer]]
kind = "dense"
size = 2
activation = "sigmoid"
''', [3, 4, 2], [np.tanh, sigmoid], "bce", STYLE, m=5, penalty=lambda W, m: (W**2).sum() / (2 * m))
T = Table("ng")


def rowsum(x: object) -> np.ndarray:
    return np.sum(x, axis=1, keepdims=True)  # type: ignore[call-overload, no-any-return]


T.right(NET, "course 1, week 3", r"dZ^{[2]} = A^{[2]} - Y", lambda v: (v.m * v.dZ2, v.A2 - v.Y))
T.right(NET, "course 1, week 3", r"dW^{[2]} = \frac{1}{m} dZ^{[2]} A^{[1]T}", lambda v: (v.dW2, v.m * v.dZ2 @ v.A1.T / v.m))
T.right(NET, "course 1, week 3", r"db^{[1]} = \frac{1}{m} np.sum(dZ^{[1]}, axis = 1, keepdims = True)", lambda v: (v.db1, rowsum(v.m * v.dZ1) / v.m))
T.right(NET, "course 1, week 3", r"dZ^{[1]} = W^{[2]T} dZ^{[2]} * g^{[1]\prime}(Z^{[1]})", lambda v: (v.m * v.dZ1, v.W2.T @ (v.m * v.dZ2) * dtanh(v.Z1)))
T.right(NET, "course 1, week 3", r"dW^{[1]} = \frac{1}{m} dZ^{[1]} X^T", lambda v: (v.dW1, v.m * v.dZ1 @ v.A0.T / v.m))
T.right(NET, "week 3, tanh by its output", r"dZ^{[1]} = W^{[2]T} dZ^{[2]} * (1 - A^{[1]} * A^{[1]})", lambda v: (v.m * v.dZ1, v.W2.T @ (v.m * v.dZ2) * (1 - v.A1**2)))
T.right(DEEP, "week 4, general", r"dZ^{[l]} = dA^{[l]} * g^{[l]\prime}(Z^{[l]})", lambda v: layered(v, range(1, 4), lambda l: (v.m * v[f"dZ{l}"], v.m * v[f"dA{l}"] * (ds if l == 3 else SLOPES[relu])(v[f"Z{l}"]))))
T.right(DEEP, "week 4, general", r"dW^{[l]} = \frac{1}{m} dZ^{[l]} A^{[l-1]T}", lambda v: layered(v, range(1, 4), lambda l: (v[f"dW{l}"], v[f"dZ{l}"] @ v[f"A{l - 1}"].T)))
T.right(DEEP, "week 4, general", r"dA^{[l-1]} = W^{[l]T} dZ^{[l]}", lambda v: layered(v, range(1, 4), lambda l: (v.m * v[f"dA{l - 1}"], v[f"W{l}"].T @ (v.m * v[f"dZ{l}"]))))
T.right(DEEP, "week 4", r"db^{[l]} = \frac{1}{m} \sum_{i=1}^{m} dZ^{[l](i)}", lambda v: layered(v, range(1, 4), lambda l: (v[f"db{l}"], rowsum(v.m * v[f"dZ{l}"]) / v.m)))
T.right(DEEP, "week 4, start", r"dA^{[L]} = -\frac{Y}{A^{[L]}} + \frac{1-Y}{1-A^{[L]}}", lambda v: (v.m * v.dA3, -v.Y / v.A3 + (1 - v.Y) / (1 - v.A3)))
T.right(NET, "week 3, one datum", r"dz^{[2](i)} = a^{[2](i)} - y^{(i)}", lambda v: (v.m * v.dZ2, v.A2 - v.Y))
T.right(NET, "forward, week 3", r"Z^{[2]} = W^{[2]} A^{[1]} + b^{[2]}", lambda v: (v.Z2, v.W2 @ v.A1 + v.b2))
T.right(SOFT, "course 2, week 3", r"dZ^{[2]} = \hat{Y} - Y", lambda v: (v.m * v.dZ2, v.A2 - v.Y))
T.right(L2, "course 2, week 1", r"dW^{[2]} = \frac{1}{m} dZ^{[2]} A^{[1]T} + \frac{\lambda}{m} W^{[2]}", lambda v: (v.dW2, v.dZ2 @ v.A1.T + v.lam / v.m * v.W2))
T.right(L2, "course 2, week 1", r"\frac{\partial J}{\partial b^{[2]}} = \frac{1}{m} \sum_{i=1}^{m} (a^{[2](i)} - y^{(i)})", lambda v: (v.db2, rowsum(v.A2 - v.Y) / v.m))
T.right(NET, "plain text", "dW2 = 1/m * np.dot(dZ2, A1.T)", lambda v: (v.dW2, v.m * v.dZ2 @ v.A1.T / v.m))
T.right(DEEP, "relu as a mask", r"dZ^{[1]} = dA^{[1]} * (Z^{[1]} > 0)", lambda v: (v.m * v.dZ1, v.m * v.dA1 * (v.Z1 > 0)))
T.wrong("mean-missing factor", NET, "1/m forgotten", r"dW^{[2]} = dZ^{[2]} A^{[1]T}", lambda v: (v.dW2, v.m * v.dZ2 @ v.A1.T))
T.wrong("mean-missing factor", NET, "1/m forgotten", r"db^{[2]} = np.sum(dZ^{[2]}, axis = 1, keepdims = True)", lambda v: (v.db2, rowsum(v.m * v.dZ2)))
T.wrong("mean-twice factor", NET, "1/m twice", r"dW^{[2]} = \frac{1}{m^2} dZ^{[2]} A^{[1]T}", lambda v: (v.dW2, v.m * v.dZ2 @ v.A1.T / v.m**2))
T.wrong("mean-twice mean-missing factor factor-extra", NET, "1/m in dZ already", r"dZ^{[2]} = \frac{1}{m}(A^{[2]} - Y)", lambda v: (v.m * v.dZ2, (v.A2 - v.Y) / v.m))
T.wrong("bias-not-summed sum-missing", NET, "the bias not summed", r"db^{[2]} = \frac{1}{m} dZ^{[2]}", lambda v: (v.db2, v.dZ2))
T.wrong("bias-summed-too-far sum-added", NET, "axis and keepdims forgotten", r"db^{[1]} = \frac{1}{m} np.sum(dZ^{[1]})", lambda v: (v.db1, np.sum(v.dZ1)))
T.wrong("softmax-axis bias-summed-too-far transposed sum-added", NET, "the other axis", r"db^{[1]} = \frac{1}{m} np.sum(dZ^{[1]}, axis = 0, keepdims = True)", lambda v: (v.db1, np.sum(v.dZ1, axis=0, keepdims=True)))
T.wrong("mean-twice bias-averaged factor", NET, "mean of a mean", r"db^{[1]} = \frac{1}{m} np.mean(dZ^{[1]}, axis = 1, keepdims = True)", lambda v: (v.db1, np.mean(v.dZ1, axis=1, keepdims=True)))
T.wrong("transpose-missing", NET, "no transpose", r"dW^{[2]} = \frac{1}{m} dZ^{[2]} A^{[1]}", lambda v: (v.dW2, v.dZ2 @ v.A1), fits=False)
T.wrong("product-order", NET, "order of the product", r"dW^{[2]} = \frac{1}{m} A^{[1]} dZ^{[2]T}", lambda v: (v.dW2, v.A1 @ v.dZ2.T))
T.wrong("activation-derivative-missing-hidden factor-missing", NET, "slope forgotten", r"dZ^{[1]} = W^{[2]T} dZ^{[2]}", lambda v: (v.m * v.dZ1, v.W2.T @ (v.m * v.dZ2)))
T.wrong("derivative-at-activation", NET, "slope at A", r"dZ^{[1]} = W^{[2]T} dZ^{[2]} * g^{[1]\prime}(A^{[1]})", lambda v: (v.m * v.dZ1, v.W2.T @ (v.m * v.dZ2) * dtanh(v.A1)))
T.wrong("wrong-derivative", NET, "sigmoid's slope for tanh's", r"dZ^{[1]} = W^{[2]T} dZ^{[2]} * A^{[1]} * (1 - A^{[1]})", lambda v: (v.m * v.dZ1, v.W2.T @ (v.m * v.dZ2) * v.A1 * (1 - v.A1)))
T.wrong("sign", NET, "sign", r"dZ^{[2]} = Y - A^{[2]}", lambda v: (v.m * v.dZ2, v.Y - v.A2))
T.wrong("activation-derivative-cancelled-by-cross-entropy factor-extra", NET, "slope where it cancels", r"dZ^{[2]} = (A^{[2]} - Y) * A^{[2]} * (1 - A^{[2]})", lambda v: (v.m * v.dZ2, (v.A2 - v.Y) * v.A2 * (1 - v.A2)))
T.wrong("layer-off-by-one wrong-operand", NET, "W of the layer itself", r"dZ^{[1]} = W^{[1]T} dZ^{[2]} * g^{[1]\prime}(Z^{[1]})", lambda v: (v.m * v.dZ1, v.W1.T @ (v.m * v.dZ2) * dtanh(v.Z1)), fits=False)
T.wrong("regulariser-divided mean-missing regulariser-factor factor", L2, "λ without 1/m", r"dW^{[2]} = \frac{1}{m} dZ^{[2]} A^{[1]T} + \lambda W^{[2]}", lambda v: (v.dW2, v.dZ2 @ v.A1.T + v.lam * v.W2))
T.wrong("regulariser-factor factor", L2, "½ kept", r"dW^{[2]} = \frac{1}{m} dZ^{[2]} A^{[1]T} + \frac{\lambda}{2m} W^{[2]}", lambda v: (v.dW2, v.dZ2 @ v.A1.T + v.lam / 2 / v.m * v.W2))
T.wrong("regulariser-forgotten", L2, "λ forgotten", r"dW^{[2]} = \frac{1}{m} dZ^{[2]} A^{[1]T}", lambda v: (v.dW2, v.dZ2 @ v.A1.T))
T.wrong("regulariser-on-bias factor-extra", L2, "biases penalised", r"db^{[2]} = \frac{1}{m} np.sum(dZ^{[2]}, axis = 1, keepdims = True) + \frac{\lambda}{m} b^{[2]}", lambda v: (v.db2, rowsum(v.dZ2) + v.lam / v.m * v.b2))
T.wrong("mean-on-one-term mean-missing regulariser-divided", L2, "1/m on one term only", r"dW^{[2]} = dZ^{[2]} A^{[1]T} + \frac{\lambda}{m} W^{[2]}", lambda v: (v.dW2, v.m * v.dZ2 @ v.A1.T + v.lam / v.m * v.W2))
