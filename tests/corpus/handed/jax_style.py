"""params is a list of (W, b) tuples."""
import numpy as np
from functools import reduce


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def loss_and_grad(params, x, y):
    hs = [x]
    for W, b in params:
        hs.append(sigmoid(W @ hs[-1] + b))
    loss = 0.5 * np.mean((hs[-1] - y) ** 2)
    g = (hs[-1] - y) / y.shape[0]
    grads = []
    for (W, b), h_in, h_out in reversed(list(zip(params, hs[:-1], hs[1:]))):
        g = g * h_out * (1 - h_out)
        grads.append((np.outer(g, h_in), g))
        g = W.T @ g
    return loss, grads[::-1]
