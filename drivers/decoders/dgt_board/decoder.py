"""The decoder of a DGT electronic chess board, and of the clock that is plugged into it."""

from math import nan
from typing import Final

from drivers.decoders.dgt_board.chess import START, square_name
from drivers.decoders.dgt_board.game import Game
from drivers.decoders.dgt_board.message import (
    FIELDS,
    LONGEST,
    BoardDump,
    ClockStatus,
    ClockTimes,
    Command,
    FieldUpdate,
    MalformedMessage,
    Message,
    NoClock,
    SerialNumber,
    Version,
    measure,
    parse,
)
from drivers.decoders.options import one_of
from drivers.decoders.stream_cursor import StreamCursor
from drivers.decoders.wire.frame_buffer import FrameBuffer
from drivers.decoders.wire.serial_decoder import CHANNEL, SerialDecoder, Told
from edged.model import DEVICE_IDENTIFIED, NS_PER_S, Event, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded

POLL_NS: Final = 5 * NS_PER_S
"""The clock is asked for so often: without one a board says nothing between moves, and would seem lost."""
DUMPS: Final = 12
"""Every so many times the whole board is asked for too: a change that was lost on the line shows."""
BEGINNING: Final = (
    Command.SEND_RESET,
    Command.SEND_VERSION,
    Command.RETURN_SERIAL_NUMBER,
    Command.SEND_BOARD,
    Command.SEND_CLOCK,
    Command.SEND_UPDATE_NICE,
)
CLOCK_TIME: Final = StreamInfo("clock_time", "s", 0.0, ("white", "black"))


