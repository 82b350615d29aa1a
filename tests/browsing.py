"""Chromium for tests of pages and slides; what is missing is named by the tests that are skipped."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-sync")  # fmt: skip
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
_AXE = "node_modules/axe-core/axe.min.js"


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium; skips the test where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver")
    if not CHROMIUM or not DRIVER:
        pytest.skip("no Chromium with a driver (Debian: chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    with tempfile.TemporaryDirectory() as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
        try:
            yield driver
        finally:
            driver.quit()


def screen(driver: Any, width: int, height: int, dark: bool = False, touch: bool = False) -> None:
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    driver.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": touch})


def violations(driver: Any) -> list[str]:
    """What axe-core finds on the page as it stands; skips where axe-core is not installed."""
    driver.execute_script(_axe())
    found = driver.execute_async_script("axe.run(document).then(arguments[arguments.length-1])")
    return [f"{v['id']}: {v['nodes'][0]['html'][:200]}" for v in found["violations"]]


def _axe() -> str:
    places = [Path(os.environ[k]) for k in ("AXE_CORE",) if k in os.environ]
    places += [folder / _AXE for folder in (Path(__file__).parent.parent, Path.cwd(), Path.home())]
    for place in places:
        if place.is_file():
            return place.read_text(encoding="utf-8")
    pytest.skip("no axe-core (npm install axe-core, or its axe.min.js named by AXE_CORE)")
