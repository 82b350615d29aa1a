"""The notes (Korean course): z = W a + b, J = 1/(2 n_L) Σ (a − y)², one datum."""

from __future__ import annotations

import numpy as np
from corpus.table import SLOPES, Table, layered, leaky, relu, sigmoid, softmax, stack

s, ds = sigmoid, SLOPES[sigmoid]
T = Table("notes")
CHAIN = stack("chain", "1-1-1-1", [1, 1, 1, 1], [s, s, s], "mse")
NET = stack("net", "2-3-4-2", [2, 3, 4, 2], [s, s, s], "mse")
TWO = stack("two", "3-4-2", [3, 4, 2], [s, s], "mse")
SQUARE = stack("square", "3-3-3-3", [3, 3, 3, 3], [s, s, s], "mse")
LEAKY = stack("leaky", "3-4:leaky_relu-2/sse", [3, 4, 2], [leaky, s], "sse")
RELU = stack("relu", "3-4:relu-2:identity/sse", [3, 4, 2], [relu, lambda z: z], "sse")
SOFT = stack("soft", "3-4-3:softmax/ce", [3, 4, 3], [s, softmax], "ce")
BCE = stack("bce", "3-4-2/bce", [3, 4, 2], [s, s], "bce")
DIGITS = stack("digits", "784-128-64-10", [5, 4, 3, 10], [s, s, s], "mse")
"""For labels the first layers may be narrow; the last is not, since its 1/10 is in the formulas."""

# §5, one neuron a layer
T.right(CHAIN, "notes §5, last layer", r"\frac{\partial J}{\partial w^{[3]}} = a^{[2]} \cdot \sigma'(z^{[3]}) \cdot (a^{[3]} - y)",
        lambda v: (v.dW3, [v.a2 * ds(v.z3) * (v.a3 - v.y)]))
T.right(CHAIN, "notes §5", r"\frac{\partial J}{\partial b^{[3]}} = \sigma'(z^{[3]})(a^{[3]}-y)",
        lambda v: (v.db3, ds(v.z3) * (v.a3 - v.y)))
T.right(CHAIN, "notes §5", r"\frac{\partial J}{\partial a^{[2]}} = w^{[3]}\,\sigma'(z^{[3]})\,(a^{[3]}-y)",
        lambda v: (v.da2, v.W3[0] * ds(v.z3) * (v.a3 - v.y)))
T.right(CHAIN, "notes §5, five factors", r"""\frac{\partial J}{\partial w^{[2]}} = \frac{\partial z^{[2]}}{\partial w^{[2]}} \cdot \frac{\partial a^{[2]}}{\partial z^{[2]}} \cdot \frac{\partial z^{[3]}}{\partial a^{[2]}} \cdot \frac{\partial a^{[3]}}{\partial z^{[3]}} \cdot \frac{\partial J}{\partial a^{[3]}} = a^{[1]} \sigma'(z^{[2]}) w^{[3]} \sigma'(z^{[3]}) (a^{[3]} - y)""",
        lambda v: (v.dW2[0], v.a1 * ds(v.z2) * v.W3[0] * ds(v.z3) * (v.a3 - v.y),
                   v.p("z2", "W2").ravel() * v.p("a2", "z2").ravel() * v.p("z3", "a2").ravel() * v.p("a3", "z3").ravel() * v.da3))
T.right(CHAIN, "notes §5, reuse", r"\frac{\partial J}{\partial w^{[1]}} = a^{[0]} \cdot \sigma'(z^{[1]}) \cdot \frac{\partial J}{\partial a^{[1]}}",
        lambda v: (v.dW1[0], v.a0 * ds(v.z1) * v.da1))
T.right(CHAIN, "§5 in Unicode", "∂J/∂w[3] = a[2]·σ′(z[3])·(a[3] − y)",
        lambda v: (v.dW3[0], v.a2 * ds(v.z3) * (v.a3 - v.y)))
