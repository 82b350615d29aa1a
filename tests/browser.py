"""A headless Chromium for tests: one for all of them. None where there is none, with the reason."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--window-size=860,1100",
)  # fmt: skip


def missing() -> str:
    """Why there is no browser here; empty where there is one."""
    if not shutil.which("chromium") or not shutil.which("chromedriver"):
        return "chromium and chromedriver are not installed (Debian: apt-get install chromium chromium-driver)"
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "selenium is not installed (pip install selenium)"
    return ""


def axe() -> Path | None:
    """The file axe.min.js: where the variable SYMBACKPROP_AXE says, or where .ci/run puts it."""
    places = [os.environ.get("SYMBACKPROP_AXE", ""), *(f"{ROOT}/{folder}node_modules/axe-core/axe.min.js"
                                                       for folder in (".node/", ""))]  # fmt: skip
    return next((Path(p) for p in places if p and Path(p).is_file()), None)


@cache
def _driver() -> Any:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in (*QUIET, f"--user-data-dir={tempfile.mkdtemp(prefix='symbackprop-browser-')}"):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))


class Browser:
    """What the tests do with it."""

    def __init__(self) -> None:
        self.driver = _driver()

    def open(self, page: Path, wide: int = 860, high: int = 1100, dark: bool = False, script: bool = True) -> None:
        self.tell("Emulation.setScriptExecutionDisabled", value=not script)
        self.tell("Emulation.setDeviceMetricsOverride", width=wide, height=high, deviceScaleFactor=1, mobile=wide < 500)
        self.media(dark=dark)
        self.driver.get(page.as_uri())

    def media(self, dark: bool = False, kind: str = "") -> None:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.tell("Emulation.setEmulatedMedia", media=kind, features=[scheme])

    def tell(self, command: str, **given: Any) -> Any:
        return self.driver.execute_cdp_cmd(command, given)

    def run(self, script: str, *given: Any) -> Any:
        return self.driver.execute_script(script, *given)

    def point(self, selector: str, index: int = 0) -> None:
        """Move the mouse onto the middle of an element."""
        x, y = self.run(
            "const e=document.querySelectorAll(arguments[0])[arguments[1]];e.scrollIntoView({block:'center'});"
            "const r=e.getBoundingClientRect();return [r.x+r.width/2,r.y+r.height/2]", selector, index)  # fmt: skip
        self.tell("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def away(self) -> None:
        self.tell("Input.dispatchMouseEvent", type="mouseMoved", x=1, y=1)

    def press(self, *keys: str) -> None:
        for key in keys:
            for kind in ("keyDown", "keyUp"):
                self.tell("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                          windowsVirtualKeyCode=_CODES.get(key, 0))  # fmt: skip

    def cost(self, page: Path) -> float:
        """Seconds of the processor until a page is complete: parsed, styled, laid out, its script run."""
        self.tell("Performance.enable", timeDomain="threadTicks")
        self.open(page)
        found = {m["name"]: m["value"] for m in self.tell("Performance.getMetrics")["metrics"]}
        self.tell("Performance.disable")
        return float(found["TaskDuration"])

    def violations(self, only: Sequence[str] = ()) -> list[str]:
        """What axe-core finds, one line each."""
        path = axe()
        assert path is not None
        self.run(path.read_text(encoding="utf-8"))
        # axe takes about 1 ms an element, and a machine may have other things to do
        self.driver.set_script_timeout(30 + self.run("return document.querySelectorAll('*').length") / 200)
        found = self.driver.execute_async_script(
            "const done=arguments[arguments.length-1];axe.run(document,{resultTypes:['violations']})"
            ".then(r=>done(r.violations.map(v=>v.id+': '+v.help+' @ '+v.nodes.slice(0,3).map(n=>n.target+' '"
            "+n.html.slice(0,150)+' '+n.failureSummary).join(' | '))))")  # fmt: skip
        return [line for line in found if not only or line.split(":")[0] in only]

    def quit(self) -> None:
        self.driver.quit()
        _driver.cache_clear()


_CODES = {"ArrowLeft": 37, "ArrowRight": 39, "Escape": 27, "Tab": 9, "Home": 36, "End": 35}
