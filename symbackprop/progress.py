"""What a long command says of itself on a terminal."""

from __future__ import annotations

import atexit
import sys
import time
from collections.abc import Callable


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
