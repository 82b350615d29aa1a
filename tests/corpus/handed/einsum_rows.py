import numpy as np

def forward(X, W1, b1, W2, b2):
    z1 = np.einsum('mi,ij->mj', X, W1) + b1
    a1 = np.tanh(z1)
    z2 = np.einsum('mj,jk->mk', a1, W2) + b2
    return a1, z2

def backward(X, Y, W1, b1, W2, b2):
    a1, y_hat = forward(X, W1, b1, W2, b2)
    M, K = Y.shape
    dz2 = (y_hat - Y) / (M * K)
    dW2 = np.einsum('mj,mk->jk', a1, dz2)
    db2 = np.einsum('mk->k', dz2)
    dz1 = np.einsum('mk,jk->mj', dz2, W2) * (1 - a1 ** 2)
    dW1 = np.einsum('mi,mj->ij', X, dz1)
    db1 = np.einsum('mj->j', dz1)
    return {'W1': dW1, 'b1': db1, 'W2': dW2, 'b2': db2}
