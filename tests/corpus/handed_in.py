"""Backward functions as they are handed in, one a file in ``handed/``: how each is called, and mistakes planted in it.

The label of each gradient is not the judge's: ``answer`` calls the function by hand, and the truth is the complex step of
a forward pass written here.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent / "handed"
Arrays = dict[str, Any]
Answer = Callable[[Any, Arrays, Any, Any], Mapping[str, Any]]
Mistake = tuple[str, str, str]
"""What stands there, what stands there instead, and the kinds that name it, of which any will do."""


@dataclass(frozen=True)
class Case:
    file: str
    function: str
    net: str
    answer: Answer
    mistakes: dict[str, Mistake] = field(default_factory=dict)
    one: bool = False
    verdict: str = "right"
    mapping: str = ""

    @property
    def source(self) -> str:
        return (HERE / self.file).read_text(encoding="utf-8")


# the truth: a forward pass, and its derivative by complex steps

ACTIVATIONS: Mapping[str, Callable[[Any], Any]] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)), "tanh": np.tanh, "relu": lambda z: z * (z.real > 0),
    "linear": lambda z: z, "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=0),
}  # fmt: skip
LOSSES: Mapping[str, Callable[[Any, Any], Any]] = {
    "mse": lambda a, y: ((a - y) ** 2).sum(axis=0) / 2 / len(y), "sse": lambda a, y: ((a - y) ** 2).sum(axis=0) / 2,
    "ce": lambda a, y: -(y * np.log(a)).sum(axis=0),
    "bce": lambda a, y: -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum(axis=0),
}


def shape_of(net: str) -> tuple[list[int], list[str], str]:
    layers, _, loss = net.partition("/")
    words = [w.partition(":") for w in layers.split("-")]
    return [int(w[0]) for w in words], [w[2] or "sigmoid" for w in words[1:]], loss or "mse"


def loss(net: str, p: Arrays, x: Any, y: Any) -> Any:
    _, names, kind = shape_of(net)
    for k, name in enumerate(names, start=1):
        x = ACTIVATIONS[name](p[f"W{k}"] @ x + p[f"b{k}"][:, None])
    return LOSSES[kind](x, y).mean()


def setting(net: str, data: int, seed: int = 0) -> tuple[Arrays, Any, Any]:
    """Parameters W (out, in), b (n,); data as columns; targets one-hot, as they suit every loss."""
    rng = np.random.default_rng(seed)
    sizes, _, _ = shape_of(net)
    p = {f"W{k}": rng.normal(size=(n, m)) for k, (m, n) in enumerate(pairwise(sizes), start=1)}
    p |= {f"b{k}": rng.normal(size=n) for k, n in enumerate(sizes[1:], start=1)}
    return p, rng.normal(size=(sizes[0], data)), np.eye(sizes[-1])[:, np.arange(data) % sizes[-1]]


def truth(net: str, p: Arrays, x: Any, y: Any) -> Arrays:
    found = {}
    for name, array in p.items():
        slope = np.zeros_like(array)
        for at in np.ndindex(array.shape):
            moved = array.astype(complex)
            moved[at] += 1e-30j
            slope[at] = loss(net, {**p, name: moved}, x, y).imag / 1e-30
        found[name] = slope
    return found


def module(source: str) -> Any:
    """The definitions of a file, its work left out; imports only of what is sure to be there."""
    made = types.ModuleType("handed")
    tree = ast.parse(source)
    kept = [s for s in tree.body if isinstance(s, ast.FunctionDef | ast.ClassDef) or _safe(s)]
    exec(compile(ast.Module(kept, []), "handed", "exec"), vars(made))
    return made


def _safe(s: ast.stmt) -> bool:
    known = ("numpy", "math", "typing", "dataclasses", "collections", "functools", "scipy", "__future__", "logging")
    if isinstance(s, ast.Import):
        return all(a.name.split(".")[0] in known for a in s.names)
    if isinstance(s, ast.ImportFrom):
        return str(s.module).split(".")[0] in known
    return isinstance(s, ast.Assign) and isinstance(s.value, ast.Lambda | ast.List | ast.Subscript | ast.Call) and \
        "load" not in ast.unparse(s) and "read_csv" not in ast.unparse(s) and not any(
            isinstance(n, ast.Name) and n.id in ("data", "data_dev", "X", "plt", "pd", "n1", "n2", "n3") for n in ast.walk(s.value))


def labels(case: Case, source: str, seed: int = 0) -> dict[str, bool]:
    """Which gradients are right, by complex steps; a gradient of another shape, or none, is not."""
    net = "7-5-4-10" if case.net == "784-128-64-10" else case.net  # one complex step an entry: of fewer entries
    p, x, y = setting(net, 1 if case.one else 5, seed)
    expected = truth(net, p, x, y)
    with np.errstate(all="ignore"):
        got = case.answer(module(source), {n: a.copy() for n, a in p.items()}, x.copy(), y.copy())
    close = 1e-5 if "float32" in source else 1e-10
    return {n: np.shape(got.get(n)) == a.shape and bool(np.all(np.abs(got[n] - a) <= close * np.abs(a).max()))
            for n, a in expected.items()}  # fmt: skip


# how each is called

def _columns(p: Arrays) -> Arrays:
    return {n: a[:, None] if n[0] == "b" else a for n, a in p.items()}


def _rows(p: Arrays, row: bool = False) -> Arrays:
    return {n: a.T if n[0] == "W" else a[None] if row else a for n, a in p.items()}


def _named(found: Mapping[str, Any], *, turned: bool = False, flat: bool = True) -> Arrays:
    """``dW1``, ``W1_grad``, ``W1`` as ``W1``; biases flat."""
    clean = {n.removeprefix("d").removesuffix("_grad"): np.asarray(a, dtype=float) for n, a in found.items()}
    clean = {n: a for n, a in clean.items() if n[0] in "Wb"}
    return {n: _bias(a) if n[0] == "b" and flat else a.T if turned and n[0] == "W" else a for n, a in clean.items()}


def _bias(a: Any) -> Any:
    return a.ravel() if np.ndim(a) == 2 and 1 in a.shape else a


def _lists(w: Any, b: Any, turned: bool = False) -> Arrays:
    return _named({**{f"W{k}": a for k, a in enumerate(w, 1)}, **{f"b{k}": a for k, a in enumerate(b, 1)}},
                  turned=turned)  # fmt: skip


def _nielsen(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    net = m.Network([len(x), *(len(p[f"b{k}"]) for k in range(1, len(p) // 2 + 1))])
    net.weights = [p[f"W{k}"] for k in range(1, len(p) // 2 + 1)]
    net.biases = [p[f"b{k}"][:, None] for k in range(1, len(p) // 2 + 1)]
    b, w = net.backprop(x, y)
    return _lists(w, b)


def _ng_planar(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    q = _columns(p)
    _, cache = m.forward_propagation(x, q)
    return _named(m.backward_propagation(q, cache, x, y))


def _ng_deep(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    al, caches = m.L_model_forward(x, _columns(p))
    return _named(m.L_model_backward(al, y, caches))


def _unrolled(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    n0, n1, n2 = len(x), len(p["b1"]), len(y)
    theta = np.concatenate([np.c_[p["b1"], p["W1"]].ravel(), np.c_[p["b2"], p["W2"]].ravel()])
    g = m.nnGradient(theta, n0, n1, n2, x.T, y.T)
    one, two = g[: n1 * (n0 + 1)].reshape(n1, n0 + 1), g[n1 * (n0 + 1):].reshape(n2, n1 + 1)
    return {"W1": one[:, 1:], "b1": one[:, 0], "W2": two[:, 1:], "b2": two[:, 0]}


def _scratch(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    net = m.TwoLayerNet(len(x), len(p["b1"]), len(y))
    for n, a in _rows(p).items():
        net.params[n][...] = a
    return _named(net.gradient(x.T, y.T), turned=True)


def _cs231n(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    net = m.TwoLayerNet(len(x), len(p["b1"]), len(y))
    net.params.update(_rows(p))
    return _named(net.loss(x.T, y.argmax(axis=0))[1], turned=True)


def _loops(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    w1, b1, w2, b2 = m.backprop(x[:, 0].tolist(), y[:, 0].tolist(), *(p[n].tolist() for n in ("W1", "b1", "W2", "b2")))
    return _lists([w1, w2], [b1, b2])


def _notebook(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    vars(m).update(p, X=x.T, Y=y.T)
    g = m.back_prop()
    return _lists(g[::2], g[1::2])


def _weight_lists(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    q, depth = _rows(p), len(p) // 2
    w, b = m.backprop([q[f"W{k + 1}"] for k in range(depth)], [q[f"b{k + 1}"] for k in range(depth)], x.T, y.T)
    return _lists(w, b, turned=True)


def _in_place(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    q = _columns(p)
    before = {n: a.copy() for n, a in q.items()}
    m.train_step(x, y, q["W1"], q["b1"], q["W2"], q["b2"], lr=1.0)
    return _named({n: before[n] - a for n, a in q.items()})


def _returned(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    names = ("W1", "b1", "W2", "b2")
    new = m.gradient_descent_step(x[:, 0], y[:, 0], *(p[n].copy() for n in names), 1.0)
    return {n: p[n] - a for n, a in zip(names, new, strict=True)}


def _korean(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    depth = len(p) // 2
    w, b = m.역전파(x.T, y.T, [p[f"W{k + 1}"] for k in range(depth)], [p[f"b{k + 1}"] for k in range(depth)])
    return _lists(w, b)


def _korean_class(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    net, q = m.신경망(len(x), len(p["b1"]), len(y)), _columns(p)
    net.가중치1, net.편향1, net.가중치2, net.편향2 = q["W1"], q["b1"], q["W2"], q["b2"]
    net.순전파(x)
    net.역전파(y)
    return _lists([net.d가중치1, net.d가중치2], [net.d편향1, net.d편향2])


def _bias_column(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    one, two = m.gradients(np.c_[p["W1"], p["b1"]], np.c_[p["W2"], p["b2"]], x, y)
    return {"W1": one[:, :-1], "b1": one[:, -1], "W2": two[:, :-1], "b2": two[:, -1]}


def _kaggle(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    q = _columns(p)
    z1, a1, z2, a2 = m.forward_prop(q["W1"], q["b1"], q["W2"], q["b2"], x)
    g = m.backward_prop(z1, a1, z2, a2, q["W1"], q["W2"], x, y.argmax(axis=0))
    return _lists(g[::2], g[1::2])


def _einsum(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    q = _rows(p)
    return _named(m.backward(x.T, y.T, q["W1"], q["b1"], q["W2"], q["b2"]), turned=True)


def _single(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    g = m.backward(x[:, 0], y[:, 0], p["W1"], p["b1"], p["W2"], p["b2"])
    return _lists(g[::2], g[1::2])


def _expit(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    net, q = m.neuralNetwork(len(x), len(p["b1"]), len(y), 1.0), _columns(p)
    net.wih, net.bih, net.who, net.bho = (q[n].copy() for n in ("W1", "b1", "W2", "b2"))
    net.train(x[:, 0], y[:, 0])
    return _named({"W1": q["W1"] - net.wih, "b1": q["b1"] - net.bih, "W2": q["W2"] - net.who, "b2": q["b2"] - net.bho})


def _clipped(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    return _named(m.compute_gradients(_rows(p, row=True), x.T, y.T)[1], turned=True)


def _trask(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    q = _rows(p)
    g = m.backprop(x.T, y.T, q["W1"], q["b1"], q["W2"], q["b2"])
    return _lists(g[::2], g[1::2], turned=True)


def _objects(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    net, q = m.MLP(len(x), len(p["b1"]), len(y)), _rows(p, row=True)
    dense = [layer for layer in net.layers if hasattr(layer, "W")]
    for k, layer in enumerate(dense, start=1):
        layer.W, layer.b = q[f"W{k}"], q[f"b{k}"]
    net.forward(x.T)
    net.backward(y.T)
    return _lists([d.dW for d in dense], [d.db for d in dense], turned=True)


def _jax(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    _, g = m.loss_and_grad([(p[f"W{k}"], p[f"b{k}"]) for k in range(1, len(p) // 2 + 1)], x[:, 0], y[:, 0])
    return _lists([w for w, _ in g], [b for _, b in g])


def _architecture(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    q = _columns(p)
    out, memory = m.full_forward_propagation(x, q, m.NN_ARCHITECTURE)
    return _named(m.full_backward_propagation(out, y, memory, q, m.NN_ARCHITECTURE))


def _typed(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    return _named(m.backward(_columns(p), x, y))


def _attribute(m: Any, p: Arrays, x: Any, y: Any) -> Arrays:
    net, q = m.Model([len(x), *(len(p[f"b{k}"]) for k in range(1, len(p) // 2 + 1))]), _columns(p)
    for k in range(1, len(p) // 2 + 1):
        net.W[k], net.b[k] = q[f"W{k}"], q[f"b{k}"]
    net.forward(x)
    net.backward(y)
    return _lists(list(net.dW.values())[::-1], list(net.db.values())[::-1])


MISSING_OUT, MISSING_HIDDEN = "activation-derivative-missing-output", "activation-derivative-missing-hidden"
AT, EXTRA, CANCELLED = ("derivative-at-activation", "activation-derivative-extra",
                        "activation-derivative-cancelled-by-cross-entropy")  # fmt: skip

CASES = [
    Case("nielsen.py", "Network.backprop", "4-3-2/sse", _nielsen, one=True, mistakes={
        "no slope at the output": (" * sigmoid_prime(zs[-1])", "", MISSING_OUT),
        "no slope in hidden layers": ("delta) * sp", "delta)", MISSING_HIDDEN),
        "slope of a": ("sigmoid_prime(zs[-1])", "sigmoid_prime(activations[-1])", AT),
        "sign": ("output_activations-y", "y-output_activations", "sign"),
    }),
    Case("nielsen_cross_entropy.py", "Network.backprop", "5-4-3/bce", _nielsen, one=True, mistakes={
        "the slope that cancels": ("return (a-y)\n\n", "return (a-y)*sigmoid_prime(z)\n\n", CANCELLED),
        "factor 2": ("return (a-y)\n\n", "return 2*(a-y)\n\n", "factor"),
    }),
    Case("ng_planar.py", "backward_propagation", "3-4:tanh-1/bce", _ng_planar, mistakes={
        "tanh for its square": ("np.power(A1, 2)", "A1", "wrong-derivative other factor-missing factor-extra"),
        "no mean on a weight": ("dW2 = (1 / m) * np", "dW2 = np", "mean-missing"),
        "mean twice": ("db1 = (1 / m) * np", "db1 = (1 / m**2) * np", "mean-twice"),
        "sign": ("dZ2 = A2 - Y", "dZ2 = Y - A2", "sign"),
        "bias not summed": ("db1 = (1 / m) * np.sum(dZ1, axis=1, keepdims=True)", "db1 = (1 / m) * dZ1",
                            "bias-not-summed"),
    }),
    Case("ng_deep.py", "L_model_backward", "4-3:relu-2:relu-1:sigmoid/bce", _ng_deep, mistakes={
        "relu not differentiated": ("dZ[Z <= 0] = 0", "pass", MISSING_HIDDEN),
        "no mean": ("dW = 1./m * np", "dW = np", "mean-missing"),
        "mean for the bias only": ("db = 1./m * np.sum(dZ, axis=1, keepdims=True)",
                                   "db = np.sum(dZ, axis=1, keepdims=True)", "mean-missing"),
        "slope at the output": ("dZ = dA * s * (1-s)", "dZ = dA", MISSING_OUT),
    }),
    Case("ng_unrolled.py", "nnGradient", "4-3-2/bce", _unrolled, mistakes={
        "slope of a": ("sigmoidGradient(z2)", "sigmoidGradient(sigmoid(z2))", AT),
        "no mean": ("delta2.T @ a1 / m", "delta2.T @ a1", "mean-missing"),
    }),
    Case("scratch_layers.py", "TwoLayerNet.gradient", "4-3:relu-2:softmax/ce", _scratch, mistakes={
        "no mean": ("(self.y - self.t) / batch_size", "(self.y - self.t)", "mean-missing"),
        "bias averaged": ("self.db = np.sum(dout, axis=0)", "self.db = np.mean(dout, axis=0)",
                          "bias-averaged mean-twice"),
        "mask forgotten": ("dout[self.mask] = 0", "pass", MISSING_HIDDEN),
    }),
    Case("scratch_functions.py", "TwoLayerNet.gradient", "4-3-2:softmax/ce", _scratch, mistakes={
        "slope at z1": ("sigmoid_grad(a1)", "sigmoid_grad(z1)", AT),
        "no slope": ("sigmoid_grad(a1) * da1", "da1", MISSING_HIDDEN),
        "averaged over the classes too": ("/ batch_num", "/ batch_num / t.shape[1]", "unit-mean-extra"),
    }),
    Case("cs231n_two_layer.py", "TwoLayerNet.loss", "4-5:relu-3:softmax/ce", _cs231n, mistakes={
        "no mean": ("dscores /= N", "pass", "mean-missing"),
        "relu not differentiated": ("dhidden[hidden <= 0] = 0", "pass", MISSING_HIDDEN),
        "bias summed too far": ('grads["b2"] = np.sum(dscores, axis=0)', 'grads["b2"] = np.sum(dscores) + 0*b2',
                                "bias-summed-too-far all-zero not-a-number"),
    }),
    Case("cs231n_fc.py", "TwoLayerNet.loss", "4-5:relu-3:softmax/ce", _cs231n, mistakes={
        "labels not subtracted": ("dx[np.arange(N), y] -= 1", "pass", "path-forgotten term-missing"),
        "no mean": ("dx /= N", "pass", "mean-missing"),
    }),
    Case("plain_loops.py", "backprop", "4-3-2", _loops, one=True, mistakes={
        "one term of the sum": ("back += w2", "back = w2", "sum-missing path-forgotten"),
        "no slope": ("back * h[j] * (1 - h[j])", "back", MISSING_HIDDEN),
        "no mean of the outputs": ("(o[k] - y[k]) / n", "(o[k] - y[k])", "unit-mean-missing"),
    }),
    Case("notebook_export.py", "back_prop", "784-128-64-10", _notebook, mistakes={
        "no slope": ("dz2 = da2 * a2 * (1 - a2)", "dz2 = da2", MISSING_HIDDEN),
        "mean of the outputs": ("(a3 - y) / 10", "(a3 - y)", "unit-mean-missing"),
        "bias overwritten": ("db1 += dz1", "db1 = dz1", "bias-not-summed"),
    }),
    Case("weight_lists.py", "backprop", "5-4-3-2", _weight_lists, mistakes={
        "no slope anywhere": ("delta = delta * a * (1 - a)", "pass", f"{MISSING_OUT} {MISSING_HIDDEN}"),
        "averaged over data only": ("(m * k)", "m", "unit-mean-missing"),
        "bias averaged": ("delta.sum(axis=0)", "delta.mean(axis=0)", "bias-averaged mean-twice"),
    }),
    Case("step_in_place.py", "train_step", "4-3-2", _in_place, mistakes={
        "updated before use": ("dA1 = W2.T @ dZ2", "dA1 = (W2 - lr * dW2).T @ dZ2", "updated-before-use"),
        "ascent": ("W1 -= lr * dW1", "W1 += lr * dW1", "sign"),
        "no slope": ("dZ1 = dA1 * A1 * (1 - A1)", "dZ1 = dA1", MISSING_HIDDEN),
    }),
    Case("step_returned.py", "gradient_descent_step", "4-3-2", _returned, one=True, mistakes={
        "slope of a": ("sigma(z1) * (1 - sigma(z1))", "sigma(a1) * (1 - sigma(a1))", AT),
        "no mean": (" / len(y)", "", "unit-mean-missing"),
        "updated before use": ("delta1 = w2.T", "delta1 = (w2 - alpha * np.outer(delta2, a1)).T", "updated-before-use"),
    }),
    Case("한글_함수.py", "역전파", "784-128-64-10", _korean, mistakes={
        "no slope": ("a[l + 1] * (1 - a[l + 1]) * 미리계산한값", "미리계산한값", f"{MISSING_OUT} {MISSING_HIDDEN}"),
        "no mean": ("dw = [w / 개수", "dw = [w", "mean-missing"),
        "sign": ("(a[-1] - 정답)", "(정답 - a[-1])", "sign"),
    }),
    Case("korean_class.py", "신경망.역전파", "4-3-2", _korean_class, mistakes={
        "no slope": (" * self.은닉 * (1 - self.은닉)", "", MISSING_HIDDEN),
        "no mean": ("self.은닉.T / m", "self.은닉.T", "mean-missing"),
    }),
    Case("bias_column.py", "gradients", "4-3-2", _bias_column, mistakes={
        "no slope": ("* H * (1 - H)", "", MISSING_HIDDEN), "no mean": ("D1 @ X1.T / N", "D1 @ X1.T", "mean-missing"),
    }),
    Case("kaggle_digits.py", "backward_prop", "6-4:relu-3:softmax/ce", _kaggle, mistakes={
        "bias summed too far": ("np.sum(dZ2, axis=1, keepdims=True)", "np.sum(dZ2)", "bias-summed-too-far"),
        "bias summed too far in layer 1": ("np.sum(dZ1, axis=1, keepdims=True)", "np.sum(dZ1)", "bias-summed-too-far"),
        "factor 2": ("dZ2 = A2 - one_hot_Y", "dZ2 = 2 * (A2 - one_hot_Y)", "factor"),
    }),
    Case("einsum_rows.py", "backward", "4-3:tanh-2:linear", _einsum, mistakes={
        "1 - a": ("(1 - a1 ** 2)", "a1 * (1 - a1)", "wrong-derivative if-activation factor-missing"),
        "no mean over outputs": ("(M * K)", "M", "unit-mean-missing"),
    }),
    Case("float32_cast.py", "backward", "4-3-2", _single, one=True, mistakes={
        "no slope": ("* a1 * (1 - a1)", "", MISSING_HIDDEN), "sign": ("(a2 - y)", "(y - a2)", "sign"),
    }),
    Case("scipy_expit.py", "neuralNetwork.train", "4-3-2/sse", _expit, one=True, mistakes={
        "no slope": (" * hidden_outputs * (1.0 - hidden_outputs)", "", MISSING_HIDDEN),
        "sign": ("(targets - final_outputs)", "(final_outputs - targets)", "sign"),
    }),
    Case("clipped.py", "compute_gradients", "4-3:relu-2/bce", _clipped, mistakes={
        "relu not differentiated": ("np.where(h > 0, dh, 0)", "dh", MISSING_HIDDEN),
        "no mean": ("(y_hat - y) / n", "(y_hat - y)", "mean-missing"),
    }),
    Case("trask.py", "backprop", "4-3-2", _trask, mistakes={
        "slope at z": ("nonlin(l1,deriv=True)", "nonlin(np.dot(l0,syn0) + bias0,deriv=True)",
                       "wrong-derivative wrong-operand factor-missing"),
        "sign": ("(l2 - y)", "(y - l2)", "sign"),
    }),
    Case("layer_objects.py", "MLP.backward", "4-3:tanh-2/mse", _objects, mistakes={
        "tanh not differentiated": ("grad * (1 - self.out ** 2)", "grad", MISSING_HIDDEN),
        "sigmoid not differentiated": ("grad * self.out * (1 - self.out)", "grad", MISSING_OUT),
        "mean of the outputs": ("/ y.size", "/ len(y)", "unit-mean-missing"),
    }),
    Case("jax_style.py", "loss_and_grad", "5-4-3-2", _jax, one=True, mistakes={
        "no slope": ("g = g * h_out * (1 - h_out)", "pass", f"{MISSING_OUT} {MISSING_HIDDEN}"),
        "no mean": (" / y.shape[0]", "", "unit-mean-missing"),
    }),
    Case("architecture_list.py", "full_backward_propagation", "4-5:relu-3:relu-1/bce", _architecture, mistakes={
        "no mean": ("A_prev.T) / m", "A_prev.T)", "mean-missing"),
        "bias summed too far": ("np.sum(dZ_curr, axis=1, keepdims=True)", "np.sum(dZ_curr)*np.ones((dZ_curr.shape[0], 1))",
                                "bias-summed-too-far"),
    }),
    Case("typed.py", "backward", "4-3:tanh-2:softmax/ce", _typed, mistakes={
        "no slope": (" * (1 - np.square(cache[\"H\"]))", "", MISSING_HIDDEN),
        "softmax over the data": ("e.sum(axis=0", "e.sum(axis=1", "softmax-axis other-side"),
        "no mean": ("(cache[\"P\"] - Y) / batch", "(cache[\"P\"] - Y)", "mean-missing"),
    }),
    Case("printing.py", "backward", "5-4-3/sse", _single, one=True, mistakes={
        "no slope": ("dJ_dz1 = dJ_da1 * a1 * (1 - a1)", "dJ_dz1 = dJ_da1", MISSING_HIDDEN),
        "factor 2": ("dJ_da2 = a2 - t", "dJ_da2 = 2 * (a2 - t)", "factor"),
    }),
    Case("grads_attribute.py", "Model.backward", "4-3:relu-2:linear/sse", _attribute, mistakes={
        "relu of the activation": ("dA * (self.Z[l] > 0)", "dA * self.A[l]", "factor-extra wrong-derivative"),
        "no mean": ("dA = (self.A[L] - Y) / m", "dA = self.A[L] - Y", "mean-missing"),
    }),
]
