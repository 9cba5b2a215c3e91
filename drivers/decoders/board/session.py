"""What a board is asked in the course of a connection, and when."""

from dataclasses import dataclass, field
from typing import Final

from drivers.decoders.board.commands import Identify, Start, frame
from drivers.decoders.board.dialogue import Dialogue, Outcome
from drivers.decoders.board.messages import Ack, Hello
from drivers.decoders.board.vocabulary import Result
from drivers.decoders.board.wanted import Wanted
from edged.model import NS_PER_MS, NS_PER_S, Packet

HELLO_NS: Final = 3 * NS_PER_S
"""Opening the port resets an Uno, whose boot loader takes 1 to 2 s and what it hears for a program."""
QUIET_NS: Final = NS_PER_S
"""So long nothing is sent in any case; links to serial ports hold commands back for as long."""
IDENTIFY_NS: Final = 500 * NS_PER_MS
IDENTIFY_MOST: Final = 20
"""Of a line that carries nothing at all no more is asked: it may be a port that is not plugged in."""
FIRST_TIMES: Final = 60
TIME_SOON_NS: Final = NS_PER_S
TIME_NS: Final = 10 * NS_PER_S
TIME_REFUSED_NS: Final = 60 * NS_PER_S
START_AGAIN_NS: Final = 5 * NS_PER_S
DOUBT_NS: Final = 5 * NS_PER_S
BLINK_NS: Final = 2500 * NS_PER_MS
SHOW_NS: Final = 10 * NS_PER_S


@dataclass(slots=True)
class Due:
    """What is to be sent, and what came of what was."""

    commands: list[Packet] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)


