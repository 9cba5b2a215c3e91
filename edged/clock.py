"""Time: the node's monotonic clock, this boot's identity, and how both map to UTC.

Samples are stamped with monotonic time, which never jumps. A ``ClockMap`` says which UTC that was, so that
what was stamped before the clock was right is corrected later.
"""

import asyncio
import heapq
import itertools
import time
from bisect import bisect_right
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from edged.adjtimex import kernel_clock
from edged.model import NS_PER_MS, NS_PER_S

STEP_TOLERANCE_NS: Final = 20 * NS_PER_MS
"""A smaller difference between the map and the clock is drift or slewing, not a step."""
_READ_TOLERANCE_NS: Final = NS_PER_MS
_READ_TRIES: Final = 5


class ClockQuality(StrEnum):
    """Whether the node's wall clock can be believed."""

    SYNCED = "synced"
    UNSYNCED = "unsynced"


class Clock(Protocol):
    """What tells the time and lets it pass; the only way to either."""

    @property
    def boot(self) -> str:
        """Identity of this boot; monotonic times are comparable within one only."""

    def mono_ns(self) -> int:
        """Return monotonic time in nanoseconds."""

    def utc_ns(self) -> int:
        """Return wall time in nanoseconds since 1970, right or wrong."""

    def quality(self) -> ClockQuality:
        """Return whether wall time can be believed now."""

    async def sleep(self, seconds: float) -> None:
        """Let time pass; 0 or less gives others a turn."""


TIMESYNC: Final = Path("/run/systemd/timesync/synchronized")
"""systemd-timesyncd touches it whenever it has set the clock (systemd-timesyncd.service(8))."""


class SystemClock:
    """The machine's own clock (Linux).

    Args:
        timesync: the file of systemd-timesyncd, which is asked where the kernel may not be.
    """

    def __init__(self, timesync: Path = TIMESYNC) -> None:
        self._timesync = timesync
        self._boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()

    @property
    def boot(self) -> str:
        """The kernel's boot identity."""
        return self._boot

    def mono_ns(self) -> int:
        """Return CLOCK_MONOTONIC, which asyncio keeps too."""
        return time.monotonic_ns()

    def utc_ns(self) -> int:
        """Return CLOCK_REALTIME."""
        return time.time_ns()

    def quality(self) -> ClockQuality:
        """Ask the kernel (adjtimex(2), STA_UNSYNC), which every time daemon tells.

        In a sandbox that keeps the clock from everybody (``ProtectClock=``) the kernel does not answer; then
        systemd-timesyncd's own word counts.
        """
        kernel = kernel_clock()
        is_synced = self._timesync.exists() if kernel is None else kernel.is_synced
        return ClockQuality.SYNCED if is_synced else ClockQuality.UNSYNCED

    async def sleep(self, seconds: float) -> None:
        """Sleep on the event loop."""
        await asyncio.sleep(seconds)


