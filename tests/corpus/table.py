"""Formulas of real courses with what each says in NumPy, and forward passes to label them by: nothing of the tool.

A forward pass is written in the course's own orientation and letters. Its derivatives are taken by complex steps of
1e-30, so a formula is right or wrong to fifteen digits: no rounding hides a factor of 1.00000001.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

STEP = 1e-30
CLOSE = 1e-12


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def relu(z: Any) -> Any:
    return z * (np.real(z) > 0)


def leaky(z: Any) -> Any:
    return np.where(np.real(z) > 0, z, 0.01 * z)


def identity(z: Any) -> Any:
    return z


SLOPES: dict[Any, Callable[[Any], Any]] = {
    sigmoid: lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2, np.tanh: lambda z: 1 / np.cosh(z) ** 2,
    relu: lambda z: 1.0 * (z > 0), leaky: lambda z: np.where(z > 0, 1.0, 0.01), identity: np.ones_like,
}


def softmax(z: Any, axis: int = 0) -> Any:
    e = np.exp(z)
    return e / e.sum(axis=axis, keepdims=True)


class Run:
    """One forward pass: what is set is kept under its name, moved by what ``bump`` says for it."""

    def __init__(self, bump: Mapping[str, Any]) -> None:
        self.__dict__["bump"] = bump

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value + self.bump[name] if name in self.bump else value


class Point:
    """A network at one point: ``v.z2`` a value, ``v.dz2`` the true derivative of J by it, ``v.p("z2", "a1")`` that of
    one quantity by another (axes of z2, then of a1)."""

    def __init__(self, forward: Callable[[Any], None], given: Mapping[str, Any]) -> None:
        self.forward, self.given = forward, dict(given)
        self.values = self._run({})
        self.known: dict[tuple[str, str], Any] = {}

    def _run(self, bump: Mapping[str, Any]) -> dict[str, Any]:
        run = Run(bump)
        for name, value in self.given.items():
            setattr(run, name, value)
        self.forward(run)
        return {name: value for name, value in run.__dict__.items() if name != "bump"}

    def p(self, of: str, by: str) -> Any:
        if (of, by) not in self.known:
            value = np.asarray(self.values[by], dtype=float)
            found = np.zeros((*np.shape(self.values[of]), *value.shape))
            for at in np.ndindex(value.shape):
                bump = np.zeros(value.shape, dtype=complex)
                bump[at] = STEP * 1j
                found[(..., *at)] = np.imag(self._run({by: bump})[of]) / STEP
            self.known[of, by] = found
        return self.known[of, by]

    def __getattr__(self, name: str) -> Any:
        if name in self.values:
            return self.values[name]
        if name[0] == "d" and name[1:] in self.values:
            return self.p("J", name[1:])
        raise AttributeError(name)

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


Sides = Callable[[Any], tuple[Any, ...]]


@dataclass(frozen=True)
class Net:
    """``spec`` (or ``toml``) and ``batch`` are what the tool is told, ``forward`` and ``given`` what is true."""

    name: str
    spec: str
    forward: Callable[[Any], None]
    given: Callable[[np.random.Generator], dict[str, Any]]
    batch: str = "none"
    told: Callable[[dict[str, Any]], tuple[dict[str, Any], Any, Any]] | None = None
    """Given values as the tool's own function wants them: parameters, x, y, data in columns."""

    def points(self, seeds: int = 3) -> Iterator[Point]:
        for seed in range(seeds):
            yield Point(self.forward, self.given(np.random.default_rng([seed, 7])))


@dataclass(frozen=True)
class Entry:
    """``sides`` are what the formula says, left to right, as written. ``kinds``: empty for a right formula, else the
    mistakes it may fairly be said to make. ``fits``: False where the shapes do not go together at all."""

    id: str
    profile: str
    net: Net
    source: str
    formula: str
    sides: Sides
    kinds: frozenset[str] = field(default=frozenset())
    fits: bool = True

    @property
    def right(self) -> bool:
        return not self.kinds


class Table:
    """The entries of one profile, in order."""

    def __init__(self, profile: str, stem: str = "") -> None:
        self.profile, self.stem = profile, stem or profile
        self.entries: list[Entry] = []

    def right(self, net: Net, source: str, formula: str, sides: Sides) -> None:
        self._add(net, source, formula, sides, frozenset())

    def wrong(self, kinds: str, net: Net, source: str, formula: str, sides: Sides, fits: bool = True) -> None:
        self._add(net, source, formula, sides, frozenset(kinds.split()), fits)

    def _add(self, net: Net, source: str, formula: str, sides: Sides, kinds: frozenset[str], fits: bool = True) -> None:
        name = f"{self.stem}-{len(self.entries) + 1:02}"
        self.entries.append(Entry(name, self.profile, net, source, formula, sides, kinds, fits))


