"""Network: one model, described in SymPy, by a spec, in TOML or in Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import sympy as sp

from symbackprop.language.derivation import Assumption
from symbackprop.language.errors import NetworkError, depth_needed
from symbackprop.language.indices import base_of, indices_of, leaves
from symbackprop.language.notation import Batch
from symbackprop.language.program import Program
from symbackprop.language.quantity import PARAMETERS, Quantity, index
from symbackprop.networks.activations import assumptions as kinks
from symbackprop.networks.build import build, build_deep
from symbackprop.networks.composite import composite_loss, expanded_loss
from symbackprop.networks.from_sympy import read_equations
from symbackprop.networks.layers import Layer, Shape, units
from symbackprop.networks.losses import check_fits, loss
from symbackprop.networks.regularisers import Regulariser
from symbackprop.networks.regularisers import regulariser as read_regulariser
from symbackprop.networks.spec import MOST_LAYERS, read_spec
from symbackprop.networks.toml import read_toml

Units: TypeAlias = int | str | sp.Expr


@dataclass(frozen=True)
class _Plan:
    """What a stack of layers was asked for with: enough to build it again over data, or at another depth."""

    inputs: Shape
    layers: tuple[Layer, ...]
    loss: str
    batch: Batch
    deep: bool = False
    """Is the number of layers a symbol? Then ``layers`` are a hidden one and the last."""
    regulariser: Regulariser | None = None
    open: bool = False
    """Has nobody said which loss?"""
    batch_open: bool = False
    """Has nobody said how the data lie?"""


class Network:
    """A network: ``program`` is its list of equations, ``loss_quantity`` what is derived, ``wrt`` by what (None: by
    every parameter).

    >>> Network("2-3:relu-1").describe
    '2-3:relu-1'
    """

    program: Program
    loss_quantity: Quantity
    describe: str
    title: str | None = None
    notation: str | None = None
    wrt: list[str] | None = None
    assumptions: tuple[Assumption, ...] = ()
    _plan: _Plan | None = None

    def __init__(
        self, layers: str | Sequence[Layer], *, inputs: Units | Sequence[Units] | None = None, loss: str | None = None,
        batch: Batch | None = None, title: str | None = None, notation: str | None = None,
        regulariser: Regulariser | Mapping[str, Any] | None = None,
    ) -> None:
        self.title, self.notation = title, notation
        penalty = read_regulariser(regulariser)
        if isinstance(layers, str):
            if inputs is not None:
                raise NetworkError("a spec begins with the size of the input; leave inputs out")
            spec = layers.strip()
            read = read_spec(spec)
            shown = spec if loss in (None, read.loss) else f"{spec.partition('/')[0]}/{loss}"
            silent = loss is None and "/" not in spec
            plan = _Plan((read.inputs,), read.layers, loss or read.loss, batch or "none", read.deep, penalty, silent,
                         batch is None)
            self._build(plan, _with(shown, penalty))
            return
        if inputs is None:
            raise NetworkError("say how long the input is: Network([...], inputs=784)")
        if not layers:
            raise NetworkError("a network has at least one layer")
        if len(layers) > MOST_LAYERS:
            raise NetworkError(f"{len(layers):,} layers; the limit is {MOST_LAYERS:,}")
        wrong = next((layer for layer in layers if not isinstance(layer, Layer)), None)
        if wrong is not None:
            raise NetworkError(f"{wrong!r} is not a layer; write sb.dense(128, \"relu\")")
        plan = _Plan(_axes(inputs), tuple(layers), loss or "mse", batch or "none", regulariser=penalty,
                     batch_open=batch is None)
        self._build(plan, _described(plan))

    def _build(self, plan: _Plan, describe: str) -> None:
        if plan.batch not in ("none", "columns", "rows"):
            raise NetworkError(f"batch is 'none', 'columns' or 'rows', not {plan.batch!r}")
        chosen = loss(plan.loss)
        check_fits(chosen, plan.layers[-1].activation)
        if plan.deep and plan.regulariser is not None:
            raise depth_needed("a penalty on the weights of every layer")
        built = (build_deep(plan.inputs[0], plan.layers[0], plan.layers[1], chosen, plan.batch) if plan.deep
                 else build(plan.inputs, plan.layers, chosen, plan.batch, plan.regulariser))
        self.program, self.loss_quantity, self.describe, self._plan = built.program, built.loss, describe, plan
        used = dict.fromkeys(layer.activation for layer in plan.layers if layer.activation)
        penalty = plan.regulariser is not None and plan.regulariser.penalty.kink
        bent = (Assumption("branch"),) if chosen.kink or penalty or _user_kinks(plan.layers) else ()
        self.assumptions = tuple(a for name in used for a in kinks(name)) + bent + _outside(built.program)
        if chosen.target in ("distribution", "one-hot"):
            self.assumptions += (_sums_to_one(built.program.quantity("y")),)

    @classmethod
    def from_toml(cls, source: str | Path) -> Network:
        """A network in TOML: a path, or the text itself. Raises NetworkError or SyntaxProblem with the line."""
        text, name = _text_of(source)
        read = read_toml(text, name)
        made = cls(read.layers, inputs=read.inputs, loss=read.loss, batch=read.batch, title=read.title,
                   notation=read.notation, regulariser=read.regulariser)  # fmt: skip
        made.describe = name or made.describe
        return made

    @classmethod
    def from_sympy(
        cls, equations: Iterable[sp.Basic], *, loss: sp.Basic, wrt: Iterable[sp.Basic], title: str | None = None
    ) -> Network:
        """A network written in SymPy: ``[Eq(z1, w1*x + b1), …]``. Results come back in the same symbols."""
        program, quantity, names = read_equations(list(equations), loss, list(wrt))
        made = cls.__new__(cls)
        made.program, made.loss_quantity, made.wrt, made.title = program, quantity, names, title
        if any(e.expression.has(sp.Piecewise) for e in program.equations):
            made.assumptions = (Assumption("branch"),)
        made.describe = title or f"{len(program.equations)} equations in SymPy"
        return made

    @property
    def batch(self) -> Batch:
        return self._plan.batch if self._plan else "none"

    @property
    def fixed(self) -> bool:
        """Is some layer written for the numbers of its input, so that one neuron a layer is another network?"""
        return self._plan is not None and any(layer.write or layer.inner for layer in self._plan.layers)

    @property
    def can_batch(self) -> bool:
        """Can the same network be had over data? Not one written in SymPy: its axes are the user's."""
        return self._plan is not None

    @property
    def batch_open(self) -> bool:
        """Has nobody said how the data lie?"""
        return self._plan is not None and self._plan.batch_open

    def with_batch(self, batch: Batch) -> Network:
        """The same network for one datum (none), or for data as columns or rows."""
        if self._plan is None:
            raise NetworkError("a network written in SymPy has the axes it was written with; add the data there")
        plan = self._plan
        made = Network.__new__(Network)
        made.title, made.notation, made.wrt = self.title, self.notation, self.wrt
        made._build(replace(plan, batch=batch, batch_open=False), self.describe)
        return made

    @property
    def loss_open(self) -> bool:
        """Was the network given by a spec that names no loss, so that the usual one was taken?"""
        return self._plan is not None and self._plan.open

    @property
    def loss_name(self) -> str:
        """The loss as a spec names it; "" where the network was written in SymPy."""
        return self._plan.loss if self._plan is not None else ""

    def with_loss(self, name: str) -> Network:
        """The same network with another loss. Raises NetworkError where that does not suit its output."""
        if self._plan is None:
            raise NetworkError("the loss of a network written in SymPy is in its equations")
        made = Network.__new__(Network)
        made.title, made.notation, made.wrt = self.title, self.notation, self.wrt
        made._build(replace(self._plan, loss=name, open=False), f"{self.describe.partition('/')[0]}/{name}")
        return made

    @property
    def is_deep(self) -> bool:
        """Is the number of layers a symbol, as in ``n0-...-nL``?"""
        return self._plan is not None and self._plan.deep

    def at_depth(self, depth: int) -> Network:
        """The network of that many layers, where here their number is a symbol.

        >>> Network("n0-...:tanh-nL").at_depth(3).describe
        'n0-n1:tanh-n2:tanh-n3'
        """
        plan = self._plan
        if plan is None or not plan.deep:
            raise NetworkError("the number of layers is a number here already")
        if not 1 <= depth <= MOST_LAYERS:
            raise NetworkError(f"a network of {depth} layers: there are 1 to {MOST_LAYERS:,}")
        hidden, last = plan.layers
        stack = [*(_at(hidden, k) for k in range(1, depth)), _at(last, depth)]
        return Network(stack, inputs=_sized(plan.inputs[0], 0), loss=plan.loss, title=self.title,
                       batch=None if plan.batch_open else plan.batch, notation=self.notation)  # fmt: skip

    @property
    def parameters(self) -> tuple[Quantity, ...]:
        return tuple(q for q in self.program.all_given if q.role in PARAMETERS)

    @property
    def loss(self) -> sp.Expr:
        """The full composite loss as one SymPy expression in givens. Raises NetworkError beyond 20 layers."""
        if self.is_deep:
            raise depth_needed("the loss as one expression")
        return composite_loss(self.program, self.loss_quantity)

    def loss_expanded(self) -> sp.Expr:
        """The composite loss with every entry written out, for small numeric networks."""
        if self.is_deep:
            raise depth_needed("the loss written out")
        return expanded_loss(self.program, self.loss_quantity)

    def __repr__(self) -> str:
        return f"Network({self.describe!r})"


