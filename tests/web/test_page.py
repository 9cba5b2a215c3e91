"""The page in Chromium, over the real server."""

import asyncio
import gzip
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.async_api import Browser, Page, Route, WebSocketRoute

from edged.errors import PermanentError
from edged.ops.status import Status, Words
from edged.ops.words import node_words
from edged.web import pages
from tests.rigs.chromium import collect_errors, screenshot_path, until, untold
from tests.web import documents
from tests.web.documents import UTC_MS, broker, journal, node, source, subject
from tests.web.fake_desk import FakeDesk
from tests.web.fake_view import FakeView
from tests.web.patients import FakeDoctor
from tests.web.site import Site, serving

pytestmark = pytest.mark.asyncio(loop_scope="session")

PHONE: Final[Any] = {"width": 360, "height": 740}
DESK: Final[Any] = {"width": 1440, "height": 900}

NAMES: Final = (
    "Ada Lovelace",
    "Max Euwe",
    "Maximiliane Wolkenstein-Trostburg-Hohenk",
    "Vera Menchik",
    "Paul Keres",
    "José Raúl Capablanca y Graupera",
    "Judit Polgár",
    "Bent Larsen",
    "Nona Gaprindashvili",
    "Mikhail Tal",
    "Hou Yifan",
    "Wilhelm Steinitz",
    "Emanuel Lasker",
    "Xie Jun",
    "Tigran Petrosian",
    "Lyudmila Rudenko",
    "Vasily Smyslov",
    "Elisaveta Bykova",
    "Magnus Carlsen",
    "Anna Muzychuk",
)


def twenty(*, mixed: bool = True) -> Status:
    subjects = []
    for n, title in enumerate(NAMES):
        state: Any = "fresh"
        quality: Literal["good", "poor"] = "good"
        changes: dict[str, Any] = {
            "heart_rate": 61.0 + 7 * n % 130,
            "zone": 1 + n % 5,
            "battery_pct": 100 - 4 * n,
            "source": f"strap-{n + 1}",
        }
        if mixed and n in (2, 9):
            quality = "poor"
        if mixed and n in (3, 5):
            state = "stale"
            changes |= {"heart_rate": None, "zone": None, "contact": False}
        if mixed and n == 11:
            state = "lost"
            changes |= {"heart_rate": None, "zone": None, "since_s": 130.0, "battery_pct": 8}
        if mixed and n == 16:
            state = "off_air"
            changes |= {"heart_rate": None, "zone": None, "since_s": 720.0}
        if mixed and n == 19:
            state = "unassigned"
            changes |= {"heart_rate": None, "zone": None, "battery_pct": None, "source": None}
        subjects.append(subject(f"s{n}", title, state, quality=quality, **changes))
    sources = [
        source(f"strap-{n + 1}", subject=f"s{n}", battery_pct=100 - 4 * n, rssi_dbm=-50 - 2 * n)
        for n in range(19)
    ]
    if mixed:
        lost = Words(word="Lost", icon="cross", sentence="Connection reset. It is tried again by itself.")
        sources[11] = source(
            "strap-12",
            subject="s11",
            state="backing_off",
            words=lost,
            since_s=128.0,
            last_packet_s=130.0,
            restarts=4,
            faults=17,
            last_fault="packet of 1 byte is too short for a heart rate",
            link="tcp://receiver-with-a-long-name.arena.example:7000",
        )
    return documents.status(subjects=subjects, sources=sources)


def with_readings(document: Status) -> FakeView:
    """Give every subject a minute of plausible readings; those that are silent broke off."""
    view = FakeView(document)
    for n, each in enumerate(document.subjects):
        if each.state == "unassigned":
            continue
        middle = each.heart_rate or 88.0
        ends = {"fresh": 0, "stale": 7, "lost": 30, "off_air": 20}[each.state]
        rates = [
            (
                UTC_MS - 1000 * back,
                round(middle + 6 * math.sin((back + 3 * n) / 7) + 2 * math.sin(back * 1.7 + n), 1),
            )
            for back in range(60, ends, -1)
        ]
        view.tell(each.name, *rates)
        if ends:
            view.tell(each.name, (UTC_MS - 1000 * ends, None))
        if n == 8:
            view.tell(each.name, (UTC_MS, each.heart_rate))
    return view


