"""Networks in TOML. An error says the line and, for a name nobody knows, the nearest one."""

from __future__ import annotations

import inspect
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from typing import Any, cast

import sympy as sp

from symbackprop.language.errors import NetworkError, nearest
from symbackprop.language.notation import Batch
from symbackprop.networks.kinds import KINDS, Kind, Size, Window, layer
from symbackprop.networks.layers import Layer, formula_layer, units
from symbackprop.networks.losses import LOSSES, check_fits, loss
from symbackprop.networks.regularisers import PENALTIES, WEIGHTS, Regulariser, regulariser

LONGEST = 1_000_000


@dataclass(frozen=True)
class Read:
    """What a file says."""

    inputs: tuple[sp.Expr, ...]
    layers: tuple[Layer, ...]
    loss: str
    batch: Batch | None
    title: str | None
    notation: str | None
    regulariser: Regulariser | None = None


def schema() -> dict[str, Any]:
    """The JSON Schema of a network in TOML; the names in it are those of the tables."""
    text = files("symbackprop.networks").joinpath("schema.json").read_text(encoding="utf-8")
    made = cast(dict[str, Any], json.loads(text))
    made["properties"]["loss"]["enum"] = list(LOSSES)
    made["$defs"]["layer"]["anyOf"] += [_kind_schema(kind) for kind in KINDS.values()]
    made["properties"]["regulariser"]["properties"]["kind"]["enum"] = list(PENALTIES)
    made["properties"]["regulariser"]["properties"]["weight"]["examples"] = list(WEIGHTS)
    return made


def _kind_schema(kind: Kind) -> dict[str, Any]:
    """A layer of one kind: its options with their types."""
    options = {key: _TYPES[wanted] for key, (wanted, _) in kind.options.items()}
    if "padding" in options:
        options["padding"] = {"type": "integer", "minimum": 0}
    needed = [key for key, (_, default) in kind.options.items() if default is inspect.Parameter.empty]
    own = {"kind": {"const": kind.name}, "name": {"$ref": "#/$defs/name"}, "tied": {"$ref": "#/$defs/tied"}}
    return {"description": kind.says, "type": "object", "required": ["kind", *needed], "additionalProperties": False,
            "properties": {**own, **options}}


_TYPES: dict[Any, dict[str, Any]] = {
    Size: {"$ref": "#/$defs/size"}, int: {"type": "integer", "minimum": 1},
    int | None: {"type": "integer", "minimum": 1},
    float: {"type": "number", "minimum": 0, "exclusiveMaximum": 1}, str: {"type": "string"}, bool: {"type": "boolean"},
    Window: {"anyOf": [{"type": "integer", "minimum": 1},
                       {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1, "maxItems": 2}]},
}


def read_toml(text: str, name: str | None = None) -> Read:
    """The network of a TOML text. Raises NetworkError with the line, and what to do."""
    return _File(text, name).read()


