"""Bishop, Pattern Recognition and Machine Learning, 5.3: a is the pre-activation, z = h(a); E = ½ Σ (y − t)²."""

from __future__ import annotations

import numpy as np
from corpus.table import SLOPES, Style, Table, identity, sigmoid, softmax, stack

dh = SLOPES[np.tanh]
STYLE = Style(z="a{0}", a="z{0}", x="z0", out="out", y="t")
NET = stack("bishop", "3-4:tanh-2:identity/sse", [3, 4, 2], [np.tanh, identity], "sse", STYLE)
SQUARE = stack("bishop-square", "3-3:tanh-3:identity/sse", [3, 3, 3], [np.tanh, identity], "sse", STYLE)
SOFT = stack("bishop-soft", "3-4:tanh-3:softmax/ce", [3, 4, 3], [np.tanh, softmax], "ce", STYLE)
LOGISTIC = stack("bishop-logistic", "3-4:tanh-2:sigmoid/bce", [3, 4, 2], [np.tanh, sigmoid], "bce", STYLE)
T = Table("bishop")

T.right(NET, "(5.54)", r"\delta_k = y_k - t_k", lambda v: (v.da2, v.out - v.t))
T.right(NET, "(5.56)", r"\delta_j = h'(a_j) \sum_k w_{kj} \delta_k", lambda v: (v.da1, dh(v.a1) * np.einsum("kj,k->j", v.W2, v.da2)))
T.right(NET, "(5.53)", r"\frac{\partial E_n}{\partial w_{ji}^{(1)}} = \delta_j x_i", lambda v: (v.dW1, np.einsum("j,i->ji", v.da1, v.z0)))
T.right(NET, "(5.67)", r"\frac{\partial E_n}{\partial w^{(2)}_{kj}} = \delta_k z_j", lambda v: (v.dW2, np.einsum("k,j->kj", v.da2, v.z1)))
T.right(NET, "(5.66)", r"\delta_j = (1 - z_j^2) \sum_{k=1}^{2} w_{kj} \delta_k", lambda v: (v.da1, (1 - v.z1**2) * (v.W2.T @ v.da2)))
T.right(NET, "with layers", r"\delta^{(1)}_j = h'(a^{(1)}_j) \sum_k w^{(2)}_{kj} \delta^{(2)}_k", lambda v: (v.da1, dh(v.a1) * (v.W2.T @ v.da2)))
T.right(NET, "(5.55)", r"\delta^{(1)}_j = \frac{\partial E_n}{\partial a^{(1)}_j} = \sum_k \frac{\partial E_n}{\partial a^{(2)}_k} \frac{\partial a^{(2)}_k}{\partial a^{(1)}_j}", lambda v: (v.da1, v.da1, np.einsum("k,kj->j", v.da2, v.p("a2", "a1"))))
T.right(NET, "(5.52)", r"\frac{\partial a^{(2)}_k}{\partial w^{(2)}_{kj}} = z^{(1)}_j", lambda v: (np.einsum("kkj->kj", v.p("a2", "W2")), np.outer(np.ones(2), v.z1)))
T.right(NET, "biases", r"\frac{\partial E_n}{\partial w^{(1)}_{j0}} = \delta_j".replace("w^{(1)}_{j0}", "b^{(1)}_j"), lambda v: (v.db1, v.da1))
T.right(NET, "(5.47) and (5.48)", r"a^{(1)}_j = \sum_{i} w^{(1)}_{ji} x_i + b^{(1)}_j", lambda v: (v.a1, np.einsum("ji,i->j", v.W1, v.z0) + v.b1))
T.right(SOFT, "exercise 5.7", r"\frac{\partial E}{\partial a_k} = y_k - t_k", lambda v: (v.da2, v.out - v.t))
T.right(LOGISTIC, "(5.18)", r"\frac{\partial E}{\partial a_k} = y_k - t_k", lambda v: (v.da2, v.out - v.t))
T.right(NET, "Jacobian, (5.72)", r"\frac{\partial y_k}{\partial x_i} = \sum_j w^{(1)}_{ji} h'(a^{(1)}_j) w^{(2)}_{kj}", lambda v: (v.p("out", "z0"), np.einsum("ji,j,kj->ki", v.W1, dh(v.a1), v.W2)))
T.right(NET, "plain text", "δ_k = y_k − t_k", lambda v: (v.da2, v.out - v.t))
T.wrong("sign", NET, "target minus output", r"\delta_k = t_k - y_k", lambda v: (v.da2, v.t - v.out))
T.wrong("derivative-at-activation", NET, "h' at z", r"\delta^{(1)}_j = h'(z^{(1)}_j) \sum_k w^{(2)}_{kj} \delta^{(2)}_k", lambda v: (v.da1, dh(v.z1) * (v.W2.T @ v.da2)))
T.wrong("activation-derivative-missing-hidden factor-missing", NET, "h' forgotten", r"\delta_j = \sum_k w_{kj} \delta_k", lambda v: (v.da1, v.W2.T @ v.da2))
T.wrong("index-swapped transpose-missing transposed", SQUARE, "w_jk for w_kj", r"\delta^{(1)}_j = h'(a^{(1)}_j) \sum_k w^{(2)}_{jk} \delta^{(2)}_k", lambda v: (v.da1, dh(v.a1) * (v.W2 @ v.da2)))
T.wrong("wrong-operand layer-off-by-one", NET, "a for z", r"\frac{\partial E_n}{\partial w^{(2)}_{kj}} = \delta^{(2)}_k a^{(1)}_j", lambda v: (v.dW2, np.outer(v.da2, v.a1)))
T.wrong("wrong-derivative", NET, "sigmoid's slope for tanh's", r"\delta_j = z_j (1 - z_j) \sum_{k} w_{kj} \delta_k", lambda v: (v.da1, v.z1 * (1 - v.z1) * (v.W2.T @ v.da2)))
T.wrong("wrong-derivative factor", NET, "the square forgotten", r"\delta_j = (1 - z_j) \sum_{k} w_{kj} \delta_k", lambda v: (v.da1, (1 - v.z1) * (v.W2.T @ v.da2)))
T.wrong("factor", NET, "2 of the square", r"\delta_k = 2 (y_k - t_k)", lambda v: (v.da2, 2 * (v.out - v.t)))
T.wrong("layer-off-by-one wrong-operand", SQUARE, "weights of the first layer", r"\delta^{(1)}_j = h'(a^{(1)}_j) \sum_k w^{(1)}_{kj} \delta^{(2)}_k", lambda v: (v.da1, dh(v.a1) * (v.W1.T @ v.da2)))
T.wrong("index-swapped transposed product-order wrong-operand", SQUARE, "i and j", r"\frac{\partial E_n}{\partial w_{ji}^{(1)}} = \delta^{(1)}_i x_j", lambda v: (v.dW1, np.outer(v.z0, v.da1)))
T.wrong("activation-derivative-cancelled-by-cross-entropy factor-extra wrong-derivative", LOGISTIC, "slope left standing", r"\frac{\partial E}{\partial a_k} = (y_k - t_k) y_k (1 - y_k)", lambda v: (v.da2, (v.out - v.t) * v.out * (1 - v.out)))
T.wrong("softmax-twice if-loss-squares activation-derivative-cancelled-by-cross-entropy factor-extra", SOFT, "softmax's slope again", r"\frac{\partial E}{\partial a_k} = y_k (1 - y_k) (y_k - t_k)", lambda v: (v.da2, v.out * (1 - v.out) * (v.out - v.t)))
T.wrong("activation-derivative-missing-hidden factor-missing", NET, "Jacobian without slope", r"\frac{\partial y_k}{\partial x_i} = \sum_j w^{(1)}_{ji} w^{(2)}_{kj}", lambda v: (v.p("out", "z0"), v.W2 @ v.W1))
T.wrong("factor-missing", NET, "only one factor", r"\frac{\partial E_n}{\partial w_{ji}^{(1)}} = \delta^{(1)}_j", lambda v: (v.dW1, np.outer(v.da1, np.ones(3))))
