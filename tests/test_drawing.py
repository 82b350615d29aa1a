"""The drawing of a network: one set of coordinates, nothing over anything, every size, the same bytes each time."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html import unescape
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest
import sympy as sp

import symbackprop as sb
from symbackprop.documents.blocks import Document, Picture
from symbackprop.documents.build import Material, _scenes
from symbackprop.documents.dependence import graph, layers_only, without_detours
from symbackprop.documents.drawing import WIDEST, Disc, Drawing, Frame, Mark, Stroke
from symbackprop.documents.html import html
from symbackprop.documents.layers import levels
from symbackprop.documents.picture import picture
from symbackprop.documents.plain import plain
from symbackprop.documents.tex import tex
from symbackprop.networks.catalogue import catalogue
from symbackprop.notation.latex import latex

SPECS = ["1-1-1-1", "1-1", "2-3-2", "6-6-6-6", "7-3-2", "784-128:relu-10:softmax/ce", "n0-n1-n2-n3", "n0-...-nL",
         "1-...-1", "-".join(["1"] * 101), "-".join(["3"] * 30), "2-2-2"]  # fmt: skip
def network(source: str, batch: str = "none") -> sb.Network:
    made = sb.Network.from_toml(source) if "\n" in source or source.endswith(".toml") else sb.Network(source)
    return made.with_batch(batch) if batch != "none" else made  # type: ignore[arg-type]


def drawn(source: str, lang: str = "ko", notation: str = "notes", batch: str = "none") -> Picture:
    return drawn_of(network(source, batch), lang, notation)


def drawn_of(net: sb.Network, lang: str = "ko", notation: str = "notes") -> Picture:
    d = sb.derive(net, notation=notation)
    form = "scalar" if d.is_scalar else "component"
    (scene,) = _scenes(d.record, d.notation, Material(), lang, form, "normal")  # type: ignore[arg-type]
    (found,) = picture(scene)
    return found


def page(found: Picture, lang: str = "ko") -> Document:
    refs = tuple(dict.fromkeys(m.ref for m in found.drawing.marks() if m.ref))
    return Document(lang, "t", (found,), refs)  # type: ignore[arg-type]


def examples() -> dict[str, str]:
    return {row["kind"]: row["example_toml"] for row in catalogue() if row["example_toml"]}


def nodes(d: Drawing) -> list[Disc | Frame]:
    return [s for s in d.shapes if isinstance(s, Disc | Frame)]


def disjoint(d: Drawing) -> bool:
    return all(a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
               for a, b in combinations([n.box for n in nodes(d)], 2))


@pytest.mark.parametrize("source", SPECS)
def test_every_size_is_drawn_within_the_page(source: str) -> None:
    d = drawn(source).drawing
    assert 0 < d.wide <= WIDEST + 1
    assert 0 < d.high < 480
    assert disjoint(d)
    assert all(n.box[0] >= 0 and n.box[2] <= d.wide + 0.1 and n.box[1] >= 0 and n.box[3] <= d.high for n in nodes(d))
    assert all(0 <= x <= d.wide + 0.1 and 0 <= y <= d.high for s in d.shapes if isinstance(s, Stroke) for x, y in s.tip)


@pytest.mark.parametrize("kind", sorted(examples()))
def test_every_kind_of_layer_is_drawn(kind: str) -> None:
    d = drawn(examples()[kind]).drawing
    assert disjoint(d)
    assert 0 < d.wide <= WIDEST + 1
    names = [latex(m.formula) for m in d.marks() if m.size in ("node", "small", "arrow")]
    assert "J" in names


# --- the two prints


def circles(text: str) -> list[tuple[float, ...]]:
    found = re.findall(r'<circle cx="([-.\d]+)" cy="([-.\d]+)" r="([-.\d]+)"', text)
    return [tuple(map(float, f)) for f in found]


def tikz_circles(text: str) -> list[tuple[float, ...]]:
    found = re.findall(r"\\draw.*? \(([-.\d]+),([-.\d]+)\) circle\[radius=([-.\d]+)pt\]", text)
    return [(float(x), float(y), float(r) / 0.75) for x, y, r in found]


def numbers(text: str) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text)]


@pytest.mark.parametrize("source", ["1-1-1-1", "2-3-2", "n0-...-nL", "lstm", "transformer_block"])
def test_svg_and_tikz_have_the_same_coordinates(source: str) -> None:
    document = page(drawn(examples().get(source, source)))
    svg, tikz = html(document), tex(document)
    assert circles(svg) == tikz_circles(tikz)
    lines = [numbers(d) for d in re.findall(r'<path[^>]* d="([^"]*)"', svg)]
    drawn_lines = [line for line in tikz.splitlines() if (line.startswith(("\\draw", "\\fill")) and " -- " in line)
                   or ".. controls" in line]  # fmt: skip
    assert lines == [numbers(line[line.index("]"):]) for line in drawn_lines]
    wide, high = numbers(re.findall(r'viewBox="([^"]*)"', svg)[0])[2:]
    places = re.findall(r'<b[^>]*style="left:([.\d]+)%;top:([.\d]+)%"', svg)
    labels = re.findall(r"\\node\[.*?\] at \(([-.\d]+),([-.\d]+)\)", tikz)
    assert len(places) == len(labels) > 0
    for (left, top), (x, y) in zip(places, labels, strict=True):
        assert float(left) * wide / 100 == pytest.approx(float(x), abs=0.02)
        assert float(top) * high / 100 == pytest.approx(float(y), abs=0.02)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_picture_has_a_name_for_who_cannot_see_it(lang: str) -> None:
    found = drawn("1-1-1-1", lang)
    (svg,) = re.findall(r"<svg.*?</svg>", html(page(found, lang)), re.DOTALL)
    root = ElementTree.fromstring(svg)
    assert root.attrib["role"] == "img"
    name = root.attrib["aria-label"]
    assert name == root.find("title").text  # type: ignore[union-attr]
    assert ("신경망" if lang == "ko" else "network") in name
    assert re.search("a.*1.*a.*2.*a.*3.*J", name)
    assert "a[0] → a[1] → a[2] → a[3] → J" in plain(page(found, lang))


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", r"\\input{x}%&$#", "x\"><b>", "가중치", "\u202eevil"])
def test_what_a_user_typed_is_text_in_every_print(name: str) -> None:
    w, x, a, y, j = (sp.Symbol(n) for n in (name, "x", "a", "y", "J"))
    net = sb.Network.from_sympy([sp.Eq(a, w * x), sp.Eq(j, (a - y) ** 2)], loss=j, wrt=[w])
    found = drawn_of(net)
    shown = html(page(found))
    assert name not in shown or name.isalpha()
    ElementTree.fromstring(re.findall(r"<figure.*?</figure>", shown, re.DOTALL)[0])
    assert r"\input" not in tex(page(found))
    assert "\u202e" not in shown + tex(page(found))
    assert unescape(shown).count("<script>") == 1 + (name.count("<script>"))


def test_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    (tmp_path / "net.toml").write_text(examples()["transformer_block"], encoding="utf-8")
    (tmp_path / "cell.toml").write_text(examples()["lstm"], encoding="utf-8")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import test_drawing as t; from pathlib import Path\n"
        "for s in ['2-3-2', *(Path(p).read_text() for p in sys.argv[2:])]:\n"
        "    p = t.page(t.drawn(s)); print(t.html(p), t.tex(p))"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent), *map(str, sorted(tmp_path.iterdir()))]
    runs = {
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in ("1", "2", "77")
    }
    assert len(runs) == 1


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("source", ["2-3-2", "n0-...-nL", "lstm"])
def test_the_tikz_compiles(source: str, tmp_path: Path) -> None:
    (tmp_path / "net.tex").write_text(tex(page(drawn(examples().get(source, source), "en"), "en")), encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "net.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
    assert "Missing character" not in done.stdout


# --- what is drawn


def test_few_neurons_stand_in_full_and_of_many_dots() -> None:
    full = drawn("6-5-6").drawing
    assert sum(isinstance(s, Disc) for s in full.shapes) == 6 + 5 + 6 + 1
    assert sum(isinstance(s, Stroke) and not s.head for s in full.shapes) == 30 + 30 + 6
    many = drawn("784-7-6").drawing
    assert sum(isinstance(s, Disc) for s in many.shapes) == 3 + 3 + 6 + 1
    assert {"784", "7"} <= {latex(m.formula) for m in many.marks()}


def test_of_a_hundred_layers_the_first_and_the_last_two_are_drawn() -> None:
    one = drawn("-".join(["1"] * 101)).drawing
    names = [latex(m.formula) for m in one.marks() if m.size == "node"]
    assert names == ["a^{[0]}", "a^{[1]}", "a^{[99]}", "a^{[100]}", "J"]


def test_one_weight_is_marked_and_what_it_moves() -> None:
    found = drawn("3-3-2").drawing
    (weight,) = [m for m in found.marks() if m.boxed]
    assert latex(weight.formula) == "w^{[1]}_{21}"
    moved = {(s.x, s.y) for s in found.shapes if isinstance(s, Disc) and s.tone == "moved"}
    names = {latex(m.formula) for m in found.marks() if (m.x, m.y) in moved}
    assert names == {"a^{[1]}_2", "a^{[2]}_1", "a^{[2]}_2", "J"}
    assert latex(next(m for m in drawn("n0-n1-n2").drawing.marks() if m.boxed).formula) == "w^{[1]}_{ji}"
    assert not any(m.boxed for m in drawn("1-1-1-1").drawing.marks())


def test_a_layer_that_works_entry_by_entry_has_one_line_a_neuron() -> None:
    square = 'loss = "sse"\n[input]\nsize = 3\n[[layer]]\nname = "square"\nformulas = ["h[j] = c[j]*x[j]^2"]\n'
    found = drawn(square).drawing
    assert sum(isinstance(s, Stroke) and not s.head for s in found.shapes) == 3 + 3


def test_what_comes_back_has_the_colour_and_the_link_of_the_page() -> None:
    d = sb.derive("1-1-1-1")
    shown, _ = d.document("html", lang="ko", form=None, level="normal", values=None, command=None)
    figure = re.findall(r"<figure.*?</figure>", shown, re.DOTALL)[0]
    links = re.findall(r'<a class="box" data-ref="(\w+)" href="#e(\d+)"', figure)
    assert sorted(links) == [("s1", "1"), ("s2", "4"), ("s3", "7")]
    arrows = set(re.findall(r'<path class="ref" data-ref="(\w+)"', figure))
    assert arrows == {ref for ref, _ in links}
    for ref, number in links:
        assert f'id="e{number}"' in shown
        assert f'class="blk def" data-ref="{ref}"' in shown
    brief, _ = d.document("html", lang="ko", form=None, level="brief", values=None, command=None)
    assert "<figure" not in brief
    assert ".net svg" in shown
    assert ".net svg" not in brief


def test_another_notation_names_what_it_reuses() -> None:
    names = {latex(m.formula) for m in drawn("2-3-2", notation="ng").drawing.marks() if m.ref}
    assert len(names) == 2
    assert all("z" in name for name in names)


def test_a_network_in_sympy_is_drawn_in_its_own_symbols() -> None:
    w, v, b, x, z, a, y, j = sp.symbols("w v b x z a y J")
    equations = [sp.Eq(z, w * x + b), sp.Eq(a, 1 / (1 + sp.exp(-z))), sp.Eq(y, v * a), sp.Eq(j, y**2 / 2)]
    found = drawn_of(sb.Network.from_sympy(equations, loss=j, wrt=[w, b, v]))
    assert latex(found.drawing.path) == r"x \rightarrow a \rightarrow y \rightarrow J"
    alone = sb.derive(sb.Network.from_sympy([sp.Eq(j, (w - 2) ** 2)], loss=j, wrt=[w]))
    shown, _ = alone.document("html", lang="ko", form=None, level="normal", values=None, command=None)
    assert "<figure" not in shown


def test_branches_are_drawn_and_a_skip_passes_by() -> None:
    d = drawn(examples()["residual"]).drawing
    longest = max((s for s in d.shapes if isinstance(s, Stroke)), key=lambda s: s.end[0] - s.start[0])
    frames = [n for n in nodes(d) if longest.start[0] < n.x < longest.end[0]]
    assert len(frames) == 2
    for n in frames:
        passes = [y for *_, x, y in longest.segments if n.box[0] - 4 <= x <= n.box[2] + 4]
        assert len(passes) == 2  # where it comes over the box, and where it leaves
        assert max(passes) < n.box[1]


@pytest.mark.parametrize("kind", ["transformer_block", "lstm", "layernorm"])
def test_fewer_nodes_depend_on_each_other_as_before(kind: str) -> None:
    whole = graph(network(examples()[kind]).program, 50)
    for less in (without_detours(whole), layers_only(whole)):
        kept = {n.key for n in less.nodes}
        assert all((a, b) in less.edges for a, b in whole.edges if a in kept and b in kept)
        assert all(levels(less)[a] < levels(less)[b] for a, b in less.edges)
    assert len(without_detours(whole).nodes) == len(whole.nodes) - {"transformer_block": 4, "layernorm": 2}.get(kind, 0)


def test_labels_do_not_stand_over_each_other() -> None:
    for source in ("1-1-1-1", "2-3-2", examples()["attention"]):
        places = [(m.x, m.y) for m in drawn(source).drawing.marks() if isinstance(m, Mark)]
        assert all(abs(x - u) > 12 or abs(y - v) > 12 for (x, y), (u, v) in combinations(places, 2))
