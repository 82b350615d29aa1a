#!/usr/bin/env python
# coding: utf-8

# In[1]:


import numpy as np
import matplotlib.pyplot as plt
from tqdm import tqdm
get_ipython().run_line_magic('matplotlib', 'inline')


# In[2]:


data = np.load('mnist_250.npz')
X = data['images'].reshape(250, 784) / 255
Y = np.eye(10)[data['labels']]
print(X.shape, Y.shape)


# In[3]:


n0, n1, n2, n3 = 784, 128, 64, 10
W1 = np.random.randn(n1, n0) * 0.1
b1 = np.zeros(n1)
W2 = np.random.randn(n2, n1) * 0.1
b2 = np.zeros(n2)
W3 = np.random.randn(n3, n2) * 0.1
b3 = np.zeros(n3)
learning_rate = 0.5


# In[4]:


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# In[5]:


def back_prop():
    dW1 = np.zeros_like(W1); db1 = np.zeros_like(b1)
    dW2 = np.zeros_like(W2); db2 = np.zeros_like(b2)
    dW3 = np.zeros_like(W3); db3 = np.zeros_like(b3)
    for x, y in zip(X, Y):
        a1 = sigmoid(W1 @ x + b1)
        a2 = sigmoid(W2 @ a1 + b2)
        a3 = sigmoid(W3 @ a2 + b3)
        da3 = (a3 - y) / 10
        dz3 = da3 * a3 * (1 - a3)
        dW3 += np.outer(dz3, a2)
        db3 += dz3
        da2 = W3.T @ dz3
        dz2 = da2 * a2 * (1 - a2)
        dW2 += np.outer(dz2, a1)
        db2 += dz2
        da1 = W2.T @ dz2
        dz1 = da1 * a1 * (1 - a1)
        dW1 += np.outer(dz1, x)
        db1 += dz1
    N = X.shape[0]
    return dW1 / N, db1 / N, dW2 / N, db2 / N, dW3 / N, db3 / N


# In[ ]:


losses = []
while True:
    g = back_prop()
    W1 -= learning_rate * g[0]; b1 -= learning_rate * g[1]
    losses.append(0)
    plt.plot(losses)
