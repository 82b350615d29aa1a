import numpy as np

def nonlin(x, deriv=False):
    if(deriv==True):
        return x*(1-x)
    return 1/(1+np.exp(-x))

def backprop(X, y, syn0, bias0, syn1, bias1):
    l0 = X
    l1 = nonlin(np.dot(l0,syn0) + bias0)
    l2 = nonlin(np.dot(l1,syn1) + bias1)
    l2_error = (l2 - y) / y.size
    l2_delta = l2_error*nonlin(l2,deriv=True)
    l1_error = l2_delta.dot(syn1.T)
    l1_delta = l1_error * nonlin(l1,deriv=True)
    return l0.T.dot(l1_delta), l1_delta.sum(0), l1.T.dot(l2_delta), l2_delta.sum(0)
