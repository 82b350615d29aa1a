"""The courses' ways of writing, one ``Notation(...)`` each."""

from __future__ import annotations

from symbackprop.language.errors import SymbackpropError, nearest
from symbackprop.language.notation import Notation
from symbackprop.language.quantity import Role

_DELTAS: tuple[Role, ...] = ("pre-activation",)

NOTATIONS: dict[str, Notation] = {
    n.name: n
    for n in (
        Notation(
            name="notes",
            says="layers as W^{[l]}, z = W a + b; ∂J/∂a named and reused; dW, db, da for matrices",
            letters={"W": "w"},
        ),
        Notation(
            name="ng",
            says="layers as W^{[l]}, data as columns; dZ is of one datum, dW = 1/m dZ Aᵀ; * is element-wise",
            named=_DELTAS, batch="columns", product="*", loss="bce", datum=("L", "l", "E"),
        ),
        Notation(
            name="scratch",
            says="layers as W1, X·W + B with data as rows, W (in, out); L is the mean loss, t the label, y the output",
            named=_DELTAS, mean_in="delta", batch="rows", product="*", mark="below", transposed=True, loss="ce",
            reads={"t": "y", "T": "y", "y": "out", "Y": "out", "L": "J", "E": "J", "h": "a"},
            writes={"y": "t", "J": "L"}, datum=(), functions=("h", "f"),
        ),
        Notation(
            name="nielsen",
            says="layers as w^l, the input is layer 1; cost C, error δ^l = ∂C/∂z^l",
            named=_DELTAS, mark="bare", shift=1, weight_shift=1, error="δ", loss="sse",
            reads={"C": "J"}, writes={"J": "C", "W": "w"}, functions=("f",), datum=(),
        ),
        Notation(
            name="ufldl",
            says="layers as W^{(l)}, from layer l to l+1, the input is a^{(1)}; δ^{(l)}, • is element-wise",
            named=_DELTAS, batch="columns", product="•", mark="()", shift=1, error="δ", loss="sse",
            reads={"h": "out"}, functions=("f", "g"),
        ),
        Notation(
            name="goodfellow",
            says="layers as W^{(k)}, a = b + W h: a is the pre-activation, h the output; g is carried back",
            mark="()", reads={"a": "z", "h": "a", "A": "z", "H": "a"}, writes={"z": "a", "a": "h"},
            functions=("f", "g"), datum=("E",), loss="mse",
        ),
        Notation(
            name="cs231n",
            says="layers as W1, scores = X W + b with data as rows, W (in, out); dscores, dW",
            mean_in="delta", batch="rows", product="*", mark="below", transposed=True, loss="ce",
            reads={"scores": "score", "f": "score", "h": "a", "hidden": "a",
                   "hidden_layer": "a", "probs": "out",
                   "p": "out", "L": "J"},
            writes={"J": "L"}, datum=(), functions=("f",),
        ),
        Notation(
            name="torch",
            says="weights (out, in) as in x Wᵀ + b, data as rows; dinp, dout, dweight, dbias",
            mean_in="delta", batch="rows", product="*", mark="below",
            reads={"weight": "W", "bias": "b", "inp": "x", "h": "a", "L": "J", "loss": "J", "logits": "score"},
            writes={"J": "L"}, datum=(), loss="mse",
        ),
        Notation(
            name="bishop",
            says="a is the pre-activation, z the output of a unit; w^{(1)}_{ji}, δ_j = ∂E/∂a_j",
            named=_DELTAS, mark="()", error="δ", loss="sse",
            reads={"a": "z", "z": "a", "A": "z", "Z": "a", "t": "y", "y": "out", "E": "J"},
            writes={"a": "z", "z": "a", "J": "E", "y": "t", "W": "w"}, functions=("h", "f", "g"), datum=(),
        ),
        Notation(
            name="d2l",
            says="layers as W^{(1)}, h the hidden output, o the network's; ∂J/∂o, ⊙",
            mark="()", reads={"h": "a", "H": "a", "o": "score", "O": "score"}, writes={"a": "h"},
            functions=("φ", "f", "g"), datum=("E", "l"),
        ),
        Notation(
            name="demystified",
            says="x W with data as rows, W^{(1)} (in, out), z^{(2)} the first hidden one; δ^{(3)}, f′",
            named=_DELTAS, mean_in="delta", batch="rows", mark="()", shift=1, transposed=True, error="δ", loss="sse",
            functions=("f",),
        ),
    )
}  # fmt: skip


def notation(name: str) -> Notation:
    """The profile of that name. Raises SymbackpropError with the nearest known name."""
    if name not in NOTATIONS:
        raise SymbackpropError(f"unknown notation '{name}'; {nearest(name, NOTATIONS)}")
    return NOTATIONS[name]
