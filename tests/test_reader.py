"""The reader of formulas by hand: what people write in eleven notations, what cannot be read, what does not fit."""
# ruff: noqa: E501 (formulas stand on one line)

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symbackprop.language.claim import Reading, Term
from symbackprop.language.indices import canonical, rename
from symbackprop.language.program import Program
from symbackprop.language.quantity import index, size
from symbackprop.networks.activations import functions
from symbackprop.networks.network import Network
from symbackprop.notation.profiles import NOTATIONS, notation
from symbackprop.numeric.shrink import resized
from symbackprop.syntax.components import claim
from symbackprop.syntax.definitions import Definitions
from symbackprop.syntax.reader import read
from symbackprop.syntax.written import written_claim

FUNCTIONS = functions()
PROGRAMS: dict[tuple[str, str], Program] = {}


def program(spec: str = "3-4-2", batch: str = "none") -> Program:
    if (spec, batch) not in PROGRAMS:
        PROGRAMS[spec, batch] = Network(spec, batch=batch).program  # type: ignore[arg-type]
    return PROGRAMS[spec, batch]


def readings(text: str, profile: str = "notes", spec: str = "3-4-2", batch: str = "none",
             definitions: Definitions | None = None) -> tuple[Reading, ...]:
    return read(text, program(spec, batch), notation(profile), FUNCTIONS, definitions=definitions)


def one(text: str, profile: str = "notes", spec: str = "3-4-2", batch: str = "none") -> Reading:
    found = readings(text, profile, spec, batch)
    assert len(found) == 1
    return found[0]