def _axes(inputs: Units | Sequence[Units]) -> Shape:
    """One axis, or several: ``(3, 28, 28)`` for an image, ``("T", 3)`` for a sequence."""
    return tuple(map(units, inputs)) if isinstance(inputs, list | tuple) else (units(inputs),)


def _sized(units_: sp.Expr, label: int) -> sp.Expr:
    """A size of a network of symbolic depth at one of its layers: the number there is, or ``n2``."""
    return units_ if units_.is_Integer else units(f"n{label}")


def _at(layer: Layer, label: int) -> Layer:
    assert layer.size is not None
    return replace(layer, size=_sized(layer.size, label))


def _described(plan: _Plan) -> str:
    """The spec that says the same, as far as one can."""
    words = ["×".join(map(str, plan.inputs))]
    for layer in plan.layers:
        if layer.name is not None or layer.kind != "dense":
            words.append(layer.name or layer.kind)
        else:
            words.append(str(layer.size) + ("" if layer.activation == "sigmoid" else f":{layer.activation}"))
    return _with("-".join(words) + ("" if plan.loss == "mse" else f"/{plan.loss}"), plan.regulariser)


def _outside(program: Program) -> tuple[Assumption, ...]:
    """What is read outside of its range: the state before the first time, the padding of a convolution."""
    found: dict[sp.Expr, None] = {}
    kinds = {id(part.kind): part.kind for part in program.parts}.values()
    for leaf in (leaf for kind in kinds for e in kind.equations for leaf in leaves(e.expression)):
        shifted = any(not isinstance(i, sp.Symbol | sp.Integer) for i in indices_of(leaf))
        if shifted and not any(base_of(leaf) == base_of(known) for known in found):
            found[leaf] = None
    return (Assumption("range", tuple(found)),) if found else ()


