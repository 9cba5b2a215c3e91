"""The decoder of sensor boards that run the firmware in ``firmware/``."""

from typing import Final

from drivers.decoders.board import messages
from drivers.decoders.board.clock import DisciplinedClock
from drivers.decoders.board.description import Describing, Description, identity, printable, word
from drivers.decoders.board.frame import Frame, Framer
from drivers.decoders.board.health import Health
from drivers.decoders.board.line_watch import LineWatch
from drivers.decoders.board.messages import (
    Ack,
    BoardEvent,
    ChannelDescriptor,
    Data,
    Hello,
    Message,
    Stats,
)
from drivers.decoders.board.session import Session
from drivers.decoders.board.streams import QuantityCursor, StreamReader, lead_names
from drivers.decoders.board.told import Told, name_of, reason_of
from drivers.decoders.board.vocabulary import PROTOCOL_MAJOR, EventKind, MessageType, ResetCause, Result
from drivers.decoders.board.wanted import Wanted
from drivers.decoders.fault import MalformedPacket
from drivers.decoders.once import Once
from edged.model import DEVICE_IDENTIFIED, Channel, Packet, StreamInfo
from edged.sources.decoder import Decoded

CHANNEL: Final = "serial"
LINE: Final = "line"


class BoardDecoder:
    """A board of protocol version 1 (``docs/board.md``): what it measures is what it says that it does.

    Sample times and values follow from what came in and when, and from nothing else: not from when the
    decoder was woken, nor from what it would have asked.

    Args:
        streams: numbers of the board's streams to start, separated by commas; ``all`` or ``none``.
        rate: of streams, in Hz: ``0:500,1:100``; those not named keep theirs.
        test: 1 has the board send its test pattern, 0 its samples; nothing leaves it as it is.
        blink: 1 makes its light blink fast.

    Raises:
        DriverError: an option cannot be used.
    """

    def __init__(self, *, streams: str = "all", rate: str = "", test: str = "", blink: str = "0") -> None:
        self._wanted = Wanted.parse(streams, rate, test, blink)
        self._session = Session(self._wanted)
        self._framer = Framer()
        self._line = LineWatch()
        self._clock = DisciplinedClock()
        self._epoch = 0
        self._describing = Describing()
        self._description: Description | None = None
        self._told_of: tuple[dict[str, object], tuple[ChannelDescriptor, ...]] | None = None
        self._hello: Hello | None = None
        self._readers: dict[int, StreamReader] = {}
        self._cursors: dict[str, QuantityCursor] = {}
        self._health = Health()
        self._unknown = Once()
        self._is_known = self._is_understood = False

    def start(self) -> list[Packet]:
        """Begin a connection, in silence: a board that is starting would take commands for a program."""
        self._framer.reset()
        self._line.reset()
        self._describing.begin()
        self._session.begin()
        self._is_known = self._is_understood = False
        return []

    def due_ns(self) -> int | None:
        """Return when the board is to be asked something."""
        return self._session.due_ns()

    def wake(self, mono_ns: int) -> Decoded:
        """Ask the board what is due."""
        told = Told(mono_ns)
        self._proceed(told)
        return told.decoded()

    def show(self, mono_ns: int) -> bool:
        """Have its light blink fast for ten seconds; False where it has not said yet who it is."""
        return self._session.show(mono_ns)

    def feed(self, packet: Packet) -> Decoded:
        """Take some bytes."""
        told = Told(packet.mono_ns)
        if packet.channel != CHANNEL:
            if self._unknown.is_new(f"channel {packet.channel}"):
                told.faults.append(
                    f"channel {packet.channel[:40]!r} is not {CHANNEL!r}; left out from here on"
                )
            return told.decoded()
        self._search(told)
        self._proceed(told)
        *ended, rest = packet.data.split(b"\0")
        for part in ended:
            self._listen(part + b"\0", told)
        self._listen(rest, told)
        return told.decoded()

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return what the board measures, and what it did before it was told to do otherwise."""
        present = [q.info for reader in self._readers.values() for q in reader.stream.quantities]
        past = [info for cursor in self._cursors.values() for info in cursor.infos]
        return tuple(dict.fromkeys(past + present))

    def channels(self) -> tuple[Channel, ...]:
        """Return none: it is a byte stream."""
        return ()

    def _listen(self, data: bytes, told: Told) -> None:
        """Take bytes of which at most the last ends a frame."""
        if not data:
            return
        self._line.take(len(data), told.mono_ns)
        self._session.stir(told.mono_ns)
        for found in self._framer.feed(data):
            if isinstance(found, Frame):
                self._line.reset()
                self._is_understood = True
                self._take(found, told)
            elif self._is_understood:  # before, it may be the end of one that began before the connection
                told.damage(found)
        self._proceed(told)

    def _search(self, told: Told) -> None:
        """Try the next baud rate where nothing is understood."""
        deaf_bytes = self._line.deaf_bytes(told.mono_ns)
        if not deaf_bytes:
            return
        self._line.reset()
        self._framer.reset()
        self._is_understood = False
        told.faults.append(
            f"{deaf_bytes} bytes came and no frame of a board for 2 s: the baud rate is another one, "
            "or the device; the next rate is tried"
        )
        told.commands.append(Packet(LINE, b"next baud"))

    def _proceed(self, told: Told) -> None:
        due = self._session.proceed(told.mono_ns)
        told.commands += due.commands
        for outcome in due.outcomes:
            told.outcome(outcome)

    def _take(self, frame: Frame, told: Told) -> None:
        try:
            message = messages.parse(frame)
            if message is not None:
                self._hear(message, frame, told)
        except MalformedPacket as fault:
            told.faults.append(f"{name_of(frame)}: {fault}")
        if self._clock.epoch != self._epoch:
            self._epoch = self._clock.epoch
            if frame.kind != MessageType.HELLO:  # another clock, and nobody said why
                self._session.doubt(told.mono_ns)

    def _hear(self, message: Message, frame: Frame, told: Told) -> None:
        match message:
            case Hello():
                self._greet(message, told)
            case ChannelDescriptor():
                self._describe(self._describing.add(message), told)
            case Data():
                self._read(message, frame, told)
            case BoardEvent():
                self._happen(message, told)
            case Stats():
                self._count(message, told)
            case Ack():
                self._answer(message, told)

    def _greet(self, hello: Hello, told: Told) -> None:
        if hello.major != PROTOCOL_MAJOR:
            if self._unknown.is_new(f"version {hello.major}"):
                told.faults.append(
                    f"the board speaks version {hello.major} of the protocol, not {PROTOCOL_MAJOR}; "
                    "update edged, or the firmware of the board (`edged board flash`)"
                )
            return
        before, self._hello = self._hello, hello
        self._session.greet(told.mono_ns)
        if before is not None and before.uid != hello.uid:
            told.event("board_changed", {**identity(hello), "serial_before": before.uid.hex()})
        elif before is not None and before.boot_id != hello.boot_id:
            cause = word(ResetCause, hello.reset_cause)
            told.event("board_reset", {"cause": cause, "boot_id": hello.boot_id})
        if before is None or (before.uid, before.boot_id) != (hello.uid, hello.boot_id):
            self._is_known = False
            self._clock.forget()
            self._health.restart()
            self._readers.clear()
            self._description = None
        self._clock.stamp_ns(hello.t_us, told.mono_ns)
        self._describe(self._describing.begin(hello), told)

    def _read(self, data: Data, frame: Frame, told: Told) -> None:
        self._session.hear(told.mono_ns)
        if not self._is_known:
            return
        reader = self._readers.get(frame.stream)
        if reader is None:
            self._session.doubt(told.mono_ns)
            if self._unknown.is_new(f"stream {frame.stream}"):
                told.faults.append(f"samples of stream {frame.stream}, which the board has not described")
            return
        try:
            chunks, events = reader.read(frame.sequence, data, told.mono_ns)
        except MalformedPacket:
            self._session.doubt(told.mono_ns)
            raise
        told.chunks += chunks
        told.events += events

    def _happen(self, event: BoardEvent, told: Told) -> None:
        self._session.hear(told.mono_ns)
        if not self._is_known:
            return
        at_ns = self._clock.to_node_ns(self._clock.stamp_ns(event.t_us, told.mono_ns))
        match event.kind:
            case EventKind.BUTTON:
                kind = "button_pressed" if event.value else "button_released"
                detail: dict[str, object] = {"button": event.source}
            case EventKind.LEAD:
                off = lead_names(event.value)
                kind = "lead_off" if off else "lead_on"
                detail = {"channel": self._label(event.source), "leads": off}
            case _:
                kind = "board_event"
                detail = {"kind": event.kind, "source": event.source, "value": event.value}
        told.event(kind, detail, at_ns)

    def _count(self, stats: Stats, told: Told) -> None:
        self._session.hear(told.mono_ns)
        if not self._is_known:
            return
        self._clock.stamp_ns(stats.t_us, told.mono_ns)
        added = self._health.take(stats, told.mono_ns)
        if added:
            longest_ms = stats.longest_loop_us / 1000
            told.event("board_errors", {**added, "free_ram": stats.free_ram, "longest_loop_ms": longest_ms})
            told.faults.append(self._health.sentence(added))

    def _answer(self, ack: Ack, told: Told) -> None:
        self._session.hear(told.mono_ns)
        outcome = self._session.answer(ack, told.mono_ns)
        if outcome is not None:
            told.outcome(outcome)
        if ack.command == MessageType.TIME:
            self._take_time(ack, told)

    def _take_time(self, ack: Ack, told: Told) -> None:
        if ack.result != Result.OK:
            self._session.refuse_time(told.mono_ns)
            if self._unknown.is_new("time"):
                told.faults.append(
                    f"the board does not tell its time ({reason_of(ack)}): its samples are "
                    "stamped by their receipt alone"
                )
            return
        exchange = self._session.dialogue.answer_time(ack, told.mono_ns)
        if exchange is not None and self._is_known:
            self._clock.exchange(exchange)

    def _describe(self, description: Description | None, told: Told) -> None:
        """Take a description that has become whole."""
        if description is None:
            return
        hello = description.hello
        before, self._description = self._description, description
        told_before, self._told_of = self._told_of, (identity(hello), description.channels)
        if told_before != self._told_of:
            told.event("board_described", description.detail())
            told.faults += [*description.faults(), *self._wanted.faults(hello.streams)]
        if told_before is None or told_before[0] != self._told_of[0]:
            told.event(DEVICE_IDENTIFIED, identity(hello))
        if before is None or before.channels != description.channels:
            self._adopt(description)
        self._is_known = True
        self._session.open(hello, told.mono_ns)

    def _adopt(self, description: Description) -> None:
        """Read the streams as they are described now; one that only runs at another rate goes on."""
        readers = {}
        for stream in description.streams():
            before = self._readers.get(stream.index)
            if before is not None and before.is_same_but_for_rate(stream):
                before.set_rate(stream)
                readers[stream.index] = before
            else:
                readers[stream.index] = StreamReader(stream, self._clock, self._cursors)
        self._readers = readers

    def _label(self, index: int) -> str:
        channels = self._description.channels if self._description else ()
        return printable(channels[index].label) if index < len(channels) else str(index)
