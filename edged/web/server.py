"""Runs the web application on the node's own event loop."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI

from edged.access.gate import Gate, Locked
from edged.ops.control import Control
from edged.ops.desk import Desk
from edged.ops.doctor.latest import Latest
from edged.ops.log_ring import RECENT, LogRing
from edged.ops.status import NodeView
from edged.web.app import create_app
from edged.web.connection import counted_in
from edged.web.listeners import BACKLOG, on_address, on_socket
from edged.web.socket import PatientSocket
from edged.web.tls import Pair

GOODBYE_S: Final = 0.3


async def serve(
    view: NodeView,
    host: str,
    port: int,
    *,
    control: Control | None = None,
    doctor: Latest | None = None,
    gate: Gate | Locked | None = None,
    desk: Desk | None = None,
    names: Sequence[str] = (),
    pair: Pair | None = None,
    recent: LogRing = RECENT,
    on_listening: Callable[[str, int], None],
) -> None:
    """Serve the page, the API and the overlays on an address until cancelled.

    Args:
        view: the node to show.
        host: an address, or ``localhost``.
        port: 0 takes any free one.
        control: what the page may do; None, and it only shows.
        doctor: looks the board over; None, and nobody does.
        gate: who belongs; None, and only this machine is answered.
        desk: whom to ask for more than the status.
        names: by which the page may be asked, beside addresses and the machine's own.
        pair: to encrypt with; None, and nothing is.
        recent: the last messages of the log.
        on_listening: is told the address and the port once requests are taken.

    Raises:
        PortInUse: another program listens there.
        ConfigError: this address or port cannot be had at all.
    """
    app = create_app(view, control, doctor, recent, gate=gate, names=names, desk=desk)
    with on_address(host, port) as listener:
        await _serve(app, listener, lambda: on_listening(*listener.getsockname()[:2]), pair)


async def serve_socket(
    view: NodeView,
    path: Path,
    *,
    control: Control | None = None,
    doctor: Latest | None = None,
    gate: Gate | Locked | None = None,
    desk: Desk | None = None,
    on_listening: Callable[[Path], None],
) -> None:
    """Serve the same on a Unix socket until cancelled.

    Args:
        view: the node to show.
        path: of the socket.
        control: what may be done over it; None, and it only shows.
        doctor: looks the board over; None, and nobody does.
        gate: who belongs, to be told and changed; who comes this way does.
        desk: whom to ask for more than the status.
        on_listening: is told the path once requests are taken.

    Raises:
        SocketInUse: another program listens there.
        ConfigError: there can be no socket there.
    """
    with on_socket(path) as listener:
        await _serve(
            create_app(view, control, doctor, gate=gate, desk=desk), listener, lambda: on_listening(path)
        )


async def _serve(
    app: FastAPI, listener: socket.socket, on_listening: Callable[[], None], pair: Pair | None = None
) -> None:
    # No signal handlers, no log set-up, no lifespan: the node has its own. startup, main_loop and
    # shutdown are the parts of uvicorn's serve() without the first.
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=counted_in(app.state.view.web_stats),
            ws=PatientSocket,
            ws_max_size=1024,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=1,
            ssl_certfile=pair.certificate if pair else None,
            ssl_keyfile=pair.key if pair else None,
        )
    )
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    server.servers = []  # uvicorn sets it late in startup
    try:
        await server.startup(sockets=[listener])
        on_listening()
        await server.main_loop()
    finally:
        try:
            await _take_nobody_more(listener)
            app.state.audience.dismiss()
            await _give_clients_their_goodbye(server)
            await server.shutdown(sockets=[listener])
        finally:  # also where a second cancel cuts that short
            listener.close()
            await _leave_nothing(server)


async def _take_nobody_more(listener: socket.socket) -> None:
    """Stop accepting, and let the connections be made that were accepted.

    asyncio (3.11) forgets one whose server is closed in between, with its socket open: the peer waits.
    """
    asyncio.get_running_loop().remove_reader(listener)
    await asyncio.sleep(0)


async def _give_clients_their_goodbye(server: uvicorn.Server) -> None:
    """Let the live feeds close with 1001; uvicorn's own shutdown would say 1012, "restarting"."""
    tasks = list(server.server_state.tasks)
    if tasks:
        await asyncio.wait(tasks, timeout=GOODBYE_S)
    for connection in list(server.server_state.connections):
        if connection.transport.get_write_buffer_size():
            connection.transport.abort()  # it does not read, so it will not read a goodbye either


async def _leave_nothing(server: uvicorn.Server) -> None:
    """Cut what is still open, and see its tasks end."""
    for each in server.servers:
        each.close()
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    tasks = list(server.server_state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)  # lets the aborted transports tell their protocols
