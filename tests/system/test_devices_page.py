"""The page of a daemon that is a process, straps in a fake air, a phone before it: as it is in the hall."""

from pathlib import Path
from typing import Any, Final

from edged.clock import SystemClock
from tests.rigs.bluez_equipment import FakeAdapter
from tests.rigs.board import address, heart_strap
from tests.rigs.chromium import chromium, collect_errors, screenshot_path
from tests.rigs.chromium import until as page_until
from tests.rigs.daemon import Daemon
from tests.rigs.fake_bluez import FakeBluez
from tests.rigs.private_bus import PrivateBus
from tests.rigs.waiting import until
from tests.web.built import build_page

PHONE: Final[Any] = {"width": 360, "height": 740}
CONFIG: Final = f"""
[web]
port = 0
[journal]
path = "{{folder}}/edged.db"
[[subject]]
name = "white"
title = "Ada Lovelace"
[[subject]]
name = "black"
title = "Max Euwe"
[[source]]
name = "strap-1"
link = "ble:{address(1)}"
subject = "white"
"""


async def test_a_strap_out_of_the_drawer_is_on_air_by_three_taps(board: Path, tmp_path: Path) -> None:
    build_page()
    with PrivateBus() as bus, bus.exported():
        async with FakeBluez(bus.address, SystemClock()) as bluez:
            bluez.plug(FakeAdapter())
            first, second = bluez.wear(heart_strap(1)), bluez.wear(heart_strap(2))
            async with Daemon(board, CONFIG) as daemon:
                await until(lambda: first.delivered, timeout_s=30)
                async with chromium() as browser:
                    page = await browser.new_page(viewport=PHONE)
                    errors = collect_errors(page)
                    await page.goto(f"{daemon.page}#devices")
                    await page_until(page, "document.querySelector('.scan button') !== null", timeout_s=15)
                    await page.click(".scan button")
                    row = f"button[aria-label='Assign {second.name}']"
                    await page_until(page, "row => document.querySelector(row) !== null", row, timeout_s=20)
                    await page.screenshot(path=screenshot_path("hall-around", tmp_path))
                    await page.click(row)
                    await page.click(".subject-choice:has-text('Max Euwe')")
                    await page_until(
                        page, "document.querySelector('.undo p').innerText.startsWith('strap-2 measures Max')"
                    )
                    await until(lambda: second.delivered, timeout_s=30)
                    await page.goto(f"{daemon.page}#device=strap-2")
                    await page_until(
                        page, "document.querySelector('.card .state')?.innerText === 'Live'", timeout_s=15
                    )
                    await page.click("text=Read again")
                    await page_until(page, "document.querySelectorAll('.packets tbody tr').length > 0")
                    await page.screenshot(path=screenshot_path("hall-device", tmp_path))
                    assert errors == []
                status = await daemon.status()
                assert [source["restarts"] for source in status["sources"]] == [0, 0]
                assert {subject["name"]: subject["source"] for subject in status["subjects"]} == {
                    "white": "strap-1",
                    "black": "strap-2",
                }
                assert await daemon.stop() == 0
    assert f'link = "ble:{address(2)}"\ndecoder = "polar"' in daemon.file.read_text(encoding="utf-8")
