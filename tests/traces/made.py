"""Makes the traces that come from no device: from the simulation, or byte by byte.

The test compares them with the committed ones, so that a seed is held to give the same bytes on every
machine and version of Python.
"""

import asyncio
import struct
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from edged.clock import ManualClock
from edged.model import NS_PER_MS, NS_PER_S, Packet
from edged.sim.pmd import CONTROL_POINT
from edged.sources.link import LinkContext, open_link
from edged.sources.recording import RecordingLink
from edged.trace import TraceWriter
from tests.traces import board, instruments, polar, wired

NEW_YEAR_UTC_NS: Final = 1_767_225_600 * NS_PER_S


def simulated(
    path: Path, url: str, seconds: int, decoder: str = "heart_rate", commands: tuple[str, ...] = ()
) -> None:
    """Record a simulated device, told what to do once it is connected."""

    async def record() -> None:
        clock = ManualClock(mono_ns=NS_PER_S, utc_ns=NEW_YEAR_UTC_NS, boot="simulated")
        with TraceWriter(path, clock=clock, decoder=decoder, link=url) as writer:
            link = RecordingLink(open_link(url, LinkContext(clock, _no_wait)), writer)
            task = asyncio.create_task(link.run(lambda _: None))
            await clock.advance(1)
            for command in commands:
                await link.send(Packet(CONTROL_POINT, bytes.fromhex(command)))
                await clock.advance(0.1)
            await clock.advance(seconds - 1 - 0.1 * len(commands))
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(record())


def resting_strap(path: Path) -> None:
    """Record a minute at rest."""
    simulated(path, "sim:resting?seed=1&battery=87", 61)


def ectopic_exercise_contact_lost(path: Path) -> None:
    """Record exercise, with premature beats and ten seconds without contact."""
    spells = "contact_lost_after=20&contact_lost_for=10&silent_after=40&silent_for=6"
    simulated(path, f"sim:exercise?seed=3&ectopic=0.05&energy=1&{spells}", 60)


def odd_packets(path: Path) -> None:
    """Write every combination of flags, and what no strap should send."""
    told: list[tuple[float, str, str]] = [(t, "2a37", _with_flags(t).hex()) for t in range(32)]
    told += [
        (32, "2a37", "e0 48"),  # reserved bits
        (33, "2a37", "f6 48 00 04"),
        (34, "2a37", "00 48 01 02 03"),  # more than the flags announce
        (35, "2a37", ""),
        (36, "2a37", "00"),
        (37, "2a37", "01 48"),
        (38, "2a37", "08 48 01"),
        (39, "2a37", "10 48"),  # intervals announced, none there
        (40, "2a37", "10 48 00"),
        (41, "2a37", "10 48 00 04 00 04 7f"),
        (42, "2a37", "16 00"),
        (43, "2a37", "16 48 00 00"),
        (44, "2a37", "16 48 ff ff 00 04"),
        (45, "2a37", "16 48 00 04"),
        (45, "2a37", "16 48 00 04"),  # the same again, in the same instant
        (45.2, "2a37", "16 48 00 04 00 04 00 04"),  # more than fits into the time since
        (46, "2a37", "1f 2c 01 ff ff 00 02"),
        (47, "2a19", "64"),
        (48, "2a19", "65"),
        (49, "2a19", ""),
        (50, "2a38", "01"),
        (51, "2a38", "01"),
        (52, "2a38", "05"),
        (53, "2a38", "07"),
        (54, "2a38", ""),
        (55, "2a29", "41 42"),
        (56, "2a29", "41 42"),
        (68, "2a37", "16 48 00 04"),  # after twelve seconds of silence
    ]
    _written(path, "heart_rate", [(t, channel, bytes.fromhex(data)) for t, channel, data in told])


