import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from edged.clock import ManualClock
from edged.errors import DriverError
from edged.model import NS_PER_S, Packet
from edged.sim.physiology import Heart, Profile
from edged.sim.strap import Strap
from edged.sources.link import Link, LinkContext, open_link
from tests.conformance.links import no_wait


def sim(url: str, clock: ManualClock) -> Link:
    return open_link(url, LinkContext(clock, no_wait))


@asynccontextmanager
async def running(link: Link) -> AsyncIterator[list[Packet]]:
    packets: list[Packet] = []
    task = asyncio.create_task(link.run(packets.append))
    try:
        yield packets
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def measured(packets: list[Packet]) -> list[Packet]:
    return [packet for packet in packets if packet.channel == "2a37"]


async def test_it_notifies_once_a_second_without_drift() -> None:
    clock = ManualClock(mono_ns=77)
    async with running(sim("sim:resting?seed=1", clock)) as packets:
        await clock.advance(601)
    stamps = [packet.mono_ns for packet in measured(packets)]
    assert stamps == [stamps[0] + second * NS_PER_S for second in range(601)]
    assert 77 <= stamps[0] < 77 + NS_PER_S


async def test_it_sends_what_the_strap_does() -> None:
    clock = ManualClock()
    strap = Strap(Heart(Profile.STRESS, 4, 0.1), battery_pct=50, energy=True)
    async with running(sim("sim:stress?seed=4&ectopic=0.1&battery=50&energy=1", clock)) as packets:
        await clock.advance(100)
    told = [packet.data for second in range(100) for packet in strap.packets(second)]
    assert [packet.data for packet in packets] == told


async def test_straps_do_not_notify_in_the_same_instant() -> None:
    clock = ManualClock()
    first = set[int]()
    for seed in range(8):
        async with running(sim(f"sim:resting?seed={seed}", clock)) as packets:
            await clock.advance(1)
            first.add(packets[0].mono_ns % NS_PER_S)
    assert len(first) == 8


async def test_silence_is_not_ended_by_connecting_again() -> None:
    clock = ManualClock()
    link = sim("sim:resting?silent_after=5&silent_for=20", clock)
    async with running(link) as packets:
        await clock.advance(10)
    assert len(measured(packets)) == 5
    async with running(link) as packets:
        await clock.advance(10)
    assert packets == []
    async with running(link) as packets:
        await clock.advance(10)
    assert len(measured(packets)) == 5


async def test_a_new_connection_begins_with_location_and_battery() -> None:
    clock = ManualClock()
    link = sim("sim:resting", clock)
    for _ in range(3):
        async with running(link) as packets:
            await clock.advance(3)
        assert [packet.channel for packet in packets] == ["2a38", "2a19", "2a37", "2a37", "2a37"]


async def test_connecting_again_at_once_repeats_no_second() -> None:
    clock = ManualClock()
    link = sim("sim:resting", clock)
    heard: list[Packet] = []
    for _ in range(2):
        async with running(link) as packets:
            await clock.advance(1)
            clock.move_to(packets[-1].mono_ns)
        heard += measured(packets)
    assert heard[1].mono_ns == heard[0].mono_ns + NS_PER_S


async def test_what_passed_while_the_node_slept_is_left_out() -> None:
    clock = ManualClock()
    async with running(sim("sim:resting", clock)) as packets:
        await clock.advance(3)
        clock.move_to(clock.mono_ns() + 100 * NS_PER_S)
        await clock.advance(2)
    strap = Strap(Heart(Profile.RESTING))
    told = [
        packet.data for second in (0, 1, 2, 102, 103, 104) for packet in measured([*strap.packets(second)])
    ]
    assert [packet.data for packet in measured(packets)] == told


async def test_contact_is_lost_and_found() -> None:
    clock = ManualClock()
    async with running(sim("sim:resting?contact_lost_after=2&contact_lost_for=3", clock)) as packets:
        await clock.advance(8)
    flags = [packet.data[0] & 0x06 for packet in measured(packets)]
    assert flags == [6, 6, 4, 4, 4, 6, 6, 6]


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sim:restin", "there is no profile 'restin'. Did you mean 'resting'"),
        ("sim:zzz", "there is no profile 'zzz'. Known: resting, exercise, stress, recovery"),
        ("sim:resting?ectopic=0.3", "ectopic=0.3 is not a number from 0 to 0.25"),
        ("sim:resting?battery=101", "battery=101 is not a number from 0 to 100"),
        ("sim:resting?battery=87.5", "battery=87.5 is not a whole number"),
        ("sim:resting?seed=-1", "seed=-1 is not a number"),
        ("sim:resting?silent_for=3", "silent_for without silent_after. Add silent_after=SECONDS"),
        ("sim:resting?contact_lost_after=x", "contact_lost_after=x is not a number"),
    ],
)
def test_a_wrong_option_is_refused(url: str, message: str) -> None:
    with pytest.raises(DriverError) as refused:
        sim(url, ManualClock())
    assert message in str(refused.value)
    assert url in str(refused.value)
