"""The page's network and time in Chromium."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.async_api import Browser

from edged.errors import TransientError
from edged.ops.network.status import NetworkStatus, PageAddress, WirelessStatus
from tests.rigs.chromium import screenshot_path, until
from tests.web import documents
from tests.web.fake_desk import FakeDesk, interface, network, time
from tests.web.fake_view import FakeView
from tests.web.test_delivery_page import card
from tests.web.test_page import CONTRAST, DESK, PHONE, fits, opened, texts, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHOWN: Final = "document.querySelector('.network-view .card')?.checkVisibility()"
HERE: Final = PageAddress(url="http://127.0.0.1:8080/", interface="lo", reach="board")


def apart(seconds: float) -> NetworkStatus:
    """Return a network whose clock is ahead of the browser's."""
    utc = (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    return network(time=time(utc=utc))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["phone", "desk"])
async def test_where_the_board_stands(
    browser: Browser, name: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    size = {"phone": PHONE, "desk": DESK}[name]
    desk = FakeDesk(networked=lambda: apart(3.2))
    async with opened(browser, FakeView(documents.status()), size, scheme, desk=desk) as (page, _):
        await visit(page, "more")
        await page.click("a[href='#network']:not(#nav a)")
        await until(page, SHOWN)
        assert await page.title() == "Network and time \N{EN DASH} node-1"
        assert await texts(page, ".network-view h2") == [
            "This page answers at",
            "Clock",
            "Cable eth0",
            "Wi-Fi wlan0",
            "This board",
        ]
        assert await texts(page, ".pages li > span") == [
            "http://192.168.1.17:8080/ eth0",
            "http://10.0.1.9:8080/ wlan0",
            "http://127.0.0.1:8080/ from the board itself only",
            "http://board-1.local:8080/ where the network knows this name",
        ]
        assert (await card(page, "Wi-Fi wlan0"))["Wi-Fi"] == "Arena production"
        assert (await card(page, "Wi-Fi wlan0"))["Signal"] == "\N{MINUS SIGN}67 dBm, fair"
        assert (await card(page, "This board"))["Gateway"] == "192.168.1.1 (eth0)"
        clock = await card(page, "Clock")
        assert clock["This computer"].endswith("s behind the board")
        assert clock["Time server"] == "192.168.1.1, stratum 2"
        assert clock["Off by"] == "0.4 ms ahead"
        assert clock["Time zone"].startswith("Europe/Vienna, UTC+01:00: ")
        await page.screenshot(path=screenshot_path(f"network-{name}-{scheme}", tmp_path), full_page=True)
        await fits(page)
        assert await page.evaluate(CONTRAST) == []


@pytest.mark.parametrize(
    ("ahead_s", "said"),
    [
        (0.0, "the same, within half a second"),
        (-3600.0 * 73, "3 d ahead of the board"),
        (120.4, "2 min behind the board"),
    ],
)
async def test_the_clock_of_who_looks(browser: Browser, ahead_s: float, said: str) -> None:
    desk = FakeDesk(networked=lambda: apart(ahead_s))
    async with opened(browser, FakeView(documents.status()), path="/#network", desk=desk, has_touch=True) as (
        page,
        _,
    ):
        await until(page, SHOWN)
        assert {**await card(page, "Clock")}.get(
            "This computer", (await card(page, "Clock")).get("This phone")
        ) == said


async def test_nothing_is_known(browser: Browser, tmp_path: Path) -> None:
    clock = time(
        synced=False,
        program="",
        server="",
        stratum=None,
        offset_ms=None,
        max_error_ms=None,
        set_s=None,
        zone="",
        zone_min=-210,
        up_s=None,
    )
    told = network(interfaces=[], gateways=[], name_servers=[], pages=[HERE], time=clock)
    desk = FakeDesk(networked=told)
    async with opened(browser, FakeView(documents.status()), PHONE, path="/#network", desk=desk) as (page, _):
        await until(page, SHOWN)
        assert await texts(page, ".network-view .card .sentence") == [
            "On the board itself only. Set web.host to 0.0.0.0, and it answers from the network too.",
            "No time server has set it. Times are corrected once one has; Health says what is missing.",
        ]
        clock_shown = await card(page, "Clock")
        assert set(clock_shown) <= {"Board", "Time zone", "This computer", "This phone"}
        assert clock_shown["Time zone"].startswith("UTC\N{MINUS SIGN}03:30: ")
        board = await card(page, "This board")
        assert board["Gateway"] == "none: only its own network is reached"
        assert board["Name servers"] == "none: no name is found, only addresses"
        await page.screenshot(path=screenshot_path("network-nothing", tmp_path), full_page=True)
        await fits(page)


async def test_long_names_stay_within(browser: Browser, tmp_path: Path) -> None:
    six = "fd00::ba27:ebff:fe12:3456/64"
    wifi = WirelessStatus(name="W" * 32, signal_dbm=-88, strength="weak")
    told = network(
        host="b" * 63,
        interfaces=[interface("wlx0123456789ab", kind="wifi", addresses=[six] * 3, wireless=wifi)],
        pages=[PageAddress(url=f"http://{'n' * 40}.example:8080/", interface="", reach="network")],
    )
    desk = FakeDesk(networked=told)
    async with opened(browser, FakeView(documents.status()), PHONE, path="/#network", desk=desk) as (page, _):
        await until(page, SHOWN)
        await page.screenshot(path=screenshot_path("network-long", tmp_path), full_page=True)
        await fits(page)


async def test_an_address_is_copied(browser: Browser) -> None:
    view = FakeView(documents.status())
    async with opened(
        browser, view, path="/#network", desk=FakeDesk(), permissions=["clipboard-read", "clipboard-write"]
    ) as (page, _):
        await until(page, SHOWN)
        await page.click(".pages li:nth-of-type(2) button")
        await until(page, "document.querySelector('.pages li:nth-of-type(2) button').innerText === 'Copied'")
        assert await page.evaluate("navigator.clipboard.readText()") == "http://10.0.1.9:8080/"
        label = await page.evaluate("document.querySelector('.pages li:nth-of-type(2) button').ariaLabel")
        assert label == "Copy http://10.0.1.9:8080/"


async def test_an_address_is_copied_where_the_browser_has_no_clipboard_for_it(browser: Browser) -> None:
    view = FakeView(documents.status())
    async with opened(browser, view, path="/#network", desk=FakeDesk()) as (page, _):
        await until(page, SHOWN)
        await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        await page.click(".pages li:nth-of-type(1) button")
        await until(page, "document.querySelector('.pages li:nth-of-type(1) button').innerText !== 'Copy'")
        assert await texts(page, ".pages li:nth-of-type(1) button") == ["Copied"]
        assert await texts(page, "textarea") == []


async def test_a_board_that_does_not_answer(browser: Browser) -> None:
    desk = FakeDesk()
    desk.network_error = TransientError("the system has not answered", mend="Restart the board.")
    async with opened(browser, FakeView(documents.status()), path="/#network", desk=desk) as (page, _):
        said = "The system has not answered. Restart the board."
        await until(page, "(said) => document.querySelector('.waiting')?.innerText === said", said)


async def test_a_lost_connection_withdraws_it(browser: Browser) -> None:
    async with opened(browser, FakeView(documents.status()), path="/#network", desk=FakeDesk()) as (
        page,
        site,
    ):
        await until(page, SHOWN)
        await site.stop()
        await until(page, "document.body.hasAttribute('data-lost')")
        assert await texts(page, ".network-view .card") == []
        assert await texts(page, ".network-view .waiting") == [
            "What the board last said of its network is withdrawn."
        ]
