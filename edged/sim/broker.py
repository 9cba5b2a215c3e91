"""A small broker inside the process, for the demo: loopback only, MQTT 3.1.1, TCP and WebSocket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from edged.errors import DriverError

_LOOPBACK = "127.0.0.1"


@asynccontextmanager
async def embedded_broker(tcp_port: int, websocket_port: int) -> AsyncIterator[None]:
    """Run a broker on two free ports of the loopback interface, for as long as the context lasts.

    It takes anyone on this machine without a password, and keeps nothing: no broker for the field.

    Raises:
        DriverError: the package it comes in is not installed.
    """
    try:
        from amqtt.broker import Broker  # noqa: PLC0415  an optional package: without it everything else has to run
    except ImportError as error:
        raise DriverError(
            "the demo's broker is not installed", mend='Install it with: pip install "edged[sim]"'
        ) from error
    broker = Broker(
        {
            "listeners": {
                "default": {"type": "tcp", "bind": f"{_LOOPBACK}:{tcp_port}"},
                "websocket": {"type": "ws", "bind": f"{_LOOPBACK}:{websocket_port}"},
            },
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    try:
        yield
    finally:
        await broker.shutdown()
