"""Plots: the numbers against other ways to get them, the files the same each time, what is missing said."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import sympy as sp

import symbackprop as sb
from symbackprop import plots
from symbackprop.cli import main
from symbackprop.forms.counting import count, growth
from symbackprop.forms.paths import reaches
from symbackprop.language.errors import SymbackpropError
from symbackprop.measures import DEPTH, measured
from symbackprop.numeric.given import from_seed

CHAIN = "1-1-1-1-1"


# --- numbers


def test_the_path_grows_by_two_factors_a_layer_and_two_are_new() -> None:
    found = reaches(sb.derive(CHAIN).record)
    assert [(r.layer, r.new, r.reused) for r in found] == [(4, 2, 1), (3, 2, 3), (2, 2, 5), (1, 2, 7)]


def test_the_factors_are_those_of_the_unfolded_chain() -> None:
    """Where the path is written out, its factors can be counted on the line."""
    record = sb.derive(CHAIN).record
    for r in reaches(record):
        assert len(record.chapter(r.name).steps[0].after.products[0].factors) == r.new + r.reused


def test_where_paths_part_all_are_counted() -> None:
    """A residual: two ways from each layer, so what was computed before doubles."""
    toml = "[input]\nsize = 2\n" + '[[layer]]\nkind = "residual"\n[[layer.layers]]\nkind = "dense"\nsize = 2\n' * 3
    found = reaches(sb.derive(sb.Network.from_toml(toml)).record)
    assert [b.reused > 1.9 * a.reused for a, b in pairwise(found)] == [True, True]


@pytest.mark.parametrize("network", [CHAIN, "3-4:relu-2:softmax/ce", "2-3-2", "n0-n1-n2"])
def test_what_has_grown_up_to_the_first_layer_is_the_whole_count(network: str) -> None:
    record = sb.derive(network).record
    whole, grown = count(record), growth(record)
    assert (grown[-1].with_reuse - whole.with_reuse).equals(0)
    assert (grown[-1].without_reuse - whole.without_reuse).equals(0)


def test_with_reuse_it_is_linear_and_without_quadratic() -> None:
    with_, without, apart = measured(sb.derive("-".join("1" * 10)), "size", None)
    assert np.ptp(np.diff(with_.values)[1:]) == 0
    assert np.ptp(np.diff(without.values, 2)[1:]) == 0
    assert np.diff(without.values, 2)[-1] > 0
    assert all(a > b >= c for a, b, c in zip(apart.values, without.values, with_.values, strict=True))


def test_the_size_of_sympys_derivatives_is_sympys() -> None:
    """Of one neuron by hand: the loss written out, differentiated, its operations counted."""
    w, b, x, y = sp.symbols("w b x y")
    loss = (1 / (1 + sp.exp(-(w * x + b))) - y) ** 2 / 2
    expected = sum(sp.count_ops(sp.diff(loss, s)) for s in (w, b))
    found = next(s for s in measured(sb.derive("1-1"), "size", None) if s.name == "sympy")
    assert found.values == (expected,)


def test_a_network_of_sympys_own_symbols() -> None:
    w1, b1, x, y, z, a, J = sp.symbols("w1 b1 x y z a J")
    net = sb.Network.from_sympy([sp.Eq(z, w1 * x + b1), sp.Eq(a, sp.tanh(z)), sp.Eq(J, (a - y) ** 2)], loss=J,
                                wrt=[w1, b1])  # fmt: skip
    for what in plots.KINDS:
        assert len(sb.derive(net).plot(what).series[0].values) == 1


@pytest.mark.parametrize("network", ["1-1-1", "3-4-2", "2-3:tanh-2:softmax/ce"])
def test_gradients_at_given_values_are_those_of_the_function(network: str) -> None:
    d = sb.derive(network)
    assert d.network is not None
    values = from_seed(d.network.program, 3)
    (series,) = measured(d, "gradients", values)
    params = {name.replace("[", "").replace("]", ""): a for name, a in values.items() if name[0] in "Wb"}
    _, grads = d.function()(params, values["a[0]"], values["y"])
    for layer, found in zip(series.layers, series.values, strict=True):
        assert found == pytest.approx(float(np.sqrt(np.mean(np.square(grads[f"W{layer}"])))), rel=1e-12)
    assert series.low == ()


def test_sigmoids_make_gradients_vanish() -> None:
    (series,) = measured(sb.derive("-".join("1" * 9)), "gradients", None)
    assert series.layers == tuple("87654321")
    assert all(later < earlier for earlier, later in zip(series.values, series.values[1:], strict=False))
    assert all(lo <= v <= hi for lo, v, hi in zip(series.low, series.values, series.high, strict=True))
    assert series.values[-1] < 1e-4 * series.values[0]


def test_a_depth_that_is_a_symbol_is_shown_at_ten_layers() -> None:
    d = sb.derive("n0-...-nL")
    assert measured(d, "reuse", None)[0].layers == tuple(map(str, range(DEPTH, 0, -1)))
    assert "L = 10" in shown_words(d.plot("reuse").figure)
    assert "n0 = 2" in shown_words(d.plot("size").figure)


def shown_words(figure: object) -> str:
    texts = figure.axes[0].texts  # type: ignore[attr-defined]
    return " ".join(t.get_text() for t in texts)


def test_a_recurrence_has_no_count_without_reuse() -> None:
    toml = Path(__file__).parent.parent / "examples" / "lstm.toml"
    found = measured(sb.derive(sb.Network.from_toml(toml)), "size", None)
    assert [s.name for s in found] == ["with"]


# --- pictures


@pytest.mark.parametrize("what", plots.KINDS)
@pytest.mark.parametrize("ending", [".svg", ".png", ".pdf"])
def test_every_plot_in_every_format_twice_the_same(what: str, ending: str, tmp_path: Path) -> None:
    first, second = (sb.derive(CHAIN).plot(what).save(tmp_path / f"{k}{ending}").read_bytes() for k in "ab")
    assert first == second
    assert first[:4] == {".svg": b"<?xm", ".png": b"\x89PNG", ".pdf": b"%PDF"}[ending]
    assert not re.search(rb"20\d\d-\d\d-\d\d|CreationDate", first)


def test_the_svg_is_xml_and_holds_what_was_drawn() -> None:
    root = ElementTree.fromstring(sb.derive(CHAIN).plot("reuse").image("svg"))
    ids = {e.get("id", "") for e in root.iter()}
    assert sum(i.startswith("patch_") for i in ids) >= 8


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    script = "import symbackprop as sb, zlib; print(zlib.crc32(sb.derive('1-1').plot('size').image()))"
    runs = {subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True,
                           env={**os.environ, "PYTHONHASHSEED": seed}).stdout for seed in ("1", "2")}  # fmt: skip
    assert len(runs) == 1


def test_bars_are_the_numbers() -> None:
    plot = sb.derive(CHAIN).plot("reuse")
    heights = [p.get_height() for c in plot.figure.axes[0].containers for p in c.patches]
    assert heights == [2, 2, 2, 2, 1, 3, 5, 7]
    assert str(plot).splitlines()[1].split() == ["new", "2", "2", "2", "2"]


def test_it_shows_itself_in_a_notebook() -> None:
    made = sb.derive(CHAIN).plot("reuse")._repr_mimebundle_()
    assert list(made) == ["image/svg+xml", "text/plain"]
    assert list(sb.derive(CHAIN).plot("reuse")._repr_mimebundle_(include={"text/plain"})) == ["text/plain"]


# --- Korean


def has_hangul() -> bool:
    return any(f.name in plots.KOREAN for f in plots.fontManager.ttflist)


@pytest.mark.skipif(not has_hangul(), reason="no font with Hangul is installed")
def test_korean_labels_have_their_letters() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of every glyph that is missing
        made = sb.derive(CHAIN).plot("gradients", lang="ko")
        made.image("png")
    assert made.figure.axes[0].get_xlabel().startswith("층")
    assert made.note == ""


def test_without_a_font_the_labels_are_english_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(plots, "KOREAN", ("No Such Font",))
    with pytest.warns(UserWarning, match="fonts-nanum"):
        made = sb.derive(CHAIN).plot("reuse", lang="ko")
    assert made.figure.axes[0].get_xlabel() == "layer, from the loss on"
    assert main(["plot", CHAIN, "--lang", "ko", "-o", str(tmp_path / "x.svg")]) == 0
    assert "글꼴을 찾지 못하여" in capsys.readouterr().err


# --- doors


def test_the_command_writes_the_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "그림.svg"
    assert main(["plot", CHAIN, "--what", "size", "--lang", "en", "-o", str(target)]) == 0
    assert target.read_bytes() == sb.derive(CHAIN).plot("size").image("svg")
    assert main(["plot", CHAIN, "-o", str(tmp_path / "x.gif")]) == 3
    assert main(["plot", CHAIN, "--what", "cube", "-o", str(target)]) == 2
    assert main(["plot", CHAIN, "-o", str(tmp_path / "none" / "x.svg")]) == 3
    assert "Traceback" not in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == [target.name]


def test_a_missing_matplotlib_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "symbackprop.plots")
    with pytest.raises(SymbackpropError, match=r"pip install 'symbackprop\[plot\]'"):
        sb.derive(CHAIN).plot()
    assert main(["plot", CHAIN, "--lang", "ko", "-o", str(tmp_path / "x.svg")]) == 3
    assert "symbackprop[plot]" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_unknown_plot_and_a_title_with_dollars(tmp_path: Path) -> None:
    d = sb.derive(CHAIN)
    with pytest.raises(SymbackpropError, match="there are reuse, size, gradients"):
        d.plot("cube")
    w, x, J = sp.symbols("w x J")
    net = sb.Network.from_sympy([sp.Eq(J, (w * x) ** 2)], loss=J, wrt=[w], title=r"$\frac{<script>& " + "x" * 200)
    assert b"<script>" not in sb.derive(net).plot("reuse").image("svg")
