"""A thin ``np`` for code that is run in exact numbers: arrays of zeros and ones that can hold them, and little else."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from symbackprop.verify.field import Element, InexactError, element

MAKERS = ("zeros", "ones", "empty", "eye", "identity", "full")
ALIKE = ("zeros_like", "ones_like", "empty_like", "full_like")
FUNCTIONS = ("exp", "log", "tanh", "sqrt", "sin", "cos", "sinh", "cosh")


class Held(np.ndarray[Any, Any]):
    """An array whose exact numbers stay what they are where floats of so many bits are asked for."""

    converted = False
    """Was that asked of any?"""

    def astype(self, dtype: Any, *args: Any, **options: Any) -> Any:
        kept = self.dtype == object and np.dtype(dtype).kind == "f"
        Held.converted |= kept
        return self.copy() if kept else super().astype(dtype, *args, **options)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        # a sum over everything is a number, as it is of plain arrays
        return array[()] if array.ndim == 0 else super().__array_wrap__(array, context, return_scalar)


class Exact(ModuleType):
    """numpy, but for the functions that would make floats where exact numbers are to stand."""

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def _holding(make: Callable[..., Any]) -> Callable[..., Any]:
    """The array with whole numbers in it that may be replaced by exact ones; a dtype of floats is not asked for."""
    def made(*args: Any, **options: Any) -> Any:
        kept = {k: v for k, v in options.items() if k != "dtype"}
        kind = options.get("dtype")
        if kind is not None and kind is not object and np.dtype(kind).kind in "biu":
            return make(*args, **options)
        array = np.asarray(make(*args, **kept))
        return (array if array.dtype == object else np.array(array, dtype=object) * 1).view(Held)
    return made


def _element_wise(name: str) -> Callable[..., Any]:
    def one(x: Any) -> Any:
        return getattr(element(x), name)()

    def applied(x: Any, *rest: Any, **options: Any) -> Any:
        array = np.asarray(x)
        if array.dtype != object:
            return getattr(np, name)(x, *rest, **options)
        found = np.frompyfunc(one, 1, 1)(array)
        return found.view(Held) if array.ndim else np.asarray(found, dtype=object).item()
    return applied


def _array(x: Any, dtype: Any = None, **options: Any) -> Any:
    """``np.array(x, dtype=float)`` keeps what is exact."""
    found = np.array(x, **options)
    if found.dtype == object:
        return found.view(Held)
    return found if dtype is None else np.array(x, dtype=dtype, **options)


def thin() -> Exact:
    """The shim itself, a new one."""
    made = Exact("numpy")
    made.__dict__.update({n: _holding(getattr(np, n)) for n in MAKERS})
    for name in ALIKE:
        make = _holding(getattr(np, name.removesuffix("_like")))
        made.__dict__[name] = lambda x, *a, _make=make, **_: _make(np.shape(x), *a)
    made.__dict__.update({n: _element_wise(n) for n in FUNCTIONS})
    made.__dict__["array"] = _array
    made.__dict__["asarray"] = lambda x, dtype=None, **o: x if isinstance(x, np.ndarray) and x.dtype == object \
        else _array(x, dtype, **o)
    return made


class ExactMath(ModuleType):
    """math, with functions that take exact numbers."""

    def __getattr__(self, name: str) -> Any:
        return getattr(math, name)


def thin_math() -> ExactMath:
    made = ExactMath("math")
    for name in ("exp", "log", "tanh", "sqrt"):
        made.__dict__[name] = lambda x, _name=name: getattr(x, _name)() if isinstance(x, Element) \
            else getattr(math, _name)(x)
    return made


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + _element_wise("exp")(-np.asarray(x)))


def _softmax(x: Any, axis: int | None = None) -> Any:
    powers = _element_wise("exp")(x)
    return powers / np.sum(powers, axis=axis, keepdims=True)


def thin_special() -> ModuleType:
    """scipy.special, as far as networks use it."""
    made = ModuleType("scipy.special")
    made.__dict__.update(expit=_sigmoid, softmax=_softmax, logit=lambda p: _element_wise("log")(p / (1 - p)),
                         log_softmax=lambda x, axis=None: _element_wise("log")(_softmax(x, axis)))  # fmt: skip
    return made


class ExactScipy(ModuleType):
    """scipy, its special functions exact."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return importlib.import_module(f"scipy.{name}")


def thin_scipy() -> ModuleType:
    made = ExactScipy("scipy")
    made.__dict__.update(special=thin_special(), __path__=[])
    return made


def pack(value: Any) -> dict[str, Any]:
    """An array as JSON: its shape and its numbers. Raises InexactError, or TypeError for what holds no numbers."""
    array = np.asarray(value)
    if array.dtype.kind == "c" and not np.any(array.imag):
        array = array.real
    if array.dtype.kind not in "biufO":
        raise TypeError(f"holds {array.dtype} and no numbers")
    told = {"single": True} if array.dtype in (np.float32, np.float16) else {}
    told |= {"whole": True} if array.dtype.kind in "iu" else {}
    return {"shape": list(array.shape), "entries": [_pack(x) for x in array.ravel().tolist()], **told}


def _pack(x: Any) -> Any:
    if isinstance(x, Element):
        return [list(x.r), x.shadow, x.n, x.d]
    if isinstance(x, int | float):
        return x
    e = element(x)
    return [list(e.r), e.shadow, e.n, e.d]


def unpack(packed: dict[str, Any]) -> Any:
    """The array that was packed: of floats, or of objects where it holds exact numbers."""
    entries = [_unpack(x) for x in packed["entries"]]
    exact = any(isinstance(x, Element) for x in entries)
    found = np.empty(len(entries), dtype=object if exact else int if packed.get("whole") else float)
    found[:] = entries
    return found.reshape(packed["shape"])


def _unpack(x: Any) -> Any:
    if isinstance(x, list):
        r, shadow, n, d = x
        return Element(tuple(r), shadow, n, d)
    return x


__all__ = ["InexactError", "pack", "thin", "thin_math", "thin_scipy", "thin_special", "unpack"]
