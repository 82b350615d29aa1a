"""A process of its own for other people's code, with limits. Against accidents, not against attackers.

CPU time, memory, file size, open files and processes are limited by the kernel, the wall clock by us; the process
group is killed as a whole; the environment is empty, the working directory temporary; namespaces take the network away
where the system has them. Files that the user may read can be read, and a determined attacker gets out.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

SECONDS = 10.0
LIMITS = {"cpu": 20, "memory": 2_000_000_000, "file": 1_000_000, "files": 64, "processes": 64, "core": 0}
ALONE = "no namespaces here: the network and other processes are shut off by the interpreter only"
PRINTED = 100_000
"""Characters of what it prints that are kept."""
ANSWER = 64_000_000


@dataclass(frozen=True)
class Outcome:
    """What the process answered, or why it did not; what it printed; which walls were missing."""

    answer: Mapping[str, Any] | None
    problem: str = ""
    printed: str = ""
    missing: tuple[str, ...] = ()


@cache
def namespaces() -> tuple[str, ...]:
    """The command before the command that takes the network and all other processes away, or the network; () where the
    system has none."""
    found = shutil.which("unshare")
    if found is None:
        return ()
    alone = (found, "--user", "--map-root-user", "--net")
    return next((c for c in ((*alone, "--pid", "--fork", "--kill-child"), alone) if _works(c)), ())


def _works(command: tuple[str, ...]) -> bool:
    try:
        return subprocess.run([*command, sys.executable, "-I", "-S", "-c", ""], capture_output=True, timeout=5,
                              check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def run(request: Mapping[str, Any], seconds: float = SECONDS) -> Outcome:
    """The answer of ``jailed.py`` to a request. Never raises for what their code does."""
    if os.name != "posix":
        return Outcome(None, "code that is handed in is run on Linux and macOS only: this system has no limits for it")
    missing = () if namespaces() else (ALONE,)
    with tempfile.TemporaryDirectory(prefix="symbackprop-", ignore_cleanup_errors=True) as folder:
        Path(folder, "request.json").write_text(json.dumps({**request, "limits": LIMITS}), encoding="utf-8")
        reading, writing = os.pipe()
        command = [*namespaces(), sys.executable, "-I", "-B", str(Path(__file__).with_name("jailed.py")), str(writing)]
        environment = {"HOME": folder, "PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "OPENBLAS_NUM_THREADS": "1",
                       "MPLBACKEND": "Agg"}  # fmt: skip
        child = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, pass_fds=[writing],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
        os.close(writing)
        try:
            answer, printed, stopped = _listen(child, reading, seconds)
        finally:
            _kill(child)
            os.close(reading)
    return _outcome(answer, printed, stopped, child.returncode, seconds, missing)


def _listen(child: subprocess.Popen[bytes], reading: int, seconds: float) -> tuple[bytes, bytes, str]:
    """What comes through the pipe and what is printed, until the pipe is closed, the time is up, or it is much."""
    assert child.stdout is not None
    answer, printed, last = bytearray(), bytearray(), time.monotonic() + seconds
    with selectors.DefaultSelector() as waiting:
        waiting.register(reading, selectors.EVENT_READ, "answer")
        waiting.register(child.stdout, selectors.EVENT_READ, "printed")
        while any(key.data == "answer" for key in waiting.get_map().values()):
            left = last - time.monotonic()
            if left <= 0:
                return bytes(answer), bytes(printed), "time"
            for key, _ in waiting.select(left):
                data = os.read(key.fd, 1 << 16)
                if not data:
                    waiting.unregister(key.fileobj)
                elif key.data == "answer":
                    answer += data
                elif len(printed) < PRINTED:
                    printed += data
            if len(answer) > ANSWER:
                return b"", bytes(printed), "much"
    return bytes(answer), bytes(printed), ""


def _kill(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(0.2)
    # the whole group: what it started must not outlive it
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _outcome(answer: bytes, printed: bytes, stopped: str, code: int, seconds: float,
             missing: tuple[str, ...]) -> Outcome:
    shown = printed[:PRINTED].decode("utf-8", "replace")
    if stopped == "time":
        much = f", and it printed more than {PRINTED:,} characters" if len(printed) >= PRINTED else ""
        return Outcome(None, f"it did not return within {seconds:g} seconds{much}", shown, missing)
    if stopped == "much" or not answer:
        return Outcome(None, _ended(code, shown), shown, missing)
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        return Outcome(None, "its answer was cut off: the process was ended, or wrote into our pipe", shown, missing)
    return Outcome(found, "", shown, missing) if isinstance(found, dict) else Outcome(None, "no answer", shown, missing)


def _ended(code: int, printed: str) -> str:
    if code == -signal.SIGXCPU or code == -signal.SIGKILL:
        return "it was stopped: it used more processor time or memory than it may have"
    if code < 0:
        return f"its process was ended by the signal {signal.Signals(-code).name}"
    tail = printed.strip().splitlines()[-1:] or [""]
    return f"its process ended (exit code {code}) without an answer {('(' + tail[0][:200] + ')') if tail[0] else ''}"
