import numpy as np

def sigmoid(z):
    return (1 / (1 + np.exp(-z))).astype(np.float32)

def backward(x, y, W1, b1, W2, b2):
    x = np.asarray(x, dtype=np.float32)
    y = np.asarray(y, dtype=np.float32)
    W1, b1 = W1.astype(np.float32), b1.astype(np.float32)
    W2, b2 = W2.astype(np.float32), b2.astype(np.float32)
    a1 = sigmoid(W1 @ x + b1)
    a2 = sigmoid(W2 @ a1 + b2)
    dz2 = (a2 - y) / np.float32(len(y)) * a2 * (1 - a2)
    dz1 = (W2.T @ dz2) * a1 * (1 - a1)
    return np.outer(dz1, x), dz1, np.outer(dz2, a1), dz2
