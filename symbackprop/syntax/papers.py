r"""Letters that papers have for what a norm computes: ``\hat{x}``, ``\sigma^2``, ``\mu_B``, ``\epsilon``.

They are put into the letters of the record before a formula is read, and only where the network has a norm; as is
what stands below the letter of a gate: ``z^{[2]}_g`` is z_g[2].
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import sympy as sp

from symbackprop.language.program import Program
from symbackprop.syntax.naming import Names
from symbackprop.syntax.tree import Node, Script

_NORMED = ("x\u0302", "X\u0302", "z\u0302", "xnorm")
_BATCH = ("B", "b", "𝓑")
_LABELS = ("label", "paren", "bare", "bracket")
SMALL = sp.Rational(1, 500)


def in_letters_of_the_record(node: Node, names: Names) -> Node:
    """The tree with the letters of papers replaced."""
    small = epsilon(names.program)
    if not _norm(names) and small is None and not names.gates:
        return node
    return _renamed(node, names, small)


def _norm(names: Names) -> bool:
    return {"u", "v", "mu"} <= set(names.layers)


@lru_cache(maxsize=64)
def epsilon(program: Program) -> sp.Rational | None:
    """The one small constant in the equations of a program."""
    found = {n for e in program.equations for n in e.expression.atoms(sp.Rational) if 0 < n < SMALL}
    return found.pop() if len(found) == 1 else None


def _renamed(node: Node, names: Names, small: sp.Rational | None) -> Node:
    if node.kind == "name":
        node = _gate(_name(node, names, small), names)
    scripts = tuple(replace(s, nodes=tuple(_renamed(n, names, small) for n in s.nodes)) for s in node.scripts)
    return replace(node, args=tuple(_renamed(a, names, small) for a in node.args), scripts=scripts)


def _name(node: Node, names: Names, small: sp.Rational | None) -> Node:
    word = node.value
    prefix = "d" if word[:1] == "d" and word[1:] else ""
    stem = word[len(prefix):]
    if word == "ε" and small is not None and not node.scripts and names.stem(word) is None:
        return replace(node, kind="number", value=f"{small.p}/{small.q}")
    if not _norm(names):
        return node
    scripts = tuple(s for s in node.scripts if not _of_batch(s))
    squares = [s for s in scripts if s.kind == "bare" and s.nodes[0].kind == "number" and s.nodes[0].value == "2"]
    if stem == "σ" and squares and names.stem("σ") is None:
        return replace(node, value=f"{prefix}v", scripts=tuple(s for s in scripts if s is not squares[0]))
    if stem in _NORMED and names.stem(stem) is None:
        return replace(node, value=f"{prefix}u", scripts=scripts)
    if stem in ("μ", "mu", "σ"):
        return replace(node, scripts=scripts)
    return node


def _gate(node: Node, names: Names) -> Node:
    """The name with what stands first below it, where that is a letter of the record and the name alone is none of
    this layer."""
    below = next((s for s in node.scripts if s.kind == "below"), None)
    if below is None:
        return node
    k = int(len(below.nodes) > 1 and below.nodes[0].kind == "number" and names.notation.mark == "below")
    first = below.nodes[k]
    if first.kind != "name" or first.scripts:
        return node
    prefix = "d" if node.value[:1] == "d" and node.value[1:] else ""
    stem = node.value[len(prefix):]
    letter = next((x for c in (stem, stem.swapcase()) if (x := f"{c}_{first.value}") in names.gates), None)
    labels = {below.nodes[0].value} if k else {s.nodes[0].value for s in node.scripts if s.kind in _LABELS}
    if letter is None or labels & {str(n) for n in names.layers.get(stem, ())}:
        return node
    rest = [replace(s, nodes=(*s.nodes[:k], *s.nodes[k + 1:])) if s is below else s for s in node.scripts]
    return replace(node, value=prefix + letter, scripts=tuple(s for s in rest if s.kind != "below" or s.nodes))


def _of_batch(script: Script) -> bool:
    """``μ_B``: of the batch."""
    return script.kind == "below" and len(script.nodes) == 1 and script.nodes[0].value in _BATCH
