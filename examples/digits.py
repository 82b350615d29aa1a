"""The homework trained for real, on handwritten digits: scikit-learn's bundled 8×8 images, so 64-128-64-10.

The derived gradients are compared with the loop of the notes' §9, written out in `homework.py`, before training.
Needs scikit-learn: ``pip install 'symbackprop[examples]'``, then ``python examples/digits.py``. Takes some seconds.
"""

from __future__ import annotations

import numpy as np
from homework import loop, start

import symbackprop as sb

SPEC = "64-128-64-10"
RATE, EPOCHS, BATCH = 20.0, 30, 10  # the 1/(2·10) in the loss makes gradients small, so the steps are large


def digits() -> tuple[np.ndarray, ...]:
    """Images as columns in [0, 1], labels one-hot; 1,400 to learn from, 397 to be tested on."""
    from sklearn.datasets import load_digits

    data = load_digits()
    order = np.random.default_rng(0).permutation(len(data.target))
    x, y = data.data[order].T / 16, np.eye(10)[:, data.target[order]]
    return x[:, :1400], y[:, :1400], x[:, 1400:], y[:, 1400:]


def accuracy(params: dict[str, np.ndarray], x: np.ndarray, y: np.ndarray) -> float:
    a = x
    for n in range(1, len(params) // 2 + 1):
        a = 1 / (1 + np.exp(-(params[f"W{n}"] @ a + params[f"b{n}"][:, None])))
    return float(np.mean(a.argmax(0) == y.argmax(0)))


def train(epochs: int = EPOCHS) -> tuple[float, float, float]:
    """The largest relative difference to the loop, and the accuracy on images not learnt from, before and after."""
    f = sb.derive(SPEC).function()
    x, y, x_test, y_test = digits()
    params = start((64, 128, 64, 10))
    _, grads = f(params, x[:, :20], y[:, :20])
    _, by_loop = loop(params, x[:, :20], y[:, :20])
    worst = max(np.max(np.abs(grads[k] - by_loop[k])) / np.max(np.abs(by_loop[k])) for k in params)
    before = accuracy(params, x_test, y_test)
    rng = np.random.default_rng(0)
    for _ in range(epochs):
        order = rng.permutation(x.shape[1])
        for chosen in np.split(order, range(BATCH, len(order), BATCH)):
            _, grads = f(params, x[:, chosen], y[:, chosen])
            params = {k: p - RATE * grads[k] for k, p in params.items()}
    return float(worst), before, accuracy(params, x_test, y_test)


def main() -> None:
    worst, before, after = train()
    print(f"derived gradients against the loop of the notes: relative difference {worst:.1e}")
    print(f"accuracy on 397 images not learnt from: {before:.1%} before, {after:.1%} after {EPOCHS} epochs")


if __name__ == "__main__":
    main()
