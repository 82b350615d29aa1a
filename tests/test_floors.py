"""The floors: a room imports only rooms on floors below it, never a neighbour; nothing evaluates text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "symbackprop"
FLOORS = {
    "language": 0, "syntax": 1, "calculus": 1, "forms": 1, "notation": 1, "numeric": 1,
    "networks": 2, "documents": 2, "verify": 2, "": 3,
}  # fmt: skip
FILES = sorted(PACKAGE.rglob("*.py"))


def room(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def imported_rooms(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names = [node.module or ""]
        for name in names:
            if name.startswith("symbackprop."):
                found = name.split(".")[1]
                yield found if found in FLOORS else ""


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_only_from_floors_below(path: Path) -> None:
    here = room(path)
    for other in imported_rooms(ast.parse(path.read_text(encoding="utf-8"))):
        assert other == here or FLOORS[other] < FLOORS[here], f"{here or 'the doors'} may not import {other}"


def test_verify_never_imports_calculus() -> None:
    for path in FILES:
        if room(path) == "verify":
            assert "calculus" not in set(imported_rooms(ast.parse(path.read_text(encoding="utf-8"))))


def test_every_room_has_its_floor() -> None:
    rooms = {p.name for p in PACKAGE.iterdir() if p.is_dir() and p.name != "__pycache__"}
    assert rooms == set(FLOORS) - {""}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_lazy_imports_only_at_the_doors(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    lazy = [n for f in functions for n in ast.walk(f) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert not lazy or (room(path) == "" and path.name in {"api.py", "cli.py", "__init__.py"})


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_text_is_never_evaluated(path: Path) -> None:
    """eval, exec, sympify, parse_expr: only where the line says why no user's text can reach it."""
    source = path.read_text(encoding="utf-8").splitlines()
    for node in ast.walk(ast.parse("\n".join(source))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in {"eval", "exec", "sympify", "parse_expr", "compile"} and "re.compile" not in ast.unparse(node):
                assert "# safe:" in source[node.lineno - 1], f"line {node.lineno}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_small_house(path: Path) -> None:
    """Files under 350 lines, functions never above 60."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 350
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, node.name
