"""Document and code → a Jupyter notebook (nbformat 4.5): the same bytes each time, with cells that keep their names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from symbackprop.documents.blocks import Document, Footer, Heading, Lang
from symbackprop.documents.cell_words import told
from symbackprop.documents.dialects import DIALECTS
from symbackprop.documents.markdown import pieces
from symbackprop.documents.messages import localised

_CHECK = '''\
def slope(name, direction, h):
    """{slope}"""
    def difference(h):
        ends = (value_and_grad({{**params, name: params[name] + s * h * direction}}, {data})[0] for s in (1, -1))
        return (next(ends) - next(ends)) / (2 * h)

    return (4 * difference(h / 2) - difference(h)) / 3


bound = 1e-6
resolution = 1e-5 * max(1.0, abs(loss))  # {resolution}
rng = np.random.default_rng(0)
wrong = []
for name, gradient in grads.items():
    size, shape = np.size(gradient), np.shape(gradient)
    # {directions}
    if size <= 32:
        directions = np.eye(size).reshape(size, *shape)
    else:
        directions = rng.uniform(-1, 1, (6, *shape)) / np.sqrt(size)
    analytic = np.array([np.sum(gradient * u) for u in directions])
    for h in (1e-3, 1e-4, 1e-5):  # {steps}
        numeric = np.array([slope(name, u, h) for u in directions])
        relative = np.abs(numeric - analytic).max() / max(resolution, np.abs(analytic).max())
        if relative <= bound:
            break
    right = relative <= bound
    if not right:
        wrong.append(name)
    print(f"{{name:8}} {error} {{relative:.0e}}   {{'{right}' if right else '{wrong}'}}")

print("{failed}" if wrong else "{passed}")
assert not wrong, wrong'''
_RUN = '''\
loss, grads = value_and_grad(params, {data})
np.set_printoptions(precision=5, suppress=True, threshold=60)
print(f"{of} = {{loss:.6f}}")
for name, gradient in grads.items():
    print(f"d{{name}} =\\n{{gradient}}")'''


@dataclass(frozen=True)
class Code:
    """What the code cells are made of: the module, the arrays, the names of its data, the name of the loss."""

    module: str
    values: str
    data: tuple[str, ...]
    of: str
    instance: bool = False
    """Is it the code of one depth, where the derivation is for a symbol?"""


def notebook(document: Document, code: Code | None, why: str = "") -> str:
    """The whole file. Without code the notebook says ``why`` there is none."""
    cells = [*_derivation(document), *(_code(document.lang, code) if code else _none(document.lang, why)),
             *_closing(document)]  # fmt: skip
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": cells, "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}}, "nbformat": 4,
             "nbformat_minor": 5}  # fmt: skip
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": ")) + "\n"


def _derivation(document: Document) -> Iterator[dict[str, Any]]:
    """One cell a section."""
    held: list[str] = []
    number = 0
    for block, shown in zip(document.blocks, pieces(document, "jupyter"), strict=True):
        if isinstance(block, Heading) and block.level == 2 and held:
            number += 1
            yield _markdown(f"derivation-{number}", held)
            held = []
        held += [] if isinstance(block, Footer) else [shown]
    yield _markdown(f"derivation-{number + 1}", held)


def _code(lang: Lang, code: Code) -> Iterator[dict[str, Any]]:
    data = ", ".join(code.data)
    keys = ("slope", "resolution", "directions", "steps", "error", "wrong", "right", "failed", "passed")
    check = _CHECK.format(data=data, **{key: told(lang, key) for key in keys})
    sources = {"module": code.module.rstrip("\n"), "values": code.values, "run": _RUN.format(data=data, of=code.of),
               "check": check}  # fmt: skip
    for name, source in sources.items():
        more = [told(lang, "module.depth")] if code.instance and name == "module" else []
        yield _markdown(f"about-{name}", [f"## {told(lang, name)}", told(lang, f"{name}.says"), *more])
        yield _cell(name, source)


def _none(lang: Lang, why: str) -> Iterator[dict[str, Any]]:
    shown = DIALECTS["jupyter"].words(localised(why, lang))
    yield _markdown("about-module", [f"## {told(lang, 'module')}", told(lang, "module.none"), f"> {shown}"])


def _closing(document: Document) -> Iterator[dict[str, Any]]:
    for block, shown in zip(document.blocks, pieces(document, "jupyter"), strict=True):
        if isinstance(block, Footer):
            yield _markdown("footer", [shown])


def _markdown(name: str, parts: Sequence[str]) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": _lines("\n\n".join(parts))}


def _cell(name: str, source: str) -> dict[str, Any]:
    return {"cell_type": "code", "execution_count": None, "id": name, "metadata": {}, "outputs": [],
            "source": _lines(source)}  # fmt: skip


def _lines(text: str) -> list[str]:
    """As Jupyter itself writes it: a line an entry."""
    return text.splitlines(keepends=True)
