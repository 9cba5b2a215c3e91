"""Which measurements may run beside the heart rate: fewer where the link is poor."""

from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

from drivers.decoders.polar.measurement import MeasurementType
from edged.model import NS_PER_S

SHORT_NS: Final = 60 * NS_PER_S
"""A connection that ends so soon after measurements started probably ended for them."""
SHORT_CONNECTIONS: Final = 2
LOSS_WINDOW_NS: Final = 30 * NS_PER_S
LOSS_MAX: Final = 0.1
WELL_NS: Final = 300 * NS_PER_S
"""After so long without trouble one measurement more is tried."""


@dataclass(frozen=True, slots=True)
class Change:
    """A measurement that is not to run from now on, or is again.

    Attributes:
        kind: ``shed`` or ``restored``.
        measurement_type: which.
        reason: in words for a technician.
    """

    kind: Literal["shed", "restored"]
    measurement_type: MeasurementType
    reason: str


class Plan:
    """Decides on what has happened to the link; times are those of packets.

    Args:
        wanted: the measurements, the most important first: the last is shed first.
    """

    def __init__(self, wanted: tuple[MeasurementType, ...]) -> None:
        self._wanted = wanted
        self._allowed = len(wanted)
        self._short = 0
        self._begins = False
        self._started_ns: int | None = None
        self._heard_ns = 0
        self._well_since_ns: int | None = None
        self._counts: deque[tuple[int, int, int]] = deque()

    @property
    def allowed(self) -> tuple[MeasurementType, ...]:
        """What may run now."""
        return self._wanted[: self._allowed]

    def leave_out(self, measurement_type: MeasurementType) -> None:
        """Forget a measurement that the device does not have: shedding it would not help."""
        if measurement_type in self._wanted:
            self._allowed -= measurement_type in self.allowed
            self._wanted = tuple(kind for kind in self._wanted if kind is not measurement_type)

    def begin(self) -> None:
        """Note that a connection begins, and that the one before has ended."""
        self._begins = True

    def started(self, now_ns: int) -> None:
        """Note that the device has started a measurement."""
        if self._started_ns is None:
            self._started_ns = now_ns

    def counted(self, now_ns: int, received: int, missing: int) -> Change | None:
        """Note how many samples have come, and how many were lost before them."""
        counts = self._counts
        counts.append((now_ns, received, missing))
        if now_ns - counts[0][0] < LOSS_WINDOW_NS:
            return None
        lost = sum(count for _, _, count in counts)
        share = lost / (lost + sum(count for _, count, _ in counts))
        if share > LOSS_MAX:
            self._well_since_ns = now_ns
            return self._shed(f"{share:.0%} of the samples were lost in 30 s")
        while now_ns - counts[0][0] >= LOSS_WINDOW_NS:
            counts.popleft()
        return None

    def heard(self, now_ns: int) -> Change | None:
        """Note that a packet came, before what else is noted of it."""
        change = self._connection(now_ns) if self._begins else None
        self._heard_ns = now_ns
        if self._well_since_ns is None:
            self._well_since_ns = now_ns
        if change is None and now_ns - self._well_since_ns >= WELL_NS:
            self._well_since_ns = now_ns
            change = self._restore()
        return change

    def _connection(self, now_ns: int) -> Change | None:
        """Judge the connection that has ended, by when it was last heard."""
        self._begins = False
        started_ns, self._started_ns = self._started_ns, None
        self._well_since_ns = now_ns
        self._counts.clear()
        if started_ns is None:
            return None
        self._short = self._short + 1 if self._heard_ns - started_ns <= SHORT_NS else 0
        if self._short < SHORT_CONNECTIONS:
            return None
        return self._shed("the connection broke twice within a minute of starting it")

    def _shed(self, reason: str) -> Change | None:
        self._short = 0
        self._counts.clear()
        if not self._allowed:
            return None
        self._allowed -= 1
        return Change("shed", self._wanted[self._allowed], reason)

    def _restore(self) -> Change | None:
        if self._allowed == len(self._wanted):
            return None
        self._allowed += 1
        return Change("restored", self._wanted[self._allowed - 1], "the link was well for 5 min")
