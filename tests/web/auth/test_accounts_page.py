"""Accounts and one's own password, in Chromium."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from edged.access.role import Role
from tests.rigs.chromium import until
from tests.web.auth.board import LOOKS, board, fill, looked_at, mistakes
from tests.web.auth.house import PASSWORD
from tests.web.test_page import PHONE, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")

LONG = "a-name-of-as-many-as-32-letters."
READ = "document.querySelectorAll('.account').length === {}"
ANOTHER = "battery staple"


async def read(page: Page, count: int = 4) -> None:
    await until(page, READ.format(count))


def card(name: str) -> str:
    return f".account:has([aria-label='Change {name}'])"


@pytest.mark.parametrize(("look", "size", "scheme"), LOOKS)
async def test_all_accounts(browser: Browser, tmp_path: Path, look: str, size: Any, scheme: Any) -> None:
    async with board(browser, tmp_path, is_claimed=True) as made:
        await made.gate.add_account(LONG, Role.VIEWER, PASSWORD, by="ada")
        async with made.visited("/#accounts", size, scheme, name="ada") as page:
            await read(page, 5)
            assert await texts(page, "#main h2") == ["You", "All accounts", "New account"]
            assert await texts(page, ".account h3") == [LONG, "ada (you)", "operator", "technician", "viewer"]
            assert await texts(page, f"{card('ada')} dd") == [
                "Admin",
                "in 2 browsers",
                "14:03:22",
                "14:03:22",
            ], "one is that of the claim"
            assert await texts(page, f"{card('viewer')} dd") == ["Viewer", "nowhere", "never yet", "14:03:22"]
            await looked_at(page, f"accounts-{look}", tmp_path)
            await page.click(f"[aria-label='Change {LONG}']")
            await page.click(f"{card(LONG)} button[type=submit]")
            await until(page, "document.querySelector('.account form').checkVisibility() === false")
            await page.click("[aria-label='Change operator']")
            await looked_at(page, f"accounts-change-{look}", tmp_path)


async def test_one_is_added(browser: Browser, tmp_path: Path) -> None:
    async with (
        board(browser, tmp_path, is_claimed=True) as made,
        made.visited("/#accounts", name="ada") as page,
    ):
        await read(page)
        form = page.locator(".narrow form")
        await form.locator("button[type=submit]").click()
        assert set(await mistakes(page)) == {"Name", "Password"}
        await form.locator("input").nth(0).fill("Eve!")
        await form.locator("input").nth(1).fill(PASSWORD)
        await form.locator("button[type=submit]").click()
        await until(page, "document.activeElement.value === 'Eve!'")
        assert (await mistakes(page))["Name"].startswith("A name is 1 to 32 of a-z")
        await form.locator("input").nth(0).fill("viewer")
        await form.locator("button[type=submit]").click()
        await until(page, "document.querySelector('.narrow').innerText.includes('This name is taken.')")
        await form.locator("input").nth(0).fill("eve ")
        await form.locator("select").select_option("technician")
        assert "configures the board" in await form.inner_text()
        await form.locator("button[type=submit]").click()
        await read(page, 5)
        assert await texts(page, ".news") == ["eve may log in now."]
        assert await form.locator("input").evaluate_all("all => all.map(e => e.value)") == ["", ""]


async def test_another_role_and_password_end_the_sessions(browser: Browser, tmp_path: Path) -> None:
    async with (
        board(browser, tmp_path, is_claimed=True) as made,
        made.visited("/#accounts", name="viewer") as theirs,
        made.visited("/#accounts", name="ada") as page,
    ):
        await read(page)
        await page.click("[aria-label='Change viewer']")
        assert await page.evaluate("document.activeElement.value") == "viewer"
        await page.select_option(f"{card('viewer')} select", "operator")
        await page.fill(f"{card('viewer')} input", "short")
        await page.click(f"{card('viewer')} button[type=submit]")
        await until(page, "document.activeElement.getAttribute('aria-invalid') === 'true'")
        assert await mistakes(page) == {"New password": "A password has at least 10 characters."}
        await page.fill(f"{card('viewer')} input", ANOTHER)
        await page.click(f"{card('viewer')} button[type=submit]")
        await until(page, f"document.querySelector(\"{card('viewer')} dd\").innerText === 'Operator'")
        await until(theirs, "document.querySelector('h1').innerText === 'Log in'")
        assert await made.gate.accounts.is_password("viewer", ANOTHER)


async def test_the_last_admin_stays(browser: Browser, tmp_path: Path) -> None:
    async with (
        board(browser, tmp_path, is_claimed=True) as made,
        made.visited("/#accounts", name="ada") as page,
    ):
        await read(page)
        await page.click("[aria-label='Change ada']")
        await page.select_option(f"{card('ada')} select", "viewer")
        await page.click(f"{card('ada')} button[type=submit]")
        await until(page, "document.querySelector('.mistake:not([hidden])') !== null")
        assert await mistakes(page) == {"Role": "This is the last admin: make another one first."}
        await page.click(f"{card('ada')} button:text('Cancel')")
        await page.click("[aria-label='Remove ada']")
        await page.click("dialog button.primary")
        await until(page, "document.querySelector('.account > .mistake:not([hidden])') !== null")
        assert await mistakes(page) == {"": "This is the last admin: make another one first."}
        await looked_at(page, "accounts-last-admin", tmp_path)


async def test_one_is_removed_after_one_question(browser: Browser, tmp_path: Path) -> None:
    async with (
        board(browser, tmp_path, is_claimed=True) as made,
        made.visited(name="viewer") as theirs,
        made.visited("/#accounts", size=PHONE, name="ada") as page,
    ):
        await read(page)
        await page.click("[aria-label='Remove viewer']")
        assert "Remove the account viewer?" in (await texts(page, "dialog p"))[0]
        await looked_at(page, "accounts-remove", tmp_path)
        await page.keyboard.press("Escape")
        assert "viewer" in made.gate.accounts
        await page.click("[aria-label='Log out viewer']")
        await page.click("dialog button.primary")
        await until(theirs, "document.querySelector('h1').innerText === 'Log in'")
        await until(
            page, "document.querySelectorAll('[aria-label=\"Log out viewer\"]:not([hidden])').length === 0"
        )
        await page.click("[aria-label='Remove viewer']")
        await page.click("dialog button.primary")
        await read(page, 3)
        assert "viewer" not in made.gate.accounts


async def test_ones_own_password(browser: Browser, tmp_path: Path) -> None:
    async with (
        board(browser, tmp_path, is_claimed=True) as made,
        made.visited("/#accounts", size=PHONE, name="operator") as page,
        made.visited(name="operator") as elsewhere,
    ):
        hints = await page.evaluate("[...document.querySelectorAll('.own input')].map(e => e.autocomplete)")
        assert hints == ["username", "current-password", "new-password"]
        await looked_at(page, "own", tmp_path)
        await fill(page, {"Password until now": "nonsense", "New password": ANOTHER})
        await page.click("text=Change password")
        await until(page, "document.activeElement.getAttribute('aria-invalid') === 'true'")
        assert await mistakes(page) == {"Password until now": "This is not your password."}
        await fill(page, {"Password until now": PASSWORD, "New password": "short"})
        await page.click("text=Change password")
        await until(page, "document.activeElement.getAttribute('autocomplete') === 'new-password'")
        assert await mistakes(page) == {"New password": "A password has at least 10 characters."}
        await fill(page, {"New password": ANOTHER})
        await page.click("text=Change password")
        await until(page, "document.querySelector('.news').innerText.startsWith('Your password is changed.')")
        await until(elsewhere, "document.querySelector('h1').innerText === 'Log in'")
        assert await made.gate.accounts.is_password("operator", ANOTHER)
        await looked_at(page, "own-changed", tmp_path)
