"""Backward functions that people hand in: right in many interfaces, wrong ones found, and nothing gets out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import symbackprop as sb
from symbackprop.language.report import Verdict
from symbackprop.verify.callables import judge_callable
from symbackprop.verify.handed import judge_file
from symbackprop.verify.ratios import diagnose_arrays

HOMEWORK = (Path(__file__).parent.parent / "examples" / "submission.py").read_text(encoding="utf-8")
NET = "784-128-64-10"


def programs(spec: str) -> dict[str, object]:
    net = sb.Network(spec)
    return {"one": net.program, "columns": net.with_batch("columns").program}


def judged(tmp: Path, source: str, function: str = "back_prop", spec: str = NET, **options: object) -> list[Verdict]:
    path = tmp / "handed.py"
    path.write_text(source, encoding="utf-8")
    return judge_file(programs(spec), path, function, **options)  # type: ignore[arg-type]


def words(verdicts: list[Verdict]) -> set[str]:
    return {v.verdict for v in verdicts}


NG = '''
import numpy as np
def forward(X, parameters):
    W1, b1, W2, b2 = parameters["W1"], parameters["b1"], parameters["W2"], parameters["b2"]
    Z1 = np.dot(W1, X) + b1; A1 = 1/(1+np.exp(-Z1))
    Z2 = np.dot(W2, A1) + b2; A2 = 1/(1+np.exp(-Z2))
    return A2, (Z1, A1, W1, b1, Z2, A2, W2, b2)
def backward(X, Y, cache):
    m = X.shape[1]
    (Z1, A1, W1, b1, Z2, A2, W2, b2) = cache
    dZ2 = (A2 - Y)/Y.shape[0]*A2*(1-A2)
    dZ1 = W2.T.dot(dZ2)*A1*(1-A1)
    return {"dW2": 1/m*dZ2.dot(A1.T), "db2": 1/m*np.sum(dZ2, axis=1, keepdims=True),
            "dW1": 1/m*dZ1.dot(X.T), "db1": 1/m*np.sum(dZ1, axis=1, keepdims=True)}
'''
OBJECT = '''
import numpy as np
class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.params = {"W1": np.random.randn(n_in, n_hidden), "b1": np.zeros(n_hidden),
                       "W2": np.random.randn(n_hidden, n_out), "b2": np.zeros(n_out)}
        self.grads = {}
    def forward(self, x):
        p = self.params
        self.x = x
        self.a1 = 1/(1+np.exp(-(x @ p["W1"] + p["b1"])))
        self.a2 = 1/(1+np.exp(-(self.a1 @ p["W2"] + p["b2"])))
        return self.a2
    def backward(self, t):
        d = (self.a2 - t)/t.size*self.a2*(1-self.a2)
        self.grads["W2"], self.grads["b2"] = self.a1.T @ d, d.sum(axis=0)
        d = d @ self.params["W2"].T*self.a1*(1-self.a1)
        self.grads["W1"], self.grads["b1"] = self.x.T @ d, d.sum(axis=0)
'''
STEP = '''
import numpy as np
lr = 0.3
W1 = np.random.randn(3, 4); b1 = np.zeros(3); W2 = np.random.randn(2, 3); b2 = np.zeros(2)
data = np.load("mnist.npz")
def train(image, label):
    global W1, b1, W2, b2
    a1 = 1/(1+np.exp(-(W1 @ image + b1))); a2 = 1/(1+np.exp(-(W2 @ a1 + b2)))
    d2 = (a2 - label)/len(label)*a2*(1-a2)
    d1 = W2.T @ d2*a1*(1-a1)
    W2 = W2 - lr*np.outer(d2, a1); b2 = b2 - lr*d2
    W1 = W1 - lr*np.outer(d1, image); b1 = b1 - lr*d1
'''
BUFFERS = '''
import numpy as np
def back(x, y, W1, b1, W2, b2, dW1, db1, dW2, db2):
    a1 = 1/(1+np.exp(-(W1 @ x + b1))); a2 = 1/(1+np.exp(-(W2 @ a1 + b2)))
    d2 = (a2 - y)/len(y)*a2*(1-a2)
    d1 = W2.T @ d2*a1*(1-a1)
    dW2 += np.outer(d2, a1); db2 += d2
    dW1 += np.outer(d1, x); db1 += d1
'''
LOSS = '''
import numpy as np
def value_and_grad(params, x, y):
    a1 = 1/(1+np.exp(-(params["W1"] @ x + params["b1"]))); a2 = 1/(1+np.exp(-(params["W2"] @ a1 + params["b2"])))
    d2 = (a2 - y)/len(y)*a2*(1-a2)
    d1 = params["W2"].T @ d2*a1*(1-a1)
    grads = {"W1": np.outer(d1, x), "b1": d1, "W2": np.outer(d2, a1), "b2": d2}
    return np.sum((a2 - y)**2)/2/len(y), grads
'''


def test_the_homework_is_right(tmp_path: Path) -> None:
    found = judged(tmp_path, HOMEWORK)
    assert [v.verdict for v in found] == ["right"] * 6
    assert all(v.method == "exact" and v.bound is not None and v.bound < 1e-20 for v in found)


@pytest.mark.parametrize(("source", "function"), [
    (NG, "backward"), (OBJECT, "Net"), (OBJECT, "Net.backward"), (STEP, "train"), (BUFFERS, "back"),
    (LOSS, "value_and_grad"),
])  # fmt: skip
def test_interfaces(tmp_path: Path, source: str, function: str) -> None:
    found = judged(tmp_path, source, function, "4-3-2")
    assert len(found) == 4
    assert words(found) == {"right"}, [(v.formula, v.verdict, v.detail) for v in found]


MISTAKES = {
    "no slope at the output": ("d3 = a3 * (1 - a3) * da3", "d3 = da3", "activation-derivative-missing-output"),
    "no slope in a hidden layer": ("d2 = a2 * (1 - a2) * da2", "d2 = da2", "activation-derivative-missing-hidden"),
    "slope at a": ("d1 = a1 * (1 - a1)", "d1 = sigmoid(a1) * (1 - sigmoid(a1))", "derivative-at-activation"),
    "slope twice": ("d2 = a2 * (1 - a2)", "d2 = (a2 * (1 - a2)) ** 2", "activation-derivative-extra"),
    "sign": ("(a3 - y)", "(y - a3)", "sign"),
    "no 1/n": (" / len(y)", "", "unit-mean-missing"),
    "no mean": ("return dW1 / count", "return dW1", "mean-missing"),
    "factor 2": ("(a3 - y)", "2 * (a3 - y)", "factor"),
    "bias not summed": ("db2 += d2", "db2 = d2", "bias-not-summed"),
    "weight not summed": ("dW3 += np.outer(d3, a2)", "dW3 = np.outer(d3, a2)", "sum-missing"),
    "what goes back lacks the slope": ("da2 = W3.T @ d3", "da2 = W3.T @ da3", "activation-derivative-missing-output"),
    "bias without the slope": ("db1 += d1", "db1 += da1", "activation-derivative-missing-hidden"),
    "a relative error of 1e-8": ("np.outer(d3, a2)", "np.outer(d3, a2) * (1 + 1e-8)", "factor"),
    "nothing": ("dW2 += np.outer(d2, a1)", "pass", "all-zero"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_planted_mistakes_are_found_and_named(tmp_path: Path, mistake: str) -> None:
    """Every gradient that the mistake spoils says which one it was, not only the one it was made in."""
    before, after, kind = MISTAKES[mistake]
    assert before in HOMEWORK
    found = judged(tmp_path, HOMEWORK.replace(before, after), diagnose=diagnose_arrays)
    wrong = [v for v in found if v.verdict == "wrong"]
    assert wrong
    assert all(v.witness for v in wrong)
    assert words(found) <= {"right", "wrong"}
    assert [v.diagnoses[0].kind if v.diagnoses else "" for v in wrong] == [kind] * len(wrong)


def test_a_product_transposed_is_not_accepted(tmp_path: Path) -> None:
    found = judged(tmp_path, HOMEWORK.replace("np.outer(d2, a1)", "np.outer(a1, d2)"))
    assert "right" not in words(found)
    assert "line 34" in found[0].detail or "line 3" in found[0].detail


def test_the_guilty_side_is_named(tmp_path: Path) -> None:
    found = judged(tmp_path, HOMEWORK.replace("a2 = sigmoid(W2 @ a1 + b2)", "a2 = np.tanh(W2 @ a1 + b2)"))
    assert any("the forward pass computes something else" in v.detail for v in found)


def test_what_turns_exact_numbers_into_floats_is_consistent(tmp_path: Path) -> None:
    found = judged(tmp_path, HOMEWORK.replace("x, y = images[k]", "x, y = images[k].astype(float)"))
    assert words(found) == {"consistent"}


BAD = {
    "never returns": ("while True: pass", "did not return"),
    "raises": ("raise ValueError('oh')", "ValueError: oh, line 2"),
    "none": ("return None", "returns None"),
    "exit": ("import sys; sys.exit(0)", "ends the program"),
    "hard exit": ("import os; os._exit(3)", "exit code 3"),
    "forks": ("import os\n    while True: os.fork()", "PermissionError"),
    "memory": ("x = bytearray(10**11)", "MemoryError"),
    "recursion": ("return back(x, y)", "RecursionError"),
    "strings": ("return 'a', 'b'", "no gradient can be told"),
    "missing": ("import nothing_of_this_name", "nothing_of_this_name, which is not installed"),
    "network": ("import socket; socket.socket()", "PermissionError"),
    "large file": ("open('f', 'wb').write(b'0'*10**8)", "line 2"),
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_functions_are_rows_with_a_reason(tmp_path: Path, bad: str) -> None:
    body, reason = BAD[bad]
    seconds = 2 if bad == "never returns" else 8
    found = judged(tmp_path, f"def back(x, y):\n    {body}\n", "back", "3-2", seconds=seconds)
    assert len(found) == 1
    assert found[0].verdict == "unread"
    assert reason in found[0].detail


def test_shapes_and_nan_and_prints(tmp_path: Path) -> None:
    source = "import numpy as np\ndef back(x, y, W1, b1):\n    {}\n    return {{'dW1': {}, 'db1': b1*0}}\n"
    found = judged(tmp_path, source.format("pass", "np.ones((7, 9))"), "back", "3-2")
    assert found[0].verdict == "wrong"
    assert "(7, 9)" in found[0].detail
    found = judged(tmp_path, source.format("pass", "W1*float('nan')"), "back", "3-2")
    assert found[0].verdict in ("wrong", "unread")
    found = judged(tmp_path, source.format("print('x'*10**7)", "W1"), "back", "3-2")
    assert any("it printed" in c for c in found[0].choices)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert "line 2" in judged(tmp_path, "x = 1\ndef back(:\n", "back")[0].detail
    assert "did you mean 'back'" in judged(tmp_path, "def back(x): pass\n", "bakc")[0].detail


def test_the_mapping_says_what_cannot_be_guessed(tmp_path: Path) -> None:
    source = BUFFERS.replace("x, y,", "digit, wanted,").replace("- y)/len(y)", "- wanted)/len(wanted)")
    source = source.replace("W1 @ x", "W1 @ digit").replace("outer(d1, x)", "outer(d1, digit)")
    assert "what is the argument" in judged(tmp_path, source, "back", "4-3-2")[0].detail
    (tmp_path / "handed.toml").write_text('[arguments]\ndigit = "x"\nwanted = "y"\n', encoding="utf-8")
    assert words(judged(tmp_path, source, "back", "4-3-2")) == {"right"}


def test_a_callable_is_called_where_it_is() -> None:
    def back(x, y, W1, b1):  # type: ignore[no-untyped-def]
        a = 1 / (1 + np.exp(-(W1 @ x + b1)))
        d = (a - y) / len(y) * a * (1 - a)
        return np.outer(d, x), d

    def wrong(x, y, W1, b1):  # type: ignore[no-untyped-def]
        dW1, db1 = back(x, y, W1, b1)
        return dW1, 2 * db1

    assert words(judge_callable(programs("3-2"), back)) == {"right"}  # type: ignore[arg-type]
    assert [v.verdict for v in judge_callable(programs("3-2"), wrong)] == ["right", "wrong"]  # type: ignore[arg-type]


def test_equal_shapes_without_names_are_asked_for(tmp_path: Path) -> None:
    source = BUFFERS.replace(", dW1, db1, dW2, db2", "").replace("+= ", "= ").replace("dW2 = np", "u = np")
    source = source.replace("db2 = d2", "v = d2").replace("dW1 = np", "s = np").replace("db1 = d1", "t = d1")
    source += "    return u, v, s, t\n"
    assert words(judged(tmp_path, source, "back", "4-3-2")) == {"right"}
    found = judged(tmp_path, source, "back", "3-3-3")
    assert words(found) == {"unread"}
    assert "[returns] order" in found[0].detail
    (tmp_path / "handed.toml").write_text('[returns]\norder = ["dW2", "db2", "dW1", "db1"]\n', encoding="utf-8")
    assert words(judged(tmp_path, source, "back", "3-3-3")) == {"right"}
