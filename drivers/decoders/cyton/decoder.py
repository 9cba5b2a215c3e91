"""The decoder of an OpenBCI Cyton, over the serial port of its dongle."""

import re
from typing import Final

from drivers.decoders.cyton.packet import (
    CHANNELS,
    COUNT_MAX,
    COUNT_MIN,
    MICROVOLTS,
    MILLI_G,
    MODULUS,
    RATE_HZ,
    CytonPacket,
    PacketFinder,
)
from drivers.decoders.options import one_of
from drivers.decoders.wire.channel_numbers import channel_numbers
from drivers.decoders.wire.command_queue import CommandQueue
from drivers.decoders.wire.counted_cursor import CountedCursor, Row
from drivers.decoders.wire.serial_decoder import CHANNEL, SerialDecoder, Told
from edged.model import DEVICE_IDENTIFIED, Event, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded

BLOCK: Final = 10
"""Samples in a chunk: 40 ms."""
STOP: Final = b"s"
RESET: Final = b"v"
START: Final = b"b"
EIGHT_CHANNELS: Final = b"c"
END_OF_TEXT: Final = b"$$$"
BETWEEN_MAX: Final = 4096
RETRY_S: Final = 4.0
ACCELERATION: Final = StreamInfo("acceleration", "m[g]", 25.0, ("x", "y", "z"))


class CytonDecoder(SerialDecoder):
    """Eight channels of 24 bits at 250 Hz, and acceleration at 25 Hz.

    The board is stopped and reset, which sets its gain of 24, told to do without a Daisy module where it has
    one, and started; that is begun anew every 4 s until a packet comes.

    Args:
        channels: which of 1 to 8 are used, separated by commas.
        quantity: what they measure: ``eeg``, ``ecg`` or ``emg``.

    Raises:
        DriverError: an option cannot be used.
    """

    def __init__(self, *, channels: str = "1,2,3,4,5,6,7,8", quantity: str = "eeg") -> None:
        super().__init__()
        self._channels = channel_numbers(channels, CHANNELS)
        labels = tuple(f"ch{number}" for number in self._channels)
        info = StreamInfo(one_of("quantity", quantity, ("eeg", "ecg", "emg")), "uV", RATE_HZ, labels)
        self._quantity = info.quantity
        self._infos = (info, ACCELERATION)
        self._cursor = CountedCursor(self._infos, RATE_HZ, MODULUS, BLOCK)
        self._finder = PacketFinder()
        self._queue = CommandQueue(CHANNEL)
        self._between = bytearray()
        self._is_waiting = False

    def due_ns(self) -> int | None:
        """Return when to ask again: while nothing has come that was asked for."""
        return self._queue.due_ns()

    def wake(self, mono_ns: int) -> Decoded:
        """Ask again."""
        commands = self._queue.wake(mono_ns)
        if self._is_waiting and self._queue.is_done:
            self._plan_again()
        return Decoded(commands=commands)

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return both."""
        return self._infos

    def _commands(self) -> list[Packet]:
        """Stop what may run, and reset."""
        return [Packet(CHANNEL, STOP), Packet(CHANNEL, RESET)]

    def _reset(self) -> None:
        self._finder.reset()
        self._cursor.begin()
        self._between.clear()
        self._is_waiting = True
        self._plan_again()

    def _take(self, data: bytes, told: Told) -> None:
        for part in self._finder.feed(data):
            if isinstance(part, CytonPacket):
                self._tell_junk(told)
                self._sample(part, told)
                continue
            self._between.append(part)
            if self._between.endswith(END_OF_TEXT):
                self._said(bytes(self._between), told)
                self._between.clear()
            elif len(self._between) >= BETWEEN_MAX:
                self._tell_junk(told)

    def _sample(self, packet: CytonPacket, told: Told) -> None:
        self._understood()
        self._is_waiting = False
        self._queue.cancel()
        chunks, missing = self._cursor.add(packet.number, self._rows(packet), told.mono_ns)
        told.chunks += chunks
        if missing:
            told.faults.append(f"samples missing before number {packet.number}: {missing}")

    def _plan_again(self) -> None:
        self._queue.begin([(RETRY_S, STOP), (0.1, RESET), (RETRY_S, b"")])

    def _said(self, text: bytes, told: Told) -> None:
        """Understand what the board or its dongle says before it streams."""
        words = " ".join(text.decode("ascii", "replace").replace("$", "").split())
        if "Failure" in words or "failed to poll" in words:
            told.faults.append(f"the dongle says: {words[:80]}; is the board switched on?")
            return
        if "OpenBCI" in words:
            told.chunks += self._cursor.end()
            told.events.append(Event(DEVICE_IDENTIFIED, told.mono_ns, detail=_identity(words)))
            if "On Daisy" in words:
                told.commands.append(Packet(CHANNEL, EIGHT_CHANNELS))
                return
        elif "daisy removed" not in words:
            return
        told.commands.append(Packet(CHANNEL, START))

    def _tell_junk(self, told: Told) -> None:
        count = len(self._between)
        self._between.clear()
        if count:
            self._junk(told, count)

    def _rows(self, packet: CytonPacket) -> dict[str, Row]:
        counts = [packet.counts[number - 1] for number in self._channels]
        is_railed = any(count in (COUNT_MIN, COUNT_MAX) for count in counts)
        rows = {
            self._quantity: Row(
                [count * MICROVOLTS for count in counts],
                Quality.SATURATED if is_railed else Quality.GOOD,
            )
        }
        if packet.acceleration:
            rows["acceleration"] = Row([count * MILLI_G for count in packet.acceleration])
        return rows


def _identity(words: str) -> dict[str, object]:
    has_daisy = "On Daisy" in words
    identity: dict[str, object] = {
        "manufacturer": "OpenBCI",
        "model": "Cyton with Daisy" if has_daisy else "Cyton",
    }
    if firmware := re.search(r"Firmware: (v[0-9.]{1,12})", words):
        identity["firmware"] = firmware[1]
    return identity
