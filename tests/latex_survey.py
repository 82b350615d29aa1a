"""Every example through real LaTeX, by hand: ``python -m tests.latex_survey [pdflatex|xelatex …] [--only WORD]``.

Specs and examples in every notation and both languages: in all forms in full as documents and as fragments in a
lecturer's own document, in components as slides; in the notation of the notes all forms and levels of all of them. One
of each kind of layer, activation, loss and penalty: as a document in every notation and both languages, as slides in
the notes'. Prints what is wrong (errors, missing characters, boxes too wide or too high by more than 10 pt, references
without a target, tokens that no bookmark may hold), what was made smallest, and one line of counts for each engine.

Documents with the same preamble are set one after the other by one run, a line in the log between them: that is the
text of each as the tool writes it, and a fraction of the time. Slides are set as a handout (each frame once, since TeX
sets a frame of twelve clicks twelve times), in the notes' notation also as they are.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import symbackprop as sb
from symbackprop.api import Derivation
from symbackprop.documents.beamer import beamer
from symbackprop.documents.fragments import fragments
from symbackprop.documents.save import write_folder
from symbackprop.documents.tex import tex
from symbackprop.language.errors import VerificationError
from symbackprop.language.report import Report
from symbackprop.networks.catalogue import catalogue
from symbackprop.notation.profiles import NOTATIONS
from symbackprop.pages import derivation_page

ROOT = Path(__file__).parent.parent
CHECKED = ("1-1-1-1", "n0-n1-n2-n3", "4-3:relu-2:softmax/ce")
"""Specs whose pages have their table of checks: these take longer than LaTeX, and are all alike."""
SPECS = (*CHECKED, "n0-...-nL", "784-128-64-10", "n0-...:relu-nL:softmax/ce")
EVERY = ("ko full all tex", "en full all tex")
MORE = ("ko normal component handout", "en normal component handout", "ko full all fragments")
NOTES = ("ko full all beamer", "en normal component beamer", "ko normal matrix tex", "en brief scalar tex",
         "en full all fragments")  # fmt: skip
KINDS, KINDS_NOTES = ("ko full all tex", "en normal component tex"), ("en normal component handout",)
ENGINES = ("pdflatex", "xelatex", "lualatex")
TOO_MUCH = re.compile(r"^Overfull \\[hv]box \((\d+\.\d+)pt too (?:wide|high)\)", re.MULTILINE)
SHRUNK = re.compile(r"^symbackprop: (\d+\.\d+)pt made (\d+\.\d+)pt", re.MULTILINE)
WRONG = re.compile(r"^!|Missing character|Token not allowed|undefined ref|has been referenced but does not exist")
_LONG_LINES = {**os.environ, "max_print_line": "1000"}
START = "symbackprop document "
TOGETHER = 22
"""Documents that one run sets."""
OWN = r"""\ifdefined\suppressfontnotfounderror\suppressfontnotfounderror=1 \fi
\documentclass[11pt,a4paper]{article}\usepackage[margin=22mm]{geometry}\usepackage{kotex}\usepackage[hidelinks]{hyperref}
\usepackage{symbackprop}\setlength{\parindent}{0pt}
"""


# --- what is made


def stages() -> Iterator[tuple[str, Iterator[tuple[str, sb.Network]], Sequence[str], Sequence[str]]]:
    """What is set in which order: what it is called, networks by name, notations, and what is made of each."""
    others = [name for name in NOTATIONS if name != "notes"]
    yield "examples, documents", examples(), list(NOTATIONS), EVERY
    yield "kinds in the notes' notation", kinds(), ["notes"], (*KINDS, *KINDS_NOTES)
    yield "examples in the notes' notation, slides and fragments", examples(), ["notes"], (*MORE, *NOTES)
    yield "examples in other notations, slides and fragments", examples(), others, MORE
    yield "kinds in other notations", kinds(), others, KINDS


def examples() -> Iterator[tuple[str, sb.Network]]:
    yield from ((spec, sb.Network(spec)) for spec in SPECS)
    yield from ((path.name, sb.Network.from_toml(path)) for path in sorted((ROOT / "examples").glob("*.toml")))


def kinds() -> Iterator[tuple[str, sb.Network]]:
    """One of each kind of layer, activation, loss and penalty."""
    yield from ((row["kind"], sb.Network.from_toml(row["example_toml"])) for row in catalogue())


class Unchecked(Derivation):
    """A derivation whose page has no table of checks."""

    def verify(self, **_: Any) -> Report:
        raise VerificationError("left out here")


class Once(Derivation):
    """A derivation that is checked once, for all of its pages."""

    @cached_property
    def _report(self) -> Report:
        return super().verify()

    def verify(self, **_: Any) -> Report:
        return self._report


@dataclass(frozen=True)
class Made:
    """One document: what it is, and its files, the first of which is to be compiled."""

    what: str
    preamble: str
    body: str
    folder: Mapping[str, str] = field(default_factory=dict)


def documents(name: str, net: sb.Network, profile: str, wanted: Sequence[str], only: str) -> Iterator[Made]:
    if not any(only in f"{name}: {profile} {what}" for what in wanted):
        return
    d = sb.derive(net, notation=profile)
    checked = name in CHECKED and profile == "notes"
    d = (Once if checked else Unchecked)(**{f.name: getattr(d, f.name) for f in fields(d)})
    for what in (w for w in wanted if only in f"{name}: {profile} {w}"):
        lang, level, form, made = what.split()
        page, _ = derivation_page(d, lang="ko" if lang == "ko" else "en", form=form, level=level, command="symbackprop")
        title = f"{name}: {profile} {what}"
        if made == "fragments":
            files = fragments(page)
            inputs = "\n\n".join(rf"\input{{FOLDER/{f.removesuffix('.tex')}}}" for f in files if f.endswith(".tex"))
            yield Made(title, OWN, inputs, files)
            continue
        text = tex(page) if made == "tex" else beamer(page)
        text = text.replace("aspectratio=169]", "aspectratio=169,handout]") if made == "handout" else text
        head, _, body = text.partition("\\begin{document}\n")
        yield Made(title, head, body.removesuffix("\n\\end{document}\n"))


# --- LaTeX


def compiled(engine: str, text: str, folder: Path) -> str:
    """The log of a run."""
    (folder / "x.tex").write_text(text, encoding="utf-8")
    (folder / "x.log").unlink(missing_ok=True)
    subprocess.run([engine, "-interaction=nonstopmode", "x.tex"], cwd=folder, check=False, env=_LONG_LINES,
                   stdin=subprocess.DEVNULL, capture_output=True)  # fmt: skip
    return (folder / "x.log").read_text(encoding="utf-8", errors="replace")


def together(folder: Path, made: Sequence[Made]) -> str:
    """One file for documents of one preamble; their links stay apart."""
    bodies = []
    for k, m in enumerate(made):
        if m.folder:
            write_folder(folder / f"f{k}", dict(m.folder))
            (folder / "symbackprop.sty").write_text(m.folder["symbackprop.sty"], encoding="utf-8")
        body = m.body.replace("FOLDER", f"f{k}")
        bodies.append(rf"\clearpage\typeout{{{START}{k}}}\renewcommand{{\sbset}}{{s{k}}}" + f"\n{body}\n\\clearpage\n")
    return f"{made[0].preamble}\\begin{{document}}\n{''.join(bodies)}\\end{{document}}\n"


def faults(log: str) -> list[str]:
    """What is wrong with a run."""
    found = problems(log)
    return found if "Output written on" in log else [*found, "no output"]


def problems(log: str) -> list[str]:
    """What is wrong in a part of a log."""
    found = [line for line in log.splitlines() if WRONG.search(line)]
    return found + [f"{match[0]}" for match in TOO_MUCH.finditer(log) if float(match[1]) > 10]


def smallest(log: str) -> float:
    """The factor of what was made smallest."""
    return min((float(m[2]) / float(m[1]) for m in SHRUNK.finditer(log)), default=1.0)


# --- the survey


@dataclass
class Survey:
    """What has been set so far by each engine."""

    engines: Sequence[str]
    counts: dict[str, Counter[str]]
    waiting: dict[str, list[Made]] = field(default_factory=dict)
    shrunk: list[tuple[float, str]] = field(default_factory=list)

    def add(self, made: Made) -> None:
        group = self.waiting.setdefault(made.preamble, [])
        group.append(made)
        if len(group) == TOGETHER:
            self.set(self.waiting.pop(made.preamble))

    def rest(self) -> None:
        for group in self.waiting.values():
            self.set(group)
        self.waiting = {}

    def set(self, group: Sequence[Made]) -> None:
        for engine in self.engines:
            began = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                text = together(Path(folder), group)
                log = compiled(engine, text, Path(folder))
                if any("notes" in m.what for m in group):  # with links, which the first run has found
                    log = compiled(engine, text, Path(folder))
            self.told(engine, group, log)
            print(f"{engine}: {len(group)} documents, to {group[-1].what}, {time.monotonic() - began:.0f} s",
                  file=sys.stderr, flush=True)  # fmt: skip

    def told(self, engine: str, group: Sequence[Made], log: str) -> None:
        counts = self.counts[engine]
        before, *parts = log.split(START)
        counts["runs without output"] += "Output written on" not in log
        counts["documents"] += len(group)
        for line in problems(before):
            print(f"{engine}, preamble: {line}", flush=True)
        for m, part in zip(group, parts, strict=False):
            bad = problems(part)
            counts["errors"] += sum(line.startswith("!") for line in bad)
            counts["missing characters"] += sum("Missing character" in line for line in bad)
            counts["overfull > 10 pt"] += sum(line.startswith("Overfull") for line in bad)
            counts["references and bookmarks"] += sum(not re.match("!|Overfull|Missing", line) for line in bad)
            counts["documents with faults"] += bool(bad)
            factor = smallest(part)
            if factor < 1:
                self.shrunk.append((factor, f"{m.what} {engine}"))
            if bad:
                print(f"{m.what}, {engine}: {'; '.join(bad[:3])}", flush=True)
        if len(parts) < len(group):
            counts["documents with faults"] += len(group) - len(parts)
            print(f"{group[len(parts)].what}, {engine}: not reached", flush=True)

    def print_counts(self) -> None:
        said = ("errors", "missing characters", "overfull > 10 pt", "references and bookmarks", "runs without output",
                "documents with faults")  # fmt: skip
        for engine, counts in self.counts.items():
            print(f"{engine}: {counts['documents']} documents, " + ", ".join(f"{counts[k]} {k}" for k in said),
                  flush=True)  # fmt: skip


def main(words: list[str]) -> int:
    only = words[words.index("--only") + 1] if "--only" in words else ""
    engines = [w for w in words if w in ENGINES] or list(ENGINES[:2])
    survey = Survey(engines, {e: Counter() for e in engines})
    for stage, found, profiles, wanted in stages():
        for name, net in found:
            for profile in profiles:
                for made in documents(name, net, profile, wanted, only):
                    survey.add(made)
        survey.rest()
        print(f"-- {stage}: all done", flush=True)
        survey.print_counts()
    for factor, what in sorted(survey.shrunk)[:12]:
        print(f"made {factor:.2f} of its size at the smallest: {what}")
    return 1 if any(c["documents with faults"] or c["runs without output"] for c in survey.counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
