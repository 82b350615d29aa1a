"""What a course takes for granted where nobody has said: its loss, and how its data lie."""

from __future__ import annotations

from functools import lru_cache

from symbackprop.language.errors import SymbackpropError
from symbackprop.language.notation import Notation
from symbackprop.networks.network import Network


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
