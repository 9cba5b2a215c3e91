"""What goes out over a serial port."""

import asyncio
import os

import pytest

from drivers.links.serial import SEND_TIMEOUT_S
from drivers.serial.settings import QUIET_S
from edged.clock import ManualClock
from edged.errors import SourceLost
from edged.model import Packet
from tests.conformance.links import open_files, settle
from tests.drivers.serial.run import Run
from tests.rigs.serial_port import SerialPort
from tests.rigs.waiting import until


async def test_bytes_come_in_and_commands_go_out(port: SerialPort) -> None:
    run = Run(port.url, ManualClock(mono_ns=5))
    async with run.going():
        port.say(b"\x00\x03\xff\r\n")
        await settle(lambda: bool(run.packets))
        sending = asyncio.create_task(run.link.send(Packet("serial", b"\x11\x13\x00\n")))
        await run.clock.advance(QUIET_S)
        await sending
        assert port.hear(4) == b"\x11\x13\x00\n"
    assert run.packets == [Packet("serial", b"\x00\x03\xff\r\n", 5)]
    assert run.phases == [("connecting", None), ("streaming", None)]


async def test_nothing_is_sent_until_a_boot_loader_is_over(port: SerialPort) -> None:
    run = Run(port.url)
    sending = asyncio.create_task(run.link.send(Packet("serial", b"identify")))
    async with run.going():
        await run.clock.advance(QUIET_S - 0.001)
        assert (port.heard(), sending.done()) == (b"", False)
        await run.clock.advance(0.001)
        await sending
        assert port.hear(8) == b"identify"
        await run.link.send(Packet("serial", b"again"))
        assert port.hear(5) == b"again"


async def test_where_there_is_no_boot_loader_it_may_speak_at_once(port: SerialPort) -> None:
    run = Run(f"{port.url}?quiet=0")
    async with run.going():
        await run.link.send(Packet("serial", b"now"))
        assert port.hear(3) == b"now"


async def test_a_command_that_does_not_fit_at_once_goes_out_in_parts(port: SerialPort) -> None:
    run, command, heard = Run(f"{port.url}?quiet=0"), os.urandom(100_000), bytearray()

    def listen() -> bool:
        heard.extend(port.heard())
        return len(heard) == len(command)

    async with run.going():
        sending = asyncio.create_task(run.link.send(Packet("serial", command)))
        await asyncio.sleep(0)
        assert not sending.done()
        await until(listen)
        await sending
    assert heard == command


async def test_two_commands_are_not_mixed(port: SerialPort) -> None:
    run, heard = Run(f"{port.url}?quiet=0"), bytearray()

    def listen() -> bool:
        heard.extend(port.heard())
        return len(heard) == 100_000

    async with run.going():
        sending = [asyncio.create_task(run.link.send(Packet("serial", c * 50_000))) for c in (b"a", b"b")]
        await until(listen)
        await asyncio.gather(*sending)
    assert heard == b"a" * 50_000 + b"b" * 50_000


async def test_a_device_that_takes_nothing_in_is_a_loss(port: SerialPort) -> None:
    run = Run(f"{port.url}?quiet=0&baud=1000000")
    async with run.going():
        sending = asyncio.create_task(run.link.send(Packet("serial", bytes(100_000))))
        await run.clock.advance(SEND_TIMEOUT_S + 1.1)  # at that rate the bytes alone take so long
        assert not sending.done()
        await run.clock.advance(0.2)
        with pytest.raises(SourceLost, match=r"does not take a command in for 6 s\. Check its cable"):
            await sending


async def test_an_unplug_ends_a_command_under_way(port: SerialPort) -> None:
    run = Run(f"{port.url}?quiet=0")
    async with run.going():
        stuck = [asyncio.create_task(run.link.send(Packet("serial", bytes(100_000)))) for _ in range(2)]
        await asyncio.sleep(0)
        port.unplug()
        for sending in stuck:
            with pytest.raises(SourceLost, match="unplugged"):
                await sending


async def test_a_stop_ends_a_command_that_waits_for_its_time(port: SerialPort) -> None:
    run = Run(port.url)
    async with run.going():
        sending = asyncio.create_task(run.link.send(Packet("serial", b"late")))
        await run.clock.advance(0.5)
    await run.clock.advance(1)
    with pytest.raises(SourceLost, match="unplugged"):
        await sending
    assert port.heard() == b""


async def test_it_closes_quietly_with_bytes_that_nobody_takes(port: SerialPort) -> None:
    files = open_files()
    run = Run(f"{port.url}?quiet=0&rtscts=1")
    async with run.going():
        sending = asyncio.create_task(run.link.send(Packet("serial", bytes(100_000))))
        await asyncio.sleep(0)
    with pytest.raises(SourceLost):
        await sending
    assert open_files() == files
