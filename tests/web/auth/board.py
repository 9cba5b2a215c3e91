"""A board with a gate, on a real server, and browsers that are at its page."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from playwright.async_api import Browser, BrowserContext, Page

from edged.access.gate import Gate
from edged.clock import ManualClock
from tests.rigs.axe import violations
from tests.rigs.chromium import screenshot_path, until
from tests.web import documents
from tests.web.auth.house import PASSWORD, house, settle_in
from tests.web.fake_view import FakeView
from tests.web.site import Site, serving
from tests.web.test_page import CONTRAST, DESK, PHONE, fits

Scheme = Literal["light", "dark"]

LOOKS: Final[Sequence[tuple[str, Any, Scheme]]] = (
    ("phone-light", PHONE, "light"),
    ("phone-dark", PHONE, "dark"),
    ("desk-light", DESK, "light"),
    ("desk-dark", DESK, "dark"),
)
WHO_IS_IN: Final = "document.querySelector('#nav a') !== null && !document.body.hasAttribute('data-outside')"


@dataclass(slots=True)
class Board:
    """One board.

    Attributes:
        browser: that opens its page.
        site: where it is served.
        gate: who belongs.
        clock: its.
        errors: what pages threw, or were refused by the browser.
    """

    browser: Browser
    site: Site
    gate: Gate
    clock: ManualClock
    errors: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def context(self, size: Any = DESK, scheme: Scheme = "light") -> AsyncIterator[BrowserContext]:
        """Yield a browser of its own: its pages share a cookie."""
        context = await self.browser.new_context(
            viewport=size,
            color_scheme=scheme,
            timezone_id="UTC",
            locale="en-GB",
            permissions=["clipboard-read", "clipboard-write"],
        )
        try:
            yield context
        finally:
            await context.close()

    async def open(self, context: BrowserContext, path: str = "/") -> Page:
        """Return the page, opened in a browser."""
        page = await context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        await page.goto(self.site.url + path)
        await until(page, "document.querySelector('#main section') !== null")
        return page

    @asynccontextmanager
    async def visited(
        self, path: str = "/", size: Any = DESK, scheme: Scheme = "light", name: str = ""
    ) -> AsyncIterator[Page]:
        """Yield the page in a browser of its own, in which somebody has logged in, if a name is given."""
        async with self.context(size, scheme) as context:
            page = await self.open(context, path)
            if name:
                await log_in(page, name)
            yield page


@asynccontextmanager
async def board(browser: Browser, folder: Path, *, is_claimed: bool) -> AsyncIterator[Board]:
    """Serve a board, unclaimed or with an account a role; fail if a page of it throws."""
    async with house(folder) as inhabited:
        if is_claimed:
            await settle_in(inhabited)
        async with serving(FakeView(documents.status()), gate=inhabited.gate) as site:
            made = Board(browser, site, inhabited.gate, inhabited.clock)
            yield made
    assert made.errors == []


async def fill(page: Page, values: Mapping[str, str]) -> None:
    """Fill in fields that are to be seen, by their labels."""
    for label, value in values.items():
        field = page.locator(".field:visible").filter(has=page.locator(f"label:text-is('{label}')"))
        await field.locator("input").first.fill(value)


async def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Log in, and return when it is done."""
    await fill(page, {"Account": name, "Password": password})
    await page.click("button[type=submit]")
    await until(page, f"{WHO_IS_IN} && document.querySelector('h1:focus') !== null")


async def mistakes(page: Page) -> dict[str, str]:
    """Return what is wrong, by the label of the field; under an empty one what is not of a field."""
    found: dict[str, str] = await page.evaluate(
        """() => Object.fromEntries(
            [...document.querySelectorAll('.mistake')].filter(e => e.checkVisibility())
            .map(e => [e.closest('.field')?.querySelector('label').innerText ?? '', e.innerText])
        )"""
    )
    return found


async def looked_at(page: Page, name: str, folder: Path) -> None:
    """Take a picture of all of it; everything fits, can be read, and keeps nobody out."""
    size = page.viewport_size
    assert size is not None
    height = await page.evaluate("document.documentElement.scrollHeight")
    await page.set_viewport_size({"width": size["width"], "height": height})  # nothing is under a bar then
    await page.screenshot(path=screenshot_path(name, folder))
    await fits(page)
    found = [*await page.evaluate(CONTRAST), *await violations(page)]
    assert found == [], found
    small = await page.evaluate(
        "[...document.querySelectorAll('a, button, input, select')].filter(e => e.checkVisibility()"
        " && !e.disabled && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
    )
    assert small == [], small
    await page.set_viewport_size(size)
