"""The notes' homework (§10): 784-128-64-10, sigmoid everywhere, mean squared error halved, 250 images.

The derived function against the loop over the images that a learner writes, on random images of the right shapes
(this example needs nothing but NumPy; `digits.py` trains on real ones). Run: ``python examples/homework.py``.
"""

from __future__ import annotations

import itertools
import time

import numpy as np

import symbackprop as sb

SIZES = (784, 128, 64, 10)


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def loop(params: dict[str, np.ndarray], x: np.ndarray, y: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
    """The flow of the notes' §9, image by image, with the three formulas of §8, averaged at the end."""
    depth = len(params) // 2
    total, grads = 0.0, {name: np.zeros_like(p) for name, p in params.items()}
    for image, label in zip(x.T, y.T, strict=True):
        z, a = {}, {0: image}
        for n in range(1, depth + 1):
            z[n] = params[f"W{n}"] @ a[n - 1] + params[f"b{n}"]
            a[n] = sigmoid(z[n])
        total += np.sum((a[depth] - label) ** 2) / (2 * label.size)
        da = (a[depth] - label) / label.size
        for n in range(depth, 0, -1):
            db = sigmoid(z[n]) * (1 - sigmoid(z[n])) * da
            grads[f"b{n}"] += db
            grads[f"W{n}"] += np.outer(db, a[n - 1])
            da = params[f"W{n}"].T @ db
    count = x.shape[1]
    return total / count, {name: g / count for name, g in grads.items()}


def start(sizes: tuple[int, ...], seed: int = 0) -> dict[str, np.ndarray]:
    """Random initial weights and biases."""
    rng = np.random.default_rng(seed)
    params = {}
    for n, (before, here) in enumerate(itertools.pairwise(sizes), start=1):
        params[f"W{n}"] = rng.normal(size=(here, before)) / np.sqrt(before)
        params[f"b{n}"] = rng.normal(size=here) * 0.1
    return params


def main() -> None:
    f = sb.derive("-".join(map(str, SIZES))).function()
    rng = np.random.default_rng(1)
    x = rng.uniform(size=(784, 250))
    y = np.eye(10)[:, rng.integers(10, size=250)]
    params = start(SIZES)
    f(params, x, y)  # once before the clock runs: the first call warms the machine up
    began = time.perf_counter()
    loss, grads = f(params, x, y)
    derived = time.perf_counter() - began
    began = time.perf_counter()
    loss_loop, grads_loop = loop(params, x, y)
    looped = time.perf_counter() - began
    worst = max(np.max(np.abs(grads[k] - grads_loop[k])) / np.max(np.abs(grads_loop[k])) for k in params)
    print(f"loss {loss:.12f}, by the loop {loss_loop:.12f}")
    print(f"largest difference of a gradient, relative: {'< 1e-12' if worst < 1e-12 else worst}")
    print(f"the loop takes {looped / derived:.0f} times as long as the derived function")


if __name__ == "__main__":
    main()
