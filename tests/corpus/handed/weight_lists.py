import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def backprop(weights, biases, X, Y):
    """weights[k]: (n_in, n_out), X: (batch, n_in)"""
    activations = [X]
    for W, b in zip(weights, biases):
        activations.append(sigmoid(activations[-1] @ W + b))
    grads_W = [None] * len(weights)
    grads_b = [None] * len(biases)
    m, k = Y.shape
    delta = (activations[-1] - Y) / (m * k)
    for l in range(len(weights) - 1, -1, -1):
        a = activations[l + 1]
        delta = delta * a * (1 - a)
        grads_W[l] = activations[l].T @ delta
        grads_b[l] = delta.sum(axis=0)
        delta = delta @ weights[l].T
    return grads_W, grads_b
