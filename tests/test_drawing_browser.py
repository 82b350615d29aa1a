"""The drawing of a network in a real Chromium: names in their nodes, a phone, what lights up, what axe-core says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import symbackprop as sb
from symbackprop.networks.catalogue import catalogue
from tests.browser import Browser, axe, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())
NAMES = ("chain", "columns", "lstm", "transformer_block", "residual")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    made = Browser()
    yield made
    made.quit()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawings")
    kinds = {row["kind"]: row["example_toml"] for row in catalogue()}
    sources = {"chain": "1-1-1-1", "columns": "2-3-2"}
    sources |= {name: kinds[name] for name in NAMES if name in kinds}
    for name, source in sources.items():
        net = sb.Network.from_toml(source) if "[" in source else sb.Network(source)
        sb.derive(net).save(folder / f"{name}.html", lang="ko")
    return folder


@pytest.mark.parametrize("wide", [360, 860])
@pytest.mark.parametrize("name", NAMES)
def test_every_name_stands_in_its_node(browser: Browser, folder: Path, name: str, wide: int) -> None:
    browser.open(folder / f"{name}.html", wide=wide)
    assert browser.run("return document.documentElement.scrollWidth") == wide
    nodes, names = browser.run(
        "const m=e=>{const r=e.getBoundingClientRect();return [r.x+r.width/2,r.y+r.height/2,r.width]};"
        "return [[...document.querySelectorAll('.net circle:not(.dots),.net rect')].map(m),"
        "[...document.querySelectorAll('.net b')].map(m)]")  # fmt: skip
    assert nodes
    for x, y, room in nodes:
        # the name of a node: about its middle, and no wider than the node
        inside = [w for u, v, w in names if abs(x - u) < 1.5 and abs(y - v) < 1.5]
        assert inside
        assert min(inside) <= room + 1
    assert all(u >= w / 2 and u + w / 2 <= wide for u, _, w in names)


def test_pointing_at_what_comes_back_lights_its_definition(browser: Browser, folder: Path) -> None:
    browser.open(folder / "chain.html")
    browser.point(".net a.box[data-ref=s2]")
    lit = browser.run("return [...document.querySelectorAll('.box')].filter(e=>getComputedStyle(e).boxShadow!=='none')"
                      ".map(e=>[e.dataset.ref,!!e.closest('.def')])")  # fmt: skip
    assert {ref for ref, _ in lit} == {"s2"}
    assert any(defined for _, defined in lit)
    browser.away()


def test_the_arrow_has_the_colour_of_what_it_carries(browser: Browser, folder: Path) -> None:
    for dark in (False, True):
        browser.open(folder / "chain.html", dark=dark)
        pairs = browser.run(
            "return [...document.querySelectorAll('.net path.ref:not(.tip)')].map(p=>[getComputedStyle(p).stroke,"
            "getComputedStyle(document.querySelector('.net .box[data-ref='+p.dataset.ref+']')).color])")  # fmt: skip
        assert len(pairs) == 3 == len({arrow for arrow, _ in pairs})
        assert all(arrow == box for arrow, box in pairs)


@pytest.mark.skipif(axe() is None, reason="axe-core is not here (npm install --prefix .node axe-core)")
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["columns", "residual"])
def test_axe_finds_nothing(browser: Browser, folder: Path, name: str, dark: bool) -> None:
    browser.open(folder / f"{name}.html", dark=dark)
    assert browser.violations() == []
