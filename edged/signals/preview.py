"""What a chain would make of samples that were measured: before and after, as lines to draw."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edged.model import NS_PER_S, Chunk, Quality, StreamInfo
from edged.signals.chain import Chain, preload
from edged.signals.continuity import Continuity
from edged.signals.steps import StepConfig

MOST_POINTS: Final = 2000
"""A line has no more points; of more samples the lowest and the highest of each few are drawn."""

LONGEST_DELAY_S: Final = 2.0
"""A delay is looked for up to here."""

LEAST_LIKENESS: Final = 0.5
"""Below this correlation the chain makes something else of a signal: it has no delay to speak of."""

_CLEAR_OF_DOUBT: Final = ~np.uint16(Quality.CONTACT_UNKNOWN | Quality.GAP_BEFORE)


@dataclass(frozen=True, slots=True)
class Line:
    """One channel of a stream, drawn.

    Attributes:
        quantity: of the stream.
        channel: its label.
        unit: of the channel.
        times_s: of each point, s, the newest sample before the chain at 0; rising.
        values: of each point; None breaks the line: samples are missing there, or their quality says that
            they may not be shown.
        samples: how many there were.
        flagged: how many of them may not be shown.
    """

    quantity: str
    channel: str
    unit: str
    times_s: list[float]
    values: list[float | None]
    samples: int
    flagged: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a chain does.

    Attributes:
        before: one channel as it came.
        after: the same behind the chain, then every channel of the streams that the chain adds.
        delay_s: how much later the chain shows what came, s, as the samples tell; None where they do not.
        cost_s: processor time for an hour of signal, s.
    """

    before: Line
    after: tuple[Line, ...]
    delay_s: float | None
    cost_s: float


def preview(
    chunks: Sequence[Chunk],
    steps: Sequence[StepConfig],
    *,
    seconds: float,
    channel: int = 0,
    processor_s: Callable[[], float] = time.thread_time,
) -> Preview:
    """Run chunks through a chain as the daemon does; return the last seconds of what went in and came out.

    The chain runs over all chunks, so that it has settled where it is shown.

    Args:
        chunks: consecutive ones of a stream, at least one.
        steps: of the chain.
        seconds: to be shown, from the newest sample back.
        channel: of the stream, which is shown, from 0.
        processor_s: tells the processor time used so far.

    Raises:
        StepError: a step does not fit the stream.
    """
    info = chunks[0].info
    preload(steps)
    chain = Chain(info, steps)
    began_s = processor_s()
    came_out = [out for chunk in chunks for out in chain.process(chunk)]
    spent_s = processor_s() - began_s
    end_ns = int(chunks[-1].times_ns[-1])
    since_ns = end_ns - round(seconds * NS_PER_S)
    outputs: dict[str, list[Chunk]] = {info.quantity: []}
    for out in came_out:
        outputs.setdefault(out.info.quantity, []).append(out)
    raw, passed = _Samples(info, chunks), _Samples(info, outputs.pop(info.quantity))
    lines = [passed.line(channel, since_ns, end_ns)]
    for derived in outputs.values():
        samples = _Samples(derived[0].info, derived)
        lines += [samples.line(n, since_ns, end_ns) for n in range(len(samples.info.channels))]
    span_s = (end_ns - int(chunks[0].times_ns[0])) / NS_PER_S
    return Preview(
        raw.line(channel, since_ns, end_ns),
        tuple(lines),
        _delay_s(raw, passed, channel),
        3600 * spent_s / max(span_s, 1.0),
    )


class _Samples:
    """Chunks of one stream, laid end to end; there may be none."""

    def __init__(self, info: StreamInfo, chunks: Sequence[Chunk]) -> None:
        self.info = info
        continuity = Continuity(info)
        chunks = [continuity.mark(chunk) for chunk in chunks]
        self.times_ns = np.concatenate([*(chunk.times_ns for chunk in chunks), np.empty(0, np.int64)])
        self.values = np.concatenate([*(chunk.values for chunk in chunks), np.empty((0, len(info.channels)))])
        self.quality = np.concatenate([*(chunk.quality for chunk in chunks), np.empty(0, np.uint16)])
        self.is_gap = (self.quality & np.uint16(Quality.GAP_BEFORE)) != 0

    def shown(self, channel: int) -> NDArray[np.float64]:
        """Return the values of a channel, NaN where they may not be shown."""
        stands = (self.quality & _CLEAR_OF_DOUBT) == 0
        column = self.values[:, channel]
        return np.where(stands & np.isfinite(column), column, np.nan)

    def line(self, channel: int, since_ns: int, end_ns: int) -> Line:
        """Return a channel from a time on."""
        first = int(np.searchsorted(self.times_ns, since_ns))
        values = self.shown(channel)[first:]
        times_s = (self.times_ns[first:] - end_ns) / NS_PER_S
        points = _points(times_s, values, self.is_gap[first:])
        return Line(
            self.info.quantity,
            self.info.channels[channel],
            unit_of(self.info, channel),
            [round(at, 6) for at, _ in points],
            [value for _, value in points],
            len(values),
            int(np.isnan(values).sum()),
        )