class Mute(FakeView):
    """Speaks once to each page and then never again: as when the event loop hangs."""

    async def changed(self) -> None:
        await asyncio.Event().wait()


@asynccontextmanager
async def opened(
    browser: Browser,
    view: FakeView,
    size: Any = DESK,
    scheme: Literal["light", "dark"] = "light",
    path: str = "/",
    doctor: FakeDoctor | None = None,
    desk: FakeDesk | None = None,
    **options: Any,
) -> AsyncIterator[tuple[Page, Site]]:
    """Open the page; fail if it throws, or the browser refuses it anything."""
    context = await browser.new_context(
        viewport=size, color_scheme=scheme, timezone_id="UTC", locale="en-GB", **options
    )
    page = await context.new_page()
    errors = collect_errors(page)
    async with serving(
        view, doctor=doctor.latest if doctor else None, desk=desk.desk if desk else None
    ) as site:
        await page.goto(site.url + path)
        await until(page, "document.querySelector('#main section') !== null", timeout_s=15)
        yield page, site
        errors = untold(errors)
    await context.close()
    assert errors == []


async def texts(page: Page, selector: str) -> list[str]:
    """Return what can be read at a selector: not what is hidden."""
    found: list[str] = await page.evaluate(
        "selector => [...document.querySelectorAll(selector)].filter(e => e.checkVisibility())"
        ".map(e => e.innerText.trim().replace(/\\s+/g, ' '))",
        selector,
    )
    return found


async def visit(page: Page, view: str) -> None:
    """Open a view, and return when it has the focus."""
    await page.click(f"#nav a[href='#{view}']")
    await until(page, "view => document.querySelector('h1:focus')?.innerText.toLowerCase() === view", view)


async def fits(page: Page) -> None:
    """Nothing is wider than the screen, and no text runs out of its box but behind an ellipsis."""
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    spilt = await page.evaluate(
        """() => [...document.querySelectorAll('#main *, #top *, #nav *')].filter(e =>
            e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0
            && getComputedStyle(e).overflowX === 'visible' && getComputedStyle(e).display !== 'inline'
        ).map(e => `${e.className} ${e.innerText}`)"""
    )
    assert spilt == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["phone", "desk"])
