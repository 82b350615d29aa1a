"""The catalogue of mistakes: a key each, with the words that its sentence needs."""

from __future__ import annotations

from collections.abc import Mapping

_SLOPE = ("function", "z")
KINDS: Mapping[str, tuple[str, ...]] = {
    "all-zero": ("name",), "not-a-number": ("name",),
    "activation-derivative-missing-output": _SLOPE, "activation-derivative-missing-hidden": _SLOPE,
    "activation-derivative-cancelled-by-cross-entropy": _SLOPE, "activation-derivative-extra": _SLOPE,
    "derivative-at-activation": ("function", "z", "a"), "wrong-derivative": ("function", "other"),
    "wrong-function": ("function", "other"),
    "sign": (), "factor": ("factor",), "factor-missing": ("name",), "factor-extra": ("name",),
    "mean-missing": ("size",), "mean-twice": ("size",), "mean-on-one-term": ("size",),
    "unit-mean-missing": ("size",), "unit-mean-extra": ("size",), "size-wrong": ("name", "other"),
    "bias-not-summed": (), "bias-averaged": (), "bias-summed-too-far": (),
    "sum-missing": (), "sum-added": (), "sum-over-other-axis": (),
    "transpose-missing": ("name",), "transposed": ("name",), "product-order": (),
    "hadamard-for-product": (), "matrix-product-for-hadamard": (), "matrix-product-for-outer": (),
    "outer-for-matrix-product": (), "outer-for-hadamard": (),
    "index-swapped": ("name",), "index-wrong": ("name", "index", "other"),
    "layer-off-by-one": ("name", "other"), "time-off-by-one": ("name",),
    "wrong-operand": ("name", "other"), "term-extra": ("name",), "path-forgotten": ("name",),
    "epsilon-inside": (), "epsilon-outside": (), "epsilon-dropped": (),
    "softmax-diagonal-only": (), "softmax-axis": (), "softmax-twice": (),
    "regulariser-factor": ("factor",), "regulariser-on-bias": (), "regulariser-divided": (),
    "regulariser-forgotten": ("name",), "regulariser-extra": (),
    "updated-before-use": ("name",), "mask-dropped": ("name",), "kernel-not-turned": ("name",),
    "scale-forgotten": ("factor",), "logarithm-base": ("factor",), "if-loss-squares": (),
    "if-loss-cross-entropy": (),
    "if-loss-without-half": (), "if-loss-halved": (), "if-loss-summed": ("size",), "if-outputs-summed": ("size",),
    "if-outputs-averaged": ("size",), "if-linear-output": ("z",), "if-activation": ("function", "other"),
    "if-softmax-cross-entropy": (), "if-epsilon-zero": (), "if-without-regulariser": (),
    "fine-vanishing-term": (), "fine-vanishing-path": ("name", "by"), "fine-mean-elsewhere": ("size",),
    "fine-sign-convention": (), "fine-slope-through-output": (),
}
"""Words of a diagnosis beside these (``second``: what else has to be changed) may be said or not."""
