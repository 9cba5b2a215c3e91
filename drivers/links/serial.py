"""The link to a serial port."""

import asyncio
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drivers.serial.claims import Claims
from drivers.serial.errors import not_plugged_in, unplugged
from drivers.serial.line import Line
from drivers.serial.rates import Rates
from drivers.serial.settings import Settings, is_rate
from drivers.serial.wire import Wire
from edged.clock import time_limit
from edged.errors import SourceLost
from edged.log import log_event
from edged.messages import (
    PORT_OPENED,
    PORT_ORDER_UNKNOWN,
    PORT_RATE_AGREED,
    PORT_RATE_ALONE,
    PORT_RATE_TRIED,
    PORT_WITHOUT_DTR,
)
from edged.model import NS_PER_S, Packet
from edged.sources.link import Deliver, LinkContext, LinkUrl

CHANNEL: Final = "serial"
LINE: Final = "line"
"""Commands on this channel are for the line itself: ``next baud``, or ``baud 1000000``."""
LOOK_S: Final = 0.5
RESET_S: Final = 0.1
SEND_TIMEOUT_S: Final = 5.0
_BITS_A_BYTE: Final = 12
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Connection:
    line: Line
    wire: Wire
    quiet_until_ns: int


class SerialLink:
    """The port at ``serial:/dev/serial/by-id/NAME``, or by any other name.

    Options: ``baud`` (a rate, or several to search), ``bits``, ``parity``, ``stop``, ``rtscts=1``,
    ``reset=1`` (restart the device at each opening, by DTR), ``quiet`` (seconds to send nothing after it).

    The name is looked up at each opening: the device may come back under another number.
    """

    def __init__(self, url: LinkUrl, context: LinkContext) -> None:
        self._settings = Settings.parse(url)
        self._clock = context.clock
        self._source = context.source or url.text
        self._report = context.report
        self._claims = context.equipment.shared(Claims, Claims)
        self._rates = Rates(self._settings.rates)
        self._connected = asyncio.Event()
        self._connection: _Connection | None = None

    async def run(self, deliver: Deliver) -> None:
        """Wait for the port, open it, deliver what comes in; never returns.

        Raises:
            SourceLost: it could not be had, or was unplugged.
            DriverError: it is no serial port.
        """
        path = self._settings.path
        device = await self._find()
        self._report("connecting", None)
        with self._claims.held(device, self._source, path):
            line = Line.open(device, self._settings, self._rates.now)
            try:
                if self._settings.reset:
                    await self._restart(line)
                log_event(_log, PORT_OPENED, source=self._source, port=device, baud=self._rates.now)
                await self._stream(line, deliver)
            finally:
                line.close()
        self._rates.restart()  # without power, the device forgot what was agreed
        raise unplugged(path)

    async def send(self, command: Packet) -> None:
        """Send the bytes; while there is no port, or it is to be quiet, wait.

        Raises:
            SourceLost: it was unplugged, or the device holds the bytes back for ``SEND_TIMEOUT_S``.
        """
        await self._connected.wait()
        connection = self._connection
        if connection is None:
            raise unplugged(self._settings.path)
        if command.channel == LINE:
            self._steer(connection.line, command.data)
            return
        await self._clock.sleep((connection.quiet_until_ns - self._clock.mono_ns()) / NS_PER_S)
        limit_s = SEND_TIMEOUT_S + len(command.data) * _BITS_A_BYTE / self._rates.now
        try:
            async with time_limit(self._clock, limit_s):
                await connection.wire.write(command.data)
        except TimeoutError as error:
            raise SourceLost(
                f"the device does not take a command in for {limit_s:.0f} s",
                where=self._settings.path,
                mend="Check its cable; where it has no CTS line, leave out rtscts=1.",
            ) from error
        except OSError as error:
            raise unplugged(self._settings.path) from error

    async def _find(self) -> str:
        """Return the node that the name means now, once there is one."""
        device = _node(self._settings.path)
        if device is None:
            self._rates.restart()
            self._report("searching", not_plugged_in(self._settings.path))
        while device is None:
            await self._clock.sleep(LOOK_S)
            device = _node(self._settings.path)
        return device

    async def _restart(self, line: Line) -> None:
        """Restart the device: an Arduino by DTR alone, an ESP32 by DTR while RTS is up."""
        self._rates.restart()
        line.set_rate(self._rates.now)
        if not line.set_dtr(up=False):
            log_event(_log, PORT_WITHOUT_DTR, source=self._source)
            return
        await self._clock.sleep(RESET_S)
        line.set_dtr(up=True)

    async def _stream(self, line: Line, deliver: Deliver) -> None:
        """Deliver until the port is lost."""
        clock = self._clock
        self._report("streaming", None)
        wire = Wire(line.fd, lambda data: deliver(Packet(CHANNEL, data, clock.mono_ns())))
        quiet_until_ns = clock.mono_ns() + round(self._settings.quiet_s * NS_PER_S)
        self._connection = _Connection(line, wire, quiet_until_ns)
        self._connected.set()
        try:
            await asyncio.wait([wire.lost])
        finally:
            self._connected.clear()
            self._connection = None
            wire.close()

    def _steer(self, line: Line, order: bytes) -> None:
        """Do what a decoder wants of the line.

        Raises:
            SourceLost: the port cannot do it, or is gone.
        """
        before, source = self._rates.now, self._source
        match order.split():
            case [b"next", b"baud"]:
                now = self._rates.next()
                if now == before:
                    log_event(_log, PORT_RATE_ALONE, source=source, baud=before)
                else:
                    log_event(_log, PORT_RATE_TRIED, source=source, before=before, baud=now)
            case [b"baud", rate] if rate.isdigit() and is_rate(int(rate)):
                self._rates.agree(int(rate))
                log_event(_log, PORT_RATE_AGREED, source=source, baud=self._rates.now)
            case _:
                log_event(_log, PORT_ORDER_UNKNOWN, source=source, order=repr(order[:40]))
        if self._rates.now == before:
            return
        try:
            line.set_rate(self._rates.now)
        except SourceLost:
            self._rates.next()  # so that it is not opened at this one again
            raise


def _node(path: str) -> str | None:
    """Return what a name stands for now; None where that is not there."""
    device = os.path.realpath(path)
    return device if Path(device).exists() else None
