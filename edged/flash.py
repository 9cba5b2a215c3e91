"""Puts firmware on a sensor board, by the tools of its makers."""

import asyncio
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from edged.clock import Clock, time_limit
from edged.errors import DriverError, EdgedError, SourceLost
from edged.sources.link import LinkContext, LinkPhase, LinkUrl, open_link
from edged.tasks import end

OPEN_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Flasher:
    """How one kind of board takes its firmware.

    Attributes:
        tool: the program.
        suffixes: of the files that it takes.
        begins: the first bytes of such a file; any where empty.
        install: how to get the tool.
        command: from the tool's path, the port, the file and the baud rate to its command line.
    """

    tool: str
    suffixes: tuple[str, ...]
    begins: bytes
    install: str
    command: Callable[[str, str, Path, int], Sequence[str]]


def _avrdude(tool: str, port: str, file: Path, baud: int) -> Sequence[str]:
    where = ("-c", "arduino", "-p", "atmega328p", "-P", port, "-b", str(baud))
    return (tool, *where, "-D", "-U", f"flash:w:{file}:i")


def _picotool(tool: str, _port: str, file: Path, _baud: int) -> Sequence[str]:
    return (tool, "load", "-v", "-x", str(file), "-f")


FLASHERS: Final[Mapping[str, Flasher]] = {
    "uno": Flasher("avrdude", (".hex",), b":", "sudo apt install avrdude", _avrdude),
    "pico": Flasher("picotool", (".uf2",), b"UF2\n", "sudo apt install picotool", _picotool),
}
"""By board."""


def board_of(file: Path, board: str | None = None) -> str:
    """Return which board a file is for; that which was named, if it can be.

    Raises:
        DriverError: it is not there, or firmware of no such board.
    """
    known = [name for name, each in FLASHERS.items() if file.suffix.lower() in each.suffixes]
    chosen = [board] if board in known else known if board is None else []
    if not chosen:
        suffixes = " or ".join(s for n, each in FLASHERS.items() if board in {None, n} for s in each.suffixes)
        raise DriverError(
            f"this is no firmware for {f'a {board}' if board else 'a board'}",
            where=str(file),
            mend=f"Name a file that ends in {suffixes}; `make -C firmware` builds it.",
        )
    begins = FLASHERS[chosen[0]].begins
    try:
        with file.open("rb") as opened:
            is_right = opened.read(len(begins)) == begins
    except OSError as error:
        raise DriverError(f"cannot be read: {error.strerror}", where=str(file)) from error
    if not is_right:
        raise DriverError(
            "its content is not what its name says", where=str(file), mend="Build or copy it anew."
        )
    return chosen[0]


async def flash_board(
    link: str, file: Path, board: str | None, baud: int, clock: Clock, stop: asyncio.Event
) -> str | None:
    """Write firmware to the board at a port that nobody has open; return which kind of board it is.

    Args:
        link: a ``serial:`` URL.
        file: the firmware.
        board: a key of ``FLASHERS``; None to go by the file's name.
        baud: of the boot loader, where it has a rate.
        clock: limits how long opening the port may take.
        stop: ends it, with None; not any more once the tool writes: half a firmware is none.

    Raises:
        DriverError: no serial link, no such firmware, the tool is missing or fails.
        SourceLost: the port is not there, or in use: of a running edged, too.
    """
    url = LinkUrl.parse(link)
    if url.scheme != "serial":
        raise DriverError(
            "firmware goes over a serial port only",
            where=link,
            mend="Plug the board into this machine and write serial:/dev/serial/by-id/NAME.",
        )
    kind = board_of(file, board)
    flasher = FLASHERS[kind]
    tool = shutil.which(flasher.tool)
    if tool is None:
        raise DriverError(
            f"{flasher.tool} is not installed, which a {kind} needs",
            where=str(file),
            mend=f"Install it: `{flasher.install}`.",
        )
    await _have_alone(link, clock)
    if stop.is_set():
        return None
    process = await asyncio.create_subprocess_exec(
        *flasher.command(tool, unquote(url.target), file, baud),
        stdin=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    status = await process.wait()
    if status != 0:
        raise DriverError(
            f"{flasher.tool} failed (exit status {status}); the board may be without firmware now",
            where=link,
            mend="See what it said above. Try again; for an old boot loader with --baud 57600."
            if kind == "uno"
            else "See what it said above. Hold BOOTSEL while plugging the board in, and try again.",
        )
    return kind


async def _have_alone(link: str, clock: Clock) -> None:
    """Open the port and close it again: it is opened only where nobody else has it.

    Raises:
        SourceLost: it is not there, or in use.
    """
    opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_phase(phase: LinkPhase, problem: EdgedError | None) -> None:
        with suppress(asyncio.InvalidStateError):
            if problem is not None:
                opened.set_exception(problem)
            elif phase == "streaming":
                opened.set_result(None)

    running = asyncio.create_task(
        open_link(link, LinkContext(clock, report=on_phase)).run(lambda _packet: None), name="link"
    )
    try:
        async with time_limit(clock, OPEN_S):
            done, _ = await asyncio.wait((running, opened), return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except TimeoutError as error:
        raise SourceLost(
            f"the port does not open within {OPEN_S:.0f} s",
            where=link,
            mend="Unplug it and plug it in again.",
        ) from error
    finally:
        await end(running, opened)
