"""Loss and gradients of the network 784-128-64-10, derived by symbackprop.

Made by: symbackprop code 784-128-64-10
"""

import numpy as np


def sigmoid(z):
    """1 / (1 + exp(-z)), written with tanh: no overflow."""
    a = np.asarray(0.5 * z)
    np.tanh(a, out=a)
    a *= 0.5
    a += 0.5
    return a


def array(name, value, shape, data=None):
    """The value as an array of floats of this shape, None for any size."""
    if value is None:
        raise ValueError(f"params has no {name}")
    result = np.asarray(value, dtype=float)
    if data is not None and result.ndim == len(shape) - 1:
        result = np.expand_dims(result, data)
    if result.ndim != len(shape) or any(n not in (None, k) for n, k in zip(shape, result.shape)):
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise ValueError(f"{name} must have shape ({wanted}), but has {result.shape}")
    return result


def value_and_grad(params, x, y):
    """The loss and a dict of its gradient by each parameter, named as in params.

    Shapes:
        x: (784, m)
        y: (10, m)
        W1: (128, 784)
        b1: (128,)
        W2: (64, 128)
        b2: (64,)
        W3: (10, 64)
        b3: (10,)
    """
    x = array("x", x, (784, None), data=1)
    m = x.shape[1]
    y = array("y", y, (10, m), data=1)
    W1 = array("W1", params.get("W1"), (128, 784))
    b1 = array("b1", params.get("b1"), (128,))
    W2 = array("W2", params.get("W2"), (64, 128))
    b2 = array("b2", params.get("b2"), (64,))
    W3 = array("W3", params.get("W3"), (10, 64))
    b3 = array("b3", params.get("b3"), (10,))

    # forward: layer 1
    z1 = W1 @ x
    z1 += b1[:, None]
    a1 = sigmoid(z1)

    # forward: layer 2
    z2 = W2 @ a1
    z2 += b2[:, None]
    a2 = sigmoid(z2)

    # forward: layer 3
    z3 = W3 @ a2
    z3 += b3[:, None]
    a3 = sigmoid(z3)

    # forward: loss
    L = ((a3 - y) ** 2).sum(axis=0)
    L /= 20
    J = L.sum() / m

    # backward: layer 3
    da3 = a3 - y
    da3 /= 10
    dz3 = 1 - a3
    dz3 *= a3
    dz3 *= da3
    dW3 = dz3 @ a2.T
    dW3 /= m
    db3 = dz3.sum(axis=1)
    db3 /= m

    # backward: layer 2
    da2 = W3.T @ dz3
    dz2 = 1 - a2
    dz2 *= a2
    dz2 *= da2
    dW2 = dz2 @ a1.T
    dW2 /= m
    db2 = dz2.sum(axis=1)
    db2 /= m

    # backward: layer 1
    da1 = W2.T @ dz2
    dz1 = 1 - a1
    dz1 *= a1
    dz1 *= da1
    dW1 = dz1 @ x.T
    dW1 /= m
    db1 = dz1.sum(axis=1)
    db1 /= m

    return float(J), {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2, "W3": dW3, "b3": db3}
