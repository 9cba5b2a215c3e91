import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from edged.clock import ManualClock
from edged.errors import DriverError, SourceLost
from edged.model import NS_PER_S, Channel, Packet
from edged.sim.h10 import H10
from edged.sim.physiology import Heart, Profile
from edged.sim.pmd import CONTROL_POINT, DATA
from edged.sim.strap import Strap
from edged.sources.decoder import make_decoder
from edged.sources.link import Link, LinkContext, open_link
from tests.conformance.links import no_wait

START_ECG = Packet(CONTROL_POINT, bytes.fromhex("02 00 00 01 82 00 01 01 0e 00"))
START_PPI = Packet(CONTROL_POINT, bytes.fromhex("02 03"))


def sim(url: str, clock: ManualClock, *channels: Channel) -> Link:
    return open_link(url, LinkContext(clock, no_wait, channels=channels))


@asynccontextmanager
async def running(link: Link) -> AsyncIterator[list[Packet]]:
    packets: list[Packet] = []
    task = asyncio.create_task(link.run(packets.append))
    try:
        yield packets
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, SourceLost):
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
        ("sim:resting?device=h11", "there is no device 'h11'. Did you mean 'h10'"),
        ("sim:resting?device=zzz", "there is no device 'zzz'. Known: strap, h10, verity, oximeter"),
        (
            "sim:resting?device=verity&energy=1",
            "a device 'verity' does not tell energy expended. Leave energy",
        ),
        ("sim:resting?faults=drop@3", "'drop@3' is not how drop is written, at character 1 of faults"),
        ("sim:resting?fault_rate=2", "fault_rate=2 is not a number from 0 to 1"),
        ("sim:resting?fault_seed=2", "fault_seed without fault_rate. Add fault_rate=FAULTS_PER_SECOND"),
    ],
)
def test_a_wrong_option_is_refused(url: str, message: str) -> None:
    with pytest.raises(DriverError) as refused:
        sim(url, ManualClock())
    assert message in str(refused.value)
    assert url in str(refused.value)


async def test_what_is_read_and_notified_is_what_the_decoder_wants() -> None:
    clock = ManualClock()
    channels = (Channel("2a37"), Channel("2a19", "read"), Channel("2a24", "read"), Channel("2a38"))
    async with running(sim("sim:resting?device=h10", clock, *channels)) as packets:
        await clock.advance(121)
    assert [packet.channel for packet in packets[:4]] == ["2a19", "2a24", "2a37", "2a37"]
    assert {packet.channel for packet in packets[4:]} == {"2a37"}


async def test_a_device_measures_what_it_is_told_to() -> None:
    """What arrives is the device's own, to the nanosecond."""
    clock = ManualClock(mono_ns=500)
    link = sim("sim:resting?device=h10&seed=1", clock)
    async with running(link) as packets:
        await clock.advance(2)
        await link.send(START_ECG)
        told_ns = clock.mono_ns()
        await clock.advance(20)
    began_ns = packets[0].mono_ns
    device = H10.on(Strap(Heart(Profile.RESTING, 1)))
    device = device.written(START_ECG, told_ns - began_ns)
    wanted = device.notifications(0, clock.mono_ns() - began_ns + 1)
    heard = [packet for packet in packets if packet.channel in {"2a37", CONTROL_POINT, DATA}][1:]
    assert heard[0].channel == "2a37"  # behind what is read at the start, the control point too
    assert [(packet.channel, packet.data, packet.mono_ns - began_ns) for packet in heard] == [
        (packet.channel, packet.data, packet.mono_ns) for packet in wanted
    ]
    assert sum(packet.channel == DATA for packet in heard) == 35


async def test_a_command_waits_for_the_connection() -> None:
    clock = ManualClock()
    link = sim("sim:resting?device=h10&seed=1", clock)
    async with running(link) as packets:
        await clock.advance(0.01)
        assert packets == []
        await link.send(START_ECG)
        await clock.advance(3)
    answers = [packet.data for packet in packets if packet.channel == CONTROL_POINT]
    assert answers == [b"\x0f\x05" + bytes(15), bytes.fromhex("f0 02 00 00 00")]


async def test_a_device_forgets_with_the_connection_what_it_was_told() -> None:
    clock = ManualClock()
    link = sim("sim:resting?device=h10", clock)
    async with running(link) as packets:
        await clock.advance(0)
        await link.send(START_ECG)
        await clock.advance(5)
    assert any(packet.channel == DATA for packet in packets)
    async with running(link) as packets:
        await clock.advance(5)
    assert not any(packet.channel == DATA for packet in packets)


async def test_a_command_for_a_connection_that_was_not_made_is_not_sent_on_the_next() -> None:
    clock = ManualClock()
    link = sim("sim:resting?device=h10&faults=loss@0+5", clock)
    async with running(link) as packets:
        await clock.advance(0.5)
    async with running(link):
        await clock.advance(0.5)
        await link.send(START_ECG)  # to a link that has just given up
    await clock.advance(5)
    async with running(link) as packets:
        await clock.advance(5)
    assert packets
    assert not any(packet.channel == DATA for packet in packets)


