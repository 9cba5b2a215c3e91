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
from edged.sources.link import LinkContext, open_link
from edged.sources.recording import RecordingLink
from edged.trace import TraceWriter

NEW_YEAR_UTC_NS: Final = 1_767_225_600 * NS_PER_S


def simulated(path: Path, url: str, seconds: int) -> None:
    """Record a simulated strap."""

    async def record() -> None:
        clock = ManualClock(mono_ns=NS_PER_S, utc_ns=NEW_YEAR_UTC_NS, boot="simulated")
        with TraceWriter(path, clock=clock, decoder="heart_rate", link=url) as writer:
            link = RecordingLink(open_link(url, LinkContext(clock, _no_wait)), writer)
            task = asyncio.create_task(link.run(lambda _: None))
            await clock.advance(seconds)
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


MADE: Final[Mapping[str, Callable[[Path], None]]] = {
    make.__name__: make
    for make in (resting_strap, ectopic_exercise_contact_lost, odd_packets, json_lines_sketch)
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


def _written(path: Path, decoder: str, told: list[tuple[float, str, bytes]]) -> None:
    clock = ManualClock(utc_ns=NEW_YEAR_UTC_NS, boot="by-hand")
    with TraceWriter(path, clock=clock, decoder=decoder, link="") as writer:
        for time_s, channel, data in told:
            writer.received(Packet(channel, data, round(time_s * 1000) * NS_PER_MS))


async def _no_wait() -> None:
    return
