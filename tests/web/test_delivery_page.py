"""The page's delivery in Chromium: how it goes, what went wrong, and the test of the way to the broker."""

from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.async_api import Browser, Page

from edged.errors import BrokerRefused, BrokerUnreachable, NotAcknowledged
from edged.ops.doctor.finding import warning
from edged.ops.status import Words
from edged.publish.probe import Receipt
from tests.rigs.chromium import screenshot_path, until
from tests.web import documents
from tests.web.fake_desk import TOPIC, FakeDesk, backlog, delivery, trouble
from tests.web.fake_view import FakeView
from tests.web.test_page import CONTRAST, DESK, PHONE, fits, opened, texts

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHOWN: Final = "document.querySelector('.delivery-test')?.checkVisibility()"
LONG: Final = "mqtts://broker-with-a-long-name.arena.example:8883"
CERTIFICATE: Final = warning(
    "broker",
    "Broker certificate",
    "it expires in 13 days, on 2025-12-04",
    where=LONG,
    mend="Have the broker's administrator renew it, before the uplink stops.",
    subject="broker-with-a-long-name.arena.example",
    issuer="Arena CA",
    valid_from="2025-11-01",
    valid_until="2025-12-04",
    days_left=13,
)
TROUBLED: Final = delivery(
    state="unreachable",
    backlog=backlog("growing", records=12_840, per_s=16.4),
    acknowledged_s=790.0,
    rates=[(documents.UTC_MS - 1000 * back, 0.0, 0.0) for back in range(60, 0, -1)],
    certificates=[CERTIFICATE],
    troubles=[
        trouble(count=412, last_s=2.0),
        trouble("The broker refuses: Not authorized", mend="Check uplink.username and uplink.password."),
        trouble(f"TLS failed: certificate verify failed at {LONG}{'x' * 60}", mend=""),
    ],
)
AWAY: Final = documents.broker(
    state="unreachable",
    words=Words(
        word="No broker",
        icon="cross",
        sentence="No connection: Connection refused. It is tried again by itself; nothing is lost meanwhile.",
    ),
    backlog=12_840,
    since_s=790.0,
)


