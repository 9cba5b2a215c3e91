"""Speed and cadence of a bicycle, from the turns of wheel and crank that its sensors count."""

from typing import Final

from drivers.decoders.gatt.fields import Fields
from drivers.decoders.gatt.revolutions import Revolutions, Turns
from drivers.decoders.options import number
from drivers.decoders.stream_cursor import StreamCursor
from edged.model import Chunk, StreamInfo

SPEED: Final = StreamInfo("speed", "m/s")
CADENCE: Final = StreamInfo("cadence", "/min")
WHEEL_REVOLUTIONS: Final = StreamInfo("wheel_revolutions", "1")
CRANK_REVOLUTIONS: Final = StreamInfo("crank_revolutions", "1")

WHEEL_MM: Final = "2105"
"""Of a tyre 700x25C, as the tables of bicycle computers have it."""

_MOST_WHEEL_HZ: Final = 30.0
_MOST_CRANK_HZ: Final = 5.0
"""Sprinters on a track reach 4.5."""


def read_wheel(fields: Fields) -> Turns:
    """Read the turns of a wheel: 6 bytes.

    Raises:
        MalformedPacket: they are not whole.
    """
    return Turns(fields.uint(32, "wheel revolutions"), fields.uint(16, "time of the last wheel event"))


def read_crank(fields: Fields) -> Turns:
    """Read the turns of a crank: 4 bytes.

    Raises:
        MalformedPacket: they are not whole.
    """
    return Turns(fields.uint(16, "crank revolutions"), fields.uint(16, "time of the last crank event"))


class WheelAndCrank:
    """Makes chunks of turns, stamped with their receipt.

    Args:
        wheel_mm: circumference of the wheel, mm, as text, 200 to 4000.
        wheel_ticks_per_s: of the time of the last turn of the wheel, which services differ in.

    Raises:
        DriverError: the circumference is not a number, or not one of a wheel.
    """

    def __init__(self, wheel_mm: str, *, wheel_ticks_per_s: int) -> None:
        self._wheel_m = number("wheel_mm", wheel_mm, minimum=200, maximum=4000) / 1000
        self._wheel = Revolutions(32, wheel_ticks_per_s, _MOST_WHEEL_HZ)
        self._crank = Revolutions(16, 1024, _MOST_CRANK_HZ)
        self._speed = StreamCursor(SPEED)
        self._cadence = StreamCursor(CADENCE)
        self._wheel_revolutions = StreamCursor(WHEEL_REVOLUTIONS)
        self._crank_revolutions = StreamCursor(CRANK_REVOLUTIONS)

    def start(self) -> None:
        """Begin a connection."""
        self._wheel.start()
        self._crank.start()

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return all streams that come of turns."""
        return (SPEED, CADENCE, WHEEL_REVOLUTIONS, CRANK_REVOLUTIONS)

    def chunks(self, wheel: Turns | None, crank: Turns | None, mono_ns: int) -> list[Chunk]:
        """Return what a packet says; None for what is not in it."""
        chunks = []
        if wheel is not None:
            rate_hz = self._wheel.rate_hz(wheel, mono_ns)
            if rate_hz is not None:
                chunks.append(self._speed.chunk(mono_ns, [rate_hz * self._wheel_m]))
            chunks.append(self._wheel_revolutions.chunk(mono_ns, [wheel.count]))
        if crank is not None:
            rate_hz = self._crank.rate_hz(crank, mono_ns)
            if rate_hz is not None:
                chunks.append(self._cadence.chunk(mono_ns, [rate_hz * 60]))
            chunks.append(self._crank_revolutions.chunk(mono_ns, [crank.count]))
        return chunks
