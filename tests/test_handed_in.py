"""Backward functions of strangers: the right ones are right, the wrong ones wrong, and the mistake has its name."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from corpus.handed_in import CASES, Case, labels

import symbackprop as sb
from symbackprop.by_hand import check_function
from symbackprop.language.report import Verdict

WRONG = [(case, name) for case in CASES for name in case.mistakes]
UNNAMED = {("cs231n_fc.py", "labels not subtracted")}
"""Mistakes that are found, and for which there is no name yet."""


@cache
def network(spec: str) -> sb.Network:
    return sb.Network(spec)


def judged(tmp: Path, case: Case, source: str) -> dict[str, Verdict]:
    path = tmp / case.file
    path.write_text(source, encoding="utf-8")
    found = check_function(network(case.net), str(path), case.function)
    names = (re.search(r": d([Wb])\[(\d+)\]", v.formula) for v in found)
    return {f"{n[1]}{n[2]}" if n else v.formula: v for n, v in zip(names, found, strict=True)}


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.file)
def test_what_is_right_is_called_right(tmp_path: Path, case: Case) -> None:
    expected = labels(case, case.source)
    assert all(expected.values())
    found = judged(tmp_path, case, case.source)
    assert {n: v.verdict for n, v in found.items()} == dict.fromkeys(expected, case.verdict), next(
        iter(found.values())).detail  # fmt: skip


@pytest.mark.parametrize(("case", "name"), WRONG, ids=[f"{c.file}: {n}" for c, n in WRONG])
def test_a_mistake_is_found_where_it_is_and_named(tmp_path: Path, case: Case, name: str) -> None:
    before, after, kinds = case.mistakes[name]
    source = case.source.replace(before, after)
    assert source != case.source
    found = judged(tmp_path, case, source)
    expected = labels(case, source)
    assert not all(expected.values())
    assert {n: found[n].verdict == "wrong" for n in expected} == {n: not right for n, right in expected.items()}
    if (case.file, name) in UNNAMED:
        return
    for gradient, right in expected.items():
        v = found[gradient]
        named = {d.kind for d in v.diagnoses[:1]}
        if v.detail.startswith("the forward pass computes something else"):
            named.add("other-side")
        assert right or named & set(kinds.split()), (gradient, v.diagnoses, v.detail)