class ManualClock:
    """A clock that moves only when told: for replays as fast as possible, and for tests."""

    def __init__(
        self,
        *,
        mono_ns: int = 0,
        utc_ns: int = 0,
        boot: str = "manual",
        quality: ClockQuality = ClockQuality.SYNCED,
    ) -> None:
        self._mono_ns = mono_ns
        self._utc_ns = utc_ns
        self._boot = boot
        self._quality = quality
        self._sleepers: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = itertools.count()

    @property
    def boot(self) -> str:
        """The identity given at the start."""
        return self._boot

    @property
    def sleepers(self) -> int:
        """How many wait for it to move."""
        return len(self._sleepers)

    def mono_ns(self) -> int:
        """Return the time it was set to."""
        return self._mono_ns

    def utc_ns(self) -> int:
        """Return the wall time that belongs to it."""
        return self._utc_ns

    def quality(self) -> ClockQuality:
        """Return the quality it was given."""
        return self._quality

    async def sleep(self, seconds: float) -> None:
        """Wait until ``advance`` has gone past; 0 or less gives others a turn."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        wake = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._mono_ns + round(seconds * NS_PER_S), next(self._order), wake))
        await wake

    def move_to(self, mono_ns: int) -> None:
        """Set monotonic time, and wall time with it; sleepers are not woken (see ``advance``)."""
        self._utc_ns += mono_ns - self._mono_ns
        self._mono_ns = mono_ns

    def set_utc(self, utc_ns: int, quality: ClockQuality) -> None:
        """Step the wall clock, as a time daemon does."""
        self._utc_ns = utc_ns
        self._quality = quality

    async def advance(self, seconds: float) -> None:
        """Move time on; who sleeps is woken in order, each at its own moment."""
        target = self._mono_ns + round(seconds * NS_PER_S)
        await _settle()
        while self._sleepers and self._sleepers[0][0] <= target:
            due, _, wake = heapq.heappop(self._sleepers)
            self.move_to(max(due, self._mono_ns))
            if not wake.done():
                wake.set_result(None)
            await _settle()
        self.move_to(target)
        await _settle()


@dataclass(frozen=True, slots=True)
class ClockStep:
    """From ``mono_ns`` on, this monotonic time is that UTC (both nanoseconds)."""

    mono_ns: int
    utc_ns: int
    quality: ClockQuality


class ClockMap:
    """Maps one boot's monotonic times to UTC.

    The first synchronised step also serves everything before it: times stamped while the clock was
    wrong are mapped by what was learnt later.
    """

    def __init__(self, boot: str, steps: Iterable[ClockStep] = ()) -> None:
        self.boot = boot
        self._steps = sorted(steps, key=lambda step: step.mono_ns)

    @property
    def steps(self) -> tuple[ClockStep, ...]:
        """The steps, oldest first."""
        return tuple(self._steps)

    def learn(self, steps: Iterable[ClockStep]) -> None:
        """Add what an earlier process observed in this boot."""
        known = dict.fromkeys((*steps, *self._steps))
        self._steps = sorted(known, key=lambda step: step.mono_ns)

    def observe(self, clock: Clock) -> ClockStep | None:
        """Compare the clock with the map; return the step it made, or None where it made none.

        A step is a change of quality, or a difference of more than ``STEP_TOLERANCE_NS``.
        """
        step = _read(clock)
        if self._steps:
            last = self._steps[-1]
            off_ns = abs((step.utc_ns - last.utc_ns) - (step.mono_ns - last.mono_ns))
            if step.quality is last.quality and off_ns <= STEP_TOLERANCE_NS:
                return None
        self._steps.append(step)
        return step

    def to_utc_ns(self, mono_ns: int) -> tuple[int, bool]:
        """Return the UTC of a monotonic time, in nanoseconds, and whether it can be believed.

        Raises:
            LookupError: the map has no step yet.
        """
        if not self._steps:
            raise LookupError(f"no clock step is known of boot {self.boot}")
        at = max(bisect_right(self._steps, mono_ns, key=lambda step: step.mono_ns) - 1, 0)
        step = self._steps[at]
        if step.quality is ClockQuality.UNSYNCED:
            later = (s for s in self._steps[at:] if s.quality is ClockQuality.SYNCED)
            step = next(later, step)
        return step.utc_ns + (mono_ns - step.mono_ns), step.quality is ClockQuality.SYNCED


async def wait_for(event: asyncio.Event, clock: Clock, seconds: float) -> bool:
    """Wait for an event, but no longer than so many seconds by this clock; return whether it is set."""
    if event.is_set():
        return True
    waiting = asyncio.ensure_future(event.wait())
    sleeping = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait((waiting, sleeping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        sleeping.cancel()
        await asyncio.wait((waiting, sleeping))
    return event.is_set()


@asynccontextmanager
async def time_limit(clock: Clock, seconds: float) -> AsyncIterator[None]:
    """Limit a block by this clock; asyncio's own limit knows the loop's time only.

    Raises:
        TimeoutError: it took longer.
    """
    async with asyncio.timeout(None) as limit:

        async def expire() -> None:
            await clock.sleep(seconds)
            limit.reschedule(asyncio.get_running_loop().time())

        expiry = asyncio.create_task(expire(), name="time limit")
        try:
            yield
        finally:
            expiry.cancel()


def _read(clock: Clock) -> ClockStep:
    """Read both clocks at one moment: an interruption between them would look like a step."""
    for _ in range(_READ_TRIES):
        before_ns, utc_ns, after_ns = clock.mono_ns(), clock.utc_ns(), clock.mono_ns()
        if after_ns - before_ns <= _READ_TOLERANCE_NS:
            break
    return ClockStep((before_ns + after_ns) // 2, utc_ns, clock.quality())


async def _settle() -> None:
    """Give every task that can run its turn."""
    for _ in range(20):
        await asyncio.sleep(0)
