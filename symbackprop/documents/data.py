"""Derivation → the JSON others script against, and one MathML formula a line. Names are those of the record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sympy as sp

from symbackprop.documents.blocks import Code, Lang, Ref, Strong
from symbackprop.documents.build import writer
from symbackprop.documents.catalogue import SENTENCES
from symbackprop.documents.induction import reach
from symbackprop.documents.scene import Scene
from symbackprop.forms.counting import Counts
from symbackprop.forms.scalar import scalar_chapter
from symbackprop.language.arrays import MatrixForm
from symbackprop.language.derivation import Assumption, Chapter, Derivation, Line, Step
from symbackprop.language.notation import Notation
from symbackprop.language.quantity import symbol
from symbackprop.notation.latex import aligned, latex
from symbackprop.notation.mathml import mathml
from symbackprop.notation.plain import text
from symbackprop.notation.write import Writer

MatrixForms = Callable[[Chapter], MatrixForm]


def derivation_json(
    derivation: Derivation, notation: Notation, matrix_forms: MatrixForms, counts: Counts | None, *, network: str,
    lang: Lang, degenerate: bool,
) -> str:
    """``{"network", "notation", "forward", "backward", "reuse", "assumptions"}``, formulas as LaTeX."""
    made = _Data(derivation, notation, matrix_forms, lang, degenerate)
    whole = {
        "network": network,
        "notation": notation.name,
        "forward": [{"name": e.quantity.name, "component": latex(made.component.expression(e.expression))}
                    for e in derivation.forward.equations],
        "backward": [made.gradient(c) for c in derivation.chapters],
        "reuse": {"operations_with": _count(counts.with_reuse, made.component) if counts else None,
                  "operations_without": _count(counts.without_reuse, made.component) if counts else None},
        "assumptions": [made.assumption(a) for a in derivation.assumptions],
    }  # fmt: skip
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _count(value: sp.Expr | None, pen: Writer) -> int | str | None:
    return None if value is None else int(value) if value.is_Integer else latex(pen.expression(value))


class _Data:
    def __init__(
        self, derivation: Derivation, notation: Notation, matrix_forms: MatrixForms, lang: Lang, degenerate: bool
    ) -> None:
        self.derivation, self.matrix_forms, self.degenerate = derivation, matrix_forms, degenerate
        flat = not any(q.axes for q in derivation.forward.quantities.values())
        self.component = writer(derivation, notation, "scalar" if flat else "component", lang)
        self.scalar = writer(derivation, notation, "scalar", lang)
        self.matrix = writer(derivation, notation, "matrix", lang)
        self.scene = Scene(derivation, self.component, lang, "c")
        names = {s: q.name for s, q in derivation.forward.by_symbol.items()}
        names |= {symbol(e.name): e.name for e in derivation.assumed}
        self.names = names | {c.quantity.symbol: c.quantity.name for c in derivation.chapters}

    def gradient(self, chapter: Chapter) -> Mapping[str, Any]:
        form = self.matrix_forms(chapter)
        scalar = None if self.degenerate else latex(self.scalar.line(scalar_chapter(chapter).result))
        last = self.derivation.by_name[chapter.quantity.name].last
        return {
            "name": chapter.quantity.name,
            "of": chapter.by.name,
            **({"layers": latex(reach(self.component, last))} if last is not None else {}),
            "scalar": scalar,
            "component": latex(self.component.about(chapter.by).line(chapter.result)),
            "matrix": latex(self.matrix.about(chapter.by).array(form.array, chapter.by))
            if form.array is not None else None,
            "uses": self.uses(chapter.result),
            "steps": [self.step(s, chapter.by.at(*chapter.indices)) for s in chapter.steps],
            "matrix_steps": self.matrix_steps(form, chapter),
        }

    def uses(self, line: Line) -> list[str]:
        return [self.names[s] for s in line.reads if s in self.names]

    def step(self, step: Step, by: sp.Expr) -> dict[str, Any]:
        spans = self.scene.because(step.because, by)
        because = "".join(s if isinstance(s, str) else text(s) for s in spans if not isinstance(s, Ref | Strong | Code))
        return {"rule": step.rule, "before": latex(self.component.line(step.before)),
                "after": latex(self.component.line(step.after)), "uses": self.uses(step.after),
                "because": because or None}  # fmt: skip

    def matrix_steps(self, form: MatrixForm, chapter: Chapter) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = []
        for s in form.steps:
            shown = self.component.line(s.after) if isinstance(s.after, Line) else (
                self.matrix.array(s.after, chapter.by))  # type: ignore[arg-type]
            steps.append({"rule": s.rule, "after": latex(shown)})
        return [*steps, {"rule": "none", "after": form.why}] if form.why else steps

    def assumption(self, a: Assumption) -> str:
        key = f"assumption.{a.key}"
        formulas = ", ".join(text(self.component.expression(f)) for f in a.formulas)
        return SENTENCES[self.scene.lang].get(key, "{formulas}").replace("{formulas}", formulas).strip()


def derivation_mathml(derivation: Derivation, notation: Notation, lang: Lang) -> str:
    """Every result as a formula in MathML, one a line."""
    def result(pen: Writer, chapter: Chapter) -> str:
        left = pen.quantity(chapter.quantity, chapter.indices)
        return mathml(pen.equation(left, pen.line(chapter.result)), display=True, namespace=True)

    return "\n".join(stamped(derivation, notation, lang, result)) + "\n"


def derivation_latex(derivation: Derivation, notation: Notation) -> str:
    """Every chapter as an ``aligned`` environment."""
    def steps(pen: Writer, chapter: Chapter) -> str:
        return aligned(pen.quantity(chapter.quantity, chapter.indices), [pen.line(s.after) for s in chapter.steps])

    return "\n\n".join(stamped(derivation, notation, "en", steps)) + "\n"


def stamped(
    derivation: Derivation, notation: Notation, lang: Lang, show: Callable[[Writer, Chapter], str]
) -> Iterator[str]:
    """A print of every chapter. Layers that share a derivation are printed once and stamped, so a layer costs no more
    than filling in its number."""
    flat = not derivation.forward.given or not any(q.axes for q in derivation.forward.given)
    # where the depth is a symbol, l stays l and there is nothing to fill in
    deep = derivation.forward.run is not None
    pen = writer(derivation, notation, "scalar" if flat else "component", lang).with_(placeholder=not deep)
    printed: dict[int, str] = {}
    for entry in derivation.entries:
        if id(entry.template) not in printed or deep:
            chapter = entry.template if isinstance(entry.label, int) else derivation.chapter(entry.name)
            printed[id(entry.template)] = show(pen, chapter)
        shown = printed[id(entry.template)]
        yield pen.stamp_print(shown, entry.label) if isinstance(entry.label, int) else shown
