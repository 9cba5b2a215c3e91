from typing import cast

import pytest

from drivers.decoders.json_lines import KNOWN, MAX_LINE_BYTES, MAX_STREAMS, JsonLinesDecoder
from edged.model import NS_PER_MS, NS_PER_S, Chunk, Event, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded

T = 10 * NS_PER_S
UNKNOWN = Quality.CONTACT_UNKNOWN
FORCE = StreamInfo("force", "N", 100, ("x", "y"))
ANNOUNCED = b'{"streams": {"force": {"unit": "N", "rate_hz": 100, "channels": ["x", "y"]}}}\n'


def decode(*lines: bytes) -> Decoded:
    """Return what the last of some lines means."""
    decoder = JsonLinesDecoder()
    for line in lines[:-1]:
        assert decoder.feed(Packet("serial", line, T - NS_PER_S)).faults == ()
    return decoder.feed(Packet("serial", lines[-1] + b"\n", T))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            b'{"heart_rate": 72, "contact": true}',
            Decoded((Chunk.of(KNOWN["heart_rate"], 0, [T], [72]),)),
        ),
        (
            b'{"heart_rate": 0, "contact": false}\r',
            Decoded(
                (Chunk.of(KNOWN["heart_rate"], 0, [T], [0], Quality.NO_CONTACT | Quality.NO_READING),),
                (Event("contact_lost", T),),
            ),
        ),
        (
            b'{"rr_interval": [812.5, 820.25]}',
            Decoded((Chunk.of(KNOWN["rr_interval"], 0, [T - 820_250_000, T], [812.5, 820.25], UNKNOWN),)),
        ),
        (
            b'{"battery": 95, "temperature": 36.5, "ecg": -120}',
            Decoded(
                (
                    Chunk.of(KNOWN["battery"], 0, [T], [95]),
                    Chunk.of(KNOWN["temperature"], 0, [T], [36.5]),
                    Chunk.of(KNOWN["ecg"], 0, [T], [-120], UNKNOWN),
                )
            ),
        ),
        (b"{}", Decoded()),
        (b"   ", Decoded()),
    ],
)
def test_a_line_is_what_it_says(line: bytes, expected: Decoded) -> None:
    assert decode(line) == expected


def test_an_impossible_interval_is_flagged_and_moves_no_beat_far() -> None:
    chunk = decode(b'{"rr_interval": [1, -2, 60000, 1e308]}').chunks[0]
    minute = 60 * NS_PER_S
    assert chunk.times_ns.tolist() == [T - 2 * minute, T - 2 * minute + 1, T - minute, T]
    assert chunk.quality.tolist() == [UNKNOWN, *[UNKNOWN | Quality.ARTEFACT] * 3]


def test_an_announced_stream_is_spaced_by_its_rate() -> None:
    decoded = decode(ANNOUNCED, b'{"force": [[0.5, 9.75], [0.25, 9.5]]}')
    assert decoded == Decoded((Chunk.of(FORCE, 0, [T - 10 * NS_PER_MS, T], [[0.5, 9.75], [0.25, 9.5]]),))
    assert decode(ANNOUNCED, b'{"force": [1, 2]}') == Decoded((Chunk.of(FORCE, 0, [T], [[1, 2]]),))


def test_header_and_contact_count_for_their_whole_line() -> None:
    line = b'{"spo2": 97, "heart_rate": 60, "contact": true, "streams": {"spo2": {"unit": "%"}}}'
    assert decode(line) == Decoded(
        (
            Chunk.of(StreamInfo("spo2", "%"), 0, [T], [97]),
            Chunk.of(KNOWN["heart_rate"], 0, [T], [60]),
        )
    )


