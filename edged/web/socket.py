"""A WebSocket whose peer must keep up."""

import asyncio
from asyncio.transports import BaseTransport
from typing import TYPE_CHECKING, Final

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent  # private: for the signature only

SEND_TIMEOUT_S: Final = 5.0
CLOSE_TIMEOUT_S: Final = 1.0


class PatientSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, with a limit to its patience.

    ``send`` returns when the message has left this process, so that a slow peer is sent the latest
    state and not a queue of old ones, and a node holds one message for it at most. A peer that takes
    nothing for ``SEND_TIMEOUT_S`` is cut off: there is no way to tell it goodbye.
    """

    send_timeout_s = SEND_TIMEOUT_S

    def connection_made(self, transport: BaseTransport) -> None:
        """Ask to be told of the first byte that has to wait."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)

    async def send(self, message: "ASGISendEvent") -> None:
        """Send, and wait until the peer's side has taken it.

        Raises:
            ClientDisconnected: the peer is gone, or was cut off.
        """
        if self.close_sent:  # by the keep-alive, which does not tell the application
            raise ClientDisconnected
        try:
            async with asyncio.timeout(self.send_timeout_s):
                await super().send(message)
                await self.writable.wait()
        except TimeoutError:
            self.transport.abort()
            raise ClientDisconnected from None
        if message["type"] == "websocket.close":
            # A polite peer has answered the close by then; an abort after that does nothing.
            self.loop.call_later(CLOSE_TIMEOUT_S, self.transport.abort)
