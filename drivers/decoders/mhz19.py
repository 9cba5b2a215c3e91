"""The decoder of Winsen's carbon dioxide sensors MH-Z19, MH-Z19B, MH-Z19C and MH-Z14 (9600 baud, 8N1).

MH-Z19B user's manual V1.0 (Winsen, 2016), command 0x86. Bytes 4 and 5 of the answer are not in it; that the
former is the temperature, 40 degrees up, is what ESPHome (``mhz19.cpp``) and others read.
"""

from dataclasses import dataclass
from typing import Final, Self

from drivers.decoders.stream_cursor import StreamCursor
from drivers.decoders.wire.frame_buffer import NO_FRAME, WAIT, FrameBuffer
from drivers.decoders.wire.serial_decoder import CHANNEL, SerialDecoder, Told
from edged.model import NS_PER_S, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded

CO2: Final = StreamInfo("co2", "[ppm]")
TEMPERATURE: Final = StreamInfo("temperature", "Cel")

READ: Final = Packet(CHANNEL, bytes.fromhex("ff 01 86 00 00 00 00 00 79"))
INTERVAL_NS: Final = NS_PER_S
RANGE_PPM: Final = 10_000
"""Of the model with the widest."""

_HEAD: Final = bytes.fromhex("ff 86")
_SIZE: Final = 9
_ZERO_CEL: Final = 40


@dataclass(frozen=True, slots=True)
class GasConcentration:
    """The answer to command 0x86.

    Attributes:
        co2: in ppm.
        temperature: within the sensor, degrees Celsius.
    """

    co2: int
    temperature: int

    @classmethod
    def parse(cls, frame: bytes) -> Self:
        """Read a frame that ``measure`` has measured."""
        return cls(int.from_bytes(frame[2:4]), frame[4] - _ZERO_CEL)


def measure(data: bytearray) -> int:
    """Tell how long the answer is: 9 bytes, which add up to 0 modulo 256 without the first."""
    if not data.startswith(_HEAD):
        return WAIT if _HEAD.startswith(data) else NO_FRAME
    if len(data) < _SIZE:
        return WAIT
    return _SIZE if sum(data[1:_SIZE]) % 256 == 0 else NO_FRAME


class Mhz19Decoder(SerialDecoder):
    """Carbon dioxide and temperature, asked for each second."""

    def __init__(self) -> None:
        super().__init__()
        self._frames = FrameBuffer(measure, _SIZE)
        self._co2 = StreamCursor(CO2)
        self._temperature = StreamCursor(TEMPERATURE)
        self._due_ns = 0

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return both."""
        return (CO2, TEMPERATURE)

    def due_ns(self) -> int:
        """Return when to ask again."""
        return self._due_ns

    def wake(self, mono_ns: int) -> Decoded:
        """Ask, and be woken a second later."""
        self._due_ns = mono_ns + INTERVAL_NS
        return Decoded(commands=(READ,))

    def _reset(self) -> None:
        self._frames.reset()
        self._due_ns = 0

    def _take(self, data: bytes, told: Told) -> None:
        for frame in self._frames.feed(data):
            if isinstance(frame, int):
                self._junk(told, frame)
                continue
            self._understood()
            answer = GasConcentration.parse(frame)
            quality = Quality.GOOD if answer.co2 <= RANGE_PPM else Quality.ARTEFACT
            told.chunks.append(self._co2.chunk(told.mono_ns, [answer.co2], quality))
            told.chunks.append(self._temperature.chunk(told.mono_ns, [answer.temperature]))
