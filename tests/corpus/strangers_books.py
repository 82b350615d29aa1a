"""Formulas as strangers write them, from books and from notes on books: Nielsen, Bishop, UFLDL, Goodfellow, d2l."""

from __future__ import annotations

import numpy as np
from corpus import bishop, goodfellow, nielsen, others, ufldl
from corpus.table import SLOPES, Table, layered, sigmoid, softmax

s, ds = sigmoid, SLOPES[sigmoid]
dh = SLOPES[np.tanh]



def jacobian(p: np.ndarray) -> np.ndarray:
    """That of softmax at its output, without the difference 1 - p."""
    others = (1 - np.eye(len(p))) @ p
    return np.diag(p * others) - np.outer(p, p) * (1 - np.eye(len(p)))


N = Table("nielsen", "nielsen-s")
NET, SQ, CE, SOFT = nielsen.NET, nielsen.SQUARE, nielsen.CE, nielsen.SOFT
N.right(NET, "README, BP3", r"\dfrac{\partial C}{\partial b^l_j} = \delta^l_j \tag{BP3}", lambda v: layered(v, range(2, 5), lambda l: (v[f"db{l}"], v[f"dz{l}"])))
N.right(NET, "notes, BP1", r"\delta^{L}=\nabla_{a}C\odot\sigma\prime(z^{L})", lambda v: (v.dz4, v.da4 * ds(v.z4)))
N.right(NET, "notes", r"\nabla_a C = (a^L-y)", lambda v: (v.da4, v.a4 - v.y))
N.right(NET, "notes", r"\frac{\partial C}{\partial a^L_j} = (a_j^L-y_j)", lambda v: (v.da4, v.a4 - v.y))
N.right(NET, "lecture, sum with its range", r"\delta_{j}^{l} = \sigma^{\prime}(z_{j}^{l})\sum_{k=1}^{n_{l+1}} w_{kj}^{l+1}\,\delta_{k}^{l+1}", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], ds(v[f"z{l}"]) * (v[f"W{l + 1}"].T @ v[f"dz{l + 1}"]))))
N.right(NET, "computational physics", r"\frac{\partial {\cal C}}{\partial w^l_{jk}} = \delta^l_j \, a^{l-1}_k", lambda v: layered(v, range(2, 5), lambda l: (v[f"dW{l}"], np.outer(v[f"dz{l}"], v[f"a{l - 1}"]))))
N.right(NET, "3Blue1Brown in these letters", r"\frac{\partial C}{\partial w^L_{jk}} = \frac{\partial z^L_j}{\partial w^L_{jk}}\frac{\partial a^L_j}{\partial z^L_j}\frac{\partial C}{\partial a^L_j} = a^{L-1}_k\,\sigma'(z^L_j)\,(a^L_j - y_j)", lambda v: (v.dW4, np.outer(v.da4 * ds(v.z4), v.a3), np.outer(ds(v.z4) * (v.a4 - v.y), v.a3)))
N.right(NET, "README in Unicode", "∂C/∂wˡⱼₖ = aˡ⁻¹ₖ δˡⱼ", lambda v: layered(v, range(2, 5), lambda l: (v[f"dW{l}"], np.outer(v[f"dz{l}"], v[f"a{l - 1}"]))))
N.right(NET, "plain text", "δ^l = (w^(l+1))^T δ^(l+1) ⊙ σ'(z^l)", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l + 1}"].T @ v[f"dz{l + 1}"] * ds(v[f"z{l}"]))))
N.right(NET, "Σ'(z) as a diagonal matrix", r"\delta^{l} = \mathrm{diag}\left[\sigma'(z^{l})\right] \left(w^{l+1}\right)^{\intercal} \delta^{l+1}", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], np.diag(ds(v[f"z{l}"])) @ v[f"W{l + 1}"].T @ v[f"dz{l + 1}"])))
N.right(NET, "slope of the sigmoid", r"\sigma'(z^l_j) = \sigma(z^l_j)\,\bigl(1-\sigma(z^l_j)\bigr)", lambda v: layered(v, range(2, 5), lambda l: (ds(v[f"z{l}"]), s(v[f"z{l}"]) * (1 - s(v[f"z{l}"])))))
N.right(CE, "ch. 3, (61)", r"\frac{\partial C}{\partial w^L_{jk}} = a^{L-1}_k\,(\sigma(z^L_j)-y_j)", lambda v: (v.dW4, np.outer(s(v.z4) - v.y, v.a3)))
N.right(NET, "slides with braces", r"\frac{\partial C}{\partial w^2_{jk}} = \underbrace{a^1_k}_{\text{input}}\,\underbrace{\delta^2_j}_{\text{error}}", lambda v: (v.dW2, np.outer(v.dz2, v.a1)))
N.right(NET, "colour", r"{\color{blue} \delta^L_j} = {\color{red} (a^L_j - y_j)}\, \sigma'(z^L_j)", lambda v: (v.dz4, (v.a4 - v.y) * ds(v.z4)))
N.right(NET, "aligned derivation", r"\begin{aligned} \delta^l_j &= \frac{\partial C}{\partial z^l_j} \\ &= \sum_k \frac{\partial C}{\partial z^{l+1}_k} \frac{\partial z^{l+1}_k}{\partial z^l_j} \\ &= \sum_k \delta^{l+1}_k w^{l+1}_{kj} \sigma'(z^l_j) \end{aligned}", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"dz{l}"], v.p(f"z{l + 1}", f"z{l}").T @ v[f"dz{l + 1}"], v[f"W{l + 1}"].T @ v[f"dz{l + 1}"] * ds(v[f"z{l}"]))))
N.right(NET, "with words", r"\delta^l_j = \sum_k w^{l+1}_{kj} \delta^{l+1}_k \sigma'(z^l_j) \quad \text{for } l = L-1, \ldots, 2", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l + 1}"].T @ v[f"dz{l + 1}"] * ds(v[f"z{l}"]))))
N.wrong("layer-off-by-one wrong-operand", SQ, "the weights of the layer itself", r"\delta_{j}^{l} = \sigma^{\prime}(z_{j}^{l})\sum_{k} w_{kj}^{l}\,\delta_{k}^{l+1}", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], ds(v[f"z{l}"]) * (v[f"W{l}"].T @ v[f"dz{l + 1}"]))))
N.wrong("factor-extra", SQ, "bias like a weight", r"\dfrac{\partial C}{\partial b^l_j} = a^{l-1}_j\,\delta^l_j", lambda v: layered(v, range(2, 5), lambda l: (v[f"db{l}"], v[f"a{l - 1}"] * v[f"dz{l}"])))
N.wrong("factor", NET, "C = (a − y)², README", r"\nabla_a C = 2(a^L-y)", lambda v: (v.da4, 2 * (v.a4 - v.y)))
N.wrong("activation-derivative-missing-output factor-missing", NET, "one link of the chain lost", r"\frac{\partial C}{\partial w^L_{jk}} = \frac{\partial z^L_j}{\partial w^L_{jk}}\frac{\partial C}{\partial a^L_j}", lambda v: (v.dW4, np.outer(v.da4, v.a3)))
N.wrong("layer-off-by-one wrong-operand", SQ, "a of the layer itself", "∂C/∂wˡⱼₖ = aˡₖ δˡⱼ", lambda v: layered(v, range(2, 5), lambda l: (v[f"dW{l}"], np.outer(v[f"dz{l}"], v[f"a{l}"]))))
N.wrong("wrong-derivative wrong-function", NET, "the prime forgotten", r"\delta^{L}=\nabla_{a}C\odot\sigma(z^{L})", lambda v: (v.dz4, v.da4 * s(v.z4)))
N.wrong("sign", CE, "sign inside", r"\frac{\partial C}{\partial a^L_j} = \frac{a^L_j-y_j}{a^L_j(1+a^L_j)}", lambda v: (v.da4, (v.a4 - v.y) / v.a4 / (1 + v.a4)))
N.wrong("sign", SOFT, "sign", r"\frac{\partial C}{\partial b^L_j} = y_j-a^L_j", lambda v: (v.db4, v.y - v.a4))
N.wrong("activation-derivative-missing-output factor-missing", NET, "slope of the last layer lost", r"\delta^3 = (w^4)^T (a^4 - y) \odot \sigma'(z^3)", lambda v: (v.dz3, v.W4.T @ (v.a4 - v.y) * ds(v.z3)))
N.wrong("index-swapped wrong-operand transposed product-order index-wrong", SQ, "j and k", r"\dfrac{\partial C}{\partial w^3_{jk}} = a^2_j\,\delta^3_k", lambda v: (v.dW3, np.outer(v.a2, v.dz3)))
N.wrong("sign", NET, "a slip in the third line", r"\begin{aligned} \delta^l_j &= \frac{\partial C}{\partial z^l_j} \\ &= \sum_k \delta^{l+1}_k w^{l+1}_{kj} \sigma(z^l_j) (\sigma(z^l_j) - 1) \end{aligned}", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"dz{l}"], -v[f"W{l + 1}"].T @ v[f"dz{l + 1}"] * ds(v[f"z{l}"]))))
N.wrong("layer-off-by-one derivative-at-activation wrong-operand", SQ, "plain text", "δ^l = (w^(l+1))^T δ^(l+1) ⊙ σ'(z^(l+1))", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l + 1}"].T @ v[f"dz{l + 1}"] * ds(v[f"z{l + 1}"]))))

