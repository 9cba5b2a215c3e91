"""Every view, looked over by axe-core, on phone and desk, in light and dark."""

from typing import Any, Final, Literal

import pytest
from playwright.async_api import Browser, Page

from tests.rigs.axe import violations
from tests.rigs.chromium import until
from tests.web.fake_desk import FakeDesk
from tests.web.fake_view import FakeView
from tests.web.patients import BROKEN, FakeDoctor
from tests.web.test_page import DESK, PHONE, opened, texts, twenty, visit, with_readings

pytestmark = pytest.mark.asyncio(loop_scope="session")

VIEWS: Final = (
    "now",
    "devices",
    "delivery",
    "more",
    "signals",
    "configuration",
    "health",
    "logs",
    "network",
)
SHOWN: Final = (
    "document.querySelector('#main h1') !== null && !document.querySelector('.waiting')?.checkVisibility()"
)


async def views_of(page: Page) -> set[str]:
    """Return the views to which a link leads."""
    await visit(page, "more")
    hashes: list[str] = await page.evaluate(
        "[...document.querySelectorAll('#nav a, .more-view a')].map((link) => link.hash.slice(1))"
    )
    return set(hashes)


async def test_every_view_is_looked_over(browser: Browser) -> None:
    async with opened(browser, FakeView(twenty())) as (page, _):
        assert await views_of(page) == set(VIEWS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_nobody_is_kept_out(browser: Browser, size: Any, scheme: Literal["light", "dark"]) -> None:
    doctor = FakeDoctor(*BROKEN)
    async with opened(browser, with_readings(twenty()), size, scheme, doctor=doctor, desk=FakeDesk()) as (
        page,
        _,
    ):
        for name in VIEWS:
            await page.evaluate("(name) => { location.hash = name; }", name)
            await until(page, f"location.hash === '#{name}' && {SHOWN}")
            assert await violations(page) == [], name


async def test_a_lost_connection_is_told_to_everybody(browser: Browser) -> None:
    async with opened(browser, with_readings(twenty()), PHONE) as (page, site):
        await site.stop()
        await until(page, "document.body.hasAttribute('data-lost')")
        assert await violations(page) == []
        assert await texts(page, "[role=alert]") != []
