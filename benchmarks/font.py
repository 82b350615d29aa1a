"""Cuts STIX Two Math to what our formulas hold: ``python benchmarks/font.py STIXTwoMath-Regular.ttf``.

Made once; the result is in ``symbackprop/documents/fonts/``, beside its licence. The whole font is in the package
ziamath of PyPI (``pip download --no-deps ziamath==0.13``, a zip file that holds ``ziamath/fonts/``); the tools are
``pip install fonttools brotli``. The table MATH stays: by it a browser knows how brackets and sums grow.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

from symbackprop.notation.characters import characters

TARGET = Path(__file__).parent.parent / "symbackprop" / "documents" / "fonts" / "STIXTwoMath.woff2"


def cut(source: str) -> int:
    """Write the subset; the number of its bytes. Names and licence stay in it, hints do not."""
    font = TTFont(source, recalcTimestamp=False)
    options = Options()
    options.flavor = "woff2"
    options.hinting = False
    options.layout_features = ["ccmp", "ssty", "dtls", "flac"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 7, 13, 14]
    options.drop_tables += ["DSIG"]
    tool = Subsetter(options)
    tool.populate(unicodes=[ord(c) for c in characters()])
    tool.subset(font)
    font.flavor = "woff2"
    font.save(TARGET)
    missing = {c for c in characters() if ord(c) not in font.getBestCmap()}
    print("not in the font:", " ".join(sorted(missing)) or "nothing")
    return TARGET.stat().st_size


if __name__ == "__main__":
    print(cut(sys.argv[1]), "bytes")
