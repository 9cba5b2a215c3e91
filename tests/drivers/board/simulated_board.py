"""A sensor board in Python, as far as its host can see, on a line whose delays the test chooses."""

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from drivers.decoders.board import commands as wire
from drivers.decoders.board import samples
from drivers.decoders.board.frame import BOARD_STREAM, Frame, Framer
from drivers.decoders.board.messages import (
    Ack,
    BoardEvent,
    ChannelDescriptor,
    Data,
    Hello,
    Stats,
)
from drivers.decoders.board.samples import SampleFormat
from drivers.decoders.board.vocabulary import (
    Capability,
    ChannelFlags,
    ChannelKind,
    ChannelUnit,
    DataStatus,
    MessageType,
    ResetCause,
    Result,
)
from edged.model import NS_PER_MS, NS_PER_S, Chunk, Event, Packet
from edged.sources.decoder import Decoded, TimedDecoder

UID = bytes.fromhex("0011223344556677")
ROLLOVER = 1 << 32
HELLO = Hello(1, 0, 0x0102, UID, ResetCause.POWER_ON, 2, 3, 250, 7, 0, Capability(0x3F), "edged-uno")
ECG = ChannelDescriptor(
    0, 0, ChannelKind.ECG, SampleFormat.I16, 0.5, 0, 500_000, 14, ChannelUnit.MICROVOLT,
    ChannelFlags.LEAD_OFF_DETECTION, "I",
)  # fmt: skip
EDA = ChannelDescriptor(
    1, 0, ChannelKind.EDA, SampleFormat.U16, 0.25, 1, 500_000, 10, ChannelUnit.MICROSIEMENS,
    ChannelFlags(0), "palm",
)  # fmt: skip
TEMPERATURE = ChannelDescriptor(
    2, 1, ChannelKind.TEMPERATURE, SampleFormat.I16, 0.0625, 0, 1000, 0, ChannelUnit.CELSIUS,
    ChannelFlags(0), "skin",
)  # fmt: skip


def no_delay() -> int:
    return NS_PER_MS // 2


@dataclass
class Stream:
    """One stream of the board: ``count`` samples a frame at ``rate_mhz``."""

    formats: tuple[int, ...]
    rate_mhz: int
    count: int
    running: bool = False
    sequence: int = 0
    sample: int = 0
    next_ns: int = 0
    status: int = 0


