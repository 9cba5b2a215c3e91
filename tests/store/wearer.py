"""Journals eight straps for a minute, a commit a second, and prints what that cost the disk."""

import asyncio
import ctypes
import json
import sys
from pathlib import Path

from edged.model import Chunk
from tests.store.rig import HR, RR, Rig

STRAPS = 8
SECONDS = 60


def counted() -> tuple[int, int]:
    preloaded = ctypes.CDLL(None)
    names = ("wear_syncs", "wear_bytes")
    syncs, written = (ctypes.c_long.in_dll(preloaded, name).value for name in names)
    return syncs, written


async def main(path: Path) -> None:
    rig = Rig(path)
    await rig.open()
    for second in range(-5, SECONDS):
        if second == 0:  # by now the streams are known
            before, samples = counted(), rig.journal.stats.samples
            commits = rig.journal.stats.commits
        for n in range(STRAPS):
            now_ns = rig.clock.mono_ns() + n
            seq = second + 5
            rig.journal.append(f"strap-{n}", Chunk.of(HR, seq, [now_ns], [60.0 + (seq + n) % 90]))
            rig.journal.append(f"strap-{n}", Chunk.of(RR, seq, [now_ns], [700.0 + (seq * 7 + n) % 300]))
        head = rig.journal.head
        rig.journal.advance("broker", rig.journal.epoch, head)
        await rig.in_time(rig.journal.wait_beyond(head))
    after = counted()
    cost = {
        "commits": rig.journal.stats.commits - commits,
        "samples": rig.journal.stats.samples - samples,
        "syncs": after[0] - before[0],
        "bytes": after[1] - before[1],
    }
    sys.stdout.write(json.dumps(cost))
    await rig.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