def _sums_to_one(y: Quantity) -> Assumption:
    """``Σ_j y_j = 1``: targets are one-hot, or probabilities."""
    names = [index(n) for n in "tuv"[:len(y.axes)]]
    unit = max(k for k, axis in enumerate(y.axes) if axis.name != "datum")
    names[unit] = index("j")
    total = sp.Sum(y.at(*names), (index("j"), 1, y.axes[unit].size))
    return Assumption("one-hot", (sp.Eq(total, 1, evaluate=False),))


def _with(spec: str, penalty: Regulariser | None) -> str:
    return spec if penalty is None else f"{spec} {penalty.describe}"


def _user_kinks(layers: Sequence[Layer]) -> bool:
    """A user's own layer with a comparison in it has a kink: said, though where it lies is the formula's."""
    words = ("where", "abs(", "max(", "min(")
    return any(w in f for layer in layers if layer.name for f in layer.formulas for w in words)


def _text_of(source: str | Path) -> tuple[str, str | None]:
    if isinstance(source, str) and ("\n" in source or "=" in source):
        return source, None
    path = Path(source)
    try:
        return path.read_text(encoding="utf-8"), path.name
    except UnicodeDecodeError as problem:
        raise NetworkError(f"{path} is not text in UTF-8 (byte {problem.start})") from None
    except OSError as problem:
        raise NetworkError(f"cannot read {path}: {problem.strerror}") from None