T.right(CHAIN, "local derivative", r"\frac{\partial a^{[2]}}{\partial z^{[2]}} = a^{[2]}(1-a^{[2]})",
        lambda v: (v.p("a2", "z2")[0], v.a2 * (1 - v.a2)))
T.wrong("wrong-derivative sign", CHAIN, "forum, slope of the sigmoid", r"\frac{\partial a^{[2]}}{\partial z^{[2]}} = a^{[2]}(a^{[2]}-1)",
        lambda v: (v.p("a2", "z2")[0], v.a2 * (v.a2 - 1)))
T.wrong("activation-derivative-missing-output factor-missing", CHAIN, "forum", r"\frac{\partial J}{\partial w^{[3]}} = a^{[2]} (a^{[3]} - y)",
        lambda v: (v.dW3[0], v.a2 * (v.a3 - v.y)))
T.wrong("sign", CHAIN, "forum", r"\frac{\partial J}{\partial b^{[3]}} = \sigma'(z^{[3]})(y - a^{[3]})",
        lambda v: (v.db3, ds(v.z3) * (v.y - v.a3)))
T.wrong("activation-derivative-missing-hidden factor-missing", CHAIN, "forum", r"\frac{\partial J}{\partial w^{[2]}} = a^{[1]} w^{[3]} \sigma'(z^{[3]}) (a^{[3]} - y)",
        lambda v: (v.dW2[0], v.a1 * v.W3[0] * ds(v.z3) * (v.a3 - v.y)))
T.wrong("layer-off-by-one wrong-operand", CHAIN, "slip", r"\frac{\partial J}{\partial a^{[1]}} = w^{[1]} \sigma'(z^{[2]}) \frac{\partial J}{\partial a^{[2]}}",
        lambda v: (v.da1, v.W1[0] * ds(v.z2) * v.da2))
T.wrong("factor", CHAIN, "loss halved, derivative not", r"\frac{\partial J}{\partial a^{[3]}} = 2(a^{[3]}-y)",
        lambda v: (v.da3, 2 * (v.a3 - v.y)))
T.wrong("factor", CHAIN, "made to hurt: a relative error of 1e-8", r"\frac{\partial J}{\partial w^{[3]}} = 1.00000001\, a^{[2]} \sigma'(z^{[3]}) (a^{[3]} - y)",
        lambda v: (v.dW3[0], 1.00000001 * v.a2 * ds(v.z3) * (v.a3 - v.y)))
T.wrong("derivative-at-activation", CHAIN, "forum", r"\frac{\partial J}{\partial w^{[3]}} = a^{[2]} \sigma'(a^{[3]}) (a^{[3]} - y)",
        lambda v: (v.dW3[0], v.a2 * ds(v.a3) * (v.a3 - v.y)))
T.wrong("all-zero activation-derivative-missing-hidden wrong-derivative", CHAIN, "made to hurt: a saturated sigmoid", r"\frac{\partial a^{[1]}}{\partial z^{[1]}} = 0",
        lambda v: (v.p("a1", "z1"), [[0]]))
T.wrong("factor-missing activation-derivative-missing-hidden", CHAIN, "only three of five factors", r"\frac{\partial J}{\partial a^{[1]}} = w^{[2]} w^{[3]} \sigma'(z^{[3]}) (a^{[3]} - y)",
        lambda v: (v.da1, v.W2[0] * v.W3[0] * ds(v.z3) * (v.a3 - v.y)))

# §6, many neurons
T.right(NET, "notes §6", r"\frac{\partial J}{\partial w^{[2]}_{ji}} = a^{[1]}_i \cdot \sigma'(z^{[2]}_j) \cdot \frac{\partial J}{\partial a^{[2]}_j}",
        lambda v: (v.dW2, np.einsum("i,j,j->ji", v.a1, ds(v.z2), v.da2)))
