"""The mathematical font of a page: a subset of STIX Two Math (OFL), inside the style sheet: a page is one file."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from importlib.resources import files

NAME = "STIX Two Math"


def data() -> bytes:
    """The font as it is shipped, WOFF2."""
    return (files("symbackprop.documents") / "fonts" / "STIXTwoMath.woff2").read_bytes()


@cache
def face() -> str:
    """The rule that brings the font. A font of the same name on the machine is not asked for: pages look alike."""
    return f'@font-face{{font-family:"{NAME}";src:url(data:font/woff2;base64,{b64encode(data()).decode()})}}\n'