READ: list[tuple[str, str, str, list[tuple[str, str]]]] = [
    ("notes", "3-4-2", "none", [
        (r"\frac{\partial J}{\partial w^{[2]}_{ji}} = \frac{1}{n_2}(a^{[2]}_j - y_j)\sigma'(z^{[2]}_j)a^{[1]}_i",
         "dJ/dW[2][j,i] = 1/2 * (a[2][j] - y[j]) * sigmoid'(z[2][j]) * a[1][i]"),
        (r"\frac{\partial J}{\partial w_{ji}^{[2]}} = \left(a_j^{[2]} - y_j\right)\left(1 - (a^{[1]}_i)^2\right)",
         "dJ/dW[2][j,i] = (a[2][j] - y[j]) * (1 - a[1][i]^2)"),
        (r"\partial J/\partial W_2 = (a_2 - y)\, a_1^T",
         "dJ/dW[2][j,i] = (a[2][j] - y[j]) * a[1][i]"),
        ("∂J/∂W2 = (a2 - y) a1ᵀ",
         "dJ/dW[2][j,i] = (a[2][j] - y[j]) * a[1][i]"),
        ("∂J/∂w₂ = (a₂ − y) ⊗ a₁",
         "dJ/dW[2][j,i] = (a[2][j] - y[j]) * a[1][i]"),
        ("dW⁽²⁾ = dz⁽²⁾ (a⁽¹⁾)ᵀ",
         "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]"),
        ("dW2 = dz2 @ a1.T",
         "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]"),
        ("dW2 = np.dot(dz2, a1.T)",
         "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]"),
        ("dW2 = np.outer(dz2, a1)",
         "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]"),
        ("dW^{[2]} = dz^{[2]} a^{[1]T}",
         "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]"),
        (r"dW^{[2]} = dz^{[2]} {a^{[1]}}^{\mathsf T}",
         "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]"),
        (r"dW^{[2]} = dz^{[2]} (a^{[1]})^\top",
         "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]"),
        (r"dW^{[2]} = dz^{[2]} \otimes a^{[1]}",
         "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]"),
        (r"\mathrm{d}W^{[2]} = \mathrm{d}z^{[2]}\,a^{[1]\intercal}",
         "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]"),
        (r"\mathbf{dz}^{[1]} = \left(\boldsymbol{W}^{[2]}\right)^{T} \mathbf{dz}^{[2]} \odot g^{[1]\prime}(\mathbf{z}^{[1]})",
         "dJ/dz[1][j] = (sum(k, W[2][k,j] * dJ/dz[2][k])) * sigmoid'(z[1][j])"),
        (r"dz^{[1]} = W^{[2]T} dz^{[2]} \circ \sigma^\prime(z^{[1]})",
         "dJ/dz[1][j] = (sum(k, W[2][k,j] * dJ/dz[2][k])) * sigmoid'(z[1][j])"),
        ("dz1 = (W2.T @ dz2) * a1 * (1 - a1)",
         "dJ/dz[1][j] = (sum(k, W[2][k,j] * dJ/dz[2][k])) * a[1][j] * (1 - a[1][j])"),
        ("dz1 = W2.T.dot(dz2) * sigmoid'(z1)",
         "dJ/dz[1][j] = (sum(k, W[2][k,j] * dJ/dz[2][k])) * sigmoid'(z[1][j])"),
        (r"dz^{[2]} = (a^{[2]}-y)/n_2 \odot a^{[2]}(1-a^{[2]})",
         "dJ/dz[2][j] = (a[2][j] - y[j])/2 * (a[2][j] * (1 - a[2][j]))"),
        (r"dz^{[2]} = \mathrm{diag}(\sigma'(z^{[2]}))\, da^{[2]}",
         "dJ/dz[2][j] = sum(k, delta(j, k) * sigmoid'(z[2][j]) * dJ/da[2][k])"),
        (r"dz^{[2]} = da^{[2]} \bullet \sigma(z^{[2]})(1-\sigma(z^{[2]}))",
         "dJ/dz[2][j] = dJ/da[2][j] * (sigmoid(z[2][j]) * (1 - sigmoid(z[2][j])))"),
        (r"da^{[1]}_i = \sum_{j=1}^{n^{[2]}} w^{[2]}_{ji} dz^{[2]}_j",
         "dJ/da[1][i] = sum(j, W[2][j,i] * dJ/dz[2][j])"),
        (r"da^{[1]}_i = \sum_j w^{[2]}_{ji} dz^{[2]}_j",
         "dJ/da[1][i] = sum(j, W[2][j,i] * dJ/dz[2][j])"),
        (r"\frac{\partial J}{\partial w^{[1]}_{ik}} = \sum_j w^{[2]}_{ji} \frac{\partial J}{\partial z^{[2]}_j}\sigma'(z^{[1]}_i) x_k",
         "dJ/dW[1][i,k] = sum(j, W[2][j,i] * dJ/dz[2][j] * sigmoid'(z[1][i]) * a[0][k])"),
        (r"\frac{\partial J}{\partial w^{[2]}_{21}} = \frac{\partial J}{\partial z^{[2]}_2}\cdot a^{[1]}_1",
         "dJ/dW[2][2,1] = dJ/dz[2][2] * a[1][1]"),
        ("dW[2][j,i] = da[2][j]*sigma'(z[2][j])*a[1][i]",
         "dJ/dW[2][j,i] = dJ/da[2][j] * sigmoid'(z[2][j]) * a[1][i]"),
        ("dJ/dW[2][j,i] = (a[2][j] - y[j])/n[2] * sigma'(z[2][j]) * a[1][i]",
         "dJ/dW[2][j,i] = (a[2][j] - y[j])/2 * sigmoid'(z[2][j]) * a[1][i]"),
        ("dJ/dW[1][j,i] = sum(k, dJ/dz[2][k]*W[2][k,j])*σ'(z[1][j])*x[i]",
         "dJ/dW[1][j,i] = (sum(k, dJ/dz[2][k] * W[2][k,j])) * sigmoid'(z[1][j]) * a[0][i]"),
        (r"\frac{\partial J}{\partial z^{[2]}_j} = \frac{\partial J}{\partial a^{[2]}_j}\cdot\frac{\partial a^{[2]}_j}{\partial z^{[2]}_j}",
         "dJ/dz[2][j] = dJ/da[2][j] * da[2][j]/dz[2][j]"),
        (r"\frac{da^{[2]}_j}{dz^{[2]}_j} = a^{[2]}_j(1-a^{[2]}_j)",
         "da[2][j]/dz[2][j] = a[2][j] * (1 - a[2][j])"),
        ("z^{[2]} = W^{[2]}a^{[1]}+b^{[2]}",
         "z[2][j] = sum(k, W[2][j,k] * a[1][k]) + b[2][j]"),
        (r"a^{[1]} = \frac{1}{1+e^{-z^{[1]}}}",
         "a[1][j] = 1/(1 + exp(-z[1][j]))"),
        (r"J = \frac{1}{2n_2}\lVert a^{[2]} - y\rVert^2",
         "J = 1/(2 * 2) * (sum(k, (a[2][k] - y[k])^2))"),
        (r"J = \tfrac12 \sum_{j=1}^{n_2} (a^{[2]}_j - y_j)^2",
         "J = 1/2 * (sum(j, (a[2][j] - y[j])^2))"),
        ("db^{[2]} = dz^{[2]}.",
         "dJ/db[2][j] = dJ/dz[2][j]"),
        (r"\[ db^{[2]} = dz^{[2]} \tag{3} \]",
         "dJ/db[2][j] = dJ/dz[2][j]"),
        (r"$db^{[2]} = \dfrac{\partial J}{\partial z^{[2]}}$",
         "dJ/db[2][j] = dJ/dz[2][j]"),
        (r"\nabla_{W^{[2]}} J = \nabla_{z^{[2]}} J \; a^{[1]\top}",
         "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]"),
        (r"db^{[2]} = -\left(y - a^{[2]}\right)\sigma'(z^{[2]})",
         "dJ/db[2][j] = -(y[j] - a[2][j]) * sigmoid'(z[2][j])"),
        (r"\text{where } db^{[2]} = dz^{[2]}",
         "dJ/db[2][j] = dJ/dz[2][j]"),
        ("db2 = ½ (a2 - y)",
         "dJ/db[2][j] = (1/2) * (a[2][j] - y[j])"),
        (r"\delta^{[2]}_j = (a^{[2]}_j - y_j)/2",
         "dJ/dz[2][j] = (a[2][j] - y[j])/2"),
        (r"dz^{[2]} = \hat{y} - y",
         "dJ/dz[2][j] = a[2][j] - y[j]"),
        (r"dz^{[2]} = \hat y - y",
         "dJ/dz[2][j] = a[2][j] - y[j]"),
        (r"J = -\sum_j [y_j \ln a^{[2]}_j + (1-y_j)\log(1-a^{[2]}_j)]",
         "J = -sum(j, y[j] * log(a[2][j]) + (1 - y[j]) * log(1 - a[2][j]))"),
        ("dz1 = np.multiply(W2.T @ dz2, a1 * (1 - a1))",
         "dJ/dz[1][j] = (sum(k, W[2][k,j] * dJ/dz[2][k])) * (a[1][j] * (1 - a[1][j]))"),
        (r"db^{[2]} = \sqrt{a^{[2]}} + 0.5",
         "dJ/db[2][j] = sqrt(a[2][j]) + (1/2)"),
        (r"db^{[2]} = \exp(-a^{[2]}) \cdot 2",
         "dJ/db[2][j] = exp(-a[2][j]) * 2"),
        (r"db^{[2]}_j = \sum_{i,k} w^{[2]}_{ji} w^{[1]}_{ik} x_k",
         "dJ/db[2][j] = sum(i, sum(k, W[2][j,i] * W[1][i,k] * a[0][k]))"),
    ]),
    ("notes", "3-4:relu-2", "none", [
        (r"dz^{[1]} = W^{[2]T} dz^{[2]} \odot \mathbb{1}[z^{[1]} > 0]",
         "dJ/dz[1][j] = (sum(k, W[2][k,j] * dJ/dz[2][k])) * relu'(z[1][j])"),
        (r"dz^{[1]} = W^{[2]T} dz^{[2]} \odot 1\{z^{[1]} > 0\}",
         "dJ/dz[1][j] = (sum(k, W[2][k,j] * dJ/dz[2][k])) * relu'(z[1][j])"),
        (r"a^{[1]} = \max(0, z^{[1]})",
         "a[1][j] = relu(z[1][j])"),
        (r"dz^{[1]} = da^{[1]} \odot g'(z^{[1]})",
         "dJ/dz[1][j] = dJ/da[1][j] * relu'(z[1][j])"),
    ]),
    ("notes", "3-4-2:softmax/ce", "none", [
        (r"\frac{\partial a^{[2]}_j}{\partial z^{[2]}_i} = a^{[2]}_j(\delta_{ji} - a^{[2]}_i)",
         "da[2][j]/dz[2][i] = a[2][j] * (delta(j, i) - a[2][i])"),
        (r"a^{[2]} = \mathrm{softmax}(z^{[2]})",
         "a[2][j] = a[2][j]"),
        ("dz^{[2]} = a^{[2]} - y",
         "dJ/dz[2][j] = a[2][j] - y[j]"),
    ]),
    ("notes", "1-1", "none", [
        (r"\frac{\partial J}{\partial w} = (a-y)\sigma'(z) x",
         "dJ/dW[1][j,i] = (a[1][j] - y[j]) * sigmoid'(z[1][j]) * a[0][j]"),
        (r"\sigma'(z) = \sigma(z)(1-\sigma(z))",
         "sigmoid'(z[1][j]) = sigmoid(z[1][j]) * (1 - sigmoid(z[1][j]))"),
        (r"\frac{\partial J}{\partial w} = \frac{\partial J}{\partial a}\frac{\partial a}{\partial z}\frac{\partial z}{\partial w}",
         "dJ/dW[1][j,i] = dJ/da[1][j] * da[1][1]/dz[1][j] * dz[1][1]/dW[1][j,i]"),
    ]),
    ("notes", "n0-n1-n2", "none", [
        (r"\frac{\partial J}{\partial w^{[2]}_{ji}} = \frac{1}{n_2}(a^{[2]}_j - y_j)\sigma'(z^{[2]}_j)a^{[1]}_i",
         "dJ/dW[2][j,i] = 1/n2 * (a[2][j] - y[j]) * sigmoid'(z[2][j]) * a[1][i]"),
        ("da^{[1]} = W^{[2]T}dz^{[2]}",
         "dJ/da[1][j] = sum(k, W[2][k,j] * dJ/dz[2][k])"),
    ]),
    ("ng", "3-4-2/bce", "columns", [
        ("dZ^{[2]} = A^{[2]} - Y",
         "dL/dz[2][j,i] = a[2][j,i] - y[j,i]"),
        (r"dW^{[2]} = \frac{1}{m} dZ^{[2]}A^{[1]T}",
         "dJ/dW[2][j,i] = sum(k, 1/m * dL/dz[2][j,k] * a[1][i,k])"),
        (r"db^{[2]} = \frac1m np.sum(dZ^{[2]}, axis=1, keepdims=True)",
         "dJ/db[2][j] = 1/m * (sum(k, dL/dz[2][j,k]))"),
        (r"dZ^{[1]} = W^{[2]T}dZ^{[2]} * g^{[1]\prime}(Z^{[1]})",
         "dL/dz[1][j,i] = (sum(k, W[2][k,j] * dL/dz[2][k,i])) * sigmoid'(z[1][j,i])"),
        (r"dZ^{[l]} = dA^{[l]} * g^{[l]\prime}(Z^{[l]})",
         "dL/dz[2][j,i] = dL/da[2][j,i] * sigmoid'(z[2][j,i])"),
        ("dA^{[l-1]} = W^{[l]T} dZ^{[l]}",
         "dL/da[1][j,i] = sum(k, W[2][k,j] * dL/dz[2][k,i])"),
        ("Z^{[l]} = W^{[l]}A^{[l-1]} + b^{[l]}",
         "z[2][j,i] = sum(k, W[2][j,k] * a[1][k,i]) + b[2][j]"),
        ("dW2 = np.dot(dZ2, A1.T) / m",
         "dJ/dW[2][j,i] = sum(k, dL/dz[2][j,k] * a[1][i,k])/m"),
        ("dW1 = 1/m * np.dot(dZ1, X.T)",
         "dJ/dW[1][j,i] = 1/m * (sum(k, dL/dz[1][j,k] * a[0][i,k]))"),
        (r"J = \frac1m\sum_{i=1}^m L^{(i)}",
         "J = 1/m * (sum(i, L[i]))"),
        (r"\frac{\partial J}{\partial w^{[2]}_{ji}} = \frac1m \sum_{k=1}^m dz^{[2](k)}_j a^{[1](k)}_i",
         "dJ/dW[2][j,i] = 1/m * (sum(k, dL/dz[2][j,k] * a[1][i,k]))"),
        (r"\frac{\partial J}{\partial Z^{[2]}} = \frac1m (A^{[2]} - Y)",
         "dJ/dz[2][j,i] = 1/m * (a[2][j,i] - y[j,i])"),
    ]),
    ("scratch", "3-4-2:softmax/ce", "rows", [  # a1 = x W1 + b1, z1 = sigmoid(a1), as chapter 3 has it
        ("da2 = (y - t)/N",
         "dJ/dz[2][j,i] = (a[2][j,i] - y[j,i])/m"),
        ("dW1 = np.dot(X.T, da1)",
         "dJ/dW[1][i,j] = sum(k, a[0][k,j] * dJ/dz[1][k,i])"),
        ("da1 = np.dot(da2, W2.T) * z1 * (1 - z1)",
         "dJ/dz[1][j,i] = (sum(k, dJ/dz[2][j,k] * W[2][k,i])) * a[1][j,i] * (1 - a[1][j,i])"),
        ("A1 = np.dot(X, W1) + B1",
         "z[1][j,i] = sum(k, a[0][j,k] * W[1][i,k]) + b[1][i]"),
        ("dB2 = np.sum(da2, axis=0)",
         "dJ/db[2][j] = sum(k, dJ/dz[2][k,j])"),
        (r"\frac{\partial L}{\partial W_1} = X^T \cdot \frac{\partial L}{\partial a_1}",
         "dJ/dW[1][i,j] = sum(k, a[0][k,j] * dJ/dz[1][k,i])"),
        ("dW2[i,j] = sum(k, z1[k,i]*da2[k,j])",
         "dJ/dW[2][j,i] = sum(k, a[1][k,i] * dJ/dz[2][k,j])"),
    ]),
    ("nielsen", "3-4-2/sse", "none", [
        (r"\delta^L = \nabla_a C \odot \sigma'(z^L)",
         "dJ/dz[2][j] = dJ/da[2][j] * sigmoid'(z[2][j])"),
        (r"\delta^l = ((w^{l+1})^T \delta^{l+1}) \odot \sigma'(z^l)",
         "dJ/dz[1][j] = (sum(k, W[2][k,j] * dJ/dz[2][k])) * sigmoid'(z[1][j])"),
        (r"\frac{\partial C}{\partial b^l_j} = \delta^l_j",
         "dJ/db[2][j] = dJ/dz[2][j]"),
        (r"\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k \delta^l_j",
         "dJ/dW[2][j,k] = a[1][k] * dJ/dz[2][j]"),
        (r"\delta^L_j = \frac{\partial C}{\partial a^L_j}\sigma'(z^L_j)",
         "dJ/dz[2][j] = dJ/da[2][j] * sigmoid'(z[2][j])"),
        (r"\delta^l_j = \sum_k w^{l+1}_{kj}\delta^{l+1}_k\sigma'(z^l_j).",
         "dJ/dz[1][j] = sum(k, W[2][k,j] * dJ/dz[2][k] * sigmoid'(z[1][j]))"),
        (r"\delta^L = (a^L-y)\odot\sigma'(z^L)",
         "dJ/dz[2][j] = (a[2][j] - y[j]) * sigmoid'(z[2][j])"),
        (r"a^l_j = \sigma\left(\sum_k w^l_{jk}a^{l-1}_k + b^l_j\right)",
         "a[2][j] = sigmoid(sum(k, W[2][j,k] * a[1][k]) + b[2][j])"),
        (r"C = \frac12 \sum_j (y_j-a^L_j)^2",
         "J = 1/2 * (sum(j, (y[j] - a[2][j])^2))"),
        ("δˡ = (wˡ⁺¹)ᵀ δˡ⁺¹ ⊙ σ′(zˡ)",
         "dJ/dz[1][j] = (sum(k, W[2][k,j] * dJ/dz[2][k])) * sigmoid'(z[1][j])"),
        (r"a^2_j = \sigma(z^2_j)",
         "a[1][j] = sigmoid(z[1][j])"),
        (r"\frac{\partial C}{\partial w^3} = \delta^3 (a^2)^T",
         "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]"),
    ]),
    ("ufldl", "3-4-2/sse", "none", [
        (r"\delta^{(n_l)} = -(y - a^{(n_l)}) \bullet f'(z^{(n_l)})",
         "dJ/dz[2][j] = -(y[j] - a[2][j]) * sigmoid'(z[2][j])"),
        (r"\delta^{(l)} = \left((W^{(l)})^T\delta^{(l+1)}\right)\bullet f'(z^{(l)})",
         "dJ/dz[1][j] = (sum(k, W[2][k,j] * dJ/dz[2][k])) * sigmoid'(z[1][j])"),
        (r"\nabla_{W^{(l)}} J(W,b;x,y) = \delta^{(l+1)} (a^{(l)})^T",
         "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]"),
        (r"\nabla_{b^{(l)}} J = \delta^{(l+1)}",
         "dJ/db[2][j] = dJ/dz[2][j]"),
        (r"\frac{\partial}{\partial W^{(2)}_{ij}} J(W,b) = a^{(2)}_j \delta^{(3)}_i",
         "dJ/dW[2][i,j] = a[1][j] * dJ/dz[2][i]"),
        ("z^{(l+1)} = W^{(l)}a^{(l)} + b^{(l)}",
         "z[2][j] = sum(k, W[2][j,k] * a[1][k]) + b[2][j]"),
        ("h_{W,b}(x) = a^{(3)}",
         "a[2][j] = a[2][j]"),
    ]),
    ("goodfellow", "3-4-2", "none", [
        (r"\nabla_{b^{(2)}} J = \nabla_{a^{(2)}} J",
         "dJ/db[2][j] = dJ/dz[2][j]"),
        ("a^{(1)} = b^{(1)} + W^{(1)}x",
         "z[1][j] = b[1][j] + sum(k, W[1][j,k] * a[0][k])"),
        ("h^{(k)} = f(a^{(k)})",
         "a[2][j] = sigmoid(z[2][j])"),
        (r"\nabla_{W^{(k)}} J = \nabla_{a^{(k)}} J\, h^{(k-1)\top}",
         "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]"),
        (r"\nabla_{h^{(1)}} J = W^{(2)\top}\nabla_{a^{(2)}} J",
         "dJ/da[1][j] = sum(k, W[2][k,j] * dJ/dz[2][k])"),
    ]),
    ("cs231n", "3-4-2:softmax/ce", "rows", [
        ("dscores = (probs - y)/N",
         "dJ/dz[2][j,i] = (a[2][j,i] - y[j,i])/m"),
        ("dW2 = np.dot(hidden_layer.T, dscores)",
         "dJ/dW[2][i,j] = sum(k, a[1][k,j] * dJ/dz[2][k,i])"),
        ("db2 = np.sum(dscores, axis=0, keepdims=True)",
         "dJ/db[2][j] = sum(k, dJ/dz[2][k,j])"),
        ("dhidden = np.dot(dscores, W2.T)",
         "dJ/da[1][j,i] = sum(k, dJ/dz[2][j,k] * W[2][k,i])"),
        ("scores = np.dot(hidden_layer, W2) + b2",
         "z[2][j,i] = sum(k, a[1][j,k] * W[2][i,k]) + b[2][i]"),
    ]),
    ("torch", "3-2:identity", "rows", [
        ("dweight = dout.T @ inp",
         "dJ/dW[1][j,i] = sum(k, dJ/dz[1][k,j] * a[0][k,i])"),
        ("dinp = dout @ weight",
         "dJ/da[0][j,i] = sum(k, dJ/dz[1][j,k] * W[1][k,i])"),
        ("dbias = dout.sum(axis=0)",
         "dJ/db[1][j] = sum(k, dJ/dz[1][k,j])"),
        ("out = inp @ weight.T + bias",
         "a[1][j,i] = sum(k, a[0][j,k] * W[1][i,k]) + b[1][i]"),
    ]),
    ("bishop", "3-4-2/sse", "none", [
        (r"\delta_k = y_k - t_k",
         "dJ/dz[2][k] = a[2][k] - y[k]"),
        (r"\delta_j = h'(a_j)\sum_k w_{kj}\delta_k",
         "dJ/dz[1][j] = sigmoid'(z[1][j]) * (sum(k, W[2][k,j] * dJ/dz[2][k]))"),
        (r"\frac{\partial E_n}{\partial w_{ji}} = \delta_j z_i",
         "dJ/dW[1][j,i] = dJ/dz[1][j] * a[0][i]"),
        (r"a_j = \sum_i w_{ji} z_i + b_j",
         "z[1][j] = sum(i, W[1][j,i] * a[0][i]) + b[1][j]"),
        ("z^{(1)}_j = h(a^{(1)}_j)",
         "a[1][j] = sigmoid(z[1][j])"),
        (r"\frac{\partial E}{\partial w^{(1)}_{ji}} = \delta^{(1)}_j x_i",
         "dJ/dW[1][j,i] = dJ/dz[1][j] * a[0][i]"),
    ]),
    ("d2l", "3-4-2", "none", [
        (r"\frac{\partial J}{\partial \mathbf{W}^{(2)}} = \frac{\partial J}{\partial \mathbf{o}} \mathbf{h}^{(1)\top}",
         "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]"),
        (r"\frac{\partial J}{\partial \mathbf{h}^{(1)}} = {\mathbf{W}^{(2)}}^\top \frac{\partial J}{\partial \mathbf{o}}",
         "dJ/da[1][j] = sum(k, W[2][k,j] * dJ/dz[2][k])"),
        (r"\frac{\partial J}{\partial \mathbf{z}^{(1)}} = \frac{\partial J}{\partial \mathbf{h}^{(1)}} \odot \phi'(\mathbf{z}^{(1)})",
         "dJ/dz[1][j] = dJ/da[1][j] * sigmoid'(z[1][j])"),
    ]),
    ("demystified", "3-4-2/sse", "rows", [
        (r"\delta^{(3)} = -(y-\hat{y}) f'(z^{(3)})",
         "dJ/dz[2][j,i] = -(y[j,i] - a[2][j,i]) * sigmoid'(z[2][j,i])"),
        (r"\frac{\partial J}{\partial W^{(2)}} = (a^{(2)})^T\delta^{(3)}",
         "dJ/dW[2][i,j] = sum(k, a[1][k,j] * dJ/dz[2][k,i])"),
        (r"\delta^{(2)} = \delta^{(3)}(W^{(2)})^T f'(z^{(2)})",
         "dJ/dz[1][j,i] = (sum(k, dJ/dz[2][j,k] * W[2][k,i])) * sigmoid'(z[1][j,i])"),
        (r"\frac{\partial J}{\partial W^{(1)}} = X^T\delta^{(2)}",
         "dJ/dW[1][i,j] = sum(k, a[0][k,j] * dJ/dz[1][k,i])"),
        ("z^{(2)} = XW^{(1)} + b^{(1)}",
         "z[1][j,i] = sum(k, a[0][j,k] * W[1][i,k]) + b[1][i]"),
    ]),
]
EVERY = [(p, s, b, text, meant) for p, s, b, pairs in READ for text, meant in pairs]


