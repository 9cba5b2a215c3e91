"""Signals in Chromium: a chain edited, seen before and after, refused, applied, undone, and lost."""

import asyncio
import re
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.async_api import Browser, Page, Route

from edged.config.model import ChainConfig
from edged.model import StreamInfo
from edged.ops.signals import Feed
from edged.signals.chain import preload
from edged.signals.steps import Bandpass, Median, Notch
from tests.rigs.axe import violations
from tests.rigs.chromium import collect_errors, screenshot_path, until, untold
from tests.rigs.service import Stage, serviced
from tests.web import documents
from tests.web.documents import subject
from tests.web.fake_view import FakeView
from tests.web.test_page import CONTRAST, DESK, PHONE, fits, opened, texts, visit
from tests.web.test_streams import TEXT
from tests.web.tracks import ECG, HEADER, STRAP, acceleration, beats, ecg, feed

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG: Final = "strap-of-the-longest-name-there-"
TITLE: Final = "Maximiliane Wolkenstein-Trostburg-Hohenk"
DRAWN: Final = "document.querySelector('.picture:not([data-withdrawn]) canvas') !== null"
READY: Final = "document.querySelector('.apply .primary').ariaDisabled !== 'true'"
CHAIN: Final = (Notch(step="notch"), Bandpass(step="bandpass", low_hz=0.5, high_hz=40))


preload(CHAIN)  # on a busy machine scipy alone takes longer than a test waits


def node_with(*feeds: Feed) -> FakeView:
    view = FakeView(documents.status(subjects=[subject("white", TITLE)]))
    view.feeds = list(feeds)
    return view


def an_ecg() -> FakeView:
    chain = ChainConfig(stream="ecg", steps=CHAIN)
    return node_with(
        feed(LONG, ecg(gap_at_s=25), acceleration(), beats(), chain=(chain,), subject="white"),
        feed("strap-2"),
    )


async def choose(page: Page, label: str, option: str) -> None:
    await page.get_by_label(label, exact=True).select_option(option)


async def add(page: Page, step: str) -> None:
    await choose(page, "Add a step", step)
    await page.get_by_role("button", name="Add", exact=True).click()


def chain_of(stage: Stage, quantity: str) -> list[dict[str, object]]:
    """Return the steps of a stream of the first source, as its file has them."""
    source = tomllib.loads(stage.file.read_text(encoding="utf-8"))["source"][0]
    (steps,) = (chain["steps"] for chain in source["chain"] if chain["stream"] == quantity)
    found: list[dict[str, object]] = steps
    return found


async def shown(page: Page) -> str:
    """Return what the picture says it shows, to who cannot see it."""
    await until(page, DRAWN, timeout_s=15)
    told = await page.get_attribute(".picture > .lines .plot", "aria-label")
    assert told
    return told


async def other_than(page: Page, before: str) -> str:
    """Wait for another picture, and return it."""
    condition = f"before => {DRAWN} && document.querySelector('.picture > .lines .plot').ariaLabel !== before"
    await until(page, condition, before)
    return await shown(page)


@asynccontextmanager
async def running(
    browser: Browser, folder: Path, size: Any = DESK, scheme: Literal["light", "dark"] = "light"
) -> AsyncIterator[tuple[Page, Stage]]:
    """Open the page of a real service, whose time goes on."""

    async def go_on(stage: Stage) -> None:
        while True:
            await stage.pass_time(0.5)
            await asyncio.sleep(0.05)

    async with serviced(folder, TEXT) as stage:
        going = asyncio.create_task(go_on(stage))
        context = await browser.new_context(
            viewport=size, color_scheme=scheme, timezone_id="UTC", locale="en-GB"
        )
        page = await context.new_page()
        errors = collect_errors(page)
        await page.goto(f"{stage.http.base_url}/#signals")
        await until(page, "document.querySelector('.signals-view .choice') !== null")
        await until(
            page, "[...document.querySelectorAll('option')].some(e => e.value === 'ecg')", timeout_s=15
        )
        await choose(page, "Stream", "ecg")
        yield page, stage
        await context.close()
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)
    assert untold(errors) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["phone", "desk"])
