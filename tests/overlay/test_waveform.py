"""The waveform overlay in Chromium, over a real broker: the trace, its gaps, and when it leaves the air."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page, expect

from edged.publish.address import BrokerAddress, Message
from edged.publish.mqtt import connect
from edged.web import pages
from tests.overlay.publisher import Publisher
from tests.overlay.test_heart_rate import CANVAS, SMALL, expect_blank, marker, on_air, pixel
from tests.rigs.chromium import screenshot_path, until
from tests.rigs.daemon import Daemon
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.waiting import until as until_true
from tests.system.configs import node as node_config
from tests.system.configs import strap
from tests.web.site import Site

pytestmark = pytest.mark.asyncio(loop_scope="session")

PERIOD_MS: Final = 1000 / 65
WINDOW_MS: Final = 6000
BEHIND_MS: Final = 1000
TOPS: Final = """() => {
    // Of each column of the canvas, how far down its first painted point is; -1 where nothing is painted.
    const canvas = document.getElementById("scope");
    if (canvas.width === 0 || canvas.height === 0) return [];
    const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return Array.from({ length: width }, (_, x) => {
        for (let y = 0; y < height; y += 1) if (data[4 * (y * width + x) + 3] > 127) return y;
        return -1;
    });
}"""


def heartbeat(count: int, peaks: tuple[int, ...] = ()) -> list[float | None]:
    """Return a line that is never quite flat, with peaks of one value."""
    return [1000.0 if i in peaks else float(i % 3) for i in range(count)]


@asynccontextmanager
async def scope(
    browser: Browser, site: Site, broker: Mosquitto, size: Any = SMALL, address: str = "", **parameters: str
) -> AsyncIterator[Page]:
    """Open the overlay, connected."""
    address = address or f"{site.url}/overlay/waveform"
    async with on_air(browser, site, broker, address, size, **parameters) as page:
        yield page


async def columns(page: Page) -> list[int]:
    """Return how far down the line is, a column; -1 where there is none."""
    told: list[int] = await page.evaluate(TOPS)
    return told


async def expect_drawn(page: Page) -> None:
    """Wait until a trace is to be seen."""
    await until(page, f"({TOPS})().some(y => y >= 0)")
    await until(page, "getComputedStyle(document.getElementById('plate')).opacity === '1'")


async def expect_hidden(page: Page) -> None:
    """Make sure that nothing is on its way in either; the plate needs 300 ms for that."""
    assert await page.evaluate("'shown' in document.getElementById('plate').dataset") is False
    await expect_blank(page)


async def expect_erased(page: Page) -> None:
    """Wait until there is nothing left that could come back."""
    await until(page, f"({TOPS})().every(y => y < 0)")


def peaks_in(tops: list[int]) -> list[float]:
    """Return the columns in which the line reaches into the upper half, the middle of each group."""
    drawn = [y for y in tops if y >= 0]
    limit = (min(drawn) + max(drawn)) / 2
    high = [x for x, y in enumerate(tops) if 0 <= y <= limit]
    groups: list[list[int]] = []
    for x in high:
        if groups and x - groups[-1][-1] <= 3:
            groups[-1].append(x)
        else:
            groups.append([x])
    return [(group[0] + group[-1]) / 2 for group in groups]


async def pause(page: Page) -> None:
    """Stop time in the page; only ``run_for`` moves it on."""
    await page.clock.pause_at(await page.evaluate("Date.now() / 1000 + 0.2"))


async def note_receipt(page: Page) -> None:
    """Have the page note when it took a waveform last."""
    await page.evaluate(
        """() => {
            window.received = [];
            const take = WaveReading.prototype.takeWave;
            WaveReading.prototype.takeWave = function (message, quantity, nowMs, utcMs) {
                const isNews = take.call(this, message, quantity, nowMs, utcMs);
                received.push([nowMs, isNews]);
                return isNews;
            };
        }"""
    )


async def until_received(page: Page, count: int) -> float:
    """Let time in the page move on until so many waveforms were taken; return when the last was."""
    for _ in range(200):
        told: list[list[Any]] = await page.evaluate("received")
        if len(told) >= count:
            return float(told[count - 1][0])
        await page.clock.run_for(5)
    pytest.fail("the waveform was not taken")


async def test_draws_what_comes_and_nothing_before(browser: Browser, site: Site, broker: Mosquitto) -> None:
    async with scope(browser, site, broker) as page:
        await expect_blank(page)
        with Publisher(broker) as node:
            node.state("fresh")
            node.live(72)
            await marker(page, node)
            await expect_hidden(page)
            node.wave(heartbeat(65, (30,)))
            await expect_drawn(page)
            assert await page.locator("#name").text_content() == "Ada Lovelace"
            assert await page.evaluate("[...document.querySelectorAll('#plate > *')].length") == 2


async def test_a_waveform_alone_shows_nothing(browser: Browser, site: Site, broker: Mosquitto) -> None:
    async with scope(browser, site, broker) as page:
        with Publisher(broker) as node:
            node.wave(heartbeat(65))
            node.wave(heartbeat(65))
            await marker(page, node)
            await expect_hidden(page)


async def test_peaks_stand_where_they_were_measured_and_move_with_time(
    browser: Browser, site: Site, broker: Mosquitto
) -> None:
    async with scope(browser, site, broker) as page:
        await note_receipt(page)
        await pause(page)
        with Publisher(broker) as node:
            node.live(72, t_ok=False)
            node.wave(heartbeat(195, (20, 85, 150)), t_ok=False)
            received_ms = await until_received(page, 1)
            await page.clock.run_for(2000)
            tops = await columns(page)
            now_ms = await page.evaluate("performance.now()")
            await page.clock.run_for(600)
            later = await columns(page)

    width = len(tops)
    assert width == 768
    after_ms = [now_ms - received_ms - BEHIND_MS + (194 - peak) * PERIOD_MS for peak in (20, 85, 150)]
    assert peaks_in(tops) == pytest.approx([width * (1 - ms / WINDOW_MS) for ms in after_ms], abs=3)
    moved = [before - after for before, after in zip(peaks_in(tops), peaks_in(later), strict=True)]
    assert moved == pytest.approx([width * 600 / WINDOW_MS] * 3, abs=3)
    newest = max(x for x, y in enumerate(tops) if y >= 0)
    assert newest == pytest.approx(width * (1 - (now_ms - received_ms - BEHIND_MS) / WINDOW_MS), abs=4)


async def test_messages_join_where_nothing_is_missing_and_gaps_are_gaps(
    browser: Browser, site: Site, broker: Mosquitto
) -> None:
    start = datetime.now(UTC)

    def at(index: int) -> str:
        return (start + timedelta(milliseconds=index * PERIOD_MS)).isoformat()

    async with scope(browser, site, broker) as page:
        await note_receipt(page)
        await pause(page)
        with Publisher(broker) as node:
            node.live(72, t_ok=False)
            node.wave(heartbeat(60), t_ok=False, t0=at(0), seq=0)
            node.wave(heartbeat(60), t_ok=False, t0=at(60), seq=60)  # follows
            node.wave(heartbeat(60), t_ok=False, t0=at(150), seq=121)  # does not
            values = heartbeat(60)
            values[20:40] = [None] * 20
            node.wave(values, t_ok=False, t0=at(210), seq=181)
            await until_received(page, 4)
            await page.clock.run_for(1200)
            tops = await columns(page)

    drawn = [x for x, y in enumerate(tops) if y >= 0]
    holes = [(b - a) * WINDOW_MS / 768 / PERIOD_MS for a, b in pairwise(drawn) if b - a > 1]
    line = 3  # columns that a round end is wide
    slack = line * WINDOW_MS / 768 / PERIOD_MS
    assert holes == pytest.approx([31, 21], abs=slack + 1)


async def test_leaves_when_nothing_comes_for_5_s(browser: Browser, site: Site, broker: Mosquitto) -> None:
    async with scope(browser, site, broker) as page:
        with Publisher(broker) as node:
            node.live(72)
            node.wave(heartbeat(65))
            await expect_drawn(page)
            await page.clock.fast_forward(3000)
            node.live(72, t_ok=False)  # the number goes on, the waveform does not
            await marker(page, node)
            await expect_drawn(page)
            await page.clock.fast_forward(1800)
            await expect_blank(page)
            await page.clock.fast_forward(400)
            await expect_erased(page)

            node.live(72, t_ok=False)
            node.wave(heartbeat(65), t_ok=False)
            await expect_drawn(page)
            await page.clock.fast_forward(4800)  # neither goes on
            await expect_blank(page)


async def test_leaves_on_null_and_when_the_state_is_not_fresh(
    browser: Browser, site: Site, broker: Mosquitto
) -> None:
    async with scope(browser, site, broker) as page:
        with Publisher(broker) as node:
            ways: list[Callable[[], None]] = [
                lambda: node.live(None, rr_ms=[]),
                lambda: node.state("stale"),
                lambda: node.state("off_air"),
            ]
            for leave in ways:
                node.state("fresh")
                node.live(71)
                node.wave(heartbeat(65))
                await expect_drawn(page)
                leave()
                await expect_blank(page)
                await page.clock.fast_forward(400)
                await expect_erased(page)
            node.state("fresh")
            node.live(72)
            await marker(page, node)
            await expect_hidden(page)  # what was before does not come back


async def test_leaves_when_the_broker_dies(browser: Browser, site: Site, broker: Mosquitto) -> None:
    async with scope(browser, site, broker) as page:
        with Publisher(broker) as node:
            node.live(72)
            node.wave(heartbeat(65))
            await expect_drawn(page)
        await broker.kill()
        await expect_blank(page)


async def test_a_flat_line_is_no_signal(browser: Browser, site: Site, broker: Mosquitto) -> None:
    async with scope(browser, site, broker) as page:
        with Publisher(broker) as node:
            node.live(72)
            node.wave([12.0] * 65)
            node.wave([None] * 65)
            node.wave([12.0] * 65)
            await marker(page, node)
            await expect_hidden(page)
            node.wave(heartbeat(65))
            await expect_drawn(page)
            flat = [float(heartbeat(65)[-1] or 0)] * 65
            for _ in range(4):
                await page.clock.fast_forward(1200)
                node.live(72, t_ok=False)
                node.wave(flat, t_ok=False)
                await marker(page, node)
            await expect_hidden(page)


async def test_what_is_old_or_repeated_or_not_understood_is_ignored(
    browser: Browser, site: Site, broker: Mosquitto
) -> None:
    long_ago = (datetime.now(UTC) - timedelta(seconds=8)).isoformat()
    wrong: list[dict[str, Any]] = [
        {"t0": long_ago},
        {"n": 1},
        {"n": "9"},
        {"boot": 7},
        {"seq": 1.5},
        {"seq": None},
        {"t0": "yesterday"},
        {"t0": 7},
        {"period_ms": 0},
        {"period_ms": -4},
        {"period_ms": "15"},
        {"period_ms": 1001},
        {"unit": None},
        {"values": []},
        {"values": "1,2"},
        {"values": [1, "2"]},
        {"values": [[1]]},
        {"values": list(range(5001))},
        {"v": 2},
    ]
    async with scope(browser, site, broker) as page:
        await note_receipt(page)
        with Publisher(broker) as node:
            node.live(72)
            node.wave(heartbeat(9))
            for changes in wrong:
                message = {
                    "v": 1, "boot": "boot-1", "n": 9000, "seq": 1, "t0": datetime.now(UTC).isoformat(),
                    "t_ok": True, "period_ms": 15, "unit": "uV", "values": [1, 2],
                }  # fmt: skip
                node.raw("wave/ecg", json.dumps(message | changes))
            for payload in (b"", b"{", b"\xff", b"[]", b"x" * 65_537):
                node.raw("wave/ecg", payload)
            await marker(page, node)
            assert [isnews for _, isnews in await page.evaluate("received")] == [True] + [False] * (
                len(wrong) - 1
            )
            node.wave(heartbeat(9), n=9001, t0=long_ago, t_ok=False)  # only receipt counts
            await marker(page, node)
            assert (await page.evaluate("received"))[-1][1] is True
            await expect_drawn(page)


@pytest.mark.parametrize("wrong_s", [-9e8, -3, 3, 9e8])
async def test_a_clock_that_is_set_begins_anew(
    browser: Browser, site: Site, broker: Mosquitto, wrong_s: float
) -> None:
    wrong = (datetime.now(UTC) + timedelta(seconds=wrong_s)).isoformat()
    async with scope(browser, site, broker) as page:
        with Publisher(broker) as node:
            node.live(72)
            node.wave(heartbeat(65), t_ok=False, t0=wrong)
            await expect_drawn(page)
            node.wave(heartbeat(65, (20, 30, 40)))
            await marker(page, node)
            await page.clock.fast_forward(2000)
            await until(page, f"({TOPS})().filter(y => y >= 0 && y < 20).length > 2")
            assert len(peaks_in(await columns(page))) == 3, "where they belong"


async def test_of_several_quantities_the_first_stays_or_the_one_asked_for(
    browser: Browser, site: Site, broker: Mosquitto
) -> None:
    async with scope(browser, site, broker) as page:
        await note_receipt(page)
        with Publisher(broker) as node:
            node.live(72)
            for quantity in ("ppg", "ecg", "ppg"):
                node.wave(heartbeat(20), quantity)
            await marker(page, node)
            assert [news for _, news in await page.evaluate("received")] == [True, False, True]
    async with scope(browser, site, broker, quantity="ecg") as page:
        await note_receipt(page)
        with Publisher(broker) as node:
            node.live(72)
            for quantity in ("ppg", "ecg"):
                node.wave(heartbeat(20), quantity)
            await marker(page, node)
            assert len(await page.evaluate("received")) == 1


async def test_two_nodes_that_hear_one_subject_do_not_mix(
    browser: Browser, site: Site, broker: Mosquitto
) -> None:
    async with scope(browser, site, broker) as page:
        with Publisher(broker, "node-1") as one, Publisher(broker, "node-2") as two:
            one.live(72)
            one.wave(heartbeat(65, (30,)))
            await expect_drawn(page)
            two.live(90)
            two.wave(heartbeat(65, (10, 20, 40, 50)))
            await marker(page, two)
            await page.clock.fast_forward(1500)
            await until(page, f"({TOPS})().some(y => y >= 0)")
            assert len(peaks_in(await columns(page))) == 1
            one.live(None)
            await until(page, f"({TOPS})().filter(y => y >= 0 && y < 20).length > 4")
            assert len(peaks_in(await columns(page))) == 4


async def test_reduced_motion_redraws_with_each_message_only(
    browser: Browser, site: Site, broker: Mosquitto
) -> None:
    async with scope(browser, site, broker) as page:
        await page.emulate_media(reduced_motion="reduce")
        with Publisher(broker) as node:
            node.live(72)
            node.wave(heartbeat(130, (30,)))
            await expect_drawn(page)
            first = await columns(page)
            assert first[-1] >= 0, "the newest value is at the edge"
            await page.clock.run_for(1000)
            assert await columns(page) == first
            node.wave(heartbeat(65))
            await marker(page, node)
            assert await columns(page) != first
            await page.clock.fast_forward(4800)
            await expect_blank(page)


async def test_works_from_a_file(browser: Browser, site: Site, broker: Mosquitto) -> None:
    address = (pages.STATIC / "overlay" / "waveform.html").as_uri()
    async with scope(browser, site, broker, address=address) as page:
        with Publisher(broker) as node:
            node.live(72)
            node.wave(heartbeat(65))
            await expect_drawn(page)


async def test_theme_and_name_are_the_operators(browser: Browser, site: Site, broker: Mosquitto) -> None:
    theme = {"fg": "gold", "scale": "0.5", "radius": "0px", "name": "White"}
    async with scope(browser, site, broker, **theme) as page:
        with Publisher(broker) as node:
            node.live(72)
            node.wave(heartbeat(65, (30,)))
            await expect_drawn(page)
            assert await page.locator("#name").text_content() == "White"
            await expect(page.locator("#scope")).to_have_css("width", "384px")
            colour = await page.evaluate(
                """() => {
                    const canvas = document.getElementById("scope");
                    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                    const at = data.findIndex((value, i) => i % 4 === 3 && value === 255);
                    return [...data.slice(at - 3, at)];
                }"""
            )
            assert colour == [255, 215, 0]


async def test_wrong_settings_are_explained(browser: Browser, site: Site) -> None:
    page = await browser.new_page(viewport=SMALL)
    await page.goto(f"{site.url}/overlay/waveform?subject=ada&broker=ws://h&quantity=E%2FG")
    assert await page.locator("#problems > li").all_inner_texts() == [
        "quantity is not understood: what to draw, such as ecg or ppg."
    ]
    assert "/overlay/waveform?subject=" in await page.locator("#example").inner_text()
    await page.close()


async def test_a_strap_s_ecg_from_the_daemon_to_the_picture(
    browser: Browser, site: Site, broker: Mosquitto, tmp_path: Path
) -> None:
    """The whole way; the peaks on the canvas are as far apart as those in the messages."""
    board = tmp_path / "board"
    board.mkdir()
    source = strap(
        "ada",
        "sim:resting?seed=1&device=h10&silent_after=14",
        more='decoder = "polar?streams=ecg"\n'
        'chain = [{ stream = "ecg", steps = [{ step = "highpass", cutoff_hz = 0.5 }] }]',
    )
    heard: list[dict[str, Any]] = []

    def hear(message: Message) -> None:
        heard.append(json.loads(message.payload))

    async with (
        scope(browser, site, broker, CANVAS) as page,
        Daemon(board, node_config(broker.url, source)) as daemon,
        connect(BrokerAddress(broker.url, "listener"), "5") as session,
    ):
        await session.subscribe(hear, "edged/v1/hall/board-1/subject/ada/wave/ecg")
        await expect_drawn_within(page, 20)  # a daemon starts first
        await until_true(lambda: sum(len(told["values"]) for told in heard) > 65 * 7, 15)
        tops = await columns(page)
        await screenshots(page, tmp_path)
        assert (await pixel(page, 1900, 20))[3] == 0, "nothing but the plate is to be seen"
        box = await page.locator("#plate").bounding_box()
        assert box is not None
        assert box["x"] >= 0.05 * 1920
        assert box["y"] + box["height"] <= 0.95 * 1080 + 1
        await until(page, "getComputedStyle(document.getElementById('plate')).opacity === '0'", timeout_s=15)
        last = datetime.fromisoformat(heard[-1]["t0"]) + timedelta(
            milliseconds=heard[-1]["period_ms"] * len(heard[-1]["values"])
        )
        assert (datetime.now(UTC) - last).total_seconds() < 5.5, "gone within 5 s, and 0.3 s to fade"
        assert await daemon.stop() == 0

    apart = [b - a for a, b in pairwise(peak_times(heard))]
    whole = peaks_in(tops)[1:-1]  # at the edges there may be half a peak
    shown = [(b - a) * WINDOW_MS / len(tops) for a, b in pairwise(whole)]
    assert len(shown) >= 3
    assert any(
        apart[i : i + len(shown)] == pytest.approx(shown, abs=3 * WINDOW_MS / len(tops) + PERIOD_MS)
        for i in range(len(apart))
    ), (apart, shown)
    rate = [b["n"] - a["n"] for a, b in pairwise(heard)]
    assert set(rate) == {1}, "none was lost on the way"


async def expect_drawn_within(page: Page, seconds: float) -> None:
    await until(page, f"({TOPS})().some(y => y >= 0)", timeout_s=seconds)


def peak_times(heard: list[dict[str, Any]], above: float = 500) -> list[float]:
    """Return when the R peaks were, ms of UTC."""
    samples = [
        (datetime.fromisoformat(told["t0"]).timestamp() * 1000 + i * told["period_ms"], value or 0)
        for told in heard
        for i, value in enumerate(told["values"])
    ]
    return [
        t
        for i, (t, value) in enumerate(samples)
        if value > above and value == max(v for _, v in samples[max(i - 6, 0) : i + 7])
    ]


async def screenshots(page: Page, folder: Path) -> None:
    """Take pictures for a person to look at: alone, and over what it may stand on."""
    video = "repeating-linear-gradient(35deg,#2b4,#fd8 90px,#248 180px,#eee 260px)"
    await page.screenshot(path=screenshot_path("waveform", folder), omit_background=True)
    for name, background in (("black", "black"), ("white", "white"), ("video", video)):
        await page.evaluate("b => document.body.style.background = b", background)
        await page.screenshot(path=screenshot_path(f"waveform-on-{name}", folder))
    await page.evaluate("document.body.style.background = ''")
