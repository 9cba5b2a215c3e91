"""Tokens in Chromium: made, shown once, used, revoked."""

from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from playwright.async_api import Browser, Page

from edged.access.role import Role
from tests.rigs.chromium import until
from tests.web.auth.board import LOOKS, Board, board, fill, looked_at, mistakes
from tests.web.test_page import PHONE, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG: Final = "the graphics of the broadcast, hall two"
IS_SHOWN: Final = "document.querySelector('.secret pre code')?.innerText.startsWith('edged_')"


async def make(page: Page, name: str) -> str:
    """Make a token; return its secret."""
    await fill(page, {"What it is for": name})
    await page.click("text=Make token")
    await until(page, IS_SHOWN)
    secret: str = await page.evaluate("document.querySelector('.secret pre code').innerText")
    return secret


async def status_with(made: Board, secret: str) -> int:
    async with httpx.AsyncClient(base_url=made.site.url, trust_env=False) as program:
        answer = await program.get("/api/v1/status", headers={"Authorization": f"Bearer {secret}"})
        return answer.status_code


@pytest.mark.parametrize(("look", "size", "scheme"), LOOKS)
async def test_the_secret_is_shown_once(
    browser: Browser, tmp_path: Path, look: str, size: Any, scheme: Any
) -> None:
    async with (
        board(browser, tmp_path, is_claimed=True) as made,
        made.visited("/#tokens", size, scheme, name="ada") as page,
    ):
        await until(page, "document.querySelector('#main').innerText.includes('No token yet.')")
        await looked_at(page, f"tokens-none-{look}", tmp_path)
        secret = await make(page, LONG)
        assert await texts(page, "h2:focus") == [f"The token {LONG}"]
        await until(page, "document.querySelectorAll('.facts-view .cards .card').length === 1")
        await looked_at(page, f"tokens-made-{look}", tmp_path)
        await page.click(".secret button.primary")
        await until(page, "document.querySelector('.secret button').innerText === 'Copied'")
        assert await page.evaluate("navigator.clipboard.readText()") == secret
        assert await status_with(made, secret) == 200
        await page.click("text=I have it")
        assert secret not in await page.content()
        await page.reload()
        await until(page, "document.querySelectorAll('.facts-view .cards .card').length === 1")
        assert secret not in await page.content()
        assert (await texts(page, ".cards dd"))[:2] == ["Viewer", "ada"]
        await looked_at(page, f"tokens-{look}", tmp_path)


async def test_without_a_clipboard_it_is_copied_by_selecting(browser: Browser, tmp_path: Path) -> None:
    """Browsers have none where the page comes from elsewhere without TLS."""
    async with (
        board(browser, tmp_path, is_claimed=True) as made,
        made.visited("/#tokens", name="ada") as page,
    ):
        await page.evaluate("window.clipboard = navigator.clipboard")
        await page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        secret = await make(page, "reports")
        await page.click(".secret button.primary")
        await until(page, "document.querySelector('.secret button').innerText === 'Copied'")
        assert await page.evaluate("window.clipboard.readText()") == secret


async def test_a_token_is_revoked_after_one_question(browser: Browser, tmp_path: Path) -> None:
    async with (
        board(browser, tmp_path, is_claimed=True) as made,
        made.visited("/#tokens", size=PHONE, name="ada") as page,
    ):
        secret = await make(page, "reports")
        await page.click("[aria-label='Revoke reports']")
        assert "Revoke the token reports of ada?" in (await texts(page, "dialog p"))[0]
        await looked_at(page, "tokens-revoke", tmp_path)
        await page.click("dialog button.primary")
        await until(page, "document.querySelectorAll('.facts-view .cards .card').length === 0")
        assert await status_with(made, secret) == 401


async def test_no_token_does_more_than_who_makes_it(browser: Browser, tmp_path: Path) -> None:
    async with board(browser, tmp_path, is_claimed=True) as made:
        await made.gate.tokens.make("ada's", Role.ADMIN, "ada", 7)
        async with made.visited("/#tokens", name="operator") as page:
            await until(page, "document.querySelector('#main').innerText.includes('No token yet.')")
            offered = await page.evaluate(
                "[...document.querySelectorAll('select')[0].options].map(e => e.value)"
            )
            assert offered == ["viewer", "operator"]
            await page.click("text=Make token")
            assert await mistakes(page) == {"What it is for": "Fill this in."}


async def test_one_that_has_expired_says_so(browser: Browser, tmp_path: Path) -> None:
    async with board(browser, tmp_path, is_claimed=True) as made:
        await made.gate.tokens.make("old", Role.VIEWER, "ada", 1)
        await made.gate.tokens.make("new", Role.VIEWER, "ada", 30)
        async with made.visited("/#tokens", name="ada") as page:
            await until(page, "document.querySelectorAll('.facts-view .cards .card').length === 2")
            assert await texts(page, ".cards .state") == []
            day = made.site.view.document
            later = day.node.model_copy(update={"utc": "2025-11-23T14:03:22.000Z"})
            made.site.view.show(day.model_copy(update={"node": later}))
            await until(page, "document.querySelector('#main').innerText.includes('Expired')")
            assert await texts(page, ".cards .state") == ["Expired"]


async def test_a_secret_does_not_outlive_the_session(browser: Browser, tmp_path: Path) -> None:
    async with (
        board(browser, tmp_path, is_claimed=True) as made,
        made.visited("/#tokens", name="ada") as page,
    ):
        await make(page, "reports")
        await made.gate.end_sessions("ada")
        await until(page, "document.querySelector('h1').innerText === 'Log in'")
        await fill(page, {"Account": "ada", "Password": "correct horse"})
        await page.click("button[type=submit]")
        await until(page, "document.querySelector('h1:focus')?.innerText === 'Tokens'")
        assert await texts(page, ".secret") == []
        assert "edged_" not in await page.content()
