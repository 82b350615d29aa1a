"""What several tests need."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

LIMIT = 120
"""Seconds after which something that should end at once does not end: far above any time taken, on any machine."""


@pytest.fixture
def ends() -> Iterator[None]:
    """The test ends, or fails instead of holding up all others. No time is measured."""

    def late(*_: object) -> None:
        pytest.fail(f"it had not ended after {LIMIT} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(LIMIT)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
