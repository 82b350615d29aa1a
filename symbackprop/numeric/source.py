"""Derivation → a module of readable NumPy, ``value_and_grad(params, x, y) -> (loss, grads)``, over data at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import fill

import sympy as sp

from symbackprop.language.arrays import MatrixForm
from symbackprop.language.derivation import Chapter, Derivation
from symbackprop.language.errors import SymbackpropError
from symbackprop.language.functions import ARGUMENT, Named
from symbackprop.language.indices import base_of, leaves
from symbackprop.language.numbers import decimal
from symbackprop.language.program import Program
from symbackprop.language.quantity import Equation, Quantity
from symbackprop.language.recurrence import Loop
from symbackprop.numeric.breaking import WIDTH, wrapped
from symbackprop.numeric.code import code
from symbackprop.numeric.loops import Form, looped
from symbackprop.numeric.names import RESERVED, code_names, identifier
from symbackprop.numeric.page import Page, Text
from symbackprop.numeric.spelling import HELPERS, with_needed
from symbackprop.numeric.statements import Statement, backward_statements, forward_statements, needed, worked, written

DATA: tuple[str, ...] = ("input", "target")


def module(
    derivation: Derivation,
    forward: Sequence[tuple[Equation, MatrixForm]],
    backward: Sequence[tuple[Chapter, MatrixForm]],
    *,
    form: Form,
    describe: str,
    command: str,
) -> str:
    """The text of a module. What has no matrix form is written in components, with einsum or broadcasting; ``form`` is
    what finds the matrix form of an equation at one time of a recurrence.

    Raises SymbackpropError for a function without a definition.
    """
    program = derivation.forward
    grads = {c.quantity.symbol: c.by for c, _ in backward if c.by in parameters(program)}
    before = forward_statements(forward)
    after = needed(backward_statements(backward), grads)
    page = _page(program, [*before, *after])
    body = [
        *_reading(program, page),
        *_section("forward", worked(before), page, form, _logged(before)),
        *_section("backward", worked(after), page, form, set()),
        *_returning(derivation.of, grads, page),
    ]
    return _assembled(program, page, body, describe, command)


def _page(program: Program, statements: Sequence[Statement]) -> Page:
    quantities = [*program.all_given, *(s.equation.quantity for s in statements)]
    names = code_names(quantities)
    sizes = {identifier(s.name) for q in quantities for n in q.shape for s in n.free_symbols}
    taken = RESERVED | HELPERS.keys() | sizes | set(names.values())
    return Page({q.symbol: names[q.name] for q in quantities}, {q.symbol: q.shape for q in quantities}, set(), {},
                taken=frozenset(taken))


def parameters(program: Program) -> list[Quantity]:
    return [q for q in program.all_given if q.role not in DATA]


def data(program: Program) -> list[Quantity]:
    """The input, the target, then what else is given with the data: masks."""
    data = [q for q in program.all_given if q.role in DATA]
    inner = {q.symbol for part in program.parts for q in part.kind.given}
    return sorted(data, key=lambda q: (q.symbol in inner, DATA.index(q.role)))


# reading what is given


def _reading(program: Program, page: Page) -> Iterator[str]:
    """Arrays with their shapes checked; a size that is a symbol is read off the first array that has it."""
    known: set[sp.Symbol] = set()
    for quantity in [*data(program), *parameters(program)]:
        name = page.names[quantity.symbol]
        source = name if quantity.role in DATA else f'params.get("{key(quantity, name)}")'
        shape = [code(s, page).code if s.free_symbols <= known else "None" for s in quantity.shape]
        yield f'{name} = array("{key(quantity, name)}", {source}, {_tuple(shape)}{_datum_axis(quantity)})'
        for place, size in enumerate(quantity.shape):
            if isinstance(size, sp.Symbol) and size not in known:
                known.add(size)
                yield f"{code(size, page).code} = {name}.shape[{place}]"
        if quantity.domain is not None and quantity.domain.kind == "label":
            # a number that is no class would be a loss of 0, in silence
            page.helpers.add("classes")
            yield f'classes("{name}", {name}, {code(quantity.domain.count, page).code})'


def key(quantity: Quantity, name: str) -> str:
    """What an array is called in params: lambda, though no variable may be called so."""
    return quantity.name if quantity.role == "constant" else name


def _datum_axis(quantity: Quantity) -> str:
    """Where the axis of the data goes when one datum is given without it."""
    names = [axis.name for axis in quantity.axes]
    return f", data={names.index('datum')}" if quantity.role in DATA and "datum" in names else ""


def _tuple(items: Sequence[str]) -> str:
    return f"({', '.join(items)}{',' * (len(items) == 1)})"


# the two passes


def _section(
    name: str, items: Sequence[Statement | Loop], page: Page, form: Form, logged: set[sp.Symbol]
) -> Iterator[str]:
    layer: object = object()
    for item in items:
        q = item.equations[0].quantity
        if q.layer != layer:
            layer = q.layer
            yield ""
            yield f"# {name}: {'loss' if layer is None else f'layer {layer}'}"
        yield from looped(item, page, form) if isinstance(item, Loop) else written(item, page)
        if q.symbol in logged:
            page.helpers.add("inside")
            yield f"{page.names[q.symbol]} = inside({page.names[q.symbol]})"


def _logged(forward: Sequence[Statement]) -> set[sp.Symbol]:
    """Probabilities (values of sigmoid or softmax) whose logarithm is taken."""
    logs = {log for s in forward for log in s.equation.expression.atoms(sp.log)}
    read = {base_of(leaf) for log in logs for leaf in leaves(log)}
    made = {s.equation.quantity.symbol: s.equation.expression for s in forward}
    return {symbol for symbol in read & made.keys() if _is_probability(made[symbol])}


def _is_probability(e: sp.Expr) -> bool:
    """Whether an expression is a sigmoid, or one exponential over a sum of them."""
    if isinstance(e, Named):
        return type(e).__name__ == "sigmoid"
    return any(p.exp.is_negative and p.base.has(sp.exp) for p in e.atoms(sp.Pow)) and isinstance(e, sp.Mul | sp.Pow)


def _returning(of: Quantity, grads: dict[sp.Symbol, Quantity], page: Page) -> Iterator[str]:
    if of.axes:
        raise SymbackpropError(f"{of.name} is not a number, so it is no loss to return")
    pairs = [f'"{page.names[by.symbol]}": {page.names[symbol]}' for symbol, by in grads.items()]
    pairs.sort(key=lambda p: list(page.names.values()).index(p.split('"')[1]))
    yield ""
    one = f"return float({page.names[of.symbol]}), {{{', '.join(pairs)}}}"
    if len(one) + 4 <= WIDTH:
        yield one
        return
    yield f"return float({page.names[of.symbol]}), {{"
    yield from (f"    {pair}," for pair in pairs)
    yield "}"


# putting together

_ARRAY = '''\
def array(name, value, shape, data=None):
    """The value as an array of floats of this shape, None for any size."""
    if value is None:
        raise ValueError(f"params has no {name}")
    result = np.asarray(value, dtype=float)
    if data is not None and result.ndim == len(shape) - 1:
        result = np.expand_dims(result, data)
    if result.ndim != len(shape) or any(n not in (None, k) for n, k in zip(shape, result.shape)):
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise ValueError(f"{name} must have shape ({wanted}), but has {result.shape}")
    return result
'''


def _assembled(program: Program, page: Page, body: Sequence[str], describe: str, command: str) -> str:
    own = list(_definitions(page))  # first: a definition may call for helpers
    helpers = [*(HELPERS[name] for name in with_needed(page.helpers)), *own]
    needs_math = "erf" in page.helpers
    arguments = ", ".join(["params", *(page.names[q.symbol] for q in data(program))])
    says = f'"""Loss and gradients of the network {_quoted(describe)}, derived by symbackprop.'
    head = f"{fill(says, WIDTH, break_long_words=False, break_on_hyphens=False)}\n\n" \
        f'Made by: {_quoted(command)}\n"""\n'
    imports = ("import math\n\n" if needs_math else "") + "import numpy as np\n"
    function = [f"def value_and_grad({arguments}):", f'    """{_says(program, page)}"""', *(
        row for line in body for row in wrapped(f"    {line}" if line else ""))]
    return "\n\n".join([f"{head}\n{imports}", *(h for h in [*helpers, _ARRAY]), "\n".join(function)]) + "\n"


