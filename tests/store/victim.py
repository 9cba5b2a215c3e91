"""Journals as fast as it can until it is killed; forks anew for every ``go`` on standard input."""

import asyncio
import os
import sys
from pathlib import Path

from edged.model import Chunk
from tests.store.rig import HR, Rig


def tell(word: str, number: int) -> None:
    sys.stdout.write(f"{word} {number}\n")
    sys.stdout.flush()


async def journal(path: Path) -> None:
    rig = Rig(path, commit_chunks=8)
    rig.start()
    await rig.journal.wait_open()
    n = rig.journal.head
    tell("head", n)
    while True:
        for _ in range(8):
            n += 1
            rig.journal.append("a", Chunk.of(HR, n, [n], [float(n)]))
        rig.journal.advance("broker", rig.journal.epoch, n - 8)
        await rig.journal.flush()
        tell("committed", rig.journal.head)


def main() -> None:
    for line in sys.stdin:
        assert line == "go\n"
        child = os.fork()
        if child == 0:
            asyncio.run(journal(Path(sys.argv[1])))
        tell("pid", child)
        os.waitpid(child, 0)
        tell("gone", 0)


if __name__ == "__main__":
    main()
