"""What people bring along: formulas and functions derived by hand, and numbers."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import sympy as sp

from symbackprop.api import Derivation
from symbackprop.courses import notation_of, with_usual_loss
from symbackprop.language.errors import SymbackpropError, depth_needed
from symbackprop.language.notation import Mark, Notation
from symbackprop.language.program import Program
from symbackprop.language.quantity import PARAMETERS
from symbackprop.language.report import Verdict
from symbackprop.networks.activations import functions
from symbackprop.networks.network import Network
from symbackprop.numeric.given import from_json, from_seed
from symbackprop.shows import Verdicts, shown_verdicts
from symbackprop.syntax.passages import Passage, passages
from symbackprop.verify.by_hand import Desk, judge_expressions, judge_second
from symbackprop.verify.callables import judge_callable
from symbackprop.verify.ground import Ground
from symbackprop.verify.handed import judge_file
from symbackprop.verify.ratios import diagnose_arrays

MOST = 100_000
"""Formulas that are judged at a time."""
INSTANCE = 3
"""The depth at which formulas about a network of symbolic depth are judged."""


def check(
    what: Network | Derivation | str, formulas: str | dict[sp.Basic, sp.Expr] | Callable[..., Any],
    notation: str | None = None,
) -> Verdicts:
    """Formulas derived by hand, one verdict each, in a list that shows itself: text (LaTeX or plain, a line or a page),
    ``{w2: expr}`` in SymPy; or a backward function of yours.

    ``right`` is exact, ``wrong`` comes with a point where the two sides differ and with what is the matter. Second
    derivatives are judged by their derivation: ``check(d2, "ds/dW[1][j,i] = …")``.
    """
    if isinstance(what, Derivation) and what.record.prefix != "d":
        return shown_verdicts(_second(what, formulas))
    if isinstance(what, Derivation) and what.network is None:
        raise SymbackpropError("formulas are judged against a network: check(net, …)")
    found = what.network if isinstance(what, Derivation) else what
    net = _spec(found) if isinstance(found, str) else found
    assert net is not None
    if callable(formulas):
        return shown_verdicts(check_callable(net, formulas, notation=notation))
    if not isinstance(formulas, str):
        return shown_verdicts(judge_expressions(_grounds(net, None)[0], formulas))
    statements = [p for p in passages(formulas) if p.statement]
    if not statements:
        raise SymbackpropError("there is no formula to judge; write one a line, e.g. dJ/db[1] = …")
    return shown_verdicts(check_passages(net, statements, notation))


@lru_cache(maxsize=16)
def _spec(text: str) -> Network:
    return Network(text)


def check_passages(
    net: Network, found: Sequence[Passage], notation: str | None = None, *, fresh: bool = False,
    progress: Callable[[str], None] | None = None,
) -> list[Verdict]:
    """A verdict a statement of a page of notes, in its order; ``line`` and ``column`` are the passage's."""
    if len(found) > MOST:
        raise SymbackpropError(f"{len(found):,} formulas; the limit is {MOST:,}")
    desks = _Desks(net, notation_of(notation or net.notation or "notes"), fresh)
    verdicts: list[Verdict] = []
    for number, p in enumerate(found, start=1):
        if progress is not None:
            progress(f"{number}/{len(found)}")
        if p.problem:
            verdicts.append(Verdict(p.line, p.text, "", "unread", detail=p.problem, column=p.column))
            continue
        verdicts += [replace(v, column=p.column + v.column - 1) for v in desks.verdicts(p.text, p.line, p.defines)]
    return verdicts


@dataclass
class _Desks:
    """One desk a way of giving the network its data: a page speaks of one datum in one line, of all in the next."""

    net: Network
    notation: Notation
    fresh: bool
    desks: list[Desk] = field(init=False)
    said: tuple[str, ...] = ()
    matrices: bool = False

    def __post_init__(self) -> None:
        known = functions()
        net, self.said = _with_usual_loss(self.net, self.notation)
        self.desks = [Desk(ground, self.notation, known) for ground in _grounds(net, self.notation, self.fresh)]
        # where one datum is a matrix, a capital does not say that there are many data
        values = (q for q in self.desks[0].ground.program.quantities.values() if q.role not in PARAMETERS)
        self.matrices = any(len(q.axes) > 1 for q in values)

    def verdicts(self, text: str, line: int, let: bool = False) -> tuple[Verdict, ...]:
        """Those of the first desk where the text is read and what it multiplies fits: the network as it was given,
        but of a text that speaks of many data first the one that has them. All desks hear its names."""
        speaks = _speaks_of_data(text, self.notation.mark, capitals=not self.matrices)
        desks = self.desks[::-1] if speaks else self.desks
        best: tuple[Verdict, ...] = ()
        for desk in desks:
            if best and not _strangeness(best):
                desk.hear(text, let)
                continue
            found = desk.verdicts(text, line, let)
            best = min(best, found, key=_strangeness) if best else found
        return tuple(replace(v, choices=(*v.choices, *self.said)) for v in best) if self.said else best


def _with_usual_loss(net: Network, notation: Notation) -> tuple[Network, tuple[str, ...]]:
    """Where nobody has said which loss, that of the course; and the words for it."""
    made = with_usual_loss(net, notation)
    if made is net:
        return net, ()
    return made, (f"loss {notation.loss}, as {notation.name} has it; say /{net.loss_name} for another",)