@pytest.mark.parametrize(("profile", "spec", "batch", "text", "meant"), EVERY)
def test_what_people_write(profile: str, spec: str, batch: str, text: str, meant: str) -> None:
    reading = one(text, profile, spec, batch)
    assert not reading.problem
    assert reading.read_as == meant
    assert reading.claims
    assert not any(c.misfit for c in reading.claims)


@pytest.mark.parametrize(("profile", "spec", "batch", "text", "meant"), EVERY)
def test_what_was_read_is_read_back(profile: str, spec: str, batch: str, text: str, meant: str) -> None:
    first = one(text, profile, spec, batch).claims[-1]
    again = one(meant, profile, spec, batch)
    assert not again.problem
    back = again.claims[-1]
    assert set(back.ranges) == set(first.ranges)
    for side, other in ((back.left, first.left), (back.right, first.right)):
        assert canonical(side) == canonical(other)


@pytest.mark.parametrize(("text", "words", "column"), [
    (r"dW^{[2]} = \foo a", "the command \\foo is not known", 12),
    (r"\input{x}", "\\input", 1),
    (r"\def\x{1} = 2", "\\def", 1),
    ("dW^{[2]} = {a", "expected '}'", 14),
    ("dW^{[2]} = (a", "expected ')'", 14),
    ("dW^{[2]} = ", "expected a number", 1),
    ("9^{9^{9^9}} = 1", "power of a power", 4),
    ("dJ/db[2][j] = 9^999 * z[2][j]", "exponent", 17),
    (r"dW^{[2]} = dQ^{[2]}", "'dQ' is unknown here", 12),
    (r"dW^{[7]} = 1", "no W[7]", 1),
    (r"dW = dz x", "needs a layer", 1),
    (r"dz^{[2]} = \sigma'", "without its argument", 12),
    (r"dz1 = W2' * dz2", "a prime on W2", 7),
    (r"dz^{[2]} = da^{[2]} \odot g'(z^{[2]}) + \$", "not known", 1),
    (r"W := W - dW", "an update rule", 1),
    (r"dz^{[2]}_j = \sum_q 1", "range of the index q", 14),
    (r"\frac{\partial J}{\partial W^{[2]}} = \frac{\partial J}{\partial a^{[2]}}\frac{\partial a^{[2]}}{\partial z^{[2]}}\frac{\partial z^{[2]}}{\partial W^{[2]}}", "a chain of derivatives", 39),
    ("x", "expected '='", 2),
    ("", "no equation", 1),
])  # fmt: skip
def test_what_cannot_be_read_has_a_caret(text: str, words: str, column: int) -> None:
    reading = readings(text)[0]
    assert words in reading.problem
    if column > 1:
        assert reading.column == column
    assert "^" in reading.problem


