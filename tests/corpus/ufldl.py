"""UFLDL (Stanford tutorial): W^{(l)} goes from layer l, input a^{(1)}; J = 1/m Σ ½‖h − y‖² + λ/2 Σ W²."""

from __future__ import annotations

import numpy as np
from corpus.table import SLOPES, Style, Table, layered, sigmoid, softmax, stack

f, df = sigmoid, SLOPES[sigmoid]
STYLE = Style(base=1, x="a1", from_layer=True)
NET = stack("ufldl", "2-3-4-2/sse", [2, 3, 4, 2], [f, f, f], "sse", STYLE)
SQUARE = stack("ufldl-square", "3-3-3-3/sse", [3, 3, 3, 3], [f, f, f], "sse", STYLE)
DECAY = stack("ufldl-decay", '''batch = "none"
loss = "sse"
regulariser = {kind = "l2", weight = "lambda/2"}
[input]
size = 3
[[layer]]
kind = "dense"
size = 4
activation = "sigmoid"
[[layer]]
kind = "dense"
size = 2
activation = "sigmoid"
''', [3, 4, 2], [f, f], "sse", STYLE, penalty=lambda W, m: (W**2).sum() / 2)
DATA = stack("ufldl-data", '''batch = "columns"
loss = "sse"
regulariser = {kind = "l2", weight = "lambda/2"}
[input]
size = 3
[[layer]]
kind = "dense"
size = 4
activation = "sigmoid"
[[layer]]
kind = "dense"
size = 2
activation = "sigmoid"
''', [3, 4, 2], [f, f], "sse", STYLE, m=5, penalty=lambda W, m: (W**2).sum() / 2)
SOFT = stack("ufldl-soft", "3-4-3:softmax/ce", [3, 4, 3], [f, softmax], "ce", STYLE)
T = Table("ufldl")

