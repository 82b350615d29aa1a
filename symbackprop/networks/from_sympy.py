"""Networks as a mathematician has them: SymPy equations in plain Symbols, undefined Functions, IndexedBase and Sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixExpr

from symbackprop.language.errors import NetworkError
from symbackprop.language.indices import base_of, indices_of, leaves, limits, rename
from symbackprop.language.program import Program
from symbackprop.language.quantity import Axis, Equation, Quantity, Role, index

MOST = 10_000


def read_equations(
    equations: Sequence[sp.Basic], loss: sp.Basic, wrt: Sequence[sp.Basic]
) -> tuple[Program, Quantity, list[str]]:
    """The program of a list of ``Eq(z, w*x + b)``, in any order; the loss; the names to derive by.

    Raises NetworkError for what is no equation, is defined twice, goes in a circle, or is never used.
    """
    if len(equations) > MOST:
        raise NetworkError(f"{len(equations):,} equations; the limit is {MOST:,}")
    plain = [_plain(e) for e in equations]
    targets = {base_of(left): (left, right) for left, right in plain}
    if len(targets) != len(plain):
        counted = Counter(base_of(left) for left, _ in plain)
        raise NetworkError(f"{counted.most_common(1)[0][0]} is defined twice; every quantity is defined once")
    names = [_symbol(w, "wrt") for w in wrt]
    root = _symbol(loss, "loss")
    if root not in targets or indices_of(targets[root][0]):
        what = "is not defined by any equation" if root not in targets else "is not a single number"
        raise NetworkError(f"the loss {root} {what}")
    shapes = _shapes(plain)
    order = _ordered(targets)
    roles = _roles(targets, root, names)
    quantities = {s: Quantity(s.name, None, shapes.get(s, ()), roles[s], s) for s in roles}
    for name in names:
        if name in targets:
            continue
        if name not in quantities:
            raise NetworkError(f"wrt names {name}, which stands in no equation")
    asked = {s: k for k, s in enumerate(names)}
    given = tuple(quantities[s] for s in sorted(quantities, key=lambda s: asked.get(s, -1)) if s not in targets)
    body = tuple(_equation(*targets[s], quantities[s]) for s in order)
    return Program(given, body), quantities[root], [n.name for n in names]


def _plain(equation: sp.Basic) -> tuple[sp.Expr, sp.Expr]:
    """The two sides, with Idx turned into plain indices and sums running from 1."""
    if equation is sp.true or equation is sp.false or isinstance(equation, bool):
        raise NetworkError(f"an equation collapsed to {equation}: its two sides were compared before they got here; "
                           "the left side is a symbol of its own")
    if not isinstance(equation, sp.Equality):
        raise NetworkError(f"{equation!s:.80} is not an equation; write Eq(z, w*x + b)")
    if equation.has(sp.MatrixSymbol) or isinstance(equation.lhs, MatrixExpr):
        raise NetworkError(f"{equation!s:.80} holds a MatrixSymbol: SymPy's matrix calculus cannot be relied on here; "
                           "write it by components with IndexedBase, Eq(z[j], Sum(W[j, i]*x[i], (i, 1, n)) + b[j])")
    left = equation.lhs
    if not isinstance(left, sp.Symbol | sp.Indexed):
        raise NetworkError(f"the left side {left} is neither a Symbol nor an Indexed")
    swap = {i: index(i.name) for i in equation.atoms(sp.Idx)}
    swap |= {i: index(i.name) for i in _index_symbols(equation) if not i.is_integer}
    return left.xreplace(swap), _from_one(branched(equation.rhs.xreplace(swap)))


def _index_symbols(equation: sp.Basic) -> set[sp.Symbol]:
    """The symbols that stand as an index on the left or are summed over."""
    found = {i for total in equation.atoms(sp.Sum) for i, *_ in total.limits if isinstance(i, sp.Symbol)}
    if isinstance(equation.args[0], sp.Indexed):
        found |= {i for i in equation.args[0].indices if isinstance(i, sp.Symbol) and not isinstance(i, sp.Idx)}
    return found


def branched(e: sp.Expr) -> sp.Expr:
    """``max``, ``min`` and ``|u|`` by their branches: SymPy's own derivative of them has ½ at the kink."""
    e = e.replace(sp.Max, lambda *args: _extreme(args, sp.Gt)).replace(sp.Min, lambda *args: _extreme(args, sp.Lt))
    return e.replace(sp.Abs, lambda u: sp.Piecewise((u, u > 0), (-u, True)) if u.is_extended_real is not False else u)


