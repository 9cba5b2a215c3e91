"""The technician's minute, whole: a board out of its case, a phone before it, a desk beside it."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from edged.clock import SystemClock
from tests.rigs.axe import violations
from tests.rigs.bluez_equipment import FakeAdapter, FakeStrap
from tests.rigs.board import address, heart_strap
from tests.rigs.chromium import chromium, collect_errors, screenshot_path, until, untold
from tests.rigs.daemon import Daemon
from tests.rigs.fake_bluez import FakeBluez
from tests.rigs.ports import free_ports
from tests.rigs.private_bus import PrivateBus
from tests.rigs.waiting import until as holds
from tests.web.auth.board import WHO_IS_IN, fill, log_in
from tests.web.auth.house import PASSWORD
from tests.web.auth.test_entrance_page import LOG_IN
from tests.web.built import build_page
from tests.web.desk import SHOWN, STATE, apply, edit_title, says
from tests.web.test_accessibility import VIEWS
from tests.web.test_page import CONTRAST, DESK, PHONE, fits, texts, visit
from tests.web.test_signals_page import READY, add, choose, other_than, shown

CONFIG: Final = f"""
[node]
site = "hall"
name = "board-1"
[web]
port = {{port}}
[journal]
path = "{{folder}}/edged.db"
[[subject]]
name = "white"
title = "Maximiliane Wolkenstein-Trostburg-Hohenk"
[[subject]]
name = "black"
title = "Max Euwe"
[[source]]
name = "strap-1"
link = "ble:{address(1)}"
subject = "white"
[[source]]
name = "bench"
link = "sim:resting?seed=1&device=h10"
decoder = "polar?streams=ecg"
[[source.chain]]
stream = "ecg"
steps = [{{ step = "highpass", cutoff_hz = 0.5 }}]
"""
SIZES: Final = {"phone": PHONE, "desk": DESK}
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
ALL_VIEWS: Final = (*VIEWS, "device=strap-1", "accounts", "tokens", "audit")


@asynccontextmanager
async def looking(browser: Browser, size: Any) -> AsyncIterator[BrowserContext]:
    """Yield a browser of its own; fail if a page throws, or is refused anything of which it does not tell."""
    context = await browser.new_context(viewport=size, timezone_id="UTC", locale="en-GB")
    errors: list[list[str]] = []
    context.on("page", lambda page: errors.append(collect_errors(page)))
    yield context
    await context.close()
    assert untold([error for each in errors for error in each]) == []


async def open_view(page: Page, name: str) -> None:
    await page.evaluate("name => { location.hash = name; }", name)
    await until(
        page, f"location.hash === '#{name}' && document.querySelector('#main h1') !== null && {SHOWN}"
    )


async def claim(page: Page, daemon: Daemon) -> None:
    """Claim the board with the code that it writes into its log."""
    code = re.findall(r"the code is (\S+)", daemon.log)[-1]
    await visit(page, "more")
    await page.click("text=Claim it")
    await until(page, "document.querySelector('h1:focus')?.innerText === 'Claim this board'")
    await fill(page, {"Code": code, "Name of your account": "ada", "Password": PASSWORD})
    async with page.expect_navigation(wait_until="load"):
        await page.click("button[type=submit]")
    await until(page, WHO_IS_IN, timeout_s=15)


async def leave_and_log_in(page: Page) -> None:
    await visit(page, "more")
    await page.click("text=Log out")
    await until(page, LOG_IN)
    await log_in(page, "ada")


async def assign(page: Page, strap: FakeStrap) -> None:
    """Look for straps, and give the one that is found to the one who has none, by taps."""
    await visit(page, "devices")
    await page.click(".scan button")
    row = f"button[aria-label='Assign {strap.name}']"
    await until(page, "row => document.querySelector(row) !== null", row, timeout_s=30)
    await page.click(row)
    await page.click(".subject-choice:has-text('Max Euwe')")
    await says(page, ".undo p", "strap-2 measures Max Euwe", timeout_s=15)
    await holds(lambda: strap.delivered, timeout_s=30)
    await visit(page, "now")
    await until(
        page,
        "[...document.querySelectorAll('.subject')].some(e => /Max Euwe[^]*Live/.test(e.innerText))",
        timeout_s=30,
    )


async def filter_ecg(page: Page) -> None:
    """Edit a chain, see before and after, have a bad value refused at its field, and apply a good one."""
    await open_view(page, "signals")
    await choose(page, "Source", "bench")
    await until(page, "[...document.querySelectorAll('option')].some(e => e.value === 'ecg')", timeout_s=30)
    await choose(page, "Stream", "ecg")
    before = await shown(page)
    assert [told.split()[0] for told in await texts(page, ".legend li")] == ["Before", "After"]
    await add(page, "lowpass")
    await other_than(page, before)
    cutoff = page.locator(".step:nth-child(2)").get_by_label("Cut-off, Hz")
    await cutoff.fill("65")
    await until(page, "document.querySelector('[aria-invalid=true]') !== null")
    (told,) = await texts(page, ".step:nth-child(2) .field .mistake")
    assert "half the sampling rate of 130 Hz" in told
    await cutoff.fill("30")
    await until(page, "document.querySelector('[aria-invalid=true]') === null")
    await until(page, READY)
    await page.get_by_role("button", name="Apply").click()
    await until(page, "document.querySelector('.done').innerText.startsWith('Applied.')", timeout_s=15)


async def roll_back(page: Page) -> None:
    """Refuse a bad value of the form, apply a good one, and go back to what held before it."""
    await open_view(page, "configuration")
    await until(page, "document.querySelector('details.section') !== null", timeout_s=10)
    await edit_title(page, "x" * 81, "1 mistake")
    assert await texts(page, ".field .mistake") != []
    await edit_title(page, "Ada Lovelace")
    await apply(page)
    await says(page, STATE, "No changes", timeout_s=15)
    await says(page, ".trial", "Watched for")
    await page.click("text=History")
    await until(page, "document.querySelectorAll('.versions .card').length >= 3", timeout_s=10)
    await page.click(".versions button:visible >> text=Restore >> nth=0")
    await page.click("dialog .primary")
    restored = "[...document.querySelectorAll('.table input')].some(e => e.value.startsWith('Maximiliane'))"
    await until(page, restored, timeout_s=15)


async def disagree(ada: Page, other: Page) -> None:
    """Let two technicians change the same board: the second one sees what the first one did, and takes it.

    While what was restored before is on trial, the second page may tell it even before Apply is tapped.
    """
    for page in (ada, other):
        await open_view(page, "configuration")
        await until(page, "document.querySelector('details.section') !== null", timeout_s=10)
    await edit_title(ada, "Ada")
    await edit_title(other, "Countess of Lovelace")
    await other.click(".bar >> text=Review")
    await apply(ada)
    await other.evaluate("document.querySelector('.review .primary')?.click()")
    await says(other, ".conflict h2", "Somebody else has changed it meanwhile", timeout_s=15)
    await says(other, ".conflict .difference", 'title = "Ada"')
    await other.click("text=Take theirs")
    await other.click("dialog .primary")
    await says(other, STATE, "No changes")


async def begin_anew(page: Page, daemon: Daemon) -> None:
    """Cut the daemon's power under an open page: it withdraws what it showed, says so, and comes back."""
    await visit(page, "now")
    await daemon.kill()
    await until(page, "document.body.hasAttribute('data-lost')", timeout_s=10)
    assert any("No connection to the node" in each for each in await texts(page, "[role=alert]"))
    await daemon.start()
    await until(page, f"!document.body.hasAttribute('data-lost') || {LOG_IN}", timeout_s=60)
    if await page.evaluate(LOG_IN):
        await log_in(page, "ada")
    await until(
        page,
        "[...document.querySelectorAll('.subject')].every(e => e.innerText.includes('Live'))",
        timeout_s=60,
    )


