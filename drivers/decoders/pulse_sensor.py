"""The decoder of the PulseSensor, an optical sensor for a finger or an ear lobe on an Arduino.

Lines ``S512``, ``B72`` and ``Q833`` at 115200 baud, as the sketch "Pulse Sensor Amped Arduino" 1.1 to 1.5
prints them for the Processing Visualizer (``AllSerialHandling.ino``), and the PulseSensor Playground library.
"""

import re
from typing import Final

from drivers.decoders.options import number
from drivers.decoders.stream_cursor import StreamCursor
from drivers.decoders.wire.line_buffer import LineBuffer
from drivers.decoders.wire.serial_decoder import SerialDecoder, Told
from drivers.decoders.wire.steady_stream import SteadyStream
from edged.model import Quality, StreamInfo

PULSE_RATE: Final = StreamInfo("pulse_rate", "/min")
PP_INTERVAL: Final = StreamInfo("pp_interval", "ms")

MAX_LINE_BYTES: Final = 16
LINE: Final = re.compile(rb"([SBQ])(\d{1,6})")
PP_MAX_MS: Final = 60_000


class PulseSensorDecoder(SerialDecoder):
    """Plethysmogram (``S``), pulse rate (``B``) and interval between two beats (``Q``).

    A beat is stamped with the receipt of its line. The sensor cannot tell whether it touches the skin.

    Args:
        rate: samples a second, 1 to 1000; the sketch sends one each 20 ms.
        bits: of the board's converter, 8 to 16; at its limits a sample is ``SATURATED``.

    Raises:
        DriverError: not a number, or out of range.
    """

    def __init__(self, *, rate: str = "50", bits: str = "10") -> None:
        super().__init__()
        rate_hz = number("rate", rate, minimum=1, maximum=1000)
        self._greatest = 2 ** int(number("bits", bits, minimum=8, maximum=16)) - 1
        self._lines = LineBuffer(MAX_LINE_BYTES)
        self._ppg = SteadyStream(StreamInfo("ppg", "{count}", rate_hz), max(round(rate_hz / 10), 1))
        self._pulse_rate = StreamCursor(PULSE_RATE)
        self._pp_interval = StreamCursor(PP_INTERVAL)
        self._is_cut = True

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return all of them."""
        return (self._ppg.info, PULSE_RATE, PP_INTERVAL)

    def _reset(self) -> None:
        self._lines.reset()
        self._ppg.restart()
        self._is_cut = True

    def _take(self, data: bytes, told: Told) -> None:
        for line in self._split(self._lines, data, told):
            match = LINE.fullmatch(line) if line else None
            if match:
                self._understood()
                self._value(match[1], int(match[2]), told)
            elif not self._is_cut:
                self._ppg.interrupt()
                self._bad_line(told, line, MAX_LINE_BYTES, "not S, B or Q and a number")
            self._is_cut = False

    def _value(self, letter: bytes, value: int, told: Told) -> None:
        quality, at_ns = Quality.CONTACT_UNKNOWN, told.mono_ns
        match letter:
            case b"S":
                quality |= Quality.GOOD if 0 < value < self._greatest else Quality.SATURATED
                told.chunks += self._ppg.add(at_ns, (value,), quality)
            case b"B":
                quality |= Quality.GOOD if value else Quality.NO_READING
                told.chunks.append(self._pulse_rate.chunk(at_ns, [value], quality))
            case _:
                quality |= Quality.GOOD if 0 < value < PP_MAX_MS else Quality.ARTEFACT
                told.chunks.append(self._pp_interval.chunk(at_ns, [value], quality))
