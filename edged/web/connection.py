"""An HTTP connection, of which there are only so many, and which has to say something."""

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

from edged.ops.instruments import WebStats
from edged.web.auth.entrance import is_loopback

MOST: Final = 256
"""Open at once, live feeds among them. Each is a file descriptor, and straps and brokers need some, too."""
MOST_OF_ONE: Final = 32
"""Of one address. A browser opens six, and a live feed. This machine is not counted: it may be a proxy."""
SILENCE_S: Final = 10.0
"""So long it may take until a first request has come."""


class BoundedConnection(H11Protocol):
    """uvicorn's connection, cut off where there are too many, or where nothing is asked on it."""

    stats: WebStats
    silence_s = SILENCE_S
    most = MOST
    most_of_one = MOST_OF_ONE
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # asyncio says BaseTransport; uvicorn, from which it inherits, narrows it so
        """Take it, or cut it off."""
        super().connection_made(transport)
        if len(self.connections) > self.most or self._of_the_same() > self.most_of_one:
            self.stats.cut_off += 1
            transport.abort()
        else:
            self._patience = self.loop.call_later(self.silence_s, self._end_silence)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        super().connection_lost(exc)
        if self._patience is not None:
            self._patience.cancel()

    def _of_the_same(self) -> int:
        if self.client is None or is_loopback(self.client[0]):
            return 0
        peers = (getattr(each, "client", None) for each in self.connections)  # a live feed is another class
        return sum(peer is not None and peer[0] == self.client[0] for peer in peers)

    def _end_silence(self) -> None:
        has_asked = self.cycle is not None or self.transport.get_protocol() is not self
        if not has_asked and not self.transport.is_closing():
            self.stats.cut_off += 1
            self.transport.abort()


def counted_in(stats: WebStats) -> type[BoundedConnection]:
    """Return the connection for uvicorn, which makes one of each itself; those cut off are counted there."""
    return type("Connection", (BoundedConnection,), {"stats": stats})
