"""The page's health in Chromium: what the doctor finds, also where he cannot look or nothing is wrong."""

import zipfile
from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.async_api import Browser, Page

from edged.ops.doctor.finding import Finding, problem, well
from tests.rigs.chromium import screenshot_path, until
from tests.web import documents
from tests.web.fake_desk import FakeDesk
from tests.web.fake_view import FakeView
from tests.web.patients import BROKEN, LONG, FakeDoctor
from tests.web.test_page import CONTRAST, DESK, PHONE, fits, opened, texts, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHOWN: Final = "document.querySelector('.health-view .card') !== null"
GOOD: Final[tuple[Finding, ...]] = (well("clock", "Clock", "the date is plausible"),)


async def look(page: Page) -> None:
    """Go on from More to Health."""
    await page.click("a[href='#health']:not(#nav a)")
    await until(page, "document.querySelector('h1:focus')?.innerText === 'Health'")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["phone", "desk"])
async def test_what_is_wrong_stands_first(
    browser: Browser, name: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    size = {"phone": PHONE, "desk": DESK}[name]
    doctor = FakeDoctor(*BROKEN)
    async with opened(browser, FakeView(documents.status()), size, scheme, doctor=doctor) as (page, _):
        await visit(page, "more")
        await page.screenshot(path=screenshot_path(f"more-{name}-{scheme}", tmp_path))
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        await look(page)
        await until(page, SHOWN)
        assert await page.title() == "Health \N{EN DASH} node-1"
        assert await texts(page, ".summary .state") == ["2 problems, 1 warning"]
        assert await texts(page, ".summary .quiet") == ["Looked at just now"]
        assert await texts(page, "#main h2.section") == ["To mend", "Good", "Not looked at"]
        assert await texts(page, "#main section section:nth-of-type(1) h3") == [
            "Broker certificate",
            "Serial port",
            "Disk",
        ]
        assert await texts(page, "#nav a[aria-current]") == ["More 3"]
        await page.screenshot(path=screenshot_path(f"health-{name}-{scheme}", tmp_path), full_page=True)
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
    assert doctor.asked == 1


async def test_words_mends_and_facts(browser: Browser) -> None:
    doctor = FakeDoctor(*BROKEN)
    view = FakeView(documents.status())
    async with opened(browser, view, path="/#health", doctor=doctor) as (page, _):
        await until(page, SHOWN)
        states = await texts(page, ".health-view .card .state")
        assert states == ["Problem", "Problem", "Warning", "Good", "Good", "Good", "Good", "Not looked at"]
        assert (await texts(page, ".health-view .sentence"))[:3] == [
            each.words.sentence.replace("`", "") for each in BROKEN[:3]
        ]
        assert (await texts(page, ".health-view code"))[0] == "edged scan"
        disk = "#main section section:nth-of-type(1) .card:nth-of-type(3)"
        assert dict(zip(await texts(page, f"{disk} dt"), await texts(page, f"{disk} dd"), strict=True)) == {
            "Where": "/var/lib/edged",
            "Device": "mmcblk0p2",
            "Free": "439 MB",
            "Size": "30,987 MB",
            "Room for files": "1,923,456",
            "Errors": "0",
        }
        clock = "#main section section:nth-of-type(2) .card:nth-of-type(2)"
        assert await texts(page, f"{clock} dd") == ["2025-11-21 14:03:22 UTC", "no"]
        assert (await texts(page, ".health-view dd"))[6] == LONG


async def test_check_again(browser: Browser) -> None:
    doctor = FakeDoctor(*BROKEN)
    async with opened(browser, FakeView(documents.status()), path="/#health", doctor=doctor) as (page, _):
        await until(page, SHOWN)
        doctor.findings = GOOD
        doctor.later()
        doctor.may_go_on.clear()
        await page.click(".health-head button")
        await until(page, "document.querySelector('.health-head button').ariaDisabled === 'true'")
        assert await texts(page, ".health-head button") == ["Looking\N{HORIZONTAL ELLIPSIS}"]
        assert len(await texts(page, ".health-view .card")) == 8, "what was found before stays until then"
        await page.click(".health-head button", force=True)  # as a finger does, disabled or not
        doctor.may_go_on.set()
        await until(page, "document.querySelectorAll('.health-view .card').length === 1")
        assert await texts(page, ".health-head button") == ["Check again"]
        assert await texts(page, ".summary .state") == ["All is well"]
        assert await texts(page, "#main h2.section") == ["Good"]
        assert await texts(page, "#nav .count") == []
    assert doctor.asked == 2, "once for two clicks"


async def test_the_first_look_takes_its_time(browser: Browser) -> None:
    doctor = FakeDoctor(*GOOD)
    doctor.may_go_on.clear()
    async with opened(browser, FakeView(documents.status()), path="/#health", doctor=doctor) as (page, _):
        await until(page, "document.querySelector('.waiting')?.checkVisibility()")
        assert await texts(page, ".waiting") == ["The board is looked over; that takes some seconds."]
        assert await texts(page, ".summary") == []
        doctor.may_go_on.set()
        await until(page, SHOWN)
        assert await texts(page, ".waiting") == []


async def test_nothing_to_look_at(browser: Browser) -> None:
    async with opened(browser, FakeView(documents.status()), path="/#health", doctor=FakeDoctor()) as (
        page,
        _,
    ):
        await until(page, "document.querySelector('.empty')?.checkVisibility()")
        assert await texts(page, ".empty") == ["Nothing to look at No check is known to this node."]


async def test_a_page_that_cannot_look(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, FakeView(documents.status()), PHONE, path="/#health") as (page, _):
        await until(page, "document.querySelector('.empty')?.checkVisibility()")
        assert await texts(page, ".empty h2") == ["It could not be looked at"]
        assert await texts(page, ".empty p") == ["This page cannot look. Run: edged doctor -c FILE"]
        assert await texts(page, ".health-head button") == ["Check again"]
        await page.screenshot(path=screenshot_path("health-cannot", tmp_path))
        await fits(page)


async def test_a_lost_connection_withdraws_what_was_found(browser: Browser, tmp_path: Path) -> None:
    doctor = FakeDoctor(*BROKEN)
    async with opened(browser, FakeView(documents.status()), path="/#health", doctor=doctor) as (page, site):
        await until(page, SHOWN)
        await site.stop()
        await until(page, "document.body.hasAttribute('data-lost')")
        assert set(await texts(page, ".health-view .state")) == {"Unknown"}
        assert await texts(page, ".health-view h2, .health-view dd") == []
        assert await texts(page, ".health-view .sentence") == []
        assert await texts(page, "#nav .count") == []
        await page.click(".health-head button", force=True)
        assert doctor.asked == 1
        await page.screenshot(path=screenshot_path("health-lost", tmp_path))
        await fits(page)


async def test_what_is_old_is_looked_at_again(browser: Browser) -> None:
    doctor = FakeDoctor(problem("a", "A", "bad", mend="Mend it."))
    view = FakeView(documents.status())
    async with opened(browser, view, path="/#health", doctor=doctor) as (page, _):
        await until(page, SHOWN)
        await visit(page, "more")
        await look(page)
        assert doctor.asked == 1
        await visit(page, "more")
        doctor.later()
        moved = documents.node(utc="2025-11-21T14:04:22.000Z")
        view.show(documents.status(node=moved))
        await until(page, "document.querySelector('#top .clock').innerText.includes('14:04:2')")
        await look(page)
        while doctor.asked < 2:
            await page.wait_for_timeout(20)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["phone", "desk"])
