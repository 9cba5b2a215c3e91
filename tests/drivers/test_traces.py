"""Every trace folder: the decoder must make of the trace what is written down.

``pytest tests/drivers/test_traces.py --regenerate`` writes it down anew.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from edged.model import Chunk, Event, Packet
from edged.sources.decoder import DECODERS, make_decoder
from edged.trace import TraceReader
from tests.traces.made import MADE

TRACES = Path(__file__).parent.parent / "traces"
FOLDERS = sorted(path.name for path in TRACES.iterdir() if (path / "README.md").exists())


@pytest.mark.parametrize("folder", MADE)
def test_a_made_trace_is_made_the_same_everywhere(
    folder: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    MADE[folder](tmp_path / "trace.jsonl")
    made = (tmp_path / "trace.jsonl").read_text()
    if request.config.getoption("--regenerate", default=False):
        (TRACES / folder / "trace.jsonl").write_text(made)
    assert (TRACES / folder / "trace.jsonl").read_text() == made


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_trace_means_what_is_written_down(folder: str, request: pytest.FixtureRequest) -> None:
    told = "".join(f"{json.dumps(line)}\n" for line in decoded(TRACES / folder / "trace.jsonl"))
    if request.config.getoption("--regenerate", default=False):
        (TRACES / folder / "expected.jsonl").write_text(told)
    assert told.splitlines() == (TRACES / folder / "expected.jsonl").read_text().splitlines()


def test_every_decoder_has_a_trace() -> None:
    traced = set()
    for folder in FOLDERS:
        with TraceReader(TRACES / folder / "trace.jsonl") as reader:
            traced.add(reader.header.decoder)
    assert set(DECODERS) <= traced


def decoded(path: Path) -> Iterator[dict[str, object]]:
    """Yield an object for each chunk, event, command and fault, in the order of a packet's ``Decoded``."""
    with TraceReader(path) as reader:
        decoder = make_decoder(reader.header.decoder)
        yield from map(_command, decoder.start())
        for entry in reader:
            if entry.sent:
                continue
            told = decoder.feed(entry.packet)
            yield from map(_chunk, told.chunks)
            yield from map(_event, told.events)
            yield from map(_command, told.commands)
            yield from map(_fault, told.faults)
        assert reader.broken == 0


def _chunk(chunk: Chunk) -> dict[str, object]:
    values = chunk.values.tolist() if len(chunk.info.channels) > 1 else chunk.values[:, 0].tolist()
    return {
        "chunk": chunk.info.quantity,
        "unit": chunk.info.unit,
        "seq": chunk.seq,
        "t": chunk.times_ns.tolist(),
        "values": values,
        "q": chunk.quality.tolist(),
    }


def _event(event: Event) -> dict[str, object]:
    return {"event": event.kind, "t": event.mono_ns, "detail": dict(event.detail)}


def _command(packet: Packet) -> dict[str, object]:
    return {"command": packet.channel, "hex": packet.data.hex()}


def _fault(fault: str) -> dict[str, object]:
    return {"fault": fault}
