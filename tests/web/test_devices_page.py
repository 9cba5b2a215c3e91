"""The page's devices in Chromium: sources in the states of a radio, and its adapters."""

from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.async_api import Browser, Page

from edged.ops.status import Status
from edged.ops.words import adapter_words, is_low_battery, signal_word, source_words
from edged.sources.equipment import AdapterState
from edged.sources.history import SourceState
from tests.rigs.chromium import screenshot_path, until
from tests.web import documents
from tests.web.documents import adapter, source, subject
from tests.web.fake_view import FakeView
from tests.web.test_page import CONTRAST, DESK, PHONE, fits, opened, texts, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG: Final = "strap-of-the-player-with-the-longest-name"


def radio() -> Status:
    """Straps in every state of a radio, over three adapters of which one is gone."""
    states: tuple[SourceState, ...] = (
        "searching",
        "connecting",
        "subscribing",
        "streaming",
        "no_room",
        "adapter_down",
        "reboot_needed",
    )
    sources = [
        source(
            LONG if state == "streaming" else f"strap-{n}",
            link="ble:A0:9E:1A:00:00:01",
            state=state,
            words=source_words(state, None, 12 if n == 3 else None),
            battery_pct=12 if n == 3 else 80,
            rssi_dbm=-60 - 7 * n,
            since_s=65.0,
        )
        for n, state in enumerate(states)
    ]
    adapters = [
        adapter(sources=[LONG, "strap-1", "strap-2"], resets=2),
        adapter("hci1", "recovering", address="B8:27:EB:00:00:01", bus="uart", slots=3, sources=[]),
        adapter("", "unplugged", address="00:1A:7D:DA:71:99", bus="", sources=[]),
    ]
    return documents.status(sources=sources, adapters=adapters, subjects=[subject("ada", "Ada Lovelace")])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["phone", "desk"])
async def test_a_radio_in_all_states(
    browser: Browser, name: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    size = {"phone": PHONE, "desk": DESK}[name]
    async with opened(browser, FakeView(radio()), size, scheme) as (page, _):
        assert (await texts(page, "#top .post a"))[-1] == "Bluetooth: Unplugged"
        await page.click("#top .post a:last-child")
        await until(page, "document.querySelector('h1:focus')?.innerText === 'Devices'")
        assert await texts(page, "#nav .count") == ["8"]
        words = [f"{source.words.word}" for source in radio().sources if source.state != "streaming"]
        shown = await texts(page, ".facts-view > .cards .state")
        assert sorted(shown) == sorted(["Live", *(f"{word} 1 min" for word in words)])
        await page.screenshot(path=screenshot_path(f"radio-{name}-{scheme}", tmp_path), full_page=True)
        await fits(page)
        assert await page.evaluate(CONTRAST) == []


async def test_adapters_with_slots_and_whom_they_serve(browser: Browser) -> None:
    async with opened(browser, FakeView(radio()), path="/#devices") as (page, site):
        cards = "#main section section:has(h3) .card"
        assert await texts(page, "#main h2.section") == ["Bluetooth adapters", "Sources", "Subjects"]
        assert await texts(page, f"{cards} h3") == ["Adapter 71:99", "hci1", "hci0"]
        assert await texts(page, f"{cards} .state") == ["Unplugged 42 s", "Recovering 42 s", "Ready"]
        assert await texts(page, f"{cards}:last-child dd") == [
            "00:1A:7D:DA:71:13",
            "USB",
            "3 of 5",
            f"{LONG}, strap-1, strap-2",
            "2",
        ]
        assert await texts(page, f"{cards} .sentence") == [
            "Plug it in again.",
            "It hung. It is reset, and comes back by itself.",
        ]

        site.view.show(documents.status())
        await until(
            page, "document.querySelector('#main section section:has(h3)')?.checkVisibility() !== true"
        )
        assert await texts(page, "#main h2.section") == ["Sources", "Subjects"]
        assert len(await texts(page, "#top .post a")) == 2


async def test_adapters_that_are_well_stand_below(browser: Browser) -> None:
    view = FakeView(documents.status(adapters=[adapter()]))
    async with opened(browser, view, path="/#devices") as (page, _):
        assert await texts(page, "#main h2.section") == ["Sources", "Subjects", "Bluetooth adapters"]
        assert await texts(page, "#nav .count") == []
        assert await texts(page, "#top .post a") == ["Broker: Connected", "0 to deliver"]


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("recovering", "Bluetooth: Recovering"),
        ("no_service", "No Bluetooth"),
        ("no_adapter", "Bluetooth: No adapter"),
    ],
)
async def test_an_adapter_out_of_order_stands_at_the_top(
    browser: Browser, state: AdapterState, shown: str
) -> None:
    nameless = adapter("", state, address="", slots=0, sources=[])
    async with opened(browser, FakeView(documents.status(adapters=[nameless]))) as (page, site):
        assert (await texts(page, "#top .post a"))[-1] == shown
        title = await page.get_attribute("#top .post a:last-child .state", "title")
        assert title == adapter_words(state, None).sentence
        await visit(page, "devices")
        assert await texts(page, "section h3") == ["Bluetooth"]
        assert await texts(page, "section section dt") == ["Bus", "Resets"]
        await site.stop()
        await until(page, "document.body.hasAttribute('data-lost')")
        assert await texts(page, "#top .post a") == ["Broker: Unknown", "\N{EN DASH} to deliver"]


async def test_battery_and_signal_have_the_words_of_the_node(browser: Browser) -> None:
    batteries, strengths = (0, 15, 16, 100), (-40, -65, -66, -80, -81, -100)
    sources = [source(f"a{n}", battery_pct=percent) for n, percent in enumerate(batteries)]
    sources += [source(f"b{n}", rssi_dbm=dbm) for n, dbm in enumerate(strengths)]
    sources.append(source("c", state="searching", rssi_dbm=-40))
    async with opened(browser, FakeView(documents.status(sources=sources)), path="/#devices") as (page, _):
        told = {"Battery": await shown_facts(page, "Battery"), "Signal": await shown_facts(page, "Signal")}
    assert told["Battery"] == [f"{p} %, low" if is_low_battery(p) else f"{p} %" for p in batteries]
    assert told["Signal"] == [f"\N{MINUS SIGN}{-dbm} dBm, {signal_word(dbm)}" for dbm in strengths]


async def shown_facts(page: Page, term: str) -> list[str]:
    found: list[str] = await page.evaluate(
        "term => [...document.querySelectorAll('dt')].filter(e => e.checkVisibility())"
        ".filter(e => e.innerText === term).map(e => e.nextElementSibling.innerText)",
        term,
    )
    return found
