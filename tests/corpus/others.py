"""Dive into Deep Learning 5.3; ML demystified; PyTorch and llm.c: a few each."""

from __future__ import annotations

import numpy as np
from corpus.table import SLOPES, Style, Table, identity, relu, sigmoid, softmax, stack

ds = SLOPES[sigmoid]
D2L_STYLE = Style(W="W{0}", z="z{0}", a="h{0}", x="x", y="y", out="o")
D2L = stack("d2l", '''batch = "none"
loss = "sse"
regulariser = {kind = "l2", weight = "lambda/2"}
[input]
size = 3
[[layer]]
kind = "dense"
size = 4
activation = "relu"
[[layer]]
kind = "dense"
size = 2
activation = "identity"
''', [3, 4, 2], [relu, identity], "sse", D2L_STYLE, penalty=lambda W, m: (W**2).sum() / 2)
D2L_SOFT = stack("d2l-soft", "3-4:relu-3:softmax/ce", [3, 4, 3], [relu, softmax], "ce", Style(z="o{0}", a="h{0}", x="x"))
DEMYSTIFIED = stack("demystified", "2-3-1/sse", [2, 3, 1], [sigmoid, sigmoid], "sse",
                    Style(base=1, x="X", from_layer=True, out="yhat", rows=True, flip=True))
LINEAR = stack("linear", "3-2:identity/mse", [3, 2], [identity], "mse",
               Style(W="weight", b="bias", z="out", a="act", x="inp", rows=True), m=5)
LINEAR_SQUARE = stack("linear-square", "3-3:identity/mse", [3, 3], [identity], "mse",
                      Style(W="weight", b="bias", z="out", a="act", x="inp", rows=True), m=3)

D = Table("d2l")
D.right(D2L, "5.3.3", r"\frac{\partial J}{\partial \mathbf{W}^{(2)}} = \frac{\partial J}{\partial \mathbf{o}} \mathbf{h}^\top + \lambda \mathbf{W}^{(2)}", lambda v: (v.dW2, np.outer(v.do, v.h1) + v.lam * v.W2))
D.right(D2L, "5.3.3", r"\frac{\partial J}{\partial \mathbf{h}} = {\mathbf{W}^{(2)}}^\top \frac{\partial J}{\partial \mathbf{o}}", lambda v: (v.dh1, v.W2.T @ v.do))
D.right(D2L, "5.3.3", r"\frac{\partial J}{\partial \mathbf{z}} = \frac{\partial J}{\partial \mathbf{h}} \odot \phi'(\mathbf{z})", lambda v: (v.dz1, v.dh1 * (v.z1 > 0)))
D.right(D2L, "5.3.3", r"\frac{\partial J}{\partial \mathbf{W}^{(1)}} = \frac{\partial J}{\partial \mathbf{z}} \mathbf{x}^\top + \lambda \mathbf{W}^{(1)}", lambda v: (v.dW1, np.outer(v.dz1, v.x) + v.lam * v.W1))
D.right(D2L_SOFT, "4.1, softmax", r"\frac{\partial J}{\partial \mathbf{o}} = \hat{\mathbf{y}} - \mathbf{y}", lambda v: (v.do2, v.h2 - v.y))
D.wrong("regulariser-forgotten", D2L, "λ forgotten", r"\frac{\partial J}{\partial \mathbf{W}^{(2)}} = \frac{\partial J}{\partial \mathbf{o}} \mathbf{h}^\top", lambda v: (v.dW2, np.outer(v.do, v.h1)))
D.wrong("regulariser-factor factor", D2L, "2λ", r"\frac{\partial J}{\partial \mathbf{W}^{(1)}} = \frac{\partial J}{\partial \mathbf{z}} \mathbf{x}^\top + 2 \lambda \mathbf{W}^{(1)}", lambda v: (v.dW1, np.outer(v.dz1, v.x) + 2 * v.lam * v.W1))
D.wrong("transpose-missing", D2L, "no transpose", r"\frac{\partial J}{\partial \mathbf{h}} = \mathbf{W}^{(2)} \frac{\partial J}{\partial \mathbf{o}}", lambda v: (v.dh1, v.W2 @ v.do), fits=False)
D.wrong("activation-derivative-missing-hidden factor-missing", D2L, "φ' forgotten", r"\frac{\partial J}{\partial \mathbf{z}} = \frac{\partial J}{\partial \mathbf{h}}", lambda v: (v.dz1, v.dh1))
D.wrong("sign", D2L_SOFT, "sign", r"\frac{\partial J}{\partial \mathbf{o}} = \mathbf{y} - \hat{\mathbf{y}}", lambda v: (v.do2, v.y - v.h2))