def _extreme(args: Sequence[sp.Expr], relation: Callable[[sp.Expr, sp.Expr], sp.Basic]) -> sp.Expr:
    """The larger (smaller) of two as cases, the one that is not a number first: ``max(0, z)`` is z where z > 0."""
    first, *rest = sorted(args, key=lambda u: (bool(u.is_number), sp.default_sort_key(u)))
    other = _extreme(rest, relation) if len(rest) > 1 else rest[0]
    return sp.Piecewise((first, relation(first, other)), (other, True))


def _from_one(e: sp.Expr) -> sp.Expr:
    """Every sum from 1: ``Σ_{i=0}^{n-1} f(i)`` is ``Σ_{i=1}^{n} f(i-1)`` only for arrays that begin at 0, so such sums
    are refused where an array is read at the bare index."""
    for total in e.atoms(sp.Sum):
        for bound in total.limits:
            if len(bound) != 3:
                raise NetworkError(f"{total} has no range; write Sum(…, (i, 1, n))")
            if bound[1] != 1:
                raise NetworkError(f"{total} begins at {bound[1]}; indices begin at 1 here, as in the notes: "
                                   "write Sum(…, (i, 1, n))")
    return e


def _symbol(what: sp.Basic, where: str) -> sp.Symbol:
    if isinstance(what, sp.Indexed):
        what = what.base
    if isinstance(what, sp.IndexedBase):
        what = what.label
    if not isinstance(what, sp.Symbol):
        raise NetworkError(f"{where} names {what}, which is neither a Symbol nor an IndexedBase")
    return what


def _shapes(plain: Sequence[tuple[sp.Expr, sp.Expr]]) -> dict[sp.Symbol, tuple[Axis, ...]]:
    """The size of every axis, from the sums that run over it and from the equations that share an index."""
    axes: dict[sp.Symbol, list[sp.Expr | None]] = {}
    links: list[list[tuple[sp.Symbol, int]]] = []
    for left, right in plain:
        ranges: dict[sp.Symbol, sp.Expr] = {i: hi for t in right.atoms(sp.Sum) for i, _, hi in limits(t)}
        together: dict[sp.Symbol, list[tuple[sp.Symbol, int]]] = {}
        for leaf in (x for e in (left, right) for x in leaves(e) if isinstance(x, sp.Indexed)):
            sizes = axes.setdefault(base_of(leaf), [None] * len(leaf.indices))
            if len(sizes) != len(leaf.indices):
                raise NetworkError(f"{base_of(leaf)} stands with {len(sizes)} and with {len(leaf.indices)} indices")
            _declared(leaf, sizes)
            for k, i in enumerate(leaf.indices):
                if isinstance(i, sp.Symbol):
                    together.setdefault(i, []).append((base_of(leaf), k))
                    if i in ranges:
                        sizes[k] = sizes[k] or ranges[i]
        links += together.values()
    _spread(axes, links)
    for s, sizes in axes.items():
        if None in sizes:
            raise NetworkError(f"the length of axis {sizes.index(None) + 1} of {s} is not known: sum over it, or give "
                               f"IndexedBase('{s}', shape=(…))")
    return {s: tuple(Axis("unit", n) for n in sizes if n is not None) for s, sizes in axes.items()}


