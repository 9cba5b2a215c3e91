"""What a Modbus device is asked, and when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from drivers.decoders.modbus.register_map import Register, RegisterMap
from drivers.decoders.modbus.rtu import Function, Request
from edged.model import NS_PER_MS, NS_PER_S

REGISTERS_MAX: Final = 125
"""Of one answer: section 6.3 of the application protocol."""
TURNAROUND_NS: Final = 20 * NS_PER_MS
"""Between an answer and the next request: no less than 3.5 characters at 2400 baud."""
NOT_READY_NS: Final = 250 * NS_PER_MS
"""When a device without a new measurement is asked again."""
REFUSED_NS: Final = 60 * NS_PER_S
"""When a request is repeated that was refused for good."""
WRITE_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Question:
    """A request, and what its answer means.

    Attributes:
        request: to be sent.
        registers: whose values it brings, in ascending order of their addresses; none for a write, and for
            the register that tells whether there is something new.
        period_ns: of asking; 0 for what is asked when it is needed.
    """

    request: Request
    registers: tuple[Register, ...] = ()
    period_ns: int = 0

    @property
    def name(self) -> str:
        """What a fault calls it."""
        quantities = ", ".join(register.quantity for register in self.registers)
        return f"register {self.request.register}" + (f" ({quantities})" if quantities else "")


def questions(known: RegisterMap) -> tuple[Question, ...]:
    """Return one for each run of registers that lie side by side, are of one kind and have one period."""

    def order(register: Register) -> tuple[int, float, int]:
        return register.function, register.period_s, register.address

    runs: list[list[Register]] = []
    for register in sorted(known.registers, key=order):
        if runs and _goes_on(runs[-1], register):
            runs[-1].append(register)
        else:
            runs.append([register])
    return tuple(_question(known.device, run) for run in runs)


class Plan:
    """One request at a time: the writes first, then each question in its period.

    Args:
        known: of the device.
    """

    def __init__(self, known: RegisterMap) -> None:
        self.questions = questions(known)
        write, read = Function.WRITE_SINGLE_REGISTER, Function.READ_HOLDING_REGISTERS
        self.writes = tuple(
            Question(Request(known.device, write, each.address, each.value)) for each in known.writes
        )
        self.ready = Question(Request(known.device, read, known.ready.address, 1)) if known.ready else None
        self.pending: Question | None = None
        self._timeout_ns = known.timeout_ms * NS_PER_MS
        self._sent_ns = 0
        self._pause_ns = 0
        self._writing: list[Question] = []
        self._tries = 0
        self._is_ready = False
        self._due_ns: dict[Question, int] = {}

    def all(self) -> Iterator[Question]:
        """Yield all that is ever asked."""
        yield from self.writes
        if self.ready:
            yield self.ready
        yield from self.questions

    def begin(self) -> None:
        """Begin a connection."""
        self.pending = None
        self._pause_ns = 0
        self._writing = list(self.writes)
        self._tries = 0
        self._is_ready = False
        self._due_ns = dict.fromkeys(self.questions, 0)

    def due_ns(self) -> int:
        """Return when to be woken."""
        if self.pending:
            return self._sent_ns + self._timeout_ns
        if self._writing:
            return self._pause_ns
        return max(self._pause_ns, min(self._due_ns.values(), default=0))

    def next(self, mono_ns: int) -> Question | None:
        """Return what to ask now; None where it is not yet time."""
        if self.pending or mono_ns < self.due_ns():
            return None
        self._sent_ns = mono_ns
        if self._writing:
            self._tries += 1
            self.pending = self._writing[0]
            return self.pending
        self.pending = self._due_question(mono_ns)
        return self.pending

    def is_late(self, mono_ns: int) -> bool:
        """Tell whether the answer should have come."""
        return self.pending is not None and mono_ns >= self._sent_ns + self._timeout_ns

    def give_up(self, mono_ns: int, *, is_alike: bool) -> None:
        """Wait no more for the answer.

        Args:
            mono_ns: now.
            is_alike: whether its answer could be taken for that of another; none is asked for so long that
                a late one has gone by.
        """
        self._is_ready = False
        if self._tries >= WRITE_TRIES:
            self._written()
        self.pending = None
        self._pause_ns = mono_ns + (self._timeout_ns if is_alike else TURNAROUND_NS)

    def answered(self, question: Question, mono_ns: int, *, is_ready: bool = True) -> None:
        """Take note that an answer came, and of what the device said to ``ready``."""
        if question is not self.pending:
            return
        self.pending = None
        self._pause_ns = mono_ns + TURNAROUND_NS
        if question is self.ready:
            self._is_ready = is_ready
            if not is_ready:
                self._pause_ns = mono_ns + NOT_READY_NS
        elif question in self.writes:
            self._written()

    def refused(self, question: Question, mono_ns: int, *, is_lasting: bool) -> None:
        """Take note that the device does not answer this, now or at all."""
        if question is not self.pending:
            return
        self.answered(question, mono_ns, is_ready=False)
        if is_lasting and question in self._due_ns:
            self._due_ns[question] = mono_ns + REFUSED_NS

    def _written(self) -> None:
        del self._writing[:1]
        self._tries = 0

    def _due_question(self, mono_ns: int) -> Question | None:
        due = [question for question, due_ns in self._due_ns.items() if due_ns <= mono_ns]
        if not due:
            return None
        if self.ready and not self._is_ready:
            return self.ready
        question = due[0]
        behind_ns = mono_ns - self._due_ns[question]
        is_in_step = behind_ns < question.period_ns and self._due_ns[question] > 0
        self._due_ns[question] = mono_ns + question.period_ns - (behind_ns if is_in_step else 0)
        if len(due) == 1:
            self._is_ready = False
        return question


def _goes_on(run: Sequence[Register], register: Register) -> bool:
    last = run[-1]
    return (
        (last.function, last.period_s) == (register.function, register.period_s)
        and last.address + last.count == register.address
        and register.address + register.count - run[0].address <= REGISTERS_MAX
    )


def _question(device: int, run: Sequence[Register]) -> Question:
    count = run[-1].address + run[-1].count - run[0].address
    request = Request(device, run[0].function, run[0].address, count)
    return Question(request, tuple(run), round(run[0].period_s * NS_PER_S))