def unit_of(info: StreamInfo, channel: int) -> str:
    """Return the unit of one channel."""
    units = info.unit.split(",")
    return units[channel] if len(units) == len(info.channels) else info.unit


def _points(
    times_s: NDArray[np.float64], values: NDArray[np.float64], is_gap: NDArray[np.bool_]
) -> list[tuple[float, float | None]]:
    """Return the points to be drawn, no more than ``MOST_POINTS``."""
    breaks = is_gap.copy()
    breaks[:1] = False  # what is before is not drawn
    if len(values) + int(breaks.sum()) <= MOST_POINTS:
        points: list[tuple[float, float | None]] = []
        for at, value, is_break in zip(times_s.tolist(), values.tolist(), breaks.tolist(), strict=True):
            if is_break:
                points.append(((points[-1][0] + at) / 2, None))
            points.append((at, None if math.isnan(value) else value))
        return points
    # Lowest, highest, and a break, of as many pieces.
    return [
        point
        for piece in np.array_split(np.arange(len(values)), MOST_POINTS // 3)
        for point in _extremes(times_s[piece], values[piece], breaks[piece])
    ]


def _extremes(
    times_s: NDArray[np.float64], values: NDArray[np.float64], breaks: NDArray[np.bool_]
) -> list[tuple[float, float | None]]:
    """Return lowest and highest of a piece in order of time, and a break where there is one."""
    known = np.flatnonzero(~np.isnan(values))
    if len(known) == 0:
        return [(float(times_s[0]), None)]
    places = sorted({int(known[values[known].argmin()]), int(known[values[known].argmax()])})
    points: list[tuple[float, float | None]] = [(float(times_s[at]), float(values[at])) for at in places]
    missing = np.flatnonzero(np.isnan(values) | breaks)
    if len(missing):
        at = int(missing[0])
        place = sum(at > known_at for known_at in places)
        points.insert(place, (float(times_s[at]) - 1e-6 * (at in places), None))
    return points


def _delay_s(before: _Samples, after: _Samples, channel: int) -> float | None:
    """Return the lag at which what came out is most like what went in.

    None where the stream has no constant rate, nothing moves, or the two are not alike.
    """
    rate_hz = before.info.rate_hz
    if rate_hz <= 0 or len(before.times_ns) != len(after.times_ns):
        return None
    came, went = before.shown(channel), after.shown(channel)
    settled = np.isfinite(came) & np.isfinite(went)
    if settled.sum() < rate_hz:
        return None
    first = int(np.flatnonzero(settled)[0])
    lags = range(min(round(LONGEST_DELAY_S * rate_hz), (len(came) - first) // 2) + 1)
    # Of what wanders the level is alike, of what beats the slope.
    likeness, lag = max(
        _best_lag(_centred(came[first:]), _centred(went[first:]), lags),
        _best_lag(_centred(np.diff(came[first:])), _centred(np.diff(went[first:])), lags),
    )
    return lag / rate_hz if likeness >= LEAST_LIKENESS else None


def _best_lag(x: NDArray[np.float64], y: NDArray[np.float64], lags: range) -> tuple[float, int]:
    """Return how alike two signals are at the lag at which they are most alike, and that lag in samples."""
    likeness = np.array([_likeness(x[: len(x) - lag], y[lag:]) for lag in lags])
    return float(likeness.max()), int(likeness.argmax())


def _centred(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values around their mean, 0 where there is none."""
    known = np.isfinite(values)
    return np.where(known, values - values[known].mean(), 0.0) if known.any() else np.zeros(len(values))


def _likeness(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    size = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / size if size > 0 else 0.0
