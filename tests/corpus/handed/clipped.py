import numpy as np

def sigmoid(x):
    x = np.clip(x, -500, 500)
    return 1 / (1 + np.exp(-x))

def compute_loss(y_hat, y, eps=1e-12):
    y_hat = np.clip(y_hat, eps, 1 - eps)
    return -np.mean(np.sum(y * np.log(y_hat) + (1 - y) * np.log(1 - y_hat), axis=1))

def compute_gradients(params, X, y):
    n = X.shape[0]
    h = np.maximum(0, X @ params['W1'] + params['b1'])
    y_hat = sigmoid(h @ params['W2'] + params['b2'])
    loss = compute_loss(y_hat, y)
    dz2 = (y_hat - y) / n
    dh = dz2 @ params['W2'].T
    dz1 = np.where(h > 0, dh, 0)
    grads = {
        'dW2': h.T @ dz2, 'db2': dz2.sum(axis=0, keepdims=True),
        'dW1': X.T @ dz1, 'db1': dz1.sum(axis=0, keepdims=True),
    }
    return loss, grads
