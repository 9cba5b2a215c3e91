"""The look around in Chromium: rows that stay, words and mends, and one device looked at closely."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.async_api import Browser, Page

from edged.errors import SourceLost
from edged.model import NS_PER_S, Packet
from edged.ops.status import Status
from edged.sources.history import Phase, SourceState
from edged.sources.nearby import Owner
from tests.rigs.chromium import screenshot_path, until
from tests.web import documents
from tests.web.air import PORT, STRAP
from tests.web.documents import source, subject
from tests.web.fake_devices import START_NS, FakeDevices
from tests.web.fake_view import FakeView
from tests.web.test_page import CONTRAST, DESK, NAMES, fits, opened, texts, twenty, visit
from tests.web.test_page import PHONE as POCKET

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG: Final = "Polar H10 of the player with a name of 40"
LONG_NAME: Final = "strap-of-a-player-with-a-name-32"
GONE: Final = SourceLost("nothing came for 10 s", mend="Check that the device is on, worn and in range.")


def strap(number: int, rssi_dbm: int | None, **more: Any) -> Any:
    """Return a strap in the air."""
    address = f"A0:9E:1A:00:01:{number:02X}"
    fields = {
        "link": f"ble:{address}",
        "address": address,
        "name": f"Polar H10 {number:07}",
        "rssi_dbm": rssi_dbm,
        "seen_ns": START_NS,
        "decoder": "polar",
    }
    return replace(STRAP, **(fields | more))


def around() -> FakeDevices:
    """Return a hall before the broadcast: straps, ours and others, a board, phones."""
    return FakeDevices(
        found=[
            strap(1, -58),
            strap(2, -71, name=LONG, battery_pct=9),
            strap(3, -88, battery_pct=None),
            strap(4, None, connected=True, owner="strap-1"),
            strap(5, -64, seen_ns=START_NS - 14 * NS_PER_S),
            replace(PORT, seen_ns=START_NS),
            *(strap(n, -50 - n, name="", services=(), decoder="", battery_pct=None) for n in range(16, 28)),
        ],
        owners={"strap-1": Owner("strap-1", "s0", NAMES[0])},
    )


def viewed(document: Status, devices: FakeDevices) -> FakeView:
    view = FakeView(document)
    view.devices = devices
    return view


async def looked(page: Page, rows: int) -> None:
    """Look around, and wait for so many rows."""
    await page.click(".scan button")
    await until(
        page, "n => document.querySelectorAll('.scan .around:not(details *) .found').length === n", rows
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["phone", "desk"])
async def test_what_is_around_beside_twenty_sources(
    browser: Browser, name: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    size = {"phone": POCKET, "desk": DESK}[name]
    view = viewed(twenty(), around())
    async with opened(browser, view, size, scheme, path="/#devices") as (page, _):
        assert len(await texts(page, ".devices-view > .cards > .card")) == 19
        await page.screenshot(path=screenshot_path(f"around-before-{name}-{scheme}", tmp_path))
        await looked(page, 6)
        await page.screenshot(path=screenshot_path(f"around-{name}-{scheme}", tmp_path), full_page=True)
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        await page.click(".scan summary")
        assert len(await texts(page, ".scan details .found")) == 12
        await fits(page)
        small = await page.evaluate(
            "[...document.querySelectorAll('#main a, #main button:not(.state), #main summary')]"
            ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.innerText)"
        )
        assert small == []


async def test_rows_have_words_strongest_first(browser: Browser) -> None:
    view = viewed(twenty(), around())
    async with opened(browser, view, path="/#devices") as (page, _):
        assert (await texts(page, ".scan .quiet"))[0].startswith("Shows straps in the air")
        await looked(page, 6)
        rows = ".scan .around:not(details *) .found"
        assert await texts(page, f"{rows} b") == [
            "Polar H10 0000001",
            "Polar H10 0000005",
            LONG,
            "Polar H10 0000003",
            "Polar H10 0000004",
            "Arduino Uno",
        ]
        assert await texts(page, f"{rows} .condition") == [
            "\N{MINUS SIGN}58 dBm, strong 85 %",
            "not heard for 14 s 85 %",
            "\N{MINUS SIGN}71 dBm, fair 9 %, low",
            "\N{MINUS SIGN}88 dBm, weak",
            "connected 85 %",
            "",
        ]
        about = await texts(page, f"{rows} .about")
        assert about[0] == "A0:9E:1A:00:01:01, looks like polar"
        assert about[-1] == "/dev/ttyACM0, looks like board, in use by ModemManager (412)"
        assert await texts(page, f"{rows} .called > .clip:not(b)") == [
            f"strap-1 \N{RIGHTWARDS ARROW} {NAMES[0]}"
        ]
        assert await texts(page, ".scan summary") == ["12 other devices: phones, televisions"]
        assert await texts(page, ".scan-head .quiet") == ["Looking\N{HORIZONTAL ELLIPSIS} 25 s left"]


async def test_rows_do_not_jump(browser: Browser) -> None:
    """A few dB move nobody, more do after a while, and nobody under a finger."""
    devices = FakeDevices(found=[strap(1, -60), strap(2, -66), strap(3, -70)])
    order = "[...document.querySelectorAll('.scan .found b')].map(e => e.innerText.at(-1)).join('')"
    async with opened(browser, viewed(twenty(), devices), path="/#devices") as (page, _):
        await looked(page, 3)
        assert await page.evaluate(order) == "123"
        asked = devices.asked
        devices.found = [strap(1, -66), strap(2, -60), strap(3, -66), strap(4, -50)]
        while devices.asked < asked + 2:
            await page.wait_for_timeout(50)
        assert await page.evaluate(order) == "1234", "who comes is put at the end at first"
        await until(page, f"{order} === '4123'", timeout_s=6)
        devices.found = [strap(1, -90), strap(2, -60), strap(3, -66), strap(4, -50)]
        await page.focus(".scan .found:nth-of-type(2) button")
        asked = devices.asked
        while devices.asked < asked + 6:
            await page.wait_for_timeout(100)
        assert await page.evaluate(order) == "4123", "not under a hand"
        await page.focus("h1")
        await until(page, f"{order} === '4231'", timeout_s=6)


async def test_it_ends_and_begins_again(browser: Browser) -> None:
    devices = around()
    async with opened(browser, viewed(twenty(), devices), path="/#devices") as (page, _):
        await looked(page, 6)
        devices.scan_left_s = 0.0
        await until(page, "document.querySelector('.scan button').innerText === 'Look again'")
        asked = devices.asked
        await page.wait_for_timeout(1500)
        assert devices.asked == asked, "nobody asks any more"
        await page.click(".scan button")
        await until(page, "document.querySelector('.scan-head .quiet').innerText.includes('25 s left')")
        await visit(page, "now")
        asked = devices.asked
        await page.wait_for_timeout(1500)
        assert devices.asked <= asked + 1, "nor from another view"
        await visit(page, "devices")
        while devices.asked < asked + 3:
            await page.wait_for_timeout(50)


async def test_nothing_around_and_what_is_in_the_way(browser: Browser, tmp_path: Path) -> None:
    devices = FakeDevices(problems=[SourceLost("there is no Bluetooth adapter", mend="Plug one in.")])
    empty = documents.status(subjects=[], sources=[])
    async with opened(browser, viewed(empty, devices), POCKET, path="/#devices") as (page, site):
        await page.click(".scan button")
        await until(page, "document.querySelector('.scan .mistake').checkVisibility()")
        assert await texts(page, ".scan .mistake li") == ["there is no Bluetooth adapter. Plug one in."]
        assert await texts(page, ".scan > div:last-child > .quiet") == [
            "Nothing heard yet. Wake the device: put the strap on, plug the board in."
        ]
        assert (await texts(page, ".empty h2")) == ["No device yet"]
        await page.screenshot(path=screenshot_path("around-empty", tmp_path), full_page=True)
        await fits(page)
        await site.stop()
        await until(page, "document.body.hasAttribute('data-lost')")
        assert await page.evaluate("document.querySelector('.scan button').disabled")


async def test_a_node_that_cannot_look_says_so(browser: Browser) -> None:
    async with opened(browser, FakeView(twenty()), path="/#devices") as (page, _):
        await page.click(".scan button")
        await until(page, "document.querySelector('.scan .mistake').checkVisibility()")
        assert (await texts(page, ".scan .mistake"))[0].startswith("Nothing is measured here")


def worn() -> Status:
    """Return three straps that stream, one of them nobody's, and one that does not."""
    sources = [
        source("strap-1", subject="ada", heart_rate=71.6, packets=10),
        source("strap-2", heart_rate=64.0, packets=10),
        source(LONG_NAME, subject="max", heart_rate=None, packets=10),
        source("strap-4", state="searching"),
    ]
    subjects = [subject("ada", "Ada Lovelace"), subject("max", NAMES[2], "stale", contact=False)]
    return documents.status(sources=sources, subjects=subjects)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_what_has_no_light_is_found_by_its_number(
    browser: Browser, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    view = viewed(worn(), FakeDevices())
    async with opened(browser, view, POCKET, scheme, path="/#devices") as (page, site):
        await page.click("button[aria-label='Identify strap-2']")
        await until(page, "document.querySelector('.finder h2:focus') !== null")
        assert await texts(page, ".finder [role=status]") == [
            "strap-2: This device has no light that could blink. Tap a strap's electrodes."
        ]
        assert await texts(page, ".tile .number") == ["72", "64", "\N{EN DASH}"]
        assert await texts(page, ".tile:first-child > .clip") == ["strap-1, Ada Lovelace"]
        assert await texts(page, ".tile[data-wanted]") == ["strap-2 64 bpm looked for"]
        await page.screenshot(path=screenshot_path(f"finder-{scheme}", tmp_path))
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        now = worn()
        site.view.show(
            now.model_copy(
                update={
                    "sources": [
                        now.sources[0],
                        source("strap-2", heart_rate=80.0, packets=11),
                        *now.sources[2:],
                    ]
                }
            )
        )
        await until(page, "document.querySelector('.tile[data-lit]') !== null")
        assert (await texts(page, ".tile[data-lit]"))[0].startswith("strap-2 80 bpm")
        await until(page, "document.querySelector('.tile[data-lit]') === null")
        await site.stop()
        await until(page, "document.body.hasAttribute('data-lost')")
        assert await texts(page, ".tile") == [], "nothing that was last said"


async def test_what_has_a_light_blinks(browser: Browser) -> None:
    view = viewed(worn(), FakeDevices(shows=True))
    async with opened(browser, view, POCKET, path="/#devices") as (page, _):
        await page.click("button[aria-label='Identify strap-1']")
        await until(page, "document.querySelector('.undo').checkVisibility()")
        assert await texts(page, ".undo") == ["strap-1: Its light blinks fast for ten seconds."]
        assert await texts(page, ".undo button") == []
        await fits(page)


def looked_at() -> FakeDevices:
    """Return one with a history and packets of a whole day."""
    round_: list[tuple[SourceState, SourceLost | None]] = [
        ("starting", None),
        ("searching", None),
        ("streaming", None),
        ("silent", None),
        ("backing_off", GONE),
    ]
    phases = [
        Phase(START_NS - (100 - n) * 60 * NS_PER_S, state, problem)
        for n, (state, problem) in enumerate(round_ * 20)
    ]
    long = bytes(range(200))
    received = [Packet("2a37", bytes((0x10, 72, n, 3)), START_NS + n * NS_PER_S) for n in range(49)]
    received.append(Packet("fb005c82-02e7-f387-1cad-8acd2d8df0c8", long, START_NS + 50 * NS_PER_S))
    return FakeDevices(history=phases, received=received)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["phone", "desk"])