async def test_before_and_after(
    browser: Browser, name: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    size = {"phone": PHONE, "desk": DESK}[name]
    async with opened(browser, an_ecg(), size, scheme, path="/#signals") as (page, _):
        assert "Before: \N{MINUS SIGN}" in await shown(page)
        assert await texts(page, ".legend li") == ["Before", "After"]
        assert await texts(page, ".step h3") == ["notch", "bandpass"]
        assert await texts(page, ".choice option:checked") == []  # closed
        source = page.get_by_label("Source")
        assert await source.evaluate("e => e.selectedOptions[0].text") == f"{LONG} \N{EN DASH} {TITLE}"
        await page.screenshot(path=screenshot_path(f"signals-{name}-{scheme}", tmp_path))
        await page.screenshot(
            path=screenshot_path(f"signals-{name}-{scheme}-whole", tmp_path), full_page=True
        )
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        assert await violations(page) == []
        if name == "phone":
            await page.get_by_label("Upper cut-off, Hz").scroll_into_view_if_needed()
            top, bottom = await page.evaluate(
                "[document.querySelector('.picture > .lines').getBoundingClientRect().top,"
                " document.getElementById('top').getBoundingClientRect().bottom]"
            )
            assert top == pytest.approx(bottom, abs=2), "the picture stays in sight"
            await page.screenshot(path=screenshot_path(f"signals-{name}-{scheme}-typing", tmp_path))


async def test_fields_are_what_the_models_say(browser: Browser) -> None:
    async with opened(browser, an_ecg(), path="/#signals") as (page, _):
        await shown(page)
        assert await texts(page, ".step:nth-child(1) > p:not(.mistake)") == [Notch.__doc__]
        assert await texts(page, ".step:nth-child(1) label") == [
            "Frequency, Hz",
            "Harmonics",
            "Quality factor",
        ]
        assert (await texts(page, ".step:nth-child(1) .field p:not(.mistake)"))[0] == (
            "Mains frequency, Hz: 50 or 60. Above 0. Default 50."
        )
        control = page.get_by_label("Harmonics")
        assert await control.input_value() == "1"
        assert (await control.get_attribute("min"), await control.get_attribute("max")) == ("1", "10")
        assert await page.get_by_label("Add a step").locator("option").count() == 8


async def test_steps_are_added_moved_and_removed(browser: Browser) -> None:
    async with opened(browser, an_ecg(), path="/#signals") as (page, _):
        first = await shown(page)
        assert await texts(page, ".apply .quiet") == [
            "This node was not started from a configuration file. Start it with: edged run -c FILE"
        ]
        await add(page, "median")
        assert (
            await page.evaluate("document.activeElement.closest('.step').querySelector('h3').innerText")
            == "median"
        )
        second = await other_than(page, first)
        await page.get_by_label("Window, samples").fill("31")
        third = await other_than(page, second)
        await page.get_by_role("button", name="Move median up").click()
        await until(page, "document.querySelector('.step:nth-child(2) h3').innerText === 'median'")
        assert await page.evaluate("document.activeElement.ariaLabel") == "Move median up"
        assert await texts(page, ".step .name .quiet") == ["Step 1 of 3", "Step 2 of 3", "Step 3 of 3"]
        fourth = await other_than(page, third)
        for step in ("notch", "bandpass"):
            await page.get_by_role("button", name=f"Remove {step}").click()
        await other_than(page, fourth)
        assert await texts(page, ".step h3") == ["median"]
        await page.get_by_role("button", name="Remove median").click()
        await until(page, "document.querySelector('.steps').hidden")
        assert "No steps: the stream passes as it comes." in await texts(page, ".chain .quiet")
        await page.get_by_role("button", name="Reset to what holds").click()
        assert await texts(page, ".step h3") == ["notch", "bandpass"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_bad_value_is_refused_at_its_field(
    browser: Browser, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    async with opened(browser, an_ecg(), PHONE, scheme, path="/#signals") as (page, _):
        before = await shown(page)
        upper = page.get_by_label("Upper cut-off, Hz")
        await upper.fill("65")
        await until(page, "document.querySelector('[aria-invalid=true]') !== null")
        field = page.locator(".field", has=upper)
        assert await field.locator(".mistake").inner_text() == (
            "high_hz = 65 is not below half the sampling rate of 130 Hz; write less than 65."
        )
        assert await texts(page, ".picture .note") == ["Mend what is wrong in the steps first."]
        assert await texts(page, ".picture dd") == [""] * 3
        await upper.scroll_into_view_if_needed()
        await page.screenshot(path=screenshot_path(f"signals-refused-{scheme}", tmp_path))
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        await page.evaluate("scrollTo(0, 0)")  # what is half below the picture is no small target
        assert await violations(page) == []
        await upper.fill("30")
        await until(page, "document.querySelector('[aria-invalid=true]') === null")
        await other_than(page, before)
        lower = page.get_by_label("Lower cut-off, Hz")
        await lower.fill("31")
        await until(page, "document.querySelector('.step > .mistake:not([hidden])') !== null")
        assert await texts(page, ".step > .mistake") == ["low_hz must be below high_hz."]
        await lower.press_sequentially("e")
        await until(page, "document.querySelector('[aria-invalid=true]') !== null")
        assert await texts(page, ".field .mistake") == ["Write a number, such as 0.5."]


async def test_what_a_chain_adds_is_drawn_too(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, an_ecg(), path="/#signals") as (page, _):
        await choose(page, "Stream", "rr_interval")
        await until(page, "document.querySelectorAll('.added canvas').length === 3")
        assert await texts(page, ".added .legend") == ["hrv rmssd", "hrv sdnn", "hrv pnn50"]
        assert await texts(page, ".step h3") == ["rr_clean", "hrv"]
        assert re.fullmatch(
            r"\d+ of 1\d\d samples after the chain, 0 before it", (await texts(page, "dd"))[2]
        )
        await page.screenshot(path=screenshot_path("signals-hrv", tmp_path))
        await choose(page, "Stream", "acceleration")
        await until(page, "document.querySelectorAll('.added canvas').length === 0")
        await shown(page)
        before = await shown(page)
        await choose(page, "Channel", "z")
        await other_than(page, before)


async def test_values_are_read_out_under_the_pointer(browser: Browser) -> None:
    async with opened(browser, an_ecg(), path="/#signals", has_touch=True) as (page, _):
        await shown(page)
        await page.locator(".picture .u-over").tap(position={"x": 400, "y": 100})
        await until(page, "document.querySelector('.picture .readout').innerText !== ''")
        await page.hover(".picture .u-over", position={"x": 500, "y": 100})
        await until(page, "document.querySelector('.picture .readout').innerText !== ''")
        (told,) = await texts(page, ".picture .readout")
        assert re.fullmatch("\N{MINUS SIGN}" + r"\d\.\d\d s: Before \S+ uV, After \S+ uV", told), told
        await page.mouse.move(5, 5)
        await until(page, "document.querySelector('.picture .readout').innerText === ''")


async def test_a_trace_is_tried(browser: Browser, tmp_path: Path) -> None:
    chain = ChainConfig(stream="heart_rate", steps=(Median(step="median"),))
    strap = feed("strap-1", chain=(chain,))
    view = node_with(Feed(strap.config, (StreamInfo("heart_rate", "/min"), ECG), strap.recent))
    good, bad = tmp_path / "a-trace-of-a-strap-with-a-long-name.jsonl", tmp_path / "bad.jsonl"
    good.write_bytes(HEADER + STRAP)
    bad.write_bytes(b"nonsense\n")
    async with opened(browser, view, PHONE, path="/#signals") as (page, _):
        await until(page, "document.querySelector('.note')?.innerText.startsWith('Nothing has come')")
        await page.set_input_files("input[type=file]", bad)
        await until(page, "document.querySelector('.trying .mistake').innerText !== ''")
        assert "does not begin with a header" in (await texts(page, ".trying .mistake"))[0]
        await page.set_input_files("input[type=file]", good)
        assert "Before: 72 to 72" in await shown(page)
        assert await page.evaluate("document.querySelector('.trying select').selectedOptions[0].text") == (
            f"Trace {good.name}"
        )
        await page.screenshot(path=screenshot_path("signals-trace", tmp_path))
        await fits(page)
        await choose(page, "Stream", "ecg")
        await until(page, "document.querySelector('.note')?.innerText.startsWith('There is no stream ecg')")


async def test_who_may_only_see_sees_the_chain_and_asks_for_no_picture(
    browser: Browser, tmp_path: Path
) -> None:
    asked: list[str] = []
    async with opened(browser, an_ecg(), PHONE) as (page, _):
        page.on("request", lambda request: asked.append(request.url) if request.method != "GET" else None)
        viewer = {"name": "eve", "role": "viewer", "permissions": ["see"]}
        told = {"claimed": False, "claimable": False, "user": viewer, "csrf": ""}
        await page.route("**/api/v1/session", lambda route: route.fulfill(json=told))
        await page.reload()
        await visit(page, "more")
        await page.click("text=Signals")
        await until(page, "document.querySelectorAll('.step').length === 2", timeout_s=15)
        assert await texts(page, ".step h3") == ["notch", "bandpass"]
        assert await texts(page, ".chain > .quiet") == ["Only a technician may try out and change it."]
        assert await texts(page, ".signals-view button") == []
        assert await page.get_by_label("Harmonics").is_disabled()
        assert await texts(page, ".picture *") == []
        assert await texts(page, ".choice label") == ["Source", "Stream"]
        await page.screenshot(path=screenshot_path("signals-seen-only", tmp_path), full_page=True)
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        assert await violations(page) == []
    assert asked == []


async def test_nothing_to_process(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, node_with(), PHONE, path="/#signals") as (page, _):
        await until(page, "document.querySelector('.empty')?.checkVisibility()")
        assert await texts(page, ".empty h2") == ["No device yet"]
        await fits(page)
    async with opened(browser, node_with(feed("strap-1")), PHONE, path="/#signals") as (page, _):
        await until(page, "document.querySelector('.empty')?.checkVisibility()")
        assert await texts(page, ".empty h2") == ["Nothing of this source yet"]
        await page.screenshot(path=screenshot_path("signals-empty", tmp_path))
        await fits(page)


async def test_a_lost_connection_withdraws_the_picture(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, an_ecg(), PHONE, path="/#signals") as (page, site):
        await shown(page)
        await site.stop()
        await until(page, "document.body.hasAttribute('data-lost')")
        assert await texts(page, ".picture dd") == [""] * 3
        assert await texts(page, ".picture .note") == ["Nothing is shown while there is no connection."]
        assert await page.evaluate("document.querySelector('.choice select').disabled")
        await page.screenshot(path=screenshot_path("signals-lost", tmp_path))
        assert await violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["phone", "desk"])
async def test_apply_is_watched_kept_and_undone(
    browser: Browser, name: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    size = {"phone": PHONE, "desk": DESK}[name]
    async with running(browser, tmp_path, size, scheme) as (page, stage):
        before = await shown(page)
        assert await texts(page, ".apply .quiet") == ["This is what holds."]
        await add(page, "lowpass")
        await other_than(page, before)
        await until(page, READY)
        (plan,) = await texts(page, ".apply .quiet")
        assert plan == (
            "Changes source strap-1: chain. No device is interrupted; the chain begins anew with the next "
            "sample. Once applied it is watched for 30 s, and taken back by itself if the source does not "
            "come back."
        )
        await page.screenshot(path=screenshot_path(f"signals-plan-{name}-{scheme}", tmp_path))
        await page.get_by_role("button", name="Apply").click()
        await until(page, "document.querySelector('.done').innerText.startsWith('Applied.')")
        await until(page, "/Watched for \\d+ s more/.test(document.querySelector('.apply').innerText)")
        await page.screenshot(path=screenshot_path(f"signals-applied-{name}-{scheme}", tmp_path))
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        assert chain_of(stage, "ecg") == [
            {"step": "highpass", "cutoff_hz": 0.5},
            {"step": "lowpass", "cutoff_hz": 40},
        ]
        await until(page, "document.querySelector('.done').innerText.includes('and kept')", timeout_s=30)
        await page.get_by_role("button", name="Undo").click()
        await until(page, "document.querySelectorAll('.step').length === 1")
        assert chain_of(stage, "ecg") == [{"step": "highpass", "cutoff_hz": 0.5}]
        assert await texts(page, ".done") == ["Undone: what held before holds again."]
        assert await page.get_by_role("button", name="Undo").count() == 0


async def test_nothing_is_applied_before_it_has_been_said_what_that_changes(
    browser: Browser, tmp_path: Path
) -> None:
    plans: asyncio.Queue[Route] = asyncio.Queue()
    async with running(browser, tmp_path) as (page, _):
        await page.route("**/api/v1/configuration/plan", plans.put)
        before = await shown(page)
        await page.get_by_label("Cut-off, Hz").fill("0.7")
        assert await texts(page, ".apply .quiet") == ["Seeing what that changes…"]
        overtaken = await plans.get()
        await other_than(page, before)
        assert await page.evaluate(READY) is False
        await page.get_by_label("Cut-off, Hz").fill("0.8")
        latest = await plans.get()
        async with page.expect_event("requestfinished", lambda each: each.url.endswith("/plan")):
            await overtaken.continue_()
        await other_than(page, await shown(page))  # time for what came to do its harm
        assert await texts(page, ".apply .quiet") == ["Seeing what that changes…"]
        assert await page.evaluate(READY) is False
        await latest.continue_()
        await until(page, READY)
        assert (await texts(page, ".apply .quiet"))[0].startswith("Changes source strap-1: chain.")


async def test_a_default_chain_is_written_down_when_it_is_changed(browser: Browser, tmp_path: Path) -> None:
    async with running(browser, tmp_path) as (page, stage):
        await choose(page, "Stream", "rr_interval")
        await until(page, "document.querySelector('.step h3')?.innerText === 'rr_clean'")
        await page.get_by_label("Tolerance").fill("0.2")
        await until(page, READY)
        await page.get_by_role("button", name="Apply").click()
        await until(page, "document.querySelector('.done').innerText.startsWith('Applied.')")
        assert chain_of(stage, "rr_interval") == [{"step": "rr_clean", "tolerance": 0.2}, {"step": "hrv"}]


async def test_somebody_else_was_faster(browser: Browser, tmp_path: Path) -> None:
    async with running(browser, tmp_path, PHONE, "dark") as (page, stage):
        await shown(page)
        await page.get_by_label("Cut-off, Hz").fill("0.7")
        await until(page, READY)
        etag = (await stage.configuration())["etag"]
        other = {"edits": [{"op": "set", "path": ["source", "strap-2", "silence_s"], "value": 20}]}
        done = await stage.http.patch("/api/v1/configuration", json=other, headers={"If-Match": etag})
        assert done.status_code == 200
        await page.get_by_role("button", name="Apply").click()
        await until(page, "document.querySelector('.apply .mistake').innerText !== ''")
        (told,) = await texts(page, ".apply .mistake")
        assert re.fullmatch(
            r"Somebody else has changed the configuration meanwhile: page, [\d: -]+ "
            r"\(source strap-2: silence_s\)\. "
            r"Your steps are still here: apply them to what holds now, or reset to it\.",
            told,
        ), told
        await page.screenshot(path=screenshot_path("signals-conflict", tmp_path))
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        assert await page.get_by_label("Cut-off, Hz").input_value() == "0.7"
        await until(page, READY)
        await page.get_by_role("button", name="Apply").click()
        await until(page, "document.querySelector('.done').innerText.startsWith('Applied.')")
        assert "silence_s = 20" in stage.file.read_text(encoding="utf-8")
        assert chain_of(stage, "ecg") == [{"step": "highpass", "cutoff_hz": 0.7}]


async def test_what_does_not_work_is_taken_back_and_told(browser: Browser, tmp_path: Path) -> None:
    async with running(browser, tmp_path) as (page, stage):
        await shown(page)
        await page.get_by_label("Cut-off, Hz").fill("0.7")
        await until(page, READY)
        await page.get_by_role("button", name="Apply").click()
        await until(page, "document.querySelector('.done').innerText.startsWith('Applied.')")
        assert stage.service._node is not None
        stage.service._node.sources._tasks["strap-1"].cancel()  # as if the strap had gone away
        await until(page, "document.querySelector('.apply .mistake').innerText !== ''", timeout_s=30)
        (told,) = await texts(page, ".apply .mistake")
        assert told.startswith("Taken back: source strap-1")
        await until(page, "[...document.querySelectorAll('.step input')].some(e => e.value === '0.5')")
