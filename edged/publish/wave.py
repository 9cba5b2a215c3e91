"""Display waveforms: what an overlay draws of a subject's ECG or PPG, decimated, and never late."""

import math
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edged.clock import Clock, ClockMap
from edged.config.model import LiveConfig
from edged.model import NS_PER_MS, NS_PER_S, Chunk, Quality, StreamInfo
from edged.publish.address import Message
from edged.publish.mqtt import Session
from edged.publish.payload import Waveform, display_number, dump, time_text
from edged.publish.topics import Topics
from edged.signals.continuity import Continuity, measured, runs

EXPIRY_S: Final = 5
LEAST_RATE_HZ: Final = 20.0
"""What is sampled slower is no waveform."""
_EVERY_NS: Final = 200 * NS_PER_MS
"""So far apart are the messages of a subject that has one waveform."""
_WAITS_NS: Final = NS_PER_S
"""A value that the socket has not taken for so long is late."""
_OLD_NS: Final = 4 * NS_PER_S
"""A value so old on receipt is late too: with the wait, all is told within 5 s of its measurement."""
_LEAST_PERIOD_MS: Final = 1e-4
_HARMLESS: Final = Quality.CONTACT_UNKNOWN | Quality.GAP_BEFORE


@dataclass(slots=True)
class WaveStats:
    """Counters since the start.

    Attributes:
        sent: messages given to the socket.
        dropped: values that were late: the socket did not take them in time, or they came old.
        unsent: values for which there was no connection.
    """

    sent: int = 0
    dropped: int = 0
    unsent: int = 0


@dataclass(frozen=True, slots=True)
class Points:
    """Consecutive values for display.

    Attributes:
        times_ns: monotonic, int64, shape (n,).
        values: NaN where nothing was measured, shape (n,).
    """

    times_ns: NDArray[np.int64]
    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.times_ns)


class Decimator:
    """Keeps of every ``2 * factor`` samples the least and the greatest, in the order they came.

    A peak of one sample keeps its height, which an average would take from it, and a plain pick at random.
    The two stand at the middle of the halves of their window: at most 1.5 periods of the output off the
    sample. A window in which one sample is not known gives none. Causal and block-size invariant; what is
    left of a window at a gap is forgotten.

    Args:
        rate_hz: of the samples.
        wanted_hz: most values a second; the factor is a whole number, 1 passes everything as it is.
    """

    def __init__(self, rate_hz: float, wanted_hz: float) -> None:
        self.factor = max(math.ceil(rate_hz / wanted_hz - 1e-9), 1)
        self.period_ns = self.factor * NS_PER_S / rate_hz
        self.reset()

    def reset(self) -> None:
        """Begin anew: the next sample does not follow on the last."""
        self._rest = Points(np.empty(0, dtype=np.int64), np.empty(0))

    def process(self, samples: Points) -> Points:
        """Return what the samples complete, perhaps nothing."""
        if self.factor == 1:
            return samples
        times = np.concatenate((self._rest.times_ns, samples.times_ns))
        values = np.concatenate((self._rest.values, samples.values))
        half, window = self.factor, 2 * self.factor
        whole = len(times) // window * window
        self._rest = Points(times[whole:], values[whole:])
        instants, table = times[:whole].reshape(-1, window), values[:whole].reshape(-1, window)
        extremes = np.stack((table.argmin(axis=1), table.argmax(axis=1)), axis=1)  # both at the first NaN
        extremes.sort(axis=1)
        ends = instants[:, [0, half - 1, half, window - 1]].reshape(-1, 2, 2)
        middles = ends[..., 0] + (ends[..., 1] - ends[..., 0]) // 2
        return Points(middles.reshape(-1), np.take_along_axis(table, extremes, axis=1).reshape(-1))


@dataclass(frozen=True, slots=True)
class _Piece:
    """What one chunk gave, numbered from ``seq``."""

    seq: int
    points: Points
    arrived_ns: int


