"""The latest report, for who asks often: the page, and monitoring."""

import asyncio
from typing import Final

from edged.clock import Clock
from edged.model import NS_PER_S
from edged.ops.doctor.checkup import Checkup
from edged.ops.doctor.finding import Report

KEPT_S: Final = 3.0


class Latest:
    """Has the node looked over when somebody asks and the last report is old; one at a time.

    Args:
        checkup: makes reports.
        clock: tells their age.
    """

    def __init__(self, checkup: Checkup, clock: Clock) -> None:
        self._checkup = checkup
        self._clock = clock
        self._lock = asyncio.Lock()
        self._report: Report | None = None
        self._made_ns = 0

    async def report(self) -> Report:
        """Return a report that is no older than ``KEPT_S``; who comes meanwhile waits for the same."""
        async with self._lock:
            if self._report is None or self._clock.mono_ns() - self._made_ns > KEPT_S * NS_PER_S:
                self._report = await self._checkup.examine()
                self._made_ns = self._clock.mono_ns()
            return self._report
