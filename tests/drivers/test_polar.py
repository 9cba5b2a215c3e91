"""The Polar decoder whole: heart rate first, what else there is beside it, and what a poor link does."""

import numpy as np
import pytest

from drivers.decoders.polar.decoder import PolarDecoder
from edged.errors import DriverError
from edged.model import NS_PER_MS, NS_PER_S, Chunk, Event, Packet, Quality, StreamInfo
from edged.sources.decoder import make_decoder
from tests.drivers import pmd_encoder as pmd
from tests.drivers.polar_sensor import HEART_RATE, UNSET_NS, VERITY_SENSE, Sensor

ECG = StreamInfo("ecg", "uV", 130)
ACC = StreamInfo("acceleration", "m[g]", 50, ("x", "y", "z"))
PPI = StreamInfo("pp_interval", "ms")
T = 100 * NS_PER_S
GAP = int(Quality.GAP_BEFORE)


def sensor(streams: str = "ecg,acc", **answers: bytes) -> Sensor:
    """Return an H10 that is connected, with other answers to some commands: ``c0200`` to ``02 00``."""
    made = Sensor(PolarDecoder(streams=streams))
    made.answers |= {f"{key[1:3]} {key[3:]}": answer for key, answer in answers.items()}
    made.connect()
    return made


def test_nothing_is_asked_before_the_first_heart_rate() -> None:
    h10 = sensor()
    assert h10.commands == []
    h10.send("2a19", b"\x57")
    h10.send("2a37", b"\x16")  # cut off
    assert h10.commands == []
    h10.beat()
    assert h10.commands == [
        "01 00",
        "02 00 00 01 82 00 01 01 0e 00",
        "01 02",
        "02 02 00 01 32 00 01 01 10 00 02 01 08 00",
    ]
    assert h10.events[-2:] == [
        Event("stream_started", 0, detail={"stream": "ecg", "sample_rate": 130, "resolution": 14}),
        Event(
            "stream_started",
            0,
            detail={"stream": "acceleration", "sample_rate": 50, "resolution": 16, "range": 8},
        ),
    ]


def test_features_that_come_after_the_heart_rate_are_soon_enough() -> None:
    decoder = PolarDecoder()
    decoder.start()
    assert decoder.feed(Packet("2a37", HEART_RATE, T)).commands == ()
    told = decoder.feed(Packet(pmd.CONTROL_POINT, pmd.features(0, 2), T))
    assert told.commands == (Packet(pmd.CONTROL_POINT, b"\1\0"),)


def test_each_connection_begins_with_the_heart_rate_again() -> None:
    h10 = sensor("ecg")
    h10.run(2)
    h10.connect()
    h10.commands.clear()
    h10.send("2a19", b"\x57")
    assert h10.commands == []
    h10.beat()
    assert [command[:5] for command in h10.commands] == ["01 00", "02 00"]


def test_the_heart_rate_is_the_only_thing_that_is_needed_and_the_first() -> None:
    channels = PolarDecoder(streams="ecg,acc,ppg").channels()
    assert [channel.name for channel in channels if not channel.optional] == ["2a37"]
    assert channels[0].name == "2a37"
    names = [channel.name for channel in channels]
    assert names.index(pmd.DATA) < names.index(pmd.CONTROL_POINT)
    uses = {channel.name: channel.use for channel in channels}
    assert (uses[pmd.DATA], uses[pmd.CONTROL_POINT]) == ("notify", "both")


def test_a_frame_is_a_chunk() -> None:
    told = PolarDecoder().feed(Packet(pmd.DATA, pmd.ecg(UNSET_NS, [-200, 1500, -8_388_608]), T))
    times_ns = [T - 15_384_616, T - 7_692_308, T]
    assert told.chunks == (Chunk.of(ECG, 0, times_ns, [-200, 1500, -8_388_608]),)
    assert told.faults == ()


