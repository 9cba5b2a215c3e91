"""What pages are told is made once for all that are told the same."""

import asyncio
import json

from edged.web.broadcast import Broadcast
from tests.web import documents
from tests.web.fake_view import FakeView


async def listen(broadcast: Broadcast, messages: int) -> list[str]:
    """Listen as a page that keeps up does."""
    broadcast.join()
    heard, mark = [], 0
    try:
        for _ in range(messages):
            pause = broadcast.pause()
            await asyncio.sleep(0)
            mark, text = broadcast.update(mark)
            heard.append(text)
            await asyncio.shield(pause)
    finally:
        await broadcast.leave()
    return heard


async def test_twenty_pages_cost_one_look_a_message() -> None:
    view = FakeView(documents.status())
    view.tell("ada", (1, 60.0))
    broadcast = Broadcast(view, 0.001)
    pages = [asyncio.create_task(listen(broadcast, 6)) for _ in range(20)]
    while not all(page.done() for page in pages):
        view.tell("ada", (2, 61.0))
        await asyncio.sleep(0.001)
    assert all(page.result()[1:] == pages[0].result()[1:] for page in pages)
    assert view.asked <= 20 + 5, "each its first, and then one for all"


async def test_who_lags_misses_no_reading() -> None:
    view = FakeView(documents.status())
    broadcast = Broadcast(view, 0.0)
    view.tell("ada", (1, 60.0))
    mark, first = broadcast.update(0)
    quick = mark
    for n in range(2, 5):
        view.tell("ada", (n, 60.0))
        await broadcast.pause()
        quick, _ = broadcast.update(quick)
    late, text = broadcast.update(mark)
    assert late == quick
    assert [reading[0] for reading in json.loads(first)["readings"]["ada"]] == [1]
    assert [reading[0] for reading in json.loads(text)["readings"]["ada"]] == [2, 3, 4]


async def test_nothing_goes_on_without_listeners() -> None:
    broadcast = Broadcast(FakeView(documents.status()), 10.0)
    broadcast.join()
    broadcast.join()
    pause = broadcast.pause()
    await broadcast.leave()
    await asyncio.sleep(0)
    assert not pause.done()
    await broadcast.leave()
    assert pause.cancelled()
