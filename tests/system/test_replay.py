"""A trace means the same every time, however its bytes were cut."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from edged.replay import replay_trace

TRACES = Path(__file__).parent.parent / "traces"


def replay(trace: Path) -> bytes:
    told: list[str] = []
    asyncio.run(replay_trace(trace, 0, None, asyncio.Event(), told.append))
    return "".join(f"{line.rstrip()}\n" for line in told).encode()


def by_command(trace: Path) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "edged", "replay", str(trace), "--speed", "0"], capture_output=True, check=True
    )
    assert done.stderr == b""
    return done.stdout


def traces() -> list[Path]:
    found = sorted(TRACES.glob("*/trace.jsonl"))
    assert len(found) >= 3
    return found


def split_into_bytes(trace: Path, into: Path) -> None:
    """Write the same trace with every packet cut into single bytes, each at the packet's time."""
    lines = []
    for line in trace.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        if "hex" not in fields:
            lines.append(line)
            continue
        data = bytes.fromhex(fields["hex"])
        lines.extend(json.dumps({**fields, "hex": f"{byte:02x}"}) for byte in data)
    into.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize("trace", traces(), ids=lambda trace: trace.parent.name)
def test_twice_is_identical(trace: Path) -> None:
    first = replay(trace)
    assert len(first.splitlines()) > 3
    assert replay(trace) == first


@pytest.mark.parametrize("name", ["resting_strap", "polar_h10_ecg_acc", "board_session"])
def test_the_command_says_the_same(name: str) -> None:
    trace = TRACES / name / "trace.jsonl"
    assert by_command(trace) == by_command(trace) == replay(trace)


def is_byte_stream(trace: Path) -> bool:
    lines = map(json.loads, trace.read_text(encoding="utf-8").splitlines())
    return any(fields.get("ch") == "serial" for fields in lines)


def by_kind(told: bytes) -> dict[str, list[bytes]]:
    """Return the lines of each stream, and of the rest: what is told of a packet comes by kind."""
    kinds: dict[str, list[bytes]] = {}
    for line in told.splitlines():
        fields = json.loads(line)
        kinds.setdefault(fields.get("stream", ""), []).append(line)
    return kinds


@pytest.mark.parametrize(
    "trace", [trace for trace in traces() if is_byte_stream(trace)], ids=lambda trace: trace.parent.name
)
def test_single_bytes_of_a_byte_stream_mean_the_same(trace: Path, tmp_path: Path) -> None:
    split = tmp_path / "split.jsonl"
    split_into_bytes(trace, split)
    whole, cut = (by_kind(replay(path)) for path in (trace, split))
    assert cut == whole


def test_not_a_trace_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("hello\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "edged", "replay", str(tmp_path / "x.jsonl")],
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "not a trace" in done.stderr
