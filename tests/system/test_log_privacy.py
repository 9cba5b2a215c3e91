"""What was measured is in no message above debug: not in faults, losses, defects, nor what a library says."""

import logging
import re
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

import pytest

from edged.clock import ManualClock
from edged.log import fields_of, message_of
from edged.messages import SOURCE_BACK, SOURCE_DEFECT, SOURCE_FAULTS, SOURCE_LOST
from edged.model import NS_PER_S, Packet
from edged.ops.logging import journal_fields
from edged.sources import decoder as registry
from edged.sources.decoder import Decoded, make_decoder
from edged.trace import TraceWriter
from tests.rigs.bench_node import BenchNode

RATE: Final = 187
RR_RAW: Final = 1717
"""In 1/1024 s: 1676.76 ms."""

VALUES: Final = re.compile(
    r"(?<![0-9])(187|1717|1676(\.\d+)?|0\.1676\d*)(?![0-9])|\bbb b5 06\b|\b[0-9a-f ]*bb b5\b"
)
BEAT: Final = bytes((0x16, RATE)) + RR_RAW.to_bytes(2, "little")
NO_CONTACT: Final = bytes((0x14, RATE)) + RR_RAW.to_bytes(2, "little")
STRAP: Final = (BEAT, BEAT[:3], NO_CONTACT, BEAT, b"", BEAT + b"\x06", b"\x17\xbb")

LINES: Final[dict[str, tuple[bytes, ...]]] = {
    "json_lines": (
        b'{"heart_rate": 187, "rr_interval": [1717, 1717]}\n',
        b'{"heart_rate": "187"}\n',
        b'{"rr_interval": [1717, null], "contact": 187}\n',
        b"HR=187 RR=1717\n",
        b'[187, 1717]\n{"battery": 187}\n',
    ),
    "csv_lines": (
        b"heart_rate[/min],rr_interval[ms]\n",
        b"187,1717\n",
        b"187\n",
        b"187x,1717\n",
        b"at 187,1717\n",
    ),
    "nonin?format=text": (b"SPO2=097 HR=187\n", b"SPO2=97x HR=187\n", b"HR=187\n"),
    "pulse_sensor": (b"B187\nQ1717\n", b"B187x\n", b"HR187\n"),
    "nmea": (b"$GPGGA,187,1717*00\n", b"187 1717\n"),
}


def recorded(folder: Path, decoder: str, channel: str, contents: tuple[bytes, ...]) -> dict[str, Any]:
    """Return a source that plays it for a while, falls silent so long that it is lost, and plays it again."""
    clock = ManualClock()
    path = folder / f"{re.sub('[^a-z]', '-', decoder)}.jsonl"
    with TraceWriter(path, clock=clock, decoder=decoder, link="sim:") as writer:
        for second, data in enumerate(islice(cycle(contents), 30)):
            at_ns = (second if second < 15 else second + 8) * NS_PER_S
            clock.move_to(at_ns)
            writer.received(Packet(channel, data, at_ns))
    name = path.stem
    return {"name": name, "link": f"replay:{path}", "decoder": decoder, "subject": name, "silence_s": 3}


class Clumsy:
    """A decoder that trips over a value, and says so."""

    def __init__(self) -> None:
        self._inner = make_decoder("heart_rate")

    def start(self) -> list[Packet]:
        return []

    def feed(self, packet: Packet) -> Decoded:
        if len(packet.data) == 3:
            raise ValueError(f"cannot make sense of {packet.data[1]} ({packet.data.hex(' ')})")
        return self._inner.feed(packet)

    def streams(self) -> tuple[Any, ...]:
        return self._inner.streams()

    def channels(self) -> tuple[Any, ...]:
        return self._inner.channels()


def whole(record: logging.LogRecord) -> str:
    """Return all that a record comes to, traceback included, as the journal has it."""
    fields = dict(journal_fields(record, ""))
    return "\n".join(value for name, value in fields.items() if name not in {"MESSAGE_ID", "CODE_LINE"})


async def test_no_value_is_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setitem(registry.DECODERS, "clumsy", f"{__name__}:Clumsy")
    sources = [
        recorded(tmp_path, "heart_rate", "2a37", STRAP),
        recorded(tmp_path, "clumsy", "2a37", STRAP),
        *(recorded(tmp_path, decoder, "serial", contents) for decoder, contents in LINES.items()),
        {
            "name": "simulated",
            "link": "sim:exercise?seed=1&device=h10&faults=contact@3+2,garbage@6+2,drop@10+3,silence@20+8",
            "decoder": "polar",
            "subject": "simulated",
            "silence_s": 3,
        },
    ]
    subjects = [{"name": source["subject"]} for source in sources]
    async with BenchNode(tmp_path, source=sources, subject=subjects) as bench:
        for _ in range(45):
            await bench.clock.advance(1)
        await bench.until(lambda: len(lost(caplog, "simulated")) > 0)
        status = bench.node.view.status()
        beats = {round(float(value), 6) for value in measured(bench)}
    told = [record for record in caplog.records if record.levelno > logging.DEBUG]
    for source in sources:
        name = source["name"]
        kinds = {message_of(record) for record in told if fields_of(record).get("source") == name}
        assert SOURCE_FAULTS in kinds or name in {"clumsy", "simulated"}, name
        assert {SOURCE_LOST, SOURCE_BACK} & kinds, name
    assert SOURCE_DEFECT in {message_of(record) for record in told}
    assert beats, "something was measured"
    for record in told:
        assert not VALUES.search(whole(record)), whole(record)
        assert not any(f"{beat:g}" in whole(record) for beat in beats if beat % 1)
    for of_source in status.sources:
        assert not VALUES.search(of_source.last_fault)
    assert VALUES.search("\n".join(map(whole, caplog.records))), "debug has them: it would be noticed"


def lost(caplog: pytest.LogCaptureFixture, source: str) -> list[logging.LogRecord]:
    return [
        record
        for record in caplog.records
        if message_of(record) is SOURCE_LOST and fields_of(record)["source"] == source
    ]


def measured(bench: BenchNode) -> list[float]:
    """Return the heart rates of all subjects that were told."""
    _, readings = bench.node.view.readings_after(0)
    return [rate for pairs in readings.values() for _, rate in pairs if rate is not None]
