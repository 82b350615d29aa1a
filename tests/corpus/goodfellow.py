"""Goodfellow, Bengio, Courville, Deep Learning, 6.5: a = b + W h, algorithm 6.4; J = L + λ Ω, here Ω = ½ Σ W²."""

from __future__ import annotations

import numpy as np
from corpus.table import SLOPES, Style, Table, identity, layered, sigmoid, stack

df = SLOPES[np.tanh]
STYLE = Style(z="a{0}", a="h{0}", x="h0", out="yhat")
NET = stack("goodfellow", "2-3:tanh-4:tanh-2:identity/sse", [2, 3, 4, 2], [np.tanh, np.tanh, identity], "sse", STYLE)
SQUARE = stack("goodfellow-square", "3-3:tanh-3:tanh-3:tanh/sse", [3, 3, 3, 3], [np.tanh] * 3, "sse", STYLE)
DECAY = stack("goodfellow-decay", '''batch = "none"
loss = "sse"
regulariser = {kind = "l2", weight = "lambda/2"}
[input]
size = 3
[[layer]]
kind = "dense"
size = 4
activation = "tanh"
[[layer]]
kind = "dense"
size = 2
activation = "identity"
''', [3, 4, 2], [np.tanh, identity], "sse", STYLE, penalty=lambda W, m: (W**2).sum() / 2)
LOGISTIC = stack("goodfellow-logistic", "3-4:tanh-2:sigmoid/bce", [3, 4, 2], [np.tanh, sigmoid], "bce", STYLE)
T = Table("goodfellow")

