"""A backward function that somebody hands in, against the derivative of the network's forward program."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from symbackprop.language.errors import SymbackpropError, nearest
from symbackprop.language.program import Program
from symbackprop.language.quantity import PARAMETERS
from symbackprop.language.report import Verdict
from symbackprop.verify.branches import BRANCHES
from symbackprop.verify.comparison import Case, Diagnose, Judged, Kind, Stage, compared, shadows
from symbackprop.verify.cuts import Cut
from symbackprop.verify.exact import bound as probability
from symbackprop.verify.field import element
from symbackprop.verify.ground import Ground, Sizes, spare
from symbackprop.verify.jail import Outcome, run
from symbackprop.verify.layouts import Layout, layouts
from symbackprop.verify.mapping import read_mapping
from symbackprop.verify.outline import Outline, by_class, functions, literals, source
from symbackprop.verify.point import Point
from symbackprop.verify.shim import pack, unpack
from symbackprop.verify.tower import NoRootError, SpentError
from symbackprop.verify.truth import Truth
from symbackprop.verify.vocabulary import bias_like

Judges = Sequence[Judged]
EXACTLY = 20_000
"""Numbers in a network up to which it is run in exact numbers."""
DATA = 5
"""How many data there are at least."""
KINKS = 4
"""Points taken where there are branches."""


def judge_file(
    programs: Mapping[Kind, Program], path: str | Path, function: str, *, mapping: str | Path | None = None,
    seconds: float = 10.0, diagnose: Diagnose | None = None,
) -> list[Verdict]:
    """One verdict a parameter. ``programs``: the network about one datum, and over data as columns, or one of them.

    ``function`` is ``back_prop``, ``Net`` or ``Net.backward``. Their file is run in a process of its own.
    """
    file = Path(path).resolve()
    try:
        tree = ast.parse(source(file), str(path))
    except OSError as problem:
        raise SymbackpropError(f"{path} cannot be read: {problem.strerror}") from problem
    except (SyntaxError, ValueError, RecursionError, MemoryError) as problem:
        line = getattr(problem, "lineno", None) or 1
        text = f"{Path(path).name} is no Python: {getattr(problem, 'msg', problem)} (line {line})"
        return [Verdict(line, function, "", "unread", detail=text)]
    outer, _, method = function.partition(".")
    lines = {n.name: n.lineno for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    if outer not in lines:
        others = nearest(outer, lines) if lines else "there is none at all"
        text = f"there is no function {outer} in {Path(path).name}; {others}"
        return [Verdict(1, function, "", "unread", detail=text)]
    handing = read_mapping(Path(mapping) if mapping is not None else file.with_suffix(".toml"))
    request = {"path": str(file), "function": function}
    known = functions(tree) | functions(tree, outer)
    case = Case(programs, request, handing, lambda asked: run(asked, seconds), diagnose, not _biased(tree))
    return judge(case, Said(function, lines[outer], _numbers(tree, known, method or outer), by_class(tree)))


@dataclass(frozen=True)
class Said:
    """How the function is called in verdicts, where it stands, and the numbers that stand in it."""

    name: str
    line: int
    numbers: frozenset[int]
    classes: bool = False
    """Does something in the code look as if targets were numbers of classes?"""


def _biased(tree: ast.Module) -> bool:
    """Is anything in the code called like a bias?"""
    names = {n for x in ast.walk(tree) for n in (getattr(x, "id", ""), getattr(x, "arg", ""), getattr(x, "attr", ""),
             x.value if isinstance(x, ast.Constant) and isinstance(x.value, str) and len(x.value) < 20 else "") if n}
    known = {f"b[{k}]" for k in range(1, 20)}
    return any(bias_like(n, known) for n in names)


def _numbers(tree: ast.Module, known: Mapping[str, Outline], start: str) -> frozenset[int]:
    """The whole numbers in a function and in what it calls; of a class in all of it."""
    todo, seen = [start], set[str]()
    while todo:
        name = todo.pop()
        if name in known and name not in seen:
            seen.add(name)
            todo += known[name].free
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef) and n.name in seen | {start}]
    return frozenset(k for n in nodes for k in literals(n))


def judge(case: Case, said: Said) -> list[Verdict]:
    """Targets as they are, or as the numbers of their classes: first what the code looks like, then what can be run."""
    asked = case.handing.options.get("labels")
    other = None if asked == "one-hot" else case.in_classes()
    if asked == "numbers" and other is None:
        raise SymbackpropError("[options] labels = \"numbers\" is for networks whose targets are one-hot")
    cases = [other] if asked == "numbers" else [other, case] if said.classes else [case, other]
    why: list[UnusableError] = []
    for one in filter(None, cases):
        try:
            return _judged(one, said)
        except UnusableError as problem:
            why.append(problem)
    furthest = max(why, key=lambda p: p.far)
    return [Verdict(said.line, said.name, "", "unread", detail=str(furthest))]


def _judged(case: Case, said: Said) -> list[Verdict]:
    """Exactly at small sizes; where that cannot be, or is wrong there, at the network's own sizes in floats. Raises
    UnusableError where nothing comes out of it."""
    first: list[Judged] = []
    why: UnusableError | None = None
    for count in _counts(said):
        try:
            found = [_best(case, _exact(case, said, count, 0))]
            if BRANCHES.seen:
                found += [_best(case, _exact(case, said, count, k), found[0].layout) for k in range(1, KINKS)]
        except UnusableError as problem:
            why = problem
            if problem.final:
                raise
            continue
        first = first or found
        if all(j.rank[0] for j in found) or all(_final(case, j) for j in found):
            return _verdicts(case, said, found, "")
    floats = []
    fits = next((j.layout for j in first if j.candidates and not j.misfits), None)
    try:
        floats.append(_best(case, _floats(case, said, 0), fits))
        if floats[0].rank[0] or not fits:
            floats.append(_best(case, _floats(case, said, 1), floats[0].layout))
    except UnusableError as problem:
        why = why or problem
    if floats and all(j.rank[0] for j in floats):
        return _verdicts(case, said, floats, _why(first, str(why or "")))
    if first and any(j.candidates or j.misfits for j in first):
        return _verdicts(case, said, first, "")
    if floats:
        return _verdicts(case, said, floats, str(why or ""))
    raise why or UnusableError("nothing came out of it")


def _final(case: Case, j: Judged) -> bool:
    """Was it judged at the very sizes of the network, and did it run? Then floats would say nothing else."""
    own = case.grounds[j.kind].numbers
    here = j.stage.sizes[j.kind]
    return bool(j.candidates) and not j.attempt["problem"] and all(here[s] == n for s, n in own.items())


def _why(first: Judges, why: str) -> str:
    problem = next((j.attempt["problem"] for j in first if j.attempt["problem"]), "")
    return why or problem or "it is right at the sizes of this network only: numbers of the network stand in the code"


class UnusableError(Exception):
    """Nothing came out of it: the reason, in words; whether there is no use in asking again; the line it got to."""

    def __init__(self, text: str, final: bool = False, far: int = 0) -> None:
        super().__init__(text)
        self.final, self.far = final, far


def _counts(said: Said) -> list[int]:
    return [0, *sorted(k for k in said.numbers if 20 <= k <= 300)][:3]


def _exact(case: Case, said: Said, count: int, salt: int) -> Stage:
    sizes = {k: _sizes(g, said, count) for k, g in case.grounds.items()}
    if any(g.total(sizes[k]) > EXACTLY for k, g in case.grounds.items()):
        raise UnusableError("the network is too large to be run exactly at its own sizes")
    points: dict[Kind, Any] = {}
    for k, g in case.grounds.items():
        try:
            points[k] = _point(g, sizes[k], salt, case.loss(k))
        except (ArithmeticError, SymbackpropError) as problem:
            raise UnusableError(f"exact arithmetic cannot say: {problem}") from problem
    return Stage(points, sizes, True)


def _sizes(ground: Ground, said: Said, count: int) -> Sizes:
    found = dict(ground.sizes(said.numbers)[0])
    for s in ground.free:
        if str(s) in ("m", "N"):
            found[s] = count or next(n for n in range(DATA, 100) if n not in found.values())
    return found


def _point(ground: Ground, sizes: Sizes, salt: int, loss: str) -> Point:
    whole = Cut(frozenset(ground.dependence.reads) - {q.name for q in ground.program.all_given})
    while True:
        point = ground.exact(sizes, whole, salt)
        try:
            for q in ground.program.all_given:
                if q.role in PARAMETERS:
                    point.adjoint(loss, q.name)
            for name in ground.program.quantities:
                spare(point.value(name))
            return point
        except (SpentError, NoRootError) as problem:
            if not ground.higher(sizes, whole, problem):
                raise


def _floats(case: Case, said: Said, salt: int) -> Stage:
    sizes, points = {}, dict[Kind, Any]()
    for k, g in case.grounds.items():
        own = {**_sizes(g, said, 0), **g.numbers}
        sizes[k] = own
        values = g.floats(own, salt)
        points[k] = Truth(g.program, {q.name: values[q.name] for q in g.program.all_given})
    return Stage(points, sizes, False)


def _best(case: Case, stage: Stage, fits: Layout | None = None) -> Judged:
    """Every layout tried, or the one that is known to fit; those that fit over data go before those about one datum."""
    told = [fits] if fits else layouts(case.handing.options, case.kinds, case.joined)
    answer, outcome = _asked(case, stage, told)
    found = [compared(case, stage, layout, a) for layout, a in zip(told, answer["attempts"], strict=True)]
    fit = [j for j in found if j.layout.data != "one" and j.candidates and (not j.misfits or any(j.right.values()))]
    best = max(fit or found, key=lambda j: j.rank)
    if best.output is None:
        alike = [j.output for j in found if j.output is not None and j.layout.weights == best.layout.weights]
        best.output = any(alike) if alike else None
    notes = [*answer.get("notes", []), *outcome.missing, *_printed(outcome)]
    best.attempt = {**best.attempt, "notes": [*best.attempt["notes"], *notes]}
    if not best.candidates and not best.misfits:
        raise UnusableError(*_reason(found))
    return best


def _reason(found: Judges) -> tuple[str, bool, int]:
    """Of many failures the one that says most: what is not about shapes comes first."""
    def far(j: Judged) -> tuple[bool, int]:
        return j.attempt["kind"] in ("returned", "argument"), j.attempt["reached"]
    furthest = max(found, key=far)
    problem = str(furthest.attempt["problem"])
    tried = f" ({furthest.layout}; no other goes further)"
    tried = tried if furthest.attempt["kind"] in ("ValueError", "IndexError", "TypeError") else ""
    return problem + tried, furthest.attempt["kind"] == "argument", furthest.attempt["reached"]


def _printed(outcome: Outcome) -> Iterator[str]:
    if outcome.printed.strip():
        yield f"it printed {len(outcome.printed):,} characters"


def _asked(case: Case, stage: Stage, tried: Sequence[Layout]) -> tuple[Mapping[str, Any], Outcome]:
    wanted: set[Kind] = {"one" if x.data == "one" else "columns" for x in tried}
    outcome = case.runner({
        **case.request, "networks": {k: _told(case, stage, k) for k in case.grounds if k in wanted},
        "layouts": [[x.data, x.weights, x.vectors] for x in tried], "exact": stage.exact,
        "arguments": dict(case.handing.arguments), "order": list(case.handing.order),
    })  # fmt: skip
    problem = outcome.problem or (outcome.answer or {}).get("problem", "")
    if problem or outcome.answer is None:
        raise UnusableError(problem, final=not outcome.answer)
    return outcome.answer, outcome


def _told(case: Case, stage: Stage, kind: Kind) -> dict[str, Any]:
    """What the other side is told of the network; of a target that is the name of a class its number, from 0."""
    places, values = [], {}
    for p in case.places(kind, stage.sizes[kind]):
        value = stage.value(kind, p.name)
        if case.classes and p.role == "target":
            value = np.argmax(shadows(value), axis=0)
        places.append([p.name, p.role, list(np.shape(value)), p.data])
        values[p.name] = pack(value)
    return {"places": places, "values": values}


def _verdicts(case: Case, said: Said, judged: Judges, why: str) -> list[Verdict]:
    """One row a parameter, of the worst point."""
    names = [q.name for q in case.grounds[judged[0].kind].program.all_given if q.role in PARAMETERS]
    return [_verdict(case, said, min(judged, key=lambda j: j.right.get(n, False)), n, why) for n in names]


def _verdict(case: Case, said: Said, j: Judged, name: str, why: str) -> Verdict:
    sizes = tuple((str(s), n) for s, n in j.stage.sizes[j.kind].items())
    used = ", ".join(f"{a} = {b}" for a, b in j.attempt["used"].items())
    classes = ["targets as the numbers of their classes, from 0"] if case.classes else []
    choices = (str(j.layout), *classes, *j.attempt["notes"])
    row = Verdict(said.line, f"{said.name}: d{name}", f"d{name} by {said.name}({used})", "unread",
                  "exact" if j.stage.exact else "float", sizes=sizes, tested=(sizes,), choices=choices)  # fmt: skip
    forward = "the forward pass computes something else than the network" if j.output is False else ""
    and_also = f"{forward}; " if forward else ""
    if name in j.misfits:
        return _named(case, j, name, replace(row, verdict="wrong", detail=and_also + j.misfits[name]))
    if name not in j.candidates:
        return replace(row, detail=f"{said.name} gives no gradient of {name}")
    truth = j.stage.truth(j.kind, case.loss(j.kind), name)
    if j.right[name] and j.stage.exact:
        gaps = [element(a) - element(b) for a, b in zip(np.ravel(j.candidates[name]), np.ravel(truth), strict=True)]
        return replace(row, verdict="right", bound=probability(gaps), detail=forward,
                       assumptions=("the values of exp in the fields are as good as independent (Gonnet)",
                                    *(["away from the kinks; at 0 by convention 0"] if BRANCHES.seen else [])))
    if j.right[name]:
        return replace(row, verdict="consistent", detail=f"agrees in floats; not judged exactly: {why}")
    witness = _witness(j.candidates[name], truth)
    if not witness["clear"]:
        return replace(row, verdict="undecided", detail="unequal in exact arithmetic, but no digit of a float differs")
    shown = f"d{name}{witness['indices']} is {witness['truth']}, the function gives {witness['formula']}"
    return _named(case, j, name, replace(row, verdict="wrong", detail=and_also + shown, witness=witness))


def _named(case: Case, j: Judged, name: str, row: Verdict) -> Verdict:
    """The one place where the mistake gets its name."""
    point = j.stage.points[j.kind]
    if case.diagnose is None or not isinstance(point, Point):
        return row
    candidate = j.candidates.get(name)
    if candidate is None and "shape" not in j.attempt["gradients"][name]:
        return row
    candidate = unpack(j.attempt["gradients"][name]) if candidate is None else candidate
    return replace(row, diagnoses=case.diagnose(point, case.loss(j.kind), name, candidate))


def _witness(candidate: Any, truth: Any) -> dict[str, Any]:
    """The entry at which the two differ most, in floats."""
    left, right = shadows(candidate), shadows(truth)
    gap = np.abs(left - right)
    place = np.unravel_index(int(np.argmax(gap)), gap.shape) if gap.ndim else ()
    scale = max(float(np.max(np.abs(right), initial=0.0)), 1e-300)
    digits = next((d for d in (6, 12, 17) if f"{left[place]:.{d}g}" != f"{right[place]:.{d}g}"), 17)
    return {"indices": [int(k) + 1 for k in place], "formula": f"{left[place]:.{digits}g}",
            "truth": f"{right[place]:.{digits}g}", "clear": bool(gap[place] > 1e-12 * scale)}  # fmt: skip
