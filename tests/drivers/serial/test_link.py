"""What comes in over a serial port, and what becomes of it when it is unplugged."""

import asyncio
import fcntl
import os
import struct
from pathlib import Path
from random import Random

import pytest

from drivers.links.serial import LOOK_S
from drivers.serial.wire import READ_BYTES
from edged.clock import ManualClock
from edged.config.model import SourceConfig
from edged.errors import SourceLost
from edged.model import NS_PER_S
from edged.sources.link import LinkContext
from edged.sources.supervisor import Source, as_it_is
from edged.tasks import end
from tests.conformance.links import settle
from tests.drivers.serial.run import TIOCGPTN, TIOCSPTLCK, Run, Samples, replug, turns_of_the_loop
from tests.rigs.serial_port import SerialPort
from tests.rigs.waiting import until


async def test_a_name_whose_port_is_not_there_is_waited_for(tmp_path: Path) -> None:
    port = SerialPort(tmp_path)
    run = Run(port.url)
    async with run.going() as task:
        await run.clock.advance(3600)
        (phase, problem), *more = run.phases
        assert (phase, more) == ("searching", [])
        assert "the port is not plugged in. Plug the device in" in str(problem)
        with port:
            await run.clock.advance(0.5)
            assert run.phases[1:] == [("connecting", None), ("streaming", None)]
            port.say(b"hello")
            await settle(lambda: run.data == b"hello")
            assert not task.done()


async def test_a_replug_under_another_number_streams_again(tmp_path: Path) -> None:
    with SerialPort(tmp_path) as port:
        run, old = Run(port.url), port.device
        async with run.going() as task:
            port.say(b"before")
            await settle(lambda: run.data == b"before")
            port.unplug()
            with pytest.raises(SourceLost, match=r"the port was unplugged\. Plug it in again"):
                await task
        async with run.going():
            await run.clock.advance(60)
            replug(port, SerialPort(tmp_path, "other"))
            assert port.device != old
            await run.clock.advance(LOOK_S)
            port.say(b"after")
            await settle(lambda: run.data == b"beforeafter")
    assert [phase for phase, _ in run.phases] == [
        "connecting",
        "streaming",
        "searching",
        "connecting",
        "streaming",
    ]


async def test_a_source_is_live_again_within_5_s_of_a_replug(tmp_path: Path) -> None:
    """The whole of it: supervisor, link and decoder."""
    clock, sink = ManualClock(), Samples()
    with SerialPort(tmp_path) as port:
        config = SourceConfig(name="board", link=port.url, decoder="json_lines")
        source = Source(config, LinkContext(clock), sink, as_it_is, Random(1))
        task = asyncio.create_task(source.run())
        try:
            await clock.advance(0)
            for plugged_in_again in range(3):
                port.say(b'{"heart_rate": %d}\n' % (70 + plugged_in_again))
                await settle(lambda: source.state == "streaming")
                port.unplug()
                await clock.advance(300)
                assert source.state == "searching"
                assert "not plugged in" in str(source.problem)
                replug(port, SerialPort(tmp_path, "other"))
                began_ns = clock.mono_ns()
                while source.state == "searching":
                    await clock.advance(0.1)
                assert clock.mono_ns() - began_ns <= 5 * NS_PER_S
            assert sink.values == [70, 71, 72]
        finally:
            await end(task)


async def test_an_end_takes_no_turn_from_anybody(port: SerialPort, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unplugged port stays readable for ever: whoever goes on reading it spins."""
    reads: list[int] = []
    read = os.read

    def counted(fd: int, most: int) -> bytes:
        reads.append(fd)
        return read(fd, most)

    monkeypatch.setattr("drivers.serial.wire.os.read", counted)
    run = Run(port.url)
    async with run.going() as task:
        fd = run.fd
        port.unplug()
        with pytest.raises(SourceLost, match="unplugged"):
            await task
        await turns_of_the_loop(50)
    assert reads == [fd]


async def test_an_input_output_error_is_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The near end of a pseudo-terminal fails so, where its far end is gone."""
    monkeypatch.setattr("drivers.serial.line.holders", lambda _devices: {})  # every terminal has it open
    (tmp_path / "near").symlink_to("/dev/ptmx")
    run = Run(f"serial:{tmp_path}/near")
    async with run.going() as task:
        fcntl.ioctl(run.fd, TIOCSPTLCK, struct.pack("i", 0))
        (number,) = struct.unpack("i", fcntl.ioctl(run.fd, TIOCGPTN, bytes(4)))
        far = os.open(f"/dev/pts/{number}", os.O_RDWR | os.O_NOCTTY)
        os.write(far, b"last words")
        os.close(far)
        with pytest.raises(SourceLost, match="unplugged"):
            await task
    assert run.data == b"last words"


async def test_a_flood_comes_in_bounded_bits_and_others_have_their_turns(port: SerialPort) -> None:
    run, turns, said = Run(port.url), 0, 0
    async with run.going():
        for _ in range(200):
            said += port.say(bytes(65536))
            before = len(run.packets)
            await asyncio.sleep(0)
            turns += 1
            assert len(run.packets) - before <= 1
        await until(lambda: len(run.data) == said)
    assert said > 100_000
    assert max(len(packet.data) for packet in run.packets) <= READ_BYTES


async def test_reading_nothing_is_no_end(port: SerialPort) -> None:
    run = Run(port.url)
    async with run.going() as task:
        assert run.link._connection
        run.link._connection.wire._read()
        await turns_of_the_loop(5)
        assert not task.done()
