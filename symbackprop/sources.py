"""What code is made of: a network over data, and the command that makes the code again."""

from __future__ import annotations

from symbackprop.calculus.datum import has_datum, known_to
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.indices import base_of, leaves
from symbackprop.language.program import Kind, Program
from symbackprop.networks.network import Network
from symbackprop.networks.spec import read_spec


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


def again(describe: str) -> str:
    """What makes a module again: a command, where the network has a spec or a file."""
    command = f"symbackprop code {describe}"
    if describe.endswith(".toml") and " " not in describe:
        return command
    try:
        read_spec(describe)
    except SymbackpropError:
        return "Derivation.source()"
    return command
