"""The claim, the log-in and the ways out, in Chromium."""

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Browser, Page, Route

from edged.access.throttle import LONGEST_WAIT_S
from edged.errors import RefusedError
from edged.web.auth import entrance
from tests.rigs.chromium import until
from tests.web import documents
from tests.web.auth.board import LOOKS, WHO_IS_IN, board, fill, log_in, looked_at, mistakes
from tests.web.auth.house import PASSWORD
from tests.web.fake_view import FakeView
from tests.web.site import serving
from tests.web.test_page import PHONE, fits, texts, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

AHEAD: Final = """
window.ahead = 0;
const now = performance.now.bind(performance);
performance.now = () => now() + window.ahead;
"""
FAILURES: Final = 12
LOG_IN: Final = "document.querySelector('h1')?.innerText === 'Log in'"


def seem_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let who comes over loopback be taken for somebody from elsewhere."""
    monkeypatch.setattr(entrance, "is_loopback", lambda _: False)


async def stands_alone(page: Page) -> bool:
    return not await texts(page, "#nav a, #top *, #notice *")


async def submit(page: Page) -> None:
    """Send the form, and return when it was answered."""
    await page.click("button[type=submit]")
    await until(page, "document.querySelector('button[type=submit]')?.innerText !== 'One moment\u2026'")


@pytest.mark.parametrize(("look", "size", "scheme"), LOOKS)
async def test_from_elsewhere_the_claim_stands_alone(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: str, size: Any, scheme: Any
) -> None:
    seem_elsewhere(monkeypatch)
    async with board(browser, tmp_path, is_claimed=False) as made, made.context(size, scheme) as context:
        page = await made.open(context)
        assert await texts(page, "h1") == ["Claim this board"]
        assert await page.title() == "Claim this board \N{EN DASH} edged"
        assert await stands_alone(page)
        await looked_at(page, f"claim-{look}", tmp_path)
        await page.click("button[type=submit]")
        assert set(await mistakes(page)) == {"Code", "Name of your account", "Password"}
        await fill(page, {"Code": "AAAA-AAAA", "Name of your account": "ada", "Password": "short"})
        await submit(page)
        assert await mistakes(page) == {
            "Code": "This is not the code. sudo edged claim on the board tells it."
        }
        await fill(page, {"Code": f" {made.gate.claim_code()} ", "Password": "short"})
        await submit(page)
        assert await mistakes(page) == {"Password": "A password has at least 10 characters."}
        assert await page.evaluate("document.activeElement.autocomplete") == "new-password"
        await looked_at(page, f"claim-mistake-{look}", tmp_path)
        await fill(page, {"Password": PASSWORD})
        await submit(page)
        await until(page, WHO_IS_IN)
        await until(page, "document.querySelector('h1:focus')?.innerText === 'Now'")
        assert made.gate.is_claimed
        await visit(page, "more")
        assert "Logged in as ada" in (await texts(page, ".who"))[0]


async def test_on_the_board_itself_the_claim_is_an_offer(browser: Browser, tmp_path: Path) -> None:
    async with board(browser, tmp_path, is_claimed=False) as made, made.visited(size=PHONE) as page:
        await visit(page, "more")
        offered = await texts(page, ".more-view b")
        assert "Audit log" in offered
        assert not {"Accounts", "Tokens"} & set(offered)
        assert await texts(page, ".unclaimed") == ["This board is not claimed. Claim it Not now"]
        await looked_at(page, "more-unclaimed", tmp_path)
        await page.click("text=Not now")
        assert await texts(page, ".unclaimed") == []
        await page.reload()
        await until(page, "document.querySelector('.unclaimed') !== null")
        await page.click("text=Claim it")
        await until(page, "document.querySelector('h1:focus')?.innerText === 'Claim this board'")
        assert await texts(page, "#nav a[aria-current]") == ["More"]
        await looked_at(page, "claim-on-board", tmp_path)
        await fill(
            page, {"Code": made.gate.claim_code(), "Name of your account": "ada", "Password": PASSWORD}
        )
        async with page.expect_navigation(wait_until="load"):
            await page.click("button[type=submit]")
        await until(page, "document.querySelector('h1')?.innerText === 'Now'")
        await visit(page, "more")
        offered = await texts(page, ".more-view b")
        assert offered[0] == "Logged in as ada"
        assert offered[-3:] == ["Accounts", "Tokens", "Audit log"]


async def test_claimed_meanwhile(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seem_elsewhere(monkeypatch)
    async with board(browser, tmp_path, is_claimed=False) as made, made.visited() as page:
        code = made.gate.claim_code()
        await made.gate.claim(code, "eve", PASSWORD, "10.0.0.9")
        await fill(page, {"Code": code, "Name of your account": "ada", "Password": PASSWORD})
        await page.click("button[type=submit]")
        await until(page, LOG_IN)


@pytest.mark.parametrize(("look", "size", "scheme"), LOOKS)
async def test_log_in(browser: Browser, tmp_path: Path, look: str, size: Any, scheme: Any) -> None:
    async with board(browser, tmp_path, is_claimed=True) as made, made.context(size, scheme) as context:
        page = await made.open(context, "/#delivery")
        assert await texts(page, "h1") == ["Log in"]
        assert await stands_alone(page)
        await looked_at(page, f"login-{look}", tmp_path)
        hints = await page.evaluate("[...document.querySelectorAll('input')].map(e => e.autocomplete)")
        assert hints == ["username", "current-password"]
        await fill(page, {"Account": "ada", "Password": "wrong horse"})
        await page.click("text=Show")
        assert await page.evaluate("document.querySelectorAll('input')[1].type") == "text"
        await looked_at(page, f"login-shown-{look}", tmp_path)
        await submit(page)
        assert await page.evaluate("document.querySelectorAll('input')[1].type") == "password"
        assert await mistakes(page) == {"Password": "Name or password are wrong."}
        await looked_at(page, f"login-wrong-{look}", tmp_path)
        await log_in(page, " Ada ")
        assert await texts(page, "h1") == ["Delivery"]
        await visit(page, "more")
        assert (await texts(page, ".who"))[0].startswith("Logged in as ada Admin")
        await looked_at(page, f"more-{look}", tmp_path)
        await page.click("text=Log out")
        await until(page, LOG_IN)
        assert await stands_alone(page)
        assert "You are logged out." in await texts(page, ".entrance p")


async def test_who_guesses_is_told_how_long_to_wait(browser: Browser, tmp_path: Path) -> None:
    async with board(browser, tmp_path, is_claimed=True) as made, made.context(PHONE) as context:
        page = await context.new_page()
        await page.clock.install()
        await page.goto(made.site.url)
        await until(page, LOG_IN)
        for _ in range(FAILURES):
            with pytest.raises(RefusedError):
                await made.gate.log_in("ada", "wrong horse", "10.0.0.99")
            await made.clock.advance(LONGEST_WAIT_S)
        await fill(page, {"Account": "ada", "Password": "wrong horse"})
        await submit(page)
        await submit(page)
        assert await mistakes(page) == {"": "Too many tries that failed. Wait 256 s."}
        assert await texts(page, "button[type=submit]") == ["Wait 4 min"]
        await looked_at(page, "login-throttled", tmp_path)
        await fill(page, {"Password": PASSWORD})
        await page.keyboard.press("Enter")
        assert await texts(page, "button[type=submit]") == ["Wait 4 min"]
        await made.clock.advance(256)
        await page.clock.fast_forward(256_000)
        await until(page, "document.querySelector('button[type=submit]').innerText === 'Log in'")
        assert await mistakes(page) == {}
        await page.click("button[type=submit]")
        await until(page, WHO_IS_IN)


async def test_a_session_that_ends_under_an_open_page(browser: Browser, tmp_path: Path) -> None:
    async with (
        board(browser, tmp_path, is_claimed=True) as made,
        made.visited(name="ada", size=PHONE) as page,
    ):
        await page.evaluate("location.hash = 'accounts'")
        await until(page, "document.querySelector('h1:focus')?.innerText === 'Accounts'")
        await until(page, "document.querySelectorAll('.account').length === 4")
        await page.click("[aria-label='Remove viewer']")
        assert len(await texts(page, "dialog")) == 1
        await made.gate.end_sessions("ada")
        await until(page, LOG_IN)
        assert await texts(page, "dialog") == []
        assert await stands_alone(page)
        assert "Your session is over. Log in, and the page goes on where it was." in await texts(
            page, ".entrance p"
        )
        await looked_at(page, "login-over", tmp_path)
        await log_in(page, "ada")
        assert await texts(page, "h1") == ["Accounts"]
        await until(page, "!document.body.hasAttribute('data-lost')")
        assert "viewer" in made.gate.accounts, "what was asked was not answered"
        await fits(page)


async def test_an_idle_session_ends_and_a_used_one_does_not(browser: Browser, tmp_path: Path) -> None:
    """Whoever looks from view to view asks nothing of the node by that."""
    async with board(browser, tmp_path, is_claimed=True) as made, made.context() as context:
        await context.add_init_script(AHEAD)
        page = await made.open(context)
        await log_in(page, "ada")
        for view in ("devices", "delivery", "now"):
            await made.clock.advance(1000)
            await page.evaluate("window.ahead += 61_000")
            async with page.expect_response("**/api/v1/session"):
                await visit(page, view)
        assert await page.evaluate(WHO_IS_IN)
        await made.clock.advance(1801)
        await until(page, LOG_IN)


async def test_a_write_after_the_session_leads_to_the_log_in(browser: Browser, tmp_path: Path) -> None:
    async with board(browser, tmp_path, is_claimed=True) as made, made.context() as context:
        page = await made.open(context)
        await log_in(page, "viewer")
        await page.evaluate("location.hash = 'tokens'")
        await until(page, "document.querySelector('h1:focus')?.innerText === 'Tokens'")
        await context.clear_cookies()
        await fill(page, {"What it is for": "reports"})
        await page.click("text=Make token")
        await until(page, LOG_IN)


async def test_another_one_gets_another_page(browser: Browser, tmp_path: Path) -> None:
    async with (
        board(browser, tmp_path, is_claimed=True) as made,
        made.visited("/#accounts", name="ada") as page,
    ):
        await until(page, "document.querySelectorAll('.account').length === 4")
        await made.gate.end_sessions("ada")
        await until(page, LOG_IN)
        await fill(page, {"Account": "viewer", "Password": PASSWORD})
        async with page.expect_navigation(wait_until="load"):
            await page.click("button[type=submit]")
        await until(page, "document.querySelector('h1')?.innerText === 'Accounts'")
        assert await texts(page, ".own .name") == ["viewer"]
        assert await texts(page, ".account") == []


async def test_log_out_everywhere_closes_the_other_pages(browser: Browser, tmp_path: Path) -> None:
    async with (
        board(browser, tmp_path, is_claimed=True) as made,
        made.visited("/#accounts", name="operator") as page,
        made.visited(name="operator") as elsewhere,
    ):
        assert await texts(page, "#main h2") == ["You"], "the accounts are for admins"
        await page.click("text=Log out everywhere")
        assert await texts(page, "dialog p") == ["Log out operator everywhere, also here?"]
        await page.click("dialog button.primary")
        for each in (page, elsewhere):
            await until(each, LOG_IN)
        assert "You are logged out." in await texts(page, ".entrance p")
        assert made.gate.sessions.of("operator") == []


async def test_who_logs_out_is_told_so_by_whichever_answer_is_taken(browser: Browser, tmp_path: Path) -> None:
    async with (
        board(browser, tmp_path, is_claimed=True) as made,
        made.visited("/#more", name="operator") as page,
    ):
        overtaken, answered = asyncio.Event(), asyncio.Event()
        asked: list[Route] = []

        async def answer(route: Route) -> None:
            if route.request.method == "GET":
                asked.append(route)
                if len(asked) == 1:  # meanwhile something else finds that nobody is in, and asks too
                    await page.evaluate("new BroadcastChannel('edged-session').postMessage('changed')")
                    await overtaken.wait()
                    await route.fulfill(response=await route.fetch())
                    answered.set()
                    return
                overtaken.set()
                await answered.wait()
            await route.continue_()

        await page.route("**/api/v1/session", answer)
        await page.click("text=Log out")
        await until(page, LOG_IN)
        assert "You are logged out." in await texts(page, ".entrance p")
        assert len(asked) > 1


async def test_pages_of_one_browser_go_in_and_out_together(browser: Browser, tmp_path: Path) -> None:
    async with board(browser, tmp_path, is_claimed=True) as made, made.context() as context:
        one, other = await made.open(context), await made.open(context)
        await log_in(one, "ada")
        await until(other, WHO_IS_IN)
        await visit(other, "more")
        await other.click("text=Log out")
        await until(one, LOG_IN)


async def test_a_board_that_keeps_no_accounts_is_closed_elsewhere(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seem_elsewhere(monkeypatch)
    async with serving(FakeView(documents.status())) as site:
        page = await browser.new_page()
        await page.goto(site.url)
        await until(page, "document.querySelector('h1') !== null")
        assert await texts(page, "h1") == ["This board keeps no accounts"]
        await looked_at(page, "closed", tmp_path)
        await page.close()
