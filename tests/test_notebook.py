"""The notebook: valid, the same bytes each time, run from top to bottom without symbackprop, and it finds mistakes."""

from __future__ import annotations

import contextlib
import io
import json
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

import symbackprop as sb
from symbackprop.cli import main
from symbackprop.documents.blocks import Document, Lang, Title
from symbackprop.documents.build import FORMS, Level, PageForm
from symbackprop.documents.cell_words import SENTENCES
from symbackprop.documents.markdown import markdown
from symbackprop.documents.notebook import Code, notebook
from symbackprop.networks.catalogue import catalogue
from symbackprop.notebooks import derivation_notebook
from symbackprop.numeric.domains import RULES
from symbackprop.numeric.given import from_seed
from symbackprop.numeric.literals import DRAWS, MOST_WRITTEN, telling_values
from tests.test_documents import page
from tests.test_markdown import formulas

IDS = ["module", "values", "run", "check"]


@cache
def made(network: str, lang: str = "en", form: str | None = None, level: str = "normal") -> str:
    return sb.derive(network).document("ipynb", lang=lang, form=form, level=level)[0]


def sources(text: str) -> dict[str, str]:
    """The code cells by name."""
    return {c["id"]: "".join(c["source"]) for c in json.loads(text)["cells"] if c["cell_type"] == "code"}


def executed(text: str, change: tuple[str, str] = ("", "")) -> str:
    """What the code cells print, one after the other, NumPy being all there is."""
    cells = sources(text)
    names: dict[str, Any] = {}
    assert change[0] in cells["module"]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for name in IDS:
            exec(cells[name].replace(*change), names)
    return printed.getvalue()


# --- the file


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", ["brief", "normal", "full"])
def test_every_notebook_is_valid_and_its_formulas_are_whole(lang: Lang, form: PageForm, level: Level) -> None:
    document = page(lang, form, level)
    text = notebook(document, Code("import numpy as np", "x = 1", ("x",), "J"))
    assert text == notebook(document, Code("import numpy as np", "x = 1", ("x",), "J"))
    book = nbformat.reads(text, as_version=4)
    nbformat.validate(book)
    assert (book.nbformat, book.nbformat_minor) == (4, 5)
    assert [c.id for c in book.cells if c.cell_type == "code"] == IDS
    assert all(not c.outputs and c.execution_count is None for c in book.cells if c.cell_type == "code")
    # no formula is cut where a cell ends
    cells = [formulas("jupyter", c.source) for c in book.cells if c.cell_type == "markdown"]
    assert [f for found in cells for f in found] == formulas("jupyter", markdown(document, "jupyter"))


def test_every_section_is_a_cell_with_a_name_of_its_own() -> None:
    book = json.loads(made("1-1-1-1"))
    names = [c["id"] for c in book["cells"]]
    assert len(names) == len(set(names))
    heads = ["".join(c["source"]).splitlines()[0] for c in book["cells"] if c["id"].startswith("derivation")]
    assert heads[0].startswith("# ")
    assert all(h.startswith("## ") for h in heads[1:])
    assert len(heads) > 6


def test_jupyter_writes_the_same_bytes(tmp_path: Path) -> None:
    """Who saves the notebook again without a change gets no difference."""
    text = made("1-1-1-1", "ko")
    assert nbformat.writes(nbformat.reads(text, as_version=4)) == text.rstrip("\n")


def test_the_ending_and_the_format_give_the_same_notebook(tmp_path: Path) -> None:
    first, second = tmp_path / "a.ipynb", tmp_path / "b.json"
    assert main(["derive", "1-1", "--lang", "en", "-o", str(first)]) == 0
    assert main(["derive", "1-1", "--lang", "en", "--format", "ipynb", "-o", str(second)]) == 0
    told = second.read_text(encoding="utf-8").replace(" --format ipynb", "").replace("b.json", "a.ipynb")
    assert first.read_text(encoding="utf-8") == told
    assert sources(first.read_text(encoding="utf-8")) == sources(sb.derive("1-1").document("ipynb")[0])


def test_a_hostile_title_is_words(tmp_path: Path) -> None:
    toml = tmp_path / "n.toml"
    toml.write_text("title = '<script>alert(1)</script> \"\"\" $x$ \\\\input{y}'\n[input]\nsize = 1\n[[layer]]\n"
                    'kind = "dense"\nsize = 1\n', encoding="utf-8")  # fmt: skip
    text = sb.derive(sb.Network.from_toml(toml)).document("ipynb")[0]
    nbformat.validate(nbformat.reads(text, as_version=4))
    assert "<script>" not in "".join(
        "".join(c["source"]) for c in json.loads(text)["cells"] if c["cell_type"] == "markdown")
    assert "agrees" in executed(text)


# --- run


