"""The link to a Bluetooth Low Energy device."""

import asyncio
import logging
import struct
from collections.abc import Sequence
from functools import partial
from typing import Final

from drivers.ble.air import Air, Place
from drivers.ble.connection import Connection
from drivers.ble.diary import Diary
from drivers.ble.echo import Echo
from drivers.ble.errors import BleError, Cause
from drivers.ble.ladder import STEADY_NS, Rung, StrapLadder
from drivers.ble.target import Target
from edged.clock import wait_for
from edged.log import log_event
from edged.messages import STRAP_CONNECTED, STRAP_NOT_TOLD, STRAP_WITHOUT
from edged.model import NS_PER_S, Channel, Packet
from edged.sources.link import Deliver, LinkContext, LinkUrl
from edged.tasks import end

RSSI: Final = "rssi"
OPTIONAL_AFTER_S: Final = 5.0
"""So long what is optional waits for the first packet of what is not."""
OPTIONAL_RETRY_S: Final = 30.0
_SILENT_NS: Final = 5 * NS_PER_S
_log: Final = logging.getLogger(__name__)


class BleLink:
    """A device at ``ble:ADDRESS``, ``ble:NAME*`` or ``ble:any?service=180d``.

    Options: ``service`` (that it must offer), ``adapter`` (address of the only one to use), ``bond=1`` (at
    once, instead of when it asks for it).

    What the decoder needs is subscribed to first; what is optional comes once the first packet of it is
    there, and neither its absence nor its refusal ends the connection: it is tried again.
    """

    def __init__(self, url: LinkUrl, context: LinkContext) -> None:
        self._target = Target.parse(url)
        self._clock = context.clock
        self._source = context.source or url.text
        self._report = context.report
        self._needed = [channel for channel in context.channels if not channel.optional]
        self._optional = [channel for channel in context.channels if channel.optional]
        quiet_s = max((channel.quiet_s for channel in self._needed), default=0.0)
        self._silent_ns = max(_SILENT_NS, round(quiet_s * NS_PER_S))
        self._air = context.equipment.shared(Air, partial(Air, context.clock, context.ble))
        self._air.announce(self._source, self._target)
        self._ladder = StrapLadder()
        self._diary = Diary()
        self._diagnosis: BleError | None = None
        self._place: Place | None = None
        self._connection: Connection | None = None
        self._connected = asyncio.Event()
        self._first = asyncio.Event()
        self._first_ns: int | None = None
        self._delivered_ns: int | None = None

    async def run(self, deliver: Deliver) -> None:
        """Find the device, connect, deliver what it notifies; never returns.

        Raises:
            SourceLost: it could not be had, or the connection ended.
        """
        async with self._air.joined():
            self._place = place = await self._air.find(self._source, self._report)
            try:
                await self._have(place, deliver)
            except BleError as error:
                await self._climb(place, error)
                raise self._told(error) from error
            finally:
                self._place = None
                self._air.leave(self._source, place)

    async def send(self, command: Packet) -> None:
        """Write to a characteristic; while there is no connection, wait for it.

        An optional one that cannot be written is logged: its decoder asks again.

        Raises:
            SourceLost: what the device needs to be told could not be.
        """
        await self._connected.wait()
        connection = self._connection
        if connection is None:
            raise BleError(Cause.DROPPED, "not connected", where=self._source)
        try:
            await connection.write(command.channel, command.data)
        except BleError as error:
            if all(channel.name != command.channel for channel in self._optional):
                raise
            log_event(_log, STRAP_NOT_TOLD, source=self._source, reason=error)

    async def _have(self, place: Place, deliver: Deliver) -> None:
        """Connect, and deliver until the connection ends.

        Raises:
            BleError: it did, or was none.
        """
        self._report("connecting", None)
        connection = await self._air.connect(self._source, place)
        began_ns = self._clock.mono_ns()
        self._delivered_ns = self._first_ns = None
        self._first.clear()
        optional: asyncio.Task[None] | None = None
        try:
            self._report("subscribing", None)
            if place.sighting.strength_dbm is not None:
                self._deliver_rssi(place.sighting.strength_dbm, deliver)
            for channel in self._needed:
                await self._start(connection, channel, deliver)
            self._connection = connection
            self._connected.set()
            self._report("streaming", None)
            log_event(
                _log,
                STRAP_CONNECTED,
                source=self._source,
                adapter=place.adapter.name,
                mtu=connection.mtu,
            )
            optional = asyncio.create_task(
                self._start_optional(connection, deliver), name=f"optional {self._source}"
            )
            reason = await connection.ended
            if reason.cause is Cause.DROPPED:
                self._diagnosis = self._diary.ended(began_ns, self._clock.mono_ns())
            raise reason
        except asyncio.CancelledError:
            self._note_silence(place, began_ns)
            raise
        finally:
            self._connected.clear()
            self._connection = None
            if optional is not None:
                await end(optional)
            await connection.close()

    async def _start(self, connection: Connection, channel: Channel, deliver: Deliver) -> None:
        """Subscribe to a channel, read it, or both.

        Raises:
            BleError: the device has none such, refuses, or does not answer.
        """
        take = partial(self._take, channel, deliver)
        match channel.use:
            case "notify":
                await connection.subscribe(channel.name, take)
            case "read":
                take(await connection.read(channel.name))
            case "both":
                echo = Echo(self._clock, take)
                await connection.subscribe(channel.name, echo.notified)
                echo.read(await connection.read(channel.name))

    async def _start_optional(self, connection: Connection, deliver: Deliver) -> None:
        """Start what is optional, each for itself; try what fails again while the connection lasts."""
        if self._needed:
            await wait_for(self._first, self._clock, OPTIONAL_AFTER_S)
        waiting: Sequence[Channel] = [c for c in self._optional if connection.offers(c.name)]
        said = set[str]()
        while waiting:
            failed = []
            for channel in waiting:
                try:
                    await self._start(connection, channel, deliver)
                except BleError as error:
                    failed.append(channel)
                    if channel.name not in said:
                        said.add(channel.name)
                        log_event(_log, STRAP_WITHOUT, source=self._source, reason=error)
            waiting = failed
            await self._clock.sleep(OPTIONAL_RETRY_S)

    def _take(self, channel: Channel, deliver: Deliver, data: bytes) -> None:
        now_ns = self._clock.mono_ns()
        if not channel.optional or not self._needed:
            self._delivered_ns = now_ns
            self._first_ns = self._first_ns or now_ns
            self._first.set()
            self._ladder.streaming(now_ns)
            if self._place is not None:
                steady = now_ns - self._first_ns >= STEADY_NS
                self._air.hear(self._source, self._place, steady=steady)
        deliver(Packet(channel.name, data, now_ns))

    def _deliver_rssi(self, rssi_dbm: int, deliver: Deliver) -> None:
        deliver(Packet(RSSI, struct.pack("b", max(-128, min(127, rssi_dbm))), self._clock.mono_ns()))

    def _note_silence(self, place: Place, began_ns: int) -> None:
        """Note that somebody ended a connection that had fallen silent: a link never ends one for that."""
        now_ns = self._clock.mono_ns()
        if now_ns - (self._delivered_ns or began_ns) >= self._silent_ns:
            place.adapter.suspect()
            error = BleError(Cause.SILENT, "nothing came over a connection that seemed good")
            if self._ladder.failed(Cause.SILENT, now_ns) is Rung.BLAME:
                place.adapter.blame(error)

    async def _climb(self, place: Place, error: BleError) -> None:
        match self._ladder.failed(error.cause, self._clock.mono_ns()):
            case Rung.FORGET:
                await place.adapter.forget(place.sighting)
            case Rung.BLAME:
                place.adapter.blame(error)
            case Rung.RETRY:
                pass
        if error.cause is Cause.TIMEOUT:
            place.adapter.suspect()

    def _told(self, error: BleError) -> BleError:
        """Return the error as people are to read it, with the diagnosis where there is one."""
        diagnosis = self._diagnosis if error.cause is Cause.DROPPED else None
        known = diagnosis or error
        mend = known.mend or "Look whether the device is on, charged, worn and in range."
        return BleError(known.cause, known.what, mend=mend)
