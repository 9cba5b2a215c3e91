"""What a board says: the payloads of its frames.

Reading takes bytes after the known fields for those of a later version, and ignores them.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from drivers.decoders.board.frame import Frame
from drivers.decoders.board.vocabulary import (
    Capability,
    ChannelFlags,
    DataStatus,
    MessageType,
)
from drivers.decoders.fault import MalformedPacket

_HELLO: Final = struct.Struct("<BBH8sBBBBIIH")
_CHANNEL: Final = struct.Struct("<BBBBffIBBH")
_DATA: Final = struct.Struct("<IBB")
_EVENT: Final = struct.Struct("<IBBB")
_STATS: Final = struct.Struct("<IIIHHHH")
_ACK: Final = struct.Struct("<HBB")
_CLOCK: Final = struct.Struct("<IIH")
_RATE: Final = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Hello:
    """What a board is: sent at boot, and when asked to identify itself.

    Attributes:
        major: of the protocol; another one is another protocol.
        minor: of the protocol; a higher one only adds.
        firmware: version, major x 256 + minor.
        uid: the same for the life of the board.
        reset_cause: a ``ResetCause``, or a later version's.
        streams: how many.
        channels: how many, over all streams; a ``ChannelDescriptor`` follows for each.
        max_frame: bytes of the longest frame it sends, before COBS.
        boot_id: another one starts another clock.
        t_us: its clock now.
        capabilities: what it can do beyond sending.
        model: its name.
    """

    major: int
    minor: int
    firmware: int
    uid: bytes
    reset_cause: int
    streams: int
    channels: int
    max_frame: int
    boot_id: int
    t_us: int
    capabilities: Capability
    model: str

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read one; ``MalformedPacket`` where it ends too early."""
        fields, text = _unpack(_HELLO, payload)
        values: list[Any] = [*fields[:-1], Capability(fields[-1]), _text(text)]
        return cls(*values)

    def pack(self) -> bytes:
        """Return the payload."""
        fixed = (
            self.major,
            self.minor,
            self.firmware,
            self.uid,
            self.reset_cause,
            self.streams,
            self.channels,
        )
        return (
            _HELLO.pack(*fixed, self.max_frame, self.boot_id, self.t_us, self.capabilities)
            + self.model.encode()
        )


@dataclass(frozen=True, slots=True)
class ChannelDescriptor:
    """What one number of a sample means: ``raw * scale + offset``, in ``unit``.

    Attributes:
        index: its place among all channels.
        stream: whose samples it is part of, in the order of the indices.
        kind: a ``ChannelKind``, or a later version's.
        format: a ``SampleFormat``.
        scale: of a raw value.
        offset: added after scaling.
        rate_mhz: samples in 1000 s, as achieved.
        adc_bits: of the converter; 0 where there is none.
        unit: a ``ChannelUnit``.
        flags: what else is to be known.
        label: its name on the board.
    """

    index: int
    stream: int
    kind: int
    format: int
    scale: float
    offset: float
    rate_mhz: int
    adc_bits: int
    unit: int
    flags: ChannelFlags
    label: str

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read one; ``MalformedPacket`` where it ends too early."""
        fields, text = _unpack(_CHANNEL, payload)
        values: list[Any] = [*fields[:-1], ChannelFlags(fields[-1]), _text(text)]
        return cls(*values)

    def pack(self) -> bytes:
        """Return the payload."""
        which = (self.index, self.stream, self.kind, self.format)
        what = (self.scale, self.offset, self.rate_mhz, self.adc_bits, self.unit, self.flags)
        return _CHANNEL.pack(*which, *what) + self.label.encode()


@dataclass(frozen=True, slots=True)
class Data:
    """Samples of the frame's stream.

    Attributes:
        t_us: the board's clock at the first sample; rolls over every 71 min 35 s.
        count: samples of each channel.
        status: what happened during any of them.
        samples: raw and interleaved, in the order of the channels; see ``samples.unpack``.
    """

    t_us: int
    count: int
    status: DataStatus
    samples: bytes

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read one; ``MalformedPacket`` where it ends too early."""
        (t_us, count, status), samples = _unpack(_DATA, payload)
        return cls(t_us, count, DataStatus(status), samples)

    def pack(self) -> bytes:
        """Return the payload."""
        return _DATA.pack(self.t_us, self.count, self.status) + self.samples


