import numpy as np

class 신경망:
    """입력층 - 은닉층 - 출력층"""
    def __init__(self, 입력수, 은닉수, 출력수):
        self.가중치1 = np.random.normal(0, 0.1, (은닉수, 입력수))
        self.편향1 = np.zeros((은닉수, 1))
        self.가중치2 = np.random.normal(0, 0.1, (출력수, 은닉수))
        self.편향2 = np.zeros((출력수, 1))

    def 시그모이드(self, z):
        return 1 / (1 + np.exp(-z))

    def 순전파(self, 입력):
        self.입력 = 입력
        self.은닉 = self.시그모이드(self.가중치1 @ 입력 + self.편향1)
        self.출력 = self.시그모이드(self.가중치2 @ self.은닉 + self.편향2)
        return self.출력

    def 역전파(self, 정답):
        m = 정답.shape[1]
        n = 정답.shape[0]
        델타2 = (self.출력 - 정답) / n * self.출력 * (1 - self.출력)
        델타1 = (self.가중치2.T @ 델타2) * self.은닉 * (1 - self.은닉)
        self.d가중치2 = 델타2 @ self.은닉.T / m
        self.d편향2 = np.sum(델타2, axis=1, keepdims=True) / m
        self.d가중치1 = 델타1 @ self.입력.T / m
        self.d편향1 = np.sum(델타1, axis=1, keepdims=True) / m
