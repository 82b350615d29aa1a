"""The page in a real Chromium: what lights up, what walks, both themes, a phone, paper, and what axe-core says."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import symbackprop as sb
from symbackprop.documents.build import Material, build
from symbackprop.documents.html import html
from symbackprop.notation.characters import characters
from tests.browser import Browser, axe, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "there is a browser")
needs_axe = pytest.mark.skipif(axe() is None, reason="axe-core is not here (npm install --prefix .node axe-core)")

LAYERNORM = """
[input]
size = 3
[[layer]]
kind = "dense"
size = 4
activation = "tanh"
[[layer]]
kind = "layernorm"
[[layer]]
kind = "dense"
size = 2
"""
ATTENTION = """
[input]
size = ["T", 3]
[[layer]]
kind = "attention"
size = 4
mask = "causal"
[[layer]]
kind = "dense"
size = 2
"""
PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "chain": ("1-1-1-1", {"lang": "ko"}),
    "layers": ("n0-n1-n2", {"lang": "ko", "form": "all"}),
    "softmax": ("4-3:relu-2:softmax/ce", {"lang": "en", "level": "full"}),
    "layernorm": (LAYERNORM, {"lang": "ko", "form": "all"}),
    "attention": (ATTENTION, {"lang": "en", "form": "all"}),
    "brief": ("2-2", {"lang": "en", "level": "brief"}),
    "depth": ("n0-...-nL", {"lang": "ko"}),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    made = Browser()
    yield made
    made.quit()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for name, (network, options) in PAGES.items():
        what = sb.Network.from_toml(network) if "[" in network else network
        sb.derive(what).save(folder / f"{name}.html", **options)  # type: ignore[arg-type]
    return folder


every = pytest.mark.parametrize("name", PAGES)


# --- reuse lights up


def lit(browser: Browser) -> tuple[set[str], set[str], list[float]]:
    """The names of the reused values that are lit, those that are not, and how far blocks are faded."""
    shown = browser.run(
        "return [...document.querySelectorAll('.box[data-ref]')].map(e=>"
        "[e.dataset.ref,getComputedStyle(e).boxShadow!=='none'])")  # fmt: skip
    fades = browser.run("return [...document.querySelectorAll('.blk')].map(e=>+getComputedStyle(e).opacity)")
    return {r for r, on in shown if on}, {r for r, on in shown if not on}, fades


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_pointing_at_a_term_lights_its_definition_and_every_use(browser: Browser, folder: Path, script: bool) -> None:
    browser.open(folder / "chain.html", script=script)
    browser.tell("Emulation.setScriptExecutionDisabled", value=False)
    browser.run("document.querySelectorAll('.blk').forEach(b=>b.style.transition='none')")
    browser.point("a.box[data-ref=s2]")
    on, off, fades = lit(browser)
    assert on == {"s2"}
    assert off == {"s1", "s3"}
    assert min(fades) == pytest.approx(0.72)
    assert min(fades) >= 0.7
    defined = browser.run("return getComputedStyle(document.querySelector('.def[data-ref=s2]')).opacity")
    assert float(defined) == 1
    browser.away()
    assert lit(browser)[0] == set()


def test_focus_lights_as_the_mouse_does(browser: Browser, folder: Path) -> None:
    browser.open(folder / "chain.html")
    browser.away()
    browser.run("document.querySelector('a.box[data-ref=s3]').focus()")
    assert lit(browser)[0] == {"s3"}


def test_a_long_page_lights_by_script(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "long.html"
    sb.derive("-".join("1" * 41)).save(path)
    browser.open(path)
    browser.point("a.box[data-ref=s7]")
    assert lit(browser)[0] == {"s7"}
    browser.away()
    assert lit(browser)[0] == set()


# --- steps and copying


def state(browser: Browser) -> tuple[str, int, int]:
    """What the slider says, how many lines of the backward pass are hidden, and how many are marked as the present."""
    return tuple(browser.run(  # type: ignore[return-value]
        "const r=[...document.querySelectorAll('.sub:not(.fw,.still)>.row,.def>.row')];"
        "return [document.querySelector('.walk output').value,"
        "r.filter(e=>getComputedStyle(e).visibility==='hidden').length,document.querySelectorAll('.now').length]"))


def test_arrow_keys_and_the_slider_walk_the_backward_pass(browser: Browser, folder: Path) -> None:
    browser.open(folder / "chain.html")
    said, hidden, now = state(browser)
    last = int(said.split(" / ")[1])
    assert (said, hidden, now) == (f"{last} / {last}", 0, 0)
    browser.press("ArrowRight")
    assert state(browser) == (f"1 / {last}", last - 1, 1)
    browser.press("ArrowRight", "ArrowRight")
    assert state(browser) == (f"3 / {last}", last - 3, 1)
    browser.press("ArrowLeft")
    assert state(browser) == (f"2 / {last}", last - 2, 1)
    browser.run("const s=document.querySelector('.walk input');s.value=9;s.dispatchEvent(new Event('input'))")
    assert state(browser) == (f"9 / {last}", last - 9, 1)
    seen = browser.run("const r=document.querySelector('.now').getBoundingClientRect();"
                       "return r.top>=0&&r.bottom<=innerHeight")  # fmt: skip
    assert seen
    browser.press("Escape")
    assert state(browser) == (f"{last} / {last}", 0, 0)


def test_without_script_the_page_is_complete(browser: Browser, folder: Path) -> None:
    browser.open(folder / "chain.html", script=False)
    browser.tell("Emulation.setScriptExecutionDisabled", value=False)
    assert browser.run("return [...document.querySelectorAll('.row')].every(e=>e.offsetHeight>0)")
    assert browser.run("return ['.walk','.copy'].every(q=>document.querySelector(q).offsetHeight===0)")


def copied(browser: Browser, act: str) -> str:
    """What is put on the clipboard by an act of the reader."""
    script = ("(()=>{let t='';const f=e=>{t=e.clipboardData.getData('text/plain')};document.addEventListener('copy',f);"
              + act + ";document.removeEventListener('copy',f);return t})()")  # fmt: skip
    return str(browser.tell("Runtime.evaluate", expression=script, userGesture=True)["result"]["value"])


def test_every_line_is_copied_as_latex(browser: Browser, folder: Path) -> None:
    browser.open(folder / "chain.html")
    browser.point("#e5 .r")
    latex = browser.run("return document.querySelector('#e5').dataset.latex")
    assert copied(browser, "document.querySelector('#e5 .copy').click()") == latex
    assert r"\frac{\partial J}{\partial w^{[2]}}" in latex
    rows = "const s=getSelection();s.removeAllRanges();const r=document.createRange();r.setStartBefore(%s);" \
           "r.setEndAfter(%s);s.addRange(r);document.execCommand('copy')"
    both = copied(browser, rows % ("document.querySelector('#e2')", "document.querySelector('#e3')"))
    assert both.splitlines()[0].startswith(r"\frac{\partial J}{\partial w^{[3]}} = ")
    assert len(both.splitlines()) > 1
    prose = copied(browser, rows % ("document.querySelector('.summary')", "document.querySelector('.summary')"))
    assert "$w^{[3]}$" in prose
    assert "지금까지" in prose


# --- themes, phone, paper


@every
@pytest.mark.parametrize("wide", [360, 860])
def test_nothing_scrolls_sideways(browser: Browser, folder: Path, name: str, wide: int) -> None:
    browser.open(folder / f"{name}.html", wide=wide)
    browser.run("document.querySelectorAll('details').forEach(d=>d.open=true)")
    over = browser.run(
        "return [document.documentElement.scrollWidth,...[...document.querySelectorAll('.wide,.nest,.row,.def')]"
        ".filter(e=>e.scrollWidth>e.clientWidth+1&&e.clientWidth).map(e=>e.className+' '+e.scrollWidth+' '"
        "+(e.dataset.latex||'').slice(0,90))]")  # fmt: skip
    assert over == [wide]


def luminance(rgb: str) -> float:
    return sum(map(float, re.findall(r"[\d.]+", rgb)[:3])) / 3


def test_both_themes(browser: Browser, folder: Path) -> None:
    colours = []
    for dark in (False, True):
        browser.open(folder / "chain.html", dark=dark)
        colours.append([luminance(c) for c in browser.run(
            "const s=getComputedStyle(document.body);return [s.backgroundColor,s.color]")])  # fmt: skip
    (paper, ink), (night, chalk) = colours
    assert paper > 240 > 100 > ink
    assert night < 40 < 200 < chalk


def test_paper_shows_everything(browser: Browser, folder: Path) -> None:
    browser.open(folder / "chain.html")
    browser.press("ArrowRight")
    browser.media(kind="print")
    assert browser.run(
        "return [...document.querySelectorAll('.row')].every(e=>getComputedStyle(e).visibility==='visible')")
    assert browser.run("return document.querySelector('.walk').offsetHeight") == 0
    browser.media()
    made = base64.b64decode(browser.tell("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert made.startswith(b"%PDF")
    box = re.search(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", made)
    assert box
    assert [round(float(x)) for x in box.groups()] in ([595, 842], [596, 842])


# --- the font, weight and speed


def test_the_font_inside_holds_every_character_of_a_formula(browser: Browser, folder: Path) -> None:
    browser.open(folder / "chain.html")
    browser.driver.set_script_timeout(10)
    assert browser.driver.execute_async_script(
        "const done=arguments[0];document.fonts.ready.then(()=>done([...document.fonts].map(f=>f.family+f.status)))"
    ) == ['"STIX Two Math"loaded'] or browser.run("return [...document.fonts].map(f=>f.status)") == ["loaded"]
    measure = "w=(t,f)=>{c.font='40px \"STIX Two Math\",'+f;return c.measureText(t).width}"
    same = browser.run(
        f"const c=document.createElement('canvas').getContext('2d'),{measure};"
        "return arguments[0].filter(t=>w(t,'monospace')!==w(t,'serif'))", sorted(characters()))  # fmt: skip
    assert same == []


def test_the_chain_is_light_and_quick(browser: Browser, folder: Path) -> None:
    path = folder / "chain.html"
    assert path.stat().st_size < 300_000
    assert browser.cost(path) < 1


# --- accessibility


@needs_axe
@pytest.mark.parametrize("name", ["chain", "softmax", "brief"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(browser: Browser, folder: Path, name: str, dark: bool) -> None:
    browser.open(folder / f"{name}.html", dark=dark)
    assert browser.violations() == []


@needs_axe
def test_axe_is_awake(browser: Browser, folder: Path) -> None:
    browser.open(folder / "brief.html")
    browser.run("document.documentElement.removeAttribute('lang');document.querySelector('footer').style.color='#eee'")
    assert {line.split(":")[0] for line in browser.violations()} == {"html-has-lang", "color-contrast"}


# --- long pages, hostile words


def test_a_hundred_layers_are_written_and_shown_quickly(browser: Browser, tmp_path: Path) -> None:
    """In full. Seconds of the processor, and without the numeric check, which is timed elsewhere."""
    began = time.process_time()
    d = sb.derive("-".join("1" * 101))
    document = build(d.record, d.notation, Material(network="100 layers"), lang="en", form="scalar", level="full")
    path = tmp_path / "hundred.html"
    path.write_text(html(document), encoding="utf-8")
    assert time.process_time() - began < 3
    assert path.read_text(encoding="utf-8").count('class="long"') == 1
    assert browser.cost(path) < 2
    assert browser.run("return getComputedStyle(document.querySelector('main>.blk')).contentVisibility") == "auto"


def test_a_title_of_ten_thousand_characters_stays_on_the_page(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "hostile.html"
    d = sb.derive("1-1")
    title = "<script>document.title='run'</script>" + "w" * 10_000 + "שלום"
    document = build(d.record, d.notation, Material(title=title), lang="ko", form="scalar")
    path.write_text(html(document), encoding="utf-8")
    browser.open(path, wide=360)
    assert browser.run("return document.documentElement.scrollWidth") == 360
    assert browser.driver.title.startswith("<script>document.title='run'")
