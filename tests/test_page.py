"""The HTML page without a browser: its font, its formulas, its bytes, and what a user may have typed into it."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from functools import cache
from html import unescape
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from latex2mathml.converter import convert

import symbackprop as sb
from symbackprop.documents import blocks as b
from symbackprop.documents.font import data, face
from symbackprop.documents.html import html
from symbackprop.documents.script import SCRIPT, policy
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.report import Check, Report
from symbackprop.networks.kinds import KINDS, example_toml
from symbackprop.notation.characters import characters, italic
from tests.test_documents import NOTES, Material, Nesting, build, net, page, report
from tests.test_notation import CORE, _leaf_text

ROOT = Path(__file__).parent.parent
NETWORKS = ["1-1-1-1", "n0-n1-n2", "3-2:relu-2:softmax/ce", "n0-...-nL", "layernorm", "attention", "maxpool"]


@cache
def made(network: str, lang: b.Lang = "en", level: str = "full") -> str:
    what = sb.Network.from_toml(example_toml(KINDS[network].example)) if network in KINDS else network
    return sb.derive(what).document("html", lang=lang, form="all", level=level)[0]


# --- the font


def test_the_font_is_a_subset_with_its_table_of_mathematics_and_its_licence() -> None:
    tools = pytest.importorskip("fontTools.ttLib", reason="fonttools is not installed (pip install fonttools[woff])")
    font = tools.TTFont(BytesIO(data()))
    assert 52_000 < len(data()) < 90_000
    assert "MATH" in font
    assert font["MATH"].table.MathVariants.VertGlyphCount > 10
    assert {ord(c) for c in characters()} <= set(font.getBestCmap())
    assert "Open Font License" in font["name"].getDebugName(13)
    licence = (ROOT / "symbackprop/documents/fonts/OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "The STIX Fonts Project Authors" in licence


@pytest.mark.parametrize("network", NETWORKS)
def test_no_formula_holds_a_character_the_font_lacks(network: str) -> None:
    for fragment in maths(made(network)):
        for el in ElementTree.fromstring(fragment).iter():
            if el.tag in ("mi", "mn", "mo"):
                word = el.text or ""
                shown = {italic(word)} if el.tag == "mi" and len(word) == 1 else set(word)
                assert shown - {"\u2061", "\u2062", " "} <= characters(), fragment


def test_the_font_is_inside_and_nothing_is_loaded() -> None:
    shown = made("1-1-1-1")
    assert face() in shown
    assert f'content="{policy()}"' in shown
    assert shown.count("<script") == 1
    assert f"<script>{SCRIPT}</script>" in shown
    assert not re.search(r"\son\w+=", re.sub(r"<script>.*</script>", "", shown, flags=re.DOTALL))
    assert not re.search(r"(src|href)=\"(?!#)", shown)


def test_the_chain_is_light() -> None:
    page_, _ = sb.derive("1-1-1-1").document("html", lang="ko")
    assert len(page_.encode()) < 300_000


# --- formulas


def maths(shown: str) -> list[str]:
    return re.findall(r"<math.*?</math>", shown, re.DOTALL)


@pytest.mark.parametrize("network", NETWORKS)
def test_every_formula_is_mathml_core_and_is_said(network: str) -> None:
    for lang in b.LANGS:
        # the letters on the drawing are for the eye: the drawing as a whole has a name
        found = maths(re.sub(r"<b[^>]* aria-hidden=\"true\">.*?</b>", "", made(network, lang), flags=re.DOTALL))
        assert len(found) > 20
        for fragment in found:
            root = ElementTree.fromstring(fragment)
            assert {el.tag for el in root.iter()} <= CORE
            said = root.get("aria-label", "")
            assert said.strip(), fragment
            assert not re.search(r"[\[\]{}()=^_\\|]", said), said


@pytest.mark.parametrize("network", NETWORKS)
def test_what_is_copied_is_what_is_shown(network: str) -> None:
    """The leaves of each formula that carries its LaTeX, and those of that LaTeX taken through latex2mathml."""
    for fragment in dict.fromkeys(maths(made(network))):
        root = ElementTree.fromstring(fragment)
        latex = root.get("data-latex")
        if latex:
            other = convert(re.sub(r"\\cancel(?=\{)", "", latex))
            assert sorted(_leaf_text(fragment)) == sorted(_leaf_text(other)), latex


@pytest.mark.parametrize("network", NETWORKS)
def test_the_two_languages_share_every_formula(network: str) -> None:
    latex = [re.findall(r'data-latex="([^"]*)"', made(network, lang)) for lang in b.LANGS]
    shapes = [re.findall(r'<(?:div|h\d|table|details)(?: class="[^"]*")?', made(network, lang)) for lang in b.LANGS]
    assert shapes[0] == shapes[1]
    otherwise = [[re.sub(r"\\text\{[^}]*\}", "", line) for line in lines] for lines in latex]
    assert sorted(otherwise[0]) == sorted(otherwise[1])


def test_vanishing_terms_are_struck_through_with_the_reason() -> None:
    shown = made("n0-n1-n2")
    struck = [f for f in maths(shown) if 'class="gone"' in f]
    assert len(struck) >= 8
    assert r"\cancel{\delta_{i1} \cdot a^{[1]}_1}" in unescape(shown)
    assert "for the others" in shown
    normal = made("n0-n1-n2", level="normal")
    assert 0 < normal.count('class="gone"') < shown.count('class="gone"')


def test_levels_fold_and_open() -> None:
    brief, normal, full = (made("1-1-1-1", level=level) for level in ("brief", "normal", "full"))
    assert len(brief) < len(normal) < len(full)
    assert 'class="res"' not in brief
    assert "<details>" not in brief
    assert normal.count("<details>") == 3


# --- the table of checks


def test_a_failure_stands_in_its_row_in_words() -> None:
    checks = tuple(Check(name, target, (name, target) != ("difference", "dW[2]"), 0.5, 1e-6)  # type: ignore[arg-type]
                   for target in ("dW[3]", "dW[2]", "dz[1]") for name in ("difference", "complex-step"))  # fmt: skip
    material = Material(network="n0-n1-n2-n3", report=Report(checks))
    shown = html(build(net(), NOTES, material, lang="en", form="component"))
    table = shown[shown.index("Numeric check"):]
    rows = re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
    bad = [r for r in rows if "✗" in r]
    assert len([r for r in bad if "w^{[2]}" in r]) == 1
    assert "5.0e-01" in bad[0]
    assert "differs" in bad[0]
    assert not any("z^{[1]}" in r for r in rows), "what is not shown on the page has no row of its own"
    assert "z^{[1]}" in html(build(net(), NOTES, material, lang="en", form="component", level="full"))[
        shown.index("Numeric check"):]


def test_a_bound_is_printed_not_a_measure() -> None:
    one = html(page("en", "component"))
    material = Material(network="n0-n1-n2-n3", title="", command="symbackprop derive n0-n1-n2-n3", version="0",
                        report=Report(tuple(Check(c.name, c.target, True, 3e-13, c.bound) for c in report().checks)))
    two = html(build(net(), NOTES, material, lang="en", form="component"))
    cut = "Numeric check"
    assert one[one.index(cut):one.index("Not checked")][:2000] == two[two.index(cut):][:2000]


# --- bytes

SCRIPTED = """
import hashlib, symbackprop as sb
d = sb.derive("3-2:relu-2:softmax/ce")
print(hashlib.sha256(d.document("html", lang="ko", form="all", level="full")[0].encode()).hexdigest())
"""


def test_the_same_bytes_whatever_the_hash_seed_and_the_locale() -> None:
    runs = set()
    for seed, locale in (("1", "C"), ("2", "ko_KR.UTF-8")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "LANG": locale, "TZ": "Asia/Seoul"}
        runs.add(subprocess.run([sys.executable, "-c", SCRIPTED], cwd=ROOT, env=env, check=True, capture_output=True,
                                text=True).stdout)  # fmt: skip
    here = hashlib.sha256(made("3-2:relu-2:softmax/ce", "ko").encode()).hexdigest()
    assert runs == {here + "\n"}


# --- what a user typed

HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "tex": r"\input{/etc/passwd} \write18{ls} 50% & $x$ #1 ^_~ \\",
    "right to left": "שלום \u202eevil\u202c مرحبا",
    "Hangul and emoji": "역전파 유도 🎓👩‍🏫 é",
    "long": "가나다라 " * 2000,
    "one long word": "w" * 10_000,
    "quotes": "\"'`><!--]]></title></style></script>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_titles_are_harmless_and_legible(name: str) -> None:
    title = HOSTILE[name]
    shown = html(page("ko", "component", title=title))
    Nesting().check(shown)
    assert shown.count("<script") == 1
    assert "<img" not in shown
    assert "\u202e" not in shown
    heading = re.search(r"<h1>(.*?)</h1>", shown, re.DOTALL)
    assert heading
    legible = re.sub("[\u202a-\u202e]+", " ", title)
    assert unescape(heading[1]) == legible


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_in_a_network_file_are_words_or_refused(name: str) -> None:
    """A title, a layer's name and an axis' size from a file: shown as they are, or refused with a sentence."""
    typed = re.sub("[\u202a-\u202e]", "", HOSTILE[name])
    quoted = '"' + typed.replace("\\", r"\\").replace('"', r'\"') + '"'
    text = f'title = {quoted}\n[input]\nsize = 2\n[[layer]]\nkind = "dense"\nname = {quoted}\nsize = 2\n'
    try:
        network = sb.Network.from_toml(text)
    except SymbackpropError:
        network = sb.Network.from_toml(text.replace(f"name = {quoted}\n", ""))
    shown = sb.derive(network).document("html", lang="ko")[0]
    Nesting().check(shown)
    assert shown.count("<script") == 1
    assert "<img" not in shown
    for fragment in maths(shown):
        ElementTree.fromstring(fragment)
