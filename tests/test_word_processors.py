"""Copying a line of the page for word processors: the script of 한글 (HWP), and MathML that Word takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

import symbackprop as sb
from symbackprop.documents.blocks import Definition, Display, Document, Rows, walk
from symbackprop.documents.html import html
from symbackprop.documents.hwp import equation_hwp, whole
from symbackprop.documents.slides import slides
from symbackprop.notation.formula import unmarked
from symbackprop.notation.hwp import hwp
from symbackprop.notation.mathml import NAMESPACE, mathml
from symbackprop.pages import derivation_page
from tests.browser import Browser, missing

needs_browser = pytest.mark.skipif(bool(missing()), reason=missing() or "there is a browser")
# what MathML 3 has, which is what Word knows
ELEMENTS = {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msup", "msub", "msubsup", "munder", "mover",
            "munderover", "msqrt", "mtable", "mtr", "mtd", "mpadded"}  # fmt: skip
ATTRIBUTES = {"display", "stretchy", "form", "lspace", "rspace", "width", "height", "style", "class"}


@cache
def page() -> Document:
    return derivation_page(sb.derive("2-1:relu"), lang="ko", form="all")[0]


def leaves(root: ElementTree.Element) -> list[str]:
    """Letters, numbers and signs; the scalar product of the page is set with the dot operator."""
    found = [(n.text or "").strip() for n in root.iter() if n.tag.split("}")[-1] in ("mi", "mn", "mo", "mtext")]
    return [t.replace("⋅", "·") for t in found if t]


def test_every_line_carries_its_script() -> None:
    written = re.findall(r'data-hwp="([^"]*)"', html(page()))
    rows = [equation_hwp(r) for b in walk(page().blocks) if isinstance(b, Rows | Definition) for r in b.rows]
    nests = [hwp(b.formula) for b in walk(page().blocks) if isinstance(b, Display)]
    assert sorted(w.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&").replace("&quot;", '"')
                  for w in written) == sorted(rows + nests)  # fmt: skip
    assert 'data-as="hwp"' in slides(page())


def test_the_file_of_mathml_has_its_namespace_and_nothing_of_ours() -> None:
    lines = sb.derive("2-2:softmax/ce").document("mathml")[0].splitlines()
    assert lines
    for line in lines:
        root = ElementTree.fromstring(line)
        assert root.tag == f"{{{NAMESPACE}}}math"
        assert {n.tag.removeprefix(f"{{{NAMESPACE}}}") for n in root.iter()} <= ELEMENTS
        assert {a for n in root.iter() for a in n.attrib} <= ATTRIBUTES


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = tmp_path_factory.mktemp("copied") / "page.html"
    path.write_text(html(page()), encoding="utf-8")
    made = Browser()
    made.open(Path(path))
    yield made
    made.quit()


def copied(browser: Browser, row: str, kind: str) -> str:
    """What is on the clipboard after the button of a line is pressed, with the mouse: a script may not copy."""
    browser.point(f"{row} .r")
    browser.run("window.got='';if(!window.reads){window.reads=1;document.addEventListener('copy',"
                "e=>{window.got=e.clipboardData.getData('text/plain')})}")  # fmt: skip
    browser.point(f"{row} [data-as={kind}]")
    x, y = browser.run(f"const r=document.querySelector('{row} [data-as={kind}]').getBoundingClientRect();"
                       "return [r.x+r.width/2,r.y+r.height/2]")  # fmt: skip
    for event in ("mousePressed", "mouseReleased"):
        browser.tell("Input.dispatchMouseEvent", type=event, x=x, y=y, button="left", clickCount=1)
    return str(browser.run("return window.got"))


def numbered() -> list[int]:
    return [r.number for b in page().blocks if isinstance(b, Rows | Definition) for r in b.rows if r.number]


@needs_browser
def test_a_line_is_copied_for_hwp(browser: Browser) -> None:
    rows = {r.number: r for b in page().blocks if isinstance(b, Rows | Definition) for r in b.rows}
    for number in numbered()[:3]:
        assert copied(browser, f"#e{number}", "hwp") == equation_hwp(rows[number])


@needs_browser
def test_a_line_is_copied_as_one_formula_of_mathml(browser: Browser) -> None:
    """The leaves are those of the line in one piece; no role, caption, class or number is among them."""
    rows = {r.number: r for b in page().blocks if isinstance(b, Rows | Definition) for r in b.rows}
    for number in numbered():
        root = ElementTree.fromstring(copied(browser, f"#e{number}", "mathml"))
        assert root.tag == f"{{{NAMESPACE}}}math"
        assert {n.tag.removeprefix(f"{{{NAMESPACE}}}") for n in root.iter()} <= ELEMENTS
        assert {a for n in root.iter() for a in n.attrib} <= ATTRIBUTES - {"style", "class"}
        line = whole(rows[number], rows[number].left)
        assert leaves(root) == leaves(ElementTree.fromstring(mathml(unmarked(line))))


@needs_browser
def test_the_path_with_its_known_tail_is_copied_without_the_caption(browser: Browser) -> None:
    shown = browser.run(
        "const r=document.querySelector('.row:has(.grp)');r.id='path';"
        "return r.querySelectorAll('.r math').length-r.querySelectorAll('.lab math').length")  # fmt: skip
    root = ElementTree.fromstring(copied(browser, "#path", "mathml"))
    assert leaves(root).count("·") == shown - 1
    assert "←" not in leaves(root)
