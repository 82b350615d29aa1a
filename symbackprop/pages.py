"""A derivation as a document: what the page needs is gathered here and handed to the documents room."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import sympy as sp

from symbackprop import __version__
from symbackprop.algorithms import algorithm
from symbackprop.calculus.derive import derive as derive_program
from symbackprop.documents.beamer import beamer
from symbackprop.documents.blocks import Document, Lang
from symbackprop.documents.build import Level, Material, PageForm, build
from symbackprop.documents.data import derivation_json, derivation_mathml
from symbackprop.documents.dialects import DIALECTS
from symbackprop.documents.html import html
from symbackprop.documents.hwp import hwp_lines
from symbackprop.documents.markdown import markdown
from symbackprop.documents.plain import plain
from symbackprop.documents.slides import slides
from symbackprop.documents.tex import tex
from symbackprop.documents.typst import typst
from symbackprop.forms.counting import Counts, count
from symbackprop.forms.scalar import scalar_program
from symbackprop.language.derivation import Derivation as DerivationRecord
from symbackprop.language.errors import NetworkError, SymbackpropError, VerificationError, depth_needed
from symbackprop.language.indices import leaves
from symbackprop.language.report import Report
from symbackprop.networks.composite import in_parts
from symbackprop.notebooks import derivation_notebook
from symbackprop.numeric.domains import run
from symbackprop.numeric.evaluate import evaluate

if TYPE_CHECKING:
    from symbackprop.api import Derivation

RENDERERS: Mapping[str, Callable[[Document], str]] = {
    "html": html, "slides": slides, "tex": tex, "beamer": beamer, "typ": typst, "md": markdown, "text": plain,
    "hwp": hwp_lines, **{f"md-{name}": partial(markdown, dialect=name) for name in DIALECTS if name != "github"},
}  # fmt: skip
FORMATS = (*RENDERERS, "ipynb", "mathml", "json")
MOST_COUNTED, MOST_READ = 400, 80
"""Gradients up to which the operations are counted, and names in the composite loss up to which it is written out."""


def document(
    d: Derivation, made: str, *, lang: str, form: str | None, level: str, values: Mapping[str, Any] | None,
    command: str | None, progress: Callable[[str], None] | None = None,
) -> tuple[str, Report | None]:
    """The derivation in one format, and the report of the checks whose table it carries (none for data formats)."""
    language = cast(Lang, lang)
    if made == "mathml":
        return derivation_mathml(d.record, d.notation, language), None
    describe = d.describe
    deep = d.record.forward.run is not None
    if deep and values:
        raise depth_needed("a page with values")
    if made == "json":
        # of a general layer there are as many as L says: no count without it
        counts = None if deep else count(d.record)
        return derivation_json(d.record, d.notation, d.matrix_form, counts, network=describe, lang=language,
                               degenerate=d.degenerate), None  # fmt: skip
    if made not in FORMATS:
        raise SymbackpropError(f"the format {made} is not part of this version; there are {', '.join(FORMATS)}")
    page, report = derivation_page(d, lang=language, form=form, level=level, values=values, command=command,
                                   progress=progress)  # fmt: skip
    if made == "ipynb":
        return derivation_notebook(d, page, values), report
    return RENDERERS[made](page), report


def derivation_page(
    d: Derivation, *, lang: Lang, form: str | None = None, level: str = "normal",
    values: Mapping[str, Any] | None = None, command: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> tuple[Document, Report | None]:
    """The derivation as a tree of blocks, before any format is chosen, and the report of its checks."""
    report = _checked(d, progress)
    material = Material(
        network=d.describe, version=__version__, scalar=_one_neuron(d), command=command or "", loss=_loss(d),
        title=(d.network.title or "") if d.network else "", counts=_counts(d), report=report,
        values=_run(d, values) if values else {}, algorithm=algorithm(d), parts=in_parts,
    )  # fmt: skip
    deep = d.record.forward.run is not None
    chosen = cast(PageForm, form or ("all" if deep else "scalar" if d.is_scalar else "component"))
    return build(d.record, d.notation, material, lang=lang, form=chosen, level=cast(Level, level)), report


def _checked(d: Derivation, progress: Callable[[str], None] | None) -> Report | None:
    """The checks; None for a network of more numbers than can be put in, whose page then has no table of them."""
    try:
        return d.verify(progress=progress)
    except VerificationError:
        return None


def _counts(d: Derivation) -> Counts | None:
    return count(d.record) if len(d.names) <= MOST_COUNTED and d.record.forward.run is None else None


def _loss(d: Derivation) -> sp.Expr | None:
    """The composite loss, where it is short enough to be read."""
    if d.network is None or len(d.forward.parts) > 8 or d.forward.run is not None:
        return None
    try:
        loss = d.network.loss
    except NetworkError:  # a recurrence, or too many terms
        return None
    return loss if sum(1 for _ in leaves(loss)) <= MOST_READ else None


def _one_neuron(d: Derivation) -> DerivationRecord | None:
    """The same network with one neuron a layer, where that does not degenerate."""
    if d.is_scalar or d.degenerate or d.network is None or not d.network.can_batch:
        return None
    try:
        program = scalar_program(d.network.with_batch("none").program, keep=None)
    except NetworkError:  # batch normalisation has no meaning for one datum
        return None
    return derive_program(program, d.network.loss_quantity, None, d.notation)


def _run(d: Derivation, values: Mapping[str, Any]) -> dict[str, Any]:
    """Every quantity and every gradient as numbers, for the column of values."""
    known = [q.name for q in d.forward.all_given if q.name in values]
    given = {name: values[name].reshape(()) if d.is_scalar else values[name] for name in known}
    return evaluate(d.backward, run(d.forward, given))
