"""Networks of random sizes for every kind of layer, as the tables of a TOML file; and the same tables in PyTorch."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import symbackprop as sb

Table = dict[str, Any]
Draw = Callable[[int, int], int]
TURNS = 3
BATCHES = ("none", "rows", "columns")


def front(size: object) -> Table:
    """Before every kind a layer with parameters, so that its own backward pass reaches something."""
    return {"kind": "dense", "size": size, "activation": "tanh"}


def table(size: object, *layers: Table, batch: str = "none", loss: str = "mse") -> Table:
    return {"input": {"size": size}, "layer": list(layers), "batch": batch, "loss": loss}


def network(of: Mapping[str, Any]) -> sb.Network:
    """The network of such a table, built from Python."""
    return sb.Network([made(t) for t in of["layer"]], inputs=of["input"]["size"], batch=of["batch"], loss=of["loss"])


def made(of: Mapping[str, Any]) -> Any:
    options = {k: v for k, v in of.items() if k not in ("kind", "layers")}
    inner = [made(t) for t in of.get("layers", [])]
    return sb.layer(of["kind"], layers=inner, **options) if inner else sb.layer(of["kind"], **options)


# sizes

WINDOWS = ((3, 1, 1, 0), (2, 2, 2, 1), (3, 2, 1, 2))
"""Kernel, stride, dilation, padding: overlapping, dilated with holes, padded on both sides; a stride above 1 twice."""


def _long(draw: Draw, kernel: int, stride: int, dilation: int = 1, padding: int = 0) -> int:
    """A length in which the kernel fits, with places at the end that the stride leaves over."""
    return max(1, dilation * (kernel - 1) + 1 - 2 * padding + stride * draw(0, 2) + draw(0, stride - 1))


def conv1d(draw: Draw, turn: int) -> Table:
    kernel, stride, dilation, padding = WINDOWS[turn]
    n = _long(draw, kernel, stride, dilation, padding)
    return table([1 if turn == 0 else draw(1, 2), n], front(n), {
        "kind": "conv1d", "channels": draw(1, 3), "kernel": kernel, "stride": stride, "dilation": dilation,
        "padding": padding, "activation": ("identity", "tanh", "sigmoid")[turn]}, batch=BATCHES[turn])


def conv2d(draw: Draw, turn: int) -> Table:
    kernel = [[2, 1], [1, 2], [2, 3]][turn]
    stride, dilation, padding = ((1, 1, 0), (2, 1, 1), (2, 2, 1))[turn]
    h, w = (_long(draw, k, stride, dilation, padding) for k in kernel)
    return table([draw(1, 2), h, w], front(w), {
        "kind": "conv2d", "channels": draw(1, 2), "kernel": kernel, "stride": stride, "dilation": dilation,
        "padding": padding}, batch=BATCHES[turn])


def _pool(kind: str, draw: Draw, turn: int) -> Table:
    """Units, channels × length, an image; windows that overlap, and one that does not."""
    kernel, stride = ((2, None), (3, 2), ([3, 2], 1))[turn]
    pool = {"kind": kind, "kernel": kernel, **({"stride": stride} if stride else {})}
    n = _long(draw, 3, stride or 2)
    shape = ([n], [draw(1, 2), n], [draw(1, 2), draw(3, 4), draw(2, 3)])[turn]
    return table(shape[0] if len(shape) == 1 else shape, front(shape[-1]), pool, batch=BATCHES[turn])


def avgpool(draw: Draw, turn: int) -> Table:
    return _pool("avgpool", draw, turn)


def maxpool(draw: Draw, turn: int) -> Table:
    return _pool("maxpool", draw, turn)


def flatten(draw: Draw, turn: int) -> Table:
    shape = [[1, draw(1, 3)], [draw(2, 3), draw(2, 3)], [2, draw(1, 2), draw(2, 3)]][turn]
    return table(shape, front(shape[-1]), {"kind": "flatten"}, {"kind": "dense", "size": draw(1, 2)},
                 batch=BATCHES[turn])


def batchnorm(draw: Draw, turn: int) -> Table:
    """Over a first axis, over the data, over the data and the places of a channel."""
    shape = ([draw(2, 4), draw(1, 3)], draw(2, 4), [draw(1, 2), draw(2, 3)])[turn]
    last = shape if isinstance(shape, int) else shape[-1]
    return table(shape, front(last), {"kind": "batchnorm", "eps": (1e-5, 0.01, 0.1)[turn]}, batch=BATCHES[turn])


def _norm(kind: str, draw: Draw, turn: int) -> Table:
    shape = (draw(2, 4), [draw(1, 2), draw(2, 4)], [draw(1, 2), 1, draw(2, 3)])[turn]
    n = shape if isinstance(shape, int) else shape[-1]
    return table(shape, front(n), {"kind": kind, "eps": (1e-5, 0.01, 0.1)[turn]}, batch=BATCHES[turn])


def layernorm(draw: Draw, turn: int) -> Table:
    return _norm("layernorm", draw, turn)


def rmsnorm(draw: Draw, turn: int) -> Table:
    """Of a single unit too: a/|a|, but for ε."""
    found = _norm("rmsnorm", draw, turn)
    return table(1, front(1), found["layer"][1]) if turn == 0 else found


def groupnorm(draw: Draw, turn: int) -> Table:
    """Groups of one channel, all channels in one group, and in between."""
    groups, each = ((draw(2, 3), 1), (1, draw(2, 3)), (2, 2))[turn]
    shape = [groups * each, draw(2, 3)] if turn < 2 else [groups * each, 2, 1]
    return table(shape, front(shape[-1]), {"kind": "groupnorm", "groups": groups}, batch=BATCHES[turn])


def _recurrent(kind: str, draw: Draw, turn: int) -> Table:
    """One time and one unit; both directions; over data, with a number of times that is a symbol."""
    times, batch = ((1, "none"), (2, "none"), ("T", "rows" if kind == "rnn" else "columns"))[turn]
    inputs = draw(1, 2)
    return table([times, draw(1, 2)], front(inputs), {
        "kind": kind, "size": (1, 2, draw(1, 2))[turn], "bidirectional": turn == 1}, batch=batch)


def rnn(draw: Draw, turn: int) -> Table:
    return _recurrent("rnn", draw, turn)


def lstm(draw: Draw, turn: int) -> Table:
    return _recurrent("lstm", draw, turn)


def gru(draw: Draw, turn: int) -> Table:
    return _recurrent("gru", draw, turn)


MASKS = ("none", "causal", "given")


def attention(draw: Draw, turn: int) -> Table:
    n = draw(1, 3)
    return table([(draw(2, 3), "T", draw(2, 4))[turn], draw(1, 2)], front(n), {
        "kind": "attention", "size": 1 if turn == 0 else draw(2, 3), "mask": MASKS[turn]}, batch=BATCHES[turn])


def multihead(draw: Draw, turn: int) -> Table:
    heads = (1, 2, 3)[turn]
    n = heads * (draw(1, 2) if turn == 0 else 1)
    return table([(1, "T", draw(2, 3))[turn], draw(1, 2)], front(n), {
        "kind": "multihead", "heads": heads, "mask": MASKS[turn]}, batch=BATCHES[turn])


def embedding(draw: Draw, turn: int) -> Table:
    return table([("T", draw(1, 3), draw(2, 4))[turn], draw(2, 4)], {
        "kind": "embedding", "size": 1 if turn == 0 else draw(1, 3), "positions": turn != 1},
        {"kind": "dense", "size": 2}, batch=BATCHES[turn])


def transformer_block(draw: Draw, turn: int) -> Table:
    heads = (1, 2, 2)[turn]
    n = heads * (draw(2, 3) if turn == 0 else 1)
    return table([(1, "T", draw(2, 3))[turn], draw(1, 2)], front(n), {
        "kind": "transformer_block", "heads": heads, "hidden": draw(1, 3), "mask": MASKS[turn],
        "activation": ("tanh", "relu", "gelu")[turn]}, batch=("none", "none", "rows")[turn])


def dropout(draw: Draw, turn: int) -> Table:
    shape = (1, [draw(2, 3), 2], draw(2, 4))[turn]
    n = shape if isinstance(shape, int) else shape[-1]
    return table(shape, front(n), {"kind": "dropout", "rate": (0.5, 0.25, 0)[turn]}, batch=BATCHES[turn])


def residual(draw: Draw, turn: int) -> Table:
    n = (1, draw(2, 3), draw(2, 3))[turn]
    inner = [front(draw(1, 3)), {"kind": "dense", "size": n, "activation": "identity"}]
    return table(n if turn < 2 else [draw(2, 3), n], front(n), {"kind": "residual", "layers": inner},
                 batch=BATCHES[turn])


def concat(draw: Draw, turn: int) -> Table:
    n = (1, draw(2, 3), draw(2, 3))[turn]
    return table(n if turn < 2 else [draw(2, 3), n], front(n), {"kind": "concat", "layers": [front(draw(1, 3))]},
                 batch=BATCHES[turn])


SIZES: dict[str, Callable[[Draw, int], Table]] = {f.__name__: f for f in (
    conv1d, conv2d, avgpool, maxpool, flatten, batchnorm, layernorm, rmsnorm, groupnorm, rnn, lstm, gru, attention,
    multihead, embedding, transformer_block, dropout, residual, concat)}
"""One row a kind: how a network of it is drawn, at each turn with other options."""


def drawn(kind: str, turn: int, salt: int = 0) -> Table:
    """The network of a kind at random sizes, the same in every run."""
    if kind not in SIZES:
        raise AssertionError(f"no sizes for kind {kind}: give it a row in tests/kind_tables.py")
    rng = np.random.default_rng([zlib.crc32(kind.encode()), turn, salt])
    return SIZES[kind](lambda low, high: int(rng.integers(low, high + 1)), turn)
