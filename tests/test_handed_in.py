"""Backward functions of strangers: the right ones are right, the wrong ones wrong, and the mistake has its name."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from corpus.handed_in import CASES, Case, labels

import symbackprop as sb
from symbackprop.by_hand import check_function
from symbackprop.language.report import Verdict

WRONG = [(case, name) for case in CASES for name in case.mistakes]
UNNAMED = {("cs231n_fc.py", "labels not subtracted")}
"""Mistakes that are found, and for which there is no name yet."""


@cache
def network(spec: str) -> sb.Network:
    return sb.Network(spec)


def judged(tmp: Path, case: Case, source: str) -> dict[str, Verdict]:
    path = tmp / case.file
    path.write_text(source, encoding="utf-8")
    found = check_function(network(case.net), str(path), case.function)
    names = (re.search(r": d([Wb])\[(\d+)\]", v.formula) for v in found)
    return {f"{n[1]}{n[2]}" if n else v.formula: v for n, v in zip(names, found, strict=True)}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.file)
def test_what_is_right_is_called_right(tmp_path: Path, case: Case) -> None:
    expected = labels(case, case.source)
    assert all(expected.values())
    found = judged(tmp_path, case, case.source)
    assert {n: v.verdict for n, v in found.items()} == dict.fromkeys(expected, case.verdict), next(
        iter(found.values())).detail  # fmt: skip


@pytest.mark.parametrize(("case", "name"), WRONG, ids=[f"{c.file}: {n}" for c, n in WRONG])
def test_a_mistake_is_found_where_it_is_and_named(tmp_path: Path, case: Case, name: str) -> None:
    before, after, kinds = case.mistakes[name]
    source = case.source.replace(before, after)
    assert source != case.source
    found = judged(tmp_path, case, source)
    expected = labels(case, source)
    assert not all(expected.values())
    assert {n: found[n].verdict == "wrong" for n in expected} == {n: not right for n, right in expected.items()}
    if (case.file, name) in UNNAMED:
        return
    for gradient, right in expected.items():
        v = found[gradient]
        named = {d.kind for d in v.diagnoses[:1]}
        if v.detail.startswith("the forward pass computes something else"):
            named.add("other-side")
        assert right or named & set(kinds.split()), (gradient, v.diagnoses, v.detail)


HEAD = "import numpy as np\n"
BODY = """def back(x, y, W1, b1):
    a = 1 / (1 + np.exp(-(W1 @ x + b1)))
    d = (a - y) / len(y) * a * (1 - a)
    return {'dW1': np.outer(d, x), 'db1': d}
