import numpy as np
import scipy.special
from scipy.special import expit as sigmoid

# make your own neural network
class neuralNetwork:
    def __init__(self, inputnodes, hiddennodes, outputnodes, learningrate):
        self.inodes = inputnodes
        self.hnodes = hiddennodes
        self.onodes = outputnodes
        self.wih = np.random.normal(0.0, pow(self.inodes, -0.5), (self.hnodes, self.inodes))
        self.who = np.random.normal(0.0, pow(self.hnodes, -0.5), (self.onodes, self.hnodes))
        self.bih = np.zeros((self.hnodes, 1))
        self.bho = np.zeros((self.onodes, 1))
        self.lr = learningrate
        self.activation_function = lambda x: sigmoid(x)

    def train(self, inputs_list, targets_list):
        inputs = np.array(inputs_list, ndmin=2).T
        targets = np.array(targets_list, ndmin=2).T
        hidden_outputs = self.activation_function(np.dot(self.wih, inputs) + self.bih)
        final_outputs = self.activation_function(np.dot(self.who, hidden_outputs) + self.bho)
        output_delta = (targets - final_outputs) * final_outputs * (1.0 - final_outputs)
        hidden_delta = np.dot(self.who.T, output_delta) * hidden_outputs * (1.0 - hidden_outputs)
        self.who += self.lr * np.dot(output_delta, hidden_outputs.T)
        self.bho += self.lr * output_delta
        self.wih += self.lr * np.dot(hidden_delta, inputs.T)
        self.bih += self.lr * hidden_delta
