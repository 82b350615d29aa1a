"""Array tree → NumPy text: ones become sums along an axis, diag and outer products with ones become broadcasting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symbackprop.language.arrays import (
    Array,
    Diagonal,
    Elementwise,
    Hadamard,
    Matmul,
    Ones,
    Outer,
    Scaled,
    Times,
    Total,
    Transpose,
)
from symbackprop.language.functions import Iverson
from symbackprop.numeric.array_softmax import divisor, exponent_and_masks, softmax_of
from symbackprop.numeric.code import code, holds
from symbackprop.numeric.page import ATOM, PRODUCT, SIGN, SUM, Page, Text


@dataclass(frozen=True)
class Piece:
    """Code of an array. ``full``: it has the shape itself, and does not wait for broadcasting."""

    text: Text
    full: bool = True

    def within(self, binds: int) -> str:
        return self.text.within(binds)


def piece(array: Array, page: Page) -> Piece:
    """The code of an array."""
    return _softmax(array, page) or _PIECE[type(array)](array, page)


def _softmax(array: Array, page: Page) -> Piece | None:
    """Exponentials over their sum, as a softmax that does not overflow; what a mask shuts out is exp(−∞)."""
    found = softmax_of(array)
    parts = exponent_and_masks(found[0]) if found else None
    if found is None or parts is None:
        return None
    exponent, masks = parts
    text = piece(exponent, page).text.code
    for mask in masks:
        text = f"np.where({holds(mask.expression.args[0], page.over(mask.indices, mask.sizes))}, {text}, -np.inf)"
    page.helpers.add("softmax")
    return Piece(Text(f"softmax({text}, axis={found[1]})"))


def assigned(name: str, array: Array, page: Page) -> list[str]:
    """The lines that give a name to an array; what was just made is changed in place rather than copied."""
    if len(array.shape) > 0:
        if isinstance(array, Scaled) and _fresh(array.of):
            sign, factor = _scaling(array.scalar, page)
            return [*assigned(name, array.of, page), f"{name} {sign}= {factor}"]
        if isinstance(array, Total) and isinstance(array.terms[0], Matmul):
            return [*assigned(name, array.terms[0], page), *(_added(name, t, page) for t in array.terms[1:])]
        if isinstance(array, Hadamard):
            first = next((f for f in array.factors if _fresh(f) and piece(f, page).full), None)
            if first is not None:
                rest = [f for f in array.factors if f is not first]
                return [*assigned(name, first, page), *(f"{name} *= {piece(f, page).within(SUM)}" for f in rest)]
    made = piece(array, page)
    if made.full:
        return [f"{name} = {made.text.code}"]
    sizes = ", ".join(code(s, page).code for s in array.shape)
    return [f"{name} = np.broadcast_to({made.text.code}, ({sizes}{',' * (len(array.shape) == 1)})).copy()"]


def _fresh(array: Array) -> bool:
    """Whether the code of an array makes a new one of floats: it is more than a name, a view of one, or a mask."""
    if isinstance(array, Transpose):
        return _fresh(array.of)
    return not isinstance(array, Ones | Outer) and not (
        isinstance(array, Elementwise) and (array.constant or isinstance(array.expression, sp.Indexed | sp.Symbol))
    )


def _scaling(scalar: sp.Expr, page: Page) -> tuple[str, str]:
    """``/`` and m for 1/m, ``*`` and the number otherwise."""
    if scalar == -1:
        return "*", "-1"
    if (1 / scalar).is_Integer or isinstance(1 / scalar, sp.Symbol):
        return "/", code(1 / scalar, page).within(SIGN)
    return "*", code(scalar, page).within(SIGN)


def _added(name: str, term: Array, page: Page) -> str:
    if isinstance(term, Scaled) and term.scalar.could_extract_minus_sign():
        return f"{name} -= {_scaled(Scaled(-term.scalar, term.of), page).within(SUM)}"
    return f"{name} += {piece(term, page).within(SUM)}"


def _elementwise(array: Elementwise, page: Page) -> Piece:
    made = {symbol: piece(a, page) for symbol, a in array.slots}
    own = page.over(array.indices, array.sizes, {symbol: p.text for symbol, p in made.items()})
    read = {tuple(x.indices) for x in array.expression.atoms(sp.Indexed)}
    full = not array.indices or array.constant or any(set(at) >= set(array.indices) for at in read)
    text = code(array.expression, own)
    if array.constant and not array.expression.has(sp.Piecewise, Iverson):
        # indices are integers, which take no fractions in place
        text = Text(f"1.0 * {text.within(SIGN)}", PRODUCT)
    return Piece(text, full)


def _ones(array: Ones, page: Page) -> Piece:
    return Piece(Text(f"np.ones({code(array.size, page).code})"))


def _transpose(array: Transpose, page: Page) -> Piece:
    of = piece(array.of, page)
    return of if len(array.of.shape) < 2 else Piece(Text(f"{of.within(ATOM)}.T"), of.full)


def _untransposed(array: Array) -> Array | None:
    """X where the array is Xᵀ, also factor by factor."""
    if isinstance(array, Transpose):
        return array.of
    if isinstance(array, Hadamard):
        inner = [_untransposed(f) for f in array.factors]
        kept = tuple(f for f in inner if f is not None)
        return Hadamard(kept) if len(kept) == len(inner) else None
    return None


def _matmul(array: Matmul, page: Page) -> Piece:
    left, right = array.left, array.right
    if isinstance(right, Ones):
        turned = _untransposed(left)
        return _summed(left if turned is None else turned, -1 if turned is None else 0, page)
    row = left.of if isinstance(left, Transpose) else left
    if isinstance(row, Ones):
        return _summed(right, 0, page)
    below = divisor(left.of) if isinstance(left, Diagonal) else None
    if below is not None:
        by = piece(below, page).within(ATOM) + "[:, None]" * (len(right.shape) == 2)
        return Piece(Text(f"{piece(right, page).within(PRODUCT)} / {by}", PRODUCT))
    if isinstance(left, Diagonal):
        by = piece(left.of, page).within(SIGN)
        by = f"{piece(left.of, page).within(ATOM)}[:, None]" if len(right.shape) == 2 else by
        return Piece(Text(f"{by} * {piece(right, page).within(SIGN)}", PRODUCT))
    if isinstance(right, Diagonal):
        return Piece(Text(f"{piece(left, page).within(PRODUCT)} * {piece(right.of, page).within(SIGN)}", PRODUCT))
    return Piece(Text(f"{piece(left, page).within(PRODUCT)} @ {piece(right, page).within(SIGN)}", PRODUCT))


def _summed(array: Array, axis: int, page: Page) -> Piece:
    """A product with ones: the sum along an axis."""
    made = piece(array, page)
    along = "" if len(array.shape) < 2 else f"axis={axis % 2}"
    return Piece(Text(f"{made.within(ATOM)}.sum({along})"))


def _outer(array: Outer, page: Page) -> Piece:
    if isinstance(array.right, Ones):
        return Piece(Text(f"{piece(array.left, page).within(ATOM)}[:, None]"), False)
    if isinstance(array.left, Ones):
        return Piece(piece(array.right, page).text, False)
    left, right = (piece(a, page).text.code for a in (array.left, array.right))
    return Piece(Text(f"np.outer({left}, {right})"))


def _hadamard(array: Hadamard, page: Page) -> Piece:
    parts = [piece(f, page) for f in array.factors]
    text = " * ".join(p.within(PRODUCT if k == 0 else SIGN) for k, p in enumerate(parts))
    return Piece(Text(text, PRODUCT), any(p.full for p in parts))


def _diagonal(array: Diagonal, page: Page) -> Piece:
    return Piece(Text(f"np.diag({piece(array.of, page).text.code})"))


def _scaled(array: Scaled, page: Page) -> Piece:
    of = piece(array.of, page)
    if array.scalar == 1:
        return of
    if array.of == Elementwise(sp.Integer(1), (), ()):
        return Piece(code(array.scalar, page))
    if array.scalar.could_extract_minus_sign():
        positive = _scaled(Scaled(-array.scalar, array.of), page)
        return Piece(Text(f"-{positive.within(PRODUCT)}", SIGN), of.full)
    sign, factor = _scaling(array.scalar, page)
    text = f"{of.within(PRODUCT)} / {factor}" if sign == "/" else f"{factor} * {of.within(SIGN)}"
    return Piece(Text(text, PRODUCT), of.full)


def _times(array: Times, page: Page) -> Piece:
    number, of = piece(array.number, page), piece(array.of, page)
    below = divisor(array.number)
    if below is not None:
        return Piece(Text(f"{of.within(PRODUCT)} / {piece(below, page).within(SIGN)}", PRODUCT), of.full)
    return Piece(Text(f"{number.within(PRODUCT)} * {of.within(SIGN)}", PRODUCT), of.full)


def _total(array: Total, page: Page) -> Piece:
    text = piece(array.terms[0], page).within(SUM)
    full = piece(array.terms[0], page).full
    for term in array.terms[1:]:
        negative = isinstance(term, Scaled) and term.scalar.could_extract_minus_sign()
        part = piece(Scaled(-term.scalar, term.of) if negative else term, page)  # type: ignore[union-attr]
        text += f" - {part.within(PRODUCT)}" if negative else f" + {part.within(SUM)}"
        full = full or part.full
    return Piece(Text(text, SUM), full)


_PIECE: dict[type[Any], Callable[[Any, Page], Piece]] = {
    Elementwise: _elementwise, Ones: _ones, Transpose: _transpose, Matmul: _matmul, Outer: _outer,
    Hadamard: _hadamard, Diagonal: _diagonal, Scaled: _scaled, Times: _times, Total: _total,
}
