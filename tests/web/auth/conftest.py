from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.access.quick import quick_hashes
from tests.web.auth import house as houses
from tests.web.auth.house import House


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick_hashes(monkeypatch)


@pytest.fixture
async def unclaimed(tmp_path: Path) -> AsyncIterator[House]:
    async with houses.house(tmp_path) as house:
        yield house


@pytest.fixture
async def house(unclaimed: House) -> House:
    await houses.settle_in(unclaimed)
    return unclaimed
