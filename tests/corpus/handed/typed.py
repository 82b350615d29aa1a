import logging
from typing import Any
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
log = logging.getLogger(__name__)

def softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=0, keepdims=True))
    return e / e.sum(axis=0, keepdims=True)

def forward(model: dict[str, Array], X: Array) -> dict[str, Array]:
    cache: dict[str, Array] = {"X": X}
    cache["H"] = np.tanh(np.matmul(model["W1"], X) + model["b1"])
    cache["P"] = softmax(np.matmul(model["W2"], cache["H"]) + model["b2"])
    return cache

def backward(model: dict[str, Array], X: Array, Y: Array) -> dict[str, Array]:
    cache = forward(model, X)
    batch: int = X.shape[1]
    log.info("batch %d", batch)
    dlogits = (cache["P"] - Y) / batch
    out: dict[str, Array] = {}
    out["W2_grad"] = np.matmul(dlogits, cache["H"].T)
    out["b2_grad"] = dlogits.sum(axis=1, keepdims=True)
    dpre = np.matmul(model["W2"].T, dlogits) * (1 - np.square(cache["H"]))
    out["W1_grad"] = np.matmul(dpre, X.T)
    out["b1_grad"] = dpre.sum(axis=1, keepdims=True)
    return out
