"""What can be read off somebody's code without running it: parameters, what is unpacked, what is returned."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

FORWARD = ("forward", "feedforward", "feed_forward", "forward_pass", "forward_prop", "forward_propagation", "predict",
           "model_forward", "l_model_forward", "__call__")  # fmt: skip
BACKWARD = ("backward", "back_prop", "backprop", "back_propagation", "backpropagation", "backward_pass", "gradient",
            "gradients", "backward_prop", "grad")  # fmt: skip


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


def outline(node: ast.FunctionDef, method: bool = False) -> Outline:
    """The outline of one definition."""
    args = [a.arg for a in (*node.args.posonlyargs, *node.args.args)][1 if method else 0 :]
    split = len(args) - len(node.args.defaults)
    late = [a.arg for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is None]
    stored = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    shared = {name for n in ast.walk(node) if isinstance(n, ast.Global) for name in n.names}
    read = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    free = (read - stored - set(args)) | shared
    return Outline(node.name, node.lineno, (*args[: max(split, 0)], *late), tuple(args[max(split, 0) :]),
                   _returned(node), dict(_unpacked(node)), dict(_indexed(node)), frozenset(free))  # fmt: skip


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
            yield inner.value.id, "name" if text or constant else "place"
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            yield inner.value.id, "attribute"


def functions(tree: ast.AST, inside: str = "") -> dict[str, Outline]:
    """The functions of a file, or the methods of one of its classes, by name."""
    body: list[ast.stmt] = list(getattr(tree, "body", []))
    if inside:
        body = [s for c in body if isinstance(c, ast.ClassDef) and c.name == inside for s in c.body]
    return {s.name: outline(s, bool(inside)) for s in body if isinstance(s, ast.FunctionDef)}


def literals(tree: ast.AST) -> set[int]:
    """Whole numbers that stand in a file: a size of this value may be meant."""
    return {abs(n.value) for n in ast.walk(tree) if isinstance(n, ast.Constant) and type(n.value) is int}


SIMPLE = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


def definitions(tree: ast.Module) -> ast.Module:
    """The imports, functions, classes and plain constants of a file, and nothing that does work."""
    kept = [s for s in tree.body if isinstance(s, SIMPLE) or (isinstance(s, ast.Assign) and _plain(s.value))]
    return ast.Module(kept, [])


def _plain(value: ast.expr) -> bool:
    return all(isinstance(n, ast.Constant | ast.List | ast.Tuple | ast.UnaryOp | ast.unaryop | ast.expr_context)
               for n in ast.walk(value))
