"""Assigning, renaming and removing in Chromium, on a real node: by tap, taken back, over nobody's hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.async_api import Browser, Page, Route

from edged.tasks import end
from tests.rigs.axe import violations
from tests.rigs.chromium import collect_errors, screenshot_path, until, untold
from tests.rigs.service import Stage, serviced
from tests.web.air import PORT, STRAP, heard
from tests.web.built import build_page
from tests.web.test_configuration import patch, set_
from tests.web.test_page import CONTRAST, DESK, PHONE, fits, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG: Final = "Maximiliane Wolkenstein-Trostburg-Hohenk"
TEXT: Final = f"""\
[journal]
path = "{{folder}}/edged.db"

[web]
port = 0

[[subject]]
name = "white"
title = "Ada Lovelace"

[[subject]]
name = "black"
title = "{LONG}"

# the spare one is in the drawer
[[source]]
name = "strap-1"
link = "sim:resting?seed=1"
subject = "white"
"""


@asynccontextmanager
async def visited(
    browser: Browser,
    folder: Path,
    size: Any = PHONE,
    scheme: Literal["light", "dark"] = "light",
    path: str = "/#devices",
) -> AsyncIterator[tuple[Page, Stage]]:
    """Open the page of a real node, whose time goes on some times as fast."""
    build_page()
    async with serviced(folder, TEXT) as stage:

        async def go_on() -> None:
            while True:
                await stage.pass_time(0.2)
                await asyncio.sleep(0.03)

        time = asyncio.create_task(go_on())
        context = await browser.new_context(viewport=size, color_scheme=scheme)
        page = await context.new_page()
        errors = collect_errors(page)
        try:
            await page.goto(f"{stage.http.base_url}{path}")
            await until(page, "document.querySelector('#main section') !== null", timeout_s=15)
            yield page, stage
        finally:
            await context.close()
            await end(time)
        assert untold(errors) == []


async def scanned(page: Page, rows: int) -> None:
    await page.click(".scan button")
    await until(page, "n => document.querySelectorAll('.scan .found').length === n", rows, timeout_s=10)


async def measured(stage: Stage) -> dict[str, str | None]:
    return {source["name"]: source["subject"] for source in (await stage.status())["sources"]}


async def said(page: Page, text: str) -> None:
    """Wait until the line at the foot says something."""
    await until(page, "text => document.querySelector('.undo p').innerText === text", text, timeout_s=15)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["phone", "desk"])
async def test_a_strap_that_is_found_is_assigned_by_a_tap_and_taken_back(
    browser: Browser,
    name: str,
    scheme: Literal["light", "dark"],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    size = {"phone": PHONE, "desk": DESK}[name]
    with heard(monkeypatch, STRAP, PORT):
        async with visited(browser, tmp_path, size, scheme) as (page, stage):
            await scanned(page, 2)
            before = stage.file.read_text(encoding="utf-8")
            await page.click(f"button[aria-label='Assign {STRAP.name}']")
            await until(page, "document.querySelectorAll('.subject-choice').length === 3")
            assert await texts(page, "dialog h2") == [f"Whom does {STRAP.name} measure?"]
            assert await texts(page, ".subject-choice") == [
                "Ada Lovelace now by strap-1, which then measures nobody",
                f"{LONG} no device yet",
                "Nobody recorded, not on air",
            ]
            assert await texts(page, ".becomes summary") == ["Becomes strap-2, decoder heart_rate"]
            await page.screenshot(path=screenshot_path(f"assign-{name}-{scheme}", tmp_path))
            await fits(page)
            assert await page.evaluate(CONTRAST) == []
            assert await violations(page) == []
            await page.click(f".subject-choice:has-text('{LONG}')")
            await said(page, f"strap-2 measures {LONG} now.")
            assert await texts(page, "dialog") == []
            await page.screenshot(path=screenshot_path(f"undo-{name}-{scheme}", tmp_path))
            await fits(page)
            assert await page.evaluate(CONTRAST) == []
            assert await violations(page) == []
            text = stage.file.read_text(encoding="utf-8")
            assert f'link = "{STRAP.link}"' in text
            assert "# the spare one is in the drawer" in text
            assert await measured(stage) == {"strap-1": "white", "strap-2": "black"}
            await until(page, "document.querySelectorAll('.devices-view > .cards > .card').length === 2")
            await until(
                page, "document.querySelector('.scan').innerText.includes('strap-2 \\u2192')", timeout_s=15
            )
            await page.click(".undo button")
            await said(page, "Taken back: it is as it was before.")
            assert stage.file.read_text(encoding="utf-8") == before
            assert await measured(stage) == {"strap-1": "white"}


async def test_somebody_new_needs_no_more_than_a_name(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with heard(monkeypatch, STRAP):
        async with visited(browser, tmp_path) as (page, stage):
            await scanned(page, 1)
            await page.click(f"button[aria-label='Assign {STRAP.name}']")
            await until(page, "document.querySelectorAll('.subject-choice').length === 3")
            await page.click(".another summary")
            await page.click("text=Add and assign")
            assert await texts(page, ".another .mistake") == ["Fill this in."]
            await page.fill(".another input", "Judit Polgár")
            await page.screenshot(path=screenshot_path("assign-new", tmp_path))
            await fits(page)
            await page.click("text=Add and assign")
            await said(page, "strap-2 measures Judit Polgár now.")
            assert await measured(stage) == {"strap-1": "white", "strap-2": "judit-polgar"}


async def test_what_nobody_knows_by_looking_has_to_be_said(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = type(PORT)(**{name: getattr(PORT, name) for name in PORT.__slots__} | {"decoder": ""})
    with heard(monkeypatch, unknown):
        async with visited(browser, tmp_path) as (page, stage):
            await scanned(page, 1)
            await page.click(".scan .found button")
            await until(page, "document.querySelectorAll('.subject-choice').length === 3")
            assert await texts(page, ".becomes summary") == ["Becomes board-1: say what it is"]
            await page.click(".subject-choice:has-text('not on air')")
            assert await texts(page, ".becomes .mistake") == [
                "Nobody knows by looking what this is. Choose what its bytes mean."
            ]
            await page.select_option(".becomes select", "nmea")
            await page.fill(".becomes input", "Strap 1")
            await page.click(".subject-choice:has-text('not on air')")
            assert (await texts(page, ".becomes .mistake"))[0].startswith("Small letters, digits and hyphens")
            await page.fill(".becomes input", "strap-1")
            await page.click(".subject-choice:has-text('not on air')")
            assert await texts(page, ".becomes .mistake") == [
                "There is a strap-1 already. Choose another name."
            ]
            await page.fill(".becomes input", "clock")
            await page.click(".subject-choice:has-text('not on air')")
            await said(page, "clock measures nobody now.")
            assert await measured(stage) == {"strap-1": "white", "clock": None}


async def test_somebody_elses_change_is_shown_and_not_overwritten(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with heard(monkeypatch, STRAP):
        async with visited(browser, tmp_path) as (page, stage):
            await page.click("button[aria-label='Assign strap-1']")
            await until(page, "document.querySelectorAll('.subject-choice').length === 3")
            assert await texts(page, ".subject-choice[aria-current]") == ["Ada Lovelace now"]
            await patch(stage, set_("subject", "white", "title", value="Ada King"))
            await page.click(".subject-choice:has-text('not on air')")
            await until(page, "document.querySelector('dialog .mistake').checkVisibility()", timeout_s=10)
            assert (await texts(page, "dialog > .mistake"))[0].startswith("Somebody else has changed the")
            assert (await texts(page, ".subject-choice"))[0] == "Ada King now"
            await page.screenshot(path=screenshot_path("assign-conflict", tmp_path))
            assert await measured(stage) == {"strap-1": "white"}
            await page.click(".subject-choice:has-text('not on air')")
            await said(page, "strap-1 measures nobody now.")
            assert await measured(stage) == {"strap-1": None}


async def test_who_taps_before_it_is_known_how_it_stands_waits_for_it(
    browser: Browser, tmp_path: Path
) -> None:
    looks: asyncio.Queue[str] = asyncio.Queue()

    async def hold(route: Route) -> None:
        if route.request.method != "GET" or await looks.get() == "works":
            await route.continue_()
        else:
            await route.fulfill(status=503, json={"detail": "Not now."})

    async with visited(browser, tmp_path) as (page, stage):
        await page.route("**/api/v1/configuration", hold)
        await page.click("button[aria-label='Rename Ada Lovelace']")
        await page.fill("dialog input >> nth=0", "Ada King")
        await page.click("dialog button:has-text('Save')")
        await page.click("dialog button:has-text('Save')")
        looks.put_nowait("fails")  # and it is looked again
        await until(page, "document.querySelector('dialog > .mistake').checkVisibility()")
        looks.put_nowait("works")
        await said(page, "It is called Ada King now.")

        await page.click("button[aria-label='Assign strap-1']")
        await page.click(".another summary")
        await page.fill(".another input", "Judit Polgár")
        await page.click("text=Add and assign")
        looks.put_nowait("fails")
        await until(page, "document.querySelector('dialog > .mistake').checkVisibility()")
        looks.put_nowait("works")
        await said(page, "strap-1 measures Judit Polgár now.")
        assert await measured(stage) == {"strap-1": "judit-polgar"}


async def test_a_title_is_changed_and_a_name_after_it_was_asked_once(
    browser: Browser, tmp_path: Path
) -> None:
    async with visited(browser, tmp_path) as (page, stage):
        await page.click("button[aria-label='Rename Ada Lovelace']")
        await page.fill("dialog input >> nth=0", "Ada King")
        await page.screenshot(path=screenshot_path("rename", tmp_path))
        await fits(page)
        assert await violations(page) == []
        await page.click("dialog button:has-text('Save')")
        await said(page, "It is called Ada King now.")
        assert (await stage.status())["subjects"][0]["title"] == "Ada King"

        await page.click("button[aria-label='Rename Ada King']")
        await page.fill("dialog input >> nth=1", "black")
        await page.click("dialog button:has-text('Save')")
        await until(
            page, "document.querySelector('dialog [aria-invalid=true]') !== null"
        )  # the names were asked
        assert await texts(page, "dialog .field .mistake") == [
            "There is a black already. Choose another name."
        ]
        await page.fill("dialog input >> nth=1", "board-1-white")
        await page.click("dialog button:has-text('Save')")
        await until(page, "document.querySelector('dialog.confirm') !== null")
        assert (
            "Rename white to board-1-white? Its topics change" in (await texts(page, "dialog.confirm p"))[0]
        )
        await page.screenshot(path=screenshot_path("rename-ask", tmp_path))
        await page.click("dialog.confirm button:has-text('Cancel')")
        assert (await stage.status())["subjects"][0]["name"] == "white"
        await page.click("dialog button:has-text('Save')")
        await page.click("dialog.confirm button:has-text('Rename')")
        await until(
            page, "document.querySelector('.subjects').innerText.includes('board-1-white')", timeout_s=15
        )
        assert await measured(stage) == {"strap-1": "board-1-white"}
        assert (await stage.status())["sources"][0]["restarts"] == 0
        await page.click(".undo button")
        await said(page, "Taken back: it is as it was before.")
        assert await measured(stage) == {"strap-1": "white"}


async def test_a_device_is_removed_after_it_was_asked_once_and_comes_back(
    browser: Browser, tmp_path: Path
) -> None:
    async with visited(browser, tmp_path, path="/#device=strap-1") as (page, stage):
        await until(page, "document.querySelectorAll('.packets tbody tr').length > 0", timeout_s=15)
        assert (await texts(page, ".packets tbody td:nth-of-type(2)"))[0] in {"2a37", "2a38", "2a19"}
        await page.click(".device-view button:has-text('Remove')")
        assert (await texts(page, "dialog.confirm p"))[0].startswith("Remove strap-1?")
        await page.click("dialog.confirm button:has-text('Cancel')")
        assert await measured(stage) == {"strap-1": "white"}
        await page.click(".device-view button:has-text('Remove')")
        await page.click("dialog.confirm button:has-text('Remove')")
        await said(page, "strap-1 was removed.")
        await until(page, "document.querySelector('.empty')?.checkVisibility()", timeout_s=15)
        assert await measured(stage) == {}
        await page.click(".undo button")
        await said(page, "Taken back: it is as it was before.")
        assert await measured(stage) == {"strap-1": "white"}


async def test_the_line_goes_by_itself(browser: Browser, tmp_path: Path) -> None:
    async with visited(browser, tmp_path) as (page, _):
        await page.click("button[aria-label='Assign strap-1']")
        await page.click(".subject-choice:has-text('not on air')")
        await said(page, "strap-1 measures nobody now.")
        await page.mouse.move(180, 300)
        await until(page, "!document.querySelector('.undo').checkVisibility()", timeout_s=12)


SEES: Final = ("see",)
ASSIGNS: Final = ("see", "assign")


async def come_as(page: Page, role: str, permissions: tuple[str, ...]) -> None:
    """Let the page believe that somebody else is there; what he may not is refused by the API anyway."""
    told = {
        "claimed": False,
        "claimable": False,
        "user": {"name": role, "role": role, "permissions": list(permissions)},
        "csrf": "",
    }
    await page.route("**/api/v1/session", lambda route: route.fulfill(json=told))
    await page.reload()
    await until(page, "document.querySelector('.devices-view') !== null", timeout_s=15)


async def test_who_may_only_assign_takes_that_back_by_assigning(browser: Browser, tmp_path: Path) -> None:
    async with visited(browser, tmp_path) as (page, stage):
        await come_as(page, "operator", ASSIGNS)
        assert await texts(page, ".subjects button") == []
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url) if request.method != "GET" else None)
        await page.click("button[aria-label='Assign strap-1']")
        await until(page, "document.querySelectorAll('.subject-choice').length === 3")
        assert await texts(page, ".another") == []
        await page.click(f".subject-choice:has-text('{LONG}')")
        await said(page, f"strap-1 measures {LONG} now.")
        assert await measured(stage) == {"strap-1": "black"}
        await page.click(".undo button")
        await said(page, "Taken back: it is as it was before.")
        assert await measured(stage) == {"strap-1": "white"}
        assert {url.rpartition("/")[2] for url in asked} == {"assign"}


async def test_who_may_only_see_is_offered_nothing(browser: Browser, tmp_path: Path) -> None:
    async with visited(browser, tmp_path) as (page, _):
        await come_as(page, "viewer", SEES)
        assert await texts(page, ".devices-view button:not(.state)") == []
        assert await texts(page, ".devices-view .card a.button") == ["Details"]
