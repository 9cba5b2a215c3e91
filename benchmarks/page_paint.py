"""The first paint of the page: nothing cached, over loopback, a processor four times slower."""

import asyncio
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from playwright.async_api import Browser, ViewportSize

from tests.rigs.chromium import chromium
from tests.rigs.daemon import Daemon
from tests.rigs.waiting import until

ROUNDS: Final = 7
SLOWER: Final = 4
SIZES: Final[dict[str, ViewportSize]] = {
    "phone": {"width": 360, "height": 740},
    "desk": {"width": 1440, "height": 900},
}
_START_S: Final = 60.0
_CONFIG: Final = """
[journal]
path = "{folder}/edged.db"
[web]
port = 0
[[subject]]
name = "ada"
[[source]]
name = "strap"
link = "sim:resting"
subject = "ada"
"""
_READY: Final = "document.querySelector('#main h1') !== null"
_PAINTS: Final = "performance.getEntriesByType('paint').map(e => e.startTime)"
_LOADED: Final = """performance.getEntriesByType('resource').reduce(
    ([count, bytes], e) => [count + 1, bytes + e.transferSize], [1, 0])"""


async def measure() -> None:
    """Open the page a few times with nothing in the browser's cache, and print medians, ms."""
    with TemporaryDirectory(prefix="edged-bench-") as folder:
        async with Daemon(Path(folder), _CONFIG) as daemon:
            await until(lambda: "Page: " in daemon.log, timeout_s=_START_S)
            print(
                f"The page over loopback, processor {SLOWER} x slower, nothing cached, median of {ROUNDS}, ms"
            )
            print(f"{'':8}{'first paint':>14}{'contentful':>14}{'a view':>10}{'requests':>10}{'kB':>8}")
            for name, size in SIZES.items():
                runs = []
                for _ in range(ROUNDS):
                    async with chromium() as browser:
                        runs.append(await _open(browser, daemon.page, size))
                paint, contentful, view, count, kb = (median(each) for each in zip(*runs, strict=True))
                print(f"{name:8}{paint:>14.0f}{contentful:>14.0f}{view:>10.0f}{count:>10.0f}{kb:>8.0f}")


async def _open(browser: Browser, url: str, size: ViewportSize) -> tuple[float, ...]:
    """Return first paint, first contentful paint and first view, ms, requests and kB."""
    page = await browser.new_page(viewport=size)
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    await page.goto(url)
    while not await page.evaluate(_READY):
        await asyncio.sleep(0.01)
    view: float = await page.evaluate("performance.now()")
    paint, contentful = await page.evaluate(_PAINTS)
    count, size_b = await page.evaluate(_LOADED)
    return paint, contentful, view, count, size_b / 1000


def main() -> None:
    """Measure it."""
    try:
        asyncio.run(measure())
    except pytest.skip.Exception as reason:  # what a test would be left out for
        sys.exit(str(reason))
