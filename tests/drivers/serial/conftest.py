"""A port that is plugged in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rigs.serial_port import SerialPort


@pytest.fixture
def port(tmp_path: Path) -> Iterator[SerialPort]:
    with SerialPort(tmp_path) as plugged:
        yield plugged
