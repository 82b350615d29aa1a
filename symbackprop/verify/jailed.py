"""The other side of the jail: run as a script by ``python -I``. Loads somebody's file, calls it, answers in JSON.

What it is asked stands in ``request.json`` in the working directory; the answer goes into the pipe whose number is its
one argument. Limits are set before anything of theirs is read.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.machinery
import json
import os
import signal
import sys
import types
from pathlib import Path
from typing import Any

try:
    import resource
except ImportError:  # there is none on Windows
    resource = None  # type: ignore[assignment]

PACKAGE = Path(__file__).parent.parent
LARGEST = 64_000_000
PATIENCE = 2.0
"""Seconds that the statements of a file may take together, before its function is called."""


def limit(limits: dict[str, int]) -> None:
    """CPU seconds, bytes of memory, bytes a file, open files, processes."""
    if resource is None:
        return
    for name, key in (("CPU", "cpu"), ("AS", "memory"), ("FSIZE", "file"), ("NOFILE", "files"), ("NPROC", "processes"),
                      ("CORE", "core")):  # fmt: skip
        value = limits[key]
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


REFUSED = ("socket.", "subprocess.", "os.system", "os.fork", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile",
           "os.kill", "pty.", "ctypes.dlopen", "webbrowser.")  # fmt: skip
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGING = ("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink", "os.chmod",
            "os.chown", "os.utime", "shutil.")  # fmt: skip


def shut(folder: str) -> None:
    """What belongs to no backward function is refused by a hook of the interpreter, which it tells of such things and
    which cannot be taken off: the network, other processes, files changed outside of the folder. For honest code; code
    that is written to get out will."""
    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event.startswith(REFUSED):
            raise PermissionError("the network, and other processes, are shut off here")
        if event == "open" and isinstance(args[0], str | bytes | os.PathLike) and _writes(args[1], args[2]):
            _inside(args[0])
        if event.startswith(CHANGING):
            for path in args[:2]:
                _inside(path)

    def _inside(path: Any) -> None:
        if isinstance(path, str | bytes | os.PathLike):
            whole = os.path.realpath(os.fsdecode(path))
            if whole != os.devnull and not whole.startswith(folder + os.sep):
                raise PermissionError("files outside of the working folder are not to be changed here")
    sys.addaudithook(hook)


def _writes(mode: Any, flags: Any) -> bool:
    return bool(isinstance(flags, int) and flags & WRITING) or any(c in str(mode or "") for c in "wax+")


def package() -> None:
    """Our package under its name, without running its front door, which would load all of it."""
    for name, place in (("symbackprop", PACKAGE), ("symbackprop.verify", PACKAGE / "verify")):
        made = types.ModuleType(name)
        made.__path__ = [str(place)]
        sys.modules[name] = made


def load(path: str, text: str, exact: bool) -> tuple[dict[str, Any], list[str]]:
    """The names of their file after it was run, statement by statement; and what was left out of it, in words.

    A statement that fails is left out, like a loop ``while`` that stands by itself and what takes longer than
    ``PATIENCE``: a training loop, data that are not here. Modules that are not here are stood in for.
    """
    shim = importlib.import_module("symbackprop.verify.shim")
    calling = importlib.import_module("symbackprop.verify.calling")
    folder = str(Path(path).parent)
    sys.path.insert(0, folder)
    shims = {"numpy": shim.thin(), "math": shim.thin_math(), "scipy": shim.thin_scipy(),
             "scipy.special": shim.thin_special()} if exact else {}  # fmt: skip
    imports(shims, folder)
    outline = importlib.import_module("symbackprop.verify.outline")
    tree = ast.parse(text, path)
    module = types.ModuleType("handed_in")
    module.__file__ = path
    sys.modules["handed_in"] = module
    left: list[str] = []

    def skipped() -> None:
        signal.setitimer(signal.ITIMER_REAL, PATIENCE / 4)
        problem = sys.exc_info()[1]
        if problem is not None:
            left.append(calling.says(problem, path))

    vars(module)[outline.SKIPPED] = skipped
    loader = importlib.machinery.SourceFileLoader("handed_in", path)
    # their file is to be run: that is what this process is for
    loader.get_code = lambda fullname: loader.source_to_code(outline.patient(tree), path)  # type: ignore[method-assign]
    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    loader.exec_module(module)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return vars(module), left


class LateError(BaseException):
    """A statement of a module takes too long; no ``except Exception`` of theirs may catch it."""


def late(*_: Any) -> None:
    raise LateError("takes too long")


def imports(shims: dict[str, Any], folder: str) -> None:
    """Their imports find the shims, what draws is stood in for, and so is what is not here; those of the libraries
    they import find what they look for."""
    absent = importlib.import_module("symbackprop.verify.absent")
    real = builtins.__import__

    def imported(name: str, *rest: Any, **named: Any) -> Any:
        said = {**dict(zip(("globals", "locals", "fromlist", "level"), rest, strict=False)), **named}
        scope, wanted = said.get("globals"), said.get("fromlist")
        theirs = str((scope or {}).get("__file__", "")).startswith(folder) or (scope or {}).get(
            "__name__") == "handed_in"  # fmt: skip
        if not theirs or said.get("level"):
            return real(name, *rest, **named)
        first = name.partition(".")[0]
        if first in shims and (name in shims or not wanted):
            return shims[name if wanted else first]
        if first in absent.DRAWING:
            return absent.Absent(name, True)
        try:
            return real(name, *rest, **named)
        except ModuleNotFoundError:
            return absent.Absent(name)
    builtins.__import__ = imported


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Load, and call in every layout that is asked for."""
    calling = importlib.import_module("symbackprop.verify.calling")
    handed = importlib.import_module("symbackprop.verify.attempts")
    outline = importlib.import_module("symbackprop.verify.outline")
    try:
        request["source"] = outline.source(Path(request["path"]))
        names, left = load(request["path"], request["source"], request["exact"])
    except BaseException as problem:
        return {"problem": calling.says(problem, request["path"])}
    found: dict[str, Any] = handed.attempts(names, request)
    if left:
        more = f", and {len(left) - 1} more" if len(left) > 1 else ""
        found["notes"] = [f"a statement of the file was left out ({left[0]}{more})"]
        if "problem" in found:
            found["problem"] += f" ({left[0]}{more})"
    return found


def main() -> None:
    out = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")
    request = json.loads(Path("request.json").read_text(encoding="utf-8"))
    package()
    for name in ("numpy", "symbackprop.verify.attempts"):
        importlib.import_module(name)
    os.environ.clear()
    sys.argv = [request["path"]]
    limit(request["limits"])
    shut(os.path.realpath(os.getcwd()))
    # an answer is whole or not at all
    text = json.dumps(answer(request))
    if len(text) > LARGEST:
        text = json.dumps({"problem": "its answer is too large"})
    out.write(text)
    out.close()
    os._exit(0)


if __name__ == "__main__":
    main()
