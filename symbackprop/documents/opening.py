"""The top of the page: title, the network in a line, conventions and the glossary, folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy as sp

from symbackprop.documents.blocks import Code, Details, Inline, Listing, Span, Title
from symbackprop.documents.catalogue import SENTENCES, listed, say, together, words
from symbackprop.documents.conventions import course, layers_key, order_key, vectors_key, weight_key
from symbackprop.documents.glossary import MOST, counted, glossary
from symbackprop.documents.induction import label_box
from symbackprop.documents.scene import Scene
from symbackprop.language.derivation import Assumption
from symbackprop.language.functions import ARGUMENT, Named
from symbackprop.language.program import Program
from symbackprop.language.quantity import DEPTH, LABEL, size
from symbackprop.notation.formula import Formula, Frac, Num, Op, row
from symbackprop.notation.plain import text


def layers(program: Program) -> int | str:
    """The number of the last layer that has one; where that is a symbol, its name."""
    if program.run is not None:
        return str(DEPTH)
    labels = [q.layer for q in program.quantities.values() if isinstance(q.layer, int)]
    return max(labels, default=0)


def heading(scene: Scene, network: str) -> str:
    """The title, where none was given: a file by its name, without the ending."""
    network = network.removesuffix(".toml")
    if scene.second:
        return words(scene.lang, "title.second", network=network)
    if scene.writer.form == "scalar" and layers(scene.derivation.forward):
        return words(scene.lang, "title.chain", layers=layers(scene.derivation.forward))
    return words(scene.lang, "title", network=network)


def title(scene: Scene, network: str, given: str) -> Title:
    """The title, and the network in a line."""
    parts: list[Inline] = [(Code(network),)] if network else []
    if scene.writer.form == "scalar":
        parts.append(say(scene.lang, "lead.chain"))
    data = any(axis.name == "datum" for q in scene.derivation.forward.given for axis in q.axes)
    parts.append(say(scene.lang, "lead.data" if data else "lead.datum"))
    parts += [(f,) for f in functions(scene)]
    at = scene.writer.with_(form="component") if scene.writer.form == "matrix" else scene.writer
    loss = scene.derivation.forward.definition(scene.derivation.of.name)
    parts.append((at.definition(loss),))
    spans: list[Span] = []
    for part in parts:
        spans += [*([" · "] if spans else []), *part]
    return Title(given or heading(scene, network), tuple(spans))


def functions(scene: Scene) -> list[Formula]:
    """``σ(z) = 1/(1 + e^{−z})`` for every named function of the network."""
    kinds = {id(p.kind): p.kind for p in scene.derivation.forward.parts}.values()
    return [_meaning(scene, f) for f in _used([e.expression for k in kinds for e in k.equations]) if not f.order]


def slopes(scene: Scene) -> list[Formula]:
    """``swish'(z) = z σ'(z) + σ(z)`` for every derivative of a function that stays in the record under its name."""
    templates = {id(e.template): e.template for e in scene.derivation.entries}.values()
    found = _used([item.result.expression for t in templates for item in t.locals])
    return [_meaning(scene, f) for f in found if f.order]


def _meaning(scene: Scene, function: type[Named]) -> Formula:
    return row(scene.writer.expression(function(ARGUMENT)), Op("="), scene.writer.expression(function.definition))


def _used(expressions: Sequence[sp.Expr]) -> list[type[Named]]:
    """The named functions of expressions, and those that these are defined by."""
    found: set[type[Named]] = set()
    waiting = list(expressions)
    while waiting:
        new = {type(f) for f in waiting.pop().atoms(Named)} - found
        found |= new
        waiting += [f.definition for f in new]
    return sorted(found, key=lambda f: f.__name__)


def folded(scene: Scene, assumptions: tuple[Assumption, ...]) -> Details:
    items = (*conventions(scene), *(assumption(scene, a) for a in assumptions))
    return Details(words(scene.lang, "conventions"), (Listing(items), glossary(scene)), "conventions")


def conventions(scene: Scene) -> Iterator[Inline]:
    """What the marks mean: only those that occur."""
    program = scene.derivation.forward
    if layers(program):
        given = [q for q in program.given if q.role == "input"] or list(program.given)
        yield say(scene.lang, layers_key(scene), label=scene.writer.label_box(str(LABEL)),
                  input=scene.writer.quantity(given[0]),
                  last=text(scene.writer.counted(str(layers(program)))))
    if scene.deep:
        yield say(scene.lang, "conventions.depth", last=label_box(scene, DEPTH), label=label_box(scene, LABEL))
    yield from _forms(scene)
    s = scene.writer.quantity(scene.derivation.of)
    yield say(scene.lang, order_key(scene), s=s)
    yield from course(scene)
    if scene.second:
        directions = [scene.writer.quantity(q) for q in program.given if q.role == "direction"]
        yield say(scene.lang, "conventions.slope" if directions else "conventions.entry", s=s, v=listed(directions))
        yield say(scene.lang, "conventions.local", s=s)
    loss = program.definition(scene.derivation.of.name).expression
    if loss.as_coeff_Mul()[0] == sp.Rational(1, 2):
        yield say(scene.lang, "conventions.half", half=Frac(Num("1"), Num("2")))
    for slope in slopes(scene):
        yield say(scene.lang, "conventions.definition", function=slope)
    if scene.scalars:
        yield say(scene.lang, "conventions.values")


def _forms(scene: Scene) -> Iterator[Inline]:
    if all(not q.axes for q in scene.derivation.forward.quantities.values()):
        yield say(scene.lang, "conventions.scalar")
        return
    weight = next((c for c in scene.derivation.of_role("weight") if len(c.template.indices) == 2), None)
    if weight is not None:
        chapter = scene.derivation.chapter(weight.name)
        at = scene.writer.with_(form="component")
        yield say(scene.lang, weight_key(scene, chapter.by), w=at.quantity(chapter.by, chapter.indices))
    if layers(scene.derivation.forward) and counted(scene.derivation.forward):
        yield together(say(scene.lang, "conventions.size", n=scene.writer.expression(size(LABEL)),
                           label=label_box(scene, LABEL)), _sizes(scene))
    yield say(scene.lang, vectors_key(scene))


def _sizes(scene: Scene) -> Inline:
    """``n[0] = 784, n[1] = 128``: how the sizes that were given are called layer by layer."""
    given = sorted(scene.derivation.forward.sizes.items(), key=lambda pair: (len(pair[0].name), pair[0].name))
    if not given or len(given) > MOST:
        return ()
    shown = (row(scene.writer.expression(n), Op("="), scene.writer.expression(value)) for n, value in given)
    return say(scene.lang, "conventions.sizes", sizes=listed(shown))


def assumption(scene: Scene, a: Assumption) -> Inline:
    key = f"assumption.{a.key}"
    spans: list[Span] = []
    for e in a.formulas:
        # relu'(0) = 0: at a kink the second formula is what the first is taken to be
        spans += [*([" = " if a.key == "kink" else ", "] if spans else []), scene.inline(e)]
    if key in SENTENCES[scene.lang]:
        return say(scene.lang, key, formulas=tuple(spans))
    return (a.key, ": ", *spans) if spans else (a.key,)