async def test_the_bundle_is_downloaded(
    browser: Browser, name: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    size = {"phone": PHONE, "desk": DESK}[name]
    view, doctor = FakeView(documents.status()), FakeDoctor(*GOOD)
    async with opened(browser, view, size, scheme, "/#health", doctor, FakeDesk()) as (page, _):
        await until(page, SHOWN)
        assert await texts(page, ".bundle h2") == ["Diagnostics for somebody else"]
        assert "heart rates, waveforms" in (await texts(page, ".bundle dd"))[1]
        async with page.expect_download() as coming:
            await page.click(".bundle button")
        download = await coming.value
        assert download.suggested_filename == "edged-arena-node-1-20251121T140322Z.zip"
        with zipfile.ZipFile(await download.path()) as zipped:
            assert zipped.testzip() is None
            assert any(each.endswith("/README.txt") for each in zipped.namelist())
        await until(page, "document.querySelector('.bundle [role=status]').checkVisibility()")
        assert (await texts(page, ".bundle [role=status]"))[0].startswith("edged-arena-node-1-20251121T1403")
        assert await texts(page, ".bundle button") == ["Download diagnostics"]
        await page.screenshot(path=screenshot_path(f"bundle-{name}-{scheme}", tmp_path), full_page=True)
        await fits(page)
        assert await page.evaluate(CONTRAST) == []


async def test_a_bundle_that_cannot_be_had_says_why(browser: Browser) -> None:
    view, doctor = FakeView(documents.status()), FakeDoctor(*GOOD)
    async with opened(browser, view, path="/#health", doctor=doctor) as (page, site):
        await until(page, SHOWN)
        await page.click(".bundle button")
        await until(page, "document.querySelector('.bundle .mistake')?.checkVisibility()")
        assert await texts(page, ".bundle .mistake") == ["This page cannot tell. Run: edged run -c FILE"]
        await site.stop()
        await until(page, "document.body.hasAttribute('data-lost')")
        assert await texts(page, ".bundle") == [], "there is nothing to be had"
