"""Slides: the page's own blocks, one step a click; in a real browser, by keyboard, by pointer, on paper."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import symbackprop as sb
from symbackprop.documents.blocks import Definition, Details, Document, Footer, Heading, Row, Rows, Table, walk
from symbackprop.documents.deck import deck
from symbackprop.documents.slides import slides
from symbackprop.pages import derivation_page
from tests.browser import Browser, axe, missing

needs_axe = pytest.mark.skipif(axe() is None, reason="axe-core is not here (npm install --prefix .node axe-core)")

NETWORKS = {"chain": "1-1-1-1", "sizes": "n0-n1-n2-n3", "softmax": "4-3:relu-2:softmax/ce"}
SCREENS = [(1280, 720), (1920, 1080)]


@cache
def tree(spec: str, lang: str = "ko", form: str | None = None) -> Document:
    return derivation_page(sb.derive(spec), lang=lang, form=form)[0]  # type: ignore[arg-type]


def rows(blocks: Any) -> list[Row]:
    return [r for b in walk(tuple(blocks)) if isinstance(b, Rows | Definition) for r in b.rows]


# --- the deck


@pytest.mark.parametrize(("spec", "form"), [*((s, None) for s in NETWORKS.values()), ("2-2", "all")])
def test_every_line_of_the_page_is_on_one_slide(spec: str, form: str | None) -> None:
    page = tree(spec, "ko", form)
    on_slides = [(r.right, r.number) for s in deck(page) for r in rows(s.blocks)]
    assert on_slides == [(r.right, r.number) for r in rows(page.blocks)]
    cells = sum(len(b.rows) for b in walk(page.blocks) if isinstance(b, Table))
    assert sum(len(b.rows) for s in deck(page) for b in s.blocks if isinstance(b, Table)) == cells


def test_a_chapter_has_a_slide_to_itself() -> None:
    for slide in deck(tree("1-1-1-1")):
        assert sum(1 for r in rows(slide.blocks) if r.number is not None) <= 1


def test_a_line_that_goes_on_on_the_next_slide_has_its_left_side_again() -> None:
    slides = [s for s in deck(tree(NETWORKS["softmax"])) if rows(s.blocks)]
    assert any(s.heading.endswith("(3/3)") for s in slides), "no chapter was long enough to be cut"
    assert all(rows(s.blocks)[0].left is not None for s in slides)


def test_what_is_for_looking_up_stands_at_the_end() -> None:
    page = tree("1-1-1-1")
    first = next(b for b in page.blocks if isinstance(b, Details))
    assert deck(page)[-1].heading.startswith(first.summary)
    assert [k for k, s in enumerate(deck(page), 1) for b in s.blocks if isinstance(b, Footer)] == [len(deck(page))]


def test_a_part_is_named_above_its_slides() -> None:
    page = tree("2-2", "ko", "all")
    parts = [b.words for b in page.blocks if isinstance(b, Heading) and b.part]
    assert {s.above for s in deck(page)} == {"", *parts}


def test_both_languages_have_the_same_slides() -> None:
    ko, en = (deck(tree("2-2", lang, "all")) for lang in ("ko", "en"))
    assert [r.number for s in ko for r in rows(s.blocks)] == [r.number for s in en for r in rows(s.blocks)]


def test_same_bytes_and_nothing_from_outside() -> None:
    text = slides(tree("1-1-1-1"))
    assert text == slides(tree("1-1-1-1"))
    assert not re.search(r"(?:src|href)=[\"'](?!#)|@import|url\((?!data:)", text)


def test_a_title_is_words() -> None:
    net = sb.Network([sb.dense(1)], inputs=1, title="<script>alert(1)</script>")
    text = sb.derive(net).document("slides")[0]
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


# --- in a browser


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("slides")
    for name, spec in NETWORKS.items():
        (folder / f"{name}.slides.html").write_text(slides(tree(spec)), encoding="utf-8")
    return {name: (folder / f"{name}.slides.html").as_uri() for name in NETWORKS}


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    if missing():
        pytest.skip(missing())
    browser = Browser()
    browser.driver.violations = browser.violations
    yield browser.driver
    browser.quit()


def screen(driver: Any, width: int, height: int, dark: bool = False, touch: bool = False) -> None:
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": touch})


class Show:
    """The slides as somebody sees them who gives a talk."""

    def __init__(self, driver: Any, address: str) -> None:
        self.driver = driver
        driver.get("about:blank")
        driver.get(address)
        self.run("return document.fonts.ready.then(()=>1)")

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def press(self, *keys: str) -> None:
        for key in keys:
            kind = {"key": key, "code": "Space" if key == " " else key, "text": key if key == " " else ""}
            code = {" ": 32, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38,
                    "ArrowRight": 39, "ArrowDown": 40, "Tab": 9, "Enter": 13}[key]
            event = {**kind, "windowsVirtualKeyCode": code, "text": "\r" if key == "Enter" else kind["text"]}
            self.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyDown", **event})
            self.driver.execute_cdp_cmd("Input.dispatchKeyEvent", {"type": "keyUp", **kind})

    def to(self, place: str) -> None:
        self.run(f"location.hash='{place}'")
        self.driver.execute_async_script("setTimeout(arguments[0],40)")

    @property
    def place(self) -> str:
        return str(self.run("return location.hash.slice(1)"))

    @property
    def count(self) -> int:
        return int(self.run("return document.querySelectorAll('.slide').length"))

    @property
    def visible(self) -> list[str]:
        """The lines of this slide that can be seen, by their LaTeX."""
        return list(self.run("return [...document.querySelectorAll('.here .row')].filter("
                             "n=>n.checkVisibility({visibilityProperty:true})).map(n=>n.dataset.latex)"))


@pytest.fixture
def show(driver: Any, files: dict[str, str]) -> Show:
    screen(driver, 1280, 720)
    return Show(driver, files["chain"])


def chapter(show: Show) -> int:
    """The number of the first slide whose path has a known tail of several factors."""
    return int(show.run("return +document.querySelector('.grp:not(.one)').closest('.slide').dataset.n"))


def test_one_step_of_the_chain_rule_a_click(show: Show) -> None:
    """The path, its known tail in brackets, folded, each local derivative, the result: each by itself."""
    show.to(str(chapter(show)))
    bracket = "return document.querySelector('.here .grp>.lab').checkVisibility({visibilityProperty:true})"
    seen = [(len(show.visible), show.run(bracket))]
    for _ in range(5):
        show.press("ArrowRight")
        seen.append((len(show.visible), show.run(bracket)))
    assert seen == [(1, False), (1, True), (2, True), (3, True), (4, True), (5, True)]
    assert "\\sigma'" in show.visible[-1]
    show.press("ArrowRight")
    assert show.place == str(chapter(show) + 1)


def test_nothing_jumps_while_lines_appear(show: Show) -> None:
    show.to(str(chapter(show)))
    top = "return [...document.querySelectorAll('.here .row')].map(n=>n.getBoundingClientRect().top)"
    before = show.run(top)
    show.press("ArrowRight", "ArrowRight", "ArrowRight")
    assert show.run(top) == before


@pytest.mark.parametrize("key", ["ArrowRight", " ", "PageDown", "Enter"])
def test_keys_forward(show: Show, key: str) -> None:
    show.press(key, key)
    assert show.place == "2.2"


def test_keys_back_home_end_and_whole_slides(show: Show) -> None:
    show.press("ArrowDown", "ArrowDown")
    assert show.place == "3"
    show.press("ArrowUp")
    assert show.place == "2"
    show.press("ArrowRight", "ArrowLeft", "PageUp")
    assert show.place == "1"
    show.press("End")
    assert show.place.startswith(f"{show.count}")
    last = show.place
    show.press("ArrowRight")
    assert show.place == last
    show.press("Home", "ArrowLeft")
    assert show.place == "1"


def test_going_back_over_a_slide_shows_it_complete(show: Show) -> None:
    show.press("ArrowDown", "ArrowDown", "ArrowLeft")
    assert show.place == "2.7"
    assert len(show.visible) == 7


def test_the_buttons_by_keyboard(show: Show) -> None:
    for _ in range(30):
        show.press("Tab")
        if show.run("return document.activeElement.dataset.go") == "1":
            break
    show.press("Enter")
    assert show.place == "2"
    show.press(" ")
    assert show.place == "2.2"


def test_clicks(show: Show) -> None:
    def click(x: int) -> None:
        for kind in ("mousePressed", "mouseReleased"):
            event = {"type": kind, "x": x, "y": 300, "button": "left", "clickCount": 1}
            show.driver.execute_cdp_cmd("Input.dispatchMouseEvent", event)

    click(900)
    click(900)
    assert show.place == "2.2"
    click(60)
    assert show.place == "2"


def test_a_swipe(driver: Any, files: dict[str, str]) -> None:
    screen(driver, 360, 740, touch=True)
    show = Show(driver, files["chain"])
    for begin, end, place in ((300, 80, "2"), (80, 300, "1")):
        points = [("touchStart", begin), ("touchMove", (begin + end) // 2), ("touchMove", end), ("touchEnd", None)]
        for kind, x in points:
            at = [] if x is None else [{"x": x, "y": 300}]
            driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
        assert show.place == place


def test_the_address_names_the_step(driver: Any, files: dict[str, str]) -> None:
    screen(driver, 1280, 720)
    assert Show(driver, files["chain"] + "#2.3").visible == Show(driver, files["chain"] + "#2.3").visible
    assert len(Show(driver, files["chain"] + "#2.3").visible) == 3
    beyond = Show(driver, files["chain"] + "#999.9")
    assert beyond.place.split(".")[0] == str(beyond.count)


def test_a_reused_term_leads_to_its_definition(show: Show) -> None:
    show.to(f"{chapter(show)}.99")
    show.run("document.querySelector('.here a.box').click()")
    show.driver.execute_async_script("setTimeout(arguments[0],40)")
    defined = show.run("return document.querySelector('.here .def .row[id]:not(.off)').id")
    assert defined == "e4"


def test_headings_are_not_counted(show: Show) -> None:
    """The page counts its headings; on a slide each would be the first."""
    show.press("ArrowDown")
    before = show.run("return getComputedStyle(document.querySelector('.here h2'),'::before').content")
    assert before == "none"


def test_the_line_of_progress(show: Show) -> None:
    wide = "return parseFloat(document.querySelector('.line i').style.width)"
    first = show.run(wide)
    show.press("ArrowRight")
    assert 0 < first < show.run(wide) < 100
    show.press("End")
    assert show.run(wide) == pytest.approx(100)
    assert show.run("return document.querySelector('.at').textContent") == f"{show.count} / {show.count}"


OUTSIDE = """
const box=n=>n.getBoundingClientRect(),s=box(document.querySelector('.slide.here')),out=[];
const low=Math.min(s.bottom,box(document.querySelector('.bar')).top);
for(const n of document.querySelectorAll('.here .in *')){const r=box(n);
 if(r.width&&(r.right>s.right+1||r.left<s.left-1||r.bottom>low+1||r.top<s.top-1))out.push(n.outerHTML.slice(0,80));
 if(n.scrollWidth>n.clientWidth+1&&n.matches('.wide,.nest'))out.push('scrolls: '+n.className)}
