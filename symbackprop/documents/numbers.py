"""The numeric check: per gradient against differences and the complex step; per method how many, how close."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from symbackprop.documents.blocks import Block, Cell, Details, Heading, Inline, Paragraph, Span, Strong, Table
from symbackprop.documents.catalogue import say, words
from symbackprop.documents.messages import localised
from symbackprop.documents.scene import Scene
from symbackprop.documents.tables import gradient
from symbackprop.language.report import Check, Report
from symbackprop.notation.formula import EMPTY, Formula, Num, Op, Sup, row

SHOWN = ("difference", "complex-step")
"""Methods that know nothing of the chain rule: they have a column of their own."""


def check(scene: Scene, scenes: Sequence[Scene], report: Report) -> Iterator[Block]:
    """The gradients shown on the page with what the methods say; all methods; what failed, and what was not checked."""
    yield Heading(words(scene.lang, "check"), key="check")
    if not report.checks:
        yield Paragraph(say(scene.lang, "check.none"), "alarm")
        return
    if scene.level != "brief":
        yield Paragraph(say(scene.lang, "check.measure"), "caption")
        yield _gradients(scene, scenes, report)
    yield verdict(scene, report)
    for c in report.failed:
        if c.detail:
            yield Paragraph((Strong(c.target), ": ", c.detail), "alarm")
    if scene.level != "brief":
        yield Details(words(scene.lang, "check.methods"), (_methods(scene, report),), "methods")
    for note in report.notes:
        yield Paragraph(say(scene.lang, "check.note", note=localised(note, scene.lang)), "caption")


def verdict(scene: Scene, report: Report) -> Paragraph:
    if report.ok:
        return Paragraph(say(scene.lang, "check.ok", count=len(report.checks)), "summary")
    return Paragraph(say(scene.lang, "check.failed", failed=len(report.failed)), "alarm")


def _gradients(scene: Scene, scenes: Sequence[Scene], report: Report) -> Table:
    """One row a gradient shown (on a full page every one), and whatever failed."""
    found: dict[str, list[Check]] = {}
    for c in report.checks:
        found.setdefault(c.target, []).append(c)
    shown = {name for s in scenes for name in s.shown}
    every = scene.level == "full" or not shown & found.keys()
    rows = {t: cs for t, cs in found.items() if every or t in shown or not all(c.ok for c in cs)}
    kinds = [k for k in SHOWN if any(c.name == k for cs in rows.values() for c in cs)]
    values = {t: _value(scene, t) for t in rows}
    derived = ["check.derived"] if any(values.values()) else []
    keys = (scene.key("gradient"), *derived, *(f"check.{k}" for k in kinds), "check.verdict")
    lines = []
    for target, checks in rows.items():
        cells = [Cell((_target(scene, target),)), *([Cell((values[target],))] if derived else [])]
        cells += [Cell(_cell([c for c in checks if c.name == k])) for k in kinds]
        lines.append((*cells, Cell(_said(scene, checks))))
    return Table(tuple(say(scene.lang, key) for key in keys), tuple(lines), "l" + "r" * (len(keys) - 2) + "l")


def _methods(scene: Scene, report: Report) -> Table:
    """One row a method: what it compares, how often, how close."""
    keys = ("check.method", "check.count", "check.bound", "check.verdict", "check.compares")
    rows = []
    for kind in dict.fromkeys(c.name for c in report.checks):
        checks = [c for c in report.checks if c.name == kind]
        rows.append((Cell(say(scene.lang, f"check.{kind}")), Cell((str(len(checks)),)), Cell(_cell(checks)),
                     Cell(_said(scene, checks)), Cell(say(scene.lang, f"check.{kind}.says"))))
    return Table(tuple(say(scene.lang, key) for key in keys), tuple(rows), "lrrll")


def _value(scene: Scene, target: str) -> str:
    if target not in scene.derivation.by_name:
        return ""
    chapter = scene.derivation.chapter(target)
    return scene.value(chapter.quantity.symbol) if not chapter.indices else ""


def _said(scene: Scene, checks: Sequence[Check]) -> Inline:
    """The verdict in words."""
    if all(c.ok for c in checks):
        return say(scene.lang, "check.agrees")
    return (Strong("✗ " + words(scene.lang, "check.differs")),)


def _target(scene: Scene, target: str) -> Span:
    if target == "forward":
        return words(scene.lang, "forward")
    if target in scene.derivation.forward.quantities:
        return scene.name(scene.derivation.forward.quantities[target])
    if target not in scene.derivation.by_name:
        return target
    return gradient(scene, scene.derivation.chapter(target))


def _cell(checks: Sequence[Check]) -> Inline:
    """``< 10⁻⁹``, or the measure of the worst one that fails."""
    if not checks:
        return ("–",)
    failed = [c for c in checks if not c.ok]
    if failed:
        worst = max(failed, key=lambda c: c.measure if math.isfinite(c.measure) else math.inf)
        return (Strong(f"✗ {worst.measure:.1e}"),)
    return (row(Op("<", "prefix"), power(max(c.bound for c in checks))),)


def power(bound: float) -> Formula:
    """``10⁻⁹``, ``3·10⁻⁹``."""
    if bound <= 0:
        return Num("0")
    exponent = math.floor(math.log10(bound) + 1e-9)
    lead = f"{bound / 10.0**exponent:.2g}"
    sign = Op("−", "prefix") if exponent < 0 else EMPTY
    ten = Sup(Num("10"), row(sign, Num(str(abs(exponent)))))
    return ten if lead == "1" else row(Num(lead), Op("·"), ten)