async def test_a_command_for_what_it_has_not_is_forgotten() -> None:
    clock = ManualClock()
    link = sim("sim:resting?device=oximeter", clock)
    async with running(link) as packets:
        await link.send(Packet("2a52", b"\x01\x01"))
        await clock.advance(3)
    assert {packet.channel for packet in packets} == {"2a19", "2a60", "2a29", "2a24", "2a25", "2a26", "2a5f"}


async def test_an_armband_tells_pulse_intervals() -> None:
    clock = ManualClock()
    link = sim("sim:resting?device=verity", clock)
    async with running(link) as packets:
        await clock.advance(0)
        await link.send(START_PPI)
        await clock.advance(32)
    assert sum(packet.channel == DATA and packet.data[0] == 3 for packet in packets) == 2


async def test_frames_that_were_due_while_the_node_slept_are_left_out() -> None:
    clock = ManualClock()
    link = sim("sim:resting?device=h10", clock)
    async with running(link) as packets:
        await clock.advance(0)
        await link.send(START_ECG)
        await clock.advance(10)
        heard = len(packets)
        clock.move_to(clock.mono_ns() + 1000 * NS_PER_S)
        await clock.advance(0.001)
        assert 2 <= len(packets) - heard <= 3  # those of the last second
        await clock.advance(10)
    assert sum(packet.channel == DATA for packet in packets[heard:]) in {19, 20}


async def test_a_connection_breaks_and_is_made_again_later() -> None:
    clock = ManualClock()
    link = sim("sim:resting?faults=loss@10+5/30", clock)
    lost_s = list[float]()
    heard: list[Packet] = []
    for _ in range(80):
        task = asyncio.create_task(link.run(heard.append))
        while not task.done() and clock.mono_ns() < 80 * NS_PER_S:
            await clock.advance(0.5)
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
            break
        with pytest.raises(SourceLost, match=r"sim:resting\?faults=loss@10\+5/30: the simulated"):
            await task
        lost_s.append(clock.mono_ns() / NS_PER_S)
        await clock.advance(1)
    seconds = [round((packet.mono_ns - heard[0].mono_ns) / NS_PER_S, 6) for packet in measured(heard)]
    assert [s for s in seconds if s < 45] == [*range(10), *range(16, 40)]
    assert 10 < lost_s[0] <= 11.5
    assert len(lost_s) > 10


async def test_faults_at_random_are_the_same_again() -> None:
    heard = []
    for _ in range(2):
        clock = ManualClock()
        async with running(sim("sim:resting?fault_rate=0.1&fault_seed=4", clock)) as packets:
            await clock.advance(20)
        heard.append(packets)
    async with running(sim("sim:resting", clock := ManualClock())) as plain:
        await clock.advance(20)
    assert heard[0] == heard[1] != plain


async def test_a_script_may_be_written_as_it_is_in_a_url() -> None:
    clock = ManualClock()
    link = sim("sim:resting?faults=drop@3+2,contact@7+1,battery@60=8", clock)
    async with running(link) as packets:
        await clock.advance(62)
    stamps = [(packet.mono_ns - packets[0].mono_ns) // NS_PER_S for packet in measured(packets)]
    assert stamps[:5] == [0, 1, 2, 5, 6]
    assert [packet.data[0] & 6 for packet in measured(packets)[:7]] == [6, 6, 6, 6, 6, 4, 6]
    assert [packet.data[0] for packet in packets if packet.channel == "2a19"] == [100, 8]


@pytest.mark.parametrize(
    ("device", "decoder", "told"),
    [
        ("strap", "heart_rate", {"heart_rate": 40, "battery": 1}),
        ("h10", "polar?streams=ecg,acc", {"heart_rate": 40, "ecg": 5037, "acceleration": 1944, "battery": 1}),
        ("verity", "polar?streams=ppg,ppi", {"heart_rate": 40, "ppg": 2128, "battery": 1}),
        ("oximeter", "pulse_oximeter", {"spo2": 40, "pulse_rate": 40, "perfusion_index": 40, "battery": 1}),
    ],
)
async def test_a_decoder_understands_all_that_a_device_sends(
    device: str, decoder: str, told: dict[str, int]
) -> None:
    """What is asked for is sent, and what is sent is understood: each side was written without the other."""
    clock = ManualClock()
    understands = make_decoder(decoder)
    link = sim(f"sim:resting?device={device}", clock, *understands.channels())
    commands = list(understands.start())
    samples = dict[str, int]()
    faults = list[str]()

    def take(packet: Packet) -> None:
        decoded = understands.feed(packet)
        commands.extend(decoded.commands)
        faults.extend(decoded.faults)
        for chunk in decoded.chunks:
            samples[chunk.info.quantity] = samples.get(chunk.info.quantity, 0) + len(chunk)

    task = asyncio.create_task(link.run(take))
    await clock.advance(0)
    for _ in range(400):
        while commands:
            await link.send(commands.pop(0))
        await clock.advance(0.1)
    task.cancel()
    await asyncio.wait([task])
    assert faults == []
    assert {quantity: samples.get(quantity) for quantity in told} == told