def json_lines_sketch(path: Path) -> None:
    """Write what a sketch prints, in pieces as a serial line delivers them."""
    text = (
        b'd": 3}\n'  # the connection began in mid-line
        b'{"streams": {"force": {"unit": "N", "rate_hz": 100, "channels": ["x", "y"]}}}\r\n'
        b'{"heart_rate": 72, "contact": true, "battery": 95}\n'
        b'{"rr_interval": [812.5, 820.25]}\n'
        b"\n"
        b'{"force": [[0.5, 9.75], [0.25, 9.5], [0.125, 9.25]]}\n'
        b'{"heart_rate": 0, "contact": false, "rr_interval": 0}\n'
        b'{"contact": true, "temperature": 36.5, "heart_rate": NaN}\n'
        b'{"heart_rate": "72", "battery": 101, "temperature": 36.25}\n'
        b'{"heart_rate": [70, 71]}\n'
        b'{"humidity": 40}\n'
        b'{"humidity": 41, "force": [1, 2, 3]}\n'
        b'{"streams": {"force": {"unit": "kg"}, "humidity": {"unit": "%"}}}\n'
        b'{"humidity": 42}\n'
        b"[1, 2]\n"
        b'{"heart_rate": 73, "note": "' + b"x" * 4096 + b'"}\n'
        b'{"heart_rate": 74}\n'
        b'{"heart_rate": 7'
    )
    cuts = range(0, len(text), 48)
    _written(path, "json_lines", [(n / 20, "serial", text[at : at + 48]) for n, at in enumerate(cuts)])


def oximeter_on_a_finger(path: Path) -> None:
    """Write an oximeter that is put on, slips, is taken off, and what none should send."""
    told = [
        (0, "2a60", "63 00 e0 ff ff ff 00"),
        (0, "2a29", "4e 6f 6e 69 6e 00"),
        (0, "2a19", "57"),
        (1, "2a5f", "0c ff 07 ff 07 20 20 00 08 00"),  # nobody's finger yet
        (2, "2a5f", "0c ff 07 ff 07 20 00 00 02 00"),  # analysing
        (3, "2a5f", "0c 61 00 48 00 60 00 00 00 00"),
        (4, "2a5f", "1f cf f3 48 00 60 00 4b 00 62 00 46 00 a0 01 00 00 00 7b e0"),
        (5, "2a5f", "1c cf f3 48 00 a0 01 20 00 00 1e e0"),  # low perfusion
        (6, "2a5f", "0c 5a 00 78 00 20 40 44 00 00"),  # moved
        (7, "2a5f", "0c 7f 00 ff 00 20 80 00 40 00"),
        (8, "2a5f", "0c fe 07 02 08 20 00 00 00 00"),
        (9, "2a5f", "00 00 08 01 08"),
        (10, "2a5f", "00 00 00 00 00"),
        (11, "2a5f", "0c ff 07 ff 07 00 20 00 80 00"),  # taken off
        (12, "2a5f", "0c 61 00 48 00 00 04 00 00 00"),  # the demonstration of a shop
        (13, "2a5e", "0f 60 00 46 00 ea 07 01 01 08 1e 00 00 01 00 00 00 7b e0"),
        (14, "2a5e", "03 5f 00 44 00 ea 07 01 01 07 1e 00 00 02"),  # from its memory
        (15, "2a5e", "11 60 00 46 00 00 00 00 00 00 00 00"),
        (16, "2a5e", "00 60 00 46"),
        (17, "2a5f", "1f cf f3 48 00 60 00 4b 00 62 00 46 00 a0 01 00 00 00 7b"),
        (18, "2a5f", ""),
        (19, "2a60", "01 00"),
    ]
    _written(path, "pulse_oximeter", [(t, channel, bytes.fromhex(data)) for t, channel, data in told])


def thermometer_in_an_ear(path: Path) -> None:
    """Write two measurements on demand, one from the memory, and what no thermometer should send."""
    told = [
        (0, "2a1d", "03"),
        (0, "2a24", "54 68 65 72 6d 6f 20 33"),
        (1, "2a1e", "00 68 01 00 ff"),
        (2, "2a1e", "00 6c 01 00 ff"),
        (3, "2a1c", "06 6e 01 00 ff ea 07 01 01 08 00 03 03"),
        (60, "2a1c", "06 4d 0e 00 fe ea 07 01 01 08 01 00 03"),
        (61, "2a1c", "06 70 01 00 ff e9 07 0c 1f 17 1e 00 06"),  # last year, in the mouth
        (70, "2a1c", "01 da 03 00 ff"),  # Fahrenheit
        (71, "2a1c", "00 ff ff 7f 00"),
        (72, "2a1c", "00 00 00 80 00"),
        (73, "2a1c", "00 01 00 80 00"),
        (74, "2a1c", "00 fe ff 7f 00"),
        (75, "2a1c", "01 02 00 80 00"),
        (76, "2a1c", "00 00 00 80 fe"),
        (77, "2a1c", "f8 6e 01 00 ff"),  # reserved bits
        (78, "2a1c", "04 6e 01 00 ff 0a"),
        (79, "2a1c", "04 6e 01 00 ff"),
        (80, "2a1c", "00 6e 01 00"),
        (81, "2a1c", "00 4c 95 ff fe"),
        (82, "2a1d", "00"),
        (83, "2a1d", ""),
    ]
    _written(path, "thermometer", [(t, channel, bytes.fromhex(data)) for t, channel, data in told])


