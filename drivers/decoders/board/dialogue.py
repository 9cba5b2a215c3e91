"""The dialogue with a board: one command at a time, each until it is answered."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from drivers.decoders.board.clock import Exchange
from drivers.decoders.board.commands import Command, Time, frame
from drivers.decoders.board.messages import Ack
from drivers.decoders.board.vocabulary import MessageType
from edged.model import NS_PER_MS, Packet

ANSWER_NS: Final = 250 * NS_PER_MS
TRIES: Final = 3
TICK_NS: Final = 1 << 16
"""The request id of a TIME command counts these, 65.5 us each, and goes around every 2.1 s."""
_TICKS: Final = 1 << 15
_REQUEST_US: Final = 997
"""Of the board's clock, for each id; no period of anything else."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended.

    Attributes:
        command: that was asked for.
        ack: what the board answered; None where it did not, ``TRIES`` times.
    """

    command: Command
    ack: Ack | None


@dataclass(slots=True)
class _Asked:
    command: Command
    request: int
    tries: int = 0
    deadline_ns: int = 0


class Dialogue:
    """Says what is to be sent.

    A command that is not answered is sent again under the same id, which a board executes once. The ids of a
    connection begin with the time of its HELLO, so that a board does not take them for earlier ones.

    TIME is another matter: sent twice, its answer would be the first one's. It is asked anew instead, and
    its id is odd and says when it was sent, counted from when the board was described. So the answer alone
    is a whole exchange, and a recording gives the same sample times, whenever the one who reads it would
    have asked.
    """

    def __init__(self) -> None:
        self._waiting: deque[_Asked] = deque()
        self._pending: _Asked | None = None
        self._request = 0
        self._times: deque[int] = deque(maxlen=4)
        self._time_until_ns: int | None = None
        self._described_ns = 0

    @property
    def is_idle(self) -> bool:
        """Whether everything was answered."""
        return not self._waiting and self._pending is None and self._time_until_ns is None

    @property
    def is_waiting(self) -> bool:
        """Whether a command could be sent."""
        return bool(self._waiting) and self._pending is None and self._time_until_ns is None

    def begin(self) -> None:
        """Begin a connection: nothing that was sent will be answered."""
        self._waiting.clear()
        self._pending = self._time_until_ns = None

    def set_epoch(self, described_ns: int) -> None:
        """Count the times of TIME commands from here on."""
        self._described_ns = described_ns
        self._times.clear()

    def set_request(self, t_us: int) -> None:
        """Begin with other ids than before."""
        self._request = t_us // _REQUEST_US % _TICKS

    def ask(self, *commands: Command) -> None:
        """Send these, one after the other."""
        self._waiting += [_Asked(command, self.next_request()) for command in commands]

    def due_ns(self) -> int | None:
        """Return when a command is to be sent again, or given up."""
        if self._pending is not None:
            return self._pending.deadline_ns
        return self._time_until_ns

    def proceed(self, mono_ns: int) -> tuple[list[Packet], list[Outcome]]:
        """Return what to send now, and which commands were given up."""
        if self._time_until_ns is not None and mono_ns >= self._time_until_ns:
            self._time_until_ns = None
        pending = self._pending
        if pending is not None and mono_ns >= pending.deadline_ns:
            if pending.tries < TRIES:
                pending.tries += 1
                pending.deadline_ns = mono_ns + ANSWER_NS
                return [_packet(pending.command, pending.request)], []
            self._pending = None
            return [], [Outcome(pending.command, None)]
        if self._pending is None and self._time_until_ns is None and self._waiting:
            asked = self._pending = self._waiting.popleft()
            asked.tries, asked.deadline_ns = 1, mono_ns + ANSWER_NS
            return [_packet(asked.command, asked.request)], []
        return [], []

    def answer(self, ack: Ack) -> Outcome | None:
        """Take an acknowledgement; return the command that it ends.

        That may be one that is not sent yet: in a recording, answers come when they came.
        """
        every = [*self._waiting] if self._pending is None else [self._pending, *self._waiting]
        asked = next((asked for asked in every if asked.request == ack.request), None)
        if asked is None:
            return None
        if ack.command != frame(asked.command, 0).kind:  # somebody else had the same id
            asked.request = self.next_request()
            return None
        if asked is self._pending:
            self._pending = None
        else:
            self._waiting.remove(asked)
        return Outcome(asked.command, ack)

    def next_request(self) -> int:
        """Return the id of the next command."""
        self._request = (self._request + 1) % _TICKS
        return 2 * self._request

    def ask_time(self, mono_ns: int) -> Packet:
        """Return a TIME command, to be sent now."""
        tick = (mono_ns - self._described_ns) // TICK_NS % _TICKS
        while tick in self._times:  # the board would answer as it did then
            tick = (tick - 1) % _TICKS
        self._times.append(tick)
        self._time_until_ns = mono_ns + ANSWER_NS
        return _packet(Time(max(mono_ns, 0) // 1000), 2 * tick + 1)

    def answer_time(self, ack: Ack, receipt_ns: int) -> Exchange | None:
        """Return the exchange that an acknowledgement ends; None where it is none of a TIME command.

        Raises:
            MalformedPacket: the times are missing.
        """
        if ack.command != MessageType.TIME or not ack.request % 2:
            return None
        self._time_until_ns = None
        told = ack.clock()
        receipt_ticks = (receipt_ns - self._described_ns) // TICK_NS
        ticks_ago = (receipt_ticks - ack.request // 2) % _TICKS
        sent_ns = self._described_ns + (receipt_ticks - ticks_ago) * TICK_NS
        return Exchange(sent_ns, told.received_us, told.sent_us, receipt_ns, told.rollovers)


def _packet(command: Command, request: int) -> Packet:
    return Packet("serial", frame(command, request).pack())
