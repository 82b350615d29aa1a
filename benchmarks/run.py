"""Benchmarks, side by side in one run, as ratios: ``python benchmarks/run.py [derivation|numbers|kinds|judge|pages]``.

*derivation*: a chain of L sigmoid neurons, every gradient derived and printed as LaTeX, against differentiating each
layer afresh with SymPy and printing that, and against ``sympy.diff`` of the composite loss where that ends.
*numbers*: ``784-128-64-10``, loss and all gradients, in units of the time of its matrix products alone.
*kinds*: the derivation of each kind's example, of a GPT at small and at large sizes, and of 10, 20, 40 layers.
*judge*: formulas by hand, exactly, beside SymPy's comparison and gradient checks in floats; see ``judge.py``.
*pages*: the HTML page of 1 to 1,000 layers, and its equations by way of SymPy and latex2mathml; see ``pages.py``.
"""

from __future__ import annotations

import gc
import itertools
import sys
import time
from collections.abc import Callable

import numpy as np
import sympy as sp
from judge import judge
from pages import pages

import symbackprop as sb
from symbackprop.networks.kinds import AROUND, KINDS, example_toml


def best(run: Callable[[], object], times: int = 5) -> float:
    """The shortest of some runs, in seconds."""
    result = float("inf")
    for _ in range(times):
        gc.collect()
        began = time.perf_counter()
        run()
        result = min(result, time.perf_counter() - began)
    return result


def ours(depth: int) -> str:
    """Derivation and LaTeX of a chain, from the spec string to the finished document's text."""
    return sb.derive("-".join(["1"] * (depth + 1))).latex()


def afresh(depth: int) -> str:
    """Each layer's factors differentiated by SymPy and printed, adjoints as names: what a script would do."""
    lines = []
    for n in range(1, depth + 1):
        w, b, z, a, before, da = sp.symbols(f"w_{n} b_{n} z_{n} a_{n} a_{n - 1} da_{n}")
        slope = sp.diff(1 / (1 + sp.exp(-z)), z)
        affine = w * before + b
        for by in (w, b, before):
            lines.append(sp.latex(sp.Eq(sp.Symbol(f"d{by}"), sp.diff(affine, by) * slope * da)))
        del a
    return "\n".join(lines)


def composite(depth: int) -> str:
    """SymPy's own derivative of the composite loss by every parameter."""
    x, y = sp.symbols("x y")
    value: sp.Expr = x
    parameters = []
    for n in range(1, depth + 1):
        w, b = sp.symbols(f"w_{n} b_{n}")
        parameters += [w, b]
        value = 1 / (1 + sp.exp(-(w * value + b)))
    loss = (value - y) ** 2 / 2
    return "\n".join(sp.latex(sp.diff(loss, p)) for p in parameters)


def derivation() -> None:
    print("chain of L sigmoid neurons: derivation and LaTeX\n")
    print(f"{'L':>6} {'time a layer':>14} {'characters a layer':>19} {'each layer afresh / ours':>26} "
          f"{'composite / ours':>17}")
    for depth in (10, 100, 1_000, 10_000):
        mine = best(lambda d=depth: ours(d), 3)
        size = len(ours(depth))
        some = min(depth, 100)
        fresh = best(lambda d=some: afresh(d), 2) / some * depth
        whole = f"{best(lambda d=depth: composite(d), 1) / mine:.0f}x" if depth <= 10 else "(too long)"
        print(f"{depth:>6} {mine / depth * 1e6:>11.1f} µs {size / depth:>19.0f} {fresh / mine:>25.0f}x {whole:>17}")
    wide = best(lambda: sb.derive("784-128-64-10").latex(), 3)
    narrow = best(lambda: sb.derive("2-2-2-2").latex(), 3)
    print(f"\n784-128-64-10 costs {wide / narrow:.2f}x what 2-2-2-2 costs")