def test_softmax_has_no_slope_of_one_number() -> None:
    assert "softmax" in one(r"dz^{[2]} = da^{[2]} \odot g'(z^{[2]})", spec="3-4-2:softmax/ce").problem


def test_the_nearest_name_is_offered() -> None:
    assert "did you mean" in one(r"dz^{[2]} = \sigm(z^{[2]})").problem


@pytest.mark.parametrize(("text", "profile", "batch", "words"), [
    (r"dW^{[2]} = dz^{[2]} a^{[1]}", "notes", "none", "a product of them does not fit"),
    (r"dz^{[1]} = W^{[2]} dz^{[2]} \odot \sigma'(z^{[1]})", "notes", "none", "W[2] is 2 × 4"),
    (r"db^{[2]} = dZ^{[2]}", "ng", "columns", "the left side is a column of 2, the right side 2 × m"),
    (r"\frac{\partial J}{\partial w^{[2]}_{ij}} = dz^{[2]}_j a^{[1]}_i", "notes", "none", "the index j runs over 4"),
    (r"\frac{\partial J}{\partial w^{[2]}_{ji}} = w^{[2]}_{kj}", "notes", "none", "k stands on the right side only"),
    (r"\frac{\partial J}{\partial w^{[2]}_{53}} = 1", "notes", "none", "no entry 5"),
    (r"da^{[1]} = W^{[2]} + b^{[1]}", "notes", "none", "are added"),
])  # fmt: skip
def test_what_does_not_fit_keeps_its_terms(text: str, profile: str, batch: str, words: str) -> None:
    made = one(text, profile, batch=batch).claims[0]
    assert words in made.misfit
    assert made.left_term is not None
    assert made.right_term is not None
    assert made.left is sp.nan


