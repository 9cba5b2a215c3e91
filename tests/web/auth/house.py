"""The application with a gate over a real file, asked from wherever a test wants."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from fastapi import FastAPI
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.routing import WebSocketRoute

from edged.access.gate import Gate
from edged.access.role import Permission, Role
from edged.clock import ManualClock
from edged.ops.instruments import AccessStats
from edged.store.access_db import AuditQuery, AuditRow
from edged.web.app import create_app
from edged.web.auth.permission import Requires
from tests.web import documents
from tests.web.fake_view import FakeView

PASSWORD: Final = "correct horse"  # noqa: S105  no secret of anybody: an account that lives as long as a test
ELSEWHERE: Final = "10.0.0.7"
HERE: Final = "127.0.0.1"
HOST: Final = "http://192.168.1.7:8080"
HOST_HERE: Final = "http://127.0.0.1:8080"


@dataclass(frozen=True, slots=True)
class House:
    """One board.

    Attributes:
        app: its application.
        gate: who belongs.
        clock: its.
    """

    app: FastAPI
    gate: Gate
    clock: ManualClock

    def asked_from(self, address: str) -> httpx.AsyncClient:
        """Return a browser at an address, without cookies yet; it asks for the board as one does there."""
        transport = httpx.ASGITransport(self.app, client=(address, 40_000))
        host = HOST_HERE if address == HERE else HOST
        return httpx.AsyncClient(transport=transport, base_url=host, headers={"Origin": host})

    @asynccontextmanager
    async def logged_in(self, name: str, address: str = ELSEWHERE) -> AsyncIterator[httpx.AsyncClient]:
        """Yield a browser in which somebody has logged in, and whose page sends what it has to."""
        async with self.asked_from(address) as browser:
            answer = await browser.post("/api/v1/session", json={"name": name, "password": PASSWORD})
            assert answer.status_code == 201, answer.text
            browser.headers["X-Edged-CSRF"] = answer.json()["csrf"]
            yield browser

    async def audited(self) -> list[AuditRow]:
        """Return the audit log, oldest first."""
        return (await self.gate.audit.entries(AuditQuery(limit=500)))[::-1]


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    """Open a board that nobody has claimed."""
    clock = ManualClock(utc_ns=documents.UTC_MS * 1_000_000)
    gate = await Gate.open(folder / "access.db", clock, AccessStats())
    try:
        yield House(create_app(FakeView(documents.status()), gate=gate), gate, clock)
    finally:
        await gate.close()


async def settle_in(house: House) -> None:
    """Claim it for ada, and give every other role to somebody of its name."""
    await house.gate.claim(house.gate.claim_code(), "ada", PASSWORD, HERE)
    for role in (Role.VIEWER, Role.OPERATOR, Role.TECHNICIAN):
        await house.gate.add_account(role.value, role, PASSWORD, by="ada")


def routes(app: FastAPI) -> Iterator[tuple[str, str, list[Permission]]]:
    """Yield method and path of each route of the API, its parameters filled in, and what it demands."""
    for route in iter_route_contexts(app.routes):
        for method in sorted(route.methods or ()) if _is_described(route) else ():
            demanded = [each.call for each in route.dependant.dependencies]
            permissions = [call.permission for call in demanded if isinstance(call, Requires)]
            yield method, str(route.path).format_map(_Filled()), permissions


def others(app: FastAPI) -> set[str]:
    """Return the paths of what is not in the API's description: files, and the live feed."""
    return {str(route.path) for route in iter_route_contexts(app.routes) if not _is_described(route)}


def _is_described(route: RouteContext) -> bool:
    return not isinstance(route.original_route, WebSocketRoute) and bool(route.include_in_schema)


class _Filled(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "1"
