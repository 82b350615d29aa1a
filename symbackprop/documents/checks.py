"""Reports as text for a terminal and as the JSON that others script against."""

from __future__ import annotations

import math
from typing import Any

from symbackprop.documents.blocks import Lang
from symbackprop.documents.catalogue import words
from symbackprop.language.report import Check, Report


def _number(value: float) -> float | None:
    """JSON knows no infinity and no NaN."""
    return value if math.isfinite(value) else None


def report_json(report: Report) -> dict[str, Any]:
    """``{"ok", "checks": [{"name", "target", "ok", "measure", "bound", "detail"}]}``."""
    checks = [{"name": c.name, "target": c.target, "ok": c.ok, "measure": _number(c.measure), "bound": c.bound,
               "detail": c.detail} for c in report.checks]
    return {"ok": report.ok, "checks": checks}


def report_text(report: Report, lang: Lang) -> str:
    """One line a kind of check, one a failure, one a note, and the verdict in words."""
    lines = []
    for name in dict.fromkeys(c.name for c in report.checks):
        these = [c for c in report.checks if c.name == name]
        good = sum(c.ok for c in these)
        bound = max(c.bound for c in these)
        mark = "ok  " if good == len(these) else "FAIL"
        lines.append(f"{mark}  {name:13} {good}/{len(these)}   {words(lang, 'verify.below')} {bound:.0e}")
    lines += [f"FAIL  {c.name:13} {c.target}: {_said(c)}" for c in report.failed]
    lines += [f"      {note}" for note in report.notes]
    return "\n".join([*lines, words(lang, "verify.ok" if report.ok else "verify.failed")])


def _said(check: Check) -> str:
    return check.detail or f"{check.measure:.1e} > {check.bound:.0e}"