def runner_with_a_pod(path: Path) -> None:
    """Write a walk that becomes a run, and what no pod should send."""
    told = [
        (0, "2a54", "07 00"),
        (0, "2a5d", "01"),
        (1, "2a53", "00 00 00 00"),
        (2, "2a53", "02 66 01 6e 0e 00 00 00"),
        (3, "2a53", "03 80 01 70 48 00 1c 00 00 00"),
        (4, "2a53", "07 80 03 b4 7b 00 3f 00 00 00"),
        (5, "2a53", "04 a0 03 b6"),
        (6, "2a53", "05 ff ff ff ff ff"),
        (7, "2a53", "f8 00 00 00"),
        (8, "2a53", "07 80 03 b4 7b 00 3f 00 00"),
        (9, "2a53", ""),
        (10, "2a5d", "02"),
        (11, "2a5d", "11"),
        (12, "2a54", "07"),
    ]
    _written(path, "running_speed_cadence", [(t, channel, bytes.fromhex(data)) for t, channel, data in told])


def ride_over_the_wrap(path: Path) -> None:
    """Write a ride during which everything wraps around, a stop, a sensor that begins anew, a lost radio."""
    told: list[tuple[float, str, bytes]] = [(0, "2a5c", b"\x03\x00"), (0, "2a5d", b"\x0c")]
    for second in range(22):
        moved = min(second, 15)  # seconds: four turns of the wheel, one and a half of the crank; then a stop
        wheel, crank = 0xFFFFFFE0 + 4 * moved, 0xFFF8 + 3 * moved // 2
        crank_ticks = 2 * (3 * moved // 2) * 1024 // 3
        told.append((1 + second, "2a5b", _csc(wheel, 60000 + 1024 * moved, crank, 60000 + crank_ticks)))
    told += [(23 + n, "2a5b", _csc(4 * n, 1024 * n, n, 1024 * n)) for n in range(4)]  # begun anew
    told += [(42 + n, "2a5b", _csc(80 + 4 * n, 20000 + 1024 * n, 20 + n, 20000 + 1024 * n)) for n in range(4)]
    told += [
        (46, "2a5b", _csc(92, 23072, 23, 23072)),  # repeated
        (47, "2a5b", _csc(90, 25120, 23, 23072)),  # rolled back
        (48, "2a5b", b"\x00"),
        (49, "2a5b", b"\x01\x60\x00\x00\x00\x00"),
        (50, "2a5b", b""),
    ]
    _written(path, "cycling_speed_cadence", told)


def power_of_a_sprint(path: Path) -> None:
    """Write a power meter with all its fields, one after the other, then together, and cut short."""
    told = [
        (0, "2a65", "ff 00 09 00"),
        (0, "2a5d", "05"),
        (1, "2a63", "00 00 fa 00"),
        (2, "2a63", "01 00 fa 00 64"),
        (3, "2a63", "03 00 fa 00 61"),
        (4, "2a63", "03 00 fa 00 c9"),
        (5, "2a63", "04 00 fa 00 21 00"),
        (6, "2a63", "0c 00 fa 00 ff ff"),
        (7, "2a63", "30 00 fa 00 fc ff ff ff 00 f0 ff ff 00 f8"),
        (8, "2a63", "30 00 2c 01 00 00 00 00 00 f8 00 00 00 fc"),
        (9, "2a63", "30 00 e8 03 08 00 00 00 00 00 02 00 00 00"),
        (10, "2a63", "30 00 00 00 08 00 00 00 00 00 02 00 00 00"),
        (11, "2a63", "c0 00 fa 00 2c 01 f6 ff a0 00 e0 ff"),
        (12, "2a63", "00 07 fa 00 2c 41 01 0f 00 b4 00"),
        (13, "2a63", "00 06 fa 00 69 01 ff ff"),
        (14, "2a63", "00 08 fa 00 2a 00"),
        (15, "2a63", "00 18 ec ff ff ff"),
        (16, "2a63", "00 e0 fa 00"),  # reserved bits
        (
            17,
            "2a63",
            "ff1ffa0061210078563412 0004ffff0108 2c01f6ffa000e0ff 2c4101 0f00b400 2a00",
        ),
        (18, "2a63", "ff 1f fa 00 61 21 00 78 56 34 12 00 04 ff ff 01 08"),
        (19, "2a63", "00 00 fa"),
        (20, "2a63", ""),
        (21, "2a5d", "06"),
    ]
    _written(path, "cycling_power", [(t, channel, bytes.fromhex(data)) for t, channel, data in told])


def air_of_a_hall(path: Path) -> None:
    """Write every quantity of the surroundings, and what stands for none."""
    told = [
        ("2a6e", "66 08"),
        ("2a6e", "00 80"),
        ("2a6e", "4c 95"),
        ("2a6f", "a9 13"),
        ("2a6f", "11 27"),
        ("2a6f", "ff ff"),
        ("2a6d", "12 76 0f 00"),
        ("2a6c", "9c ff ff"),
        ("2a7b", "f6"),
        ("2a7a", "28"),
        ("2a79", "80"),
        ("2a70", "f4 01"),
        ("2a71", "a0 8c"),
        ("2a72", "58 02"),
        ("2a73", "28 23"),
        ("2a74", "0f"),
        ("2a76", "0b"),
        ("2a77", "10 27"),
        ("2a78", "0c 00"),
        ("2b8c", "a4 01"),
        ("2b8c", "fe ff"),
        ("2b8c", "ff ff"),
        ("2bd0", "0c 90"),
        ("2bd5", "03 80"),
        ("2bd6", "19 80"),
        ("2bd6", "19 00"),  # an integer, from a device that does not know better
        ("2bd7", "ff 07"),
        ("2a6e", "66"),
        ("2a6d", "12 76 0f"),
        ("2a7d", "00 00"),
        ("rssi", "c4"),
        ("rssi", "7f"),
        ("2a19", "4b"),
        ("2a23", "01 02 03 fe ff 04 05 06"),
        ("2a50", "01 6b 00 05 00 34 12"),
    ]
    _written(
        path, "environment", [(t, channel, bytes.fromhex(data)) for t, (channel, data) in enumerate(told)]
    )


def h10_capture_begins(path: Path) -> None:
    """Record how an electrocardiogram and the acceleration begin."""
    commands = (
        "01 00",
        "02 00 00 01 82 00 01 01 0e 00",
        "01 02",
        "02 02 00 01 32 00 01 01 10 00 02 01 08 00",
    )
    simulated(path, "sim:resting?device=h10&seed=1", 8, "polar?streams=ecg,acc", commands)


def h10_with_faults(path: Path) -> None:
    """Record an electrocardiogram to which happens all that may."""
    faults = "drop@4+2,dup@8,swap@10,jump@12-3600,contact@15+2,garbage@19,silence@21+2"
    commands = ("01 00", "02 00 00 01 82 00 01 01 0e 00")
    simulated(path, f"sim:stress?device=h10&seed=2&faults={faults}", 26, "polar", commands)


def verity_on_an_arm(path: Path) -> None:
    """Record light, and pulse intervals, the first of which take 25 s."""
    commands = ("01 01", "02 01 00 01 37 00 01 01 16 00 04 01 04", "01 03", "02 03")
    simulated(path, "sim:recovery?device=verity&seed=3", 33, "polar?streams=ppg,ppi", commands)


def oximeter_slips_off(path: Path) -> None:
    """Record an oximeter that is off the finger for a while."""
    simulated(path, "sim:resting?device=oximeter&seed=4&faults=contact@10+5", 20, "pulse_oximeter")


def polar_h10_ecg_acc(path: Path) -> None:
    """Write ECG and acceleration of an H10 that was never set, with a frame lost and a frame told twice."""
    _written(path, "polar?streams=ecg,acc", polar.h10_ecg_acc())


def polar_h10_refused(path: Path) -> None:
    """Write an H10 that does not do as it is told."""
    _written(path, "polar", polar.h10_refused())


def polar_verity_sense(path: Path) -> None:
    """Write light, acceleration and intervals of a Verity Sense whose clock is set in mid-stream."""
    _written(path, "polar?streams=ppg,acc,ppi", polar.verity_sense())


def cyton_resets_and_loses(path: Path) -> None:
    """Write a Cyton that is reset while it streams, and loses samples."""
    _written(path, "cyton", instruments.cyton())


def bitalino_streams(path: Path) -> None:
    """Write a BITalino at 1000 Hz with damaged frames and losses."""
    _written(path, "bitalino", instruments.bitalino())


def scd30_on_a_bus(path: Path) -> None:
    """Write the answers of a CO2 sensor, and what is none."""
    _written(path, "modbus", instruments.scd30())


def dgt_board_plays(path: Path) -> None:
    """Write a game with all that hands do to a board."""
    _written(path, "dgt_board", instruments.dgt_game())


def board_session(path: Path) -> None:
    """Write a sensor board to which happens what may, while its counter rolls over."""
    clock = ManualClock(utc_ns=NEW_YEAR_UTC_NS, boot="by-hand")
    with TraceWriter(path, clock=clock, decoder="board", link="") as writer:
        for packet in board.session():
            writer.received(packet)


def gps_gets_its_fix(path: Path) -> None:
    """Write a receiver that gets its fix and loses it."""
    _written(path, "nmea", wired.gps_gets_its_fix())


def csv_sketch(path: Path) -> None:
    """Write what a board prints in columns."""
    _written(path, "csv_lines", wired.csv_sketch())


def csv_of_a_rate(path: Path) -> None:
    """Write columns without a header and without times."""
    _written(path, "csv_lines?columns=count,force[N]&rate=10", wired.csv_of_a_rate())


def pulse_sensor_on_a_finger(path: Path) -> None:
    """Write what a PulseSensor prints."""
    _written(path, "pulse_sensor", wired.pulse_sensor_on_a_finger())


def cms50_on_a_finger(path: Path) -> None:
    """Write an oximeter that sends what it is told to."""
    _written(path, "cms50", wired.cms50_on_a_finger())


def cms50_of_five_bytes(path: Path) -> None:
    """Write an older oximeter, which sends on its own."""
    _written(path, "cms50?protocol=v5", wired.cms50_of_five_bytes())


def nonin_of_an_xpod(path: Path) -> None:
    """Write the binary format of an oximeter."""
    _written(path, "nonin", wired.nonin_of_an_xpod())


def nonin_of_a_printer(path: Path) -> None:
    """Write the lines of an oximeter."""
    _written(path, "nonin", wired.nonin_of_a_printer())


def pms5003_in_smoke(path: Path) -> None:
    """Write a particle counter in clean air and in smoke."""
    _written(path, "pms5003", wired.pms5003_in_smoke())


def mhz19_in_an_office(path: Path) -> None:
    """Write the answers of a carbon dioxide sensor."""
    _written(path, "mhz19", wired.mhz19_in_an_office())


MADE: Final[Mapping[str, Callable[[Path], None]]] = {
    make.__name__: make
    for make in (
        resting_strap,
        ectopic_exercise_contact_lost,
        h10_capture_begins,
        h10_with_faults,
        verity_on_an_arm,
        oximeter_slips_off,
        odd_packets,
        json_lines_sketch,
        oximeter_on_a_finger,
        thermometer_in_an_ear,
        runner_with_a_pod,
        ride_over_the_wrap,
        power_of_a_sprint,
        air_of_a_hall,
        polar_h10_ecg_acc,
        polar_h10_refused,
        polar_verity_sense,
        cyton_resets_and_loses,
        bitalino_streams,
        scd30_on_a_bus,
        dgt_board_plays,
        board_session,
        gps_gets_its_fix,
        csv_sketch,
        csv_of_a_rate,
        pulse_sensor_on_a_finger,
        cms50_on_a_finger,
        cms50_of_five_bytes,
        nonin_of_an_xpod,
        nonin_of_a_printer,
        pms5003_in_smoke,
        mhz19_in_an_office,
    )
}
"""Folder to maker."""


def _with_flags(flags: int) -> bytes:
    """Encode a measurement with these flags; written down plainly, to share nothing with the simulation."""
    data = bytes((flags,)) + (struct.pack("<H", 72) if flags & 1 else b"\x48")
    if flags & 8:
        data += struct.pack("<H", 1000 + flags)
    if flags & 16:
        data += struct.pack("<HH", 512, 256)
    return data


def _csc(wheel: int, wheel_ticks: int, crank: int, crank_ticks: int) -> bytes:
    """Encode a CSC Measurement of wheel and crank, all of it modulo what it wraps at."""
    return struct.pack(
        "<BIHHH", 3, wheel % (1 << 32), wheel_ticks % 65536, crank % 65536, crank_ticks % 65536
    )


def _written(path: Path, decoder: str, told: list[tuple[float, str, bytes]]) -> None:
    clock = ManualClock(utc_ns=NEW_YEAR_UTC_NS, boot="by-hand")
    with TraceWriter(path, clock=clock, decoder=decoder, link="") as writer:
        for time_s, channel, data in told:
            writer.received(Packet(channel, data, round(time_s * 1000) * NS_PER_MS))


async def _no_wait() -> None:
    return
