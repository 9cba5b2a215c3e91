from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edged.access.gate import Gate
from edged.clock import ManualClock
from edged.ops.instruments import AccessStats
from tests.access.quick import quick_hashes


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_hashes(monkeypatch)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(utc_ns=1_764_158_400_000_000_000)


@pytest.fixture
async def gate(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Gate]:
    gate = await Gate.open(tmp_path / "access.db", clock, AccessStats())
    yield gate
    await gate.close()