async def keeps_nothing_old(page: Page) -> None:
    """What an earlier run of the daemon found, and what was settled meanwhile, is not told any more."""
    await open_view(page, "devices")
    assert await texts(page, ".scan .found") == []
    await open_view(page, "signals")
    await shown(page)
    assert await texts(page, ".apply .mistake") == []


@pytest.mark.parametrize("held", ["phone", "desk"])
async def test_from_the_case_to_on_air(board: Path, tmp_path: Path, held: str) -> None:
    build_page()
    (port,) = free_ports(1)  # a daemon that begins again answers where it did
    config = CONFIG.replace("{port}", str(port))
    async with straps() as (first, second), Daemon(board, config) as daemon:
        await holds(lambda: first.delivered, timeout_s=60)
        async with (
            chromium() as browser,
            looking(browser, SIZES[held]) as context,
            looking(browser, DESK) as beside,
        ):
            page = await context.new_page()
            await page.goto(daemon.page)
            await until(page, "document.querySelector('.subject') !== null", timeout_s=15)
            await claim(page, daemon)
            await leave_and_log_in(page)
            await assign(page, second)
            await filter_ecg(page)
            await roll_back(page)
            other = await beside.new_page()
            await other.goto(daemon.page)
            await log_in(other, "ada")
            await disagree(page, other)
            await begin_anew(page, daemon)
            await keeps_nothing_old(page)
            for name in ALL_VIEWS:
                await looked_at(page, name, f"{held}-{name.replace('=', '-')}", tmp_path)
            await open_view(page, "accounts")
            await page.click("text=Log out everywhere")
            await page.click("dialog button.primary")
            for each in (page, other):
                await until(each, LOG_IN, timeout_s=15)
        assert await daemon.stop() == 0


@asynccontextmanager
async def straps() -> AsyncIterator[tuple[FakeStrap, FakeStrap]]:
    """Yield two straps in the air of one adapter."""
    with PrivateBus() as bus, bus.exported():
        async with FakeBluez(bus.address, SystemClock()) as bluez:
            bluez.plug(FakeAdapter())
            yield bluez.wear(heart_strap(1)), bluez.wear(heart_strap(2))


async def looked_at(page: Page, name: str, picture: str, folder: Path) -> None:
    """Take a picture of a view, in both themes: it fits, can be read, and keeps nobody out."""
    await open_view(page, name)
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=screenshot_path(f"minute-{picture}-{scheme}", folder), full_page=True)
        await fits(page)
        assert await page.evaluate(CONTRAST) == [], name
        assert await violations(page) == [], name
