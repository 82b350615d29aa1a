"""Every example through real LaTeX, by hand: ``python -m tests.latex_survey [pdflatex|xelatex …] [--only WORD]``.

Specs and examples in both languages, as documents and as slides, in all forms, brief, normal and in full; of each kind
of layer, activation, loss and penalty all forms in full in Korean, and the components in English as slides. Prints what
is wrong (errors, missing characters, boxes too wide or too high by more than 10 pt) and what was made smallest.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import symbackprop as sb
from symbackprop.api import Derivation
from symbackprop.documents.beamer import beamer
from symbackprop.documents.tex import tex
from symbackprop.language.errors import VerificationError
from symbackprop.language.report import Report
from symbackprop.networks.catalogue import catalogue
from symbackprop.pages import derivation_page

ROOT = Path(__file__).parent.parent
SPECS = ("1-1-1-1", "n0-n1-n2-n3", "n0-...-nL", "784-128-64-10", "4-3:relu-2:softmax/ce")
EVERY = ("ko full all tex", "en full all tex", "ko full all beamer", "en normal component beamer",
         "ko normal matrix tex", "en brief scalar tex")  # fmt: skip
TOO_MUCH = re.compile(r"^Overfull \\[hv]box \((\d+\.\d+)pt too (?:wide|high)\)", re.MULTILINE)
SHRUNK = re.compile(r"^symbackprop: (\d+\.\d+)pt made (\d+\.\d+)pt", re.MULTILINE)


def networks() -> Iterator[tuple[str, sb.Network, Sequence[str]]]:
    """Name, network and what is made of it: the specs of the README, the examples, one of each kind."""
    for row in catalogue():
        yield row["kind"], sb.Network.from_toml(row["example_toml"]), ("ko full all tex", "en normal component beamer")
    yield from ((spec, sb.Network(spec), EVERY) for spec in SPECS)
    yield from ((path.name, sb.Network.from_toml(path), EVERY) for path in sorted((ROOT / "examples").glob("*.toml")))


class Unchecked(Derivation):
    """A derivation whose page has no table of checks: these take longer than LaTeX, and are all alike."""

    def verify(self, **_: Any) -> Report:
        raise VerificationError("left out here")


def documents(net: sb.Network, wanted: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What it is, and its LaTeX."""
    d = sb.derive(net)
    d = d if wanted is EVERY else Unchecked(**{f.name: getattr(d, f.name) for f in fields(d)})
    for what in wanted:
        lang, level, form, made = what.split()
        page, _ = derivation_page(d, lang="ko" if lang == "ko" else "en", form=form, level=level, command="symbackprop")
        yield what, (tex if made == "tex" else beamer)(page)


def compiled(engine: str, text: str, folder: Path) -> str:
    """The log of a run."""
    (folder / "x.tex").write_text(text, encoding="utf-8")
    subprocess.run([engine, "-interaction=nonstopmode", "-halt-on-error", "x.tex"], cwd=folder, check=False,
                   stdin=subprocess.DEVNULL, capture_output=True)  # fmt: skip
    return (folder / "x.log").read_text(encoding="utf-8", errors="replace")


def faults(log: str) -> list[str]:
    """What is wrong with a run."""
    found = [line for line in log.splitlines() if line.startswith("!") or "Missing character" in line]
    found += [f"{match[0]}" for match in TOO_MUCH.finditer(log) if float(match[1]) > 10]
    return found if "Output written on" in log else [*found, "no output"]


def smallest(log: str) -> float:
    """The factor of what was made smallest."""
    return min((float(m[2]) / float(m[1]) for m in SHRUNK.finditer(log)), default=1.0)


def main(words: list[str]) -> int:
    only = words[words.index("--only") + 1] if "--only" in words else ""
    engines = [w for w in words if w in ("pdflatex", "xelatex", "lualatex")] or ["pdflatex", "xelatex"]
    runs, wrong, worst = 0, 0, (1.0, "")
    with tempfile.TemporaryDirectory() as folder:
        for name, net, wanted in networks():
            for what, text in documents(net, wanted) if only in name else ():
                for engine in engines:
                    (Path(folder) / "x.aux").unlink(missing_ok=True)
                    log = compiled(engine, text, Path(folder))
                    runs += 1
                    print(f"{runs} {name} {what} {engine}", file=sys.stderr, flush=True)
                    bad = faults(log)
                    wrong += bool(bad)
                    worst = min(worst, (smallest(log), f"{name} {what}"))
                    said = f"smallest {smallest(log):.2f}" if smallest(log) < 0.6 else ""
                    if bad or said:
                        print(f"{name}: {what}, {engine}: {'; '.join([*bad[:3], said])}", flush=True)
    print(f"{runs} runs, {wrong} with faults; made smallest: {worst[0]:.2f} ({worst[1]})")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
