"""A sensor board on the technician's bench: who it is, what it measures, its rates, its test pattern."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final, cast
from urllib.parse import urlencode

from rich.console import Console
from rich.table import Table

from edged.clock import Clock, wait_for
from edged.errors import DriverError, EdgedError, SourceLost
from edged.model import NS_PER_S, Event, Packet
from edged.scan import safe_text
from edged.sources.decoder import Decoded, TimedDecoder, make_decoder
from edged.sources.link import Link, LinkContext, LinkPhase, open_link, shown_link
from edged.tasks import end

ANSWER_S: Final = 20.0
"""A board boots for some seconds, and each baud rate that is tried takes two."""
_PLAIN_CELLS: Final = 200
_WAKE_PAUSE_S: Final = 0.01


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate as it was achieved.

    Attributes:
        stream: its number.
        wanted_hz: what was asked for.
        rate_hz: what the board does.
    """

    stream: int
    wanted_hz: float
    rate_hz: float


async def describe_board(link: str, clock: Clock, stop: asyncio.Event) -> Mapping[str, Any] | None:
    """Return what a board says of itself; None where it was told to stop before.

    Raises:
        SourceLost: no board is there, or the port cannot be had.
        DriverError: there is no such link.
    """
    dialogue = _Dialogue(link, clock, {"streams": "none"})
    event = await dialogue.until(stop, lambda event: event.kind == "board_described")
    return None if event is None else event.detail


async def blink_board(
    link: str, clock: Clock, stop: asyncio.Event, on_blink: Callable[[Mapping[str, Any]], None]
) -> None:
    """Have the light of a board blink fast until told to stop; ``on_blink`` is told whose.

    Raises:
        SourceLost: no board is there, or the port cannot be had.
        DriverError: there is no such link.
    """
    dialogue = _Dialogue(link, clock, {"streams": "none", "blink": "1"})

    def tell(event: Event) -> bool:
        if event.kind == "board_described":
            on_blink(event.detail)
            dialogue.is_answered = True
        return False

    await dialogue.until(stop, tell)


async def set_rate(link: str, stream: int, rate_hz: float, clock: Clock, stop: asyncio.Event) -> Rate | None:
    """Have a board sample a stream at another rate; None where it was told to stop before.

    Raises:
        SourceLost: no board is there, or the port cannot be had.
        DriverError: there is no such link, or the board refuses.
    """
    dialogue = _Dialogue(link, clock, {"streams": "none", "rate": f"{stream}:{rate_hz:.3f}"})

    def is_set(event: Event) -> bool:
        if event.kind == "board_described":
            _has_stream(event.detail, stream, shown_link(link))
        return _is_done(event, "set_rate")

    event = await dialogue.until(stop, is_set)
    if event is None:
        return None
    achieved = cast("Mapping[str, float]", event.detail)
    return Rate(stream, rate_hz, achieved["rate_hz"])


async def set_test(link: str, clock: Clock, stop: asyncio.Event, *, on: bool) -> bool:
    """Have a board send its test pattern, or its samples again; return False where told to stop before.

    Raises:
        SourceLost: no board is there, or the port cannot be had.
        DriverError: there is no such link, or the board refuses.
    """
    dialogue = _Dialogue(link, clock, {"streams": "none", "test": str(int(on))})
    return await dialogue.until(stop, lambda event: _is_done(event, "test")) is not None


def board_table(board: Mapping[str, Any]) -> str:
    """Return what a board says of itself as text."""
    channels = board["channels"]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("Channel", "Label", "Stream", "Measures", "Unit", "Rate", "Format"):
        table.add_column(heading, no_wrap=True)
    for channel in channels:
        bits = f", {channel['adc_bits']} bits" if channel["adc_bits"] else ""
        table.add_row(
            str(channel["index"]),
            safe_text(channel["label"]),
            str(channel["stream"]),
            channel["quantity"],
            channel["unit"],
            f"{channel['rate_hz']:g} Hz" if channel["rate_hz"] else "irregular",
            f"{channel['format']}{bits}",
        )
    text = StringIO()
    console = Console(file=text, width=_PLAIN_CELLS, color_system=None, force_terminal=False)
    for heading, line in _lines(board):
        console.print(f"{heading:<10}{line}", highlight=False, markup=False)
    console.print()
    console.print(table)
    return "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())


