"""What code is made of: a network over data, and the command that makes the code again."""

from __future__ import annotations

from symbackprop.language.datum import has_datum, known_to
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.indices import base_of, leaves
from symbackprop.language.program import Kind, Program
from symbackprop.networks.network import Network


def over_data(network: Network) -> Network | None:
    """The network over data as columns. None where there is no such thing: the axes are the user's own, or one of them
    is the data already, which a layer mixes, and another would be something else."""
    if not network.can_batch:
        return None
    over = network.with_batch("columns")
    return None if network.batch == "none" and any(_mixes(p.kind, over.program) for p in over.program.parts) else over


def _mixes(kind: Kind, program: Program) -> bool:
    """Is something other than the loss taken of all data?"""
    known = known_to(kind, program)
    taken = (e for e in kind.equations if not has_datum(e.quantity) and e.quantity.role != "loss")
    return any(base_of(x) in known and has_datum(known[base_of(x)]) for e in taken for x in leaves(e.expression))


def again(network: Network | None) -> str:
    """What makes a module again: a command, where the network has a file, or a spec that says all of it."""
    if network is not None and (_is_file(network.describe) or _is_spec(network)):
        return f"symbackprop code {network.describe}"
    return "Derivation.source()"


def _is_file(describe: str) -> bool:
    return describe.endswith(".toml") and " " not in describe


def _is_spec(network: Network) -> bool:
    """A kind of layer in a description could be read as a size, and means another network then."""
    try:
        same = Network(network.describe)
    except SymbackpropError:
        return False
    return [(q.name, q.shape) for q in same.parameters] == [(q.name, q.shape) for q in network.parameters]
