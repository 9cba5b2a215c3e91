"""A whole node in this process, on a fake BlueZ, with time in the test's hands."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from drivers.ble.air import Air
from drivers.ble.hardware import Hardware
from edged.clock import ManualClock
from edged.config.model import Config
from edged.config.toml import parse
from edged.daemon import Node
from edged.model import NS_PER_MS, NS_PER_S, Chunk, Event, Packet
from edged.ops.status import AdapterStatus, SourceStatus, Status
from edged.sim.device import Device
from edged.sim.h10 import H10
from edged.sim.physiology import Heart, Profile
from edged.sim.strap import Strap
from edged.sources.equipment import Equipment
from edged.tasks import end
from tests.rigs.bleak_manager import close_bleak
from tests.rigs.bluez_equipment import BATTERY, HEART_RATE, POLAR_MEASUREMENT_DATA, FakeAdapter, FakeStrap
from tests.rigs.fake_bluez import FakeBluez
from tests.rigs.private_bus import PrivateBus
from tests.rigs.sys_tree import SysTree

START_NS = 1000 * NS_PER_S
UTC_2026 = 1_767_225_600 * NS_PER_S


def address(number: int) -> str:
    """Return the address of a strap by its number."""
    return f"A0:9E:1A:00:00:{number:02X}"


def heart_strap(number: int, **more: Any) -> FakeStrap:
    """Return a strap that notifies what a simulated one does, once a second."""
    worn = Strap(Heart(Profile.RESTING, number), battery_pct=87)
    values = {"2a19": b"\x57", "2a38": b"\x01"}
    return FakeStrap(
        address(number),
        f"Polar H10 {number:04d}",
        packets=lambda turn: [packet for packet in worn.packets(turn) if packet.channel == "2a37"],
        **{"values": values, **more},
    )


class SimulatedH10:
    """A simulated H10 on the air: ten looks a second at what it notifies.

    Args:
        number: which.
        refuses: measurements, by their PMD number, that it does not start, with this error.
    """

    def __init__(self, number: int, refuses: Mapping[int, int] | None = None) -> None:
        self.refuses = dict(refuses or {})
        self._device: Device = H10.on(Strap(Heart(Profile.RESTING, number), battery_pct=87))
        self._at_ns = 0
        values = {name: self._device.read(name, 0) or b"" for name in self._device.readable}
        self.strap = FakeStrap(
            address(number),
            f"Polar H10 {number:04d}",
            services=(HEART_RATE, BATTERY, POLAR_MEASUREMENT_DATA),
            packets=self._look,
            rate_hz=10.0,
            values=values,
            on_write=self._write,
        )

    def _look(self, turn: int) -> list[Packet]:
        began_ns, self._at_ns = turn * 100 * NS_PER_MS, (turn + 1) * 100 * NS_PER_MS
        return [replace(packet) for packet in self._device.notifications(began_ns, self._at_ns)]

    def _write(self, channel: str, data: bytes) -> list[Packet]:
        if data[0] == 2 and data[1] in self.refuses:
            return [Packet(channel, bytes((0xF0, 2, data[1], self.refuses[data[1]], 0)))]
        self._device = self._device.written(Packet(channel, data), self._at_ns)
        return []


@dataclass
class Board:
    """The node, its BlueZ and its clock."""

    node: Node
    bluez: FakeBluez
    bus: PrivateBus
    clock: ManualClock
    sys: SysTree
    hardware: "SleepyHardware"
    recorded: list[Chunk]

    @property
    def status(self) -> Status:
        """What the page is told."""
        return self.node.view.status()

    def source(self, number: int) -> SourceStatus:
        """Return the status of a strap's source."""
        return next(each for each in self.status.sources if each.name == f"strap-{number}")

    def adapter(self, address: str) -> AdapterStatus:
        """Return the status of an adapter."""
        return next(each for each in self.status.adapters if each.address == address)

    def streams(self, *numbers: int) -> Callable[[], bool]:
        """Return a condition: these straps stream."""
        return lambda: all(self.source(number).state == "streaming" for number in numbers)

    async def until(self, condition: Callable[[], object], within_s: float) -> float:
        """Let time pass until something holds; return the seconds it took."""
        return await self.bluez.until(condition, within_s)


class Watched(Node):
    """A node that keeps what goes into its journal, for the test to see."""

    def __init__(self, config: Config, clock: ManualClock, equipment: Equipment) -> None:
        super().__init__(config, clock, Random(1), equipment)
        self.recorded: list[Chunk] = []

    def take(self, source: str, chunks: Sequence[Chunk], events: Sequence[Event], arrived_ns: int) -> None:
        """Send it both ways, as a node does."""
        self.recorded += chunks
        super().take(source, chunks, events, arrived_ns)


class SleepyHardware(Hardware):
    """The kernel's side, below a made-up ``/sys``, of a board that may be suspended."""

    slept_ns = 0

    def suspended_ns(self) -> int:
        """Return how long it has slept, as the test says."""
        return type(self).slept_ns


def config(folder: Path, straps: int, *, ble: str = "", decoder: str = "heart_rate") -> str:
    """Return the configuration of a node with so many straps."""
    sources = "".join(
        f'[[subject]]\nname = "player-{n}"\n[[source]]\nname = "strap-{n}"\n'
        f'link = "ble:{address(n)}"\ndecoder = "{decoder}"\nsubject = "player-{n}"\n'
        for n in range(1, straps + 1)
    )
    return f'[web]\nenabled = false\n[journal]\npath = "{folder}/edged.db"\n{ble}\n{sources}'


@asynccontextmanager
async def board(
    folder: Path,
    *adapters: FakeAdapter,
    straps: int = 1,
    ble: str = "",
    decoder: str = "heart_rate",
    text: str = "",
    bluetoothd: bool = True,
) -> AsyncIterator[Board]:
    """Run a node whose sources are straps; who wears one is up to the test."""
    clock = ManualClock(mono_ns=START_NS, utc_ns=UTC_2026)
    sys = SysTree(folder)
    hardware = SleepyHardware(sys.root)
    SleepyHardware.slept_ns = 0
    parsed = parse(text or config(folder, straps, ble=ble, decoder=decoder), folder / "edged.toml")
    with PrivateBus() as bus, bus.exported():
        async with FakeBluez(bus.address, clock, sys=sys) as bluez:
            for adapter in adapters:
                bluez.plug(adapter)
            if not bluetoothd:
                await bluez.kill()
            equipment = Equipment()
            equipment.shared(Air, lambda: Air(clock, parsed.ble, hardware))
            node = Watched(parsed, clock, equipment)
            running = asyncio.create_task(node.run(asyncio.Event()))
            try:
                yield Board(node, bluez, bus, clock, sys, hardware, node.recorded)
            finally:
                await end(running)
                await close_bleak()