def _lines(board: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "Model", safe_text(board["model"]) or "no name"
    yield "Serial", board["serial"]
    yield "Firmware", board["firmware"]
    yield "Reset", board["reset_cause"].replace("_", " ")
    yield "Can do", ", ".join(board["capabilities"]).replace("_", " ") or "nothing beyond sending"


def _has_stream(board: Mapping[str, Any], stream: int, where: str) -> None:
    """Check that a board has a stream.

    Raises:
        DriverError: it has not; naming those it has.
    """
    there = sorted({channel["stream"] for channel in board["channels"]})
    if stream not in there:
        raise DriverError(
            f"the board has no stream {stream}",
            where=where,
            mend=f"It has: {', '.join(map(str, there))}.",
        )


def _is_done(event: Event, command: str) -> bool:
    return event.kind == "command_done" and event.detail["command"] == command


class _Dialogue:
    """A connection to one board, with the decoder that every source has.

    Attributes:
        is_answered: whether the board is there, so that it may take its time.
    """

    def __init__(self, link: str, clock: Clock, options: Mapping[str, str]) -> None:
        self.is_answered = False
        self._where = shown_link(link)
        self._clock = clock
        self._decoder = cast("TimedDecoder", make_decoder(f"board?{urlencode(options)}"))
        self._link: Link = open_link(link, LinkContext(clock, report=self._on_phase))
        self._commands: asyncio.Queue[Packet] = asyncio.Queue()
        self._fed = asyncio.Event()
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._problem: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._last_fault = ""

    async def until(self, stop: asyncio.Event, is_wanted: Callable[[Event], bool]) -> Event | None:
        """Return the first event that is wanted; None where told to stop.

        Raises:
            SourceLost: it did not come in ``ANSWER_S``, or the link ended.
            DriverError: the board refused a command.
        """
        self._queue(self._decoder.start())
        waiting = asyncio.create_task(self._wait(is_wanted), name="wait")
        tasks: list[asyncio.Future[Any]] = [
            waiting,
            asyncio.create_task(stop.wait(), name="stop"),
            asyncio.create_task(self._link.run(self._deliver), name="link"),
            asyncio.create_task(self._send(), name="commands"),
            asyncio.create_task(self._wake(), name="wake"),
            asyncio.create_task(self._give_up(), name="limit"),
            self._problem,
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end(*tasks)
        first = min(done, key=tasks.index)
        first.result()
        if first is waiting:
            return waiting.result()
        if not stop.is_set():
            raise SourceLost("the link ended before the board answered", where=self._where)
        return None

    async def _wait(self, is_wanted: Callable[[Event], bool]) -> Event:
        while True:
            event = await self._events.get()
            if is_wanted(event):
                return event
            if event.kind == "command_refused":
                raise DriverError(
                    f"the board does not do {event.detail['command']}: {event.detail['reason']}",
                    where=self._where,
                    mend="`edged board info` shows what it has and can do.",
                )

    async def _give_up(self) -> None:
        await self._clock.sleep(ANSWER_S)
        while self.is_answered:
            await self._clock.sleep(ANSWER_S)
        raise SourceLost(
            f"no board answers for {ANSWER_S:.0f} s" + (f": {self._last_fault}" if self._last_fault else ""),
            where=self._where,
            mend="Check cable and baud rate, and that the firmware is on it (`edged board flash`).",
        )

    async def _send(self) -> None:
        while True:
            await self._link.send(await self._commands.get())

    async def _wake(self) -> None:
        while True:
            self._fed.clear()
            due_ns = self._decoder.due_ns()
            if due_ns is None:
                await self._fed.wait()
                continue
            wait_s = (due_ns - self._clock.mono_ns()) / NS_PER_S
            if wait_s > 0 and await wait_for(self._fed, self._clock, wait_s):
                continue
            self._take(self._decoder.wake(self._clock.mono_ns()))
            await self._clock.sleep(_WAKE_PAUSE_S)

    def _deliver(self, packet: Packet) -> None:
        self._take(self._decoder.feed(packet))
        self._fed.set()

    def _take(self, decoded: Decoded) -> None:
        self._queue(decoded.commands)
        for fault in decoded.faults:
            self._last_fault = fault
        for event in decoded.events:
            self._events.put_nowait(event)

    def _queue(self, commands: "list[Packet] | tuple[Packet, ...]") -> None:
        for command in commands:
            self._commands.put_nowait(command)

    def _on_phase(self, _phase: LinkPhase, problem: EdgedError | None) -> None:
        """Take what is in the way: on the bench nobody waits for a device to be plugged in."""
        if problem is not None:
            with suppress(asyncio.InvalidStateError):
                self._problem.set_exception(problem)
