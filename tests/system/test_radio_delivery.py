"""Eight straps on two adapters, the daemon a process: all that BlueZ delivered reaches the broker."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.decoders.heart_rate import HeartRateMeasurement
from edged.clock import SystemClock
from edged.model import Packet
from edged.sim.strap import encode_heart_rate
from tests.rigs.bluez_equipment import FakeAdapter, FakeStrap
from tests.rigs.board import address
from tests.rigs.daemon import Daemon
from tests.rigs.fake_bluez import FakeBluez
from tests.rigs.listener import Listener
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.private_bus import PrivateBus
from tests.rigs.waiting import until
from tests.system.configs import node, strap

STRAPS = range(1, 9)
RATE_HZ = 10.0


@pytest.fixture
def listener(broker: Mosquitto) -> Iterator[Listener]:
    with Listener(broker.url) as heard:
        yield heard


def counting(number: int) -> FakeStrap:
    """Return a strap whose notifications are all different: heart rate and interval count up."""

    def packets(turn: int) -> list[Packet]:
        rate, ticks = 40 + turn % 200, 300 + turn % 2000
        return [Packet("2a37", encode_heart_rate(rate, contact=True, rr_ticks=[ticks]))]

    return FakeStrap(
        address(number), f"Polar H10 {number:04d}", packets=packets, rate_hz=RATE_HZ, values={"2a19": b"\x57"}
    )


def told(records: list[dict[str, Any]], stream: str) -> list[float]:
    """Return the values of a stream as the consumer has them, each record once."""
    mine = {record["id"]: record for record in records if record.get("stream") == stream}
    return [value for _, record in sorted(mine.items()) for value in record["values"]]


@pytest.mark.parametrize(
    "seconds", [pytest.param(10, id="10 s"), pytest.param(60, id="60 s", marks=pytest.mark.field)]
)
async def test_every_notification_arrives_once_and_in_order(
    seconds: int, broker: Mosquitto, board: Path, listener: Listener
) -> None:
    sources = "".join(strap(f"p{n}", f"ble:{address(n)}") for n in STRAPS)
    config = node(broker.url, sources, more="[ble]\nslots = 4")
    adapters = (FakeAdapter(), FakeAdapter("hci1", "00:1A:7D:DA:71:14", port="1-2"))
    with PrivateBus() as bus, bus.exported():
        async with FakeBluez(bus.address, SystemClock()) as bluez:
            for adapter in adapters:
                bluez.plug(adapter)
            straps = [bluez.wear(counting(n)) for n in STRAPS]
            async with Daemon(board, config) as daemon:
                await until(lambda: all(each.delivered for each in straps), timeout_s=60)
                await asyncio.sleep(seconds)  # that long they stream
                assert [len(bluez.hardware.linked_to(adapter)) for adapter in adapters] == [4, 4]
                for each in straps:
                    bluez.take_away(each)
                delivered = {
                    n: [HeartRateMeasurement.parse(p.data) for p in worn.delivered if p.channel == "2a37"]
                    for n, worn in zip(STRAPS, straps, strict=True)
                }
                assert all(len(each) >= seconds * RATE_HZ * 0.9 for each in delivered.values())

                def all_in() -> bool:
                    records = listener.records()
                    return all(
                        len(told(records, f"strap-p{n}/heart_rate")) >= len(delivered[n]) for n in STRAPS
                    )

                await until(all_in, timeout_s=30)
                assert await daemon.stop() == 0
    records = listener.records()
    assert len({record["id"] for record in records}) == len(records), "nothing was told twice"
    for n in STRAPS:
        assert told(records, f"strap-p{n}/heart_rate") == [m.heart_rate for m in delivered[n]]
        intervals = [ticks * 1000 / 1024 for m in delivered[n] for ticks in m.rr_intervals]
        assert told(records, f"strap-p{n}/rr_interval") == intervals