def test_a_missing_transpose_fits_where_all_sizes_are_equal() -> None:
    assert not one(r"da^{[1]} = W^{[2]} dz^{[2]}", spec="3-3-3").claims[0].misfit
    symbols = {size(n): size(n) for n in range(3)}
    p = resized(program("3-4-4"), symbols)
    numbers = {size(0): 3, size(1): 4, size(2): 4}
    text = r"da^{[1]} = W^{[2]} dz^{[2]}"
    assert not read(text, p, notation("notes"), FUNCTIONS, numbers=numbers)[0].claims[0].misfit
    assert read(text, p, notation("notes"), FUNCTIONS)[0].claims[0].misfit


@pytest.mark.parametrize(("text", "profile", "spec", "labels"), [
    (r"\delta^l = (w^{l+1})^T\delta^{l+1}\odot\sigma'(z^l)", "nielsen", "3-4-4-2", [2, 3]),
    (r"\frac{\partial C}{\partial w^l_{jk}} = a^{l-1}_k\delta^l_j", "nielsen", "3-4-2", [2, 3]),
    (r"dW^{[l]} = dz^{[l]} a^{[l-1]T}, \quad l = 1,\dots,L", "notes", "3-4-4-2", [1, 2, 3]),
    (r"dz^{[l]} = da^{[l]} \odot \sigma'(z^{[l]}) \text{ for } l < L", "notes", "3-4-2", [1]),
    (r"dz^{[l]} = da^{[l]} \odot \sigma'(z^{[l]}) \quad (l = L)", "notes", "3-4-2", [2]),
    (r"dz^{[l]} = da^{[l]} \odot \sigma'(z^{[l]})", "notes", "-".join("2345232323"), [1, 2, 5, 9]),
    (r"\nabla_{W^{(l)}} J = \delta^{(l+1)}(a^{(l)})^T", "ufldl", "3-4-2", [1, 2]),
])  # fmt: skip
def test_a_general_layer(text: str, profile: str, spec: str, labels: list[int]) -> None:
    reading = one(text, profile, spec)
    assert [c.label for c in reading.claims] == labels
    assert "any layer" in reading.choices[-1]


