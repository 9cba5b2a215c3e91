"""The decoder of sensor boards, on a small board in Python and byte by byte."""

from dataclasses import replace
from itertools import pairwise
from random import Random

import numpy as np
import pytest

from drivers.decoders.board.commands import Identify, SetRate, Start, Test, Time
from drivers.decoders.board.decoder import BoardDecoder
from drivers.decoders.board.frame import Frame
from drivers.decoders.board.vocabulary import (
    ChannelKind,
    DataStatus,
    EventKind,
    MessageType,
    ResetCause,
    Result,
)
from edged.model import NS_PER_MS, NS_PER_S, Chunk, Event, Packet, Quality, StreamInfo
from edged.sources.decoder import TimedDecoder
from tests.drivers.board.simulated_board import ECG, EDA, TEMPERATURE, UID, Board, errors_ms

ECG_INFO = StreamInfo("ecg", "uV", 500.0, ("I",))
EDA_INFO = StreamInfo("eda", "uS", 500.0, ("palm",))
SKIN_INFO = StreamInfo("temperature", "Cel", 1.0, ("skin",))
GAP = Quality.GAP_BEFORE
IDENTITY = {"model": "edged-uno", "serial": UID.hex(), "firmware": "1.2"}


def booted(board: Board | None = None, **options: str) -> Board:
    """Return a board that was connected a second ago and has just booted."""
    made = board or Board(BoardDecoder(**options))
    made.silent = True
    made.connect()
    made.run(1.1)
    made.silent = False
    made.boot()
    return made


def is_data(frame: Frame, *sequences: int, stream: int = 0) -> bool:
    return frame.kind == MessageType.DATA and frame.stream == stream and frame.sequence in sequences


def steps(chunks: list[Chunk]) -> list[int]:
    """Return how many numbers are left out before each chunk but the first."""
    return [after.seq - chunk.seq - len(chunk) for chunk, after in pairwise(chunks)]


def test_it_is_a_timed_decoder() -> None:
    assert isinstance(BoardDecoder(), TimedDecoder)


def test_literal_bytes_are_described_and_decoded() -> None:
    decoder = BoardDecoder()
    decoder.start()
    told = [
        decoder.feed(
            Packet("serial", Frame(kind, stream, 0, bytes.fromhex(payload)).pack(), 1_000_000_000 + at_ns)
        )
        for at_ns, kind, stream, payload in (
            (0, 0x01, 0xFF, "01 00 0001 1122334455667788 01 01 02 fa 07000000 00000000 0300 78"),
            (0, 0x02, 0xFF, "00 00 05 02 00000040 0000803f a0860100 12 0a 0000 726564"),
            (0, 0x02, 0xFF, "01 00 04 02 0000003f 00000000 a0860100 12 0a 0000 6972"),
            (20_000_000, 0x10, 0x00, "10270000 02 08 010000 feffff 0a0000 ffff01"),
        )
    ]
    info = StreamInfo("ppg", "nA", 100.0, ("red", "ir"))
    assert decoder.streams() == (info,)
    assert [each.faults for each in told] == [()] * 4
    assert told[3].chunks == (
        Chunk.of(
            info,
            0,
            [1_010_000_000, 1_020_000_000],
            [[3.0, -1.0], [21.0, 65535.5]],
            [0, Quality.SATURATED],
        ),
    )


def test_the_start_is_silent_until_the_board_speaks_and_then_in_order() -> None:
    board = booted()
    assert board.commands == []
    board.run(1)
    assert board.executed[0] == Start(0b11)
    assert all(isinstance(command, Time) for command in board.executed[1:])
    assert [event.kind for event in board.events] == ["board_described", "device_identified", "command_done"]
    assert board.events[1].detail == IDENTITY
    assert set(board.decoder.streams()) == {ECG_INFO, EDA_INFO, SKIN_INFO}
    assert board.faults == []


