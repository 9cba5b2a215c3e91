"""The decoder of a BITalino, over its Bluetooth or USB serial port."""

import re
from typing import Final

from drivers.decoders.bitalino.frame import MODULUS, BitalinoFrame, FrameFinder, bits
from drivers.decoders.options import number, one_of
from drivers.decoders.wire.channel_numbers import channel_numbers
from drivers.decoders.wire.command_queue import CommandQueue
from drivers.decoders.wire.counted_cursor import CountedCursor, Row
from drivers.decoders.wire.serial_decoder import CHANNEL, SerialDecoder, Told
from edged.errors import DriverError
from edged.model import DEVICE_IDENTIFIED, Event, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded

RATES: Final = {"1": 0x03, "10": 0x43, "100": 0x83, "1000": 0xC3}
"""Rate to the command that sets it (``start`` of the vendor's ``bitalino.py``)."""
STOP: Final = 0x00
VERSION: Final = 0x07
LIVE: Final = 0x01
BATTERY_LOW_V: Final = (3.4, 3.8)
BATTERY_STEPS: Final = 63
PAUSE_S: Final = 0.1
"""Between commands, as the vendor's library does."""
RETRY_S: Final = 4.0
CHUNK_S: Final = 0.04
BETWEEN_MAX: Final = 4096
SUPPLY_UV: Final = 3.3e6
GAINS: Final = {"ecg": 1100.0, "emg": 1009.0}
"""Of the sensors of the (r)evolution series, by their data sheets."""
DIGITAL: Final = StreamInfo("digital", "1", 0.0, ("i1", "i2", "i3_o1", "i4_o2"))


class BitalinoDecoder(SerialDecoder):
    """Up to six channels of 10 and 6 bits and four digital lines, at 1, 10, 100 or 1000 Hz.

    Four bits of checksum pass one damaged frame in 16: a frame counts only if it also continues the sequence,
    or is followed by two that do.

    Args:
        rate: in Hz.
        channels: which of A1 to A6, separated by commas.
        ecg: which of them has the ECG sensor; none by default.
        emg: which has the EMG sensor.
        battery_low: below how many volts the board lights its battery lamp, 3.4 to 3.8.

    Raises:
        DriverError: an option cannot be used.
    """

    def __init__(
        self,
        *,
        rate: str = "1000",
        channels: str = "1,2,3,4,5,6",
        ecg: str = "",
        emg: str = "",
        battery_low: str = "3.4",
    ) -> None:
        super().__init__()
        self._rate = one_of("rate", rate, list(RATES))
        self._channels = channel_numbers(channels, 6)
        self._sensors = self._places(ecg=ecg, emg=emg)
        least_v, most_v = BATTERY_LOW_V
        low_v = number("battery_low", battery_low, minimum=least_v, maximum=most_v)
        self._battery_low = round((low_v - least_v) / (most_v - least_v) * BATTERY_STEPS)
        rate_hz = float(rate)
        infos = [StreamInfo(quantity, "uV", rate_hz) for quantity in self._sensors.values()]
        self._raw = [place for place in range(len(self._channels)) if place not in self._sensors]
        if self._raw:
            labels = tuple(f"a{self._channels[place]}" for place in self._raw)
            infos.append(StreamInfo("analog", "{count}", rate_hz, labels))
        infos.append(DIGITAL)
        self._infos = tuple(infos)
        self._cursor = CountedCursor(infos, rate_hz, MODULUS, max(round(rate_hz * CHUNK_S), 1))
        self._finder = FrameFinder(len(self._channels))
        self._between = bytearray()
        self._queue = CommandQueue(CHANNEL)
        self._digital: tuple[int, ...] = ()
        self._is_begun = False

    def due_ns(self) -> int | None:
        """Return when the next command is due: until the first frame."""
        return self._queue.due_ns()

    def wake(self, mono_ns: int) -> Decoded:
        """Send the next command; begin anew when all were sent and no frame came."""
        commands = self._queue.wake(mono_ns)
        if not self._is_begun and self._queue.is_done:
            self._plan()
        return Decoded(commands=commands)

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return those of the channels asked for."""
        return self._infos

    def _commands(self) -> list[Packet]:
        """Stop what may run; the rest follows in time."""
        return [Packet(CHANNEL, bytes((STOP,)))]

    def _reset(self) -> None:
        self._finder.reset()
        self._cursor.begin()
        self._between.clear()
        self._digital = ()
        self._is_begun = False
        self._plan()

    def _take(self, data: bytes, told: Told) -> None:
        for part in self._finder.feed(data):
            if isinstance(part, BitalinoFrame):
                self._tell_between(told)
                self._sample(part, told)
                continue
            self._between.append(part)
            if len(self._between) >= BETWEEN_MAX:
                self._tell_between(told)

    def _sample(self, frame: BitalinoFrame, told: Told) -> None:
        self._understood()
        self._is_begun = True
        self._queue.cancel()
        chunks, missing = self._cursor.add(frame.number, self._rows(frame), told.mono_ns)
        told.chunks += chunks
        if missing:
            told.faults.append(f"samples missing, by the last 4 bits of their number: {missing}")

    def _places(self, **sensors: str) -> dict[int, str]:
        """Return the quantity of each place in the frame that has a sensor."""
        places: dict[int, str] = {}
        for quantity, text in sensors.items():
            if not text:
                continue
            known = [str(channel) for channel in self._channels]
            place = known.index(one_of(quantity, text, known))
            if place in places:
                raise DriverError(f"{quantity}={text} is the channel of another sensor")
            places[place] = quantity
        return places

    def _plan(self) -> None:
        mask = sum(4 << channel - 1 for channel in self._channels)
        commands = (STOP, VERSION, self._battery_low << 2, RATES[self._rate], LIVE | mask)
        self._queue.begin([*((PAUSE_S, bytes((command,))) for command in commands), (RETRY_S, b"")])

    def _tell_between(self, told: Told) -> None:
        """Understand the name that the board gives before its frames, or tell of the bytes that are none."""
        between = bytes(self._between)
        self._between.clear()
        if version := re.search(rb"BITalino_?v?([0-9.]{1,8})", between):
            identity = {"manufacturer": "PLUX", "model": "BITalino", "firmware": version[1].decode("ascii")}
            told.events.append(Event(DEVICE_IDENTIFIED, told.mono_ns, detail=identity))
        elif between and (self._is_begun or len(between) >= BETWEEN_MAX):
            self._junk(told, len(between))

    def _rows(self, frame: BitalinoFrame) -> dict[str, Row]:
        rows = {}
        for place, quantity in self._sensors.items():
            most = (1 << bits(place)) - 1
            count = frame.analog[place]
            microvolts = (count / (most + 1) - 0.5) * SUPPLY_UV / GAINS[quantity]
            rows[quantity] = Row([microvolts], Quality.GOOD if 0 < count < most else Quality.SATURATED)
        if self._raw:
            rows["analog"] = Row([frame.analog[place] for place in self._raw])
        if frame.digital != self._digital:
            self._digital = frame.digital
            rows["digital"] = Row(frame.digital)
        return rows
