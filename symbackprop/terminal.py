"""The terminal: its streams, its language, and what a long command says of itself."""

from __future__ import annotations

import atexit
import io
import os
import sys
import time
from collections.abc import Callable, Sequence


def _clear() -> None:
    print("\r\x1b[K", end="", file=sys.stderr)


def progress() -> Callable[[str], None] | None:
    """Says on a terminal which check is under way, once more than a second has gone by."""
    if not sys.stderr.isatty():
        return None
    began = time.monotonic()

    def tell(name: str) -> None:
        if time.monotonic() - began > 1:
            print(f"\r\x1b[K… {name}", end="", file=sys.stderr, flush=True)
            atexit.unregister(_clear)
            atexit.register(_clear)

    return tell


def streams() -> None:
    """A closed standard output swallows, and one that knows no Hangul shows what it can."""
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 (open as long as we run)
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def language(arguments: Sequence[str]) -> str:
    """``--lang``, else the locale's when it is Korean, else English."""
    for k, word in enumerate(arguments):
        if word == "--lang" and k + 1 < len(arguments):
            return "ko" if arguments[k + 1] == "ko" else "en"
        if word.startswith("--lang="):
            return "ko" if word == "--lang=ko" else "en"
    names = (os.environ.get(n, "") for n in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "ko" if next((n for n in names if n), "").lower().startswith("ko") else "en"
