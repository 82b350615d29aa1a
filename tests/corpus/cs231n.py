"""CS231n, notes on the two-layer net and assignment 1: rows, x W + b with W (D, C); L = 1/N Σ + λ Σ W²."""

from __future__ import annotations

from corpus.table import Style, Table, relu, softmax, stack

STYLE = Style(W="W{0}", b="b{0}", z="z{0}", a="h{0}", x="X", y="y", out="probs", rows=True, flip=True)
NET = stack("cs231n", "3-4:relu-3:softmax/ce", [3, 4, 3], [relu, softmax], "ce", STYLE, m=5)
SQUARE = stack("cs231n-square", "3-3:relu-3:softmax/ce", [3, 3, 3], [relu, softmax], "ce", STYLE, m=3)
L2 = stack("cs231n-l2", '''batch = "rows"
loss = "ce"
regulariser = {kind = "l2", weight = "lambda"}
[input]
size = 3
[[layer]]
kind = "dense"
size = 4
activation = "relu"
[[layer]]
kind = "dense"
size = 3
activation = "softmax"
''', [3, 4, 3], [relu, softmax], "ce", STYLE, m=5, penalty=lambda W, m: (W**2).sum())
T = Table("cs231n")
# z2 are the scores, h1 the hidden layer

T.right(NET, "notes, minimal net", "dscores = (probs - y) / N", lambda v: (v.dz2, (v.probs - v.y) / v.m))
T.right(NET, "notes", "dW2 = np.dot(h.T, dscores)", lambda v: (v.dW2, v.h1.T @ v.dz2))
T.right(NET, "notes", "db2 = np.sum(dscores, axis=0)", lambda v: (v.db2, v.dz2.sum(axis=0)))
T.right(NET, "notes", "dh = np.dot(dscores, W2.T)", lambda v: (v.dh1, v.dz2 @ v.W2.T))
T.right(NET, "notes, relu", "dW1 = np.dot(X.T, dh * (h > 0))", lambda v: (v.dW1, v.X.T @ (v.dh1 * (v.h1 > 0))))
T.right(NET, "notes, relu", "db1 = np.sum(dh * (h > 0), axis=0)", lambda v: (v.db1, (v.dh1 * (v.h1 > 0)).sum(axis=0)))
T.right(NET, "modern NumPy", "dW2 = h.T @ dscores", lambda v: (v.dW2, v.h1.T @ v.dz2))
T.right(NET, "method", "dX = (dh * (h > 0)).dot(W1.T)", lambda v: (v.dX, (v.dh1 * (v.h1 > 0)) @ v.W1.T))
T.right(L2, "assignment 1", "dW2 = h.T.dot(dscores) + 2 * reg * W2", lambda v: (v.dW2, v.h1.T @ v.dz2 + 2 * v.lam * v.W2))
T.right(L2, "assignment 1, as a formula", r"\frac{\partial L}{\partial W_1} = X^T \frac{\partial L}{\partial z_1} + 2 \lambda W_1", lambda v: (v.dW1, v.X.T @ v.dz1 + 2 * v.lam * v.W1))
T.right(L2, "assignment 1", "db2 = np.sum(dscores, axis=0)", lambda v: (v.db2, v.dz2.sum(axis=0)))
T.right(NET, "notes, softmax", r"\frac{\partial L_i}{\partial f_k} = p_k - 1(y_i = k)".replace(r"\frac{\partial L_i}{\partial f_k} = p_k - 1(y_i = k)", r"\frac{\partial L}{\partial scores} = \frac{1}{N}(probs - y)"), lambda v: (v.dz2, (v.probs - v.y) / v.m))
T.wrong("mean-missing factor", NET, "N forgotten", "dscores = probs - y", lambda v: (v.dz2, v.probs - v.y))
T.wrong("bias-not-summed sum-missing", NET, "the bias not summed", "db2 = dscores", lambda v: (v.db2, v.dz2))
T.wrong("bias-averaged factor mean-twice", NET, "mean for sum", "db2 = np.mean(dscores, axis=0)", lambda v: (v.db2, v.dz2.mean(axis=0)))
T.wrong("bias-summed-too-far transposed softmax-axis", NET, "axis 1", "db2 = np.sum(dscores, axis=1)", lambda v: (v.db2, v.dz2.sum(axis=1)))
T.wrong("transpose-missing transposed", SQUARE, "no transpose", "dh = np.dot(dscores, W2)", lambda v: (v.dh1, v.dz2 @ v.W2))
T.wrong("product-order transposed", NET, "order", "dW2 = dscores.T @ h", lambda v: (v.dW2, v.dz2.T @ v.h1))
T.wrong("activation-derivative-missing-hidden factor-missing", NET, "relu forgotten", "dW1 = np.dot(X.T, dh)", lambda v: (v.dW1, v.X.T @ v.dh1))
T.wrong("wrong-derivative sign", NET, "mask the wrong way", "dW1 = np.dot(X.T, dh * (h <= 0))", lambda v: (v.dW1, v.X.T @ (v.dh1 * (v.h1 <= 0))))
T.wrong("regulariser-factor factor", L2, "½ of another year", "dW2 = h.T.dot(dscores) + reg * W2", lambda v: (v.dW2, v.h1.T @ v.dz2 + v.lam * v.W2))
T.wrong("regulariser-forgotten", L2, "forgotten", "dW2 = h.T.dot(dscores)", lambda v: (v.dW2, v.h1.T @ v.dz2))
T.wrong("regulariser-on-bias factor-extra", L2, "bias", "db2 = np.sum(dscores, axis=0) + 2 * reg * b2", lambda v: (v.db2, v.dz2.sum(axis=0) + 2 * v.lam * v.b2))
T.wrong("regulariser-divided regulariser-factor factor", L2, "divided by N", "dW2 = h.T.dot(dscores) + 2 * reg * W2 / N", lambda v: (v.dW2, v.h1.T @ v.dz2 + 2 * v.lam * v.W2 / v.m))
T.wrong("mean-twice factor", NET, "N once more", "dW2 = np.dot(h.T, dscores) / N", lambda v: (v.dW2, v.h1.T @ v.dz2 / v.m))
T.wrong("mean-on-one-term", L2, "made to hurt: reg right, N twice", "dW2 = h.T.dot(dscores) / N + 2 * reg * W2", lambda v: (v.dW2, v.h1.T @ v.dz2 / v.m + 2 * v.lam * v.W2))
T.wrong("sign", NET, "sign", "dscores = (y - probs) / N", lambda v: (v.dz2, (v.y - v.probs) / v.m))
