import numpy as np

class Model:
    def __init__(self, layer_sizes, learning_rate=0.01):
        self.layer_sizes = layer_sizes
        self.learning_rate = learning_rate
        self.W = {}
        self.b = {}
        for l in range(1, len(layer_sizes)):
            self.W[l] = np.random.randn(layer_sizes[l], layer_sizes[l-1])
            self.b[l] = np.zeros((layer_sizes[l], 1))

    def _relu(self, z): return np.maximum(z, 0)

    def forward(self, X):
        self.A = {0: X}
        self.Z = {}
        L = len(self.layer_sizes) - 1
        for l in range(1, L + 1):
            self.Z[l] = self.W[l] @ self.A[l-1] + self.b[l]
            self.A[l] = self._relu(self.Z[l]) if l < L else self.Z[l]
        return self.A[L]

    def backward(self, Y):
        L = len(self.layer_sizes) - 1
        m = Y.shape[1]
        self.dW, self.db = {}, {}
        dA = (self.A[L] - Y) / m
        for l in range(L, 0, -1):
            dZ = dA if l == L else dA * (self.Z[l] > 0)
            self.dW[l] = dZ @ self.A[l-1].T
            self.db[l] = dZ.sum(axis=1, keepdims=True)
            dA = self.W[l].T @ dZ
