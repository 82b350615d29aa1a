"""The networks of kind_tables in PyTorch: one function a kind, with our parameters, in float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Tensor = Any


@dataclass
class Torch:
    """A network as torch computes it. ``values`` are our arrays by record name; each becomes a leaf of the graph, under
    that name, when a layer asks for it. Layers are counted as symbackprop counts them. Data stand first."""

    torch: Any
    values: Mapping[str, Any]
    batch: str
    leaves: dict[str, Tensor] = field(default_factory=dict)
    position: int = 0

    def array(self, name: str, data: bool = False) -> Tensor:
        if name not in self.leaves:
            found = self.torch.tensor(np.asarray(self.values[name], dtype=float), dtype=self.torch.float64)
            self.leaves[name] = found.requires_grad_(not data)
        found = self.leaves[name]
        if not data or self.batch == "rows":
            return found
        return found.movedim(-1, 0) if self.batch == "columns" else found.unsqueeze(0)

    def own(self, letter: str, data: bool = False) -> Tensor:
        """A parameter of the layer at hand."""
        return self.array(f"{letter}[{self.position}]", data)

    def loss(self, table: Mapping[str, Any]) -> Tensor:
        a, y = self.layers(self.array("a[0]", data=True), table["layer"]), self.array("y", data=True)
        if table["loss"] == "ce":
            return -(y * a.log()).sum(-1).mean()
        assert table["loss"] == "mse"
        return ((a - y) ** 2).mean() / 2

    def layers(self, x: Tensor, tables: list[Mapping[str, Any]]) -> Tensor:
        for table in tables:
            x = KINDS[table["kind"]](self, x, table)
        return x

    def here(self) -> Torch:
        self.position += 1
        return self


def activation(n: Torch, name: str, z: Tensor) -> Tensor:
    made = {"identity": lambda: z, "softmax": lambda: z.softmax(-1), "gelu": lambda: n.torch.nn.functional.gelu(z)}
    return made[name]() if name in made else getattr(n.torch, name)(z)


def dense(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    n.here()
    tied = of.get("tied", {})
    w, b = (n.array(tied[k]) if k in tied else n.own(k) for k in "Wb")
    return activation(n, of.get("activation", "sigmoid"), n.torch.nn.functional.linear(x, w, b))


def conv(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    n.here()
    options = {k: of[k] for k in ("stride", "padding", "dilation") if k in of}
    z = getattr(n.torch.nn.functional, of["kind"])(x, n.own("W"), n.own("b"), **options)
    return activation(n, of.get("activation", "identity"), z)


def pool(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    n.here()
    units = x.dim() == 2
    x = x.unsqueeze(1) if units else x
    name = f"{'avg' if of['kind'] == 'avgpool' else 'max'}_pool{x.dim() - 2}d"
    a = getattr(n.torch.nn.functional, name)(x, of["kernel"], of.get("stride"))
    return a.squeeze(1) if units else a


def flatten(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    n.here()
    return x.flatten(1)


def batchnorm(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    """Without data the first of two axes is taken for them."""
    n.here()
    alone = n.batch == "none"
    a = n.torch.nn.functional.batch_norm(x[0] if alone else x, None, None, n.own("gamma"), n.own("beta"), training=True,
                                         eps=of.get("eps", 1e-5))
    return a.unsqueeze(0) if alone else a


def layernorm(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    n.here()
    return n.torch.nn.functional.layer_norm(x, x.shape[-1:], n.own("gamma"), n.own("beta"), of.get("eps", 1e-5))


def rmsnorm(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    n.here()
    return n.torch.nn.functional.rms_norm(x, x.shape[-1:], n.own("gamma"), of.get("eps", 1e-5))


def groupnorm(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    n.here()
    return n.torch.nn.functional.group_norm(x, of["groups"], n.own("gamma"), n.own("beta"), of.get("eps", 1e-5))


GATES = {"rnn": ("",), "lstm": ("i", "f", "g", "o"), "gru": ("r", "s", "q")}
"""In the order in which torch stacks them; its update gate z is our s, its candidate n our q."""


def recurrent(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    """torch has two biases a gate, of which one is enough, but for the candidate of a GRU, where ours are b and d."""
    n.here()
    kind, both = of["kind"], of.get("bidirectional", False)
    flat = []
    for tag in ("", "r") if both else ("",):
        def of_gates(letter: str, tag: str = tag) -> list[Tensor]:
            return [n.own(f"{letter}_{tag}{g}" if tag + g else letter) for g in GATES[kind]]

        biases = of_gates("b")
        second = [n.torch.zeros_like(b) for b in biases]
        if kind == "gru":
            second[2] = n.own(f"d_{tag}q")
        flat += [n.torch.cat(parts) for parts in (of_gates("W"), of_gates("U"), biases, second)]
    start = n.torch.zeros(2 if both else 1, x.shape[0], of["size"], dtype=x.dtype)
    cell = getattr(n.torch, "rnn_tanh" if kind == "rnn" else kind)
    return cell(x, (start, start) if kind == "lstm" else start, flat, True, 1, 0.0, False, both, True)[0]


def _scores(n: Torch, q: Tensor, k: Tensor, v: Tensor, mask: str) -> Tensor:
    """A mask that is given multiplies exp(S): its logarithm is added to S."""
    options: dict[str, Any] = {"is_causal": True} if mask == "causal" else {}
    if mask == "given":
        options = {"attn_mask": n.own("m").log()}
    return n.torch.nn.functional.scaled_dot_product_attention(q, k, v, **options)


def attention(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    n.here()
    q, k, v = (n.torch.nn.functional.linear(x, n.own(f"W_{w}")) for w in "qkv")
    return _scores(n, q, k, v, of.get("mask", "none"))


def multihead(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    n.here()
    data, times, units = x.shape
    h = of["heads"]
    q, k, v = (n.torch.nn.functional.linear(x, n.own(f"W_{w}").reshape(units, units)).reshape(
        data, times, h, units // h).transpose(1, 2) for w in "qkv")
    o = _scores(n, q, k, v, of.get("mask", "none")).transpose(1, 2).reshape(data, times, units)
    return n.torch.nn.functional.linear(o, n.own("W_o").reshape(units, units))


def embedding(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    """By the numbers of the tokens, of which x is one-hot."""
    n.here()
    assert bool(((x == 0) | (x == 1)).all() & (x.sum(-1) == 1).all())
    a = n.torch.nn.functional.embedding(x.argmax(-1), n.own("E"))
    return a + n.own("p") if of.get("positions") else a


def transformer_block(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    x = x + multihead(n, layernorm(n, x, {}), of)
    n.here()
    hidden = dense(n, layernorm(n, x, {}), {"activation": of.get("activation", "tanh")})
    x = x + dense(n, hidden, {"activation": "identity"})
    n.here()
    return x


def dropout(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    """torch draws its own masks; with one that is given it is this product."""
    n.here()
    return x * n.own("m", data=True) / (1 - of["rate"])


def around(n: Torch, x: Tensor, of: Mapping[str, Any]) -> Tensor:
    f = n.layers(x, of["layers"])
    n.here()
    return x + f if of["kind"] == "residual" else n.torch.cat([x, f], -1)


KINDS: dict[str, Callable[[Torch, Tensor, Mapping[str, Any]], Tensor]] = {
    "dense": dense, "conv1d": conv, "conv2d": conv, "avgpool": pool, "maxpool": pool, "flatten": flatten,
    "batchnorm": batchnorm, "layernorm": layernorm, "rmsnorm": rmsnorm, "groupnorm": groupnorm, "rnn": recurrent,
    "lstm": recurrent, "gru": recurrent, "attention": attention, "multihead": multihead, "embedding": embedding,
    "transformer_block": transformer_block, "dropout": dropout, "residual": around, "concat": around,
}
