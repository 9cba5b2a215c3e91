"""The page in safe mode, in Chromium: the configuration is mended where the daemon cannot run."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser

from edged.clock import SystemClock
from edged.config.model import Config
from edged.ops.systemd import Notifier
from edged.safe import run_safe, why_safe
from tests.rigs.chromium import screenshot_path, until
from tests.web.desk import STATE, says, sitting
from tests.web.test_page import CONTRAST, PHONE, fits, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_text_stands_first_and_once_it_is_good_the_daemon_is_next(
    browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "edged.toml"
    good = (
        f'[web]\nport = 0\n\n[journal]\npath = "{tmp_path}/edged.db"\n\n[uplink]\npassword = "s3cret-word"\n'
    )
    file.write_text(good + "\n[[source\n", encoding="utf-8")
    pages, stop = asyncio.Queue[str](), asyncio.Event()
    config = Config.model_validate({"web": {"port": 0}, "journal": {"path": f"{tmp_path}/edged.db"}})
    running = asyncio.create_task(
        run_safe(
            config,
            why_safe(file, {}),
            SystemClock(),
            stop,
            Notifier(),
            file=file,
            on_listening=lambda host, port: pages.put_nowait(f"http://{host}:{port}"),
        )
    )
    try:
        async with sitting(browser, await pages.get(), PHONE) as page:
            assert "Safe mode" in (await texts(page, "#notice"))[0]
            assert await texts(page, ".tabs [aria-pressed=true]") == ["Text (TOML)"]
            area = page.get_by_label("Configuration as TOML")
            text = await area.input_value()
            assert "s3cret-word" not in text
            await says(page, STATE, "1 mistake")
            assert (await texts(page, ".mistakes button"))[0].startswith("Line 10: is not TOML")
            await page.screenshot(path=screenshot_path("configuration-safe", tmp_path))
            await fits(page)
            assert await page.evaluate(CONTRAST) == []
            await page.click("text=Form")
            assert (await texts(page, ".instead p"))[0].startswith("The text is not TOML")
            await page.click("text=Go to the text")
            await area.fill(text.replace("[[source", "[live]\nstale_after_s = 9"))
            await says(page, ".mistakes button", "less than or equal to 4.5")
            await page.click("text=Form")
            await page.click("summary >> text=On air")
            await page.get_by_label("Stale after").fill("4")
            await until(page, "document.querySelector('.bar .primary').ariaDisabled === null")
            await page.click(".bar >> text=Review")
            await page.click(".review >> text=Apply")
            await says(page, ".trial", "The daemon is tried again now")
            assert file.read_text(encoding="utf-8") == f"{good}\n[live]\nstale_after_s = 4\n"
            await asyncio.wait([running])
            assert running.result() is True
    finally:
        stop.set()
        await running
