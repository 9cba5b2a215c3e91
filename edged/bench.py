"""What this board can take: the parts of the data's way, measured one by one."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random, SystemRandom
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from edged.backoff import Backoff
from edged.clock import ClockMap, ManualClock, SystemClock
from edged.config.model import JournalConfig
from edged.model import Chunk, Packet, StreamInfo
from edged.publish.payload import dump, record_body
from edged.signals.chain import Chain
from edged.signals.steps import Hrv, RrClean
from edged.sources.decoder import make_decoder
from edged.store.chunk_codec import pack, unpack
from edged.store.journal import Journal

_HEART_RATE: Final = StreamInfo("heart_rate", "/min")
_RR: Final = StreamInfo("rr_interval", "ms")
_ECG: Final = StreamInfo("ecg", "uV", 130.0)
_REPEATS: Final = 5


@dataclass(frozen=True, slots=True)
class Result:
    """One measurement.

    Attributes:
        name: what was measured.
        unit: what one piece is.
        per_s: pieces a second, the median of several runs.
        us: microseconds a piece.
    """

    name: str
    unit: str
    per_s: float
    us: float


async def run_bench(folder: Path | None, on_progress: Callable[[str], None]) -> list[Result]:
    """Measure every part, some seconds in all.

    Args:
        folder: where the journal is written, on the disk that is to be measured; none: a temporary one.
        on_progress: called with what is measured next.
    """
    results = []
    for name, unit, n, work in _CPU_WORK:
        on_progress(name)
        results.append(_result(name, unit, n, [_timed(work, n) for _ in range(_REPEATS)]))
    with TemporaryDirectory(prefix="edged-bench-", dir=folder) as temporary:
        for name, unit, n, disk_work in _DISK_WORK:
            on_progress(name)
            times = [await _timed_async(disk_work, n, Path(temporary)) for _ in range(_REPEATS)]
            results.append(_result(name, unit, n, times))
    return results


def _result(name: str, unit: str, n: int, times_s: list[float]) -> Result:
    each_s = median(times_s) / n
    return Result(name, unit, 1 / each_s, each_s * 1e6)


def _timed(work: Callable[[int], None], n: int) -> float:
    began = time.perf_counter()
    work(n)
    return time.perf_counter() - began


async def _timed_async(work: Callable[[int, Path], Awaitable[None]], n: int, folder: Path) -> float:
    began = time.perf_counter()
    await work(n, folder)
    return time.perf_counter() - began


def _decode(n: int) -> None:
    decoder = make_decoder("heart_rate")
    for i in range(n):
        decoder.feed(Packet("2a37", b"\x16\x48\x00\x03\x10\x03", (i + 1) * 1_000_000_000))


def _seeded() -> Random:
    return Random(1)  # noqa: S311  every run measures the same work; nothing secret hangs on it


def _chain(n: int) -> None:
    chain = Chain(_RR, [RrClean(step="rr_clean"), Hrv(step="hrv")])
    random = _seeded()
    for i in range(n):
        chain.process(Chunk.of(_RR, i, [i * 850_000_000], [850 + random.uniform(-40, 40)]))


def _ecg_chunk() -> Chunk:
    random = _seeded()
    times = [round(i * 1e9 / 130) for i in range(73)]
    return Chunk.of(_ECG, 0, times, [float(random.randint(-2000, 2000)) for _ in times])


def _codec(n: int) -> None:
    chunk = _ecg_chunk()
    for _ in range(n):
        unpack(pack(chunk), _ECG, 0)


def _payload(n: int) -> None:
    clock_map, chunk = ClockMap("bench"), _ecg_chunk()
    clock_map.observe(ManualClock())
    for i in range(n):
        dump(record_body(i, "strap", chunk, clock_map, hist=False))


async def _journal(n: int, folder: Path, *, one_by_one: bool = False) -> None:
    clock = SystemClock()
    clock_map = ClockMap(clock.boot)
    clock_map.observe(clock)
    config = JournalConfig(path=folder / "bench.db", queue_chunks=max(n, 64))
    journal = Journal(config, clock, clock_map, [], Backoff(0.1, 1.0, SystemRandom()))
    running = asyncio.create_task(journal.run())
    for i in range(n):
        journal.append("strap", Chunk.of(_HEART_RATE, i, [i * 1_000_000_000], [72.0]))
        if one_by_one:
            await journal.flush()
    await journal.flush()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _commits(n: int, folder: Path) -> None:
    await _journal(n, folder, one_by_one=True)


_CPU_WORK: Final[tuple[tuple[str, str, int, Callable[[int], None]], ...]] = (
    ("decode a heart-rate notification", "packet", 5000, _decode),
    ("clean RR and compute HRV", "beat", 1000, _chain),
    ("pack and unpack 73 samples of ECG", "chunk", 2000, _codec),
    ("write 73 samples of ECG as JSON", "chunk", 1000, _payload),
)
_DISK_WORK: Final[tuple[tuple[str, str, int, Callable[[int, Path], Awaitable[None]]], ...]] = (
    ("journal chunks in groups", "chunk", 4096, _journal),
    ("commit one chunk to disk (fsync)", "commit", 50, _commits),
)
