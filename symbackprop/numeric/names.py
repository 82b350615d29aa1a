"""Names in code: ``W[1]`` is ``W1``, the input is ``x``, the adjoint of ``W[1]`` is ``dW1``."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping

from symbackprop.language.program import Program
from symbackprop.language.quantity import Quantity

RESERVED = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), "np", "params", "grads", "self"}


def code_name(quantity: Quantity) -> str:
    """``W[1]`` → ``W1``, ``U[gate]`` → ``U_gate``, ``a[0]`` → ``x``; a user's own symbol keeps its name.

    An adjoint has a ``d`` in front: ``dW[1]`` → ``dW1``, ``da[0]`` → ``dx``.
    """
    if quantity.own is not None:
        return identifier(quantity.own.name)
    if quantity.letter == "a" and quantity.layer == 0:
        return "x"
    if quantity.role == "adjoint" and quantity.letter == "da" and quantity.layer == 0:
        return "dx"
    if quantity.layer is None:
        return identifier(quantity.letter)
    joint = "" if str(quantity.layer).isdigit() else "_"
    return identifier(f"{quantity.letter}{joint}{quantity.layer}")


def identifier(name: str) -> str:
    """A Python identifier as near as can be to a name: ``w^{[2]}_1`` → ``w_2_1``; ``lambda`` → ``lambda_``."""
    plain = re.sub(r"[\W_]*\W[\W_]*", "_", name).strip("_") or "v"
    plain = f"v{plain}" if plain[0].isdigit() else plain
    return f"{plain}_" if plain in RESERVED else plain


def code_names(quantities: Iterable[Quantity]) -> Mapping[str, str]:
    """Record name to code name, no two alike: what would clash gets underscores."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for quantity in quantities:
        candidate = code_name(quantity)
        while candidate in taken:
            candidate += "_"
        names[quantity.name] = candidate
        taken.add(candidate)
    return names


def given_names(program: Program) -> Mapping[str, str]:
    """The code names of everything given: what a generated function takes."""
    return code_names(program.all_given)