# one row of X: the course's δ is a row too, written here as a vector
M = Table("demystified")
M.right(DEMYSTIFIED, "part 4", r"\delta^{(3)} = -(y - \hat{y}) \odot f'(z^{(3)})", lambda v: (v.dz3, -(v.y - v.yhat) * ds(v.z3)))
M.right(DEMYSTIFIED, "part 4", r"\frac{\partial J}{\partial W^{(2)}} = (a^{(2)})^T \delta^{(3)}", lambda v: (v.dW2, np.outer(v.a2, v.dz3)))
M.right(DEMYSTIFIED, "part 4", r"\delta^{(2)} = \delta^{(3)} (W^{(2)})^T f'(z^{(2)})", lambda v: (v.dz2, v.dz3 @ v.W2.T * ds(v.z2)))
M.right(DEMYSTIFIED, "part 4", r"\frac{\partial J}{\partial W^{(1)}} = X^T \delta^{(3)} (W^{(2)})^T f'(z^{(2)})", lambda v: (v.dW1, np.outer(v.X, v.dz3 @ v.W2.T * ds(v.z2))))
M.wrong("sign", DEMYSTIFIED, "minus lost", r"\delta^{(3)} = (y - \hat{y}) \odot f'(z^{(3)})", lambda v: (v.dz3, (v.y - v.yhat) * ds(v.z3)))
M.wrong("activation-derivative-missing-output factor-missing if-loss-cross-entropy", DEMYSTIFIED, "slope lost", r"\delta^{(3)} = -(y - \hat{y})", lambda v: (v.dz3, -(v.y - v.yhat)))
M.wrong("activation-derivative-missing-hidden factor-missing", DEMYSTIFIED, "slope lost", r"\delta^{(2)} = \delta^{(3)} (W^{(2)})^T", lambda v: (v.dz2, v.dz3 @ v.W2.T))
M.wrong("derivative-at-activation", DEMYSTIFIED, "slope at a", r"\delta^{(2)} = \delta^{(3)} (W^{(2)})^T \odot f'(a^{(2)})", lambda v: (v.dz2, v.dz3 @ v.W2.T * ds(v.a2)))

P = Table("torch")
P.right(LINEAR, "llm.c, matmul_backward", "dweight = dout.T @ inp", lambda v: (v.dweight, v.dout.T @ v.inp))
P.right(LINEAR, "llm.c, matmul_backward", "dinp = dout @ weight", lambda v: (v.dinp, v.dout @ v.weight))
P.right(LINEAR, "llm.c, matmul_backward", "dbias = dout.sum(0)", lambda v: (v.dbias, v.dout.sum(0)))
P.right(LINEAR, "nn.Linear", "out = inp @ weight.T + bias", lambda v: (v.out, v.inp @ v.weight.T + v.bias))
P.wrong("product-order transposed", LINEAR, "order", "dweight = inp.T @ dout", lambda v: (v.dweight, v.inp.T @ v.dout))
P.wrong("transpose-missing transposed", LINEAR_SQUARE, "W (out, in), not (in, out)", "dinp = dout @ weight.T", lambda v: (v.dinp, v.dout @ v.weight.T))
P.wrong("bias-averaged factor mean-twice", LINEAR, "mean for sum", "dbias = dout.mean(0)", lambda v: (v.dbias, v.dout.mean(0)))
P.wrong("bias-not-summed sum-missing", LINEAR, "not summed", "dbias = dout", lambda v: (v.dbias, v.dout))