class _File:
    def __init__(self, text: str, name: str | None) -> None:
        self.text, self.name = text.removeprefix("\ufeff"), name or "the TOML"

    def problem(self, what: str, word: str | None = None, hint: str = "", after: int = 0) -> NetworkError:
        line = self._line(word, after) if word else None
        where = f"{self.name}, line {line}" if line else self.name
        return NetworkError(what + (f"; {hint}" if hint else "")).at(where)

    def _line(self, word: str, after: int) -> int | None:
        """The line on which a word first stands, from the given table on."""
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
        for number, line in enumerate(self.text.splitlines(), start=1):
            if number > after and pattern.search(line.split("#")[0]):
                return number
        return None

    def table_line(self, position: int) -> int:
        """The line before that of the n-th [[layer]]."""
        found = [n for n, line in enumerate(self.text.splitlines()) if re.match(r"\s*\[\[\s*layer\s*\]\]", line)]
        return found[position] if position < len(found) else 0

    def read(self) -> Read:
        if len(self.text) > LONGEST:
            raise self.problem(f"{len(self.text):,} characters; the limit is {LONGEST:,}")
        if not self.text.strip():
            raise self.problem("is empty", hint="it needs [input] with a size and at least one [[layer]]")
        try:
            data = tomllib.loads(self.text)
        except (ValueError, RecursionError) as problem:  # a number of 5,000 digits is a bare ValueError
            raise NetworkError(f"{self.name} is not TOML: {problem}") from None
        return self._network(data)

    def _network(self, data: Mapping[str, Any]) -> Read:
        self.known_keys(data, ("title", "loss", "notation", "batch", "regulariser", "input", "layer"), "of a network")
        source = self.typed(data, "input", dict, "a table [input] with a size", required=True)
        self.known_keys(source, ("size",), "of [input]")
        layers = self.typed(data, "layer", list, "tables [[layer]]", required=True)
        if not layers:
            raise self.problem("there is no [[layer]]", "layer")
        made = tuple(self.layer(table, self.table_line(k)) for k, table in enumerate(layers))
        chosen = self.typed(data, "loss", str, "a string") or "mse"
        try:
            check_fits(loss(chosen), made[-1].activation)
        except NetworkError as problem:
            raise self.problem(str(problem), "loss") from None
        batch = self.typed(data, "batch", str, "a string")
        if batch not in (None, "none", "columns", "rows"):
            raise self.problem(f"batch = {batch!r}", "batch", "it is \"none\", \"columns\" or \"rows\"")
        return Read(self._input(source.get("size")), made, chosen, cast("Batch | None", batch),
                    self.typed(data, "title", str, "a string"), self.typed(data, "notation", str, "a string"),
                    self._regulariser(data))

    def _regulariser(self, data: Mapping[str, Any]) -> Regulariser | None:
        try:
            return regulariser(data.get("regulariser"))
        except NetworkError as problem:
            raise self.problem(str(problem), "regulariser") from None

    def layer(self, table: object, line: int) -> Layer:
        if not isinstance(table, dict):
            raise self.problem("a layer is a table [[layer]]", "layer")
        if "formulas" in table:
            return self._own(table, line)
        kind = table.get("kind")
        if not isinstance(kind, str):
            raise self.problem("a layer without a kind", None, 'give kind = "dense", or formulas = [...]', line)
        options = {k: v for k, v in table.items() if k != "kind"}
        name = options.pop("name", None)
        if name is not None:
            self._check_name(name, line)
        inner = options.pop("layers", [])
        if not isinstance(inner, list):
            raise self.problem("layers is a list of layers", "layers", 'layers = [{kind = "dense", size = 4}]', line)
        tied = self._tied(options, line)
        options.pop("tied", None)
        if kind == "dense":
            self.known_keys(options, ("size", "activation"), "of a dense layer", line)
            options["size"] = self.size(options.get("size"), "the size of a dense layer", "size", line)
        where = partial(self.where, tuple(table), kind, line)
        try:
            made = layer(kind, name=None if kind == "dense" else name, tied=tied,
                         layers=[self.layer(part, line) for part in inner], **options)
        except NetworkError as problem:
            raise problem.at(where(str(problem))) from None
        return replace(made, where=where)

    def where(self, keys: Sequence[str], kind: str, after: int, message: str) -> str:
        """The line that a message about a layer means: that of the key which it names first, or else of the kind."""
        named = {m.start(): key for key in keys if key != "kind" and (m := re.search(rf"\b{key}\b", message))}
        line = self._line(named[min(named)] if named else kind, after) or after + 1
        return f"{self.name}, line {line}"

    def _formula_line(self, formulas: Sequence[str], after: int, message: str) -> str:
        """The line of the formula that a message shows."""
        shown = [f for f in formulas if f in message]
        lines = self.text.splitlines()
        found = [n for n in range(after, len(lines)) if any(f in lines[n] for f in shown)]
        return f"{self.name}, line {found[0] + 1 if found else self._line('formulas', after) or after + 1}"

    def _check_name(self, name: object, line: int) -> None:
        if not isinstance(name, str) or not re.fullmatch(r"[^\W\d]\w{0,40}", name):
            raise self.problem(f"the name {name!r} of a layer", "name", "a name is a word, such as gate", line)

    def _own(self, table: Mapping[str, Any], line: int) -> Layer:
        self.known_keys(table, ("name", "formulas", "sizes", "tied", "given"), "of a layer by formulas", line)
        formulas = self.typed(table, "formulas", list, "a list of strings", required=True)
        name = self.typed(table, "name", str, "a string") or "own"
        self._check_name(name, line)
        if not formulas or not all(isinstance(f, str) for f in formulas):
            raise self.problem("formulas is a list of strings", "formulas", 'e.g. ["h[j] = x[j]^2"]', line)
        sizes = self.typed(table, "sizes", dict, "a table such as {j = 4}") or {}
        ranges = {str(k): self.size(v, f"the size of index {k}", str(k), line) for k, v in sizes.items()}
        given = self.typed(table, "given", list, 'a list of names, such as ["m"]') or []
        if not all(isinstance(g, str) for g in given):
            raise self.problem(f"given is {given!r}", "given", 'it is a list of names, such as ["m"]', line)
        made = formula_layer(name, formulas, ranges, tied=self._tied(table, line), given=given)
        return replace(made, where=partial(self._formula_line, formulas, line))

    def _tied(self, table: Mapping[str, Any], line: int) -> dict[str, str]:
        tied = table.get("tied", {})
        if not isinstance(tied, dict) or not all(isinstance(v, str) for v in tied.values()):
            raise self.problem(f"tied is {tied!r}", "tied", 'it is a table of names, such as {W = "E[1]"}', line)
        return tied

    def _input(self, value: object) -> tuple[sp.Expr, ...]:
        """One size, or one an axis: [3, 28, 28] for an image, ["T", 3] for a sequence."""
        if isinstance(value, list) and not 1 <= len(value) <= 4:
            raise self.problem(f"[input] has {len(value)} axes", "size", "it has one to four")
        several = value if isinstance(value, list) else [value]
        return tuple(self.size(n, "the size of [input]", "size") for n in several)

    def size(self, value: object, what: str, word: str, line: int = 0) -> sp.Expr:
        if value is None:
            raise self.problem(f"{what} is missing", hint="e.g. size = 128")
        good = isinstance(value, int) and not isinstance(value, bool)
        if not good and not (isinstance(value, str) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", value)):
            raise self.problem(f"{what} is {value!r}", word, "a size is a whole number or a name such as \"n1\"", line)
        try:
            return units(cast("int | str", value))
        except NetworkError as problem:
            raise self.problem(str(problem), word, after=line) from None

    def typed(self, table: Mapping[str, Any], key: str, kind: type, shown: str, required: bool = False) -> Any:
        value = table.get(key)
        if value is None:
            if required:
                raise self.problem(f"{key} is missing: {shown}")
            return None
        if not isinstance(value, kind):
            raise self.problem(f"{key} is {shown}, not {value!r}", key)
        return value

    def known_keys(self, table: Mapping[str, Any], known: Iterable[str], what: str, line: int = 0) -> None:
        for key in table:
            if key not in known:
                raise self.problem(f"unknown key '{key}' {what}", key, nearest(key, known), line)
