"""The live feed: one WebSocket message a change, at most five a second."""

import asyncio
from collections.abc import Coroutine
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, WebSocket
from fastapi.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect

from edged.access.gate import Gate
from edged.ops.status import LiveUpdate, NodeView
from edged.web import problem
from edged.web.auth.permission import the_caller
from edged.web.broadcast import Broadcast

PERIOD_S: Final = 0.2
"""Shortest time between two messages: five a second are as many as an eye can use."""

MAX_CLIENTS: Final = 32
GOING_AWAY: Final = 1001
TRY_AGAIN_LATER: Final = 1013
LOGGED_OUT: Final = 4401
"""Of those that are free for applications (RFC 6455, section 7.4.2)."""

router = APIRouter(tags=["status"])


class Audience:
    """Who listens now, and whether the show is over.

    Args:
        view: the node that is shown.

    Attributes:
        stats: where clients are counted.
        broadcast: what they are told.
    """

    def __init__(self, view: NodeView) -> None:
        self.stats = view.web_stats
        self.broadcast = Broadcast(view, PERIOD_S)
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
async def live(websocket: WebSocket) -> None:
    """Feed one client until it, or the node, goes away."""
    audience: Audience = websocket.app.state.audience
    await websocket.accept()
    if audience.stats.clients >= MAX_CLIENTS:
        audience.stats.refused += 1
        await websocket.close(TRY_AGAIN_LATER, "too many pages are open")
        return
    audience.stats.clients += 1
    audience.broadcast.join()
    try:
        over = asyncio.Event()
        await _first_of(
            _feed(websocket, audience.broadcast),
            _hang_up(websocket),
            audience.dismissed(),
            _logged_out(websocket, over),
        )
        if audience.is_dismissed:
            await websocket.close(GOING_AWAY, "edged is stopping")
        elif over.is_set():
            await websocket.close(LOGGED_OUT, "the session is over")
    except WebSocketDisconnect:
        pass  # between two messages, or while one was on its way
    finally:
        audience.stats.clients -= 1
        await audience.broadcast.leave()


def schemas() -> dict[str, Any]:
    """Return the JSON Schemas of the messages, as OpenAPI components."""
    schema = LiveUpdate.model_json_schema(ref_template="#/components/schemas/{model}")
    components: dict[str, Any] = schema.pop("$defs")
    return components | {"LiveUpdate": schema}


async def _feed(websocket: WebSocket, broadcast: Broadcast) -> None:
    mark = 0
    while True:
        pause = broadcast.pause()
        # Who waits for a change must stand there before the look that the change would outdate.
        await asyncio.sleep(0)
        mark, text = broadcast.update(mark)
        # Returns once the peer has taken it (see socket.py): what comes next is made only then.
        await websocket.send_text(text)
        await asyncio.shield(pause)


async def _logged_out(websocket: WebSocket, over: asyncio.Event) -> None:
    """Wait until the client would not be let in any more; for ever where there are no accounts."""
    gate = websocket.app.state.gate
    if isinstance(gate, Gate):
        await gate.gone(the_caller(websocket))
        over.set()
    else:
        await asyncio.get_running_loop().create_future()


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