def test_what_is_silent_is_asked_after_three_seconds_then_every_half_second() -> None:
    board = Board(BoardDecoder(), silent=True)
    board.connect()
    asked = list[int]()
    for tenth in range(60):
        board.run(0.1)
        asked += [tenth] * (len(board.commands) - len(asked))
    assert asked == [29, 34, 39, 44, 49, 54, 59]
    assert len({command.sequence for command in board.commands}) == 7, "each is to be executed"
    assert {command.kind for command in board.commands} == {MessageType.IDENTIFY}


def test_a_line_that_is_dead_is_not_asked_for_ever_and_asked_again_when_it_stirs() -> None:
    board = Board(BoardDecoder(), silent=True)
    board.connect()
    board.run(60)
    assert len(board.commands) == 20
    board.line_noise(b"\0")
    board.run(2)
    assert 23 <= len(board.commands) <= 25


def test_a_board_that_runs_already_is_asked_at_its_first_frame() -> None:
    board = Board(BoardDecoder())
    board.connect()
    board.run(1.5)
    assert board.executed[:2] == [Identify(), Start(0b11)]
    assert board.of("ecg")


def test_a_description_with_a_hole_is_asked_for_again() -> None:
    board = Board(BoardDecoder())
    lost = [1]
    board.loses = lambda frame: frame.kind == MessageType.CHANNEL and bool(lost) and bool(lost.pop())
    booted(board)
    board.run(1)
    assert board.executed[:2] == [Identify(), Start(0b11)]
    assert len(board.kinds("board_described")) == 1


def test_rates_are_set_before_the_start_and_taken_from_the_descriptors() -> None:
    board = booted(streams="0", rate="0:250", test="1")
    board.run(2)
    assert board.executed[:5] == [Test(1), SetRate(0, 250_000), Identify(), board.executed[3], Start(1)]
    done = [event.detail for event in board.kinds("command_done")]
    assert {"command": "set_rate", "stream": 0, "wanted_hz": 250.0, "rate_hz": 250.0} in done
    assert {chunk.info.rate_hz for chunk in board.of("ecg")} == {250.0}
    assert board.of("temperature") == []
    assert board.kinds("test_pattern_on")[0].detail == {"streams": ["ecg", "eda"]}
    assert {int(q) for chunk in board.of("ecg") for q in chunk.quality} == {Quality.HELD}


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_command_is_sent_again_and_executed_once(lost: int) -> None:
    board = Board(BoardDecoder())
    starts: list[int] = []

    def ignores(frame: Frame) -> bool:
        starts.extend([frame.sequence] * (frame.kind == MessageType.START))
        return frame.kind == MessageType.START and len(starts) <= lost

    board.ignores = ignores
    booted(board)
    board.run(2)
    assert starts == [starts[0]] * (lost + 1)
    assert board.executed.count(Start(3)) == 1
    assert board.faults == []


@pytest.mark.parametrize("lost", [1, 2])
def test_a_lost_answer_is_given_again_and_nothing_done_twice(lost: int) -> None:
    board = Board(BoardDecoder())
    acks: list[int] = []

    def loses(frame: Frame) -> bool:
        is_start = frame.kind == MessageType.ACK and frame.payload[2] == MessageType.START
        acks.extend([frame.sequence] * is_start)
        return is_start and len(acks) <= lost

    board.loses = loses
    booted(board)
    board.run(2)
    assert len(acks) == lost + 1
    assert board.executed.count(Start(3)) == 1
    assert [event.detail for event in board.kinds("command_done")] == [{"command": "start"}]


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (Result.UNKNOWN, "it does not know this command"),
        (Result.BAD_ARGUMENT, "bad argument"),
        (Result.BUSY, "busy"),
        (Result.HARDWARE, "its hardware fails"),
    ],
)
def test_a_start_that_is_refused_is_told_and_tried_again_later(result: Result, reason: str) -> None:
    board = Board(BoardDecoder(), results={MessageType.START: result})
    booted(board)
    board.run(3)
    assert board.kinds("command_refused")[0].detail == {"command": "start", "reason": reason}
    assert board.faults == [f"the board does not do START: {reason}"]
    board.results.clear()
    board.run(3)
    assert board.of("ecg")


