"""The page in front of a real service: its own file, its own server, time that goes by."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

from playwright.async_api import Browser, Locator, Page

from tests.rigs.chromium import collect_errors, until, untold
from tests.rigs.service import Stage, flowing, serviced

SHOWN: Final = (
    "document.querySelector('#main section') !== null"
    " && !document.querySelector('.waiting')?.checkVisibility()"
)
"""That a view is there, with what it shows."""

STATE: Final = ".bar .state"


@asynccontextmanager
async def sitting(
    browser: Browser,
    url: str,
    size: Any,
    scheme: Literal["light", "dark"] = "light",
    path: str = "/#configuration",
    **options: Any,
) -> AsyncIterator[Page]:
    """Open the page at a server that is there; fail if it throws, or the browser refuses it anything."""
    context = await browser.new_context(
        viewport=size, color_scheme=scheme, timezone_id="UTC", locale="en-GB", **options
    )
    page = await context.new_page()
    errors = collect_errors(page)
    await page.goto(url + path)
    await until(page, SHOWN, timeout_s=15)
    yield page
    await context.close()
    assert untold(errors) == []


@asynccontextmanager
async def at_desk(
    browser: Browser,
    folder: Path,
    text: str,
    size: Any,
    scheme: Literal["light", "dark"] = "light",
    speed: float = 10.0,
    **options: Any,
) -> AsyncIterator[tuple[Page, Stage]]:
    """Run a service of a configuration, and open the page of it."""
    async with (
        serviced(folder, text) as stage,
        flowing(stage, speed),
        sitting(browser, str(stage.http.base_url).rstrip("/"), size, scheme, **options) as page,
    ):
        yield page, stage


def saying(selector: str, text: str) -> str:
    """Return the condition that what is first at a selector can be seen, and says a text."""
    first = f"document.querySelector({selector!r})"
    return f"{first}?.checkVisibility() && {first}.innerText.includes({text!r})"


async def says(page: Page, selector: str, text: str, timeout_s: float = 5.0) -> None:
    await until(page, saying(selector, text), timeout_s=timeout_s)


def section(page: Page, title: str) -> Locator:
    return page.locator("details.section").filter(has=page.get_by_role("heading", name=title, exact=True))


async def unfold(page: Page, title: str, entry: str = "") -> Locator:
    """Open a section, or an entry of it."""
    found = section(page, title)
    if await found.get_attribute("open") is None:
        await found.locator("> summary").click()
    if entry:
        found = found.locator("details.table").filter(has=page.get_by_text(entry, exact=True)).first
        if await found.get_attribute("open") is None:
            await found.locator("> summary").click()
    return found


async def apply(page: Page) -> None:
    """Go on from the draft by review to the apply."""
    await page.click(".bar >> text=Review")
    await until(page, "document.querySelector('h2:focus')?.innerText === 'Review'")
    await page.click(".review >> text=Apply")
    applied = "document.querySelector('.review') === null"
    await until(page, f"{applied} && document.querySelector('.trial')?.checkVisibility()")


async def edit_title(page: Page, title: str, said: str = "1 change") -> None:
    entry = await unfold(page, "Subjects", "white")
    await entry.get_by_label("Title").fill(title)
    await says(page, STATE, said)


async def entry_value(page: Page, title: str, entry: str, label: str) -> str:
    return await (await unfold(page, title, entry)).get_by_label(label).input_value()