@dataclass
class Board:
    """The board and its line; ``run`` lets time pass and feeds the decoder.

    Attributes:
        decoder: what is fed.
        ppm: how much faster its clock is than the node's.
        counter_us: of its clock at node time 0.
        inwards: delay of a frame to the host, ns.
        outwards: delay of a command to the board, ns.
        loses: whether a frame to the host is lost on the line.
        ignores: whether a command to the board is lost on the line.
        results: what commands result in, where that is not ok.
    """

    decoder: TimedDecoder
    ppm: float = 0.0
    counter_us: int = 1000
    hello: Hello = HELLO
    channels: tuple[ChannelDescriptor, ...] = (ECG, EDA, TEMPERATURE)
    inwards: Callable[[], int] = no_delay
    outwards: Callable[[], int] = no_delay
    loses: Callable[[Frame], bool] = lambda _frame: False
    ignores: Callable[[Frame], bool] = lambda _frame: False
    results: dict[int, Result] = field(default_factory=dict)
    silent: bool = False
    now_ns: int = 0
    chunks: list[Chunk] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    commands: list[Frame] = field(default_factory=list)
    line: list[bytes] = field(default_factory=list)
    executed: list[wire.Command] = field(default_factory=list)
    trace: list[Packet] = field(default_factory=list)
    truth: dict[tuple[int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.streams = [
            Stream((SampleFormat.I16, SampleFormat.U16), 500_000, 20),
            Stream((SampleFormat.I16,), 1000, 1),
        ]
        self._sequence = 0
        self._memory: deque[Ack] = deque(maxlen=4)
        self._order = itertools.count()
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._framer = Framer()
        self._last_in_ns = self._last_out_ns = 0
        self._stats = Stats(0, 500, 900, 0, 0, 0, 0)
        self.wakes = True
        self._at(NS_PER_S, self._second)

    def connect(self) -> None:
        """Begin a connection."""
        self.send_all(self.decoder.start())

    def boot(self, **changes: Any) -> None:
        """Start anew, with another HELLO."""
        self.hello = replace(self.hello, **changes)
        self._sequence = 0
        self._memory.clear()
        for stream in self.streams:
            stream.running, stream.sequence, stream.sample, stream.status = False, 0, 0, 0
        self.line_noise(b"\0")
        self.describe()

    def describe(self) -> None:
        """Send HELLO and descriptors."""
        self._tell(MessageType.HELLO, replace(self.hello, t_us=self.clock_us(self.now_ns)).pack())
        for channel in self.channels:
            rate = self.streams[channel.stream].rate_mhz
            self._tell(MessageType.CHANNEL, replace(channel, rate_mhz=rate).pack())

    def event(self, kind: int, source: int, value: int) -> None:
        """Send an event of now."""
        told = BoardEvent(self.clock_us(self.now_ns), kind, source, value)
        self._tell(MessageType.EVENT, told.pack())

    def grow(self, **counters: int) -> None:
        """Have counters grow."""
        grown = {name: (getattr(self._stats, name) + by) % 65_536 for name, by in counters.items()}
        self._stats = replace(self._stats, **grown)

    def line_noise(self, data: bytes) -> None:
        """Send bytes that are no frame."""
        self._deliver(data)

    def clock_us(self, node_ns: int) -> int:
        """Return its counter at a time of the node."""
        return int(self.total_us(node_ns)) % ROLLOVER

    def total_us(self, node_ns: int) -> float:
        """Return its counter as if it did not roll over."""
        return self.counter_us + node_ns * (1 + self.ppm * 1e-6) / 1000

    def run(self, seconds: float) -> None:
        """Let time pass."""
        until_ns = self.now_ns + round(seconds * NS_PER_S)
        while True:
            due_ns = self.decoder.due_ns() if self.wakes else None
            agenda_ns = self._agenda[0][0] if self._agenda else until_ns + 1
            next_ns = min(agenda_ns, max(due_ns, self.now_ns) if due_ns is not None else until_ns + 1)
            if next_ns > until_ns:
                break
            self.now_ns = next_ns
            if next_ns == agenda_ns:
                heapq.heappop(self._agenda)[2]()
            else:
                self._take(self.decoder.wake(next_ns))
        self.now_ns = until_ns

    def of(self, quantity: str) -> list[Chunk]:
        """Return the chunks of a stream."""
        return [chunk for chunk in self.chunks if chunk.info.quantity == quantity]

    def kinds(self, kind: str) -> list[Event]:
        """Return the events of a kind."""
        return [event for event in self.events if event.kind == kind]

    def _second(self) -> None:
        told = replace(self._stats, t_us=self.clock_us(self.now_ns))
        self._tell(MessageType.STATS, told.pack())
        self._at(self.now_ns + NS_PER_S, self._second)

    def _sample(self, index: int) -> None:
        stream = self.streams[index]
        if not stream.running or stream.next_ns != self.now_ns:
            return
        length_ns = self._device_to_node(stream.count * 1e9 / stream.rate_mhz)
        first_ns = self.now_ns - length_ns
        self.data(index, first_ns)
        stream.next_ns += length_ns
        self._at(stream.next_ns, lambda: self._sample(index))

    def data(self, index: int, first_ns: int) -> None:
        """Send the next frame of a stream, whose first sample was taken then."""
        stream = self.streams[index]
        values = samples.ramp(stream.sample, stream.count, stream.formats)
        told = Data(
            self.clock_us(first_ns),
            stream.count,
            DataStatus(stream.status),
            samples.pack(values, stream.formats),
        )
        self.truth[(index, stream.sequence)] = first_ns
        frame = Frame(MessageType.DATA, index, stream.sequence % 65_536, told.pack())
        stream.status &= ~DataStatus.OVERRUN
        stream.sequence += 1
        stream.sample += stream.count
        self._emit(frame)

    def _device_to_node(self, device_us: float) -> int:
        return round(device_us * 1000 / (1 + self.ppm * 1e-6))

    def _at(self, when_ns: int, do: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (when_ns, next(self._order), do))

    def _tell(self, kind: MessageType, payload: bytes) -> None:
        frame = Frame(kind, BOARD_STREAM, self._sequence % 65_536, payload)
        self._sequence += 1
        self._emit(frame)

    def _emit(self, frame: Frame) -> None:
        if not self.silent and not self.loses(frame):
            self._deliver(frame.pack())

    def _deliver(self, data: bytes) -> None:
        receipt_ns = self._last_in_ns = max(self.now_ns + self.inwards(), self._last_in_ns)

        def arrive() -> None:
            packet = Packet("serial", data, self.now_ns)
            self.trace.append(packet)
            self._take(self.decoder.feed(packet))

        self._at(receipt_ns, arrive)

    def _take(self, decoded: Decoded) -> None:
        self.chunks += decoded.chunks
        self.events += decoded.events
        self.faults += decoded.faults
        self.send_all(decoded.commands)

    def send_all(self, packets: Sequence[Packet]) -> None:
        """Send commands to the board."""
        for packet in packets:
            if packet.channel == "line":
                self.line.append(packet.data)
                continue
            found = Framer().feed(packet.data)
            assert len(found) == 1
            assert isinstance(found[0], Frame)
            frame = found[0]
            self.commands.append(frame)
            if self.silent or self.ignores(frame):
                continue
            arrival_ns = self._last_out_ns = max(self.now_ns + self.outwards(), self._last_out_ns)
            self._at(arrival_ns, partial(self._obey, frame))

    def _obey(self, frame: Frame) -> None:
        ack = next((ack for ack in self._memory if ack.request == frame.sequence), None)
        if ack is None:
            ack = self._execute(frame)
            self._memory.append(ack)
        self._tell(MessageType.ACK, ack.pack())

    def _execute(self, frame: Frame) -> Ack:
        command = wire.parse(frame)
        result = self.results.get(frame.kind, Result.OK)
        data = b""
        if command is not None and result is Result.OK:
            self.executed.append(command)
            match command:
                case wire.Identify():
                    self.describe()
                case wire.SetRate(stream, rate_mhz):
                    self.streams[stream].rate_mhz = rate_mhz
                    data = rate_mhz.to_bytes(4, "little")
                case wire.Start(mask):
                    self.run_streams(mask, on=True)
                case wire.Stop(mask):
                    self.run_streams(mask, on=False)
                case wire.Time():
                    us = self.clock_us(self.now_ns)
                    rollovers = int(self.total_us(self.now_ns)) // ROLLOVER % 65_536
                    data = us.to_bytes(4, "little") * 2 + rollovers.to_bytes(2, "little")
                case wire.Test(pattern):
                    for each in self.streams:
                        each.status = DataStatus.TEST_PATTERN if pattern else 0
                case _:
                    pass
        return Ack(frame.sequence, frame.kind, result, data)

    def run_streams(self, mask: int, *, on: bool) -> None:
        """Start or stop streams."""
        for index, stream in enumerate(self.streams):
            if mask >> index & 1 and stream.running != on:
                stream.running = on
                if on:
                    stream.next_ns = self.now_ns + self._device_to_node(stream.count * 1e9 / stream.rate_mhz)
                    self._at(stream.next_ns, partial(self._sample, index))


def errors_ms(board: Board, index: int, chunks: list[Chunk], per_frame: int) -> NDArray[np.float64]:
    """Return by how much sample times are off the truth, of frames without a loss between them."""
    period_ns = 1e12 / board.streams[index].rate_mhz / (1 + board.ppm * 1e-6)
    errors: list[NDArray[np.float64]] = [
        chunk.times_ns - board.truth[(index, chunk.seq // per_frame)] - np.arange(len(chunk)) * period_ns
        for chunk in chunks
    ]
    return np.concatenate(errors) / np.float64(NS_PER_MS)