@dataclass(frozen=True, slots=True)
class BoardEvent:
    """Something that happened on the board.

    Attributes:
        t_us: the board's clock when it did.
        kind: an ``EventKind``, or a later version's.
        source: which button, or the index of the channel.
        value: 1 pressed and 0 released, or the lead-off bits of a status.
    """

    t_us: int
    kind: int
    source: int
    value: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read one; ``MalformedPacket`` where it ends too early."""
        return cls(*_unpack(_EVENT, payload)[0])

    def pack(self) -> bytes:
        """Return the payload."""
        return _EVENT.pack(self.t_us, self.kind, self.source, self.value)


@dataclass(frozen=True, slots=True)
class Stats:
    """How a board fares, once a second; the counters count since its boot and roll over at 65,536.

    Attributes:
        t_us: its clock now.
        free_ram: bytes.
        longest_loop_us: the longest time between two polls since the report before.
        damaged_frames: commands that came damaged.
        receive_overruns: bytes that it lost, or that came with a framing error.
        transmit_drops: frames and events that it lost since the line is slower than they come.
        late_samples: samples that it was too late to take.
    """

    t_us: int
    free_ram: int
    longest_loop_us: int
    damaged_frames: int
    receive_overruns: int
    transmit_drops: int
    late_samples: int

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read one; ``MalformedPacket`` where it ends too early."""
        return cls(*_unpack(_STATS, payload)[0])

    def pack(self) -> bytes:
        """Return the payload."""
        counters = (self.damaged_frames, self.receive_overruns, self.transmit_drops, self.late_samples)
        return _STATS.pack(self.t_us, self.free_ram, self.longest_loop_us, *counters)


@dataclass(frozen=True, slots=True)
class Ack:
    """How a command ended.

    Attributes:
        request: the id of the command.
        command: its ``MessageType``.
        result: a ``Result``, or a later version's.
        data: what belongs to the result.
    """

    request: int
    command: int
    result: int
    data: bytes = b""

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read one; ``MalformedPacket`` where it ends too early."""
        (request, command, result), data = _unpack(_ACK, payload)
        return cls(request, command, result, data)

    def pack(self) -> bytes:
        """Return the payload."""
        return _ACK.pack(self.request, self.command, self.result) + self.data

    def rate_mhz(self) -> int:
        """Return the rate that SET_RATE achieved; ``MalformedPacket`` where it is not there."""
        return int(_unpack(_RATE, self.data)[0][0])

    def clock(self) -> "BoardClock":
        """Return what TIME told; ``MalformedPacket`` where it is not there."""
        return BoardClock(*_unpack(_CLOCK, self.data)[0])


@dataclass(frozen=True, slots=True)
class BoardClock:
    """The board's clock around a TIME command.

    Attributes:
        received_us: when the command's last byte had come.
        sent_us: when its answer was put in line for sending.
        rollovers: how often the clock had rolled over at ``received_us``.
    """

    received_us: int
    sent_us: int
    rollovers: int


Message = Hello | ChannelDescriptor | Data | BoardEvent | Stats | Ack

_PARSERS: Final[Mapping[int, Callable[[bytes], Message]]] = {
    MessageType.HELLO: Hello.parse,
    MessageType.CHANNEL: ChannelDescriptor.parse,
    MessageType.DATA: Data.parse,
    MessageType.EVENT: BoardEvent.parse,
    MessageType.STATS: Stats.parse,
    MessageType.ACK: Ack.parse,
}


def parse(frame: Frame) -> Message | None:
    """Return what a board said; None for a type not known.

    Raises:
        MalformedPacket: the payload ends before its fields do.
    """
    parser = _PARSERS.get(frame.kind)
    return None if parser is None else parser(frame.payload)


def _unpack(layout: struct.Struct, payload: bytes) -> tuple[tuple[Any, ...], bytes]:
    """Return the fields, and what follows them."""
    if len(payload) < layout.size:
        raise MalformedPacket(f"a payload of {len(payload)} bytes where it has {layout.size}")
    return layout.unpack_from(payload), payload[layout.size :]


def _text(encoded: bytes) -> str:
    return encoded.decode(errors="replace")
