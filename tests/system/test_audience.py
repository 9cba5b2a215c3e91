"""Twenty pages open, one that does not read, and exports running: the live lane does not notice."""

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Final

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.rigs.daemon import Daemon
from tests.rigs.listener import Listener
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.waiting import until
from tests.system.configs import node, strap

PAGES: Final = 20
PLAYERS: Final = 8
PERIOD_S: Final = 0.25
LISTENED_S: Final = 20.0
ROUNDS: Final = 3
"""Without and with in turn, so that a machine that is slower for a while is so for both."""
WORSE: Final = 2.0
"""So many times as long as without an audience the last percent may take."""
LOWEST: Final = 40
EXPORTS: Final = ("api/v1/configuration/file", "api/v1/configuration/versions", "metrics", "api/v1/logs")


class Player:
    """A sensor that sends a heart rate four times a second, by which the time of sending is found."""

    def __init__(self) -> None:
        self.sent_s: dict[int, float] = {}
        self.has_played = False
        self._n = 0

    async def play(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(ConnectionError):
            while not self.has_played:
                rate = LOWEST + self._n % 160
                self._n += 1
                self.sent_s[rate] = time.monotonic()
                writer.write(json.dumps({"heart_rate": rate}).encode() + b"\n")
                await writer.drain()
                await asyncio.sleep(PERIOD_S)


@asynccontextmanager
async def playing() -> AsyncIterator[tuple[list[Player], str]]:
    """Run the players; yield them, and the sources that a configuration names."""
    async with AsyncExitStack() as stack:
        players, sources = [Player() for _ in range(PLAYERS)], ""
        for n, player in enumerate(players):
            server = await stack.enter_async_context(await asyncio.start_server(player.play, "127.0.0.1", 0))
            port = server.sockets[0].getsockname()[1]
            more = 'decoder = "json_lines"'
            sources += strap(f"p{n}", f"tcp://127.0.0.1:{port}", more=more)
        yield players, sources
        for player in players:
            player.has_played = True
        await asyncio.sleep(2 * PERIOD_S)


@pytest.fixture
def listener(broker: Mosquitto) -> Iterator[Listener]:
    with Listener(broker.url) as heard:
        yield heard


def p99(delays: list[float]) -> float:
    """Return what 99 % of the readings take at most."""
    return sorted(delays)[math.floor(0.99 * len(delays))]


async def delays_s(listener: Listener, players: list[Player]) -> list[float]:
    """Listen for a while; return what each reading takes from the sensor to who listens, s."""
    listener.heard.clear()
    delays: list[float] = []
    seen = 0
    ends_s = time.monotonic() + LISTENED_S
    while time.monotonic() < ends_s:
        await asyncio.sleep(PERIOD_S)
        for heard in listener.heard[seen:]:
            seen += 1
            _, subject, topic = heard.topic.split("/") if heard.topic.count("/") == 2 else ("", "", "")
            if topic == "live" and heard.payload["hr"] is not None:
                sent = players[int(subject.removeprefix("p"))].sent_s[round(heard.payload["hr"])]
                delays.append(heard.at_s - sent)
    return delays


async def read_on(page: str) -> None:
    """Look at the live feed, as a page does."""
    async with connect(f"{page.replace('http', 'ws')}api/v1/live") as feed:
        async for _ in feed:
            pass


async def not_read(page: str) -> None:
    """Open the live feed, and take nothing of it: what the library holds is soon full."""
    async with connect(f"{page.replace('http', 'ws')}api/v1/live", max_queue=1):
        await asyncio.Event().wait()


async def export(page: str) -> None:
    """Fetch what can be exported, one after the other, for ever."""
    async with httpx.AsyncClient(base_url=page) as http:
        while True:
            for path in EXPORTS:
                (await http.get(path)).raise_for_status()


@asynccontextmanager
async def watching(page: str) -> AsyncIterator[None]:
    """Have the audience look on meanwhile; fail if one of it does not stay to the end."""
    async with asyncio.TaskGroup() as group:
        audience = [group.create_task(read_on(page)) for _ in range(PAGES)]
        audience += [group.create_task(each(page)) for each in (not_read, export)]
        yield
        for each in audience:
            assert not each.done()
            each.cancel()


@pytest.mark.field
async def test_the_live_feed_does_not_notice_its_audience(
    broker: Mosquitto,
    board: Path,
    listener: Listener,
    record_property: Callable[[str, object], None],
) -> None:
    alone_s, watched_s = list[float](), list[float]()
    async with playing() as (players, sources), Daemon(board, node(broker.url, sources)) as daemon:
        await until(lambda: len({heard.topic for heard in listener.on("/live")}) == PLAYERS)
        for _ in range(ROUNDS):
            alone_s += await delays_s(listener, players)
            async with watching(daemon.page):
                watched_s += await delays_s(listener, players)
        assert await daemon.stop() == 0
    found = p99(alone_s), p99(watched_s)
    record_property("p99_s", found)
    assert found[1] <= WORSE * found[0], found
