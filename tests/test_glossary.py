"""The glossary: one row a quantity of a kind of layer, its shape, and where it is defined; each row is true."""

from __future__ import annotations

import re

import pytest

import symbackprop as sb
from symbackprop.documents import blocks as b
from symbackprop.documents.glossary import entries
from symbackprop.documents.plain import _inline
from symbackprop.pages import derivation_page
from tests.browser import ROOT

NETWORKS = {
    "chain": "1-1-1-1", "layers": "n0-n1-n2-n3", "softmax": "4-3:relu-2:softmax/ce",
    "mixed": "2-3:relu-3:tanh-3:relu-2", "deep": "n0-...-nL:softmax/ce",
    "layernorm": str(ROOT / "examples/layernorm.toml"),
    "attention": str(ROOT / "examples/attention.toml"),
}  # fmt: skip


def page(name: str, batch: str = "none") -> b.Document:
    given = NETWORKS[name]
    net = sb.Network.from_toml(given) if given.endswith(".toml") else sb.Network(given, batch=batch)
    return derivation_page(sb.derive(net), lang="en")[0]


def rows(document: b.Document) -> list[list[str]]:
    table = next(x for x in b.walk(document.blocks) if isinstance(x, b.Table))
    return [[_inline(c.inline) for c in row] for row in table.rows]


@pytest.mark.parametrize("name", NETWORKS)
def test_no_symbol_stands_twice(name: str) -> None:
    symbols = [row[0] for row in rows(page(name))]
    assert len(symbols) == len(set(symbols))


@pytest.mark.parametrize("name", NETWORKS)
def test_each_name_of_the_network_has_one_row(name: str) -> None:
    given = NETWORKS[name]
    program = (sb.Network.from_toml(given) if given.endswith(".toml") else sb.Network(given)).program
    told = [n for e in entries(program) for n in e.names]
    assert len(told) == len(set(told))
    assert set(program.quantities) <= set(told) | {q.name for q in (program.run.kind.reads if program.run else ())}


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_reused_has_the_numbers_of_its_equations(name: str) -> None:
    """Every value in a coloured box on the page, and no other, is in the glossary with the equation that defines it."""
    document = page(name)
    numbers = {r.number for x in b.walk(document.blocks) if isinstance(x, b.Definition) for r in x.rows if r.number}
    table = next(x for x in b.walk(document.blocks) if isinstance(x, b.Table))
    told = [int(n) for row in table.rows if not row[3].terms for n in re.findall(r"\((\d+)\)", _inline(row[3].inline))]
    # a page of several forms has the glossary of one of them
    assert set(told) <= numbers
    assert (len(told) == len(numbers) or name == "deep")
    assert len(set(told)) == len(told)


def test_two_kinds_of_layers_keep_their_own_labels() -> None:
    told = {row[0]: row for row in rows(page("softmax", "columns"))}
    assert told["w[1]"][2] == "(3 × 4)"
    assert told["w[2]"][2] == "(2 × 3)"
    assert "∂L/∂z[2]" in told
    assert "∂L/∂a[2]" not in told
    assert told["L"][1] == "loss of one datum"
    assert told["J"][1] == "loss"


def test_general_rows_say_which_layers_they_are_about() -> None:
    told = {row[0]: row for row in rows(page("mixed"))}
    assert told["z[l]"][1] == "value of the linear form, l = 1, 3"
    assert told["z[2]"][1] == "value of the linear form"
    assert rows(page("layers"))[2][1] == "weight"  # of all layers: nothing to say


def test_a_shift_is_no_bias_and_sizes_are_numbers() -> None:
    told = {row[0]: row for row in rows(page("layernorm"))}
    assert told["β[2]"][1] == "parameter"
    assert told["b[3]"][1] == "bias"
    assert told["a[2]"][1] == "output of the layer"
    assert not any("n[" in row[2] for row in told.values())
