"""A user's own layer, by its forward formulas only: derived, printed, verified, turned into NumPy.

Run: ``python examples/own_layer.py``.
"""

from __future__ import annotations

from pathlib import Path

import symbackprop as sb


def main() -> None:
    d = sb.derive(sb.Network.from_toml(Path(__file__).with_suffix(".toml")))
    for name in ("g", "U", "V", "c"):
        chapter = d[name, "gate"]
        print(f"{chapter.name:9} = {chapter.component}")
    report = d.verify()
    print(f"{len(report.checks)} checks, all green: {report.ok}")


if __name__ == "__main__":
    main()