T.right(NET, "notes §6, general", r"\frac{\partial J}{\partial w^{[l]}_{ji}} = a^{[l-1]}_i \cdot \sigma'(z^{[l]}_j) \cdot \frac{\partial J}{\partial a^{[l]}_j}",
        lambda v: layered(v, range(1, 4), lambda l: (v[f"dW{l}"], np.einsum("i,j,j->ji", v[f"a{l - 1}"], ds(v[f"z{l}"]), v[f"da{l}"]))))
T.right(NET, "notes §6, general", r"\frac{\partial J}{\partial a^{[l-1]}_i} = \sum_{j} w^{[l]}_{ji} \cdot \sigma'(z^{[l]}_j) \cdot \frac{\partial J}{\partial a^{[l]}_j}",
        lambda v: layered(v, range(1, 4), lambda l: (v[f"da{l - 1}"], np.einsum("ji,j,j->i", v[f"W{l}"], ds(v[f"z{l}"]), v[f"da{l}"]))))
T.right(NET, "notes §6", r"\frac{\partial J}{\partial a^{[1]}_i} = \sum_{j=1}^{4} w^{[2]}_{ji} \sigma'(z^{[2]}_j) \frac{\partial J}{\partial a^{[2]}_j}",
        lambda v: (v.da1, np.einsum("ji,j,j->i", v.W2, ds(v.z2), v.da2)))
T.right(NET, "notes §6", r"\frac{\partial J}{\partial a^{[3]}_j} = \frac{1}{2}\left(a^{[3]}_j - y_j\right)",
        lambda v: (v.da3, (v.a3 - v.y) / 2))
T.right(NET, "notes §6", r"\frac{\partial J}{\partial a^{[L]}_j} = \frac{a^{[L]}_j - y_j}{n_L}",
        lambda v: (v.da3, (v.a3 - v.y) / 2))
T.right(NET, "all but one term vanish", r"\frac{\partial z^{[2]}_j}{\partial w^{[2]}_{ji}} = a^{[1]}_i",
        lambda v: (np.einsum("jji->ji", v.p("z2", "W2")), np.outer(np.ones(4), v.a1)))
T.right(NET, "local", r"\frac{\partial z^{[3]}_k}{\partial a^{[2]}_j} = w^{[3]}_{kj}", lambda v: (v.p("z3", "a2"), v.W3))
T.right(NET, "one entry", r"\frac{\partial J}{\partial w^{[3]}_{12}} = \frac12 a^{[2]}_2 \sigma'(z^{[3]}_1)(a^{[3]}_1 - y_1)",
        lambda v: (v.dW3[0, 1], v.a2[1] * ds(v.z3[0]) * (v.a3[0] - v.y[0]) / 2))
T.right(NET, "sum written out", r"\frac{\partial J}{\partial a^{[2]}_i} = w^{[3]}_{1i}\sigma'(z^{[3]}_1)\frac{\partial J}{\partial a^{[3]}_1} + w^{[3]}_{2i}\sigma'(z^{[3]}_2)\frac{\partial J}{\partial a^{[3]}_2}",
        lambda v: (v.da2, v.W3[0] * ds(v.z3[0]) * v.da3[0] + v.W3[1] * ds(v.z3[1]) * v.da3[1]))
T.wrong("sum-missing factor-missing", NET, "one of two paths", r"\frac{\partial J}{\partial a^{[2]}_i} = w^{[3]}_{1i}\sigma'(z^{[3]}_1)\frac{\partial J}{\partial a^{[3]}_1}",
        lambda v: (v.da2, v.W3[0] * ds(v.z3[0]) * v.da3[0]))
T.wrong("index-swapped transpose-missing transposed", NET, "slip of indices", r"\frac{\partial J}{\partial w^{[2]}_{ij}} = a^{[1]}_i \sigma'(z^{[2]}_j) \frac{\partial J}{\partial a^{[2]}_j}",
        lambda v: (v.dW2, np.einsum("i,j,j->ij", v.a1, ds(v.z2), v.da2)), fits=False)