def products(sizes: list[int], batch: int) -> Callable[[], None]:
    """The matrix products of one forward and backward pass, and nothing else."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(m, n)) for n, m in itertools.pairwise(sizes)]
    a = [rng.normal(size=(n, batch)) for n in sizes]

    def run() -> None:
        for n, w in enumerate(weights):
            w @ a[n]
        for n in range(len(weights) - 1, -1, -1):
            a[n + 1] @ a[n].T
            if n:
                weights[n].T @ a[n + 1]

    return run


def numbers() -> None:
    sizes = [784, 128, 64, 10]
    f = sb.derive("-".join(map(str, sizes))).function()
    rng = np.random.default_rng(0)
    params = {}
    for n, (before, here) in enumerate(itertools.pairwise(sizes), start=1):
        params |= {f"W{n}": rng.normal(size=(here, before)) / before**0.5, f"b{n}": rng.normal(size=here)}
    sys.path.insert(0, "examples")
    from homework import loop

    print("784-128-64-10: loss and all gradients, in units of the matrix products alone\n")
    print(f"{'batch':>6} {'derived function':>17} {'loop over images':>17}")
    for batch in (32, 250, 1000):
        x, y = rng.uniform(size=(784, batch)), np.eye(10)[:, rng.integers(10, size=batch)]
        run = products(sizes, batch)
        # interleaved, so that a busy moment of the machine meets both
        pairs = [(best(run, 1), best(lambda x=x, y=y: f(params, x, y), 1)) for _ in range(60)]
        alone, mine = (min(side) for side in zip(*pairs, strict=True))
        looped = best(lambda x=x, y=y: loop(params, x, y), 2)
        print(f"{batch:>6} {mine / alone:>16.2f}x {looped / alone:>16.1f}x")


def gpt(words: int, units: int, heads: int, times: int | str) -> sb.Network:
    """Two blocks, the embedding once more as the last matrix."""
    block = sb.layer("transformer_block", heads=heads, hidden=4 * units, mask="causal", activation="gelu")
    return sb.Network([
        sb.layer("embedding", size=units, positions=True), block, block, sb.layer("layernorm"),
        sb.layer("dense", size=words, activation="softmax", tied={"W": "E[1]"})], inputs=[times, words], loss="ce")


def stack(kind: str, depth: int) -> sb.Network:
    options = {"lstm": {"size": 4}, "transformer_block": {"heads": 2, "hidden": 8, "mask": "causal"}}[kind]
    return sb.Network([sb.layer(kind, **options) for _ in range(depth)], inputs=["T", 4])


def kinds() -> None:
    print("the derivation of each kind's example, the network read and every gradient derived\n")
    examples = {**{k.name: k.example for k in KINDS.values()}, **{name: row[2] for name, row in AROUND.items()}}
    for name, example in examples.items():
        text = example_toml(example)
        print(f"{name:>18} {best(lambda t=text: sb.derive(sb.Network.from_toml(t)), 3) * 1e3:>8.1f} ms")
    sizes = {"V = 5, d = 4, T = 3": (5, 4, 2, 3), "V = 50257, d = 768, T = 1024": (50257, 768, 12, 1024),
             "V = 50257, d = 768, T a symbol": (50257, 768, 12, "T")}
    nets = {name: gpt(*given) for name, given in sizes.items()}
    # interleaved, so that a busy moment of the machine meets all
    rounds = [[best(lambda n=net: sb.derive(n), 1) for net in nets.values()] for _ in range(5)]
    times = [min(row) for row in zip(*rounds, strict=True)]
    print("\na GPT of two blocks with a tied embedding, derived\n")
    for name, seconds in zip(nets, times, strict=True):
        print(f"{name:>32} {seconds:>6.2f} s {seconds / times[0]:>6.2f}x")
    print("\nderived, time a layer\n")
    for kind in ("transformer_block", "lstm"):
        for depth in (10, 20, 40):
            net = stack(kind, depth)
            print(f"{depth:>4} x {kind:<18} {best(lambda n=net: sb.derive(n), 2) / depth * 1e3:>8.1f} ms")


if __name__ == "__main__":
    seconds = [float(name) for name in sys.argv[1:] if name.isdecimal()]
    runs = {"derivation": derivation, "numbers": numbers, "kinds": kinds, "judge": lambda: judge(*seconds),
            "pages": pages}
    for name in [name for name in sys.argv[1:] if not name.isdecimal()] or list(runs):
        runs[name]()
        print()
