"""The live feed: one WebSocket message a change, at most five a second."""

import asyncio
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, WebSocket
from fastapi.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect

from edged.ops.status import LiveUpdate, NodeView
from edged.web import problem
from edged.web.view import View

PERIOD_S: Final = 0.2
"""Shortest time between two messages: five a second are as many as an eye can use."""

MAX_CLIENTS: Final = 32
GOING_AWAY: Final = 1001
TRY_AGAIN_LATER: Final = 1013

router = APIRouter(tags=["status"])


class Audience:
    """Who listens now, and whether the show is over."""

    def __init__(self) -> None:
        self.clients = 0
        self._over = asyncio.Event()

    @property
    def is_dismissed(self) -> bool:
        """Whether the node goes away."""
        return self._over.is_set()

    def dismiss(self) -> None:
        """Say goodbye to all clients: the node goes away."""
        self._over.set()

    async def dismissed(self) -> None:
        """Wait until ``dismiss`` is called."""
        await self._over.wait()


@router.get(
    "/live",
    status_code=HTTPStatus.UPGRADE_REQUIRED,
    summary="Live feed (WebSocket)",
    response_description="This address speaks WebSocket only.",
    response_class=JSONResponse,
)
async def explain() -> JSONResponse:
    """Open a WebSocket here: every message is a `LiveUpdate`.

    The first holds the readings of the last minute, each later one the status as of now and the
    readings since. Messages come on each change, at least once and at most five times a second.
    """
    return problem.response(
        HTTPStatus.UPGRADE_REQUIRED,
        "Open a WebSocket here.",
        {"Upgrade": "websocket", "Connection": "Upgrade"},
    )


@router.websocket("/live")
async def live(websocket: WebSocket, view: View) -> None:
    """Feed one client until it, or the node, goes away."""
    if not _same_origin(websocket):
        await websocket.close()  # before accepting: answered 403
        return
    audience: Audience = websocket.app.state.audience
    await websocket.accept()
    if audience.clients >= MAX_CLIENTS:
        await websocket.close(TRY_AGAIN_LATER, "too many pages are open")
        return
    audience.clients += 1
    try:
        await _first_of(_feed(websocket, view), _hang_up(websocket), audience.dismissed())
        if audience.is_dismissed:
            await websocket.close(GOING_AWAY, "edged is stopping")
    except WebSocketDisconnect:
        pass  # between two messages, or while one was on its way
    finally:
        audience.clients -= 1


def schemas() -> dict[str, Any]:
    """Return the JSON Schemas of the messages, as OpenAPI components."""
    schema = LiveUpdate.model_json_schema(ref_template="#/components/schemas/{model}")
    components: dict[str, Any] = schema.pop("$defs")
    return components | {"LiveUpdate": schema}


def _same_origin(websocket: WebSocket) -> bool:
    """Whether the page that asks came from this host; what is no browser names no origin."""
    origin = websocket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == websocket.headers.get("host")


async def _feed(websocket: WebSocket, view: NodeView) -> None:
    mark = 0
    while True:
        pause = asyncio.create_task(_pause(view))
        try:
            # Who waits for a change must stand there before the look that the change would outdate.
            await asyncio.sleep(0)
            mark, readings = view.readings_after(mark)
            update = LiveUpdate(status=view.status(), readings=readings)
            # Returns once the peer has taken it (see socket.py): what comes next is made only then.
            await websocket.send_text(update.model_dump_json())
            await pause
        finally:
            pause.cancel()


async def _pause(view: NodeView) -> None:
    """Wait for a change, and not less than ``PERIOD_S``."""
    loop = asyncio.get_running_loop()
    due = loop.time() + PERIOD_S
    await view.changed()
    await asyncio.sleep(due - loop.time())


async def _hang_up(websocket: WebSocket) -> None:
    """Wait until the client goes; whatever it says is of no interest."""
    while (await websocket.receive())["type"] != "websocket.disconnect":
        pass


async def _first_of(*coroutines: Coroutine[Any, Any, None]) -> None:
    """Run all until one ends, and end the others."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