async def test_twenty_in_all_states(
    browser: Browser, name: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    size = {"phone": PHONE, "desk": DESK}[name]
    async with opened(browser, with_readings(twenty()), size, scheme) as (page, _):
        assert len(await texts(page, ".subject")) == 20
        await until(page, "document.querySelectorAll('.trace canvas').length === 20")
        await page.screenshot(path=screenshot_path(f"now-{name}-{scheme}", tmp_path))
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        if name == "desk":
            assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        else:
            await page.screenshot(
                path=screenshot_path(f"now-{name}-{scheme}-whole", tmp_path), full_page=True
            )
        await visit(page, "devices")
        await page.screenshot(path=screenshot_path(f"devices-{name}-{scheme}", tmp_path))
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        await visit(page, "delivery")
        await page.screenshot(path=screenshot_path(f"delivery-{name}-{scheme}", tmp_path))
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        assert await page.title() == "Delivery \N{EN DASH} node-1"


CONTRAST: Final = """() => {
    const parse = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => {
        const linear = c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        const [x, y, z] = [r, g, b].map(c => linear(c / 255));
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const behind = e => {
        for (; e; e = e.parentElement) {
            const colour = parse(getComputedStyle(e).backgroundColor);
            if (colour.length === 3 || colour[3] > 0) return colour;
        }
        return [255, 255, 255];
    };
    return [...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
        && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(e => {
        const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))];
        return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), e.innerText];
    }).filter(([ratio]) => ratio < 4.5);
}"""
"""Which texts are too weak against what is behind them (WCAG 2.2, 1.4.3)."""


async def test_problems_come_first_then_names(browser: Browser) -> None:
    async with opened(browser, FakeView(twenty())) as (page, _):
        names = await texts(page, ".subject h2")

    assert names[:5] == sorted(NAMES[n] for n in (2, 3, 5, 9, 11))
    assert names[5:] == sorted(NAMES[n] for n in range(20) if n not in (2, 3, 5, 9, 11))


async def test_only_the_fresh_have_numbers(browser: Browser) -> None:
    document = documents.status(
        subjects=[
            subject("a", "Ada", heart_rate=71.6),
            subject("b", "Ben", quality="poor", heart_rate=140.0),
            *(subject(f"c{s}", f"Cy {s}", s) for s in ("stale", "lost", "off_air", "unassigned")),
        ]
    )
    async with opened(browser, FakeView(document)) as (page, site):
        assert sorted(await texts(page, ".number")) == ["140", "72"]
        states = await texts(page, ".subject .state")
        assert sorted(states) == ["Live", "Lost 7 s", "No strap", "Noisy", "Off air 7 s", "Silent 7 s"]
        assert "moisten the electrodes" in " ".join(await texts(page, ".sentence"))

        site.view.show(documents.status(subjects=[subject("a", "Ada", "stale")]))
        await until(page, "document.querySelectorAll('.subject').length === 1")
        assert await texts(page, ".number") == []


async def test_silence_is_counted_here_and_a_tap_says_since_when(browser: Browser) -> None:
    context = await browser.new_context(viewport=DESK, timezone_id="UTC")
    page = await context.new_page()
    await page.clock.install()
    document = documents.status(
        subjects=[subject("a", "Ada", "stale"), subject("b", "Ben", "lost", since_s=118.6)]
    )
    async with serving(Mute(document)) as site:
        await page.goto(site.url)
        await until(page, "document.querySelectorAll('.subject').length === 2")
        lost, silent = sorted(await texts(page, ".subject .state"))
        assert lost == "Lost 1 min"
        assert silent in {"Silent 7 s", "Silent 8 s"}
        await page.clock.run_for(1500)
        await until(page, "document.querySelector('#main').innerText.includes('Lost 2 min')")
        await page.click("text=Silent")
        assert sorted(await texts(page, ".subject .state")) == [
            "Lost since 14:01:23",
            "Silent since 14:03:15",
        ]
    await context.close()


async def test_a_lost_connection_withdraws_every_number_and_comes_back(
    browser: Browser, tmp_path: Path
) -> None:
    view = with_readings(twenty())
    async with opened(browser, view) as (page, site):
        assert len(await texts(page, ".number")) == 15
        await site.stop()
        await until(page, "document.body.hasAttribute('data-lost')")
        assert await texts(page, ".number") == []
        assert set(await texts(page, ".subject .state")) == {"Unknown"}
        assert await texts(page, ".sentence") == []
        assert await texts(page, "#top .post a") == ["Broker: Unknown", "\N{EN DASH} to deliver"]
        (notice,) = await texts(page, "#notice p")
        assert notice.startswith("No connection to the node since 14:03:2")
        await page.screenshot(path=screenshot_path("now-desk-lost", tmp_path))
        for name in ("devices", "delivery"):
            await visit(page, name)
            assert not any(
                any(c.isdigit() for c in text) for text in await facts(page, "Last packet", "Sent")
            )
            await page.screenshot(path=screenshot_path(f"{name}-desk-lost", tmp_path))
        await visit(page, "now")

        async with serving(view, port=site.port):
            await until(page, "!document.body.hasAttribute('data-lost')", timeout_s=10)
            assert len(await texts(page, ".number")) == 15
            assert await texts(page, "#notice p") == []


async def facts(page: Page, *terms: str) -> list[str]:
    found: list[str] = await page.evaluate(
        "terms => [...document.querySelectorAll('dt')].filter(e => terms.includes(e.innerText))"
        ".map(e => e.nextElementSibling.innerText)",
        list(terms),
    )
    assert found
    return found


async def test_a_silent_node_is_a_lost_connection(browser: Browser) -> None:
    """The socket stays open."""
    context = await browser.new_context(viewport=DESK)
    page = await context.new_page()
    await page.clock.install()
    async with serving(Mute(twenty())) as site:
        await page.goto(site.url)
        await until(page, "document.querySelectorAll('.subject').length === 20")
        assert len(await texts(page, ".number")) == 15
        await page.clock.pause_at(await page.evaluate("Date.now() / 1000 + 0.5"))
        steps = 0
        while not await page.evaluate("document.body.hasAttribute('data-lost')"):
            await page.clock.run_for(50)  # short steps: 0.25 s after the loss it connects again
            steps += 1
        assert 0 < steps <= 62
        assert await texts(page, ".number") == []
    await context.close()


async def test_nothing_configured_says_the_next_step(browser: Browser, tmp_path: Path) -> None:
    view = FakeView(documents.status(subjects=[], sources=[]))
    for name, size in (("phone", PHONE), ("desk", DESK)):
        async with opened(browser, view, size, permissions=["clipboard-read", "clipboard-write"]) as (
            page,
            _,
        ):
            assert "Nobody is measured yet" in (await texts(page, ".empty"))[0]
            await page.screenshot(path=screenshot_path(f"empty-{name}", tmp_path))
            await fits(page)
            await page.click("text=Copy this example")
            await until(page, "document.querySelector('.empty button').innerText === 'Copied'")
            assert "[[source]]" in await page.evaluate("navigator.clipboard.readText()")
            await visit(page, "devices")
            assert "No device yet" in (await texts(page, ".empty"))[0]


async def test_trouble_with_delivery_stands_at_the_top(browser: Browser, tmp_path: Path) -> None:
    words = Words(word="No broker", icon="cross", sentence="Connection refused. Nothing is lost meanwhile.")
    failing = Words(word="Failing", icon="cross", sentence="The disk is full. Make room.")
    document = documents.status(
        node=node(site="a-site-with-a-name-of-32-letters", node="a-node-with-a-name-of-32-letters"),
        broker=broker(state="unreachable", words=words, since_s=65.0, protocol="", backlog=123_456),
    )
    for name, size in (("phone", PHONE), ("desk", DESK)):
        async with opened(browser, FakeView(document), size) as (page, site):
            assert await texts(page, "#top .post a") == ["No broker 1 min", "123,456 to deliver"]
            assert await texts(page, "#nav .count") == ["1"]
            await fits(page)
            await page.click("#top .post a")
            await until(page, "document.querySelector('h1:focus')?.innerText === 'Delivery'")
            assert await page.evaluate("location.hash") == "#delivery"
            unset = node(clock="unsynced")
            site.view.show(
                document.model_copy(
                    update={"journal": journal(state="failing", words=failing), "node": unset}
                )
            )
            await until(page, "document.querySelector('#top').innerText.includes('Failing')")
            assert (await texts(page, "#top .post .state"))[1] == "Journal: Failing"
            assert "Clock not set" in (await texts(page, "#top .clock"))[0]
            await page.screenshot(path=screenshot_path(f"trouble-{name}", tmp_path))
            await fits(page)


@pytest.mark.parametrize("mode", ["safe", "refused"])
async def test_what_is_the_matter_with_the_node_stands_above_every_view(
    browser: Browser, tmp_path: Path, mode: Literal["safe", "refused"]
) -> None:
    reason = PermanentError(
        "edged does not run: it ended again and again", mend="`journalctl -u edged` tells more"
    )
    words = node_words(mode, reason)
    document = documents.status(node=node(mode=mode, words=words))
    for name, size in (("phone", PHONE), ("desk", DESK)):
        async with opened(browser, FakeView(document), size) as (page, site):
            assert await texts(page, "#notice") == [f"{words.word} {words.sentence}"]
            await page.screenshot(path=screenshot_path(f"{mode}-{name}", tmp_path))
            await fits(page)
            await visit(page, "devices")
            assert await texts(page, "#notice") == [f"{words.word} {words.sentence}"]
            site.view.show(documents.status())
            await until(page, "document.querySelector('#notice').innerText === ''")


async def test_no_broker_is_no_problem(browser: Browser) -> None:
    off = broker(state="off", words=Words(word="Off", icon="bar", sentence=""), url="", protocol="")
    async with opened(browser, FakeView(documents.status(broker=off))) as (page, _):
        assert await texts(page, "#top .post .state") == ["Broker: Off"]
        assert await texts(page, "#nav .count") == []


async def test_a_chart_reads_out_value_and_time(browser: Browser) -> None:
    view = FakeView(documents.status(subjects=[subject("a", "Ada")]))
    view.tell("a", *((UTC_MS - 1000 * back, 60.0 + back % 2) for back in range(60, 30, -1)))
    view.tell("a", (UTC_MS - 30_000, None), (UTC_MS - 10_000, 90.0), (UTC_MS, 91.0))
    async with opened(browser, view) as (page, _):
        await until(page, "document.querySelector('.trace canvas') !== null")
        label = await page.get_attribute(".trace", "aria-label")
        assert label == "Heart rate of Ada over the last minute: 60 to 91 bpm"
        box = await page.locator(".trace .u-over").bounding_box()
        assert box is not None
        await page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 5)
        await until(page, "!document.querySelector('.readout').hidden")
        assert await texts(page, ".readout") == ["91 bpm at 14:03:22"]
        await page.mouse.move(5, 5)
        await until(page, "document.querySelector('.readout').hidden")