def test_contact_holds_until_the_next_word() -> None:
    decoded = decode(
        b'{"contact": false}\n', b'{"rr_interval": 800}\n{"contact": true}\n{"rr_interval": 800}'
    )
    assert [chunk.quality.tolist() for chunk in decoded.chunks] == [[Quality.NO_CONTACT], [Quality.GOOD]]
    assert decoded.events == (Event("contact_restored", T),)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"hello", "a line of 5 bytes is not JSON; print one object a line"),
        (b'{"a": "\xff"}', "is not JSON"),
        (b"[" * 4000, "is not JSON"),
        (b"[1, 2]", 'a line is not an object; write {"heart_rate": ...}'),
        (b'{"heart_rate": NaN}', "heart_rate: a number is not a finite number; leave out what is not known"),
        (b'{"heart_rate": 1e999}', "heart_rate: a number is not a finite number"),
        (b'{"heart_rate": ' + b"9" * 400 + b"}", "is not a finite number"),
        (b'{"heart_rate": true}', "heart_rate: a truth value is not a finite number"),
        (b'{"heart_rate": null}', "heart_rate: null is not a finite number"),
        (b'{"heart_rate": "72"}', "heart_rate: a text is not a finite number"),
        (b'{"heart_rate": {"value": 72}}', "is not a finite number"),
        (b'{"heart_rate": []}', "heart_rate: an empty list; leave it out"),
        (b'{"heart_rate": [[72]]}', "heart_rate: a list is not a finite number"),
        (b'{"heart_rate": [70, 71]}', "heart_rate: 2 samples in a line and no rate; send"),
        (b'{"rr_interval": [800, null]}', "rr_interval: null is not a finite number"),
        (b'{"battery": 100.5}', "battery: it is not within 0 to 100 %"),
        (b'{"contact": 1}', '"contact" is a number; write true or false'),
        (b'{"force": [1, 2, 3]}', "force: a list is not 2 finite numbers, one a channel"),
        (b'{"force": [[1, 2], 3]}', "force: a number is not 2 finite numbers"),
        (b'{"force": 1}', "force: a list is not 2 finite numbers"),
        (b'{"hum": 40}', '"hum" is not known; send {"streams": {"hum": {"unit": "..."}}} first'),
        (b'{"\\ud800": 1}', r'"\ud800" is not known'),
        (b'{"streams": 1}', '"streams" is not an object'),
        (b'{"streams": {"Force": {"unit": "N"}}}', "'Force' cannot name a stream"),
        (b'{"streams": {"contact": {"unit": "N"}}}', "'contact' cannot name a stream"),
        (b'{"streams": {"f": 5}}', "f: 5; its fields are unit, rate_hz and channels"),
        (b'{"streams": {"f": {"units": "N"}}}', 'f: {"units": "N"}; its fields are'),
        (b'{"streams": {"f": {}}}', 'f: the unit is null; it must be a unit such as "N"'),
        (b'{"streams": {"f": {"unit": "\\ud800"}}}', "f: the unit is"),
        (b'{"streams": {"ecg": {"unit": "mV"}}}', "ecg: the unit is \"mV\"; it must be 'uV'"),
        (b'{"streams": {"f": {"unit": "N", "rate_hz": -1}}}', "f: the rate_hz must be 0"),
        (b'{"streams": {"f": {"unit": "N", "rate_hz": "1"}}}', "f: the rate_hz must be 0"),
        (b'{"streams": {"f": {"unit": "N", "channels": []}}}', "f: the channels must be 1 to 64"),
        (b'{"streams": {"f": {"unit": "N", "channels": ["x", "x"]}}}', "f: the channels must be 1 to 64"),
        (b'{"streams": {"f": {"unit": "N", "channels": "xy"}}}', "f: the channels must be 1 to 64"),
        (b'{"streams": {"battery": {"channels": ["a", "b"]}}}', "battery has one channel"),
        (b'{"streams": {"force": {"unit": "N"}}}', "force was something else before; restart edged"),
        (b'{"heart_rate": "' + b"x" * MAX_LINE_BYTES, f"a line of more than {MAX_LINE_BYTES} bytes"),
    ],
)
def test_what_is_wrong_is_named_with_its_mend(line: bytes, fault: str) -> None:
    decoded = decode(ANNOUNCED, line)
    assert decoded.chunks == decoded.events == ()
    assert len(decoded.faults) == 1
    assert fault in decoded.faults[0]
    assert decoded.faults[0].isprintable()


def test_the_rest_of_a_line_stands() -> None:
    decoded = decode(b'{"heart_rate": "?", "streams": {"f": 1, "g": {"unit": "g"}}, "g": 1, "contact": 0}')
    assert [chunk.info.quantity for chunk in decoded.chunks] == ["g"]
    assert len(decoded.faults) == 3


def test_an_unknown_quantity_or_channel_is_a_fault_once() -> None:
    decoder = JsonLinesDecoder()
    for packet in (Packet("serial", b'{"hum": 1}\n'), Packet("2a37", b"\x00\x48")):
        assert [len(decoder.feed(packet).faults) for _ in range(3)] == [1, 0, 0]


def test_a_line_may_be_nested_deeper_than_can_be_shown() -> None:
    decoder = JsonLinesDecoder()
    for depth in range(1, 1100):
        line = b'{"heart_rate": ' + b"[" * depth + b"]" * depth + b"}\n"
        assert len(decoder.feed(Packet("serial", line)).faults) == 1


def test_streams_are_limited_in_number() -> None:
    decoder = JsonLinesDecoder()
    for number in range(MAX_STREAMS):
        line = f'{{"streams": {{"s{number}": {{"unit": "1"}}}}}}\n'.encode()
        assert decoder.feed(Packet("serial", line)).faults == ()
    assert "one stream too many" in decoder.feed(Packet("serial", b'{"heart_rate": 72}\n')).faults[0]
    assert len(decoder.streams()) == MAX_STREAMS


def test_streams_are_known_once_announced_or_used() -> None:
    decoder = JsonLinesDecoder()
    assert decoder.streams() == ()
    decoder.feed(Packet("serial", ANNOUNCED + b'{"heart_rate": 72}\n'))
    assert decoder.streams() == (FORCE, KNOWN["heart_rate"])


def test_a_new_connection_forgets_the_cut_line_and_keeps_the_rest() -> None:
    decoder = JsonLinesDecoder()
    decoder.feed(Packet("serial", ANNOUNCED + b'{"force": [1, 2]}\n{"force": [9', T))
    assert decoder.start() == []
    decoded = decoder.feed(Packet("serial", b'{"force": [3, 4]}\n', T + NS_PER_S))
    assert decoded == Decoded((Chunk.of(FORCE, 1, [T + NS_PER_S], [[3, 4]]),))


def test_a_new_connection_ends_a_line_too_long() -> None:
    decoder = JsonLinesDecoder()
    assert len(decoder.feed(Packet("serial", b"x" * 5000)).faults) == 1
    decoder.start()
    assert len(decoder.feed(Packet("serial", b'{"heart_rate": 72}\n')).chunks) == 1


@pytest.mark.parametrize("block", [1, 2, 3, 7, 4096])
def test_a_line_too_long_costs_itself_only(block: int) -> None:
    text = b'{"heart_rate": 1}\n' + b"x" * 5000 + b'\n{"heart_rate": 2}\n'
    decoder = JsonLinesDecoder()
    told = [decoder.feed(Packet("serial", text[at : at + block])) for at in range(0, len(text), block)]
    values = [cast("float", chunk.values[0, 0]) for decoded in told for chunk in decoded.chunks]
    assert values == [1, 2]
    assert sum(len(decoded.faults) for decoded in told) == 1
