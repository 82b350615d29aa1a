"""A course's notation, by name or from a file, and what the course takes for granted: its loss, how its data lie."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from symbackprop.language.errors import SymbackpropError
from symbackprop.language.notation import Notation
from symbackprop.networks.network import Network
from symbackprop.notation.custom import custom
from symbackprop.notation.profiles import notation


def notation_of(name: str) -> Notation:
    """The notation of that name, or the one that a TOML file describes. Raises SymbackpropError."""
    return _of_file(name) if name.endswith(".toml") else notation(name)


def _of_file(name: str) -> Notation:
    try:
        data = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as problem:
        raise SymbackpropError(f"cannot read the notation {name}: {problem.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SymbackpropError(f"{name} is no TOML: {problem}") from None
    return _kept(custom(data, name))


_KEPT: dict[str, Notation] = {}


def _kept(made: Notation) -> Notation:
    """The same object for the same notation, however often its file is read: networks and readers are kept by it."""
    known = _KEPT.get(made.name)
    if known != made:
        _KEPT[made.name] = known = made
    return known


def with_usual_loss(net: Network, notation: Notation) -> Network:
    """Where nobody has said which loss, that of the course; the network itself where that does not suit its output."""
    if not net.loss_open or notation.loss == net.loss_name:
        return net
    try:
        return _usual(net, notation.loss)
    except SymbackpropError:
        return net


@lru_cache(maxsize=32)
def _usual(net: Network, loss: str) -> Network:
    return net.with_loss(loss)


def as_in_course(net: Network, notation: Notation) -> Network:
    """The network as the course has it: its usual loss and its data, where nobody has said otherwise."""
    made = with_usual_loss(net, notation)
    if made.batch_open and notation.batch != "none" and made.can_batch:
        return made.with_batch(notation.batch)
    return made
