"""Keeps the page served: on its address, and on the socket of local commands, each for itself."""

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from edged.access.gate import Gate, Locked
from edged.clock import Clock
from edged.config.model import WebConfig
from edged.errors import ConfigError, PortInUse, SocketInUse
from edged.log import log_event
from edged.messages import PAGE_LISTENING, PAGE_NOT_LISTENING
from edged.ops.control import Control
from edged.ops.desk import Desk
from edged.ops.doctor.latest import Latest
from edged.ops.local_socket import socket_path
from edged.ops.status import NodeView
from edged.web.server import serve, serve_socket
from edged.web.tls import pair_of

_RETRY_S: Final = 5.0
_log: Final = logging.getLogger(__name__)


async def serve_page(
    view: NodeView,
    web: WebConfig,
    clock: Clock,
    *,
    control: Control | None = None,
    doctor: Latest | None = None,
    gate: Gate | Locked | None = None,
    desk: Desk | None = None,
    folder: Path = Path(),
    on_listening: Callable[[str, int], None],
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Serve until cancelled; what cannot be had is logged once, and tried again.

    A server each: what is asked over the socket needs no encryption, whatever the page has.

    Args:
        view: the node to show.
        web: where to listen.
        clock: paces tries.
        control: what the page may do; None, and it only shows.
        doctor: looks the board over; None, and nobody does.
        gate: who belongs; None, and only this machine is answered.
        desk: whom to ask for more than the status.
        folder: for the certificate that the board makes for itself, where it is to make one.
        on_listening: called with host and port whenever the page begins to answer.
        environment: may name a folder for the socket.
    """

    def on_address(host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        log_event(_log, PAGE_LISTENING, where=f"{web.scheme}://{shown}:{port}/")
        on_listening(host, port)

    def on_socket(path: Path) -> None:
        log_event(_log, PAGE_LISTENING, where=path)

    if isinstance(gate, Gate):
        gate.sessions.idle_s = web.session_idle_min * 60.0
    path = socket_path(web, environment)
    async with asyncio.TaskGroup() as group:

        async def page() -> None:
            await serve(
                view,
                web.host,
                web.port,
                control=control,
                doctor=doctor,
                gate=gate,
                desk=desk,
                names=web.names,
                pair=await pair_of(web, folder),
                on_listening=on_address,
            )

        group.create_task(_keep(page, clock), name="web address")
        if path is not None:
            local = partial(
                serve_socket,
                view,
                path,
                control=control,
                doctor=doctor,
                gate=gate,
                desk=desk,
                on_listening=on_socket,
            )
            group.create_task(_keep(local, clock), name="web socket")


async def _keep(serve_once: Callable[[], Coroutine[object, object, None]], clock: Clock) -> None:
    said = ""
    while True:
        try:
            await serve_once()
        except (PortInUse, SocketInUse, ConfigError) as error:
            if error.what != said:
                log_event(_log, PAGE_NOT_LISTENING, reason=error)
                said = error.what
        await clock.sleep(_RETRY_S)
