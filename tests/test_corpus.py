"""Formulas of real courses: their labels computed here, and what the judge makes of them."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from corpus import (
    bishop,
    cs231n,
    goodfellow,
    layers,
    ng,
    nielsen,
    notes,
    others,
    scratch,
    strangers_books,
    strangers_code,
    ufldl,
)
from corpus.pages import PAGES, Page
from corpus.table import Entry, Net, label

import symbackprop as sb
from symbackprop.language.report import Verdict

TABLES = (notes.T, layers.T, ng.T, scratch.T, nielsen.T, ufldl.T, goodfellow.T, cs231n.T, bishop.T, others.D, others.M,
          others.P, *strangers_books.TABLES, *strangers_code.TABLES)
ENTRIES = [entry for table in TABLES for entry in table.entries]
WORDS = """activation-derivative-missing-output activation-derivative-cancelled-by-cross-entropy
activation-derivative-missing-hidden derivative-at-activation wrong-derivative sign factor mean-missing mean-twice
mean-on-one-term unit-mean-missing bias-not-summed bias-averaged bias-summed-too-far transpose-missing transposed
product-order index-swapped layer-off-by-one time-off-by-one path-forgotten epsilon-inside epsilon-outside
epsilon-dropped softmax-diagonal-only softmax-axis softmax-twice regulariser-factor regulariser-on-bias
regulariser-divided regulariser-forgotten mask-dropped kernel-not-turned scale-forgotten logarithm-base all-zero
hadamard-for-product sum-missing sum-added factor-missing factor-extra wrong-operand if-loss-squares
if-loss-cross-entropy activation-derivative-extra
wrong-function index-wrong sum-over-other-axis"""
KINDS = frozenset(WORDS.split())
PROFILES = {"notes": 15, "ng": 15, "nielsen": 15, "ufldl": 15, "bishop": 15, "scratch": 15, "cs231n": 15,
            "goodfellow": 15, "d2l": 8, "demystified": 8, "torch": 8}
HERE = Path(__file__).parent / "corpus"
CRASH = "broke:"
READ, NAMED = 0.98, 0.90


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_the_label_is_what_complex_steps_of_another_forward_pass_say(entry: Entry) -> None:
    assert label(entry) == entry.right, f"{entry.id}, {entry.source}: {entry.formula}"


@pytest.mark.parametrize("entry", [e for e in ENTRIES if e.right], ids=lambda entry: entry.id)
def test_an_error_of_a_billionth_would_not_pass_as_right(entry: Entry) -> None:
    """Labels are only worth something if they see what the corpus is made of: factors of 1.00000001."""

    def moved(v: Any) -> tuple[Any, ...]:
        *sides, last = entry.sides(v)
        return (*sides, np.asarray(last) * (1 + 1e-9))

    assert not label(replace(entry, sides=moved))


def test_every_profile_and_every_mistake_is_there() -> None:
    count = Counter(entry.profile for entry in ENTRIES)
    assert all(count[profile] >= least for profile, least in PROFILES.items()), count
    wrong = [entry for entry in ENTRIES if not entry.right]
    assert 0.4 <= len(wrong) / len(ENTRIES) <= 0.6
    assert frozenset().union(*(entry.kinds for entry in wrong)) == KINDS
    assert len({entry.id for entry in ENTRIES}) == len(ENTRIES)


def test_no_formula_stands_there_twice() -> None:
    seen = Counter((entry.profile, entry.net.name, entry.formula) for entry in ENTRIES)
    assert [key for key, n in seen.items() if n > 1] == []


@cache
def network(net: Net) -> sb.Network:
    return sb.Network.from_toml(net.spec) if "[input]" in net.spec else sb.Network(net.spec, batch=net.batch)


@pytest.mark.parametrize("net", [net for net in {e.net.name: e.net for e in ENTRIES}.values() if net.told],
                         ids=lambda net: net.name)
def test_the_forward_passes_are_those_of_the_networks(net: Net) -> None:
    """Else the corpus and the judge would speak of two networks."""
    if net is notes.DIGITS:
        pytest.skip("labelled at narrower layers")
    f = sb.derive(network(net)).function()
    for v in net.points():
        assert net.told is not None
        assert f(*net.told(v.given))[0] == pytest.approx(v.J, rel=1e-12)


def judged(entry: Entry) -> Verdict:
    from symbackprop.by_hand import check

    verdicts = check(network(entry.net), entry.formula, notation=entry.profile)
    words = [verdict.verdict for verdict in verdicts]
    # a chain is judged link by link: one wrong link makes it wrong
    worst = min(words, key=["wrong", "unread", "undecided", "consistent", "right"].index)
    return next(verdict for verdict in verdicts if verdict.verdict == worst)


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Verdict]:
    found = {}
    for entry in ENTRIES:
        try:
            found[entry.id] = judged(entry)
        except Exception as problem:  # told by a test of its own; it must not hide what becomes of the others
            found[entry.id] = Verdict(1, entry.formula, "", "unread", detail=f"{CRASH} {problem!r}")
    return found


def listed(entries: list[Entry], verdicts: dict[str, Verdict]) -> str:
    rows = [f"{e.id:>15} {'right' if e.right else 'wrong'} → {verdicts[e.id].verdict:<10} {e.formula}\n{'':16}"
            f"{verdicts[e.id].detail or verdicts[e.id].read_as} {[d.kind for d in verdicts[e.id].diagnoses]}"
            for e in entries]
    return "\n" + "\n".join(rows)


def displayed(text: str) -> list[str]:
    """The displayed formulas of a page by a rule of thumb: what stands in $$, in \\[ \\] and, row by row, in align."""
    text = re.sub(r"(?m)(?<!\\)%.*$", "", text)
    blocks = re.findall(r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|\\begin\{(?:align|equation)\*?\}(.+?)\\end\{", text, re.DOTALL)
    return [row.replace("&", "").strip() for block in blocks for row in "".join(block).split(r"\\") if row.strip()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.file)
def test_what_is_expected_of_a_page_stands_on_it(page: Page) -> None:
    rows = displayed((HERE / page.file).read_text(encoding="utf-8"))
    assert [row.split("=")[0].strip() for row in rows] == [start for start, _ in page.verdicts]


class TestJudge:
    def test_nothing_breaks(self, verdicts: dict[str, Verdict]) -> None:
        broken = [e for e in ENTRIES if verdicts[e.id].detail.startswith(CRASH)]
        assert not broken, listed(broken, verdicts)

    def test_no_verdict_is_wrong(self, verdicts: dict[str, Verdict]) -> None:
        no = {True: ("wrong",), False: ("right", "consistent")}
        bad = [e for e in ENTRIES if verdicts[e.id].verdict in no[e.right]]
        assert not bad, listed(bad, verdicts)

    def test_nearly_all_are_read(self, verdicts: dict[str, Verdict]) -> None:
        unread = [e for e in ENTRIES if verdicts[e.id].verdict == "unread"]
        share = 1 - len(unread) / len(ENTRIES)
        print(f"\nread: {share:.1%} of {len(ENTRIES)}{listed(unread, verdicts)}")
        assert share >= READ

    def test_what_is_read_is_decided(self, verdicts: dict[str, Verdict]) -> None:
        open_ = [e for e in ENTRIES if verdicts[e.id].verdict in ("undecided", "consistent")]
        assert not open_, listed(open_, verdicts)

    def test_mistakes_are_named(self, verdicts: dict[str, Verdict]) -> None:
        wrong = [e for e in ENTRIES if not e.right and verdicts[e.id].verdict == "wrong"]
        assert wrong, "not one wrong formula was found out"
        missed = [e for e in wrong if not e.kinds & {d.kind for d in verdicts[e.id].diagnoses}]
        share = 1 - len(missed) / len(wrong)
        print(f"\nnamed: {share:.1%} of {len(wrong)}{listed(missed, verdicts)}")
        assert share >= NAMED

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.file)
    def test_pages_of_notes(self, page: Page) -> None:
        """Inline formulas are judged or left out, as the judge likes; every displayed one has its verdict, in order."""
        from symbackprop.by_hand import check_passages
        from symbackprop.syntax.passages import form_of, passages

        net = sb.Network(page.spec, batch=page.batch)
        text = (HERE / page.file).read_text(encoding="utf-8")
        found = check_passages(net, passages(text, form_of(page.file, text)), page.profile)
        rows = displayed(text)
        wanted = [(squeezed(row), word) for row, (_, word) in zip(rows, page.verdicts, strict=True)]
        got = [(squeezed(verdict.formula), verdict.verdict) for verdict in found]
        assert [pair for pair in got if pair[0] in dict(wanted)] == wanted, got
        assert not [pair for pair in got if pair[1] == "wrong" and pair not in wanted]


def squeezed(formula: str) -> str:
    return re.sub(r"[\s&]", "", formula)
