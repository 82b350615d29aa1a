"""한글(HWP): the script of its equation editor. A reader of that script, by Hancom's tables, gives the leaves back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

import symbackprop as sb
from symbackprop.documents.blocks import Definition, Display, Document, Heading, Row, Rows, walk
from symbackprop.documents.hwp import hwp_lines, whole
from symbackprop.notation.formula import (
    Cases,
    Fenced,
    Formula,
    Frac,
    Ident,
    Num,
    Op,
    Sqrt,
    Sub,
    SubSup,
    Sup,
    Text,
    Under,
    UnderOver,
    fenced,
    rebuilt,
    row,
)
from symbackprop.notation.hwp import hwp
from symbackprop.notation.mathml import mathml
from symbackprop.pages import derivation_page

# what the editor shows for each word, typed from Hancom's document on equations (revision 1.3)
SHOWN = {
    "alpha": "α", "delta": "δ", "sigma": "σ", "mu": "μ", "varepsilon": "ε", "epsilon": "ϵ", "Sigma": "Σ", "phi": "ϕ",
    "Phi": "Φ", "lambda": "λ", "beta": "β", "gamma": "γ", "pi": "π", "partial": "∂", "prime": "′", "cdot": "·",
    "times": "×", "odot": "⊙", "otimes": "⊗", "circ": "∘", "leq": "≤", "geq": "≥", "neq": "≠", "approx": "≈",
    "larrow": "←", "rarrow": "→", "sum": "∑", "prod": "∏", "wedge": "∧", "vee": "∨", "lnot": "¬", "cdots": "⋯",
    "ldots": "…", "bullet": "•", "in": "∈", "inf": "∞", "lbrace": "{", "rbrace": "}", "-": "−", "ast": "*",
    "cases": "{",
}  # fmt: skip
FUNCTIONS = {"sin", "cos", "tan", "tanh", "log", "ln", "exp", "max", "min", "det"}
COMMANDS = {"over", "from", "to", "left", "right", "rm", "it", "bold", "sqrt", "underbrace", "atop"}
TOKEN = re.compile(r'"[^"]*"|[{}_^#&`~]|[A-Za-z]+|\d+(?:\.\d+)?|[^\s]')


def leaves(script: str) -> list[str]:
    """What the editor shows, piece by piece: letters one by one, a known word as its sign."""
    found: list[str] = []
    for token in TOKEN.findall(script):
        if token in COMMANDS or token in "{}_^#&`~":
            continue
        assert len(token) < 10 or token[0] == '"', f"{token}: a word is cut after nine letters"
        known = SHOWN.get(token)
        if known is None and token.isalpha() and token.isascii() and token not in FUNCTIONS:
            assert len(token) == 1, f"the editor does not know {token}"
        found.append(known or token.strip('"'))
    return found


def mathml_leaves(formula: Formula) -> list[str]:
    root = ElementTree.fromstring(mathml(formula))
    return [t for n in root.iter() if n.tag in ("mi", "mn", "mo", "mtext") and (t := (n.text or "").strip())]


def plain(formula: Formula) -> Formula:
    """Without shapes below the factors, for which the editor has no place, and with := for what defines."""

    def change(box: Formula) -> Formula:
        if isinstance(box, Under) and not isinstance(box.base, Op) and getattr(box.base, "kind", "") != "known":
            return box.base
        if isinstance(box, Op) and box.sign == "″":
            return row(Op("′"), Op("′"))
        return box

    return rebuilt(formula, change)


NETWORKS = [("1-1-1-1", "scalar"), ("2-2", "all"), ("3-2:relu-2:softmax/ce", "all"), ("2-1:gelu/huber", "component")]


@cache
def page(spec: str, form: str, lang: str = "ko") -> Document:
    return derivation_page(sb.derive(spec), lang=lang, form=form, level="full")[0]  # type: ignore[arg-type]


def formulas(document: Document) -> Iterator[Formula]:
    for block in walk(document.blocks):
        if isinstance(block, Rows | Definition):
            yield from (whole(r, r.left) for r in block.rows)
        if isinstance(block, Display):
            yield block.formula


@pytest.mark.parametrize(("spec", "form"), NETWORKS)
def test_the_editor_shows_what_the_page_shows(spec: str, form: str) -> None:
    for formula in formulas(page(spec, form)):
        shown = "".join(leaves(hwp(formula))).replace(":=", "≝").replace("T", "𝖳")
        expected = "".join(mathml_leaves(plain(formula))).replace("𝟏", "1").replace("T", "𝖳")
        assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", expected)


def _balanced(script: str) -> bool:
    depth = 0
    for token in TOKEN.findall(script):
        depth += (token == "{") - (token == "}")
        if depth < 0:
            return False
    tokens = TOKEN.findall(script)
    return depth == 0 and tokens.count("left") == tokens.count("right")


@pytest.mark.parametrize(("spec", "form"), NETWORKS)
def test_braces_and_brackets_close(spec: str, form: str) -> None:
    for formula in formulas(page(spec, form)):
        assert _balanced(hwp(formula)), hwp(formula)


L2 = Fenced(Num("2"), "[", "]")
EXPECTED = [
    (Frac(row(Ident("∂"), Ident("J")), row(Ident("∂"), Sup(Ident("w"), L2))),
     "{partial J} over {partial w ^{[2]}}"),
    (SubSup(Ident("z"), Ident("j"), L2), "z _{j} ^{[2]}"),
    (row(UnderOver(Op("∑", "prefix"), row(Ident("j"), Op("=", "tight"), Num("1")), Ident("n")), Ident("a")),
     "sum from {j = 1} to {n} a"),
    (fenced(Frac(Num("1"), Num("2"))), "left ( {1} over {2} right )"),
    (Sup(Ident("W"), Ident("𝖳")), "W ^{{rm T it}}"),
    (Ident("𝟏"), "{bold 1 it}"),
    (row(Ident("σ"), Op("′", "postfix"), Fenced(Ident("z"))), "sigma prime (z)"),
    (row(Ident("a"), Op("≝"), Ident("b"), Op("⊙"), Ident("c")), "a := b odot c"),
    (Sqrt(Ident("d")), "sqrt {d}"),
    (Cases(((Ident("z"), row(Ident("z"), Op(">"), Num("0"))), (Num("0"), Text("그 밖")))),
     'cases {z & z > 0 # 0 & {rm "그 밖" it}}'),
    (row(Op("−", "prefix"), Ident("log", True), Ident("a")), "- log a"),
    (Ident("Σ"), "Sigma"), (Ident("softplus"), '{rm "softplus" it}'),
    (Sup(Frac(Num("1"), Num("2")), Num("2")), "{{1} over {2}} ^{2}"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "script"), EXPECTED, ids=[s for _, s in EXPECTED])
def test_expected_scripts(formula: Formula, script: str) -> None:
    assert hwp(formula) == script


@pytest.mark.parametrize("word", ["over", "to}{", 'a"b', "x#y&z", "left", "{", "~`^_", "긴이름긴이름긴이름긴이름"])
def test_what_a_user_typed_is_no_command(word: str) -> None:
    for formula in (Text(word), Ident(word), Op(word), Sub(Ident("a"), Text(word))):
        quoted = re.findall(r'"([^"]*)"', hwp(formula))
        assert quoted == [word.replace('"', "''")]
        assert _balanced(hwp(formula))


def test_one_equation_a_line_with_its_number() -> None:
    document = page("1-1-1-1", "scalar")
    lines = hwp_lines(document).splitlines()
    numbered = [line.split("\t")[0] for line in lines if line.startswith("(")]
    rows = [r for b in walk(document.blocks) if isinstance(b, Rows | Definition) for r in b.rows]
    assert numbered == [f"({r.number})" for r in rows if r.number]
    equations = [line.split("\t") for line in lines if "\t" in line]
    assert len(equations) == len(rows) + sum(isinstance(b, Display) for b in walk(document.blocks))
    assert all(len(e) == 2 and not e[1].startswith(("=", ":=")) for e in equations), "a line has no left side"
    words = {b.words for b in walk(document.blocks) if isinstance(b, Heading)}
    assert {line for line in lines if line and "\t" not in line} <= words


def test_the_known_tail_is_joined_by_its_sign() -> None:
    tail = next(r for b in page("1-1-1-1", "scalar").blocks if isinstance(b, Rows) for r in b.rows
                if len(r.right) > 1 and type(r.right[-1]).__name__ == "Tail")  # fmt: skip
    assert hwp(whole(tail, tail.left)).count("cdot") == 2


def test_the_command_writes_it(tmp_path: Path) -> None:
    from symbackprop.cli import main

    for name, more in (("a.hwp.txt", []), ("b.txt", ["--format", "hwp"])):
        assert main(["derive", "1-1", "-o", str(tmp_path / name), *more]) == 0
        assert "{partial J} over {partial w ^{[1]}}" in (tmp_path / name).read_text(encoding="utf-8")


def test_same_lines_in_both_languages() -> None:
    ko, en = (hwp_lines(page("2-2", "all", lang)).splitlines() for lang in ("ko", "en"))
    formulas = [[line for line in lines if "\t" in line and '"' not in line] for lines in (ko, en)]
    assert formulas[0] == formulas[1]


def test_a_row_is_one_formula() -> None:
    from symbackprop.documents.blocks import Term

    line = Row((Term(Ident("a")), Term(Ident("b"), Op("·"))), Ident("c"))
    assert hwp(whole(line, line.left)) == "c = a cdot b"
