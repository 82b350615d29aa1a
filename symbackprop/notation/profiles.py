"""The courses' ways of writing, one ``Notation(...)`` each."""

from __future__ import annotations

from symbackprop.language.errors import SymbackpropError, nearest
from symbackprop.language.notation import Notation
from symbackprop.language.quantity import Role

_DELTAS: tuple[Role, ...] = ("pre-activation",)
_BOTH: tuple[Role, ...] = ("activation", "pre-activation")
_OUTPUTS: tuple[Role, ...] = ("activation",)

NOTATIONS: dict[str, Notation] = {
    n.name: n
    for n in (
        Notation(
            name="notes",
            says="layers as W^{[l]}, z = W a + b; ∂J/∂a named and reused; dW, db, da for matrices",
            letters={"W": "w"},
            algorithm=("da[L]", "db[l]", "dW[l]", "da[l - 1]"),
        ),
        Notation(
            name="ng",
            says="layers as W^{[l]}, data as columns; dZ is of one datum, dW = 1/m dZ Aᵀ; * is element-wise",
            named=_DELTAS, passed=_OUTPUTS, batch="columns", product="*", loss="bce", datum=("L", "l", "E"),
            writes={"x": "x"}, entry="d", order="slope-last", dot="", bracketed=False, transpose="T",
            transpose_in=True, ones="sum", broadcast=True, datum_above=True, activation="g", activation_label=True,
            indices={"i": "k", "k": "i"},
            algorithm=("dz[L]", "dz[l]", "dW[l]", "db[l]"),
            general=("dz[L]", "named dz[l]", "dW[l]", "db[l]", "da[l - 1]"),
        ),
        Notation(
            name="scratch",
            says="layers as W1, X·W + B with data as rows, W (in, out); L is the mean loss, t the label, y the output",
            named=_BOTH, prime="output", mean_in="delta", batch="rows", product="*", mark="below", entry_mark="()",
            transposed=True, loss="ce",
            reads={"t": "y", "T": "y", "y": "out", "Y": "out", "L": "J", "E": "J", "h": "a", "a": "z", "A": "z",
                   "z": "a", "Z": "a"},
            writes={"y": "t", "J": "L", "L": "ℓ", "z": "a", "a": "z", "x": "x", "out": "y"}, datum=("ℓ",),
            functions=("h", "f"), gradient="slope", order="slope-last", dot="", matmul="·", transpose="T", ones="np",
            broadcast=True, indices={"k": "n", "n": "k"}, data="N",
            algorithm=("dz[L]", "dz[l]", "dW[l]", "db[l]", "da[l - 1]"),
        ),
        Notation(
            name="nielsen",
            says="layers as w^l, the input is layer 1; cost C, error δ^l = ∂C/∂z^l",
            named=_DELTAS, passed=_OUTPUTS, mark="bare", shift=1, weight_shift=1, error="δ", loss="sse",
            reads={"C": "J"}, writes={"J": "C", "W": "w"}, functions=("f",), datum=(), gradient="slope",
            order="slope-last", dot="", transpose="T", capitals=False, broadcast=True,
            output_gradient=True, indices={"i": "k", "k": "i"},
            algorithm=("named dz[L]", "dz[l]", "component db[l]", "component dW[l]"),
        ),
        Notation(
            name="ufldl",
            says="layers as W^{(l)}, from layer l to l+1, the input is a^{(1)}; δ^{(l)}, • is element-wise",
            named=_DELTAS, passed=_OUTPUTS, product="•", mark="()", shift=1, error="δ", loss="sse",
            letters={"W": "W"}, reads={"h": "out"}, functions=("f", "g"), gradient="nabla", order="slope-last",
            dot="", residual=True, transpose="T", activation="f", indices={"i": "j", "j": "i"},
            labels={"L": "n_l"}, size="s", broadcast=True,
            algorithm=("dz[L]", "dz[l]", "dW[l]", "db[l]"),
        ),
        Notation(
            name="goodfellow",
            says="layers as W^{(k)}, a = b + W h: a is the pre-activation, h the output; g is carried back",
            named=_BOTH, mark="()", letters={"W": "W"},
            reads={"a": "z", "h": "a", "A": "z", "H": "a", "ŷ": "out"},
            writes={"z": "a", "a": "h", "out": "ŷ", "x": "x"},
            functions=("f", "g"), datum=("E",), loss="mse", gradient="nabla", order="slope-last", dot="",
            transpose="⊤", transpose_in=True, activation="f", labels={"l": "k", "L": "l"},
            carried="g",
            algorithm=("carried da[L]", "carried dz[l]", "carried db[l]", "carried dW[l]", "carried da[l - 1]"),
        ),
        Notation(
            name="cs231n",
            says="layers as W1, scores = X W + b with data as rows, W (in, out); dscores, dW",
            named=_BOTH, mean_in="delta", batch="rows", product="*", mark="below", entry_mark="()", transposed=True,
            letters={"W": "W"}, loss="ce",
            reads={"scores": "score", "f": "score", "s": "score", "h": "a", "hidden": "a",
                   "hidden_layer": "a", "probs": "out",
                   "p": "out", "L": "J"},
            writes={"J": "L", "L": "ℓ", "a": "h", "x": "x", "score": "scores", "out": "probs"}, datum=("ℓ",),
            functions=("f",), order="slope-last", dot="", matmul="·", transpose="T", ones="np", broadcast=True,
            data="N",
            algorithm=("dz[L]", "dz[l]", "dW[l]", "db[l]", "da[l - 1]"),
        ),
        Notation(
            name="torch",
            says="weights (out, in) as in x Wᵀ + b, data as rows; dinp, dout, dweight, dbias",
            named=_BOTH, mean_in="delta", batch="rows", product="*", mark="below", entry_mark="()",
            letters={"W": "W", "b": "b"},
            reads={"weight": "W", "bias": "b", "inp": "x", "h": "a", "L": "J", "loss": "J", "logits": "score"},
            writes={"J": "L", "L": "ℓ", "a": "h", "W": "weight", "b": "bias", "x": "inp"}, datum=("ℓ",), loss="mse",
            order="slope-last", dot="", matmul="@", transpose="T", ones="np", broadcast=True, data="N",
            algorithm=("dz[L]", "dz[l]", "dW[l]", "db[l]", "da[l - 1]"),
        ),
        Notation(
            name="bishop",
            says="a is the pre-activation, z the output of a unit; w^{(1)}_{ji}, δ_j = ∂E/∂a_j",
            named=_DELTAS, passed=_OUTPUTS, mark="()", error="δ", loss="sse", letters={"W": "w"},
            reads={"a": "z", "z": "a", "A": "z", "Z": "a", "t": "y", "y": "out", "E": "J"},
            writes={"a": "z", "z": "a", "J": "E", "y": "t", "x": "x", "out": "y"},
            functions=("h", "f", "g"), datum=(),
            gradient="slope", order="adjoint-first", dot="", transpose="T", activation="h", data="N", bound={"i": "k"},
            algorithm=("component dz[L]", "component dz[l]", "component dW[l]", "component db[l]"),
        ),
        Notation(
            name="d2l",
            says="layers as W^{(1)}, h the hidden output, o the network's; ∂J/∂o, ⊙",
            named=_BOTH, mark="()", reads={"h": "a", "H": "a", "o": "score", "O": "score", "ŷ": "out"},
            writes={"a": "h", "x": "x", "score": "o", "out": "ŷ"},
            functions=("φ", "f", "g"), datum=("E", "l"), gradient="slope", order="slope-last", dot="",
            transpose="⊤", transpose_in=True, bold=True, activation="ϕ",
            algorithm=("dz[L]", "dz[l]", "dW[l]", "db[l]", "da[l - 1]"),
        ),
        Notation(
            name="demystified",
            says="x W with data as rows, W^{(1)} (in, out), z^{(2)} the first hidden one; δ^{(3)}, f′",
            named=_DELTAS, passed=_OUTPUTS, mean_in="delta", batch="rows", mark="()", shift=1, transposed=True,
            letters={"W": "W"}, error="δ", loss="sse", reads={"ŷ": "out"}, writes={"x": "X", "out": "ŷ"},
            functions=("f",), gradient="slope", order="slope-last", dot="", residual=True, transpose="T",
            activation="f", capitals=False, broadcast=True,
            algorithm=("dz[L]", "dz[l]", "dW[l]", "db[l]"),
        ),
    )
}  # fmt: skip


def notation(name: str) -> Notation:
    """The profile of that name. Raises SymbackpropError with the nearest known name."""
    if name not in NOTATIONS:
        raise SymbackpropError(f"unknown notation '{name}'; {nearest(name, NOTATIONS)}")
    return NOTATIONS[name]
