"""Use 1, generate a derivation document: the notes' chain in Korean, and a general network in English.

Run it from anywhere: ``python examples/generate_document.py [DIR]`` writes two pages there (default: this folder).
"""

from __future__ import annotations

import sys
from pathlib import Path

import symbackprop as sb


def main(folder: Path) -> None:
    sb.derive("1-1-1-1").save(folder / "chain.html", lang="ko")
    sb.derive("n0-n1-n2-n3").save(folder / "layers.html", lang="en", form="all")
    print(f"wrote {folder / 'chain.html'} and {folder / 'layers.html'}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
