"""The journal's file, as it looks from outside."""

import os
from pathlib import Path

from edged.store.database import quarantine
from tests.ops.doctor.bodies import looked, only, patient
from tests.rigs.bench_node import BenchNode


async def test_none_yet(tmp_path: Path) -> None:
    found = await only("journal", patient(tmp_path))
    assert (found.level, found.what) == ("ok", "there is none yet: it is made at the first start")


async def test_one_that_a_node_has_written(tmp_path: Path) -> None:
    async with BenchNode(tmp_path) as bench:
        await bench.until(lambda: bench.node.journal.ready)
        path = tmp_path / "edged.db"
    node = patient(tmp_path, config={"journal": {"path": path, "max_size_mb": 64}})
    found = await only("journal", node)
    assert (found.level, found.what, found.facts["cap_mb"]) == ("ok", "it is there", 64)
    assert found.facts["size_mb"] == round(path.stat().st_size / 1e6, 1)


async def test_one_that_is_damaged(tmp_path: Path) -> None:
    node = patient(tmp_path)
    node.config.journal.path.write_bytes(os.urandom(4096))
    found = await only("journal", node)
    assert (found.level, found.what) == ("problem", "the file is damaged, or is no journal")
    assert found.mend.startswith("edged sets it aside at the next start and begins a new one")
    assert found.where == str(node.config.journal.path)


async def test_one_that_cannot_be_read(tmp_path: Path) -> None:
    node = patient(tmp_path)
    node.config.journal.path.mkdir()
    found = await only("journal", node)
    assert (found.level, found.what) == ("problem", "it cannot be read: Is a directory")
    assert "`edged doctor --only permissions`" in found.mend


async def test_damaged_ones_set_aside(tmp_path: Path) -> None:
    node = patient(tmp_path)
    path = node.config.journal.path
    for _ in range(2):
        path.write_bytes(os.urandom(100_000))
        path.with_name(f"{path.name}-wal").write_bytes(b"wal")
        aside = quarantine(path)
    first, second, now = await looked("journal", node)
    assert (first.level, second.level, now.level) == ("warning", "warning", "ok")
    assert (second.where, second.facts) == (str(aside), {"size_mb": 0.1})
    assert second.mend.startswith(f"`sqlite3 {aside.name} .recover` saves what can be read. Then delete it.")
