"""Documents: every block in every format, in both languages and all forms; the same bytes, no hostile character."""

from __future__ import annotations

import json
import os
import re
import string
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest
import sympy as sp

from symbackprop.calculus.derive import derive
from symbackprop.documents import blocks as b
from symbackprop.documents import html as html_room
from symbackprop.documents import markdown as markdown_room
from symbackprop.documents import plain as plain_room
from symbackprop.documents import tex as tex_room
from symbackprop.documents.build import FORMS, Level, Material, PageForm, build
from symbackprop.documents.catalogue import SENTENCES, say
from symbackprop.documents.data import derivation_json
from symbackprop.documents.lines import broken, columns, filled, width
from symbackprop.documents.plain import COLUMNS
from symbackprop.documents.save import write_whole
from symbackprop.forms.counting import count
from symbackprop.forms.matrix import matrix_form
from symbackprop.forms.scalar import scalar_program
from symbackprop.language.derivation import Derivation
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.report import Check, Report
from symbackprop.notation.formula import Ident, Num, Op, row
from symbackprop.notation.plain import text
from symbackprop.notation.profiles import NOTATIONS
from tests.networks import J, perceptron

NOTES = NOTATIONS["notes"]
RENDERERS: dict[str, Callable[[b.Document], str]] = {
    "html": html_room.html, "tex": tex_room.tex, "md": markdown_room.markdown, "text": plain_room.plain,
}  # fmt: skip
HOSTILE = r"""<script>alert(1)</script> \input{/etc/passwd} \write18{ls} %&$#_^~{} "q" 'r' `c` [a](b) 역전파 🎓 é """
HOSTILE += "\x00\u202e"
SYMBOLIC = sp.symbols("n0:4", integer=True, positive=True)


@cache
def chain(layers: int = 3) -> Derivation:
    return derive(scalar_program(perceptron(*[1] * (layers + 1)), keep=None), J, None, NOTES)


@cache
def net() -> Derivation:
    return derive(perceptron(*SYMBOLIC), J, None, NOTES)


def report(bad: str = "") -> Report:
    targets = ("dW[3]", "dW[2]")
    return Report(tuple(Check(name, t, t != bad, 0.5 if t == bad else 1e-12, 1e-9, "at x = <3>" if t == bad else "")
                        for t in targets for name in ("replay", "difference")), ("oracle: too deep",))  # type: ignore[arg-type]


@cache
def page(lang: b.Lang, form: PageForm, level: Level = "normal", title: str = "", bad: str = "") -> b.Document:
    material = Material(network="n0-n1-n2-n3", title=title, command="symbackprop derive n0-n1-n2-n3", version="0",
                        scalar=chain(), counts=count(net()), report=report(bad))  # fmt: skip
    return build(net(), NOTES, material, lang=lang, form=form, level=level)


def everything(form: str) -> Iterator[tuple[b.Lang, PageForm]]:
    yield from ((lang, f) for lang in b.LANGS for f in FORMS if form in (f, ""))


PAGES = [pytest.param(lang, form, id=f"{lang}-{form}") for lang, form in everything("")]


def rows_of(document: b.Document) -> list[b.Row]:
    return [r for x in b.walk(document.blocks) if isinstance(x, b.Rows | b.Definition) for r in x.rows]


# --- the catalogue


def test_both_languages_have_the_same_keys_and_slots() -> None:
    assert set(SENTENCES["ko"]) == set(SENTENCES["en"])
    for key in SENTENCES["ko"]:
        slots = [{f for _, f, _, _ in string.Formatter().parse(SENTENCES[lang][key]) if f} for lang in b.LANGS]
        assert slots[0] == slots[1], key


def test_no_korean_particle_depends_on_how_a_formula_is_read() -> None:
    for key, sentence in SENTENCES["ko"].items():
        assert not re.search(r"\{\w+\}(은|는|이|가|을|를|와|과|로|으로)(?![가-힣])", sentence), key


def test_a_sentence_keeps_formulas_and_what_stands_out_apart() -> None:
    spans = say("ko", "summary.factors", new=2, known=1)
    assert [s.words for s in spans if isinstance(s, b.Strong)] == ["새로 계산한 인자 2개", "앞에서 계산한 값 1개"]


# --- every page


@pytest.mark.parametrize(("lang", "form"), PAGES)
@pytest.mark.parametrize("made", RENDERERS)
def test_every_page_prints_in_every_format(lang: b.Lang, form: PageForm, made: str) -> None:
    document = page(lang, form)
    shown = RENDERERS[made](document)
    assert shown.endswith("\n")
    assert not re.search("[\ue000-\uf8ff]", shown), "a hole of a template was left unfilled"
    assert "None" not in shown
    assert shown == RENDERERS[made](document)


