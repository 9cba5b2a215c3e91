"""A day in the air, in simulated time, with all that a field does to it: nothing leaks, all comes back."""

import asyncio
import gc
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

import pytest

from edged.model import NS_PER_S, Packet
from edged.ops.process import rss_mb
from tests.conformance.links import open_files
from tests.rigs.bluez_equipment import FakeAdapter, FakeStrap
from tests.rigs.bluez_faults import Cure, hung, in_progress
from tests.rigs.board import Board, board, heart_strap

STRAPS: Final = (1, 2, 3, 4)
RECOVERY_S: Final = 90.0
LONG_S: Final = 150
"""A trouble is over within this, and only then its recovery counts."""
STEP_S: Final = 1.0
NOTICED_S: Final = 15
GROWTH_MB: Final = 8.0


@dataclass
class Outage:
    """One trouble, and how long after its end all straps streamed again."""

    what: str
    recovered_s: float


@dataclass
class Weather:
    """Makes trouble, drawn from a seed."""

    stage: Board
    random: Random
    outages: list[Outage] = field(default_factory=list)

    async def blow(self) -> None:
        """Make one trouble, let it pass, and see everything come back."""
        trouble = self.random.choice(TROUBLES)
        await trouble(self)
        began_ns = self.stage.clock.mono_ns()
        for _ in range(NOTICED_S):  # some take a while to be noticed, and some never are
            if not self.stage.streams(*STRAPS)():
                break
            await self.stage.bluez.advance(STEP_S, STEP_S)
        else:
            began_ns = self.stage.clock.mono_ns()
        await self.pass_until(self.stage.streams(*STRAPS), RECOVERY_S, trouble.__name__)
        took_s = (self.stage.clock.mono_ns() - began_ns) / NS_PER_S
        self.outages.append(Outage(trouble.__name__, took_s))

    async def pass_until(self, condition: Callable[[], object], within_s: float, what: str) -> None:
        """Let time pass until something holds."""
        waited_s = 0.0
        while not condition():
            if waited_s >= within_s:
                sources = [self.stage.source(n) for n in STRAPS]
                states = "\n".join(f"{s.name} {s.state} {s.words.sentence}" for s in sources)
                pytest.fail(f"{what}: not all back after {within_s} s\n{states}\n{self.stage.bluez.state()}")
            await self.stage.bluez.advance(STEP_S, STEP_S)
            waited_s += STEP_S

    async def last(self) -> None:
        """Let a trouble last."""
        await self.stage.bluez.advance(self.random.randint(1, LONG_S), STEP_S)

    @property
    def strap(self) -> FakeStrap:
        """Any strap."""
        return self.random.choice(self.stage.bluez.hardware.straps)

    @property
    def adapter(self) -> FakeAdapter:
        """Any adapter."""
        return self.random.choice(self.stage.bluez.hardware.adapters)


async def out_of_range(weather: Weather) -> None:
    strap = weather.strap
    weather.stage.bluez.take_away(strap)
    await weather.last()
    weather.stage.bluez.bring_back(strap)


async def a_drop(weather: Weather) -> None:
    weather.stage.bluez.drop(weather.strap)


async def silence(weather: Weather) -> None:
    strap = weather.strap
    packets, strap.packets = strap.packets, _nothing
    await weather.last()
    strap.packets = packets


async def garbage(weather: Weather) -> None:
    strap = weather.strap
    packets = strap.packets
    strap.packets = lambda turn: [Packet("2a37", weather.random.randbytes(turn % 7))]
    await weather.stage.bluez.advance(20, STEP_S)
    strap.packets = packets


async def deaf_adapter(weather: Weather) -> None:
    weather.stage.bluez.silence(weather.adapter)


async def bluetoothd_killed(weather: Weather) -> None:
    await weather.stage.bluez.kill(links_stay=weather.random.random() < 0.5)
    await weather.last()
    await weather.stage.bluez.start()