T.wrong("index-swapped transpose-missing transposed", SQUARE, "w_ij for w_ji on equal widths", r"\frac{\partial J}{\partial a^{[1]}_i} = \sum_j w^{[2]}_{ij} \sigma'(z^{[2]}_j) \frac{\partial J}{\partial a^{[2]}_j}",
        lambda v: (v.da1, np.einsum("ij,j,j->i", v.W2, ds(v.z2), v.da2)))
T.wrong("transpose-missing transposed index-swapped", SQUARE, "W for its transpose on equal widths", r"da^{[1]} = W^{[2]} db^{[2]}",
        lambda v: (v.da1, v.W2 @ v.db2))
T.wrong("unit-mean-missing factor", NET, "n_L forgotten", r"\frac{\partial J}{\partial a^{[3]}_j} = a^{[3]}_j - y_j",
        lambda v: (v.da3, v.a3 - v.y))
T.wrong("activation-derivative-missing-hidden factor-missing", NET, "forum", r"\frac{\partial J}{\partial a^{[l-1]}_i} = \sum_{j} w^{[l]}_{ji} \frac{\partial J}{\partial a^{[l]}_j}",
        lambda v: layered(v, range(1, 4), lambda l: (v[f"da{l - 1}"], np.einsum("ji,j->i", v[f"W{l}"], v[f"da{l}"]))))
T.wrong("layer-off-by-one wrong-operand", TWO, "slip", r"\frac{\partial J}{\partial w^{[2]}_{ji}} = a^{[2]}_j \sigma'(z^{[2]}_j) \frac{\partial J}{\partial a^{[2]}_j}",
        lambda v: (v.dW2, np.outer(v.a2 * ds(v.z2) * v.da2, np.ones(4))))
T.wrong("wrong-operand index-swapped", NET, "made to hurt: the first neuron for all", r"\frac{\partial J}{\partial w^{[2]}_{ji}} = a^{[1]}_1 \sigma'(z^{[2]}_j) \frac{\partial J}{\partial a^{[2]}_j}",
        lambda v: (v.dW2, np.outer(ds(v.z2) * v.da2, np.ones(3)) * v.a1[0]))
T.wrong("sum-added", NET, "a sum where the sum has vanished", r"\frac{\partial J}{\partial w^{[2]}_{ji}} = \sum_{i} a^{[1]}_i \sigma'(z^{[2]}_j) \frac{\partial J}{\partial a^{[2]}_j}",
        lambda v: (v.dW2, np.outer(ds(v.z2) * v.da2, np.ones(3)) * v.a1.sum()))
# §8, matrices
T.right(NET, "notes §8", r"db^{[2]} = \sigma'(z^{[2]}) \odot da^{[2]}", lambda v: (v.db2, ds(v.z2) * v.da2))
T.right(NET, "notes §8", r"dW^{[2]} = db^{[2]} \otimes a^{[1]}", lambda v: (v.dW2, np.outer(v.db2, v.a1)))
T.right(NET, "notes §8", r"da^{[1]} = (W^{[2]})^{T} db^{[2]}", lambda v: (v.da1, v.W2.T @ v.db2))
T.right(NET, "notes §8, general", r"da^{[l-1]} = (W^{[l]})^\top db^{[l]}",
        lambda v: layered(v, range(1, 4), lambda l: (v[f"da{l - 1}"], v[f"W{l}"].T @ v[f"db{l}"])))
T.right(NET, "outer product by transpose", r"dW^{[3]} = db^{[3]} (a^{[2]})^T", lambda v: (v.dW3, np.outer(v.db3, v.a2)))
T.right(NET, "general", r"db^{[l]} = da^{[l]} \odot a^{[l]} \odot (1 - a^{[l]})",
        lambda v: layered(v, range(1, 4), lambda l: (v[f"db{l}"], v[f"da{l}"] * v[f"a{l}"] * (1 - v[f"a{l}"]))))