async def test_one_device_closely(
    browser: Browser, name: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    size = {"phone": POCKET, "desk": DESK}[name]
    view = viewed(worn(), looked_at())
    permissions = ["clipboard-read", "clipboard-write"]
    async with opened(browser, view, size, scheme, path="/#devices", permissions=permissions) as (page, _):
        await page.click(f"a[aria-label='Details of {LONG_NAME}']")
        await until(page, "name => document.querySelector('h1:focus')?.innerText === name", LONG_NAME)
        await until(page, "document.querySelectorAll('.packets tbody tr').length === 50")
        assert await page.title() == f"{LONG_NAME} \N{EN DASH} node-1"
        assert await texts(page, "#nav a[aria-current]") == ["Devices"]
        assert len(await texts(page, ".phases li")) == 100
        (lost,) = await texts(page, ".phases li:first-child")
        assert lost.startswith("14:02:22 Lost Nothing came for 10 s. Check that the device is on, worn and")
        await page.screenshot(path=screenshot_path(f"device-{name}-{scheme}", tmp_path))
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        await page.click("text=Copy")
        await until(page, "[...document.querySelectorAll('button')].some(e => e.innerText === 'Copied')")
        copied = await page.evaluate("navigator.clipboard.readText()")
        assert copied.splitlines()[1] == "2025-11-21T14:04:10.000000Z\t2a37\t10 48 30 03"
        assert len(copied.splitlines()) == 50
        await page.evaluate("document.querySelector('.packets').scrollIntoView()")
        await page.screenshot(path=screenshot_path(f"packets-{name}-{scheme}", tmp_path))
        await page.click(".back")
        await until(page, "document.querySelector('h1:focus')?.innerText === 'Devices'")


async def test_a_device_that_there_is_not(browser: Browser) -> None:
    view = viewed(worn(), looked_at())
    async with opened(browser, view, path="/#device=strap-99") as (page, _):
        assert await texts(page, ".empty h2") == ["There is no such device"]
        assert await texts(page, ".device-view button") == []
        await page.click(".back")
        await until(page, "document.querySelector('h1:focus')?.innerText === 'Devices'")


async def test_the_history_is_read_anew_when_the_state_changes(browser: Browser) -> None:
    devices = FakeDevices(history=[Phase(START_NS, "streaming", None)])
    async with opened(browser, viewed(worn(), devices), path="/#device=strap-1") as (page, site):
        await until(page, "document.querySelectorAll('.phases li').length === 1")
        assert await texts(page, ".device-view [role=status]") == ["Nothing has come yet."]
        devices.history.append(Phase(START_NS + NS_PER_S, "backing_off", GONE))
        now = worn()
        lost = source("strap-1", subject="ada", state="backing_off", words=documents.LOST)
        site.view.show(now.model_copy(update={"sources": [lost, *now.sources[1:]]}))
        await until(page, "document.querySelectorAll('.phases li').length === 2")
