"""``edged board``: what a technician asks of a sensor board, and what is said where it cannot be had."""

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from click.testing import CliRunner, Result

from drivers.decoders.board import commands as wire
from drivers.decoders.board import vocabulary
from drivers.decoders.board.commands import Identify, SetRate, Start
from drivers.decoders.board.vocabulary import MessageType
from edged import board as bench
from edged.board import Rate, blink_board, board_table, describe_board, set_rate, set_test
from edged.cli import main
from edged.clock import ManualClock
from edged.errors import DriverError, EdgedError, SourceLost
from edged.flash import board_of, flash_board
from edged.model import Packet, StreamInfo
from edged.sources import link
from edged.sources.decoder import Decoded
from edged.sources.link import Deliver, LinkContext, LinkUrl
from tests.drivers.board.simulated_board import Board

T = TypeVar("T")
STEP_S = 0.01


class Wire:
    """Where a board sends to: not a decoder, but who runs the link."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver

    def start(self) -> list[Packet]:
        return []

    def feed(self, packet: Packet) -> Decoded:
        self._deliver(packet)
        return Decoded()

    def due_ns(self) -> int | None:
        return None

    def wake(self, _mono_ns: int) -> Decoded:
        return Decoded()

    def streams(self) -> tuple[StreamInfo, ...]:
        return ()

    def channels(self) -> tuple[()]:
        return ()


class Bench:
    """A link to a board on the bench: ``bench:``, ``bench:silent``, ``bench:gone``, ``bench:used``."""

    boards: ClassVar[list[Board]] = []
    results: ClassVar[dict[int, vocabulary.Result]] = {}

    def __init__(self, url: LinkUrl, context: LinkContext) -> None:
        self._target = url.target
        self._context = context
        self._board: Board | None = None

    async def run(self, deliver: Deliver) -> None:
        clock = self._context.clock
        if "gone" in self._target:
            self._context.report("searching", SourceLost("the port is not plugged in", where="bench:gone"))
            await clock.sleep(3600)
        if "used" in self._target:
            raise SourceLost(
                "another program has the port open: edged (412)", where="bench:used", mend="Stop it."
            )
        self._context.report("streaming", None)
        board = Board(Wire(deliver), silent="silent" in self._target, results=dict(self.results))
        board.now_ns = clock.mono_ns()
        self._board = board
        self.boards.append(board)
        board.boot()
        while "ends" not in self._target:
            await clock.sleep(STEP_S)
            board.run((clock.mono_ns() - board.now_ns) / 1e9)

    async def send(self, command: Packet) -> None:
        while self._board is None:
            await self._context.clock.sleep(STEP_S)
        self._board.send_all([command])


@pytest.fixture(autouse=True)
def on_the_bench(monkeypatch: pytest.MonkeyPatch) -> None:
    own = f"{__name__}:Bench"
    monkeypatch.setattr(link, "LINKS", {"bench": own, "serial": own})
    monkeypatch.setattr(Bench, "boards", [])
    monkeypatch.setattr(Bench, "results", {})


async def within(clock: ManualClock, seconds: float, work: Coroutine[object, object, T]) -> T:
    """Let so much time pass, and return what has been done by then."""
    task = asyncio.ensure_future(work)
    for _ in range(round(seconds * 10)):
        await clock.advance(0.1)
        if task.done():
            break
    assert task.done()
    return await task


async def test_a_board_is_described() -> None:
    clock = ManualClock()
    told = await within(clock, 1, describe_board("bench:", clock, asyncio.Event()))
    assert told is not None
    assert (told["model"], told["serial"], told["reset_cause"]) == (
        "edged-uno",
        "0011223344556677",
        "power_on",
    )
    assert [channel["label"] for channel in told["channels"]] == ["I", "palm", "skin"]
    assert not any(isinstance(command, Start) for command in Bench.boards[0].executed)
    assert board_table(told) == (
        "Model     edged-uno\n"
        "Serial    0011223344556677\n"
        "Firmware  1.2\n"
        "Reset     power on\n"
        "Can do    set baud, set rate, test pattern, lead off, button, reboot\n"
        "\n"
        "Channel  Label  Stream  Measures     Unit  Rate    Format\n"
        "0        I      0       ecg          uV    500 Hz  i16, 14 bits\n"
        "1        palm   0       eda          uS    500 Hz  u16, 10 bits\n"
        "2        skin   1       temperature  Cel   1 Hz    i16\n"
    )


async def test_a_rate_is_set_and_what_is_achieved_is_told() -> None:
    clock = ManualClock()
    told = await within(clock, 1, set_rate("bench:", 0, 250.0, clock, asyncio.Event()))
    assert told == Rate(0, 250.0, 250.0)
    assert Bench.boards[0].executed[0] == SetRate(0, 250_000)


async def test_the_test_pattern_is_switched_on_and_off() -> None:
    clock = ManualClock()
    assert await within(clock, 1, set_test("bench:", clock, asyncio.Event(), on=True))
    assert await within(clock, 1, set_test("bench:", clock, asyncio.Event(), on=False))
    assert [board.executed[0] for board in Bench.boards] == [wire.Test(1), wire.Test(0)]


async def test_what_the_board_refuses_is_told_with_its_reason() -> None:
    Bench.results[MessageType.SET_RATE] = vocabulary.Result.BAD_ARGUMENT
    clock = ManualClock()
    with pytest.raises(DriverError, match="bench:: the board does not do set_rate: bad argument"):
        await within(clock, 1, set_rate("bench:", 0, 250.0, clock, asyncio.Event()))


async def test_a_stream_that_is_not_there_is_told() -> None:
    clock = ManualClock()
    with pytest.raises(DriverError, match=r"the board has no stream 7\. It has: 0, 1\."):
        await within(clock, 1, set_rate("bench:", 7, 250.0, clock, asyncio.Event()))


async def test_a_board_blinks_until_told_to_stop() -> None:
    clock, stop, told = ManualClock(), asyncio.Event(), list[Any]()
    blinking = asyncio.create_task(blink_board("bench:", clock, stop, told.append))
    await clock.advance(bench.ANSWER_S + 5)
    assert not blinking.done()
    stop.set()
    await blinking
    assert [each["model"] for each in told] == ["edged-uno"]
    assert 8 <= sum(isinstance(command, Identify) for command in Bench.boards[0].executed) <= 12


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("bench:silent", "no board answers for 20 s"),
        ("bench:gone", "the port is not plugged in"),
        ("bench:used", "another program has the port open"),
        ("bench:silent-ends", "the link ended before the board answered"),
        ("nothing:", "."),
    ],
)
async def test_who_is_not_there_is_told(url: str, what: str) -> None:
    clock = ManualClock()
    before = asyncio.all_tasks()
    with pytest.raises(EdgedError, match=what):
        await within(clock, 30, describe_board(url, clock, asyncio.Event()))
    assert asyncio.all_tasks() == before


async def test_stopped_before_the_board_has_answered() -> None:
    clock, stop = ManualClock(), asyncio.Event()
    stop.set()
    assert await within(clock, 1, describe_board("bench:silent", clock, stop)) is None
    assert await within(clock, 1, set_rate("bench:silent", 0, 1.0, clock, stop)) is None
    assert not await within(clock, 1, set_test("bench:silent", clock, stop, on=True))


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["board", *arguments])


def test_the_commands_and_what_they_print() -> None:
    shown = command("info", "bench:")
    assert shown.exit_code == 0
    assert shown.output.startswith("Model     edged-uno\n")
    assert json.loads(command("info", "bench:", "--json").output)["boot_id"] == 7
    assert command("rate", "bench:", "0", "250").output == (
        "Stream 0 runs at 250 Hz, until the next reset of the board.\n"
        'To keep it, configure the source with decoder = "board?rate=0:250".\n'
    )
    assert json.loads(command("rate", "bench:", "1", "2", "--json").output) == {
        "stream": 1,
        "wanted_hz": 2.0,
        "rate_hz": 2.0,
    }
    assert (
        command("test", "bench:", "on").output
        == "The test pattern is on, until the next reset of the board.\n"
    )
    assert command("identify", "bench:", "--seconds", "0.2").output == (
        "The board edged-uno 0011223344556677 blinks fast. Ctrl-C ends it.\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("info", "bench:used"),
        ("rate", "bench:used", "0", "1"),
        ("test", "bench:used", "off"),
        ("identify", "bench:used"),
    ],
)
def test_a_port_that_is_in_use_is_an_error_with_its_mend(arguments: tuple[str, ...]) -> None:
    refused = command(*arguments)
    assert refused.exit_code == 1
    assert refused.output == "Error: bench:used: another program has the port open: edged (412). Stop it.\n"


@pytest.mark.parametrize(
    "arguments", [("rate", "bench:", "0", "0"), ("rate", "bench:", "16", "1"), ("test", "bench:", "x")]
)
def test_what_cannot_be_asked_is_refused_at_once(arguments: tuple[str, ...]) -> None:
    assert command(*arguments).exit_code == 2


HEX = b":00000001FF\n"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with an avrdude and a picotool that only write down how they are called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("avrdude", "picotool"):
        tool = folder / name
        tool.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {folder}/{name}.txt\nexit ${{STATUS:-0}}\n')
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def firmware(tmp_path: Path, name: str, content: bytes = HEX) -> Path:
    file = tmp_path / name
    file.write_bytes(content)
    return file


async def flash(url: str, file: Path, board: str | None = None) -> str | None:
    return await flash_board(url, file, board, 115_200, ManualClock(), asyncio.Event())


async def test_an_uno_is_flashed_by_avrdude(tools: Path, tmp_path: Path) -> None:
    file = firmware(tmp_path, "uno.hex")
    assert await flash("serial:/dev/serial/by-id/usb-Arduino%20Uno", file) == "uno"
    assert (tools / "avrdude.txt").read_text().split("\n") == [
        *("-c", "arduino", "-p", "atmega328p", "-P", "/dev/serial/by-id/usb-Arduino Uno"),
        *("-b", "115200", "-D", "-U", f"flash:w:{file}:i", ""),
    ]


async def test_a_pico_is_flashed_by_picotool(tools: Path, tmp_path: Path) -> None:
    file = firmware(tmp_path, "pico.uf2", b"UF2\nrest")
    assert await flash("serial:/dev/ttyACM0", file, "pico") == "pico"
    assert (tools / "picotool.txt").read_text().split() == ["load", "-v", "-x", str(file), "-f"]


async def test_a_port_that_edged_holds_is_not_flashed(tools: Path, tmp_path: Path) -> None:
    with pytest.raises(SourceLost, match=r"another program has the port open: edged \(412\)"):
        await flash("serial:/dev/used", firmware(tmp_path, "uno.hex"))
    with pytest.raises(SourceLost, match="not plugged in"):
        await flash("serial:/dev/gone", firmware(tmp_path, "uno.hex"))
    assert not (tools / "avrdude.txt").exists()


@pytest.mark.usefixtures("tools")
async def test_a_tool_that_fails_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATUS", "3")
    with pytest.raises(DriverError, match=r"avrdude failed \(exit status 3\).*--baud 57600"):
        await flash("serial:/dev/ttyACM0", firmware(tmp_path, "uno.hex"))


@pytest.mark.parametrize(
    ("name", "mend"), [("uno.hex", "sudo apt install avrdude"), ("pico.uf2", "sudo apt install picotool")]
)
async def test_a_tool_that_is_missing_is_told_with_its_mend(
    name: str, mend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    content = HEX if name.endswith("hex") else b"UF2\n"
    with pytest.raises(DriverError, match=mend):
        await flash("serial:/dev/ttyACM0", firmware(tmp_path, name, content))


async def test_firmware_goes_over_a_serial_port_only(tmp_path: Path) -> None:
    with pytest.raises(DriverError, match="over a serial port only"):
        await flash("bench:", firmware(tmp_path, "uno.hex"))


@pytest.mark.parametrize(
    ("name", "content", "board", "what"),
    [
        ("uno.bin", HEX, None, r"no firmware for a board.*\.hex or \.uf2"),
        ("uno.hex", HEX, "pico", r"no firmware for a pico.*\.uf2"),
        ("uno.hex", b"\x7fELF", None, "its content is not what its name says"),
        ("uno.hex", None, None, "cannot be read: No such file"),
    ],
)
def test_what_is_no_firmware_is_refused(
    name: str, content: bytes | None, board: str | None, what: str, tmp_path: Path
) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(DriverError, match=what):
        board_of(file, board)


@pytest.mark.usefixtures("tools")
def test_flash_as_a_command(tmp_path: Path) -> None:
    done = command("flash", "serial:/dev/ttyACM0", str(firmware(tmp_path, "uno.hex")), "--board", "uno")
    assert (done.exit_code, done.output) == (
        0,
        "The uno has its firmware. `edged board info serial:/dev/ttyACM0` shows it.\n",
    )
