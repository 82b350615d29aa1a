import numpy as np

def sigma(x):
    return 1/(1+np.exp(-x))

def gradient_descent_step(x, y, w1, b1, w2, b2, alpha):
    z1 = w1.dot(x) + b1
    a1 = sigma(z1)
    z2 = w2.dot(a1) + b2
    a2 = sigma(z2)
    error = a2 - y
    delta2 = error * sigma(z2) * (1 - sigma(z2)) / len(y)
    delta1 = w2.T.dot(delta2) * sigma(z1) * (1 - sigma(z1))
    w2 = w2 - alpha * np.outer(delta2, a1)
    b2 = b2 - alpha * delta2
    w1 = w1 - alpha * np.outer(delta1, x)
    b1 = b1 - alpha * delta1
    return w1, b1, w2, b2
