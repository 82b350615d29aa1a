"""과제: 손글씨 숫자 신경망 784-128-64-10의 역전파. 활성화 함수는 모두 시그모이드."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(x, W1, b1, W2, b2, W3, b3):
    """순전파: 역전파에서 다시 쓸 뉴런의 출력을 모두 돌려준다."""
    a1 = sigmoid(W1 @ x + b1)
    a2 = sigmoid(W2 @ a1 + b2)
    a3 = sigmoid(W3 @ a2 + b3)
    return a1, a2, a3


def back_prop(images, labels, W1, b1, W2, b2, W3, b3):
    """손실함수 1/(2·10) Σ (a − y)²를 이미지마다 미분하고, 마지막에 평균을 낸다."""
    dW1, db1 = np.zeros(W1.shape), np.zeros(b1.shape)
    dW2, db2 = np.zeros(W2.shape), np.zeros(b2.shape)
    dW3, db3 = np.zeros(W3.shape), np.zeros(b3.shape)
    count = len(images)
    for k in range(count):
        x, y = images[k], labels[k]
        a1, a2, a3 = forward(x, W1, b1, W2, b2, W3, b3)

        # 마지막 층
        da3 = (a3 - y) / len(y)
        d3 = a3 * (1 - a3) * da3
        dW3 += np.outer(d3, a2)
        db3 += d3

        # 한 층 앞: 앞에서 계산한 값을 다시 쓴다
        da2 = W3.T @ d3
        d2 = a2 * (1 - a2) * da2
        dW2 += np.outer(d2, a1)
        db2 += d2

        # 또 한 층 앞
        da1 = W2.T @ d2
        d1 = a1 * (1 - a1) * da1
        dW1 += np.outer(d1, x)
        db1 += d1
    return dW1 / count, db1 / count, dW2 / count, db2 / count, dW3 / count, db3 / count
