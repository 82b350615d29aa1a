"""What objects show in the cell of a notebook: HTML, LaTeX, Markdown and text, for whoever asks, without IPython."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from symbackprop.documents.blocks import Document, Footer, Lang, Paragraph
from symbackprop.documents.checks import report_text
from symbackprop.documents.excerpts import (
    chapter_excerpt,
    report_excerpt,
    step_excerpt,
    too_long,
)
from symbackprop.documents.font import face
from symbackprop.documents.fragment import fragment, wrapped
from symbackprop.documents.markdown import markdown
from symbackprop.documents.mathtex import bare
from symbackprop.documents.plain import plain
from symbackprop.documents.style import sheet
from symbackprop.documents.verdict_page import SHEET, cards
from symbackprop.documents.verdicts import verdicts_latex, verdicts_markdown, verdicts_text
from symbackprop.language.derivation import Step as StepRecord
from symbackprop.language.report import Report as ReportRecord
from symbackprop.language.report import Verdict as VerdictRecord
from symbackprop.notation.formula import Formula
from symbackprop.notation.glyphs import tex_words
from symbackprop.notation.mathml import mathml
from symbackprop.notation.plain import text
from symbackprop.pages import derivation_page
from symbackprop.terminal import language

if TYPE_CHECKING:
    from symbackprop.api import Derivation
    from symbackprop.views import Chapter

Kinds = Collection[str] | None
Bundle = dict[str, str]
MOST = 400
"""Gradients up to which a derivation is shown whole: more would fill the notebook."""


def spoken() -> Lang:
    """The language of what is shown: the locale's when it is Korean, else English, as on the command line."""
    return cast(Lang, language(()))


def bundle(made: Mapping[str, Callable[[], str]], include: Kinds, exclude: Kinds) -> Bundle:
    """What was asked for, and nothing made that was not."""
    return {kind: make() for kind, make in made.items()
            if (include is None or kind in include) and (exclude is None or kind not in exclude)}  # fmt: skip


def of_document(
    page: Document, latex: Callable[[], str], include: Kinds, exclude: Kinds, font: bool = False
) -> Bundle:
    return bundle({
        "text/plain": lambda: plain(page).rstrip("\n"), "text/html": lambda: fragment(page, font),
        "text/markdown": lambda: markdown(page, "jupyter"), "text/latex": latex,
    }, include, exclude)  # fmt: skip


def displayed(latex: str) -> str:
    """Each environment of a text on a line of its own, as MathJax and LaTeX take it."""
    return "\n\n".join(f"$$\n{part.strip()}\n$$" for part in latex.split("\n\n") if part.strip())


def of_derivation(d: Derivation, include: Kinds, exclude: Kinds) -> Bundle:
    """The page; of a derivation that would fill the notebook, a sentence."""
    lang = spoken()
    if len(d.names) > MOST:
        says = too_long(lang, d.describe, len(d.names))
        page = Document(lang, "", (Paragraph((says,)),))
        return of_document(page, lambda: rf"$\text{{{tex_words(says)}}}$", include, exclude)
    whole, _ = derivation_page(d, lang=lang)
    page = replace(whole, blocks=tuple(b for b in whole.blocks if not isinstance(b, Footer)))
    return of_document(page, lambda: displayed(d.latex()), include, exclude, font=True)


def of_chapter(chapter: Chapter, include: Kinds, exclude: Kinds) -> Bundle:
    d = chapter.derivation
    page = chapter_excerpt(d.record, d.notation, chapter.name, spoken())
    return of_document(page, lambda: displayed(chapter.latex()), include, exclude)


def of_formula(formula: Formula, include: Kinds, exclude: Kinds) -> Bundle:
    """One formula, as it stands in a line: no page, so no style."""
    display = f"$\\displaystyle {bare(formula)}$"
    return bundle({"text/plain": lambda: text(formula), "text/html": lambda: mathml(formula, display=True),
                   "text/markdown": lambda: display, "text/latex": lambda: display}, include, exclude)  # fmt: skip


@dataclass(frozen=True)
class Step(StepRecord):
    """A step of a derivation that shows itself."""

    chapter: Chapter | None = field(default=None, compare=False, repr=False)

    def _repr_mimebundle_(self, include: Kinds = None, exclude: Kinds = None) -> Bundle:
        assert self.chapter is not None
        d = self.chapter.derivation
        page = step_excerpt(d.record, d.notation, self.chapter.record, self, spoken())
        return of_document(page, lambda: displayed(self.latex()), include, exclude)

    def latex(self) -> str:
        """``before = after``."""
        assert self.chapter is not None
        return self.chapter.line_latex(self.before, self.after)


@dataclass(frozen=True)
class Report(ReportRecord):
    """The checks of a derivation, which show themselves. Falsy when anything failed."""

    derivation: Derivation | None = field(default=None, compare=False, repr=False)

    def _repr_mimebundle_(self, include: Kinds = None, exclude: Kinds = None) -> Bundle:
        assert self.derivation is not None
        d, lang = self.derivation, spoken()
        page = report_excerpt(d.record, d.notation, self, lang)
        said = report_text(self, lang)
        latex = " \\\\\n".join(rf"\texttt{{{tex_words(line)}}}" for line in said.splitlines())
        made = of_document(page, lambda: f"$$\n\\begin{{array}}{{l}}\n{latex}\n\\end{{array}}\n$$", include, exclude)
        return {kind: said if kind == "text/plain" else shown for kind, shown in made.items()}


@dataclass(frozen=True)
class Verdict(VerdictRecord):
    """A verdict that shows itself."""

    def _repr_mimebundle_(self, include: Kinds = None, exclude: Kinds = None) -> Bundle:
        return of_verdicts([self], include, exclude)


class Verdicts(list[Verdict]):
    """Verdicts in the order of the formulas: a list, which shows itself."""

    def _repr_mimebundle_(self, include: Kinds = None, exclude: Kinds = None) -> Bundle:
        return of_verdicts(self, include, exclude)


def of_verdicts(verdicts: Sequence[VerdictRecord], include: Kinds, exclude: Kinds) -> Bundle:
    lang = spoken()
    return bundle({
        "text/plain": lambda: verdicts_text(verdicts, lang, "repair"),
        "text/html": lambda: wrapped(cards(verdicts, lang), sheet(()).removeprefix(face()) + SHEET, lang),
        "text/markdown": lambda: verdicts_markdown(verdicts, lang, "repair"),
        "text/latex": lambda: verdicts_latex(verdicts, lang),
    }, include, exclude)  # fmt: skip


def shown_report(report: ReportRecord, derivation: Derivation) -> Report:
    return Report(report.checks, report.notes, derivation)


def shown_verdicts(verdicts: Sequence[VerdictRecord]) -> Verdicts:
    return Verdicts(Verdict(**_fields(v)) for v in verdicts)


def shown_step(step: StepRecord, chapter: Chapter) -> Step:
    return Step(step.rule, step.before, step.after, step.because, chapter)


def _fields(v: VerdictRecord) -> dict[str, Any]:
    return dict(vars(v))
