"""What stands in the repository is what the tool makes: documents byte by byte, examples, README, docstrings."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import symbackprop

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "output"))
MADE = sorted(p.name for p in (ROOT / "output").iterdir() if p.is_file() and p.name not in {"make.py", "README.md"})


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents made anew, elsewhere, by the same commands."""
    from make import COMMANDS

    folder = tmp_path_factory.mktemp("again")
    (folder / "output").mkdir()
    (folder / "examples").symlink_to(ROOT / "examples")
    script = ("import sys; from symbackprop.cli import main; "
              f"sys.exit(max(main(c.split()) for c in {list(COMMANDS)!r}))")  # fmt: skip
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True, env=None, timeout=600)
    return folder / "output"


@pytest.mark.parametrize("name", MADE)
def test_documents_are_what_the_tool_makes(name: str, again: Path) -> None:
    assert (again / name).read_bytes() == (ROOT / "output" / name).read_bytes(), "run: python output/make.py"


def test_the_readme_of_the_outputs_names_every_command() -> None:
    from make import COMMANDS

    text = (ROOT / "output" / "README.md").read_text(encoding="utf-8")
    assert all(f"`symbackprop {command}`" in text for command in COMMANDS)
    assert {command.split()[-1].removeprefix("output/") for command in COMMANDS} == set(MADE)


def test_the_readme_runs() -> None:
    found = doctest.testfile(str(ROOT / "README.md"), module_relative=False, encoding="utf-8")
    assert found.attempted > 8
    assert found.failed == 0


@pytest.mark.parametrize("name", [m.name for m in pkgutil.walk_packages(symbackprop.__path__, "symbackprop.")
                                  if not m.name.endswith("__main__")])  # fmt: skip
def test_docstrings_run(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


EXAMPLES = {
    "verify_by_hand.py": "wrong       db1", "lecture_prep.py": "checked: True", "own_layer.py": "all green: True",
    "homework.py": "< 1e-12", "generate_document.py": "layers.html",
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_run(name: str, tmp_path: Path) -> None:
    words = [str(tmp_path)] if name == "generate_document.py" else []
    done = subprocess.run([sys.executable, str(ROOT / "examples" / name), *words], capture_output=True, text=True,
                          encoding="utf-8", timeout=300, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert EXAMPLES[name] in done.stdout


def test_the_homework_learns_real_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed: no digits to learn from")
    monkeypatch.syspath_prepend(str(ROOT / "examples"))
    worst, before, after = importlib.import_module("digits").train(epochs=8)
    assert worst < 1e-10
    assert before < 0.3
    assert after > 0.8
