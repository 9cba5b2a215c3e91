"""The heart-rate overlay in Chromium, over a real broker: what is on air, and when it leaves the air."""

import itertools
import json
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from playwright.async_api import Browser, Page, expect

from edged.web import pages
from tests.overlay.publisher import Publisher
from tests.rigs.chromium import collect_errors, screenshot_path, until
from tests.rigs.mosquitto import Mosquitto
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANVAS: Final[Any] = {"width": 1920, "height": 1080}
SMALL: Final[Any] = {"width": 1280, "height": 300}
"""Where only the plate matters: drawing the rest in software would take most of the test's time."""
LONG_NAME: Final = "Maximiliane Wolkenstein-Trostburg-Hohenk"


@asynccontextmanager
async def on_air(
    browser: Browser,
    site: Site,
    broker: Mosquitto,
    address: str = "",
    size: Any = SMALL,
    **parameters: str,
) -> AsyncIterator[Page]:
    """Open the overlay, connected; fail if it throws, or the browser refuses it anything."""
    context = await browser.new_context(viewport=size)
    page = await context.new_page()
    errors = collect_errors(page)
    query = urlencode({"subject": "ada", "broker": broker.ws_url} | parameters)
    await page.clock.install()
    before = subscriptions(broker)
    await page.goto(f"{address or site.url + '/overlay/heart-rate'}?{query}")
    await subscribed(page, broker, before)
    yield page
    errors = [error for error in errors if "WebSocket connection to" not in error]
    await context.close()
    assert errors == []


def subscriptions(broker: Mosquitto) -> int:
    """Return how many overlays have subscribed at a broker so far."""
    return broker.log.count("edged/v1/+/+/subject/ada/state (QoS 1)")


async def subscribed(page: Page, broker: Mosquitto, before: int = 0) -> None:
    """Wait until one more overlay has subscribed than had before."""
    for _ in range(250):
        if subscriptions(broker) > before:
            return
        await page.wait_for_timeout(20)
    pytest.fail(f"the overlay has not subscribed:\n{broker.log}")


async def expect_shown(page: Page, value: str) -> None:
    """Wait until the value, and no other, is fully there."""
    shown = """value => {
        const values = [...document.querySelectorAll("#value > span")].map((span) => span.textContent);
        const { opacity } = getComputedStyle(document.getElementById("plate"));
        return values.length === 1 && values[0] === value && opacity === "1";
    }"""
    await until(page, shown, value)


async def expect_blank(page: Page) -> None:
    """Wait until nothing is to be seen."""
    await until(page, "getComputedStyle(document.getElementById('plate')).opacity === '0'")


async def name_of(page: Page) -> str | None:
    return await page.locator("#name").text_content()


async def test_shows_the_rate_and_changes_with_it(browser: Browser, site: Site, broker: Mosquitto) -> None:
    async with on_air(browser, site, broker) as page:
        await expect_blank(page)
        with Publisher(broker) as node:
            node.state("fresh")
            node.live(72)
            await expect_shown(page, "72")
            assert await name_of(page) == "Ada Lovelace"
            node.live(101.4)
            await expect_shown(page, "101")