B = Table("bishop", "bishop-s")
b_net, b_sq, b_soft, b_log = bishop.NET, bishop.SQUARE, bishop.SOFT, bishop.LOGISTIC
B.right(b_net, "(5.51) and (5.55)", r"\delta_j \equiv \frac{\partial E_n}{\partial a_j} = \sum_k \frac{\partial E_n}{\partial a_k}\frac{\partial a_k}{\partial a_j}", lambda v: (v.da1, v.da1, v.p("a2", "a1").T @ v.da2))
B.right(b_net, "(5.67) written out", r"\frac{\partial E_n}{\partial w_{kj}} = (y_k - t_k) z_j", lambda v: (v.dW2, np.outer(v.out - v.t, v.z1)))
B.right(b_net, "(5.66) and (5.67)", r"\frac{\partial E_n}{\partial w_{ji}} = \left(1-z_j^2\right)\left\{\sum_{k=1}^{K} w_{kj}(y_k-t_k)\right\} x_i", lambda v: (v.dW1, np.outer((1 - v.z1**2) * (v.W2.T @ (v.out - v.t)), v.z0)))
B.right(b_net, "(5.67), both", r"\frac{\partial E_n}{\partial w_{ji}^{(1)}}=\delta_{j}x_{i},\qquad \frac{\partial E_n}{\partial w_{kj}^{(2)}}=\delta_{k}z_{j}.", lambda v: (np.r_[v.dW1.ravel(), v.dW2.ravel()], np.r_[np.outer(v.da1, v.z0).ravel(), np.outer(v.da2, v.z1).ravel()]))
B.right(b_net, "(5.60)", r"h'(a_j) = 1 - h(a_j)^2", lambda v: (dh(v.a1), 1 - np.tanh(v.a1) ** 2))
B.right(b_net, "Jacobian of the last layer", r"\frac{\partial y_k}{\partial z_j} = w_{kj}", lambda v: (v.p("out", "z1"), v.W2))
B.right(b_net, "in vectors", r"\boldsymbol{\delta}^{(1)} = \operatorname{diag}\left(h'(\mathbf{a}^{(1)})\right) \mathbf{W}^{(2)\mathrm{T}} \boldsymbol{\delta}^{(2)}", lambda v: (v.da1, np.diag(dh(v.a1)) @ v.W2.T @ v.da2))
B.right(b_net, "in vectors", r"\nabla_{\mathbf{W}^{(2)}} E_n = (\mathbf{y}-\mathbf{t})\mathbf{z}^{\mathrm{T}}", lambda v: (v.dW2, np.outer(v.out - v.t, v.z1)))
B.right(b_soft, "(4.106)", r"\frac{\partial y_k}{\partial a_j} = y_k(I_{kj} - y_j)", lambda v: (v.p("out", "a2"), np.diag(v.out) - np.outer(v.out, v.out)))
B.right(b_log, "exercise", r"\frac{\partial E}{\partial w_{kj}^{(2)}} = (y_k - t_k) z_j", lambda v: (v.dW2, np.outer(v.out - v.t, v.z1)))
B.right(b_net, "plain text", "∂E/∂w_kj = δ_k z_j", lambda v: (v.dW2, np.outer(v.da2, v.z1)))
B.right(b_net, "exercise, bias", r"\frac{\partial E_n}{\partial b_k} = y_k - t_k", lambda v: (v.db2, v.out - v.t))
B.wrong("wrong-operand layer-off-by-one", b_net, "a for z", r"\frac{\partial E_n}{\partial w_{kj}} = (y_k - t_k) a_j", lambda v: (v.dW2, np.outer(v.out - v.t, v.a1)))
B.wrong("sign", b_net, "target minus output", r"\frac{\partial E_n}{\partial w_{kj}} = (t_k - y_k) z_j", lambda v: (v.dW2, np.outer(v.t - v.out, v.z1)))
B.wrong("wrong-operand wrong-derivative derivative-at-activation", b_net, "a for z in the slope", r"\delta_j = (1-a_j^2)\sum_k w_{kj}\delta_k", lambda v: (v.da1, (1 - v.a1**2) * (v.W2.T @ v.da2)))
B.wrong("sum-missing", b_net, "the sum lost", r"\frac{\partial E_n}{\partial w_{ji}} = (1-z_j^2)\, w_{kj}(y_k-t_k)\, x_i", lambda v: (v.dW1, np.einsum("j,kj,k,i->kji", 1 - v.z1**2, v.W2, v.out - v.t, v.z0)))
B.wrong("product-order transposed", b_net, "order", r"\nabla_{\mathbf{W}^{(2)}} E_n = \mathbf{z}(\mathbf{y}-\mathbf{t})^{\mathrm{T}}", lambda v: (v.dW2, np.outer(v.z1, v.out - v.t)))
B.wrong("sign", b_soft, "sign", r"\frac{\partial y_k}{\partial a_j} = y_k(I_{kj} + y_j)", lambda v: (v.p("out", "a2"), np.diag(v.out) + np.outer(v.out, v.out)))
B.wrong("activation-derivative-cancelled-by-cross-entropy factor-extra", b_log, "slope left standing", r"\frac{\partial E}{\partial w_{kj}^{(2)}} = (y_k - t_k)\,\sigma'(a_k^{(2)})\, z_j", lambda v: (v.dW2, np.outer((v.out - v.t) * ds(v.a2), v.z1)))
B.wrong("index-swapped transposed index-wrong transpose-missing", b_sq, "w_{jk}", r"\frac{\partial E_n}{\partial w_{ji}^{(1)}} = (1-(z_j^{(1)})^2)\sum_{k} w^{(2)}_{jk}(y_k-t_k)\, x_i", lambda v: (v.dW1, np.outer((1 - v.z1**2) * (v.W2 @ (v.out - v.t)), v.z0)))
B.wrong("wrong-operand layer-off-by-one", b_net, "z for x", r"\frac{\partial E_n}{\partial w_{kj}^{(2)}}=\delta_{k}x_{j}", lambda v: (v.dW2, np.outer(v.da2, v.z0)))
B.wrong("activation-derivative-missing-hidden factor-missing", b_net, "in vectors, h' lost", r"\boldsymbol{\delta}^{(1)} = \mathbf{W}^{(2)\mathrm{T}} \boldsymbol{\delta}^{(2)}", lambda v: (v.da1, v.W2.T @ v.da2))

