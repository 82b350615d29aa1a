"""The page of a chain of L neurons, in full: time to write, and beside it the same equations by way of SymPy.

The page is timed twice: derivation, document and HTML; and the same with the numeric check that a page carries.
The other road is what a script would do: ``sympy.latex`` of each equation, then latex2mathml.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator

import sympy as sp
from latex2mathml.converter import convert

import symbackprop as sb
from symbackprop.documents.build import Material, build
from symbackprop.documents.data import stamped
from symbackprop.documents.html import html
from symbackprop.language.derivation import Chapter, Derivation
from symbackprop.notation.mathml import mathml
from symbackprop.notation.write import Writer

DEPTHS = (1, 10, 100, 1_000)


def timed(run: Callable[[], object], times: int) -> float:
    """The shortest of some runs, in seconds of the processor: other work on the machine does not count."""
    result = float("inf")
    for _ in range(times):
        gc.collect()
        began = time.process_time()
        run()
        result = min(result, time.process_time() - began)
    return result


def chain(depth: int) -> str:
    return "-".join(["1"] * (depth + 1))


def page(depth: int) -> str:
    """From the spec string to the whole page, every line of it."""
    d = sb.derive(chain(depth))
    document = build(d.record, d.notation, Material(network=d.describe), lang="ko", form="scalar", level="full")
    return html(document)


def checked_page(depth: int) -> str:
    """The page as the command writes it, with every check in its table."""
    return sb.derive(chain(depth)).document("html", lang="ko", level="full")[0]


def equations(record: Derivation) -> list[sp.Expr]:
    """The right side of every line of the derivation that the page shows, as SymPy has it."""
    found = [e.expression for e in record.forward.equations]
    for chapter in record.chapters:
        found += [step.after.expression for step in chapter.steps]
        found += [step.after.expression for item in chapter.locals for step in item.steps]
    return found


def by_sympy(lines: list[sp.Expr]) -> str:
    """The same equations through ``sympy.latex`` and latex2mathml."""
    return "\n".join(convert(sp.latex(e)) for e in lines)


def by_us(d: sb.Derivation) -> str:
    """Each of them as MathML. What layers share is printed once and stamped."""
    def lines(pen: Writer, chapter: Chapter) -> str:
        steps = (*chapter.steps, *(step for item in chapter.locals for step in item.steps))
        return "\n".join(mathml(pen.line(step.after)) for step in steps)

    return "\n".join([*forward(d), *stamped(d.record, d.notation, "en", lines)])


def forward(d: sb.Derivation) -> Iterator[str]:
    """The equations of the network, each kind of layer printed once."""
    pen = d.writer().with_(placeholder=True)
    printed: dict[int, str] = {}
    for part in d.forward.parts:
        if id(part.kind) not in printed:
            printed[id(part.kind)] = "\n".join(mathml(pen.expression(e.expression)) for e in part.kind.equations)
        shown = printed[id(part.kind)]
        yield pen.stamp_print(shown, part.label) if isinstance(part.label, int) else shown


def pages() -> None:
    print("a chain of L sigmoid neurons: its page in full, with the numeric check, and its equations as MathML\n")
    print(f"{'L':>6} {'page':>10} {'a layer':>10} {'checked':>10} {'size':>9} {'equations':>10} {'ours':>10} "
          f"{'SymPy + latex2mathml':>21} {'ratio':>7}")
    for depth in DEPTHS:
        times = 3 if depth < 1_000 else 1
        whole, checked = timed(lambda d=depth: page(d), times), timed(lambda d=depth: checked_page(d), 1)
        size = len(page(min(depth, 100)).encode()) * max(1, depth // 100)
        derived = sb.derive(chain(depth))
        some = sb.derive(chain(min(depth, 100)))
        lines = equations(some.record)
        mine, other = timed(lambda d=derived: by_us(d), 3), timed(lambda e=lines: by_sympy(e), 1)
        other *= depth / min(depth, 100)
        count = len(lines) * depth // min(depth, 100)
        print(f"{depth:>6} {whole:>8.2f} s {whole / depth * 1e3:>7.1f} ms {checked:>8.2f} s "
              f"{size / 1e6:>6.1f} MB {count:>10} {mine * 1e3:>7.1f} ms {other:>19.2f} s {other / mine:>6.0f}x")