class Session:
    """Asks who is there, then sets it up, then asks for its time; over all connections.

    Nothing here changes what samples mean: it could be asked at any time.

    Args:
        wanted: what to tell the board.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._dialogue = Dialogue()
        self._begun_ns: int | None = None
        self._asked = 0
        self._is_heard = False
        self._identify_ns: int | None = None
        self._doubt_ns = 0
        self._boot: tuple[bytes, int] | None = None
        self._streams = 0
        self._is_answered = False
        self._time_ns: int | None = None
        self._times = 0
        self._start_ns: int | None = None
        self._blink_ns: int | None = None
        self._shown_until_ns = 0

    def begin(self) -> None:
        """Begin a connection, in silence."""
        self._dialogue.begin()
        self._begun_ns = None
        self._asked = 0
        self._is_heard = self._is_answered = False
        self._doubt_ns = self._shown_until_ns = 0
        self._identify_ns = self._boot = self._time_ns = self._start_ns = self._blink_ns = None

    @property
    def is_open(self) -> bool:
        """Whether it is known who is there."""
        return self._boot is not None

    def stir(self, mono_ns: int) -> None:
        """Take note of bytes, whatever they are."""
        if self._asked >= IDENTIFY_MOST and not self.is_open:
            self._identify_ns = mono_ns
        self._asked = 0

    def hear(self, mono_ns: int) -> None:
        """Take note of a frame from a board that is not known: it runs, and its HELLO has passed."""
        if not self.is_open and not self._is_heard:
            self._is_heard, self._identify_ns = True, mono_ns

    def greet(self, mono_ns: int) -> None:
        """Take note of a HELLO: the channels follow."""
        self._is_heard = True
        if self._identify_ns is not None:
            self._identify_ns = mono_ns + IDENTIFY_NS

    def doubt(self, mono_ns: int) -> None:
        """Ask who is there again: what came does not go with what is known."""
        if self.is_open and self._identify_ns is None and self._is_past(self._doubt_ns, mono_ns):
            self._identify_ns, self._doubt_ns = mono_ns, mono_ns + DOUBT_NS

    def open(self, hello: Hello, mono_ns: int) -> None:
        """Take note of a whole description; a board that has just started is set up."""
        self._identify_ns = None
        self._dialogue.set_epoch(mono_ns)
        boot = (hello.uid, hello.boot_id)
        if boot == self._boot:
            return
        self._boot, self._streams, self._times = boot, hello.streams, 0
        self._dialogue.begin()
        self._dialogue.set_request(hello.t_us)
        self._dialogue.ask(*self._wanted.commands(hello.streams))
        self._time_ns, self._start_ns = mono_ns, None
        self._blink_ns = mono_ns if self._wanted.blink else None

    def show(self, mono_ns: int) -> bool:
        """Have its light blink for a while; False where nobody is known to be there."""
        if self.is_open:
            self._blink_ns, self._shown_until_ns = mono_ns, mono_ns + SHOW_NS
        return self.is_open

    def due_ns(self) -> int | None:
        """Return when ``proceed`` has something to do; 0 for at once."""
        if self._begun_ns is None:
            return 0
        dues = [self._identify_ns, self._dialogue.due_ns(), self._start_ns]
        if self._dialogue.is_idle:
            dues += [self._blink_ns, self._time_ns if self._is_answered else None]
        elif self._dialogue.is_waiting:
            dues.append(0)
        due_ns = min((due for due in dues if due is not None), default=None)
        return None if due_ns is None else max(due_ns, self._begun_ns + QUIET_NS)

    def proceed(self, mono_ns: int) -> Due:
        """Do what is due; again at the same time there is nothing left to do."""
        due = Due()
        if self._begun_ns is None:
            self._begun_ns, self._identify_ns = mono_ns, mono_ns + HELLO_NS
        if mono_ns < self._begun_ns + QUIET_NS:
            return due
        if self._is_past(self._identify_ns, mono_ns):
            self._asked += 1
            self._identify_ns = mono_ns + IDENTIFY_NS if self._asked < IDENTIFY_MOST else None
            request = self._dialogue.next_request()  # another one each time: its HELLO may be lost
            due.commands.append(Packet("serial", frame(Identify(), request).pack()))
        if self._is_past(self._start_ns, mono_ns):
            self._start_ns = None
            self._dialogue.ask(Start(self._wanted.mask(self._streams)))
        while True:
            commands, outcomes = self._dialogue.proceed(mono_ns)
            due.commands += commands
            due.outcomes += outcomes
            for outcome in outcomes:
                self._end(outcome, mono_ns)
            if not commands and not outcomes:
                break
        if self._dialogue.is_idle and self._is_past(self._blink_ns, mono_ns):
            next_ns = mono_ns + BLINK_NS
            self._blink_ns = next_ns if self._wanted.blink or next_ns < self._shown_until_ns else None
            due.commands.append(Packet("serial", frame(Identify(), self._dialogue.next_request()).pack()))
        if self._dialogue.is_idle and self._is_answered and self._is_past(self._time_ns, mono_ns):
            self._times += 1
            self._time_ns = mono_ns + (TIME_SOON_NS if self._times < FIRST_TIMES else TIME_NS)
            due.commands.append(self._dialogue.ask_time(mono_ns))
        return due

    def answer(self, ack: Ack, mono_ns: int) -> Outcome | None:
        """Take an acknowledgement; return the command that it ends."""
        outcome = self._dialogue.answer(ack)
        self._is_answered = True
        if outcome is not None:
            self._end(outcome, mono_ns)
        return outcome

    def refuse_time(self, mono_ns: int) -> None:
        """Take note that the board does not tell its time."""
        self._time_ns = mono_ns + TIME_REFUSED_NS

    @property
    def dialogue(self) -> Dialogue:
        """The one with the board."""
        return self._dialogue

    def _end(self, outcome: Outcome, mono_ns: int) -> None:
        is_done = outcome.ack is not None and outcome.ack.result == Result.OK
        if isinstance(outcome.command, Start) and not is_done:
            self._start_ns = mono_ns + START_AGAIN_NS

    @staticmethod
    def _is_past(due_ns: int | None, mono_ns: int) -> bool:
        return due_ns is not None and mono_ns >= due_ns
