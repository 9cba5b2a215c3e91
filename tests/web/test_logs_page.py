"""The page's log in Chromium: lines, filters, following, and what stands there instead."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.async_api import Browser, Page

from edged.messages import CLOCK_NOT_SET, NODE_READY, SOURCE_FAILED, SOURCE_LOST, WATCHDOG_WITHHELD
from edged.ops.log_ring import KEPT, LogRing
from tests.rigs.chromium import screenshot_path, until
from tests.rigs.log import record_of
from tests.web import documents
from tests.web.desk import says, sitting
from tests.web.documents import UTC_MS
from tests.web.fake_view import FakeView
from tests.web.site import Site, serving
from tests.web.test_page import CONTRAST, DESK, PHONE, fits, texts, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG: Final = "strap-of-the-player-with-a-long-n"


def write(ring: LogRing, *records: logging.LogRecord) -> None:
    for record in records:
        record.created = UTC_MS / 1000 - 60
        ring.handle(record)


def written() -> LogRing:
    """A log in which something of every kind stands."""
    ring = LogRing()
    publish, sources = "edged.publish.mqtt", "edged.sources.supervisor"
    write(
        ring,
        record_of(NODE_READY, node="arena/node-1", status="19 sources stream", logger="edged.service"),
        record_of("a library's own words", logging.INFO, logger="bleak.backends"),
        record_of(CLOCK_NOT_SET, logger="edged.clock_log"),
        record_of(SOURCE_LOST, source="strap-1", reason="connection reset by the device", logger=sources),
        record_of(SOURCE_LOST, source=LONG, reason="x" * 90, logger=sources),
        record_of(SOURCE_FAILED, source="strap-2", reason="no driver", logger=sources),
        record_of(WATCHDOG_WITHHELD, part="journal", patience_s=30, logger=publish),
    )
    return ring


@asynccontextmanager
async def reading(
    browser: Browser, ring: LogRing, size: Any = DESK, scheme: Literal["light", "dark"] = "light"
) -> AsyncIterator[tuple[Page, Site]]:
    async with (
        serving(FakeView(documents.status()), recent=ring) as site,
        sitting(browser, site.url, size, scheme, path="/#logs") as page,
    ):
        await until(page, "document.querySelector('.logs-view .waiting') === null")
        yield page, site


async def count(page: Page) -> int:
    found: int = await page.evaluate("document.querySelectorAll('.log-line').length")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["phone", "desk"])
async def test_lines_with_level_and_mend(
    browser: Browser, name: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    size = {"phone": PHONE, "desk": DESK}[name]
    async with reading(browser, written(), size, scheme) as (page, _):
        assert await page.title() == "Logs \N{EN DASH} node-1"
        assert await texts(page, ".log-line .state") == [
            "Info",
            "Info",
            "Warning",
            "Warning",
            "Warning",
            "Error",
            "Critical",
        ]
        assert await texts(page, ".log-line time") == ["14:02:22"] * 7
        assert (await texts(page, ".log-line .said"))[5] == "source strap-2: no driver"
        await page.screenshot(path=screenshot_path(f"logs-{name}-{scheme}", tmp_path))
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        await page.click(".log-line >> nth=5")
        line = ".log-line:nth-of-type(6)"
        await until(page, f"document.querySelector('{line} dl') !== null")
        told = dict(zip(await texts(page, f"{line} dt"), await texts(page, f"{line} dd"), strict=True))
        assert told == {
            "Mend": SOURCE_FAILED.mend,
            "When": SOURCE_FAILED.when,
            "source": "strap-2",
            "reason": "no driver",
            "Message": "source_failed",
            "MESSAGE_ID": SOURCE_FAILED.id,
            "Part": "edged.sources.supervisor",
            "Time": "2025-11-21T14:02:22.000000Z",
        }
        await page.screenshot(path=screenshot_path(f"logs-open-{name}-{scheme}", tmp_path))
        await fits(page)
        assert await page.evaluate(CONTRAST) == []


async def test_filters(browser: Browser, tmp_path: Path) -> None:
    async with reading(browser, written(), PHONE) as (page, _):
        assert await texts(page, ".follow .quiet") == ["7 lines"]
        for level, left in (("warning", 5), ("error", 2), ("critical", 1), ("info", 7)):
            await page.get_by_label("Level").select_option(level)
            assert await count(page) == left
        about = page.get_by_label("About")
        groups = await page.evaluate(
            "[...document.querySelectorAll('optgroup')]"
            ".map((each) => [each.label, ...[...each.children].map((option) => option.text)])"
        )
        assert groups == [
            ["Sources", "strap-1", "strap-2", LONG],
            ["Parts", "bleak", "clock_log", "publish", "service", "sources"],
        ]
        await about.select_option("strap-1")
        assert await texts(page, ".follow .quiet") == ["1 of 7 lines"]
        await about.select_option("sources")
        assert await count(page) == 3
        await page.get_by_label("Text").fill("SOURCE_lost")
        assert await count(page) == 2
        await page.get_by_label("Text").fill("nobody says this")
        assert await texts(page, ".empty h2") == ["No line is like that"]
        await page.screenshot(path=screenshot_path("logs-no-match", tmp_path))
        await fits(page)
        await page.click("text=Show all")
        assert await count(page) == 7
        assert await page.get_by_label("Text").input_value() == ""


async def test_new_lines_are_followed_or_wait(browser: Browser, tmp_path: Path) -> None:
    ring = LogRing()
    write(ring, *(record_of(SOURCE_LOST, source="strap-1", reason=f"number {n}") for n in range(60)))
    async with reading(browser, ring, PHONE) as (page, _):
        at_end = (
            "(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2)"
            "(document.querySelector('.log-lines'))"
        )
        assert await page.evaluate(at_end)
        write(ring, record_of(SOURCE_LOST, source="strap-1", reason="number 60"))
        await says(page, ".log-line:last-child", "number 60")
        assert await page.evaluate(at_end)
        await page.evaluate("document.querySelector('.log-lines').scrollTop = 0")
        write(ring, *(record_of(SOURCE_LOST, source="strap-1", reason=f"late {n}") for n in range(3)))
        await says(page, ".list button", "3 new lines")
        assert await page.evaluate("document.querySelector('.log-lines').scrollTop") == 0
        await page.screenshot(path=screenshot_path("logs-new", tmp_path))
        await page.click("text=3 new lines")
        await says(page, ".log-line:last-child", "late 2")
        assert await page.evaluate(at_end)
        assert await texts(page, ".list button") == []
        await page.get_by_label("Follow").uncheck()
        write(ring, record_of(SOURCE_LOST, source="strap-1", reason="unfollowed"))
        await says(page, ".list button", "1 new line")
        await page.get_by_label("Follow").check()
        await says(page, ".log-line:last-child", "unfollowed")


async def test_it_stays_bounded(browser: Browser) -> None:
    ring = LogRing()
    write(ring, *(record_of(SOURCE_LOST, source="strap-1", reason=f"number {n}") for n in range(KEPT)))
    async with reading(browser, ring) as (page, _):
        assert await count(page) == KEPT
        write(ring, *(record_of(SOURCE_LOST, source="strap-1", reason=f"more {n}") for n in range(40)))
        await says(page, ".log-line:last-child", "more 39")
        assert await count(page) == KEPT
        assert "number 40" in (await texts(page, ".log-line:first-child"))[0]


async def test_nothing_in_the_log(browser: Browser, tmp_path: Path) -> None:
    ring = LogRing()
    async with reading(browser, ring, PHONE) as (page, _):
        assert await texts(page, ".empty h2") == ["Nothing in the log"]
        await page.screenshot(path=screenshot_path("logs-empty", tmp_path))
        await fits(page)
        write(ring, record_of(NODE_READY, node="arena/node-1", status="well"))
        await until(page, "document.querySelectorAll('.log-line').length === 1")


async def test_a_daemon_that_starts_anew(browser: Browser, tmp_path: Path) -> None:
    ring = LogRing()
    write(ring, record_of(NODE_READY, node="arena/node-1", status="well"))
    async with reading(browser, ring, PHONE) as (page, site):
        await site.stop()
        await until(page, "document.body.hasAttribute('data-lost')")
        await says(page, ".logs-view", "No connection: what stands here is from before.")
        await page.screenshot(path=screenshot_path("logs-lost", tmp_path))
        await fits(page)
        async with serving(site.view, port=site.port, recent=written()):
            await until(page, "document.querySelector('.beginning') !== null", timeout_s=15)
            assert await texts(page, ".beginning") == ["edged started anew here"]
            assert await count(page) == 8


async def test_a_log_that_cannot_be_had(browser: Browser) -> None:
    ring = written()
    async with (
        serving(FakeView(documents.status()), recent=ring) as site,
        sitting(browser, site.url, DESK, path="/") as page,
    ):
        await page.route("**/api/v1/logs*", lambda route: route.abort("connectionrefused"))
        await page.evaluate("location.hash = 'logs'")
        await says(page, ".empty h2", "The log could not be fetched")
        assert await texts(page, ".empty p") == ["The node did not answer. Try again."]
        await page.unroute("**/api/v1/logs*")
        await page.click("text=Try again")
        await until(page, "document.querySelectorAll('.log-line').length === 7")
        await visit(page, "more")
        assert "Logs" in await texts(page, ".more-view b")