U = Table("ufldl", "ufldl-s")
f, df = sigmoid, SLOPES[sigmoid]
u_net, u_sq, u_dec, u_data, u_soft = ufldl.NET, ufldl.SQUARE, ufldl.DECAY, ufldl.DATA, ufldl.SOFT
U.right(u_net, "wiki", r"\delta_i^{(n_l)} = -(y_i - a_i^{(n_l)}) \cdot f'(z_i^{(n_l)})", lambda v: (v.dz4, -(v.y - v.a4) * df(v.z4)))
U.right(u_net, "wiki, last step of the derivation", r"\delta^{(l)}_i = \sum_{j=1}^{s_{l+1}} \delta_j^{(l+1)} \cdot W_{ji}^{(l)} \cdot f'(z_i^{(l)})", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l}"].T @ v[f"dz{l + 1}"] * df(v[f"z{l}"]))))
U.right(u_net, "wiki, both in one display", r"\begin{align} \nabla_{W^{(l)}} J(W,b;x,y) &= \delta^{(l+1)} (a^{(l)})^T, \\ \nabla_{b^{(l)}} J(W,b;x,y) &= \delta^{(l+1)}. \end{align}", lambda v: layered(v, range(1, 4), lambda l: (np.r_[v[f"dW{l}"].ravel(), v[f"db{l}"]], np.r_[np.outer(v[f"dz{l + 1}"], v[f"a{l}"]).ravel(), v[f"dz{l + 1}"]])))
U.right(u_net, "MATLAB", "delta4 = -(y - a4) .* a4 .* (1 - a4)", lambda v: (v.dz4, -(v.y - v.a4) * v.a4 * (1 - v.a4)))
U.right(u_net, "MATLAB", "delta3 = (W3' * delta4) .* a3 .* (1 - a3)", lambda v: (v.dz3, v.W3.T @ v.dz4 * v.a3 * (1 - v.a3)))
U.right(u_net, "MATLAB", "W1grad = delta2 * a1'", lambda v: (v.dW1, np.outer(v.dz2, v.a1)))
U.right(u_net, "Unicode", "δ⁽³⁾ = ((W⁽³⁾)ᵀ δ⁽⁴⁾) • f′(z⁽³⁾)", lambda v: (v.dz3, v.W3.T @ v.dz4 * df(v.z3)))
U.right(u_soft, "softmax", r"\nabla_{z^{(3)}} J = h_{W,b}(x) - y", lambda v: (v.dz3, v.a3 - v.y))
U.right(u_dec, "decay by components", r"\frac{\partial}{\partial W_{ij}^{(2)}} J(W,b) = a_j^{(2)}\delta_i^{(3)} + \lambda W_{ij}^{(2)}", lambda v: (v.dW2, np.outer(v.dz3, v.a2) + v.lam * v.W2))
U.right(u_net, "forward", r"h_{W,b}(x) = a^{(4)} = f(W^{(3)}a^{(3)} + b^{(3)})", lambda v: (v.a4, v.a4, f(v.W3 @ v.a3 + v.b3)))
U.right(u_net, "prime as transpose", r"\frac{\partial J}{\partial W^{(l)}} = \delta^{(l+1)} (a^{(l)})'", lambda v: layered(v, range(1, 4), lambda l: (v[f"dW{l}"], np.outer(v[f"dz{l + 1}"], v[f"a{l}"]))))
U.right(u_net, "by parts", r"\left(\nabla_{W^{(l)}} J\right)_{ij} = \delta^{(l+1)}_i a^{(l)}_j", lambda v: layered(v, range(1, 4), lambda l: (v[f"dW{l}"], np.outer(v[f"dz{l + 1}"], v[f"a{l}"]))))
U.right(u_net, "with a name for the error", "Let $e = a^{(4)} - y$. Then\n\n$$\\delta^{(4)} = e \\bullet f'(z^{(4)})$$\n", lambda v: (v.dz4, (v.a4 - v.y) * df(v.z4)))
U.wrong("derivative-at-activation", u_net, "slope at a", r"\delta_i^{(n_l)} = -(y_i - a_i^{(n_l)}) \cdot f'(a_i^{(n_l)})", lambda v: (v.dz4, -(v.y - v.a4) * df(v.a4)))
U.wrong("index-swapped transposed transpose-missing index-wrong", u_sq, "W_ij for W_ji", r"\delta^{(l)}_i = \sum_{j=1}^{s_{l+1}} \delta_j^{(l+1)} \cdot W_{ij}^{(l)} \cdot f'(z_i^{(l)})", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l}"] @ v[f"dz{l + 1}"] * df(v[f"z{l}"]))))
U.wrong("product-order transposed", u_net, "MATLAB, order", "W1grad = a1 * delta2'", lambda v: (v.dW1, np.outer(v.a1, v.dz2)))
U.wrong("transpose-missing transposed", u_sq, "MATLAB, no transpose", "delta3 = (W3 * delta4) .* a3 .* (1 - a3)", lambda v: (v.dz3, v.W3 @ v.dz4 * v.a3 * (1 - v.a3)))
U.wrong("factor-missing", u_dec, "λ without its weight", r"\frac{\partial}{\partial W_{ij}^{(2)}} J(W,b) = a_j^{(2)}\delta_i^{(3)} + \lambda", lambda v: (v.dW2, np.outer(v.dz3, v.a2) + v.lam))
U.wrong("wrong-derivative factor-missing derivative-at-activation", u_net, "half of the slope", r"\delta^{(l)} = \left((W^{(l)})^T \delta^{(l+1)}\right) \bullet a^{(l)}", lambda v: layered(v, range(2, 4), lambda l: (v[f"dz{l}"], v[f"W{l}"].T @ v[f"dz{l + 1}"] * v[f"a{l}"])))
U.wrong("sign", u_net, "MATLAB, minus lost", "delta4 = (y - a4) .* a4 .* (1 - a4)", lambda v: (v.dz4, (v.y - v.a4) * v.a4 * (1 - v.a4)))
U.wrong("layer-off-by-one wrong-operand", u_sq, "δ of the layer itself", r"\left(\nabla_{W^{(l)}} J\right)_{ij} = \delta^{(l)}_i a^{(l)}_j", lambda v: layered(v, range(2, 4), lambda l: (v[f"dW{l}"], np.outer(v[f"dz{l}"], v[f"a{l}"]))))
U.wrong("mean-missing factor", u_data, "1/m lost", r"\nabla_{W^{(1)}} J(W,b) = \delta^{(2)} (a^{(1)})^T + \lambda W^{(1)}", lambda v: (v.dW1, v.m * v.dz2 @ v.a1.T + v.lam * v.W1))

