"""Notation: a course's way of writing, as data. What is named decides what is derived and reused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from symbackprop.language.quantity import Role

Batch = Literal["none", "columns", "rows"]
Mark = Literal["[]", "()", "bare", "below"]
Gradient = Literal["d", "slope", "nabla"]
Order = Literal["path", "slope-last", "adjoint-first"]


@dataclass(frozen=True)
class Notation:
    """One profile. ``named`` are the roles whose adjoints get a name and are reused in components; ``passed`` those
    that are passed through even where they are a sum; ``collected`` those that matrix forms may fold into, best first.
    ``prime`` writes σ'(z) as it is, or a(1 − a). ``mean_in`` puts the 1/m of the mean over data into the weights'
    gradients (adjoints are then per datum) or into the deltas. ``batch`` is how the course has its data, ``loss`` its
    usual loss: they are taken where nobody has said.

    Names: ``mark`` is how a layer label stands (``W^{[2]}``, ``W^{(2)}``, ``W^2``, ``W_2``; ``entry_mark`` in
    components, where that differs), ``shift`` and ``weight_shift`` how much greater it is than that of the record, for
    units and for weights. ``reads`` gives letters their meaning, ``writes`` is the way back. ``transposed``: weights
    are written (in, out), X W + b. ``error`` is a letter that means the derivative of the loss by the pre-activation,
    ``functions`` letters that mean the activation of a layer, ``datum`` losses of one datum.
    """

    name: str
    says: str
    named: tuple[Role, ...] = ("activation",)
    passed: tuple[Role, ...] = ()
    collected: tuple[Role, ...] = ("bias", "pre-activation", "auxiliary")
    prime: Literal["kept", "output"] = "kept"
    mean_in: Literal["weight", "delta"] = "weight"
    batch: Batch = "none"
    letters: Mapping[str, str] = field(default_factory=dict)
    """Letter of the record to letter on the page for components; capitals are for matrices."""
    product: str = "⊙"
    mark: Mark = "[]"
    entry_mark: Mark | None = None
    shift: int = 0
    weight_shift: int = 0
    reads: Mapping[str, str] = field(default_factory=dict)
    """Letter to a letter of the record; ``x``, ``out`` and ``score`` are the input, the output, what the output
    is made of."""
    writes: Mapping[str, str] = field(default_factory=dict)
    """Letter of the record to letter on the page, all at once: z and a may change places. ``x``, ``out`` and ``score``
    are the input, the output and what that is made of, which then have no label."""
    transposed: bool = False
    error: str = ""
    functions: tuple[str, ...] = ("g", "f", "φ")
    datum: tuple[str, ...] = ("E", "l", "Loss")
    loss: str = "mse"

    # how it looks
    gradient: Gradient = "d"
    """The gradient by an array: ``dW``, ``∂J/∂W`` or ``∇_W J``."""
    entry: Literal["slope", "d"] = "slope"
    """The gradient by one number: ``∂J/∂w`` or ``dw``."""
    order: Order = "path"
    """Of factors: along the path; the slope of the activation last; the known derivative first."""
    dot: str = "·"
    """Between the factors of a product of numbers; with none, a factor 1 is not written."""
    matmul: str = ""
    """Between matrices that are multiplied."""
    residual: bool = False
    """``−(y − a)`` for a − y."""
    bracketed: bool = True
    """Brackets around a matrix product that is multiplied element by element."""
    transpose: str = "𝖳"
    transpose_in: bool = False
    """The transpose beside the label, ``A^{[1]T}``, not behind brackets."""
    capitals: bool = True
    """Capital letters for matrices."""
    bold: bool = False
    """Bold letters for arrays."""
    ones: Literal["1", "sum", "np"] = "1"
    """A sum over the data of an array: times a vector of ones, ``Σ_i dZ^{(i)}``, ``np.sum(dZ, axis=0)``."""
    broadcast: bool = False
    """``W A + b``: a bias is added to every datum without a vector of ones."""
    datum_above: bool = False
    """The datum as a superscript in parentheses, ``a^{[1](i)}_j``."""
    activation: str = ""
    """The letter of any activation function, where it says which: with a layer's label, or where there is only one."""
    activation_label: bool = False
    indices: Mapping[str, str] = field(default_factory=dict)
    """Letters of indices, renamed at once; a permutation."""
    bound: Mapping[str, str] = field(default_factory=dict)
    """Letters of the indices of sums in gradients, where they are free."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The names of a general layer and of the last one, ``{"l": "k", "L": "l"}``."""
    data: str = "m"
    """How many data there are."""
    size: str = "n"
    """How many units a layer has."""
    output_gradient: bool = False
    """``∇_a C`` for the gradient by the output, as an array."""
    carried: str = ""
    """The letter of what the backward algorithm carries back, ``g``."""
    algorithm: tuple[str, ...] = ()
    """The lines of the course's backward algorithm, ``dz[L]`` once, those with l for every layer (see
    ``documents/algorithm.py``)."""
    general: tuple[str, ...] = ()
    """The same for any number of layers, where the course has other lines there."""

    def __post_init__(self) -> None:
        if set(self.indices) != set(self.indices.values()):
            raise ValueError(f"the indices of {self.name} are renamed, but not one to one: {dict(self.indices)}")
