"""kill -9 in the middle of writing: what was reported as committed is there."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.store.rig import UPLINK, Rig, chunks, running, seeded, within

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kills", [20, pytest.param(1000, marks=pytest.mark.field)])
async def test_no_committed_record_is_lost_to_kill_9(tmp_path: Path, kills: int) -> None:
    path = tmp_path / "edged.db"
    choose = seeded(20260)
    host = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.store.victim",
        str(path),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert host.stdin is not None
    assert host.stdout is not None
    reported = kept = 0
    for _ in range(kills):
        host.stdin.write(b"go\n")
        pid = gone = 0
        lines_left = choose.randrange(1, 25)
        while not gone:
            word, number = (await within(host.stdout.readline())).split()
            if word == b"pid":
                pid = int(number)
            elif word == b"gone":
                gone = 1
            elif word == b"head":
                assert int(number) == kept
            else:
                reported = int(number)
                lines_left -= 1
                if lines_left == 0:
                    os.kill(pid, signal.SIGKILL)
        async with running(Rig(path)) as rig:
            assert rig.journal.stats.quarantined == 0
            assert rig.journal.head >= reported
            assert rig.journal.cursor(UPLINK) <= rig.journal.head
            kept = rig.journal.head
            records = await rig.journal.read(max(0, kept - 500), 500)
            assert [record.id for record in records] == list(range(max(0, kept - 500) + 1, kept + 1))
            values = [chunk.values.item() for chunk in chunks(record.item for record in records)]
            assert values == [float(record.id) for record in records]
    host.stdin.close()
    assert await within(host.wait()) == 0
    assert reported > kills * 8
