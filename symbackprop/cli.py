"""The command line. Results to standard output, talk to standard error; no traceback for a user's mistake."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from symbackprop.documents.save import FOLDERS, FORMATS, ending_format
from symbackprop.terminal import language, progress, streams

USAGE, OWN_CHECK_FAILED, WRONG, UNREADABLE, UNDECIDED, FINE = 2, 5, 1, 3, 4, 0

NETWORK = ("a spec such as 784-128-64-10, 784-128:relu-10:softmax/ce, n0-n1-n2, n0-...-nL; a TOML file; or - for TOML "
           "on standard input")


class UsageError(Exception):
    """The command was not understood: exit code 2."""


class _Parser(argparse.ArgumentParser):
    def parse_known_args(self, args: Any = None, namespace: Any = None) -> tuple[Any, list[str]]:
        """An unknown option is said by the command that does not know it, with the nearest that it knows."""
        found, rest = super().parse_known_args(args, namespace)
        if rest:
            near = difflib.get_close_matches(rest[0].split("=")[0], self._option_string_actions, 1)
            self.error(f"unrecognized arguments: {' '.join(rest)}" + (f"; did you mean '{near[0]}'?" if near else ""))
        return found, rest

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_usage().strip()}\nMore: {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code says how it went (0 fine, 1 wrong, 2 usage, 3 unreadable, 4 undecided, 5 ours)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    streams()
    lang = language(arguments)
    try:
        return _run(arguments)
    except BrokenPipeError:
        # the reader went away (`| head`): not an error, and nothing more can be said there
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except UsageError as problem:
        return _complain(str(problem), lang, USAGE)
    except KeyboardInterrupt:
        return _complain("interrupted; nothing was written", lang, 130)
    except OSError as problem:
        where = f" ({str(problem.filename)[:200]})" if problem.filename else ""
        return _complain(f"{problem.strerror or problem}{where}", lang, UNREADABLE)
    except Exception as problem:
        from symbackprop.language.errors import ContradictionError, SymbackpropError

        if isinstance(problem, SymbackpropError):
            ours = isinstance(problem, ContradictionError)
            return _complain(str(problem), lang, OWN_CHECK_FAILED if ours else UNREADABLE)
        raise


def _complain(text: str, lang: str, code: int) -> int:
    from symbackprop.documents.messages import localised

    head = "오류" if lang == "ko" else "error"
    print(f"symbackprop: {head}: {localised(text, lang)}", file=sys.stderr)
    return code


def _run(arguments: list[str]) -> int:
    options = parser().parse_args(arguments)
    if not hasattr(options, "command"):
        parser().print_help()
        return FINE
    options.lang = language(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    code = command(options)
    sys.stdout.flush()
    return code


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    from symbackprop import __version__

    top = _Parser(prog="symbackprop", description="Backpropagation derived step by step, printed, and checked.",
                  epilog=f"NETWORK: {NETWORK}.")
    top.add_argument("--version", action="version", version=f"symbackprop {__version__}")
    commands = top.add_subparsers(metavar="COMMAND")

    def add(name: str, run: Callable[[argparse.Namespace], int], says: str) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=says, description=says[0].upper() + says[1:] + ".")
        made.set_defaults(command=run)
        made.add_argument("--lang", choices=["ko", "en"], help="language of documents and messages")
        return made

    _derive_options(add("derive", derive, "derive every gradient and print the derivation"))
    verify_command = add("verify", verify, "check the tool's own derivation, step by step")
    verify_command.add_argument("network", metavar="NETWORK", help=NETWORK)
    verify_command.add_argument("--notation", metavar="NAME|FILE.toml")
    verify_command.add_argument("--batch", choices=["none", "columns", "rows"])
    verify_command.add_argument("--json", action="store_true")
    verify_command.add_argument("--fresh", action="store_true", help="random points from entropy, not from the input")
    _check_options(add("check", check, "judge formulas derived by hand"))
    code_command = add("code", code, "a NumPy module with value_and_grad(params, x, y)")
    code_command.add_argument("network", metavar="NETWORK", help=NETWORK)
    code_command.add_argument("--target", default="numpy", metavar="numpy")
    code_command.add_argument("-o", dest="output", metavar="PATH")
    _plot_options(add("plot", plot, "plot what is reused, how large the derivative grows, how gradients vanish"))
    add("layers", layers, "list kinds of layers, activations and losses").add_argument("--json", action="store_true")
    add("schema", schema, "print the JSON Schema of a network in TOML")
    add("notations", notations, "list notation profiles").add_argument("--json", action="store_true")
    return top


def _derive_options(made: argparse.ArgumentParser) -> None:
    made.add_argument("network", metavar="NETWORK", help=NETWORK)
    made.add_argument("-o", dest="output", metavar="PATH", help="where to write; the format follows the ending")
    made.add_argument("--format", metavar="FORMAT",
                      help="html, slides, beamer, pdf, tex, typ, fragments, md, ipynb, text, hwp, svg, mathml or json")
    made.add_argument("--dialect", choices=["github", "jupyter", "quarto", "myst"],
                      help="of Markdown (github; quarto where the file ends in .qmd)")
    made.add_argument("--form", choices=["scalar", "component", "matrix", "all"],
                      help="one neuron a layer, components with indices, or matrices (what the network allows)")
    made.add_argument("--notation", metavar="NAME|FILE.toml",
                      help="a course's notation (see `symbackprop notations`), or one of your own")
    made.add_argument("--batch", choices=["none", "columns", "rows"], help="how a batch of data lies in an array")
    made.add_argument("--wrt", metavar="NAME,…", help="derive by these only, e.g. W2,b2")
    made.add_argument("--steps", choices=["brief", "normal", "full"], default="normal",
                      help="results only; what a lecture shows; or every line (normal)")
    values = made.add_mutually_exclusive_group()
    values.add_argument("--values", metavar="FILE", help="JSON with W1, b1, …, x, y: numbers beside the formulas")
    values.add_argument("--seed", type=int, metavar="N", help="random numbers beside the formulas")


def _plot_options(made: argparse.ArgumentParser) -> None:
    made.add_argument("network", metavar="NETWORK", help=NETWORK)
    made.add_argument("--what", choices=["reuse", "size", "gradients"], default="reuse")
    made.add_argument("-o", dest="output", metavar="PATH", required=True, help="where to write: .svg, .png or .pdf")


def _check_options(made: argparse.ArgumentParser) -> None:
    made.add_argument("network", metavar="NETWORK", help=NETWORK)
    made.add_argument("file", metavar="FILE", nargs="?",
                      help="notes (.md, .tex), formulas one a line (.txt), - for standard input, or file.py:function")
    made.add_argument("-e", dest="formula", action="append", metavar="FORMULA", help="a formula; may be repeated")
    made.add_argument("--notation", metavar="NAME|FILE.toml")
    made.add_argument("--hint", choices=["none", "where", "kind", "repair"], default="repair",
                      help="how much is told of what is wrong (repair); none, where and kind give no solution away")
    made.add_argument("--json", action="store_true")
    made.add_argument("-o", dest="output", metavar="PATH", help="where to write: report.html, or .json or .txt")
    made.add_argument("--fresh", action="store_true", help="random points from entropy, not from the input")


def _network(options: argparse.Namespace) -> Any:
    """The network a command names: TOML on standard input, a file, or a spec."""
    from symbackprop.api import Network

    argument = options.network
    batch = getattr(options, "batch", None)
    if argument == "-":
        net = Network.from_toml(sys.stdin.read())
    elif argument.endswith(".toml") or _names_a_file(argument):
        net = Network.from_toml(Path(argument))
    else:
        net = Network(argument)
    return net.with_batch(batch) if batch else net


def _names_a_file(argument: str) -> bool:
    """A deep network's spec is longer than any file name may be."""
    try:
        return Path(argument).is_file()
    except (OSError, ValueError):
        return False