class DgtBoardDecoder(SerialDecoder):
    """Times of the clock as a stream; squares, moves and what happens to the clock as events.

    All is stamped with receipt, 200 to 250 ms after the piece at most: the board scans its squares so fast. A
    move bears the time at which the board first looked as it does after it, and is told later.

    Args:
        white_clock: side of the clock that is White's, seen from its front: ``left`` or ``right``.
        orientation: ``normal`` where White has the connector on the left hand, ``rotated`` on the right;
            ``auto`` tells by the start of a game, and is ``normal`` before.

    Raises:
        DriverError: an option cannot be used.
    """

    def __init__(self, *, white_clock: str = "left", orientation: str = "auto") -> None:
        super().__init__()
        self._is_white_left = one_of("white_clock", white_clock, ("left", "right")) == "left"
        self._orientation = one_of("orientation", orientation, ("auto", "normal", "rotated"))
        self._is_rotated = orientation == "rotated"
        self._buffer = FrameBuffer(measure, LONGEST)
        self._cursor = StreamCursor(CLOCK_TIME)
        self._game = Game()
        self._fields = ""
        self._clock: dict[str, object] = {}
        self._identity: dict[str, object] = {"manufacturer": "DGT", "model": "Electronic Board"}
        self._poll_ns: int | None = None
        self._polls = 0
        self._is_heard = False

    def due_ns(self) -> int | None:
        """Return when to ask, or when a move has stayed for long enough."""
        settles_ns = self._game.due_ns()
        poll_ns = self._poll_ns or 0
        return poll_ns if settles_ns is None else min(settles_ns, poll_ns)

    def wake(self, mono_ns: int) -> Decoded:
        """Ask for the clock, now and then for the board; tell a move that has stayed."""
        told = Told(mono_ns)
        told.events += self._game.settle(mono_ns)
        if self._poll_ns is None:
            self._poll_ns = mono_ns + POLL_NS
        elif mono_ns >= self._poll_ns:
            self._poll_ns = mono_ns + POLL_NS
            self._polls += 1
            told.commands += self._commands() if not self._is_heard else _packets(*self._questions())
        return told.decoded()

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return the times of the clock."""
        return (CLOCK_TIME,)

    def _commands(self) -> list[Packet]:
        return _packets(*BEGINNING)

    def _questions(self) -> tuple[Command, ...]:
        if self._polls % DUMPS:
            return (Command.SEND_CLOCK,)
        return (Command.SEND_BOARD, Command.SEND_CLOCK, Command.SEND_UPDATE_NICE)

    def _reset(self) -> None:
        self._buffer.reset()
        self._fields = ""
        self._poll_ns = None
        self._polls = 0
        self._is_heard = False

    def _take(self, data: bytes, told: Told) -> None:
        for part in self._buffer.feed(data):
            if isinstance(part, int):
                self._junk(told, part)
                continue
            self._understood()
            self._is_heard = True
            told.events += self._game.settle(told.mono_ns)
            try:
                self._message(parse(part), told)
            except MalformedMessage as error:
                told.faults.append(f"a message of {len(part)} bytes: {error}")

    def _message(self, message: Message, told: Told) -> None:
        match message:
            case BoardDump(pieces):
                self._dump(pieces, told)
            case FieldUpdate():
                self._update(message, told)
            case ClockTimes():
                self._clock_times(message, told)
            case NoClock():
                told.chunks.append(self._cursor.chunk(told.mono_ns, [[nan, nan]], Quality.NO_READING))
                self._clock_changed({"connected": False}, {}, told)
            case SerialNumber(text):
                self._identify("serial", text, told)
            case Version(text):
                self._identify("firmware", text, told)
            case _:
                pass  # of a clock that somebody else commands

    def _dump(self, pieces: str, told: Told) -> None:
        if self._fields and pieces != self._fields:
            told.faults.append("the board is not as its changes told: one was lost on the line")
        self._fields = pieces
        self._show(told)

    def _update(self, update: FieldUpdate, told: Told) -> None:
        if not self._fields:
            return  # the whole board was asked for, and comes with this change in it
        piece = "special" if update.is_special else update.piece.replace(".", "") or None
        square = FIELDS - 1 - update.field if self._is_rotated else update.field
        self._fields = self._fields[: update.field] + update.piece + self._fields[update.field + 1 :]
        detail = {"square": square_name(square), "piece": piece}
        told.events.append(Event("square_changed", told.mono_ns, detail=detail))
        self._show(told)

    def _show(self, told: Told) -> None:
        if self._orientation == "auto" and START in (self._fields, self._fields[::-1]):
            is_rotated = self._fields != START
            if is_rotated != self._is_rotated:
                self._is_rotated = is_rotated
                self._game.forget()
        board = self._fields[::-1] if self._is_rotated else self._fields
        told.events += self._game.show(board, told.mono_ns)

    def _clock_times(self, times: ClockTimes, told: Told) -> None:
        left, right = "white", "black"
        white, black = times.left, times.right
        if not self._is_white_left:
            left, right, white, black = right, left, black, white
        told.chunks.append(self._cursor.chunk(told.mono_ns, [[white.time_s, black.time_s]]))
        status = times.status
        turn = {ClockStatus.LEFT_TURN: left, ClockStatus.RIGHT_TURN: right}
        state: dict[str, object] = {
            "connected": True,
            "running": bool(status & ClockStatus.RUNNING),
            "turn": turn.get(status & (ClockStatus.LEFT_TURN | ClockStatus.RIGHT_TURN)),
            "lever_up": right if status & ClockStatus.RIGHT_HIGH else left,
            "white_flag": white.flag,
            "black_flag": black.flag,
            "battery_low": bool(status & ClockStatus.BATTERY_LOW),
        }
        self._clock_changed(state, {"white_s": white.time_s, "black_s": black.time_s}, told)

    def _clock_changed(self, state: dict[str, object], times: dict[str, object], told: Told) -> None:
        if state != self._clock:
            self._clock = state
            told.events.append(Event("clock", told.mono_ns, detail={**state, **times}))

    def _identify(self, field: str, text: str, told: Told) -> None:
        if text and self._identity.get(field) != text:
            self._identity = {**self._identity, field: text}
            told.events.append(Event(DEVICE_IDENTIFIED, told.mono_ns, detail=self._identity))


def _packets(*commands: Command) -> list[Packet]:
    return [Packet(CHANNEL, bytes((command,))) for command in commands]