def test_a_chain_is_read_link_by_link() -> None:
    found = readings(r"\begin{aligned} dz^{[2]} &= da^{[2]} \odot \sigma'(z^{[2]}) \\ &= \frac{a^{[2]}-y}{n_2} \odot a^{[2]}(1-a^{[2]}) \end{aligned}")
    assert [r.read_as for r in found] == [
        "dJ/dz[2][j] = dJ/da[2][j] * sigmoid'(z[2][j])",
        "dJ/da[2][j] * sigmoid'(z[2][j]) = (a[2][j] - y[j])/2 * (a[2][j] * (1 - a[2][j]))"]


def test_rows_are_read_one_by_one() -> None:
    found = readings(r"dz^{[2]} = a^{[2]} - y \\ dW^{[2]} = \foo; db^{[2]} = dz^{[2]}, \quad da^{[2]} = a^{[2]} - y")
    assert len(found) in (1, 4)
    found = readings(r"dz^{[2]} = a^{[2]} - y \\ dW^{[2]} = dq; db^{[2]} = dz^{[2]}, \quad da^{[2]} = a^{[2]} - y")
    assert [bool(r.problem) for r in found] == [False, True, False, False]


def test_definitions_are_used_on_later_lines() -> None:
    known = Definitions()
    first = readings(r"c_j = (a^{[2]}_j - y_j)/n_2", definitions=known)[0]
    assert first.definition
    assert not first.claims
    assert readings(r"\frac{\partial J}{\partial b^{[2]}_k} = c_k \sigma'(z^{[2]}_k)", definitions=known)[0].read_as == (
        "dJ/db[2][k] = (a[2][k] - y[k])/2 * sigmoid'(z[2][k])")
    readings(r"let q^{[l]} = W^{[l]T} dz^{[l]}", definitions=known)
    assert readings(r"da^{[1]} = q^{[2]}", definitions=known)[0].read_as == (
        "dJ/da[1][j] = sum(k, W[2][k,j] * dJ/dz[2][k])")