G = Table("goodfellow", "goodfellow-s")
g_net, g_sq, g_dec, g_log = goodfellow.NET, goodfellow.SQUARE, goodfellow.DECAY, goodfellow.LOGISTIC
G.right(g_net, "algorithm 6.4, g carried back", "$\\boldsymbol{g} \\leftarrow \\nabla_{\\boldsymbol{h}^{(2)}} J$\n\n$$\\nabla_{\\boldsymbol{a}^{(2)}} J = \\boldsymbol{g} \\odot f'(\\boldsymbol{a}^{(2)})$$\n", lambda v: (v.da2, v.dh2 * dh(v.a2)))
G.right(g_net, "bold", r"\nabla_{\boldsymbol{h}^{(1)}} J = \boldsymbol{W}^{(2)\top}\,\nabla_{\boldsymbol{a}^{(2)}} J", lambda v: (v.dh1, v.W2.T @ v.da2))
G.right(g_net, "by components", r"\frac{\partial J}{\partial W^{(k)}_{ij}} = \frac{\partial J}{\partial a^{(k)}_i}\, h^{(k-1)}_j", lambda v: layered(v, range(1, 4), lambda k: (v[f"dW{k}"], np.outer(v[f"da{k}"], v[f"h{k - 1}"]))))
G.right(g_net, "by components", r"\frac{\partial L}{\partial \hat{y}_i} = \hat{y}_i - y_i", lambda v: (v.dyhat, v.yhat - v.y))
G.right(g_net, "input", r"\nabla_{\bm{x}} J = \bm{W}^{(1)\top} \nabla_{\bm{a}^{(1)}} J", lambda v: (v.dh0, v.W1.T @ v.da1))
G.right(g_net, "entry of a gradient", r"(\nabla_{h^{(1)}} J)_i = \sum_j W^{(2)}_{j,i} (\nabla_{a^{(2)}} J)_j", lambda v: (v.dh1, v.W2.T @ v.da2))
G.right(g_log, "6.2.2.2", r"\nabla_{a^{(2)}} J = \sigma(a^{(2)}) - y", lambda v: (v.da2, sigmoid(v.a2) - v.y))
G.right(g_dec, "weight decay", r"\nabla_{W^{(1)}} J = \left(\nabla_{a^{(1)}} J\right) x^\top + \lambda W^{(1)}", lambda v: (v.dW1, np.outer(v.da1, v.h0) + v.lam * v.W1))
G.right(g_net, "an entry of a product", r"\left(W^{(3)\top} (\hat{y} - y)\right)_i = \frac{\partial J}{\partial h^{(2)}_i}", lambda v: (v.W3.T @ (v.yhat - v.y), v.dh2))
G.right(g_net, "unicode", "∇_{W⁽³⁾} J = (ŷ − y) h⁽²⁾ᵀ", lambda v: (v.dW3, np.outer(v.yhat - v.y, v.h2)))
G.wrong("product-order", g_net, "order", r"\nabla_{W^{(k)}} J = h^{(k-1)\top} \nabla_{a^{(k)}} J", lambda v: layered(v, range(1, 4), lambda k: (v[f"dW{k}"], v[f"h{k - 1}"] @ v[f"da{k}"])), fits=False)
G.wrong("index-swapped transposed transpose-missing index-wrong", g_sq, "W_ij", r"(\nabla_{h^{(1)}} J)_i = \sum_j W^{(2)}_{i,j} (\nabla_{a^{(2)}} J)_j", lambda v: (v.dh1, v.W2 @ v.da2))
G.wrong("layer-off-by-one wrong-operand", g_sq, "h of the layer itself", r"\frac{\partial J}{\partial W^{(k)}_{ij}} = \frac{\partial J}{\partial a^{(k)}_i}\, h^{(k)}_j", lambda v: layered(v, range(1, 4), lambda k: (v[f"dW{k}"], np.outer(v[f"da{k}"], v[f"h{k}"]))))
G.wrong("factor", g_net, "2 of the square", r"\frac{\partial L}{\partial \hat{y}_i} = 2(\hat{y}_i - y_i)", lambda v: (v.dyhat, 2 * (v.yhat - v.y)))
G.wrong("factor-extra activation-derivative-extra", g_net, "a slope too many", r"\nabla_{h^{(2)}} J = W^{(3)\top}(\hat{y} - y) \odot f'(a^{(2)})", lambda v: (v.dh2, v.W3.T @ (v.yhat - v.y) * dh(v.a2)))
G.wrong("activation-derivative-missing-hidden factor-missing", g_net, "f' lost", r"\nabla_{b^{(1)}} J = \nabla_{h^{(1)}} J", lambda v: (v.db1, v.dh1))
G.wrong("regulariser-factor factor", g_dec, "2λ", r"\nabla_{W^{(2)}} J = (\hat{y} - y) h^{(1)\top} + 2\lambda W^{(2)}", lambda v: (v.dW2, np.outer(v.yhat - v.y, v.h1) + 2 * v.lam * v.W2))
G.wrong("sign", g_log, "sign of a term", r"\nabla_{\hat{y}} J = -\frac{y}{\hat{y}} - \frac{1-y}{1-\hat{y}}", lambda v: (v.dyhat, -v.y / v.yhat - (1 - v.y) / (1 - v.yhat)))

