"""The page's configuration in several hands, and what comes of it: trial, conflict, history, files."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Route

from tests.rigs.axe import violations
from tests.rigs.chromium import screenshot_path, until
from tests.web.desk import STATE, apply, at_desk, edit_title, entry_value, says, sitting, unfold
from tests.web.test_configuration import TEXT
from tests.web.test_page import CONTRAST, DESK, PHONE, fits, texts, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")
FOCUSED = "document.activeElement.innerText"


async def test_what_does_not_work_is_taken_back_and_said(browser: Browser, tmp_path: Path) -> None:
    async with at_desk(browser, tmp_path, TEXT, DESK) as (page, stage):
        before = stage.file.read_text(encoding="utf-8")
        entry = await unfold(page, "Sources", "strap-1")
        await entry.get_by_label("Link").fill(f"replay:{tmp_path}/none.jsonl")
        await says(page, STATE, "1 change")
        await apply(page)
        await says(page, ".trial", "It did not work: source strap-1", timeout_s=10)
        assert await texts(page, ".trial .state") == ["Taken back"]
        assert await texts(page, ".trial button") == ["Close"]
        assert stage.file.read_text(encoding="utf-8") == before
        assert await entry_value(page, "Sources", "strap-1", "Link") == "sim:resting"
        assert "strap-1" in (await texts(page, "#notice"))[0]
        await page.screenshot(path=screenshot_path("configuration-taken-back", tmp_path))
        await page.click(".trial >> text=Close")
        assert await texts(page, ".trial") == []


@pytest.mark.parametrize("way", ["theirs", "mine"])
async def test_two_technicians(browser: Browser, tmp_path: Path, way: str) -> None:
    async with (
        at_desk(browser, tmp_path, TEXT, DESK, speed=1) as (ada, stage),
        sitting(browser, str(stage.http.base_url).rstrip("/"), PHONE) as max_,
    ):
        await edit_title(ada, "Ada")
        entry = await unfold(max_, "Sources", "strap-2")
        await entry.get_by_label("Link").fill("sim:exercise")
        await says(max_, STATE, "1 change")
        await max_.click(".bar >> text=Review")
        await apply(ada)
        await max_.click(".review >> text=Apply")
        await says(max_, ".conflict h2", "Somebody else has changed it meanwhile")
        assert await max_.evaluate(FOCUSED) == "Somebody else has changed it meanwhile"
        await says(max_, ".conflict", "By page")
        await says(max_, ".conflict .difference", 'title = "Ada"')
        shown = [
            line
            for line in await texts(max_, ".difference .line")
            if line.startswith(("+", "\N{MINUS SIGN}"))
        ]
        assert shown == [
            '\N{MINUS SIGN}title = "Ada"',
            '\N{MINUS SIGN}link = "sim:stress"',
            '+link = "sim:exercise"',
        ]
        assert 'link = "sim:stress"' in stage.file.read_text(encoding="utf-8")
        assert await texts(max_, ".bar") == []
        await max_.screenshot(path=screenshot_path("configuration-conflict", tmp_path))
        await fits(max_)
        assert await max_.evaluate(CONTRAST) == []
        assert await violations(max_) == []
        if way == "theirs":
            await max_.click("text=Take theirs")
            await max_.click("dialog .primary")
            await says(max_, STATE, "No changes")
            assert await entry_value(max_, "Sources", "strap-2", "Link") == "sim:stress"
            assert await max_.evaluate(FOCUSED) == "Configuration"
            assert await entry_value(max_, "Subjects", "white", "Title") == "Ada"
            return
        await max_.click("text=Put mine on top")
        await until(max_, "document.querySelector('h2:focus')?.innerText === 'Review'")
        assert await texts(max_, ".review .changes li") == ["source strap-2: link"]
        await max_.click(".review >> text=Apply")
        await says(max_, ".trial", "Watched")
        said = (await stage.configuration())["said"]
        assert (said["source"][1]["link"], said["subject"][0]["title"]) == ("sim:exercise", "Ada")
        await says(ada, ".trial .state", "Changed again", timeout_s=10)
        assert await entry_value(ada, "Sources", "strap-2", "Link") == "sim:exercise"


async def test_a_draft_is_overtaken_while_it_is_written(browser: Browser, tmp_path: Path) -> None:
    async with at_desk(browser, tmp_path, TEXT, DESK) as (page, stage):
        await edit_title(page, "Ada")
        etag = (await stage.configuration())["etag"]
        body = {"edits": [{"op": "set", "path": ["log", "level"], "value": "debug"}]}
        answer = await stage.http.patch("/api/v1/configuration", json=body, headers={"If-Match": etag})
        assert answer.status_code == 200
        await (await unfold(page, "Subjects", "white")).get_by_label("Title").fill("Ada L.")
        await says(page, ".conflict h2", "Somebody else has changed it meanwhile")


async def test_a_draft_is_overtaken_while_it_is_reviewed(browser: Browser, tmp_path: Path) -> None:
    async with at_desk(browser, tmp_path, TEXT, PHONE) as (page, stage):
        await edit_title(page, "Ada")
        await apply(page)  # what is on trial is looked at again and again
        await edit_title(page, "Ada L.")
        await page.click(".bar >> text=Review")
        etag = (await stage.configuration())["etag"]
        body = {"edits": [{"op": "set", "path": ["log", "level"], "value": "debug"}]}
        answer = await stage.http.patch("/api/v1/configuration", json=body, headers={"If-Match": etag})
        assert answer.status_code == 200
        await says(page, ".conflict h2", "Somebody else has changed it meanwhile")
        assert await texts(page, ".review") == []
        assert await page.evaluate(FOCUSED) == "Somebody else has changed it meanwhile"


async def test_history_look_and_restore(browser: Browser, tmp_path: Path) -> None:
    async with at_desk(browser, tmp_path, TEXT, PHONE) as (page, stage):
        before = stage.file.read_text(encoding="utf-8")
        await edit_title(page, "Ada")
        await apply(page)
        await page.click("text=History")
        await until(page, "document.querySelectorAll('.versions .card').length === 2")
        await says(page, ".versions .card .state", "Holds now")
        assert await texts(page, ".versions h3") == ["Version 2", "Version 1"]
        assert await texts(page, ".versions .made > span") == ["by page", "by the start"]
        assert await texts(page, ".versions .buttons button") == ["Look", "Restore"]
        ago = (await texts(page, ".versions .made button"))[1]
        assert "ago" in ago or ago == "just now"
        await page.click(".versions .made button >> nth=1")
        assert ":" in (await texts(page, ".versions .made button"))[1]
        await page.click(".versions button:visible >> text=Look")
        await says(page, ".versions .difference", 'title = "Ada"')
        assert await texts(page, ".versions [data-sign='-']") == ['\N{MINUS SIGN}title = "Ada"']
        await page.screenshot(path=screenshot_path("configuration-history", tmp_path), full_page=True)
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        assert await violations(page) == []
        await page.click(".versions button:visible >> text=Restore")
        assert (await texts(page, "dialog p"))[0].startswith("Go back to version 1?")
        await page.click("dialog >> text=Cancel")
        assert 'title = "Ada"' in stage.file.read_text(encoding="utf-8")
        await page.click(".versions button:visible >> text=Restore")
        await page.click("dialog .primary")
        await until(page, "document.querySelector('.versions') === null")
        await says(page, ".trial", "Watched")
        assert stage.file.read_text(encoding="utf-8") == before


async def test_export_and_import(browser: Browser, tmp_path: Path) -> None:
    async with at_desk(browser, tmp_path, TEXT, DESK) as (page, stage):
        async with page.expect_download() as loading:
            await page.click("text=Export")
        file = await (await loading.value).path()
        text = file.read_text(encoding="utf-8")
        assert "s3cret-word" not in text
        assert (await loading.value).suggested_filename == "edged.toml"
        assert "Secrets stay on the board" in (await texts(page, ".tools p"))[0]
        other = tmp_path / "other.toml"
        other.write_text(text.replace("sim:stress", "sim:exercise"), encoding="utf-8")
        await page.set_input_files("input[type=file]", other)
        await says(page, STATE, "1 change")
        assert (await texts(page, ".tools p"))[0].startswith("other.toml is the draft now")
        assert "sim:exercise" in await page.get_by_label("Configuration as TOML").input_value()
        await apply(page)
        told = stage.file.read_text(encoding="utf-8")
        assert 'password = "s3cret-word"' in told
        assert "sim:exercise" in told
        other.write_bytes(b"\xff\xfe\x00")
        await page.set_input_files("input[type=file]", other)
        await says(page, ".tools p", "cannot be read as text")
        assert await texts(page, STATE) == ["No changes"]


async def test_a_draft_survives_another_view_and_warns_before_it_is_left(
    browser: Browser, tmp_path: Path
) -> None:
    asked = list[str]()
    async with at_desk(browser, tmp_path, TEXT, DESK) as (page, _):
        await edit_title(page, "Ada")
        await visit(page, "now")
        await page.evaluate("location.hash = 'configuration'")
        await says(page, STATE, "1 change")
        assert await entry_value(page, "Subjects", "white", "Title") == "Ada"

        async def answer(dialog: Any) -> None:
            asked.append(dialog.type)
            await dialog.accept()

        page.on("dialog", lambda dialog: asyncio.ensure_future(answer(dialog)))
        await page.reload()
        await says(page, STATE, "No changes")
        assert asked == ["beforeunload"]
        await page.reload()
        assert asked == ["beforeunload"]


async def test_a_lost_connection_keeps_the_draft(browser: Browser, tmp_path: Path) -> None:
    async with at_desk(browser, tmp_path, TEXT, PHONE) as (page, _):
        await edit_title(page, "Ada")
        await page.context.set_offline(True)
        await until(page, "document.body.hasAttribute('data-lost')", timeout_s=8)
        await (await unfold(page, "Subjects", "white")).get_by_label("Title").fill("Ada L.")
        await says(page, ".bar .mistake", "No connection. The draft stays here.")
        assert await page.locator(".bar >> text=Review").get_attribute("aria-disabled") == "true"
        await page.screenshot(path=screenshot_path("configuration-lost", tmp_path))
        await fits(page)
        await page.context.set_offline(False)
        await until(page, "!document.body.hasAttribute('data-lost')", timeout_s=10)
        await until(page, "document.querySelector('.bar button.primary').ariaDisabled === null")
        await page.click(".bar >> text=Review")
        await says(page, ".difference", "Ada L.")


async def test_who_may_not_change_it_looks_at_it(browser: Browser, tmp_path: Path) -> None:
    async with at_desk(browser, tmp_path, TEXT, PHONE) as (page, _):

        async def as_viewer(route: Route) -> None:
            answer = await route.fetch()
            told = await answer.json()
            told["user"] |= {"role": "viewer", "permissions": ["see"]}
            await route.fulfill(response=answer, json=told)

        await page.route("**/api/v1/session", as_viewer)
        await page.reload()
        await says(page, STATE, "Only a technician may change it")
        entry = await unfold(page, "Subjects", "white")
        assert await entry.get_by_label("Title").is_disabled()
        assert await texts(page, ".tools .buttons > *") == ["History", "Export"]
        await page.screenshot(path=screenshot_path("configuration-viewer", tmp_path))
        await fits(page)
        await page.click("text=Text (TOML)")
        assert await page.get_by_label("Configuration as TOML").get_attribute("readonly") == ""