return [out,+document.querySelector('.slide.here').style.getPropertyValue('--fit')]
"""


@pytest.mark.parametrize("size", SCREENS, ids=str)
@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_overflows_a_slide(driver: Any, files: dict[str, str], name: str, size: tuple[int, int]) -> None:
    screen(driver, *size)
    show = Show(driver, files[name])
    for k in range(show.count):
        show.to(f"{k + 1}.999")
        outside, fit = show.run(OUTSIDE)
        assert not outside, f"slide {k + 1}: {outside[:3]}"
        assert fit >= 0.7, f"slide {k + 1} is made too small: {fit}"


@pytest.mark.parametrize("name", NETWORKS)
def test_a_phone_scrolls_down_only(driver: Any, files: dict[str, str], name: str) -> None:
    screen(driver, 360, 740)
    show = Show(driver, files[name])
    for k in range(show.count):
        show.to(f"{k + 1}.999")
        assert show.run("return document.documentElement.scrollWidth") == 360, f"slide {k + 1}"


@pytest.mark.parametrize("name", NETWORKS)
def test_one_slide_a_page_on_paper(driver: Any, files: dict[str, str], name: str) -> None:
    screen(driver, 1280, 720)
    show = Show(driver, files[name])
    pdf = base64.b64decode(driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True,
                                                                      "printBackground": True})["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == show.count


@needs_axe
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(driver: Any, files: dict[str, str], dark: bool) -> None:
    screen(driver, 1280, 720, dark)
    show = Show(driver, files["softmax"])
    found = {}
    more = () if dark else ("figure", "ul")
    for kind in (".grp", ".wide td .box", *more):  # a slide with each
        k = show.run(f"return +document.querySelector('.slide:has({kind})').dataset.n")
        show.to(f"{k}.999")
        found[kind] = driver.violations()
    assert not any(found.values()), found


def test_without_script_all_slides_stand_there(driver: Any, files: dict[str, str]) -> None:
    screen(driver, 1280, 720)
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        driver.get("about:blank")
        driver.get(files["chain"])
        shown = driver.execute_script("return [...document.querySelectorAll('.slide')].every("
                                      "s=>s.checkVisibility({visibilityProperty:true}))")
        assert shown
    finally:
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_command_writes_slides(tmp_path: Path) -> None:
    from symbackprop.cli import main

    for name, more in (("a.slides.html", []), ("b.html", ["--format", "slides"])):
        assert main(["derive", "1-1", "-o", str(tmp_path / name), *more]) == 0
        assert 'class="deck"' in (tmp_path / name).read_text(encoding="utf-8")