def test_a_lost_frame_is_a_gap_and_its_numbers_are_left_out() -> None:
    h10 = sensor("ecg")
    h10.run(10, lost=lambda frame: frame in {20, 21, 30})  # the first is 4, after the heart rate
    chunks = h10.of("ecg")
    assert [chunk.seq // 26 for chunk in chunks[13:19]] == [13, 14, 15, 18, 19, 20]
    assert [chunk.seq // 26 for chunk in chunks if chunk.quality.any()] == [18, 27]
    for chunk in chunks:
        assert chunk.quality.tolist() in ([0] * 26, [GAP] + [0] * 25)
        spacing_ns = np.diff(chunk.times_ns)
        assert np.abs(spacing_ns - NS_PER_S / 130).max() < 2
    assert h10.faults == []


def test_a_last_frame_may_be_shorter() -> None:
    h10 = sensor("ecg")
    h10.run(2)
    h10.send(pmd.DATA, pmd.ecg(h10.device_ns + 3 * NS_PER_S // 130, [1, 2, 3]))
    last = h10.of("ecg")[-1]
    assert (len(last), last.seq, last.quality.tolist()) == (3, 26 * 6, [0, 0, 0])


def test_frames_that_come_twice_or_too_late_are_dropped_and_told() -> None:
    decoder = PolarDecoder()
    told = [
        decoder.feed(
            Packet(pmd.DATA, pmd.ecg(UNSET_NS + frame * NS_PER_S // 10, range(13)), T + at * NS_PER_S // 10)
        )
        for at, frame in enumerate([1, 2, 2, 3, 5, 4, 6])
    ]
    assert [[chunk.seq for chunk in decoded.chunks] for decoded in told] == [
        [0],
        [13],
        [],
        [26],
        [52],
        [],
        [65],
    ]
    assert [fault.rpartition(": ")[2] for decoded in told for fault in decoded.faults] == [
        "the frame came twice; the second is dropped",
        "the frame is older than the one before; dropped",
    ]


@pytest.mark.parametrize("set_to_ns", [841_536_000 * NS_PER_S, 0])
def test_a_clock_that_is_set_in_mid_stream(set_to_ns: int) -> None:
    h10 = sensor("ecg")
    h10.run(5)
    h10.device_ns = set_to_ns
    h10.run(5)
    chunks = h10.of("ecg")
    assert [chunk.seq for chunk in chunks] == list(range(0, 26 * 46, 26))
    assert [chunk.seq for chunk in chunks if chunk.quality.any()] == [26 * 21]
    times_ns = np.concatenate([chunk.times_ns for chunk in chunks])
    assert np.abs(np.diff(times_ns) - NS_PER_S / 130).max() < NS_PER_MS
    assert h10.faults == []


def test_acceleration_as_an_h10_sends_it_at_a_rate_of_its_own() -> None:
    h10 = sensor("acc")
    h10.run(1)
    rows = [[-187, -28, 949]] * 36
    for frame in range(1, 20):
        at_ns = round(frame * 36 / 50.92 * NS_PER_S)
        h10.now_ns = NS_PER_S + at_ns
        h10.send(pmd.DATA, pmd.frame(pmd.ACC, UNSET_NS + at_ns, 1, pmd.plain(rows, 2)))
    chunks = h10.of("acceleration")
    assert {chunk.info for chunk in chunks} == {ACC}
    assert [chunk.seq for chunk in chunks] == list(range(0, 36 * 19, 36))
    assert not any(chunk.quality.any() for chunk in chunks)
    assert chunks[-1].values.tolist() == rows
    assert np.diff(chunks[-1].times_ns) == pytest.approx(NS_PER_S / 50.92, rel=1e-4)


def verity(streams: str) -> Sensor:
    made = Sensor(PolarDecoder(streams=streams), features=(1, 2, 3, 5, 6), answers=dict(VERITY_SENSE))
    made.connect()
    made.beat()
    return made


def test_acceleration_as_a_verity_sense_sends_it() -> None:
    band = verity("acc")
    assert band.commands == ["01 02", "02 02 00 01 34 00 01 01 10 00 02 01 08 00 04 01 03"]
    assert band.events[-1].detail == {
        "stream": "acceleration",
        "sample_rate": 52,
        "wanted_sample_rate": 50,
        "resolution": 16,
        "range": 8,
        "channels": 3,
    }
    content = pmd.delta([[-48, 357, 4068], [-52, 364, 4067], [-40, 383, 4053]], 2)
    told = band.send(pmd.DATA, pmd.frame(pmd.ACC, UNSET_NS, 0x80, content))
    assert told.chunks[0].info.rate_hz == 52
    assert told.chunks[0].values[1] == pytest.approx([-12.688, 88.816, 992.348])
    assert {info.rate_hz for info in band.decoder.streams() if info.quantity == "acceleration"} == {50, 52}


@pytest.mark.parametrize(("offered", "rate_hz"), [("c800", 200), ("0000", 50), ("ffff", 50)])
def test_samples_are_spaced_by_the_rate_that_was_chosen_if_it_can_be_one(
    offered: str, rate_hz: float
) -> None:
    h10 = sensor("acc", c0102=pmd.answer(1, 2, 0, bytes.fromhex(f"0001{offered}")))
    h10.beat()
    h10.now_ns = T
    told = h10.send(pmd.DATA, pmd.frame(pmd.ACC, UNSET_NS, 1, pmd.plain([[1, 2, 3]] * 36, 2)))
    assert told.chunks[0].info.rate_hz == rate_hz
    assert np.diff(told.chunks[0].times_ns) == pytest.approx(NS_PER_S / rate_hz, abs=1)


def test_samples_whose_factor_is_not_known_are_not_told_but_asked_for_anew() -> None:
    made = Sensor(PolarDecoder(streams="acc"), features=(2,), answers=dict(VERITY_SENSE))
    made.answers["02 02"] = pmd.answer(2, 2, 6)  # it ran already
    made.connect()
    made.beat()
    made.answers["02 02"] = VERITY_SENSE["02 02"]
    made.commands.clear()
    content = pmd.frame(pmd.ACC, UNSET_NS, 0x80, pmd.plain([[0, 0, 4096]], 2))
    assert made.send(pmd.DATA, content).chunks == ()
    assert [command[:5] for command in made.commands] == ["03 02", "02 02"]
    assert made.faults[-1].endswith("the factor of its samples is not known; it is started anew")
    assert made.send(pmd.DATA, content).chunks[0].values[0, 2] == pytest.approx(999.424)


def test_pulse_to_pulse_intervals_with_what_is_against_them() -> None:
    band = verity("ppi")
    assert band.commands == ["01 03", "02 03"]
    assert band.events[-1] == Event("stream_started", 0, detail={"stream": "pp_interval"})
    band.now_ns = T
    intervals = [(0, 800, 10, 6), (0, 810, 10, 7), (0, 790, 10, 4), (0, 0, 0, 0)]
    told = band.send(pmd.DATA, pmd.pp_intervals(intervals))
    quality = [0, Quality.ARTEFACT, Quality.NO_CONTACT, Quality.ARTEFACT | Quality.CONTACT_UNKNOWN]
    times_ns = [T - 1600 * NS_PER_MS, T - 790 * NS_PER_MS, T, T + 1]
    assert told.chunks == (Chunk.of(PPI, 0, times_ns, [800, 810, 790, 0], quality),)


def test_light_of_a_verity_sense() -> None:
    band = verity("ppg")
    assert band.commands[1] == "02 01 00 01 37 00 01 01 16 00 04 01 04"
    told = band.send(
        pmd.DATA, pmd.frame(pmd.PPG, UNSET_NS, 0x80, pmd.delta([[-1, 2, -3, 4], [0, 0, 0, 0]], 3))
    )
    assert told.chunks[0].info == StreamInfo("ppg", "{count}", 55, ("ppg0", "ppg1", "ppg2", "ambient"))
    assert told.chunks[0].values.tolist() == [[-1, 2, -3, 4], [0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("channel", "hexadecimal", "fault"),
    [
        (pmd.DATA, "00 0000000000000001 00 0102", "2 bytes are no whole number of samples of 3"),
        (pmd.DATA, "00 0000000000000000 00 010203", "no time in it"),
        (pmd.DATA, "00 00", "2 bytes where a frame has at least 10"),
        (
            pmd.DATA,
            "01 0000000000000001 00 010203",
            "a measurement that was not asked for; left out from here on",
        ),
        (pmd.CONTROL_POINT, "", "neither features nor an answer"),
        (pmd.CONTROL_POINT, "aa 00", "neither features nor an answer"),
        (pmd.CONTROL_POINT, "0f", "no features in it"),
        (pmd.CONTROL_POINT, "f0 01", "2 bytes where an answer has at least 4"),
    ],
)
def test_what_no_sensor_should_send_is_a_fault(channel: str, hexadecimal: str, fault: str) -> None:
    decoder = PolarDecoder()
    decoder.start()
    told = decoder.feed(Packet(channel, bytes.fromhex(hexadecimal), T))
    assert told.faults == (f"{channel!r}: {fault}",)
    assert told.chunks == ()


def test_a_measurement_that_was_not_asked_for_is_told_once() -> None:
    decoder = PolarDecoder()
    packets = [Packet(pmd.DATA, pmd.frame(kind, UNSET_NS, 0, bytes(12)), T) for kind in (1, 1, 2, 1)]
    assert [len(decoder.feed(packet).faults) for packet in packets] == [1, 0, 1, 0]


def test_a_refusal_is_told_in_words_and_tried_again() -> None:
    h10 = sensor("ecg", c0200=pmd.answer(2, 0, 13))
    h10.run(1)
    assert h10.faults == ["ecg does not run: the device is in its charger; it is asked for again in 30 s"]
    assert h10.events[-1] == Event(
        "stream_refused",
        NS_PER_S,
        detail={"stream": "ecg", "reason": "the device is in its charger", "retry_s": 30},
    )
    assert len(h10.of("heart_rate")) == 1
    h10.answers["02 00"] = pmd.answer(2, 0)
    h10.run(31)
    assert h10.kinds() == ["stream_refused", "stream_started"]
    assert h10.of("ecg")
    assert len(h10.of("heart_rate")) == 32


def test_what_the_device_does_not_have_is_told_once() -> None:
    h10 = sensor("ppg,ecg")
    h10.run(400)
    assert h10.faults == ["ppg does not run: the device does not have it; it is not asked for again"]
    assert h10.kinds() == ["stream_refused", "stream_started"]
    assert h10.of("ecg")


def test_what_the_device_ends_by_itself_is_started_again() -> None:
    h10 = sensor("ecg")
    h10.run(5)
    h10.running.clear()
    h10.send(pmd.CONTROL_POINT, b"\1\0")
    h10.run(80)
    assert h10.kinds() == ["stream_started", "stream_refused", "stream_started"]
    gaps = [chunk for chunk in h10.of("ecg") if chunk.quality.any()]
    assert len(gaps) == 1
    assert gaps[0].seq == 26 * (35 * 5 - 5)  # the numbers of half a minute are left out


def test_no_measurements_at_all_is_told_once() -> None:
    strap = Sensor(PolarDecoder())
    strap.decoder.start()
    strap.run(100)
    assert len(strap.of("heart_rate")) == 100
    (fault,) = strap.faults
    assert fault == (
        "the device offers no measurements beside the heart rate; "
        "use the decoder heart_rate if it is no Polar sensor"
    )


def test_heart_rate_and_ecg_together_break_the_connection_and_the_heart_rate_stays() -> None:
    h10 = sensor("ecg,acc")
    for _ in range(4):
        h10.run(20)
        h10.connect()
    h10.run(20)
    assert h10.running == set()
    assert h10.kinds() == [
        *["stream_started"] * 4,
        "stream_shed",
        *["stream_started"] * 2,
        "stream_shed",
    ]
    shed = [dict(event.detail) for event in h10.events if event.kind == "stream_shed"]
    reason = "the connection broke twice within a minute of starting it"
    assert shed == [{"stream": stream, "reason": reason} for stream in ("acceleration", "ecg")]
    assert h10.faults[-1] == f"ecg is left out for the sake of the heart rate: {reason}"
    h10.run(290)
    assert h10.kinds()[-2:] == ["stream_restored", "stream_started"]
    assert h10.running == {pmd.ECG}


def test_a_link_that_loses_samples_carries_less() -> None:
    h10 = sensor("ecg,acc")
    h10.run(45, lost=lambda frame: frame % 8 in {1, 2})
    assert h10.kinds() == ["stream_started"] * 2 + ["stream_shed"]
    assert h10.commands[-1] == "03 02"
    assert h10.running == {pmd.ECG}
    assert h10.faults == [
        "acceleration is left out for the sake of the heart rate: 25% of the samples were lost in 30 s"
    ]


def test_what_was_lost_while_nothing_was_connected_does_not_count() -> None:
    h10 = sensor("ecg")
    for _ in range(3):
        h10.run(70)
        h10.now_ns += 600 * NS_PER_S
        h10.device_ns += 600 * NS_PER_S
        h10.connect()
    h10.run(70)
    assert h10.kinds() == ["stream_started"] * 4
    gaps = [chunk.seq for chunk in h10.of("ecg") if chunk.quality.any()]
    assert len(gaps) == 3


@pytest.mark.parametrize(
    ("options", "what", "mend"),
    [
        ("streams=ecg,eeg", "streams=eeg is not known", "Write one of: ecg, ppg, acc, ppi, gyro, mag."),
        ("streams=", "streams= is not known", "Write one of: ecg, ppg, acc, ppi, gyro, mag."),
        ("streams=ecg,acc, ecg", "streams=ecg,acc, ecg has one twice", "Keep the first of each."),
        ("ecg_rate=131", "ecg_rate=131 is not known", "Write one of: 130."),
        ("acc_rate=fast", "acc_rate=fast", "Write one of: 25, 26, 50, 52, 100, 104, 200, 208, 416."),
        ("acc_range=3", "acc_range=3", "Write one of: 2, 4, 8, 16."),
        ("ppg_rate=0", "ppg_rate=0", "Write one of: 28, 44, 55, 130, 135, 176."),
        ("gyro_rate=-26", "gyro_rate=-26", "Write one of: 26, 52, 104, 208, 416."),
        ("gyro_range=1", "gyro_range=1", "Write one of: 250, 500, 1000, 2000."),
        ("mag_rate=1e1", "mag_rate=1e1", "Write one of: 10, 20, 50, 100."),
        (
            "volume=11",
            "unknown option 'volume'",
            "Known: streams, ecg_rate, acc_rate, acc_range, ppg_rate, gyro_rate, gyro_range, mag_rate.",
        ),
    ],
)
def test_an_option_that_no_sensor_knows_is_refused(options: str, what: str, mend: str) -> None:
    with pytest.raises(DriverError) as refused:
        make_decoder(f"polar?{options}")
    assert refused.value.what.startswith(what)
    assert refused.value.mend == mend


def test_options_choose_streams_and_what_is_asked_for() -> None:
    decoder = make_decoder("polar?streams=acc, ecg&acc_rate=200&acc_range=2")
    quantities = [info.quantity for info in decoder.streams()]
    assert quantities.index("acceleration") < quantities.index("ecg")
    assert isinstance(decoder, PolarDecoder)
    h10 = Sensor(decoder)
    h10.connect()
    h10.beat()
    assert h10.commands[:2] == ["01 02", "02 02 00 01 c8 00 01 01 10 00 02 01 02 00"]
    assert h10.commands[2:] == ["01 00", "02 00 00 01 82 00 01 01 0e 00"]
