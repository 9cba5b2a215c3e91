"""Runs the web application on the node's own event loop."""

import asyncio
import errno
import socket
from collections.abc import Callable
from typing import Final

import uvicorn

from edged.errors import ConfigError, EdgedError, PortInUse
from edged.ops.status import NodeView
from edged.web.app import create_app
from edged.web.socket import PatientSocket

BACKLOG: Final = 64
GOODBYE_S: Final = 0.3
SEND_BUFFER_BYTES: Final = 64 * 1024
"""What the kernel may hold for a peer that does not read: some seconds of updates, not minutes."""


async def serve(view: NodeView, host: str, port: int, *, on_listening: Callable[[str, int], None]) -> None:
    """Serve the page, the API and the overlays until cancelled.

    Args:
        view: the node to show.
        host: a loopback address, or ``localhost``.
        port: 0 takes any free one.
        on_listening: is told the address and the port once requests are taken.

    Raises:
        PortInUse: another program listens there.
        ConfigError: this address or port cannot be had at all.
    """
    listener = _listen(host, port)
    app = create_app(view)
    # No signal handlers, no log set-up, no lifespan: the node has its own. startup, main_loop and
    # shutdown are the parts of uvicorn's serve() without the first.
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http="h11",
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
        )
    )
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    server.servers = []  # uvicorn sets it late in startup
    try:
        await server.startup(sockets=[listener])
        on_listening(*listener.getsockname()[:2])
        await server.main_loop()
    finally:
        try:
            app.state.audience.dismiss()
            await _give_clients_their_goodbye(server)
            await server.shutdown(sockets=[listener])
        finally:  # also where a second cancel cuts that short
            listener.close()
            await _leave_nothing(server)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise _explain(error, host, port) from error
    listener.setblocking(False)  # noqa: FBT003  # the socket module's own signature
    # Both are inherited by what it accepts. asyncio sets the first on sockets that it made itself only;
    # without it every answer waits 40 ms for the peer's delayed acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    return listener


def _explain(error: OSError, host: str, port: int) -> EdgedError:
    if error.errno == errno.EADDRINUSE:
        return PortInUse(host, port, setting="web.port")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return ConfigError(
            f"port {port} may be used by the administrator only",
            key="web.port",
            mend="Choose one from 1024 up.",
        )
    return ConfigError(
        f"cannot listen on {host} port {port}: {error.strerror}",
        key="web.host",
        mend="Use 127.0.0.1.",
    )


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
