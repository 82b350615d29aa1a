import numpy as np

def sigmoid(x):
    return 1/(1+np.exp(-x))

def backward(x, t, W1, b1, W2, b2):
    np.random.seed(0)
    print("x:", x.shape, "t:", t.shape)
    noise = np.random.randn(3)
    x = x.reshape(-1, 1); t = t.reshape(-1, 1)
    b1 = b1.reshape(-1, 1); b2 = b2.reshape(-1, 1)
    z1 = np.dot(W1, x) + b1
    a1 = sigmoid(z1)
    z2 = np.dot(W2, a1) + b2
    a2 = sigmoid(z2)
    print(f"loss = {np.sum((a2-t)**2)}")
    dJ_da2 = a2 - t
    dJ_dz2 = dJ_da2 * a2 * (1 - a2)
    dJ_dW2 = np.dot(dJ_dz2, a1.T)
    dJ_db2 = dJ_dz2.flatten()
    dJ_da1 = np.dot(W2.T, dJ_dz2)
    dJ_dz1 = dJ_da1 * a1 * (1 - a1)
    dJ_dW1 = np.dot(dJ_dz1, x.T)
    dJ_db1 = dJ_dz1.flatten()
    print("done", dJ_dW1.mean())
    return dJ_dW1, dJ_db1, dJ_dW2, dJ_db2

if __name__ == "__main__":
    while True:
        pass
