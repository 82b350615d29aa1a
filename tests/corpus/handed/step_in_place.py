import numpy as np

def sigmoid(z): return 1. / (1. + np.exp(-z))

def train_step(X, Y, W1, b1, W2, b2, lr=0.1):
    """한 번의 경사하강 (X: 열 하나가 데이터 하나)"""
    m = X.shape[1]
    # forward
    A1 = sigmoid(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    loss = ((A2 - Y) ** 2).mean() / 2
    # backward
    dZ2 = (A2 - Y) / Y.size * A2 * (1 - A2)
    dW2 = dZ2 @ A1.T
    db2 = dZ2.sum(axis=1, keepdims=True)
    dA1 = W2.T @ dZ2
    dZ1 = dA1 * A1 * (1 - A1)
    dW1 = dZ1 @ X.T
    db1 = dZ1.sum(axis=1, keepdims=True)
    # update
    W1 -= lr * dW1
    b1 -= lr * db1
    W2 -= lr * dW2
    b2 -= lr * db2
    return loss