T.right(DIGITS, "notes §9", r"da^{[3]} = \frac{1}{10}(a^{[3]} - y)", lambda v: (v.da3, (v.a3 - v.y) / 10))
T.right(DIGITS, "notes §9", r"da^{[L]} = (a^{[L]} - y)/n_L", lambda v: (v.da3, (v.a3 - v.y) / 10))
T.right(NET, "diag", r"db^{[2]} = \mathrm{diag}(\sigma'(z^{[2]})) da^{[2]}", lambda v: (v.db2, np.diag(ds(v.z2)) @ v.da2))
T.right(NET, "forward", r"z^{[2]} = W^{[2]} a^{[1]} + b^{[2]}", lambda v: (v.z2, v.W2 @ v.a1 + v.b2))
T.wrong("product-order", NET, "outer product the wrong way round", r"dW^{[2]} = a^{[1]} \otimes db^{[2]}",
        lambda v: (v.dW2, np.outer(v.a1, v.db2)))
T.wrong("transpose-missing", NET, "slip", r"da^{[1]} = W^{[2]} db^{[2]}", lambda v: (v.da1, v.W2 @ v.db2), fits=False)
T.wrong("activation-derivative-missing-hidden factor-missing wrong-operand", NET, "da for db", r"dW^{[2]} = da^{[2]} \otimes a^{[1]}", lambda v: (v.dW2, np.outer(v.da2, v.a1)))
T.wrong("factor unit-mean-missing", DIGITS, "the 2 of the square", r"da^{[3]} = \frac{2}{10}(a^{[3]} - y)", lambda v: (v.da3, (v.a3 - v.y) / 5))
T.wrong("hadamard-for-product", SQUARE, "element-wise for outer", r"da^{[1]} = (W^{[2]})^T \odot db^{[2]}",
        lambda v: (v.da1, v.W2.T * v.db2))
T.wrong("layer-off-by-one wrong-operand", SQUARE, "slip", r"db^{[2]} = \sigma'(z^{[1]}) \odot da^{[2]}", lambda v: (v.db2, ds(v.z1) * v.da2))
T.wrong("factor-extra derivative-at-activation wrong-derivative", NET, "slope applied twice", r"db^{[2]} = \sigma'(z^{[2]}) \odot \sigma'(z^{[2]}) \odot da^{[2]}", lambda v: (v.db2, ds(v.z2) ** 2 * v.da2))
T.wrong("wrong-derivative derivative-at-activation", NET, "tanh's slope for the sigmoid's", r"db^{[2]} = (1 - (a^{[2]})^2) \odot da^{[2]}", lambda v: (v.db2, (1 - v.a2**2) * v.da2))
T.wrong("wrong-derivative factor-missing", NET, "half of the slope", r"db^{[2]} = (1 - a^{[2]}) \odot da^{[2]}", lambda v: (v.db2, (1 - v.a2) * v.da2))
T.wrong("wrong-operand layer-off-by-one factor-missing sign all-zero", NET, "nothing implemented", r"dW^{[1]} = 0", lambda v: (v.dW1, np.zeros((3, 2))))
# kinks, cross-entropy
T.right(RELU, "relu", r"db^{[1]} = da^{[1]} \odot 1[z^{[1]} > 0]", lambda v: (v.db1, v.da1 * (v.z1 > 0)))
T.wrong("wrong-derivative activation-derivative-missing-hidden", RELU, "relu' taken for 1", r"db^{[1]} = (W^{[2]})^T (a^{[2]} - y)", lambda v: (v.db1, v.W2.T @ (v.a2 - v.y)))
T.wrong("wrong-derivative", LEAKY, "made to hurt: the negative branch", r"\frac{\partial a^{[1]}_j}{\partial z^{[1]}_j} = \begin{cases} 1 & z^{[1]}_j > 0 \\ 0.1 & z^{[1]}_j \le 0 \end{cases}",
        lambda v: (np.diag(v.p("a1", "z1")), np.where(v.z1 > 0, 1, 0.1)))
