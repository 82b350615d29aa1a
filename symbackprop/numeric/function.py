"""Generated source → function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def function(source: str) -> Callable[..., Any]:
    """``value_and_grad`` of a module that ``source.module`` wrote; its text is kept as ``__source__``."""
    names: dict[str, Any] = {"__name__": "symbackprop_generated"}
    compiled = compile(source, "<symbackprop>", "exec")  # safe: see the next line
    exec(compiled, names)  # safe: our own text; users' names in it are identifiers only
    made: Callable[..., Any] = names["value_and_grad"]
    made.__source__ = source  # type: ignore[attr-defined]
    return made
