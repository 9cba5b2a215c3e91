"""A real browser without a window: the system's Chromium, driven by Playwright."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",  # the test machine is a container; nothing but our own pages is opened
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)

_TOLD_BY_THE_PAGE: Final = re.compile(
    r"status of (4\d\d|503|504) .*/api/v1/"
    r"|net::ERR_(CONNECTION_REFUSED|CONNECTION_RESET|INTERNET_DISCONNECTED)"
    r"|WebSocket connection to .*/api/v1/live"
)


def find_chromium() -> str:
    """Return the browser's path; skip the test where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("needs chromium: apt-get install chromium")
    return found


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run one browser; tests open a context each, which keeps them apart."""
    path = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


def collect_errors(page: Page) -> list[str]:
    """Return a list to which everything the page throws, or the browser refuses it, is added, and of what."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(_told(line)) if line.type == "error" else None)
    return errors


def untold(errors: list[str]) -> list[str]:
    """Return what the browser has written that the page does not tell of itself, which it has to.

    It does of what the API answers with but a defect (500), and of a connection that is lost.
    """
    return [error for error in errors if _TOLD_BY_THE_PAGE.search(error) is None]


def _told(line: ConsoleMessage) -> str:
    return f"{line.text} {urlsplit(line.location['url']).path}".strip()


async def until(page: Page, condition: str, argument: object = None, timeout_s: float = 5.0) -> None:
    """Wait until a JavaScript condition holds, looking often.

    Playwright's own ``wait_for_function`` evaluates strings in the page, which our content policy
    forbids; its ``expect`` looks once a second after the first.
    """
    try:
        async with asyncio.timeout(timeout_s):
            while not await page.evaluate(condition, argument):  # the page has no event for it
                await asyncio.sleep(0.03)
    except TimeoutError:
        html = await page.evaluate("document.body.outerHTML")
        pytest.fail(f"not within {timeout_s} s: {condition} with {argument!r} in\n{html}")


def screenshot_path(name: str, default: Path) -> Path:
    """Return where a screenshot goes: the folder EDGED_SCREENSHOTS, or else ``default``."""
    folder = Path(os.environ.get("EDGED_SCREENSHOTS") or default)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.png"
