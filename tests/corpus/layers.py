"""Norms, a recurrent net, residual connections, dropout, convolution, attention: networks in TOML, notes' notation."""

from __future__ import annotations

from typing import Any

import numpy as np
from corpus.table import Net, Table

EPS = 1e-5


def toml(size: str, *layers: str, batch: str = "none", loss: str = "mse") -> str:
    head = f'batch = "{batch}"\nloss = "{loss}"\n[input]\nsize = {size}\n'
    return head + "".join("[[layer]]\n" + layer.replace("; ", "\n") + "\n" for layer in layers)


def layernorm(e: Any) -> None:
    e.mu = e.x.mean()
    e.v = ((e.x - e.mu) ** 2).mean()
    e.u = (e.x - e.mu) / np.sqrt(e.v + EPS)
    e.a = e.gamma * e.u + e.beta
    e.J = ((e.a - e.y) ** 2).sum() / (2 * e.a.size)


def batchnorm(e: Any) -> None:
    e.mu = e.x.mean(axis=0)
    e.v = ((e.x - e.mu) ** 2).mean(axis=0)
    e.u = (e.x - e.mu) / np.sqrt(e.v + EPS)
    e.a = e.gamma * e.u + e.beta
    e.J = ((e.a - e.y) ** 2).sum() / (2 * e.a.size)


def rmsnorm(e: Any) -> None:
    e.r = np.sqrt((e.x**2).mean() + EPS)
    e.a = e.gamma * e.x / e.r
    e.J = ((e.a - e.y) ** 2).sum() / (2 * e.a.size)


def recurrent(e: Any) -> None:
    before = np.zeros(3)
    state = []
    z = []
    # the arrays are made time by time, and a bump of z or h has to move what comes later
    for t in range(4):
        z.append(e.W @ e.x[t] + e.U @ before + e.b + e.bump.get("z", np.zeros((4, 3)))[t])
        before = np.tanh(z[-1]) + e.bump.get("h", np.zeros((4, 3)))[t]
        state.append(before)
    e.__dict__["z"], e.__dict__["h"] = np.array(z), np.array(state)
    e.J = ((e.h - e.y) ** 2).sum() / (2 * 3) / 4


def residual(e: Any) -> None:
    e.z1 = e.W1 @ e.x + e.b1
    e.a1 = np.tanh(e.z1)
    e.a2 = e.x + e.a1
    e.J = ((e.a2 - e.y) ** 2).sum() / 6


def dropout(e: Any) -> None:
    e.a = e.mask * e.x / 0.75
    e.z = e.W @ e.a + e.b
    e.J = ((e.z - e.y) ** 2).sum() / 4


def convolution(e: Any) -> None:
    e.a = np.array([[e.W[0, 0] @ e.x[0, u:u + 2] for u in range(4)]]) + e.b
    e.J = ((e.a - e.y) ** 2).sum() / 8


def attention(e: Any) -> None:
    e.Q, e.K, e.V = e.x @ e.W_q.T, e.x @ e.W_k.T, e.x @ e.W_v.T
    e.S = e.Q @ e.K.T / 2
    exps = np.exp(e.S)
    e.P = exps / exps.sum(axis=1, keepdims=True)
    e.a = e.P @ e.V
    e.J = ((e.a - e.y) ** 2).sum() / 8 / 3


def normal(**shapes: tuple[int, ...]) -> Any:
    return lambda rng: {name: rng.normal(size=shape) for name, shape in shapes.items()}


def told(values: dict[str, Any]) -> tuple[dict[str, Any], Any, Any]:
    given = {name if name[-1] == "1" else "m1" if name == "mask" else f"{name}1": value for name, value in values.items() if name not in "xy"}
    return given, values["x"], values["y"]


LN = Net("layernorm", toml("5", 'kind = "layernorm"'), layernorm, normal(x=(5,), y=(5,), gamma=(5,), beta=(5,)), told=told)
BN = Net("batchnorm", toml("3", 'kind = "batchnorm"', batch="rows"), batchnorm,
         normal(x=(6, 3), y=(6, 3), gamma=(3,), beta=(3,)), "rows")
RMS = Net("rmsnorm", toml("5", 'kind = "rmsnorm"'), rmsnorm, normal(x=(5,), y=(5,), gamma=(5,)), told=told)
RNN = Net("rnn", toml("[4, 2]", 'kind = "rnn"; size = 3'), recurrent,
          normal(x=(4, 2), y=(4, 3), W=(3, 2), U=(3, 3), b=(3,)), told=told)
RES = Net("residual", toml("3", 'kind = "residual"; layers = [{kind = "dense", size = 3, activation = "tanh"}]'),
          residual, normal(x=(3,), y=(3,), W1=(3, 3), b1=(3,)), told=told)
