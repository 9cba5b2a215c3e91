"""The audit log in Chromium: read, filtered, taken along."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser

from edged.access.audit import Note
from edged.access.caller import Caller
from edged.access.role import Role
from tests.rigs.chromium import until
from tests.web.auth.board import LOOKS, Board, board, fill, looked_at
from tests.web.test_page import texts

pytestmark = pytest.mark.asyncio(loop_scope="session")

MANY: Final = "subject.player-white.chain, source.strap-1.link, and many others that change at a time"
ADA: Final = Caller("ada", Role.ADMIN, "session", "10.0.0.7")
EVE: Final = Caller.nobody("10.0.0.99")


async def happen(made: Board) -> None:
    """Let all sorts of things be noted."""
    note = made.gate.audit.note
    await note(ADA, "POST /api/v1/accounts", "done 201", Note(target="eve", after="role viewer"))
    await note(
        ADA,
        "PATCH /api/v1/accounts/eve",
        "done 200",
        Note(target="eve", before="role viewer", after="role operator, another password"),
    )
    await note(EVE, "DELETE /api/v1/accounts/ada", "refused 401", Note())
    await note(
        Caller.over_the_socket(),
        "PATCH /api/v1/configuration",
        "failed 422",
        Note(target=MANY),
    )
    await note(ADA, "POST /api/v1/deeds/unheard-of-and-with-a-name-that-does-not-end", "done 204", Note())


@pytest.mark.parametrize(("look", "size", "scheme"), LOOKS)
async def test_who_changed_what(browser: Browser, tmp_path: Path, look: str, size: Any, scheme: Any) -> None:
    async with board(browser, tmp_path, is_claimed=True) as made:
        await happen(made)
        async with made.visited("/#audit", size, scheme, name="ada") as page:
            await until(page, "document.querySelectorAll('.deed').length === 6")
            assert (await texts(page, ".deed .title"))[:4] == [
                "Log in: ada",
                "POST /api/v1/deeds/unheard-of-and-with-a-name-that-does-not-end",
                f"Change configuration: {MANY}",
                "Remove account",
            ]
            assert await texts(page, ".deed .state") == [
                "Done",
                "Done",
                "Failed (422)",
                "Refused (401)",
                "Done",
                "Done",
            ]
            assert "ada, admin from 10.0.0.7" in await texts(page, ".deed p")
            assert "role viewer \N{RIGHTWARDS ARROW} role operator, another password" in await texts(
                page, ".deed .change"
            )
            await looked_at(page, f"audit-{look}", tmp_path)


async def test_filtered(browser: Browser, tmp_path: Path) -> None:
    async with board(browser, tmp_path, is_claimed=True) as made:
        await happen(made)
        async with made.visited("/#audit", name="ada") as page:
            await until(page, "document.querySelectorAll('.deed').length === 6")
            await fill(page, {"Who": " ada", "What": "eve"})
            await page.click("text=Filter")
            await until(page, "document.querySelectorAll('.deed').length === 2")
            assert await texts(page, ".deed .title") == ["Change account: eve", "New account: eve"]
            await fill(page, {"Who": "nobody"})
            await page.keyboard.press("Enter")
            await until(page, "document.querySelectorAll('.deed').length === 0")
            assert await texts(page, "#main [role=status]") == ["Nothing fits this filter."]


async def test_older_entries_come_on_demand(browser: Browser, tmp_path: Path) -> None:
    async with board(browser, tmp_path, is_claimed=True) as made:
        for number in range(60):
            await made.gate.audit.note(ADA, "POST /api/v1/tokens", "done 201", Note(target=f"t{number}"))
        async with made.visited("/#audit", name="ada") as page:
            await until(page, "document.querySelectorAll('.deed').length === 50")
            await page.click("text=Older")
            await until(page, "document.querySelectorAll('.deed').length === 61")
            assert not await page.is_visible("text=Older")
            assert (await texts(page, ".deed .title"))[-1] == "New token: t0"


async def test_exported(browser: Browser, tmp_path: Path) -> None:
    async with board(browser, tmp_path, is_claimed=True) as made:
        await happen(made)
        async with made.visited("/#audit", name="ada") as page:
            async with page.expect_download() as download:
                await page.click("text=Export")
            file = await download.value
            assert file.suggested_filename == "edged-audit.jsonl"
            lines = (await file.path()).read_text(encoding="utf-8").splitlines()
            assert [json.loads(line)["outcome"] for line in lines][-1] == "done 201"
            assert len(lines) == 6


async def test_it_is_for_admins(browser: Browser, tmp_path: Path) -> None:
    async with (
        board(browser, tmp_path, is_claimed=True) as made,
        made.visited("/#audit", name="technician") as page,
    ):
        assert await texts(page, "h1") == ["Now"]
        await page.click("#nav a[href='#more']")
        await until(page, "document.querySelector('.more-view') !== null")
        offered = await texts(page, ".more-view nav b")
        assert offered[-2:] == ["Accounts", "Tokens"]
