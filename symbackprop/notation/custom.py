"""A notation of one's own: ``base = "nielsen"`` and what is different, as TOML has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from symbackprop.language.errors import SymbackpropError, nearest
from symbackprop.language.notation import Notation
from symbackprop.notation.profiles import NOTATIONS, notation

DENSE = ("W", "b", "z", "a", "y", "J")
"""The letters of every dense network."""
KEYS = ("base", *(f.name for f in fields(Notation)))


def custom(data: Mapping[str, Any], where: str) -> Notation:
    """The notation that a table describes. Raises SymbackpropError with the nearest known key or value."""
    for key in data:
        if key not in KEYS:
            raise SymbackpropError(f"{where}: unknown key '{key}' of a notation; {nearest(key, KEYS)}")
    base = data.get("base", "notes")
    if not isinstance(base, str):
        raise SymbackpropError(f"{where}: base is the name of a notation, in quotes; {nearest('', NOTATIONS)}")
    hints = get_type_hints(Notation)
    changes = {key: _value(where, key, value, hints[key]) for key, value in data.items() if key != "base"}
    start = notation(base)
    changes.setdefault("name", f"{start.name}, changed")
    for key in ("reads", "writes", "letters", "labels"):  # what is not said again stays
        if key in changes:
            changes[key] = {**getattr(start, key), **changes[key]}
    made = _made(where, start, changes)
    return replace(made, reads=_with_ways_back(made, changes)) if "writes" in changes else made


def _made(where: str, start: Notation, changes: dict[str, Any]) -> Notation:
    try:
        made = replace(start, **changes)
    except ValueError as problem:
        raise SymbackpropError(f"{where}: {problem}") from None
    written = {**{letter: letter for letter in DENSE}, **made.writes}
    page = list(written.values())
    twice = next((new for new in changes.get("writes", {}).values() if page.count(new) > 1), None)
    if twice is not None:
        both = [old for old, new in written.items() if new == twice]
        raise SymbackpropError(f"{where}: {' and '.join(both)} would both be written {twice}; letters that change "
                               "places are both in writes")
    return made


def _with_ways_back(made: Notation, changes: Mapping[str, Any]) -> dict[str, str]:
    """What is written in a new letter is read in it."""
    back = {new: old for old, new in made.writes.items() if new != old}
    return {**made.reads, **back, **changes.get("reads", {})}


def _value(where: str, key: str, value: Any, hint: Any) -> Any:
    """A value of the type that a field has."""
    origin = get_origin(hint)
    choices = _choices(hint)
    if choices:
        if value in choices:
            return value
        raise SymbackpropError(f"{where}: {key} = {value!r}; {nearest(str(value), [str(c) for c in choices])}")
    if origin is tuple and isinstance(value, list) and all(isinstance(v, str) for v in value):
        inner = _choices(get_args(hint)[0])
        wrong = next((v for v in value if inner and v not in inner), None)
        if wrong is not None:
            raise SymbackpropError(f"{where}: {key} holds {wrong!r}; {nearest(wrong, inner)}")
        return tuple(value)
    if origin is not None and issubclass(origin, Mapping) and isinstance(value, Mapping) and all(
        isinstance(v, str) for v in value.values()
    ):
        return dict(value)
    if origin is None and type(value) is hint:
        return value
    raise SymbackpropError(f"{where}: {key} = {value!r}; it is {_WORDS.get(origin or hint, 'of another type')}")


def _choices(hint: Any) -> tuple[str, ...]:
    """The values of a Literal, or of one that may be left out."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    inner = [a for a in get_args(hint) if get_origin(a) is Literal]
    return get_args(inner[0]) if inner and get_origin(hint) is not tuple else ()


_WORDS: dict[Any, str] = {
    str: "a string, in quotes", bool: "true or false", int: "a whole number", tuple: "a list of strings",
    Mapping: "a table of strings", dict: "a table of strings",
}  # fmt: skip
