"""A connection to a bus that only asks whether it is done with what it had to do."""

import asyncio
from typing import Final

from dbus_fast.aio import MessageBus

from tests.rigs.private_bus import hang_up, to_bus

_TURNS: Final = 10


class BusProbe:
    """Measures nothing but order: what the bus had before a question, it passed on before its answer."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._connection: MessageBus | None = None

    async def round_trip(self) -> None:
        """Ask the bus something, then let every task go on with what it brought; at once where it is down."""
        await _turns()  # a bus that has just ended is noticed
        try:
            if self._connection is None or not self._connection.connected:
                await self.close()
                self._connection = await MessageBus(bus_address=self._address).connect()
            await self._connection.call(to_bus("GetId"))
        except (OSError, EOFError):
            await self.close()
        await _turns()

    async def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await hang_up(connection)


async def _turns() -> None:
    for _ in range(_TURNS):
        await asyncio.sleep(0)
