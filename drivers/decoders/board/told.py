"""What a packet has meant so far, in the words of events and faults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from drivers.decoders.board.commands import TYPES, SetRate
from drivers.decoders.board.dialogue import TRIES, Outcome
from drivers.decoders.board.frame import Damage, Frame
from drivers.decoders.board.messages import Ack
from drivers.decoders.board.vocabulary import MessageType, Result
from edged.model import Chunk, Event, Packet
from edged.sources.decoder import Decoded

_RESULTS: Final[Mapping[int, str]] = {
    Result.UNKNOWN: "it does not know this command",
    Result.BAD_ARGUMENT: "bad argument",
    Result.BUSY: "busy",
    Result.HARDWARE: "its hardware fails",
}


@dataclass(slots=True)
class Told:
    """Gathers what is told of one packet, or of one wake.

    Attributes:
        mono_ns: when that was.
    """

    mono_ns: int
    chunks: list[Chunk] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    commands: list[Packet] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def event(self, kind: str, detail: Mapping[str, object], at_ns: int | None = None) -> None:
        """Tell that something happened, now or at another time."""
        self.events.append(Event(kind, self.mono_ns if at_ns is None else at_ns, detail=detail))

    def outcome(self, outcome: Outcome) -> None:
        """Tell how a command ended."""
        command, ack = outcome.command, outcome.ack
        name = TYPES[type(command)].name.lower()
        detail: dict[str, object] = {"command": name}
        if isinstance(command, SetRate):
            detail |= {"stream": command.stream, "wanted_hz": command.rate_mhz / 1000}
        if ack is None or ack.result != Result.OK:
            reason = reason_of(ack)
            self.event("command_refused", {**detail, "reason": reason})
            self.faults.append(f"the board does not do {name.upper()}: {reason}")
            return
        if isinstance(command, SetRate):
            detail["rate_hz"] = ack.rate_mhz() / 1000
        self.event("command_done", detail)

    def damage(self, found: Damage) -> None:
        """Tell that a frame is lost."""
        self.faults.append(
            f"a frame of {found.size} bytes was damaged on the line and is lost: {found.reason}; "
            "check the cable"
        )

    def decoded(self) -> Decoded:
        """Return it all."""
        return Decoded(tuple(self.chunks), tuple(self.events), tuple(self.commands), tuple(self.faults))


def name_of(frame: Frame) -> str:
    """Return what a frame is called."""
    name = MessageType(frame.kind).name if frame.kind in set(MessageType) else f"frame 0x{frame.kind:02x}"
    return f"{name} of stream {frame.stream}" if frame.kind == MessageType.DATA else name


def reason_of(ack: Ack | None) -> str:
    """Return why a command was not done."""
    if ack is None:
        return f"no answer to {TRIES} tries"
    return _RESULTS.get(ack.result, f"result {ack.result}")