async def test_keyboard_reaches_everything_in_order(browser: Browser) -> None:
    document = documents.status(subjects=[subject("a", "Ada", "stale"), subject("b", "Ben")])
    async with opened(browser, FakeView(document), PHONE) as (page, _):
        seen = []
        for _ in range(7):
            await page.keyboard.press("Tab")
            seen.append(await page.evaluate("document.activeElement.innerText.replace(/\\s+/g, ' ')"))
        small = await page.evaluate(
            "[...document.querySelectorAll('a, button')].filter(e => e.checkVisibility() && !e.disabled)"
            ".filter(e => e.getBoundingClientRect().height < 44).map(e => e.innerText)"
        )

    assert seen == ["Broker: Connected", "0 to deliver", "Now 1", "Devices", "Delivery", "More", "Silent 7 s"]
    assert small == []


async def test_who_goes_on_before_the_node_has_answered_has_the_focus_once_it_has(browser: Browser) -> None:
    has_answered = asyncio.Event()

    async def hold(websocket: WebSocketRoute) -> None:
        await has_answered.wait()
        websocket.connect_to_server()

    async with opened(browser, FakeView(documents.status())) as (page, _):
        await page.route_web_socket("**/api/v1/live", hold)
        await page.reload()
        await page.click("#nav a[href='#devices']")
        assert await texts(page, "#main") == ["Connecting to the node…"]
        has_answered.set()
        await until(page, "document.querySelector('h1:focus')?.innerText === 'Devices'")


