from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.rigs.mosquitto import Mosquitto


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    """A real broker."""
    folder = tmp_path / "broker"
    folder.mkdir()
    async with Mosquitto(folder) as mosquitto:
        yield mosquitto


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """The folder of a node."""
    folder = tmp_path / "board"
    folder.mkdir()
    return folder
