"""Records what comes in over a link into a trace; it is decoded only for what the device is to be told."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Final

from edged.clock import Clock
from edged.errors import TraceError
from edged.model import Packet
from edged.sources.decoder import Decoder, TimedDecoder, make_decoder
from edged.sources.link import LinkContext, open_link, shown_link
from edged.sources.recording import RecordingLink
from edged.tasks import end, run_until
from edged.trace import TraceWriter

_LOOK_S: Final = 0.05


async def record_trace(
    link: str, path: Path, decoder: str, clock: Clock, stop: asyncio.Event, on_progress: Callable[[int], None]
) -> int:
    """Append what a link delivers to a trace until told to stop or the link ends; return the packets.

    Args:
        link: its URL.
        path: the trace; it is made where there is none.
        decoder: gives the commands that make the device talk, and is named in the trace.
        clock: stamps.
        stop: ends the recording.
        on_progress: called with the number of packets so far.

    Raises:
        DriverError: there is no such link or decoder.
        SourceLost: the link ended before it was told to.
        TraceError: the trace cannot be written.
    """
    made = make_decoder(decoder)
    commands: asyncio.Queue[Packet] = asyncio.Queue()
    packets = 0

    def count(packet: Packet) -> None:
        nonlocal packets
        packets += 1
        for command in made.feed(packet).commands:
            commands.put_nowait(command)
        on_progress(packets)

    for command in made.start():
        commands.put_nowait(command)

    context = LinkContext(clock, channels=made.channels())
    try:
        with TraceWriter(path, clock=clock, decoder=decoder, link=shown_link(link)) as writer:
            failed: list[OSError] = []
            recording = RecordingLink(open_link(link, context), writer, failed.append)
            await run_until(stop, _run(recording, _wake(made, clock, commands), commands, count))
            if failed:
                raise failed[0]
    except OSError as error:
        raise TraceError(f"cannot be written: {error.strerror}", where=str(path)) from error
    return packets


async def _run(
    link: RecordingLink,
    waking: Coroutine[object, object, None],
    commands: asyncio.Queue[Packet],
    deliver: Callable[[Packet], None],
) -> None:
    tasks = [
        asyncio.create_task(link.run(deliver), name="link"),
        asyncio.create_task(_send(link, commands), name="commands"),
        asyncio.create_task(waking, name="wake"),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(*tasks)
    for task in done:
        task.result()


async def _wake(decoder: Decoder, clock: Clock, commands: asyncio.Queue[Packet]) -> None:
    """Wake a decoder that has something to do when nothing comes; the others are left alone."""
    while True:
        await clock.sleep(_LOOK_S)
        due_ns = decoder.due_ns() if isinstance(decoder, TimedDecoder) else None
        if isinstance(decoder, TimedDecoder) and due_ns is not None and due_ns <= clock.mono_ns():
            for command in decoder.wake(clock.mono_ns()).commands:
                commands.put_nowait(command)


async def _send(link: RecordingLink, commands: asyncio.Queue[Packet]) -> None:
    while True:
        await link.send(await commands.get())
