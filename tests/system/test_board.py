"""A board's real firmware on an emulated processor, the daemon a process: what was converted is on disk."""

import asyncio
import os
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edged.model import NS_PER_MS, Chunk, Quality
from tests.rigs.board_truth import times_of
from tests.rigs.daemon import Daemon
from tests.rigs.emulated_board import ADC_BITS, EmulatedBoard, Kind, Waveform
from tests.rigs.journal_file import Recorded, recorded
from tests.rigs.waiting import until

SETTLED_S = 30.0
"""By then the board's clock is known: its drift takes so long to be seen through the delays of a line."""
FAST = 1.0005
CASES = [("uno", 4, 500, 500_000), ("uno", 8, 1000, 1_000_000), ("pico", 3, 1000, 500_000)]


def config(*boards: EmulatedBoard, rate: str = "") -> str:
    """Return the configuration of a node with boards, and nobody to tell of them."""
    sources = "".join(
        f'[[source]]\nname = "board-{n}"\nlink = "serial:{board.port}{rate or f"?baud={board.baud}"}"\n'
        f'decoder = "board"\n'
        for n, board in enumerate(boards, 1)
    )
    return f'[web]\nport = 0\n[journal]\npath = "{{folder}}/edged.db"\ncommit_interval_s = 0.2\n{sources}'


def wave(channels: int) -> Waveform:
    """Return noise: any second of it is unlike any other."""
    return Waveform(np.random.default_rng(7).integers(-32768, 32767, (4000, channels), dtype=np.int16), 50.0)


def adc(found: Recorded) -> list[Chunk]:
    """Return the chunks of the analog inputs: the stream with the most samples."""
    return max(found.streams.values(), key=lambda chunks: sum(map(len, chunks)))


def gaps(chunks: list[Chunk]) -> int:
    """Return how many samples are missing, each gap marked as such."""
    missing = 0
    for before, after in pairwise(chunks):
        lost = after.seq - before.seq - len(before)
        assert lost >= 0
        assert not lost or after.quality[0] & Quality.GAP_BEFORE, "a gap that nobody was told of"
        missing += lost
    return missing


def raw(board: EmulatedBoard, chunks: list[Chunk], channel: int) -> NDArray[np.float64]:
    """Return what the converter gave, from the values in volts."""
    values = np.concatenate([chunk.values[:, channel] for chunk in chunks])
    reference_v = 5.0 if board.kind == "uno" else 3.3
    codes: NDArray[np.float64] = np.rint(values / reference_v * 2 ** ADC_BITS[board.kind])
    return codes


async def streaming(daemon: Daemon, *, samples: int, source: str = "board-1") -> None:
    """Wait until a source has given so many samples more, as its page tells."""
    began = (await daemon.source(source))["samples"]
    async with asyncio.timeout(60 + samples / 100):
        while (await daemon.source(source))["samples"] < began + samples:
            await asyncio.sleep(0.2)


@pytest.mark.parametrize(("kind", "channels", "rate_hz", "baud"), CASES, ids=["uno 4", "uno 8", "pico 3"])
@pytest.mark.parametrize(
    "seconds", [pytest.param(4, id="4 s"), pytest.param(60, id="60 s", marks=pytest.mark.field)]
)
async def test_all_samples_arrive_when_they_were(
    kind: Kind, channels: int, rate_hz: int, baud: int, seconds: int, board: Path
) -> None:
    waveform = wave(channels)
    emulated = EmulatedBoard(
        kind, board, channels=channels, rate_hz=rate_hz, baud=baud, waveform=waveform, speed=FAST
    )
    with emulated:
        async with Daemon(board, config(emulated)) as daemon:
            await until(lambda: "Page: " in daemon.log)
            await streaming(daemon, samples=seconds * rate_hz)
            origin_ns = emulated.report()["origin_ns"]
            assert await daemon.stop() == 0
    found = recorded(board / "edged.db", "board-1")
    chunks = adc(found)
    assert gaps(chunks) == 0
    assert "gap" not in found.kinds()
    times_ns = np.concatenate([chunk.times_ns for chunk in chunks])
    assert (np.diff(times_ns) > 0).all()
    for channel in range(channels):
        values = raw(emulated, chunks, channel)
        truth_ns = times_of(emulated, channel, values)
        codes = waveform.codes(channel, (truth_ns - origin_ns) * 1e-9, ADC_BITS[kind])
        assert np.abs(values - codes).max() <= waveform.tolerance(ADC_BITS[kind])
        settled = truth_ns - truth_ns[0] > SETTLED_S * 1e9
        if settled.any():
            off_ms = np.abs(times_ns - truth_ns)[settled] / NS_PER_MS
            assert np.percentile(off_ms, 99) <= 1.0, off_ms.max()


