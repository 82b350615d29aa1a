"""The mapping beside a file: what cannot be guessed from names and shapes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symbackprop.language.errors import SymbackpropError, nearest

MAPPING_HELP = """\
What the arguments of a function are is guessed from their names and shapes, and printed. homework.toml beside
homework.py says what cannot be guessed:

  [arguments]                 # name in the code = name in the network, or a usual name
  img = "x"
  digit = "y"
  [returns]
  order = ["dW1", "db1"]      # what is returned, in order
  [options]
  weights = "in,out"          # or "out,in"
  data = "rows"               # or "columns", "one"
  vectors = "column"          # (n, 1); or "flat" (n,), "row" (1, n); "first", "last": biases as a column of W
  labels = "numbers"          # y as 0, 1, 2, …; or "one-hot"
"""
"""The text of ``--help`` about functions."""

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "weights": ("out,in", "in,out"), "data": ("one", "columns", "rows"),
    "vectors": ("flat", "column", "row", "mixed", "first", "last"),
    "labels": ("one-hot", "numbers"),
}


@dataclass(frozen=True)
class Handing:
    """``arguments``: by name in the code; ``order``: names of what is returned; ``options``: the layout."""

    arguments: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


def read_mapping(path: Path) -> Handing:
    """The mapping in a TOML file; an empty one where there is no such file. Raises SymbackpropError."""
    if not path.is_file():
        return Handing()
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise SymbackpropError(f"{path} cannot be read: {problem}") from problem
    return mapping_of(read.get("mapping", read), str(path))


def mapping_of(read: Mapping[str, Any], where: str) -> Handing:
    """The mapping in a table. Raises SymbackpropError with the nearest known name."""
    for key in read:
        if key not in ("arguments", "returns", "options"):
            known_tables = ["arguments", "returns", "options"]
            raise SymbackpropError(f"{where}: unknown table [{key}]; {nearest(key, known_tables)}")
    arguments, options = _table(read, "arguments", where), _table(read, "options", where)
    for key, value in options.items():
        if value not in OPTIONS.get(key, ()):
            known = OPTIONS.get(key, tuple(OPTIONS))
            raise SymbackpropError(f"{where}: [options] {key} = \"{value}\" is unknown; known: {', '.join(known)}")
    order = read.get("returns", {}).get("order", []) if isinstance(read.get("returns", {}), dict) else None
    if not isinstance(order, list) or not all(isinstance(n, str) for n in order):
        raise SymbackpropError(f"{where}: [returns] order must be a list of names")
    return Handing(arguments, tuple(order), options)


def _table(read: Mapping[str, Any], key: str, where: str) -> dict[str, str]:
    table = read.get(key, {})
    if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
        raise SymbackpropError(f"{where}: [{key}] must hold names, name = \"x\"")
    return dict(table)
