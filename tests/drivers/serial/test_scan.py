"""Looking around for serial ports."""

import asyncio
from functools import partial

import pytest
from serial.tools.list_ports_common import ListPortInfo

from drivers.serial.scan import scan_ports
from edged.clock import ManualClock
from edged.sources.decoder import DECODERS
from edged.sources.link import LinkContext
from edged.sources.scanner import Found, find_scanner
from edged.tasks import end
from tests.drivers.serial.run import Run
from tests.rigs.serial_port import SerialPort
from tests.rigs.waiting import until


class Rounds(ManualClock):
    """A clock that counts who sleeps: a round is over."""

    count = 0

    async def sleep(self, seconds: float) -> None:
        self.count += 1
        await super().sleep(seconds)


async def found(links: dict[str, str], seconds: int = 0) -> list[Found]:
    """Return what is told in so long, and the round at its end."""
    clock, told = Rounds(mono_ns=7), list[Found]()
    scanning = asyncio.create_task(scan_ports(LinkContext(clock), links, told.append))
    for round_ in range(1, seconds + 2):
        await until(partial(lambda wanted: clock.count >= wanted, round_))
        if round_ <= seconds:
            await clock.advance(1)
    await end(scanning)
    return told


@pytest.fixture(autouse=True)
def no_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out those of this machine."""
    monkeypatch.setattr("drivers.serial.ports.comports", list)


def test_it_is_the_scanner_of_its_kind() -> None:
    assert find_scanner("serial") is scan_ports


async def test_a_port_of_a_stranger(port: SerialPort, monkeypatch: pytest.MonkeyPatch) -> None:
    info = ListPortInfo(port.device)
    info.manufacturer, info.product, info.location = "FTDI", "FT232R", "1-1.4"
    monkeypatch.setattr("drivers.serial.ports.comports", lambda: [info])
    assert await found({"elsewhere": "serial:/dev/never-there", "wrong": "serial:COM3"}) == [
        Found(
            kind="serial",
            link=f"serial:{port.device}",
            name="FTDI FT232R",
            address=port.device,
            rssi_dbm=None,
            services=(),
            battery_pct=None,
            adapter="USB 1-1.4",
            connected=False,
            seen_ns=7,
            owner=None,
            used_by="",
        )
    ]


async def test_whose_it_is_by_any_of_its_names(port: SerialPort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.serial.ports.comports", lambda: [ListPortInfo(port.device)])
    for link in (f"{port.url}?baud=9600", f"serial:{port.device}"):
        assert [each.owner for each in await found({"board": link})] == ["board"]


async def test_a_configured_port_that_nothing_lists_is_there_too(port: SerialPort) -> None:
    (told,) = await found({"board": port.url})
    assert (told.link, told.address, told.owner) == (port.url, port.device, "board")
    assert (told.name, told.adapter) == ("serial port", "")


async def test_it_is_told_each_second_and_no_more_once_it_is_gone(port: SerialPort) -> None:
    assert len(await found({"board": port.url}, 2)) == 3
    port.unplug()
    assert await found({"board": port.url}, 2) == []


async def test_who_has_it_open(port: SerialPort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "drivers.serial.scan.holders", lambda ports: {device: ["a (1)", "b (2)"] for device in ports}
    )
    (told,) = await found({"board": port.url})
    assert told.used_by == "a (1), b (2)"


async def test_it_opens_nothing_and_disturbs_nobody(port: SerialPort) -> None:
    run = Run(port.url)
    async with run.going():
        before = port.attributes()
        port.say(b"hello")
        await found({"board": port.url}, 3)
        assert run.data == b"hello"
        assert port.attributes() == before


@pytest.mark.parametrize(
    ("vid", "decoder"), [(0x2341, "board"), (0x2E8A, "board"), (0x1546, "nmea"), (0x0403, ""), (None, "")]
)
async def test_what_it_looks_like(
    vid: int | None, decoder: str, port: SerialPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = ListPortInfo(port.device)
    info.vid, info.pid = vid, None if vid is None else 0x0043
    monkeypatch.setattr("drivers.serial.ports.comports", lambda: [info])
    assert [each.decoder for each in await found({})] == [decoder]
    assert not decoder or decoder in DECODERS
