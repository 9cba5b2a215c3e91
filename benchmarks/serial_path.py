"""A serial port at 93 kB/s, as a board at 1 Mbaud fills it: CPU time of the link against a bare reader."""

import asyncio
import os
import sys
import time
import tty
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median
from typing import Final

from drivers.links.serial import SerialLink
from edged.clock import SystemClock
from edged.model import Packet
from edged.sources.decoder import make_decoder
from edged.sources.link import LinkContext, LinkUrl
from edged.tasks import end

BYTES_PER_S: Final = 93_000
WRITES_PER_S: Final = 1000
"""As often as a USB adapter hands bytes on, when it is told to wait for no more."""
SECONDS: Final = 3.0
ROUNDS: Final = 3
LINE: Final = b'{"ecg":[' + b",".join(b"%d" % (100 + n % 100) for n in range(20)) + b"]}\n"

Path = Callable[[str, int], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Way:
    """A way from the port to where its bytes are used.

    Attributes:
        name: as printed.
        run: takes the port and how many bytes to wait for; returns how many came.
    """

    name: str
    run: Path


async def _bare(device: str, count: int) -> int:
    """Read as little as can be done: add_reader and os.read."""
    fd = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    loop, done, read = asyncio.get_running_loop(), asyncio.Event(), 0

    def take() -> None:
        nonlocal read
        read += len(os.read(fd, 4096))
        if read >= count:
            done.set()

    loop.add_reader(fd, take)
    try:
        await done.wait()
    finally:
        loop.remove_reader(fd)
        os.close(fd)
    return read


async def _through_link(device: str, count: int, feed: Callable[[Packet], object]) -> int:
    done, read = asyncio.Event(), 0

    def deliver(packet: Packet) -> None:
        nonlocal read
        feed(packet)
        read += len(packet.data)
        if read >= count:
            done.set()

    link = SerialLink(LinkUrl.parse(f"serial:{device}?baud=1000000"), LinkContext(SystemClock()))
    running = asyncio.create_task(link.run(deliver))
    try:
        await done.wait()
    finally:
        await end(running)
    return read


async def _link(device: str, count: int) -> int:
    return await _through_link(device, count, lambda _packet: None)


async def _json_lines(device: str, count: int) -> int:
    decoder = make_decoder("json_lines")
    decoder.start()
    decoder.feed(Packet("serial", b'{"streams":{"ecg":{"unit":"uV","rate_hz":1000}}}\n', time.monotonic_ns()))
    return await _through_link(device, count, decoder.feed)


WAYS: Final = (
    Way("bare add_reader", _bare),
    Way("serial link", _link),
    Way("serial link, json_lines", _json_lines),
)


def main() -> None:
    """Run all in turn and print medians, and their ratios to the bare reader."""
    shares: dict[str, list[float]] = {way.name: [] for way in WAYS}
    for _ in range(ROUNDS):
        for way in WAYS:
            shares[way.name].append(asyncio.run(_measure(way)))
    print(f"{BYTES_PER_S / 1000:.0f} kB/s over a serial port, median of {ROUNDS}")
    print(f"{'':28}{'CPU %':>8}{'ratio':>8}")
    bare = median(shares[WAYS[0].name])
    for name, measured in shares.items():
        print(f"{name:28}{100 * median(measured):>8.2f}{median(measured) / bare:>8.2f}")


async def _measure(way: Way) -> float:
    """Return the share of a core that a way takes; the bytes are written by another process."""
    master, slave = os.openpty()
    tty.setraw(slave)
    count = int(BYTES_PER_S * SECONDS) // len(LINE) * len(LINE)
    command = [sys.executable, "-m", "benchmarks.serial_path", str(master), str(count)]
    try:
        reading = asyncio.create_task(_run(way, os.ttyname(slave), count))
        await asyncio.sleep(0.2)  # until it has the port open
        before = time.process_time()
        writer = await asyncio.create_subprocess_exec(*command, pass_fds=[master])
        await reading
        share = (time.process_time() - before) / SECONDS
        await writer.wait()
    finally:
        os.close(slave)
        os.close(master)
    return share


async def _run(way: Way, device: str, count: int) -> None:
    read = await way.run(device, count)
    assert read == count, f"{way.name}: {read} of {count} bytes"


def _write(master: int, count: int) -> None:
    """Write so many bytes at the rate of the port."""
    data, size = LINE * (count // len(LINE)), BYTES_PER_S // WRITES_PER_S
    began = time.perf_counter()
    for n, at in enumerate(range(0, len(data), size)):
        time.sleep(max(began + n / WRITES_PER_S - time.perf_counter(), 0))
        os.write(master, data[at : at + size])


if __name__ == "__main__":
    _write(int(sys.argv[1]), int(sys.argv[2]))