RECOVERY_S = 5.0


def power_cycle(board: EmulatedBoard) -> None:
    board.power_cycle()


def press_reset(board: EmulatedBoard) -> None:
    board.reset()


def hang(board: EmulatedBoard) -> None:
    board.hang()


def replug(board: EmulatedBoard) -> None:
    """Its port comes back under another number."""
    before = board.port.readlink()
    board.unplug()
    time.sleep(0.5)  # the hand that does it
    held = os.openpty()  # somebody else's, which takes the number
    board.plug()
    assert board.port.readlink() != before
    for end in held:
        os.close(end)


@pytest.mark.parametrize(
    "trouble",
    [
        power_cycle,
        replug,
        pytest.param(press_reset, marks=pytest.mark.field),
        pytest.param(hang, marks=pytest.mark.field),
    ],
    ids=lambda each: each.__name__,
)
async def test_it_is_back_within_five_seconds(trouble: Callable[[EmulatedBoard], None], board: Path) -> None:
    with EmulatedBoard("uno", board, waveform=wave(3)) as emulated:
        async with Daemon(board, config(emulated)) as daemon:
            await until(lambda: "Page: " in daemon.log)
            await streaming(daemon, samples=1000)
            trouble(emulated)
            began_s = time.monotonic()
            await asyncio.sleep(0.3)  # what was on its way arrives
            await streaming(daemon, samples=100)
            assert time.monotonic() - began_s <= RECOVERY_S
            await streaming(daemon, samples=500)
            assert await daemon.stop() == 0
    found = recorded(board / "edged.db", "board-1")
    chunks = adc(found)
    gaps(chunks)
    assert any(chunk.quality[0] & Quality.GAP_BEFORE for chunk in chunks[1:])
    assert_true(emulated, chunks)


async def test_three_boards_on_a_hub_that_is_reset(board: Path) -> None:
    folders = [board / f"hub-{n}" for n in range(3)]
    for folder in folders:
        folder.mkdir()
    with (
        EmulatedBoard("uno", folders[0], waveform=wave(3)) as first,
        EmulatedBoard("uno", folders[1], waveform=wave(3)) as second,
        EmulatedBoard("uno", folders[2], waveform=wave(3)) as third,
    ):
        boards = (first, second, third)
        names = [f"board-{n}" for n in (1, 2, 3)]
        async with Daemon(board, config(*boards)) as daemon:
            await until(lambda: "Page: " in daemon.log)
            await asyncio.gather(*(streaming(daemon, samples=500, source=name) for name in names))
            for each in boards:
                each.unplug()
            for each in reversed(boards):
                each.plug()
            began_s = time.monotonic()
            await asyncio.sleep(0.3)
            await asyncio.gather(*(streaming(daemon, samples=100, source=name) for name in names))
            assert time.monotonic() - began_s <= RECOVERY_S
            assert await daemon.stop() == 0
    for name, each in zip(names, boards, strict=True):
        chunks = adc(recorded(board / "edged.db", name))
        gaps(chunks)
        assert_true(each, chunks)


async def test_a_wrong_baud_rate_is_found_out(board: Path) -> None:
    with EmulatedBoard("uno", board, waveform=wave(3), baud=500_000) as emulated:
        async with Daemon(board, config(emulated, rate="?baud=115200,500000")) as daemon:
            await until(lambda: "Page: " in daemon.log)
            began_s = time.monotonic()
            await streaming(daemon, samples=100)
            assert time.monotonic() - began_s <= RECOVERY_S
            assert await daemon.stop() == 0


async def test_damage_on_the_line_is_a_gap_and_never_a_value(board: Path) -> None:
    with EmulatedBoard("uno", board, waveform=wave(3), noise=1e-4) as emulated:
        async with Daemon(board, config(emulated)) as daemon:
            await until(lambda: "Page: " in daemon.log)
            await streaming(daemon, samples=6000)
            damaged = emulated.report()["damaged"]
            faults = (await daemon.source("board-1"))["faults"]
            assert await daemon.stop() == 0
    assert damaged > 0
    assert faults > 0
    chunks = adc(recorded(board / "edged.db", "board-1"))
    assert gaps(chunks) > 0
    assert_true(emulated, chunks)


def assert_true(board: EmulatedBoard, chunks: list[Chunk]) -> None:
    """Hold every stretch without a gap against what was converted: all of it is there, in order."""
    stretch: list[Chunk] = []
    for chunk in chunks:
        if stretch and chunk.quality[0] & Quality.GAP_BEFORE:
            times_of(board, 0, raw(board, stretch, 0))
            stretch = []
        stretch.append(chunk)
    times_of(board, 0, raw(board, stretch, 0))
