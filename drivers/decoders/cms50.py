"""The decoder of Contec pulse oximeters: CMS50D+, CMS50E, CMS50F and their like."""

from typing import Final

from drivers.decoders.cms50_reading import (
    DISCONNECTED,
    FRAME_5_SIZE,
    FRAME_9_SIZE,
    LIVE,
    OximeterReading,
    OximeterStatus,
    command,
    measure_5,
    measure_9,
    unpacked,
)
from drivers.decoders.contact import Contact
from drivers.decoders.options import one_of
from drivers.decoders.wire.frame_buffer import FrameBuffer
from drivers.decoders.wire.paced_number import PacedNumber
from drivers.decoders.wire.serial_decoder import CHANNEL, SerialDecoder, Told
from drivers.decoders.wire.steady_stream import SteadyStream
from edged.model import NS_PER_S, Event, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded

RATE_HZ: Final = 60
PPG: Final = StreamInfo("ppg", "{count}", RATE_HZ)
BAR_GRAPH: Final = StreamInfo("bar_graph", "{count}", RATE_HZ)
SPO2: Final = StreamInfo("spo2", "%")
PULSE_RATE: Final = StreamInfo("pulse_rate", "/min")

START_LIVE: Final = Packet(CHANNEL, command(0xA1))
KEEP_ALIVE: Final = Packet(CHANNEL, command(0xAF))
KEEP_ALIVE_NS: Final = 5 * NS_PER_S
BLOCK: Final = 6
"""Samples a chunk: a tenth of a second."""

_OFF: Final = OximeterStatus.PROBE_ERROR | OximeterStatus.SEARCHING_TOO_LONG


class Cms50Decoder(SerialDecoder):
    """Oxygen saturation, pulse rate, plethysmogram and bar graph.

    A device of the 9-byte protocol sends live data when it is told to, and for as long as it hears something
    each 5 s or so. Those of the 5-byte protocol send on their own, and take no commands here.

    Args:
        protocol: ``v7``, 9 bytes at 115200 baud 8N1; or ``v5``, 5 bytes at 19200 baud 8O1.

    Raises:
        DriverError: neither of them.
    """

    def __init__(self, *, protocol: str = "v7") -> None:
        super().__init__()
        self._is_v7 = one_of("protocol", protocol, ("v7", "v5")) == "v7"
        self._frames = (
            FrameBuffer(measure_9, FRAME_9_SIZE) if self._is_v7 else FrameBuffer(measure_5, FRAME_5_SIZE)
        )
        self._ppg = SteadyStream(PPG, BLOCK)
        self._bar_graph = SteadyStream(BAR_GRAPH, BLOCK)
        self._spo2 = PacedNumber(SPO2, RATE_HZ)
        self._pulse_rate = PacedNumber(PULSE_RATE, RATE_HZ)
        self._contact = Contact()
        self._status: tuple[str, ...] = ()
        self._due_ns = 0
        self._is_live = False

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return all of them."""
        return (PPG, BAR_GRAPH, SPO2, PULSE_RATE)

    def due_ns(self) -> int | None:
        """Return when the device is to hear something."""
        return self._due_ns if self._is_v7 else None

    def wake(self, mono_ns: int) -> Decoded:
        """Keep the device sending; start it again where it has fallen silent."""
        self._due_ns = mono_ns + KEEP_ALIVE_NS
        was_live, self._is_live = self._is_live, False
        return Decoded(commands=(KEEP_ALIVE,) if was_live else (START_LIVE, KEEP_ALIVE))

    def _commands(self) -> list[Packet]:
        return [START_LIVE] if self._is_v7 else []

    def _reset(self) -> None:
        self._frames.reset()
        self._ppg.restart()
        self._bar_graph.restart()
        self._due_ns = 0
        self._is_live = True  # what was just told to start needs no second word

    def _take(self, data: bytes, told: Told) -> None:
        for frame in self._frames.feed(data):
            if isinstance(frame, int):
                self._junk(told, frame)
                self._ppg.interrupt()
                self._bar_graph.interrupt()
            elif not self._is_v7:
                self._reading(OximeterReading.parse_5(frame), told)
            elif frame[0] == LIVE:
                self._reading(OximeterReading.parse_9(frame), told)
            elif frame[0] == DISCONNECTED:
                reason = unpacked(frame)[0]
                told.faults.append(f"the device has ended the connection (reason {reason}); started again")
                told.commands.append(START_LIVE)

    def _reading(self, reading: OximeterReading, told: Told) -> None:
        self._understood()
        self._is_live = True
        at_ns = told.mono_ns
        told.events += self._contact.update(detected=not reading.status & _OFF, mono_ns=at_ns)
        told.events += self._noted(reading, at_ns)
        quality = self._contact.quality
        if reading.status & OximeterStatus.SEARCHING:
            quality |= Quality.HELD
        if not reading.signal_strength:
            quality |= Quality.ARTEFACT
        told.chunks += self._ppg.add(at_ns, (reading.pleth,), quality)
        told.chunks += self._bar_graph.add(at_ns, (reading.bar_graph,), quality)
        told.chunks += self._spo2.add(at_ns, reading.spo2, quality)
        told.chunks += self._pulse_rate.add(at_ns, reading.pulse_rate, quality)

    def _noted(self, reading: OximeterReading, at_ns: int) -> tuple[Event, ...]:
        notes = reading.status & ~OximeterStatus.BEEP
        status = tuple(flag.name.lower() for flag in notes if flag.name)
        if not reading.signal_strength:
            status += ("no_signal",)
        if status == self._status:
            return ()
        self._status = status
        return (Event("sensor_status", at_ns, detail={"status": list(status)}),)
