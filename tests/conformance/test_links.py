import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from edged.clock import ManualClock
from edged.model import Channel, Packet
from edged.sources.link import LINKS, Link
from edged.sources.recording import RecordingLink
from edged.trace import TraceWriter
from tests.conformance.links import LinkConformance, Rig
from tests.drivers.bridge import Bridge
from tests.rigs.bleak_manager import close_bleak, open_bleak
from tests.rigs.bluez_equipment import HEART_RATE, PMD_CONTROL, POLAR_MEASUREMENT_DATA, FakeAdapter
from tests.rigs.board import address, heart_strap
from tests.rigs.fake_bluez import FakeBluez
from tests.rigs.private_bus import PrivateBus
from tests.rigs.serial_port import SerialPort


class TestSimLink(LinkConformance):
    @asynccontextmanager
    async def rig(self, tmp_path: Path) -> AsyncIterator[Rig]:
        _ = tmp_path
        clock = ManualClock()
        yield Rig("sim:resting?seed=1", clock, lambda: clock.advance(1))


class TestSimH10Link(LinkConformance):
    @asynccontextmanager
    async def rig(self, tmp_path: Path) -> AsyncIterator[Rig]:
        _ = tmp_path
        clock = ManualClock()
        url = "sim:resting?device=h10&faults=loss@20+1/30"
        yield Rig(url, clock, lambda: clock.advance(1), lambda: clock.advance(31))


class TestReplayLink(LinkConformance):
    @asynccontextmanager
    async def rig(self, tmp_path: Path) -> AsyncIterator[Rig]:
        clock = ManualClock(mono_ns=1000)
        path = tmp_path / "trace.jsonl"
        with TraceWriter(path, clock=clock, decoder="heart_rate", link="") as writer:
            for second in range(100):
                writer.received(Packet("2a37", b"\x00\x48", 1000 + second * 10**9))
        yield Rig(f"replay:{path}?speed=2", clock, lambda: clock.advance(1))


class TestTcpLink(LinkConformance):
    @asynccontextmanager
    async def rig(self, tmp_path: Path) -> AsyncIterator[Rig]:
        _ = tmp_path
        async with Bridge() as bridge:

            async def speak() -> None:
                bridge.say(b"hello\n")
                await asyncio.sleep(0)

            yield Rig(f"tcp://127.0.0.1:{bridge.port}", ManualClock(), speak, bridge.hang_up)


class TestSerialLink(LinkConformance):
    @asynccontextmanager
    async def rig(self, tmp_path: Path) -> AsyncIterator[Rig]:
        clock = ManualClock()
        with SerialPort(tmp_path) as port:

            async def speak() -> None:
                if not port.is_plugged:
                    port.plug()
                await clock.advance(1)
                port.say(b"hello\n")

            async def leave() -> None:
                port.unplug()

            yield Rig(port.url, clock, speak, leave)


class TestBleLink(LinkConformance):
    @asynccontextmanager
    async def rig(self, tmp_path: Path) -> AsyncIterator[Rig]:
        _ = tmp_path
        clock = ManualClock()
        with PrivateBus() as bus, bus.exported():
            async with FakeBluez(bus.address, clock) as bluez:
                bluez.plug(FakeAdapter())
                worn = bluez.wear(heart_strap(1, services=(HEART_RATE, POLAR_MEASUREMENT_DATA)))

                async def speak() -> None:
                    bluez.bring_back(worn)
                    await bluez.advance(1)

                async def leave() -> None:
                    bluez.take_away(worn)
                    await bluez.calm()

                channels = (Channel("2a37"),)
                command = Packet(PMD_CONTROL, b"\x01\x00")
                await open_bleak()
                await bluez.calm()
                try:
                    yield Rig(f"ble:{address(1)}", clock, speak, leave, channels, command)
                finally:
                    await close_bleak()


class RecordedRig(Rig):
    """A rig whose link is recorded on its way."""

    writer: TraceWriter

    def make(self) -> Link:
        return RecordingLink(super().make(), self.writer)


class TestRecordingLink(LinkConformance):
    @asynccontextmanager
    async def rig(self, tmp_path: Path) -> AsyncIterator[Rig]:
        clock = ManualClock()
        with TraceWriter(tmp_path / "t.jsonl", clock=clock, decoder="heart_rate", link="") as writer:
            rig = RecordedRig("sim:stress?seed=2", clock, lambda: clock.advance(1))
            rig.writer = writer
            yield rig


def test_every_link_is_held_to_the_contract() -> None:
    held = {
        name.removeprefix("Test").removesuffix("Link").lower() for name in globals() if name.endswith("Link")
    }
    assert set(LINKS) <= held
