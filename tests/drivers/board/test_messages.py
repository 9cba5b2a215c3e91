"""What a board says: literal frames in, whole dataclasses out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.board.frame import PAYLOAD_MAX, Frame
from drivers.decoders.board.messages import (
    Ack,
    BoardClock,
    BoardEvent,
    ChannelDescriptor,
    Data,
    Hello,
    Message,
    Stats,
    parse,
)
from drivers.decoders.board.samples import SampleFormat
from drivers.decoders.board.vocabulary import (
    UNITS,
    Capability,
    ChannelFlags,
    ChannelKind,
    ChannelUnit,
    DataStatus,
    EventKind,
    MessageType,
    ResetCause,
    Result,
)
from drivers.decoders.fault import MalformedPacket
from tests.drivers.board.vectors import frame

MESSAGES: dict[str, Message] = {
    "hello": Hello(
        major=1,
        minor=0,
        firmware=0x0102,
        uid=bytes(range(1, 9)),
        reset_cause=ResetCause.POWER_ON,
        streams=3,
        channels=5,
        max_frame=250,
        boot_id=0xB0071D00,
        t_us=0,
        capabilities=Capability.SET_BAUD | Capability.SET_RATE | Capability.TEST_PATTERN | Capability.REBOOT,
        model="fake",
    ),
    "channel": ChannelDescriptor(
        index=0,
        stream=0,
        kind=ChannelKind.ECG,
        format=SampleFormat.I16,
        scale=0.5,
        offset=-1.0,
        rate_mhz=500_000,
        adc_bits=12,
        unit=ChannelUnit.MILLIVOLT,
        flags=ChannelFlags.LEAD_OFF_DETECTION,
        label="ECG",
    ),
    "data": Data(
        t_us=0xFFFFFFF0,
        count=2,
        status=DataStatus.OVERRUN | DataStatus.SATURATED,
        samples=bytes.fromhex("feff 0100 ff7f ff03"),
    ),
    "event, button": BoardEvent(123_456, EventKind.BUTTON, source=2, value=1),
    "event, lead": BoardEvent(123_456, EventKind.LEAD, source=0, value=6),
    "stats": Stats(
        t_us=1_000_000,
        free_ram=1234,
        longest_loop_us=1000,
        damaged_frames=3,
        receive_overruns=46,
        transmit_drops=1,
        late_samples=2,
    ),
    "ack": Ack(0x0102, MessageType.START, Result.OK),
    "ack, busy": Ack(0x0102, MessageType.START, Result.BUSY),
    "ack of set rate": Ack(0x0101, MessageType.SET_RATE, Result.OK, bytes.fromhex("90d00300")),
    "ack of time": Ack(0x0104, MessageType.TIME, Result.OK, bytes.fromhex("00ffffff 00010000 0100")),
}

every_message = pytest.mark.parametrize(("name", "message"), MESSAGES.items(), ids=MESSAGES)


@every_message
def test_reads(name: str, message: Message) -> None:
    assert parse(frame(name)) == message


@every_message
def test_writes(name: str, message: Message) -> None:
    assert message.pack() == frame(name).payload


@pytest.mark.parametrize("name", ["data", "event, button", "stats", "ack"])
def test_bytes_of_a_later_version_are_kept_out(name: str) -> None:
    whole = frame(name)
    later = parse(Frame(whole.kind, whole.stream, whole.sequence, whole.payload + b"\x01\x02"))
    expected = MESSAGES[name]
    if isinstance(expected, Data):  # how long its samples are, the descriptors tell
        expected = Data(expected.t_us, expected.count, expected.status, expected.samples + b"\x01\x02")
    if isinstance(expected, Ack):
        expected = Ack(expected.request, expected.command, expected.result, b"\x01\x02")
    assert later == expected


@pytest.mark.parametrize(
    ("name", "size"),
    [("hello", 26), ("channel", 20), ("data", 6), ("event, lead", 7), ("stats", 20), ("ack", 4)],
)
def test_a_payload_that_ends_early(name: str, size: int) -> None:
    whole = frame(name)
    for length in range(size):
        with pytest.raises(MalformedPacket, match=f"{length} bytes where it has {size}"):
            parse(Frame(whole.kind, whole.stream, whole.sequence, whole.payload[:length]))
    assert parse(Frame(whole.kind, whole.stream, whole.sequence, whole.payload[:size])) is not None


def test_what_an_acknowledgement_carries() -> None:
    rate, clock, bare = MESSAGES["ack of set rate"], MESSAGES["ack of time"], MESSAGES["ack"]
    assert isinstance(rate, Ack)
    assert isinstance(clock, Ack)
    assert isinstance(bare, Ack)
    assert rate.rate_mhz() == 250_000
    assert clock.clock() == BoardClock(received_us=0xFFFFFF00, sent_us=0x100, rollovers=1)
    with pytest.raises(MalformedPacket):
        bare.rate_mhz()
    with pytest.raises(MalformedPacket):
        bare.clock()


def test_a_type_not_known_is_nothing() -> None:
    assert parse(frame("a type not known")) is None


def test_text_that_is_none() -> None:
    hello = frame("hello")
    read = parse(Frame(hello.kind, hello.stream, hello.sequence, hello.payload + b"\xff"))
    assert isinstance(read, Hello)
    assert read.model == "fake\N{REPLACEMENT CHARACTER}"


def test_every_unit_has_its_text() -> None:
    assert set(UNITS) == set(ChannelUnit)


@given(st.integers(0, 255), st.binary(max_size=PAYLOAD_MAX))
def test_any_payload(kind: int, payload: bytes) -> None:
    try:
        message = parse(Frame(kind, 0, 0, payload))
    except MalformedPacket:
        return
    if message is not None and "\N{REPLACEMENT CHARACTER}" not in str(message) and "nan" not in str(message):
        assert payload.startswith(message.pack())
