"""What ``d["W", 2]`` shows: a chapter of the record in its three forms, as LaTeX, MathML, text and SymPy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import sympy as sp

from symbackprop.forms.expansion import expanded
from symbackprop.forms.matrix import matrix_form
from symbackprop.forms.scalar import scalar_chapter
from symbackprop.language.arrays import MatrixForm
from symbackprop.language.derivation import Chapter as ChapterRecord
from symbackprop.language.derivation import Line
from symbackprop.language.errors import depth_needed
from symbackprop.notation.formula import Formula
from symbackprop.notation.latex import aligned, latex
from symbackprop.notation.mathml import mathml
from symbackprop.notation.plain import text
from symbackprop.notation.write import Writer
from symbackprop.shows import Bundle, Kinds, Step, of_chapter, of_formula, shown_step

if TYPE_CHECKING:
    from symbackprop.api import Derivation


@dataclass(frozen=True)
class Form:
    """One form of a result. ``str()`` is plain text; ``expression`` the SymPy value (None for arrays)."""

    formula: Formula
    expression: sp.Expr | None = None
    array: object = None

    def latex(self) -> str:
        return latex(self.formula)

    def mathml(self, engine: Literal["own", "latex2mathml"] = "own") -> str:
        return mathml(self.formula, engine=engine)

    def __str__(self) -> str:
        return text(self.formula)

    def _repr_mimebundle_(self, include: Kinds = None, exclude: Kinds = None) -> Bundle:
        return of_formula(self.formula, include, exclude)


@dataclass(frozen=True, eq=False)
class Chapter:
    """The derivation of one gradient, ready to be printed. ``record`` is the chapter of the record."""

    record: ChapterRecord
    derivation: Derivation

    @property
    def name(self) -> str:
        return self.record.quantity.name

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(shown_step(step, self) for step in self.record.steps)

    @property
    def result(self) -> Line:
        return self.record.result

    @property
    def expression(self) -> sp.Expr:
        """The gradient with the reused adjoints as names."""
        return self.result.expression

    @property
    def expanded(self) -> sp.Expr:
        """The gradient in forward quantities and givens only."""
        if self.derivation.record.forward.run is not None:
            raise depth_needed("a gradient written out without reuse")
        return expanded(self.derivation.record, self.name)

    @property
    def component(self) -> Form:
        return Form(self._writer().line(self.result), self.expression)

    @property
    def scalar(self) -> Form | None:
        """The component form with every axis 1; None where that degenerates (a softmax over one entry is 1)."""
        if self.derivation.degenerate:
            return None
        chapter = scalar_chapter(self.record)
        return Form(self.derivation.writer("scalar").line(chapter.result), chapter.result.expression)

    @property
    def matrix_form(self) -> MatrixForm:
        """The matrix form with the lines that lead to it; ``why`` says why there is none."""
        return matrix_form(self.derivation.record, self.record, self.derivation.notation)

    @property
    def matrix(self) -> Form | None:
        array = self.matrix_form.array
        return None if array is None else Form(self._writer("matrix").array(array, self.record.by), array=array)

    @property
    def _lines(self) -> list[Formula]:
        return [self._writer().line(step.after) for step in self.steps]

    @property
    def _left(self) -> Formula:
        return self._writer().quantity(self.record.quantity, self.record.indices)

    def _writer(self, form: Literal["scalar", "component", "matrix"] | None = None) -> Writer:
        """The writer of the derivation; of a general layer l is the label that this quantity has on the page."""
        return self.derivation.writer(form).about(self.record.by)

    def latex(self) -> str:
        """The steps as one ``aligned`` environment."""
        return aligned(self._left, self._lines)

    def mathml(self, engine: Literal["own", "latex2mathml"] = "own") -> str:
        """One ``<math>`` a step, each the whole equation."""
        writer = self.derivation.writer()
        return "\n".join(mathml(writer.equation(self._left, line), True, engine) for line in self._lines)

    def __str__(self) -> str:
        left, *rest = text(self._left), *(text(line) for line in self._lines)
        pad = " " * len(left)
        return "\n".join(f"{left if k == 0 else pad} = {line}" for k, line in enumerate(rest))

    def line_latex(self, before: Line, after: Line) -> str:
        """``before = after`` in the notation of the derivation."""
        writer = self.derivation.writer()
        return latex(writer.equation(writer.line(before), writer.line(after)))

    def _repr_mimebundle_(self, include: Kinds = None, exclude: Kinds = None) -> Bundle:
        return of_chapter(self, include, exclude)
