"""From components to matrices: each gradient collected, with a shape under every factor and the reason for its form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import sympy as sp

from symbackprop.documents.backward import readers_of
from symbackprop.documents.blocks import Block, Code, Definition, Inline, Paragraph, Ref, Row, Rows, Term
from symbackprop.documents.catalogue import has, listed, say, together, words
from symbackprop.documents.induction import assumption, layer_heading, narrower
from symbackprop.documents.lines import broken
from symbackprop.documents.scene import Scene
from symbackprop.forms.matrix import matrix_form
from symbackprop.language.arrays import (
    Array,
    Diagonal,
    Elementwise,
    Hadamard,
    Matmul,
    MatrixForm,
    Ones,
    Outer,
    Scaled,
    Times,
    Transpose,
    nodes,
)
from symbackprop.language.derivation import Chapter, Derivation, Line
from symbackprop.language.functions import Iverson
from symbackprop.language.notation import Notation
from symbackprop.language.quantity import LABEL, Quantity
from symbackprop.notation.formula import Op, Sub, row
from symbackprop.notation.orientation import transposed
from symbackprop.notation.write import Marks

Forms = Mapping[str, MatrixForm]


def matrix_forms(derivation: Derivation, names: tuple[str, ...], notation: Notation) -> dict[str, MatrixForm]:
    """The matrix form of every gradient shown and of what these read, each after what it reads."""
    by_symbol = {c.quantity.symbol: [c.quantity.name] for c in derivation.chapters}
    for e in derivation.assumed:
        # what is read of the layer after is, just before the last one, a value of the last layer
        like = [x.name for x in derivation.entries if x.last is None and x.template.by.letter == e.template.by.letter]
        by_symbol[derivation.chapter(e.name).quantity.symbol] = like
    found: dict[str, MatrixForm] = {}
    under_way: set[str] = set()
    for name in names:
        _collect(derivation, name, notation, by_symbol, found, under_way)
    return found


def _collect(
    derivation: Derivation, name: str, notation: Notation, by_symbol: Mapping[sp.Symbol, list[str]],
    found: dict[str, MatrixForm], under_way: set[str],
) -> None:
    if name in found or name in under_way:
        return
    under_way.add(name)  # in a recurrence the adjoints read one another
    form = matrix_form(derivation, derivation.chapter(name), notation)
    for read in last_line(form).reads:
        for needed in by_symbol.get(read, ()):
            if needed != name:
                _collect(derivation, needed, notation, by_symbol, found, under_way)
    found.setdefault(name, form)


def last_line(form: MatrixForm) -> Line:
    return next(s.after for s in reversed(form.steps) if isinstance(s.after, Line))


def matrices(scene: Scene, forms: Forms, components: Mapping[str, int]) -> Iterator[Block]:
    """``scene`` writes matrices; ``components`` are the numbers of the results in components, where these stand."""
    yield Paragraph(say(scene.lang, "matrix.says"))
    readers = readers_of(scene)
    layer: object = None
    for name, form in forms.items():
        chapter = scene.derivation.chapter(name)
        if chapter.by.layer != layer:
            layer = chapter.by.layer
            yield layer_heading(scene, chapter.by.layer)
            if layer == LABEL:
                yield assumption(scene)
        yield from _chapter(scene.about(chapter.by), chapter, form, components, readers)
        yield from narrower(scene, chapter)
    yield Paragraph(say(scene.lang, scene.key("matrix.summary")), "summary")


def _chapter(
    scene: Scene, chapter: Chapter, form: MatrixForm, components: Mapping[str, int],
    readers: Mapping[str, list[Chapter]],
) -> Iterator[Block]:
    rows = [*_component_rows(scene, chapter, form, components)]
    name = chapter.quantity.name
    if form.array is None:
        yield Rows(tuple(rows), name=name)
        yield Paragraph(say(scene.lang, "matrix.none", why=why_none(scene, form)), "caption")
        return
    ref = scene.refs.get(chapter.quantity.symbol)
    remark = say(scene.lang, "check.wrong") if scene.failed(name) else ()
    for step in form.steps[len(rows):-1]:
        assert isinstance(step.after, Array)
        rows.append(Row(array_terms(scene, step.after, chapter.by), label=words(scene.lang, "row.matrix")))
    rows.append(Row(array_terms(scene, form.array, chapter.by), scene.writer.quantity(chapter.quantity),
                    words(scene.lang, f"row.{form.steps[-1].rule}"), "≝" if ref else "=", remark,
                    number=scene.numbers[name], boxed=ref is None, defines=ref[1] if ref else "",
                    why=reasons(scene, form, chapter.by)))
    if ref is None:
        yield Rows(tuple(rows), name=name)
        return
    used = [scene.writer.quantity(c.by) for c in readers[name]]
    aside = say(scene.lang, "def.uses", names=listed(used))
    yield Definition(ref[1], words(scene.lang, "def.heading"), aside, tuple(rows), name)


def _component_rows(scene: Scene, chapter: Chapter, form: MatrixForm, components: Mapping[str, int]) -> Iterator[Row]:
    at = scene.writer.with_(form="component")
    name = chapter.quantity.name
    for k, step in enumerate(s for s in form.steps if isinstance(s.after, Line)):
        label = words(scene.lang, "row.component" if k == 0 else "row.collect")
        remark: Inline = ("←", " ", Ref(components[name])) if k == 0 and name in components else ()
        left = at.quantity(chapter.quantity, chapter.indices) if k == 0 else None
        assert isinstance(step.after, Line)
        parts = at.factors(step.after)
        terms = tuple(Term(shown, before, reuse=scene.ref(f.expression)[1]) for before, f, shown in parts)
        yield Row(terms, left, label, remark=remark)


def array_terms(scene: Scene, array: Array, left: Quantity, shapes: bool = True) -> tuple[Term, ...]:
    """A matrix form in terms, its shapes below, the reused values marked."""
    marks: Marks = {s: (ref, "reuse") for s, (_, ref) in scene.refs.items()}
    writer = scene.writer.with_(marks=marks)
    return broken(writer.array_with_shapes(array, left) if shapes else writer.array(array, left))


def why_none(scene: Scene, form: MatrixForm) -> Inline:
    key, _, what = form.why.partition(": ")
    if any(word in what for word in ("Sum(", "Delta(", "Piecewise(")):  # SymPy's names tell a reader nothing
        what = ""
    return say(scene.lang, f"matrix.why.{key}" if has(f"matrix.why.{key}") else "matrix.why.other", what=Code(what))


# --- why a product of components is that product of matrices


def reasons(scene: Scene, form: MatrixForm, left: Quantity) -> Inline:
    """One sentence for the last step, or for the outermost product."""
    if form.steps[-1].rule == "factor":
        return say(scene.lang, "matrix.because.factor")
    array = form.array
    while isinstance(array, Scaled | Times):
        array = array.of
    if isinstance(array, Outer):
        spread = isinstance(array.left, Ones) or isinstance(array.right, Ones)
        return say(scene.lang, "matrix.because.broadcast" if spread else "matrix.because.outer")
    if isinstance(array, Hadamard):
        return say(scene.lang, "matrix.because.hadamard")
    return _of_product(scene, array, left) if isinstance(array, Matmul) else ()


def _of_product(scene: Scene, array: Matmul, left: Quantity) -> Inline:
    if isinstance(array.left, Diagonal) or isinstance(array.right, Diagonal):
        return say(scene.lang, "matrix.because.diagonal")
    if isinstance(array.right, Ones):
        summed = scene.writer.notation.ones != "1"
        return say(scene.lang, "matrix.because.sum" if summed else "matrix.because.ones")
    return together(say(scene.lang, "matrix.because.product"), _transposed(scene, array, left))


def _transposed(scene: Scene, array: Matmul, left: Quantity) -> Inline:
    """``w_ji = (Wᵀ)_ij``: the transpose read off the components, of the factor that stands first on the page."""
    turned = scene.writer.lettering.turned(left)
    factor = array.right if turned else array.left.of if isinstance(array.left, Transpose) else None
    if not isinstance(factor, Elementwise) or len(factor.indices) != 2 or scene.writer.turned(
            next((x for x in factor.expression.atoms(sp.Indexed)), factor.expression)):
        return ()
    component = scene.writer.with_(form="component").expression(factor.expression)
    whole = transposed(scene.writer.with_(spread=True).expression(factor.expression), scene.writer.notation)
    back = row(*(scene.writer.expression(i) for i in reversed(factor.indices)))
    entry = row(component, Op("="), Sub(whole, back))
    return say(scene.lang, "matrix.because.transpose", entry=entry)


# --- what is said before the first formula


def preliminaries(scene: Scene, arrays: Iterable[Array]) -> Iterator[Block]:
    """What every constant matrix in these arrays means, and that functions act on entries."""
    leaves = [a for array in arrays for a in nodes(array) if isinstance(a, Elementwise)]
    for a in dict.fromkeys(a for a in leaves if a.constant):
        yield Paragraph(_meaning(scene, a), "caption")
    if any(len(a.shape) == 2 and a.expression.has(sp.exp, sp.log) for a in leaves):
        yield Paragraph(say(scene.lang, "matrix.entries"), "caption")


def _meaning(scene: Scene, a: Elementwise) -> Inline:
    name = scene.writer.array(a)
    if isinstance(a.expression, sp.KroneckerDelta):
        return say(scene.lang, "matrix.constant.identity", name=name)
    if not isinstance(a.expression, Iverson):
        return say(scene.lang, "matrix.constant.entries", name=name)
    condition = a.expression.condition
    key = ".vector" if len(a.shape) == 1 else ".lower" if condition == sp.Le(*reversed(a.indices)) else ""
    return say(scene.lang, f"matrix.constant{key}", name=name, condition=scene.writer.expression(condition))
