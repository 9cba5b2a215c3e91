"""The air: all adapters of a node, and which device is had over which."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from drivers.ble.adapter import Adapter
from drivers.ble.bluez import Bluez, DeviceObject
from drivers.ble.connection import Connection
from drivers.ble.deadline import within
from drivers.ble.errors import BleError, Cause
from drivers.ble.hardware import Hardware
from drivers.ble.scanner import Sighting
from drivers.ble.target import Target
from edged.clock import Clock, wait_for
from edged.config.model import BleConfig
from edged.errors import EdgedError
from edged.log import log_event
from edged.messages import BLUETOOTH_BACK, BLUETOOTH_DOWN
from edged.model import NS_PER_S
from edged.sources.equipment import AdapterReport, AdapterState
from edged.sources.link import LinkPhase, Report
from edged.tasks import end

_TICK_S: Final = 1.0
_RETRY_S: Final = 3.0
_LOAD_TIMEOUT_S: Final = 10.0
_SUSPEND_NS: Final = NS_PER_S
_log: Final = logging.getLogger(__name__)

_STATES: Final[dict[Cause, AdapterState]] = {
    Cause.NO_BUS: "no_bus",
    Cause.DENIED: "denied",
    Cause.NO_SERVICE: "no_service",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A device, and the adapter that it is had over."""

    adapter: Adapter
    sighting: Sighting