def _declared(leaf: sp.Indexed, sizes: list[sp.Expr | None]) -> None:
    if leaf.base.shape is not None:
        sizes[:] = [n or sp.Integer(1) * d for n, d in zip(sizes, leaf.base.shape, strict=True)]


def _spread(axes: dict[sp.Symbol, list[sp.Expr | None]], links: list[list[tuple[sp.Symbol, int]]]) -> None:
    """Axes that share an index have one size; repeat until nothing is learnt."""
    learnt = True
    while learnt:
        learnt = False
        for group in links:
            known = next((axes[s][k] for s, k in group if axes[s][k] is not None), None)
            for s, k in group:
                if known is not None and axes[s][k] is None:
                    axes[s][k] = known
                    learnt = True


def _ordered(targets: dict[sp.Symbol, tuple[sp.Expr, sp.Expr]]) -> list[sp.Symbol]:
    """Each quantity after what it is computed from. Raises NetworkError that names a circle."""
    reads = {s: [b for b in dict.fromkeys(base_of(x) for x in leaves(right)) if b in targets]
             for s, (_, right) in targets.items()}
    order: list[sp.Symbol] = []
    state: dict[sp.Symbol, int] = {}
    for start in targets:
        stack = [(start, iter(reads[start]))] if start not in state else []
        state.setdefault(start, 1)
        while stack:
            at, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[at] = 2
                order.append(at)
                stack.pop()
            elif state.get(following) == 1:
                circle = [s for s, _ in stack]
                circle = circle[circle.index(following):]
                raise NetworkError("the equations go in a circle: " + " → ".join(map(str, [*circle, following])))
            elif following not in state:
                state[following] = 1
                stack.append((following, iter(reads[following])))
    return order


def _roles(
    targets: dict[sp.Symbol, tuple[sp.Expr, sp.Expr]], root: sp.Symbol, wrt: Sequence[sp.Symbol]
) -> dict[sp.Symbol, Role]:
    """wrt: parameters; given and read by the loss alone: targets; else inputs; z is what an activation alone reads."""
    readers: dict[sp.Symbol, list[sp.Symbol]] = {}
    sizes = {n for _, right in targets.values() for t in right.atoms(sp.Sum) for _, _, hi in limits(t)
             for n in hi.free_symbols}
    for s, (left, right) in targets.items():
        bound = {i for t in right.atoms(sp.Sum) for i, _, _ in limits(t)} | set(indices_of(left))
        for base in dict.fromkeys(base_of(x) for x in leaves(right)):
            if base not in bound | sizes:
                readers.setdefault(base, []).append(s)
    roles: dict[sp.Symbol, Role] = {}
    for s, by in readers.items():
        if s not in targets:
            roles[s] = "parameter" if s in wrt else ("target" if by == [root] else "input")
    for s in targets:
        roles[s] = "loss" if s == root else _inner_role(s, targets, readers, set(wrt) - set(targets))
    return roles


def _inner_role(
    s: sp.Symbol, targets: dict[sp.Symbol, tuple[sp.Expr, sp.Expr]], readers: dict[sp.Symbol, list[sp.Symbol]],
    parameters: set[sp.Symbol],
) -> Role:
    def has_parameters(of: sp.Symbol) -> bool:
        return any(base_of(x) in parameters for x in leaves(targets[of][1]))

    by = readers.get(s, [])
    alone = len(by) == 1 and has_parameters(s) and not has_parameters(by[0])
    # what nobody reads is the loss: then this is an output, not a pre-activation
    return "pre-activation" if alone and by[0] in readers else "activation"


def _equation(left: sp.Expr, right: sp.Expr, quantity: Quantity) -> Equation:
    names = indices_of(left)
    if not all(isinstance(i, sp.Symbol) for i in names) or len(set(names)) != len(names):
        raise NetworkError(f"the indices of {left} on the left side are different names")
    return Equation(quantity, tuple(names), rename(right, {}))
