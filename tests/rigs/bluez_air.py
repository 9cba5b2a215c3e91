"""What straps do by themselves: advertise, notify, and drop links that they do not like."""

import asyncio
from collections.abc import Callable, Coroutine

from edged.clock import Clock
from edged.model import NS_PER_S, Packet
from edged.tasks import end
from tests.rigs.bluez_equipment import FakeAdapter, FakeStrap, Hardware


class Air:
    """Runs every strap by the clock.

    Args:
        clock: lets time pass.
        hardware: what there is.
        hear: takes an advertisement, and how strong it was.
        notify: takes a notification.
        drop: ends a strap's link.
    """

    def __init__(
        self,
        clock: Clock,
        hardware: Hardware,
        hear: Callable[[FakeStrap, FakeAdapter, int], None],
        notify: Callable[[FakeStrap, Packet], object],
        drop: Callable[[FakeStrap], None],
    ) -> None:
        self._clock = clock
        self._hardware = hardware
        self._hear = hear
        self._notify = notify
        self._drop = drop
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: dict[FakeStrap, asyncio.Task[None]] = {}

    def enter(self, strap: FakeStrap) -> None:
        """Let a strap begin."""
        self._spawn(self._advertise(strap), "advertise")
        self._spawn(self._beat(strap), "beat")

    def time_link(self, strap: FakeStrap) -> None:
        """Let a strap drop the link that came up just now, where it does such a thing."""
        if (timer := self._timers.pop(strap, None)) is not None:
            timer.cancel()
        if strap.drops_after_s is not None:
            self._timers[strap] = self._spawn(self._drop_later(strap, strap.drops_after_s), "drop")

    async def close(self) -> None:
        """Stop everything."""
        await end(*self._tasks)

    def _spawn(self, work: Coroutine[object, object, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=f"rig-strap-{name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _drop_later(self, strap: FakeStrap, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._drop(strap)

    async def _advertise(self, strap: FakeStrap) -> None:
        turn = 0
        while True:
            await self._clock.sleep(strap.advertises_every_s)
            for adapter in self._hardware.adapters:
                if strap.reachable_by(adapter):
                    self._hear(strap, adapter, strap.rssi[turn % len(strap.rssi)])
            turn += 1

    async def _beat(self, strap: FakeStrap) -> None:
        turn, due_ns = 0, self._clock.mono_ns()
        while True:
            for packet in strap.packets(turn):
                self._notify(strap, packet)
            turn += 1
            due_ns += round(NS_PER_S / strap.rate_hz)
            await self._clock.sleep((due_ns - self._clock.mono_ns()) / NS_PER_S)
