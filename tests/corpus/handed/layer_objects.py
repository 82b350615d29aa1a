from __future__ import annotations
from dataclasses import dataclass, field
import numpy as np


class Layer:
    def forward(self, x): raise NotImplementedError
    def backward(self, grad): raise NotImplementedError


class Dense(Layer):
    def __init__(self, n_in: int, n_out: int):
        rng = np.random.default_rng(0)
        self.W = rng.normal(size=(n_in, n_out)) * np.sqrt(2 / n_in)
        self.b = np.zeros((1, n_out))

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad
        self.db = grad.sum(axis=0, keepdims=True)
        return grad @ self.W.T


class Tanh(Layer):
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, grad):
        return grad * (1 - self.out ** 2)


class Sigmoid(Layer):
    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, grad):
        return grad * self.out * (1 - self.out)


class MLP:
    def __init__(self, n_in, n_hidden, n_out):
        self.layers = [Dense(n_in, n_hidden), Tanh(), Dense(n_hidden, n_out), Sigmoid()]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        self.out = x
        return x

    def backward(self, y):
        grad = (self.out - y) / y.size
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad
