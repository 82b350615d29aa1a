"""The command line as scripts use it: exit codes, streams, errors without traceback, files whole or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import symbackprop as sb
from symbackprop.cli import language, main

RIGHT = "dJ/dw[2] = a[1] * sigma'(z[2]) * da[2]"


def run(*words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONHASHSEED": "random", "LC_ALL": "C.UTF-8", **environment}
    return subprocess.run([sys.executable, "-m", "symbackprop", *words], input=stdin, capture_output=True, text=True,
                          encoding="utf-8", env=environment, timeout=120, check=False)  # fmt: skip


@pytest.mark.parametrize(("words", "code"), [
    (["derive", "1-1"], 0), (["verify", "1-2-1"], 0), (["code", "2-1"], 0), (["layers"], 0), (["schema"], 0),
    (["notations"], 0), (["layers", "--json"], 0), (["--version"], 0), ([], 0),
    (["derive"], 2), (["frobnicate"], 2), (["derive", "1-1", "--form", "cube"], 2), (["check", "1-1"], 2),
    (["derive", "1-1", "--format", "pdf"], 2), (["derive", "1-1", "-o", "x.xyz"], 2),
    (["code", "1-1", "--target", "c"], 2),
    (["derive", "1-1", "--seed", "1", "--values", "f"], 2),
    (["derive", "1-1:sigmod"], 3), (["derive", "none.toml"], 3), (["derive", "1-1", "--notation", "nots"], 3),
    (["derive", "1-1", "--wrt", "W7"], 3), (["verify", "1"], 3), (["derive", "3-2/ce"], 3),
    (["check", "1-1-1", "-e", RIGHT], 0), (["check", "1-1-1", "-e", RIGHT.replace("a[1]", "a[2]")], 1),
    (["check", "1-1-1", "-e", "dJ/dw[2] = ("], 3), (["check", "1-1-1", "none.txt"], 3),
    (["check", "1-1-1", "-e", RIGHT, "-e", "dJ/db[1] = 1"], 1),
])  # fmt: skip
def test_exit_codes(words: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        result = main(words)
    except SystemExit as stop:
        result = int(stop.code or 0)
    assert result == code
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    if code in (2, 3) and "check" not in words:
        assert said.out == ""
        assert said.err.startswith("symbackprop: ")


def test_a_misspelt_activation_is_pointed_at_in_the_language_asked_for() -> None:
    english = run("derive", "784-128:rleu-10")
    korean = run("derive", "784-128:rleu-10", "--lang", "ko")
    assert (english.returncode, korean.returncode) == (3, 3)
    assert "did you mean 'relu'?" in english.stderr
    assert "        ^" in english.stderr
    assert "오류" in korean.stderr
    assert "'relu' 아닌가요?" in korean.stderr


@pytest.mark.parametrize(("words", "near"), [
    (["derive", "1-1", "--steeps", "full"], "--steps"), (["check", "1-1", "--hnt=none"], "--hint"),
    (["layers", "--jsn"], "--json"),
])  # fmt: skip
def test_a_misspelt_option_is_told_the_nearest_one(
    words: list[str], near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert f"did you mean '{near}'?" in capsys.readouterr().err
    assert main([*words, "--lang", "ko"]) == 2
    assert f"'{near}' 아닌가요?" in capsys.readouterr().err


@pytest.mark.parametrize(("environment", "expected"), [
    ({"LC_ALL": "ko_KR.UTF-8"}, "ko"), ({"LC_ALL": "", "LC_MESSAGES": "", "LANG": "ko"}, "ko"),
    ({"LC_ALL": "C", "LANG": "ko_KR"}, "en"), ({"LC_ALL": "", "LC_MESSAGES": "de", "LANG": "ko"}, "en"),
])  # fmt: skip
def test_the_language_of_the_locale(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert language([]) == expected
    assert language(["--lang", "en"]) == "en"
    assert language(["--lang=ko"]) == "ko"


def test_toml_and_formulas_on_standard_input() -> None:
    toml = '[input]\nsize = 2\n[[layer]]\nkind = "dense"\nsize = 1\n'
    assert run("verify", "-", stdin=toml).returncode == 0
    assert run("check", "1-1-1", "-", stdin=f"# by hand\n\n{RIGHT}\n").returncode == 0
    assert run("verify", "-", stdin="").returncode == 3


def test_a_full_pipe_and_a_reader_that_goes_away() -> None:
    shell = f"{sys.executable} -m symbackprop derive 20-20-20-20 --format json | head -c 10"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", shell], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == ""
    shell = f"{sys.executable} -m symbackprop schema >&-"
    closed = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
    assert "Traceback" not in closed.stderr
    if Path("/dev/full").exists():
        with open("/dev/full", "w") as full:
            done = subprocess.run([sys.executable, "-m", "symbackprop", "layers"], stdout=full, stderr=subprocess.PIPE,
                                  text=True, check=False)  # fmt: skip
        assert done.returncode == 3
        assert "Traceback" not in done.stderr


def test_files_are_written_whole_or_not_at_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "유도.html"
    assert main(["derive", "1-1", "-o", str(target)]) == 0
    old = target.read_bytes()
    assert main(["derive", "1-1:none", "-o", str(target)]) == 3
    assert target.read_bytes() == old
    assert main(["derive", "1-1", "-o", str(tmp_path / "no" / "x.html")]) == 3
    assert main(["derive", "1-1", "--format", "html", "-o", str(tmp_path)]) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["유도.html"]
    assert "no folder" in capsys.readouterr().err


def test_the_json_of_a_derivation() -> None:
    data = json.loads(run("derive", "1-1-1-1", "--format", "json").stdout)
    assert set(data) == {"network", "notation", "forward", "backward", "reuse", "assumptions"}
    names = [g["name"] for g in data["backward"]]
    assert {f"d{q}[{n}]" for q in "zaWb" for n in (1, 2, 3)} == set(names)
    first = next(g for g in data["backward"] if g["name"] == "dW[1]")
    assert set(first) == {"name", "of", "scalar", "component", "matrix", "uses", "steps", "matrix_steps"}
    assert first["of"] == "W[1]"
    assert first["uses"] == ["a[0]", "z[1]", "da[1]"]
    assert [s["rule"] for s in first["steps"]][:2] == ["chain", "reuse"]
    assert first["steps"][0]["after"].count(r"\cdot") == 6
    assert first["steps"][-1]["after"] == first["component"]
    for earlier, later in zip(first["steps"], first["steps"][1:], strict=False):
        assert earlier["after"] == later["before"]
    assert isinstance(data["reuse"]["operations_with"], int)


def test_the_json_of_a_softmax_has_no_scalar_form() -> None:
    data = json.loads(run("derive", "3-2:softmax/ce", "--format", "json").stdout)
    assert all(g["scalar"] is None for g in data["backward"])
    assert all(g["matrix"] for g in data["backward"])


def test_the_json_of_verify_and_check() -> None:
    report = json.loads(run("verify", "2-3-1", "--json").stdout)
    assert report["ok"] is True
    assert {"replay", "oracle", "difference", "complex-step", "backprop", "agreement", "exact"} == {
        c["name"] for c in report["checks"]}
    assert all(set(c) == {"name", "target", "ok", "measure", "bound", "detail"} for c in report["checks"])
    wrong = json.loads(run("check", "2-3-1", "-e", "dJ/db[2][j] = 1", "--json").stdout)
    assert wrong["ok"] is False
    assert wrong["verdicts"][0]["verdict"] == "wrong"
    assert wrong["verdicts"][0]["witness"]["truth"] != wrong["verdicts"][0]["witness"]["formula"]


def test_same_input_same_bytes() -> None:
    runs = {run("derive", "3-2:relu-2:softmax/ce", "--format", "html", PYTHONHASHSEED=seed, LC_ALL=locale).stdout
            for seed, locale in (("1", "C.UTF-8"), ("2", "POSIX"), ("77", "en_US.UTF-8"))}  # fmt: skip
    assert len(runs) == 1


def test_values_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "수.json"
    values = {"x": [0.5], "y": [1], "W1": [[0.4]], "b1": [0.1]}
    path.write_text(json.dumps(values), encoding="utf-8")
    shown = run("derive", "1-1", "--values", str(path))
    assert "0.57444" in shown.stdout
    path.write_text(json.dumps({**values, "W1": [[0.4, 2]]}), encoding="utf-8")
    assert run("derive", "1-1", "--values", str(path)).returncode == 3
    path.write_text("{", encoding="utf-8")
    assert run("derive", "1-1", "--values", str(path)).returncode == 3


@pytest.mark.parametrize("steps", ["brief", "normal", "full"])
@pytest.mark.parametrize("form", ["scalar", "component", "matrix", "all"])
def test_every_level_in_every_form(steps: str, form: str, tmp_path: Path) -> None:
    toml = tmp_path / "own.toml"
    toml.write_text('loss = "sse"\n[input]\nsize = 4\n[[layer]]\nkind = "dense"\nsize = 4\nactivation = "tanh"\n'
                    '[[layer]]\nname = "u"\nformulas = ["h[j] = x[5-j]*x[j]"]\n', encoding="utf-8")
    for network, ending in zip(("1-1-1", "3-2:relu-2:softmax/ce", str(toml)), ("html", "tex", "md"), strict=True):
        target = tmp_path / f"page.{ending}"
        assert main(["derive", network, "--form", form, "--steps", steps, "--lang", "ko", "-o", str(target)]) == 0
        d = sb.derive(sb.Network.from_toml(toml) if network == str(toml) else network)
        for other in ("html", "tex", "md", "txt"):
            assert d.save(tmp_path / f"other.{other}", lang="ko", form=form, level=steps).stat().st_size
    assert main(["derive", "3-4", "--wrt", "x"]) == 0


def test_hints_may_be_withheld() -> None:
    told = run("check", "1-1-1", "-e", "dJ/dw[2] = 1").stdout
    silent = run("check", "1-1-1", "--hint", "none", "-e", "dJ/dw[2] = 1").stdout
    assert "the true value is" in told
    assert "the derivative by" not in silent


def test_what_cannot_be_read_is_at_its_place_in_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notes = tmp_path / "필기.md"
    notes.write_text("$dW^{[2]} = dz^{[2]} a^{[1]T}$\n\n역전파: $dW^{[1]} = dz^{[1]} x^{T$\n", encoding="utf-8")
    assert main(["check", "3-4-2", str(notes)]) == 3
    assert "(line 3, column 31)" in capsys.readouterr().out