def test_every_block_has_a_print_in_every_format() -> None:
    kinds = set(get_args(b.Block))
    for room in (html_room, tex_room, markdown_room, plain_room):
        assert set(room._PRINT) == kinds, room.__name__


@pytest.mark.parametrize(("lang", "form"), PAGES)
def test_every_number_is_defined_once_before_it_is_referred_to(lang: b.Lang, form: PageForm) -> None:
    seen: list[int] = []

    def refer(inline: b.Inline) -> None:
        assert all(s.number in seen for s in inline if isinstance(s, b.Ref))

    for block in b.walk(page(lang, form).blocks):
        for r in block.rows if isinstance(block, b.Rows | b.Definition) else ():
            for piece in r.right:
                refer(piece.caption if isinstance(piece, b.Tail) else ())
            refer((*r.remark, *r.why))
            seen += [r.number] if r.number is not None else []
        refer(getattr(block, "inline", ()))
        for cells in block.rows if isinstance(block, b.Table) else ():
            for cell in cells:
                refer(cell.inline)
    assert seen == list(range(1, len(seen) + 1))


@pytest.mark.parametrize(("lang", "form"), PAGES)
def test_every_reused_term_is_defined_before_its_use(lang: b.Lang, form: PageForm) -> None:
    document = page(lang, form)
    known: set[str] = set()
    for r in rows_of(document):
        used = {t.reuse for t in b.terms_of(r.right) if t.reuse}
        used |= {p.reuse for p in r.right if isinstance(p, b.Tail)}
        assert used <= known
        known |= {r.defines} - {""}
    assert known == set(document.refs)


@pytest.mark.parametrize(("lang", "form"), PAGES)
def test_mathml_of_the_page_is_well_formed_and_the_page_nests(lang: b.Lang, form: PageForm) -> None:
    shown = html_room.html(page(lang, form))
    for fragment in re.findall(r"<math.*?</math>", shown, re.DOTALL):
        ElementTree.fromstring(fragment)
    Nesting().check(shown)
    ids = re.findall(r' id="(\w+)"', shown)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#(\w+)"', shown)) <= set(ids)
    assert f'lang="{lang}"' in shown
    assert "http" not in shown.replace("http-equiv", ""), "the page is offline"


class Nesting(HTMLParser):
    """Every element is closed, in order."""

    VOID = frozenset({"meta", "br", "mspace"})

    def check(self, shown: str) -> None:
        self.open: list[str] = []
        self.feed(shown)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None: ...

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize(("lang", "form"), PAGES)
def test_text_fits_a_terminal(lang: b.Lang, form: PageForm) -> None:
    long = [line for line in plain_room.plain(page(lang, form)).splitlines() if columns(line) > COLUMNS]
    assert not long


def test_levels_say_less_and_more() -> None:
    sizes = [len(plain_room.plain(page("en", "component", level))) for level in ("brief", "normal", "full")]
    assert sizes[0] < sizes[1] < sizes[2]


# --- the notes' chain


def chain_page() -> b.Document:
    return build(chain(), NOTES, Material(network="1-1-1-1"), lang="ko", form="scalar")


def test_the_chain_grows_by_two_factors_a_layer_and_its_tail_is_known() -> None:
    paths = [r for r in rows_of(chain_page()) if r.label == SENTENCES["ko"]["row.chain"] and "w" in text(r.left)]  # type: ignore[arg-type]
    assert [sum(1 for _ in b.terms_of(r.right)) for r in paths] == [3, 5, 7]
    tails = [p for r in paths for p in r.right if isinstance(p, b.Tail)]
    assert [len(t.terms) for t in tails] == [1, 3, 5]
    assert [t.terms[-1].role for t in tails] == ["손실"] * 3
    assert [t.role for t in b.terms_of(paths[0].right)] == ["선형식", "시그모이드", "손실"]


def test_results_keep_the_factor_one_of_a_bias() -> None:
    result = next(r for r in rows_of(chain_page()) if r.boxed and "b" in text(r.left))  # type: ignore[arg-type]
    assert text(result.right[0].formula) == "1"  # type: ignore[union-attr]


def test_each_layer_closes_with_its_sentence() -> None:
    shown = plain_room.plain(chain_page()).replace("\n", " ")
    assert shown.count("지금까지") == 3
    assert "경로의 인자 7개 가운데 5개가 이미 계산되어 있었습니다." in shown