T.right(NET, "algorithm 6.4, first line", r"g \leftarrow \nabla_{\hat{y}} J = \nabla_{\hat{y}} L(\hat{y}, y)", lambda v: (v.dyhat, v.dyhat))
T.right(SQUARE, "algorithm 6.4", r"g \leftarrow \nabla_{a^{(k)}} J = (\nabla_{h^{(k)}} J) \odot f'(a^{(k)})", lambda v: layered(v, range(1, 4), lambda k: (v[f"da{k}"], v[f"dh{k}"] * df(v[f"a{k}"]))))
T.right(NET, "algorithm 6.4", r"\nabla_{a^{(2)}} J = (\nabla_{h^{(2)}} J) \odot f'(a^{(2)})", lambda v: (v.da2, v.dh2 * df(v.a2)))
T.right(NET, "algorithm 6.4", r"g \leftarrow \nabla_{h^{(k-1)}} J = W^{(k)\top} \nabla_{a^{(k)}} J", lambda v: layered(v, range(1, 4), lambda k: (v[f"dh{k - 1}"], v[f"W{k}"].T @ v[f"da{k}"])))
T.right(NET, "algorithm 6.4 without Ω", r"\nabla_{b^{(k)}} J = \nabla_{a^{(k)}} J", lambda v: layered(v, range(1, 4), lambda k: (v[f"db{k}"], v[f"da{k}"])))
T.right(NET, "algorithm 6.4 without Ω", r"\nabla_{W^{(k)}} J = (\nabla_{a^{(k)}} J) h^{(k-1)\top}", lambda v: layered(v, range(1, 4), lambda k: (v[f"dW{k}"], np.outer(v[f"da{k}"], v[f"h{k - 1}"]))))
T.right(DECAY, "algorithm 6.4", r"\nabla_{W^{(2)}} J = (\nabla_{a^{(2)}} J) h^{(1)\top} + \lambda W^{(2)}", lambda v: (v.dW2, np.outer(v.da2, v.h1) + v.lam * v.W2))
T.right(DECAY, "algorithm 6.4, bias not penalised", r"\nabla_{b^{(2)}} J = \nabla_{a^{(2)}} J", lambda v: (v.db2, v.da2))
T.right(NET, "squared error", r"\nabla_{\hat{y}} L = \hat{y} - y", lambda v: (v.dyhat, v.yhat - v.y))
T.right(LOGISTIC, "6.2.2", r"\nabla_{a^{(2)}} J = \hat{y} - y", lambda v: (v.da2, v.yhat - v.y))
T.right(NET, "forward, algorithm 6.3", r"a^{(k)} = b^{(k)} + W^{(k)} h^{(k-1)}", lambda v: layered(v, range(1, 4), lambda k: (v[f"a{k}"], v[f"b{k}"] + v[f"W{k}"] @ v[f"h{k - 1}"])))
T.right(NET, "(6.46) as Jacobian product", r"\nabla_{h^{(1)}} J = \left(\frac{\partial h^{(2)}}{\partial h^{(1)}}\right)^\top \nabla_{h^{(2)}} J", lambda v: (v.dh1, v.p("h2", "h1").T @ v.dh2))
T.wrong("activation-derivative-missing-hidden factor-missing", NET, "⊙ f' forgotten", r"\nabla_{a^{(2)}} J = \nabla_{h^{(2)}} J", lambda v: (v.da2, v.dh2))
T.wrong("derivative-at-activation", NET, "f' at h", r"\nabla_{a^{(2)}} J = (\nabla_{h^{(2)}} J) \odot f'(h^{(2)})", lambda v: (v.da2, v.dh2 * df(v.h2)))
T.wrong("transpose-missing transposed", SQUARE, "no transpose", r"\nabla_{h^{(k-1)}} J = W^{(k)} \nabla_{a^{(k)}} J", lambda v: layered(v, range(1, 4), lambda k: (v[f"dh{k - 1}"], v[f"W{k}"] @ v[f"da{k}"])))
T.wrong("layer-off-by-one wrong-operand", SQUARE, "h of the layer itself", r"\nabla_{W^{(k)}} J = (\nabla_{a^{(k)}} J) h^{(k)\top}", lambda v: layered(v, range(1, 4), lambda k: (v[f"dW{k}"], np.outer(v[f"da{k}"], v[f"h{k}"]))))
T.wrong("product-order transposed", SQUARE, "order", r"\nabla_{W^{(k)}} J = h^{(k-1)} (\nabla_{a^{(k)}} J)^\top", lambda v: layered(v, range(1, 4), lambda k: (v[f"dW{k}"], np.outer(v[f"h{k - 1}"], v[f"da{k}"]))))
T.wrong("regulariser-factor factor", DECAY, "½ kept", r"\nabla_{W^{(2)}} J = (\nabla_{a^{(2)}} J) h^{(1)\top} + \frac{\lambda}{2} W^{(2)}", lambda v: (v.dW2, np.outer(v.da2, v.h1) + v.lam / 2 * v.W2))
T.wrong("regulariser-forgotten", DECAY, "Ω forgotten", r"\nabla_{W^{(2)}} J = (\nabla_{a^{(2)}} J) h^{(1)\top}", lambda v: (v.dW2, np.outer(v.da2, v.h1)))
T.wrong("regulariser-on-bias factor-extra", DECAY, "biases penalised", r"\nabla_{b^{(2)}} J = \nabla_{a^{(2)}} J + \lambda b^{(2)}", lambda v: (v.db2, v.da2 + v.lam * v.b2))
T.wrong("sign", NET, "sign", r"\nabla_{\hat{y}} L = y - \hat{y}", lambda v: (v.dyhat, v.y - v.yhat))
T.wrong("factor", NET, "made to hurt: 1e-8", r"\nabla_{b^{(2)}} J = 1.00000001 \nabla_{a^{(2)}} J", lambda v: (v.db2, 1.00000001 * v.da2))
T.wrong("hadamard-for-product", SQUARE, "⊙ for the matrix product", r"\nabla_{h^{(1)}} J = W^{(2)\top} \odot \nabla_{a^{(2)}} J", lambda v: (v.dh1, v.W2.T * v.da2))
T.wrong("activation-derivative-cancelled-by-cross-entropy factor-extra", LOGISTIC, "slope left standing", r"\nabla_{a^{(2)}} J = (\hat{y} - y) \odot f'(a^{(2)})", lambda v: (v.da2, (v.yhat - v.y) * SLOPES[sigmoid](v.a2)))