async def bluetoothd_restarted(weather: Weather) -> None:
    await weather.stage.bluez.stop()
    await weather.last()
    await weather.stage.bluez.start()


async def unplugged(weather: Weather) -> None:
    adapter = weather.adapter
    weather.stage.bluez.unplug(adapter, abruptly=weather.random.random() < 0.5)
    await weather.last()
    taken = {each.name for each in weather.stage.bluez.hardware.adapters}
    adapter.name = weather.random.choice([f"hci{n}" for n in range(6) if f"hci{n}" not in taken])
    weather.stage.bluez.plug(adapter)


async def switched_off(weather: Weather) -> None:
    weather.stage.bluez.switch(weather.adapter, on=False)


async def blocked(weather: Weather) -> None:
    adapter = weather.adapter
    weather.stage.bluez.block(adapter)
    await weather.last()
    weather.stage.bluez.block(adapter, blocked=False)


async def in_progress_for_a_while(weather: Weather) -> None:
    times = weather.random.randint(1, 8)
    weather.stage.bluez.faults.add(in_progress("Connect", Cure.POWER_CYCLE, times=times))
    weather.stage.bluez.drop(weather.strap)


async def a_connect_that_hangs(weather: Weather) -> None:
    weather.stage.bluez.faults.add(hung("Connect", times=1))
    weather.stage.bluez.drop(weather.strap)


TROUBLES: Final = (
    out_of_range,
    a_drop,
    silence,
    garbage,
    deaf_adapter,
    bluetoothd_killed,
    bluetoothd_restarted,
    unplugged,
    switched_off,
    blocked,
    in_progress_for_a_while,
    a_connect_that_hangs,
)


def _nothing(_turn: int) -> Sequence[Packet]:
    return ()


def _report(outages: list[Outage]) -> str:
    lines = []
    for name in sorted({outage.what for outage in outages}):
        took = sorted(outage.recovered_s for outage in outages if outage.what == name)
        times = f"back after {median(took):5.1f} s, at most {took[-1]:5.1f} s"
        lines.append(f"{name:26} {len(took):4} times, {times}")
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("hours", "seed", "pause_s"),
    [
        pytest.param(0.2, 1, (5, 20), id="twelve minutes"),
        pytest.param(24, 2, (60, 400), id="a day", marks=pytest.mark.field),
    ],
)
async def test_nothing_leaks_and_everything_comes_back(
    hours: float, seed: int, pause_s: tuple[int, int], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)  # what is captured would grow for a day
    adapters = (FakeAdapter(), FakeAdapter("hci1", "00:1A:7D:DA:71:14", port="1-2"))
    async with board(tmp_path, *adapters, straps=len(STRAPS)) as stage:
        for n in STRAPS:
            stage.bluez.wear(heart_strap(n))
        weather = Weather(stage, Random(seed))
        await weather.pass_until(stage.streams(*STRAPS), 60, "the start")
        end_ns = stage.clock.mono_ns() + round(hours * 3600 * NS_PER_S)
        tasks, files, sizes = list[int](), list[int](), list[float]()
        while stage.clock.mono_ns() < end_ns:
            await weather.blow()
            await stage.bluez.advance(weather.random.randint(*pause_s), STEP_S)
            stage.bluez.calls.clear()
            stage.recorded.clear()
            for strap in stage.bluez.hardware.straps:
                strap.delivered.clear()
            gc.collect()
            tasks.append(len(asyncio.all_tasks()))
            files.append(open_files())
            sizes.append(rss_mb())
        print(f"\n{len(weather.outages)} troubles in {hours} h\n{_report(weather.outages)}")  # noqa: T201  hours of troubles are to be read by who runs it
        settled = len(sizes) // 8
        assert max(tasks) - min(tasks) <= 12, tasks
        assert max(files) - min(files) <= 6, files
        assert sizes[-1] - sizes[settled] < GROWTH_MB, sizes
