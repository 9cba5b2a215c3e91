"""The whole way, seen as the audience sees it: a strap at one end, pixels at the other."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from playwright.async_api import Page

from tests.overlay.test_heart_rate import pixel
from tests.rigs.chromium import chromium, collect_errors, screenshot_path
from tests.rigs.daemon import Daemon
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.waiting import until
from tests.system.configs import node, strap
from tests.web.built import build_page

OPACITY = "getComputedStyle(document.getElementById('plate')).opacity"
VALUE = "[...document.querySelectorAll('#value > span')].map(span => span.textContent).at(-1) ?? ''"


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    build_page()
    async with chromium() as browser:
        context = await browser.new_context(viewport={"width": 1920, "height": 1080})
        yield await context.new_page()
        await context.close()


async def open_overlay(page: Page, daemon: Daemon, broker: Mosquitto, subject: str) -> None:
    query = urlencode({"subject": subject, "broker": broker.ws_url, "site": "hall"})
    await page.goto(f"{daemon.page}overlay/heart-rate?{query}")


async def shows(page: Page) -> bool:
    return bool(await page.evaluate(f"{OPACITY} === '1'"))


async def wait_shown(page: Page, *, shown: bool, timeout_s: float = 10.0) -> float:
    """Wait until the plate is there, or wholly gone; return when, monotonic."""
    async with asyncio.timeout(timeout_s):
        while await page.evaluate(f"{OPACITY} !== '{1 if shown else 0}'"):
            await asyncio.sleep(0.02)
    return time.monotonic()


async def values_shown(page: Page, count: int) -> set[str]:
    """Collect what is shown until so many different values were seen."""
    seen = set[str]()
    async with asyncio.timeout(30):
        while len(seen) < count:
            value = str(await page.evaluate(VALUE))
            seen |= {value} if value else set()
            await asyncio.sleep(0.05)
    return seen


async def test_the_rate_changes_and_leaves_the_air_with_the_strap(
    broker: Mosquitto, board: Path, page: Page, tmp_path: Path
) -> None:
    config = node(broker.url, strap("white", "sim:exercise?seed=3&silent_after=12"))
    errors = collect_errors(page)
    async with Daemon(board, config) as daemon:
        await until(lambda: "Page: " in daemon.log)
        await open_overlay(page, daemon, broker, "white")
        await wait_shown(page, shown=True)
        assert all(40 <= int(value) <= 200 for value in await values_shown(page, 3))

        await page.screenshot(path=screenshot_path("on-air", tmp_path), omit_background=True)
        assert (await pixel(page, 1900, 20))[3] == 0, "nothing but the plate is to be seen"
        box = await page.locator("#plate").bounding_box()
        assert box is not None
        plate = await pixel(page, int(box["x"] + box["width"] / 2), int(box["y"] + 4))
        assert 0 < plate[3] < 255, "the picture is seen through the plate"

        received_s = await last_reading_s(daemon)
        while await shows(page):
            received_s = await last_reading_s(daemon)
            await asyncio.sleep(0.05)
        assert time.monotonic() - received_s < 5.5, "blank within 5 s, and 0.3 s to fade"
        assert await daemon.stop() == 0
    assert errors == []


async def last_reading_s(daemon: Daemon) -> float:
    """When the node received the last reading, monotonic."""
    async with httpx.AsyncClient() as http:
        told = (await http.get(f"{daemon.page}api/v1/status")).json()
    return time.monotonic() - float(told["subjects"][0]["age_s"])


async def test_a_killed_broker_blanks_it_and_its_return_brings_it_back(
    broker: Mosquitto, board: Path, page: Page
) -> None:
    async with Daemon(board, node(broker.url, strap("white", "sim:resting?seed=1"))) as daemon:
        await until(lambda: "Page: " in daemon.log)
        await open_overlay(page, daemon, broker, "white")
        await wait_shown(page, shown=True)
        await broker.kill()
        killed_s = time.monotonic()
        assert await wait_shown(page, shown=False) - killed_s < 5.0
        await broker.start()
        await wait_shown(page, shown=True)
        assert await daemon.stop() == 0


async def test_the_page_shows_the_node_and_withdraws_when_it_is_gone(
    broker: Mosquitto, board: Path, page: Page, tmp_path: Path
) -> None:
    async with Daemon(board, node(broker.url, strap("white", "sim:resting?seed=1"))) as daemon:
        await until(lambda: "Page: " in daemon.log)
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.goto(daemon.page)
        await page.get_by_text("Player white").wait_for()
        await page.get_by_text("Live", exact=True).wait_for()
        await page.screenshot(path=screenshot_path("page-live", tmp_path))
        text = await page.locator("main").inner_text()
        assert any(word.isdigit() and 40 <= int(word) <= 200 for word in text.split())
        assert await daemon.stop() == 0
        async with asyncio.timeout(5):
            while any(
                w.isdigit() and 40 <= int(w) <= 200 for w in (await page.locator("main").inner_text()).split()
            ):
                await asyncio.sleep(0.02)
        await page.screenshot(path=screenshot_path("page-gone", tmp_path))