async def test_who_goes_on_before_it_is_known_who_he_is_has_the_focus_once_it_is(browser: Browser) -> None:
    is_known = asyncio.Event()

    async def hold(route: Route) -> None:
        await is_known.wait()
        await route.continue_()

    async with opened(browser, FakeView(documents.status())) as (page, _):
        await page.route("**/api/v1/session", hold)
        await page.reload()
        await page.click("#nav a[href='#devices']")
        assert await texts(page, "#main") == ["Connecting to the node…"]  # and not that it is closed to him
        is_known.set()
        await until(page, "document.querySelector('h1:focus')?.innerText === 'Devices'")


async def test_titles_are_text(browser: Browser) -> None:
    evil = "<img src=x onerror=alert(1)>"
    async with opened(browser, FakeView(documents.status(subjects=[subject("a", evil)]))) as (page, _):
        assert await texts(page, ".subject h2") == [evil]


async def test_the_page_is_light(browser: Browser) -> None:
    """All that a browser loads which has nothing of it: bytes over the air, and times it asks."""
    async with opened(browser, with_readings(twenty())) as (page, _):
        count, size = await page.evaluate(
            "performance.getEntriesByType('resource').filter(e => e.name.includes('/static/'))"
            ".reduce(([n, sum], e) => [n + 1, sum + e.encodedBodySize], [0, 0])"
        )
    size += len(gzip.compress((pages.STATIC / "index.html").read_bytes()))
    assert count <= 3
    assert 50 * 1024 <= size <= 100 * 1024