def _quoted(text: str) -> str:
    """A user's title within a docstring: it may not end it."""
    return " ".join(text.replace("\\", "/").replace('"', "'").split())


def _definitions(page: Page) -> Iterator[str]:
    """Functions without a spelling of their own, by their definitions; writing one may call for another."""
    done: set[str] = set()
    while waiting := [n for n in sorted(page.definitions) if n not in done]:
        for name in waiting:
            done.add(name)
            text: Text = code(page.definitions[name], Page({}, {}, page.helpers, page.definitions, argument="z"))
            rows = wrapped(f"    return {text.code}")
            yield "\n".join([f"def {name}(z):", f'    """{_meaning(name, page.definitions[name])}"""', *rows, ""])


def _meaning(name: str, definition: sp.Expr) -> str:
    """What a function is, in one line that fits."""
    if name.endswith("_prime"):
        return f"The derivative of {name.removesuffix('_prime')} at z."
    says = f"{ARGUMENT} ↦ {definition}"
    plain = not definition.has(sp.Piecewise) and not any(map(decimal, definition.atoms(sp.Rational)))
    return says if plain and len(says) < WIDTH - 10 else f"The function {name} at z."


def _says(program: Program, page: Page) -> str:
    shapes = [(key(q, page.names[q.symbol]), q.shape) for q in [*data(program), *parameters(program)]]
    lines = [f"    {name}: {_tuple([str(s) for s in shape]) if shape else 'a number'}" for name, shape in shapes]
    return "\n".join(["The loss and a dict of its gradient by each parameter, named as in params.", "",
                      "    Shapes:", *(f"    {line}" for line in lines), "    "])
