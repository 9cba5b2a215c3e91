"""The demo as a new user runs it."""

import asyncio
import json
import os
import socket
import sys
from contextlib import closing
from pathlib import Path

import httpx
from playwright.async_api import expect

from tests.rigs.chromium import chromium, collect_errors, screenshot_path
from tests.rigs.waiting import until
from tests.web.built import build_page

SECONDS_TO_SHOW = float(os.environ.get("EDGED_SCREENSHOT_SECONDS", "2"))
"""The trace on the page is as long as the demo has run."""


async def demo(*options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "edged", "demo", *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


def children_of_ours() -> list[str]:
    """Command lines of the processes whose parent is this one or gone."""
    return [
        path.read_bytes().replace(b"\0", b" ").decode()
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if b"edged\0demo" in path.read_bytes()
    ]


async def test_twenty_seconds_of_demo(tmp_path: Path) -> None:
    report_file = tmp_path / "r.json"
    process = await demo("--duration", "20", "--report", str(report_file))
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    report = json.loads(report_file.read_text(encoding="utf-8"))
    assert set(report) == {
        "sources", "chunks", "recorded", "published", "acknowledged", "lost", "duplicates",
        "live_p50_ms", "live_p99_ms", "rss_mb", "start_s", "scipy_loaded",
    }  # fmt: skip
    assert report["sources"] == 4
    assert report["lost"] == 0
    assert report["duplicates"] == 0
    assert report["recorded"] == report["published"] == report["acknowledged"] > 4 * 2 * 15
    assert report["scipy_loaded"] is False
    assert report["rss_mb"] < 100
    assert b"0 lost" in out
    assert not children_of_ours()


async def test_taken_ports_are_replaced_and_named() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        process = await demo("--duration", "60", "--port", str(port))
        assert process.stdout is not None
        said = list[str]()
        async with asyncio.timeout(20):
            while not said or "Stops after" not in said[-1]:
                said.append((await process.stdout.readline()).decode())
        text = "".join(said)
        assert f"Port {port} for the page is in use" in text
        page = next(line.split()[-1] for line in said if "Page" in line)
        async with httpx.AsyncClient() as http:
            assert (await http.get(page)).status_code == 200
            status = (await http.get(f"{page}api/v1/status")).json()
        assert len(status["subjects"]) == 4
        process.terminate()
        await process.communicate()
        assert process.returncode == 0


async def test_the_page_as_the_readme_shows_it(tmp_path: Path) -> None:
    build_page()
    process = await demo()
    assert process.stdout is not None
    try:
        page_url = ""
        async with asyncio.timeout(20):
            while not page_url:
                line = (await process.stdout.readline()).decode()
                page_url = line.split()[-1] if "Page" in line else ""
        async with chromium() as browser:
            context = await browser.new_context(viewport={"width": 1120, "height": 420})
            page = await context.new_page()
            errors = collect_errors(page)
            await page.goto(page_url)
            await expect(page.get_by_text("Live", exact=True)).to_have_count(4, timeout=15_000)
            await expect(page.get_by_text("Connected")).to_be_visible()
            await asyncio.sleep(SECONDS_TO_SHOW)  # until there is a trace to look at
            await page.screenshot(path=screenshot_path("page", tmp_path))
            await context.close()
        assert errors == []
    finally:
        process.terminate()
        await process.communicate()


async def test_the_waveform_that_it_names_is_an_ecg(tmp_path: Path) -> None:
    build_page()
    process = await demo()
    assert process.stdout is not None
    try:
        overlay = ""
        async with asyncio.timeout(20):
            while not overlay:
                words = (await process.stdout.readline()).decode().split()
                overlay = next((word for word in words if "/overlay/waveform?" in word), "")
            assert words[-1] == "ECG"
        async with chromium() as browser:
            page = await browser.new_page(viewport={"width": 1920, "height": 1080})
            errors = collect_errors(page)
            await page.goto(overlay)
            plate = page.locator("#plate")
            await expect(plate).to_have_css("opacity", "1", timeout=15_000)
            await expect(page.locator("#name")).to_have_text("Ada Lovelace")
            await asyncio.sleep(SECONDS_TO_SHOW)
            shot = screenshot_path("demo-waveform", tmp_path)
            await page.evaluate("document.body.style.background = '#456'")
            await page.screenshot(path=shot)
        assert errors == []
    finally:
        process.terminate()
        await process.communicate()


async def test_it_stops_at_the_first_ctrl_c_and_leaves_nothing() -> None:
    process = await demo()
    assert process.stdout is not None
    async with asyncio.timeout(20):
        while b"Stop with Ctrl-C" not in await process.stdout.readline():
            pass
    process.send_signal(2)
    out, err = await process.communicate()
    assert (process.returncode, err) == (0, b"")
    assert b"0 lost" in out
    await until(lambda: not children_of_ours())
