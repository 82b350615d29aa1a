"""The Python door: ``sb.derive``, ``sb.check``, ``sb.Network``. Here the floors meet; nothing is computed here."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import sympy as sp

from symbackprop.asked import named, names_of
from symbackprop.calculus.derive import derive as derive_program
from symbackprop.calculus.second import along, needed, taken_for_granted
from symbackprop.courses import as_in_course, notation_of
from symbackprop.forms.matrix import equation_form, matrix_form
from symbackprop.forms.scalar import degenerates, is_chain, scalar_program
from symbackprop.language.arrays import MatrixForm
from symbackprop.language.derivation import Chapter as ChapterRecord
from symbackprop.language.derivation import Derivation as DerivationRecord
from symbackprop.language.errors import DerivationError, SymbackpropError, depth_needed, nearest
from symbackprop.language.notation import Notation
from symbackprop.language.program import Program
from symbackprop.language.quantity import Label, Quantity
from symbackprop.language.report import Report as ReportRecord
from symbackprop.networks.kinds import layer
from symbackprop.networks.layers import dense
from symbackprop.networks.network import Network
from symbackprop.notation.write import Writer
from symbackprop.shows import Bundle, Kinds, Report, of_derivation
from symbackprop.sources import again, over_data
from symbackprop.views import Chapter, Form

if TYPE_CHECKING:
    from symbackprop.plots import Plot

Key: TypeAlias = str | sp.Basic | tuple[str, Label]


@dataclass(frozen=True, eq=False)
class Backward(Program):
    """The forward equations followed by the backward ones: a program that can be derived again."""

    derivation: Derivation | None = None


@dataclass(frozen=True, eq=False)
class Derivation:
    """The backward pass of a network, derived step by step. ``record`` is what documents and checks read.

    A second derivation knows the ``first``, and which of its gradients were ``asked`` for.
    """

    record: DerivationRecord
    notation: Notation
    network: Network | None = None
    first: Derivation | None = None
    asked: tuple[str, ...] = ()
    stamped: bool = False
    """Was the record stamped from one of symbolic depth? Then the oracle judges that record at other sizes, and not
    another derivation of the same network."""

    @property
    def forward(self) -> Program:
        return self.record.forward

    @cached_property
    def backward(self) -> Program:
        """The gradients as a program, the forward equations before them, so that it says how they depend on the
        parameters: what works on a network works on its gradient. ``derive(d.backward, of="dW[1]")``."""
        self._need_depth("the backward program")
        joint = self.record.joint
        return Backward(joint.given, joint.body, joint.sizes, self)

    @property
    def describe(self) -> str:
        """The network that this, or the derivation before it, is of."""
        network = (self.first or self).network
        return network.describe if network else ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the record, in the order in which they are derived: ``da[3]``, ``dz[3]``, ``dW[3]``, …"""
        return tuple(e.name for e in self.record.entries)

    def __getitem__(self, key: Key) -> Chapter:
        """``d["W", 2]``, ``d["U", "gate"]``, ``d["W[2]"]``, or the user's own symbol ``d[w1]``."""
        name = self._name(key)
        if name not in self.record.by_name and isinstance(key, str):
            found = self.forward.lookup(key) or self.forward.lookup(key.removeprefix(self.record.prefix))
            name = self.record.prefix + found.name if found else name
        if name not in self.record.by_name:
            known = [n.removeprefix(self.record.prefix) for n in self.names]
            wanted = name.removeprefix(self.record.prefix)
            raise DerivationError(f"{wanted} is not derived here; {nearest(wanted, known)}")
        return Chapter(self.record.chapter(name), self)

    def _name(self, key: Key) -> str:
        if isinstance(key, tuple) and len(key) == 2:
            return self.record.prefix + (f"{key[0]}" if key[1] is None else f"{key[0]}[{key[1]}]")
        if isinstance(key, sp.Indexed | sp.IndexedBase):
            key = (key.base if isinstance(key, sp.Indexed) else key).label
        return f"{self.record.prefix}{key}"

    def __iter__(self) -> Iterator[Chapter]:
        return (Chapter(self.record.chapter(name), self) for name in self.names)

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def is_scalar(self) -> bool:
        return all(not q.axes for q in (*self.forward.given, *(q for p in self.forward.parts for q in p.kind.given)))

    @cached_property
    def degenerate(self) -> bool:
        return degenerates(self.forward) or (self.network is not None and self.network.fixed)

    @cached_property
    def _writers(self) -> dict[str, Writer]:
        return {}

    def writer(self, form: Literal["scalar", "component", "matrix"] | None = None) -> Writer:
        """The writer of this derivation in one form; without one, components (scalars where there are no axes)."""
        chosen = form or ("scalar" if self.is_scalar else "component")
        if chosen not in self._writers:
            losses = {e.template.of.name: e.template.of for e in self.record.entries}
            per_datum = next((q for n, q in losses.items() if n != self.record.of.name), None)
            adjoints = {e.template.quantity.symbol: e.template.by for e in self.record.entries}
            self._writers[chosen] = Writer(self.forward, self.notation, chosen, adjoints, self.record.of, per_datum)
        return self._writers[chosen]

    def verify(self, *, fresh: bool = False, progress: Callable[[str], None] | None = None) -> Report:
        """Every step and every gradient checked; falsy when anything failed. Checked once, unless the points are to be
        ``fresh``."""
        from symbackprop.checks import verified

        if fresh:
            return verified(self, fresh=True, progress=progress)
        if not self._checked:
            self._checked.append(verified(self, progress=progress))
        return self._checked[0]

    @cached_property
    def _checked(self) -> list[Report]:
        return []

    def at_depth(self, depth: int) -> Derivation:
        """The derivation for a number of layers, where here that is a symbol: the chapters stamped, none derived."""
        net = self.network.at_depth(depth) if self.network is not None else None
        return Derivation(self.record.at_depth(depth), self.notation, net, stamped=True)

    def matrix_form(self, chapter: ChapterRecord) -> MatrixForm:
        """The matrix form of a chapter of the record, with the lines that lead to it."""
        return matrix_form(self.record, chapter, self.notation)

    def lambdify(self, letter: Key | None = None, label: Label = None, **options: Any) -> Callable[..., Any]:
        """``sympy.lambdify`` of one gradient, or of all, at concrete sizes (``sizes={"n0": 3}`` where symbolic)."""
        from symbackprop.numeric.lambdify import lambdify

        self._need_depth("a function of numbers")
        if letter is None:
            return lambdify(self.record, None, **options)
        name = self[(str(letter), label) if label is not None else letter].name
        return lambdify(self.record, name, **options)

    def source(self, target: str = "numpy") -> str:
        """A module of readable NumPy with ``value_and_grad(params, x, y)``."""
        from symbackprop.numeric.source import module

        if self.first is not None:
            raise SymbackpropError("code for second derivatives is not part of this version; d.lambdify() makes a "
                                   "function of them")
        self._need_depth("code")
        if target != "numpy":
            raise SymbackpropError(f"the target {target} is not part of this version; there is numpy")
        vectorised = self._vectorised
        chapters = [vectorised.record.chapter(name) for name in vectorised.names]
        forms = [(c, matrix_form(vectorised.record, c, vectorised.notation)) for c in chapters]
        forward = [(e, equation_form(e)) for e in vectorised.forward.equations]
        describe = self.network.describe if self.network else "a program"
        return module(vectorised.record, forward, forms, form=equation_form, describe=describe,
                      command=again(self.network))

    def _need_depth(self, what: str) -> None:
        if self.record.forward.run is not None:
            raise depth_needed(what)

    @cached_property
    def _vectorised(self) -> Derivation:
        """The same network over data as columns, σ' written through the output: what code is made from."""
        notation = replace(self.notation, prime="output")
        net = over_data(self.network) if self.network is not None else None
        if net is None:
            return Derivation(derive_program(self.forward, self.record.of, None, notation), notation, self.network)
        return Derivation(derive_program(net.program, net.loss_quantity, None, notation), notation, net)

    def function(self) -> Callable[..., Any]:
        """``f(params, x, y) -> (loss, grads)``: the source, compiled."""
        from symbackprop.numeric.function import function

        return function(self.source("numpy"))

    def document(
        self, made: str = "html", *, lang: str = "en", form: str | None = None, level: str = "normal",
        values: dict[str, Any] | None = None, command: str | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> tuple[str, ReportRecord | None]:
        """The derivation as a document in one format, and the report of the check it carries."""
        from symbackprop.pages import document

        return document(self, made, lang=lang, form=form, level=level, values=values, command=command,
                        progress=progress)  # fmt: skip

    def algorithm(self) -> list[Form]:
        """The backward algorithm in the layout of the notation's course, a formula a line."""
        from symbackprop.algorithms import algorithm

        return [Form(told.formula) for told in algorithm(self)]

    def plot(self, what: str = "reuse", *, lang: str = "en", values: dict[str, Any] | None = None) -> Plot:
        """``"reuse"``, ``"size"`` or ``"gradients"``, layer by layer. Needs matplotlib."""
        from symbackprop.files import extra

        made: Plot = extra("symbackprop.plots").plot(self, what, lang, values)
        if made.note:
            warnings.warn(made.note, stacklevel=2)
        return made

    def latex(self) -> str:
        """Every chapter as one ``aligned`` environment, in the order of the record."""
        from symbackprop.documents.data import derivation_latex

        return derivation_latex(self.record, self.notation)

    def save(
        self, path: str | Path, *, lang: str = "en", form: str | None = None, notation: str | None = None,
        format: str | None = None, level: str = "normal", values: dict[str, Any] | None = None,  # noqa: A002
    ) -> Path:
        """Write the document; the format follows the ending, ``DIR/`` being LaTeX fragments. Another notation is
        derived anew: it decides what is named. The file is written whole or not at all."""
        from symbackprop.documents.save import ending_format, format_of
        from symbackprop.files import write

        if notation is not None and notation != self.notation.name:
            return self._in_notation(notation).save(path, lang=lang, form=form, format=format, level=level,
                                                    values=values)  # fmt: skip
        made = format or ending_format(str(path)) or format_of(Path(path))
        return write(self, Path(path), made, lang=lang, form=form, level=level, values=values, command=None).path

    def _in_notation(self, notation: str) -> Derivation:
        if self.first is not None:
            return derive(self.first._in_notation(notation).backward, of=self.asked, wrt=self.record.wrt)
        return derive(self.network or self.forward, notation=notation, of=self.record.of, wrt=self.record.wrt)

    def __str__(self) -> str:
        return "\n\n".join(str(c) for c in self)

    def _repr_mimebundle_(self, include: Kinds = None, exclude: Kinds = None) -> Bundle:
        """What a notebook shows: the page."""
        return of_derivation(self, include, exclude)


def derive(
    what: Network | Program | str,
    notation: str | Notation | None = None,
    *,
    of: Quantity | sp.Basic | str | Sequence[str | sp.Basic] | None = None,
    wrt: Sequence[str | sp.Basic] | None = None,
) -> Derivation:
    """The derivation of every gradient of a network (or of any program, with ``of``).

    Of ``d.backward``: second derivatives. A gradient with axes, or several of them, is derived along directions that
    become given: ``s = Σ v ⊙ ∂J/∂W``, whose gradient is the Hessian-vector product.

    Raises NetworkError, SyntaxProblem or DerivationError, with what is wrong and where.
    """
    net = Network(what) if isinstance(what, str) else what
    if isinstance(net, Program):
        if of is None:
            raise DerivationError("say what to derive: derive(program, of=…)")
        if isinstance(net, Backward) and net.derivation is not None:
            return _again(net, net.derivation, of, wrt, notation)
        chosen = _notation(notation, None)
        target = net.quantities[named(of, net)]
        return Derivation(derive_program(net, target, names_of(wrt, net), chosen), chosen)
    chosen = _notation(notation, net.notation)
    net = as_in_course(net, chosen)
    program = net.program
    if any(q.axes for q in program.given) and is_chain(program):
        program = scalar_program(program)
    target = program.quantity(net.loss_quantity.name if of is None else named(of, program))
    names = names_of(wrt, program) if wrt is not None else net.wrt
    return Derivation(derive_program(program, target, names, chosen, net.assumptions), chosen, net)


def _again(
    program: Program, first: Derivation, of: object, wrt: Sequence[object] | None, notation: str | Notation | None
) -> Derivation:
    """The second derivation: of one number as it is, of anything else along directions."""
    chosen = _notation(notation or first.notation, None)
    asked = tuple(named(o, program) for o in (of if isinstance(of, Sequence) and not isinstance(of, str) else [of]))
    names = names_of(wrt, program)
    if not asked:
        raise DerivationError("say what to derive again: derive(d.backward, of=\"dW[1]\")")
    target = program.quantity(asked[0])
    if len(asked) > 1 or target.axes or target.role == "adjoint":
        program, target = along(program, asked)
    program = needed(program, target, names)
    granted = (*first.record.assumptions, *taken_for_granted(program))
    return Derivation(derive_program(program, target, names, chosen, granted), chosen, None, first, asked)


def _notation(given: str | Notation | None, of_network: str | None) -> Notation:
    return given if isinstance(given, Notation) else notation_of(given or of_network or "notes")


__all__ = ["Chapter", "Derivation", "Form", "Network", "Program", "dense", "derive", "layer"]
