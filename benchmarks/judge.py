"""The judge of formulas by hand: its times, and beside it what else people would ask, on formulas made to hurt.

``python benchmarks/run.py judge [SECONDS]``: SymPy has that many for each formula (20 where nobody says).
"""

from __future__ import annotations

import itertools
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp

import symbackprop as sb
from symbackprop.language.claim import Claim
from symbackprop.language.quantity import PARAMETERS
from symbackprop.language.report import Verdict
from symbackprop.verify.cuts import Cut
from symbackprop.verify.ground import Ground
from symbackprop.verify.judge import judge as judge_claim
from symbackprop.verify.tower import NoRootError, SpentError

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from corpus import layers, nielsen, notes, table
from corpus.table import Entry, Point

HURT: tuple[tuple[Any, str], ...] = (
    (notes.CHAIN, "notes §5, five factors"), (notes.SOFT, "softmax with cross-entropy"),
    (notes.SOFT, "softmax's Jacobian"), (layers.LN, "layer norm, all three paths"), (notes.NET, "notes §6"),
    (notes.RELU, "relu"), (notes.BCE, "bce through the sigmoid"),
    (notes.CHAIN, "made to hurt: a relative error of 1e-8"), (layers.LN, "ε dropped"),
    (layers.LN, "made to hurt: ε outside of the root"), (notes.SQUARE, "W for its transpose on equal widths"),
    (notes.NET, "made to hurt: the first neuron for all"), (notes.LEAKY, "made to hurt: the negative branch"),
    (notes.RELU, "relu' taken for 1"), (notes.CHAIN, "made to hurt: a saturated sigmoid"),
    (notes.SOFT, "softmax by its diagonal"), (layers.LN, "mean and variance taken as constants"),
    (layers.LN, "path through the variance forgotten"), (notes.BCE, "as if the loss were squared"),
    (nielsen.NET, "made to hurt: 1e-8"),
)
"""Seven that are right, thirteen that are not: the network, and the source by which the corpus has the formula."""
FORMULAS = (*notes.T.entries, *layers.T.entries, *nielsen.T.entries)
SECONDS = 20.0


def cases() -> list[Entry]:
    found = [next(e for e in FORMULAS if e.net is net and e.source == source) for net, source in HURT]
    assert sum(e.right for e in found) == 7
    assert len(found) == 20
    return found


def network(entry: Entry) -> sb.Network:
    net = entry.net
    return sb.Network.from_toml(net.spec) if "[input]" in net.spec else sb.Network(net.spec, batch=net.batch)


# what others say: True, False, or None where they do not end, or cannot be asked

Answer = Callable[[Entry], bool | None]


def worst(verdicts: Iterable[Verdict]) -> bool | None:
    words = {verdict.verdict for verdict in verdicts}
    return False if "wrong" in words else True if words == {"right"} else None


def ours(entry: Entry) -> bool | None:
    return worst(sb.check(network(entry), entry.formula, notation=entry.profile))


class Differences(Point):
    """Derivatives by central differences in floats, with the step that CS231n takes."""

    def p(self, of: str, by: str) -> Any:
        value = np.asarray(self.values[by], dtype=float)
        found = np.zeros((*np.shape(self.values[of]), *value.shape))
        for at in np.ndindex(value.shape):
            bump = np.zeros(value.shape)
            bump[at] = 1e-5
            found[(..., *at)] = (self._run({by: bump})[of] - self._run({by: -bump})[of]) / 2e-5
        return found


def floats(entry: Entry) -> bool | None:
    """One random point, relative error at most 1e-7."""
    v = Differences(entry.net.forward, entry.net.given(np.random.default_rng(0)))
    sides = [np.asarray(side, dtype=float) for side in entry.sides(v)]
    return all(bool(np.all(np.abs(a - b) <= 1e-7 * np.maximum(np.abs(a), np.abs(b)) + 1e-300))
               for a, b in itertools.pairwise(sides))


def gradcheck(entry: Entry) -> bool | None:
    """torch.autograd.gradcheck with its own tolerances, where the formula is a gradient of J."""
    import torch

    v = Point(entry.net.forward, entry.net.given(np.random.default_rng(0)))
    sides = [np.asarray(side, dtype=float) for side in entry.sides(v)]
    by = next((n for n in v.values if np.size(v[n]) == sides[0].size and n != "J" and "bump" not in n
               and np.allclose(np.ravel(v[f"d{n}"]), np.ravel(sides[0]), rtol=1e-9)), None)
    if by is None:
        return None
    candidate = torch.tensor(np.reshape(sides[1], np.shape(v[by])))

    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, moved: Any) -> Any:
            return torch.tensor(float(v._run({by: moved.detach().numpy()})["J"]), dtype=torch.float64)

        @staticmethod
        def backward(ctx: Any, upstream: Any) -> Any:
            return upstream * candidate

    moved = torch.zeros(np.shape(v[by]), dtype=torch.float64, requires_grad=True)
    return bool(torch.autograd.gradcheck(Loss.apply, (moved,), raise_exception=False))