D = Table("d2l", "d2l-s")
d_net, d_soft = others.D2L, others.D2L_SOFT
relu_slope = lambda z: 1.0 * (z > 0)  # noqa: E731
D.right(d_soft, "4.1, (4.1.9)", r"\partial_{o_j} l(\mathbf{y}, \hat{\mathbf{y}}) = \frac{\exp(o_j)}{\sum_{k=1}^q \exp(o_k)} - y_j = \mathrm{softmax}(\mathbf{o})_j - y_j.", lambda v: (v.do2, softmax(v.o2) - v.y, softmax(v.o2) - v.y))
D.right(d_net, "5.3.3 with the space", r"\frac{\partial J}{\partial \mathbf{z}} = \frac{\partial J}{\partial \mathbf{h}} \odot \phi'\left(\mathbf{z}\right) \in \mathbb{R}^h.", lambda v: (v.dz1, v.dh1 * relu_slope(v.z1)))
D.right(d_net, "the transpose without brackets", r"\frac{\partial J}{\partial \mathbf{W}^{(2)}} = \left(\mathbf{h} \, \frac{\partial J}{\partial \mathbf{o}}^\top\right)^\top + \lambda \mathbf{W}^{(2)}", lambda v: (v.dW2, np.outer(v.h1, v.do).T + v.lam * v.W2))
D.right(d_net, "loss", r"\frac{\partial J}{\partial \mathbf{o}} = \frac{\partial L}{\partial \mathbf{o}}", lambda v: (v.do, v.o - v.y))
D.right(d_net, "squared loss", r"\frac{\partial L}{\partial \mathbf{o}} = \mathbf{o} - \mathbf{y}", lambda v: (v.do, v.o - v.y))
D.right(d_soft, "4.1", r"\partial_{o_j} l(\mathbf{y}, \hat{\mathbf{y}}) = \hat{y}_j - y_j", lambda v: (v.do2, v.h2 - v.y))
D.right(d_soft, "Jacobian of softmax", r"\frac{\partial \hat{y}_i}{\partial o_j} = \hat{y}_i \left(\mathbb{1}_{i=j} - \hat{y}_j\right)", lambda v: (v.p("h2", "o2"), jacobian(v.h2)))
D.right(d_net, "indicator", r"\frac{\partial J}{\partial z_i} = \frac{\partial J}{\partial h_i} \, \mathbb{1}\{z_i > 0\}", lambda v: (v.dz1, v.dh1 * relu_slope(v.z1)))
D.wrong("product-order transposed", d_net, "order", r"\frac{\partial J}{\partial \mathbf{W}^{(2)}} = \mathbf{h} \, \frac{\partial J}{\partial \mathbf{o}}^\top + \lambda \mathbf{W}^{(2)}", lambda v: (v.dW2, np.outer(v.h1, v.do) + v.lam * v.W2), fits=False)
D.wrong("wrong-derivative wrong-function", d_net, "φ for φ'", r"\frac{\partial J}{\partial \mathbf{z}} = \frac{\partial J}{\partial \mathbf{h}} \odot \phi\left(\mathbf{z}\right)", lambda v: (v.dz1, v.dh1 * v.h1))
D.wrong("activation-derivative-missing-hidden factor-missing wrong-operand", d_net, "h for z", r"\frac{\partial J}{\partial \mathbf{W}^{(1)}} = \frac{\partial J}{\partial \mathbf{h}} \mathbf{x}^\top + \lambda \mathbf{W}^{(1)}", lambda v: (v.dW1, np.outer(v.dh1, v.x) + v.lam * v.W1))
D.wrong("regulariser-factor factor", d_net, "½ kept", r"\frac{\partial J}{\partial \mathbf{W}^{(1)}} = \frac{\partial J}{\partial \mathbf{z}} \mathbf{x}^\top + \frac{\lambda}{2} \mathbf{W}^{(1)}", lambda v: (v.dW1, np.outer(v.dz1, v.x) + v.lam / 2 * v.W1))
D.wrong("sign", d_soft, "sign", r"\partial_{o_j} l(\mathbf{y}, \hat{\mathbf{y}}) = y_j - \mathrm{softmax}(\mathbf{o})_j", lambda v: (v.do2, v.y - v.h2))
D.wrong("activation-derivative-cancelled-by-cross-entropy factor-extra softmax-twice", d_soft, "the slope as well", r"\partial_{o_j} l(\mathbf{y}, \hat{\mathbf{y}}) = \hat{y}_j (1 - \hat{y}_j) (\hat{y}_j - y_j)", lambda v: (v.do2, v.h2 * (1 - v.h2) * (v.h2 - v.y)))
D.wrong("regulariser-on-bias", d_net, "biases decay", r"\frac{\partial J}{\partial \mathbf{b}^{(2)}} = \frac{\partial J}{\partial \mathbf{o}} + \lambda \mathbf{b}^{(2)}", lambda v: (v.db2, v.do + v.lam * v.b2))

TABLES = (N, B, U, G, D)