T.right(NET, "Backpropagation, step 2", r"\delta^{(n_l)} = - (y - a^{(n_l)}) \bullet f'(z^{(n_l)})", lambda v: (v.dz4, -(v.y - v.a4) * df(v.z4)))
T.right(NET, "step 2, by number", r"\delta^{(4)}_i = \frac{\partial}{\partial z^{(4)}_i} \frac{1}{2} \left\|y - h_{W,b}(x)\right\|^2 = - (y_i - a^{(4)}_i) \cdot f'(z^{(4)}_i)", lambda v: (v.dz4, v.dz4, -(v.y - v.a4) * df(v.z4)))
T.right(NET, "step 3", r"\delta^{(l)} = \left((W^{(l)})^T \delta^{(l+1)}\right) \bullet f'(z^{(l)})", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l}"].T @ v[f"dz{l + 1}"] * df(v[f"z{l}"]))))
T.right(NET, "step 3 by components", r"\delta^{(l)}_i = \left( \sum_{j=1}^{s_{l+1}} W^{(l)}_{ji} \delta^{(l+1)}_j \right) f'(z^{(l)}_i)", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], np.einsum("ji,j,i->i", v[f"W{l}"], v[f"dz{l + 1}"], df(v[f"z{l}"])))))
T.right(NET, "step 4", r"\nabla_{W^{(l)}} J(W,b;x,y) = \delta^{(l+1)} (a^{(l)})^T", lambda v: layered(v, range(1, 4), lambda l: (v[f"dW{l}"], np.outer(v[f"dz{l + 1}"], v[f"a{l}"]))))
T.right(NET, "step 4", r"\nabla_{b^{(l)}} J(W,b;x,y) = \delta^{(l+1)}", lambda v: layered(v, range(1, 4), lambda l: (v[f"db{l}"], v[f"dz{l + 1}"])))
T.right(NET, "step 4 by components", r"\frac{\partial}{\partial W_{ij}^{(l)}} J(W,b; x, y) = a^{(l)}_j \delta_i^{(l+1)}", lambda v: layered(v, range(1, 4), lambda l: (v[f"dW{l}"], np.einsum("j,i->ij", v[f"a{l}"], v[f"dz{l + 1}"]))))
T.right(NET, "step 4 by components", r"\frac{\partial}{\partial b_i^{(l)}} J(W,b; x, y) = \delta_i^{(l+1)}", lambda v: layered(v, range(1, 4), lambda l: (v[f"db{l}"], v[f"dz{l + 1}"])))
T.right(NET, "slope by the output", r"f'(z^{(l)}_i) = a^{(l)}_i (1 - a^{(l)}_i)", lambda v: layered(v, range(2, 5), lambda l: (np.diag(v.p(f"a{l}", f"z{l}")), v[f"a{l}"] * (1 - v[f"a{l}"]))))
T.right(NET, "forward", r"z^{(l+1)} = W^{(l)} a^{(l)} + b^{(l)}", lambda v: layered(v, range(1, 4), lambda l: (v[f"z{l + 1}"], v[f"W{l}"] @ v[f"a{l}"] + v[f"b{l}"])))
T.right(DECAY, "weight decay, one datum", r"\nabla_{W^{(2)}} J = \delta^{(3)} (a^{(2)})^T + \lambda W^{(2)}", lambda v: (v.dW2, np.outer(v.dz3, v.a2) + v.lam * v.W2))
T.right(DATA, "all data", r"\frac{\partial}{\partial W^{(1)}} J(W,b) = \frac{1}{m} \delta^{(2)} (a^{(1)})^T + \lambda W^{(1)}", lambda v: (v.dW1, v.m * v.dz2 @ v.a1.T / v.m + v.lam * v.W1))
T.right(DATA, "all data", r"\nabla_{b^{(1)}} J(W,b) = \frac{1}{m} \sum_{i=1}^{m} \delta^{(2)(i)}", lambda v: (v.db1[:, 0], (v.m * v.dz2).sum(axis=1) / v.m))
T.right(SOFT, "softmax regression", r"\delta^{(3)} = -(y - a^{(3)})", lambda v: (v.dz3, v.a3 - v.y))
T.wrong("sign", NET, "step 2", r"\delta^{(n_l)} = (y - a^{(n_l)}) \bullet f'(z^{(n_l)})", lambda v: (v.dz4, (v.y - v.a4) * df(v.z4)))
T.wrong("activation-derivative-missing-output factor-missing if-loss-cross-entropy", NET, "step 2", r"\delta^{(n_l)} = - (y - a^{(n_l)})", lambda v: (v.dz4, -(v.y - v.a4)))
T.wrong("layer-off-by-one wrong-operand", SQUARE, "Nielsen's label in this course", r"\delta^{(l)} = \left((W^{(l+1)})^T \delta^{(l+1)}\right) \bullet f'(z^{(l)})", lambda v: layered(v, range(2, 3), lambda l: (v[f"dz{l}"], v[f"W{l + 1}"].T @ v[f"dz{l + 1}"] * df(v[f"z{l}"]))))
T.wrong("layer-off-by-one wrong-operand", SQUARE, "Ng's label in this course", r"\nabla_{W^{(2)}} J(W,b;x,y) = \delta^{(2)} (a^{(1)})^T", lambda v: (v.dW2, np.outer(v.dz2, v.a1)))
T.wrong("layer-off-by-one wrong-operand", NET, "the bias of the layer", r"\nabla_{b^{(2)}} J(W,b;x,y) = \delta^{(2)}", lambda v: (v.db2, v.dz2))
T.wrong("transpose-missing transposed", SQUARE, "no transpose", r"\delta^{(l)} = \left(W^{(l)} \delta^{(l+1)}\right) \bullet f'(z^{(l)})", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l}"] @ v[f"dz{l + 1}"] * df(v[f"z{l}"]))))
T.wrong("index-swapped transposed product-order wrong-operand", SQUARE, "i and j", r"\frac{\partial}{\partial W_{ij}^{(l)}} J(W,b; x, y) = a^{(l)}_i \delta_j^{(l+1)}", lambda v: layered(v, range(1, 4), lambda l: (v[f"dW{l}"], np.outer(v[f"a{l}"], v[f"dz{l + 1}"]))))
T.wrong("activation-derivative-missing-hidden factor-missing", NET, "step 3", r"\delta^{(l)} = (W^{(l)})^T \delta^{(l+1)}", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l}"].T @ v[f"dz{l + 1}"])))
T.wrong("derivative-at-activation", NET, "step 3", r"\delta^{(2)} = \left((W^{(2)})^T \delta^{(3)}\right) \bullet f'(a^{(2)})", lambda v: (v.dz2, v.W2.T @ v.dz3 * df(v.a2)))
T.wrong("regulariser-factor factor", DECAY, "2λ", r"\nabla_{W^{(2)}} J = \delta^{(3)} (a^{(2)})^T + 2 \lambda W^{(2)}", lambda v: (v.dW2, np.outer(v.dz3, v.a2) + 2 * v.lam * v.W2))
T.wrong("regulariser-on-bias factor-extra", DECAY, "decay of the bias", r"\nabla_{b^{(2)}} J = \delta^{(3)} + \lambda b^{(2)}", lambda v: (v.db2, v.dz3 + v.lam * v.b2))
T.wrong("regulariser-forgotten", DECAY, "decay forgotten", r"\nabla_{W^{(2)}} J = \delta^{(3)} (a^{(2)})^T", lambda v: (v.dW2, np.outer(v.dz3, v.a2)))
T.wrong("sign", DECAY, "decay subtracted", r"\nabla_{W^{(2)}} J = \delta^{(3)} (a^{(2)})^T - \lambda W^{(2)}", lambda v: (v.dW2, np.outer(v.dz3, v.a2) - v.lam * v.W2))
T.wrong("regulariser-divided regulariser-factor mean-on-one-term mean-missing factor", DATA, "λ in the bracket", r"\nabla_{W^{(1)}} J(W,b) = \frac{1}{m} \left[ \delta^{(2)} (a^{(1)})^T + \lambda W^{(1)} \right]", lambda v: (v.dW1, v.dz2 @ v.a1.T + v.lam * v.W1 / v.m))
T.wrong("wrong-operand layer-off-by-one", DECAY, "weights of another layer decay", r"\nabla_{b^{(1)}} J = \delta^{(3)}", lambda v: (v.db1, v.dz3), fits=True)
