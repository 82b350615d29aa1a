# no numpy: just lists and loops
import math

def sig(t):
    return 1 / (1 + math.exp(-t))

def backprop(x, y, w1, b1, w2, b2):
    h = []
    for j in range(len(w1)):
        s = b1[j]
        for i in range(len(x)):
            s += w1[j][i] * x[i]
        h.append(sig(s))
    o = []
    for k in range(len(w2)):
        s = b2[k]
        for j in range(len(h)):
            s += w2[k][j] * h[j]
        o.append(sig(s))

    n = len(o)
    delta_o = [(o[k] - y[k]) / n * o[k] * (1 - o[k]) for k in range(n)]
    delta_h = []
    for j in range(len(h)):
        back = 0
        for k in range(n):
            back += w2[k][j] * delta_o[k]
        delta_h.append(back * h[j] * (1 - h[j]))

    grad_w2 = [[delta_o[k] * h[j] for j in range(len(h))] for k in range(n)]
    grad_b2 = delta_o[:]
    grad_w1 = [[delta_h[j] * x[i] for i in range(len(x))] for j in range(len(h))]
    grad_b1 = delta_h[:]
    return grad_w1, grad_b1, grad_w2, grad_b2