def test_it_runs_from_top_to_bottom_in_jupyter_without_symbackprop() -> None:
    book = nbformat.reads(made("1-1-1-1", "ko"), as_version=4)
    away = nbformat.v4.new_code_cell("import sys\nsys.modules['symbackprop'] = sys.modules['sympy'] = None")
    book.cells.insert(0, away)
    NotebookClient(book, timeout=120, kernel_name="python3").execute()
    said = "".join(o.text for c in book.cells if c.get("id") == "check" for o in c.outputs)
    assert SENTENCES["passed"][0] in said


def test_a_wrong_gradient_stops_the_notebook_in_jupyter() -> None:
    book = nbformat.reads(made("1-1"), as_version=4)
    module = next(c for c in book.cells if c.id == "module")
    module.source = module.source.replace('"W1": dW1', '"W1": -dW1')
    with pytest.raises(CellExecutionError, match="AssertionError"):
        NotebookClient(book, timeout=120, kernel_name="python3").execute()
    said = "".join(o.text for c in book.cells if c.id == "check" for o in c.outputs if o.output_type == "stream")
    assert "WRONG" in said
    assert "b1       relative error" in said


@pytest.mark.parametrize(("old", "new"), [
    ("da1 = W2.T @", "da1 = 1.001 * W2.T @"), ('"W2": dW2', '"W2": 1.001 * dW2'), ('"b1": db1', '"b1": 0 * db1'),
])  # fmt: skip
def test_planted_errors_are_found(old: str, new: str) -> None:
    text = light(sb.derive("2-3:tanh-2"))
    assert "agrees" in executed(text)
    with pytest.raises(AssertionError):
        executed(text, (old, new))


LOSSES = ("ce_labels", "bce", "kl", "hinge", "multi_hinge")
"""One a domain of targets: class numbers, probabilities, distributions, signs."""
KINDS = {row["kind"]: row["example_toml"] for row in catalogue()
         if " " not in row["kind"] or row["kind"].removeprefix("loss ") in (*LOSSES, "regulariser l2")}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_layer_and_loss_runs(kind: str) -> None:
    assert tomllib.loads(KINDS[kind])
    assert "agrees" in executed(light(sb.derive(sb.Network.from_toml(KINDS[kind] + "\n"))))


def light(d: sb.Derivation, lang: Lang = "en") -> str:
    """The notebook without the page before it: what runs is the same."""
    return derivation_notebook(d, Document(lang, "t", (Title("t"),)), None)


@pytest.mark.parametrize("network", ["n0-n1:tanh-n2/ce:softmax", "n0-...-nL", "1-...-1", "30-30:relu-10:softmax/ce"])
def test_symbols_depths_and_large_networks_run(network: str) -> None:
    network = "n0-n1:tanh-n2:softmax/ce" if "ce:" in network else network
    d = sb.derive(network)
    text = light(d)
    assert "agrees" in executed(text)
    assert ("for three of them" in text) == ("..." in network)
    assert ("default_rng(0)\nparams" in sources(text)["values"]) == (network[0] == "3")


@pytest.mark.parametrize("batch", ["none", "columns", "rows"])
def test_values_that_were_given_are_those_of_the_notebook(batch: str, tmp_path: Path) -> None:
    x, y = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]), np.array([[0.7, 0.8, 0.9]])
    data = {"none": (x[:, 0], y[:, 0]), "columns": (x, y), "rows": (x.T, y.T)}[batch]
    values = {"x": data[0].tolist(), "y": data[1].tolist(), "W1": [[0.25, -0.5]], "b1": [0.125]}
    path, out = tmp_path / "v.json", tmp_path / "n.ipynb"
    path.write_text(json.dumps(values), encoding="utf-8")
    assert main(["derive", "2-1", "--batch", batch, "--lang", "en", "--values", str(path), "-o", str(out)]) == 0
    text = out.read_text(encoding="utf-8")
    assert "agrees" in executed(text)
    names: dict[str, Any] = {"np": np}
    exec(sources(text)["values"], names)
    assert np.array_equal(names["params"]["W1"], [[0.25, -0.5]])
    assert np.array_equal(names["x"], x[:, 0] if batch == "none" else x)


def test_a_second_derivation_says_why_it_has_no_code() -> None:
    second = sb.derive(sb.derive("2-2").backward, of="dW[1]")
    text = light(second, "ko")
    nbformat.validate(nbformat.reads(text, as_version=4))
    assert not sources(text)
    assert SENTENCES["module.none"][0] in text


# --- numbers


def test_every_domain_of_targets_has_its_draw() -> None:
    assert DRAWS.keys() == RULES.keys()


def test_values_are_chosen_so_that_the_gradients_are_not_all_zero() -> None:
    program = sb.derive("3-4:relu-2:softmax/ce")._vectorised.forward
    third = from_seed(program, 2)
    found = telling_values(program, lambda v: [v["W[1]"] == third["W[1]"]])
    assert all(np.array_equal(found[name], third[name]) for name in third)
    assert sum(np.size(a) for a in third.values()) < MOST_WRITTEN


def test_long_arrays_are_broken_at_their_rows() -> None:
    values = sources(made("2-2:relu-2:softmax/ce"))["values"]
    assert max(map(len, values.splitlines())) <= 96
