"""Where a stream has got to whose frames the device stamps: numbers its samples, lost ones too."""

import numpy as np
from numpy.typing import NDArray

from drivers.decoders.fault import MalformedPacket
from edged.model import Chunk, Quality, StreamInfo
from edged.signals.device_clock import DeviceClock
from edged.signals.timebase import SampleClock


class DeviceCursor:
    """Makes the chunks of one stream.

    Args:
        info: the stream; its rate must not be 0.
        clock: of the device.
    """

    def __init__(self, info: StreamInfo, clock: DeviceClock) -> None:
        self._infos = [info]
        self._samples = SampleClock(clock, info.rate_hz)
        self._seq = 0

    @property
    def info(self) -> StreamInfo:
        """The stream as it is now."""
        return self._infos[-1]

    @property
    def infos(self) -> tuple[StreamInfo, ...]:
        """What the stream has been at one time or another: its rate may have changed."""
        return tuple(dict.fromkeys(self._infos))

    def set_info(self, info: StreamInfo) -> None:
        """Go on at another rate."""
        if info == self.info:
            return
        self._infos = [known for known in self._infos if known != info] + [info]
        self._samples.set_rate(info.rate_hz)

    def chunk(self, stamp_ns: int, values: NDArray[np.float64], receipt_ns: int) -> tuple[Chunk, int]:
        """Return the samples of a frame, and how many were lost before it.

        ``seq`` leaves out the numbers of those; where the device's clock was set, nobody knows how many.

        Raises:
            MalformedPacket: the frame came before; nothing has changed.
        """
        placed = self._samples.place(stamp_ns, len(values), receipt_ns)
        if placed.verdict == "repeated":
            raise MalformedPacket("the frame came twice; the second is dropped")
        if placed.verdict == "older":
            raise MalformedPacket("the frame is older than the one before; dropped")
        quality = np.zeros(len(values), dtype=np.uint16)
        if placed.is_gap:
            quality[0] = Quality.GAP_BEFORE
        self._seq += placed.missing
        chunk = Chunk(self.info, self._seq, placed.times_ns, values, quality)
        self._seq += len(chunk)
        return chunk, placed.missing