async def card(page: Page, title: str) -> dict[str, str]:
    """Return the facts of a card by their terms."""
    lists: list[list[str]] = await page.evaluate(
        """(title) => {
        const isIt = (card) => card.querySelector('h2')?.innerText === title;
        const card = [...document.querySelectorAll('.card')].find(isIt);
        const shown = (kind) => [...card.querySelectorAll(kind)].filter((each) => each.checkVisibility());
        const read = (kind) => shown(kind).map((each) => each.innerText);
        return [read('dt'), read('dd')];
    }""",
        title,
    )
    return dict(zip(*lists, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["phone", "desk"])
async def test_how_it_goes(
    browser: Browser, name: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    size = {"phone": PHONE, "desk": DESK}[name]
    view, desk = FakeView(documents.status()), FakeDesk()
    async with opened(browser, view, size, scheme, "/#delivery", desk=desk) as (page, _):
        await until(page, SHOWN)
        assert (await card(page, "Waiting")) == {"To deliver": "0 records"}
        assert (await card(page, "Broker"))["Last acknowledged"] == "just now"
        assert (await texts(page, ".troubles li, .delivery-view section .quiet"))[-1] == (
            "Nothing since edged was started."
        )
        assert await page.evaluate("document.querySelector('.plot canvas') !== null")
        label = await page.evaluate("document.querySelector('.plot').ariaLabel")
        assert label == "Records sent and acknowledged a second over the last minute: 12.0 at most"
        assert (await texts(page, ".legend"))[0] == "Sent 10.0/s Acknowledged 9.0/s now"
        await page.click(".delivery-test button")
        await until(page, "document.querySelector('.delivery-test .state')?.innerText.startsWith('Ack')")
        await page.screenshot(
            path=screenshot_path(f"delivery-well-{name}-{scheme}", tmp_path), full_page=True
        )
        await fits(page)
        assert await page.evaluate(CONTRAST) == []
    assert desk.tests == ["page"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["phone", "desk"])
async def test_while_the_broker_is_away(
    browser: Browser, name: str, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    size = {"phone": PHONE, "desk": DESK}[name]
    view = FakeView(documents.status(broker=AWAY))
    desk = FakeDesk(TROUBLED)
    desk.answer = BrokerUnreachable(
        "the node is not connected to the broker: no connection: Connection refused",
        mend="Check that the broker runs, uplink.url and the network.",
    )
    async with opened(browser, view, size, scheme, "/#delivery", desk=desk) as (page, _):
        await until(page, SHOWN)
        assert (await card(page, "Waiting")) == {"To deliver": "12,840 records", "Change": "+16.4 records/s"}
        assert (await card(page, "Broker"))["Last acknowledged"] == "13 min ago"
        assert (await card(page, "Broker certificate"))["Days left"] == "13"
        rows = await texts(page, ".troubles li")
        assert len(rows) == 3
        assert rows[0].startswith("No connection: Connection refused Check that the broker runs")
        assert "412 times, last just now, first 13:50:00" in rows[0]
        assert rows[1].endswith("Once, 10 min ago")
        await page.click(".delivery-test button")
        await until(page, "document.querySelector('.delivery-test .state')?.innerText === 'Not acknowledged'")
        assert (await texts(page, ".delivery-test .sentence"))[0].startswith("The node is not connected")
        await page.screenshot(
            path=screenshot_path(f"delivery-away-{name}-{scheme}", tmp_path), full_page=True
        )
        await fits(page)
        assert await page.evaluate(CONTRAST) == []


async def test_a_backlog_that_shrinks_says_when_it_is_gone(browser: Browser) -> None:
    told = delivery(backlog=backlog("shrinking", records=9000, per_s=-60.0, left_s=150.0))
    async with opened(browser, FakeView(documents.status()), path="/#delivery", desk=FakeDesk(told)) as (
        page,
        _,
    ):
        await until(page, SHOWN)
        assert await card(page, "Waiting") == {
            "To deliver": "9,000 records",
            "Change": "\N{MINUS SIGN}60.0 records/s",
            "Delivered in": "2 min",
        }


@pytest.mark.parametrize(
    ("answer", "state", "detail"),
    [
        (Receipt(TOPIC, 1, 3.24, "5"), "Acknowledged after 3.2 ms", None),
        (
            Receipt(TOPIC, 1, 0.9, "3.1.1"),
            "Acknowledged after 0.9 ms",
            "A broker of MQTT 3.1.1 acknowledges also what it does not allow.",
        ),
        (
            BrokerRefused("the broker did not take a message: Not authorized", mend="Check uplink.username."),
            "Not acknowledged",
            "The broker did not take a message: Not authorized. Check uplink.username.",
        ),
        (
            NotAcknowledged("the broker did not acknowledge within 5 s", mend="Look at its log."),
            "Not acknowledged",
            "The broker did not acknowledge within 5 s. Look at its log.",
        ),
    ],
)
async def test_what_came_of_a_test(
    browser: Browser, answer: Receipt | BrokerRefused, state: str, detail: str | None
) -> None:
    desk = FakeDesk()
    desk.answer = answer
    async with opened(browser, FakeView(documents.status()), path="/#delivery", desk=desk) as (page, _):
        await until(page, SHOWN)
        assert await texts(page, ".delivery-test .state") == []
        assert (await texts(page, ".delivery-test code"))[0] == TOPIC
        await page.click(".delivery-test button")
        await until(page, "document.querySelector('.delivery-test .state').checkVisibility()")
        assert await texts(page, ".delivery-test .state") == [state]
        assert await texts(page, ".delivery-test .sentence") == ([detail] if detail else [])
        assert await texts(page, ".delivery-test button") == ["Publish a test"]


async def test_the_chart_reads_out_what_is_under_the_pointer(browser: Browser) -> None:
    view = FakeView(documents.status())
    async with opened(browser, view, path="/#delivery", desk=FakeDesk()) as (page, _):
        await until(page, SHOWN)
        await until(page, "document.querySelector('.plot .u-over') !== null")
        await page.hover(".plot .u-over")
        await until(page, "/14:0\\d:\\d\\d$/.test(document.querySelector('.legend').innerText.trim())")


async def test_without_a_broker_there_is_nothing_to_test(browser: Browser) -> None:
    off = documents.broker(state="off", url="", words=Words(word="Off", icon="bar", sentence="No broker."))
    view = FakeView(documents.status(broker=off))
    told = delivery(state="off", url="", rates=[], acknowledged_s=None)
    async with opened(browser, view, path="/#delivery", desk=FakeDesk(told)) as (page, _):
        await until(page, "document.querySelectorAll('.delivery-view .card').length === 3")
        assert await texts(page, ".delivery-view .card h2") == ["Broker", "Journal", "This node"]


async def test_a_node_that_cannot_tell_says_so(browser: Browser) -> None:
    async with opened(browser, FakeView(documents.status()), path="/#delivery") as (page, _):
        await until(page, "document.querySelector('.delivery-view > .quiet')?.checkVisibility()")
        assert await texts(page, ".delivery-view > .quiet") == [
            "This page cannot tell. Run: edged run -c FILE"
        ]
        assert await texts(page, ".delivery-view .card h2") == ["Broker", "Journal", "This node"]


async def test_a_lost_connection_withdraws_everything(browser: Browser, tmp_path: Path) -> None:
    view = FakeView(documents.status(broker=AWAY))
    async with opened(browser, view, PHONE, path="/#delivery", desk=FakeDesk(TROUBLED)) as (page, site):
        await until(page, SHOWN)
        await site.stop()
        await until(page, "document.body.hasAttribute('data-lost')")
        assert await texts(page, ".delivery-view .card h2") == ["Broker", "Journal", "This node"]
        assert (await card(page, "Broker"))["Last acknowledged"] == "\N{EN DASH}"
        assert await texts(page, ".troubles li, .delivery-test") == []
        await page.screenshot(path=screenshot_path("delivery-lost", tmp_path), full_page=True)
        await fits(page)
