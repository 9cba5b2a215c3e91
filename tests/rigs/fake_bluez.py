"""BlueZ without Bluetooth: ``org.bluez`` on a private bus, straps in the air, and whatever may go wrong."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Final, Self

from edged.clock import Clock
from edged.model import NS_PER_S, Packet
from edged.tasks import end
from tests.rigs.bluez_air import Air
from tests.rigs.bluez_daemon import Bluetoothd
from tests.rigs.bluez_equipment import FakeAdapter, FakeStrap, Hardware
from tests.rigs.bluez_faults import Cure, Faults
from tests.rigs.bluez_methods import World
from tests.rigs.bluez_service import BluezService, Call
from tests.rigs.paced_rig import PacedRig
from tests.rigs.sys_tree import SysTree

_LOOK_S: Final = 0.1
_TAIL: Final = 15


class FakeBluez(PacedRig):
    """Adapters and straps, and the bluetoothd that serves them while it lives.

    ::

        async with FakeBluez(bus.address, clock) as bluez:
            adapter = bluez.plug(FakeAdapter())
            strap = bluez.wear(FakeStrap("A0:9E:1A:00:00:01", "Polar H10 0001"))
            await bluez.until(lambda: link_streams, within_s=10)

    Advertisements and notifications go by the clock; what crosses the bus is real.

    Args:
        address: of the bus.
        clock: a ``ManualClock`` is moved by ``advance`` and ``until``.
        sys: where adapters show up too; writing to ``authorized`` there resets them.
    """

    def __init__(self, address: str, clock: Clock, *, sys: SysTree | None = None) -> None:
        super().__init__(address, clock)
        self.hardware = Hardware()
        self.faults = Faults()
        self.calls: list[Call] = []
        self._address = address
        self._sys = sys
        self._service: BluezService | None = None
        self._cut_off: dict[str, FakeAdapter] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._air = Air(clock, self.hardware, self._hear, self.notify, self.drop)

    async def __aenter__(self) -> Self:
        await self.start()
        if self._sys is not None:
            watch = self._watch_authorized(self._sys)
            self._tasks.append(asyncio.create_task(watch, name="rig-bluez-sys"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._air.close()
        await end(*self._tasks)
        await self.kill()
        await self._probe.close()

    # bluetoothd

    @property
    def daemon(self) -> Bluetoothd | None:
        """Its present life; None while there is none."""
        return self._service.daemon if self._service is not None else None

    async def start(self) -> None:
        """Start bluetoothd: it finds the adapters, and the links that are up."""
        if self.daemon is not None and not self.daemon.alive:
            await self.kill()  # it ended with its bus
        assert self._service is None, "it runs already"
        world = World(self._link_up, self.drop, self._power, self.cure, self._notify_all)
        self.cure(Cure.RESTART, self._addresses())
        self._service = BluezService(self._address, self.hardware, self.clock, self.faults, self.calls, world)
        await self._service.start()
        for strap in self.hardware.straps:
            if strap.link is not None:
                self._air.time_link(strap)

    async def kill(self, *, links_stay: bool = True) -> None:
        """End bluetoothd as SIGKILL does: its name vanishes, and all it knew."""
        service, self._service = self._service, None
        if service is not None:
            await service.close()
        if not links_stay:
            for strap in self.hardware.straps:
                strap.link = None

    async def stop(self) -> None:
        """End bluetoothd as SIGTERM does: links go down, objects vanish, then the name."""
        for strap in self.hardware.straps:
            self.drop(strap)
        if self.daemon is not None:
            for adapter in self.hardware.adapters:
                self.daemon.hide_adapter(adapter)
        await self.calm()
        await self.kill()

    # Hardware

    def plug(self, adapter: FakeAdapter) -> FakeAdapter:
        """Plug an adapter in, or back in: under the name that it has now."""
        self.hardware.adapters.append(adapter)
        if self._sys is not None:
            self._sys.plug(adapter.name, bus=adapter.bus, port=adapter.port)
            self._sys.block(adapter.name, soft=adapter.blocked)
        if self.daemon is not None:
            self.daemon.show_adapter(adapter)
        return adapter

    def unplug(self, adapter: FakeAdapter, *, abruptly: bool = False) -> None:
        """Pull an adapter: its links drop first, or, abruptly, its objects only vanish."""
        self._vanish(adapter, abruptly=abruptly)
        if self._sys is not None:
            self._sys.unplug(adapter.name, port=adapter.port if adapter.bus == "usb" else "")

    def wear(self, strap: FakeStrap) -> FakeStrap:
        """Put a strap on somebody: it advertises, and notifies who listens."""
        self.hardware.straps.append(strap)
        self._air.enter(strap)
        if strap.link is not None and self.daemon is not None:
            self._link_up(strap, strap.link)
        return strap

    def drop(self, strap: FakeStrap) -> None:
        """Lose a link; the strap advertises again, where it is in range."""
        adapter, strap.link = strap.link, None
        if adapter is not None and self.daemon is not None:
            self.daemon.hide_link(strap, adapter)

    def take_away(self, strap: FakeStrap) -> None:
        """Carry a strap out of range."""
        strap.in_range = False
        self.drop(strap)

    def bring_back(self, strap: FakeStrap) -> None:
        """Carry a strap back into range."""
        strap.in_range = True

    def block(self, adapter: FakeAdapter, *, blocked: bool = True) -> None:
        """Block (or no longer block) an adapter by rfkill, which switches it off and keeps it off."""
        adapter.blocked = blocked
        if self._sys is not None:
            self._sys.block(adapter.name, soft=blocked)
        if blocked and adapter.powered:
            self._power(adapter, on=False)

    def switch(self, adapter: FakeAdapter, *, on: bool) -> None:
        """Switch an adapter on or off, as somebody else on this board may."""
        self._power(adapter, on=on)

    def silence(self, adapter: FakeAdapter, *cures: Cure) -> None:
        """Have an adapter hear and say nothing, without any error, until one of these is done to it."""
        adapter.silent_until = frozenset(cures or {Cure.POWER_CYCLE, Cure.USB_RESET})

    def cure(self, cure: Cure, addresses: frozenset[str]) -> None:
        """End what this mends, of the adapters and straps with these addresses."""
        self.faults.cure(cure, addresses)
        for adapter in self.hardware.adapters:
            if cure in adapter.silent_until and adapter.address in addresses:
                adapter.silent_until = frozenset()
        if self._service is not None:
            self._service.release(cure, addresses)

    def notify(self, strap: FakeStrap, packet: Packet) -> bool:
        """Notify now; return whether it went to anybody."""
        strap.values[packet.channel] = packet.data
        went = self.daemon is not None and self.daemon.notify(strap, packet)
        if went:
            strap.delivered.append(replace(packet, mono_ns=self.clock.mono_ns()))
        return went

    # What was called

    def called(self, member: str, path: str = "") -> list[Call]:
        """Return the calls of a method, to an object and those below it."""
        below = [call for call in self.calls if f"{call.path}/".startswith(f"{path}/")]
        return [call for call in below if call.member == member]

    def power_cycles(self, adapter: FakeAdapter) -> int:
        """Return how often clients switched an adapter off."""
        return sum(call.arguments == (False,) for call in self.called("Set Powered", adapter.path))

    # For a test that fails, and for the passing of time

    def state(self) -> str:
        """Return what is known."""
        lines = [f"bluetoothd: {'runs' if self.daemon is not None else 'does not run'}"]
        lines += [f"{adapter}" for adapter in self.hardware.adapters]
        for strap in self.hardware.straps:
            link = strap.link.name if strap.link else "no link"
            reach = "in range" if strap.in_range else "out of range"
            lines.append(f"{strap.address} {strap.name}: {link}, {reach}, {len(strap.delivered)} delivered")
        lines += [f"stands: {fault}" for fault in self.faults.standing]
        lines += [
            f"{call.mono_ns / NS_PER_S:9.3f} s {call.member} {call.path} {call.arguments or ''}"
            for call in self.calls[-_TAIL:]
        ]
        return "\n".join(lines)

    # Within

    def _addresses(self) -> frozenset[str]:
        return frozenset({each.address for each in self.hardware.adapters} | self._straps())

    def _straps(self) -> set[str]:
        return {strap.address for strap in self.hardware.straps}

    def _hear(self, strap: FakeStrap, adapter: FakeAdapter, rssi: int) -> None:
        if self.daemon is not None:
            self.daemon.hear(strap, adapter, rssi)

    def _link_up(self, strap: FakeStrap, adapter: FakeAdapter) -> None:
        strap.link = adapter
        if self.daemon is not None:
            self.daemon.show_link(strap, adapter)
        self._air.time_link(strap)

    def _power(self, adapter: FakeAdapter, on: bool) -> None:  # noqa: FBT001  BlueZ's Powered is a boolean, passed on as it came
        if adapter.powered == on:
            return
        if not on:
            for strap in self.hardware.linked_to(adapter):
                self.drop(strap)
            if self._service is not None:
                self._service.methods.cancel_connects(adapter.path)
        adapter.powered = on
        if self.daemon is not None:
            self.daemon.show_power(adapter)
        if on:
            self._cure_adapter(Cure.POWER_CYCLE, adapter)

    def _vanish(self, adapter: FakeAdapter, *, abruptly: bool) -> None:
        if self._service is not None:
            self._service.methods.cancel_connects(adapter.path)
        for strap in self.hardware.linked_to(adapter):
            if abruptly:
                strap.link = None
            else:
                self.drop(strap)
        if self.daemon is not None:
            self.daemon.hide_adapter(adapter)
        self.hardware.adapters.remove(adapter)

    def _cure_adapter(self, cure: Cure, adapter: FakeAdapter) -> None:
        """Cure the adapter, and what ails straps: nobody knows which of the two was to blame."""
        self.cure(cure, frozenset({adapter.address} | self._straps()))

    def _notify_all(self, strap: FakeStrap, packets: Sequence[Packet]) -> None:
        for packet in packets:
            self.notify(strap, packet)

    async def _watch_authorized(self, sys: SysTree) -> None:
        while True:
            await self.clock.sleep(_LOOK_S)
            for adapter in [each for each in self.hardware.adapters if each.bus == "usb"]:
                if not sys.authorized(adapter.port):
                    self._vanish(adapter, abruptly=False)
                    sys.unplug(adapter.name)
                    self._cut_off[adapter.port] = adapter
            for port, adapter in list(self._cut_off.items()):
                if sys.authorized(port):
                    del self._cut_off[port]
                    adapter.powered = not adapter.blocked
                    self.plug(adapter)
                    self._cure_adapter(Cure.USB_RESET, adapter)
                    self._cure_adapter(Cure.POWER_CYCLE, adapter)

    def activity(self) -> object:
        """Return something that changes with everything it takes or sends."""
        return (id(self._service), self._service.daemon.activity if self._service is not None else 0)
