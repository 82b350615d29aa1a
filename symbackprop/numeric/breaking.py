"""Lines of code that are too long, broken where a person would."""

from __future__ import annotations

WIDTH = 100


def wrapped(line: str) -> list[str]:
    """A line in several when it is too long: broken before an operator, as far outside as helps."""
    if len(line) <= WIDTH:
        return [line]
    sign = "return " if line.lstrip().startswith("return ") else " = "
    head, _, tail = line.partition(sign)
    for depth in (0, 1, 2):
        broken = f"{head}{sign}({tail})" if depth == 0 else line
        rows = _broken(broken, max(depth, 1))
        if max(map(len, rows)) <= WIDTH:
            return rows
    return [part for row in _broken(f"{head}{sign}({tail})", 1) for part in _further(row)] if tail else [line]


def _further(row: str) -> list[str]:
    """A row of a line that stands in brackets, broken once more where it is still too long."""
    rows = [row]
    for depth in (0, 1, 2, 3):
        if max(map(len, rows)) > WIDTH:
            rows = _broken(row, depth)
    return rows if max(map(len, rows)) <= WIDTH else [row]


_SIGNS: tuple[tuple[str, ...], ...] = ((", ",), (" + ", " - "), (" * ", " / ", " @ "))
"""Where a line may be broken, the best first."""


def _broken(line: str, at: int) -> list[str]:
    """A line broken in so many brackets: between arguments or terms where that is enough, else at every
    operator."""
    rows: list[str] = []
    for signs in (*_SIGNS, sum(_SIGNS, ())):
        rows = _broken_at(line, at, signs)
        if max(map(len, rows)) <= WIDTH:
            break
    return rows


def _broken_at(line: str, at: int, signs: tuple[str, ...]) -> list[str]:
    """A line broken before these operators, or after these commas."""
    rows, depth, start = [], 0, 0
    pad = " " * (len(line) - len(line.lstrip()) + 4)
    for place, sign in enumerate(line):
        depth += (sign in "([{") - (sign in ")]}")
        found = next((s for s in signs if line.startswith(s, place)), None) if depth == at else None
        if found is not None:
            end = place + (1 if found == ", " else 0)
            rows.append(line[start:end])
            start = place + (2 if found == ", " else 1)
    rows.append(line[start:])
    return [row if k == 0 else pad + row for k, row in enumerate(rows)]