async def test_is_transparent_but_for_its_plate(
    browser: Browser, site: Site, broker: Mosquitto, tmp_path: Path
) -> None:
    async with on_air(browser, site, broker, size=CANVAS) as page:
        with Publisher(broker) as node:
            node.state("fresh")
            for n, hr in enumerate([68, 74, 79, 82, 80]):
                await page.clock.fast_forward(4000 if n else 0)
                node.live(hr, t_ok=False)
                await expect_shown(page, str(hr))
            box = await page.locator("#plate").bounding_box()
            file = screenshot_path("overlay", tmp_path)
            await page.screenshot(omit_background=True, path=file)
            assert box is not None
            left, top = round(box["x"]), round(box["y"])
            free = [(0, 0), (1916, 0), (0, 1076), (1916, 1076), (960, 400)]
            corners = [await pixel(page, x, y) for x, y in free]
            plate = await pixel(page, left + round(box["width"]) // 2, top + 10)
            for colour in ("white", "black", "#3d7a3d"):
                await page.evaluate("c => document.body.style.background = c", colour)
                await page.screenshot(path=screenshot_path(f"overlay-on-{colour.strip('#')}", tmp_path))

    assert corners == [(0, 0, 0, 0)] * len(free)
    assert plate[:3] == (0, 0, 0)
    assert plate[3] == pytest.approx(0.55 * 255, abs=2)
    assert left >= 0.05 * 1920  # the safe area
    assert top + box["height"] <= 0.95 * 1080 + 1


async def test_leaves_when_nothing_comes_for_5_s(browser: Browser, site: Site, broker: Mosquitto) -> None:
    async with on_air(browser, site, broker) as page:
        with Publisher(broker) as node:
            node.live(72)
            await expect_shown(page, "72")
            await page.clock.fast_forward(4000)
            await expect_shown(page, "72")
            await page.clock.fast_forward(700)
            await expect_blank(page)
            await page.clock.fast_forward(400)
            assert await page.locator("#value").inner_text() == ""
            node.state("fresh")  # a hint, and no reading
            await marker(page, node)
            await expect_blank(page)

            node.live(75, t_ok=False)
            await expect_shown(page, "75")


async def test_leaves_on_null_and_when_the_state_is_not_fresh(
    browser: Browser, site: Site, broker: Mosquitto
) -> None:
    async with on_air(browser, site, broker) as page:
        with Publisher(broker) as node:
            node.live(71)
            await expect_shown(page, "71")
            node.live(None, rr_ms=[])
            await expect_blank(page)
            for state in ("stale", "off_air"):
                node.live(72)
                node.state("fresh")
                await expect_shown(page, "72")
                node.state(state)
                await expect_blank(page)


async def test_leaves_when_the_broker_dies_and_comes_back_with_it(
    browser: Browser, site: Site, broker: Mosquitto
) -> None:
    async with on_air(browser, site, broker) as page:
        with Publisher(broker) as node:
            node.live(72)
            await expect_shown(page, "72")
        await broker.kill()
        await expect_blank(page)

        (broker.folder / "mosquitto.log").unlink()
        await broker.start()
        await page.clock.fast_forward(1500)
        await subscribed(page, broker)
        await expect_blank(page)
        with Publisher(broker) as node:
            node.live(80, n=900)
            await expect_shown(page, "80")


async def test_age_counts_from_the_measurement_where_the_clock_is_right(
    browser: Browser, site: Site, broker: Mosquitto
) -> None:
    long_ago = (datetime.now(UTC) - timedelta(seconds=8)).isoformat()
    async with on_air(browser, site, broker) as page:
        with Publisher(broker) as node:
            node.live(71, t=long_ago)
            await marker(page, node)
            await expect_blank(page)
            node.live(72, t=long_ago, t_ok=False)  # an unsynchronised node: only receipt counts
            await expect_shown(page, "72")
            node.live(73, t=long_ago, delay_s=7)  # held back to match the picture, not old
            await expect_shown(page, "73")


async def test_an_older_number_of_the_same_boot_is_ignored(
    browser: Browser, site: Site, broker: Mosquitto
) -> None:
    async with on_air(browser, site, broker) as page:
        with Publisher(broker) as node:
            node.live(72, n=50)
            await expect_shown(page, "72")
            node.live(60, n=49)
            node.live(61, n=50)
            await marker(page, node)
            await expect_shown(page, "72")
            node.live(80, n=1, boot="boot-2")
            await expect_shown(page, "80")


async def test_what_is_not_understood_is_ignored(browser: Browser, site: Site, broker: Mosquitto) -> None:
    bad: list[str | bytes] = [
        b"",
        b"\xff\xfe",
        b"{",
        b"null",
        b"[]",
        b"72",
        b'"72"',
        b"x" * 65_537,
        json.dumps({"v": 2, "n": 900, "hr": 60}),
        json.dumps({"v": 1, "hr": 60}),
        json.dumps({"v": 1, "n": "901", "hr": 60}),
        json.dumps({"v": 1, "n": 902, "hr": 60, "boot": 7}),
        json.dumps({"v": 1, "n": 903, "hr": 60, "t_ok": True, "t": "yesterday"}),
        json.dumps({"v": 1, "n": 904, "hr": 60, "t_ok": True}),
    ]
    async with on_air(browser, site, broker) as page:
        with Publisher(broker) as node:
            node.live(72)
            await expect_shown(page, "72")
            for payload in bad:
                node.raw("live", payload)
                node.raw("state", payload)
            impossible: list[object] = [0, 19.9, 300.1, -5, 1e9, "72", [72], {}, True]
            for hr in impossible:
                node.live(hr)
            node.raw("state", json.dumps({"v": 1, "state": 7, "name": ["x"]}))
            await marker(page, node)
            await expect_shown(page, "72")
            node.live(73, rr_ms="often")
            await expect_shown(page, "73")


async def test_beats_as_the_heart_does(browser: Browser, site: Site, broker: Mosquitto) -> None:
    async with on_air(browser, site, broker) as page:
        await page.evaluate("window.beats = []; addEventListener('beat', e => beats.push(e.detail.interval))")
        with Publisher(broker) as node:
            node.live(75, rr_ms=[340, 510, 420, 0, -4, 1e9, None, "800"])
            await until(page, "beats.length >= 3")
            assert await page.evaluate("beats.splice(0)") == [340, 510, 420]
            node.live(None, rr_ms=[])
            await expect_blank(page)
            node.live(200, rr_ms=[])  # a sensor without intervals beats at its rate
            await until(page, "beats.length >= 2")
            assert set(await page.evaluate("beats")) == {300}


async def test_each_beat_comes_its_interval_after_the_last(
    browser: Browser, site: Site, broker: Mosquitto
) -> None:
    """Also over messages: how the intervals are packed must not be seen."""
    async with on_air(browser, site, broker) as page:
        await page.clock.pause_at(await page.evaluate("Date.now() / 1000 + 1"))
        await page.evaluate(
            """() => {
                window.beats = [];
                addEventListener("beat", () => beats.push(performance.now()));
                window.heart = new Heart(document.getElementById("heart"));
                heart.take(60, [640, 910], performance.now());
            }"""
        )
        await page.clock.run_for(1000)
        await page.evaluate("heart.take(60, [720, 1100], performance.now())")
        await page.clock.run_for(4000)
        times = await page.evaluate("beats")

    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [910, 720, 1100]


async def test_intervals_that_come_in_a_heap_are_not_caught_up_with(
    browser: Browser, site: Site, broker: Mosquitto
) -> None:
    async with on_air(browser, site, broker) as page:
        told = await page.evaluate(
            """() => {
                const heart = new Heart(document.getElementById("heart"));
                heart.take(60, Array.from({ length: 10 }, (_, n) => 1000 + n), performance.now());
                return heart.intervals;
            }"""
        )
    assert told == [1009]  # the newest; the one before it is under way


async def test_two_nodes_that_hear_one_subject_do_not_quarrel(
    browser: Browser, site: Site, broker: Mosquitto
) -> None:
    async with on_air(browser, site, broker) as page:
        with Publisher(broker, "node-1") as one, Publisher(broker, "node-2") as two:
            one.live(72)
            await expect_shown(page, "72")
            two.live(90)
            await marker(page, two)
            await expect_shown(page, "72")
            one.live(None)
            await expect_shown(page, "90")


async def test_names_fit_and_are_text(
    browser: Browser, site: Site, broker: Mosquitto, tmp_path: Path
) -> None:
    async with on_air(browser, site, broker, size=CANVAS) as page:
        with Publisher(broker) as node:
            for title in (
                "W" * 40,
                "\u0645\u062d\u0645\u062f \u0628\u0646 \u0645\u0648\u0633\u0649",
                "<b>Ada</b>",
                LONG_NAME,
            ):
                node.state("fresh", title)
                node.live(188)
                await until(page, "title => document.getElementById('name').textContent === title", title)
                await expect_shown(page, "188")
                box = await page.locator("#plate").bounding_box()
                assert box is not None
                assert box["x"] + box["width"] <= 0.95 * 1920
        await page.evaluate("document.body.style.background = '#888'")
        await page.screenshot(path=screenshot_path("overlay-long-name", tmp_path))


async def test_theme_and_name_are_the_operators(browser: Browser, site: Site, broker: Mosquitto) -> None:
    theme = {"accent": "gold", "plate": "rgba(0,40,80,.8)", "scale": "0.5", "radius": "0px", "name": "White"}
    async with on_air(browser, site, broker, **theme) as page:
        with Publisher(broker) as node:
            node.state("fresh")
            node.live(72)
            await expect_shown(page, "72")
            assert await name_of(page) == "White"
            await expect(page.locator("#plate")).to_have_css("background-color", "rgba(0, 40, 80, 0.8)")
            await expect(page.locator("#heart")).to_have_css("fill", "rgb(255, 215, 0)")
            await expect(page.locator("#value")).to_have_css("font-size", "48px")


async def test_works_from_a_file(browser: Browser, site: Site, broker: Mosquitto) -> None:
    address = (pages.STATIC / "overlay" / "heart-rate.html").as_uri()
    async with on_air(browser, site, broker, address) as page:
        with Publisher(broker) as node:
            node.live(72)
            await expect_shown(page, "72")
        await page.evaluate("document.fonts.ready")
        assert await page.evaluate("document.fonts.check('700 16px Inter')")
        assert await page.evaluate("[...document.fonts].map(f => f.status)") == ["loaded", "loaded"]


WRONG: Final = {
    "?subject=Ada%20L&broker=ws://h": ["subject is not understood: 1 to 32 of a-z"],
    "?subject=ada&broker=mqtt://h:1883": ["broker is not understood: the broker's WebSocket address"],
    "?subject=ada&broker=ws://": ["broker is not understood"],
    "?subject=ada&broker=ws://h&scale=99&accent=nocolour": ["accent is not", "scale is not understood"],
    "?subject=ada&broker=ws://h&site=&prefix=a/%23": ["site is missing", "prefix is not understood"],
    "": ["subject is missing", "broker is missing"],
}


async def test_wrong_settings_are_explained(browser: Browser, site: Site, tmp_path: Path) -> None:
    context = await browser.new_context(viewport=CANVAS)
    page = await context.new_page()
    for query, words in WRONG.items():
        await page.goto(f"{site.url}/overlay/heart-rate{query}")
        problems = await page.locator("#problems > li").all_inner_texts()
        assert len(problems) == len(words)
        assert all(problem.startswith(text) for problem, text in zip(problems, words, strict=True))
        example = await page.locator("#example").inner_text()
        assert example.startswith(f"{site.url}/overlay/heart-rate?subject=player-white&broker=ws://")
        assert not await page.locator("#plate").is_visible()
    await page.screenshot(path=screenshot_path("overlay-note", tmp_path))
    await context.close()


async def test_reduced_motion_stills_the_heart(browser: Browser, site: Site, broker: Mosquitto) -> None:
    async with on_air(browser, site, broker) as page:
        await page.emulate_media(reduced_motion="reduce")
        await page.evaluate("window.beats = 0; addEventListener('beat', () => { beats += 1; })")
        with Publisher(broker) as node:
            node.live(72)
            await until(page, "beats >= 1")
            moving = "document.getElementById('heart').getAnimations().length"
            assert await page.evaluate(moving) == 0
            await page.emulate_media(reduced_motion="no-preference")
            await until(page, f"{moving} === 1")


async def marker(page: Page, node: Publisher) -> None:
    """Return when the overlay has taken everything published so far."""
    await page.evaluate(
        """() => {
            window.marked = false;
            const take = Reading.prototype.takeState;
            Reading.prototype.takeState = function (message) {
                take.call(this, message);
                marked ||= message.marker === true;
            };
        }"""
    )
    node.raw("state", json.dumps({"v": 1, "state": None, "marker": True}))
    await until(page, "marked")


async def pixel(page: Page, x: int, y: int) -> tuple[int, ...]:
    """Return red, green, blue and alpha of one point, as a mixer gets them.

    The picture of one point is a PNG of one RGBA pixel (PNG specification, sections 7 and 9), where no
    filter has a neighbour to refer to.
    """
    picture = await page.screenshot(omit_background=True, clip={"x": x, "y": y, "width": 1, "height": 1})
    at, data = 8, b""
    while at < len(picture):
        (length,) = struct.unpack_from(">I", picture, at)
        kind, body = picture[at + 4 : at + 8], picture[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            assert struct.unpack(">IIBBBBB", body) == (1, 1, 8, 6, 0, 0, 0)
        elif kind == b"IDAT":
            data += body
        at += 12 + length
    return tuple(zlib.decompress(data)[1:])