def test_a_command_that_is_never_answered_is_given_up() -> None:
    board = Board(BoardDecoder(rate="0:100"))
    board.ignores = lambda frame: frame.kind == MessageType.SET_RATE
    booted(board)
    board.run(2)
    assert [command.kind for command in board.commands].count(MessageType.SET_RATE) == 3
    assert board.faults == ["the board does not do SET_RATE: no answer to 3 tries"]
    assert board.of("ecg"), "the rest goes on"


def test_a_stream_that_the_board_has_not_is_told() -> None:
    board = booted(streams="1,5")
    board.run(1)
    assert board.faults == ["the board has no stream 5: it has 2, numbered from 0"]
    assert Start(0b10) in board.executed


def test_lost_frames_are_gaps_at_exactly_their_places() -> None:
    board = Board(BoardDecoder())
    board.loses = lambda frame: is_data(frame, 10, 20, 21, 50)
    booted(board)
    board.run(5)
    for quantity in ("ecg", "eda"):
        chunks = board.of(quantity)
        gaps = {
            chunk.seq // 20: step // 20 for chunk, step in zip(chunks[1:], steps(chunks), strict=True) if step
        }
        assert gaps == {11: 1, 22: 2, 51: 1}
        flagged = [chunk.seq // 20 for chunk in chunks if chunk.quality.any()]
        assert flagged == [11, 22, 51]
        assert all(chunk.quality.tolist()[1:] == [0] * 19 for chunk in chunks)
    assert np.abs(errors_ms(board, 0, board.of("ecg"), 20)).max() < 1
    assert board.faults == []


@pytest.mark.parametrize("ppm", [500.0, -500.0])
def test_sample_times_are_within_a_millisecond_after_a_minute(ppm: float) -> None:
    random = Random(1)
    board = Board(
        BoardDecoder(),
        ppm=ppm,
        counter_us=(1 << 32) - 40_000_000,
        inwards=lambda: 300_000 + round(min(random.expovariate(1 / 2), 30) * NS_PER_MS),
        outwards=lambda: 300_000 + round(min(random.expovariate(1 / 2), 30) * NS_PER_MS),
    )
    booted(board)
    board.run(75)
    chunks = board.of("ecg")
    assert steps(chunks) == [0] * (len(chunks) - 1), "the counter rolled over meanwhile"
    assert np.abs(errors_ms(board, 0, chunks[-12 * 25 :], 20)).max() < 1
    spacing_ns = np.diff(np.concatenate([chunk.times_ns for chunk in chunks[25:]]))
    assert np.abs(spacing_ns / 2e6 - 1).max() < 0.03


def test_time_is_asked_each_second_at_first_and_every_ten_later() -> None:
    board = booted()
    board.run(60)
    first = sum(isinstance(command, Time) for command in board.executed)
    board.run(100)
    then = sum(isinstance(command, Time) for command in board.executed) - first
    assert 58 <= first <= 60
    assert 10 <= then <= 12


def test_a_board_that_tells_no_time_is_stamped_by_receipt() -> None:
    board = Board(BoardDecoder(), results={MessageType.TIME: Result.UNKNOWN})
    booted(board)
    board.run(10)
    assert [command.kind for command in board.commands].count(MessageType.TIME) == 1
    assert len(board.faults) == 1
    assert np.abs(errors_ms(board, 0, board.of("ecg"), 20)).max() < 5


def test_when_it_is_woken_changes_no_sample() -> None:
    board = booted(Board(BoardDecoder(), ppm=200))
    board.run(20)
    for wakes in (0, 1, 7):
        decoder, chunks = BoardDecoder(), list[Chunk]()
        decoder.start()
        for number, packet in enumerate(board.trace):
            for wake in range(wakes):
                decoder.wake(packet.mono_ns + (number + wake) * NS_PER_S % (3 * NS_PER_S) - NS_PER_S)
            chunks += decoder.feed(packet).chunks
        assert chunks == board.chunks


def test_a_recording_that_counts_time_from_elsewhere_gives_the_same_samples() -> None:
    board = booted(Board(BoardDecoder(), ppm=200))
    board.run(20)
    shift_ns = 987_654_321
    decoder, chunks = BoardDecoder(), list[Chunk]()
    for packet in board.trace:
        chunks += decoder.feed(replace(packet, mono_ns=packet.mono_ns - shift_ns)).chunks
    assert [replace(chunk, times_ns=chunk.times_ns + shift_ns) for chunk in chunks] == board.chunks


def test_a_reset_in_mid_stream_is_told_with_its_cause_and_set_up_again() -> None:
    board = booted()
    board.run(3)
    before = board.of("ecg")
    board.counter_us -= 4_000_000
    board.boot(boot_id=8, reset_cause=ResetCause.WATCHDOG)
    board.run(3)
    (reset,) = board.kinds("board_reset")
    assert reset.detail == {"cause": "watchdog", "boot_id": 8}
    after = board.of("ecg")[len(before) :]
    assert after[0].quality.tolist() == [GAP] + [0] * 19
    assert after[0].seq == before[-1].seq + 20
    assert after[0].times_ns[0] > before[-1].times_ns[-1]
    assert not any(chunk.quality.any() for chunk in after[1:])
    assert board.executed.count(Start(3)) == 2
    assert len(board.kinds("device_identified")) == 1
    assert abs(int(after[0].times_ns[0]) - board.truth[(0, 0)]) < 5 * NS_PER_MS
    assert board.faults == []


def test_a_reset_whose_hello_is_lost_is_found_out() -> None:
    board = booted()
    board.run(3)
    board.counter_us -= 4_000_000
    board.loses = lambda frame: frame.kind in {MessageType.HELLO, MessageType.CHANNEL}
    board.boot(boot_id=8)
    board.run(0.1)
    board.loses = lambda _frame: False
    for stream in board.streams:
        stream.running, stream.next_ns = False, 0
    board.run_streams(3, on=True)  # as if somebody else had started it
    board.run(3)
    assert len(board.kinds("board_reset")) == 1
    assert board.of("ecg")[-1].times_ns[-1] > 6 * NS_PER_S


def test_another_board_is_told() -> None:
    board = booted()
    board.run(2)
    board.connect()
    board.boot(uid=b"another!", boot_id=9)
    board.run(1)
    (changed,) = board.kinds("board_changed")
    assert changed.detail == {**IDENTITY, "serial": b"another!".hex(), "serial_before": UID.hex()}
    assert board.kinds("board_reset") == []
    assert board.kinds("device_identified")[-1].detail == {**IDENTITY, "serial": b"another!".hex()}


def test_a_connection_that_breaks_goes_on_where_it_was() -> None:
    board = booted()
    board.run(3)
    before = board.of("ecg")
    board.silent = True
    board.run(2)
    board.silent = False
    board.connect()
    board.run(2)
    after = board.of("ecg")[len(before) :]
    assert (after[0].seq - before[-1].seq) % 20 == 0
    assert after[0].quality[0] == GAP
    missing = after[0].seq - before[-1].seq - 20
    gap_s = (int(after[0].times_ns[0]) - int(before[-1].times_ns[-1])) / NS_PER_S
    assert missing == round(500 * gap_s) - 1
    assert board.kinds("board_reset") == []


def test_leads_that_come_off() -> None:
    board = booted()
    board.run(1)
    board.streams[0].status = DataStatus.LEAD_OFF_NEGATIVE
    board.event(EventKind.LEAD, 0, DataStatus.LEAD_OFF_NEGATIVE)
    board.run(0.2)
    board.streams[0].status = 0
    board.run(0.2)
    assert {int(q) for chunk in board.of("ecg") for q in chunk.quality} == {0, Quality.NO_CONTACT}
    assert {int(q) for chunk in board.of("eda") for q in chunk.quality} == {0}, "it has no such detection"
    (lost,), (restored,) = board.kinds("contact_lost"), board.kinds("contact_restored")
    assert lost.detail == {"streams": ["ecg"], "leads": ["negative"]}
    assert restored.detail == {"streams": ["ecg"]}
    first = next(chunk for chunk in board.of("ecg") if chunk.quality.any())
    assert lost.mono_ns == first.times_ns[0]
    (off,) = board.kinds("lead_off")
    assert off.detail == {"channel": "I", "leads": ["negative"]}
    assert abs(off.mono_ns - lost.mono_ns) < 50 * NS_PER_MS


def test_a_sensor_that_does_not_answer() -> None:
    board = booted()
    board.run(1)
    board.streams[1].status = DataStatus.BUS_FAULT
    board.run(2)
    board.streams[1].status = 0
    board.run(2)
    qualities = [int(chunk.quality[0]) for chunk in board.of("temperature")]
    assert set(qualities) == {0, Quality.NO_READING}
    assert [event.detail for event in board.kinds("sensor_fault")] == [{"streams": ["temperature"]}]
    assert len(board.kinds("sensor_restored")) == 1


def test_saturation_is_marked_where_it_shows_and_else_everywhere() -> None:
    board = Board(BoardDecoder())
    board.channels = (replace(ECG, adc_bits=10), replace(EDA, adc_bits=10), TEMPERATURE)
    booted(board)
    board.run(0.5)
    board.streams[0].status = DataStatus.SATURATED
    board.streams[0].sample = 512 + 500  # the ramp of the ECG reaches 511 at 1023, and falls to -512
    board.run(0.05)
    board.streams[0].sample = 100
    board.run(0.05)
    at_end, elsewhere = (chunk for chunk in board.of("ecg") if (chunk.quality & Quality.SATURATED).any())
    assert at_end.values[(at_end.quality & Quality.SATURATED) > 0, 0].tolist() == [255.5, -256.0]
    assert (elsewhere.quality & Quality.SATURATED).all()


def test_an_overrun_of_the_board_is_a_gap() -> None:
    board = booted()
    board.run(1)
    board.streams[0].status = DataStatus.OVERRUN
    board.run(0.1)
    flagged = [chunk for chunk in board.of("ecg") if chunk.quality.any()]
    assert [chunk.quality.tolist() for chunk in flagged] == [[GAP] + [0] * 19]


def test_events_of_the_board() -> None:
    board = booted()
    board.run(1)
    at_ns = board.now_ns
    board.event(EventKind.BUTTON, 2, 1)
    board.event(EventKind.BUTTON, 2, 0)
    board.event(77, 1, 2)
    board.run(0.1)
    told = board.events[-3:]
    assert [(event.kind, dict(event.detail)) for event in told] == [
        ("button_pressed", {"button": 2}),
        ("button_released", {"button": 2}),
        ("board_event", {"kind": 77, "source": 1, "value": 2}),
    ]
    assert all(abs(event.mono_ns - at_ns) < 3 * NS_PER_MS for event in told)


def test_counters_that_grow_are_told_no_oftener_than_every_ten_seconds() -> None:
    board = booted()
    board.grow(late_samples=65_530)
    board.run(1)
    assert board.kinds("board_errors") == [], "of before nobody can tell since when"
    board.grow(transmit_drops=2, late_samples=10)
    board.run(1)
    for _ in range(8):
        board.grow(damaged_frames=1)
        board.run(1)
    assert [event.detail for event in board.kinds("board_errors")] == [
        {"transmit_drops": 2, "late_samples": 10, "free_ram": 500, "longest_loop_ms": 0.9}
    ]
    board.run(3)
    assert board.kinds("board_errors")[-1].detail["damaged_frames"] == 8
    assert board.faults[0] == (
        "the board counts errors: 2 frames for which the line was too slow "
        "(a higher baud rate, or lower rates); 10 samples it was too late to take (lower its rates)"
    )


def test_bytes_that_never_make_a_frame_move_the_line_to_the_next_rate() -> None:
    board = Board(BoardDecoder(), silent=True)
    board.connect()
    for _ in range(30):
        board.line_noise(b"\xfe\xe0\x9c\x00")
        board.run(0.1)
    assert board.line == [b"next baud"]
    (fault,) = board.faults
    assert fault == (
        "80 bytes came and no frame of a board for 2 s: the baud rate is another one, or the device; "
        "the next rate is tried"
    )
    board.silent = False
    board.boot()
    board.run(1)
    assert board.of("ecg")
    assert board.line == [b"next baud"]


def test_a_line_that_was_cut_off_and_then_silent_is_at_the_right_rate() -> None:
    board = booted()
    board.run(1)
    board.silent = True
    board.line_noise(b"\x40" + bytes(range(1, 40)))  # reset in mid-frame
    board.run(3)
    board.line_noise(b"\0")
    board.run(3)
    assert board.line == []


def test_a_damaged_frame_is_told_but_not_what_was_there_before_the_connection() -> None:
    board = Board(BoardDecoder())
    board.line_noise(b"\x12\x34\0")
    booted(board)
    board.run(1)
    assert board.faults == []
    board.line_noise(b"\x02\x34\x01\0")
    board.run(0.1)
    (fault,) = board.faults
    assert fault.startswith("a frame of 3 bytes was damaged on the line and is lost: ")


def test_another_version_of_the_protocol_is_not_guessed_at() -> None:
    board = Board(BoardDecoder(), hello=replace(Board(BoardDecoder()).hello, major=2))
    booted(board)
    board.run(3)
    assert board.chunks == []
    (fault,) = board.faults
    assert fault == (
        "the board speaks version 2 of the protocol, not 1; update edged, or the firmware of the board "
        "(`edged board flash`)"
    )


def test_two_streams_of_a_quantity_are_numbered_and_odd_labels_made_good() -> None:
    board = Board(BoardDecoder())
    board.channels = (
        replace(ECG, kind=99, unit=99, label="a\x07"),
        replace(EDA, kind=ChannelKind.OTHER, label=""),
        replace(TEMPERATURE, kind=ChannelKind.OTHER, label="b"),
    )
    booted(board)
    board.run(0.1)
    assert [(info.quantity, info.unit, info.channels) for info in board.decoder.streams()] == [
        ("signal", "{unit 99},uS", ("a\N{REPLACEMENT CHARACTER}", "channel_1")),
        ("signal_2", "Cel", ("b",)),
    ]


def test_a_format_that_is_not_known_costs_its_stream_only() -> None:
    board = Board(BoardDecoder())
    board.channels = (replace(ECG, format=9), EDA, TEMPERATURE)
    booted(board)
    board.run(2)
    assert board.of("ecg") == []
    assert board.of("temperature")
    assert board.faults[0].startswith("channel 0 (I): sample format 9 is not known")


def test_numbers_that_are_none_are_flagged() -> None:
    board = Board(BoardDecoder())
    board.channels = (replace(ECG, scale=float("nan")), EDA, TEMPERATURE)
    booted(board)
    board.run(0.2)
    assert {int(q) for chunk in board.of("ecg") for q in chunk.quality} == {Quality.HELD}
    assert {int(q) for chunk in board.of("eda") for q in chunk.quality} == {0}


def test_its_light_blinks_when_that_is_wanted() -> None:
    board = booted(streams="none", blink="1")
    board.run(8)
    assert 3 <= sum(isinstance(command, Identify) for command in board.executed) <= 5
    assert not any(isinstance(command, Start) for command in board.executed)


def test_it_shows_itself_for_ten_seconds_and_samples_go_on() -> None:
    decoder = BoardDecoder()
    board = Board(decoder)
    assert not decoder.show(0), "nobody is known yet"
    booted(board)
    board.run(2)
    before = len(board.executed)
    assert decoder.show(board.now_ns)
    board.run(30)
    blinks = [command for command in board.executed[before:] if isinstance(command, Identify)]
    assert 3 <= len(blinks) <= 5
    seconds = sum(len(chunk) for chunk in board.of("ecg")) / 500
    assert seconds > 30
    assert board.kinds("board_described") == board.kinds("board_described")[:1]


def test_another_channel_is_left_out() -> None:
    told = BoardDecoder().feed(Packet("2a37", b"\0", NS_PER_S))
    assert told.faults == ("channel '2a37' is not 'serial'; left out from here on",)
    assert told.events == ()


def test_an_event_has_its_time_before_the_clock_is_known() -> None:
    board = booted()
    board.event(EventKind.BUTTON, 0, 1)
    board.run(0.5)
    assert board.kinds("button_pressed") == [
        Event("button_pressed", board.kinds("button_pressed")[0].mono_ns, detail={"button": 0})
    ]