"""
FINE = {
    "a loop for ever in the module": "while True: pass\n",
    "a loop that does not end": "for k in iter(int, 1): pass\n",
    "ends in the module": "import sys; sys.exit(1)\n",
    "data that are not here": "data = np.load('train.npz')\nX = data['x'] / 255\n",
    "modules that are not here": "import tensorflow as tf\nfrom helpers import *\nclass Net(tf.keras.Model): pass\n",
    "draws": "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nplt.plot([1]); plt.show()\n",
    "ignores signals": "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n",
    "a thread that goes on": "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,)).start()\n",
}
REFUSED = {
    "forks": ("import posix", "posix.fork()", "other processes"),
    "a program": ("import subprocess", "subprocess.Popen(['sleep', '1000'])", "other processes"),
    "a shell": ("import os", "os.system('true')", "other processes"),
    "a process": ("import multiprocessing as mp", "mp.Process(target=print).start()", "other processes"),
    "ends its parent": ("import os", "os.kill(os.getppid(), 15)", "other processes"),
    "the network": ("import socket", "socket.create_connection(('127.0.0.1', 9))", "the network"),
    "writes": ("", "open(OUTSIDE, 'w')", "outside of the working folder"),
    "removes": ("import os", "os.remove(__file__)", "outside of the working folder"),
    "asks": ("", "input('?')", "waits for something to be typed"),
    "interrupts": ("", "raise KeyboardInterrupt", "KeyboardInterrupt"),
    "a generator": ("", "yield 1", "it returns generator"),
    "uses what is not here": ("import tensorflow as tf", "tf.zeros(3)", "tensorflow, which is not installed here"),
}  # fmt: skip


def judged_text(tmp: Path, source: str | bytes, name: str = "h.py") -> list[Verdict]:
    path = tmp / name
    path.write_bytes(source if isinstance(source, bytes) else source.encode())
    return check_function(network("3-2"), str(path), "back")


@pytest.mark.parametrize("what", FINE)
def test_what_stands_beside_a_function_does_not_matter(tmp_path: Path, what: str) -> None:
    assert [v.verdict for v in judged_text(tmp_path, HEAD + FINE[what] + BODY)] == ["right", "right"]


@pytest.mark.parametrize("what", REFUSED)
def test_what_no_gradient_needs_is_refused(tmp_path: Path, what: str) -> None:
    before, line, reason = REFUSED[what]
    source = f"{HEAD}{before}\nOUTSIDE = {str(tmp_path / 'out')!r}\ndef back(x, y, W1, b1):\n    {line}\n    return 1\n"
    found = judged_text(tmp_path, source)
    assert [v.verdict for v in found] == ["unread"]
    assert reason in found[0].detail
    assert {p.name for p in tmp_path.iterdir()} == {"h.py"}


@pytest.mark.parametrize("data", [
    b"\xef\xbb\xbf" + (HEAD + BODY).encode(), ("# 과제\n" + HEAD + BODY).encode("cp949"),
    ("# -*- coding: euc-kr -*-\n# 과제\n" + HEAD + BODY).encode("euc-kr"), (HEAD + BODY).replace("\n", "\r\n").encode(),
])  # fmt: skip
def test_files_as_editors_write_them(tmp_path: Path, data: bytes) -> None:
    assert [v.verdict for v in judged_text(tmp_path, data, "과제 3.py")] == ["right", "right"]


@pytest.mark.parametrize(("source", "reason"), [
    ("", "there is none at all"), ("def bak(x): pass", "did you mean 'bak'"), ("def back(:", "no Python"),
    ("x = 1\0", "null bytes"),
])  # fmt: skip
def test_files_in_which_there_is_nothing(tmp_path: Path, source: str, reason: str) -> None:
    found = judged_text(tmp_path, source)
    assert [v.verdict for v in found] == ["unread"]
    assert reason in found[0].detail


def test_answers_of_the_wrong_kind(tmp_path: Path) -> None:
    def detail(gradient: str) -> tuple[str, str, tuple[str, ...]]:
        v = judged_text(tmp_path, (HEAD + BODY).replace("np.outer(d, x)", gradient))[0]
        return v.verdict, v.detail, v.choices
    assert detail("'text'")[:2] == ("wrong", "what came back for W[1] holds <U4 and no numbers")
    assert detail("np.ones((300, 300))")[1] == "dW[1] has the shape (300, 300)"
    verdict, says, choices = detail("np.full((2, 3), np.nan)")
    assert (verdict, says) == ("wrong", "dW[1] holds what is no number (NaN, infinity)")
    assert not any("second call" in c for c in choices)
    assert any("second call" in c for c in detail("np.outer(d, x) * np.random.rand()")[2])
    assert detail("(W1.__imul__(2), np.outer(d, x))[1]")[2][-1] == "it writes into W[1], which were handed to it"


def test_the_primes_are_those_of_sympy() -> None:
    """Proved without SymPy, which the process of other people's code would have to load."""
    import sympy

    from symbackprop.verify.tower import PRIMES, _prime
    assert all(sympy.isprime(p) for p in PRIMES)
    assert all(_prime(n) == sympy.isprime(n) for n in range(43, 5000))


def test_in_a_notebook() -> None:
    import numpy as np

    def loss(params, X, Y):  # type: ignore[no-untyped-def]
        a = 1 / (1 + np.exp(-(X @ params["W1"] + params["b1"])))
        d = (a - Y) / Y.size * a * (1 - a)
        return ((a - Y) ** 2).mean() / 2, {"W1": X.T @ d, "b1": d.sum(axis=0)}

    assert [v.verdict for v in sb.check("3-2", loss)] == ["right", "right"]