class Symbols(np.ndarray):
    """An array of SymPy expressions; a comparison is 1 or 0 by cases."""

    def __gt__(self, other: object) -> Any:
        return each(lambda e: sp.Piecewise((1, e > 0), (0, True)))(self)


def each(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: np.asarray(np.frompyfunc(function, 1, 1)(x), dtype=object).view(Symbols)


class SymbolicNumpy:
    """``numpy`` with SymPy's functions, for the forward passes of the corpus."""

    def __init__(self) -> None:
        for name in ("exp", "log", "tanh", "sqrt", "cosh"):
            setattr(self, name, each(getattr(sp, name)))

    @staticmethod
    def real(x: Any) -> Any:
        return np.asarray(x, dtype=object).view(Symbols)

    @staticmethod
    def where(condition: Any, a: Any, b: Any) -> Any:
        return condition * a + (1 - condition) * b

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


class Symbolic(Point):
    """The network in symbols; a derivative is SymPy's, by a symbol added to the quantity."""

    def p(self, of: str, by: str) -> Any:
        value = np.asarray(self.values[by], dtype=object)
        bump = symbols("eps", value.shape)
        moved = np.asarray(self._run({by: bump})[of], dtype=object)
        zero = dict.fromkeys(np.ravel(bump), 0)
        found = np.empty((*moved.shape, *value.shape), dtype=object)
        for at in np.ndindex(value.shape):
            found[(..., *at)] = np.frompyfunc(lambda e, s=bump[at]: sp.diff(e, s).subs(zero), 1, 1)(moved)
        return found.view(Symbols)


def symbols(name: str, shape: tuple[int, ...]) -> Any:
    found = np.empty(shape, dtype=object)
    for at in np.ndindex(shape):
        found[at] = sp.Symbol("_".join([name, *map(str, at)]), real=True)
    return found.view(Symbols)


def symbolic_sides(entry: Entry) -> list[Any]:
    for module in (table, notes, layers, nielsen):
        module.np = SymbolicNumpy()
    given = {name: symbols(name, np.shape(value)) if np.shape(value) or name == "lam" else value
             for name, value in entry.net.given(np.random.default_rng(0)).items()}
    if entry.net is notes.SOFT:
        given["y"][-1] = 1 - given["y"][:-1].sum()
    return [np.ravel(np.asarray(side, dtype=object)) for side in entry.sides(Symbolic(entry.net.forward, given))]


def simplified(entry: Entry) -> bool | None:
    sides = symbolic_sides(entry)
    return all(sp.simplify(a - b) == 0 for one, other in itertools.pairwise(sides)
               for a, b in zip(one, other, strict=True))


def equalled(entry: Entry) -> bool | None:
    sides = symbolic_sides(entry)
    answers = [sp.sympify(a).equals(sp.sympify(b)) for one, other in itertools.pairwise(sides)
               for a, b in zip(one, other, strict=True)]
    return False if False in answers else None if None in answers else True


def _tell(answer: Answer, number: int, pipe: Any) -> None:
    try:
        pipe.send(answer(cases()[number]))
    except Exception as problem:  # another's program may fail as it likes: that is no answer
        pipe.send(repr(problem)[:80])


def within(answer: Answer, number: int, seconds: float) -> tuple[bool | str | None, float]:
    """The answer of a process of its own, or "time" when it takes too long."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_tell, args=(answer, number, there))
    began = time.perf_counter()
    process.start()
    said: bool | str | None = here.recv() if here.poll(seconds) else "time"
    spent = time.perf_counter() - began
    process.kill()
    process.join()
    return said, spent


def beside(seconds: float) -> None:
    """Everyone on the same twenty formulas."""
    every = cases()
    rivals: dict[str, Answer] = {"symbackprop": ours, "floats, 1e-7": floats, "sympy.simplify": simplified,
                                 "Expr.equals": equalled}
    try:
        import torch  # noqa: F401

        rivals["torch gradcheck"] = gradcheck
    except ImportError:
        print("(torch is not installed: gradcheck is left out)")
    print(f"seven right and thirteen wrong formulas made to hurt, {seconds:.0f} s each\n")
    print(f"{'':>16} {'judged wrongly':>15} {'no answer':>10} {'out of time':>12} {'median':>10} {'all':>9}")
    for name, answer in rivals.items():
        told = [within(answer, n, seconds) for n in range(len(every))]
        wrongly = [e.id for e, (said, _) in zip(every, told, strict=True) if isinstance(said, bool) and said != e.right]
        silent = [said for said, _ in told if not isinstance(said, bool) and said != "time"]
        late = sum(said == "time" for said, _ in told)
        times = sorted(spent for _, spent in told)
        print(f"{name:>16} {len(wrongly):>15} {len(silent):>10} {late:>12} {times[10] * 1e3:>7.0f} ms "
              f"{sum(times):>7.1f} s   {' '.join(wrongly)}")
        for said in dict.fromkeys(s for s in silent if s):
            print(f"{'':>17}{said}")


# our own times

def gradients(net: sb.Network) -> list[Claim]:
    """The tool's own gradients as claims."""
    record = sb.derive(net).record
    return [Claim(e.target, e.expression, tuple(zip(e.indices, e.quantity.shape, strict=True)))
            for e in record.backward.equations if e.quantity.role == "adjoint"]


def row(what: str, seconds: float, bound: float) -> None:
    print(f"{what:<72} {seconds * 1e3:>9.1f} ms   (at most {bound * 1e3:,.0f} ms) {'' if seconds <= bound else '!'}")


def timed(run: Callable[[], object], times: int = 3) -> float:
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        spent.append(time.perf_counter() - began)
    return min(spent)


def own_times() -> None:
    net = sb.Network("3-4-4-3:softmax/ce")
    claims = gradients(net)

    def accept() -> None:
        ground = Ground.under(net.program)
        assert all(judge_claim(ground, claim).verdict == "right" for claim in claims)

    whole = Cut(frozenset(e.quantity.name for e in net.program.equations))

    parameters = [q.name for q in net.program.quantities.values() if q.role in PARAMETERS]

    def entries() -> None:
        ground = Ground.under(net.program)
        sizes = ground.sizes()[0]
        while True:
            try:
                point = ground.exact(sizes, whole)
                for name in parameters:
                    point.derivative("J", name)
                return
            except (SpentError, NoRootError) as problem:
                if not ground.higher(sizes, whole, problem):
                    raise

    row(f"3-4-4-3: its {len(claims)} gradients accepted exactly", timed(accept), 0.020)
    row("3-4-4-3: the true gradient by every entry", timed(entries), 0.100)
    entry = next(e for e in notes.T.entries if e.source == "notes §6")
    at_once = network(entry)
    sb.check(at_once, entry.formula, notation="notes")
    judged("a formula read and judged, after the first", at_once, entry, 0.050)
    for e in notes.T.entries:
        if not e.right and e.net is notes.NET:
            judged(f"   diagnosis: {e.source[:46]}", at_once, e, 0.100)


def judged(what: str, net: sb.Network, entry: Entry, bound: float) -> None:
    """The time of a verdict, and a word about it where it is not what the corpus says: a fast no counts for nothing."""
    (verdict,) = sb.check(net, entry.formula, notation=entry.profile)
    named = entry.right or entry.kinds & {d.kind for d in verdict.diagnoses}
    word = "" if verdict.verdict == ("right" if entry.right else "wrong") else f"  but {verdict.verdict}"
    row(what + (word or ("" if named else "  but not named")),
        timed(lambda: sb.check(net, entry.formula, notation=entry.profile)), bound)


def many(count: int = 100_000) -> None:
    """A class's worth of homework: a few shapes, over and over, with slips among them."""
    entries = [e for e in notes.T.entries if e.net is notes.NET and "[3]" not in e.formula][:12]
    net = network(entries[0])
    words: Counter[str] = Counter()
    began, done, shown = time.perf_counter(), 0, 0.0
    while done < count:
        some = min(10_000, count - done)
        text = "\n".join(e.formula for e in itertools.islice(itertools.cycle(entries), some))
        found = sb.check(net, text, notation="notes")
        if len(found) != some:
            raise SystemExit(f"{len(found)} verdicts on {some} formulas")
        words.update(verdict.verdict for verdict in found)
        done += some
        spent = time.perf_counter() - began
        if sys.stderr.isatty() and spent - shown > 1:
            print(f"\r{done:,} of {count:,}", end="", file=sys.stderr)
            shown = spent
    seconds = time.perf_counter() - began
    row(f"{count:,} formulas of {len(entries)} shapes: " + ", ".join(f"{n:,} {w}" for w, n in words.items()), seconds,
        10.0)


def judge(seconds: float = SECONDS) -> None:
    own_times()
    many()
    print()
    beside(seconds)
