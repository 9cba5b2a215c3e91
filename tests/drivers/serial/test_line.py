"""How the line of a serial port is set: its rate, its reset, what decoders ask of it."""

import logging
import termios
from pathlib import Path

import pytest
from serial import Serial

from drivers.links.serial import RESET_S
from edged.clock import ManualClock
from edged.errors import SourceLost
from edged.model import NS_PER_S, Packet
from tests.conformance.links import open_files, settle
from tests.drivers.serial.run import Run, speeds
from tests.rigs.serial_port import SerialPort


async def test_it_is_raw_and_hanging_up_does_not_reset(port: SerialPort) -> None:
    async with Run(port.url).going():
        iflag, oflag, cflag, lflag, *_ = port.attributes()
        assert port.is_exclusive()
    assert not port.is_exclusive()
    assert not cflag & termios.HUPCL
    assert not iflag & (termios.BRKINT | termios.ICRNL | termios.IXON | termios.ISTRIP)
    assert not oflag & termios.OPOST
    assert not lflag & (termios.ICANON | termios.ECHO | termios.ISIG)
    assert cflag & termios.CSIZE == termios.CS8
    assert not cflag & (termios.PARENB | termios.CSTOPB | termios.CRTSCTS)


async def test_the_line_is_set_as_asked(port: SerialPort) -> None:
    run = Run(f"{port.url}?baud=12345&bits=7&parity=odd&stop=2&rtscts=1")
    async with run.going():
        assert speeds(port) == (12345, 12345)
        cflag = port.attributes()[2]
        assert run.link._connection
        line = run.link._connection.line._port
        # Pseudo-terminals keep to 8 bits without parity, whatever they are told.
        assert (line.bytesize, line.parity) == (7, "O")
    asked = termios.PARODD | termios.CSTOPB | termios.CRTSCTS
    assert cflag & (asked | termios.HUPCL) == asked


async def test_a_port_without_the_line_is_not_reset_and_works(
    port: SerialPort, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    run = Run(f"{port.url}?reset=1")
    async with run.going():
        port.say(b"hello")
        await settle(lambda: run.data == b"hello")
    assert "source board: the port has no DTR line: the device is not reset" in caplog.messages


async def test_a_reset_is_a_moment_without_dtr(port: SerialPort, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pseudo-terminal has no such line: it is only noted what would be done to it."""
    clock, dtr = ManualClock(), list[tuple[bool, int]]()

    def set_line(line: Serial) -> None:
        dtr.append((line.dtr, clock.mono_ns()))

    monkeypatch.setattr(Serial, "_update_dtr_state", set_line)
    run = Run(f"{port.url}?reset=1", clock)
    async with run.going():
        assert dtr == [(True, 0), (False, 0)]
        port.say(b"from before")
        await clock.advance(RESET_S)
        assert dtr[2:] == [(True, round(RESET_S * NS_PER_S))]
        port.say(b"from its start")
        await settle(lambda: bool(run.packets))
    assert run.data == b"from its start"
    assert len(dtr) == 3, "closing leaves it up"


async def test_the_next_rate_is_tried_and_kept(port: SerialPort, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    run = Run(port.url)
    async with run.going():
        tried = [speeds(port)[0]]
        for _ in range(4):
            await run.link.send(Packet("line", b"next baud"))
            tried.append(speeds(port)[0])
        await run.link.send(Packet("line", b"next baud"))
    assert tried == [115_200, 250_000, 500_000, 1_000_000, 115_200]
    assert "source board: nothing valid at 115200 baud; trying 250000" in caplog.messages
    assert port.heard() == b"", "what is for the line never goes over it"
    async with run.going():
        assert speeds(port)[0] == 250_000


async def test_one_rate_is_the_only_one(port: SerialPort, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    run = Run(f"{port.url}?baud=9600")
    async with run.going():
        await run.link.send(Packet("line", b"next baud"))
        assert speeds(port)[0] == 9600
    assert "source board: no other rate to try than 9600 baud" in caplog.messages


async def test_an_agreed_rate_holds_until_the_device_loses_its_power(tmp_path: Path) -> None:
    with SerialPort(tmp_path) as port:
        run = Run(f"{port.url}?baud=115200")
        async with run.going():
            await run.link.send(Packet("line", b"baud 2000000"))
            assert speeds(port)[0] == 2_000_000
        async with run.going() as task:
            assert speeds(port)[0] == 2_000_000
            port.unplug()
            with pytest.raises(SourceLost):
                await task
        port.plug()
        async with run.going():
            assert speeds(port)[0] == 115_200


@pytest.mark.parametrize("order", [b"", b"fly", b"baud", b"baud x", b"baud 0", b"baud 99999999", b"\xff"])
async def test_an_order_that_is_none_changes_nothing(
    order: bytes, port: SerialPort, caplog: pytest.LogCaptureFixture
) -> None:
    run = Run(port.url)
    async with run.going():
        await run.link.send(Packet("line", order))
        assert speeds(port)[0] == 115_200
    assert f"source board: the line knows no order {order!r}" in caplog.messages


async def test_a_rate_that_the_port_cannot_do_is_a_loss_and_not_tried_again(
    port: SerialPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_port: Serial, rate: int) -> None:
        raise ValueError(f"Failed to set custom baud rate ({rate}): [Errno 22] Invalid argument")

    run = Run(f"{port.url}?baud=115200,500000")
    monkeypatch.setattr(Serial, "_set_special_baudrate", refuse)  # a pseudo-terminal does any
    async with run.going():
        with pytest.raises(SourceLost, match="the port cannot be set to 250001 baud"):
            await run.link.send(Packet("line", b"baud 250001"))
    async with run.going():
        assert speeds(port)[0] == 115_200


async def test_a_configured_rate_that_the_port_cannot_do_leaves_nothing_open(
    port: SerialPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_port: Serial, rate: int) -> None:
        raise ValueError(rate)

    monkeypatch.setattr(Serial, "_set_special_baudrate", refuse)
    run, files = Run(f"{port.url}?baud=12345"), open_files()
    with pytest.raises(SourceLost, match=r"cannot be set to 12345 baud\. Write another rate"):
        await run.refused()
    assert open_files() == files


async def test_a_port_that_is_gone_cannot_be_set(port: SerialPort) -> None:
    run = Run(port.url)
    async with run.going():
        assert run.link._connection
        port.unplug()
        with pytest.raises(SourceLost, match="not plugged in"):
            run.link._steer(run.link._connection.line, b"next baud")


async def test_what_came_in_at_the_old_rate_is_forgotten(port: SerialPort) -> None:
    run = Run(port.url)
    async with run.going():
        assert run.link._connection
        port.say(b"garbage")
        run.link._steer(run.link._connection.line, b"next baud")
        assert not port.waiting()
        port.say(b"good")
        await settle(lambda: run.data == b"good")
