"""Pages of notes, with what each displayed formula of them deserves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """``verdicts``: one a displayed formula (inline ones apart), top to bottom, with the first words of its left side."""

    file: str
    profile: str
    spec: str
    batch: str
    verdicts: tuple[tuple[str, str], ...]


PAGES = (
    Page("notes_section6.md", "notes", "2-3-4-2", "none", (
        (r"\frac{\partial J}{\partial a^{[3]}_j}", "right"), (r"\frac{\partial J}{\partial w^{[3]}_{ji}}", "right"),
        (r"\frac{\partial J}{\partial b^{[3]}_j}", "right"), (r"\frac{\partial J}{\partial a^{[2]}_i}", "right"),
        (r"\frac{\partial J}{\partial w^{[2]}_{ji}}", "right"), (r"\frac{\partial J}{\partial b^{[2]}_j}", "right"),
        (r"\frac{\partial J}{\partial a^{[1]}_i}", "right"), (r"\frac{\partial J}{\partial w^{[1]}_{ji}}", "wrong"),
        (r"\frac{\partial J}{\partial w^{[1]}_{ji}}", "right"), (r"\frac{\partial J}{\partial w^{[l]}_{ji}}", "right"),
        (r"\frac{\partial J}{\partial a^{[l-1]}_i}", "right"))),
    Page("ng_backprop.tex", "ng", "3-4:tanh-2:sigmoid/bce", "columns", (
        ("dZ^{[2]}", "right"), ("dW^{[2]}", "right"), ("db^{[2]}", "right"), ("dZ^{[1]}", "right"),
        ("dW^{[1]}", "wrong"), ("db^{[1]}", "right"))),
    Page("nielsen.md", "nielsen", "2-3-4-2/sse", "none", (
        (r"\delta^L_j", "right"), (r"\delta^L", "right"), (r"\delta^l", "wrong"),
        (r"\frac{\partial C}{\partial b^l_j}", "right"), (r"\frac{\partial C}{\partial w^l_{jk}}", "right"),
        (r"\delta^l", "right"))),
)
