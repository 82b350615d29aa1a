"""Errors: each says what is wrong, where, and what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Self


class SymbackpropError(Exception):
    """Base of every error a user can cause. Its text is meant to be read by that user."""

    where = ""

    def at(self, where: str) -> Self:
        """The same error with the place in a file where it arises before it; said once, by whoever is nearest."""
        if where and not self.where:
            self.where, self.args = where, (f"{where}: {self}",)
        return self


class NetworkError(SymbackpropError):
    """A network that cannot be built: shapes that do not meet, an unknown layer, a size of 0."""


class DerivationError(SymbackpropError):
    """A quantity that cannot be derived, or a chain of steps that does not hold together."""


class VerificationError(SymbackpropError):
    """A check that could not be carried out at all."""


class ContradictionError(VerificationError):
    """Exactly equal, and yet different at a real point: an error of this program, never of whoever uses it."""


class SyntaxProblem(SymbackpropError):  # noqa: N818 (a name others script against)
    """Text that cannot be read: line, column and a caret under the first character that does not fit."""

    def __init__(self, what: str, text: str, at: int, hint: str = "") -> None:
        before = text[:at]
        self.line = before.count("\n") + 1
        self.column = at - (before.rfind("\n") + 1) + 1
        row = (text.splitlines() or [""])[self.line - 1 :][:1] or [""]
        start = max(0, self.column - 60)
        shown = row[0][start : start + 100]
        caret = " " * (self.column - 1 - start) + "^"
        parts = [f"{what} (line {self.line}, column {self.column})", "  " + shown, "  " + caret]
        super().__init__("\n".join([*parts, hint] if hint else parts))
        self.what, self.hint = what, hint

    def at(self, where: str) -> Self:
        # of two lines it is that of the file that one looks for
        self.args = (str(self).replace(f"(line {self.line}, column", "(column", 1),) if where else self.args
        return super().at(where)


def depth_needed(what: str) -> NetworkError:
    """The refusal of what needs a number of layers."""
    return NetworkError(f"{what} needs a number of layers, and here it is the symbol L; give the depth: n0-n1-n2-n3, "
                        "or net.at_depth(3) in Python")


def nearest(name: str, known: Iterable[str]) -> str:
    """``did you mean 'sigmoid'?`` for the nearest known name, or the list of what is known."""
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    return "known: " + ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