_DATA = re.compile(r"""
    (?<![A-Za-z\\_{])m(?![A-Za-z]|_|\[|\^\{?[\[(]) | (?<=\{)m(?=\})                     # how many data there are
    | (?<![A-Za-z\\])N(?![A-Za-z])
    | batch_?(?:size|num) | num_(?:examples|train|samples|data) | n_(?:samples|train|examples)
    | axis\s*= | keepdims | \.(?:sum|mean)\( | np\.(?:sum|mean)
    | (?<=[\w\]}>)])\s*\^\s*\{?\(\s*[a-z]\s*\)                                        # one of them: a^{(i)}
""", re.VERBOSE)
_CAPITALS = re.compile(r"(?<![A-Za-z\\])[dD]?[XZAYHO](?![A-Za-z])")


@lru_cache(maxsize=1024)
def _speaks_of_data(text: str, mark: Mark, capitals: bool) -> bool:
    """Does a formula read more than one datum? (i) is a layer where the course writes layers so. ``capitals``: a
    capital letter says that it does."""
    plain = re.sub(r"\\(?:mathbf|boldsymbol|bm|mathrm|textbf)\s*", "", text)
    if capitals and _CAPITALS.search(plain):
        return True
    found = (match[0] for match in _DATA.finditer(plain))
    return any(not (f.endswith((")",)) and "^" in f and mark == "()") for f in found)


def _strangeness(verdicts: Sequence[Verdict]) -> int:
    """Unread before misfit before the rest: how little a way of reading suits a text."""
    if any(v.verdict == "unread" for v in verdicts):
        return 2
    return int(any(v.verdict == "wrong" and v.method == "proof" for v in verdicts))


_GROUNDS: dict[int, tuple[Network, dict[str, list[Ground]]]] = {}


def _grounds(net: Network, notation: Notation | None, fresh: bool = False) -> list[Ground]:
    """The network as it is, and where nobody has said how its data lie, with them as the notation has them."""
    key = f"{notation.batch if notation else ''}"
    known = _GROUNDS.get(id(net))
    if known is not None and known[0] is net and key in known[1] and not fresh:
        return known[1][key]
    single = net.at_depth(INSTANCE) if net.program.run is not None else net
    nets = [single]
    batch = notation.batch if notation is not None else "none"
    if single.batch == "none" and notation is not None and single.can_batch:
        nets.append(single.with_batch("columns" if batch == "none" else batch))
    made = [Ground.under(n.program) for n in nets]
    if fresh:
        return [replace(g, salt=_entropy()) for g in made]
    if len(_GROUNDS) > 32:
        _GROUNDS.clear()
    _GROUNDS.setdefault(id(net), (net, {}))[1][key] = made
    return made


def _entropy() -> int:
    return secrets.randbelow(10**9)


def _second(d: Derivation, formulas: Any) -> list[Verdict]:
    """Second derivatives, in the names of the record."""
    ground = Ground(d.record.forward, of=d.record.of)
    if not isinstance(formulas, str):
        raise SymbackpropError("second derivatives are judged as text, ds/dW[1][j,i] = …")
    lines = [(n, text.strip()) for n, text in enumerate(formulas.splitlines(), start=1)]
    kept = [(n, text) for n, text in lines if text and not text.startswith("#")]
    if not kept:
        raise SymbackpropError("there is no formula to judge; write one a line, e.g. ds/dW[1][j,i] = …")
    return judge_second(ground, d.record.of, kept, functions())


def check_function(
    net: Network, path: str, name: str, *, notation: str | None = None, fresh: bool = False,
    progress: Callable[[str], None] | None = None,
) -> list[Verdict]:
    """A backward function that somebody wrote, gradient by gradient."""
    if progress is not None:
        progress(f"{path}:{name}")
    return judge_file(_programs(net), path, name, diagnose=diagnose_arrays)


_PROGRAMS: dict[int, tuple[Network, dict[Any, Program]]] = {}


def _programs(net: Network) -> dict[Any, Program]:
    """The network about one datum, and over data as columns; the same ones each time that it is asked about."""
    known = _PROGRAMS.get(id(net))
    if known is None or known[0] is not net:
        if len(_PROGRAMS) > 16:
            _PROGRAMS.clear()
        single = net.at_depth(INSTANCE) if net.program.run is not None else net
        made = {"one": single.with_batch("none").program, "columns": single.with_batch("columns").program} \
            if single.can_batch else {"one": single.program}
        known = _PROGRAMS[id(net)] = net, made
    return known[1]


def check_callable(net: Network, function: Callable[..., Any], *, notation: str | None = None) -> list[Verdict]:
    """A backward function of one's own, as it is."""
    return judge_callable(_programs(net), function, diagnose=diagnose_arrays)


def read_values(net: Network, path: str | None, seed: int | None) -> dict[str, Any] | None:
    """Numbers for a network: from a JSON file with W1, b1, …, x, y; or random by a seed."""
    if path is None and seed is None:
        return None
    if net.program.run is not None:
        raise depth_needed("a page with values")
    return from_seed(net.program, seed) if path is None else from_json(net.program, Path(path))
