"""밑바닥부터 시작하는 딥러닝, ch. 5: rows, X·W + B with W (in, out); 1/N in the loss."""

from __future__ import annotations

import numpy as np
from corpus.table import SLOPES, Style, Table, identity, sigmoid, softmax, stack

ds = SLOPES[sigmoid]
ONE = Style(W="W", b="B", z="Y", a="out", x="X", y="t", rows=True, flip=True)
AFFINE = stack("affine", "3-2:identity/sse", [3, 2], [identity], "sse", ONE, m=5)
TWO = Style(W="W{0}", b="b{0}", z="a{0}", a="z{0}", x="x", y="t", out="y", rows=True, flip=True)
NET = stack("two-layer-net", "3-4-3:softmax/ce", [3, 4, 3], [sigmoid, softmax], "ce", TWO, m=5)
SQUARE = stack("scratch-square", "3-3-3:softmax/ce", [3, 3, 3], [sigmoid, softmax], "ce", TWO, m=3)
T = Table("scratch")

T.right(AFFINE, "ch. 5, Affine", r"\frac{\partial L}{\partial W} = X^T \cdot \frac{\partial L}{\partial Y}", lambda v: (v.dW, v.X.T @ v.dY))
T.right(AFFINE, "ch. 5, Affine", r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Y} \cdot W^T", lambda v: (v.dX, v.dY @ v.W.T))
T.right(AFFINE, "ch. 5, Affine, bias", r"\frac{\partial L}{\partial B} = \sum_{n} \frac{\partial L}{\partial Y_n}".replace(r"\sum_{n} \frac{\partial L}{\partial Y_n}", r"np.sum(\frac{\partial L}{\partial Y}, axis=0)"), lambda v: (v.dB, v.dY.sum(axis=0)))
T.right(AFFINE, "forward", r"Y = X \cdot W + B", lambda v: (v.Y, v.X @ v.W + v.B))
T.right(NET, "Softmax-with-Loss", r"\frac{\partial L}{\partial a_2} = \frac{1}{N}(y - t)", lambda v: (v.da2, (v.y - v.t) / v.m))
T.right(NET, "two-layer net", r"\frac{\partial L}{\partial W_2} = z_1^T \cdot \frac{\partial L}{\partial a_2}", lambda v: (v.dW2, v.z1.T @ v.da2))
T.right(NET, "Sigmoid", r"\frac{\partial L}{\partial a_1} = \frac{\partial L}{\partial z_1} * z_1 * (1 - z_1)", lambda v: (v.da1, v.dz1 * v.z1 * (1 - v.z1)))
T.right(NET, "two-layer net", r"\frac{\partial L}{\partial z_1} = \frac{\partial L}{\partial a_2} \cdot W_2^T", lambda v: (v.dz1, v.da2 @ v.W2.T))
T.right(NET, "two-layer net, ch. 4 code", "dW1 = np.dot(x.T, da1)", lambda v: (v.dW1, v.x.T @ v.da1))
T.right(NET, "ch. 4 code", "db1 = np.sum(da1, axis=0)", lambda v: (v.db1, v.da1.sum(axis=0)))
T.right(NET, "ch. 4 code", "db2 = np.sum((y - t) / N, axis=0)", lambda v: (v.db2, ((v.y - v.t) / v.m).sum(axis=0)))
T.right(NET, "ch. 4 code", "dz1 = np.dot(da2, W2.T)", lambda v: (v.dz1, v.da2 @ v.W2.T))
T.wrong("product-order transpose-missing", AFFINE, "order", r"\frac{\partial L}{\partial W} = \frac{\partial L}{\partial Y} \cdot X^T", lambda v: (v.dW, v.dY @ v.X.T), fits=False)
T.wrong("transpose-missing", AFFINE, "no transpose", r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Y} \cdot W", lambda v: (v.dX, v.dY @ v.W), fits=False)
T.wrong("bias-not-summed sum-missing", AFFINE, "the bias not summed", r"\frac{\partial L}{\partial B} = \frac{\partial L}{\partial Y}", lambda v: (v.dB, v.dY))
T.wrong("bias-averaged factor mean-twice", AFFINE, "mean for sum", r"\frac{\partial L}{\partial B} = np.mean(\frac{\partial L}{\partial Y}, axis=0)", lambda v: (v.dB, v.dY.mean(axis=0)))
T.wrong("mean-missing factor", NET, "batch size forgotten", r"\frac{\partial L}{\partial a_2} = y - t", lambda v: (v.da2, v.y - v.t))
T.wrong("sign", NET, "sign", r"\frac{\partial L}{\partial a_2} = \frac{1}{N}(t - y)", lambda v: (v.da2, (v.t - v.y) / v.m))
T.wrong("wrong-derivative sign", NET, "sigmoid's slope", r"\frac{\partial L}{\partial a_1} = \frac{\partial L}{\partial z_1} * z_1 * (1 + z_1)", lambda v: (v.da1, v.dz1 * v.z1 * (1 + v.z1)))
T.wrong("activation-derivative-missing-hidden factor-missing wrong-operand", NET, "Sigmoid skipped", "dW1 = np.dot(x.T, dz1)", lambda v: (v.dW1, v.x.T @ v.dz1))
T.wrong("transpose-missing transposed", SQUARE, "equal widths, square W", "dz1 = np.dot(da2, W2)", lambda v: (v.dz1, v.da2 @ v.W2))
T.wrong("transpose-missing transposed", SQUARE, "as many data as neurons", "dW2 = np.dot(z1, da2)", lambda v: (v.dW2, v.z1 @ v.da2))
T.wrong("bias-summed-too-far sum-added", NET, "axis forgotten", "db1 = np.sum(da1)", lambda v: (v.db1, np.sum(v.da1)))
T.wrong("layer-off-by-one wrong-operand", SQUARE, "input of another layer", "dW2 = np.dot(x.T, da2)", lambda v: (v.dW2, v.x.T @ v.da2))
T.wrong("hadamard-for-product", SQUARE, "* for dot", "dz1 = da2 * W2.T", lambda v: (v.dz1, v.da2 * v.W2.T))