DROP = Net("dropout", toml("4", 'kind = "dropout"; rate = 0.25', 'kind = "dense"; size = 2; activation = "identity"'), dropout,
           normal(x=(4,), y=(2,), mask=(4,), W=(2, 4), b=(2,)))
CONV = Net("conv", toml("[1, 5]", 'kind = "conv1d"; channels = 1; kernel = 2'), convolution,
           normal(x=(1, 5), y=(1, 4), W=(1, 1, 2), b=(1,)), told=told)
ATT = Net("attention", toml("[3, 4]", 'kind = "attention"; size = 4'), attention,
          normal(x=(3, 4), y=(3, 4), W_q=(4, 4), W_k=(4, 4), W_v=(4, 4)), told=told)
T = Table("notes", "layers")


def root(v: Any) -> Any:
    return np.sqrt(v.v + EPS)


T.right(LN, "layer norm", r"\frac{\partial J}{\partial \gamma^{[1]}_j} = u^{[1]}_j \frac{\partial J}{\partial a^{[1]}_j}", lambda v: (v.dgamma, v.u * v.da))
T.right(LN, "layer norm", r"\frac{\partial J}{\partial u^{[1]}_j} = \gamma^{[1]}_j \frac{\partial J}{\partial a^{[1]}_j}", lambda v: (v.du, v.gamma * v.da))
T.right(LN, "layer norm, all three paths", r"\frac{\partial J}{\partial x_j} = \frac{1}{\sqrt{v^{[1]} + 10^{-5}}} \left( \frac{\partial J}{\partial u^{[1]}_j} - \frac{1}{5} \sum_k \frac{\partial J}{\partial u^{[1]}_k} - \frac{1}{5} u^{[1]}_j \sum_k u^{[1]}_k \frac{\partial J}{\partial u^{[1]}_k} \right)", lambda v: (v.dx, (v.du - v.du.sum() / 5 - v.u * (v.u * v.du).sum() / 5) / root(v)))
T.wrong("path-forgotten", LN, "mean and variance taken as constants", r"\frac{\partial J}{\partial x_j} = \frac{1}{\sqrt{v^{[1]} + 10^{-5}}} \frac{\partial J}{\partial u^{[1]}_j}", lambda v: (v.dx, v.du / root(v)))
T.wrong("path-forgotten", LN, "path through the variance forgotten", r"\frac{\partial J}{\partial x_j} = \frac{1}{\sqrt{v^{[1]} + 10^{-5}}} \left( \frac{\partial J}{\partial u^{[1]}_j} - \frac{1}{5} \sum_k \frac{\partial J}{\partial u^{[1]}_k} \right)", lambda v: (v.dx, (v.du - v.du.sum() / 5) / root(v)))
T.wrong("epsilon-dropped", LN, "ε dropped", r"\frac{\partial u^{[1]}_j}{\partial x_j} = \frac{1}{\sqrt{v^{[1]}}} \left( 1 - \frac{1}{5} - \frac{1}{5} (u^{[1]}_j)^2 \right)", lambda v: (np.diag(v.p("u", "x")), (1 - 0.2 - v.u**2 / 5) / np.sqrt(v.v)))
T.wrong("epsilon-outside epsilon-dropped", LN, "made to hurt: ε outside of the root", r"\frac{\partial J}{\partial v^{[1]}} = -\frac{1}{2} \sum_j \frac{\partial J}{\partial u^{[1]}_j} (x_j - \mu^{[1]}) (\sqrt{v^{[1]}} + 10^{-5})^{-3}", lambda v: (v.dv, -(v.du * (v.x - v.mu)).sum() / 2 * (np.sqrt(v.v) + EPS) ** -3))
T.right(BN, "batch norm, Ioffe and Szegedy", r"\frac{\partial J}{\partial v^{[1]}_j} = -\frac{1}{2} \sum_k \frac{\partial J}{\partial u^{[1]}_{kj}} (x_{kj} - \mu^{[1]}_j) (v^{[1]}_j + 10^{-5})^{-3/2}", lambda v: (v.dv, -(v.du * (v.x - v.mu)).sum(axis=0) / 2 * (v.v + EPS) ** -1.5))
T.right(BN, "the term that looks missing is zero", r"\frac{\partial J}{\partial \mu^{[1]}_j} = -\sum_k \frac{\partial J}{\partial u^{[1]}_{kj}} \frac{1}{\sqrt{v^{[1]}_j + 10^{-5}}}", lambda v: (v.dmu, -v.du.sum(axis=0) / root(v)))
T.right(BN, "batch norm", r"\frac{\partial J}{\partial \beta^{[1]}_j} = \sum_k \frac{\partial J}{\partial a^{[1]}_{kj}}", lambda v: (v.dbeta, v.da.sum(axis=0)))
T.wrong("bias-averaged factor mean-twice", BN, "mean for sum", r"\frac{\partial J}{\partial \beta^{[1]}_j} = \frac{1}{m} \sum_k \frac{\partial J}{\partial a^{[1]}_{kj}}", lambda v: (v.dbeta, v.da.mean(axis=0)))
T.wrong("sign wrong-derivative", BN, "sign", r"\frac{\partial J}{\partial v^{[1]}_j} = \frac{1}{2} \sum_k \frac{\partial J}{\partial u^{[1]}_{kj}} (x_{kj} - \mu^{[1]}_j) (v^{[1]}_j + 10^{-5})^{-3/2}", lambda v: (v.dv, (v.du * (v.x - v.mu)).sum(axis=0) / 2 * (v.v + EPS) ** -1.5))
T.right(RMS, "rms norm", r"\frac{\partial J}{\partial \gamma^{[1]}_j} = \frac{x_j}{r^{[1]}} \frac{\partial J}{\partial a^{[1]}_j}", lambda v: (v.dgamma, v.x / v.r * v.da))
T.wrong("path-forgotten", RMS, "r taken as constant", r"\frac{\partial J}{\partial x_j} = \frac{\gamma^{[1]}_j}{r^{[1]}} \frac{\partial J}{\partial a^{[1]}_j}", lambda v: (v.dx, v.gamma / v.r * v.da))
T.right(RNN, "through time", r"\frac{\partial J}{\partial U^{[1]}_{jp}} = \sum_t \frac{\partial J}{\partial z^{[1]}_{t,j}} h^{[1]}_{t-1,p}", lambda v: (v.dU, np.einsum("tj,tp->jp", v.dz[1:], v.h[:-1])))
T.right(RNN, "through time", r"\frac{\partial J}{\partial W^{[1]}_{ji}} = \sum_{t=1}^{4} \frac{\partial J}{\partial z^{[1]}_{t,j}} x_{t,i}", lambda v: (v.dW, np.einsum("tj,ti->ji", v.dz, v.x)))
T.wrong("time-off-by-one", RNN, "h of the same time", r"\frac{\partial J}{\partial U^{[1]}_{jp}} = \sum_t \frac{\partial J}{\partial z^{[1]}_{t,j}} h^{[1]}_{t,p}", lambda v: (v.dU, np.einsum("tj,tp->jp", v.dz, v.h)))
T.wrong("path-forgotten", RNN, "the next time forgotten", r"\frac{\partial J}{\partial h^{[1]}_{t,j}} = \frac{1}{12} (h^{[1]}_{t,j} - y_{t,j})", lambda v: (v.dh, (v.h - v.y) / 12))
T.right(RES, "residual", r"\frac{\partial J}{\partial x_i} = \frac{\partial J}{\partial a^{[2]}_i} + \sum_j W^{[1]}_{ji} \frac{\partial J}{\partial z^{[1]}_j}", lambda v: (v.dx, v.da2 + v.W1.T @ v.dz1))
T.wrong("path-forgotten", RES, "the residual path forgotten", r"\frac{\partial J}{\partial x_i} = \sum_j W^{[1]}_{ji} \frac{\partial J}{\partial z^{[1]}_j}", lambda v: (v.dx, v.W1.T @ v.dz1))
T.wrong("path-forgotten", RES, "only the residual path", r"\frac{\partial J}{\partial x_i} = \frac{\partial J}{\partial a^{[2]}_i}", lambda v: (v.dx, v.da2))
T.right(DROP, "dropout", r"\frac{\partial J}{\partial x_j} = \frac{4}{3} m^{[1]}_j \frac{\partial J}{\partial a^{[1]}_j}", lambda v: (v.dx, 4 / 3 * v.mask * v.da))
T.wrong("mask-dropped factor-missing", DROP, "mask dropped", r"\frac{\partial J}{\partial x_j} = \frac{4}{3} \frac{\partial J}{\partial a^{[1]}_j}", lambda v: (v.dx, 4 / 3 * v.da))
T.wrong("scale-forgotten factor", DROP, "scale forgotten", r"\frac{\partial J}{\partial x_j} = m^{[1]}_j \frac{\partial J}{\partial a^{[1]}_j}", lambda v: (v.dx, v.mask * v.da))
T.right(CONV, "convolution", r"\frac{\partial J}{\partial W^{[1]}_{o,c,p}} = \sum_{u=1}^{4} \frac{\partial J}{\partial a^{[1]}_{o,u}} x_{c,u+p-1}", lambda v: (v.dW[0, 0], np.array([v.da[0] @ v.x[0, p:p + 4] for p in range(2)])))
T.right(CONV, "turned kernel", r"\frac{\partial J}{\partial x_{1,2}} = W^{[1]}_{1,1,1} \frac{\partial J}{\partial a^{[1]}_{1,2}} + W^{[1]}_{1,1,2} \frac{\partial J}{\partial a^{[1]}_{1,1}}", lambda v: (v.dx[0, 1], v.W[0, 0, 0] * v.da[0, 1] + v.W[0, 0, 1] * v.da[0, 0]))
T.wrong("kernel-not-turned index-swapped wrong-operand", CONV, "kernel not turned", r"\frac{\partial J}{\partial x_{1,2}} = W^{[1]}_{1,1,1} \frac{\partial J}{\partial a^{[1]}_{1,1}} + W^{[1]}_{1,1,2} \frac{\partial J}{\partial a^{[1]}_{1,2}}", lambda v: (v.dx[0, 1], v.W[0, 0, 0] * v.da[0, 0] + v.W[0, 0, 1] * v.da[0, 1]))
T.right(ATT, "attention", r"\frac{\partial J}{\partial V^{[1]}} = (P^{[1]})^T \frac{\partial J}{\partial a^{[1]}}", lambda v: (v.dV, v.P.T @ v.da))
T.right(ATT, "attention, 1/√d", r"\frac{\partial J}{\partial Q^{[1]}} = \frac{1}{2} \frac{\partial J}{\partial S^{[1]}} K^{[1]}", lambda v: (v.dQ, v.dS @ v.K / 2))
T.wrong("scale-forgotten factor", ATT, "1/√d forgotten", r"\frac{\partial J}{\partial K^{[1]}} = \left(\frac{\partial J}{\partial S^{[1]}}\right)^T Q^{[1]}", lambda v: (v.dK, v.dS.T @ v.Q))
T.right(ATT, "softmax of a row", r"\frac{\partial J}{\partial S^{[1]}_{ts}} = P^{[1]}_{ts} \left( \frac{\partial J}{\partial P^{[1]}_{ts}} - \sum_u P^{[1]}_{tu} \frac{\partial J}{\partial P^{[1]}_{tu}} \right)", lambda v: (v.dS, v.P * (v.dP - (v.P * v.dP).sum(axis=1, keepdims=True))))
T.wrong("softmax-axis index-swapped wrong-operand", ATT, "the sum over the other axis", r"\frac{\partial J}{\partial S^{[1]}_{ts}} = P^{[1]}_{ts} \left( \frac{\partial J}{\partial P^{[1]}_{ts}} - \sum_u P^{[1]}_{us} \frac{\partial J}{\partial P^{[1]}_{us}} \right)", lambda v: (v.dS, v.P * (v.dP - (v.P * v.dP).sum(axis=0, keepdims=True))))
T.wrong("softmax-diagonal-only", ATT, "softmax by its diagonal", r"\frac{\partial J}{\partial S^{[1]}_{ts}} = P^{[1]}_{ts} (1 - P^{[1]}_{ts}) \frac{\partial J}{\partial P^{[1]}_{ts}}", lambda v: (v.dS, v.P * (1 - v.P) * v.dP))


