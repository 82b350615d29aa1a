"""Nielsen, Neural Networks and Deep Learning, ch. 2 and 3: bare superscripts, the input is layer 1, C = ½‖y − a‖²."""

from __future__ import annotations

import numpy as np

from corpus.table import SLOPES, Style, Table, layered, sigmoid, softmax, stack

s, ds = sigmoid, SLOPES[sigmoid]
STYLE = Style(base=1, x="a1")
NET = stack("nielsen", "2-3-4-2/sse", [2, 3, 4, 2], [s, s, s], "sse", STYLE)
SQUARE = stack("nielsen-square", "3-3-3-3/sse", [3, 3, 3, 3], [s, s, s], "sse", STYLE)
CE = stack("nielsen-ce", "2-3-4-2/bce", [2, 3, 4, 2], [s, s, s], "bce", STYLE)
SOFT = stack("nielsen-soft", "2-3-4-3:softmax/ce", [2, 3, 4, 3], [s, s, softmax], "ce", STYLE)
T = Table("nielsen")

T.right(NET, "ch. 2, definition", r"\delta^l_j \equiv \frac{\partial C}{\partial z^l_j}", lambda v: layered(v, range(2, 5), lambda l: (v[f"dz{l}"], v[f"dz{l}"])))
T.right(NET, "ch. 2, BP1", r"\delta^L_j = \frac{\partial C}{\partial a^L_j} \sigma'(z^L_j)", lambda v: (v.dz4, v.da4 * ds(v.z4)))
T.right(NET, "ch. 2, BP1a", r"\delta^L = \nabla_a C \odot \sigma'(z^L)", lambda v: (v.dz4, v.da4 * ds(v.z4)))
T.right(NET, "ch. 2, (30)", r"\delta^L = (a^L-y) \odot \sigma'(z^L)", lambda v: (v.dz4, (v.a4 - v.y) * ds(v.z4)))
T.right(NET, "ch. 2, BP2", r"\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l + 1}"].T @ v[f"dz{l + 1}"] * ds(v[f"z{l}"]))))
T.right(NET, "ch. 2, BP3", r"\frac{\partial C}{\partial b^l_j} = \delta^l_j", lambda v: layered(v, range(2, 5), lambda l: (v[f"db{l}"], v[f"dz{l}"])))
T.right(NET, "ch. 2, BP4", r"\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k \delta^l_j", lambda v: layered(v, range(2, 5), lambda l: (v[f"dW{l}"], np.einsum("k,j->jk", v[f"a{l - 1}"], v[f"dz{l}"]))))
T.right(NET, "ch. 2, (42)", r"\delta^l_j = \sum_k w^{l+1}_{kj} \delta^{l+1}_k \sigma'(z^l_j)", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], np.einsum("kj,k,j->j", v[f"W{l + 1}"], v[f"dz{l + 1}"], ds(v[f"z{l}"])))))
T.right(NET, "ch. 2, (36) to (38)", r"\delta^L_j = \frac{\partial C}{\partial z^L_j} = \sum_k \frac{\partial C}{\partial a^L_k} \frac{\partial a^L_k}{\partial z^L_j} = \frac{\partial C}{\partial a^L_j} \frac{\partial a^L_j}{\partial z^L_j}", lambda v: (v.dz4, v.dz4, np.einsum("k,kj->j", v.da4, v.p("a4", "z4")), v.da4 * np.diag(v.p("a4", "z4"))))
T.right(NET, "ch. 2, (39) to (41)", r"\delta^l_j = \sum_k \frac{\partial C}{\partial z^{l+1}_k}\frac{\partial z^{l+1}_k}{\partial z^l_j} = \sum_k \frac{\partial z^{l+1}_k}{\partial z^l_j}\delta^{l+1}_k", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], np.einsum("k,kj->j", v[f"dz{l + 1}"], v.p(f"z{l + 1}", f"z{l}")), v.p(f"z{l + 1}", f"z{l}").T @ v[f"dz{l + 1}"])))
T.right(NET, "ch. 2, (43)", r"\frac{\partial z^{l+1}_k}{\partial z^l_j} = w^{l+1}_{kj}\sigma'(z^l_j)", lambda v: layered(v, range(2, 4), lambda l: (v.p(f"z{l + 1}", f"z{l}"), v[f"W{l + 1}"] * ds(v[f"z{l}"]))))
T.right(NET, "ch. 2, (25)", r"a^l = \sigma(w^l a^{l-1} + b^l)", lambda v: layered(v, range(2, 5), lambda l: (v[f"a{l}"], s(v[f"W{l}"] @ v[f"a{l - 1}"] + v[f"b{l}"]))))
T.right(NET, "ch. 2, with Σ'", r"\delta^l = \Sigma'(z^l) (w^{l+1})^T \delta^{l+1}".replace(r"\Sigma'(z^l)", r"\operatorname{diag}(\sigma'(z^l))"), lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], np.diag(ds(v[f"z{l}"])) @ v[f"W{l + 1}"].T @ v[f"dz{l + 1}"])))
T.right(NET, "ch. 2 in Unicode", "δˡ = ((wˡ⁺¹)ᵀ δˡ⁺¹) ⊙ σ′(zˡ)", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l + 1}"].T @ v[f"dz{l + 1}"] * ds(v[f"z{l}"]))))
T.right(NET, "code of ch. 1 as formula", r"\nabla_{w^l} C = \delta^l (a^{l-1})^T", lambda v: layered(v, range(2, 5), lambda l: (v[f"dW{l}"], np.outer(v[f"dz{l}"], v[f"a{l - 1}"]))))
T.right(NET, "number of a layer", r"\delta^3 = ((w^4)^T \delta^4) \odot \sigma'(z^3)", lambda v: (v.dz3, v.W4.T @ v.dz4 * ds(v.z3)))
T.right(CE, "ch. 3, (66)", r"\delta^L = a^L - y", lambda v: (v.dz4, v.a4 - v.y))
T.right(CE, "ch. 3, (67)", r"\frac{\partial C}{\partial w^L_{jk}} = a^{L-1}_k (a^L_j - y_j)", lambda v: (v.dW4, np.outer(v.a4 - v.y, v.a3)))
T.right(SOFT, "ch. 3, softmax with log-likelihood", r"\frac{\partial C}{\partial b^L_j} = a^L_j - y_j", lambda v: (v.db4, v.a4 - v.y))
T.right(SOFT, "ch. 3, (81)", r"\frac{\partial a^L_j}{\partial z^L_k} = a^L_j (\delta_{jk} - a^L_k)", lambda v: (v.p("a4", "z4"), np.diag(v.a4) - np.outer(v.a4, v.a4)))
T.wrong("activation-derivative-missing-hidden factor-missing", NET, "BP2 without slope", r"\delta^l = (w^{l+1})^T \delta^{l+1}", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l + 1}"].T @ v[f"dz{l + 1}"])))
T.wrong("activation-derivative-missing-output factor-missing other-loss", NET, "BP1 without slope", r"\delta^L = a^L - y", lambda v: (v.dz4, v.a4 - v.y))
T.wrong("layer-off-by-one wrong-operand", SQUARE, "w of the wrong layer", r"\delta^l = ((w^{l})^T \delta^{l+1}) \odot \sigma'(z^l)", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l}"].T @ v[f"dz{l + 1}"] * ds(v[f"z{l}"]))))
T.wrong("transpose-missing transposed", SQUARE, "no transpose", r"\delta^l = (w^{l+1} \delta^{l+1}) \odot \sigma'(z^l)", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l + 1}"] @ v[f"dz{l + 1}"] * ds(v[f"z{l}"]))))
T.wrong("transpose-missing", NET, "no transpose, other widths", r"\delta^3 = (w^4 \delta^4) \odot \sigma'(z^3)", lambda v: (v.dz3, v.W4 @ v.dz4 * ds(v.z3)), fits=False)
T.wrong("index-swapped transpose-missing transposed", SQUARE, "indices of the weight", r"\delta^l_j = \sum_k w^{l+1}_{jk} \delta^{l+1}_k \sigma'(z^l_j)", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], np.einsum("jk,k,j->j", v[f"W{l + 1}"], v[f"dz{l + 1}"], ds(v[f"z{l}"])))))
T.wrong("index-swapped wrong-operand transposed product-order", SQUARE, "j and k of BP4", r"\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_j \delta^l_k", lambda v: layered(v, range(2, 5), lambda l: (v[f"dW{l}"], np.outer(v[f"a{l - 1}"], v[f"dz{l}"]))))
T.wrong("layer-off-by-one wrong-operand", SQUARE, "a of the wrong layer", r"\frac{\partial C}{\partial w^l_{jk}} = a^{l}_k \delta^l_j", lambda v: layered(v, range(2, 5), lambda l: (v[f"dW{l}"], np.outer(v[f"dz{l}"], v[f"a{l}"]))))
T.wrong("layer-off-by-one wrong-operand", SQUARE, "slope of the wrong layer", r"\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^{l+1})", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l + 1}"].T @ v[f"dz{l + 1}"] * ds(v[f"z{l + 1}"]))))
T.wrong("sign", NET, "y − a", r"\delta^L = (y - a^L) \odot \sigma'(z^L)", lambda v: (v.dz4, (v.y - v.a4) * ds(v.z4)))
T.wrong("factor", NET, "2 of the square", r"\delta^L = 2(a^L - y) \odot \sigma'(z^L)", lambda v: (v.dz4, 2 * (v.a4 - v.y) * ds(v.z4)))
T.wrong("derivative-at-activation", NET, "slope at the activation", r"\delta^L = (a^L - y) \odot \sigma'(a^L)", lambda v: (v.dz4, (v.a4 - v.y) * ds(v.a4)))
T.wrong("activation-derivative-cancelled-by-cross-entropy factor-extra other-loss", CE, "ch. 3, slope left standing", r"\delta^L = (a^L - y) \odot \sigma'(z^L)", lambda v: (v.dz4, (v.a4 - v.y) * ds(v.z4)))
T.wrong("factor-extra", NET, "bias like a weight", r"\frac{\partial C}{\partial b^l_j} = b^l_j \delta^l_j", lambda v: layered(v, range(2, 5), lambda l: (v[f"db{l}"], v[f"b{l}"] * v[f"dz{l}"])))
T.wrong("sum-missing factor-missing", SQUARE, "the sum forgotten", r"\delta^l_j = w^{l+1}_{jj} \delta^{l+1}_j \sigma'(z^l_j)", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], np.diag(v[f"W{l + 1}"]) * v[f"dz{l + 1}"] * ds(v[f"z{l}"]))))
T.wrong("softmax-diagonal-only wrong-operand factor-missing sum-missing", SOFT, "softmax as if neurons were alone", r"\delta^L_j = \frac{\partial C}{\partial a^L_j} a^L_j (1 - a^L_j)", lambda v: (v.dz4, v.da4 * v.a4 * (1 - v.a4)))
T.wrong("factor", NET, "made to hurt: 1e-8", r"\frac{\partial C}{\partial b^L_j} = 0.99999999 \delta^L_j", lambda v: (v.db4, 0.99999999 * v.dz4))
T.wrong("factor-extra", NET, "activation once more", r"\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k \delta^l_j \sigma'(z^l_j)", lambda v: layered(v, range(2, 5), lambda l: (v[f"dW{l}"], np.outer(v[f"dz{l}"] * ds(v[f"z{l}"]), v[f"a{l - 1}"]))))
