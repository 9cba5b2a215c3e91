"""What is known of one subject now, and for how long that is true. Pure: times are arguments."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from edged.model import NS_PER_S, Chunk, Quality

State = Literal["fresh", "stale", "lost", "off_air", "unassigned"]

_JUDGED_BEATS: Final = 20
_POOR_SHARE: Final = 0.2
_KEPT_INTERVALS: Final = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a reading is true.

    Attributes:
        stale_after_s: after the last receipt it is withdrawn; below 5.
        lost_after_s: after the last receipt the subject is called lost.
    """

    stale_after_s: float
    lost_after_s: float


@dataclass(slots=True)
class Vitals:
    """The readings of one subject.

    Freshness is receipt, not change: a heart rate that stays the same is as fresh as one that moves.
    Only a reading that may be shown counts; contact lost withdraws it at once.

    Attributes:
        heart_rate: beats a minute; None unless fresh.
        measured_ns: acquisition of the last reading, monotonic; 0 before the first.
        received_ns: receipt of the last reading, monotonic; None before the first.
        rr_ms: good intervals since they were taken last.
        rmssd_ms: newest, None where there is none, and when intervals have stopped to come.
        contact: whether the sensor touches the skin; None where it cannot tell.
        battery_pct: newest.
        state: as of the last ``take`` or ``tick``.
        waveforms: quantities that are shown as such. Of a source that never told a heart rate they are what
            is fresh: electrodes on a board count no beats.
        since_ns: since when, monotonic.
    """

    limits: Limits
    since_ns: int
    state: State = "stale"
    waveforms: frozenset[str] = frozenset()
    heart_rate: float | None = None
    measured_ns: int = 0
    received_ns: int | None = None
    rr_ms: deque[float] = field(default_factory=lambda: deque(maxlen=_KEPT_INTERVALS))
    rmssd_ms: float | None = None
    contact: bool | None = None
    battery_pct: int | None = None
    _beats: deque[bool] = field(default_factory=lambda: deque(maxlen=_JUDGED_BEATS))
    _beat_ns: int = 0
    _has_rate: bool = False

    @property
    def quality(self) -> Literal["good", "poor"] | None:
        """How good the signal is, by the share of implausible intervals; None unless fresh."""
        if self.state != "fresh":
            return None
        bad = sum(not good for good in self._beats)
        return "poor" if bad > _POOR_SHARE * max(len(self._beats), 1) else "good"

    def take(self, chunks: Iterable[Chunk], now_ns: int) -> bool:
        """Take what one packet meant; return whether there is something new to show."""
        new = False
        for chunk in chunks:
            match chunk.info.quantity:
                case "heart_rate":
                    new = self._take_heart_rate(chunk, now_ns) or new
                case "rr_interval":
                    self._take_intervals(chunk, now_ns)
                case "hrv" if "rmssd" in chunk.info.channels:
                    rmssd = float(chunk.values[-1, chunk.info.channels.index("rmssd")])
                    self.rmssd_ms = rmssd if np.isfinite(rmssd) else None
                case "battery":
                    percent = float(chunk.values[-1, 0])
                    self.battery_pct = round(percent) if 0 <= percent <= 100 else None
                case quantity if quantity in self.waveforms and not self._has_rate:
                    self._take_waveform(chunk, now_ns)
                case _:
                    pass
        if self.state != "fresh":  # intervals are no truth either without a reading
            self._forget()
        return new

    def tick(self, now_ns: int) -> bool:
        """Let time tell; return whether the state has changed."""
        last_ns = self.since_ns if self.received_ns is None else self.received_ns
        age_s = (now_ns - last_ns) / NS_PER_S
        if self.state in {"off_air", "unassigned"}:
            return False
        if age_s >= self.limits.lost_after_s:
            return self._move("lost", now_ns)
        if age_s >= self.limits.stale_after_s and self.state == "fresh":
            return self._move("stale", now_ns)
        if now_ns - self._beat_ns >= self.limits.stale_after_s * NS_PER_S:
            self._forget_intervals()
        return False

    def withdraw(self, now_ns: int, state: State) -> bool:
        """Take the reading back; return whether that changed the state."""
        return self._move(state, now_ns)

    def take_intervals(self) -> list[float]:
        """Return the good intervals since the last call, and forget them."""
        taken = list(self.rr_ms)
        self.rr_ms.clear()
        return taken

    def _take_heart_rate(self, chunk: Chunk, now_ns: int) -> bool:
        self._has_rate = True
        quality = Quality(int(chunk.quality[-1]))
        self.contact = None if quality & Quality.CONTACT_UNKNOWN else not quality & Quality.NO_CONTACT
        value = float(chunk.values[-1, 0])
        if quality.usable and np.isfinite(value):
            self.heart_rate = value
            self.measured_ns = int(chunk.times_ns[-1])
            self.received_ns = now_ns
            self._move("fresh", now_ns)
            return True
        if quality & Quality.NO_CONTACT and self.state == "fresh":
            return self._move("stale", now_ns)
        return False

    def _take_waveform(self, chunk: Chunk, now_ns: int) -> None:
        quality = Quality(int(chunk.quality[-1]))
        self.contact = False if quality & Quality.NO_CONTACT else None
        if quality.usable:
            self.received_ns = now_ns
            self._move("fresh", now_ns)
        elif quality & Quality.NO_CONTACT and self.state == "fresh":
            self._move("stale", now_ns)

    def _take_intervals(self, chunk: Chunk, now_ns: int) -> None:
        self._beat_ns = now_ns
        for value, bits in zip(chunk.values[:, 0].tolist(), chunk.quality.tolist(), strict=True):
            good = Quality(bits).usable and bool(np.isfinite(value))
            self._beats.append(good)
            if good:
                self.rr_ms.append(round(value, 3))

    def _move(self, state: State, now_ns: int) -> bool:
        if state != "fresh":
            self._forget()
        if state == self.state:
            return False
        self.state, self.since_ns = state, now_ns
        return True

    def _forget(self) -> None:
        """Let go of what is true only while readings come; a lost contact stays the reason."""
        self.heart_rate = None
        self.contact = False if self.contact is False else None
        self._forget_intervals()

    def _forget_intervals(self) -> None:
        self.rmssd_ms = None
        self.rr_ms.clear()
        self._beats.clear()
