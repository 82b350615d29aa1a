"""A derivation as a Jupyter notebook: its page in Markdown cells, then the code, values, and a check of the numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from symbackprop.documents.blocks import Document
from symbackprop.documents.notebook import Code, notebook
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.program import Program
from symbackprop.numeric.evaluate import evaluate
from symbackprop.numeric.literals import arranged, fits_a_page, telling_values, values_source
from symbackprop.numeric.names import code_name, code_names
from symbackprop.numeric.source import data

if TYPE_CHECKING:
    from symbackprop.api import Derivation

INSTANCE = 3
"""The depth of the code, where that of the derivation is a symbol."""


def derivation_notebook(d: Derivation, page: Document, values: Mapping[str, Any] | None) -> str:
    """The notebook. Where no code can be made of a derivation, it says why."""
    deep = d.record.forward.run is not None
    try:
        code = _code(d.at_depth(INSTANCE) if deep else d, values, deep)
    except SymbackpropError as problem:
        return notebook(page, None, str(problem))
    return notebook(page, code)


def _code(d: Derivation, values: Mapping[str, Any] | None, deep: bool) -> Code:
    over = d._vectorised
    program = over.forward
    names = code_names(program.all_given)
    arguments = tuple(names[q.name] for q in data(program))
    given = _telling(over) if values is None else _given(d, program, values)
    return Code(d.source(), values_source(program, given), arguments, code_name(d.record.of), deep)


def _given(d: Derivation, program: Program, values: Mapping[str, Any]) -> dict[str, Any]:
    """A user's values with the axes of the code, where data are columns."""
    here = (d.network.program if d.network is not None else d.forward).all_given
    known = {q.name: q for q in here}
    return {q.name: arranged(values[q.name], known[q.name], q) for q in program.all_given}


def _telling(over: Derivation) -> dict[str, Any] | None:
    """Numbers that a check can tell something by; None where there are too many to write out."""
    if not fits_a_page(over.forward):
        return None
    wanted = [over.record.prefix + name for name in over.record.wrt]

    def gradients(values: Mapping[str, Any]) -> list[Any]:
        found = evaluate(over.record.backward, evaluate(over.forward, values))
        return [found[name] for name in wanted]

    return telling_values(over.forward, gradients)