T.right(LEAKY, "leaky relu", r"\frac{\partial a^{[1]}_j}{\partial z^{[1]}_j} = \begin{cases} 1 & z^{[1]}_j > 0 \\ 0.01 & z^{[1]}_j \le 0 \end{cases}",
        lambda v: (np.diag(v.p("a1", "z1")), np.where(v.z1 > 0, 1, 0.01)))
T.right(SOFT, "softmax with cross-entropy", r"\frac{\partial J}{\partial z^{[2]}_j} = a^{[2]}_j - y_j", lambda v: (v.dz2, v.a2 - v.y))
T.right(SOFT, "sums to one", r"\sum_{j} \frac{\partial J}{\partial z^{[2]}_j} = 0", lambda v: (v.dz2.sum() + 1, 1.0))
T.right(SOFT, "before Σ y = 1 is used", r"\frac{\partial J}{\partial z^{[2]}_j} = a^{[2]}_j \sum_{k} y_k - y_j", lambda v: (v.dz2, v.a2 * v.y.sum() - v.y))
T.right(SOFT, "softmax's Jacobian", r"\frac{\partial a^{[2]}_i}{\partial z^{[2]}_j} = a^{[2]}_i (\delta_{ij} - a^{[2]}_j)", lambda v: (v.p("a2", "z2"), np.diag(v.a2) - np.outer(v.a2, v.a2)))
T.wrong("softmax-diagonal-only", SOFT, "softmax by its diagonal", r"\frac{\partial J}{\partial z^{[2]}_j} = a^{[2]}_j (1 - a^{[2]}_j) \frac{\partial J}{\partial a^{[2]}_j}", lambda v: (v.dz2, v.a2 * (1 - v.a2) * v.da2))
T.wrong("activation-derivative-cancelled-by-cross-entropy factor-extra", SOFT, "slope where cross-entropy has cancelled it", r"\frac{\partial J}{\partial z^{[2]}_j} = (a^{[2]}_j - y_j) a^{[2]}_j (1 - a^{[2]}_j)", lambda v: (v.dz2, (v.a2 - v.y) * v.a2 * (1 - v.a2)))
T.wrong("sign", SOFT, "forum", r"\frac{\partial J}{\partial a^{[2]}_j} = \frac{y_j}{a^{[2]}_j}", lambda v: (v.da2, v.y / v.a2))
T.wrong("logarithm-base factor", SOFT, "log to base 2", r"\frac{\partial J}{\partial a^{[2]}_j} = -\frac{y_j}{a^{[2]}_j \ln 2}", lambda v: (v.da2, -v.y / v.a2 / np.log(2)))
T.right(BCE, "bce", r"\frac{\partial J}{\partial a^{[2]}_j} = -\frac{y_j}{a^{[2]}_j} + \frac{1-y_j}{1-a^{[2]}_j}", lambda v: (v.da2, -v.y / v.a2 + (1 - v.y) / (1 - v.a2)))
T.right(BCE, "bce through the sigmoid", r"dz^{[2]} = a^{[2]} - y", lambda v: (v.dz2, v.a2 - v.y))
T.wrong("sign", BCE, "sign of one term", r"\frac{\partial J}{\partial a^{[2]}_j} = -\frac{y_j}{a^{[2]}_j} - \frac{1-y_j}{1-a^{[2]}_j}", lambda v: (v.da2, -v.y / v.a2 - (1 - v.y) / (1 - v.a2)))
T.wrong("activation-derivative-cancelled-by-cross-entropy factor-extra", BCE, "as if the loss were squared", r"dz^{[2]} = (a^{[2]} - y) \odot \sigma'(z^{[2]})", lambda v: (v.dz2, (v.a2 - v.y) * ds(v.z2)))
T.wrong("if-loss-squares activation-derivative-cancelled-by-cross-entropy factor factor-extra wrong-operand", BCE, "squared error's derivative under cross-entropy", r"\frac{\partial J}{\partial a^{[2]}_j} = a^{[2]}_j - y_j", lambda v: (v.da2, v.a2 - v.y))
