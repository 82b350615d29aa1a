"""The other side of the jail: run as a script by ``python -I``. Loads somebody's file, calls it, answers in JSON.

What it is asked stands in ``request.json`` in the working directory; the answer goes into the pipe whose number is its
one argument. Limits are set before anything of theirs is read.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import importlib.machinery
import importlib.util
import json
import os
import socket
import sys
import types
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent.parent
LARGEST = 64_000_000


def limit(limits: dict[str, int]) -> None:
    """CPU seconds, bytes of memory, bytes a file, open files, processes; and no sockets."""
    try:
        import resource
    except ImportError:
        return
    # the number of processes counts those of the user, so that it may not be lowered before our own threads are there
    for name, key in (("CPU", "cpu"), ("AS", "memory"), ("FSIZE", "file"), ("NOFILE", "files"), ("NPROC", "processes"),
                      ("CORE", "core")):  # fmt: skip
        value = limits[key]
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


def refuse(*_: Any, **__: Any) -> Any:
    raise PermissionError("the network, and other processes, are shut off here")


def shut() -> None:
    """What belongs to no backward function is taken away; a courtesy to honest code, no lock."""
    socket.socket = refuse  # type: ignore[assignment,misc]
    for name in ("fork", "forkpty", "system", "popen", "posix_spawn", "posix_spawnp", "execv", "execve"):
        if hasattr(os, name):
            setattr(os, name, refuse)


def package() -> None:
    """Our package under its name, without running its front door, which would load all of it."""
    for name, place in (("symbackprop", PACKAGE), ("symbackprop.verify", PACKAGE / "verify")):
        made = types.ModuleType(name)
        made.__path__ = [str(place)]
        sys.modules[name] = made


def load(path: str, exact: bool, only_definitions: bool) -> dict[str, Any]:
    """The names of their file after it was run, or its definitions alone."""
    outline = importlib.import_module("symbackprop.verify.outline")
    shim = importlib.import_module("symbackprop.verify.shim")
    sys.path.insert(0, str(Path(path).parent))
    if exact:
        _replace({"numpy": shim.thin(), "math": shim.thin_math()}, str(Path(path).parent))
    tree = ast.parse(Path(path).read_bytes(), path)
    loader = importlib.machinery.SourceFileLoader("handed_in", path)
    kept = outline.definitions(tree) if only_definitions else tree
    # their file is to be run: that is what this process is for
    loader.get_code = lambda fullname: loader.source_to_code(kept, path)  # type: ignore[method-assign,arg-type]
    spec = importlib.util.spec_from_loader("handed_in", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["handed_in"] = module
    loader.exec_module(module)
    return vars(module)


def _replace(shims: dict[str, Any], folder: str) -> None:
    """Their imports of numpy find the shim; those of the libraries they import do not."""
    real = builtins.__import__

    def imported(name: str, scope: Any = None, local: Any = None, wanted: Any = (), level: int = 0) -> Any:
        theirs = str((scope or {}).get("__file__", "")).startswith(folder) or (scope or {}).get(
            "__name__") == "handed_in"  # fmt: skip
        return shims[name] if theirs and level == 0 and name in shims else real(name, scope, local, wanted, level)
    builtins.__import__ = imported


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Load, and call in every layout that is asked for."""
    calling = importlib.import_module("symbackprop.verify.calling")
    handed = importlib.import_module("symbackprop.verify.attempts")
    path, done = request["path"], False
    try:
        names = load(path, request["exact"], request["definitions"])
    except (Exception, SystemExit) as problem:
        if request["definitions"] or isinstance(problem, SyntaxError):
            return {"problem": calling.says(problem, path)}
        first, done = calling.says(problem, path), True
        try:
            names = load(path, request["exact"], True)
        except (Exception, SystemExit) as again:
            return {"problem": calling.says(again, path)}
    found: dict[str, Any] = handed.attempts(names, request)
    if done:
        found["notes"] = [f"its statements were not run, only its definitions ({first})"]
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
    shut()
    # an answer is whole or not at all
    text = json.dumps(answer(request))
    if len(text) > LARGEST:
        text = json.dumps({"problem": "its answer is too large"})
    out.write(text)
    out.close()
    os._exit(0)


if __name__ == "__main__":
    main()
