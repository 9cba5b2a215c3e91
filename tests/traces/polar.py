"""What Polar sensors send, for the made traces: (seconds, channel, bytes), in order of receipt."""

from collections.abc import Iterator

from tests.drivers import pmd_encoder as pmd

Told = list[tuple[float, str, bytes]]

H10_2019_NS = 599_616_000 * 10**9
VERITY_2017_NS = 536_493_600 * 10**9
SET_NS = 820_454_400 * 10**9


def h10_ecg_acc() -> Told:
    """Write ECG and acceleration of an H10, at 130.1 and 50.92 Hz: a frame is lost, and one comes twice."""
    told = [
        (0.0, pmd.CONTROL_POINT, pmd.features(pmd.ECG, pmd.ACC)),
        *_beats(7),
        (0.3, pmd.CONTROL_POINT, bytes.fromhex("f00100000000018200 01010e00")),
        (0.4, pmd.CONTROL_POINT, bytes.fromhex("f00200000000")),
        (0.5, pmd.CONTROL_POINT, bytes.fromhex("f0010200000004190032006400c80001011000 0203020004000800")),
        (0.6, pmd.CONTROL_POINT, bytes.fromhex("f00202000001")),
    ]
    for frame in range(10):
        last = 73 * frame + 72
        ends_s = 0.5 + last / 130.1
        data = pmd.ecg(H10_2019_NS + _ticks_ns(ends_s), [_wave(n) for n in range(last - 72, last + 1)])
        if frame != 4:
            told.append((ends_s + _delay_s(frame), pmd.DATA, data))
        if frame == 6:
            told.append((ends_s + _delay_s(frame) + 0.02, pmd.DATA, data))
    for frame in range(7):
        last = 36 * frame + 35
        ends_s = 0.7 + last / 50.92
        rows = [[n % 40 - 187, 3 * (n % 7) - 28, 949 + n % 5] for n in range(last - 35, last + 1)]
        data = pmd.frame(pmd.ACC, H10_2019_NS + _ticks_ns(ends_s), 1, pmd.plain(rows, 2))
        told.append((ends_s + _delay_s(frame + 3), pmd.DATA, data))
    return sorted(told, key=lambda each: each[0])


def h10_refused() -> Told:
    """Write an H10 that refuses, ends what it had started, is cut off in mid-frame, and says odd things."""
    told = [
        *_beats(75),
        (0.3, pmd.CONTROL_POINT, pmd.features(pmd.ECG, pmd.ACC)),
        (0.4, pmd.CONTROL_POINT, bytes.fromhex("f001000000 00")),  # settings that are cut off are none
        (0.5, pmd.CONTROL_POINT, pmd.answer(2, pmd.ECG, 12)),
        (31.3, pmd.CONTROL_POINT, bytes.fromhex("f001000001 00018200")),  # in two pieces
        (31.4, pmd.CONTROL_POINT, bytes.fromhex("f001000000 01010e00")),
        (31.5, pmd.CONTROL_POINT, pmd.answer(2, pmd.ECG)),
        (32.0, pmd.DATA, pmd.ecg(H10_2019_NS + 32 * 10**9, [11_000, 8_000, -1])),
        (32.1, pmd.DATA, pmd.ecg(H10_2019_NS + 33 * 10**9, [1, 2])[:-1]),
        (32.2, pmd.DATA, pmd.frame(pmd.ECG, H10_2019_NS + 34 * 10**9, 0x80, bytes(3))),
        (32.3, pmd.DATA, pmd.frame(pmd.ACC, H10_2019_NS + 35 * 10**9, 1, bytes(6))),
        (33.0, pmd.CONTROL_POINT, b"\1\0"),  # ended by the device
        (33.1, pmd.CONTROL_POINT, b"\xf0"),
        (33.2, pmd.CONTROL_POINT, b""),
    ]
    return sorted(told, key=lambda each: each[0])


def verity_sense() -> Told:
    """Write light, acceleration and intervals of a Verity Sense, whose clock is set in mid-stream."""
    intervals = [(0, 803, 9, 6), (0, 811, 12, 6), (0, 640, 200, 7), (0, 799, 9, 2)]
    told = [
        (0.0, pmd.CONTROL_POINT, pmd.features(pmd.PPG, pmd.ACC, pmd.PPI, pmd.GYRO, pmd.MAG)),
        *_beats(7),
        (0.3, pmd.CONTROL_POINT, bytes.fromhex("f00101000000013700 01011600 040104")),
        (0.4, pmd.CONTROL_POINT, bytes.fromhex("f002010000")),
        (0.5, pmd.CONTROL_POINT, bytes.fromhex("f00102000000013400 01011000 02010800 040103")),
        (0.6, pmd.CONTROL_POINT, bytes.fromhex("f002020000 0501 40da7f39")),
        (0.7, pmd.CONTROL_POINT, bytes.fromhex("f001030000")),
        (0.8, pmd.CONTROL_POINT, bytes.fromhex("f002030000")),
        (
            6.1,
            pmd.DATA,
            pmd.pp_intervals(intervals),
        ),
    ]
    sizes = [40, 44, 38, 40, 41, 40]
    for frame, size in enumerate(sizes):
        first = sum(sizes[:frame])
        ends_s = 0.9 + (first + size - 1) / 55.2
        clock_ns = VERITY_2017_NS if ends_s < 3 else SET_NS
        taken = range(first, first + size)
        rows = [[_wave(n) - 170_421, _wave(n + 1), 3 * _wave(n), -n] for n in taken]
        data = pmd.frame(pmd.PPG, clock_ns + _ticks_ns(ends_s), 0x80, pmd.delta(rows, 3))
        told.append((ends_s + _delay_s(frame), pmd.DATA, data))
    for frame in range(4):
        last = 60 * frame + 59
        ends_s = 1.0 + last / 52.4
        clock_ns = VERITY_2017_NS if ends_s < 3 else SET_NS
        rows = [[n % 9 - 48, 357 + n % 4, 4068 - n % 30] for n in range(last - 59, last + 1)]
        data = pmd.frame(pmd.ACC, clock_ns + _ticks_ns(ends_s), 0x80, pmd.delta(rows, 2))
        told.append((ends_s + _delay_s(frame), pmd.DATA, data))
    return sorted(told, key=lambda each: each[0])


def _beats(seconds: int) -> Iterator[tuple[float, str, bytes]]:
    for second in range(seconds):
        yield 0.2 + second, "2a37", bytes.fromhex("10 48 55 03")


def _ticks_ns(seconds: float) -> int:
    """Return a time as a sensor counts it, in ticks of 1/32768 s."""
    return int(seconds * 32768) * 10**9 // 32768


def _delay_s(frame: int) -> float:
    """Return how late a frame is received: some connection intervals."""
    return 0.005 + 0.015 * (frame * 7 % 4)


def _wave(n: int) -> int:
    """Return something like a heartbeat, in whole microvolts."""
    phase = n % 104
    return 900 - 150 * abs(phase - 50) if abs(phase - 50) < 6 else 40 - phase % 16
