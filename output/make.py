"""Makes every document in this folder again: ``python output/make.py``. A test compares them byte by byte."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from symbackprop.cli import main

COMMANDS = (
    "derive 1-1-1-1 --lang ko -o output/chain.html",
    "derive 1-1-1-1 --lang en --seed 1 -o output/chain-values.html",
    "derive 1-1-1-1 --lang ko -o output/chain.tex",
    "derive 1-1-1-1 --lang en -o output/chain.md",
    "derive 1-1-1-1 --lang en -o output/chain.txt",
    "derive 1-1-1-1 --lang en -o output/chain.json",
    "derive n0-n1-n2-n3 --lang ko --form all -o output/layers.html",
    "derive n0-n1-n2-n3 --lang en --form all -o output/layers.tex",
    "derive n0-...-nL --lang ko -o output/depth.html",
    "derive 784-128-64-10 --lang ko --form all -o output/homework.html",
    "code 784-128-64-10 -o output/homework.py",
    "derive 4-3:relu-2:softmax/ce --lang en --form all --batch columns -o output/softmax.html",
    "derive examples/own_layer.toml --lang en -o output/own_layer.html",
)


def make() -> int:
    """Run every command from the project's root; the first exit code that is not 0."""
    os.chdir(Path(__file__).parent.parent)
    for command in COMMANDS:
        code = main(command.split())
        if code:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(make())