def test_a_name_that_is_given_again_means_the_new_thing() -> None:
    known = Definitions()
    lines = [r"g \leftarrow \nabla_{\hat y} J", r"g \leftarrow \nabla_{a^{(k)}} J = g \odot f'(a^{(k)})",
             r"\nabla_{W^{(k)}} J = g h^{(k-1)\top}", r"g \leftarrow \nabla_{h^{(k-1)}} J = W^{(k)\top} g"]
    found = [readings(text, "goodfellow", definitions=known) for text in lines]
    assert [r[-1].read_as for r in found] == [
        "g := dJ/da[2]", "dJ/dz[2][j] = dJ/da[2][j] * sigmoid'(z[2][j])", "dJ/dW[2][j,i] = dJ/dz[2][j] * a[1][i]",
        "dJ/da[1][j] = sum(k, W[2][k,j] * dJ/dz[2][k])"]


def test_choices_are_recorded() -> None:
    assert "superscript l = layer" in one(r"\frac{\partial C}{\partial b^l_j} = \delta^l_j", "nielsen").choices
    assert any("element by element" in c for c in one("dz1 = da1 * a1 * (1 - a1)").choices)


def test_other_readings_are_kept() -> None:
    reading = one(r"\frac{\partial C}{\partial b^2_j} = a^2_j", "nielsen", "3-3-3")
    assert reading.read_as == "dJ/db[1][j] = a[1][j]"


def _leaf(rng: random.Random, p: Program, places: dict[sp.Expr, sp.Symbol]) -> Term:
    known = [q for q in p.quantities.values() if q.axes and all(a.size in places for a in q.axes)]
    q = rng.choice(known)
    kind = rng.choice(["quantity", "adjoint"])
    return Term(kind, name=q.name, of="J" if kind == "adjoint" else "",  # type: ignore[arg-type]
                indices=tuple(places[a.size] for a in q.axes))


def _entries(rng: random.Random, p: Program, places: dict[sp.Expr, sp.Symbol], depth: int = 0) -> Term:
    kind = rng.choice(["leaf", "add", "scale", "divide", "power", "apply", "neg"]) if depth < 3 else "leaf"
    if kind == "leaf":
        return _leaf(rng, p, places)
    made = [_entries(rng, p, places, depth + 1) for _ in range(2)]
    if kind in ("add", "scale", "divide"):
        return Term(kind, tuple(made))  # type: ignore[arg-type]
    if kind == "power":
        return Term("power", (made[0], Term("number", number=Fraction(2))))
    name = rng.choice(["sigmoid", "sigmoid'", "exp", "tanh"])
    return Term("apply", (made[0],), name=name) if kind == "apply" else Term("neg", (made[0],))