def _format(options: argparse.Namespace) -> str:
    meant = ending_format(options.output or ".txt")
    chosen = meant if meant == "fragments" and options.format == "tex" else options.format or meant
    known = ", ".join(sorted(FORMATS))
    if chosen not in FORMATS:
        raise UsageError(f"cannot tell the format from '{options.format or options.output}'; give --format: {known}")
    if chosen in ("pdf", *FOLDERS) and options.output in (None, "-"):
        raise UsageError(f"{chosen} is not for a terminal: give {'-o PATH.pdf' if chosen == 'pdf' else '-o FOLDER/'}")
    return _of_dialect(str(chosen), options.dialect)


def _of_dialect(chosen: str, dialect: str | None) -> str:
    if dialect is not None and not chosen.startswith("md"):
        raise UsageError(f"--dialect is for Markdown: --format md, or -o PATH.md; this is {chosen}")
    return chosen if dialect is None else "md" if dialect == "github" else f"md-{dialect}"


def derive(options: argparse.Namespace) -> int:
    """``derive``: the document to a file or to standard output. Exit code 5 when its own check fails."""
    from symbackprop.api import derive as derive_network

    made = _format(options)
    net = _network(options)
    wrt = [w.strip() for w in options.wrt.split(",") if w.strip()] if options.wrt else None
    d = derive_network(net, notation=options.notation, wrt=wrt)
    values = None
    if options.values or options.seed is not None:
        from symbackprop.by_hand import read_values
        values = read_values(d.network or net, options.values, options.seed)
    details: dict[str, Any] = {"lang": options.lang, "form": options.form, "level": options.steps, "values": values,
                               "command": _command_line(options), "progress": progress()}  # fmt: skip
    if options.output and options.output != "-":
        from symbackprop.files import write

        written = write(d, Path(options.output), made, **details)
        report = written.report
        print(options.output + (f" ({written.by})" if written.by else ""), file=sys.stderr)
    else:
        text, report = d.document(made, **details)
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
    if report is not None and not report.ok:
        print(f"symbackprop: {len(report.failed)} of the tool's own checks failed", file=sys.stderr)
        return OWN_CHECK_FAILED
    return FINE