def outside(e: Any) -> None:
    e.s = (e.x**2).mean()
    e.u = e.x / (np.sqrt(e.s) + EPS)
    e.J = ((e.u - e.y) ** 2).sum() / 10


OUT = Net("eps-outside", '''[input]
size = 5
[[layer]]
name = "norm"
formulas = ["s = 1/5*sum(j, x[j]^2)", "u[j] = x[j]/(sqrt(s) + 1e-5)"]
''', outside, normal(x=(5,), y=(5,)))
T.right(OUT, "ε outside of the root, as this network has it", r"ds = -\frac{1}{2\sqrt{s}} \sum_j \frac{x_j}{(\sqrt{s} + 10^{-5})^2} \frac{\partial J}{\partial u_j}", lambda v: (v.ds, -(v.x * v.du).sum() / (np.sqrt(v.s) + EPS) ** 2 / 2 / np.sqrt(v.s)))
T.wrong("epsilon-inside", OUT, "ε inside of the root, where the network has it outside", r"ds = -\frac{1}{2\sqrt{s}} \sum_j \frac{x_j}{s + 10^{-5}} \frac{\partial J}{\partial u_j}", lambda v: (v.ds, -(v.x * v.du).sum() / (v.s + EPS) / 2 / np.sqrt(v.s)))
