"""The page's configuration in Chromium, in front of a real service with a real file: form and text."""

from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.async_api import Browser

from edged.config.edit import KEPT
from tests.rigs.axe import violations
from tests.rigs.chromium import screenshot_path, until
from tests.web.desk import STATE, apply, at_desk, edit_title, entry_value, says, section, unfold
from tests.web.test_configuration import TEXT
from tests.web.test_page import CONTRAST, DESK, NAMES, PHONE, fits, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG: Final = "seat-of-the-player-with-a-long-n"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["phone", "desk"])
async def test_a_form_edit_its_review_apply_and_undo(
    browser: Browser, name: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    size = {"phone": PHONE, "desk": DESK}[name]

    async def shot(what: str) -> None:
        await page.screenshot(path=screenshot_path(f"configuration-{what}-{name}-{scheme}", tmp_path))
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
        if name == "phone":
            assert await violations(page) == []

    async with at_desk(browser, tmp_path, TEXT, size, scheme) as (page, stage):
        before = stage.file.read_text(encoding="utf-8")
        assert await page.title() == "Configuration \N{EN DASH} board-1"
        assert await texts(page, STATE) == ["No changes"]
        assert await texts(page, ".bar button") == []
        await shot("form")
        entry = await unfold(page, "Sources", "strap-2")
        await entry.get_by_label("Link").fill("sim:exercise")
        await says(page, STATE, "1 change")
        await edit_title(page, "Ada Lovelace", "2 changes")
        assert stage.file.read_text(encoding="utf-8") == before
        await shot("edited")
        await page.click(".bar >> text=Review")
        await until(page, "document.querySelector('h2:focus')?.innerText === 'Review'")
        assert await texts(page, ".review .changes li") == ["subject white: title", "source strap-2: link"]
        assert await texts(page, ".notice p") == ["Begin anew: strap-2.", "Do not notice: strap-1."]
        assert [
            line
            for line in await texts(page, ".difference .line")
            if line.startswith(("+", "\N{MINUS SIGN}"))
        ] == [
            '+title = "Ada Lovelace"',
            '\N{MINUS SIGN}link = "sim:stress"',
            '+link = "sim:exercise"',
        ]
        await shot("review")
        await page.click(".review >> text=Apply")
        await says(page, ".trial", "Watched for")
        assert (await texts(page, ".trial .state")) == ["Watched"]
        await shot("watched")
        assert 'title = "Ada Lovelace"' in stage.file.read_text(encoding="utf-8")
        await says(page, ".trial", "it works: it stays", timeout_s=20)
        await shot("works")
        assert await texts(page, STATE) == ["No changes"]
        await page.click(".trial >> text=Undo")
        await says(page, ".trial", "Watched for")
        assert stage.file.read_text(encoding="utf-8") == before
        assert await entry_value(page, "Sources", "strap-2", "Link") == "sim:stress"


async def test_what_is_wrong_stands_beside_its_field(browser: Browser, tmp_path: Path) -> None:
    async with at_desk(browser, tmp_path, TEXT, PHONE) as (page, stage):
        web, live = await unfold(page, "Page"), await unfold(page, "On air")
        await web.get_by_label("Port").fill("70000")
        await says(page, STATE, "1 mistake")
        await live.get_by_label("Stale after").fill("soon")
        await says(page, STATE, "2 mistakes")
        (port,) = await web.locator(".field .mistake:visible").all_inner_texts()
        (stale,) = await live.locator(".field .mistake:visible").all_inner_texts()
        assert "less than or equal to 65535" in port
        assert "valid number" in stale
        assert await web.get_by_label("Port").get_attribute("aria-invalid") == "true"
        assert await web.locator("summary .count-mistakes").inner_text() == "1 mistake"
        assert await page.locator(".bar >> text=Review").get_attribute("aria-disabled") == "true"
        await page.locator(".bar >> text=Review").click(force=True)
        assert await texts(page, ".review") == []
        await page.screenshot(path=screenshot_path("configuration-mistakes", tmp_path))
        await fits(page)
        await web.get_by_label("Port").fill("0")
        await live.get_by_label("Stale after").fill("")
        await says(page, STATE, "Only comments or spacing changed")
        assert await texts(page, ".mistake") == []
        assert (await stage.http.get("/api/v1/configuration/versions")).json()[0]["number"] == 1


async def test_every_kind_of_setting(browser: Browser, tmp_path: Path) -> None:
    async with at_desk(browser, tmp_path, TEXT, DESK) as (page, stage):
        assert await page.get_by_label("Silence").first.get_attribute("placeholder") == "10"
        log, live, broker = [await unfold(page, each) for each in ("Log", "On air", "Broker")]
        await log.get_by_label("Level").select_option("debug")
        await live.get_by_label("Lost after").fill("45")
        await live.get_by_label("Wave streams").fill("ecg, acceleration")
        await broker.get_by_label("Username").fill("board")
        password = broker.get_by_label("Password", exact=True)
        assert await password.get_attribute("type") == "password"
        assert await password.get_attribute("placeholder") == "kept; type to replace it"
        await password.fill("n3w-word")
        await says(page, STATE, "3 changes")
        assert "Default: info." in await log.inner_text()
        assert await live.locator("label", has_text="Lost after").inner_text() == "Lost after s"
        await page.click(".bar >> text=Review")
        assert "n3w-word" not in str(await texts(page, ".review"))
        await page.click(".review >> text=Apply")
        await says(page, ".trial", "Watched")
        text = stage.file.read_text(encoding="utf-8")
        for line in (
            'level = "debug"',
            "lost_after_s = 45",
            'wave_streams = ["ecg", "acceleration"]',
            'username = "board"',
            'password = "n3w-word"  # of the stage',
        ):
            assert line in text
        await until(
            page, "[...document.querySelectorAll('input[type=password]')].every((each) => each.value === '')"
        )
        await log.get_by_label("Level").select_option("")
        await says(page, STATE, "1 change")
        await live.get_by_label("Wave streams").fill("[]")
        await says(page, STATE, "2 changes")
        await broker.get_by_text("Take it away").click()
        await says(page, STATE, "3 changes")
        await apply(page)
        text = stage.file.read_text(encoding="utf-8")
        assert "password" not in text
        assert "wave_streams = []" in text


async def test_entries_come_and_go_by_name(browser: Browser, tmp_path: Path) -> None:
    async with at_desk(browser, tmp_path, TEXT, PHONE) as (page, stage):
        sources, subjects = section(page, "Sources"), section(page, "Subjects")
        await sources.get_by_label("New source: name").fill("strap-1")
        await sources.get_by_text("Add source").click()
        assert (
            "There is strap-1 already"
            in await sources.locator("> .inside > .tables-part > .adder .mistake").inner_text()
        )
        await subjects.get_by_label("New subject: name").fill("black")
        await page.keyboard.press("Enter")
        await says(page, STATE, "1 change")
        await sources.get_by_label("New source: name").fill("strap-3")
        await sources.get_by_text("Add source").click()
        await says(page, STATE, "1 mistake")
        await unfold(page, "Sources", "strap-3")
        new = sources.locator("> .inside > .tables-part > .tables > .table").nth(2)
        assert "the key 'link' is missing" in await new.inner_text()
        await new.get_by_label("Link").fill("sim:resting?seed=3")
        await new.get_by_label("Subject").fill("black")
        await says(page, STATE, "2 changes")
        await new.get_by_label("New chain: stream").fill("rr_interval")
        await new.get_by_text("Add chain").click()
        chain = new.locator("details.table").first
        await until(page, "document.querySelectorAll('.table .table').length === 1")
        await chain.get_by_label("New step: step").select_option("hrv")
        await chain.get_by_text("Add step").click()
        await until(page, "document.querySelectorAll('.table .table .table').length === 1")
        step = chain.locator("details.table").first
        await step.get_by_label("Window").fill("30")
        await says(page, STATE, "2 changes")
        await page.screenshot(path=screenshot_path("configuration-entries", tmp_path), full_page=True)
        await fits(page)
        await new.get_by_label("Name", exact=True).fill("strap-1")
        await says(page, STATE, "1 mistake")
        await new.get_by_label("Name", exact=True).fill("strap-11")
        await says(page, STATE, "2 changes")
        first = await unfold(page, "Sources", "strap-2")
        await first.get_by_text("Remove strap-2").click()
        assert "Remove the source strap-2" in (await texts(page, "dialog p"))[0]
        await page.click("dialog .primary")
        await says(page, STATE, "3 changes")
        await apply(page)
        config = (await stage.configuration())["said"]
        assert [each["name"] for each in config["source"]] == ["strap-1", "strap-11"]
        assert config["source"][1]["chain"] == [
            {"stream": "rr_interval", "steps": [{"step": "hrv", "window_s": 30}]}
        ]
        assert [each["name"] for each in config["subject"]] == ["white", "black"]


async def test_a_section_is_done_without_and_used_again(browser: Browser, tmp_path: Path) -> None:
    async with at_desk(browser, tmp_path, TEXT, DESK) as (page, _):
        broker = await unfold(page, "Broker")
        await broker.get_by_text("Do without broker").click()
        await page.click("dialog .primary")
        await says(page, STATE, "1 change")
        assert "Not used." in await broker.inner_text()
        assert await broker.get_by_label("URL").is_visible() is False
        await broker.get_by_text("Use broker").click()
        await until(page, "document.querySelector('.section .inside [placeholder^=mqtt]')?.checkVisibility()")
        await page.click(".bar >> text=Review")
        await says(page, ".notice", "No source begins anew")
        await page.click(".review >> text=Back")
        assert await page.evaluate("document.activeElement.innerText") == "Configuration"
        await page.click("text=Discard")
        await page.click("dialog .primary")
        await says(page, STATE, "No changes")
        assert await broker.get_by_label("URL").input_value() == "mqtt://127.0.0.1:1"


async def test_a_text_edit_with_a_wrong_line(browser: Browser, tmp_path: Path) -> None:
    async with at_desk(browser, tmp_path, TEXT, PHONE) as (page, stage):
        await page.click("text=Text (TOML)")
        area = page.get_by_label("Configuration as TOML")
        text = await area.input_value()
        assert KEPT in text
        lines = text.splitlines()
        wrong = text.replace('link = "sim:stress"', "link = ")
        await area.fill(wrong)
        await says(page, STATE, "1 mistake")
        line = lines.index('link = "sim:stress"') + 1
        (told,) = await texts(page, ".mistakes button")
        assert told.startswith(f"Line {line}: is not TOML")
        assert await texts(page, ".numbers [data-wrong]") == [str(line)]
        await page.click(".mistakes button")
        assert await page.evaluate("getSelection().toString()") == "link = "
        await page.screenshot(path=screenshot_path("configuration-wrong-line", tmp_path))
        await fits(page)
        await page.click("text=Form")
        assert (await texts(page, ".instead p"))[0].startswith("The text is not TOML")
        await page.click("text=Go to the text")
        await area.fill(text.replace("sim:stress", "sim:exercise"))
        await says(page, STATE, "1 change")
        assert await texts(page, ".mistakes") == []
        await page.click("text=Form")
        assert await entry_value(page, "Sources", "strap-2", "Link") == "sim:exercise"
        await edit_title(page, "Ada", "2 changes")
        await page.click("text=Text (TOML)")
        assert 'title = "Ada"' in await area.input_value()
        await apply(page)
        text = stage.file.read_text(encoding="utf-8")
        assert 'password = "s3cret-word"  # of the stage' in text
        assert 'link = "sim:exercise"' in text


def twenty_subjects() -> str:
    names = [f"{LONG[:30]}{n:02}" for n in range(20)]
    return (
        TEXT
        + "".join(
            f'\n[[subject]]\nname = "{name}"\ntitle = "{title}"\n'
            for name, title in zip(names, NAMES, strict=True)
        )
        + "".join(
            f'\n[[source]]\nname = "{name}"\nlink = "sim:resting"\nsubject = "{name}"\n' for name in names
        )
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_twenty_subjects_with_long_names_on_a_phone(
    browser: Browser, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    async with at_desk(browser, tmp_path, twenty_subjects(), PHONE, scheme) as (page, _):
        assert len(await texts(page, "details.section:first-of-type .table")) == 21
        await page.screenshot(path=screenshot_path(f"configuration-twenty-{scheme}", tmp_path))
        await fits(page)
        entry = await unfold(page, "Subjects", f"{LONG[:30]}02")
        await entry.get_by_label("Title").fill("x" * 81)
        await says(page, STATE, "1 mistake")
        await page.screenshot(path=screenshot_path(f"configuration-twenty-open-{scheme}", tmp_path))
        await fits(page)
        small = await page.evaluate(
            "[...document.querySelectorAll("
            "'#main a, #main button, #main summary, #main input, #main select')]"
            ".filter(e => e.checkVisibility() && !e.disabled && e.type !== 'checkbox')"
            ".filter(e => e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
        )
        assert small == []