def _command_line(options: argparse.Namespace) -> str:
    """The command that makes this document again."""
    words = ["symbackprop", "derive", options.network, "--lang", options.lang]
    for name in ("format", "form", "notation", "batch", "wrt", "values", "seed", "dialect"):
        if getattr(options, name) is not None:
            words += [f"--{name}", str(getattr(options, name))]
    if options.steps != "normal":
        words += ["--steps", options.steps]
    return " ".join([*words, "-o", options.output] if options.output else words)


def verify(options: argparse.Namespace) -> int:
    """``verify``: every check of the tool's own derivation."""
    from symbackprop.api import derive as derive_network
    from symbackprop.documents.checks import report_json, report_text

    d = derive_network(_network(options), notation=options.notation)
    report = d.verify(fresh=options.fresh, progress=progress())
    if options.json:
        print(json.dumps(report_json(report), ensure_ascii=False, indent=1))
    else:
        print(report_text(report, options.lang))
    return FINE if report.ok else OWN_CHECK_FAILED


def check(options: argparse.Namespace) -> int:
    """``check``: formulas derived by hand, one verdict each."""
    if bool(options.formula) == bool(options.file):
        raise UsageError("give formulas either as FILE (or -) or with -e, once")
    if options.file == "-" and options.network == "-":
        raise UsageError("standard input can hold the network or the formulas, not both")
    ending = Path(options.output).suffix.lower() if options.output and options.output != "-" else ""
    if ending not in ("", ".html", ".htm", ".json", ".txt"):
        raise UsageError(f"verdicts are written as .html, .json or .txt, not as '{ending}'")
    from symbackprop.documents.messages import localised
    from symbackprop.judging import judged, page, printed

    net = _network(options)
    graded = judged(net, options.file, options.formula, sys.stdin.read, notation=options.notation, fresh=options.fresh,
                    progress=progress())  # fmt: skip
    for note in graded.submission.notes:
        print(localised(note, options.lang), file=sys.stderr)
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and not ending
    text = (page(graded, net, options.lang, options.hint, options.notation) if ending.startswith(".htm")
            else printed(graded, options.lang, options.hint, options.json or ending == ".json", colour))  # fmt: skip
    if ending:
        _written(options.output, text)
        print(options.output, file=sys.stderr)
    else:
        print(text)
    kinds = {v.verdict for v in graded.verdicts}
    codes = (("wrong", WRONG), ("unread", UNREADABLE), ("undecided", UNDECIDED), ("consistent", UNDECIDED))
    return next((code for kind, code in codes if kind in kinds), FINE)


def _written(path: str, text: str) -> None:
    from symbackprop.documents.save import write_whole

    write_whole(Path(path), text if text.endswith("\n") else text + "\n")


def code(options: argparse.Namespace) -> int:
    """``code``: the NumPy module."""
    from symbackprop.api import derive as derive_network

    if options.target != "numpy":
        raise UsageError(f"the target {options.target} is not part of this version; there is numpy")
    text = derive_network(_network(options)).source("numpy")
    if options.output and options.output != "-":
        _written(options.output, text)
    else:
        sys.stdout.write(text)
    return FINE


def plot(options: argparse.Namespace) -> int:
    """``plot``: a picture, by matplotlib."""
    from symbackprop.api import derive as derive_network

    with warnings.catch_warnings(record=True) as said:
        made = derive_network(_network(options)).plot(options.what, lang=options.lang)
    print(made.save(options.output), *(w.message for w in said), sep="\n", file=sys.stderr)
    return FINE


def layers(options: argparse.Namespace) -> int:
    """``layers``: kinds with their forward formulas."""
    from symbackprop.networks.catalogue import catalogue

    rows = catalogue()
    if options.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for row in rows:
            print(f"{row['kind']}\n  {row['formula']}\n  {row['says']}")
    return FINE


def schema(_: argparse.Namespace) -> int:
    """``schema``: what a TOML network may hold."""
    from symbackprop.networks.toml import schema as network_schema

    print(json.dumps(network_schema(), ensure_ascii=False, indent=1))
    return FINE


def notations(options: argparse.Namespace) -> int:
    """``notations``: the profiles, an example line each."""
    from symbackprop.examples import examples

    rows = examples()
    if options.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        for row in rows:
            print(f"{row['name']}\n  {row['says']}\n  {row['example']}")
    return FINE


if __name__ == "__main__":
    sys.exit(main())