class Air:
    """Finds devices for links, and keeps the adapters well.

    It lives while a link is in it: ``joined``.

    Args:
        clock: the node's.
        config: which adapters, and what they may.
        hardware: what the kernel tells of adapters.
    """

    def __init__(self, clock: Clock, config: BleConfig, hardware: Hardware | None = None) -> None:
        self._clock = clock
        self._config = config
        self._hardware = hardware or Hardware()
        self._bluez = Bluez(self._touch, self._gone)
        self._adapters: dict[str, Adapter] = {}
        self._state: AdapterState = "ready"
        self._looked = False
        self._problem: EdgedError | None = None
        self._since_ns = clock.mono_ns()
        self._targets: dict[str, Target] = {}
        self._searching: set[str] = set()
        self._onlookers = 0
        self._taken: dict[str, str] = {}
        self._connections: dict[str, Connection] = {}
        self._changed = asyncio.Event()
        self._guests = 0
        self._task: asyncio.Task[None] | None = None
        self._tending: dict[str, asyncio.Task[None]] = {}
        for known in config.adapter:
            self._add(known.address)

    def adapters(self) -> Sequence[AdapterReport]:
        """Return how each adapter is; where there is none, one that says why."""
        if self._adapters and self._problem is None:
            return [adapter.report() for adapter in self._adapters.values()]
        if not self._looked:
            return []
        return [AdapterReport("", "", "", self._state, self._since_ns, self._problem, 0, (), 0)]

    def announce(self, source: str, target: Target) -> None:
        """Note what a source means, so that others that mean "any" leave it alone."""
        self._targets[source] = target

    def forget(self, source: str) -> None:
        """Let go of what a source meant: its device is free for others."""
        self._targets.pop(source, None)

    @asynccontextmanager
    async def joined(self) -> AsyncIterator[None]:
        """Keep the air going while inside."""
        self._guests += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="bluetooth")
        try:
            yield
        finally:
            self._guests -= 1
            if not self._guests and self._task is not None:
                task, self._task = self._task, None
                await end(task)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Have the adapters search while inside, as gently as for a strap: who streams gets its time."""
        async with self.joined():
            self._onlookers += 1
            self._want()
            try:
                yield
            finally:
                self._onlookers -= 1
                self._want()

    def around(self) -> list[tuple[str, Sighting, DeviceObject | None]]:
        """Return what is connected or was heard: by which adapter, and as BlueZ has it.

        Raises:
            BleError: nothing can be heard, and why.
        """
        if self._looked:
            up = [adapter for adapter in self._adapters.values() if adapter.is_up]
            if self._problem is not None or not up:
                raise _deaf(self._problem or next((a.problem for a in self._adapters.values()), None))
        return [
            (adapter.name, sighting, self._bluez.devices.get(sighting.path))
            for adapter in self._adapters.values()
            for sighting in self._heard_by(adapter)
        ]

    def owner(self, address: str) -> str | None:
        """Return the source that has a device, or names just it."""
        named = (source for source, target in self._targets.items() if target.address == address)
        return self._taken.get(address) or next(named, None)

    async def find(self, source: str, report: Report) -> Place:
        """Wait until the device of a source can be had, and take a slot for it; ``leave`` gives it back."""
        self._searching.add(source)
        self._want()
        try:
            while True:
                changed = self._changed
                if self._task is not None and self._task.done():
                    self._task.result()  # a defect: told by whoever waits here
                found = self._choose(source)
                if isinstance(found, Place):
                    found.adapter.slots.take(source)
                    self._taken[found.sighting.address] = source
                    return found
                report(*found)
                await wait_for(changed, self._clock, _TICK_S)
        finally:
            self._searching.discard(source)
            self._want()

    async def connect(self, source: str, place: Place) -> Connection:
        """Connect to a device that was found.

        Raises:
            BleError: it could not be.
        """
        connection = await place.adapter.connect(place.sighting, bond=self._targets[source].bond)
        self._connections[source] = connection
        return connection

    def hear(self, source: str, place: Place, *, steady: bool) -> None:
        """Note that a device speaks: its adapter is not reset under it, and is well once that is steady."""
        place.adapter.slots.hear(source)
        if steady:
            place.adapter.well()

    def leave(self, source: str, place: Place) -> None:
        """Give a device and its slot back."""
        place.adapter.slots.leave(source)
        self._connections.pop(source, None)
        self._taken.pop(place.sighting.address, None)
        place.adapter.touch()
        self._touch()

    def _choose(self, source: str) -> Place | tuple[LinkPhase, EdgedError | None]:
        if not self._looked:
            return "searching", None
        target = self._targets[source]
        usable = [a for a in self._adapters.values() if target.adapter in {"", a.address}]
        up = [adapter for adapter in usable if adapter.is_up] if self._problem is None else []
        if not up:
            return self._why_not(target, usable)
        heard = [Place(a, s) for a in up for s in self._heard_by(a) if self._may_have(source, s)]
        roomy = [place for place in heard if place.adapter.slots.free_for(source) > 0]
        at_once = [place for place in roomy if place.sighting.is_held or not place.adapter.is_busy]
        if at_once:
            return max(at_once, key=_merit)
        if roomy:
            return "searching", None  # its turn comes
        if heard or all(adapter.slots.free_for(source) <= 0 for adapter in up):
            return "no_room", _no_room(up)
        return "searching", None

    def _why_not(self, target: Target, usable: list[Adapter]) -> tuple[LinkPhase, EdgedError | None]:
        if self._problem is not None:
            return "adapter_down", self._problem
        if not usable:
            return "adapter_down", BleError(
                Cause.NO_ADAPTER,
                f"the Bluetooth adapter {target.adapter} is not plugged in",
                mend="Plug it in, or change adapter= of the link.",
            )
        worst = max(usable, key=lambda adapter: adapter.state == "reboot_needed")
        return ("reboot_needed" if worst.state == "reboot_needed" else "adapter_down"), worst.problem

    def _heard_by(self, adapter: Adapter) -> list[Sighting]:
        present = adapter.present
        held = [
            Sighting.connected(device, self._clock.mono_ns())
            for device in self._bluez.devices.values()
            if present is not None and device.adapter_path == present.path and device.connected
        ]
        return [*held, *adapter.sightings.values()]

    def _may_have(self, source: str, sighting: Sighting) -> bool:
        """Return whether a sighting is what a source means, nobody has it, and nobody else means just it."""
        if sighting.address in self._taken:
            return False
        target = self._targets[source]
        if not target.matches(sighting.address, sighting.name, sighting.services):
            return False
        named = any(other.address == sighting.address for other in self._targets.values())
        return bool(target.address) or not named

    async def _run(self) -> None:
        """Keep in touch with BlueZ, and tend the adapters, until cancelled."""
        try:
            while True:
                try:
                    await within(self._clock, _LOAD_TIMEOUT_S, self._bluez.open(), "D-Bus")
                    await self._follow()
                except BleError as error:
                    self._down(error)
                self._bluez.close()
                self._gone("/")
                await self._clock.sleep(_RETRY_S)
        finally:
            await end(*self._tending.values())
            self._tending.clear()
            self._bluez.close()

    async def _follow(self) -> None:
        """Follow BlueZ while D-Bus lasts.

        Raises:
            BleError: D-Bus is gone, or BlueZ may not be asked.
        """
        closed = asyncio.ensure_future(self._bluez.closed())
        slept_ns = self._hardware.suspended_ns()
        try:
            while not closed.done():
                changed = self._changed
                if not self._bluez.running:
                    await self._wait_for_service()
                self._sync()
                if self._hardware.suspended_ns() - slept_ns > _SUSPEND_NS:
                    slept_ns = self._hardware.suspended_ns()
                    self._slept()
                await wait_for(changed, self._clock, _TICK_S)
        finally:
            await end(closed)

    async def _wait_for_service(self) -> None:
        """Wait until bluetoothd runs; asking D-Bus for it starts it where systemd lets that be."""
        while True:
            try:
                await within(self._clock, _LOAD_TIMEOUT_S, self._bluez.load(), "BlueZ")
            except BleError as error:
                self._down(error)
                if error.cause is Cause.NO_BUS:
                    raise
                await self._clock.sleep(_RETRY_S)
            else:
                return

    def _sync(self) -> None:
        """Know every adapter there is, by its address, and tend it."""
        self._looked = True
        for present in self._bluez.adapters.values():
            if present.address and present.address not in self._adapters and not self._config.adapter:
                self._add(present.address)
        if self._adapters:
            self._up()
        else:
            what = "there is no Bluetooth adapter"
            self._set("no_adapter", BleError(Cause.NO_ADAPTER, what, mend="Plug one in."))
        for address, adapter in self._adapters.items():
            task = self._tending.get(address)
            if task is not None and task.done():
                task.result()
            if task is None:
                self._tending[address] = asyncio.create_task(adapter.run(), name=f"adapter {address}")
        self._want()

    def _add(self, address: str) -> None:
        config = next((known for known in self._config.adapter if known.address == address), None)
        slots = config.slots if config and config.slots else self._config.slots
        self._adapters[address] = Adapter(
            address, slots, self._config.reset, self._bluez, self._hardware, self._clock, self._touch
        )

    def _want(self) -> None:
        """Let adapters search while somebody searches who may use them."""
        for adapter in self._adapters.values():
            wanted = any(self._targets[source].adapter in {"", adapter.address} for source in self._searching)
            if (wanted, self._onlookers > 0) != (adapter.wanted, adapter.watched):
                adapter.wanted, adapter.watched = wanted, self._onlookers > 0
                adapter.touch()

    def _slept(self) -> None:
        """The board was suspended: no connection outlives that, whatever BlueZ says."""
        for adapter in self._adapters.values():
            adapter.slept()
        self._end_connections("", BleError(Cause.DROPPED, "the board was suspended"))

    def _gone(self, path: str) -> None:
        """End the connections over what BlueZ has no more; bleak would go on waiting."""
        for adapter in self._adapters.values():
            if path == "/" or adapter.present is None:
                adapter.gone()
        if path == "/":
            self._end_connections("", BleError(Cause.NO_SERVICE, "the Bluetooth service stopped"))
        else:
            what = "BlueZ does not have the device any more" if "/dev_" in path else "its adapter is gone"
            self._end_connections(path, BleError(Cause.NO_ADAPTER, what))
        self._touch()

    def _end_connections(self, path: str, reason: BleError) -> None:
        for connection in self._connections.values():
            at = connection.sighting.path
            if at == path or at.startswith(f"{path}/"):
                connection.fail(reason)

    def _down(self, error: BleError) -> None:
        self._looked = True
        self._set(_STATES.get(error.cause, "no_service"), error)

    def _up(self) -> None:
        self._set("ready", None)

    def _set(self, state: AdapterState, problem: EdgedError | None) -> None:
        if state == self._state and (problem is None) == (self._problem is None):
            return
        if problem is not None:
            log_event(_log, BLUETOOTH_DOWN, reason=problem)
        elif self._problem is not None:
            log_event(_log, BLUETOOTH_BACK)
        self._state, self._problem, self._since_ns = state, problem, self._clock.mono_ns()
        self._touch()

    def _touch(self) -> None:
        """Wake whoever waits for a change."""
        self._changed.set()
        self._changed = asyncio.Event()
        for adapter in self._adapters.values():
            adapter.touch()


def _merit(place: Place) -> tuple[bool, int, int]:
    """Prefer what is connected already, then the emptier adapter, then the one that hears it better."""
    return place.sighting.is_held, place.adapter.slots.free, place.sighting.rssi_dbm or 0


def _deaf(why: EdgedError | None) -> BleError:
    if why is None:
        return BleError(
            Cause.NO_ADAPTER, "no Bluetooth adapter is ready", mend="It is tried again by itself."
        )
    return BleError(Cause.NO_ADAPTER, why.what, mend=why.mend)


def _no_room(up: list[Adapter]) -> BleError:
    full = "; ".join(f"{a.name} serves {', '.join(a.slots.holders)}" for a in up)
    return BleError(
        Cause.REFUSED,
        f"all places are taken: {full}",
        mend="Plug in another adapter, or raise slots in [ble] if this one can serve more.",
    )
