"""A stream of samples at a steady rate, from a device that tells no times, or its own."""

from drivers.decoders.wire.paced_clock import JUMP_NS, PacedClock
from edged.model import NS_PER_S, Chunk, Quality, StreamInfo


class SteadyStream:
    """Makes the chunks of one stream whose samples come one by one.

    Several samples often arrive at once, since serial ports hold back what is little: they are spread by the
    rate that the receipts show, see ``PacedClock``. A chunk holds ``block`` samples, or fewer before a gap.

    Args:
        info: the stream; its rate within 5 % of the true one.
        block: samples a chunk.
    """

    def __init__(self, info: StreamInfo, block: int) -> None:
        self.info = info
        self._block = block
        self._clock = PacedClock()
        self._period_ns = round(NS_PER_S / info.rate_hz)
        self._device_ns = 0
        self._seq = 0
        self._last_ns: int | None = None
        self._is_broken = False
        self._held: list[tuple[int, tuple[float, ...], Quality]] = []

    def restart(self) -> None:
        """Begin a connection: the next sample does not follow on the last."""
        self._clock.restart()

    def interrupt(self) -> None:
        """Note that something was lost; how much, the receipt of the next sample will tell."""
        self._is_broken = True

    def add(
        self,
        receipt_ns: int,
        values: tuple[float, ...],
        quality: Quality = Quality.GOOD,
        *,
        device_ns: int | None = None,
    ) -> list[Chunk]:
        """Take a sample; return the chunks that are ready.

        Args:
            receipt_ns: node monotonic.
            values: a number a channel.
            quality: of the sample.
            device_ns: when it was taken by the clock of the device; None where it tells none.
        """
        if device_ns is None:
            device_ns = self._device_ns + self._period_ns
            missing = self._missing(device_ns, receipt_ns) if self._is_broken else 0
            device_ns += missing * self._period_ns
        else:
            missing = self._steps(device_ns - self._device_ns) - 1
            self._is_broken = False  # the time tells it better
        time_ns, is_beginning = self._clock.place(device_ns, receipt_ns)
        missing = 0 if is_beginning else max(missing, 0)
        self._device_ns = device_ns
        chunks = []
        if self._last_ns is not None:
            time_ns = max(time_ns, self._last_ns + 1)
            if missing or is_beginning or self._is_broken:
                chunks += self._flush()
                self._seq += missing
                quality |= Quality.GAP_BEFORE
        self._is_broken = False
        self._last_ns = time_ns
        self._held.append((time_ns, values, quality))
        if len(self._held) >= self._block:
            chunks += self._flush()
        return chunks

    def _steps(self, passed_ns: int) -> int:
        return round(passed_ns / self._period_ns)

    def _missing(self, device_ns: int, receipt_ns: int) -> int:
        late_ns = self._clock.late_ns(device_ns, receipt_ns)
        return max(self._steps(late_ns), 0) if late_ns <= JUMP_NS else 0

    def _flush(self) -> list[Chunk]:
        if not self._held:
            return []
        times_ns, values, quality = zip(*self._held, strict=True)
        chunk = Chunk.of(self.info, self._seq, times_ns, values, [int(flags) for flags in quality])
        self._seq += len(chunk)
        self._held.clear()
        return [chunk]