def _array(rng: random.Random, p: Program, rows: int | None, columns: int | None, depth: int = 0) -> Term:
    leaves = []
    for q in p.quantities.values():
        shape = tuple(int(n) for n in q.shape) + (None,) * (2 - len(q.shape))
        for term in (Term("quantity", name=q.name), Term("adjoint", name=q.name, of="J")) if q.axes else ():
            leaves += [term] if shape == (rows, columns) else []
            leaves += [Term("transpose", (term,))] if shape[::-1] == (rows, columns) else []
    kind = rng.choice(["leaf", "matmul", "hadamard", "add", "scale", "apply"]) if depth < 3 else "leaf"
    if kind == "leaf" and leaves:
        return rng.choice(leaves)
    if kind in ("leaf", "matmul"):
        inner = rng.choice([2, 3, 4]) if None in (rows, columns) else rng.choice([2, 3, 4, None])
        if kind == "leaf":  # there is no such matrix: a product of vectors
            inner = None
        return Term("matmul", (_array(rng, p, rows, inner, depth + 1), _array(rng, p, inner, columns, depth + 1)))
    one_, other = (_array(rng, p, rows, columns, depth + 1) for _ in range(2))
    if kind == "hadamard":
        return Term("hadamard", (one_, other))
    if kind == "add":
        return Term("add", (one_, Term("neg", (other,))))
    return Term("scale", (Term("number", number=Fraction(1, 2)), one_)) if kind == "scale" else (
        Term("apply", (one_,), name="sigmoid'"))


@pytest.mark.parametrize("profile", list(NOTATIONS))
@given(seed=st.integers(0, 10**6), whole=st.booleans())
@settings(max_examples=40, deadline=None)
def test_what_is_written_is_read_back(profile: str, seed: int, whole: bool) -> None:
    rng, p = random.Random(seed), program()
    if whole:
        name = rng.choice(["W[2]", "W[1]", "b[1]", "z[2]"])
        shape = [int(n) for n in p.shapes[name]]
        left = Term("adjoint", name=name, of="J")
        right = _array(rng, p, shape[0], shape[1] if len(shape) == 2 else None)
    else:
        j, i, k = map(index, "jik")
        left = Term("adjoint", name="W[2]", of="J", indices=(j, i))
        places: dict[sp.Expr, sp.Symbol] = {sp.Integer(2): j, sp.Integer(4): i}
        inner = Term("scale", (Term("quantity", name="b[1]", indices=(i,)),
                               Term("quantity", name="W[1]", indices=(i, k)),
                               _entries(rng, p, places | {sp.Integer(3): k})))
        right = Term("sum", (inner,), indices=(k,), ranges=((sp.S.One, sp.Integer(3)),))
    meant = claim(left, right, p)
    assert not meant.misfit
    reading = one(written_claim(left, right, notation(profile)), profile)
    assert not reading.problem
    back = reading.claims[0]
    names = {str(n): i for i, n in meant.ranges}
    renaming = {i: names[str(n)] for i, n in back.ranges}
    assert canonical(rename(back.left, renaming)) == canonical(meant.left)
    assert canonical(rename(back.right, renaming)) == canonical(meant.right)


PIECES = (r"\\frac{ } { \\partial J w^{[2]} _{ji} a^{[1]} \\delta^l z^{[2]} \\sigma ' ( ) [ ] = + - * \\odot \\sum_{k} ^T ^{ _{ W b y 1 2 0.5 / , "
          r"; & \\nabla_a C g l L \\hat{y} e^{ | \\| := dW2 np.dot( np.sum( axis=1 .T @ ² ⁽²⁾ ᵀ ₁ ½ 한 \\foo \\mathbf{ for n^{[1]} m W[2] [j,i] ^ _ "
          r"sum( where( max( \\sqrt{ d dJ/dW[1] \\max relu").replace("\\\\", "\\").split()


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.characters()), max_size=14), st.sampled_from(list(NOTATIONS)),
       st.sampled_from(["none", "columns", "rows"]))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused(pieces: list[str], profile: str, batch: str) -> None:
    for reading in readings("".join(pieces), profile, batch=batch):
        assert reading.problem or reading.claims or reading.definition


@pytest.mark.parametrize("text", [r"\frac{1}{" * 1000, "dW[2] = " + "(" * 5000, "x" * 10_001, "1+" * 4000 + "1 = 2",
                                  "dz2 = " + "-(" * 900, "a^{" * 2000, "{" * 3000, "dz2 = " + "a2*" * 1200 + "a2",
                                  "9" * 60 + " = 1", "∑_i " * 500, "|" * 999, "dz2 = " + "(a2 " * 99])  # fmt: skip
@pytest.mark.usefixtures("ends")
def test_hostile_lengths_and_depths(text: str) -> None:
    found = readings(text)
    assert found[0].problem or found[0].claims


def test_every_profile_reads_the_names_of_the_record() -> None:
    text = "dJ/dW[2][j,i] = (a[2][j] - y[j])/n[2] * sigma'(z[2][j]) * a[1][i]"
    found = {one(text, profile).read_as for profile in NOTATIONS}
    assert found == {"dJ/dW[2][j,i] = (a[2][j] - y[j])/2 * sigmoid'(z[2][j]) * a[1][i]"}
