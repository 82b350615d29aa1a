"""The backward pass, chapter by chapter: the whole path, folded, the local derivatives, the result; layer by layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from symbackprop.documents.blocks import Block, Definition, Heading, Inline, Paragraph, Piece, Row, Rows, Term
from symbackprop.documents.catalogue import listed, say, together, words
from symbackprop.documents.scene import Scene, is_parameter
from symbackprop.documents.vanishing import written_out
from symbackprop.language.derivation import Chapter, Factor, Line, Local, Product, Step, partials
from symbackprop.language.functions import Partial
from symbackprop.language.indices import base_of
from symbackprop.notation.formula import Op, row
from symbackprop.notation.plain import text

Group = tuple[Chapter, ...]
MANY = 6
"""Chapters of a layer up to which each is named in its heading and counted at its end."""


def backward(scene: Scene) -> Iterator[Block]:
    """The chapters shown, last layer first, each layer closed by a sentence."""
    readers = readers_of(scene)
    groups = grouped([scene.derivation.chapter(name) for name in scene.shown])
    for k, group in enumerate(groups):
        yield heading(scene, group)
        if is_parameter(group[0]):
            yield from path(scene, group[0])
        for chapter in group:
            yield from chapter_blocks(scene, chapter, readers)
        yield from remarks(scene, group)
        if is_parameter(group[0]):
            yield closing(scene, group, last=k == len(groups) - 1)


def grouped(chapters: Sequence[Chapter]) -> list[Group]:
    """Parameters of a layer and the values computed in advance after them; what stands before any parameter first."""
    groups: list[list[Chapter]] = []
    for chapter in chapters:
        if not groups or _begins(groups, chapter):
            groups.append([])
        groups[-1].append(chapter)
    return [tuple(group) for group in groups]


def _begins(groups: Sequence[Sequence[Chapter]], chapter: Chapter) -> bool:
    """Does a layer begin with a chapter? A layer ends with what it hands on to the layer before it; between its own
    parameters there may be values of its own, as in a recurrent cell."""
    group, last, layer = groups[-1], groups[-1][-1], chapter.by.layer
    other = layer != group[0].by.layer
    if is_parameter(chapter):
        by_itself = len(groups) == 1 or layer is None
        return not is_parameter(last) or layer != last.by.layer if by_itself else other
    return layer is not None and len(groups) > 1 and other and last.by.layer == layer


def heading(scene: Scene, group: Group) -> Heading:
    # of a cell with twenty quantities the heading names the parameters
    names = listed(scene.by(c) for c in group if len(group) <= MANY or is_parameter(c))
    layers = {c.by.layer for c in group if is_parameter(c)}
    if not layers:
        return Heading(words(scene.lang, scene.key("backward.loss")), names, key="loss")
    layer = layers.pop() if len(layers) == 1 else None
    if layer is None:
        return Heading(words(scene.lang, scene.key("backward.other")), names, key="layer")
    shown = words(scene.lang, scene.key("backward.layer"), layer=text(scene.writer.counted(str(layer))))
    return Heading(shown, names, key=f"layer{layer}")


def path(scene: Scene, chapter: Chapter) -> Iterator[Block]:
    """``w → z → a → J``: who moves whom, where one path leads to the loss or to a known value."""
    folded = folded_line(chapter)
    if len(folded.products) > 1:
        return
    stops = [p.of for p in partials(folded)]
    boxes = [scene.by(chapter), *(scene.writer.expression(e) for e in stops)]
    if stops and stops[-1] != chapter.of.symbol:
        boxes.append(scene.writer.quantity(chapter.of))
    arrows = row(*(box for k, name in enumerate(boxes) for box in ((Op("→"), name) if k else (name,))))
    yield Paragraph(say(scene.lang, "path", path=arrows), "caption")


# --- one chapter


def step_of(chapter: Chapter, rule: str) -> Step | None:
    return next((s for s in chapter.steps if s.rule == rule), None)


def folded_line(chapter: Chapter) -> Line:
    """The chain with its known tail folded."""
    reuse = step_of(chapter, "reuse")
    return reuse.after if reuse else chapter.steps[0].after


def chapter_blocks(scene: Scene, chapter: Chapter, readers: dict[str, list[Chapter]]) -> Iterator[Block]:
    """One gradient. A value that is reused stands in the box of its colour."""
    name = chapter.quantity.name
    ref = scene.refs.get(chapter.quantity.symbol)
    rows = (*chain_rows(scene, chapter), *local_rows(scene, chapter), *full_rows(scene, chapter))
    if ref is None:
        yield Rows((*rows, result(scene, chapter, rows)), name=name)
        return
    used = listed(scene.writer.quantity(c.by, c.indices) for c in readers[name])
    aside = say(scene.lang, "def.uses", names=used)
    lines = (*rows, result(scene, chapter, rows, ref[1]))
    yield Definition(ref[1], words(scene.lang, "def.heading"), aside, lines, name)


def chain_rows(scene: Scene, chapter: Chapter) -> Iterator[Row]:
    """The whole path, every factor with its role and the known tail in brackets; then folded."""
    chain, reuse = chapter.steps[0], step_of(chapter, "reuse")
    if chain.rule != "chain" or chain.before.expression == chain.after.expression or _is_bare(chain.after):
        return
    folded = reuse.after if reuse else chain.after
    left = scene.writer.line(chain.before)
    why = () if scene.writer.form == "scalar" else scene.because(chain.because)
    yield Row(chain_pieces(scene, chain.after, folded), left, words(scene.lang, "row.chain"), why=why)
    if any(len(p.factors) > len(f.factors) for p, f in zip(chain.after.products, folded.products, strict=False)):
        yield Row(scene.terms(folded), label=words(scene.lang, "row.reuse"))


def _is_bare(line: Line) -> bool:
    """``∂J/∂a`` alone: a path of one factor says nothing."""
    return len(line.products) == 1 and len(line.products[0].factors) == 1 and not line.products[0].over


def chain_pieces(scene: Scene, full: Line, folded: Line) -> tuple[Piece, ...]:
    terms = scene.terms(full, roles=True)
    pieces: list[Piece] = []
    if len(full.products) != len(folded.products):
        return terms
    at = 0
    for whole, short in zip(full.products, folded.products, strict=True):
        parts = terms[at:at + len(whole.factors)]
        at += len(whole.factors)
        tail = scene.known(whole, short, parts) if _ends_alike(whole, short) else None
        pieces += [*parts[:len(short.factors) - 1], tail] if tail else parts
    return tuple(pieces)


def _ends_alike(whole: Product, short: Product) -> bool:
    """Do both begin with the same factors, so that what follows is the known tail?"""
    common = len(short.factors) - 1
    return whole.factors[:common] == short.factors[:common] and len(whole.factors) > common


def local_rows(scene: Scene, chapter: Chapter) -> Iterator[Row]:
    """The local derivatives one by one; one that stood before is not derived again."""
    label = words(scene.lang, "row.local")
    for item in chapter.locals:
        if item.partial not in scene.seen:
            scene.seen.add(item.partial)
            yield from one_local(scene, item, label)
            label = ""


def one_local(scene: Scene, item: Local, label: str) -> Iterator[Row]:
    left = scene.writer.line(item.steps[0].before)
    remark = say(scene.lang, "local", role=scene.role(item.partial))
    value = scene.value(item.result.expression)
    if len(item.steps) <= 2 and not any(_tells(s) for s in item.steps):
        yield Row(in_a_row(scene, [s.after for s in item.steps]), left, label, remark=remark, value=value,
                  exact=scene.exact(item.result.expression))
        return
    for k, step in enumerate(item.steps):
        last = k == len(item.steps) - 1
        yield from gone_rows(scene, item, step)
        why = scene.because(step.because, item.partial.by) if _tells(step) else ()
        yield Row(scene.terms(step.after), left if k == 0 else None, label if k == 0 else "",
                  remark=remark if k == 0 else (), value=value if last else "",
                  exact=scene.exact(item.result.expression), why=why)


def gone_rows(scene: Scene, item: Local, step: Step) -> Iterator[Row]:
    """The terms that vanish, struck through: once for weights and once for outputs; on a full page every time."""
    kind = (scene.role(item.partial), base_of(item.partial.by).name.partition("[")[0])
    terms = written_out(scene, step.before, step.because) if scene.level == "full" or kind not in scene.struck else ()
    if terms:
        scene.struck.add(kind)
        yield Row(terms)


def _tells(step: Step) -> bool:
    return step.because is not None and step.because[0] in ("vanish", "bracket", "mean", "insert", "one")


def in_a_row(scene: Scene, lines: Sequence[Line]) -> tuple[Term, ...]:
    """``σ′(z) = a(1 − a)`` in one line."""
    result: list[Term] = []
    for k, line in enumerate(lines):
        terms = scene.terms(line)
        if k:
            first = terms[0]
            terms = (Term(first.formula, row(Op("="), first.before), first.role, first.reuse), *terms[1:])
        result += terms
    return tuple(result)


def full_rows(scene: Scene, chapter: Chapter) -> Iterator[Row]:
    """At the level *full*, every line between the chain and the result; else those that need a word, and what each of
    several paths adds."""
    if scene.level != "full":
        yield from path_rows(scene, chapter)
        yield from told_rows(scene, chapter)
        return
    between = [s for s in chapter.steps[:-1] if s.rule not in ("chain", "reuse")]
    for k, step in enumerate(between):
        left = scene.writer.line(chapter.steps[0].before) if k == 0 else None
        why = scene.because(step.because, chapter.by.at(*chapter.indices)) if _tells(step) else ()
        yield Row(scene.terms(step.after), left, words(scene.lang, f"row.{step.rule}"), why=why)


NAMED = ("vanish", "insert", "cancel", "assume")
"""Rewrites that use more than the line itself: what a mean is, what a known adjoint stands for, an assumption."""


def path_rows(scene: Scene, chapter: Chapter) -> Iterator[Row]:
    for k, path in enumerate(chapter.paths):
        way = row(Op("→", "prefix"), scene.writer.expression(path.through))
        yield Row(scene.terms(path.line), way, words(scene.lang, "row.path") if k == 0 else "", ":")


def told_rows(scene: Scene, chapter: Chapter) -> Iterator[Row]:
    """The line that each named rewrite begins with, and why it may be rewritten."""
    for step in (s for s in chapter.steps if s.rule in NAMED):
        yield Row(scene.terms(step.before), label=words(scene.lang, f"row.{step.rule}"),
                  why=scene.because(step.because) if _tells(step) else ())


def result(scene: Scene, chapter: Chapter, rows: Sequence[Row], ref: str = "") -> Row:
    """The boxed result with its number."""
    name = chapter.quantity.name
    remark = say(scene.lang, "check.wrong") if scene.failed(name) else ()
    return Row(
        scene.terms(chapter.result), scene.writer.line(chapter.steps[0].before),
        words(scene.lang, "row.definition" if ref else "row.result"), "≝" if ref else "=", remark,
        scene.value(chapter.quantity.symbol) if not chapter.indices else "",
        number=scene.numbers[name], boxed=not ref, defines=ref)


# --- sentences


def readers_of(scene: Scene) -> dict[str, list[Chapter]]:
    """Which of the results shown read each reused value."""
    found: dict[str, list[Chapter]] = {name: [] for name, _ in scene.refs.values()}
    for chapter, read in scene.readings:
        for symbol in read:
            if symbol in scene.refs:
                found[scene.refs[symbol][0]].append(chapter)
    return found


def remarks(scene: Scene, group: Group) -> Iterator[Block]:
    """Where unfolding stopped, and what else is to be said: once a layer."""
    said = dict.fromkeys(r for c in group for r in c.remarks)
    stops = [formulas[0] for key, formulas in said if key == "branch"]
    if stops:
        yield Paragraph(say(scene.lang, "because.branch", name=listed(map(scene.inline, stops))), "caption")
    for reason in (r for r in said if r[0] != "branch"):
        yield Paragraph(scene.because(reason), "caption")


def closing(scene: Scene, group: Group, last: bool) -> Paragraph:
    """So far J has been differentiated by …; so much was new, so much was there."""
    said = say(scene.lang, "summary", loss=scene.writer.quantity(group[0].of), names=listed(map(scene.by, group)))
    return Paragraph(together(said, *_counted(scene, group), *_of_path(scene, group),
                              say(scene.lang, "summary.input") if last else ()), "summary")


def _counts(scene: Scene, chapter: Chapter) -> tuple[int, int]:
    """New factors and values computed before, in the folded chain."""
    factors = [f for p in folded_line(chapter).products for f in p.factors]
    known = [f for f in factors if f.role == "adjoint" and _is_shown(scene, f)]
    return len(factors) - len(known), len(known)


def _is_shown(scene: Scene, factor: Factor) -> bool:
    return not isinstance(factor.expression, Partial) and bool(scene.ref(factor.expression)[0])


def _counted(scene: Scene, group: Group) -> list[Inline]:
    counts = {_counts(scene, c) for c in group}
    if len(counts) == 1:
        new, known = counts.pop()
        return [say(scene.lang, "summary.factors", new=new, known=known)] if known else []
    if len(group) > MANY:
        return []
    return [say(scene.lang, "summary.each", name=scene.by(c), new=n, known=k)
            for c in group for n, k in (_counts(scene, c),)]


def _of_path(scene: Scene, group: Group) -> list[Inline]:
    """Of the factors of the path, how many had been computed: where the path was unfolded."""
    lengths = {(len(c.steps[0].after.products[0].factors), len(folded_line(c).products[0].factors)) for c in group}
    if len(lengths) != 1:
        return []
    whole, short = lengths.pop()
    tail = whole - (short - 1)
    return [say(scene.lang, "summary.path", all=whole, tail=tail)] if whole > short else []
