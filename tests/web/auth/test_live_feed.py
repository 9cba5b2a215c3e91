"""A live feed ends when who listens would not be let in any more."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from edged.access.gate import Gate
from edged.access.role import Role
from edged.clock import ManualClock
from edged.ops.instruments import AccessStats
from edged.web.live import LOGGED_OUT
from tests.web import documents
from tests.web.auth.house import HERE, PASSWORD
from tests.web.fake_view import FakeView
from tests.web.site import Site, serving


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Gate]:
    clock = ManualClock(utc_ns=documents.UTC_MS * 1_000_000)
    gate = await Gate.open(tmp_path / "access.db", clock, AccessStats())
    yield gate
    await gate.close()


@pytest.fixture
async def site(gate: Gate) -> AsyncIterator[Site]:
    async with serving(FakeView(documents.status()), gate=gate) as site:
        yield site


async def claimed(gate: Gate) -> str:
    return await gate.claim(gate.claim_code(), "ada", PASSWORD, HERE)


def listening(site: Site, **headers: str) -> Any:
    return connect(site.live_url, additional_headers=headers)


async def told_goodbye(websocket: ClientConnection) -> int | None:
    """Listen to the end; return the code that it ends with."""
    try:
        async with asyncio.timeout(3):
            while True:
                await websocket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


async def test_of_a_session(site: Site, gate: Gate) -> None:
    secret = await claimed(gate)
    async with listening(site, Cookie=f"edged_session={secret}", Origin=site.url) as websocket:
        await websocket.recv()
        await gate.end_sessions("ada")
        assert await told_goodbye(websocket) == LOGGED_OUT == 4401
    with pytest.raises(InvalidStatus, match="403"):
        async with listening(site, Cookie=f"edged_session={secret}", Origin=site.url):
            pass


async def test_of_a_token(site: Site, gate: Gate) -> None:
    await claimed(gate)
    row, secret = await gate.tokens.make("wall", Role.VIEWER, "ada", 1)
    async with listening(site, Authorization=f"Bearer {secret}") as websocket:
        await websocket.recv()
        await gate.tokens.revoke(row.id)
        assert await told_goodbye(websocket) == LOGGED_OUT


async def test_of_who_sat_at_the_board_before_it_was_claimed(site: Site, gate: Gate) -> None:
    async with listening(site) as websocket:
        await websocket.recv()
        await claimed(gate)
        assert await told_goodbye(websocket) == LOGGED_OUT
    with pytest.raises(InvalidStatus, match="403"):
        async with listening(site):
            pass