class _Wave:
    """One waveform of one subject, and what of it waits for the socket."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.waiting = deque[_Piece]()
        self.info: StreamInfo | None = None
        self.period_ns = 0.0
        self._seq = 0

    def take(self, chunk: Chunk, wanted_hz: float, arrived_ns: int) -> int:
        """Take samples; return how many values came too late."""
        if chunk.info != self.info:
            self._begin(chunk.info, wanted_hz)
        chunk = self._continuity.mark(chunk)
        known = measured(chunk)[:, 0] & ((chunk.quality & ~np.uint16(_HARMLESS)) == 0)
        values = np.where(known, chunk.values[:, 0], np.nan)
        late = 0
        for run in runs(chunk):
            if chunk.quality[run.start] & Quality.GAP_BEFORE:
                self._interrupt()
            points = self._decimator.process(Points(chunk.times_ns[run], values[run]))
            old = int(np.searchsorted(points.times_ns, arrived_ns - _OLD_NS))
            if len(points) > old:
                kept = Points(points.times_ns[old:], points.values[old:])
                self.waiting.append(_Piece(self._seq + old, kept, arrived_ns))
            self._seq += len(points)
            late += old
        return late

    def drop(self, before_ns: int | None = None) -> int:
        """Forget what waits, or of it what came before; return how many values that were."""
        dropped = 0
        while self.waiting and (before_ns is None or self.waiting[0].arrived_ns < before_ns):
            dropped += len(self.waiting.popleft().points)
        return dropped

    def cut(self) -> None:
        """Forget what waits and what is half done; what comes next follows on nothing."""
        self.waiting.clear()
        self.info = None

    def consecutive(self) -> Iterator[tuple[int, Points]]:
        """Yield what waits, joined as far as nothing is missing; nothing waits any more then."""
        pieces: list[_Piece] = []
        while self.waiting:
            piece = self.waiting.popleft()
            if pieces and piece.seq != pieces[-1].seq + len(pieces[-1].points):
                yield pieces[0].seq, _joined(pieces)
                pieces = []
            pieces.append(piece)
        if pieces:
            yield pieces[0].seq, _joined(pieces)

    def _begin(self, info: StreamInfo, wanted_hz: float) -> None:
        self.info = info
        self._continuity = Continuity(info)
        self._decimator = Decimator(info.rate_hz, wanted_hz)
        self.period_ns = self._decimator.period_ns
        self._seq += 1

    def _interrupt(self) -> None:
        self._decimator.reset()
        self._seq += 1


class WaveLane:
    """Publishes display waveforms; the first to give way when the broker is slow.

    Values wait for the socket for a second at most. The caller sees to it that only the waveforms of
    fresh subjects come here, and that their live values have gone first.

    Args:
        config: which streams, and how many values a second.
        topics: of this node.
        clock: the node's.
        clock_map: of this boot.
    """

    def __init__(self, config: LiveConfig, topics: Topics, clock: Clock, clock_map: ClockMap) -> None:
        self.stats = WaveStats()
        self._config = config
        self._topics = topics
        self._clock = clock
        self._clock_map = clock_map
        self._session: Session | None = None
        self._waves: dict[str, dict[str, _Wave]] = {}
        self._sent_ns: dict[str, int] = {}

    def configure(self, config: LiveConfig) -> None:
        """Go on with other streams, or at another rate."""
        if (config.wave_streams, config.wave_rate_hz) != (
            self._config.wave_streams,
            self._config.wave_rate_hz,
        ):
            for subject in self._waves:
                self.cut(subject)
        self._config = config

    def take(self, subject: str, chunks: Iterable[Chunk], arrived_ns: int) -> None:
        """Take what one packet meant; of a stream with several channels, the first is shown."""
        for chunk in chunks:
            info = chunk.info
            if info.quantity not in self._config.wave_streams or info.rate_hz < LEAST_RATE_HZ:
                continue
            waves = self._waves.setdefault(subject, {})
            wave = waves.get(info.quantity)
            if wave is None:  # n goes on where an earlier run of this boot cannot have come to
                wave = waves[info.quantity] = _Wave(self._clock.mono_ns() // NS_PER_MS)
            self.stats.dropped += wave.take(chunk, self._config.wave_rate_hz, arrived_ns)
            if self._session is None:
                self.stats.unsent += wave.drop()

    def cut(self, subject: str) -> None:
        """Tell nothing more of what was taken of a subject: it may not be shown any longer."""
        for wave in self._waves.get(subject, {}).values():
            wave.cut()

    def connect(self, session: Session | None) -> None:
        """Publish over this connection from now on; what waited for another one is dropped."""
        self._session = session
        for wave in self._all():
            self.stats.unsent += wave.drop()

    def flush(self) -> None:
        """Send what is due, and drop what is late."""
        now_ns = self._clock.mono_ns()
        for subject, waves in self._waves.items():
            for wave in waves.values():
                self.stats.dropped += wave.drop(now_ns - _WAITS_NS)
            pause_ns = _EVERY_NS * len(waves)
            if now_ns - self._sent_ns.get(subject, -pause_ns) < pause_ns:
                continue
            for quantity, wave in waves.items():
                if wave.waiting and self._session is not None and self._session.writable:
                    self._sent_ns[subject] = now_ns
                    self._send(self._topics.wave(subject, quantity), wave, self._session)

    def _all(self) -> Iterator[_Wave]:
        for waves in self._waves.values():
            yield from waves.values()

    def _send(self, topic: str, wave: _Wave, session: Session) -> None:
        for seq, points in wave.consecutive():
            if np.isnan(points.values).all():
                continue
            wave.n += 1
            if session.send(Message(topic, dump(self._payload(wave, seq, points))), expiry_s=EXPIRY_S):
                self.stats.sent += 1
            else:
                self.stats.dropped += len(points)

    def _payload(self, wave: _Wave, seq: int, points: Points) -> Waveform:
        utc_ns, clock_ok = self._clock_map.to_utc_ns(int(points.times_ns[0]))
        length_ns = int(points.times_ns[-1] - points.times_ns[0])
        period_ns = length_ns / (len(points) - 1) if len(points) > 1 else wave.period_ns
        return {
            "v": 1,
            "boot": self._clock.boot,
            "n": wave.n,
            "seq": seq,
            "t0": time_text(utc_ns),
            "t_ok": clock_ok,
            "period_ms": max(round(period_ns / NS_PER_MS, 4), _LEAST_PERIOD_MS),
            "unit": wave.info.unit.partition(",")[0] if wave.info else "",
            "values": [display_number(value) for value in points.values.tolist()],
        }


def _joined(pieces: Sequence[_Piece]) -> Points:
    return Points(
        np.concatenate([piece.points.times_ns for piece in pieces]),
        np.concatenate([piece.points.values for piece in pieces]),
    )
