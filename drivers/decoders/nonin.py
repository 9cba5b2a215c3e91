"""The decoder of Nonin pulse oximeters with a serial port: OEM III, Xpod, 2500, 8500, 9600, 9847 and others.

Binary: serial data format 2, see ``nonin_frame``. Text: the real-time output for printers, "SPO2=XXX HR=YYY"
once a second, as the operator's manuals of the models 2500, 8500, 9600 and 9847 have it ("Communications").
"""

import re
from collections.abc import Iterator
from typing import Final

from drivers.decoders.contact import Contact
from drivers.decoders.nonin_frame import (
    FRAME_SIZE,
    FRAMES_A_PACKET,
    Frame,
    FrameStatus,
    NoninNumbers,
    measure,
)
from drivers.decoders.options import one_of
from drivers.decoders.wire.frame_buffer import FrameBuffer
from drivers.decoders.wire.line_buffer import LineBuffer
from drivers.decoders.wire.paced_number import PacedNumber
from drivers.decoders.wire.serial_decoder import SerialDecoder, Told
from drivers.decoders.wire.steady_stream import SteadyStream
from edged.model import DEVICE_IDENTIFIED, Event, Quality, StreamInfo

RATE_HZ: Final = 75
PPG: Final = StreamInfo("ppg", "{count}", RATE_HZ)
SPO2: Final = StreamInfo("spo2", "%")
PULSE_RATE: Final = StreamInfo("pulse_rate", "/min")
SPO2_FAST: Final = StreamInfo("spo2_fast", "%")
SPO2_SLOW: Final = StreamInfo("spo2_slow", "%")
PULSE_RATE_SLOW: Final = StreamInfo("pulse_rate_slow", "/min")

BLOCK: Final = 5
"""Samples a chunk: five chunks a packet."""
MAX_LINE_BYTES: Final = 80
LINE: Final = re.compile(
    rb"(?:\d\d:\d\d:\d\d +)?SPO2=(?P<spo2>\d{1,3}|---) +HR=(?P<rate>\d{1,3}|---)(?: *[F*B])*"
)
"""A line of text; F is for fast, * for a mark by the user, B for a breath."""

_OFF: Final = FrameStatus.SENSOR_DISCONNECT | FrameStatus.SENSOR_ALARM


