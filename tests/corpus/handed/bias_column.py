import numpy as np

sigmoid = lambda s: 1 / (1 + np.exp(-s))

def add_bias(A):
    return np.vstack([A, np.ones((1, A.shape[1]))])

def gradients(W1, W2, X, T):
    """W1: (hidden, inputs + 1), W2: (outputs, hidden + 1); last column = bias"""
    N = X.shape[1]
    X1 = add_bias(X)
    H = sigmoid(W1 @ X1)
    H1 = add_bias(H)
    O = sigmoid(W2 @ H1)
    D2 = (O - T) * O * (1 - O) / T.shape[0]
    D1 = (W2[:, :-1].T @ D2) * H * (1 - H)
    gW2 = D2 @ H1.T / N
    gW1 = D1 @ X1.T / N
    return gW1, gW2