def label(entry: Entry) -> bool:
    """Whether the sides agree at every point: complex steps of the forward pass against what the formula says."""
    for v in entry.net.points():
        try:
            values = [np.asarray(side, dtype=float) for side in entry.sides(v)]
        except ValueError:
            assert not entry.fits, f"{entry.id}: the shapes do not fit"
            return False
        assert len(values) > 1, entry.id
        for one, other in itertools.pairwise(values):
            if one.shape != other.shape:
                return False
            scale = max(float(np.max(np.abs(one))), float(np.max(np.abs(other))), 1e-300)
            if float(np.max(np.abs(one - other))) > CLOSE * scale:
                return False
    return True


def layered(v: Any, labels: range, sides: Callable[[int], tuple[Any, ...]]) -> tuple[Any, ...]:
    """A statement about every layer: the sides of each, end to end."""
    rows = [[np.ravel(side) for side in sides(l)] for l in labels]
    for row in rows:
        if len({side.size for side in row}) > 1:
            raise ValueError("the two sides differ in shape")
    return tuple(np.concatenate(column) for column in zip(*rows, strict=True))


def loss_of(name: str, a: Any, y: Any, axis: int) -> Any:
    """The loss of each datum; ``axis`` is that of the units."""
    n = a.shape[axis]
    return {
        "mse": lambda: ((a - y) ** 2).sum(axis=axis) / (2 * n), "sse": lambda: ((a - y) ** 2).sum(axis=axis) / 2,
        "ce": lambda: -(y * np.log(a)).sum(axis=axis),
        "bce": lambda: -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum(axis=axis),
    }[name]()


@dataclass(frozen=True)
class Style:
    """How a course numbers and names what a stack of dense layers has; ``W`` etc. are formats of the layer's number."""

    W: str = "W{0}"
    b: str = "b{0}"
    z: str = "z{0}"
    a: str = "a{0}"
    x: str = "a0"
    out: str = ""
    """A further name of the output."""
    y: str = "y"
    base: int = 0
    """The number of the input layer."""
    from_layer: bool = False
    rows: bool = False
    flip: bool = False
    """W is (in, out)."""


def stack(name: str, spec: str, sizes: list[int], acts: list[Any], loss: str, style: Style = Style(), m: int = 0,
          penalty: Callable[[Any, int], Any] | None = None, tilt: float = 1.0) -> Net:
    """Dense layers. ``m``: that many data, in columns or rows; ``penalty(W, m)`` what one weight matrix costs."""
    unit = 1 if m and style.rows else 0
    depth = len(sizes) - 1

    def names(n: int) -> tuple[str, str, str, str]:
        here = n + style.base
        w = here - 1 if style.from_layer else here
        return style.W.format(w), style.b.format(w), style.z.format(here), style.a.format(here)

    def forward(e: Any) -> None:
        a = getattr(e, style.x)
        for n in range(1, depth + 1):
            w, b, z, out = names(n)
            W = getattr(e, w).T if style.flip else getattr(e, w)
            setattr(e, z, a @ W.T + getattr(e, b) if m and style.rows else W @ a + getattr(e, b))
            act = acts[n - 1]
            value = softmax(getattr(e, z), unit) if act is softmax else act(getattr(e, z))
            setattr(e, out, value)
            a = getattr(e, out)
            if n == depth and style.out:
                setattr(e, style.out, a)
                a = getattr(e, style.out)
        each = loss_of(loss, a, getattr(e, style.y), unit)
        e.E = each
        extra = sum(penalty(getattr(e, names(n)[0]), max(m, 1)) * e.lam for n in range(1, depth + 1)) if penalty else 0
        e.J = (e.E.sum() / m if m else e.E) + extra

    def given(rng: np.random.Generator) -> dict[str, Any]:
        shape = (lambda n: (m, n) if style.rows else (n, m)) if m else (lambda n: (n,))
        found: dict[str, Any] = {style.x: rng.normal(size=shape(sizes[0]))}
        for n in range(1, depth + 1):
            w, b, _, _ = names(n)
            W = rng.normal(size=(sizes[n], sizes[n - 1])) * tilt
            found[w] = W.T if style.flip else W
            found[b] = rng.normal(size=(sizes[n], 1) if m and not style.rows else (sizes[n],))
        y = rng.uniform(0.1, 0.9, size=shape(sizes[-1]))
        found[style.y] = y / y.sum(axis=unit, keepdims=True) if acts[-1] is softmax else y
        found["lam"] = rng.uniform(0.2, 0.9)
        found["m"] = max(m, 1)
        return found

    def told(values: dict[str, Any]) -> tuple[dict[str, Any], Any, Any]:
        found = {}
        for n in range(1, depth + 1):
            w, b, _, _ = names(n)
            found |= {f"W{n}": values[w].T if style.flip else values[w], f"b{n}": np.ravel(values[b])}
        if penalty:
            found["lambda"] = values["lam"]
        x, y = values[style.x], values[style.y]
        return (found, x.T, y.T) if m and style.rows else (found, x, y)

    return Net(name, spec, forward, given, ("rows" if style.rows else "columns") if m else "none", told)
