"""Letting injected time pass while real messages cross a real bus."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import Final, TypeVar

import pytest

from edged.clock import Clock, ManualClock
from edged.model import NS_PER_S
from edged.tasks import end
from tests.rigs.bus_probe import BusProbe

STEP_S: Final = 0.25
_QUIET_TRIPS: Final = 8
"""More round trips to the bus than a client makes in a row without the rig hearing of it: to log in, and
for its matches."""

T = TypeVar("T")


class PacedRig(ABC):
    """A rig on a bus.

    Args:
        address: of the bus.
        clock: a ``ManualClock`` is moved; for any other, it is waited.
    """

    def __init__(self, address: str, clock: Clock) -> None:
        self.clock = clock
        self._probe = BusProbe(address)

    @abstractmethod
    def activity(self) -> object:
        """Return something that changes with everything the rig takes or sends."""

    @abstractmethod
    def state(self) -> str:
        """Return what is known, for a test that fails."""

    async def calm(self) -> None:
        """Return when nothing is under way on the bus."""
        quiet = 0
        while quiet < _QUIET_TRIPS:
            before = self.activity()
            await self._probe.round_trip()
            quiet = quiet + 1 if self.activity() == before else 0

    async def advance(self, seconds: float, step_s: float = STEP_S) -> None:
        """Let time pass in steps, and everybody do their part after each."""
        await self.calm()
        until_ns = self.clock.mono_ns() + round(seconds * NS_PER_S)
        while (left_ns := until_ns - self.clock.mono_ns()) > 0:
            step = min(step_s, left_ns / NS_PER_S)
            if isinstance(self.clock, ManualClock):
                await self.clock.advance(step)
            else:
                await self.clock.sleep(step)
            await self.calm()

    async def until(self, condition: Callable[[], object], within_s: float, step_s: float = STEP_S) -> float:
        """Let time pass until a condition holds; return the seconds it took. Fails where it takes longer."""
        began_ns = self.clock.mono_ns()
        await self.calm()
        while not condition():
            passed_s = (self.clock.mono_ns() - began_ns) / NS_PER_S
            if passed_s >= within_s:
                pytest.fail(f"not within {within_s} s\n{self.state()}")
            await self.advance(min(step_s, within_s - passed_s), step_s)
        return (self.clock.mono_ns() - began_ns) / NS_PER_S

    async def during(self, work: Coroutine[object, object, T], within_s: float = 60.0) -> T:
        """Let time pass until this is done; return what it returns."""
        task = asyncio.ensure_future(work)
        try:
            await self.until(task.done, within_s)
        finally:
            if not task.done():
                await end(task)
        return task.result()
