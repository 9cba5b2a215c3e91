"""The decoder that asks a sensor over Modbus RTU, as the only master of the line."""

from dataclasses import replace
from math import nan
from typing import Final

from drivers.decoders.modbus.plan import Plan, Question
from drivers.decoders.modbus.register_map import DEVICES, RegisterMap
from drivers.decoders.modbus.rtu import EXCEPTIONS, LASTING, Answer, AnswerFinder, Junk
from drivers.decoders.once import Once
from drivers.decoders.options import number, one_of
from drivers.decoders.stream_cursor import StreamCursor
from drivers.decoders.wire.serial_decoder import CHANNEL, NEXT_BAUD, SerialDecoder, Told
from edged.errors import DriverError
from edged.model import NS_PER_MS, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded

SILENCE_NS: Final = 250 * NS_PER_MS
"""An answer that has stopped for so long does not go on; adapters hold back the end of one for 16 ms."""
NOISE: Final = 3
"""So many questions in a row with nothing but noise for an answer: the line runs at another rate."""
REPEATED: Final = 60
"""Each such time-out after the first is told."""


class ModbusDecoder(SerialDecoder):
    """One device on the line. Values are stamped with the receipt of the packet that ended their answer.

    An answer tells neither the registers nor the question. It is taken for that of the question that waits;
    where none does, as in a replay, for the only one that it can be an answer to.

    Args:
        device: one that is known: ``scd30``; the default where there is no map.
        map: path of a file that describes another; see ``register_map``.
        address: on the line, where it is not the one of the device or the map.

    Raises:
        DriverError: an option or the map cannot be used.
    """

    def __init__(self, *, device: str = "", map: str = "", address: str = "") -> None:  # noqa: A002  the options as they are written in a configuration: modbus?map=...
        super().__init__()
        if map and device:
            raise DriverError("device and map are both given", mend="Keep one of them.")
        name = one_of("device", device or "scd30", list(DEVICES))
        known = RegisterMap.load(map) if map else DEVICES[name]
        if address:
            known = replace(known, device=round(number("address", address, minimum=1, maximum=247)))
        self._known = known
        self._plan = Plan(known)
        self._finder = AnswerFinder([question.request for question in self._plan.all()])
        self._cursors = {
            register.quantity: StreamCursor(StreamInfo(register.quantity, register.unit))
            for register in known.registers
        }
        self._heard_ns = 0
        self._late = 0
        self._noisy = 0
        self._is_noisy = False
        self._alike = Once()

    def due_ns(self) -> int | None:
        """Return when the next question is due, or an answer late."""
        return self._plan.due_ns()

    def wake(self, mono_ns: int) -> Decoded:
        """Give up waiting, or ask."""
        told = Told(mono_ns)
        pending = self._plan.pending
        if pending and self._plan.is_late(mono_ns):
            self._miss(pending, told)
        if question := self._plan.next(mono_ns):
            told.commands.append(Packet(CHANNEL, question.request.encode()))
        return told.decoded()

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return those of the map."""
        return tuple(cursor.info for cursor in self._cursors.values())

    def _reset(self) -> None:
        self._finder.reset()
        self._plan.begin()
        self._late = self._noisy = 0
        self._is_noisy = False

    def _take(self, data: bytes, told: Told) -> None:
        if told.mono_ns - self._heard_ns > SILENCE_NS:
            for junk in self._finder.break_off():
                self._noise(junk, told)
        self._heard_ns = told.mono_ns
        for part in self._finder.feed(data):
            if isinstance(part, Answer):
                self._answer(part, told)
            else:
                self._noise(part, told)

    def _answer(self, answer: Answer, told: Told) -> None:
        self._late = self._noisy = 0
        self._is_noisy = False
        question = self._question(answer)
        if answer.is_exception:
            code = answer.data[0]
            name = question.name if question else f"function {answer.begins[1] & 0x7F}"
            told.faults.append(f"{name}: {EXCEPTIONS.get(code, f'exception {code}')}")
            if question:
                self._plan.refused(question, told.mono_ns, is_lasting=code in LASTING)
            return
        if question is None:
            if self._alike.is_new(f"{answer.begins.hex()}"):
                told.faults.append(
                    "an answer to one of several questions, and none of them waits; left out from here on"
                )
            return
        is_ready = True
        if question is self._plan.ready and self._known.ready:
            is_ready = int.from_bytes(answer.data, "big") == self._known.ready.value
        self._plan.answered(question, told.mono_ns, is_ready=is_ready)
        self._values(question, answer.data, told)

    def _question(self, answer: Answer) -> Question | None:
        """Return what an answer is an answer to; None where that cannot be told."""
        fit = [question for question in self._plan.all() if answer.is_to(question.request)]
        if self._plan.pending in fit:
            return self._plan.pending
        return fit[0] if len(fit) == 1 else None

    def _values(self, question: Question, data: bytes, told: Told) -> None:
        for register in question.registers:
            value = register.value(data, register.address - question.request.register)
            quality = Quality.NO_READING if value is None else Quality.GOOD
            cursor = self._cursors[register.quantity]
            told.chunks.append(cursor.chunk(told.mono_ns, [nan if value is None else value], quality))

    def _miss(self, pending: Question, told: Told) -> None:
        begins = pending.request.answer_begins
        alike = [each for each in self._plan.all() if each.request.answer_begins == begins]
        self._plan.give_up(told.mono_ns, is_alike=len(alike) > 1)
        if self._late % REPEATED == 0:
            told.faults.append(
                f"{pending.name}: no answer from address {self._known.device} "
                f"within {self._known.timeout_ms} ms; check wiring, address and baud rate"
            )
        self._late += 1
        self._noisy = self._noisy + 1 if self._is_noisy or self._finder.is_disturbed else 0
        self._is_noisy = False
        if self._noisy == NOISE:
            self._noisy = 0
            told.commands.append(NEXT_BAUD)

    def _noise(self, junk: Junk, told: Told) -> None:
        self._is_noisy = True
        why = "a wrong checksum" if junk.is_damaged else "noise, or a wrong rate or parity"
        told.faults.append(f"{junk.size} bytes that are no answer: {why}")
