"""What can be read off somebody's code without running it: parameters, what is unpacked, what is returned."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FORWARD = ("forward", "순전파", "forward_propagation",
           "feedforward", "feed_forward", "forward_pass", "forward_prop", "predict",
           "model_forward", "l_model_forward", "__call__")  # fmt: skip
BACKWARD = ("backward", "back_prop", "backprop", "back_propagation", "backpropagation", "backward_pass", "gradient",
            "gradients", "backward_prop", "grad", "역전파")  # fmt: skip


@dataclass(frozen=True)
class Outline:
    """One function: its line, its required and optional parameters, the names its results have in ``return``, the
    names a parameter is unpacked into, how a parameter is indexed, and the global names it reads or sets."""

    name: str
    line: int
    required: tuple[str, ...]
    optional: tuple[str, ...]
    returned: tuple[str, ...] = ()
    unpacked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    indexed: dict[str, str] = field(default_factory=dict)
    free: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()


def outline(node: ast.FunctionDef, method: bool = False) -> Outline:
    """The outline of one definition."""
    args = [a.arg for a in (*node.args.posonlyargs, *node.args.args)][1 if method else 0 :]
    split = len(args) - len(node.args.defaults)
    late = [a.arg for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is None]
    stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    shared = {name for n in ast.walk(node) if isinstance(n, ast.Global) for name in n.names}
    read = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    free = (read - stored - set(args)) | shared
    own = {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
    return Outline(node.name, node.lineno, (*args[: max(split, 0)], *late), tuple(args[max(split, 0) :]),
                   _returned(node), dict(_unpacked(node)), dict(_indexed(node)),
                   frozenset(free), frozenset(own))  # fmt: skip


def _returned(node: ast.FunctionDef) -> tuple[str, ...]:
    for inner in reversed(list(ast.walk(node))):
        if isinstance(inner, ast.Return) and inner.value is not None:
            parts = inner.value.elts if isinstance(inner.value, ast.Tuple | ast.List) else [inner.value]
            return tuple(ast.unparse(p) for p in parts)
    return ()


def _unpacked(node: ast.FunctionDef) -> Iterator[tuple[str, tuple[str, ...]]]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Name):
            target = inner.targets[0]
            if isinstance(target, ast.Tuple | ast.List) and all(isinstance(e, ast.Name) for e in target.elts):
                yield inner.value.id, tuple(ast.unparse(e) for e in target.elts)


def _indexed(node: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Subscript) and isinstance(inner.value, ast.Name):
            text = isinstance(inner.slice, ast.JoinedStr | ast.BinOp) and "'" in ast.unparse(inner.slice)
            constant = isinstance(inner.slice, ast.Constant) and isinstance(inner.slice.value, str)
            part = isinstance(inner.slice, ast.Slice)
            yield inner.value.id, "name" if text or constant else "vector" if part else "place"
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            yield inner.value.id, "attribute"
        if isinstance(inner, ast.For) and isinstance(inner.iter, ast.Name) and isinstance(inner.target, ast.Tuple) \
                and len(inner.target.elts) == 2:
            yield inner.iter.id, "pairs"


def functions(tree: ast.AST, inside: str = "") -> dict[str, Outline]:
    """The functions of a file, or the methods of one of its classes, by name."""
    body: list[ast.stmt] = list(getattr(tree, "body", []))
    if inside:
        body = [s for c in body if isinstance(c, ast.ClassDef) and c.name == inside for s in c.body]
    return {s.name: outline(s, bool(inside)) for s in body if isinstance(s, ast.FunctionDef)}


def literals(tree: ast.AST) -> set[int]:
    """Whole numbers that stand in a file: a size of this value may be meant."""
    return {abs(n.value) for n in ast.walk(tree) if isinstance(n, ast.Constant) and type(n.value) is int}


CLASSES = re.compile(r"_*(y|ys|t|labels?|targets?|y_true|y_train|y_batch|정답들?|레이블|라벨)_*", re.IGNORECASE)
ONE_HOT = re.compile(r"(one_?hot|to_categorical|get_one_hot|encode_labels)\w*", re.IGNORECASE)


def by_class(tree: ast.AST) -> bool:
    """Is something read at the places that targets say, ``p[np.arange(n), y]``, or are targets made one-hot?"""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript):
            for inner in ast.walk(node.slice):
                name = getattr(inner, "id", "") or getattr(inner, "attr", "")
                if name and CLASSES.fullmatch(name):
                    return True
        if isinstance(node, ast.Call) and ONE_HOT.fullmatch(getattr(node.func, "id", "")):
            return True
    return False


SKIPPED = "__left_out"
"""The name under which a module finds what is told of a statement that failed."""


def patient(tree: ast.Module) -> ast.Module:
    """A module whose statements fail one by one, each telling of it; loops that end nobody knows when are left out."""
    body: list[ast.stmt] = []
    for s in tree.body:
        future = isinstance(s, ast.ImportFrom) and s.module == "__future__"
        text = isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)
        if isinstance(s, ast.While):
            continue
        if future or text:
            body.append(s)
            continue
        told = ast.Expr(ast.Call(ast.Name(SKIPPED, ast.Load()), [], []))
        body.append(ast.Try([s], [ast.ExceptHandler(ast.Name("BaseException", ast.Load()), None, [told])], [], []))
    return ast.fix_missing_locations(ast.Module(body, []))


def source(path: Path) -> str:
    """The text of a file as Python reads it; one in CP949 that does not say so is read as that. Raises OSError,
    SyntaxError."""
    data = path.read_bytes()
    try:
        return tokenize_text(data)
    except (SyntaxError, UnicodeDecodeError) as problem:
        try:
            return data.decode("cp949")
        except UnicodeDecodeError:
            raise SyntaxError(f"its bytes are neither UTF-8 nor CP949 ({problem})") from None


def tokenize_text(data: bytes) -> str:
    """Bytes as text by their mark at the beginning or their ``coding:`` line, else as UTF-8."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    return data.decode(encoding)