def test_values_stand_beside_the_lines() -> None:
    values = {"a[0]": 0.5, "y": 1.0, "W[1]": 0.4, "b[1]": 0.1, "z[1]": 0.3, "a[1]": 0.57444}
    page_ = build(chain(1), NOTES, Material(values=values), lang="en", form="scalar")
    z = next(r for r in rows_of(page_) if r.value)
    assert (z.value, text(z.worked)) == ("0.30000", "0.4 · 0.5 + 0.1")  # type: ignore[arg-type]
    assert "0.24446" in html_room.html(page_), "σ'(z) = a(1 − a) at these values"


# --- matrices and failures


def test_matrices_say_where_the_transpose_comes_from() -> None:
    shown = plain_room.plain(page("ko", "matrix"))
    assert "전치" in shown
    assert "외적" in shown
    assert "da[2] ≝ (W[3])ᵀ" in shown


def test_a_failed_check_is_shown_at_the_top_and_in_place() -> None:
    shown = html_room.html(page("en", "component", bad="dW[2]"))
    assert shown.index("Do not use") < shown.index("<h2>")
    assert "fails its check" in shown
    assert "at x = &lt;3&gt;" in shown
    assert "Do not use" not in html_room.html(page("en", "component"))


# --- what a user types


@pytest.mark.parametrize("lang", b.LANGS)
def test_hostile_titles_are_words(lang: b.Lang) -> None:
    document = page(lang, "component", title=HOSTILE)
    page_, latex = html_room.html(document), tex_room.tex(document)
    assert "<script>alert" not in page_
    assert "&lt;script&gt;" in page_
    assert r"\input" not in latex
    assert r"\write18" not in latex
    assert r"\textbackslash{}input\{" in latex
    assert "\x00" not in page_ + latex + plain_room.plain(document)
    assert "<script>" not in markdown_room.markdown(document)
    assert "역전파" in latex
    assert r"\usepackage{kotex}" in latex


# --- lines


def test_lines_are_broken_at_operators_only() -> None:
    formula = row(Ident("a"), Op("+"), Ident("b"), Op("·"), Ident("c"), Op("="), Num("1"))
    assert [text(t.formula) for t in broken(formula)] == ["a", "b · c", "1"]
    assert sum(len(line) for line in filled(broken(formula), 3.0)) == 3
    assert width(row(formula, formula)) > width(formula)


# --- json


def test_json_follows_the_interface() -> None:
    made = json.loads(derivation_json(net(), NOTES, lambda c: matrix_form(net(), c, NOTES), count(net()),
                                      network="n0-n1-n2-n3", lang="en", degenerate=False))  # fmt: skip
    assert list(made) == ["network", "notation", "forward", "backward", "reuse", "assumptions"]
    assert {g["name"] for g in made["backward"]} >= {f"d{x}[{k}]" for x in ("z", "a", "W", "b") for k in (1, 2, 3)}
    for g in made["backward"]:
        assert set(g) == {"name", "of", "scalar", "component", "matrix", "uses", "steps", "matrix_steps"}
        assert g["steps"][-1]["after"] == g["component"]
        assert g["uses"] == g["steps"][-1]["uses"]
        assert all(x["after"] == y["before"] for x, y in zip(g["steps"], g["steps"][1:], strict=False))


# --- bytes and files

SCRIPT = """
import hashlib
from tests.test_documents import RENDERERS, page
print([hashlib.sha256(r(page("ko", "all")).encode()).hexdigest() for r in RENDERERS.values()])
"""


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    root = Path(__file__).parent.parent
    runs = {subprocess.run([sys.executable, "-c", SCRIPT], cwd=root, env={**os.environ, "PYTHONHASHSEED": seed},
                           check=True, capture_output=True, text=True).stdout for seed in ("1", "2")}  # fmt: skip
    assert len(runs) == 1


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    write_whole(target, "one")
    write_whole(target, "둘")
    assert target.read_text(encoding="utf-8") == "둘"
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]
    with pytest.raises(SymbackpropError, match="folder"):
        write_whole(tmp_path, "x")
    with pytest.raises(SymbackpropError, match="no folder"):
        write_whole(tmp_path / "none" / "page.html", "x")
    with pytest.raises(UnicodeEncodeError):
        write_whole(target, "\ud800")
    assert target.read_text(encoding="utf-8") == "둘"
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


def test_a_deep_chain_costs_a_little_a_layer() -> None:
    document = build(chain(60), NOTES, Material(), lang="en", form="scalar")
    short = build(chain(30), NOTES, Material(), lang="en", form="scalar")
    assert len(tex_room.tex(document)) < 2.3 * len(tex_room.tex(short))