class NoninDecoder(SerialDecoder):
    """Oxygen saturation and pulse rate; in the binary format the plethysmogram and other averages too.

    Args:
        format: ``binary``, ``text``, or ``auto`` for that of which something is understood first.

    Raises:
        DriverError: none of them.
    """

    def __init__(self, *, format: str = "auto") -> None:  # noqa: A002  the option as it is written in a configuration, nonin?format=8, after the maker's manual
        super().__init__()
        self._wanted = one_of("format", format, ("auto", "binary", "text"))
        self._format = self._wanted
        self._frames = FrameBuffer(measure, FRAME_SIZE)
        self._lines = LineBuffer(MAX_LINE_BYTES)
        self._packet: list[Frame] = []
        self._ppg = SteadyStream(PPG, BLOCK)
        self._spo2 = PacedNumber(SPO2, 1)
        self._pulse_rate = PacedNumber(PULSE_RATE, 1)
        self._others = {info: PacedNumber(info, 1) for info in (SPO2_FAST, SPO2_SLOW, PULSE_RATE_SLOW)}
        self._contact = Contact()
        self._revision: int | None = None
        self._has_read = False

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return those of both formats."""
        return (PPG, SPO2, PULSE_RATE, SPO2_FAST, SPO2_SLOW, PULSE_RATE_SLOW)

    def _reset(self) -> None:
        self._format, self._has_read = self._wanted, False
        self._frames.reset()
        self._lines.reset()
        self._packet.clear()
        self._ppg.restart()

    def _take(self, data: bytes, told: Told) -> None:
        if self._format == "auto":
            for byte in data:
                self._take_some(bytes((byte,)), told)
        else:
            self._take_some(data, told)

    def _take_some(self, data: bytes, told: Told) -> None:
        if self._format != "text":
            for frame in self._frames.feed(data):
                if isinstance(frame, int):
                    self._lost(frame, told)
                else:
                    self._format = "binary"
                    self._frame(Frame.parse(frame), told)
        if self._format != "binary":
            for line in self._text(data, told):
                self._line(line, told)

    def _text(self, data: bytes, told: Told) -> Iterator[bytes | None]:
        """Return the lines; until the format is known, it is the frames that tell how much is in vain."""
        return self._split(self._lines, data, told) if self._format == "text" else self._lines.feed(data)

    def _lost(self, size: int, told: Told) -> None:
        if self._format == "binary" or size >= FRAME_SIZE * FRAMES_A_PACKET:
            self._junk(told, size)
        self._packet.clear()
        self._ppg.interrupt()

    def _frame(self, frame: Frame, told: Told) -> None:
        self._understood()
        is_off = bool(frame.status & _OFF)
        told.events += self._contact.update(detected=not is_off, mono_ns=told.mono_ns)
        told.chunks += self._ppg.add(told.mono_ns, (frame.pleth,), _quality(frame.status))
        if frame.status & FrameStatus.SYNC:
            if self._packet:
                told.faults.append(f"a packet of {len(self._packet)} frames; its numbers are left out")
            self._packet = [frame]
        elif self._packet:
            self._packet.append(frame)
        if len(self._packet) == FRAMES_A_PACKET:
            self._numbers(self._packet, told)
            self._packet = []

    def _numbers(self, packet: list[Frame], told: Told) -> None:
        numbers = NoninNumbers.parse([frame.data for frame in packet])
        quality = Quality.GOOD
        for frame in packet:
            quality |= _quality(frame.status)
        at_ns = told.mono_ns
        told.chunks += self._spo2.add(at_ns, numbers.spo2, quality)
        told.chunks += self._pulse_rate.add(at_ns, numbers.heart_rate, quality)
        told.chunks += self._others[SPO2_FAST].add(at_ns, numbers.spo2_fast, quality)
        told.chunks += self._others[SPO2_SLOW].add(at_ns, numbers.extended_spo2, quality)
        told.chunks += self._others[PULSE_RATE_SLOW].add(at_ns, numbers.extended_heart_rate, quality)
        if numbers.revision != self._revision:
            self._revision = numbers.revision
            detail = {"manufacturer": "Nonin", "firmware": str(numbers.revision)}
            told.events.append(Event(DEVICE_IDENTIFIED, at_ns, detail=detail))

    def _line(self, line: bytes | None, told: Told) -> None:
        match = LINE.fullmatch(line) if line else None
        if match:
            self._format, self._has_read = "text", True
            self._understood()
            told.chunks += self._spo2.add(told.mono_ns, _number(match["spo2"]), Quality.CONTACT_UNKNOWN)
            told.chunks += self._pulse_rate.add(told.mono_ns, _number(match["rate"]), Quality.CONTACT_UNKNOWN)
        elif self._format == "text" and (self._has_read or not _is_header(line)):
            self._bad_line(told, line, MAX_LINE_BYTES, "not a reading")


def _is_header(line: bytes | None) -> bool:
    """Tell whether it may be what a device prints when it is switched on."""
    return line is not None and line.isascii() and line.decode("ascii").isprintable()


def _number(text: bytes) -> int | None:
    return None if text == b"---" else int(text)


def _quality(status: FrameStatus) -> Quality:
    quality = Quality.NO_CONTACT if status & _OFF else Quality.GOOD
    if status & FrameStatus.OUT_OF_TRACK:
        quality |= Quality.HELD
    if status & FrameStatus.ARTIFACT:
        quality |= Quality.ARTEFACT
    return quality
